package lint_test

import (
	"context"
	"fmt"
	"log"

	"bpfc/explain/lint"
	"bpfc/linktype"
)

// Check says what is probably not meant.
func ExampleCheck() {
	report, err := lint.Check(context.Background(), "not host 10.0.0.1 or not host 10.0.0.2", lint.Options{LinkType: linktype.EN10MB})
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range report.Warnings {
		fmt.Println(w.Name)
	}
	// Output:
	// not-or
}
