package routing

import (
	"bpfc/print/internal/dissect"
)

// What routers say of their links for traffic engineering (RFC 3630, 4203), in link state advertisements.

// teRow is a value of a link: its name, how many bytes it has (at least so many if it may have more, any number if 0), and how
// it is printed behind its length.
type teRow struct {
	name  string
	size  int
	open  bool
	print func(d *Context, v View)
}

func teRows() map[int]teRow {
	bandwidth := func(d *Context, v View) { d.Printf(", %s", megabits(v, 0)) }
	address := func(d *Context, v View) { d.Printf(", %s", d.IP4(v.Bytes(0, 4))) }
	return map[int]teRow{
		1: {"Link Type", 1, false, func(d *Context, v View) {
			d.Printf(", %s (%d)", Names{1: "Point-to-point", 2: "Multi-Access"}.Of(v.U8(0), "unknown"), v.U8(0))
		}},
		2: {"Link ID", 4, false, func(d *Context, v View) { d.Printf(", %s (0x%08x)", d.IP4(v.Bytes(0, 4)), v.U32(0)) }},
		3: {"Local Interface IP address", 4, false, address}, 4: {"Remote Interface IP address", 4, false, address},
		5: {"Traffic Engineering Metric", 4, false, func(d *Context, v View) { d.Printf(", Metric %d", v.U32(0)) }},
		6: {"Maximum Bandwidth", 4, false, bandwidth}, 7: {"Maximum Reservable Bandwidth", 4, false, bandwidth},
		8:  {"Unreserved Bandwidth", 32, false, func(d *Context, v View) { teBandwidths(d, "\n\t\tTE-Class %d: %s", v) }},
		9:  {"Administrative Group", 4, false, func(d *Context, v View) { d.Printf(", 0x%08x", v.U32(0)) }},
		11: {"Link Local/Remote Identifier", 0, true, teIdentifiers},
		14: {"Link Protection Type", 4, false, func(d *Context, v View) { d.Printf(", %s", teProtections.Of(v.U8(0), ", ")) }},
		15: {"Interface Switching Capability", 36, true, func(d *Context, v View) {
			d.Printf("\n\t\tInterface Switching Capability: %s\n\t\tLSP Encoding: %s\n\t\tMax LSP Bandwidth:", teSwitching.Of(v.U8(0), "Unknown"), teEncodings.Of(v.U8(1), "Unknown"))
			teBandwidths(d, "\n\t\t  priority level %d: %s", v.From(4).Limit(32))
		}},
		16: {"Shared Risk Link Group", 0, true, func(d *Context, v View) {
			if v.Length%4 != 0 {
				d.Printf(" != N x 4")
				dissect.Reject()
			}
			for at := 0; at < v.Length; at += 4 {
				d.Printf("%s%d", dissect.Pick(at == 0, "\n\t\t  Shared risk group: ", ", "), v.U32(at))
			}
		}},
		17: {"Bandwidth Constraints", 4, true, teConstraints},
	}
}

var (
	teProtections = Flags{{0x01, "Extra Traffic"}, {0x02, "Unprotected"}, {0x04, "Shared"}, {0x08, "Dedicated 1:1"}, {0x10, "Dedicated 1+1"}, {0x20, "Enhanced"}, {0x40, "Reserved"}, {0x80, "Reserved"}}
	teSwitching   = Names{1: "Packet-Switch Capable-1", 2: "Packet-Switch Capable-2", 3: "Packet-Switch Capable-3", 4: "Packet-Switch Capable-4", 51: "Layer-2 Switch Capable", 100: "Time-Division-Multiplex",
		150: "Lambda-Switch Capable", 200: "Fiber-Switch Capable"}
	teEncodings = Names{1: "Packet", 2: "Ethernet V2/DIX", 3: "ANSI/ETSI PDH", 4: "Reserved", 5: "SDH ITU-T G.707/SONET ANSI T1.105", 6: "Reserved", 7: "Digital Wrapper", 8: "Lambda (photonic)", 9: "Fiber", 10: "Reserved",
		11: "FiberChannel"}
)

// teBandwidths prints numbers of bytes a second in a format with a place for which it is and one for the number.
func teBandwidths(d *Context, format string, v View) {
	for i := 0; 4*i+4 <= v.Length; i++ {
		d.Printf(format, i, megabits(v, 4*i))
	}
}

func teIdentifiers(d *Context, v View) {
	if v.Length != 4 && v.Length != 8 {
		d.Print(" != 4 && != 8")
		dissect.Reject()
	}
	for at := 0; at < v.Length; at += 4 {
		d.Printf(", %s (0x%08x)", d.IP4(v.Bytes(at, 4)), v.U32(at))
	}
}

func teConstraints(d *Context, v View) {
	const most = 36
	d.Printf("\n\t\tBandwidth Constraints Model ID: %s (%d)", Names{0: "Russian dolls", 1: "Maximum allocation"}.Of(v.U8(0), "unknown"), v.U8(0))
	if v.Length > most {
		d.Printf("\n\t\tlength %d > %d", v.Length, most)
		dissect.Reject()
	}
	teBandwidths(d, "\n\t\t  Bandwidth constraint CT%d: %s", v.From(4))
}

// lsaTraffic prints an opaque advertisement of traffic engineering.
func lsaTraffic(d *Context, b *Cursor) {
	for b.Left() > 0 {
		if b.Left() < 4 {
			return
		}
		kind, size := b.U16(), b.U16()
		d.Printf("\n\t    %s TLV (%d), length: %d", Names{1: "Router Address", 2: "Link"}.Of(kind, "unknown"), kind, size)
		if size > b.Left() {
			d.Printf("\n\t    Bogus length %d > %d", size, b.Left())
			return
		}
		value := dissect.NewView(b.Rest().Data, size)
		switch kind {
		case 1:
			if size < 4 {
				d.Printf("\n\t    TLV length %d < 4", size)
				return
			}
			d.Printf(", %s", d.IP4(value.Bytes(0, 4)))
		case 2:
			if !d.Try(func() { teLink(d, value.Cursor(0)) }) {
				return
			}
		default:
			if d.Verbose <= 1 {
				d.Unknown(value, "\n\t      ", size)
			}
		}
		b.At += (size + 3) &^ 3
	}
}

// teLink prints the values of a link; rejected if one makes no sense, which ends the advertisement.
func teLink(d *Context, c *Cursor) {
	rows := teRows()
	for left := c.Left(); left > 0; {
		d.RejectIf(left < 4, "\n\t    Remaining TLV length %d < 4", left)
		kind, size := c.U16(), c.U16()
		row := rows[kind]
		d.Printf("\n\t      %s subTLV (%d), length: %d", dissect.Pick(row.name == "", "unknown", row.name), kind, size)
		d.RejectIf(left < size+4, "\n\t    Remaining TLV length %d < %d", left, size+4)
		value := dissect.NewView(c.Rest().Data, size)
		d.StopIf(len(value.Data) < size, "") // without a mark, as tcpdump
		relation := dissect.Pick(row.open, "<", "!=")
		if size < row.size || size > row.size && row.size > 0 && !row.open {
			d.Printf(" %s %d", relation, row.size)
			d.Invalid()
			dissect.Reject()
		}
		if row.print == nil {
			if d.Verbose <= 1 {
				d.Unknown(value, "\n\t\t", size)
			}
		} else if !d.Try(func() { row.print(d, value) }) {
			d.Invalid()
			dissect.Reject()
		}
		if kind == 16 { // as tcpdump, which is behind the groups of shared risk already
			c.At += size
		}
		c.At += (size + 3) &^ 3
		left -= 4 + (size+3)&^3
	}
}
