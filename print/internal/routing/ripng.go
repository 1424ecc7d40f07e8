package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// RIPng prints RIPng (RFC 2080).
func RIPng(d *Context, v View) {
	const header, entry = 4, 20
	d.Proto = "ripng"
	n := v.Length - header
	d.LeaveIf(v.U8(1) != 1, " [vers %d] (invalid)", v.U8(1))
	d.LeaveIf(n < 0, " (invalid)")
	v.Need(header)
	switch kind := v.U8(0); kind {
	case 1, 2:
		name := Names{1: "req", 2: "resp"}[kind]
		entries := n / entry
		d.StopIf(kind == 1 && entries == 1 && dissect.AllZero(v.Bytes(4, 16)) && v.U8(23) == 16, " ripng-req dump")
		d.Print(dissect.Pick(entries*entry == n, fmt.Sprintf(" ripng-%s %d:", name, entries), fmt.Sprintf(" ripng-%s %d[%d]:", name, entries, n)))
		for i := range entries {
			c := v.Cursor(header + i*entry)
			d.Print(dissect.Pick(d.Verbose > 1, "\n\t", " "))
			metric := c.View.U8(c.At + 19)
			d.Form(c, "%16a/%1@18d%2?{ [%=d]}")
			d.PrintfIf(metric != 1 || d.Verbose > 0, " (%d)", metric)
		}
	default:
		d.Printf(" ripng-%d ?? %d", kind, n)
		d.Invalid()
	}
}
