package prove

import "slices"

// Any is the filter that accepts what one of the filters accepts, each being tried on
// its own: a load past the captured bytes ends only the filter that it stands in. This is
// what a list of rules takes, of which the first that matches decides.
func Any(filters ...*Filter) *Filter {
	f := &Filter{isAny: true, anyOf: slices.Clone(filters)}
	for _, g := range filters {
		f.lifted.bound = max(f.lifted.bound, g.Bound())
		if f.problem == "" {
			f.problem = g.problem
		}
	}
	return f
}

// parts are the filters that a filter is made of, which have steps.
func (f *Filter) parts() []*Filter {
	if !f.isAny {
		return []*Filter{f}
	}
	var list []*Filter
	for _, g := range f.anyOf {
		list = append(list, g.parts()...)
	}
	return list
}

// meaningOf makes the diagram of a filter, whatever it is made of.
func (p *prover) meaningOf(f *Filter) ref {
	parts := f.parts()
	if len(parts) == 0 {
		return p.rejected()
	}
	u := p.meaning(&parts[0].lifted)
	for _, g := range parts[1:] {
		u = p.either(u, p.meaning(&g.lifted))
	}
	return u
}

// either is the diagram of what one of two filters accepts.
func (p *prover) either(a, b ref) ref {
	switch {
	case a == b, b == no, a == yes && !p.whole:
		return a
	case a == no, b == yes && !p.whole:
		return b
	}
	if a > b {
		a, b = b, a
	}
	if r, ok := p.known(opEither, a, b, 0); ok {
		return r
	}
	level := min(p.level(a), p.level(b))
	var r ref
	if level == leafLevel {
		r = p.leaf(p.eitherLeaf(p.at(a), p.at(b)))
	} else {
		ah, al := p.split(a, level)
		bh, bl := p.split(b, level)
		hi := p.either(ah, bh)
		r = p.mk(level, hi, p.either(al, bl))
	}
	return p.keep(opEither, a, b, 0, r)
}

// eitherLeaf is where one of two filters accepts. Of whole packets all that both look at
// is captured; of others, the filter that needs less accepts first.
func (p *prover) eitherLeaf(a, b leaf) leaf {
	switch {
	case a.kind == leafVoid || b.kind == leafVoid:
		return leaf{kind: leafVoid}
	case p.whole:
		kind := leafReject
		if a.kind == leafAccept || b.kind == leafAccept {
			kind = leafAccept
		}
		return leaf{kind: kind, need: p.join(a.need, b.need)}
	case p.covers(a.need, b.need):
		return b
	case p.covers(b.need, a.need):
		return a
	}
	panic(spent{"which of two filters needs more of the packet depends on offsets that it says itself"})
}
