package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// RIP prints RIP (RFC 1058, 2453).
func RIP(d *Context, v View) {
	d.Proto = "rip"
	v.Need(4)
	d.Printf("RIPv%d, %s, length: %d", v.U8(1), Names{1: "Request", 2: "Response", 9: "Update Request", 10: "Update Response", 11: "Update Acknowledge"}.Of(v.U8(0), "unknown command %d"), v.Length)
}

// RIPng prints RIPng (RFC 2080).
func RIPng(d *Context, v View) {
	const header, entry = 4, 20
	d.Proto = "ripng"
	n := v.Length - header
	d.CutIf(n < 0 || len(v.Data) < header)
	if v.U8(1) != 1 {
		d.Printf(" [vers %d]", v.U8(1))
		d.Invalid()
		return
	}
	switch kind := v.U8(0); kind {
	case 1, 2:
		name := Names{1: "req", 2: "resp"}[kind]
		entries := n / entry
		d.StopIf(kind == 1 && entries == 1 && dissect.AllZero(v.Bytes(4, 16)) && v.U8(23) == 16, " ripng-req dump")
		d.Print(dissect.Pick(entries*entry == n, fmt.Sprintf(" ripng-%s %d:", name, entries), fmt.Sprintf(" ripng-%s %d[%d]:", name, entries, n)))
		for i := range entries {
			c := v.Cursor(header + i*entry)
			d.Print(dissect.Pick(d.Verbose > 1, "\n\t", " "))
			address, tag, bits, metric := c.Bytes(16), c.U16(), c.U8(), c.U8()
			d.Printf("%s/%d", d.IP6(address), bits)
			d.PrintfIf(tag != 0, " [%d]", tag)
			d.PrintfIf(metric != 1 || d.Verbose > 0, " (%d)", metric)
		}
	default:
		d.Printf(" ripng-%d ?? %d", kind, n)
		d.Invalid()
	}
}
