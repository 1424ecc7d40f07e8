package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// What Cisco's switches say to each other.

// cdpField is a field of the Cisco Discovery Protocol: its name, how long its value is, and what prints that.
type cdpField struct {
	name     string
	min, max int // bytes; 0 for any
	print    func(*Context, *Cursor)
}

const cdpDeviceID = 1

var cdpFields = map[int]cdpField{
	cdpDeviceID: {"Device-ID", 0, 0, cdpText}, 0x02: {"Address", 4, 0, cdpAddresses}, 0x03: {"Port-ID", 0, 0, cdpText}, 0x04: {"Capability", 4, 4, dissect.Form("(0x%4x): %=n", cdpCapabilities)},
	0x05: {"Version String", 0, 0, cdpVersion}, 0x06: {"Platform", 0, 0, cdpText}, 0x07: {"Prefixes", 0, 0, cdpPrefixes}, 0x08: {"Protocol-Hello option", 0, 0, nil},
	0x09: {"VTP Management Domain", 0, 0, cdpText}, 0x0a: {"Native VLAN ID", 2, 2, dissect.Form("%2d")}, 0x0b: {"Duplex", 1, 1, dissect.Form("%1n", [2]string{"half", "full"})},
	0x0e: {"ATA-186 VoIP VLAN assignment", 3, 3, cdpVoice}, 0x0f: {"ATA-186 VoIP VLAN request", 2, 3, cdpVoice}, 0x10: {"power consumption", 1, 3, cdpPower}, 0x11: {"MTU", 4, 4, dissect.Form("%4d bytes")},
	0x12: {"AVVID trust bitmap", 1, 1, dissect.Form("0x%1x")}, 0x13: {"AVVID untrusted ports CoS", 1, 1, dissect.Form("0x%1x")}, 0x14: {"System Name", 0, 0, cdpText},
	0x15: {"System Object ID (not decoded)", 0, 0, nil}, 0x16: {"Management Addresses", 4, 0, cdpAddresses}, 0x17: {"Physical Location", 1, 0, dissect.Form("0x%1x%1>{/%*s}")},
}

// cdpPower prints a number of up to three bytes.
func cdpPower(d *Context, c *Cursor) {
	n := 0
	for c.Left() > 0 {
		n = n<<8 | c.U8()
	}
	d.Printf("%1.2fW", float64(n)/1000)
}

var cdpCapabilities = Flags{{0x01, "Router"}, {0x02, "Transparent Bridge"}, {0x04, "Source Route Bridge"}, {0x08, "L2 Switch"}, {0x10, "L3 capable"}, {0x20, "IGMP snooping"}, {0x40, "L1 capable"}}

// CDP prints the Cisco Discovery Protocol.
func CDP(d *Context, v View) {
	const header = 4
	d.Proto = "cdp"
	d.RefuseIf(v.Length < header, v, " (packet length %d < %d)", v.Length, header)
	c := v.Cursor(0)
	d.Form(c, "CDPv%1d, ttl: %1ds|%1+{, checksum: 0x%2x (unverified), length %L}{%2_}")
	for c.Left() > 0 {
		d.InvalidRestIf(!d.Try(func() { printCDPField(d, c) }), c.Rest())
	}
	d.PrintfIf(d.Verbose == 0, ", length %d", v.Length)
}

// printCDPField prints a field; rejected if its length makes no sense.
func printCDPField(d *Context, c *Cursor) {
	const header = 4
	d.RejectIf(c.Left() < header, " (remaining packet length %d < %d)", c.Left(), header)
	kind, size := c.View.U16(c.At), c.View.U16(c.At+2)
	f, known := cdpFields[kind]
	if !known {
		f.name = "unknown field type"
	}
	d.RejectIf(size < header && d.Verbose > 0, "\n\t%s (0x%02x), TLV length: %d byte%s (too short)", f.name, kind, size, plural(size))
	d.RejectIf(size < header, ", %s TLV length %d too short", f.name, size)
	d.RejectIf(size > c.Left(), " (TLV length %d > %d)", size, c.Left())
	size -= header
	value := dissect.NewView(c.View.From(c.At+header).Data, size)
	d.PrintfIf(d.Verbose > 0, "\n\t%s (0x%02x), value length: %d byte%s: ", f.name, kind, size, plural(size))
	d.PrintfIf(d.Verbose == 0 && kind == cdpDeviceID, ", %s ", f.name)
	cdpValue(d, f, known, kind, value)
	c.At += header + size
}

func cdpValue(d *Context, f cdpField, known bool, kind int, v View) {
	switch {
	case f.min > 0 && v.Length < f.min, f.max > 0 && v.Length > f.max:
		d.Print(" (malformed TLV)")
	case d.Verbose == 0 && kind != cdpDeviceID:
	case f.print != nil:
		f.print(d, v.Cursor(0))
		return
	case known || kind < 0x18: // tcpdump's table has all these, some without a name
		v.NeedAll()
		return
	}
	v.NeedAll()
	d.Unknown(v, "\n\t  ", v.Length)
}

func plural(n int) string { return dissect.If(n != 1, "s") }

var cdpText = dissect.Form("'%*s'")

func cdpVersion(d *Context, c *Cursor) {
	d.Print("\n\t  ")
	for c.Left() > 0 {
		if b := c.Bytes(1); b[0] == '\n' {
			d.Print("\n\t  ")
		} else {
			d.Text(b)
		}
	}
}

var cdpVoice = dissect.Form("%3>{app %1d, vlan %2d}{unknown 0x%2x}")

func cdpPrefixes(d *Context, c *Cursor) {
	const size = 5
	if c.Left()%size != 0 {
		d.Printf(" [length %d is not a multiple of %d]", c.Left(), size)
		c.Rest().NeedAll()
		return
	}
	d.Printf(" IPv4 Prefixes (%d):", c.Left()/size)
	d.Form(c, "%*{ %4a/%1d}")
}

// cdpAddresses prints addresses, each behind the name of its protocol.
func cdpAddresses(d *Context, c *Cursor) {
	const ipv4, ipv6 = "\x01\xcc", "\x02\xaa\xaa\x03\x00\x00\x00\x86\xdd" // numbers of a network layer protocol and of LLC
	short := func(n int, what string) bool {
		if c.Left() < n {
			d.Printf(" (not enough space for %s)", what)
			c.Rest().NeedAll()
		}
		return c.Left() < n
	}
	for n := c.U32(); n > 0; {
		if short(2, "PT+PL") {
			return
		}
		kind, size := c.U8(), c.U8()
		if short(size+2, "P+AL") {
			return
		}
		length := c.View.U16(c.At + size)
		protocol := string(append([]byte{byte(kind)}, c.Bytes(size)...))
		c.At += 2
		known := protocol == ipv4 && length == 4 || protocol == ipv6 && length == 16
		d.PrintfIf(!known, "pt=0x%02x, pl=%d, pb=%s, al=%d, a=", kind, size, octets(protocol[1:]), length)
		if short(length, "A") {
			return
		}
		switch {
		case !known:
			for range length {
				d.Form(c, " %1x")
			}
		case length == 4:
			d.Printf("IPv4 (%d) %s", n, d.IP4(c.Bytes(4)))
		default:
			d.Printf("IPv6 (%d) %s", n, d.IP6(c.Bytes(16)))
		}
		if n--; n > 0 {
			d.Print(" ")
		}
	}
	d.PrintfIf(c.Left() > 0, " (%d bytes of stray data)", c.Left())
}

func octets(text string) (s string) {
	for i := range len(text) {
		s += fmt.Sprintf(" %02x", text[i])
	}
	return s
}

var (
	udldCodes = Names{0: "Reserved", 1: "Probe message", 2: "Echo message", 3: "Flush message"}
	udldFlags = Flags{{1, "RT"}, {2, "RSY"}, {4, "MBZ-2"}, {8, "MBZ-3"}, {16, "MBZ-4"}, {32, "MBZ-5"}, {64, "MBZ-6"}, {128, "MBZ-7"}}
)

// udldFields are the fields of a message.
var udldFields = List{Head: 4, Whole: true, Title: dissect.Titled("\n\t%s (0x%04x) TLV, length %d"), Other: "Unknown", Ends: dissect.InvalidThere, Short: dissect.InvalidThere,
	Unknown: func(d *Context, c *Cursor) { d.InvalidRestIf(c.Length == 0, c.View) }, Values: Values{
		1: {"Device-ID TLV", 1, dissect.Form(", %*z")}, 2: {"Port-ID TLV", 1, dissect.Form(", %*z")}, 3: {"Echo TLV", 1, dissect.Form(", %*s")}, 4: {"Message Interval TLV", -1, dissect.Form(", %1ds")},
		5: {"Timeout Interval TLV", -1, dissect.Form(", %1ds")}, 6: {"Device Name TLV", 1, dissect.Form(", %*z")}, 7: {"Sequence Number TLV", -4, dissect.Form(", %4d")},
	}}

// UDLD prints Unidirectional Link Detection (RFC 5171).
func UDLD(d *Context, v View) {
	const header = 4
	d.Proto = "udld"
	d.InvalidRestIf(v.Length < header, v)
	c := v.Cursor(0)
	d.Form(c, "UDLDv%1[0-2]d, Code %=[3-7]n (%=[3-7]h), Flags [%1n] (0x%=x)|, length %L", udldCodes.Or("Reserved"), udldFlags)
	if d.Verbose == 0 {
		v.NeedAll()
	} else {
		d.Form(c, "\n\tChecksum 0x%2x (unverified)")
		udldFields.Print(d, c)
	}
}

var (
	vtpVLANs    = Names{1: "Ethernet", 2: "FDDI", 3: "TrCRF", 4: "FDDI-net", 5: "TrBRF"}
	vtpStatuses = Names{0: "Operational", 1: "Suspended"}
	vtpThirds   = Names{1: "Followers", 2: "Seq number", 3: "Rsvd", 4: "Rsvd"} // of the type, the third field
)

// vtpMessages are the messages, behind their heads.
var vtpMessages = Values{1: {"Summary advertisement", 0, dissect.Form("\n\t  Config Rev %4h, Updater %4a|, Timestamp 0x%4x 0x%4x 0x%4x|, MD5 digest: %16b")}, 2: {"Subset advertisement", 0, vtpSubset},
	3: {"Advertisement request", 0, dissect.Form("\n\tStart value: %4d")}, 4: {"Join message", 0, dissect.Silent}}

// vtpFields are the fields of a VLAN, all of two bytes.
var vtpFields = Values{1: {"Source-Routing Ring Number TLV", 0, nil}, 2: {"Source-Routing Bridge Number TLV", 0, nil}, 3: {"STP type TLV", 0, dissect.Form(", %2n (%=d)", Names{1: "SRT", 2: "SRB", 3: "Auto"}.Or("Unknown"))},
	4: {"Parent VLAN TLV", 0, nil}, 5: {"Translationally bridged VLANs TLV", 0, nil}, 6: {"Pruning TLV", 0, vtpChoice("Enabled", "Disabled")}, 7: {"Bridge Type TLV", 0, vtpChoice("SRB", "SRT")},
	8: {"Max ARP Hop Count TLV", 0, nil}, 9: {"Max STE Hop Count TLV", 0, dissect.Form(", %2d")}, 10: {"Backup CRF Mode TLV", 0, vtpChoice("Backup", "Not backup")}}

// vtpChoice makes a printer of one of two texts, the first for 1.
func vtpChoice(first, other string) dissect.Printer {
	return dissect.Form(", %2n (%=d)", Names{1: first}.Or(other))
}

// VTP prints the VLAN Trunking Protocol.
func VTP(d *Context, v View) {
	const header, domain = 36, 32
	d.Proto = "vtp"
	d.RefuseIf(v.Length < header, v, "[zero packet length]")
	v.Need(header)
	kind, size := v.U8(1), v.U8(3)
	d.Printf("VTPv%d, Message %s (0x%02x), length %d", v.U8(0), vtpMessages.Name(kind, "Unknown message type"), kind, v.Length)
	if d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.Print("\n\tDomain name: ")
	d.RefuseIf(size < 1 || size > domain, v, " [MgmtD Len %d]", size)
	d.Padded(v.Cursor(4), size)
	d.Printf(", %s: %d", vtpThirds.Of(kind, "Unknown"), v.U8(2))
	if m, known := vtpMessages[kind]; known {
		m.Print(d, v.Cursor(header))
	}
}

func vtpSubset(d *Context, c *Cursor) {
	d.Form(c, ", Config Rev %4h")
	for c.Left() > 0 && c.View.U8(c.At) > 0 {
		vlan := c.Take(c.View.U8(c.At))
		d.InvalidRestIf(!d.Try(func() { vtpVLAN(d, vlan.Cursor(0)) }), c.View)
	}
}

// vtpVLAN prints what is said of a VLAN; rejected if it makes no sense.
func vtpVLAN(d *Context, c *Cursor) {
	const fixed = 12
	dissect.RejectIf(c.Length < fixed)
	size := c.View.U8(3)
	d.Form(c, "%1_\n\tVLAN info status %1n, type %1n, %1_VLAN-id %2d, MTU %2d, SAID 0x%4x, Name ", vtpStatuses.Or("Unknown"), vtpVLANs.Or("Unknown"))
	aligned := (size + 3) &^ 3
	dissect.RejectIf(c.Left() < aligned)
	d.Padded(c.Rest().Cursor(0), size)
	c.At += aligned
	for c.Left() > 0 {
		dissect.RejectIf(c.Left() < 2)
		vtpField(d, c)
	}
}

func vtpField(d *Context, c *Cursor) {
	whole := c.Rest()
	kind, size := c.U8(), c.U8()
	d.Printf("\n\t\t%s (0x%04x) TLV", vtpFields.Name(kind, "Unknown"), kind)
	d.RejectIf(c.Left() < 2*size, " (TLV goes past the end of the packet)")
	d.RejectIf(size != 1, " [TLV length %d != 1]", size)
	value := c.Take(2)
	if print := vtpFields[kind].Print; print != nil {
		print(d, value.Cursor(0))
	} else {
		d.Unknown(whole, "\n\t\t  ", 4)
	}
}

// dtpFields are the fields of a message, up to one of type 0.
var dtpFields = List{Head: 4, Whole: true, Other: "Unknown", Last: func(kind, _ int) bool { return kind == 0 }, Title: func(d *Context, kind int, name string, size int) {
	d.PrintfIf(kind != 0, "\n\t%s (0x%04x) TLV, length %d", name, kind, size)
}, Ends: func(d *Context, f dissect.Fault) {
	d.RefuseIf(f.Size == dissect.HeadMissing, f.Rest, "[%d bytes remaining]", f.Rest.Length)
	d.RefuseIf(true, f.Rest, "[invalid TLV length %d]", f.Size+4)
}, Loose: true, Short: dissect.InvalidThere, Unknown: func(_ *Context, c *Cursor) { c.View.NeedAll() }, Values: Values{
	1: {"Domain", 0, dissect.Form(", %*z")}, 2: {"Status", -1, dissect.Form(", 0x%1h")}, 3: {"DTP type", -1, dissect.Form(", 0x%1h")}, 4: {"Neighbor", -6, dissect.Form(", %6m")},
}}

// DTP prints the Dynamic Trunking Protocol.
func DTP(d *Context, v View) {
	d.Proto = "dtp"
	d.RefuseIf(v.Length < 1, v, "[zero packet length]")
	d.Printf("DTPv%d, length %d", v.U8(0), v.Length)
	if d.Verbose > 0 {
		dtpFields.Print(d, v.Cursor(1))
	}
}
