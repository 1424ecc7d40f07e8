package codegen

import (
	"bpfc/diag"
	"bpfc/ir"
)

// cond is a truth value on its way to becoming graph nodes.
type cond struct {
	kind condKind
	cmp  ir.Cmp   // condTest
	v    int32    // condSet: the variable; isPart: which of generator.parts
	l, r *ir.Expr // condTest; condSet: l is the value
	kids []*cond  // operands, in order of evaluation
	loop *ir.ChainInfo
	text ir.Span // of the primitive; of a test, a set or a loop
	// fault is what folding shows to be wrong with l or r (condTest).
	fault *diag.Error
}

type condKind uint8

const (
	isTest condKind = iota
	isTrue
	isFalse
	isAnd
	isOr
	isNot
	isChoice // kids[0] ? kids[1] : kids[2]
	isSet    // set v to l, then kids[0]
	isLoop
	isPart     // kids[0], whose entry and exits are to be told
	isAbsentIn // kids[0], or false where it looks past what the packet had on the wire (see absentIn)
)

var (
	condTrue  = &cond{kind: isTrue}
	condFalse = &cond{kind: isFalse}
)

// and combines two conditions, a before b. A constant decides at once: what
// libpcap 1.11 folds has no loads left that could fail.
func (g *generator) and(a, b *cond) *cond {
	switch {
	case a.kind == isFalse || b.kind == isTrue:
		return a
	case b.kind == isFalse || a.kind == isTrue:
		return b
	}
	return g.run(isAnd, a, b)
}

// or combines two conditions, a before b, with the same folding.
func (g *generator) or(a, b *cond) *cond {
	switch {
	case a.kind == isTrue || b.kind == isFalse:
		return a
	case b.kind == isTrue || a.kind == isFalse:
		return b
	}
	return g.run(isOr, a, b)
}

// run appends b to a where a is a run of the same kind: runs are built from
// the left by their only owner, so appending in place keeps them linear. It is not
// inlined, nor is what else stands in a hundred places: with that the package was
// half as large again, and no faster.
//
//go:noinline
func (g *generator) run(kind condKind, a, b *cond) *cond {
	if a.kind == kind {
		a.kids = append(a.kids, b)
		return a
	}
	return g.parent(kind, a, b)
}

// parent makes a condition that has operands, with room for some more.
//
//go:noinline
func (g *generator) parent(kind condKind, kids ...*cond) *cond {
	const room = 4
	if cap(g.kids)-len(g.kids) < room {
		g.kids = make([]*cond, 0, min(2*cap(g.kids), room*mostConds))
	}
	n := len(g.kids)
	g.kids = g.kids[:n+room]
	c := g.cond(kind)
	c.kids = append(g.kids[n:n:n+room], kids...)
	return c
}

// cond makes a condition that has nothing but its kind.
func (g *generator) cond(kind condKind) *cond {
	n := len(g.conds)
	if n == cap(g.conds) {
		g.conds, n = make([]cond, 0, min(2*cap(g.conds), mostConds)), 0
	}
	g.conds = g.conds[:n+1] // what has not been in use is zero
	c := &g.conds[n]
	c.kind = kind
	return c
}

// How many conditions there is room for at first, in one part of the arena, and in
// that of a generator that is done.
const (
	firstConds = 32
	mostConds  = 1024
	keptConds  = 256
)

func (g *generator) not(a *cond) *cond {
	switch a.kind {
	case isTrue:
		return condFalse
	case isFalse:
		return condTrue
	case isNot:
		return a.kids[0]
	}
	return g.parent(isNot, a)
}

// allOf and anyOf are and and or of several.
func (g *generator) allOf(cs ...*cond) *cond {
	c := condTrue
	for _, k := range cs {
		c = g.and(c, k)
	}
	return c
}

func (g *generator) anyOf(cs ...*cond) *cond {
	c := condFalse
	for _, k := range cs {
		c = g.or(c, k)
	}
	return c
}

// choose is "if c then a else b".
func (g *generator) choose(c, a, b *cond) *cond { return g.parent(isChoice, c, a, b) }

// setThen assigns variable v before c is evaluated.
func (g *generator) setThen(v int, e *ir.Expr, c *cond) *cond {
	s := g.parent(isSet, c)
	s.v, s.l, s.text = int32(v), e, g.text()
	return s
}

// text is where the primitive in work stands.
func (g *generator) text() ir.Span { return ir.Span{Pos: int32(g.span.Pos), End: int32(g.span.End)} }

// compare tests l c r.
//
//go:noinline
func (g *generator) compare(c ir.Cmp, l, r *ir.Expr) *cond {
	t := g.cond(isTest)
	t.cmp, t.l, t.r, t.text = c, l, r, g.text()
	return t
}

// behindRoom makes sure that what a node looks at was on the wire, if there is somewhere to go where it was not.
func (g *generator) behindRoom(n *ir.Node) *ir.Node {
	if g.absent == nil || g.absent.Kind == ir.Reject { // a look that fails rejects too
		return n
	}
	return g.opts.Layers.hooks.behindRoom(g, n)
}

// lower turns c into nodes that end in t where c is true and in f where it is
// false. It goes from the last operand to the first, and recurses for all but
// the first operand of a run, so that left-deep trees cost no stack.
func (g *generator) lower(c *cond, t, f *ir.Node) *ir.Node {
	for {
		switch c.kind {
		case isTrue:
			return t
		case isFalse:
			return f
		case isTest:
			if c.fault != nil && t != f && (g.folded == nil || c.fault.Pos < g.folded.Pos) {
				g.folded = c.fault
			}
			return g.behindRoom(g.graph.NewTest(c.cmp, c.l, c.r, t, f).From(c.text))
		case isLoop:
			return g.graph.NewChain(*c.loop, t, f).From(c.text)
		case isPart:
			p := &g.parts[c.v]
			p.True, p.False = t, f
			p.Entry = g.lower(c.kids[0], t, f)
			return p.Entry
		case isNot:
			c, t, f = c.kids[0], f, t
		case isAnd:
			for i := len(c.kids) - 1; i > 0; i-- {
				t = g.lower(c.kids[i], t, f)
			}
			c = c.kids[0]
		case isOr:
			for i := len(c.kids) - 1; i > 0; i-- {
				f = g.lower(c.kids[i], t, f)
			}
			c = c.kids[0]
		case isChoice:
			t, f = g.lower(c.kids[1], t, f), g.lower(c.kids[2], t, f)
			c = c.kids[0]
		case isSet:
			return g.behindRoom(g.graph.NewAssign(int(c.v), c.l, g.lower(c.kids[0], t, f)).From(c.text))
		case isAbsentIn:
			outer := g.absent
			g.absent = f
			if c.l != nil && f.Kind != ir.Reject {
				g.absent = g.graph.NewTest(ir.Eq, c.l, c.r, g.graph.RejectNode, f).From(c.text)
			}
			n := g.lower(c.kids[0], t, f)
			g.absent = outer
			return n
		}
	}
}
