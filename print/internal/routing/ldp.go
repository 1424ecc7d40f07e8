package routing

import "bpfc/print/internal/dissect"

var (
	ldpMessages = Names{0x0001: "Notification", 0x0100: "Hello", 0x0200: "Initialization", 0x0201: "Keepalive", 0x0300: "Address", 0x0301: "Address Withdraw", 0x0400: "Label Mapping",
		0x0401: "Label Request", 0x0402: "Label Withdraw", 0x0403: "Label Release", 0x0404: "Label Abort"}
	ldpFields = Names{ldpFEC: "FEC", ldpAddresses: "Address List", ldpHops: "Hop Count", ldpPath: "Path Vector", ldpLabel: "Generic Label", 0x0201: "ATM Label", 0x0202: "Frame-Relay Label",
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

// LDP prints the Label Distribution Protocol (RFC 5036).
func LDP(d *Context, v View) {
	const header, message = 10, 8
	d.Proto = "ldp"
	for c := v.Cursor(0); c.Left() > header+message; {
		at := c.At
		version, size := c.U16(), c.U16()
		d.StopIf(version != 1, "%sLDP version %d packet not supported", dissect.If(d.Verbose > 0, "\n\t"), version)
		d.Printf("%sLDP, Label-Space-ID: %s:%d, pdu-length: %d", dissect.If(d.Verbose > 0, "\n\t"), d.IP4(c.Bytes(4)), c.U16(), size)
		d.PrintfIf(d.Verbose > 0 && size+4 > c.Length-at, " [remaining packet length %d < %d]", c.Length-at, size+4)
		if d.Verbose == 0 {
			return
		}
		d.StopIf(size+4 < header, " (invalid)")
		if !d.Try(func() { printLDPMessages(d, dissect.NewView(c.From(c.At).Data, size+4-header).Cursor(0)) }) {
			return
		}
		c.At = at + 4 + size
	}
}

func ldpFlags(n int) string {
	return dissect.Pick(n&0x8000 != 0, "continue processing", "ignore")
}

// printLDPMessages prints messages; rejected if they end the line.
func printLDPMessages(d *Context, c *Cursor) {
	const header = 8
	for c.Left() > 0 {
		c.View.Need(c.At + header)
		word, size := c.U16(), c.U16()
		kind := word & 0x7fff
		d.Printf("\n\t  %s Message (0x%04x), length: %d, Message ID: 0x%08x, Flags: [%s if unknown]", ldpMessages.Of(kind, "Unknown"), kind, size, c.U32(), ldpFlags(word))
		d.RejectIf(size < 4 || size-4 > c.Left(), " (invalid)")
		c.View.Need(c.At + size - 4)
		size -= 4 // the identifier is of the message
		m := dissect.NewView(c.From(c.At).Data, size).Cursor(0)
		if ldpMessages[kind] == "" || kind >= 0x0403 {
			if d.Verbose <= 1 {
				d.Unknown(m.View, "\n\t  ", size)
			}
		} else {
			for m.Left() > 0 {
				ldpField(d, m)
			}
		}
		if d.Verbose > 1 {
			d.Unknown(m.View, "\n\t  ", size)
		}
		c.At += size
	}
}

// ldpField prints a field of a message; rejected if it makes no sense.
func ldpField(d *Context, m *Cursor) {
	if m.Left() < 4 {
		d.InvalidRest(m.Rest())
		dissect.Reject()
	}
	word, size := m.U16(), m.U16()
	kind := word & 0x3fff
	d.RejectIf(size > m.Left(), "\n\t\t TLV contents go past end of message")
	d.Printf("\n\t    %s TLV (0x%04x), length: %d, Flags: [%s and%s forward if unknown]", ldpFields.Of(kind, "Unknown"), kind, size, ldpFlags(word), dissect.If(word&0x4000 == 0, " don't"))
	value := dissect.NewView(m.From(m.At).Data, size)
	m.View.Need(m.At + size)
	if want := map[int]int{ldpHello: 4, ldpTransport4: 4, ldpTransport6: 16, ldpSequence: 4, ldpHops: 1, ldpStatus: 10, ldpSession: 8, ldpLabel: 4, ldpRestart: 8, ldpMTU: 2, ldpAddresses: 2, ldpFEC: 1}[kind]; size < want {
		d.Printf(" [tlv length %d < %d]", size, want)
		d.Invalid()
		m.At += size
		return
	}
	ldpValue(d, value.Cursor(0), kind)
	m.At += size
}

func ldpValue(d *Context, c *Cursor, kind int) {
	switch kind {
	case ldpHello:
		hold, bits := c.U16(), c.U16()
		d.Printf("\n\t      Hold Time: %ds, Flags: [%s Hello%s]", hold, dissect.Pick(bits&0x8000 != 0, "Targeted", "Link"), dissect.If(bits&0x4000 != 0, ", Request for targeted Hellos"))
	case ldpTransport4:
		d.Printf("\n\t      IPv4 Transport Address: %s", d.IP4(c.Bytes(4)))
	case ldpTransport6:
		d.Printf("\n\t      IPv6 Transport Address: %s", d.IP6(c.Bytes(16)))
	case ldpSequence:
		d.Printf("\n\t      Sequence Number: %d", c.U32())
	case ldpAddresses:
		family := c.U16()
		size := map[int]int{1: 4, 2: 16}[family]
		if size == 0 {
			d.Printf("\n\t      Address Family: %s", dissect.AddressFamilies.Of(family, "Unknown"))
			return
		}
		d.Printf("\n\t      Address Family: %s, addresses", dissect.AddressFamilies[family])
		for c.Left() >= size {
			d.Printf(" %s", d.Address(c.Bytes(size)))
		}
	case ldpSession:
		version, keepalive, bits := c.U16(), c.U16(), c.U8()
		d.Printf("\n\t      Version: %d, Keepalive: %ds, Flags: [Downstream %s, Loop Detection %s]", version, keepalive, dissect.Pick(bits&0x80 != 0, "On Demand", "Unsolicited"),
			dissect.Pick(bits&0x40 != 0 && bits&0x80 != 0, "Enabled", "Disabled"))
	case ldpLabel:
		d.Printf("\n\t      Label: %d", c.U32()&0xfffff)
	case ldpFEC:
		ldpClass(d, c)
	case ldpStatus:
		status := c.U32()
		bits := status >> 30
		text := dissect.Pick(bits&2 != 0, "Fatal error", "Advisory Notification") + " and" + dissect.If(bits&1 == 0, " don't") + " forward"
		d.Printf("\n\t      Status: 0x%02x, Flags: [%s]", status&0x3fffffff, text)
		if causing := c.U32(); causing != 0 {
			d.Printf(", causing Message ID: 0x%08x", causing)
		}
	case ldpRestart:
		bits := c.U16()
		c.At += 2
		d.Printf("\n\t      Flags: [%sReconnect, %sSave, %sAll-Label, %sCheckpoint, %sRe-Learn State]", dissect.If(bits&0x8000 == 0, "No "), dissect.If(bits&8 == 0, "Don't "), dissect.If(bits&4 == 0, "No "),
			dissect.Pick(bits&2 != 0, "Sequence ", "Sequence all "), dissect.If(bits&1 == 0, "Don't "))
		if n := c.U32(); n != 0 {
			d.Printf(", Reconnect Timeout: %dms", n)
		}
		if c.Left() >= 4 {
			if n := c.U32(); n != 0 {
				d.Printf(", Recovery Time: %dms", n)
			}
		}
	case ldpMTU:
		d.Printf("\n\t      MTU: %d", c.U16())
	default:
		if d.Verbose <= 1 {
			d.Unknown(c.View, "\n\t      ", c.Length)
		}
	}
}

// ldpClass prints what a label is for.
func ldpClass(d *Context, c *Cursor) {
	const wildcard, prefix, host = 1, 2, 3
	kind := c.U8()
	d.Printf("\n\t      %s FEC (0x%02x)", Names{wildcard: "Wildcard", prefix: "Prefix", host: "Host", 128: "Martini VC"}.Of(kind, "Unknown"), kind)
	if kind != prefix || c.Left() < 2 {
		return
	}
	family := c.U16()
	size := map[int]int{1: 4, 2: 16}[family]
	if size == 0 || c.Left() < 1 {
		return
	}
	bits := c.U8()
	n := (bits + 7) / 8
	if n > size || n > c.Left() {
		d.Print(": (illegal prefix length)")
		return
	}
	address := make([]byte, size)
	copy(address, c.Bytes(n))
	if bits%8 != 0 {
		address[n-1] &= 0xff << (8 - bits%8)
	}
	d.Printf(": %s prefix %s/%d", dissect.AddressFamilies[family], d.Address(address), bits)
}
