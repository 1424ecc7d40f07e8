// Law: two loads become one word only if it ends where the first did, or where a failure of the first test rejects anyway.

package optimizer

import "bpfc/ir"

// words makes one test of two that want bits of the same four bytes to have
// given values and go to the same place if not: "ip[9] == 6" and "ip[6:2] &
// 0x1fff == 0" are one comparison of the word at ip[6:4] under a mask. That
// saves a load and a jump for a mask, and is not done where one of the two
// loads is at hand from a neighbouring test.
func (p *program) words() {
	in := p.indegrees()
	if !p.anyWords(in) {
		return
	}
	beside := p.tested()
	t := p.traffic()
	p.rebuild(func(b *builder, n ref, nd node) ref {
		if next := p.nodes[n].t; next > reject && in[next] == 1 && nd.member() && !beside[n] && t.worthJoining(n) {
			return b.word(&nd)
		}
		return -1
	})
}

// anyWords tells whether there are two tests of bits, one behind the other, that fail alike.
func (p *program) anyWords(in []int32) bool {
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if nd.t <= reject || in[nd.t] != 1 || nd.f != p.nodes[nd.t].f {
			continue
		}
		first, ok1 := nd.bits()
		second, ok2 := p.nodes[nd.t].bits()
		if ok1 && ok2 && first.near(&second) {
			return true
		}
	}
	return false
}

// near tells whether one word holds the bits of both.
func (w *bitsOf) near(v *bitsOf) bool {
	start, end := min(w.load.K, v.load.K), max(loadEnd(w.load), loadEnd(v.load))
	return w.load.L == v.load.L && end-start <= 4 && end >= 4
}

// instruction is what a program that is shorter by one may run more for it, in
// instructions for each packet.
const instruction = 0.2

// worthJoining tells whether a test should become one with the next, for an
// instruction less in the program. Where it fails, that takes one more to run,
// and one less where it holds.
func (t *traffic) worthJoining(n ref) bool {
	yes := &t.yes[n]
	more := float32(0)
	for k, f := range t.freq[n] {
		more += f * (1 - 2*yes[k])
	}
	return more < instruction
}

// tested tells, by node, whether a node just before or just after it tests the
// same expression.
func (p *program) tested() []bool {
	beside := make([]bool, len(p.nodes))
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if nd.kind == ir.Chain {
			continue
		}
		for _, s := range [2]ref{nd.t, nd.f} {
			if s > reject && p.nodes[s].e == nd.e {
				beside[n], beside[s] = true, true
			}
		}
	}
	return beside
}

// bitsOf is a test whether some bits of packet data have given values.
type bitsOf struct {
	load        *ir.Expr
	mask, value uint32
}

func (nd *node) bits() (w bitsOf, ok bool) {
	if !nd.member() || nd.lo != nd.hi {
		return w, false
	}
	w = bitsOf{load: nd.e, mask: 0xffffffff, value: nd.lo}
	if nd.e.Op == ir.And && nd.e.R.Op == ir.Const {
		w.load, w.mask = nd.e.L, nd.e.R.K
	}
	if w.load.Op != ir.Load {
		return w, false
	}
	w.mask &= 0xffffffff >> (32 - 8*w.load.Size)
	return w, loadEnd(w.load) != infinite
}

// word returns a test that does what nd and the test behind it do, or -1.
func (b *builder) word(nd *node) ref {
	m := &b.nodes[nd.t]
	if m.f != nd.f {
		return -1
	}
	word, ok := b.joined(nd, m, nd.f)
	if !ok {
		return -1
	}
	return b.member(word, m.t, nd.f)
}

// joined returns the test of one word that holds where nd and m, both made or
// both yet to be made, hold, if there is one. Where one does not, the program
// goes on at other.
func (b *builder) joined(nd, m *node, other ref) (word member, ok bool) {
	first, ok1 := nd.bits()
	second, ok2 := m.bits()
	if !ok1 || !ok2 || !first.near(&second) {
		return word, false
	}
	start := min(first.load.K, second.load.K)
	end := max(loadEnd(first.load), loadEnd(second.load))
	if loadEnd(first.load) < end && !(other == reject || first.load.L == nil && max(b.have, b.need[other]) >= end) {
		return word, false
	}
	size := uint32(4)
	if end-start <= 2 {
		size = 2
	}
	start = end - size
	var mask, value uint32
	for _, w := range [2]bitsOf{first, second} {
		if w.value&^w.mask != 0 {
			return word, false // bits that the mask takes away: never true
		}
		shift := 8 * (end - loadEnd(w.load))
		if both := mask & (w.mask << shift); (value^w.value<<shift)&both != 0 {
			return word, false // a contradiction, left to threading
		}
		mask |= w.mask << shift
		value |= w.value << shift
	}
	e := b.x.bin(ir.And, b.x.g.Load(uint8(size), start, first.load.L), b.x.g.Const(mask))
	return b.x.canonical(member{e: e, lo: value, hi: value}), true
}
