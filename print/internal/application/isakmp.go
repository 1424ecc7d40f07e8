package application

import (
	"fmt"
	"strings"

	"bpfc/print/internal/dissect"
)

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
		ikePayload(d, kind, major, c.View.From(c.At).Limit(size), 1)
		d.Print(")")
		c.At += size
		kind = next
	}
}

// ikePayload prints a payload, whose header has 4 bytes, at a depth of payloads inside others.
func ikePayload(d *Context, kind, major int, v View, depth int) {
	const header = 4
	name := ikePayloads.Of(kind, dissect.Pick(kind >= 14 && kind < 33, "pay%d", "#%d"))
	size := v.Length - header
	d.Print(name)
	switch {
	case major != 1:
	case name == "ke":
		d.Printf(": key len=%d", size)
	case name == "nonce":
		d.Printf(": n len=%d", size)
	case name == "vid" || name == "hash" || name == "sig":
		d.Printf(": len=%d", size)
	case name == "sa" && v.Length >= 12:
		ikeAssociation(d, v, depth)
	case name == "p" && v.Length >= 8:
		spi := v.U8(6)
		d.Printf(": #%d protoid=%s transform=%d", v.U8(4), ikeProtocols.Of(v.U8(5), "#%d"), v.U8(7))
		d.PrintfIf(spi > 0, " spi=%x", v.Bytes(8, spi))
		ikeInside(d, ikeTransform, v.U8(5), v.From(8+spi), depth+1)
	case name == "t" && v.Length >= 8:
		ikeTransformed(d, v, 1)
	}
}

const (
	ikeProposal  = 2 // payloads
	ikeTransform = 3
)

// ikeInside prints the payloads inside another.
func ikeInside(d *Context, kind, protocol int, v View, depth int) {
	for kind != 0 && v.Length >= 4 && depth < dissect.MaxDepth {
		v.Need(4)
		next, size := v.U8(0), v.U16(2)
		if size < 4 || size > v.Length {
			d.Printf(" [|%s]", ikePayloads.Of(kind, "#%d"))
			return
		}
		v.Need(size)
		d.Print("\n" + strings.Repeat("    ", depth) + "(")
		if payload := v.Limit(size); kind == ikeTransform && size >= 8 {
			d.Print("t")
			ikeTransformed(d, payload, protocol)
		} else {
			ikePayload(d, kind, 1, payload, depth)
		}
		d.Print(")")
		kind, v = next, v.From(size)
	}
}

// ikeAssociation prints what is proposed for an association.
func ikeAssociation(d *Context, v View, depth int) {
	doi, situation := v.U32(4), v.U32(8)
	if doi != 1 {
		d.Printf(": doi=%d situation=%08x", doi, situation)
		return
	}
	d.Printf(": doi=ipsec situation=%s%s%s", dissect.If(situation&1 != 0, "identity"), dissect.If(situation&2 != 0, "+secrecy"), dissect.If(situation&4 != 0, "+integrity"))
	ikeInside(d, ikeProposal, 0, v.From(12), depth+1)
}

var (
	ikeProtocols  = Names{1: "isakmp", 2: "ipsec-ah", 3: "ipsec-esp", 4: "ipcomp"}
	ikeTransforms = map[int]Names{1: {1: "ike"}, 2: {2: "md5", 3: "sha", 4: "1des", 5: "sha2-256", 6: "sha2-384", 7: "sha2-512"},
		3: {1: "1des-iv64", 2: "1des", 3: "3des", 4: "rc5", 5: "idea", 6: "cast", 7: "blowfish", 8: "3idea", 9: "1des-iv32", 10: "rc4", 11: "null", 12: "aes"}, 4: {1: "oui", 2: "deflate", 3: "lzs"}}
	// ikeAttribute and ipsecAttribute are attributes of transforms: their names, and those of their values.
	ikeAttributes = map[int]ikeAttribute{1: {"enc", Names{1: "1des", 2: "idea", 3: "blowfish", 4: "rc5", 5: "3des", 6: "cast", 7: "aes"}}, 2: {"hash", Names{1: "md5", 2: "sha1", 3: "tiger", 4: "sha2-256", 5: "sha2-384", 6: "sha2-512"}},
		3: {"auth", Names{1: "preshared", 2: "dss", 3: "rsa sig", 4: "rsa enc", 5: "rsa enc revised"}}, 4: {"group desc", ikeGroups}, 5: {"group type", Names{1: "MODP", 2: "ECP", 3: "EC2N"}},
		6: {"p", nil}, 7: {"g1", nil}, 8: {"g2", nil}, 9: {"curve A", nil}, 10: {"curve B", nil}, 11: {"lifetype", Names{1: "sec", 2: "kb"}}, 12: {"lifeduration", nil}, 13: {"prf", nil}, 14: {"keylen", nil}, 15: {"field", nil}, 16: {"order", nil}}
	ipsecAttributes = map[int]ikeAttribute{1: {"lifetype", Names{1: "sec", 2: "kb"}}, 2: {"life", nil}, 3: {"group desc", ikeGroups}, 4: {"enc mode", Names{1: "tunnel", 2: "transport"}},
		5: {"auth", Names{1: "hmac-md5", 2: "hmac-sha1", 3: "1des-mac", 4: "keyed", 5: "hmac-sha2-256", 6: "hmac-sha2-384", 7: "hmac-sha2-512"}}, 6: {"keylen", nil}, 7: {"rounds", nil}, 8: {"dictsize", nil}, 9: {"privalg", nil}}
	ikeGroups = Names{1: "modp768", 2: "modp1024", 3: "EC2N 2^155", 4: "EC2N 2^185", 5: "modp1536", 14: "modp2048", 15: "modp3072", 16: "modp4096", 17: "modp6144", 18: "modp8192"}
)

type ikeAttribute struct {
	name   string
	values Names
}

// ikeTransformed prints a transform of a protocol and its attributes.
func ikeTransformed(d *Context, v View, protocol int) {
	d.Printf(": #%d id=%s ", v.U8(4), ikeTransforms[protocol].Of(v.U8(5), "%d"))
	attributes := ipsecAttributes
	if protocol == 1 {
		attributes = ikeAttributes
	}
	for c := v.Cursor(8); c.Left() >= 4; {
		word := c.U16()
		a := attributes[word&0x7fff]
		if a.name == "" {
			a.name = fmt.Sprintf("#%d", word&0x7fff)
		}
		d.Printf("(type=%s ", a.name)
		if word&0x8000 != 0 {
			n := c.U16()
			d.Printf("value=%s)", a.values.Of(n, fmt.Sprintf("%04x", n)))
			continue
		}
		size := c.U16()
		d.Printf("len=%d value=%x)", size, c.Bytes(min(size, max(c.Left(), 0))))
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
