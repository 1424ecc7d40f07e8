package routing

import "bpfc/print/internal/dissect"

// Link state advertisements of OSPF version 3 (RFC 5340, appendix A.4).

var (
	lsa3RouterFlags = Flags{{0x01, "ABR"}, {0x02, "External"}, {0x04, "Virtual-Link Endpoint"}, {0x08, "Deprecated"}, {0x10, "NSSA Translator"}}
	lsa3PrefixFlags = Flags{{0x01, "No Unicast"}, {0x02, "Local address"}, {0x04, "Deprecated"}, {0x08, "Propagate"}, {0x10, "Down"}, {0x20, "N-bit"}}
	lsa3Neighbors   = Names{1: "\n\t      Neighbor Router-ID %s", 2: "\n\t      Neighbor Network-ID %s", 4: "\n\t      Virtual Link: Neighbor Router-ID %s"}
)

// lsa3Bodies are the bodies that are known, by the type of the advertisement with its scope.
var lsa3Bodies = List{Loose: true, Unknown: func(d *Context, c *Cursor) { d.Unknown(c.View, "\n\t      ", c.Length) }, Values: Values{
	0x2001: {"", 0, lsa3Router}, 0x2002: {"", 0, dissect.Form("\n\t      Options [%4[8-31]n]\n\t      Connected Routers:|%p", ospf3Options, dissect.Each(dissect.Form("\n\t\t%4a")))},
	0x2003: {"", 0, dissect.Form(", metric %4[8-31]d|%p", dissect.Each(lsa3Prefix))}, 0x4005: {"", 0, lsa3External},
	0x0008: {"", 0, func(d *Context, c *Cursor) {
		d.Form(c, "\n\t      Options [%4[8-31]n]|\n\t      Priority %1@0d, Link-local address %16a, Prefixes %4d:", ospf3Options)
		lsa3Prefixes(d, c, c.View.U32(20))
	}},
	0x2009: {"", 0, func(d *Context, c *Cursor) {
		n := c.U16()
		lsa3Type(d, c.U16(), c.Bytes(4))
		c.Bytes(4)
		d.Printf("\n\t      Prefixes %d:", n)
		lsa3Prefixes(d, c, uint32(n))
	}},
}}

func lsa3Prefixes(d *Context, c *Cursor, n uint32) {
	for ; n > 0 && c.Left() > 0; n-- {
		lsa3Prefix(d, c)
	}
}

// lsa3 prints an advertisement with its body; rejected where that makes no sense.
func lsa3(d *Context, c *Cursor) {
	start := c.At
	kind := c.View.U16(start + 2)
	length := c.View.U16(start + 18)
	dissect.RejectIf(!lsa3Header(d, c) || length < lsaHeader || length > c.Left()+lsaHeader)
	lsa3Bodies.Value(d, kind, dissect.NewView(c.Rest().Data, length-lsaHeader))
	c.At = start + length
}

func lsa3Router(d *Context, c *Cursor) {
	d.Form(c, "\n\t      Options [%4[8-31]n], RLA-Flags [%=[0-7]n]", ospf3Options, lsa3RouterFlags)
	for c.Left() > 0 {
		c.View.Need(c.At + 16)
		kind := c.U8()
		c.At++
		metric, own, other, router := c.U16(), c.Bytes(4), c.Bytes(4), c.Bytes(4)
		format, known := lsa3Neighbors[kind]
		if !known {
			d.Printf("\n\t      Unknown Router Links Type 0x%02x", kind)
			return
		}
		d.Printf(format, d.IP4(router))
		d.Printf("\n\t      Neighbor Interface-ID %s, Interface %s, metric %d", d.IP4(other), d.IP4(own), metric)
	}
}

func lsa3External(d *Context, c *Cursor) {
	bits := c.U32()
	d.Printf("\n\t     Flags [%s] metric %d", Flags{{0x2, "Forwarding"}, {0x1, "Tag"}}.Of(int(bits>>24), ", "), bits&0xffffff)
	reference := c.View.U16(c.At + 2) // in place of a metric
	lsa3Prefix(d, c)
	if bits&0x2000000 != 0 {
		d.Printf(" forward %s", d.IP6(c.Bytes(16)))
	}
	if bits&0x1000000 != 0 {
		d.Printf(" tag %s", d.IP4(c.Bytes(4)))
	}
	if reference != 0 {
		d.Printf(" RefLSID: %s", d.IP4(c.Bytes(4)))
	}
}

// lsa3Prefix prints a prefix; rejected if it has too many bits.
func lsa3Prefix(d *Context, c *Cursor) {
	bits, options, metric := c.U8(), c.U8(), c.U16()
	d.RejectIf(bits > 128, " bogus prefixlen /%d", bits)
	var prefix [16]byte
	copy(prefix[:], c.Bytes((bits+31)/32*4))
	d.Printf("\n\t\t%s/%d", d.IP6(prefix[:]), bits)
	d.PrintfIf(options != 0, ", Options [%s]", lsa3PrefixFlags.Of(options, ", "))
	d.Printf(", metric %d", metric)
}
