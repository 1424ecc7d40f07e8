package print

import (
	"bytes"
	"fmt"
	"math"
)

var (
	bgpMessages   = NamesT{bgpOpen: "Open", bgpUpdate: "Update", bgpNotification: "Notification", bgpKeepalive: "Keepalive", bgpRefresh: "Route Refresh"}
	bgpAttributes = NamesT{bgpOrigin: "Origin", bgpPath: "AS Path", bgpNextHop: "Next Hop", bgpDiscriminator: "Multi Exit Discriminator", bgpPreference: "Local Preference",
		bgpAtomic: "Atomic Aggregate", bgpAggregator: "Aggregator", bgpCommunities: "Community", bgpOriginator: "Originator ID", bgpClusters: "Cluster List", bgpReach: "Multi-Protocol Reach NLRI",
		bgpUnreach: "Multi-Protocol Unreach NLRI", bgpExtended: "Extended Community", bgpPath4: "AS4 Path", bgpAggregator4: "Aggregator4", bgpTunnel: "PMSI Tunnel", 23: "Tunnel Encapsulation",
		24: "Traffic Engineering", 25: "IPv6 Extended Community", bgpMetric: "Accumulated IGP Metric", 27: "PE Distinguisher Label", 28: "Entropy Label", bgpLarge: "Large Community",
		bgpSet: "Attribute Set", 255: "Reserved for development"}
	bgpAttributeFlags = FlagsT{{0x80, "O"}, {0x40, "T"}, {0x20, "P"}, {0x10, "E"}}
	bgpSegments       = map[int][2]string{1: {"{ ", "}"}, 2: {"", ""}, 3: {"( ", ")"}, 4: {"({ ", "})"}}
	bgpCapabilities   = NamesT{1: "Multiprotocol Extensions", 2: "Route Refresh", 3: "Cooperative Route Filtering", 4: "Multiple Routes to a Destination", 5: "Extended Next Hop Encoding",
		8: "Multiple Labels", 64: "Graceful Restart", 65: "32-Bit AS Number", 67: "Dynamic Capability", 68: "Multisession BGP", 69: "Multiple Paths", 70: "Enhanced Route Refresh",
		71: "Long-lived Graceful Restart", 128: "Route Refresh (Cisco)"}
	bgpErrors = NamesT{1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired", 5: "Finite State Machine Error", bgpCease: "Cease", 7: "Capability Message Error"}
	bgpCodes  = map[int]NamesT{
		1: {1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type"},
		2: {1: "Unsupported Version Number", 2: "Bad Peer AS", 3: "Bad BGP Identifier", 4: "Unsupported Optional Parameter", 5: "Authentication Failure", 6: "Unacceptable Hold Time", 7: "Capability Message Error"},
		3: {1: "Malformed Attribute List", 2: "Unrecognized Well-known Attribute", 3: "Missing Well-known Attribute", 4: "Attribute Flags Error", 5: "Attribute Length Error", 6: "Invalid ORIGIN Attribute",
			7: "AS Routing Loop", 8: "Invalid NEXT_HOP Attribute", 9: "Optional Attribute Error", 10: "Invalid Network Field", 11: "Malformed AS_PATH"},
		5: {0: "Unspecified Error", 1: "In OpenSent State", 2: "In OpenConfirm State", 3: "In Established State"},
		bgpCease: {1: "Maximum Number of Prefixes Reached", 2: "Administrative Shutdown", 3: "Peer Unconfigured", 4: "Administrative Reset", 5: "Connection Rejected", 6: "Other Configuration Change",
			7: "Connection Collision Resolution", 8: "Out of Resources", 9: "Hard Reset"},
		7: {1: "Invalid Action Value", 2: "Invalid Capability Length", 3: "Malformed Capability Value", 4: "Unsupported Capability Code"},
	}
	bgpSubfamilies = NamesT{0: "Reserved", 1: "Unicast", 2: "Multicast", 3: "Unicast+Multicast", 4: "labeled Unicast", 5: "Multicast VPN", 64: "Tunnel", 65: "VPLS", 66: "MDT", 70: "EVPN",
		128: "labeled VPN Unicast", 129: "labeled VPN Multicast", 130: "labeled VPN Unicast+Multicast", 132: "Route Target Routing Information"}
	bgpExtendedNames = NamesT{0x0002: "target", 0x0102: "target", 0x0202: "target", 0x0003: "origin", 0x0103: "origin", 0x0203: "origin", 0x4004: "link-BW", 0x0005: "ospf-domain",
		0x0105: "ospf-domain", 0x0205: "ospf-domain", 0x8005: "ospf-domain", 0x0306: "ospf-route-type", 0x8000: "ospf-route-type", 0x030c: "encapsulation", 0x0107: "ospf-router-id",
		0x8001: "ospf-router-id", 0x800a: "layer2-info", 0x0009: "source-AS", 0x010b: "vrf-route-import", 0x000a: "l2vpn-id", 0xf10a: "l2vpn-id"}
	bgpSend = NamesT{1: "Receive", 2: "Send", 3: "Both"}
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

// bgp prints the Border Gateway Protocol (RFC 4271): with -v the messages that a segment has whole.
func (d *dissector) bgp(v view) {
	d.proto = "bgp"
	d.print(": BGP")
	if d.Verbose == 0 {
		return
	}
	marker := bytes.Repeat([]byte{0xff}, 16)
	for at, start := 0, 0; ; {
		next := bytes.Index(v.b[at:], marker)
		if next < 0 {
			return
		}
		at += next
		if len(v.b) < at+bgpHeader {
			d.cut()
		}
		if at != start {
			d.mark()
		}
		size := v.u16(at + 16)
		if size < bgpHeader {
			d.printf("\nmessage header length %d < %d", size, bgpHeader)
			d.invalid()
			return
		}
		if len(v.b) < at+size {
			d.printf("\n[|BGP %s]", bgpMessages.of(v.u8(at+18), "Unknown Message Type"))
			return
		}
		d.bgpMessage(newView(v.bytes(at, size), size))
		at += size
		start = at
	}
}

func (d *dissector) bgpMessage(m view) {
	kind := m.u8(18)
	d.printf("\n\t%s Message (%d), length: %d", bgpMessages.of(kind, "Unknown"), kind, m.length)
	c := m.cursor(bgpHeader)
	fits := true
	switch kind {
	case bgpOpen:
		fits = d.bgpOpen(c)
	case bgpUpdate:
		fits = d.bgpUpdate(c)
	case bgpNotification:
		if c.left() >= 2 {
			d.bgpError(c, c.u8(), c.u8())
		}
	case bgpKeepalive:
	case bgpRefresh:
		if c.left() >= 4 {
			family, kind, sub := c.u16(), c.u8(), c.u8()
			d.printf("\n\t  AFI %s (%d), SAFI %s (%d)", addressFamilies.of(family, "Unknown"), family, bgpSubfamilies.of(sub, "Unknown"), sub)
			_ = kind
			if d.Verbose > 1 {
				d.unknown(m, "\n\t  ", m.length)
			}
		}
	default:
		d.printf("\n\t  no Message %d decoder", kind)
		d.unknown(m, "\n\t  ", m.length)
	}
	if !fits {
		d.mark()
	}
}

func (d *dissector) bgpOpen(c *cursor) bool {
	if c.left() < 10 {
		return false
	}
	d.printf("\n\t  Version %d, my AS %d, Holdtime %ds, ID %s", c.u8(), c.u16(), c.u16(), d.ip4(c.bytes(4)))
	size := c.u8()
	d.printf("\n\t  Optional parameters, length: %d", size)
	for end := c.at + size; c.at < end; {
		if c.left() < 2 {
			return false
		}
		kind, n := c.u8(), c.u8()
		if c.at+n > end {
			d.printf("\n\t     Option %d, length: %d, goes past the end of the options", kind, n)
			return true
		}
		d.printf("\n\t    Option %s (%d), length: %d", NamesT{1: "Authentication Information", 2: "Capabilities Advertisement"}.of(kind, "Unknown"), kind, n)
		if kind != 2 {
			d.printf("\n\t      no decoder for option %d", kind)
		} else if c.left() < n {
			return false
		} else if !d.bgpCapabilities(newView(c.view.bytes(c.at, n), n).cursor(0)) {
			d.mark()
		}
		c.at += n
	}
	return true
}

// bgpFamily writes a family and a subfamily of addresses.
func (d *dissector) bgpFamily(family, sub int) string {
	return fmt.Sprintf("AFI %s (%d), SAFI %s (%d)", addressFamilies.of(family, "Unknown"), family, bgpSubfamilies.of(sub, "Unknown"), sub)
}

// bgpCapabilities prints what a speaker can do; false if that is cut.
func (d *dissector) bgpCapabilities(c *cursor) bool {
	for c.left() > 0 {
		if c.left() < 2 {
			return false
		}
		kind, size := c.u8(), c.u8()
		d.printf("\n\t      %s (%d), length: %d", bgpCapabilities.of(kind, "Unknown"), kind, size)
		if c.left() < size {
			return false
		}
		value := c.take(size).cursor(0)
		if least := map[int]int{1: 4, 64: 2, 65: 4}[kind]; size < least {
			d.printf(" (too short, < %d)", least)
			return true
		}
		switch kind {
		case 1:
			family := value.u16()
			d.printf("\n\t\t%s", d.bgpFamily(family, value.view.u8(3)))
		case 8:
			for value.left() >= 4 {
				d.printf("\n\t\t%s, Count: %d", d.bgpFamily(value.u16(), value.u8()), value.u8())
			}
		case 64:
			n := value.u16()
			d.printf("\n\t\tRestart Flags: [%s], Restart Time %ds", FlagsT{{8, "R"}}.of(n>>12, ", "), n&0xfff)
			for value.left() >= 4 {
				d.printf("\n\t\t  %s, Forwarding state preserved: %s", d.bgpFamily(value.u16(), value.u8()), map[bool]string{true: "yes", false: "no"}[value.u8()&0x80 != 0])
			}
		case 65:
			d.printf("\n\t\t 4 Byte AS %d", value.u32())
		case 69:
			d.onlyIf(size == 0, " (bogus)")
			for value.left() > 0 {
				if value.left() < 4 {
					d.invalid()
					break
				}
				d.printf("\n\t\t%s, Send/Receive: %s", d.bgpFamily(value.u16(), value.u8()), bgpSend.of(value.u8(), "Bogus (0x%02x)"))
			}
		case 2, 71, 128:
		default:
			d.printf("\n\t\tno decoder for Capability %d", kind)
			if d.Verbose <= 1 {
				d.unknown(value.view, "\n\t\t", size)
			}
		}
		if d.Verbose > 1 && size > 0 {
			d.unknown(value.view, "\n\t\t", size)
		}
	}
	return true
}

// bgpError prints why a connection ends (RFC 4486, 8538, 9003).
func (d *dissector) bgpError(c *cursor, major, minor int) {
	d.printf(", %s (%d)", bgpErrors.of(major, "Unknown Error"), major)
	codes := bgpCodes[major]
	switch {
	case codes != nil:
		d.printf("%s subcode %s (%d)", mark(major != 5 && major != 7, ","), codes.of(minor, "Unknown"), minor)
	case minor != 0:
		d.printf(", subcode %d", minor)
	}
	if major != bgpCease {
		return
	}
	switch {
	case minor == 1 && c.left() >= 7:
		d.printf(", %s, Max Prefixes: %d", d.bgpFamily(c.u16(), c.u8()), c.u32())
	case (minor == 2 || minor == 4) && c.left() >= 1:
		switch n := c.view.u8(c.at); {
		case n > c.left()-1:
			d.print(", invalid Shutdown Communication length")
		case n == 0:
			d.print(", empty Shutdown Communication")
			c.at++
		default:
			d.printf(", Shutdown Communication (length: %d): \"", n)
			c.at++
			d.counted(c, n)
			d.print("\"")
		}
		if n := c.left(); n > 0 {
			d.printf(", Data: (length: %d)", n)
			d.hexBytes("\n\t\t", c.rest(), n)
		}
	case minor == 9 && c.left() >= 2:
		d.bgpError(c, c.u8(), c.u8())
	}
}

// bgpPrefix reads a prefix of a family with addresses of some bytes; why tells what is wrong with it, if anything.
type bgpFault int

const (
	bgpFine    bgpFault = iota
	bgpIllegal          // its length
	bgpShort            // not all there
)

func (d *dissector) bgpPrefix(c *cursor, size, skip int) (string, bgpFault) {
	if c.left() < 1 {
		return "", bgpShort
	}
	bits := c.view.u8(c.at) - 8*skip
	if bits < 0 || bits > 8*size {
		return "", bgpIllegal
	}
	n := (bits + 7) / 8
	if c.left() < 1+skip+n {
		return "", bgpShort
	}
	c.at += 1 + skip
	prefix := make([]byte, size)
	copy(prefix, c.bytes(n))
	if bits%8 != 0 {
		prefix[n-1] &= 0xff << (8 - bits%8)
	}
	return fmt.Sprintf("%s/%d", d.address(prefix), bits), bgpFine
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
				break
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

// bgpRoutes prints prefixes of IPv4; false if they are cut.
func (d *dissector) bgpRoutes(c *cursor) bool {
	paths := bgpPaths(c.rest().b[:max(min(c.left(), len(c.rest().b)), 0)], 32)
	for c.left() > 0 {
		path := uint32(0)
		if paths {
			if c.left() < 4 {
				return false
			}
			path = c.u32()
		}
		prefix, fault := d.bgpPrefix(c, 4, 0)
		switch fault {
		case bgpIllegal:
			d.print("\n\t    (illegal prefix length)")
			return true
		case bgpShort:
			return false
		}
		d.printf("\n\t    %s", prefix)
		if paths {
			d.printf("   Path Id: %d", path)
		}
	}
	return true
}

func (d *dissector) bgpUpdate(c *cursor) bool {
	if c.left() < 2 {
		return false
	}
	withdrawn := c.u16()
	if c.left() < withdrawn {
		return false
	}
	if withdrawn > 1 {
		d.print("\n\t  Withdrawn routes:")
		if !d.bgpRoutes(newView(c.view.bytes(c.at, withdrawn), withdrawn).cursor(0)) {
			return false
		}
	}
	c.at += withdrawn
	if c.left() < 2 {
		return false
	}
	size := c.u16()
	if withdrawn != 1 && size == 0 && c.left() == 0 {
		d.print("\n\t  End-of-Rib Marker (empty NLRI)")
		return true
	}
	if c.left() < size {
		return false
	}
	if !d.bgpAttributes(c.take(size).cursor(0), "\n\t  ", " [path attrs too short]", 0) {
		return false
	}
	if c.left() > 0 {
		d.print("\n\t  Updated routes:")
		return d.bgpRoutes(c)
	}
	return true
}

// bgpAttributes prints attributes; false if they are cut.
func (d *dissector) bgpAttributes(c *cursor, before, short string, level int) bool {
	for c.left() > 0 {
		if c.left() < 2 {
			d.print(mark(level == 0, "\n\t ") + short)
			return true
		}
		bits, kind := c.u8(), c.u8()
		wide := bits&0x10 != 0
		if c.left() < map[bool]int{true: 2, false: 1}[wide] {
			d.print(mark(level == 0, "\n\t ") + short)
			return true
		}
		size := 0
		if wide {
			size = c.u16()
		} else {
			size = c.u8()
		}
		d.printf("%s%s (%d), length: %d", before, bgpAttributes.of(kind, "Unknown Attribute"), kind, size)
		if bits != 0 {
			names := bgpAttributeFlags.of(bits, "")
			d.printf(", Flags [%s", map[bool]string{true: "", false: names}[bits&0xf0 == 0])
			if bits&15 != 0 {
				d.printf("+%x", bits&15)
			}
			d.print("]: ")
		} else if level > 0 {
			d.print(": ")
		}
		if c.left() < size {
			d.print(short)
			return true
		}
		value := c.take(size)
		if !d.bgpAttribute(value.cursor(0), kind, level) {
			return false
		}
		if d.Verbose > 1 && size > 0 && kind != bgpLarge && kind != bgpSet {
			d.unknown(value, "\n\t    ", size)
		}
	}
	return true
}

// bgpAttribute prints a value; false if it is cut.
func (d *dissector) bgpAttribute(c *cursor, kind, level int) bool {
	n := c.length
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
		d.print("invalid len")
		return true
	}
	switch kind {
	case bgpOrigin:
		d.print(NamesT{0: "IGP", 1: "EGP", 2: "Incomplete"}.of(c.u8(), "Unknown Origin Typecode"))
	case bgpPath, bgpPath4:
		return d.bgpPath(c, kind == bgpPath4)
	case bgpNextHop, bgpOriginator:
		d.print(d.ip4(c.bytes(4)))
	case bgpDiscriminator, bgpPreference:
		d.printf("%d", c.u32())
	case bgpAtomic:
	case bgpAggregator, bgpAggregator4:
		as := uint32(0)
		if n == 6 {
			as = uint32(c.u16())
		} else {
			as = c.u32()
		}
		d.printf(" AS #%d, origin %s", as, d.ip4(c.bytes(4)))
	case bgpCommunities:
		d.bgpCommunities(c)
	case bgpClusters:
		for c.left() > 0 {
			d.print(d.ip4(c.bytes(4)))
			d.onlyIf(c.left() > 0, ", ")
		}
	case bgpReach:
		return d.bgpReach(c)
	case bgpUnreach:
		if n < 3 {
			return false
		}
		family, sub := c.u16(), c.u8()
		if !d.bgpReached(c, family, sub) {
			return true
		}
		d.onlyIf(n == 3, "\n\t      End-of-Rib Marker (empty NLRI)")
		return d.bgpNetworks(c, family, sub)
	case bgpExtended:
		for c.left() > 0 {
			d.bgpExtended(c)
		}
	case bgpTunnel:
		return d.bgpTunnel(c)
	case bgpMetric:
		for c.left() >= 3 {
			kind, size := c.u8(), c.u16()
			d.printf("\n\t    %s TLV (%d), length %d", NamesT{1: "AIGP"}.of(kind, "Unknown"), kind, size)
			if size < 3 || c.left() < size-3 || kind == 1 && size < 11 {
				return false
			}
			value := newView(c.bytes(size-3), size-3)
			if kind == 1 {
				d.printf(", metric %d", value.u64(0))
			} else if d.Verbose <= 1 {
				d.unknown(value, "\n\t      ", value.length)
			}
		}
	case bgpLarge:
		d.print("\n\t    ")
		for c.left() > 0 {
			d.printf("%d:%d:%d", c.u32(), c.u32(), c.u32())
			d.onlyIf(c.left() > 0, ", ")
		}
	case bgpSet:
		if n < 4 {
			return false
		}
		d.printf("\n\t    Origin AS: %d", c.u32())
		if level == 10 {
			d.print("(too many nested levels, not recursing)")
			return true
		}
		return d.bgpAttributes(c, "\n\t      ", " [path attr too short]", level+1)
	default:
		d.printf("\n\t    no Attribute %d decoder", kind)
		if d.Verbose <= 1 {
			d.unknown(c.view, "\n\t    ", n)
		}
	}
	return true
}

// bgpPath prints the autonomous systems of a path, whose numbers have two bytes if that makes sense and the attribute is not for
// wider ones, four otherwise.
func (d *dissector) bgpPath(c *cursor, wide bool) bool {
	if c.length == 0 {
		d.print("empty")
		return true
	}
	size := 2
	if wide || !bgpNarrow(c.view.b) {
		size = 4
	}
	for c.left() > 0 {
		if c.left() < 2 {
			return false
		}
		kind, n := c.u8(), c.u8()
		segment, known := bgpSegments[kind]
		if !known {
			segment = [2]string{"?", "?"}
		}
		d.print(segment[0])
		for range n {
			if c.left() < size {
				return false
			}
			if size == 2 {
				d.printf("%d ", c.u16())
			} else {
				d.printf("%d ", c.u32())
			}
		}
		d.print(segment[1])
	}
	return true
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

func (d *dissector) bgpCommunities(c *cursor) {
	for c.left() > 0 {
		switch n := c.u32(); n {
		case 0xffffff01:
			d.print(" NO_EXPORT")
		case 0xffffff02:
			d.print(" NO_ADVERTISE")
		case 0xffffff03:
			d.print(" NO_EXPORT_SUBCONFED")
		default:
			d.printf("%d:%d%s", n>>16, n&0xffff, mark(c.left() > 0, ", "))
		}
	}
}

// bgpExtended prints an extended community (RFC 4360).
func (d *dissector) bgpExtended(c *cursor) {
	kind := c.u16()
	d.printf("\n\t    %s (0x%04x), Flags [%s]: ", bgpExtendedNames.of(kind, "unknown extd community typecode"), kind, FlagsT{{0x8000, "vendor-specific"}, {0x4000, "non-transitive"}}.of(kind, ", "))
	value := c.take(6).cursor(0)
	switch kind {
	case 0x0002, 0x0003, 0x000a:
		d.printf("%d:%d (= %s)", value.u16(), value.u32(), d.ip4(value.view.bytes(2, 4)))
	case 0x0102, 0x0103, 0xf10a, 0x010b:
		d.printf("%s:%d", d.ip4(value.bytes(4)), value.u16())
	case 0x0202, 0x0203:
		d.printf("%d:%d", value.u32(), value.u16())
	case 0x4004:
		d.printf("bandwidth: %.3f Mbps", float64(math.Float32frombits(value.view.u32(2)))*8/1000000)
	case 0x0005, 0x0105, 0x0205, 0x8005, 0x0107, 0x8001:
		d.print(d.ip4(value.bytes(4)))
	case 0x030c:
		tunnel := value.view.u16(4)
		d.printf("Tunnel type: %s", NamesT{1: "L2TPv3 over IP", 2: "GRE", 3: "Transmit tunnel endpoint", 4: "IPsec in Tunnel-mode", 5: "IP in IP tunnel with IPsec Transport Mode",
			6: "MPLS-in-IP tunnel with IPsec Transport Mode", 7: "IP in IP", 8: "VXLAN", 9: "NVGRE", 10: "MPLS", 11: "MPLS-in-GRE", 12: "VXLAN GPE", 13: "MPLS-in-UDP", 14: "IPv6 Tunnel"}.of(tunnel, "Unknown"))
	case 0x0009:
		d.printf("AS %d", value.u16())
	default:
		d.printf("%x", value.view.b)
	}
}

// bgpTunnel prints a tunnel for multicast (RFC 6514).
func (d *dissector) bgpTunnel(c *cursor) bool {
	if c.left() < 5 {
		return false
	}
	bits, kind := c.u8(), c.u8()
	names := NamesT{1: "RSVP-TE P2MP LSP", 2: "LDP P2MP LSP", 3: "PIM-SSM Tree", 4: "PIM-SM Tree", 5: "PIM-Bidir Tree", 6: "Ingress Replication", 7: "LDP MP2MP LSP"}
	d.printf("\n\t    Tunnel-type %s (%d), Flags [%s], MPLS Label %d", names.of(kind, "Unknown"), kind, FlagsT{{1, "Leaf Information required"}}.of(bits, ", "), c.u24()>>4)
	switch kind {
	case 4, 5:
		d.printf("\n\t      Sender %s, P-Group %s", d.ip4(c.bytes(4)), d.ip4(c.bytes(4)))
	case 3:
		d.printf("\n\t      Root-Node %s, P-Group %s", d.ip4(c.bytes(4)), d.ip4(c.bytes(4)))
	case 6:
		d.printf("\n\t      Tunnel-Endpoint %s", d.ip4(c.bytes(4)))
	case 2, 7:
		d.printf("\n\t      Root-Node %s, LSP-ID 0x%08x", d.ip4(c.bytes(4)), c.u32())
	case 1:
		d.printf("\n\t      Extended-Tunnel-ID %s, P2MP-ID 0x%08x", d.ip4(c.bytes(4)), c.u32())
	default:
		if d.Verbose <= 1 {
			d.unknown(c.rest(), "\n\t      ", c.left())
		}
	}
	return true
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
func (d *dissector) bgpReached(c *cursor, family, sub int) bool {
	d.printf("\n\t    AFI: %s (%d), %sSAFI: %s (%d)", addressFamilies.of(family, "Unknown AFI"), family, mark(sub > 128, "vendor specific "), bgpSubfamilies.of(sub, "Unknown SAFI"), sub)
	if _, known := bgpKindOf(family, sub); known {
		return true
	}
	d.printf("\n\t    no AFI %d / SAFI %d decoder", family, sub)
	if d.Verbose <= 1 {
		d.unknown(c.view, "\n\t    ", c.length)
	}
	return false
}

// bgpReach prints networks and how to get there (RFC 4760); false if that is cut.
func (d *dissector) bgpReach(c *cursor) bool {
	if c.left() < 3 {
		return false
	}
	family, sub := c.u16(), c.u8()
	if !d.bgpReached(c, family, sub) {
		return true
	}
	if c.left() < 1 {
		return false
	}
	kind, _ := bgpKindOf(family, sub)
	size := c.u8()
	if c.left() < size {
		return false
	}
	if size > 0 {
		d.print("\n\t    nexthop: ")
		hops := c.take(size).cursor(0)
		for hops.left() > 0 {
			d.onlyIf(hops.at > 0, ", ")
			want := kind.size
			if kind.routed {
				want += 8
			}
			if hops.left() < want {
				d.print("invalid len")
				break
			}
			if kind.routed {
				d.printf("RD: %s, ", d.bgpDistinguisher(hops.bytes(8)))
			}
			d.print(d.address(hops.bytes(kind.size)))
		}
	}
	d.printf(", nh-length: %d", size)
	if c.left() < 1 {
		return false
	}
	if n := c.u8(); n > 0 {
		d.printf("\n\t    %d SNPA", n)
		for range n {
			if c.left() < 1 {
				return false
			}
			size := c.u8()
			d.printf("\n\t      %d bytes", size)
			if c.left() < size {
				return false
			}
			c.at += size
		}
	} else {
		d.print(", no SNPA")
	}
	return d.bgpNetworks(c, family, sub)
}

// bgpDistinguisher writes a route distinguisher (RFC 4364).
func (d *dissector) bgpDistinguisher(b []byte) string {
	v := newView(b, len(b))
	switch v.u16(0) {
	case 0:
		return fmt.Sprintf("%d:%d (= %s)", v.u16(2), v.u32(4), d.ip4(b[4:8]))
	case 1:
		return fmt.Sprintf("%s:%d", d.ip4(b[2:6]), v.u16(6))
	case 2:
		return fmt.Sprintf("%d:%d (%s:%d)", v.u32(2), v.u16(6), d.ip4(b[2:6]), v.u16(6))
	}
	return "unknown RD format"
}

// bgpNetworks prints networks; false if they are cut.
func (d *dissector) bgpNetworks(c *cursor, family, sub int) bool {
	kind, _ := bgpKindOf(family, sub)
	rest := c.rest()
	paths := !kind.labeled && sub != 132 && bgpPaths(rest.b, 8*kind.size)
	for c.left() > 0 {
		if sub == 132 {
			if !d.bgpTargets(c) {
				return true
			}
			continue
		}
		path := uint32(0)
		if paths {
			path = c.u32()
		}
		skip := 0
		label := ""
		if kind.labeled {
			skip = 3
			if kind.routed {
				skip += 8
			}
			if c.left() < 4 {
				return false
			}
			n := c.view.u24(c.at + 1)
			label = fmt.Sprintf("label:%d %s", n>>4, map[bool]string{true: "(bottom)", false: "(BOGUS: Bottom of Stack NOT set!)"}[n&1 != 0])
		}
		distinguisher := ""
		if kind.routed && c.left() >= 12 {
			distinguisher = fmt.Sprintf("RD: %s, ", d.bgpDistinguisher(c.view.bytes(c.at+4, 8)))
		}
		prefix, fault := d.bgpPrefix(c, kind.size, skip)
		switch fault {
		case bgpIllegal:
			d.print("\n\t    (illegal prefix length)")
			return true
		case bgpShort:
			if kind.routed {
				panic(truncated{})
			}
			return true
		}
		d.printf("\n\t      %s%s", distinguisher, prefix)
		d.onlyIf(kind.labeled, ", "+label)
		if paths {
			d.printf("   Path Id: %d", path)
		}
	}
	return true
}

// bgpTargets prints a route target that is wanted (RFC 4684); false if it makes no sense.
func (d *dissector) bgpTargets(c *cursor) bool {
	bits := c.view.u8(c.at)
	if bits == 0 {
		d.print("\n\t      default route target")
		c.at++
		return true
	}
	if bits < 32 || bits > 96 {
		d.print("\n\t    (illegal prefix length)")
		return false
	}
	n := (bits + 7) / 8
	if c.left() < 1+n {
		return false
	}
	c.at++
	var b [12]byte
	copy(b[:], c.bytes(n))
	v, target := newView(b[:], 12), bits-32
	d.printf("\n\t      origin AS: %d, route-target: ", v.u32(0))
	switch b[4] {
	case 1:
		d.printf("%s:%d", d.ip4(b[6:10]), v.u16(10))
	case 2:
		d.printf("%d:%d", v.u32(6), v.u16(10))
	default:
		d.printf("%d:%d", v.u16(6), v.u32(8))
	}
	d.printf("/%d", target)
	for i := range (target + 7) / 8 {
		separator := ""
		switch {
		case i == 0:
			separator = " ("
		case i%2 == 0:
			separator = " "
		}
		d.printf("%s%02x", separator, b[4+i])
	}
	d.onlyIf(target > 0, ")")
	return true
}
