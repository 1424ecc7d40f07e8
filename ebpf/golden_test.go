package toebpf

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
)

var update = flag.Bool("update", false, "write the listings anew")

const port80 = `ldh [12]; jeq #0x86dd, v6, v4; v6: ldb [20]; jeq #6, v6src, no; v6src: ldh [54]; jeq #80, yes, v6dst; v6dst: ldh [56]; jeq #80, yes, no;
	v4: jeq #0x800, proto, no; proto: ldb [23]; jeq #6, frag, no; frag: ldh [20]; jset #0x1fff, no, head; head: ldx 4*([14]&0xf); ldh [x + 14]; jeq #80, yes, v4dst;
	v4dst: ldh [x + 16]; jeq #80, yes, no; yes: ret #262144; no: ret #0`

// TestListings holds the instructions that come out, in every way to read packets, against testdata/listings.txt.
func TestListings(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct{ name, filter, setup string }{
		{"tcp port 80", port80, "xdp direct"},
		{"tcp port 80", port80, "xdp linear"},
		{"tcp port 80", port80, "tc linear"},
		{"tcp port 80", port80, "socket ld_abs"},
		{"tcp port 80", port80, "socket skb_load"},
		{"tcp port 80", port80, "fragment"},
		{"tcp port 80", port80, "inject direct"},
		{"tcp port 80", port80, "inject probe_read"},
		{"nothing", "ret #0", "xdp direct"},
		{"a loop", loopFilter, "xdp direct"},
		{"a loop", loopFilter, "socket ld_abs"},
		{"a mark", "ld #mark; jeq #5, y, n; y: ldb [x + 40000]; ret a; n: ret #0", "socket skb_load"},
		{"shift, division, scratch memory", "ldb [0]; tax; ld #1; lsh x; st M[0]; ldb [1]; tax; ld M[0]; div x; ret a", "fragment"},
	} {
		for i := range setups {
			if setups[i].name != c.setup {
				continue
			}
			insns, err := setups[i].make(classic(t, c.filter), binary.LittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "== %s, %s: %d instructions\n%s\n", c.name, c.setup, len(insns), tidy(insns))
		}
	}
	const file = "testdata/listings.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Fatalf("line %d is\n%s\nbut was\n%s\n(go test -run TestListings -update writes the file anew)", i+1, gotLines[i], wantLines[i])
			}
		}
		t.Fatal("more lines, or fewer")
	}
}

// tidy prints instructions without what their jumps would be by number.
func tidy(insns asm.Instructions) string {
	var b strings.Builder
	for line := range strings.Lines(fmt.Sprint(insns)) {
		line = strings.ReplaceAll(line, " off: -1", "")
		b.WriteString(strings.TrimRight(strings.TrimPrefix(line, "\t"), " \n") + "\n")
	}
	return b.String()
}
