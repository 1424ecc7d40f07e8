package application

// What is in the payloads of IKE, of which isakmp.go prints the names.

import (
	"fmt"
	"net/netip"
	"strings"

	"bpfc/print/internal/dissect"
)

const ikePayloadHeader = 4 // bytes: the kind of the next payload, flags, the length

// ikeRest ends forms of payloads: the bytes that are left, with -vvv. ikeBytes is one of which nothing is known but its length.
const ikeRest = "%3+{%1>{ %*b}}"

var ikeBytes = dissect.Form(": len=%L" + ikeRest)

// ikeRows are the payloads of both versions, each by its own number, with the bytes that must be captured behind the header.
var ikeRows = Values{
	1: {"sa", 8, ikeAssociation}, 2: {"p", 4, func(d *Context, c *Cursor) { ikeProposed(d, c, 2) }}, 3: {"t", 4, func(d *Context, c *Cursor) { ikeTransformed(d, c, 0) }},
	4: {"ke", 0, dissect.Form(": key len=%L" + ikeRest)}, 5: {"id", 4, ikeIdentity}, 6: {"cert", 1, ikeCertificate}, 7: {"cr", 1, ikeCertificate}, 8: {"hash", 0, ikeBytes}, 9: {"sig", 0, ikeBytes},
	10: {"nonce", 0, dissect.Form(": n len=%L" + ikeRest)}, 11: {"n", 8, ikeNotice}, 12: {"d", 8, ikeDeletion}, 13: {"vid", 0, ikeBytes}, 33: {"sa", 0, ike2Association},
	34: {"v2ke", 4, dissect.Form("%4_: len=%r group=%2@0n"+ikeRest, ikeGroups.Or("#%d"))}, 35: {"v2IDi", 1, ike2Identity}, 36: {"v2IDr", 1, ike2Identity}, 37: {"v2cert", 0, ikeBytes}, 38: {"v2cr", 0, ikeBytes},
	39: {"v2auth", 4, dissect.Form(": len=%L method=%1n%3_%2+{ authdata=(%*b) }{%p}", Names{0: "invalid", 1: "rsasig", 2: "shared-secret", 3: "dsssig"}.Or("#%d"), ikeBrief)},
	40: {"nonce", 0, dissect.Form(": len=%L%2+{ nonce=(%*b) }{%p}", ikeBrief)}, 41: {"n", 4, ike2Notice}, 42: {"v2d", 0, ikeBytes}, 43: {"v2vid", 0, dissect.Form(": len=%L vid=%p", radiusText)},
	44: {"v2TSi", 0, ikeBytes}, 45: {"v2TSr", 0, ikeBytes}, 46: {"v2e", 0, dissect.Form(": len=%L")}, 47: {"v2cp", 0, ikeBytes}, 48: {"v2eap", 0, ikeBytes},
}

// ikePayload prints what is behind the header of a payload; false if it is too short.
func ikePayload(d *Context, kind int, v View) bool {
	row, known := ikeRows[kind]
	if !known {
		d.Print(ikePayloadName(kind))
		return true
	}
	if len(v.Data) < row.Least {
		d.Printf(" [|%s]", ikePayloads[kind])
		return false
	}
	d.Print(row.Name)
	row.Print(d, v.Cursor(0))
	return true
}

// ikeBrief prints the first ten bytes and the last twenty, if there are some; as in tcpdump, what follows the payload counts, too.
func ikeBrief(d *Context, c *Cursor) {
	if c.Left() > 0 {
		ikeEnds(d, c.Rest().Data)
	}
}

func ikeEnds(d *Context, b []byte) {
	first := min(len(b), 10)
	d.Printf(" data=(%x...%x)", b[:first], b[max(first, len(b)-20):])
}

// ikeIdentities are the identities (RFC 2407).
var ikeIdentities = List{Other: "#%d", Short: func(d *Context, f dissect.Fault) { d.Printf(" [bad: < %d]", f.Least) }, Unknown: dissect.Form(ikeRest), Values: Values{
	1: {"IPv4", 4, dissect.Form(" %4a")}, 2: {"FQDN", 0, dissect.Form(" %*s")}, 3: {"user FQDN", 0, dissect.Form(" %*s")},
	4: {"IPv4net", 8, dissect.Form(" %4a/%4v", func(b []byte) string { return dissect.AddressText(netip.AddrFrom4([4]byte(b))) })}, 5: {"IPv6", 16, dissect.Form(" %16a")},
	6: {"IPv6net", 32, dissect.Form(" %16a/0x%16b")}, 7: {"IPv4range", 8, dissect.Form(" %4a-%4a")}, 8: {"IPv6range", 32, dissect.Form(" %16a-%16a")}, 9: {"ASN1 DN", 0, nil}, 10: {"ASN1 GN", 0, nil}, 11: {"keyid", 0, nil},
}}

func ikeIdentity(d *Context, c *Cursor) {
	kind := c.View.U8(0)
	protocol := func(d *Context, n int) string {
		if name := d.ProtocolName(n); name != "" && n != 0 {
			return name
		}
		return fmt.Sprint(n)
	}
	d.Form(c, ": idtype=%1n protoid=%1n port=%2d len=%r", func(n int) string { return ikeIdentities.Values.Name(n, ikeIdentities.Other) }, protocol)
	if c.Left() > 0 {
		ikeIdentities.Value(d, kind, c.Rest())
	}
}

var ikeCertificate = dissect.Form(": len=%L type=%1@0n"+ikeRest, Names{0: "none", 1: "pkcs7", 2: "pgp", 3: "dns", 4: "x509sign", 5: "x509ke", 6: "kerberos", 7: "crl", 8: "arl", 9: "spki", 10: "x509attr"}.Or("#%d"))

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

// ikeDomain prints a domain of interpretation and a protocol, and tells whether they are those of IPsec.
func ikeDomain(d *Context, c *Cursor) bool {
	if c.View.U32(0) == 1 {
		d.Form(c, "%4_: doi=ipsec proto=%1n", ikeProtocols.Or("#%d"))
		return true
	}
	d.Form(c, ": doi=%4d proto=%1d")
	return false
}

func ikeNotice(d *Context, c *Cursor) {
	ipsec := ikeDomain(d, c)
	spi, kind := c.U8(), c.U16()
	d.Printf(" type=%s", dissect.Pick(ipsec, ikeErrorName(kind), fmt.Sprintf("#%d", kind)))
	d.PrintfIf(spi > 0, " spi=%x", c.Bytes(spi))
	data := c.Rest()
	switch {
	case len(data.Data) == 0 || !ipsec: // what follows the payload counts, too, as in tcpdump
	case kind == ikeLifetime:
		d.Print(" attrs=(")
		ikeAttributesOf(d, data, ikeAttributes)
		d.Print(")")
	case kind == ikeReplay:
		d.Form(c, " status=(|replay detection %4nabled)", [2]string{"dis", "en"})
	default:
		ikeEnds(d, data.Data)
	}
}

func ikeDeletion(d *Context, c *Cursor) {
	ikeDomain(d, c)
	size, n := c.U8(), c.U16()
	d.Printf(" spilen=%d nspi=%d spi=", size, n)
	for i := 0; i < n && size > 0 && c.Left() > 0; i++ {
		d.Printf("%s%x", dissect.If(i > 0, ","), c.Bytes(size))
	}
}

const (
	ikeProposal  = 2 // payloads
	ikeTransform = 3
)

// ikeInside prints the payloads inside another, what is behind their headers by a printer; where they make no sense, the name of
// that other.
func ikeInside(d *Context, kind int, outer string, v View, depth int, print dissect.Printer) {
	for kind != 0 && v.Length >= ikePayloadHeader {
		v.Need(ikePayloadHeader)
		next, size := v.U8(0), v.U16(2)
		if size < ikePayloadHeader || size > v.Length {
			d.Printf(" [|%s]", outer)
			return
		}
		v.Need(size)
		d.Print("\n" + strings.Repeat("    ", depth) + "(")
		print(d, dissect.NewView(v.Data, size).From(ikePayloadHeader).Cursor(0))
		d.Print(")")
		kind, v = next, v.From(size)
	}
}

// ikeAssociation prints what is proposed for an association.
func ikeAssociation(d *Context, c *Cursor) {
	if c.View.U32(0) != 1 {
		d.Form(c, ": doi=%4d situation=%4x")
		return
	}
	d.Form(c, "%4_: doi=ipsec situation=%4[31]?{identity}%=[30]?{+secrecy}%=[29]?{+integrity}")
	ikeInside(d, ikeProposal, "p", c.Rest(), 2, func(d *Context, c *Cursor) {
		if len(c.Data) < 4 {
			d.Print(" [|p]")
			return
		}
		d.Print("p")
		ikeProposed(d, c, 3)
	})
}

// ikeProposed prints a proposal, and the transforms in it at a depth.
func ikeProposed(d *Context, c *Cursor, depth int) {
	protocol, spi := c.View.U8(1), c.View.U8(2)
	d.Form(c, ": #%1d protoid=%1n%1_ transform=%1d", ikeProtocols.Or("#%d"))
	d.PrintfIf(spi > 0, " spi=%x", c.Bytes(spi))
	ikeInside(d, ikeTransform, "t", c.Rest(), depth, func(d *Context, c *Cursor) {
		if len(c.Data) < 4 {
			d.Print(" [|t]")
			return
		}
		d.Print("t")
		ikeTransformed(d, c, dissect.Pick(c.Length < 4, 0, protocol))
	})
}

// ike2Association prints what is proposed (RFC 7296).
func ike2Association(d *Context, c *Cursor) {
	d.Form(c, ": len=%L")
	ikeInside(d, ikeProposal, "v2sa", c.View, 2, func(d *Context, c *Cursor) {
		d.Form(c, "p: #%1d protoid=%1n%1_ transform=%1d", ikeProtocols.Or("#%d"))
		d.Printf(" len=%d", c.Length+ikePayloadHeader)
		spi, n := c.View.U8(2), 0
		d.PrintfIf(spi > 0, " spi=%x", c.Bytes(spi))
		ikeInside(d, ikeTransform, "v2p", c.Rest(), 3, func(d *Context, c *Cursor) {
			n++
			names, known := ike2Transforms[c.View.U8(0)]
			d.Printf("t: #%d", n)
			d.Form(c, " type=%1n%1_ id=%2n ", Names{1: "encr", 2: "prf", 3: "integ", 4: "dh", 5: "esn"}.Or("#%d"), names.Or(dissect.Pick(known, "#%d", "%d")))
			ikeAttributesOf(d, c.Rest(), map[int]ikeAttribute{14: {"keylen", nil}})
		})
	})
}

var ike2Transforms = map[int]Names{1: ikeTransforms[3], 2: {1: "hmac-md5", 2: "hmac-sha", 3: "hmac-tiger", 4: "aes128_xcbc"}, 3: {1: "hmac-md5", 2: "hmac-sha", 3: "dec-mac", 4: "kpdk-md5", 5: "aes-xcbc"}, 4: ikeGroups,
	5: {0: "no-esn", 1: "esn"}}

// ike2Identity prints who speaks; what is no name, in hexadecimal.
func ike2Identity(d *Context, c *Cursor) {
	d.Form(c, ": len=%L"+ikeRest)
	value := c.From(4).Cursor(0)
	name := Names{1: "ipv4", 2: "fqdn", 3: "rfc822", 5: "ipv6", 9: "dn", 10: "gn", 11: "keyid"}[c.View.U8(0)]
	switch {
	case name == "":
	case value.Length < 0:
		d.Printf(" %s: [|%s]", name, ikePayloads[35])
	case name == "fqdn" || name == "rfc822":
		d.Form(value, " "+name+":%p", radiusText)
	default:
		d.Form(value, " "+name+":%*b")
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

func ike2Notice(d *Context, c *Cursor) {
	size, kind := c.View.U8(1), c.View.U16(2)
	class := "error"
	switch {
	case kind >= 40960:
		class = "private-status"
	case kind >= 16384:
		class = "status"
	case kind >= 8192:
		class = "private-error"
	}
	d.Form(c, ": prot_id=%1n%1_ type=%2d(%=n)", ikeProtocols.Or("#%d"), ike2Notices.Or(class))
	_, bare := ike2Bare[kind]
	d.PrintfIf(!bare && size > 0, " spi=%x", c.Bytes(size))
	if kind == ike2Cookie || d.Verbose > 3 && (kind == ike2SourceNAT || kind == ike2TargetNAT) {
		d.Form(c, "%1>{ data=(%*b)}")
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
func ikeTransformed(d *Context, c *Cursor, protocol int) {
	names, known := ikeTransforms[protocol]
	d.Form(c, ": #%1d id=%1n ", names.Or(dissect.Pick(known, "#%d", "%d")))
	ikeAttributesOf(d, c.From(4), dissect.Pick(protocol == 1, ikeAttributes, ipsecAttributes))
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
