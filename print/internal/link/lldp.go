package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	lldpNames = Names{0: "End", lldpChassis: "Chassis ID", lldpPort: "Port ID", lldpLifetime: "Time to Live", lldpPortText: "Port Description", lldpSystem: "System Name",
		lldpSystemText: "System Description", lldpCapabilities: "System Capabilities", lldpAddress: "Management Address", lldpPrivate: "Organization specific"}
	lldpChassisKinds = Names{1: "Chassis component", 2: "Interface alias", 3: "Port component", 4: "MAC address", 5: "Network address", 6: "Interface name", 7: "Local"}
	lldpPortKinds    = Names{1: "Interface alias", 2: "Port component", 3: "MAC address", 4: "Network Address", 5: "Interface Name", 6: "Agent circuit ID", 7: "Local"}
	lldpCapability   = Flags{{0x01, "Other"}, {0x02, "Repeater"}, {0x04, "Bridge"}, {0x08, "WLAN AP"}, {0x10, "Router"}, {0x20, "Telephone"}, {0x40, "Docsis"}, {0x80, "Station Only"}}
	lldpInterfaces   = Names{1: "Unknown", 2: "Interface Index", 3: "System Port Number"}
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

// LLDP prints IEEE 802.1AB: the name of the system, with -v all.
func LLDP(d *Context, v View) {
	d.Proto = "lldp"
	d.Printf("LLDP, length %d", v.Length)
	c := v.Cursor(0)
	for c.Left() >= 2 {
		d.CutIf(!c.Has(2))
		head := c.U16()
		kind, size := head>>9, head&0x1ff
		d.PrintfIf(d.Verbose > 0, "\n\t%s TLV (%d), length %d", lldpNames.Of(kind, "Unknown"), kind, size)
		if kind == 0 || size == 0 {
			return
		}
		d.CutIf(!c.Has(size) || c.Left() < size)
		value := c.Take(size)
		known, fits := lldpValue(d, kind, value)
		d.CutIf(!fits)
		if d.Verbose > 1 || d.Verbose == 1 && !known {
			d.Unknown(value, "\n\t  ", size)
		}
	}
}

// lldpValue prints a value, and tells whether it is known and of the right length.
func lldpValue(d *Context, kind int, v View) (known, fits bool) {
	text := func() { d.Padded(v.Cursor(0), v.Length) }
	if kind == lldpSystem {
		d.Print(": ")
		text()
		return true, true
	}
	if d.Verbose == 0 {
		return lldpNames[kind] != "", true
	}
	switch kind {
	case lldpChassis:
		return lldpIdentity(d, v, lldpChassisKinds, 4, 5)
	case lldpPort:
		return lldpIdentity(d, v, lldpPortKinds, 3, 4)
	case lldpLifetime:
		if v.Length < 2 {
			return true, false
		}
		d.Printf(": TTL %ds", v.U16(0))
	case lldpPortText:
		d.Print(": ")
		text()
	case lldpSystemText:
		d.Print("\n\t  ")
		text()
	case lldpCapabilities:
		if v.Length < 4 {
			return true, false
		}
		d.Printf("\n\t  System  Capabilities [%s] (0x%04x)", lldpCapability.Of(v.U16(0), ", "), v.U16(0))
		d.Printf("\n\t  Enabled Capabilities [%s] (0x%04x)", lldpCapability.Of(v.U16(2), ", "), v.U16(2))
	case lldpAddress:
		return true, d.Try(func() { printLLDPAddress(d, v.Cursor(0)) })
	case lldpPrivate:
		if v.Length < 3 {
			return true, false
		}
		return d.Try(func() { printLLDPPrivate(d, v) }), true
	default:
		return false, true
	}
	return true, true
}

// lldpIdentity prints an identity by its kind: one is a hardware address, one an address of a network, the others are text.
func lldpIdentity(d *Context, v View, kinds Names, hardware, network int) (known, fits bool) {
	if v.Length < 2 {
		return true, false
	}
	kind := v.U8(0)
	d.Printf("\n\t  Subtype %s (%d): ", kinds.Of(kind, "Unknown"), kind)
	switch {
	case kinds[kind] == "":
		return false, true
	case kind == hardware:
		if v.Length < 7 {
			return true, false
		}
		d.Print(dissect.MAC(v.Bytes(1, 6)))
	case kind == network:
		return true, d.Try(func() { lldpNetwork(d, v.From(1), "") })
	default:
		d.Padded(v.Cursor(1), v.Length-1)
	}
	return true, true
}

// lldpNetwork prints an address behind the number of its family, after a text; rejected if it is too short.
func lldpNetwork(d *Context, v View, before string) {
	dissect.RejectIf(v.Length < 1)
	family := v.U8(0)
	size, known := map[int]int{1: 4, 2: 16, 6: 6}[family]
	dissect.RejectIf(v.Length-1 < size)
	d.Printf("%sAFI %s (%d)", before, dissect.AddressFamilies.Of(family, "Unknown"), family)
	switch {
	case !known:
		d.Print(", no AF printer !")
	case family == 6:
		d.Printf(": %s", dissect.MAC(v.Bytes(1, 6)))
	default:
		d.Printf(": %s", d.Address(v.Bytes(1, size)))
	}
}

func printLLDPAddress(d *Context, c *Cursor) {
	const numbering = 5
	dissect.RejectIf(c.Left() < 1)
	size := c.U8()
	dissect.RejectIf(c.Left() < size)
	lldpNetwork(d, dissect.NewView(c.View.Bytes(c.At, size), size), fmt.Sprintf("\n\t  Management Address length %d, ", size))
	c.At += size
	dissect.RejectIf(c.Left() < numbering)
	kind := c.U8()
	d.Printf("\n\t  %s Interface Numbering (%d): %d", lldpInterfaces.Of(kind, "Unknown"), kind, c.U32())
	if c.Left() > 0 {
		n := c.U8()
		dissect.RejectIf(c.Left() < n)
		if n > 0 {
			d.Printf("\n\t  OID length %d", n)
			d.Padded(c, n)
		}
	}
}

// printLLDPPrivate prints what an organization defines; rejected if it is not known.
func printLLDPPrivate(d *Context, v View) {
	const bridged, ethernet, iana, mudURL = 0x0080c2, 0x00120f, 0x00005e, 1
	d.Printf(": OUI %s (0x%06x)", organizations.Of(v.U24(0), "Unknown"), v.U24(0))
	names := map[int]Names{bridged: lldpBridging, ethernet: lldpEthernet}[v.U24(0)]
	if v.U24(0) == iana && v.Length >= 8 && v.U8(3) == mudURL { // RFC 8520
		d.Print("\n\t  MUD-URL Subtype (1)\n\t  MUD-URL=")
		d.Text(v.Bytes(4, v.Length-4))
		return
	}
	dissect.RejectIf(names == nil)
	if v.Length < 4 {
		return
	}
	kind := v.U8(3)
	d.Printf("\n\t  %s Subtype (%d)", names.Of(kind, "unknown"), kind)
	dissect.RejectIf(names[kind] == "")
	least := map[int]map[int]int{
		bridged:  {lldpVLAN: 6, lldpProtocolVLAN: 7, lldpVLANName: 6, lldpProtocol: 5, lldpAggregation8021: 9, lldpCongestion: 6, lldpETS: 25, lldpETSWish: 25, lldpPFC: 6, lldpPriorities: 5, lldpEVB: 9, lldpCDCP: 8},
		ethernet: {lldpMAC: 9, lldpPower: 7, lldpAggregation: 9, lldpFrame: 6},
	}[v.U24(0)][kind]
	if v.Length < least {
		return
	}
	if v.U24(0) == bridged {
		printLLDPBridging(d, v.Cursor(4), kind)
	} else {
		printLLDPEthernet(d, v.Cursor(4), kind)
	}
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
	lldpBridging = Names{lldpVLAN: "Port VLAN Id", lldpProtocolVLAN: "Port and Protocol VLAN ID", lldpVLANName: "VLAN name", lldpProtocol: "Protocol Identity", lldpAggregation8021: "Link aggregation",
		lldpCongestion: "Congestion Notification", lldpETS: "ETS Configuration", lldpETSWish: "ETS Recommendation", lldpPFC: "Priority Flow Control Configuration", lldpPriorities: "Application Priority",
		lldpEVB: "EVB", lldpCDCP: "CDCP"}
	lldpEthernet        = Names{lldpMAC: "MAC/PHY configuration/status", lldpPower: "Power via MDI", lldpAggregation: "Link aggregation", lldpFrame: "Max frame size"}
	lldpAggregationBits = Flags{{1, "supported"}, {2, "enabled"}}
	lldpSupportBits     = Flags{{2, "supported"}, {4, "enabled"}}
	lldpModes           = Flags{{0x4000, "10BASE-T hdx"}, {0x2000, "10BASE-T fdx"}, {0x1000, "100BASE-T4"}, {0x0800, "100BASE-TX hdx"}, {0x0400, "100BASE-TX fdx"}, {0x0200, "100BASE-T2 hdx"}, {0x0100, "100BASE-T2 fdx"},
		{0x0080, "Pause for fdx links"}, {0x0040, "Asym PAUSE for fdx"}, {0x0020, "Sym PAUSE for fdx"}, {0x0010, "Asym and Sym PAUSE for fdx"}, {0x0008, "1000BASE-{X LX SX CX} hdx"},
		{0x0004, "1000BASE-{X LX SX CX} fdx"}, {0x0002, "1000BASE-T hdx"}, {0x0001, "1000BASE-T fdx"}}
	lldpUnits = Names{1: "AUI", 2: "10BASE-5", 3: "FOIRL", 4: "10BASE-2", 5: "10BASET duplex mode unknown", 6: "10BASEFP", 7: "10BASEFB", 8: "10BASEFL duplex mode unknown", 9: "10BROAD36",
		10: "10BASET hdx", 11: "10BASET fdx", 12: "10BASEFL hdx", 13: "10BASEFL fdx", 14: "100BASET4", 15: "100BASETX hdx", 16: "100BASETX fdx", 17: "100BASEFX hdx", 18: "100BASEFX fdx", 19: "100BASET2 hdx",
		20: "100BASET2 fdx", 21: "1000BASEX hdx", 22: "1000BASEX fdx", 23: "1000BASELX hdx", 24: "1000BASELX fdx", 25: "1000BASESX hdx", 26: "1000BASESX fdx", 27: "1000BASECX hdx", 28: "1000BASECX fdx",
		29: "1000BASET hdx", 30: "1000BASET fdx", 31: "10GBASEX", 32: "10GBASELX4", 33: "10GBASER", 34: "10GBASEER", 35: "10GBASELR", 36: "10GBASESR", 37: "10GBASEW", 38: "10GBASEEW", 39: "10GBASELW", 40: "10GBASESW"}
	lldpPowerBits = Flags{{1, "PSE"}, {2, "supported"}, {4, "enabled"}, {8, "can be controlled"}}
	lldpEVBModes  = [4]string{"Not Supported", "EVB Bridge", "EVB Station", "Reserved for future Standardization"}
)

// lldpRow prints numbers in columns below those of priorities.
func lldpRow(d *Context, title, name string, width int, numbers []byte) {
	d.Printf("\n\t    %s\n\t     %s", title, name)
	last := len(numbers) - 1
	for i := range numbers {
		d.Print(dissect.Pick(i == last, fmt.Sprintf("%d", i), fmt.Sprintf("%-*d", width, i)))
	}
	d.Printf("\n\t     %-*s: ", len(name)-2, "Value")
	for i, n := range numbers {
		d.Print(dissect.Pick(i == last && width == 4, fmt.Sprintf("%-3d", n), fmt.Sprintf("%-*d", width, n)))
	}
}

func bits(b int) (list []byte) {
	for i := range 8 {
		list = append(list, byte(b>>i&1))
	}
	return list
}

func printLLDPBridging(d *Context, c *Cursor, kind int) {
	switch kind {
	case lldpVLAN:
		d.Printf("\n\t    port vlan id (PVID): %d", c.U16())
	case lldpProtocolVLAN:
		n := c.U8()
		d.Printf("\n\t    port and protocol vlan id (PPVID): %d, flags [%s] (0x%02x)", c.U16(), lldpSupportBits.Of(n, ", "), n)
	case lldpVLANName:
		d.Printf("\n\t    vlan id (VID): %d", c.U16())
		if c.Left() < 1 {
			return
		}
		if n := c.U8(); n <= c.Left() {
			d.Print("\n\t    vlan name: ")
			d.Padded(c, n)
		}
	case lldpProtocol:
		if n := c.U8(); n <= c.Left() {
			d.Print("\n\t    protocol identity: ")
			d.Padded(c, n)
		}
	case lldpAggregation8021:
		printLLDPAggregation(d, c)
	case lldpCongestion:
		lldpRow(d, "Pre-Priority CNPV Indicator", "Priority : ", 3, bits(c.U8()))
		lldpRow(d, "Pre-Priority Ready Indicator", "Priority : ", 3, bits(c.U8()))
	case lldpETS, lldpETSWish:
		n := c.U8()
		d.Print(dissect.Pick(kind == lldpETS, fmt.Sprintf("\n\t    Willing:%d, CBS:%d, RES:%d, Max TCs:%d", n>>7, n>>6&2, n>>3&7, n&7), fmt.Sprintf("\n\t    RES: %d", n)))
		var priorities []byte
		for _, b := range c.Bytes(4) {
			priorities = append(priorities, b>>4, b&15)
		}
		lldpRow(d, "Priority Assignment Table", "Priority : ", 4, priorities)
		lldpRow(d, "TC Bandwidth Table", "TC%   : ", 4, c.Bytes(8))
		lldpRow(d, "TSA Assignment Table", "Traffic Class: ", 4, c.Bytes(8))
	case lldpPFC:
		n := c.U8()
		d.Printf("\n\t    Willing: %d, MBC: %d, RES: %d, PFC cap:%d ", n>>7, n>>6&1, n>>4&3, n&15)
		lldpRow(d, "PFC Enable", "Priority : ", 3, bits(c.U8()))
	case lldpPriorities:
		d.Printf("\n\t    RES: %d", c.U8())
		if c.Left() == 0 || c.Left()%3 != 0 {
			return
		}
		d.Print("\n\t    Application Priority Table")
		for c.Left() > 0 {
			n := c.U8()
			d.Printf("\n\t      Priority: %d, RES: %d, Sel: %d, Protocol ID: %d", n>>5, n>>3&3, n&7, c.U16())
		}
	case lldpEVB:
		n := c.U8()
		d.Printf("\n\t    EVB Bridge Status\n\t      RES: %d, BGID: %d, RRCAP: %d, RRCTR: %d", n>>3, n>>2&1, n>>1&1, n&1)
		n = c.U8()
		d.Printf("\n\t    EVB Station Status\n\t      RES: %d, SGID: %d, RRREQ: %d,RRSTAT: %d", n>>4, n>>3&1, n>>2&1, n&3)
		n = c.U8()
		d.Printf("\n\t    R: %d, RTE: %d, ", n>>5, n&31)
		n = c.U8()
		d.Printf("EVB Mode: %s [%d]\n\t    ROL: %d, RWD: %d, ", lldpEVBModes[n>>6], n>>6, n>>5&1, n&31)
		n = c.U8()
		d.Printf("RES: %d, ROL: %d, RKA: %d", n>>6, n>>5&1, n&31)
	case lldpCDCP:
		n := c.U8()
		c.At++
		d.Printf("\n\t    Role: %d, RES: %d, Scomp: %d ChnCap: %d", n>>7, n>>4&7, n>>3&1, c.U16()&0xfff)
		for c.Left()%3 == 0 && c.Left() > 0 {
			n := c.U24()
			d.Printf("\n\t    SCID: %d, SVID: %d", n>>12, n&0xfff)
		}
	}
}

func printLLDPAggregation(d *Context, c *Cursor) {
	d.Printf("\n\t    aggregation status [%s], aggregation port ID %d", lldpAggregationBits.Of(c.U8(), ", "), c.U32())
}

func printLLDPEthernet(d *Context, c *Cursor, kind int) {
	switch kind {
	case lldpMAC:
		n := c.U8()
		d.Printf("\n\t    autonegotiation [%s] (0x%02x)", lldpAggregationBits.Of(n, ", "), n)
		n = c.U16()
		names := lldpModes.Of(n, ", ")
		if names == "none" {
			names = "unknown"
		}
		d.Printf("\n\t    PMD autoneg capability [%s] (0x%04x)", names, n)
		n = c.U16()
		d.Printf("\n\t    MAU type %s (0x%04x)", lldpUnits.Of(n, "unknown"), n)
	case lldpPower:
		d.Printf("\n\t    MDI power support [%s], power pair %s, power class %s", lldpPowerBits.Of(c.U8(), ", "), Names{1: "signal", 2: "spare"}.Of(c.U8(), "unknown"),
			Names{1: "class0", 2: "class1", 3: "class2", 4: "class3", 5: "class4"}.Of(c.U8(), "unknown"))
	case lldpAggregation:
		printLLDPAggregation(d, c)
	case lldpFrame:
		d.Printf("\n\t    MTU size %d", c.U16())
	}
}

// organizations are the unique identifiers of some.
var organizations = Names{0x000000: "Ethernet", 0x00000c: "Cisco", 0x00005e: "IANA", 0x00306e: "H3C", 0x000142: "Cisco", 0x0080c2: "Ethernet bridged", 0x080007: "Appletalk",
	0x000f1e: "Hirschmann", 0x009069: "Juniper", 0x0012bb: "ANSI/TIA", 0x00120f: "IEEE 802.3 Private", 0x001b21: "DCBX", 0x0080c3: "IEEE 802.1 Private"}
