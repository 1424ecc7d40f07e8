package lexer_test

import (
	"fmt"
	"log"

	"bpfc/lexer"
)

// Tokens takes a text apart.
func ExampleTokens() {
	tokens, err := lexer.Tokens("tcp port 80")
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range tokens {
		fmt.Printf("%d %q\n", t.Pos.Offset, t.Value)
	}
	// Output:
	// 0 "tcp"
	// 4 "port"
	// 9 "80"
	// 11 ""
}
