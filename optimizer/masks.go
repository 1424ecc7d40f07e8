// Law: a search of a value without the low bits that no boundary of the search has leads where the search of the value does; bytes are not loaded only where they are needed behind it.

package optimizer

import (
	"math"
	"slices"

	"bpfc/ir"
)

// mostMasked bounds the tests of a search that masks looks at.
const mostMasked = 64

// masks takes away the low bits that a search does not depend on where that
// makes single values of intervals: prefixes of one length take a comparison
// each then, instead of two. Where the bytes that are left can be loaded alone,
// there is no need for a mask.
func (p *program) masks() {
	if !p.coarse() {
		return
	}
	found := p.maskable()
	if found == nil {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		s := found[n]
		if s == nil || !s.decides(b.moved) {
			return -1
		}
		if at := s.narrow(b); at >= 0 {
			return at
		}
		e := b.x.bin(ir.And, p.nodes[n].e, b.x.g.Const(-s.grain))
		t := tree{b: b, e: e, parts: s.singles(b.moved), grain: s.grain}
		at := t.search()
		if b.comparisons(at, e)+1 < s.cost {
			return at
		}
		return -1
	})
}

// coarse tells whether there is a test that does not depend on the low bits.
func (p *program) coarse() bool {
	for n := 2; n < len(p.nodes); n++ {
		if nd := &p.nodes[n]; nd.lo != nd.hi && nd.decides() && nd.grain() > 1 {
			return true
		}
	}
	return false
}

// maskable finds the searches by their heads.
func (p *program) maskable() (found map[ref]*lookup) {
	heads, grains := p.searches()
	var lists map[ref][]ref
	for n := p.root; n > reject; n-- {
		if h := heads[n]; h > 0 && grains[h] > 1 && len(lists[h]) <= mostMasked {
			if lists == nil {
				lists = map[ref][]ref{}
			}
			lists[h] = append(lists[h], n)
		}
	}
	for h, list := range lists {
		if len(list) > mostMasked {
			continue
		}
		if s := p.lookup(list, heads, grains[h]); s != nil {
			if found == nil {
				found = map[ref]*lookup{}
			}
			found[h] = s
		}
	}
	return found
}

// searches returns, by node, the head of the search of an expression that it is
// part of, which is entered there alone, or none; and by head what the boundaries
// of the search are multiples of.
func (p *program) searches() (heads []ref, grains []uint32) {
	const none = -1
	heads, grains = make([]ref, len(p.nodes)), make([]uint32, len(p.nodes))
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if h := heads[n]; !nd.decides() {
			heads[n] = none
		} else if h > 0 && p.nodes[h].e == nd.e {
			grains[h] = min(grains[h], nd.grain())
		} else {
			heads[n], grains[n] = n, nd.grain()
		}
		for _, m := range [2]ref{nd.t, nd.f} {
			switch {
			case m <= reject:
			case heads[m] == 0:
				heads[m] = heads[n]
			case heads[m] != heads[n]:
				heads[m] = none
			}
		}
	}
	return heads, grains
}

// grain is the largest power of 2 that all boundaries of a test are multiples of.
func (n *node) grain() uint32 {
	bits := n.lo | (n.hi + 1)
	return bits & -bits
}

// lookup is a search of an expression.
type lookup struct {
	e     *ir.Expr
	parts []part // the intervals of its values and where they lead to
	grain uint32 // what their boundaries are multiples of
	cost  int    // comparisons
	held  bool   // the value is at hand
}

// lookup returns the search that some nodes are, the first of them first, if it
// may have masks.
func (p *program) lookup(list []ref, heads []ref, grain uint32) *lookup {
	n := list[0]
	s := &lookup{e: p.nodes[n].e, grain: grain, held: p.held()[n] == p.nodes[n].e}
	bounds := []uint32{0}
	for _, m := range list {
		nd := &p.nodes[m]
		s.cost += int(comparing(nd))
		bounds = append(bounds, nd.lo, nd.hi+1)
	}
	if s.cost < 2 {
		return nil // no search takes fewer
	}
	slices.Sort(bounds)
	for _, v := range slices.Compact(bounds) {
		to := n
		for heads[to] == n {
			nd := &p.nodes[to]
			if to = nd.f; nd.lo <= v && v <= nd.hi {
				to = nd.t
			}
		}
		if k := len(s.parts); k == 0 || s.parts[k-1].target != to {
			s.parts = append(s.parts, part{v, to})
		}
		if to > reject && p.nodes[to].e == s.e {
			return nil // it is needed with all its bits
		}
	}
	return s
}

// decides tells whether the search still leads to more than one place. Where it
// does not, all that is left of it is its load.
func (s *lookup) decides(moved []ref) bool {
	return slices.ContainsFunc(s.parts, func(t part) bool { return moved[t.target] != moved[s.parts[0].target] })
}

// narrow makes the search one of fewer bytes, or returns -1. Without the last
// byte, what is behind the search must reject as it was made: what is captured
// before it does not count, as another search may have become narrower there
// because of this one, and neither do loads behind it that were left out because
// of this one.
func (s *lookup) narrow(b *builder) ref {
	if s.held || s.e.Op != ir.Load || s.e.L != nil {
		return -1
	}
	for _, t := range s.parts {
		if b.need[b.moved[t.target]] < loadEnd(s.e) {
			return -1
		}
	}
	size := s.e.Size
	for size > 1 && s.grain>>(8*(s.e.Size-size/2)) > 0 {
		size /= 2
	}
	if size == s.e.Size {
		return -1
	}
	parts := slices.Clone(s.parts)
	for i := range parts {
		parts[i].lo >>= 8 * (s.e.Size - size)
		parts[i].target = b.moved[parts[i].target]
	}
	e := b.x.g.Load(size, s.e.K, nil)
	t := tree{b: b, e: e, parts: parts}
	if at := t.search(); b.comparisons(at, e) < s.cost {
		return at
	}
	return -1
}

// singles returns the parts with what became of their targets, those of the
// grain's length as single values.
func (s *lookup) singles(moved []ref) []part {
	parts := slices.Clone(s.parts)
	for i := range parts {
		parts[i].target = moved[parts[i].target]
		if i > 0 && parts[i].lo-s.parts[i-1].lo == s.grain {
			parts[i].lo = s.parts[i-1].lo + 1
		}
	}
	return parts
}

// comparisons counts the comparisons of an expression from a node on, as far as
// nothing else comes between them.
func (b *builder) comparisons(at ref, e *ir.Expr) (count int) {
	list := []ref{at}
	for i := 0; i < len(list); i++ {
		nd := &b.nodes[list[i]]
		if nd.kind != ir.Test || nd.e != e {
			continue
		}
		count += int(comparing(nd))
		for _, m := range [2]ref{nd.t, nd.f} {
			if !slices.Contains(list, m) {
				list = append(list, m)
			}
		}
	}
	return count
}

// aligned is v or the next multiple of grain, a power of 2.
func aligned(v, grain uint32) uint32 {
	if v > math.MaxUint32-grain {
		return v
	}
	return (v + grain - 1) &^ (grain - 1)
}
