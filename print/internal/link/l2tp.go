package link

import (
	"strings"

	"bpfc/print/internal/dissect"
)

// The Layer Two Tunneling Protocol (RFC 2661).

var (
	l2tpMessages = Names{1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "HELLO", 7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ", 11: "ICRP", 12: "ICCN", 14: "CDN", 15: "WEN", 16: "SLI"}
	l2tpSecrets  = Names{0: "Reserved", 1: "Textual", 2: "CHAP", 3: "PAP", 4: "No Auth", 5: "MS-CHAPv1"}
	l2tpText     = dissect.Form("%*s")
	l2tpHex      = dissect.Form("%*b")
	l2tpFraming  = dissect.Form("%4n", Flags{{2, "A"}, {1, "S"}}.Letters)
	l2tpBearer   = dissect.Form("%4n", Flags{{2, "A"}, {1, "D"}}.Letters)
)

// l2tpAttributes are the attributes of control messages.
var l2tpAttributes = List{Short: dissect.Prints("AVP too short"), Rejected: func(d *Context, _ *Cursor) { d.Print("AVP too short") }, Values: Values{
	0: {"MSGTYPE", 2, dissect.Form("%2n", l2tpMessages.Or("MSGTYPE-#%d"))}, 1: {"RESULT_CODE", 2, l2tpResult}, 2: {"PROTO_VER", 2, dissect.Form("%1d.%1d")}, 3: {"FRAMING_CAP", 4, l2tpFraming}, 4: {"BEARER_CAP", 4, l2tpBearer},
	5: {"TIE_BREAKER", 8, dissect.Form("%8b")}, 6: {"FIRM_VER", 2, dissect.Form("%2d")}, 7: {"HOST_NAME", 0, l2tpText}, 8: {"VENDOR_NAME", 0, l2tpText}, 9: {"ASSND_TUN_ID", 2, dissect.Form("%2d")},
	10: {"RECV_WIN_SIZE", 2, dissect.Form("%2d")}, 11: {"CHALLENGE", 0, l2tpHex},
	12: {"Q931_CC", 3, func(d *Context, c *Cursor) { d.Form(c, "%2d, %1x"+dissect.If(c.Length > 3, " ")+"%*s") }},
	13: {"CHALLENGE_RESP", 16, dissect.Form("%16b")}, 14: {"ASSND_SESS_ID", 2, dissect.Form("%2d")}, 15: {"CALL_SER_NUM", 4, dissect.Form("%4d")}, 16: {"MINIMUM_BPS", 4, dissect.Form("%4d")},
	17: {"MAXIMUM_BPS", 4, dissect.Form("%4d")}, 18: {"BEARER_TYPE", 4, l2tpBearer}, 19: {"FRAMING_TYPE", 4, l2tpFraming}, 20: {"PACKET_PROC_DELAY", 0, dissect.Form("obsolete")},
	21: {"CALLED_NUMBER", 0, l2tpText}, 22: {"CALLING_NUMBER", 0, l2tpText}, 23: {"SUB_ADDRESS", 0, l2tpText}, 24: {"TX_CONN_SPEED", 4, dissect.Form("%4d")}, 25: {"PHY_CHANNEL_ID", 4, dissect.Form("%4d")},
	26: {"INI_RECV_LCP", 0, l2tpHex}, 27: {"LAST_SENT_LCP", 0, l2tpHex}, 28: {"LAST_RECV_LCP", 0, l2tpHex}, 29: {"PROXY_AUTH_TYPE", 2, dissect.Form("%2n", l2tpSecrets.Or("AuthType-#%d"))},
	30: {"PROXY_AUTH_NAME", 0, l2tpText}, 31: {"PROXY_AUTH_CHAL", 0, l2tpHex}, 32: {"PROXY_AUTH_ID", 2, dissect.Form("%2[8-15]d")}, 33: {"PROXY_AUTH_RESP", 0, l2tpHex},
	34: {"CALL_ERRORS", 2, l2tpWords("CRCErr=%4d |FrameErr=%4d |HardOver=%4d |BufOver=%4d |Timeout=%4d |AlignErr=%4d ")}, 35: {"ACCM", 2, l2tpWords("send=%4x |recv=%4x ")},
	36: {"RANDOM_VECTOR", 0, l2tpHex}, 37: {"PRIVATE_GRP_ID", 0, l2tpText}, 38: {"RX_CONN_SPEED", 4, dissect.Form("%4d")}, 39: {"SEQ_REQUIRED", 0, nil},
	46: {"PPP_DISCON_CC", 5, func(d *Context, c *Cursor) {
		d.Form(c, "%2x, %2x %1n"+dissect.If(c.Length > 5, " ")+"%*s", Names{0: "global error", 1: "at peer", 2: "at local"}.Or("Direction-#%d"))
	}},
}}

const l2tpControl, l2tpLength, l2tpSequence, l2tpOffset, l2tpPriority = 0x8000, 0x4000, 0x0800, 0x0200, 0x0100

// L2TP prints a tunnel's header and what it carries: attributes or a frame of PPP.
func L2TP(d *Context, v View) {
	d.Proto = "l2tp"
	d.StopIf(v.Length < 6, " Length %d < minimum header length [|%s]", v.Length, d.Proto)
	c := v.Cursor(0)
	bits := c.U16()
	version := bits & 15
	d.LeaveIf(version != 2, "%s", dissect.Pick(version == 1, " l2f:", " Unknown Version, neither L2F(1) nor L2TP(2)"))
	d.Printf(" l2tp:[%s]", Flags{{l2tpControl, "T"}, {l2tpLength, "L"}, {l2tpSequence, "S"}, {l2tpOffset, "O"}, {l2tpPriority, "P"}}.Letters(bits))
	length := 0
	if bits&l2tpLength != 0 {
		length = c.U16()
	}
	d.Form(c, dissect.Pick(bits&l2tpSequence != 0, "(%2d/|%2d)|Ns=%2d,|Nr=%2d", "(%2d/|%2d)"))
	if bits&l2tpOffset != 0 {
		c.At += c.U16()
	}
	if bits&l2tpLength != 0 {
		d.StopIf(v.Length < length, " Length %d larger than packet [|%s]", length, d.Proto)
		c.Length = length
	}
	switch {
	case c.Length < c.At:
		d.Printf(" Length %d smaller than header length", c.Length)
		d.Mark()
	case bits&l2tpControl == 0:
		d.Print(" {")
		d.Within(func() { PPP(d, c.Rest()) })
		d.Print("}")
	case bits&l2tpLength == 0:
		d.Print(" No length")
	case c.Length == c.At:
		d.Print(" ZLB")
	default:
		printL2TPAttributes(d, c)
	}
}

func printL2TPAttributes(d *Context, c *Cursor) {
	for c.At < c.Length {
		d.Print(" ")
		bits := c.Rest().U16(0)
		size := bits & 0x3ff
		if size < 6 || size > c.Length-c.At { // no room for its own header, or too large
			d.Mark()
			return
		}
		c.Rest().Need(size)
		d.Print(Flags{{0x8000, "*"}, {0x4000, "?"}}.Letters(bits))
		a := c.Take(size)
		value := a.From(6)
		vendor, kind := a.U16(2), a.U16(4)
		name := l2tpAttributes.Values.Name(kind, "AVP-#%d")
		switch {
		case vendor != 0:
			d.Printf("VENDOR%04x:ATTR%04x(%x)", vendor, kind, value.Data)
		case bits&0x4000 != 0:
			d.Printf("%s(???)", name)
		default:
			d.Printf("%s(", name)
			l2tpAttributes.Value(d, kind, value)
			d.Print(")")
		}
	}
}

// l2tpResult prints a result, and an error and a text if there are any.
func l2tpResult(d *Context, c *Cursor) {
	d.Form(c, "%2d")
	d.RejectIf(c.Left() == 1, " ")
	d.Form(c, "%2>{/%2d%1>{ }%*s}")
}

// l2tpWords makes a printer of words of four bytes each, behind two bytes.
func l2tpWords(form string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		c.At = 2
		for one := range strings.SplitSeq(form, "|") {
			dissect.RejectIf(c.Left() < 4)
			d.Form(c, one)
		}
	}
}
