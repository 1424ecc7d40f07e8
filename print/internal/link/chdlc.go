package link

import "bpfc/print/internal/dissect"

// Cisco's HDLC.

const chdlcUnicast, chdlcBroadcast, chdlcSLARP = 0x0f, 0x8f, 0x8035 // the last one is a protocol

// CHDLC prints a frame of Cisco's HDLC, in which an ethertype says what it carries.
func CHDLC(d *Context, v View) {
	const size = 4
	d.Proto = "chdlc"
	cutHeader(d, v, dissect.Pick(v.Length < size, len(v.Data)+1, 0))
	kind := v.U16(2)
	if d.LinkHeader {
		d.Form(v.Cursor(0), "%1n, ethertype %2@2n (0x%=x), length %L: ", Names{chdlcUnicast: "unicast", chdlcBroadcast: "bcast"}.Or("0x%02x"), dissect.EtherTypes.Or("Unknown"))
	}
	payload := v.From(size)
	d.Header(size)
	switch kind {
	case dissect.TypeIP, dissect.TypeIPv6, dissect.TypeMPLS, dissect.TypeMPLSMulti:
		d.Next(dissect.ByEtherType, kind, payload)
	case chdlcSLARP:
		slarp(d, payload)
	case dissect.TypeISO:
		cutHeader(d, payload, dissect.Pick(payload.Length < 2, len(payload.Data)+1, 0))
		if n := payload.U8(1); n == dissect.NLPIDCLNP || n == dissect.NLPIDESIS || n == dissect.NLPIDISIS { // behind a byte that pads
			payload = payload.From(1)
		}
		d.Next(dissect.ByName, dissect.NameISO, payload)
	default:
		d.PrintfIf(!d.LinkHeader, "unknown CHDLC protocol (0x%04x)", kind)
	}
}

// slarp prints Cisco's Serial Line Address Resolution Protocol.
func slarp(d *Context, v View) {
	const least, withUptime = 14, 18
	d.Proto = "chdlc_slarp"
	d.Printf("SLARP (length: %d), ", v.Length)
	d.CutIf(v.Length < least || len(v.Data) < least)
	rest := v.From(4)
	switch code := v.U32(0); code {
	case 0:
		d.Print("request")
	case 1:
		d.Form(rest.Cursor(0), "reply %4a/%4a")
	case 2:
		d.Form(rest.Cursor(0), "keepalive: mineseen=0x%4x, yourseen=0x%4x, reliability=0x%2x")
		if v.Length >= withUptime {
			s := v.U32(least) / 1000
			d.Printf(", link uptime=%dd%dh%dm%ds", s/86400, s/3600%24, s/60%60, s%60)
			rest = v.From(withUptime)
		}
	default:
		d.Printf("0x%02x unknown", code)
		if d.Verbose <= 1 {
			d.Unknown(rest, "\n\t", v.Length-4)
		}
	}
	d.PrintfIf(v.Length > withUptime && d.Verbose > 0, ", (trailing junk: %d bytes)", v.Length-withUptime)
	if d.Verbose > 1 {
		d.Unknown(rest, "\n\t", v.Length-4)
	}
}
