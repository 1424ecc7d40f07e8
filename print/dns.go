package print

import "net/netip"

// DNS (RFC 1035) and its multicast relatives.

var (
	dnsOps   = [16]string{"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"}
	dnsCodes = NamesT{0: "", 1: " FormErr", 2: " ServFail", 3: " NXDomain", 4: " NotImp", 5: " Refused", 6: " YXDomain", 7: " YXRRSet", 8: " NXRRSet", 9: " NotAuth", 10: " NotZone", 11: " Resp11", 12: " Resp12", 13: " Resp13", 14: " Resp14", 15: " NoChange", 16: " BadVers", 17: "Resp17", 18: " Resp18", 19: " Resp19", 20: " Resp20", 21: "Resp21", 22: " Resp22", 23: " BadCookie"}
	dnsTypes = NamesT{1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT",
		17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP_PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC",
		33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
		50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA"}
	dnsClasses = NamesT{1: "IN", 3: "CHAOS", 4: "HS", 255: "ANY"}
)

func (d *dissector) dns(v view)  { d.dnsMessage(v, false) }
func (d *dissector) mdns(v view) { d.dnsMessage(v, true) }

// dnsTCP prints DNS over TCP, where a length comes first.
func (d *dissector) dnsTCP(v view) {
	d.proto = "domain"
	if v.length <= 2 {
		return
	}
	if length := v.u16(0); length != v.length-2 {
		d.printf(" [prefix length(%d) != length(%d)] (invalid)", length, v.length-2)
		return
	}
	d.print(" ")
	d.dnsMessage(v.from(2), false)
}

// dnsReader walks a message.
type dnsReader struct {
	domainReader
	mdns bool
}

const dnsHeader = 12

func (d *dissector) dnsMessage(v view, mdns bool) {
	d.proto = "domain"
	if v.length < dnsHeader {
		d.printf("domain [length %d < %d] (invalid)", v.length, dnsHeader)
		return
	}
	if len(v.b) < dnsHeader {
		d.mark()
		return
	}
	r := &dnsReader{domainReader{d: d, v: v}, mdns}
	if v.u16(2)&0x8000 != 0 && r.response() || v.u16(2)&0x8000 == 0 && r.query() {
		d.printf(" (%d)", v.length)
		return
	}
	d.mark()
}

// response prints an answer; false if it is cut.
func (r *dnsReader) response() bool {
	d, id, bits := r.d, r.v.u16(0), r.v.u16(2)
	questions := r.v.u16(4)
	d.printf("%d%s%s%s%s%s%s", id, dnsOps[bits>>11&15], dnsCodes.of(r.extendedCode(bits&15), " Resp%d"), mark(bits&0x400 != 0, "*"),
		mark(bits&0x80 == 0, "-"), mark(bits&0x200 != 0, "|"), mark(bits&0x20 != 0, "$"))
	if questions != 1 {
		d.printf(" [%dq]", questions)
	}
	at := dnsHeader
	for i := range questions {
		d.onlyIf(i > 0, ",")
		if d.Verbose > 1 {
			d.print(" q:")
			at = r.question(at)
		} else if at = r.skipName(at); at != cutOff {
			at += 4
		}
		if at == cutOff {
			return false
		}
	}
	d.printf(" %d/%d/%d", r.v.u16(6), r.v.u16(8), r.v.u16(10))
	at = r.records(at, r.v.u16(6), "", true)
	return at != cutOff && r.more(at)
}

// more prints the sections behind the answers, if they are wanted; false if they are cut.
func (r *dnsReader) more(at int) bool {
	if r.d.Verbose < 2 {
		return true
	}
	if at = r.records(at, r.v.u16(8), " ns:", false); at == cutOff {
		return false
	}
	return r.records(at, r.v.u16(10), " ar:", false) != cutOff
}

// query prints a question; false if it is cut.
func (r *dnsReader) query() bool {
	d, id, bits := r.d, r.v.u16(0), r.v.u16(2)
	questions, answers := r.v.u16(4), r.v.u16(6)
	d.printf("%d%s%s%s", id, dnsOps[bits>>11&15], mark(bits&0x100 != 0, "+"), mark(bits&0x10 != 0, "%"))
	if weird := bits & 0x6cf; weird != 0 {
		d.printf(" [b2&3=0x%x]", bits)
	}
	count := func(usual, n int, what string) {
		if n != usual {
			d.printf(" [%d%s]", n, what)
		}
	}
	if bits>>11&15 == 1 { // an inverse query
		count(0, questions, "q")
		count(1, answers, "a")
	} else {
		count(0, answers, "a")
		count(1, questions, "q")
	}
	count(0, r.v.u16(8), "n")
	count(0, r.v.u16(10), "au")
	at := dnsHeader
	for i := range questions {
		if i > 0 && at >= len(r.v.b) {
			return false
		}
		if at = r.question(at); at == cutOff {
			return false
		}
	}
	if d.Verbose < 2 {
		return true
	}
	at = r.records(at, answers, "", true)
	return at != cutOff && r.more(at)
}

// records prints a section of n resource records. The first is tried even where nothing is left if always is set.
func (r *dnsReader) records(at, n int, name string, always bool) int {
	for i := range n {
		if at >= len(r.v.b) && !(always && i == 0) {
			return cutOff
		}
		r.d.print(map[bool]string{true: name, false: ","}[i == 0])
		if at = r.record(at); at == cutOff {
			return cutOff
		}
	}
	return at
}

func (r *dnsReader) question(start int) int {
	d := r.d
	at := r.skipName(start)
	if !r.has(at, 4) {
		return cutOff
	}
	kind, class := r.v.u16(at), r.v.u16(at+2)
	d.printf(" %s", dnsTypes.of(kind, "Type%d"))
	unicast := mark(r.mdns, map[bool]string{true: " (QU)", false: " (QM)"}[class&0x8000 != 0])
	if r.mdns {
		class &= 0x7fff
	}
	if class != 1 {
		d.printf(" %s", dnsClasses.of(class, "(Class %d)"))
	}
	d.print(unicast + "? ")
	if at = r.name(start); at == cutOff {
		return cutOff
	}
	return at + 4
}

func (r *dnsReader) record(at int) int {
	d, v := r.d, r.v
	if d.Verbose > 0 {
		d.print(" ")
		if at = r.name(at); at == cutOff {
			return cutOff
		}
	} else {
		at = r.skipName(at)
	}
	if !r.has(at, 10) {
		return len(v.b) // as if there were no more
	}
	kind, class, ttl, size := v.u16(at), v.u16(at+2), v.u32(at+4), v.u16(at+8)
	flush := r.mdns && class&0x8000 != 0
	if r.mdns {
		class &= 0x7fff
	}
	if class != 1 && kind != dnsOPT {
		d.printf(" %s", dnsClasses.of(class, "(Class %d)"))
	}
	d.onlyIf(flush, " (Cache flush)")
	if d.Verbose > 2 && kind != dnsOPT {
		d.printf(" [%s]", relativeTime(ttl))
	}
	d.printf(" %s", dnsTypes.of(kind, "Type%d"))
	at += 10
	if !r.has(at, size) {
		return cutOff
	}
	if !r.recordData(kind, class, int(ttl), at, size) {
		return cutOff
	}
	return at + size
}

const (
	dnsOPT  = 41
	dnsTSIG = 250
)

// recordData prints the size bytes of a record, which are captured; false if what they hold reaches beyond them too far.
func (r *dnsReader) recordData(kind, class, ttl, at, size int) bool {
	d, v := r.d, r.v
	switch kind {
	case 1:
		if !r.has(at, 4) {
			return false
		}
		b := v.bytes(at, 4)
		d.printf(" %d.%d.%d.%d", b[0], b[1], b[2], b[3])
	case 28:
		if !r.has(at, 16) {
			return false
		}
		d.printf(" %s", number6(v.bytes(at, 16)))
	case 2, 5, 12, 39:
		d.print(" ")
		return r.name(at) != cutOff
	case 6:
		return d.Verbose == 0 || r.authority(at)
	case 15:
		d.print(" ")
		if !r.has(at, 2) || r.name(at+2) == cutOff {
			return false
		}
		d.printf(" %d", v.u16(at))
	case 16:
		return r.strings(at, at+size)
	case 33:
		d.print(" ")
		if !r.has(at, 6) || r.name(at+6) == cutOff {
			return false
		}
		d.printf(":%d %d %d", v.u16(at+4), v.u16(at), v.u16(at+2))
	case 38:
		return r.prefix(at)
	case 256:
		d.printf(" %d %d ", v.u16(at), v.u16(at+2))
		d.text(v.b[at+4 : max(at+size, at+4)])
	case 103:
		d.text(v.bytes(at, size))
	case dnsOPT:
		d.printf(" UDPsize=%d%s", class, mark(ttl&0x8000 != 0, " DO"))
		return size == 0 || r.options(at, at+size)
	case dnsTSIG:
		return d.Verbose == 0 || r.signature(at)
	}
	return true
}

// authority prints a start of authority.
func (r *dnsReader) authority(at int) bool {
	for range 2 {
		r.d.print(" ")
		if at = r.name(at); at == cutOff {
			return false
		}
	}
	if !r.has(at, 20) {
		return false
	}
	for i := range 5 {
		r.d.printf(" %d", r.v.u32(at+4*i))
	}
	return true
}

// strings prints character strings.
func (r *dnsReader) strings(at, end int) bool {
	for at < end {
		r.d.print(` "`)
		if !r.has(at, 1) {
			return false
		}
		n := r.v.u8(at)
		b := r.v.b[at+1 : min(at+1+n, len(r.v.b))]
		r.d.text(b)
		if len(b) < n {
			return false
		}
		r.d.print(`"`)
		at += 1 + n
	}
	return true
}

// prefix prints an A6 record (RFC 2874): the end of an address, and the name of what has the beginning.
func (r *dnsReader) prefix(at int) bool {
	if !r.has(at, 1) {
		return false
	}
	bits := r.v.u8(at)
	skip := bits / 8
	if bits > 128 {
		r.d.printf(" %d(bad plen)", bits)
		return true
	}
	if bits < 128 {
		address := make([]byte, 16)
		copy(address[skip:], r.v.bytes(at+1, 16-skip))
		r.d.printf(" %d %s", bits, number6(address))
	}
	if bits > 0 {
		r.d.print(" ")
		return r.name(at+17-skip) != cutOff
	}
	return true
}

// signature prints a transaction signature (RFC 8945).
func (r *dnsReader) signature(at int) bool {
	r.d.print(" ")
	if at = r.name(at); at == cutOff {
		return false
	}
	at += 6 // the time
	for _, field := range []string{"fudge", "maclen", "origid", "error", "otherlen"} {
		if !r.has(at, 2) {
			return false
		}
		r.d.printf(" %s=%d", field, r.v.u16(at))
		if field == "maclen" {
			at += r.v.u16(at)
		}
		at += 2
	}
	return true
}

var (
	ednsOptions = NamesT{1: "LLQ", 2: "UL", 3: "NSID", 5: "DAU", 6: "DHU", 7: "N3U", 8: "ECS", 9: "EXPIRE", 10: "COOKIE", 11: "KEEPALIVE", 12: "PADDING", 13: "CHAIN",
		14: "KEY-TAG", 16: "CLIENT-TAG", 17: "SERVER-TAG"}
	dnssecAlgorithms = NamesT{0: "DELETE", 1: "RSAMD5", 2: "DH", 3: "DS", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256", 10: "RSASHA512",
		12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448", 252: "INDIRECT", 253: "PRIVATEDNS", 254: "PRIVATEOID"}
	dnssecDigests = NamesT{1: "SHA-1", 2: "SHA-256", 3: "GOST_R_34.11-94", 4: "SHA-384"}
	nsec3Hashes   = NamesT{1: "SHA-1"}
)

// options prints what an OPT record holds (RFC 6891).
func (r *dnsReader) options(at, end int) bool {
	d := r.d
	d.print(" [")
	for at < end {
		if !r.has(at, 2) {
			return false
		}
		kind := r.v.u16(at)
		d.print(ednsOptions.of(kind, "Opt%d"))
		if !r.has(at+2, 2) {
			return false
		}
		size := r.v.u16(at + 2)
		if !r.has(at+4, size) {
			return false
		}
		if size > 0 {
			d.print(" ")
			r.option(kind, newView(r.v.bytes(at+4, size), size))
		}
		at += 4 + size
		d.onlyIf(at < end, ",")
	}
	d.print("]")
	return true
}

func (r *dnsReader) option(kind int, v view) {
	d, n := r.d, v.length
	names := map[int]NamesT{5: dnssecAlgorithms, 6: dnssecDigests, 7: nsec3Hashes}[kind]
	switch {
	case kind == 8:
		r.subnet(v)
	case kind == 10 && (n < 8 || n > 8 && n < 16 || n > 40), kind == 11 && n != 2, kind == 9 && n != 4, kind == 14 && n%2 != 0:
		d.print(" (invalid)")
	case kind == 10:
		d.printf("%x%s%x", v.b[:8], mark(n > 8, " "), v.b[8:])
	case kind == 11:
		d.printf("%.1f sec", float64(v.u16(0))/10)
	case kind == 9:
		d.printf("%d sec", v.u32(0))
	case kind == 12:
		d.printf("(%d)", n)
	case kind == 14:
		for i := 0; i < n; i += 2 {
			d.printf("%s%d", mark(i > 0, " "), v.u16(i))
		}
	case names != nil:
		for i := range n {
			d.print(mark(i > 0, " ") + names.of(v.u8(i), "Alg_%d"))
		}
	case kind == 13:
		(&domainReader{d: d, v: v}).name(0)
	default:
		d.printf("%x", v.b)
	}
}

// subnet prints the network of a client (RFC 7871).
func (r *dnsReader) subnet(v view) {
	bits := 0
	if v.length >= 4 {
		bits = map[int]int{1: 32, 2: 128}[v.u16(0)]
	}
	if bits == 0 || v.length-4 > bits/8 || v.u8(2) > bits || v.u8(3) > bits || (v.u8(2)+7)/8 != v.length-4 {
		r.d.print(" (invalid)")
		return
	}
	address := make([]byte, bits/8)
	copy(address, v.b[4:])
	a, _ := netip.AddrFromSlice(address)
	r.d.printf("%s/%d/%d", a, v.u8(2), v.u8(3))
}

// extendedCode gives the response code with its upper eight bits, which are in the OPT record (RFC 6891).
func (r *dnsReader) extendedCode(code int) int {
	at := dnsHeader
	skip := func(n int) bool { at += n; return at < len(r.v.b) }
	for range r.v.u16(4) {
		if at = r.skipName(at); at == cutOff || !skip(4) {
			return code
		}
	}
	for i := range r.v.u16(6) + r.v.u16(8) + r.v.u16(10) {
		if at = r.skipName(at); !r.has(at, 5) {
			return code
		}
		if i >= r.v.u16(6)+r.v.u16(8) && r.v.u16(at) == dnsOPT {
			return code | r.v.u8(at+4)<<4
		}
		if !r.has(at, 10) || !skip(10+r.v.u16(at+8)) {
			return code
		}
	}
	return code
}
