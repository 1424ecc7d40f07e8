package routing

import "bpfc/print/internal/dissect"

var (
	lispTypes         = Names{0: "LISP-Reserved", 1: "LISP-Map-Request", 2: "LISP-Map-Reply", lispRegister: "LISP-Map-Register", lispNotify: "LISP-Map-Notify", 8: "LISP-Encapsulated-Contol-Message"}
	lispRegisterFlags = Flags{{0x08000000, "P-Proxy-Map-Reply"}, {0x04000000, "S-LISP-SEC-Capable"}, {0x02000000, "I-xTR-ID-Present"}, {0x01000000, "R-Build-For-RTR"}, {0x100, "M-Want-Map-Notify"}}
	lispNotifyFlags   = Flags{{0x08000000, "I-xTR-ID-Present"}, {0x04000000, "R-Build-For-RTR"}}
	lispActions       = Names{0: "No-Action", 1: "Natively-Forward", 2: "Send-Map-Request", 3: "Drop"}
	lispLocatorFlags  = Flags{{4, "Local-Locator"}, {2, "RLoc-Probed"}, {1, "Reachable"}}
)

const (
	lispRegister = 3
	lispNotify   = 4
)

// LISP prints what the Locator/Identifier Separation Protocol (RFC 6830) registers and notifies.
func LISP(d *Context, v View) {
	const header, identity = 16, 24
	d.Proto = "lisp"
	v.Need(header)
	kind, bits := v.U8(0)>>4, int(v.U32(0))
	d.Printf("%s,", lispTypes.Of(kind, "unknown-type-%d"))
	names := map[int]Flags{lispRegister: lispRegisterFlags, lispNotify: lispNotifyFlags}[kind]
	d.LeaveIf(names == nil, "")
	records, secret := v.U8(3), v.U16(14)
	if d.Verbose > 0 {
		d.Printf(" flags [%s],", names.Of(bits, ", "))
		d.Printf("\n    %d record(s), Authentication %s,", records, Names{0: "None", 1: "SHA1", 2: "SHA256"}.Of(v.U16(12), "unknown-type"))
		d.HexBytes("\n    Authentication-Data: ", v.From(header), secret)
	} else {
		d.Printf(" %d record(s),", records)
	}
	d.StopIf(records == 0, " (invalid)")
	c := v.Cursor(header + secret)
	for ; c.Left() > 0 && records > 0; records-- {
		d.LeaveIf(!lispRecord(d, c), "")
	}
	identified := map[int]bool{lispRegister: bits&0x02000000 != 0, lispNotify: bits&0x08000000 != 0}[kind]
	switch rest := c.Rest(); {
	case !identified && len(rest.Data) > 0:
		d.HexBytes("\n    Data: ", rest, len(rest.Data))
	case !identified:
	case len(rest.Data) < identity:
		d.Invalid()
	default:
		d.HexBytes("\n    xTR-ID: ", rest, 16)
		d.Printf("\n    SITE-ID: %d", rest.U64(16))
	}
}

// lispRecord prints where the addresses of a prefix are; false if that ends the line.
func lispRecord(d *Context, c *Cursor) bool {
	d.CutIf(!c.Has(12))
	d.Print("\n")
	ttl, locators, bits, act := c.U32(), c.U8(), c.U8(), c.U16()>>8
	version, family := c.U16()&0xfff, c.U16()
	if d.Verbose > 0 {
		d.Printf("      Record TTL %d, %s, %s, Map Version: %d,", ttl, dissect.Pick(act>>4&1 != 0, "Authoritative", "Non-Authoritative"),
			lispActions.Of(act>>5, "unknown"), version)
	}
	switch family {
	case 1:
		d.Printf(" EID %s/%d,", d.IP4(c.Bytes(4)), bits)
	case 2:
		d.Printf(" EID %s/%d,", d.IP6(c.Bytes(16)), bits)
	default:
		return false
	}
	d.Printf(" %d locator(s)", locators)
	for range locators {
		size := 8
		d.CutIf(!c.Has(size))
		weights := c.Bytes(4)
		bits, family := c.U16(), c.U16()
		d.If(d.Verbose > 0, "\n       ")
		size = map[int]int{1: 4, 2: 16}[family]
		d.CutIf(!c.Has(size))
		if size > 0 {
			d.Printf(" LOC %s", d.Address(c.Bytes(size)))
		}
		d.PrintfIf(d.Verbose > 0, "\n          Priority/Weight %d/%d, Multicast Priority/Weight %d/%d, flags [%s],", weights[0], weights[1], weights[2], weights[3], lispLocatorFlags.Of(bits, ", "))
	}
	return true
}
