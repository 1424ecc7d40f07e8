package codegen_test

import (
	"context"
	"fmt"
	"log"

	"bpfc/codegen"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

// Generate makes a decision graph of a tree.
func ExampleGenerate() {
	tree, err := parser.Parse("arp")
	if err != nil {
		log.Fatal(err)
	}
	g, err := codegen.Generate(context.Background(), tree, codegen.Options{LinkType: linktype.EN10MB, Names: names.Map{}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(g)
	// Output:
	// 0: [12:2] == 0x806 ? accept : reject
}
