package link

import "bpfc/print/internal/dissect"

// Cisco's HDLC.

const (
	chdlcUnicast   = 0x0f
	chdlcBroadcast = 0x8f
	chdlcSLARP     = 0x8035 // a protocol
)

// CHDLC prints a frame of Cisco's HDLC, in which an ethertype says what it carries.
func CHDLC(d *Context, v View) {
	const size = 4
	d.Proto = "chdlc"
	if v.Length < size {
		d.Header(len(v.Data))
		d.Mark()
		return
	}
	kind := v.U16(2)
	if d.LinkHeader {
		d.Printf("%s, ethertype %s (0x%04x), length %d: ", Names{chdlcUnicast: "unicast", chdlcBroadcast: "bcast"}.Of(v.U8(0), "0x%02x"),
			dissect.EtherTypes.Of(kind, "Unknown"), kind, v.Length)
	}
	payload := v.From(size)
	d.Header(size)
	switch kind {
	case dissect.TypeIP, dissect.TypeIPv6, dissect.TypeMPLS, dissect.TypeMPLSMulti:
		d.Next(dissect.ByEtherType, kind, payload)
	case chdlcSLARP:
		slarp(d, payload)
	case dissect.TypeISO:
		if payload.Length < 2 {
			d.Header(len(v.Data) - size)
			d.Mark()
			return
		}
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
		d.Printf("reply %s/%s", d.IP4(v.Bytes(4, 4)), d.IP4(v.Bytes(8, 4)))
	case 2:
		d.Printf("keepalive: mineseen=0x%08x, yourseen=0x%08x, reliability=0x%04x", v.U32(4), v.U32(8), v.U16(12))
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
