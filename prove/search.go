package prove

import "math"

// sought is which packets are looked for.
type sought int

const (
	onlyA sought = iota
	onlyB
	both
)

type pair struct{ a, b ref }

// costs are, for each kind of packet that is sought, the fewest bytes that must be
// captured of one, or never.
type costs [3]uint32

const never = math.MaxUint32

// search walks the diagrams of two filters together.
type search struct {
	*prover
	filters [2]*Filter
	costs   map[pair]costs
}

// least finds the shortest packets below a pair of nodes.
func (s *search) least(at pair) costs {
	la, lb := s.level(at.a), s.level(at.b)
	if la == leafLevel && lb == leafLevel {
		return s.atLeaves(at)
	}
	if c, ok := s.costs[at]; ok {
		return c
	}
	s.budget.step()
	hi, lo := s.branch(at, min(la, lb))
	c, d := s.least(hi), s.least(lo)
	for i := range c {
		c[i] = min(c[i], d[i])
	}
	s.costs[at] = c
	return c
}

func (s *search) branch(at pair, level int32) (hi, lo pair) {
	hi.a, lo.a = s.split(at.a, level)
	hi.b, lo.b = s.split(at.b, level)
	return hi, lo
}

// atLeaves tells what a pair of leaves means: each accepts from its need on.
func (s *search) atLeaves(at pair) costs {
	c := costs{never, never, never}
	a, b := s.at(at.a), s.at(at.b)
	if a.kind == leafVoid || b.kind == leafVoid {
		return c
	}
	acceptA, acceptB := a.kind == leafAccept, b.kind == leafAccept
	needA, needB := s.needs[a.need].fixed, s.needs[b.need].fixed
	joined := s.needs[s.join(a.need, b.need)].fixed
	if s.whole {
		needA, needB = joined, joined
	}
	if acceptA && acceptB {
		c[both] = joined
	}
	if acceptA && (!acceptB || !s.whole && !s.covers(a.need, b.need)) {
		c[onlyA] = needA
	}
	if acceptB && (!acceptA || !s.whole && !s.covers(b.need, a.need)) {
		c[onlyB] = needB
	}
	return c
}

// needAt is the need of a packet that is sought, at a pair of leaves.
func (s *search) needAt(at pair, what sought) need {
	a, b := s.at(at.a).need, s.at(at.b).need
	switch {
	case s.whole || what == both:
		a = s.join(a, b)
	case what == onlyB:
		a = b
	}
	return s.needs[a]
}
