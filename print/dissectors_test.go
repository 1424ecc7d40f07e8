package print

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

// dissectorCase is a frame of testdata/dissectors.txt.
type dissectorCase struct {
	name, flags string
	data        []byte
	wireLen     uint32
	want        string
}

// dissectorCases reads testdata/dissectors.txt, which holds for each
// dissector frames, whole and cut at several places, and what tcpdump 4.99.3
// prints for them:
//
//	== NAME: FLAGS [-T PROTOCOL]
//	the captured bytes in hexadecimal and the length on the wire
//	the lines that are printed
func dissectorCases(t testing.TB) []dissectorCase {
	t.Helper()
	text, err := os.ReadFile("testdata/dissectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []dissectorCase
	for block := range strings.SplitSeq("\n"+string(text), "\n== ") {
		if block == "" || block == "\n" {
			continue
		}
		head, rest, _ := strings.Cut(block, "\n")
		input, want, _ := strings.Cut(rest, "\n")
		name, flags, _ := strings.Cut(head, ": ")
		bytes, length, _ := strings.Cut(input, " ")
		data, err := hex.DecodeString(bytes)
		if err != nil {
			t.Fatalf("%s: %v", head, err)
		}
		wireLen, err := strconv.ParseUint(length, 10, 32)
		if err != nil {
			t.Fatalf("%s: %v", head, err)
		}
		cases = append(cases, dissectorCase{name, flags, data, uint32(wireLen), strings.TrimRight(want, "\n") + "\n"})
	}
	if len(cases) == 0 {
		t.Fatal("testdata/dissectors.txt has no cases")
	}
	return cases
}

func TestDissectors(t *testing.T) {
	for _, c := range dissectorCases(t) {
		o := Options{Time: NoTime}
		flags, protocol, _ := strings.Cut(c.flags, " -T ")
		o.Protocol = protocol
		for flag := range strings.FieldsSeq(flags) {
			switch {
			case flag == "-n":
			case flag == "-x":
				o.Dump = DumpHex
			case strings.Trim(flag, "v") == "-":
				o.Verbose = len(flag) - 1
			default:
				t.Fatalf("%s: unknown flags %q", c.name, c.flags)
			}
		}
		t.Run(c.name+" "+c.flags, func(t *testing.T) {
			out := New(o).Append(nil, &Packet{LinkType: 1, Data: c.data, WireLen: c.wireLen, Number: 1})
			if got := strings.TrimRight(string(out), "\n") + "\n"; got != c.want {
				t.Errorf("% x of %d\ngot\n%s\nwant\n%s", c.data, c.wireLen, got, c.want)
			}
		})
	}
}
