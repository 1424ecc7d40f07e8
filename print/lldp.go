package print

import "fmt"

var (
	lldpNames = NamesT{0: "End", lldpChassis: "Chassis ID", lldpPort: "Port ID", lldpLifetime: "Time to Live", lldpPortText: "Port Description", lldpSystem: "System Name",
		lldpSystemText: "System Description", lldpCapabilities: "System Capabilities", lldpAddress: "Management Address", lldpPrivate: "Organization specific"}
	lldpChassisKinds = NamesT{1: "Chassis component", 2: "Interface alias", 3: "Port component", 4: "MAC address", 5: "Network address", 6: "Interface name", 7: "Local"}
	lldpPortKinds    = NamesT{1: "Interface alias", 2: "Port component", 3: "MAC address", 4: "Network Address", 5: "Interface Name", 6: "Agent circuit ID", 7: "Local"}
	lldpCapability   = FlagsT{{0x01, "Other"}, {0x02, "Repeater"}, {0x04, "Bridge"}, {0x08, "WLAN AP"}, {0x10, "Router"}, {0x20, "Telephone"}, {0x40, "Docsis"}, {0x80, "Station Only"}}
	lldpInterfaces   = NamesT{1: "Unknown", 2: "Interface Index", 3: "System Port Number"}
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
	c := v.cursor(0)
	for c.left() >= 2 {
		if !c.has(2) {
			d.mark()
			return
		}
		head := c.u16()
		kind, size := head>>9, head&0x1ff
		if d.Verbose > 0 {
			d.printf("\n\t%s TLV (%d), length %d", lldpNames.of(kind, "Unknown"), kind, size)
		}
		if kind == 0 || size == 0 {
			return
		}
		if !c.has(size) || c.left() < size {
			d.mark()
			return
		}
		value := c.take(size)
		known, fits := d.lldpValue(kind, value)
		if !fits {
			d.mark()
			return
		}
		if d.Verbose > 1 || d.Verbose == 1 && !known {
			d.unknown(value, "\n\t  ", size)
		}
	}
}

// lldpValue prints a value, and tells whether it is known and of the right length.
func (d *dissector) lldpValue(kind int, v view) (known, fits bool) {
	text := func() { d.padded(v.cursor(0), v.length) }
	if kind == lldpSystem {
		d.print(": ")
		text()
		return true, true
	}
	if d.Verbose == 0 {
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
		d.printf("\n\t  System  Capabilities [%s] (0x%04x)", lldpCapability.of(v.u16(0), ", "), v.u16(0))
		d.printf("\n\t  Enabled Capabilities [%s] (0x%04x)", lldpCapability.of(v.u16(2), ", "), v.u16(2))
	case lldpAddress:
		return true, d.lldpAddress(v.cursor(0))
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
func (d *dissector) lldpIdentity(v view, kinds NamesT, hardware, network int) (known, fits bool) {
	if v.length < 2 {
		return true, false
	}
	kind := v.u8(0)
	d.printf("\n\t  Subtype %s (%d): ", kinds.of(kind, "Unknown"), kind)
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
		d.padded(v.cursor(1), v.length-1)
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
	d.printf("%sAFI %s (%d)", before, addressFamilies.of(family, "Unknown"), family)
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
var addressFamilies = NamesT{0: "Reserved", 1: "IPv4", 2: "IPv6", 3: "NSAP", 4: "HDLC", 5: "BBN 1822", 6: "802", 7: "E.163", 8: "E.164", 9: "F.69", 10: "X.121", 11: "Novell IPX",
	12: "Appletalk", 13: "Decnet IV", 14: "Banyan Vines", 15: "E.164 with NSAP subaddress", 16: "DNS", 17: "Distinguished name", 18: "AS Number", 19: "XTP over IP4", 20: "XTP over IP6", 21: "XTP XTP",
	22: "Fibre Channel World-Wide Port Name", 23: "Fibre Channel World-Wide Node Name", 24: "GWIS", 25: "VPLS"}

func (d *dissector) lldpAddress(c *cursor) bool {
	const numbering = 5
	if c.left() < 1 {
		return false
	}
	size := c.u8()
	if c.left() < size || !d.lldpNetwork(newView(c.view.bytes(c.at, size), size), fmt.Sprintf("\n\t  Management Address length %d, ", size)) {
		return false
	}
	c.at += size
	if c.left() < numbering {
		return false
	}
	kind := c.u8()
	d.printf("\n\t  %s Interface Numbering (%d): %d", lldpInterfaces.of(kind, "Unknown"), kind, c.u32())
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

// lldpPrivate prints what an organization defines; false if it is not known.
func (d *dissector) lldpPrivate(v view) bool {
	const bridged, ethernet = 0x0080c2, 0x00120f
	d.printf(": OUI %s (0x%06x)", organizations.of(v.u24(0), "Unknown"), v.u24(0))
	names := map[int]NamesT{bridged: lldpBridging, ethernet: lldpEthernet}[v.u24(0)]
	if names == nil {
		return false
	}
	if v.length < 4 {
		return true
	}
	kind := v.u8(3)
	d.printf("\n\t  %s Subtype (%d)", names.of(kind, "unknown"), kind)
	if names[kind] == "" {
		return false
	}
	least := map[int]map[int]int{
		bridged:  {lldpVLAN: 6, lldpProtocolVLAN: 7, lldpVLANName: 6, lldpProtocol: 5, lldpAggregation8021: 9, lldpCongestion: 6, lldpETS: 25, lldpETSWish: 25, lldpPFC: 6, lldpPriorities: 5, lldpEVB: 9, lldpCDCP: 8},
		ethernet: {lldpMAC: 9, lldpPower: 7, lldpAggregation: 9, lldpFrame: 6},
	}[v.u24(0)][kind]
	if v.length < least {
		return true
	}
	if v.u24(0) == bridged {
		d.lldpBridging(v.cursor(4), kind)
	} else {
		d.lldpEthernet(v.cursor(4), kind)
	}
	return true
}

// Values that the committees on bridges and on Ethernet define.
const (
	lldpVLAN            = 1
	lldpProtocolVLAN    = 2
	lldpVLANName        = 3
	lldpProtocol        = 4
	lldpAggregation8021 = 7
	lldpCongestion      = 8
	lldpETS             = 9
	lldpETSWish         = 10
	lldpPFC             = 11
	lldpPriorities      = 12
	lldpEVB             = 13
	lldpCDCP            = 14
	lldpMAC             = 1
	lldpPower           = 2
	lldpAggregation     = 3
	lldpFrame           = 4
)

var (
	lldpBridging = NamesT{lldpVLAN: "Port VLAN Id", lldpProtocolVLAN: "Port and Protocol VLAN ID", lldpVLANName: "VLAN name", lldpProtocol: "Protocol Identity", lldpAggregation8021: "Link aggregation",
		lldpCongestion: "Congestion Notification", lldpETS: "ETS Configuration", lldpETSWish: "ETS Recommendation", lldpPFC: "Priority Flow Control Configuration", lldpPriorities: "Application Priority",
		lldpEVB: "EVB", lldpCDCP: "CDCP"}
	lldpEthernet        = NamesT{lldpMAC: "MAC/PHY configuration/status", lldpPower: "Power via MDI", lldpAggregation: "Link aggregation", lldpFrame: "Max frame size"}
	lldpAggregationBits = FlagsT{{1, "supported"}, {2, "enabled"}}
	lldpSupportBits     = FlagsT{{2, "supported"}, {4, "enabled"}}
	lldpModes           = FlagsT{{0x4000, "10BASE-T hdx"}, {0x2000, "10BASE-T fdx"}, {0x1000, "100BASE-T4"}, {0x0800, "100BASE-TX hdx"}, {0x0400, "100BASE-TX fdx"}, {0x0200, "100BASE-T2 hdx"}, {0x0100, "100BASE-T2 fdx"},
		{0x0080, "Pause for fdx links"}, {0x0040, "Asym PAUSE for fdx"}, {0x0020, "Sym PAUSE for fdx"}, {0x0010, "Asym and Sym PAUSE for fdx"}, {0x0008, "1000BASE-{X LX SX CX} hdx"},
		{0x0004, "1000BASE-{X LX SX CX} fdx"}, {0x0002, "1000BASE-T hdx"}, {0x0001, "1000BASE-T fdx"}}
	lldpUnits = NamesT{1: "AUI", 2: "10BASE-5", 3: "FOIRL", 4: "10BASE-2", 5: "10BASET duplex mode unknown", 6: "10BASEFP", 7: "10BASEFB", 8: "10BASEFL duplex mode unknown", 9: "10BROAD36",
		10: "10BASET hdx", 11: "10BASET fdx", 12: "10BASEFL hdx", 13: "10BASEFL fdx", 14: "100BASET4", 15: "100BASETX hdx", 16: "100BASETX fdx", 17: "100BASEFX hdx", 18: "100BASEFX fdx", 19: "100BASET2 hdx",
		20: "100BASET2 fdx", 21: "1000BASEX hdx", 22: "1000BASEX fdx", 23: "1000BASELX hdx", 24: "1000BASELX fdx", 25: "1000BASESX hdx", 26: "1000BASESX fdx", 27: "1000BASECX hdx", 28: "1000BASECX fdx",
		29: "1000BASET hdx", 30: "1000BASET fdx", 31: "10GBASEX", 32: "10GBASELX4", 33: "10GBASER", 34: "10GBASEER", 35: "10GBASELR", 36: "10GBASESR", 37: "10GBASEW", 38: "10GBASEEW", 39: "10GBASELW", 40: "10GBASESW"}
	lldpPowerBits = FlagsT{{1, "PSE"}, {2, "supported"}, {4, "enabled"}, {8, "can be controlled"}}
	lldpEVBModes  = [4]string{"Not Supported", "EVB Bridge", "EVB Station", "Reserved for future Standardization"}
)

// lldpRow prints numbers in columns below those of priorities.
func (d *dissector) lldpRow(title, name string, width int, numbers []byte) {
	d.printf("\n\t    %s\n\t     %s", title, name)
	last := len(numbers) - 1
	for i := range numbers {
		if i == last {
			d.printf("%d", i)
		} else {
			d.printf("%-*d", width, i)
		}
	}
	d.printf("\n\t     %-*s: ", len(name)-2, "Value")
	for i, n := range numbers {
		if i == last && width == 4 {
			d.printf("%-3d", n)
		} else {
			d.printf("%-*d", width, n)
		}
	}
}

func bits(b int) (list []byte) {
	for i := range 8 {
		list = append(list, byte(b>>i&1))
	}
	return list
}

func (d *dissector) lldpBridging(c *cursor, kind int) {
	switch kind {
	case lldpVLAN:
		d.printf("\n\t    port vlan id (PVID): %d", c.u16())
	case lldpProtocolVLAN:
		n := c.u8()
		d.printf("\n\t    port and protocol vlan id (PPVID): %d, flags [%s] (0x%02x)", c.u16(), lldpSupportBits.of(n, ", "), n)
	case lldpVLANName:
		d.printf("\n\t    vlan id (VID): %d", c.u16())
		if c.left() < 1 {
			return
		}
		if n := c.u8(); n <= c.left() {
			d.print("\n\t    vlan name: ")
			d.padded(c, n)
		}
	case lldpProtocol:
		if n := c.u8(); n <= c.left() {
			d.print("\n\t    protocol identity: ")
			d.padded(c, n)
		}
	case lldpAggregation8021:
		d.lldpAggregation(c)
	case lldpCongestion:
		d.lldpRow("Pre-Priority CNPV Indicator", "Priority : ", 3, bits(c.u8()))
		d.lldpRow("Pre-Priority Ready Indicator", "Priority : ", 3, bits(c.u8()))
	case lldpETS, lldpETSWish:
		n := c.u8()
		if kind == lldpETS {
			d.printf("\n\t    Willing:%d, CBS:%d, RES:%d, Max TCs:%d", n>>7, n>>6&2, n>>3&7, n&7)
		} else {
			d.printf("\n\t    RES: %d", n)
		}
		var priorities []byte
		for _, b := range c.bytes(4) {
			priorities = append(priorities, b>>4, b&15)
		}
		d.lldpRow("Priority Assignment Table", "Priority : ", 4, priorities)
		d.lldpRow("TC Bandwidth Table", "TC%   : ", 4, c.bytes(8))
		d.lldpRow("TSA Assignment Table", "Traffic Class: ", 4, c.bytes(8))
	case lldpPFC:
		n := c.u8()
		d.printf("\n\t    Willing: %d, MBC: %d, RES: %d, PFC cap:%d ", n>>7, n>>6&1, n>>4&3, n&15)
		d.lldpRow("PFC Enable", "Priority : ", 3, bits(c.u8()))
	case lldpPriorities:
		d.printf("\n\t    RES: %d", c.u8())
		if c.left() == 0 || c.left()%3 != 0 {
			return
		}
		d.print("\n\t    Application Priority Table")
		for c.left() > 0 {
			n := c.u8()
			d.printf("\n\t      Priority: %d, RES: %d, Sel: %d, Protocol ID: %d", n>>5, n>>3&3, n&7, c.u16())
		}
	case lldpEVB:
		n := c.u8()
		d.printf("\n\t    EVB Bridge Status\n\t      RES: %d, BGID: %d, RRCAP: %d, RRCTR: %d", n>>3, n>>2&1, n>>1&1, n&1)
		n = c.u8()
		d.printf("\n\t    EVB Station Status\n\t      RES: %d, SGID: %d, RRREQ: %d,RRSTAT: %d", n>>4, n>>3&1, n>>2&1, n&3)
		n = c.u8()
		d.printf("\n\t    R: %d, RTE: %d, ", n>>5, n&31)
		n = c.u8()
		d.printf("EVB Mode: %s [%d]\n\t    ROL: %d, RWD: %d, ", lldpEVBModes[n>>6], n>>6, n>>5&1, n&31)
		n = c.u8()
		d.printf("RES: %d, ROL: %d, RKA: %d", n>>6, n>>5&1, n&31)
	case lldpCDCP:
		n := c.u8()
		c.at++
		d.printf("\n\t    Role: %d, RES: %d, Scomp: %d ChnCap: %d", n>>7, n>>4&7, n>>3&1, c.u16()&0xfff)
		for c.left()%3 == 0 && c.left() > 0 {
			n := c.u24()
			d.printf("\n\t    SCID: %d, SVID: %d", n>>12, n&0xfff)
		}
	}
}

func (d *dissector) lldpAggregation(c *cursor) {
	d.printf("\n\t    aggregation status [%s], aggregation port ID %d", lldpAggregationBits.of(c.u8(), ", "), c.u32())
}

func (d *dissector) lldpEthernet(c *cursor, kind int) {
	switch kind {
	case lldpMAC:
		n := c.u8()
		d.printf("\n\t    autonegotiation [%s] (0x%02x)", lldpAggregationBits.of(n, ", "), n)
		n = c.u16()
		names := lldpModes.of(n, ", ")
		if names == "none" {
			names = "unknown"
		}
		d.printf("\n\t    PMD autoneg capability [%s] (0x%04x)", names, n)
		n = c.u16()
		d.printf("\n\t    MAU type %s (0x%04x)", lldpUnits.of(n, "unknown"), n)
	case lldpPower:
		d.printf("\n\t    MDI power support [%s], power pair %s, power class %s", lldpPowerBits.of(c.u8(), ", "), NamesT{1: "signal", 2: "spare"}.of(c.u8(), "unknown"),
			NamesT{1: "class0", 2: "class1", 3: "class2", 4: "class3", 5: "class4"}.of(c.u8(), "unknown"))
	case lldpAggregation:
		d.lldpAggregation(c)
	case lldpFrame:
		d.printf("\n\t    MTU size %d", c.u16())
	}
}

// organizations are the unique identifiers of some.
var organizations = NamesT{0x000000: "Ethernet", 0x00000c: "Cisco", 0x00005e: "IANA", 0x00306e: "H3C", 0x000142: "Cisco", 0x0080c2: "Ethernet bridged", 0x080007: "Appletalk",
	0x000f1e: "Hirschmann", 0x009069: "Juniper", 0x0012bb: "ANSI/TIA", 0x00120f: "IEEE 802.3 Private", 0x001b21: "DCBX", 0x0080c3: "IEEE 802.1 Private"}
