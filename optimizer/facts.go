// Law: a fact holds on every packet that reaches the place it is known at; what is not sure is not known.

package optimizer

import (
	"math"

	"bpfc/ir"
)

// maxParts bounds how finely a set of values is known.
const maxParts = 4

// values is a set of numbers: n intervals, ascending and apart.
type values struct {
	part [maxParts]interval
	n    int32
}

func upTo(hi uint32) values {
	return values{n: 1, part: [maxParts]interval{{0, hi}}}
}

func exactly(v uint32) values {
	return values{n: 1, part: [maxParts]interval{{v, v}}}
}

// single returns the only value of s, if it has just one.
func (s *values) single() (uint32, bool) {
	return s.part[0].lo, s.n == 1 && s.part[0].lo == s.part[0].hi
}

// inside returns what of s lies in i.
func (s *values) inside(i interval) (r values) {
	for _, p := range s.part[:s.n] {
		if c := p.and(i); !c.empty() {
			r.part[r.n] = c.interval
			r.n++
		}
	}
	return r
}

// outside returns what of s lies outside i, or s if that has too many parts.
func (s *values) outside(i interval) (r values) {
	add := func(p interval) bool {
		if r.n == maxParts {
			return false
		}
		r.part[r.n] = p
		r.n++
		return true
	}
	for _, p := range s.part[:s.n] {
		if p.and(i).empty() {
			if !add(p) {
				return *s
			}
			continue
		}
		if p.lo < i.lo && !add(interval{p.lo, i.lo - 1}) {
			return *s
		}
		if p.hi > i.hi && !add(interval{i.hi + 1, p.hi}) {
			return *s
		}
	}
	return r
}

// or returns a set that holds both.
func (s *values) or(t *values) (r values) {
	i, j := int32(0), int32(0)
	var all [2 * maxParts]interval
	n := 0
	for i < s.n || j < t.n {
		var p interval
		if j == t.n || i < s.n && s.part[i].lo <= t.part[j].lo {
			p = s.part[i]
			i++
		} else {
			p = t.part[j]
			j++
		}
		if n > 0 {
			if u := all[n-1].or(p); !u.split {
				all[n-1] = u.interval
				continue
			}
		}
		all[n] = p
		n++
	}
	for n > maxParts { // close the smallest gap
		best := 0
		for k := 1; k < n-1; k++ {
			if all[k+1].lo-all[k].hi < all[best+1].lo-all[best].hi {
				best = k
			}
		}
		all[best].hi = all[best+1].hi
		copy(all[best+1:n-1], all[best+2:n])
		n--
	}
	r.n = int32(n)
	copy(r.part[:], all[:n])
	return r
}

// fact says which values an expression can have.
type fact struct {
	e *ir.Expr
	v values
}

// reached says that bytes up to end after the value of x are captured, or, if
// end is 0, that x has a value.
type reached struct {
	x   *ir.Expr
	end uint32
}

// order says whether l >= r.
type order struct {
	l, r  *ir.Expr
	holds bool
}

// The most that is remembered of each kind; the oldest is forgotten.
const (
	maxFacts   = 20
	maxReached = 6
	maxOrders  = 4
)

// state is what is known at one place of the program.
type state struct {
	have    uint32 // bytes captured at least
	facts   []fact
	looks   uint64 // of what facts and orders are about, as exprInfo.looks; a bit may be of one that is forgotten
	reached []reached
	orders  []order
	room    [6]fact // for most states' facts
}

func newState() *state {
	s := &state{}
	s.facts = s.room[:0]
	return s
}

func (s *state) copyFrom(t *state) {
	s.have, s.looks = t.have, t.looks
	s.facts = append(s.facts[:0], t.facts...)
	s.reached = append(s.reached[:0], t.reached...)
	s.orders = append(s.orders[:0], t.orders...)
}

// join keeps what is known in both.
func (s *state) join(t *state) {
	s.have = min(s.have, t.have)
	s.looks &= t.looks
	out := s.facts[:0]
	for _, a := range s.facts {
		for i := range t.facts {
			if b := &t.facts[i]; a.e == b.e {
				a.v = a.v.or(&b.v)
				out = append(out, a)
				break
			}
		}
	}
	s.facts = out
	near := s.reached[:0]
	for _, a := range s.reached {
		for _, b := range t.reached {
			if a.x == b.x {
				a.end = min(a.end, b.end)
				near = append(near, a)
				break
			}
		}
	}
	s.reached = near
	orders := s.orders[:0]
	for _, a := range s.orders {
		for _, b := range t.orders {
			if a == b {
				orders = append(orders, a)
				break
			}
		}
	}
	s.orders = orders
}

// about tells whether something may be known of an expression. Of the packet's length, what is captured says something.
func (s *state) about(looks uint64) bool { return looks&(s.looks|looksLen) != 0 }

func (s *state) fact(e *ir.Expr) *fact {
	facts := s.facts
	for i := range facts {
		if facts[i].e == e {
			return &facts[i]
		}
	}
	return nil
}

func (s *state) learn(x *exprs, e *ir.Expr, v values) {
	s.looks |= x.of(e).looks
	if f := s.fact(e); f != nil {
		f.v = v
		return
	}
	if len(s.facts) >= maxFacts {
		copy(s.facts, s.facts[1:])
		s.facts = s.facts[:len(s.facts)-1]
	}
	s.facts = append(s.facts, fact{e, v})
}

// values returns what e can be.
func (s *state) values(x *exprs, e *ir.Expr) values {
	if f := s.fact(e); f != nil {
		return f.v
	}
	if v, ok := s.computed(e, 0); ok {
		return exactly(v)
	}
	if e.Op == ir.Len {
		return values{n: 1, part: [maxParts]interval{{s.have, math.MaxUint32}}}
	}
	if e.R != nil && e.R.Op == ir.Const {
		if f := s.fact(e.L); f != nil {
			if v, ok := image(e.Op, &f.v, e.R.K); ok {
				return v
			}
		}
	}
	return upTo(x.max(e))
}

// image applies an operation with a constant to each of a few values.
func image(op ir.Op, s *values, k uint32) (r values, ok bool) {
	for _, p := range s.part[:s.n] {
		if p.lo != p.hi {
			return r, false
		}
		v, ok := ir.Eval(op, p.lo, k)
		if !ok {
			return r, false
		}
		one := exactly(v)
		r = r.or(&one)
	}
	return r, r.n > 0
}

// exactDepth bounds how deep into an expression exact looks.
const exactDepth = 6

// exact returns the value of e, if it is known.
func (s *state) exact(e *ir.Expr, depth int) (uint32, bool) {
	if f := s.fact(e); f != nil {
		return f.v.single()
	}
	return s.computed(e, depth)
}

// computed returns the value of e, if it is known from that of its operands.
func (s *state) computed(e *ir.Expr, depth int) (uint32, bool) {
	switch e.Op {
	case ir.Const:
		return e.K, true
	case ir.Load:
		return s.part(e)
	}
	if e.L == nil || depth == exactDepth {
		return 0, false
	}
	l, left := s.exact(e.L, depth+1)
	if e.Op == ir.Neg {
		return -l, left
	}
	switch e.Op {
	case ir.And, ir.Mul, ir.Lsh, ir.Rsh, ir.Div, ir.Mod:
		if left && l == 0 {
			return 0, true // or the run ends, if this divides by 0
		}
	default:
		if !left {
			return 0, false
		}
	}
	r, right := s.exact(e.R, depth+1)
	if right && r == 0 && (e.Op == ir.And || e.Op == ir.Mul) {
		return 0, true
	}
	if !left || !right {
		return 0, false
	}
	return ir.Eval(e.Op, l, r)
}

// part returns the value of a load if that of a longer load is known.
func (s *state) part(e *ir.Expr) (uint32, bool) {
	for i := range s.facts {
		f := s.facts[i].e
		if f.Op != ir.Load || f.L != e.L || f.K > e.K || f.K+uint32(f.Size) < e.K+uint32(e.Size) {
			continue
		}
		if v, ok := s.facts[i].v.single(); ok {
			behind := f.K + uint32(f.Size) - e.K - uint32(e.Size)
			return v >> (8 * behind) & uint32(1<<(8*e.Size)-1), true
		}
	}
	return 0, false
}

// ran notes that a node was passed: its loads did not fail.
func (s *state) ran(nd *node) {
	s.have = max(s.have, nd.end)
	if nd.other {
		s.evaluated(nd.e)
		s.evaluated(nd.r)
	}
}

func (s *state) evaluated(e *ir.Expr) {
	if e == nil || !e.Fails() {
		return
	}
	switch {
	case e.Op == ir.Load && e.L != nil:
		if end := loadEnd(e); end != infinite {
			s.reach(e.L, end)
		}
	case e.Op == ir.Div && !nonZero(e.R), e.Op == ir.Mod && !nonZero(e.R):
		s.reach(e, 0)
	}
	s.evaluated(e.L)
	s.evaluated(e.R)
}

func (s *state) reach(x *ir.Expr, end uint32) {
	for i := range s.reached {
		if s.reached[i].x == x {
			s.reached[i].end = max(s.reached[i].end, end)
			return
		}
	}
	if len(s.reached) >= maxReached {
		copy(s.reached, s.reached[1:])
		s.reached = s.reached[:len(s.reached)-1]
	}
	s.reached = append(s.reached, reached{x, end})
}

// safe tells whether nothing that nd evaluates can fail here.
func (s *state) safe(nd *node) bool {
	if nd.end > s.have {
		return false
	}
	return !nd.other || nd.kind != ir.Chain && s.sure(nd.e) && s.sure(nd.r)
}

// sure tells whether the parts of e that exprInfo.other stands for cannot
// fail.
func (s *state) sure(e *ir.Expr) bool {
	if e == nil || !e.Fails() {
		return true
	}
	switch {
	case e.Op == ir.Load && e.L == nil:
		return true
	case e.Op == ir.Load:
		if !s.reaches(e.L, loadEnd(e)) {
			return false
		}
	case e.Op == ir.Div && !nonZero(e.R), e.Op == ir.Mod && !nonZero(e.R):
		if !s.reaches(e, 0) {
			return false
		}
	}
	return s.sure(e.L) && s.sure(e.R)
}

func (s *state) reaches(x *ir.Expr, end uint32) bool {
	for _, r := range s.reached {
		if r.x == x {
			return r.end >= end
		}
	}
	return false
}

// assign notes that v now has the value of e.
func (s *state) assign(x *exprs, v int, e *ir.Expr) {
	is := s.values(x, e)
	bit := varSet(1) << v
	facts := s.facts[:0]
	for _, f := range s.facts {
		if reads(f.e)&bit == 0 {
			facts = append(facts, f)
		}
	}
	s.facts = facts
	near := s.reached[:0]
	for _, r := range s.reached {
		if reads(r.x)&bit == 0 {
			near = append(near, r)
		}
	}
	s.reached = near
	orders := s.orders[:0]
	for _, o := range s.orders {
		if (reads(o.l)|reads(o.r))&bit == 0 {
			orders = append(orders, o)
		}
	}
	s.orders = orders
	s.learn(x, x.g.VarRef(v), is)
}

// decide tells which way a test goes, if that is known.
func (s *state) decide(x *exprs, nd *node) (goes, known bool) {
	if nd.r != nil {
		return s.decideOrder(x, nd)
	}
	if in := x.of(nd.e); field(nd.e) != nil && !s.about(in.looks) { // nothing is known of it, but what it can be at most
		return nd.lo <= in.max, nd.lo > in.max || nd.lo == 0 && nd.hi >= in.max
	}
	var v *values
	if f := s.fact(nd.e); f != nil {
		v = &f.v
	} else {
		is := s.values(x, nd.e)
		v = &is
	}
	i := interval{nd.lo, nd.hi}
	in, out := false, false
	for _, p := range v.part[:v.n] {
		in = in || !p.and(i).empty()
		out = out || !p.within(i)
	}
	if in && out && s.contradicts(x, nd) {
		return false, true
	}
	return in, !in || !out
}

// contradicts tells whether a test wants other bits of some bytes than what is
// known of a load that overlaps: no address without the multicast bit is the
// broadcast address.
func (s *state) contradicts(x *exprs, nd *node) bool {
	looks := x.of(nd.e).looks
	for i := range s.facts {
		if s.facts[i].e == nd.e || x.of(s.facts[i].e).looks&looks == 0 {
			continue
		}
		v, single := s.facts[i].v.single()
		if !single {
			continue
		}
		is := node{kind: ir.Test, e: s.facts[i].e, lo: v, hi: v}
		k, ok1 := is.bits()
		w, ok2 := nd.bits()
		if ok1 && ok2 && k.differs(&w) {
			return true
		}
	}
	return false
}

// differs tells whether no packet has the bits of both.
func (k *bitsOf) differs(w *bitsOf) bool {
	if k.load.L != w.load.L || max(k.load.K, w.load.K) >= min(loadEnd(k.load), loadEnd(w.load)) {
		return false
	}
	end := max(loadEnd(k.load), loadEnd(w.load))
	a, b := 8*(end-loadEnd(k.load)), 8*(end-loadEnd(w.load))
	both := uint64(k.mask) << a & (uint64(w.mask) << b)
	return (uint64(k.value)<<a^uint64(w.value)<<b)&both != 0
}

func (s *state) decideOrder(x *exprs, nd *node) (goes, known bool) {
	for _, o := range s.orders {
		if o.l == nd.e && o.r == nd.r {
			return o.holds, true
		}
	}
	l, r := s.values(x, nd.e), s.values(x, nd.r)
	if l.n == 0 || r.n == 0 {
		return false, false
	}
	switch {
	case nd.e == nd.r, l.part[0].lo >= r.part[r.n-1].hi:
		return true, true
	case l.part[l.n-1].hi < r.part[0].lo:
		return false, true
	}
	return false, false
}

// branch notes that a test has been passed. s becomes what is
// known where it held, no what is known where it did not.
func (s *state) branch(x *exprs, nd *node, no *state) {
	no.copyFrom(s)
	if !nd.member() {
		s.went(x, nd, true)
		no.went(x, nd, false)
		return
	}
	v, in := s.values(x, nd.e), interval{nd.lo, nd.hi}
	s.narrow(x, nd.e, v.inside(in))
	no.narrow(x, nd.e, v.outside(in))
}

// went notes which way a node went that may be a test.
func (s *state) went(x *exprs, nd *node, way bool) {
	switch i := (interval{nd.lo, nd.hi}); {
	case nd.kind != ir.Test:
	case nd.r != nil:
		s.ordered(x, nd, way)
	default:
		v := s.values(x, nd.e)
		if way {
			v = v.inside(i)
		} else {
			v = v.outside(i)
		}
		s.narrow(x, nd.e, v)
	}
}

// ordered notes which way a comparison of two expressions went.
func (s *state) ordered(x *exprs, nd *node, way bool) {
	s.looks |= x.of(nd.e).looks | x.of(nd.r).looks
	if len(s.orders) >= maxOrders {
		copy(s.orders, s.orders[1:])
		s.orders = s.orders[:len(s.orders)-1]
	}
	s.orders = append(s.orders, order{nd.e, nd.r, way})
}

// narrow notes which values e still can have. None is a contradiction, of which
// nothing is made here.
func (s *state) narrow(x *exprs, e *ir.Expr, v values) {
	if v.n > 0 {
		s.learn(x, e, v)
	}
}
