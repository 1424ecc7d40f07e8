package application

import (
	"fmt"
	"net/netip"
	"time"

	"bpfc/print/internal/dissect"
)

var ahcpTypes = Names{0: "Discover", 1: "Offer", 2: "Request", 3: "Ack", 4: "Nack", 5: "Release"}

// AHCP prints the Ad-Hoc Configuration Protocol, with -v its head, with -vv its options.
func AHCP(d *Context, v View) {
	const header, magic = 24, 43
	d.Proto = "ahcp"
	d.Print("AHCP")
	d.InvalidRestIf(v.Length < 2 || v.U8(0) != magic, v)
	version := v.U8(1)
	d.Printf(" Version %d", version)
	if version != 1 || d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.InvalidRestIf(v.Length < header+4, v)
	d.Printf("\n\tHopcount %d, Original Hopcount %d, Nonce 0x%08x, Source Id %s, Destination Id %s", v.U8(2), v.U8(3), v.U32(4), d.MAC(v.Bytes(8, 8)), d.MAC(v.Bytes(16, 8)))
	d.Printf("\n\t%s, Length %d", ahcpTypes.Of(v.U8(header), "Unknown-%d"), v.U16(header+2))
	if c := v.Cursor(header + 4); d.Verbose > 1 && v.U16(header+2) > 0 {
		size := v.U16(header + 2)
		d.InvalidRestIf(size > c.Left(), v)
		ahcpOptions(d, dissect.NewView(c.Rest().Data, size).Cursor(0))
	}
	v.NeedAll()
}

// ahcpRow is an option: its name and how its values are printed, as many as there are; rejected if one makes no sense.
type ahcpRow struct {
	name  string
	print func(d *Context, c *Cursor)
}

// ahcpList prints values of so many bytes, which may be none.
func ahcpList(size int, text func(b []byte) string) func(d *Context, c *Cursor) {
	return func(d *Context, c *Cursor) {
		for first := true; c.Left() > 0; first = false {
			dissect.RejectIf(c.Left() < size)
			d.Printf("%s%s", dissect.Pick(first, ": ", ", "), text(c.Bytes(size)))
		}
	}
}

func ahcpRows() map[int]ahcpRow {
	address := func(b []byte) string {
		a, _ := netip.AddrFromSlice(b)
		return dissect.AddressText(a)
	}
	prefix := func(b []byte) string { return fmt.Sprintf("%s/%d", address(b[:len(b)-1]), b[len(b)-1]) }
	return map[int]ahcpRow{
		2: {"Origin Time", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() != 4)
			d.Print(time.Unix(int64(c.U32()), 0).UTC().Format(": 2006-01-02 15:04:05 UTC"))
		}},
		3: {"Expires", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() != 4)
			d.Printf(": %ds", c.U32())
		}},
		4: {"My-IPv6-Address", ahcpList(16, address)}, 5: {"My-IPv4-Address", ahcpList(4, address)},
		6: {"IPv6 Prefix", ahcpList(17, prefix)}, 7: {"IPv4 Prefix", nil},
		8: {"IPv6 Address", ahcpList(16, address)}, 9: {"IPv4 Address", ahcpList(4, address)},
		10: {"IPv6 Prefix Delegation", ahcpList(17, prefix)}, 11: {"IPv4 Prefix Delegation", ahcpList(5, prefix)},
		12: {"Name Server", ahcpList(16, address)}, 13: {"NTP Server", ahcpList(16, address)},
	}
}

// ahcpOptions prints options, each on a line.
func ahcpOptions(d *Context, c *Cursor) {
	rows := ahcpRows()
	for c.Left() > 0 {
		kind := c.U8()
		row := rows[kind]
		switch {
		case kind == 0:
			d.Print("\n\t Pad")
			continue
		case kind == 1: // without a length, as the one before
			d.Print("\n\t Mandatory")
			continue
		case row.name == "":
			row.name = fmt.Sprintf("Unknown-%d", kind)
		}
		d.Printf("\n\t %s", row.name)
		d.InvalidRestIf(c.Left() < 1, c.Rest())
		size := c.U8()
		d.InvalidRestIf(size > c.Left(), c.Rest())
		value := c.Take(size)
		if row.print == nil {
			d.Printf(" (Length %d)", size)
		} else if !d.Try(func() { row.print(d, value.Cursor(0)) }) {
			d.Invalid()
		}
	}
}
