package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// The tags of switches between the addresses and the type of a frame of Ethernet, by which they tell ports from each other.

// DSA prints a frame with a tag of Marvell's Distributed Switch Architecture.
func DSA(d *Context, v View) {
	ethernetTagged(d, v, "dsa", 4, func(d *Context, v View) {
		d.If(d.LinkHeader, "Marvell ")
		d.Print("DSA ")
		dsaTag(d, v)
	})
}

// EDSA prints a frame with such a tag behind an ethertype of its own.
func EDSA(d *Context, v View) {
	ethernetTagged(d, v, "edsa", 8, func(d *Context, v View) {
		if kind := v.U16(0); d.LinkHeader {
			d.Printf("Marvell EDSA ethertype 0x%04x (Unknown), rsvd %d %d, ", kind, v.U8(2), v.U8(3))
		} else {
			d.Printf("EDSA 0x%04x, ", kind)
		}
		dsaTag(d, v.From(4))
	})
}

var dsaModes = [4]string{"To CPU", "From CPU", "To Sniffer", "Forward"}

// dsaTag prints the four bytes of a tag: what the frame is on its way to, the device and its port, and the VLAN.
func dsaTag(d *Context, v View) {
	mode, tagged, device, port := v.U8(0)>>6, v.U8(0)&0x20 != 0, v.U8(0)&0x1f, v.U8(1)>>3
	where := dissect.Pick(v.U8(1)&4 != 0, "trunk", "port")
	sniffed := dissect.Pick(v.U8(1)&4 != 0, "Rx", "Tx")
	vlan, priority, code := v.U16(2)&0xfff, v.U8(2)>>5, v.U8(1)&6<<1|v.U8(2)>>4&1
	if !d.LinkHeader {
		d.Print([4]string{fmt.Sprintf("port %d.%d > CPU, ", device, port), fmt.Sprintf("CPU > port %d.%d, ", device, port), fmt.Sprintf("port %d.%d > %s Sniffer, ", device, port, sniffed),
			fmt.Sprintf("Forward %s %d.%d, ", where, device, port)}[mode])
		d.Printf("VLAN %d%s, ", vlan, dissect.Pick(tagged, "t", "u"))
		return
	}
	d.Printf("mode %s, ", dsaModes[mode])
	d.Print([4]string{fmt.Sprintf("source dev %d, port %d, code %s, ", device, port, dsaCodes.Of(code, "reserved")), fmt.Sprintf("target dev %d, port %d, ", device, port),
		fmt.Sprintf("source dev %d, port %d, %s sniff, ", device, port, dissect.Pick(sniffed == "Rx", "ingress", "egress")), fmt.Sprintf("dev %d, %s %d, ", device, where, port)}[mode])
	d.Printf("%s, %sVID %d, FPri %d, ", dissect.Pick(tagged, "tagged", "untagged"), dissect.If(v.U8(1)&1 != 0, "CFI, "), vlan, priority)
}

var dsaCodes = Names{0: "BPDU (MGMT) Trap", 1: "Frame2Reg", 2: "IGMP/MLD Trap", 3: "Policy Trap", 4: "ARP Mirror or Trap", 5: "Policy Mirror"}

// BroadcomTag prints a frame with a tag of Broadcom's switches, BroadcomPrepended one with the tag before it.
func BroadcomTag(d *Context, v View) { ethernetTagged(d, v, "brcm-tag", 4, broadcomTag) }

func BroadcomPrepended(d *Context, v View) {
	const size = 4
	d.Proto = "brcm-tag-prepend"
	d.MarkIf(len(v.Data) < size || v.Length < size)
	if d.LinkHeader {
		broadcomTag(d, v)
	}
	d.Header(size)
	Ethernet(d, v.From(size))
}

var (
	broadcomEncaps  = [4]string{"None", "Untag", "Header", "Reserved"}
	broadcomReasons = Names{1: "mirror", 2: "MAC learning", 4: "switching", 8: "prot term", 16: "prot snoop", 32: "exception"}
)

func broadcomTag(d *Context, v View) {
	if head := v.U16(0); head>>13 != 0 { // into the switch; the fields are where tcpdump reads them
		d.Printf("BRCM tag OP: IG, TC: %d, TE: %s, TS: %d, DST map: 0x%04x, ", head>>2&7, broadcomEncaps[head&3], head>>7&1, v.U16(2))
		return
	}
	d.Printf("BRCM tag OP: EG, CID: %d, RC: %s, TC: %d, port: %d, ", v.U16(0)&0x1fff, broadcomReasons.Of(v.U8(2), "reserved"), v.U8(3)>>5, v.U8(3)&0x1f)
}
