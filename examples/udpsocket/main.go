// Udpsocket attaches a filter to an ordinary UDP socket: the kernel keeps what
// the program rejects from the application. No privilege is needed.
package main

import (
	"fmt"
	"log"
	"net"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/capture"
)

func main() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// A UDP socket's program sees the UDP header first: the data begins at 8.
	// The filter language speaks of link layers, so this one is written by hand.
	prog, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 8, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 'y', SkipFalse: 1},
		bpf.RetConstant{Val: 65535},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := capture.AttachFresh(conn, prog); err != nil {
		log.Fatal(err)
	}
	client, err := net.Dial("udp4", conn.LocalAddr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for _, text := range []string{"no", "yes", "never", "yet"} {
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
