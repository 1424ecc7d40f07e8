package ir_test

import (
	"fmt"

	"bpfc/ir"
)

// A graph is made from its leaves up, and can be run.
func ExampleGraph() {
	g := ir.New()
	g.Root = g.NewTest(ir.Eq, g.Load(1, 0, nil), g.Const(0x45), g.AcceptNode, g.RejectNode)
	fmt.Print(g)
	for _, packet := range [][]byte{{0x45}, {0x60}, {}} {
		fmt.Println(ir.Run(g, packet, len(packet), nil))
	}
	// Output:
	// 0: [0:1] == 69 ? accept : reject
	// true
	// false
	// false
}
