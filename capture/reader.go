package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"bpfc/linktype"
)

var errBadReader = errors.New("the reader returned an impossible count")

// Format is the format of a capture file.
// It is a value, and so safe for concurrent use.
type Format int

// The formats that can be read and written.
const (
	Pcap Format = iota + 1
	Pcapng
)

// String gives "pcap" or "pcapng".
func (f Format) String() string {
	switch f {
	case Pcap:
		return "pcap"
	case Pcapng:
		return "pcapng"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// Reader reads a capture file from its start to its end. It is not safe for
// concurrent use.
type Reader struct {
	w      *window
	name   string     // for errors
	file   *os.File   // what is read, nil if it is no file
	packed *unpacking // what is decompressed; nil if the file is not compressed
	closer io.Closer  // what Close closes, nil for what is not ours
	format Format
	pcap   pcapFormat
	ng     pcapngState
	ifaces []Interface
	packet Packet
	odd    uint64 // packets with times out of range
	over   []Span // that is passed over, from here on
	ahead  bool   // only looks at what comes, see lookAhead
	err    error  // sticky: what ended the file
}

// Open opens a capture file; "-" is standard input. The header is read, so
// that a file of another kind is refused here. Close the reader when done.
func Open(path string) (*Reader, error) {
	if path == "-" {
		return NewNamedReader(os.Stdin, StandardInput)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return NewReadCloser(file, path)
}

// StandardInput is the name of standard input in errors.
const StandardInput = "standard input"

// NewReader reads a capture file from any stream. It reads ahead; what it
// took from src past the last packet is lost to others.
func NewReader(src io.Reader) (*Reader, error) {
	name := ""
	if file, ok := src.(*os.File); ok {
		name = file.Name()
	}
	return NewNamedReader(src, name)
}

// NewNamedReader is NewReader for a stream that errors are to call by a name.
func NewNamedReader(src io.Reader, name string) (*Reader, error) {
	r := &Reader{name: name}
	r.file, _ = src.(*os.File)
	if _, ok := isRegular(r.file); ok {
		r.w = newSmallWindow(src, windowSize)
	} else {
		r.w = newWindow(src)
	}
	r.unpack()
	if err := r.start(); err != nil {
		r.stop()
		return nil, r.named(err)
	}
	return r, nil
}

// NewReadCloser is [NewNamedReader] for a stream that [Reader.Close] is to close. It is closed too if there is an error.
func NewReadCloser(src io.ReadCloser, name string) (*Reader, error) {
	r, err := NewNamedReader(src, name)
	if err != nil {
		_ = src.Close() // only read from: nothing can be lost
		return nil, err
	}
	r.closer = src
	return r, nil
}

// named puts the file's name into an error of the reader's own.
func (r *Reader) named(err error) error {
	if e, ok := err.(*FileError); ok && e.File == "" {
		e.File = r.name
	}
	return err
}

// start tells the formats apart and reads the file header.
func (r *Reader) start() error {
	magic := r.w.peek(4)
	if len(magic) < 4 {
		if err := r.w.failed(); err != nil {
			return &FileError{Kind: kindOf(err), Part: "file header", Got: uint64(len(magic)), Want: 4, Msg: "no file header", Err: err}
		}
		return &FileError{Kind: Truncated, Part: "file header", Got: uint64(len(magic)), Want: 4,
			Msg: fmt.Sprintf("the file has %d bytes, too few for a file header", len(magic))}
	}
	if bigEndian, ok := isPcapMagic(magic); ok {
		return r.startPcap(bigEndian)
	}
	if isPcapngMagic(magic) {
		return r.startPcapng()
	}
	return &FileError{Kind: Unrecognized,
		Msg: fmt.Sprintf("neither pcap nor pcapng, it starts with the bytes % x", magic)}
}

func (r *Reader) startPcap(bigEndian bool) error {
	r.format = Pcap
	header := r.w.peek(pcapFileHeaderLen)
	if len(header) < pcapFileHeaderLen {
		return r.cut(0, 0, "file header", len(header), pcapFileHeaderLen)
	}
	var err error
	r.pcap, err = parsePcapHeader(header, bigEndian)
	if err != nil {
		return err
	}
	r.pcap.quick = r.pcap.plain() && !r.pcap.iface.Swapped
	r.ifaces = []Interface{r.pcap.iface}
	r.w.skip(pcapFileHeaderLen)
	if r.pcap.isLcap(header) {
		return r.skipLcapSize()
	}
	return nil
}

// skipLcapSize goes on to the first record of an lcap file.
func (r *Reader) skipLcapSize() error {
	r.w.peek(lcapSizeLen + pcapRecordLen)
	after := r.w.buf[r.w.start:r.w.end]
	size := r.pcap.lcapSize(after)
	if got := len(after); got > 0 && got < size {
		return r.cut(0, pcapFileHeaderLen, "file header", pcapFileHeaderLen+got, pcapFileHeaderLen+size)
	}
	r.w.skip(min(size, len(after)))
	return nil
}

// stop ends what decompresses.
func (r *Reader) stop() {
	if r.packed != nil {
		r.packed.ahead.stop()
	}
}

// Close closes the file that [Open], [OpenContext] or [NewReadCloser] was to, and ends the decompression of a compressed one.
// Once is enough; a second call does nothing.
func (r *Reader) Close() error {
	r.stop()
	if r.packed != nil {
		if _, regular := isRegular(r.file); regular { // in others a read may take for ever
			r.packed.ahead.ended()
		}
	}
	if r.closer == nil {
		return nil
	}
	err := r.closer.Close()
	r.closer = nil
	return err
}

// Format tells pcap from pcapng.
func (r *Reader) Format() Format { return r.format }

// LinkType gives the link-layer type of the first interface; false for a
// pcapng file that has described none yet.
func (r *Reader) LinkType() (linktype.Type, bool) {
	if len(r.ifaces) == 0 {
		return 0, false
	}
	return r.ifaces[0].LinkType, true
}

// Patched tells whether the file is in the format of Kuznetzov's patched libpcap, whose records have 8 bytes more.
func (r *Reader) Patched() bool { return r.format == Pcap && r.pcap.modified }

// Swapped tells whether the file is in the byte order that is not this
// host's; for pcapng, whether its first section is. Filters on the savefiles
// of some link-layer types (NULL, PFLOG) depend on it.
func (r *Reader) Swapped() bool {
	if r.format == Pcap {
		return r.pcap.iface.Swapped
	}
	return r.ng.firstSwapped
}

// Interfaces gives the interfaces known so far. A pcapng file may describe
// more of them between packets; those already given do not change.
func (r *Reader) Interfaces() []Interface { return r.ifaces }

// TimesOutOfRange gives how many of the packets so far have a time that
// [Packet].Timestamp cannot hold, which are those before the year 1678 and after
// 2261 that pcapng knows. They were given the nearest time that it can hold.
func (r *Reader) TimesOutOfRange() uint64 { return r.odd }

// Offset gives how far in the file the reader is, in bytes. Of a compressed file that is how much of it was taken, a bit more
// than the packets so far take; the offsets in errors are those in what it is decompressed to.
func (r *Reader) Offset() int64 {
	if r.packed != nil {
		return r.packed.consumed.Load()
	}
	return r.w.offset
}

// Position gives where what follows the last packet begins, in bytes, of a compressed file in what it is decompressed to.
func (r *Reader) Position() int64 { return r.w.offset }

// Next gives the next packet. It returns io.EOF at the end of the file and a
// [*FileError] where the file is truncated or corrupt; both stay. The packet
// and its data are valid until the next call.
func (r *Reader) Next() (*Packet, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.pcap.quick && len(r.over) == 0 {
		if p := r.nextQuick(); p != nil {
			return p, nil
		}
	}
	var p *Packet
	if r.format == Pcap {
		p, r.err = r.nextPcap()
	} else {
		p, r.err = r.nextPcapng()
	}
	r.err = r.named(r.err)
	return p, r.err
}

// Packets iterates over the rest of the file: what [Reader.Next] gives, up to the end. An error, which may be that of ctx,
// comes last, with a nil packet. A loop that was left can be gone on with by another.
func (r *Reader) Packets(ctx context.Context) iter.Seq2[*Packet, error] {
	const looks = 256 // packets between two looks at ctx
	return func(yield func(*Packet, error) bool) {
		for n := 0; ; n++ {
			if n%looks == 0 && ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			p, err := r.Next()
			if err == io.EOF || !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// BeforeWait has f called whenever [Reader.Next] is about to read from a pipe or
// another stream that it may have to wait for, which is the time to hand on what
// came of the packets before. A regular file is not waited for.
func (r *Reader) BeforeWait(f func()) {
	if _, ok := isRegular(r.file); !ok {
		r.w.beforeRead = f
	}
}

func isRegular(file *os.File) (os.FileInfo, bool) {
	if file == nil {
		return nil, false
	}
	info, err := file.Stat()
	return info, err == nil && info.Mode().IsRegular()
}

// regular gives what is read if it is a regular file that can be read at any place.
func (r *Reader) regular() (os.FileInfo, bool) {
	if r.packed != nil {
		return nil, false
	}
	return isRegular(r.file)
}

// Parallel tells whether [Reader.Scan] reads several windows at once: of a regular file that is not compressed. Elsewhere
// [Reader.Next] is as fast, and gives more with a packet.
func (r *Reader) Parallel() bool {
	_, ok := r.regular()
	return ok
}

// File is the file that is read; nil if what is read is no [os.File].
func (r *Reader) File() *os.File { return r.file }

// deliver hands out r.packet after the adjustments that its link-layer type needs.
func (r *Reader) deliver(iface *Interface) (*Packet, error) {
	if iface.Swapped && swapsPseudoHeader(iface.LinkType) && !r.ahead {
		if r.packet.block != nil { // which is to stay as it is
			r.ng.swapped = append(r.ng.swapped[:0], r.packet.Data...)
			r.packet.Data = r.ng.swapped
		}
		swapPseudoHeader(iface.LinkType, r.packet.Data, r.packet.WireLen)
	}
	return &r.packet, nil
}

// cut is the error of a file that ends after got of want bytes of something;
// io.EOF where it ends cleanly, before the first of them.
func (r *Reader) cut(number uint64, offset int64, what string, got, want int) error {
	if err := r.w.failed(); err != nil {
		return &FileError{Packet: number, Offset: offset, Kind: kindOf(err), Part: what, Got: uint64(got), Want: uint64(want),
			Msg: fmt.Sprintf("%d of %d bytes of the %s", got, want, what), Err: err}
	}
	if r.w.start == r.w.end && r.w.offset == offset {
		return io.EOF
	}
	return &FileError{Packet: number, Offset: offset, Kind: Truncated, Part: what, Got: uint64(got), Want: uint64(want),
		Msg: fmt.Sprintf("the file ends after %d of %d bytes of the %s", got, want, what)}
}

// kindOf tells a stream that could not be read from a compressed one that was cut.
func kindOf(err error) ErrorKind {
	var cut *cutError
	if errors.As(err, &cut) {
		return Truncated
	}
	return ReadFailed
}
