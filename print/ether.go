package print

// Ethernet and the link-layer types around it.

const (
	ethernetHeader = 14
	max8023Length  = 1500
	typeIP         = 0x0800
	typeARP        = 0x0806
	typeRARP       = 0x8035
	typeIPv6       = 0x86dd
	typeMPLS       = 0x8847
	typeMPLSMulti  = 0x8848
	typePPPoED     = 0x8863
	typePPPoES     = 0x8864
	typeTEB        = 0x6558
	typeTrailer    = 0x1000
	typeLoopback   = 0x9000
	typeISO        = 0x00fe
	typeLLDP       = 0x88cc
	typeEAPOL      = 0x888e
	typeSlow       = 0x8809
	typeMACsec     = 0x88e5
)

// etherTypes are the names of ethertypes as printed with -e.
var etherTypes = map[int]string{
	typeIP: "IPv4", typeARP: "ARP", typeRARP: "Reverse ARP", typeIPv6: "IPv6", typeTrailer: "Trail",
	typeMPLS: "MPLS unicast", typeMPLSMulti: "MPLS multicast", typePPPoED: "PPPoE D", typePPPoES: "PPPoE S",
	0x8100: "802.1Q", 0x88a8: "802.1Q-QinQ", 0x9100: "802.1Q-9100", 0x9200: "802.1Q-9200",
	0x6001: "MOP DL", 0x6002: "MOP RC", 0x6003: "DN", 0x6004: "LAT", 0x6007: "SCA", typeTEB: "TEB",
	0x8038: "Lanbridge", 0x803c: "DEC DNS", 0x803e: "DEC DTS", 0x805b: "VEXP", 0x805c: "VPROD",
	0x809b: "Appletalk", 0x80f3: "Appletalk ARP", 0x8137: "IPX", 0x880b: "PPP", 0x8808: "MPCP",
	typeSlow: "Slow Protocols", typeEAPOL: "EAPOL", 0x8899: "RRCP", 0x886f: "MS NLB heartbeat", 0x8870: "Jumbo",
	0x894f: "NSH", typeLoopback: "Loopback", typeISO: "OSI", 0x00fd: "GRE-OSI", 0x8901: "CFM (old)", 0x8902: "CFM",
	0x893a: "IEEE1905.1", typeLLDP: "LLDP", typeMACsec: "802.1AE MACsec", 0x88ca: "TIPC", 0x0707: "GeoNet (old)", 0x8947: "GeoNet",
	0x04e0: "CALM FAST", 0x88a2: "AoE", 0xdada: "MEDSA", 0x88f7: "PTP", 0x0600: "XNS", 0x0200: "PUP",
}

// link prints from the link-layer header on.
func (d *dissector) link(v view) {
	switch d.packet.LinkType {
	case 1:
		d.linkSize = ethernetHeader
		d.linkSize = d.ethernet(v)
	case 12, 14, 101:
		d.ipVersion(v)
	case 228:
		d.ipv4(v)
	case 229:
		d.ipv6(v)
	case 0, 108:
		d.linkSize = 4
		d.null(v)
	case 113:
		d.linkSize = 16
		d.sll(v)
	case 276:
		d.linkSize = 20
		d.sll2(v)
	default:
		d.other(v)
	}
}

// ipVersion prints a packet that begins with an IP header of either version.
func (d *dissector) ipVersion(v view) {
	d.proto = "raw"
	switch v.u8(0) >> 4 {
	case 4:
		d.ipv4(v)
	case 6:
		d.ipv6(v)
	default:
		d.printf("ip v%d", v.u8(0)>>4)
		d.hexLines(v)
	}
}

// ethernet prints an Ethernet frame and gives the length of its headers.
func (d *dissector) ethernet(v view) int {
	d.proto = "ether"
	if len(v.b) < ethernetHeader || v.length < ethernetHeader {
		d.linkSize = len(v.b) // all of it
		d.cut()
	}
	kind := v.u16(12)
	if d.o.LinkHeader {
		d.ethernetHeader(v, kind)
	}
	payload, size := v.from(ethernetHeader), ethernetHeader
	for isVLAN(kind) {
		d.proto = "vlan"
		tag := payload.u16(0)
		kind = payload.u16(2)
		if d.o.LinkHeader {
			d.vlanTag(tag)
			if kind > max8023Length {
				d.etherTypeName(kind)
				d.print(", ")
			}
		}
		payload, size = payload.from(4), size+4
		if d.depth == 0 {
			d.linkSize = size
		}
	}
	if kind <= max8023Length {
		return size + d.llc(payload.limit(kind), v)
	}
	if kind == typeMACsec {
		return size + d.macsec(payload, v)
	}
	if !d.etherType(kind, payload) {
		if !d.o.LinkHeader {
			d.ethernetHeader(v, v.u16(12))
		}
		d.hexLines(payload)
	}
	return size
}

func isVLAN(kind int) bool {
	return kind == 0x8100 || kind == 0x88a8 || kind == 0x9100 || kind == 0x9200
}

func (d *dissector) vlanTag(tag int) {
	d.printf("vlan %d, p %d%s, ", tag&0xfff, tag>>13, map[bool]string{true: ", DEI"}[tag&0x1000 != 0])
}

// ethernetHeader prints addresses, type and length.
func (d *dissector) ethernetHeader(v view, kind int) {
	d.printf("%s > %s", mac(v.bytes(6, 6)), mac(v.bytes(0, 6)))
	length := v.length
	switch {
	case kind <= max8023Length:
		d.print(", 802.3")
		length = kind
	case d.o.Quiet:
		d.printf(", %s", lookup(etherTypes, kind, "Unknown Ethertype (0x%04x)"))
	default:
		d.print(", ")
		d.etherTypeName(kind)
	}
	d.printf(", length %d: ", length)
}

func (d *dissector) etherTypeName(kind int) {
	d.printf("ethertype %s (0x%04x)", lookup(etherTypes, kind, "Unknown"), kind)
}

// etherType prints the payload by its type; false if the type is unknown.
func (d *dissector) etherType(kind int, v view) bool {
	switch kind {
	case typeIP:
		d.ipv4(v)
	case typeIPv6:
		d.ipv6(v)
	case typeARP, typeRARP:
		d.arp(v)
	case typeMPLS, typeMPLSMulti:
		d.mpls(v)
	case typePPPoED, typePPPoES:
		d.pppoe(v)
	case typeLLDP:
		d.lldp(v)
	case typeEAPOL:
		d.eapol(v)
	case typeSlow:
		d.slow(v)
	default:
		return d.decodedByGopacket(kind, v)
	}
	return true
}

// hexLines prints bytes as tcpdump does for what it cannot take apart. A
// hexadecimal dump of the packet shows them anyway.
func (d *dissector) hexLines(v view) {
	if d.o.Dump < DumpText && d.o.Dump != NoDump {
		return
	}
	d.bytesBelow(v)
}

// bytesBelow prints bytes below the line.
func (d *dissector) bytesBelow(v view) {
	if len(v.b) == 0 {
		return
	}
	d.out = append(d.out, '\n')
	d.out = AppendHex(d.out, v.b, true)
	d.out = d.out[:len(d.out)-1] // the caller ends the line
}

// sll prints the Linux cooked header, version 1.
func (d *dissector) sll(v view) {
	d.proto = "linux_sll"
	const size = 16
	kind := v.u16(14)
	if d.o.LinkHeader {
		d.printf("%3s ", lookup(sllTypes, v.u16(0), "Unknown"))
		d.cookedAddress(v, v.u16(4), 6, kind)
	}
	d.cookedPayload(kind, v.from(size))
}

// sll2 prints the Linux cooked header, version 2.
func (d *dissector) sll2(v view) {
	d.proto = "linux_sll2"
	const size = 20
	kind := v.u16(0)
	v.need(size)
	name := ""
	if d.o.InterfaceName != nil {
		name = d.o.InterfaceName(int(v.u32(4)))
	}
	if name != "" {
		d.printf("%-5s ", name)
	} else {
		d.printf("ifindex %d ", v.u32(4))
	}
	d.printf("%-3s ", lookup(sllTypes, v.u8(10), "unknown"))
	if d.o.LinkHeader {
		if name != "" {
			d.printf("ifindex %d ", v.u32(4))
		}
		d.cookedAddress(v, v.u8(11), 12, kind)
	}
	d.cookedPayload(kind, v.from(size))
}

var sllTypes = map[int]string{0: "In", 1: "B", 2: "M", 3: "P", 4: "Out"}

func (d *dissector) cookedAddress(v view, n, at, kind int) {
	if n == 6 {
		d.printf("%s ", mac(v.bytes(at, 6)))
	}
	if kind <= max8023Length {
		d.print("802.3")
	} else {
		d.etherTypeName(kind)
	}
	d.printf(", length %d: ", v.length)
}

func (d *dissector) cookedPayload(kind int, v view) {
	for isVLAN(kind) {
		d.proto = "vlan"
		if d.o.LinkHeader {
			d.vlanTag(v.u16(0))
		}
		kind, v = v.u16(2), v.from(4)
	}
	if !d.etherType(kind, v) {
		d.hexLines(v)
	}
}

// null prints BSD's loopback header: an address family in some byte order.
func (d *dissector) null(v view) {
	d.proto = "null"
	family := v.u32(0)
	if family > 0xffff {
		family = family>>24 | family>>8&0xff00
	}
	if d.o.LinkHeader {
		d.printf("AF %s (%d), length %d: ", lookup(map[int]string{2: "IPv4", 24: "IPv6", 28: "IPv6", 30: "IPv6", 10: "IPv6"}, int(family), "Unknown"), family, v.length)
	}
	switch family {
	case 2:
		d.ipv4(v.from(4))
	case 10, 24, 28, 30:
		d.ipv6(v.from(4))
	default:
		d.hexLines(v.from(4))
	}
}
