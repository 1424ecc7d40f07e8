package print

var (
	ldpMessages = NamesT{0x0001: "Notification", 0x0100: "Hello", 0x0200: "Initialization", 0x0201: "Keepalive", 0x0300: "Address", 0x0301: "Address Withdraw", 0x0400: "Label Mapping",
		0x0401: "Label Request", 0x0402: "Label Withdraw", 0x0403: "Label Release", 0x0404: "Label Abort"}
	ldpFields = NamesT{ldpFEC: "FEC", ldpAddresses: "Address List", ldpHops: "Hop Count", ldpPath: "Path Vector", ldpLabel: "Generic Label", 0x0201: "ATM Label", 0x0202: "Frame-Relay Label",
		ldpStatus: "Status", 0x0301: "Extended Status", 0x0302: "Returned PDU", 0x0303: "Returned MSG", ldpHello: "Common Hello Parameters", ldpTransport4: "IPv4 Transport Address",
		ldpSequence: "Configuration Sequence Number", ldpTransport6: "IPv6 Transport Address", ldpSession: "Common Session Parameters", 0x0501: "ATM Session Parameters",
		0x0502: "Frame-Relay Session Parameters", 0x0600: "Label Request Message ID", ldpMTU: "MTU", ldpRestart: "Fault-Tolerant Session Parameters"}
)

const (
	ldpFEC        = 0x0100
	ldpAddresses  = 0x0101
	ldpHops       = 0x0103
	ldpPath       = 0x0104
	ldpLabel      = 0x0200
	ldpStatus     = 0x0300
	ldpHello      = 0x0400
	ldpTransport4 = 0x0401
	ldpSequence   = 0x0402
	ldpTransport6 = 0x0403
	ldpSession    = 0x0500
	ldpRestart    = 0x0503
	ldpMTU        = 0x0601
)

// ldp prints the Label Distribution Protocol (RFC 5036).
func (d *dissector) ldp(v view) {
	const header, message = 10, 8
	d.proto = "ldp"
	for c := v.cursor(0); c.left() > header+message; {
		at := c.at
		version, size := c.u16(), c.u16()
		if version != 1 {
			d.printf("%sLDP version %d packet not supported", mark(d.Verbose > 0, "\n\t"), version)
			return
		}
		d.printf("%sLDP, Label-Space-ID: %s:%d, pdu-length: %d", mark(d.Verbose > 0, "\n\t"), d.ip4(c.bytes(4)), c.u16(), size)
		if d.Verbose > 0 && size+4 > c.length-at {
			d.printf(" [remaining packet length %d < %d]", c.length-at, size+4)
		}
		if d.Verbose == 0 {
			return
		}
		if size+4 < header {
			d.invalid()
			return
		}
		if !d.ldpMessages(newView(c.from(c.at).b, size+4-header).cursor(0)) {
			return
		}
		c.at = at + 4 + size
	}
}

func ldpFlags(n int) string {
	return map[bool]string{true: "continue processing", false: "ignore"}[n&0x8000 != 0]
}

// ldpMessages prints messages; false if they end the line.
func (d *dissector) ldpMessages(c *cursor) bool {
	const header = 8
	for c.left() > 0 {
		c.view.need(c.at + header)
		word, size := c.u16(), c.u16()
		kind := word & 0x7fff
		d.printf("\n\t  %s Message (0x%04x), length: %d, Message ID: 0x%08x, Flags: [%s if unknown]", ldpMessages.of(kind, "Unknown"), kind, size, c.u32(), ldpFlags(word))
		if size < 4 || size-4 > c.left() {
			d.invalid()
			return false
		}
		c.view.need(c.at + size - 4)
		size -= 4 // the identifier is of the message
		m := newView(c.from(c.at).b, size).cursor(0)
		if ldpMessages[kind] == "" || kind > 0x0403 {
			if d.Verbose <= 1 {
				d.unknown(m.view, "\n\t  ", size)
			}
		} else {
			for m.left() > 0 {
				if !d.ldpField(m) {
					return false
				}
			}
		}
		if d.Verbose > 1 {
			d.unknown(m.view, "\n\t  ", size)
		}
		c.at += size
	}
	return true
}

// ldpField prints a field of a message; false if it makes no sense.
func (d *dissector) ldpField(m *cursor) bool {
	if m.left() < 4 {
		d.invalidRest(m.rest())
		return false
	}
	word, size := m.u16(), m.u16()
	kind := word & 0x3fff
	if size > m.left() {
		d.print("\n\t\t TLV contents go past end of message")
		return false
	}
	d.printf("\n\t    %s TLV (0x%04x), length: %d, Flags: [%s and%s forward if unknown]", ldpFields.of(kind, "Unknown"), kind, size, ldpFlags(word), mark(word&0x4000 == 0, " don't"))
	value := newView(m.from(m.at).b, size)
	m.view.need(m.at + size)
	if want := map[int]int{ldpHello: 4, ldpTransport4: 4, ldpTransport6: 16, ldpSequence: 4, ldpHops: 1, ldpStatus: 10, ldpSession: 8, ldpLabel: 4, ldpRestart: 8, ldpMTU: 2, ldpAddresses: 2, ldpFEC: 1}[kind]; size < want {
		d.printf(" [tlv length %d < %d]", size, want)
		d.invalid()
		m.at += size
		return true
	}
	d.ldpValue(value.cursor(0), kind)
	m.at += size
	return true
}

func (d *dissector) ldpValue(c *cursor, kind int) {
	switch kind {
	case ldpHello:
		hold, bits := c.u16(), c.u16()
		d.printf("\n\t      Hold Time: %ds, Flags: [%s Hello%s]", hold, map[bool]string{true: "Targeted", false: "Link"}[bits&0x8000 != 0], mark(bits&0x4000 != 0, ", Request for targeted Hellos"))
	case ldpTransport4:
		d.printf("\n\t      IPv4 Transport Address: %s", d.ip4(c.bytes(4)))
	case ldpTransport6:
		d.printf("\n\t      IPv6 Transport Address: %s", d.ip6(c.bytes(16)))
	case ldpSequence:
		d.printf("\n\t      Sequence Number: %d", c.u32())
	case ldpAddresses:
		family := c.u16()
		size := map[int]int{1: 4, 2: 16}[family]
		if size == 0 {
			d.printf("\n\t      Address Family: %s", addressFamilies.of(family, "Unknown"))
			return
		}
		d.printf("\n\t      Address Family: %s, addresses", addressFamilies[family])
		for c.left() >= size {
			d.printf(" %s", d.address(c.bytes(size)))
		}
	case ldpSession:
		version, keepalive, bits := c.u16(), c.u16(), c.u8()
		d.printf("\n\t      Version: %d, Keepalive: %ds, Flags: [Downstream %s, Loop Detection %s]", version, keepalive, map[bool]string{true: "On Demand", false: "Unsolicited"}[bits&0x80 != 0],
			map[bool]string{true: "Enabled", false: "Disabled"}[bits&0x40 != 0])
	case ldpLabel:
		d.printf("\n\t      Label: %d", c.u32()&0xfffff)
	case ldpFEC:
		d.ldpClass(c)
	case ldpStatus:
		status := c.u32()
		bits := status >> 30
		text := map[bool]string{true: "Fatal error", false: "Advisory Notification"}[bits&2 != 0] + " and" + mark(bits&1 == 0, " don't") + " forward"
		d.printf("\n\t      Status: 0x%02x, Flags: [%s]", status&0x3fffffff, text)
		if causing := c.u32(); causing != 0 {
			d.printf(", causing Message ID: 0x%08x", causing)
		}
	case ldpRestart:
		bits := c.u16()
		c.at += 2
		d.printf("\n\t      Flags: [%sReconnect, %sSave, %sAll-Label, %sCheckpoint, %sRe-Learn State]", mark(bits&0x8000 == 0, "No "), mark(bits&8 == 0, "Don't "), mark(bits&4 == 0, "No "),
			map[bool]string{true: "Sequence ", false: "Sequence all "}[bits&2 != 0], mark(bits&1 == 0, "Don't "))
		if n := c.u32(); n != 0 {
			d.printf(", Reconnect Timeout: %dms", n)
		}
		if c.left() >= 4 {
			if n := c.u32(); n != 0 {
				d.printf(", Recovery Time: %dms", n)
			}
		}
	case ldpMTU:
		d.printf("\n\t      MTU: %d", c.u16())
	default:
		if d.Verbose <= 1 {
			d.unknown(c.view, "\n\t      ", c.length)
		}
	}
}

// ldpClass prints what a label is for.
func (d *dissector) ldpClass(c *cursor) {
	const wildcard, prefix, host = 1, 2, 3
	kind := c.u8()
	d.printf("\n\t      %s FEC (0x%02x)", NamesT{wildcard: "Wildcard", prefix: "Prefix", host: "Host", 128: "Martini VC"}.of(kind, "Unknown"), kind)
	if kind != prefix || c.left() < 2 {
		return
	}
	family := c.u16()
	size := map[int]int{1: 4, 2: 16}[family]
	if size == 0 || c.left() < 1 {
		return
	}
	bits := c.u8()
	n := (bits + 7) / 8
	if n > size || n > c.left() {
		d.print(": (illegal prefix length)")
		return
	}
	address := make([]byte, size)
	copy(address, c.bytes(n))
	if bits%8 != 0 {
		address[n-1] &= 0xff << (8 - bits%8)
	}
	d.printf(": %s prefix %s/%d", addressFamilies[family], d.address(address), bits)
}
