package routing

import (
	"bytes"
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
)

var (
	bgpMessages   = Names{bgpOpen: "Open", bgpUpdate: "Update", bgpNotification: "Notification", bgpKeepalive: "Keepalive", bgpRefresh: "Route Refresh"}
	bgpAttributes = Names{bgpOrigin: "Origin", bgpPath: "AS Path", bgpNextHop: "Next Hop", bgpDiscriminator: "Multi Exit Discriminator", bgpPreference: "Local Preference",
		bgpAtomic: "Atomic Aggregate", bgpAggregator: "Aggregator", bgpCommunities: "Community", bgpOriginator: "Originator ID", bgpClusters: "Cluster List", bgpReach: "Multi-Protocol Reach NLRI",
		bgpUnreach: "Multi-Protocol Unreach NLRI", bgpExtended: "Extended Community", bgpPath4: "AS4 Path", bgpAggregator4: "Aggregator4", bgpTunnel: "PMSI Tunnel", 23: "Tunnel Encapsulation",
		24: "Traffic Engineering", 25: "IPv6 Extended Community", bgpMetric: "Accumulated IGP Metric", 27: "PE Distinguisher Label", 28: "Entropy Label", bgpLarge: "Large Community",
		bgpSet: "Attribute Set", 255: "Reserved for development"}
	bgpAttributeFlags = Flags{{0x80, "O"}, {0x40, "T"}, {0x20, "P"}, {0x10, "E"}}
	bgpSegments       = map[int][2]string{1: {"{ ", "}"}, 2: {"", ""}, 3: {"( ", ")"}, 4: {"({ ", "})"}}
	bgpCapabilities   = Names{1: "Multiprotocol Extensions", 2: "Route Refresh", 3: "Cooperative Route Filtering", 4: "Multiple Routes to a Destination", 5: "Extended Next Hop Encoding",
		8: "Multiple Labels", 64: "Graceful Restart", 65: "32-Bit AS Number", 67: "Dynamic Capability", 68: "Multisession BGP", 69: "Multiple Paths", 70: "Enhanced Route Refresh",
		71: "Long-lived Graceful Restart", 128: "Route Refresh (Cisco)"}
	bgpErrors = Names{1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired", 5: "Finite State Machine Error", bgpCease: "Cease", 7: "Capability Message Error"}
	bgpCodes  = map[int]Names{
		1: {1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type"},
		2: {1: "Unsupported Version Number", 2: "Bad Peer AS", 3: "Bad BGP Identifier", 4: "Unsupported Optional Parameter", 5: "Authentication Failure", 6: "Unacceptable Hold Time", 7: "Capability Message Error"},
		3: {1: "Malformed Attribute List", 2: "Unrecognized Well-known Attribute", 3: "Missing Well-known Attribute", 4: "Attribute Flags Error", 5: "Attribute Length Error", 6: "Invalid ORIGIN Attribute",
			7: "AS Routing Loop", 8: "Invalid NEXT_HOP Attribute", 9: "Optional Attribute Error", 10: "Invalid Network Field", 11: "Malformed AS_PATH"},
		5: {0: "Unspecified Error", 1: "In OpenSent State", 2: "In OpenConfirm State", 3: "In Established State"},
		bgpCease: {1: "Maximum Number of Prefixes Reached", 2: "Administrative Shutdown", 3: "Peer Unconfigured", 4: "Administrative Reset", 5: "Connection Rejected", 6: "Other Configuration Change",
			7: "Connection Collision Resolution", 8: "Out of Resources"},
		7: {1: "Invalid Action Value", 2: "Invalid Capability Length", 3: "Malformed Capability Value", 4: "Unsupported Capability Code"},
	}
	bgpSubfamilies = Names{0: "Reserved", 1: "Unicast", 2: "Multicast", 3: "Unicast+Multicast", 4: "labeled Unicast", 5: "Multicast VPN", 64: "Tunnel", 65: "VPLS", 66: "MDT", 70: "EVPN",
		128: "labeled VPN Unicast", 129: "labeled VPN Multicast", 130: "labeled VPN Unicast+Multicast", 132: "Route Target Routing Information"}
	bgpExtendedNames = Names{0x0002: "target", 0x0102: "target", 0x0202: "target", 0x0003: "origin", 0x0103: "origin", 0x0203: "origin", 0x4004: "link-BW", 0x0005: "ospf-domain",
		0x0105: "ospf-domain", 0x0205: "ospf-domain", 0x8005: "ospf-domain", 0x0306: "ospf-route-type", 0x8000: "ospf-route-type", 0x030c: "encapsulation", 0x0107: "ospf-router-id",
		0x8001: "ospf-router-id", 0x800a: "layer2-info", 0x0009: "source-AS", 0x010b: "vrf-route-import", 0x000a: "l2vpn-id", 0xf10a: "l2vpn-id"}
	bgpSend = Names{1: "Receive", 2: "Send", 3: "Both"}
)

// Messages, errors and attributes.
const (
	bgpOpen          = 1
	bgpUpdate        = 2
	bgpNotification  = 3
	bgpKeepalive     = 4
	bgpRefresh       = 5
	bgpCease         = 6
	bgpOrigin        = 1
	bgpPath          = 2
	bgpNextHop       = 3
	bgpDiscriminator = 4
	bgpPreference    = 5
	bgpAtomic        = 6
	bgpAggregator    = 7
	bgpCommunities   = 8
	bgpOriginator    = 9
	bgpClusters      = 10
	bgpReach         = 14
	bgpUnreach       = 15
	bgpExtended      = 16
	bgpPath4         = 17
	bgpAggregator4   = 18
	bgpTunnel        = 22
	bgpMetric        = 26
	bgpLarge         = 32
	bgpSet           = 128
	bgpHeader        = 19 // bytes, of which the first 16 are ones
)

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
		if next < 0 {
			return
		}
		at += next
		d.CutIf(len(v.Data) < at+bgpHeader)
		d.PrintfIf(at != start, " [|%s]", d.Proto)
		size := v.U16(at + 16)
		d.StopIf(size < bgpHeader, "\nmessage header length %d < %d (invalid)", size, bgpHeader)
		if len(v.Data) < at+size {
			d.Printf("\n[|BGP %s]", bgpMessages.Of(v.U8(at+18), "Unknown Message Type"))
			return
		}
		bgpMessage(d, dissect.NewView(v.Bytes(at, size), size))
		at += size
		start = at
	}
}

func bgpMessage(d *Context, m View) {
	kind := m.U8(18)
	d.Printf("\n\t%s Message (%d), length: %d", bgpMessages.Of(kind, "Unknown"), kind, m.Length)
	c := m.Cursor(bgpHeader)
	fits := true
	switch kind {
	case bgpOpen:
		fits = d.Try(func() { printBGPOpen(d, c) })
	case bgpUpdate:
		fits = d.Try(func() { printBGPUpdate(d, c) })
	case bgpNotification:
		if c.Left() >= 2 {
			bgpError(d, c, c.U8(), c.U8())
		}
	case bgpKeepalive:
	case bgpRefresh:
		if c.Left() >= 4 {
			family, kind, sub := c.U16(), c.U8(), c.U8()
			d.Printf("\n\t  AFI %s (%d), SAFI %s (%d)", dissect.AddressFamilies.Of(family, "Unknown"), family, bgpSubfamilies.Of(sub, "Unknown"), sub)
			_ = kind
			if d.Verbose > 1 {
				d.Unknown(m, "\n\t  ", m.Length)
			}
		}
	default:
		d.Printf("\n\t  no Message %d decoder", kind)
		d.Unknown(m, "\n\t  ", m.Length)
	}
	d.PrintfIf(!fits, " [|%s]", d.Proto)
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
		} else if !d.Try(func() { printBGPCapabilities(d, dissect.NewView(c.Rest().Data, n).Cursor(0)) }) {
			d.Mark()
		}
		c.At += n
	}
}

// bgpFamily writes a family and a subfamily of addresses.
func bgpFamily(d *Context, family, sub int) string {
	return fmt.Sprintf("AFI %s (%d), SAFI %s (%d)", dissect.AddressFamilies.Of(family, "Unknown"), family, bgpSubfamilies.Of(sub, "Unknown"), sub)
}

// printBGPCapabilities prints what a speaker can do; rejected if that is cut.
func printBGPCapabilities(d *Context, c *Cursor) {
	for c.Left() > 0 {
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t      %s (%d), length: %d", bgpCapabilities.Of(kind, "Unknown"), kind, size)
		value := dissect.NewView(c.Rest().Data, size).Cursor(0)
		c.At += size
		if least := map[int]int{1: 4, 64: 2, 65: 4}[kind]; size < least {
			d.Printf(" (too short, < %d)", least)
			return
		}
		switch kind {
		case 1:
			family := value.U16()
			d.Printf("\n\t\t%s", bgpFamily(d, family, value.View.U8(3)))
		case 8:
			for value.Left() >= 4 {
				d.Printf("\n\t\t%s, Count: %d", bgpFamily(d, value.U16(), value.U8()), value.U8())
			}
		case 64:
			n := value.U16()
			d.Printf("\n\t\tRestart Flags: [%s], Restart Time %ds", Flags{{8, "R"}}.Of(n>>12, ", "), n&0xfff)
			for value.Left() >= 4 {
				d.Printf("\n\t\t  %s, Forwarding state preserved: %s", bgpFamily(d, value.U16(), value.U8()), dissect.Pick(value.U8()&0x80 != 0, "yes", "no"))
			}
		case 65:
			d.Printf("\n\t\t 4 Byte AS %s", bgpAS(d, value.U32()))
		case 69:
			d.If(size == 0, " (bogus)")
			for value.Left() > 0 {
				if value.Left() < 4 {
					d.Invalid()
					break
				}
				d.Printf("\n\t\t%s, Send/Receive: %s", bgpFamily(d, value.U16(), value.U8()), bgpSend.Of(value.U8(), "Bogus (0x%02x)"))
			}
		case 2, 71, 128:
		default:
			d.Printf("\n\t\tno decoder for Capability %d", kind)
			if d.Verbose <= 1 {
				d.Unknown(value.View, "\n\t\t", size)
			}
		}
		if d.Verbose > 1 && size > 0 {
			d.Unknown(value.View, "\n\t\t", size)
		}
	}
}

// bgpError prints why a connection ends (RFC 4486, 8538, 9003).
func bgpError(d *Context, c *Cursor, major, minor int) {
	d.Printf(", %s (%d)", bgpErrors.Of(major, "Unknown Error"), major)
	codes := bgpCodes[major]
	switch {
	case codes != nil:
		d.Printf("%s subcode %s (%d)", dissect.If(major != 5 && major != 7, ","), codes.Of(minor, "Unknown"), minor)
	case minor != 0:
		d.Printf(", subcode %d", minor)
	}
	if major != bgpCease {
		return
	}
	switch {
	case minor == 1 && c.Left() >= 7:
		d.Printf(", %s, Max Prefixes: %d", bgpFamily(d, c.U16(), c.U8()), c.U32())
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

// bgpPrefix reads a prefix of a family with addresses of some bytes; why tells what is wrong with it, if anything.
type bgpFault int

const (
	bgpFine    bgpFault = iota
	bgpIllegal          // its length
	bgpShort            // not all there
)

func bgpPrefix(d *Context, c *Cursor, size, skip int) (string, bgpFault) {
	if c.Left() < 1 {
		return "", bgpShort
	}
	bits := c.View.U8(c.At) - 8*skip
	if bits < 0 || bits > 8*size {
		return "", bgpIllegal
	}
	n := (bits + 7) / 8
	if c.Left() < 1+skip+n {
		return "", bgpShort
	}
	c.At += 1 + skip
	prefix := make([]byte, size)
	copy(prefix, c.Bytes(n))
	if bits%8 != 0 {
		prefix[n-1] &= 0xff << (8 - bits%8)
	}
	return fmt.Sprintf("%s/%d", d.Address(prefix), bits), bgpFine
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
		prefix, fault := bgpPrefix(d, c, 4, 0)
		switch fault {
		case bgpIllegal:
			d.Print("\n\t    (illegal prefix length)")
			return
		case bgpShort:
			dissect.Reject()
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
	printBGPAttributes(d, c.Take(size).Cursor(0), "\n\t  ", " [path attrs too short]", 0)
	if c.Left() > 0 {
		d.Print("\n\t  Updated routes:")
		bgpRoutes(d, c)
		return
	}
}

// printBGPAttributes prints attributes; rejected if they are cut.
func printBGPAttributes(d *Context, c *Cursor, before, short string, level int) {
	for c.Left() > 0 {
		if c.Left() < 2 {
			d.Print(dissect.If(level == 0, "\n\t ") + short)
			return
		}
		bits, kind := c.U8(), c.U8()
		wide := bits&0x10 != 0
		if c.Left() < dissect.Pick(wide, 2, 1) {
			d.Print(dissect.If(level == 0, "\n\t ") + short)
			return
		}
		size := 0
		if wide {
			size = c.U16()
		} else {
			size = c.U8()
		}
		d.Printf("%s%s (%d), length: %d", before, bgpAttributes.Of(kind, "Unknown Attribute"), kind, size)
		if bits != 0 {
			names := bgpAttributeFlags.Of(bits, "")
			d.Printf(", Flags [%s", map[bool]string{true: "", false: names}[bits&0xf0 == 0])
			d.PrintfIf(bits&15 != 0, "+%x", bits&15)
			d.Print("]: ")
		} else if level > 0 {
			d.Print(": ")
		}
		if c.Left() < size {
			d.Print(short)
			return
		}
		value := c.Take(size)
		bgpAttribute(d, value.Cursor(0), kind, level)
		if d.Verbose > 1 && size > 0 && kind != bgpLarge && kind != bgpSet {
			d.Unknown(value, "\n\t    ", size)
		}
	}
}

// bgpAttribute prints a value; rejected if it is cut.
func bgpAttribute(d *Context, c *Cursor, kind, level int) {
	n := c.Length
	fits := true
	switch kind {
	case bgpOrigin:
		fits = n == 1
	case bgpPath, bgpPath4:
		fits = n%2 == 0
	case bgpNextHop, bgpDiscriminator, bgpPreference, bgpOriginator:
		fits = n == 4
	case bgpAtomic:
		fits = n == 0
	case bgpAggregator:
		fits = n == 6 || n == 8
	case bgpAggregator4:
		fits = n == 8
	case bgpCommunities, bgpClusters:
		fits = n%4 == 0
	case bgpExtended:
		fits = n%8 == 0
	case bgpLarge:
		fits = n > 0 && n%12 == 0
	}
	if !fits {
		d.Print("invalid len")
		return
	}
	switch kind {
	case bgpOrigin:
		d.Print(Names{0: "IGP", 1: "EGP", 2: "Incomplete"}.Of(c.U8(), "Unknown Origin Typecode"))
	case bgpPath, bgpPath4:
		printBGPPath(d, c, kind == bgpPath4)
		return
	case bgpNextHop, bgpOriginator:
		d.Print(d.IP4(c.Bytes(4)))
	case bgpDiscriminator, bgpPreference:
		d.Printf("%d", c.U32())
	case bgpAtomic:
	case bgpAggregator, bgpAggregator4:
		as := uint32(0)
		if n == 6 {
			as = uint32(c.U16())
		} else {
			as = c.U32()
		}
		d.Printf(" AS #%s, origin %s", bgpAS(d, as), d.IP4(c.Bytes(4)))
	case bgpCommunities:
		printBGPCommunities(d, c)
	case bgpClusters:
		for c.Left() > 0 {
			d.Print(d.IP4(c.Bytes(4)))
			d.If(c.Left() > 0, ", ")
		}
	case bgpReach:
		printBGPReach(d, c)
		return
	case bgpUnreach:
		dissect.RejectIf(n < 3)
		family, sub := c.U16(), c.U8()
		if !bgpReached(d, c, family, sub) {
			return
		}
		d.If(n == 3, "\n\t      End-of-Rib Marker (empty NLRI)")
		bgpNetworks(d, c, family, sub)
		return
	case bgpExtended:
		for c.Left() > 0 {
			printBGPExtended(d, c)
		}
	case bgpTunnel:
		printBGPTunnel(d, c)
		return
	case bgpMetric:
		for c.Left() >= 3 {
			kind, size := c.U8(), c.U16()
			d.Printf("\n\t    %s TLV (%d), length %d", Names{1: "AIGP"}.Of(kind, "Unknown"), kind, size)
			dissect.RejectIf(size < 3 || c.Left() < size-3 || kind == 1 && size < 11)
			value := dissect.NewView(c.Bytes(size-3), size-3)
			if kind == 1 {
				d.Printf(", metric %d", value.U64(0))
			} else if d.Verbose <= 1 {
				d.Unknown(value, "\n\t      ", value.Length)
			}
		}
	case bgpLarge:
		d.Print("\n\t    ")
		for c.Left() > 0 {
			d.Printf("%d:%d:%d", c.U32(), c.U32(), c.U32())
			d.If(c.Left() > 0, ", ")
		}
	case bgpSet:
		dissect.RejectIf(n < 4)
		d.Printf("\n\t    Origin AS: %d", c.U32())
		if level == 10 {
			d.Print("(too many nested levels, not recursing)")
			return
		}
		printBGPAttributes(d, c, "\n\t      ", " [path attr too short]", level+1)
		return
	default:
		d.Printf("\n\t    no Attribute %d decoder", kind)
		if d.Verbose <= 1 {
			d.Unknown(c.View, "\n\t    ", n)
		}
	}
}

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

func printBGPCommunities(d *Context, c *Cursor) {
	for c.Left() > 0 {
		switch n := c.U32(); n {
		case 0xffffff01:
			d.Print(" NO_EXPORT")
		case 0xffffff02:
			d.Print(" NO_ADVERTISE")
		case 0xffffff03:
			d.Print(" NO_EXPORT_SUBCONFED")
		default:
			d.Printf("%d:%d%s", n>>16, n&0xffff, dissect.If(c.Left() > 0, ", "))
		}
	}
}

// printBGPExtended prints an extended community (RFC 4360).
func printBGPExtended(d *Context, c *Cursor) {
	kind := c.U16()
	d.Printf("\n\t    %s (0x%04x), Flags [%s]: ", bgpExtendedNames.Of(kind, "unknown extd community typecode"), kind, Flags{{0x8000, "vendor-specific"}, {0x4000, "non-transitive"}}.Of(kind, ", "))
	value := c.Take(6).Cursor(0)
	switch kind {
	case 0x0002, 0x0003, 0x000a:
		d.Printf("%d:%d (= %s)", value.U16(), value.U32(), d.IP4(value.View.Bytes(2, 4)))
	case 0x0102, 0x0103, 0xf10a, 0x010b:
		d.Printf("%s:%d", d.IP4(value.Bytes(4)), value.U16())
	case 0x0202, 0x0203:
		d.Printf("%d:%d", value.U32(), value.U16())
	case 0x4004:
		d.Printf("bandwidth: %.3f Mbps", float64(math.Float32frombits(value.View.U32(2)))*8/1000000)
	case 0x0005, 0x0105, 0x0205, 0x8005, 0x0107, 0x8001:
		d.Print(d.IP4(value.Bytes(4)))
	case 0x030c:
		tunnel := value.View.U16(4)
		d.Printf("Tunnel type: %s", Names{1: "L2TPv3 over IP", 2: "GRE", 3: "Transmit tunnel endpoint", 4: "IPsec in Tunnel-mode", 5: "IP in IP tunnel with IPsec Transport Mode",
			6: "MPLS-in-IP tunnel with IPsec Transport Mode", 7: "IP in IP", 8: "VXLAN", 9: "NVGRE", 10: "MPLS", 11: "MPLS-in-GRE", 12: "VXLAN GPE", 13: "MPLS-in-UDP", 14: "IPv6 Tunnel"}.Of(tunnel, "Unknown"))
	case 0x0009:
		d.Printf("AS %d", value.U16())
	default:
		d.Printf("%x", value.View.Data)
	}
}

// printBGPTunnel prints a tunnel for multicast (RFC 6514).
func printBGPTunnel(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 5)
	bits, kind := c.U8(), c.U8()
	names := Names{1: "RSVP-TE P2MP LSP", 2: "LDP P2MP LSP", 3: "PIM-SSM Tree", 4: "PIM-SM Tree", 5: "PIM-Bidir Tree", 6: "Ingress Replication", 7: "LDP MP2MP LSP"}
	d.Printf("\n\t    Tunnel-type %s (%d), Flags [%s], MPLS Label %d", names.Of(kind, "Unknown"), kind, Flags{{1, "Leaf Information required"}}.Of(bits, ", "), c.U24()>>4)
	switch kind {
	case 4, 5:
		d.Printf("\n\t      Sender %s, P-Group %s", d.IP4(c.Bytes(4)), d.IP4(c.Bytes(4)))
	case 3:
		d.Printf("\n\t      Root-Node %s, P-Group %s", d.IP4(c.Bytes(4)), d.IP4(c.Bytes(4)))
	case 6:
		d.Printf("\n\t      Tunnel-Endpoint %s", d.IP4(c.Bytes(4)))
	case 2, 7:
		d.Printf("\n\t      Root-Node %s, LSP-ID 0x%08x", d.IP4(c.Bytes(4)), c.U32())
	case 1:
		d.Printf("\n\t      Extended-Tunnel-ID %s, P2MP-ID 0x%08x", d.IP4(c.Bytes(4)), c.U32())
	default:
		if d.Verbose <= 1 {
			d.Unknown(c.Rest(), "\n\t      ", c.Left())
		}
	}
}

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
	if _, known := bgpKindOf(family, sub); known {
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
			want := kind.size
			if kind.routed {
				want += 8
			}
			if hops.Left() < want {
				d.Print("invalid len")
				break
			}
			if kind.routed {
				d.Printf("RD: %s, ", bgpDistinguisher(d, hops.Bytes(8)))
			}
			d.Print(d.Address(hops.Bytes(kind.size)))
		}
	}
	d.Printf(", nh-length: %d", size)
	dissect.RejectIf(c.Left() < 1)
	if n := c.U8(); n > 0 {
		d.Printf("\n\t    %d SNPA", n)
		for range n {
			dissect.RejectIf(c.Left() < 1)
			size := c.U8()
			d.Printf("\n\t      %d bytes", size)
			dissect.RejectIf(c.Left() < size)
			c.At += size
		}
	} else {
		d.Print(", no SNPA")
	}
	bgpNetworks(d, c, family, sub)
}

// bgpAS writes the number of an autonomous system, with -b as two of 16 bits (RFC 5396).
func bgpAS(d *Context, n uint32) string {
	if d.ASDot && n > math.MaxUint16 {
		return fmt.Sprintf("%d.%d", n>>16, n&0xffff)
	}
	return fmt.Sprint(n)
}

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
			skip = 3
			if kind.routed {
				skip += 8
			}
			dissect.RejectIf(c.Left() < 4)
			n := c.View.U24(c.At + 1)
			label = fmt.Sprintf("label:%d %s", n>>4, dissect.Pick(n&1 != 0, "(bottom)", "(BOGUS: Bottom of Stack NOT set!)"))
		}
		distinguisher := ""
		if kind.routed && c.Left() >= 12 {
			distinguisher = fmt.Sprintf("RD: %s, ", bgpDistinguisher(d, c.View.Bytes(c.At+4, 8)))
		}
		prefix, fault := bgpPrefix(d, c, kind.size, skip)
		switch fault {
		case bgpIllegal:
			d.Print("\n\t    (illegal prefix length)")
			return
		case bgpShort:
			dissect.TruncateIf(kind.routed)
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
	d.RejectIf(bits < 32 || bits > 96, "\n\t    (illegal prefix length)")
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
