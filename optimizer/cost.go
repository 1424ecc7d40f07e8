// Law: nothing here changes the program; a wrong estimate costs time, never a verdict.

package optimizer

import (
	"math"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// shortness is how much more a program's length counts than its speed: a tenth
// fewer instructions are worth running an eighth more.
const shortness = 1.2

// cost is how many instructions run on a packet times how many the program has,
// of which the latter count more. Both are estimated, and out by a tenth at most as a rule.
func (p *program) cost() float32 {
	run, size := p.estimate()
	return run * float32(math.Pow(float64(size), shortness))
}

// estimated is what a version of the program was guessed to cost.
type estimated struct {
	version   int
	run, size float32
}

// estimate returns about how many instructions run on a packet, and how many the
// program has. Programs that are set aside and come back are estimated once.
func (p *program) estimate() (run, size float32) {
	for _, e := range p.estimates {
		if e.version == p.version {
			return e.run, e.size
		}
	}
	run, size = p.count()
	copy(p.estimates[1:], p.estimates[:])
	p.estimates[0] = estimated{p.version, run, size}
	return run, size
}

// count is estimate for a program of which nothing is kept.
func (p *program) count() (run, size float32) {
	t := p.traffic()
	held := p.held()
	index := memory.Zeroed(&p.memory.indexed, len(p.nodes))
	index[p.root] = p.g.Const(0) // no load is relative to a constant
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		c, x := float32(1), index[n]
		switch nd.kind {
		case ir.Test:
			c = comparing(nd)
			if held[n] != nd.e {
				c += t.bringing(nd.e, &x)
			}
			if nd.r != nil {
				c += t.bringing(nd.r, &x)
			}
		case ir.Assign:
			c = t.bringing(nd.e, &x)
			x = p.g.VarRef(int(nd.v))
		case ir.Chain:
			x = nil
		}
		run += c * t.freq[n].sum()
		size += c
		for _, m := range [2]ref{nd.t, nd.f} {
			switch {
			case index[m] == nil:
				index[m] = x
			case index[m] != x:
				index[m] = index[p.root]
			}
		}
	}
	return run + 1, size + 2 // with those that return
}

// bringing is how many instructions bring the value of e into the accumulator
// when the index register holds x. It makes x what the register holds then.
func (t *traffic) bringing(e *ir.Expr, x **ir.Expr) float32 {
	switch {
	case e.Op == ir.Load && e.L != nil:
		l := e.L
		c := float32(1)
		if l != *x && l.Op != ir.Var {
			c += t.bringing(l, x)
			if !isHeaderLength(l) {
				c++ // tax
			}
		}
		*x = l
		return c
	case isHeaderLength(e), e.L == nil:
		return 1
	case e.Op == ir.Neg, e.R.Op == ir.Const:
		return 1 + t.bringing(e.L, x)
	}
	c := 2 + t.bringing(e.L, x) + t.bringing(e.R, x)
	*x = nil
	return c
}

// isHeaderLength tells whether e is four times the low nibble of a byte: one
// instruction brings that into the index register.
func isHeaderLength(e *ir.Expr) bool {
	return e.Op == ir.Lsh && e.R.Op == ir.Const && e.R.K == 2 && e.L.Op == ir.And && e.L.R.Op == ir.Const && e.L.R.K == 15
}
