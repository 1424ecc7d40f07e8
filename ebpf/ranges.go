package toebpf

import (
	"math/bits"
	"slices"

	"bpfc/cbpf"
)

// Comparisons for order need the packet's bytes turned around, those for equality and for bits do not (byteorder.go). Some of the
// former can be written as the latter: whether a number is in a range like that of the addresses of a network, or is not below a
// power of two.

// ranges returns the graph with such comparisons written that way, or g itself if there are none.
func (g *flow) ranges() *flow {
	r := ranger{flow: &flow{nodes: slices.Clone(g.nodes), preds: g.preds}, live: g.live()}
	for i := range r.nodes {
		if !r.network(int32(i)) {
			r.power(int32(i))
		}
	}
	if !r.changed {
		return g
	}
	return sorted(r.nodes, 0)
}

type ranger struct {
	*flow
	live    []reads
	changed bool
}

// power turns a comparison with a power of two into one for bits: a number is at least 2^b if one of the bits from b up is set.
func (r *ranger) power(i int32) {
	n := &r.nodes[i]
	from := uint64(n.k)
	switch n.op {
	case cbpf.JgtK:
		from++
	case cbpf.JgeK:
	default:
		return
	}
	if from == 0 || from >= 1<<32 || from&(from-1) != 0 {
		return
	}
	n.op, n.k = cbpf.JsetK, -uint32(from)
	r.changed = true
}

// network turns two comparisons, of which node i is the first, for a range of numbers that begin with the same bits into a mask
// and a comparison for equality: where size is a power of two and lo a multiple of it, a number is one of the size numbers from lo
// on if it is lo without its low bits. The mask destroys A, so nothing may read that behind the comparisons. Where the bits are
// whole bytes, as many are loaded.
func (r *ranger) network(i int32) bool {
	lo, hi, in, out, ok := r.interval(i)
	size := uint64(hi) - uint64(lo) + 1
	if !ok || size&(size-1) != 0 || size == 1<<32 || uint64(lo)%size != 0 || (r.live[in]|r.live[out])&readA != 0 {
		return false
	}
	first := &r.nodes[i]
	j := first.t
	if first.op == cbpf.JgtK {
		j = first.f
	}
	*first = node{op: cbpf.AndK, k: -uint32(size), t: j, f: none, pc: first.pc}
	r.nodes[j] = node{op: cbpf.JeqK, k: lo, t: in, f: out, pc: r.nodes[j].pc}
	r.narrow(i, j, uint32(bits.TrailingZeros64(size)))
	r.changed = true
	return true
}

// interval returns the range that node i and the one behind it look for, and where they lead in and out of it.
func (r *ranger) interval(i int32) (lo, hi uint32, in, out int32, ok bool) {
	n := &r.nodes[i]
	if n.f == none {
		return
	}
	switch n.op {
	case cbpf.JgeK: // A >= lo, then A > hi
		m := &r.nodes[n.t]
		return n.k, m.k, m.f, n.f, m.op == cbpf.JgtK && m.f != none && r.preds[n.t] == 1 && r.same(m.t, n.f) && m.k >= n.k
	case cbpf.JgtK: // A > hi, then A >= lo
		m := &r.nodes[n.f]
		return m.k, n.k, m.t, n.t, m.op == cbpf.JgeK && m.f != none && r.preds[n.f] == 1 && r.same(m.f, n.t) && n.k >= m.k
	}
	return
}

// same tells whether two nodes are one, or ends that return the same.
func (r *ranger) same(a, b int32) bool {
	x, y := &r.nodes[a], &r.nodes[b]
	return a == b || x.op == cbpf.RetK && y.op == cbpf.RetK && x.k == y.k
}

// narrow loads as many bytes as node j compares, if all bits of them count and the load is for that alone. Those that come first in the
// packet are the high ones. The others must still be captured: a load that fails rejects the packet.
func (r *ranger) narrow(i, j int32, ignored uint32) {
	if r.preds[i] != 1 {
		return
	}
	at := slices.IndexFunc(r.nodes, func(n node) bool { return n.t == i || n.f == i })
	n := &r.nodes[at]
	size := cbpf.LoadSize(n.op)
	left := 8*size - ignored
	if !n.traits().Any(cbpf.Absolute|cbpf.Indirect) || n.end() == 0 || n.more != 0 || left != 8 && left != 16 || left == 8*size || 8*size < ignored {
		return
	}
	n.op = n.op&^cbpf.SizeMask | map[uint32]uint16{8: cbpf.SizeB, 16: cbpf.SizeH}[left]
	n.more = size - left/8
	r.nodes[j].k >>= ignored
	n.t = j
}
