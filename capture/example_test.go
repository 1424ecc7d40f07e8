package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"

	"bpfc/capture"
)

// Long packets of a pcapng file are copied, with all that the file says beside its packets.
func ExampleReader_NewCopy() {
	var in, out bytes.Buffer
	if err := twoPackets(&in); err != nil {
		log.Fatal(err)
	}
	r, err := capture.NewReader(&in)
	if err != nil {
		log.Fatal(err)
	}
	w, err := r.NewCopy(&out)
	if err != nil {
		log.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err == nil && p.WireLen > 1000 {
			fmt.Println("packet", p.Number)
			err = w.CopyPacket(p)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	copied, err := capture.NewReader(&out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("captured on", copied.Interfaces()[0].Name)
	// Output:
	// packet 2
	// captured on eth0
}

// twoPackets writes a pcapng file with a short and a long packet.
func twoPackets(dst io.Writer) error {
	w, err := capture.NewWriter(dst, capture.WriterOptions{Format: capture.Pcapng, LinkType: 1, Name: "eth0"})
	if err != nil {
		return err
	}
	return errors.Join(
		w.WritePacket(&capture.Packet{Data: make([]byte, 60), WireLen: 60}),
		w.WritePacket(&capture.Packet{Data: make([]byte, 60), WireLen: 1500}),
		w.Close())
}
