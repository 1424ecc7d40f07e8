package old

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

const (
	decnetPad     = 0x80
	decnetFuture  = 0x40
	decnetControl = 0x01
	decnetLong    = 6
	decnetShort   = 2

	decnetShortHeader = 6
	decnetLongHeader  = 21
)

// DECnet prints a packet of DECnet, after the length that it has on Ethernet.
func DECnet(d *Context, v View) {
	d.Proto = "decnet"
	d.StopIf(v.Length < decnetShortHeader, " (length %d < %d) (invalid)", v.Length, decnetShortHeader)
	length := v.LE16(0)
	switch {
	case length < decnetShortHeader:
		d.Printf(" (pktlen %d < %d) (invalid)", length, decnetShortHeader)
		return
	case length > v.Length:
		d.Printf(" (pktlen %d > %d) (invalid)", length, v.Length)
		return
	}
	v.Length = length
	whole := v
	r := v.From(2)
	bits := r.U8(0)
	if bits&decnetPad != 0 {
		pad := bits &^ decnetPad
		d.PrintfIf(d.Verbose > 0, "[pad:%d] ", pad)
		d.StopIf(v.Length < pad+2, " (length %d < %d) (invalid)", v.Length, pad+2)
		r.Need(pad)
		v = v.From(pad)
		r = v.From(2)
		bits = r.U8(0)
	}
	switch {
	case bits&decnetFuture != 0:
		d.Print("future-version-decnet")
		d.BytesBelow(v.Limit(min(v.Length, len(v.Data))))
	case bits&decnetControl != 0:
		d.If(!d.Try(func() { printDecnetControl(d, r, v.Length) }), " (invalid)")
	default:
		decnetData(d, v, r, whole.Length, bits)
	}
}

// node writes a node's number: area and number in it.
func decnetNode(n int) (area, node int) { return n >> 10, n & 0x3ff }

func printDecnetNode(d *Context, n int) string {
	area, node := decnetNode(n)
	return fmt.Sprintf("%d.%d", area, node)
}

// decnetData prints a packet that carries a message between nodes; r is the packet behind its length.
func decnetData(d *Context, v, r View, length, bits int) {
	var src, dst, hops, size int
	switch bits & 7 {
	case decnetLong:
		d.StopIf(v.Length < decnetLongHeader, " (length %d < %d) (invalid)", v.Length, decnetLongHeader)
		r.Need(decnetLongHeader)
		dst, src, hops, size = r.LE16(7), r.LE16(15), r.U8(18), decnetLongHeader
	case decnetShort:
		dst, src, hops, size = r.LE16(1), r.LE16(3), r.U8(5)&0x3f+1, decnetShortHeader
	default:
		d.Print("unknown message flags under mask")
		d.BytesBelow(v.Limit(min(v.Length, len(v.Data))))
		return
	}
	d.Printf("%s > %s %d ", printDecnetNode(d, src), printDecnetNode(d, dst), length)
	if d.Verbose > 0 {
		d.Print(dissect.If(bits&0x08 != 0, "RQR ") + dissect.If(bits&0x10 != 0, "RTS ") + dissect.If(bits&0x20 != 0, "IE "))
		d.Printf("%d hops ", hops)
	}
	d.If(!d.Try(func() { nsp(d, dissect.NewView(r.From(size).Data, v.Length-size)) }), " (invalid)")
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

// printDecnetControl prints what routers and nodes say to each other, in a packet of length bytes; rejected if that is too short.
func printDecnetControl(d *Context, r View, length int) {
	kind := r.U8(0) & 0x0f
	c, known := decnetControls[kind]
	if !known {
		d.Print("unknown control message")
		d.BytesBelow(r.Limit(min(length, len(r.Data))))
		return
	}
	d.Print(c.name)
	dissect.RejectIf(length < c.size)
	if c.all {
		r.Need(c.size)
	}
	rest := dissect.NewView(r.From(c.size).Data, length-c.size)
	switch kind {
	case 0x01:
		info, hello := r.U8(3), r.LE16(9)
		decnetNodeType(d, info&3)
		d.Print(dissect.If(info&4 != 0, "verif ") + dissect.If(info&8 != 0, "blo "))
		d.Printf("src %sblksize %d vers %d eco %d ueco %d hello %d", printDecnetNode(d, r.LE16(1)), r.LE16(4), r.U8(6), r.U8(7), r.U8(8), hello)
	case 0x03:
		d.Printf("src %s fcnval %o", printDecnetNode(d, r.LE16(1)), r.U8(3))
	case 0x05:
		d.Printf("src %s data %o", printDecnetNode(d, r.LE16(1)), r.U8(3))
	case 0x07:
		d.Printf("src %s ", printDecnetNode(d, r.LE16(1)))
		decnetRoutes(d, rest, "ids")
	case 0x09:
		d.Printf("src %s ", printDecnetNode(d, r.LE16(1)))
		decnetRoutes(d, rest, "areas")
	case 0x0b:
		decnetHello(d, r.U8(10))
		d.Printf("vers %d eco %d ueco %d src %s blksize %d pri %d hello %d", r.U8(1), r.U8(2), r.U8(3), printDecnetNode(d, r.LE16(8)), r.LE16(11), r.U8(13), r.LE16(15))
	case 0x0d:
		data := r.U8(31)
		decnetHello(d, r.U8(10))
		d.Printf("vers %d eco %d ueco %d src %s blksize %d rtr %s hello %d data %o", r.U8(1), r.U8(2), r.U8(3), printDecnetNode(d, r.LE16(8)), r.LE16(11),
			printDecnetNode(d, r.LE16(26)), r.LE16(28), data)
	}
}

func decnetNodeType(d *Context, n int) {
	d.Print([4]string{"reserved-ntype? ", "l2rout ", "l1rout ", "endnode "}[n])
}

func decnetHello(d *Context, info int) {
	decnetNodeType(d, info&3)
	d.Print(dissect.If(info&0x04 != 0, "verif ") + dissect.If(info&0x20 != 0, "nomcast ") + dissect.If(info&0x40 != 0, "blo "))
}

// decnetRoutes prints runs of nodes or areas; a checksum is behind them.
func decnetRoutes(d *Context, v View, what string) {
	for v.Length > 6 {
		v.Need(6)
		count, first, info := v.LE16(0), v.LE16(2), v.LE16(4)
		if count > 1024 {
			return
		}
		d.Printf("{%s %d-%d cost %d hops %d} ", what, first, first+count, info&0x1ff, info>>10&0x1f)
		v = v.From(6)
	}
}

const (
	nspAck  = 0x8000
	nspMask = 0x0fff
)

// nsp prints the transport of DECnet; rejected if it is too short.
func nsp(d *Context, v View) {
	d.RejectIf(v.Length < 5, " (nsplen %d < %d)", v.Length, 5)
	bits, dst, src := v.U8(0), v.LE16(1), v.LE16(3)
	switch bits & 0x0c {
	case 0x00:
		nspData(d, v, bits, src, dst)
		return
	case 0x04:
		printNSPAck(d, v, bits, src, dst)
		return
	case 0x08:
		nspControl(d, v, bits, src, dst)
		return
	}
	d.Printf("reserved-type? %x %d > %d", bits, src, dst)
}

func nspData(d *Context, v View, bits, src, dst int) {
	switch bits & 0x70 {
	case 0x00, 0x20, 0x40, 0x60:
		d.Printf("data %d>%d ", src, dst)
		dissect.RejectIf(!(nspSegment(d, v, "o")))
		return
	case 0x30:
		d.Print("intr ")
		dissect.RejectIf(!(nspSegment(d, v, "dat")))
		return
	case 0x10:
		d.Printf("link-service %d>%d ", src, dst)
		dissect.RejectIf(v.Length < 13 || !nspSegment(d, v, "dat"))
		nspLinkService(d, v.U8(11), v.U8(12))
	default:
		d.Printf("reserved-subtype? %x %d > %d", bits, src, dst)
	}
}

// nspSegment prints up to two acknowledgements and the number of a segment. The second acknowledgement is of the other
// subchannel and named for it.
func nspSegment(d *Context, v View, other string) bool {
	at := 7
	if v.Length < at {
		return false
	}
	n := v.LE16(5)
	if n&nspAck != 0 {
		d.Printf("%s %d ", nspName(n, 0x9000, "nak", "ack"), n&nspMask)
		if at += 2; v.Length < at {
			return false
		}
		if n = v.LE16(7); n&0xa000 != 0 {
			d.Printf("%s %d ", nspOther(n, other), n&nspMask)
			if at += 2; v.Length < at {
				return false
			}
			n = v.LE16(9)
		}
	}
	d.Printf("seg %d ", n&nspMask)
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

func nspLinkService(d *Context, bits, value int) {
	switch bits & 0x0c {
	case 0:
		d.Printf("dat seg count %d ", value)
		switch bits & 3 {
		case 1:
			d.Print("donotsend-data ")
		case 2:
			d.Print("send-data ")
		case 3:
			d.Printf("reserved-fcmod? %x", bits)
		}
	case 4:
		d.Printf("intr req count %d ", value)
	default:
		d.Printf("reserved-fcval-int? %x", bits)
	}
}

func printNSPAck(d *Context, v View, bits, src, dst int) {
	other := Names{0x00: "o", 0x10: "dat"}[bits&0x70]
	switch bits & 0x70 {
	case 0x00, 0x10:
		d.Printf("%s-ack %d>%d ", map[string]string{"o": "data", "dat": "ils"}[other], src, dst)
		dissect.RejectIf(v.Length < 9)
		v.Need(9)
		n := v.LE16(5)
		if n&nspAck == 0 {
			return
		}
		d.Printf("%s %d ", nspName(n, 0x9000, "nak", "ack"), n&nspMask)
		if n = v.LE16(7); n&0xa000 != 0 {
			d.Printf("%s %d ", nspOther(n, other), n&nspMask)
		}
	case 0x20:
		d.Printf("conn-ack %d", dst)
	default:
		d.Printf("reserved-acktype? %x %d > %d", bits, src, dst)
	}
}

var nspReasons = Names{0: "object rejected connect", 1: "insufficient resources", 2: "unrecognized node name", 3: "node is shutting down", 4: "unrecognized object",
	5: "invalid object name format", 6: "object too busy", 7: "protocol error discovered", 8: "third party abort", 9: "user abort", 10: "invalid node name format",
	11: "local node shutting down", 32: "insufficient local resources", 33: "insufficient remote user resources", 34: "invalid access control information",
	36: "bad ACCOUNT information", 38: "no response from object", 39: "node unreachable", 41: "no link terminate", 42: "disconnect complete", 43: "bad image data in connect",
	54: "cryptographic service mismatch"}

func nspControl(d *Context, v View, bits, src, dst int) {
	switch kind := bits & 0x70; kind {
	case 0x10, 0x60, 0x20:
		d.Printf("%s %d>%d ", Names{0x10: "conn-initiate", 0x60: "retrans-conn-initiate", 0x20: "conn-confirm"}[kind], src, dst)
		size := 9
		if kind == 0x20 {
			size = 10
		}
		dissect.RejectIf(v.Length < size)
		v.Need(size)
		d.Print(Names{0x04: "seg ", 0x08: "msg "}[v.U8(5)&0x0c])
		d.Printf("ver %s segsize %d ", [4]string{"3.2", "3.1", "4.0", "4.1"}[v.U8(6)&3], v.LE16(7))
		if size == 10 && v.U8(9) != 0 {
			d.Printf("optlen %d ", v.U8(9))
		}
	case 0x30:
		d.Printf("disconn-initiate %d>%d ", src, dst)
		dissect.RejectIf(v.Length < 8)
		v.Need(8)
		d.Printf("%s ", nspReasons.Of(v.LE16(5), "reason-%d"))
		if n := v.U8(7); n != 0 {
			d.Printf("optlen %d ", n)
		}
	case 0x40:
		d.Printf("disconn-confirm %d>%d ", src, dst)
		d.Printf("%s ", nspReasons.Of(v.LE16(5), "reason-%d"))
	default:
		d.Printf("reserved-ctltype? %x %d > %d", bits, src, dst)
	}
}
