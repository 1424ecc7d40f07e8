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
	first := map[int]int{0: 0x45, 3: 0x45, 2: 0x60}[label]
	if first == 0 && v.Length > 0 {
		first = v.U8(0)
	}
	separator := dissect.Pick(d.Verbose > 0, "\n\t", " ")
	switch {
	case first >= 0x45 && first <= 0x4f:
		d.Print(separator)
		d.Within(func() { IPv4(d, v) })
	case first>>4 == 6:
		d.Print(separator)
		d.Within(func() { IPv6(d, v) })
	case first >= dissect.NLPIDCLNP && first <= dissect.NLPIDISIS:
		d.Print(separator)
		d.Next(dissect.ByName, dissect.NameISO, v)
	case d.ShowUnknown && v.Length > 0:
		d.BytesBelow(v)
	}
}
