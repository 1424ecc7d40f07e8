package routing

import (
	"fmt"

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
	tenths := v.U8(1)
	d.Print(dissect.Pick(tenths != 0, " v2", " v1"))
	d.PrintfIf(tenths != 0 && tenths != 100, " [max resp time %d]", tenths)
	d.Form(v.Cursor(4), "%4?{ [gaddr %4@0a]}")
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
		d.Form(v.Cursor(0), " RPF %4a "+dissect.If(v.U16(6) != 180, "Hold %2@6t")+"%2@20n (%4@26a/%1@25[2-7]d, %4@12a%4@16v) %1@24[7]n%1@25[0]?{ WC} %=[1]n",
			[2]string{"Prune", "Join"}, slashMask, [2]string{"Dense", "Sparse"}, [2]string{"SPT", "RP"})
		return
	}
	d.Form(v.Cursor(0), "%2+{\n} Upstream Nbr: %4@0a|%2+{\n} Hold time: %2@6t")
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
			d.Form(c, dissect.Pick(i < joins, "\n\tJoin  ", "\n\tPrune ")+"%1[7]n%1[0]?{WC }%=[1]n%4a/%1@1[2-7]d", [2]string{"Dense ", "Sparse "}, [2]string{"SPT ", "RP "})
		}
	}
}

// AutoRP prints how Cisco's routers find rendezvous points.
func AutoRP(d *Context, v View) {
	d.Proto = "cisco_autorp"
	d.CutIf(v.Length < 8)
	c := v.Cursor(0)
	d.Form(c, " auto-rp %1n|%1_%2?{ Hold %=t}{ Hold FOREVER}", Names{0x11: "candidate-advert", 0x12: "mapping"}.Or("type-0x%02x"))
	c.At += 4
	reserved := func(n int) string { return dissect.If(n != 0, fmt.Sprintf("[rsvd=0x%02x]", n<<2)) }
	versions := Names{0: " PIMv?", 1: " PIMv1", 2: " PIMv2", 3: " PIMv1+2"}
	for range v.U8(1) {
		d.CutIf(!d.Try(func() {
			d.Form(c, "%4! RP %4a%1!%1[6-7]n%=[0-5]?{ }%=[0-5]n%1!", versions, reserved)
			for i := range c.U8() {
				d.Form(c, "%6!"+dissect.Pick(i == 0, " ", ",")+"%1[7]?{!}%4@2a/%1d%4_%1@0[6]?{ bidir}%=[0-5]n", reserved)
			}
		}))
	}
}
