// Package craft builds packets from a description in words: layers from the
// outside to the inside, each with its fields as name=value.
//
//	d := craft.Description{Layers: map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2", "udp": "dport=53"}}
//	packet, err := d.Packet(linktype.EN10MB)
//
// What is left out has a usual value; lengths and checksums are right, by
// gopacket's serializers. [Layers] lists what there is.
//
// The package keeps its API compatible within a major version.
package craft

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc/linktype"
)

// Layer is one that a [Description] can have, and its fields. It is a value, and so safe for concurrent use.
type Layer struct{ Name, Fields string }

// Layers are those that there are.
func Layers() []Layer {
	return []Layer{
		{"eth", "Ethernet: src=MAC,dst=MAC,type=0x…"},
		{"vlan", "VLAN tag: id=…,priority=…"},
		{"arp", "ARP: op=request|reply,sender=IP,target=IP"},
		{"ip", "IPv4 or IPv6: src=IP,dst=IP,ttl=…,tos=…,id=…,proto=…"},
		{"tcp", "TCP: sport=…,dport=…,flags=SA,seq=…,ack=…,window=…"},
		{"udp", "UDP: sport=…,dport=…"},
		{"icmp", "ICMP or ICMPv6: type=…,code=…,id=…,seq=…"},
		{"payload", "data of the packet, as text"},
		{"payload-hex", "data of the packet, in hexadecimal"},
	}
}

// Description is a packet in words. It is safe for concurrent use as long as nobody changes it.
type Description struct {
	// Layers has the fields of each layer that the packet has, by its name: "dport=53,sport=1024". A layer with the text ""
	// has usual values.
	Layers map[string]string
	// Prefix stands before names of layers in errors: "--" where they are flags.
	Prefix string
}

func (d *Description) given(layer string) bool { _, ok := d.Layers[layer]; return ok }

// name is what a layer is called in errors.
func (d *Description) name(layer string) string { return d.Prefix + layer }

// Error says what is wrong with a description. It is immutable, and so safe for concurrent use.
type Error struct{ err error }

func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the cause, if there is one.
func (e *Error) Unwrap() error { return e.err }

func badf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// fields are the values of a layer by their names; what was not asked for in the end is a mistake.
type fields struct {
	layer  string
	values map[string]string
	err    error
}

func (d *Description) fields(layer string) *fields {
	f := &fields{layer: d.name(layer), values: map[string]string{}}
	for _, part := range strings.Split(d.Layers[layer], ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if _, twice := f.values[name]; !ok || twice {
			f.fail("%q: a field is written name=value, once", part)
			continue
		}
		f.values[name] = strings.TrimSpace(value)
	}
	return f
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = badf("%s: %s", f.layer, fmt.Sprintf(format, args...))
	}
}

// take gives a field's text and crosses it off.
func (f *fields) take(name string) (string, bool) {
	s, ok := f.values[name]
	delete(f.values, name)
	return s, ok
}

// number gives a field of so many bits, or what it is if not given.
func (f *fields) number(name string, bits int, otherwise uint64) uint64 {
	s, ok := f.take(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 0, bits)
	if err != nil {
		f.fail("%s=%s is no number of %d bits", name, s, bits)
	}
	return n
}

func (f *fields) mac(name, otherwise string) net.HardwareAddr {
	s, ok := f.take(name)
	if !ok {
		s = otherwise
	}
	m, err := net.ParseMAC(s)
	if err != nil || len(m) != 6 {
		f.fail("%s=%s is no Ethernet address", name, s)
		return make(net.HardwareAddr, 6)
	}
	return m
}

func (f *fields) address(name, otherwise string) netip.Addr {
	s, ok := f.take(name)
	if !ok {
		s = otherwise
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		f.fail("%s=%s is no IP address", name, s)
		return netip.AddrFrom4([4]byte{})
	}
	return a.Unmap()
}

// finish gives the first mistake; a field that nobody took is one.
func (f *fields) finish(known string) error {
	for name := range f.values {
		f.fail("no field %q; there are %s", name, known)
	}
	return f.err
}

// Packet builds the bytes for an interface of a link-layer type, EN10MB or RAW, with lengths and checksums. For RAW they begin
// with the IP header. A description that makes no packet is an *[Error].
func (d *Description) Packet(link linktype.Type) ([]byte, error) {
	b := packetBuilder{d: d, bare: link == linktype.RAW}
	if link != linktype.EN10MB && link != linktype.RAW {
		return nil, badf("a described packet is an Ethernet or an IP packet, and the interface takes packets of link-layer type %v: send a file of these with -r", link)
	}
	for _, step := range []func() error{b.payload, b.ipLayer, b.transport, b.arpLayer, b.link} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, b.stack()...); err != nil {
		return nil, fmt.Errorf("building the packet: %w", err)
	}
	return buffer.Bytes(), nil
}

// packetBuilder collects the layers.
type packetBuilder struct {
	d             *Description
	bare          bool // no link-layer header
	eth           *layers.Ethernet
	vlan          *layers.Dot1Q
	arp           *layers.ARP
	ip4           *layers.IPv4
	ip6           *layers.IPv6
	top           []gopacket.SerializableLayer // transport
	data          gopacket.Payload
	protocolGiven bool
}

// stack gives the layers from the outside to the inside.
func (b *packetBuilder) stack() []gopacket.SerializableLayer {
	var stack []gopacket.SerializableLayer
	if b.eth != nil {
		stack = append(stack, b.eth)
	}
	if b.vlan != nil {
		stack = append(stack, b.vlan)
	}
	switch {
	case b.arp != nil:
		stack = append(stack, b.arp)
	case b.ip4 != nil:
		stack = append(stack, b.ip4)
	case b.ip6 != nil:
		stack = append(stack, b.ip6)
	}
	return append(append(stack, b.top...), b.data)
}

func (b *packetBuilder) payload() error {
	if b.d.given("payload") && b.d.given("payload-hex") {
		return badf("%s and %s: give one of them", b.d.name("payload"), b.d.name("payload-hex"))
	}
	b.data = gopacket.Payload(b.d.Layers["payload"])
	if b.d.given("payload-hex") {
		data, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "").Replace(b.d.Layers["payload-hex"]))
		if err != nil {
			return badf("%s: %w", b.d.name("payload-hex"), err)
		}
		b.data = data
	}
	return nil
}

func (b *packetBuilder) ipLayer() error {
	needed := b.d.given("tcp") || b.d.given("udp") || b.d.given("icmp")
	if !b.d.given("ip") {
		if needed {
			return badf("%s, %s and %s need %s with the addresses", b.d.name("tcp"), b.d.name("udp"), b.d.name("icmp"), b.d.name("ip"))
		}
		return nil
	}
	f := b.d.fields("ip")
	src, dst := f.address("src", "127.0.0.1"), f.address("dst", "127.0.0.1")
	if src.Is4() != dst.Is4() {
		f.fail("src and dst are of different versions")
	}
	ttl, tos, id := uint8(f.number("ttl", 8, 64)), uint8(f.number("tos", 8, 0)), uint16(f.number("id", 16, 0))
	_, b.protocolGiven = f.values["proto"]
	protocol := layers.IPProtocol(f.number("proto", 8, 255))
	if src.Is4() {
		b.ip4 = &layers.IPv4{Version: 4, TTL: ttl, TOS: tos, Id: id, Protocol: protocol, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	} else {
		b.ip6 = &layers.IPv6{Version: 6, HopLimit: ttl, TrafficClass: tos, NextHeader: protocol, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	}
	return f.finish("src, dst, ttl, tos, id and proto")
}

// setProtocol names the transport protocol in the IP header, unless the user did.
func (b *packetBuilder) setProtocol(p layers.IPProtocol) {
	switch {
	case b.protocolGiven:
	case b.ip4 != nil:
		b.ip4.Protocol = p
	case b.ip6 != nil:
		b.ip6.NextHeader = p
	}
}

// network is the layer that checksums are made over.
func (b *packetBuilder) network() gopacket.NetworkLayer {
	if b.ip4 != nil {
		return b.ip4
	}
	return b.ip6
}

func (b *packetBuilder) transport() error {
	given := 0
	for _, name := range []string{"tcp", "udp", "icmp"} {
		if b.d.given(name) {
			given++
		}
	}
	switch {
	case given > 1:
		return badf("%s, %s and %s: give one of them", b.d.name("tcp"), b.d.name("udp"), b.d.name("icmp"))
	case b.d.given("tcp"):
		return b.tcp()
	case b.d.given("udp"):
		return b.udp()
	case b.d.given("icmp"):
		return b.icmp()
	}
	return nil
}

// tcpFlags are the letters of flags, as tcpdump prints them.
var tcpFlags = map[rune]func(*layers.TCP) *bool{
	'F': func(t *layers.TCP) *bool { return &t.FIN }, 'S': func(t *layers.TCP) *bool { return &t.SYN },
	'R': func(t *layers.TCP) *bool { return &t.RST }, 'P': func(t *layers.TCP) *bool { return &t.PSH },
	'A': func(t *layers.TCP) *bool { return &t.ACK }, '.': func(t *layers.TCP) *bool { return &t.ACK },
	'U': func(t *layers.TCP) *bool { return &t.URG }, 'E': func(t *layers.TCP) *bool { return &t.ECE },
	'W': func(t *layers.TCP) *bool { return &t.CWR },
}

func (b *packetBuilder) tcp() error {
	f := b.d.fields("tcp")
	t := &layers.TCP{SrcPort: layers.TCPPort(f.number("sport", 16, 1024)), DstPort: layers.TCPPort(f.number("dport", 16, 80)),
		Seq: uint32(f.number("seq", 32, 0)), Ack: uint32(f.number("ack", 32, 0)), Window: uint16(f.number("window", 16, 65535))}
	letters, ok := f.take("flags")
	if !ok {
		letters = "S"
	}
	for _, c := range strings.ToUpper(letters) {
		if flag, ok := tcpFlags[c]; ok {
			*flag(t) = true
		} else {
			f.fail("flags=%s: the letters are F, S, R, P, A (or .), U, E and W", letters)
		}
	}
	b.setProtocol(layers.IPProtocolTCP)
	b.top = append(b.top, t)
	if err := t.SetNetworkLayerForChecksum(b.network()); err != nil {
		return err
	}
	return f.finish("sport, dport, flags, seq, ack and window")
}

func (b *packetBuilder) udp() error {
	f := b.d.fields("udp")
	u := &layers.UDP{SrcPort: layers.UDPPort(f.number("sport", 16, 1024)), DstPort: layers.UDPPort(f.number("dport", 16, 53))}
	b.setProtocol(layers.IPProtocolUDP)
	b.top = append(b.top, u)
	if err := u.SetNetworkLayerForChecksum(b.network()); err != nil {
		return err
	}
	return f.finish("sport and dport")
}

func (b *packetBuilder) icmp() error {
	f := b.d.fields("icmp")
	echo := uint64(layers.ICMPv4TypeEchoRequest)
	if b.ip6 != nil {
		echo = layers.ICMPv6TypeEchoRequest
	}
	kind, code := uint8(f.number("type", 8, echo)), uint8(f.number("code", 8, 0))
	id, seq := uint16(f.number("id", 16, 1)), uint16(f.number("seq", 16, 1))
	if b.ip4 != nil {
		b.setProtocol(layers.IPProtocolICMPv4)
		b.top = append(b.top, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(kind, code), Id: id, Seq: seq})
		return f.finish("type, code, id and seq")
	}
	b.setProtocol(layers.IPProtocolICMPv6)
	six := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, code)}
	if err := six.SetNetworkLayerForChecksum(b.ip6); err != nil {
		return err
	}
	b.top = append(b.top, six, &layers.ICMPv6Echo{Identifier: id, SeqNumber: seq})
	return f.finish("type, code, id and seq")
}

func (b *packetBuilder) arpLayer() error {
	if !b.d.given("arp") {
		return nil
	}
	if b.d.given("ip") {
		return badf("%s and %s: give one of them", b.d.name("arp"), b.d.name("ip"))
	}
	f := b.d.fields("arp")
	ops := map[string]uint16{"request": layers.ARPRequest, "reply": layers.ARPReply}
	name, ok := f.take("op")
	if !ok {
		name = "request"
	}
	op, known := ops[name]
	if !known {
		f.fail("op=%s: it is request or reply", name)
	}
	sender, target := f.address("sender", "0.0.0.0"), f.address("target", "0.0.0.0")
	if !sender.Is4() || !target.Is4() {
		f.fail("sender and target are IPv4 addresses")
	}
	b.arp = &layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: op,
		SourceProtAddress: sender.AsSlice(), DstProtAddress: target.AsSlice(),
		SourceHwAddress: f.mac("sender-mac", "00:00:00:00:00:00"), DstHwAddress: f.mac("target-mac", "00:00:00:00:00:00")}
	return f.finish("op, sender, target, sender-mac and target-mac")
}

// link makes the Ethernet header, with the type of what it carries, where there is to be one.
func (b *packetBuilder) link() error {
	if b.bare {
		return b.noLink()
	}
	f := b.d.fields("eth")
	inner := layers.EthernetTypeLLC
	switch {
	case b.arp != nil:
		inner = layers.EthernetTypeARP
	case b.ip4 != nil:
		inner = layers.EthernetTypeIPv4
	case b.ip6 != nil:
		inner = layers.EthernetTypeIPv6
	}
	b.eth = &layers.Ethernet{SrcMAC: f.mac("src", "02:00:00:00:00:01"), DstMAC: f.mac("dst", "ff:ff:ff:ff:ff:ff")}
	if b.arp != nil && slices.Max(b.arp.SourceHwAddress) == 0 {
		b.arp.SourceHwAddress = b.eth.SrcMAC
	}
	if b.d.given("vlan") {
		v := b.d.fields("vlan")
		b.vlan = &layers.Dot1Q{VLANIdentifier: uint16(v.number("id", 12, 1)), Priority: uint8(v.number("priority", 3, 0)), Type: inner}
		if err := v.finish("id and priority"); err != nil {
			return err
		}
		inner = layers.EthernetTypeDot1Q
	}
	b.eth.EthernetType = layers.EthernetType(f.number("type", 16, uint64(inner)))
	return f.finish("src, dst and type")
}

// noLink checks that an interface without link-layer headers can get what is described.
func (b *packetBuilder) noLink() error {
	for _, name := range []string{"eth", "vlan", "arp"} {
		if b.d.given(name) {
			return badf("%s: packets of this interface begin with their IP header: leave out %s, %s and %s", b.d.name(name), b.d.name("eth"), b.d.name("vlan"), b.d.name("arp"))
		}
	}
	if !b.d.given("ip") && !isIP(b.data) {
		return badf("packets of this interface begin with their IP header: describe it with %s, or give all bytes with %s", b.d.name("ip"), b.d.name("payload-hex"))
	}
	return nil
}

// isIP tells whether data can begin with an IP header: it is long enough for one of its version.
func isIP(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	switch data[0] >> 4 {
	case 4:
		return len(data) >= 20
	case 6:
		return len(data) >= 40
	}
	return false
}
