package print

import "fmt"

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

// isis prints the routing protocol of OSI.
func (d *dissector) isis(v view) {
	if !d.isisMessage(v) {
		d.unknown(v, "\n\t", v.length)
	}
}

// isisMessage prints a packet; false where it is to be shown as bytes.
func (d *dissector) isisMessage(v view) bool {
	d.proto = "isis"
	if len(v.b) < isisHeader || v.length < isisHeader {
		d.mark()
		return true
	}
	if !d.LinkHeader {
		d.print("IS-IS")
	}
	size, version, idLength, kind, areas := v.u8(1), v.u8(2), v.u8(3), v.u8(4), v.u8(7)
	switch {
	case version != 1:
		d.printf("version %d packet not supported", version)
	case idLength != 6 && idLength != 0:
		d.printf("system ID length of %d is not supported", idLength)
	case v.u8(5) != 1:
		d.printf("version %d packet not supported", v.u8(5))
	case v.length < size:
		d.printf("fixed header length %d > packet length %d", size, v.length)
	case size < isisHeader:
		d.printf("fixed header length %d < minimum header size %d", size, isisHeader)
	case areas == 255:
		d.print("bad packet -- 255 areas")
	default:
		return d.isisPacket(v, kind, size, idLength, areas)
	}
	return false
}

func (d *dissector) isisPacket(v view, kind, size, idLength, areas int) bool {
	comma := mark(!d.LinkHeader, ", ")
	t, known := isisTypes[kind]
	if d.Verbose == 0 {
		name := t.name
		if !known {
			name = fmt.Sprintf("unknown PDU-Type %d", kind)
		}
		d.print(comma + name)
	} else {
		name := t.name
		if !known {
			name = fmt.Sprintf("unknown, type %d", kind)
		}
		most := areas
		if areas == 0 {
			most = 3
		}
		d.printf("%slength %d\n\t%s, hlen: %d, v: %d, pdu-v: %d, sys-id-len: %d (%d), max-area: %d (%d)", comma, v.length, name, size, v.u8(2), v.u8(5), 6, idLength, most, areas)
		if d.Verbose > 1 {
			d.unknown(v, "\n\t", isisHeader)
		}
	}
	if !known {
		if d.Verbose == 0 {
			d.printf(", length %d", v.length)
			return true
		}
		d.unknown(v.from(isisHeader), "\n\t  ", v.length)
		return false
	}
	if size != t.size {
		should := t.size
		if kind == 18 || kind == 20 {
			should -= isisHeader // tcpdump's words
		}
		d.printf("%s bogus fixed header length %d should be %d", map[bool]string{true: "-", false: ","}[kind >= 26], size, should)
		return false
	}
	if len(v.b) < size || v.length < size {
		d.mark()
		return true
	}
	h := v.from(isisHeader)
	if d.Verbose == 0 {
		d.isisBrief(h, kind)
		d.printf(", length %d", v.length)
		return true
	}
	at, ok := map[int]int{15: 9, 16: 9, 17: 9, 18: 0, 20: 0, 24: 0, 25: 0, 26: 0, 27: 0}[kind]
	if ok {
		v.length = min(v.length, h.u16(at)) // no more than the packet says of itself
	}
	d.isisFull(v, h, kind)
	if d.Verbose > 1 {
		d.unknown(h, "\n\t  ", size-isisHeader)
	}
	if v.length < size {
		d.printf(" [packet length %d < %d] (invalid)", v.length, size)
		return true
	}
	return d.isisTLVs(v.cursor(size))
}

// isisBrief prints the fields of a line.
func (d *dissector) isisBrief(h view, kind int) {
	switch kind {
	case 15, 16:
		d.printf(", src-id %s, lan-id %s, prio %d", isisID(h.bytes(1, 6)), isisID(h.bytes(12, 7)), h.u8(11))
	case 17:
		d.printf(", src-id %s", isisID(h.bytes(1, 6)))
	case 18, 20:
		d.printf(", lsp-id %s, seq 0x%08x, lifetime %5ds", isisID(h.bytes(4, 8)), h.u32(12), h.u16(2))
	default:
		d.printf(", src-id %s", isisID(h.bytes(2, 7)))
	}
}

var (
	isisCircuits = NamesT{1: "Level 1 only", 2: "Level 2 only", 3: "Level 1, Level 2"}
	isisLevels   = [4]string{"Unused 0x0 (invalid)", "L1 IS", "Unused 0x2 (invalid)", "L2 IS"}
)

// isisFull prints the header of a packet, for -v.
func (d *dissector) isisFull(v, h view, kind int) {
	switch kind {
	case 15, 16:
		d.printf("\n\t  source-id: %s,  holding time: %ds, Flags: [%s]", isisID(h.bytes(1, 6)), h.u16(7), isisCircuits.of(h.u8(0), "unknown circuit type 0x%02x"))
		d.printf("\n\t  lan-id:    %s, Priority: %d, PDU length: %d", isisID(h.bytes(12, 7)), h.u8(11)&0x7f, h.u16(9))
	case 17:
		d.printf("\n\t  source-id: %s, holding time: %ds, Flags: [%s]", isisID(h.bytes(1, 6)), h.u16(7), isisCircuits.of(h.u8(0), "unknown circuit type 0x%02x"))
		d.printf("\n\t  circuit-id: 0x%02x, PDU length: %d", h.u8(11), h.u16(9))
	case 18, 20:
		d.printf("\n\t  lsp-id: %s, seq: 0x%08x, lifetime: %5ds\n\t  chksum: 0x%04x", isisID(h.bytes(4, 8)), h.u32(12), h.u16(2), h.u16(16))
		d.osiChecksum(newView(h.from(4).b, v.length-12), h.u16(16), 12, v.length-12)
		bits := h.u8(18)
		d.printf(", PDU length: %d, Flags: [ %s", h.u16(0), mark(bits&4 != 0, "Overload bit set, "))
		if bits&0x78 != 0 {
			d.print(mark(bits&0x08 != 0, "default ") + mark(bits&0x10 != 0, "delay ") + mark(bits&0x20 != 0, "expense ") + mark(bits&0x40 != 0, "error ") + "ATT bit set, ")
		}
		d.printf("%s%s ]", mark(bits&0x80 != 0, "P bit set, "), isisLevels[bits&3])
	case 24, 25:
		d.printf("\n\t  source-id:    %s, PDU length: %d", isisID(h.bytes(2, 7)), h.u16(0))
		d.printf("\n\t  start lsp-id: %s", isisID(h.bytes(9, 8)))
		d.printf("\n\t  end lsp-id:   %s", isisID(h.bytes(17, 8)))
	default:
		d.printf("\n\t  source-id:    %s, PDU length: %d", isisID(h.bytes(2, 7)), h.u16(0))
	}
}

var isisTLVNames = NamesT{1: "Area address(es)", 2: "IS Reachability", 3: "ES Neighbor(s)", 4: "Partition DIS", 5: "Prefix Neighbors", 6: "IS Neighbor(s)", 8: "Padding",
	9: "LSP entries", 10: "Authentication", 12: "Checksum", 13: "Purge Originator Identifier", 14: "LSP Buffersize", 22: "Extended IS Reachability",
	24: "IS alias ID", 42: "DECnet Phase IV", 128: "IPv4 Internal Reachability", 129: "Protocols supported",
	130: "IPv4 External Reachability", 131: "Inter-Domain Information Type", 132: "IPv4 Interface address(es)", 133: "IPv4 authentication (deprecated)",
	134: "Traffic Engineering Router ID", 135: "Extended IPv4 Reachability", 137: "Hostname", 138: "Shared Risk Link Group",
	143: "Multi-Topology-Aware Port Capability", 144: "Multi-Topology Capability", 211: "Restart Signaling", 222: "Multi-Topology IS Reachability",
	229: "Multi Topology", 232: "IPv6 Interface address(es)", 235: "Multi-Topology IPv4 reachability", 236: "IPv6 reachability", 237: "Multi-Topology IP6 reachability",
	240: "Point-to-point Adjacency State", 242: "IS-IS Router Capability", 250: "Vendor Private", 251: "Vendor Private", 7: "Instance Identifier"}

// isisRead are values that are looked into.
var isisRead = map[int]bool{22: true, 135: true, 222: true, 235: true, 236: true, 237: true}

// isisTLVs prints what follows the header; false where that makes no sense.
func (d *dissector) isisTLVs(c *cursor) bool {
	for c.at < c.length {
		if !c.has(2) || c.length-c.at < 2 {
			d.mark()
			return true
		}
		kind, n := c.u8(), c.u8()
		d.printf("\n\t    %s TLV #%d, length: %d", isisTLVNames.of(kind, "unknown"), kind, n)
		if c.length-c.at < n {
			d.mark()
			return true
		}
		value := newView(c.from(c.at).b, n)
		if !d.isisTLV(kind, value.cursor(0)) {
			d.printf(" [remaining tlv length is too short] (invalid)")
			return true
		}
		if d.Verbose > 1 {
			d.unknown(value, "\n\t      ", n)
		}
		c.at += n
	}
	return true
}

// isisTLV prints a value; false if it is too short.
func (d *dissector) isisTLV(kind int, c *cursor) bool {
	left := func() int { return c.length - c.at }
	switch kind {
	case 1:
		for left() > 0 {
			n := c.u8()
			if left() < n {
				return false
			}
			d.printf("\n\t      Area address (length: %d): %s", n, d.nsap(c.bytes(n)))
		}
	case 6:
		for left() > 0 {
			if left() < 6 {
				return false
			}
			if !c.has(6) {
				d.cut()
			}
			d.printf("\n\t      SNPA: %s", isisID(c.bytes(6)))
		}
	case 8:
	case 129:
		d.print("\n\t      NLPID(s): ")
		d.isoProtocolList(c.view)
	case 132, 232:
		size := map[int]int{132: 4, 232: 16}[kind]
		for left() > 0 {
			if left() < size {
				return false
			}
			d.printf("\n\t      IPv%d interface address: %s", map[int]int{4: 4, 16: 6}[size], d.address(c.bytes(size)))
		}
	case 134:
		if left() < 4 {
			return false
		}
		d.printf("\n\t      Traffic Engineering Router ID: %s", d.ip4(c.bytes(4)))
	case 137:
		d.print("\n\t      Hostname: ")
		d.padded(c, c.length)
	case 9:
		for left() > 0 {
			if left() < 16 {
				return false
			}
			if !c.has(10) {
				d.cut()
			}
			lifetime, id := c.u16(), c.bytes(8)
			d.printf("\n\t      lsp-id: %s", isisID(id))
			d.printf(", seq: 0x%08x", c.u32())
			d.printf(", lifetime: %5ds", lifetime)
			d.printf(", chksum: 0x%04x", c.u16())
		}
	case 240:
		d.isisAdjacency(c)
	case 211:
		return d.isisRestart(c)
	case 7:
		return d.isisInstance(c)
	case 14:
		if left() < 2 {
			return false
		}
		d.printf("\n\t      LSP Buffersize: %d", c.u16())
	case 128, 130:
		return d.isisReachability(c)
	default:
		if isisRead[kind] {
			c.view.needAll()
		}
		if d.Verbose < 2 {
			d.unknown(c.view, "\n\t\t  ", c.length)
		}
	}
	return true
}

// isisAdjacency prints the state of the other end of a point-to-point link (RFC 5303).
func (d *dissector) isisAdjacency(c *cursor) {
	left := func() int { return c.length - c.at }
	if left() >= 1 {
		if !c.has(1) {
			d.cut()
		}
		state := c.u8()
		d.printf("\n\t      Adjacency State: %s (%d)", NamesT{0: "Up", 1: "Initializing", 2: "Down"}.of(state, "unknown"), state)
	}
	if left() > 4 {
		d.printf("\n\t      Extended Local circuit-ID: 0x%08x", c.u32())
	}
	if left() >= 6 {
		if !c.has(6) {
			d.cut()
		}
		d.printf("\n\t      Neighbor System-ID: %s", isisID(c.bytes(6)))
	}
	if left() >= 4 {
		d.printf("\n\t      Neighbor Extended Local circuit-ID: 0x%08x", c.u32())
	}
}

// isisRestart prints that a router restarts (RFC 5306).
func (d *dissector) isisRestart(c *cursor) bool {
	if c.left() < 1 {
		return false
	}
	if !c.has(1) {
		d.cut()
	}
	d.printf("\n\t      Flags [%s]", FlagsT{{1, "Restart Request"}, {2, "Restart Acknowledgement"}, {4, "Suppress adjacency advertisement"}}.of(c.u8(), ", "))
	if c.left() == 0 {
		return true
	}
	if c.left() < 2 {
		return false
	}
	if !c.has(2) {
		d.cut()
	}
	d.printf(", Remaining holding time %ds", c.u16())
	if c.left() == 6 {
		d.printf(", for %s", isisID(c.bytes(6)))
	}
	return true
}

// isisInstance prints the instance and its topologies (RFC 8202).
func (d *dissector) isisInstance(c *cursor) bool {
	if c.left() < 4 {
		return false
	}
	instance, n := c.u16(), c.left()/2
	d.printf("\n\t      Instance ID: %d, ITIDs(%d): ", instance, n)
	for i := range n {
		d.printf("%s%d", mark(i > 0, ", "), c.u16())
	}
	return true
}

// isisReachability prints prefixes of IPv4 with their metrics.
func (d *dissector) isisReachability(c *cursor) bool {
	const size = 12
	for c.left() > 0 {
		if c.left() < size {
			return false
		}
		if !c.has(size) {
			panic(ended{})
		}
		metrics, network, mask := c.bytes(4), c.bytes(4), c.bytes(4)
		prefix := d.ip4(network)
		if bits := maskBits(mask); isMask(mask, bits) {
			d.printf("\n\t      IPv4 prefix: %15s/%d", prefix, bits)
		} else {
			d.printf("\n\t      IPv4 network: %s, mask %s", prefix, d.ip4(mask))
		}
		d.printf(", Distribution: %s, Metric: %d, %s", upOrDown(metrics[0]&0x80 == 0), metrics[0]&0x3f, map[bool]string{true: "External", false: "Internal"}[metrics[0]&0x40 != 0])
		for i, name := range []string{"Delay", "Expense", "Error"} {
			if m := metrics[i+1]; m&0x80 == 0 {
				d.printf("\n\t\t  %-7s Metric:   %d", name, m&0x3f)
			}
		}
	}
	return true
}

// isMask tells whether a mask is some ones and then zeros.
func isMask(mask []byte, bits int) bool {
	for i := bits; i < 8*len(mask); i++ {
		if mask[i/8]<<(i%8)&0x80 != 0 {
			return false
		}
	}
	return true
}
