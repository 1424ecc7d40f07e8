package link

import "bpfc/print/internal/dissect"

// ATA over Ethernet.

var (
	aoeFlags    = Flags{{0x08, "Response"}, {0x04, "Error"}, {0x02, "MBZ-1"}, {0x01, "MBZ-0"}}
	aoeCommands = Names{0: "Issue ATA Command", 1: "Query Config Information", 2: "MAC Mask List", 3: "Reserve/Release"}
	aoeErrors   = Names{1: "Unrecognized command code", 2: "Bad argument parameter", 3: "Device unavailable", 4: "Config string present", 5: "Unsupported version", 6: "Target is reserved"}
	ataFlags    = Flags{{0x80, "MBZ-7"}, {0x40, "Ext48"}, {0x20, "MBZ-5"}, {0x10, "Device"}, {0x08, "MBZ-3"}, {0x04, "MBZ-2"}, {0x02, "Async"}, {0x01, "Write"}}
	aoeQueries  = Names{0: "read config string", 1: "test config string", 2: "test config string prefix", 3: "set config string", 4: "force set config string"}
	aoeMasks    = Names{0: "Read Mac Mask List", 1: "Edit Mac Mask List"}
	aoeMaskBad  = Names{1: "Unspecified Error", 2: "Bad DCmd directive", 3: "Mask list full"}
	aoeMaskWhat = Names{0: "No Directive", 1: "Add mac address to mask list", 2: "Delete mac address from mask list"}
	aoeReserve  = Names{0: "Read reserve list", 1: "Set reserve list", 2: "Force set reserve list"}
)

// AoE prints ATA over Ethernet, version 1; with -v the command too.
func AoE(d *Context, v View) {
	const header = 10
	d.Proto = "aoe"
	d.Printf("AoE length %d", v.Length)
	d.InvalidRestIf(v.Length < 1, v)
	version := v.U8(0) >> 4
	d.Printf(", Ver %d", version)
	if version != 1 {
		return
	}
	d.InvalidRestIf(v.Length < header, v)
	bits := v.U8(0) & 15
	d.Printf(", Flags: [%s]", aoeFlags.Of(bits, ", "))
	if d.Verbose == 0 {
		return
	}
	if bits&4 != 0 {
		d.Printf("\n\tError: %s", aoeErrors.Of(v.U8(1), "Invalid (%d)"))
	}
	d.Printf("\n\tMajor: 0x%04x", v.U16(2))
	d.Printf(", Minor: 0x%02x", v.U8(4))
	command := v.U8(5)
	d.Printf(", Command: %s", aoeCommands.Of(command, "Unknown (0x%02x)"))
	d.Printf(", Tag: 0x%08x", v.U32(6))
	if command > 3 {
		return
	}
	c := v.From(header).Cursor(0)
	if !([]func(*Context, *Cursor) bool{aoeATA, aoeQuery, aoeMask, printAoeReserve}[command](d, c)) {
		d.InvalidRest(c.Rest())
	}
}

func aoeATA(d *Context, c *Cursor) bool {
	if c.Length < 12 {
		return false
	}
	d.Printf("\n\tAFlags: [%s]", ataFlags.Of(c.U8(), ", "))
	d.Printf(", Err/Feature: %d", c.U8())
	d.Printf(", Sector Count: %d", c.U8())
	d.Printf(", Cmd/Status: %d", c.U8())
	for i := range 6 {
		d.Printf("%slba%d: %d", []string{"\n\t", ", "}[min(i, 1)], i, c.U8())
	}
	c.U16()
	if data := c.Length - c.At; data > 0 {
		d.Printf("\n\tData: %d bytes", data)
	}
	return true
}

func aoeQuery(d *Context, c *Cursor) bool {
	if c.Length < 8 {
		return false
	}
	d.Printf("\n\tBuffer Count: %d", c.U16())
	d.Printf(", Firmware Version: %d", c.U16())
	d.Printf(", Sector Count: %d", c.U8())
	n := c.U8()
	d.Printf(", AoE: %d, CCmd: %s", n>>4, aoeQueries.Of(n&15, "Unknown (0x02x)"))
	size := c.U16()
	if size > 1024 || size > c.Length-c.At {
		return false
	}
	if size > 0 {
		d.Printf("\n\tConfig String (length %d): ", size)
		d.Counted(c, size)
	}
	return true
}

func aoeMask(d *Context, c *Cursor) bool {
	if c.Length < 4 {
		return false
	}
	c.At++
	d.Printf("\n\tMCmd: %s", aoeMasks.Of(c.U8(), "Unknown (0x%02x)"))
	d.Printf(", MError: %s", aoeMaskBad.Of(c.U8(), "Unknown (0x%02x)"))
	n := c.U8()
	d.Printf(", Dir Count: %d", n)
	if n*8 > c.Length-c.At {
		return false
	}
	for range n {
		c.At++
		d.Printf("\n\t DCmd: %s", aoeMaskWhat.Of(c.U8(), "Unknown (0x%02x)"))
		d.Printf(", Ethernet Address: %s", dissect.MAC(c.Bytes(6)))
	}
	return true
}

func printAoeReserve(d *Context, c *Cursor) bool {
	if c.Length < 2 || (c.Length-2)%6 != 0 {
		return false
	}
	d.Printf("\n\tRCmd: %s", aoeReserve.Of(c.U8(), "Unknown (0x%02x)"))
	n := c.U8()
	d.Printf(", NMacs: %d", n)
	if n*6 != c.Length-c.At {
		return false
	}
	for i := range n {
		d.Printf("\n\tEthernet Address %d: %s", i, dissect.MAC(c.Bytes(6)))
	}
	return true
}
