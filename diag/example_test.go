package diag_test

import (
	"fmt"

	"bpfc/diag"
)

// An error shows its place in the text.
func ExampleError_Render() {
	e := diag.New(diag.Syntax, 4, 8, "unknown keyword %q", "prot").WithHint("did you mean %q?", "port")
	fmt.Println(e)
	fmt.Println(e.Render("tcp prot 80"))
	// Output:
	// unknown keyword "prot"; did you mean "port"?
	// unknown keyword "prot"; did you mean "port"?
	//   tcp prot 80
	//       ^~~~
}

func ExampleNearest() {
	fmt.Println(diag.Nearest("prot", []string{"host", "port", "net"}))
	// Output:
	// port
}
