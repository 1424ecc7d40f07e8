package print

// vrrp prints the Virtual Router Redundancy Protocol (RFC 3768, 5798).
func (d *dissector) vrrp(v view) {
	h := d.ip
	const advertisement, simple = 1, 1
	d.proto = "vrrp"
	d.print("VRRP")
	version, kind := v.u8(0)>>4, v.u8(0)&15
	d.printf("v%d, %s", version, NamesT{advertisement: "Advertisement"}.of(kind, "unknown type (%d)"))
	if h.ttl != 255 {
		d.printf(", (ttl %d)", h.ttl)
	}
	if version < 2 || version > 3 || kind != advertisement {
		return
	}
	d.printf(", vrid %d, prio %d", v.u8(1), v.u8(2))
	secret := 0
	if version == 2 {
		secret = v.u8(4)
		d.printf(", authtype %s", NamesT{0: "none", simple: "simple", 2: "ah"}.of(secret, "#%d"))
		d.printf(", intvl %ds, length %d", v.u8(5), v.length)
	} else {
		d.printf(", intvl %dcs, length %d", v.u16(4)&0xfff, v.length)
	}
	if d.Verbose == 0 {
		return
	}
	c := v.cursor(3)
	n := c.u8()
	if len(v.b) >= v.length {
		sum := uint32(0)
		if version == 3 {
			sum = h.pseudoHeader(protoVRRP, v.length)
		}
		if checksum(sum, v.b[:v.length]) != 0 {
			d.printf(", (bad vrrp cksum %x)", v.u16(6))
		}
	}
	d.print(", addrs")
	if n > 1 {
		d.printf("(%d)", n)
	}
	d.print(":")
	c.at = 8
	for i := range n {
		d.printf("%s%s", map[bool]string{true: " ", false: ","}[i == 0], d.address(c.bytes(len(h.src))))
	}
	if version == 2 && secret == simple {
		d.print(" auth \"")
		d.padded(c, 8)
		d.print("\"")
	}
}
