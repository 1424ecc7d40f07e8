package application

import (
	"bytes"

	"bpfc/print/internal/dissect"
)

// kerberosTypes are the messages of Kerberos 4.
var kerberosTypes = Names{2: "KDC_REQUEST", 4: "KDC_REPLY", 6: "APPL_REQUEST", 8: "APPL_REQUEST_MUTUAL", 10: "ERR_REPLY", 12: "PRIVATE", 14: "SAFE", 16: "APPL_ERR", 126: "DIE"}

// Kerberos prints version 4 in part, and the number of version 5.
func Kerberos(d *Context, v View) {
	d.Proto = "krb"
	d.CutIf(len(v.Data) == 0)
	switch version := v.U8(0); version {
	case 1, 2, 3:
		d.Printf(" v%d", version)
	case 4:
		d.Printf(" v%d", version)
		kerberos4(d, v)
	case 106, 107:
		d.Print(" v5")
	}
}

var kerberosErrors = Names{0: "OK", 1: "NAME_EXP", 2: "SERVICE_EXP", 3: "AUTH_EXP", 4: "PKT_VER", 5: "NAME_MAST_KEY_VER", 6: "SERV_MAST_KEY_VER", 7: "BYTE_ORDER",
	8: "PRINCIPAL_UNKNOWN", 9: "PRINCIPAL_NOT_UNIQUE", 10: "NULL_KEY"}

func kerberos4(d *Context, v View) {
	d.CutIf(len(v.Data) < 2)
	kind, little := v.U8(1)&^1, v.U8(1)&1 != 0
	d.Printf(" %s %s: ", dissect.Pick(little, "le", "be"), kerberosTypes.Of(kind, "#%d"))
	c := v.Cursor(2)
	order := dissect.If(little, "l")
	parts := func(after ...string) {
		for _, s := range after {
			kerberosPart(d, c)
			d.Print(s)
		}
	}
	switch kind {
	case 2:
		parts(".", "@", "")
		c.At += 4 // the time
		d.Printf(" %dmin ", c.U8()*5)
		parts(".", "")
	case 6:
		d.Printf("v%d ", v.U8(4))
		c.At = 5
		parts("")
		d.Printf(" (%d)", c.U8())
		d.Printf(" (%d)", c.U8())
	case 4:
		parts(".", "@", "")
		c.At += 10
		d.Form(c, " (%2"+order+"d)")
	case 10:
		parts(".", "@", "")
		c.At += 4
		d.Form(c, " %2"+order+"n ", kerberosErrors.Or("#%d"))
		c.At += 2
		parts("")
	default:
		d.Print("(unknown)")
	}
}

// kerberosPart prints a text that a zero ends.
func kerberosPart(d *Context, c *Cursor) {
	text, _, ended := bytes.Cut(c.Data[min(c.At, len(c.Data)):], []byte{0})
	d.Text(text)
	d.CutIf(!ended)
	c.At += len(text) + 1
}
