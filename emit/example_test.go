package emit_test

import (
	"fmt"
	"log"

	"bpfc/emit"
	"bpfc/ir"
)

// Emit makes a program of a graph: here, whether the two bytes at 12 are those of ARP.
func ExampleEmit() {
	g := ir.New()
	g.Root = g.NewTest(ir.Eq, g.Load(2, 12, nil), g.Const(0x806), g.AcceptNode, g.RejectNode)
	program, err := emit.Emit(g, 65535)
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range program {
		fmt.Println(in)
	}
	// Output:
	// {40 0 0 12}
	// {21 0 1 2054}
	// {6 0 0 65535}
	// {6 0 0 0}
}
