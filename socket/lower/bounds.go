package lower

import (
	"math"
	"math/bits"

	"bpfc/ir"
)

// bounds knows how large the values of expressions can be.
type bounds struct {
	vars []uint64 // by path variable: the most that any path assigns
	memo map[*ir.Expr]uint64
}

// newBounds finds the bounds of the path variables. In topological order, what can be assigned to a variable has been seen
// before a node that reads it.
func newBounds(g *ir.Graph, order ir.Order) bounds {
	b := bounds{vars: make([]uint64, g.Vars), memo: map[*ir.Expr]uint64{}}
	for _, n := range order.Nodes {
		if n.Kind != ir.Assign {
			continue
		}
		if most := b.of(n.L); most > b.vars[n.Var] {
			b.vars[n.Var] = most
			clear(b.memo)
		}
	}
	return b
}

// of returns a number that e never exceeds.
func (b *bounds) of(e *ir.Expr) uint64 {
	most, ok := b.memo[e]
	if !ok {
		most = min(b.compute(e), math.MaxUint32)
		b.memo[e] = most
	}
	return most
}

// compute may return more than 32 bits can hold, for arithmetic that can wrap around.
func (b *bounds) compute(e *ir.Expr) uint64 {
	switch e.Op {
	case ir.Const:
		return uint64(e.K)
	case ir.Var:
		return b.vars[e.K]
	case ir.Load, ir.Anc:
		return 1<<(8*e.Size) - 1
	case ir.Len, ir.Neg, ir.Sub:
		return math.MaxUint32
	}
	l, r := b.of(e.L), b.of(e.R)
	switch e.Op {
	case ir.Add:
		return l + r
	case ir.Mul:
		return l * r
	case ir.And:
		return min(l, r)
	case ir.Or, ir.Xor:
		return 1<<bits.Len64(l|r) - 1
	case ir.Mod:
		return min(l, max(r, 1)-1)
	case ir.Div, ir.Rsh:
		if e.Op == ir.Rsh && e.R.Op == ir.Const {
			return l >> min(e.R.K, 32)
		}
		return l
	case ir.Lsh:
		if e.R.Op == ir.Const && e.R.K < 32 {
			return l << e.R.K
		}
	}
	return math.MaxUint32
}
