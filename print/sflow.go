package print

var (
	sflowSamples = NamesT{sflowFlow: "flow sample", sflowCounter: "counter sample", sflowFlowWide: "expanded flow sample", sflowCounterWide: "expanded counter sample"}
	sflowFlows   = NamesT{sflowRaw: "Raw packet", sflowFrame: "Ethernet frame", 3: "IPv4 Data", 4: "IPv6 data", sflowSwitch: "Extended Switch data", 1002: "Extended router data", 1003: "Extended gateway data",
		1004: "Extended user data", 1005: "Extended URL data", 1006: "Extended MPLS data", 1007: "Extended MPLS tunnel", 1008: "Extended MPLS VC", 1009: "Extended MPLS FEC", 1010: "Extended MPLS LVP FEC", 1011: "Extended NAT data", 1012: "Extended VLAN tunnel"}
	sflowCounters = NamesT{1: "Generic counter", 2: "Ethernet counter", 3: "Token ring counter", 4: "100 BASE-VG counter", 5: "Vlan counter", 1001: "Processor counter"}
	sflowRawKinds = NamesT{1: "Ethernet", 2: "Token bus", 3: "Token ring", 4: "FDDI", 5: "Frame Relay", 6: "X.25", 7: "PPP", 8: "SMDS", 9: "AAL5", 10: "AAL5-IP", 11: "IPv4", 12: "IPv6", 13: "MPLS", 14: "POS"}
)

const (
	sflowFlow        = 1
	sflowCounter     = 2
	sflowFlowWide    = 3
	sflowCounterWide = 4
	sflowRaw         = 1
	sflowFrame       = 2
	sflowSwitch      = 1001
)

// sflowSamples prints samples; what makes no sense ends the line.
func (d *dissector) sflowSamples(c *cursor, samples int64) {
	for ; samples > 0 && c.left() > 0; samples-- {
		c.view.need(c.at + 8)
		format, size := int(c.u32()), int64(c.u32())
		kind := format & 0xfff
		if size < 8 || int64(c.left()) < size {
			return
		}
		d.printf("\n\t%s (%d), length %d,", sflowSamples.of(kind, "Unknown"), kind, size)
		if format>>12 != 0 {
			return
		}
		c.view.need(c.at + int(size))
		sample := newView(c.from(c.at).b, int(size)).cursor(0)
		fits := true
		switch kind {
		case sflowFlow, sflowFlowWide:
			fits = d.sflowFlowSample(sample, kind == sflowFlowWide)
		case sflowCounter, sflowCounterWide:
			fits = d.sflowCounterSample(sample, kind == sflowCounterWide)
		}
		if !fits {
			return
		}
		c.at += int(size)
	}
}

// sflowSource prints where a sample is from.
func (d *dissector) sflowSource(c *cursor, wide bool) {
	d.printf(" seqnum %d", c.u32())
	if wide {
		d.printf(", type %d, idx %d", c.u32(), c.u32())
	} else {
		d.printf(", type %d, idx %d", c.u8(), c.u24())
	}
}

func (d *dissector) sflowFlowSample(c *cursor, wide bool) bool {
	size := map[bool]int{false: 32, true: 44}[wide]
	if c.length < size {
		return false
	}
	records := c.view.u32(size - 4)
	d.sflowSource(c, wide)
	d.printf(", rate %d, pool %d, drops %d", c.u32(), c.u32(), c.u32())
	if !wide {
		d.printf(", input %d output %d", c.u32(), c.u32())
		d.printf(" records %d", records)
	} else {
		d.printf(", records %d", records)
	}
	c.at = size
	for ; records > 0; records-- {
		if c.left() < 8 {
			return false
		}
		format, length := int(c.u32()), int64(c.u32())
		kind, enterprise := format&0xfff, format>>12
		d.printf("\n\t    enterprise %d %s (%d) length %d", enterprise, sflowName(sflowFlows, kind, enterprise), kind, length)
		if int64(c.left()) < length {
			return false
		}
		if enterprise == 0 && !d.sflowFlow(kind, c.rest(), int(length)) {
			return false
		}
		c.at += int(length)
	}
	return true
}

func sflowName(names NamesT, kind, enterprise int) string {
	if enterprise != 0 {
		return "Unknown"
	}
	return names.of(kind, "Unknown")
}

func (d *dissector) sflowFlow(kind int, v view, length int) bool {
	least := map[int]int{sflowRaw: 16, sflowFrame: 20, sflowSwitch: 16}[kind]
	if v.length < least {
		return false
	}
	switch kind {
	case sflowRaw:
		d.printf("\n\t      protocol %s (%d), length %d, stripped bytes %d, header_size %d", sflowRawKinds.of(int(v.u32(0)), "Unknown"), v.u32(0), v.u32(4), v.u32(8), v.u32(12))
	case sflowFrame:
		d.printf("\n\t      frame len %d, type %d", v.u32(0), v.u32(16))
	case sflowSwitch:
		d.printf("\n\t      src vlan %d, src pri %d, dst vlan %d, dst pri %d", v.u32(0), v.u32(4), v.u32(8), v.u32(12))
	default:
		if sflowFlows[kind] == "" && d.Verbose <= 1 {
			d.unknown(v, "\n\t\t", length)
		}
	}
	return true
}

func (d *dissector) sflowCounterSample(c *cursor, wide bool) bool {
	size := map[bool]int{false: 12, true: 16}[wide]
	if c.length < size {
		return false
	}
	records := c.view.u32(size - 4)
	d.sflowSource(c, wide)
	d.printf(", records %d", records)
	c.at = size
	for ; records > 0; records-- {
		if c.left() < 8 {
			return false
		}
		format, length := c.u32(), int64(c.u32())
		kind, enterprise := int(format&0xfff), int(format>>20)
		d.printf("\n\t    enterprise %d, %s (%d) length %d", enterprise, sflowName(sflowCounters, kind, enterprise), kind, length)
		if int64(c.left()) < length {
			return false
		}
		if enterprise == 0 && !d.sflowCounter(kind, c.rest().cursor(0), int(length)) {
			return false
		}
		c.at += int(length)
	}
	return true
}

// sflowCounter prints counters, if there are bytes enough for their kind.
func (d *dissector) sflowCounter(kind int, c *cursor, length int) bool {
	if c.length < map[int]int{1: 88, 2: 52, 4: 80, 5: 28, 1001: 28}[kind] {
		return false
	}
	switch kind {
	case 1:
		d.printf("\n\t      ifindex %d, iftype %d, ifspeed %d, ifdirection %d (%s)", c.u32(), c.u32(), c.u64(), c.view.u32(16),
			NamesT{1: "full-duplex", 2: "half-duplex", 3: "in", 4: "out"}.of(int(c.view.u32(16)), "Unknown"))
		c.at = 20
		status := c.u32()
		d.printf("\n\t      ifstatus %d, adminstatus: %s, operstatus: %s", status, upOrDown(status&1 != 0), upOrDown(status>>1&1 != 0))
		d.printf("\n\t      In octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d", c.u64(), c.u32(), c.u32(), c.u32(), c.u32())
		d.printf("\n\t      In errors %d, unknown protos %d", c.u32(), c.u32())
		d.printf("\n\t      Out octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d", c.u64(), c.u32(), c.u32(), c.u32(), c.u32())
		d.printf("\n\t      Out errors %d, promisc mode %d", c.u32(), c.u32())
	case 2:
		d.printf("\n\t      align errors %d, fcs errors %d, single collision %d, multiple collision %d, test error %d", c.u32(), c.u32(), c.u32(), c.u32(), c.u32())
		d.printf("\n\t      deferred %d, late collision %d, excessive collision %d, mac trans error %d", c.u32(), c.u32(), c.u32(), c.u32())
		d.printf("\n\t      carrier error %d, frames too long %d, mac receive errors %d, symbol errors %d", c.u32(), c.u32(), c.u32(), c.u32())
	case 3:
	case 4:
		d.printf("\n\t      in high prio frames %d, in high prio octets %d", c.u32(), c.u64())
		d.printf("\n\t      in norm prio frames %d, in norm prio octets %d", c.u32(), c.u64())
		d.printf("\n\t      in ipm errors %d, oversized %d, in data errors %d, null addressed frames %d", c.u32(), c.u32(), c.u32(), c.u32())
		d.printf("\n\t      out high prio frames %d, out high prio octets %d, trans into frames %d", c.u32(), c.u64(), c.u32())
		d.printf("\n\t      in hc high prio octets %d, in hc norm prio octets %d, out hc high prio octets %d", c.u64(), c.u64(), c.u64())
	case 5:
		d.printf("\n\t      vlan_id %d, octets %d, unicast_pkt %d, multicast_pkt %d, broadcast_pkt %d, discards %d", c.u32(), c.u64(), c.u32(), c.u32(), c.u32(), c.u32())
	case 1001:
		d.printf("\n\t      5sec %d, 1min %d, 5min %d, total_mem %d, total_mem %d", c.u32(), c.u32(), c.u32(), c.u64(), c.u64())
	default:
		if d.Verbose <= 1 {
			d.unknown(c.view, "\n\t\t", length)
		}
	}
	return true
}

func upOrDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}
