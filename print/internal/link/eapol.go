package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	eapolTypes = Names{eapolPacket: "EAP packet", 1: "EAPOL start", 2: "EAPOL logoff", 3: "EAPOL key", 4: "Encap ASF"}
	eapCodes   = Names{eapRequest: "Request", eapResponse: "Response", 3: "Success", 4: "Failure"}
	eapTypes   = Names{0: "unset", eapIdentity: "Identity", eapNotification: "Notification", eapNak: "Nak", 4: "MD5-challenge", 5: "OTP", 6: "GTC", eapTLS: "TLS", eapSIM: "SIM", eapTTLS: "TTLS",
		eapAKA: "AKA", eapFAST: "FAST", 38: "TNC", 254: "Expanded type", 255: "Experimental"}
	eapFlags    = Flags{{0x80, "L bit"}, {0x40, "More fragments bit"}, {0x20, "Start bit"}}
	eapAKATypes = Names{1: "Challenge", 2: "Authentication reject", 4: "AKA synchronization failure", 5: "Identity", 10: "Start", 11: "Challenge", 12: "Notification", 13: "Reauthentication", 14: "Client error"}
)

const (
	eapolPacket     = 0
	eapRequest      = 1
	eapResponse     = 2
	eapIdentity     = 1
	eapNotification = 2
	eapNak          = 3
	eapTLS          = 13
	eapSIM          = 18
	eapTTLS         = 21
	eapAKA          = 23
	eapFAST         = 43
)

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
	if length <= header {
		d.Print(" (too short for EAP request/response)")
		return
	}
	method := c.U8()
	d.Printf("\n\t\t Type %s (%d)", eapTypes.Of(method, "unknown"), method)
	switch rest := length - 5; method {
	case eapIdentity, eapNotification:
		if rest > 0 {
			d.Printf(", %s: ", eapTypes[method])
			d.Padded(c, rest)
		}
	case eapNak:
		if rest > 0 {
			n := c.U8()
			d.Printf(" %s (%d)", eapTypes.Of(n, "unknown"), n)
		}
	case eapTLS, eapTTLS:
		bits := c.U8()
		version := ""
		if method == eapTTLS {
			version = fmt.Sprintf(" TTLSv%d", bits&7)
		}
		d.Printf("%s flags [%s] 0x%02x", version, eapFlags.Of(bits, ", "), bits)
		if bits&0x80 != 0 {
			d.Printf(", len %d", c.U32())
		}
	case eapFAST:
		bits := c.U8()
		d.Printf(" FASTv%d flags [%s] 0x%02x", bits&7, eapFlags.Of(bits, ", "), bits)
		if bits&0x80 != 0 {
			d.Printf(", len %d", c.U32())
		}
	case eapAKA, eapSIM:
		n := c.U8()
		d.Printf(" subtype [%s] 0x%02x", eapAKATypes.Of(n, "unknown"), n)
	}
}
