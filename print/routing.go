package print

// What routers say to each other, by its first line.

// headline is a protocol of which kind and length are printed.
type headline struct {
	proto  string
	format string // of version, kind and length
	kinds  map[int]string
	other  string // format for a kind without a name
}

var (
	ospfLine = headline{"ospf", "OSPFv%d, %s, length %d", map[int]string{1: "Hello", 2: "Database Description", 3: "LS-Request", 4: "LS-Update", 5: "LS-Ack"}, "unknown packet type (%d)"}
	pimLine  = headline{"pim", "PIMv%d, %s, length %d", map[int]string{0: "Hello", 1: "Register", 2: "Register Stop", 3: "Join / Prune", 4: "Bootstrap", 5: "Assert", 6: "Graft", 7: "Graft-ACK", 8: "Candidate RP Advertisement", 9: "Prune-Refresh", 10: "DF-Election", 11: "ECMP Redirect"}, "[type %d]"}
)

func (d *dissector) headline(l headline, v view, version, kind int) {
	d.printf(l.format, version, lookup(l.kinds, kind, l.other), v.length)
}

// ospf prints OSPF of versions 2 and 3 (RFC 2328, 5340).
func (d *dissector) ospf(v view) {
	d.proto = ospfLine.proto
	d.headline(ospfLine, v, v.u8(0), v.u8(1))
}

// pim prints Protocol Independent Multicast (RFC 7761).
func (d *dissector) pim(v view) {
	d.proto = pimLine.proto
	if version := v.u8(0) >> 4; version != 2 {
		d.printf("[pim-version %d], length %d", version, v.length)
		return
	}
	d.headline(pimLine, v, 2, v.u8(0)&15)
}

var eigrpOps = map[int]string{1: "Update", 3: "Query", 4: "Reply", 5: "Hello", 6: "SAP", 8: "Probe"}

// eigrp prints Cisco's EIGRP (RFC 7868).
func (d *dissector) eigrp(v view) {
	d.proto = "eigrp"
	if version := v.u8(0); version != 2 {
		d.printf("EIGRP version %d packet not supported", version)
		return
	}
	v.need(20)
	d.printf("EIGRP %s, length: %d", lookup(eigrpOps, v.u8(1), "unknown, type: %d"), v.length)
}

// ah prints the Authentication Header (RFC 4302) and gives its size in bytes.
func (d *dissector) ah(v view) (next, size int) {
	d.proto = "ah"
	v.need(8)
	next, size = v.u8(0), 4*(v.u8(1)+2)
	d.print("AH(")
	if d.o.Verbose > 0 {
		d.printf("length=%d(%d-bytes),", v.u8(1), size)
	}
	if reserved := v.u16(2); reserved != 0 {
		d.printf("reserved=0x%x[MustBeZero],", reserved)
	}
	d.printf("spi=0x%08x,", v.u32(4))
	d.printf("seq=0x%x,icv=0x", v.u32(8))
	for i := 12; i < size; i++ {
		d.printf("%02x", v.u8(i))
	}
	d.print("): ")
	return next, size
}
