//go:build libpcap && cgo

package fuzz

import (
	"testing"

	"bpfc"
	"bpfc/internal/differences"
)

// leftOut says that something is missing because this build leaves it out on purpose.
func leftOut(error) bool { return false }

// What docs/differences.md says of libpcap is what the installed one does, where that is not too old for the filter. Its
// programs run on our machine, whose scratch memory is 0 at the start, as that of libpcap 1.11.
func TestDifferencesOfLibpcap(t *testing.T) {
	list, err := differences.Read("../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	pcap := NewLibpcap()
	tried := 0
	for _, d := range list {
		for _, e := range d.Examples {
			o := CompileOptions{LinkType: int(e.LinkType), Snaplen: 262144, Netmask: bpfc.NetmaskUnknown, Optimize: true}
			if e.Savefile {
				o.Savefile = Unswapped
			}
			prog, err := pcap.Compile(e.Filter, o)
			if err != nil {
				t.Logf("docs/differences.md:%d: %s refuses %q: %v", e.Line, pcap.Name(), e.Filter, err)
				continue
			}
			for _, p := range e.Packets {
				tried++
				if got := judgeOne(t, NewVM(), prog, whole(p.Bytes)) != 0; got != p.Libpcap {
					t.Errorf("docs/differences.md:%d: %s matches: %v", p.Line, pcap.Name(), got)
				}
				if _, events := Trace(prog, whole(p.Bytes)); (events&EventEndless != 0) != p.Endless {
					t.Errorf("docs/differences.md:%d: %s goes round for ever: %v", p.Line, pcap.Name(), !p.Endless)
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no packet was tried")
	}
}
