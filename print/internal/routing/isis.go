package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
	"bpfc/print/internal/internet"
)

// isisType is a packet of IS-IS: its name, the size of its header, where that has the length of the packet, and what is printed of the
// fields behind the common ones, without -v and with it.
type isisType struct {
	name          string
	size, length  int
	brief, header dissect.Printer
}

const isisHeader = 8

var isisTypes = map[int]isisType{
	15: {"L1 Lan IIH", 27, 9, isisForm(", src-id %6@1v, lan-id %7@12v, prio %1@11d"), isisHello}, 16: {"L2 Lan IIH", 27, 9, isisForm(", src-id %6@1v, lan-id %7@12v, prio %1@11d"), isisHello},
	17: {"p2p IIH", 20, 9, isisForm(", src-id %6@1v"), dissect.Form("\n\t  source-id: %6@1v, holding time: %2@7ds, Flags: [%1@0n]|\n\t  circuit-id: 0x%1@11x, PDU length: %2@9d", isisID, isisCircuits)},
	18: {"L1 LSP", 27, 0, isisBriefLSP, isisLSP}, 20: {"L2 LSP", 27, 0, isisBriefLSP, isisLSP}, 24: {"L1 CSNP", 33, 0, isisForm(", src-id %7@2v"), isisComplete}, 25: {"L2 CSNP", 33, 0, isisForm(", src-id %7@2v"), isisComplete},
	26: {"L1 PSNP", 17, 0, isisForm(", src-id %7@2v"), isisPartial}, 27: {"L2 PSNP", 17, 0, isisForm(", src-id %7@2v"), isisPartial},
}

// isisForm makes a printer of a form with one or two identities in it.
func isisForm(form string) dissect.Printer { return dissect.Form(form, isisID, isisID) }

// isisID writes the number of a system, a node (with a pseudonode) or a fragment of one's link states.
func isisID(b []byte) string {
	s := fmt.Sprintf("%x.%x.%x", b[0:2], b[2:4], b[4:6])
	if len(b) > 6 {
		s += fmt.Sprintf(".%02x", b[6])
	}
	if len(b) > 7 {
		s += fmt.Sprintf("-%02x", b[7])
	}
	return s
}

// ISIS prints the routing protocol of OSI.
func ISIS(d *Context, v View) {
	if !isisMessage(d, v) {
		d.Unknown(v, "\n\t", v.Length)
	}
}

// isisMessage prints a packet; false where it is to be shown as bytes.
func isisMessage(d *Context, v View) bool {
	d.Proto = "isis"
	if len(v.Data) < isisHeader || v.Length < isisHeader {
		d.Mark()
		return true
	}
	d.If(!d.LinkHeader, "IS-IS")
	size, version, idLength, kind, areas := v.U8(1), v.U8(2), v.U8(3), v.U8(4), v.U8(7)
	switch {
	case version != 1:
		d.Printf("version %d packet not supported", version)
	case idLength != 6 && idLength != 0:
		d.Printf("system ID length of %d is not supported", idLength)
	case v.U8(5) != 1:
		d.Printf("version %d packet not supported", v.U8(5))
	case v.Length < size:
		d.Printf("fixed header length %d > packet length %d", size, v.Length)
	case size < isisHeader:
		d.Printf("fixed header length %d < minimum header size %d", size, isisHeader)
	case areas == 255:
		d.Print("bad packet -- 255 areas")
	default:
		return d.Try(func() { isisPacket(d, v, kind, size, idLength, areas) })
	}
	return false
}

func isisPacket(d *Context, v View, kind, size, idLength, areas int) {
	comma := dissect.If(!d.LinkHeader, ", ")
	t, known := isisTypes[kind]
	if !known {
		t.name = fmt.Sprintf(dissect.Pick(d.Verbose == 0, "unknown PDU-Type %d", "unknown, type %d"), kind)
	}
	if d.Verbose == 0 {
		d.Print(comma + t.name)
	} else {
		d.Printf("%slength %d\n\t%s, hlen: %d, v: %d, pdu-v: %d, sys-id-len: %d (%d), max-area: %d (%d)", comma, v.Length, t.name, size, v.U8(2), v.U8(5), 6, idLength,
			dissect.Pick(areas == 0, 3, areas), areas)
		if d.Verbose > 1 {
			d.Unknown(v, "\n\t", isisHeader)
		}
	}
	if !known {
		if d.Verbose == 0 {
			d.Printf(", length %d", v.Length)
			return
		}
		d.Unknown(v.From(isisHeader), "\n\t  ", v.Length)
		dissect.Reject()
	}
	if size != t.size {
		should := t.size
		if kind == 18 || kind == 20 {
			should -= isisHeader // tcpdump's words
		}
		d.Printf("%s bogus fixed header length %d should be %d", dissect.Pick(kind >= 26, "-", ","), size, should)
		dissect.Reject()
	}
	if len(v.Data) < size || v.Length < size {
		d.Mark()
		return
	}
	h := v.From(isisHeader)
	if d.Verbose == 0 {
		t.brief(d, h.Cursor(0))
		d.Printf(", length %d", v.Length)
		return
	}
	v.Length = min(v.Length, h.U16(t.length)) // no more than the packet says of itself
	t.header(d, dissect.NewView(h.Data, v.Length-isisHeader).Cursor(0))
	if d.Verbose > 1 {
		d.Unknown(h, "\n\t  ", size-isisHeader)
	}
	if v.Length < size {
		d.Printf(" [packet length %d < %d] (invalid)", v.Length, size)
		return
	}
	c := v.Cursor(size)
	dissect.Remembered[isisPDU](d).Cursor = c
	isisTLVs.Print(d, c)
}

var (
	isisCircuits = Names{1: "Level 1 only", 2: "Level 2 only", 3: "Level 1, Level 2"}.Or("unknown circuit type 0x%02x")
	isisLevels   = Names{0: "Unused 0x0 (invalid)", 1: "L1 IS", 2: "Unused 0x2 (invalid)", 3: "L2 IS"}
	isisHello    = dissect.Form("\n\t  source-id: %6@1v,  holding time: %2@7ds, Flags: [%1@0n]|\n\t  lan-id:    %7@12v, Priority: %1@11[1-7]d, PDU length: %2@9d", isisID, isisCircuits, isisID)
	isisBriefLSP = dissect.Form(", lsp-id %8@4v, seq 0x%4@12x, lifetime %2@2vs", isisID, isisLifetime)
	isisComplete = dissect.Form("\n\t  source-id:    %7@2v, PDU length: %2@0d|\n\t  start lsp-id: %8@9v|\n\t  end lsp-id:   %8@17v", isisID, isisID, isisID)
	isisPartial  = dissect.Form("\n\t  source-id:    %7@2v, PDU length: %2@0d", isisID)
)

func isisLifetime(b []byte) string { return fmt.Sprintf("%5d", int(b[0])<<8|int(b[1])) }

// isisLSP prints the header of a link state packet.
func isisLSP(d *Context, c *Cursor) {
	d.Form(c, "\n\t  lsp-id: %8@4v, seq: 0x%4@12x, lifetime: %2@2vs\n\t  chksum: 0x%2@16x", isisID, isisLifetime)
	size := c.Length - 4
	internet.OSIChecksum(d, dissect.NewView(c.From(4).Data, size), c.View.U16(16), 12, size)
	attached := func(n int) string {
		return dissect.If(n&1 != 0, "default ") + dissect.If(n&2 != 0, "delay ") + dissect.If(n&4 != 0, "expense ") + dissect.If(n&8 != 0, "error ") + dissect.If(n != 0, "ATT bit set, ")
	}
	d.Form(c, ", PDU length: %2@0d, Flags: [ %1@18[5]n%=[1-4]n%=[0]n%=[6-7]n ]", [2]string{"", "Overload bit set, "}, attached, [2]string{"", "P bit set, "}, isisLevels)
}

// isisValues are the values of a packet.
var isisValues = Values{
	1:  {"Area address(es)", 0, dissect.Each(isisArea)},
	2:  {"IS Reachability", 1, dissect.Form("\n\t      %1n%p", Names{0: "IsNotVirtual", 1: "IsVirtual"}.Or("bogus virtual flag 0x%02x"), dissect.Each(isisOld(7, "\n\t      IS Neighbor: %7v")))},
	3:  {"ES Neighbor(s)", 0, dissect.Each(isisOld(6, "\n\t      ES Neighbor: %6v"))},
	4:  {"Partition DIS", 0, isisSystems(6, "\n\t      %6v")},
	5:  {"Prefix Neighbors", 4, isisPrefixNeighbors},
	6:  {"IS Neighbor(s)", 0, dissect.Form("%*{%6!%6~\n\t      SNPA: %6v}", isisID)},
	7:  {"Instance Identifier", 4, isisInstance},
	8:  {"Padding", 0, dissect.Silent},
	9:  {"LSP entries", 0, dissect.Form("%*{%16!%10~%10_\n\t      lsp-id: %8@2v|, seq: 0x%4x|, lifetime: %2@0v|s, chksum: 0x%2x}", isisID, isisLifetime)},
	10: {"Authentication", 1, isisAuthentication},
	12: {"Checksum", 2, isisChecksum},
	13: {"Purge Originator Identifier", 7, isisPurge},
	14: {"LSP Buffersize", 2, dissect.Form("\n\t      LSP Buffersize: %2d")},
	22: {"Extended IS Reachability", 0, isisNeighbors}, 24: {"IS Alias ID", 0, dissect.Each(measured(func(d *Context, c *Cursor) { isisNeighbor(d, c, false) }))},
	42:  {"DECnet Phase IV", 0, nil},
	128: {"IPv4 Internal Reachability", 0, isisReachability}, 130: {"IPv4 External Reachability", 0, isisReachability},
	129: {"Protocols supported", 0, func(d *Context, c *Cursor) {
		d.Print("\n\t      NLPID(s): ")
		internet.ISOProtocolList(d, c.View)
	}},
	131: {"Inter-Domain Information Type", 0, nil},
	132: {"IPv4 Interface address(es)", 0, isisSystems(4, "\n\t      IPv4 interface address: %4a")}, 232: {"IPv6 Interface address(es)", 0, isisSystems(16, "\n\t      IPv6 interface address: %16a")},
	133: {"IPv4 authentication (deprecated)", 0, nil},
	134: {"Traffic Engineering Router ID", 4, dissect.Form("\n\t      Traffic Engineering Router ID: %4a")},
	135: {"Extended IPv4 Reachability", 0, isisPrefixes(4)}, 236: {"IPv6 reachability", 0, isisPrefixes(16)},
	137: {"Hostname", 0, dissect.Form("\n\t      Hostname: %*z")},
	138: {"Shared Risk Link Group", 7, isisRiskGroups},
	143: {"Multi-Topology-Aware Port Capability", 2, dissect.Form("\n\t       RES: %2[0-3]d, MTID(s): %=[4-15]d%p", isisPortCapabilities.Print)},
	144: {"Multi-Topology Capability", 2, dissect.Form("\n\t      O: %2[0]d, RES: %=[1-3]d, MTID(s): %=[4-15]d%p", isisTopologyCapabilities.Print)},
	211: {"Restart Signaling", 1, isisRestart},
	222: {"Multi Topology IS Reachability", 0, inTopology(isisNeighbors)}, 235: {"Multi-Topology IPv4 Reachability", 0, inTopology(isisPrefixes(4))}, 237: {"Multi-Topology IP6 Reachability", 0, inTopology(isisPrefixes(16))},
	229: {"Multi Topology", 0, dissect.Each(isisTopology)},
	240: {"Point-to-point Adjacency State", 0, isisAdjacency},
	242: {"IS-IS Router Capability", 0, isisCapability},
	66:  {"Lucent Proprietary", 0, nil}, 176: {"Nortel Proprietary", 0, nil}, 177: {"Nortel Proprietary", 0, nil}, 241: {"Hello PDU Sequence Number", 0, nil}, 250: {"Vendor Private", 0, nil},
}

var isisTLVs = List{Head: 2, Title: dissect.Titled("\n\t    %s TLV #%d, length: %d"), Values: isisValues, Other: "unknown", Ends: dissect.Marked, Cut: dissect.Marked, Loose: true,
	Rejected: dissect.Silent, Bytes: "\n\t\t", More: "\n\t      "}

// isisPDU is the packet that is being printed, at the value that is.
type isisPDU struct{ *Cursor }

// isisSystems makes a printer of a form for each of as many entries of some bytes as there are.
func isisSystems(size int, form string) dissect.Printer {
	return dissect.Each(func(d *Context, c *Cursor) {
		dissect.RejectIf(c.Left() < size)
		d.Form(c, form, isisID)
	})
}

func isisArea(d *Context, c *Cursor) {
	n := c.U8()
	dissect.RejectIf(c.Left() < n)
	d.Printf("\n\t      Area address (length: %d): %s", n, internet.NSAP(d, c.Bytes(n)))
}

// isisOld makes a printer of a neighbor, a number of some bytes behind metrics.
func isisOld(size int, form string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		dissect.RejectIf(c.Left() < 4+size)
		metrics := c.Bytes(4)
		d.Form(c, form, isisID)
		isisMetrics(d, metrics, ", Default Metric", "\n\t\t  ")
	}
}

func isisChecksum(d *Context, c *Cursor) {
	sum, pdu := c.U16(), dissect.Remembered[isisPDU](d)
	d.Printf("\n\t      checksum: 0x%04x ", sum)
	internet.OSIChecksum(d, pdu.View, sum, pdu.At, pdu.View.Length)
}

func isisPurge(d *Context, c *Cursor) {
	d.Form(c, "%1?{\n\t      Purge Originator System-ID: %6v}{ No system IDs supplied}", isisID)
	if c.View.U8(0) > 1 && c.Left() == 6 {
		d.Form(c, "\n\t      Received from System-ID: %6v", isisID)
	}
}

var isisNeighbors = dissect.Each(measured(func(d *Context, c *Cursor) { isisNeighbor(d, c, true) }))

// isisPrefixes makes a printer of prefixes of addresses of some bytes.
func isisPrefixes(size int) dissect.Printer {
	return dissect.Each(measured(func(d *Context, c *Cursor) { isisPrefix(d, c, size) }))
}

// inTopology makes a printer that prints a topology before another.
func inTopology(print dissect.Printer) dissect.Printer {
	return func(d *Context, c *Cursor) {
		d.CutIf(c.Left() < 2)
		isisTopology(d, c)
		print(d, c)
	}
}

// measured makes an entry that is read as far as the packet goes say where the value was shorter, which ends the value.
func measured(entry dissect.Printer) dissect.Printer {
	return func(d *Context, c *Cursor) {
		left, start := c.Left(), c.At
		entry(d, c)
		d.RejectIf(c.At-start > left, " [remaining tlv length %d < %d] (invalid)", left, c.At-start)
	}
}

// isisMetrics prints the metrics of a neighbor or a prefix, of which all but the first are seldom there.
func isisMetrics(d *Context, metrics []byte, name, before string) {
	d.Printf("%s: %d, %s", name, metrics[0]&0x3f, dissect.Pick(metrics[0]&0x40 != 0, "External", "Internal"))
	for i, name := range []string{"Delay", "Expense", "Error"} {
		if m := metrics[i+1]; m&0x80 == 0 {
			d.Printf("%s%s Metric: %d, %s", before, name, m&0x3f, dissect.Pick(m&0x40 != 0, "External", "Internal"))
		}
	}
}

var isisProtections = Flags{{0x01, "Extra"}, {0x02, "Unprotected"}, {0x04, "Shared"}, {0x08, "Dedicated 1:1"}, {0x10, "Dedicated 1+1"}, {0x20, "Enhanced"}}

// isisLinks is what is known of a link to a neighbor (RFC 5305 and others).
var isisLinks = List{Unknown: func(d *Context, c *Cursor) { d.Unknown(c.View, "\n\t\t    ", c.Length) }, Values: Values{
	3: {"Administrative groups", 4, dissect.Form(", 0x%4x")}, 4: {"Link Local/Remote Identifier", 4, isisIdentifiers}, 5: {"Link Remote Identifier", 4, isisIdentifiers},
	6: {"IPv4 interface address", 4, dissect.Form(", %4a")}, 8: {"IPv4 neighbor address", 4, dissect.Form(", %4a")},
	9: {"Maximum link bandwidth", 4, dissect.Form(", %4f")}, 10: {"Reservable link bandwidth", 4, dissect.Form(", %4f")}, 11: {"Unreserved bandwidth", 0, isisUnreserved},
	12: {"Bandwidth Constraints (old)", 1, isisConstraints}, 22: {"Bandwidth Constraints", 1, isisConstraints},
	18: {"Traffic Engineering Metric", 3, dissect.Form(", %3d")},
	19: {"Link Attribute", 2, dissect.Form(", [ %2n ]", Flags{{1, "Local Protection Available"}, {2, "Link excluded from local protection path"}})},
	20: {"Link Protection Type", 2, dissect.Form(", %1n, Priority %1d", isisProtections)},
	21: {"Interface Switching Capability", 0, dissect.Silent},
	29: {"SPB Metric", 6, dissect.Form(", LM: %3d, P: %1d, P-ID: %2d")}, 32: {"LAN Adjacency Segment Identifier", 8, isisSegment},
	250: {"Reserved for cisco specific extensions", 0, dissect.Silent}, 251: {"Reserved for cisco specific extensions", 0, dissect.Silent}, 255: {"Reserved for future expansion", 0, dissect.Silent},
}}

// isisNeighbor prints a neighbor with its metric, and what is known of the link to it (RFC 5305).
func isisNeighbor(d *Context, c *Cursor, metric bool) {
	d.CutIf(c.Left() < 7)
	d.Printf("\n\t      IS Neighbor: %s", isisID(c.Bytes(7)))
	if metric {
		d.CutIf(c.Left() < 3)
		d.Printf(", Metric: %d", c.U24())
	}
	d.CutIf(c.Left() < 1)
	n := c.U8()
	d.Printf(", %ssub-TLVs present", dissect.If(n == 0, "no "))
	d.PrintfIf(n > 0, " (%d)", n)
	for n > 0 {
		d.RejectIf(n < 2 || c.Left() < 2, "\n\t        Remaining data in TLV shorter than a subTLV header")
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t        %s subTLV #%d, length: %d", isisLinks.Values.Name(kind, "unknown"), kind, size)
		if n -= 2 + size; n < 0 {
			d.Print(" (remaining data in subTLVs shorter than the current subTLV)")
			c.At += size + n
			return
		}
		isisLinks.Value(d, kind, c.Take(size))
	}
}

// isisIdentifiers prints the numbers of a link at its ends.
func isisIdentifiers(d *Context, c *Cursor) {
	d.Form(c, dissect.Pick(c.Length == 8, ", 0x%4x, 0x%4x", ", 0x%4x"))
}

func isisUnreserved(d *Context, c *Cursor) {
	teBandwidths("\n\t          TE-Class %d: %s")(d, c.View.Limit(min(c.Length, 32)).Cursor(0))
}

func isisConstraints(d *Context, c *Cursor) {
	d.Form(c, "\n\t        Bandwidth Constraints Model ID: %1n (%=d)", Names{0: "Maximum Allocation Bandwidth Constraint Model", 1: "Russian Dolls Bandwidth Constraint Model"})
	teBandwidths("\n\t          Bandwidth constraint CT%d: %s")(d, c.From(4).Cursor(0))
}

// isisSegment prints the segment to a neighbor (RFC 8667, 2.2.2).
func isisSegment(d *Context, c *Cursor) {
	names := Flags{{0x80, "Address family IPv6"}, {0x40, "Backup"}, {0x20, "Value"}, {0x10, "Local significance"}, {0x08, "Set of adjacencies"}, {0x04, "Persistent"}}
	d.Form(c, "\n\t          Flags: [%1n]|\n\t          Weight: %1d\n\t          Neighbor System-ID: %6v", names, isisID)
	switch bits := c.View.U8(0); {
	case bits&0x30 == 0x30 && c.Length >= 11:
		d.Form(c, "\n\t          Label: %3[4-23]d")
	case c.Length >= 12:
		d.Form(c, "\n\t          Index: %4d")
	}
}

// isisPrefixNeighbors prints addresses of OSI that are reached, their lengths in steps of four bits.
func isisPrefixNeighbors(d *Context, c *Cursor) {
	d.Print("\n\t      Metric Block")
	isisMetrics(d, c.Bytes(4), ", Default Metric", "\n\t\t  ")
	for c.Left() > 0 {
		n := c.U8()
		d.RejectIf(n < 2, "\n\t\tAddress: prefix length %d < 2", n)
		dissect.RejectIf(c.Left() < n/2)
		d.Printf("\n\t\tAddress: %s/%d", internet.NSAP(d, c.Bytes(n/2)), 4*n)
	}
}

// isisPrefixFacts is what is known of a prefix.
var isisPrefixFacts = List{Bytes: "\n\t\t    ", Short: dissect.CutThere, Values: Values{
	1: {"32-Bit Administrative tag", 0, dissect.Every(4, "", dissect.Form(", 0x%4x (=%=d)"))}, 2: {"64-Bit Administrative tag", 8, dissect.Form(", 0x%8x")},
	3: {"Prefix SID", 5, isisPrefixSegment}, 117: {"Management Prefix Color", 4, dissect.Form(", 0x%4x")},
}}

// isisPrefix prints a prefix of addresses of some bytes, with what is known of it (RFC 5305, 5308).
func isisPrefix(d *Context, c *Cursor, size int) {
	metric, status := c.U32(), c.U8()
	bits, more := status&0x3f, status&0x40 != 0
	if size == 16 {
		bits, more = c.U8(), status&0x20 != 0
	}
	version := dissect.Pick(size == 4, 4, 6)
	if bits > 8*size {
		d.Printf("\n\t      IPv%d prefix: bad bit length %d", version, bits)
		d.Cut()
	}
	prefix := make([]byte, size)
	copy(prefix, c.Bytes((bits+7)/8))
	d.Printf("\n\t      IPv%d prefix: %*s/%d", version, dissect.Pick(size == 4, 15, 0), d.Address(prefix), bits)
	d.Printf(", Distribution: %s, Metric: %d", dissect.UpOrDown(status&0x80 == 0), metric)
	d.PrintfIf(size == 16, ", %s", dissect.Pick(status&0x40 != 0, "External", "Internal"))
	if !more {
		return
	}
	d.Print(", sub-TLVs present")
	n := c.U8()
	d.Printf(" (%d)", n)
	for n != 0 { // as tcpdump, which goes on beyond the end
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t        %s subTLV #%d, length: %d", isisPrefixFacts.Values.Name(kind, "unknown"), kind, size)
		isisPrefixFacts.Value(d, kind, c.Take(size))
		n -= 2 + size
	}
}

// isisPrefixSegment prints the segment of a prefix (RFC 8667, 2.1).
func isisPrefixSegment(d *Context, c *Cursor) {
	flags := func(n int) string {
		names := Flags{{0x80, "Readvertisement"}, {0x40, "Node"}, {0x20, "No-PHP"}, {0x10, "Explicit NULL"}, {0x08, "Value"}, {0x04, "Local"}}.Of(n, ", ")
		return dissect.Pick(n&0xfc == 0, "None", names)
	}
	d.Form(c, ", Flags [%1n], Algo %1n (%=d)", flags, Names{0: "SPF", 1: "strict-SPF"}.Or("Unknown"))
	if c.View.U8(0)&0x08 != 0 {
		d.Form(c, ", label %3d")
	} else if c.Left() >= 4 {
		d.Form(c, ", index %4d")
	}
}

// isisTopology prints the identifier of a topology (RFC 5120).
func isisTopology(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 2, "%s", "\n\t      invalid MT-ID")
	names := Names{0: "IPv4 unicast", 1: "In-Band Management", 2: "IPv6 unicast", 3: "Multicast", 4095: "Development, Experimental or Proprietary"}
	d.Form(c, "\n\t      %2[4-15]n Topology (0x%=[4-15]x), Flags: [%=n]", names.Or("Reserved for IETF Consensus"), Flags{{0x4000, "ATT bit set"}, {0x8000, "Overload bit set"}})
}

// isisTopologyCapabilities is what a node can do in a topology (RFC 6329).
var isisTopologyCapabilities = List{Head: 2, Least: 3, Title: dissect.Titled("\n\t      %s subTLV #%d, length: %d"), Other: "unknown", Ends: dissect.Rejects(" (> containing TLV length)"), Short: shortISIS, Values: Values{
	1: {"SPB Instance", 19, isisInstanceOfSPB}, 3: {"SPBM Service Identifier and Unicast Address", 0, isisServices},
}}

func isisServices(d *Context, c *Cursor) {
	dissect.RejectIf(c.Length < 8)
	d.Form(c, "\n\t        BMAC: %6b, RES: %2[0-3]d, VID: %=[4-15]d|")
	dissect.Every(4, "", dissect.Form("\n\t        T: %4[0]d, R: %=[1]d, RES: %=[2-7]d, ISID: %=[8-31]d"))(d, c)
}

// isisInstanceOfSPB prints where bridges are in a tree by shortest paths, and the trees (RFC 6329, 14.1).
func isisInstanceOfSPB(d *Context, c *Cursor) {
	d.Form(c, "\n\t        CIST Root-ID: %4x %4x, Path Cost: %4x, Prio: %2d|\n\t        RES: %4[0-10]d, V: %=[11]d, SPSource-ID: %=[12-31]d, No of Trees: %1d")
	for trees := c.View.U8(18); trees > 0; trees-- {
		d.CutIf(c.Left() < 8)
		d.Form(c, "\n\t         U:%1[0]d, M:%=[1]d, A:%=[2]d, RES:%=[3-7]d, ECT: %4x, BVID: %3[0-11]d, SPVID: %=[12-23]d")
	}
}

// isisAuthentication prints a password or a digest (RFC 5304, 5310).
func isisAuthentication(d *Context, c *Cursor) {
	kind := c.U8()
	d.Printf("\n\t      %s: ", Names{1: "simple text password", 3: "Generic Crypto key-id", 255: "Routing Domain private password", 54: "HMAC-MD5 password"}.Of(kind, "unknown Authentication type 0x%02x"))
	switch kind {
	case 1:
		d.Counted(c, c.Left())
	case 54:
		d.Printf("%x", c.Bytes(c.Left()))
		d.If(c.Length != 17, ", (invalid subTLV) ")
	case 3:
		d.Printf("%d, password: ", c.U16())
		d.Printf("%x", c.Bytes(c.Left()))
	default:
		d.Unknown(c.Rest(), "\n\t\t  ", c.Left())
	}
}

// isisRiskGroups prints links that fail together (RFC 5307).
var isisRiskGroups = dissect.Form("\n\t      IS Neighbor: %7v%1!, Flags: [%1[7]n]%4!\n\t      IPv4 interface address: %4a%4!\n\t      IPv4 neighbor address: %4a%p", isisID, [2]string{"unnumbered", "numbered"},
	dissect.Every(4, "", dissect.Form("\n\t      Link-ID: 0x%4x")))

// isisCapability prints what a router can do (RFC 7981, 8667).
func isisCapability(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 5, " [object length %d < 5] (invalid)", c.Left())
	d.Form(c, "\n\t      Router-ID %4a, Flags [%1n]%p", Flags{{1, "S bit"}, {2, "D bit"}}, isisCapabilities.Print)
}

var isisCapabilities = List{Head: 2, Least: 2, Title: dissect.Titled("\n\t\t%s subTLV #%d, length: %d"), Other: "unknown", Ends: dissect.Rejects(""), Bytes: "\n\t\t", Values: Values{2: {"SR-Capabilities", 5, isisSegmentRouting}},
	Short: func(d *Context, f dissect.Fault) {
		if d.Verbose <= 1 {
			d.Unknown(f.Rest, "\n\t\t", f.Size)
		}
	}}

func isisSegmentRouting(d *Context, c *Cursor) {
	d.Form(c, ", Flags [%1n], Range %3d", Flags{{0x80, "ipv4"}, {0x40, "ipv6"}})
	if v := c.View; v.Length >= 9 && v.U8(4) == 1 && v.U8(5) == 3 {
		d.Printf(", SID value %d", v.U24(6))
	} else if v.Length >= 10 && v.U8(4) == 1 && v.U8(5) == 4 {
		d.Printf(", SID value %d", v.U32(6))
	}
}

// isisPortCapabilities is what a port can do in a topology, for bridging by shortest paths (RFC 6329).
var isisPortCapabilities = List{Head: 2, Least: 3, Title: dissect.Titled("\n\t       %s subTLV #%d, length: %d"), Other: "unknown", Ends: dissect.Prints(" (> containing TLV length)"), Short: shortISIS, Values: Values{
	4: {"SPB MCID", 102, func(d *Context, c *Cursor) {
		isisConfiguration(d, "\n\t         MCID: ", c.View)
		isisConfiguration(d, "\n\t         AUX-MCID: ", c.From(51))
	}},
	5: {"SPB Digest", 33, dissect.Form("\n\t        RES: %1[0-2]d V: %=[3]d A: %=[4-5]d D: %=[6-7]d|\n\t         Digest: %4x %4x %4x %4x \n\t                 %4x %4x %4x %4x ")},
	6: {"SPB BVID", 0, func(d *Context, c *Cursor) {
		for size := c.Length; c.At+4 <= size; c.At += 2 {
			d.Form(c, "\n\t           ECT: %4x")
			if c.At+2 > size {
				break
			}
			d.Form(c, " BVID: %2[0-11]d, U:%=[12]d M:%=[13]d ")
		}
		d.If(c.Length%6 != 0, " (too short)")
	}},
}}

var shortISIS = dissect.Prints(" (too short)")

// isisConfiguration prints the identifier of a configuration of spanning trees, in 51 bytes.
func isisConfiguration(d *Context, before string, v View) {
	digest := func(b []byte) string { return fmt.Sprintf("% x ", b) }
	d.Form(v.Cursor(0), before+"ID: %1d, Name: %32z|\n\t              Lvl: %2d, Digest: |%16v", digest)
}

// isisAdjacency prints the state of the other end of a point-to-point link (RFC 5303). tcpdump reads the last field where it is if those
// before are there, in any case.
var isisAdjacency = dissect.Form("%1>{%1~\n\t      Adjacency State: %1n (%=d)}%5>{\n\t      Extended Local circuit-ID: 0x%4x}%6>{%6~\n\t      Neighbor System-ID: %6v}"+
	"%4>{\n\t      Neighbor Extended Local circuit-ID: 0x%4@11x}", Names{0: "Up", 1: "Initializing", 2: "Down"}, isisID)

// isisRestart prints that a router restarts (RFC 5306).
func isisRestart(d *Context, c *Cursor) {
	d.Form(c, "%1~\n\t      Flags [%1n]%1>{%2!%2~, Remaining holding time %2ds}", Flags{{1, "Restart Request"}, {2, "Restart Acknowledgement"}, {4, "Suppress adjacency advertisement"}})
	if c.Left() == 6 {
		d.Form(c, ", for %6v", isisID)
	}
}

// isisInstance prints the instance and its topologies (RFC 8202).
func isisInstance(d *Context, c *Cursor) {
	d.Form(c, "\n\t      Instance ID: %2d")
	d.Printf(", ITIDs(%d): ", c.Left()/2)
	dissect.Every(2, ", ", dissect.Form("%2d"))(d, c)
}

// isisReachability prints prefixes of IPv4 with their metrics.
func isisReachability(d *Context, c *Cursor) {
	const size = 12
	for c.Left() > 0 {
		d.StopIf(c.Left() < size, "short IPv4 Reachability (%d vs %d)", c.Left(), size)
		if !c.Has(size) {
			panic(dissect.Ended{})
		}
		metrics, network, mask := c.Bytes(4), c.Bytes(4), c.Bytes(4)
		prefix := d.IP4(network)
		if bits := dissect.MaskBits(mask); dissect.IsMask(mask, bits) {
			d.Printf("\n\t      IPv4 prefix: %15s/%d", prefix, bits)
		} else {
			d.Printf("\n\t      IPv4 prefix: %s mask %s", prefix, d.IP4(mask))
		}
		d.Printf(", Distribution: %s", dissect.UpOrDown(metrics[0]&0x80 == 0))
		isisMetrics(d, metrics, ", Metric", "\n\t        ")
	}
}
