package dissect

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// appendFormat does as fmt.Appendf, and takes a third of the time for what nearly all lines are made of: %d, %s and %x, with
// zeros or blanks before them up to a width, of numbers, strings and bytes. The rest is left to fmt.
func appendFormat(dst []byte, format string, args []any) []byte {
	start, rest, used := len(dst), format, 0
	for {
		at := strings.IndexByte(rest, '%')
		if at < 0 {
			break
		}
		dst = append(dst, rest[:at]...)
		rest = rest[at+1:]
		var v verb
		var ok bool
		if v, rest, ok = parseVerb(rest); !ok || used == len(args) {
			return fmt.Appendf(dst[:start], format, args...)
		}
		if dst, ok = v.append(dst, args[used]); !ok {
			return fmt.Appendf(dst[:start], format, args...)
		}
		used++
	}
	if used < len(args) {
		return fmt.Appendf(dst[:start], format, args...)
	}
	return append(dst, rest...)
}

// verb is a place in a format.
type verb struct {
	letter byte
	zeros  bool // not blanks before it
	width  int
}

// parseVerb reads a verb behind its percent sign; false if it is for fmt.
func parseVerb(s string) (v verb, rest string, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '0' && v.width == 0:
			v.zeros = true
		case c >= '0' && c <= '9' && v.width < 100:
			v.width = 10*v.width + int(c-'0')
		case c == 'd' || c == 's' || c == 'x':
			v.letter = c
			return v, s[i+1:], true
		default:
			return v, s, false
		}
	}
	return v, s, false
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
		return hex.AppendEncode(dst, arg), true
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
	if v.letter == 's' {
		return dst, false
	}
	var digits [20]byte
	text := strconv.AppendUint(digits[:0], n, Pick(v.letter == 'd', 10, 16))
	for range v.width - len(text) {
		dst = append(dst, Pick[byte](v.zeros, '0', ' '))
	}
	return append(dst, text...), true
}
