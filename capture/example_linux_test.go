package capture_test

import (
	"fmt"
	"log"
	"net"

	"bpfc"
	"bpfc/capture"
)

// A UDP server takes only what a filter accepts. The socket is asked for its kind, so that the filter judges the IP packet.
func ExampleSocketKind() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	kind, err := capture.SocketKind(conn)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := bpfc.Compile("src net 127.0.0.0/8 and greater 100", bpfc.WithSocket(kind))
	if err != nil {
		log.Fatal(err)
	}
	if err := capture.Attach(conn, prog.Instructions()); err != nil {
		log.Fatal(err)
	}
	client, err := net.DialUDP("udp4", nil, conn.LocalAddr().(*net.UDPAddr))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for _, size := range []int{10, 71, 72} { // with 28 bytes of headers: 38, 99, 100
		if _, err := client.Write(make([]byte, size)); err != nil {
			log.Fatal(err)
		}
	}
	n, err := conn.Read(make([]byte, 2000))
	fmt.Println(kind, n, err)
	// Output: udp 72 <nil>
}
