package link

import "bpfc/print/internal/dissect"

// What Cisco's switches say to each other.

// cdpField is a field of the Cisco Discovery Protocol: its name, how long its value is, and what prints that.
type cdpField struct {
	name     string
	min, max int // bytes; 0 for any
	print    func(*Context, *Cursor)
}

const cdpDeviceID = 1

var cdpFields = map[int]cdpField{
	cdpDeviceID: {"Device-ID", 0, 0, cdpText},
	0x02:        {"Address", 4, 0, cdpAddresses},
	0x03:        {"Port-ID", 0, 0, cdpText},
	0x04: {"Capability", 4, 4, func(d *Context, c *Cursor) {
		n := int(c.U32())
		d.Printf("(0x%08x): %s", n, cdpCapabilities.Of(n, ", "))
	}},
	0x05: {"Version String", 0, 0, cdpVersion},
	0x06: {"Platform", 0, 0, cdpText},
	0x07: {"Prefixes", 0, 0, cdpPrefixes},
	0x08: {"Protocol-Hello option", 0, 0, nil},
	0x09: {"VTP Management Domain", 0, 0, cdpText},
	0x0a: {"Native VLAN ID", 2, 2, func(d *Context, c *Cursor) { d.Printf("%d", c.U16()) }},
	0x0b: {"Duplex", 1, 1, func(d *Context, c *Cursor) { d.Print([2]string{"half", "full"}[min(c.U8(), 1)]) }},
	0x0e: {"ATA-186 VoIP VLAN assignment", 3, 3, cdpVoice},
	0x0f: {"ATA-186 VoIP VLAN request", 2, 3, cdpVoice},
	0x10: {"power consumption", 1, 3, func(d *Context, c *Cursor) {
		n := 0
		for c.Left() > 0 {
			n = n<<8 | c.U8()
		}
		d.Printf("%1.2fW", float64(n)/1000)
	}},
	0x11: {"MTU", 4, 4, func(d *Context, c *Cursor) { d.Printf("%d bytes", c.U32()) }},
	0x12: {"AVVID trust bitmap", 1, 1, func(d *Context, c *Cursor) { d.Printf("0x%02x", c.U8()) }},
	0x13: {"AVVID untrusted ports CoS", 1, 1, func(d *Context, c *Cursor) { d.Printf("0x%02x", c.U8()) }},
	0x14: {"System Name", 0, 0, cdpText},
	0x15: {"System Object ID (not decoded)", 0, 0, nil},
	0x16: {"Management Addresses", 4, 0, cdpAddresses},
	0x17: {"Physical Location", 1, 0, func(d *Context, c *Cursor) {
		d.Printf("0x%02x", c.U8())
		if c.Left() > 0 {
			d.Print("/")
			d.Counted(c, c.Left())
		}
	}},
}

var cdpCapabilities = Flags{{0x01, "Router"}, {0x02, "Transparent Bridge"}, {0x04, "Source Route Bridge"}, {0x08, "L2 Switch"}, {0x10, "L3 capable"}, {0x20, "IGMP snooping"}, {0x40, "L1 capable"}}

// CDP prints the Cisco Discovery Protocol.
func CDP(d *Context, v View) {
	const header = 4
	d.Proto = "cdp"
	if v.Length < header {
		d.Printf(" (packet length %d < %d)", v.Length, header)
		d.InvalidRest(v)
		return
	}
	d.Printf("CDPv%d, ttl: %ds", v.U8(0), v.U8(1))
	checksum := v.U16(2)
	d.PrintfIf(d.Verbose > 0, ", checksum: 0x%04x (unverified), length %d", checksum, v.Length)
	c := v.Cursor(header)
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
	if size < header {
		if d.Verbose > 0 {
			d.Printf("\n\t%s (0x%02x), TLV length: %d byte%s (too short)", f.name, kind, size, plural(size))
		} else {
			d.Printf(", %s TLV length %d too short", f.name, size)
		}
		dissect.Reject()
	}
	d.RejectIf(size > c.Left(), " (TLV length %d > %d)", size, c.Left())
	size -= header
	value := dissect.NewView(c.View.From(c.At+header).Data, size)
	if d.Verbose > 0 {
		d.Printf("\n\t%s (0x%02x), value length: %d byte%s: ", f.name, kind, size, plural(size))
	} else if kind == cdpDeviceID {
		d.Printf(", %s ", f.name)
	}
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

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func cdpText(d *Context, c *Cursor) {
	d.Print("'")
	d.Counted(c, c.Left())
	d.Print("'")
}

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

func cdpVoice(d *Context, c *Cursor) {
	if c.Left() == 2 {
		d.Printf("unknown 0x%04x", c.U16())
	} else {
		d.Printf("app %d, vlan %d", c.U8(), c.U16())
	}
}

func cdpPrefixes(d *Context, c *Cursor) {
	const size = 5
	if c.Left()%size != 0 {
		d.Printf(" [length %d is not a multiple of %d]", c.Left(), size)
		c.Rest().NeedAll()
		return
	}
	d.Printf(" IPv4 Prefixes (%d):", c.Left()/size)
	for c.Left() > 0 {
		d.Printf(" %s/%d", d.IP4(c.Bytes(4)), c.U8())
	}
}

// cdpAddresses prints addresses, each behind the name of its protocol.
func cdpAddresses(d *Context, c *Cursor) {
	const (
		protocolNLPID = 1
		protocolLLC   = 2
		ipv4          = "\xcc"
		ipv6          = "\xaa\xaa\x03\x00\x00\x00\x86\xdd"
	)
	for n := c.U32(); n > 0; {
		if c.Left() < 2 {
			d.Print(" (not enough space for PT+PL)")
			c.Rest().NeedAll()
			return
		}
		kind, size := c.U8(), c.U8()
		if c.Left() < size+2 {
			d.Print(" (not enough space for P+AL)")
			c.Rest().NeedAll()
			return
		}
		length := c.View.U16(c.At + size)
		protocol := string(c.View.Bytes(c.At, size))
		known := true
		switch {
		case kind == protocolNLPID && protocol == ipv4 && length == 4:
		case kind == protocolLLC && protocol == ipv6 && length == 16:
		default:
			known = false
			d.Printf("pt=0x%02x, pl=%d, pb=", kind, size)
			octets(d, protocol)
			d.Printf(", al=%d, a=", length)
		}
		c.At += size + 2
		if c.Left() < length {
			d.Print(" (not enough space for A)")
			c.Rest().NeedAll()
			return
		}
		switch {
		case !known:
			for range length {
				d.Printf(" %02x", c.U8())
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

func octets(d *Context, s string) {
	for i := range len(s) {
		d.Printf(" %02x", s[i])
	}
}

var (
	udldCodes  = Names{0: "Reserved", 1: "Probe message", 2: "Echo message", 3: "Flush message"}
	udldFlags  = Flags{{1, "RT"}, {2, "RSY"}, {4, "MBZ-2"}, {8, "MBZ-3"}, {16, "MBZ-4"}, {32, "MBZ-5"}, {64, "MBZ-6"}, {128, "MBZ-7"}}
	udldFields = Names{1: "Device-ID TLV", 2: "Port-ID TLV", 3: "Echo TLV", 4: "Message Interval TLV", 5: "Timeout Interval TLV", 6: "Device Name TLV", 7: "Sequence Number TLV"}
)

// UDLD prints Unidirectional Link Detection (RFC 5171).
func UDLD(d *Context, v View) {
	const header = 4
	d.Proto = "udld"
	d.InvalidRestIf(v.Length < header, v)
	version, code, bits := v.U8(0)>>5, v.U8(0)&31, v.U8(1)
	d.Printf("UDLDv%d, Code %s (%x), Flags [%s] (0x%02x), length %d", version, udldCodes.Of(code, "Reserved"), code, udldFlags.Of(bits, ", "), bits, v.Length)
	if d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.Printf("\n\tChecksum 0x%04x (unverified)", v.U16(2))
	c := v.Cursor(header)
	for c.Left() > 0 {
		d.InvalidRestIf(c.Left() < header, c.Rest())
		kind, size := c.U16(), c.U16()
		d.Printf("\n\t%s (0x%04x) TLV, length %d", udldFields.Of(kind, "Unknown"), kind, size)
		if size -= header; size <= 0 || size > c.Left() || !udldField(d, c, kind, size) {
			d.InvalidRest(c.Rest())
			return
		}
	}
}

// udldField prints the value of a field of n bytes; false if these make no sense.
func udldField(d *Context, c *Cursor, kind, n int) bool {
	if want := map[int]int{4: 1, 5: 1, 7: 4}[kind]; want != 0 && n != want {
		return false
	}
	switch kind {
	case 1, 2, 6:
		d.Print(", ")
		d.Padded(c, n)
	case 3:
		d.Print(", ")
		d.Counted(c, n)
	case 4, 5:
		d.Printf(", %ds", c.U8())
	case 7:
		d.Printf(", %d", c.U32())
	default:
		c.Bytes(n)
	}
	return true
}

var (
	vtpTypes    = Names{vtpSummary: "Summary advertisement", vtpSubset: "Subset advertisement", vtpRequest: "Advertisement request", 4: "Join message"}
	vtpThirds   = Names{vtpSummary: "Followers", vtpSubset: "Seq number", vtpRequest: "Rsvd", 4: "Rsvd"}
	vtpVLANs    = Names{1: "Ethernet", 2: "FDDI", 3: "TrCRF", 4: "FDDI-net", 5: "TrBRF"}
	vtpStatuses = Names{0: "Operational", 1: "Suspended"}
	vtpFields   = Names{1: "Source-Routing Ring Number TLV", 2: "Source-Routing Bridge Number TLV", 3: "STP type TLV", 4: "Parent VLAN TLV", 5: "Translationally bridged VLANs TLV",
		6: "Pruning TLV", 7: "Bridge Type TLV", 8: "Max ARP Hop Count TLV", 9: "Max STE Hop Count TLV", 10: "Backup CRF Mode TLV"}
)

const (
	vtpSummary = 1
	vtpSubset  = 2
	vtpRequest = 3
)

// VTP prints the VLAN Trunking Protocol.
func VTP(d *Context, v View) {
	const header, domain = 36, 32
	d.Proto = "vtp"
	if v.Length < header {
		d.Printf("[zero packet length]")
		d.InvalidRest(v)
		return
	}
	v.Need(header)
	kind, size := v.U8(1), v.U8(3)
	d.Printf("VTPv%d, Message %s (0x%02x), length %d", v.U8(0), vtpTypes.Of(kind, "Unknown message type"), kind, v.Length)
	if d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.Print("\n\tDomain name: ")
	if size < 1 || size > domain {
		d.Printf(" [MgmtD Len %d]", size)
		d.InvalidRest(v)
		return
	}
	d.Padded(v.Cursor(4), size)
	d.Printf(", %s: %d", vtpThirds.Of(kind, "Unknown"), v.U8(2))
	c := v.Cursor(header)
	switch kind {
	case vtpSummary:
		d.Printf("\n\t  Config Rev %x, Updater %s", c.U32(), d.IP4(c.Bytes(4)))
		d.Printf(", Timestamp 0x%08x 0x%08x 0x%08x", c.U32(), c.U32(), c.U32())
		d.Printf(", MD5 digest: %x", c.Bytes(16))
	case vtpSubset:
		d.Printf(", Config Rev %x", c.U32())
		for c.Left() > 0 {
			n := c.View.U8(c.At)
			if n == 0 {
				return
			}
			d.InvalidRestIf(!d.Try(func() { vtpVLAN(d, c.Take(n).Cursor(0)) }), v)
		}
	case vtpRequest:
		d.Printf("\n\tStart value: %d", c.U32())
	}
}

// vtpVLAN prints what is said of a VLAN; rejected if it makes no sense.
func vtpVLAN(d *Context, c *Cursor) {
	const fixed = 12
	dissect.RejectIf(c.Length < fixed)
	c.At = 1
	status, kind, size := c.U8(), c.U8(), c.U8()
	d.Printf("\n\tVLAN info status %s, type %s, VLAN-id %d, MTU %d, SAID 0x%08x, Name ", vtpStatuses.Of(status, "Unknown"), vtpVLANs.Of(kind, "Unknown"), c.U16(), c.U16(), c.U32())
	aligned := (size + 3) &^ 3
	dissect.RejectIf(c.Left() < aligned)
	name := c.Rest().Cursor(0)
	d.Padded(name, size)
	c.At += aligned
	for c.Left() > 0 {
		dissect.RejectIf(c.Left() < 2)
		vtpField(d, c)
	}
}

func vtpField(d *Context, c *Cursor) {
	whole := c.Rest()
	kind, size := c.U8(), c.U8()
	d.Printf("\n\t\t%s (0x%04x) TLV", vtpFields.Of(kind, "Unknown"), kind)
	d.RejectIf(c.Left() < 2*size, " (TLV goes past the end of the packet)")
	d.RejectIf(size != 1, " [TLV length %d != 1]", size)
	n := c.U16()
	choice := func(first, other string) {
		if n != 1 {
			first = other
		}
		d.Printf(", %s (%d)", first, n)
	}
	switch kind {
	case 9:
		d.Printf(", %d", n)
	case 6:
		choice("Enabled", "Disabled")
	case 3:
		d.Printf(", %s (%d)", Names{1: "SRT", 2: "SRB", 3: "Auto"}.Of(n, "Unknown"), n)
	case 7:
		choice("SRB", "SRT")
	case 10:
		choice("Backup", "Not backup")
	default:
		d.Unknown(whole, "\n\t\t  ", 4)
	}
}

var dtpFields = Names{1: "Domain", 2: "Status", 3: "DTP type", 4: "Neighbor"}

// DTP prints the Dynamic Trunking Protocol.
func DTP(d *Context, v View) {
	d.Proto = "dtp"
	if v.Length < 1 {
		d.Print("[zero packet length]")
		d.InvalidRest(v)
		return
	}
	d.Printf("DTPv%d, length %d", v.U8(0), v.Length)
	if d.Verbose == 0 {
		return
	}
	for c := v.Cursor(1); c.Left() > 0; {
		if c.Left() < 4 {
			d.Printf("[%d bytes remaining]", c.Left())
			d.InvalidRest(c.Rest())
			return
		}
		kind, size := c.View.U16(c.At), c.View.U16(c.At+2)
		if kind == 0 {
			return
		}
		d.Printf("\n\t%s (0x%04x) TLV, length %d", dtpFields.Of(kind, "Unknown"), kind, size)
		fits := size >= 4 && size <= c.Left()
		if !fits {
			d.Printf("[TLV length %d]", size)
		} else if want := map[int]int{2: 5, 3: 5, 4: 10}[kind]; want != 0 {
			fits = size == want
		}
		d.InvalidRestIf(!fits, c.Rest())
		at := c.At + 4
		switch kind {
		case 1:
			d.Print(", ")
			d.Padded(v.Cursor(at), size-4)
		case 2, 3:
			d.Printf(", 0x%x", v.U8(at))
		case 4:
			d.Printf(", %s", dissect.MAC(v.Bytes(at, 6)))
		default:
			v.Bytes(c.At, size)
		}
		c.At += size
	}
}
