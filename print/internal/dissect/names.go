package dissect

import (
	"fmt"
	"strings"
)

// Names are the names of numbers.
type Names map[int]string

// Of gives the name of a number, or a text for those that have none, a format of the number if it has a verb.
func (names Names) Of(n int, format string) string {
	if s, ok := names[n]; ok {
		return s
	}
	if !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, n)
}

// Flag is a bit and its name.
type Flag = struct {
	Bit  int
	Name string
}

// Flags are the names of bits.
type Flags []Flag

// Of joins the names of the bits that are set, or gives "none". A flag of several bits is set if all are.
func (names Flags) Of(n int, separator string) string {
	var room [64]byte
	return string(names.append(room[:0], n, separator))
}

func (names Flags) append(dst []byte, n int, separator string) []byte {
	none := true
	for _, f := range names {
		if n&f.Bit == f.Bit {
			if !none {
				dst = append(dst, separator...)
			}
			dst, none = append(dst, f.Name...), none && f.Name == ""
		}
	}
	if none {
		dst = append(dst, "none"...)
	}
	return dst
}

// Letters joins the names of the bits that are set, which may be none.
func (names Flags) Letters(n int) (s string) {
	for _, f := range names {
		s += If(n&f.Bit == f.Bit, f.Name)
	}
	return s
}

// Flags prints the names of the bits that are set, or "none".
func (d *Context) Flags(names Flags, n int, separator string) {
	d.Out = names.append(d.Out, n, separator)
}
