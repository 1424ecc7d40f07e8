// Law: tests of one expression, one behind the other, become a search in which each value takes the way it took first.

package optimizer

import (
	"math"
	"slices"
)

// switches makes a search of tests of one expression that stand together and
// lead to places of their own: what is left of a set whose members go on with
// further tests. The expression is evaluated where it was, so no load moves.
func (p *program) switches() {
	next := p.sameNext()
	length := make([]int32, len(p.nodes)) // of the run that starts at a node
	inner := make([]bool, len(p.nodes))
	any := false
	for n := 2; n < len(p.nodes); n++ {
		length[n] = 1
		if m := next[n]; m != 0 {
			length[n] += length[m]
			inner[m] = true
			any = any || length[n] > smallSet
		}
	}
	if !any {
		return
	}
	b := p.builder(len(p.nodes))
	for n := ref(2); int(n) < len(p.nodes); n++ {
		if length[n] > smallSet && !inner[n] {
			if parts := p.switchParts(n, next); len(parts) > 1 {
				t := tree{b: b, e: p.nodes[n].e, parts: parts}
				b.moved = append(b.moved, t.search())
				continue
			}
		}
		nd := p.nodes[n]
		nd.t, nd.f = b.moved[nd.t], b.moved[nd.f]
		b.moved = append(b.moved, b.add(nd))
	}
	p.take(b, b.moved[p.root])
}

// sameNext returns, by node, the successor that tests the same expression and
// is reached from there only, or 0. Where both do, there is a search already.
func (p *program) sameNext() []ref {
	in := p.indegrees()
	next := make([]ref, len(p.nodes))
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if !nd.member() {
			continue
		}
		same := func(m ref) bool { return m > reject && p.nodes[m].member() && p.nodes[m].e == nd.e }
		switch t, f := same(nd.t), same(nd.f); {
		case t && !f && in[nd.t] == 1:
			next[n] = nd.t
		case f && !t && in[nd.f] == 1:
			next[n] = nd.f
		}
	}
	return next
}

// switchParts returns where the values go from the run of tests that starts at
// n, or nil if that is too much work.
func (p *program) switchParts(n ref, next []ref) (parts []part) {
	var claims []claim
	var targets []ref
	for {
		nd := &p.nodes[n]
		m := next[n]
		if m == 0 {
			claims = append(claims, claim{interval{nd.lo, nd.hi}, ref(len(targets))})
			targets = append(targets, p.b.moved[nd.t])
			claims = append(claims, claim{interval{0, math.MaxUint32}, ref(len(targets))})
			targets = append(targets, p.b.moved[nd.f])
			break
		}
		e := element{in: interval{nd.lo, nd.hi}, not: m == nd.t}
		claims = e.claims(len(targets), claims)
		to := nd.t
		if e.not {
			to = nd.f
		}
		targets = append(targets, p.b.moved[to])
		n = m
	}
	sortBy(claims, func(c claim) uint32 { return c.in.lo })
	work := 64 * len(claims)
	var active []claim
	for from := uint64(0); from <= math.MaxUint32; {
		active = slices.DeleteFunc(active, func(c claim) bool { return uint64(c.in.hi) < from })
		for len(claims) > 0 && uint64(claims[0].in.lo) == from {
			active = append(active, claims[0])
			claims = claims[1:]
		}
		to := uint64(math.MaxUint32) + 1
		if len(claims) > 0 {
			to = uint64(claims[0].in.lo)
		}
		first := len(targets)
		for _, c := range active {
			to = min(to, uint64(c.in.hi)+1)
			first = min(first, int(c.elem))
		}
		if work -= len(active); work < 0 {
			return nil
		}
		if k := len(parts); k == 0 || parts[k-1].target != targets[first] {
			parts = append(parts, part{uint32(from), targets[first]})
		}
		from = to
	}
	return parts
}
