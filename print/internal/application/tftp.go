package application

import (
	"bytes"

	"bpfc/print/internal/dissect"
)

// TFTP prints TFTP (RFC 1350).
func TFTP(d *Context, v View) {
	d.Proto = "tftp"
	d.Printf("TFTP, length %d", v.Length)
	dissect.TruncateIf(v.Length < 2)
	op := v.U16(0)
	d.Printf(", %s", Names{1: "RRQ", 2: "WRQ", 3: "DATA", 4: "ACK", 5: "ERROR", 6: "OACK"}.Of(op, "tftp-#%d"))
	c := v.Cursor(2)
	text := func() {
		field := c.Rest().Data
		b, _, ended := bytes.Cut(field, []byte{0})
		d.Text(b)
		d.CutIf(!ended && len(c.Data) < c.Length)
		c.At = min(c.At+len(b)+1, len(c.Data))
	}
	switch op {
	case 1, 2, 6:
		if op != 6 {
			d.Print(" \"")
			text()
			d.Print("\"")
		}
		for c.Has(1) && c.Left() > 0 {
			d.If(c.View.U8(c.At) != 0, " ")
			text()
		}
	case 3, 4:
		d.Printf(" block %d", c.U16())
	case 5:
		d.Printf(" %d", c.U16())
		d.Print(" \"")
		text()
		d.Print("\"")
	}
}
