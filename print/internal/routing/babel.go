package routing

import (
	"fmt"
	"net/netip"

	"bpfc/print/internal/dissect"
)

// babelRow is a message: its name without -v, its title with -v, how many bytes it has at least, and what prints it with -v: that gives
// how many bytes more it has before what may follow, or babelAlone if nothing may.
type babelRow struct {
	name, title string
	least       int
	print       func(d *Context, v View) int
}

const (
	babelAlone  = -1
	babelHello  = 4
	babelIHU    = 5
	babelUpdate = 8
)

// babelMessages are the messages (RFC 8966).
var babelMessages = map[int]babelRow{
	1: {"padN", "Pad ", 0, func(d *Context, v View) int { d.Printf("%d", v.Length+2); return babelAlone }},
	2: {"ack-req", "Acknowledgment Request ", 6, babelForm("%2@2x %2@4n", babelInterval)}, 3: {"ack", "Acknowledgment ", 2, babelForm("%2x")}, babelHello: {"hello", "Hello ", 6, printBabelHello}, babelIHU: {"ihu", "IHU ", 6, babelHeard},
	6: {"router-id", "Router Id", 10, babelForm(" %8@2v", babelID)}, 7: {"nh", "Next Hop", 2, babelHop}, babelUpdate: {"update", "Update", 10, printBabelUpdate}, 9: {"route-request", "Route Request ", 2, babelRouteRequest},
	10: {"seqno-request", "Seqno Request ", 14, babelNumberRequest}, 11: {"tspc", "TS/PC ", 6, babelForm("timestamp %4@2d packetcounter %2@0d")},
	12: {"hmac", "HMAC ", 18, func(d *Context, v View) int {
		d.Printf("key-id %d digest-%d %X", v.U16(0), v.Length-2, v.Data[2:])
		return babelAlone
	}},
	13: {"ss-update", "", 0, nil}, 14: {"ss-request", "", 0, nil}, 15: {"ss-seqno-request", "", 0, nil}, 16: {"mac", "MAC ", 0, func(d *Context, v View) int { d.Printf("len %d", v.Length); return babelAlone }},
	17: {"pc", "PC ", 4, func(d *Context, v View) int {
		d.Printf("value %d index len %d", v.U32(0), v.Length-4)
		return babelAlone
	}}, 18: {"challenge-request", "", 0, nil}, 19: {"challenge-reply", "", 0, nil},
}

// babelForm makes a printer of a form.
func babelForm(form string, tables ...any) func(d *Context, v View) int {
	return func(d *Context, v View) int {
		d.Form(v.Cursor(0), form, tables...)
		return babelAlone
	}
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
			row, known := babelMessages[kind]
			d.Printf(" %s", dissect.Pick(known, row.name, "unknown"))
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
func babelID(b []byte) string {
	s := ""
	for i, c := range b {
		s += fmt.Sprintf("%s%02x", dissect.If(i > 0, ":"), c)
	}
	return s
}

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
	if row.title == "" {
		d.Printf("\n\tUnknown message type %d", kind)
		return
	}
	dissect.RejectIf(kind == babelUpdate && v.Length < row.least)
	d.Print("\n\t" + row.title)
	dissect.RejectIf(v.Length < row.least)
	if more := row.print(d, v); more >= 0 && v.Length > row.least+more {
		babelParts(d, v.Cursor(row.least+more), kind)
	}
}

func printBabelHello(d *Context, v View) int {
	interval := func(n int) string { return dissect.Pick(n == 0, "unscheduled", "interval "+babelInterval(n)) }
	d.Form(v.Cursor(0), "%2[0]nseqno %2d |%2n", [2]string{"", "(Unicast) "}, interval)
	return 0
}

func babelHeard(d *Context, v View) int {
	address, used := babelPrefix(v.U8(0), -1, 0, v.From(6).Data, nil)
	if used < 0 {
		d.Mark()
		return babelAlone
	}
	d.Printf("%s rxcost %d interval %s", babelAny(d, v.U8(0), "any", babelAddress(d, address)), v.U16(2), babelInterval(v.U16(4)))
	return used
}

func babelHop(d *Context, v View) int {
	address, used := babelPrefix(v.U8(0), -1, 0, v.From(2).Data, nil)
	dissect.RejectIf(used < 0)
	d.Printf(" %s", babelAny(d, v.U8(0), "invalid AE 0", babelAddress(d, address)))
	return babelAlone
}

func babelRouteRequest(d *Context, v View) int {
	prefix, used := babelPrefix(v.U8(0), v.U8(1), 0, v.From(2).Data, nil)
	dissect.RejectIf(used < 0)
	d.Printf("for %s", babelAny(d, v.U8(0), "any", babelNetwork(d, v.U8(0), prefix, v.U8(1))))
	return babelAlone
}

func babelNumberRequest(d *Context, v View) int {
	prefix, used := babelPrefix(v.U8(0), v.U8(1), 0, v.From(14).Data, nil)
	dissect.RejectIf(used < 0)
	d.Printf("(%d hops) for %s seqno %d id %s", v.U8(4), babelAny(d, v.U8(0), "invalid AE 0", babelNetwork(d, v.U8(0), prefix, v.U8(1))), v.U16(2), babelID(v.Bytes(6, 8)))
	return babelAlone
}

// babelAny writes an address, or a text where the encoding says there is none.
func babelAny(d *Context, encoding int, none, address string) string {
	if encoding == 0 {
		return none
	}
	return address
}

// printBabelUpdate prints an update, and gives how many bytes its prefix has.
func printBabelUpdate(d *Context, v View) int {
	known := dissect.Remembered[babelPrefixes](d)
	encoding, bits, length := v.U8(0), v.U8(1), v.U8(2)
	other := &known.v6
	if encoding == 1 {
		other = &known.v4
	}
	prefix, used := babelPrefix(encoding, length, v.U8(3), v.From(10).Data, other)
	dissect.RejectIf(used < 0)
	interval := babelInterval(v.U16(4))
	if v.U16(4) == 0xffff {
		interval = "infinity"
	}
	d.Printf("%s %s metric %d seqno %d interval %s", babelUpdateFlags(bits), babelAny(d, encoding, "any", babelNetwork(d, encoding, prefix, length)), v.U16(8), v.U16(6), interval)
	if bits&0x80 != 0 {
		*other = prefix
	}
	return used
}

// babelParts prints what follows a message.
func babelParts(d *Context, c *Cursor, message int) {
	const pad, diversity, timestamp = 1, 2, 3
	for c.Left() > 0 {
		kind := c.U8()
		if kind == 0 {
			d.Print(" sub-pad1")
			continue
		}
		d.If(kind&0x80 != 0, " (M)")
		if c.Left() == 0 {
			d.Invalid()
			return
		}
		size := c.U8()
		if c.Left() < size {
			d.Invalid()
			return
		}
		part := c.Take(size).Cursor(0)
		switch kind {
		case pad:
			d.Print(" sub-padn")
		case diversity:
			d.Print(" sub-diversity")
			if size == 0 {
				d.Print(" empty")
				break
			}
			for i := range size {
				d.Print([]string{" ", "-"}[min(i, 1)] + Names{0: "reserved", 255: "all"}.Of(part.U8(), "%d"))
			}
			d.If(message != babelUpdate, " (bogus)")
		case timestamp:
			d.Print(" sub-timestamp")
			times := map[int]int{babelHello: 1, babelIHU: 2}[message]
			if times == 0 {
				d.Print(" (bogus)")
			} else if size < 4*times {
				d.Invalid()
				return
			}
			for i := range times {
				n := part.U32()
				d.Printf("%s%d.%06ds", []string{" ", "|"}[i], n/1000000, n%1000000)
			}
		default:
			d.Printf(" sub-unknown-0x%02x", kind)
		}
	}
}
