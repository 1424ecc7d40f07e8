package print

import "net/netip"

// pgm prints Pragmatic General Multicast (RFC 3208).
func (d *dissector) pgm(v view) {
	h := d.ip
	const header = 16
	d.proto = "pgm"
	if len(v.b) < 4 {
		d.printf("%s > %s:", d.address(h.src), d.address(h.dst))
		d.cut()
	}
	src, dst := d.port(v.u16(0), "tcp"), d.port(v.u16(2), "tcp")
	if h.protocol == protoPGM {
		d.printf("%s.%s > %s.%s: ", d.address(h.src), src, d.address(h.dst), dst)
	} else {
		d.printf("%s > %s: ", src, dst)
	}
	if len(v.b) < header {
		d.cut()
	}
	d.printf("PGM, length %d", v.u16(14))
	if d.Verbose == 0 {
		return
	}
	d.printf(" 0x%x ", v.bytes(8, 6))
	kind, bits := v.u8(4), v.u8(5)
	c := v.cursor(header)
	if !d.pgmMessage(c, kind) {
		d.cut()
	}
	if bits&1 != 0 && !d.pgmOptions(c) {
		return
	}
	d.printf(" [%d]", v.length)
}

// pgmAddress reads an address behind its family; false if it is cut or unknown.
func (d *dissector) pgmAddress(c *cursor) (string, bool) {
	size := map[int]int{1: 4, 2: 16}[c.u16()]
	c.at += 2
	if size == 0 || !c.has(size) {
		return "", false
	}
	address, _ := netip.AddrFromSlice(c.bytes(size))
	return number(address), true
}

// pgmMessage prints a message; false if it is cut.
func (d *dissector) pgmMessage(c *cursor, kind int) bool {
	size := map[int]int{0x00: 12, 0x01: 8, 0x02: 8, 0x04: 8, 0x05: 8, 0x08: 4, 0x09: 4, 0x0a: 4, 0x0d: 8}[kind]
	if !c.has(size) {
		return false
	}
	switch kind {
	case 0x00:
		seq, trail, lead := c.u32(), c.u32(), c.u32()
		path, ok := d.pgmAddress(c)
		if !ok {
			return false
		}
		d.printf("SPM seq %d trail %d lead %d nla %s", seq, trail, lead, path)
	case 0x01:
		seq, round := c.u32(), c.u16()
		c.at += 2
		path, ok := d.pgmAddress(c)
		if !ok || !c.has(12) {
			return false
		}
		d.printf("POLL seq %d round %d nla %s ivl %d rnd 0x%08x mask 0x%08x", seq, round, path, c.u32(), c.u32(), c.u32())
	case 0x02:
		d.printf("POLR seq %d round %d", c.u32(), c.u16())
		c.at += 6
	case 0x04, 0x05:
		seq, trail := c.u32(), c.u32()
		d.printf("%s trail %d seq %d", NamesT{4: "ODATA", 5: "RDATA"}[kind], trail, seq)
	case 0x08, 0x09, 0x0a:
		seq := c.u32()
		source, ok := d.pgmAddress(c)
		if !ok {
			return false
		}
		group, ok := d.pgmAddress(c)
		if !ok {
			return false
		}
		d.printf("%s (%s -> %s), seq %d", NamesT{8: "NAK", 9: "NNAK", 10: "NCF"}[kind], source, group, seq)
	case 0x0d:
		d.printf("ACK seq %d", c.u32())
		c.at += 4
	case 0x0c:
		d.print("SPMR")
		c.at = 0 // tcpdump takes what it has not read for options
	default:
		d.printf("UNKNOWN type 0x%02x", kind)
		c.at = 0
	}
	return true
}

// pgmFixed are options of one form: their size, and a format of the numbers of four bytes in them.
var pgmFixed = map[int]struct {
	name   string
	size   int
	format string
}{
	0x01: {"OPT_FRAGMENT", 16, " FRAG seq %d off %d len %d"}, 0x03: {"OPT_JOIN", 8, " JOIN %d"}, 0x04: {"OPT_NAK_BO_IVL", 12, " BACKOFF ivl %d ivlseq %d"}, 0x05: {"OPT_NAK_BO_RNG", 12, " BACKOFF max %d min %d"},
	0x08: {"OPT_PARITY_PRM", 8, " PARITY MAXTGS %d"}, 0x09: {"OPT_PARITY_GRP", 8, " PARITY GROUP %d"}, 0x0a: {"OPT_CURR_TGSIZE", 8, " PARITY ATGS %d"}, 0x0b: {"OPT_NBR_UNREACH", 4, " NBR_UNREACH"},
	0x0d: {"OPT_SYN", 4, " SYN"}, 0x0e: {"OPT_FIN", 4, " FIN"}, 0x0f: {"OPT_RST", 4, " RST"}, 0x11: {"OPT_CRQST", 4, " CRQST"},
}

// pgmOptions prints options; false if they end the line.
func (d *dissector) pgmOptions(c *cursor) bool {
	const least, lengthOption, last = 2, 4, 0x80
	if !c.has(least) {
		d.print("[|OPT]")
		return false
	}
	if kind := c.u8() &^ last; kind != 0 {
		d.printf("[First option bad, should be PGM_OPT_LENGTH, is %d]", kind)
		return false
	}
	if n := c.u8(); n != lengthOption {
		d.printf("[Bad OPT_LENGTH option, length %d != 4]", n)
		return false
	}
	left := c.u16()
	if left < lengthOption {
		d.printf("[Bad total option length %d < 4]", left)
		return false
	}
	d.printf(" OPTS LEN %d", left)
	for left -= lengthOption; left > 0; {
		if left < least {
			d.print("[Total option length leaves no room for final option]")
			return false
		}
		kind, size := c.u8(), c.u8()
		if size < least {
			d.printf("[Bad option, length %d < 2]", size)
			return true
		}
		if left < size {
			d.print("[Total option length leaves no room for final option]")
			return false
		}
		if !c.has(size - least) {
			d.print(" [|OPT]")
			return false
		}
		if !d.pgmOption(newView(c.bytes(size-least), size-least).cursor(0), kind&^last, size) {
			return false
		}
		if k := kind &^ last; k == 0x0c || k == 0x10 || k > 0x11 || k == 6 {
			c.at += least // as tcpdump, which counts the head of such an option twice
		}
		left -= size
		if kind&last != 0 {
			break
		}
	}
	return true
}

// pgmOption prints an option whose value is in c; false if it makes no sense.
func (d *dissector) pgmOption(c *cursor, kind, size int) bool {
	if f, ok := pgmFixed[kind]; ok {
		if size != f.size {
			d.printf("[Bad %s option, length %d != %d]", f.name, size, f.size)
			return false
		}
		c.at = 2
		var numbers []any
		for c.left() > 0 {
			numbers = append(numbers, c.u32())
		}
		d.printf(f.format, numbers...)
		return true
	}
	switch kind {
	case 0x02:
		c.at = 2
		d.print(" NAK LIST")
		for c.left() > 0 {
			if c.left() < 4 {
				d.print("[Option length not a multiple of 4]")
				return false
			}
			d.printf(" %d", c.u32())
		}
	case 0x0c:
		d.printf(" PATH_NLA [%d]", size)
	case 0x10:
		d.print(" CR")
	default:
		d.printf(" OPT_%02X [%d] ", kind, size)
	}
	return true
}
