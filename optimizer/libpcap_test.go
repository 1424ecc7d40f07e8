package optimizer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/emit"
	"bpfc/internal/battery"
	"bpfc/ir"
	"bpfc/optimizer"

	"golang.org/x/net/bpf"
)

// compile returns the optimized program of a filter on Ethernet.
func compile(t *testing.T, filter string) (*ir.Graph, []bpf.RawInstruction) {
	t.Helper()
	g := generate(t, "EN10MB", filter)
	optimizer.Optimize(g, optimizer.Options{})
	prog, err := emit.Emit(g, 262144)
	if err != nil {
		t.Fatal(err)
	}
	return g, prog
}

// TestLibpcapIssue110: two networks of one address are loaded and masked once.
func TestLibpcapIssue110(t *testing.T) {
	_, prog := compile(t, "ip src net 10.0.1.0/24 or ip src net 10.0.2.0/24")
	loads := 0
	for _, in := range prog {
		if in.Op == 0x20 && in.K == 26 { // ld [26]
			loads++
		}
	}
	if loads != 1 || len(prog) > 8 {
		t.Errorf("%d loads of the address in %d instructions", loads, len(prog))
	}
}

// TestLibpcapIssue112: an expression on which libpcap's optimizer swapped the
// same two tests for ever.
func TestLibpcapIssue112(t *testing.T) {
	const filter = "(ip[12:4] = 0x0a0a0a0a or ip[16:4] = 0x0a0a0a0a) and (not ((ip[12:4] = 0x0a0a0a0b or ip[16:4] = 0x0a0a0a0b)))"
	samePackets(t, filter, stages(t, filter, generate(t, "EN10MB", filter)), 60)
}

// TestLibpcapIssue434: arithmetic on constants beyond 2^31.
func TestLibpcapIssue434(t *testing.T) {
	g, _ := compile(t, "len >= 2147483648 & 2147483648 or len < 0 | 2147483648")
	if g.Root != g.AcceptNode {
		t.Errorf("not recognized as accepting all:\n%v", g)
	}
	g, _ = compile(t, "len <= 4294967295 & 2147483647 and len > 2147483647 + 0")
	if g.Root != g.RejectNode {
		t.Errorf("not recognized as rejecting all:\n%v", g)
	}
}

// TestLibpcapIssue437: division by and masking with 2^32-1.
func TestLibpcapIssue437(t *testing.T) {
	g, _ := compile(t, "(1 = 0) || (1 / 4294967295 = 0) and (0 & 4294967295 = 0)")
	if g.Root != g.AcceptNode {
		t.Errorf("not recognized as accepting all:\n%v", g)
	}
	g, prog := compile(t, "ether[0] & 0xffffffff != 0")
	if g.Root.Kind != ir.Test || len(prog) != 4 {
		t.Errorf("a mask of all ones decides:\n%v", g)
	}
}

// TestConstants: comparisons of constants alone are decided.
func TestConstants(t *testing.T) {
	for filter, accepts := range map[string]bool{"0x4 == 0": false, "4 == 4": true, "63 = 15": false, "ip[0] & 0 != 0": false} {
		g, _ := compile(t, filter)
		if accepts && g.Root != g.AcceptNode || !accepts && g.Root != g.RejectNode {
			t.Errorf("%s is not decided:\n%v", filter, g)
		}
	}
}

// longest returns the most instructions that one run can execute.
func longest(prog []bpf.RawInstruction) int {
	steps := make([]int, len(prog)+1)
	for i := len(prog) - 1; i >= 0; i-- {
		in := prog[i]
		next := steps[i+1]
		switch {
		case in.Op == 0x05:
			next = steps[i+1+int(in.K)]
		case in.Op&7 == 5:
			next = max(steps[i+1+int(in.Jt)], steps[i+1+int(in.Jf)])
		case in.Op&7 == 6:
			next = 0
		}
		steps[i] = next + 1
	}
	return steps[0]
}

// TestLibpcapIssue1255: a thousand hosts, which took libpcap minutes and
// thousands of comparisons a packet, and other long lists.
func TestLibpcapIssue1255(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 55))
	address := func() string {
		v := rng.Uint32()
		return fmt.Sprintf("%d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255)
	}
	address6 := func() string {
		return fmt.Sprintf("2001:db8:%x:%x::%x:%x", rng.IntN(65536), rng.IntN(65536), rng.IntN(65536), rng.IntN(65536))
	}
	longLists(t, battery.Some([]longList{
		{"hosts", 1000, func() string { return "host " + address() }, 3400, 40},
		{"ports", 1000, func() string { return fmt.Sprintf("port %d", 1+rng.IntN(65535)) }, 3300, 40},
		{"prefixes", 1000, func() string {
			bits := 8 + rng.IntN(25)
			v := rng.Uint32() >> (32 - bits) << (32 - bits)
			return fmt.Sprintf("net %d.%d.%d.%d/%d", v>>24, v>>16&255, v>>8&255, v&255, bits)
		}, 3400, 40},
		{"MAC addresses", 1000, func() string {
			return fmt.Sprintf("ether host 02:%02x:%02x:%02x:%02x:%02x", rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256))
		}, 6000, 40},
		{"IPv6 hosts", 1000, func() string { return "ip6 host " + address6() }, 20000, 64},
		{"IPv6 prefixes", 300, func() string {
			bits := 36 + 4*rng.IntN(4)
			return fmt.Sprintf("net 2001:%x:%x::/%d", rng.IntN(65536), rng.IntN(65536)>>(48-bits)<<(48-bits), bits)
		}, 4000, 64},
		{"hosts with ports", 300, func() string { return fmt.Sprintf("(host %s and port %d)", address(), rng.IntN(65536)) }, 5000, 64},
		{"networks with TCP ports", 300, func() string {
			return fmt.Sprintf("(net %d.%d.%d.0/24 and tcp port %d)", rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(65536))
		}, 5000, 64},
	}))
}

// longList is a kind of long lists.
type longList struct {
	name         string
	size         int
	make         func() string
	instructions int // more would be a regression
	executed     int // on the longest path
}

// longLists compiles lists of some kinds, plain and negated, and runs packets that
// hit their members.
func longLists(t *testing.T, kinds []longList) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			terms := make([]string, k.size)
			for i := range terms {
				terms[i] = k.make()
			}
			or := strings.Join(terms, " or ")
			for _, filter := range []string{"not (" + or + ")", or} {
				g, prog := compile(t, filter)
				if err := ir.Verify(g); err != nil {
					t.Fatal(err)
				}
				most := longest(prog)
				t.Logf("%.4s…: %d instructions, at most %d executed", filter, len(prog), most)
				if len(prog) > k.instructions || most > k.executed {
					t.Errorf("%d instructions, at most %d executed", len(prog), most)
				}
				sameHits(t, filter, g)
			}
		})
	}
}

// sameHits runs packets that hit members of a long list, whole and truncated,
// through the graph before and after the optimizer.
func sameHits(t *testing.T, filter string, after *ir.Graph) {
	t.Helper()
	before := generate(t, "EN10MB", filter)
	w := &walker{rng: rand.New(rand.NewPCG(3, 4))}
	for i := range 24 {
		from := before
		if i%2 == 1 {
			from = after
		}
		pkt, wire := w.packet(from)
		for _, n := range []int{0, 13, 14, 21, 24, 29, 30, 33, 34, 36, 38, 42, 46, 50, 54, 55, 56, 58, 70, len(pkt)} {
			if a, b := ir.Run(before, pkt[:n], wire, nil), ir.Run(after, pkt[:n], wire, nil); a != b {
				t.Fatalf("%.40s…: %v, want %v on %x", filter, b, a, pkt[:n])
			}
		}
	}
}
