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
	text := func(after string) { // as tcpdump, a text that does not end is cut
		b, _, ended := bytes.Cut(c.Rest().Data, []byte{0})
		d.Text(b)
		d.Print(after)
		d.CutIf(!ended)
		c.At += len(b) + 1
	}
	switch op {
	case 1, 2, 6:
		if op != 6 {
			d.Print(" \"")
			text("\"")
			d.CutIf(c.Left() <= 0)
			d.Print(" ")
			text("")
		}
		for c.Left() > 0 {
			d.If(c.View.U8(c.At) != 0, " ")
			text("")
		}
	case 3, 4:
		d.Printf(" block %d", c.U16())
	case 5:
		d.Print(" " + Names{0: "EUNDEF", 1: "ENOTFOUND", 2: "EACCESS", 3: "ENOSPACE", 4: "EBADOP", 5: "EBADID", 6: "EEXISTS", 7: "ENOUSER"}.Of(c.U16(), "tftp-err-#%d"))
		d.Print(" \"")
		text("\"")
	}
}
