package application

import (
	"fmt"
	"net/netip"
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
		whole := size > ikePayloadHeader && ikePayload(d, kind, dissect.NewView(c.From(c.At).Data, size), 1)
		d.Print(")")
		if !whole {
			return
		}
		c.At += size
		kind = next
	}
}

const ikePayloadHeader = 4 // bytes: the kind of the next payload, flags, the length

// ikeRow is how a payload is printed: under what name, from how many bytes on, and by what, which gets the payload with its
// header.
type ikeRow struct {
	name  string
	least int
	print func(d *Context, v View, depth int)
}

// ikeRows are the payloads of both versions, each by its own number. The functions of the others call it by its name only.
func ikeRows() map[int]ikeRow {
	return map[int]ikeRow{
		1: {"sa", 12, ikeAssociation}, 2: {"p", 8, ikeProposed},
		3:  {"t", 8, func(d *Context, v View, _ int) { ikeTransformed(d, v, 0) }},
		4:  {"ke", 4, ikeBytes(": key len=%d")},
		5:  {"id", 8, ikeIdentity},
		6:  {"cert", 5, ikeCertificate},
		7:  {"cr", 5, ikeCertificate},
		8:  {"hash", 4, ikeBytes(": len=%d")},
		9:  {"sig", 4, ikeBytes(": len=%d")},
		10: {"nonce", 4, ikeBytes(": n len=%d")},
		11: {"n", 12, ikeNotice},
		12: {"d", 12, ikeDeletion},
		13: {"vid", 4, ikeBytes(": len=%d")},
		33: {"sa", 4, ike2Association},
		34: {"v2ke", 8, ike2Key},
		35: {"v2IDi", 5, ike2Identity}, 36: {"v2IDr", 5, ike2Identity},
		37: {"v2cert", 4, ikeBytes(": len=%d")}, 38: {"v2cr", 4, ikeBytes(": len=%d")},
		39: {"v2auth", 8, ike2Authentication},
		40: {"nonce", 4, ike2Nonce},
		41: {"n", 8, ike2Notice},
		42: {"v2d", 4, ikeBytes(": len=%d")},
		43: {"v2vid", 4, func(d *Context, v View, _ int) {
			d.Printf(": len=%d vid=", v.Length-ikePayloadHeader)
			radiusText(d, v.From(ikePayloadHeader), nil)
		}},
		44: {"v2TSi", 4, ikeBytes(": len=%d")}, 45: {"v2TSr", 4, ikeBytes(": len=%d")},
		46: {"v2e", 4, func(d *Context, v View, _ int) { d.Printf(": len=%d", v.Length-ikePayloadHeader) }},
		47: {"v2cp", 4, ikeBytes(": len=%d")}, 48: {"v2eap", 4, ikeBytes(": len=%d")},
	}
}

// ikePayload prints a payload, whose header has 4 bytes, at a depth of payloads inside others; false if it is too short.
func ikePayload(d *Context, kind int, v View, depth int) bool {
	row, known := ikeRows()[kind]
	if !known {
		d.Print(ikePayloadName(kind))
		return true
	}
	if len(v.Data) < row.least {
		d.Printf(" [|%s]", ikePayloads[kind])
		return false
	}
	d.Print(row.name)
	row.print(d, v, depth)
	return true
}

// ikeHex prints the rest of a payload with -vvv.
func ikeHex(d *Context, v View) {
	if d.Verbose > 2 && v.Length > 0 {
		d.Printf(" %x", v.Bytes(0, v.Length))
	}
}

// ikeBytes prints a payload of which nothing is known but its length.
func ikeBytes(format string) func(d *Context, v View, _ int) {
	return func(d *Context, v View, _ int) {
		d.Printf(format, v.Length-ikePayloadHeader)
		ikeHex(d, v.From(ikePayloadHeader))
	}
}

// ikeBrief prints the first ten bytes and the last twenty.
func ikeBrief(d *Context, b []byte) {
	first := min(len(b), 10)
	d.Printf(" data=(%x...%x)", b[:first], b[max(first, len(b)-20):])
}

// ikeIdentities are the identities (RFC 2407).
var ikeIdentities = List{Other: "#%d", Short: func(d *Context, f dissect.Fault) { d.Printf(" [bad: < %d]", f.Least) }, Unknown: func(d *Context, c *Cursor) { ikeHex(d, c.View) }, Values: Values{
	1: {"IPv4", 4, dissect.Form(" %4a")}, 2: {"FQDN", 0, dissect.Form(" %*s")}, 3: {"user FQDN", 0, dissect.Form(" %*s")},
	4: {"IPv4net", 8, dissect.Form(" %4a/%4v", func(b []byte) string { return dissect.AddressText(netip.AddrFrom4([4]byte(b))) })}, 5: {"IPv6", 16, dissect.Form(" %16a")},
	6: {"IPv6net", 32, dissect.Form(" %16a/0x%16b")}, 7: {"IPv4range", 8, dissect.Form(" %4a-%4a")}, 8: {"IPv6range", 32, dissect.Form(" %16a-%16a")}, 9: {"ASN1 DN", 0, nil}, 10: {"ASN1 GN", 0, nil}, 11: {"keyid", 0, nil},
}}

func ikeIdentity(d *Context, v View, _ int) {
	kind := v.U8(4)
	value := v.From(8)
	protocol := fmt.Sprint(v.U8(5))
	if name := d.ProtocolName(v.U8(5)); name != "" && v.U8(5) != 0 {
		protocol = name
	}
	d.Printf(": idtype=%s protoid=%s port=%d len=%d", ikeIdentities.Values.Name(kind, ikeIdentities.Other), protocol, v.U16(6), value.Length)
	if value.Length > 0 {
		ikeIdentities.Value(d, kind, value)
	}
}

func ikeCertificate(d *Context, v View, _ int) {
	d.Printf(": len=%d type=%s", v.Length-ikePayloadHeader, Names{0: "none", 1: "pkcs7", 2: "pgp", 3: "dns", 4: "x509sign", 5: "x509ke", 6: "kerberos", 7: "crl", 8: "arl", 9: "spki", 10: "x509attr"}.Of(v.U8(4), "#%d"))
	ikeHex(d, v.From(ikePayloadHeader))
}

var ikeErrors = Names{1: "INVALID-PAYLOAD-TYPE", 2: "DOI-NOT-SUPPORTED", 3: "SITUATION-NOT-SUPPORTED", 4: "INVALID-COOKIE", 5: "INVALID-MAJOR-VERSION", 6: "INVALID-MINOR-VERSION", 7: "INVALID-EXCHANGE-TYPE",
	8: "INVALID-FLAGS", 9: "INVALID-MESSAGE-ID", 10: "INVALID-PROTOCOL-ID", 11: "INVALID-SPI", 12: "INVALID-TRANSFORM-ID", 13: "ATTRIBUTES-NOT-SUPPORTED", 14: "NO-PROPOSAL-CHOSEN", 15: "BAD-PROPOSAL-SYNTAX",
	16: "PAYLOAD-MALFORMED", 17: "INVALID-KEY-INFORMATION", 18: "INVALID-ID-INFORMATION", 19: "INVALID-CERT-ENCODING", 20: "INVALID-CERTIFICATE", 21: "CERT-TYPE-UNSUPPORTED", 22: "INVALID-CERT-AUTHORITY",
	23: "INVALID-HASH-INFORMATION", 24: "AUTHENTICATION-FAILED", 25: "INVALID-SIGNATURE", 26: "ADDRESS-NOTIFICATION", 27: "NOTIFY-SA-LIFETIME", 28: "CERTIFICATE-UNAVAILABLE", 29: "UNSUPPORTED-EXCHANGE-TYPE",
	30: "UNEQUAL-PAYLOAD-LENGTHS", 8192: "RESERVED", 16384: "CONNECTED", ikeLifetime: "RESPONDER-LIFETIME", ikeReplay: "REPLAY-STATUS", 24578: "INITIAL-CONTACT"}

const (
	ikeLifetime = 24576 // notices whose data are known
	ikeReplay   = 24577
)

// ikeErrorName names a notice; those without a name have a number in their range (RFC 2408, 3.14.1).
func ikeErrorName(n int) string {
	if name, ok := ikeErrors[n]; ok {
		return name
	}
	if n < 32768 {
		n %= 8192
	}
	return fmt.Sprintf("#%d", n)
}

func ikeNotice(d *Context, v View, _ int) {
	doi, protocol, spi, kind := v.U32(4), v.U8(8), v.U8(9), v.U16(10)
	if doi == 1 {
		d.Printf(": doi=ipsec proto=%s type=%s", ikeProtocols.Of(protocol, "#%d"), ikeErrorName(kind))
	} else {
		d.Printf(": doi=%d proto=%d type=#%d", doi, protocol, kind)
	}
	d.PrintfIf(spi > 0, " spi=%x", v.Bytes(12, spi))
	data := v.From(12 + spi)
	switch {
	case len(data.Data) == 0 || doi != 1: // what follows the payload counts, too, as in tcpdump
	case kind == ikeLifetime:
		d.Print(" attrs=(")
		ikeAttributesOf(d, data, ikeAttributes)
		d.Print(")")
	case kind == ikeReplay:
		d.Print(" status=(")
		d.Printf("replay detection %sabled)", dissect.Pick(data.U32(0) != 0, "en", "dis"))
	default:
		ikeBrief(d, data.Data)
	}
}

func ikeDeletion(d *Context, v View, _ int) {
	doi, protocol, size, n := v.U32(4), v.U8(8), v.U8(9), v.U16(10)
	if doi == 1 {
		d.Printf(": doi=ipsec proto=%s", ikeProtocols.Of(protocol, "#%d"))
	} else {
		d.Printf(": doi=%d proto=%d", doi, protocol)
	}
	d.Printf(" spilen=%d nspi=%d spi=", size, n)
	for i := 0; i < n && size > 0 && 12+i*size < v.Length; i++ {
		d.Printf("%s%x", dissect.If(i > 0, ","), v.Bytes(12+i*size, size))
	}
}

const (
	ikeProposal  = 2 // payloads
	ikeTransform = 3
)

// ikeInside prints the payloads inside another by a function; where they make no sense, the name of that other.
func ikeInside(d *Context, kind int, outer string, v View, depth int, print func(d *Context, v View)) {
	for kind != 0 && v.Length >= ikePayloadHeader && depth < dissect.MaxDepth {
		v.Need(ikePayloadHeader)
		next, size := v.U8(0), v.U16(2)
		if size < ikePayloadHeader || size > v.Length {
			d.Printf(" [|%s]", outer)
			return
		}
		v.Need(size)
		d.Print("\n" + strings.Repeat("    ", depth) + "(")
		print(d, dissect.NewView(v.Data, size))
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
	ikeInside(d, ikeProposal, "p", v.From(12), depth+1, func(d *Context, v View) { ikePayload(d, ikeProposal, v, depth+1) })
}

func ikeProposed(d *Context, v View, depth int) {
	spi, protocol := v.U8(6), v.U8(5)
	d.Printf(": #%d protoid=%s transform=%d", v.U8(4), ikeProtocols.Of(protocol, "#%d"), v.U8(7))
	d.PrintfIf(spi > 0, " spi=%x", v.Bytes(8, spi))
	ikeInside(d, ikeTransform, "t", v.From(8+spi), depth+1, func(d *Context, v View) {
		if v.Length < 8 {
			ikePayload(d, ikeTransform, v, depth+1)
			return
		}
		d.Print("t")
		ikeTransformed(d, v, protocol)
	})
}

// ike2Association prints what is proposed (RFC 7296).
func ike2Association(d *Context, v View, depth int) {
	d.Printf(": len=%d", v.Length-ikePayloadHeader)
	ikeInside(d, ikeProposal, "v2sa", v.From(ikePayloadHeader), depth+1, func(d *Context, v View) {
		spi := v.U8(6)
		d.Printf("p: #%d protoid=%s transform=%d len=%d", v.U8(4), ikeProtocols.Of(v.U8(5), "#%d"), v.U8(7), v.Length)
		d.PrintfIf(spi > 0, " spi=%x", v.Bytes(8, spi))
		n := 0
		ikeInside(d, ikeTransform, "v2p", v.From(8+spi), depth+2, func(d *Context, v View) {
			n++
			kind, id := v.U8(4), v.U16(6)
			names, known := ike2Transforms[kind]
			d.Printf("t: #%d type=%s id=%s ", n, Names{1: "encr", 2: "prf", 3: "integ", 4: "dh", 5: "esn"}.Of(kind, "#%d"), names.Of(id, dissect.Pick(known, "#%d", "%d")))
			ikeAttributesOf(d, v.From(8), map[int]ikeAttribute{14: {"keylen", nil}})
		})
	})
}

var ike2Transforms = map[int]Names{1: ikeTransforms[3], 2: {1: "hmac-md5", 2: "hmac-sha", 3: "hmac-tiger", 4: "aes128_xcbc"}, 3: {1: "hmac-md5", 2: "hmac-sha", 3: "dec-mac", 4: "kpdk-md5", 5: "aes-xcbc"}, 4: ikeGroups,
	5: {0: "no-esn", 1: "esn"}}

func ike2Key(d *Context, v View, _ int) {
	d.Printf(": len=%d group=%s", v.Length-8, ikeGroups.Of(v.U16(4), "#%d"))
	ikeHex(d, v.From(8))
}

// ike2Identity prints who speaks; what is no name, in hexadecimal.
func ike2Identity(d *Context, v View, _ int) {
	value := v.From(8)
	d.Printf(": len=%d", v.Length-ikePayloadHeader)
	ikeHex(d, v.From(ikePayloadHeader))
	name := Names{1: "ipv4", 2: "fqdn", 3: "rfc822", 5: "ipv6", 9: "dn", 10: "gn", 11: "keyid"}[v.U8(4)]
	switch {
	case name == "":
	case value.Length < 0:
		d.Printf(" %s: [|%s]", name, ikePayloads[35])
	case name == "fqdn" || name == "rfc822":
		d.Printf(" %s:", name)
		radiusText(d, value, nil)
	default:
		d.Printf(" %s:%x", name, value.Bytes(0, value.Length))
	}
}

func ike2Authentication(d *Context, v View, _ int) {
	d.Printf(": len=%d method=%s", v.Length-ikePayloadHeader, Names{0: "invalid", 1: "rsasig", 2: "shared-secret", 3: "dsssig"}.Of(v.U8(4), "#%d"))
	if d.Verbose > 1 {
		d.Printf(" authdata=(%x) ", v.Bytes(8, max(v.Length-8, 0)))
	} else if v.Length > 8 {
		ikeBrief(d, v.Data[8:]) // as tcpdump, with what follows
	}
}

func ike2Nonce(d *Context, v View, _ int) {
	d.Printf(": len=%d", v.Length-ikePayloadHeader)
	if d.Verbose > 1 {
		d.Printf(" nonce=(%x) ", v.Bytes(ikePayloadHeader, max(v.Length-ikePayloadHeader, 0)))
	} else if v.Length > ikePayloadHeader {
		ikeBrief(d, v.Data[ikePayloadHeader:])
	}
}

// ike2Notices are the notices: their names, and whether they come without an SPI that is printed.
var (
	ike2Notices = Names{1: "unsupported_critical_payload", 4: "invalid_ike_spi", 5: "invalid_major_version", 7: "invalid_syntax", 9: "invalid_message_id", 11: "invalid_spi", 14: "no_protocol_chosen",
		17: "invalid_ke_payload", 24: "authentication_failed", 34: "single_pair_required", 35: "no_additional_sas", 36: "internal_address_failure", 37: "failed:cp_required", 39: "invalid_selectors", 16384: "initial_contact",
		16385: "set_window_size", 16386: "additional_ts_possible", 16387: "ipcomp_supported", ike2SourceNAT: "nat_detection_source_ip", ike2TargetNAT: "nat_detection_destination_ip", ike2Cookie: "cookie",
		16391: "use_transport_mode", 16392: "http_cert_lookup_supported", 16393: "rekey_sa", 16394: "tfc_padding_not_supported", 16395: "non_first_fragment_also"}
	ike2Bare = Names{1: "", 5: "", 14: "", 35: "", 36: "", 37: "", 39: "", 16384: "", 16385: "", 16386: "", 16387: "", 16391: "", 16392: "", 16394: "", 16395: ""}
)

const (
	ike2SourceNAT = 16388
	ike2TargetNAT = 16389
	ike2Cookie    = 16390
)

func ike2Notice(d *Context, v View, _ int) {
	size, kind := v.U8(5), v.U16(6)
	class := "error"
	switch {
	case kind >= 40960:
		class = "private-status"
	case kind >= 16384:
		class = "status"
	case kind >= 8192:
		class = "private-error"
	}
	d.Printf(": prot_id=%s type=%d(%s)", ikeProtocols.Of(v.U8(4), "#%d"), kind, ike2Notices.Of(kind, class))
	_, bare := ike2Bare[kind]
	d.PrintfIf(!bare && size > 0, " spi=%x", v.Bytes(8, size))
	data := v.From(8 + size)
	if shown := kind == ike2Cookie || d.Verbose > 3 && (kind == ike2SourceNAT || kind == ike2TargetNAT); shown && data.Length > 0 {
		d.Printf(" data=(%x)", data.Bytes(0, data.Length))
	}
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
	ikeGroups = Names{1: "modp768", 2: "modp1024", 3: "EC2N 2^155", 4: "EC2N 2^185", 5: "modp1536", 6: "iana-grp06", 7: "iana-grp07", 8: "iana-grp08", 9: "iana-grp09", 10: "iana-grp10", 11: "iana-grp11", 12: "iana-grp12", 13: "iana-grp13", 14: "modp2048", 15: "modp3072", 16: "modp4096", 17: "modp6144", 18: "modp8192"}
)

type ikeAttribute struct {
	name   string
	values Names
}

// ikeTransformed prints a transform of a protocol and its attributes.
func ikeTransformed(d *Context, v View, protocol int) {
	names, known := ikeTransforms[protocol]
	d.Printf(": #%d id=%s ", v.U8(4), names.Of(v.U8(5), dissect.Pick(known, "#%d", "%d")))
	ikeAttributesOf(d, v.From(8), dissect.Pick(protocol == 1, ikeAttributes, ipsecAttributes))
}

// ikeAttributesOf prints attributes by their names.
func ikeAttributesOf(d *Context, v View, names map[int]ikeAttribute) {
	for c := v.Cursor(0); c.Left() > 0; {
		word, size := c.U16(), c.View.U16(c.At)
		if word&0x8000 != 0 {
			size = 0
		}
		if 2+size > c.Left() {
			d.Print("[|attr]")
			return
		}
		a := names[word&0x7fff]
		if a.name == "" {
			a.name = fmt.Sprintf("#%d", word&0x7fff)
		}
		d.Printf("(type=%s ", a.name)
		n := c.U16()
		if word&0x8000 != 0 {
			d.Printf("value=%s)", a.values.Of(n, fmt.Sprintf("%04x", n)))
		} else {
			d.Printf("len=%d value=%x)", n, c.Bytes(n))
		}
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
	case !ok && (cookie == 0 || v.U64(8) != 0):
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
