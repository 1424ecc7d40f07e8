package print

// What switches and stations say to each other, right on Ethernet.

// lldp prints IEEE 802.1AB by the name of the system.
func (d *dissector) lldp(v view) {
	d.proto = "lldp"
	d.printf("LLDP, length %d", v.length)
	for at := 0; at+2 <= len(v.b); {
		kind, size := v.u16(at)>>9, v.u16(at)&0x1ff
		if kind == 0 {
			return
		}
		value := v.bytes(at+2, size)
		if kind == 5 {
			d.print(": ")
			d.text(value)
		}
		at += 2 + size
	}
}

var eapolTypes = map[int]string{0: "EAP packet", 1: "EAPOL start", 2: "EAPOL logoff", 3: "EAPOL key", 4: "Encap ASF"}

// eapol prints IEEE 802.1X.
func (d *dissector) eapol(v view) {
	d.proto = "eap"
	v.need(4)
	d.printf("%s (%d) v%d, len %d", lookup(eapolTypes, v.u8(1), "unknown"), v.u8(1), v.u8(0), v.u16(2))
}

// slow prints the slow protocols of IEEE 802.3.
func (d *dissector) slow(v view) {
	d.proto = "slow"
	switch kind := v.u8(0); kind {
	case 1, 2:
		d.printf("%sv%d, length %d", map[int]string{1: "LACP", 2: "MARKER"}[kind], v.u8(1), v.length)
	case 3:
		d.printf("OAM, length %d", v.length)
	default:
		d.printf("unknown (%d), length %d", kind, v.length)
	}
}

// macsec prints IEEE 802.1AE: what is only protected as what it is, what is
// encrypted by its header. It gives the length of the header.
func (d *dissector) macsec(v, frame view) int {
	d.proto = "macsec"
	const checkLen = 16
	size := 6
	bits := v.u8(0)
	if bits&0x20 != 0 { // with an identifier of the channel
		size += 8
	}
	v.need(size)
	encrypted := bits&0x0c != 0
	if encrypted || d.o.LinkHeader {
		if !d.o.LinkHeader {
			d.printf("%s > %s ", mac(frame.bytes(6, 6)), mac(frame.bytes(0, 6)))
		}
		d.printf("802.1AE MACsec, an %d, pn %d", bits&3, v.u32(2))
		if letters := mark(bits&0x08 != 0, "E") + mark(bits&0x04 != 0, "C") + mark(bits&0x20 != 0, "I") + mark(bits&0x10 != 0, "S") + mark(bits&0x40 != 0, "B"); letters != "" {
			d.printf(", flags %s", letters)
		}
		if short := v.u8(1) & 0x3f; short != 0 {
			d.printf(", sl %d", short)
		}
		if bits&0x20 != 0 {
			d.printf(", sci %016x", v.u64(6))
		}
		d.print(", ")
	}
	payload := v.from(size)
	if encrypted {
		d.hexLines(payload)
		return size
	}
	d.linkSize += size + 2
	kind := payload.u16(0)
	payload = payload.from(2)
	inside := payload.limit(payload.length - checkLen)
	if !d.etherType(kind, inside) {
		d.hexLines(payload)
	}
	return size + 2
}

// cisco prints what Cisco's switches say behind SNAP; false for the unknown.
func (d *dissector) cisco(kind int, v view) bool {
	switch kind {
	case 0x010b: // a spanning tree for each VLAN
		d.stp(v)
	case 0x0111:
		d.proto = "udld"
		v.need(4)
		codes := map[int]string{0: "Reserved", 1: "Probe message", 2: "Echo message", 3: "Flush message"}
		d.printf("UDLDv%d, Code %s (%d), Flags [%s] (0x%02x), length %d", v.u8(0)>>5, lookup(codes, v.u8(0)&31, "Reserved"), v.u8(0)&31,
			flags([]flag{{1, "RT"}, {2, "RSY"}}, v.u8(1), ", "), v.u8(1), v.length)
	case 0x2000:
		d.cdp(v)
	case 0x2004:
		d.proto = "dtp"
		d.printf("DTPv%d, length %d", v.u8(0), v.length)
	default:
		return false
	}
	return true
}

// cdp prints the Cisco Discovery Protocol by the name of the device.
func (d *dissector) cdp(v view) {
	d.proto = "cdp"
	d.printf("CDPv%d, ttl: %ds", v.u8(0), v.u8(1))
	for at := 4; at+4 <= len(v.b); {
		kind, size := v.u16(at), v.u16(at+2)
		if size < 4 {
			break
		}
		if kind == 1 {
			d.print(", Device-ID '")
			d.text(v.bytes(at+4, size-4))
			d.print("'")
		}
		at += size
	}
	d.printf(", length %d", v.length)
}
