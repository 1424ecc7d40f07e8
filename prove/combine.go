package prove

import "slices"

// combination is how a filter is made of others.
type combination uint8

const (
	single combination = iota
	anyOf
	allOf
)

// Any is the filter that accepts what one of the filters accepts, each being tried on
// its own: a load past the captured bytes ends only the filter that it stands in. This is
// what a list of rules takes, of which the first that matches decides.
func Any(filters ...*Filter) *Filter { return combine(anyOf, filters) }

// And is the filter that accepts what all of the filters accept.
func And(filters ...*Filter) *Filter { return combine(allOf, filters) }

// All returns the filter that accepts every packet.
func All() *Filter { return And() }

// None returns the filter that rejects every packet.
func None() *Filter { return Any() }

func combine(how combination, filters []*Filter) *Filter {
	f := &Filter{how: how, of: slices.Clone(filters)}
	for _, g := range filters {
		f.lifted.bound = max(f.lifted.bound, g.Bound())
		f.lifted.cut = f.lifted.cut || g.lifted.cut
		if f.problem == "" {
			f.problem = g.problem
		}
	}
	return f
}

// parts are the filters that a filter is made of, which have steps.
func (f *Filter) parts() []*Filter {
	if f.how == single {
		return []*Filter{f}
	}
	var list []*Filter
	for _, g := range f.of {
		list = append(list, g.parts()...)
	}
	return list
}

// liftedOf is the steps of a filter that is not made of others.
func (p *prover) liftedOf(f *Filter) *lifted {
	if p.useMerged && f.merge != nil {
		if m := f.merge(); m != nil {
			return m
		}
	}
	return &f.lifted
}

// meaningOf makes the diagram of a filter, whatever it is made of.
func (p *prover) meaningOf(f *Filter) ref {
	switch {
	case f.how == single:
		return p.meaning(p.liftedOf(f))
	case len(f.of) == 0 && f.how == anyOf:
		return p.rejected()
	case len(f.of) == 0:
		return yes
	}
	u := p.meaningOf(f.of[0])
	for _, g := range f.of[1:] {
		v := p.meaningOf(g)
		if f.how == anyOf {
			u = p.join2(opEither, u, v)
		} else {
			u = p.join2(opAll, u, v)
		}
	}
	return u
}

// join2 is the diagram of what one of two filters accepts, or both.
func (p *prover) join2(op operation, a, b ref) ref {
	if r, ok := p.plainly(op, a, b); ok {
		return r
	}
	if a > b {
		a, b = b, a
	}
	if r, ok := p.known(op, a, b, 0); ok {
		return r
	}
	level := min(p.level(a), p.level(b))
	var r ref
	if level == leafLevel {
		r = p.leaf(p.joinedLeaf(op, p.at(a), p.at(b)))
	} else {
		ah, al := p.split(a, level)
		bh, bl := p.split(b, level)
		hi := p.join2(op, ah, bh)
		r = p.mk(level, hi, p.join2(op, al, bl))
	}
	return p.keep(op, a, b, 0, r)
}

// plainly is join2 where one of the two does not matter.
func (p *prover) plainly(op operation, a, b ref) (ref, bool) {
	switch {
	case a == b:
		return a, true
	case p.whole: // needs matter
	case op == opEither && a == no, op == opEither && b == yes, op == opAll && a == yes:
		return b, true
	case op == opEither && b == no, op == opEither && a == yes, op == opAll && b == yes:
		return a, true
	case op == opAll && (a == no || b == no):
		return no, true
	}
	return 0, false
}

// joinedLeaf is where one of two filters accepts, or both. Of whole packets all that both
// look at is captured; of others, of two that accept the one that needs less accepts first.
func (p *prover) joinedLeaf(op operation, a, b leaf) leaf {
	acceptA, acceptB := a.kind == leafAccept, b.kind == leafAccept
	accept := acceptA && acceptB || op == opEither && (acceptA || acceptB)
	switch {
	case a.kind == leafVoid || b.kind == leafVoid:
		return leaf{kind: leafVoid}
	case p.whole && accept:
		return leaf{kind: leafAccept, need: p.join(a.need, b.need)}
	case p.whole:
		return leaf{kind: leafReject, need: p.join(a.need, b.need)}
	case !accept:
		return leaf{kind: leafNo}
	case op == opAll:
		return leaf{kind: leafAccept, need: p.join(a.need, b.need)}
	case !acceptA, acceptB && p.covers(a.need, b.need):
		return b
	case !acceptB, p.covers(b.need, a.need):
		return a
	}
	panic(spent{"which of two filters needs more of the packet depends on offsets that it says itself"})
}
