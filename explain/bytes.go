package explain

import (
	"math"
	"slices"
	"strconv"

	"bpfc/ir"
)

// Range is some bytes of a packet, counted from its start.
// It is safe for concurrent use as long as nobody changes it.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"` // the first byte behind it
	// Behind tells that both count from the end of a header whose length the packet
	// tells, or an offset that it tells: To is then the furthest that it can be, -1
	// if that has no bound.
	Varies bool `json:"varies,omitempty"`
}

func (r Range) String() string {
	s := strconv.Itoa(r.From)
	switch {
	case r.Varies && r.To < 0:
		return "some from " + s + " on, as the packet says"
	case r.Varies:
		return "some of " + s + "-" + strconv.Itoa(r.To-1) + ", as the packet says"
	case r.To-r.From > 1:
		return s + "-" + strconv.Itoa(r.To-1)
	}
	return s
}

// looked gives the bytes that each primitive looks at.
func (f *Filter) looked() map[*Part][]Range {
	found := map[*Part][]Range{}
	bounds := map[*ir.Expr]uint64{}
	vars := f.varBounds(bounds)
	for _, n := range f.graph.Order().Nodes {
		p := f.leafAt(n.Text)
		for _, e := range [2]*ir.Expr{n.L, n.R} {
			loads(e, func(load *ir.Expr) {
				found[p] = append(found[p], rangeOf(load, bounds, vars))
			})
		}
		if c := n.Chain; c != nil {
			found[p] = append(found[p], Range{From: int(c.Base), To: -1, Varies: true})
		}
	}
	for p, list := range found {
		found[p] = tidy(list)
	}
	return found
}

// leafAt finds the primitive that a node comes from; nil for what the program starts with.
func (f *Filter) leafAt(s ir.Span) *Part {
	if s.Empty() {
		return nil
	}
	at, found := slices.BinarySearchFunc(f.leaves, int(s.Pos), func(p *Part, pos int) int { return p.Pos - pos })
	if !found {
		at-- // within the primitive before
	}
	if at < 0 {
		return nil
	}
	return f.leaves[at]
}

// loads calls visit for every load in an expression.
func loads(e *ir.Expr, visit func(*ir.Expr)) {
	if e == nil {
		return
	}
	if e.Op == ir.Load {
		visit(e)
	}
	loads(e.L, visit)
	loads(e.R, visit)
}

func rangeOf(load *ir.Expr, bounds map[*ir.Expr]uint64, vars []uint64) Range {
	r := Range{From: int(load.K), To: int(load.K) + int(load.Size)}
	if load.L != nil {
		r.Varies = true
		if most := most(load.L, bounds, vars); most < 1<<20 {
			r.To += int(most)
			r.From += int(least(load.L)) // a sum with a bound does not wrap around
		} else {
			r.To = -1
		}
	}
	return r
}

// varBounds gives the largest value of each path variable, as far as that is known.
func (f *Filter) varBounds(bounds map[*ir.Expr]uint64) []uint64 {
	vars := make([]uint64, f.graph.Vars)
	for _, n := range f.graph.Order().Nodes {
		if n.Kind == ir.Assign {
			vars[n.Var] = max(vars[n.Var], most(n.L, bounds, vars))
		}
	}
	return vars
}

// most is a bound of the value of an expression. Assignments stand before what reads them.
func most(e *ir.Expr, bounds map[*ir.Expr]uint64, vars []uint64) uint64 {
	if v, ok := bounds[e]; ok && !e.UsesVars() {
		return v
	}
	v := uint64(math.MaxUint32)
	switch e.Op {
	case ir.Const:
		v = uint64(e.K)
	case ir.Load, ir.Anc:
		v = 1<<(8*e.Size) - 1
	case ir.Var:
		v = vars[e.K]
	case ir.And:
		v = min(most(e.L, bounds, vars), most(e.R, bounds, vars))
	case ir.Add:
		v = most(e.L, bounds, vars) + most(e.R, bounds, vars)
	case ir.Or:
		v = most(e.L, bounds, vars) + most(e.R, bounds, vars)
	case ir.Lsh:
		if e.R.Op == ir.Const && e.R.K < 32 {
			v = most(e.L, bounds, vars) << e.R.K
		}
	case ir.Mul:
		if e.R.Op == ir.Const {
			v = most(e.L, bounds, vars) * uint64(e.R.K)
		}
	}
	if v > math.MaxUint32 {
		v = math.MaxUint32
	}
	bounds[e] = v
	return v
}

// least is a bound from below of the value of an expression that is a sum.
func least(e *ir.Expr) uint64 {
	switch {
	case e.Op == ir.Const && e.K < 1<<20:
		return uint64(e.K)
	case e.Op == ir.Add:
		return least(e.L) + least(e.R)
	}
	return 0
}

// tidy sorts ranges and joins those that touch.
func tidy(list []Range) []Range {
	slices.SortFunc(list, func(a, b Range) int {
		switch {
		case a.Varies != b.Varies && b.Varies:
			return -1
		case a.Varies != b.Varies:
			return 1
		case a.From != b.From:
			return a.From - b.From
		}
		return a.To - b.To
	})
	out := list[:0]
	for _, r := range list {
		if n := len(out); n > 0 && out[n-1].Varies == r.Varies && (r.From <= out[n-1].To || out[n-1].To < 0) {
			if out[n-1].To >= 0 && (r.To < 0 || r.To > out[n-1].To) {
				out[n-1].To = r.To
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// Needs is how many bytes of a packet must be captured for the filter to see all that
// it may look at; -1 where there is no bound.
func (f *Filter) Needs() int {
	need := 0
	for _, list := range f.looked() {
		for _, r := range list {
			if r.To < 0 {
				return -1
			}
			need = max(need, r.To)
		}
	}
	return need
}
