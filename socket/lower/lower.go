// Package lower turns the decision graph of a filter for IP packets (link-layer type RAW) into one for a socket of the Linux
// kernel, so that what package emit makes of it decides there as the filter does on the packet.
//
// It runs behind the optimizer, which knows nothing of sockets. Three things change, the first two only where a socket's data
// start at the transport header:
//
// # Loads
//
// The kernel's loads at SKF_NET_OFF + k (cbpf.NetworkBase) read k bytes behind the start of the network header, at constant
// offsets, at X + k, and for 4*([k]&0xf); so each load moves by that much. Two things are better known here:
//
//   - The transport header of an IPv4 packet is at four times the low nibble of its first byte, and that is where the socket's
//     data start. A load at that place plus k is the load at k, which is shorter and reads the whole packet in every kernel;
//     whereas through SKF_NET_OFF, older kernels reach only what lies in the linear part of the buffer (skb_tail_pointer in
//     bpf_internal_load_pointer_neg_helper), which ends early in large datagrams, and in what was sent from a file or without
//     copying. Linux 6.18 reads page fragments both ways. What is behind an IPv6 header, and within tunnels, goes through
//     SKF_NET_OFF: nothing in the program knows where the data start.
//   - This holds only of IPv4 packets. The language sees to that: tcp[…] and its like look at IPv4 packets alone, and where
//     the optimizer has such a load run on others, only its failing counts, and that rejects what is rejected anyway.
//     A user who writes link[(link[0]&0xf)<<2] could come here with an IPv6 packet, so the façade refuses link[…] for sockets.
//
// # Length
//
// skb->len is that of transport header and payload here. `len` becomes a variable, which holds what the IP header says:
// total length, or payload length plus 40. The kernel keeps it true where it changes packets: reassembly and GRO write
// the new length, fields are compared with the buffer's length when the packet comes in, and padding behind the packet
// does not count. It also counts IPv6 extension headers, which skb->len does not tell. Where more than 65,535 bytes come
// as one (BIG TCP), the field is 0, and skb->len plus the IP header is taken; for IPv6, that leaves extension headers out.
//
// # Offsets that are not bounded
//
// The kernel adds X and the offset in 32 bits and takes large sums for places relative to its own headers, so an X out of the
// packet could lead around to bytes that the filter does not mean, where its load fails. A node with such a load gets a
// test before it that rejects what is beyond all packets.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package lower

import (
	"math"
	"slices"

	"bpfc/cbpf"
	"bpfc/ir"
)

const (
	// reach bounds the packet: what ends beyond it fails. Beyond it lie the ancillary data, and no packet is that long:
	// GSO_MAX_SIZE of the kernel's netdevice.h is 524,280 bytes.
	reach = cbpf.AncillaryBase - cbpf.NetworkBase
	// never is an offset at which loads always fail.
	never = 1 << 30
	// longestHeader is the most that four times a nibble can be.
	longestHeader = 60
)

// ToTransport changes the graph for a socket whose data start at the transport header; nodes that were there stay as they are.
func ToTransport(g *ir.Graph) {
	l := newLowering(g)
	l.transport = true
	order := g.Order()
	if at := firstLength(order); at >= 0 {
		l.length = g.NewVar()
		l.lengthAt = order.Nodes[at]
	}
	l.nodes(order)
}

// ToNetwork changes the graph for a socket whose data start at the IP header; nodes that were there stay as they are.
func ToNetwork(g *ir.Graph) { newLowering(g).nodes(g.Order()) }

// lowering is the state of one run.
type lowering struct {
	g         *ir.Graph
	transport bool // the data start at the transport header, not at the IP header
	lowered   map[*ir.Expr]*ir.Expr
	most      bounds
	length    int      // the variable with the IP packet's length, -1 if the filter does not ask for it
	lengthAt  *ir.Node // before which it is set
}

func newLowering(g *ir.Graph) *lowering {
	return &lowering{g: g, lowered: map[*ir.Expr]*ir.Expr{}, length: -1}
}

// nodes makes the new graph.
func (l *lowering) nodes(order ir.Order) {
	l.most = newBounds(l.g, order)
	moved := make([]*ir.Node, len(order.Nodes))
	to := func(n *ir.Node) *ir.Node { return moved[order.Index(n)] }
	for i := len(order.Nodes) - 1; i >= 0; i-- {
		n := order.Nodes[i]
		moved[i] = l.node(n, to)
		if n == l.lengthAt {
			moved[i] = l.setLength(moved[i])
		}
	}
	l.g.Root = moved[0]
}

// firstLength finds the lowest node that every path to a use of the length goes through, -1 if there is no use.
func firstLength(order ir.Order) int {
	var dominators *ir.DomTree
	at := -1
	seen := map[*ir.Expr]bool{}
	for i, n := range order.Nodes {
		switch {
		case !usesLength(n.L, seen) && !usesLength(n.R, seen):
		case at < 0:
			at = i
		default:
			if dominators == nil {
				dominators = order.Dominators()
			}
			at = dominators.Common(at, i)
		}
	}
	return at
}

func usesLength(e *ir.Expr, seen map[*ir.Expr]bool) bool {
	if e == nil {
		return false
	}
	uses, ok := seen[e]
	if !ok {
		uses = e.Op == ir.Len || usesLength(e.L, seen) || usesLength(e.R, seen)
		seen[e] = uses
	}
	return uses
}

// network is a load from the network header.
func (l *lowering) network(size uint8, k uint32) *ir.Expr {
	return l.g.Load(size, cbpf.NetworkBase+k, nil)
}

// setLength puts before a node what sets the variable with the length.
func (l *lowering) setLength(next *ir.Node) *ir.Node {
	g := l.g
	version := g.Bin(ir.And, l.network(1, 0), g.Const(0xf0))
	ihl := g.Bin(ir.Lsh, g.Bin(ir.And, l.network(1, 0), g.Const(0xf)), g.Const(2))
	const v6Header = 40
	v4 := l.fieldOr(2, 0, ihl, next)
	v6 := l.fieldOr(4, v6Header, g.Const(v6Header), next)
	return g.NewTest(ir.Eq, version, g.Const(0x40), v4, v6)
}

// fieldOr sets the length to the half word at an offset plus more, or, where that is 0, to the data's length plus the header's.
func (l *lowering) fieldOr(offset, more uint32, header *ir.Expr, next *ir.Node) *ir.Node {
	g := l.g
	field := l.network(2, offset)
	sum := field
	if more != 0 {
		sum = g.Bin(ir.Add, field, g.Const(more))
	}
	known := g.NewAssign(l.length, sum, next)
	unknown := g.NewAssign(l.length, g.Bin(ir.Add, header, g.Len()), next)
	return g.NewTest(ir.Eq, field, g.Const(0), unknown, known)
}

// node makes the node that stands for n, with the tests that it needs before it.
func (l *lowering) node(n *ir.Node, to func(*ir.Node) *ir.Node) *ir.Node {
	g := l.g
	var made *ir.Node
	switch n.Kind {
	case ir.Accept, ir.Reject:
		return n
	case ir.Assign:
		made = g.NewAssign(n.Var, l.expr(n.L), to(n.True))
	case ir.Chain:
		walk := *n.Chain // each step has loaded what is before the next position, so that stays within the network's megabyte
		if l.transport {
			walk.Base += cbpf.NetworkBase
		}
		return g.NewChain(walk, to(n.True), to(n.False)).From(n.Text)
	default:
		made = g.NewTest(n.Cmp, l.expr(n.L), l.expr(n.R), to(n.True), to(n.False))
	}
	for _, b := range slices.Backward(l.unbounded(n)) {
		made = g.NewTest(ir.Gt, b.x, g.Const(b.most), g.RejectNode, made.From(n.Text))
	}
	return made.From(n.Text)
}

// bound is the most that an index may be.
type bound struct {
	x    *ir.Expr
	most uint32
}

// unbounded lists the indexes in a node that must be compared with a bound, each behind those within it.
func (l *lowering) unbounded(n *ir.Node) []bound {
	var list []bound
	seen := map[*ir.Expr]bool{}
	var visit func(e *ir.Expr)
	visit = func(e *ir.Expr) {
		if e == nil || seen[e] {
			return
		}
		seen[e] = true
		visit(e.L)
		visit(e.R)
		if e.Op == ir.Load && e.L != nil {
			_, x := l.place(e)
			most := reach - e.K - uint32(e.Size)
			if x != nil && uint64(e.K)+uint64(e.Size) <= reach && l.most.of(x) > uint64(most) {
				list = append(list, bound{l.expr(x), most})
			}
		}
	}
	visit(n.L)
	visit(n.R)
	return list
}

// expr makes what stands for an expression of the filter.
func (l *lowering) expr(e *ir.Expr) *ir.Expr {
	if e == nil {
		return nil
	}
	if made, ok := l.lowered[e]; ok {
		return made
	}
	var made *ir.Expr
	switch e.Op {
	case ir.Const, ir.Var, ir.Anc:
		made = e
	case ir.Len:
		made = e
		if l.transport {
			made = l.g.VarRef(l.length)
		}
	case ir.Load:
		made = l.load(e)
	case ir.Neg:
		made = l.g.Neg(l.expr(e.L))
	default:
		made = l.g.Bin(e.Op, l.expr(e.L), l.expr(e.R))
	}
	l.lowered[e] = made
	return made
}

func (l *lowering) load(e *ir.Expr) *ir.Expr {
	base, x := l.place(e)
	if uint64(e.K)+uint64(e.Size) > reach {
		return l.g.Load(e.Size, never, nil)
	}
	return l.g.Load(e.Size, base+e.K, l.expr(x))
}

// place tells from where a load reads: base is 0 for the socket's data, or cbpf.NetworkBase, and x the variable part of the
// offset, an expression of the filter or nil.
func (l *lowering) place(e *ir.Expr) (base uint32, x *ir.Expr) {
	if !l.transport {
		return 0, e.L
	}
	rest, ok := l.behindHeader(e.L)
	// The sum with the header's length must not wrap around: what it is then, lies before the transport header.
	if ok && (rest == nil || l.most.of(rest) <= math.MaxUint32-longestHeader) {
		return 0, rest
	}
	return cbpf.NetworkBase, e.L
}

// behindHeader tells whether x is the length of the IPv4 header, with something added or not, and what that is: nil for nothing.
func (l *lowering) behindHeader(x *ir.Expr) (rest *ir.Expr, ok bool) {
	switch {
	case x == nil:
		return nil, false
	case isHeaderLength(x):
		return nil, true
	case x.Op != ir.Add:
		return nil, false
	}
	for _, part := range [2][2]*ir.Expr{{x.L, x.R}, {x.R, x.L}} {
		if rest, ok := l.behindHeader(part[0]); ok {
			if rest == nil {
				return part[1], true
			}
			return l.g.Bin(ir.Add, rest, part[1]), true
		}
	}
	return nil, false
}

// isHeaderLength recognizes ([0] & 0xf) << 2 and ([0] & 0xf) * 4.
func isHeaderLength(e *ir.Expr) bool {
	if !(e.Op == ir.Lsh && e.R.IsConst(2) || e.Op == ir.Mul && e.R.IsConst(4)) || e.L.Op != ir.And || !e.L.R.IsConst(0xf) {
		return false
	}
	first := e.L.L
	return first.Op == ir.Load && first.Size == 1 && first.K == 0 && first.L == nil
}
