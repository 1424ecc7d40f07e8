package prove

import "bpfc/ir"

// inner finds in e the offset, without what is added to it, of a load whose values are few
// enough to go through them. The offset itself holds no such load.
func (p *prover) inner(e *ir.Expr) *ir.Expr {
	if !e.Fails() || p.cases == 0 {
		return nil
	}
	f := p.of(e)
	if f.known&hasInner != 0 {
		return f.inner
	}
	var found *ir.Expr
	for _, c := range [2]*ir.Expr{e.L, e.R} {
		if c != nil && found == nil {
			found = p.inner(c)
		}
	}
	if found == nil && e.Op == ir.Load && e.L != nil {
		if o := unshifted(e.L); p.few(o) {
			found = o
		}
	}
	f.inner = found
	f.known |= hasInner
	return found
}

// unshifted is an offset without constants that are added to it.
func unshifted(e *ir.Expr) *ir.Expr {
	for e.Op == ir.Add {
		switch {
		case e.L.Op == ir.Const:
			e = e.R
		case e.R.Op == ir.Const:
			e = e.L
		default:
			return e
		}
	}
	return e
}

func (p *prover) few(e *ir.Expr) bool {
	_, few := p.valuesOf(e)
	return few
}

// valuesOf is the diagram of the values of e, with a number in each leaf, if they are few.
func (p *prover) valuesOf(e *ir.Expr) (ref, bool) {
	if p.cases == 0 {
		return no, false
	}
	f := p.of(e)
	if f.known&hasValues == 0 {
		f.values, f.wide = p.newValues(e)
		f.known |= hasValues
	}
	return f.values, !f.wide
}

func (p *prover) newValues(e *ir.Expr) (values ref, wide bool) {
	if by := p.inner(e); by != nil {
		outer, _ := p.valuesOf(by)
		values = p.byCases(outer, func(v uint32) ref {
			part, few := p.valuesOf(p.swap(e, by, v))
			if !few {
				wide = true
				return no
			}
			return part
		})
		return values, wide || p.numbersBelow(values) > p.cases
	}
	w := p.wordOf(e)
	values = p.leaf(leaf{kind: leafNumber})
	for i := 31; i >= 0; i-- {
		switch b := w[i]; b {
		case no:
		case yes:
			values = p.plus(values, 1<<i)
		default:
			values = p.ite(b, p.plus(values, 1<<i), values)
		}
		if p.numbersBelow(values) > p.cases {
			return no, true
		}
	}
	return values, false
}

// plus adds k to the numbers in the leaves of u.
func (p *prover) plus(u ref, k uint32) ref {
	return p.byCases(u, func(v uint32) ref { return p.leaf(leaf{kind: leafNumber, value: v + k}) })
}

// numbersBelow counts the leaves below u, to somewhat beyond the cases that are few.
func (p *prover) numbersBelow(u ref) int {
	count := 0
	seen := make(map[ref]bool)
	var visit func(u ref)
	visit = func(u ref) {
		if seen[u] || count > p.cases {
			return
		}
		seen[u] = true
		n := p.nodes[u]
		if n.level == leafLevel {
			count++
			return
		}
		visit(n.hi)
		visit(n.lo)
	}
	visit(u)
	return count
}

// byCases replaces each number in the leaves of a diagram of values by what is made of it.
func (p *prover) byCases(values ref, make1 func(v uint32) ref) ref {
	return fold(p, values, func(u ref) (ref, bool) {
		n := p.nodes[u]
		switch {
		case n.level != leafLevel:
			return 0, false
		case p.leaves[n.lo].kind != leafNumber:
			return u, true
		}
		return make1(p.leaves[n.lo].value), true
	}, p.ite)
}

// wordByCases is the word of an expression with a load at the offset by.
func (p *prover) wordByCases(e, by *ir.Expr) word {
	values, _ := p.valuesOf(by)
	return fold(p, values, func(u ref) (w word, done bool) {
		if n := p.nodes[u]; n.level == leafLevel {
			return *p.wordOf(p.swap(e, by, p.leaves[n.lo].value)), true
		}
		return w, false
	}, p.choose)
}

// fold makes something of a diagram from its leaves up: of a node what end makes of it, if that is done with it, and otherwise what
// either makes of its variable and of what became of its two branches.
func fold[T any](p *prover, u ref, end func(u ref) (T, bool), either func(v ref, hi, lo T) T) T {
	memo := make(map[ref]T)
	var visit func(u ref) T
	visit = func(u ref) T {
		if t, ok := memo[u]; ok {
			return t
		}
		t, done := end(u)
		if !done {
			n := p.nodes[u]
			hi := visit(n.hi)
			t = either(p.variable(n.level), hi, visit(n.lo))
		}
		memo[u] = t
		return t
	}
	return visit(u)
}

// swap writes e with a value in the place of one of its parts.
func (p *prover) swap(e, what *ir.Expr, value uint32) *ir.Expr {
	switch {
	case e == nil:
		return nil
	case e == what:
		return p.g.Const(value)
	case e.ID < what.ID || e.Op == ir.Const: // operands have lower numbers
		return e
	}
	key := swapKey{e, what, value}
	if r, ok := p.swapped[key]; ok {
		return r
	}
	r := p.make(e, p.swap(e.L, what, value), p.swap(e.R, what, value))
	p.swapped[key] = r
	return r
}
