package print

// Cisco's HDLC.

const (
	chdlcUnicast   = 0x0f
	chdlcBroadcast = 0x8f
	chdlcSLARP     = 0x8035 // a protocol
)

// chdlc prints a frame of Cisco's HDLC, in which an ethertype says what it carries.
func (d *dissector) chdlc(v view) {
	const size = 4
	d.proto = "chdlc"
	if v.length < size {
		d.header(len(v.b))
		d.mark()
		return
	}
	kind := v.u16(2)
	if d.LinkHeader {
		d.printf("%s, ethertype %s (0x%04x), length %d: ", NamesT{chdlcUnicast: "unicast", chdlcBroadcast: "bcast"}.of(v.u8(0), "0x%02x"),
			etherTypes.of(kind, "Unknown"), kind, v.length)
	}
	payload := v.from(size)
	d.header(size)
	switch kind {
	case typeIP, typeIPv6, typeMPLS, typeMPLSMulti:
		d.next(byEtherType, kind, payload)
	case chdlcSLARP:
		d.slarp(payload)
	case typeISO:
		if payload.length < 2 {
			d.header(len(v.b) - size)
			d.mark()
			return
		}
		if n := payload.u8(1); n == isoCLNP || n == isoESIS || n == isoISIS { // behind a byte that pads
			payload = payload.from(1)
		}
		d.next(byName, nameISO, payload)
	default:
		if !d.LinkHeader {
			d.printf("unknown CHDLC protocol (0x%04x)", kind)
		}
	}
}

// slarp prints Cisco's Serial Line Address Resolution Protocol.
func (d *dissector) slarp(v view) {
	const least, withUptime = 14, 18
	d.proto = "chdlc_slarp"
	d.printf("SLARP (length: %d), ", v.length)
	if v.length < least || len(v.b) < least {
		d.mark()
		return
	}
	rest := v.from(4)
	switch code := v.u32(0); code {
	case 0:
		d.print("request")
	case 1:
		d.printf("reply %s/%s", d.ip4(v.bytes(4, 4)), d.ip4(v.bytes(8, 4)))
	case 2:
		d.printf("keepalive: mineseen=0x%08x, yourseen=0x%08x, reliability=0x%04x", v.u32(4), v.u32(8), v.u16(12))
		if v.length >= withUptime {
			s := v.u32(least) / 1000
			d.printf(", link uptime=%dd%dh%dm%ds", s/86400, s/3600%24, s/60%60, s%60)
			rest = v.from(withUptime)
		}
	default:
		d.printf("0x%02x unknown", code)
		if d.Verbose <= 1 {
			d.unknown(rest, "\n\t", v.length-4)
		}
	}
	if v.length > withUptime && d.Verbose > 0 {
		d.printf(", (trailing junk: %d bytes)", v.length-withUptime)
	}
	if d.Verbose > 1 {
		d.unknown(rest, "\n\t", v.length-4)
	}
}
