package craft_test

import (
	"fmt"
	"log"

	"bpfc/craft"
	"bpfc/linktype"
)

// A packet of UDP over IPv4.
func ExampleDescription_Packet() {
	d := craft.Description{Layers: map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2", "udp": "dport=53", "payload": "hello"}}
	packet, err := d.Packet(linktype.RAW)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d bytes: % x\n", len(packet), packet[:20])
	// Output:
	// 33 bytes: 45 00 00 21 00 00 00 00 40 11 66 ca 0a 00 00 01 0a 00 00 02
}
