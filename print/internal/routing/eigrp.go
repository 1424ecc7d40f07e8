package routing

import (
	"net/netip"

	"bpfc/print/internal/dissect"
)

var (
	eigrpOps     = Names{1: "Update", 3: "Query", 4: "Reply", 5: "Hello", 6: "IPX SAP", 7: "Probe"}
	eigrpFlags   = Flags{{1, "Init"}, {2, "Conditionally Received"}, {4, "Restart Flag"}, {8, "End-of-Table"}}
	eigrpOrigins = Names{1: "IGRP", 2: "EIGRP", 3: "Static", 4: "RIP", 5: "Hello", 6: "OSPF", 7: "IS-IS", 8: "EGP", 9: "BGP", 10: "IDRP", 11: "Connected"}
)

// eigrpFields are the fields of a packet.
var eigrpFields = List{Head: 4, Whole: true, When: dissect.IfFits, Title: dissect.Titled("\n\t  %s TLV (0x%04x), length: %d"), Other: "Unknown", Cut: dissect.CutThere, Bytes: "\n\t    ", More: "\n\t    ",
	Ends: func(d *Context, f dissect.Fault) {
		if f.Size == dissect.HeadMissing {
			d.CutIf(len(f.Rest.Data) < 4)
			f.Rest = f.Rest.From(4)
		}
		d.Unknown(f.Rest, "\n\t    ", f.Rest.Length+4)
	},
	Short: func(d *Context, f dissect.Fault) { d.Printf(" (too short, < %d)", f.Least+4) },
	Values: Values{
		0x0001: {"General Parameters", 8, dissect.Form("\n\t    holdtime: %2@6ds, k1 %1d, k2 %1d, k3 %1d, k4 %1d, k5 %1d")}, 0x0002: {"Authentication", 0, nil}, 0x0003: {"Sequence", 0, nil},
		0x0004: {"Software Version", 4, dissect.Form("\n\t    IOS version: %1d.%1d, EIGRP version %1d.%1d")}, 0x0005: {"Next Multicast Sequence", 0, nil},
		0x0102: {"IP Internal routes", 24, func(d *Context, c *Cursor) { eigrpRoute(d, c, "", 20) }},
		0x0103: {"IP External routes", 44, func(d *Context, c *Cursor) {
			eigrpRoute(d, c, "\n\t      origin-router %4a, origin-as %4d, origin-proto %1@18n, flags [0x%1@19x], tag 0x%4x, metric %4d|%4_", 40)
		}},
		0x0202: {"AppleTalk Internal routes", 24, func(d *Context, c *Cursor) { eigrpRange(d, c, "", 20) }},
		0x0203: {"AppleTalk External routes", 36, func(d *Context, c *Cursor) {
			eigrpRange(d, c, "\n\t      origin-router %4d, origin-as %4d, origin-proto %1@12n, flags [0x%1@13x], tag 0x%4x, metric %2@14d|%4_", 36)
		}},
		0x0204: {"AppleTalk Cable setup", 8, dissect.Form("\n\t    Cable-range: %2d-%2d, Router-ID %4d")}, 0x0302: {"IPX Internal routes", 0, nil}, 0x0303: {"IPX External routes", 0, nil},
	}}

// EIGRP prints Cisco's EIGRP (RFC 7868).
func EIGRP(d *Context, v View) {
	const header = 20
	d.Proto = "eigrp"
	d.CutIf(len(v.Data) < header)
	if version := v.U8(0); version != 2 {
		d.Printf("EIGRP version %d packet not supported", version)
		return
	}
	op := v.U8(1)
	d.StopIf(d.Verbose == 0, "EIGRP %s, length: %d", eigrpOps.Of(op, "unknown (%d)"), v.Length)
	d.StopIf(v.Length < header, "EIGRP %s, length: %d (too short, < %d)", eigrpOps.Of(op, "unknown, type: %d"), v.Length, header)
	d.Printf("\n\tEIGRP v2, opcode: %s (%d), chksum: 0x%04x, Flags: [%s]", eigrpOps.Of(op, "unknown, type: %d"), op, v.U16(2), eigrpFlags.Of(int(v.U32(4)), ", "))
	d.Printf("\n\tseq: 0x%08x, ack: 0x%08x, VRID: %d, AS: %d, length: %d", v.U32(8), v.U32(12), v.U16(16), v.U16(18), v.Length-header)
	eigrpFields.Print(d, v.Cursor(header))
}

// eigrpRoute prints a route, whose prefix is at an offset, and what an external one adds before the metrics.
func eigrpRoute(d *Context, c *Cursor, external string, at int) {
	bits := c.View.U8(at)
	if bits > 32 {
		d.Printf("\n\t    illegal prefix length %d", bits)
		return
	}
	var prefix [4]byte
	copy(prefix[:], c.View.Bytes(at+1, (bits+7)/8))
	d.Printf("\n\t    IPv4 prefix: %15s/%d, nexthop: ", d.Host(netip.AddrFrom4(prefix)), bits)
	d.Form(c, "%4v", orSelf)
	eigrpMetrics(d, c, external)
}

// eigrpRange prints a range of cables, which is at an offset, and the same.
func eigrpRange(d *Context, c *Cursor, external string, at int) {
	d.Form(c.View.Cursor(at), "\n\t     Cable-Range: %2d-%2d, nexthop: ")
	d.Form(c, "%4?{%=[0-15]d.%=[16-31]d}{self}")
	eigrpMetrics(d, c, external)
}

// orSelf writes an address; one of zeros is that of who says so.
func orSelf(d *Context, b []byte) string {
	return dissect.Pick(dissect.AllZero(b), "self", d.Address(b))
}

func eigrpMetrics(d *Context, c *Cursor, external string) {
	d.Form(c, external, eigrpOrigins)
	d.Printf("\n\t      delay %d ms, bandwidth %d Kbps, mtu %d, hop %d, reliability %d, load %d", c.U32()/100, c.U32(), c.U24(), c.U8(), c.U8(), c.U8())
}
