package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// OpenFlow, version 1.0 in full with -v.

var (
	openflowVersions = Names{1: "1.0", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.4", 6: "1.5"}
	openflowPorts    = Names{0xff00: "MAX", 0xfff8: "IN_PORT", 0xfff9: "TABLE", 0xfffa: "NORMAL", 0xfffb: "FLOOD", 0xfffc: "ALL", 0xfffd: "CONTROLLER", 0xfffe: "LOCAL", 0xffff: "NONE"}
	openflowFeatures = Flags{{0x01, "FLOW_STATS"}, {0x02, "TABLE_STATS"}, {0x04, "PORT_STATS"}, {0x08, "STP"}, {0x10, "RESERVED"}, {0x20, "IP_REASM"}, {0x40, "QUEUE_STATS"}, {0x80, "ARP_MATCH_IP"}}
	openflowPortBits = Flags{{0x01, "PORT_DOWN"}, {0x02, "NO_STP"}, {0x04, "NO_RECV"}, {0x08, "NO_RECV_STP"}, {0x10, "NO_FLOOD"}, {0x20, "NO_FWD"}, {0x40, "NO_PACKET_IN"}}
	openflowSpeeds   = Flags{{0x001, "10MB_HD"}, {0x002, "10MB_FD"}, {0x004, "100MB_HD"}, {0x008, "100MB_FD"}, {0x010, "1GB_HD"}, {0x020, "1GB_FD"}, {0x040, "10GB_FD"}, {0x080, "COPPER"},
		{0x100, "FIBER"}, {0x200, "AUTONEG"}, {0x400, "PAUSE"}, {0x800, "PAUSE_ASYM"}}
	openflowSpanning  = Names{0x000: "STP_LISTEN", 0x100: "STP_LEARN", 0x200: "STP_FORWARD", 0x300: "STP_BLOCK"}
	openflowWildcards = Flags{{1, "IN_PORT"}, {2, "DL_VLAN"}, {4, "DL_SRC"}, {8, "DL_DST"}, {0x10, "DL_TYPE"}, {0x20, "NW_PROTO"}, {0x40, "TP_SRC"}, {0x80, "TP_DST"}, {0xfff00, ""}, // counts of bits of addresses
		{0x100000, "DL_VLAN_PCP"}, {0x200000, "NW_TOS"}}
	openflowCommands  = Names{0: "ADD", 1: "MODIFY", 2: "MODIFY_STRICT", 3: "DELETE", 4: "DELETE_STRICT"}
	openflowFlowBits  = Flags{{1, "SEND_FLOW_REM"}, {2, "CHECK_OVERLAP"}, {4, "EMERG"}}
	openflowFragments = Names{0: "FRAG_NORMAL", 1: "FRAG_DROP", 2: "FRAG_REASM"}
	openflowChanges   = Names{0: "ADD", 1: "DELETE", 2: "MODIFY"}
	openflowErrors    = []string{"HELLO_FAILED", "BAD_REQUEST", "BAD_ACTION", "FLOW_MOD_FAILED", "PORT_MOD_FAILED", "QUEUE_OP_FAILED"}
	openflowCodes     = [][]string{
		{"INCOMPATIBLE", "EPERM"},
		{"BAD_VERSION", "BAD_TYPE", "BAD_STAT", "BAD_VENDOR", "BAD_SUBTYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN"},
		{"BAD_TYPE", "BAD_LEN", "BAD_VENDOR", "BAD_VENDOR_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE"},
		{"ALL_TABLES_FULL", "OVERLAP", "EPERM", "BAD_EMERG_TIMEOUT", "BAD_COMMAND", "UNSUPPORTED"},
		{"BAD_PORT", "BAD_HW_ADDR"},
		{"BAD_PORT", "BAD_QUEUE", "EPERM"},
	}
	openflowVendors = Names{bigSwitch: "Big Switch Networks", 0x002320: "Nicira Networks", 0x00000c: "Cisco"}
)

const bigSwitch = 0x005c16c7

// openflowTypes are the messages of version 1.0 by their types, and how long their bodies are.
var openflowTypes = Values{
	0: {"HELLO", 0, openflowData}, 1: {"ERROR", 4, openflowError(openflowErrors, openflowCodes, false)}, 2: {"ECHO_REQUEST", 0, openflowData}, 3: {"ECHO_REPLY", 0, openflowData}, 4: {"VENDOR", 4, openflowVendor},
	5: {"FEATURES_REQUEST", dissect.Nothing, nil},
	6: {"FEATURES_REPLY", 24, dissect.Form("\n\t dpid 0x%8x|, n_buffers %4d|, n_tables %1d|%3_\n\t capabilities 0x%4x%=n|\n\t actions 0x%4x%=n|%p", bitmap(openflowFeatures), bitmap(openflowActionBits), openflowPhysicalPorts)},
	7: {"GET_CONFIG_REQUEST", dissect.Nothing, nil}, 8: {"GET_CONFIG_REPLY", -4, openflowConfig}, 9: {"SET_CONFIG", -4, openflowConfig},
	10: {"PACKET_IN", 10, dissect.Form("\n\t buffer_id %4n|, total_len %2d|, in_port %2n|, reason %1n|%1_%p", openflowBuffer, openflowPort, Names{0: "NO_MATCH", 1: "ACTION"}.Or("invalid (0x%02x)"), openflowFrame)},
	11: {"FLOW_REMOVED", -80, dissect.Form("%p|\n\t cookie 0x%8x|%2?{, priority %=d}|, reason %1n|%1_, duration_sec %4d|, duration_nsec %4d|%2?{, idle_timeout %=d}|%2_, packet_count %8d|, byte_count %8d",
		openflowMatch("\n\t "), Names{0: "IDLE_TIMEOUT", 1: "HARD_TIMEOUT", 2: "DELETE"}.Or("unknown (0x%02x)"))},
	12: {"PORT_STATUS", -56, dissect.Form("\n\t reason %1n|%7_%p", openflowChanges.Or("invalid (0x%02x)"), openflowPhysicalPort)},
	13: {"PACKET_OUT", 8, openflowPacketOut}, 14: {"FLOW_MOD", 64, openflowFlowMod},
	15: {"PORT_MOD", -24, dissect.Form("\n\t port_no %2n|, hw_addr %6m|\n\t  config 0x%4x%=n|\n\t  mask 0x%4x%=n|\n\t  advertise 0x%4x%=n|%4_", openflowPort, bitmap(openflowPortBits), bitmap(openflowPortBits), bitmap(openflowSpeeds))},
	16: {"STATS_REQUEST", 4, openflowStats(&openflowQuestions, [2]string{"", " (bogus)"})}, 17: {"STATS_REPLY", 4, openflowStats(&openflowAnswers, bitmap(Flags{{1, "MORE"}}))}, 18: {"BARRIER_REQUEST", dissect.Nothing, nil}, 19: {"BARRIER_REPLY", dissect.Nothing, nil},
	20: {"QUEUE_GET_CONFIG_REQUEST", -4, dissect.Form("\n\t port %2n|%2_", openflowPort)}, 21: {"QUEUE_GET_CONFIG_REPLY", 8, dissect.Form("\n\t port %2n|%6_%p", openflowPort, dissect.Each(openflowQueue))},
}

// openflowMessages makes a list of the messages of a version, of none if it is not known.
func openflowMessages(version int) List {
	return List{Values: map[int]Values{1: openflowTypes, 4: openflow13Types}[version], Short: dissect.InvalidHere, Rejected: func(d *Context, c *Cursor) { d.InvalidRest(c.Rest()) }, Unknown: func(_ *Context, c *Cursor) { c.View.NeedAll() }}
}

// OpenFlow prints the messages of a segment, each on lines of its own.
func OpenFlow(d *Context, v View) {
	const header = 8
	d.Proto = "openflow"
	d.Print(": OpenFlow")
	for v.Length > 0 {
		c := v.Cursor(0)
		version := c.U8()
		d.Printf("\n\tversion %s", openflowVersions.Of(version, "unknown (0x%02x)"))
		messages, kind, size := openflowMessages(version), 0, 0
		if c.Left() >= 1 {
			kind = c.U8()
			d.Printf(", type %s", messages.Values.Name(kind, "unknown (0x%02x)"))
		}
		if c.At == 2 && c.Left() >= 2 {
			size = c.U16()
			d.Printf(", length %d%s", size, dissect.If(size < header, " (too short!)"))
		}
		if c.At < 4 || c.Left() < 4 {
			d.Print(" (end of TCP payload)")
			c.Rest().NeedAll()
			return
		}
		d.Printf(", xid 0x%08x", c.U32())
		d.InvalidRestIf(size < header, c.Rest())
		if body := dissect.NewView(c.Rest().Data, size-header); d.Verbose > 0 {
			messages.Value(d, kind, body)
		} else {
			body.NeedAll()
		}
		v = v.From(size)
	}
}

// bitmap makes a function of the names of bits, which says whether there are others.
func bitmap(names Flags) func(int) string {
	return func(n int) string {
		s, all := "", 0
		for _, f := range names {
			all |= f.Bit
			if n&f.Bit != 0 && f.Name != "" {
				s += ", " + f.Name
			}
		}
		s += dissect.If(n&^all != 0, ", bogus")
		switch {
		case n == 0:
			return ""
		case s == "":
			return ")"
		}
		return " (" + s[2:] + ")"
	}
}

func openflowPort(n int) string { return openflowPorts.Of(n, "%d") }

func openflowTable(n int) string { return Names{0xfe: "EMERG", 0xff: "ALL"}.Of(n, "%d") }

func openflowBuffer(n int) string {
	return dissect.Pick(uint32(n) == 1<<32-1, "NONE", fmt.Sprintf("0x%08x", uint32(n)))
}

func openflowQueueID(n int) string {
	return dissect.Pick(uint32(n) == 1<<32-1, "ALL", fmt.Sprint(uint32(n)))
}

func openflowVLAN(n int) string {
	return dissect.Pick(n == 0xffff, "NONE", fmt.Sprintf("%d%s", n, dissect.If(!(n > 0 && n < 0xfff), " (bogus)")))
}

func openflowPriority(n int) string { return fmt.Sprintf("%d%s", n, dissect.If(n > 7, " (bogus)")) }

// openflowFits says that a length does not fit, and rejects what it is of.
func openflowFits(d *Context, bad bool, name string, n int, relation string, limit int) {
	d.RejectIf(bad, " [%s %d %s %d]", name, n, relation, limit)
}

// openflowWrong does the same for a value.
func openflowWrong(d *Context, f dissect.Fault) {
	openflowFits(d, true, "length", f.Size, f.Relation, f.Least)
}

func openflowData(d *Context, c *Cursor) {
	n := c.Left()
	if n == 0 {
		return
	}
	d.Printf("\n\t data (%d octets)", n)
	if d.Verbose > 1 {
		d.HexAndText("\n\t  ", c.Rest())
	}
	c.Rest().NeedAll()
}

// openflowError makes a printer of an error, with the names of types and their codes in a version.
func openflowError(types []string, codes [][]string, experimenters bool) dissect.Printer {
	return func(d *Context, c *Cursor) {
		kind, names := c.U16(), []string(nil)
		experimenter := experimenters && kind == 0xffff
		d.Printf("\n\t type %s", dissect.Pick(experimenter, "EXPERIMENTER", nameAt(types, kind, "invalid (0x%04x)")))
		if kind < len(codes) {
			names = codes[kind]
		}
		code := c.U16()
		d.Print(dissect.Pick(experimenter, fmt.Sprintf(", exp_type 0x%04x", code), ", code "+nameAt(names, code, "invalid (0x%04x)")))
		openflowData(d, c)
	}
}

func openflowVendorID(d *Context, c *Cursor) int {
	vendor := int(c.U32())
	d.Printf(", vendor 0x%08x (%s)", vendor, openflowVendors.Of(vendor, "unknown"))
	return vendor
}

func openflowVendor(d *Context, c *Cursor) {
	if openflowVendorID(d, c) != bigSwitch {
		openflowData(d, c)
		return
	}
	d.Print("\n\t")
	openflowFits(d, c.Left() < 4, "length", c.Left(), "<", 4)
	kind := int(c.U32())
	d.Printf(" subtype %s", bigSwitchMessages.Values.Name(kind, "unknown (0x%08x)"))
	bigSwitchMessages.Value(d, kind, c.Rest())
	c.Rest().NeedAll()
}

var (
	bigSwitchMask   = dissect.Form(", index %1d|%3_, mask %4a")
	bigSwitchMirror = dissect.Form(", report_mirror_ports %1n", Names{0: "OFF", 1: "ON"}.Or("bogus (%d)"))
)

// bigSwitchMessages are the messages of a vendor.
var bigSwitchMessages = List{Short: openflowWrong, Values: Values{
	0: {"SET_IP_MASK", -8, bigSwitchMask}, 1: {"GET_IP_MASK_REQUEST", -8, dissect.Form(", index %1d")}, 2: {"GET_IP_MASK_REPLY", -8, bigSwitchMask},
	3: {"SET_MIRRORING", -4, bigSwitchMirror}, 4: {"GET_MIRRORING_REQUEST", -4, bigSwitchMirror}, 5: {"GET_MIRRORING_REPLY", -4, bigSwitchMirror},
	6: {"SHELL_COMMAND", 4, dissect.Form(", service %4d|, data '%*s'")}, 7: {"SHELL_OUTPUT", 0, dissect.Form(", data '%*s'")}, 8: {"SHELL_STATUS", -4, dissect.Form(", status 0x%4x")},
	9: {"GET_INTERFACES_REQUEST", dissect.Nothing, nil}, 10: {"GET_INTERFACES_REPLY", 0, nil}, 11: {"SET_PKTIN_SUPPRESSION_REQUEST", 0, nil}, 12: {"SET_L2_TABLE_REQUEST", 0, nil},
	13: {"GET_L2_TABLE_REQUEST", dissect.Nothing, nil}, 14: {"GET_L2_TABLE_REPLY", 0, nil}, 15: {"VIRTUAL_PORT_CREATE_REQUEST", 0, nil}, 16: {"VIRTUAL_PORT_CREATE_REPLY", 0, nil},
	17: {"VIRTUAL_PORT_REMOVE_REQUEST", -4, dissect.Form(", vport_no %4d")}, 18: {"BW_ENABLE_SET_REQUEST", 0, nil}, 19: {"BW_ENABLE_GET_REQUEST", dissect.Nothing, nil}, 20: {"BW_ENABLE_GET_REPLY", 0, nil},
	21: {"BW_CLEAR_DATA_REQUEST", dissect.Nothing, nil}, 22: {"BW_CLEAR_DATA_REPLY", 0, nil}, 23: {"BW_ENABLE_SET_REPLY", 0, nil}, 24: {"SET_L2_TABLE_REPLY", 0, nil},
	25: {"SET_PKTIN_SUPPRESSION_REPLY", 0, nil}, 26: {"VIRTUAL_PORT_REMOVE_REPLY", 0, nil}, 27: {"HYBRID_GET_REQUEST", dissect.Nothing, nil}, 28: {"HYBRID_GET_REPLY", 0, nil},
}}

var openflowConfig = dissect.Form("\n\t flags %2n|, miss_send_len %2d", openflowFragments.Or("invalid (0x%04x)"))

func openflowPhysicalPorts(d *Context, c *Cursor) {
	for c.Left() > 0 {
		openflowFits(d, c.Left() < 48, "\n\t  port def. length", c.Left(), "<", 48)
		openflowPhysicalPort(d, c)
	}
}

func openflowPhysicalPort(d *Context, c *Cursor) {
	state := func(n int) string {
		return fmt.Sprintf("(%s%s)%s", openflowSpanning[n&0x300], dissect.If(n&1 != 0, ", LINK_DOWN"), dissect.If(n&^0x301 != 0, " (bogus)"))
	}
	speeds := bitmap(openflowSpeeds)
	d.Form(c, "\n\t  port_no %2n|, hw_addr %6m, name '%16z'%2+{\n\t   config 0x%4x%=n|\n\t   state 0x%4x %=n|\n\t   curr 0x%4x%=n|\n\t   advertised 0x%4x%=n|"+
		"\n\t   supported 0x%4x%=n|\n\t   peer 0x%4x%=n}{%24_}", openflowPort, bitmap(openflowPortBits), state, speeds, speeds, speeds, speeds)
}

// openflowFrame prints a frame inside a message; what it is only with -vvv.
func openflowFrame(d *Context, c *Cursor) {
	n := c.Left()
	if n == 0 {
		return
	}
	d.Printf("\n\t data (%d octets)", n)
	if d.Verbose < 3 {
		c.Rest().NeedAll()
		return
	}
	d.Print(", frame decoding below\n")
	before := d.Verbose
	d.Verbose -= 3
	d.Within(func() { d.Next(dissect.ByLinkType, dissect.LinkEthernet, c.Rest().Limit(n)) })
	d.Verbose = before
}

func openflowPacketOut(d *Context, c *Cursor) {
	d.Form(c, "\n\t buffer_id 0x%4x|, in_port %2n|, actions_len %2d", openflowPort)
	n := c.View.U16(c.At - 2)
	openflowFits(d, n > c.Left(), "actions_len", n, ">", c.Left())
	d.Try(func() { openflowActionList(d, dissect.NewView(c.Rest().Data, n).Cursor(0), "\n\t ") })
	c.At += n
	openflowFrame(d, c)
}

// openflowFields are fields of a packet that a match may demand: the bit that says that it does not, and how they are printed.
var openflowFields = []struct {
	bit   int
	form  string
	table any
}{
	{0x01, "in_port %2@4n", openflowPort}, {0x04, "dl_src %6@6m", nil}, {0x08, "dl_dst %6@12m", nil}, {0x02, "dl_vlan %2@18n", openflowVLAN}, {0x100000, "dl_vlan_pcp %1@20n", openflowPriority},
	{0x10, "dl_type 0x%2@22x", nil}, {0x200000, "nw_tos 0x%1@24x", nil},
}

// openflowMatch makes a printer of the fields that a packet must have, each behind a text.
func openflowMatch(before string) dissect.Printer {
	return func(d *Context, c *Cursor) { openflowMatched(d, c, before) }
}

func openflowMatched(d *Context, c *Cursor, before string) {
	const size = 40
	m := dissect.NewView(c.Rest().Data, size)
	wild := int(m.U32(0))
	field := func(bit int, form string, table any) {
		if wild&bit == 0 {
			d.Form(m.Cursor(0), before+"match "+form, table)
		}
	}
	d.PrintfIf(wild&^0x3fffff != 0, "%swildcards 0x%08x (bogus)", before, wild)
	for _, f := range openflowFields {
		field(f.bit, f.form, f.table)
	}
	kind, protocol := m.U16(22), m.U8(25)
	field(0x20, dissect.Pick(wild&0x10 == 0 && kind == dissect.TypeARP, "arp_opcode %1@25d", "nw_proto %1@25d"), nil)
	for i, name := range []string{"nw_src", "nw_dst"} {
		if bits := wild >> (8 + 6*i) & 0x3f; bits < 32 {
			d.Printf("%smatch %s %s/%d", before, name, d.IP4(m.Bytes(28+4*i, 4)), 32-bits)
		}
	}
	icmp := wild&0x30 == 0 && kind == dissect.TypeIP && protocol == dissect.ProtoICMP
	field(0x40, dissect.Pick(icmp, "icmp_type %2@36d", "tp_src %2@36d"), nil)
	field(0x80, dissect.Pick(icmp, "icmp_code %2@38d", "tp_dst %2@38d"), nil)
	m.Need(size)
	c.At += size
}

func openflowFlowMod(d *Context, c *Cursor) {
	d.Form(c, "%p|\n\t cookie 0x%8x|, command %2n", openflowMatch("\n\t "), openflowCommands.Or("invalid (0x%04x)"))
	command := c.View.U16(c.At - 2)
	d.Form(c, "%2?{, idle_timeout %=d}|%2?{, hard_timeout %=d}|%2?{, priority %=d}")
	buffer := int(c.U32())
	d.PrintfIf(command <= 2, ", buffer_id %s", openflowBuffer(buffer))
	port := c.U16()
	d.PrintfIf(command == 3 || command == 4, ", out_port %s", openflowPort(port))
	d.Form(c, ", flags 0x%2x%=n", bitmap(openflowFlowBits))
	openflowActionList(d, c, "\n\t ")
}

// openflowQueue prints a queue of a port with its properties.
func openflowQueue(d *Context, c *Cursor) {
	d.Print("\n\t ")
	openflowFits(d, c.Left() < 8, "remaining length", c.Left(), "<", 8)
	d.Form(c, " queue_id %4d|, len %2d")
	size := c.View.U16(c.At - 2)
	dissect.RejectIf(size < 8 || size > c.Left()+6)
	c.Bytes(2)
	properties := dissect.NewView(c.Rest().Data, size-8).Cursor(0)
	if d.Verbose > 1 && !d.Try(func() { openflowQueueProperties(d, properties) }) {
		d.InvalidRest(properties.Rest())
	}
	c.Bytes(size - 8)
}

func openflowQueueProperties(d *Context, c *Cursor) {
	for c.Left() > 0 {
		d.Print("\n\t  ")
		openflowFits(d, c.Left() < 8, "remaining length", c.Left(), "<", 8)
		kind := c.U16()
		d.Printf(" property %s", Names{0: "NONE", 1: "MIN_RATE"}.Of(kind, "invalid (0x%04x)"))
		size := c.U16()
		d.Printf(", len %d", size)
		dissect.RejectIf(size < 8 || size > c.Left()+4)
		c.Bytes(4)
		if kind != 1 || size != 16 {
			d.If(kind == 0 && size != 8 || kind == 1, " (bogus)")
			c.Bytes(size - 8)
			continue
		}
		if rate := c.U16(); rate > 1000 {
			d.Print(", rate disabled")
		} else {
			d.Printf(", rate %d.%d%%", rate/10, rate%10)
		}
		c.Bytes(6)
	}
}

// openflowActions are what may be done to packets, behind type and length.
var openflowActions = List{Short: func(d *Context, _ dissect.Fault) { d.Print(" (bogus)") }, Values: Values{
	0: {"OUTPUT", -4, openflowOutput}, 1: {"SET_VLAN_VID", -4, dissect.Form(", vlan_vid %2n", openflowVLAN)}, 2: {"SET_VLAN_PCP", -4, dissect.Form(", vlan_pcp %1n", openflowPriority)}, 3: {"STRIP_VLAN", -4, nil},
	4: {"SET_DL_SRC", -12, dissect.Form(", dl_addr %6m")}, 5: {"SET_DL_DST", -12, dissect.Form(", dl_addr %6m")}, 6: {"SET_NW_SRC", -4, dissect.Form(", nw_addr %4a")}, 7: {"SET_NW_DST", -4, dissect.Form(", nw_addr %4a")},
	8: {"SET_NW_TOS", -4, dissect.Form(", nw_tos 0x%1x")}, 9: {"SET_TP_SRC", -4, dissect.Form(", tp_port %2d")}, 10: {"SET_TP_DST", -4, dissect.Form(", tp_port %2d")},
	11: {"ENQUEUE", -12, dissect.Form(", port %2n|%6_, queue_id %4n", openflowPort, openflowQueueID)}, 0xffff: {"VENDOR", 0, openflowVendorAction},
}}

// openflowActionBits are the same as bits.
var openflowActionBits = func() (bits Flags) {
	for i := range 12 {
		bits = append(bits, dissect.Flag{Bit: 1 << i, Name: openflowActions.Values[i].Name})
	}
	return bits
}()

// openflowActionList prints what is done to packets.
func openflowActionList(d *Context, c *Cursor, before string) {
	for c.Left() > 0 {
		d.Printf("%saction", before)
		openflowFits(d, c.Left() < 8, "remaining length", c.Left(), "<", 8)
		d.Form(c, " type %2n|, len %2d", func(n int) string { return openflowActions.Values.Name(n, "invalid (0x%04x)") })
		kind, size := c.View.U16(c.At-4), c.View.U16(c.At-2)
		openflowFits(d, size < 8, "alen", size, "<", 8)
		openflowFits(d, size > c.Left()+4, "alen", size, ">", c.Left()+4)
		if kind == 0xffff && size%8 != 0 {
			d.Print(" (bogus)")
		} else {
			openflowActions.Value(d, kind, dissect.NewView(c.Rest().Data, size-4))
		}
		c.Bytes(size - 4)
	}
}

func openflowOutput(d *Context, c *Cursor) {
	port := c.U16()
	d.Printf(", port %s", openflowPort(port))
	if size := c.U16(); port == 0xfffd {
		d.Printf(", max_len %d", size)
	}
}

func openflowVendorAction(d *Context, c *Cursor) {
	if openflowVendorID(d, c) != bigSwitch {
		openflowData(d, c)
		return
	}
	d.Print("\n\t ")
	if c.Left() < 4 {
		d.TooShort("length", c.Left(), "<", 4)
		return
	}
	kind := int(c.U32())
	d.Printf(" subtype %s", bigSwitchActions.Values.Name(kind, "unknown (0x%08x)"))
	bigSwitchActions.Value(d, kind, c.Rest())
}

// bigSwitchActions are the actions of a vendor.
var bigSwitchActions = List{Short: func(d *Context, f dissect.Fault) { d.TooShort("length", f.Size, f.Relation, f.Least) }, Values: Values{
	1: {"MIRROR", -12, dissect.Form(", dest_port %4d|, vlan_tag %4n|, copy_stage %1n", bigSwitchTag, Names{0: "INGRESS", 1: "EGRESS"}.Or("unknown (%d)"))}, 2: {"SET_TUNNEL_DST", 0, nil}, 3: {"CHECKSUM", 0, nil},
}}

func bigSwitchTag(n int) string {
	switch n >> 16 {
	case 0:
		return "none"
	case 0x8100:
		return fmt.Sprintf("802.1Q (%s)", dissect.VLANTag(n&0xffff))
	}
	return fmt.Sprintf("unknown (0x%04x)", n>>16)
}

// openflowQuestions are the statistics that can be asked for.
var openflowQuestions = List{Short: openflowWrong, Values: Values{
	0: {"DESC", dissect.Nothing, nil}, 1: {"FLOW", -44, openflowFlowQuestion}, 2: {"AGGREGATE", -44, openflowFlowQuestion}, 3: {"TABLE", dissect.Nothing, nil},
	4: {"PORT", -8, dissect.Form("\n\t port_no %2n|%6_", openflowPort)}, 5: {"QUEUE", -8, dissect.Form("\n\t port_no %2n|%2_, queue_id %4n", openflowPort, openflowQueueID)}, 0xffff: {"VENDOR", 0, openflowVendorData},
}}

var openflowFlowQuestion = dissect.Form("%p|\n\t table_id %1n|%1_, out_port %2n", openflowMatch("\n\t "), openflowTable, openflowPort)

// openflowStats makes a printer of statistics, asked for or told, with what prints their flags.
func openflowStats(list *List, flags any) dissect.Printer {
	return func(d *Context, c *Cursor) {
		kind := c.View.U16(c.At)
		d.Form(c, "\n\t type %2n|, flags 0x%2x%=n", openflowStatsName, flags)
		list.Value(d, kind, c.Rest())
	}
}

func openflowStatsName(n int) string { return openflowQuestions.Values.Name(n, "invalid (0x%04x)") }

func openflowVendorData(d *Context, c *Cursor) {
	openflowFits(d, c.Left() < 4, "length", c.Left(), "<", 4)
	openflowVendorID(d, c)
	openflowData(d, c)
}

// openflowAnswers are the statistics themselves.
var openflowAnswers = List{Unknown: func(_ *Context, c *Cursor) { c.Rest().NeedAll() }, Values: Values{
	0: {"", 0, openflowDescription}, 1: {"", 0, dissect.Each(openflowFlowStats)},
	2: {"", 0, func(d *Context, c *Cursor) {
		d.Print("\n\t")
		openflowFits(d, c.Left() != 24, "remaining length", c.Left(), "!=", 24)
		d.Form(c, " packet_count %8d|, byte_count %8d|, flow_count %4d|%4_")
	}},
	3: {"", 0, openflowEntries("\n\t", 64, dissect.Form(" table_id %1n, name '|%3_%32z|'\n\t  wildcards 0x%4x%=n|\n\t  max_entries %4d|, active_count %4d|, lookup_count %8d|, matched_count %8d", openflowTable, bitmap(openflowWildcards)))},
	4: {"", 0, openflowEntries("\n\t ", 104, dissect.Form(" port_no %2n|%2+{%6_, rx_packets %8d|, tx_packets %8d|, rx_bytes %8d|, tx_bytes %8d|, rx_dropped %8d|, tx_dropped %8d|, rx_errors %8d|, tx_errors %8d|"+
		", rx_frame_err %8d|, rx_over_err %8d|, rx_crc_err %8d|, collisions %8d}{%102_}", openflowPort))},
	5: {"", 0, openflowEntries("\n\t ", 32, dissect.Form(" port_no %2n|%2_, queue_id %4d|, tx_bytes %8d|, tx_packets %8d|, tx_errors %8d", openflowPort))}, 0xffff: {"", 0, openflowVendorData},
}}

// openflowEntries makes a printer of entries of one size.
func openflowEntries(before string, size int, print dissect.Printer) dissect.Printer {
	return dissect.Each(func(d *Context, c *Cursor) {
		d.Print(before)
		openflowFits(d, c.Left() < size, "remaining length", c.Left(), "<", size)
		print(d, c)
	})
}

func openflowDescription(d *Context, c *Cursor) {
	const size = 4*256 + 32
	d.Print("\n\t ")
	openflowFits(d, c.Left() != size, "length", c.Left(), "!=", size)
	d.Form(c, " mfr_desc '%256z'\n\t  hw_desc '%256z'\n\t  sw_desc '%256z'\n\t  serial_num '%32z'\n\t  dp_desc '%256z'")
}

func openflowFlowStats(d *Context, c *Cursor) {
	const least = 88
	d.Print("\n\t")
	openflowFits(d, c.Left() < least, "remaining length", c.Left(), "<", least)
	size := c.View.U16(c.At)
	d.Printf(" length %d", size)
	openflowFits(d, size < least, "entry_len", size, "<", least)
	openflowFits(d, size > c.Left(), "entry_len", size, ">", c.Left())
	d.Form(c, "%2_, table_id %1n|%1_", openflowTable)
	d.Form(c, "%p|\n\t  duration_sec %4d|, duration_nsec %4d|, priority %2d|, idle_timeout %2d|, hard_timeout %2d|%6_, cookie 0x%8x|, packet_count %8d|, byte_count %8d", openflowMatch("\n\t  "))
	actions := dissect.NewView(c.Rest().Data, size-least).Cursor(0)
	if !d.Try(func() { openflowActionList(d, actions, "\n\t  ") }) {
		d.InvalidRest(actions.Rest())
	}
	c.At += size - least
}
