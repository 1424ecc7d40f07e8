package application

import "bpfc/print/internal/dissect"

// SomeIP prints the header of Scalable service-Oriented MiddlewarE over IP.
func SomeIP(d *Context, v View) {
	const header = 16
	d.Proto = "someip"
	d.Print("SOMEIP")
	d.InvalidRestIf(v.Length < header, v)
	id := v.U16(2)
	d.Printf(", service %d, %s %d", v.U16(0), dissect.Pick(id&0x8000 != 0, "event", "method"), id&0x7fff)
	d.Printf(", len %d", v.U32(4))
	d.Printf(", client %d", v.U16(8))
	d.Printf(", session %d", v.U16(10))
	d.Printf(", pver %d", v.U8(12))
	d.Printf(", iver %d", v.U8(13))
	d.Printf(", msgtype %s", someIPTypes.Of(v.U8(14), "Unknown"))
	d.Printf(", retcode %s\n", someIPCodes.Of(v.U8(15), "Unknown"))
}

var (
	someIPTypes = Names{0x00: "REQUEST", 0x01: "REQUEST_NO_RETURN", 0x02: "NOTIFICATION", 0x20: "TP_REQUEST", 0x21: "TP_REQUEST_NO_RETURN", 0x22: "TP_NOTIFICATION",
		0x80: "RESPONSE", 0x81: "ERROR", 0xa0: "TP_RESPONSE", 0xa1: "TP_ERROR"}
	someIPCodes = Names{0: "E_OK", 1: "E_NOT_OK", 2: "E_UNKNOWN_SERVICE", 3: "E_UNKNOWN_METHOD", 4: "E_NOT_READY", 5: "E_NOT_REACHABLE", 6: "E_TIMEOUT", 7: "E_WRONG_PROTOCOL_VERSION",
		8: "E_WRONG_INTERFACE_VERSION", 9: "E_MALFORMED_MESSAGE", 10: "E_WRONG_MESSAGE_TYPE", 11: "E_E2E_REPEATED", 12: "E_E2E_WRONG_SEQUENCE", 13: "E_E2E", 14: "E_E2E_NOT_AVAILABLE", 15: "E_E2E_NO_NEW_DATA"}
)
