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
	openflowActions  = []string{"OUTPUT", "SET_VLAN_VID", "SET_VLAN_PCP", "STRIP_VLAN", "SET_DL_SRC", "SET_DL_DST", "SET_NW_SRC", "SET_NW_DST", "SET_NW_TOS", "SET_TP_SRC", "SET_TP_DST", "ENQUEUE"}
	openflowPortBits = Flags{{0x01, "PORT_DOWN"}, {0x02, "NO_STP"}, {0x04, "NO_RECV"}, {0x08, "NO_RECV_STP"}, {0x10, "NO_FLOOD"}, {0x20, "NO_FWD"}, {0x40, "NO_PACKET_IN"}}
	openflowSpeeds   = Flags{{0x001, "10MB_HD"}, {0x002, "10MB_FD"}, {0x004, "100MB_HD"}, {0x008, "100MB_FD"}, {0x010, "1GB_HD"}, {0x020, "1GB_FD"}, {0x040, "10GB_FD"}, {0x080, "COPPER"},
		{0x100, "FIBER"}, {0x200, "AUTONEG"}, {0x400, "PAUSE"}, {0x800, "PAUSE_ASYM"}}
	openflowSpanning  = Names{0x000: "STP_LISTEN", 0x100: "STP_LEARN", 0x200: "STP_FORWARD", 0x300: "STP_BLOCK"}
	openflowWildcards = Flags{{1, "IN_PORT"}, {2, "DL_VLAN"}, {4, "DL_SRC"}, {8, "DL_DST"}, {0x10, "DL_TYPE"}, {0x20, "NW_PROTO"}, {0x40, "TP_SRC"}, {0x80, "TP_DST"}, {0xfff00, ""}, // counts of bits of addresses
		{0x100000, "DL_VLAN_PCP"}, {0x200000, "NW_TOS"}}
	openflowCommands  = Names{0: "ADD", 1: "MODIFY", 2: "MODIFY_STRICT", 3: "DELETE", 4: "DELETE_STRICT"}
	openflowFlowBits  = Flags{{1, "SEND_FLOW_REM"}, {2, "CHECK_OVERLAP"}, {4, "EMERG"}}
	openflowFragments = Names{0: "FRAG_NORMAL", 1: "FRAG_DROP", 2: "FRAG_REASM"}
	openflowStats     = Names{0: "DESC", 1: "FLOW", 2: "AGGREGATE", 3: "TABLE", 4: "PORT", 5: "QUEUE", 0xffff: "VENDOR"}
	openflowErrors    = Names{0: "HELLO_FAILED", 1: "BAD_REQUEST", 2: "BAD_ACTION", 3: "FLOW_MOD_FAILED", 4: "PORT_MOD_FAILED", 5: "QUEUE_OP_FAILED"}
	openflowCodes     = [][]string{
		{"INCOMPATIBLE", "EPERM"},
		{"BAD_VERSION", "BAD_TYPE", "BAD_STAT", "BAD_VENDOR", "BAD_SUBTYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN"},
		{"BAD_TYPE", "BAD_LEN", "BAD_VENDOR", "BAD_VENDOR_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE"},
		{"ALL_TABLES_FULL", "OVERLAP", "EPERM", "BAD_EMERG_TIMEOUT", "BAD_COMMAND", "UNSUPPORTED"},
		{"BAD_PORT", "BAD_HW_ADDR"},
		{"BAD_PORT", "BAD_QUEUE", "EPERM"},
	}
	openflowVendors = Names{0x005c16c7: "Big Switch Networks", 0x002320: "Nicira Networks", 0x00000c: "Cisco"}
	bigSwitchTypes  = []string{"SET_IP_MASK", "GET_IP_MASK_REQUEST", "GET_IP_MASK_REPLY", "SET_MIRRORING", "GET_MIRRORING_REQUEST", "GET_MIRRORING_REPLY", "SHELL_COMMAND", "SHELL_OUTPUT",
		"SHELL_STATUS", "GET_INTERFACES_REQUEST", "GET_INTERFACES_REPLY", "SET_PKTIN_SUPPRESSION_REQUEST", "SET_L2_TABLE_REQUEST", "GET_L2_TABLE_REQUEST", "GET_L2_TABLE_REPLY",
		"VIRTUAL_PORT_CREATE_REQUEST", "VIRTUAL_PORT_CREATE_REPLY", "VIRTUAL_PORT_REMOVE_REQUEST", "BW_ENABLE_SET_REQUEST", "BW_ENABLE_GET_REQUEST", "BW_ENABLE_GET_REPLY",
		"BW_CLEAR_DATA_REQUEST", "BW_CLEAR_DATA_REPLY", "BW_ENABLE_SET_REPLY", "SET_L2_TABLE_REPLY", "SET_PKTIN_SUPPRESSION_REPLY", "VIRTUAL_PORT_REMOVE_REPLY", "HYBRID_GET_REQUEST",
		"HYBRID_GET_REPLY"}
	bigSwitchActions = []string{"", "MIRROR", "SET_TUNNEL_DST", "CHECKSUM"}
)

// openflowMessage is a type of message: its name, how long its body must be, and what prints it.
type openflowMessage struct {
	name  string
	size  int
	exact bool
	print func(*Context, *Cursor) bool // false if it makes no sense
}

// openflowMessages are those of version 1.0 by their types.
func openflowMessages() []openflowMessage {
	return []openflowMessage{
		{"HELLO", 0, false, openflowData}, {"ERROR", 4, false, openflowError}, {"ECHO_REQUEST", 0, false, openflowData},
		{"ECHO_REPLY", 0, false, openflowData}, {"VENDOR", 4, false, openflowVendor}, {"FEATURES_REQUEST", 0, true, nil},
		{"FEATURES_REPLY", 24, false, printOpenflowFeatures}, {"GET_CONFIG_REQUEST", 0, true, nil}, {"GET_CONFIG_REPLY", 4, true, openflowConfig},
		{"SET_CONFIG", 4, true, openflowConfig}, {"PACKET_IN", 10, false, openflowPacketIn}, {"FLOW_REMOVED", 80, true, openflowFlowRemoved},
		{"PORT_STATUS", 56, true, openflowPortStatus}, {"PACKET_OUT", 8, false, openflowPacketOut}, {"FLOW_MOD", 64, false, openflowFlowMod},
		{"PORT_MOD", 24, true, openflowPortMod}, {"STATS_REQUEST", 4, false, openflowStatsRequest}, {"STATS_REPLY", 4, false, openflowStatsReply},
		{"BARRIER_REQUEST", 0, true, nil}, {"BARRIER_REPLY", 0, true, nil}, {"QUEUE_GET_CONFIG_REQUEST", 4, true, openflowQueueRequest},
		{"QUEUE_GET_CONFIG_REPLY", 8, false, openflowQueueReply},
	}
}

// OpenFlow prints the messages of a segment, each on lines of its own.
func OpenFlow(d *Context, v View) {
	const header = 8
	d.Proto = "openflow"
	d.Print(": OpenFlow")
	versions := map[int][]openflowMessage{1: openflowMessages(), 4: openflow13Messages()}
	for v.Length > 0 {
		c := v.Cursor(0)
		version := c.U8()
		d.Printf("\n\tversion %s", openflowVersions.Of(version, "unknown (0x%02x)"))
		var m openflowMessage
		if c.Left() >= 1 {
			kind := c.U8()
			if messages := versions[version]; kind < len(messages) {
				m = messages[kind]
				d.Printf(", type %s", m.name)
			} else {
				d.Printf(", type unknown (0x%02x)", kind)
			}
		}
		size := 0
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
		openflowBody(d, m, dissect.NewView(c.Rest().Data, size-header))
		v = v.From(size)
	}
}

func openflowBody(d *Context, m openflowMessage, v View) {
	if m.name == "" || d.Verbose == 0 || m.print == nil && v.Length == m.size {
		v.NeedAll()
		return
	}
	if v.Length < m.size || m.exact && v.Length != m.size {
		d.InvalidRest(v)
		return
	}
	if m.print == nil {
		v.NeedAll()
		return
	}
	c := v.Cursor(0)
	if !m.print(d, c) {
		d.InvalidRest(c.Rest())
	}
}

// bitmap prints the names of bits, and whether there are others.
func bitmap(d *Context, names Flags, n int) {
	if n == 0 {
		return
	}
	separator, all := " (", 0
	for _, f := range names {
		all |= f.Bit
		if n&f.Bit != 0 && f.Name != "" {
			d.Print(separator + f.Name)
			separator = ", "
		}
	}
	d.Print(dissect.If(n&^all != 0, separator+"bogus") + ")")
}

func openflowName(names []string, n int, format string) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf(format, n)
}

func openflowPort(n int) string { return openflowPorts.Of(n, "%d") }

func openflowData(d *Context, c *Cursor) bool {
	n := c.Left()
	if n == 0 {
		return true
	}
	d.Printf("\n\t data (%d octets)", n)
	if d.Verbose > 1 {
		d.HexAndText("\n\t  ", c.Rest())
	}
	c.Rest().NeedAll()
	return true
}

func openflowError(d *Context, c *Cursor) bool {
	kind := c.U16()
	d.Printf("\n\t type %s", openflowErrors.Of(kind, "invalid (0x%04x)"))
	code, names := c.U16(), []string(nil)
	if kind < len(openflowCodes) {
		names = openflowCodes[kind]
	}
	d.Printf(", code %s", openflowName(names, code, "invalid (0x%04x)"))
	return openflowData(d, c)
}

func openflowVendorID(d *Context, c *Cursor) int {
	vendor := int(c.U32())
	d.Printf(", vendor 0x%08x (%s)", vendor, openflowVendors.Of(vendor, "unknown"))
	return vendor
}

const bigSwitch = 0x005c16c7

func openflowVendor(d *Context, c *Cursor) bool {
	if openflowVendorID(d, c) != bigSwitch {
		return openflowData(d, c)
	}
	d.Print("\n\t")
	if c.Left() < 4 {
		d.TooShortOnly("length", c.Left(), "<", 4)
		return false
	}
	kind := int(c.U32())
	d.Printf(" subtype %s", openflowName(bigSwitchTypes, kind, "unknown (0x%08x)"))
	want := map[int]int{0: 8, 1: 8, 2: 8, 3: 4, 4: 4, 5: 4, 9: 0, 13: 0, 19: 0, 21: 0, 27: 0, 17: 4, 8: 4}
	if n, fixed := want[kind]; fixed && c.Left() != n {
		d.TooShortOnly("length", c.Left(), "!=", n)
		return false
	}
	switch kind {
	case 0, 2:
		d.Printf(", index %d", c.U8())
		c.At += 3
		d.Printf(", mask %s", d.IP4(c.Bytes(4)))
	case 1:
		d.Printf(", index %d", c.U8())
	case 3, 4, 5:
		d.Printf(", report_mirror_ports %s", Names{0: "OFF", 1: "ON"}.Of(c.U8(), "bogus (%d)"))
	case 17:
		d.Printf(", vport_no %d", c.U32())
	case 8:
		d.Printf(", status 0x%08x", c.U32())
	case 6, 7:
		if kind == 6 {
			if c.Left() < 4 {
				d.TooShortOnly("length", c.Left(), "<", 4)
				return false
			}
			d.Printf(", service %d", c.U32())
		}
		d.Print(", data '")
		d.Counted(c, c.Left())
		d.Print("'")
	}
	c.Rest().NeedAll()
	return true
}

func printOpenflowFeatures(d *Context, c *Cursor) bool {
	d.Printf("\n\t dpid 0x%016x", c.U64())
	d.Printf(", n_buffers %d", c.U32())
	d.Printf(", n_tables %d", c.U8())
	c.At += 3
	n := int(c.U32())
	d.Printf("\n\t capabilities 0x%08x", n)
	bitmap(d, openflowFeatures, n)
	n = int(c.U32())
	d.Printf("\n\t actions 0x%08x", n)
	var names Flags
	for i, name := range openflowActions {
		names = append(names, dissect.Flag{1 << i, name})
	}
	bitmap(d, names, n)
	for c.Left() > 0 {
		if c.Left() < 48 {
			d.TooShortOnly("\n\t  port def. length", c.Left(), "<", 48)
			return false
		}
		openflowPhysicalPort(d, c)
	}
	return true
}

func openflowPhysicalPort(d *Context, c *Cursor) {
	d.Printf("\n\t  port_no %s", openflowPort(c.U16()))
	d.Printf(", hw_addr %s, name '", dissect.MAC(c.Bytes(6)))
	d.Padded(c, 16)
	d.Print("'")
	if d.Verbose < 2 {
		c.Bytes(24)
		return
	}
	n := int(c.U32())
	d.Printf("\n\t   config 0x%08x", n)
	bitmap(d, openflowPortBits, n)
	n = int(c.U32())
	d.Printf("\n\t   state 0x%08x (%s%s)%s", n, openflowSpanning[n&0x300], dissect.If(n&1 != 0, ", LINK_DOWN"), dissect.If(n&^0x301 != 0, " (bogus)"))
	for _, name := range []string{"curr", "advertised", "supported", "peer"} {
		n = int(c.U32())
		d.Printf("\n\t   %s 0x%08x", name, n)
		bitmap(d, openflowSpeeds, n)
	}
}

func openflowConfig(d *Context, c *Cursor) bool {
	d.Printf("\n\t flags %s", openflowFragments.Of(c.U16(), "invalid (0x%04x)"))
	d.Printf(", miss_send_len %d", c.U16())
	return true
}

func openflowBuffer(n uint32) string {
	if n == 1<<32-1 {
		return "NONE"
	}
	return fmt.Sprintf("0x%08x", n)
}

func openflowPacketIn(d *Context, c *Cursor) bool {
	d.Printf("\n\t buffer_id %s", openflowBuffer(c.U32()))
	d.Printf(", total_len %d", c.U16())
	d.Printf(", in_port %s", openflowPort(c.U16()))
	d.Printf(", reason %s", Names{0: "NO_MATCH", 1: "ACTION"}.Of(c.U8(), "invalid (0x%02x)"))
	c.U8()
	openflowFrame(d, c)
	return true
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

func openflowPacketOut(d *Context, c *Cursor) bool {
	d.Printf("\n\t buffer_id 0x%08x", c.U32())
	d.Printf(", in_port %s", openflowPort(c.U16()))
	n := c.U16()
	d.Printf(", actions_len %d", n)
	if n > c.Left() {
		d.TooShortOnly("actions_len", n, ">", c.Left())
		return false
	}
	d.Try(func() { openflowActionList(d, dissect.NewView(c.Rest().Data, n).Cursor(0), "\n\t ") })
	c.At += n
	openflowFrame(d, c)
	return true
}

func openflowVLAN(n int) string {
	if n == 0xffff {
		return "NONE"
	}
	return fmt.Sprintf("%d%s", n, dissect.If(!(n > 0 && n < 0xfff), " (bogus)"))
}

func openflowPriority(n int) string {
	return fmt.Sprintf("%d%s", n, dissect.If(n > 7, " (bogus)"))
}

const openflowMatchSize = 40

// openflowMatch prints the fields that a packet must have.
func openflowMatch(d *Context, c *Cursor, before string) {
	m := dissect.NewView(c.Rest().Data, openflowMatchSize)
	wild := int(m.U32(0))
	field := func(bit int, format string, value func() any) {
		if wild&bit == 0 {
			d.Printf("%smatch "+format, before, value())
		}
	}
	d.PrintfIf(wild&^0x3fffff != 0, "%swildcards 0x%08x (bogus)", before, wild)
	field(0x01, "in_port %s", func() any { return openflowPort(m.U16(4)) })
	field(0x04, "dl_src %s", func() any { return dissect.MAC(m.Bytes(6, 6)) })
	field(0x08, "dl_dst %s", func() any { return dissect.MAC(m.Bytes(12, 6)) })
	field(0x02, "dl_vlan %s", func() any { return openflowVLAN(m.U16(18)) })
	field(0x100000, "dl_vlan_pcp %s", func() any { return openflowPriority(m.U8(20)) })
	kind := m.U16(22)
	field(0x10, "dl_type 0x%04x", func() any { return kind })
	field(0x200000, "nw_tos 0x%02x", func() any { return m.U8(24) })
	protocol := m.U8(25)
	name := "nw_proto"
	if wild&0x10 == 0 && kind == dissect.TypeARP {
		name = "arp_opcode"
	}
	field(0x20, name+" %d", func() any { return protocol })
	for i, name := range []string{"nw_src", "nw_dst"} {
		if bits := wild >> (8 + 6*i) & 0x3f; bits < 32 {
			d.Printf("%smatch %s %s/%d", before, name, d.IP4(m.Bytes(28+4*i, 4)), 32-bits)
		}
	}
	names := [2]string{"tp_src", "tp_dst"}
	if wild&0x30 == 0 && kind == dissect.TypeIP && protocol == dissect.ProtoICMP {
		names = [2]string{"icmp_type", "icmp_code"}
	}
	field(0x40, names[0]+" %d", func() any { return m.U16(36) })
	field(0x80, names[1]+" %d", func() any { return m.U16(38) })
	m.Need(openflowMatchSize)
	c.At += openflowMatchSize
}

func openflowFlowMod(d *Context, c *Cursor) bool {
	openflowMatch(d, c, "\n\t ")
	d.Printf("\n\t cookie 0x%016x", c.U64())
	command := c.U16()
	d.Printf(", command %s", openflowCommands.Of(command, "invalid (0x%04x)"))
	for _, name := range []string{"idle_timeout", "hard_timeout", "priority"} {
		if n := c.U16(); n != 0 {
			d.Printf(", %s %d", name, n)
		}
	}
	if buffer := c.U32(); command <= 2 {
		d.Printf(", buffer_id %s", openflowBuffer(buffer))
	}
	if port := c.U16(); command == 3 || command == 4 {
		d.Printf(", out_port %s", openflowPort(port))
	}
	bits := c.U16()
	d.Printf(", flags 0x%04x", bits)
	bitmap(d, openflowFlowBits, bits)
	return d.Try(func() { openflowActionList(d, c, "\n\t ") })
}

func openflowFlowRemoved(d *Context, c *Cursor) bool {
	openflowMatch(d, c, "\n\t ")
	d.Printf("\n\t cookie 0x%016x", c.U64())
	if n := c.U16(); n != 0 {
		d.Printf(", priority %d", n)
	}
	d.Printf(", reason %s", Names{0: "IDLE_TIMEOUT", 1: "HARD_TIMEOUT", 2: "DELETE"}.Of(c.U8(), "unknown (0x%02x)"))
	c.At++
	d.Printf(", duration_sec %d", c.U32())
	d.Printf(", duration_nsec %d", c.U32())
	if n := c.U16(); n != 0 {
		d.Printf(", idle_timeout %d", n)
	}
	c.At += 2
	d.Printf(", packet_count %d", c.U64())
	d.Printf(", byte_count %d", c.U64())
	return true
}

func openflowPortStatus(d *Context, c *Cursor) bool {
	d.Printf("\n\t reason %s", Names{0: "ADD", 1: "DELETE", 2: "MODIFY"}.Of(c.U8(), "invalid (0x%02x)"))
	c.At += 7
	openflowPhysicalPort(d, c)
	return true
}

func openflowPortMod(d *Context, c *Cursor) bool {
	d.Printf("\n\t port_no %s", openflowPort(c.U16()))
	d.Printf(", hw_addr %s", dissect.MAC(c.Bytes(6)))
	for i, name := range []string{"config", "mask", "advertise"} {
		n := int(c.U32())
		d.Printf("\n\t  %s 0x%08x", name, n)
		bitmap(d, []Flags{openflowPortBits, openflowPortBits, openflowSpeeds}[i], n)
	}
	c.U32()
	return true
}

func openflowQueueRequest(d *Context, c *Cursor) bool {
	d.Printf("\n\t port %s", openflowPort(c.U16()))
	c.U16()
	return true
}

func openflowQueueReply(d *Context, c *Cursor) bool {
	d.Printf("\n\t port %s", openflowPort(c.U16()))
	c.Bytes(6)
	for c.Left() > 0 {
		d.Print("\n\t ")
		if c.Left() < 8 {
			d.TooShortOnly("remaining length", c.Left(), "<", 8)
			return false
		}
		d.Printf(" queue_id %d", c.U32())
		size := c.U16()
		d.Printf(", len %d", size)
		if size < 8 || size > c.Left()+6 {
			return false
		}
		c.Bytes(2)
		properties := dissect.NewView(c.Rest().Data, size-8).Cursor(0)
		if d.Verbose > 1 && !d.Try(func() { openflowQueueProperties(d, properties) }) {
			d.InvalidRest(properties.Rest())
		}
		c.Bytes(size - 8)
	}
	return true
}

func openflowQueueProperties(d *Context, c *Cursor) {
	for c.Left() > 0 {
		d.Print("\n\t  ")
		d.RejectIf(c.Left() < 8, " [%s %d %s %d]", "remaining length", c.Left(), "<", 8)
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

// openflowActionList prints what is done to packets.
func openflowActionList(d *Context, c *Cursor, before string) {
	for c.Left() > 0 {
		d.Printf("%saction", before)
		d.RejectIf(c.Left() < 8, " [%s %d %s %d]", "remaining length", c.Left(), "<", 8)
		kind := c.U16()
		d.Print(dissect.Pick(kind == 0xffff, " type VENDOR", fmt.Sprintf(" type %s", openflowName(openflowActions, kind, "invalid (0x%04x)"))))
		size := c.U16()
		d.Printf(", len %d", size)
		if size < 8 || size > c.Left()+4 {
			relation, limit := "<", 8
			if size >= 8 {
				relation, limit = ">", c.Left()+4
			}
			d.TooShortOnly("alen", size, relation, limit)
			dissect.Reject()
		}
		want := 8
		switch {
		case kind == 4 || kind == 5 || kind == 11:
			want = 16
		case kind == 0xffff:
			want = (size + 7) &^ 7
		}
		known := kind < len(openflowActions) || kind == 0xffff
		if known && size == want {
			openflowAction(d, kind, dissect.NewView(c.Rest().Data, size-4).Cursor(0))
		} else {
			d.If(known, " (bogus)")
		}
		c.Bytes(size - 4)
	}
}

func openflowAction(d *Context, kind int, c *Cursor) {
	switch kind {
	case 0:
		port := c.U16()
		d.Printf(", port %s", openflowPort(port))
		if size := c.U16(); port == 0xfffd {
			d.Printf(", max_len %d", size)
		}
	case 1:
		d.Printf(", vlan_vid %s", openflowVLAN(c.U16()))
	case 2:
		d.Printf(", vlan_pcp %s", openflowPriority(c.U8()))
	case 4, 5:
		d.Printf(", dl_addr %s", dissect.MAC(c.Bytes(6)))
	case 6, 7:
		d.Printf(", nw_addr %s", d.IP4(c.Bytes(4)))
	case 8:
		d.Printf(", nw_tos 0x%02x", c.U8())
	case 9, 10:
		d.Printf(", tp_port %d", c.U16())
	case 11:
		d.Printf(", port %s", openflowPort(c.U16()))
		c.At += 6
		queue := c.U32()
		d.Printf(", queue_id %s", map[bool]string{true: "ALL", false: fmt.Sprintf("%d", queue)}[queue == 1<<32-1])
	case 0xffff:
		if openflowVendorID(d, c) == bigSwitch {
			bigSwitchAction(d, c)
		} else {
			openflowData(d, c)
		}
	}
}

func bigSwitchAction(d *Context, c *Cursor) {
	d.Print("\n\t ")
	if c.Left() < 4 {
		d.TooShort("length", c.Left(), "<", 4)
		return
	}
	kind := int(c.U32())
	d.Printf(" subtype %s", openflowName(bigSwitchActions, kind, "unknown (0x%08x)"))
	if kind != 1 {
		return
	}
	if c.Left() != 12 {
		d.TooShort("length", c.Left(), "!=", 12)
		return
	}
	d.Printf(", dest_port %d", c.U32())
	switch tag := int(c.U32()); {
	case tag>>16 == 0:
		d.Print(", vlan_tag none")
	case tag>>16 == 0x8100:
		d.Printf(", vlan_tag 802.1Q (%s)", dissect.VLANTag(tag&0xffff))
	default:
		d.Printf(", vlan_tag unknown (0x%04x)", tag>>16)
	}
	d.Printf(", copy_stage %s", Names{0: "INGRESS", 1: "EGRESS"}.Of(c.U8(), "unknown (%d)"))
}

func openflowTable(n int) string {
	return Names{0xfe: "EMERG", 0xff: "ALL"}.Of(n, "%d")
}

func openflowStatsRequest(d *Context, c *Cursor) bool {
	kind := c.U16()
	d.Printf("\n\t type %s", openflowStats.Of(kind, "invalid (0x%04x)"))
	bits := c.U16()
	d.Printf(", flags 0x%04x%s", bits, dissect.If(bits != 0, " (bogus)"))
	if want, fixed := map[int]int{0: 0, 3: 0, 1: 44, 2: 44, 4: 8, 5: 8}[kind]; fixed && c.Left() != want {
		d.TooShortOnly("length", c.Left(), "!=", want)
		return false
	}
	switch kind {
	case 1, 2:
		openflowMatch(d, c, "\n\t ")
		d.Printf("\n\t table_id %s", openflowTable(c.U8()))
		c.At++
		d.Printf(", out_port %s", openflowPort(c.U16()))
	case 4:
		d.Printf("\n\t port_no %s", openflowPort(c.U16()))
		c.Bytes(6)
	case 5:
		d.Printf("\n\t port_no %s", openflowPort(c.U16()))
		c.At += 2
		queue := c.U32()
		d.Printf(", queue_id %s", map[bool]string{true: "ALL", false: fmt.Sprintf("%d", queue)}[queue == 1<<32-1])
	case 0xffff:
		return openflowVendorData(d, c)
	}
	return true
}

func openflowVendorData(d *Context, c *Cursor) bool {
	if c.Left() < 4 {
		d.TooShortOnly("length", c.Left(), "<", 4)
		return false
	}
	openflowVendorID(d, c)
	return openflowData(d, c)
}

func openflowStatsReply(d *Context, c *Cursor) bool {
	kind := c.U16()
	d.Printf("\n\t type %s", openflowStats.Of(kind, "invalid (0x%04x)"))
	bits := c.U16()
	d.Printf(", flags 0x%04x", bits)
	bitmap(d, Flags{{1, "MORE"}}, bits)
	switch kind {
	case 0:
		return d.Try(func() { openflowDescription(d, c) })
	case 1:
		return d.Try(func() { openflowFlowStats(d, c) })
	case 2:
		return d.Try(func() { openflowTotals(d, c) })
	case 3:
		return openflowEntries(d, c, "\n\t", 64, openflowTableStats)
	case 4:
		return openflowEntries(d, c, "\n\t ", 104, openflowPortStats)
	case 5:
		return openflowEntries(d, c, "\n\t ", 32, openflowQueueStats)
	case 0xffff:
		return openflowVendorData(d, c)
	}
	c.Rest().NeedAll()
	return true
}

// openflowEntries prints entries of one size.
func openflowEntries(d *Context, c *Cursor, before string, size int, print func(*Context, *Cursor)) bool {
	for c.Left() > 0 {
		d.Print(before)
		if c.Left() < size {
			d.TooShortOnly("remaining length", c.Left(), "<", size)
			return false
		}
		print(d, c)
	}
	return true
}

func openflowDescription(d *Context, c *Cursor) {
	const size = 4*256 + 32
	d.Print("\n\t ")
	d.RejectIf(c.Left() != size, " [%s %d %s %d]", "length", c.Left(), "!=", size)
	for i, name := range []string{"mfr_desc", "hw_desc", "sw_desc", "serial_num", "dp_desc"} {
		d.Printf("%s %s '", dissect.If(i > 0, "\n\t "), name)
		d.Padded(c, dissect.Pick(name == "serial_num", 32, 256))
		d.Print("'")
	}
}

func openflowFlowStats(d *Context, c *Cursor) {
	const least = 88
	for c.Left() > 0 {
		d.Print("\n\t")
		d.RejectIf(c.Left() < least, " [%s %d %s %d]", "remaining length", c.Left(), "<", least)
		size := c.View.U16(c.At)
		d.Printf(" length %d", size)
		if size < least || size > c.Left() {
			relation, limit := "<", least
			if size >= least {
				relation, limit = ">", c.Left()
			}
			d.TooShortOnly("entry_len", size, relation, limit)
			dissect.Reject()
		}
		c.At += 2
		d.Printf(", table_id %s", openflowTable(c.U8()))
		c.At++
		openflowMatch(d, c, "\n\t  ")
		d.Printf("\n\t  duration_sec %d", c.U32())
		d.Printf(", duration_nsec %d", c.U32())
		d.Printf(", priority %d", c.U16())
		d.Printf(", idle_timeout %d", c.U16())
		d.Printf(", hard_timeout %d", c.U16())
		c.At += 6
		d.Printf(", cookie 0x%016x", c.U64())
		d.Printf(", packet_count %d", c.U64())
		d.Printf(", byte_count %d", c.U64())
		actions := dissect.NewView(c.Rest().Data, size-least).Cursor(0)
		if !d.Try(func() { openflowActionList(d, actions, "\n\t  ") }) {
			d.InvalidRest(actions.Rest())
		}
		c.At += size - least
	}
}

func openflowTotals(d *Context, c *Cursor) {
	d.Print("\n\t")
	d.RejectIf(c.Left() != 24, " [%s %d %s %d]", "remaining length", c.Left(), "!=", 24)
	d.Printf(" packet_count %d", c.U64())
	d.Printf(", byte_count %d", c.U64())
	d.Printf(", flow_count %d", c.U32())
	c.U32()
}

func openflowTableStats(d *Context, c *Cursor) {
	d.Printf(" table_id %s, name '", openflowTable(c.U8()))
	c.At += 3
	d.Padded(c, 32)
	n := int(c.U32())
	d.Printf("'\n\t  wildcards 0x%08x", n)
	bitmap(d, openflowWildcards, n)
	d.Printf("\n\t  max_entries %d", c.U32())
	d.Printf(", active_count %d", c.U32())
	d.Printf(", lookup_count %d", c.U64())
	d.Printf(", matched_count %d", c.U64())
}

func openflowPortStats(d *Context, c *Cursor) {
	d.Printf(" port_no %s", openflowPort(c.U16()))
	if d.Verbose < 2 {
		c.Bytes(102)
		return
	}
	c.At += 6
	for _, name := range []string{"rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped", "rx_errors", "tx_errors", "rx_frame_err", "rx_over_err", "rx_crc_err", "collisions"} {
		d.Printf(", %s %d", name, c.U64())
	}
}

func openflowQueueStats(d *Context, c *Cursor) {
	d.Printf(" port_no %s", openflowPort(c.U16()))
	c.At += 2
	d.Printf(", queue_id %d", c.U32())
	for _, name := range []string{"tx_bytes", "tx_packets", "tx_errors"} {
		d.Printf(", %s %d", name, c.U64())
	}
}
