package application

import "bpfc/print/internal/dissect"

var (
	ikeTypes    = Names{0: "none", 1: "base", 2: "ident", 3: "auth", 4: "agg", 5: "inf", 32: "oakley-quick", 33: "oakley-newgroup", 34: "ikev2_init", 35: "ikev2_auth", 36: "child_sa", 37: "inf2"}
	ikePayloads = Names{0: "none", 1: "sa", 2: "p", 3: "t", 4: "ke", 5: "id", 6: "cert", 7: "cr", 8: "hash", 9: "sig", 10: "nonce", 11: "n", 12: "d", 13: "vid",
		33: "v2sa", 34: "v2ke", 35: "v2IDi", 36: "v2IDr", 37: "v2cert", 38: "v2CR", 39: "v2auth", 40: "v2nonce", 41: "v2n", 42: "v2d", 43: "v2vid", 44: "v2TSi", 45: "v2TSr", 46: "v2e", 47: "v2cp", 48: "v2eap"}
)

// ISAKMP prints the head of IKE (RFC 2408, 7296).
func ISAKMP(d *Context, v View) {
	const header = 28
	d.Proto = "isakmp"
	d.CutIf(len(v.Data) < header)
	c := v.Cursor(0)
	d.Form(c, "isakmp%1+{ %1@17[0-3]d.%=[4-7]d msgid %4@20x}%2+{ cookie %8@0x->%8@8x}:")
	switch v.U8(17) >> 4 {
	case 1:
		d.Form(c, " %4@20n %p %1@18n%1@19?{[%=[7]?{E}%=[6]?{C}]}", [2]string{"phase 1", "phase 2/others"}, ikeRole, ikeTypes.Or("#%d"))
	case 2:
		d.Form(c, " %4@20n %1@18n%1@19?{[%=[4]?{I}%=[3]?{V}%=[2]?{R}]}", [2]string{"parent_sa", "child_sa "}, ikeTypes.Or("#%d"))
	default:
		return
	}
	if d.Verbose == 0 {
		return
	}
	d.Print(":")
	if v.U8(19)&1 != 0 { // encrypted
		d.Printf(" [encrypted %s]", ikePayloads.Of(v.U8(16), "#%d"))
	} else {
		printIKEPayloads(d, v.Cursor(header), v.U8(16))
	}
	if length := v.U32(24); int64(length) != int64(v.Length) {
		d.Printf(" (len mismatch: isakmp %d/ip %d)", length, v.Length)
	}
}

// ikePayloadName names a payload, also one of the reserved numbers.
func ikePayloadName(kind int) string {
	return ikePayloads.Of(kind, dissect.Pick(kind >= 14 && kind < 33, "pay%d", "#%d"))
}

// printIKEPayloads prints payloads.
func printIKEPayloads(d *Context, c *Cursor, kind int) {
	for kind != 0 {
		if !c.Has(ikePayloadHeader) || !c.Has(c.View.U16(c.At+2)) {
			d.Printf(" [|%s]", ikePayloadName(kind))
			return
		}
		next, size := c.View.U8(c.At), c.View.U16(c.At+2)
		d.Print("\n    (")
		whole := size > ikePayloadHeader && ikePayload(d, kind, dissect.NewView(c.From(c.At+ikePayloadHeader).Data, size-ikePayloadHeader))
		d.Print(")")
		if !whole {
			return
		}
		c.At += size
		kind = next
	}
}

// exchange is who speaks to whom in a key exchange.
type exchange struct{ initiator, responder string }

// maxExchanges is how many key exchanges are remembered, as in tcpdump.
const maxExchanges = 20

// ikeRole tells the initiator's messages from the responder's: the first
// message of an exchange has no responder cookie and says who began.
func ikeRole(d *Context, c *Cursor) {
	cookie := c.View.U64(0)
	exchanges := dissect.Remembered[dissect.Calls[uint64, exchange]](d)
	exchanges.Most = maxExchanges
	known, ok := exchanges.Find(cookie)
	here := exchange{string(d.Source), string(d.Destination)}
	switch {
	case !ok && cookie != 0 && c.View.U64(8) == 0:
		exchanges.Add(cookie, here)
		d.Print("I")
	case ok && here == known:
		d.Print("I")
	case ok && here.initiator == known.responder && here.responder == known.initiator:
		d.Print("R")
	default:
		d.Print("?")
	}
}
