package emit

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bpfc/ir"
)

// eq is the test that most filters are made of.
func eq(g *ir.Graph, l *ir.Expr, k uint32, t, f *ir.Node) *ir.Node {
	return g.NewTest(ir.Eq, l, g.Const(k), t, f)
}

// headerLen is the length of the IPv4 header at an offset.
func headerLen(g *ir.Graph, at uint32) *ir.Expr {
	return g.Bin(ir.Lsh, g.Bin(ir.And, g.Load(1, at, nil), g.Const(0xf)), g.Const(2))
}

// tcpPort is the graph of "tcp port k" on Ethernet as libpcap would have it.
func tcpPort(k uint32) *ir.Graph {
	g := ir.New()
	yes, no := g.AcceptNode, g.RejectNode
	x := headerLen(g, 14)
	dst4 := eq(g, g.Load(2, 16, x), k, yes, no)
	src4 := eq(g, g.Load(2, 14, x), k, yes, dst4)
	frag := g.NewTest(ir.Set, g.Load(2, 20, nil), g.Const(0x1fff), no, src4)
	tcp4 := eq(g, g.Load(1, 23, nil), 6, frag, no)
	ip4 := eq(g, g.Load(2, 12, nil), 0x800, tcp4, no)
	dst6 := eq(g, g.Load(2, 56, nil), k, yes, no)
	src6 := eq(g, g.Load(2, 54, nil), k, yes, dst6)
	tcp6 := eq(g, g.Load(1, 20, nil), 6, src6, no)
	g.Root = eq(g, g.Load(2, 12, nil), 0x86dd, tcp6, ip4)
	return g
}

// sharedTail is the same filter, for any of some protocols, with one comparison of
// ports for both versions of IP. What is to be done for IPv6 behind several
// protocols has no place of its own without a jump.
func sharedTail(k uint32, protocols ...uint32) *ir.Graph {
	g := ir.New()
	yes, no := g.AcceptNode, g.RejectNode
	v := g.NewVar()
	dst := eq(g, g.Load(2, 16, g.VarRef(v)), k, yes, no)
	src := eq(g, g.Load(2, 14, g.VarRef(v)), k, yes, dst)
	anyOf := func(at uint32, next *ir.Node) *ir.Node {
		n := no
		for _, p := range slices.Backward(protocols) {
			n = eq(g, g.Load(1, at, nil), p, next, n)
		}
		return n
	}
	set4 := g.NewAssign(v, headerLen(g, 14), src)
	frag := g.NewTest(ir.Set, g.Load(2, 20, nil), g.Const(0x1fff), no, set4)
	ip4 := eq(g, g.Load(2, 12, nil), 0x800, anyOf(23, frag), no)
	set6 := g.NewAssign(v, g.Const(40), src)
	g.Root = eq(g, g.Load(2, 12, nil), 0x86dd, anyOf(20, set6), ip4)
	return g
}

func protochain(v6 bool) *ir.Graph {
	g := ir.New()
	g.Root = g.NewChain(ir.ChainInfo{IPv6: v6, Base: 14, Proto: 6}, g.AcceptNode, g.RejectNode)
	return g
}

// walksToTheSame has two header walks that end alike and go on to the same
// place; only their failures matter.
func walksToTheSame() *ir.Graph {
	g := ir.New()
	walk := func(base uint32) *ir.Node {
		c := ir.ChainInfo{Base: base, Proto: 6}
		return g.NewChain(c, g.AcceptNode, g.AcceptNode)
	}
	g.Root = eq(g, g.Load(1, 0, nil), 0, walk(1), walk(2))
	return g
}

func TestWalksToTheSame(t *testing.T) {
	m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 6))}
	checkGraph(t, m, walksToTheSame(), 3000)
}

// unassigned reads a variable that one path leaves 0.
func unassigned() *ir.Graph {
	g := ir.New()
	v := g.NewZeroVar()
	use := eq(g, g.Bin(ir.Add, g.VarRef(v), g.Load(1, 2, nil)), 5, g.AcceptNode, g.RejectNode)
	use = eq(g, g.Load(1, 1, g.Load(1, 3, nil)), 5, use, g.RejectNode)
	set := g.NewAssign(v, g.Bin(ir.And, g.Load(1, 1, nil), g.Const(3)), use)
	g.Root = eq(g, g.Load(1, 0, nil), 1, set, use)
	return g
}

func TestGolden(t *testing.T) {
	tests := []struct {
		name string
		g    *ir.Graph
		want string
	}{
		{"accept", func() *ir.Graph { g := ir.New(); g.Root = g.AcceptNode; return g }(), "ret 65535"},
		{"reject", func() *ir.Graph { g := ir.New(); g.Root = g.RejectNode; return g }(), "ret 0"},
		{"tcp port 80", tcpPort(80), `
			ldh [12]
			jeq #0x86dd 2 8
			ldb [20]
			jeq #0x6 4 19
			ldh [54]
			jeq #0x50 18 6
			ldh [56]
			jeq #0x50 18 19
			jeq #0x800 9 19
			ldb [23]
			jeq #0x6 11 19
			ldh [20]
			jset #0x1fff 19 13
			ldx 4*([14]&0xf)
			ldh [x+14]
			jeq #0x50 18 16
			ldh [x+16]
			jeq #0x50 18 19
			ret 65535
			ret 0`},
		{"ports of two protocols and both versions of IP", sharedTail(80, 6, 17), `
			ldh [12]
			jeq #0x86dd 2 6
			ldb [20]
			ldx #40
			jeq #0x6 13 5
			jeq #0x11 13 18
			jeq #0x800 7 18
			ldb [23]
			jeq #0x6 10 9
			jeq #0x11 10 18
			ldh [20]
			jset #0x1fff 18 12
			ldx 4*([14]&0xf)
			ldh [x+14]
			jeq #0x50 17 15
			ldh [x+16]
			jeq #0x50 17 18
			ret 65535
			ret 0`},
		{"ports of both versions of IP", sharedTail(80, 6), `
			ldh [12]
			jeq #0x86dd 2 5
			ldb [20]
			ldx #40
			jeq #0x6 11 16
			jeq #0x800 6 16
			ldb [23]
			jeq #0x6 8 16
			ldh [20]
			jset #0x1fff 16 10
			ldx 4*([14]&0xf)
			ldh [x+14]
			jeq #0x50 15 13
			ldh [x+16]
			jeq #0x50 15 16
			ret 65535
			ret 0`},
		{"ip6 protochain 6", protochain(true), `
			ldb [20]
			ldx #40
			jeq #0x6 29 3
			jeq #0x3b 29 4
			jeq #0x0 8 5
			jeq #0x3c 8 6
			jeq #0x2b 8 7
			jeq #0x2c 8 17
			ldb [x+14]
			st M[0]
			ldb [x+15]
			add #1
			mul #8
			add x
			tax
			ld M[0]
			ja 2
			jeq #0x33 18 29
			ldb [x+14]
			st M[0]
			txa
			add #1
			tax
			ldb [x+14]
			add #2
			mul #4
			tax
			ld M[0]
			ja 2
			jeq #0x6 30 31
			ret 65535
			ret 0`},
		{"ip protochain 6", protochain(false), `
			ldb [23]
			ldx 4*([14]&0xf)
			jeq #0x6 16 3
			jeq #0x3b 16 4
			jeq #0x33 5 16
			ldb [x+14]
			st M[0]
			txa
			add #1
			tax
			ldb [x+14]
			add #2
			mul #4
			tax
			ld M[0]
			ja 2
			jeq #0x6 17 18
			ret 65535
			ret 0`},
		{"variable that one path leaves unassigned", unassigned(), `
			st M[0]
			ldb [0]
			jeq #0x1 3 6
			ldb [1]
			and #0x3
			st M[0]
			ldb [3]
			tax
			ldb [x+1]
			jeq #0x5 10 15
			ldb [2]
			ldx M[0]
			add x
			jeq #0x5 14 15
			ret 65535
			ret 0`},
	}
	for _, tt := range tests {
		prog, err := Emit(tt.g, testSnaplen)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := listing(prog)
		var want strings.Builder
		for i, line := range strings.Split(strings.TrimSpace(tt.want), "\n") {
			want.WriteString(strconv.Itoa(i) + ": " + strings.TrimSpace(line) + "\n")
		}
		if got != want.String() {
			t.Errorf("%s:\n%v\ngot\n%swant\n%s", tt.name, tt.g, got, want.String())
		}
		m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 4))}
		checkGraph(t, m, tt.g, 500)
	}
}
