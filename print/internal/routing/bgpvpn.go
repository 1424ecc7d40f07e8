package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
	"bpfc/print/internal/internet"
)

// Families of BGP whose networks are no prefixes of IP: multicast in VPNs (RFC 6514, 6037), VPNs of layer 2 (RFC 4761), and OSI.

// bgpOther are these families by their numbers, 256 of the second to one of the first: one of the next hops, and one of the networks.
var bgpOther = map[int]struct {
	hop     func(d *Context, c *Cursor)
	network func(d *Context, c *Cursor)
}{
	1<<8 | 5: {bgpHop4, bgpMulticast}, 1<<8 | 66: {bgpHop4, bgpMDT},
	25<<8 | 65: {bgpHop4, bgpLayer2}, 196<<8 | 128: {bgpHop4, bgpLayer2}, 196<<8 | 129: {bgpHop4, bgpLayer2}, 196<<8 | 130: {bgpHop4, bgpLayer2},
	3<<8 | 1: {bgpHopOSI, bgpOSI}, 3<<8 | 2: {bgpHopOSI, bgpOSI}, 3<<8 | 3: {bgpHopOSI, bgpOSI},
	3<<8 | 128: {bgpHopOSIRouted, bgpOSIRouted}, 3<<8 | 129: {bgpHopOSIRouted, bgpOSIRouted}, 3<<8 | 130: {bgpHopOSIRouted, bgpOSIRouted},
}

// bgpHopWants says that a next hop is cut; rejected then.
func bgpHopWants(d *Context, c *Cursor, n int) { d.RejectIf(c.Left() < n, "invalid len") }

func bgpHop4(d *Context, c *Cursor) {
	bgpHopWants(d, c, 4)
	d.Form(c, "%4a")
}

func bgpHopOSI(d *Context, c *Cursor) { d.Print(internet.NSAP(d, c.Bytes(c.Left()))) }

func bgpHopOSIRouted(d *Context, c *Cursor) {
	bgpHopWants(d, c, 9)
	d.Printf("RD: %s, ", bgpDistinguisher(d, c.Bytes(8)))
	bgpHopOSI(d, c)
}

// bgpIllegalPrefix ends the networks of a family.
func bgpIllegalPrefix(d *Context, illegal bool) {
	d.RejectIf(illegal, "\n\t    (illegal prefix length)")
}

var bgpMulticastRoutes = Names{1: "Intra-AS I-PMSI", 2: "Inter-AS I-PMSI", 3: "S-PMSI", 4: "Intra-AS Segment-Leaf", 5: "Source-Active", 6: "Shared Tree Join", 7: "Source Tree Join"}

// bgpMulticast prints a route of multicast in a VPN.
func bgpMulticast(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 2)
	kind, size := c.U8(), c.U8()
	dissect.RejectIf(c.Left() < size)
	v := c.Take(size).Cursor(0)
	text := fmt.Sprintf("Route-Type: %s (%d), length: %d", bgpMulticastRoutes.Of(kind, "Unknown"), kind, size)
	take := func(n int) []byte {
		dissect.RejectIf(v.Left() < n)
		return v.Bytes(n)
	}
	address := func(format string) {
		if bits := int(take(1)[0]); bits != 0 {
			text += fmt.Sprintf(format, bgpVPNAddress(d, take(bits/8)))
		}
	}
	if kind > 0 && kind < 8 && kind != 4 {
		text += ", RD: " + bgpDistinguisher(d, take(8))
	}
	switch kind {
	case 1:
		text += ", Originator " + bgpVPNAddress(d, take(v.Left()))
	case 2, 6, 7:
		b := take(4)
		text += ", Source-AS " + bgpAS(d, dissect.NewView(b, 4).U32(0))
	}
	if kind == 3 || kind > 4 && kind < 8 {
		address(", Source %s")
		address(", Group %s")
	}
	if kind == 3 { // as tcpdump, which does not count the route distinguisher
		if n := v.Left() + 8; n == 16 {
			text += ", Originator " + bgpVPNAddress(d, c.View.Bytes(c.At-v.Left(), n))
		} else {
			text += fmt.Sprintf(", Originator bogus address length %d", 8*n)
		}
	}
	d.Printf("\n\t      %s", text)
}

// bgpVPNAddress writes an address, or that it is none.
func bgpVPNAddress(d *Context, b []byte) string {
	if len(b) != 4 && len(b) != 16 {
		return fmt.Sprintf("bogus address length %d", 8*len(b))
	}
	return d.Address(b)
}

// bgpMDT prints where a tree of multicast begins.
func bgpMDT(d *Context, c *Cursor) {
	const size = 16
	bits := c.U8()
	bgpIllegalPrefix(d, bits != 8*size)
	dissect.RejectIf(c.Left() < size)
	d.Form(c, "\n\t      RD: %8v, VPN IP Address: %4a, MC Group Address: %4a", bgpDistinguisher)
}

// bgpLayer2 prints a part of a VPN of layer 2: who is in it, or the labels of one.
func bgpLayer2(d *Context, c *Cursor) {
	const member, labels = 12, 17
	dissect.RejectIf(c.Left() < 2)
	size := c.U16()
	bgpIllegalPrefix(d, size != member && size <= labels)
	dissect.RejectIf(c.Left() < size)
	v := c.Take(size).Cursor(0)
	if size == member {
		d.Form(v, "\n\t      RD: %8v, BGPNH: %4a", bgpDistinguisher)
		return
	}
	d.Form(v, "\n\t      RD: %8v, CE-ID: %2d, Label-Block Offset: %2d, Label Base %3[0-19]d", bgpDistinguisher)
	for v.Left() > 0 {
		d.LeaveIf(v.Left() < 3, " (ran past the end)")
		kind, bits := v.U8(), v.U16()
		if kind != 1 {
			d.Printf("\n\t\tunknown TLV #%d, length: %d", kind, bits)
			continue
		}
		d.Printf("\n\t\tcircuit status vector (%d) length: %d: 0x", kind, bits)
		for range (bits + 7) / 8 {
			d.LeaveIf(v.Left() < 1, " (ran past the end)")
			d.Printf("%02x", v.U8())
		}
	}
}

const bgpOSIBits = 152 // of an address, at most

// bgpOSI prints a prefix of OSI. As in tcpdump, the address is looked for three bytes behind where it is.
func bgpOSI(d *Context, c *Cursor) {
	bits := c.U8()
	bgpIllegalPrefix(d, bits > bgpOSIBits)
	size := (bits + 7) / 8
	d.Printf("\n\t      %s/%d", internet.NSAP(d, bgpOSIAddress(c.View.Bytes(c.At+3, size), bits)), bits)
	c.At += size
}

// bgpOSIRouted prints one behind a label and a route distinguisher.
func bgpOSIRouted(d *Context, c *Cursor) {
	const before = 24 + 64 // bits
	bits := c.U8() - before
	bgpIllegalPrefix(d, bits < 0 || bits > bgpOSIBits)
	label, rd := c.U24(), bgpDistinguisher(d, c.Bytes(8))
	address := internet.NSAP(d, bgpOSIAddress(c.Bytes((bits+7)/8), bits))
	d.Printf("\n\t      RD: %s, %s/%d, label:%d %s", rd, address, bits, label>>4, dissect.Pick(label&1 != 0, "(bottom)", "(BOGUS: Bottom of Stack NOT set!)"))
}

// bgpOSIAddress clears the bits behind a prefix.
func bgpOSIAddress(b []byte, bits int) []byte {
	b = append([]byte(nil), b...)
	if bits%8 != 0 {
		b[len(b)-1] &= 0xff << (8 - bits%8)
	}
	return b
}
