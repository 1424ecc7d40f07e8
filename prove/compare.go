package prove

import (
	"context"
	"time"
)

// MaxCaptured is the longest packet that is spoken of, in bytes: the most that libpcap
// captures of one (MAXIMUM_SNAPLEN).
const MaxCaptured = 262144

// The budgets of a proof that is given none.
const (
	DefaultTime  = 5 * time.Second
	DefaultNodes = 4 << 20
)

// Options bound a proof. The zero value is what most callers want.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// Whole leaves out packets that were cut: those in which one of the filters looks
	// at a byte that was not captured. What they say of such packets depends on the
	// order in which they look.
	Whole bool
	// Time and Nodes are the budget: how long a proof may take, and how many nodes its
	// diagrams may have; DefaultTime and DefaultNodes where they are 0.
	Time  time.Duration
	Nodes int
}

// Relation is what two filters have to do with each other.
// It is a value, and so safe for concurrent use.
type Relation uint8

// The relations; the first that holds. A filter that accepts no packet implies every
// other.
const (
	Undecided Relation = iota
	Equal              // they accept the same packets
	AImpliesB          // B accepts what A accepts, and more
	BImpliesA          // A accepts what B accepts, and more
	Disjoint           // no packet is accepted by both
	Overlap            // some are accepted by both, and by each alone
)

var relationText = [...]string{"undecided", "equal", "A implies B", "B implies A", "disjoint", "overlap"}

// String gives the relation in words: "equal", "A implies B" …
func (r Relation) String() string { return relationText[r] }

// Answer is the outcome of [Compare].
// It is safe for concurrent use as long as nobody changes it.
type Answer struct {
	Relation Relation
	// Reason is why the relation is undecided.
	Reason string
	// OnlyA, OnlyB and Both are packets that A alone accepts, that B alone accepts and that
	// both accept; as short as possible, and checked by running both filters. nil where
	// there is none. Where the relation is undecided, those that were found are there. Both
	// may be missing where one filter implies the other and no such packet could be made.
	OnlyA, OnlyB, Both *Packet
	// Bound, if not 0, is how many protocol headers walks of headers were followed.
	// Nothing is said about packets with more.
	Bound int
	// Nodes is how many nodes were made for the diagrams.
	Nodes int

	noneOnlyA bool // there is surely no packet that only A accepts
}

// attempt is a way to prove.
type attempt struct {
	order func(p *prover, a, b *Filter)
	cases int  // how many values an offset may have to go through them
	exact bool // look into all arithmetic
}

var attempts = []attempt{
	{order: asLookedAt, cases: 0},
	{order: asLookedAt, cases: fewCases, exact: true},
	{order: byOffset, cases: fewCases, exact: true},
	{order: asLookedAt, cases: manyCases, exact: true},
}

// asLookedAt leaves the bits of the input in the order in which A looks at them, and
// behind those, in which B does, but for fields that are compared with each other: these come first, or one of them
// would be looked at long before the other by filters that make other tests of it, too.
func asLookedAt(p *prover, a, b *Filter) {
	for _, f := range Any(a, b).parts() {
		for _, s := range f.lifted.steps {
			if s.kind == test && !s.l.UsesVars() && !s.r.UsesVars() {
				p.interleave(s.l, s.r)
			}
		}
	}
}

// Compare tells how two filters relate.
func Compare(ctx context.Context, a, b *Filter, o Options) Answer {
	answer := Answer{Bound: max(a.Bound(), b.Bound())}
	for _, f := range []*Filter{a, b} {
		if f.problem != "" {
			answer.Reason = f.problem
			return answer
		}
	}
	budget := newBudget(ctx, o)
	nodes := budget.nodes
	cut := a.lifted.cut || b.lifted.cut
	var absent [3]bool
	if cut && answer.merged(budget, a, b, o, &absent) {
		return answer
	}
	for _, try := range attempts {
		budget.nodes = nodes
		answer.Reason = ""
		err := within(func() { answer.prove(budget, a, b, o, try, absent) })
		if err != nil {
			answer.Reason = err.Error()
		}
		if answer.Relation != Undecided || budget.over() {
			break
		}
	}
	if answer.Relation == Undecided && !cut && !budget.over() {
		answer.merged(budget, a, b, o, &absent)
	}
	return answer
}

// merged looks which packets there are none of, as the merged filters say, and tells whether the filters are equal by that.
func (w *Answer) merged(budget *budget, a, b *Filter, o Options, absent *[3]bool) bool {
	*absent = none(budget, a, b, o)
	if !absent[onlyA] || !absent[onlyB] {
		return false
	}
	w.Relation, w.Reason, w.noneOnlyA = Equal, "", true
	return true
}

// prove makes one attempt. Where it fails, the reason is set. none tells which packets there are surely none of.
func (w *Answer) prove(budget *budget, a, b *Filter, o Options, try attempt, none [3]bool) {
	p := newProver(budget, o)
	p.cases, p.exact = try.cases, try.exact
	try.order(p, a, b)
	u, v := p.meaningOf(a), p.meaningOf(b)
	if p.wire {
		u, v = p.boundByWire(u), p.boundByWire(v)
	}
	w.Nodes = len(p.nodes)
	s := &search{prover: p, filters: [2]*Filter{a, b}, costs: make(map[pair]costs)}
	found := s.least(pair{u, v})
	var only [3]outcome
	cut := a.lifted.cut || b.lifted.cut
	for i, at := range [3]**Packet{&w.OnlyA, &w.OnlyB, &w.Both} {
		if none[i] || found[i] == never && !cut {
			continue
		}
		if found[i] == never {
			only[i] = open
			continue
		}
		packet, sure := s.packet(pair{u, v}, sought(i))
		switch {
		case packet != nil:
			*at, only[i] = packet, there
		case !sure || len(p.bases) == 0 || cut:
			only[i] = open
		}
	}
	w.noneOnlyA = only[onlyA] == absent
	w.Relation = relate(only[onlyA], only[onlyB], only[both])
	if w.Relation == Undecided {
		w.Reason = s.doubt()
	}
}

// outcome is what came of looking for a packet.
type outcome uint8

const (
	absent outcome = iota // there is surely none
	there
	open
)

// relate tells from the packets that are there how two filters relate. Where one implies
// the other, it is of no matter whether a packet that both accept could be made.
func relate(a, b, common outcome) Relation {
	switch {
	case a == open || b == open:
		return Undecided
	case a == absent && b == absent:
		return Equal
	case a == absent:
		return AImpliesB
	case b == absent:
		return BImpliesA
	case common == absent:
		return Disjoint
	case common == there:
		return Overlap
	}
	return Undecided
}
