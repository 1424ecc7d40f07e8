package routing

import (
	"bpfc/print/internal/dissect"
	"bpfc/print/internal/internet"
)

// What hosts and routers say about multicast: IGMP, and the routing protocols inside it.

// IGMP prints IGMP (RFC 2236, 3376).
func IGMP(d *Context, v View) {
	d.Proto = "igmp"
	d.StopIf(d.Quiet, "igmp")
	igmpMessage(d, v)
	if d.Verbose > 0 && v.Length > 3 && len(v.Data) >= v.Length && dissect.Checksum(0, v.Data[:v.Length]) != 0 {
		d.Printf(" bad igmp cksum %x!", v.U16(2))
	}
}

func igmpMessage(d *Context, v View) {
	switch kind := v.U8(0); kind {
	case 0x11:
		igmpQuery(d, v)
	case 0x12, 0x16, 0x17:
		d.Printf("igmp %s %s", Names{0x12: "v1 report", 0x16: "v2 report", 0x17: "leave"}[kind], d.IP4(v.Bytes(4, 4)))
		d.PrintfIf(kind == 0x12 && v.Length != 8, " [len %d]", v.Length)
	case 0x22:
		igmpReport(d, v)
	case 0x13:
		d.Print("igmp dvmrp")
		if v.Length < 8 {
			d.Printf(" [len %d]", v.Length)
			return
		}
		dvmrp(d, v)
	case 0x14:
		d.Print("igmp pimv1")
		pim1(d, v)
	case 0x1e, 0x1f:
		mtrace(d, v, dissect.Pick(kind == 0x1f, "mtrace", "mresp"))
	default:
		d.Printf("igmp-%d", kind)
	}
}

func igmpQuery(d *Context, v View) {
	d.Print("igmp query")
	if v.Length >= 12 {
		d.Print(" v3")
		igmpResponseTime(d, v.U8(1))
		if group := v.Bytes(4, 4); !dissect.AllZero(group) {
			d.Printf(" [gaddr %s", d.IP4(group))
			if n := v.U16(10); v.Length < 12+4*n {
				d.Print(" [invalid number of sources]")
			} else if n > 0 {
				internet.Sources(d, v.From(12), n, 4)
			}
			d.Print("]")
		}
		return
	}
	if v.U8(1) != 0 {
		d.Print(" v2")
		if v.U8(1) != 100 {
			d.Printf(" [max resp time %d]", v.U8(1))
		}
	} else {
		d.Print(" v1")
	}
	if group := v.Bytes(4, 4); !dissect.AllZero(group) {
		d.Printf(" [gaddr %s]", d.IP4(group))
	}
	d.PrintfIf(v.Length != 8, " [len %d]", v.Length)
}

// igmpReport prints a report of version 3.
func igmpReport(d *Context, v View) {
	d.Print("igmp v3 report")
	if v.Length < 16 || v.Length%4 != 0 {
		d.Printf(" [invalid len %d]", v.Length)
		return
	}
	d.Printf(", %d group record(s)", v.U16(6))
	if d.Verbose > 0 {
		internet.GroupRecords(d, v, 4, false, " [v3-report-#%d]")
	}
}

// igmpResponseTime prints the time of a query of version 3, in tenths of a
// second with an exponent, where it is not the usual ten seconds.
func igmpResponseTime(d *Context, code int) {
	tenths := code
	if code >= 128 {
		tenths = (code&15 | 16) << (code>>4&7 + 3)
	}
	switch {
	case tenths == 100:
	case tenths < 600:
		d.Printf(" [max resp time %d.%ds]", tenths/10, tenths%10)
	default:
		d.Printf(" [max resp time %s]", dissect.RelativeTime(uint32(tenths/10)))
	}
}

// mtrace prints a request to trace a route, or the same with hops or on its way.
func mtrace(d *Context, v View, name string) {
	const size = 24
	if v.Length < size {
		d.Printf(" [invalid len %d]", v.Length)
		return
	}
	d.Form(v.Cursor(0), name+" %3@21d: %4@8a to %4@12a reply-to %4@16a")
	if group := v.Bytes(4, 4); group[0]&0xf0 == 0xe0 {
		d.Printf(" with-ttl %d", v.U8(20))
	}
}

// dvmrp prints the Distance Vector Multicast Routing Protocol (RFC 1075).
func dvmrp(d *Context, v View) {
	d.Proto = "dvmrp"
	kind := v.U8(1)
	d.Print(dvmrpMessages.Values.Name(kind, " [type %d]"))
	body := v.From(8)
	if kind == 6 { // version: as it lies in memory, minor and major
		d.Printf(" (v %d.%d):", v.LE32(4)>>24, v.LE32(4)>>16&0xff)
	}
	dvmrpMessages.Value(d, kind, body)
}

// dvmrpMessages are its messages.
var dvmrpMessages = List{Loose: true, Values: Values{
	1: {" Probe", 0, dvmrpProbe}, 2: {" Report", 0, nil}, 3: {" Ask-neighbors", 0, nil}, 4: {" Neighbors", 0, nil}, 5: {" Ask-neighbors2", 0, nil}, 6: {" Neighbors2", 0, dvmrpNeighbors},
	7: {" Prune", 0, dissect.Form(" src %4a grp %4a| timer %4n", relativeTime)}, 8: {" Graft", 0, dissect.Form(" src %4a grp %4a")}, 9: {" Graft-ACK", 0, dissect.Form(" src %4a grp %4a")},
}}

func relativeTime(n int) string { return dissect.RelativeTime(uint32(n)) }

func dvmrpProbe(d *Context, c *Cursor) {
	if d.Verbose > 0 {
		d.Form(c, " genid 0x%4x")
		for c.Has(4) {
			d.Form(c, "\n\tneighbor %4a")
		}
	}
}

var dvmrpFlags = Flags{{0x01, "/tunnel"}, {0x02, "/srcrt"}, {0x10, "/down"}, {0x20, "/disabled"}, {0x40, "/querier"}, {0x80, "/leaf"}}

func dvmrpNeighbors(d *Context, c *Cursor) {
	for c.Left() > 0 && c.Has(1) {
		local := d.IP4(c.Bytes(4))
		metric, threshold, bits := c.U8(), c.U8(), c.U8()
		for range c.U8() {
			if !c.Has(1) {
				return
			}
			d.Printf(" [%s -> %s (%d/%d", local, d.IP4(c.Bytes(4)), metric, threshold)
			for _, f := range dvmrpFlags {
				d.If(bits&f.Bit != 0, f.Name)
			}
			d.Print(")]")
		}
	}
}

// pim1 prints version 1 of Protocol Independent Multicast.
func pim1(d *Context, v View) {
	d.Proto = "pimv1"
	kind := v.U8(1)
	d.Print(pim1Messages.Values.Name(kind, " [type %d]"))
	pim1Messages.Value(d, kind, v)
	if version := v.U8(4) >> 4; version != 1 {
		d.Printf(" [v%d]", version)
	}
}

// pim1Messages are its messages, which are printed with their heads.
var pim1Messages = List{Loose: true, Values: Values{
	0: {" Query", 0, func(d *Context, c *Cursor) {
		if len(c.Data) > 8 {
			d.Form(c, "%1@8[0-3]n", Names{0: " Dense-mode", 1: " Sparse-mode", 2: " Sparse-Dense-mode"}.Or(" mode-%d"))
		}
		if d.Verbose > 0 {
			d.Form(c, " (Hold-time |%2@10n)", relativeTime)
		}
	}},
	1: {"", 0, dissect.Form(" Register for %4@20a > %4@24a")}, 2: {"", 0, dissect.Form(" Register-Stop for %4@8a > %4@12a")}, 3: {" Join/Prune", 0, pim1Groups},
	4: {" RP-reachable", 0, func(d *Context, c *Cursor) {
		if d.Verbose > 0 {
			d.Form(c, " group %4@8a%4@12v RP %4@16a hold %2@22n", slashMask, relativeTime)
		}
	}},
	5: {"", 0, dissect.Form(" Assert for %4@16a > %4@8a%4@12v| %1@20[0]n pref %4@20[1-31]d metric %4@24d", slashMask, [2]string{"SPT", "RP-tree"})}, 6: {" Graft", 0, pim1Groups}, 7: {" Graft-ACK", 0, pim1Groups}, 8: {" Mode", 0, nil},
}}

// slashMask writes a mask that is not of all bits.
func slashMask(d *Context, b []byte) string {
	if string(b) == "\xff\xff\xff\xff" {
		return ""
	}
	return "/" + d.IP4(b)
}

// pim1Groups prints groups to join or to leave, on one line if it is only one.
func pim1Groups(d *Context, c *Cursor) {
	if d.Verbose == 0 {
		return
	}
	if c.Length < 8 {
		d.Mark()
		return
	}
	v := c.From(8)
	if len(v.Data) >= 30 && v.U8(11) == 1 && v.U16(20)+v.U16(22) == 1 {
		d.Printf(" RPF %s ", d.IP4(v.Bytes(0, 4)))
		if hold := v.U16(6); hold != 180 {
			d.Printf("Hold %s", dissect.RelativeTime(uint32(hold)))
		}
		d.Printf("%s (%s/%d, %s", dissect.Pick(v.U16(20) != 0, "Join", "Prune"), d.IP4(v.Bytes(26, 4)), v.U8(25)&0x3f, d.IP4(v.Bytes(12, 4)))
		d.Print(slashMask(d, v.Bytes(16, 4)))
		d.Printf(") %s%s %s", dissect.Pick(v.U8(24)&1 != 0, "Sparse", "Dense"), dissect.If(v.U8(25)&0x80 != 0, " WC"), dissect.Pick(v.U8(25)&0x40 != 0, "RP", "SPT"))
		return
	}
	line := dissect.If(d.Verbose > 1, "\n")
	d.Printf("%s Upstream Nbr: %s", line, d.IP4(v.Bytes(0, 4)))
	d.Printf("%s Hold time: %s", line, dissect.RelativeTime(uint32(v.U16(6))))
	if d.Verbose < 2 {
		return
	}
	c = v.Cursor(8)
	head := c.Take(4)
	for range head.U8(3) {
		d.Form(c, "\n\tGroup: %4a|%4v", slashMask)
		joins, prunes := c.U16(), c.U16()
		d.Printf(" joined: %d pruned: %d", joins, prunes)
		for i := range joins + prunes {
			s := c.Take(6)
			d.Printf("\n\t%s %s%s%s%s/%d", dissect.Pick(i < joins, "Join ", "Prune"), dissect.Pick(s.U8(0)&1 != 0, "Sparse ", "Dense "),
				dissect.If(s.U8(1)&0x80 != 0, "WC "), dissect.Pick(s.U8(1)&0x40 != 0, "RP ", "SPT "), d.IP4(s.Bytes(2, 4)), s.U8(1)&0x3f)
		}
	}
}

// AutoRP prints how Cisco's routers find rendezvous points.
func AutoRP(d *Context, v View) {
	d.Proto = "cisco_autorp"
	d.CutIf(v.Length < 8)
	c := v.Cursor(0)
	d.Printf(" auto-rp %s", Names{0x11: "candidate-advert", 0x12: "mapping"}.Of(c.U8(), "type-0x%02x"))
	points := c.U8()
	hold := uint32(c.U16())
	d.Printf(" Hold %s", map[bool]string{true: dissect.RelativeTime(hold), false: "FOREVER"}[hold != 0])
	c.At += 4
	for range points {
		d.CutIf(c.Left() < 4)
		d.Printf(" RP %s", d.IP4(c.Bytes(4)))
		d.CutIf(c.Left() < 1)
		bits := c.U8()
		d.Print([4]string{" PIMv?", " PIMv1", " PIMv2", " PIMv1+2"}[bits&3])
		d.PrintfIf(bits&0xfc != 0, " [rsvd=0x%02x]", bits&0xfc)
		d.CutIf(c.Left() < 1)
		separator := " "
		for range c.U8() {
			d.CutIf(c.Left() < 6)
			e := c.Take(6)
			d.Printf("%s%s%s/%d%s", separator, dissect.If(e.U8(0)&1 != 0, "!"), d.IP4(e.Bytes(2, 4)), e.U8(1), dissect.If(e.U8(0)&2 != 0, " bidir"))
			if e.U8(0)&0xfc != 0 {
				d.Printf("[rsvd=0x%02x]", e.U8(0)&0xfc)
			}
			separator = ","
		}
	}
}
