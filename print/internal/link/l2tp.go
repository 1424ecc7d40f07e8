package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// The Layer Two Tunneling Protocol (RFC 2661).

var l2tpMessages = Names{1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "HELLO", 7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ", 11: "ICRP", 12: "ICCN", 14: "CDN", 15: "WEN", 16: "SLI"}

// l2tpValue is how the value of an attribute is printed.
type l2tpValue int

const (
	l2tpUnknown l2tpValue = iota
	l2tpNone
	l2tpNumber16
	l2tpNumber32
	l2tpText
	l2tpHex
	l2tpHex8  // 8 bytes
	l2tpHex16 // 16 bytes
	l2tpMessage
	l2tpResult
	l2tpVersion
	l2tpAsyncSync
	l2tpAnalogDigital
	l2tpCause
	l2tpObsolete
	l2tpAuthType
	l2tpAuthID
	l2tpErrors
	l2tpACCM
	l2tpDisconnect
)

// l2tpAttributes are the attributes of control messages.
var l2tpAttributes = map[int]struct {
	name  string
	value l2tpValue
}{
	0: {"MSGTYPE", l2tpMessage}, 1: {"RESULT_CODE", l2tpResult}, 2: {"PROTO_VER", l2tpVersion}, 3: {"FRAMING_CAP", l2tpAsyncSync}, 4: {"BEARER_CAP", l2tpAnalogDigital},
	5: {"TIE_BREAKER", l2tpHex8}, 6: {"FIRM_VER", l2tpNumber16}, 7: {"HOST_NAME", l2tpText}, 8: {"VENDOR_NAME", l2tpText}, 9: {"ASSND_TUN_ID", l2tpNumber16},
	10: {"RECV_WIN_SIZE", l2tpNumber16}, 11: {"CHALLENGE", l2tpHex}, 12: {"Q931_CC", l2tpCause}, 13: {"CHALLENGE_RESP", l2tpHex16}, 14: {"ASSND_SESS_ID", l2tpNumber16},
	15: {"CALL_SER_NUM", l2tpNumber32}, 16: {"MINIMUM_BPS", l2tpNumber32}, 17: {"MAXIMUM_BPS", l2tpNumber32}, 18: {"BEARER_TYPE", l2tpAnalogDigital},
	19: {"FRAMING_TYPE", l2tpAsyncSync}, 20: {"PACKET_PROC_DELAY", l2tpObsolete}, 21: {"CALLED_NUMBER", l2tpText}, 22: {"CALLING_NUMBER", l2tpText},
	23: {"SUB_ADDRESS", l2tpText}, 24: {"TX_CONN_SPEED", l2tpNumber32}, 25: {"PHY_CHANNEL_ID", l2tpNumber32}, 26: {"INI_RECV_LCP", l2tpHex}, 27: {"LAST_SENT_LCP", l2tpHex},
	28: {"LAST_RECV_LCP", l2tpHex}, 29: {"PROXY_AUTH_TYPE", l2tpAuthType}, 30: {"PROXY_AUTH_NAME", l2tpText}, 31: {"PROXY_AUTH_CHAL", l2tpHex}, 32: {"PROXY_AUTH_ID", l2tpAuthID},
	33: {"PROXY_AUTH_RESP", l2tpHex}, 34: {"CALL_ERRORS", l2tpErrors}, 35: {"ACCM", l2tpACCM}, 36: {"RANDOM_VECTOR", l2tpHex}, 37: {"PRIVATE_GRP_ID", l2tpText},
	38: {"RX_CONN_SPEED", l2tpNumber32}, 39: {"SEQ_REQUIRED", l2tpNone}, 46: {"PPP_DISCON_CC", l2tpDisconnect},
}

const (
	l2tpControl  = 0x8000
	l2tpLength   = 0x4000
	l2tpSequence = 0x0800
	l2tpOffset   = 0x0200
	l2tpPriority = 0x0100
)

// L2TP prints a tunnel's header and what it carries: attributes or a frame of PPP.
func L2TP(d *Context, v View) {
	d.Proto = "l2tp"
	d.StopIf(v.Length < 6, " Length %d < minimum header length [|%s]", v.Length, d.Proto)
	c := v.Cursor(0)
	bits := c.U16()
	switch bits & 15 {
	case 2:
		d.Print(" l2tp:")
	case 1:
		d.Print(" l2f:")
		return
	default:
		d.Print(" Unknown Version, neither L2F(1) nor L2TP(2)")
		return
	}
	d.Printf("[%s%s%s%s%s]", dissect.If(bits&l2tpControl != 0, "T"), dissect.If(bits&l2tpLength != 0, "L"), dissect.If(bits&l2tpSequence != 0, "S"), dissect.If(bits&l2tpOffset != 0, "O"), dissect.If(bits&l2tpPriority != 0, "P"))
	length := 0
	if bits&l2tpLength != 0 {
		length = c.U16()
	}
	d.Printf("(%d/", c.U16())
	d.Printf("%d)", c.U16())
	if bits&l2tpSequence != 0 {
		d.Printf("Ns=%d,", c.U16())
		d.Printf("Nr=%d", c.U16())
	}
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
		d.Print(dissect.If(bits&0x8000 != 0, "*") + dissect.If(bits&0x4000 != 0, "?"))
		a := c.Take(size)
		value := a.From(6)
		vendor, kind := a.U16(2), a.U16(4)
		switch {
		case vendor != 0:
			d.Printf("VENDOR%04x:ATTR%04x(%x)", vendor, kind, value.Data)
			continue
		case bits&0x4000 != 0:
			d.Printf("%s(???)", l2tpName(kind))
			continue
		}
		d.Printf("%s(", l2tpName(kind))
		d.If(!d.Try(func() { printL2TPValue(d, l2tpAttributes[kind].value, value) }), "AVP too short")
		d.Print(")")
	}
}

func l2tpName(kind int) string {
	if a, ok := l2tpAttributes[kind]; ok {
		return a.name
	}
	return fmt.Sprintf("AVP-#%d", kind)
}

// printL2TPValue prints a value; rejected if it is too short.
func printL2TPValue(d *Context, how l2tpValue, v View) {
	least := map[l2tpValue]int{l2tpNumber16: 2, l2tpNumber32: 4, l2tpHex8: 8, l2tpHex16: 16, l2tpMessage: 2, l2tpResult: 2, l2tpVersion: 2, l2tpAsyncSync: 4, l2tpAnalogDigital: 4,
		l2tpCause: 3, l2tpAuthType: 2, l2tpAuthID: 2, l2tpErrors: 2, l2tpACCM: 2, l2tpDisconnect: 5}[how]
	dissect.RejectIf(v.Length < least)
	switch how {
	case l2tpNumber16:
		d.Printf("%d", v.U16(0))
	case l2tpNumber32:
		d.Printf("%d", v.U32(0))
	case l2tpText:
		d.Text(v.Data)
	case l2tpHex:
		d.Printf("%x", v.Data)
	case l2tpHex8, l2tpHex16:
		d.Printf("%x", v.Data[:least])
	case l2tpMessage:
		d.Print(l2tpMessages.Of(v.U16(0), "MSGTYPE-#%d"))
	case l2tpResult:
		dissect.RejectIf(!(printL2TPResult(d, v)))
		return
	case l2tpVersion:
		d.Printf("%d.%d", v.U8(0), v.U8(1))
	case l2tpAsyncSync:
		d.Print(dissect.If(v.U32(0)&2 != 0, "A") + dissect.If(v.U32(0)&1 != 0, "S"))
	case l2tpAnalogDigital:
		d.Print(dissect.If(v.U32(0)&2 != 0, "A") + dissect.If(v.U32(0)&1 != 0, "D"))
	case l2tpCause:
		d.Printf("%d, %02x%s", v.U16(0), v.U8(2), dissect.If(v.Length > 3, " "))
		d.Text(v.Data[3:])
	case l2tpObsolete:
		d.Print("obsolete")
	case l2tpAuthType:
		d.Print(Names{0: "Reserved", 1: "Textual", 2: "CHAP", 3: "PAP", 4: "No Auth", 5: "MS-CHAPv1"}.Of(v.U16(0), "AuthType-#%d"))
	case l2tpAuthID:
		d.Printf("%d", v.U16(0)&0xff)
	case l2tpErrors:
		dissect.RejectIf(!(l2tpWords(d, v.From(2), "CRCErr=%d ", "FrameErr=%d ", "HardOver=%d ", "BufOver=%d ", "Timeout=%d ", "AlignErr=%d ")))
		return
	case l2tpACCM:
		dissect.RejectIf(!(l2tpWords(d, v.From(2), "send=%08x ", "recv=%08x ")))
		return
	case l2tpDisconnect:
		d.Printf("%04x, %04x %s%s", v.U16(0), v.U16(2), Names{0: "global error", 1: "at peer", 2: "at local"}.Of(v.U8(4), "Direction-#%d"), dissect.If(v.Length > 5, " "))
		d.Text(v.Data[5:])
	}
}

// printL2TPResult prints a result, and an error and a text if there are any.
func printL2TPResult(d *Context, v View) bool {
	d.Printf("%d", v.U16(0))
	switch {
	case v.Length == 2:
	case v.Length < 4:
		d.Print(" ")
		return false
	default:
		d.Printf("/%d%s", v.U16(2), dissect.If(v.Length > 4, " "))
		d.Text(v.Data[4:])
	}
	return true
}

func l2tpWords(d *Context, v View, formats ...string) bool {
	for _, format := range formats {
		if v.Length < 4 {
			return false
		}
		d.Printf(format, v.U32(0))
		v = v.From(4)
	}
	return true
}
