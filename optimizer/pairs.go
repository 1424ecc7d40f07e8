// Law: bodies run in the order of their elements, unless those behind the first make only loads that it made; only what cannot fail is tested before its turn.

package optimizer

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"bpfc/ir"
)

// paired is a chain whose elements test one of two expressions, which cannot
// fail, and then go on with bodies, which can: "host A and port B or host C and
// port D …".
//
// Each of the two expressions is searched, and a variable notes which element
// was found, if any: the earlier the element, the higher the number. Then the
// body of the earlier of the two runs, and that of the later. Bodies that
// differ only in one number that they compare with are made once, and that
// number is part of what is noted.
type paired struct {
	opening
	groups [][]element
	end    int // ranks are below it
	shapes []*shape
	bodies map[ref]body // by head
	// What is noted is a code, then the number of a shape (tag bits), then the
	// number that is compared with (width bits).
	width, tag int
	hidden     []bool // by rank, the elements that no search finds
	start      ref    // the head of the first shape, with what all bodies test first
	line       []ref  // if all bodies are one line of tests, its nodes
	none       uint32 // noted where no element was found
}

// shape is what bodies have in common that differ in one number at most.
type shape struct {
	head, next ref
	nodes      []ref // from head on
	given      []ref // the tests of the number
}

// body is one body.
type body struct {
	shape int
	value uint32
}

// pair makes a chain of pairs and what is behind them; it returns -1 if that is
// not worth its cost.
func (s *setMaker) pair(list []element, known *state, x exits, depth int) ref {
	for n := 0; n <= mostOpening && n < len(list); n++ {
		o := s.opening(list, n, known, x)
		end := n + s.pairsIn(list[n:], o)
		for end-n >= s.p.longList {
			c := s.paired(list, n, end, o, x, depth)
			if c == nil {
				break
			}
			first := slices.Index(c.hidden, true)
			if first < 0 || len(c.line) > 0 {
				return s.pairUp(c, list, known, x, depth)
			}
			end = first // another search for what would run out of its order
		}
	}
	return -1
}

// paired makes pairs of the elements from n up to end, or returns nil.
func (s *setMaker) paired(list []element, n, end int, o *opening, x exits, depth int) *paired {
	c := &paired{opening: *o, end: end, groups: s.byExpr(list[n:end])}
	if len(c.groups) != 2 {
		return nil
	}
	if n == 1 && list[0].e == c.groups[1][0].e {
		slices.Reverse(c.groups) // so that the opening can exclude the first
	}
	if _, cut := s.segments(list[n:end], c.known, x.goal); len(cut) < s.p.longList || !s.shape(c, list[n:end], x) {
		return nil
	}
	c.hidden = make([]bool, end)
	for _, group := range c.groups {
		s.searchPairs(group, c, x.rest, make([]ref, end), depth)
	}
	return c
}

// pairsIn returns how many elements at the start of a list test one of two
// expressions that cannot fail behind the opening.
func (s *setMaker) pairsIn(list []element, o *opening) int {
	o.evaluate(s, &list[0])
	var seen []*ir.Expr
	for i := range list {
		e := &list[i]
		switch {
		case e.e == nil || !o.known.safe(&s.p.nodes[e.head(s)]):
			return i
		case slices.Contains(seen, e.e):
		case len(seen) == 2:
			return i
		default:
			seen = append(seen, e.e)
		}
	}
	return len(list)
}

// mostTagged is how many shapes are told apart by a number of theirs.
const mostTagged = 16

// look is a set of bodies that differ in nothing but numbers.
type look []looked

// looked is a body and the numbers that its tests compare with.
type looked struct {
	head, next ref
	nodes      []ref
	values     []uint32
}

// shape sorts the bodies by what they look like; it returns false if what is to
// be noted does not fit into a variable.
func (s *setMaker) shape(c *paired, list []element, x exits) bool {
	c.bodies = map[ref]body{}
	looks := s.looks(list, x.goal)
	for len(looks) > 0 {
		l := looks[0]
		looks = looks[1:]
		sh, column, ok := s.varying(l)
		if !ok {
			looks = append(l.split(), looks...)
			continue
		}
		if len(c.shapes) == mostTagged {
			return false
		}
		for _, b := range l {
			is := body{shape: len(c.shapes)}
			if column >= 0 {
				is.value = b.values[column]
				c.width = max(c.width, bits.Len32(is.value))
			}
			c.bodies[b.head] = is
		}
		c.shapes = append(c.shapes, sh)
	}
	c.tag = bits.Len(uint(len(c.shapes) - 1))
	c.start = c.shapes[0].head
	s.guards(c)
	if c.line = s.line(c, x); len(c.line) > 0 && c.width > 0 {
		// No value that is loaded is the number noted for no element.
		for _, m := range c.shapes[0].given {
			c.width = max(c.width, bits.Len32(s.p.x.max(s.p.nodes[m].e))+1)
		}
		c.none = 1 << (c.width - 1)
	}
	return bits.Len(uint(c.end))+c.tag+c.width <= 32
}

// looks sorts the bodies of elements.
func (s *setMaker) looks(list []element, goal ref) (looks []look) {
	at := map[string]int{}
	seen := map[ref]bool{}
	for i := range list {
		b := looked{head: list[i].body, next: list[i].next}
		if seen[b.head] {
			continue
		}
		seen[b.head] = true
		key := s.look(&b, goal)
		k, ok := at[key]
		if !ok {
			k = len(looks)
			at[key] = k
			looks = append(looks, nil)
		}
		looks[k] = append(looks[k], b)
	}
	return looks
}

// split divides bodies that differ in several numbers by the one that takes the
// fewest values.
func (l look) split() (parts []look) {
	best, fewest := 0, len(l)+1
	for k := range l[0].values {
		values := map[uint32]bool{}
		for _, b := range l {
			values[b.values[k]] = true
		}
		if n := len(values); n > 1 && n < fewest {
			best, fewest = k, n
		}
	}
	at := map[uint32]int{}
	for _, b := range l {
		k, ok := at[b.values[best]]
		if !ok {
			k = len(parts)
			at[b.values[best]] = k
			parts = append(parts, nil)
		}
		parts[k] = append(parts[k], b)
	}
	return parts
}

// look finds the nodes of a body and the numbers that it compares with, and
// describes all else.
func (s *setMaker) look(b *looked, goal ref) string {
	number := map[ref]int{accept: 3, reject: 4}
	number[goal], number[b.next] = 1, 2
	visit := func(m ref) int {
		k, ok := number[m]
		if !ok {
			k = len(b.nodes) + 5
			number[m] = k
			b.nodes = append(b.nodes, m)
		}
		return k
	}
	var text []byte
	add := func(v int) { text = binary.AppendUvarint(text, uint64(v)) }
	add(visit(b.head))
	for i := 0; i < len(b.nodes); i++ {
		nd := &s.p.nodes[b.nodes[i]]
		add(int(nd.kind))
		add(int(nd.v))
		for _, e := range [2]*ir.Expr{nd.e, nd.r} {
			if e == nil {
				add(0)
			} else {
				add(e.ID + 1)
			}
		}
		if nd.member() && nd.lo == nd.hi {
			add(1)
			b.values = append(b.values, nd.lo)
		} else {
			add(2)
			add(int(nd.lo))
			add(int(nd.hi))
			if nd.kind == ir.Chain {
				add(int(b.nodes[i])) // header walks are like no other
			}
		}
		add(visit(nd.t))
		add(visit(nd.f))
	}
	return string(text)
}

// varying returns what bodies of one look have in common, and the place, among
// their numbers, of the one in which they differ; -1 if they do not differ. It
// returns false if they differ in several.
func (s *setMaker) varying(l look) (sh *shape, column int, ok bool) {
	sh = &shape{head: l[0].head, next: l[0].next, nodes: l[0].nodes}
	column = -1
	k := -1
	for _, m := range sh.nodes {
		if nd := &s.p.nodes[m]; !nd.member() || nd.lo != nd.hi {
			continue
		}
		k++
		differs, same := false, true
		for _, b := range l {
			differs = differs || b.values[k] != l[0].values[k]
			same = same && (column < 0 || b.values[k] == b.values[column])
		}
		switch {
		case !differs:
			continue
		case !same:
			return nil, 0, false
		case column < 0:
			column = k
		}
		sh.given = append(sh.given, m)
	}
	return sh, column, true
}

// line returns the nodes of the bodies behind the guards, if all bodies are of
// one shape and each of its tests leads to the goal or on to the next. Then a
// body makes all its loads before it leads on, and those of every other body
// are sure to succeed.
func (s *setMaker) line(c *paired, x exits) (nodes []ref) {
	if len(c.shapes) > 1 {
		return nil
	}
	for m := c.shapes[0].head; m != c.shapes[0].next; {
		if m <= reject || m == x.goal || s.p.nodes[m].kind != ir.Test {
			return nil
		}
		nodes = append(nodes, m)
		switch nd := &s.p.nodes[m]; x.goal {
		case nd.t:
			m = nd.f
		case nd.f:
			m = nd.t
		default:
			return nil
		}
	}
	return nodes
}

// guards takes off the bodies, if they are of one shape, what they all test
// first, with loads that cannot fail.
func (s *setMaker) guards(c *paired) {
	if len(c.shapes) > 1 {
		return
	}
	sh := c.shapes[0]
	for {
		l, ok := s.r.link(sh.head, sh.next)
		if !ok || l.next <= reject || !slices.Contains(sh.nodes, l.next) {
			return
		}
		for _, m := range l.inside {
			if nd := &s.p.nodes[m]; nd.kind != ir.Test || !c.known.safe(nd) || slices.Contains(sh.given, m) {
				return
			}
		}
		sh.head = l.next
	}
}

// searchPairs finds the first element of a group that holds and goes to its
// mark.
func (s *setMaker) searchPairs(group []element, c *paired, rest ref, marks []ref, depth int) ref {
	heads := make([]element, len(group))
	for i, e := range group {
		heads[i] = e
		heads[i].body, heads[i].free = accept, true
	}
	return s.group(heads, c.known, exits{goal: accept, rest: rest, marks: marks, hidden: c.hidden, within: true}, depth)
}

// pairUp makes the chain, and behind the bodies that of the elements that the
// searches have not found or that are no pairs.
func (s *setMaker) pairUp(c *paired, list []element, known *state, x exits, depth int) ref {
	if c.end < len(list) {
		x.rest = s.order(list[c.end:], c.known, x, depth+1)
	}
	after := x.rest
	var again []element
	for rank, hidden := range c.hidden {
		if hidden {
			again = append(again, list[rank])
		}
	}
	if len(again) > 0 {
		ran := &state{}
		ran.copyFrom(c.known)
		for _, m := range c.line {
			ran.ran(&s.p.nodes[m])
		}
		after = s.order(again, ran, x, depth+1)
	}
	b, g := s.b, s.p.g
	v, w := s.variables()[0], s.variables()[1]
	marks := func(group []element, v int, next ref) []ref {
		list := make([]ref, c.end)
		for _, e := range group {
			list[e.rank] = b.assign(v, g.Const(c.code(&e)), next)
		}
		return list
	}
	guarded := func(at ref) ref {
		if sh := c.shapes[0]; sh.head != c.start {
			return s.copy(c.start, sh.next, exits{goal: sh.head, newGoal: at, rest: x.rest})
		}
		return at
	}
	lone := s.run(c, v, x, after)
	earlier, later := s.run(c, v, x, s.run(c, w, x, after)), s.run(c, w, x, s.ifNoted(c, v, lone, after))
	if len(c.line) > 0 {
		earlier, later = s.both(c, v, w, x, after), s.both(c, w, v, x, after)
	}
	both := b.compare(ir.Ge, g.VarRef(v), g.VarRef(w), earlier, later)
	unmatched := s.ifNoted(c, v, guarded(lone), x.rest)
	second := s.searchPairs(c.groups[1], c, unmatched, marks(c.groups[1], w, guarded(both)), depth)
	none := b.assign(v, g.Const(c.none), second)
	first := s.searchPairs(c.groups[0], c, none, marks(c.groups[0], v, second), depth)
	if c.alone() {
		return s.beginAlone(c, first, none, known, x, depth)
	}
	return s.begin(&c.opening, first, known, x, depth)
}

// alone tells whether there is one element in the opening that excludes all of
// the first group.
func (c *paired) alone() bool {
	if len(c.opening.first) != 1 {
		return false
	}
	o := &c.opening.first[0]
	for _, e := range c.groups[0] {
		if o.e != e.e || o.not || e.not || !o.in.and(e.in).empty() {
			return false
		}
	}
	return true
}

// beginAlone puts before the chain its opening, an element that excludes those
// of the first group: where it held, the chain goes on at the second search.
func (s *setMaker) beginAlone(c *paired, first, second ref, known *state, x exits, depth int) ref {
	if s.work < 0 || min(s.b.need[first], s.b.need[second]) < c.need {
		return -1
	}
	o := &c.opening.first[0]
	before := &state{}
	before.copyFrom(known)
	before.ran(&s.p.nodes[o.head(s)])
	x.rest = second
	held := x.newGoal
	if o.body != x.goal {
		held = s.bodies([]*element{o}, before, x, depth)
	}
	return s.b.member(member{e: o.e, lo: o.in.lo, hi: o.in.hi}, held, first)
}

// ifNoted goes to yes if v notes an element, else to no.
func (s *setMaker) ifNoted(c *paired, v int, yes, no ref) ref {
	m := member{e: s.p.g.VarRef(v), lo: c.none + 1, hi: infinite}
	return s.b.member(s.b.x.canonical(m), yes, no)
}

// code is what is noted for an element.
func (c *paired) code(e *element) uint32 {
	b := c.bodies[e.body]
	return uint32(c.end-e.rank)<<(c.tag+c.width) | uint32(b.shape)<<c.width | b.value
}

// both makes the run of two bodies, where all are a line: that of v, then that
// of w. If the latter leads to the goal by a value that the former has loaded,
// the former still makes its other loads.
func (s *setMaker) both(c *paired, v, w int, x exits, next ref) ref {
	b, g := s.b, s.p.g
	vars := s.variables()[2:]
	sh := c.shapes[0]
	goal := x.newGoal // behind the loads of the nodes to come
	for _, m := range slices.Backward(c.line) {
		nd := s.p.nodes[m]
		loads := node{kind: ir.Test, e: nd.e, r: nd.r, end: nd.end, other: nd.other, t: goal, f: goal}
		switch {
		case slices.Contains(sh.given, m):
			next = b.compare(ir.Eq, nd.e, g.VarRef(vars[1]), goal, next)
			next = b.compare(ir.Eq, nd.e, g.VarRef(vars[0]), x.newGoal, next)
		case nd.t == x.goal:
			nd.t, nd.f = x.newGoal, next
			next = b.add(nd)
		default:
			nd.t, nd.f = next, x.newGoal
			next = b.add(nd)
		}
		goal = b.add(loads)
	}
	next = s.numberOf(c, w, vars[1], next)
	return s.numberOf(c, v, vars[0], next)
}

// numberOf gives a variable the number that v notes.
func (s *setMaker) numberOf(c *paired, v, value int, next ref) ref {
	return s.b.assign(value, s.b.x.bin(ir.And, s.p.g.VarRef(v), s.p.g.Const(1<<c.width-1)), next)
}

// run makes the run of the body that v notes, which goes on at next.
func (s *setMaker) run(c *paired, v int, x exits, next ref) ref {
	b, ex := s.b, s.b.x
	num := s.p.g.Const
	noted, value := s.p.g.VarRef(v), s.variables()[2]
	var parts []part
	for i, sh := range c.shapes {
		at := x.newGoal
		if len(sh.nodes) > 0 {
			y := exits{goal: x.goal, newGoal: x.newGoal, rest: next}
			at = s.copyWith(sh.head, sh.next, y, sh.given, s.p.g.VarRef(value))
		}
		if len(sh.given) > 0 {
			at = s.numberOf(c, v, value, at)
		}
		parts = append(parts, part{uint32(i), at})
	}
	if len(parts) == 1 {
		return parts[0].target
	}
	t := tree{b: b, e: ex.bin(ir.And, ex.bin(ir.Rsh, noted, num(uint32(c.width))), num(1<<c.tag-1)), parts: parts}
	return t.search()
}
