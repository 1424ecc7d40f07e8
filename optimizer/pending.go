// Law: an element is searched before its turn only if its loads are sure to succeed, and each element before it that may fail still runs before it decides.

package optimizer

import "slices"

// longList is the default of Options.LongList. Variables cost some instructions
// a list, and a few more for each member.
const longList = 14

// mostOpening is how many elements may run before those that are pulled up.
const mostOpening = 3

// chainVars is how many path variables ordered chains use. All of a program
// use the same: one is done with before another starts.
const chainVars = 4

// hasVariables tells whether there is room for the variables.
func (s *setMaker) hasVariables() bool { return s.vars != nil || s.p.g.Vars+chainVars <= mostVars }

// variables returns them. They note what a search has found, and 0 is for
// nothing: so it is on paths that have not searched, too, which later passes may
// lead through a part behind a search.
func (s *setMaker) variables() []int {
	for len(s.vars) < chainVars {
		s.vars = append(s.vars, s.p.g.NewZeroVar())
	}
	return s.vars
}

// opening is the start of a chain: elements that run in their places.
type opening struct {
	first []element
	need  uint32 // of the chain behind them
	// known is what is known behind them and behind what the element that
	// follows evaluates: if that fails, so does the chain, wherever in it the
	// evaluation stands.
	known *state
}

// opening makes the first n elements of a chain an opening.
func (s *setMaker) opening(list []element, n int, known *state, x exits) *opening {
	o := &opening{first: list[:n], known: &state{}}
	o.known.copyFrom(known)
	if n > 0 {
		_, states := s.segments(o.first, known, x.goal)
		o.known.copyFrom(states[len(states)-1])
	}
	if n == 0 || list[n-1].link != list[n].link {
		o.need = s.needOf(list[n:], x)
		o.known.have = max(o.known.have, o.need)
	}
	return o
}

// evaluate adds what the element behind the opening evaluates.
func (o *opening) evaluate(s *setMaker, e *element) {
	if e.e != nil {
		o.known.ran(&s.p.nodes[e.head(s)])
	}
}

// begin puts the opening before the rest of a chain. It returns -1 if that
// rest would accept packets with fewer bytes than the chain needs.
func (s *setMaker) begin(o *opening, rest ref, known *state, x exits, depth int) ref {
	if s.work < 0 || s.b.need[rest] < o.need {
		return -1
	}
	if len(o.first) == 0 {
		return rest
	}
	x.rest = rest
	segments, states := s.segments(o.first, known, x.goal)
	return s.inOrder(segments, states, known, x, depth)
}

// pulled is a chain whose elements behind the opening are divided into those
// that are searched early, because they cannot fail where the search stands,
// and the others.
type pulled struct {
	opening
	early, late []element
	// The late elements in segments.
	segments [][]element
	states   []*state
}

// pull makes a chain that is cut into many segments, because elements whose
// loads may fail stand between others. The elements that cannot fail are
// searched first, but do not go to the goal: a variable notes which of them
// comes first in the chain. Then the others run in their order. Before each of
// them that may fail, the chain goes to the goal if the element noted comes
// before it; behind them all, it does if there is one.
//
// So for 1,000 IPv6 hosts, the source is searched, then the destination word by
// word, as one set each. It returns -1 where there is little to be gained.
func (s *setMaker) pull(list []element, segments int, known *state, x exits, depth int) ref {
	var best *pulled
	for n := 0; n <= mostOpening && n < len(list); n++ {
		c := s.early(list, n, known, x)
		if c != nil && (best == nil || len(c.segments)+n < len(best.segments)+len(best.first)) {
			best = c
		}
	}
	if best == nil || segments-len(best.segments)-len(best.first) < s.p.longList {
		return -1
	}
	return s.begin(&best.opening, s.pullUp(best, len(list), x, depth), known, x, depth)
}

// early divides a chain whose first n elements are the opening.
func (s *setMaker) early(list []element, n int, known *state, x exits) *pulled {
	c := &pulled{opening: *s.opening(list, n, known, x)}
	if !s.free(&list[n], c.known, x.goal) {
		c.evaluate(s, &list[n])
	}
	for _, e := range list[n:] {
		if e.e != nil && s.free(&e, c.known, x.goal) {
			e.free = true
			c.early = append(c.early, e)
		} else {
			c.late = append(c.late, e)
		}
	}
	if len(c.early) == 0 || len(c.late) == 0 {
		return nil
	}
	c.segments, c.states = s.segments(c.late, c.known, x.goal)
	return c
}

// pullUp makes the search and the late elements. Ranks are below n.
func (s *setMaker) pullUp(c *pulled, n int, x exits, depth int) ref {
	p := &pending{goal: x.newGoal, v: s.variables()[0], n: n, early: n}
	for _, e := range c.early {
		if e.rank > c.late[0].rank {
			p.early = e.rank
			break
		}
	}
	y := x
	y.pending, y.within = p, true
	y.rest = s.b.member(member{e: s.p.g.VarRef(p.v), not: true}, x.newGoal, x.rest)
	return s.search(c, p, x, s.inOrder(c.segments, c.states, c.known, y, depth), depth)
}

// pending tells of elements that were searched before their turn.
type pending struct {
	v     int // the variable that notes the first of them that holds
	n     int // ranks are below it
	early int // the least rank that is noted
	goal  ref
}

// code is what the variable holds for an element: the earlier, the more, and 0
// for none.
func (p *pending) code(rank int) uint32 { return uint32(p.n - rank) }

// guard puts before at, where an element makes some loads, the way to the goal
// if one before it holds; unless no load can fail.
func (p *pending) guard(s *setMaker, loads []ref, rank int, known *state, at ref) ref {
	if p == nil || rank <= p.early {
		return at
	}
	for _, m := range loads {
		if !known.safe(&s.p.nodes[m]) {
			m := member{e: s.p.g.VarRef(p.v), lo: p.code(rank) + 1, hi: infinite}
			return s.b.member(s.b.x.canonical(m), p.goal, at)
		}
	}
	return at
}

// search finds the first early element that holds, notes it and goes on at
// next. Elements before all late ones lead to the goal at once.
func (s *setMaker) search(c *pulled, p *pending, x exits, next ref, depth int) ref {
	g := s.p.g
	groups := s.byExpr(c.early)
	for i := len(groups) - 1; i >= 0; i-- {
		y := x
		y.rest, y.within = next, true
		y.marks = make([]ref, p.n)
		for _, e := range groups[i] {
			if e.rank < p.early {
				y.marks[e.rank] = x.newGoal
				continue
			}
			mark := s.b.assign(p.v, g.Const(p.code(e.rank)), next)
			if i > 0 {
				m := member{e: g.VarRef(p.v), lo: p.code(e.rank) + 1, hi: infinite}
				mark = s.b.member(s.b.x.canonical(m), next, mark)
			}
			y.marks[e.rank] = mark
		}
		if i == 0 {
			y.rest = s.b.assign(p.v, g.Const(0), next)
		}
		next = s.group(groups[i], c.known, y, depth)
	}
	return next
}

// byExpr sorts elements by their expressions, in the order in which these appear. Those without one stay alone.
func (s *setMaker) byExpr(list []element) [][]element {
	groups := make([][]element, 0, 4)
	at := s.p.counts() // 1 + the place of a group
	for i, e := range list {
		k := len(groups)
		if e.e == nil {
			groups = append(groups, list[i:i+1:i+1])
			continue
		}
		if n := at.of(e.e); *n > 0 {
			k = int(*n - 1)
		} else {
			*n = int32(k + 1)
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], e)
	}
	return groups
}

// needOf computes builder.need for a chain that is still to be made.
func (s *setMaker) needOf(list []element, x exits) uint32 {
	if s.needed == nil {
		s.needed = make([]uint32, len(s.p.nodes))
	}
	next := s.b.need[x.rest]
	for i := len(list) - 1; i >= 0; i-- {
		l := list[i].link
		if i > 0 && list[i-1].link == l {
			continue
		}
		inside := map[ref]bool{}
		for _, m := range l.inside {
			inside[m] = true
		}
		at := func(m ref) uint32 {
			switch {
			case m == x.goal:
				return s.b.need[x.newGoal]
			case m == l.next:
				return next
			case m == accept:
				return 0
			case m == reject:
				return infinite
			case inside[m]:
				return s.needed[m]
			}
			return 0 // not looked at: not known
		}
		order := append([]ref(nil), l.inside...)
		slices.Sort(order)
		for _, m := range order {
			nd := &s.p.nodes[m]
			s.needed[m] = max(nd.end, min(at(nd.t), at(nd.f)))
		}
		next = at(l.head)
	}
	return next
}
