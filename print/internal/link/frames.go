package link

import (
	"time"

	"bpfc/print/internal/dissect"
)

// What switches and stations say to each other, right on Ethernet.

var macsecFlags = Flags{{0x08, "E"}, {0x04, "C"}, {0x40, "S"}, {0x10, "B"}, {0x20, "I"}}

// macsec prints IEEE 802.1AE. It gives what is only protected, without its checksum; the dissector ends if that is encrypted, when it has been
// printed, or cut.
func macsec(d *Context, v View, a dissect.Stations) View {
	const checkSize, noSCI, withSCI = 16, 6, 14
	before := d.Proto
	d.Proto = "macsec"
	leave := func() {
		d.Proto = before
		d.LeaveIf(true, "")
	}
	need := func(n, header int) { // which is counted where there is less
		if min(len(v.Data), v.Length) < n {
			d.Header(header)
			d.Mark()
			leave()
		}
	}
	need(noSCI, len(v.Data))
	bits, short := v.U8(0), v.U8(1)&0x3f
	size := dissect.Pick(bits&0x20 != 0, withSCI, noSCI)
	need(size, len(v.Data))
	if bits&0x80 != 0 || v.U8(1)&^0x3f != 0 {
		d.Header(len(v.Data))
		d.Invalid()
		leave()
	}
	encrypted := bits&0x0c != 0
	if encrypted {
		printPrint(a, d, " 802.1AE MACsec, ")
	}
	if encrypted || d.LinkHeader {
		macsecHeader(d, v, bits, short)
	}
	v = v.From(size)
	d.Header(size)
	if encrypted {
		d.HexLines(v)
		leave()
	}
	whole := len(v.Data)
	need(checkSize, whole)
	v = dissect.NewView(v.Data[:whole-checkSize], v.Length-checkSize)
	need(short, whole)
	if short != 0 {
		v.Length = short
	}
	d.Proto = before
	return v
}

func macsecHeader(d *Context, v View, bits, short int) {
	d.Printf("an %d, pn %d, flags %s", bits&3, v.U32(2), macsecFlags.Of(bits, ""))
	d.PrintfIf(short != 0, ", sl %d", short)
	d.Form(v.Cursor(6), dissect.Pick(bits&0x20 != 0, ", sci %8x, ", ", "))
}

// arista prints the time stamp that Arista's switches put before the type of a frame of length bytes, and gives what is
// behind it; the dissector ends if it has been printed, or cut.
func arista(d *Context, v View, length int) View {
	if len(v.Data) < 2 || v.Length < 2 {
		d.Header(min(len(v.Data), v.Length))
		d.LeaveIf(true, "[|arista]")
	}
	etherTypeName(d, dissect.TypeArista)
	d.Printf(", length %d: ", length)
	d.Proto = "arista"
	c, format := v.Cursor(0), 0
	d.Form(c, "SubType %2n (0x%=x), ", Names{1: "Timestamp"}.Or("Unknown"))
	if v.U16(0) == 1 {
		d.Form(c, "Timescale %1n (%=d), |Format %1[0-3]n (%=[0-3]d), HwInfo %=[4-7]n (%=[4-7]d), Timestamp ", Names{0: "TAI", 1: "UTC"}.Or("Unknown"), Names{1: "64-bit", 2: "48-bit"}.Or("Unknown"), Names{0: "R/R2", 1: "R3"}.Or("Unknown"))
		format = v.U8(3) >> 4
	}
	switch format {
	case 1:
		d.Print(time.Unix(int64(c.U32()), int64(c.U32())).UTC().Format("2006-01-02 15:04:05.000000000"))
	case 2:
		seconds, nanoseconds := uint32(c.U16()), c.U32()
		d.Printf("%d.%09d", seconds+nanoseconds/1e9, nanoseconds%1e9)
	default:
		if !d.LinkHeader { // as tcpdump, which has printed the type before
			d.Printf("%s > %s, ", d.MAC(d.Stations.Src), d.MAC(d.Stations.Dst))
			etherTypeName(d, dissect.TypeArista)
			d.Printf(", length %d: ", length)
		}
		d.HexLines(v)
		d.LeaveIf(true, "")
	}
	d.Print(": ")
	d.Header(c.At)
	return c.Rest()
}

// NLB prints a heartbeat of Microsoft's Network Load Balancing.
func NLB(d *Context, v View) {
	d.Proto = "msnlb"
	d.Form(v.Cursor(8), "MS NLB heartbeat|, host priority: %4ld|, cluster IP: %4a|, host IP: %4a")
}
