// Law: members of a chain change places only where every load of theirs that moves is sure to succeed, or failing is what their goal does.

package optimizer

import (
	"math/bits"
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// sets finds chains "if P1 or P2 or P3 … go to the goal, else on", in which
// each P starts with a membership test, brings the tests of one expression
// together and searches them as one set of intervals.
//
// What may change places: all, if the goal rejects, because then a load that
// fails does the same as a member that holds. Otherwise the chain is cut
// before each member whose loads are not sure to succeed at that place; within
// such a segment all but the first member can stand in any order.
func (p *program) sets() {
	s := &setMaker{r: p.regions(), p: p, have: p.haves(), need: p.needs(), live: p.live(), nodes: make([]setNode, len(p.nodes))}
	if !s.find() {
		return
	}
	p.did.sets = true
	p.rebuild(func(b *builder, n ref, _ node) ref {
		s.b, b.have = b, 0 // loads change places
		if c := s.nodes[n].chain; c != nil {
			return s.chain(c)
		}
		return -1
	})
}

// tally counts the tests of an expression, and the edges from one to another.
type tally struct{ nodes, edges int32 }

// scattered tells whether there is an expression whose tests do not stand
// together, or are many: without one, there is no set to make.
func (p *program) scattered() bool {
	const together = smallSet
	tallies := memory.Zeroed(&p.memory.tallies, p.g.NumExprs())
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if !nd.member() {
			continue
		}
		t := &tallies[nd.e.ID]
		t.nodes++
		for _, m := range [2]ref{nd.t, nd.f} {
			if m > reject && p.nodes[m].e == nd.e {
				t.edges++
			}
		}
		if t.nodes-t.edges > 1 || t.nodes > together {
			return true
		}
	}
	return false
}

// orChain is a chain of links found in the program.
type orChain struct {
	goal  ref
	links []link
}

// shortest chain that is looked at.
const minLinks = 3

type setMaker struct {
	p          *program
	r          *regions
	b          *builder
	have, need []uint32
	live       []varSet // as program.live
	nodes      []setNode
	list       []element // of the link in work
	needed     []uint32  // by node, within needOf
	work       int       // left for the chain in work
	vars       []int     // of ordered chains; nil if not made
}

// setNode is what is known of a node.
type setNode struct {
	chain   *orChain // that starts there, if it is to be made anew
	covered bool     // it is part of such a chain
	seen    ref      // 1 + the goal of the last chain that it heads a link of
	copied  ref      // what became of it in a copy; 0 where it is not copied
}

// find looks for chains from the root down, and tells whether there are any.
func (s *setMaker) find() (found bool) {
	for n := s.p.root; n > reject; n-- {
		if s.nodes[n].covered || s.p.nodes[n].kind != ir.Test {
			continue
		}
		c := s.findAt(n)
		if c == nil {
			continue
		}
		for _, l := range c.links {
			for _, m := range l.inside {
				s.nodes[m].covered = true
			}
		}
		s.nodes[n].chain, found = c, true
	}
	return found
}

// findAt returns the longest worthwhile chain that starts at n.
func (s *setMaker) findAt(n ref) (best *orChain) {
	nd := &s.p.nodes[n]
	var tried [4]ref
	for i, goal := range [4]ref{nd.t, nd.f, accept, reject} {
		tried[i] = goal
		if slices.Contains(tried[:i], goal) || s.r.in[goal] < 2 || s.nodes[n].seen == goal+1 {
			continue
		}
		links := s.links(n, goal, -1)
		if len(links) < minLinks || best != nil && len(links) <= len(best.links) {
			continue
		}
		for _, l := range links {
			s.nodes[l.head].seen = goal + 1
		}
		if s.worthwhile(links, goal) {
			best = &orChain{goal, slices.Clone(links)}
		}
	}
	return best
}

// links returns the links of a chain up to the first that gives a variable a value
// for others: they must not change places with that one. They are there until the next ones are looked for.
func (s *setMaker) links(head, goal, stop ref) []link {
	links := s.r.look(head, goal, stop)
	if s.live == nil {
		return links
	}
	for i, l := range links {
		read := s.live[head] | s.live[goal] | s.live[l.next]
		for _, m := range l.inside {
			if nd := &s.p.nodes[m]; nd.kind == ir.Assign && (s.p.g.Vars > maxVars || read>>nd.v&1 != 0) {
				return links[:i]
			}
		}
	}
	return links
}

// worthwhile tells whether a chain has expressions to bring together, or one with
// so many tests that they are better searched.
func (s *setMaker) worthwhile(links []link, goal ref) bool {
	count := s.p.counts()
	var last *ir.Expr
	for i := range links {
		s.list = s.elements(&links[i], goal, s.list[:0])
		for _, e := range s.list {
			if e.e != nil {
				n := count.of(e.e)
				if *n++; *n > 1 && e.e != last || *n > smallSet {
					return true
				}
			}
			last = e.e
		}
	}
	return false
}

// element is one member of a chain: where e is in the interval (or is not, if
// not), the program goes on at body, which leads to the goal or to next.
// Otherwise it goes on behind the element. An element with no e is a link that
// does not start with a membership test; it has its head as body.
type element struct {
	e          *ir.Expr
	in         interval
	not        bool
	body, next ref
	link       *link
	free       bool // no load of the element can fail where it may stand
	rank       int  // its place in an ordered chain
	// late is the new goal of an element that moved up past a test whose loads
	// may fail: it makes those loads. 0 if it did not move.
	late ref
}

// elements appends what a link consists of. A link that goes to its body from
// several tests gives one element for each.
func (s *setMaker) elements(l *link, goal ref, list []element) []element {
	n := &s.p.nodes[l.head]
	for _, body := range [2]ref{n.t, n.f} {
		if body == l.next {
			continue
		}
		if found, ok := s.leading(l, body, list); ok {
			return found
		}
	}
	return append(list, element{body: l.head, next: l.next, link: l, rank: l.rank})
}

// undivided puts links together again that were divided into elements with a
// common body, if that copies the body for nothing: if no other link tests
// what one of the elements does, or if the copies are dearer than the tests
// that a search saves.
func (s *setMaker) undivided(list []element, goal ref) []element {
	users := s.p.counts() // by expression, links that test it
	for i, e := range list {
		if e.e != nil && (i == 0 || list[i-1].link != e.link || list[i-1].e != e.e) {
			*users.of(e.e)++
		}
	}
	dear := len(users.used) > 1 && s.dear(list, users, goal)
	out := list[:0]
	for i := 0; i < len(list); {
		end, alone := i+1, list[i].e == nil || *users.of(list[i].e) < 2
		for end < len(list) && list[end].link == list[i].link {
			alone = alone || list[end].e == nil || *users.of(list[end].e) < 2
			end++
		}
		if l := list[i].link; end-i > 1 && (alone || dear && list[i].body != list[i].link.next && l.rank == 0 && len(l.inside) > end-i) {
			out = append(out, element{body: l.head, next: l.next, link: l, rank: l.rank})
		} else {
			out = append(out, list[i:end]...)
		}
		i = end
	}
	return out
}

// How often packets get to a chain of few links, as a guess; and how many links
// are so many that a search is worth its copies. Where links must stay in order,
// half as many can do with variables instead (see pair).
const (
	visited   = 0.4
	manyLinks = 2 * longList
)

// dear tells whether the copies of bodies that the division of the links makes
// are worth more than the tests that it saves.
func (s *setMaker) dear(list []element, users *counts, goal ref) bool {
	copies, links := 0, 0
	for i, e := range list {
		if i > 0 && list[i-1].link == e.link {
			continue
		}
		links++
		tests := 1
		for i+tests < len(list) && list[i+tests].link == e.link {
			tests++
		}
		copies += (tests - 1) * (len(e.link.inside) - tests)
	}
	if links >= manyLinks || goal != reject && 2*links > s.p.longList {
		return false
	}
	saved := 0
	for _, id := range users.used {
		n := int(users.n[id])
		saved += 2*n - 1 - bits.Len(uint(n))
	}
	return visited*float32(saved) < instruction*float32(copies)
}

// leading appends the elements of a link all of whose tests before body lead
// to body or to each other, and at last to the next link.
func (s *setMaker) leading(l *link, body ref, list []element) ([]element, bool) {
	start := len(list)
	for m := l.head; ; {
		nd := &s.p.nodes[m]
		if !nd.member() {
			return list[:start], false
		}
		e := element{e: nd.e, in: interval{nd.lo, nd.hi}, body: body, next: l.next, link: l, rank: l.rank}
		on := nd.f
		switch body {
		case nd.t:
		case nd.f:
			e.not, on = true, nd.t
		default:
			return list[:start], false
		}
		list = append(list, e)
		if on == l.next {
			return list, true
		}
		if on <= reject || s.r.in[on] != 1 {
			return list[:start], false
		}
		m = on
	}
}

// chain rebuilds a chain; it returns -1 if that is not worth its cost.
func (s *setMaker) chain(c *orChain) ref {
	known := &state{have: s.have[c.links[0].head]}
	size := 0
	for i := range c.links {
		size += len(c.links[i].inside)
	}
	s.work = 12*size + 256
	last := c.links[len(c.links)-1].next
	at := s.build(c.links, known, exits{goal: c.goal, newGoal: s.b.moved[c.goal], rest: s.b.moved[last]}, 0)
	if s.work < 0 {
		return -1
	}
	return at
}

// exits says where a chain goes: goal is a node of the old program and
// becomes newGoal; what no member matches goes to rest.
type exits struct {
	goal          ref
	newGoal, rest ref
	// marks, if not nil, has goals of their own for the elements, by rank.
	marks []ref
	// hidden, if not nil, is told of elements, by rank, that do not get their
	// turn because one before them leads to its goal.
	hidden []bool
	// pending, if not nil, tells of elements that were searched already.
	pending *pending
	// within tells that variables of an ordered chain are in use.
	within bool
}

// to returns the goal of an element.
func (x *exits) to(rank int) ref {
	if x.marks != nil {
		return x.marks[rank]
	}
	return x.newGoal
}

// ordered tells whether the ranks of elements matter.
func (x *exits) ordered() bool { return x.marks != nil || x.pending != nil }

// maxDepth bounds chains within the bodies of chains, mostOrdered those that
// are made with variables.
const (
	maxDepth    = 12
	mostOrdered = 4
)

// build makes the chain of the links in the new program.
func (s *setMaker) build(links []link, known *state, x exits, depth int) ref {
	list := make([]element, 0, len(links))
	for i := range links {
		list = s.elements(&links[i], x.goal, list)
	}
	list = s.divisible(s.undivided(list, x.goal), known, x.goal)
	return s.order(list, known, x, depth)
}

// order makes the chain of the elements.
func (s *setMaker) order(list []element, known *state, x exits, depth int) ref {
	s.work -= len(list)
	if s.work < 0 || depth > maxDepth {
		s.work = -1
		return reject
	}
	segments, states := s.segments(list, known, x.goal)
	if x.ordered() {
		return s.inOrder(segments, states, known, x, depth)
	}
	if !x.within && depth < mostOrdered && len(segments) >= s.p.longList && s.hasVariables() {
		for i := range list {
			list[i].rank = i
		}
		if at := s.pull(list, len(segments), known, x, depth); at >= 0 {
			return at
		}
		if at := s.pair(list, known, x, depth); at >= 0 {
			return at
		}
	}
	s.hurry(segments, x)
	return s.inOrder(segments, states, known, x, depth)
}

// inOrder makes one segment after the other.
func (s *setMaker) inOrder(segments [][]element, states []*state, known *state, x exits, depth int) ref {
	for i := len(segments) - 1; i >= 0; i-- {
		first := &segments[i][0]
		rest := s.segment(segments[i], states[i], x, depth)
		before := known
		if i > 0 {
			before = states[i-1]
		}
		x.rest = x.pending.guard(s, []ref{first.head(s)}, first.rank, before, rest)
	}
	return x.rest
}

// fewestHurried is how many elements must move for it to pay: the evaluation
// that stays behind costs an instruction or two.
const fewestHurried = 4

// hurry moves elements into the segment before their own, if that tests only
// their expression, so that it is searched once. What the segment that they
// leave begins with is then still evaluated where they hold.
func (s *setMaker) hurry(segments [][]element, x exits) {
	for i := 0; i+1 < len(segments); i++ {
		e, next := segments[i][0].e, segments[i+1]
		direct := func(c element) bool { return c.e != nil && c.body == x.goal && c.late == 0 }
		other := func(c element) bool { return c.e != e || !direct(c) }
		if e == nil || slices.ContainsFunc(segments[i], other) || !direct(next[0]) || next[0].e == e {
			continue
		}
		moving := 0
		for _, c := range next[1:] {
			if !other(c) {
				moving++
			}
		}
		if moving < fewestHurried {
			continue
		}
		in := s.b.x.of(next[0].e)
		late := s.b.add(node{kind: ir.Test, e: next[0].e, t: x.newGoal, f: x.newGoal, end: in.end, other: in.other})
		if late == accept {
			continue // 0 stands for none; the loads are safe, there is no need to cut
		}
		here, stay := slices.Clip(segments[i]), next[:1:1] // they lie in one array
		for _, c := range next[1:] {
			if other(c) {
				stay = append(stay, c)
				continue
			}
			c.late = late
			here = append(here, c)
		}
		segments[i], segments[i+1] = here, stay
	}
}

// segments cuts a list before each element that must not move. It returns what
// is known behind the first test of each segment.
//
// An element whose loads are sure to succeed may stand anywhere behind that
// test. Elements that begin a segment may have loads that can fail, as long as
// they test one expression: for each of its values, they keep their order. An
// element that loads what one before it does may stand behind that one.
func (s *setMaker) segments(list []element, known *state, goal ref) (segments [][]element, states []*state) {
	start, uniform := 0, false
	for i := range list {
		c := &list[i]
		same := i > 0 && c.e != nil && c.e == list[start].e
		if i > 0 {
			c.free = s.free(c, known, goal)
			if c.free || uniform && same || slices.ContainsFunc(list[start:i], func(d element) bool { return s.loadsAlike(&d, c) }) {
				uniform = uniform && same
				continue
			}
			segments = append(segments, list[start:i])
			start = i
		}
		uniform = true
		next := &state{}
		next.copyFrom(known)
		next.ran(&s.p.nodes[c.head(s)])
		states = append(states, next)
		known = next
		c.free = s.free(c, known, goal)
	}
	return append(segments, list[start:]), states
}

// loadsAlike tells whether the two elements load the same on every packet: they
// make the same tests one after the other, except that the last may be for
// another value.
func (s *setMaker) loadsAlike(d, c *element) bool {
	if c.e == nil || c.e != d.e || c.link == d.link || len(c.link.inside) != len(d.link.inside) {
		return false
	}
	last := len(c.link.inside) - 1
	for i, n := range c.link.inside {
		a, b := &s.p.nodes[n], &s.p.nodes[d.link.inside[i]]
		if !a.member() || !b.member() || a.e != b.e {
			return false
		}
		if i == last {
			break
		}
		// Each goes on to the next of them or leaves for the next link.
		if a.lo != b.lo || a.hi != b.hi ||
			!(a.t == c.link.inside[i+1] && b.t == d.link.inside[i+1] && a.f == c.link.next && b.f == d.link.next ||
				a.f == c.link.inside[i+1] && b.f == d.link.inside[i+1] && a.t == c.link.next && b.t == d.link.next) {
			return false
		}
	}
	return true
}

// head returns a node that evaluates what the element evaluates first.
func (e *element) head(s *setMaker) ref {
	if e.e == nil {
		return e.body
	}
	for _, m := range e.link.inside {
		if s.p.nodes[m].e == e.e {
			return m
		}
	}
	return e.link.head
}

// free tells whether an element may stand anywhere behind what is known.
func (s *setMaker) free(e *element, known *state, goal ref) bool {
	if goal == reject {
		return true
	}
	for _, m := range e.link.inside {
		nd := &s.p.nodes[m]
		if !known.safe(nd) && (nd.other || nd.end > s.need[goal]) {
			return false
		}
	}
	return true
}

// segment brings the elements of one expression together, in the order in
// which the expressions appear.
func (s *setMaker) segment(list []element, known *state, x exits, depth int) ref {
	groups := s.byExpr(list)
	for i := len(groups) - 1; i >= 0; i-- {
		group := groups[i]
		if e := &group[0]; e.e == nil {
			x.rest = s.part(&link{head: e.body, next: e.next, inside: e.link.inside, rank: e.rank}, known, x, depth)
			continue
		}
		x.rest = s.group(group, known, x, depth)
	}
	return x.rest
}

// group makes the search of a set.
func (s *setMaker) group(list []element, known *state, x exits, depth int) ref {
	sw := &sweep{s: s, list: list, known: known, x: x, depth: depth, made: make([]ref, len(list))}
	parts := sw.parts()
	if s.work < 0 {
		return reject
	}
	e := list[0].e
	if len(parts) == 1 { // nothing to decide, but e may fail
		in := s.b.x.of(e)
		to := parts[0].target
		return s.b.add(node{kind: ir.Test, e: e, t: to, f: to, end: in.end, other: in.other})
	}
	t := tree{b: s.b, e: e, parts: parts}
	return t.search()
}

// bodies makes the bodies of some elements, one after the other.
func (s *setMaker) bodies(list []*element, known *state, x exits, depth int) ref {
	var links []link
	for _, e := range list {
		if e.body == x.goal {
			// What is behind is not reached. Bodies before it have run.
			x.rest = x.to(e.rank)
			break
		}
		inner := slices.Clone(s.links(e.body, x.goal, e.next))
		if len(inner) == 0 || inner[len(inner)-1].next != e.next {
			inner = []link{{head: e.body, next: e.next, inside: e.link.inside}}
		}
		for i := range inner {
			inner[i].rank = e.rank
		}
		links = append(links, inner...)
	}
	if len(links) >= minLinks || len(list) > 1 && len(links) > 1 {
		return s.build(links, known, x, depth+1)
	}
	for i := len(links) - 1; i >= 0; i-- {
		x.rest = s.part(&links[i], known, x, depth)
	}
	return x.rest
}

// part makes a part of the program that is left to the goal and to next alone.
// Looked at the other way, with next as the goal, it may be a chain again: an
// and within an or.
func (s *setMaker) part(l *link, known *state, x exits, depth int) ref {
	head, next := l.head, l.next
	if x.ordered() {
		at := s.part(l, known, exits{goal: x.goal, newGoal: x.to(l.rank), rest: x.rest, within: true}, depth)
		return x.pending.guard(s, l.inside, l.rank, known, at)
	}
	if head > reject && head != x.goal && head != next {
		links := s.links(head, next, x.goal)
		if n := len(links); n >= minLinks && links[n-1].next == x.goal && s.worthwhile(links, next) {
			return s.build(slices.Clone(links), known, exits{goal: next, newGoal: x.rest, rest: x.newGoal, within: x.within}, depth+1)
		}
	}
	return s.copy(head, next, x)
}

// copy copies a part of the old program that is left to the goal and to next
// alone.
func (s *setMaker) copy(head, next ref, x exits) ref {
	return s.copyWith(head, next, x, nil, nil)
}

// copyWith copies a part of the old program. The tests in given compare with an
// expression instead of a constant.
func (s *setMaker) copyWith(head, next ref, x exits, given []ref, value *ir.Expr) ref {
	if head == x.goal {
		return x.newGoal
	}
	if head == next {
		return x.rest
	}
	found := []ref{head}
	s.nodes[head].copied = -1
	for i := 0; i < len(found); i++ {
		nd := &s.p.nodes[found[i]]
		for _, m := range [2]ref{nd.t, nd.f} {
			if m > reject && m != x.goal && m != next && s.nodes[m].copied == 0 {
				s.nodes[m].copied = -1
				found = append(found, m)
			}
		}
	}
	slices.Sort(found)
	s.work -= len(found)
	at := func(m ref) ref {
		switch {
		case m == x.goal:
			return x.newGoal
		case m == next:
			return x.rest
		case m <= reject:
			return m
		}
		return s.nodes[m].copied
	}
	for _, m := range found {
		nd := s.p.nodes[m]
		nd.t, nd.f = at(nd.t), at(nd.f)
		if slices.Contains(given, m) {
			s.nodes[m].copied = s.b.compare(ir.Eq, nd.e, value, nd.t, nd.f)
			continue
		}
		s.nodes[m].copied = s.b.add(nd)
	}
	made := s.nodes[head].copied
	for _, m := range found {
		s.nodes[m].copied = 0
	}
	return made
}
