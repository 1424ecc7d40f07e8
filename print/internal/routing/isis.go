package routing

import (
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
	"bpfc/print/internal/internet"
)

// isisType is a packet of IS-IS: its name and the size of its header.
type isisType struct {
	name string
	size int
}

const isisHeader = 8

var isisTypes = map[int]isisType{
	15: {"L1 Lan IIH", 27}, 16: {"L2 Lan IIH", 27}, 17: {"p2p IIH", 20}, 18: {"L1 LSP", 27}, 20: {"L2 LSP", 27},
	24: {"L1 CSNP", 33}, 25: {"L2 CSNP", 33}, 26: {"L1 PSNP", 17}, 27: {"L2 PSNP", 17},
}

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
	if d.Verbose == 0 {
		name := t.name
		if !known {
			name = fmt.Sprintf("unknown PDU-Type %d", kind)
		}
		d.Print(comma + name)
	} else {
		name := t.name
		if !known {
			name = fmt.Sprintf("unknown, type %d", kind)
		}
		most := areas
		if areas == 0 {
			most = 3
		}
		d.Printf("%slength %d\n\t%s, hlen: %d, v: %d, pdu-v: %d, sys-id-len: %d (%d), max-area: %d (%d)", comma, v.Length, name, size, v.U8(2), v.U8(5), 6, idLength, most, areas)
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
		isisBrief(d, h, kind)
		d.Printf(", length %d", v.Length)
		return
	}
	at, ok := map[int]int{15: 9, 16: 9, 17: 9, 18: 0, 20: 0, 24: 0, 25: 0, 26: 0, 27: 0}[kind]
	if ok {
		v.Length = min(v.Length, h.U16(at)) // no more than the packet says of itself
	}
	isisFull(d, v, h, kind)
	if d.Verbose > 1 {
		d.Unknown(h, "\n\t  ", size-isisHeader)
	}
	if v.Length < size {
		d.Printf(" [packet length %d < %d] (invalid)", v.Length, size)
		return
	}
	isisTLVs(d, v.Cursor(size))
}

// isisBrief prints the fields of a line.
func isisBrief(d *Context, h View, kind int) {
	switch kind {
	case 15, 16:
		d.Printf(", src-id %s, lan-id %s, prio %d", isisID(h.Bytes(1, 6)), isisID(h.Bytes(12, 7)), h.U8(11))
	case 17:
		d.Printf(", src-id %s", isisID(h.Bytes(1, 6)))
	case 18, 20:
		d.Printf(", lsp-id %s, seq 0x%08x, lifetime %5ds", isisID(h.Bytes(4, 8)), h.U32(12), h.U16(2))
	default:
		d.Printf(", src-id %s", isisID(h.Bytes(2, 7)))
	}
}

var (
	isisCircuits = Names{1: "Level 1 only", 2: "Level 2 only", 3: "Level 1, Level 2"}
	isisLevels   = [4]string{"Unused 0x0 (invalid)", "L1 IS", "Unused 0x2 (invalid)", "L2 IS"}
)

// isisFull prints the header of a packet, for -v.
func isisFull(d *Context, v, h View, kind int) {
	switch kind {
	case 15, 16:
		d.Printf("\n\t  source-id: %s,  holding time: %ds, Flags: [%s]", isisID(h.Bytes(1, 6)), h.U16(7), isisCircuits.Of(h.U8(0), "unknown circuit type 0x%02x"))
		d.Printf("\n\t  lan-id:    %s, Priority: %d, PDU length: %d", isisID(h.Bytes(12, 7)), h.U8(11)&0x7f, h.U16(9))
	case 17:
		d.Printf("\n\t  source-id: %s, holding time: %ds, Flags: [%s]", isisID(h.Bytes(1, 6)), h.U16(7), isisCircuits.Of(h.U8(0), "unknown circuit type 0x%02x"))
		d.Printf("\n\t  circuit-id: 0x%02x, PDU length: %d", h.U8(11), h.U16(9))
	case 18, 20:
		d.Printf("\n\t  lsp-id: %s, seq: 0x%08x, lifetime: %5ds\n\t  chksum: 0x%04x", isisID(h.Bytes(4, 8)), h.U32(12), h.U16(2), h.U16(16))
		internet.OSIChecksum(d, dissect.NewView(h.From(4).Data, v.Length-12), h.U16(16), 12, v.Length-12)
		bits := h.U8(18)
		d.Printf(", PDU length: %d, Flags: [ %s", h.U16(0), dissect.If(bits&4 != 0, "Overload bit set, "))
		if bits&0x78 != 0 {
			d.Print(dissect.If(bits&0x08 != 0, "default ") + dissect.If(bits&0x10 != 0, "delay ") + dissect.If(bits&0x20 != 0, "expense ") + dissect.If(bits&0x40 != 0, "error ") + "ATT bit set, ")
		}
		d.Printf("%s%s ]", dissect.If(bits&0x80 != 0, "P bit set, "), isisLevels[bits&3])
	case 24, 25:
		d.Printf("\n\t  source-id:    %s, PDU length: %d", isisID(h.Bytes(2, 7)), h.U16(0))
		d.Printf("\n\t  start lsp-id: %s", isisID(h.Bytes(9, 8)))
		d.Printf("\n\t  end lsp-id:   %s", isisID(h.Bytes(17, 8)))
	default:
		d.Printf("\n\t  source-id:    %s, PDU length: %d", isisID(h.Bytes(2, 7)), h.U16(0))
	}
}

// isisTLVRow is a value: its name and what prints it, which rejects what is too short; nil for one that is shown as bytes.
type isisTLVRow struct {
	name  string
	print func(d *Context, c *Cursor)
}

// isisRows are the values of a packet, of which pdu is at the one that is being printed.
func isisRows(pdu *Cursor) map[int]isisTLVRow {
	networks := func(size, version int) func(*Context, *Cursor) {
		return each(func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < size)
			d.Printf("\n\t      IPv%d interface address: %s", version, d.Address(c.Bytes(size)))
		})
	}
	neighbors := each(measured(func(d *Context, c *Cursor) { isisNeighbor(d, c, true) }))
	prefixes4 := each(measured(func(d *Context, c *Cursor) { isisPrefix(d, c, 4) }))
	prefixes6 := each(measured(func(d *Context, c *Cursor) { isisPrefix(d, c, 16) }))
	topology := func(f func(*Context, *Cursor)) func(*Context, *Cursor) {
		return func(d *Context, c *Cursor) {
			d.CutIf(c.Left() < 2)
			isisTopology(d, c)
			f(d, c)
		}
	}
	return map[int]isisTLVRow{
		1: {"Area address(es)", each(func(d *Context, c *Cursor) {
			n := c.U8()
			dissect.RejectIf(c.Left() < n)
			d.Printf("\n\t      Area address (length: %d): %s", n, internet.NSAP(d, c.Bytes(n)))
		})},
		2: {"IS Reachability", isisNeighborsOld},
		3: {"ES Neighbor(s)", each(func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 10)
			metrics := c.Bytes(4)
			d.Printf("\n\t      ES Neighbor: %s", isisID(c.Bytes(6)))
			isisMetrics(d, metrics, ", Default Metric", "\n\t\t  ")
		})},
		4: {"Partition DIS", each(func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 6)
			d.Printf("\n\t      %s", isisID(c.Bytes(6)))
		})},
		5: {"Prefix Neighbors", isisPrefixNeighbors},
		6: {"IS Neighbor(s)", each(func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 6)
			d.CutIf(!c.Has(6))
			d.Printf("\n\t      SNPA: %s", isisID(c.Bytes(6)))
		})},
		7: {"Instance Identifier", isisInstance},
		8: {"Padding", func(*Context, *Cursor) {}},
		9: {"LSP entries", each(func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 16)
			d.CutIf(!c.Has(10))
			lifetime, id := c.U16(), c.Bytes(8)
			d.Printf("\n\t      lsp-id: %s", isisID(id))
			d.Printf(", seq: 0x%08x", c.U32())
			d.Printf(", lifetime: %5ds", lifetime)
			d.Printf(", chksum: 0x%04x", c.U16())
		})},
		10: {"Authentication", isisAuthentication},
		12: {"Checksum", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 2)
			sum := c.U16()
			d.Printf("\n\t      checksum: 0x%04x ", sum)
			internet.OSIChecksum(d, pdu.View, sum, pdu.At, pdu.View.Length)
		}},
		13: {"Purge Originator Identifier", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 7)
			n := c.U8()
			if n == 0 {
				d.Print(" No system IDs supplied")
				return
			}
			d.Printf("\n\t      Purge Originator System-ID: %s", isisID(c.Bytes(6)))
			if n > 1 && c.Left() == 6 {
				d.Printf("\n\t      Received from System-ID: %s", isisID(c.Bytes(6)))
			}
		}},
		14: {"LSP Buffersize", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 2)
			d.Printf("\n\t      LSP Buffersize: %d", c.U16())
		}},
		22:  {"Extended IS Reachability", neighbors},
		24:  {"IS Alias ID", each(measured(func(d *Context, c *Cursor) { isisNeighbor(d, c, false) }))},
		42:  {"DECnet Phase IV", nil},
		128: {"IPv4 Internal Reachability", isisReachability},
		129: {"Protocols supported", func(d *Context, c *Cursor) {
			d.Print("\n\t      NLPID(s): ")
			internet.ISOProtocolList(d, c.View)
		}},
		130: {"IPv4 External Reachability", isisReachability},
		131: {"Inter-Domain Information Type", nil},
		132: {"IPv4 Interface address(es)", networks(4, 4)},
		133: {"IPv4 authentication (deprecated)", nil},
		134: {"Traffic Engineering Router ID", func(d *Context, c *Cursor) {
			dissect.RejectIf(c.Left() < 4)
			d.Printf("\n\t      Traffic Engineering Router ID: %s", d.IP4(c.Bytes(4)))
		}},
		135: {"Extended IPv4 Reachability", prefixes4},
		137: {"Hostname", func(d *Context, c *Cursor) {
			d.Print("\n\t      Hostname: ")
			d.Padded(c, c.Length)
		}},
		138: {"Shared Risk Link Group", isisRiskGroups},
		143: {"Multi-Topology-Aware Port Capability", isisPortCapability},
		144: {"Multi-Topology Capability", isisTopologyCapability},
		211: {"Restart Signaling", isisRestart},
		222: {"Multi Topology IS Reachability", topology(neighbors)},
		229: {"Multi Topology", each(isisTopology)},
		232: {"IPv6 Interface address(es)", networks(16, 6)},
		235: {"Multi-Topology IPv4 Reachability", topology(prefixes4)},
		236: {"IPv6 reachability", prefixes6},
		237: {"Multi-Topology IP6 Reachability", topology(prefixes6)},
		240: {"Point-to-point Adjacency State", isisAdjacency},
		242: {"IS-IS Router Capability", isisCapability},
		250: {"Vendor Private", nil}, 251: {"Vendor Private", nil},
	}
}

// each makes a printer of a list from that of an entry.
func each(entry func(*Context, *Cursor)) func(*Context, *Cursor) {
	return func(d *Context, c *Cursor) {
		for c.Left() > 0 {
			entry(d, c)
		}
	}
}

// measured makes an entry that is read as far as the packet goes say where the value was shorter, which ends the value.
func measured(entry func(*Context, *Cursor)) func(*Context, *Cursor) {
	return func(d *Context, c *Cursor) {
		left, start := c.Left(), c.At
		entry(d, c)
		d.RejectIf(c.At-start > left, " [remaining tlv length %d < %d] (invalid)", left, c.At-start)
	}
}

// isisTLVs prints what follows the header; rejected where that makes no sense.
func isisTLVs(d *Context, c *Cursor) {
	rows := isisRows(c)
	for c.At < c.Length {
		if !c.Has(2) || c.Length-c.At < 2 {
			d.Mark()
			return
		}
		kind, n := c.U8(), c.U8()
		row := rows[kind]
		d.Printf("\n\t    %s TLV #%d, length: %d", dissect.Pick(row.name == "", "unknown", row.name), kind, n)
		if c.Length-c.At < n {
			d.Mark()
			return
		}
		value := dissect.NewView(c.From(c.At).Data, n)
		if row.print == nil {
			if d.Verbose < 2 {
				d.Unknown(value, "\n\t\t", n)
			}
		} else {
			d.Try(func() { row.print(d, value.Cursor(0)) }) // the next one may be whole
		}
		if d.Verbose > 1 {
			d.Unknown(value, "\n\t      ", n)
		}
		c.At += n
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

func isisNeighborsOld(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 1)
	d.Printf("\n\t      %s", Names{0: "IsNotVirtual", 1: "IsVirtual"}.Of(c.U8(), "bogus virtual flag 0x%02x"))
	for c.Left() > 0 {
		dissect.RejectIf(c.Left() < 11)
		c.View.Need(c.At + 11)
		metrics, id := c.Bytes(4), c.Bytes(7)
		d.Printf("\n\t      IS Neighbor: %s", isisID(id))
		isisMetrics(d, metrics, ", Default Metric", "\n\t\t  ")
	}
}

var isisLinkNames = Names{3: "Administrative groups", 4: "Link Local/Remote Identifier", 5: "Link Remote Identifier", 6: "IPv4 interface address", 8: "IPv4 neighbor address", 9: "Maximum link bandwidth",
	10: "Reservable link bandwidth", 11: "Unreserved bandwidth", 18: "Traffic Engineering Metric", 19: "Link Attributes", 20: "Link Protection Type", 21: "Interface Switching Capability", 22: "Bandwidth Constraints",
	23: "Unconstrained TE LSP Count", 24: "Remote AS number", 25: "IPv4 Remote ASBR Identifier", 26: "IPv6 Remote ASBR Identifier", 29: "SPB Metric", 32: "LAN Adjacency Segment Identifier", 250: "Reserved for cisco specific extensions",
	251: "Reserved for cisco specific extensions", 255: "Reserved for future expansion", 12: "Bandwidth Constraints (old)"}

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
		d.Printf("\n\t        %s subTLV #%d, length: %d", isisLinkNames.Of(kind, "unknown"), kind, size)
		if n -= 2 + size; n < 0 {
			d.Print(" (remaining data in subTLVs shorter than the current subTLV)")
			c.At += size + n
			return
		}
		isisLink(d, kind, c.Take(size), "\n\t        ")
	}
}

// megabits writes bytes a second, a floating point number, as megabits.
func megabits(v View, at int) string {
	return fmt.Sprintf("%.3f Mbps", float64(math.Float32frombits(v.U32(at)))*8/1000000)
}

var isisProtections = Flags{{0x01, "Extra"}, {0x02, "Unprotected"}, {0x04, "Shared"}, {0x08, "Dedicated 1:1"}, {0x10, "Dedicated 1+1"}, {0x20, "Enhanced"}}

func isisLink(d *Context, kind int, v View, before string) {
	least := map[int]int{3: 4, 4: 4, 5: 4, 6: 4, 8: 4, 9: 4, 10: 4, 18: 3, 19: 2, 20: 2, 22: 1, 29: 6, isisLANSegment: 8, 12: 1}[kind]
	if _, known := isisLinkNames[kind]; !known && d.Verbose <= 1 {
		d.Unknown(v, "\n\t\t    ", v.Length)
	}
	if v.Length < least || least == 0 && kind != 11 {
		return
	}
	switch kind {
	case 3:
		d.Printf(", 0x%08x", v.U32(0))
	case 4, 5:
		d.Printf(", 0x%08x", v.U32(0))
		if v.Length == 8 {
			d.Printf(", 0x%08x", v.U32(4))
		}
	case 6, 8:
		d.Printf(", %s", d.IP4(v.Bytes(0, 4)))
	case 9, 10:
		d.Printf(", %s", megabits(v, 0))
	case 11:
		for i := 0; 4*i+4 <= v.Length && i < 8; i++ {
			d.Printf("%s  TE-Class %d: %s", before, i, megabits(v, 4*i))
		}
	case 22, 12:
		d.Printf("%sBandwidth Constraints Model ID: %s (%d)", before, Names{0: "Maximum Allocation Bandwidth Constraint Model", 1: "Russian Dolls Bandwidth Constraint Model"}.Of(v.U8(0), "unknown"), v.U8(0))
		for i := 0; 4+4*i+4 <= v.Length; i++ {
			d.Printf("%s  Bandwidth constraint CT%d: %s", before, i, megabits(v, 4+4*i))
		}
	case 18:
		d.Printf(", %d", v.U24(0))
	case 29:
		d.Printf(", LM: %d, P: %d, P-ID: %d", v.U24(0), v.U8(3), v.U16(4))
	case isisLANSegment:
		isisSegment(d, v)
	case 19:
		d.Printf(", [ %s ]", Flags{{1, "Local Protection Available"}, {2, "Link excluded from local protection path"}}.Of(v.U16(0), ", "))
	case 20:
		d.Printf(", %s, Priority %d", isisProtections.Of(v.U8(0), ", "), v.U8(1))
	}
}

const isisLANSegment = 32 // value of a link

// isisSegment prints the segment to a neighbor (RFC 8667, 2.2.2).
func isisSegment(d *Context, v View) {
	bits := v.U8(0)
	d.Printf("\n\t          Flags: [%s]", Flags{{0x80, "Address family IPv6"}, {0x40, "Backup"}, {0x20, "Value"}, {0x10, "Local significance"}, {0x08, "Set of adjacencies"}, {0x04, "Persistent"}}.Of(bits, ", "))
	d.Printf("\n\t          Weight: %d\n\t          Neighbor System-ID: %s", v.U8(1), isisID(v.Bytes(2, 6)))
	switch {
	case bits&0x30 == 0x30 && v.Length >= 11:
		d.Printf("\n\t          Label: %d", v.U24(8)&0xfffff)
	case v.Length >= 12:
		d.Printf("\n\t          Index: %d", v.U32(8))
	}
}

// isisPrefixNeighbors prints addresses of OSI that are reached, their lengths in steps of four bits.
func isisPrefixNeighbors(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 4)
	d.Print("\n\t      Metric Block")
	isisMetrics(d, c.Bytes(4), ", Default Metric", "\n\t\t  ")
	for c.Left() > 0 {
		n := c.U8()
		d.RejectIf(n < 2, "\n\t\tAddress: prefix length %d < 2", n)
		dissect.RejectIf(c.Left() < n/2)
		d.Printf("\n\t\tAddress: %s/%d", internet.NSAP(d, c.Bytes(n/2)), 4*n)
	}
}

var (
	isisPrefixNames = Names{1: "32-Bit Administrative tag", 2: "64-Bit Administrative tag", 3: "Prefix SID", 117: "Management Prefix Color"}
	isisSIDFlags    = Flags{{0x80, "Readvertisement"}, {0x40, "Node"}, {0x20, "no-PHP"}, {0x10, "Explicit NULL"}, {0x08, "Value"}, {0x04, "Local"}}
	isisAlgorithms  = Names{0: "SPF", 1: "strict-SPF"}
)

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
	if size == 16 {
		d.Printf(", %s", dissect.Pick(status&0x40 != 0, "External", "Internal"))
	}
	if !more {
		return
	}
	d.Print(", sub-TLVs present")
	n := c.U8()
	d.Printf(" (%d)", n)
	for n != 0 { // as tcpdump, which goes on beyond the end
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t        %s subTLV #%d, length: %d", isisPrefixNames.Of(kind, "unknown"), kind, size)
		isisPrefixValue(d, kind, c.Take(size))
		n -= 2 + size
	}
}

// isisPrefixValue prints what is known of a prefix.
func isisPrefixValue(d *Context, kind int, v View) {
	switch {
	case kind == 1:
		for at := 0; at+4 <= v.Length; at += 4 {
			d.Printf(", 0x%08x (=%d)", v.U32(at), v.U32(at))
		}
	case kind == 2 && v.Length >= 8:
		d.Printf(", 0x%016x", v.U64(0))
	case kind == 117 && v.Length >= 4:
		d.Printf(", 0x%08x", v.U32(0))
	case kind == 3 && v.Length >= 5:
		bits, algorithm := v.U8(0), v.U8(1)
		names := isisSIDFlags.Of(bits, ", ")
		d.Printf(", Flags [%s], Algo %s (%d)", dissect.Pick(bits&0xfc == 0, "None", names), isisAlgorithms.Of(algorithm, "Unknown"), algorithm)
		if bits&0x08 != 0 {
			d.Printf(", label %d", v.U24(2))
		} else if v.Length >= 6 {
			d.Printf(", index %d", v.U32(2))
		}
	case isisPrefixNames[kind] != "":
		d.Cut()
	case d.Verbose <= 1:
		d.Unknown(v, "\n\t\t    ", v.Length)
	}
}

// isisTopology prints the identifier of a topology (RFC 5120).
func isisTopology(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 2, "%s", "\n\t      invalid MT-ID")
	n := c.U16()
	names := Names{0: "IPv4 unicast", 1: "In-Band Management", 2: "IPv6 unicast", 3: "Multicast", 4095: "Development, Experimental or Proprietary"}
	d.Printf("\n\t      %s Topology (0x%03x), Flags: [%s]", names.Of(n&0xfff, "Reserved for IETF Consensus"), n&0xfff, Flags{{0x4000, "ATT bit set"}, {0x8000, "Overload bit set"}}.Of(n&0xf000, ", "))
}

// isisTopologyCapability prints what a node can do in a topology (RFC 6329).
func isisTopologyCapability(d *Context, c *Cursor) {
	if c.Left() < 2 {
		return
	}
	n := c.U16()
	d.Printf("\n\t      O: %d, RES: %d, MTID(s): %d", n>>15, n>>12&7, n&0xfff)
	for c.Left() > 2 {
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t      %s subTLV #%d, length: %d", Names{1: "SPB Instance", 3: "SPBM Service Identifier and Unicast Address"}.Of(kind, "unknown"), kind, size)
		d.RejectIf(size > c.Left(), " (> containing TLV length)")
		v := c.Take(size)
		switch {
		case kind == 1 && size < 19:
			d.Print(" (too short)")
		case kind == 1:
			isisInstanceOfSPB(d, v)
		case kind == 3:
			dissect.RejectIf(size < 8)
			d.Printf("\n\t        BMAC: %x, RES: %d, VID: %d", v.Bytes(0, 6), v.U16(6)>>12, v.U16(6)&0xfff)
			for at := 8; at+4 <= size; at += 4 {
				n := v.U32(at)
				d.Printf("\n\t        T: %d, R: %d, RES: %d, ISID: %d", n>>31, n>>30&1, n>>24&0x3f, n&0xffffff)
			}
		}
	}
}

// isisInstanceOfSPB prints where bridges are in a tree by shortest paths, and the trees (RFC 6329, 14.1).
func isisInstanceOfSPB(d *Context, v View) {
	d.Printf("\n\t        CIST Root-ID: %08x %08x, Path Cost: %08x, Prio: %d", v.U32(0), v.U32(4), v.U32(8), v.U16(12))
	n, trees := v.U32(14), v.U8(18)
	d.Printf("\n\t        RES: %d, V: %d, SPSource-ID: %d, No of Trees: %d", n>>21, n>>20&1, n&0xfffff, trees)
	for at := 19; trees > 0; trees-- {
		d.CutIf(at+8 > v.Length)
		bits, ids := v.U8(at), v.U24(at+5)
		d.Printf("\n\t         U:%d, M:%d, A:%d, RES:%d, ECT: %08x, BVID: %d, SPVID: %d", bits>>7, bits>>6&1, bits>>5&1, bits&31, v.U32(at+1), ids>>12, ids&0xfff)
		at += 8
	}
}

// isisAuthentication prints a password or a digest (RFC 5304, 5310).
func isisAuthentication(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 1)
	kind := c.U8()
	d.Printf("\n\t      %s: ", Names{1: "simple text password", 3: "Generic Crypto key", 54: "HMAC-MD5 password"}.Of(kind, "unknown Authentication type 0x%02x"))
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
		if d.Verbose <= 1 {
			d.Unknown(c.Rest(), "\n\t\t  ", c.Left())
		}
	}
}

// isisRiskGroups prints links that fail together (RFC 5307).
func isisRiskGroups(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 7)
	d.Printf("\n\t      IS Neighbor: %s", isisID(c.Bytes(7)))
	dissect.RejectIf(c.Left() < 1)
	numbered := c.U8()&1 != 0
	d.Printf(", Flags: [%s]", dissect.Pick(numbered, "numbered", "unnumbered"))
	for _, name := range []string{"interface", "neighbor"} {
		dissect.RejectIf(c.Left() < 4)
		d.Printf("\n\t      IPv4 %s address: %s", name, d.IP4(c.Bytes(4)))
	}
	for c.Left() >= 4 {
		d.Printf("\n\t      Link-ID: 0x%08x", c.U32())
	}
}

// isisCapability prints what a router can do (RFC 7981, 8667).
func isisCapability(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 5, " [object length %d < 5] (invalid)", c.Left())
	router := c.Bytes(4)
	d.Printf("\n\t      Router-ID %s, Flags [%s]", d.IP4(router), Flags{{1, "S bit"}, {2, "D bit"}}.Of(c.U8(), ", "))
	names := Names{2: "SR-Capabilities"}
	for c.Left() >= 2 {
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t\t%s subTLV #%d, length: %d", names.Of(kind, "unknown"), kind, size)
		dissect.RejectIf(size > c.Left())
		v := c.Take(size)
		switch {
		case kind == 2 && v.Length >= 5:
			d.Printf(", Flags [%s], Range %d", Flags{{0x80, "ipv4"}, {0x40, "ipv6"}}.Of(v.U8(0), ", "), v.U24(1))
			if v.Length >= 9 && v.U8(4) == 1 && v.U8(5) == 3 {
				d.Printf(", SID value %d", v.U24(6))
			} else if v.Length >= 10 && v.U8(4) == 1 && v.U8(5) == 4 {
				d.Printf(", SID value %d", v.U32(6))
			}
		case d.Verbose <= 1:
			d.Unknown(v, "\n\t\t", v.Length)
		}
	}
}

// isisPortCapability prints what a port can do in a topology, for bridging by shortest paths (RFC 6329).
func isisPortCapability(d *Context, c *Cursor) {
	if c.Left() < 2 {
		return
	}
	n := c.U16()
	d.Printf("\n\t       RES: %d, MTID(s): %d", n>>12, n&0xfff)
	for c.Left() > 2 {
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t       %s subTLV #%d, length: %d", Names{4: "SPB MCID", 5: "SPB Digest", 6: "SPB BVID"}.Of(kind, "unknown"), kind, size)
		if size > c.Left() {
			d.Print(" (> containing TLV length)")
			return
		}
		v := c.Take(size)
		switch {
		case kind == 4 && size >= 102:
			isisConfiguration(d, "\n\t         MCID: ", v)
			isisConfiguration(d, "\n\t         AUX-MCID: ", v.From(51))
		case kind == 4, kind == 5 && size < 33:
			d.Print(" (too short)")
		case kind == 6:
			for at := 0; at+4 <= size; at += 8 {
				d.Printf("\n\t           ECT: %08x", v.U32(at))
				if at+6 > size {
					break
				}
				n := v.U16(at + 4)
				d.Printf(" BVID: %d, U:%d M:%d ", n>>4, n>>3&1, n>>2&1)
			}
			d.If(size%6 != 0, " (too short)")
		case kind == 5 && size >= 33:
			d.Printf("\n\t        RES: %d V: %d A: %d D: %d", v.U8(0)>>5, v.U8(0)>>4&1, v.U8(0)>>2&3, v.U8(0)&3)
			d.Print("\n\t         Digest: ")
			for i := range 8 {
				d.Printf("%s%08x ", dissect.If(i == 4, "\n\t                 "), v.U32(1+4*i))
			}
		}
	}
}

// isisConfiguration prints the identifier of a configuration of spanning trees, in 51 bytes.
func isisConfiguration(d *Context, before string, v View) {
	d.Printf("%sID: %d, Name: ", before, v.U8(0))
	d.Padded(v.Cursor(1), 32)
	d.Printf("\n\t              Lvl: %d, Digest: ", v.U16(33))
	for _, b := range v.Bytes(35, 16) {
		d.Printf("%02x ", b)
	}
}

// isisAdjacency prints the state of the other end of a point-to-point link (RFC 5303).
func isisAdjacency(d *Context, c *Cursor) {
	left := func() int { return c.Length - c.At }
	if left() >= 1 {
		d.CutIf(!c.Has(1))
		state := c.U8()
		d.Printf("\n\t      Adjacency State: %s (%d)", Names{0: "Up", 1: "Initializing", 2: "Down"}.Of(state, "unknown"), state)
	}
	if left() > 4 {
		d.Printf("\n\t      Extended Local circuit-ID: 0x%08x", c.U32())
	}
	if left() >= 6 {
		d.CutIf(!c.Has(6))
		d.Printf("\n\t      Neighbor System-ID: %s", isisID(c.Bytes(6)))
	}
	if left() >= 4 {
		const at = 11 // where it is if the fields before are there; tcpdump reads it there in any case
		d.Printf("\n\t      Neighbor Extended Local circuit-ID: 0x%08x", c.View.U32(at))
	}
}

// isisRestart prints that a router restarts (RFC 5306).
func isisRestart(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 1)
	d.CutIf(!c.Has(1))
	d.Printf("\n\t      Flags [%s]", Flags{{1, "Restart Request"}, {2, "Restart Acknowledgement"}, {4, "Suppress adjacency advertisement"}}.Of(c.U8(), ", "))
	if c.Left() == 0 {
		return
	}
	dissect.RejectIf(c.Left() < 2)
	d.CutIf(!c.Has(2))
	d.Printf(", Remaining holding time %ds", c.U16())
	if c.Left() == 6 {
		d.Printf(", for %s", isisID(c.Bytes(6)))
	}
}

// isisInstance prints the instance and its topologies (RFC 8202).
func isisInstance(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 4)
	instance, n := c.U16(), c.Left()/2
	d.Printf("\n\t      Instance ID: %d, ITIDs(%d): ", instance, n)
	for i := range n {
		d.Printf("%d%s", c.U16(), dissect.If(i < n-1, ", "))
	}
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
