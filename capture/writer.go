package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// WriterOptions says what a new capture file is to be.
type WriterOptions struct {
	Format     Format // Pcap if zero
	LinkType   uint32 // LINKTYPE_ value of the first interface
	Snaplen    uint32 // snapshot length in bytes; MaxSnaplen if zero
	Nanosecond bool   // pcap only: nanosecond time stamps; pcapng always has them
	Name       string // pcapng only: the first interface's name
}

// Writer writes a capture file in the byte order of this host. It buffers: the
// file below is whole, which is to say ends between two packets, after every
// [Writer.Flush] and after a write that failed. It is not safe for concurrent use.
type Writer struct {
	dst        io.Writer
	format     Format
	nanosecond bool
	buf        []byte
	ends       []int // where in buf each record ends, to cut back after a failed write
	begun      int   // bytes of the first record in buf that reached dst already
	written    int64 // bytes that reached dst
	interfaces int
	err        error // sticky: the first failed write
}

// writeUnit is how many bytes go out together, from a multiple of it to the
// next: Linux keeps them in one piece of memory then, and copies them in a
// quarter less time than ones that begin anywhere. A processor core's own cache
// still holds them.
const writeUnit = 256 << 10

// native is the byte order that files are written in.
var native = binary.NativeEndian

// NewWriter starts a capture file on dst and writes its header through.
func NewWriter(dst io.Writer, o WriterOptions) (*Writer, error) {
	if o.Snaplen == 0 {
		o.Snaplen = MaxSnaplen
	}
	w := &Writer{dst: dst, format: o.Format, nanosecond: o.Nanosecond}
	switch o.Format {
	case 0, Pcap:
		w.format = Pcap
		w.pcapHeader(&o)
	case Pcapng:
		w.sectionHeader()
		if _, err := w.AddInterface(Interface{LinkType: o.LinkType, Snaplen: o.Snaplen, FCSLen: -1, Name: o.Name}); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("cannot write %v", o.Format)
	}
	return w, w.Flush()
}

func (w *Writer) pcapHeader(o *WriterOptions) {
	magic := uint32(magicMicro)
	if o.Nanosecond {
		magic = magicNano
	}
	b := native.AppendUint32(w.buf, magic)
	b = native.AppendUint16(b, pcapVersionMajor)
	b = native.AppendUint16(b, pcapVersionMinor)
	b = native.AppendUint64(b, 0) // time zone and accuracy, both always 0
	b = native.AppendUint32(b, o.Snaplen)
	w.buf = native.AppendUint32(b, o.LinkType&linktypeMask)
	w.recordDone()
}

// Format tells which format is written.
func (w *Writer) Format() Format { return w.format }

// Size gives the bytes of the file so far, with those still buffered.
func (w *Writer) Size() int64 { return w.written + int64(len(w.buf)) }

// WritePacket appends a packet. Data longer than the snapshot length is
// written as it is. For pcapng, p.Interface is the number that
// [Writer.AddInterface] gave, 0 for the first. The time stamp of a pcap file
// holds seconds modulo 2^32.
func (w *Writer) WritePacket(p *Packet) error {
	if w.err != nil {
		return w.err
	}
	if w.format == Pcapng {
		if p.Interface < 0 || p.Interface >= w.interfaces {
			return fmt.Errorf("packet of interface %d in a file with %d", p.Interface, w.interfaces)
		}
		w.enhancedPacket(p)
	} else {
		w.buf = appendRecord(w.buf, p, w.nanosecond)
	}
	w.recordDone()
	if end := w.Size() / writeUnit * writeUnit; end > w.written {
		return w.flush(int(end - w.written))
	}
	return nil
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

func (w *Writer) recordDone() { w.ends = append(w.ends, len(w.buf)) }

// Flush writes what is buffered. The file is then complete up to the last packet.
func (w *Writer) Flush() error {
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

// write writes b. Where that fails in the middle of a record (a full disk),
// the started record is cut off again if dst is a regular file, so that the
// file stays readable.
func (w *Writer) write(b []byte, ends func() []int) error {
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
	if t, ok := w.dst.(truncater); ok && whole < n {
		if at, seekErr := t.Seek(0, io.SeekCurrent); seekErr == nil {
			size := at - int64(n-whole)
			if t.Truncate(size) == nil {
				t.Seek(size, io.SeekStart)
			}
		}
	}
	return err
}
