package print

import "net/netip"

// conversation names a TCP connection: the end with the lower port first.
type conversation struct {
	low, high netip.AddrPort
}

// conversations are those that were seen.
type conversations map[conversation]sequence

// sequence is where the two ends of a conversation began to count.
type sequence struct {
	low, high uint32
}

// maxConversations bounds what a printer remembers; past it, it starts anew.
const maxConversations = 1 << 18

var tcpFlags = FlagsT{{0x01, "F"}, {0x02, "S"}, {0x04, "R"}, {0x08, "P"}, {0x10, "."}, {0x20, "U"}, {0x40, "E"}, {0x80, "W"}}

const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpACK = 0x10
	tcpURG = 0x20
)

// tcp prints a TCP segment (RFC 9293).
func (d *dissector) tcp(v view) {
	h := d.ip
	d.proto = "tcp"
	if len(v.b) < 4 {
		if h.known {
			d.printf("%s > %s:", d.address(h.src), d.address(h.dst))
		}
		d.cut()
	}
	src, dst := v.u16(0), v.u16(2)
	hlen := 0
	if len(v.b) > 12 {
		hlen = v.u8(12) >> 4 * 4
	}
	d.ports(h, d.port(src, "tcp"), d.port(dst, "tcp"))
	if len(v.b) < 20 {
		d.cut()
	}
	if hlen < 20 {
		d.printf(" tcp %d [bad hdr length %d - too short, < 20]", v.length-hlen, hlen)
		return
	}
	if d.Quiet {
		d.printf("tcp %d", v.length-hlen)
		if hlen > v.length {
			d.printf(" [bad hdr length %d - too long, > %d]", hlen, v.length)
		}
		return
	}
	bits := v.u8(13)
	d.printf("Flags [%s]", tcpFlags.of(bits, ""))
	seq, ack, base := d.relative(v, h, src, dst, bits)
	if hlen > v.length {
		d.printf(" [bad hdr length %d - too long, > %d]", hlen, v.length)
		return
	}
	if d.Verbose > 0 && !h.fragment && len(v.b) >= v.length {
		d.printf(", cksum 0x%04x", v.u16(16))
		if sum := checksum(h.pseudoHeader(protoTCP, v.length), v.b[:v.length]); sum != 0 {
			d.printf(" (incorrect -> 0x%04x)", expected(v.u16(16), sum))
		} else {
			d.print(" (correct)")
		}
	}
	length := v.length - hlen
	if d.Verbose > 1 || length > 0 || bits&(tcpSYN|tcpFIN|tcpRST) != 0 {
		d.printf(", seq %d", seq)
		if length > 0 {
			d.printf(":%d", seq+uint32(length))
		}
	}
	if bits&tcpACK != 0 {
		d.printf(", ack %d", ack)
	}
	d.printf(", win %d", v.u16(14))
	if bits&tcpURG != 0 {
		d.printf(", urg %d", v.u16(18))
	}
	if hlen > 20 && !d.tcpOptions(v, hlen, bits, base) {
		return
	}
	d.printf(", length %d", length)
	if length > 0 {
		if len(v.b) < hlen {
			d.printf(" [remaining caplen(%d) < header length(%d)]", len(v.b), hlen)
			panic(truncated{})
		}
		d.src, d.dst, d.source, d.destination = src, dst, h.src, h.dst
		d.tcpPayload(v.from(hlen), bits)
	}
}

// relative turns sequence numbers into ones relative to the first of their
// conversation. Base is what to subtract from selective acknowledgements.
func (d *dissector) relative(v view, h *ipHeader, src, dst, bits int) (seq, ack, base uint32) {
	seq, ack = v.u32(4), v.u32(8)
	if d.AbsoluteSeq || bits&tcpACK == 0 {
		return seq, ack, 0
	}
	from, _ := netip.AddrFromSlice(h.src)
	to, _ := netip.AddrFromSlice(h.dst)
	key := conversation{netip.AddrPortFrom(from, uint16(src)), netip.AddrPortFrom(to, uint16(dst))}
	reverse := src > dst || src == dst && to.Less(from)
	if reverse {
		key.low, key.high = key.high, key.low
	}
	known := remembered[conversations](d)
	first, ok := (*known)[key]
	if !ok || bits&tcpSYN != 0 {
		if *known == nil || len(*known) >= maxConversations {
			*known = conversations{}
		}
		first = sequence{low: seq, high: ack - 1}
		if reverse {
			first = sequence{low: ack - 1, high: seq}
		}
		(*known)[key] = first
		if reverse {
			return seq, ack, first.low
		}
		return seq, ack, first.high
	}
	if reverse {
		return seq - first.high, ack - first.low, first.low
	}
	return seq - first.low, ack - first.high, first.high
}

// tcpOptions prints the options; false if they end the line.
func (d *dissector) tcpOptions(v view, hlen, bits int, base uint32) bool {
	d.print(", options [")
	separator := ""
	for at := 20; at < hlen; {
		d.print(separator)
		separator = ","
		kind, n := v.u8(at), 1
		if kind > 1 {
			n = v.u8(at + 1)
			if n < 2 || at+n > hlen {
				d.badOption(at)
				return false
			}
		}
		used := d.tcpOption(v, at, kind, n, bits, base)
		if used == 0 {
			d.badOption(at)
			return false
		}
		at += used
		if kind == 0 {
			break
		}
	}
	d.print("]")
	return true
}

// badOption ends the options at the one at an offset, as tcpdump, which closes a bracket but behind the first.
func (d *dissector) badOption(at int) { d.print("[bad opt]" + mark(at > 20, "]")) }

// tcpOption prints one option of n bytes and gives how many it read, 0 if n does not fit its kind. These are less than n for a
// kind of fixed size, as in tcpdump, which takes what is left of n for the next option.
func (d *dissector) tcpOption(v view, at, kind, n, bits int, base uint32) int {
	fixed := func(want int, f func()) int {
		if n < want {
			return 0
		}
		d.needOption(v, at+want, at)
		f()
		if n != want {
			d.printf("[len %d]", n)
		}
		return want
	}
	switch kind {
	case 0:
		d.print("eol")
	case 1:
		d.print("nop")
	case 2:
		d.print("mss")
		return fixed(4, func() { d.printf(" %d", v.u16(at+2)) })
	case 3:
		d.print("wscale")
		return fixed(3, func() { d.printf(" %d", v.u8(at+2)) })
	case 4:
		d.print("sackOK")
		return fixed(2, func() {})
	case 5:
		d.print("sack")
		if (n-2)%8 != 0 {
			d.print(" invalid sack")
			return n
		}
		d.printf(" %d ", (n-2)/8)
		for i := at + 2; i < at+n; i += 8 {
			d.needOption(v, i+8, at)
			d.printf("{%d:%d}", v.u32(i)-base, v.u32(i+4)-base)
		}
	case 8:
		d.print("TS")
		return fixed(10, func() { d.printf(" val %d ecr %d", v.u32(at+2), v.u32(at+6)) })
	case 19:
		d.print("md5")
		if n >= 18 {
			d.needOption(v, at+18, at)
		}
		return fixed(18, func() {
			// Words of tcpdump, which checks the digest if given the secret.
			d.printf(" shared secret not supplied with -M, can't check - %x", v.bytes(at+2, 16))
		})
	case 28:
		d.print("uto")
		return fixed(4, func() {
			n := v.u16(at + 2)
			seconds := n >> 1
			if n&1 != 0 { // the unit is minutes
				seconds *= 60
			}
			d.printf(" 0x%x %d", n, seconds)
		})
	case 34:
		d.print("tfo")
		d.needOption(v, at+n, at)
		d.print(" ")
		d.fastOpen(v.bytes(at+2, n-2))
	case 29:
		d.print("tcp-ao")
		if n < 4 {
			d.invalid()
		} else {
			d.needOption(v, at+4, at)
			d.printf(" keyid %d rnextkeyid %d%s", v.u8(at+2), v.u8(at+3), mark(n > 4, " mac "))
			d.optionBytes(v, at+4, at+n, at)
		}
	case 30:
		d.print("mptcp")
		d.needOption(v, at+n, at)
		if !d.mptcp(v.from(at), n, bits) {
			return 0
		}
	case 254:
		if !d.experimental(v, at, n) {
			return 0
		}
	case 6, 7, 11, 12, 13:
		d.print(NamesT{6: "echo", 7: "echoreply", 11: "cc", 12: "ccnew"}[kind])
		return fixed(6, func() { d.printf(" %d", v.u32(at+2)) })
	default:
		d.printf("unknown-%d", kind)
		d.onlyIf(n > 2, " ")
		d.optionBytes(v, at+2, at+n, at)
	}
	return n
}

// optionBytes prints the bytes between two offsets, of the option at another.
func (d *dissector) optionBytes(v view, from, to, at int) {
	d.onlyIf(from < to, "0x")
	for i := from; i < to; i++ {
		d.needOption(v, i+1, at)
		d.printf("%02x", v.u8(i))
	}
}

// needOption ends the line if an option, the one at an offset, is not captured up to an end.
func (d *dissector) needOption(v view, end, at int) {
	if len(v.b) >= end {
		return
	}
	d.mark()
	if at > 20 { // as tcpdump, which closes a bracket it has not opened
		d.print(">")
	}
	panic(ended{})
}

// experimental prints an option of RFC 6994, which begins with an identifier; false if there is none.
func (d *dissector) experimental(v view, at, n int) bool {
	const fastOpen = 0xf989
	d.print("exp")
	d.needOption(v, at+n, at)
	if n < 4 {
		return false
	}
	if magic := v.u16(at + 2); magic != fastOpen {
		d.printf("-%04x", magic)
		return true
	}
	d.print("-tfo")
	d.fastOpen(v.bytes(at+4, n-4))
	return true
}

// fastOpen prints the cookie of TCP Fast Open (RFC 7413), or that one is asked for.
func (d *dissector) fastOpen(cookie []byte) {
	switch n := len(cookie); {
	case n == 0:
		d.print(" cookiereq")
	case n%2 != 0 || n < 4 || n > 16:
		d.invalid()
	default:
		d.printf(" cookie %x", cookie)
	}
}

func (d *dissector) tcpPayload(v view, bits int) {
	if bits&tcpRST != 0 && d.Verbose > 0 {
		d.resetText(v)
		return
	}
	if f := d.byPort(port{byTCP, d.src}, port{byTCP, d.dst}); f != nil {
		f(d, v)
	}
}

// resetText prints the text that may explain a reset (RFC 1122, 4.2.2.12).
func (d *dissector) resetText(v view) {
	mark := " [RST"
	if len(v.b) < v.length {
		mark = " [!RST"
	}
	d.print(mark)
	b := v.b
	if v.length > 30 {
		d.print("+")
		b = b[:min(len(b), 30)]
	}
	d.print(" ")
	d.text(b)
	d.print("]")
}
