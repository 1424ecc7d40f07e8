package optimizer

import (
	"testing"

	"bpfc/ir"
)

// and makes a graph that accepts where all loads of a size and place have the
// given values.
func and(g *ir.Graph, tests ...[3]uint32) *ir.Node {
	at := g.AcceptNode
	for i := len(tests) - 1; i >= 0; i-- {
		t := tests[i]
		at = g.NewTest(ir.Eq, g.Load(uint8(t[0]), t[1], nil), g.Const(t[2]), at, g.RejectNode)
	}
	return at
}

// Where all tests must hold, what fails most often comes first: few packets are
// ICMP, half are IPv4.
func TestRareFirst(t *testing.T) {
	g := ir.New()
	g.Root = and(g, [3]uint32{2, 12, 0x800}, [3]uint32{1, 23, 1})
	Optimize(g, Options{})
	if got := g.Root.L; got != g.Load(1, 23, nil) {
		t.Errorf("first is %v", got)
	}
}

// Where a packet is accepted that fails the first test, a load of the second
// must not come before it: it would reject shorter packets.
func TestNoLoadEarlier(t *testing.T) {
	g := ir.New()
	inner := g.NewTest(ir.Eq, g.Load(1, 23, nil), g.Const(1), g.RejectNode, g.AcceptNode)
	g.Root = g.NewTest(ir.Eq, g.Load(2, 12, nil), g.Const(0x800), inner, g.AcceptNode)
	Optimize(g, Options{})
	if got := g.Root.L; got != g.Load(2, 12, nil) {
		t.Errorf("first is %v", got)
	}
}

// A variable keeps its place between its assignment and what reads it.
func TestAssignmentStays(t *testing.T) {
	g := ir.New()
	v := g.NewVar()
	port := g.NewTest(ir.Eq, g.Load(2, 14, g.VarRef(v)), g.Const(80), g.AcceptNode, g.RejectNode)
	known := g.NewTest(ir.Eq, g.Load(2, 12, nil), g.Const(0x800), g.NewAssign(v, g.Load(1, 14, nil), port), g.RejectNode)
	g.Root = known
	Optimize(g, Options{})
	if err := ir.Verify(g); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 100)
	packet[12], packet[13], packet[14], packet[14+20+1] = 8, 0, 20, 80
	if !ir.Run(g, packet, len(packet), nil) {
		t.Error("rejected")
	}
}
