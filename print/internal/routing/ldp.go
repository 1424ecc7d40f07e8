package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var ldpMessages = Names{0x0001: "Notification", 0x0100: "Hello", 0x0200: "Initialization", 0x0201: "Keepalive", 0x0300: "Address", 0x0301: "Address Withdraw", 0x0400: "Label Mapping",
	0x0401: "Label Request", 0x0402: "Label Withdraw", 0x0403: "Label Release", 0x0404: "Label Abort Request"}

// ldpFields are the fields of messages.
var ldpFields = List{Loose: true, Bytes: "\n\t      ", Short: func(d *Context, f dissect.Fault) { d.Printf(" [tlv length %d < %d] (invalid)", f.Size, f.Least) }, Values: Values{
	0x0100: {"FEC", 1, ldpClass}, 0x0101: {"Address List", 2, ldpAddresses}, 0x0103: {"Hop Count", 1, nil}, 0x0104: {"Path Vector", 0, nil}, 0x0200: {"Generic Label", 4, dissect.Form("\n\t      Label: %4[12-31]d")},
	0x0201: {"ATM Label", 0, nil}, 0x0202: {"Frame-Relay Label", 0, nil}, 0x0300: {"Status", 10, ldpStatus}, 0x0301: {"Extended Status", 0, nil}, 0x0302: {"Returned PDU", 0, nil}, 0x0303: {"Returned Message", 0, nil},
	0x0400: {"Common Hello Parameters", 4, dissect.Form("\n\t      Hold Time: %2ds, Flags: [%2[0]n Hello%=[1]n]", [2]string{"Link", "Targeted"}, [2]string{"", ", Request for targeted Hellos"})},
	0x0401: {"IPv4 Transport Address", 4, dissect.Form("\n\t      IPv4 Transport Address: %4a")}, 0x0402: {"Configuration Sequence Number", 4, dissect.Form("\n\t      Sequence Number: %4d")},
	0x0403: {"IPv6 Transport Address", 16, dissect.Form("\n\t      IPv6 Transport Address: %16a")}, 0x0500: {"Common Session Parameters", 8, ldpSession}, 0x0501: {"ATM Session Parameters", 0, nil},
	0x0502: {"Frame-Relay Session Parameters", 0, nil}, 0x0503: {"Fault-Tolerant Session Parameters", 8, ldpRestart}, 0x0600: {"Label Request Message ID", 0, nil}, 0x0601: {"MTU", 2, dissect.Form("\n\t      MTU: %2d")},
}}

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
		d.LeaveIf(!d.Try(func() { printLDPMessages(d, dissect.NewView(c.From(c.At).Data, size+4-header).Cursor(0)) }), "")
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
	d.Printf("\n\t    %s TLV (0x%04x), length: %d, Flags: [%s and%s forward if unknown]", ldpFields.Values.Name(kind, "Unknown"), kind, size, ldpFlags(word), dissect.If(word&0x4000 == 0, " don't"))
	m.View.Need(m.At + size)
	ldpFields.Value(d, kind, dissect.NewView(m.From(m.At).Data, size))
	m.At += size
}

func ldpAddresses(d *Context, c *Cursor) {
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
}

func ldpSession(d *Context, c *Cursor) {
	loops := func(n int) string { return dissect.Pick(n == 3, "Enabled", "Disabled") }
	d.Form(c, "\n\t      Version: %2d, Keepalive: %2ds, Flags: [Downstream %1[0]n, Loop Detection %=[0-1]n]", [2]string{"Unsolicited", "On Demand"}, loops)
}

func ldpStatus(d *Context, c *Cursor) {
	d.Form(c, "\n\t      Status: 0x%4[2-31]n, Flags: [%=[0]n and%=[1]n forward]", func(n int) string { return fmt.Sprintf("%02x", n) }, [2]string{"Advisory Notification", "Fatal error"}, [2]string{" don't", ""})
	if causing := c.U32(); causing != 0 {
		d.Printf(", causing Message ID: 0x%08x", causing)
	}
}

func ldpRestart(d *Context, c *Cursor) {
	d.Form(c, "\n\t      Flags: [%2[0]nReconnect, %=[12]nSave, %=[13]nAll-Label, %=[14]nCheckpoint, %=[15]nRe-Learn State]|%2_", [2]string{"No ", ""}, [2]string{"Don't ", ""}, [2]string{"No ", ""},
		[2]string{"Sequence all ", "Sequence "}, [2]string{"Don't ", ""})
	for _, format := range []string{", Reconnect Timeout: %dms", ", Recovery Time: %dms"} {
		if c.Left() >= 4 {
			n := c.U32()
			d.PrintfIf(n != 0, format, n)
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
	d.Printf(": %s prefix %s", dissect.AddressFamilies[family], d.Prefix(c, size, bits))
}
