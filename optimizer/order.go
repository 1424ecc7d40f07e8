// Law: tests of one expression for different values change places; each value still takes the same way.

package optimizer

import "bpfc/ir"

// frequent ranks, by size of the load, the values that real traffic has most
// often in the fields that filters look at first: IPv4, then IPv6, then ARP
// among Ethernet types; TCP, then UDP, then ICMP among IP protocols.
var frequent = map[uint8]map[uint32]int{
	2: {0x0800: 3, 0x86dd: 2, 0x0806: 1},
	1: {6: 3, 17: 2, 1: 1},
}

func (nd *node) rank() int {
	if !nd.member() || nd.lo != nd.hi || nd.e.Op != ir.Load {
		return 0
	}
	return frequent[nd.e.Size][nd.lo]
}

// order puts the test for the more frequent value first where an expression is
// tested for one value after the other.
func (p *program) order() {
	in := p.indegrees()
	b := p.builder(len(p.nodes))
	have := p.haves()
	for n := 2; n < len(p.nodes); n++ {
		nd := p.nodes[n]
		b.have = have[n]
		next := nd.f
		nd.t, nd.f = b.moved[nd.t], b.moved[nd.f]
		if next > reject && in[next] == 1 && nd.member() && nd.lo == nd.hi {
			if m := b.nodes[nd.f]; m.e == nd.e && m.rank() > nd.rank() {
				nd.f = m.f
				m.f = b.add(nd)
				nd = m
			}
		}
		b.moved = append(b.moved, b.add(nd))
	}
	p.take(b, b.moved[p.root])
}
