package print

import (
	"encoding/binary"
	"time"
)

// What switches and stations say to each other, right on Ethernet.

var macsecFlags = FlagsT{{0x08, "E"}, {0x04, "C"}, {0x40, "S"}, {0x10, "B"}, {0x20, "I"}}

// macsec prints IEEE 802.1AE. It gives what is only protected, without its checksum; nothing if that is encrypted, when it
// has been printed, or cut.
func (d *dissector) macsec(v view, a addresses) view {
	const checkSize, noSCI, withSCI = 16, 6, 14
	before := d.proto
	d.proto = "macsec"
	whole, counted := len(v.b), 0
	broken := func() view {
		d.header(whole - counted)
		d.mark()
		d.proto = before
		return view{}
	}
	shorter := func(n int) bool { return min(len(v.b), v.length) < n }
	if shorter(noSCI) {
		return broken()
	}
	bits, short, size := v.u8(0), v.u8(1)&0x3f, noSCI
	if bits&0x20 != 0 {
		size = withSCI
	}
	if shorter(size) {
		return broken()
	}
	if bits&0x80 != 0 || v.u8(1)&^0x3f != 0 {
		d.header(len(v.b))
		d.invalid()
		d.proto = before
		return view{}
	}
	encrypted := bits&0x0c != 0
	if encrypted {
		a.print(d, " 802.1AE MACsec, ")
	}
	if encrypted || d.LinkHeader {
		d.macsecHeader(v, bits, short)
	}
	v = v.from(size)
	counted = size
	d.header(size)
	if encrypted {
		d.hexLines(v)
		d.proto = before
		return view{}
	}
	if shorter(checkSize) {
		return broken()
	}
	if v = (newView(v.b[:len(v.b)-checkSize], v.length-checkSize)); short != 0 {
		if shorter(short) {
			return broken()
		}
		v.length = short
	}
	d.proto = before
	return v
}

func (d *dissector) macsecHeader(v view, bits, short int) {
	d.printf("an %d, pn %d, flags %s", bits&3, v.u32(2), macsecFlags.of(bits, ""))
	if short != 0 {
		d.printf(", sl %d", short)
	}
	if bits&0x20 != 0 {
		d.printf(", sci %016x", v.u64(6))
	}
	d.print(", ")
}

// arista prints the time stamp that Arista's switches put before the type of a frame of length bytes, and gives what is
// behind it; nothing if it has been printed, or cut.
func (d *dissector) arista(v view, length int) view {
	if len(v.b) < 2 || v.length < 2 {
		d.print("[|arista]")
		d.header(min(len(v.b), v.length))
		return view{}
	}
	d.etherTypeName(typeArista)
	d.printf(", length %d: ", length)
	d.proto = "arista"
	c := *v.cursor(0)
	subtype := c.u16()
	d.printf("SubType %s (0x%04x), ", NamesT{1: "Timestamp"}.of(subtype, "Unknown"), subtype)
	format := 0
	if subtype == 1 {
		scale := c.u8()
		d.printf("Timescale %s (%d), ", NamesT{0: "TAI", 1: "UTC"}.of(scale, "Unknown"), scale)
		hardware := c.u8()
		format, hardware = hardware>>4, hardware&15
		d.printf("Format %s (%d), HwInfo %s (%d), Timestamp ", NamesT{1: "64-bit", 2: "48-bit"}.of(format, "Unknown"), format,
			NamesT{0: "R/R2", 1: "R3"}.of(hardware, "Unknown"), hardware)
	}
	switch format {
	case 1:
		d.print(time.Unix(int64(c.u32()), int64(c.u32())).UTC().Format("2006-01-02 15:04:05.000000000"))
	case 2:
		seconds, nanoseconds := uint32(c.u16()), c.u32()
		d.printf("%d.%09d", seconds+nanoseconds/1e9, nanoseconds%1e9)
	default:
		d.hexLines(v)
		return view{}
	}
	d.print(": ")
	d.header(c.at)
	return c.rest()
}

// nlb prints a heartbeat of Microsoft's Network Load Balancing.
func (d *dissector) nlb(v view) {
	d.proto = "msnlb"
	c := v.cursor(8)
	d.print("MS NLB heartbeat")
	d.printf(", host priority: %d", binary.LittleEndian.Uint32(c.bytes(4)))
	d.printf(", cluster IP: %s", d.ip4(c.bytes(4)))
	d.printf(", host IP: %s", d.ip4(c.bytes(4)))
}

var cfmNames = NamesT{1: "Continuity Check Message", 2: "Loopback Reply", 3: "Loopback Message", 4: "Linktrace Reply", 5: "Linktrace Message"}

// cfm prints the head of Connectivity Fault Management (IEEE 802.1ag).
func (d *dissector) cfm(v view) {
	const header = 4
	d.proto = "cfm"
	if v.length < header {
		d.invalid()
		return
	}
	if len(v.b) < header {
		d.cut()
	}
	version := v.u8(0) & 31
	d.printf("CFMv%d %s, MD Level %d, length %d", version, cfmNames.of(v.u8(1), "unknown (%d)"), v.u8(0)>>5, v.length)
	if d.Verbose == 0 {
		return
	}
	offset := v.u8(3)
	d.printf("\n\tFirst TLV offset %d", offset)
	if left := v.length - header; offset > left {
		d.printf(" (too large, must be <= %d)", left)
	}
}
