package witness

import (
	"testing"

	"bpfc/ir"
)

// A path variable that gets another value may be compared anew: what was known of it is forgotten, and known again
// on the other branches.
func TestPathsReassigned(t *testing.T) {
	g := ir.New()
	v := g.NewVar()
	field := g.Load(1, 0, g.VarRef(v))
	again := g.NewTest(ir.Eq, field, g.Const(2), g.AcceptNode, g.RejectNode)
	moved := g.NewAssign(v, g.Const(9), again)
	other := g.NewTest(ir.Eq, field, g.Const(2), g.AcceptNode, g.RejectNode) // cannot be: it is 1
	g.Root = g.NewAssign(v, g.Const(8), g.NewTest(ir.Eq, field, g.Const(1), g.NewTest(ir.Eq, g.Len(), g.Const(60), moved, other), g.RejectNode))
	paths, all := newWalker(g).paths(10, func() bool { return false })
	if len(paths) != 1 || !all {
		t.Fatalf("%d paths, all %v: %v", len(paths), all, paths)
	}
	if last := paths[0][len(paths[0])-1]; last.node != again {
		t.Errorf("the path ends with %v", last.node)
	}
}

// What contradicts itself is seen, and nothing else.
func TestFacts(t *testing.T) {
	g := ir.New()
	b := g.Load(1, 20, nil)
	low := g.Bin(ir.And, b, g.Const(15))
	type fact struct {
		cmp   ir.Cmp
		e     *ir.Expr
		k     uint32
		holds bool
	}
	for _, tt := range []struct {
		facts []fact
		can   bool
	}{
		{[]fact{{ir.Eq, b, 6, true}, {ir.Eq, b, 17, true}}, false},
		{[]fact{{ir.Eq, b, 6, false}, {ir.Eq, b, 17, true}}, true},
		{[]fact{{ir.Eq, b, 6, true}, {ir.Eq, b, 6, false}}, false},
		{[]fact{{ir.Gt, b, 100, true}, {ir.Gt, b, 50, false}}, false},
		{[]fact{{ir.Gt, b, 100, true}, {ir.Ge, b, 102, false}}, true},
		{[]fact{{ir.Gt, b, 100, true}, {ir.Ge, b, 101, false}}, false},
		{[]fact{{ir.Eq, b, 256, true}}, false},
		{[]fact{{ir.Set, b, 3, true}, {ir.Set, b, 1, false}}, true},
		{[]fact{{ir.Set, b, 3, false}, {ir.Set, b, 1, true}}, false},
		{[]fact{{ir.Eq, low, 5, true}, {ir.Eq, b, 0x46, true}}, false},
		{[]fact{{ir.Eq, low, 5, true}, {ir.Eq, b, 0x45, true}}, true},
		{[]fact{{ir.Eq, b, 0x46, true}, {ir.Eq, low, 6, false}}, false},
		{[]fact{{ir.Eq, low, 16, true}}, false},
	} {
		var f facts
		can := true
		for _, x := range tt.facts {
			can = can && f.assume(g.NewTest(x.cmp, x.e, g.Const(x.k), g.AcceptNode, g.RejectNode), x.holds)
		}
		if can != tt.can {
			t.Errorf("%v: %v, want %v", tt.facts, can, tt.can)
		}
		f.undo(0)
		if k := f.get(b); k.lo != 0 || k.hi != 255 || k.ones != 0 || k.zeros != 0 {
			t.Errorf("%v: undone, but %+v is known", tt.facts, k)
		}
	}
}
