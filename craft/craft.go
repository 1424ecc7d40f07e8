// Package craft builds packets from a description in words: layers from the
// outside to the inside, each with its fields as name=value.
//
//	d := craft.Description{Layers: map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2", "udp": "dport=53"}}
//	packet, err := d.Packet(linktype.EN10MB)
//
// What is left out has a usual value; lengths and checksums are right. [Layers]
// lists what there is. A packet is built from the inside to the outside: each
// layer puts its header before the bytes so far.
//
// The package keeps its API compatible within a major version.
package craft

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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
	for _, step := range []func() error{b.payload, b.ipLayer, b.transport, b.network, b.arpLayer, b.link} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.data, nil
}

// packetBuilder holds the bytes so far.
type packetBuilder struct {
	d    *Description
	bare bool // no link-layer header
	data []byte
	ip   *ipHeader // nil if there is none
	kind uint16    // EtherType of data; 0 if there is none
}

// ipHeader is what an IP header of either version says.
type ipHeader struct {
	src, dst           netip.Addr
	ttl, tos, protocol uint8
	id                 uint16
	protocolGiven      bool
}

// EtherTypes and IP protocols, as IANA and IEEE number them.
const (
	typeIPv4, typeARP, typeVLAN, typeIPv6          = 0x0800, 0x0806, 0x8100, 0x86dd
	protocolICMP, protocolTCP, protocolUDP, icmpv6 = 1, 6, 17, 58
)

// prepend puts a header before the bytes so far.
func (b *packetBuilder) prepend(header []byte) { b.data = append(header, b.data...) }

func (b *packetBuilder) payload() error {
	if b.d.given("payload") && b.d.given("payload-hex") {
		return badf("%s and %s: give one of them", b.d.name("payload"), b.d.name("payload-hex"))
	}
	b.data = []byte(b.d.Layers["payload"])
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
	b.ip = &ipHeader{src: src, dst: dst, ttl: uint8(f.number("ttl", 8, 64)), tos: uint8(f.number("tos", 8, 0)), id: uint16(f.number("id", 16, 0))}
	_, b.ip.protocolGiven = f.values["proto"]
	b.ip.protocol = uint8(f.number("proto", 8, 255))
	return f.finish("src, dst, ttl, tos, id and proto")
}

// network puts the IP header before what it carries.
func (b *packetBuilder) network() error {
	if b.ip == nil {
		return nil
	}
	h, size := b.ip, len(b.data)
	if h.src.Is4() {
		size += 20
	}
	if size > 0xffff {
		return badf("%s: %d bytes are more than an IP packet has", b.d.name("ip"), size)
	}
	var header []byte
	if h.src.Is4() {
		b.kind = typeIPv4
		header = binary.BigEndian.AppendUint16([]byte{4<<4 | 5, h.tos}, uint16(size))
		header = binary.BigEndian.AppendUint16(header, h.id)
		header = append(header, 0, 0, h.ttl, h.protocol, 0, 0)
	} else {
		b.kind = typeIPv6
		header = binary.BigEndian.AppendUint32(nil, 6<<28|uint32(h.tos)<<20)
		header = binary.BigEndian.AppendUint16(header, uint16(size))
		header = append(header, h.protocol, h.ttl)
	}
	header = append(append(header, h.src.AsSlice()...), h.dst.AsSlice()...)
	if h.src.Is4() {
		binary.BigEndian.PutUint16(header[10:], checksum(0, header))
	}
	b.prepend(header)
	return nil
}

// checksum is the Internet checksum (RFC 1071) of data, with a sum that is there already.
func checksum(sum uint32, data []byte) uint16 {
	for i, c := range data {
		if i%2 == 0 {
			sum += uint32(c) << 8
		} else {
			sum += uint32(c)
		}
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// seal names the protocol of the bytes so far in the IP header, unless the user did, and puts their checksum at an offset:
// over the addresses, the protocol and the length too, but for ICMP over IPv4.
func (b *packetBuilder) seal(protocol uint8, at int) {
	if !b.ip.protocolGiven {
		b.ip.protocol = protocol
	}
	sum := uint32(0)
	if protocol != protocolICMP {
		pseudo := append(b.ip.src.AsSlice(), b.ip.dst.AsSlice()...)
		pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(b.data)))
		sum = uint32(^checksum(uint32(protocol), pseudo))
	}
	n := checksum(sum, b.data)
	if protocol == protocolUDP && n == 0 {
		n = 0xffff // RFC 768: zero is none
	}
	binary.BigEndian.PutUint16(b.data[at:], n)
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

// tcpFlags are the letters of flags, as tcpdump prints them, by their bits from the lowest on.
const tcpFlags = "FSRPAUEW"

func (b *packetBuilder) tcp() error {
	f := b.d.fields("tcp")
	header := binary.BigEndian.AppendUint16(nil, uint16(f.number("sport", 16, 1024)))
	header = binary.BigEndian.AppendUint16(header, uint16(f.number("dport", 16, 80)))
	header = binary.BigEndian.AppendUint32(header, uint32(f.number("seq", 32, 0)))
	header = binary.BigEndian.AppendUint32(header, uint32(f.number("ack", 32, 0)))
	header = append(header, 5<<4, 0)
	header = binary.BigEndian.AppendUint16(header, uint16(f.number("window", 16, 65535)))
	header = append(header, 0, 0, 0, 0)
	letters, ok := f.take("flags")
	if !ok {
		letters = "S"
	}
	for _, c := range strings.ReplaceAll(strings.ToUpper(letters), ".", "A") {
		if bit := strings.IndexRune(tcpFlags, c); bit >= 0 {
			header[13] |= 1 << bit
		} else {
			f.fail("flags=%s: the letters are F, S, R, P, A (or .), U, E and W", letters)
		}
	}
	b.prepend(header)
	b.seal(protocolTCP, 16)
	return f.finish("sport, dport, flags, seq, ack and window")
}

func (b *packetBuilder) udp() error {
	f := b.d.fields("udp")
	header := binary.BigEndian.AppendUint16(nil, uint16(f.number("sport", 16, 1024)))
	header = binary.BigEndian.AppendUint16(header, uint16(f.number("dport", 16, 53)))
	header = binary.BigEndian.AppendUint16(header, uint16(8+len(b.data))) // one that is too long does not fit IP either
	b.prepend(append(header, 0, 0))
	b.seal(protocolUDP, 6)
	return f.finish("sport and dport")
}

func (b *packetBuilder) icmp() error {
	f := b.d.fields("icmp")
	echo, protocol := uint64(8), uint8(protocolICMP)
	if !b.ip.src.Is4() {
		echo, protocol = 128, icmpv6
	}
	header := []byte{uint8(f.number("type", 8, echo)), uint8(f.number("code", 8, 0)), 0, 0}
	header = binary.BigEndian.AppendUint16(header, uint16(f.number("id", 16, 1)))
	b.prepend(binary.BigEndian.AppendUint16(header, uint16(f.number("seq", 16, 1))))
	b.seal(protocol, 2)
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
	ops := map[string]byte{"request": 1, "reply": 2}
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
	b.kind = typeARP
	b.prepend(slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, op}, f.mac("sender-mac", "00:00:00:00:00:00"), sender.AsSlice(),
		f.mac("target-mac", "00:00:00:00:00:00"), target.AsSlice()))
	return f.finish("op, sender, target, sender-mac and target-mac")
}

// shortest is the length of an Ethernet frame without its checksum, to which shorter ones are filled up.
const shortest = 60

// link makes the Ethernet header, with the type of what it carries, where there is to be one.
func (b *packetBuilder) link() error {
	if b.bare {
		return b.noLink()
	}
	f := b.d.fields("eth")
	src, dst := f.mac("src", "02:00:00:00:00:01"), f.mac("dst", "ff:ff:ff:ff:ff:ff")
	if b.kind == typeARP && bytes.Equal(b.data[8:14], make([]byte, 6)) { // the ARP sender is the Ethernet sender
		copy(b.data[8:], src)
	}
	if b.d.given("vlan") {
		v := b.d.fields("vlan")
		tag := uint16(v.number("id", 12, 1)) | uint16(v.number("priority", 3, 0))<<13
		b.prepend(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, tag), b.kind))
		if err := v.finish("id and priority"); err != nil {
			return err
		}
		b.kind = typeVLAN
	}
	kind := uint16(f.number("type", 16, uint64(b.kind)))
	if kind == 0 { // as IEEE 802.3 has it, the length is in its place
		if len(b.data) > 1500 {
			return badf("%s: %d bytes without a type are more than an Ethernet frame has: give one with type=", b.d.name("eth"), len(b.data))
		}
		kind = uint16(len(b.data))
	}
	b.prepend(binary.BigEndian.AppendUint16(append(bytes.Clone(dst), src...), kind))
	if missing := shortest - len(b.data); missing > 0 {
		b.data = append(b.data, make([]byte, missing)...)
	}
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
