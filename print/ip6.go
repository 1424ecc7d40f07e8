package print

// ipv6 prints an IPv6 packet (RFC 8200).
func (d *dissector) ipv6(v view) {
	d.proto = "ip6"
	if len(v.b) < 40 {
		panic(truncated{})
	}
	if !d.o.LinkHeader {
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
	length := payload + 40
	if v.length < length {
		d.printf("truncated-ip6 - %d bytes missing!", length-v.length)
		length = v.length
	}
	h := ipHeader{version: 6, src: v.bytes(8, 16), dst: v.bytes(24, 16), protocol: v.u8(6), ttl: v.u8(7), known: portsFirst(v.u8(6))}
	if d.o.Verbose > 0 {
		d.ipv6Header(v, payload)
	}
	if !h.known {
		d.printf("%s > %s: ", d.ip6(h.src), d.ip6(h.dst))
	}
	if payload == 0 && h.protocol != 0 {
		length = v.length
	}
	d.ipv6Next(v.limit(length).from(40), h.protocol, &h)
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
	d.printf("hlim %d, next-header %s (%d) payload length: %d) ", v.u8(7), lookup(ipProtocols, v.u8(6), "unknown"), v.u8(6), payload)
}

// ipv6Next prints the extension headers and what comes behind them.
func (d *dissector) ipv6Next(v view, next int, h *ipHeader) {
	for {
		switch next {
		case 0, 60: // hop-by-hop and destination options
			d.proto = map[int]string{0: "hbhopt", 60: "dstopt"}[next]
			d.print(map[int]string{0: "HBH ", 60: "DSTOPT "}[next])
			size := (v.u8(1) + 1) * 8
			v.need(size)
			if d.o.Verbose > 0 {
				d.ipv6Options(v.limit(size))
			}
			next, v = v.u8(0), v.from(size)
		case 43:
			d.routing(v, h)
			size := (v.u8(1) + 1) * 8
			v.need(size)
			next, v = v.u8(0), v.from(size)
		case 44:
			d.proto = "frag6"
			v.need(8)
			offset := v.u16(2) & 0xfff8
			if d.o.Verbose > 0 {
				d.printf("frag (0x%08x:%d|%d) ", v.u32(4), offset, v.length-8)
			} else {
				d.printf("frag (%d|%d) ", offset, v.length-8)
			}
			h.fragment = true
			if offset != 0 {
				return
			}
			next, v = v.u8(0), v.from(8)
		case 59:
			d.print("no next header")
			return
		default:
			d.transport(v, next, h)
			return
		}
	}
}

// ipv6Options prints the options of a header of them, for -v.
func (d *dissector) ipv6Options(v view) {
	for at := 2; at < v.length; {
		kind := v.u8(at)
		if kind == 0 {
			d.print("(pad1) ")
			at++
			continue
		}
		size := v.u8(at + 1)
		switch kind {
		case 1:
			d.print("(padn) ")
		case 5:
			d.printf("(rtalert: 0x%04x) ", v.u16(at+2))
		case 0xc2:
			d.printf("(jumbo: %d) ", v.u32(at+2))
		default:
			d.printf("(opt_type 0x%02x: len=%d) ", kind, size)
		}
		at += 2 + size
	}
}

// routing prints a routing header (RFC 8200; RFC 8754 for segments).
func (d *dissector) routing(v view, h *ipHeader) {
	d.proto = "rt6"
	v.need(4)
	units, kind := v.u8(1), v.u8(2)
	d.printf("RT6 (len=%d, type=%d%s, segleft=%d", units, kind, mark(kind == 0, " [Deprecated]"), v.u8(3))
	addresses := units / 2
	switch kind {
	case 0, 2:
		if reserved := v.u32(4); reserved != 0 || d.o.Verbose > 0 {
			d.printf(", rsv=0x%x", reserved)
		}
	case 4:
		d.printf(", last-entry=%d", v.u8(4))
		if bits := v.u8(5); bits != 0 || d.o.Verbose > 0 {
			d.printf(", flags=0x%x", bits)
		}
		d.printf(", tag=%x", v.u16(6))
		addresses = min(v.u8(4)+1, addresses)
	default:
		addresses = 0
	}
	if units%2 != 0 {
		d.printf(" (invalid length %d) (invalid)", units)
		panic(ended{})
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
}
