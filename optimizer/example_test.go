package optimizer_test

import (
	"fmt"

	"bpfc/ir"
	"bpfc/optimizer"
)

// Optimize takes out what is decided already: here, the same test twice.
func ExampleOptimize() {
	g := ir.New()
	again := g.NewTest(ir.Eq, g.Load(1, 0, nil), g.Const(7), g.AcceptNode, g.RejectNode)
	g.Root = g.NewTest(ir.Eq, g.Load(1, 0, nil), g.Const(7), again, g.RejectNode)
	optimizer.Optimize(g, optimizer.Options{})
	fmt.Print(g)
	// Output:
	// 0: [0:1] == 7 ? accept : reject
}
