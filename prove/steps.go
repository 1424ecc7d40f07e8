package prove

import "bpfc/ir"

// step is a node of a lifted filter: no variables, registers or loops any more.
type step struct {
	kind stepKind
	cmp  ir.Cmp
	l, r *ir.Expr // of test: what is compared; of look: l is what is evaluated
	t, f int32    // where it goes on: a later step, or one of the ends below; of look, both the same
}

type stepKind uint8

const (
	test stepKind = iota
	look          // evaluates l, which may end the filter, and goes on
)

// Where a lifted filter ends.
const (
	endReject int32 = -1 - iota
	endAccept
	endBound // the bound of a loop was reached
)

// lifting collects the steps of a filter in topological order.
type lifting struct {
	g      *ir.Graph // the table of their expressions
	steps  []step    // by number, in the order in which they were first spoken of
	order  []int32   // numbers in topological order
	budget *budget
}

// add makes room for a step, which is to be filled in later.
func (s *lifting) add() int32 {
	s.budget.node()
	s.budget.step()
	s.steps = append(s.steps, step{})
	return int32(len(s.steps) - 1)
}

// put fills a step in, after all that lead to it.
func (s *lifting) put(number int32, what step) {
	if what.kind == look {
		what.f = what.t
	}
	s.steps[number] = what
	s.order = append(s.order, number)
}

// finish numbers the steps in topological order.
func (s *lifting) finish(root int32) (steps []step, first int32) {
	place := make([]int32, len(s.steps))
	for i, n := range s.order {
		place[n] = int32(i)
	}
	to := func(n int32) int32 {
		if n < 0 {
			return n
		}
		return place[n]
	}
	steps = make([]step, len(s.order))
	for i, n := range s.order {
		st := s.steps[n]
		st.t, st.f = to(st.t), to(st.f)
		steps[i] = st
	}
	return steps, to(root)
}
