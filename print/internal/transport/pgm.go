package transport

import (
	"fmt"
	"net/netip"

	"bpfc/print/internal/dissect"
)

// PGM prints Pragmatic General Multicast (RFC 3208).
func PGM(d *Context, v View) {
	h := d.IP
	const header = 16
	d.Proto = "pgm"
	if len(v.Data) < 4 {
		d.Printf("%s > %s:", d.Address(h.Src), d.Address(h.Dst))
		d.Cut()
	}
	src, dst := d.Port(v.U16(0), "tcp"), d.Port(v.U16(2), "tcp")
	d.Print(dissect.Pick(h.Protocol == dissect.ProtoPGM, fmt.Sprintf("%s.%s > %s.%s: ", d.Address(h.Src), src, d.Address(h.Dst), dst), fmt.Sprintf("%s > %s: ", src, dst)))
	d.CutIf(len(v.Data) < header)
	d.Printf("PGM, length %d", v.U16(14))
	if d.Verbose == 0 {
		return
	}
	d.Printf(" 0x%x ", v.Bytes(8, 6))
	kind, bits := v.U8(4), v.U8(5)
	c := v.Cursor(header)
	d.CutIf(!d.Try(func() { pgmMessage(d, c, kind) }))
	if bits&1 != 0 && !d.Try(func() { pgmOptions(d, c) }) {
		return
	}
	d.Printf(" [%d]", v.Length)
	if d.Forced == dissect.ForcePGMZMTP && (kind == 4 || kind == 5) {
		d.Next(dissect.ByName, dissect.NameZMTPPart, c.Rest().Limit(min(v.U16(14), c.Left())))
	}
}

// pgmAddress reads an address behind its family; rejected if it is cut or unknown.
func pgmAddress(c *Cursor) string {
	size := map[int]int{1: 4, 2: 16}[c.U16()]
	c.At += 2
	dissect.RejectIf(size == 0 || !c.Has(size))
	address, _ := netip.AddrFromSlice(c.Bytes(size))
	return dissect.AddressText(address)
}

// pgmMessage prints a message; rejected if it is cut.
func pgmMessage(d *Context, c *Cursor, kind int) {
	size := map[int]int{0x00: 12, 0x01: 8, 0x02: 8, 0x04: 8, 0x05: 8, 0x08: 4, 0x09: 4, 0x0a: 4}[kind]
	dissect.RejectIf(!c.Has(size))
	switch kind {
	case 0x00:
		seq, trail, lead := c.U32(), c.U32(), c.U32()
		d.Printf("SPM seq %d trail %d lead %d nla %s", seq, trail, lead, pgmAddress(c))
	case 0x01:
		seq, round := c.U32(), c.U16()
		c.At += 2
		path := pgmAddress(c)
		dissect.RejectIf(!c.Has(12))
		d.Printf("POLL seq %d round %d nla %s ivl %d rnd 0x%08x mask 0x%08x", seq, round, path, c.U32(), c.U32(), c.U32())
	case 0x02:
		d.Printf("POLR seq %d round %d", c.U32(), c.U16())
		c.At += 2
	case 0x0b:
		dissect.RejectIf(!c.Has(8))
		d.Printf("ACK seq %d", c.U32())
		c.At += 4
	case 0x04, 0x05:
		seq, trail := c.U32(), c.U32()
		d.Printf("%s trail %d seq %d", Names{4: "ODATA", 5: "RDATA"}[kind], trail, seq)
	case 0x08, 0x09, 0x0a:
		seq, source, group := c.U32(), pgmAddress(c), pgmAddress(c)
		d.Printf("%s (%s -> %s), seq %d", Names{8: "NAK", 9: "NNAK", 10: "NCF"}[kind], source, group, seq)
	default:
		d.Print(Names{0x0c: "SPMR"}.Of(kind, "UNKNOWN type 0x%02x"))
		c.At = 0 // tcpdump takes what it has not read for options
	}
}

// pgmFixed are options of one form: their size, and a form of the numbers in them.
var pgmFixed = map[int]struct {
	name string
	size int
	form string
}{
	0x01: {"OPT_FRAGMENT", 16, " FRAG seq %4d off %4d len %4d"}, 0x03: {"OPT_JOIN", 8, " JOIN %4d"}, 0x04: {"OPT_NAK_BO_IVL", 12, " BACKOFF ivl %4d ivlseq %4d"}, 0x05: {"OPT_NAK_BO_RNG", 12, " BACKOFF max %4d min %4d"},
	0x08: {"OPT_PARITY_PRM", 8, " PARITY MAXTGS %4d"}, 0x09: {"OPT_PARITY_GRP", 8, " PARITY GROUP %4d"}, 0x0a: {"OPT_CURR_TGSIZE", 8, " PARITY ATGS %4d"}, 0x0b: {"OPT_NBR_UNREACH", 4, " NBR_UNREACH"},
	0x0d: {"OPT_SYN", 4, " SYN"}, 0x0e: {"OPT_FIN", 4, " FIN"}, 0x0f: {"OPT_RST", 4, " RST"}, 0x11: {"OPT_CRQST", 4, " CRQST"},
}

// pgmOptions prints options; rejected if they end the line.
func pgmOptions(d *Context, c *Cursor) {
	const least, lengthOption, last = 2, 4, 0x80
	d.RejectIf(!c.Has(least), " [|pgm]")
	kind, n := c.U8()&^last, c.U8()
	d.RejectIf(kind != 0, "[First option bad, should be PGM_OPT_LENGTH, is %d]", kind)
	d.RejectIf(n != lengthOption, "[Bad OPT_LENGTH option, length %d != 4]", n)
	left := c.U16()
	d.RejectIf(left < lengthOption, "[Bad total option length %d < 4]", left)
	d.Printf(" OPTS LEN %d", left)
	for left -= lengthOption; left > 0; {
		d.RejectIf(left < least, "[Total option length leaves no room for final option]")
		kind, size := c.U8(), c.U8()
		if size < 4 {
			d.Printf("[Bad option, length %d < 4]", size)
			return
		}
		d.RejectIf(left < size, "[Total option length leaves no room for final option]")
		d.RejectIf(!c.Has(size-least), " [|pgm]")
		pgmOption(d, dissect.NewView(c.Bytes(size-least), size-least).Cursor(0), kind&^last, size)
		if k := kind &^ last; k == 0x0c || k == 0x10 || k > 0x13 || k == 6 {
			c.At += least // as tcpdump, which counts the head of such an option twice
		}
		left -= size
		if kind&last != 0 {
			break
		}
	}
}

// pgmOption prints an option whose value is in c; rejected if it makes no sense.
func pgmOption(d *Context, c *Cursor, kind, size int) {
	if f, ok := pgmFixed[kind]; ok {
		d.RejectIf(size != f.size, "[Bad %s option, length %d != %d]", f.name, size, f.size)
		c.At = 2
		d.Form(c, f.form)
		return
	}
	switch kind {
	case 0x02:
		c.At = 2
		d.Print(" NAK LIST")
		for c.Left() > 0 {
			d.RejectIf(c.Left() < 4, "[Option length not a multiple of 4]")
			d.Printf(" %d", c.U32())
		}
	case 0x07:
		d.RejectIf(size < 8, "[Bad OPT_REDIRECT option, length %d < 8]", size)
		c.At = 2
		d.CutIf(!d.Try(func() { d.Printf(" REDIRECT %s", pgmAddress(c)) }))
	case 0x12, 0x13:
		name := Names{0x12: "DATA", 0x13: "FEEDBACK"}[kind]
		d.RejectIf(size < 12, "[Bad OPT_PGMCC_%s option, length %d < 12]", name, size)
		c.At = 2
		n := c.U32()
		d.CutIf(!d.Try(func() { d.Printf(" PGMCC %s %d %s", name, n, pgmAddress(c)) }))
	case 0x0c:
		d.Printf(" PATH_NLA [%d]", size)
	case 0x10:
		d.Print(" CR")
	default:
		d.Printf(" OPT_%02X [%d] ", kind, size)
	}
}
