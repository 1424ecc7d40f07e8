package lower_test

import (
	"fmt"
	"log"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/socket/lower"
)

// A filter on IP packets becomes one for a UDP socket, which shows its program the packet from the UDP header on.
func ExampleToTransport() {
	g, err := bpfc.Graph("udp dst port 53", bpfc.WithLinkType(linktype.IPV4), bpfc.WithNames(names.Map{}))
	if err != nil {
		log.Fatal(err)
	}
	lower.ToTransport(g)
	fmt.Println(g.Root != nil)
	// Output:
	// true
}
