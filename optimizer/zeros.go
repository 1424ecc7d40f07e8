// Law: the one test made of two loads what they load, and holds where either does.

package optimizer

import (
	"math/bits"

	"bpfc/ir"
)

// zeros makes one test of whether bits are set out of two tests, for 0 and for a
// power of 2: an ICMP type of echo (8) or echo reply (0) is one without other
// bits than 8.
func (p *program) zeros() {
	in := p.indegrees()
	if !p.anyZeros(in) {
		return
	}
	p.rebuild(func(b *builder, n ref, nd node) ref {
		bit := p.zeroOrBit(n, in)
		if bit == 0 {
			return -1
		}
		ones := uint32(1)<<bits.Len32(b.x.max(nd.e)) - 1 // all bits that e may have
		e := b.x.bin(ir.And, nd.e, b.x.g.Const(ones&^bit))
		rest := p.nodes[p.nodes[n].f].f
		return b.member(b.x.canonical(member{e: e}), nd.t, b.moved[rest])
	})
}

func (p *program) anyZeros(in []int32) bool {
	for n := ref(2); int(n) < len(p.nodes); n++ {
		if p.zeroOrBit(n, in) != 0 {
			return true
		}
	}
	return false
}

// zeroOrBit returns the bit that may be set, if a node tests for a value, the
// node behind it for another, one of the two is 0 and the other one a bit, and
// both lead to one place. Otherwise it returns 0.
func (p *program) zeroOrBit(n ref, in []int32) uint32 {
	nd := &p.nodes[n]
	if !nd.member() || nd.lo != nd.hi || nd.f <= reject || in[nd.f] != 1 {
		return 0
	}
	m := &p.nodes[nd.f]
	bit := nd.lo | m.lo
	if !m.member() || m.e != nd.e || m.lo != m.hi || m.t != nd.t || nd.lo&m.lo != 0 || nd.lo == m.lo || bit&(bit-1) != 0 {
		return 0
	}
	return bit
}
