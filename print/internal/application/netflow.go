package application

import "bpfc/print/internal/dissect"

// netFlowForm is how a version of NetFlow is laid out, in bytes.
type netFlowForm struct {
	header, record int // their lengths
	flags          int // where a record has the flags of TCP
}

// netFlowForms are the versions that are taken apart. The lengths of records are those that tcpdump reckons with: Cisco's have
// 52 bytes in version 1 and 48 in version 5.
var netFlowForms = map[int]netFlowForm{1: {16, 48, 40}, 5: {24, 52, 37}, 6: {24, 52, 37}}

// NetFlow prints the flows of Cisco's NetFlow, versions 1, 5 and 6.
func NetFlow(d *Context, v View) {
	d.Proto = "cnfp"
	version := v.U16(0)
	form, known := netFlowForms[version]
	d.StopIf(!known, "NetFlow v%x", version)
	d.CutIf(len(v.Data) < form.header)
	count, up := v.U32(2), v.U32(4) // as tcpdump, which reads a count of 32 bits
	d.Printf("NetFlow v%x, %d.%03d uptime, %d.%09d, ", version, up/1000, up%1000, v.U32(8), v.U32(12))
	if version != 1 {
		d.Printf("#%d, ", v.U32(16))
	}
	d.Printf("%2d recs", count)
	for v = v.From(form.header); count > 0; count, v = count-1, v.From(form.record) {
		d.CutIf(len(v.Data) < form.record)
		netFlowRecord(d, v, version, form)
	}
}

var netFlowFlags = Flags{{0x01, "F"}, {0x02, "S"}, {0x04, "R"}, {0x08, "P"}, {0x10, "A"}, {0x20, "U"}}

func netFlowRecord(d *Context, v View, version int, form netFlowForm) {
	first, last, protocol := v.U32(24), v.U32(28), v.U8(38)
	d.Printf("\n  started %d.%03d, last %d.%03d\n    ", first/1000, first%1000, last/1000, last%1000)
	// end prints an address with the length of its network's prefix, its autonomous system and its port.
	end := func(address, bits, system, port int) {
		d.Print(d.IP4(v.Bytes(address, 4)))
		if version != 1 {
			d.Printf("/%d:%d", v.U8(bits), v.U16(system))
		}
		d.Printf(":%d ", v.U16(port))
	}
	end(0, 44, 40, 32)
	d.Print("> ")
	end(4, 45, 42, 34)
	d.Printf(">> %s\n    ", d.IP4(v.Bytes(8, 4)))
	if name := d.ProtocolName(protocol); name != "" {
		d.Print(name + " ")
	} else {
		d.Printf("%d ", protocol)
	}
	if flags := v.U8(form.flags); protocol == dissect.ProtoTCP && flags != 0 {
		d.If(flags&0x3f != 0, netFlowFlags.Of(flags, ""))
		d.Print(" ")
	}
	d.Printf("tos %d, %d (%d octets) ", v.U8(39), v.U32(16), v.U32(20))
	if version == 6 {
		d.Printf("(%d<>%d encaps)", v.U8(46), v.U8(47))
	}
}
