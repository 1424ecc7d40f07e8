package prove

import (
	"slices"

	"bpfc/ir"
)

// Where ways of a graph meet with other contents of its variables, lifting makes a copy of what follows for each of them.
// Of a walk past eight headers of three kinds these are thousands. So a graph is lifted in a second way: what a
// variable holds where ways meet is one expression, a choice: "if this test holds then that, else the other". It is known by the
// tests and values that it is made of, so that two filters that walk alike hold the same choice, however long the walk is.
//
// An offset that is a choice is not looked into: it is a number of its own, and the bytes behind it are variables of their
// own. Two filters that are equal for all such numbers and bytes are equal in truth. So the merged filters tell that
// there is no packet of some kind; that there is one, they do not tell.

// choice is the value of a variable where ways meet, as it is decided by a test.
type choice struct {
	cmp        ir.Cmp
	l, r, t, f *ir.Expr
}

// choices numbers choices. In expressions they stand as path variables of that number, of which a lifted filter has no others.
type choices struct {
	list []choice
	at   map[choice]int
}

func (c *choices) of(g *ir.Graph, what choice) *ir.Expr {
	n, ok := c.at[what]
	if !ok {
		if c.at == nil {
			c.at = make(map[choice]int)
		}
		n = len(c.list)
		c.list = append(c.list, what)
		c.at[what] = n
	}
	return g.VarRef(n)
}

// merging lifts a graph with choices.
type merging struct {
	unrolling
	choices choices
	preds   [][]int
	dom     *ir.DomTree
	held    [][]*ir.Expr // by node: what the variables hold where it is reached
	tests   []step       // by node: of a test, what is compared
}

// mergeable tells whether there is something to merge in a graph. Walks that loop are not.
func mergeable(g *ir.Graph) bool {
	return g.Vars > 0 && !slices.ContainsFunc(g.Order().Nodes, func(n *ir.Node) bool { return n.Kind == ir.Chain })
}

// mergeGraph lifts a graph that ir.Verify takes and that is mergeable.
func mergeGraph(g *ir.Graph, b *budget) (f lifted) {
	m := &merging{unrolling: unrolling{order: g.Order(), lifting: lifting{g: ir.New(), budget: b}}}
	m.liveVars(g)
	m.preds, m.dom = m.order.Preds(), m.order.Dominators()
	m.held, m.tests = make([][]*ir.Expr, len(m.order.Nodes)), make([]step, len(m.order.Nodes))
	at := make([]int32, len(m.order.Nodes))
	for i, n := range m.order.Nodes {
		if at[i] = endReject; n.Kind == ir.Accept {
			at[i] = endAccept
		} else if n.Kind != ir.Reject {
			at[i] = m.add()
		}
	}
	for i, n := range m.order.Nodes {
		if at[i] >= 0 {
			m.hold(i, g.Vars)
			m.merge(i, n, at)
		}
	}
	f.steps, f.root = m.finish(at[0])
	f.choices = m.choices.list
	return f
}

// hold finds what the variables hold where a node is reached.
func (m *merging) hold(i, vars int) {
	held := make([]*ir.Expr, vars)
	for v := range held {
		held[v] = m.g.Const(0)
		if i == 0 || m.live[i][v/64]>>(v%64)&1 == 0 {
			continue
		}
		value := m.after(m.preds[i][0], v)
		for _, p := range m.preds[i][1:] {
			if m.after(p, v) != value {
				value = m.chosen(i, v)
				break
			}
		}
		held[v] = value
	}
	m.held[i] = held
}

// after is what a variable holds behind a node.
func (m *merging) after(i, v int) *ir.Expr {
	if n := m.order.Nodes[i]; n.Kind == ir.Assign && n.Var == v {
		return m.tests[i].l
	}
	return m.held[i][v]
}

// chosen is what a variable holds where ways to a node meet: it is decided by what is tested between there and the last
// node that all of them pass. A test of which one outcome does not lead there has the other.
func (m *merging) chosen(at, v int) *ir.Expr {
	first := m.dom.Idom[at]
	values := make([]*ir.Expr, at-first) // from each node on
	value := func(i int, to *ir.Node) *ir.Expr {
		switch j := m.order.Index(to); {
		case j == at:
			return m.after(i, v)
		case j > at:
			return nil
		default:
			return values[j-first]
		}
	}
	for i := at - 1; i >= first; i-- {
		m.budget.step()
		n := m.order.Nodes[i]
		t, f := n.Succs()
		if t == nil {
			continue
		}
		yes := value(i, t)
		if f == nil {
			values[i-first] = yes
			continue
		}
		no := value(i, f)
		switch s := &m.tests[i]; {
		case no == nil || yes == no:
			values[i-first] = yes
		case yes == nil:
			values[i-first] = no
		default:
			values[i-first] = m.choices.of(m.g, choice{s.cmp, s.l, s.r, yes, no})
		}
	}
	return values[0]
}

// merge makes the steps of a node.
func (m *merging) merge(i int, n *ir.Node, at []int32) {
	var memo exprMemo
	value := func(e *ir.Expr) *ir.Expr { return m.value(e, m.held[i], &memo) }
	to := func(n *ir.Node) int32 { return at[m.order.Index(n)] }
	s := step{kind: look, l: value(n.L)}
	if n.Kind == ir.Assign {
		s.t = to(n.True)
	} else {
		s = step{kind: test, cmp: n.Cmp, l: s.l, r: value(n.R), t: to(n.True), f: to(n.False)}
	}
	m.tests[i] = s
	m.put(at[i], s)
}

// look takes the steps of filters into the prover's table. It notes which choices are offsets of loads, or are counted with: those are not
// looked into; and where what is looked at behind them ends.
func (p *prover) look(filters ...*Filter) {
	for _, part := range Any(filters...).parts() {
		memo := make(exprMemo)
		l := p.liftedOf(part)
		for _, s := range l.steps {
			left, right := p.take(l, s.l, memo), p.take(l, s.r, memo)
			if s.kind == test {
				p.endOfTest(s.cmp, left, right)
			}
		}
		for _, e := range memo {
			if e.Op == ir.Load && e.L != nil {
				o := p.origin(e.L)
				p.ends[o.varying] = append(p.ends[o.varying], o.plus+uint64(e.K)+uint64(e.Size))
			}
		}
	}
	for _, c := range p.choices.list {
		p.endOfTest(c.cmp, c.l, c.r)
	}
	for varying, ends := range p.ends {
		slices.Sort(ends)
		p.ends[varying] = slices.Compact(ends)
	}
}

// endOfTest notes the end that a test asks for: whether the packet was so long on the wire.
func (p *prover) endOfTest(cmp ir.Cmp, l, r *ir.Expr) {
	if cmp == ir.Ge && l.Op == ir.Len {
		if o := p.origin(r); o.varying != nil {
			p.ends[o.varying] = append(p.ends[o.varying], o.plus)
		}
	}
}

// endKey is an end of what is looked at behind an offset that is not looked into.
type endKey struct {
	varying  *ir.Expr
	end      uint64
	captured bool // or was on the wire
}

// reached is whether so many bytes behind an offset that is not looked into were on the wire, or were captured. For each end it is a
// condition of its own that the bytes from the end before up to that one were.
func (p *prover) reached(varying *ir.Expr, end uint64, captured bool) ref {
	all := yes
	for _, e := range p.ends[varying] {
		if e > end {
			break
		}
		key := endKey{varying, e, captured}
		n, ok := p.endAt[key]
		if !ok {
			n = p.newCondition()
			p.endAt[key] = n
		}
		all = p.and(n, all)
	}
	return all
}

// newCondition is a condition of which nothing is known.
func (p *prover) newCondition() ref {
	p.opaque = true
	p.conditions++
	return p.bit(variable{kind: conditionBit, key: p.conditions})
}

// hiddenGuard is the guard of a load behind an offset that is not looked into. What was captured was on the wire.
func (p *prover) hiddenGuard(varying *ir.Expr, end uint64) ref {
	onWire := p.reached(varying, end, false)
	if p.whole { // all was captured that is looked at
		return p.ite(onWire, yes, p.leaf(leaf{kind: leafVoid}))
	}
	return p.and(onWire, p.reached(varying, end, true))
}

// hiddenBase is the number of a base that is not looked into. It is known by how it is computed.
func (p *prover) hiddenBase(varying *ir.Expr) int {
	n, ok := p.hiddenAt[varying]
	if !ok {
		n = len(p.bases)
		p.hiddenAt[varying] = n
		p.bases = append(p.bases, base{})
	}
	return n
}

// hiddenTest is a test of the length on the wire and an offset that is not looked into. Comparing that length with
// many offsets bit by bit would make diagrams that grow exponentially.
func (p *prover) hiddenTest(cmp ir.Cmp, l, r *ir.Expr) ref {
	if cmp == ir.Ge && l.Op == ir.Len {
		if o := p.origin(r); o.varying != nil {
			return p.reached(o.varying, o.plus, false)
		}
	}
	return p.newCondition()
}

// hide keeps the choices in an expression from being looked into.
func (p *prover) hide(e *ir.Expr) {
	if e == nil || !e.UsesVars() {
		return
	}
	if e.Op == ir.Var {
		p.hidden[e.K] = true
	}
	p.hide(e.L)
	p.hide(e.R)
}

func (p *prover) isHidden(n uint32) bool { return p.hideAll || p.hidden[n] }

// takeChoice copies a choice of a filter into the prover's table.
func (p *prover) takeChoice(l *lifted, n uint32, memo exprMemo) *ir.Expr {
	c := l.choices[n]
	e := func(e *ir.Expr) *ir.Expr { return p.take(l, e, memo) }
	what := choice{c.cmp, e(c.l), e(c.r), e(c.t), e(c.f)}
	v := p.choices.of(p.g, what)
	if int(v.K) == len(p.choiceMost) {
		p.choiceMost = append(p.choiceMost, max(p.atMost(what.t, 0), p.atMost(what.f, 0)))
	}
	return v
}

// choiceWord is the word of a choice.
func (p *prover) choiceWord(n uint32) (w word) {
	if !p.isHidden(n) {
		c := p.choices.list[n]
		return p.choose(p.test(c.cmp, c.l, c.r), *p.wordOf(c.t), *p.wordOf(c.f))
	}
	p.opaque = true
	for i := 31; i >= 0; i-- {
		w[i] = p.bit(variable{kind: choiceBit, key: uint64(n), bit: uint8(i)})
	}
	return w
}

// countsHidden tells whether an expression is counted from a choice that is not looked into.
func (p *prover) countsHidden(e *ir.Expr) bool {
	switch {
	case e == nil || !e.UsesVars() || e.Op == ir.Load:
		return false
	case e.Op == ir.Var:
		return p.isHidden(e.K)
	}
	return p.countsHidden(e.L) || p.countsHidden(e.R)
}

func looksAtLen(e *ir.Expr) bool {
	return e != nil && (e.Op == ir.Len || e.Op != ir.Load && (looksAtLen(e.L) || looksAtLen(e.R)))
}

// How much of merged filters is looked at: what is quick first. Whatever is left out makes more packets possible than there are.
var mergedAttempts = []struct{ hideAll, bound bool }{
	{hideAll: true}, // no choice is looked into
	{},              // those that are no offsets are
	{bound: true},   // what is captured was on the wire, too
}

// none tells which kinds of packets there are none of, as the merged filters say.
func none(b *budget, a, f *Filter, o Options) (none [3]bool) {
	if !slices.ContainsFunc(Any(a, f).parts(), func(f *Filter) bool { return f.merge != nil }) {
		return none
	}
	for _, try := range mergedAttempts {
		if none[onlyA] && none[onlyB] {
			break
		}
		_ = within(func() {
			p := newProver(b.part(), o)
			p.cases, p.useMerged, p.hideAll = 0, true, try.hideAll
			p.look(a, f)
			u, v := p.meaningOf(a), p.meaningOf(f)
			if p.wire && try.bound {
				u, v = p.boundByWire(u), p.boundByWire(v)
			}
			s := &search{prover: p, filters: [2]*Filter{a, f}, costs: make(map[pair]costs)}
			for i, c := range s.least(pair{u, v}) {
				none[i] = none[i] || c == never
			}
		})
	}
	return none
}
