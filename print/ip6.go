package print

// ipv6 prints an IPv6 packet (RFC 8200).
func (d *dissector) ipv6(v view) {
	d.proto = "ip6"
	if len(v.b) < 40 {
		panic(truncated{})
	}
	if !d.LinkHeader {
		d.print("IP6 ")
	}
	if v.length < 40 {
		d.printf("truncated-ip6 %d", v.length)
		return
	}
	if version := v.u8(0) >> 4; version != 6 {
		d.printf("version error: %d != 6", version)
		return
	}
	payload := v.u16(4)
	length := payload + ip6Header
	if payload == 0 {
		length = v.length + ip6Header // of a jumbogram, perhaps
	} else if v.length < length {
		d.printf("truncated-ip6 - %d bytes missing!", length-v.length)
	}
	h := ipHeader{version: 6, src: v.bytes(8, 16), dst: v.bytes(24, 16), protocol: v.u8(6), ttl: v.u8(7), known: portsFirst(v.u8(6))}
	if d.Verbose > 0 {
		d.ipv6Header(v, payload)
	}
	if len(v.b) == 0 {
		return
	}
	if !h.known {
		d.printf("%s > %s: ", d.ip6(h.src), d.ip6(h.dst))
	}
	whole := v
	v.b = v.b[:min(length, len(v.b))]
	p := &ip6Packet{whole: whole, payload: payload, read: ip6Header}
	d.ipv6Next(newView(v.from(ip6Header).b, length-ip6Header), h.protocol, &h, p)
}

const ip6Header = 40

// ip6Packet is what the headers of an IPv6 packet say about the whole.
type ip6Packet struct {
	whole    view // from its header on
	payload  int  // length as the header says; of a jumbogram, as the option says
	jumbo    bool
	extended bool // there is an extension header
	read     int  // bytes
}

// jumbogram gives what is left of a packet whose header says nothing of its length (RFC 2675): the view, and whether to go
// on.
func (d *dissector) jumbogram(v view, p *ip6Packet) (view, bool) {
	switch {
	case p.jumbo:
		length := p.payload + ip6Header
		if length < p.read {
			d.printf("[length %d < %d]", length, p.read)
			d.invalid()
			return v, false
		}
		if p.whole.length < length {
			d.printf("truncated-ip6 - %d bytes missing!", length-p.whole.length)
		}
		return newView(p.whole.from(p.read).b, length-p.read), true
	case p.payload == 0 && p.extended:
		d.mark()
		return v, false
	case p.payload == 0:
		return newView(nil, 0), true
	}
	return v, true
}

func (d *dissector) ipv6Header(v view, payload int) {
	flow := v.u32(0)
	d.print("(")
	if class := flow >> 20 & 0xff; class != 0 {
		d.printf("class 0x%02x, ", class)
	}
	if label := flow & 0xfffff; label != 0 {
		d.printf("flowlabel 0x%05x, ", label)
	}
	d.printf("hlim %d, next-header %s (%d) payload length: %d) ", v.u8(7), ipProtocols.of(v.u8(6), "unknown"), v.u8(6), payload)
}

// ipv6Next prints the extension headers and what comes behind them.
func (d *dissector) ipv6Next(v view, next int, h *ipHeader, p *ip6Packet) {
	for {
		size := 0
		switch next {
		case 0:
			if p.extended {
				d.print("[The Hop-by-Hop Options header was already found]")
				d.invalid()
				return
			}
			d.proto = "hbhopt"
			size = d.optionHeader(v, "HBH", p)
			if p.payload == 0 && !p.jumbo {
				d.print("[No valid Jumbo Payload Hop-by-Hop option found]")
				d.invalid()
				return
			}
			if size == 0 {
				return
			}
		case 60:
			d.proto = "dstopt"
			if size = d.optionHeader(v, "DSTOPT", nil); size == 0 {
				return
			}
		case 43:
			if size = d.routing(v, h); size == 0 {
				return
			}
		case 44:
			if size = d.fragment6(v, h, p); size == 0 {
				return
			}
		case protoMobility, protoMobilityOld:
			d.mobility(v)
			return
		case 59:
			d.print("no next header")
			return
		default:
			payload, ok := d.jumbogram(v, p)
			if ok {
				d.transport(payload, next, h)
			}
			return
		}
		p.extended = true
		p.read += size
		next = v.u8(0)
		if v.length < size {
			d.mark()
			return
		}
		v = v.from(size)
		if len(v.b) == 0 && next != 59 {
			return
		}
		d.proto = "ip6"
	}
}

// fragment6 prints a fragment header (RFC 8200) and gives its size, 0 if that is all.
func (d *dissector) fragment6(v view, h *ipHeader, p *ip6Packet) int {
	const size = 8
	d.proto = "frag6"
	offset := v.u16(2) & 0xfff8
	length := uint64(ip6Header + p.whole.u16(4) - p.read - size) // by the first header, and unsigned, as tcpdump writes it
	if d.Verbose > 0 {
		d.printf("frag (0x%08x:%d|%d)", v.u32(4), offset, length)
	} else {
		d.printf("frag (%d|%d)", offset, length)
	}
	h.fragment = true
	if offset != 0 {
		return 0
	}
	d.print(" ")
	if len(v.b) <= size {
		return 0
	}
	return size
}

// optionHeader prints a header of options, of the whole packet if p is there, and gives its size, 0 if it makes no sense.
func (d *dissector) optionHeader(v view, name string, p *ip6Packet) int {
	size := (v.u8(1) + 1) * 8
	if len(v.b) < size {
		d.cut()
	}
	d.print(name + " ")
	if p == nil && d.Verbose == 0 {
		return size
	}
	if !d.ipv6Options(newView(v.b[:size], size).cursor(2), p) {
		d.invalid()
		return 0
	}
	return size
}

// ipv6Options reads options and prints them with -v; false if they make no sense.
func (d *dissector) ipv6Options(c *cursor, p *ip6Packet) bool {
	verbose := func(format string, args ...any) {
		if d.Verbose > 0 {
			d.printf(format, args...)
		}
	}
	seen := false
	for c.left() > 0 {
		kind, start, size := c.u8(), c.at-1, 1
		if kind != 0 {
			if c.left() < 1 {
				d.tooShortOnly("remaining length", 1, "<", 2)
				return false
			}
			size = c.u8() + 2
		}
		if size > c.length-start {
			d.tooShortOnly("remaining length", c.length-start, "<", size)
			return false
		}
		data := newView(c.view.bytes(start, size), size)
		fixed := map[int]int{5: 4, 0xc2: 6}[kind]
		if fixed != 0 && size != fixed {
			d.tooShortOnly(NamesT{5: "(rtalert) length", 0xc2: "(jumbo) length"}[kind], size-2, "!=", fixed-2)
			return false
		}
		switch kind {
		case 0:
			verbose("(pad1)")
		case 1:
			verbose("(padn)")
		case 5:
			verbose("(rtalert: 0x%04x) ", data.u16(2))
		case 0xc2:
			verbose("(jumbo: %d%s) ", data.u32(2), jumboFault(data.u32(2), seen, p))
			seen = true
		case 0xc9:
			if size < 18 {
				d.tooShortOnly("(homeaddr) length", size-2, "<", 16)
				return false
			}
			verbose("(homeaddr: %s)", d.ip6(data.bytes(2, 16)))
		default:
			verbose("(unknown opt-type 0x%02x len=%d)", kind, size-2)
		}
		c.at = start + size
	}
	verbose(" ")
	return true
}

// jumboFault says why a length of a jumbogram does not count, or takes it.
func jumboFault(length uint32, seen bool, p *ip6Packet) string {
	switch {
	case seen:
		return " - already seen"
	case p == nil:
		return " - not a hop-by-hop option"
	case p.payload != 0:
		return " - payload len != 0"
	case length < 65536:
		return " - < 65536"
	}
	p.jumbo, p.payload = true, int(length)
	return ""
}

// routing prints a routing header (RFC 8200; RFC 8754 for segments) and gives its size, 0 if it makes no sense.
func (d *dissector) routing(v view, h *ipHeader) int {
	d.proto = "rt6"
	v.need(4)
	units, kind := v.u8(1), v.u8(2)
	d.printf("RT6 (len=%d, type=%d%s, segleft=%d", units, kind, mark(kind == 0, " [Deprecated]"), v.u8(3))
	addresses := units / 2
	switch kind {
	case 0, 2:
		if reserved := v.u32(4); reserved != 0 || d.Verbose > 0 {
			d.printf(", rsv=0x%x", reserved)
		}
	case 4:
		d.printf(", last-entry=%d", v.u8(4))
		if bits := v.u8(5); bits != 0 || d.Verbose > 0 {
			d.printf(", flags=0x%x", bits)
		}
		d.printf(", tag=%x", v.u16(6))
		addresses = min(v.u8(4)+1, addresses)
	default:
		addresses = 0
	}
	if units%2 != 0 {
		d.printf(" (invalid length %d) (invalid)", units)
		return 0
	}
	for i := range addresses {
		d.printf(", [%d]%s", i, d.ip6(v.bytes(8+16*i, 16)))
	}
	d.print(") ")
	if addresses > 0 { // checksums are made with the final destination
		final := addresses - 1
		if kind == 4 {
			final = 0
		}
		h.dst = v.bytes(8+16*final, 16)
	}
	size := (units + 1) * 8
	v.need(size)
	return size
}

var mobilityTypes = NamesT{0: "BRR", 1: "HoTI", 2: "CoTI", 3: "HoT", 4: "CoT", 5: "BU", 6: "BA", 7: "BE"}

const (
	protoMobility    = 135
	protoMobilityOld = 62
)

// mobility prints Mobile IPv6 (RFC 6275).
func (d *dissector) mobility(v view) {
	const header = 8
	d.proto = "mobility"
	if len(v.b) < 2 {
		d.mark()
		return
	}
	size := (v.u8(1) + 1) * 8
	if size < header {
		d.printf("(header length %d is too small)", size)
		d.mark()
		return
	}
	kind := v.u8(2)
	name, known := mobilityTypes[kind]
	if !known {
		d.printf("mobility: type-#%d len=%d", kind, v.u8(1))
		return
	}
	least := map[int]int{0: 8, 1: 16, 2: 16, 3: 24, 4: 24, 5: 12, 6: 12, 7: 24}[kind]
	d.printf("mobility: %s", name)
	if size < least {
		d.printf(" (header length %d is too small for type %d)", size, kind)
		d.mark()
		return
	}
	at := least
	switch kind {
	case 0:
	case 1, 2:
		if d.Verbose > 0 {
			d.printf(" %s Init Cookie=%08x:%08x", NamesT{1: "Home", 2: "Care-of"}[kind], v.u32(8), v.u32(12))
		}
	case 3, 4:
		name := NamesT{3: "Home", 4: "Care-of"}[kind]
		d.printf(" nonce id=0x%x", v.u16(6))
		if d.Verbose > 0 {
			d.printf(" %s Init Cookie=%08x:%08x", name, v.u32(8), v.u32(12))
			d.printf(" %s Keygen Token=%08x:%08x", name, v.u32(16), v.u32(20))
		}
	case 5:
		d.printf(" seq#=%d", v.u16(6))
		bits := v.u16(8)
		letters := mark(bits&0x8000 != 0, "A") + mark(bits&0x4000 != 0, "H") + mark(bits&0x2000 != 0, "L") + mark(bits&0x1000 != 0, "K")
		d.onlyIf(bits&0xf000 != 0, " "+letters)
		d.printf(" lifetime=%d", v.u16(10)<<2)
	case 6:
		d.printf(" status=%d%s seq#=%d lifetime=%d", v.u8(6), mark(v.u8(7)&0x80 != 0, " K"), v.u16(8), v.u16(10)<<2)
	case 7:
		d.printf(" status=%d homeaddr %s", v.u8(6), d.ip6(v.bytes(8, 16)))
	}
	if d.Verbose > 0 && !d.mobilityOptions(v, at, size) {
		d.mark()
	}
}

// mobilityOptions prints what follows a message, up to size; false if it is cut.
func (d *dissector) mobilityOptions(v view, at, size int) bool {
	for at < size {
		kind := v.u8(at)
		n := 1
		if kind != 0 {
			if at+1 >= size {
				return false
			}
			n = v.u8(at+1) + 2
		}
		if at+n > size {
			return false
		}
		if len(v.b) < at+n {
			return false
		}
		fixed := map[int]int{2: 4, 3: 18, 4: 6, 5: 12}[kind]
		if fixed != 0 && size-at < fixed {
			d.printf("(%s: trunc)", NamesT{2: "refresh", 3: "altcoa", 4: "ni", 5: "auth"}[kind])
			return false
		}
		switch kind {
		case 0:
			d.print("(pad1)")
		case 1:
			d.print("(padn)")
		case 2:
			d.printf("(refresh: %d)", v.u16(at+2)<<2)
		case 3:
			d.printf("(alt-CoA: %s)", d.ip6(v.bytes(at+2, 16)))
		case 4:
			d.printf("(ni: ho=0x%04x co=0x%04x)", v.u16(at+2), v.u16(at+4))
		case 5:
			d.print("(auth)")
		default:
			d.printf("(type-0x%02x: len=%d)", kind, v.u8(at+1))
		}
		at += n
	}
	return true
}
