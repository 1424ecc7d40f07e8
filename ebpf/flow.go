package toebpf

import (
	"math"
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// none stands for no successor.
const none = -1

// node is one instruction of the classic program as a node of its flow graph. Unconditional jumps have no node: their
// predecessors go on where they lead.
type node struct {
	op   uint16
	k    uint32
	t, f int32  // successors; f is none but at conditional jumps, t is none at returns
	pc   int32  // in the classic program, for messages
	mask reads  // opLoop and opLeave: what the loop reads or writes
	more uint32 // loads: so many bytes behind those loaded must be there, too
}

func (n *node) traits() cbpf.Traits { return cbpf.TraitsOf(n.op) }

// end is where a load of packet data ends, without the X if it is at X + k, and 0 for everything else: loads of ancillary
// data and of the headers that the kernel knows of do not count.
func (n *node) end() uint64 {
	switch {
	case !n.traits().Any(cbpf.LoadsPacket), n.header(), n.ancillary():
		return 0
	case n.traits().Any(cbpf.Header):
		return uint64(n.k) + 1
	}
	return uint64(n.k) + uint64(cbpf.LoadSize(n.op)) + uint64(n.more)
}

// header tells whether the node reads from where the kernel says that the network or the link-layer header begins.
func (n *node) header() bool {
	return n.traits().Any(cbpf.LoadsPacket) && n.k >= cbpf.LinkBase && n.k < cbpf.AncillaryBase
}

func (n *node) ancillary() bool { return n.traits().Any(cbpf.Absolute) && cbpf.IsAncillary(n.k) }

// flow is the flow graph of what can be reached of a valid classic program. Node 0 is where it starts, and edges lead to
// nodes of higher numbers, but for those that close loops.
type flow struct {
	nodes []node
	preds []int32 // how many ways lead to each node
	loops bool
}

// newFlow makes the graph of a program that cbpf's rules for user space allow.
func newFlow(prog []bpf.RawInstruction) *flow {
	through := func(pc int) int { // passes through unconditional jumps; a cycle of nothing else is left as it is
		for range prog {
			if prog[pc].Op != cbpf.Ja {
				break
			}
			pc += 1 + int(int32(prog[pc].K))
		}
		return pc
	}
	reached := make([]bool, len(prog))
	succ := make([][2]int, len(prog))
	start := through(0)
	for work := []int{start}; len(work) > 0; {
		pc := work[len(work)-1]
		work = work[:len(work)-1]
		if reached[pc] {
			continue
		}
		reached[pc] = true
		in, s := prog[pc], [2]int{none, none}
		switch t := cbpf.TraitsOf(in.Op); {
		case t.Any(cbpf.Returns):
		case t.Any(cbpf.Branches):
			s = [2]int{through(pc + 1 + int(in.Jt)), through(pc + 1 + int(in.Jf))}
			if s[0] == s[1] {
				s[1] = none
			}
		case in.Op == cbpf.Ja: // a cycle of jumps alone never ends: it rejects
		default:
			s[0] = through(pc + 1)
		}
		succ[pc] = s
		for _, next := range s {
			if next != none {
				work = append(work, next)
			}
		}
	}
	return number(prog, start, reached, succ)
}

// number gives the reached instructions their numbers.
func number(prog []bpf.RawInstruction, start int, reached []bool, succ [][2]int) *flow {
	num := make([]int32, len(prog))
	var nodes []node
	for pc, in := range prog {
		if !reached[pc] {
			continue
		}
		num[pc] = int32(len(nodes))
		n := node{op: in.Op, k: in.K, t: none, f: none, pc: int32(pc)}
		if n.op == cbpf.Ja {
			n.op, n.k = cbpf.RetK, 0
		}
		nodes = append(nodes, n)
	}
	for i := range nodes {
		n := &nodes[i]
		if to := succ[n.pc][0]; to != none {
			n.t = num[to]
		}
		if to := succ[n.pc][1]; to != none {
			n.f = num[to]
		}
	}
	return sorted(nodes, num[start])
}

// sorted makes the graph of the nodes that can be reached from start. Their numbers are those of a reverse postorder, in which
// an edge leads to a lower number, or to its own, only if it closes a loop.
func sorted(nodes []node, start int32) *flow {
	const unseen, open = -1, -2
	num := make([]int32, len(nodes)) // first a state, then the place in the postorder
	for i := range num {
		num[i] = unseen
	}
	var post []int32
	for work := []int32{start}; len(work) > 0; {
		i := work[len(work)-1]
		if num[i] != unseen {
			work = work[:len(work)-1]
			if num[i] == open {
				num[i] = int32(len(post))
				post = append(post, i)
			}
			continue
		}
		num[i] = open
		for _, s := range [2]int32{nodes[i].f, nodes[i].t} {
			if s != none && num[s] == unseen {
				work = append(work, s)
			}
		}
	}
	last := int32(len(post)) - 1
	g := &flow{nodes: make([]node, len(post)), preds: make([]int32, len(post))}
	for i := range g.nodes {
		n := nodes[post[last-int32(i)]]
		for _, s := range [2]*int32{&n.t, &n.f} {
			if *s != none {
				*s = last - num[*s]
				g.preds[*s]++
				g.loops = g.loops || *s <= int32(i)
			}
		}
		g.nodes[i] = n
	}
	return g
}

// cut makes rejections of the loads that end beyond the limit, which none reaches, and leaves out what comes after them.
func (g *flow) cut(limit uint32) *flow {
	nodes := slices.Clone(g.nodes)
	for i := range nodes {
		if nodes[i].end() > uint64(limit) {
			nodes[i] = node{op: cbpf.RetK, t: none, f: none, pc: nodes[i].pc}
		}
	}
	return sorted(nodes, 0)
}

// reads is a set of what a node or a path reads before it is written: bit 16 is A, bit 17 is X, the others are M[0] to M[15].
type reads uint32

const (
	readA reads = 1 << (cbpf.MemWords + iota)
	readX
)

// uses returns what a node reads and what it writes.
func (n *node) uses() (read, written reads) {
	switch n.op {
	case opLoop:
		return n.mask, n.mask
	case opLeave:
		return n.mask, 0
	}
	t := n.traits()
	xors := n.ancillary() && n.k == cbpf.AncXorX
	if t.Any(cbpf.ReadsA) || xors {
		read |= readA
	}
	if t.Any(cbpf.ReadsX) || xors {
		read |= readX
	}
	if t.Any(cbpf.WritesA) {
		written |= readA
	}
	if t.Any(cbpf.WritesX) {
		written |= readX
	}
	if t.Any(cbpf.ReadsMem) {
		read |= 1 << n.k
	}
	if t.Any(cbpf.WritesMem) {
		written |= 1 << n.k
	}
	return read, written
}

// backward runs step over the nodes from the last to the first until nothing changes. step tells whether it changed
// what it keeps of the node. One round is enough where there are no loops.
func (g *flow) backward(step func(i int) bool) {
	for changed := true; changed; {
		changed = false
		for i := len(g.nodes) - 1; i >= 0; i-- {
			changed = step(i) || changed
		}
		if !g.loops {
			return
		}
	}
}

// live returns for every node what is read, from there on, before it is written.
func (g *flow) live() []reads {
	live := make([]reads, len(g.nodes))
	g.backward(func(i int) bool {
		n := &g.nodes[i]
		read, written := n.uses()
		after := reads(0)
		for _, s := range [2]int32{n.t, n.f} {
			if s != none {
				after |= live[s]
			}
		}
		now := after&^written | read
		changed := now != live[i]
		live[i] = now
		return changed
	})
	return live
}

// rejects stands for a need that no packet meets: the run ends with 0 whatever is captured.
const rejects = math.MaxUint32

// needs says for every node what the bounds of the packet decide there.
type needs struct {
	// packet is the largest number of bytes such that the run ends with 0 from here if less is captured.
	packet []uint32
	// index is the same for the bytes behind X, as long as X keeps its value.
	index []uint32
	// first and firstIndex are the lowest offset that any load from here on reads, first at a constant offset, firstIndex
	// behind X as long as that keeps its value. [rejects] if there is none.
	first, firstIndex []uint32
}

// needs computes them from the end of the program to its start: a load needs the packet up to its own end, and what all
// ways on from there need in any case can be asked for at once. What is beyond the limit there never is.
func (g *flow) needs(limit uint32) *needs {
	fill := func() []uint32 {
		s := make([]uint32, len(g.nodes))
		for i := range s {
			s[i] = rejects
		}
		return s
	}
	d := &needs{fill(), fill(), fill(), fill()}
	g.backward(func(i int) bool {
		n := &g.nodes[i]
		now := d.after(n)
		end := uint32(min(n.end(), rejects))
		switch t := n.traits(); {
		case t.Any(cbpf.Returns), n.op == opLeave:
			now.packet, now.index = 0, 0
			if n.op == cbpf.RetK && n.k == 0 {
				now.packet, now.index = rejects, rejects
			}
		case t.Any(cbpf.Indirect):
			now.index = max(now.index, end)
			now.firstIndex = min(now.firstIndex, n.k)
		case end > 0:
			now.packet = max(now.packet, end)
			now.first = min(now.first, n.k)
		}
		if n.traits().Any(cbpf.WritesX) || n.op == opLoop {
			if n.op == cbpf.LdxImm && now.index != 0 && now.index != rejects {
				now.packet = max(now.packet, beyond(uint64(n.k)+uint64(now.index), limit))
			}
			now.index, now.firstIndex = 0, rejects
		}
		now.packet = max(now.packet, now.index) // what is behind X is behind the packet's start, too: X is not below 0
		return d.set(i, now)
	})
	return d
}

// beyond returns the need for so many bytes.
func beyond(bytes uint64, limit uint32) uint32 {
	if bytes > uint64(limit) {
		return rejects
	}
	return uint32(bytes)
}

// need is the row of one node in needs.
type need struct{ packet, index, first, firstIndex uint32 }

func (d *needs) at(i int32) need {
	return need{d.packet[i], d.index[i], d.first[i], d.firstIndex[i]}
}

func (d *needs) set(i int, n need) (changed bool) {
	changed = d.at(int32(i)) != n
	d.packet[i], d.index[i], d.first[i], d.firstIndex[i] = n.packet, n.index, n.first, n.firstIndex
	return changed
}

// after joins what the successors of a node need: what both of them do.
func (d *needs) after(n *node) need {
	now := need{rejects, rejects, rejects, rejects}
	for _, s := range [2]int32{n.t, n.f} {
		if s != none {
			o := d.at(s)
			now = need{min(now.packet, o.packet), min(now.index, o.index), min(now.first, o.first), min(now.firstIndex, o.firstIndex)}
		}
	}
	return now
}

// order returns the first nodes of the blocks in the order in which they are put: after all from which they are reached, and
// where that leaves a choice, a successor of the one just put.
func (g *flow) order() []int32 {
	waits := slices.Clone(g.preds)
	ready, order := []int32{0}, []int32(nil)
	for len(ready) > 0 {
		first := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		order = append(order, first)
		last := g.last(first)
		// The way on where the test fails comes next if it can: JSet has no opposite, so this one saves a jump.
		for _, s := range [2]int32{g.nodes[last].t, g.nodes[last].f} {
			if s == none || g.nodes[s].ends() {
				continue
			}
			if waits[s]--; waits[s] == 0 {
				ready = append(ready, s)
			}
		}
	}
	return order
}

// last returns the last node of the block that starts with first.
func (g *flow) last(first int32) int32 {
	for {
		n := &g.nodes[first]
		if n.t == none || n.f != none || n.traits().Any(cbpf.Branches) || g.joins(n.t) {
			return first
		}
		first = n.t
	}
}

// joins tells whether node i starts a block, or is an end.
func (g *flow) joins(i int32) bool { return g.preds[i] != 1 || g.nodes[i].ends() }
