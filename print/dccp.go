package print

import "fmt"

// The Datagram Congestion Control Protocol (RFC 4340).

const protoDCCP = 33

var dccpTypes = map[int]struct {
	name  string
	extra int // bytes behind the header
}{
	0: {"DCCP-Request", 4}, 1: {"DCCP-Response", 12}, 2: {"DCCP-Data", 0}, 3: {"DCCP-Ack", 8}, 4: {"DCCP-DataAck", 8}, 5: {"DCCP-CloseReq", 8}, 6: {"DCCP-Close", 8},
	7: {"DCCP-Reset", 12}, 8: {"DCCP-Sync", 8}, 9: {"DCCP-SyncAck", 8},
}

var (
	dccpResets = NamesT{0: "unspecified", 1: "closed", 2: "aborted", 3: "no_connection", 4: "packet_error", 5: "option_error", 6: "mandatory_error", 7: "connection_refused",
		8: "bad_service_code", 9: "too_busy", 10: "bad_init_cookie", 11: "aggression_penalty"}
	dccpOptions = NamesT{0: "nop", 1: "mandatory", 2: "slowreceiver", 32: "change_l", 33: "confirm_l", 34: "change_r", 35: "confirm_r", 36: "initcookie", 37: "ndp_count",
		38: "ack_vector0", 39: "ack_vector1", 40: "data_dropped", 41: "timestamp", 42: "timestamp_echo", 43: "elapsed_time", 44: "data_checksum"}
	dccpFeatures = NamesT{0: "reserved", 1: "ccid", 2: "allow_short_seqno", 3: "sequence_window", 4: "ecn_incapable", 5: "ack_ratio", 6: "send_ack_vector", 7: "send_ndp_count",
		8: "minimum", 9: "check_data_checksum"}
)

// dccp prints a packet of DCCP.
func (d *dissector) dccp(v view) {
	h := d.ip
	d.proto = "dccp"
	if len(v.b) < 12 && v.length >= 12 || len(v.b) < 4 {
		d.cut()
	}
	d.ports(h, d.port(v.u16(0), "dccp"), d.port(v.u16(2), "dccp"))
	d.print("DCCP")
	if v.length < 12 {
		d.printf(" [length %d < 12] (invalid)", v.length)
		return
	}
	if len(v.b) < 12 {
		d.mark()
		return
	}
	size := v.u8(4) * 4
	if d.Quiet {
		d.printf(" %d", v.length-size)
		if size > v.length {
			d.printf(" [bad hdr length %d, > %d]", size, v.length)
			d.invalid()
		}
		return
	}
	base := 12
	extended := v.u8(8)&1 != 0
	if extended {
		base = 16
	}
	if v.length < base {
		d.printf(" [length %d < %d] (invalid)", v.length, base)
		return
	}
	d.print(" ")
	if len(v.b) < base {
		if d.Verbose > 0 {
			d.dccpVerbose(v, h)
		}
		d.cut()
	}
	if d.Verbose > 0 {
		d.dccpVerbose(v, h)
	}
	kind := v.u8(8) >> 1 & 15
	t, known := dccpTypes[kind]
	if !known {
		d.printf("%s ", fmt.Sprintf("unknown packet type: %d", kind))
		return
	}
	if v.length < base+t.extra {
		d.printf("truncated-%s - %d bytes missing!", t.name, base+t.extra-v.length)
		return
	}
	if len(v.b) < base+t.extra {
		d.cut()
	}
	switch kind {
	case 0:
		d.printf("%s (service=%d) ", t.name, v.u32(base))
	case 1:
		d.printf("%s (service=%d) ", t.name, v.u32(base+8))
	case 7:
		d.printf("%s (code=%s) ", t.name, dccpResets.of(v.u8(base+8), "reserved"))
	default:
		d.printf("%s ", t.name)
	}
	if kind != 0 && kind != 2 {
		d.printf("(ack=%d) ", dccpNumber(v, base, extended))
	}
	if d.Verbose < 2 {
		return
	}
	d.printf("seq %d", dccpNumber(v, 8, extended))
	if at := base + t.extra; size > at {
		d.print(" <")
		if !d.dccpOptions(newView(v.b[:min(size, len(v.b))], size).cursor(at)) {
			return
		}
		d.print(">")
	}
}

// dccpNumber reads a sequence number: of 24 bits, or of 48 around a reserved byte or two.
func dccpNumber(v view, at int, extended bool) uint64 {
	if !extended {
		return uint64(v.u24(at + 1))
	}
	return uint64(v.u16(at+2))<<32 | uint64(v.u32(at+4))
}

func (d *dissector) dccpVerbose(v view, h *ipHeader) {
	cover := v.u8(5) & 15
	d.printf("(CCVal %d, CsCov %d", v.u8(5)>>4, cover)
	if len(v.b) >= v.length {
		found, n := v.u16(6), v.length
		if cover > 0 {
			n = min(n, v.u8(4)*4+4*(cover-1))
		}
		d.printf(", cksum 0x%04x ", found)
		if sum := checksum(h.pseudoHeader(protoDCCP, v.length), v.b[:n]); sum != 0 {
			d.printf("(incorrect -> 0x%04x)", expected(found, sum))
		} else {
			d.print("(correct)")
		}
	}
	d.print(") ")
}

// dccpOptions prints options; false if they end the line.
func (d *dissector) dccpOptions(c *cursor) bool {
	for first := true; c.left() > 0; first = false {
		d.onlyIf(!first, ", ")
		kind := c.u8()
		size := 1
		if kind >= 32 {
			size = c.u8()
			if size < 2 {
				d.printf("%s optlen too short", dccpOptions.of(kind, "CCID option %d"))
				d.invalid()
				return false
			}
			if size-2 > c.left() {
				d.printf("%s optlen too long", dccpOptions.of(kind, "CCID option %d"))
				d.invalid()
				return false
			}
		}
		name := dccpOptions.of(kind, "unknown")
		if kind >= 128 {
			d.printf("CCID option %d", kind)
		} else {
			d.print(name)
		}
		if kind < 32 {
			continue
		}
		d.dccpOption(kind, size, newView(c.bytes(size-2), size-2))
	}
	return true
}

func (d *dissector) dccpOption(kind, size int, v view) {
	switch kind {
	case 32, 33, 34, 35:
		if v.length < 1 {
			d.print(" optlen too short")
			return
		}
		d.printf(" %s", dccpFeatures.of(v.u8(0), "unknown (%d)"))
		for i := 1; i < v.length; i++ {
			d.printf(" %d", v.u8(i))
		}
	case 36, 38, 39:
		d.printf(" 0x%x", v.b)
	case 37:
		for i := range v.length {
			d.printf(" %d", v.u8(i))
		}
	case 40:
		d.printf(" 0x%x", v.b)
	case 41:
		if size > 4 {
			d.printf(" %d", v.u32(0))
		} else {
			d.printf(" %d", v.u16(0))
		}
	case 42:
		switch size {
		case 6:
			d.printf(" %d", v.u32(0))
		case 8:
			d.printf(" %d (elapsed time %d)", v.u32(0), v.u16(4))
		case 10:
			d.printf(" %d (elapsed time %d)", v.u32(0), v.u32(4))
		default:
			d.print(" [optlen != 6 or 8 or 10]")
		}
	case 43:
		switch size {
		case 4:
			d.printf(" %d", v.u16(0))
		case 6:
			d.printf(" %d", v.u32(0))
		default:
			d.print(" [optlen != 4 or 6]")
		}
	default:
		if v.length > 0 {
			d.printf(" 0x%x", v.b)
		}
	}
}
