package print

import "fmt"

// OpenFlow, version 1.0 in full with -v.

var (
	openflowVersions = NamesT{1: "1.0", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.4", 6: "1.5"}
	openflowPorts    = NamesT{0xff00: "MAX", 0xfff8: "IN_PORT", 0xfff9: "TABLE", 0xfffa: "NORMAL", 0xfffb: "FLOOD", 0xfffc: "ALL", 0xfffd: "CONTROLLER", 0xfffe: "LOCAL", 0xffff: "NONE"}
	openflowFeatures = FlagsT{{0x01, "FLOW_STATS"}, {0x02, "TABLE_STATS"}, {0x04, "PORT_STATS"}, {0x08, "STP"}, {0x10, "RESERVED"}, {0x20, "IP_REASM"}, {0x40, "QUEUE_STATS"}, {0x80, "ARP_MATCH_IP"}}
	openflowActions  = []string{"OUTPUT", "SET_VLAN_VID", "SET_VLAN_PCP", "STRIP_VLAN", "SET_DL_SRC", "SET_DL_DST", "SET_NW_SRC", "SET_NW_DST", "SET_NW_TOS", "SET_TP_SRC", "SET_TP_DST", "ENQUEUE"}
	openflowPortBits = FlagsT{{0x01, "PORT_DOWN"}, {0x02, "NO_STP"}, {0x04, "NO_RECV"}, {0x08, "NO_RECV_STP"}, {0x10, "NO_FLOOD"}, {0x20, "NO_FWD"}, {0x40, "NO_PACKET_IN"}}
	openflowSpeeds   = FlagsT{{0x001, "10MB_HD"}, {0x002, "10MB_FD"}, {0x004, "100MB_HD"}, {0x008, "100MB_FD"}, {0x010, "1GB_HD"}, {0x020, "1GB_FD"}, {0x040, "10GB_FD"}, {0x080, "COPPER"},
		{0x100, "FIBER"}, {0x200, "AUTONEG"}, {0x400, "PAUSE"}, {0x800, "PAUSE_ASYM"}}
	openflowSpanning  = NamesT{0x000: "STP_LISTEN", 0x100: "STP_LEARN", 0x200: "STP_FORWARD", 0x300: "STP_BLOCK"}
	openflowWildcards = FlagsT{{1, "IN_PORT"}, {2, "DL_VLAN"}, {4, "DL_SRC"}, {8, "DL_DST"}, {0x10, "DL_TYPE"}, {0x20, "NW_PROTO"}, {0x40, "TP_SRC"}, {0x80, "TP_DST"}, {0x3f00, "NW_SRC"},
		{0xfc000, "NW_DST"}, {0x100000, "DL_VLAN_PCP"}, {0x200000, "NW_TOS"}}
	openflowCommands  = NamesT{0: "ADD", 1: "MODIFY", 2: "MODIFY_STRICT", 3: "DELETE", 4: "DELETE_STRICT"}
	openflowFlowBits  = FlagsT{{1, "SEND_FLOW_REM"}, {2, "CHECK_OVERLAP"}, {4, "EMERG"}}
	openflowFragments = NamesT{0: "FRAG_NORMAL", 1: "FRAG_DROP", 2: "FRAG_REASM"}
	openflowStats     = NamesT{0: "DESC", 1: "FLOW", 2: "AGGREGATE", 3: "TABLE", 4: "PORT", 5: "QUEUE", 0xffff: "VENDOR"}
	openflowErrors    = NamesT{0: "HELLO_FAILED", 1: "BAD_REQUEST", 2: "BAD_ACTION", 3: "FLOW_MOD_FAILED", 4: "PORT_MOD_FAILED", 5: "QUEUE_OP_FAILED"}
	openflowCodes     = [][]string{
		{"INCOMPATIBLE", "EPERM"},
		{"BAD_VERSION", "BAD_TYPE", "BAD_STAT", "BAD_VENDOR", "BAD_SUBTYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN"},
		{"BAD_TYPE", "BAD_LEN", "BAD_VENDOR", "BAD_VENDOR_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE"},
		{"ALL_TABLES_FULL", "OVERLAP", "EPERM", "BAD_EMERG_TIMEOUT", "BAD_COMMAND", "UNSUPPORTED"},
		{"BAD_PORT", "BAD_HW_ADDR"},
		{"BAD_PORT", "BAD_QUEUE", "EPERM"},
	}
	openflowVendors = NamesT{0x005c16c7: "Big Switch Networks", 0x002320: "Nicira Networks", 0x00000c: "Cisco"}
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
	print func(*dissector, *cursor) bool // false if it makes no sense
}

// openflowMessages are those of version 1.0 by their types.
func openflowMessages() []openflowMessage {
	return []openflowMessage{
		{"HELLO", 0, false, (*dissector).openflowData}, {"ERROR", 4, false, (*dissector).openflowError}, {"ECHO_REQUEST", 0, false, (*dissector).openflowData},
		{"ECHO_REPLY", 0, false, (*dissector).openflowData}, {"VENDOR", 4, false, (*dissector).openflowVendor}, {"FEATURES_REQUEST", 0, true, nil},
		{"FEATURES_REPLY", 24, false, (*dissector).openflowFeatures}, {"GET_CONFIG_REQUEST", 0, true, nil}, {"GET_CONFIG_REPLY", 4, true, (*dissector).openflowConfig},
		{"SET_CONFIG", 4, true, (*dissector).openflowConfig}, {"PACKET_IN", 10, false, (*dissector).openflowPacketIn}, {"FLOW_REMOVED", 80, true, (*dissector).openflowFlowRemoved},
		{"PORT_STATUS", 56, true, (*dissector).openflowPortStatus}, {"PACKET_OUT", 8, false, (*dissector).openflowPacketOut}, {"FLOW_MOD", 64, false, (*dissector).openflowFlowMod},
		{"PORT_MOD", 24, true, (*dissector).openflowPortMod}, {"STATS_REQUEST", 4, false, (*dissector).openflowStatsRequest}, {"STATS_REPLY", 4, false, (*dissector).openflowStatsReply},
		{"BARRIER_REQUEST", 0, true, nil}, {"BARRIER_REPLY", 0, true, nil}, {"QUEUE_GET_CONFIG_REQUEST", 4, true, (*dissector).openflowQueueRequest},
		{"QUEUE_GET_CONFIG_REPLY", 8, false, (*dissector).openflowQueueReply},
	}
}

// openflow prints the messages of a segment, each on lines of its own.
func (d *dissector) openflow(v view) {
	const header = 8
	d.proto = "openflow"
	d.print(": OpenFlow")
	messages := openflowMessages()
	for v.length > 0 {
		c := v.cursor(0)
		version := c.u8()
		d.printf("\n\tversion %s", openflowVersions.of(version, "unknown (0x%02x)"))
		var m openflowMessage
		if c.left() >= 1 {
			kind := c.u8()
			if version == 1 && kind < len(messages) {
				m = messages[kind]
				d.printf(", type %s", m.name)
			} else {
				d.printf(", type unknown (0x%02x)", kind)
			}
		}
		size := 0
		if c.at == 2 && c.left() >= 2 {
			size = c.u16()
			d.printf(", length %d%s", size, mark(size < header, " (too short!)"))
		}
		if c.at < 4 || c.left() < 4 {
			d.print(" (end of TCP payload)")
			c.rest().needAll()
			return
		}
		d.printf(", xid 0x%08x", c.u32())
		if size < header {
			d.invalidRest(c.rest())
			return
		}
		d.openflowBody(m, newView(c.rest().b, size-header))
		v = v.from(size)
	}
}

func (d *dissector) openflowBody(m openflowMessage, v view) {
	if m.name == "" || d.Verbose == 0 || m.print == nil && v.length == m.size {
		v.needAll()
		return
	}
	if v.length < m.size || m.exact && v.length != m.size {
		d.invalidRest(v)
		return
	}
	c := v.cursor(0)
	if !m.print(d, c) {
		d.invalidRest(c.rest())
	}
}

// bitmap prints the names of bits, and whether there are others.
func (d *dissector) bitmap(names FlagsT, n int) {
	if n == 0 {
		return
	}
	separator, all := " (", 0
	for _, f := range names {
		all |= f.bit
		if n&f.bit != 0 {
			d.print(separator + f.name)
			separator = ", "
		}
	}
	d.print(mark(n&^all != 0, separator+"bogus") + ")")
}

func openflowName(names []string, n int, format string) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf(format, n)
}

func openflowPort(n int) string { return openflowPorts.of(n, "%d") }

func (d *dissector) openflowData(c *cursor) bool {
	n := c.left()
	if n == 0 {
		return true
	}
	d.printf("\n\t data (%d octets)", n)
	if d.Verbose > 1 {
		d.hexAndText("\n\t  ", c.rest())
	}
	c.rest().needAll()
	return true
}

func (d *dissector) openflowError(c *cursor) bool {
	kind := c.u16()
	d.printf("\n\t type %s", openflowErrors.of(kind, "invalid (0x%04x)"))
	code, names := c.u16(), []string(nil)
	if kind < len(openflowCodes) {
		names = openflowCodes[kind]
	}
	d.printf(", code %s", openflowName(names, code, "invalid (0x%04x)"))
	return d.openflowData(c)
}

func (d *dissector) openflowVendorID(c *cursor) int {
	vendor := int(c.u32())
	d.printf(", vendor 0x%08x (%s)", vendor, openflowVendors.of(vendor, "unknown"))
	return vendor
}

const bigSwitch = 0x005c16c7

func (d *dissector) openflowVendor(c *cursor) bool {
	if d.openflowVendorID(c) != bigSwitch {
		return d.openflowData(c)
	}
	d.print("\n\t")
	if c.left() < 4 {
		d.tooShortOnly("length", c.left(), "<", 4)
		return false
	}
	kind := int(c.u32())
	d.printf(" subtype %s", openflowName(bigSwitchTypes, kind, "unknown (0x%08x)"))
	want := map[int]int{0: 8, 1: 8, 2: 8, 3: 4, 4: 4, 5: 4, 9: 0, 13: 0, 19: 0, 21: 0, 27: 0, 17: 4, 8: 4}
	if n, fixed := want[kind]; fixed && c.left() != n {
		d.tooShortOnly("length", c.left(), "!=", n)
		return false
	}
	switch kind {
	case 0, 2:
		d.printf(", index %d", c.u8())
		c.at += 3
		d.printf(", mask %s", d.ip4(c.bytes(4)))
	case 1:
		d.printf(", index %d", c.u8())
	case 3, 4, 5:
		d.printf(", report_mirror_ports %s", NamesT{0: "OFF", 1: "ON"}.of(c.u8(), "bogus (%d)"))
	case 17:
		d.printf(", vport_no %d", c.u32())
	case 8:
		d.printf(", status 0x%08x", c.u32())
	case 6, 7:
		if kind == 6 {
			if c.left() < 4 {
				d.tooShortOnly("length", c.left(), "<", 4)
				return false
			}
			d.printf(", service %d", c.u32())
		}
		d.print(", data '")
		d.counted(c, c.left())
		d.print("'")
	}
	c.rest().needAll()
	return true
}

// tooShortOnly says that a length does not fit, without the mark.
func (d *dissector) tooShortOnly(name string, n int, relation string, limit int) {
	d.printf(" [%s %d %s %d]", name, n, relation, limit)
}

func (d *dissector) openflowFeatures(c *cursor) bool {
	d.printf("\n\t dpid 0x%016x", c.u64())
	d.printf(", n_buffers %d", c.u32())
	d.printf(", n_tables %d", c.u8())
	c.at += 3
	n := int(c.u32())
	d.printf("\n\t capabilities 0x%08x", n)
	d.bitmap(openflowFeatures, n)
	n = int(c.u32())
	d.printf("\n\t actions 0x%08x", n)
	var names FlagsT
	for i, name := range openflowActions {
		names = append(names, flag{1 << i, name})
	}
	d.bitmap(names, n)
	for c.left() > 0 {
		if c.left() < 48 {
			d.tooShortOnly("\n\t  port def. length", c.left(), "<", 48)
			return false
		}
		d.openflowPhysicalPort(c)
	}
	return true
}

func (d *dissector) openflowPhysicalPort(c *cursor) {
	d.printf("\n\t  port_no %s", openflowPort(c.u16()))
	d.printf(", hw_addr %s, name '", mac(c.bytes(6)))
	d.padded(c, 16)
	d.print("'")
	if d.Verbose < 2 {
		c.bytes(24)
		return
	}
	n := int(c.u32())
	d.printf("\n\t   config 0x%08x", n)
	d.bitmap(openflowPortBits, n)
	n = int(c.u32())
	d.printf("\n\t   state 0x%08x (%s%s)%s", n, openflowSpanning[n&0x300], mark(n&1 != 0, ", LINK_DOWN"), mark(n&^0x301 != 0, " (bogus)"))
	for _, name := range []string{"curr", "advertised", "supported", "peer"} {
		n = int(c.u32())
		d.printf("\n\t   %s 0x%08x", name, n)
		d.bitmap(openflowSpeeds, n)
	}
}

func (d *dissector) openflowConfig(c *cursor) bool {
	d.printf("\n\t flags %s", openflowFragments.of(c.u16(), "invalid (0x%04x)"))
	d.printf(", miss_send_len %d", c.u16())
	return true
}

func openflowBuffer(n uint32) string {
	if n == 1<<32-1 {
		return "NONE"
	}
	return fmt.Sprintf("0x%08x", n)
}

func (d *dissector) openflowPacketIn(c *cursor) bool {
	d.printf("\n\t buffer_id %s", openflowBuffer(c.u32()))
	d.printf(", total_len %d", c.u16())
	d.printf(", in_port %s", openflowPort(c.u16()))
	d.printf(", reason %s", NamesT{0: "NO_MATCH", 1: "ACTION"}.of(c.u8(), "invalid (0x%02x)"))
	c.u8()
	d.openflowFrame(c)
	return true
}

// openflowFrame prints a frame inside a message; what it is only with -vvv.
func (d *dissector) openflowFrame(c *cursor) {
	n := c.left()
	if n == 0 {
		return
	}
	d.printf("\n\t data (%d octets)", n)
	if d.Verbose < 3 {
		c.rest().needAll()
		return
	}
	d.print(", frame decoding below\n")
	before := d.Verbose
	d.Verbose -= 3
	d.within(func() { d.next(byLinkType, linkEthernet, c.rest().limit(n)) })
	d.Verbose = before
}

func (d *dissector) openflowPacketOut(c *cursor) bool {
	d.printf("\n\t buffer_id 0x%08x", c.u32())
	d.printf(", in_port %s", openflowPort(c.u16()))
	n := c.u16()
	d.printf(", actions_len %d", n)
	if n > c.left() {
		d.tooShortOnly("actions_len", n, ">", c.left())
		return false
	}
	d.openflowActionList(newView(c.rest().b, n).cursor(0), "\n\t ")
	c.at += n
	d.openflowFrame(c)
	return true
}

func openflowVLAN(n int) string {
	if n == 0xffff {
		return "NONE"
	}
	return fmt.Sprintf("%d%s", n, mark(!(n > 0 && n < 0xfff), " (bogus)"))
}

func openflowPriority(n int) string {
	return fmt.Sprintf("%d%s", n, mark(n > 7, " (bogus)"))
}

const openflowMatchSize = 40

// openflowMatch prints the fields that a packet must have.
func (d *dissector) openflowMatch(c *cursor, before string) {
	m := newView(c.rest().b, openflowMatchSize)
	wild := int(m.u32(0))
	field := func(bit int, format string, value func() any) {
		if wild&bit == 0 {
			d.printf("%smatch "+format, before, value())
		}
	}
	if wild&^0x3fffff != 0 {
		d.printf("%swildcards 0x%08x (bogus)", before, wild)
	}
	field(0x01, "in_port %s", func() any { return openflowPort(m.u16(4)) })
	field(0x04, "dl_src %s", func() any { return mac(m.bytes(6, 6)) })
	field(0x08, "dl_dst %s", func() any { return mac(m.bytes(12, 6)) })
	field(0x02, "dl_vlan %s", func() any { return openflowVLAN(m.u16(18)) })
	field(0x100000, "dl_vlan_pcp %s", func() any { return openflowPriority(m.u8(20)) })
	kind := m.u16(22)
	field(0x10, "dl_type 0x%04x", func() any { return kind })
	field(0x200000, "nw_tos 0x%02x", func() any { return m.u8(24) })
	protocol := m.u8(25)
	name := "nw_proto"
	if wild&0x10 == 0 && kind == typeARP {
		name = "arp_opcode"
	}
	field(0x20, name+" %d", func() any { return protocol })
	for i, name := range []string{"nw_src", "nw_dst"} {
		if bits := wild >> (8 + 6*i) & 0x3f; bits < 32 {
			d.printf("%smatch %s %s/%d", before, name, d.ip4(m.bytes(28+4*i, 4)), 32-bits)
		}
	}
	names := [2]string{"tp_src", "tp_dst"}
	if wild&0x30 == 0 && kind == typeIP && protocol == protoICMP {
		names = [2]string{"icmp_type", "icmp_code"}
	}
	field(0x40, names[0]+" %d", func() any { return m.u16(36) })
	field(0x80, names[1]+" %d", func() any { return m.u16(38) })
	m.need(openflowMatchSize)
	c.at += openflowMatchSize
}

func (d *dissector) openflowFlowMod(c *cursor) bool {
	d.openflowMatch(c, "\n\t ")
	d.printf("\n\t cookie 0x%016x", c.u64())
	command := c.u16()
	d.printf(", command %s", openflowCommands.of(command, "invalid (0x%04x)"))
	for _, name := range []string{"idle_timeout", "hard_timeout", "priority"} {
		if n := c.u16(); n != 0 {
			d.printf(", %s %d", name, n)
		}
	}
	if buffer := c.u32(); command <= 2 {
		d.printf(", buffer_id %s", openflowBuffer(buffer))
	}
	if port := c.u16(); command == 3 || command == 4 {
		d.printf(", out_port %s", openflowPort(port))
	}
	bits := c.u16()
	d.printf(", flags 0x%04x", bits)
	d.bitmap(openflowFlowBits, bits)
	return d.openflowActionList(c, "\n\t ")
}

func (d *dissector) openflowFlowRemoved(c *cursor) bool {
	d.openflowMatch(c, "\n\t ")
	d.printf("\n\t cookie 0x%016x", c.u64())
	if n := c.u16(); n != 0 {
		d.printf(", priority %d", n)
	}
	d.printf(", reason %s", NamesT{0: "IDLE_TIMEOUT", 1: "HARD_TIMEOUT", 2: "DELETE"}.of(c.u8(), "unknown (0x%02x)"))
	c.at++
	d.printf(", duration_sec %d", c.u32())
	d.printf(", duration_nsec %d", c.u32())
	if n := c.u16(); n != 0 {
		d.printf(", idle_timeout %d", n)
	}
	c.at += 2
	d.printf(", packet_count %d", c.u64())
	d.printf(", byte_count %d", c.u64())
	return true
}

func (d *dissector) openflowPortStatus(c *cursor) bool {
	d.printf("\n\t reason %s", NamesT{0: "ADD", 1: "DELETE", 2: "MODIFY"}.of(c.u8(), "invalid (0x%02x)"))
	c.at += 7
	d.openflowPhysicalPort(c)
	return true
}

func (d *dissector) openflowPortMod(c *cursor) bool {
	d.printf("\n\t port_no %s", openflowPort(c.u16()))
	d.printf(", hw_addr %s", mac(c.bytes(6)))
	for i, name := range []string{"config", "mask", "advertise"} {
		n := int(c.u32())
		d.printf("\n\t  %s 0x%08x", name, n)
		d.bitmap([]FlagsT{openflowPortBits, openflowPortBits, openflowSpeeds}[i], n)
	}
	c.u32()
	return true
}

func (d *dissector) openflowQueueRequest(c *cursor) bool {
	d.printf("\n\t port %s", openflowPort(c.u16()))
	c.u16()
	return true
}

func (d *dissector) openflowQueueReply(c *cursor) bool {
	d.printf("\n\t port %s", openflowPort(c.u16()))
	c.bytes(6)
	for c.left() > 0 {
		d.print("\n\t ")
		if c.left() < 8 {
			d.tooShortOnly("remaining length", c.left(), "<", 8)
			return false
		}
		d.printf(" queue_id %d", c.u32())
		size := c.u16()
		d.printf(", len %d", size)
		if size < 8 || size > c.left()+6 {
			return false
		}
		c.bytes(2)
		properties := newView(c.rest().b, size-8).cursor(0)
		if d.Verbose > 1 && !d.openflowQueueProperties(properties) {
			d.invalidRest(properties.rest())
		}
		c.bytes(size - 8)
	}
	return true
}

func (d *dissector) openflowQueueProperties(c *cursor) bool {
	for c.left() > 0 {
		d.print("\n\t  ")
		if c.left() < 8 {
			d.tooShortOnly("remaining length", c.left(), "<", 8)
			return false
		}
		kind := c.u16()
		d.printf(" property %s", NamesT{0: "NONE", 1: "MIN_RATE"}.of(kind, "invalid (0x%04x)"))
		size := c.u16()
		d.printf(", len %d", size)
		if size < 8 || size > c.left()+4 {
			return false
		}
		c.bytes(4)
		if kind != 1 || size != 16 {
			d.onlyIf(kind == 0 && size != 8 || kind == 1, " (bogus)")
			c.bytes(size - 8)
			continue
		}
		if rate := c.u16(); rate > 1000 {
			d.print(", rate disabled")
		} else {
			d.printf(", rate %d.%d%%", rate/10, rate%10)
		}
		c.bytes(6)
	}
	return true
}

// openflowActionList prints what is done to packets.
func (d *dissector) openflowActionList(c *cursor, before string) bool {
	for c.left() > 0 {
		d.printf("%saction", before)
		if c.left() < 8 {
			d.tooShortOnly("remaining length", c.left(), "<", 8)
			return false
		}
		kind := c.u16()
		if kind == 0xffff {
			d.print(" type VENDOR")
		} else {
			d.printf(" type %s", openflowName(openflowActions, kind, "invalid (0x%04x)"))
		}
		size := c.u16()
		d.printf(", len %d", size)
		if size < 8 || size > c.left()+4 {
			relation, limit := "<", 8
			if size >= 8 {
				relation, limit = ">", c.left()+4
			}
			d.tooShortOnly("alen", size, relation, limit)
			return false
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
			d.openflowAction(kind, newView(c.rest().b, size-4).cursor(0))
		} else {
			d.onlyIf(known, " (bogus)")
		}
		c.bytes(size - 4)
	}
	return true
}

func (d *dissector) openflowAction(kind int, c *cursor) {
	switch kind {
	case 0:
		port := c.u16()
		d.printf(", port %s", openflowPort(port))
		if size := c.u16(); port == 0xfffd {
			d.printf(", max_len %d", size)
		}
	case 1:
		d.printf(", vlan_vid %s", openflowVLAN(c.u16()))
	case 2:
		d.printf(", vlan_pcp %s", openflowPriority(c.u8()))
	case 4, 5:
		d.printf(", dl_addr %s", mac(c.bytes(6)))
	case 6, 7:
		d.printf(", nw_addr %s", d.ip4(c.bytes(4)))
	case 8:
		d.printf(", nw_tos 0x%02x", c.u8())
	case 9, 10:
		d.printf(", tp_port %d", c.u16())
	case 11:
		d.printf(", port %s", openflowPort(c.u16()))
		c.at += 6
		queue := c.u32()
		d.printf(", queue_id %s", map[bool]string{true: "ALL", false: fmt.Sprintf("%d", queue)}[queue == 1<<32-1])
	case 0xffff:
		if d.openflowVendorID(c) == bigSwitch {
			d.bigSwitchAction(c)
		} else {
			d.openflowData(c)
		}
	}
}

func (d *dissector) bigSwitchAction(c *cursor) {
	d.print("\n\t ")
	if c.left() < 4 {
		d.tooShort("length", c.left(), "<", 4)
		return
	}
	kind := int(c.u32())
	d.printf(" subtype %s", openflowName(bigSwitchActions, kind, "unknown (0x%08x)"))
	if kind != 1 {
		return
	}
	if c.left() != 12 {
		d.tooShort("length", c.left(), "!=", 12)
		return
	}
	d.printf(", dest_port %d", c.u32())
	switch tag := int(c.u32()); {
	case tag>>16 == 0:
		d.print(", vlan_tag none")
	case tag>>16 == 0x8100:
		d.printf(", vlan_tag 802.1Q (%s)", vlanTag(tag&0xffff))
	default:
		d.printf(", vlan_tag unknown (0x%04x)", tag>>16)
	}
	d.printf(", copy_stage %s", NamesT{0: "INGRESS", 1: "EGRESS"}.of(c.u8(), "unknown (%d)"))
}

func openflowTable(n int) string {
	return NamesT{0xfe: "EMERG", 0xff: "ALL"}.of(n, "%d")
}

func (d *dissector) openflowStatsRequest(c *cursor) bool {
	kind := c.u16()
	d.printf("\n\t type %s", openflowStats.of(kind, "invalid (0x%04x)"))
	bits := c.u16()
	d.printf(", flags 0x%04x%s", bits, mark(bits != 0, " (bogus)"))
	if want, fixed := map[int]int{0: 0, 3: 0, 1: 44, 2: 44, 4: 8, 5: 8}[kind]; fixed && c.left() != want {
		d.tooShortOnly("length", c.left(), "!=", want)
		return false
	}
	switch kind {
	case 1, 2:
		d.openflowMatch(c, "\n\t ")
		d.printf("\n\t table_id %s", openflowTable(c.u8()))
		c.at++
		d.printf(", out_port %s", openflowPort(c.u16()))
	case 4:
		d.printf("\n\t port_no %s", openflowPort(c.u16()))
		c.bytes(6)
	case 5:
		d.printf("\n\t port_no %s", openflowPort(c.u16()))
		c.at += 2
		queue := c.u32()
		d.printf(", queue_id %s", map[bool]string{true: "ALL", false: fmt.Sprintf("%d", queue)}[queue == 1<<32-1])
	case 0xffff:
		return d.openflowVendorData(c)
	}
	return true
}

func (d *dissector) openflowVendorData(c *cursor) bool {
	if c.left() < 4 {
		d.tooShortOnly("length", c.left(), "<", 4)
		return false
	}
	d.openflowVendorID(c)
	return d.openflowData(c)
}

func (d *dissector) openflowStatsReply(c *cursor) bool {
	kind := c.u16()
	d.printf("\n\t type %s", openflowStats.of(kind, "invalid (0x%04x)"))
	bits := c.u16()
	d.printf(", flags 0x%04x", bits)
	d.bitmap(FlagsT{{1, "MORE"}}, bits)
	switch kind {
	case 0:
		return d.openflowDescription(c)
	case 1:
		return d.openflowFlowStats(c)
	case 2:
		return d.openflowTotals(c)
	case 3:
		return d.openflowEntries(c, "\n\t", 64, d.openflowTableStats)
	case 4:
		return d.openflowEntries(c, "\n\t ", 104, d.openflowPortStats)
	case 5:
		return d.openflowEntries(c, "\n\t ", 32, d.openflowQueueStats)
	case 0xffff:
		return d.openflowVendorData(c)
	}
	c.rest().needAll()
	return true
}

// openflowEntries prints entries of one size.
func (d *dissector) openflowEntries(c *cursor, before string, size int, print func(*cursor)) bool {
	for c.left() > 0 {
		d.print(before)
		if c.left() < size {
			d.tooShortOnly("remaining length", c.left(), "<", size)
			return false
		}
		print(c)
	}
	return true
}

func (d *dissector) openflowDescription(c *cursor) bool {
	const size = 4*256 + 32
	d.print("\n\t ")
	if c.left() != size {
		d.tooShortOnly("length", c.left(), "!=", size)
		return false
	}
	for i, name := range []string{"mfr_desc", "hw_desc", "sw_desc", "serial_num", "dp_desc"} {
		d.printf("%s %s '", mark(i > 0, "\n\t "), name)
		d.padded(c, map[bool]int{true: 32, false: 256}[name == "serial_num"])
		d.print("'")
	}
	return true
}

func (d *dissector) openflowFlowStats(c *cursor) bool {
	const least = 88
	for c.left() > 0 {
		d.print("\n\t")
		if c.left() < least {
			d.tooShortOnly("remaining length", c.left(), "<", least)
			return false
		}
		size := c.view.u16(c.at)
		d.printf(" length %d", size)
		if size < least || size > c.left() {
			relation, limit := "<", least
			if size >= least {
				relation, limit = ">", c.left()
			}
			d.tooShortOnly("entry_len", size, relation, limit)
			return false
		}
		c.at += 2
		d.printf(", table_id %s", openflowTable(c.u8()))
		c.at++
		d.openflowMatch(c, "\n\t  ")
		d.printf("\n\t  duration_sec %d", c.u32())
		d.printf(", duration_nsec %d", c.u32())
		d.printf(", priority %d", c.u16())
		d.printf(", idle_timeout %d", c.u16())
		d.printf(", hard_timeout %d", c.u16())
		c.at += 6
		d.printf(", cookie 0x%016x", c.u64())
		d.printf(", packet_count %d", c.u64())
		d.printf(", byte_count %d", c.u64())
		actions := newView(c.rest().b, size-least).cursor(0)
		if !d.openflowActionList(actions, "\n\t  ") {
			d.invalidRest(actions.rest())
		}
		c.at += size - least
	}
	return true
}

func (d *dissector) openflowTotals(c *cursor) bool {
	d.print("\n\t")
	if c.left() != 24 {
		d.tooShortOnly("remaining length", c.left(), "!=", 24)
		return false
	}
	d.printf(" packet_count %d", c.u64())
	d.printf(", byte_count %d", c.u64())
	d.printf(", flow_count %d", c.u32())
	c.u32()
	return true
}

func (d *dissector) openflowTableStats(c *cursor) {
	d.printf(" table_id %s, name '", openflowTable(c.u8()))
	c.at += 3
	d.padded(c, 32)
	n := int(c.u32())
	d.printf("'\n\t  wildcards 0x%08x", n)
	d.bitmap(openflowWildcards, n)
	d.printf("\n\t  max_entries %d", c.u32())
	d.printf(", active_count %d", c.u32())
	d.printf(", lookup_count %d", c.u64())
	d.printf(", matched_count %d", c.u64())
}

func (d *dissector) openflowPortStats(c *cursor) {
	d.printf(" port_no %s", openflowPort(c.u16()))
	if d.Verbose < 2 {
		c.bytes(102)
		return
	}
	c.at += 6
	for _, name := range []string{"rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped", "rx_errors", "tx_errors", "rx_frame_err", "rx_over_err", "rx_crc_err", "collisions"} {
		d.printf(", %s %d", name, c.u64())
	}
}

func (d *dissector) openflowQueueStats(c *cursor) {
	d.printf(" port_no %s", openflowPort(c.u16()))
	c.at += 2
	d.printf(", queue_id %d", c.u32())
	for _, name := range []string{"tx_bytes", "tx_packets", "tx_errors"} {
		d.printf(", %s %d", name, c.u64())
	}
}
