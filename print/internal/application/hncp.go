package application

import "fmt"

// hncpTypes are the TLVs of the Home Networking Control Protocol (RFC 7787, 7788).
var hncpTypes = Names{1: "Request network state", 2: "Request node state", 3: "Node endpoint", 4: "Network state", 5: "Node state", 8: "Peer", 9: "Keep-alive interval",
	10: "Trust-Verdict", 32: "HNCP-Version", 33: "External-Connection", 34: "Delegated-Prefix", 43: "Prefix-Policy", 37: "DHCPv4-Data", 38: "DHCPv6-Data", 35: "Assigned-Prefix", 36: "Node-Address", 39: "DNS-Delegated-Zone", 40: "Domain-Name", 41: "Node-Name", 42: "Managed-PSK"}

// HNCP prints the names of the TLVs, with -v what those that stand alone hold.
func HNCP(d *Context, v View) {
	d.Proto = "hncp"
	d.Printf("hncp (%d)", v.Length)
	if d.Verbose == 0 {
		hncpNames(d, v, " ")
		return
	}
	for c := v.Cursor(0); c.Left() > 0; {
		d.Print("\n\t")
		d.CutIf(!c.Has(4))
		kind, size := c.U16(), c.U16()
		d.CutIf(!c.Has(size))
		name, known := hncpTypes[kind]
		if !known {
			name = fmt.Sprintf("%s: type=%d", hncpUnknown(kind), kind)
		}
		d.Printf("%s (%d)", name, size+4)
		if f, ok := hncpForms[kind]; ok && size >= f.least {
			f.print(d, c.Rest().Limit(size))
		}
		c.At += (size + 3) &^ 3
	}
}

// hncpForms are how the TLVs of a message are printed, and the bytes that they have at least.
var hncpForms = map[int]struct {
	least int
	print func(d *Context, v View)
}{
	2: {4, func(d *Context, v View) { d.Printf(" NID: %s", hncpNode(v)) }},
	3: {8, func(d *Context, v View) { d.Printf(" NID: %s EPID: %08x", hncpNode(v), v.U32(4)) }},
	4: {8, func(d *Context, v View) { d.Printf(" hash: %016x", v.U64(0)) }},
	5: {20, func(d *Context, v View) {
		age := v.U32(8)
		d.Printf(" NID: %s seqno: %d %d.%03ds hash: %016x", hncpNode(v), v.U32(4), age/1000, age%1000, v.U64(12))
		if v.Length > 20 {
			hncpNames(d, v.From(20), "\n\t\t")
		}
	}},
}

// hncpNode writes the number of a node.
func hncpNode(v View) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x", v.U8(0), v.U8(1), v.U8(2), v.U8(3))
}

// hncpNames prints the names of TLVs, those that repeat once, behind a text.
func hncpNames(d *Context, v View, separator string) {
	last, times := "", 0
	flush := func() {
		if times > 0 {
			d.Print(separator + last)
			separator = ", "
		}
		d.PrintfIf(times > 1, " (x%d)", times)
	}
	for c := v.Cursor(0); c.Left() > 0; times++ {
		d.CutIf(!c.Has(4))
		kind, size := c.U16(), c.U16()
		d.CutIf(!c.Has(size))
		if name := hncpTypes.Of(kind, hncpUnknown(kind)); name != last {
			flush()
			last, times = name, 0
		}
		c.At += (size + 3) &^ 3
	}
	flush()
}

// hncpUnknown says what the numbers without a name are for.
func hncpUnknown(kind int) string {
	switch {
	case kind == 0:
		return "Reserved"
	case kind >= 768 && kind <= 1023:
		return "Private Use"
	}
	return "Future use"
}
