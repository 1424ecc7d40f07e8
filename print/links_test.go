package print

import (
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"bpfc/linktype"
	"bpfc/print/internal/dissect"
)

// linkCase is a packet of testdata/links.txt.
type linkCase struct {
	linkType linktype.Type
	flags    string
	data     []byte
	wants    []cutRange
}

// cutRange is what is printed for a packet of which from to to bytes are captured.
type cutRange struct {
	from, to int
	text     string
}

// linkCases reads testdata/links.txt, which holds packets of many link-layer types and what tcpdump 4.99.3 prints for
// them, cut at every length:
//
//	== LINKTYPE: FLAGS
//	the packet in hexadecimal
//	FIRST-LAST "what is printed if so many bytes are captured"
func linkCases(t testing.TB) (cases []linkCase) {
	t.Helper()
	text, err := os.ReadFile("testdata/links.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		lines := strings.Split(block, "\n")
		var c linkCase
		number, flags, _ := strings.Cut(strings.TrimPrefix(lines[0], "== "), ": ")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			t.Fatalf("%s: %v", lines[0], err)
		}
		c.linkType, c.flags = linktype.FromFile(uint16(n)), flags
		if c.data, err = hex.DecodeString(lines[1]); err != nil {
			t.Fatalf("%s: %v", lines[0], err)
		}
		for _, line := range lines[2:] {
			var r cutRange
			if _, err := fmt.Sscanf(line, "%d-%d %q", &r.from, &r.to, &r.text); err != nil {
				t.Fatalf("%s: %q: %v", lines[0], line, err)
			}
			c.wants = append(c.wants, r)
		}
		cases = append(cases, c)
	}
	if len(cases) < 100 {
		t.Fatalf("testdata/links.txt has %d cases", len(cases))
	}
	return cases
}

// Packets of every link-layer type that is printed, cut anywhere, are printed as by tcpdump.
func TestFieldLinkTypesCut(t *testing.T) {
	seen := map[linktype.Type]bool{}
	for _, c := range linkCases(t) {
		o := Options{Time: NoTime}
		for flag := range strings.FieldsSeq(c.flags) {
			switch flag {
			case "-n":
			case "-e":
				o.LinkHeader = true
			case "-v":
				o.Verbose++
			case "-q":
				o.Quiet = true
			case "-x":
				o.Dump = DumpHex
			default:
				t.Fatalf("unknown flag %s", flag)
			}
		}
		seen[c.linkType] = true
		p, length := New(o), 0
		for _, want := range c.wants {
			for length = want.from; length <= want.to; length++ {
				got := p.Append(nil, &Packet{LinkType: c.linkType, Data: c.data[:length], WireLen: uint32(len(c.data)), Number: 1})
				if string(got) != want.text+"\n" {
					t.Errorf("link-layer type %d, %s, % x (%d of %d)\ngot\n%s\nwant\n%s", c.linkType, c.flags, c.data[:length], length, len(c.data), got, want.text)
				}
			}
		}
		if length != len(c.data)+1 {
			t.Errorf("the case of % x ends at %d", c.data, length-1)
		}
	}
	same := map[linktype.Type]linktype.Type{112: 104, 166: 9, 14: 12, 228: 12, 229: 12, 1: 1, 149: 258, 16: 16, 205: 104} // printed by the same dissector, or tested elsewhere
	for _, r := range rows() {
		for _, n := range r.Numbers {
			if _, ok := same[linktype.Type(n)]; r.Table == dissect.ByLinkType && !ok && !seen[linktype.Type(n)] {
				t.Errorf("link-layer type %d is not in testdata/links.txt", n)
			}
		}
	}
}

// Lengths that a UDP header cannot have are told.
func TestFieldUDPLengths(t *testing.T) {
	const (
		v4   = "00010000401100000a0000010a000002 13880009"
		v6   = "114020010db800000000000000000000000120010db8000000000000000000000002 13880009"
		from = "IP 10.0.0.1.5000 > 10.0.0.2.9: "
	)
	tests := []lineTest{
		{"0", Options{}, []string{"45000020" + v4 + "0000 0000 61626364"}, from + "truncated-udplength 0\n"},
		{"0 over IPv6", Options{}, []string{"60000000000c" + v6 + "0000 1234 61626364"}, "IP6 2001:db8::1.5000 > 2001:db8::2.9: truncated-udplength 0\n"},
		{"0, quiet", Options{Quiet: true}, []string{"45000020" + v4 + "0000 0000 61626364"}, from + "truncated-udplength 0\n"},
		{"less than the header", Options{}, []string{"45000020" + v4 + "0007 0000 61626364"}, from + "truncated-udplength 7\n"},
		{"right", Options{}, []string{"45000020" + v4 + "000c 0000 61626364"}, from + "UDP, length 4\n"},
		{"more than there is", Options{}, []string{"45000020" + v4 + "000d 1234 61626364"}, from + "UDP, bad length 5 > 4\n"},
		{"more than there is, with its checksum", Options{Verbose: 1}, []string{"60000000000c" + v6 + "00ff 1234 61626364"},
			"IP6 (hlim 64, next-header UDP (17) payload length: 12) 2001:db8::1.5000 > 2001:db8::2.9: [bad udp cksum 0x1234 -> 0xcb16!] UDP, bad length 247 > 4\n"},
		{"no length", Options{}, []string{"4500001a" + v4 + "0000"}, from + "truncated-udp 6\n"},
	}
	for _, tt := range tests {
		tt.options.Time = NoTime
		data := frame(t, tt.frames[0])
		if got := New(tt.options).Append(nil, &Packet{LinkType: linktype.RAW, Data: data, WireLen: uint32(len(data))}); string(got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	// A jumbogram has 0, because its length does not fit (RFC 2675).
	jumbo := append(frame(t, "600000000000 00"+v6[2:68]+"1100 c204 00011178"+"13880009 0000 0000"), make([]byte, 0x11178-16)...)
	got := New(Options{Time: NoTime}).Append(nil, &Packet{LinkType: linktype.RAW, Data: jumbo, WireLen: uint32(len(jumbo))})
	if want := "IP6 2001:db8::1 > 2001:db8::2: HBH 5000 > 9: UDP, length 69992\n"; string(got) != want {
		t.Errorf("a jumbogram: got %q, want %q", got, want)
	}
}

// What tcpdump prints and we do not is named where tcpdump would name it, and never takes the program down.
func TestFieldShortPackets(t *testing.T) {
	p := New(Options{Time: NoTime})
	for link := range linktype.Type(300) {
		for n := 1; n <= 160; n++ {
			for _, fill := range []byte{0x00, 0xff, 0x45, 0x01} {
				data := make([]byte, n)
				for i := range data {
					data[i] = fill
				}
				out := string(p.Append(nil, &Packet{LinkType: link, Data: data, WireLen: uint32(n)}))
				short, known := shortLinks[link]
				if known && n < short.size && out != " [|"+short.proto+"]\n" {
					t.Errorf("link-layer type %d, %d bytes of %02x: %q", link, n, fill, out)
				}
				empty := map[linktype.Type]int{113: 16, 7: n, 129: 8, 239: 4}[link] == n // as in tcpdump: a header that says nothing of what is not there
				if strings.TrimSpace(out) == "" && !empty || strings.Contains(out, "runtime error") || strings.Contains(out, "decoder") {
					t.Errorf("link-layer type %d, %d bytes of %02x: %q", link, n, fill, out)
				}
			}
		}
	}
}
