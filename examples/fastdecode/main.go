// Fastdecode counts bytes by port with gopacket's decoding parser, which
// fills the same structs for every packet and allocates nothing:
//
//	fastdecode FILE
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: fastdecode FILE")
	}
	r, err := capture.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	if link, _ := r.LinkType(); link != linktype.EN10MB {
		log.Fatal("this example decodes Ethernet only")
	}
	// The filter leaves what the parser knows: IPv4 and TCP.
	prog, err := bpfc.Compile("ip and tcp and ip[6:2] & 0x1fff = 0")
	if err != nil {
		log.Fatal(err)
	}
	m, err := vm.New(prog.Instructions())
	if err != nil {
		log.Fatal(err)
	}
	var eth layers.Ethernet
	var ip layers.IPv4
	var tcp layers.TCP
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &ip, &tcp)
	parser.IgnoreUnsupported = true
	var decoded []gopacket.LayerType
	bytesOf := map[layers.TCPPort]uint64{}
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if m.Match(p.Data, p.WireLen) == 0 {
			continue
		}
		if err := parser.DecodeLayers(p.Data, &decoded); err == nil && slices.Contains(decoded, layers.LayerTypeTCP) {
			bytesOf[min(tcp.SrcPort, tcp.DstPort)] += uint64(p.WireLen)
		}
	}
	for port, n := range bytesOf {
		fmt.Println(uint16(port), n)
	}
}
