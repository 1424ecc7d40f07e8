package routing

import "bpfc/print/internal/dissect"

// RIP prints RIP (RFC 1058, 2453).
func RIP(d *Context, v View) {
	d.Proto = "rip"
	v.Need(4)
	version, kind := v.U8(1), v.U8(0)
	if version == 0 { // which is to be ignored (RFC 1058)
		d.Print(dissect.If(d.Verbose > 0, "\n\t") + "RIPv0")
		d.RawLines(v)
		return
	}
	d.Printf("%sRIPv%d, %s, length: %d", dissect.If(d.Verbose > 0, "\n\t"), version, ripCommands.Of(kind, "unknown command (%d)"), v.Length)
	if d.Verbose == 0 {
		return
	}
	const header, entry = 4, 20
	c := v.Cursor(header)
	switch {
	case kind != 1 && kind != 2 && kind != 9 && kind != 10:
	case version == 1:
		d.Printf(", routes: %d", c.Left()/entry)
		for c.Left() >= entry {
			ripEntry1(d, c.Take(entry))
		}
	case version == 2:
		d.Printf(", routes: %d or less", v.Length/entry)
		for c.Left() >= entry {
			c.At += ripEntry2(d, c.Rest())
		}
	}
	if d.Verbose > 1 {
		d.Unknown(v, "\n\t", v.Length)
	}
}

var (
	ripCommands = Names{1: "Request", 2: "Response", 3: "Trace on", 4: "Trace off", 5: "Poll", 6: "Poll", 9: "Update Request", 10: "Update Response", 11: "Update Acknowledge"}
	ripFamilies = Names{2: "IPv4", 6: "NS", 7: "ISO", 16: "Appletalk", 23: "IPX", 24: "IPv6", 28: "IPv6", 30: "IPv6"}
)

func ripEntry1(d *Context, v View) {
	switch family := v.U16(0); {
	case family == 0:
		d.Printf("\n\t  AFI 0, %s, metric: %d", d.IP4(v.Bytes(4, 4)), v.U32(16))
	case family != 2:
		d.Printf("\n\t  AFI %s, ", ripFamilies.Of(family, "Unknown (%d)"))
		d.Unknown(v, "\n\t  ", v.Length)
	case v.U16(2) != 0 || v.U64(8) != 0: // these must be zero
		d.Unknown(v, "\n\t  ", v.Length)
	default:
		d.Printf("\n\t  %s, metric: %d", d.IP4(v.Bytes(4, 4)), v.U32(16))
	}
}

// ripEntry2 prints an entry of version 2, or what authenticates the message (RFC 4822), and gives its size.
func ripEntry2(d *Context, v View) int {
	const size = 20
	family, tag := v.U16(0), v.U16(2)
	switch {
	case family == 0xffff && tag == 2:
		d.Print("\n\t  Simple Text Authentication data: ")
		d.Padded(v.Cursor(4), 16)
	case family == 0xffff && tag == 3:
		d.Printf("\n\t  Auth header: Packet Len %d, Key-ID %d, Auth Data Len %d, SeqNo %d, MBZ %d, MBZ %d", v.U16(4), v.U8(6), v.U8(7), v.U32(8), v.U32(12), v.U32(16))
	case family == 0xffff:
		if tag == 1 {
			d.Print("\n\t  Auth trailer:")
		} else {
			d.Printf("\n\t  Unknown (%d) Authentication data:", tag)
		}
		d.Unknown(v.From(4), "\n\t  ", v.Length-4)
		return v.Length
	case family != 2 && family != 0:
		d.Printf("\n\t  AFI %s", ripFamilies.Of(family, "Unknown (%d)"))
		d.Unknown(v.From(4), "\n\t  ", size-4)
	default:
		d.Printf("\n\t  AFI %s, %15s/%-2d, tag 0x%04x, metric: %d, next-hop: ", ripFamilies.Of(family, "%d"), d.IP4(v.Bytes(4, 4)), dissect.MaskBits(v.Bytes(8, 4)), tag, v.U32(16))
		d.Form(v.Cursor(12), "%4v", orSelf)
	}
	return size
}
