// Law: tests change places if they are of one expression and exclude each other, or if failing and going the other way reject for both.

package optimizer

import "bpfc/ir"

// frequent ranks the Ethernet types that real traffic has most often.
var frequent = map[uint32]int{0x0800: 3, 0x86dd: 2, 0x0806: 1}

func (nd *node) rank() int {
	if !nd.member() || nd.lo != nd.hi || nd.e.Op != ir.Load || nd.e.Size != 2 {
		return 0
	}
	return frequent[nd.lo]
}

// order puts the test for the more frequent value first where an expression is
// tested for one value after the other, and of two tests without which the
// program rejects, the one whose value is at hand.
func (p *program) order() {
	in := p.indegrees()
	held := p.held()
	if !p.disordered(in, held) {
		return
	}
	p.rebuild(func(b *builder, n ref, nd node) ref {
		yes, no := p.nodes[n].t, p.nodes[n].f
		switch {
		case !nd.member():
		case no > reject && in[no] == 1 && nd.lo == nd.hi:
			if m := b.nodes[nd.f]; m.e == nd.e && m.rank() > nd.rank() {
				nd.f = m.f
				m.f = b.add(nd)
				nd = m
			}
		case no == reject && yes > reject && in[yes] == 1:
			if m := b.nodes[nd.t]; m.member() && m.e == held[n] && m.e != nd.e {
				nd = b.swap(nd, m)
			}
		case yes == reject && no > reject && in[no] == 1:
			if m := b.nodes[nd.f]; m.member() && m.e == held[n] && m.e != nd.e {
				nd = b.swap(nd, m)
			}
		}
		return b.add(nd)
	})
}

// disordered tells whether there are tests that may have to change places.
func (p *program) disordered(in []int32, held []*ir.Expr) bool {
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := &p.nodes[n]
		next, other := nd.f, nd.t
		if next == reject {
			next, other = nd.t, nd.f
		}
		if next <= reject || in[next] != 1 || !nd.member() {
			continue
		}
		switch m := &p.nodes[next]; m.e {
		case nd.e:
			if m.rank() > nd.rank() {
				return true
			}
		case held[n]:
			if other == reject {
				return true
			}
		}
	}
	return false
}

// swap lets m, the only way on from nd but reject, come before nd, if it also
// has only one way on. It returns the first of the two in their new order.
func (b *builder) swap(nd, m node) node {
	var on ref
	switch reject {
	case m.t:
		on = m.f
	case m.f:
		on = m.t
	default:
		return nd
	}
	if nd.t == reject {
		nd.f = on
	} else {
		nd.t = on
	}
	second := b.add(nd)
	if m.t == reject {
		m.f = second
	} else {
		m.t = second
	}
	return m
}
