package print

import (
	"encoding/binary"
	"fmt"
)

// DECnet phase IV, whose numbers are little-endian.

// le16 reads a little-endian number.
func (v view) le16(at int) int { return int(binary.LittleEndian.Uint16(v.bytes(at, 2))) }

// le32 reads a little-endian number.
func (v view) le32(at int) uint32 { return binary.LittleEndian.Uint32(v.bytes(at, 4)) }

const (
	decnetPad     = 0x80
	decnetFuture  = 0x40
	decnetControl = 0x01
	decnetLong    = 6
	decnetShort   = 2

	decnetShortHeader = 6
	decnetLongHeader  = 21
)

// decnet prints a packet of DECnet, after the length that it has on Ethernet.
func (d *dissector) decnet(v view) {
	d.proto = "decnet"
	if v.length < decnetShortHeader {
		d.printf(" (length %d < %d) (invalid)", v.length, decnetShortHeader)
		return
	}
	length := v.le16(0)
	switch {
	case length < decnetShortHeader:
		d.printf(" (pktlen %d < %d) (invalid)", length, decnetShortHeader)
		return
	case length > v.length:
		d.printf(" (pktlen %d > %d) (invalid)", length, v.length)
		return
	}
	v.length = length
	whole := v
	r := v.from(2)
	bits := r.u8(0)
	if bits&decnetPad != 0 {
		pad := bits &^ decnetPad
		if d.Verbose > 0 {
			d.printf("[pad:%d] ", pad)
		}
		if v.length < pad+2 {
			d.printf(" (length %d < %d) (invalid)", v.length, pad+2)
			return
		}
		r.need(pad)
		v = v.from(pad)
		r = v.from(2)
		bits = r.u8(0)
	}
	switch {
	case bits&decnetFuture != 0:
		d.print("future-version-decnet")
		d.bytesBelow(v.limit(min(v.length, len(v.b))))
	case bits&decnetControl != 0:
		if !d.decnetControl(r, v.length) {
			d.invalid()
		}
	default:
		d.decnetData(v, r, whole.length, bits)
	}
}

// node writes a node's number: area and number in it.
func decnetNode(n int) (area, node int) { return n >> 10, n & 0x3ff }

func (d *dissector) decnetNode(n int) string {
	area, node := decnetNode(n)
	return fmt.Sprintf("%d.%d", area, node)
}

// decnetData prints a packet that carries a message between nodes; r is the packet behind its length.
func (d *dissector) decnetData(v, r view, length, bits int) {
	var src, dst, hops, size int
	switch bits & 7 {
	case decnetLong:
		if v.length < decnetLongHeader {
			d.printf(" (length %d < %d) (invalid)", v.length, decnetLongHeader)
			return
		}
		r.need(decnetLongHeader)
		dst, src, hops, size = r.le16(7), r.le16(15), r.u8(18), decnetLongHeader
	case decnetShort:
		dst, src, hops, size = r.le16(1), r.le16(3), r.u8(5)&0x3f+1, decnetShortHeader
	default:
		d.print("unknown message flags under mask")
		d.bytesBelow(v.limit(min(v.length, len(v.b))))
		return
	}
	d.printf("%s > %s %d ", d.decnetNode(src), d.decnetNode(dst), length)
	if d.Verbose > 0 {
		d.print(mark(bits&0x08 != 0, "RQR ") + mark(bits&0x10 != 0, "RTS ") + mark(bits&0x20 != 0, "IE "))
		d.printf("%d hops ", hops)
	}
	if !d.nsp(newView(r.from(size).b, v.length-size)) {
		d.invalid()
	}
}

// decnetHellos and so on are the sizes of control messages by their type.
var decnetControls = map[int]struct {
	name string
	size int
	all  bool // the whole of it must be captured
}{
	0x01: {"init ", 12, true}, 0x03: {"verification ", 4, false}, 0x05: {"test ", 4, false}, 0x07: {"lev-1-routing ", 4, true}, 0x09: {"lev-2-routing ", 4, true},
	0x0b: {"router-hello ", 18, true}, 0x0d: {"endnode-hello ", 32, false},
}

// decnetControl prints what routers and nodes say to each other, in a packet of length bytes; false if that is too short.
func (d *dissector) decnetControl(r view, length int) bool {
	kind := r.u8(0) & 0x0f
	c, known := decnetControls[kind]
	if !known {
		d.print("unknown control message")
		d.bytesBelow(r.limit(min(length, len(r.b))))
		return true
	}
	d.print(c.name)
	if length < c.size {
		return false
	}
	if c.all {
		r.need(c.size)
	}
	rest := newView(r.from(c.size).b, length-c.size)
	switch kind {
	case 0x01:
		info, hello := r.u8(3), r.le16(9)
		d.decnetNodeType(info & 3)
		d.print(mark(info&4 != 0, "verif ") + mark(info&8 != 0, "blo "))
		d.printf("src %sblksize %d vers %d eco %d ueco %d hello %d", d.decnetNode(r.le16(1)), r.le16(4), r.u8(6), r.u8(7), r.u8(8), hello)
	case 0x03:
		d.printf("src %s fcnval %o", d.decnetNode(r.le16(1)), r.u8(3))
	case 0x05:
		d.printf("src %s data %o", d.decnetNode(r.le16(1)), r.u8(3))
	case 0x07:
		d.printf("src %s ", d.decnetNode(r.le16(1)))
		d.decnetRoutes(rest, "ids")
	case 0x09:
		d.printf("src %s ", d.decnetNode(r.le16(1)))
		d.decnetRoutes(rest, "areas")
	case 0x0b:
		d.decnetHello(r.u8(10))
		d.printf("vers %d eco %d ueco %d src %s blksize %d pri %d hello %d", r.u8(1), r.u8(2), r.u8(3), d.decnetNode(r.le16(8)), r.le16(11), r.u8(13), r.le16(15))
	case 0x0d:
		data := r.u8(31)
		d.decnetHello(r.u8(10))
		d.printf("vers %d eco %d ueco %d src %s blksize %d rtr %s hello %d data %o", r.u8(1), r.u8(2), r.u8(3), d.decnetNode(r.le16(8)), r.le16(11),
			d.decnetNode(r.le16(26)), r.le16(28), data)
	}
	return true
}

func (d *dissector) decnetNodeType(n int) {
	d.print([4]string{"reserved-ntype? ", "l2rout ", "l1rout ", "endnode "}[n])
}

func (d *dissector) decnetHello(info int) {
	d.decnetNodeType(info & 3)
	d.print(mark(info&0x04 != 0, "verif ") + mark(info&0x20 != 0, "nomcast ") + mark(info&0x40 != 0, "blo "))
}

// decnetRoutes prints runs of nodes or areas; a checksum is behind them.
func (d *dissector) decnetRoutes(v view, what string) {
	for v.length > 6 {
		v.need(6)
		count, first, info := v.le16(0), v.le16(2), v.le16(4)
		if count > 1024 {
			return
		}
		d.printf("{%s %d-%d cost %d hops %d} ", what, first, first+count, info&0x1ff, info>>10&0x1f)
		v = v.from(6)
	}
}

const (
	nspAck  = 0x8000
	nspMask = 0x0fff
)

// nsp prints the transport of DECnet; false if it is too short.
func (d *dissector) nsp(v view) bool {
	if v.length < 5 {
		d.printf(" (nsplen %d < %d)", v.length, 5)
		return false
	}
	bits, dst, src := v.u8(0), v.le16(1), v.le16(3)
	switch bits & 0x0c {
	case 0x00:
		return d.nspData(v, bits, src, dst)
	case 0x04:
		return d.nspAck(v, bits, src, dst)
	case 0x08:
		return d.nspControl(v, bits, src, dst)
	}
	d.printf("reserved-type? %x %d > %d", bits, src, dst)
	return true
}

func (d *dissector) nspData(v view, bits, src, dst int) bool {
	switch bits & 0x70 {
	case 0x00, 0x20, 0x40, 0x60:
		d.printf("data %d>%d ", src, dst)
		return d.nspSegment(v, "o")
	case 0x30:
		d.print("intr ")
		return d.nspSegment(v, "dat")
	case 0x10:
		d.printf("link-service %d>%d ", src, dst)
		if v.length < 13 || !d.nspSegment(v, "dat") {
			return false
		}
		d.nspLinkService(v.u8(11), v.u8(12))
	default:
		d.printf("reserved-subtype? %x %d > %d", bits, src, dst)
	}
	return true
}

// nspSegment prints up to two acknowledgements and the number of a segment. The second acknowledgement is of the other
// subchannel and named for it.
func (d *dissector) nspSegment(v view, other string) bool {
	at := 7
	if v.length < at {
		return false
	}
	n := v.le16(5)
	if n&nspAck != 0 {
		d.printf("%s %d ", nspName(n, 0x9000, "nak", "ack"), n&nspMask)
		if at += 2; v.length < at {
			return false
		}
		if n = v.le16(7); n&0xa000 != 0 {
			d.printf("%s %d ", nspOther(n, other), n&nspMask)
			if at += 2; v.length < at {
				return false
			}
			n = v.le16(9)
		}
	}
	d.printf("seg %d ", n&nspMask)
	return true
}

func nspName(n, bits int, with, without string) string {
	if n&bits == bits {
		return with
	}
	return without
}

func nspOther(n int, other string) string {
	if other == "o" {
		return nspName(n, 0xb000, "onak", "oack")
	}
	return nspName(n, 0xb000, "nakdat", "ackdat")
}

func (d *dissector) nspLinkService(bits, value int) {
	switch bits & 0x0c {
	case 0:
		d.printf("dat seg count %d ", value)
		switch bits & 3 {
		case 1:
			d.print("donotsend-data ")
		case 2:
			d.print("send-data ")
		case 3:
			d.printf("reserved-fcmod? %x", bits)
		}
	case 4:
		d.printf("intr req count %d ", value)
	default:
		d.printf("reserved-fcval-int? %x", bits)
	}
}

func (d *dissector) nspAck(v view, bits, src, dst int) bool {
	other := NamesT{0x00: "o", 0x10: "dat"}[bits&0x70]
	switch bits & 0x70 {
	case 0x00, 0x10:
		d.printf("%s-ack %d>%d ", map[string]string{"o": "data", "dat": "ils"}[other], src, dst)
		if v.length < 9 {
			return false
		}
		v.need(9)
		n := v.le16(5)
		if n&nspAck == 0 {
			return true
		}
		d.printf("%s %d ", nspName(n, 0x9000, "nak", "ack"), n&nspMask)
		if n = v.le16(7); n&0xa000 != 0 {
			d.printf("%s %d ", nspOther(n, other), n&nspMask)
		}
	case 0x20:
		d.printf("conn-ack %d", dst)
	default:
		d.printf("reserved-acktype? %x %d > %d", bits, src, dst)
	}
	return true
}

var nspReasons = NamesT{0: "object rejected connect", 1: "insufficient resources", 2: "unrecognized node name", 3: "node is shutting down", 4: "unrecognized object",
	5: "invalid object name format", 6: "object too busy", 7: "protocol error discovered", 8: "third party abort", 9: "user abort", 10: "invalid node name format",
	11: "local node shutting down", 32: "insufficient local resources", 33: "insufficient remote user resources", 34: "invalid access control information",
	36: "bad ACCOUNT information", 38: "no response from object", 39: "node unreachable", 41: "no link terminate", 42: "disconnect complete", 43: "bad image data in connect",
	54: "cryptographic service mismatch"}

func (d *dissector) nspControl(v view, bits, src, dst int) bool {
	switch kind := bits & 0x70; kind {
	case 0x10, 0x60, 0x20:
		d.printf("%s %d>%d ", NamesT{0x10: "conn-initiate", 0x60: "retrans-conn-initiate", 0x20: "conn-confirm"}[kind], src, dst)
		size := 9
		if kind == 0x20 {
			size = 10
		}
		if v.length < size {
			return false
		}
		v.need(size)
		d.print(NamesT{0x04: "seg ", 0x08: "msg "}[v.u8(5)&0x0c])
		d.printf("ver %s segsize %d ", [4]string{"3.2", "3.1", "4.0", "4.1"}[v.u8(6)&3], v.le16(7))
		if size == 10 && v.u8(9) != 0 {
			d.printf("optlen %d ", v.u8(9))
		}
	case 0x30:
		d.printf("disconn-initiate %d>%d ", src, dst)
		if v.length < 8 {
			return false
		}
		v.need(8)
		d.printf("%s ", nspReasons.of(v.le16(5), "reason-%d"))
		if n := v.u8(7); n != 0 {
			d.printf("optlen %d ", n)
		}
	case 0x40:
		d.printf("disconn-confirm %d>%d ", src, dst)
		d.printf("%s ", nspReasons.of(v.le16(5), "reason-%d"))
	default:
		d.printf("reserved-ctltype? %x %d > %d", bits, src, dst)
	}
	return true
}
