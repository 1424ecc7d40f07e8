package print

// What Cisco's switches say to each other.

// cdpField is a field of the Cisco Discovery Protocol: its name, how long its value is, and what prints that.
type cdpField struct {
	name     string
	min, max int // bytes; 0 for any
	print    func(*dissector, *cursor)
}

const cdpDeviceID = 1

var cdpFields = map[int]cdpField{
	cdpDeviceID: {"Device-ID", 0, 0, (*dissector).cdpText},
	0x02:        {"Address", 4, 0, (*dissector).cdpAddresses},
	0x03:        {"Port-ID", 0, 0, (*dissector).cdpText},
	0x04: {"Capability", 4, 4, func(d *dissector, c *cursor) {
		n := int(c.u32())
		d.printf("(0x%08x): %s", n, cdpCapabilities.of(n, ", "))
	}},
	0x05: {"Version String", 0, 0, (*dissector).cdpVersion},
	0x06: {"Platform", 0, 0, (*dissector).cdpText},
	0x07: {"Prefixes", 0, 0, (*dissector).cdpPrefixes},
	0x08: {"Protocol-Hello option", 0, 0, nil},
	0x09: {"VTP Management Domain", 0, 0, (*dissector).cdpText},
	0x0a: {"Native VLAN ID", 2, 2, func(d *dissector, c *cursor) { d.printf("%d", c.u16()) }},
	0x0b: {"Duplex", 1, 1, func(d *dissector, c *cursor) { d.print([2]string{"half", "full"}[min(c.u8(), 1)]) }},
	0x0e: {"ATA-186 VoIP VLAN assignment", 3, 3, (*dissector).cdpVoice},
	0x0f: {"ATA-186 VoIP VLAN request", 2, 3, (*dissector).cdpVoice},
	0x10: {"power consumption", 1, 3, func(d *dissector, c *cursor) {
		n := 0
		for c.left() > 0 {
			n = n<<8 | c.u8()
		}
		d.printf("%1.2fW", float64(n)/1000)
	}},
	0x11: {"MTU", 4, 4, func(d *dissector, c *cursor) { d.printf("%d bytes", c.u32()) }},
	0x12: {"AVVID trust bitmap", 1, 1, func(d *dissector, c *cursor) { d.printf("0x%02x", c.u8()) }},
	0x13: {"AVVID untrusted ports CoS", 1, 1, func(d *dissector, c *cursor) { d.printf("0x%02x", c.u8()) }},
	0x14: {"System Name", 0, 0, (*dissector).cdpText},
	0x15: {"System Object ID (not decoded)", 0, 0, nil},
	0x16: {"Management Addresses", 4, 0, (*dissector).cdpAddresses},
	0x17: {"Physical Location", 1, 0, func(d *dissector, c *cursor) {
		d.printf("0x%02x", c.u8())
		if c.left() > 0 {
			d.print("/")
			d.counted(c, c.left())
		}
	}},
}

var cdpCapabilities = FlagsT{{0x01, "Router"}, {0x02, "Transparent Bridge"}, {0x04, "Source Route Bridge"}, {0x08, "L2 Switch"}, {0x10, "L3 capable"}, {0x20, "IGMP snooping"}, {0x40, "L1 capable"}}

// cdp prints the Cisco Discovery Protocol.
func (d *dissector) cdp(v view) {
	const header = 4
	d.proto = "cdp"
	if v.length < header {
		d.printf(" (packet length %d < %d)", v.length, header)
		d.invalidRest(v)
		return
	}
	d.printf("CDPv%d, ttl: %ds", v.u8(0), v.u8(1))
	checksum := v.u16(2)
	if d.Verbose > 0 {
		d.printf(", checksum: 0x%04x (unverified), length %d", checksum, v.length)
	}
	c := v.cursor(header)
	for c.left() > 0 {
		if !d.cdpField(c) {
			d.invalidRest(c.rest())
			return
		}
	}
	if d.Verbose == 0 {
		d.printf(", length %d", v.length)
	}
}

// cdpField prints a field; false if its length makes no sense.
func (d *dissector) cdpField(c *cursor) bool {
	const header = 4
	if c.left() < header {
		d.printf(" (remaining packet length %d < %d)", c.left(), header)
		return false
	}
	kind, size := c.view.u16(c.at), c.view.u16(c.at+2)
	f, known := cdpFields[kind]
	if !known {
		f.name = "unknown field type"
	}
	if size < header {
		if d.Verbose > 0 {
			d.printf("\n\t%s (0x%02x), TLV length: %d byte%s (too short)", f.name, kind, size, plural(size))
		} else {
			d.printf(", %s TLV length %d too short", f.name, size)
		}
		return false
	}
	if size > c.left() {
		d.printf(" (TLV length %d > %d)", size, c.left())
		return false
	}
	size -= header
	value := newView(c.view.from(c.at+header).b, size)
	if d.Verbose > 0 {
		d.printf("\n\t%s (0x%02x), value length: %d byte%s: ", f.name, kind, size, plural(size))
	} else if kind == cdpDeviceID {
		d.printf(", %s ", f.name)
	}
	d.cdpValue(f, known, kind, value)
	c.at += header + size
	return true
}

func (d *dissector) cdpValue(f cdpField, known bool, kind int, v view) {
	switch {
	case f.min > 0 && v.length < f.min, f.max > 0 && v.length > f.max:
		d.print(" (malformed TLV)")
	case d.Verbose == 0 && kind != cdpDeviceID:
	case f.print != nil:
		f.print(d, v.cursor(0))
		return
	case known || kind < 0x18: // tcpdump's table has all these, some without a name
		v.needAll()
		return
	}
	v.needAll()
	d.unknown(v, "\n\t  ", v.length)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func (d *dissector) cdpText(c *cursor) {
	d.print("'")
	d.counted(c, c.left())
	d.print("'")
}

func (d *dissector) cdpVersion(c *cursor) {
	d.print("\n\t  ")
	for c.left() > 0 {
		if b := c.bytes(1); b[0] == '\n' {
			d.print("\n\t  ")
		} else {
			d.text(b)
		}
	}
}

func (d *dissector) cdpVoice(c *cursor) {
	if c.left() == 2 {
		d.printf("unknown 0x%04x", c.u16())
	} else {
		d.printf("app %d, vlan %d", c.u8(), c.u16())
	}
}

func (d *dissector) cdpPrefixes(c *cursor) {
	const size = 5
	if c.left()%size != 0 {
		d.printf(" [length %d is not a multiple of %d]", c.left(), size)
		c.rest().needAll()
		return
	}
	d.printf(" IPv4 Prefixes (%d):", c.left()/size)
	for c.left() > 0 {
		d.printf(" %s/%d", d.ip4(c.bytes(4)), c.u8())
	}
}

// cdpAddresses prints addresses, each behind the name of its protocol.
func (d *dissector) cdpAddresses(c *cursor) {
	const (
		protocolNLPID = 1
		protocolLLC   = 2
		ipv4          = "\xcc"
		ipv6          = "\xaa\xaa\x03\x00\x00\x00\x86\xdd"
	)
	for n := c.u32(); n > 0; {
		if c.left() < 2 {
			d.print(" (not enough space for PT+PL)")
			c.rest().needAll()
			return
		}
		kind, size := c.u8(), c.u8()
		if c.left() < size+2 {
			d.print(" (not enough space for P+AL)")
			c.rest().needAll()
			return
		}
		length := c.view.u16(c.at + size)
		protocol := string(c.view.bytes(c.at, size))
		known := true
		switch {
		case kind == protocolNLPID && protocol == ipv4 && length == 4:
		case kind == protocolLLC && protocol == ipv6 && length == 16:
		default:
			known = false
			d.printf("pt=0x%02x, pl=%d, pb=", kind, size)
			d.octets(protocol)
			d.printf(", al=%d, a=", length)
		}
		c.at += size + 2
		if c.left() < length {
			d.print(" (not enough space for A)")
			c.rest().needAll()
			return
		}
		switch {
		case !known:
			for range length {
				d.printf(" %02x", c.u8())
			}
		case length == 4:
			d.printf("IPv4 (%d) %s", n, d.ip4(c.bytes(4)))
		default:
			d.printf("IPv6 (%d) %s", n, d.ip6(c.bytes(16)))
		}
		if n--; n > 0 {
			d.print(" ")
		}
	}
	if c.left() > 0 {
		d.printf(" (%d bytes of stray data)", c.left())
	}
}

func (d *dissector) octets(s string) {
	for i := range len(s) {
		d.printf(" %02x", s[i])
	}
}

var (
	udldCodes  = NamesT{0: "Reserved", 1: "Probe message", 2: "Echo message", 3: "Flush message"}
	udldFlags  = FlagsT{{1, "RT"}, {2, "RSY"}, {4, "MBZ-2"}, {8, "MBZ-3"}, {16, "MBZ-4"}, {32, "MBZ-5"}, {64, "MBZ-6"}, {128, "MBZ-7"}}
	udldFields = NamesT{1: "Device-ID TLV", 2: "Port-ID TLV", 3: "Echo TLV", 4: "Message Interval TLV", 5: "Timeout Interval TLV", 6: "Device Name TLV", 7: "Sequence Number TLV"}
)

// udld prints Unidirectional Link Detection (RFC 5171).
func (d *dissector) udld(v view) {
	const header = 4
	d.proto = "udld"
	if v.length < header {
		d.invalidRest(v)
		return
	}
	version, code, bits := v.u8(0)>>5, v.u8(0)&31, v.u8(1)
	d.printf("UDLDv%d, Code %s (%x), Flags [%s] (0x%02x), length %d", version, udldCodes.of(code, "Reserved"), code, udldFlags.of(bits, ", "), bits, v.length)
	if d.Verbose == 0 {
		v.needAll()
		return
	}
	d.printf("\n\tChecksum 0x%04x (unverified)", v.u16(2))
	c := v.cursor(header)
	for c.left() > 0 {
		if c.left() < header {
			d.invalidRest(c.rest())
			return
		}
		kind, size := c.u16(), c.u16()
		d.printf("\n\t%s (0x%04x) TLV, length %d", udldFields.of(kind, "Unknown"), kind, size)
		if size -= header; size <= 0 || size > c.left() || !d.udldField(c, kind, size) {
			d.invalidRest(c.rest())
			return
		}
	}
}

// udldField prints the value of a field of n bytes; false if these make no sense.
func (d *dissector) udldField(c *cursor, kind, n int) bool {
	if want := map[int]int{4: 1, 5: 1, 7: 4}[kind]; want != 0 && n != want {
		return false
	}
	switch kind {
	case 1, 2, 6:
		d.print(", ")
		d.padded(c, n)
	case 3:
		d.print(", ")
		d.counted(c, n)
	case 4, 5:
		d.printf(", %ds", c.u8())
	case 7:
		d.printf(", %d", c.u32())
	default:
		c.bytes(n)
	}
	return true
}

var (
	vtpTypes    = NamesT{vtpSummary: "Summary advertisement", vtpSubset: "Subset advertisement", vtpRequest: "Advertisement request", 4: "Join message"}
	vtpThirds   = NamesT{vtpSummary: "Followers", vtpSubset: "Seq number", vtpRequest: "Rsvd", 4: "Rsvd"}
	vtpVLANs    = NamesT{1: "Ethernet", 2: "FDDI", 3: "TrCRF", 4: "FDDI-net", 5: "TrBRF"}
	vtpStatuses = NamesT{0: "Operational", 1: "Suspended"}
	vtpFields   = NamesT{1: "Source-Routing Ring Number TLV", 2: "Source-Routing Bridge Number TLV", 3: "STP type TLV", 4: "Parent VLAN TLV", 5: "Translationally bridged VLANs TLV",
		6: "Pruning TLV", 7: "Bridge Type TLV", 8: "Max ARP Hop Count TLV", 9: "Max STE Hop Count TLV", 10: "Backup CRF Mode TLV"}
)

const (
	vtpSummary = 1
	vtpSubset  = 2
	vtpRequest = 3
)

// vtp prints the VLAN Trunking Protocol.
func (d *dissector) vtp(v view) {
	const header, domain = 36, 32
	d.proto = "vtp"
	if v.length < header {
		d.printf("[zero packet length]")
		d.invalidRest(v)
		return
	}
	v.need(header)
	kind, size := v.u8(1), v.u8(3)
	d.printf("VTPv%d, Message %s (0x%02x), length %d", v.u8(0), vtpTypes.of(kind, "Unknown message type"), kind, v.length)
	if d.Verbose == 0 {
		v.needAll()
		return
	}
	d.print("\n\tDomain name: ")
	if size < 1 || size > domain {
		d.printf(" [MgmtD Len %d]", size)
		d.invalidRest(v)
		return
	}
	d.padded(v.cursor(4), size)
	d.printf(", %s: %d", vtpThirds.of(kind, "Unknown"), v.u8(2))
	c := v.cursor(header)
	switch kind {
	case vtpSummary:
		d.printf("\n\t  Config Rev %x, Updater %s", c.u32(), d.ip4(c.bytes(4)))
		d.printf(", Timestamp 0x%08x 0x%08x 0x%08x", c.u32(), c.u32(), c.u32())
		d.printf(", MD5 digest: %x", c.bytes(16))
	case vtpSubset:
		d.printf(", Config Rev %x", c.u32())
		for c.left() > 0 {
			n := c.view.u8(c.at)
			if n == 0 {
				return
			}
			if !d.vtpVLAN(c.take(n).cursor(0)) {
				d.invalidRest(v)
				return
			}
		}
	case vtpRequest:
		d.printf("\n\tStart value: %d", c.u32())
	}
}

// vtpVLAN prints what is said of a VLAN; false if it makes no sense.
func (d *dissector) vtpVLAN(c *cursor) bool {
	const fixed = 12
	if c.length < fixed {
		return false
	}
	c.at = 1
	status, kind, size := c.u8(), c.u8(), c.u8()
	d.printf("\n\tVLAN info status %s, type %s, VLAN-id %d, MTU %d, SAID 0x%08x, Name ", vtpStatuses.of(status, "Unknown"), vtpVLANs.of(kind, "Unknown"), c.u16(), c.u16(), c.u32())
	aligned := (size + 3) &^ 3
	if c.left() < aligned {
		return false
	}
	name := c.rest().cursor(0)
	d.padded(name, size)
	c.at += aligned
	for c.left() > 0 {
		if c.left() < 2 || !d.vtpField(c) {
			return false
		}
	}
	return true
}

func (d *dissector) vtpField(c *cursor) bool {
	whole := c.rest()
	kind, size := c.u8(), c.u8()
	d.printf("\n\t\t%s (0x%04x) TLV", vtpFields.of(kind, "Unknown"), kind)
	if c.left() < 2*size {
		d.print(" (TLV goes past the end of the packet)")
		return false
	}
	if size != 1 {
		d.printf(" [TLV length %d != 1]", size)
		return false
	}
	n := c.u16()
	choice := func(first, other string) {
		if n != 1 {
			first = other
		}
		d.printf(", %s (%d)", first, n)
	}
	switch kind {
	case 9:
		d.printf(", %d", n)
	case 6:
		choice("Enabled", "Disabled")
	case 3:
		d.printf(", %s (%d)", NamesT{1: "SRT", 2: "SRB", 3: "Auto"}.of(n, "Unknown"), n)
	case 7:
		choice("SRB", "SRT")
	case 10:
		choice("Backup", "Not backup")
	default:
		d.unknown(whole, "\n\t\t  ", 4)
	}
	return true
}

var dtpFields = NamesT{1: "Domain", 2: "Status", 3: "DTP type", 4: "Neighbor"}

// dtp prints the Dynamic Trunking Protocol.
func (d *dissector) dtp(v view) {
	d.proto = "dtp"
	if v.length < 1 {
		d.print("[zero packet length]")
		d.invalidRest(v)
		return
	}
	d.printf("DTPv%d, length %d", v.u8(0), v.length)
	if d.Verbose == 0 {
		return
	}
	for c := v.cursor(1); c.left() > 0; {
		if c.left() < 4 {
			d.printf("[%d bytes remaining]", c.left())
			d.invalidRest(c.rest())
			return
		}
		kind, size := c.view.u16(c.at), c.view.u16(c.at+2)
		if kind == 0 {
			return
		}
		d.printf("\n\t%s (0x%04x) TLV, length %d", dtpFields.of(kind, "Unknown"), kind, size)
		fits := size >= 4 && size <= c.left()
		if !fits {
			d.printf("[TLV length %d]", size)
		} else if want := map[int]int{2: 5, 3: 5, 4: 10}[kind]; want != 0 {
			fits = size == want
		}
		if !fits {
			d.invalidRest(c.rest())
			return
		}
		at := c.at + 4
		switch kind {
		case 1:
			d.print(", ")
			d.padded(v.cursor(at), size-4)
		case 2, 3:
			d.printf(", 0x%x", v.u8(at))
		case 4:
			d.printf(", %s", mac(v.bytes(at, 6)))
		default:
			v.bytes(c.at, size)
		}
		c.at += size
	}
}
