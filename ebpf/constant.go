package toebpf

import (
	"slices"

	"bpfc/cbpf"
)

// Compilers for classic BPF put the ways through a filter together by an X that is 0 on one and a small number on another. A load
// behind X takes five instructions of eBPF, one at a constant offset takes one or three. So what such an X leads to is written
// out for each of its values, if that is shorter.

// known is a node as it is on the ways on which X has a certain value there, or on all others.
type known struct {
	node  int32
	fixed bool // X is x; else it is anything, or it is not read any more
	x     uint32
}

// specializer makes a graph of such nodes.
type specializer struct {
	old   *flow
	live  []reads
	limit uint32
	nodes []node
	num   map[known]int32
	work  []known
}

// specialize returns the graph in which X is a constant wherever it can be, without what is of no use then. It returns g itself
// if nothing reads X, or if the graph would be much larger.
func (g *flow) specialize(limit uint32) *flow {
	s := specializer{old: g, live: g.live(), limit: limit, num: map[known]int32{}}
	if !slices.ContainsFunc(s.live, func(r reads) bool { return r&readX != 0 }) {
		return g
	}
	start := s.at(0, known{fixed: true})
	for len(s.work) > 0 {
		if len(s.nodes) > 2*len(g.nodes)+16 {
			return g
		}
		k := s.work[len(s.work)-1]
		s.work = s.work[:len(s.work)-1]
		s.add(k)
	}
	return sorted(s.nodes, start).withoutDead()
}

// at returns the number of a node behind one where X is as k says, and has it made.
func (s *specializer) at(i int32, k known) int32 {
	if i == none {
		return none
	}
	k.node = i
	if s.live[i]&readX == 0 || s.old.nodes[i].op == opLoop {
		k.fixed = false
	}
	if !k.fixed {
		k.x = 0
	}
	n, ok := s.num[k]
	if !ok {
		n = int32(len(s.nodes))
		s.num[k] = n
		s.nodes = append(s.nodes, node{})
		s.work = append(s.work, k)
	}
	return n
}

// add makes a node.
func (s *specializer) add(k known) {
	n := s.old.nodes[k.node]
	if k.fixed {
		n = n.withX(k.x, s.limit)
	}
	after := k
	if _, written := n.uses(); written&readX != 0 {
		after.fixed, after.x = n.op == cbpf.LdxImm, n.k
	}
	n.t, n.f = s.at(n.t, after), s.at(n.f, after)
	s.nodes[s.num[k]] = n
}

// withX returns the node for an X of that value: one that does not look at X, where there is one. Classic BPF has none for a
// division by 0, which rejects the packet, and for shifts by 32 and more, which give 0: there X stays.
func (n node) withX(x, limit uint32) node {
	t := n.traits()
	switch {
	case t.Any(cbpf.Indirect) && !n.header():
		if n.end()+uint64(x) > uint64(limit) {
			return node{op: cbpf.RetK, t: none, f: none, pc: n.pc}
		}
		n.op, n.k = n.op&^cbpf.ModeMask|cbpf.ModeAbs, n.k+x
	case n.op == cbpf.Txa:
		n.op, n.k = cbpf.LdImm, x
	case n.op == cbpf.RetX:
		n.op, n.k = cbpf.RetK, x
	case t.Any(cbpf.Branches) && n.op&cbpf.SrcX != 0:
		n.op, n.k = n.op&^cbpf.SrcX, x
	case n.op&cbpf.ClassMask == cbpf.ClassAlu && n.op&cbpf.SrcX != 0:
		constant := n.op &^ cbpf.SrcX
		if t := cbpf.TraitsOf(constant); t.Any(cbpf.Divides) && x == 0 || t.Any(cbpf.Shifts) && x >= 32 {
			break
		}
		n.op, n.k = constant, x
	}
	return n
}

// withoutDead leaves out the nodes whose results nothing reads. Loads of packet data stay, and divisions by X: they may reject.
// The graph must be one without loops.
func (g *flow) withoutDead() *flow {
	nodes, live := slices.Clone(g.nodes), make([]reads, len(g.nodes))
	next := make([]int32, len(g.nodes)) // the node itself, or where it leads if it is left out
	for i := int32(len(nodes)) - 1; i >= 0; i-- {
		n := &nodes[i]
		after := reads(0)
		for _, s := range [2]*int32{&n.t, &n.f} {
			if *s != none {
				*s = next[*s]
				after |= live[*s]
			}
		}
		read, written := n.uses()
		if written&after == 0 && written != 0 && !n.mayReject() {
			next[i] = n.t
			continue
		}
		next[i], live[i] = i, after&^written|read
	}
	return sorted(nodes, next[0])
}

// mayReject tells whether the run may end at a node that is not a return.
func (n *node) mayReject() bool {
	t := n.traits()
	return n.op >= opLoop || t.Any(cbpf.LoadsPacket) && !n.ancillary() || n.op == cbpf.DivX || n.op == cbpf.ModX
}

// pointsOnly tells whether X serves for nothing but loads behind it, and is small wherever it is set: then a pointer may stand
// for it, which is not too far from the packet for the kernel's verifier, and which nothing takes for a number.
func (g *flow) pointsOnly() bool {
	const small = 0x1000
	indexed := false
	for i := range g.nodes {
		n := &g.nodes[i]
		read, written := n.uses()
		t := n.traits()
		switch {
		case n.op >= opLoop, n.header():
			return false
		case t.Any(cbpf.Indirect):
			indexed = true
		case read&readX != 0:
			return false
		case written&readX != 0 && n.op != cbpf.LdxMsh && !(n.op == cbpf.LdxImm && n.k <= small):
			return false
		}
	}
	return indexed
}
