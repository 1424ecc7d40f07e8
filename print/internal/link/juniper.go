package link

import "bpfc/print/internal/dissect"

// What Juniper's routers capture: a frame behind a header of their own, which begins with a magic number and may have
// extensions, and behind the cookie of the card that the frame went through.

const (
	juniperMagic     = 0x4d4743
	juniperIn        = 0x01
	juniperNoL2      = 0x02
	juniperExtended  = 0x80
	juniperHeader    = 4 // bytes, without extensions
	juniperNoL2Extra = 4 // bytes before IP where the frame has no link-layer header
)

// juniperCard is a kind of interface: its name and the size of its cookie, less than none if it has neither.
type juniperCard struct {
	proto, name string
	cookie      int
	print       func(d *Context, h juniperInfo, v View)
}

// juniperInfo is what the header said.
type juniperInfo struct {
	cookie         []byte
	size, protocol int
}

func juniperCards() map[int]juniperCard {
	ether := func(d *Context, _ juniperInfo, v View) { Ethernet(d, v) }
	return map[int]juniperCard{
		130: {"juniper_mlppp", "MLPPP", 2, juniperMLPPP},
		131: {"juniper_mlfr", "MLFR", 2, juniperMLFR},
		132: {"juniper_es", "ES", 0, juniperES},
		133: {"juniper_ggsn", "GGSN", 8, juniperGGSN},
		134: {"juniper_mfr", "MFR", 4, juniperMLFR},
		135: {"juniper_atm2", "ATM2", 8, juniperATM},
		136: {"juniper_services", "AS", 8, juniperServices},
		137: {"juniper_atm1", "ATM1", 4, juniperATM},
		164: {"juniper_monitor", "MONITOR", 8, juniperMonitor},
		167: {"juniper_pppoe", "PPPoE", 0, ether},
		168: {"juniper_pppoe_atm", "PPPoE ATM", 0, juniperPPPoEATM},
		178: {"juniper_ether", "", -1, ether},
		179: {"juniper_ppp", "", -1, juniperPPP},
		180: {"juniper_frelay", "", -1, func(d *Context, _ juniperInfo, v View) { FrameRelay(d, v) }},
		181: {"juniper_chdlc", "", -1, func(d *Context, _ juniperInfo, v View) { CHDLC(d, v) }},
	}
}

// Juniper prints a packet; the kind of interface is the number of the link-layer type.
func Juniper(d *Context, v View) {
	card := juniperCards()[d.Number]
	d.Proto = card.proto
	if len(v.Data) < juniperHeader {
		d.Mark()
		return
	}
	if v.U24(0) != juniperMagic {
		d.Print("no magic-number found!")
		return
	}
	bits, size := v.U8(3), juniperHeader
	d.If(d.LinkHeader, dissect.Pick(bits&juniperIn != 0, " In ", "Out "))
	if bits&juniperExtended != 0 {
		extension := v.U16(size)
		size += 2 + extension
		v.Need(size)
		juniperExtensions(d, v.From(juniperHeader+2).Limit(extension))
	}
	payload := v.From(size)
	if bits&juniperNoL2 != 0 {
		d.If(d.LinkHeader, "no-L2-hdr, ")
		d.Header(size + juniperNoL2Extra)
		if !juniperIP(d, payload.From(juniperNoL2Extra)) {
			d.Print("no IP-Hdr found!")
		}
		return
	}
	h := juniperInfo{size: size}
	if card.cookie >= 0 {
		payload.Need(1)
		d.PrintfIf(d.LinkHeader, "%s-PIC, cookie-len %d", card.name, card.cookie)
		payload.Need(card.cookie)
		h.cookie = payload.Bytes(0, card.cookie)
		d.PrintfIf(d.LinkHeader && card.cookie > 0, ", cookie 0x%x", h.cookie)
		d.If(d.LinkHeader, ": ")
		payload = payload.From(card.cookie)
		h.protocol = payload.U16(0)
		h.size += card.cookie
	}
	if card.name == "MLFR" { // the protocol is part of the header
		h.size, payload = h.size+2, payload.From(2)
	}
	d.PrintfIf(d.LinkHeader, "hlen %d, proto 0x%04x, ", h.size, h.protocol)
	d.Header(h.size)
	card.print(d, h, payload)
}

// juniperExtensions prints what is wrong with the values of an extension, and with -vv their sizes.
func juniperExtensions(d *Context, v View) {
	const header = 2
	for c := v.Cursor(0); c.Left() > header; {
		kind, size := c.U8(), c.U8()
		if size == 0 || size > c.Left() {
			d.PrintfIf(d.Verbose > 1, "\n\t  extension %d, length %d", kind, size)
			return
		}
		c.Bytes(size)
	}
}

// juniperIP prints a packet that begins with an IP header as likely as not; false if it does not.
func juniperIP(d *Context, v View) bool {
	switch first := v.U8(0); {
	case first >= 0x45 && first <= 0x4f:
		return d.Next(dissect.ByEtherType, dissect.TypeIP, v)
	case first >= 0x60 && first <= 0x6f:
		return d.Next(dissect.ByEtherType, dissect.TypeIPv6, v)
	}
	return false
}

// juniperPPP guesses which frame of PPP, or what inside it, the payload begins with.
func juniperPPP(d *Context, _ juniperInfo, v View) { d.Within(func() { PPP(d, v) }) }

// Protocols that a card for bundles of links writes of its own.
const (
	juniperLSQIPv4 = 0x00
	juniperLSQIPv6 = 0x10
	juniperLSQMPLS = 0x20
	juniperLSQISO  = 0x30
)

func juniperMLPPP(d *Context, h juniperInfo, v View) {
	first := int(h.cookie[0])<<8 | int(h.cookie[1])
	d.PrintfIf(d.LinkHeader && first != 0x0023 && first != pppAddress, "Bundle-ID %d: ", h.cookie[0])
	switch h.protocol {
	case juniperLSQIPv4:
		d.Next(dissect.ByEtherType, dissect.TypeIP, v)
	case juniperLSQIPv6:
		d.Next(dissect.ByEtherType, dissect.TypeIPv6, v)
	case juniperLSQMPLS:
		d.Next(dissect.ByEtherType, dissect.TypeMPLS, v)
	case juniperLSQISO:
		d.Next(dissect.ByName, dissect.NameISO, v)
	default:
		d.Within(func() { PPP(d, v) })
	}
}

func juniperMLFR(d *Context, h juniperInfo, v View) {
	d.PrintfIf(d.LinkHeader, "Bundle-ID %d, ", h.cookie[0])
	switch h.protocol {
	case 0xcc00, 0x03cc:
		d.Next(dissect.ByEtherType, dissect.TypeIP, v.From(2))
	case 0x8e00, 0x038e:
		d.Next(dissect.ByEtherType, dissect.TypeIPv6, v.From(2))
	case 0xfefe, 0xfe81, 0xfe82, 0xfe83:
		d.Next(dissect.ByName, dissect.NameISO, v.From(1))
	default:
		d.Printf("unknown protocol 0x%04x, length %d", h.protocol, v.Length)
	}
}

func juniperES(d *Context, _ juniperInfo, v View) {
	const ipsec = 16 // bytes, with addresses
	v.Need(12)
	kind, length := v.U8(3), v.Length
	names := Names{1: "ESP ENCRYPT-ESP AUTHEN", 2: "ESP ENCRYPT-AH AUTHEN", 3: "ESP AUTHEN", 4: "AH AUTHEN", 5: "ESP ENCRYPT"}
	if names[kind] == "" {
		d.Printf("ES Invalid type %d, length %d", kind, length)
		return
	}
	d.PrintfIf(d.LinkHeader, "ES SA, index %d, ttl %d type %s (%d), length %d\n", v.U16(0), v.U8(2), names[kind], kind, length)
	d.Next(dissect.ByEtherType, dissect.TypeIP, v.From(ipsec))
}

func juniperGGSN(d *Context, h juniperInfo, v View) {
	cookie := dissect.NewView(h.cookie, len(h.cookie))
	kind, vlan := cookie.U8(2), cookie.U16(4)
	names := Names{2: "IPv4", 3: "IPv6"}
	d.PrintfIf(d.LinkHeader, "proto %s (%d), vlan %d: ", names.Of(kind, "Unknown"), kind, vlan)
	switch kind {
	case 2:
		d.Next(dissect.ByEtherType, dissect.TypeIP, v)
	case 3:
		d.Next(dissect.ByEtherType, dissect.TypeIPv6, v)
	default:
		d.PrintfIf(!d.LinkHeader, "unknown GGSN proto (%d)", kind)
	}
}

// juniperATM prints a frame behind LLC or an NLPID, or IP.
func juniperATM(d *Context, h juniperInfo, v View) {
	const cell = 0x80
	v.Need(3)
	if h.cookie[0] == cell && len(h.cookie) == 4 {
		oam(d, v)
		return
	}
	switch head := v.U24(0); {
	case head == 0xfefe03, head == 0xaaaa03:
		llcOrBytes(d, v, dissect.Stations{})
	case v.U8(0) == 0x03:
		d.Next(dissect.ByName, dissect.NameISO, v.From(1))
	case juniperIP(d, v):
	}
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
	if !d.Next(dissect.ByEtherType, kind, v.From(2)) {
		d.Printf("unknown ethertype 0x%04x", kind)
	}
}
