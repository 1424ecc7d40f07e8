package internet

// AH prints the Authentication Header (RFC 4302) and what is behind it.
func AH(d *Context, v View) {
	d.Proto = "ah"
	next := v.U8(0)
	d.Print("AH")
	size := 4 * (v.U8(1) + 2)
	d.Print("(")
	d.PrintfIf(d.Verbose > 0, "length=%d(%d-bytes),", v.U8(1), size)
	d.Form(v.Cursor(2), "%2n|spi=0x%4x,|", Names{0: ""}.Or("reserved=0x%x[MustBeZero],"))
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
