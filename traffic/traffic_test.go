package traffic

import (
	"bytes"
	"strings"
	"testing"

	"bpfc/capture"
	"bpfc/linktype"
)

// The course over time stays bounded, and loses no packet when intervals are joined.
func TestCourse(t *testing.T) {
	table := New()
	for i := range 20_000 {
		table.Add(&capture.Packet{WireLen: 1, Timestamp: int64(i) * 7e9}, linktype.EN10MB)
	}
	sum := uint64(0)
	for _, a := range table.course {
		sum += a.Packets
	}
	if len(table.course) > maxSeconds || sum != 20_000 {
		t.Errorf("%d intervals with %d packets", len(table.course), sum)
	}
}

// The table is no wider than the terminal, however narrow that is, and names stay apart from numbers.
func TestNarrow(t *testing.T) {
	table := New()
	six := append([]byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x86\xdd\x60\x00\x00\x00\x00\x00\x3b\x40"), bytes.Repeat([]byte{0x20, 0x01, 0xad, 0xb8}, 8)...)
	for i := range 100 {
		table.Add(&capture.Packet{Data: six, WireLen: uint32(54 + i), Timestamp: int64(i) * 1e9}, linktype.EN10MB)
	}
	for _, columns := range []int{200, 80, 60, 34} {
		var out strings.Builder
		if err := table.Write(&out, 10, columns); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > columns {
				t.Errorf("%d of %d columns: %s", n, columns, line)
			}
		}
		if !strings.Contains(out.String(), "2001:") || !strings.Contains(out.String(), " 100 ") {
			t.Error(out.String())
		}
	}
}
