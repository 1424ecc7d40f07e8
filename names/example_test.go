package names_test

import (
	"context"
	"fmt"
	"net/netip"

	"bpfc/names"
)

// Names of one's own come first, and then those of a directory.
func ExampleFirst() {
	own := names.Map{Hosts: map[string][]netip.Addr{"router": {netip.MustParseAddr("10.0.0.1")}}}
	r := names.First(own, names.Dir("testdata/none"))
	fmt.Println(r.Host(context.Background(), "Router"))
	_, err := own.Host(context.Background(), "printer")
	fmt.Println(names.IsNotFound(err), err)
	// Output:
	// [10.0.0.1] <nil>
	// true unknown host "printer"
}
