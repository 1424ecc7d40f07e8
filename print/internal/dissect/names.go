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
	s := ""
	for _, f := range names {
		if n&f.Bit == f.Bit {
			s += If(s != "", separator) + f.Name
		}
	}
	if s == "" {
		return "none"
	}
	return s
}
