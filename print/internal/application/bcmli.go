package application

import "bpfc/print/internal/dissect"

// BCMLI prints Broadcom's lawful intercept shim, and with -v the packet behind it.
func BCMLI(d *Context, v View) {
	const (
		size      = 4
		undecided = 4
		ipv4      = 5
		ipv6      = 6
		ether     = 7
	)
	d.Proto = "bcm_li"
	d.CutIf(v.Length < size || len(v.Data) < size)
	n := int(v.U32(0))
	kind := n >> 25 & 15
	d.Printf("%sBCM-LI-SHIM: direction %s, pkt-type %s, pkt-subtype %s, li-id %d", dissect.If(d.Verbose > 0, "\n    "),
		Names{1: "unused", 2: "egress", 3: "ingress"}.Of(n>>29&7, "unknown"),
		Names{undecided: "undecided", ipv4: "ipv4", ipv6: "ipv6", ether: "ethernet"}.Of(kind, "unknown"),
		Names{1: "single VLAN tag", 2: "double VLAN tag", 3: "untagged"}.Of(n>>22&7, "unknown"), n&0x3fffff)
	if d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.Print("\n    ")
	v = v.From(size)
	if kind == undecided { // the version of IP tells
		kind = map[int]int{4: ipv4, 6: ipv6}[v.U8(0)>>4]
		d.LeaveIf(kind == 0, "unknown payload")
	}
	inside := map[int]dissect.Port{ipv4: {Table: dissect.ByEtherType, Number: dissect.TypeIP}, ipv6: {Table: dissect.ByEtherType, Number: dissect.TypeIPv6}, ether: {Table: dissect.ByLinkType, Number: dissect.LinkEthernet}}
	next, known := inside[kind]
	d.RefuseIf(!known, v, "")
	d.Within(func() { d.Next(next.Table, next.Number, v) })
}
