package dissect

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// appendFormat does as fmt.Appendf, and takes a third of the time for what nearly all lines are made of: %d, %s and %x, with
// zeros or blanks before them up to a width, of numbers, strings and bytes. The rest is left to fmt.
//
// Nothing here keeps hold of an argument, so that those of callers need no place on the heap.
func appendFormat(dst []byte, format string, args []any) []byte {
	start, text, used := len(dst), 0, 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		dst = append(dst, format[text:i]...)
		v, end := parseVerb(format, i+1)
		if v.letter == 0 || used == len(args) {
			return leftToFmt(dst[:start], format, args)
		}
		var ok bool
		if dst, ok = v.append(dst, args[used]); !ok {
			return leftToFmt(dst[:start], format, args)
		}
		i, text = end-1, end
		used++
	}
	if used < len(args) {
		return leftToFmt(dst[:start], format, args)
	}
	return append(dst, format[text:]...)
}

// leftToFmt formats with copies of the arguments, as fmt keeps hold of what it is given.
func leftToFmt(dst []byte, format string, args []any) []byte {
	copies := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			copies[i] = strings.Clone(arg)
		case []byte:
			copies[i] = bytes.Clone(arg)
		case int:
			copies[i] = arg
		case int8:
			copies[i] = arg
		case int32:
			copies[i] = arg
		case int64:
			copies[i] = arg
		case byte:
			copies[i] = arg
		case uint16:
			copies[i] = arg
		case uint32:
			copies[i] = arg
		case uint64:
			copies[i] = arg
		case float64:
			copies[i] = arg
		default: // which a test finds
			copies[i] = "%!(what is printed is a number, a string or bytes)"
		}
	}
	return fmt.Appendf(dst, format, copies...)
}

// verb is a place in a format.
type verb struct {
	letter byte // 0 is one for fmt
	zeros  bool // not blanks before it
	width  int
}

// parseVerb reads a verb behind its percent sign, and gives where it ends.
func parseVerb(s string, at int) (v verb, end int) {
	for ; at < len(s); at++ {
		switch c := s[at]; {
		case c == 'd' || c == 's' || c == 'x':
			v.letter = c
			return v, at + 1
		case c == '0' && v.width == 0:
			v.zeros = true
		case c >= '0' && c <= '9' && v.width < 100:
			v.width = 10*v.width + int(c-'0')
		default:
			return verb{}, at
		}
	}
	return verb{}, at
}

// append appends an argument; false if it is for fmt.
func (v verb) append(dst []byte, arg any) ([]byte, bool) {
	var n uint64
	switch arg := arg.(type) {
	case string:
		if v.letter != 's' || v.width > 0 {
			return dst, false
		}
		return append(dst, arg...), true
	case []byte:
		if v.letter != 'x' || v.width > 0 {
			return dst, false
		}
		return AppendHexDigits(dst, arg), true
	case int:
		if arg < 0 {
			return dst, false
		}
		n = uint64(arg)
	case uint32:
		n = uint64(arg)
	case uint64:
		n = arg
	case uint16:
		n = uint64(arg)
	case byte:
		n = uint64(arg)
	default:
		return dst, false
	}
	switch {
	case v.letter == 's':
		return dst, false
	case v.letter == 'd' && v.width == 0:
		return strconv.AppendUint(dst, n, 10), true
	}
	var digits [20]byte
	text := strconv.AppendUint(digits[:0], n, Pick(v.letter == 'd', 10, 16))
	for range v.width - len(text) {
		dst = append(dst, Pick[byte](v.zeros, '0', ' '))
	}
	return append(dst, text...), true
}

// AppendHexDigits appends bytes as hexadecimal digits.
func AppendHexDigits(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
