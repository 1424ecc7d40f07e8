package link

import (
	"strings"

	"bpfc/print/internal/dissect"
)

var (
	pppProtocols = Names{0x0021: "IP", 0x0023: "OSI", 0x0025: "NS", 0x0027: "DECNET", 0x0029: "APPLE", 0x002b: "IPX", 0x002d: "VJC IP", 0x002f: "VJNC IP", 0x0031: "BRPDU",
		0x0033: "STII", 0x0035: "VINES", 0x003d: "MLPPP", 0x0057: "IP6", 0x00fd: "Compressed", 0x0201: "HELLO", 0x0231: "LUXCOM", 0x0233: "SNS", 0x0281: "MPLS", 0x0283: "MPLS",
		dissect.PPPIPCP: "IPCP", 0x8023: "OSICP", 0x8025: "NSCP", 0x8027: "DECNETCP", 0x8029: "APPLECP", 0x802b: "IPXCP", 0x8033: "STIICP",
		0x8035: "VINESCP", dissect.PPPIPv6CP: "IP6CP", 0x8281: "MPLSCP", dissect.PPPLCP: "LCP", dissect.PPPPAP: "PAP", 0xc025: "LQM", 0xc027: "SPAP", dissect.PPPCHAP: "CHAP", dissect.PPPBACP: "BACP", 0xc02d: "BAP",
		0xc03d: "MLPPP-CP", 0xc227: "EAP", dissect.PPPCCP: "CCP"}
	pppCodes = Names{0: "Vendor-Extension", 1: "Conf-Request", 2: "Conf-Ack", 3: "Conf-Nack", 4: "Conf-Reject", 5: "Term-Request", 6: "Term-Ack", 7: "Code-Reject",
		8: "Prot-Reject", 9: "Echo-Request", 10: "Echo-Reply", 11: "Disc-Req", 12: "Ident", 13: "Time-Remaining"}
)

// PPPLink prints a frame of the link-layer type PPP.
func PPPLink(d *Context, v View) {
	const size = 4
	d.Proto = "ppp"
	d.Header(min(size, len(v.Data)))
	d.CutIf(len(v.Data) < size)
	PPP(d, v)
}

// PPPHDLC prints a frame of PPP in HDLC-like framing (RFC 1662), or of Cisco's HDLC, which the first byte tells apart.
func PPPHDLC(d *Context, v View) {
	const size, address = 4, 0xff
	d.Proto = "ppp_hdlc"
	short := func(n int) bool {
		if len(v.Data) < n {
			d.Header(len(v.Data))
			d.Mark()
		}
		return len(v.Data) < n
	}
	if short(2) {
		return
	}
	first := v.U8(0)
	if first == chdlcUnicast || first == chdlcBroadcast {
		CHDLC(d, v)
		return
	}
	if short(size) {
		return
	}
	if d.LinkHeader {
		d.Printf("%02x %02x %d ", first, v.U8(1), v.Length)
	}
	if first != address {
		d.Header(2)
		d.Printf("unknown addr %02x; ctrl %02x", v.U8(2), v.U8(3))
		return
	}
	protocol := v.U16(2)
	d.Header(size)
	d.Printf("%s: ", pppProtocols.Of(protocol, "unknown PPP protocol (0x%04x)"))
	pppProtocol(d, protocol, v.From(size))
}

// PPPoELink prints a packet of the link-layer type PPP_ETHER, which begins with the header of PPPoE.
func PPPoELink(d *Context, v View) {
	if v.Length >= dissect.PPPoEHeader {
		d.Header(dissect.PPPoEHeader)
	}
	if frame := v.From(dissect.PPPoEHeader); len(frame.Data) >= 2 && v.U8(1) == dissect.PPPoESession {
		address, protocol := pppHeader(frame)
		d.Header(address + protocol)
	}
	d.Next(dissect.ByEtherType, dissect.TypePPPoES, v)
}

// pppHeader gives the lengths of address and control, which may be left out, and of the protocol, which may be
// compressed, in bytes; 0 for a protocol that is not captured.
func pppHeader(v View) (address, protocol int) {
	switch v.U16(0) {
	case pppIn, pppOut, pppAddress:
		address = 2
	}
	switch {
	case len(v.Data) <= address:
		return address, 0
	case v.U8(address)%2 == 1:
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

// PPP prints a frame of PPP, with or without address and control.
func PPP(d *Context, v View) {
	d.Proto = "ppp"
	if v.Length < 2 {
		d.Mark()
		return
	}
	if d.LinkHeader {
		d.Print(Names{pppIn: "In  ", pppOut: "Out "}.Of(v.U16(0), ""))
	}
	address, size := pppHeader(v)
	frame := v.From(address)
	if frame.Length < 2 {
		d.Mark()
		return
	}
	protocol := frame.U8(0)
	if size == 2 {
		protocol = frame.U16(0)
	}
	if d.LinkHeader {
		name, known := pppProtocols[protocol]
		if !known {
			d.Printf("unknown (0x%04x), length %d", protocol, v.Length)
			return
		}
		d.Printf("%s (0x%04x), length %d: ", name, protocol, v.Length)
	}
	pppProtocol(d, protocol, frame.From(size))
}

// pppFlag is the byte that frames begin with on a line, where bytes are escaped (RFC 1662).
const pppFlag = 0x7e

// pppEscaped prints what is behind a flag: v and the byte before it.
func pppEscaped(d *Context, before byte, v View) {
	if v.Length == 0 {
		return
	}
	b := make([]byte, 0, len(v.Data)+1)
	for s := append([]byte{before}, v.Data...); len(s) > 0; s = s[1:] {
		c := s[0]
		if c == 0x7d {
			if s = s[1:]; len(s) == 0 {
				break
			}
			c = s[0] ^ 0x20
		}
		b = append(b, c)
	}
	v = dissect.NewView(b, len(b))
	switch {
	case v.Length >= 1 && b[0] == 0x21:
		d.Next(dissect.ByPPP, 0x21, v.From(1))
		return
	case v.Length >= 1 && b[0] == 0x57:
		d.Next(dissect.ByPPP, 0x57, v.From(1))
		return
	case v.Length < 2:
		d.Mark()
		return
	}
	protocol := v.U16(0)
	if protocol == pppAddress {
		if v = v.From(2); v.Length < 2 {
			d.Mark()
			return
		}
		protocol = v.U16(0)
	}
	if protocol>>8 == pppFlag {
		d.Printf("(protocol 0x%04x invalid)", protocol)
		return
	}
	d.Within(func() { pppProtocol(d, protocol, v.From(2)) })
}

func pppProtocol(d *Context, protocol int, v View) {
	if protocol>>8 == pppFlag {
		pppEscaped(d, byte(protocol), v)
		return
	}
	if !d.Next(dissect.ByPPP, protocol, v) {
		d.Printf("%s ", pppProtocols.Of(protocol, "unknown PPP protocol (0x%04x)"))
		d.Unknown(v, "\n\t", v.Length)
	}
}

// MLPPP prints the head of a fragment of a frame that goes over several links (RFC 1990).
func MLPPP(d *Context, v View) {
	d.If(!d.LinkHeader, "MLPPP, ")
	d.StopIf(v.Length < 2 || len(v.Data) < 2, "[|mlppp]")
	d.Printf("seq 0x%03x, Flags [%s], length %d", v.U16(0)&0xfff, Flags{{0x80, "begin"}, {0x40, "end"}}.Of(v.U8(0)&0xc0, ", "), v.Length)
}

// PPPControl prints a packet by which two ends agree on a link or a protocol on it.
func PPPControl(d *Context, v View) {
	protocol := d.Number
	name := pppProtocols.Of(protocol, "unknown ctrl-proto (0x%04x)")
	d.Printf("%s, ", name)
	d.StopIf(v.Length < 4 || len(v.Data) < 2, "[|%s]", name)
	code := v.U8(0)
	d.Printf("%s (0x%02x), id %d, length %d", pppCodes.Of(code, "Unknown Opcode"), code, v.U8(1), v.Length+2)
	if d.Verbose == 0 {
		return
	}
	size := v.U16(2)
	switch {
	case size < 4:
		d.Printf("\n\tencoded length %d (< 4))", size)
		return
	case size > v.Length:
		d.Printf("\n\tencoded length %d (> packet length %d))", size, v.Length)
		return
	}
	d.Printf("\n\tencoded length %d (=Option(s) length %d)", size, size-4)
	if size == 4 {
		return
	}
	if d.Verbose > 1 { // with the protocol before it
		d.Indented("\n\t", append([]byte{byte(protocol >> 8), byte(protocol)}, v.Bytes(0, 4)...))
	}
	body := dissect.NewView(v.From(4).Data, size-4)
	switch code {
	case 1, 2, 3, 4:
		pppOptions(d, protocol, body)
	case 8:
		if size < 6 {
			return
		}
		d.Printf("\n\t  Rejected %s Protocol (0x%04x)", pppProtocols.Of(body.U16(0), "unknown"), body.U16(0))
		if size > 6 {
			d.Print("\n\t  Rejected Packet")
			d.Unknown(body.From(2), "\n\t    ", size-2)
		}
	case 9, 10, 11, 12, 13:
		pppMagic(d, code, body)
	}
}

func pppMagic(d *Context, code int, v View) {
	if v.Length < 4 || code == 13 && v.Length < 8 {
		return
	}
	d.Printf("\n\t  Magic-Num 0x%08x", v.U32(0))
	switch {
	case code == 13:
		d.Printf(", Seconds-Remaining %ds", v.U32(4))
	case v.Length == 4:
	case code == 12:
		d.Print("\n\t  Message\n\t    ")
		d.Text(v.From(4).Data[:min(v.Length-4, len(v.From(4).Data))])
	default:
		d.Print("\n\t  -----trailing data-----")
		v.NeedAll()
		d.Unknown(v.From(4), "\n\t  ", v.Length-4)
	}
}

var pppOptionNames = map[int]Names{
	dissect.PPPLCP: {0: "Vend-Ext", 1: "MRU", 2: "ACCM", 3: "Auth-Prot", 4: "Qual-Prot", 5: "Magic-Num", 6: "deprecated(6)", 7: "PFC", 8: "ACFC", 9: "FCS-Alt", 10: "SDP", 11: "Numbered-Mode",
		12: "deprecated(12)", 13: "Call-Back", 14: "deprecated(14)", 15: "deprecated(15)", 16: "deprecated(16)", 17: "MRRU", 18: "12-Bit seq #", 19: "End-Disc", 20: "Proprietary",
		21: "DCE-Id", 22: "MP+", 23: "Link-Disc", 24: "LCP-Auth-Opt"},
	dissect.PPPIPCP:   {1: "IP-Addrs", 2: "IP-Comp", 3: "IP-Addr", 4: "Home-Addr", 129: "Pri-DNS", 130: "Pri-NBNS", 131: "Sec-DNS", 132: "Sec-NBNS"},
	dissect.PPPIPv6CP: {1: "Interface-ID"},
	dissect.PPPCCP: {0: "OUI", 1: "Pred-1", 2: "Pred-2", 3: "Puddle", 16: "HP-PPC", 17: "Stac", 18: "MPPC", 19: "Gand-FZA", 20: "V.42bis", 21: "BSD-Comp", 23: "LZS-DCP", 24: "MVRCA", 25: "DCE",
		26: "Deflate", 27: "V.44", 255: "Reserved"},
	dissect.PPPBACP: {1: "Favored-Peer"},
}

// pppCut puts the mark for options that are cut, and ends the line.
func pppCut(d *Context, protocol int) {
	d.Printf("[|%s]", strings.ToLower(pppProtocols[protocol]))
	panic(dissect.Ended{})
}

// pppOptions prints what is to be configured.
func pppOptions(d *Context, protocol int, v View) {
	names := pppOptionNames[protocol]
	for names != nil && v.Length >= 2 {
		if len(v.Data) < 2 {
			pppCut(d, protocol)
		}
		kind, size := v.U8(0), v.U8(1)
		if size > v.Length {
			return
		}
		name, known := names[kind]
		if !known && protocol == dissect.PPPLCP {
			d.Printf("\n\tunknown LCP option 0x%02x", kind)
		} else {
			d.Printf("\n\t  %s Option (0x%02x), length %d", names.Of(kind, Names{dissect.PPPCCP: "Unknown", dissect.PPPBACP: "Unknown", dissect.PPPIPCP: "unknown", dissect.PPPIPv6CP: "unknown"}[protocol]), kind, size)
		}
		d.StopIf(size < 2, " (length bogus, should be >= 2)")
		option := dissect.NewView(v.Bytes(0, size), size)
		if (known || protocol != dissect.PPPLCP) && !d.Try(func() { pppOption(d, protocol, name, option) }) && d.Verbose < 2 {
			d.Unknown(option.From(2), "\n\t    ", size-2)
		}
		if d.Verbose > 1 {
			d.Unknown(option.From(2), "\n\t    ", size-2)
		}
		v = v.From(size)
	}
}

// pppOption prints the value of an option; rejected if it is one whose value is not understood.
func pppOption(d *Context, protocol int, name string, v View) {
	fixed := map[string]int{"MRU": 4, "ACCM": 6, "Magic-Num": 6, "Link-Disc": 4, "MRRU": 4, "IP-Addr": 6, "Home-Addr": 6, "Pri-DNS": 6, "Pri-NBNS": 6, "Sec-DNS": 6, "Sec-NBNS": 6,
		"Interface-ID": 10, "IP-Addrs": 10, "Favored-Peer": 6}
	if n := fixed[name]; n != 0 && v.Length != n {
		d.Printf(" (length bogus, should be = %d)", n)
		return
	}
	switch name {
	case "MRU", "MRRU":
		d.Printf(": %d", v.U16(2))
	case "ACCM", "Magic-Num":
		d.Printf(": 0x%08x", v.U32(2))
	case "Favored-Peer":
		d.Printf(": Magic-Num 0x%08x", v.U32(2))
	case "Link-Disc":
		d.Printf(": 0x%04x", v.U16(2))
	case "PFC", "ACFC":
	case "Auth-Prot":
		if v.Length < 4 {
			d.Print(" (length bogus, should be >= 4)")
			return
		}
		d.Printf(": %s", pppProtocols.Of(v.U16(2), "Unknown Auth Proto (0x04x)"))
		if v.U16(2) == dissect.PPPCHAP {
			d.Printf(", %s", Names{5: "MD5", 0x80: "MS-CHAPv1", 0x81: "MS-CHAPv2"}.Of(v.U8(4), "Unknown Auth Alg %d"))
		}
	case "Call-Back":
		if v.Length < 3 {
			d.Print(" (length bogus, should be >= 3)")
			return
		}
		d.Printf(": : Callback Operation %s (%d)", Names{0: "UserAuth", 1: "DialString", 2: "LocalID", 3: "E.164", 4: "X.500", 6: "CBCP nego"}.Of(v.U8(2), "Unknown"), v.U8(2))
	case "IP-Addr", "Home-Addr", "Pri-DNS", "Pri-NBNS", "Sec-DNS", "Sec-NBNS":
		d.Printf(": %s", d.IP4(v.Bytes(2, 4)))
	case "IP-Addrs":
		d.Printf(": src %s, dst %s", d.IP4(v.Bytes(2, 4)), d.IP4(v.Bytes(6, 4)))
	case "Interface-ID":
		d.Printf(": %04x:%04x:%04x:%04x", v.U16(2), v.U16(4), v.U16(6), v.U16(8))
	default:
		dissect.Reject()
	}
}

// PPPCHAP prints a handshake of authentication (RFC 1994).
func PPPCHAP(d *Context, v View) {
	switch {
	case v.Length < 1:
		d.Print("[|chap]")
		return
	case v.Length < 4:
		d.Printf("[|chap 0x%02x]", v.U8(0))
		return
	}
	code := v.U8(0)
	d.Printf("CHAP, %s (0x%02x)", Names{1: "Challenge", 2: "Response", 3: "Success", 4: "Fail"}.Of(code, "unknown"), code)
	d.Printf(", id %d", v.U8(1))
	c := v.Cursor(4)
	size := v.U16(2)
	switch code {
	case 1, 2:
		if v.Length-c.At < 1 {
			return
		}
		n := c.U8()
		if v.Length-c.At < n {
			return
		}
		d.Print(", Value ")
		for range n {
			d.Printf("%02x", c.U8())
		}
		d.Print(", Name ")
		d.Counted(c, size-c.At)
	case 3, 4:
		d.Print(", Msg ")
		d.Counted(c, size-c.At)
	}
}

// PPPPAP prints authentication by password (RFC 1334).
func PPPPAP(d *Context, v View) {
	switch {
	case v.Length < 1:
		d.Print("[|pap]")
		return
	case v.Length < 4:
		d.Printf("[|pap 0x%02x]", v.U8(0))
		return
	}
	code := v.U8(0)
	d.Printf("PAP, %s (0x%02x)", Names{1: "Auth-Req", 2: "Auth-ACK", 3: "Auth-NACK"}.Of(code, "unknown"), code)
	d.Printf(", id %d", v.U8(1))
	size := v.U16(2)
	switch {
	case size > v.Length:
		d.Printf(", length %d > packet size", size)
		return
	case size < 4:
		d.Printf(", length %d < PAP header length", size)
		return
	}
	parts := map[int][]string{1: {"Peer", "Name"}, 2: {"Msg"}, 3: {"Msg"}}[code]
	if least := map[int]int{1: 6, 2: 5, 3: 5}[code]; size < least {
		d.Print("[|pap]")
		return
	}
	c := v.Cursor(4)
	for _, name := range parts {
		if size-c.At < 1 {
			return
		}
		n := c.U8()
		if size-c.At < n {
			return
		}
		d.Printf(", %s ", name)
		d.Counted(c, n)
	}
}
