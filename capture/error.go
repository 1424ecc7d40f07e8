package capture

import "fmt"

// ErrorKind says what is wrong with a capture file.
// It is a value, and so safe for concurrent use.
type ErrorKind int

// The kinds of a [FileError].
const (
	// Unrecognized: the file is neither pcap nor pcapng.
	Unrecognized ErrorKind = iota + 1
	// Unsupported: the file is of a version or variant that cannot be read.
	Unsupported
	// Truncated: the file ends in the middle of a header or a packet.
	Truncated
	// Corrupt: a field contradicts the format or another field.
	Corrupt
	// TooLong: a captured length above the largest that is accepted.
	TooLong
	// ReadFailed: the operating system could not read; Err has its error.
	ReadFailed
	// Shrunk: the file became shorter while it was being read.
	Shrunk
)

var errorKindNames = map[ErrorKind]string{
	Unrecognized: "not a capture file",
	Unsupported:  "unsupported",
	Truncated:    "truncated",
	Corrupt:      "corrupt",
	TooLong:      "too long",
	ReadFailed:   "read failed",
	Shrunk:       "shrunk",
}

// String gives the kind as it stands in error messages.
func (k ErrorKind) String() string {
	if s, ok := errorKindNames[k]; ok {
		return s
	}
	return fmt.Sprintf("ErrorKind(%d)", int(k))
}

// FileError is the error of a capture file that cannot be read further.
// Everything before the place it names was delivered.
// It is safe for concurrent use as long as nobody changes it.
type FileError struct {
	File   string    // name of the file; "" where it is not known
	Packet uint64    // number of the packet being read, from 1; 0 in the file header
	Offset int64     // bytes from the start of the file to the faulty record or field
	Kind   ErrorKind // what is wrong
	Msg    string    // the particulars
	Err    error     // the cause from below, or nil

	// Part is what of the file is at fault, for programs, and Got and Want are numbers about it. Where the file ends early it is
	// "file header", "record header", "packet", "block header", "section header" or "block", with how many bytes of it
	// there are and should be. Where a captured length is too long it is "captured length", with that length in bytes
	// and the largest that is accepted. Of pcapng there are beside them "block length", which is Got; "block trailer", with
	// the length there and at the start; "packet block" that is too short, of type Got; and "interface" number Got
	// that was not described. For all else it is empty.
	Part      string
	Got, Want uint64
}

// Error gives file, place, kind and particulars in one line.
func (e *FileError) Error() string {
	place := fmt.Sprintf("packet %d at byte %d", e.Packet, e.Offset)
	if e.Packet == 0 {
		place = fmt.Sprintf("file header, byte %d", e.Offset)
	}
	if e.File != "" {
		place = e.File + ": " + place
	}
	s := fmt.Sprintf("%s: %s: %s", place, e.Kind, e.Msg)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause from below.
func (e *FileError) Unwrap() error { return e.Err }
