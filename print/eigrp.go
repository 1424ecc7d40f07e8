package print

import "net/netip"

var (
	eigrpOps    = NamesT{1: "Update", 3: "Query", 4: "Reply", 5: "Hello", 6: "IPX SAP", 7: "Probe"}
	eigrpFlags  = FlagsT{{1, "Init"}, {2, "Conditionally Received"}, {4, "Restart Flag"}, {8, "End-of-Table"}}
	eigrpFields = NamesT{eigrpParameters: "General Parameters", 2: "Authentication", 3: "Sequence", eigrpVersion: "Software Version", 5: "Next Multicast Sequence",
		eigrpInternal: "IP Internal routes", eigrpExternal: "IP External routes", 0x0104: "IP Community", eigrpATInternal: "AppleTalk Internal routes", eigrpATExternal: "AppleTalk External routes",
		eigrpATCable: "AppleTalk Cable setup", 0x0302: "IPX Internal routes", 0x0303: "IPX External routes"}
	eigrpOrigins = NamesT{1: "IGRP", 2: "EIGRP", 3: "Static", 4: "RIP", 5: "Hello", 6: "OSPF", 7: "IS-IS", 8: "EGP", 9: "BGP", 10: "IDRP", 11: "Connected"}
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

// eigrp prints Cisco's EIGRP (RFC 7868).
func (d *dissector) eigrp(v view) {
	const header, field = 20, 4
	d.proto = "eigrp"
	if len(v.b) < header {
		d.cut()
	}
	if version := v.u8(0); version != 2 {
		d.printf("EIGRP version %d packet not supported", version)
		return
	}
	op := v.u8(1)
	if d.Verbose == 0 {
		d.printf("EIGRP %s, length: %d", eigrpOps.of(op, "unknown, type: %d"), v.length)
		return
	}
	if v.length < header {
		d.printf("EIGRP %s, length: %d (too short, < %d)", eigrpOps.of(op, "unknown, type: %d"), v.length, header)
		return
	}
	d.printf("\n\tEIGRP v2, opcode: %s (%d), chksum: 0x%04x, Flags: [%s]", eigrpOps.of(op, "unknown, type: %d"), op, v.u16(2), eigrpFlags.of(int(v.u32(4)), ", "))
	d.printf("\n\tseq: 0x%08x, ack: 0x%08x, VRID: %d, AS: %d, length: %d", v.u32(8), v.u32(12), v.u16(16), v.u16(18), v.length-header)
	for c := v.cursor(header); c.left() > 0; {
		if !c.has(field) {
			d.cut()
		}
		kind, size := c.view.u16(c.at), c.view.u16(c.at+2)
		if size < field || size > c.left() {
			d.unknown(c.from(c.at+field), "\n\t    ", c.left())
			return
		}
		d.printf("\n\t  %s TLV (0x%04x), length: %d", eigrpFields.of(kind, "Unknown"), kind, size)
		if !c.has(size) {
			d.cut()
		}
		value := newView(c.bytes(size)[field:], size-field)
		d.eigrpField(value.cursor(0), kind)
		if d.Verbose > 1 {
			d.unknown(value, "\n\t    ", value.length)
		}
	}
}

// eigrpField prints the value of a field.
func (d *dissector) eigrpField(c *cursor, kind int) {
	const header = 4
	if least := map[int]int{eigrpParameters: 8, eigrpVersion: 4, eigrpInternal: 24, eigrpExternal: 44, eigrpATInternal: 24, eigrpATExternal: 36, eigrpATCable: 8}[kind]; c.length < least {
		d.printf(" (too short, < %d)", least+header)
		return
	}
	switch kind {
	case eigrpParameters:
		d.printf("\n\t    holdtime: %ds, k1 %d, k2 %d, k3 %d, k4 %d, k5 %d", c.view.u16(6), c.u8(), c.u8(), c.u8(), c.u8(), c.u8())
	case eigrpVersion:
		d.printf("\n\t    IOS version: %d.%d, EIGRP version %d.%d", c.u8(), c.u8(), c.u8(), c.u8())
	case eigrpInternal, eigrpExternal:
		d.eigrpRoute(c, kind == eigrpExternal)
	case eigrpATCable:
		d.printf("\n\t    Cable-range: %d-%d, Router-ID %d", c.u16(), c.u16(), c.u32())
	case eigrpATInternal, eigrpATExternal:
		metrics := 4
		if kind == eigrpATExternal {
			metrics = 20
		}
		range_ := c.view.cursor(metrics + 16)
		d.printf("\n\t     Cable-Range: %d-%d, nexthop: ", range_.u16(), range_.u16())
		if next := c.bytes(4); allZero(next) {
			d.print("self")
		} else {
			d.printf("%d.%d", newView(next, 4).u16(0), newView(next, 4).u16(2))
		}
		if kind == eigrpATExternal {
			router, as, tag, proto, bits := c.u32(), c.u32(), c.u32(), c.u8(), c.u8()
			d.printf("\n\t      origin-router %d, origin-as %d, origin-proto %s, flags [0x%02x], tag 0x%08x, metric %d", router, as, eigrpOrigins.of(proto, "unknown"), bits, tag, c.u16())
		}
		d.eigrpMetrics(c)
	default:
		if d.Verbose <= 1 {
			d.unknown(c.view, "\n\t    ", c.length)
		}
	}
}

func (d *dissector) eigrpRoute(c *cursor, external bool) {
	at := 20 // of the length of the prefix
	if external {
		at = 40
	}
	bits := c.view.u8(at)
	if bits > 32 {
		d.printf("\n\t    illegal prefix length %d", bits)
		return
	}
	var prefix [4]byte
	copy(prefix[:], c.view.bytes(at+1, (bits+7)/8))
	d.printf("\n\t    IPv4 prefix: %15s/%d, nexthop: ", d.host(netip.AddrFrom4(prefix)), bits)
	if next := c.bytes(4); allZero(next) {
		d.print("self")
	} else {
		d.print(d.ip4(next))
	}
	if external {
		router, as, tag, metric := c.bytes(4), c.u32(), c.u32(), c.u32()
		c.at += 2
		proto, bits := c.u8(), c.u8()
		d.printf("\n\t      origin-router %s, origin-as %d, origin-proto %s, flags [0x%02x], tag 0x%08x, metric %d", d.ip4(router), as, eigrpOrigins.of(proto, "unknown"), bits, tag, metric)
	}
	d.eigrpMetrics(c)
}

func (d *dissector) eigrpMetrics(c *cursor) {
	d.printf("\n\t      delay %d ms, bandwidth %d Kbps, mtu %d, hop %d, reliability %d, load %d", c.u32()/100, c.u32(), c.u24(), c.u8(), c.u8(), c.u8())
}
