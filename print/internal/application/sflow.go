package application

import "bpfc/print/internal/dissect"

// SFlow prints the head of an sFlow datagram, with -v its samples.
func SFlow(d *Context, v View) {
	const header, header6 = 28, 40
	d.Proto = "sflow"
	version, kind := v.U32(0), v.U32(4)
	d.StopIf(kind == 1 && v.Length < header || kind == 2 && v.Length < header6, "sFlowv%d [length %d < %d] (invalid)", version, v.Length, header)
	v.Need(header)
	d.StopIf(version != 5, "sFlow version %d packet not supported", version)
	c := v.Cursor(0)
	d.Form(c, "sFlowv%4d, %4_"+dissect.Pick(kind == 1, "IPv4 agent %4a", "IPv6 agent %16a")+", agent-id %4d, %1+{seqnum %4d, uptime %4d, samples %4d, }length %L")
	if d.Verbose > 0 {
		sflowPrint(d, c, int64(c.View.U32(c.At-4)))
	}
}

var sflowRawKinds = Names{1: "Ethernet", 2: "Token bus", 3: "Token ring", 4: "FDDI", 5: "Frame Relay", 6: "X.25", 7: "PPP", 8: "SMDS", 9: "AAL5", 10: "AAL5-IP", 11: "IPv4", 12: "IPv6", 13: "MPLS", 14: "POS"}

// sflowSamples are the kinds of samples: their heads, which end with the number of records, and these; vendor is where the format of
// a record has the number of a vendor.
var sflowSamples = map[int]struct {
	name, head, comma string
	vendor            int
	records           *List
}{
	1: {"flow sample", "%32! seqnum %4d, type %1d, idx %3d, rate %4d, pool %4d, drops %4d, input %4d output %4d records %4d", "", 12, &sflowFlows},
	2: {"counter sample", "%12! seqnum %4d, type %1d, idx %3d, records %4d", ",", 20, &sflowCounters},
	3: {"expanded flow sample", "%44! seqnum %4d, type %4d, idx %4d, rate %4d, pool %4d, drops %4d%16_, records %4d", "", 12, &sflowFlows},
	4: {"expanded counter sample", "%16! seqnum %4d, type %4d, idx %4d, records %4d", ",", 20, &sflowCounters},
}

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

// sflowPrint prints samples; what makes no sense ends the line.
func sflowPrint(d *Context, c *Cursor, samples int64) {
	for ; samples > 0 && c.Left() > 0; samples-- {
		c.View.Need(c.At + 8)
		format, size := int(c.U32()), int64(c.U32())
		kind := format & 0xfff
		if size < 8 || int64(c.Left()) < size {
			return
		}
		row, known := sflowSamples[kind]
		d.Printf("\n\t%s (%d), length %d,", dissect.Pick(known, row.name, "Unknown"), kind, size)
		if format>>12 != 0 {
			return
		}
		c.View.Need(c.At + int(size))
		sample := dissect.NewView(c.From(c.At).Data, int(size)).Cursor(0)
		if known && !d.Try(func() {
			d.Form(sample, row.head)
			sflowRecords(d, sample, row.records, row.comma, row.vendor)
		}) {
			return
		}
		c.At += int(size)
	}
}

// sflowRecords prints the records of a sample, whose number is before them. What has a form may take all that is left of the sample, as
// in tcpdump.
func sflowRecords(d *Context, c *Cursor, list *List, comma string, vendor int) {
	for records := c.View.U32(c.At - 4); records > 0; records-- {
		dissect.RejectIf(c.Left() < 8)
		format, length := int(c.U32()), int64(c.U32())
		kind, enterprise, name := format&0xfff, format>>vendor, "Unknown"
		if enterprise == 0 {
			name = list.Values.Name(kind, name)
		}
		d.Printf("\n\t    enterprise %d%s %s (%d) length %d", enterprise, comma, name, kind, length)
		dissect.RejectIf(int64(c.Left()) < length)
		if v := c.Rest(); enterprise == 0 {
			if list.Values[kind].Print == nil {
				v.Length = int(length)
			}
			list.Value(d, kind, v)
		}
		c.At += int(length)
	}
}
