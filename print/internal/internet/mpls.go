package internet

import "bpfc/print/internal/dissect"

// mplsLabels are the names of labels that mean something by themselves.
var mplsLabels = Names{0: "IPv4 explicit NULL", 1: "router alert", 2: "IPv6 explicit NULL", 3: "implicit NULL"}

// MPLS prints a label stack (RFC 3032) and what follows it.
func MPLS(d *Context, v View) {
	d.Proto = "mpls"
	d.Print("MPLS")
	label, bottom := 0, false
	for n := 0; !bottom; n++ {
		d.InvalidRestIf(v.Length < 4, v)
		entry := v.U32(0)
		label, bottom = int(entry>>12), entry&0x100 != 0
		d.Printf("%s(label %d", dissect.Pick(n > 0 && d.Verbose > 0, "\n\t", " "), label)
		d.PrintfIf(d.Verbose > 0 && label < 16, " (%s)", mplsLabels.Of(label, "rsvd"))
		d.Printf(", tc %d%s, ttl %d)", entry>>9&7, dissect.If(bottom, ", [S]"), entry&0xff)
		v = v.From(4)
	}
	first := 0
	switch label {
	case 0, 3:
		first = 0x45
	case 2:
		first = 0x60
	default:
		if v.Length < 1 {
			return
		}
		first = v.U8(0)
	}
	switch {
	case first >= 0x45 && first <= 0x4f:
		d.Print(separatorFor(d.Verbose))
		d.Within(func() { IPv4(d, v) })
	case first>>4 == 6:
		d.Print(separatorFor(d.Verbose))
		d.Within(func() { IPv6(d, v) })
	case first >= dissect.NLPIDCLNP && first <= dissect.NLPIDISIS:
		d.Print(separatorFor(d.Verbose))
		d.Next(dissect.ByName, dissect.NameISO, v)
	case d.ShowUnknown:
		d.BytesBelow(v)
	}
}

func separatorFor(verbose int) string {
	if verbose > 0 {
		return "\n\t"
	}
	return " "
}
