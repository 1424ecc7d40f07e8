// Law: two tests change places only if failing both ways and one failing lead to one place, and each load was sure to succeed or that place needs it.

package optimizer

import "slices"

// align lets the second of two tests that both must hold come first where a test
// before them looks at what it does: "src A and dst B or dst A and src B" becomes
// "src A and dst B or src B and dst A", and the sources are tested one after the
// other.
func (p *program) align() {
	in := p.indegrees()
	have, need := p.haves(), p.needs()
	before := make([][]ref, len(p.nodes)) // the nodes that lead to each
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := &p.nodes[n]
		before[nd.t] = append(before[nd.t], n)
		before[nd.f] = append(before[nd.f], n)
	}
	b := p.builder(len(p.nodes))
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := p.nodes[n]
		second, other := nd.t, nd.f
		if second <= reject || p.nodes[second].t != other && p.nodes[second].f != other {
			second, other = nd.f, nd.t
		}
		b.have = have[n]
		if second > reject && in[second] == 1 && p.aligned(n, second, other, before[n], max(have[n], need[other])) {
			m := p.nodes[second]
			on := m.t
			if m.t == other {
				on = m.f
			}
			at := b.add(nd.leading(other, b.moved[other], b.moved[on]))
			b.moved = append(b.moved, b.add(m.leading(other, b.moved[other], at)))
			continue
		}
		nd.t, nd.f = b.moved[nd.t], b.moved[nd.f]
		b.moved = append(b.moved, b.add(nd))
	}
	p.take(b, b.moved[p.root])
}

// aligned tells whether the test behind n, which goes to other like n does, is
// of what a test before n is of, and may come first where bytes up to end are
// captured.
func (p *program) aligned(n, second, other ref, before []ref, end uint32) bool {
	nd, m := &p.nodes[n], &p.nodes[second]
	if other <= reject || !nd.member() || !m.member() || nd.e == m.e || nd.t == nd.f || m.t == m.f || m.t != other && m.f != other ||
		nd.other || m.other || nd.end > end || m.end > end {
		return false
	}
	return slices.ContainsFunc(before, func(b ref) bool { return p.nodes[b].e == m.e })
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
