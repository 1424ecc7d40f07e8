package routing

import "bpfc/print/internal/dissect"

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
	case 0x12, 0x16:
		d.Printf("igmp v%d report %s", map[int]int{0x12: 1, 0x16: 2}[kind], d.IP4(v.Bytes(4, 4)))
		d.PrintfIf(v.Length != 8, " [len %d]", v.Length)
	case 0x17:
		d.Printf("igmp leave %s", d.IP4(v.Bytes(4, 4)))
		d.PrintfIf(v.Length != 8, " [len %d]", v.Length)
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
	case 0x1e:
		mtraceResponse(d, v)
	case 0x1f:
		mtrace(d, v)
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
			igmpSources(d, v.From(10), v.U16(10))
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

// igmpSources prints the sources behind their number.
func igmpSources(d *Context, v View, n int) {
	if n == 0 {
		return
	}
	if d.Verbose < 2 {
		d.Printf(", %d source(s)", n)
		return
	}
	d.Print(" {")
	for i := range n {
		d.Printf(" %s", d.IP4(v.Bytes(2+4*i, 4)))
	}
	d.Print(" }")
}

var igmpRecords = Names{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}

// igmpReport prints a report of version 3.
func igmpReport(d *Context, v View) {
	d.Print("igmp v3 report")
	if v.Length < 16 || v.Length%4 != 0 {
		d.Printf(" [invalid length %d]", v.Length)
		return
	}
	n := v.U16(6)
	d.Printf(", %d group record(s)", n)
	if d.Verbose == 0 {
		return
	}
	at := 8
	for range n {
		if v.Length < at+8 {
			d.Print(" [invalid number of groups]")
			return
		}
		d.Printf(" [gaddr %s", d.IP4(v.Bytes(at+4, 4)))
		d.Printf(" %s", igmpRecords.Of(v.U8(at), " [v3-report-#%d]"))
		sources := v.U16(at + 2)
		if v.Length < at+8+4*sources {
			d.Printf(" [invalid number of sources %d]", sources)
			return
		}
		if d.Verbose == 1 {
			d.Printf(", %d source(s)", sources)
		} else {
			d.Print(" {")
			for i := range sources {
				d.Printf(" %s", d.IP4(v.Bytes(at+8+4*i, 4)))
			}
			d.Print(" }")
		}
		at += 8 + 4*sources
		d.Print("]")
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

// mtrace prints a request to trace a route.
func mtrace(d *Context, v View) {
	const size = 24
	if v.Length < size {
		d.Printf(" [invalid len %d]", v.Length)
		return
	}
	mtraceBody(d, v, "mtrace")
}

// mtraceResponse prints the same with hops, or a request on its way.
func mtraceResponse(d *Context, v View) {
	const size = 24
	if v.Length < size {
		d.Printf(" [invalid len %d]", v.Length)
		return
	}
	mtraceBody(d, v, "mresp")
}

func mtraceBody(d *Context, v View, name string) {
	hops := v.U24(21)
	d.Printf("%s %d: %s to %s reply-to %s", name, hops, d.IP4(v.Bytes(8, 4)), d.IP4(v.Bytes(12, 4)), d.IP4(v.Bytes(16, 4)))
	if group := v.Bytes(4, 4); group[0]&0xf0 == 0xe0 {
		d.Printf(" with-ttl %d", v.U8(20))
	}
}

// dvmrp prints the Distance Vector Multicast Routing Protocol (RFC 1075).
func dvmrp(d *Context, v View) {
	d.Proto = "dvmrp"
	kind := v.U8(1)
	body := v.From(8)
	switch kind {
	case 1:
		d.Print(" Probe")
		if d.Verbose > 0 {
			d.Printf(" genid 0x%08x", body.U32(0))
			for at := 4; at+4 <= len(body.Data); at += 4 {
				d.Printf("\n\tneighbor %s", d.IP4(body.Bytes(at, 4)))
			}
		}
	case 2:
		d.Print(" Report")
	case 3:
		d.Print(" Ask-neighbors")
	case 4:
		d.Print(" Neighbors")
	case 5:
		d.Print(" Ask-neighbors2")
	case 6:
		d.Print(" Neighbors2")
		version := v.LE32(4) // as it lies in memory: minor, major
		dvmrpNeighbors(d, body, int(version>>24), int(version>>16&0xff))
	case 7:
		d.Print(" Prune")
		d.Printf(" src %s grp %s", d.IP4(body.Bytes(0, 4)), d.IP4(body.Bytes(4, 4)))
		d.Printf(" timer %s", dissect.RelativeTime(body.U32(8)))
	case 8:
		d.Print(" Graft")
		d.Printf(" src %s grp %s", d.IP4(body.Bytes(0, 4)), d.IP4(body.Bytes(4, 4)))
	case 9:
		d.Print(" Graft-ACK")
		d.Printf(" src %s grp %s", d.IP4(body.Bytes(0, 4)), d.IP4(body.Bytes(4, 4)))
	default:
		d.Printf(" [type %d]", kind)
	}
}

var dvmrpFlags = Flags{{0x01, "/tunnel"}, {0x02, "/srcrt"}, {0x10, "/down"}, {0x20, "/disabled"}, {0x40, "/querier"}, {0x80, "/leaf"}}

func dvmrpNeighbors(d *Context, v View, major, minor int) {
	d.Printf(" (v %d.%d):", major, minor)
	c := v.Cursor(0)
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
	switch kind := v.U8(1); kind {
	case 0:
		d.Print(" Query")
		if len(v.Data) > 8 {
			d.Print(Names{0: " Dense-mode", 1: " Sparse-mode", 2: " Sparse-Dense-mode"}.Of(v.U8(8)>>4, " mode-%d"))
		}
		if d.Verbose > 0 {
			d.Print(" (Hold-time ")
			d.Printf("%s)", dissect.RelativeTime(uint32(v.U16(10))))
		}
	case 1:
		v.Need(28)
		d.Printf(" Register for %s > %s", d.IP4(v.Bytes(20, 4)), d.IP4(v.Bytes(24, 4)))
	case 2:
		v.Need(16)
		d.Printf(" Register-Stop for %s > %s", d.IP4(v.Bytes(8, 4)), d.IP4(v.Bytes(12, 4)))
	case 4:
		d.Print(" RP-reachable")
		if d.Verbose > 0 {
			v.Need(24)
			d.Printf(" group %s", d.IP4(v.Bytes(8, 4)))
			if v.U32(12) != 1<<32-1 {
				d.Printf("/%s", d.IP4(v.Bytes(12, 4)))
			}
			d.Printf(" RP %s hold %s", d.IP4(v.Bytes(16, 4)), dissect.RelativeTime(uint32(v.U16(22))))
		}
	case 5:
		v.Need(20)
		d.Printf(" Assert for %s > %s", d.IP4(v.Bytes(16, 4)), d.IP4(v.Bytes(8, 4)))
		if v.U32(12) != 1<<32-1 {
			d.Printf("/%s", d.IP4(v.Bytes(12, 4)))
		}
		d.Printf(" %s pref %d metric %d", dissect.Pick(v.U8(20)&0x80 != 0, "RP-tree", "SPT"), v.U32(20)&0x7fffffff, v.U32(24))
	case 3, 6, 7:
		d.Print(Names{3: " Join/Prune", 6: " Graft", 7: " Graft-ACK"}[kind])
		if d.Verbose > 0 {
			if v.Length < 8 {
				d.Mark()
				return
			}
			pim1Groups(d, v.From(8))
		}
	case 8:
		d.Print(" Mode")
	default:
		d.Printf(" [type %d]", kind)
	}
	if version := v.U8(4) >> 4; version != 1 {
		d.Printf(" [v%d]", version)
	}
}

// pim1Groups prints groups to join or to leave, on one line if it is only one.
func pim1Groups(d *Context, v View) {
	if len(v.Data) >= 30 && v.U8(11) == 1 && v.U16(20)+v.U16(22) == 1 {
		d.Printf(" RPF %s ", d.IP4(v.Bytes(0, 4)))
		if hold := v.U16(6); hold != 180 {
			d.Printf("Hold %s", dissect.RelativeTime(uint32(hold)))
		}
		d.Printf("%s (%s/%d, %s", dissect.Pick(v.U16(20) != 0, "Join", "Prune"), d.IP4(v.Bytes(26, 4)), v.U8(25)&0x3f, d.IP4(v.Bytes(12, 4)))
		if v.U32(16) != 1<<32-1 {
			d.Printf("/%s", d.IP4(v.Bytes(16, 4)))
		}
		d.Printf(") %s%s %s", dissect.Pick(v.U8(24)&1 != 0, "Sparse", "Dense"), dissect.If(v.U8(25)&0x80 != 0, " WC"), dissect.Pick(v.U8(25)&0x40 != 0, "RP", "SPT"))
		return
	}
	line := dissect.If(d.Verbose > 1, "\n")
	d.Printf("%s Upstream Nbr: %s", line, d.IP4(v.Bytes(0, 4)))
	d.Printf("%s Hold time: %s", line, dissect.RelativeTime(uint32(v.U16(6))))
	if d.Verbose < 2 {
		return
	}
	c := v.Cursor(8)
	head := c.Take(4)
	for range head.U8(3) {
		d.Printf("\n\tGroup: %s", d.IP4(c.Bytes(4)))
		if mask := c.Bytes(4); !(mask[0] == 0xff && mask[1] == 0xff && mask[2] == 0xff && mask[3] == 0xff) {
			d.Printf("/%s", d.IP4(mask))
		}
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
