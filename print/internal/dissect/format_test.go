package dissect

import (
	"fmt"
	"testing"
)

// Whatever the format and the arguments, the text is fmt's.
func TestAppendFormat(t *testing.T) {
	formats := []string{"", "x", "%d", "%s", "%x", "%02x", "%04x:", "%08x", "%5d", "%05d", "%3s", "%-3s", "%q", "%v", "%X", "%+d", "%.2f", "%%", "100%", "a %d b %s", "%d%d%d", "%x %x", "%#x", "%*d", "%c", "%!", "%0d", "%200d"}
	values := [][]any{nil, {0}, {7}, {-7}, {int64(1) << 40}, {uint32(4294967295)}, {uint64(1) << 63}, {uint16(9)}, {byte(200)}, {int32(-1)}, {int64(5)}, {"text"}, {""}, {[]byte("ab\x00")}, {[]byte(nil)},
		{1, "two"}, {1, 2, 3}, {"a", 1}, {2.5}, {int8(-3)}, {3, 4, 5, 6}}
	for _, format := range formats {
		for _, args := range values {
			want := fmt.Appendf([]byte("before "), format, args...)
			if got := appendFormat([]byte("before "), format, args); string(got) != string(want) {
				t.Errorf("%q of %v: %q, want %q", format, args, got, want)
			}
		}
	}
}
