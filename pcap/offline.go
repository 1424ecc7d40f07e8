package pcap

//lint:file-ignore ST1005 error texts are libpcap's, or the API's

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/linktype"
	"bpfc/vm/jit"
)

// maxSnaplen is the longest snapshot length of nearly all link-layer types, in bytes.
const maxSnaplen = capture.MaxSnaplen

// OpenOffline opens a capture file, pcap or pcapng, by its path; "-" is standard input. Time stamps are as fine as the file has them.
func OpenOffline(file string) (handle *Handle, err error) {
	file = cString(file)
	if file == "-" {
		return openSavefile(os.Stdin, false)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, systemError(file, err)
	}
	handle, err = openSavefile(f, true)
	if err != nil {
		f.Close()
	}
	return handle, err
}

// openSavefile reads from a file, which closing the handle closes if own is set.
func openSavefile(file *os.File, own bool) (*Handle, error) {
	reader, err := capture.NewNamedReader(file, "")
	if err != nil {
		return nil, openingError(err)
	}
	link, ok := reader.LinkType()
	if !ok {
		return nil, noInterface(reader)
	}
	s := &savefile{reader: reader, snaplen: int(reader.Interfaces()[0].Snaplen), link: link, checked: 1}
	if own {
		s.file = file
	}
	if reader.Patched() && s.link == linktype.EN10MB && s.snaplen < maxSnaplen {
		const madeUpHeader = 14
		s.snaplen += madeUpHeader // which could come on top of the packet
	}
	h := &Handle{source: s, snaplen: s.snaplen, how: compiling{snaplen: s.snaplen, savefile: bpfc.SavefileUnswapped}}
	if reader.Swapped() {
		h.how.savefile = bpfc.SavefileSwapped
	}
	h.link.Store(uint32(s.link))
	return h, nil
}

// savefile reads packets from a capture file.
type savefile struct {
	reader  *capture.Reader
	file    *os.File // closed with the handle; nil for none
	link    linktype.Type
	snaplen int // in bytes; packets are cut to it
	checked int // interfaces of the file that were found to be as the first
	done    bool
	filter  atomic.Pointer[jit.Matcher] // nil takes everything
}

func (s *savefile) close() {
	if s.file != nil {
		s.file.Close()
	}
}

func (s *savefile) next(time.Duration) (*capture.Packet, error) {
	for !s.done {
		p, err := s.reader.Next()
		if len(s.reader.Interfaces()) != s.checked {
			if err := s.checkInterfaces(); err != nil {
				return s.end(err)
			}
		}
		if err != nil {
			return s.end(s.readingError(err))
		}
		if len(p.Data) > s.snaplen {
			if s.reader.Format() == capture.Pcapng {
				return nil, fmt.Errorf("invalid packet capture length %d, bigger than snaplen of %d", len(p.Data), s.snaplen)
			}
			p.Data = p.Data[:s.snaplen]
		}
		if m := s.filter.Load(); m == nil || m.Match(p.Data, p.WireLen) != 0 {
			return p, nil
		}
	}
	return nil, io.EOF
}

// end ends the file with an error, after which there is only io.EOF.
func (s *savefile) end(err error) (*capture.Packet, error) {
	s.done = true
	return nil, err
}

// checkInterfaces looks at the interfaces of a pcapng file that came up since the last time. A handle has one link-layer type
// and one snapshot length.
func (s *savefile) checkInterfaces() error {
	all := s.reader.Interfaces()
	for _, i := range all[s.checked:] {
		if i.LinkType != s.link {
			return fmt.Errorf("an interface has a type %d different from the type of the first interface", i.LinkType.FileNumber())
		}
		if int(i.Snaplen) != s.snaplen {
			return fmt.Errorf("an interface has a snapshot length %d different from the snapshot length of the first interface", i.Snaplen)
		}
	}
	s.checked = len(all)
	return nil
}

func (s *savefile) setFilter(program []bpf.RawInstruction) error {
	if first := program[0]; first.Op == cbpf.RetK && first.K != 0 { // an empty text
		s.filter.Store(nil)
		return nil
	}
	m, err := jit.New(program)
	if err != nil {
		return errInvalidProgram
	}
	s.filter.Store(m)
	return nil
}

func (s *savefile) stats() (Stats, error) {
	return Stats{}, errors.New("Statistics aren't available from savefiles")
}

func (s *savefile) setDirection(Direction) error {
	return errors.New("Setting direction is not supported on savefiles")
}

func (s *savefile) send([]byte) error {
	return errors.New("Sending packets isn't supported on savefiles")
}

func (s *savefile) dataLinks() []linktype.Type      { return []linktype.Type{s.link} }
func (s *savefile) setDataLink(linktype.Type) error { return nil }

// textError has libpcap's text for an error.
type textError struct {
	text string
	err  error
}

func (e *textError) Error() string { return e.text }
func (e *textError) Unwrap() error { return e.err }

// systemError puts something before what the C library says for an error of the system.
func systemError(what string, err error) error {
	text := err.Error()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	return &textError{what + ": " + strings.ToUpper(text[:1]) + text[1:], err}
}

// openingError has libpcap's text for a file whose start cannot be read.
func openingError(err error) error {
	var e *capture.FileError
	if !errors.As(err, &e) {
		return err
	}
	var major, minor int
	switch {
	case e.Kind == capture.ReadFailed:
		return systemError("error reading dump file", e.Err)
	case e.Kind == capture.Unrecognized, e.Kind == capture.Truncated && e.Part == "block header", e.Part == "section header":
		return &textError{"unknown file format", err}
	case e.Kind == capture.Truncated && e.Part == "file header":
		if e.Want == 4 { // the magic number, which is read first
			return truncated(err, "", "file header", 4, e.Got)
		}
		return truncated(err, "", "file header", e.Want, e.Got-4)
	case e.Kind == capture.Truncated && e.Part == "block":
		return truncated(err, "pcapng ", "", e.Want, e.Got)
	case e.Kind != capture.Unsupported:
	case scan(e.Msg, "pcap version %d.%d;", &major, &minor) && major < 2:
		return &textError{"archaic pcap savefile format", err}
	case scan(e.Msg, "pcap version %d.%d;", &major, &minor):
		return &textError{fmt.Sprintf("unsupported pcap savefile version %d.%d", major, minor), err}
	case scan(e.Msg, "pcapng version %d.%d;", &major, &minor):
		return &textError{fmt.Sprintf("unsupported pcapng savefile version %d.%d", major, minor), err}
	}
	return &textError{e.Msg, err}
}

func scan(text, format string, a ...any) bool {
	n, err := fmt.Sscanf(text, format, a...)
	return err == nil && n == len(a)
}

func truncated(err error, format, what string, want, got uint64) error {
	if what != "" {
		what += " "
	}
	return &textError{fmt.Sprintf("truncated %sdump file; tried to read %d %sbytes, only got %d", format, want, what, got), err}
}

// noInterface says why a pcapng file has no link-layer type.
func noInterface(reader *capture.Reader) error {
	_, err := reader.Next()
	switch {
	case err == io.EOF:
		return errors.New("the capture file has no Interface Description Blocks")
	case errors.As(err, new(*capture.FileError)) && err.(*capture.FileError).Kind == capture.Truncated:
		return openingError(err)
	}
	return errors.New("the capture file has a packet block before any Interface Description Blocks")
}

// readingError has libpcap's text for an error behind the start of the file.
func (s *savefile) readingError(err error) error {
	var e *capture.FileError
	if !errors.As(err, &e) {
		return err
	}
	const blockHeaderLen = 8 // bytes, which libpcap reads before the block
	switch {
	case e.Kind == capture.ReadFailed:
		return systemError("error reading dump file", e.Err)
	case e.Kind == capture.Truncated && e.Part == "record header":
		return truncated(err, "", "header", e.Want, e.Got)
	case e.Kind == capture.Truncated && e.Part == "packet":
		return truncated(err, "", "captured", e.Want, e.Got)
	case e.Kind == capture.Truncated && e.Part == "block":
		return truncated(err, "pcapng ", "", e.Want-blockHeaderLen, e.Got-blockHeaderLen)
	case e.Kind == capture.Truncated:
		return truncated(err, "pcapng ", "", e.Want, e.Got)
	case e.Kind == capture.TooLong && e.Part == "captured length" && e.Got > uint64(s.snaplen):
		return &textError{fmt.Sprintf("invalid packet capture length %d, bigger than snaplen of %d", e.Got, s.snaplen), err}
	case e.Kind == capture.TooLong && e.Part == "captured length":
		return &textError{fmt.Sprintf("invalid packet capture length %d, bigger than maximum of %d", e.Got, e.Want), err}
	case e.Part == "interface":
		return &textError{fmt.Sprintf("a packet arrived on interface %d, but there's no Interface Description Block for that interface", e.Got), err}
	case e.Part == "packet block":
		return &textError{fmt.Sprintf("block of type %d in pcapng dump file is too short", e.Got), err}
	case e.Part == "block trailer":
		return &textError{"block total length in header and trailer don't match", err}
	case e.Part == "block length" && e.Got < e.Want:
		return &textError{fmt.Sprintf("block in pcapng dump file has a length of %d < %d", e.Got, e.Want), err}
	case e.Part == "block length":
		return &textError{fmt.Sprintf("block in pcapng dump file has a length of %d that is not a multiple of 4", e.Got), err}
	}
	return &textError{e.Msg, err}
}
