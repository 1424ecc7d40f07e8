package toebpf

import (
	"math/bits"

	"bpfc/cbpf"
)

// A half-word or word of the packet lies in network byte order. Where all that becomes of it is a comparison with constants
// for equality or for bits, perhaps after masks, the constants can be swapped when the program is made, and the packet's
// bytes need not be when it runs.
//
// swaps finds these loads. Every place where A is defined and every place where it is used belong to a web: what is
// reached by one another. A web is in network order as a whole or not at all.
type swaps struct {
	parent []int32   // union-find over two points a node: 2i before it, 2i+1 after it
	web    []webFact // of the roots
}

// webFact is what is known of a web.
type webFact struct {
	host bool   // something needs the value in host order
	size uint32 // of the loads that define it: 2 or 4 bytes, 0 if there is none yet
}

func (s *swaps) root(p int32) int32 {
	for s.parent[p] != p {
		s.parent[p] = s.parent[s.parent[p]]
		p = s.parent[p]
	}
	return p
}

func (s *swaps) join(p, q int32) {
	p, q = s.root(p), s.root(q)
	if p == q {
		return
	}
	s.parent[q] = p
	a, b := &s.web[p], &s.web[q]
	a.host = a.host || b.host
	a.define(b.size)
}

// define adds a definition by a load of size bytes to the web. Loads of both sizes in one web make it one of host order.
func (w *webFact) define(size uint32) {
	w.host = w.host || size != 0 && w.size != 0 && size != w.size
	w.size = max(w.size, size)
}

// findSwaps groups the definitions and uses of A. live is what [flow.live] says.
func (g *flow) findSwaps(live []reads) *swaps {
	s := &swaps{parent: make([]int32, 2*len(g.nodes)), web: make([]webFact, 2*len(g.nodes))}
	for i := range s.parent {
		s.parent[i] = int32(i)
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		s.node(n, 2*int32(i), 2*int32(i)+1)
		for _, to := range [2]int32{n.t, n.f} {
			if to != none && live[to]&readA != 0 {
				s.join(2*int32(i)+1, 2*to)
			}
		}
	}
	if len(g.nodes) > 0 { // A is 0 at the start, in either order
		s.web[s.root(0)].define(0)
	}
	return s
}

// node adds a node's use of A to the web before it and its definition to the one after it.
func (s *swaps) node(n *node, before, after int32) {
	read, written := n.uses()
	switch {
	case n.op == cbpf.AndK, (n.op == cbpf.OrK || n.op == cbpf.XorK) && n.k <= 0xffff:
		s.join(before, after)
	case n.op == cbpf.JeqK && n.k <= 0xffff, n.op == cbpf.JsetK:
		s.join(before, after)
	case n.op == cbpf.OrK, n.op == cbpf.XorK, n.op == cbpf.JeqK: // a constant that only fits a word
		s.join(before, after)
		s.web[s.root(before)].define(4)
	case written&readA == 0:
		if read&readA != 0 {
			s.web[s.root(before)].host = true
		}
		s.join(before, after)
	default:
		if read&readA != 0 {
			s.web[s.root(before)].host = true
		}
		w := &s.web[s.root(after)]
		t := n.traits()
		if t.Any(cbpf.Absolute|cbpf.Indirect) && n.end() > 0 && cbpf.LoadSize(n.op) > 1 {
			w.define(cbpf.LoadSize(n.op))
		} else if n.op != cbpf.LdImm || n.k != 0 {
			w.host = true
		}
	}
}

// size returns how many bytes the value of A has that node i defines or uses in network order, and 0 where it is in host order.
func (s *swaps) size(point int32) uint32 {
	w := s.web[s.root(point)]
	if w.host {
		return 0
	}
	return w.size
}

// defined tells it for the A that node i defines, used for the one that it finds.
func (s *swaps) defined(i int32) uint32 { return s.size(2*i + 1) }
func (s *swaps) used(i int32) uint32    { return s.size(2 * i) }

// swap turns a constant of size bytes around. Bits that no value of that size has are dropped.
func swap(k, size uint32) uint32 {
	switch size {
	case 2:
		return uint32(bits.ReverseBytes16(uint16(k)))
	case 4:
		return bits.ReverseBytes32(k)
	}
	return k
}
