package application

import (
	"math"

	"bpfc/print/internal/dissect"
)

// What the conferencing tools of the 1990s sent, and RTP, which came of it. None has a port of its own: they are printed where
// the user says that a packet holds them.

// VAT prints the Visual Audio Tool's packets.
func VAT(d *Context, v View) {
	d.Proto = "vat"
	d.StopIf(v.Length < 2, "udp/va/vat, length %d < 2", v.Length)
	if first := v.U16(0); first&0xf060 != 0 { // probably video
		d.Printf("udp/vt %d %d / %d", v.Length, first&0x3ff, first>>10)
		return
	}
	d.StopIf(v.Length < 8, "udp/vat, length %d < 8", v.Length)
	first := v.U32(0)
	d.Printf("udp/vat %d c%d %d%s", v.Length-8, first&0xffff, v.U32(4), dissect.If(first&0x800000 != 0, "*"))
	d.PrintfIf(first&0x1f0000 != 0, " f%d", first>>16&0x1f)
	d.PrintfIf(first&0x3f000000 != 0, " s%d", first>>24&0x3f)
}

// RTP prints the Real-time Transport Protocol (RFC 3550), and its first version.
func RTP(d *Context, v View) {
	d.Proto = "rtp"
	d.StopIf(v.Length < 8, "udp/rtp, length %d < 8", v.Length)
	first := v.U32(0)
	size, name, more, marker, payload, left := 8, "rtpv1", first&0x800000 != 0, first&0x400000 != 0, first>>16&0x3f, v.Length-8
	if first>>30 != 1 {
		d.StopIf(v.Length < 12, "udp/rtp, length %d < 12", v.Length)
		size, name, more, marker, payload, left = 12, "rtp", first&0x10000000 != 0, first&0x800000 != 0, first>>16&0x7f, v.Length-12
	}
	d.Printf("udp/%s %d c%d %s%s %d %d", name, left, payload, dissect.If(more, "+"), dissect.If(marker, "*"), first&0xffff, v.U32(4))
	if d.Verbose == 0 {
		return
	}
	d.Printf(" %d", v.U32(8))
	if more && size == 12 {
		d.Printf(" ext=0x%x len=%d", v.U16(12), v.U16(14))
	}
}

// RTCP prints the control packets of RTP, of which a datagram has several.
func RTCP(d *Context, v View) {
	const header, report, sender = 8, 24, 20
	for len(v.Data) > 0 {
		d.Proto = "rtcp"
		d.CutIf(len(v.Data) < header)
		kind, count, size := v.U8(1), v.U8(0)&31, 4*(v.U16(2)+1)
		ssrc := func() { d.PrintfIf(d.Verbose > 0, " %d", v.U32(4)) }
		c := v.Cursor(header)
		switch kind {
		case 200:
			d.Print(" sr")
			d.PrintfIf(size != header+sender+report*count, " [%d]", size)
			ssrc()
			d.Printf(" @%.2f", float64(c.U32())+float64(c.U32())/(1<<32))
			d.Printf(" %d %dp %db", c.U32(), c.U32(), c.U32())
		case 201:
			d.Print(" rr")
			d.PrintfIf(size != header+report*count, " [%d]", size)
			ssrc()
		case 202, 203:
			d.Printf(" %s %d", Names{202: "sdes", 203: "bye"}[kind], size)
			ssrc()
			count = 0
		default:
			d.Printf(" type-0x%x %d", kind, size)
			count = 0
		}
		for range count {
			source, lost, last, jitter, at, delay := c.U32(), c.U32()&0xffffff, c.U32(), c.U32(), c.U32(), c.U32()
			d.PrintfIf(d.Verbose > 0, " %d", source)
			d.Printf(" %dl %ds %dj @%.2f+%.2f", lost, last, jitter, float64(at)/(1<<16), float64(delay)/(1<<16))
		}
		v = v.From(size)
	}
}

// Whiteboard says that a packet is one of LBL's shared whiteboard, whose drawings are not taken apart.
func Whiteboard(d *Context, v View) {
	d.Proto = "wb"
	d.Printf("wb, length %d", v.Length)
}

// RPC prints remote procedure calls on any port (RFC 5531): NFS's, and others by their numbers.
func RPC(d *Context, v View) {
	d.Proto = "rpc"
	if direction := v.U32(4); direction == rpcCall {
		d.Printf("RPC call xid %d, program %d, version %d, procedure %d, length %d", v.U32(0), v.U32(12), v.U32(16), v.U32(20), v.Length)
	} else {
		d.Printf("RPC reply xid %d, length %d", v.U32(0), v.Length)
	}
}

// NetFlow prints the flows of Cisco's NetFlow, versions 1, 5 and 6.
func NetFlow(d *Context, v View) {
	d.Proto = "cnfp"
	version := v.U16(0)
	flows := version == 1 || version == 5 || version == 6
	v.Need(dissect.Pick(flows, 16, 2))
	d.Printf("NetFlow v%x", version)
	if !flows {
		return
	}
	count, up := v.U32(2), v.U32(4) // as tcpdump, which reads a count of 32 bits
	d.Printf(", %d.%03d uptime, %d.%09d, ", up/1000, up%1000, v.U32(8), v.U32(12))
	at, size := 16, 52
	if version != 1 {
		d.Printf("#%d, ", v.U32(16))
		at, size = 24, 48
		if version == 6 {
			size = 52
		}
	}
	d.Printf("%2d recs", count)
	for ; count > 0; count, at = count-1, at+size {
		r := v.From(at)
		r.Need(size)
		d.Printf("\n  started %d.%03d, last %d.%03d", r.U32(24)/1000, r.U32(24)%1000, r.U32(28)/1000, r.U32(28)%1000)
		d.Printf("\n    %s:%d > %s:%d >> %s\n    ", d.IP4(r.Bytes(0, 4)), r.U16(32), d.IP4(r.Bytes(4, 4)), r.U16(34), d.IP4(r.Bytes(8, 4)))
		d.Printf("%d -> %d, %d pkts, %d octets", r.U16(12), r.U16(14), r.U32(16), r.U32(20))
	}
}

// ZMTP prints the frames of ZeroMQ's protocol 1.0 in a segment.
func ZMTP(d *Context, v View) {
	d.Proto = "zmtp1"
	d.Print(": ZMTP/1.0")
	zmtpFrames(d, dissect.NewView(v.Data[:min(len(v.Data), v.Length)], v.Length))
}

// maxZMTP is how many bytes of a frame -v shows; -vv shows all.
const maxZMTP = 128

// ZMTPPart prints a datagram of ZeroMQ in PGM, which may begin with the rest of a frame.
func ZMTPPart(d *Context, v View) {
	d.Proto = "zmtp1"
	n := v.U16(0)
	d.Printf("\n\t frame offset 0x%04x", n)
	v = v.From(2)
	if n == math.MaxUint16 {
		n = v.Length
	}
	if n > 0 {
		d.Printf("\n\t frame intermediate part, %d bytes", n)
		d.PrintfIf(n > len(v.Data), " (%d captured)", len(v.Data))
		if shown := min(n, len(v.Data), dissect.Pick(d.Verbose == 1, maxZMTP, n)); d.Verbose > 0 && shown > 1 {
			d.Printf(", first %d byte(s):", shown)
			d.HexAndText("\n\t ", v.Limit(shown))
		}
	}
	zmtpFrames(d, v.From(n))
}

func zmtpFrames(d *Context, v View) {
	for len(v.Data) > 0 {
		head, size := 1, uint64(v.U8(0))
		if size == 255 {
			head, size = 9, v.U64(1)
		}
		d.Printf("\n\t frame flags+body %s length %d", dissect.Pick(head == 1, " (8-bit)", "(64-bit)"), size)
		if size == 0 {
			v = v.From(head)
			continue
		}
		left := len(v.Data) - head
		d.PrintfIf(size > uint64(left), " (%d captured)", left)
		bits := v.U8(head)
		d.Printf(", flags 0x%02x", bits)
		if d.Verbose > 0 {
			zmtpBody(d, v.From(head), bits, int(min(size, uint64(left))))
		}
		dissect.TruncateIf(size > uint64(left))
		v = v.From(head + int(size))
	}
}

// zmtpBody prints the flags of a frame and the n bytes of it that are there, flags and body.
func zmtpBody(d *Context, v View, bits, n int) {
	d.Print(" (")
	for i := 7; i > 0; i-- {
		d.Print(dissect.Pick(bits&(1<<i) != 0, "MBZ|", "-|"))
	}
	d.Print(dissect.Pick(bits&1 != 0, "MORE)", "-)"))
	if d.Verbose == 1 {
		n = min(n, maxZMTP+1)
	}
	if n > 1 {
		d.Printf(", first %d byte(s) of body:", n-1)
		d.HexAndText("\n\t ", v.From(1).Limit(n-1))
	}
}
