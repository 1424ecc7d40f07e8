// Decode takes the packets of a capture file apart with gopacket's layers:
//
//	decode FILE EXPRESSION…
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc"
	"bpfc/capture"
	"bpfc/vm"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: decode FILE EXPRESSION…")
	}
	r, err := capture.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	link, _ := r.LinkType()
	prog, err := bpfc.Compile(strings.Join(os.Args[2:], " "), bpfc.WithLinkType(link))
	if err != nil {
		log.Fatal(err)
	}
	m, err := vm.New(prog.Instructions())
	if err != nil {
		log.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		if m.Match(p.Data, p.WireLen) == 0 {
			continue
		}
		// NewPacket copies the bytes, so the packet may be kept.
		packet := gopacket.NewPacket(p.Data, layers.LinkType(link.FileNumber()), gopacket.Lazy)
		var names []string
		for _, l := range packet.Layers() {
			names = append(names, l.LayerType().String())
		}
		fmt.Println(p.Number, strings.Join(names, " "))
	}
}
