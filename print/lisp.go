package print

import "strings"

var (
	lispTypes         = NamesT{0: "LISP-Reserved", 1: "LISP-Map-Request", 2: "LISP-Map-Reply", lispRegister: "LISP-Map-Register", lispNotify: "LISP-Map-Notify", 8: "LISP-Encapsulated-Contol-Message"}
	lispRegisterFlags = FlagsT{{0x08000000, "P-Proxy-Map-Reply"}, {0x04000000, "S-LISP-SEC-Capable"}, {0x02000000, "I-xTR-ID-Present"}, {0x01000000, "R-Build-For-RTR"}, {0x100, "M-Want-Map-Notify"}}
	lispNotifyFlags   = FlagsT{{0x08000000, "I-xTR-ID-Present"}, {0x04000000, "R-Build-For-RTR"}}
	lispActions       = NamesT{0: "No-Action", 1: "Natively-Forward", 2: "Send-Map-Request", 3: "Drop"}
	lispLocatorFlags  = FlagsT{{4, "Local-Locator"}, {2, "RLoc-Probed"}, {1, "Reachable"}}
)

const (
	lispRegister = 3
	lispNotify   = 4
)

// lisp prints what the Locator/Identifier Separation Protocol (RFC 6830) registers and notifies.
func (d *dissector) lisp(v view) {
	const header, identity = 16, 24
	d.proto = "lisp"
	v.need(header)
	kind, bits := v.u8(0)>>4, int(v.u32(0))
	d.printf("%s,", lispTypes.of(kind, "unknown-type-%d"))
	names := map[int]FlagsT{lispRegister: lispRegisterFlags, lispNotify: lispNotifyFlags}[kind]
	if names == nil {
		return
	}
	records, secret := v.u8(3), v.u16(14)
	if d.Verbose > 0 {
		d.printf(" flags [%s],", names.of(bits, ", "))
		d.printf("\n    %d record(s), Authentication %s,", records, NamesT{0: "None", 1: "SHA1", 2: "SHA256"}.of(v.u16(12), "unknown-type"))
		d.hexBytes("\n    Authentication-Data: ", v.from(header), secret)
	} else {
		d.printf(" %d record(s),", records)
	}
	if records == 0 {
		d.invalid()
		return
	}
	c := v.cursor(header + secret)
	for ; c.left() > 0 && records > 0; records-- {
		if !d.lispRecord(c) {
			return
		}
	}
	identified := map[int]bool{lispRegister: bits&0x02000000 != 0, lispNotify: bits&0x08000000 != 0}[kind]
	switch rest := c.rest(); {
	case !identified && len(rest.b) > 0:
		d.hexBytes("\n    Data: ", rest, len(rest.b))
	case !identified:
	case len(rest.b) < identity:
		d.invalid()
	default:
		d.hexBytes("\n    xTR-ID: ", rest, 16)
		d.printf("\n    SITE-ID: %d", rest.u64(16))
	}
}

// hexBytes prints n bytes in lines that each begin with a text.
func (d *dissector) hexBytes(before string, v view, n int) {
	for line := range strings.Lines(string(AppendHex(nil, v.b[:min(n, len(v.b))], false))) {
		d.print(before)
		d.print(strings.Trim(line, "\t\n"))
	}
	v.need(n)
}

// lispRecord prints where the addresses of a prefix are; false if that ends the line.
func (d *dissector) lispRecord(c *cursor) bool {
	if !c.has(12) {
		d.cut()
	}
	d.print("\n")
	ttl, locators, bits, act := c.u32(), c.u8(), c.u8(), c.u16()>>8
	version, family := c.u16()&0xfff, c.u16()
	if d.Verbose > 0 {
		d.printf("      Record TTL %d, %s, %s, Map Version: %d,", ttl, map[bool]string{true: "Authoritative", false: "Non-Authoritative"}[act>>4&1 != 0],
			lispActions.of(act>>5, "unknown"), version)
	}
	switch family {
	case 1:
		d.printf(" EID %s/%d,", d.ip4(c.bytes(4)), bits)
	case 2:
		d.printf(" EID %s/%d,", d.ip6(c.bytes(16)), bits)
	default:
		return false
	}
	d.printf(" %d locator(s)", locators)
	for range locators {
		size := 8
		if !c.has(size) {
			d.cut()
		}
		weights := c.bytes(4)
		bits, family := c.u16(), c.u16()
		d.onlyIf(d.Verbose > 0, "\n       ")
		size = map[int]int{1: 4, 2: 16}[family]
		if !c.has(size) {
			d.cut()
		}
		if size > 0 {
			d.printf(" LOC %s", d.address(c.bytes(size)))
		}
		if d.Verbose > 0 {
			d.printf("\n          Priority/Weight %d/%d, Multicast Priority/Weight %d/%d, flags [%s],", weights[0], weights[1], weights[2], weights[3], lispLocatorFlags.of(bits, ", "))
		}
	}
	return true
}
