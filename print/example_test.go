package print_test

import (
	"os"

	"bpfc/linktype"
	"bpfc/print"
)

// A printer appends the line that tcpdump would print.
func ExamplePrinter() {
	packet := make([]byte, 42)
	copy(packet[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	copy(packet[28:], []byte{10, 0, 0, 1})
	copy(packet[38:], []byte{10, 0, 0, 2})
	p := print.New(print.Options{Time: print.NoTime})
	os.Stdout.Write(p.Append(nil, &print.Packet{LinkType: linktype.EN10MB, Data: packet, WireLen: 42, Number: 1}))
	// Output:
	// ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28
}
