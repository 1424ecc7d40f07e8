package print

import "fmt"

// The Layer Two Tunneling Protocol (RFC 2661).

var l2tpMessages = NamesT{1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "HELLO", 7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ", 11: "ICRP", 12: "ICCN", 14: "CDN", 15: "WEN", 16: "SLI"}

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

// l2tp prints a tunnel's header and what it carries: attributes or a frame of PPP.
func (d *dissector) l2tp(v view) {
	d.proto = "l2tp"
	if v.length < 6 {
		d.printf(" Length %d < minimum header length", v.length)
		d.mark()
		return
	}
	c := v.cursor(0)
	bits := c.u16()
	switch bits & 15 {
	case 2:
		d.print(" l2tp:")
	case 1:
		d.print(" l2f:")
		return
	default:
		d.print(" Unknown Version, neither L2F(1) nor L2TP(2)")
		return
	}
	d.printf("[%s%s%s%s%s]", mark(bits&l2tpControl != 0, "T"), mark(bits&l2tpLength != 0, "L"), mark(bits&l2tpSequence != 0, "S"), mark(bits&l2tpOffset != 0, "O"), mark(bits&l2tpPriority != 0, "P"))
	length := 0
	if bits&l2tpLength != 0 {
		length = c.u16()
	}
	d.printf("(%d/", c.u16())
	d.printf("%d)", c.u16())
	if bits&l2tpSequence != 0 {
		d.printf("Ns=%d,", c.u16())
		d.printf("Nr=%d", c.u16())
	}
	if bits&l2tpOffset != 0 {
		c.at += c.u16()
	}
	if bits&l2tpLength != 0 {
		if v.length < length {
			d.printf(" Length %d larger than packet", length)
			d.mark()
			return
		}
		c.length = length
	}
	switch {
	case c.length < c.at:
		d.printf(" Length %d smaller than header length", c.length)
		d.mark()
	case bits&l2tpControl == 0:
		d.print(" {")
		d.within(func() { d.ppp(c.rest()) })
		d.print("}")
	case bits&l2tpLength == 0:
		d.print(" No length")
	case c.length == c.at:
		d.print(" ZLB")
	default:
		d.l2tpAttributes(c)
	}
}

func (d *dissector) l2tpAttributes(c *cursor) {
	for c.at < c.length {
		d.print(" ")
		bits := c.rest().u16(0)
		size := bits & 0x3ff
		if size < 6 || size > c.length-c.at { // no room for its own header, or too large
			d.mark()
			return
		}
		c.rest().need(size)
		d.print(mark(bits&0x8000 != 0, "*") + mark(bits&0x4000 != 0, "?"))
		a := c.take(size)
		value := a.from(6)
		vendor, kind := a.u16(2), a.u16(4)
		switch {
		case vendor != 0:
			d.printf("VENDOR%04x:ATTR%04x(%x)", vendor, kind, value.b)
			continue
		case bits&0x4000 != 0:
			d.printf("%s(???)", l2tpName(kind))
			continue
		}
		d.printf("%s(", l2tpName(kind))
		if !d.l2tpValue(l2tpAttributes[kind].value, value) {
			d.print("AVP too short")
		}
		d.print(")")
	}
}

func l2tpName(kind int) string {
	if a, ok := l2tpAttributes[kind]; ok {
		return a.name
	}
	return fmt.Sprintf("AVP-#%d", kind)
}

// l2tpValue prints a value; false if it is too short.
func (d *dissector) l2tpValue(how l2tpValue, v view) bool {
	least := map[l2tpValue]int{l2tpNumber16: 2, l2tpNumber32: 4, l2tpHex8: 8, l2tpHex16: 16, l2tpMessage: 2, l2tpResult: 2, l2tpVersion: 2, l2tpAsyncSync: 4, l2tpAnalogDigital: 4,
		l2tpCause: 3, l2tpAuthType: 2, l2tpAuthID: 2, l2tpErrors: 2, l2tpACCM: 2, l2tpDisconnect: 5}[how]
	if v.length < least {
		return false
	}
	switch how {
	case l2tpNumber16:
		d.printf("%d", v.u16(0))
	case l2tpNumber32:
		d.printf("%d", v.u32(0))
	case l2tpText:
		d.text(v.b)
	case l2tpHex:
		d.printf("%x", v.b)
	case l2tpHex8, l2tpHex16:
		d.printf("%x", v.b[:least])
	case l2tpMessage:
		d.print(l2tpMessages.of(v.u16(0), "MSGTYPE-#%d"))
	case l2tpResult:
		return d.l2tpResult(v)
	case l2tpVersion:
		d.printf("%d.%d", v.u8(0), v.u8(1))
	case l2tpAsyncSync:
		d.print(mark(v.u32(0)&2 != 0, "A") + mark(v.u32(0)&1 != 0, "S"))
	case l2tpAnalogDigital:
		d.print(mark(v.u32(0)&2 != 0, "A") + mark(v.u32(0)&1 != 0, "D"))
	case l2tpCause:
		d.printf("%d, %02x%s", v.u16(0), v.u8(2), mark(v.length > 3, " "))
		d.text(v.b[3:])
	case l2tpObsolete:
		d.print("obsolete")
	case l2tpAuthType:
		d.print(NamesT{0: "Reserved", 1: "Textual", 2: "CHAP", 3: "PAP", 4: "No Auth", 5: "MS-CHAPv1"}.of(v.u16(0), "AuthType-#%d"))
	case l2tpAuthID:
		d.printf("%d", v.u16(0)&0xff)
	case l2tpErrors:
		return d.l2tpWords(v.from(2), "CRCErr=%d ", "FrameErr=%d ", "HardOver=%d ", "BufOver=%d ", "Timeout=%d ", "AlignErr=%d ")
	case l2tpACCM:
		return d.l2tpWords(v.from(2), "send=%08x ", "recv=%08x ")
	case l2tpDisconnect:
		d.printf("%04x, %04x %s%s", v.u16(0), v.u16(2), NamesT{0: "global error", 1: "at peer", 2: "at local"}.of(v.u8(4), "Direction-#%d"), mark(v.length > 5, " "))
		d.text(v.b[5:])
	}
	return true
}

// l2tpResult prints a result, and an error and a text if there are any.
func (d *dissector) l2tpResult(v view) bool {
	d.printf("%d", v.u16(0))
	switch {
	case v.length == 2:
	case v.length < 4:
		d.print(" ")
		return false
	default:
		d.printf("/%d%s", v.u16(2), mark(v.length > 4, " "))
		d.text(v.b[4:])
	}
	return true
}

func (d *dissector) l2tpWords(v view, formats ...string) bool {
	for _, format := range formats {
		if v.length < 4 {
			return false
		}
		d.printf(format, v.u32(0))
		v = v.from(4)
	}
	return true
}
