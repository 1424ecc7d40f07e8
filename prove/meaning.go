package prove

import (
	"cmp"
	"slices"

	"bpfc/ir"
)

// lifted is a filter as steps.
type lifted struct {
	steps []step
	root  int32
	bound int // how many headers a loop was unrolled to, or 0
	// cut: not all contents of variables were followed. Nothing is said of the packets of the others.
	cut     bool
	choices []choice // of a merged filter
}

// decided is a step in a prover.
type decided struct {
	guard ref    // where the evaluation succeeds
	test  ref    // which way it goes then
	need  uint32 // how many bytes must at least have been captured then
	t, f  int32
}

// meaning makes the diagram of a filter.
func (p *prover) meaning(f *lifted) ref {
	steps := p.decide(f)
	if f.root < 0 {
		return p.end(f.root)
	}
	return p.span(steps, 0, len(steps), []int32{f.root})[f.root]
}

// decide makes the conditions of all steps, from the first on: so the bits of the
// input come into the order in which the filter looks at them.
func (p *prover) decide(f *lifted) []decided {
	memo := make(exprMemo)
	steps := make([]decided, len(f.steps))
	for i, s := range f.steps {
		l, r := p.take(f, s.l, memo), p.take(f, s.r, memo)
		d := decided{guard: p.guardOf(l), t: s.t, f: s.f, test: yes}
		if s.kind == test && d.guard != no {
			d.guard = p.guards(d.guard, p.guardOf(r))
			if d.guard != no {
				d.test = p.test(s.cmp, l, r)
			}
		}
		if d.guard != no {
			d.need = p.nodes[d.guard].need
		}
		steps[i] = d
	}
	return steps
}

// take copies an expression of a filter into the prover's table.
func (p *prover) take(f *lifted, e *ir.Expr, memo exprMemo) *ir.Expr {
	if e == nil {
		return nil
	}
	if r, ok := memo[e]; ok {
		return r
	}
	var r *ir.Expr
	if e.Op == ir.Var {
		r = p.takeChoice(f, e.K, memo)
	} else {
		r = p.make(e, p.take(f, e.L, memo), p.take(f, e.R, memo))
	}
	memo[e] = r
	return r
}

// end is the diagram of an end.
func (p *prover) end(n int32) ref {
	switch n {
	case endAccept:
		return yes
	case endReject:
		return p.rejected()
	}
	return p.leaf(leaf{kind: leafVoid})
}

// smallSpan is how many steps are put together from the last to the first. That is
// quadratic, as each is put on top of all that follows.
const smallSpan = 8

// longChain is how many places to cut make a chain of a span rather than two halves.
const longChain = 8

// span makes the diagrams of the steps from lo to hi that are entered from outside;
// what leads beyond hi ends in exits. Long ones are made of two halves: with a long
// list of alternatives, that makes about as many nodes on each level of the
// division as the list's own diagram has.
func (p *prover) span(steps []decided, lo, hi int, entries []int32) map[int32]ref {
	if hi-lo <= smallSpan {
		return p.smallSpan(steps, lo, hi, 0, uint32(hi), entries)
	}
	if len(entries) == 1 && int(entries[0]) == lo {
		if at := cuts(steps, lo, hi); len(at) >= longChain {
			return map[int32]ref{int32(lo): p.chain(steps, lo, hi, at)}
		}
	}
	mid := p.narrow(steps, lo, hi)
	var early, late []int32
	for _, e := range entries {
		if int(e) < mid {
			early = append(early, e)
		} else {
			late = append(late, e)
		}
	}
	isLate := make(map[int32]bool)
	for _, e := range late {
		isLate[e] = true
	}
	for _, s := range steps[lo:mid] {
		for _, to := range [2]int32{s.t, s.f} {
			if int(to) >= mid && int(to) < hi && !isLate[to] {
				isLate[to] = true
				late = append(late, to)
			}
		}
	}
	first, second := p.span(steps, lo, mid, early), p.span(steps, mid, hi, late)
	for _, e := range early {
		u := first[e]
		for _, to := range late {
			u = p.compose(u, uint32(to), second[to])
		}
		second[e] = u
	}
	return second
}

// smallSpan is span from the last step to the first. before is how many bytes have surely been captured where it is entered, onward the number of
// the exit for what leads to step hi.
func (p *prover) smallSpan(steps []decided, lo, hi int, before, onward uint32, entries []int32) map[int32]ref {
	have := p.have(steps, lo, hi, before, entries)
	made := make([]ref, hi-lo)
	for i := hi - 1; i >= lo; i-- {
		s := &steps[i]
		if s.guard == no {
			made[i-lo] = p.rejected()
			continue
		}
		after := max(have[i-lo], s.need)
		to := func(n int32) ref {
			if n >= 0 && int(n) < hi {
				return made[int(n)-lo]
			}
			u := p.leave(n)
			if int(n) == hi {
				u = p.leaf(leaf{kind: leafExit, value: onward})
			}
			return p.raise(u, p.needRef(need{fixed: after}))
		}
		u := to(s.t)
		if s.test != yes {
			u = p.ite(s.test, u, to(s.f))
		}
		made[i-lo] = p.meet(s.guard, u)
	}
	out := make(map[int32]ref, len(entries))
	for _, e := range entries {
		out[e] = made[int(e)-lo]
	}
	return out
}

// have is, for each step of a span, how many bytes have surely been captured when it is
// reached: what is built below it with these needs is not built again with others above.
func (p *prover) have(steps []decided, lo, hi int, before uint32, entries []int32) []uint32 {
	have := make([]uint32, hi-lo)
	for i := range have {
		have[i] = noNeed
	}
	for _, e := range entries {
		have[int(e)-lo] = before
	}
	for i := lo; i < hi; i++ {
		s := &steps[i]
		after := max(have[i-lo], s.need)
		for _, to := range [2]int32{s.t, s.f} {
			if to >= 0 && int(to) < hi {
				have[int(to)-lo] = min(have[int(to)-lo], after)
			}
		}
	}
	return have
}

// leave is where the walk leaves a span: at an end, or on to a later step.
func (p *prover) leave(n int32) ref {
	if n < 0 {
		return p.end(n)
	}
	return p.leaf(leaf{kind: leafExit, value: uint32(n)})
}

// narrow finds a place near the middle of a span that few edges cross.
func (p *prover) narrow(steps []decided, lo, hi int) int {
	mid := (lo + hi) / 2
	from, to := mid-(hi-lo)/8, mid+(hi-lo)/8
	crossing := make(map[int32]bool)
	best, fewest := mid, len(steps)
	for i := lo; i < to; i++ {
		delete(crossing, int32(i))
		if i >= from && i > lo {
			// those entered from outside do not count, as they are there anyway
			if n := len(crossing); n < fewest {
				best, fewest = i, n
			}
		}
		for _, t := range [2]int32{steps[i].t, steps[i].f} {
			if int(t) > i && int(t) < hi {
				crossing[t] = true
			}
		}
	}
	return best
}

// boundByWire takes out of a filter's diagram packets of which more is captured than
// there was on the wire.
func (p *prover) boundByWire(u ref) ref {
	wire := *p.wordOf(p.g.Len())
	return fold(p, u, func(u ref) (ref, bool) {
		n := p.nodes[u]
		switch {
		case n.need == noNeed || n.level == leafLevel && n.need == 0:
			return u, true
		case n.level != leafLevel:
			return 0, false
		}
		out := no
		if p.whole {
			out = p.leaf(leaf{kind: leafVoid})
		}
		return p.ite(p.atLeast(wire, number(n.need)), u, out), true
	}, p.ite)
}

// byOffset brings the bits of the packet into the order of their offsets.
func byOffset(p *prover, a, b *Filter) {
	seen := make(map[variable]bool)
	var list []variable
	for _, f := range Any(a, b).parts() {
		for _, s := range f.lifted.steps {
			for _, e := range [2]*ir.Expr{s.l, s.r} {
				collectBytes(e, func(v variable) {
					if !seen[v] && v.key < uint64(p.maxLen) {
						seen[v] = true
						list = append(list, v)
					}
				})
			}
		}
	}
	slices.SortFunc(list, func(v, w variable) int { return cmp.Compare(v.key, w.key) })
	for _, v := range list {
		for i := 7; i >= 0; i-- {
			v.bit = uint8(i)
			p.bit(v)
		}
	}
}

// collectBytes visits the bytes at fixed offsets that an expression reads.
func collectBytes(e *ir.Expr, visit func(variable)) {
	seen := make(map[*ir.Expr]bool)
	var walk func(e *ir.Expr)
	walk = func(e *ir.Expr) {
		if e == nil || seen[e] {
			return
		}
		seen[e] = true
		if e.Op == ir.Load && e.L == nil {
			for i := range uint64(e.Size) {
				visit(variable{kind: packetBit, key: uint64(e.K) + i})
			}
		}
		walk(e.L)
		walk(e.R)
	}
	walk(e)
}
