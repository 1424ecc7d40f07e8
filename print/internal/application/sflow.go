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
	if d.Verbose == 0 {
		d.Printf("length %d", v.Length)
		return
	}
	d.Printf("seqnum %d, uptime %d, samples %d, length %d", v.U32(12+n), v.U32(16+n), v.U32(20+n), v.Length)
	printSflowSamples(d, v.Cursor(24+n), int64(v.U32(20+n)))
}

var (
	sflowSamples  = Names{sflowFlow: "flow sample", sflowCounter: "counter sample", sflowFlowWide: "expanded flow sample", sflowCounterWide: "expanded counter sample"}
	sflowRawKinds = Names{1: "Ethernet", 2: "Token bus", 3: "Token ring", 4: "FDDI", 5: "Frame Relay", 6: "X.25", 7: "PPP", 8: "SMDS", 9: "AAL5", 10: "AAL5-IP", 11: "IPv4", 12: "IPv6", 13: "MPLS", 14: "POS"}
)

const (
	sflowFlow        = 1
	sflowCounter     = 2
	sflowFlowWide    = 3
	sflowCounterWide = 4
)

// sflowFlows are what is known of a sampled packet.
var sflowFlows = List{Loose: true, Short: dissect.Rejects(""), Bytes: "\n\t\t", Values: Values{
	1: {"Raw packet", 16, dissect.Form("\n\t      protocol %4n (%=d), length %4d, stripped bytes %4d, header_size %4d", sflowRawKinds.Or("Unknown"))},
	2: {"Ethernet frame", 20, dissect.Form("\n\t      frame len %4d, type %4@16d")}, 3: {"IPv4 Data", 0, dissect.Silent}, 4: {"IPv6 Data", 0, dissect.Silent},
	1001: {"Extended Switch data", 16, dissect.Form("\n\t      src vlan %4d, src pri %4d, dst vlan %4d, dst pri %4d")}, 1002: {"Extended Router data", 0, dissect.Silent}, 1003: {"Extended Gateway data", 0, dissect.Silent},
	1004: {"Extended User data", 0, dissect.Silent}, 1005: {"Extended URL data", 0, dissect.Silent}, 1006: {"Extended MPLS data", 0, dissect.Silent}, 1007: {"Extended NAT data", 0, dissect.Silent},
	1008: {"Extended MPLS tunnel", 0, dissect.Silent}, 1009: {"Extended MPLS VC", 0, dissect.Silent}, 1010: {"Extended MPLS FEC", 0, dissect.Silent}, 1011: {"Extended MPLS LVP FEC", 0, dissect.Silent},
	1012: {"Extended VLAN Tunnel", 0, dissect.Silent},
}}

// sflowCounters are counters of interfaces and agents.
var sflowCounters = List{Short: dissect.Rejects(""), Bytes: "\n\t\t", Values: Values{
	1: {"Generic counter", 88, dissect.Form("\n\t      ifindex %4d, iftype %4d, ifspeed %8d, ifdirection %4d (%=n)|\n\t      ifstatus %4d, adminstatus: %=[31]n, operstatus: %=[30]n|"+
		"\n\t      In octets %8d, unicast pkts %4d, multicast pkts %4d, broadcast pkts %4d, discards %4d|\n\t      In errors %4d, unknown protos %4d|"+
		"\n\t      Out octets %8d, unicast pkts %4d, multicast pkts %4d, broadcast pkts %4d, discards %4d|\n\t      Out errors %4d, promisc mode %4d",
		Names{1: "full-duplex", 2: "half-duplex", 3: "in", 4: "out"}.Or("Unknown"), [2]string{"down", "up"}, [2]string{"down", "up"})},
	2: {"Ethernet counter", 52, dissect.Form("\n\t      align errors %4d, fcs errors %4d, single collision %4d, multiple collision %4d, test error %4d|\n\t      deferred %4d, late collision %4d, excessive collision %4d, mac trans error %4d|" +
		"\n\t      carrier error %4d, frames too long %4d, mac receive errors %4d, symbol errors %4d")},
	3: {"Token ring counter", 0, dissect.Silent},
	4: {"100 BASE-VG counter", 80, dissect.Form("\n\t      in high prio frames %4d, in high prio octets %8d|\n\t      in norm prio frames %4d, in norm prio octets %8d|" +
		"\n\t      in ipm errors %4d, oversized %4d, in data errors %4d, null addressed frames %4d|\n\t      out high prio frames %4d, out high prio octets %8d, trans into frames %4d|" +
		"\n\t      in hc high prio octets %8d, in hc norm prio octets %8d, out hc high prio octets %8d")},
	5:    {"Vlan counter", 28, dissect.Form("\n\t      vlan_id %4d, octets %8d, unicast_pkt %4d, multicast_pkt %4d, broadcast_pkt %4d, discards %4d")},
	1001: {"Processor counter", 28, dissect.Form("\n\t      5sec %4d, 1min %4d, 5min %4d, total_mem %8d, total_mem %8d")},
}}

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
		d.Printf("\n\t    enterprise %d %s (%d) length %d", enterprise, sflowName(&sflowFlows, kind, enterprise), kind, length)
		dissect.RejectIf(int64(c.Left()) < length)
		if enterprise == 0 {
			sflowRecord(d, &sflowFlows, kind, c, int(length))
		}
		c.At += int(length)
	}
}

// sflowName gives the name of a kind of record, if it is of no vendor.
func sflowName(list *List, kind, enterprise int) string {
	if enterprise != 0 {
		return "Unknown"
	}
	return list.Values.Name(kind, "Unknown")
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
		d.Printf("\n\t    enterprise %d, %s (%d) length %d", enterprise, sflowName(&sflowCounters, kind, enterprise), kind, length)
		dissect.RejectIf(int64(c.Left()) < length)
		if enterprise == 0 {
			sflowRecord(d, &sflowCounters, kind, c, int(length))
		}
		c.At += int(length)
	}
}

// sflowRecord prints a record; what has a form may take all that is left of the sample, as in tcpdump.
func sflowRecord(d *Context, list *List, kind int, c *Cursor, length int) {
	v := c.Rest()
	if list.Values[kind].Print == nil {
		v.Length = length
	}
	list.Value(d, kind, v)
}
