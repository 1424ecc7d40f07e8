// Law: tests of one expression, one behind the other, become a search in which each value takes the way it took first.

package optimizer

import "math"

// switches makes a search of tests of one expression that stand together and
// lead to places of their own: what is left of a set whose members go on with
// further tests. The expression is evaluated where it was, so no load moves.
func (p *program) switches() {
	if !p.follows(smallSet) {
		return
	}
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
	p.rebuild(func(b *builder, n ref, _ node) ref {
		if length[n] > smallSet && !inner[n] {
			if parts := p.switchParts(n, next); len(parts) > 1 {
				t := tree{b: b, e: p.nodes[n].e, parts: parts}
				return t.search()
			}
		}
		return -1
	})
}

// follows tells whether at least so many tests stand behind one of the same expression.
func (p *program) follows(times int) bool {
	for n := 2; n < len(p.nodes) && times > 0; n++ {
		for _, m := range [2]ref{p.nodes[n].t, p.nodes[n].f} {
			if m > reject && p.nodes[m].e == p.nodes[n].e {
				times--
			}
		}
	}
	return times <= 0
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
func (p *program) switchParts(n ref, next []ref) []part {
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
	return partsOf(claims, &work, func(active []claim) ref {
		first := len(targets)
		for _, c := range active {
			first = min(first, int(c.elem))
		}
		return targets[first]
	})
}
