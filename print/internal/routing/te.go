package routing

import (
	"bpfc/print/internal/dissect"
)

// What routers say of their links for traffic engineering (RFC 3630, 4203), in link state advertisements.

// teLinks are what is said of a link.
var teLinks = List{Bytes: "\n\t\t", Rejected: teWrong, Short: func(d *Context, f dissect.Fault) { d.RejectIf(true, " %s %d (invalid)", f.Relation, f.Least) }, Values: Values{
	1: {"Link Type", -1, dissect.Form(", %1n (%=d)", Names{1: "Point-to-point", 2: "Multi-Access"})}, 2: {"Link ID", -4, dissect.Form(", %4a (0x%4@0x)")},
	3: {"Local Interface IP address", -4, dissect.Form(", %4a")}, 4: {"Remote Interface IP address", -4, dissect.Form(", %4a")}, 5: {"Traffic Engineering Metric", -4, dissect.Form(", Metric %4d")},
	6: {"Maximum Bandwidth", -4, dissect.Form(", %4f")}, 7: {"Maximum Reservable Bandwidth", -4, dissect.Form(", %4f")},
	8: {"Unreserved Bandwidth", -32, teBandwidths("\n\t\tTE-Class %d: %s")}, 9: {"Administrative Group", -4, dissect.Form(", 0x%4x")}, 11: {"Link Local/Remote Identifier", 0, teIdentifiers},
	14: {"Link Protection Type", -4, dissect.Form(", %1n", teProtections)},
	15: {"Interface Switching Capability", 36, func(d *Context, c *Cursor) {
		d.Form(c, "\n\t\tInterface Switching Capability: %1n\n\t\tLSP Encoding: %1n|%2_\n\t\tMax LSP Bandwidth:", teSwitching.Or("Unknown"), teEncodings.Or("Unknown"))
		teBandwidths("\n\t\t  priority level %d: %s")(d, c.Rest().Limit(32).Cursor(0))
	}},
	16: {"Shared Risk Link Group", 0, func(d *Context, c *Cursor) {
		d.RejectIf(c.Length%4 != 0, " != N x 4")
		d.If(c.Length > 0, "\n\t\t  Shared risk group: ")
		dissect.Every(4, ", ", dissect.Form("%4d"))(d, c)
	}},
	17: {"Bandwidth Constraints", 4, teConstraints},
}}

// teWrong ends the advertisement where a value makes no sense.
func teWrong(d *Context, _ *Cursor) { d.RejectIf(true, " (invalid)") }

var (
	teProtections = Flags{{0x01, "Extra Traffic"}, {0x02, "Unprotected"}, {0x04, "Shared"}, {0x08, "Dedicated 1:1"}, {0x10, "Dedicated 1+1"}, {0x20, "Enhanced"}, {0x40, "Reserved"}, {0x80, "Reserved"}}
	teSwitching   = Names{1: "Packet-Switch Capable-1", 2: "Packet-Switch Capable-2", 3: "Packet-Switch Capable-3", 4: "Packet-Switch Capable-4", 51: "Layer-2 Switch Capable", 100: "Time-Division-Multiplex",
		150: "Lambda-Switch Capable", 200: "Fiber-Switch Capable"}
	teEncodings = Names{1: "Packet", 2: "Ethernet V2/DIX", 3: "ANSI/ETSI PDH", 4: "Reserved", 5: "SDH ITU-T G.707/SONET ANSI T1.105", 6: "Reserved", 7: "Digital Wrapper", 8: "Lambda (photonic)", 9: "Fiber", 10: "Reserved",
		11: "FiberChannel"}
)

// teBandwidths makes a printer of numbers of bytes a second in a format with a place for which it is and one for the number.
func teBandwidths(format string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		for i := 0; c.Left() >= 4; i++ {
			d.Printf(format, i, dissect.Megabits(c.U32()))
		}
	}
}

func teIdentifiers(d *Context, c *Cursor) {
	d.RejectIf(c.Length != 4 && c.Length != 8, " != 4 && != 8")
	for c.Left() > 0 {
		d.Form(c, ", %4a (0x%4@0x)")
	}
}

func teConstraints(d *Context, c *Cursor) {
	const most = 36
	d.Form(c, "\n\t\tBandwidth Constraints Model ID: %1n (%=d)|%3_", Names{0: "Russian dolls", 1: "Maximum allocation"})
	d.RejectIf(c.Length > most, "\n\t\tlength %d > %d", c.Length, most)
	teBandwidths("\n\t\t  Bandwidth constraint CT%d: %s")(d, c)
}

// teValues are what an opaque advertisement of traffic engineering holds; what makes no sense ends it.
var teValues = List{Head: 4, Least: 4, Align: 4, Loose: true, Strict: true, Title: dissect.Titled("\n\t    %s TLV (%d), length: %d"), Other: "unknown", Bytes: "\n\t      ",
	Ends:   func(d *Context, f dissect.Fault) { d.Printf("\n\t    Bogus length %d > %d", f.Size, f.Least) },
	Short:  func(d *Context, f dissect.Fault) { d.Printf("\n\t    TLV length %d < %d", f.Size, f.Least) },
	Values: Values{1: {"Router Address", 4, dissect.Form(", %4a")}, 2: {"Link", 0, teLink}}}

// lsaTraffic prints such an advertisement.
func lsaTraffic(d *Context, b *Cursor) { d.Try(func() { teValues.Print(d, b) }) }

// teLink prints the values of a link; rejected if one makes no sense, which ends the advertisement.
func teLink(d *Context, c *Cursor) {
	for left := c.Left(); left > 0; {
		d.RejectIf(left < 4, "\n\t    Remaining TLV length %d < 4", left)
		kind, size := c.U16(), c.U16()
		d.Printf("\n\t      %s subTLV (%d), length: %d", teLinks.Values.Name(kind, "unknown"), kind, size)
		d.RejectIf(left < size+4, "\n\t    Remaining TLV length %d < %d", left, size+4)
		value := dissect.NewView(c.Rest().Data, size)
		d.StopIf(len(value.Data) < size, "") // without a mark, as tcpdump
		teLinks.Value(d, kind, value)
		if kind == 16 { // as tcpdump, which is behind the groups of shared risk already
			c.At += size
		}
		c.At += (size + 3) &^ 3
		left -= 4 + (size+3)&^3
	}
}
