package print

// DNS (RFC 1035) and its multicast relatives.

var (
	dnsOps   = [16]string{"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"}
	dnsCodes = [16]string{"", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain", " YXRRSet", " NXRRSet", " NotAuth", " NotZone", " Resp11", " Resp12", " Resp13", " Resp14", " NoChange"}
	dnsTypes = map[int]string{1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT",
		17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP_PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC",
		33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
		50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA"}
	dnsClasses = map[int]string{1: "IN", 3: "CHAOS", 4: "HS", 255: "ANY"}
)

func (d *dissector) dns(v view)  { d.dnsMessage(v, false) }
func (d *dissector) mdns(v view) { d.dnsMessage(v, true) }

// dnsTCP prints DNS over TCP, where a length comes first.
func (d *dissector) dnsTCP(v view) {
	d.proto = "domain"
	if v.length < 2 {
		panic(truncated{})
	}
	d.print(" ")
	d.dnsMessage(v.from(2), false)
}

// dnsReader walks a message.
type dnsReader struct {
	d       *dissector
	v       view
	at      int
	mdns    bool
	stopped bool // a name went wrong
}

func (d *dissector) dnsMessage(v view, mdns bool) {
	d.proto = "domain"
	if v.length < 12 {
		d.printf("domain [length %d < 12] (invalid)", v.length)
		return
	}
	v.need(12)
	r := &dnsReader{d: d, v: v, at: 12, mdns: mdns}
	id, bits := v.u16(0), v.u16(2)
	questions, answers, servers, more := v.u16(4), v.u16(6), v.u16(8), v.u16(10)
	if bits&0x8000 != 0 {
		r.response(id, bits, questions, answers, servers, more)
	} else {
		r.query(id, bits, questions, answers, servers, more)
	}
	d.printf(" (%d)", v.length)
}

func mark(set bool, s string) string {
	if set {
		return s
	}
	return ""
}

func (r *dnsReader) response(id, bits, questions, answers, servers, more int) {
	d := r.d
	code := dnsCodes[bits&15]
	if extended := r.extendedCode(questions, answers+servers, more); extended > 0 {
		code = lookup(map[int]string{16: " BadVers", 17: " BadKey", 18: " BadTime", 19: " BadMode", 20: " BadName", 21: " BadAlg", 22: " BadTrunc", 23: " BadCookie"}, extended<<4|bits&15, " Resp%d")
	}
	d.printf("%d%s%s%s%s%s%s", id, dnsOps[bits>>11&15], code, mark(bits&0x400 != 0, "*"), mark(bits&0x80 == 0, "-"), mark(bits&0x200 != 0, "|"), mark(bits&0x20 != 0, "$"))
	if questions != 1 {
		d.printf(" [%dq]", questions)
	}
	for i := range questions {
		if i > 0 {
			d.print(",")
		}
		if d.o.Verbose > 1 {
			d.print(" q:")
			r.question()
		} else {
			r.skipName()
			r.at += 4
		}
	}
	d.printf(" %d/%d/%d", answers, servers, more)
	r.records(answers, "")
	if d.o.Verbose > 1 {
		r.records(servers, " ns:")
		r.records(more, " ar:")
	}
}

func (r *dnsReader) query(id, bits, questions, answers, servers, more int) {
	d := r.d
	d.printf("%d%s%s%s", id, dnsOps[bits>>11&15], mark(bits&0x100 != 0, "+"), mark(bits&0x10 != 0, "%"))
	if weird := bits & 0x6cf; weird != 0 {
		d.printf(" [b2&3=0x%x]", bits)
	}
	if bits>>11&15 == 1 {
		if questions > 0 {
			d.printf(" [%dq]", questions)
		}
		if answers != 1 {
			d.printf(" [%da]", answers)
		}
	} else {
		if answers > 0 {
			d.printf(" [%da]", answers)
		}
		if questions != 1 {
			d.printf(" [%dq]", questions)
		}
	}
	if servers > 0 {
		d.printf(" [%dn]", servers)
	}
	if more > 0 {
		d.printf(" [%dau]", more)
	}
	for range questions {
		r.question()
		if r.stopped {
			return
		}
	}
	if d.o.Verbose > 1 {
		r.records(answers, " a:")
		r.records(servers, " ns:")
		r.records(more, " ar:")
	}
}

// records prints a section of resource records.
func (r *dnsReader) records(n int, name string) {
	if n == 0 || r.at >= len(r.v.b) {
		return
	}
	r.d.print(name)
	for i := range n {
		if i > 0 {
			r.d.print(",")
		}
		if r.at >= r.v.length {
			return
		}
		r.record()
		if r.stopped {
			return
		}
	}
}

func (r *dnsReader) question() {
	d := r.d
	start := r.at
	r.skipName()
	kind, class := r.v.u16(r.at), r.v.u16(r.at+2)
	d.printf(" %s", lookup(dnsTypes, kind, "Type%d"))
	if r.mdns {
		if class&0x8000 != 0 {
			d.print(" (QU)")
		}
		class &= 0x7fff
	}
	if class != 1 {
		d.printf(" %s", lookup(dnsClasses, class, "(Class %d)"))
	}
	d.print("? ")
	r.name(start)
	r.at += 4
}

// skipName moves past a name.
func (r *dnsReader) skipName() {
	for {
		n := r.v.u8(r.at)
		r.at++
		switch {
		case n == 0:
			return
		case n&0xc0 == 0xc0:
			r.at++
			return
		case n&0xc0 == 0x40: // EDNS0 label: one bit string
			r.at += (r.v.u8(r.at) + 7) / 8
			if r.v.u8(r.at-0) == 0 {
				r.at++
			}
		default:
			r.at += n
		}
	}
}

// name prints the name at an offset, following pointers, which must lead back.
func (r *dnsReader) name(at int) {
	d := r.d
	if r.v.u8(at) == 0 {
		d.print(".")
		return
	}
	limit := at
	for steps := 0; steps < 256; steps++ {
		n := r.v.u8(at)
		switch {
		case n == 0:
			return
		case n&0xc0 == 0xc0:
			to := r.v.u16(at) & 0x3fff
			if to >= limit {
				d.print("<BAD PTR>")
				r.stopped = true
				return
			}
			limit, at = to, to
			continue
		case n&0xc0 != 0:
			d.print("<BAD LABEL>")
			r.stopped = true
			return
		}
		d.label(r.v.bytes(at+1, n))
		d.print(".")
		at += n + 1
	}
}

// label prints bytes with those that are no printable ASCII escaped.
func (d *dissector) label(b []byte) { d.text(b) }

func (r *dnsReader) record() {
	d, v := r.d, r.v
	start := r.at
	r.skipName()
	kind, class, ttl, size := v.u16(r.at), v.u16(r.at+2), v.u32(r.at+4), v.u16(r.at+8)
	if d.o.Verbose > 0 {
		d.print(" ")
		r.name(start)
	}
	if kind != 41 && r.mdns {
		if class&0x8000 != 0 {
			d.print(" (Cache flush)")
		}
		class &= 0x7fff
	}
	if class != 1 && kind != 41 {
		d.printf(" %s", lookup(dnsClasses, class, "(Class %d)"))
	}
	if d.o.Verbose > 1 && kind != 41 {
		d.printf(" [%s]", relativeTime(ttl))
	}
	d.printf(" %s", lookup(dnsTypes, kind, "Type%d"))
	r.at += 10
	data := r.at
	r.recordData(kind, class, data, size)
	r.at = data + size
}

func (r *dnsReader) recordData(kind, class, at, size int) {
	d, v := r.d, r.v
	if at+size > len(v.b) {
		panic(truncated{})
	}
	switch kind {
	case 1:
		if size == 4 {
			d.printf(" %s", d.ip4(v.bytes(at, 4)))
		}
	case 28:
		if size == 16 {
			d.printf(" %s", d.ip6(v.bytes(at, 16)))
		}
	case 2, 5, 12, 39:
		d.print(" ")
		r.name(at)
	case 6:
		if d.o.Verbose == 0 {
			return
		}
		d.print(" ")
		r.name(at)
		r.at = at
		r.skipName()
		d.print(" ")
		r.name(r.at)
		r.skipName()
		d.printf(" %d %d %d %d %d", v.u32(r.at), v.u32(r.at+4), v.u32(r.at+8), v.u32(r.at+12), v.u32(r.at+16))
	case 15, 36:
		d.print(" ")
		r.name(at + 2)
		d.printf(" %d", v.u16(at))
	case 16, 99:
		for i := at; i < at+size; i += v.u8(i) + 1 {
			d.print(` "`)
			d.text(v.bytes(i+1, v.u8(i)))
			d.print(`"`)
		}
	case 33:
		d.print(" ")
		r.name(at + 6)
		d.printf(":%d %d %d", v.u16(at+4), v.u16(at), v.u16(at+2))
	case 256:
		d.printf(" %d %d %s", v.u16(at), v.u16(at+2), v.bytes(at+4, size-4))
	case 257:
		d.printf(" %s %s", v.bytes(at+2, v.u8(at+1)), v.bytes(at+2+v.u8(at+1), size-2-v.u8(at+1)))
	case 41:
		d.printf(" UDPsize=%d", class)
		if v.u16(at-4)&0x8000 != 0 { // high bit of the flags in the time to live
			d.print(" DO")
		}
	}
}

// extendedCode gives the upper eight bits of the response code, which are in
// the OPT record (RFC 6891), where there is one in plain sight; 0 otherwise.
func (r *dnsReader) extendedCode(questions, before, more int) (code int) {
	defer func() {
		if _, cut := recover().(truncated); cut {
			code = 0
		}
	}()
	look := dnsReader{v: r.v, at: r.at}
	for range questions {
		look.skipName()
		look.at += 4
	}
	for i := range before + more {
		look.skipName()
		kind, size := look.v.u16(look.at), look.v.u16(look.at+8)
		if i >= before && kind == 41 {
			return look.v.u8(look.at + 4)
		}
		look.at += 10 + size
	}
	return 0
}

// relativeTime writes seconds as weeks, days, hours …
func relativeTime(seconds uint32) string {
	if seconds == 0 {
		return "0s"
	}
	s := ""
	for _, unit := range []struct {
		size uint32
		name string
	}{{604800, "w"}, {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}} {
		if n := seconds / unit.size; n > 0 {
			s += (&dissector{}).sprintf("%d%s", n, unit.name)
			seconds %= unit.size
		}
	}
	return s
}
