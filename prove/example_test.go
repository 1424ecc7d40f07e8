package prove_test

import (
	"context"
	"fmt"

	"bpfc"
	"bpfc/prove"
)

// Two ways to write a filter, and one that only looks the same.
func ExampleCompare() {
	filter := func(text string) *prove.Filter {
		g, err := bpfc.Graph(text)
		if err != nil {
			panic(err)
		}
		f, err := prove.FromGraph(g)
		if err != nil {
			panic(err)
		}
		return f
	}
	a := filter("ip and not tcp and not udp")
	fmt.Println(prove.Compare(context.Background(), a, filter("ip and not (tcp or udp)"), prove.Options{}).Relation)
	answer := prove.Compare(context.Background(), a, filter("ip and not tcp or udp"), prove.Options{})
	fmt.Println(answer.Relation)
	fmt.Printf("%d bytes, IPv6, protocol %d\n", len(answer.OnlyB.Data), answer.OnlyB.Data[20])
	// Output:
	// equal
	// A implies B
	// 21 bytes, IPv6, protocol 17
}
