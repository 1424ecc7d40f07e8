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

// openflow13Types are the messages of version 1.3 by their types; of some nothing but the head is printed.
var openflow13Types = Values{
	0: {"HELLO", 0, openflow13Hello.Print}, 1: {"ERROR", 4, openflowError(openflow13Errors, openflow13Codes, true)}, 2: {"ECHO_REQUEST", 0, openflowData}, 3: {"ECHO_REPLY", 0, openflowData},
	4: {"EXPERIMENTER", 8, dissect.Form("\n\t experimenter 0x%4x (%=n)|, exp_type 0x%4x|%p", openflow13Experimenters, openflowData)},
	5: {"FEATURES_REQUEST", dissect.Nothing, nil},
	6: {"FEATURES_REPLY", -24, dissect.Form("\n\t dpid 0x%8x|, n_buffers %4d|, n_tables %1d|, auxiliary_id %1d|%2_|\n\t capabilities 0x%4x%=n|%4_", bitmap(openflow13Capabilities))},
	7: {"GET_CONFIG_REQUEST", dissect.Nothing, nil}, 8: {"GET_CONFIG_REPLY", -4, openflowConfig}, 9: {"SET_CONFIG", -4, openflowConfig}, 10: {"PACKET_IN", 24, nil}, 11: {"FLOW_REMOVED", 48, nil},
	12: {"PORT_STATUS", -72, openflow13PortStatus}, 13: {"PACKET_OUT", 16, nil}, 14: {"FLOW_MOD", 48, nil}, 15: {"GROUP_MOD", 8, nil},
	16: {"PORT_MOD", -32, dissect.Form("\n\t port_no %4n|%4_|, hw_addr %6m|%2_|\n\t  config 0x%4x%=n|\n\t  mask 0x%4x%=n|\n\t  advertise 0x%4x%=n|%4_", openflow13Port, bitmap(openflow13PortBits), bitmap(openflow13PortBits), bitmap(openflow13Speeds))},
	17: {"TABLE_MOD", -8, dissect.Form("\n\t table_id %1n|%3_|, config 0x%4x%=n", Names{0xff: "ALL"}.Or("%d"), [2]string{"", " (bogus)"})},
	18: {"MULTIPART_REQUEST", 8, nil}, 19: {"MULTIPART_REPLY", 8, nil}, 20: {"BARRIER_REQUEST", dissect.Nothing, nil}, 21: {"BARRIER_REPLY", dissect.Nothing, nil},
	22: {"QUEUE_GET_CONFIG_REQUEST", -8, dissect.Form("\n\t port %4n|%4_", openflow13Port)}, 23: {"QUEUE_GET_CONFIG_REPLY", 8, nil}, 24: {"ROLE_REQUEST", -16, openflow13Role}, 25: {"ROLE_REPLY", -16, openflow13Role},
	26: {"GET_ASYNC_REQUEST", dissect.Nothing, nil}, 27: {"GET_ASYNC_REPLY", -24, openflow13Async}, 28: {"SET_ASYNC", -24, openflow13Async}, 29: {"METER_MOD", 8, nil},
}

// openflow13Hello is what a hello says: the versions that are spoken.
var openflow13Hello = List{Head: 4, Whole: true, Align: 8, Other: "unknown (0x%04x)", Title: func(d *Context, _ int, name string, size int) { d.Printf("\n\t type %s, length %d", name, size) }, Ends: dissect.Rejects(""), Values: Values{
	1: {"VERSIONBITMAP", 0, dissect.Every(4, "", dissect.Form(", bitmap 0x%4x%=n", bitmap(Flags{{1, "1.0"}, {2, "1.1"}, {4, "1.2"}, {8, "1.3"}, {16, "1.4"}, {32, "1.5"}})))},
}}

func openflow13Port(number int) string {
	const first, most = 0xfffffff8, 0xffffff00
	switch n := uint32(number); {
	case n >= first:
		return openflow13Ports[n-first]
	case n == most:
		return "MAX"
	default:
		return fmt.Sprint(n)
	}
}

func openflow13PortStatus(d *Context, c *Cursor) {
	speeds := bitmap(openflow13Speeds)
	d.Form(c, "\n\t reason %1n|%7_|\n\t  port_no %4n|%4_|, hw_addr %6m|%2_|, name '%16z|'|%2+{\n\t   config 0x%4x%=n|\n\t   state 0x%4x%=n|\n\t   curr 0x%4x%=n|\n\t   advertised 0x%4x%=n|\n\t   supported 0x%4x%=n|\n\t   peer 0x%4x%=n|\n\t   curr_speed %4dkbps|, max_speed %4dkbps}{%32_}",
		openflowChanges.Or("invalid (0x%02x)"), openflow13Port, bitmap(openflow13PortBits), bitmap(openflow13States), speeds, speeds, speeds, speeds)
}

var openflow13Role = dissect.Form("\n\t role %4n|%4_|, generation_id 0x%8x", Names{0: "NOCHANGE", 1: "EQUAL", 2: "MASTER", 3: "SLAVE"}.Or("invalid (0x%08x)"))

func openflow13Async(d *Context, c *Cursor) {
	changes := bitmap(openflow13Changes)
	reasons := bitmap(Flags{{1, "NO_MATCH"}, {2, "ACTION"}, {4, "INVALID_TTL"}})
	d.Form(c, "\n\t packet_in_mask[EM] 0x%4x%=n|\n\t packet_in_mask[S] 0x%4x%=n|\n\t port_status_mask[EM] 0x%4x%=n|\n\t port_status_mask[S] 0x%4x%=n|\n\t flow_removed_mask[EM] 0x%4x%=n|\n\t flow_removed_mask[S] 0x%4x%=n",
		reasons, reasons, changes, changes, changes, changes)
}

var openflow13Changes = Flags{{1, "ADD"}, {2, "DELETE"}, {4, "MODIFY"}}
