package internet

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// IPv6 prints an IPv6 packet (RFC 8200).
func IPv6(d *Context, v View) {
	d.Proto = "ip6"
	dissect.TruncateIf(len(v.Data) < 40)
	d.If(!d.LinkHeader, "IP6 ")
	d.StopIf(v.Length < 40, "truncated-ip6 %d", v.Length)
	version := v.U8(0) >> 4
	d.LeaveIf(version != 6, "version error: %d != 6", version)
	payload := v.U16(4)
	length := payload + ip6Header
	if payload == 0 {
		length = v.Length + ip6Header // of a jumbogram, perhaps
	} else if v.Length < length {
		d.Printf("truncated-ip6 - %d bytes missing!", length-v.Length)
	}
	h := d.NewIPHeader()
	*h = dissect.IPHeader{Version: 6, Src: v.Bytes(8, 16), Dst: v.Bytes(24, 16), Protocol: v.U8(6), TTL: v.U8(7), Known: portsFirst(v.U8(6))}
	if d.Layers != nil {
		first := int(v.U32(0))
		d.Layer("ip", "version", 6, "src", ipText(h.Src), "dst", ipText(h.Dst), "protocol", h.Protocol, "ttl", h.TTL, "tos", first>>20&0xff, "flow", first&0xfffff, "length", length)
	}
	if d.Verbose > 0 {
		class, label := v.U32(0)>>20&0xff, v.U32(0)&0xfffff
		d.Print("(")
		d.PrintfIf(class != 0, "class 0x%02x, ", class)
		d.PrintfIf(label != 0, "flowlabel 0x%05x, ", label)
		d.Printf("hlim %d, next-header %s (%d) payload length: %d) ", v.U8(7), ipProtocols.Of(v.U8(6), "unknown"), v.U8(6), payload)
	}
	if !h.Known {
		d.Between(h)
	}
	p := &ip6Packet{whole: v, payload: payload, read: ip6Header}
	ipv6Next(d, dissect.NewView(v.Data[ip6Header:min(length, len(v.Data))], length-ip6Header), h.Protocol, h, p)
}

const ip6Header = 40

// ip6Packet is what the headers of an IPv6 packet say about the whole.
type ip6Packet struct {
	whole    View // from its header on
	payload  int  // length as the header says; of a jumbogram, as the option says
	jumbo    bool
	extended bool // there is an extension header
	hopByHop bool // and one of hop-by-hop options
	read     int  // bytes
}

// jumbogram gives what is left of a packet whose header says nothing of its length (RFC 2675).
func jumbogram(d *Context, v View, p *ip6Packet) View {
	switch {
	case p.jumbo:
		length := p.payload + ip6Header
		d.LeaveIf(length < p.read, "[length %d < %d] (invalid)", length, p.read)
		d.PrintfIf(p.whole.Length < length, "truncated-ip6 - %d bytes missing!", length-p.whole.Length)
		return dissect.NewView(p.whole.From(p.read).Data, length-p.read)
	case p.payload == 0:
		d.MarkIf(p.extended)
		return dissect.NewView(nil, 0)
	}
	return v
}

// ipv6Next prints the extension headers and what comes behind them.
func ipv6Next(d *Context, v View, next int, h *dissect.IPHeader, p *ip6Packet) {
	for {
		size := 0
		switch next {
		case 0:
			d.StopIf(p.hopByHop, "[The Hop-by-Hop Options header was already found] (invalid)")
			d.StopIf(p.extended, "[The Hop-by-Hop Options header don't follow the IPv6 header] (invalid)")
			p.hopByHop = true
			d.Proto = "hbhopt"
			size = optionHeader(d, v, "HBH", p)
			d.StopIf(p.payload == 0 && !p.jumbo, "[No valid Jumbo Payload Hop-by-Hop option found] (invalid)")
		case 60:
			d.Proto = "dstopt"
			size = optionHeader(d, v, "DSTOPT", nil)
		case 43:
			size = routing(d, v, h)
		case 44:
			size = fragment6(d, v, h, p)
		case protoMobility, protoMobilityOld:
			mobility(d, v)
		case 59:
			d.Print("no next header")
		default:
			transport(d, jumbogram(d, v, p), next, h)
		}
		if size == 0 {
			return
		}
		p.extended = true
		p.read += size
		next = v.U8(0)
		d.CutIf(v.Length < size)
		v = v.From(size)
		if len(v.Data) == 0 && next != 59 {
			return
		}
		d.Proto = "ip6"
	}
}

// fragment6 prints a fragment header (RFC 8200) and gives its size, 0 if that is all.
func fragment6(d *Context, v View, h *dissect.IPHeader, p *ip6Packet) int {
	const size = 8
	d.Proto = "frag6"
	offset := v.U16(2) & 0xfff8
	length := uint64(ip6Header + p.whole.U16(4) - p.read - size) // by the first header, and unsigned, as tcpdump writes it
	d.Form(v.Cursor(4), "%1+{frag (0x%4x:}{frag (}")
	d.Printf("%d|%d)", offset, length)
	h.Fragment = true
	d.If(offset == 0, " ")
	return dissect.Pick(offset != 0 || len(v.Data) <= size, 0, size)
}

// optionHeader prints a header of options, of the whole packet if p is there, and gives its size, 0 if it makes no sense.
func optionHeader(d *Context, v View, name string, p *ip6Packet) int {
	size := (v.U8(1) + 1) * 8
	d.CutIf(len(v.Data) < size)
	d.Print(name + " ")
	if p == nil && d.Verbose == 0 {
		return size
	}
	d.CutIf(!d.Try(func() { ipv6Options(d, dissect.NewView(v.Data[:size], size).Cursor(2), p) }))
	return size
}

// ipv6Options reads options and prints them with -v; rejected if they make no sense.
func ipv6Options(d *Context, c *Cursor, p *ip6Packet) {
	verbose := func(format string, args ...any) {
		d.PrintfIf(d.Verbose > 0, format, args...)
	}
	seen := false
	for c.Left() > 0 {
		kind, start, size := c.U8(), c.At-1, 1
		if kind != 0 {
			dissect.RejectIf(c.Left() < 1)
			size = c.U8() + 2
		}
		dissect.RejectIf(size > c.Length-start)
		data := dissect.NewView(c.View.Bytes(start, size), size)
		fixed := map[int]int{5: 4, 0xc2: 6}[kind]
		if fixed != 0 && size != fixed {
			verbose("(%s: invalid len %d)", Names{5: "rtalert", 0xc2: "jumbo"}[kind], size-2)
			dissect.Reject()
		}
		switch kind {
		case 0:
			verbose("(pad1)")
		case 1:
			verbose("(padn)")
		case 5:
			verbose("(rtalert: 0x%04x) ", data.U16(2))
		case 0xc2:
			verbose("(jumbo: %d%s) ", data.U32(2), jumboFault(data.U32(2), seen, p))
			seen = true
		case 0xc9:
			if size < 18 {
				verbose("(homeaddr: trunc)")
				dissect.Reject()
			}
			verbose("(homeaddr: %s)", d.IP6(data.Bytes(2, 16)))
		default:
			verbose("(opt_type 0x%02x: len=%d)", kind, size-2)
		}
		c.At = start + size
	}
	verbose(" ")
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
func routing(d *Context, v View, h *dissect.IPHeader) int {
	v.Need(1)
	d.Proto = "rt6"
	c := v.Cursor(0)
	d.Print("RT6")
	d.Form(c, "%1_ (len=%1d|, type=%1n|, segleft=%1d|", Names{0: "0 [Deprecated]"}.Or("%d"))
	units := v.U8(1)
	addresses := units / 2
	switch v.U8(2) {
	case 0, 2:
		d.Form(c, "%4n", Names{0: dissect.If(d.Verbose > 0, ", rsv=0x0")}.Or(", rsv=0x%x"))
	case 4:
		d.Form(c, ", last-entry=%1d|%1n|, tag=%2h", Names{0: dissect.If(d.Verbose > 0, ", flags=0x0")}.Or(", flags=0x%x"))
		addresses = min(v.U8(4)+1, addresses)
	default:
		d.Print(" (unknown type) (invalid)")
		return 0
	}
	if units%2 != 0 {
		d.Printf(" (invalid length %d) (invalid)", units)
		return 0
	}
	for i := range addresses {
		d.Printf(", [%d]%s", i, d.IP6(v.Bytes(8+16*i, 16)))
	}
	d.Print(") ")
	if addresses > 0 { // checksums are made with the final destination
		h.Dst = v.Bytes(8+16*dissect.Pick(v.U8(2) == 4, 0, addresses-1), 16)
	}
	size := (units + 1) * 8
	v.Need(size)
	return size
}

// mobilityMessages are the messages of Mobile IPv6, which are printed with their heads.
var mobilityMessages = List{Loose: true, Values: Values{
	0: {"BRR", 8, dissect.Silent}, 1: {"HoTI", 16, dissect.Form("%1+{ Home Init Cookie=%4@8x:%4@12x}")}, 2: {"CoTI", 16, dissect.Form("%1+{ Care-of Init Cookie=%4@8x:%4@12x}")},
	3: {"HoT", 24, dissect.Form(" nonce id=0x%2@6h|%1+{ Home Init Cookie=%4@8x:%4@12x| Home Keygen Token=%4@16x:%4@20x}")},
	4: {"CoT", 24, dissect.Form(" nonce id=0x%2@6h|%1+{ Care-of Init Cookie=%4@8x:%4@12x| Care-of Keygen Token=%4@16x:%4@20x}")},
	5: {"BU", 12, dissect.Form(" seq#=%2@6d|%2@8n| lifetime=%2@10n", mobilityFlags, mobilityTime)}, 6: {"BA", 12, dissect.Form(" status=%1@6d%1@7[0]n seq#=%2@8d lifetime=%2@10n", [2]string{"", " K"}, mobilityTime)},
	7: {"BE", 24, dissect.Form(" status=%1@6d homeaddr %16@8a")},
}}

func mobilityTime(n int) string { return fmt.Sprint(n << 2) }

func mobilityFlags(n int) string {
	return dissect.If(n&0xf000 != 0, " ") + Flags{{0x8000, "A"}, {0x4000, "H"}, {0x2000, "L"}, {0x1000, "K"}}.Letters(n)
}

const (
	protoMobility    = 135
	protoMobilityOld = 62
)

// mobility prints Mobile IPv6 (RFC 6275).
func mobility(d *Context, v View) {
	const header = 8
	d.Proto = "mobility"
	d.CutIf(len(v.Data) < 2)
	size := (v.U8(1) + 1) * 8
	d.StopIf(size < header, "(header length %d is too small) [|%s]", size, d.Proto)
	kind := v.U8(2)
	row, known := mobilityMessages.Values[kind]
	d.LeaveIf(!known, "mobility: type-#%d len=%d", kind, v.U8(1))
	d.StopIf(size < row.Least, "(header length %d is too small for type %d) [|%s]", size, kind, d.Proto)
	d.Printf("mobility: %s", row.Name)
	mobilityMessages.Value(d, kind, dissect.NewView(v.Data, size))
	d.PrintfIf(d.Verbose > 0 && !d.Try(func() { mobilityOptions(d, v, row.Least, size) }), " [|%s]", d.Proto)
}

// mobilityOptions prints what follows a message, up to size; rejected if it is cut.
func mobilityOptions(d *Context, v View, at, size int) {
	for at < size {
		kind := v.U8(at)
		n := 1
		if kind != 0 {
			dissect.RejectIf(at+1 >= size)
			n = v.U8(at+1) + 2
		}
		dissect.RejectIf(at+n > size || len(v.Data) <= at+n) // as tcpdump, which wants a byte behind the option, too
		option, known := mobilityOption[kind]
		if !known {
			option.form = "(type-0x%1@0x: len=%1@1d)"
		}
		d.RejectIf(size-at < option.size, "(%s: trunc)", option.name)
		d.Form(v.Cursor(at), option.form, mobilityTime)
		at += n
	}
}

// mobilityOption are these options: a name where they are cut, how many bytes they have, and a form.
var mobilityOption = map[int]struct {
	name string
	size int
	form string
}{
	0: {form: "(pad1)"}, 1: {form: "(padn)"}, 2: {"refresh", 4, "(refresh: %2@2n)"}, 3: {"altcoa", 18, "(alt-CoA: %16@2a)"}, 4: {"ni", 6, "(ni: ho=0x%2@2x co=0x%2@4x)"}, 5: {"auth", 12, "(auth)"},
}
