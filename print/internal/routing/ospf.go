package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	ospfTypes    = Names{ospfHello: "Hello", ospfDescription: "Database Description", ospfRequest: "LS-Request", ospfUpdate: "LS-Update", ospfAck: "LS-Ack"}
	ospfSecrets  = Names{0: "none", ospfSimple: "simple", ospfMD5: "MD5"}
	ospfOptions  = Flags{{0x01, "MultiTopology"}, {0x02, "External"}, {0x04, "Multicast"}, {0x08, "NSSA"}, {0x10, "LLS"}, {0x20, "Demand Circuit"}, {0x40, "Opaque"}, {0x80, "Up/Down"}}
	ospf3Options = Flags{{0x01, "V6"}, {0x02, "External"}, {0x04, "Deprecated"}, {0x08, "NSSA"}, {0x10, "Router"}, {0x20, "Demand Circuit"}, {0x0100, "AFs Support"}, {0x0200, "LLS"}, {0x0400, "Authentication Trailer"}}
	ospfDDFlags  = Flags{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x08, "OOBResync"}}
	ospf3DDFlags = Flags{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x10, "IPv6 MTU"}}
	ospfLinks    = Names{lsaRouter: "Router", lsaNetwork: "Network", lsaSummary: "Summary", lsaSummaryASBR: "ASBR Summary", lsaExternal: "External", 6: "Multicast", lsaNSSA: "NSSA",
		lsaOpaqueLink: "Link Local Opaque", lsaOpaqueArea: "Area Local Opaque", lsaOpaqueDomain: "Domain Local Opaque"}
	ospfOpaque      = Names{opaqueTraffic: "Traffic Engineering", opaqueGrace: "Graceful restart", opaqueRouter: "Router Information"}
	ospfRouterFlags = Flags{{0x01, "ABR"}, {0x02, "ASBR"}, {0x04, "Virtual"}, {0x08, "W"}, {0x10, "Nt"}}
	ospfTopologies  = Names{0: "default", 1: "multicast", 2: "management"}
	ospf3Links      = Names{1: "Router", 2: "Network", 3: "Inter-Area Prefix", 4: "Inter-Area Router", 5: "External", 6: "Deprecated", 7: "NSSA", 8: "Link", 9: "Intra-Area Prefix",
		10: "Intra-Area TE", 11: "Grace", 12: "Router Information", 13: "Inter-AS-TE", 14: "Layer 1 VPN"}
	ospf3Scopes = Names{0: "Link Local", 0x2000: "Area Local", 0x4000: "Domain Wide"}
)

// Types of packets, of authentication, and of link state advertisements.
const (
	ospfHello       = 1
	ospfDescription = 2
	ospfRequest     = 3
	ospfUpdate      = 4
	ospfAck         = 5
	ospfSimple      = 1
	ospfMD5         = 2
	lsaRouter       = 1
	lsaNetwork      = 2
	lsaSummary      = 3
	lsaSummaryASBR  = 4
	lsaExternal     = 5
	lsaNSSA         = 7
	lsaOpaqueLink   = 9
	lsaOpaqueArea   = 10
	lsaOpaqueDomain = 11
	opaqueTraffic   = 1
	opaqueGrace     = 3
	opaqueRouter    = 4
	lsaHeader       = 20 // bytes
)

// OSPF prints OSPF version 2 (RFC 2328).
func OSPF(d *Context, v View) {
	const header, trailer = 24, 16
	d.Proto = "ospf2"
	if v.U16(14) == ospfMD5 { // the digest follows the packet
		v = dissect.NewView(v.Data[:max(len(v.Data)-trailer, 0)], v.Length-trailer)
	}
	kind := v.U8(1)
	d.Printf("OSPFv%d, %s, length %d", v.U8(0), ospfTypes.Of(kind, "unknown LS-type %d"), v.Length)
	if ospfTypes[kind] == "" || d.Verbose == 0 {
		return
	}
	length := v.U16(2)
	d.PrintfIf(length != v.Length, " [len %d]", length)
	d.Printf("\n\tRouter-ID %s", d.IP4(v.Bytes(4, 4)))
	if area := v.Bytes(8, 4); dissect.AllZero(area) {
		d.Print(", Backbone Area")
	} else {
		d.Printf(", Area %s", d.IP4(area))
	}
	v.Need(header)
	secret := v.U16(14)
	d.Printf(", Authentication Type: %s (%d)", ospfSecrets.Of(secret, "unknown"), secret)
	switch secret {
	case 0:
	case ospfSimple:
		d.Print("\n\tSimple text password: ")
		d.Padded(v.Cursor(16), 8)
	case ospfMD5:
		d.Printf("\n\tKey-ID: %d, Auth-Length: %d, Crypto Sequence Number: 0x%08x", v.U8(18), v.U8(19), v.U32(20))
	default:
		return
	}
	if v.U8(0) != 2 {
		d.Printf(" ospf [version %d]", v.U8(0))
		return
	}
	whole := v
	if length < v.Length {
		v.Length = length
	}
	ospfBody(d, v.Cursor(header), kind)
	if whole.Length > length {
		ospfLinkLocal(d, whole, kind, length, secret)
	}
}

func ospfBody(d *Context, c *Cursor, kind int) {
	switch kind {
	case ospfHello:
		d.Printf("\n\tOptions [%s]", ospfOptions.Of(c.View.U8(c.At+6), ", "))
		mask, interval := d.IP4(c.Bytes(4)), c.U16()
		c.At++
		priority := c.U8()
		d.Printf("\n\t  Hello Timer %ds, Dead Timer %ds, Mask %s, Priority %d", interval, c.U32(), mask, priority)
		designated(d, c)
	case ospfDescription:
		mtu := c.U16()
		d.Printf("\n\tOptions [%s]", ospfOptions.Of(c.U8(), ", "))
		d.Printf(", DD Flags [%s]", ospfDDFlags.Of(c.U8(), ", "))
		d.PrintfIf(mtu != 0, ", MTU: %d", mtu)
		d.Printf(", Sequence: 0x%08x", c.U32())
		for c.Left() > 0 && printLSAHeader(d, c) >= 0 {
		}
	case ospfRequest:
		for c.Left() > 0 {
			c.View.Need(c.At + 12)
			kind, id, router := int(c.U32()), c.Bytes(4), c.Bytes(4)
			d.Printf("\n\t  Advertising Router: %s, %s LSA (%d)", d.IP4(router), ospfLinks.Of(kind, "unknown"), kind)
			if isOpaque(kind) {
				d.Printf(", Opaque-Type: %s LSA (%d), Opaque-ID: %d", ospfOpaque.Of(int(id[0]), "unknown"), id[0], dissect.NewView(id, 4).U24(1))
			} else {
				d.Printf(", LSA-ID: %s", d.IP4(id))
			}
		}
	case ospfUpdate:
		n := c.U32()
		d.Printf(", %d LSA%s", n, dissect.If(n != 1, "s"))
		for i := uint32(1); i <= n; i++ {
			d.Printf("\n\t  LSA #%d", i)
			dissect.TruncateIf(!d.Try(func() { lsa(d, c) }))
		}
	case ospfAck:
		for printLSAHeader(d, c) >= 0 {
		}
	}
}

// designated prints the designated routers and the neighbors that a hello ends with.
func designated(d *Context, c *Cursor) {
	if router := c.Bytes(4); !dissect.AllZero(router) {
		d.Printf("\n\t  Designated Router %s", d.IP4(router))
	}
	if router := c.Bytes(4); !dissect.AllZero(router) {
		d.Printf(", Backup Designated Router %s", d.IP4(router))
	}
	if d.Proto == "ospf3" && d.Verbose < 2 {
		return
	}
	d.If(c.Left() > 0 || d.Proto == "ospf3", "\n\t  Neighbor List:")
	for c.Left() > 0 {
		d.Printf("\n\t    %s", d.IP4(c.Bytes(4)))
	}
}

func isOpaque(kind int) bool { return kind >= lsaOpaqueLink && kind <= lsaOpaqueDomain }

// printLSAHeader prints the header of a link state advertisement and gives its length, less than none if it makes no sense.
func printLSAHeader(d *Context, c *Cursor) int {
	at := c.At
	length := c.View.U16(at + 18)
	if length < lsaHeader {
		d.Printf("\n\t    Bogus length %d < header (%d)", length, lsaHeader)
		return -1
	}
	d.Printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d", d.IP4(c.View.Bytes(at+8, 4)), c.View.U32(at+12), c.View.U16(at), length-lsaHeader)
	kind, id := c.View.U8(at+3), c.View.Bytes(at+4, 4)
	d.Printf("\n\t    %s LSA (%d)", ospfLinks.Of(kind, "unknown"), kind)
	if isOpaque(kind) {
		d.Printf(", Opaque-Type %s LSA (%d), Opaque-ID %d", ospfOpaque.Of(int(id[0]), "unknown"), id[0], dissect.NewView(id, 4).U24(1))
	} else {
		d.Printf(", LSA-ID: %s", d.IP4(id))
	}
	d.Printf("\n\t    Options: [%s]", ospfOptions.Of(c.View.U8(at+2), ", "))
	c.At += lsaHeader
	return length
}

// lsa prints a link state advertisement; rejected if it makes no sense.
func lsa(d *Context, c *Cursor) {
	start := c.At
	length := printLSAHeader(d, c)
	dissect.RejectIf(length < 0)
	kind, opaque := c.View.U8(start+3), c.View.U8(start+4)
	b := dissect.NewView(c.Rest().Data, length-lsaHeader).Cursor(0)
	if d.Try(func() { lsaBody(d, b, kind, opaque) }) && d.Verbose > 1 && (!isOpaque(kind) || opaque != opaqueTraffic) {
		d.Unknown(b.View, "\n\t    ", b.Length)
	}
	c.At = start + length
}

func lsaBody(d *Context, b *Cursor, kind, opaque int) {
	switch kind {
	case lsaRouter:
		printLSARouter(d, b)
	case lsaNetwork:
		d.Printf("\n\t    Mask %s\n\t    Connected Routers:", d.IP4(b.Bytes(4)))
		for b.Left() > 0 {
			d.Printf("\n\t      %s", d.IP4(b.Bytes(4)))
		}
	case lsaSummary, lsaSummaryASBR:
		if mask := b.Bytes(4); kind == lsaSummary {
			d.Printf("\n\t    Mask %s", d.IP4(mask))
		}
		for b.Left() > 0 {
			n := int(b.U32())
			topology := n >> 24 & 0x7f
			d.Printf("\n\t\ttopology %s (%d) metric %d", ospfTopologies.Of(topology, "Unknown"), topology, n&0xffffff)
		}
	case lsaExternal, lsaNSSA:
		d.Printf("\n\t    Mask %s", d.IP4(b.Bytes(4)))
		for b.Left() > 0 {
			n := int(b.U32())
			topology := n >> 24 & 0x7f
			d.Printf("\n\t\ttopology %s (%d), type %d, metric", ospfTopologies.Of(topology, "Unknown"), topology, 1+n>>31&1)
			d.Print(dissect.Pick(n&0xffffff == 0xffffff, " infinite", fmt.Sprintf(" %d", n&0xffffff)))
			if forward := b.Bytes(4); !dissect.AllZero(forward) {
				d.Printf(", forward %s", d.IP4(forward))
			}
			if tag := b.Bytes(4); !dissect.AllZero(tag) {
				d.Printf(", tag %s", d.IP4(tag))
			}
		}
	case lsaOpaqueLink, lsaOpaqueArea, lsaOpaqueDomain:
		switch opaque {
		case opaqueTraffic:
			lsaTraffic(d, b)
		case opaqueGrace:
			lsaGrace(d, b)
		case opaqueRouter:
			lsaInformation(d, b)
		default:
			if d.Verbose <= 1 {
				d.Unknown(b.View, "\n\t    ", b.Length)
			}
		}
	}
}

func printLSARouter(d *Context, b *Cursor) {
	formats := Names{1: "Neighbor Router-ID: %s, Interface Address: %s", 2: "Neighbor Network-ID: %s, Interface Address: %s", 3: "Stub Network: %s, Mask: %s",
		4: "Virtual Link: Neighbor Router-ID: %s, Interface Address: %s"}
	d.Printf("\n\t    Router LSA Options: [%s]", ospfRouterFlags.Of(b.U8(), ", "))
	b.At++
	for range b.U16() {
		b.View.Need(b.At + 12)
		id, data, kind, topologies := b.Bytes(4), b.Bytes(4), b.U8(), b.U8()
		if formats[kind] == "" {
			d.Printf("\n\t      Unknown Router Link Type (%d)", kind)
			return
		}
		d.Printf("\n\t      "+formats[kind], d.IP4(id), d.IP4(data))
		d.Printf("\n\t\ttopology default (0), metric %d", b.U16())
		for range topologies {
			topology := b.U8()
			b.At++
			d.Printf("\n\t\ttopology %s (%d), metric %d", ospfTopologies.Of(topology, "Unknown"), topology, b.U16())
		}
	}
}

var (
	graceFields  = Names{1: "Grace Period", 2: "Graceful restart Reason", 3: "IPv4 interface address"}
	graceReasons = Names{0: "Unknown", 1: "Software Restart", 2: "Software Reload/Upgrade", 3: "Control Process Switch"}
)

// lsaGrace prints what a restarting router says (RFC 3623).
func lsaGrace(d *Context, b *Cursor) {
	for b.Left() > 0 {
		if !b.Has(4) {
			return
		}
		if b.Left() < 4 {
			d.Printf("\n\t    Remaining LS length %d < 4", b.Left())
			dissect.Reject()
		}
		kind, size := b.U16(), b.U16()
		d.Printf("\n\t    %s TLV (%d), length %d, value: ", graceFields.Of(kind, "unknown"), kind, size)
		if size > b.Left() {
			d.Printf("\n\t    Bogus length %d > remaining LS length %d", size, b.Left())
			dissect.Reject()
		}
		if !b.Has(size) {
			return
		}
		value := dissect.NewView(b.View.Bytes(b.At, size), size)
		if want := map[int]int{1: 4, 2: 1, 3: 4}[kind]; want != 0 && want != size {
			d.Printf("\n\t    Bogus length %d != %d", size, want)
			dissect.Reject()
		}
		switch kind {
		case 1:
			d.Printf("%ds", value.U32(0))
		case 2:
			d.Printf("%s (%d)", graceReasons.Of(value.U8(0), "Unknown"), value.U8(0))
		case 3:
			d.Print(d.IP4(value.Data))
		default:
			if d.Verbose <= 1 {
				d.Unknown(value, "\n\t      ", size)
			}
		}
		b.At += (size + 3) &^ 3 // aligned
		if b.At > b.Length {
			d.Printf("\n\t    Bogus padded length %d > remaining LS length %d", (size+3)&^3, b.Length-b.At+(size+3)&^3)
			dissect.Reject()
		}
	}
}

var routerCapabilities = Flags{{1, "Reserved"}, {2, "Reserved"}, {4, "Reserved"}, {8, "Reserved"}, {16, "graceful restart capable"}, {32, "graceful restart helper"}, {64, "Stub router support"},
	{128, "Traffic engineering"}, {256, "p2p over LAN"}, {512, "path computation server"}}

// lsaInformation prints what a router can do (RFC 7770).
func lsaInformation(d *Context, b *Cursor) {
	for b.Left() > 0 {
		b.View.Need(b.At + 4)
		if b.Left() < 4 {
			d.Printf("\n\t    Remaining LS length %d < 4", b.Left())
			dissect.Reject()
		}
		kind, size := b.U16(), b.U16()
		d.Printf("\n\t    %s TLV (%d), length: %d, value: ", Names{1: "Router Capabilities"}.Of(kind, "unknown"), kind, size)
		if size > b.Left() {
			d.Printf("\n\t    Bogus length %d > remaining LS length %d", size, b.Left())
			dissect.Reject()
		}
		value := dissect.NewView(b.Bytes(size), size)
		switch {
		case kind == 1 && size != 4:
			d.Printf("\n\t    Bogus length %d != 4", size)
			dissect.Reject()
		case kind == 1:
			d.Printf("Capabilities: %s", routerCapabilities.Of(int(value.U32(0)), ", "))
		case d.Verbose <= 1:
			d.Unknown(value, "\n\t      ", size)
			if size == 0 && len(b.Rest().Data) == 0 {
				return
			}
		}
	}
}

// ospfLinkLocal prints what follows the packet of some length (RFC 5613).
func ospfLinkLocal(d *Context, v View, kind, at, secret int) {
	options := map[int]int{ospfHello: 30, ospfDescription: 26}[kind] // where they are
	if options == 0 || v.U8(options)&0x10 == 0 {
		return
	}
	if secret == ospfMD5 {
		at += v.U8(19)
	}
	d.StopIf(at >= v.Length, "\n\t[LLS truncated]")
	c := v.Cursor(at)
	d.Printf("\n\t  LLS: checksum: 0x%04x", c.U16())
	d.Printf(", length: %d", c.U16())
	for c.Left() > 0 {
		kind := c.U16()
		d.Printf("\n\t    %s (%d)", Names{1: "Extended Options", 2: "MD5 Authentication"}.Of(kind, "Unknown TLV"), kind)
		size := c.U16()
		d.Printf(", length: %d", size)
		if want := map[int]int{1: 4, 2: 20}[kind]; want != 0 && want != size {
			d.Printf(" [should be %d]", want)
			size = want
		}
		switch kind {
		case 1:
			n := int(c.View.U32(c.At))
			names := Flags{{1, "LSDB resync"}, {2, "Restart"}}.Of(n, ", ")
			d.Printf("\n\t      Options: 0x%08x [%s]", n, map[bool]string{true: "?", false: names}[n&3 == 0])
		case 2:
			d.Printf("\n\t      Sequence number: 0x%08x", c.View.U32(c.At))
		}
		c.At += size
	}
}

// OSPF3 prints OSPF version 3 (RFC 5340).
func OSPF3(d *Context, v View) {
	const header = 16
	d.Proto = "ospf3"
	kind := v.U8(1)
	d.Printf("OSPFv%d, %s, length %d", v.U8(0), ospfTypes.Of(kind, "unknown packet type (%d)"), v.Length)
	if ospfTypes[kind] == "" || d.Verbose == 0 {
		return
	}
	length := v.U16(2)
	d.StopIf(length > v.Length, " [len %d]", length)
	v.Length = length // anything may follow
	d.Printf("\n\tRouter-ID %s", d.IP4(v.Bytes(4, 4)))
	if area := v.Bytes(8, 4); dissect.AllZero(area) {
		d.Print(", Backbone Area")
	} else {
		d.Printf(", Area %s", d.IP4(area))
	}
	if instance := v.U8(14); instance != 0 {
		d.Printf(", Instance %d", instance)
	}
	if v.U8(0) != 3 {
		return
	}
	c := v.Cursor(header)
	switch kind {
	case ospfHello:
		id, options := c.Bytes(4), int(c.U32())
		d.Printf("\n\tOptions [%s]", ospf3Options.Of(options&0xffffff, ", "))
		d.Printf("\n\t  Hello Timer %ds, Dead Timer %ds, Interface-ID %s, Priority %d", c.U16(), c.U16(), d.IP4(id), options>>24)
		designated(d, c)
	case ospfDescription:
		options := int(c.View.U32(c.At))
		mtu := c.View.U16(c.At + 4)
		c.At += 7
		d.Printf("\n\tOptions [%s]", ospf3Options.Of(options&0xffffff, ", "))
		d.Printf(", DD Flags [%s]", ospf3DDFlags.Of(c.U8(), ", "))
		d.Printf(", MTU %d, DD-Sequence 0x%08x", mtu, c.U32())
		for d.Verbose > 1 && c.Left() > 0 && lsa3Header(d, c) {
		}
	case ospfRequest:
		for d.Verbose > 1 && c.Left() > 0 {
			c.At += 2
			kind, id, router := c.U16(), c.Bytes(4), c.Bytes(4)
			d.Printf("\n\t  Advertising Router %s", d.IP4(router))
			lsa3Type(d, kind, id)
		}
	case ospfUpdate:
		if n := c.U32(); d.Verbose > 1 {
			for ; n > 0; n-- {
				d.CutIf(!d.Try(func() { lsa3(d, c) }))
			}
		}
	case ospfAck:
		for d.Verbose > 1 && c.Left() > 0 && lsa3Header(d, c) {
		}
	}
}

func lsa3Type(d *Context, kind int, id []byte) {
	d.Printf("\n\t    %s LSA (%d), %s Scope%s, LSA-ID %s", ospf3Links.Of(kind&0x1fff, "Unknown"), kind&0x1fff, ospf3Scopes.Of(kind&0x6000, "Unknown"), dissect.If(kind&0x8000 != 0, ", transitive"), d.IP4(id))
}

// lsa3Header prints the header of a link state advertisement; false if it makes no sense.
func lsa3Header(d *Context, c *Cursor) bool {
	if !c.Has(lsaHeader) || c.Left() < lsaHeader {
		d.Mark()
		return false
	}
	age, kind, id, router, sequence := c.U16(), c.U16(), c.Bytes(4), c.Bytes(4), c.U32()
	c.At += 2
	length := c.U16()
	d.Printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d", d.IP4(router), sequence, age, uint64(length-lsaHeader)) // unsigned, as tcpdump writes it
	lsa3Type(d, kind, id)
	return true
}
