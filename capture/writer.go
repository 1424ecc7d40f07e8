package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sync"

	"bpfc/linktype"
)

// WriterOptions says what a new capture file is to be.
// It is safe for concurrent use as long as nobody changes it.
type WriterOptions struct {
	Format     Format        // Pcap if zero
	LinkType   linktype.Type // of the first interface
	Snaplen    uint32        // snapshot length in bytes; MaxSnaplen if zero
	Nanosecond bool          // pcap only: nanosecond time stamps; pcapng always has them
	Name       string        // pcapng only: the first interface's name

	// First describes the first interface in full, with what pcap says about frame
	// check sequence, time zone and accuracy. LinkType, Snaplen and Name are not
	// looked at then.
	First *Interface

	// Source is the file that the packets come from, if they come from one, whose
	// snapshot length need not be true. On a dst that can be written to at an
	// offset, as a regular file, the Writer puts the one it declares right before
	// it writes a longer packet, whoever that comes from. Elsewhere, as on a pipe, it
	// has to be right from the start: the Writer looks through what Source has still
	// to give, if that is a regular file of up to 64 MiB; if not, it declares the
	// largest. Without a Source it believes the caller there.
	Source *Reader

	// Whole has each write to dst end with a whole packet or block, and not where 256 KiB are full: for a dst that hands on
	// what it gets in pieces, of which the last may not arrive.
	Whole bool
}

// Writer writes a capture file in the byte order of this host. It buffers: the
// file below is whole, which is to say ends between two packets, after every
// [Writer.Flush] and after a write that failed. It is not safe for concurrent use,
// but for one thing: a copy that [Reader.NewCopy] made may be flushed and closed while
// its reader is reading.
type Writer struct {
	dst        io.Writer
	format     Format
	nanosecond bool
	whole      bool // see WriterOptions.Whole
	buf        []byte
	ends       []int          // where in buf each record ends, to cut back after a failed write
	begun      int            // bytes of the first record in buf that reached dst already
	written    int64          // bytes that reached dst
	snaplens   []snaplenField // one for each interface
	truth      snaplenTruth
	odd        uint64 // packets with times out of range
	err        error  // sticky: the first failed write

	copied       *Reader    // for NewCopy, nil otherwise
	copying      sync.Mutex // held while a block is copied, and while buf is written by Flush and Close
	bigEndian    bool       // of the section copied
	sectionStart int        // index in snaplens of its interface 0
	firstCopied  int        // number in the reader of the interface that has index 0 in snaplens
}

// pcapTimes are the times that pcap can hold, in nanoseconds since 1970: from 0 on, before this.
const pcapTimes = 1e9 << 32

// writeUnit is how many bytes go out together, from a multiple of it to the
// next: Linux keeps them in one piece of memory then, and copies them in a
// quarter less time than ones that begin anywhere. A processor core's own cache
// still holds them.
const writeUnit = 256 << 10

// wholeUnit is from how many bytes on whole records go out together where each write is to end with one.
const wholeUnit = 64 << 10

// native is the byte order that files are written in.
var native = binary.NativeEndian

// NewWriter starts a capture file on dst and writes its header through.
func NewWriter(dst io.Writer, o WriterOptions) (*Writer, error) {
	first := Interface{LinkType: o.LinkType, Snaplen: o.Snaplen, FCSLen: -1, Name: o.Name}
	if o.First != nil {
		first = *o.First
	}
	if first.Snaplen == 0 {
		first.Snaplen = MaxSnaplen
	}
	w := newWriter(dst, o.Format, o.Source)
	w.whole = o.Whole
	w.nanosecond = o.Nanosecond
	var err error
	switch o.Format {
	case 0, Pcap:
		w.format = Pcap
		err = w.pcapHeader(&first)
	case Pcapng:
		if err = w.sectionHeader(); err == nil {
			_, err = w.AddInterface(first)
		}
	default:
		err = fmt.Errorf("cannot write %v", o.Format)
	}
	if err != nil {
		return nil, err
	}
	return w, w.Flush()
}

func newWriter(dst io.Writer, format Format, source *Reader) *Writer {
	return &Writer{dst: dst, format: format, truth: newSnaplenTruth(dst, source)}
}

func (w *Writer) pcapHeader(i *Interface) error {
	magic := uint32(magicMicro)
	if w.nanosecond {
		magic = magicNano
	}
	b := native.AppendUint32(w.buf, magic)
	b = native.AppendUint16(b, pcapVersionMajor)
	b = native.AppendUint16(b, pcapVersionMinor)
	b = native.AppendUint32(b, uint32(i.TimeZone))
	b = native.AppendUint32(b, i.Accuracy)
	b = native.AppendUint32(b, w.declare(i.Snaplen, i.LinkType, int64(len(b))))
	w.buf = native.AppendUint32(b, i.linkField())
	return w.recordDone()
}

// Format tells which format is written.
func (w *Writer) Format() Format { return w.format }

// Size gives the bytes of the file so far, with those still buffered.
func (w *Writer) Size() int64 { return w.written + int64(len(w.buf)) }

// TimesOutOfRange gives how many of the packets written one by one have a time
// that the file cannot hold: before 1970, and for pcap from 2106-02-07 06:28:16 UTC
// on. Pcap has their seconds modulo 2^32, pcapng the time 0.
func (w *Writer) TimesOutOfRange() uint64 { return w.odd }

// WritePacket appends a packet. Where its data are longer than the snapshot length
// that the file declares, that is put right if dst allows; see
// [WriterOptions].Source. For pcapng, p.Interface is the number that
// [Writer.AddInterface] gave, 0 for the first. About times that do not fit, see
// [Writer.TimesOutOfRange].
func (w *Writer) WritePacket(p *Packet) error {
	if w.err != nil {
		return w.err
	}
	if w.copied != nil {
		return errCopies
	}
	iface := 0
	if w.format == Pcapng {
		iface = p.Interface
		if iface < 0 || iface >= len(w.snaplens) {
			return fmt.Errorf("packet of interface %d in a file with %d", iface, len(w.snaplens))
		}
		w.enhancedPacket(p)
	} else {
		if uint64(p.Timestamp) >= pcapTimes {
			w.odd++
		}
		w.buf = appendRecord(w.buf, p, w.nanosecond)
	}
	if length := w.snaplens[iface].length; !length.fits(uint32(len(p.Data))) {
		length.raise(uint32(len(p.Data)))
	}
	return w.recordDone()
}

// appendRecord appends a pcap record in the byte order of this host.
func appendRecord(b []byte, p *Packet, nanosecond bool) []byte {
	seconds, fraction := p.Timestamp/1e9, p.Timestamp%1e9
	if fraction < 0 {
		seconds, fraction = seconds-1, fraction+1e9
	}
	if !nanosecond {
		fraction /= 1000
	}
	b = native.AppendUint32(b, uint32(seconds))
	b = native.AppendUint32(b, uint32(fraction))
	b = native.AppendUint32(b, uint32(len(p.Data)))
	b = native.AppendUint32(b, p.WireLen)
	return append(b, p.Data...)
}

// WriteRecords appends records that already are in the form of this pcap
// file, as [Batch.Accepted] gives them, past the buffer in one write.
func (w *Writer) WriteRecords(records []byte) error {
	if w.format != Pcap {
		return fmt.Errorf("pcap records cannot go into a %v file", w.format)
	}
	if err := w.Flush(); err != nil || len(records) == 0 {
		return err
	}
	if length := w.snaplens[0].length; length.now < w.truth.maximum {
		if longest := longestRecord(records); !length.fits(longest) {
			length.raise(longest)
		}
	}
	return w.write(records, func() []int { return recordEnds(records) })
}

// recordEnds finds where each pcap record ends.
func recordEnds(records []byte) (ends []int) {
	for at := 0; at+pcapRecordLen <= len(records); {
		at += pcapRecordLen + int(native.Uint32(records[at+8:]))
		ends = append(ends, at)
	}
	return ends
}

// longestRecord gives the largest captured length among pcap records.
func longestRecord(records []byte) (longest uint32) {
	for len(records) >= pcapRecordLen {
		caplen := native.Uint32(records[8:])
		longest = max(longest, caplen)
		records = records[min(pcapRecordLen+int(caplen), len(records)):]
	}
	return longest
}

// recordDone is called when buf ends with a record or block. What fills a unit is
// written.
func (w *Writer) recordDone() error {
	w.ends = append(w.ends, len(w.buf))
	if w.whole {
		if len(w.buf) < wholeUnit {
			return nil
		}
		return w.flush(len(w.buf))
	}
	if end := w.Size() / writeUnit * writeUnit; end > w.written {
		return w.flush(int(end - w.written))
	}
	return nil
}

// Flush writes what is buffered. The file is then complete up to the last packet.
func (w *Writer) Flush() error {
	w.copying.Lock()
	defer w.copying.Unlock()
	return w.flushAll()
}

// Close writes what is buffered, and takes nothing more. It does not close the file
// below.
func (w *Writer) Close() error {
	w.copying.Lock()
	defer w.copying.Unlock()
	err := w.flushAll()
	if w.err == nil {
		w.err = ErrClosed
	}
	if err == ErrClosed { // before
		return nil
	}
	return err
}

func (w *Writer) flushAll() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	return w.flush(len(w.buf))
}

// flush writes the first n bytes of what is buffered.
func (w *Writer) flush(n int) error {
	if err := w.write(w.buf[:n], func() []int { return w.ends }); err != nil {
		w.buf, w.ends = w.buf[:0], w.ends[:0]
		return err
	}
	w.begun = n - lastUpTo(w.ends, n, -w.begun)
	left := w.ends[:0]
	for _, end := range w.ends {
		if end > n {
			left = append(left, end-n)
		}
	}
	w.ends = left
	w.buf = w.buf[:copy(w.buf, w.buf[n:])]
	return nil
}

// lastUpTo gives the last of the ascending ends that is at most n, or none.
func lastUpTo(ends []int, n, none int) int {
	i, _ := slices.BinarySearch(ends, n+1)
	if i == 0 {
		return none
	}
	return ends[i-1]
}

// truncater is a file whose end can be cut off, as os.File.
type truncater interface {
	Truncate(size int64) error
	Seek(offset int64, whence int) (int64, error)
}

// write writes b, after what it needs in the file's header. Where that fails in the middle of a record (a full disk),
// the started record is cut off again if dst is a regular file, so that the
// file stays readable.
func (w *Writer) write(b []byte, ends func() []int) error {
	if err := w.correctSnaplens(); err != nil {
		w.err = err
		return err
	}
	n, err := w.dst.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err == nil {
		w.written += int64(n)
		return nil
	}
	w.err = err
	whole := lastUpTo(ends(), n, -w.begun) // where the last whole record ends, before b if none does within
	w.written += int64(whole)
	CutBack(w.dst, n-whole)
	return err
}

// CutBack cuts the last n bytes off again that were written to dst, where that is a regular file or can do what one can: for
// the start of a record whose rest cannot be written. On anything else it does nothing.
func CutBack(dst io.Writer, n int) {
	t, ok := dst.(truncater)
	if !ok || n <= 0 {
		return
	}
	if at, err := t.Seek(0, io.SeekCurrent); err == nil && t.Truncate(at-int64(n)) == nil {
		_, _ = t.Seek(at-int64(n), io.SeekStart) // there is an error already
	}
}
