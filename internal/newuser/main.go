// Newuser is the smallest program that compiles a filter, and so what the size of the library is measured by. Its test builds
// it as somebody would who comes to the library, from an empty folder.
package main

import (
	"fmt"
	"os"

	"bpfc"
	"bpfc/names"
)

func main() {
	prog, err := bpfc.NewCompiler(names.Map{}).Compile(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(prog.Instructions())
}
