package application

import (
	"net/netip"

	"bpfc/print/internal/dissect"
)

// DNS (RFC 1035) and its multicast relatives.

var (
	dnsOps   = [16]string{"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"}
	dnsCodes = Names{0: "", 1: " FormErr", 2: " ServFail", 3: " NXDomain", 4: " NotImp", 5: " Refused", 6: " YXDomain", 7: " YXRRSet", 8: " NXRRSet", 9: " NotAuth", 10: " NotZone", 11: " Resp11", 12: " Resp12", 13: " Resp13", 14: " Resp14", 15: " NoChange", 16: " BadVers", 17: "Resp17", 18: " Resp18", 19: " Resp19", 20: " Resp20", 21: "Resp21", 22: " Resp22", 23: " BadCookie"}
	dnsTypes = Names{1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT",
		17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP_PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC",
		33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
		50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA"}
	dnsClasses = Names{1: "IN", 3: "CHAOS", 4: "HS", 255: "ANY"}
)

func DNS(d *Context, v View) { dnsMessage(d, v, false) }

func MDNS(d *Context, v View) { dnsMessage(d, v, true) }

// DNSOverTCP prints DNS over TCP, where a length comes first.
func DNSOverTCP(d *Context, v View) {
	d.Proto = "domain"
	if v.Length <= 2 {
		return
	}
	if length := v.U16(0); length != v.Length-2 {
		d.Printf(" [prefix length(%d) != length(%d)] (invalid)", length, v.Length-2)
		return
	}
	d.Print(" ")
	dnsMessage(d, v.From(2), false)
}

// dnsReader walks a message.
type dnsReader struct {
	dissect.DomainReader
	mdns bool
}

const dnsHeader = 12

func dnsMessage(d *Context, v View, mdns bool) {
	d.Proto = "domain"
	d.StopIf(v.Length < dnsHeader, "domain [length %d < %d] (invalid)", v.Length, dnsHeader)
	d.CutIf(len(v.Data) < dnsHeader)
	r := &dnsReader{dissect.DomainReader{D: d, V: v}, mdns}
	if v.U16(2)&0x8000 != 0 && r.response() || v.U16(2)&0x8000 == 0 && d.Try(func() { r.query() }) {
		d.Printf(" (%d)", v.Length)
	} else {
		d.Mark()
	}
}

// response prints an answer; false if it is cut.
func (r *dnsReader) response() bool {
	d, id, bits := r.D, r.V.U16(0), r.V.U16(2)
	questions := r.V.U16(4)
	d.Printf("%d%s%s%s%s%s%s", id, dnsOps[bits>>11&15], dnsCodes.Of(r.extendedCode(bits&15), " Resp%d"), dissect.If(bits&0x400 != 0, "*"),
		dissect.If(bits&0x80 == 0, "-"), dissect.If(bits&0x200 != 0, "|"), dissect.If(bits&0x20 != 0, "$"))
	d.PrintfIf(questions != 1, " [%dq]", questions)
	at := dnsHeader
	for i := range questions {
		d.If(i > 0, ",")
		if d.Verbose > 1 {
			d.Print(" q:")
			at = r.question(at)
		} else if at = r.SkipName(at); at != dissect.CutOff {
			at += 4
		}
		if at == dissect.CutOff {
			return false
		}
	}
	d.Printf(" %d/%d/%d", r.V.U16(6), r.V.U16(8), r.V.U16(10))
	at = r.records(at, r.V.U16(6), "", true)
	return at != dissect.CutOff && r.more(at)
}

// more prints the sections behind the answers, if they are wanted; false if they are cut.
func (r *dnsReader) more(at int) bool {
	if r.D.Verbose < 2 {
		return true
	}
	if at = r.records(at, r.V.U16(8), " ns:", false); at == dissect.CutOff {
		return false
	}
	return r.records(at, r.V.U16(10), " ar:", false) != dissect.CutOff
}

// query prints a question; rejected if it is cut.
func (r *dnsReader) query() {
	d, id, bits := r.D, r.V.U16(0), r.V.U16(2)
	questions, answers := r.V.U16(4), r.V.U16(6)
	d.Printf("%d%s%s%s", id, dnsOps[bits>>11&15], dissect.If(bits&0x100 != 0, "+"), dissect.If(bits&0x10 != 0, "%"))
	if weird := bits & 0x6cf; weird != 0 {
		d.Printf(" [b2&3=0x%x]", bits)
	}
	count := func(usual, n int, what string) {
		d.PrintfIf(n != usual, " [%d%s]", n, what)
	}
	if bits>>11&15 == 1 { // an inverse query
		count(0, questions, "q")
		count(1, answers, "a")
	} else {
		count(0, answers, "a")
		count(1, questions, "q")
	}
	count(0, r.V.U16(8), "n")
	count(0, r.V.U16(10), "au")
	at := dnsHeader
	for i := range questions {
		dissect.RejectIf(i > 0 && at >= len(r.V.Data))
		if at = r.question(at); at == dissect.CutOff {
			dissect.Reject()
		}
	}
	if d.Verbose < 2 {
		return
	}
	at = r.records(at, answers, "", true)
	dissect.RejectIf(!(at != dissect.CutOff))
	dissect.RejectIf(!(r.more(at)))
}

// records prints a section of n resource records. The first is tried even where nothing is left if always is set.
func (r *dnsReader) records(at, n int, name string, always bool) int {
	for i := range n {
		if at >= len(r.V.Data) && !(always && i == 0) {
			return dissect.CutOff
		}
		r.D.Print(map[bool]string{true: name, false: ","}[i == 0])
		if at = r.record(at); at == dissect.CutOff {
			return dissect.CutOff
		}
	}
	return at
}

func (r *dnsReader) question(start int) int {
	d := r.D
	at := r.SkipName(start)
	if !r.Has(at, 4) {
		return dissect.CutOff
	}
	kind, class := r.V.U16(at), r.V.U16(at+2)
	d.Printf(" %s", dnsTypes.Of(kind, "Type%d"))
	unicast := dissect.If(r.mdns, dissect.Pick(class&0x8000 != 0, " (QU)", " (QM)"))
	if r.mdns {
		class &= 0x7fff
	}
	d.PrintfIf(class != 1, " %s", dnsClasses.Of(class, "(Class %d)"))
	d.Print(unicast + "? ")
	if at = r.Name(start); at == dissect.CutOff {
		return dissect.CutOff
	}
	return at + 4
}

func (r *dnsReader) record(at int) int {
	d, v := r.D, r.V
	if d.Verbose > 0 {
		d.Print(" ")
		if at = r.Name(at); at == dissect.CutOff {
			return dissect.CutOff
		}
	} else {
		at = r.SkipName(at)
	}
	if !r.Has(at, 10) {
		return len(v.Data) // as if there were no more
	}
	kind, class, ttl, size := v.U16(at), v.U16(at+2), v.U32(at+4), v.U16(at+8)
	flush := r.mdns && class&0x8000 != 0
	if r.mdns {
		class &= 0x7fff
	}
	d.PrintfIf(class != 1 && kind != dnsOPT, " %s", dnsClasses.Of(class, "(Class %d)"))
	d.If(flush, " (Cache flush)")
	d.PrintfIf(d.Verbose > 2 && kind != dnsOPT, " [%s]", dissect.RelativeTime(ttl))
	d.Printf(" %s", dnsTypes.Of(kind, "Type%d"))
	at += 10
	if !r.Has(at, size) {
		return dissect.CutOff
	}
	if !r.D.Try(func() { r.recordData(kind, class, int(ttl), at, size) }) {
		return dissect.CutOff
	}
	return at + size
}

const (
	dnsOPT  = 41
	dnsTSIG = 250
)

// recordData prints the size bytes of a record, which are captured; rejected if what they hold reaches beyond them too far.
func (r *dnsReader) recordData(kind, class, ttl, at, size int) {
	d, v := r.D, r.V
	switch kind {
	case 1:
		dissect.RejectIf(!r.Has(at, 4))
		b := v.Bytes(at, 4)
		d.Printf(" %d.%d.%d.%d", b[0], b[1], b[2], b[3])
	case 28:
		dissect.RejectIf(!r.Has(at, 16))
		d.Printf(" %s", dissect.IP6Text(v.Bytes(at, 16)))
	case 2, 5, 12, 39:
		d.Print(" ")
		dissect.RejectIf(!(r.Name(at) != dissect.CutOff))
		return
	case 6:
		dissect.RejectIf(!(d.Verbose == 0 || r.D.Try(func() { r.authority(at) })))
		return
	case 15:
		d.Print(" ")
		dissect.RejectIf(!r.Has(at, 2) || r.Name(at+2) == dissect.CutOff)
		d.Printf(" %d", v.U16(at))
	case 16:
		dissect.RejectIf(!(r.strings(at, at+size)))
		return
	case 33:
		d.Print(" ")
		dissect.RejectIf(!r.Has(at, 6) || r.Name(at+6) == dissect.CutOff)
		d.Printf(":%d %d %d", v.U16(at+4), v.U16(at), v.U16(at+2))
	case 38:
		r.prefix(at)
		return
	case 256:
		d.Printf(" %d %d ", v.U16(at), v.U16(at+2))
		d.Text(v.Data[at+4 : max(at+size, at+4)])
	case 103:
		d.Text(v.Bytes(at, size))
	case dnsOPT:
		d.Printf(" UDPsize=%d%s", class, dissect.If(ttl&0x8000 != 0, " DO"))
		dissect.RejectIf(!(size == 0 || r.D.Try(func() { r.options(at, at+size) })))
		return
	case dnsTSIG:
		dissect.RejectIf(!(d.Verbose == 0 || r.D.Try(func() { r.signature(at) })))
		return
	}
}

// authority prints a start of authority.
func (r *dnsReader) authority(at int) {
	for range 2 {
		r.D.Print(" ")
		if at = r.Name(at); at == dissect.CutOff {
			dissect.Reject()
		}
	}
	dissect.RejectIf(!r.Has(at, 20))
	for i := range 5 {
		r.D.Printf(" %d", r.V.U32(at+4*i))
	}
}

// strings prints character strings.
func (r *dnsReader) strings(at, end int) bool {
	for at < end {
		r.D.Print(` "`)
		if !r.Has(at, 1) {
			return false
		}
		n := r.V.U8(at)
		b := r.V.Data[at+1 : min(at+1+n, len(r.V.Data))]
		r.D.Text(b)
		if len(b) < n {
			return false
		}
		r.D.Print(`"`)
		at += 1 + n
	}
	return true
}

// prefix prints an A6 record (RFC 2874): the end of an address, and the name of what has the beginning.
func (r *dnsReader) prefix(at int) {
	dissect.RejectIf(!r.Has(at, 1))
	bits := r.V.U8(at)
	skip := bits / 8
	if bits > 128 {
		r.D.Printf(" %d(bad plen)", bits)
		return
	}
	if bits < 128 {
		address := make([]byte, 16)
		copy(address[skip:], r.V.Bytes(at+1, 16-skip))
		r.D.Printf(" %d %s", bits, dissect.IP6Text(address))
	}
	if bits > 0 {
		r.D.Print(" ")
		dissect.RejectIf(!(r.Name(at+17-skip) != dissect.CutOff))
		return
	}
}

// signature prints a transaction signature (RFC 8945).
func (r *dnsReader) signature(at int) {
	r.D.Print(" ")
	if at = r.Name(at); at == dissect.CutOff {
		dissect.Reject()
	}
	at += 6 // the time
	for _, field := range []string{"fudge", "maclen", "origid", "error", "otherlen"} {
		dissect.RejectIf(!r.Has(at, 2))
		r.D.Printf(" %s=%d", field, r.V.U16(at))
		if field == "maclen" {
			at += r.V.U16(at)
		}
		at += 2
	}
}

var (
	ednsOptions = Names{1: "LLQ", 2: "UL", 3: "NSID", 5: "DAU", 6: "DHU", 7: "N3U", 8: "ECS", 9: "EXPIRE", 10: "COOKIE", 11: "KEEPALIVE", 12: "PADDING", 13: "CHAIN",
		14: "KEY-TAG", 16: "CLIENT-TAG", 17: "SERVER-TAG"}
	dnssecAlgorithms = Names{0: "DELETE", 1: "RSAMD5", 2: "DH", 3: "DS", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256", 10: "RSASHA512",
		12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448", 252: "INDIRECT", 253: "PRIVATEDNS", 254: "PRIVATEOID"}
	dnssecDigests = Names{1: "SHA-1", 2: "SHA-256", 3: "GOST_R_34.11-94", 4: "SHA-384"}
	nsec3Hashes   = Names{1: "SHA-1"}
)

// options prints what an OPT record holds (RFC 6891).
func (r *dnsReader) options(at, end int) {
	d := r.D
	d.Print(" [")
	for at < end {
		dissect.RejectIf(!r.Has(at, 2))
		kind := r.V.U16(at)
		d.Print(ednsOptions.Of(kind, "Opt%d"))
		dissect.RejectIf(!r.Has(at+2, 2))
		size := r.V.U16(at + 2)
		dissect.RejectIf(!r.Has(at+4, size))
		if size > 0 {
			d.Print(" ")
			r.option(kind, dissect.NewView(r.V.Bytes(at+4, size), size))
		}
		at += 4 + size
		d.If(at < end, ",")
	}
	d.Print("]")
}

func (r *dnsReader) option(kind int, v View) {
	d, n := r.D, v.Length
	names := map[int]Names{5: dnssecAlgorithms, 6: dnssecDigests, 7: nsec3Hashes}[kind]
	switch {
	case kind == 8:
		r.subnet(v)
	case kind == 10 && (n < 8 || n > 8 && n < 16 || n > 40), kind == 11 && n != 2, kind == 9 && n != 4, kind == 14 && n%2 != 0:
		d.Print(" (invalid)")
	case kind == 10:
		d.Printf("%x%s%x", v.Data[:8], dissect.If(n > 8, " "), v.Data[8:])
	case kind == 11:
		d.Printf("%.1f sec", float64(v.U16(0))/10)
	case kind == 9:
		d.Printf("%d sec", v.U32(0))
	case kind == 12:
		d.Printf("(%d)", n)
	case kind == 14:
		for i := 0; i < n; i += 2 {
			d.Printf("%s%d", dissect.If(i > 0, " "), v.U16(i))
		}
	case names != nil:
		for i := range n {
			d.Print(dissect.If(i > 0, " ") + names.Of(v.U8(i), "Alg_%d"))
		}
	case kind == 13:
		(&dissect.DomainReader{D: d, V: v}).Name(0)
	default:
		d.Printf("%x", v.Data)
	}
}

// subnet prints the network of a client (RFC 7871).
func (r *dnsReader) subnet(v View) {
	bits := 0
	if v.Length >= 4 {
		bits = map[int]int{1: 32, 2: 128}[v.U16(0)]
	}
	if bits == 0 || v.Length-4 > bits/8 || v.U8(2) > bits || v.U8(3) > bits || (v.U8(2)+7)/8 != v.Length-4 {
		r.D.Print(" (invalid)")
		return
	}
	address := make([]byte, bits/8)
	copy(address, v.Data[4:])
	a, _ := netip.AddrFromSlice(address)
	r.D.Printf("%s/%d/%d", a.String(), v.U8(2), v.U8(3))
}

// extendedCode gives the response code with its upper eight bits, which are in the OPT record (RFC 6891).
func (r *dnsReader) extendedCode(code int) int {
	at := dnsHeader
	skip := func(n int) bool { at += n; return at < len(r.V.Data) }
	for range r.V.U16(4) {
		if at = r.SkipName(at); at == dissect.CutOff || !skip(4) {
			return code
		}
	}
	for i := range r.V.U16(6) + r.V.U16(8) + r.V.U16(10) {
		if at = r.SkipName(at); !r.Has(at, 5) {
			return code
		}
		if i >= r.V.U16(6)+r.V.U16(8) && r.V.U16(at) == dnsOPT {
			return code | r.V.U8(at+4)<<4
		}
		if !r.Has(at, 10) || !skip(10+r.V.U16(at+8)) {
			return code
		}
	}
	return code
}
