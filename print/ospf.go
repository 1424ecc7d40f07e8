package print

var (
	ospfTypes    = NamesT{ospfHello: "Hello", ospfDescription: "Database Description", ospfRequest: "LS-Request", ospfUpdate: "LS-Update", ospfAck: "LS-Ack"}
	ospfSecrets  = NamesT{0: "none", ospfSimple: "simple", ospfMD5: "MD5"}
	ospfOptions  = FlagsT{{0x01, "MultiTopology"}, {0x02, "External"}, {0x04, "Multicast"}, {0x08, "NSSA"}, {0x10, "LLS"}, {0x20, "Demand Circuit"}, {0x40, "Opaque"}, {0x80, "Up/Down"}}
	ospf3Options = FlagsT{{0x01, "V6"}, {0x02, "External"}, {0x04, "Deprecated"}, {0x08, "NSSA"}, {0x10, "Router"}, {0x20, "Demand Circuit"}, {0x0100, "AFs Support"}, {0x0200, "LLS"}, {0x0400, "Authentication Trailer"}}
	ospfDDFlags  = FlagsT{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x08, "OOBResync"}}
	ospf3DDFlags = FlagsT{{0x04, "Init"}, {0x02, "More"}, {0x01, "Master"}, {0x10, "IPv6 MTU"}}
	ospfLinks    = NamesT{lsaRouter: "Router", lsaNetwork: "Network", lsaSummary: "Summary", lsaSummaryASBR: "ASBR Summary", lsaExternal: "External", 6: "Multicast", lsaNSSA: "NSSA",
		lsaOpaqueLink: "Link Local Opaque", lsaOpaqueArea: "Area Local Opaque", lsaOpaqueDomain: "Domain Local Opaque"}
	ospfOpaque      = NamesT{1: "Traffic Engineering", opaqueGrace: "Graceful restart", opaqueRouter: "Router Information"}
	ospfRouterFlags = FlagsT{{0x01, "ABR"}, {0x02, "ASBR"}, {0x04, "Virtual"}, {0x08, "W"}, {0x10, "Nt"}}
	ospfTopologies  = NamesT{0: "default", 1: "multicast", 2: "management"}
	ospf3Links      = NamesT{1: "Router", 2: "Network", 3: "Inter-Area Prefix", 4: "Inter-Area Router", 5: "External", 6: "Deprecated", 7: "NSSA", 8: "Link", 9: "Intra-Area Prefix",
		10: "Intra-Area TE", 11: "Grace", 12: "Router Information", 13: "Inter-AS-TE", 14: "Layer 1 VPN"}
	ospf3Scopes = NamesT{0: "Link Local", 0x2000: "Area Local", 0x4000: "Domain Wide"}
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
	opaqueGrace     = 3
	opaqueRouter    = 4
	lsaHeader       = 20 // bytes
)

// ospf prints OSPF version 2 (RFC 2328).
func (d *dissector) ospf(v view) {
	const header, trailer = 24, 16
	d.proto = "ospf2"
	if v.u16(14) == ospfMD5 { // the digest follows the packet
		v = newView(v.b[:max(len(v.b)-trailer, 0)], v.length-trailer)
	}
	kind := v.u8(1)
	d.printf("OSPFv%d, %s, length %d", v.u8(0), ospfTypes.of(kind, "unknown LS-type %d"), v.length)
	if ospfTypes[kind] == "" || d.Verbose == 0 {
		return
	}
	length := v.u16(2)
	if length != v.length {
		d.printf(" [len %d]", length)
	}
	d.printf("\n\tRouter-ID %s", d.ip4(v.bytes(4, 4)))
	if area := v.bytes(8, 4); allZero(area) {
		d.print(", Backbone Area")
	} else {
		d.printf(", Area %s", d.ip4(area))
	}
	v.need(header)
	secret := v.u16(14)
	d.printf(", Authentication Type: %s (%d)", ospfSecrets.of(secret, "unknown"), secret)
	switch secret {
	case 0:
	case ospfSimple:
		d.print("\n\tSimple text password: ")
		d.padded(v.cursor(16), 8)
	case ospfMD5:
		d.printf("\n\tKey-ID: %d, Auth-Length: %d, Crypto Sequence Number: 0x%08x", v.u8(18), v.u8(19), v.u32(20))
	default:
		return
	}
	if v.u8(0) != 2 {
		d.printf(" ospf [version %d]", v.u8(0))
		return
	}
	whole := v
	if length < v.length {
		v.length = length
	}
	d.ospfBody(v.cursor(header), kind)
	if whole.length > length {
		d.ospfLinkLocal(whole, kind, length, secret)
	}
}

func (d *dissector) ospfBody(c *cursor, kind int) {
	switch kind {
	case ospfHello:
		d.printf("\n\tOptions [%s]", ospfOptions.of(c.view.u8(c.at+6), ", "))
		mask, interval := d.ip4(c.bytes(4)), c.u16()
		c.at++
		priority := c.u8()
		d.printf("\n\t  Hello Timer %ds, Dead Timer %ds, Mask %s, Priority %d", interval, c.u32(), mask, priority)
		d.designated(c)
	case ospfDescription:
		mtu := c.u16()
		d.printf("\n\tOptions [%s]", ospfOptions.of(c.u8(), ", "))
		d.printf(", DD Flags [%s]", ospfDDFlags.of(c.u8(), ", "))
		if mtu != 0 {
			d.printf(", MTU: %d", mtu)
		}
		d.printf(", Sequence: 0x%08x", c.u32())
		for c.left() > 0 && d.lsaHeader(c) >= 0 {
		}
	case ospfRequest:
		for c.left() > 0 {
			c.view.need(c.at + 12)
			kind, id, router := int(c.u32()), c.bytes(4), c.bytes(4)
			d.printf("\n\t  Advertising Router: %s, %s LSA (%d)", d.ip4(router), ospfLinks.of(kind, "unknown"), kind)
			if isOpaque(kind) {
				d.printf(", Opaque-Type: %s LSA (%d), Opaque-ID: %d", ospfOpaque.of(int(id[0]), "unknown"), id[0], newView(id, 4).u24(1))
			} else {
				d.printf(", LSA-ID: %s", d.ip4(id))
			}
		}
	case ospfUpdate:
		n := c.u32()
		d.printf(", %d LSA%s", n, mark(n != 1, "s"))
		for i := uint32(1); i <= n; i++ {
			d.printf("\n\t  LSA #%d", i)
			if !d.lsa(c) {
				panic(truncated{})
			}
		}
	case ospfAck:
		for d.lsaHeader(c) >= 0 {
		}
	}
}

// designated prints the designated routers and the neighbors that a hello ends with.
func (d *dissector) designated(c *cursor) {
	if router := c.bytes(4); !allZero(router) {
		d.printf("\n\t  Designated Router %s", d.ip4(router))
	}
	if router := c.bytes(4); !allZero(router) {
		d.printf(", Backup Designated Router %s", d.ip4(router))
	}
	if d.proto == "ospf3" && d.Verbose < 2 {
		return
	}
	d.onlyIf(c.left() > 0 || d.proto == "ospf3", "\n\t  Neighbor List:")
	for c.left() > 0 {
		d.printf("\n\t    %s", d.ip4(c.bytes(4)))
	}
}

func isOpaque(kind int) bool { return kind >= lsaOpaqueLink && kind <= lsaOpaqueDomain }

// lsaHeader prints the header of a link state advertisement and gives its length, less than none if it makes no sense.
func (d *dissector) lsaHeader(c *cursor) int {
	at := c.at
	length := c.view.u16(at + 18)
	if length < lsaHeader {
		d.printf("\n\t    Bogus length %d < header (%d)", length, lsaHeader)
		return -1
	}
	d.printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d", d.ip4(c.view.bytes(at+8, 4)), c.view.u32(at+12), c.view.u16(at), length-lsaHeader)
	kind, id := c.view.u8(at+3), c.view.bytes(at+4, 4)
	d.printf("\n\t    %s LSA (%d)", ospfLinks.of(kind, "unknown"), kind)
	if isOpaque(kind) {
		d.printf(", Opaque-Type %s LSA (%d), Opaque-ID %d", ospfOpaque.of(int(id[0]), "unknown"), id[0], newView(id, 4).u24(1))
	} else {
		d.printf(", LSA-ID: %s", d.ip4(id))
	}
	d.printf("\n\t    Options: [%s]", ospfOptions.of(c.view.u8(at+2), ", "))
	c.at += lsaHeader
	return length
}

// lsa prints a link state advertisement; false if it makes no sense.
func (d *dissector) lsa(c *cursor) bool {
	start := c.at
	length := d.lsaHeader(c)
	if length < 0 {
		return false
	}
	kind, opaque := c.view.u8(start+3), c.view.u8(start+4)
	b := newView(c.rest().b, length-lsaHeader).cursor(0)
	d.lsaBody(b, kind, opaque)
	if d.Verbose > 1 {
		d.unknown(b.view, "\n\t    ", b.length)
	}
	c.at = start + length
	return true
}

func (d *dissector) lsaBody(b *cursor, kind, opaque int) {
	switch kind {
	case lsaRouter:
		d.lsaRouter(b)
	case lsaNetwork:
		d.printf("\n\t    Mask %s\n\t    Connected Routers:", d.ip4(b.bytes(4)))
		for b.left() > 0 {
			d.printf("\n\t      %s", d.ip4(b.bytes(4)))
		}
	case lsaSummary, lsaSummaryASBR:
		if mask := b.bytes(4); kind == lsaSummary {
			d.printf("\n\t    Mask %s", d.ip4(mask))
		}
		for b.left() > 0 {
			n := int(b.u32())
			topology := n >> 24 & 0x7f
			d.printf("\n\t\ttopology %s (%d) metric %d", ospfTopologies.of(topology, "Unknown"), topology, n&0xffffff)
		}
	case lsaExternal, lsaNSSA:
		d.printf("\n\t    Mask %s", d.ip4(b.bytes(4)))
		for b.left() > 0 {
			n := int(b.u32())
			topology := n >> 24 & 0x7f
			d.printf("\n\t\ttopology %s (%d), type %d, metric", ospfTopologies.of(topology, "Unknown"), topology, 1+n>>31&1)
			if n&0xffffff == 0xffffff {
				d.print(" infinite")
			} else {
				d.printf(" %d", n&0xffffff)
			}
			if forward := b.bytes(4); !allZero(forward) {
				d.printf(", forward %s", d.ip4(forward))
			}
			if tag := b.bytes(4); !allZero(tag) {
				d.printf(", tag %s", d.ip4(tag))
			}
		}
	case lsaOpaqueLink, lsaOpaqueArea, lsaOpaqueDomain:
		switch opaque {
		case opaqueGrace:
			d.lsaGrace(b)
		case opaqueRouter:
			d.lsaInformation(b)
		default:
			if d.Verbose <= 1 {
				d.unknown(b.view, "\n\t    ", b.length)
			}
		}
	}
}

func (d *dissector) lsaRouter(b *cursor) {
	formats := NamesT{1: "Neighbor Router-ID: %s, Interface Address: %s", 2: "Neighbor Network-ID: %s, Interface Address: %s", 3: "Stub Network: %s, Mask: %s",
		4: "Virtual Link: Neighbor Router-ID: %s, Interface Address: %s"}
	d.printf("\n\t    Router LSA Options: [%s]", ospfRouterFlags.of(b.u8(), ", "))
	b.at++
	for range b.u16() {
		b.view.need(b.at + 12)
		id, data, kind, topologies := b.bytes(4), b.bytes(4), b.u8(), b.u8()
		if formats[kind] == "" {
			d.printf("\n\t      Unknown Router Link Type (%d)", kind)
			return
		}
		d.printf("\n\t      "+formats[kind], d.ip4(id), d.ip4(data))
		d.printf("\n\t\ttopology default (0), metric %d", b.u16())
		for range topologies {
			topology := b.u8()
			b.at++
			d.printf("\n\t\ttopology %s (%d), metric %d", ospfTopologies.of(topology, "Unknown"), topology, b.u16())
		}
	}
}

var (
	graceFields  = NamesT{1: "Grace Period", 2: "Graceful restart Reason", 3: "IPv4 interface address"}
	graceReasons = NamesT{0: "Unknown", 1: "Software Restart", 2: "Software Reload/Upgrade", 3: "Control Process Switch"}
)

// lsaGrace prints what a restarting router says (RFC 3623).
func (d *dissector) lsaGrace(b *cursor) {
	for b.left() > 0 {
		if !b.has(4) {
			return
		}
		if b.left() < 4 {
			d.printf("\n\t    Remaining LS length %d < 4", b.left())
			return
		}
		kind, size := b.u16(), b.u16()
		d.printf("\n\t    %s TLV (%d), length %d, value: ", graceFields.of(kind, "unknown"), kind, size)
		if size > b.left() {
			d.printf("\n\t    Bogus length %d > remaining LS length %d", size, b.left())
			return
		}
		if !b.has(size) {
			return
		}
		value := newView(b.view.bytes(b.at, size), size)
		if want := map[int]int{1: 4, 2: 1, 3: 4}[kind]; want != 0 && want != size {
			d.printf("\n\t    Bogus length %d != %d", size, want)
			return
		}
		switch kind {
		case 1:
			d.printf("%ds", value.u32(0))
		case 2:
			d.printf("%s (%d)", graceReasons.of(value.u8(0), "Unknown"), value.u8(0))
		case 3:
			d.print(d.ip4(value.b))
		default:
			if d.Verbose <= 1 {
				d.unknown(value, "\n\t      ", size)
			}
		}
		b.at += (size + 3) &^ 3 // aligned
		if b.at > b.length {
			d.printf("\n\t    Bogus padded length %d > remaining LS length %d", (size+3)&^3, b.length-b.at+(size+3)&^3)
			return
		}
	}
}

var routerCapabilities = FlagsT{{1, "Reserved"}, {2, "Reserved"}, {4, "Reserved"}, {8, "Reserved"}, {16, "graceful restart capable"}, {32, "graceful restart helper"}, {64, "Stub router support"},
	{128, "Traffic engineering"}, {256, "p2p over LAN"}, {512, "path computation server"}}

// lsaInformation prints what a router can do (RFC 7770).
func (d *dissector) lsaInformation(b *cursor) {
	for b.left() > 0 {
		b.view.need(b.at + 4)
		if b.left() < 4 {
			d.printf("\n\t    Remaining LS length %d < 4", b.left())
			return
		}
		kind, size := b.u16(), b.u16()
		d.printf("\n\t    %s TLV (%d), length: %d, value: ", NamesT{1: "Router Capabilities"}.of(kind, "unknown"), kind, size)
		if size > b.left() {
			d.printf("\n\t    Bogus length %d > remaining LS length %d", size, b.left())
			return
		}
		value := newView(b.bytes(size), size)
		switch {
		case kind == 1 && size != 4:
			d.printf("\n\t    Bogus length %d != 4", size)
			return
		case kind == 1:
			d.printf("Capabilities: %s", routerCapabilities.of(int(value.u32(0)), ", "))
		case d.Verbose <= 1:
			d.unknown(value, "\n\t      ", size)
			if size == 0 && len(b.rest().b) == 0 {
				return
			}
		}
	}
}

// ospfLinkLocal prints what follows the packet of some length (RFC 5613).
func (d *dissector) ospfLinkLocal(v view, kind, at, secret int) {
	options := map[int]int{ospfHello: 30, ospfDescription: 26}[kind] // where they are
	if options == 0 || v.u8(options)&0x10 == 0 {
		return
	}
	if secret == ospfMD5 {
		at += v.u8(19)
	}
	if at >= v.length {
		d.print("\n\t[LLS truncated]")
		return
	}
	c := v.cursor(at)
	d.printf("\n\t  LLS: checksum: 0x%04x", c.u16())
	d.printf(", length: %d", c.u16())
	for c.left() > 0 {
		kind := c.u16()
		d.printf("\n\t    %s (%d)", NamesT{1: "Extended Options", 2: "MD5 Authentication"}.of(kind, "Unknown TLV"), kind)
		size := c.u16()
		d.printf(", length: %d", size)
		if want := map[int]int{1: 4, 2: 20}[kind]; want != 0 && want != size {
			d.printf(" [should be %d]", want)
			size = want
		}
		switch kind {
		case 1:
			n := int(c.view.u32(c.at))
			names := FlagsT{{1, "LSDB resync"}, {2, "Restart"}}.of(n, ", ")
			d.printf("\n\t      Options: 0x%08x [%s]", n, map[bool]string{true: "?", false: names}[n&3 == 0])
		case 2:
			d.printf("\n\t      Sequence number: 0x%08x", c.view.u32(c.at))
		}
		c.at += size
	}
}

// ospf3 prints OSPF version 3 (RFC 5340).
func (d *dissector) ospf3(v view) {
	const header = 16
	d.proto = "ospf3"
	kind := v.u8(1)
	d.printf("OSPFv%d, %s, length %d", v.u8(0), ospfTypes.of(kind, "unknown packet type (%d)"), v.length)
	if ospfTypes[kind] == "" || d.Verbose == 0 {
		return
	}
	length := v.u16(2)
	if length > v.length {
		d.printf(" [len %d]", length)
		return
	}
	v.length = length // anything may follow
	d.printf("\n\tRouter-ID %s", d.ip4(v.bytes(4, 4)))
	if area := v.bytes(8, 4); allZero(area) {
		d.print(", Backbone Area")
	} else {
		d.printf(", Area %s", d.ip4(area))
	}
	if instance := v.u8(14); instance != 0 {
		d.printf(", Instance %d", instance)
	}
	if v.u8(0) != 3 {
		return
	}
	c := v.cursor(header)
	switch kind {
	case ospfHello:
		id, options := c.bytes(4), int(c.u32())
		d.printf("\n\tOptions [%s]", ospf3Options.of(options&0xffffff, ", "))
		d.printf("\n\t  Hello Timer %ds, Dead Timer %ds, Interface-ID %s, Priority %d", c.u16(), c.u16(), d.ip4(id), options>>24)
		d.designated(c)
	case ospfDescription:
		options := int(c.view.u32(c.at))
		mtu := c.view.u16(c.at + 4)
		c.at += 7
		d.printf("\n\tOptions [%s]", ospf3Options.of(options&0xffffff, ", "))
		d.printf(", DD Flags [%s]", ospf3DDFlags.of(c.u8(), ", "))
		d.printf(", MTU %d, DD-Sequence 0x%08x", mtu, c.u32())
		for d.Verbose > 1 && c.left() > 0 && d.lsa3Header(c) {
		}
	case ospfRequest:
		for d.Verbose > 1 && c.left() > 0 {
			c.at += 2
			kind, id, router := c.u16(), c.bytes(4), c.bytes(4)
			d.printf("\n\t  Advertising Router %s", d.ip4(router))
			d.lsa3Type(kind, id)
		}
	case ospfAck:
		for d.Verbose > 1 && c.left() > 0 && d.lsa3Header(c) {
		}
	}
}

func (d *dissector) lsa3Type(kind int, id []byte) {
	d.printf("\n\t    %s LSA (%d), %s Scope%s, LSA-ID %s", ospf3Links.of(kind&0x1fff, "Unknown"), kind&0x1fff, ospf3Scopes.of(kind&0x6000, "Unknown"), mark(kind&0x8000 != 0, ", transitive"), d.ip4(id))
}

// lsa3Header prints the header of a link state advertisement; false if it makes no sense.
func (d *dissector) lsa3Header(c *cursor) bool {
	if !c.has(lsaHeader) || c.left() < lsaHeader {
		d.mark()
		return false
	}
	age, kind, id, router, sequence := c.u16(), c.u16(), c.bytes(4), c.bytes(4), c.u32()
	c.at += 2
	length := c.u16()
	d.printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d", d.ip4(router), sequence, age, length-lsaHeader)
	d.lsa3Type(kind, id)
	return true
}
