package application

import "bpfc/print/internal/dissect"

// SFlow prints the head of an sFlow datagram.
func SFlow(d *Context, v View) {
	const header, header6 = 28, 40
	d.Proto = "sflow"
	version, kind := v.U32(0), v.U32(4)
	d.StopIf(kind == 1 && v.Length < header || kind == 2 && v.Length < header6, "sFlowv%d [length %d < %d] (invalid)", version, v.Length, header)
	v.Need(header)
	d.StopIf(version != 5, "sFlow version %d packet not supported", version)
	name, n := "IPv6", 16
	if kind == 1 {
		name, n = "IPv4", 4
	}
	d.Printf("sFlowv%d, %s agent %s, agent-id %d, ", version, name, d.Address(v.Bytes(8, n)), v.U32(8+n))
	d.StopIf(d.Verbose == 0, "length %d", v.Length)
	d.Printf("seqnum %d, uptime %d, samples %d, length %d", v.U32(12+n), v.U32(16+n), v.U32(20+n), v.Length)
	printSflowSamples(d, v.Cursor(24+n), int64(v.U32(20+n)))
}

var (
	sflowSamples = Names{sflowFlow: "flow sample", sflowCounter: "counter sample", sflowFlowWide: "expanded flow sample", sflowCounterWide: "expanded counter sample"}
	sflowFlows   = Names{sflowRaw: "Raw packet", sflowFrame: "Ethernet frame", 3: "IPv4 Data", 4: "IPv6 Data", sflowSwitch: "Extended Switch data", 1002: "Extended Router data", 1003: "Extended Gateway data",
		1004: "Extended User data", 1005: "Extended URL data", 1006: "Extended MPLS data", 1007: "Extended NAT data", 1008: "Extended MPLS tunnel", 1009: "Extended MPLS VC", 1010: "Extended MPLS FEC", 1011: "Extended MPLS LVP FEC", 1012: "Extended VLAN Tunnel"}
	sflowCounters = Names{1: "Generic counter", 2: "Ethernet counter", 3: "Token ring counter", 4: "100 BASE-VG counter", 5: "Vlan counter", 1001: "Processor counter"}
	sflowRawKinds = Names{1: "Ethernet", 2: "Token bus", 3: "Token ring", 4: "FDDI", 5: "Frame Relay", 6: "X.25", 7: "PPP", 8: "SMDS", 9: "AAL5", 10: "AAL5-IP", 11: "IPv4", 12: "IPv6", 13: "MPLS", 14: "POS"}
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

// printSflowSamples prints samples; what makes no sense ends the line.
func printSflowSamples(d *Context, c *Cursor, samples int64) {
	for ; samples > 0 && c.Left() > 0; samples-- {
		c.View.Need(c.At + 8)
		format, size := int(c.U32()), int64(c.U32())
		kind := format & 0xfff
		if size < 8 || int64(c.Left()) < size {
			return
		}
		d.Printf("\n\t%s (%d), length %d,", sflowSamples.Of(kind, "Unknown"), kind, size)
		if format>>12 != 0 {
			return
		}
		c.View.Need(c.At + int(size))
		sample := dissect.NewView(c.From(c.At).Data, int(size)).Cursor(0)
		fits := true
		switch kind {
		case sflowFlow, sflowFlowWide:
			fits = d.Try(func() { sflowFlowSample(d, sample, kind == sflowFlowWide) })
		case sflowCounter, sflowCounterWide:
			fits = d.Try(func() { sflowCounterSample(d, sample, kind == sflowCounterWide) })
		}
		if !fits {
			return
		}
		c.At += int(size)
	}
}

// sflowSource prints where a sample is from.
func sflowSource(d *Context, c *Cursor, wide bool) {
	d.Printf(" seqnum %d", c.U32())
	if wide {
		d.Printf(", type %d, idx %d", c.U32(), c.U32())
	} else {
		d.Printf(", type %d, idx %d", c.U8(), c.U24())
	}
}

func sflowFlowSample(d *Context, c *Cursor, wide bool) {
	size := dissect.Pick(wide, 44, 32)
	dissect.RejectIf(c.Length < size)
	records := c.View.U32(size - 4)
	sflowSource(d, c, wide)
	d.Printf(", rate %d, pool %d, drops %d", c.U32(), c.U32(), c.U32())
	if !wide {
		d.Printf(", input %d output %d", c.U32(), c.U32())
		d.Printf(" records %d", records)
	} else {
		d.Printf(", records %d", records)
	}
	c.At = size
	for ; records > 0; records-- {
		dissect.RejectIf(c.Left() < 8)
		format, length := int(c.U32()), int64(c.U32())
		kind, enterprise := format&0xfff, format>>12
		d.Printf("\n\t    enterprise %d %s (%d) length %d", enterprise, sflowName(sflowFlows, kind, enterprise), kind, length)
		dissect.RejectIf(int64(c.Left()) < length)
		dissect.RejectIf(enterprise == 0 && !d.Try(func() { printSflowFlow(d, kind, c.Rest(), int(length)) }))
		c.At += int(length)
	}
}

func sflowName(names Names, kind, enterprise int) string {
	if enterprise != 0 {
		return "Unknown"
	}
	return names.Of(kind, "Unknown")
}

func printSflowFlow(d *Context, kind int, v View, length int) {
	least := map[int]int{sflowRaw: 16, sflowFrame: 20, sflowSwitch: 16}[kind]
	dissect.RejectIf(v.Length < least)
	switch kind {
	case sflowRaw:
		d.Printf("\n\t      protocol %s (%d), length %d, stripped bytes %d, header_size %d", sflowRawKinds.Of(int(v.U32(0)), "Unknown"), v.U32(0), v.U32(4), v.U32(8), v.U32(12))
	case sflowFrame:
		d.Printf("\n\t      frame len %d, type %d", v.U32(0), v.U32(16))
	case sflowSwitch:
		d.Printf("\n\t      src vlan %d, src pri %d, dst vlan %d, dst pri %d", v.U32(0), v.U32(4), v.U32(8), v.U32(12))
	default:
		if sflowFlows[kind] == "" && d.Verbose <= 1 {
			d.Unknown(v, "\n\t\t", length)
		}
	}
}

func sflowCounterSample(d *Context, c *Cursor, wide bool) {
	size := dissect.Pick(wide, 16, 12)
	dissect.RejectIf(c.Length < size)
	records := c.View.U32(size - 4)
	sflowSource(d, c, wide)
	d.Printf(", records %d", records)
	c.At = size
	for ; records > 0; records-- {
		dissect.RejectIf(c.Left() < 8)
		format, length := c.U32(), int64(c.U32())
		kind, enterprise := int(format&0xfff), int(format>>20)
		d.Printf("\n\t    enterprise %d, %s (%d) length %d", enterprise, sflowName(sflowCounters, kind, enterprise), kind, length)
		dissect.RejectIf(int64(c.Left()) < length)
		dissect.RejectIf(enterprise == 0 && !d.Try(func() { printSflowCounter(d, kind, c.Rest().Cursor(0), int(length)) }))
		c.At += int(length)
	}
}

// printSflowCounter prints counters, if there are bytes enough for their kind.
func printSflowCounter(d *Context, kind int, c *Cursor, length int) {
	dissect.RejectIf(c.Length < map[int]int{1: 88, 2: 52, 4: 80, 5: 28, 1001: 28}[kind])
	switch kind {
	case 1:
		d.Printf("\n\t      ifindex %d, iftype %d, ifspeed %d, ifdirection %d (%s)", c.U32(), c.U32(), c.U64(), c.View.U32(16),
			Names{1: "full-duplex", 2: "half-duplex", 3: "in", 4: "out"}.Of(int(c.View.U32(16)), "Unknown"))
		c.At = 20
		status := c.U32()
		d.Printf("\n\t      ifstatus %d, adminstatus: %s, operstatus: %s", status, dissect.UpOrDown(status&1 != 0), dissect.UpOrDown(status>>1&1 != 0))
		d.Printf("\n\t      In octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d", c.U64(), c.U32(), c.U32(), c.U32(), c.U32())
		d.Printf("\n\t      In errors %d, unknown protos %d", c.U32(), c.U32())
		d.Printf("\n\t      Out octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d", c.U64(), c.U32(), c.U32(), c.U32(), c.U32())
		d.Printf("\n\t      Out errors %d, promisc mode %d", c.U32(), c.U32())
	case 2:
		d.Printf("\n\t      align errors %d, fcs errors %d, single collision %d, multiple collision %d, test error %d", c.U32(), c.U32(), c.U32(), c.U32(), c.U32())
		d.Printf("\n\t      deferred %d, late collision %d, excessive collision %d, mac trans error %d", c.U32(), c.U32(), c.U32(), c.U32())
		d.Printf("\n\t      carrier error %d, frames too long %d, mac receive errors %d, symbol errors %d", c.U32(), c.U32(), c.U32(), c.U32())
	case 3:
	case 4:
		d.Printf("\n\t      in high prio frames %d, in high prio octets %d", c.U32(), c.U64())
		d.Printf("\n\t      in norm prio frames %d, in norm prio octets %d", c.U32(), c.U64())
		d.Printf("\n\t      in ipm errors %d, oversized %d, in data errors %d, null addressed frames %d", c.U32(), c.U32(), c.U32(), c.U32())
		d.Printf("\n\t      out high prio frames %d, out high prio octets %d, trans into frames %d", c.U32(), c.U64(), c.U32())
		d.Printf("\n\t      in hc high prio octets %d, in hc norm prio octets %d, out hc high prio octets %d", c.U64(), c.U64(), c.U64())
	case 5:
		d.Printf("\n\t      vlan_id %d, octets %d, unicast_pkt %d, multicast_pkt %d, broadcast_pkt %d, discards %d", c.U32(), c.U64(), c.U32(), c.U32(), c.U32(), c.U32())
	case 1001:
		d.Printf("\n\t      5sec %d, 1min %d, 5min %d, total_mem %d, total_mem %d", c.U32(), c.U32(), c.U32(), c.U64(), c.U64())
	default:
		if d.Verbose <= 1 {
			d.Unknown(c.View, "\n\t\t", length)
		}
	}
}
