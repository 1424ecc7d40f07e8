package ir

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sample is: if byte 0 is 1, v0 = (byte 1 & 15) << 2, else v0 stays 0; accept
// if the half-word at 2 + v0 is over 500 or the packet is longer than 60 bytes.
func sample() *Graph {
	g := New()
	v := g.NewZeroVar()
	long := g.NewTest(Gt, g.Len(), g.Const(60), g.AcceptNode, g.RejectNode)
	use := g.NewTest(Gt, g.Load(2, 2, g.VarRef(v)), g.Const(500), g.AcceptNode, long)
	low := g.Bin(Lsh, g.Bin(And, g.Load(1, 1, nil), g.Const(15)), g.Const(2))
	set := g.NewAssign(v, low, use)
	g.Root = g.NewTest(Eq, g.Load(1, 0, nil), g.Const(1), set, use)
	return g
}

func TestPrint(t *testing.T) {
	const want = `0: [0:1] == 1 ? 1 : 2
1: v0 = (([1:1] & 15) << 2) -> 2
2: [v0 + 2:2] > 0x1f4 ? accept : 3
3: len > 60 ? accept : reject
`
	if got := sample().String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	g := New()
	g.Root = g.NewChain(ChainInfo{IPv6: true, Base: 14, Proto: 6}, g.AcceptNode, g.NewTest(Set, g.Neg(g.Anc(2, 0xfffff004)), g.Len(), g.RejectNode, g.AcceptNode))
	const want2 = "0: chain ip6 at 14 proto 6 ? accept : 1\n1: -anc[0xfffff004:2] & len ? reject : accept\n"
	if got := g.String(); got != want2 {
		t.Errorf("got\n%swant\n%s", got, want2)
	}
	var b strings.Builder
	if err := sample().PrintDot(&b, ""); err != nil || strings.Count(b.String(), "->") != 7 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestPrintBounded(t *testing.T) {
	g := New()
	e := g.Len()
	for range 100 {
		e = g.Bin(Add, e, e)
	}
	if s := e.String(); len(s) > maxText+10 {
		t.Errorf("%d bytes", len(s))
	}
}

func TestRun(t *testing.T) {
	g := sample()
	tests := []struct {
		pkt     []byte
		wireLen int
		want    bool
	}{
		{nil, 100, false},                  // root cannot load
		{[]byte{0, 0, 2, 0}, 4, true},      // 512 > 500
		{[]byte{0, 0, 1, 0}, 60, false},    // 256, short
		{[]byte{0, 0, 1, 0}, 61, true},     // long on the wire
		{[]byte{0, 0, 1}, 61, false},       // load cut off
		{[]byte{1}, 61, false},             // in an assignment
		{[]byte{1, 0x40, 9, 9}, 61, true},  // v0 = 0
		{[]byte{1, 0x41, 9, 9}, 61, false}, // v0 = 4, out of the packet
		{[]byte{1, 1, 0, 0, 0, 0, 2, 0}, 8, true},
	}
	for _, tt := range tests {
		if got := Run(g, tt.pkt, tt.wireLen, nil); got != tt.want {
			t.Errorf("%x, %d: %v", tt.pkt, tt.wireLen, got)
		}
	}
}

func TestRunArithmetic(t *testing.T) {
	g := New()
	x := g.Load(1, 0, nil)
	anc := func(k uint32) uint32 { return k - 0xfffff000 }
	tests := []struct {
		e    *Expr
		x    byte
		want uint32
		ok   bool
	}{
		{g.Bin(Sub, x, g.Const(3)), 1, 0xfffffffe, true},
		{g.Neg(x), 1, 0xffffffff, true},
		{g.Bin(Div, g.Const(9), x), 2, 4, true},
		{g.Bin(Div, g.Const(9), x), 0, 0, false},
		{g.Bin(Mod, g.Const(9), x), 0, 0, false},
		{g.Bin(Lsh, g.Const(9), x), 31, 0x80000000, true},
		{g.Bin(Lsh, g.Const(9), x), 32, 0, true},
		{g.Bin(Rsh, g.Const(9), x), 200, 0, true},
		{g.Anc(4, 0xfffff004), 0, 4, true},
		{g.Load(1, 0xffffffff, x), 1, 0, false}, // does not wrap around
		{g.Load(1, 0, g.Bin(Sub, x, g.Const(1))), 0, 0, false},
	}
	for _, tt := range tests {
		g.Root = g.NewTest(Eq, tt.e, g.Const(tt.want), g.AcceptNode, g.RejectNode)
		if got := Run(g, []byte{tt.x}, 1, anc); got != tt.ok {
			t.Errorf("%v with %d: %v", tt.e, tt.x, got)
		}
	}
}

func TestRunChain(t *testing.T) {
	ip6 := func(next byte, rest ...byte) []byte {
		return append(append(make([]byte, 6), next), append(make([]byte, 33), rest...)...)
	}
	ip4 := func(proto byte, rest ...byte) []byte {
		b := make([]byte, 20)
		b[0], b[9] = 0x45, proto
		return append(b, rest...)
	}
	eight := func(next byte) []byte { return []byte{next, 0, 0, 0, 0, 0, 0, 0} }
	tests := []struct {
		name string
		pkt  []byte
		ip6  bool
		want bool
	}{
		{"direct", ip6(6), true, true},
		{"other", ip6(17), true, false},
		{"none", ip6(59), true, false},
		{"extensions", ip6(0, append(append(append(eight(60), eight(43)...), eight(44)...), eight(6)...)...), true, true},
		{"cut off", ip6(0, 6), true, false},
		{"IPv4", ip4(6), false, true},
		{"IPv4 with an extension header's number", ip4(0, eight(6)...), false, false},
		{"authentication", ip4(51, 6, 4), false, true},
		{"authentication sets the position", ip4(51, 51, 2, 0, 0), false, false},
		{"circle", ip4(51, 51, 3, 0, 0), false, false},
		{"empty", nil, false, false},
	}
	for _, tt := range tests {
		g := New()
		g.Root = g.NewChain(ChainInfo{IPv6: tt.ip6, Proto: 6}, g.AcceptNode, g.RejectNode)
		if got := Run(g, tt.pkt, len(tt.pkt), nil); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestVerify(t *testing.T) {
	if err := Verify(sample()); err != nil {
		t.Error(err)
	}
	other := New()
	tests := []struct {
		name  string
		spoil func(g *Graph)
		want  string
	}{
		{"root", func(g *Graph) { g.Root = nil }, "no root"},
		{"cycle", func(g *Graph) { g.Root.False.False.False = g.Root }, "cycle"},
		{"self", func(g *Graph) { g.Root.True = g.Root }, "cycle"},
		{"foreign leaf", func(g *Graph) { g.Root.True = other.AcceptNode }, "leaf"},
		{"changed leaf", func(g *Graph) { g.RejectNode.True = g.AcceptNode }, "leaf was changed"},
		{"missing successor", func(g *Graph) { g.Root.False = nil }, "without a successor"},
		{"missing operand", func(g *Graph) { g.Root.R = nil }, "without an operand"},
		{"comparison", func(g *Graph) { g.Root.Cmp = 9 }, "comparison"},
		{"kind", func(g *Graph) { g.Root.Kind = 9 }, "kind"},
		{"assigned variable", func(g *Graph) { g.Root.True.Var = 1 }, "variable 1 of 1"},
		{"read variable", func(g *Graph) { g.Root.L = g.VarRef(7) }, "variable 7 of 1"},
		{"assignment with two successors", func(g *Graph) { g.Root.True.False = g.RejectNode }, "one successor"},
		{"foreign expression", func(g *Graph) { g.Root.L = other.Len() }, "does not belong"},
		{"changed expression", func(g *Graph) { g.Root.L.K = 99 }, "changed"},
		{"size", func(g *Graph) { g.Root.L = g.Load(3, 0, nil) }, "size 3"},
		{"size of a constant", func(g *Graph) { g.Root.L = g.intern(Const, 1, 0, nil, nil) }, "size 1"},
		{"operands", func(g *Graph) { g.Root.L = g.intern(Add, 0, 0, g.Len(), nil) }, "operands"},
		{"ancillary", func(g *Graph) { g.Root.L = g.Anc(4, 12) }, "ancillary offset"},
		{"unassigned variable", func(g *Graph) { readAfter(g, g.NewVar(), false) }, "reads variable 1"},
		{"variable unassigned on a path", func(g *Graph) { readAfter(g, g.NewVar(), true) }, "reads variable 1"},
		{"variable assigned from itself", func(g *Graph) {
			v := g.NewVar()
			g.Root = g.NewAssign(v, g.Bin(Add, g.VarRef(v), g.Const(4)), g.Root)
		}, "reads variable 1"},
		{"header walk", func(g *Graph) { g.Root = g.NewChain(ChainInfo{Proto: 256}, g.AcceptNode, g.RejectNode) }, "header walk"},
	}
	for _, tt := range tests {
		g := sample()
		tt.spoil(g)
		if err := Verify(g); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// readAfter puts before g a test of v, with a path to it that assigns v, if
// assigned, and one that does not.
func readAfter(g *Graph, v int, assigned bool) {
	twice := g.Bin(Add, g.VarRef(v), g.Load(1, 0, g.VarRef(v)))
	read := g.NewTest(Gt, g.Len(), twice, g.Root, g.RejectNode)
	other := read
	if assigned {
		other = g.NewAssign(v, g.Load(1, 3, nil), read)
	}
	g.Root = g.NewTest(Eq, g.Load(1, 1, nil), g.Const(0), read, other)
}

// What every path assigns may be read, and so may what means 0 otherwise.
func TestVerifyAssigned(t *testing.T) {
	g := sample()
	v := g.NewVar()
	readAfter(g, v, true)
	g.Root.True = g.NewAssign(v, g.Const(7), g.Root.True)
	if err := Verify(g); err != nil {
		t.Error(err)
	}
	g = sample()
	for range 70 { // more than a word of a set holds
		g.NewVar()
	}
	v = g.NewZeroVar()
	readAfter(g, v, true)
	if err := Verify(g); err != nil {
		t.Error(err)
	}
	if g.MeansZero(v-1) || !g.MeansZero(v) || g.MeansZero(g.NewVar()) {
		t.Error("other variables than those made to mean 0 do")
	}
	w := g.NewVar()
	readAfter(g, w, true)
	if err := Verify(g); err == nil || !strings.Contains(err.Error(), fmt.Sprint("reads variable ", w)) {
		t.Errorf("%v", err)
	}
}

// A variable is found in an expression that is an enormous tree, as each of its
// parts is looked at once.
func TestVerifySharedExpression(t *testing.T) {
	g := New()
	v := g.NewVar()
	e := g.VarRef(v)
	for range 100 {
		e = g.Bin(Add, e, e)
	}
	test := g.NewTest(Gt, e, g.Len(), g.AcceptNode, g.RejectNode)
	g.Root = test
	if err := Verify(g); err == nil {
		t.Error("an unassigned variable is not found")
	}
	g.Root = g.NewAssign(v, g.Const(1), test)
	if err := Verify(g); err != nil {
		t.Error(err)
	}
}

// randomGraph has n tests of which some leave for far nodes.
func randomGraph(r *rand.Rand, n int) *Graph {
	g := New()
	nodes := []*Node{g.RejectNode, g.AcceptNode}
	pick := func() *Node { return nodes[max(0, len(nodes)-1-r.IntN(4))] }
	for range n {
		nodes = append(nodes, g.NewTest(Eq, g.Load(1, uint32(r.IntN(9)), nil), g.Const(0), pick(), pick()))
	}
	g.Root = nodes[len(nodes)-1]
	return g
}

func TestOrderAndDominators(t *testing.T) {
	for seed := range uint64(300) {
		g := randomGraph(rand.New(rand.NewPCG(seed, 1)), 1+int(seed%20))
		o := g.Order()
		for i, n := range o.Nodes {
			for _, s := range []*Node{n.True, n.False} {
				if s != nil && o.Index(s) <= i {
					t.Fatalf("node %d before its predecessor %d", o.Index(s), i)
				}
			}
		}
		d := o.Dominators()
		for a := range o.Nodes {
			avoiding := reachableAvoiding(o, a)
			for b := range o.Nodes {
				if want := a == b || !avoiding[b]; d.Dominates(a, b) != want {
					t.Fatalf("%d dominates %d: not %v\n%v", a, b, want, g)
				}
				if c := d.Common(a, b); !d.Dominates(c, a) || !d.Dominates(c, b) {
					t.Fatalf("%d is no common dominator of %d and %d", c, a, b)
				}
			}
			if a > 0 && (d.Idom[a] == a || !d.Dominates(d.Idom[a], a)) {
				t.Fatalf("immediate dominator of %d is not %d", a, d.Idom[a])
			}
		}
	}
}

// reachableAvoiding finds what can be reached from the root without passing a.
func reachableAvoiding(o Order, a int) []bool {
	seen := make([]bool, len(o.Nodes))
	seen[0] = a != 0
	for i, n := range o.Nodes {
		t, f := n.Succs()
		for _, s := range []*Node{t, f} {
			if s != nil && seen[i] && o.Index(s) != a {
				seen[o.Index(s)] = true
			}
		}
	}
	return seen
}

// TestLongChain would overflow a recursion or take hours if anything were quadratic.
func TestLongChain(t *testing.T) {
	g := New()
	n := g.AcceptNode
	for i := range uint32(100000) {
		n = g.NewTest(Eq, g.Load(1, i%1000, nil), g.Const(i), g.RejectNode, n)
	}
	g.Root = n
	if err := Verify(g); err != nil {
		t.Fatal(err)
	}
	o := g.Order()
	if d := o.Dominators(); d.Idom[o.Index(g.RejectNode)] != 0 {
		t.Errorf("reject's dominator is %d", d.Idom[o.Index(g.RejectNode)])
	}
}

func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{10, 1000, 100000} {
		g := randomGraph(rand.New(rand.NewPCG(1, 1)), n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Order()
			}
		})
	}
}
