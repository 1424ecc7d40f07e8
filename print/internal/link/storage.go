package link

import "bpfc/print/internal/dissect"

// ATA over Ethernet.

var (
	aoeFlags    = Flags{{0x08, "Response"}, {0x04, "Error"}, {0x02, "MBZ-1"}, {0x01, "MBZ-0"}}
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
	d.LeaveIf(version != 1, "")
	d.InvalidRestIf(v.Length < header, v)
	bits := v.U8(0) & 15
	d.Printf(", Flags: [%s]", aoeFlags.Of(bits, ", "))
	if d.Verbose == 0 {
		return
	}
	d.PrintfIf(bits&4 != 0, "\n\tError: %s", aoeErrors.Of(v.U8(1), "Invalid (%d)"))
	d.Form(v.Cursor(2), "\n\tMajor: 0x%2x|, Minor: 0x%1x|, Command: %1n|, Tag: 0x%4x", func(n int) string { return aoeCommands.Values.Name(n, "Unknown (0x%02x)") })
	aoeCommands.Value(d, v.U8(5), v.From(header))
}

// aoeCommands are what may be asked for.
var aoeCommands = List{Short: dissect.InvalidHere, Rejected: func(d *Context, c *Cursor) { d.InvalidRest(c.Rest()) }, Values: Values{
	0: {"Issue ATA Command", 12, func(d *Context, c *Cursor) {
		d.Form(c, "\n\tAFlags: [%1n]|, Err/Feature: %1d|, Sector Count: %1d|, Cmd/Status: %1d|\n\tlba0: %1d|, lba1: %1d|, lba2: %1d|, lba3: %1d|, lba4: %1d|, lba5: %1d|%2_", ataFlags)
		d.PrintfIf(c.Left() > 0, "\n\tData: %d bytes", c.Left())
	}},
	1: {"Query Config Information", 8, func(d *Context, c *Cursor) {
		d.Form(c, "\n\tBuffer Count: %2d|, Firmware Version: %2d|, Sector Count: %1d|, AoE: %1[0-3]d, CCmd: %=[4-7]n", aoeQueries.Or("Unknown (0x02x)"))
		size := c.U16()
		dissect.RejectIf(size > 1024 || size > c.Left())
		d.PrintfIf(size > 0, "\n\tConfig String (length %d): ", size)
		d.Counted(c, size)
	}},
	2: {"MAC Mask List", 4, func(d *Context, c *Cursor) {
		d.Form(c, "%1_\n\tMCmd: %1n|, MError: %1n|, Dir Count: %1d", aoeMasks.Or("Unknown (0x%02x)"), aoeMaskBad.Or("Unknown (0x%02x)"))
		n := c.View.U8(3)
		dissect.RejectIf(n*8 > c.Left())
		for range n {
			d.Form(c, "%1_\n\t DCmd: %1n|, Ethernet Address: %6m", aoeMaskWhat.Or("Unknown (0x%02x)"))
		}
	}},
	3: {"Reserve/Release", 2, func(d *Context, c *Cursor) {
		dissect.RejectIf((c.Length-2)%6 != 0)
		d.Form(c, "\n\tRCmd: %1n|, NMacs: %1d", aoeReserve.Or("Unknown (0x%02x)"))
		n := c.View.U8(1)
		dissect.RejectIf(n*6 != c.Left())
		for i := range n {
			d.Printf("\n\tEthernet Address %d: %s", i, d.MAC(c.Bytes(6)))
		}
	}},
}}
