package prove

import (
	"encoding/binary"
	"math/bits"

	"bpfc/ir"
)

// unrolling lifts a graph: it runs the graph on expressions, so that a node is
// there once for each assignment of the variables that reach it.
type unrolling struct {
	lifting
	order ir.Order
	live  [][]uint64 // by node: the set of the variables that are read from there on
	made  []map[string]int32
	todo  [][]inGraph
	bound int
	hit   bool // a chain was unrolled
	most  int  // contents that a node is there for, 0 for no limit
	cut   bool // there were more
}

type inGraph struct {
	vars []*ir.Expr
	step int32
}

// liftGraph lifts a graph that ir.Verify takes. Of a node, no more than most contents of the variables are followed, if that is not 0.
func liftGraph(g *ir.Graph, bound, most int, b *budget) (f lifted) {
	u := &unrolling{order: g.Order(), bound: bound, most: most, lifting: lifting{g: ir.New(), budget: b}}
	u.liveVars(g)
	n := len(u.order.Nodes)
	u.made = make([]map[string]int32, n)
	u.todo = make([][]inGraph, n)
	vars := make([]*ir.Expr, g.Vars)
	for i := range vars {
		vars[i] = u.g.Const(0)
	}
	root := u.enter(g.Root, vars)
	for i, node := range u.order.Nodes {
		for j := 0; j < len(u.todo[i]); j++ {
			w := u.todo[i][j]
			u.expand(node, w)
		}
		u.made[i], u.todo[i] = nil, nil
	}
	f.steps, f.root = u.finish(root)
	if u.hit {
		f.bound = bound
	}
	f.cut = u.cut
	return f
}

// liveVars finds which variables are still read from each node on.
func (u *unrolling) liveVars(g *ir.Graph) {
	u.live = make([][]uint64, len(u.order.Nodes))
	if g.Vars == 0 {
		return
	}
	size := (g.Vars + 63) / 64
	for i := len(u.order.Nodes) - 1; i >= 0; i-- {
		n := u.order.Nodes[i]
		set := make([]uint64, size)
		t, f := n.Succs()
		for _, s := range [2]*ir.Node{t, f} {
			if s != nil {
				for k, w := range u.live[u.order.Index(s)] {
					set[k] |= w
				}
			}
		}
		if n.Kind == ir.Assign {
			set[n.Var/64] &^= 1 << (n.Var % 64)
		}
		seen := make(map[*ir.Expr]bool)
		readVars(n.L, set, seen)
		readVars(n.R, set, seen)
		u.live[i] = set
	}
}

func readVars(e *ir.Expr, set []uint64, seen map[*ir.Expr]bool) {
	if e == nil || !e.UsesVars() || seen[e] {
		return
	}
	seen[e] = true
	if e.Op == ir.Var {
		set[e.K/64] |= 1 << (e.K % 64)
	}
	readVars(e.L, set, seen)
	readVars(e.R, set, seen)
}

// enter returns the step for a node with variables that have these values, which it
// makes if it is new.
func (u *unrolling) enter(n *ir.Node, vars []*ir.Expr) int32 {
	switch n.Kind {
	case ir.Accept:
		return endAccept
	case ir.Reject:
		return endReject
	}
	at := u.order.Index(n)
	key := u.key(at, vars)
	if u.made[at] == nil {
		u.made[at] = make(map[string]int32, 1)
	}
	s, ok := u.made[at][key]
	if !ok {
		if u.most > 0 && len(u.made[at]) >= u.most {
			u.cut = true
			return endBound
		}
		s = u.add()
		u.made[at][key] = s
		u.todo[at] = append(u.todo[at], inGraph{vars, s})
	}
	return s
}

// key says what the variables hold that are still read.
func (u *unrolling) key(at int, vars []*ir.Expr) string {
	var key []byte
	for k, w := range u.live[at] {
		for ; w != 0; w &= w - 1 {
			v := 64*k + bits.TrailingZeros64(w)
			key = binary.AppendUvarint(key, uint64(vars[v].ID))
		}
	}
	return string(key)
}

func (u *unrolling) expand(n *ir.Node, w inGraph) {
	var memo exprMemo
	value := func(e *ir.Expr) *ir.Expr { return u.value(e, w.vars, &memo) }
	switch n.Kind {
	case ir.Test:
		l, r := value(n.L), value(n.R)
		t, f := u.enter(n.True, w.vars), u.enter(n.False, w.vars)
		u.put(w.step, step{kind: test, cmp: n.Cmp, l: l, r: r, t: t, f: f})
	case ir.Assign:
		v := value(n.L)
		vars := append([]*ir.Expr(nil), w.vars...)
		vars[n.Var] = v
		u.put(w.step, step{kind: look, l: v, t: u.enter(n.True, vars)})
	case ir.Chain:
		u.hit = true
		u.chain(n.Chain, w.step, u.enter(n.True, w.vars), u.enter(n.False, w.vars))
	}
}

// exprMemo remembers what expressions of one graph became in another.
type exprMemo map[*ir.Expr]*ir.Expr

// value writes an expression of the graph with the values of its variables.
func (u *unrolling) value(e *ir.Expr, vars []*ir.Expr, memo *exprMemo) *ir.Expr {
	if e == nil {
		return nil
	}
	switch e.Op {
	case ir.Const:
		return u.g.Const(e.K)
	case ir.Var:
		return vars[e.K]
	}
	if v, ok := (*memo)[e]; ok {
		return v
	}
	if *memo == nil {
		*memo = make(exprMemo)
	}
	v := rebuild(u.g, e, u.value(e.L, vars, memo), u.value(e.R, vars, memo))
	(*memo)[e] = v
	return v
}

// rebuild makes in g an expression like e with other operands.
func rebuild(g *ir.Graph, e, l, r *ir.Expr) *ir.Expr {
	switch e.Op {
	case ir.Const:
		return g.Const(e.K)
	case ir.Len:
		return g.Len()
	case ir.Anc:
		return g.Anc(e.Size, e.K)
	case ir.Load:
		return g.Load(e.Size, e.K, l)
	case ir.Neg:
		return g.Neg(l)
	case ir.Var:
		return g.VarRef(int(e.K))
	}
	return g.Bin(e.Op, l, r)
}

// The numbers of headers that a chain walks past.
const (
	hopByHop       = 0
	routing        = 43
	fragment       = 44
	authentication = 51
	noNextHeader   = 59
	destination    = 60
)

// inChain is where a walk of headers has come to.
type inChain struct {
	proto, pos *ir.Expr
}

// chain unrolls a walk of headers, see ir.ChainInfo, into as many headers as the
// bound says.
func (u *unrolling) chain(c *ir.ChainInfo, first, found, other int32) {
	at := inChain{proto: u.g.Load(1, c.Base+9, nil)}
	if c.IPv6 {
		at = inChain{proto: u.g.Load(1, c.Base+6, nil), pos: u.g.Const(40)}
		u.headers(c, first, at, found, other, u.bound)
		return
	}
	start := u.add()
	at.pos = u.g.Bin(ir.Lsh, u.g.Bin(ir.And, u.g.Load(1, c.Base, nil), u.g.Const(15)), u.g.Const(2))
	u.put(first, step{kind: look, l: at.pos, t: start})
	u.headers(c, start, at, found, other, u.bound)
}

// headers is the walk from one header on: step s decides about its protocol.
func (u *unrolling) headers(c *ir.ChainInfo, s int32, at inChain, found, other int32, left int) {
	is := func(s int32, proto, then, otherwise int32) int32 {
		u.put(s, step{kind: test, cmp: ir.Eq, l: at.proto, r: u.g.Const(uint32(proto)), t: then, f: otherwise})
		return otherwise
	}
	type branch struct {
		step     int32
		absolute bool
	}
	var branches []branch
	s = is(s, int32(c.Proto), found, u.add())
	s = is(s, noNextHeader, other, u.add())
	if c.IPv6 {
		past := u.add()
		for _, proto := range []int32{hopByHop, destination, routing, fragment} {
			s = is(s, proto, past, u.add())
		}
		branches = append(branches, branch{step: past})
	}
	past := u.add()
	is(s, authentication, past, other)
	branches = append(branches, branch{step: past, absolute: true})
	for _, b := range branches {
		next := endBound
		if left > 1 {
			next = u.add()
		}
		to := inChain{proto: u.g.Load(1, c.Base, at.pos)}
		length := u.g.Load(1, c.Base+1, at.pos)
		if b.absolute {
			to.pos = u.g.Bin(ir.Lsh, u.g.Bin(ir.Add, length, u.g.Const(2)), u.g.Const(2))
		} else {
			to.pos = u.g.Bin(ir.Add, at.pos, u.g.Bin(ir.Lsh, u.g.Bin(ir.Add, length, u.g.Const(1)), u.g.Const(3)))
		}
		both := u.add()
		u.put(b.step, step{kind: look, l: to.proto, t: both})
		u.put(both, step{kind: look, l: to.pos, t: next})
		if next >= 0 {
			u.headers(c, next, to, found, other, left-1)
		}
	}
}
