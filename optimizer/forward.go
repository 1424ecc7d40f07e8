// Law: what cannot fail is computed where its value is used, if nothing else uses it.

package optimizer

import "bpfc/ir"

// forward puts the value of a variable into the node that reads it, if that
// comes next and no other does: the header of a tunnel is 30 bytes behind what
// comes before, and its type field 12 behind that, which a load can do at once.
func (p *program) forward() {
	var live []varSet // by node of the new program: what is read from there on
	p.rebuild(func(b *builder, _ ref, nd node) ref {
		for len(live) < len(b.nodes) {
			live = append(live, b.nodes[len(live)].liveBefore(live))
		}
		if nd.kind != ir.Assign || nd.fails() || nd.t <= reject {
			return -1
		}
		at := b.forwarded(&nd, live)
		p.did.lost = p.did.lost || at >= 0
		return at
	})
}

// liveBefore returns the variables that are read from the node on before they are
// assigned, given those of the nodes behind it.
func (n *node) liveBefore(live []varSet) varSet {
	l := varSet(0)
	if n.kind == ir.Accept || n.kind == ir.Reject {
		return l
	}
	l = live[n.t] | live[n.f]
	switch n.kind {
	case ir.Assign:
		l = l&^(1<<n.v) | reads(n.e)
	case ir.Test:
		l |= reads(n.e) | reads(n.r)
	}
	return l
}

// forwarded returns the node behind an assignment with what is assigned in the
// variable's place, or -1 if others read the variable.
func (b *builder) forwarded(nd *node, live []varSet) ref {
	m := b.nodes[nd.t]
	bit := varSet(1) << nd.v
	switch after := live[m.t] | live[m.f]; {
	case m.kind == ir.Assign:
		if m.v != nd.v && after&bit != 0 || reads(m.e)&bit == 0 {
			return -1
		}
		return b.assign(int(m.v), b.x.replace(m.e, int(nd.v), nd.e), m.t)
	case m.member() && after&bit == 0 && reads(m.e)&bit != 0:
		return b.member(b.x.canonical(member{e: b.x.replace(m.e, int(nd.v), nd.e), lo: m.lo, hi: m.hi}), m.t, m.f)
	}
	return -1
}

// replace returns e with the value of variable v in its place.
func (x *exprs) replace(e *ir.Expr, v int, value *ir.Expr) *ir.Expr {
	switch {
	case e == nil || !e.UsesVars():
		return e
	case e.Op == ir.Var:
		if int(e.K) == v {
			return value
		}
		return e
	case e.Op == ir.Load:
		return x.load(e.Size, e.K, x.replace(e.L, v, value))
	case e.Op == ir.Neg:
		return x.simplify(x.g.Neg(x.replace(e.L, v, value)))
	}
	return x.bin(e.Op, x.replace(e.L, v, value), x.replace(e.R, v, value))
}

// assigned tells whether there are variables, few enough to know them apart.
func (p *program) assigned() bool { return p.g.Vars > 0 && p.g.Vars <= maxVars }
