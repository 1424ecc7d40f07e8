package transport

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var dccpTypes = map[int]struct {
	name  string
	extra int    // bytes behind the header
	form  string // of these
}{
	0: {"DCCP-Request", 4, "(service=%4d) "}, 1: {"DCCP-Response", 12, "(service=%4@8d) "}, 2: {"DCCP-Data", 0, ""}, 3: {"DCCP-Ack", 8, ""}, 4: {"DCCP-DataAck", 8, ""}, 5: {"DCCP-CloseReq", 8, ""},
	6: {"DCCP-Close", 8, ""}, 7: {"DCCP-Reset", 12, "(code=%1@8n) "}, 8: {"DCCP-Sync", 8, ""}, 9: {"DCCP-SyncAck", 8, ""},
}

var (
	dccpResets = Names{0: "unspecified", 1: "closed", 2: "aborted", 3: "no_connection", 4: "packet_error", 5: "option_error", 6: "mandatory_error", 7: "connection_refused",
		8: "bad_service_code", 9: "too_busy", 10: "bad_init_cookie", 11: "aggression_penalty"}
	dccpFeatures = Names{0: "reserved", 1: "ccid", 2: "allow_short_seqno", 3: "sequence_window", 4: "ecn_incapable", 5: "ack_ratio", 6: "send_ack_vector", 7: "send_ndp_count",
		8: "minimum", 9: "check_data_checksum"}
)

// dccpOptions are the options; those with numbers below 32 have no value.
var dccpOptions = List{Short: dissect.Prints(" optlen too short"), Unknown: dccpBytes, Values: Values{
	0: {"nop", 0, nil}, 1: {"mandatory", 0, nil}, 2: {"slowreceiver", 0, nil}, 32: {"change_l", 1, dccpFeature}, 33: {"confirm_l", 1, dccpFeature}, 34: {"change_r", 1, dccpFeature}, 35: {"confirm_r", 1, dccpFeature},
	36: {"initcookie", 0, dissect.Form(" 0x%*b")}, 37: {"ndp_count", 0, dissect.Every(1, "", dissect.Form(" %1d"))}, 38: {"ack_vector0", 0, dissect.Form(" 0x%*b")}, 39: {"ack_vector1", 0, dissect.Form(" 0x%*b")},
	40: {"data_dropped", 0, dissect.Form(" 0x%*b")}, 41: {"timestamp", 0, func(d *Context, c *Cursor) { d.Form(c, dissect.Pick(c.Length > 2, " %4d", " %2d")) }},
	42: {"timestamp_echo", 0, dccpSized(map[int]string{4: " %4d", 6: " %4d (elapsed time %2d)", 8: " %4d (elapsed time %4d)"}, " [optlen != 6 or 8 or 10]")},
	43: {"elapsed_time", 0, dccpSized(map[int]string{2: " %2d", 4: " %4d"}, " [optlen != 4 or 6]")}, 44: {"data_checksum", 0, nil},
}}

func dccpFeature(d *Context, c *Cursor) {
	d.Form(c, " %1n|%p", dccpFeatures.Or("unknown (%d)"), dissect.Every(1, "", dissect.Form(" %1d")))
}

func dccpBytes(d *Context, c *Cursor) { d.PrintfIf(c.Length > 0, " 0x%x", c.Data) }

// dccpSized makes a printer of values whose form depends on their size, or of a text for other sizes.
func dccpSized(forms map[int]string, otherwise string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		if form, ok := forms[c.Length]; ok {
			d.Form(c, form)
		} else {
			d.Print(otherwise)
		}
	}
}

// DCCP prints a packet of DCCP.
func DCCP(d *Context, v View) {
	h := d.IP
	d.Proto = "dccp"
	d.CutIf(len(v.Data) < 12)
	d.Ports(h, v.U16(0), v.U16(2), "dccp")
	d.Print("DCCP")
	size := v.U8(4) * 4
	if d.Quiet {
		d.Printf(" %d", v.Length-size)
		d.PrintfIf(size > v.Length, " [bad hdr length %d, > %d] (invalid)", size, v.Length)
		return
	}
	extended := v.U8(8)&1 != 0
	base := dissect.Pick(extended, 16, 12)
	d.StopIf(v.Length < base, " [length %d < %d] (invalid)", v.Length, base)
	d.Print(" ")
	if d.Verbose > 0 {
		dccpVerbose(d, v, h)
	}
	d.CutIf(len(v.Data) < base)
	kind := v.U8(8) >> 1 & 15
	t, known := dccpTypes[kind]
	if !known {
		t.name = fmt.Sprintf("unknown-type-%d", kind)
	}
	d.StopIf(v.Length < base+t.extra, "truncated-%s - %d bytes missing!", t.name, base+t.extra-v.Length)
	d.CutIf(len(v.Data) < base+t.extra)
	d.Form(v.Cursor(base), t.name+" "+t.form, dccpResets.Or("invalid"))
	if kind != 0 && kind != 2 {
		d.Printf("(ack=%d) ", dccpNumber(v, base, extended))
	}
	if d.Verbose < 2 {
		return
	}
	d.Printf("seq %d", dccpNumber(v, 8, extended))
	if at := base + t.extra; size > at {
		d.Print(" <")
		if !d.Try(func() { printDCCPOptions(d, dissect.NewView(v.Data[:min(size, len(v.Data))], size).Cursor(at)) }) {
			return
		}
		d.Print(">")
	}
}

// dccpNumber reads a sequence number: of 24 bits, or of 48 around a reserved byte or two.
func dccpNumber(v View, at int, extended bool) uint64 {
	if !extended {
		return uint64(v.U24(at + 1))
	}
	return uint64(v.U16(at+2))<<32 | uint64(v.U32(at+4))
}

func dccpVerbose(d *Context, v View, h *dissect.IPHeader) {
	cover := v.U8(5) & 15
	d.Printf("(CCVal %d, CsCov %d", v.U8(5)>>4, cover)
	if len(v.Data) >= v.Length {
		found, n := v.U16(6), v.Length
		if cover > 0 {
			n = min(n, v.U8(4)*4+4*(cover-1))
		}
		d.Printf(", cksum 0x%04x ", found)
		d.Verify(h.PseudoHeader(dissect.ProtoDCCP, v.Length), v.Data[:n], found, "(correct)", "(incorrect -> 0x%04[2]x)")
	}
	d.Print(") ")
}

// printDCCPOptions prints options; rejected if they end the line.
func printDCCPOptions(d *Context, c *Cursor) {
	for first := true; c.Left() > 0; first = false {
		d.If(!first, ", ")
		kind := c.U8()
		size := 1
		if kind >= 32 {
			size = c.U8()
			d.RejectIf(size < 2, "%s optlen too short (invalid)", dccpOptions.Values.Name(kind, "CCID option %d"))
			d.RejectIf(size-2 > c.Left(), "%s optlen too long (invalid)", dccpOptions.Values.Name(kind, "CCID option %d"))
		}
		d.Print(dccpOptions.Values.Name(kind, dissect.Pick(kind >= 128, "CCID option %d", "unknown")))
		if kind < 32 {
			continue
		}
		dccpOptions.Value(d, kind, dissect.NewView(c.Bytes(size-2), size-2))
	}
}
