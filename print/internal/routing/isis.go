package routing

import (
	"fmt"

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

var isisTLVNames = Names{1: "Area address(es)", 2: "IS Reachability", 3: "ES Neighbor(s)", 4: "Partition DIS", 5: "Prefix Neighbors", 6: "IS Neighbor(s)", 8: "Padding",
	9: "LSP entries", 10: "Authentication", 12: "Checksum", 13: "Purge Originator Identifier", 14: "LSP Buffersize", 22: "Extended IS Reachability",
	24: "IS alias ID", 42: "DECnet Phase IV", 128: "IPv4 Internal Reachability", 129: "Protocols supported",
	130: "IPv4 External Reachability", 131: "Inter-Domain Information Type", 132: "IPv4 Interface address(es)", 133: "IPv4 authentication (deprecated)",
	134: "Traffic Engineering Router ID", 135: "Extended IPv4 Reachability", 137: "Hostname", 138: "Shared Risk Link Group",
	143: "Multi-Topology-Aware Port Capability", 144: "Multi-Topology Capability", 211: "Restart Signaling", 222: "Multi-Topology IS Reachability",
	229: "Multi Topology", 232: "IPv6 Interface address(es)", 235: "Multi-Topology IPv4 reachability", 236: "IPv6 reachability", 237: "Multi-Topology IP6 reachability",
	240: "Point-to-point Adjacency State", 242: "IS-IS Router Capability", 250: "Vendor Private", 251: "Vendor Private", 7: "Instance Identifier"}

// isisRead are values that are looked into.
var isisRead = map[int]bool{22: true, 135: true, 222: true, 235: true, 236: true, 237: true}

// isisTLVs prints what follows the header; rejected where that makes no sense.
func isisTLVs(d *Context, c *Cursor) {
	for c.At < c.Length {
		if !c.Has(2) || c.Length-c.At < 2 {
			d.Mark()
			return
		}
		kind, n := c.U8(), c.U8()
		d.Printf("\n\t    %s TLV #%d, length: %d", isisTLVNames.Of(kind, "unknown"), kind, n)
		if c.Length-c.At < n {
			d.Mark()
			return
		}
		value := dissect.NewView(c.From(c.At).Data, n)
		if !d.Try(func() { isisTLV(d, kind, value.Cursor(0)) }) {
			d.Printf(" [remaining tlv length is too short] (invalid)")
			return
		}
		if d.Verbose > 1 {
			d.Unknown(value, "\n\t      ", n)
		}
		c.At += n
	}
}

// isisTLV prints a value; rejected if it is too short.
func isisTLV(d *Context, kind int, c *Cursor) {
	left := func() int { return c.Length - c.At }
	switch kind {
	case 1:
		for left() > 0 {
			n := c.U8()
			dissect.RejectIf(left() < n)
			d.Printf("\n\t      Area address (length: %d): %s", n, internet.NSAP(d, c.Bytes(n)))
		}
	case 6:
		for left() > 0 {
			dissect.RejectIf(left() < 6)
			d.CutIf(!c.Has(6))
			d.Printf("\n\t      SNPA: %s", isisID(c.Bytes(6)))
		}
	case 8:
	case 129:
		d.Print("\n\t      NLPID(s): ")
		internet.ISOProtocolList(d, c.View)
	case 132, 232:
		size := map[int]int{132: 4, 232: 16}[kind]
		for left() > 0 {
			dissect.RejectIf(left() < size)
			d.Printf("\n\t      IPv%d interface address: %s", map[int]int{4: 4, 16: 6}[size], d.Address(c.Bytes(size)))
		}
	case 134:
		dissect.RejectIf(left() < 4)
		d.Printf("\n\t      Traffic Engineering Router ID: %s", d.IP4(c.Bytes(4)))
	case 137:
		d.Print("\n\t      Hostname: ")
		d.Padded(c, c.Length)
	case 9:
		for left() > 0 {
			dissect.RejectIf(left() < 16)
			d.CutIf(!c.Has(10))
			lifetime, id := c.U16(), c.Bytes(8)
			d.Printf("\n\t      lsp-id: %s", isisID(id))
			d.Printf(", seq: 0x%08x", c.U32())
			d.Printf(", lifetime: %5ds", lifetime)
			d.Printf(", chksum: 0x%04x", c.U16())
		}
	case 240:
		isisAdjacency(d, c)
	case 211:
		isisRestart(d, c)
		return
	case 7:
		isisInstance(d, c)
		return
	case 14:
		dissect.RejectIf(left() < 2)
		d.Printf("\n\t      LSP Buffersize: %d", c.U16())
	case 128, 130:
		isisReachability(d, c)
		return
	default:
		if isisRead[kind] {
			c.View.NeedAll()
		}
		if d.Verbose < 2 {
			d.Unknown(c.View, "\n\t\t  ", c.Length)
		}
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
		d.Printf("\n\t      Neighbor Extended Local circuit-ID: 0x%08x", c.U32())
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
		d.Printf("%s%d", dissect.If(i > 0, ", "), c.U16())
	}
}

// isisReachability prints prefixes of IPv4 with their metrics.
func isisReachability(d *Context, c *Cursor) {
	const size = 12
	for c.Left() > 0 {
		dissect.RejectIf(c.Left() < size)
		if !c.Has(size) {
			panic(dissect.Ended{})
		}
		metrics, network, mask := c.Bytes(4), c.Bytes(4), c.Bytes(4)
		prefix := d.IP4(network)
		if bits := dissect.MaskBits(mask); dissect.IsMask(mask, bits) {
			d.Printf("\n\t      IPv4 prefix: %15s/%d", prefix, bits)
		} else {
			d.Printf("\n\t      IPv4 network: %s, mask %s", prefix, d.IP4(mask))
		}
		d.Printf(", Distribution: %s, Metric: %d, %s", dissect.UpOrDown(metrics[0]&0x80 == 0), metrics[0]&0x3f, dissect.Pick(metrics[0]&0x40 != 0, "External", "Internal"))
		for i, name := range []string{"Delay", "Expense", "Error"} {
			if m := metrics[i+1]; m&0x80 == 0 {
				d.Printf("\n\t\t  %-7s Metric:   %d", name, m&0x3f)
			}
		}
	}
}
