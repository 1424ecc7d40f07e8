package witness_test

import (
	"context"
	"fmt"

	"bpfc/witness"
)

func ExampleFind() {
	set, err := witness.Find(context.Background(), "udp dst port 53 or arp", witness.Options{Near: true})
	if err != nil {
		panic(err)
	}
	for _, p := range set.Matches {
		fmt.Println(len(p.Data), "bytes:", p.Way)
	}
	p := set.Near[len(set.Near)-1]
	fmt.Printf("fails in %q\n", p.Fails)
	// Output:
	// 91 bytes: IPv6, UDP, destination port 53
	// 71 bytes: IPv4, UDP, destination port 53
	// 42 bytes: ARP
	// fails in "arp"
}
