package api

import (
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/ir"
)

// sources tells for every instruction of a program which parts of the text it comes from. The emitter does not note that,
// so program and graph are walked together: a conditional jump on a value belongs to the node that tests this value, and
// what led to the jump belongs to it too. Where the two part ways, the nodes that test the same value anywhere are taken.
func sources(code []bpf.RawInstruction, g *ir.Graph) map[int][]ir.Span {
	w := &walk{code: code, g: g, found: map[int][]ir.Span{}, seen: map[place]bool{}}
	if g == nil || len(code) == 0 {
		return w.found
	}
	w.tests = map[*ir.Expr][]ir.Span{}
	for _, n := range g.Order().Nodes {
		if n.Kind == ir.Test {
			w.tests[n.L] = append(w.tests[n.L], n.Text)
		}
	}
	w.push(0, g.Root, state{})
	for len(w.todo) > 0 {
		next := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		w.run(next)
	}
	return w.found
}

// state is what the registers hold, as expressions of the graph without path variables; nil where that is not known. vars
// is what the graph has assigned to these.
type state struct {
	a, x *ir.Expr
	m    [cbpf.MemWords]*ir.Expr
	vars *assigned
}

// assigned is a list of assignments, the last one first.
type assigned struct {
	number int
	value  *ir.Expr
	before *assigned
}

// plain gives an expression with the values of its variables in their places, nil where one is not known.
func (s *state) plain(g *ir.Graph, e *ir.Expr) *ir.Expr {
	if e == nil || !e.UsesVars() {
		return e
	}
	if e.Op == ir.Var {
		for v := s.vars; v != nil; v = v.before {
			if v.number == int(e.K) {
				return v.value
			}
		}
		return nil
	}
	l, r := s.plain(g, e.L), s.plain(g, e.R)
	switch {
	case e.L != nil && l == nil || e.R != nil && r == nil:
		return nil
	case e.Op == ir.Load:
		return g.Load(e.Size, e.K, l)
	case e.Op == ir.Neg:
		return g.Neg(l)
	}
	return g.Bin(e.Op, l, r)
}

type place struct {
	pc   int
	node *ir.Node
}

type visit struct {
	place
	state
	text ir.Span // of the assignments on the way
}

type walk struct {
	code  []bpf.RawInstruction
	g     *ir.Graph
	tests map[*ir.Expr][]ir.Span
	found map[int][]ir.Span
	seen  map[place]bool
	todo  []visit
}

func (w *walk) push(pc int, n *ir.Node, s state) {
	var text ir.Span
	for n != nil && n.Kind == ir.Assign {
		s.vars = &assigned{n.Var, s.plain(w.g, n.L), s.vars}
		text = n.Text
		n = n.True
	}
	p := place{pc, n}
	if pc < 0 || pc >= len(w.code) || pc > MaxInstructions || w.seen[p] {
		return
	}
	w.seen[p] = true
	w.todo = append(w.todo, visit{p, s, text})
}

// run follows the program from a place to the next jump.
func (w *walk) run(v visit) {
	s := v.state
	for pc := v.pc; pc < len(w.code); pc++ {
		in := w.code[pc]
		switch {
		case cbpf.IsReturn(in.Op):
			return
		case in.Op == cbpf.Ja:
			w.note(v.pc, pc, []ir.Span{v.text})
			if !cbpf.IsBackward(in) {
				w.push(pc+1+int(int32(in.K)), v.node, s)
			}
			return
		case cbpf.TraitsOf(in.Op).Any(cbpf.Branches):
			w.jump(v, pc, s)
			return
		}
		s.step(w.g, in)
	}
}

// jump notes what a conditional jump and that which led to it come from.
func (w *walk) jump(v visit, pc int, s state) {
	in, n := w.code[pc], v.node
	t, f := pc+1+int(in.Jt), pc+1+int(in.Jf)
	var spans []ir.Span
	switch {
	case n != nil && n.Kind == ir.Test && s.a != nil && s.plain(w.g, n.L) == s.a:
		spans = []ir.Span{n.Text}
		yes, no := n.True, n.False
		if opposite(in, n) {
			yes, no = no, yes
		}
		w.push(t, yes, s)
		w.push(f, no, s)
	case n != nil && n.Kind == ir.Chain: // its loop is left as it is
		spans = []ir.Span{n.Text}
		w.push(t, n, s)
		w.push(f, n, s)
	default:
		spans = w.tests[s.a]
		w.push(t, nil, s)
		w.push(f, nil, s)
	}
	w.note(v.pc, pc, spans)
}

// note ties the instructions first to last to parts of the text.
func (w *walk) note(first, last int, spans []ir.Span) {
	for i := first; i <= last; i++ {
		for _, span := range spans {
			if !span.Empty() && len(w.found[i]) < 8 && !slices.Contains(w.found[i], span) {
				w.found[i] = append(w.found[i], span)
			}
		}
	}
}

// opposite tells whether a jump is taken where a test fails: less is not greater or equal.
func opposite(in bpf.RawInstruction, n *ir.Node) bool {
	return n.Cmp == ir.Eq && in.Op&cbpf.OpMask != cbpf.Equal && in.Op&cbpf.OpMask != cbpf.HasBits
}

var exprOps = map[uint16]ir.Op{
	cbpf.Add: ir.Add, cbpf.Sub: ir.Sub, cbpf.Mul: ir.Mul, cbpf.Div: ir.Div, cbpf.Or: ir.Or, cbpf.And: ir.And,
	cbpf.Lsh: ir.Lsh, cbpf.Rsh: ir.Rsh, cbpf.Mod: ir.Mod, cbpf.Xor: ir.Xor,
}

// step does an instruction that is no jump, on expressions.
func (s *state) step(g *ir.Graph, in bpf.RawInstruction) {
	switch in.Op & cbpf.ClassMask {
	case cbpf.ClassLd:
		s.a = s.load(g, in)
	case cbpf.ClassLdx:
		s.x = s.load(g, in)
	case cbpf.ClassSt:
		s.m[in.K%cbpf.MemWords] = s.a
	case cbpf.ClassStx:
		s.m[in.K%cbpf.MemWords] = s.x
	case cbpf.ClassMisc:
		if in.Op == cbpf.Tax {
			s.x = s.a
		} else {
			s.a = s.x
		}
	case cbpf.ClassAlu:
		s.a = s.compute(g, in)
	}
}

func (s *state) compute(g *ir.Graph, in bpf.RawInstruction) *ir.Expr {
	r := g.Const(in.K)
	if in.Op&cbpf.SrcX != 0 {
		r = s.x
	}
	op, ok := exprOps[in.Op&cbpf.OpMask]
	switch {
	case s.a == nil || r == nil:
		return nil
	case in.Op == cbpf.NegA:
		return g.Neg(s.a)
	case !ok:
		return nil
	}
	return g.Bin(op, s.a, r)
}

func (s *state) load(g *ir.Graph, in bpf.RawInstruction) *ir.Expr {
	size := uint8(cbpf.LoadSize(in.Op))
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		return g.Const(in.K)
	case cbpf.ModeLen:
		return g.Len()
	case cbpf.ModeMem:
		return s.m[in.K%cbpf.MemWords]
	case cbpf.ModeMsh:
		return g.Bin(ir.Lsh, g.Bin(ir.And, g.Load(1, in.K, nil), g.Const(15)), g.Const(2))
	case cbpf.ModeInd:
		if s.x == nil {
			return nil
		}
		return g.Load(size, in.K, s.x)
	}
	if cbpf.IsAncillary(in.K) {
		return g.Anc(size, in.K)
	}
	return g.Load(size, in.K, nil)
}
