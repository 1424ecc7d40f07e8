// Send puts one packet on an interface:
//
//	send INTERFACE TEXT
package main

import (
	"log"
	"net"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc/capture"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: send INTERFACE TEXT")
	}
	s, err := capture.OpenSender(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if s.LinkType() != 1 { // LINKTYPE_ETHERNET
		log.Fatalf("%s is no Ethernet interface", os.Args[1])
	}
	eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{255, 255, 255, 255, 255, 255}, EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
	udp := &layers.UDP{SrcPort: 1024, DstPort: 9}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		log.Fatal(err)
	}
	b := gopacket.NewSerializeBuffer()
	err = gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, eth, ip, udp, gopacket.Payload(os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := s.Send(b.Bytes()); err != nil {
		log.Fatal(err)
	}
}
