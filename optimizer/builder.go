// Law: a node is left out only if nothing it evaluates can fail where it stood, or every path from it rejects.

package optimizer

import (
	"math"
	"math/bits"
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// builder makes the nodes of a program from the leaves up. Equal nodes become
// one (hash-consing), and a node that decides nothing is not made.
type builder struct {
	x     *exprs
	nodes []node
	// need, by node: with fewer bytes captured, every path from it rejects.
	need []uint32
	// have is how many bytes were captured where the next node will stand.
	have uint32
	// index is an open-addressing hash table of refs; 0 is an empty place.
	index []ref
	table []ref // the memory of index
	moved []ref // by node of the program that is rebuilt: what became of it
	// Memory of searches: what they take, by target and by part.
	costs, weight []int
	// chains are the header walks of the graph.
	chains []*ir.ChainInfo
}

// builder returns the program's builder, emptied, with room for n nodes.
func (p *program) builder(n int) *builder {
	b := &p.b
	b.x, b.have = &p.x, 0
	if cap(b.nodes) < n {
		room := n + n/2 + 2
		b.nodes = make([]node, 0, room)
		b.need, b.moved = make([]uint32, 0, room), make([]ref, 0, room)
	}
	b.nodes = append(b.nodes[:0], node{kind: ir.Accept}, node{kind: ir.Reject})
	b.need = append(b.need[:0], 0, infinite)
	b.moved = append(b.moved[:0], accept, reject)
	b.index = memory.Zeroed(&b.table, tableSize(n))
	return b
}

// rebuild makes the program anew from its leaves up. Each node, with its
// successors as they became, is what instead makes of it, or stays as it is where
// that returns -1.
func (p *program) rebuild(instead func(b *builder, n ref, nd node) ref) {
	b := p.builder(len(p.nodes))
	have := p.haves()
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := p.nodes[n]
		b.have = have[n]
		nd.t, nd.f = b.moved[nd.t], b.moved[nd.f]
		at := instead(b, n, nd)
		if at < 0 {
			at = b.add(nd)
		}
		b.moved = append(b.moved, at)
	}
	p.take(b, b.moved[p.root])
}

// merge rebuilds the program: equal nodes merge, tests of one expression that
// stand one after the other become one where they can, and what decides
// nothing goes.
func (p *program) merge() {
	p.did.lost = false
	dead := p.deadAssignments()
	p.rebuild(func(b *builder, n ref, nd node) ref {
		if dead != nil && dead[n] && !(nd.fails() && !b.covered(&nd, nd.t)) {
			return nd.t
		}
		at := b.add(nd)
		p.did.lost = p.did.lost || nd.kind == ir.Test && nd.t == nd.f && at == nd.t
		return at
	})
}

// covered tells whether a node whose successors are all n may be left out: its
// loads cannot fail where n still accepts.
func (b *builder) covered(nd *node, n ref) bool {
	return n == reject || !nd.other && nd.end <= max(b.have, b.need[n])
}

// compare makes the test l c r.
func (b *builder) compare(c ir.Cmp, l, r *ir.Expr, t, f ref) ref {
	if l.Op == ir.Const && r.Op != ir.Const {
		switch c {
		case ir.Ge: // k >= r is not r > k
			c, t, f = ir.Gt, f, t
		case ir.Gt:
			c, t, f = ir.Ge, f, t
		}
		l, r = r, l
	}
	if r.Op == ir.Const {
		return b.member(b.x.membership(c, l, r.K), t, f)
	}
	switch c {
	case ir.Eq:
		return b.member(member{e: b.x.bin(ir.Sub, l, r)}, t, f)
	case ir.Set:
		return b.member(member{e: b.x.bin(ir.And, l, r)}, f, t)
	case ir.Gt: // l > r is not r >= l
		l, r, t, f = r, l, f, t
	}
	nd := node{kind: ir.Test, e: l, r: r, t: t, f: f}
	nd.end, nd.other = b.x.ends(l, r)
	return b.add(nd)
}

// member makes a membership test.
func (b *builder) member(m member, t, f ref) ref {
	if m.not {
		t, f = f, t
	}
	if m.constant() {
		f = t
	}
	x := b.x.of(m.e)
	return b.add(node{kind: ir.Test, e: m.e, lo: m.lo, hi: m.hi, t: t, f: f, end: x.end, other: x.other})
}

func (b *builder) assign(v int, e *ir.Expr, next ref) ref {
	x := b.x.of(e)
	return b.add(node{kind: ir.Assign, v: int32(v), e: e, t: next, f: next, end: x.end, other: x.other})
}

func (b *builder) walk(c *ir.ChainInfo, t, f ref) ref {
	end := c.Base + 10 // the protocol field of IPv4 and, before it, the header's length
	if c.IPv6 {
		end = c.Base + 7
	}
	v := slices.IndexFunc(b.chains, func(d *ir.ChainInfo) bool { return *d == *c })
	if v < 0 {
		v = len(b.chains)
		b.chains = append(b.chains, c)
	}
	return b.add(node{kind: ir.Chain, v: int32(v), t: t, f: f, end: end, other: true})
}

// add returns a node that does what nd does.
func (b *builder) add(nd node) ref {
	for b.combine(&nd) {
	}
	need := max(nd.end, min(b.need[nd.t], b.need[nd.f]))
	if need == infinite {
		return reject
	}
	switch nd.kind {
	case ir.Test:
		if nd.t == nd.f {
			if !nd.fails() || b.covered(&nd, nd.t) {
				return nd.t
			}
			if nd.r == nil { // any test of e will do
				nd.lo, nd.hi = 0, 0
			}
		}
	case ir.Assign:
		if nd.t <= reject && (!nd.fails() || b.covered(&nd, nd.t)) {
			return nd.t
		}
	}
	return b.intern(nd, need)
}

func (b *builder) intern(nd node, need uint32) ref {
	if 4*len(b.nodes) >= 3*len(b.index) {
		b.rehash()
	}
	mask := uint32(len(b.index) - 1)
	h := nd.hash()
	for {
		at := b.index[h&mask]
		if at == 0 {
			break
		}
		if m := &b.nodes[at]; m.same(&nd) {
			m.text = m.text.Join(nd.text)
			return at
		}
		h++
	}
	at := ref(len(b.nodes))
	b.index[h&mask] = at
	b.nodes = append(b.nodes, nd)
	b.need = append(b.need, need)
	return at
}

// same tells whether two nodes do the same, wherever in the text they come from.
func (n *node) same(m *node) bool {
	return n.e == m.e && n.r == m.r && n.lo == m.lo && n.hi == m.hi && n.t == m.t && n.f == m.f &&
		n.kind == m.kind && n.v == m.v && n.end == m.end && n.other == m.other
}

func (b *builder) rehash() {
	b.index = make([]ref, 2*len(b.index))
	mask := uint32(len(b.index) - 1)
	for n := 2; n < len(b.nodes); n++ {
		h := b.nodes[n].hash()
		for b.index[h&mask] != 0 {
			h++
		}
		b.index[h&mask] = ref(n)
	}
}

// tableSize is the size of a hash table for n nodes, a power of two.
func tableSize(n int) int { return max(64, 1<<bits.Len(uint(2*n-1))) }

func (n *node) hash() uint32 {
	h := scramble(n.asks(), uint32(n.kind)+uint32(n.v)<<3)
	return scramble(scramble(h, uint32(n.t)), uint32(n.f))
}

// asks hashes what a test tests.
func (n *node) asks() uint32 {
	h := scramble(scramble(1, n.lo), n.hi)
	if n.e != nil {
		h = scramble(h, uint32(n.e.ID))
	}
	if n.r != nil {
		h = scramble(h, uint32(n.r.ID))
	}
	return h
}

func scramble(h, v uint32) uint32 {
	h = (h ^ v) * 0x9e3779b1
	return h ^ h>>15
}

// combine makes a test that is followed by another of the same expression a
// test of the two at once, where that is one range.
func (b *builder) combine(nd *node) bool {
	if !nd.member() || nd.t == nd.f {
		return false
	}
	inside := interval{nd.lo, nd.hi}
	if m := &b.nodes[nd.t]; m.member() && m.e == nd.e && m.t != m.f {
		second := interval{m.lo, m.hi}
		switch nd.f {
		case m.f:
			return nd.becomes(b.x, inside.and(second), m.t, nd.f, m)
		case m.t:
			return nd.becomes(b.x, inside.minus(second), m.f, nd.f, m)
		}
		switch { // the second decides nothing within the first
		case inside.within(second):
			nd.t = m.t
			return true
		case inside.and(second).empty():
			nd.t = m.f
			return true
		}
	}
	if m := &b.nodes[nd.f]; m.member() && m.e == nd.e && m.t != m.f {
		second := interval{m.lo, m.hi}
		switch nd.t {
		case m.t:
			both := inside.or(second)
			if both.hi-both.lo == 1 {
				return false // two comparisons either way
			}
			return nd.becomes(b.x, both, nd.t, m.f, m)
		case m.f:
			return nd.becomes(b.x, second.minus(inside), m.t, nd.t, m)
		}
		if second.within(inside) {
			nd.f = m.f
			return true
		}
	}
	return false
}

// becomes makes nd a test of s, which second had a part in, unless s is not one
// interval.
func (nd *node) becomes(x *exprs, s span, t, f ref, second *node) bool {
	if s.split {
		return false
	}
	nd.text = nd.text.Join(second.text)
	nd.t, nd.f = t, f
	if s.empty() {
		nd.t = f
		return false
	}
	// A single value may be told without arithmetic where the bounds could not. But
	// a mask that masks put on stays: the other tests are of the value under it.
	m := member{e: nd.e, lo: s.lo, hi: s.hi}
	if c := x.canonical(m); nd.e.Op != ir.And || c.e != nd.e.L {
		m = c
	}
	nd.retest(m, x)
	return true
}

// interval is the numbers from lo to hi.
type interval struct{ lo, hi uint32 }

// span is what an operation on intervals gives: an interval, nothing if lo >
// hi, or, if split, no single interval.
type span struct {
	interval
	split bool
}

func (s interval) empty() bool            { return s.lo > s.hi }
func (s interval) within(t interval) bool { return s.lo >= t.lo && s.hi <= t.hi }

func (s interval) and(t interval) span {
	return span{interval: interval{max(s.lo, t.lo), min(s.hi, t.hi)}}
}

func (s interval) minus(t interval) span {
	switch {
	case s.and(t).empty():
		return span{interval: s}
	case s.within(t):
		return span{interval: interval{1, 0}}
	case t.lo <= s.lo:
		return span{interval: interval{t.hi + 1, s.hi}}
	case t.hi >= s.hi:
		return span{interval: interval{s.lo, t.lo - 1}}
	}
	return span{split: true}
}

func (s interval) or(t interval) span {
	if t.lo < s.lo {
		s, t = t, s
	}
	if t.lo > s.hi && (s.hi == math.MaxUint32 || t.lo != s.hi+1) {
		return span{split: true}
	}
	return span{interval: interval{s.lo, max(s.hi, t.hi)}}
}
