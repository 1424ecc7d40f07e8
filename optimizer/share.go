// Law: a shared tail loads the same bytes, in the same order, as each of the tails it stands for.

package optimizer

import (
	"cmp"
	"math"
	"slices"

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
	s := newSharer(p)
	found := s.find()
	if len(found) == 0 {
		return
	}
	at := map[ref]*twins{} // by the heads of all parts
	for _, t := range found {
		for _, a := range t.arms {
			at[a.head] = t
		}
	}
	b := p.builder(len(p.nodes))
	for n := ref(2); int(n) < len(p.nodes); n++ {
		if t := at[n]; t != nil {
			b.moved = append(b.moved, s.make(t, n))
			continue
		}
		nd := p.nodes[n]
		nd.t, nd.f = b.moved[nd.t], b.moved[nd.f]
		b.moved = append(b.moved, b.add(nd))
	}
	p.take(b, b.moved[p.root])
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
	pairs map[ref]ref // counterparts of the first part's nodes
	kind  kind
	bases []base
	arms  []arm
	vars  []int
	made  map[ref]ref // the shared part, once made, by the first part's nodes
}

// arm is a way into the shared part: at head, the variables get their values,
// and it goes on as the first part does from enter on.
type arm struct {
	head, enter ref
	give        []*ir.Expr
}

type sharer struct {
	p          *program
	in         []int32
	held       []*ir.Expr // as program.held
	zeroX      []bool     // as program.zeroX
	need, have []uint32
	steps      int
	hashes     []uint64 // by expression; 0 if not computed
}

func newSharer(p *program) *sharer {
	return &sharer{
		p: p, in: p.indegrees(), held: p.held(), zeroX: p.zeroX(), need: p.needs(), have: p.haves(),
		steps: 60*len(p.nodes) + 1000, hashes: make([]uint64, p.g.NumExprs()),
	}
}

// find looks for twins from the root down, for those in values after the others.
func (s *sharer) find() (found []*twins) {
	like, same := s.byShape(false), s.byShape(true)
	taken := make([]bool, len(s.p.nodes))
	vars := s.p.g.Vars
	for _, onlyValues := range [2]bool{false, true} {
		for n := s.p.root; n > reject; n-- {
			if taken[n] {
				continue
			}
			var t *twins
			if onlyValues {
				t, _ = s.best(n, like, inValues, taken)
			} else {
				starts, most := s.best(n, same, inStarts, taken)
				t = starts
				if both, saved := s.best(n, like, inBoth, taken); saved > most {
					t = both
				}
			}
			if t == nil || vars+len(t.bases) > mostVars {
				continue
			}
			vars += len(t.bases)
			for a, b := range t.pairs {
				taken[a], taken[b] = true, true
			}
			if t.kind == inValues {
				s.joins(t, like, taken)
			}
			found = append(found, t)
		}
	}
	return found
}

// shapes sorts the nodes of a program by what they and all behind them look like
// when some of it is left out; of equal ones, the highest comes first.
type shapes struct {
	nodes []ref
	shape []uint64 // by node
	place []int    // by node, in nodes
}

// after returns the nodes that look like n and are lower.
func (o *shapes) after(n ref) []ref {
	rest := o.nodes[o.place[n]+1:]
	for i, m := range rest {
		if o.shape[m] != o.shape[n] {
			return rest[:i]
		}
	}
	return rest
}

// byShape sorts the nodes without the offsets of the loads that they test, or
// without regard to what they test.
func (s *sharer) byShape(loads bool) *shapes {
	nodes := s.p.nodes
	o := &shapes{nodes: make([]ref, len(nodes)), shape: make([]uint64, len(nodes)), place: make([]int, len(nodes))}
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
			h = mix(mix(h, o.shape[nd.t]), o.shape[nd.f]+1)
		}
		o.shape[n], o.nodes[n] = h, ref(n)
	}
	slices.SortFunc(o.nodes, func(a, b ref) int {
		return cmp.Or(cmp.Compare(o.shape[a], o.shape[b]), cmp.Compare(b, a))
	})
	for i, n := range o.nodes {
		o.place[n] = i
	}
	return o
}

func mix(a, b uint64) uint64 {
	h := (a ^ b*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	return h ^ h>>32
}

// shape hashes an expression without the offsets of its loads.
func (s *sharer) shape(e *ir.Expr) uint64 {
	if h := s.hashes[e.ID]; h != 0 {
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
	s.hashes[e.ID] = h | 1
	return h | 1
}

// mostTries bounds how many parts that look alike are compared with one.
const mostTries = 4

// best returns the twins with n as first head that save most, or nil, and how
// many instructions that is.
func (s *sharer) best(n ref, o *shapes, k kind, taken []bool) (best *twins, most int) {
	rest := o.after(n)
	for _, m := range rest[:min(len(rest), mostTries)] {
		if taken[m] {
			continue
		}
		if t := s.match(n, m, k, taken, pair{}); t != nil {
			if saved := s.saved(t); saved > most && !s.innerSuffices(t, saved, taken) {
				best, most = t, saved
			}
		}
	}
	return best, most
}

// innerSuffices tells whether twins that need several variables save hardly
// more than twins within them that need one, which is kept in X.
func (s *sharer) innerSuffices(t *twins, saved int, taken []bool) bool {
	const hardly, tries, plenty = 4, 8, 64
	if len(t.bases) < 2 || saved > plenty {
		return false
	}
	heads := make([]ref, 0, len(t.pairs))
	for n := range t.pairs {
		heads = append(heads, n)
	}
	slices.Sort(heads)
	for i := len(heads) - 1; i >= max(0, len(heads)-tries); i-- {
		u := s.match(heads[i], t.pairs[heads[i]], inStarts, taken, pair{})
		if u != nil && len(u.bases) == 1 && s.saved(u)+hardly >= saved {
			return true
		}
	}
	return false
}

// joins adds arms to twins that differ in values: parts that are like the end
// of the first part, and are entered with their value at hand.
func (s *sharer) joins(t *twins, o *shapes, taken []bool) {
	for x := range t.pairs {
		rest := o.after(x)
		for _, m := range rest[:min(len(rest), mostTries)] {
			if taken[m] || s.p.nodes[m].e != s.held[m] {
				continue
			}
			var inner []ref
			for y := range t.pairs {
				inner = append(inner, y)
			}
			for _, y := range inner {
				taken[y] = false
			}
			u := s.match(x, m, inValues, taken, pair{})
			for _, y := range inner {
				taken[y] = true
			}
			if u != nil && u.bases[0][0] == t.bases[0][0] {
				for _, y := range u.pairs {
					taken[y] = true
				}
				t.arms = append(t.arms, arm{m, x, []*ir.Expr{u.bases[0][1]}})
			}
		}
	}
}

// held returns, by node, the expression that all nodes before it test last.
func (p *program) held() []*ir.Expr {
	held := zeroed(&p.tables.held, len(p.nodes))
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

// zeroX tells, by node, whether the machine's index register is still 0 there,
// as it is when a program starts: nothing before the node needed it.
func (p *program) zeroX() []bool {
	zero := make([]bool, len(p.nodes))
	for n := range zero {
		zero[n] = true
	}
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if !zero[n] || nd.kind != ir.Test || nd.r != nil || indexed(nd.e) {
			zero[nd.t], zero[nd.f] = false, false
		}
	}
	return zero
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

// match compares two parts node by node. The exits, if given, are places that
// they may lead to instead of one another.
func (s *sharer) match(a, b ref, k kind, taken []bool, exits pair) *twins {
	t := &twins{heads: pair{a, b}, pairs: map[ref]ref{}, kind: k}
	if s.p.nodes[a].e == s.p.nodes[b].e || s.p.nodes[a].r != nil {
		return nil
	}
	back := map[ref]ref{}
	work := []pair{{a, b}}
	for len(work) > 0 {
		w := work[len(work)-1]
		work = work[:len(work)-1]
		if w[0] == w[1] || w == exits {
			continue
		}
		to, ok := t.pairs[w[0]]
		from, ok2 := back[w[1]]
		if ok || ok2 {
			if to != w[1] || from != w[0] {
				return nil
			}
			continue
		}
		if s.steps--; s.steps < 0 || w[0] <= reject || w[1] <= reject || taken[w[0]] || taken[w[1]] {
			return nil
		}
		x, y := &s.p.nodes[w[0]], &s.p.nodes[w[1]]
		if x.kind != ir.Test || y.kind != ir.Test || x.lo != y.lo || x.hi != y.hi || (x.r == nil) != (y.r == nil) {
			return nil
		}
		if !t.alike(x.e, y.e, s.p) || x.r != nil && !t.alike(x.r, y.r, s.p) {
			return nil
		}
		t.pairs[w[0]], back[w[1]] = w[1], w[0]
		work = append(work, pair{x.t, y.t}, pair{x.f, y.f})
	}
	for i, head := range t.heads {
		give := arm{head: head, enter: a}
		for j, b := range t.bases {
			in := s.p.x.of(b[i])
			if !(k != inStarts && j == 0) && (in.other || in.end > max(s.have[head], s.need[head])) {
				return nil
			}
			give.give = append(give.give, b[i])
		}
		t.arms = append(t.arms, give)
	}
	return t
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
	first, second := make([]ref, 0, len(t.pairs)), make([]ref, 0, len(t.pairs))
	for a, b := range t.pairs {
		first, second = append(first, a), append(second, b)
	}
	c := counted{s: s, t: t, first: first, own: [2][]ref{s.owned(first, t.heads[0]), s.owned(second, t.heads[1])}}
	switch t.kind {
	case inValues:
		return c.values()
	case inStarts:
		return c.starts(t.bases)
	}
	if len(t.bases) == 1 {
		return 0
	}
	of, rest := c.split(t.bases[0])
	v, l := of.values(), rest.starts(t.bases[1:])
	if c.again(t.bases[0]) {
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
			if _, inside := c.t.pairs[m]; inside && nd.e != value[0] && c.s.p.nodes[m].e == value[0] {
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

// split tells the tests of a value from the others.
func (c *counted) split(value base) (of, rest counted) {
	of, rest = counted{s: c.s, t: c.t}, counted{s: c.s, t: c.t}
	part := func(list []ref, e *ir.Expr) (of, rest []ref) {
		for _, n := range list {
			if c.s.p.nodes[n].e == e {
				of = append(of, n)
			} else {
				rest = append(rest, n)
			}
		}
		return of, rest
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
			atHand := e.IsConst(0) && s.zeroX[heads[i]] && len(bases) == 1
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
	seen := map[*ir.Expr]bool{}
	for _, n := range list {
		seen[s.p.nodes[n].e] = true
	}
	return s.comparisons(list) + len(seen)
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

// owned returns those of some nodes that can be reached through the head only.
func (s *sharer) owned(list []ref, head ref) []ref {
	slices.SortFunc(list, func(a, b ref) int { return cmp.Compare(b, a) })
	count := map[ref]int32{head: s.in[head]}
	var own []ref
	for _, n := range list {
		if count[n] == s.in[n] {
			own = append(own, n)
			count[s.p.nodes[n].t]++
			count[s.p.nodes[n].f]++
		}
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
		at := t.made[a.enter]
		for i, e := range a.give {
			at = b.assign(t.vars[i], e, at)
		}
		return at
	}
	return reject // cannot be: n is the head of an arm
}

// build makes the shared part.
func (s *sharer) build(t *twins) {
	b := &s.p.b
	list := make([]ref, 0, len(t.pairs))
	for a := range t.pairs {
		list = append(list, a)
	}
	slices.Sort(list)
	t.made = make(map[ref]ref, len(list))
	at := func(m ref) ref {
		if _, ok := t.pairs[m]; ok {
			return t.made[m]
		}
		return b.moved[m]
	}
	for _, n := range list {
		nd := s.p.nodes[n]
		twin := &s.p.nodes[t.pairs[n]]
		nd.t, nd.f = at(nd.t), at(nd.f)
		nd.e = t.merged(nd.e, twin.e, s.p)
		in := *s.p.x.of(nd.e)
		nd.end, nd.other = in.end, in.other
		if nd.r != nil {
			nd.r = t.merged(nd.r, twin.r, s.p)
			r := s.p.x.of(nd.r)
			nd.end, nd.other = max(nd.end, r.end), nd.other || r.other
		}
		t.made[n] = b.add(nd)
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
