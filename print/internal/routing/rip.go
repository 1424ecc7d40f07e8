package routing

import "bpfc/print/internal/dissect"

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
	if n < 0 || len(v.Data) < header {
		d.Cut()
	}
	if v.U8(1) != 1 {
		d.Printf(" [vers %d]", v.U8(1))
		d.Invalid()
		return
	}
	switch kind := v.U8(0); kind {
	case 1, 2:
		name := Names{1: "req", 2: "resp"}[kind]
		entries := n / entry
		if kind == 1 && entries == 1 && dissect.AllZero(v.Bytes(4, 16)) && v.U8(23) == 16 {
			d.Printf(" ripng-req dump")
			return
		}
		if entries*entry == n {
			d.Printf(" ripng-%s %d:", name, entries)
		} else {
			d.Printf(" ripng-%s %d[%d]:", name, entries, n)
		}
		for i := range entries {
			c := v.Cursor(header + i*entry)
			d.Print(map[bool]string{true: "\n\t", false: " "}[d.Verbose > 1])
			address, tag, bits, metric := c.Bytes(16), c.U16(), c.U8(), c.U8()
			d.Printf("%s/%d", d.IP6(address), bits)
			if tag != 0 {
				d.Printf(" [%d]", tag)
			}
			if metric != 1 || d.Verbose > 0 {
				d.Printf(" (%d)", metric)
			}
		}
	default:
		d.Printf(" ripng-%d ?? %d", kind, n)
		d.Invalid()
	}
}
