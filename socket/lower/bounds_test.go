package lower

import (
	"math"
	"testing"

	"bpfc/ir"
)

func TestBounds(t *testing.T) {
	g := ir.New()
	b1, b2, b4 := g.Load(1, 0, nil), g.Load(2, 0, nil), g.Load(4, 0, nil)
	c := g.Const
	v := g.NewVar()
	g.Root = g.NewAssign(v, b1, g.NewTest(ir.Eq, b1, c(3), g.NewAssign(v, g.Bin(ir.Add, g.VarRef(v), c(8)), g.AcceptNode), g.AcceptNode))
	b := newBounds(g, g.Order())
	for i, tt := range []struct {
		e    *ir.Expr
		want uint64
	}{
		{c(7), 7}, {b1, 255}, {b2, 65535}, {b4, math.MaxUint32}, {g.Len(), math.MaxUint32}, {g.VarRef(v), 263},
		{g.Bin(ir.Add, b1, b2), 255 + 65535}, {g.Bin(ir.Add, b4, b1), math.MaxUint32}, {g.Bin(ir.Sub, b1, c(1)), math.MaxUint32},
		{g.Bin(ir.And, b4, c(0xf)), 15}, {g.Bin(ir.Or, b1, c(0x100)), 0x1ff}, {g.Bin(ir.Xor, b1, b1), 255}, {g.Neg(b1), math.MaxUint32},
		{g.Bin(ir.Lsh, b1, c(2)), 1020}, {g.Bin(ir.Lsh, b2, c(20)), math.MaxUint32}, {g.Bin(ir.Lsh, c(1), b1), math.MaxUint32},
		{g.Bin(ir.Rsh, b4, c(28)), 15}, {g.Bin(ir.Rsh, b4, c(99)), 0}, {g.Bin(ir.Rsh, b1, b1), 255}, {g.Bin(ir.Mod, b4, c(10)), 9},
		{g.Bin(ir.Mod, b4, b1), 254}, {g.Bin(ir.Div, b2, b1), 65535}, {g.Bin(ir.Mul, b1, c(4)), 1020}, {g.Bin(ir.Mul, b4, b4), math.MaxUint32},
	} {
		if got := b.of(tt.e); got != tt.want {
			t.Errorf("%d, %v: at most %d, want %d", i, tt.e, got, tt.want)
		}
	}
}

// TestBoundsOfDeepExpressions has the indexes within indexes be compared first, innermost before outermost.
func TestBoundsOfDeepExpressions(t *testing.T) {
	g := ir.New()
	inner := g.Load(4, 4, g.Load(4, 0, nil))
	outer := g.Load(1, 0, inner)
	// The inner load stands by itself, too, on either side.
	for _, n := range []*ir.Node{g.NewTest(ir.Eq, outer, inner, g.AcceptNode, g.RejectNode), g.NewTest(ir.Eq, inner, outer, g.AcceptNode, g.RejectNode)} {
		g.Root = n
		ToTransport(g)
		if err := ir.Verify(g); err != nil {
			t.Fatal(err)
		}
		first, second := g.Root, g.Root.False
		if first.Cmp != ir.Gt || first.L.L != nil || second.Cmp != ir.Gt || second.L.L != first.L || second.False.Cmp != ir.Eq {
			t.Errorf("%v, then %v", first.L, second.L)
		}
	}
}
