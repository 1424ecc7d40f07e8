package application

import "bpfc/print/internal/dissect"

var (
	ikePhases   = map[bool]string{true: "phase 1", false: "phase 2/others"}
	ikeTypes    = Names{0: "none", 1: "base", 2: "ident", 3: "auth", 4: "agg", 5: "inf", 32: "oakley-quick", 33: "oakley-newgroup", 34: "ikev2_init", 35: "ikev2_auth", 36: "child_sa", 37: "inf2"}
	ikePayloads = Names{0: "none", 1: "sa", 2: "p", 3: "t", 4: "ke", 5: "id", 6: "cert", 7: "cr", 8: "hash", 9: "sig", 10: "nonce", 11: "n", 12: "d", 13: "vid",
		33: "v2sa", 34: "v2ke", 35: "v2IDi", 36: "v2IDr", 37: "v2cert", 38: "v2CR", 39: "v2auth", 40: "v2nonce", 41: "v2n", 42: "v2d", 43: "v2vid", 44: "v2TSi", 45: "v2TSr", 46: "v2e", 47: "v2cp", 48: "v2eap"}
)

// ISAKMP prints the head of IKE (RFC 2408, 7296).
func ISAKMP(d *Context, v View) {
	const header = 28
	d.Proto = "isakmp"
	d.CutIf(len(v.Data) < header)
	d.Print("isakmp")
	major := v.U8(17) >> 4
	if d.Verbose > 0 {
		d.Printf(" %d.%d msgid %08x", major, v.U8(17)&15, v.U32(20))
	}
	if d.Verbose > 1 {
		d.Printf(" cookie %016x->%016x", v.U64(0), v.U64(8))
	}
	d.Print(":")
	first, kind, bits := v.U32(20) == 0, v.U8(18), v.U8(19)
	letters, encrypted := "", bits&1 != 0
	switch major {
	case 1:
		d.Printf(" %s %s %s", ikePhases[first], ikeRole(d, v), ikeTypes.Of(kind, "#%d"))
		letters = dissect.If(encrypted, "E") + dissect.If(bits&2 != 0, "C")
	case 2:
		d.Printf(" %s %s", dissect.Pick(first, "parent_sa", "child_sa "), ikeTypes.Of(kind, "#%d"))
		letters = dissect.If(bits&0x08 != 0, "I") + dissect.If(bits&0x10 != 0, "V") + dissect.If(bits&0x20 != 0, "R")
	default:
		return
	}
	d.PrintfIf(bits != 0, "[%s]", letters)
	if d.Verbose == 0 {
		return
	}
	d.Print(":")
	if encrypted {
		d.Printf(" [encrypted %s]", ikePayloads.Of(v.U8(16), "#%d"))
	} else {
		printIKEPayloads(d, v.Cursor(header), v.U8(16), major)
	}
	if length := v.U32(24); int64(length) != int64(v.Length) {
		d.Printf(" (len mismatch: isakmp %d/ip %d)", length, v.Length)
	}
}

// printIKEPayloads prints the names of payloads.
func printIKEPayloads(d *Context, c *Cursor, kind, major int) {
	for kind != 0 {
		if !c.Has(4) || !c.Has(c.View.U16(c.At+2)) {
			d.Printf(" [|%s]", ikePayloads.Of(kind, "#%d"))
			return
		}
		next, size := c.View.U8(c.At), c.View.U16(c.At+2)
		d.Print("\n    (")
		if size <= 4 {
			d.Print(")")
			return
		}
		d.Printf("%s)", ikePayloads.Of(kind, "#%d"))
		c.At += size
		kind = next
	}
}

// exchange is who speaks to whom in a key exchange.
type exchange struct{ initiator, responder string }

// ikeRole tells the initiator's messages from the responder's: the first
// message of an exchange has no responder cookie and says who began.
func ikeRole(d *Context, v View) string {
	cookie := v.U64(0)
	exchanges := dissect.Remembered[exchangeRing](d)
	known, ok := exchanges.find(cookie)
	here := exchange{string(d.Source), string(d.Destination)}
	switch {
	case !ok && v.U64(8) != 0:
		return "?"
	case !ok:
		exchanges.add(cookie, here)
		return "I"
	case here == known:
		return "I"
	case here.initiator == known.responder && here.responder == known.initiator:
		return "R"
	}
	return "?"
}

// maxExchanges is how many key exchanges are remembered, as in tcpdump.
const maxExchanges = 20

// exchangeRing holds the latest key exchanges.
type exchangeRing struct {
	cookies   [maxExchanges]uint64
	exchanges [maxExchanges]exchange
	next, n   int
}

func (r *exchangeRing) find(cookie uint64) (exchange, bool) {
	for i := range r.n {
		if r.cookies[i] == cookie {
			return r.exchanges[i], true
		}
	}
	return exchange{}, false
}

func (r *exchangeRing) add(cookie uint64, e exchange) {
	r.cookies[r.next], r.exchanges[r.next] = cookie, e
	r.next = (r.next + 1) % maxExchanges
	r.n = min(r.n+1, maxExchanges)
}
