package print

// bcmLI prints Broadcom's lawful intercept shim, and with -v the packet behind it.
func (d *dissector) bcmLI(v view) {
	const (
		size      = 4
		undecided = 4
		ipv4      = 5
		ipv6      = 6
		ether     = 7
	)
	d.proto = "bcm_li"
	if v.length < size || len(v.b) < size {
		d.mark()
		return
	}
	n := int(v.u32(0))
	kind := n >> 25 & 15
	d.printf("%sBCM-LI-SHIM: direction %s, pkt-type %s, pkt-subtype %s, li-id %d", mark(d.Verbose > 0, "\n    "),
		NamesT{1: "unused", 2: "egress", 3: "ingress"}.of(n>>29&7, "unknown"),
		NamesT{undecided: "undecided", ipv4: "ipv4", ipv6: "ipv6", ether: "ethernet"}.of(kind, "unknown"),
		NamesT{1: "single VLAN tag", 2: "double VLAN tag", 3: "untagged"}.of(n>>22&7, "unknown"), n&0x3fffff)
	if d.Verbose == 0 {
		v.needAll()
		return
	}
	d.print("\n    ")
	v = v.from(size)
	if kind == undecided { // the version of IP tells
		switch v.u8(0) >> 4 {
		case 4:
			kind = ipv4
		case 6:
			kind = ipv6
		default:
			d.print("unknown payload")
		}
	}
	switch kind {
	case ether:
		d.within(func() { d.next(byLinkType, linkEthernet, v) })
	case ipv4:
		d.within(func() { d.next(byEtherType, typeIP, v) })
	case ipv6:
		d.within(func() { d.next(byEtherType, typeIPv6, v) })
	}
}
