package link

import (
	"encoding/binary"
	"fmt"
	"strings"

	"bpfc/print/internal/dissect"
)

// What Juniper's routers capture: a frame behind a header of their own, which begins with a magic number and may have
// extensions, and behind the cookie of the card that the frame went through.

const (
	juniperMagic                            = 0x4d4743
	juniperIn, juniperNoL2, juniperExtended = 0x01, 0x02, 0x80 // bits
	juniperHeader, juniperNoL2Extra         = 4, 4             // bytes without extensions, and before IP where the frame has no link-layer header

	juniperLongest      = 8    // bytes of a cookie
	juniperLinkServices = 0x54 // the first byte of one with two bytes more
	juniperAdaptive     = 0x47 // and of one of eight bytes
	juniperChild        = 0xc0 // bits of the first byte where there is none
	juniperCell         = 0x70 // bits of the last byte of that of ATM2
)

// juniperCard is a kind of interface: its name and the size of its cookie, less than none if it has neither.
type juniperCard struct {
	proto, name string
	cookie      int
	print       func(d *Context, h juniperInfo, v View)
}

// juniperInfo is what the header said.
type juniperInfo struct {
	whole                  View
	size, bundle, protocol int
	cookie                 [juniperLongest]byte
	length                 int // of the cookie, in bytes
	in                     bool
}

func juniperCards() map[int]juniperCard {
	ether := func(d *Context, _ juniperInfo, v View) { Ethernet(d, v) }
	return map[int]juniperCard{
		130: {"juniper_mlppp", "MLPPP", 2, juniperMLPPP}, 131: {"juniper_mlfr", "MLFR", 2, juniperMLFR}, 132: {"juniper_es", "ES", 0, juniperES}, 133: {"juniper_ggsn", "GGSN", 8, juniperGGSN},
		134: {"juniper_mfr", "MFR", 4, juniperMFR}, 135: {"juniper_atm2", "ATM2", 8, juniperATM2}, 136: {"juniper_services", "AS", 8, juniperServices}, 137: {"juniper_atm1", "ATM1", 4, juniperATM1},
		164: {"juniper_monitor", "MONITOR", 8, juniperMonitor}, 167: {"juniper_pppoe", "PPPoE", 0, ether}, 168: {"juniper_pppoe_atm", "PPPoE ATM", 0, juniperPPPoEATM},
		178: {"juniper_ether", "", -1, ether}, 179: {"juniper_ppp", "", -1, juniperPPP},
		180: {"juniper_frelay", "", -1, func(d *Context, _ juniperInfo, v View) { FrameRelay(d, v) }},
		181: {"juniper_chdlc", "", -1, func(d *Context, _ juniperInfo, v View) { CHDLC(d, v) }},
	}
}

// Juniper prints a packet; the kind of interface is the number of the link-layer type.
func Juniper(d *Context, v View) {
	card := juniperCards()[d.Number]
	d.Proto = card.proto
	d.MarkIf(len(v.Data) < juniperHeader)
	d.LeaveIf(v.U24(0) != juniperMagic, "no magic-number found!")
	bits, size := v.U8(3), juniperHeader
	d.If(d.LinkHeader, dissect.Pick(bits&juniperIn != 0, " In ", "Out "))
	d.PrintfIf(d.Verbose > 1, "\n\tJuniper PCAP Flags [%s]", juniperFlags.Of(bits, ", "))
	if bits&juniperExtended != 0 {
		extension := v.U16(size)
		d.PrintfIf(d.Verbose > 1, ", PCAP Extension(s) total length %d", extension)
		size += 2 + extension
		v.Need(size)
		list := juniperExtensions
		if d.Verbose < 2 {
			list.Title, list.Values, list.Unknown = nil, nil, nil
		}
		list.Print(d, v.From(juniperHeader+2).Limit(extension).Cursor(0))
		d.If(d.Verbose > 1, "\n\t-----original packet-----\n\t")
	}
	if bits&juniperNoL2 != 0 {
		d.If(d.LinkHeader, "no-L2-hdr, ")
		d.Header(size + juniperNoL2Extra)
		d.If(!juniperIP(d, v.From(size+juniperNoL2Extra)), "no IP-hdr found!")
		return
	}
	h := juniperInfo{whole: v, size: size, in: bits&juniperIn != 0}
	if card.cookie >= 0 {
		h.read(d, card)
	}
	d.PrintfIf(d.LinkHeader, "hlen %d, proto 0x%04x, ", h.size, h.protocol)
	d.Header(h.size)
	card.print(d, h, v.From(h.size))
}

// read reads the cookie, and what it says of cards for bundles of links.
func (h *juniperInfo) read(d *Context, card juniperCard) {
	payload := h.whole.From(h.size)
	first := payload.U8(0)
	bundles := card.name == "MLPPP" || card.name == "MLFR" || card.name == "MFR"
	switch h.length = card.cookie; {
	case card.name == "MFR" && first&juniperChild == juniperChild:
		h.length = 0
	case first == juniperLinkServices:
		h.length += 2
	case first == juniperAdaptive:
		h.length = juniperLongest
	}
	h.size += h.length
	d.PrintfIf(d.LinkHeader, "%s-PIC, cookie-len %d", card.name, h.length)
	if h.length > juniperLongest {
		d.Header(h.size)
		d.StopIf(true, " (invalid)")
	}
	copy(h.cookie[:], payload.Bytes(0, h.length))
	d.PrintfIf(d.LinkHeader && h.length > 0, ", cookie 0x%x", h.cookie[:h.length])
	d.If(d.LinkHeader, ": ")
	h.protocol = payload.U16(h.length)
	switch {
	case bundles && first == juniperLinkServices:
		h.bundle = int(h.cookie[1])
		h.size += dissect.Pick(card.name == "MLPPP", 0, 2) // the protocol is part of the header
	case bundles && first == juniperAdaptive:
		h.bundle = (int(h.cookie[6])<<8 | int(h.cookie[7])) >> 3 & 0xfff
		h.protocol = int(h.cookie[5]) & 0x70
	case bundles:
		h.bundle = int(h.cookie[0])
		h.size += dissect.Pick(card.name == "MLFR", 2, 0)
	case card.name == "ATM2":
		h.controlWord(d)
	}
}

// controlWord prints the word before a cell of ATM, which is not part of the payload if it is one of some.
func (h *juniperInfo) controlWord(d *Context) {
	word, cell := h.whole.From(h.size).U32(0), h.cookie[7]&juniperCell != 0
	d.PrintfIf(cell && d.LinkHeader, "control-word 0x%08x ", word)
	if cell && (word == 0 || word == 0x08000000 || word == 0x08380000) {
		h.size += 4
	}
}

// words gives the first two and the first four bytes of the cookie.
func (h *juniperInfo) words() (two int, four uint32) {
	return int(h.cookie[0])<<8 | int(h.cookie[1]), binary.BigEndian.Uint32(h.cookie[:])
}

var juniperFlags = Flags{{juniperExtended, "Ext"}, {0x40, "Filter"}, {0x04, "IIF"}, {juniperNoL2, "no-L2"}, {juniperIn, "In"}}

// juniperExtensions are the values of an extension, which are printed with -vv.
var juniperExtensions = List{Head: 2, Least: 3, When: dissect.IfFits, Other: "Unknown", Unknown: juniperNumber, Last: func(kind, size int) bool { return kind == 0 || size == 0 },
	Title: func(d *Context, kind int, name string, size int) {
		d.Printf("\n\t  %s Extension TLV #%d, length %d, value ", name, kind, size)
	},
	Ends: func(d *Context, f dissect.Fault) {
		d.StopIf(true, " [extension_length %d < %d] (invalid)", f.Rest.Length+2, f.Size+2)
	},
	Values: Values{
		1: {"Device Interface Index", 0, nil}, 2: {"Device Interface Name", 0, dissect.Silent}, 3: {"Device Media Type", 0, juniperNamed(juniperMedia)}, 4: {"Logical Interface Index", 0, nil}, 5: {"Logical Unit Number", 0, nil},
		6: {"Logical Interface Encapsulation", 0, juniperNamed(juniperEncapsulations)}, 7: {"TTP derived Device Media Type", 0, juniperNamed(juniperMedia)},
		8: {"TTP derived Logical Interface Encapsulation", 0, juniperNamed(juniperEncapsulations)},
	}}

// juniperNumber prints a number of up to four bytes, the last one first; nothing of a longer one.
func juniperNumber(d *Context, c *Cursor) { juniperValue(d, c, "%d") }

// juniperNamed makes a printer of the same with its name.
func juniperNamed(names Names) dissect.Printer {
	return func(d *Context, c *Cursor) { juniperValue(d, c, "%n (%=d)", names.Or("Unknown")) }
}

func juniperValue(d *Context, c *Cursor, form string, tables ...any) {
	if c.Length <= 4 {
		d.Form(c, strings.Replace(form, "%", fmt.Sprintf("%%%dl", c.Length), 1), tables...)
	}
}

// The names of interfaces' media and of what frames are in.
var (
	juniperMedia = Names{1: "Ethernet", 2: "FDDI", 3: "Token-Ring", 4: "PPP", 5: "Frame-Relay", 6: "Cisco-HDLC", 7: "SMDS-DXI", 8: "ATM-PVC", 9: "PPP-CCC", 10: "Frame-Relay-CCC", 11: "IP-over-IP", 12: "GRE",
		13: "PIM-Encapsulator", 14: "PIM-Decapsulator", 15: "Cisco-HDLC-CCC", 16: "VLAN-CCC", 17: "Multilink-PPP", 18: "Multilink-FR", 19: "Multilink", 20: "LSI", 22: "ATM-CCC-Cell-Relay", 23: "IPSEC-over-IP",
		24: "GGSN", 27: "PPP-TCC", 28: "Frame-Relay-TCC", 29: "Cisco-HDLC-TCC", 30: "Ethernet-CCC", 31: "VPN-Loopback-tunnel", 32: "Extended-VLAN-CCC", 33: "Ethernet-over-ATM", 34: "Monitor", 35: "Ethernet-TCC",
		36: "VLAN-TCC", 37: "Extended-VLAN-TCC", 38: "Controller", 39: "Multilink-FR-UNI-NNI", 40: "LinkService", 41: "VPLS", 42: "VLAN-VPLS", 43: "Extended-VLAN-VPLS", 44: "Logical-tunnel", 45: "General-Services",
		46: "Ethernet-VPLS-over-ATM", 48: "Extended FR-CCC", 49: "Extended FR-TCC", 50: "Flexible-FrameRelay", 52: "Flexible-Ethernet-Services", 53: "Flow-collection", 56: "PPPoE", 57: "PPP-Subordinate",
		59: "Dynamic-Flow-Capture", 60: "PIC Peer"}
	juniperEncapsulations = Names{2: "ATM SNAP", 3: "ATM NLPID", 4: "ATM VCMUX", 5: "ATM LLC", 6: "PPP over ATM VCMUX", 7: "PPP over ATM LLC", 8: "PPP over FUNI", 9: "CCC over ATM", 10: "FR NLPID", 11: "FR SNAP",
		12: "FR PPP", 13: "FR CCC", 14: "Ethernet", 17: "PPP", 18: "C-HDLC", 19: "PPP CCC", 20: "IPIP", 21: "PIM Null", 22: "GRE NULL", 23: "PPP over GRE", 24: "PIMd", 25: "C-HDLC CCC", 26: "CISCO compatible NLPID",
		27: "VLAN CCC", 28: "MLPPP", 29: "MLFR", 30: "LSI Null", 32: "ATM CCC Cell Relay", 33: "Crypto", 34: "GGSN", 35: "ATM VCMUX TCC", 36: "FR TCC", 37: "PPP TCC", 38: "C-HDLC TCC", 39: "Ethernet CCC", 40: "VT",
		41: "Ethernet over ATM LLC", 42: "Extended VLAN CCC", 43: "ATM SNAP TCC", 44: "Monitor", 45: "Ethernet TCC", 46: "VLAN TCC", 47: "Extended VLAN TCC", 48: "MFR", 49: "VPLS", 50: "VLAN VPLS", 51: "Extended VLAN VPLS",
		52: "General Services", 53: "Ethernet VPLS over ATM LLC", 54: "FR CCC", 55: "MLPPP over ATM LLC", 56: "Ethernet over ATM CCC", 57: "LT VLAN", 58: "Collector", 59: "Aggregator", 60: "LAPD", 61: "PPPoE over ATM LLC",
		62: "PPPoE over Ethernet", 63: "PPPoE", 64: "", 65: "C-HDLC via dialer"}
)

// juniperIP prints a packet that begins with an IP header as likely as not; false if it does not.
func juniperIP(d *Context, v View) bool {
	first := v.U8(0)
	return first>>4 == 4 && first >= 0x45 && d.Next(dissect.ByEtherType, dissect.TypeIP, v) || first>>4 == 6 && d.Next(dissect.ByEtherType, dissect.TypeIPv6, v)
}

func juniperPPP(d *Context, _ juniperInfo, v View) { d.Within(func() { PPP(d, v) }) }

// juniperISO prints what begins with the number of a protocol of the network layer (ISO 9577).
func juniperISO(d *Context, v View) { d.Next(dissect.ByName, dissect.NameISO, v) }

// juniperBundled prints what a card for bundles of links has written a number of its own for; false if it has not.
func juniperBundled(d *Context, protocol int, v View) bool {
	kind, known := map[int]int{0x00: dissect.TypeIP, 0x10: dissect.TypeIPv6, 0x20: dissect.TypeMPLS}[protocol]
	return known && d.Next(dissect.ByEtherType, kind, v) || protocol == 0x30 && d.Next(dissect.ByName, dissect.NameISO, v)
}

func juniperMLPPP(d *Context, h juniperInfo, v View) {
	const osi, toEngine = 0x0023, 0x0c
	first, _ := h.words()
	d.PrintfIf(d.LinkHeader && first != osi && first != pppAddress, "Bundle-ID %d: ", h.bundle)
	switch {
	case h.protocol == 0 && h.cookie[4] == toEngine:
		juniperPPP(d, h, v)
	case juniperBundled(d, h.protocol, v):
	case first == osi: // no cookie after all
		juniperPPP(d, h, h.whole.From(h.size-2))
	default:
		juniperPPP(d, h, v)
	}
}

func juniperMFR(d *Context, h juniperInfo, v View) {
	switch {
	case h.length == 0:
		MFR(d, v)
	case h.length == juniperLongest:
		juniperBundled(d, h.protocol, v)
	case h.protocol == 0xfefe:
		juniperBundle(d, h)
		juniperISO(d, v.From(1))
	default:
		juniperFragment(d, h, v)
	}
}

func juniperMLFR(d *Context, h juniperInfo, v View) {
	if h.protocol == 0x0003 || h.protocol == 0x0300 {
		juniperBundle(d, h)
		juniperISO(d, v)
	} else {
		juniperFragment(d, h, v)
	}
}

func juniperBundle(d *Context, h juniperInfo) {
	_, child := h.words()
	d.PrintfIf(d.LinkHeader && child != 1, "Bundle-ID %d, ", h.bundle)
}

// juniperFragment prints a packet of some protocols of the network layer, with the byte before it, which is the number.
func juniperFragment(d *Context, h juniperInfo, v View) {
	juniperBundle(d, h)
	switch h.protocol {
	case 0x0308, 0x03cc, 0x038e:
		juniperISO(d, h.whole.From(h.size-1))
	default:
		d.Printf("unknown protocol 0x%04x, length %d", h.protocol, v.Length)
	}
}

func juniperES(d *Context, _ juniperInfo, v View) {
	const header = 16 // bytes
	v.Need(header)
	kind, inner := v.U8(3), v
	names := Names{1: "ESP ENCR-AUTH", 2: "ESP ENCR-AH AUTH", 3: "ESP AUTH", 4: "AH AUTH", 5: "ESP ENCR"}
	d.LeaveIf(names[kind] == "", "ES Invalid type %d, length %d", kind, v.Length)
	form := "ES SA, index %2@0d, ttl %1@2d type %1@3n (%=d)"
	if kind >= 3 { // a tunnel
		form += ", spi %4@4d, Tunnel %4@8a > %4@12a"
		inner = v.From(header)
	}
	if d.LinkHeader {
		d.Form(v.Cursor(0), form, names)
		d.Printf(", length %d\n", inner.Length)
	}
	d.Next(dissect.ByEtherType, dissect.TypeIP, inner)
}

func juniperGGSN(d *Context, h juniperInfo, v View) {
	kind := int(h.cookie[2])
	d.PrintfIf(d.LinkHeader, "proto %s (%d), vlan %d: ", Names{1: "Null", 2: "IPv4", 6: "IPv6"}.Of(kind, "Unknown"), kind, int(h.cookie[4])<<8|int(h.cookie[5]))
	known := d.Next(dissect.ByEtherType, map[int]int{2: dissect.TypeIP, 6: dissect.TypeIPv6}[kind], v)
	d.PrintfIf(!known && !d.LinkHeader, "unknown GGSN proto (%d)", kind)
}

func juniperATM1(d *Context, h juniperInfo, v View) {
	const cell = 0x80
	if h.cookie[0] == cell {
		oam(d, v)
	} else if v.Need(3); !juniperLLC(d, v) && !juniperNLPID(d, v) {
		juniperIP(d, v)
	}
}

func juniperATM2(d *Context, h juniperInfo, v View) {
	_, gap := h.words()
	if h.cookie[7]&juniperCell != 0 {
		oam(d, v)
		return
	}
	v.Need(3)
	_, ppp := juniperPPPs[v.U16(0)]
	switch {
	case juniperLLC(d, v):
	case !h.in && gap&0x3fe != 0:
		Ethernet(d, v)
	case juniperNLPID(d, v):
	case ppp:
		juniperPPP(d, h, v)
	default:
		juniperIP(d, v)
	}
}

// juniperPPPs are the protocols of PPP that a frame may begin with.
var juniperPPPs = Names{0x21: "", 0x23: "", 0x281: "", 0x283: "", 0x8021: "", 0x8023: "", 0x8281: "", 0xc021: "", 0xc023: "", 0xc223: "", 0x3d: "", 0x57: "", 0x8057: ""}

// juniperLLC prints a frame of LLC, if it begins like one.
func juniperLLC(d *Context, v View) bool {
	known := v.U24(0) == 0xfefe03 || v.U24(0) == 0xaaaa03
	if known {
		llcOrBytes(d, v, dissect.Stations{})
	}
	return known
}

// juniperNLPID prints a frame that begins as Cisco's routers write it.
func juniperNLPID(d *Context, v View) bool {
	known := v.U8(0) == 0x03
	if known {
		juniperISO(d, v.From(1))
	}
	return known
}

// oam prints the head of a cell of operation and maintenance.
func oam(d *Context, v View) {
	head := v.U32(0)
	if v.Length >= 4 {
		payload := [8]string{"user data, uncongested, SDU 0", "user data, uncongested, SDU 1", "user data, congested,   SDU 0", "user data, congested,   SDU 1", "VCC OAM Flow F5 flow segment",
			"VCC OAM Flow F5 flow end to end", "Traffic Control and resource Mgmt", ""}
		d.Printf("OAM F5, vpi %d, vci %d, payload [ %s ], clp %d, length %d", head>>20&0xff, head>>4&0xffff, payload[head>>1&7], head&1, v.Length)
	}
}

func juniperServices(d *Context, _ juniperInfo, v View) {
	d.PrintfIf(d.LinkHeader, "service-id %d flags 0x%02x service-set-id 0x%04x iif %d: ", v.U8(0), v.U8(1), v.U16(2), v.U24(5))
	juniperIP(d, v)
}

func juniperMonitor(d *Context, _ juniperInfo, v View) {
	d.PrintfIf(d.LinkHeader, "service-id %d, iif %d, pkt-type %d: ", v.U32(4), v.U16(2), v.U8(0))
	juniperIP(d, v)
}

func juniperPPPoEATM(d *Context, _ juniperInfo, v View) {
	kind := v.U16(0)
	d.PrintfIf(!d.Next(dissect.ByEtherType, kind, v.From(2)), "unknown ethertype 0x%04x", kind)
}
