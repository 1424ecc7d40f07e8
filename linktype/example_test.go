package linktype_test

import (
	"fmt"

	"bpfc/linktype"
)

// A type is known by its DLT_ name; files have another number for a few.
func ExampleParse() {
	for _, name := range []string{"en10mb", "DLT_RAW", "276", "EN10BM"} {
		t, err := linktype.Parse(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(t, int(t), t.FileNumber(), t.Description())
	}
	// Output:
	// EN10MB 1 1 Ethernet
	// RAW 12 101 raw IPv4 or IPv6
	// LINUX_SLL2 276 276 Linux cooked capture, version 2
	// no link-layer type "EN10BM"; did you mean EN10MB?
}

func ExampleFromFile() {
	fmt.Println(linktype.FromFile(101), linktype.FromFile(1))
	// Output:
	// RAW EN10MB
}
