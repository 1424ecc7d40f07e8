package internet

import "bpfc/print/internal/dissect"

var (
	arpHardware = Names{1: "Ethernet", 6: "TokenRing", 7: "ArcNet", 15: "FrameRelay", 23: "Strip", 24: "IEEE 1394", 19: "ATM", 32: "InfiniBand"}
	arpOps      = Names{1: "Request", 2: "Reply", 3: "Reverse Request", 4: "Reverse Reply", 8: "Inverse Request", 9: "Inverse Reply", 10: "NACK Reply"}
)

// ARP prints ARP, RARP and inverse ARP (RFC 826, 903, 2390).
func ARP(d *Context, v View) {
	d.Proto = "arp"
	v.Need(8)
	hardware, protocol, op := v.U16(0), v.U16(2), v.U16(6)
	if hardware == arpATM {
		atmARP(d, v)
		return
	}
	hlen, plen := v.U8(4), v.U8(5)
	senderIP, target := 8+hlen, 8+hlen+plen
	targetIP := target + hlen
	v.Need(targetIP + plen)
	d.If(!d.LinkHeader, "ARP, ")
	isIP := protocol == dissect.TypeIP || protocol == dissect.TypeTrailer
	if !isIP || plen != 4 || hlen == 0 || d.Verbose > 0 {
		d.Printf("%s (len %d), %s (len %d)", arpHardware.Of(hardware, "Unknown Hardware (%d)"), hlen, dissect.EtherTypes.Of(protocol, "Unknown Protocol (0x%04x)"), plen)
		if d.Verbose == 0 {
			d.Printf(", length %d", v.Length)
			return
		}
		d.Print(", ")
	}
	d.Print(arpOps.Of(op, "Unknown (%d)"))
	d.Print(" ")
	address := func(before string, at int, after string) {
		d.Print(before)
		if isIP && plen == 4 {
			d.PrintAddress(v.Bytes(at, 4))
		} else {
			d.Print(dissect.Pick(isIP, "<wrong len>", "<wrong proto type>"))
		}
		d.Print(after)
	}
	sender, wanted := v.Bytes(8, hlen), v.Bytes(target, hlen)
	if d.Layers != nil && isIP && plen == 4 {
		d.Layer("arp", "op", op, "sender_mac", dissect.MAC(sender), "sender_ip", ipText(v.Bytes(senderIP, 4)), "target_mac", dissect.MAC(wanted), "target_ip", ipText(v.Bytes(targetIP, 4)))
	}
	switch op {
	case 1:
		address("who-has ", targetIP, "")
		if !dissect.AllZero(wanted) {
			d.Printf(" (%s)", d.HardwareName(wanted))
		}
		address(" tell ", senderIP, "")
	case 2:
		address("", senderIP, " is-at ")
		d.Print(d.HardwareName(sender))
	case 3, 8:
		d.Printf("who-is %s tell %s", d.HardwareName(wanted), d.HardwareName(sender))
	case 4:
		address(d.HardwareName(wanted)+" at ", targetIP, "")
	case 9:
		address(d.HardwareName(sender)+" at ", senderIP, "")
	default:
		d.BytesBelow(v)
		return
	}
	d.Printf(", length %d", v.Length)
}

const arpATM = 19

// atmARP prints ARP over ATM (RFC 2225), where hardware addresses have two parts.
func atmARP(d *Context, v View) {
	const header = 12
	v.Need(header)
	protocol, op := v.U16(2), v.U16(6)
	c := v.Cursor(header)
	sizes := [6]int{v.U8(4) & 0x3f, v.U8(5) & 0x3f, v.U8(8), v.U8(9) & 0x3f, v.U8(10) & 0x3f, v.U8(11)}
	var parts [6][]byte // number, subaddress and protocol address of sender and target
	for i, n := range sizes {
		parts[i] = c.Bytes(n)
	}
	d.If(!d.LinkHeader, "ARP, ")
	isIP := protocol == dissect.TypeIP || protocol == dissect.TypeTrailer
	if !isIP || sizes[2] != 4 || sizes[5] != 4 || d.Verbose > 0 {
		d.Printf("%s, %s (len %d/%d)", arpHardware[arpATM], dissect.EtherTypes.Of(protocol, "Unknown Protocol (0x%04x)"), sizes[2], sizes[5])
		if d.Verbose == 0 {
			d.Printf(", length %d", v.Length)
			return
		}
		d.Print(", ")
	}
	d.Printf("%s ", arpOps.Of(op, "Unknown (%d)"))
	number := func(i int) string {
		if len(parts[i]) == 0 {
			return "<No address>"
		}
		return d.MAC(parts[i]) + dissect.If(len(parts[i+1]) > 0, ","+d.MAC(parts[i+1]))
	}
	address := func(i int, name string) string {
		if isIP && len(parts[i]) == 4 {
			return d.IP4(parts[i])
		}
		return dissect.Pick(isIP, "<wrong "+name+">", "<wrong proto type>")
	}
	switch op {
	case 1:
		d.Printf("who-has %s%s tell %s", address(5, "tplen"), dissect.If(sizes[3] > 0, " ("+number(3)+")"), address(2, "splen"))
	case 2:
		d.Printf("%s is-at %s", address(2, "splen"), number(0))
	case 8:
		d.Printf("who-is %s tell %s", number(3), number(0))
	case 9:
		d.Printf("%sat %s", number(0), address(2, "splen"))
	case 10:
		d.Printf("for %s", address(2, "splen"))
	default:
		d.BytesBelow(dissect.NewView(v.Data, len(v.Data)))
		return
	}
	d.Printf(", length %d", v.Length)
}
