package application

import (
	"net/netip"

	"bpfc/print/internal/dissect"
)

// DNS (RFC 1035) and its multicast relatives.

var (
	dnsOps   = [16]string{"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"}
	dnsCodes = Names{0: "", 1: " FormErr", 2: " ServFail", 3: " NXDomain", 4: " NotImp", 5: " Refused", 6: " YXDomain", 7: " YXRRSet", 8: " NXRRSet", 9: " NotAuth", 10: " NotZone", 11: " Resp11", 12: " Resp12", 13: " Resp13", 14: " Resp14", 15: " NoChange", 16: " BadVers", 17: "Resp17", 18: " Resp18", 19: " Resp19", 20: " Resp20", 21: "Resp21", 22: " Resp22", 23: " BadCookie"}
	dnsTypes = Names{1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP",
		18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP_PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC", 33: "SRV",
		34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 99: "SPF",
		100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC", 104: "UNSPECA", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI"}
	dnsClasses = Names{1: "IN", 3: "CHAOS", 4: "HS", 255: "ANY"}
)

func DNS(d *Context, v View) { dnsMessage(d, v, false) }

func MDNS(d *Context, v View) { dnsMessage(d, v, true) }

// DNSOverTCP prints DNS over TCP, where a length comes first.
func DNSOverTCP(d *Context, v View) {
	d.Proto = "domain"
	d.StopIf(v.Length < 2, " [DNS over TCP: length %d < 2] (invalid)", v.Length)
	length := v.U16(0)
	d.StopIf(length != v.Length-2, " [prefix length(%d) != length(%d)] (invalid)", length, v.Length-2)
	d.Print(" ")
	dnsMessage(d, v.From(2), false)
}

// dnsReader reads a message; what is cut is rejected.
type dnsReader struct {
	*Context
	*Cursor
	mdns bool
}

const dnsHeader = 12

func dnsMessage(d *Context, v View, mdns bool) {
	d.Proto = "domain"
	d.StopIf(v.Length < dnsHeader, "domain [length %d < %d] (invalid)", v.Length, dnsHeader)
	d.CutIf(len(v.Data) < dnsHeader)
	r := dnsReader{d, d.NewCursor(dissect.NewView(v.Data, len(v.Data)), dnsHeader), mdns}
	if d.Try(func() { r.message(v.U16(2)) }) {
		d.Printf(" (%d)", v.Length)
	} else {
		d.Mark()
	}
}

// count gives how many records a section has: questions, answers, and what is behind them.
func (r dnsReader) count(section int) int { return r.View.U16(4 + 2*section) }

func (r dnsReader) message(bits int) {
	if bits&0x8000 != 0 {
		r.response(bits)
	} else {
		r.query(bits)
	}
}

func (r dnsReader) response(bits int) {
	d := r.Context
	code := dnsCodes.Of(r.extendedCode(bits&15), " Resp%d")
	d.Printf("%d%s%s", r.View.U16(0), dnsOps[bits>>11&15], code)
	d.Form(r.View.Cursor(2), "%2[5]?{*}%=[8]?{}{-}%=[6]n%=[10]?{$}", [2]string{"", "|"})
	d.PrintfIf(r.count(0) != 1, " [%dq]", r.count(0))
	for i := range r.count(0) {
		d.If(i > 0, ",")
		if d.Verbose > 1 {
			d.Print(" q:")
			r.question()
		} else {
			dissect.RejectIf(!dissect.SkipDomain(r.Cursor))
			r.At += 4
		}
	}
	d.Printf(" %d/%d/%d", r.count(1), r.count(2), r.count(3))
	r.records(1, "")
	r.more()
}

// more prints the sections behind the answers, if they are wanted.
func (r dnsReader) more() {
	if r.Verbose > 1 {
		r.records(2, " ns:")
		r.records(3, " ar:")
	}
}

func (r dnsReader) query(bits int) {
	d := r.Context
	d.Printf("%d%s%s%s", r.View.U16(0), dnsOps[bits>>11&15], dissect.If(bits&0x100 != 0, "+"), dissect.If(bits&0x10 != 0, "%"))
	d.PrintfIf(bits&0x6cf != 0, " [b2&3=0x%x]", bits)
	first, usual := 1, [4]int{1, 0, 0, 0} // the section that is told first, and how many each has
	if bits>>11&15 == 1 {                 // an inverse query
		first, usual = 0, [4]int{0, 1, 0, 0}
	}
	for _, i := range [4]int{first, 1 - first, 2, 3} {
		d.PrintfIf(r.count(i) != usual[i], " [%d%s]", r.count(i), [4]string{"q", "a", "n", "au"}[i])
	}
	for i := range r.count(0) {
		dissect.RejectIf(i > 0 && !r.Has(1))
		r.question()
	}
	if d.Verbose > 1 {
		r.records(1, "")
		r.more()
	}
}

// records prints a section of resource records. The first answer is tried even where nothing is left.
func (r dnsReader) records(section int, name string) {
	for i := range r.count(section) {
		dissect.RejectIf(!r.Has(1) && !(section == 1 && i == 0))
		r.Print(dissect.Pick(i == 0, name, ","))
		r.record()
	}
}

// class prints a class, if it is not the usual one, and tells whether the upper bit of mDNS is set.
func (r dnsReader) class(class int) (marked bool) {
	if r.mdns {
		class, marked = class&0x7fff, class&0x8000 != 0
	}
	r.PrintfIf(class != 1, " %s", dnsClasses.Of(class, "(Class %d)"))
	return marked
}

func (r dnsReader) question() {
	d, start := r.Context, r.At
	dissect.RejectIf(!dissect.SkipDomain(r.Cursor) || !r.Has(4))
	d.Printf(" %s", dnsType(r.U16()))
	marked := r.class(r.U16())
	d.If(r.mdns, dissect.Pick(marked, " (QU)", " (QM)"))
	d.Print("? ")
	r.At = start
	dissect.Domain(d, r.Cursor)
	r.At += 4
}

func dnsType(n int) string { return dnsTypes.Of(n, "Type%d") }

func (r dnsReader) record() {
	d := r.Context
	whole := true
	if d.Verbose > 0 {
		d.Form(r.Cursor, " %p", dissect.Domain)
	} else {
		whole = dissect.SkipDomain(r.Cursor)
	}
	if !whole || !r.Has(10) {
		r.At = len(r.Data) // as if there were no more
		return
	}
	kind, class, ttl, size := r.U16(), r.U16(), r.U32(), r.U16()
	if kind != dnsOPT {
		d.If(r.class(class), " (Cache flush)")
		d.PrintfIf(d.Verbose > 2, " [%s]", dissect.RelativeTime(ttl))
	} else {
		d.If(r.mdns && class&0x8000 != 0, " (Cache flush)")
	}
	d.Printf(" %s", dnsType(kind))
	dissect.RejectIf(!r.Has(size))
	end := r.At + size
	switch print, known := dnsRecords[kind]; {
	case known:
		print(d, r.Cursor)
	case kind == 16:
		r.strings(end)
	case kind == 256:
		d.Form(r.Cursor, " %2d %2d ")
		d.Text(r.Data[r.At:max(end, r.At)])
	case kind == 103:
		d.Text(r.Bytes(size))
	case kind == dnsOPT:
		d.Printf(" UDPsize=%d%s", dissect.Pick(r.mdns, class&0x7fff, class), dissect.If(ttl&0x8000 != 0, " DO"))
		if size > 0 {
			r.options(end)
		}
	}
	r.At = end
}

const dnsOPT = 41

// dnsRecords are what records hold (but for those whose printers want their size), which may reach beyond them.
var dnsRecords = map[int]dissect.Printer{
	1: dissect.Form("%4! %1d.%1d.%1d.%1d"), 28: dissect.Form("%16! %16v", dissect.IP6Text), 2: dnsName, 5: dnsName, 12: dnsName, 39: dnsName,
	6: dissect.Form("%1+{ %p %p%20! %4d %4d %4d %4d %4d}", dissect.Domain, dissect.Domain), 15: dissect.Form(" %2!%2_%p %2@0d", dissect.Domain),
	33: dissect.Form(" %6!%6_%p:%2@4d %2@0d %2@2d", dissect.Domain), 38: dnsPrefix,
	250: dissect.Form("%1+{ %p%8!%6_ fudge=%2d%2! maclen=%2d%#!%#_%2! origid=%2d%2! error=%2d%2! otherlen=%2d}", dissect.Domain), // RFC 8945
}

var dnsName = dissect.Form(" %p", dissect.Domain)

// strings prints character strings.
func (r dnsReader) strings(end int) {
	for r.At < end {
		r.Print(` "`)
		dissect.RejectIf(!r.Has(1))
		n := r.U8()
		r.Text(r.Data[r.At:min(r.At+n, len(r.Data))])
		dissect.RejectIf(!r.Has(n))
		r.Print(`"`)
		r.At += n
	}
}

// dnsPrefix prints an A6 record (RFC 2874): the end of an address, and the name of what has the beginning.
func dnsPrefix(d *Context, c *Cursor) {
	dissect.RejectIf(!c.Has(1))
	bits := c.U8()
	if bits > 128 {
		d.Printf(" %d(bad plen)", bits)
		return
	}
	if bits < 128 {
		address := make([]byte, 16)
		copy(address[bits/8:], c.View.Bytes(c.At, 16-bits/8))
		d.Printf(" %d %s", bits, dissect.IP6Text(address))
	}
	if c.At += 16 - bits/8; bits > 0 {
		dnsName(d, c)
	}
}

// ednsOptions are what an OPT record holds (RFC 6891).
var ednsOptions = List{Short: dissect.Prints(" (invalid)"), Unknown: dissect.Form("%*b"), Values: Values{
	1: {"LLQ", 0, nil}, 2: {"UL", 0, nil}, 3: {"NSID", 0, nil}, 5: {"DAU", 0, ednsNames(dnssecAlgorithms)}, 6: {"DHU", 0, ednsNames(dnssecDigests)}, 7: {"N3U", 0, ednsNames(nsec3Hashes)}, 8: {"ECS", 0, ednsSubnet},
	9: {"EXPIRE", -4, dissect.Form("%4d sec")}, 10: {"COOKIE", 0, ednsCookie}, 11: {"KEEPALIVE", -2, func(d *Context, c *Cursor) { d.Printf("%.1f sec", float64(c.U16())/10) }}, 12: {"PADDING", 0, dissect.Form("(%L)")},
	13: {"CHAIN", 0, func(d *Context, c *Cursor) { d.Try(func() { dissect.Domain(d, c) }) }}, 14: {"KEY-TAG", 0, ednsTags}, 16: {"CLIENT-TAG", 0, nil}, 17: {"SERVER-TAG", 0, nil},
}}

var (
	dnssecAlgorithms = Names{0: "DELETE", 1: "RSAMD5", 2: "DH", 3: "DS", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256", 10: "RSASHA512",
		12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448", 252: "INDIRECT", 253: "PRIVATEDNS", 254: "PRIVATEOID"}
	dnssecDigests = Names{1: "SHA-1", 2: "SHA-256", 3: "GOST_R_34.11-94", 4: "SHA-384"}
	nsec3Hashes   = Names{1: "SHA-1"}
)

func ednsNames(names Names) dissect.Printer {
	return dissect.Every(1, " ", dissect.Form("%1n", names.Or("Alg_%d")))
}

// options prints what an OPT record holds.
func (r dnsReader) options(end int) {
	r.Print(" [")
	for r.At < end {
		dissect.RejectIf(!r.Has(2))
		kind := r.U16()
		r.Print(ednsOptions.Values.Name(kind, "Opt%d"))
		dissect.RejectIf(!r.Has(2))
		size := r.U16()
		dissect.RejectIf(!r.Has(size))
		if value := r.Take(size); size > 0 {
			r.Print(" ")
			ednsOptions.Value(r.Context, kind, value)
		}
		r.If(r.At < end, ",")
	}
	r.Print("]")
}

func ednsCookie(d *Context, c *Cursor) {
	if n := c.Length; n < 8 || n > 8 && n < 16 || n > 40 {
		d.Print(" (invalid)")
		return
	}
	d.Form(c, "%8b%1>{ %*b}")
}

func ednsTags(d *Context, c *Cursor) {
	if c.Length%2 != 0 {
		d.Print(" (invalid)")
		return
	}
	dissect.Every(2, " ", dissect.Form("%2d"))(d, c)
}

// ednsSubnet prints the network of a client (RFC 7871).
func ednsSubnet(d *Context, c *Cursor) {
	v, bits := c.View, 0
	if v.Length >= 4 {
		bits = map[int]int{1: 32, 2: 128}[v.U16(0)]
	}
	if bits == 0 || v.Length-4 > bits/8 || v.U8(2) > bits || v.U8(3) > bits || (v.U8(2)+7)/8 != v.Length-4 {
		d.Print(" (invalid)")
		return
	}
	address := make([]byte, bits/8)
	copy(address, v.Data[4:])
	a, _ := netip.AddrFromSlice(address)
	d.Printf("%s/%d/%d", a.String(), v.U8(2), v.U8(3))
}

// extendedCode gives the response code with its upper eight bits, which are in the OPT record (RFC 6891).
func (r dnsReader) extendedCode(code int) int {
	c := r.View.Cursor(dnsHeader)
	skip := func(n int) bool { c.At += n; return c.Has(1) }
	for range r.count(0) {
		if !dissect.SkipDomain(c) || !skip(4) {
			return code
		}
	}
	for i := range r.count(1) + r.count(2) + r.count(3) {
		if !dissect.SkipDomain(c) || !c.Has(5) {
			return code
		}
		if i >= r.count(1)+r.count(2) && c.View.U16(c.At) == dnsOPT {
			return code | c.View.U8(c.At+4)<<4
		}
		if !c.Has(10) || !skip(10+c.View.U16(c.At+8)) {
			return code
		}
	}
	return code
}
