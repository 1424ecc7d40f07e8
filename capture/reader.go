package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
)

var errBadReader = errors.New("the reader returned an impossible count")

// Format is the format of a capture file.
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
	file   *os.File // what Open opened, nil otherwise
	close  bool     // file is ours to close
	format Format
	pcap   pcapFormat
	ng     pcapngState
	ifaces []Interface
	packet Packet
	err    error // sticky: what ended the file
}

// Open opens a capture file; "-" is standard input. The header is read, so
// that a file of another kind is refused here. Close the reader when done.
func Open(path string) (*Reader, error) {
	if path == "-" {
		return newReader(os.Stdin, os.Stdin, false)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := newReader(file, file, true)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// NewReader reads a capture file from any stream. It reads ahead; what it
// took from src past the last packet is lost to others.
func NewReader(src io.Reader) (*Reader, error) {
	file, _ := src.(*os.File)
	return newReader(src, file, false)
}

func newReader(src io.Reader, file *os.File, closeFile bool) (*Reader, error) {
	r := &Reader{w: newWindow(src), file: file, close: closeFile}
	magic := r.w.peek(4)
	if len(magic) < 4 {
		if err := r.w.failed(); err != nil {
			return nil, &FileError{Kind: ReadFailed, Msg: "no file header", Err: err}
		}
		return nil, &FileError{Kind: Truncated,
			Msg: fmt.Sprintf("the file has %d bytes, too few for a file header", len(magic))}
	}
	err := r.start(magic)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// start tells the formats apart and reads the file header.
func (r *Reader) start(magic []byte) error {
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
	r.ifaces = []Interface{r.pcap.iface}
	r.w.skip(pcapFileHeaderLen)
	return nil
}

// Close closes the file that [Open] opened.
func (r *Reader) Close() error {
	if r.close && r.file != nil {
		r.close = false
		return r.file.Close()
	}
	return nil
}

// Format tells pcap from pcapng.
func (r *Reader) Format() Format { return r.format }

// LinkType gives the LINKTYPE_ value of the first interface; false for a
// pcapng file that has described none yet.
func (r *Reader) LinkType() (uint32, bool) {
	if len(r.ifaces) == 0 {
		return 0, false
	}
	return r.ifaces[0].LinkType, true
}

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

// Offset gives how far in the file the reader is, in bytes.
func (r *Reader) Offset() int64 { return r.w.offset }

// Next gives the next packet. It returns io.EOF at the end of the file and a
// [*FileError] where the file is truncated or corrupt; both stay. The packet
// and its data are valid until the next call.
func (r *Reader) Next() (*Packet, error) {
	if r.err != nil {
		return nil, r.err
	}
	var p *Packet
	if r.format == Pcap {
		p, r.err = r.nextPcap()
	} else {
		p, r.err = r.nextPcapng()
	}
	return p, r.err
}

// deliver hands out r.packet after the adjustments that its link-layer type needs.
func (r *Reader) deliver(iface *Interface) (*Packet, error) {
	if iface.Swapped {
		swapPseudoHeader(iface.LinkType, r.packet.Data, r.packet.WireLen)
	}
	return &r.packet, nil
}

// cut is the error of a file that ends after got of want bytes of something;
// io.EOF where it ends cleanly, before the first of them.
func (r *Reader) cut(number uint64, offset int64, what string, got, want int) error {
	if err := r.w.failed(); err != nil {
		return &FileError{Packet: number, Offset: offset, Kind: ReadFailed,
			Msg: fmt.Sprintf("%d of %d bytes of the %s", got, want, what), Err: err}
	}
	if r.w.start == r.w.end && r.w.offset == offset {
		return io.EOF
	}
	return &FileError{Packet: number, Offset: offset, Kind: Truncated,
		Msg: fmt.Sprintf("the file ends after %d of %d bytes of the %s", got, want, what)}
}
