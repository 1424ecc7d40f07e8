package print

// Routing in networks without wires, and their access points.

// olsr prints Optimized Link State Routing (RFC 3626).
func (d *dissector) olsr(v view) {
	const header = 4
	d.proto = "olsr"
	version := 4
	if len(d.source) == 16 {
		version = 6
	}
	d.printf("OLSRv%d", version)
	if v.length < header {
		d.printf(" [packet length %d < %d]", v.length, header)
		d.invalid()
		return
	}
	length := min(v.length, v.u16(0))
	d.printf(", seq 0x%04x, length %d", v.u16(2), length)
	if d.Verbose == 0 {
		return
	}
	c := newView(v.b, length).cursor(header)
	for c.left() > 0 && d.olsrMessage(c, version) {
	}
}

var olsrNames = NamesT{olsrHello: "Hello", olsrTopology: "TC", olsrInterfaces: "MID", olsrNetworks: "HNA", 128: "Powerinfo", olsrNameService: "Nameservice", olsrHelloQuality: "Hello-LQ", olsrTopologyQuality: "TC-LQ"}

const (
	olsrHello           = 1
	olsrTopology        = 2
	olsrInterfaces      = 3
	olsrNetworks        = 4
	olsrNameService     = 130
	olsrHelloQuality    = 201
	olsrTopologyQuality = 202
)

// olsrTime gives seconds from a mantissa and an exponent.
func olsrTime(b int) float64 { return 0.0625 * (1 + float64(b>>4)/16) * float64(int(1)<<(b&15)) }

// olsrMessage prints a message; false if it was the last.
func (d *dissector) olsrMessage(c *cursor, version int) bool {
	address := map[int]int{4: 4, 6: 16}[version]
	header := 8 + address
	if !c.has(header) {
		d.mark()
		return false
	}
	kind, valid, size := c.u8(), c.u8(), c.u16()
	if kind == 0 || size == 0 {
		return false
	}
	from := d.address(c.bytes(address))
	ttl, hops := c.u8(), c.u8()
	d.printf("\n\t%s Message (0x%02x), originator %s, ttl %d, hop %d", olsrNames.of(kind, "Unknown"), kind, from, ttl, hops)
	fits := size >= header && size <= c.length
	d.printf("\n\t  vtime %.3fs, msg-seq 0x%04x, length %d%s", olsrTime(valid), c.u16(), size, mark(!fits, " (invalid)"))
	if !fits {
		return false
	}
	m := newView(c.from(c.at).b, size-header).cursor(0)
	c.at += size - header
	switch kind {
	case olsrHello, olsrHelloQuality:
		return d.olsrHello(m, kind, address)
	case olsrTopology, olsrTopologyQuality:
		if m.length < 4 {
			d.printf(" [message length %d < 4]", m.length)
			d.invalid()
			return false
		}
		if !m.has(4) {
			d.mark()
			return false
		}
		d.printf("\n\t    advertised neighbor seq 0x%04x", m.u16())
		m.at = 4
		d.olsrNeighbors(m, kind == olsrTopologyQuality, address)
	case olsrInterfaces:
		for m.left() >= address {
			d.printf("\n\t  interface address %s", d.address(m.bytes(address)))
		}
	case olsrNetworks:
		d.printf("\n\t  Advertised networks (total %d)", m.length/(2*address))
		for i := 0; m.left() >= 2*address; i++ {
			network, mask := m.bytes(address), m.bytes(address)
			switch {
			case version == 6:
				d.printf("\n\t    #%d: ", i)
			case i%4 == 0:
				d.print("\n\t    ")
			default:
				d.print(", ")
			}
			d.printf("%s/%d", d.address(network), maskBits(mask))
		}
	case olsrNameService:
		return d.olsrNames(m, address)
	default:
		d.unknown(m.view, "\n\t    ", m.length)
	}
	return true
}

// olsrNames prints names of hosts; false if they make no sense.
func (d *dissector) olsrNames(m *cursor, address int) bool {
	if m.length < 4 {
		d.printf(" [message length %d < 4]", m.length)
		d.invalid()
		return false
	}
	version, n := m.u16(), m.u16()
	fits := n > 0 && n*(4+address) <= m.length
	d.printf("\n\t  Version %d, Entries %d%s", version, n, mark(!fits, " (invalid)"))
	for i := 0; fits && i < n && m.left() >= 4; i++ {
		kind, size := m.u16(), m.u16()
		whole := size > 0 && address+size <= m.left()
		d.printf("\n\t    #%d: type %#06x, length %d%s", i, kind, size, mark(!whole, " (invalid)"))
		if !whole {
			break
		}
		padded := (size + 3) &^ 3
		if m.left() < address+padded {
			return false
		}
		d.printf(", address %s, name \"", d.address(m.bytes(address)))
		name := m.rest().cursor(0)
		d.padded(name, size)
		d.print("\"")
		m.at += padded
	}
	return true
}

// maskBits counts the ones a mask begins with.
func maskBits(mask []byte) int {
	for i := range 8 * len(mask) {
		if mask[i/8]<<(i%8)&0x80 == 0 {
			return i
		}
	}
	return 8 * len(mask)
}

var (
	olsrLinks     = [4]string{"Unspecified", "Asymmetric", "Symmetric", "Lost"}
	olsrNeighbors = NamesT{0: "Not-Neighbor", 1: "Symmetric", 2: "Symmetric-MPR"}
)

func (d *dissector) olsrHello(m *cursor, kind, address int) bool {
	if m.length < 4 {
		d.printf(" [message length %d < 4]", m.length)
		d.invalid()
		return false
	}
	m.at = 2
	d.printf("\n\t  hello-time %.3fs, MPR willingness %d", olsrTime(m.u8()), m.u8())
	for m.left() >= 4 {
		if !m.has(4) {
			d.mark()
			return false
		}
		start := m.at
		code := m.u8()
		m.at++
		size := m.u16()
		fits := size >= 4 && size <= m.length-start
		d.printf("\n\t    link-type %s, neighbor-type %s, len %d%s", olsrLinks[code&3], olsrNeighbors.of(code>>2, "Unknown"), size, mark(!fits, " (invalid)"))
		if !fits {
			return true
		}
		if !m.has(size - 4) {
			d.mark()
			return false
		}
		d.olsrNeighbors(newView(m.bytes(size-4), size-4).cursor(0), kind == olsrHelloQuality, address)
	}
	return true
}

func (d *dissector) olsrNeighbors(m *cursor, quality bool, address int) {
	if !quality {
		d.print("\n\t      neighbor\n\t\t")
		for m.left() >= 4 {
			d.printf("%s ", d.ip4(m.bytes(4)))
		}
		return
	}
	for m.left() >= address+4 {
		m.view.need(m.at + address + 4)
		neighbor := d.address(m.bytes(address))
		d.printf("\n\t      neighbor %s, link-quality %.2f%%, neighbor-link-quality %.2f%%", neighbor, float64(m.u8())/2.55, float64(m.u8())/2.55)
		m.at += 2
	}
}

var aodvNames = NamesT{aodvRequest: "rreq", aodvReply: "rrep", aodvError: "rerr", 4: "rrep-ack", aodvDraft + aodvRequest: "rreq", aodvDraft + aodvReply: "rrep", aodvDraft + aodvError: "rerr", aodvDraft + 4: "rrep-ack"}

const (
	aodvRequest = 1
	aodvReply   = 2
	aodvError   = 3
	aodvDraft   = 15 // added to these in a draft for IPv6
)

// aodv prints Ad hoc On-Demand Distance Vector routing (RFC 3561).
func (d *dissector) aodv(v view) {
	d.proto = "aodv"
	d.print(" aodv")
	kind, address := v.u8(0), len(d.source)
	op := kind
	if kind > aodvDraft && kind <= aodvDraft+4 {
		op, address = kind-aodvDraft, 16
	}
	if least := map[int]int{aodvRequest: 16 + 2*address, aodvReply: 12 + 2*address, aodvError: 4}[op]; v.length < least || len(v.b) < least {
		d.cut()
	}
	d.printf(" %s", aodvNames.of(kind, "type %d"))
	c := v.cursor(1)
	switch op {
	case aodvRequest:
		c.at += 2
		d.printf(" %d  hops %d id 0x%08x\n\tdst %s seq %d", v.length, c.u8(), c.u32(), d.address(c.bytes(address)), c.u32())
		d.printf(" src %s seq %d", d.address(c.bytes(address)), c.u32())
		d.aodvExtension(c)
	case aodvReply:
		c.at++
		prefix := c.u8() & 31
		d.printf(" %d  prefix %d hops %d\n\tdst %s dseq %d", v.length, prefix, c.u8(), d.address(c.bytes(address)), c.u32())
		d.printf(" src %s %d ms", d.address(c.bytes(address)), c.u32())
		d.aodvExtension(c)
	case aodvError:
		bits := c.u8()
		c.at++
		n := c.u8()
		d.printf(" %s [items %d] [%d]:", mark(bits&0x80 != 0, "[D]"), n, v.length)
		for range n {
			if c.left() < address+4 || !c.has(address+4) {
				d.cut()
			}
			d.printf(" {%s}(%d)", d.address(c.bytes(address)), c.u32())
		}
	default:
		d.printf(" %d", v.length)
	}
}

func (d *dissector) aodvExtension(c *cursor) {
	const hello = 6 // bytes
	if c.left() < 2 {
		return
	}
	if !c.has(2) {
		d.cut()
	}
	left := c.left()
	kind, size := c.u8(), c.u8()
	switch {
	case kind != 1:
		d.printf("\n\text %d %d", kind, size)
	case left < hello:
		d.printf(" [ext data length %d < %d]", left, hello)
		d.invalid()
	case size < hello-2:
		d.printf("\n\text HELLO - bad length %d", size)
		d.invalid()
	default:
		d.printf("\n\text HELLO %d ms", c.u32())
	}
}

var lwappFlags = FlagsT{{0x04, "Control Bit"}, {0x01, "Fragment"}, {0x02, "Last Fragment"}}

// lwappToController prints what an access point says to its controller: behind its address.
func (d *dissector) lwappToController(v view) {
	const address = 6
	d.proto = "lwapp"
	v.need(address)
	d.lwappFrame(v.from(address), v.length)
}

// lwapp prints what a controller says, and data.
func (d *dissector) lwapp(v view) { d.lwappFrame(v, v.length) }

// lwappFrame prints the head of the Lightweight Access Point Protocol (RFC 5412).
func (d *dissector) lwappFrame(v view, length int) {
	d.proto = "lwapp"
	v.need(6)
	bits := v.u8(0)
	d.printf("LWAPPv%d, %s frame, Flags [%s], length %d", bits>>6, map[bool]string{true: "Control", false: "Data"}[bits&4 != 0], lwappFlags.of(bits&7, ", "), length)
}

var lmpNames = NamesT{1: "Config", 2: "Config ACK", 3: "Config NACK", 4: "Hello", 5: "Begin Verify", 6: "Begin Verify ACK", 7: "Begin Verify NACK", 8: "End Verify", 9: "End Verify ACK", 10: "Test",
	11: "Test Status Success", 12: "Test Status Failure", 13: "Test Status ACK", 14: "Link summary", 15: "Link summary ACK", 16: "Link summary NACK", 17: "Channel Status", 18: "Channel Status ACK",
	19: "Channel Status Request", 20: "Channel Status Response", 50: "Service Config", 51: "Service Config ACK", 52: "Service Config NACK"}

// lmp prints the head of the Link Management Protocol (RFC 4204).
func (d *dissector) lmp(v view) {
	d.proto = "lmp"
	v.need(8)
	if version := v.u8(0) >> 4; version != 1 {
		d.printf("LMP version %d packet not supported", version)
		return
	}
	d.printf("LMPv1 %s Message, length: %d", lmpNames.of(v.u8(3), "unknown (%d)"), v.length)
}

// ripng prints RIPng (RFC 2080).
func (d *dissector) ripng(v view) {
	const header, entry = 4, 20
	d.proto = "ripng"
	n := v.length - header
	if n < 0 || len(v.b) < header {
		d.cut()
	}
	if v.u8(1) != 1 {
		d.printf(" [vers %d]", v.u8(1))
		d.invalid()
		return
	}
	switch kind := v.u8(0); kind {
	case 1, 2:
		name := NamesT{1: "req", 2: "resp"}[kind]
		entries := n / entry
		if kind == 1 && entries == 1 && allZero(v.bytes(4, 16)) && v.u8(23) == 16 {
			d.printf(" ripng-req dump")
			return
		}
		if entries*entry == n {
			d.printf(" ripng-%s %d:", name, entries)
		} else {
			d.printf(" ripng-%s %d[%d]:", name, entries, n)
		}
		for i := range entries {
			c := v.cursor(header + i*entry)
			d.print(map[bool]string{true: "\n\t", false: " "}[d.Verbose > 1])
			address, tag, bits, metric := c.bytes(16), c.u16(), c.u8(), c.u8()
			d.printf("%s/%d", d.ip6(address), bits)
			if tag != 0 {
				d.printf(" [%d]", tag)
			}
			if metric != 1 || d.Verbose > 0 {
				d.printf(" (%d)", metric)
			}
		}
	default:
		d.printf(" ripng-%d ?? %d", kind, n)
		d.invalid()
	}
}
