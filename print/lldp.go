package print

var (
	lldpNames = map[int]string{0: "End", lldpChassis: "Chassis ID", lldpPort: "Port ID", lldpLifetime: "Time to Live", lldpPortText: "Port Description", lldpSystem: "System Name",
		lldpSystemText: "System Description", lldpCapabilities: "System Capabilities", lldpAddress: "Management Address", lldpPrivate: "Organization specific"}
	lldpChassisKinds = map[int]string{1: "Chassis component", 2: "Interface alias", 3: "Port component", 4: "MAC address", 5: "Network address", 6: "Interface name", 7: "Local"}
	lldpPortKinds    = map[int]string{1: "Interface alias", 2: "Port component", 3: "MAC address", 4: "Network Address", 5: "Interface Name", 6: "Agent circuit ID", 7: "Local"}
	lldpCapability   = []flag{{0x01, "Other"}, {0x02, "Repeater"}, {0x04, "Bridge"}, {0x08, "WLAN AP"}, {0x10, "Router"}, {0x20, "Telephone"}, {0x40, "Docsis"}, {0x80, "Station Only"}}
	lldpInterfaces   = map[int]string{1: "Unknown", 2: "Interface Index", 3: "System Port Number"}
)

const (
	lldpChassis      = 1
	lldpPort         = 2
	lldpLifetime     = 3
	lldpPortText     = 4
	lldpSystem       = 5
	lldpSystemText   = 6
	lldpCapabilities = 7
	lldpAddress      = 8
	lldpPrivate      = 127
)

// lldp prints IEEE 802.1AB: the name of the system, with -v all.
func (d *dissector) lldp(v view) {
	d.proto = "lldp"
	d.printf("LLDP, length %d", v.length)
	c := &cursor{v, 0}
	for c.left() >= 2 {
		if !c.has(2) {
			d.mark()
			return
		}
		head := c.u16()
		kind, size := head>>9, head&0x1ff
		if d.o.Verbose > 0 {
			d.printf("\n\t%s TLV (%d), length %d", lookup(lldpNames, kind, "Unknown"), kind, size)
		}
		if kind == 0 || size == 0 {
			return
		}
		if !c.has(size) || c.left() < size {
			d.mark()
			return
		}
		value := view{c.bytes(size), size}
		known, fits := d.lldpValue(kind, value)
		if !fits {
			d.mark()
			return
		}
		if d.o.Verbose > 1 || d.o.Verbose == 1 && !known {
			d.unknown(value, "\n\t  ", size)
		}
	}
}

// lldpValue prints a value, and tells whether it is known and of the right length.
func (d *dissector) lldpValue(kind int, v view) (known, fits bool) {
	text := func() { d.padded(&cursor{v, 0}, v.length) }
	if kind == lldpSystem {
		d.print(": ")
		text()
		return true, true
	}
	if d.o.Verbose == 0 {
		return lldpNames[kind] != "", true
	}
	switch kind {
	case lldpChassis:
		return d.lldpIdentity(v, lldpChassisKinds, 4, 5)
	case lldpPort:
		return d.lldpIdentity(v, lldpPortKinds, 3, 4)
	case lldpLifetime:
		if v.length < 2 {
			return true, false
		}
		d.printf(": TTL %ds", v.u16(0))
	case lldpPortText:
		d.print(": ")
		text()
	case lldpSystemText:
		d.print("\n\t  ")
		text()
	case lldpCapabilities:
		if v.length < 4 {
			return true, false
		}
		d.printf("\n\t  System  Capabilities [%s] (0x%04x)", flags(lldpCapability, v.u16(0), ", "), v.u16(0))
		d.printf("\n\t  Enabled Capabilities [%s] (0x%04x)", flags(lldpCapability, v.u16(2), ", "), v.u16(2))
	case lldpAddress:
		return true, d.lldpAddress(&cursor{v, 0})
	case lldpPrivate:
		if v.length < 3 {
			return true, false
		}
		return d.lldpPrivate(v), true
	default:
		return false, true
	}
	return true, true
}

// lldpIdentity prints an identity by its kind: one is a hardware address, one an address of a network, the others are text.
func (d *dissector) lldpIdentity(v view, kinds map[int]string, hardware, network int) (known, fits bool) {
	if v.length < 2 {
		return true, false
	}
	kind := v.u8(0)
	d.printf("\n\t  Subtype %s (%d): ", lookup(kinds, kind, "Unknown"), kind)
	switch {
	case kinds[kind] == "":
		return false, true
	case kind == hardware:
		if v.length < 7 {
			return true, false
		}
		d.print(mac(v.bytes(1, 6)))
	case kind == network:
		return true, d.lldpNetwork(v.from(1), "")
	default:
		d.padded(&cursor{v, 1}, v.length-1)
	}
	return true, true
}

// lldpNetwork prints an address behind the number of its family, after a text; false if it is too short.
func (d *dissector) lldpNetwork(v view, before string) bool {
	if v.length < 1 {
		return false
	}
	family := v.u8(0)
	size, known := map[int]int{1: 4, 2: 16, 6: 6}[family]
	if v.length-1 < size {
		return false
	}
	d.printf("%sAFI %s (%d)", before, lookup(addressFamilies, family, "Unknown"), family)
	switch {
	case !known:
		d.print(", no AF printer !")
	case family == 6:
		d.printf(": %s", mac(v.bytes(1, 6)))
	default:
		d.printf(": %s", d.address(v.bytes(1, size)))
	}
	return true
}

// addressFamilies are IANA's numbers.
var addressFamilies = map[int]string{0: "Reserved", 1: "IPv4", 2: "IPv6", 3: "NSAP", 4: "HDLC", 5: "BBN 1822", 6: "802", 7: "E.163", 8: "E.164", 9: "F.69", 10: "X.121", 11: "Novell IPX",
	12: "Appletalk", 13: "Decnet IV", 14: "Banyan Vines", 15: "E.164 with NSAP subaddress", 16: "DNS", 17: "Distinguished name", 18: "AS Number", 19: "XTP over IP4", 20: "XTP over IP6", 21: "XTP XTP",
	22: "Fibre Channel World-Wide Port Name", 23: "Fibre Channel World-Wide Node Name", 24: "GWIS", 25: "L2VPN"}

func (d *dissector) lldpAddress(c *cursor) bool {
	const numbering = 5
	if c.left() < 1 {
		return false
	}
	size := c.u8()
	if c.left() < size || !d.lldpNetwork(view{c.view.bytes(c.at, size), size}, d.sprintf("\n\t  Management Address length %d, ", size)) {
		return false
	}
	c.at += size
	if c.left() < numbering {
		return false
	}
	kind := c.u8()
	d.printf("\n\t  %s Interface Numbering (%d): %d", lookup(lldpInterfaces, kind, "Unknown"), kind, c.u32())
	if c.left() > 0 {
		n := c.u8()
		if c.left() < n {
			return false
		}
		if n > 0 {
			d.printf("\n\t  OID length %d", n)
			d.padded(c, n)
		}
	}
	return true
}

// lldpPrivate names the organization a value belongs to; the value is not known.
func (d *dissector) lldpPrivate(v view) bool {
	d.printf(": OUI %s (0x%06x)", lookup(organizations, v.u24(0), "Unknown"), v.u24(0))
	return false
}

// organizations are the unique identifiers of some.
var organizations = map[int]string{0x000000: "Ethernet", 0x00000c: "Cisco", 0x00005e: "IANA", 0x00306e: "H3C", 0x000142: "Cisco", 0x0080c2: "Ethernet bridged", 0x080007: "Appletalk",
	0x000f1e: "Hirschmann", 0x009069: "Juniper", 0x0012bb: "ANSI/TIA", 0x00120f: "IEEE 802.3 Private", 0x001b21: "DCBX", 0x0080c3: "IEEE 802.1 Private"}
