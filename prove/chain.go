package prove

import "slices"

// A chain is a list of spans of which each goes on, where it does not end, at the next:
// the alternatives of a long list. Putting their diagrams together one by one would
// build that of the rest of the list again and again. So they are only noted as terms, in a
// balanced tree, and the diagram is built from the top: on each bit, a term becomes what
// is left of it where the bit is set, and where it is not. What is left soon is
// little, as most alternatives have failed, or the same for many ways; every node is built once.

// term is a diagram, or a sequence of two terms: the first, and where it leads on (at its
// exit next), the second. Those with sequenceBit set are numbers of sequences.
type term uint32

const sequenceBit term = 1 << 31

// next is the number of the exit that leads on in a chain. No step has it, as nothing
// leads to the first.
const next = 0

type sequence struct {
	first, second term
	exits         uint64
	level         int32
	onward        uint32 // a bound from below of the fixed needs of its exits next
	split         bool
	built         bool
	hi, lo        term // once split: what is left of it on both sides of its level
	diagram       ref  // once built
}

// sequences interns sequences.
type sequences struct {
	list []sequence
	at   []uint32 // open addressing by content: 1 + number; 0 is an empty place
	// ended remembers what sequences that lead on to a leaf are.
	ended map[[2]term]term
}

func (s *sequences) find(first, second term) (place uint32, found bool) {
	mask := uint32(len(s.at) - 1)
	h := mix(uint32(first), uint32(second), 0) & mask
	for ; s.at[h] != 0; h = (h + 1) & mask {
		if q := &s.list[s.at[h]-1]; q.first == first && q.second == second {
			return h, true
		}
	}
	return h, false
}

// grow makes the table twice as large. Those that are in it differ, so an empty place will do for each.
func (s *sequences) grow() {
	s.at = make([]uint32, max(64, 2*len(s.at)))
	mask := uint32(len(s.at) - 1)
	for i := range s.list {
		h := mix(uint32(s.list[i].first), uint32(s.list[i].second), 0) & mask
		for s.at[h] != 0 {
			h = (h + 1) & mask
		}
		s.at[h] = uint32(i + 1)
	}
	s.list = slices.Grow(s.list, max(0, len(s.at)/2-len(s.list))) // all that the table takes
}

func (s *sequences) add(q sequence) term {
	if 2*len(s.list) >= len(s.at) {
		s.grow()
	}
	h, found := s.find(q.first, q.second)
	if !found {
		s.list = append(s.list, q)
		s.at[h] = uint32(len(s.list))
	}
	return sequenceBit | term(s.at[h]-1)
}

func (p *prover) sequence(t term) *sequence { return &p.chains.list[t&^sequenceBit] }

func (p *prover) exitsOf(t term) uint64 {
	if t&sequenceBit != 0 {
		return p.sequence(t).exits
	}
	return p.nodes[t].exits
}

func (p *prover) onwardOf(t term) uint32 {
	if t&sequenceBit != 0 {
		return p.sequence(t).onward
	}
	return p.nodes[t].onward
}

func (p *prover) levelOf(t term) int32 {
	if t&sequenceBit != 0 {
		return p.sequence(t).level
	}
	return p.nodes[t].level
}

// then is first, and where it leads on, second.
func (p *prover) then(first, second term) term {
	switch {
	case p.exitsOf(first)&exitBit(next) == 0:
		return first
	case p.levelOf(first) == leafLevel:
		return p.raiseTerm(second, p.at(ref(first)).need)
	case p.levelOf(second) < leafLevel:
		p.budget.step()
		return p.chains.add(sequence{
			first: first, second: second,
			exits:  p.exitsOf(first)&^exitBit(next) | p.exitsOf(second),
			level:  min(p.levelOf(first), p.levelOf(second)),
			onward: max(p.onwardOf(first), p.onwardOf(second)),
		})
	case p.isOnward(ref(second), p.onwardOf(first)):
		return first
	case first&sequenceBit == 0:
		return term(p.compose(ref(first), next, ref(second))) // often a leaf again
	}
	key := [2]term{first, second}
	t, ok := p.chains.ended[key]
	if !ok {
		q := *p.sequence(first)
		t = p.then(q.first, p.then(q.second, second))
		if p.chains.ended == nil {
			p.chains.ended = make(map[[2]term]term)
		}
		p.chains.ended[key] = t
	}
	return t
}

// isOnward tells whether a leaf leads on without a need beyond what is needed before it.
func (p *prover) isOnward(u ref, before uint32) bool {
	l := p.at(u)
	n := &p.needs[l.need]
	return l.kind == leafExit && l.value == next && len(n.bases) == 0 && n.fixed <= before
}

// raiseTerm adds a need to a term.
func (p *prover) raiseTerm(t term, n needRef) term {
	if t&sequenceBit == 0 {
		return term(p.raise(ref(t), n))
	}
	q := *p.sequence(t)
	return p.then(p.raiseTerm(q.first, n), q.second)
}

// parts gives what is left of a term where the variable of a level is set and where not.
func (p *prover) parts(t term, level int32) (hi, lo term) {
	if p.levelOf(t) > level {
		return t, t
	}
	if t&sequenceBit == 0 {
		h, l := p.split(ref(t), level)
		return term(h), term(l)
	}
	q := *p.sequence(t)
	if !q.split {
		fh, fl := p.parts(q.first, level)
		sh, sl := p.parts(q.second, level)
		q.hi, q.lo, q.split = p.then(fh, sh), p.then(fl, sl), true
		*p.sequence(t) = q
	}
	return q.hi, q.lo
}

// build makes the diagram of a term.
func (p *prover) build(t term) ref {
	if t&sequenceBit == 0 {
		return ref(t)
	}
	if q := p.sequence(t); q.built {
		return q.diagram
	}
	r := p.descend(&descent{limit: leafLevel, below: p.build}, t)
	q := p.sequence(t)
	q.diagram, q.built = r, true
	return r
}

// descent is a way down a term as far as a level, from which on below makes the diagram of what is left.
type descent struct {
	limit int32
	below func(term) ref
	done  map[term]ref
}

// descend makes the diagram of a term. Where only one of the two terms of a sequence decides about the next levels, it goes down that one
// alone and puts the sequence together again only for what is left of it there, of which
// there is little: of an alternative of a list of addresses, that it holds, and that it does not. Bit by bit, all sequences around
// it would be made again for each of the 32.
func (p *prover) descend(d *descent, t term) ref {
	level := p.levelOf(t)
	if level == leafLevel {
		return d.below(t)
	}
	if r, ok := d.done[t]; ok {
		return r
	}
	var r ref
	switch {
	case level >= d.limit:
		r = d.below(t)
	case t&sequenceBit == 0:
		n := p.nodes[t]
		hi := p.descend(d, term(n.hi))
		r = p.mk(level, hi, p.descend(d, term(n.lo)))
	default:
		r = p.descendSequence(d, t, level)
	}
	if d.done == nil {
		d.done = make(map[term]ref)
	}
	d.done[t] = r
	return r
}

func (p *prover) descendSequence(d *descent, t term, level int32) ref {
	q := *p.sequence(t)
	on := func(t term) ref {
		if d.limit == leafLevel {
			return p.build(t)
		}
		return p.descend(d, t)
	}
	switch first, second := p.levelOf(q.first), p.levelOf(q.second); {
	case first < second:
		return p.descend(&descent{limit: min(second, d.limit), below: func(left term) ref { return on(p.then(left, q.second)) }}, q.first)
	case second < first:
		return p.descend(&descent{limit: min(first, d.limit), below: func(left term) ref { return on(p.then(q.first, left)) }}, q.second)
	}
	hi, lo := p.parts(t, level)
	h := on(hi)
	return p.mk(level, h, on(lo))
}

// smallPiece is how many steps of a chain's span are put together from the last to the first.
const smallPiece = 4 * smallSpan

// chain makes the diagram of a span that falls apart at the cuts.
func (p *prover) chain(steps []decided, lo, hi int, cuts []int) ref {
	list := make([]term, 0, len(cuts)+1)
	have := uint32(0) // how many bytes have been captured where a piece is entered
	for _, to := range append(cuts, hi) {
		entry := []int32{int32(lo)}
		var u ref
		switch {
		case to == hi:
			u = p.span(steps, lo, to, entry)[int32(lo)]
		case to-lo <= smallPiece:
			u = p.smallSpan(steps, lo, to, have, next, entry)[int32(lo)]
		default:
			u = p.span(steps, lo, to, entry)[int32(lo)]
			u = p.compose(u, uint32(to), p.leaf(leaf{kind: leafExit, value: next}))
		}
		list = append(list, term(u))
		if onward := p.nodes[u].onward; onward != noNeed {
			have = max(have, onward)
		}
		lo = to
	}
	return p.build(p.balanced(list))
}

// balanced is the terms of a list, one after the other, as a balanced tree.
func (p *prover) balanced(list []term) term {
	if len(list) == 1 {
		return list[0]
	}
	mid := len(list) / 2
	first := p.balanced(list[:mid])
	return p.then(first, p.balanced(list[mid:]))
}

// cuts finds where a span that is entered at its first step falls apart into spans that
// are entered at their first steps only.
func cuts(steps []decided, lo, hi int) (list []int) {
	furthest := lo // that an edge leads to, inside the span
	for i := lo; i < hi; i++ {
		if i > lo && furthest <= i {
			list = append(list, i)
		}
		for _, to := range [2]int32{steps[i].t, steps[i].f} {
			if int(to) < hi {
				furthest = max(furthest, int(to))
			}
		}
	}
	return list
}
