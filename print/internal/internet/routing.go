package internet

// AH prints the Authentication Header (RFC 4302) and what is behind it.
func AH(d *Context, v View) {
	d.Proto = "ah"
	next := v.U8(0)
	d.Print("AH")
	size := 4 * (v.U8(1) + 2)
	d.Print("(")
	if d.Verbose > 0 {
		d.Printf("length=%d(%d-bytes),", v.U8(1), size)
	}
	if reserved := v.U16(2); reserved != 0 {
		d.Printf("reserved=0x%x[MustBeZero],", reserved)
	}
	d.Printf("spi=0x%08x,", v.U32(4))
	check := 8
	if !d.OldIPsec {
		d.Printf("seq=0x%x,", v.U32(8))
		check = 12
	}
	d.Print("icv=0x")
	for i := check; i < size; i++ {
		d.Printf("%02x", v.U8(i))
	}
	d.Print("): ")
	d.Within(func() { transport(d, v.From(size), next, d.IP) })
}
