package print

// ATA over Ethernet.

var (
	aoeFlags    = FlagsT{{0x08, "Response"}, {0x04, "Error"}, {0x02, "MBZ-1"}, {0x01, "MBZ-0"}}
	aoeCommands = NamesT{0: "Issue ATA Command", 1: "Query Config Information", 2: "MAC Mask List", 3: "Reserve/Release"}
	aoeErrors   = NamesT{1: "Unrecognized command code", 2: "Bad argument parameter", 3: "Device unavailable", 4: "Config string present", 5: "Unsupported version", 6: "Target is reserved"}
	ataFlags    = FlagsT{{0x80, "MBZ-7"}, {0x40, "Ext48"}, {0x20, "MBZ-5"}, {0x10, "Device"}, {0x08, "MBZ-3"}, {0x04, "MBZ-2"}, {0x02, "Async"}, {0x01, "Write"}}
	aoeQueries  = NamesT{0: "read config string", 1: "test config string", 2: "test config string prefix", 3: "set config string", 4: "force set config string"}
	aoeMasks    = NamesT{0: "Read Mac Mask List", 1: "Edit Mac Mask List"}
	aoeMaskBad  = NamesT{1: "Unspecified Error", 2: "Bad DCmd directive", 3: "Mask list full"}
	aoeMaskWhat = NamesT{0: "No Directive", 1: "Add mac address to mask list", 2: "Delete mac address from mask list"}
	aoeReserve  = NamesT{0: "Read reserve list", 1: "Set reserve list", 2: "Force set reserve list"}
)

// aoe prints ATA over Ethernet, version 1; with -v the command too.
func (d *dissector) aoe(v view) {
	const header = 10
	d.proto = "aoe"
	d.printf("AoE length %d", v.length)
	if v.length < 1 {
		d.invalidRest(v)
		return
	}
	version := v.u8(0) >> 4
	d.printf(", Ver %d", version)
	if version != 1 {
		return
	}
	if v.length < header {
		d.invalidRest(v)
		return
	}
	bits := v.u8(0) & 15
	d.printf(", Flags: [%s]", aoeFlags.of(bits, ", "))
	if d.Verbose == 0 {
		return
	}
	if bits&4 != 0 {
		d.printf("\n\tError: %s", aoeErrors.of(v.u8(1), "Invalid (%d)"))
	}
	d.printf("\n\tMajor: 0x%04x", v.u16(2))
	d.printf(", Minor: 0x%02x", v.u8(4))
	command := v.u8(5)
	d.printf(", Command: %s", aoeCommands.of(command, "Unknown (0x%02x)"))
	d.printf(", Tag: 0x%08x", v.u32(6))
	if command > 3 {
		return
	}
	c := v.from(header).cursor(0)
	if !([]func(*cursor) bool{d.aoeATA, d.aoeQuery, d.aoeMask, d.aoeReserve}[command](c)) {
		d.invalidRest(c.rest())
	}
}

// invalidRest puts the mark for what makes no sense, and ends the line if what is left is not captured.
func (d *dissector) invalidRest(v view) {
	d.invalid()
	v.needAll()
}

func (d *dissector) aoeATA(c *cursor) bool {
	if c.length < 12 {
		return false
	}
	d.printf("\n\tAFlags: [%s]", ataFlags.of(c.u8(), ", "))
	d.printf(", Err/Feature: %d", c.u8())
	d.printf(", Sector Count: %d", c.u8())
	d.printf(", Cmd/Status: %d", c.u8())
	for i := range 6 {
		d.printf("%slba%d: %d", []string{"\n\t", ", "}[min(i, 1)], i, c.u8())
	}
	c.u16()
	if data := c.length - c.at; data > 0 {
		d.printf("\n\tData: %d bytes", data)
	}
	return true
}

func (d *dissector) aoeQuery(c *cursor) bool {
	if c.length < 8 {
		return false
	}
	d.printf("\n\tBuffer Count: %d", c.u16())
	d.printf(", Firmware Version: %d", c.u16())
	d.printf(", Sector Count: %d", c.u8())
	n := c.u8()
	d.printf(", AoE: %d, CCmd: %s", n>>4, aoeQueries.of(n&15, "Unknown (0x02x)"))
	size := c.u16()
	if size > 1024 || size > c.length-c.at {
		return false
	}
	if size > 0 {
		d.printf("\n\tConfig String (length %d): ", size)
		d.counted(c, size)
	}
	return true
}

func (d *dissector) aoeMask(c *cursor) bool {
	if c.length < 4 {
		return false
	}
	c.at++
	d.printf("\n\tMCmd: %s", aoeMasks.of(c.u8(), "Unknown (0x%02x)"))
	d.printf(", MError: %s", aoeMaskBad.of(c.u8(), "Unknown (0x%02x)"))
	n := c.u8()
	d.printf(", Dir Count: %d", n)
	if n*8 > c.length-c.at {
		return false
	}
	for range n {
		c.at++
		d.printf("\n\t DCmd: %s", aoeMaskWhat.of(c.u8(), "Unknown (0x%02x)"))
		d.printf(", Ethernet Address: %s", mac(c.bytes(6)))
	}
	return true
}

func (d *dissector) aoeReserve(c *cursor) bool {
	if c.length < 2 || (c.length-2)%6 != 0 {
		return false
	}
	d.printf("\n\tRCmd: %s", aoeReserve.of(c.u8(), "Unknown (0x%02x)"))
	n := c.u8()
	d.printf(", NMacs: %d", n)
	if n*6 != c.length-c.at {
		return false
	}
	for i := range n {
		d.printf("\n\tEthernet Address %d: %s", i, mac(c.bytes(6)))
	}
	return true
}
