package print

// ah prints the Authentication Header (RFC 4302) and what is behind it.
func (d *dissector) ah(v view) {
	d.proto = "ah"
	next := v.u8(0)
	d.print("AH")
	size := 4 * (v.u8(1) + 2)
	d.print("(")
	if d.Verbose > 0 {
		d.printf("length=%d(%d-bytes),", v.u8(1), size)
	}
	if reserved := v.u16(2); reserved != 0 {
		d.printf("reserved=0x%x[MustBeZero],", reserved)
	}
	d.printf("spi=0x%08x,", v.u32(4))
	d.printf("seq=0x%x,icv=0x", v.u32(8))
	for i := 12; i < size; i++ {
		d.printf("%02x", v.u8(i))
	}
	d.print("): ")
	d.within(func() { d.transport(v.from(size), next, d.ip) })
}
