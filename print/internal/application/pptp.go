package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// pptpNamed makes a function that writes a number, with -v with its name.
func pptpNamed(names Names) func(*Context, int) string {
	return func(d *Context, n int) string {
		return dissect.Pick(d.Verbose == 0 || names == nil, fmt.Sprint(n), fmt.Sprintf("%d:%s", n, names.Of(n, "?")))
	}
}

func pptpReserved(n int) string {
	return dissect.If(n != 0, fmt.Sprintf(" [ERROR: reserved=%d must be zero]", n))
}

func pptpFraming(n int) string { return dissect.If(n&1 != 0, "A") + dissect.If(n&2 != 0, "S") }

func pptpBearer(n int) string { return dissect.If(n&2 != 0, "D") + dissect.If(n&1 != 0, "A") }

var (
	pptpFault   = pptpNamed(Names{0: "None", 1: "Not-Connected", 2: "Bad-Format", 3: "Bad-Value", 4: "No-Resource", 5: "Bad-Call-ID", 6: "PAC-Error"})
	pptpReason  = pptpNamed(Names{1: "None", 2: "Stop-Protocol", 3: "Stop-Local-Shutdown"})
	pptpOK      = pptpNamed(Names{1: "OK", 2: "General Error"})
	pptpFrame   = Names{1: "A", 2: "S", 3: "E"}.Or("?")
	pptpCarrier = Names{1: "A", 2: "D", 3: "Any"}.Or("?")
)

// pptpMessages are the control messages.
var pptpMessages = List{Values: Values{
	0: {"NOT_DEFINED", 0, nil},
	1: {"SCCRQ", 0, dissect.Form(" PROTO_VER(%1d.%1d)|%2n| FRAME_CAP(%4n)| BEARER_CAP(%4n)| MAX_CHAN(%2d)| FIRM_REV(%2d)| HOSTNAME(%64z)| VENDOR(%64z)", pptpReserved, pptpFraming, pptpBearer)},
	2: {"SCCRP", 0, dissect.Form(" PROTO_VER(%1d.%1d)| RESULT_CODE(%1n)| ERR_CODE(%1n)| FRAME_CAP(%4n)| BEARER_CAP(%4n)| MAX_CHAN(%2d)| FIRM_REV(%2d)| HOSTNAME(%64z)| VENDOR(%64z)",
		pptpNamed(Names{1: "Successful channel establishment", 2: "General error", 3: "Command channel already exists", 4: "Requester is not authorized to establish a command channel",
			5: "The protocol version of the requester is not supported"}), pptpFault, pptpFraming, pptpBearer)},
	3: {"StopCCRQ", 0, dissect.Form(" REASON(%1n)|%1n|%2n", pptpReason, pptpReserved, pptpReserved)}, 4: {"StopCCRP", 0, dissect.Form(" RESULT_CODE(%1n)| ERR_CODE(%1n)|%2n", pptpOK, pptpFault, pptpReserved)},
	5: {"ECHORQ", 0, dissect.Form(" ID(%4d)")}, 6: {"ECHORP", 0, dissect.Form(" ID(%4d)| RESULT_CODE(%1n)| ERR_CODE(%1n)|%2n", pptpOK, pptpFault, pptpReserved)},
	7: {"OCRQ", 0, dissect.Form(" CALL_ID(%2d)| CALL_SER_NUM(%2d)| MIN_BPS(%4d)| MAX_BPS(%4d)| BEARER_TYPE(%4n)| FRAME_TYPE(%4n)| RECV_WIN(%2d)| PROC_DELAY(%2d)| PHONE_NO_LEN(%2d)|%2n| PHONE_NO(%64z)| SUB_ADDR(%64z)",
		pptpCarrier, pptpFrame, pptpReserved)},
	8: {"OCRP", 0, dissect.Form(" CALL_ID(%2d)| PEER_CALL_ID(%2d)| RESULT_CODE(%1n)| ERR_CODE(%1n)| CAUSE_CODE(%2d)| CONN_SPEED(%4d)| RECV_WIN(%2d)| PROC_DELAY(%2d)| PHY_CHAN_ID(%4d)",
		pptpNamed(Names{1: "Connected", 2: "General Error", 3: "No Carrier", 4: "Busy", 5: "No Dial Tone", 6: "Time-out", 7: "Do Not Accept"}), pptpFault)},
	9:  {"ICRQ", 0, dissect.Form(" CALL_ID(%2d)| CALL_SER_NUM(%2d)| BEARER_TYPE(%4n)| PHY_CHAN_ID(%4d)| DIALED_NO_LEN(%2d)| DIALING_NO_LEN(%2d)| DIALED_NO(%64z)| DIALING_NO(%64z)| SUB_ADDR(%64z)", pptpCarrier)},
	10: {"ICRP", 0, dissect.Form(" CALL_ID(%2d)| PEER_CALL_ID(%2d)| RESULT_CODE(%1n)| ERR_CODE(%1n)| RECV_WIN(%2d)| PROC_DELAY(%2d)|%2n", pptpNamed(Names{1: "Connect", 2: "General Error", 3: "Do Not Accept"}), pptpFault, pptpReserved)},
	11: {"ICCN", 0, dissect.Form(" PEER_CALL_ID(%2d)|%2n| CONN_SPEED(%4d)| RECV_WIN(%2d)| PROC_DELAY(%2d)| FRAME_TYPE(%4n)", pptpReserved, pptpFrame)}, 12: {"CCRQ", 0, dissect.Form(" CALL_ID(%2d)|%2n", pptpReserved)},
	13: {"CDN", 0, dissect.Form(" CALL_ID(%2d)| RESULT_CODE(%1n)| ERR_CODE(%1n)| CAUSE_CODE(%2d)|%2n| CALL_STATS(%128z)", pptpNamed(Names{1: "Lost Carrier", 2: "General Error", 3: "Admin Shutdown", 4: "Request"}), pptpFault, pptpReserved)},
	14: {"WEN", 0, dissect.Form(" PEER_CALL_ID(%2d)|%2n| CRC_ERR(%4d)| FRAMING_ERR(%4d)| HARDWARE_OVERRUN(%4d)| BUFFER_OVERRUN(%4d)| TIMEOUT_ERR(%4d)| ALIGN_ERR(%4d)", pptpReserved)},
	15: {"SLI", 0, dissect.Form(" PEER_CALL_ID(%2d)|%2n| SEND_ACCM(0x%4x)| RECV_ACCM(0x%4x)", pptpReserved)},
}}

// PPTP prints a control message of the Point-to-Point Tunneling Protocol (RFC 2637).
func PPTP(d *Context, v View) {
	const magic = 0x1a2b3c4d
	d.Proto = "pptp"
	d.Print(": pptp")
	c := v.Cursor(0)
	if d.Verbose > 0 {
		d.Form(c, " Length=%2d|%2n", Names{1: " CTRL-MSG", 2: " MGMT-MSG"}.Or(" UNKNOWN-MSG-TYPE"))
	} else {
		c.Bytes(4)
	}
	cookie := c.U32()
	d.PrintfIf(cookie != magic, " UNEXPECTED Magic-Cookie!!(%08x)", cookie)
	d.PrintfIf(cookie != magic || d.Verbose > 0, " Magic-Cookie=%08x", cookie)
	kind := c.U16()
	if kind > 15 {
		d.Printf(" UNKNOWN_CTRL_MSGTYPE(%d)", kind)
		d.Form(c, "%2n", pptpReserved)
		return
	}
	d.Printf(" CTRL_MSGTYPE=%s", pptpMessages.Values[kind].Name)
	d.Form(c, "%2n", pptpReserved)
	pptpMessages.Value(d, kind, c.Rest())
}
