package scan_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"bpfc/capture"
	"bpfc/scan"
)

// trace writes the file that the examples read: three packets of UDP, to ports 53, 123 and 53.
func trace() string {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{LinkType: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, port := range []uint16{53, 123, 53} {
		data := frame(port, 60)
		if err := w.WritePacket(&capture.Packet{Data: data, WireLen: uint32(len(data))}); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("scan-example-%d.pcap", os.Getpid()))
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
	return path
}

// Iterate over the packets that match.
func ExamplePackets() {
	path := trace()
	defer os.Remove(path)
	for p, err := range scan.Packets(context.Background(), path, "udp port 53") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.Number, len(p.Data), p.From.LinkType)
	}
	// Output:
	// 1 60 EN10MB
	// 3 60 EN10MB
}

func ExampleCount() {
	path := trace()
	defer os.Remove(path)
	n, err := scan.Count(context.Background(), path, "udp port 53")
	fmt.Println(n, err)
	// Output: 2 <nil>
}

// Copy what matches to another file.
func ExampleCopy() {
	path := trace()
	defer os.Remove(path)
	var out bytes.Buffer // or what os.Create gives
	n, err := scan.Copy(context.Background(), &out, path, "udp port 123")
	fmt.Println(n, err, out.Len(), "bytes")
	// Output: 1 <nil> 100 bytes
}

// A scanner knows the file that it reads.
func ExampleOpen() {
	path := trace()
	defer os.Remove(path)
	s, err := scan.Open(context.Background(), path, "udp port 53")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for _, i := range s.Reader().Interfaces() {
		fmt.Println(s.Reader().Format(), i.LinkType, i.Snaplen)
	}
	n, err := s.Count()
	fmt.Println(n, err)
	// Output:
	// pcap EN10MB 262144
	// 2 <nil>
}
