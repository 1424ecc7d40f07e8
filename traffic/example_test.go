package traffic_test

import (
	"fmt"
	"log"
	"os"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/traffic"
)

// Count packets and print the table.
func ExampleTable() {
	packet := make([]byte, 60)
	copy(packet[12:], []byte{8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17})
	copy(packet[26:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	table := traffic.New()
	for i := range 3 {
		table.Add(&capture.Packet{Data: packet, WireLen: 60, Timestamp: int64(i) * 1e9}, linktype.EN10MB)
	}
	s := table.Summary(10)
	fmt.Println(s.Packets, s.Bytes, s.Protocols[0].Name, len(s.Hosts))
	if err := table.Write(os.Stdout, 1, 40); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 3 180 UDP 2
	// 3 packets, 180 B, 2.000 s, 2 packets/s,
	// 90 B/s
	//
	// protocol              packets      bytes
	// UDP                         3      180 B
	//
	// host                  packets      bytes
	// 10.0.0.1                    3      180 B
	//
	// conversation          packets      bytes
	// 10.0.0.1 ↔ 10.0…            3      180 B
	//
	// size in bytes         packets      bytes
	// 32-63                       3      180 B
	//
	// bytes over time, a column is 1s,
	// the highest 60 B
	// ███
}
