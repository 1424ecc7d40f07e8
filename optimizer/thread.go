// Law: an edge may pass over a test only if, on that edge, the test's outcome is known and its loads cannot fail or its goal needs them.

package optimizer

import (
	"math"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// followSteps bounds how many decided tests one edge passes over: fewSteps where the program has more than fewFollowed
// nodes, manySteps where it has not. The middle of a long chain is no place to go to, as it is still to become a set.
const (
	fewSteps    = 64
	manySteps   = 256
	fewFollowed = 2000
)

func (p *program) followSteps() int {
	if len(p.nodes) > fewFollowed {
		return fewSteps
	}
	return manySteps
}

// threader walks the program downwards and keeps what is known at each node
// that is still to come.
type threader struct {
	p     *program
	need  []uint32 // by node, as in builder
	at    []*state // by node
	steps int      // for one edge
	tired walk     // the last walk that took too many steps
	// further, if not nil, looks further ahead, and tests are left out that the next ones cover.
	further *converger
}

// walk is where an edge went that passed over too many tests: from a test, with what was known in s, over the next one to the
// last. From the next one on, with no less known, there is no need to walk there again.
type walk struct {
	s          *state
	next, last ref
}

// thread makes every edge skip the tests whose outcome is known on it. What is
// known comes from the tests before: which values an expression has, which
// bytes are captured, what variables hold.
func (p *program) thread() {
	t := p.threader()
	t.run()
}

func (p *program) threader() threader {
	return threader{p: p, need: p.needs(), at: memory.Zeroed(&p.memory.at, len(p.nodes)), steps: p.followSteps()}
}

func (t *threader) run() {
	p := t.p
	s := t.fresh()
	if p.g.Vars <= maxVars {
		for v := range min(p.g.Vars, maxFacts/2) {
			s.learn(&p.x, p.g.VarRef(v), exactly(0))
		}
	}
	p.changed()
	p.root = t.enter(p.root, s)
	for n := p.root; n > reject; n-- {
		if s := t.at[n]; s != nil {
			t.at[n] = nil
			t.visit(n, s)
		}
	}
}

func (t *threader) fresh() *state {
	if n := len(t.p.spare); n > 0 {
		s := t.p.spare[n-1]
		t.p.spare = t.p.spare[:n-1]
		return s
	}
	return newState()
}

func (t *threader) release(s *state) {
	t.forget(s)
	s.have, s.looks, s.facts, s.reached, s.orders = 0, 0, s.facts[:0], s.reached[:0], s.orders[:0]
	t.p.spare = append(t.p.spare, s)
}

// visit threads the edges out of n, where s is known, and uses s up.
func (t *threader) visit(n ref, s *state) {
	p := t.p
	nd := &p.nodes[n]
	t.substitute(nd, s)
	switch nd.kind {
	case ir.Assign:
		t.forget(s)
		s.ran(nd)
		if p.g.Vars <= maxVars {
			s.assign(&p.x, int(nd.v), nd.e)
		} else {
			s.looks, s.facts, s.reached, s.orders = 0, s.facts[:0], s.reached[:0], s.orders[:0]
		}
		nd.t = t.enter(nd.t, s)
		nd.f = nd.t
		return
	case ir.Test:
		if goes, known := s.decide(&p.x, nd); known {
			if goes {
				nd.f = nd.t
			} else {
				nd.t = nd.f
			}
		}
	}
	if nd.t == nd.f {
		s.ran(nd)
		nd.t = t.enter(nd.t, s)
		nd.f = nd.t
		return
	}
	s.ran(nd)
	yes, no := nd.t, nd.f
	covers := t.further != nil && nd.member() && (p.overlap(nd.e, yes) || p.overlap(nd.e, no))
	switch {
	case covers || yes > reject && no > reject:
		t.fork(nd, s, covers)
	case no > reject:
		s.went(&p.x, nd, false)
		nd.f = t.enter(no, s)
	case yes > reject:
		s.went(&p.x, nd, true)
		nd.t = t.enter(yes, s)
	default:
		t.release(s)
	}
}

// fork threads both ways on from a test, and uses s up.
func (t *threader) fork(nd *node, s *state, covers bool) {
	other := t.fresh()
	s.branch(&t.p.x, nd, other)
	if covers && t.absorb(nd, s, other) {
		t.forget(s)
		s.join(other)
	}
	yes, no := nd.t, nd.f
	nd.t = t.enter(yes, s)
	if nd.f = nd.t; yes != no {
		nd.f = t.enter(no, other)
	} else {
		t.release(other)
	}
}

// enter follows an edge to m on which s is known, and returns where it may go
// instead. It uses s up.
func (t *threader) enter(m ref, s *state) ref {
	if t.further != nil {
		m = t.further.from(m, s)
	} else {
		m = t.follow(m, s)
	}
	switch {
	case m <= reject:
		t.release(s)
	case t.at[m] == nil:
		t.at[m] = s
	default:
		t.forget(t.at[m])
		t.at[m].join(s)
		t.release(s)
	}
	return m
}

// follow passes over the tests from m on whose outcome is known in s.
func (t *threader) follow(m ref, s *state) ref {
	from, n := m, 0
	if t.tired.s == s && t.tired.next == m {
		m, n = t.tired.last, t.steps-1
	}
	for ; n < t.steps; n++ {
		to := t.passed(m, s)
		if to < 0 {
			return m
		}
		m = to
	}
	if m <= reject {
		return m
	}
	t.tired = walk{s, t.passed(from, s), m}
	return from // not to the middle of a chain, which is still to become a set
}

// forget notes that less is known in s than there was.
func (t *threader) forget(s *state) {
	if t.tired.s == s {
		t.tired.s = nil
	}
}

// passed returns where test m leads to in s, or -1 if it cannot be passed over.
func (t *threader) passed(m ref, s *state) ref {
	if m <= reject {
		return -1
	}
	nd := &t.p.nodes[m]
	if nd.kind != ir.Test {
		return -1
	}
	goal := nd.t
	if nd.t != nd.f {
		goes, known := s.decide(&t.p.x, nd)
		if !known {
			return -1
		}
		if !goes {
			goal = nd.f
		}
	}
	if goal != reject && !s.safe(nd) && (nd.other || nd.end > t.need[goal]) {
		return -1
	}
	return goal
}

// absorb leaves out a test if the next one, which looks at a part of the same
// bytes, leads where the test would: an address that is not the broadcast
// address and not a multicast one is just not a multicast one. In yes the test
// holds, in no it does not. absorb tells whether it left the test out.
func (t *threader) absorb(nd *node, yes, no *state) bool {
	p := t.p
	switch {
	case p.overlap(nd.e, nd.f) && t.follow(nd.f, yes) == t.follow(nd.t, yes):
		nd.t = nd.f
	case p.overlap(nd.e, nd.t) && t.follow(nd.t, no) == t.follow(nd.f, no):
		nd.f = nd.t
	default:
		return false
	}
	return true
}

// overlap tells whether m tests some of the bytes that e loads, and others or
// fewer of their bits.
func (p *program) overlap(e *ir.Expr, m ref) bool {
	if m <= reject {
		return false
	}
	nd := &p.nodes[m]
	if !nd.member() || nd.e == e {
		return false
	}
	a, b := field(e), field(nd.e)
	return a != nil && b != nil && a.L == b.L && a.K < b.K+uint32(b.Size) && b.K < a.K+uint32(a.Size)
}

// field is the load that e, a field of it or part of one, is made from, or nil.
func field(e *ir.Expr) *ir.Expr {
	if e.R != nil && e.R.Op == ir.Const {
		e = e.L
	}
	if e.Op != ir.Load {
		return nil
	}
	return e
}

// substitute replaces variables whose values are known.
func (t *threader) substitute(nd *node, s *state) {
	if nd.kind == ir.Chain || !(nd.e.UsesVars() || nd.r != nil && nd.r.UsesVars()) {
		return
	}
	p := t.p
	e, r := t.known(nd.e, s), nd.r
	if r != nil {
		r = t.known(r, s)
	}
	if e == nd.e && r == nd.r {
		return
	}
	if nd.kind == ir.Assign {
		x := p.x.of(e)
		nd.e, nd.end, nd.other = e, x.end, x.other
		return
	}
	switch {
	case r == nil:
		nd.retest(p.x.canonical(member{e: e, lo: nd.lo, hi: nd.hi}), &p.x)
		return
	case r.Op == ir.Const:
		nd.r = nil
		nd.retest(p.x.membership(ir.Ge, e, r.K), &p.x)
		return
	case e.Op == ir.Const:
		nd.r = nil
		nd.retest(p.x.canonical(member{e: r, hi: e.K}), &p.x)
		return
	}
	nd.e, nd.r = e, r
	nd.end, nd.other = p.x.ends(e, r)
}

// retest makes nd the membership test m.
func (nd *node) retest(m member, x *exprs) {
	in := x.of(m.e)
	nd.e, nd.lo, nd.hi, nd.end, nd.other = m.e, m.lo, m.hi, in.end, in.other
	if m.not {
		nd.t, nd.f = nd.f, nd.t
	}
	if m.constant() {
		nd.f = nd.t
	}
}

// known returns e with the variables replaced whose values are known in s.
func (t *threader) known(e *ir.Expr, s *state) *ir.Expr {
	if e == nil || !e.UsesVars() {
		return e
	}
	x := &t.p.x
	switch e.Op {
	case ir.Var:
		if v, ok := s.exact(e, 0); ok {
			return x.g.Const(v)
		}
		return e
	case ir.Load:
		l := t.known(e.L, s)
		if l.Op == ir.Add && l.R.Op == ir.Const && e.K < 1<<30 && l.R.K < 1<<30 {
			// As exprs.load, with what is known of variables.
			if v := s.values(x, l.L); v.n > 0 && uint64(v.part[v.n-1].hi)+uint64(l.R.K) <= math.MaxUint32 {
				return x.load(e.Size, e.K+l.R.K, l.L)
			}
		}
		if l != e.L {
			return x.load(e.Size, e.K, l)
		}
		return e
	case ir.Neg:
		return x.simplify(x.g.Neg(t.known(e.L, s)))
	}
	l, r := t.known(e.L, s), t.known(e.R, s)
	if l == e.L && r == e.R {
		return e
	}
	return x.bin(e.Op, l, r)
}
