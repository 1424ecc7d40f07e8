package ir

import (
	"slices"

	"bpfc/internal/memory"
)

// Order is a topological order of the nodes that can be reached from the root:
// every node stands before its successors, the root is first.
// It is safe for concurrent use as long as nobody changes it.
type Order struct {
	Nodes []*Node
	at    []int32 // by number of a node: its position in Nodes
}

// Index returns the position of n in Nodes. n must be one of them.
func (o Order) Index(n *Node) int { return int(o.at[n.num]) }

// Succs returns the successors of n, nil where there is none.
func (n *Node) Succs() (t, f *Node) {
	switch n.Kind {
	case Test, Chain:
		return n.True, n.False
	case Assign:
		return n.True, nil
	}
	return nil, nil
}

// Order sorts the reachable nodes: reverse postorder of a depth-first search
// that visits False before True, so that what lies behind True follows its test
// as closely as it can. It uses no recursion. On a graph with a cycle, which
// only Verify should ever see, some node stands after its successor.
func (g *Graph) Order() Order {
	var o Order
	g.Sort(&o)
	return o
}

// Sort makes o the order of the graph, as [Graph.Order] has it, in the memory of the order that it was.
func (g *Graph) Sort(o *Order) {
	type frame struct {
		n    *Node
		next uint8 // successors already visited
	}
	at := memory.Zeroed(&o.at, g.numNodes) // not 0 once visited
	post := o.Nodes[:0]
	var mem [32]frame
	stack := mem[:0]
	if g.Root != nil {
		at[g.Root.num] = -1
		stack = append(stack, frame{n: g.Root})
	}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		t, f := top.n.Succs()
		next := f
		switch top.next++; top.next {
		case 2:
			next = t
		case 3:
			post = append(post, top.n)
			stack = stack[:len(stack)-1]
			continue
		}
		if next != nil && at[next.num] == 0 {
			at[next.num] = -1
			stack = append(stack, frame{n: next})
		}
	}
	slices.Reverse(post)
	for i, n := range post {
		at[n.num] = int32(i)
	}
	o.Nodes = post
}

// Preds returns, for every node by position, the positions of its predecessors
// in ascending order. A node whose two successors are the same is listed twice.
func (o Order) Preds() [][]int {
	count := make([]int, len(o.Nodes))
	edges := 0
	each := func(visit func(from, to int)) {
		for i, n := range o.Nodes {
			t, f := n.Succs()
			if t != nil {
				visit(i, o.Index(t))
			}
			if f != nil {
				visit(i, o.Index(f))
			}
		}
	}
	each(func(_, to int) { count[to]++; edges++ })
	mem := make([]int, 0, edges)
	preds := make([][]int, len(o.Nodes))
	for i, c := range count {
		preds[i] = mem[len(mem) : len(mem) : len(mem)+c]
		mem = mem[:len(mem)+c]
	}
	each(func(from, to int) { preds[to] = append(preds[to], from) })
	return preds
}

// DomTree is the dominator tree of an Order. A node dominates another if every
// path from the root to the other passes through it.
// It is safe for concurrent use as long as nobody changes it.
type DomTree struct {
	// Idom is the position of each node's immediate dominator; the root's is 0.
	Idom  []int
	depth []int
	jump  []int // some ancestor further up, so that climbing takes logarithmic time
}

// Dominators computes the dominator tree in O(edges · log nodes), also for
// leaves that are reached from every node of a long chain.
func (o Order) Dominators() *DomTree {
	n := len(o.Nodes)
	d := &DomTree{Idom: make([]int, n), depth: make([]int, n), jump: make([]int, n)}
	for i, preds := range o.Preds() {
		if len(preds) == 0 {
			continue
		}
		dom := preds[0]
		for _, p := range preds[1:] {
			dom = d.Common(dom, p)
		}
		d.add(i, dom)
	}
	return d
}

// add makes dom the parent of i and picks i's jump so that the distances of
// the jumps on a way up are skew-binary numbers.
func (d *DomTree) add(i, dom int) {
	d.Idom[i] = dom
	d.depth[i] = d.depth[dom] + 1
	j := d.jump[dom]
	if d.depth[dom]-d.depth[j] == d.depth[j]-d.depth[d.jump[j]] {
		d.jump[i] = d.jump[j]
	} else {
		d.jump[i] = dom
	}
}

// Common returns the position of the lowest node that dominates both a and b.
func (d *DomTree) Common(a, b int) int {
	if d.depth[a] < d.depth[b] {
		a, b = b, a
	}
	a = d.climb(a, d.depth[b])
	for a != b {
		if d.jump[a] != d.jump[b] {
			a, b = d.jump[a], d.jump[b]
		} else {
			a, b = d.Idom[a], d.Idom[b]
		}
	}
	return a
}

// climb returns the ancestor of a at a depth not below its own.
func (d *DomTree) climb(a, depth int) int {
	for d.depth[a] > depth {
		if d.depth[d.jump[a]] >= depth {
			a = d.jump[a]
		} else {
			a = d.Idom[a]
		}
	}
	return a
}

// Dominates tells whether the node at position a dominates the one at b; every
// node dominates itself.
func (d *DomTree) Dominates(a, b int) bool {
	return d.depth[a] <= d.depth[b] && d.climb(b, d.depth[a]) == a
}
