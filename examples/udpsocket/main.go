// Udpsocket attaches a filter to an ordinary UDP server: the kernel keeps from the application what the filter rejects. No
// privilege is needed. The filter speaks of the IP packet, although the socket shows its program less; without
// arguments it wants datagrams from this host of more than 30 bytes, headers included, that begin with "y".
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"bpfc"
	"bpfc/capture"
)

func main() {
	filter := "src net 127.0.0.0/8 and greater 31 and udp[8] = 0x79"
	if len(os.Args) > 1 {
		filter = strings.Join(os.Args[1:], " ")
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	kind, err := capture.SocketKind(conn)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := bpfc.Compile(filter, bpfc.WithSocket(kind))
	if err != nil {
		log.Fatal(err)
	}
	if err := capture.AttachFresh(conn, prog.Instructions()); err != nil {
		log.Fatal(err)
	}
	client, err := net.Dial("udp4", conn.LocalAddr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for _, text := range []string{"no", "yes", "never", "y", "yet"} {
		if _, err := client.Write([]byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	buffer := make([]byte, 100)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			log.Fatal(err)
		}
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		fmt.Println(string(buffer[:n]))
	}
}
