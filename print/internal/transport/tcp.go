package transport

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"net/netip"

	"bpfc/print/internal/dissect"
)

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

var tcpFlags = Flags{{0x01, "F"}, {0x02, "S"}, {0x04, "R"}, {0x08, "P"}, {0x10, "."}, {0x20, "U"}, {0x40, "E"}, {0x80, "W"}}

const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpACK = 0x10
	tcpURG = 0x20
)

// TCP prints a TCP segment (RFC 9293).
func TCP(d *Context, v View) {
	h := d.IP
	d.Proto = "tcp"
	if len(v.Data) < 4 {
		d.PrintfIf(h.Known, "%s > %s:", d.Address(h.Src), d.Address(h.Dst))
		d.Cut()
	}
	src, dst := v.U16(0), v.U16(2)
	hlen := 0
	if len(v.Data) > 12 {
		hlen = v.U8(12) >> 4 * 4
	}
	d.Ports(h, src, dst, "tcp")
	d.CutIf(len(v.Data) < 20)
	d.StopIf(hlen < 20, " tcp %d [bad hdr length %d - too short, < 20]", v.Length-hlen, hlen)
	bits := v.U8(13)
	if d.Layers != nil {
		d.Layer("tcp", "src_port", src, "dst_port", dst, "seq", v.U32(4), "ack", v.U32(8), "flags", tcpFlags.Of(bits, ""), "window", v.U16(14), "urgent", v.U16(18), "payload_length", max(v.Length-hlen, 0))
	}
	if d.Quiet {
		d.Printf("tcp %d", v.Length-hlen)
		d.PrintfIf(hlen > v.Length, " [bad hdr length %d - too long, > %d]", hlen, v.Length)
		return
	}
	d.Print("Flags [")
	d.Flags(tcpFlags, bits, "")
	d.Print("]")
	seq, ack, base := relative(d, v, h, src, dst, bits)
	d.StopIf(hlen > v.Length, " [bad hdr length %d - too long, > %d]", hlen, v.Length)
	if d.Verbose > 0 && !d.IgnoreChecksums && !h.Fragment && len(v.Data) >= v.Length {
		d.Printf(", cksum 0x%04x", v.U16(16))
		if sum := dissect.Checksum(h.PseudoHeader(dissect.ProtoTCP, v.Length), v.Data[:v.Length]); sum != 0 {
			d.Printf(" (incorrect -> 0x%04x)", dissect.Expected(v.U16(16), sum))
		} else {
			d.Print(" (correct)")
		}
	}
	length := v.Length - hlen
	if d.Verbose > 1 || length > 0 || bits&(tcpSYN|tcpFIN|tcpRST) != 0 {
		d.Printf(", seq %d", seq)
		d.PrintfIf(length > 0, ":%d", seq+uint32(length))
	}
	d.PrintfIf(bits&tcpACK != 0, ", ack %d", ack)
	d.Printf(", win %d", v.U16(14))
	if bits&tcpURG != 0 {
		d.Printf(", urg %d", v.U16(18))
	}
	if hlen > 20 && !d.Try(func() { tcpOptions(d, v, hlen, bits, base) }) {
		return
	}
	d.Printf(", length %d", length)
	if length > 0 {
		if len(v.Data) < hlen {
			d.Printf(" [remaining caplen(%d) < header length(%d)]", len(v.Data), hlen)
			panic(dissect.Truncated{})
		}
		d.Src, d.Dst, d.Source, d.Destination = src, dst, h.Src, h.Dst
		tcpPayload(d, v.From(hlen), bits)
	}
}

// relative turns sequence numbers into ones relative to the first of their
// conversation. Base is what to subtract from selective acknowledgements.
func relative(d *Context, v View, h *dissect.IPHeader, src, dst, bits int) (seq, ack, base uint32) {
	seq, ack = v.U32(4), v.U32(8)
	if d.AbsoluteSeq || bits&tcpACK == 0 {
		return seq, ack, 0
	}
	from, _ := netip.AddrFromSlice(h.Src)
	to, _ := netip.AddrFromSlice(h.Dst)
	key := conversation{netip.AddrPortFrom(from, uint16(src)), netip.AddrPortFrom(to, uint16(dst))}
	reverse := src > dst || src == dst && to.Less(from)
	if reverse {
		key.low, key.high = key.high, key.low
	}
	known := dissect.Remembered[conversations](d)
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

// tcpOptions prints the options; rejected if they end the line.
func tcpOptions(d *Context, v View, hlen, bits int, base uint32) {
	d.Print(", options [")
	separator := ""
	for at := 20; at < hlen; {
		d.Print(separator)
		separator = ","
		kind, n := v.U8(at), 1
		if kind > 1 {
			n = v.U8(at + 1)
			if n < 2 || at+n > hlen {
				badOption(d, at)
				dissect.Reject()
			}
		}
		used := tcpOption(d, v, at, kind, n, hlen, bits, base)
		if used == 0 {
			badOption(d, at)
			dissect.Reject()
		}
		at += used
		if kind == 0 {
			break
		}
	}
	d.Print("]")
}

// badOption ends the options at the one at an offset, as tcpdump, which closes a bracket but behind the first.
func badOption(d *Context, at int) { d.Print("[bad opt]" + dissect.If(at > 20, "]")) }

// tcpOption prints one option of n bytes and gives how many it read, 0 if n does not fit its kind. These are less than n for a
// kind of fixed size, as in tcpdump, which takes what is left of n for the next option.
func tcpOption(d *Context, v View, at, kind, n, hlen, bits int, base uint32) int {
	fixed := func(want int, f func()) int { // as tcpdump, which reads on where n is too small
		if at+want > hlen {
			return 0
		}
		needOption(d, v, at+want, at)
		f()
		d.PrintfIf(n != want, "[len %d]", n)
		return want
	}
	switch kind {
	case 0:
		d.Print("eol")
	case 1:
		d.Print("nop")
	case 2:
		d.Print("mss")
		return fixed(4, func() { d.Printf(" %d", v.U16(at+2)) })
	case 3:
		d.Print("wscale")
		return fixed(3, func() { d.Printf(" %d", v.U8(at+2)) })
	case 4:
		d.Print("sackOK")
		return fixed(2, func() {})
	case 5:
		d.Print("sack")
		if (n-2)%8 != 0 {
			d.Print(" invalid sack")
			return n
		}
		d.Printf(" %d ", (n-2)/8)
		for i := at + 2; i < at+n; i += 8 {
			needOption(d, v, i+8, at)
			d.Printf("{%d:%d}", v.U32(i)-base, v.U32(i+4)-base)
		}
	case 8:
		d.Print("TS")
		return fixed(10, func() { d.Printf(" val %d ecr %d", v.U32(at+2), v.U32(at+6)) })
	case 20:
		d.Print("scps")
		return fixed(4, func() { d.Printf(" cap %02x id %d", v.U8(at+2), v.U8(at+3)) })
	case 19:
		d.Print("md5")
		if n >= 18 {
			needOption(d, v, at+18, at)
		}
		return fixed(18, func() {
			d.Print(" ")
			digest(d, v, hlen, v.Bytes(at+2, 16))
		})
	case 28:
		d.Print("uto")
		return fixed(4, func() {
			n := v.U16(at + 2)
			seconds := n >> 1
			if n&1 != 0 { // the unit is minutes
				seconds *= 60
			}
			d.Printf(" 0x%x %d", n, seconds)
		})
	case 34:
		d.Print("tfo")
		needOption(d, v, at+n, at)
		d.Print(" ")
		printFastOpen(d, v.Bytes(at+2, n-2))
	case 29:
		d.Print("tcp-ao")
		if n < 4 {
			d.Invalid()
		} else {
			needOption(d, v, at+4, at)
			d.Printf(" keyid %d rnextkeyid %d%s", v.U8(at+2), v.U8(at+3), dissect.If(n > 4, " mac "))
			optionBytes(d, v, at+4, at+n, at)
		}
	case 30:
		d.Print("mptcp")
		needOption(d, v, at+n, at)
		if !d.Try(func() { mptcp(d, v.From(at), n, bits) }) {
			return 0
		}
	case 254:
		if !d.Try(func() { experimental(d, v, at, n) }) {
			return 0
		}
	case 6, 7, 11, 12, 13:
		d.Print(Names{6: "echo", 7: "echoreply", 11: "cc", 12: "ccnew"}[kind])
		return fixed(6, func() { d.Printf(" %d", v.U32(at+2)) })
	default:
		d.Printf("unknown-%d", kind)
		d.If(n > 2, " ")
		optionBytes(d, v, at+2, at+n, at)
	}
	return n
}

// digest prints whether the digest of the MD5 option is right (RFC 2385), in words of tcpdump.
func digest(d *Context, v View, hlen int, got []byte) {
	switch h := d.IP; {
	case d.TCPSecret == "":
		d.Printf("shared secret not supplied with -M, can't check - %x", got)
	case len(v.Data) < v.Length:
		d.Printf("snaplen too short, can't check - %x", got)
	default:
		sum := md5.New()
		sum.Write(h.Src)
		sum.Write(h.Dst)
		if h.Version == 4 {
			sum.Write([]byte{0, dissect.ProtoTCP, byte(v.Length >> 8), byte(v.Length)})
		} else {
			sum.Write(binary.BigEndian.AppendUint32(nil, uint32(v.Length)))
			sum.Write([]byte{0, 0, 0, dissect.ProtoTCP})
		}
		header := [20]byte(v.Data)
		header[16], header[17] = 0, 0 // the checksum
		sum.Write(header[:])
		sum.Write(v.Data[hlen:v.Length])
		sum.Write([]byte(d.TCPSecret))
		if bytes.Equal(sum.Sum(nil), got) {
			d.Print("valid")
		} else {
			d.Invalid()
		}
	}
}

// optionBytes prints the bytes between two offsets, of the option at another.
func optionBytes(d *Context, v View, from, to, at int) {
	d.If(from < to, "0x")
	for i := from; i < to; i++ {
		needOption(d, v, i+1, at)
		d.Printf("%02x", v.U8(i))
	}
}

// needOption ends the line if an option, the one at an offset, is not captured up to an end.
func needOption(d *Context, v View, end, at int) {
	if len(v.Data) >= end {
		return
	}
	d.Mark()
	if at > 20 { // as tcpdump, which closes a bracket it has not opened
		d.Print(">")
	}
	panic(dissect.Ended{})
}

// experimental prints an option of RFC 6994, which begins with an identifier; rejected if there is none.
func experimental(d *Context, v View, at, n int) {
	const fastOpen = 0xf989
	d.Print("exp")
	needOption(d, v, at+n, at)
	dissect.RejectIf(n < 4)
	if magic := v.U16(at + 2); magic != fastOpen {
		d.Printf("-%04x", magic)
		return
	}
	d.Print("-tfo")
	printFastOpen(d, v.Bytes(at+4, n-4))
}

// printFastOpen prints the cookie of TCP Fast Open (RFC 7413), or that one is asked for.
func printFastOpen(d *Context, cookie []byte) {
	switch n := len(cookie); {
	case n == 0:
		d.Print(" cookiereq")
	case n%2 != 0 || n < 4 || n > 16:
		d.Invalid()
	default:
		d.Printf(" cookie %x", cookie)
	}
}

func tcpPayload(d *Context, v View, bits int) {
	if bits&tcpRST != 0 && d.Verbose > 0 {
		resetText(d, v)
		return
	}
	if d.Forced != 0 {
		d.Next(dissect.ByForcedTCP, int(d.Forced), v)
		return
	}
	if f := d.ByPort(dissect.Port{dissect.ByTCP, d.Src}, dissect.Port{dissect.ByTCP, d.Dst}); f != nil {
		f(d, v)
	}
}

// resetText prints the text that may explain a reset (RFC 1122, 4.2.2.12).
func resetText(d *Context, v View) {
	mark := " [RST"
	if len(v.Data) < v.Length {
		mark = " [!RST"
	}
	d.Print(mark)
	b := v.Data
	if v.Length > 30 {
		d.Print("+")
		b = b[:min(len(b), 30)]
	}
	d.Print(" ")
	d.Text(b)
	d.Print("]")
}
