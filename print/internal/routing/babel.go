package routing

import (
	"fmt"
	"net/netip"

	"bpfc/print/internal/dissect"
)

const (
	babelHello  = 4
	babelIHU    = 5
	babelUpdate = 8
)

// babelMessages are the messages (RFC 8966): their names without -v, and what prints them with -v. What is too short is rejected.
var babelMessages = Values{
	1: {"padN", 0, func(d *Context, c *Cursor) { d.Printf("\n\tPad %d", c.Length+2) }}, 2: {"ack-req", 0, dissect.Form("\n\tAcknowledgment Request %6!%2@2x %2@4n", babelInterval)}, 3: {"ack", 0, dissect.Form("\n\tAcknowledgment %2!%2x")},
	babelHello: {"hello", 0, dissect.Form("\n\tHello %6!%2[0]?{(Unicast) }seqno %2d |%2?{interval %=n}{unscheduled}", babelInterval)}, babelIHU: {"ihu", 0, babelHeard}, 6: {"router-id", 0, dissect.Form("\n\tRouter Id%10! %8@2v", babelID)},
	7: {"nh", 0, babelHop}, babelUpdate: {"update", 0, printBabelUpdate}, 9: {"route-request", 0, babelRouteRequest}, 10: {"seqno-request", 0, babelNumberRequest},
	11: {"tspc", 0, dissect.Form("\n\tTS/PC %6!timestamp %4@2d packetcounter %2@0d")},
	12: {"hmac", 0, dissect.Form("\n\tHMAC %18!key-id %2d digest-%r %*v", func(b []byte) string { return fmt.Sprintf("%X", b) })}, 13: {"ss-update", 0, nil}, 14: {"ss-request", 0, nil}, 15: {"ss-seqno-request", 0, nil},
	16: {"mac", 0, dissect.Form("\n\tMAC len %L")}, 17: {"pc", 0, dissect.Form("\n\tPC %4!value %4d index len %r")}, 18: {"challenge-request", 0, nil}, 19: {"challenge-reply", 0, nil},
}

// Babel prints the Babel routing protocol.
func Babel(d *Context, v View) {
	const header, magic = 4, 42
	d.Proto = "babel"
	d.Print("babel")
	d.CutIf(len(v.Data) < header)
	d.StopIf(v.U8(0) != magic, " invalid header")
	d.CutIf(v.Length < header)
	version := v.U8(1)
	d.Printf(" %d", version)
	d.StopIf(version != 2, " unknown version")
	size := v.U16(2)
	d.Printf(" (%d)", size)
	d.StopIf(!d.Try(func() { babelList(d, dissect.NewView(v.From(header).Data, v.Length-header), size) }), " (invalid)")
	if rest := v.Length - header - size; rest > 0 { // trailers, as with authentication
		d.Print(dissect.Pick(d.Verbose > 0, "\n\t----", " |"))
		d.If(!d.Try(func() { babelList(d, dissect.NewView(v.From(header+size).Data, rest), rest) }), " (invalid)")
	}
}

// babelPrefixes are what updates leave out of the prefix they are about.
type babelPrefixes struct{ v4, v6 [16]byte }

// babelList prints the messages in n bytes; rejected if they make no sense.
func babelList(d *Context, v View, n int) {
	*dissect.Remembered[babelPrefixes](d) = babelPrefixes{v4: [16]byte{10: 0xff, 11: 0xff}}
	fits := func(end int) bool { return end <= n && end <= v.Length }
	for at := 0; at < n; {
		dissect.RejectIf(!fits(at + 1))
		kind := v.U8(at)
		if kind == 0 {
			d.Print(dissect.Pick(d.Verbose > 0, "\n\tPad 1", " pad1"))
			at++
			continue
		}
		dissect.RejectIf(!fits(at + 2))
		d.CutIf(len(v.Data) < at+2)
		size := v.U8(at + 1)
		dissect.RejectIf(!fits(at + 2 + size))
		d.CutIf(len(v.Data) < at+2+size)
		message := dissect.NewView(v.Bytes(at+2, size), size)
		if d.Verbose == 0 {
			dissect.RejectIf(kind == babelUpdate && size < 10)
			d.Print(" " + babelMessages.Name(kind, "unknown"))
			if kind == babelUpdate {
				d.Print(babelUpdateFlags(message.U8(1)))
			}
		} else {
			babelMessage(d, kind, message)
		}
		at += 2 + size
	}
}

func babelUpdateFlags(bits int) string {
	return dissect.If(bits&0x80 != 0, "/prefix") + dissect.If(bits&0x40 != 0, "/id") + dissect.If(bits&0x3f != 0, "/unknown")
}

func babelInterval(n int) string {
	if n == 0 {
		return "0.00s (bogus)"
	}
	return fmt.Sprintf("%d.%02ds", n/100, n%100)
}

// babelID writes an identifier of eight bytes.
func babelID(b []byte) string { return dissect.Joined(b, "%02x", ":") }

// babelPrefix reads a prefix of some bits (all of an address, if fewer than none), of which updates leave bytes out, which are
// those of another; it gives how many bytes it has read, less than none if that makes no sense.
func babelPrefix(encoding, bits, omitted int, b []byte, other *[16]byte) (prefix [16]byte, used int) {
	size := 16
	switch {
	case bits >= 0:
		size = (bits + 7) / 8
	case encoding == 1:
		size = 4
	}
	if size > 16 {
		return prefix, -1
	}
	base, limit := 0, 16
	switch encoding {
	case 0:
		return prefix, 0
	case 1:
		prefix[10], prefix[11] = 0xff, 0xff
		base, limit = 12, 4
	case 2:
	case 3:
		prefix[0], prefix[1] = 0xfe, 0x80
		base, limit, omitted, other = 8, 8, 0, nil
		size = max(size-8, 0)
	default:
		return prefix, -1
	}
	if omitted > limit || size > limit || size > omitted && len(b) < size-omitted {
		return prefix, -1
	}
	if omitted > 0 {
		if other == nil {
			return prefix, -1
		}
		copy(prefix[:base+omitted], other[:])
	}
	if size > omitted {
		used = copy(prefix[base+omitted:], b[:size-omitted])
	}
	return prefix, used
}

// babelAddress writes an address; one of IPv4 is inside one of IPv6.
func babelAddress(d *Context, a [16]byte) string {
	if netip.AddrFrom16(a).Is4In6() {
		return d.IP4(a[12:])
	}
	return d.IP6(a[:])
}

// babelNetwork writes a prefix with its length in bits.
func babelNetwork(d *Context, encoding int, a [16]byte, bits int) string {
	if encoding == 1 {
		bits += 96
	}
	if bits == 0 && dissect.AllZero(a[:]) {
		return "::/0"
	}
	if bits >= 96 && netip.AddrFrom16(a).Is4In6() {
		return fmt.Sprintf("%s/%d", d.IP4(a[12:]), bits-96)
	}
	return fmt.Sprintf("%s/%d", d.IP6(a[:]), bits)
}

// babelMessage prints a message, for -v; rejected if it makes no sense.
func babelMessage(d *Context, kind int, v View) {
	row := babelMessages[kind]
	if row.Print == nil {
		d.Printf("\n\tUnknown message type %d", kind)
		return
	}
	c := v.Cursor(0)
	row.Print(d, c)
	if (kind == babelHello || kind == babelIHU || kind == babelUpdate) && c.At > 0 {
		babelParts(d, c, kind)
	}
}

func babelHeard(d *Context, c *Cursor) {
	d.Form(c, "\n\tIHU %6!")
	v := c.View
	address, used := babelPrefix(v.U8(0), -1, 0, v.From(6).Data, nil)
	if used < 0 {
		d.Mark()
		return
	}
	d.Printf("%s rxcost %d interval %s", babelAny(d, v.U8(0), "any", babelAddress(d, address)), v.U16(2), babelInterval(v.U16(4)))
	c.At = 6 + used
}

func babelHop(d *Context, c *Cursor) {
	d.Form(c, "\n\tNext Hop%2!")
	address, used := babelPrefix(c.View.U8(0), -1, 0, c.From(2).Data, nil)
	dissect.RejectIf(used < 0)
	d.Printf(" %s", babelAny(d, c.View.U8(0), "invalid AE 0", babelAddress(d, address)))
}

func babelRouteRequest(d *Context, c *Cursor) {
	d.Form(c, "\n\tRoute Request %2!")
	d.Print("for " + babelRequested(d, c.View, 2, "any"))
}

func babelNumberRequest(d *Context, c *Cursor) {
	d.Form(c, "\n\tSeqno Request %14!")
	network := babelRequested(d, c.View, 14, "invalid AE 0")
	d.Form(c, "(%1@4d hops) for "+network+" seqno %2@2d id %8@6v", babelID)
}

// babelRequested writes the network that is asked for, whose prefix is at an offset.
func babelRequested(d *Context, v View, at int, none string) string {
	prefix, used := babelPrefix(v.U8(0), v.U8(1), 0, v.From(at).Data, nil)
	dissect.RejectIf(used < 0)
	return babelAny(d, v.U8(0), none, babelNetwork(d, v.U8(0), prefix, v.U8(1)))
}

// babelAny writes an address, or a text where the encoding says there is none.
func babelAny(d *Context, encoding int, none, address string) string {
	return dissect.Pick(encoding == 0, none, address)
}

// printBabelUpdate prints an update.
func printBabelUpdate(d *Context, c *Cursor) {
	d.Form(c, "%10!\n\tUpdate")
	v, known := c.View, dissect.Remembered[babelPrefixes](d)
	encoding, bits, length := v.U8(0), v.U8(1), v.U8(2)
	other := dissect.Pick(encoding == 1, &known.v4, &known.v6)
	prefix, used := babelPrefix(encoding, length, v.U8(3), v.From(10).Data, other)
	dissect.RejectIf(used < 0)
	interval := dissect.Pick(v.U16(4) == 0xffff, "infinity", babelInterval(v.U16(4)))
	d.Printf("%s %s metric %d seqno %d interval %s", babelUpdateFlags(bits), babelAny(d, encoding, "any", babelNetwork(d, encoding, prefix, length)), v.U16(8), v.U16(6), interval)
	if bits&0x80 != 0 {
		*other = prefix
	}
	c.At = 10 + used
}

// babelParts prints what follows a message.
func babelParts(d *Context, c *Cursor, message int) {
	times, names := map[int]int{babelHello: 1, babelIHU: 2}[message], Names{0: "reserved", 255: "all"}.Or("%d")
	list := List{Head: 2, Alone: Names{0: " sub-pad1"}, Title: func(d *Context, kind int, _ string, _ int) { d.If(kind&0x80 != 0, " (M)") }, Strict: true,
		Ends: func(d *Context, f dissect.Fault) {
			d.If(f.Size == dissect.HeadMissing && f.Rest.U8(0)&0x80 != 0, " (M)")
			d.Invalid()
		},
		Short:   dissect.Prints(" sub-timestamp (invalid)"),
		Unknown: func(d *Context, _ *Cursor) { d.Printf(" sub-unknown-0x%02x", d.Number) },
		Values: Values{1: {"", 0, dissect.Form(" sub-padn")}, 2: {"", 0, dissect.Form(" sub-diversity%1>{ %1n%*{-%1n}"+dissect.If(message != babelUpdate, " (bogus)")+"}{ empty}", names, names)},
			3: {"", 4 * times, func(d *Context, c *Cursor) {
				d.Print(" sub-timestamp" + dissect.If(times == 0, " (bogus)"))
				for i := range times {
					n := c.U32()
					d.Printf("%s%d.%06ds", []string{" ", "|"}[i], n/1000000, n%1000000)
				}
			}}},
	}
	list.Print(d, c)
}
