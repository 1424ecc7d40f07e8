//go:build !libpcap

package pcap_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"bpfc/pcap"
)

// dnsQuery is an Ethernet frame with a UDP datagram to port 53.
func dnsQuery() []byte {
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}
	udp := &layers.UDP{SrcPort: 5353, DstPort: 53}
	_ = udp.SetNetworkLayerForChecksum(ip) // fails for other protocols alone
	b := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}, ip, udp)
	if err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}

// exampleFile writes a capture file with two frames, and gives its path.
func exampleFile() (path string, remove func()) {
	folder, err := os.MkdirTemp("", "pcap")
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		log.Fatal(err)
	}
	for i, data := range [][]byte{dnsQuery(), make([]byte, 60)} {
		ci := gopacket.CaptureInfo{Timestamp: time.Unix(int64(i), 0), CaptureLength: len(data), Length: len(data)}
		if err := w.WritePacket(ci, data); err != nil {
			log.Fatal(err)
		}
	}
	path = filepath.Join(folder, "trace.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
	return path, func() { os.RemoveAll(folder) }
}

// A capture file, a filter, and gopacket's decoding.
func Example() {
	path, remove := exampleFile()
	defer remove()
	handle, err := pcap.OpenOffline(path)
	if err != nil {
		log.Fatal(err)
	}
	defer handle.Close()
	if err := handle.SetBPFFilter("udp port 53"); err != nil {
		log.Fatal(err)
	}
	for packet := range gopacket.NewPacketSource(handle, handle.LinkType()).Packets() {
		fmt.Println(packet.NetworkLayer().NetworkFlow(), packet.TransportLayer().TransportFlow())
	}
	// Output: 10.0.0.1->10.0.0.2 5353->53
}

// A live capture, with time stamps of nanoseconds and packets as they come.
func ExampleInactiveHandle() {
	inactive, err := pcap.NewInactiveHandle("no such device")
	if err != nil {
		log.Fatal(err)
	}
	defer inactive.CleanUp()
	if err := inactive.SetImmediateMode(true); err != nil {
		log.Fatal(err)
	}
	if err := inactive.SetTimeout(pcap.BlockForever); err != nil {
		log.Fatal(err)
	}
	handle, err := inactive.Activate()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer handle.Close()
	// Output: No Such Device
}

// A filter for packets in memory.
func ExampleNewBPF() {
	filter, err := pcap.NewBPF(layers.LinkTypeEthernet, 65535, "udp port 53")
	if err != nil {
		log.Fatal(err)
	}
	data := dnsQuery()
	fmt.Println(filter, filter.Matches(gopacket.CaptureInfo{Length: len(data)}, data))
	// Output: udp port 53 true
}

// A filter as a program, for something else to run.
func ExampleCompileBPFFilter() {
	program, err := pcap.CompileBPFFilter(layers.LinkTypeEthernet, 96, "ip")
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range program {
		fmt.Printf("{ %#x, %d, %d, %#x },\n", in.Code, in.Jt, in.Jf, in.K)
	}
	// Output:
	// { 0x28, 0, 0, 0xc },
	// { 0x15, 0, 1, 0x800 },
	// { 0x6, 0, 0, 0x60 },
	// { 0x6, 0, 0, 0x0 },
}

// Every packet, without memory for each.
func ExampleHandle_ZeroCopyReadPacketData() {
	path, remove := exampleFile()
	defer remove()
	handle, err := pcap.OpenOffline(path)
	if err != nil {
		log.Fatal(err)
	}
	defer handle.Close()
	total := 0
	for {
		data, _, err := handle.ZeroCopyReadPacketData() // valid until the next call
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err, handle.Error())
		}
		total += len(data)
	}
	fmt.Println(total, "bytes")
	// Output: 120 bytes
}
