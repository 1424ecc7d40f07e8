// Law: a shared tail loads the same bytes, in the same order, as each of the tails it stands for.

package optimizer

import (
	"cmp"
	"math"
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// share makes one of parts of the program that differ only in what they look
// at. The difference goes into path variables, set before the shared part is
// entered. There are two kinds:
//
//   - loads that start at different places: the ports behind an IPv4 header of
//     variable length and those behind the 40 bytes of an IPv6 header are
//     looked at by the same tests, with the place in a variable;
//   - tests of one value, wherever it comes from: with the value in a variable,
//     which is the accumulator in the end.
//
// It runs last, because what other passes know of loads at constant offsets
// they do not know of loads at variable ones.
func (p *program) share() {
	if p.g.Vars+1 > mostVars {
		return
	}
	s := p.sharer()
	if !s.byShape(&s.like, false) {
		return
	}
	found := s.find()
	if len(found) == 0 {
		return
	}
	at := make([]*twins, len(p.nodes)) // by the heads of all parts
	for _, t := range found {
		for _, a := range t.arms {
			at[a.head] = t
		}
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		b.have = 0 // a part that is shared is entered from several places
		if t := at[n]; t != nil {
			return s.make(t, n)
		}
		return -1
	})
}

// mostVars bounds the path variables: the emitter needs words of scratch
// memory for other things too.
const mostVars = 6

// pair is a node of one part and its counterpart.
type pair [2]ref

// base is what two parts differ in: what two loads add to the constant offset
// that they share, or two values.
type base [2]*ir.Expr

// kind is in what twins differ.
type kind uint8

const (
	// a value that they test first, and then where loads start.
	inBoth kind = iota
	// where loads start.
	inStarts
	// the value that they test.
	inValues
)

// twins are parts that can share their nodes. The first two are whole parts;
// others join the first somewhere.
type twins struct {
	heads pair
	pairs []pair // the first part's nodes, descending, and their counterparts
	kind  kind
	bases []base
	arms  []arm
	vars  []int
	made  []ref // the shared part, once made, by place in pairs
}

// find returns the place in pairs of a node of the first part.
func (t *twins) find(n ref) (at int, ok bool) {
	return slices.BinarySearchFunc(t.pairs, n, func(p pair, n ref) int { return cmp.Compare(n, p[0]) })
}

// arm is a way into the shared part: at head, the variables get their values,
// and it goes on as the first part does from enter on.
type arm struct {
	head, enter ref
	give        []*ir.Expr
}

// sharer is what a run of the pass works with. Its slices serve the next run
// again.
type sharer struct {
	p          *program
	in         []int32
	held       []*ir.Expr // as program.held
	need, have []uint32
	steps      int
	like, same shapes // without what tests look at, and with it
	nodes      []sharedNode
	exprs      []sharedExpr // by ID

	work         []pair // of the match in work: what is still to be compared
	trial, inner twins  // what matches found, until the next ones

	// Of the estimate in work.
	parts, own [2][]ref
	round      int32
}

// sharedNode is what the pass knows of a node.
type sharedNode struct {
	zeroX      bool  // see markZeroX
	taken      bool  // it is part of twins
	mate, back ref   // in the match in work: its counterpart in the second part, or in the first
	edges      int32 // in the estimate in work: those into it
}

// sharedExpr is what the pass knows of an expression.
type sharedExpr struct {
	shape uint64 // 0 if not computed
	round int32  // the last estimate that met it
}

func (p *program) sharer() *sharer {
	s := &p.shares
	s.p = p
	s.exprs = memory.Zeroed(&s.exprs, p.g.NumExprs())
	return s
}

// ready makes the tables for matches.
func (s *sharer) ready() {
	p, n := s.p, len(s.p.nodes)
	s.steps = 60*n + 1000
	s.in, s.held, s.need, s.have = p.indegrees(), p.held(), p.needs(), p.haves()
	s.nodes = memory.Zeroed(&s.nodes, n)
	s.markZeroX()
	if s.work == nil {
		s.work, s.trial.pairs = make([]pair, 0, 8), make([]pair, 0, 8)
		refs := make([]ref, 4*n)
		s.parts = [2][]ref{refs[:0:n], refs[n : n : 2*n]}
		s.own = [2][]ref{refs[2*n : 2*n : 3*n], refs[3*n : 3*n]}
	}
}

// find looks for twins from the root down, for those in values after the others.
// It needs like.
func (s *sharer) find() (found []*twins) {
	s.ready()
	s.byShape(&s.same, true)
	vars := s.p.g.Vars
	for _, onlyValues := range [2]bool{false, true} {
		for n := s.p.root; n > reject; n-- {
			if s.nodes[n].taken {
				continue
			}
			var t *twins
			if onlyValues {
				t, _ = s.best(n, &s.like, inValues)
			} else {
				starts, most := s.best(n, &s.same, inStarts)
				t = starts
				if both, saved := s.best(n, &s.like, inBoth); saved > most {
					t = both
				}
			}
			if t == nil || vars+len(t.bases) > mostVars {
				continue
			}
			vars += len(t.bases)
			s.take(t, true)
			if t.kind == inValues {
				s.joins(t)
			}
			found = append(found, t)
		}
	}
	return found
}

// take notes whether the nodes of twins are taken.
func (s *sharer) take(t *twins, taken bool) {
	for _, w := range t.pairs {
		s.nodes[w[0]].taken, s.nodes[w[1]].taken = taken, taken
	}
}

// shapes finds the nodes of a program of which they and all behind them look
// alike when some of it is left out.
type shapes struct {
	nodes []shaped
	index []ref // an open-addressing hash table by shape; 0 is an empty place
}

// shaped is a node by its shape.
type shaped struct {
	shape uint64
	lower ref // the highest of the lower nodes that look like it, or 0
}

// byShape finds the nodes that look alike without the offsets of the loads that
// they test, or without regard to what they test, and tells whether any do.
func (s *sharer) byShape(o *shapes, loads bool) (any bool) {
	nodes := s.p.nodes
	o.nodes = memory.Zeroed(&o.nodes, len(nodes))
	o.index = memory.Zeroed(&o.index, tableSize(len(nodes)))
	for n := range nodes {
		nd := &nodes[n]
		h := mix(uint64(nd.kind)+1, uint64(n))
		if nd.kind == ir.Test {
			h = uint64(nd.lo)<<32 | uint64(nd.hi)
			if loads {
				h = mix(h, s.shape(nd.e))
				if nd.r != nil {
					h = mix(h, s.shape(nd.r))
				}
			}
			h = mix(mix(h, o.nodes[nd.t].shape), o.nodes[nd.f].shape+1)
		}
		o.nodes[n].shape = h
		if n > int(reject) {
			o.add(ref(n))
			any = any || o.nodes[n].lower != 0
		}
	}
	return any
}

// add notes a node that is higher than those before.
func (o *shapes) add(n ref) {
	nd := &o.nodes[n]
	mask := len(o.index) - 1
	at := int(nd.shape) & mask
	for o.index[at] != 0 && o.nodes[o.index[at]].shape != nd.shape {
		at = (at + 1) & mask
	}
	nd.lower, o.index[at] = o.index[at], n
}

func mix(a, b uint64) uint64 {
	h := (a ^ b*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	return h ^ h>>32
}

// shape hashes an expression without the offsets of its loads.
func (s *sharer) shape(e *ir.Expr) uint64 {
	if h := s.exprs[e.ID].shape; h != 0 {
		return h
	}
	h := mix(uint64(e.Op)<<8|uint64(e.Size), 17)
	if e.Op != ir.Load {
		h = mix(h, uint64(e.K))
		if e.L != nil {
			h = mix(h, s.shape(e.L))
		}
		if e.R != nil {
			h = mix(h, s.shape(e.R)+1)
		}
	}
	s.exprs[e.ID].shape = h | 1
	return h | 1
}

// mostTries bounds how many parts that look alike are compared with one.
const mostTries = 4

// best returns the twins with n as first head that save most, or nil, and how
// many instructions that is.
func (s *sharer) best(n ref, o *shapes, k kind) (best *twins, most int) {
	m := o.nodes[n].lower
	for tries := 0; m != 0 && tries < mostTries; tries++ {
		if t := &s.trial; s.match(t, pair{n, m}, k, pair{}) {
			if saved := s.saved(t); saved > most && !s.innerSuffices(t, saved) {
				best, most = t.keep(), saved
			}
		}
		m = o.nodes[m].lower
	}
	return best, most
}

// innerSuffices tells whether twins that need several variables save no
// more than twins within them that need one, which is kept in X.
func (s *sharer) innerSuffices(t *twins, saved int) bool {
	const tries, plenty = 8, 64
	if len(t.bases) < 2 || saved > plenty {
		return false
	}
	u := &s.inner
	for _, w := range t.pairs[:min(tries, len(t.pairs))] {
		if s.match(u, w, inStarts, pair{}) && len(u.bases) == 1 {
			if most := s.saved(u); most >= saved {
				return true
			}
		}
	}
	return false
}

// keep returns a copy of twins that are found, with an arm for each part.
func (t *twins) keep() *twins {
	k := &twins{heads: t.heads, kind: t.kind, pairs: slices.Clone(t.pairs), bases: slices.Clone(t.bases)}
	give := make([]*ir.Expr, 0, 2*len(t.bases))
	k.arms = make([]arm, 2)
	for i, head := range t.heads {
		for _, b := range t.bases {
			give = append(give, b[i])
		}
		k.arms[i] = arm{head, t.heads[0], give[i*len(t.bases):]}
	}
	return k
}

// joins adds arms to twins that differ in values: parts that are like the end
// of the first part, and are entered with their value at hand. The whole shared
// part is made before the lowest arm, so what it leads to has to be lower still.
func (s *sharer) joins(t *twins) {
	exit := t.highestExit(s.p)
	for _, w := range t.pairs {
		m := s.like.nodes[w[0]].lower
		for tries := 0; m > exit && tries < mostTries; tries++ {
			if !s.nodes[m].taken && s.p.nodes[m].e == s.held[m] {
				s.join(t, w[0], m)
			}
			m = s.like.nodes[m].lower
		}
	}
}

// highestExit returns the highest of the nodes that twins lead to.
func (t *twins) highestExit(p *program) ref {
	highest := reject
	for _, w := range t.pairs {
		nd := &p.nodes[w[0]]
		for _, m := range [2]ref{nd.t, nd.f} {
			if _, inside := t.find(m); !inside {
				highest = max(highest, m)
			}
		}
	}
	return highest
}

// join adds an arm to twins that goes from m to what follows x in the first
// part, if that is alike.
func (s *sharer) join(t *twins, x, m ref) {
	u := &s.inner
	s.take(t, false)
	ok := s.match(u, pair{x, m}, inValues, pair{})
	s.take(t, true)
	if ok && u.bases[0][0] == t.bases[0][0] {
		for _, w := range u.pairs {
			s.nodes[w[1]].taken = true
		}
		t.arms = append(t.arms, arm{m, x, []*ir.Expr{u.bases[0][1]}})
	}
}

// held returns, by node, the expression that all nodes before it test last.
func (p *program) held() []*ir.Expr {
	if p.tables.known.held {
		return p.tables.held[:len(p.nodes)]
	}
	p.tables.known.held = true
	held := memory.Zeroed(&p.tables.held, len(p.nodes))
	mixed := p.g.Const(0) // no test is of a constant
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		e := mixed
		if nd.member() {
			e = nd.e
		}
		for _, m := range [2]ref{nd.t, nd.f} {
			if held[m] == nil {
				held[m] = e
			} else if held[m] != e {
				held[m] = mixed
			}
		}
	}
	return held
}

// markZeroX finds the nodes where the machine's index register is still 0, as it
// is when a program starts: nothing before them needed it.
func (s *sharer) markZeroX() {
	for n := range s.nodes {
		s.nodes[n].zeroX = true
	}
	for n := s.p.root; n > reject; n-- {
		nd := &s.p.nodes[n]
		if !s.nodes[n].zeroX || nd.kind != ir.Test || nd.r != nil || indexed(nd.e) {
			s.nodes[nd.t].zeroX, s.nodes[nd.f].zeroX = false, false
		}
	}
}

// indexed tells whether the value of e takes the index register.
func indexed(e *ir.Expr) bool {
	switch {
	case e.L == nil:
		return false
	case e.Op == ir.Load, e.R != nil && e.L.Op != ir.Const && e.R.Op != ir.Const:
		return true
	}
	return indexed(e.L) || e.R != nil && indexed(e.R)
}

// most path variables that one pair of twins may take.
const maxBases = 2

// match compares two parts node by node and makes them t. The exits, if given,
// are places that they may lead to instead of one another.
func (s *sharer) match(t *twins, heads pair, k kind, exits pair) bool {
	if a, b := &s.p.nodes[heads[0]], &s.p.nodes[heads[1]]; a.e == b.e || a.r != nil {
		return false
	}
	t.heads, t.kind, t.pairs, t.bases = heads, k, t.pairs[:0], t.bases[:0]
	ok := s.compare(t, exits) && s.mayStart(t)
	for _, w := range t.pairs {
		s.nodes[w[0]].mate, s.nodes[w[1]].back = 0, 0
	}
	if ok {
		sortBy(t.pairs, func(w pair) uint32 { return ^uint32(w[0]) })
	}
	return ok
}

// compare goes through two parts together and notes their pairs and what they
// differ in.
func (s *sharer) compare(t *twins, exits pair) bool {
	s.work = append(s.work[:0], t.heads)
	for len(s.work) > 0 {
		w := s.work[len(s.work)-1]
		s.work = s.work[:len(s.work)-1]
		if w[0] == w[1] || w == exits {
			continue
		}
		if to, from := s.nodes[w[0]].mate, s.nodes[w[1]].back; to != 0 || from != 0 {
			if to != w[1] || from != w[0] {
				return false
			}
			continue
		}
		if s.steps--; s.steps < 0 || w[0] <= reject || w[1] <= reject || s.nodes[w[0]].taken || s.nodes[w[1]].taken {
			return false
		}
		x, y := &s.p.nodes[w[0]], &s.p.nodes[w[1]]
		if x.kind != ir.Test || y.kind != ir.Test || x.lo != y.lo || x.hi != y.hi || (x.r == nil) != (y.r == nil) {
			return false
		}
		if !t.alike(x.e, y.e, s.p) || x.r != nil && !t.alike(x.r, y.r, s.p) {
			return false
		}
		s.nodes[w[0]].mate, s.nodes[w[1]].back = w[1], w[0]
		t.pairs = append(t.pairs, w)
		s.work = append(s.work, pair{x.t, y.t}, pair{x.f, y.f})
	}
	return true
}

// mayStart tells whether what twins differ in can be evaluated at their heads.
func (s *sharer) mayStart(t *twins) bool {
	for i, head := range t.heads {
		for j, b := range t.bases {
			in := s.p.x.of(b[i])
			if !(t.kind != inStarts && j == 0) && (in.other || in.end > max(s.have[head], s.need[head])) {
				return false
			}
		}
	}
	return true
}

// alike tells whether two expressions differ only in where loads start, and
// notes the difference.
func (t *twins) alike(x, y *ir.Expr, p *program) bool {
	switch {
	case x == y:
		return t.kind == inStarts || len(t.bases) == 0 || x != t.bases[0][0] && x != t.bases[0][1]
	case t.kind != inStarts && len(t.bases) == 0:
		t.bases = append(t.bases, base{x, y})
		return true
	case t.kind != inStarts && t.bases[0] == base{x, y}:
		return true
	case t.kind == inValues:
		return false
	case x.Op != y.Op || x.Size != y.Size:
		return false
	case x.Op == ir.Load:
		_, b, ok := common(x, y, p)
		if !ok {
			return false
		}
		if !slices.Contains(t.bases, b) {
			t.bases = append(t.bases, b)
		}
		return len(t.bases) <= maxBases
	case x.K != y.K || x.L == nil:
		return false
	case !t.alike(x.L, y.L, p):
		return false
	}
	return x.R == nil || t.alike(x.R, y.R, p)
}

// common returns the constant offset that two loads can share, and what each
// adds to it.
func common(x, y *ir.Expr, p *program) (k uint32, b base, ok bool) {
	if loadEnd(x) == infinite || loadEnd(y) == infinite {
		return 0, b, false
	}
	num := p.g.Const
	switch {
	case x.L == nil && y.L == nil:
		k = min(x.K, y.K)
		return k, base{num(x.K - k), num(y.K - k)}, true
	case x.L == nil && x.K >= y.K:
		return y.K, base{num(x.K - y.K), y.L}, true
	case y.L == nil && y.K >= x.K:
		return x.K, base{x.L, num(y.K - x.K)}, true
	case x.L != nil && y.L != nil && x.K == y.K:
		return x.K, base{x.L, y.L}, true
	}
	return 0, b, false
}

// saved estimates how many instructions twins save.
func (s *sharer) saved(t *twins) int {
	if t.kind == inBoth && len(t.bases) == 1 {
		return 0
	}
	first, second := s.parts[0][:0], s.parts[1][:0]
	for _, w := range t.pairs {
		first, second = append(first, w[0]), append(second, w[1])
	}
	slices.SortFunc(second, func(a, b ref) int { return cmp.Compare(b, a) })
	s.parts = [2][]ref{first, second}
	for i, head := range t.heads {
		s.own[i] = s.owned(s.parts[i], head, s.own[i][:0])
	}
	c := counted{s: s, t: t, first: first, own: s.own}
	switch t.kind {
	case inValues:
		return c.values()
	case inStarts:
		return c.starts(t.bases)
	}
	again := c.again(t.bases[0])
	of, rest := c.split(t.bases[0])
	v, l := of.values(), rest.starts(t.bases[1:])
	if again {
		v-- // it has to be stored
	}
	if v < worthEarly || l <= 0 {
		return 0
	}
	return v + l
}

// worthEarly is how many comparisons of a value must be saved by twins that bring
// X to where loads start before they test the value, maybe in vain, and of which
// one takes a jump more.
const worthEarly = 2

// again tells whether the value is tested again after something else.
func (c *counted) again(value base) bool {
	for _, n := range c.first {
		nd := &c.s.p.nodes[n]
		for _, m := range [2]ref{nd.t, nd.f} {
			if _, inside := c.t.find(m); inside && nd.e != value[0] && c.s.p.nodes[m].e == value[0] {
				return true
			}
		}
	}
	return false
}

// counted is the nodes of twins: those of the first part, and of both parts
// those that can be reached through the head only.
type counted struct {
	s     *sharer
	t     *twins
	first []ref
	own   [2][]ref
}

// split tells the tests of a value from the others, and leaves the lists in
// another order.
func (c *counted) split(value base) (of, rest counted) {
	of, rest = *c, *c
	part := func(list []ref, e *ir.Expr) (of, rest []ref) {
		n := 0
		for i, m := range list {
			if c.s.p.nodes[m].e == e {
				list[n], list[i] = m, list[n]
				n++
			}
		}
		return list[:n], list[n:]
	}
	of.first, rest.first = part(c.first, value[0])
	for i := range c.own {
		of.own[i], rest.own[i] = part(c.own[i], value[i])
	}
	return of, rest
}

// values estimates what tests of one value save: the comparisons, for a jump to
// them.
func (c *counted) values() int {
	s := c.s
	saved := s.comparisons(c.own[0]) + s.comparisons(c.own[1]) - s.comparisons(c.first)
	if t := c.t; s.held[t.heads[0]] != t.bases[0][0] && s.held[t.heads[1]] != t.bases[0][1] {
		saved--
	}
	return saved
}

// starts estimates what tests of loads that start at different places save.
func (c *counted) starts(bases []base) int {
	s, heads := c.s, c.t.heads
	saved := s.cost(c.own[0]) + s.cost(c.own[1]) - s.cost(c.first)
	for _, b := range bases {
		for i, e := range b {
			atHand := e.IsConst(0) && s.nodes[heads[i]].zeroX && len(bases) == 1
			if e.Op == ir.Const && !atHand || e.Op == ir.Var {
				saved--
			}
		}
	}
	if c.t.kind == inStarts {
		for _, n := range heads {
			if e := s.p.nodes[n].e; s.held[n] == e && e.Op == ir.Load {
				saved-- // its load was no cost
			}
		}
	}
	if len(bases) > 1 { // X holds one: the others are stored and fetched
		saved -= 6 * (len(bases) - 1)
	}
	return saved
}

// cost estimates the instructions of some nodes: a comparison each, and a load
// for each expression.
func (s *sharer) cost(list []ref) int {
	cost := s.comparisons(list)
	s.round++
	for _, n := range list {
		if e := &s.exprs[s.p.nodes[n].e.ID]; e.round != s.round {
			e.round = s.round
			cost++
		}
	}
	return cost
}

// comparisons counts the comparisons of some nodes: two for what lies between
// two bounds.
func (s *sharer) comparisons(list []ref) int {
	count := len(list)
	for _, n := range list {
		if nd := &s.p.nodes[n]; nd.r == nil && nd.lo != nd.hi && nd.lo != 0 && nd.hi != math.MaxUint32 {
			count++
		}
	}
	return count
}

// owned appends to own those of some nodes, which descend, that can be reached
// through the head only.
func (s *sharer) owned(list []ref, head ref, own []ref) []ref {
	s.nodes[head].edges = s.in[head]
	for _, n := range list {
		if s.nodes[n].edges == s.in[n] {
			own = append(own, n)
			s.nodes[s.p.nodes[n].t].edges++
			s.nodes[s.p.nodes[n].f].edges++
		}
	}
	s.nodes[head].edges = 0
	for _, n := range own {
		s.nodes[s.p.nodes[n].t].edges, s.nodes[s.p.nodes[n].f].edges = 0, 0
	}
	return own
}

// make makes the way from head n into the shared part.
func (s *sharer) make(t *twins, n ref) ref {
	b := &s.p.b
	if t.made == nil {
		t.vars = make([]int, len(t.bases))
		for i := range t.vars {
			t.vars[i] = s.p.g.NewVar()
		}
		s.build(t)
	}
	for _, a := range t.arms {
		if a.head != n {
			continue
		}
		at := t.part(a.enter, b)
		for i, e := range a.give {
			at = b.assign(t.vars[i], e, at)
		}
		return at
	}
	return reject // cannot be: n is the head of an arm
}

// part returns what became of node n, which the shared part may stand for.
func (t *twins) part(n ref, b *builder) ref {
	if at, ok := t.find(n); ok {
		return t.made[at]
	}
	return b.moved[n]
}

// build makes the shared part.
func (s *sharer) build(t *twins) {
	b := &s.p.b
	t.made = make([]ref, len(t.pairs))
	for i := len(t.pairs) - 1; i >= 0; i-- {
		w := t.pairs[i]
		nd := s.p.nodes[w[0]]
		twin := &s.p.nodes[w[1]]
		nd.t, nd.f = t.part(nd.t, b), t.part(nd.f, b)
		nd.e = t.merged(nd.e, twin.e, s.p)
		if nd.r != nil {
			nd.r = t.merged(nd.r, twin.r, s.p)
		}
		nd.end, nd.other = s.p.x.ends(nd.e, nd.r)
		t.made[i] = b.add(nd)
	}
}

// merged returns what stands for both of two expressions that are alike.
func (t *twins) merged(x, y *ir.Expr, p *program) *ir.Expr {
	if x == y {
		return x
	}
	g := p.g
	if t.kind != inStarts && t.bases[0] == (base{x, y}) {
		return g.VarRef(t.vars[0])
	}
	switch x.Op {
	case ir.Load:
		k, b, _ := common(x, y, p)
		return g.Load(x.Size, k, g.VarRef(t.vars[slices.Index(t.bases, b)]))
	case ir.Neg:
		return g.Neg(t.merged(x.L, y.L, p))
	}
	return g.Bin(x.Op, t.merged(x.L, y.L, p), t.merged(x.R, y.R, p))
}
