package print

const (
	linkEthernet = 1   // DLT_EN10MB
	portIKE      = 500 // of UDP
)

// gre prints GRE (RFC 2784, 2890) and what it carries.
func (d *dissector) gre(v view) {
	d.proto = "gre"
	if len(v.b) < 2 {
		d.cut()
	}
	bits := v.u16(0)
	version := bits & 7
	d.printf("GREv%d", version)
	if version > 1 {
		d.print(" ERROR: unknown-version")
		return
	}
	length, at := v.length, 4
	kind := v.u16(2)
	if d.Verbose > 0 {
		d.printf(", Flags [%s]", FlagsT{{0x8000, "checksum present"}, {0x4000, "routing present"}, {0x2000, "key present"}, {0x1000, "sequence# present"}, {0x0800, "source routing present"}, {0x0080, "ack present"}}.of(bits, ", "))
	}
	if version == 1 {
		d.grePPTP(v, bits, kind)
		return
	}
	if bits&0xc000 != 0 {
		if d.Verbose > 0 {
			d.printf(", sum 0x%x", v.u16(at))
		}
		d.printf(", off 0x%x", v.u16(at+2))
		at += 4
	}
	if bits&0x2000 != 0 {
		d.printf(", key=0x%x", v.u32(at))
		at += 4
	}
	if bits&0x1000 != 0 {
		d.printf(", seq %d", v.u32(at))
		at += 4
	}
	if d.LinkHeader {
		d.printf(", proto %s (0x%04x)", etherTypes.of(kind, "unknown"), kind)
	}
	d.printf(", length %d", length)
	if d.Verbose < 1 {
		d.print(": ")
	} else {
		d.print("\n\t")
	}
	d.encapsulated(kind, v.from(at))
}

func (d *dissector) grePPTP(v view, bits, kind int) {
	at := 4
	if bits&0x2000 != 0 {
		d.printf(", call %d", v.u16(at+2))
		at += 4
	}
	if bits&0x1000 != 0 {
		d.printf(", seq %d", v.u32(at))
		at += 4
	}
	if bits&0x0080 != 0 {
		d.printf(", ack %d", v.u32(at))
		at += 4
	}
	if bits&0x1000 == 0 {
		d.print(", no-payload")
	}
	if d.LinkHeader {
		d.printf(", proto %s (0x%04x)", etherTypes.of(kind, "unknown"), kind)
	}
	d.printf(", length %d", v.length)
	if bits&0x1000 == 0 {
		return
	}
	d.print(": ")
	d.encapsulated(kind, v.from(at))
}

// encapsulated prints a payload named by an ethertype.
func (d *dissector) encapsulated(kind int, v view) {
	switch kind {
	case typeIP, typeIPv6, typeMPLS:
		d.next(byEtherType, kind, v)
	case typeTEB:
		d.next(byLinkType, linkEthernet, v)
	case typePPP:
		d.next(byName, namePPP, v)
	default:
		d.printf("gre-proto-0x%x", kind)
	}
}

// esp prints the open part of an ESP packet (RFC 4303).
func (d *dissector) esp(v view) {
	d.proto = "esp"
	if len(v.b) <= 8 {
		d.cut()
	}
	d.printf("ESP(spi=0x%08x,seq=0x%x), length %d", v.u32(0), v.u32(4), v.length)
}

// espInUDP prints UDP-encapsulated ESP and IKE (RFC 3948).
func (d *dissector) espInUDP(v view) {
	d.proto = "isakmp_rfc3948"
	switch {
	case v.length == 1 && v.u8(0) == 0xff:
		d.print("isakmp-nat-keep-alive")
	case v.length < 4:
		panic(truncated{})
	case v.u32(0) == 0:
		d.print("NONESP-encap: ")
		d.next(byUDP, portIKE, v.from(4))
	default:
		d.print("UDP-encap: ")
		d.esp(v)
	}
}

// vxlan prints VXLAN (RFC 7348); the frame inside is on a line of its own.
func (d *dissector) vxlan(v view) {
	d.proto = "vxlan"
	bits := v.u8(0)
	d.printf("VXLAN, flags [%s] (0x%02x), ", FlagsT{{0x08, "I"}}.of(bits, ""), bits)
	d.printf("vni %d\n", v.u24(4))
	v.need(8)
	d.next(byLinkType, linkEthernet, v.from(8))
}

// otv prints Overlay Transport Virtualization.
func (d *dissector) otv(v view) {
	d.proto = "otv"
	d.print("OTV, ")
	if v.length < 8 {
		d.printf(" [length %d < 8] (invalid)", v.length)
		return
	}
	bits := v.u8(0)
	d.printf("flags [%s] (0x%02x), ", FlagsT{{0x08, "I"}}.of(bits, ""), bits)
	d.printf("overlay %d, instance %d\n", v.u24(1), v.u24(4))
	v.need(8)
	d.next(byLinkType, linkEthernet, v.from(8))
}

// geneve prints Geneve (RFC 8926).
func (d *dissector) geneve(v view) {
	d.proto = "geneve"
	d.print("Geneve")
	if len(v.b) < 8 {
		d.cut()
	}
	first, bits, kind, vni := v.u8(0), v.u8(1), v.u16(2), v.u24(4)
	if first>>6 != 0 {
		d.printf(" ERROR: unknown-version %d", first>>6)
		return
	}
	d.printf(", Flags [%s], vni 0x%x", FlagsT{{0x40, "C"}, {0x80, "O"}}.of(bits, ""), vni)
	if d.LinkHeader {
		d.printf(", proto %s (0x%04x)", etherTypes.of(kind, "unknown"), kind)
	}
	size := first & 0x3f * 4
	if len(v.b) < 8+size {
		d.cut()
	}
	if size > 0 {
		d.geneveOptions(v.limit(8+size).cursor(8), size)
	}
	if d.Verbose < 1 {
		d.print(": ")
	} else {
		d.print("\n\t")
	}
	payload := v.from(8 + size)
	if kind == typeTEB {
		d.next(byLinkType, linkEthernet, payload)
		return
	}
	d.encapsulated(kind, payload)
}

// vxlanGPE prints VXLAN's Generic Protocol Extension.
func (d *dissector) vxlanGPE(v view) {
	const header = 8
	d.proto = "vxlan_gpe"
	d.print("VXLAN-GPE")
	if v.length < header {
		d.printf(" [packet length %d < %d]", v.length, header)
		d.invalidRest(v)
		return
	}
	d.print(", ")
	v.need(header)
	next, vni := v.u8(3), v.u24(4)
	d.printf("flags [%s], vni %d", FlagsT{{0x08, "I"}, {0x04, "P"}, {0x01, "O"}}.of(v.u8(0), ""), vni)
	v.need(header)
	d.print(mark(d.Verbose > 0, "\n    ") + mark(d.Verbose == 0, ": "))
	d.nextProtocol(next, v.from(header), true)
}

// nextProtocol prints what is behind VXLAN-GPE and NSH.
func (d *dissector) nextProtocol(next int, v view, more bool) {
	d.within(func() {
		switch {
		case next == 1:
			d.ipv4(v)
		case next == 2:
			d.ipv6(v)
		case next == 3:
			d.next(byLinkType, linkEthernet, v)
		case next == 4 && more:
			d.nsh(v)
		case next == 5 && more:
			d.mpls(v)
		default:
			d.print("ERROR: unknown-next-protocol")
		}
	})
}

var (
	nshMetadata = NamesT{0: "reserved", nshFixed: "1", nshVariable: "2", 15: "experimental"}
	nshNext     = NamesT{1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS", 0xfe: "Experiment 1", 0xff: "Experiment 2"}
)

const (
	nshFixed    = 1
	nshVariable = 2
	nshWord     = 4 // bytes
)

// nsh prints a Network Service Header (RFC 8300) and the packet behind it.
func (d *dissector) nsh(v view) {
	const least = 8
	d.proto = "nsh"
	if v.length < least {
		d.printf(" (packet length %d < %d)", v.length, least)
		d.invalid()
		return
	}
	head := v.u32(0)
	words, metadata, next := int(head>>16&0x3f), int(head>>8&15), int(head&0xff)
	d.print("NSH, ")
	if d.Verbose > 1 {
		d.printf("ver %d, ", head>>30)
	}
	if head>>30 != 0 {
		return
	}
	d.printf("flags [%s], ", FlagsT{{2, "O"}}.of(int(head>>28&3), ""))
	if d.Verbose > 2 {
		d.printf("TTL %d, length %d, md type %s, ", head>>22&0x3f, words, nshMetadata.of(metadata, "unknown (0x%02x)"))
	}
	if d.Verbose > 1 {
		d.printf("next-protocol %s, ", nshNext.of(next, "unknown (0x%02x)"))
	}
	if v.length < words*nshWord {
		d.printf(" (too many headers for packet length %d)", v.length)
		d.invalid()
		return
	}
	d.printf("service-path-id 0x%06x, ", v.u24(4))
	d.printf("service-index 0x%x", v.u8(7))
	if words < 2 {
		d.print(" (less than two headers)")
		d.invalid()
		return
	}
	if d.Verbose > 2 && !d.nshContext(v.limit(words*nshWord).cursor(least), metadata) {
		d.invalid()
		return
	}
	v.need(words * nshWord)
	d.print(mark(d.Verbose > 0, "\n    ") + mark(d.Verbose == 0, ": "))
	d.nextProtocol(next, v.from(words*nshWord), false)
}

// nshContext prints metadata; false if they make no sense.
func (d *dissector) nshContext(c *cursor, kind int) bool {
	switch kind {
	case nshFixed:
		if c.left() != 4*nshWord {
			d.print(" (length for the MD type)")
			return false
		}
		for i := range 4 {
			d.printf("\n        Context[%02d]: 0x%08x", i, c.u32())
		}
	case nshVariable:
		for c.left() > 0 {
			class, kind, size := c.u16(), c.u8(), c.u8()&0x7f
			d.printf("\n        TLV Class %d, Type %d, Len %d", class, kind, size)
			if c.left() < (size+3)&^3 {
				d.print(" (length too big)")
				return false
			}
			for i, b := range c.bytes((size + 3) &^ 3)[:size] {
				d.printf("%s%02x", map[bool]string{true: "\n            Value: 0x", false: ":"}[i == 0], b)
			}
		}
	}
	return true
}

// geneveClasses names who defines options.
func geneveClass(n int) string {
	switch {
	case n < 0x100:
		return "Standard"
	case n == 0x100:
		return "Linux"
	case n == 0x101:
		return "Open vSwitch"
	case n == 0x102:
		return "Open Virtual Networking (OVN)"
	case n == 0x103:
		return "In-band Network Telemetry (INT)"
	case n == 0x104:
		return "VMware, Inc."
	case n >= 0xfff0:
		return "Experimental"
	}
	return "Unknown"
}

// geneveOptions prints options of some bytes: how many, with -v each of them.
func (d *dissector) geneveOptions(c *cursor, size int) {
	d.print(", options [")
	if d.Verbose == 0 {
		d.printf("%d bytes]", size)
		return
	}
	for separator := ""; c.left() > 0; separator = ", " {
		d.print(separator)
		class, kind, length := c.u16(), c.u8(), 4+c.u8()&0x1f*4
		d.printf("class %s (0x%x) type 0x%x%s len %d", geneveClass(class), class, kind, mark(kind&0x80 != 0, "(C)"), length)
		if c.left() < length-4 {
			d.print(" [bad length]")
			break
		}
		data := c.bytes(length - 4)
		if d.Verbose > 1 && len(data) > 0 {
			d.print(" data")
			for i := 0; i+4 <= len(data); i += 4 {
				d.printf(" %08x", newView(data, len(data)).u32(i))
			}
		}
	}
	d.print("]")
}
