package print

// What hosts and routers say about multicast: IGMP, and the routing protocols inside it.

// igmp prints IGMP (RFC 2236, 3376).
func (d *dissector) igmp(v view) {
	d.proto = "igmp"
	if d.Quiet {
		d.print("igmp")
		return
	}
	d.igmpMessage(v)
	if d.Verbose > 0 && v.length > 3 && len(v.b) >= v.length && checksum(0, v.b[:v.length]) != 0 {
		d.printf(" bad igmp cksum %x!", v.u16(2))
	}
}

func (d *dissector) igmpMessage(v view) {
	switch kind := v.u8(0); kind {
	case 0x11:
		d.igmpQuery(v)
	case 0x12, 0x16:
		d.printf("igmp v%d report %s", map[int]int{0x12: 1, 0x16: 2}[kind], d.ip4(v.bytes(4, 4)))
		if v.length != 8 {
			d.printf(" [len %d]", v.length)
		}
	case 0x17:
		d.printf("igmp leave %s", d.ip4(v.bytes(4, 4)))
		if v.length != 8 {
			d.printf(" [len %d]", v.length)
		}
	case 0x22:
		d.igmpReport(v)
	case 0x13:
		d.print("igmp dvmrp")
		if v.length < 8 {
			d.printf(" [len %d]", v.length)
			return
		}
		d.dvmrp(v)
	case 0x14:
		d.print("igmp pimv1")
		d.pim1(v)
	case 0x1e:
		d.mtraceResponse(v)
	case 0x1f:
		d.mtrace(v)
	default:
		d.printf("igmp-%d", kind)
	}
}

func (d *dissector) igmpQuery(v view) {
	d.print("igmp query")
	if v.length >= 12 {
		d.print(" v3")
		d.igmpResponseTime(v.u8(1))
		if group := v.bytes(4, 4); !allZero(group) {
			d.printf(" [gaddr %s", d.ip4(group))
			d.igmpSources(v.from(10), v.u16(10))
			d.print("]")
		}
		return
	}
	if v.u8(1) != 0 {
		d.print(" v2")
		if v.u8(1) != 100 {
			d.printf(" [max resp time %d]", v.u8(1))
		}
	} else {
		d.print(" v1")
	}
	if group := v.bytes(4, 4); !allZero(group) {
		d.printf(" [gaddr %s]", d.ip4(group))
	}
	if v.length != 8 {
		d.printf(" [len %d]", v.length)
	}
}

// igmpSources prints the sources behind their number.
func (d *dissector) igmpSources(v view, n int) {
	if n == 0 {
		return
	}
	if d.Verbose < 2 {
		d.printf(", %d source(s)", n)
		return
	}
	d.print(" {")
	for i := range n {
		d.printf(" %s", d.ip4(v.bytes(2+4*i, 4)))
	}
	d.print(" }")
}

var igmpRecords = NamesT{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}

// igmpReport prints a report of version 3.
func (d *dissector) igmpReport(v view) {
	d.print("igmp v3 report")
	if v.length < 16 || v.length%4 != 0 {
		d.printf(" [invalid length %d]", v.length)
		return
	}
	n := v.u16(6)
	d.printf(", %d group record(s)", n)
	if d.Verbose == 0 {
		return
	}
	at := 8
	for range n {
		if v.length < at+8 {
			d.print(" [invalid number of groups]")
			return
		}
		d.printf(" [gaddr %s", d.ip4(v.bytes(at+4, 4)))
		d.printf(" %s", igmpRecords.of(v.u8(at), " [v3-report-#%d]"))
		sources := v.u16(at + 2)
		if v.length < at+8+4*sources {
			d.printf(" [invalid number of sources %d]", sources)
			return
		}
		if d.Verbose == 1 {
			d.printf(", %d source(s)", sources)
		} else {
			d.print(" {")
			for i := range sources {
				d.printf(" %s", d.ip4(v.bytes(at+8+4*i, 4)))
			}
			d.print(" }")
		}
		at += 8 + 4*sources
		d.print("]")
	}
}

// igmpResponseTime prints the time of a query of version 3, in tenths of a
// second with an exponent, where it is not the usual ten seconds.
func (d *dissector) igmpResponseTime(code int) {
	tenths := code
	if code >= 128 {
		tenths = (code&15 | 16) << (code>>4&7 + 3)
	}
	switch {
	case tenths == 100:
	case tenths < 600:
		d.printf(" [max resp time %d.%ds]", tenths/10, tenths%10)
	default:
		d.printf(" [max resp time %s]", relativeTime(uint32(tenths/10)))
	}
}

// mtrace prints a request to trace a route.
func (d *dissector) mtrace(v view) {
	const size = 24
	if v.length < size {
		d.printf(" [invalid len %d]", v.length)
		return
	}
	d.mtraceBody(v, "mtrace")
}

// mtraceResponse prints the same with hops, or a request on its way.
func (d *dissector) mtraceResponse(v view) {
	const size = 24
	if v.length < size {
		d.printf(" [invalid len %d]", v.length)
		return
	}
	d.mtraceBody(v, "mresp")
}

func (d *dissector) mtraceBody(v view, name string) {
	hops := v.u24(21)
	d.printf("%s %d: %s to %s reply-to %s", name, hops, d.ip4(v.bytes(8, 4)), d.ip4(v.bytes(12, 4)), d.ip4(v.bytes(16, 4)))
	if group := v.bytes(4, 4); group[0]&0xf0 == 0xe0 {
		d.printf(" with-ttl %d", v.u8(20))
	}
}

// dvmrp prints the Distance Vector Multicast Routing Protocol (RFC 1075).
func (d *dissector) dvmrp(v view) {
	d.proto = "dvmrp"
	kind := v.u8(1)
	body := v.from(8)
	switch kind {
	case 1:
		d.print(" Probe")
		if d.Verbose > 0 {
			d.printf(" genid 0x%08x", body.u32(0))
			for at := 4; at+4 <= len(body.b); at += 4 {
				d.printf("\n\tneighbor %s", d.ip4(body.bytes(at, 4)))
			}
		}
	case 2:
		d.print(" Report")
	case 3:
		d.print(" Ask-neighbors")
	case 4:
		d.print(" Neighbors")
	case 5:
		d.print(" Ask-neighbors2")
	case 6:
		d.print(" Neighbors2")
		version := v.le32(4) // as it lies in memory: minor, major
		d.dvmrpNeighbors(body, int(version>>24), int(version>>16&0xff))
	case 7:
		d.print(" Prune")
		d.printf(" src %s grp %s", d.ip4(body.bytes(0, 4)), d.ip4(body.bytes(4, 4)))
		d.printf(" timer %s", relativeTime(body.u32(8)))
	case 8:
		d.print(" Graft")
		d.printf(" src %s grp %s", d.ip4(body.bytes(0, 4)), d.ip4(body.bytes(4, 4)))
	case 9:
		d.print(" Graft-ACK")
		d.printf(" src %s grp %s", d.ip4(body.bytes(0, 4)), d.ip4(body.bytes(4, 4)))
	default:
		d.printf(" [type %d]", kind)
	}
}

var dvmrpFlags = FlagsT{{0x01, "/tunnel"}, {0x02, "/srcrt"}, {0x10, "/down"}, {0x20, "/disabled"}, {0x40, "/querier"}, {0x80, "/leaf"}}

func (d *dissector) dvmrpNeighbors(v view, major, minor int) {
	d.printf(" (v %d.%d):", major, minor)
	c := v.cursor(0)
	for c.left() > 0 && c.has(1) {
		local := d.ip4(c.bytes(4))
		metric, threshold, bits := c.u8(), c.u8(), c.u8()
		for range c.u8() {
			if !c.has(1) {
				return
			}
			d.printf(" [%s -> %s (%d/%d", local, d.ip4(c.bytes(4)), metric, threshold)
			for _, f := range dvmrpFlags {
				d.onlyIf(bits&f.bit != 0, f.name)
			}
			d.print(")]")
		}
	}
}

// pim1 prints version 1 of Protocol Independent Multicast.
func (d *dissector) pim1(v view) {
	d.proto = "pimv1"
	switch kind := v.u8(1); kind {
	case 0:
		d.print(" Query")
		if len(v.b) > 8 {
			d.print(NamesT{0: " Dense-mode", 1: " Sparse-mode", 2: " Sparse-Dense-mode"}.of(v.u8(8)>>4, " mode-%d"))
		}
		if d.Verbose > 0 {
			d.print(" (Hold-time ")
			d.printf("%s)", relativeTime(uint32(v.u16(10))))
		}
	case 1:
		v.need(28)
		d.printf(" Register for %s > %s", d.ip4(v.bytes(20, 4)), d.ip4(v.bytes(24, 4)))
	case 2:
		v.need(16)
		d.printf(" Register-Stop for %s > %s", d.ip4(v.bytes(8, 4)), d.ip4(v.bytes(12, 4)))
	case 4:
		d.print(" RP-reachable")
		if d.Verbose > 0 {
			v.need(24)
			d.printf(" group %s", d.ip4(v.bytes(8, 4)))
			if v.u32(12) != 1<<32-1 {
				d.printf("/%s", d.ip4(v.bytes(12, 4)))
			}
			d.printf(" RP %s hold %s", d.ip4(v.bytes(16, 4)), relativeTime(uint32(v.u16(22))))
		}
	case 5:
		v.need(20)
		d.printf(" Assert for %s > %s", d.ip4(v.bytes(16, 4)), d.ip4(v.bytes(8, 4)))
		if v.u32(12) != 1<<32-1 {
			d.printf("/%s", d.ip4(v.bytes(12, 4)))
		}
		d.printf(" %s pref %d metric %d", map[bool]string{true: "RP-tree", false: "SPT"}[v.u8(20)&0x80 != 0], v.u32(20)&0x7fffffff, v.u32(24))
	case 3, 6, 7:
		d.print(NamesT{3: " Join/Prune", 6: " Graft", 7: " Graft-ACK"}[kind])
		if d.Verbose > 0 {
			if v.length < 8 {
				d.mark()
				return
			}
			d.pim1Groups(v.from(8))
		}
	case 8:
		d.print(" Mode")
	default:
		d.printf(" [type %d]", kind)
	}
	if version := v.u8(4) >> 4; version != 1 {
		d.printf(" [v%d]", version)
	}
}

// pim1Groups prints groups to join or to leave, on one line if it is only one.
func (d *dissector) pim1Groups(v view) {
	if len(v.b) >= 30 && v.u8(11) == 1 && v.u16(20)+v.u16(22) == 1 {
		d.printf(" RPF %s ", d.ip4(v.bytes(0, 4)))
		if hold := v.u16(6); hold != 180 {
			d.printf("Hold %s", relativeTime(uint32(hold)))
		}
		d.printf("%s (%s/%d, %s", map[bool]string{true: "Join", false: "Prune"}[v.u16(20) != 0], d.ip4(v.bytes(26, 4)), v.u8(25)&0x3f, d.ip4(v.bytes(12, 4)))
		if v.u32(16) != 1<<32-1 {
			d.printf("/%s", d.ip4(v.bytes(16, 4)))
		}
		d.printf(") %s%s %s", map[bool]string{true: "Sparse", false: "Dense"}[v.u8(24)&1 != 0], mark(v.u8(25)&0x80 != 0, " WC"), map[bool]string{true: "RP", false: "SPT"}[v.u8(25)&0x40 != 0])
		return
	}
	line := mark(d.Verbose > 1, "\n")
	d.printf("%s Upstream Nbr: %s", line, d.ip4(v.bytes(0, 4)))
	d.printf("%s Hold time: %s", line, relativeTime(uint32(v.u16(6))))
	if d.Verbose < 2 {
		return
	}
	c := v.cursor(8)
	head := c.take(4)
	for range head.u8(3) {
		d.printf("\n\tGroup: %s", d.ip4(c.bytes(4)))
		if mask := c.bytes(4); !(mask[0] == 0xff && mask[1] == 0xff && mask[2] == 0xff && mask[3] == 0xff) {
			d.printf("/%s", d.ip4(mask))
		}
		joins, prunes := c.u16(), c.u16()
		d.printf(" joined: %d pruned: %d", joins, prunes)
		for i := range joins + prunes {
			s := c.take(6)
			d.printf("\n\t%s %s%s%s%s/%d", map[bool]string{true: "Join ", false: "Prune"}[i < joins], map[bool]string{true: "Sparse ", false: "Dense "}[s.u8(0)&1 != 0],
				mark(s.u8(1)&0x80 != 0, "WC "), map[bool]string{true: "RP ", false: "SPT "}[s.u8(1)&0x40 != 0], d.ip4(s.bytes(2, 4)), s.u8(1)&0x3f)
		}
	}
}

// autoRP prints how Cisco's routers find rendezvous points.
func (d *dissector) autoRP(v view) {
	d.proto = "cisco_autorp"
	if v.length < 8 {
		d.mark()
		return
	}
	c := v.cursor(0)
	d.printf(" auto-rp %s", NamesT{0x11: "candidate-advert", 0x12: "mapping"}.of(c.u8(), "type-0x%02x"))
	points := c.u8()
	hold := uint32(c.u16())
	d.printf(" Hold %s", map[bool]string{true: relativeTime(hold), false: "FOREVER"}[hold != 0])
	c.at += 4
	for range points {
		if c.left() < 4 {
			d.mark()
			return
		}
		d.printf(" RP %s", d.ip4(c.bytes(4)))
		if c.left() < 1 {
			d.mark()
			return
		}
		bits := c.u8()
		d.print([4]string{" PIMv?", " PIMv1", " PIMv2", " PIMv1+2"}[bits&3])
		if bits&0xfc != 0 {
			d.printf(" [rsvd=0x%02x]", bits&0xfc)
		}
		if c.left() < 1 {
			d.mark()
			return
		}
		separator := " "
		for range c.u8() {
			if c.left() < 6 {
				d.mark()
				return
			}
			e := c.take(6)
			d.printf("%s%s%s/%d%s", separator, mark(e.u8(0)&1 != 0, "!"), d.ip4(e.bytes(2, 4)), e.u8(1), mark(e.u8(0)&2 != 0, " bidir"))
			if e.u8(0)&0xfc != 0 {
				d.printf("[rsvd=0x%02x]", e.u8(0)&0xfc)
			}
			separator = ","
		}
	}
}
