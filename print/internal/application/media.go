package application

import "bpfc/print/internal/dissect"

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
	at := size
	if more && name == "rtp" {
		extension := 4 * (v.U16(at+2) + 1)
		d.LeaveIf(extension > left, " !ext")
		at += extension
	}
	for more = more && name == "rtpv1"; more; { // options, with their lengths in words
		option := v.U32(at)
		size := 4 * int(option>>16&0xff)
		d.LeaveIf(size == 0 || size > left, " !opt")
		at, left, more = at+size, left-size, option>>31 == 0
	}
	if payload == 31 { // H.261
		d.Printf(" 0x%04x", v.U32(at)>>16)
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
			d.PrintfIf(count > 1, " c%d", count)
		case 201:
			d.Print(" rr")
			d.PrintfIf(size != header+report*count, " [%d]", size)
			ssrc()
			d.PrintfIf(count > 1, " c%d", count)
		case 202, 203:
			d.Printf(" %s %d", Names{202: "sdes", 203: "bye"}[kind], size)
			ssrc()
			count = 0
		default:
			d.Printf(" type-0x%x %d", kind, size)
			count = 0
		}
		for first := c.At; count > 0; count-- { // as tcpdump, which prints the first as often as there are some
			c.At = first
			source, lost, last, jitter, at, delay := c.U32(), c.U32()&0xffffff, c.U32(), c.U32(), c.U32(), c.U32()
			d.PrintfIf(d.Verbose > 0, " %d", source)
			d.Printf(" %dl %ds %dj @%.2f+%.2f", lost, last, jitter, float64(at)/(1<<16), float64(delay)/(1<<16))
		}
		v = v.From(size)
	}
}
