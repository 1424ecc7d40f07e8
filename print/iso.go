package print

import "fmt"

// The network layer of OSI: CLNP (ISO 8473), ES-IS (ISO 9542) and IS-IS (ISO 10589).

const (
	isoCLNP = 0x81
	isoESIS = 0x82
	isoISIS = 0x83
)

var isoProtocols = NamesT{0x81: "CLNP", 0x82: "ES-IS", 0x83: "IS-IS", 0x8e: "IPv6", 0xcc: "IPv4", 0x00: "NULL", 0x08: "Q.933", 0x80: "SNAP", 0xcf: "PPP", 0xb0: "CONS", 0xc1: "ISIS_SPB",
	0xb1: "FRF.12", 0xc0: "TRILL"}

// isoBehindEthernet prints ISO right behind an ethertype, after a byte of padding.
func (d *dissector) isoBehindEthernet(v view) {
	if v.length == 0 || len(v.b) == 0 {
		d.proto = "isoclns"
		d.mark()
		return
	}
	d.iso(v.from(1))
}

// iso prints what the first byte says.
func (d *dissector) iso(v view) {
	d.proto = "isoclns"
	kind := v.u8(0)
	if d.LinkHeader {
		d.printf("OSI NLPID %s (0x%02x): ", isoProtocols.of(kind, "Unknown"), kind)
	}
	comma := mark(!d.LinkHeader, ", ")
	switch {
	case d.next(byNLPID, kind, v):
	case kind == 0:
		d.printf("%slength: %d", comma, v.length)
	default:
		if !d.LinkHeader {
			d.printf("OSI NLPID 0x%02x unknown", kind)
		}
		d.printf("%slength: %d", comma, v.length)
		if v.length > 1 {
			d.unknown(v, "\n\t", v.length)
		}
	}
}

// nsap writes an address of OSI.
func (d *dissector) nsap(b []byte) string {
	if len(b) < 1 || len(b) > 20 {
		return "isonsap_string: illegal length"
	}
	s := fmt.Sprintf("%02x", b[0])
	for i := 1; i < len(b); i++ {
		s += mark(i%2 == 1, ".") + fmt.Sprintf("%02x", b[i])
	}
	return s
}

var clnpTypes = NamesT{1: "Error Report", 29: "MD", 28: "Data", 30: "Echo Request", 31: "Echo Response"}

const clnpHeader = 9

// clnp prints the Connectionless Network Protocol.
func (d *dissector) clnp(v view) {
	if !d.clnpPacket(v) {
		d.unknown(v, "\n\t", v.length)
	}
}

// clnpPacket prints a packet; false where it is to be shown as bytes.
func (d *dissector) clnpPacket(v view) bool {
	d.proto = "clnp"
	if len(v.b) < clnpHeader {
		d.mark()
		return true
	}
	size := v.u8(1)
	if !d.LinkHeader {
		d.print("CLNP")
	}
	switch version := v.u8(2); {
	case version != 1:
		d.printf("version %d packet not supported", version)
		return false
	case size > v.length:
		d.printf(" length indicator(%d) > PDU size (%d)!", size, v.length)
		return false
	case size < clnpHeader:
		d.printf(" length indicator %d < min PDU size:%X", size, v.b)
		return false
	}
	c := *v.cursor(clnpHeader)
	var both [2][]byte // destination, source
	for i := range both {
		if size-c.at < 1 {
			d.print("li < size of fixed part of CLNP header and addresses")
			return false
		}
		n := c.u8()
		if size-c.at < n {
			d.print("li < size of fixed part of CLNP header and addresses")
			return false
		}
		if !c.has(n) {
			d.mark()
			return true
		}
		both[i] = c.bytes(n)
	}
	comma := mark(!d.LinkHeader, ", ")
	if d.Verbose == 0 {
		d.printf("%s%s > %s, %s, length %d", comma, d.nsap(both[1]), d.nsap(both[0]), clnpTypes.of(v.u8(4)&31, "unknown (%d)"), v.length)
		return true
	}
	d.printf("%slength %d", comma, v.length)
	return d.clnpVerbose(v, &c, size, both)
}

var clnpFlags = FlagsT{{0x80, "Segmentation permitted"}, {0x40, "more Segments"}, {0x20, "request Error Report"}}

// clnpVerbose prints the header, the options and what follows them, for -v.
func (d *dissector) clnpVerbose(v view, c *cursor, size int, both [2][]byte) bool {
	kind, lifetime := v.u8(4), v.u8(3)
	d.printf("\n\t%s PDU, hlen: %d, v: %d, lifetime: %d.%ds, Segment PDU length: %d, checksum: 0x%04x", clnpTypes.of(kind&31, "unknown (%d)"), size, v.u8(2),
		lifetime/2, lifetime%2*5, v.u16(5), v.u16(7))
	d.osiChecksum(v, v.u16(7), 7, size)
	d.printf("\n\tFlags [%s]", clnpFlags.of(kind&0xe0, ", "))
	d.printf("\n\tsource address (length %d): %s\n\tdest   address (length %d): %s", len(both[1]), d.nsap(both[1]), len(both[0]), d.nsap(both[0]))
	if kind&0x80 != 0 {
		if size-c.at < 6 {
			d.print("li < size of fixed part of CLNP header, addresses, and segment part")
			return false
		}
		if !c.has(6) {
			d.mark()
			return true
		}
		d.printf("\n\tData Unit ID: 0x%04x, Segment Offset: %d, Total PDU Length: %d", c.u16(), c.u16(), c.u16())
	}
	if done, ok := d.osiOptions(c, size, d.clnpOption); !done {
		return ok
	}
	if t := kind & 31; (t == 1 || t == 31) && c.rest().u8(0) == isoCLNP {
		d.print("\n\t-----original packet-----\n\t")
		d.within(func() { d.clnpPacket(newView(c.rest().b, v.length-size)) })
		return true
	}
	if v.length > c.at {
		d.printf("\n\t  undecoded non-header data, length %d", v.length-size)
		d.unknown(c.rest(), "\n\t  ", v.length-c.at)
	}
	return true
}

// osiOptions walks options up to a header of size bytes. If it is not done with them, ok says whether the line is as it
// should be.
func (d *dissector) osiOptions(c *cursor, size int, print func(kind int, v view) bool) (done, ok bool) {
	for c.at < size {
		if size-c.at < 2 {
			d.print(", bad opts/li")
			return false, false
		}
		kind, n := c.u8(), c.u8()
		if n > size-c.at {
			d.printf(", opt (%d) too long", kind)
			return false, false
		}
		if !c.has(n) {
			d.mark()
			return false, true
		}
		option := c.take(n)
		if !print(kind, option) {
			return false, false
		}
		if d.Verbose > 1 {
			d.unknown(option, "\n\t  ", n)
		}
	}
	return true, true
}

var (
	clnpOptions = NamesT{0xcc: "Padding", 0xc5: "Security", 0xc8: "Source Routing", 0xcb: "Route Recording", 0xc3: "QoS Maintenance", 0xcd: "Priority", 0xc1: "Discard Reason"}
	clnpScopes  = NamesT{0x40: "Source Address Specific", 0x80: "Destination Address Specific", 0xc0: "Globally unique"}
	clnpQoS     = FlagsT{{0x20, "reserved"}, {0x10, "sequencing vs. delay"}, {0x08, "congested"}, {0x04, "delay vs. cost"}, {0x02, "error vs. delay"}, {0x01, "error vs. cost"}}
)

func (d *dissector) clnpOption(kind int, v view) bool {
	d.printf("\n\t  %s Option #%d, length %d, value: ", clnpOptions.of(kind, "Unknown"), kind, v.length)
	least := map[int]int{0xc8: 2, 0xcb: 2, 0xcd: 1, 0xc3: 1, 0xc5: 2, 0xc1: 1}[kind]
	if v.length < least {
		d.print(", bad opt len")
		return false
	}
	switch kind {
	case 0xcd:
		d.printf("0x%x", v.u8(0)&15)
	case 0xc3:
		d.printf("\n\t    Format Code: %s", clnpScopes.of(v.u8(0)&0xc0, "Reserved"))
		if v.u8(0)&0xc0 == 0xc0 {
			d.printf("\n\t    QoS Flags [%s]", clnpQoS.of(v.u8(0)&0x3f, ", "))
		}
	case 0xc5:
		d.printf("\n\t    Format Code: %s, Security-Level %d", clnpScopes.of(v.u8(0)&0xc0, "Reserved"), v.u8(1))
	case 0xcc:
		d.print("padding data")
	default:
		d.unknown(v, "\n\t  ", v.length)
	}
	return true
}

// osiChecksum says whether the checksum of ISO 8473, at an offset in size bytes, is right.
func (d *dissector) osiChecksum(v view, sum, at, size int) {
	switch {
	case sum == 0 || at == 0 || !(len(v.b) >= size) || size > v.length || at > size:
		d.print(" (unverified)")
	case osiSum(v.b[:size], at) == sum:
		d.print(" (correct)")
	default:
		d.printf(" (incorrect should be 0x%04x)", osiSum(v.b[:size], at))
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
	x := (((len(b)-at-1)*c0-c1)%255 + 255) % 255
	y := ((c1-(len(b)-at)*c0)%255 + 255) % 255
	if x == 0 {
		x = 255
	}
	if y == 0 {
		y = 255
	}
	return x<<8 | y
}

var (
	esisTypes   = NamesT{6: "redirect", 2: "ESH", 4: "ISH"}
	esisOptions = NamesT{0xc3: "QoS Maintenance", 0xc5: "Security", 0xc6: "ES Configuration Time", 0xcd: "Priority", 0xe1: "Addressk Mask", 0xe2: "SNPA Mask", 0x81: "supported Protocols"}
)

// esis prints the protocol between end systems and routers.
func (d *dissector) esis(v view) {
	const header = 9
	d.proto = "esis"
	if !d.LinkHeader {
		d.print("ES-IS")
	}
	if v.length <= 2 {
		d.print(map[bool]string{true: "bad pkt!", false: "no header at all!"}[d.Quiet])
		return
	}
	if len(v.b) < header {
		d.mark()
		return
	}
	size, kind := v.u8(1), v.u8(4)&31
	switch version := v.u8(2); {
	case version != 1:
		d.printf(" version %d packet not supported", version)
		return
	case size > v.length:
		d.printf(" length indicator(%d) > PDU size (%d)!", size, v.length)
		return
	case size < header+2:
		d.printf(" length indicator %d < min PDU size:%X", size, v.b)
		return
	}
	comma := mark(!d.LinkHeader, ", ")
	if d.Verbose == 0 {
		d.printf("%s%s, length %d", comma, esisTypes.of(kind, "unknown type (%d)"), v.length)
		return
	}
	d.printf("%slength %d\n\t%s (%d), v: %d, checksum: 0x%04x", comma, v.length, esisTypes.of(kind, "unknown type: %d"), kind, v.u8(2), v.u16(7))
	d.osiChecksum(v, v.u16(7), 7, size)
	d.printf(", holding time: %ds, length indicator: %d", v.u16(5), size)
	if d.Verbose > 1 {
		d.unknown(v, "\n\t", header)
	}
	c := *v.cursor(header)
	if d.esisAddresses(&c, kind, size) {
		d.osiOptions(&c, size, d.esisOption)
	}
}

// esisAddresses prints the addresses of a packet; false if that is all.
func (d *dissector) esisAddresses(c *cursor, kind, size int) bool {
	name := NamesT{6: "redirect", 2: "esh", 4: "ish"}[kind]
	if name == "" {
		if d.Verbose < 2 {
			d.unknown(c.rest(), "\n\t  ", c.length)
		}
		return false
	}
	take := func() (b []byte, ok bool) {
		if !c.has(1) {
			d.mark()
			return nil, false
		}
		if size-c.at < 1 {
			d.printf(", bad %s/li", name)
			return nil, false
		}
		n := c.u8()
		if !c.has(n) {
			d.mark()
			return nil, false
		}
		if size-c.at < n {
			d.printf(", bad %s/li", name)
			return nil, false
		}
		return c.bytes(n), true
	}
	switch kind {
	case 6:
		destination, ok := take()
		if !ok {
			return false
		}
		d.printf("\n\t  %s", d.nsap(destination))
		station, ok := take()
		if !ok {
			return false
		}
		network, ok := take()
		if !ok {
			return false
		}
		d.printf("\n\t  SNPA (length: %d): %s", len(station), hardwareName(station))
		if len(network) > 0 {
			d.printf("\n\t  NET (length: %d) %s", len(network), d.nsap(network))
		}
		return true
	case 2:
		if !c.has(1) {
			d.mark()
			return false
		}
		n := c.u8()
		d.printf("\n\t  Number of Source Addresses: %d", n)
		for range n {
			b, ok := take()
			if !ok {
				return false
			}
			d.printf("\n\t  NET (length: %d): %s", len(b), d.nsap(b))
		}
		return true
	}
	b, ok := take()
	if ok {
		d.printf("\n\t  NET (length: %d): %s", len(b), d.nsap(b))
	}
	return ok
}

func (d *dissector) esisOption(kind int, v view) bool {
	d.printf("\n\t  %s Option #%d, length %d, value: ", esisOptions.of(kind, "Unknown"), kind, v.length)
	switch {
	case kind == 0xc6 && v.length == 2:
		d.printf("%ds", v.u16(0))
	case kind == 0xc6:
		d.print("(bad length)")
	case kind == 0x81:
		d.isoProtocolList(v)
	default:
		d.unknown(v, "\n\t  ", v.length)
	}
	return true
}

func (d *dissector) isoProtocolList(v view) {
	for i := range v.length {
		d.printf("%s%s (0x%02x)", mark(i > 0, ", "), isoProtocols.of(v.u8(i), "unknown"), v.u8(i))
	}
}
