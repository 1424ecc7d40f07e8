package filterset_test

import (
	"fmt"
	"log"

	"bpfc/emit"
	"bpfc/filterset"
	"bpfc/ir"
)

// portIs is the filter that two bytes at 0 have a value.
func portIs(port uint32) filterset.Filter {
	g := ir.New()
	g.Root = g.NewTest(ir.Eq, g.Load(2, 0, nil), g.Const(port), g.AcceptNode, g.RejectNode)
	program, err := emit.Emit(g, 65535)
	if err != nil {
		log.Fatal(err)
	}
	return filterset.Filter{Graph: g, Program: program}
}

// A set asks all its filters at once. (Package bpfc makes sets of expressions.)
func ExampleNew() {
	set, err := filterset.New([]filterset.Filter{portIs(53), portIs(80)})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	fmt.Println(set.First([]byte{0, 80}, 2))
	// Output:
	// 1 65535
}

// An index changes by making another.
func ExampleIndex() {
	dns, err := filterset.Compile(portIs(53))
	if err != nil {
		log.Fatal(err)
	}
	old := filterset.NewIndex[string]()
	x, members := old.With([]filterset.Addition[string]{{Compiled: dns, Filter: "dns"}})
	m, verdict := x.First([]byte{0, 53}, 2)
	fmt.Println(m.Filter, verdict, old.Len(), x.Without(members).Len())
	// Output:
	// dns 65535 0 0
}
