package print

import (
	"bytes"
	"fmt"
)

const ipxHeader = 30

// ipx prints Novell's IPX, and the services and routes that are announced in it.
func (d *dissector) ipx(v view) {
	d.proto = "ipx"
	if !d.LinkHeader {
		d.print("IPX ")
	}
	d.printf("%s.%04x > ", ipxAddress(v, 18), v.u16(28))
	socket := v.u16(16)
	d.printf("%s.%04x: ", ipxAddress(v, 6), socket)
	length := v.u16(2)
	if length < ipxHeader {
		d.printf("[length %d < %d] (invalid)", length, ipxHeader)
		return
	}
	c := newView(v.from(ipxHeader).b, length-ipxHeader).cursor(0)
	switch socket {
	case 0x0452:
		d.ipxServices(c)
	case 0x0453:
		d.ipxRoutes(c)
	case 0x85be:
		d.next(byIP, protoEIGRP, c.view)
	default:
		name := NamesT{0x0451: "ncp", 0x0455: "netbios", 0x0456: "diags", 0x0553: "nwlink-dgm"}[socket]
		if name == "" {
			name = fmt.Sprintf("#%x", socket)
		}
		d.printf("ipx-%s %d", name, c.length)
	}
}

// ipx8022 prints IPX behind LLC.
func (d *dissector) ipx8022(v view) {
	d.onlyIf(d.LinkHeader, "IPX 802.2: ")
	d.ipx(v)
}

// ipxAddress writes network and node.
func ipxAddress(v view, at int) string {
	return fmt.Sprintf("%08x.%s", v.u32(at), mac(v.bytes(at+4, 6)))
}

// ipxServices prints the Service Advertisement Protocol.
func (d *dissector) ipxServices(c *cursor) {
	left := func(n int) bool { return c.length-c.at >= n }
	command := c.u16()
	if !left(0) {
		d.tooShort("length", c.length, "<", 2)
		return
	}
	switch command {
	case 1, 3:
		d.printf("ipx-sap-%sreq %04x", mark(command == 3, "nearest-"), c.u16())
	case 2, 4:
		d.printf("ipx-sap-%sresp", mark(command == 4, "nearest-"))
		for i := 0; i < 8 && left(1); i++ {
			if !left(2) {
				d.tooShort("length", c.length-c.at, "<", 2)
				return
			}
			d.printf(" %04x '", c.u16())
			if !left(48) {
				d.print("'")
				d.invalid()
				return
			}
			d.padded(c, 48)
			d.print("'")
			for _, n := range []int{10, 4} {
				if !left(n) {
					d.tooShort("length", c.length-c.at, "<", n)
					return
				}
				if n == 10 {
					d.printf(" addr %s", ipxAddress(c.rest(), 0))
				}
				c.bytes(n)
			}
		}
	default:
		d.printf("ipx-sap-?%x", command)
	}
}

// ipxRoutes prints the Routing Information Protocol of IPX.
func (d *dissector) ipxRoutes(c *cursor) {
	command := c.u16()
	most := map[int]int{1: 1, 2: 50}[command]
	if most == 0 {
		d.printf("ipx-rip-?%x", command)
		return
	}
	d.print(NamesT{1: "ipx-rip-req", 2: "ipx-rip-resp"}[command])
	for i := 0; i < most && c.length-c.at > 0; i++ {
		if c.length-c.at < 8 {
			d.tooShort("length", c.length-c.at, "<", 8)
			return
		}
		d.printf(" %08x/%d.%d", c.u32(), c.u16(), c.u16())
	}
}

// tooShort says that a length does not fit.
func (d *dissector) tooShort(name string, n int, relation string, limit int) {
	d.printf(" [%s %d %s %d]", name, n, relation, limit)
	d.invalid()
}

// padded prints a text in a field of n bytes, up to the first zero.
func (d *dissector) padded(c *cursor, n int) {
	b := c.b[min(c.at, len(c.b)):]
	text, _, ended := bytes.Cut(b[:min(n, len(b))], []byte{0})
	d.text(text)
	if !ended && len(text) < n {
		panic(truncated{})
	}
	c.at += n
}

// counted prints n bytes as text.
func (d *dissector) counted(c *cursor, n int) {
	b := c.b[min(c.at, len(c.b)):]
	d.text(b[:min(max(n, 0), len(b))])
	if n > len(b) {
		panic(truncated{})
	}
	c.at += n
}

// unknown prints bytes that nothing is known of, each line after a text; fewer if they are not all captured.
func (d *dissector) unknown(v view, before string, n int) {
	d.indented(before, v.b[:max(min(n, len(v.b)), 0)])
}
