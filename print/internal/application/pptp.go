package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// pptpField is a field of a control message: a name and what is in it.
type pptpField struct {
	name string
	form pptpForm
}

type pptpForm int

const (
	pptpByte pptpForm = iota
	pptpShort
	pptpLong
	pptpHex
	pptpVersion
	pptpName     // 64 bytes
	pptpFraming  // what kinds of framing
	pptpBearer   // what kinds of bearer
	pptpFrame    // one kind of framing
	pptpCarrier  // one kind of bearer
	pptpResult   // of the message's kind
	pptpFault    // why
	pptpReason   // of the end
	pptpReserved // a byte that should be zero
	pptpReserved2
	pptpStatistics // 128 bytes
)

var pptpMessages = []struct {
	name   string
	fields []pptpField
}{
	{"NOT_DEFINED", nil},
	{"SCCRQ", []pptpField{{"PROTO_VER", pptpVersion}, {"", pptpReserved2}, {"FRAME_CAP", pptpFraming}, {"BEARER_CAP", pptpBearer}, {"MAX_CHAN", pptpShort}, {"FIRM_REV", pptpShort}, {"HOSTNAME", pptpName}, {"VENDOR", pptpName}}},
	{"SCCRP", []pptpField{{"PROTO_VER", pptpVersion}, {"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"FRAME_CAP", pptpFraming}, {"BEARER_CAP", pptpBearer}, {"MAX_CHAN", pptpShort},
		{"FIRM_REV", pptpShort}, {"HOSTNAME", pptpName}, {"VENDOR", pptpName}}},
	{"StopCCRQ", []pptpField{{"REASON", pptpReason}, {"", pptpReserved}, {"", pptpReserved2}}},
	{"StopCCRP", []pptpField{{"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"", pptpReserved2}}},
	{"ECHORQ", []pptpField{{"ID", pptpLong}}},
	{"ECHORP", []pptpField{{"ID", pptpLong}, {"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"", pptpReserved2}}},
	{"OCRQ", []pptpField{{"CALL_ID", pptpShort}, {"CALL_SER_NUM", pptpShort}, {"MIN_BPS", pptpLong}, {"MAX_BPS", pptpLong}, {"BEARER_TYPE", pptpCarrier}, {"FRAME_TYPE", pptpFrame},
		{"RECV_WIN", pptpShort}, {"PROC_DELAY", pptpShort}, {"PHONE_NO_LEN", pptpShort}, {"", pptpReserved2}, {"PHONE_NO", pptpName}, {"SUB_ADDR", pptpName}}},
	{"OCRP", []pptpField{{"CALL_ID", pptpShort}, {"PEER_CALL_ID", pptpShort}, {"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"CAUSE_CODE", pptpShort}, {"CONN_SPEED", pptpLong},
		{"RECV_WIN", pptpShort}, {"PROC_DELAY", pptpShort}, {"PHY_CHAN_ID", pptpLong}}},
	{"ICRQ", []pptpField{{"CALL_ID", pptpShort}, {"CALL_SER_NUM", pptpShort}, {"BEARER_TYPE", pptpCarrier}, {"PHY_CHAN_ID", pptpLong}, {"DIALED_NO_LEN", pptpShort}, {"DIALING_NO_LEN", pptpShort},
		{"DIALED_NO", pptpName}, {"DIALING_NO", pptpName}, {"SUB_ADDR", pptpName}}},
	{"ICRP", []pptpField{{"CALL_ID", pptpShort}, {"PEER_CALL_ID", pptpShort}, {"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"RECV_WIN", pptpShort}, {"PROC_DELAY", pptpShort}, {"", pptpReserved2}}},
	{"ICCN", []pptpField{{"PEER_CALL_ID", pptpShort}, {"", pptpReserved2}, {"CONN_SPEED", pptpLong}, {"RECV_WIN", pptpShort}, {"PROC_DELAY", pptpShort}, {"FRAME_TYPE", pptpFrame}}},
	{"CCRQ", []pptpField{{"CALL_ID", pptpShort}, {"", pptpReserved2}}},
	{"CDN", []pptpField{{"CALL_ID", pptpShort}, {"RESULT_CODE", pptpResult}, {"ERR_CODE", pptpFault}, {"CAUSE_CODE", pptpShort}, {"", pptpReserved2}, {"CALL_STATS", pptpStatistics}}},
	{"WEN", []pptpField{{"PEER_CALL_ID", pptpShort}, {"", pptpReserved2}, {"CRC_ERR", pptpLong}, {"FRAMING_ERR", pptpLong}, {"HARDWARE_OVERRUN", pptpLong}, {"BUFFER_OVERRUN", pptpLong},
		{"TIMEOUT_ERR", pptpLong}, {"ALIGN_ERR", pptpLong}}},
	{"SLI", []pptpField{{"PEER_CALL_ID", pptpShort}, {"", pptpReserved2}, {"SEND_ACCM", pptpHex}, {"RECV_ACCM", pptpHex}}},
}

var (
	pptpResults = map[int]Names{
		2:  {1: "Successful channel establishment", 2: "General error", 3: "Command channel already exists", 4: "Requester is not authorized to establish a command channel", 5: "The protocol version of the requester is not supported"},
		4:  {1: "OK", 2: "General Error"},
		6:  {1: "OK", 2: "General Error"},
		8:  {1: "Connected", 2: "General Error", 3: "No Carrier", 4: "Busy", 5: "No Dial Tone", 6: "Time-out", 7: "Do Not Accept"},
		10: {1: "Connect", 2: "General Error", 3: "Do Not Accept"},
		13: {1: "Lost Carrier", 2: "General Error", 3: "Admin Shutdown", 4: "Request"},
	}
	pptpFaults  = Names{0: "None", 1: "Not-Connected", 2: "Bad-Format", 3: "Bad-Value", 4: "No-Resource", 5: "Bad-Call-ID", 6: "PAC-Error"}
	pptpReasons = Names{1: "None", 2: "Stop-Protocol", 3: "Stop-Local-Shutdown"}
)

// PPTP prints a control message of the Point-to-Point Tunneling Protocol (RFC 2637).
func PPTP(d *Context, v View) {
	const magic = 0x1a2b3c4d
	d.Proto = "pptp"
	d.Print(": pptp")
	c := v.Cursor(0)
	verbose := d.Verbose > 0
	length, kind := c.U16(), 0
	d.PrintfIf(verbose, " Length=%d", length)
	kind = c.U16()
	if verbose {
		switch kind {
		case 1:
			d.Print(" CTRL-MSG")
		case 2:
			d.Print(" MGMT-MSG")
		default:
			d.Print(" UNKNOWN-MSG-TYPE")
		}
	}
	cookie := c.U32()
	if verbose {
		d.Printf(" Magic-Cookie=%08x", cookie)
		d.If(cookie != magic, " UNEXPECTED Magic-Cookie!!("+fmt.Sprintf("%08x", magic)+")")
	}
	kind = c.U16()
	d.StopIf(kind >= len(pptpMessages), " UNKNOWN_CTRL_MSGTYPE(%d)", kind)
	d.Printf(" CTRL_MSGTYPE=%s", pptpMessages[kind].name)
	printPPTPField(d, c, pptpField{"", pptpReserved2}, kind)
	for _, f := range pptpMessages[kind].fields {
		printPPTPField(d, c, f, kind)
	}
}

func printPPTPField(d *Context, c *Cursor, f pptpField, message int) {
	named := func(n int, names Names) string {
		if d.Verbose == 0 || names == nil {
			return fmt.Sprintf("%d", n)
		}
		return fmt.Sprintf("%d:%s", n, names.Of(n, "?"))
	}
	value := ""
	switch f.form {
	case pptpByte:
		value = fmt.Sprintf("%d", c.U8())
	case pptpShort:
		value = fmt.Sprintf("%d", c.U16())
	case pptpLong:
		value = fmt.Sprintf("%d", c.U32())
	case pptpHex:
		value = fmt.Sprintf("0x%08x", c.U32())
	case pptpVersion:
		n := c.U16()
		value = fmt.Sprintf("%d.%d", n>>8, n&0xff)
	case pptpFraming:
		n := c.U32()
		value = dissect.If(n&1 != 0, "A") + dissect.If(n&2 != 0, "S")
	case pptpBearer:
		n := c.U32()
		value = dissect.If(n&2 != 0, "D") + dissect.If(n&1 != 0, "A")
	case pptpFrame:
		value = Names{1: "A", 2: "S", 3: "E"}.Of(int(c.U32()), "?")
	case pptpCarrier:
		value = Names{1: "A", 2: "D", 3: "Any"}.Of(int(c.U32()), "?")
	case pptpResult:
		value = named(c.U8(), pptpResults[message])
	case pptpFault:
		value = named(c.U8(), pptpFaults)
	case pptpReason:
		value = named(c.U8(), pptpReasons)
	case pptpName, pptpStatistics:
		size := map[pptpForm]int{pptpName: 64, pptpStatistics: 128}[f.form]
		d.Printf(" %s(", f.name)
		d.Padded(c, size)
		d.Print(")")
		return
	case pptpReserved, pptpReserved2:
		n := 0
		if f.form == pptpReserved {
			n = c.U8()
		} else {
			n = c.U16()
		}
		d.PrintfIf(n != 0, " [ERROR: reserved=%d must be zero]", n)
		return
	}
	d.Printf(" %s(%s)", f.name, value)
}
