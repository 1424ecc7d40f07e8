package link

import "bpfc/print/internal/dissect"

var (
	eapolTypes  = Names{eapolPacket: "EAP packet", 1: "EAPOL start", 2: "EAPOL logoff", 3: "EAPOL key", 4: "Encapsulated ASF alert"}
	eapCodes    = Names{eapRequest: "Request", eapResponse: "Response", 3: "Success", 4: "Failure"}
	eapFlags    = Flags{{0x80, "L bit"}, {0x40, "More fragments bit"}, {0x20, "Start bit"}}
	eapAKATypes = Names{1: "Challenge", 2: "Authentication reject", 4: "AKA synchronization failure", 5: "Identity", 10: "Start", 11: "Challenge", 12: "Notification", 13: "Reauthentication", 14: "Client error"}
)

const eapolPacket, eapRequest, eapResponse = 0, 1, 2

// eapMethods are the methods of authentication.
var eapMethods = List{Loose: true, Values: Values{
	0: {"No proposed", 0, nil}, 1: {"Identity", 1, dissect.Form(", Identity: %*z")}, 2: {"Notification", 1, dissect.Form(", Notification: %*z")}, 3: {"Nak", 1, dissect.Form(" %1n (%=d)", eapMethod)},
	4: {"MD5-challenge", 0, nil}, 5: {"OTP", 0, nil}, 6: {"GTC", 0, nil}, 13: {"TLS", 0, eapTLS("")}, 18: {"SIM", 0, eapSubtype}, 21: {"TTLS", 0, eapTLS(" TTLSv%1@0[5-7]d")}, 23: {"AKA", 0, eapSubtype},
	38: {"TNC", 0, nil}, 43: {"FAST", 0, eapTLS(" FASTv%1@0[5-7]d")}, 254: {"Expanded types", 0, nil}, 255: {"Experimental", 0, nil},
}}

var eapSubtype = dissect.Form(" subtype [%1n] 0x%=x", eapAKATypes.Or("unknown"))

func eapMethod(d *Context, n int) string { return d.InList().Values.Name(n, "unknown") }

// eapTLS makes a printer of flags, and of a length if they say that there is one, behind the form of a version.
func eapTLS(version string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		d.Form(c, version+" flags [%1n] 0x%=x|%=[0]?{, len %4d}", eapFlags)
	}
}

// EAPOL prints IEEE 802.1X, and with -v what it carries.
func EAPOL(d *Context, v View) {
	const header = 4
	d.Proto = "eap"
	d.CutIf(len(v.Data) < header)
	kind, size := v.U8(1), v.U16(2)
	d.Printf("%s (%d) v%d, len %d", eapolTypes.Of(kind, "unknown"), kind, v.U8(0), size)
	if d.Verbose == 0 || kind != eapolPacket {
		return
	}
	d.CutIf(size == 0)
	d.Print(", ")
	d.LeaveIf(size != v.U16(header+2), "EAP fragment?")
	d.Next(dissect.ByName, dissect.NameEAP, dissect.NewView(v.From(header).Data, size))
}

// EAP prints the Extensible Authentication Protocol (RFC 3748).
func EAP(d *Context, v View) {
	const header = 4
	c := v.Cursor(0)
	code, id, length := c.U8(), c.U8(), c.U16()
	d.Printf("%s (%d), id %d, len %d", eapCodes.Of(code, "unknown"), code, id, length)
	if d.Proto == "eap" {
		d.CutIf(len(v.Data) < v.Length)
	}
	if code != eapRequest && code != eapResponse {
		return
	}
	d.LeaveIf(length <= header, " (too short for EAP request/response)")
	method := c.U8()
	d.Printf("\n\t\t Type %s (%d)", eapMethods.Values.Name(method, "unknown"), method)
	eapMethods.Value(d, method, dissect.NewView(c.Rest().Data, length-5))
}
