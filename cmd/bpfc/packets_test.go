package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"net"
	"os"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc/capture"
	"bpfc/linktype"
)

var update = flag.Bool("update", false, "write what the tests compute to testdata instead of comparing")

// packetsFile holds one packet, or a few, of every kind that practical filters ask for. It is made by builder and
// written with -update, so that it needs no real capture of anyone's traffic.
const packetsFile = "../../testdata/packets.pcap"

// builder makes Ethernet packets layer by layer.
type builder struct {
	t       testing.TB
	packets [][]byte
}

var (
	macA = net.HardwareAddr{0x00, 0x11, 0x22, 0x33, 0x44, 0x55}
	macB = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x01}
	all  = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// add appends a packet with lengths and checksums filled in.
func (b *builder) add(parts ...gopacket.SerializableLayer) {
	b.t.Helper()
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...); err != nil {
		b.t.Fatal(err)
	}
	data := bytes.Clone(buf.Bytes())
	for len(data) < 60 {
		data = append(data, 0)
	}
	b.packets = append(b.packets, data)
}

func eth(src, dst net.HardwareAddr, t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: src, DstMAC: dst, EthernetType: t}
}

func ip4(src, dst string, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
}

func ip6(src, dst string, p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
}

// hosts are pairs of addresses that the practical filters name, or just miss.
var hosts = [][2]string{
	{"10.0.0.1", "10.0.0.2"}, {"10.0.0.2", "8.8.8.8"}, {"192.168.1.10", "10.0.0.1"}, {"203.0.113.5", "192.168.0.7"}, {"172.16.9.9", "10.1.2.3"},
	{"192.0.2.10", "192.0.2.99"}, {"198.51.100.1", "10.0.2.200"}, {"100.64.1.1", "224.0.0.5"}, {"10.0.1.1", "255.255.255.255"}, {"11.0.0.1", "9.255.255.255"},
	{"2001:db8::1", "2001:db8::53"}, {"fe80::1", "ff02::1"}, {"2001:db8:ffff::9", "fd00::1"}, {"2001:db9::1", "2001:db8:1::5"},
}

var ports = [][2]uint16{{40000, 80}, {80, 40000}, {50000, 443}, {443, 50001}, {1234, 22}, {53, 33333}, {12345, 53}, {6063, 6064}, {8999, 8000}, {5060, 5061}, {10000, 20001}, {25, 587}}

// transports adds TCP, UDP and SCTP between every pair of hosts, with a port pair and flags that go round.
func (b *builder) transports() {
	n := 0
	for _, h := range hosts {
		for range 3 {
			n++
			src, dst := ports[n%len(ports)][0], ports[n%len(ports)][1]
			tcp := &layers.TCP{SrcPort: layers.TCPPort(src), DstPort: layers.TCPPort(dst), Seq: uint32(n), Window: 1000,
				SYN: n%3 == 0, ACK: n%2 == 0, FIN: n%7 == 0, RST: n%11 == 0, PSH: n%5 == 0}
			udp := &layers.UDP{SrcPort: layers.UDPPort(src), DstPort: layers.UDPPort(dst)}
			text := gopacket.Payload([]string{"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "\x16\x03\x01\x00\x20\x01", "", "MAIL FROM:<a@b>"}[n%5])
			dns := gopacket.Payload(append([]byte{0, byte(n), byte(n<<7) & 0x80, byte(n % 4)}, make([]byte, 8+100*(n%7))...))
			b.add(b.network(h, layers.IPProtocolTCP, tcp, text)...)
			b.add(b.network(h, layers.IPProtocolUDP, udp, dns)...)
			sctp := make([]byte, 28)
			binary.BigEndian.PutUint16(sctp, src)
			binary.BigEndian.PutUint16(sctp[2:], 2905)
			b.add(b.network(h, layers.IPProtocolSCTP, gopacket.Payload(sctp))...)
		}
	}
}

// network puts an Ethernet and an IP header of the hosts' family before a transport header.
func (b *builder) network(h [2]string, p layers.IPProtocol, rest ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
	return b.on(eth(macA, macB, layers.EthernetTypeIPv4), h, p, rest...)
}

func (b *builder) on(e *layers.Ethernet, h [2]string, p layers.IPProtocol, rest ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
	var network gopacket.SerializableLayer
	if net.ParseIP(h[0]).To4() != nil {
		v4 := ip4(h[0], h[1], p)
		network = v4
		setNetwork(rest, v4)
	} else {
		v6 := ip6(h[0], h[1], p)
		network = v6
		e.EthernetType = layers.EthernetTypeIPv6
		setNetwork(rest, v6)
	}
	return append([]gopacket.SerializableLayer{e, network}, rest...)
}

// setNetwork tells transport headers what to compute their checksums over.
func setNetwork(rest []gopacket.SerializableLayer, l gopacket.NetworkLayer) {
	for _, r := range rest {
		if c, ok := r.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			_ = c.SetNetworkLayerForChecksum(l) // IPv4 and IPv6 are both taken
		}
	}
}

func (b *builder) others() {
	v4, v6 := hosts[0], hosts[10]
	for _, t := range []uint8{0, 3, 5, 8, 11} {
		b.add(b.network(v4, layers.IPProtocolICMPv4, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(t, t%5+1)}, gopacket.Payload(make([]byte, 40)))...)
	}
	for _, t := range []uint8{1, 128, 134, 135, 136} {
		b.add(b.network(v6, layers.IPProtocolICMPv6, &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(t, 0)}, gopacket.Payload(make([]byte, 24)))...)
	}
	for _, p := range []layers.IPProtocol{2, 4, 41, 47, 50, 51, 88, 89, 103, 112, 9} {
		b.add(b.network(v4, p, gopacket.Payload(bytes.Repeat([]byte{0x21}, 30)))...)
		b.add(b.network(v6, p, gopacket.Payload(bytes.Repeat([]byte{0x21}, 30)))...)
	}
	for op := uint16(1); op <= 4; op++ {
		t := layers.EthernetTypeARP
		if op > 2 {
			t = 0x8035
		}
		b.add(eth(macA, all, t), &layers.ARP{AddrType: 1, Protocol: 0x800, HwAddressSize: 6, ProtAddressSize: 4, Operation: op,
			SourceHwAddress: macA, SourceProtAddress: net.IP{10, 0, 0, 1}, DstHwAddress: make([]byte, 6), DstProtAddress: net.IP{10, 0, 0, byte(op)}})
	}
	for _, t := range []layers.EthernetType{0x88cc, 0x888e, 0x8863, 0x8864, 0x9000, 0x86dd, 0x0800} {
		b.add(eth(macB, net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0}, t), gopacket.Payload(make([]byte, 46)))
	}
	b.llc()
}

// llc adds 802.3 frames: spanning tree, OSI, NetBEUI, SNAP.
func (b *builder) llc() {
	for _, header := range [][]byte{{0x42, 0x42, 3}, {0xfe, 0xfe, 3, 0x83}, {0xf0, 0xf0, 0x7f}, {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, {0xff, 0xff}, {0xe0, 0xe0, 0x11}} {
		frame := append([]byte{1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 50}, header...)
		b.packets = append(b.packets, append(frame, make([]byte, 64-len(frame))...))
	}
}

// tagged adds VLAN tags, one and two, MPLS labels, PPPoE, Geneve and VXLAN around a small TCP packet.
func (b *builder) tagged() {
	inner := func(h [2]string) (network []byte, t uint16) {
		parts := b.network(h, layers.IPProtocolTCP, &layers.TCP{SrcPort: 40000, DstPort: 80, SYN: true}, gopacket.Payload("x"))
		one := &builder{t: b.t}
		one.add(parts...)
		return one.packets[0][14:], binary.BigEndian.Uint16(one.packets[0][12:])
	}
	for _, h := range [][2]string{hosts[0], hosts[10]} {
		network, t := inner(h)
		header := func(bs ...byte) []byte { return append(append([]byte{}, macA...), append(macB, bs...)...) }
		b.raw(header(0x81, 0, 0, 100, byte(t>>8), byte(t)), network)
		b.raw(header(0x88, 0xa8, 0, 10, 0x81, 0, 0, 20, byte(t>>8), byte(t)), network)
		b.raw(header(0x91, 0, 0, 200, 0x08, 0x06), network)
		b.raw(header(0x88, 0x47, 0, 0x40, 0x01, 0x40), network) // label 1024, bottom of the stack
		b.raw(header(0x88, 0x47, 0x18, 0x6a, 0x00, 0x40, 0, 0x40, 0x01, 0x40), network)
		ppp := []byte{0, 0x21}
		if t == 0x86dd {
			ppp = []byte{0, 0x57}
		}
		b.raw(header(append([]byte{0x88, 0x64, 0x11, 0, 0, 0x27, 0, 60}, ppp...)...), network)
		ethernet := header(byte(t>>8), byte(t))
		b.add(b.network(h, layers.IPProtocolUDP, &layers.UDP{SrcPort: 1, DstPort: 6081},
			gopacket.Payload(append([]byte{0, 0, 0x65, 0x58, 0, 0, 100, 0}, append(ethernet, network...)...)))...)
		b.add(b.network(h, layers.IPProtocolUDP, &layers.UDP{SrcPort: 1, DstPort: 4789},
			gopacket.Payload(append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, append(ethernet, network...)...)))...)
	}
}

func (b *builder) raw(parts ...[]byte) { b.packets = append(b.packets, bytes.Join(parts, nil)) }

// fragments adds the pieces of an IPv4 and an IPv6 packet.
func (b *builder) fragments() {
	for i, offset := range []uint16{0, 185, 370} {
		v4 := ip4("10.0.0.1", "10.0.0.2", layers.IPProtocolTCP)
		v4.FragOffset = offset
		if i < 2 {
			v4.Flags = layers.IPv4MoreFragments
		}
		b.add(eth(macA, macB, layers.EthernetTypeIPv4), v4, gopacket.Payload(append([]byte{0x9c, 0x40, 0, 80}, make([]byte, 100)...)))
		header := append([]byte{6, 0, byte(offset >> 5), byte(offset << 3), 0, 0, 0, 1}, 0x9c, 0x40, 0, 80)
		b.add(eth(macA, macB, layers.EthernetTypeIPv6), ip6("2001:db8::1", "2001:db8::2", 44), gopacket.Payload(append(header, make([]byte, 60)...)))
	}
}

// build makes all packets.
func build(t testing.TB) [][]byte {
	b := &builder{t: t}
	b.transports()
	b.others()
	b.tagged()
	b.fragments()
	return b.packets
}

// capturePackets makes the bytes of the capture file: the packets whole, and then each cut short somewhere.
func capturePackets(t testing.TB) []byte {
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, capture.WriterOptions{LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	put := func(data []byte, wireLen int) {
		n++
		p := capture.Packet{Data: data, WireLen: uint32(wireLen), Timestamp: 1_700_000_000e9 + int64(n)*1_000_000}
		if err := w.WritePacket(&p); err != nil {
			t.Fatal(err)
		}
	}
	packets := build(t)
	for _, data := range packets {
		put(data, len(data))
	}
	for i, data := range packets {
		put(data[:i*7%len(data)], len(data))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPacketsFile(t *testing.T) {
	want := capturePackets(t)
	if *update {
		if err := os.WriteFile(packetsFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	if hostIsBigEndian := binary.NativeEndian.Uint16([]byte{0, 1}) == 1; hostIsBigEndian {
		required(t, "the file is kept in little-endian order, and this machine writes big-endian ones")
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the test builds; run with -update and look at the difference", packetsFile)
	}
}
