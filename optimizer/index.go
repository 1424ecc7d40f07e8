// Law: a header's length is computed earlier only where that cannot fail, or where failing rejects anyway.

package optimizer

import (
	"bpfc/internal/memory"
	"bpfc/ir"
)

// index brings the length of a header into a variable, which is the index
// register in the end, before several parts of the program that need it, each of
// which would compute it.
func (p *program) index() {
	if p.g.Vars+1 > mostVars {
		return
	}
	if !p.severalLengths() {
		return
	}
	dom := p.dominators()
	length, at := p.needingLength(dom)
	if at < 0 {
		return
	}
	v := p.g.NewVar()
	below := make([]bool, len(p.nodes)) // what the node at is before on all paths
	below[at] = true
	for n := at - 1; n > reject; n-- {
		below[n] = dom[n] > reject && dom[n] <= at && below[dom[n]]
	}
	p.rebuild(func(b *builder, n ref, nd node) ref {
		if !below[n] {
			return -1
		}
		if nd.kind != ir.Chain {
			nd.e = b.x.instead(nd.e, length, b.x.g.VarRef(v))
			nd.r = b.x.instead(nd.r, length, b.x.g.VarRef(v))
			nd.end, nd.other = b.x.ends(nd.e, nd.r)
		}
		made := b.add(nd)
		if n == at {
			made = b.assign(v, length, made)
		}
		return made
	})
}

// severalLengths tells whether more than one node looks behind a header.
func (p *program) severalLengths() bool {
	found := false
	for n := 2; n < len(p.nodes); n++ {
		if lengthIn(p.nodes[n].e) != nil {
			if found {
				return true
			}
			found = true
		}
	}
	return false
}

// needingLength returns a length that several nodes have to compute, and the last
// node before all of them if it may be computed there, or -1.
func (p *program) needingLength(dom []ref) (*ir.Expr, ref) {
	held := memory.Zeroed(&p.memory.indexed, len(p.nodes))
	mixed := p.g.Const(0) // no load is relative to a constant
	held[p.root] = mixed
	sites := map[*ir.Expr][]ref{}
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		x := held[n]
		if l := lengthIn(nd.e); l != nil {
			if x != l && !l.UsesVars() {
				sites[l] = append(sites[l], n)
			}
			x = l
		} else if nd.kind != ir.Test || indexed(nd.e) || nd.r != nil {
			x = mixed
		}
		for _, m := range [2]ref{nd.t, nd.f} {
			switch {
			case held[m] == nil:
				held[m] = x
			case held[m] != x:
				held[m] = mixed
			}
		}
	}
	for n := p.root; n > reject; n-- {
		l := lengthIn(p.nodes[n].e)
		if l == nil || len(sites[l]) < 2 {
			continue
		}
		at := sites[l][0]
		for _, m := range sites[l] {
			at = nearest(dom, at, m)
		}
		in := p.x.of(l)
		if p.nodes[at].kind == ir.Test && lengthIn(p.nodes[at].e) == nil && !in.other && in.end <= max(p.haves()[at], p.needs()[at]) {
			return l, at
		}
		delete(sites, l)
	}
	return nil, -1
}

// lengthIn returns the length of a header that a load in e is relative to, or nil.
func lengthIn(e *ir.Expr) *ir.Expr {
	switch {
	case e == nil:
		return nil
	case e.Op == ir.Load:
		if e.L != nil && isHeaderLength(e.L) {
			return e.L
		}
		return lengthIn(e.L)
	case isHeaderLength(e):
		return e
	}
	if l := lengthIn(e.L); l != nil {
		return l
	}
	return lengthIn(e.R)
}

// instead returns e with v in the place of all l.
func (x *exprs) instead(e, l, v *ir.Expr) *ir.Expr {
	switch {
	case e == nil:
		return nil
	case e == l:
		return v
	case e.L == nil && e.R == nil:
		return e
	case e.Op == ir.Load:
		return x.g.Load(e.Size, e.K, x.instead(e.L, l, v))
	case e.Op == ir.Neg:
		return x.g.Neg(x.instead(e.L, l, v))
	}
	return x.g.Bin(e.Op, x.instead(e.L, l, v), x.instead(e.R, l, v))
}
