package link

import "bpfc/print/internal/dissect"

var pppoeCodes = Names{0x09: "PADI", 0x07: "PADO", 0x19: "PADR", 0x65: "PADS", 0xa7: "PADT", 0: ""}

// PPPoE prints a PPPoE header (RFC 2516) and IP behind PPP.
func PPPoE(d *Context, v View) {
	d.Proto = "pppoe"
	d.StopIf(v.Length < dissect.PPPoEHeader, " (length %d < %d) (invalid)", v.Length, dissect.PPPoEHeader)
	code, session, length := v.U8(1), v.U16(2), v.U16(4)
	d.Form(v.Cursor(0), "%1[0-3]n%=[4-7]n", Names{1: ""}.Or(" [ver %d]"), Names{1: ""}.Or(" [type %d]"))
	d.Printf("PPPoE %s", pppoeCodes.Of(code, "PAD-%x"))
	d.PrintfIf(code == 0x09 && length > 1484-6, " [len %d!]", length)
	if left := v.Length - dissect.PPPoEHeader; length > left {
		d.Printf(" [len %d > %d!]", length, left)
		length = left
	}
	d.PrintfIf(session != 0, " [ses 0x%x]", session)
	v = v.From(dissect.PPPoEHeader)
	v.Length = length
	if code == dissect.PPPoESession {
		d.Print(" ")
		d.Within(func() { d.Next(dissect.ByName, dissect.NamePPP, v) })
		return
	}
	pppoeTags(d, v.Cursor(0))
}

var pppoeTagNames = Names{0: "EOL", 0x0101: "Service-Name", 0x0102: "AC-Name", 0x0103: "Host-Uniq", 0x0104: "AC-Cookie", 0x0105: "Vendor-Specific", 0x0110: "Relay-Session-ID",
	0x0120: "PPP-Max-Payload", 0x0201: "Service-Name-Error", 0x0202: "AC-System-Error", 0x0203: "Generic-Error"}

// pppoeTags prints tags: values that are mostly text as such, others in hexadecimal.
func pppoeTags(d *Context, c *Cursor) {
	for kind := 0xffff; kind != 0 && c.Left() > 0; {
		kind = c.U16()
		size := c.U16()
		value := c.Bytes(size)
		d.Printf(" [%s", pppoeTagNames.Of(kind, "TAG-0x%x"))
		if size > 0 {
			text := 0 // characters more than other bytes
			for _, b := range value[:min(size, 20)] {
				text += dissect.Pick(b > 31 && b < 127, 1, -1)
			}
			if text > 0 {
				d.Form(dissect.NewView(value, size).Cursor(0), " \"%*s\"")
			} else {
				d.Printf(" 0x%X", value)
			}
		}
		d.Print("]")
	}
}
