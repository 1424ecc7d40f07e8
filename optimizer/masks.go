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
	found := p.maskable()
	if found == nil {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		s := found[n]
		if s == nil {
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

// maskable finds the searches by their heads.
func (p *program) maskable() (found map[ref]*lookup) {
	in := p.indegrees()
	inside := make([]bool, len(p.nodes))
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if inside[n] || !nd.decides() || nd.lo == nd.hi || nd.grain() == 1 {
			continue
		}
		if s := p.lookup(n, in, inside); s != nil {
			if found == nil {
				found = map[ref]*lookup{}
			}
			found[n] = s
		}
	}
	return found
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
	// needed: without the last byte, what is behind the search rejects. What is
	// captured before it does not count: another search may have become
	// narrower there because of this one.
	needed bool
}

// lookup returns the search that starts at n, if it may have masks, and notes
// its nodes.
func (p *program) lookup(n ref, in []int32, inside []bool) *lookup {
	list, ok := p.searchFrom(n, in)
	for _, m := range list {
		inside[m] = true
	}
	if !ok {
		return nil
	}
	s := &lookup{e: p.nodes[n].e, grain: 1 << 31, needed: p.held()[n] != p.nodes[n].e}
	bounds := []uint32{0}
	for _, m := range list {
		nd := &p.nodes[m]
		s.cost += int(comparing(nd))
		s.grain = min(s.grain, nd.grain())
		bounds = append(bounds, nd.lo, nd.hi+1)
	}
	if s.grain == 1 {
		return nil
	}
	slices.Sort(bounds)
	for _, v := range slices.Compact(bounds) {
		to := n
		for to == n || slices.Contains(list, to) {
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
		s.needed = s.needed && p.needs()[to] >= p.nodes[n].end
	}
	return s
}

// searchFrom collects the tests of an expression that are made one behind the
// other from n on, and tells whether there are not too many.
func (p *program) searchFrom(n ref, in []int32) (list []ref, ok bool) {
	list = []ref{n}
	edges := map[ref]int32{}
	for i := 0; i < len(list); i++ {
		for _, m := range [2]ref{p.nodes[list[i]].t, p.nodes[list[i]].f} {
			if m <= reject || !p.nodes[m].decides() || p.nodes[m].e != p.nodes[n].e {
				continue
			}
			if edges[m]++; edges[m] == in[m] {
				list = append(list, m)
			}
		}
	}
	return list, len(list) <= mostMasked
}

// narrow makes the search one of fewer bytes, or returns -1.
func (s *lookup) narrow(b *builder) ref {
	if !s.needed || s.e.Op != ir.Load || s.e.L != nil {
		return -1
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
