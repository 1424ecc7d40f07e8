package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	ospfSecrets     = Names{0: "none", ospfSimple: "simple", ospfMD5: "MD5"}
	ospfOptions     = Flags{{0x01, "MultiTopology"}, {0x02, "External"}, {0x04, "Multicast"}, {0x08, "NSSA"}, {0x10, "LLS"}, {0x20, "Demand Circuit"}, {0x40, "Opaque"}, {0x80, "Up/Down"}}
	ospf3Options    = Flags{{0x01, "V6"}, {0x02, "External"}, {0x04, "Deprecated"}, {0x08, "NSSA"}, {0x10, "Router"}, {0x20, "Demand Circuit"}, {0x0100, "AFs Support"}, {0x0200, "LLS"}, {0x0400, "Authentication Trailer"}}
	ospfDDFlags     = Flags{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x08, "OOBResync"}}
	ospf3DDFlags    = Flags{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x10, "IPv6 MTU"}}
	ospfOpaque      = Names{opaqueTraffic: "Traffic Engineering", opaqueGrace: "Graceful restart", opaqueRouter: "Router Information"}
	ospfRouterFlags = Flags{{0x01, "ABR"}, {0x02, "ASBR"}, {0x04, "Virtual"}, {0x08, "W"}, {0x10, "Nt"}}
	ospfTopologies  = Names{0: "default", 1: "multicast", 2: "management"}
	ospf3Links      = Names{1: "Router", 2: "Network", 3: "Inter-Area Prefix", 4: "Inter-Area Router", 5: "External", 6: "Multicast Group", 7: "NSSA", 8: "Link", 9: "Intra-Area Prefix",
		10: "Intra-Area TE", 11: "Grace", 12: "Router Information", 13: "Inter-AS-TE", 14: "Layer 1 VPN"}
	ospf3Scopes = Names{0: "Link Local", 0x2000: "Area Local", 0x4000: "Domain Wide"}
)

// Types of packets, of authentication, and of link state advertisements.
const (
	ospfHello       = 1
	ospfDescription = 2
	ospfSimple      = 1
	ospfMD5         = 2
	lsaOpaqueLink   = 9
	lsaOpaqueDomain = 11
	opaqueTraffic   = 1
	opaqueGrace     = 3
	opaqueRouter    = 4
	lsaHeader       = 20 // bytes
)

// ospfPackets are the packets of version 2.
var ospfPackets = List{Loose: true, Values: Values{
	ospfHello:       {"Hello", 0, dissect.Form("\n\tOptions [%1@6n]|\n\t  Hello Timer %2@4ds, Dead Timer %4@8ds, Mask %4@0a, Priority %1@7d%12_|%p", ospfOptions, designated)},
	ospfDescription: {"Database Description", 0, dissect.Form("\n\tOptions [%1@2n]|, DD Flags [%1@3n]%2@0n%4_|, Sequence: 0x%4x|%p", ospfOptions, ospfDDFlags, ospfMTU, lsaHeaders)},
	3:               {"LS-Request", 0, dissect.Each(ospfRequest)}, 4: {"LS-Update", 0, ospfUpdate}, 5: {"LS-Ack", 0, lsaHeaders},
}}

// OSPF prints OSPF version 2 (RFC 2328).
func OSPF(d *Context, v View) {
	const header, trailer = 24, 16
	d.Proto = "ospf2"
	if v.U16(14) == ospfMD5 { // the digest follows the packet
		v = dissect.NewView(v.Data[:max(len(v.Data)-trailer, 0)], v.Length-trailer)
	}
	kind := v.U8(1)
	d.Printf("OSPFv%d, %s, length %d", v.U8(0), ospfPackets.Values.Name(kind, "unknown LS-type %d"), v.Length)
	if ospfPackets.Values[kind].Name == "" || d.Verbose == 0 {
		return
	}
	length := v.U16(2)
	d.PrintfIf(length != v.Length, " [len %d]", length)
	d.Form(v.Cursor(4), "\n\tRouter-ID %4a|%4v", ospfArea)
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
	d.LeaveIf(v.U8(0) != 2, " ospf [version %d]", v.U8(0))
	whole := v
	if length < v.Length {
		v.Length = length
	}
	ospfPackets.Value(d, kind, v.From(header))
	if whole.Length > length {
		ospfLinkLocal(d, whole, kind, length, secret)
	}
}

func ospfArea(d *Context, b []byte) string {
	return dissect.Pick(dissect.AllZero(b), ", Backbone Area", ", Area "+d.IP4(b))
}

func ospfMTU(n int) string { return dissect.If(n != 0, fmt.Sprintf(", MTU: %d", n)) }

// lsaHeaders prints headers, up to one that makes no sense.
func lsaHeaders(d *Context, c *Cursor) {
	for (d.Number != ospfDescription || c.Left() > 0) && printLSAHeader(d, c) >= 0 {
	}
}

func ospfRequest(d *Context, c *Cursor) {
	d.Form(c, "\n\t  Advertising Router: %4@8a, %4@0n LSA (%=d)", lsaName)
	lsaID(d, int(c.U32()), c.Bytes(4), ":")
	c.Bytes(4)
}

// lsaID prints the identity of an advertisement; the words for opaque ones differ by a colon.
func lsaID(d *Context, kind int, id []byte, colon string) {
	if isOpaque(kind) {
		d.Printf(", Opaque-Type%s %s LSA (%d), Opaque-ID%s %d", colon, ospfOpaque.Of(int(id[0]), "unknown"), id[0], colon, dissect.NewView(id, 4).U24(1))
	} else {
		d.Printf(", LSA-ID: %s", d.IP4(id))
	}
}

func ospfUpdate(d *Context, c *Cursor) {
	n := c.U32()
	d.Printf(", %d LSA%s", n, dissect.If(n != 1, "s"))
	for i := uint32(1); i <= n; i++ {
		d.Printf("\n\t  LSA #%d", i)
		dissect.TruncateIf(!d.Try(func() { lsa(d, c) }))
	}
}

// designated prints the designated routers and the neighbors that a hello ends with.
func designated(d *Context, c *Cursor) {
	d.Form(c, "%4v|%4v", dissect.Given("\n\t  Designated Router "), dissect.Given(", Backup Designated Router "))
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
	d.Form(c, "\n\t  Advertising Router %4@8a, seq 0x%4@12x, age %2@0ds|%p\n\t    %1@3n LSA (%=d)", func(d *Context, _ *Cursor) { d.Printf(", length %d", length-lsaHeader) }, lsaName)
	lsaID(d, c.View.U8(at+3), c.View.Bytes(at+4, 4), "")
	d.Form(c, "\n\t    Options: [%1@2n]|%20_", ospfOptions)
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

// lsaBodies are what advertisements say, but for opaque ones.
var lsaBodies = List{Loose: true, Values: Values{
	1: {"Router", 0, printLSARouter}, 2: {"Network", 0, dissect.Form("\n\t    Mask %4a\n\t    Connected Routers:|%p", dissect.Each(dissect.Form("\n\t      %4a")))},
	3: {"Summary", 0, dissect.Form("\n\t    Mask %4a|%p", lsaMetrics)}, 4: {"ASBR Summary", 0, dissect.Form("%4_|%p", lsaMetrics)},
	5: {"External", 0, lsaExternal}, 6: {"Multicast", 0, nil}, 7: {"NSSA", 0, lsaExternal}, lsaOpaqueLink: {"Link Local Opaque", 0, nil}, 10: {"Area Local Opaque", 0, nil}, lsaOpaqueDomain: {"Domain Wide Opaque", 0, nil},
}}

func lsaName(n int) string { return lsaBodies.Values.Name(n, "unknown") }

var (
	ospfTopology = ospfTopologies.Or("Unknown")
	lsaMetrics   = dissect.Each(dissect.Form("\n\t\ttopology %4[1-7]n (%=[1-7]d) metric %=[8-31]d", ospfTopology))
	lsaExternal  = dissect.Form("\n\t    Mask %4a|%p", dissect.Each(dissect.Form("\n\t\ttopology %4[1-7]n (%=[1-7]d), type %=[0]n, metric %=[8-31]n|%4v|%4v", ospfTopology, [2]string{"1", "2"},
		Names{0xffffff: "infinite"}.Or("%d"), dissect.Given(", forward "), dissect.Given(", tag "))))
)

func lsaBody(d *Context, b *Cursor, kind, opaque int) {
	switch {
	case !isOpaque(kind):
		lsaBodies.Value(d, kind, b.View)
	case opaque == opaqueTraffic:
		lsaTraffic(d, b)
	case opaque == opaqueGrace:
		lsaGrace(d, b)
	case opaque == opaqueRouter:
		lsaInformation(d, b)
	case d.Verbose <= 1:
		d.Unknown(b.View, "\n\t    ", b.Length)
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
		d.Form(b, "\n\t\ttopology default (0), metric %2d")
		for range topologies {
			d.Form(b, "\n\t\ttopology %1n (%=d)%1_, metric %2d", ospfTopology)
		}
	}
}

// graceFields are what a restarting router says.
var graceFields = List{Bytes: "\n\t      ", Short: func(d *Context, f dissect.Fault) { d.RejectIf(true, "\n\t    Bogus length %d != %d", f.Size, f.Least) }, Values: Values{
	1: {"Grace Period", -4, dissect.Form("%4ds")}, 3: {"IPv4 interface address", -4, dissect.Form("%4a")},
	2: {"Graceful restart Reason", -1, dissect.Form("%1n (%=d)", Names{0: "Unknown", 1: "Software Restart", 2: "Software Reload/Upgrade", 3: "Control Process Switch"}.Or("Unknown"))},
}}

// lsaGrace prints what a restarting router says (RFC 3623).
func lsaGrace(d *Context, b *Cursor) {
	for b.Left() > 0 {
		if !b.Has(4) {
			return
		}
		d.RejectIf(b.Left() < 4, "\n\t    Remaining LS length %d < 4", b.Left())
		kind, size := b.U16(), b.U16()
		d.Printf("\n\t    %s TLV (%d), length %d, value: ", graceFields.Values.Name(kind, "unknown"), kind, size)
		d.RejectIf(size > b.Left(), "\n\t    Bogus length %d > remaining LS length %d", size, b.Left())
		if !b.Has(size) {
			return
		}
		graceFields.Value(d, kind, dissect.NewView(b.View.Bytes(b.At, size), size))
		b.At += (size + 3) &^ 3 // aligned
		d.RejectIf(b.At > b.Length, "\n\t    Bogus padded length %d > remaining LS length %d", (size+3)&^3, b.Length-b.At+(size+3)&^3)
	}
}

var routerCapabilities = Flags{{1, "Reserved"}, {2, "Reserved"}, {4, "Reserved"}, {8, "Reserved"}, {16, "graceful restart capable"}, {32, "graceful restart helper"}, {64, "Stub router support"},
	{128, "Traffic engineering"}, {256, "p2p over LAN"}, {512, "path computation server"}}

// lsaInformation prints what a router can do (RFC 7770).
func lsaInformation(d *Context, b *Cursor) {
	for b.Left() > 0 {
		b.View.Need(b.At + 4)
		d.RejectIf(b.Left() < 4, "\n\t    Remaining LS length %d < 4", b.Left())
		kind, size := b.U16(), b.U16()
		d.Printf("\n\t    %s TLV (%d), length: %d, value: ", Names{1: "Router Capabilities"}.Of(kind, "unknown"), kind, size)
		d.RejectIf(size > b.Left(), "\n\t    Bogus length %d > remaining LS length %d", size, b.Left())
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
	d.Printf("OSPFv%d, %s, length %d", v.U8(0), ospfPackets.Values.Name(kind, "unknown packet type (%d)"), v.Length)
	if ospfPackets.Values[kind].Name == "" || d.Verbose == 0 {
		return
	}
	length := v.U16(2)
	d.StopIf(length > v.Length, " [len %d]", length)
	v.Length = length // anything may follow
	d.Form(v.Cursor(4), "\n\tRouter-ID %4a|%4v", ospfArea)
	if instance := v.U8(14); instance != 0 {
		d.Printf(", Instance %d", instance)
	}
	d.LeaveIf(v.U8(0) != 3, "")
	ospf3Packets.Value(d, kind, v.From(header))
}

// ospf3Packets are the packets of version 3.
var ospf3Packets = List{Loose: true, Values: Values{
	ospfHello:       {"", 0, dissect.Form("\n\tOptions [%4@4[8-31]n]|\n\t  Hello Timer %2@8ds, Dead Timer %2@10ds, Interface-ID %4@0a, Priority %1@4d%12_|%p", ospf3Options, designated)},
	ospfDescription: {"", 0, dissect.Form("%6_\n\tOptions [%4@0[8-31]n]|%1_, DD Flags [%1n]|, MTU %2@4d, DD-Sequence 0x%4x|%p", ospf3Options, ospf3DDFlags, lsa3Headers)},
	3: {"", 0, func(d *Context, c *Cursor) {
		for d.Verbose > 1 && c.Left() > 0 {
			d.Form(c, "%2_\n\t  Advertising Router %4@8a")
			lsa3Type(d, c.U16(), c.Bytes(4))
			c.Bytes(4)
		}
	}},
	4: {"", 0, func(d *Context, c *Cursor) {
		for n := c.U32(); d.Verbose > 1 && n > 0; n-- {
			d.CutIf(!d.Try(func() { lsa3(d, c) }))
		}
	}},
	5: {"", 0, lsa3Headers},
}}

func lsa3Headers(d *Context, c *Cursor) {
	for d.Verbose > 1 && c.Left() > 0 && lsa3Header(d, c) {
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
