package internet

import "bpfc/print/internal/dissect"

// MobileIP prints the header of minimal encapsulation (RFC 2004).
func MobileIP(d *Context, v View) {
	d.Proto = "mobile"
	size := 8
	d.CutIf(v.Length < 12)
	v.Need(12)
	source := v.U8(1)&0x80 != 0
	if source {
		size = 12
	}
	d.Printf("mobile: [%s] ", dissect.If(source, "S"))
	if d.Verbose > 0 {
		d.Form(v.Cursor(0), dissect.If(source, "%4@8a ")+"> %4@4a (oproto=%1@0d)")
	}
	d.PrintfIf(dissect.Checksum(0, v.Data[:size]) != 0, " (bad checksum %d)", v.U16(2))
}
