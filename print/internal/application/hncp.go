package application

// hncpTypes are the TLVs of the Home Networking Control Protocol (RFC 7787, 7788).
var hncpTypes = Names{1: "Request network state", 2: "Request node state", 3: "Node endpoint", 4: "Network state", 5: "Node state", 8: "Peer", 9: "Keep-alive interval",
	10: "Trust-Verdict", 32: "HNCP-Version", 33: "External-Connection", 34: "Delegated-Prefix", 43: "Prefix-Policy", 37: "DHCPv4-Data", 38: "DHCPv6-Data", 35: "Assigned-Prefix", 36: "Node-Address", 39: "DNS-Delegated-Zone", 40: "Domain-Name", 41: "Node-Name", 42: "Managed-PSK"}

// HNCP prints the names of the TLVs, those that repeat once.
func HNCP(d *Context, v View) {
	d.Proto = "hncp"
	d.Printf("hncp (%d)", v.Length)
	last, times, separator := "", 0, " "
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
