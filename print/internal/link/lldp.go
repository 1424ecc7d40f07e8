package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	lldpChassisKinds = Names{1: "Chassis component", 2: "Interface alias", 3: "Port component", 4: "MAC address", 5: "Network address", 6: "Interface name", 7: "Local"}
	lldpPortKinds    = Names{1: "Interface alias", 2: "Port component", 3: "MAC address", 4: "Network Address", 5: "Interface Name", 6: "Agent circuit ID", 7: "Local"}
	lldpCapability   = Flags{{0x01, "Other"}, {0x02, "Repeater"}, {0x04, "Bridge"}, {0x08, "WLAN AP"}, {0x10, "Router"}, {0x20, "Telephone"}, {0x40, "Docsis"}, {0x80, "Station Only"}}
	lldpInterfaces   = Names{1: "Unknown", 2: "Interface Index", 3: "System Port Number"}
)

// lldpValues are what is said with -v.
var lldpValues = List{Head: 2, Read: func(c *Cursor) (kind, size int) { n := c.U16(); return n >> 9, n & 0x1ff }, Title: dissect.Titled("\n\t%s TLV (%d), length %d"), Other: "Unknown", Least: 2,
	Last: func(kind, size int) bool { return kind == 0 || size == 0 }, Ends: dissect.CutThere, Cut: dissect.CutThere, Short: dissect.CutThere, Bytes: "\n\t  ", More: "\n\t  ",
	Rejected: func(d *Context, c *Cursor) {
		if d.Verbose == 1 {
			d.Unknown(c.View, "\n\t  ", c.Length)
		}
	},
	Values: Values{
		0: {"End", 0, nil}, 1: {"Chassis ID", 2, func(d *Context, c *Cursor) { lldpIdentity(d, c.View, lldpChassisKinds, 4, 5) }}, 2: {"Port ID", 2, func(d *Context, c *Cursor) { lldpIdentity(d, c.View, lldpPortKinds, 3, 4) }},
		3: {"Time to Live", 2, dissect.Form(": TTL %2ds")}, 4: {"Port Description", 0, dissect.Form(": %*z")}, 5: {"System Name", 0, dissect.Form(": %*z")}, 6: {"System Description", 0, dissect.Form("\n\t  %*z")},
		7: {"System Capabilities", 4, dissect.Form("\n\t  System  Capabilities [%2n] (0x%=x)|\n\t  Enabled Capabilities [%2n] (0x%=x)", lldpCapability, lldpCapability)},
		8: {"Management Address", 0, printLLDPAddress}, 127: {"Organization specific", 3, func(d *Context, c *Cursor) { printLLDPPrivate(d, c.View) }},
	}}

// lldpName is the one that is said without.
var lldpName = Values{5: {"", 0, dissect.Form(": %*z")}}

// LLDP prints IEEE 802.1AB: the name of the system, with -v all.
func LLDP(d *Context, v View) {
	d.Proto = "lldp"
	d.Printf("LLDP, length %d", v.Length)
	list := lldpValues
	if d.Verbose == 0 {
		list.Values, list.Title, list.Bytes = lldpName, nil, ""
	}
	list.Print(d, v.Cursor(0))
}

// lldpIdentity prints an identity by its kind: one is a hardware address, one an address of a network, the others are text. One that is
// not known is rejected.
func lldpIdentity(d *Context, v View, kinds Names, hardware, network int) {
	kind := v.U8(0)
	d.Printf("\n\t  Subtype %s (%d): ", kinds.Of(kind, "Unknown"), kind)
	switch {
	case kinds[kind] == "":
		dissect.Reject()
	case kind == hardware:
		d.CutIf(v.Length < 7)
		d.Print(d.MAC(v.Bytes(1, 6)))
	case kind == network:
		lldpNetwork(d, v.From(1), "")
	default:
		d.Padded(v.Cursor(1), v.Length-1)
	}
}

// lldpNetwork prints an address behind the number of its family, after a text.
func lldpNetwork(d *Context, v View, before string) {
	d.CutIf(v.Length < 1)
	family := v.U8(0)
	size, known := map[int]int{1: 4, 2: 16, 6: 6}[family]
	d.CutIf(v.Length-1 < size)
	d.Printf("%sAFI %s (%d)", before, dissect.AddressFamilies.Of(family, "Unknown"), family)
	if !known {
		d.Print(", no AF printer !")
	}
	d.Form(v.Cursor(1), Names{4: ": %4a", 16: ": %16a", 6: ": %6m"}[size])
}

func printLLDPAddress(d *Context, c *Cursor) {
	const numbering = 5
	d.CutIf(c.Left() < 1)
	size := c.U8()
	d.CutIf(c.Left() < size)
	lldpNetwork(d, dissect.NewView(c.View.Bytes(c.At, size), size), fmt.Sprintf("\n\t  Management Address length %d, ", size))
	c.At += size
	d.CutIf(c.Left() < numbering)
	kind := c.U8()
	d.Printf("\n\t  %s Interface Numbering (%d): %d", lldpInterfaces.Of(kind, "Unknown"), kind, c.U32())
	if c.Left() > 0 {
		n := c.U8()
		d.CutIf(c.Left() < n)
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
	if v.U24(0) == iana && v.Length >= 8 && v.U8(3) == mudURL { // RFC 8520
		d.Print("\n\t  MUD-URL Subtype (1)\n\t  MUD-URL=")
		d.Text(v.Bytes(4, v.Length-4))
		return
	}
	values := map[int]Values{bridged: lldpBridging, ethernet: lldpEthernet}[v.U24(0)]
	dissect.RejectIf(values == nil)
	if v.Length < 4 {
		return
	}
	kind := v.U8(3)
	d.Printf("\n\t  %s Subtype (%d)", values.Name(kind, "unknown"), kind)
	dissect.RejectIf(values[kind].Name == "")
	list := List{Values: values}
	list.Value(d, kind, v.From(4))
}

var (
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
	lldpEVBModes  = Names{0: "Not Supported", 1: "EVB Bridge", 2: "EVB Station", 3: "Reserved for future Standardization"}
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

// lldpBits makes a printer of a byte with a bit for each priority.
func lldpBits(title string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		b, list := c.U8(), [8]byte{}
		for i := range list {
			list[i] = byte(b >> i & 1)
		}
		lldpRow(d, title, "Priority : ", 3, list[:])
	}
}

// lldpBridging are the values that the committee on bridges defines.
var lldpBridging = Values{
	1: {"Port VLAN Id", 2, dissect.Form("\n\t    port vlan id (PVID): %2d")}, 2: {"Port and Protocol VLAN ID", 3, dissect.Form("\n\t    port and protocol vlan id (PPVID): %2@1d, flags [%1@0n] (0x%=x)", lldpSupportBits)},
	3: {"VLAN name", 2, dissect.Form("\n\t    vlan id (VID): %2d|%1>{%p}", lldpCounted("\n\t    vlan name: "))},
	4: {"Protocol Identity", 1, lldpCounted("\n\t    protocol identity: ")}, 7: {"Link aggregation", 5, lldpAggregation},
	8:  {"Congestion Notification", 2, dissect.Form("%p%p", lldpBits("Pre-Priority CNPV Indicator"), lldpBits("Pre-Priority Ready Indicator"))},
	9:  {"ETS Configuration", 21, dissect.Form("\n\t    Willing:%1[0]d, CBS:%=[0]?{2}{0}, RES:%=[2-4]d, Max TCs:%=[5-7]d|%p", lldpSelection)}, // as tcpdump, the bit of CBS is that before it
	10: {"ETS Recommendation", 21, dissect.Form("\n\t    RES: %1d|%p", lldpSelection)},
	11: {"Priority Flow Control Configuration", 2, dissect.Form("\n\t    Willing: %1[0]d, MBC: %=[1]d, RES: %=[2-3]d, PFC cap:%=[4-7]d |%p", lldpBits("PFC Enable"))},
	12: {"Application Priority", 1, func(d *Context, c *Cursor) {
		d.Form(c, "\n\t    RES: %1d")
		if c.Left()%3 == 0 {
			d.Form(c, "%1>{\n\t    Application Priority Table%*{\n\t      Priority: %1[0-2]d, RES: %=[3-4]d, Sel: %=[5-7]d, Protocol ID: %2d}}")
		}
	}},
	13: {"EVB", 5, dissect.Form("\n\t    EVB Bridge Status\n\t      RES: %1[0-4]d, BGID: %=[5]d, RRCAP: %=[6]d, RRCTR: %=[7]d|\n\t    EVB Station Status\n\t      RES: %1[0-3]d, SGID: %=[4]d, RRREQ: %=[5]d,RRSTAT: %=[6-7]d|"+
		"\n\t    R: %1[0-2]d, RTE: %=[3-7]d, |EVB Mode: %1[0-1]n [%=[0-1]d]\n\t    ROL: %=[2]d, RWD: %=[3-7]d, |RES: %1[0-1]d, ROL: %=[2]d, RKA: %=[3-7]d", lldpEVBModes)},
	14: {"CDCP", 4, func(d *Context, c *Cursor) {
		d.Form(c, "\n\t    Role: %1[0]d, RES: %=[1-3]d, Scomp: %=[4]d %1_ChnCap: %2[4-15]d")
		if c.Left()%3 == 0 {
			dissect.Every(3, "", dissect.Form("\n\t    SCID: %3[0-11]d, SVID: %=[12-23]d"))(d, c)
		}
	}},
}

// lldpCounted makes a printer of a text behind its length.
func lldpCounted(before string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		if n := c.U8(); n <= c.Left() {
			d.Print(before)
			d.Padded(c, n)
		}
	}
}

// lldpSelection prints the tables of enhanced transmission selection.
func lldpSelection(d *Context, c *Cursor) {
	var priorities []byte
	for _, b := range c.Bytes(4) {
		priorities = append(priorities, b>>4, b&15)
	}
	lldpRow(d, "Priority Assignment Table", "Priority : ", 4, priorities)
	lldpRow(d, "TC Bandwidth Table", "TC%   : ", 4, c.Bytes(8))
	lldpRow(d, "TSA Assignment Table", "Traffic Class: ", 4, c.Bytes(8))
}

var lldpAggregation = dissect.Form("\n\t    aggregation status [%1n], aggregation port ID %4d", lldpAggregationBits)

// lldpEthernet are the values that the committee on Ethernet defines.
var lldpEthernet = Values{
	1: {"MAC/PHY configuration/status", 5, dissect.Form("\n\t    autonegotiation [%1n] (0x%=x)|\n\t    PMD autoneg capability [%2n] (0x%=x)|\n\t    MAU type %2n (0x%=x)", lldpAggregationBits, lldpModeNames, lldpUnits)},
	2: {"Power via MDI", 3, dissect.Form("\n\t    MDI power support [%1n], power pair %1n, power class %1n", lldpPowerBits, Names{1: "signal", 2: "spare"}, Names{1: "class0", 2: "class1", 3: "class2", 4: "class3", 5: "class4"})},
	3: {"Link aggregation", 5, lldpAggregation}, 4: {"Max frame size", 2, dissect.Form("\n\t    MTU size %2d")},
}

func lldpModeNames(n int) string {
	return dissect.Pick(n&0x7fff != 0, lldpModes.Of(n, ", "), "unknown")
}

// organizations are the unique identifiers of some.
var organizations = Names{0x000000: "Ethernet", 0x00000c: "Cisco", 0x00005e: "IANA", 0x00306e: "H3C", 0x000142: "Cisco", 0x0080c2: "Ethernet bridged", 0x080007: "Appletalk",
	0x000f1e: "Hirschmann", 0x009069: "Juniper", 0x0012bb: "ANSI/TIA", 0x00120f: "IEEE 802.3 Private", 0x001b21: "DCBX"}
