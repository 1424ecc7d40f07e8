package routing

import "bpfc/print/internal/dissect"

// VRRP prints the Virtual Router Redundancy Protocol (RFC 3768, 5798).
func VRRP(d *Context, v View) {
	h := d.IP
	const advertisement, simple = 1, 1
	if d.Forced == dissect.ForceCARP {
		carp(d, v)
		return
	}
	d.Proto = "vrrp"
	d.Print("VRRP")
	version, kind := v.U8(0)>>4, v.U8(0)&15
	d.Printf("v%d, %s", version, Names{advertisement: "Advertisement"}.Of(kind, "unknown type (%d)"))
	d.PrintfIf(h.TTL != 255, ", (ttl %d)", h.TTL)
	d.LeaveIf(version < 2 || version > 3 || kind != advertisement, "")
	d.Printf(", vrid %d, prio %d", v.U8(1), v.U8(2))
	secret := 0
	if version == 2 {
		secret = v.U8(4)
		d.Printf(", authtype %s", Names{0: "none", simple: "simple", 2: "ah"}.Of(secret, "#%d"))
		d.Printf(", intvl %ds, length %d", v.U8(5), v.Length)
	} else {
		d.Printf(", intvl %dcs, length %d", v.U16(4)&0xfff, v.Length)
	}
	if d.Verbose == 0 {
		return
	}
	c := v.Cursor(3)
	n := c.U8()
	if len(v.Data) >= v.Length {
		sum := uint32(0)
		if version == 3 {
			sum = h.PseudoHeader(dissect.ProtoVRRP, v.Length)
		}
		if dissect.Checksum(sum, v.Data[:v.Length]) != 0 {
			d.Printf(", (bad vrrp cksum %x)", v.U16(6))
		}
	}
	d.Print(", addrs")
	d.PrintfIf(n > 1, "(%d)", n)
	d.Print(":")
	c.At = 8
	for i := range n {
		d.Printf("%s%s", dissect.Pick(i == 0, " ", ","), d.Address(c.Bytes(len(h.Src))))
	}
	if version == 2 && secret == simple {
		d.Print(" auth \"")
		d.Padded(c, 8)
		d.Print("\"")
	}
}

// carp prints the Common Address Redundancy Protocol of OpenBSD, which has VRRP's number.
func carp(d *Context, v View) {
	const advertisement = 1
	d.Proto = "carp"
	d.Print("CARP")
	version, kind := v.U8(0)>>4, v.U8(0)&15
	d.Printf("v%d-", version)
	if kind == advertisement {
		d.Printf("advertise %d: ", v.Length)
		d.PrintfIf(d.IP.TTL != 255, "[ttl=%d!] ", d.IP.TTL)
		if version != 2 {
			return
		}
		d.Printf("vhid=%d advbase=%d advskew=%d authlen=%d ", v.U8(1), v.U8(5), v.U8(2), v.U8(3))
		if d.Verbose > 0 && len(v.Data) >= v.Length && dissect.Checksum(0, v.Data[:v.Length]) != 0 {
			d.Printf(" (bad carp cksum %x!)", v.U16(6))
		}
		d.Printf("counter=%d", v.U64(8))
		return
	}
	d.Printf("type#%d", kind)
}
