package routing

import (
	"net/netip"

	"bpfc/print/internal/dissect"
)

var (
	eigrpOps    = Names{1: "Update", 3: "Query", 4: "Reply", 5: "Hello", 6: "IPX SAP", 7: "Probe"}
	eigrpFlags  = Flags{{1, "Init"}, {2, "Conditionally Received"}, {4, "Restart Flag"}, {8, "End-of-Table"}}
	eigrpFields = Names{eigrpParameters: "General Parameters", 2: "Authentication", 3: "Sequence", eigrpVersion: "Software Version", 5: "Next Multicast Sequence",
		eigrpInternal: "IP Internal routes", eigrpExternal: "IP External routes", 0x0104: "IP Community", eigrpATInternal: "AppleTalk Internal routes", eigrpATExternal: "AppleTalk External routes",
		eigrpATCable: "AppleTalk Cable setup", 0x0302: "IPX Internal routes", 0x0303: "IPX External routes"}
	eigrpOrigins = Names{1: "IGRP", 2: "EIGRP", 3: "Static", 4: "RIP", 5: "Hello", 6: "OSPF", 7: "IS-IS", 8: "EGP", 9: "BGP", 10: "IDRP", 11: "Connected"}
)

const (
	eigrpParameters = 0x0001
	eigrpVersion    = 0x0004
	eigrpInternal   = 0x0102
	eigrpExternal   = 0x0103
	eigrpATInternal = 0x0202
	eigrpATExternal = 0x0203
	eigrpATCable    = 0x0204
)

// EIGRP prints Cisco's EIGRP (RFC 7868).
func EIGRP(d *Context, v View) {
	const header, field = 20, 4
	d.Proto = "eigrp"
	d.CutIf(len(v.Data) < header)
	if version := v.U8(0); version != 2 {
		d.Printf("EIGRP version %d packet not supported", version)
		return
	}
	op := v.U8(1)
	d.StopIf(d.Verbose == 0, "EIGRP %s, length: %d", eigrpOps.Of(op, "unknown, type: %d"), v.Length)
	d.StopIf(v.Length < header, "EIGRP %s, length: %d (too short, < %d)", eigrpOps.Of(op, "unknown, type: %d"), v.Length, header)
	d.Printf("\n\tEIGRP v2, opcode: %s (%d), chksum: 0x%04x, Flags: [%s]", eigrpOps.Of(op, "unknown, type: %d"), op, v.U16(2), eigrpFlags.Of(int(v.U32(4)), ", "))
	d.Printf("\n\tseq: 0x%08x, ack: 0x%08x, VRID: %d, AS: %d, length: %d", v.U32(8), v.U32(12), v.U16(16), v.U16(18), v.Length-header)
	for c := v.Cursor(header); c.Left() > 0; {
		d.CutIf(!c.Has(field))
		kind, size := c.View.U16(c.At), c.View.U16(c.At+2)
		if size < field || size > c.Left() {
			d.Unknown(c.From(c.At+field), "\n\t    ", c.Left())
			return
		}
		d.Printf("\n\t  %s TLV (0x%04x), length: %d", eigrpFields.Of(kind, "Unknown"), kind, size)
		d.CutIf(!c.Has(size))
		value := dissect.NewView(c.Bytes(size)[field:], size-field)
		eigrpField(d, value.Cursor(0), kind)
		if d.Verbose > 1 {
			d.Unknown(value, "\n\t    ", value.Length)
		}
	}
}

// eigrpField prints the value of a field.
func eigrpField(d *Context, c *Cursor, kind int) {
	const header = 4
	if least := map[int]int{eigrpParameters: 8, eigrpVersion: 4, eigrpInternal: 24, eigrpExternal: 44, eigrpATInternal: 24, eigrpATExternal: 36, eigrpATCable: 8}[kind]; c.Length < least {
		d.Printf(" (too short, < %d)", least+header)
		return
	}
	switch kind {
	case eigrpParameters:
		d.Printf("\n\t    holdtime: %ds, k1 %d, k2 %d, k3 %d, k4 %d, k5 %d", c.View.U16(6), c.U8(), c.U8(), c.U8(), c.U8(), c.U8())
	case eigrpVersion:
		d.Printf("\n\t    IOS version: %d.%d, EIGRP version %d.%d", c.U8(), c.U8(), c.U8(), c.U8())
	case eigrpInternal, eigrpExternal:
		eigrpRoute(d, c, kind == eigrpExternal)
	case eigrpATCable:
		d.Printf("\n\t    Cable-range: %d-%d, Router-ID %d", c.U16(), c.U16(), c.U32())
	case eigrpATInternal, eigrpATExternal:
		metrics := 4
		if kind == eigrpATExternal {
			metrics = 20
		}
		range_ := c.View.Cursor(metrics + 16)
		d.Printf("\n\t     Cable-Range: %d-%d, nexthop: ", range_.U16(), range_.U16())
		if next := c.Bytes(4); dissect.AllZero(next) {
			d.Print("self")
		} else {
			d.Printf("%d.%d", dissect.NewView(next, 4).U16(0), dissect.NewView(next, 4).U16(2))
		}
		if kind == eigrpATExternal {
			router, as, tag, proto, bits := c.U32(), c.U32(), c.U32(), c.U8(), c.U8()
			d.Printf("\n\t      origin-router %d, origin-as %d, origin-proto %s, flags [0x%02x], tag 0x%08x, metric %d", router, as, eigrpOrigins.Of(proto, "unknown"), bits, tag, c.U16())
		}
		eigrpMetrics(d, c)
	default:
		if d.Verbose <= 1 {
			d.Unknown(c.View, "\n\t    ", c.Length)
		}
	}
}

func eigrpRoute(d *Context, c *Cursor, external bool) {
	at := 20 // of the length of the prefix
	if external {
		at = 40
	}
	bits := c.View.U8(at)
	if bits > 32 {
		d.Printf("\n\t    illegal prefix length %d", bits)
		return
	}
	var prefix [4]byte
	copy(prefix[:], c.View.Bytes(at+1, (bits+7)/8))
	d.Printf("\n\t    IPv4 prefix: %15s/%d, nexthop: ", d.Host(netip.AddrFrom4(prefix)), bits)
	if next := c.Bytes(4); dissect.AllZero(next) {
		d.Print("self")
	} else {
		d.Print(d.IP4(next))
	}
	if external {
		router, as, tag, metric := c.Bytes(4), c.U32(), c.U32(), c.U32()
		c.At += 2
		proto, bits := c.U8(), c.U8()
		d.Printf("\n\t      origin-router %s, origin-as %d, origin-proto %s, flags [0x%02x], tag 0x%08x, metric %d", d.IP4(router), as, eigrpOrigins.Of(proto, "unknown"), bits, tag, metric)
	}
	eigrpMetrics(d, c)
}

func eigrpMetrics(d *Context, c *Cursor) {
	d.Printf("\n\t      delay %d ms, bandwidth %d Kbps, mtu %d, hop %d, reliability %d, load %d", c.U32()/100, c.U32(), c.U24(), c.U8(), c.U8(), c.U8())
}
