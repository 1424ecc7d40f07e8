package parser_test

import (
	"fmt"
	"log"

	"bpfc/ast"
	"bpfc/parser"
)

// Parse gives a tree, in which every primitive has its qualifiers.
func ExampleParse() {
	tree, err := parser.Parse("tcp port 80 or 443")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ast.Format(tree))
	_, err = parser.Parse("tcp port")
	fmt.Println(err)
	// Output:
	// tcp port 80 or tcp port 443
	// unexpected end of expression; expected a name, an address, a number, not or (
}
