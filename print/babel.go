package print

import (
	"fmt"
	"net/netip"
)

// babelNames are the names of Babel's messages (RFC 8966), as printed without -v.
var babelNames = NamesT{babelPad: "padN", babelAckRequest: "ack-req", babelAck: "ack", babelHello: "hello", babelIHU: "ihu", babelRouterID: "router-id", babelNextHop: "nh", babelUpdate: "update",
	babelRouteRequest: "route-request", babelSeqnoRequest: "seqno-request", babelTSPC: "tspc", babelHMAC: "hmac", 13: "ss-update", 14: "ss-request", 15: "ss-seqno-request", babelMAC: "mac", babelPC: "pc",
	babelChallenge: "challenge-request", babelChallengeReply: "challenge-reply"}

const (
	babelPad            = 1
	babelAckRequest     = 2
	babelAck            = 3
	babelHello          = 4
	babelIHU            = 5
	babelRouterID       = 6
	babelNextHop        = 7
	babelUpdate         = 8
	babelRouteRequest   = 9
	babelSeqnoRequest   = 10
	babelTSPC           = 11
	babelHMAC           = 12
	babelMAC            = 16
	babelPC             = 17
	babelChallenge      = 18
	babelChallengeReply = 19
)

// babel prints the Babel routing protocol.
func (d *dissector) babel(v view) {
	const header, magic = 4, 42
	d.proto = "babel"
	d.print("babel")
	if len(v.b) < header {
		d.cut()
	}
	if v.u8(0) != magic {
		d.print(" invalid header")
		return
	}
	if v.length < header {
		d.cut()
	}
	version := v.u8(1)
	d.printf(" %d", version)
	if version != 2 {
		d.print(" unknown version")
		return
	}
	size := v.u16(2)
	d.printf(" (%d)", size)
	if !d.babelMessages(newView(v.from(header).b, v.length-header), size) {
		d.invalid()
		return
	}
	if rest := v.length - header - size; rest > 0 { // trailers, as with authentication
		d.print(map[bool]string{true: "\n\t----", false: " |"}[d.Verbose > 0])
		if !d.babelMessages(newView(v.from(header+size).b, rest), rest) {
			d.invalid()
		}
	}
}

// babelPrefixes are what updates leave out of the prefix they are about.
type babelPrefixes struct{ v4, v6 [16]byte }

// babelMessages prints the messages in n bytes; false if they make no sense.
func (d *dissector) babelMessages(v view, n int) bool {
	prefixes := babelPrefixes{v4: [16]byte{10: 0xff, 11: 0xff}}
	fits := func(end int) bool { return end <= n && end <= v.length }
	for at := 0; at < n; {
		if !fits(at + 1) {
			return false
		}
		kind := v.u8(at)
		if kind == 0 {
			d.print(map[bool]string{true: "\n\tPad 1", false: " pad1"}[d.Verbose > 0])
			at++
			continue
		}
		if !fits(at + 2) {
			return false
		}
		if len(v.b) < at+2 {
			d.cut()
		}
		size := v.u8(at + 1)
		if !fits(at + 2 + size) {
			return false
		}
		if len(v.b) < at+2+size {
			d.cut()
		}
		message := newView(v.bytes(at+2, size), size)
		if d.Verbose == 0 {
			if kind == babelUpdate && size < 10 {
				return false
			}
			d.printf(" %s", babelNames.of(kind, "unknown"))
			if kind == babelUpdate {
				d.print(babelUpdateFlags(message.u8(1)))
			}
		} else if !d.babelMessage(kind, message, &prefixes) {
			return false
		}
		at += 2 + size
	}
	return true
}

func babelUpdateFlags(bits int) string {
	return mark(bits&0x80 != 0, "/prefix") + mark(bits&0x40 != 0, "/id") + mark(bits&0x3f != 0, "/unknown")
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
		s += fmt.Sprintf("%s%02x", mark(i > 0, ":"), c)
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
func (d *dissector) babelAddress(a [16]byte) string {
	if netip.AddrFrom16(a).Is4In6() {
		return d.ip4(a[12:])
	}
	return d.ip6(a[:])
}

// babelNetwork writes a prefix with its length in bits.
func (d *dissector) babelNetwork(encoding int, a [16]byte, bits int) string {
	if encoding == 1 {
		bits += 96
	}
	if bits == 0 && allZero(a[:]) {
		return "::/0"
	}
	if bits >= 96 && netip.AddrFrom16(a).Is4In6() {
		return fmt.Sprintf("%s/%d", d.ip4(a[12:]), bits-96)
	}
	return fmt.Sprintf("%s/%d", d.ip6(a[:]), bits)
}

// babelMessage prints a message, for -v; false if it makes no sense.
func (d *dissector) babelMessage(kind int, v view, known *babelPrefixes) bool {
	title := NamesT{babelAckRequest: "Acknowledgment Request ", babelAck: "Acknowledgment ", babelHello: "Hello ", babelIHU: "IHU ", babelRouterID: "Router Id", babelNextHop: "Next Hop",
		babelUpdate: "Update", babelRouteRequest: "Route Request ", babelSeqnoRequest: "Seqno Request ", babelTSPC: "TS/PC ", babelHMAC: "HMAC ", babelMAC: "MAC ", babelPC: "PC "}[kind]
	least := map[int]int{babelAckRequest: 6, babelAck: 2, babelHello: 6, babelIHU: 6, babelRouterID: 10, babelNextHop: 2, babelUpdate: 10, babelRouteRequest: 2, babelSeqnoRequest: 14, babelTSPC: 6,
		babelHMAC: 18, babelPC: 4}[kind]
	switch {
	case kind == babelPad:
		d.printf("\n\tPad %d", v.length+2)
		return true
	case title == "":
		d.printf("\n\tUnknown message type %d", kind)
		return true
	}
	d.print("\n\t" + title)
	if v.length < least {
		return false
	}
	extra := least // where what follows begins
	switch kind {
	case babelAckRequest:
		d.printf("%04x %s", v.u16(2), babelInterval(v.u16(4)))
		return true
	case babelAck:
		d.printf("%04x", v.u16(0))
		return true
	case babelHello:
		d.printf("%sseqno %d ", mark(v.u16(0)&0x8000 != 0, "(Unicast) "), v.u16(2))
		if n := v.u16(4); n != 0 {
			d.printf("interval %s", babelInterval(n))
		} else {
			d.print("unscheduled")
		}
	case babelIHU:
		address, used := babelPrefix(v.u8(0), -1, 0, v.from(6).b, nil)
		if used < 0 {
			d.mark()
			return true
		}
		d.printf("%s rxcost %d interval %s", d.babelAny(v.u8(0), "any", d.babelAddress(address)), v.u16(2), babelInterval(v.u16(4)))
		extra += used
	case babelRouterID:
		d.printf(" %s", babelID(v.bytes(2, 8)))
		return true
	case babelNextHop:
		address, used := babelPrefix(v.u8(0), -1, 0, v.from(2).b, nil)
		if used < 0 {
			return false
		}
		d.printf(" %s", d.babelAny(v.u8(0), "invalid AE 0", d.babelAddress(address)))
		return true
	case babelUpdate:
		used := d.babelUpdate(v, known)
		if used < 0 {
			return false
		}
		extra += used
	case babelRouteRequest:
		prefix, used := babelPrefix(v.u8(0), v.u8(1), 0, v.from(2).b, nil)
		if used < 0 {
			return false
		}
		d.printf("for %s", d.babelAny(v.u8(0), "any", d.babelNetwork(v.u8(0), prefix, v.u8(1))))
		return true
	case babelSeqnoRequest:
		prefix, used := babelPrefix(v.u8(0), v.u8(1), 0, v.from(14).b, nil)
		if used < 0 {
			return false
		}
		d.printf("(%d hops) for %s seqno %d id %s", v.u8(4), d.babelAny(v.u8(0), "invalid AE 0", d.babelNetwork(v.u8(0), prefix, v.u8(1))), v.u16(2), babelID(v.bytes(6, 8)))
		return true
	case babelTSPC:
		d.printf("timestamp %d packetcounter %d", v.u32(2), v.u16(0))
		return true
	case babelHMAC:
		d.printf("key-id %d digest-%d %X", v.u16(0), v.length-2, v.b[2:])
		return true
	case babelMAC:
		d.printf("len %d", v.length)
		return true
	case babelPC:
		d.printf("value %d index len %d", v.u32(0), v.length-4)
		return true
	}
	if v.length > extra {
		d.babelParts(v.cursor(extra), kind)
	}
	return true
}

// babelAny writes an address, or a text where the encoding says there is none.
func (d *dissector) babelAny(encoding int, none, address string) string {
	if encoding == 0 {
		return none
	}
	return address
}

// babelUpdate prints an update and gives how many bytes its prefix has, less than none if it makes no sense.
func (d *dissector) babelUpdate(v view, known *babelPrefixes) int {
	encoding, bits, length := v.u8(0), v.u8(1), v.u8(2)
	other := &known.v6
	if encoding == 1 {
		other = &known.v4
	}
	prefix, used := babelPrefix(encoding, length, v.u8(3), v.from(10).b, other)
	if used < 0 {
		return used
	}
	interval := babelInterval(v.u16(4))
	if v.u16(4) == 0xffff {
		interval = "infinity"
	}
	d.printf("%s %s metric %d seqno %d interval %s", babelUpdateFlags(bits), d.babelAny(encoding, "any", d.babelNetwork(encoding, prefix, length)), v.u16(8), v.u16(6), interval)
	if bits&0x80 != 0 {
		*other = prefix
	}
	return used
}

// babelParts prints what follows a message.
func (d *dissector) babelParts(c *cursor, message int) {
	const pad, diversity, timestamp = 1, 2, 3
	for c.left() > 0 {
		kind := c.u8()
		if kind == 0 {
			d.print(" sub-pad1")
			continue
		}
		d.onlyIf(kind&0x80 != 0, " (M)")
		if c.left() == 0 {
			d.invalid()
			return
		}
		size := c.u8()
		if c.left() < size {
			d.invalid()
			return
		}
		part := c.take(size).cursor(0)
		switch kind {
		case pad:
			d.print(" sub-padn")
		case diversity:
			d.print(" sub-diversity")
			if size == 0 {
				d.print(" empty")
				break
			}
			for i := range size {
				d.print([]string{" ", "-"}[min(i, 1)] + NamesT{0: "reserved", 255: "all"}.of(part.u8(), "%d"))
			}
			d.onlyIf(message != babelUpdate, " (bogus)")
		case timestamp:
			d.print(" sub-timestamp")
			times := map[int]int{babelHello: 1, babelIHU: 2}[message]
			if times == 0 {
				d.print(" (bogus)")
			} else if size < 4*times {
				d.invalid()
				return
			}
			for i := range times {
				n := part.u32()
				d.printf("%s%d.%06ds", []string{" ", "|"}[i], n/1000000, n%1000000)
			}
		default:
			d.printf(" sub-unknown-0x%02x", kind)
		}
	}
}
