package print

// llc prints what follows an 802.3 length: LLC with or without SNAP. It gives
// the length of the headers.
func (d *dissector) llc(v, frame view) int {
	d.proto = "llc"
	dsap, ssap := v.u8(0), v.u8(1)
	control := v.u8(2)
	if dsap == 0xaa && ssap == 0xaa && control == 3 {
		kind := v.u16(6)
		oui := v.u24(3)
		if oui == 0 && d.etherType(kind, v.from(8)) || oui == ouiCisco && d.cisco(kind, v.from(8)) {
			return 8
		}
		d.printf("SNAP, oui 0x%06x, ethertype 0x%04x, length %d", oui, kind, v.length-8)
		return 8
	}
	size := 3
	if control&3 != 3 {
		size = 4
	}
	if dsap == 0x42 && ssap == 0x42 && control == 3 {
		d.stp(v.from(3))
		return 3
	}
	d.printf("LLC, dsap 0x%02x, ssap 0x%02x, ctrl 0x%02x, length %d", dsap, ssap, control, v.length)
	return size
}

const ouiCisco = 0x00000c

var stpFlags = []flag{{0x01, "Topology change"}, {0x02, "Proposal"}, {0x10, "Learn"}, {0x20, "Forward"}, {0x40, "Agreement"}, {0x80, "Topology change ACK"}}

// stp prints the Spanning Tree Protocol (IEEE 802.1D).
func (d *dissector) stp(v view) {
	d.proto = "stp"
	d.print("STP ")
	v.need(4)
	version, kind := v.u8(2), v.u8(3)
	name := lookup(map[int]string{0: "802.1d", 2: "802.1w", 3: "802.1s", 4: "802.1aq"}, version, "Unknown STP protocol (0x%02x)")
	switch kind {
	case 0, 2:
		if kind == 2 && version >= 3 {
			d.printf("%s, Rapid STP, CIST Flags [%s], length %d", name, flags(stpFlags, v.u8(4), ", "), v.length)
			return
		}
		v.need(35)
		d.printf("%s, %s, Flags [%s]", name, map[int]string{0: "Config", 2: "Rapid STP"}[kind], flags(stpFlags, v.u8(4), ", "))
		d.printf(", bridge-id %04x.%s.%04x, length %d", v.u16(17), mac(v.bytes(19, 6)), v.u16(25), v.length)
		if d.o.Verbose > 0 {
			d.stpTimes(v, kind)
		}
	case 0x80:
		d.printf("%s, Topology Change, length %d", name, v.length)
	default:
		d.printf("unknown, type 0x%02x, length %d", kind, v.length)
	}
}

// stpTimes prints the timers and the root, for -v.
func (d *dissector) stpTimes(v view, kind int) {
	seconds := func(at int) float64 { return float64(v.u16(at)) / 256 }
	d.printf("\n\tmessage-age %.2fs, max-age %.2fs, hello-time %.2fs, forwarding-delay %.2fs", seconds(27), seconds(29), seconds(31), seconds(33))
	d.printf("\n\troot-id %04x.%s, root-pathcost %d", v.u16(5), mac(v.bytes(7, 6)), v.u32(13))
	if kind == 2 {
		d.printf(", port-role %s", [4]string{"Unknown", "Alternate", "Root", "Designated"}[v.u8(4)>>2&3])
	}
}
