package application

var (
	rpkiTypes  = Names{0: "Serial Notify", 1: "Serial Query", 2: "Reset Query", 3: "Cache Response", 4: "IPV4 Prefix", 6: "IPV6 Prefix", 7: "End of Data", 8: "Cache Reset", 10: "Error Report"}
	rpkiErrors = Names{0: "Corrupt Data", 1: "Internal Error", 2: "No Data Available", 3: "Invalid Request", 4: "Unsupported Protocol Version", 5: "Unsupported PDU Type", 6: "Withdrawal of Unknown Record", 7: "Duplicate Announcement Received"}
)

// RPKI prints messages by which routers learn which origins of routes are valid (RFC 6810); without -v that there are some.
func RPKI(d *Context, v View) {
	d.Proto = "rpki_rtr"
	if d.Verbose == 0 {
		d.Print(", RPKI-RTR")
		return
	}
	for v.Length > 0 {
		v = v.From(rpkiMessage(d, v, "\n\t"))
	}
}

// rpkiMessage prints a message and gives its size.
func rpkiMessage(d *Context, v View, before string) int {
	const header = 8
	if version := v.U8(0); version != 0 {
		d.Printf("%sRPKI-RTRv%d (unknown)", before, version)
		return v.Length
	}
	d.InvalidRestIf(v.Length < header, v)
	kind, size := v.U8(1), int(v.U32(4))
	d.Printf("%sRPKI-RTRv0, %s PDU (%d), length: %d", before, rpkiTypes.Of(kind, "Unknown"), kind, size)
	d.InvalidRestIf(size < header || size > v.Length, v)
	least := map[int]int{0: 12, 1: 12, 2: 8, 3: 8, 4: 20, 6: 32, 7: 12, 8: 8, 10: 12}[kind]
	d.InvalidRestIf(size < least, v)
	before += "  "
	switch kind {
	case 0, 1, 7:
		d.Printf("%sSession ID: 0x%04x, Serial: %d", before, v.U16(2), v.U32(8))
	case 3:
		d.Printf("%sSession ID: 0x%04x", before, v.U16(2))
	case 4:
		d.Printf("%sIPv4 Prefix %s/%d-%d, origin-as %d, flags 0x%02x", before, d.IP4(v.Bytes(12, 4)), v.U8(9), v.U8(10), v.U32(16), v.U8(8))
	case 6:
		d.Printf("%sIPv6 Prefix %s/%d-%d, origin-as %d, flags 0x%02x", before, d.IP6(v.Bytes(12, 16)), v.U8(9), v.U8(10), v.U32(28), v.U8(8))
	case 10:
		inner := int(v.U32(8))
		d.Printf("%sError code: %s (%d), Encapsulated PDU length: %d", before, rpkiErrors.Of(v.U16(2), "Unknown"), v.U16(2), inner)
		if rest := v.From(12).Limit(min(inner, size-12)); inner > 0 && d.Depth == 0 {
			d.Within(func() { rpkiMessage(d, rest, before) })
		}
	}
	v.Need(size)
	return size
}
