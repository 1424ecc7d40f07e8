package old

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

const (
	decnetPad, decnetFuture, decnetControl = 0x80, 0x40, 0x01 // bits
	decnetLong, decnetShort                = 6, 2             // kinds of packets
	decnetShortHeader, decnetLongHeader    = 6, 21            // bytes
)

// DECnet prints a packet of DECnet, after the length that it has on Ethernet.
func DECnet(d *Context, v View) {
	d.Proto = "decnet"
	d.StopIf(v.Length < decnetShortHeader, " (length %d < %d) (invalid)", v.Length, decnetShortHeader)
	length := v.LE16(0)
	d.LeaveIf(length < decnetShortHeader, " (pktlen %d < %d) (invalid)", length, decnetShortHeader)
	d.LeaveIf(length > v.Length, " (pktlen %d > %d) (invalid)", length, v.Length)
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
		kind := r.U8(0) & 0x0f
		d.Print(decnetControls.Values.Name(kind, "unknown control message"))
		d.If(!d.Try(func() { decnetControls.Value(d, kind, dissect.NewView(r.Data, v.Length)) }), " (invalid)")
	default:
		decnetData(d, v, r, whole.Length, bits)
	}
}

// decnetNode writes a node's number: its area, and its number in that.
func decnetNode(n int) string { return fmt.Sprintf("%d.%d", n>>10, n&0x3ff) }

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
	d.Printf("%s > %s %d ", decnetNode(src), decnetNode(dst), length)
	if d.Verbose > 0 {
		d.Printf("%s%d hops ", Flags{{0x08, "RQR "}, {0x10, "RTS "}, {0x20, "IE "}}.Letters(bits), hops)
	}
	d.If(!d.Try(func() { nsp(d, dissect.NewView(r.From(size).Data, v.Length-size)) }), " (invalid)")
}

// decnetControls are the control messages with their sizes.
var decnetControls = List{Loose: true, Short: dissect.Rejects(""), Unknown: func(d *Context, c *Cursor) { d.BytesBelow(c.Limit(min(c.Length, len(c.Data)))) }, Values: Values{
	0x01: {"init ", 12, decnetWhole(12, dissect.Form("%1@3[6-7]n%=[5]n%=[4]nsrc %2@1lnblksize %2@4ld vers %1@6d eco %1@7d ueco %1@8d hello %2@9ld", decnetNodeTypes, decnetVerif, decnetBlock, decnetNode))},
	0x03: {"verification ", 4, dissect.Form("src %2@1ln fcnval %1@3o", decnetNode)}, 0x05: {"test ", 4, dissect.Form("src %2@1ln data %1@3o", decnetNode)},
	0x07: {"lev-1-routing ", 4, decnetWhole(4, dissect.Form("src %2@1ln |%4_%p", decnetNode, decnetRoutes("ids")))}, 0x09: {"lev-2-routing ", 4, decnetWhole(4, dissect.Form("src %2@1ln |%4_%p", decnetNode, decnetRoutes("areas")))},
	0x0b: {"router-hello ", 18, decnetWhole(18, dissect.Form(decnetHello+"vers %1@1d eco %1@2d ueco %1@3d src %2@8ln blksize %2@11ld pri %1@13d hello %2@15ld", decnetNodeTypes, decnetVerif, decnetNoCast, decnetBlock, decnetNode))},
	0x0d: {"endnode-hello ", 32, dissect.Form(decnetHello+"vers %1@1d eco %1@2d ueco %1@3d src %2@8ln blksize %2@11ld rtr %2@26ln hello %2@28ld data %1@31o", decnetNodeTypes, decnetVerif, decnetNoCast, decnetBlock, decnetNode, decnetNode)},
}}

const decnetHello = "%1@10[6-7]n%=[5]n%=[2]n%=[1]n" // what a node is and can

var (
	decnetNodeTypes = Names{0: "reserved-ntype? ", 1: "l2rout ", 2: "l1rout ", 3: "endnode "}
	decnetVerif     = [2]string{"", "verif "}
	decnetNoCast    = [2]string{"", "nomcast "}
	decnetBlock     = [2]string{"", "blo "}
)

// decnetWhole makes a printer of a message of which so many bytes must be captured.
func decnetWhole(size int, print dissect.Printer) dissect.Printer {
	return func(d *Context, c *Cursor) {
		c.View.Need(size)
		print(d, c)
	}
}

// decnetRoutes makes a printer of runs of nodes or areas; a checksum is behind them.
func decnetRoutes(what string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		for v := c.Rest(); v.Length > 6; v = v.From(6) {
			v.Need(6)
			count, first, info := v.LE16(0), v.LE16(2), v.LE16(4)
			if count > 1024 {
				return
			}
			d.Printf("{%s %d-%d cost %d hops %d} ", what, first, first+count, info&0x1ff, info>>10&0x1f)
		}
	}
}

// nspMessages are the messages of DECnet's transport by type and subtype, which are printed with their heads.
var nspMessages = List{Loose: true, Short: dissect.Rejects(""), Unknown: dissect.Form("reserved-%1n? %=h %2@3ld > %2@1ld", nspReserved), Values: Values{
	0x00: {"", 0, nspData}, 0x20: {"", 0, nspData}, 0x40: {"", 0, nspData}, 0x60: {"", 0, nspData}, 0x30: {"", 7, dissect.Form("intr |%p", nspNumbers(true, "ackdat", "nakdat"))},
	0x10: {"", 13, dissect.Form("link-service %2@3ld>%2@1ld |%p%p", nspNumbers(true, "ackdat", "nakdat"), nspLinkService)},
	0x04: {"", 0, dissect.Form("data-ack %2@3ld>%2@1ld |%p", nspNumbers(false, "oack", "onak"))}, 0x14: {"", 0, dissect.Form("ils-ack %2@3ld>%2@1ld |%p", nspNumbers(false, "ackdat", "nakdat"))}, 0x24: {"", 0, dissect.Form("conn-ack %2@1ld")},
	0x18: {"", 0, nspConnect("conn-initiate", 9)}, 0x68: {"", 0, nspConnect("retrans-conn-initiate", 9)}, 0x28: {"", 0, nspConnect("conn-confirm", 10)},
	0x38: {"", 0, dissect.Form("disconn-initiate %2@3ld>%2@1ld |%p", nspDisconnect)}, 0x48: {"", 0, dissect.Form("disconn-confirm %2@3ld>%2@1ld |%2@5ln ", nspReasons.Or("reason-%d"))},
}}

func nspReserved(n int) string { return [4]string{"subtype", "acktype", "ctltype", "type"}[n>>2&3] }

// nsp prints the transport of DECnet; rejected if it is too short.
func nsp(d *Context, v View) {
	d.RejectIf(v.Length < 5, " (nsplen %d < %d)", v.Length, 5)
	bits := v.U8(0)
	nspMessages.Value(d, bits&0x7c, v)
}

var nspData = dissect.Form("data %2@3ld>%2@1ld |%p", nspNumbers(true, "oack", "onak"))

// nspNumbers makes a printer of up to two acknowledgements, which may be negative and of which the second is of the other subchannel and
// named for it, and the number of a segment, if there is one.
func nspNumbers(segment bool, ack, nak string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		v, at := c.View, 7
		dissect.RejectIf(v.Length < dissect.Pick(segment, 7, 9))
		v.Need(dissect.Pick(segment, 7, 9))
		n := v.LE16(5)
		for i, names := range [2][2]string{{"ack", "nak"}, {ack, nak}} {
			if n&[2]int{0x8000, 0xa000}[i] == 0 {
				break
			}
			negative := [2]int{0x9000, 0xb000}[i]
			d.Printf("%s %d ", names[dissect.Pick(n&negative == negative, 1, 0)], n&0x0fff)
			if at += 2; segment || i == 0 {
				dissect.RejectIf(v.Length < at)
				n = v.LE16(at - 2)
			}
		}
		d.PrintfIf(segment, "seg %d ", n&0x0fff)
	}
}

func nspLinkService(d *Context, c *Cursor) {
	bits := c.View.U8(11)
	switch bits & 0x0c {
	case 0:
		d.Form(c, "dat seg count %1@12d |%1@11[6-7]n", Names{1: "donotsend-data ", 2: "send-data "}.Or(""))
		d.PrintfIf(bits&3 == 3, "reserved-fcmod? %x", bits)
	case 4:
		d.Form(c, "intr req count %1@12d ")
	default:
		c.View.U8(12)
		d.Printf("reserved-fcval-int? %x", bits)
	}
}

var nspReasons = Names{0: "object rejected connect", 1: "insufficient resources", 2: "unrecognized node name", 3: "node is shutting down", 4: "unrecognized object",
	5: "invalid object name format", 6: "object too busy", 7: "protocol error discovered", 8: "third party abort", 9: "user abort", 10: "invalid node name format",
	11: "local node shutting down", 32: "insufficient local resources", 33: "insufficient remote user resources", 34: "invalid access control information",
	36: "bad ACCOUNT information", 38: "no response from object", 39: "node unreachable", 41: "no link terminate", 42: "disconnect complete", 43: "bad image data in connect",
	54: "cryptographic service mismatch"}

// nspConnect makes a printer of a message of so many bytes that makes a connection; the tenth is the length of what follows.
func nspConnect(name string, size int) dissect.Printer {
	return func(d *Context, c *Cursor) {
		d.Form(c, name+" %2@3ld>%2@1ld ")
		dissect.RejectIf(c.Length < size)
		c.View.Need(size)
		d.Form(c, "%1@5[4-5]n|ver %1@6[6-7]n segsize %2@7ld ", Names{1: "seg ", 2: "msg "}.Or(""), Names{0: "3.2", 1: "3.1", 2: "4.0", 3: "4.1"})
		if size == 10 {
			nspOptional(d, c.View.U8(9))
		}
	}
}

func nspDisconnect(d *Context, c *Cursor) {
	dissect.RejectIf(c.Length < 8)
	c.View.Need(8)
	d.Form(c, "%2@5ln ", nspReasons.Or("reason-%d"))
	nspOptional(d, c.View.U8(7))
}

func nspOptional(d *Context, n int) { d.PrintfIf(n != 0, "optlen %d ", n) }
