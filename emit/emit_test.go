package emit

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/internal/battery"
	"bpfc/ir"
)

const testSnaplen = 65535

// testAnc stands for the kernel's ancillary data.
func testAnc(k uint32) uint32 { return k * 2654435761 >> 28 }

// arithmetic gives the operators by bits 4 to 7 of their codes.
var arithmetic = [16]ir.Op{
	0: ir.Add, 1: ir.Sub, 2: ir.Mul, 3: ir.Div, 4: ir.Or, 5: ir.And, 6: ir.Lsh, 7: ir.Rsh, 9: ir.Mod, 10: ir.Xor,
}

// machine interprets classic BPF straight from its definition. It returns the
// program's result and how many instructions it executed.
func machine(prog []bpf.RawInstruction, pkt []byte, wireLen int) (result uint32, steps int, err error) {
	var a, x uint32
	var m [16]uint32
	var written [16]bool
	for pc := 0; ; pc++ {
		if pc < 0 || pc >= len(prog) {
			return 0, steps, fmt.Errorf("ran out of the program to %d", pc)
		}
		if steps++; steps > 1<<20 {
			return 0, steps, nil // a header walk in circles
		}
		in := prog[pc]
		op := in.Op
		switch op & 7 {
		case 0, 1:
			v, ok := in.K, true
			switch op & 0xe0 {
			case 0x80:
				v = uint32(wireLen)
			case 0x60:
				if in.K >= cbpf.MemWords || !written[in.K] {
					return 0, steps, fmt.Errorf("instruction %d reads scratch word %d, which was not written", pc, in.K)
				}
				v = m[in.K]
			case 0xa0:
				v, ok = readPacket(pkt, uint64(in.K), 1)
				v = v & 0xf << 2
			case 0x20, 0x40:
				size := uint64(4) >> (op >> 3 & 3)
				off := uint64(in.K)
				if op&0xe0 == 0x40 {
					off += uint64(x)
				}
				if v, ok = readPacket(pkt, off, size); op&0xe0 == 0x20 && in.K >= 0xfffff000 {
					v, ok = testAnc(in.K), true
				}
			}
			if !ok {
				return 0, steps, nil
			}
			if op&7 == 0 {
				a = v
			} else {
				x = v
			}
		case 2:
			m[in.K], written[in.K] = a, true
		case 3:
			m[in.K], written[in.K] = x, true
		case 4:
			b := in.K
			if op&8 != 0 {
				b = x
			}
			if op == cbpf.NegA {
				a = -a
				continue
			}
			v, ok := ir.Eval(arithmetic[op>>4&0xf], a, b)
			if !ok {
				return 0, steps, nil
			}
			a = v
		case 5:
			b := in.K
			if op&8 != 0 {
				b = x
			}
			holds := false
			switch op & 0xf0 {
			case 0:
				pc += int(int32(in.K))
				continue
			case 0x10:
				holds = a == b
			case 0x20:
				holds = a > b
			case 0x30:
				holds = a >= b
			case 0x40:
				holds = a&b != 0
			}
			if holds {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		case 6:
			return in.K, steps, nil
		case 7:
			if op == cbpf.Tax {
				x = a
			} else {
				a = x
			}
		}
	}
}

func readPacket(pkt []byte, off, size uint64) (uint32, bool) {
	if off+size > uint64(len(pkt)) {
		return 0, false
	}
	var b [4]byte
	copy(b[4-size:], pkt[off:off+size])
	return binary.BigEndian.Uint32(b[:]), true
}

// validate checks what kernels and libpcap check before they take a program.
func validate(prog []bpf.RawInstruction) error {
	reached := make([]bool, len(prog)+256)
	reached[0] = true
	for pc, in := range prog {
		if !reached[pc] {
			return fmt.Errorf("%d: unreachable", pc)
		}
		switch {
		case in.Op == cbpf.Ja:
			if to := pc + 1 + int(int32(in.K)); to >= 0 && to < len(prog) {
				reached[to] = true
			}
		case in.Op&7 == 5:
			reached[pc+1+int(in.Jt)], reached[pc+1+int(in.Jf)] = true, true
		case in.Op != cbpf.RetK:
			reached[pc+1] = true
		}
		switch op := in.Op; {
		case op == cbpf.Ja:
			if to := pc + 1 + int(int32(in.K)); to < 0 || to >= len(prog) {
				return fmt.Errorf("%d: jumps to %d of %d", pc, to, len(prog))
			}
		case op&7 == 5:
			if pc+1+int(max(in.Jt, in.Jf)) >= len(prog) {
				return fmt.Errorf("%d: jumps outside", pc)
			}
		case accessesSlot(op) && in.K >= cbpf.MemWords:
			return fmt.Errorf("%d: scratch word %d", pc, in.K)
		case (op == 0x34 || op == 0x94) && in.K == 0:
			return fmt.Errorf("%d: division by 0", pc)
		case (op == 0x64 || op == 0x74) && in.K >= 32:
			return fmt.Errorf("%d: shift by %d", pc, in.K)
		}
		if _, raw := in.Disassemble().(bpf.RawInstruction); raw && in.Op != 0x81 {
			return fmt.Errorf("%d: unknown instruction %+v", pc, in)
		}
	}
	if len(prog) == 0 || prog[len(prog)-1].Op != cbpf.RetK {
		return fmt.Errorf("does not end in ret")
	}
	return nil
}

// listing prints a program for messages and for the golden tests.
func listing(prog []bpf.RawInstruction) string {
	var b strings.Builder
	for pc, in := range prog {
		name := map[uint16]string{
			0x00: "ld #%d", 0x80: "ld len", 0x60: "ld M[%d]", 0x20: "ld [%d]", 0x28: "ldh [%d]", 0x30: "ldb [%d]",
			0x40: "ld [x+%d]", 0x48: "ldh [x+%d]", 0x50: "ldb [x+%d]", 0x01: "ldx #%d", 0x81: "ldx len", 0x61: "ldx M[%d]",
			0xb1: "ldx 4*([%d]&0xf)", 0x02: "st M[%d]", 0x03: "stx M[%d]", 0x84: "neg", 0x07: "tax", 0x87: "txa", 0x06: "ret %d",
			0x04: "add #%d", 0x14: "sub #%d", 0x24: "mul #%d", 0x34: "div #%d", 0x94: "mod #%d", 0x44: "or #%d", 0x54: "and #%#x", 0xa4: "xor #%d",
			0x64: "lsh #%d", 0x74: "rsh #%d", 0x0c: "add x", 0x1c: "sub x", 0x2c: "mul x", 0x3c: "div x", 0x9c: "mod x", 0x4c: "or x", 0x5c: "and x",
			0xac: "xor x", 0x6c: "lsh x", 0x7c: "rsh x", 0x15: "jeq #%#x", 0x25: "jgt #%#x", 0x35: "jge #%#x", 0x45: "jset #%#x",
			0x1d: "jeq x", 0x2d: "jgt x", 0x3d: "jge x", 0x4d: "jset x", 0x05: "ja",
		}[in.Op]
		if strings.Contains(name, "%") {
			name = fmt.Sprintf(name, in.K)
		}
		switch {
		case in.Op == cbpf.Ja:
			name += fmt.Sprintf(" %d", pc+1+int(int32(in.K)))
		case in.Op&7 == 5:
			name += fmt.Sprintf(" %d %d", pc+1+int(in.Jt), pc+1+int(in.Jf))
		}
		fmt.Fprintf(&b, "%d: %s\n", pc, name)
	}
	return b.String()
}

// graphMaker makes random graphs.
type graphMaker struct {
	*rand.Rand
	g *ir.Graph
	// deep allows nested operations; vars and chains allow variables and header walks.
	depth  int
	chains bool
}

func (m *graphMaker) expr(depth int) *ir.Expr {
	g := m.g
	if depth > 0 && m.IntN(3) > 0 {
		switch op := ir.Op(m.IntN(int(ir.Neg-ir.Load)+1)) + ir.Load; op {
		case ir.Load, ir.Anc, ir.Var:
			return g.Load(m.size(), uint32(m.IntN(40)), m.offset(depth-1))
		case ir.Neg:
			return g.Neg(m.expr(depth - 1))
		case ir.Lsh, ir.Rsh:
			if m.IntN(2) == 0 {
				return g.Bin(op, m.expr(depth-1), g.Const(uint32(m.IntN(36))))
			}
			return g.Bin(op, m.expr(depth-1), m.expr(depth-1))
		default:
			return g.Bin(op, m.expr(depth-1), m.expr(depth-1))
		}
	}
	switch m.IntN(12) {
	case 0, 1:
		return g.Const(uint32(m.IntN(8)))
	case 2:
		return g.Len()
	case 3:
		return g.Anc(4, 0xfffff000+4*uint32(m.IntN(16)))
	case 4:
		return m.header()
	case 5, 6, 7:
		if g.Vars > 0 {
			return g.VarRef(m.IntN(g.Vars))
		}
	case 8:
		if m.IntN(20) == 0 {
			return g.Load(m.size(), 1<<30+uint32(m.IntN(3)), nil)
		}
	}
	return g.Load(m.size(), uint32(m.IntN(40)), nil)
}

// offset is mostly small, so that loads succeed.
func (m *graphMaker) offset(depth int) *ir.Expr {
	switch e := m.expr(depth); m.IntN(4) {
	case 0:
		return e
	case 1:
		return m.header()
	default:
		return m.g.Bin(ir.And, e, m.g.Const(uint32(m.IntN(16))))
	}
}

func (m *graphMaker) header() *ir.Expr {
	low := m.g.Bin(ir.And, m.g.Load(1, uint32(m.IntN(3)), nil), m.g.Const(0xf))
	if m.IntN(2) == 0 {
		return m.g.Bin(ir.Lsh, low, m.g.Const(2))
	}
	return m.g.Bin(ir.Mul, low, m.g.Const(4))
}

func (m *graphMaker) size() uint8 { return 1 << m.IntN(3) }

// graph makes a graph of n nodes, made from the leaves up.
func (m *graphMaker) graph(n, vars int) *ir.Graph {
	g := ir.New()
	m.g = g
	for range vars {
		g.NewZeroVar()
	}
	nodes := []*ir.Node{g.RejectNode, g.AcceptNode}
	pick := func() *ir.Node {
		if m.IntN(6) == 0 {
			return nodes[m.IntN(2)]
		}
		return nodes[max(0, len(nodes)-1-m.IntN(5))]
	}
	for range n {
		var node *ir.Node
		switch k := m.IntN(10); {
		case k == 0 && m.chains:
			node = g.NewChain(ir.ChainInfo{IPv6: m.IntN(2) == 0, Base: uint32(m.IntN(8)), Proto: []uint32{6, 17, 51, 59, 0, 44, 255}[m.IntN(7)]}, pick(), pick())
		case k < 4 && vars > 0:
			node = g.NewAssign(m.IntN(vars), m.expr(m.depth), pick())
		default:
			node = g.NewTest(ir.Cmp(m.IntN(4)), m.expr(m.depth), m.expr(m.depth), pick(), pick())
		}
		nodes = append(nodes, node)
	}
	g.Root = nodes[len(nodes)-1]
	return g
}

// packet is filled with small numbers, as loads at computed offsets and
// comparisons of random expressions are then more likely to hold.
func (m *graphMaker) packet(n int) []byte {
	pkt := make([]byte, n)
	for i := range pkt {
		switch m.IntN(6) {
		case 0:
			pkt[i] = byte(m.Uint32())
		case 1:
			pkt[i] = []byte{6, 17, 51, 59, 0, 44, 43, 60}[m.IntN(8)]
		default:
			pkt[i] = byte(m.IntN(6))
		}
	}
	return pkt
}

// agree compares a program with the reference interpretation of its graph.
func agree(t *testing.T, g *ir.Graph, prog []bpf.RawInstruction, pkt []byte, wireLen int) {
	t.Helper()
	want := ir.Run(g, pkt, wireLen, testAnc)
	got, _, err := machine(prog, pkt, wireLen)
	if err == nil && got != 0 && got != testSnaplen {
		err = fmt.Errorf("returned %d", got)
	}
	if err != nil {
		t.Fatalf("%v\npacket %x\n%v\n%s", err, pkt, g, listing(prog))
	}
	if (got != 0) != want {
		t.Fatalf("program returns %d, graph says %v on packet %x, wire length %d\n%v\n%s", got, want, pkt, wireLen, g, listing(prog))
	}
}

// checkGraph emits g, validates it and tries packets of many lengths.
func checkGraph(t *testing.T, m *graphMaker, g *ir.Graph, packets int) []bpf.RawInstruction {
	t.Helper()
	if err := ir.Verify(g); err != nil {
		t.Fatal(err)
	}
	prog, err := Emit(g, testSnaplen)
	if err != nil {
		if d := diag.As(err); d == nil || d.Kind != diag.Limit {
			t.Fatal(err)
		}
		return nil
	}
	if err := validate(prog); err != nil {
		t.Fatalf("%v\n%v\n%s", err, g, listing(prog))
	}
	for range packets {
		n := m.IntN(64)
		agree(t, g, prog, m.packet(n), n+m.IntN(3))
	}
	return prog
}

func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(battery.Size(3000)) {
		m := &graphMaker{Rand: rand.New(rand.NewPCG(seed, 1)), depth: int(seed % 5), chains: seed%3 == 0}
		g := m.graph(1+m.IntN(30), int(seed%4))
		checkGraph(t, m, g, 60)
	}
}

// TestRandomGraphsWordsByLiveness does the same with the exact way to assign words.
func TestRandomGraphsWordsByLiveness(t *testing.T) {
	for seed := range uint64(battery.Size(800)) {
		m := &graphMaker{Rand: rand.New(rand.NewPCG(seed, 8)), depth: 2 + int(seed%3), chains: seed%3 == 0}
		g := m.graph(1+m.IntN(30), 1+int(seed%7))
		p := newProgram(g)
		p.generate()
		if err := p.sweep(); err != nil {
			t.Fatal(err)
		}
		p.shape()
		p.place()
		p.noWords()
		if !p.wordsByLiveness() {
			continue
		}
		prog := p.write(testSnaplen)
		if err := validate(prog); err != nil {
			t.Fatalf("%v\n%v\n%s", err, g, listing(prog))
		}
		for range 60 {
			n := m.IntN(64)
			agree(t, g, prog, m.packet(n), n+m.IntN(3))
		}
	}
}

// TestHugeGraphs has jumps across tens of thousands of instructions.
func TestHugeGraphs(t *testing.T) {
	for seed := range uint64(battery.Size(6)) {
		m := &graphMaker{Rand: rand.New(rand.NewPCG(seed, 2)), depth: 1}
		g := m.huge(70000, seed%2 == 0)
		prog := checkGraph(t, m, g, 40)
		if len(prog) < 70000 {
			t.Errorf("only %d instructions", len(prog))
		}
	}
}

// huge makes a long graph whose nodes reach far; paths are kept long by small
// constants that rarely match. near makes the True edges short.
func (m *graphMaker) huge(n int, near bool) *ir.Graph {
	g := ir.New()
	m.g = g
	nodes := []*ir.Node{g.RejectNode, g.AcceptNode}
	for range n {
		reach := len(nodes)
		if near {
			reach = min(reach, 400)
		}
		far := nodes[len(nodes)-1-m.IntN(reach)]
		next := nodes[len(nodes)-1]
		nodes = append(nodes, g.NewTest(ir.Eq, g.Load(1, uint32(m.IntN(20)), nil), g.Const(uint32(m.IntN(256))), far, next))
	}
	g.Root = nodes[len(nodes)-1]
	return g
}

// TestWordsByLiveness has two arms that stand between each other's blocks, so
// that the ranges of their 24 variables overlap although only 12 are ever needed.
func TestWordsByLiveness(t *testing.T) {
	g := ir.New()
	const each = 12
	arm := func(first int) *ir.Node {
		for range each {
			g.NewVar()
		}
		n := g.AcceptNode
		for v := first; v < first+each; v++ {
			n = g.NewTest(ir.Gt, g.Bin(ir.Xor, g.VarRef(v), g.Load(1, uint32(v), nil)), g.Const(3), g.RejectNode, n)
		}
		for v := first; v < first+each; v++ {
			n = g.NewAssign(v, g.Bin(ir.And, g.Load(1, uint32(v+1), nil), g.Const(15)), n)
		}
		return n
	}
	a, b := arm(0), arm(each)
	g.Root = g.NewTest(ir.Eq, g.Load(1, 50, nil), g.Const(0), a, b)
	p := newProgram(g)
	p.generate()
	if err := p.sweep(); err != nil {
		t.Fatal(err)
	}
	p.shape()
	p.place()
	var mixed []int32 // alternate between the arms, from the end on
	for i, n := range p.order[1:] {
		if half := len(p.order[1:]) / 2; i < half {
			mixed = append(mixed, n, p.order[1+half+i])
		}
	}
	p.order = append(p.order[:1:1], mixed...)
	if p.wordsByRange() {
		t.Error("ranges do not overlap: the test tests nothing")
	}
	if err := p.assignWords(); err != nil {
		t.Fatal(err)
	}
	prog := p.write(testSnaplen)
	if err := validate(prog); err != nil {
		t.Fatalf("%v\n%s", err, listing(prog))
	}
	m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 9))}
	for range 3000 {
		agree(t, g, prog, m.packet(60), 60)
	}
}

// TestManyVariables has thousands, few of them needed at the same time, and
// then more at the same time than there are words.
func TestManyVariables(t *testing.T) {
	g := ir.New()
	n := g.AcceptNode
	for i := range uint32(5000) {
		v := g.NewVar()
		sum := g.Bin(ir.Add, g.VarRef(v), g.Load(1, i%40, g.VarRef(v)))
		use := g.NewTest(ir.Gt, sum, g.Load(1, i%30, g.Load(1, 5, nil)), n, g.RejectNode)
		n = g.NewAssign(v, g.Bin(ir.And, g.Load(1, i%50, nil), g.Const(15)), use)
		n = g.NewTest(ir.Gt, g.Load(1, i%60, nil), g.Const(3), use, n)
	}
	g.Root = n
	m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 10))}
	if _, err := Emit(g, testSnaplen); diag.As(err) == nil || diag.As(err).Kind != diag.Limit {
		t.Errorf("5,000 variables that may be read unassigned: %v", err)
	}
	for n.Kind == ir.Test { // now assign each before it is read
		n.True, n = n.False, n.False.True.True
	}
	checkGraph(t, m, g, 300)
	if prog, err := Emit(g, testSnaplen); err != nil || len(prog) < 20000 {
		t.Errorf("%d instructions, %v", len(prog), err)
	}
}

// TestSearchTree has tests between large parts, whose distances exceed what a
// conditional jump reaches: a path should go through one ja for that, not
// through one at each.
func TestSearchTree(t *testing.T) {
	g := ir.New()
	const depth = 11
	var tree func(lo, hi uint32) *ir.Node
	tree = func(lo, hi uint32) *ir.Node {
		if hi-lo == 1 {
			return g.NewTest(ir.Eq, g.Load(2, 0, nil), g.Const(lo*7), g.AcceptNode, g.RejectNode)
		}
		mid := (lo + hi) / 2
		return g.NewTest(ir.Ge, g.Load(2, 0, nil), g.Const(mid*7), tree(mid, hi), tree(lo, mid))
	}
	g.Root = tree(0, 1<<depth)
	prog, err := Emit(g, testSnaplen)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for k := range 1 << 16 {
		got, steps, err := machine(prog, []byte{byte(k >> 8), byte(k)}, 2)
		if want := k%7 == 0 && k < 7<<depth; err != nil || (got != 0) != want {
			t.Fatalf("%d: %d, %v", k, got, err)
		}
		most = max(most, steps)
	}
	if needed := 1 + depth + 1 + 1; most > needed+1 { // load, tests, ret
		t.Errorf("%d instructions executed, %d needed", most, needed)
	}
	if least := 1 + 1<<(depth+1) - 1; len(prog) > least+least/50 {
		t.Errorf("%d instructions for %d", len(prog), least)
	}
}

// TestDeepExpression has operands nested on either side and on both, within
// and beyond what scratch memory can take.
func TestDeepExpression(t *testing.T) {
	g := ir.New()
	load := func(i int) *ir.Expr { return g.Load(1, uint32(i%30), g.Load(1, uint32(i%7), nil)) }
	left, right, sum := load(1), load(1), load(1)
	for i := range 1000 {
		left = g.Bin(ir.Sub, left, load(i))
		right = g.Bin(ir.Sub, load(i), right)
	}
	for i := range 100000 {
		sum = g.Bin(ir.Add, sum, load(i))
	}
	k := 0
	var tree func(depth int) *ir.Expr
	tree = func(depth int) *ir.Expr {
		if k++; depth == 0 {
			return load(k)
		}
		return g.Bin(ir.Sub, tree(depth-1), tree(depth-1))
	}
	tests := []struct {
		name string
		e    *ir.Expr
		fits bool
	}{
		{"left", left, true}, {"right", right, true}, {"sum", sum, true},
		{"tree of 8", tree(8), true}, {"tree of 15", tree(15), true}, {"tree of 18", tree(18), false},
	}
	m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 3))}
	for _, tt := range tests {
		g.Root = g.NewTest(ir.Gt, tt.e, g.Const(7), g.AcceptNode, g.RejectNode)
		prog, err := Emit(g, testSnaplen)
		if tt.fits && err == nil {
			for range 3 {
				if got, _, err := machine(prog, m.packet(300), 300); err != nil {
					t.Errorf("%s: %d, %v", tt.name, got, err)
				}
			}
			if len(prog) < 10000 {
				agree(t, g, prog, m.packet(300), 300)
			}
			continue
		}
		if d := diag.As(err); tt.fits || d == nil || d.Kind != diag.Limit || !strings.Contains(d.Msg, "too many registers needed to evaluate expression") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func BenchmarkEmitTCPPort80(b *testing.B) {
	g := tcpPort(80)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Emit(g, testSnaplen); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmitHuge(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := &graphMaker{Rand: rand.New(rand.NewPCG(1, 2))}
			g := m.huge(n, true)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Emit(g, testSnaplen); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
