// Customlayer defines a protocol of its own for gopacket, and filters for it
// with accessors: an Ethernet type 0x88b5 that carries a version and a number.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc"
	"bpfc/vm"
)

// Counter is the layer: one byte of version, four bytes of number.
type Counter struct {
	layers.BaseLayer
	Version uint8
	Number  uint32
}

// LayerTypeCounter is its type, numbered as gopacket asks for private ones.
var LayerTypeCounter = gopacket.RegisterLayerType(2001, gopacket.LayerTypeMetadata{Name: "Counter", Decoder: gopacket.DecodeFunc(decodeCounter)})

// LayerType names the layer.
func (*Counter) LayerType() gopacket.LayerType { return LayerTypeCounter }

func decodeCounter(data []byte, p gopacket.PacketBuilder) error {
	if len(data) < 5 {
		p.SetTruncated()
		return errors.New("a counter has five bytes")
	}
	p.AddLayer(&Counter{layers.BaseLayer{Contents: data[:5], Payload: data[5:]}, data[0], binary.BigEndian.Uint32(data[1:])})
	return p.NextDecoder(gopacket.LayerTypePayload)
}

func main() {
	layers.EthernetTypeMetadata[0x88b5] = layers.EnumMetadata{DecodeWith: LayerTypeCounter, Name: "Counter", LayerType: LayerTypeCounter}
	// The layer begins after the 14 bytes of Ethernet header.
	prog, err := bpfc.Compile("ether proto 0x88b5 and ether[14] = 1 and ether[15:4] > 100")
	if err != nil {
		log.Fatal(err)
	}
	m, err := vm.New(prog.Instructions())
	if err != nil {
		log.Fatal(err)
	}
	for _, number := range []uint32{5, 100, 101, 70000} {
		frame := append(make([]byte, 12), 0x88, 0xb5, 1)
		frame = binary.BigEndian.AppendUint32(frame, number)
		if m.Match(frame, uint32(len(frame))) == 0 {
			continue
		}
		p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
		if c, ok := p.Layer(LayerTypeCounter).(*Counter); ok {
			fmt.Println("counter", c.Number)
		}
	}
}
