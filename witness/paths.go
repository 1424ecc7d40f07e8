package witness

import (
	"math"

	"bpfc/ir"
)

// step is a node that a packet passes and how it leaves it.
type step struct {
	node  *ir.Node
	holds bool
}

func (s step) next() *ir.Node {
	if s.holds || s.node.Kind == ir.Assign {
		return s.node.True
	}
	return s.node.False
}

const (
	fewPaths     = 64      // up to which every path is a way
	pathSteps    = 1 << 17 // how many nodes are visited for them
	throughSteps = 1 << 14 // and for one path through an edge
)

// walker finds paths to accept that do not contradict themselves in what a glance can tell.
type walker struct {
	g       *ir.Graph
	accepts map[*ir.Node]bool // accept can be reached
	order   []*ir.Node
	facts   facts
	budget  int
	spent   bool // the budget was not enough once
	now     []step
}

func newWalker(g *ir.Graph) *walker {
	w := &walker{g: g, order: g.Order().Nodes}
	w.accepts = w.reaching(g.AcceptNode)
	return w
}

// reaching are the nodes from which another can be reached.
func (w *walker) reaching(to *ir.Node) map[*ir.Node]bool {
	m := map[*ir.Node]bool{to: true}
	for i := len(w.order) - 1; i >= 0; i-- {
		n := w.order[i]
		if m[n.True] || n.Kind != ir.Assign && m[n.False] {
			m[n] = true
		}
	}
	return m
}

// visit follows all paths from a node on. What through leaves out is not entered; found tells
// whether to go on.
func (w *walker) visit(n *ir.Node, through func(n *ir.Node, s []step) bool, found func([]step) bool) bool {
	w.budget--
	switch {
	case w.budget < 0:
		w.spent = true
		return false
	case n == w.g.AcceptNode:
		return found(w.now)
	case !w.accepts[n] || !through(n, w.now):
		return true
	}
	outcomes := [2]bool{true, false}
	for _, holds := range outcomes {
		if n.Kind == ir.Assign && !holds {
			break
		}
		s := step{n, holds}
		mark := len(w.facts.log)
		if !w.facts.assume(n, holds) {
			w.facts.undo(mark)
			continue
		}
		w.now = append(w.now, s)
		more := w.visit(s.next(), through, found)
		w.now = w.now[:len(w.now)-1]
		w.facts.undo(mark)
		if !more {
			return false
		}
	}
	return true
}

// paths are the ways to accept: all if they are few, and else some that take each edge
// that leads to accept, at most most. all tells whether that is what they are.
func (w *walker) paths(most int, stop func() bool) (list [][]step, all bool) {
	w.budget = pathSteps
	everywhere := func(*ir.Node, []step) bool { return true }
	all = w.visit(w.g.Root, everywhere, func(p []step) bool {
		list = append(list, append([]step(nil), p...))
		return len(list) <= min(most, fewPaths)
	})
	if all {
		return list, true
	}
	list, w.spent = nil, false
	seen := map[step]bool{}
	for _, n := range w.order {
		for _, holds := range [2]bool{true, false} {
			edge := step{n, holds}
			if n.Kind == ir.Assign || n.Kind == ir.Accept || n.Kind == ir.Reject || seen[edge] || !w.accepts[edge.next()] {
				continue
			}
			if len(list) == most || stop() {
				return list, false
			}
			if p := w.through(edge); p != nil {
				list = append(list, p)
				for _, s := range p {
					seen[s] = true
				}
			}
		}
	}
	return list, !w.spent
}

// through finds a path that takes an edge.
func (w *walker) through(edge step) (path []step) {
	before := w.reaching(edge.node)
	passed := 0 // how deep the walk was when it took the edge
	w.budget = throughSteps
	w.visit(w.g.Root, func(n *ir.Node, now []step) bool {
		if passed > 0 && len(now) >= passed && now[passed-1] == edge {
			return true
		}
		passed = 0
		if k := len(now); k > 0 && now[k-1].node == edge.node {
			if now[k-1] == edge {
				passed = k
			}
			return passed > 0
		}
		return before[n]
	}, func(p []step) bool {
		for _, s := range p {
			if s == edge {
				path = append([]step(nil), p...)
				return false
			}
		}
		return true
	})
	return path
}

// facts is what a path says of expressions so far.
type facts struct {
	of  map[*ir.Expr]known
	log []undone
}

type known struct {
	lo, hi      uint32
	ones, zeros uint32
	not         []uint32
}

type undone struct {
	e   *ir.Expr
	was known
}

func (f *facts) get(e *ir.Expr) known {
	if k, ok := f.of[e]; ok {
		return k
	}
	return f.first(e)
}

// forgetVars drops what is known of expressions that a path variable is in, as it gets
// another value.
func (f *facts) forgetVars() {
	for e := range f.of {
		if e.UsesVars() {
			f.set(e, f.first(e))
		}
	}
}

// first is what is known of an expression that no test was about.
func (f *facts) first(e *ir.Expr) known {
	k := known{hi: math.MaxUint32}
	switch {
	case e.Op == ir.Const:
		k.lo, k.hi = e.K, e.K
	case e.Op == ir.Load && e.Size < 4:
		k.hi = 1<<(8*e.Size) - 1
	case e.Op == ir.And && e.R.Op == ir.Const:
		k.hi, k.zeros = e.R.K, ^e.R.K
		in := f.get(e.L)
		k.ones, k.zeros = in.ones&e.R.K, k.zeros|in.zeros
		if in.lo == in.hi {
			k.lo, k.hi = in.lo&e.R.K, in.lo&e.R.K
		}
	}
	if k.lo == k.hi {
		k.ones, k.zeros = k.lo, ^k.lo
	}
	return k
}

func (f *facts) set(e *ir.Expr, k known) {
	if f.of == nil {
		f.of = make(map[*ir.Expr]known)
	}
	f.log = append(f.log, undone{e, f.get(e)})
	f.of[e] = k
}

func (f *facts) undo(mark int) {
	for len(f.log) > mark {
		u := f.log[len(f.log)-1]
		f.of[u.e] = u.was
		f.log = f.log[:len(f.log)-1]
	}
}

// assume adds that a test comes out in a way; false if that cannot be.
func (f *facts) assume(n *ir.Node, holds bool) bool {
	if n.Kind == ir.Assign {
		f.forgetVars()
		return true
	}
	if n.Kind != ir.Test || n.R.Op != ir.Const {
		return true
	}
	k, c := f.get(n.L), n.R.K
	if !k.add(n.Cmp, c, holds) {
		return false
	}
	if k.consistent() {
		f.set(n.L, k)
		if e := n.L; e.Op == ir.And && e.R.Op == ir.Const {
			in := f.get(e.L)
			in.ones, in.zeros = in.ones|k.ones, in.zeros|k.zeros&e.R.K
			if !in.consistent() {
				return false
			}
			f.set(e.L, in)
		}
		return true
	}
	return false
}

func (k *known) add(cmp ir.Cmp, c uint32, holds bool) bool {
	switch {
	case cmp == ir.Eq && holds:
		k.lo, k.hi = max(k.lo, c), min(k.hi, c)
		if k.ones&^c != 0 || k.zeros&c != 0 {
			return false
		}
		k.ones, k.zeros = c, ^c
	case cmp == ir.Eq:
		k.not = append(k.not[:len(k.not):len(k.not)], c)
	case cmp == ir.Gt && holds:
		if c == math.MaxUint32 {
			return false
		}
		k.lo = max(k.lo, c+1)
	case cmp == ir.Gt:
		k.hi = min(k.hi, c)
	case cmp == ir.Ge && holds:
		k.lo = max(k.lo, c)
	case cmp == ir.Ge:
		if c == 0 {
			return false
		}
		k.hi = min(k.hi, c-1)
	case holds: // Set
		return c&^k.zeros != 0
	default:
		k.zeros |= c
	}
	return true
}

func (k *known) consistent() bool {
	if k.lo > k.hi || k.ones&k.zeros != 0 {
		return false
	}
	for _, v := range k.not {
		if k.lo == k.hi && v == k.lo || k.ones|k.zeros == math.MaxUint32 && v == k.ones {
			return false
		}
	}
	return k.lo != k.hi || k.ones&^k.lo == 0 && k.zeros&k.lo == 0
}
