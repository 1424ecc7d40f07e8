package socket_test

import (
	"fmt"

	"bpfc/socket"
)

// The kinds of socket, and what each shows its program.
func ExampleAll() {
	for _, k := range socket.All() {
		fmt.Printf("%v: %s\n", k, k.Description())
	}
	// Output:
	// packet: a packet socket (AF_PACKET, SOCK_RAW)
	// cooked: a packet socket without link-layer headers (AF_PACKET, SOCK_DGRAM)
	// udp: a UDP socket
	// tcp: a TCP socket
	// raw4: a raw IPv4 socket
	// raw6: a raw IPv6 socket
	// ping: an ICMP datagram socket
	// unix: a UNIX socket
}
