package ast_test

import (
	"fmt"
	"log"

	"bpfc/ast"
	"bpfc/parser"
)

// Walk visits the parts of an expression.
func ExampleWalk() {
	tree, err := parser.Parse("tcp port 80 or host 10.0.0.1")
	if err != nil {
		log.Fatal(err)
	}
	ast.Walk(tree, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			fmt.Printf("%T %s\n", e, ast.Format(e))
		}
		return true
	})
	// Output:
	// *ast.Logic tcp port 80 or host 10.0.0.1
	// *ast.Qualified tcp port 80
	// *ast.Qualified host 10.0.0.1
}
