package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// OpenFlow 1.3, as far as tcpdump prints it.

var (
	openflow13Ports        = []string{"IN_PORT", "TABLE", "NORMAL", "FLOOD", "ALL", "CONTROLLER", "LOCAL", "ANY"} // from 0xfffffff8 on
	openflow13Capabilities = Flags{{0x001, "FLOW_STATS"}, {0x002, "TABLE_STATS"}, {0x004, "PORT_STATS"}, {0x008, "GROUP_STATS"}, {0x020, "IP_REASM"}, {0x040, "QUEUE_STATS"}, {0x100, "PORT_BLOCKED"}}
	openflow13PortBits     = Flags{{0x01, "PORT_DOWN"}, {0x04, "NO_RECV"}, {0x20, "NO_FWD"}, {0x40, "NO_PACKET_IN"}}
	openflow13States       = Flags{{1, "LINK_DOWN"}, {2, "BLOCKED"}, {4, "LIVE"}}
	openflow13Speeds       = Flags{{0x0001, "10MB_HD"}, {0x0002, "10MB_FD"}, {0x0004, "100MB_HD"}, {0x0008, "100MB_FD"}, {0x0010, "1GB_HD"}, {0x0020, "1GB_FD"}, {0x0040, "10GB_FD"}, {0x0080, "40GB_FD"},
		{0x0100, "100GB_FD"}, {0x0200, "1TB_FD"}, {0x0400, "OTHER"}, {0x0800, "COPPER"}, {0x1000, "FIBER"}, {0x2000, "AUTONEG"}, {0x4000, "PAUSE"}, {0x8000, "PAUSE_ASYM"}}
	openflow13Experimenters = Names{0x5c16c7: "Big Switch Networks", 0x4a4c: "NTT", 0x2320: "Nicira Networks", 0xd0f0db: "Ericsson", 0x106fa: "Open Networking Foundation"}
	openflow13Errors        = []string{"HELLO_FAILED", "BAD_REQUEST", "BAD_ACTION", "BAD_INSTRUCTION", "BAD_MATCH", "FLOW_MOD_FAILED", "GROUP_MOD_FAILED", "PORT_MOD_FAILED", "TABLE_MOD_FAILED", "QUEUE_OP_FAILED",
		"SWITCH_CONFIG_FAILED", "ROLE_REQUEST_FAILED", "METER_MOD_FAILED", "TABLE_FEATURES_FAILED"}
	openflow13Codes = [][]string{
		{"INCOMPATIBLE", "EPERM"},
		{"BAD_VERSION", "BAD_TYPE", "BAD_MULTIPART", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN", "BAD_TABLE_ID", "IS_SLAVE", "BAD_PORT", "BAD_PACKET", "MULTIPART_BUFFER_OVERFLOW"},
		{"BAD_TYPE", "BAD_LEN", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE", "BAD_OUT_GROUP", "MATCH_INCONSISTENT", "UNSUPPORTED_ORDER", "BAD_TAG",
			"BAD_SET_TYPE", "BAD_SET_LEN", "BAD_SET_ARGUMENT"},
		{"UNKNOWN_INST", "UNSUP_INST", "BAD_TABLE_ID", "UNSUP_METADATA", "UNSUP_METADATA_MASK", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_LEN", "EPERM"},
		{"BAD_TYPE", "BAD_LEN", "BAD_TAG", "BAD_DL_ADDR_MASK", "BAD_NW_ADDR_MASK", "BAD_WILDCARDS", "BAD_FIELD", "BAD_VALUE", "BAD_MASK", "BAD_PREREQ", "DUP_FIELD", "EPERM"},
		{"UNKNOWN", "TABLE_FULL", "BAD_TABLE_ID", "OVERLAP", "EPERM", "BAD_TIMEOUT", "BAD_COMMAND", "BAD_FLAGS"},
		{"GROUP_EXISTS", "INVALID_GROUP", "WEIGHT_UNSUPPORTED", "OUT_OF_GROUPS", "OUT_OF_BUCKETS", "CHAINING_UNSUPPORTED", "WATCH_UNSUPPORTED", "LOOP", "UNKNOWN_GROUP", "CHAINED_GROUP", "BAD_TYPE", "BAD_COMMAND",
			"BAD_BUCKET", "BAD_WATCH", "EPERM"},
		{"BAD_PORT", "BAD_HW_ADDR", "BAD_CONFIG", "BAD_ADVERTISE", "EPERM"},
		{"BAD_TABLE", "BAD_CONFIG", "EPERM"},
		{"BAD_PORT", "BAD_QUEUE", "EPERM"},
		{"BAD_FLAGS", "BAD_LEN", "EPERM"},
		{"STALE", "UNSUP", "BAD_ROLE"},
		{"UNKNOWN", "METER_EXISTS", "INVALID_METER", "UNKNOWN_METER", "BAD_COMMAND", "BAD_FLAGS", "BAD_RATE", "BAD_BURST", "BAD_BAND", "BAD_BAND_TYPE", "OUT_OF_METERS", "OUT_OF_BANDS"},
		{"BAD_TABLE", "BAD_METADATA", "BAD_TYPE", "BAD_LEN", "BAD_ARGUMENT", "EPERM"},
	}
)

// openflow13Messages are those of version 1.3 by their types; of some nothing but the head is printed.
func openflow13Messages() []openflowMessage {
	return []openflowMessage{
		{"HELLO", 0, false, openflow13Hello}, {"ERROR", 4, false, openflow13Error}, {"ECHO_REQUEST", 0, false, openflowData}, {"ECHO_REPLY", 0, false, openflowData},
		{"EXPERIMENTER", 8, false, openflow13Experimenter}, {"FEATURES_REQUEST", 0, true, nil}, {"FEATURES_REPLY", 24, true, openflow13Features}, {"GET_CONFIG_REQUEST", 0, true, nil},
		{"GET_CONFIG_REPLY", 4, true, openflowConfig}, {"SET_CONFIG", 4, true, openflowConfig}, {"PACKET_IN", 24, false, nil}, {"FLOW_REMOVED", 48, false, nil}, {"PORT_STATUS", 72, true, openflow13PortStatus},
		{"PACKET_OUT", 16, false, nil}, {"FLOW_MOD", 48, false, nil}, {"GROUP_MOD", 8, false, nil}, {"PORT_MOD", 32, true, openflow13PortMod}, {"TABLE_MOD", 8, true, openflow13TableMod},
		{"MULTIPART_REQUEST", 8, false, nil}, {"MULTIPART_REPLY", 8, false, nil}, {"BARRIER_REQUEST", 0, true, nil}, {"BARRIER_REPLY", 0, true, nil}, {"QUEUE_GET_CONFIG_REQUEST", 8, true, openflow13Queue},
		{"QUEUE_GET_CONFIG_REPLY", 8, false, nil}, {"ROLE_REQUEST", 16, true, openflow13Role}, {"ROLE_REPLY", 16, true, openflow13Role}, {"GET_ASYNC_REQUEST", 0, true, nil},
		{"GET_ASYNC_REPLY", 24, true, openflow13Async}, {"SET_ASYNC", 24, true, openflow13Async}, {"METER_MOD", 8, false, nil},
	}
}

func openflow13Hello(d *Context, c *Cursor) bool {
	const header, bitmaps = 4, 1
	for c.Left() > 0 {
		if c.Left() < header {
			return false
		}
		kind, size := c.U16(), c.U16()
		d.Printf("\n\t type %s", Names{bitmaps: "VERSIONBITMAP"}.Of(kind, "unknown (0x%04x)"))
		d.Printf(", length %d", size)
		if size < header || size > c.Left()+header {
			return false
		}
		value := c.Take(size - header).Cursor(0)
		for kind == bitmaps && value.Left() >= 4 {
			n := int(value.U32())
			d.Printf(", bitmap 0x%08x", n)
			bitmap(d, Flags{{1, "1.0"}, {2, "1.1"}, {4, "1.2"}, {8, "1.3"}, {16, "1.4"}, {32, "1.5"}}, n)
		}
		c.At += min(-size&7, c.Left()) // aligned
	}
	return true
}

func openflow13Error(d *Context, c *Cursor) bool {
	kind := c.U16()
	d.Printf("\n\t type %s", dissect.Pick(kind == 0xffff, "EXPERIMENTER", openflowName(openflow13Errors, kind, "invalid (0x%04x)")))
	var names []string
	if kind < len(openflow13Codes) {
		names = openflow13Codes[kind]
	}
	if code := c.U16(); kind == 0xffff {
		d.Printf(", exp_type 0x%04x", code)
	} else {
		d.Printf(", code %s", openflowName(names, code, "invalid (0x%04x)"))
	}
	return openflowData(d, c)
}

func openflow13Experimenter(d *Context, c *Cursor) bool {
	vendor := int(c.U32())
	d.Printf("\n\t experimenter 0x%08x (%s)", vendor, openflow13Experimenters.Of(vendor, "unknown"))
	d.Printf(", exp_type 0x%08x", c.U32())
	return openflowData(d, c)
}

func openflow13Features(d *Context, c *Cursor) bool {
	d.Printf("\n\t dpid 0x%016x", c.U64())
	d.Printf(", n_buffers %d", c.U32())
	d.Printf(", n_tables %d", c.U8())
	d.Printf(", auxiliary_id %d", c.U8())
	c.Bytes(2)
	n := int(c.U32())
	d.Printf("\n\t capabilities 0x%08x", n)
	bitmap(d, openflow13Capabilities, n)
	c.U32()
	return true
}

func openflow13Port(n uint32) string {
	const first, most = 0xfffffff8, 0xffffff00
	switch {
	case n >= first:
		return openflow13Ports[n-first]
	case n == most:
		return "MAX"
	}
	return fmt.Sprint(n)
}

func openflow13PortStatus(d *Context, c *Cursor) bool {
	d.Printf("\n\t reason %s", Names{0: "ADD", 1: "DELETE", 2: "MODIFY"}.Of(c.U8(), "invalid (0x%02x)"))
	c.Bytes(7)
	d.Printf("\n\t  port_no %s", openflow13Port(c.U32()))
	c.Bytes(4)
	d.Printf(", hw_addr %s", dissect.MAC(c.Bytes(6)))
	c.Bytes(2)
	d.Print(", name '")
	d.Padded(c, 16)
	d.Print("'")
	if d.Verbose < 2 {
		c.Bytes(32)
		return true
	}
	for i, name := range []string{"config", "state", "curr", "advertised", "supported", "peer"} {
		n := int(c.U32())
		d.Printf("\n\t   %s 0x%08x", name, n)
		bitmap(d, [3]Flags{openflow13PortBits, openflow13States, openflow13Speeds}[min(i, 2)], n)
	}
	d.Printf("\n\t   curr_speed %dkbps", c.U32())
	d.Printf(", max_speed %dkbps", c.U32())
	return true
}

func openflow13PortMod(d *Context, c *Cursor) bool {
	d.Printf("\n\t port_no %s", openflow13Port(c.U32()))
	c.Bytes(4)
	d.Printf(", hw_addr %s", dissect.MAC(c.Bytes(6)))
	c.Bytes(2)
	for i, name := range []string{"config", "mask", "advertise"} {
		n := int(c.U32())
		d.Printf("\n\t  %s 0x%08x", name, n)
		bitmap(d, dissect.Pick(i < 2, openflow13PortBits, openflow13Speeds), n)
	}
	c.Bytes(4)
	return true
}

func openflow13TableMod(d *Context, c *Cursor) bool {
	d.Printf("\n\t table_id %s", Names{0xff: "ALL"}.Of(c.U8(), "%d"))
	c.Bytes(3)
	n := int(c.U32())
	d.Printf(", config 0x%08x", n)
	d.If(n != 0, " (bogus)")
	return true
}

func openflow13Queue(d *Context, c *Cursor) bool {
	d.Printf("\n\t port %s", openflow13Port(c.U32()))
	c.Bytes(4)
	return true
}

func openflow13Role(d *Context, c *Cursor) bool {
	d.Printf("\n\t role %s", Names{0: "NOCHANGE", 1: "EQUAL", 2: "MASTER", 3: "SLAVE"}.Of(int(c.U32()), "invalid (0x%08x)"))
	c.Bytes(4)
	d.Printf(", generation_id 0x%016x", c.U64())
	return true
}

func openflow13Async(d *Context, c *Cursor) bool {
	for _, mask := range []struct {
		name string
		bits Flags
	}{{"packet_in", Flags{{1, "NO_MATCH"}, {2, "ACTION"}, {4, "INVALID_TTL"}}}, {"port_status", Flags{{1, "ADD"}, {2, "DELETE"}, {4, "MODIFY"}}},
		{"flow_removed", Flags{{1, "ADD"}, {2, "DELETE"}, {4, "MODIFY"}}}} {
		for _, role := range []string{"EM", "S"} {
			n := int(c.U32())
			d.Printf("\n\t %s_mask[%s] 0x%08x", mask.name, role, n)
			bitmap(d, mask.bits, n)
		}
	}
	return true
}
