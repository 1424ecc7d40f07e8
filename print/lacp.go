package print

import "fmt"

var (
	lacpNames  = NamesT{0: "Terminator", lacpActor: "Actor Information", lacpPartner: "Partner Information", lacpCollector: "Collector Information"}
	markNames  = NamesT{0: "Terminator", markRequest: "Marker Information", markResponse: "Marker Response Information"}
	lacpStates = FlagsT{{1, "Activity"}, {2, "Timeout"}, {4, "Aggregation"}, {8, "Synchronization"}, {16, "Collecting"}, {32, "Distributing"}, {64, "Default"}, {128, "Expired"}}
)

const (
	slowLACP      = 1
	slowMarker    = 2
	slowOAM       = 3
	lacpActor     = 1
	lacpPartner   = 2
	lacpCollector = 3
	markRequest   = 1
	markResponse  = 2
)

// slow prints the slow protocols of IEEE 802.3.
func (d *dissector) slow(v view) {
	d.proto = "slow"
	if v.length < 1 {
		d.invalidRest(v)
		return
	}
	kind := v.u8(0)
	switch kind {
	case slowLACP, slowMarker:
		if v.length < 2 {
			d.invalidRest(v)
			return
		}
		name := NamesT{slowLACP: "LACP", slowMarker: "MARKER"}[kind]
		if version := v.u8(1); version != 1 {
			d.printf("%s version %d packet not supported", name, version)
			return
		}
		d.printf("%sv1, length %d", name, v.length)
		if d.Verbose > 0 {
			d.lacp(v.cursor(2), kind)
		}
		return
	case slowOAM:
		d.printf("OAM, length %d", v.length)
	default:
		d.printf("unknown (%d), length %d", kind, v.length)
		if d.Verbose == 1 || kind == 10 {
			d.unknown(v, "\n\t", v.length)
		}
	}
	if d.Verbose > 1 {
		d.unknown(v, "\n\t", v.length)
	}
}

// lacp prints the fields of link aggregation.
func (d *dissector) lacp(c *cursor, protocol int) {
	names := map[int]NamesT{slowLACP: lacpNames, slowMarker: markNames}[protocol]
	for c.left() > 0 {
		if c.left() < 2 {
			d.invalidRest(c.rest())
			return
		}
		start := c.at
		kind, size := c.u8(), c.u8()
		d.printf("\n\t%s TLV (0x%02x), length %d", names.of(kind, "Unknown"), kind, size)
		if kind == 0 { // what follows is reserved
			return
		}
		want := 0
		switch {
		case protocol == slowLACP:
			want = map[int]int{lacpActor: 20, lacpPartner: 20, lacpCollector: 16}[kind]
		default:
			want = map[int]int{markRequest: 16, markResponse: 16}[kind]
		}
		if size < 2 || size > c.length-start || want != 0 && size != want {
			if want != 0 && size != want {
				d.printf(" (wrong length)")
			}
			d.invalidRest(c.rest())
			return
		}
		value := newView(c.bytes(size-2), size-2).cursor(0)
		switch {
		case want == 20:
			priority, system, key, portPriority, port := value.u16(), value.bytes(6), value.u16(), value.u16(), value.u16()
			d.printf("\n\t  System %s, System Priority %d, Key %d, Port %d, Port Priority %d", mac(system), priority, key, port, portPriority)
			d.printf("\n\t  State Flags [%s]", lacpStates.of(value.u8(), ", "))
		case protocol == slowLACP && want == 16:
			d.printf("\n\t  Max Delay %d", value.u16())
		case want == 16:
			port, system := value.u16(), value.bytes(6)
			d.printf("\n\t  Request System %s, Request Port %d, Request Transaction ID 0x%08x", mac(system), port, value.u32())
		case d.Verbose <= 1:
			d.unknown(value.view, "\n\t  ", value.length)
		}
		if d.Verbose > 1 {
			d.unknown(value.view, "\n\t  ", value.length)
		}
	}
}

var (
	eapolTypes = NamesT{eapolPacket: "EAP packet", 1: "EAPOL start", 2: "EAPOL logoff", 3: "EAPOL key", 4: "Encap ASF"}
	eapCodes   = NamesT{eapRequest: "Request", eapResponse: "Response", 3: "Success", 4: "Failure"}
	eapTypes   = NamesT{0: "unset", eapIdentity: "Identity", eapNotification: "Notification", eapNak: "Nak", 4: "MD5-challenge", 5: "OTP", 6: "GTC", eapTLS: "TLS", eapSIM: "SIM", eapTTLS: "TTLS",
		eapAKA: "AKA", eapFAST: "FAST", 38: "TNC", 254: "Expanded type", 255: "Experimental"}
	eapFlags    = FlagsT{{0x80, "L bit"}, {0x40, "More fragments bit"}, {0x20, "Start bit"}}
	eapAKATypes = NamesT{1: "Challenge", 2: "Authentication reject", 4: "AKA synchronization failure", 5: "Identity", 10: "Start", 11: "Challenge", 12: "Notification", 13: "Reauthentication", 14: "Client error"}
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

// eapol prints IEEE 802.1X, and with -v the Extensible Authentication Protocol in it (RFC 3748).
func (d *dissector) eapol(v view) {
	const header = 4
	d.proto = "eap"
	if len(v.b) < header {
		d.cut()
	}
	kind, size := v.u8(1), v.u16(2)
	d.printf("%s (%d) v%d, len %d", eapolTypes.of(kind, "unknown"), kind, v.u8(0), size)
	if d.Verbose == 0 || kind != eapolPacket {
		return
	}
	if size == 0 {
		d.cut()
	}
	c := v.cursor(header)
	d.print(", ")
	code, id, length := c.u8(), c.u8(), c.u16()
	d.printf("%s (%d), id %d, len %d", eapCodes.of(code, "unknown"), code, id, length)
	if len(v.b) < header+size {
		d.cut()
	}
	if code != eapRequest && code != eapResponse {
		return
	}
	method := c.u8()
	d.printf("\n\t\t Type %s (%d)", eapTypes.of(method, "unknown"), method)
	switch rest := length - 5; method {
	case eapIdentity, eapNotification:
		if rest > 0 {
			d.printf(", %s: ", eapTypes[method])
			d.padded(c, rest)
		}
	case eapNak:
		if rest > 0 {
			n := c.u8()
			d.printf(" %s (%d)", eapTypes.of(n, "unknown"), n)
		}
	case eapTLS, eapTTLS:
		bits := c.u8()
		version := ""
		if method == eapTTLS {
			version = fmt.Sprintf(" TTLSv%d", bits&7)
		}
		d.printf("%s flags [%s] 0x%02x", version, eapFlags.of(bits, ", "), bits)
		if bits&0x80 != 0 {
			d.printf(", len %d", c.u32())
		}
	case eapFAST:
		bits := c.u8()
		d.printf(" FASTv%d flags [%s] 0x%02x", bits&7, eapFlags.of(bits, ", "), bits)
		if bits&0x80 != 0 {
			d.printf(", len %d", c.u32())
		}
	case eapAKA, eapSIM:
		n := c.u8()
		d.printf(" subtype [%s] 0x%02x", eapAKATypes.of(n, "unknown"), n)
	}
}
