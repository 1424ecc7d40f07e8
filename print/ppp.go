package print

import "strings"

// The Point-to-Point Protocol (RFC 1661).

const (
	pppLCP    = 0xc021
	pppIPCP   = 0x8021
	pppIPv6CP = 0x8057
	pppCCP    = 0x80fd
	pppCHAP   = 0xc223
	pppPAP    = 0xc023
	pppBACP   = 0xc02b
)

var (
	pppProtocols = NamesT{0x0021: "IP", 0x0023: "OSI", 0x0025: "NS", 0x0027: "DECNET", 0x0029: "APPLE", 0x002b: "IPX", 0x002d: "VJC IP", 0x002f: "VJNC IP", 0x0031: "BRPDU",
		0x0033: "STII", 0x0035: "VINES", 0x003d: "MLPPP", 0x0057: "IP6", 0x00fd: "Compressed", 0x0201: "HELLO", 0x0231: "LUXCOM", 0x0233: "SNS", 0x0281: "MPLS", 0x0283: "MPLS",
		pppIPCP: "IPCP", 0x8023: "OSICP", 0x8025: "NSCP", 0x8027: "DECNETCP", 0x8029: "APPLECP", 0x802b: "IPXCP", 0x8033: "STIICP",
		0x8035: "VINESCP", pppIPv6CP: "IP6CP", 0x8281: "MPLSCP", pppLCP: "LCP", pppPAP: "PAP", 0xc025: "LQM", 0xc027: "SPAP", pppCHAP: "CHAP", pppBACP: "BACP", 0xc02d: "BAP",
		0xc03d: "MLPPP-CP", 0xc227: "EAP", pppCCP: "CCP"}
	pppCodes = NamesT{0: "Vendor-Extension", 1: "Conf-Request", 2: "Conf-Ack", 3: "Conf-Nack", 4: "Conf-Reject", 5: "Term-Request", 6: "Term-Ack", 7: "Code-Reject",
		8: "Prot-Reject", 9: "Echo-Request", 10: "Echo-Reply", 11: "Disc-Req", 12: "Ident", 13: "Time-Remaining"}
)

// pppLink prints a frame of the link-layer type PPP.
func (d *dissector) pppLink(v view) {
	const size = 4
	d.proto = "ppp"
	d.header(min(size, len(v.b)))
	if len(v.b) < size {
		d.mark()
		return
	}
	d.ppp(v)
}

// pppHDLC prints a frame of PPP in HDLC-like framing (RFC 1662), or of Cisco's HDLC, which the first byte tells apart.
func (d *dissector) pppHDLC(v view) {
	const size, address = 4, 0xff
	d.proto = "ppp_hdlc"
	short := func(n int) bool {
		if len(v.b) < n {
			d.header(len(v.b))
			d.mark()
		}
		return len(v.b) < n
	}
	if short(2) {
		return
	}
	first := v.u8(0)
	if first == chdlcUnicast || first == chdlcBroadcast {
		d.chdlc(v)
		return
	}
	if short(size) {
		return
	}
	if d.LinkHeader {
		d.printf("%02x %02x %d ", first, v.u8(1), v.length)
	}
	if first != address {
		d.header(2)
		d.printf("unknown addr %02x; ctrl %02x", v.u8(2), v.u8(3))
		return
	}
	protocol := v.u16(2)
	d.header(size)
	d.printf("%s: ", pppProtocols.of(protocol, "unknown PPP protocol (0x%04x)"))
	d.pppProtocol(protocol, v.from(size))
}

// pppoeLink prints a packet of the link-layer type PPP_ETHER, which begins with the header of PPPoE.
func (d *dissector) pppoeLink(v view) {
	if v.length >= pppoeHeader {
		d.header(pppoeHeader)
	}
	if frame := v.from(pppoeHeader); len(frame.b) >= 2 && v.u8(1) == pppoeSession {
		address, protocol := pppHeader(frame)
		d.header(address + protocol)
	}
	d.next(byEtherType, typePPPoES, v)
}

// pppHeader gives the lengths of address and control, which may be left out, and of the protocol, which may be
// compressed, in bytes; 0 for a protocol that is not captured.
func pppHeader(v view) (address, protocol int) {
	switch v.u16(0) {
	case pppIn, pppOut, pppAddress:
		address = 2
	}
	switch {
	case len(v.b) <= address:
		return address, 0
	case v.u8(address)%2 == 1:
		return address, 1
	}
	return address, 2
}

// Address and control of a frame, the first two as written by pppd.
const (
	pppIn      = 0x0003
	pppOut     = 0x0103
	pppAddress = 0xff03
)

// ppp prints a frame of PPP, with or without address and control.
func (d *dissector) ppp(v view) {
	d.proto = "ppp"
	if v.length < 2 {
		d.mark()
		return
	}
	if d.LinkHeader {
		d.print(NamesT{pppIn: "In  ", pppOut: "Out "}.of(v.u16(0), ""))
	}
	address, size := pppHeader(v)
	frame := v.from(address)
	if frame.length < 2 {
		d.mark()
		return
	}
	protocol := frame.u8(0)
	if size == 2 {
		protocol = frame.u16(0)
	}
	if d.LinkHeader {
		name, known := pppProtocols[protocol]
		if !known {
			d.printf("unknown (0x%04x), length %d", protocol, v.length)
			return
		}
		d.printf("%s (0x%04x), length %d: ", name, protocol, v.length)
	}
	d.pppProtocol(protocol, frame.from(size))
}

// pppFlag is the byte that frames begin with on a line, where bytes are escaped (RFC 1662).
const pppFlag = 0x7e

// pppEscaped prints what is behind a flag: v and the byte before it.
func (d *dissector) pppEscaped(before byte, v view) {
	if v.length == 0 {
		return
	}
	b := make([]byte, 0, len(v.b)+1)
	for s := append([]byte{before}, v.b...); len(s) > 0; s = s[1:] {
		c := s[0]
		if c == 0x7d {
			if s = s[1:]; len(s) == 0 {
				break
			}
			c = s[0] ^ 0x20
		}
		b = append(b, c)
	}
	v = newView(b, len(b))
	switch {
	case v.length >= 1 && b[0] == 0x21:
		d.next(byPPP, 0x21, v.from(1))
		return
	case v.length >= 1 && b[0] == 0x57:
		d.next(byPPP, 0x57, v.from(1))
		return
	case v.length < 2:
		d.mark()
		return
	}
	protocol := v.u16(0)
	if protocol == pppAddress {
		if v = v.from(2); v.length < 2 {
			d.mark()
			return
		}
		protocol = v.u16(0)
	}
	if protocol>>8 == pppFlag {
		d.printf("(protocol 0x%04x invalid)", protocol)
		return
	}
	d.within(func() { d.pppProtocol(protocol, v.from(2)) })
}

func (d *dissector) pppProtocol(protocol int, v view) {
	if protocol>>8 == pppFlag {
		d.pppEscaped(byte(protocol), v)
		return
	}
	if !d.next(byPPP, protocol, v) {
		d.printf("%s ", pppProtocols.of(protocol, "unknown PPP protocol (0x%04x)"))
		d.unknown(v, "\n\t", v.length)
	}
}

// mlppp prints the head of a fragment of a frame that goes over several links (RFC 1990).
func (d *dissector) mlppp(v view) {
	if !d.LinkHeader {
		d.print("MLPPP, ")
	}
	if v.length < 2 || len(v.b) < 2 {
		d.print("[|mlppp]")
		return
	}
	d.printf("seq 0x%03x, Flags [%s], length %d", v.u16(0)&0xfff, FlagsT{{0x80, "begin"}, {0x40, "end"}}.of(v.u8(0)&0xc0, ", "), v.length)
}

// pppControl prints a packet by which two ends agree on a link or a protocol on it.
func (d *dissector) pppControl(v view) {
	protocol := d.number
	name := pppProtocols.of(protocol, "unknown ctrl-proto (0x%04x)")
	d.printf("%s, ", name)
	if v.length < 4 || len(v.b) < 2 {
		d.printf("[|%s]", name)
		return
	}
	code := v.u8(0)
	d.printf("%s (0x%02x), id %d, length %d", pppCodes.of(code, "Unknown Opcode"), code, v.u8(1), v.length+2)
	if d.Verbose == 0 {
		return
	}
	size := v.u16(2)
	switch {
	case size < 4:
		d.printf("\n\tencoded length %d (< 4))", size)
		return
	case size > v.length:
		d.printf("\n\tencoded length %d (> packet length %d))", size, v.length)
		return
	}
	d.printf("\n\tencoded length %d (=Option(s) length %d)", size, size-4)
	if size == 4 {
		return
	}
	if d.Verbose > 1 { // with the protocol before it
		d.indented("\n\t", append([]byte{byte(protocol >> 8), byte(protocol)}, v.bytes(0, 4)...))
	}
	body := newView(v.from(4).b, size-4)
	switch code {
	case 1, 2, 3, 4:
		d.pppOptions(protocol, body)
	case 8:
		if size < 6 {
			return
		}
		d.printf("\n\t  Rejected %s Protocol (0x%04x)", pppProtocols.of(body.u16(0), "unknown"), body.u16(0))
		if size > 6 {
			d.print("\n\t  Rejected Packet")
			d.unknown(body.from(2), "\n\t    ", size-2)
		}
	case 9, 10, 11, 12, 13:
		d.pppMagic(code, body)
	}
}

func (d *dissector) pppMagic(code int, v view) {
	if v.length < 4 || code == 13 && v.length < 8 {
		return
	}
	d.printf("\n\t  Magic-Num 0x%08x", v.u32(0))
	switch {
	case code == 13:
		d.printf(", Seconds-Remaining %ds", v.u32(4))
	case v.length == 4:
	case code == 12:
		d.print("\n\t  Message\n\t    ")
		d.text(v.from(4).b[:min(v.length-4, len(v.from(4).b))])
	default:
		d.print("\n\t  -----trailing data-----")
		v.needAll()
		d.unknown(v.from(4), "\n\t  ", v.length-4)
	}
}

var pppOptionNames = map[int]NamesT{
	pppLCP: {0: "Vend-Ext", 1: "MRU", 2: "ACCM", 3: "Auth-Prot", 4: "Qual-Prot", 5: "Magic-Num", 6: "deprecated(6)", 7: "PFC", 8: "ACFC", 9: "FCS-Alt", 10: "SDP", 11: "Numbered-Mode",
		12: "deprecated(12)", 13: "Call-Back", 14: "deprecated(14)", 15: "deprecated(15)", 16: "deprecated(16)", 17: "MRRU", 18: "12-Bit seq #", 19: "End-Disc", 20: "Proprietary",
		21: "DCE-Id", 22: "MP+", 23: "Link-Disc", 24: "LCP-Auth-Opt"},
	pppIPCP:   {1: "IP-Addrs", 2: "IP-Comp", 3: "IP-Addr", 4: "Home-Addr", 129: "Pri-DNS", 130: "Pri-NBNS", 131: "Sec-DNS", 132: "Sec-NBNS"},
	pppIPv6CP: {1: "Interface-ID"},
	pppCCP: {0: "OUI", 1: "Pred-1", 2: "Pred-2", 3: "Puddle", 16: "HP-PPC", 17: "Stac", 18: "MPPC", 19: "Gand-FZA", 20: "V.42bis", 21: "BSD-Comp", 23: "LZS-DCP", 24: "MVRCA", 25: "DCE",
		26: "Deflate", 27: "V.44", 255: "Reserved"},
	pppBACP: {1: "Favored-Peer"},
}

// pppCut puts the mark for options that are cut, and ends the line.
func (d *dissector) pppCut(protocol int) {
	d.printf("[|%s]", strings.ToLower(pppProtocols[protocol]))
	panic(ended{})
}

// pppOptions prints what is to be configured.
func (d *dissector) pppOptions(protocol int, v view) {
	names := pppOptionNames[protocol]
	for names != nil && v.length >= 2 {
		if len(v.b) < 2 {
			d.pppCut(protocol)
		}
		kind, size := v.u8(0), v.u8(1)
		if size > v.length {
			return
		}
		name, known := names[kind]
		if !known && protocol == pppLCP {
			d.printf("\n\tunknown LCP option 0x%02x", kind)
		} else {
			d.printf("\n\t  %s Option (0x%02x), length %d", names.of(kind, NamesT{pppCCP: "Unknown", pppBACP: "Unknown", pppIPCP: "unknown", pppIPv6CP: "unknown"}[protocol]), kind, size)
		}
		if size < 2 {
			d.print(" (length bogus, should be >= 2)")
			return
		}
		option := newView(v.bytes(0, size), size)
		if (known || protocol != pppLCP) && !d.pppOption(protocol, name, option) && d.Verbose < 2 {
			d.unknown(option.from(2), "\n\t    ", size-2)
		}
		if d.Verbose > 1 {
			d.unknown(option.from(2), "\n\t    ", size-2)
		}
		v = v.from(size)
	}
}

// pppOption prints the value of an option; false if it is one whose value is not understood.
func (d *dissector) pppOption(protocol int, name string, v view) bool {
	fixed := map[string]int{"MRU": 4, "ACCM": 6, "Magic-Num": 6, "Link-Disc": 4, "MRRU": 4, "IP-Addr": 6, "Home-Addr": 6, "Pri-DNS": 6, "Pri-NBNS": 6, "Sec-DNS": 6, "Sec-NBNS": 6,
		"Interface-ID": 10, "IP-Addrs": 10, "Favored-Peer": 6}
	if n := fixed[name]; n != 0 && v.length != n {
		d.printf(" (length bogus, should be = %d)", n)
		return true
	}
	switch name {
	case "MRU", "MRRU":
		d.printf(": %d", v.u16(2))
	case "ACCM", "Magic-Num":
		d.printf(": 0x%08x", v.u32(2))
	case "Favored-Peer":
		d.printf(": Magic-Num 0x%08x", v.u32(2))
	case "Link-Disc":
		d.printf(": 0x%04x", v.u16(2))
	case "PFC", "ACFC":
	case "Auth-Prot":
		if v.length < 4 {
			d.print(" (length bogus, should be >= 4)")
			return true
		}
		d.printf(": %s", pppProtocols.of(v.u16(2), "Unknown Auth Proto (0x04x)"))
		if v.u16(2) == pppCHAP {
			d.printf(", %s", NamesT{5: "MD5", 0x80: "MS-CHAPv1", 0x81: "MS-CHAPv2"}.of(v.u8(4), "Unknown Auth Alg %d"))
		}
	case "Call-Back":
		if v.length < 3 {
			d.print(" (length bogus, should be >= 3)")
			return true
		}
		d.printf(": : Callback Operation %s (%d)", NamesT{0: "UserAuth", 1: "DialString", 2: "LocalID", 3: "E.164", 4: "X.500", 6: "CBCP nego"}.of(v.u8(2), "Unknown"), v.u8(2))
	case "IP-Addr", "Home-Addr", "Pri-DNS", "Pri-NBNS", "Sec-DNS", "Sec-NBNS":
		d.printf(": %s", d.ip4(v.bytes(2, 4)))
	case "IP-Addrs":
		d.printf(": src %s, dst %s", d.ip4(v.bytes(2, 4)), d.ip4(v.bytes(6, 4)))
	case "Interface-ID":
		d.printf(": %04x:%04x:%04x:%04x", v.u16(2), v.u16(4), v.u16(6), v.u16(8))
	default:
		return false
	}
	return true
}

// pppCHAP prints a handshake of authentication (RFC 1994).
func (d *dissector) pppCHAP(v view) {
	switch {
	case v.length < 1:
		d.print("[|chap]")
		return
	case v.length < 4:
		d.printf("[|chap 0x%02x]", v.u8(0))
		return
	}
	code := v.u8(0)
	d.printf("CHAP, %s (0x%02x)", NamesT{1: "Challenge", 2: "Response", 3: "Success", 4: "Fail"}.of(code, "unknown"), code)
	d.printf(", id %d", v.u8(1))
	c := v.cursor(4)
	size := v.u16(2)
	switch code {
	case 1, 2:
		if v.length-c.at < 1 {
			return
		}
		n := c.u8()
		if v.length-c.at < n {
			return
		}
		d.print(", Value ")
		for range n {
			d.printf("%02x", c.u8())
		}
		d.print(", Name ")
		d.counted(c, size-c.at)
	case 3, 4:
		d.print(", Msg ")
		d.counted(c, size-c.at)
	}
}

// pppPAP prints authentication by password (RFC 1334).
func (d *dissector) pppPAP(v view) {
	switch {
	case v.length < 1:
		d.print("[|pap]")
		return
	case v.length < 4:
		d.printf("[|pap 0x%02x]", v.u8(0))
		return
	}
	code := v.u8(0)
	d.printf("PAP, %s (0x%02x)", NamesT{1: "Auth-Req", 2: "Auth-ACK", 3: "Auth-NACK"}.of(code, "unknown"), code)
	d.printf(", id %d", v.u8(1))
	size := v.u16(2)
	switch {
	case size > v.length:
		d.printf(", length %d > packet size", size)
		return
	case size < 4:
		d.printf(", length %d < PAP header length", size)
		return
	}
	parts := map[int][]string{1: {"Peer", "Name"}, 2: {"Msg"}, 3: {"Msg"}}[code]
	if least := map[int]int{1: 6, 2: 5, 3: 5}[code]; size < least {
		d.print("[|pap]")
		return
	}
	c := v.cursor(4)
	for _, name := range parts {
		if size-c.at < 1 {
			return
		}
		n := c.u8()
		if size-c.at < n {
			return
		}
		d.printf(", %s ", name)
		d.counted(c, n)
	}
}
