package print

// ipHeader is what the protocols inside need of the IP header: addresses for
// their first words and for the checksum.
type ipHeader struct {
	version  int
	src, dst []byte // 4 or 16 bytes
	protocol int    // of the header that names the addresses
	fragment bool   // part of a fragmented packet
	known    bool   // that addresses are to be printed before ports
	ttl      int
}

func (d *dissector) address(b []byte) string {
	if len(b) == 4 {
		return d.ip4(b)
	}
	return d.ip6(b)
}

// IP protocol numbers that have dissectors.
const (
	protoICMP = 1
	protoIGMP = 2
	protoIPv4 = 4
	protoTCP  = 6
	protoUDP  = 17
	protoIPv6 = 41
	protoGRE  = 47
	protoESP  = 50
	protoAH   = 51
	protoICM6 = 58
	protoOSPF = 89
	protoPIM  = 103
	protoVRRP = 112
	protoSCTP = 132

	protoEIGRP  = 88
	protoIGRP   = 9
	protoPGM    = 113
	protoRSVP   = 46
	protoIPComp = 108
	protoEther  = 143
)

var ipProtocols = NamesT{
	protoMobilityOld: "Mobile IP (old)",
	0:                "Options", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 8: "EGP", 9: "IGRP", 17: "UDP", 33: "DCCP", 41: "IPv6", 43: "Routing",
	44: "Fragment", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 55: "Mobile IP", 58: "ICMPv6", 88: "EIGRP",
	89: "OSPF", 103: "PIM", 108: "Compressed IP", 112: "VRRP", 113: "PGM", 132: "SCTP", 135: "Mobility", protoEther: "Ethernet",
}

// protocolNames are the names that the system's protocol list gives, for lines
// without -n.
var protocolNames = NamesT{1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 89: "ospf", 132: "sctp"}

// ipv4 prints an IPv4 packet (RFC 791).
func (d *dissector) ipv4(v view) {
	d.proto = "ip"
	if len(v.b) == 0 { // unlike what follows, the version is read without a look at the length
		panic(truncated{whole: true})
	}
	if version := v.u8(0) >> 4; version != 4 {
		if version == 6 {
			d.print("IP6, wrong link-layer encapsulation")
		} else {
			d.printf("IP%d", version)
		}
		d.print(" (invalid)")
		return
	}
	if !d.LinkHeader {
		d.print("IP ")
	}
	v.need(20)
	if v.length < 20 {
		d.printf("truncated-ip %d", v.length)
		return
	}
	hlen, length := v.u8(0)&15*4, v.u16(2)
	if hlen < 20 {
		d.printf("bad-hlen %d", hlen)
		return
	}
	if v.length < length {
		d.printf("truncated-ip - %d bytes missing! ", length-v.length)
	}
	if length < hlen {
		d.printf("bad-len %d", length)
		return
	}
	v = v.limit(length)
	offset := v.u16(6)
	h := ipHeader{version: 4, src: v.bytes(12, 4), dst: v.bytes(16, 4), protocol: v.u8(9), ttl: v.u8(8), known: true,
		fragment: offset&0x3fff != 0}
	if d.Verbose > 0 {
		d.ipv4Header(v, hlen, length, offset)
	}
	if offset&0x1fff != 0 {
		if d.Quiet && d.Verbose < 0 {
			return
		}
		d.printf("%s > %s: ", d.ip4(h.src), d.ip4(h.dst))
		d.protocolName(h.protocol)
		return
	}
	if !portsFirst(h.protocol) {
		d.printf("%s > %s: ", d.ip4(h.src), d.ip4(h.dst))
	}
	if len(v.b) < hlen {
		d.printf(" [remaining caplen(%d) < header length(%d)]", len(v.b), hlen)
		panic(truncated{})
	}
	d.transport(v.from(hlen), h.protocol, &h)
}

// portsFirst tells the protocols that print addresses themselves, with ports.
func portsFirst(protocol int) bool {
	return protocol == protoTCP || protocol == protoUDP || protocol == protoSCTP || protocol == protoDCCP
}

func (d *dissector) protocolName(protocol int) {
	if name, ok := protocolNames[protocol]; ok && d.Resolver != nil {
		d.print(name)
		return
	}
	d.printf("ip-proto-%d", protocol)
}

var (
	ecnNames  = [4]string{"", ",ECT(1)", ",ECT(0)", ",CE"}
	fragFlags = FlagsT{{0x2000, "+"}, {0x4000, "DF"}, {0x8000, "rsvd"}}
)

// ipv4Header prints the header in parentheses, for -v.
func (d *dissector) ipv4Header(v view, hlen, length, offset int) {
	tos := v.u8(1)
	d.printf("(tos 0x%x%s", tos, ecnNames[tos&3])
	if ttl := v.u8(8); ttl >= 1 {
		d.printf(", ttl %d", ttl)
	}
	d.printf(", id %d, offset %d, flags [%s], proto %s (%d), length %d", v.u16(4), offset&0x1fff*8,
		fragFlags.of(offset, ", "), ipProtocols.of(v.u8(9), "unknown"), v.u8(9), length)
	if hlen > 20 {
		d.print(", options (")
		d.ipv4Options(v, hlen)
		d.print(")")
	}
	if len(v.b) >= hlen {
		if sum := checksum(0, v.b[:hlen]); sum != 0 {
			d.printf(", bad cksum %x (->%x)!", v.u16(10), expected(v.u16(10), sum))
		}
	}
	d.print(")\n    ")
}

var ipOptions = NamesT{0: "EOL", 1: "NOP", 7: "RR", 68: "timestamp", 130: "security", 131: "LSRR", 137: "SSRR", 148: "RA"}

func (d *dissector) ipv4Options(v view, hlen int) {
	separator := ""
	for at := 20; at < hlen; {
		kind, n := v.u8(at), 1
		d.print(separator)
		separator = ","
		d.print(ipOptions.of(kind, "unknown %d"))
		if kind > 1 {
			if at+1 >= hlen {
				d.print(" [truncated-option]")
				return
			}
			n = v.u8(at + 1)
			if n < 2 || at+n > hlen {
				d.printf(" [bad length %d]", n)
				return
			}
			d.optionAddresses(v, at, kind, n)
		}
		at += n
		if kind == 0 {
			return
		}
	}
}

// optionAddresses prints the route in a route option.
func (d *dissector) optionAddresses(v view, at, kind, n int) {
	if kind != 7 && kind != 131 && kind != 137 || n < 3 {
		return
	}
	for i := at + 3; i+4 <= at+n; i += 4 {
		mark := ","
		if i-at+1 == v.u8(at+2) {
			mark = "^,"
		}
		d.printf(" %s%s", d.ip4(v.bytes(i, 4)), mark)
	}
}

// transport prints the payload of an IP packet.
func (d *dissector) transport(v view, protocol int, h *ipHeader) {
	d.ip = h
	own := byIPv4
	if h.version == 6 {
		own = byIPv6
	}
	if !d.next(own, protocol, v) && !d.next(byIP, protocol, v) {
		d.unknownProtocol(v, protocol)
	}
}

func (d *dissector) unknownProtocol(v view, protocol int) {
	const nd = 77 // Sun's
	if name, ok := protocolNames[protocol]; ok && d.Resolver != nil {
		d.printf(" %s", name)
	} else if protocol == nd {
		d.print(" nd")
	} else {
		d.printf(" ip-proto-%d", protocol)
	}
	d.printf(" %d", v.length)
}

// ports prints "address.port > address.port: ", without the addresses where a
// header between them and the ports has printed them.
func (d *dissector) ports(h *ipHeader, src, dst string) {
	if h.known {
		d.printf("%s.%s > %s.%s: ", d.address(h.src), src, d.address(h.dst), dst)
		return
	}
	d.printf("%s > %s: ", src, dst)
}

// checksum adds bytes to the ones' complement sum of RFC 1071 and returns its
// complement: 0 for a message with the right checksum in it.
func checksum(sum uint32, b []byte) int {
	for len(b) >= 2 {
		sum += uint32(b[0])<<8 | uint32(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return int(^sum & 0xffff)
}

// expected gives the checksum that would have been right, from the one found
// and what checksum said of the message with it.
func expected(found, sum int) int {
	should := found + sum // both are complements: add, end-around
	should = should>>16 + should&0xffff
	if should == 0xffff {
		return 0
	}
	return should
}

// pseudoHeader is the sum of the addresses, protocol and length that TCP, UDP
// and ICMPv6 include in their checksum.
func (h *ipHeader) pseudoHeader(protocol, length int) uint32 {
	sum := uint32(protocol) + uint32(length)>>16 + uint32(length)&0xffff
	for _, b := range [][]byte{h.src, h.dst} {
		for i := 0; i+1 < len(b); i += 2 {
			sum += uint32(b[i])<<8 | uint32(b[i+1])
		}
	}
	return sum
}

// mplsLabels are the names of labels that mean something by themselves.
var mplsLabels = NamesT{0: "IPv4 explicit NULL", 1: "router alert", 2: "IPv6 explicit NULL", 3: "implicit NULL"}

// mpls prints a label stack (RFC 3032) and what follows it.
func (d *dissector) mpls(v view) {
	d.proto = "mpls"
	d.print("MPLS")
	label, bottom := 0, false
	for n := 0; !bottom; n++ {
		if v.length < 4 {
			d.invalidRest(v)
			return
		}
		entry := v.u32(0)
		label, bottom = int(entry>>12), entry&0x100 != 0
		d.printf("%s(label %d", map[bool]string{true: "\n\t", false: " "}[n > 0 && d.Verbose > 0], label)
		if d.Verbose > 0 && label < 16 {
			d.printf(" (%s)", mplsLabels.of(label, "rsvd"))
		}
		d.printf(", tc %d%s, ttl %d)", entry>>9&7, mark(bottom, ", [S]"), entry&0xff)
		v = v.from(4)
	}
	first := 0
	switch label {
	case 0, 3:
		first = 0x45
	case 2:
		first = 0x60
	default:
		if v.length < 1 {
			return
		}
		first = v.u8(0)
	}
	switch {
	case first >= 0x45 && first <= 0x4f:
		d.print(separatorFor(d.Verbose))
		d.within(func() { d.ipv4(v) })
	case first>>4 == 6:
		d.print(separatorFor(d.Verbose))
		d.within(func() { d.ipv6(v) })
	case first >= isoCLNP && first <= isoISIS:
		d.print(separatorFor(d.Verbose))
		d.next(byName, nameISO, v)
	case d.ShowUnknown:
		d.bytesBelow(v)
	}
}

func separatorFor(verbose int) string {
	if verbose > 0 {
		return "\n\t"
	}
	return " "
}

var pppoeCodes = NamesT{0x09: "PADI", 0x07: "PADO", 0x19: "PADR", 0x65: "PADS", 0xa7: "PADT", 0: ""}

const (
	pppoeHeader  = 6 // bytes
	pppoeSession = 0 // code of packets that are not about making or ending a session
)

// pppoe prints a PPPoE header (RFC 2516) and IP behind PPP.
func (d *dissector) pppoe(v view) {
	d.proto = "pppoe"
	if v.length < pppoeHeader {
		d.printf(" (length %d < %d)", v.length, pppoeHeader)
		d.invalid()
		return
	}
	code, session, length := v.u8(1), v.u16(2), v.u16(4)
	if version := v.u8(0) >> 4; version != 1 {
		d.printf(" [ver %d]", version)
	}
	if kind := v.u8(0) & 15; kind != 1 {
		d.printf(" [type %d]", kind)
	}
	d.printf("PPPoE %s", pppoeCodes.of(code, "PAD-%X"))
	if code == 0x09 && length > 1484-6 {
		d.printf(" [len %d!]", length)
	}
	if left := v.length - pppoeHeader; length > left {
		d.printf(" [len %d > %d!]", length, left)
		length = left
	}
	if session != 0 {
		d.printf(" [ses 0x%x]", session)
	}
	v = v.from(pppoeHeader)
	v.length = length
	if code == pppoeSession {
		d.print(" ")
		d.within(func() { d.next(byName, namePPP, v) })
		return
	}
	d.pppoeTags(v.cursor(0))
}

var pppoeTagNames = NamesT{0: "EOL", 0x0101: "Service-Name", 0x0102: "AC-Name", 0x0103: "Host-Uniq", 0x0104: "AC-Cookie", 0x0105: "Vendor-Specific", 0x0110: "Relay-Session-ID",
	0x0120: "PPP-Max-Payload", 0x0201: "Service-Name-Error", 0x0202: "AC-System-Error", 0x0203: "Generic-Error"}

// pppoeTags prints tags: values that are mostly text as such, others in hexadecimal.
func (d *dissector) pppoeTags(c *cursor) {
	for kind := 0xffff; kind != 0 && c.left() > 0; {
		kind = c.u16()
		size := c.u16()
		d.printf(" [%s", pppoeTagNames.of(kind, "TAG-0x%x"))
		if size > 0 {
			value := c.bytes(size)
			text, other := 0, 0
			for _, b := range value[:min(size, 20)] {
				if b > 31 && b < 127 {
					text++
				} else {
					other++
				}
			}
			if text > other {
				d.print(" \"")
				d.text(value)
				d.print("\"")
			} else {
				d.printf(" 0x%X", value)
			}
		}
		d.print("]")
	}
}
