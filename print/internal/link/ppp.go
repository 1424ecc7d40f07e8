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
	cutHeader(d, v, 2)
	first := v.U8(0)
	if first == chdlcUnicast || first == chdlcBroadcast {
		CHDLC(d, v)
		return
	}
	cutHeader(d, v, size)
	d.PrintfIf(d.LinkHeader, "%02x %02x %d ", first, v.U8(1), v.Length)
	if first != address {
		d.Header(2)
		d.LeaveIf(true, "unknown addr %02x; ctrl %02x", v.U8(2), v.U8(3))
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
	if len(v.Data) <= address {
		return address, 0
	}
	return address, 2 - v.U8(address)%2
}

// Address and control of a frame, the first two as written by pppd.
const pppIn, pppOut, pppAddress = 0x0003, 0x0103, 0xff03

// PPP prints a frame of PPP, with or without address and control.
func PPP(d *Context, v View) {
	d.Proto = "ppp"
	d.MarkIf(v.Length < 2)
	if d.LinkHeader {
		d.Print(Names{pppIn: "In  ", pppOut: "Out "}.Of(v.U16(0), ""))
	}
	address, size := pppHeader(v)
	frame := v.From(address)
	d.MarkIf(frame.Length < 2)
	protocol := frame.U8(0)
	if size == 2 {
		protocol = frame.U16(0)
	}
	if d.LinkHeader {
		name, known := pppProtocols[protocol]
		d.LeaveIf(!known, "unknown (0x%04x), length %d", protocol, v.Length)
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
	if v.Length > 0 && (b[0] == 0x21 || b[0] == 0x57) {
		d.Next(dissect.ByPPP, int(b[0]), v.From(1))
		return
	}
	d.MarkIf(v.Length < 2)
	protocol := v.U16(0)
	if protocol == pppAddress {
		v = v.From(2)
		d.MarkIf(v.Length < 2)
		protocol = v.U16(0)
	}
	d.LeaveIf(protocol>>8 == pppFlag, "(protocol 0x%04x invalid)", protocol)
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
	d.LeaveIf(size < 4, "\n\tencoded length %d (< 4))", size)
	d.LeaveIf(size > v.Length, "\n\tencoded length %d (> packet length %d))", size, v.Length)
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
		d.Form(body.Cursor(0), "\n\t  Rejected %2n Protocol (0x%=x)", pppProtocols)
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
	d.Form(v.Cursor(0), dissect.Pick(code == 13, "\n\t  Magic-Num 0x%4x|, Seconds-Remaining %4ds", "\n\t  Magic-Num 0x%4x"))
	switch {
	case code == 13 || v.Length == 4:
	case code == 12:
		d.Print("\n\t  Message\n\t    ")
		d.Text(v.From(4).Limit(v.Length - 4).Data)
	default:
		d.Print("\n\t  -----trailing data-----")
		v.NeedAll()
		d.Unknown(v.From(4), "\n\t  ", v.Length-4)
	}
}

var (
	pppNumber   = dissect.Form(": %2d")
	pppMask     = dissect.Form(": 0x%4x")
	pppAddress4 = dissect.Form(": %4a")
)

// pppOptionLists are the options of the protocols, which have the names of others for what is not among them.
var pppOptionLists = map[int]List{
	dissect.PPPLCP: {Values: Values{
		0: {"Vend-Ext", 0, nil}, 1: {"MRU", -2, pppNumber}, 2: {"ACCM", -4, pppMask}, 3: {"Auth-Prot", 2, pppAuthentication}, 4: {"Qual-Prot", 0, nil}, 5: {"Magic-Num", -4, pppMask}, 6: {"deprecated(6)", 0, nil},
		7: {"PFC", 0, dissect.Silent}, 8: {"ACFC", 0, dissect.Silent}, 9: {"FCS-Alt", 0, nil}, 10: {"SDP", 0, nil}, 11: {"Num-Mode", 0, nil}, 12: {"deprecated(12)", 0, nil},
		13: {"Call-Back", 1, dissect.Form(": : Callback Operation %1n (%=d)", Names{0: "UserAuth", 1: "DialString", 2: "LocalID", 3: "E.164", 4: "X.500", 6: "CBCP nego"}.Or("Unknown"))},
		14: {"deprecated(14)", 0, nil}, 15: {"deprecated(15)", 0, nil}, 16: {"deprecated(16)", 0, nil}, 17: {"MRRU", -2, pppNumber}, 18: {"12-Bit seq #", 0, nil}, 19: {"End-Disc", 0, nil}, 20: {"Proprietary", 0, nil},
		21: {"DCE-Id", 0, nil}, 22: {"MP+", 0, nil}, 23: {"Link-Disc", -2, dissect.Form(": 0x%2x")}, 24: {"LCP-Auth-Opt", 0, nil},
		25: {"COBS", 0, nil}, 26: {"Prefix-elision", 0, nil}, 27: {"Multilink-header-Form", 0, nil}, 28: {"I18N", 0, nil}, 29: {"SDL-over-SONET/SDH", 0, nil}, 30: {"PPP-Muxing", 0, nil}}},
	dissect.PPPIPCP: {Other: "unknown", Values: Values{1: {"IP-Addrs", -8, dissect.Form(": src %4a, dst %4a")}, 2: {"IP-Comp", 0, nil}, 3: {"IP-Addr", -4, pppAddress4}, 4: {"Home-Addr", -4, pppAddress4},
		129: {"Pri-DNS", -4, pppAddress4}, 130: {"Pri-NBNS", -4, pppAddress4}, 131: {"Sec-DNS", -4, pppAddress4}, 132: {"Sec-NBNS", -4, pppAddress4}}},
	dissect.PPPIPv6CP: {Other: "unknown", Values: Values{1: {"Interface-ID", -8, dissect.Form(": %2x:%2x:%2x:%2x")}}},
	dissect.PPPCCP: {Other: "Unknown", Values: Values{0: {"OUI", 0, nil}, 1: {"Pred-1", 0, nil}, 2: {"Pred-2", 0, nil}, 3: {"Puddle", 0, nil}, 16: {"HP-PPC", 0, nil}, 17: {"Stac-LZS", 0, nil}, 18: {"MPPC", 0, nil},
		19: {"Gand-FZA", 0, nil}, 20: {"V.42bis", 0, nil}, 21: {"BSD-Comp", 0, nil}, 23: {"LZS-DCP", 0, nil}, 24: {"MVRCA", 0, nil}, 25: {"DEC", 0, nil}, 26: {"Deflate", 0, nil}, 255: {"Reserved", 0, nil}}},
	dissect.PPPBACP: {Other: "Unknown", Values: Values{1: {"Favored-Peer", -4, dissect.Form(": Magic-Num 0x%4x")}}},
}

func pppAuthentication(d *Context, c *Cursor) {
	d.Form(c, ": %2n", pppProtocols.Or("Unknown Auth Proto (0x04x)"))
	if c.View.U16(0) == dissect.PPPCHAP {
		d.Form(c, ", %1n", Names{5: "MD5", 0x80: "MS-CHAPv1", 0x81: "MS-CHAPv2"}.Or("Unknown Auth Alg %d"))
	}
}

// pppOptions prints what is to be configured.
func pppOptions(d *Context, protocol int, v View) {
	list, known := pppOptionLists[protocol]
	list.Bytes, list.More = "\n\t    ", "\n\t    "
	list.Short = func(d *Context, f dissect.Fault) {
		d.Printf(" (length bogus, should be %s %d)", dissect.Pick(f.Relation == "<", ">=", "="), f.Least+2)
	}
	for known && v.Length >= 2 {
		d.StopIf(len(v.Data) < 2, "[|%s]", strings.ToLower(pppProtocols[protocol]))
		kind, size := v.U8(0), v.U8(1)
		if size > v.Length {
			return
		}
		_, known := list.Values[kind]
		if !known && protocol == dissect.PPPLCP {
			d.Printf("\n\tunknown LCP option 0x%02x", kind)
		} else {
			d.Printf("\n\t  %s Option (0x%02x), length %d", list.Values.Name(kind, list.Other), kind, size)
		}
		d.StopIf(size < 2, " (length bogus, should be >= 2)")
		option := dissect.NewView(v.Bytes(2, size-2), size-2)
		if known || protocol != dissect.PPPLCP || d.Verbose > 1 {
			list.Value(d, kind, option)
		}
		v = v.From(size)
	}
}

// pppHead prints the head of a message of authentication, and gives what follows it and how long it claims to be.
func pppHead(d *Context, v View, mark, name string, codes Names) (c *Cursor, size int) {
	d.LeaveIf(v.Length < 1, "[|%s]", mark)
	d.LeaveIf(v.Length < 4, "[|%s 0x%02x]", mark, v.U8(0))
	c = v.Cursor(0)
	d.Form(c, name+", %1n (0x%=x)|, id %1d|%2_", codes.Or("unknown"))
	return c, v.U16(2)
}

// PPPCHAP prints a handshake of authentication (RFC 1994).
func PPPCHAP(d *Context, v View) {
	c, size := pppHead(d, v, "chap", "CHAP", Names{1: "Challenge", 2: "Response", 3: "Success", 4: "Fail"})
	switch v.U8(0) {
	case 1, 2:
		if c.Left() < 1 {
			return
		}
		n := c.U8()
		if c.Left() < n {
			return
		}
		d.Print(", Value ")
		for range n {
			d.Form(c, "%1x")
		}
		d.Print(", Name ")
		d.Counted(c, size-c.At)
	case 3, 4:
		d.Print(", Msg ")
		d.Counted(c, size-c.At)
	}
}

// pppPasswords are the texts of messages by their codes, and the least size with their lengths, in bytes.
var pppPasswords = map[int]struct {
	names []string
	least int
}{1: {[]string{"Peer", "Name"}, 6}, 2: {[]string{"Msg"}, 5}, 3: {[]string{"Msg"}, 5}}

// PPPPAP prints authentication by password (RFC 1334).
func PPPPAP(d *Context, v View) {
	c, size := pppHead(d, v, "pap", "PAP", Names{1: "Auth-Req", 2: "Auth-ACK", 3: "Auth-NACK"})
	d.LeaveIf(size > v.Length, ", length %d > packet size", size)
	d.LeaveIf(size < 4, ", length %d < PAP header length", size)
	texts := pppPasswords[v.U8(0)]
	d.LeaveIf(size < texts.least, "[|pap]")
	for _, name := range texts.names {
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
