package routing

import (
	"bytes"
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
)

var (
	bgpAttributeFlags = Flags{{0x80, "O"}, {0x40, "T"}, {0x20, "P"}, {0x10, "E"}}
	bgpSegments       = map[int][2]string{1: {"{ ", "}"}, 2: {"", ""}, 3: {"( ", ")"}, 4: {"({ ", "})"}}
	bgpErrors         = Names{1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired", 5: "Finite State Machine Error", bgpCease: "Cease", 7: "Capability Message Error"}
	bgpCodes          = map[int]Names{
		1: {1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type"},
		2: {1: "Unsupported Version Number", 2: "Bad Peer AS", 3: "Bad BGP Identifier", 4: "Unsupported Optional Parameter", 5: "Authentication Failure", 6: "Unacceptable Hold Time", 7: "Capability Message Error"},
		3: {1: "Malformed Attribute List", 2: "Unrecognized Well-known Attribute", 3: "Missing Well-known Attribute", 4: "Attribute Flags Error", 5: "Attribute Length Error", 6: "Invalid ORIGIN Attribute",
			7: "AS Routing Loop", 8: "Invalid NEXT_HOP Attribute", 9: "Optional Attribute Error", 10: "Invalid Network Field", 11: "Malformed AS_PATH"},
		5: {0: "Unspecified Error", 1: "In OpenSent State", 2: "In OpenConfirm State", 3: "In Established State"},
		bgpCease: {1: "Maximum Number of Prefixes Reached", 2: "Administrative Shutdown", 3: "Peer Unconfigured", 4: "Administrative Reset", 5: "Connection Rejected", 6: "Other Configuration Change",
			7: "Connection Collision Resolution"},
		7: {1: "Invalid Action Value", 2: "Invalid Capability Length", 3: "Malformed Capability Value", 4: "Unsupported Capability Code"},
	}
	bgpSubfamilies = Names{0: "Reserved", 1: "Unicast", 2: "Multicast", 3: "Unicast+Multicast", 4: "labeled Unicast", 5: "Multicast VPN", 64: "Tunnel", 65: "VPLS", 66: "MDT", 70: "EVPN",
		128: "labeled VPN Unicast", 129: "labeled VPN Multicast", 130: "labeled VPN Unicast+Multicast", 132: "Route Target Routing Information"}
	bgpTunnels = Names{1: "L2TPv3 over IP", 2: "GRE", 3: "Transmit Tunnel", 4: "IPsec", 5: "IP in IP with IPsec", 6: "MPLS in IP with IPsec",
		7: "IP in IP", 8: "VXLAN", 9: "NVGRE", 10: "MPLS", 11: "MPLS in GRE", 12: "VXLAN GPE", 13: "MPLS in UDP", 14: "IPv6", 15: "SR TE", 16: "Bare", 17: "SR"}
)

const (
	bgpCease  = 6  // an error
	bgpHeader = 19 // bytes, of which the first 16 are ones
)

// bgpMessages are the messages.
var bgpMessages = List{Rejected: func(d *Context, _ *Cursor) { d.Mark() }, Values: Values{
	1: {"Open", 0, printBGPOpen}, 2: {"Update", 0, printBGPUpdate}, 3: {"Notification", 2, func(d *Context, c *Cursor) { bgpError(d, c, c.U8(), c.U8()) }}, 4: {"Keepalive", 0, nil},
	5: {"Route Refresh", 4, dissect.Form("\n\t  AFI %2n (%=d), SAFI %1@3n (%=d)", dissect.AddressFamilies.Or("Unknown"), bgpSubfamilies.Or("Unknown"))},
}}

// bgpAttributes are the attributes of paths (RFC 4271 and others).
var bgpAttributes = List{Short: dissect.Prints("invalid len"), Unknown: bgpUnknown("\n\t    no Attribute %d decoder", "\n\t    "), Values: Values{
	1: {"Origin", -1, dissect.Form("%1n", Names{0: "IGP", 1: "EGP", 2: "Incomplete"}.Or("Unknown Origin Typecode"))},
	2: {"AS Path", 0, bgpMultiple(2, func(d *Context, c *Cursor) { printBGPPath(d, c, false) })}, 17: {"AS4 Path", 0, bgpMultiple(2, func(d *Context, c *Cursor) { printBGPPath(d, c, true) })},
	3: {"Next Hop", -4, dissect.Form("%4a")}, 4: {"Multi Exit Discriminator", -4, dissect.Form("%4d")}, 5: {"Local Preference", -4, dissect.Form("%4d")}, 6: {"Atomic Aggregate", dissect.Nothing, dissect.Silent},
	7: {"Aggregator", 0, bgpAggregator}, 18: {"Aggregator4", -8, bgpAggregator},
	8: {"Community", 0, bgpMultiple(4, dissect.Each(bgpCommunity))}, 9: {"Originator ID", -4, dissect.Form("%4a")}, 10: {"Cluster List", 0, bgpMultiple(4, dissect.Every(4, ", ", dissect.Form("%4a")))},
	11: {"DPA", 0, nil}, 12: {"Advertisers", 0, nil}, 13: {"RCID Path / Cluster ID", 0, nil},
	14: {"Multi-Protocol Reach NLRI", 0, printBGPReach}, 15: {"Multi-Protocol Unreach NLRI", 0, bgpUnreach}, 16: {"Extended Community", 0, bgpMultiple(8, dissect.Each(printBGPExtended))},
	22: {"PMSI Tunnel", 0, printBGPTunnel}, 23: {"Tunnel Encapsulation", 0, nil}, 24: {"Traffic Engineering", 0, nil}, 25: {"IPv6 Extended Community", 0, nil},
	26: {"Accumulated IGP Metric", 0, bgpMetrics.Print}, 27: {"PE Distinguisher Label", 0, nil}, 28: {"Entropy Label", 0, nil},
	bgpLarge: {"Large Community", 1, bgpMultiple(12, dissect.Form("\n\t    %p", dissect.Every(12, ", ", dissect.Form("%4d:%4d:%4d"))))},
	bgpSet:   {"Attribute Set", 0, bgpAttributeSet}, 255: {"Reserved for development", 0, nil},
}}

// Attributes whose bytes are not shown with -vv.
const (
	bgpLarge = 32
	bgpSet   = 128
)

// bgpUnknown makes a printer that says in a format of the type that there is none for it, and shows bytes.
func bgpUnknown(format, before string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		d.Printf(format, d.Number)
		if d.Verbose <= 1 {
			d.Unknown(c.View, before, c.Length)
		}
	}
}

// bgpMultiple makes a printer of values whose size is a multiple of some bytes.
func bgpMultiple(size int, print dissect.Printer) dissect.Printer {
	return func(d *Context, c *Cursor) {
		if c.Length%size != 0 {
			d.Print("invalid len")
			return
		}
		print(d, c)
	}
}

// BGP prints the Border Gateway Protocol (RFC 4271): with -v the messages that a segment has whole.
func BGP(d *Context, v View) {
	d.Proto = "bgp"
	d.Print(": BGP")
	if d.Verbose == 0 {
		return
	}
	marker := bytes.Repeat([]byte{0xff}, 16)
	for at, start := 0, 0; ; {
		next := bytes.Index(v.Data[at:], marker)
		d.LeaveIf(next < 0, "")
		at += next
		d.CutIf(len(v.Data) < at+bgpHeader)
		d.PrintfIf(at != start, " [|%s]", d.Proto)
		size := v.U16(at + 16)
		d.StopIf(size < bgpHeader, "\nmessage header length %d < %d (invalid)", size, bgpHeader)
		d.LeaveIf(len(v.Data) < at+size, "\n[|BGP %s]", bgpMessages.Values.Name(v.U8(at+18), "Unknown Message Type"))
		bgpMessage(d, dissect.NewView(v.Bytes(at, size), size))
		at += size
		start = at
	}
}

func bgpMessage(d *Context, m View) {
	const refresh = 5
	kind := m.U8(18)
	d.Printf("\n\t%s Message (%d), length: %d", bgpMessages.Values.Name(kind, "Unknown"), kind, m.Length)
	_, known := bgpMessages.Values[kind]
	d.PrintfIf(!known, "\n\t  no Message %d decoder", kind)
	bgpMessages.Value(d, kind, m.From(bgpHeader))
	if !known || kind == refresh && m.Length >= bgpHeader+4 && d.Verbose > 1 {
		d.Unknown(m, "\n\t  ", m.Length)
	}
}

func printBGPOpen(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 10)
	d.Printf("\n\t  Version %d, my AS %d, Holdtime %ds, ID %s", c.U8(), c.U16(), c.U16(), d.IP4(c.Bytes(4)))
	size := c.U8()
	d.Printf("\n\t  Optional parameters, length: %d", size)
	for end := c.At + size; c.At < end; {
		dissect.RejectIf(c.Left() < 2)
		kind, n := c.U8(), c.U8()
		if c.At+n > end {
			d.Printf("\n\t     Option %d, length: %d, goes past the end of the options", kind, n)
			return
		}
		d.Printf("\n\t    Option %s (%d), length: %d", Names{1: "Authentication Information", 2: "Capabilities Advertisement"}.Of(kind, "Unknown"), kind, n)
		if kind != 2 {
			d.Printf("\n\t      no decoder for option %d", kind)
		} else if c.Left() < n {
			dissect.Reject()
		} else if !d.Try(func() { bgpCapabilities.Print(d, dissect.NewView(c.Rest().Data, n).Cursor(0)) }) {
			d.Mark()
		}
		c.At += n
	}
}

// bgpCapabilities are what a speaker can do (RFC 5492).
var bgpCapabilities = List{Head: 2, Title: dissect.Titled("\n\t      %s (%d), length: %d"), Other: "Unknown", Open: true, Loose: true, Strict: true, More: "\n\t\t",
	Short:   func(d *Context, f dissect.Fault) { d.Printf(" (too short, < %d)", f.Least) },
	Unknown: bgpUnknown("\n\t\tno decoder for Capability %d", "\n\t\t"),
	Values: Values{
		1: {"Multiprotocol Extensions", 4, dissect.Form("\n\t\tAFI %2n (%=d), SAFI %1@3n (%=d)", dissect.AddressFamilies.Or("Unknown"), bgpSubfamilies.Or("Unknown"))},
		2: {"Route Refresh", 0, dissect.Silent}, 3: {"Cooperative Route Filtering", 0, nil}, 4: {"Multiple Routes to a Destination", 0, nil}, 5: {"Extended Next Hop Encoding", 0, nil},
		8: {"Multiple Labels", 0, bgpFamilies("\n\t\t", ", Count: %1d", nil)},
		64: {"Graceful Restart", 2, func(d *Context, c *Cursor) {
			d.Form(c, "\n\t\tRestart Flags: [%2[0-3]n], Restart Time %=[4-15]ds", Flags{{8, "R"}})
			bgpFamilies("\n\t\t  ", ", Forwarding state preserved: %1[0]n", [2]string{"no", "yes"})(d, c)
		}},
		65: {"32-Bit AS Number", 4, dissect.Form("\n\t\t 4 Byte AS %4n", bgpASText)}, 67: {"Dynamic Capability", 0, nil}, 68: {"Multisession BGP", 0, nil},
		69: {"Multiple Paths", 0, func(d *Context, c *Cursor) {
			d.If(c.Length == 0, " (bogus)")
			bgpFamilies("\n\t\t", ", Send/Receive: %1n", Names{1: "Receive", 2: "Send", 3: "Both"}.Or("Bogus (0x%02x)"))(d, c)
			d.If(c.Left() > 0, " (invalid)")
		}},
		70: {"Enhanced Route Refresh", 0, nil}, 71: {"Long-lived Graceful Restart", 0, dissect.Silent}, 128: {"Route Refresh (Cisco)", 0, dissect.Silent},
	}}

// bgpFamilies makes a printer of families of addresses, each before a form.
func bgpFamilies(before, form string, table any) dissect.Printer {
	return dissect.Every(4, "", dissect.Form(before+"AFI %2n (%=d), SAFI %1n (%=d)"+form, dissect.AddressFamilies.Or("Unknown"), bgpSubfamilies.Or("Unknown"), table))
}

// bgpError prints why a connection ends (RFC 4486, 8538, 9003).
func bgpError(d *Context, c *Cursor, major, minor int) {
	d.Printf(", %s (%d)", bgpErrors.Of(major, "Unknown Error"), major)
	codes := bgpCodes[major]
	switch {
	case codes != nil:
		d.Printf("%s subcode %s (%d)", dissect.If(major != 5 && major != 7, ","), codes.Of(minor, "Unknown"), minor)
	}
	if major != bgpCease {
		return
	}
	switch {
	case minor == 1 && c.Left() >= 7:
		d.Form(c, ", AFI %2n (%=d), SAFI %1n (%=d), Max Prefixes: %4d", dissect.AddressFamilies.Or("Unknown"), bgpSubfamilies.Or("Unknown"))
	case (minor == 2 || minor == 4) && c.Left() >= 1:
		switch n := c.View.U8(c.At); {
		case n > c.Left()-1:
			d.Print(", invalid Shutdown Communication length")
		case n == 0:
			d.Print(", empty Shutdown Communication")
			c.At++
		default:
			d.Printf(", Shutdown Communication (length: %d): \"", n)
			c.At++
			d.Counted(c, n)
			d.Print("\"")
		}
		if n := c.Left(); n > 0 {
			d.Printf(", Data: (length: %d)", n)
			d.HexBytes("\n\t\t", c.Rest(), n)
		}
	}
}

// bgpPrefix reads a prefix of a family with addresses of some bytes; false, and told, if it has an illegal length. It is rejected if
// it is not all there.
func bgpPrefix(d *Context, c *Cursor, size, skip int) (prefix string, ok bool) {
	dissect.RejectIf(c.Left() < 1)
	bits := c.View.U8(c.At) - 8*skip
	if bits < 0 || bits > 8*size {
		d.Print("\n\t    (illegal prefix length)")
		return "", false
	}
	dissect.RejectIf(c.Left() < 1+skip+(bits+7)/8)
	c.At += 1 + skip
	return d.Prefix(c, size, bits), true
}

// bgpPaths tells whether prefixes have path identifiers (RFC 7911): if they make sense with and none without.
func bgpPaths(b []byte, most int) bool {
	if len(b) < 5 {
		return false
	}
	scan := func(skip int) bool {
		at := 0
		for at < len(b) {
			at += skip
			if at >= len(b) {
				return false
			}
			bits := int(b[at])
			if bits > most || skip == 0 && bits < 1 {
				return false
			}
			at += 1 + (bits+7)/8
		}
		return at <= len(b)
	}
	return scan(4) && !scan(0)
}

// bgpRoutes prints prefixes of IPv4; rejected if they are cut.
func bgpRoutes(d *Context, c *Cursor) {
	paths := bgpPaths(c.Rest().Data[:max(min(c.Left(), len(c.Rest().Data)), 0)], 32)
	for c.Left() > 0 {
		path := uint32(0)
		if paths {
			dissect.RejectIf(c.Left() < 4)
			path = c.U32()
		}
		prefix, ok := bgpPrefix(d, c, 4, 0)
		if !ok {
			return
		}
		d.Printf("\n\t    %s", prefix)
		d.PrintfIf(paths, "   Path Id: %d", path)
	}
}

func printBGPUpdate(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 2)
	withdrawn := c.U16()
	dissect.RejectIf(c.Left() < withdrawn)
	if withdrawn > 1 {
		d.Print("\n\t  Withdrawn routes:")
		bgpRoutes(d, dissect.NewView(c.View.Bytes(c.At, withdrawn), withdrawn).Cursor(0))
	}
	c.At += withdrawn
	dissect.RejectIf(c.Left() < 2)
	size := c.U16()
	if withdrawn != 1 && size == 0 && c.Left() == 0 {
		d.Print("\n\t  End-of-Rib Marker (empty NLRI)")
		return
	}
	dissect.RejectIf(c.Left() < size)
	*dissect.Remembered[bgpLevel](d) = 0
	printBGPAttributes(d, c.Take(size).Cursor(0), &bgpAttributes, "\n\t  ", " [path attrs too short]", false)
	if c.Left() > 0 {
		d.Print("\n\t  Updated routes:")
		bgpRoutes(d, c)
		return
	}
}

// printBGPAttributes prints attributes; rejected if they are cut.
func printBGPAttributes(d *Context, c *Cursor, list *List, before, short string, nested bool) {
	for c.Left() > 0 {
		wide := c.View.U8(c.At)&0x10 != 0
		if c.Left() < dissect.Pick(wide, 4, 3) {
			d.Print(dissect.If(!nested, "\n\t ") + short)
			return
		}
		bits, kind, size := c.U8(), c.U8(), c.U8()
		if wide {
			size = size<<8 | c.U8()
		}
		d.Printf("%s%s (%d), length: %d", before, list.Values.Name(kind, "Unknown Attribute"), kind, size)
		if bits != 0 {
			d.Printf(", Flags [%s%s]: ", bgpAttributeFlags.Letters(bits), dissect.If(bits&15 != 0, fmt.Sprintf("+%x", bits&15)))
		} else if nested {
			d.Print(": ")
		}
		if c.Left() < size {
			d.Print(short)
			return
		}
		value := c.Take(size)
		list.Value(d, kind, value)
		if d.Verbose > 1 && kind != bgpLarge && kind != bgpSet {
			d.Unknown(value, "\n\t    ", size)
		}
	}
}

// bgpAttributeSet prints the attributes inside another (RFC 6368).
func bgpAttributeSet(d *Context, c *Cursor) {
	const most = 10
	dissect.RejectIf(c.Left() < 4)
	d.Form(c, "\n\t    Origin AS: %4d")
	level := dissect.Remembered[bgpLevel](d)
	if *level == most {
		d.Print("(too many nested levels, not recursing)")
		return
	}
	*level++
	printBGPAttributes(d, c, d.InList(), "\n\t      ", " [path attr too short]", true)
	*level--
}

// bgpLevel counts the sets that an attribute is in.
type bgpLevel int

func bgpAggregator(d *Context, c *Cursor) {
	switch c.Length {
	case 6:
		d.Form(c, " AS #%2d, origin %4a")
	case 8:
		d.Form(c, " AS #%4n, origin %4a", bgpASText)
	default:
		d.Print("invalid len")
	}
}

func bgpUnreach(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 3)
	family, sub := c.U16(), c.U8()
	if bgpReached(d, c, family, sub) {
		d.If(c.Length == 3, "\n\t      End-of-Rib Marker (empty NLRI)")
		bgpNetworks(d, c, family, sub)
	}
}

// bgpMetrics are metrics that are added up on the way (RFC 7311).
var bgpMetrics = List{Head: 3, Least: 3, Whole: true, Read: func(c *Cursor) (kind, size int) { return c.U8(), c.U16() }, Title: dissect.Titled("\n\t    %s TLV (%d), length %d"), Other: "Unknown",
	Ends: dissect.Rejects(""), Short: dissect.Rejects(""), Bytes: "\n\t      ", Values: Values{1: {"AIGP", 8, dissect.Form(", metric %8d")}}}

// printBGPPath prints the autonomous systems of a path, whose numbers have two bytes if that makes sense and the attribute is not for
// wider ones, four otherwise.
func printBGPPath(d *Context, c *Cursor, wide bool) {
	if c.Length == 0 {
		d.Print("empty")
		return
	}
	size := 2
	if wide || !bgpNarrow(c.View.Data) {
		size = 4
	}
	for c.Left() > 0 {
		dissect.RejectIf(c.Left() < 2)
		kind, n := c.U8(), c.U8()
		segment, known := bgpSegments[kind]
		if !known {
			segment = [2]string{"?", "?"}
		}
		d.Print(segment[0])
		for range n {
			dissect.RejectIf(c.Left() < size)
			if size == 2 {
				d.Printf("%d ", c.U16())
			} else {
				d.Printf("%s ", bgpAS(d, c.U32()))
			}
		}
		d.Print(segment[1])
	}
}

func bgpNarrow(b []byte) bool {
	for len(b) >= 2 {
		if b[0] < 1 || b[0] > 4 {
			return false
		}
		n := 2 + 2*int(b[1])
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

func bgpCommunity(d *Context, c *Cursor) {
	names := Names{0xff01: " NO_EXPORT", 0xff02: " NO_ADVERTISE", 0xff03: " NO_EXPORT_SUBCONFED"}
	n := c.U32()
	if name := names[int(n&0xffff)]; name != "" && n>>16 == 0xffff {
		d.Print(name)
		return
	}
	d.Printf("%d:%d%s", n>>16, n&0xffff, dissect.If(c.Left() > 0, ", "))
}

// printBGPExtended prints an extended community.
func printBGPExtended(d *Context, c *Cursor) {
	d.Form(c, "\n\t    %2n (0x%=x), Flags [%=n]: ", func(n int) string { return bgpExtended.Values.Name(n, "unknown extd community typecode") }, Flags{{0x8000, "vendor-specific"}, {0x4000, "non-transitive"}})
	bgpExtended.Value(d, c.View.U16(c.At-2), c.Take(6))
}

var (
	bgpNarrowAS = dissect.Form("%2d:%4d (= %4@2a)")
	bgpByIP     = dissect.Form("%4a:%2d")
	bgpWideAS   = dissect.Form("%4d:%2d")
	bgpIP       = dissect.Form("%4a")
)

// bgpExtended are the extended communities (RFC 4360), in six bytes behind their type.
var bgpExtended = List{Unknown: dissect.Form("%*b"), Values: Values{
	0x0002: {"target", 0, bgpNarrowAS}, 0x0102: {"target", 0, bgpByIP}, 0x0202: {"target", 0, bgpWideAS}, 0x0003: {"origin", 0, bgpNarrowAS}, 0x0103: {"origin", 0, bgpByIP}, 0x0203: {"origin", 0, bgpWideAS},
	0x4004: {"link-BW", 0, dissect.Form("bandwidth: %4@2f")}, 0x0005: {"ospf-domain", 0, bgpIP}, 0x0105: {"ospf-domain", 0, bgpIP}, 0x0205: {"ospf-domain", 0, bgpIP}, 0x8005: {"ospf-domain", 0, bgpIP},
	0x0306: {"ospf-route-type", 0, nil}, 0x8000: {"ospf-route-type", 0, nil}, 0x8800: {"eigrp-general-route (flag, tag)", 0, nil}, 0x8801: {"eigrp-route-metric (AS, delay)", 0, nil}, 0x8802: {"eigrp-route-metric (reliability, nexthop, bandwidth)", 0, nil}, 0x8803: {"eigrp-route-metric (load, MTU)", 0, nil},
	0x8804: {"eigrp-external-route (remote-AS, remote-ID)", 0, nil}, 0x8805: {"eigrp-external-route (remote-proto, remote-metric)", 0, nil},
	0x030c: {"encapsulation", 0, dissect.Form("Tunnel type: %2@4n", bgpTunnels.Or("Unknown"))},
	0x0107: {"ospf-router-id", 0, bgpIP}, 0x8001: {"ospf-router-id", 0, bgpIP}, 0x800a: {"layer2-info", 0, nil}, 0x0009: {"source-AS", 0, dissect.Form("AS %2d")},
	0x010b: {"vrf-route-import", 0, bgpByIP}, 0x000a: {"l2vpn-id", 0, bgpNarrowAS}, 0xf10a: {"l2vpn-id", 0, bgpByIP},
}}

// printBGPTunnel prints a tunnel for multicast.
func printBGPTunnel(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 5)
	kind := c.View.U8(c.At + 1)
	d.Form(c, "\n\t    Tunnel-type %1@1n (%=d), Flags [%1n], MPLS Label %3@2[0-19]d", func(n int) string { return bgpTrees.Values.Name(n, "Unknown") }, Flags{{1, "Leaf Information required"}})
	c.At += 4
	bgpTrees.Value(d, kind, c.Rest())
}

// bgpTrees are the tunnels (RFC 6514).
var bgpTrees = List{Bytes: "\n\t      ", Values: Values{
	1: {"RSVP-TE P2MP LSP", 0, dissect.Form("\n\t      Extended-Tunnel-ID %4a, P2MP-ID 0x%4x")}, 2: {"LDP P2MP LSP", 0, bgpRoot}, 3: {"PIM-SSM Tree", 0, dissect.Form("\n\t      Root-Node %4a, P-Group %4a")},
	4: {"PIM-SM Tree", 0, bgpSender}, 5: {"PIM-Bidir Tree", 0, bgpSender}, 6: {"Ingress Replication", 0, dissect.Form("\n\t      Tunnel-Endpoint %4a")}, 7: {"LDP MP2MP LSP", 0, bgpRoot},
}}

var (
	bgpRoot   = dissect.Form("\n\t      Root-Node %4a, LSP-ID 0x%4x")
	bgpSender = dissect.Form("\n\t      Sender %4a, P-Group %4a")
)

// bgpKind is how the networks of a family are written: the bytes of an address, whether a label and a route distinguisher are
// before it.
type bgpKind struct {
	size            int
	labeled, routed bool
}

func bgpKindOf(family, sub int) (bgpKind, bool) {
	size := map[int]int{1: 4, 2: 16}[family]
	if size == 0 {
		return bgpKind{}, false
	}
	switch sub {
	case 1, 2, 3:
		return bgpKind{size, false, false}, true
	case 4:
		return bgpKind{size, true, false}, true
	case 128, 129, 130:
		return bgpKind{size, true, true}, true
	case 132:
		return bgpKind{size, false, false}, family == 1
	}
	return bgpKind{}, false
}

// bgpReached prints a family; false if nothing is known of it.
func bgpReached(d *Context, c *Cursor, family, sub int) bool {
	d.Printf("\n\t    AFI: %s (%d), %sSAFI: %s (%d)", dissect.AddressFamilies.Of(family, "Unknown AFI"), family, dissect.If(sub > 128, "vendor specific "), bgpSubfamilies.Of(sub, "Unknown SAFI"), sub)
	if _, known := bgpKindOf(family, sub); known || bgpOther[family<<8|sub].hop != nil {
		return true
	}
	d.Printf("\n\t    no AFI %d / SAFI %d decoder", family, sub)
	if d.Verbose <= 1 {
		d.Unknown(c.View, "\n\t    ", c.Length)
	}
	return false
}

// printBGPReach prints networks and how to get there (RFC 4760); rejected if that is cut.
func printBGPReach(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 3)
	family, sub := c.U16(), c.U8()
	if !bgpReached(d, c, family, sub) {
		return
	}
	dissect.RejectIf(c.Left() < 1)
	kind, _ := bgpKindOf(family, sub)
	size := c.U8()
	dissect.RejectIf(c.Left() < size)
	if size > 0 {
		d.Print("\n\t    nexthop: ")
		hops := c.Take(size).Cursor(0)
		for hops.Left() > 0 {
			d.If(hops.At > 0, ", ")
			if other := bgpOther[family<<8|sub].hop; other != nil {
				if !d.Try(func() { other(d, hops) }) {
					break
				}
				continue
			}
			if hops.Left() < kind.size+dissect.Pick(kind.routed, 8, 0) {
				d.Print("invalid len")
				break
			}
			d.Form(hops, dissect.If(kind.routed, "RD: %8v, "), bgpDistinguisher)
			d.Print(d.Address(hops.Bytes(kind.size)))
		}
	}
	d.Printf(", nh-length: %d", size)
	d.Form(c, "%1!%1?{\n\t    %=d SNPA%={%1!\n\t      %1d bytes%#!%#_}}{, no SNPA}")
	bgpNetworks(d, c, family, sub)
}

// bgpAS writes the number of an autonomous system, with -b as two of 16 bits (RFC 5396).
func bgpAS(d *Context, n uint32) string {
	if d.ASDot && n > math.MaxUint16 {
		return fmt.Sprintf("%d.%d", n>>16, n&0xffff)
	}
	return fmt.Sprint(n)
}

func bgpASText(d *Context, n int) string { return bgpAS(d, uint32(n)) }

// bgpDistinguisher writes a route distinguisher (RFC 4364).
func bgpDistinguisher(d *Context, b []byte) string {
	v := dissect.NewView(b, len(b))
	switch v.U16(0) {
	case 0:
		return fmt.Sprintf("%d:%d (= %s)", v.U16(2), v.U32(4), d.IP4(b[4:8]))
	case 1:
		return fmt.Sprintf("%s:%d", d.IP4(b[2:6]), v.U16(6))
	case 2:
		return fmt.Sprintf("%s:%d (%s:%d)", bgpAS(d, v.U32(2)), v.U16(6), d.IP4(b[2:6]), v.U16(6))
	}
	return "unknown RD format"
}

// bgpNetworks prints networks; rejected if they are cut.
func bgpNetworks(d *Context, c *Cursor, family, sub int) {
	kind, _ := bgpKindOf(family, sub)
	rest := c.Rest()
	paths := !kind.labeled && sub != 132 && bgpPaths(rest.Data, 8*kind.size)
	for c.Left() > 0 {
		if other := bgpOther[family<<8|sub].network; other != nil {
			if !d.Try(func() { other(d, c) }) {
				return
			}
			continue
		}
		if sub == 132 {
			if !d.Try(func() { bgpTargets(d, c) }) {
				return
			}
			continue
		}
		path := uint32(0)
		if paths {
			path = c.U32()
		}
		skip := 0
		label := ""
		if kind.labeled {
			skip = dissect.Pick(kind.routed, 11, 3)
			dissect.RejectIf(c.Left() < 4)
			n := c.View.U24(c.At + 1)
			label = fmt.Sprintf("label:%d %s", n>>4, dissect.Pick(n&1 != 0, "(bottom)", "(BOGUS: Bottom of Stack NOT set!)"))
		}
		distinguisher := ""
		if kind.routed && c.Left() >= 12 {
			distinguisher = fmt.Sprintf("RD: %s, ", bgpDistinguisher(d, c.View.Bytes(c.At+4, 8)))
		}
		prefix, ok := "", false
		dissect.TruncateIf(!d.Try(func() { prefix, ok = bgpPrefix(d, c, kind.size, skip) }) && kind.routed)
		if !ok {
			return
		}
		d.Printf("\n\t      %s%s", distinguisher, prefix)
		d.If(kind.labeled, ", "+label)
		d.PrintfIf(paths, "   Path Id: %d", path)
	}
}

// bgpTargets prints a route target that is wanted (RFC 4684); rejected if it makes no sense.
func bgpTargets(d *Context, c *Cursor) {
	bits := c.View.U8(c.At)
	if bits == 0 {
		d.Print("\n\t      default route target")
		c.At++
		return
	}
	d.RejectIf(bits < 32 || bits > 96, "\n\t      (illegal prefix length)")
	n := (bits + 7) / 8
	dissect.RejectIf(c.Left() < 1+n)
	c.At++
	var b [12]byte
	copy(b[:], c.Bytes(n))
	v, target := dissect.NewView(b[:], 12), bits-32
	d.Printf("\n\t      origin AS: %s, route-target: ", bgpAS(d, v.U32(0)))
	switch b[4] {
	case 1:
		d.Printf("%s:%d", d.IP4(b[6:10]), v.U16(10))
	case 2:
		d.Printf("%s:%d", bgpAS(d, v.U32(6)), v.U16(10))
	default:
		d.Printf("%d:%d", v.U16(6), v.U32(8))
	}
	d.Printf("/%d", target)
	for i := range (target + 7) / 8 {
		separator := ""
		switch {
		case i == 0:
			separator = " ("
		case i%2 == 0:
			separator = " "
		}
		d.Printf("%s%02x", separator, b[4+i])
	}
	d.If(target > 0, ")")
}
