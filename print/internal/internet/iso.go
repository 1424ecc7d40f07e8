package internet

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// ISOBehindEthernet prints ISO right behind an ethertype, after a byte of padding.
func ISOBehindEthernet(d *Context, v View) {
	d.Proto = "isoclns"
	d.MarkIf(v.Length == 0 || len(v.Data) == 0)
	ISO(d, v.From(1))
}

// ISO prints what the first byte says.
func ISO(d *Context, v View) {
	d.Proto = "isoclns"
	kind := v.U8(0)
	d.PrintfIf(d.LinkHeader, "OSI NLPID %s (0x%02x): ", dissect.NLPIDs.Of(kind, "Unknown"), kind)
	if d.Next(dissect.ByNLPID, kind, v) {
		return
	}
	d.PrintfIf(kind != 0 && !d.LinkHeader, "OSI NLPID 0x%02x unknown", kind)
	d.Printf("%slength: %d", dissect.If(!d.LinkHeader, ", "), v.Length)
	if kind != 0 && v.Length > 1 {
		d.Unknown(v, "\n\t", v.Length)
	}
}

// NSAP writes an address of OSI.
func NSAP(d *Context, b []byte) string {
	if len(b) < 1 || len(b) > 20 {
		return "isonsap_string: illegal length"
	}
	s := ""
	for i := range b {
		s += dissect.If(i%2 == 1, ".") + fmt.Sprintf("%02x", b[i])
	}
	return s
}

var clnpTypes = Names{1: "Error Report", 29: "MD", 28: "Data", 30: "Echo Request", 31: "Echo Response"}

const clnpHeader = 9

// CLNP prints the Connectionless Network Protocol.
func CLNP(d *Context, v View) {
	if !d.Try(func() { clnpPacket(d, v) }) {
		d.Unknown(v, "\n\t", v.Length)
	}
}

// clnpPacket prints a packet; rejected where it is to be shown as bytes.
func clnpPacket(d *Context, v View) {
	d.Proto = "clnp"
	d.MarkIf(len(v.Data) < clnpHeader)
	size := v.U8(1)
	d.If(!d.LinkHeader, "CLNP")
	d.RejectIf(v.U8(2) != 1, "version %d packet not supported", v.U8(2))
	d.RejectIf(size > v.Length, " length indicator(%d) > PDU size (%d)!", size, v.Length)
	d.RejectIf(size < clnpHeader, " length indicator %d < min PDU size:%X", size, v.Data)
	c := *v.Cursor(clnpHeader)
	var both [2][]byte // destination, source
	for i := range both {
		d.RejectIf(size-c.At < 1, "li < size of fixed part of CLNP header and addresses")
		n := c.U8()
		d.RejectIf(size-c.At < n, "li < size of fixed part of CLNP header and addresses")
		d.MarkIf(!c.Has(n))
		both[i] = c.Bytes(n)
	}
	comma := dissect.If(!d.LinkHeader, ", ")
	if d.Verbose == 0 {
		d.Printf("%s%s > %s, %s, length %d", comma, NSAP(d, both[1]), NSAP(d, both[0]), clnpTypes.Of(v.U8(4)&31, "unknown (%d)"), v.Length)
		return
	}
	d.Printf("%slength %d", comma, v.Length)
	clnpVerbose(d, v, &c, size, both)
}

var clnpFlags = Flags{{0x80, "Segmentation permitted"}, {0x40, "more Segments"}, {0x20, "request Error Report"}}

// clnpVerbose prints the header, the options and what follows them, for -v.
func clnpVerbose(d *Context, v View, c *Cursor, size int, both [2][]byte) {
	kind, lifetime := v.U8(4), v.U8(3)
	d.Printf("\n\t%s PDU, hlen: %d, v: %d, lifetime: %d.%ds, Segment PDU length: %d, checksum: 0x%04x", clnpTypes.Of(kind&31, "unknown (%d)"), size, v.U8(2),
		lifetime/2, lifetime%2*5, v.U16(5), v.U16(7))
	OSIChecksum(d, v, v.U16(7), 7, size)
	d.Printf("\n\tFlags [%s]", clnpFlags.Of(kind&0xe0, ", "))
	d.Printf("\n\tsource address (length %d): %s\n\tdest   address (length %d): %s", len(both[1]), NSAP(d, both[1]), len(both[0]), NSAP(d, both[0]))
	if kind&0x80 != 0 {
		d.RejectIf(size-c.At < 6, "li < size of fixed part of CLNP header, addresses, and segment part")
		d.MarkIf(!c.Has(6))
		d.Form(c, "\n\tData Unit ID: 0x%2x, Segment Offset: %2d, Total PDU Length: %2d")
	}
	if !osiOptions(d, c, size, clnpOptions) {
		return
	}
	if t := kind & 31; (t == 1 || t == 31) && c.Rest().U8(0) == dissect.NLPIDCLNP {
		d.Print("\n\t-----original packet-----\n\t")
		d.Within(func() { d.Try(func() { clnpPacket(d, dissect.NewView(c.Rest().Data, v.Length-size)) }) })
		return
	}
	if v.Length > c.At {
		d.Printf("\n\t  undecoded non-header data, length %d", v.Length-size)
		d.Unknown(c.Rest(), "\n\t  ", v.Length-c.At)
	}
}

// osiOptions prints options up to a header of size bytes; false if they are not all captured, and rejected where they make no sense.
func osiOptions(d *Context, c *Cursor, size int, values List) bool {
	options := dissect.NewView(c.Data, size).Cursor(c.At)
	values.Head, values.When, values.Title, values.Other, values.More = 2, dissect.IfCaptured, dissect.Titled("\n\t  %s Option #%d, length %d, value: "), "Unknown", "\n\t  "
	values.Unknown = func(d *Context, c *Cursor) { d.Unknown(c.View, "\n\t  ", c.Length) }
	values.Ends = func(d *Context, f dissect.Fault) {
		d.RejectIf(f.Size == dissect.HeadMissing, ", bad opts/li")
		d.RejectIf(true, ", opt (%d) too long", c.View.U8(size-f.Rest.Length-2))
	}
	values.Cut = func(d *Context, f dissect.Fault) {
		dissect.TruncateIf(f.Size == dissect.HeadMissing)
		d.Mark()
	}
	values.Print(d, options)
	c.At = options.At
	return c.At >= size
}

var (
	clnpScopes = Names{1: "Source Address Specific", 2: "Destination Address Specific", 3: "Globally unique"}.Or("Reserved")
	clnpQoS    = Flags{{0x20, "reserved"}, {0x10, "sequencing vs. delay"}, {0x08, "congested"}, {0x04, "delay vs. cost"}, {0x02, "error vs. delay"}, {0x01, "error vs. cost"}}
)

// clnpOptions are the options of CLNP.
var clnpOptions = List{Short: dissect.Rejects(", bad opt len"), Values: Values{
	0xc1: {"Discard Reason", 1, nil}, 0xc3: {"QoS Maintenance", 1, func(d *Context, c *Cursor) {
		d.Form(c, "\n\t    Format Code: %1@0[0-1]n", clnpScopes)
		if c.View.U8(0)>>6 == 3 {
			d.Form(c, "\n\t    QoS Flags [%1[2-7]n]", clnpQoS)
		}
	}},
	0xc5: {"Security", 2, dissect.Form("\n\t    Format Code: %1[0-1]n, Security-Level %1d", clnpScopes)}, 0xc8: {"Source Routing", 2, nil}, 0xcb: {"Route Recording", 2, nil}, 0xcc: {"Padding", 0, dissect.Form("padding data")},
	0xcd: {"Priority", 1, dissect.Form("0x%1[4-7]h")},
}}

// OSIChecksum says whether the checksum of ISO 8473, at an offset in size bytes, is right.
func OSIChecksum(d *Context, v View, sum, at, size int) {
	if sum == 0 || at == 0 || len(v.Data) < size || size > v.Length || at > size {
		d.Print(" (unverified)")
	} else if right := osiSum(v.Data[:size], at); right == sum {
		d.Print(" (correct)")
	} else {
		d.Printf(" (incorrect should be 0x%04x)", right)
	}
}

// osiSum computes the checksum of Fletcher that belongs at an offset.
func osiSum(b []byte, at int) int {
	c0, c1 := 0, 0
	for i, x := range b {
		if i != at && i != at+1 {
			c0 += int(x)
		}
		c0 %= 255
		c1 = (c1 + c0) % 255
	}
	nonzero := func(n int) int { return ((n-1)%255+255)%255 + 1 } // 0 is written as 255
	return nonzero((len(b)-at-1)*c0-c1)<<8 | nonzero(c1-(len(b)-at)*c0)
}

var esisTypes = Names{6: "redirect", 2: "ESH", 4: "ISH"}

// esisOptions are the options of ES-IS.
var esisOptions = List{Short: dissect.Prints("(bad length)"), Values: Values{
	0x81: {"supported Protocols", 0, func(d *Context, c *Cursor) { ISOProtocolList(d, c.View) }}, 0xc3: {"QoS Maintenance", 0, nil}, 0xc5: {"Security", 0, nil},
	0xc6: {"ES Configuration Time", -2, dissect.Form("%2ds")}, 0xcd: {"Priority", 0, nil}, 0xe1: {"Addressk Mask", 0, nil}, 0xe2: {"SNPA Mask", 0, nil},
}}

// ESIS prints the protocol between end systems and routers.
func ESIS(d *Context, v View) {
	const header = 9
	d.Proto = "esis"
	d.If(!d.LinkHeader, "ES-IS")
	d.LeaveIf(v.Length <= 2, "%s", dissect.Pick(d.Quiet, "bad pkt!", "no header at all!"))
	d.CutIf(len(v.Data) < header)
	size, kind := v.U8(1), v.U8(4)&31
	d.LeaveIf(v.U8(2) != 1, " version %d packet not supported", v.U8(2))
	d.LeaveIf(size > v.Length, " length indicator(%d) > PDU size (%d)!", size, v.Length)
	d.LeaveIf(size < header+2, " length indicator %d < min PDU size:%X", size, v.Data)
	comma := dissect.If(!d.LinkHeader, ", ")
	if d.Verbose == 0 {
		d.Printf("%s%s, length %d", comma, esisTypes.Of(kind, "unknown type (%d)"), v.Length)
		return
	}
	d.Printf("%slength %d\n\t%s (%d), v: %d, checksum: 0x%04x", comma, v.Length, esisTypes.Of(kind, "unknown type: %d"), kind, v.U8(2), v.U16(7))
	OSIChecksum(d, v, v.U16(7), 7, size)
	d.Printf(", holding time: %ds, length indicator: %d", v.U16(5), size)
	if d.Verbose > 1 {
		d.Unknown(v, "\n\t", header)
	}
	c := v.Cursor(header)
	d.Try(func() {
		osiOptions(d, c, esisAddresses(d, c, kind, size), esisOptions)
	})
}

// esisAddresses prints the addresses of a packet and gives where its header ends; rejected if that is all.
func esisAddresses(d *Context, c *Cursor, kind, size int) (end int) {
	name := Names{6: "redirect", 2: "esh", 4: "ish"}[kind]
	if name == "" {
		if d.Verbose < 2 {
			d.Unknown(c.Rest(), "\n\t  ", c.Length)
		}
		dissect.Reject()
	}
	take := func() []byte {
		d.RejectIf(!c.Has(1), " [|%s]", d.Proto)
		d.RejectIf(size-c.At < 1, ", bad %s/li", name)
		n := c.U8()
		d.RejectIf(!c.Has(n), " [|%s]", d.Proto)
		d.RejectIf(size-c.At < n, ", bad %s/li", name)
		return c.Bytes(n)
	}
	n := 1
	if kind == 6 {
		d.Printf("\n\t  %s", NSAP(d, take()))
		station := take()
		size++ // as tcpdump, which forgets the byte of the next length
		network := take()
		d.Printf("\n\t  SNPA (length: %d): %s", len(station), d.HardwareName(station))
		d.PrintfIf(len(network) > 0, "\n\t  NET (length: %d) %s", len(network), NSAP(d, network))
		return size
	}
	if kind == 2 {
		d.RejectIf(!c.Has(1), " [|%s]", d.Proto)
		n = c.U8()
		d.Printf("\n\t  Number of Source Addresses: %d", n)
	}
	for range n {
		b := take()
		d.Printf("\n\t  NET (length: %d): %s", len(b), NSAP(d, b))
	}
	return size
}

func ISOProtocolList(d *Context, v View) {
	for i := range v.Length {
		d.Printf("%s%s (0x%02x)", dissect.If(i > 0, ", "), dissect.NLPIDs.Of(v.U8(i), "unknown"), v.U8(i))
	}
}
