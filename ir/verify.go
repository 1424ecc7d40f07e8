package ir

import "fmt"

// Verify checks that g is well formed:
//
//   - there is a root; the graph is acyclic; the only leaves are AcceptNode and
//     RejectNode, and no other node has their kinds;
//   - Test and Chain nodes have two successors, Assign nodes have True alone;
//   - a Test has both expressions and a known comparison, an Assign has L, a
//     Chain has its ChainInfo with a protocol below 256;
//   - variables are numbered below Vars, and one that was not made with NewZeroVar
//     is assigned on every path to a node that reads it;
//   - every expression was made by g's own builders (is interned), and its
//     operands and sizes fit its kind.
//
// It returns an error that names the first offence by the node's number in
// topological order.
func Verify(g *Graph) error {
	if g.Root == nil {
		return fmt.Errorf("ir: no root")
	}
	if !g.numbered() {
		return fmt.Errorf("ir: a node or leaf of another graph")
	}
	o := g.Order()
	checked := make([]bool, len(g.list))
	for i, n := range o.Nodes {
		if err := g.verifyNode(n); err != nil {
			return fmt.Errorf("ir: node %d: %w", i, err)
		}
		t, f := n.Succs()
		for _, s := range [2]*Node{t, f} {
			if s != nil && o.Index(s) <= i {
				return fmt.Errorf("ir: node %d: on a cycle through node %d", i, o.Index(s))
			}
		}
		for _, e := range [2]*Expr{n.L, n.R} {
			if e == nil {
				continue
			}
			if err := g.verifyExpr(e, checked); err != nil {
				return fmt.Errorf("ir: node %d: %w", i, err)
			}
		}
	}
	return g.verifyAssigned(o)
}

// verifyAssigned checks that no node reads a variable that some path to it has
// not assigned, unless 0 is meant. It goes through the nodes in topological
// order with the set of the variables that all paths to each have assigned.
func (g *Graph) verifyAssigned(o Order) error {
	words := (g.Vars + 63) / 64
	mem := make([]uint64, words*len(o.Nodes))
	assigned := func(i int) []uint64 { return mem[i*words : (i+1)*words] }
	for i := range mem {
		mem[i] = ^uint64(0)
	}
	if len(mem) > 0 {
		clear(assigned(0))
	}
	r := reader{seenBy: make([]int, len(g.list))}
	for i, n := range o.Nodes {
		in := assigned(i)
		for _, v := range r.variables(n) {
			if in[v/64]>>(v%64)&1 == 0 && !g.MeansZero(v) {
				return fmt.Errorf("ir: node %d: reads variable %d, which not every path to it has assigned", i, v)
			}
		}
		t, f := n.Succs()
		for _, s := range [2]*Node{t, f} {
			if s == nil {
				continue
			}
			out := assigned(o.Index(s))
			for w := range out {
				have := in[w]
				if n.Kind == Assign && n.Var/64 == w {
					have |= 1 << (n.Var % 64)
				}
				out[w] &= have
			}
		}
	}
	return nil
}

// reader finds the variables that nodes read.
type reader struct {
	nodes  int   // how many were asked about
	seenBy []int // by expression: the last of them that has it
	stack  []*Expr
	found  []int
}

// variables lists what n reads. The list is valid until the next call. It looks
// at each expression once, and needs no recursion.
func (r *reader) variables(n *Node) []int {
	r.nodes++
	r.found = r.found[:0]
	r.stack = append(r.stack[:0], n.L, n.R)
	for len(r.stack) > 0 {
		e := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		if e == nil || !e.vars || r.seenBy[e.ID] == r.nodes {
			continue
		}
		r.seenBy[e.ID] = r.nodes
		if e.Op == Var {
			r.found = append(r.found, int(e.K))
		}
		r.stack = append(r.stack, e.L, e.R)
	}
	return r.found
}

// numbered tells whether no two nodes that can be reached have the same number,
// which Order relies on: nodes of other graphs do.
func (g *Graph) numbered() bool {
	byNum := make([]*Node, g.numNodes)
	work := []*Node{g.Root}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if n == nil {
			continue
		}
		if int(n.num) >= len(byNum) || byNum[n.num] != nil && byNum[n.num] != n {
			return false
		}
		if byNum[n.num] == nil {
			byNum[n.num] = n
			work = append(work, n.True, n.False)
		}
	}
	return true
}

func (g *Graph) verifyNode(n *Node) error {
	switch n.Kind {
	case Test:
		if n.L == nil || n.R == nil {
			return fmt.Errorf("test without an operand")
		}
		if n.Cmp > Set {
			return fmt.Errorf("unknown comparison %d", n.Cmp)
		}
	case Assign:
		if n.L == nil || n.R != nil || n.False != nil {
			return fmt.Errorf("assignment needs one expression and one successor")
		}
		if n.Var < 0 || n.Var >= g.Vars {
			return fmt.Errorf("variable %d of %d", n.Var, g.Vars)
		}
	case Chain:
		if n.Chain == nil || n.L != nil || n.R != nil {
			return fmt.Errorf("header walk needs its description and no expression")
		}
		if n.Chain.Proto > 255 {
			return fmt.Errorf("header walk to protocol %d", n.Chain.Proto)
		}
	case Accept, Reject:
		if n != g.AcceptNode && n != g.RejectNode {
			return fmt.Errorf("a leaf that is not the graph's own")
		}
		if (n.Kind == Accept) != (n == g.AcceptNode) || n.True != nil || n.False != nil || n.L != nil || n.R != nil {
			return fmt.Errorf("leaf was changed")
		}
		return nil
	default:
		return fmt.Errorf("unknown kind %d", n.Kind)
	}
	if n.True == nil || n.False == nil && n.Kind != Assign {
		return fmt.Errorf("%s without a successor", n.text())
	}
	return nil
}

// verifyExpr checks e and everything below it that was not checked before.
func (g *Graph) verifyExpr(e *Expr, checked []bool) error {
	stack := []*Expr{e}
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if e.ID < 0 || e.ID >= len(g.list) || g.list[e.ID] != e {
			return fmt.Errorf("expression %v does not belong to the graph", e)
		}
		if checked[e.ID] {
			continue
		}
		checked[e.ID] = true
		if err := g.verifyOp(e); err != nil {
			return err
		}
		for _, c := range [2]*Expr{e.L, e.R} {
			if c == nil {
				continue
			}
			if c.ID >= e.ID {
				return fmt.Errorf("expression %d has the younger operand %d", e.ID, c.ID)
			}
			stack = append(stack, c)
		}
	}
	return nil
}

func (g *Graph) verifyOp(e *Expr) error {
	if id := g.index[g.place(e.Op, e.Size, e.K, e.L, e.R)]; id == 0 || g.list[id-1] != e {
		return fmt.Errorf("expression %v was changed after it was made", e)
	}
	sized := e.Op == Load || e.Op == Anc
	if okSize := e.Size == 1 || e.Size == 2 || e.Size == 4; sized != okSize {
		return fmt.Errorf("expression %v of size %d", e, e.Size)
	}
	var operands bool
	switch e.Op {
	case Const, Len, Anc, Var:
		operands = e.L == nil && e.R == nil
	case Load:
		operands = e.R == nil
	case Neg:
		operands = e.L != nil && e.R == nil
	default:
		operands = e.Op <= Neg && e.L != nil && e.R != nil
	}
	switch {
	case !operands:
		return fmt.Errorf("expression %d of kind %d has wrong operands", e.ID, e.Op)
	case e.Op == Var && int64(e.K) >= int64(g.Vars):
		return fmt.Errorf("variable %d of %d", e.K, g.Vars)
	case e.Op == Anc && e.K < 0xfffff000:
		return fmt.Errorf("ancillary offset %#x", e.K)
	}
	return nil
}
