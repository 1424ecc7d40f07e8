package prove

import "bpfc/ir"

// Test is a comparison of two expressions over the packet that a filter makes. It is a value, and so safe for concurrent
// use as long as nobody changes the expressions.
type Test struct {
	Cmp  ir.Cmp
	L, R *ir.Expr
}

// CanAccept tells whether the filter may accept one of some packets, of which may says about each comparison whether it holds
// for any of them, and whether it fails for any. It is called at most once for each comparison that a packet can come to. False
// is certain: if may is right, each packet takes a way through the filter on which every comparison has an outcome that may
// allows, and no such way accepts. True may be wrong, as comparisons are looked at one by one. It is true of a filter that is
// too large to be lifted.
func (f *Filter) CanAccept(may func(Test) (hold, fail bool)) bool {
	switch {
	case f.how == anyOf:
		for _, g := range f.of {
			if g.CanAccept(may) {
				return true
			}
		}
		return false
	case f.how == allOf:
		for _, g := range f.of {
			if !g.CanAccept(may) {
				return false
			}
		}
		return true
	case f.problem != "":
		return true
	}
	steps := f.lifted.steps
	reached := make([]bool, len(steps))
	accepts := false
	reach := func(to int32) {
		switch {
		case to >= 0:
			reached[to] = true
		case to != endReject: // what is behind the bound of a walk may accept
			accepts = true
		}
	}
	reach(f.lifted.root)
	for i := range steps { // in topological order
		s := &steps[i]
		switch {
		case accepts:
			return true
		case !reached[i]:
		case s.kind == look:
			reach(s.t)
		default:
			hold, fail := may(Test{s.cmp, s.l, s.r})
			if hold {
				reach(s.t)
			}
			if fail {
				reach(s.f)
			}
		}
	}
	return accepts
}
