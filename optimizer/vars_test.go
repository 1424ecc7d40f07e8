package optimizer_test

import (
	"testing"

	"bpfc/ir"
)

// TestLoadOfUnreadValue has a value that nothing reads, but whose load may fail:
// what says where it loads is still needed.
func TestLoadOfUnreadValue(t *testing.T) {
	g := ir.New()
	at, value := g.NewVar(), g.NewVar()
	load := g.NewAssign(value, g.Load(4, 18, g.VarRef(at)), g.AcceptNode)
	length := g.Bin(ir.Lsh, g.Bin(ir.And, g.Load(1, 14, nil), g.Const(15)), g.Const(2))
	g.Root = g.NewTest(ir.Eq, g.Load(1, 28, nil), g.Const(0), g.NewAssign(at, length, load), g.RejectNode)
	samePackets(t, "unread value", stages(t, "unread value", g), 30)
}
