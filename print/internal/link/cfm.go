package link

import "bpfc/print/internal/dissect"

// Connectivity Fault Management (IEEE 802.1ag).

var cfmMessages = dissect.Values{
	1: {"Continuity Check Message", 70, cfmContinuity}, 2: {"Loopback Reply", 0, nil}, 3: {"Loopback Message", 0, nil},
	4: {"Linktrace Reply", 6, dissect.Form("\n\t  Transaction-ID 0x%4x, ttl %1d|\n\t  Replay-Action %1n (%=d)", Names{1: "Exact Match", 2: "Filtering DB", 3: "MIP CCM DB"}.Or("Unknown"))},
	5: {"Linktrace Message", 17, dissect.Form("\n\t  Transaction-ID 0x%4x, ttl %1d|\n\t  Original-MAC %6m, Target-MAC %6m")},
}

// cfmShort are the numbers under which it is told that the fields of a message do not fit, and cfmFlags what the bits of messages say.
var (
	cfmShort = Names{1: "1", 4: "5", 5: "4"}
	cfmFlags = map[int]Flags{4: {{0x80, "UseFDB Only"}, {0x40, "FwdYes"}, {0x20, "Terminal MEP"}}, 5: {{0x80, "Use Forwarding-DB only"}}}
)

// CFM prints a message, with -v its fields and the values behind them.
func CFM(d *Context, v View) {
	const header = 4
	d.Proto = "cfm"
	d.StopIf(v.Length < header, "\n\t\t packet is too short")
	d.CutIf(len(v.Data) < header)
	version, kind, offset := v.U8(0)&31, v.U8(1), v.U8(3)
	d.StopIf(version != 0, "CFMv%d not supported, length %d", version, v.Length)
	d.Printf("CFMv0 %s, MD Level %d, length %d", cfmMessages.Name(kind, "unknown (%d)"), v.U8(0)>>5, v.Length)
	if d.Verbose == 0 {
		return
	}
	d.Printf("\n\tFirst TLV offset %d", offset)
	rest := v.From(header)
	d.StopIf(offset > rest.Length, " (too large, must be <= %d)", rest.Length)
	if row := cfmMessages[kind]; row.Print == nil {
		d.Unknown(rest, "\n\t  ", rest.Length-offset)
	} else {
		d.StopIf(offset < row.Least, " (too small %s, must be >= %d)", cfmShort[kind], row.Least)
		rest.Need(row.Least)
		if flags, ok := cfmFlags[kind]; ok {
			d.Printf(", Flags [%s]", flags.Of(v.U8(2), ", "))
		} else {
			d.Printf(", Flags [CCM Interval %d%s]", v.U8(2)&7, dissect.If(v.U8(2)&0x80 != 0, ", RDI"))
			cfmInterval(d, v.U8(2)&7)
		}
		row.Print(d, rest.Cursor(0))
	}
	cfmFields(d, rest.From(offset))
}

// cfmInterval prints how often a station says that it is there, and how long it is believed.
func cfmInterval(d *Context, n int) {
	if every := [...]float32{0, 0.003333, 0.01, 0.1, 1, 10, 60, 600}[n]; n > 0 {
		d.Printf("\n\t  CCM Interval %.3fs, min CCM Lifetime %.3fs, max CCM Lifetime %.3fs", float64(every), float64(every*3.25), float64(every*3.5))
	}
}

var (
	cfmDomains      = Names{0: "IEEE 802.1", 1: "No MD Name present", 2: "DNS string", 3: "MAC + 16Bit Integer", 4: "Character string"}
	cfmAssociations = Names{0: "IEEE 802.1", 1: "Primary VID", 2: "Character string", 3: "16Bit Integer", 4: "RFC2685 VPN-ID"}
)

// cfmContinuity prints the names of a maintenance domain and an association in it, which share 48 bytes.
func cfmContinuity(d *Context, c *Cursor) {
	const size, none, address = 48, 1, 3
	d.Form(c, "\n\t  Sequence Number 0x%4x, MA-End-Point-ID 0x%2x")
	c = c.Take(size).Cursor(0)
	kind := c.U8()
	d.Printf("\n\t  MD Name Format %s (%d)", cfmDomains.Of(kind, "Unknown"), kind)
	if kind != none {
		name := cfmName(d, c, ", MD Name length %d", 3)
		d.Print("\n\t  MD Name: ")
		switch {
		case kind == 2 || kind == 4:
			d.Padded(name.Cursor(0), name.Length)
		case kind == address && name.Length == 6:
			d.Printf("\n\t  MAC %s", d.MAC(name.Data))
		case kind == address:
			d.Print("\n\t  MAC (length invalid)")
		default:
			d.Unknown(name, "\n\t    ", name.Length)
		}
	}
	kind = c.U8()
	d.Printf("\n\t  MA Name-Format %s (%d)", cfmAssociations.Of(kind, "Unknown"), kind)
	name := cfmName(d, c, ", MA name length %d", 1)
	d.Print("\n\t  MA Name: ")
	if kind == 2 {
		d.Padded(name.Cursor(0), name.Length)
	} else {
		d.Unknown(name, "\n\t    ", name.Length)
	}
}

// cfmName reads a name behind its length, which leaves room for what else has to be there.
func cfmName(d *Context, c *Cursor, format string, room int) View {
	size, most := c.U8(), c.Left()-room+1
	d.Printf(format, size)
	d.StopIf(size > most, " (too large, must be <= %d)", most)
	return c.Take(size)
}

var (
	cfmNames      = Names{0: "End", 1: "Sender ID", 2: "Port status", 3: "Interface status", 4: "Data", 5: "Reply Ingress", 6: "Reply Egress", 31: "Organization Specific"}
	cfmPorts      = Names{1: "Blocked", 2: "Up"}
	cfmInterfaces = Names{1: "Up", 2: "Down", 3: "Testing", 5: "Dormant", 6: "not present", 7: "lower Layer down"}
	cfmLeast      = map[int]int{1: 1, 2: 1, 3: 1, 31: 4}
)

// cfmFields prints the values behind the fields.
func cfmFields(d *Context, v View) {
	const end = 0
	for c := v.Cursor(0); c.Left() > 0; {
		kind := c.U8()
		d.Printf("\n\t%s TLV (0x%02x)", cfmNames.Of(kind, "Unknown"), kind)
		if kind == end {
			return
		}
		d.StopIf(c.Left() < 2, "\n\t\t packet is too short")
		size := c.U16()
		d.Printf(", length %d", size)
		if size == 0 && cfmLeast[kind] == 0 {
			continue
		}
		d.StopIf(size > c.Left(), "\n\t\t packet is too short")
		value := c.Take(size)
		if size < cfmLeast[kind] {
			d.Printf(" (too short, must be >= %d)", cfmLeast[kind])
			if kind == 1 {
				continue
			}
			return
		}
		shown := d.Verbose == 1
		switch kind {
		case 1:
			c.At -= cfmSender(d, value.Cursor(0))
			continue
		case 2:
			d.Form(value.Cursor(0), ", Status: %1n (%=d)", cfmPorts.Or("Unknown"))
		case 3:
			d.Form(value.Cursor(0), ", Status: %1n (%=d)", cfmInterfaces.Or("Unknown"))
		case 31:
			d.Form(value.Cursor(0), ", Vendor: %3n (%=d), Sub-Type %1d", organizations.Or("Unknown"))
			shown = false
		default:
			shown = false
		}
		if !shown {
			d.Unknown(value, "\n\t  ", size)
		}
	}
}

var cfmChassis = Names{0: "Reserved", 1: "Chassis component", 2: "Interface alias", 3: "Port component", 4: "MAC address", 5: "Network address", 6: "Interface name", 7: "Locally assigned"}

// cfmSender prints who sent a message, and where that is managed from. It gives how many bytes of it are read once more: as in tcpdump,
// the last one where its identity does not fit.
func cfmSender(d *Context, c *Cursor) (again int) {
	if size := c.U8(); size > 0 {
		if c.Left() < 1 {
			d.Print("\n\t  (TLV too short)")
			return 0
		}
		kind := c.U8()
		d.Printf("\n\t  Chassis-ID Type %s (%d), Chassis-ID length %d", cfmChassis.Of(kind, "Unknown"), kind, size)
		if size > c.Left() {
			d.Print("\n\t  (TLV too short)")
			return 1
		}
		cfmStation(d, kind, c.Take(size))
	}
	if c.Left() == 0 || !cfmBytes(d, c, "Management Address Domain") {
		return 0
	}
	if c.Left() == 0 {
		d.Print(" (Management Address Length is missing)")
	} else {
		cfmBytes(d, c, "Management Address")
	}
	return 0
}

// cfmStation prints the identity of a sender.
func cfmStation(d *Context, kind int, v View) {
	switch {
	case kind == 4 && v.Length == 6:
		d.Printf("\n\t  MAC %s", d.MAC(v.Data))
	case kind == 4:
		d.Print(" (invalid MAC address length)")
	case kind == 5:
		cfmAddress(d, v)
	case kind > 0 && kind < 8:
		d.Padded(v.Cursor(0), v.Length)
	}
}

// cfmBytes prints bytes behind their length; false if there are none.
func cfmBytes(d *Context, c *Cursor, name string) bool {
	size := c.U8()
	d.Printf("\n\t  %s Length %d", name, size)
	if size > c.Left() {
		d.Print("\n\t  (TLV too short)")
		d.StopIf(name == "Management Address", "")
		return false
	}
	d.HexBytes("\n\t  "+name+": ", c.Take(size), size)
	return size > 0
}

// cfmAddress prints an address behind its family.
func cfmAddress(d *Context, v View) {
	family, sizes, names := v.U8(0), map[int]int{1: 4, 2: 16}, map[int]string{1: "IPv4", 2: "IPv6"}
	d.Printf("\n\t  Network Address Type %s (%d)", dissect.AddressFamilies.Of(family, "Unknown"), family)
	switch size := v.Length - 1; {
	case sizes[family] == 0:
	case size != sizes[family]:
		d.Printf("(invalid %s address length %d)", names[family], size)
	default:
		d.Printf(", %s", d.Address(v.Bytes(1, size)))
	}
}
