// Law: two tests change places only if failing both ways lead to one place, and each load was sure to succeed or that place needs it.

package optimizer

import "bpfc/ir"

// align lets the second of two tests that both must hold come first where a test
// before them looks at what it does, unless that is the second of two that begin as
// these do: "src A and dst B or dst A and src B" becomes
// "src A and dst B or src B and dst A", and the sources are tested one after the
// other.
func (p *program) align() {
	pairs := p.bothTests()
	if pairs == nil {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		c := pairs[n]
		first, second := p.nodes[n], p.nodes[c.second]
		// What was left out behind the two may have relied on the first one's load.
		if !c.swap || max(first.end, second.end) > max(b.have, b.need[b.moved[c.other]]) {
			return -1
		}
		on := second.t
		if on == c.other {
			on = second.f
		}
		at := b.add(first.leading(c.other, b.moved[c.other], b.moved[on]))
		return b.add(second.leading(c.other, b.moved[c.other], at))
	})
}

// both is a test behind a node that goes where the node does if it does not hold.
type both struct {
	second, other ref
	swap          bool // the two are to change places
}

// bothTests returns the pairs of tests by the first of them, or nil if none is to
// change.
func (p *program) bothTests() []both {
	in := p.indegrees()
	have, need := p.haves(), p.needs()
	pairs := make([]both, len(p.nodes))
	first := make([]*ir.Expr, len(p.nodes)) // by the second of a pair, what the first tests
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := &p.nodes[n]
		c := both{second: nd.t, other: nd.f}
		if m := c.second; m <= reject || p.nodes[m].t != c.other && p.nodes[m].f != c.other {
			c = both{second: nd.f, other: nd.t}
		}
		if c.second > reject && in[c.second] == 1 && p.maySwap(n, c, max(have[n], need[c.other])) {
			pairs[n] = c
			first[c.second] = nd.e
		}
	}
	any := false
	for n := ref(2); int(n) < len(p.nodes); n++ {
		for _, m := range [2]ref{p.nodes[n].t, p.nodes[n].f} {
			if c := &pairs[m]; c.second > reject && p.nodes[c.second].e == p.nodes[n].e && first[n] != p.nodes[m].e {
				c.swap, any = true, true
			}
		}
	}
	if !any {
		return nil
	}
	return pairs
}

// maySwap tells whether two tests may change places where bytes up to end are
// captured.
func (p *program) maySwap(n ref, c both, end uint32) bool {
	nd, m := &p.nodes[n], &p.nodes[c.second]
	return c.other > reject && nd.member() && m.member() && nd.e != m.e && nd.t != nd.f && m.t != m.f &&
		(m.t == c.other || m.f == c.other) && !nd.other && !m.other && nd.end <= end && m.end <= end
}

// leading is the test with the way to other led to goal, the other way to on.
func (n node) leading(other, goal, on ref) node {
	if n.t == other {
		n.t, n.f = goal, on
	} else {
		n.t, n.f = on, goal
	}
	return n
}
