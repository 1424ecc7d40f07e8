package transport

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"net/netip"

	"bpfc/print/internal/dissect"
)

// conversation names a TCP connection: the end with the lower port first.
type conversation struct{ low, high netip.AddrPort }

// sequence is where the two ends of a conversation began to count.
type sequence struct{ low, high uint32 }

// conversations are those that were seen.
type conversations map[conversation]sequence

// maxConversations bounds what a printer remembers; past it, it starts anew.
const maxConversations = 1 << 18

var tcpFlags = Flags{{0x01, "F"}, {0x02, "S"}, {0x04, "R"}, {0x08, "P"}, {0x10, "."}, {0x20, "U"}, {0x40, "E"}, {0x80, "W"}}

const tcpFIN, tcpSYN, tcpRST, tcpACK, tcpURG = 0x01, 0x02, 0x04, 0x10, 0x20

// TCP prints a TCP segment (RFC 9293).
func TCP(d *Context, v View) {
	h := d.IP
	d.Proto = "tcp"
	if len(v.Data) < 4 {
		d.PrintfIf(h.Known, "%s > %s:", d.Address(h.Src), d.Address(h.Dst))
		d.Cut()
	}
	src, dst := v.U16(0), v.U16(2)
	d.Ports(h, src, dst, "tcp")
	d.CutIf(len(v.Data) < 20)
	hlen := v.U8(12) >> 4 * 4
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
	d.PrintfIf(bits&tcpURG != 0, ", urg %d", v.U16(18))
	if hlen > 20 && !d.Try(func() { tcpOptions(d, v, hlen, bits, base) }) {
		return
	}
	d.Printf(", length %d", length)
	if length > 0 {
		d.PrintfIf(len(v.Data) < hlen, " [remaining caplen(%d) < header length(%d)]", len(v.Data), hlen)
		v.Need(hlen)
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
		(*known)[key] = dissect.Pick(reverse, sequence{low: ack - 1, high: seq}, sequence{low: seq, high: ack - 1})
		return seq, ack, ack - 1
	}
	if reverse {
		return seq - first.high, ack - first.low, first.low
	}
	return seq - first.low, ack - first.high, first.high
}

// tcpOptions prints the options; rejected if they end the line.
func tcpOptions(d *Context, v View, hlen, bits int, base uint32) {
	d.Print(", options [")
	for at, kind := 20, -1; kind != 0 && at < hlen; {
		d.If(at > 20, ",")
		n := 1
		if kind = v.U8(at); kind > 1 {
			n = v.U8(at + 1)
			badOption(d, at, n < 2 || at+n > hlen)
		}
		if size := tcpKinds[kind].size; size > 0 { // as tcpdump, which reads on where n is too small, and takes what is left of it for the next option
			d.Print(tcpKinds[kind].name)
			badOption(d, at, at+size > hlen)
			needOption(d, v, at+size, at)
			tcpOption(d, v, at, kind, size, hlen, bits, base)
			d.PrintfIf(n != size, "[len %d]", n)
			n = size
		} else {
			tcpOption(d, v, at, kind, n, hlen, bits, base)
		}
		at += n
	}
	d.Print("]")
}

// badOption ends the options at the one at an offset, if it is bad, as tcpdump, which closes a bracket but behind the first.
func badOption(d *Context, at int, bad bool) {
	d.RejectIf(bad, "[bad opt]%s", dissect.If(at > 20, "]"))
}

// tcpKinds are the kinds of options that always have the same size, in bytes: their names.
var tcpKinds = map[int]struct {
	name string
	size int
}{2: {"mss", 4}, 3: {"wscale", 3}, 4: {"sackOK", 2}, 6: {"echo", 6}, 7: {"echoreply", 6}, 8: {"TS", 10}, 11: {"cc", 6}, 12: {"ccnew", 6}, 13: {"", 6}, 19: {"md5", 18}, 20: {"scps", 4}, 28: {"uto", 4}}

// tcpOption prints what is in an option of n bytes, of which the name of a kind of fixed size is printed; rejected if n does not fit its
// kind.
func tcpOption(d *Context, v View, at, kind, n, hlen, bits int, base uint32) {
	switch kind {
	case 0:
		d.Print("eol")
	case 1:
		d.Print("nop")
	case 5:
		d.Print("sack")
		if (n-2)%8 != 0 {
			d.Print(" invalid sack")
			return
		}
		d.Printf(" %d ", (n-2)/8)
		for i := at + 2; i < at+n; i += 8 {
			needOption(d, v, i+8, at)
			d.Printf("{%d:%d}", v.U32(i)-base, v.U32(i+4)-base)
		}
	case 2:
		d.Printf(" %d", v.U16(at+2))
	case 3:
		d.Printf(" %d", v.U8(at+2))
	case 6, 7, 11, 12, 13:
		d.Printf(" %d", v.U32(at+2))
	case 8:
		d.Printf(" val %d ecr %d", v.U32(at+2), v.U32(at+6))
	case 29:
		d.Print("tcp-ao")
		if n < 4 {
			d.Invalid()
			return
		}
		needOption(d, v, at+4, at)
		d.Printf(" keyid %d rnextkeyid %d%s", v.U8(at+2), v.U8(at+3), dissect.If(n > 4, " mac "))
		optionBytes(d, v, at+4, at+n, at)
	case 30:
		d.Print("mptcp")
		needOption(d, v, at+n, at)
		badOption(d, at, !d.Try(func() { mptcp(d, v.From(at), n, bits) }))
	case 34:
		d.Print("tfo")
		needOption(d, v, at+n, at)
		d.Print(" ")
		printFastOpen(d, v.Bytes(at+2, n-2))
	case 254:
		badOption(d, at, !d.Try(func() { experimental(d, v, at, n) }))
	case 19:
		digest(d, v, hlen, v.Bytes(at+2, 16))
	case 20:
		d.Printf(" cap %02x id %d", v.U8(at+2), v.U8(at+3))
	case 28: // seconds or minutes (RFC 5482)
		d.Printf(" 0x%x %d", v.U16(at+2), v.U16(at+2)>>1*dissect.Pick(v.U16(at+2)&1 != 0, 60, 1))
	case 4:
	default:
		d.Printf("unknown-%d%s", kind, dissect.If(n > 2, " "))
		optionBytes(d, v, at+2, at+n, at)
	}
}

// digest prints whether the digest of the MD5 option is right (RFC 2385), in words of tcpdump.
func digest(d *Context, v View, hlen int, got []byte) {
	d.Print(" ")
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
		d.Print(dissect.Pick(bytes.Equal(sum.Sum(nil), got), "valid", " (invalid)"))
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
	d.StopIf(len(v.Data) < end, " [|%s]%s", d.Proto, dissect.If(at > 20, ">")) // as tcpdump, which closes a bracket it has not opened
}

// experimental prints an option of RFC 6994, which begins with an identifier; rejected if there is none.
func experimental(d *Context, v View, at, n int) {
	const fastOpen = 0xf989
	d.Print("exp")
	needOption(d, v, at+n, at)
	dissect.RejectIf(n < 4)
	if magic := v.U16(at + 2); magic == fastOpen {
		d.Print("-tfo")
		printFastOpen(d, v.Bytes(at+4, n-4))
	} else {
		d.Printf("-%04x", magic)
	}
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
	} else if d.Forced != 0 {
		d.Next(dissect.ByForcedTCP, d.Forced, v)
	} else if f := d.ByPort(dissect.Port{dissect.ByTCP, d.Src}, dissect.Port{dissect.ByTCP, d.Dst}); f != nil {
		f(d, v)
	}
}

// resetText prints the text that may explain a reset (RFC 1122, 4.2.2.12).
func resetText(d *Context, v View) {
	const most = 30
	d.Print(dissect.Pick(len(v.Data) < v.Length, " [!RST", " [RST"))
	d.If(v.Length > most, "+")
	d.Print(" ")
	d.Text(v.Data[:dissect.Pick(v.Length > most, min(len(v.Data), most), len(v.Data))])
	d.Print("]")
}
