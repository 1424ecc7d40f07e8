package print

var (
	arpHardware = NamesT{1: "Ethernet", 6: "TokenRing", 7: "ArcNet", 15: "FrameRelay", 17: "Strip", 24: "IEEE 1394", 19: "ATM", 32: "InfiniBand"}
	arpOps      = NamesT{1: "Request", 2: "Reply", 3: "Reverse Request", 4: "Reverse Reply", 8: "Inverse Request", 9: "Inverse Reply", 10: "NACK Reply"}
)

// arp prints ARP, RARP and inverse ARP (RFC 826, 903, 2390).
func (d *dissector) arp(v view) {
	d.proto = "arp"
	v.need(8)
	hardware, protocol, op := v.u16(0), v.u16(2), v.u16(6)
	if hardware == arpATM {
		d.atmARP(v)
		return
	}
	hlen, plen := v.u8(4), v.u8(5)
	senderIP, target := 8+hlen, 8+hlen+plen
	targetIP := target + hlen
	v.need(targetIP + plen)
	if !d.LinkHeader {
		d.print("ARP, ")
	}
	isIP := protocol == typeIP || protocol == typeTrailer
	if !isIP || plen != 4 || hlen == 0 || d.Verbose > 0 {
		d.printf("%s (len %d), %s (len %d)", arpHardware.of(hardware, "Unknown Hardware (%d)"), hlen,
			etherTypes.of(protocol, "Unknown Protocol (0x%04x)"), plen)
		if d.Verbose == 0 {
			d.printf(", length %d", v.length)
			return
		}
		d.print(", ")
	}
	d.printf("%s ", arpOps.of(op, "Unknown (%d)"))
	address := func(at int) string {
		switch {
		case !isIP:
			return "<wrong proto type>"
		case plen != 4:
			return "<wrong len>"
		}
		return d.ip4(v.bytes(at, 4))
	}
	sender, wanted := v.bytes(8, hlen), v.bytes(target, hlen)
	switch op {
	case 1:
		d.printf("who-has %s", address(targetIP))
		if !allZero(wanted) {
			d.printf(" (%s)", hardwareName(wanted))
		}
		d.printf(" tell %s", address(senderIP))
	case 2:
		d.printf("%s is-at %s", address(senderIP), hardwareName(sender))
	case 3, 8:
		d.printf("who-is %s tell %s", hardwareName(wanted), hardwareName(sender))
	case 4:
		d.printf("%s at %s", hardwareName(wanted), address(targetIP))
	case 9:
		d.printf("%s at %s", hardwareName(sender), address(senderIP))
	default:
		d.bytesBelow(v)
		return
	}
	d.printf(", length %d", v.length)
}

// hardwareName writes an address; the Ethernet broadcast has a name.
func hardwareName(b []byte) string {
	switch {
	case len(b) == 0:
		return "<empty>"
	case len(b) == 6 && string(b) == "\xff\xff\xff\xff\xff\xff":
		return "Broadcast"
	}
	return mac(b)
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

const arpATM = 19

// atmARP prints ARP over ATM (RFC 2225), where hardware addresses have two parts.
func (d *dissector) atmARP(v view) {
	const header = 12
	v.need(header)
	protocol, op := v.u16(2), v.u16(6)
	c := v.cursor(header)
	sizes := [6]int{v.u8(4) & 0x3f, v.u8(5) & 0x3f, v.u8(8), v.u8(9) & 0x3f, v.u8(10) & 0x3f, v.u8(11)}
	var parts [6][]byte // number, subaddress and protocol address of sender and target
	for i, n := range sizes {
		parts[i] = c.bytes(n)
	}
	if !d.LinkHeader {
		d.print("ARP, ")
	}
	isIP := protocol == typeIP || protocol == typeTrailer
	if !isIP || sizes[2] != 4 || sizes[5] != 4 || d.Verbose > 0 {
		d.printf("%s, %s (len %d/%d)", arpHardware[arpATM], etherTypes.of(protocol, "Unknown Protocol (0x%04x)"), sizes[2], sizes[5])
		if d.Verbose == 0 {
			d.printf(", length %d", v.length)
			return
		}
		d.print(", ")
	}
	d.printf("%s ", arpOps.of(op, "Unknown (%d)"))
	number := func(i int) string {
		if len(parts[i]) == 0 {
			return "<No address>"
		}
		return mac(parts[i]) + mark(len(parts[i+1]) > 0, ","+mac(parts[i+1]))
	}
	address := func(i int, name string) string {
		switch {
		case !isIP:
			return "<wrong proto type>"
		case len(parts[i]) != 4:
			return "<wrong " + name + ">"
		}
		return d.ip4(parts[i])
	}
	switch op {
	case 1:
		d.printf("who-has %s%s tell %s", address(5, "tplen"), mark(sizes[3] > 0, " ("+number(3)+")"), address(2, "splen"))
	case 2:
		d.printf("%s is-at %s", address(2, "splen"), number(0))
	case 8:
		d.printf("who-is %s tell %s", number(3), number(0))
	case 9:
		d.printf("%sat %s", number(0), address(2, "splen"))
	case 10:
		d.printf("for %s", address(2, "splen"))
	default:
		d.bytesBelow(newView(v.b, len(v.b)))
		return
	}
	d.printf(", length %d", v.length)
}
