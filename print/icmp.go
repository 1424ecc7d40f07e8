package print

import (
	"fmt"
	"strings"
)

// icmp prints ICMP for IPv4 (RFC 792).
func (d *dissector) icmp(v view) {
	h := d.ip
	d.proto = "icmp"
	kind, code := v.u8(0), v.u8(1)
	text := ""
	switch kind {
	case 0, 8:
		v.need(8)
		text = NamesT{0: "echo reply", 8: "echo request"}[kind]
		d.printf("ICMP %s, id %d, seq %d", text, v.u16(4), v.u16(6))
		text = ""
	case 3:
		d.printf("ICMP %s", d.unreachable(v, code))
	case 5:
		d.printf("ICMP redirect %s to %s %s", d.ip4(v.bytes(24, 4)), NamesT{0: "to net", 1: "to host", 2: "to tos net", 3: "to tos host"}.of(code, "code %d")[3:], d.ip4(v.bytes(4, 4)))
	case 11:
		d.printf("ICMP %s", NamesT{0: "time exceeded in-transit", 1: "ip reassembly time exceeded"}.of(code, "time exceeded-#%d"))
	case 12:
		d.print("ICMP parameter problem")
		if code != 0 {
			d.printf(" - code %d", code)
		} else {
			d.printf(" - octet %d", v.u8(4))
		}
	case 13, 14:
		v.need(8)
		d.printf("ICMP time stamp %s id %d seq %d", NamesT{13: "query", 14: "reply"}[kind], v.u16(4), v.u16(6))
		if kind == 14 {
			d.printf(": org %s, recv %s, xmit %s", clock(v.u32(8)), clock(v.u32(12)), clock(v.u32(16)))
		}
	case 17:
		d.print("ICMP address mask request")
	case 18:
		d.printf("ICMP address mask is 0x%08x", v.u32(4))
	case 4:
		d.print("ICMP source quench")
	case 9, 10:
		d.printf("ICMP router %s", NamesT{9: "advertisement", 10: "solicitation"}[kind])
	default:
		d.printf("ICMP type-#%d", kind)
	}
	d.printf(", length %d", v.length)
	if d.Verbose > 0 && !h.fragment && len(v.b) >= v.length {
		if sum := checksum(0, v.b[:v.length]); sum != 0 {
			d.printf(" (wrong icmp cksum %x (->%x)!)", v.u16(2), expected(v.u16(2), sum))
		}
	}
	if d.Verbose > 0 && (kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12) && len(v.b) > 8 {
		d.print("\n\t")
		quoted := v.from(8)
		if len(quoted.b) >= 4 {
			quoted.length = quoted.u16(2) // only the beginning is quoted, and that is no fault
			if quoted.length == 0 {
				panic(truncated{})
			}
		}
		d.within(func() { d.ipv4(quoted) })
	}
}

func clock(ms uint32) string {
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

var unreachableCodes = NamesT{
	5: "%s unreachable - source route failed", 6: "net %s unreachable - unknown", 7: "host %s unreachable - unknown",
	8: "%s unreachable - source host isolated", 9: "net %s unreachable - admin prohibited", 10: "host %s unreachable - admin prohibited",
	11: "net %s unreachable - tos prohibited", 12: "host %s unreachable - tos prohibited", 13: "host %s unreachable - admin prohibited filter",
	14: "host %s unreachable - host precedence violation", 15: "host %s unreachable - precedence cutoff",
	0: "net %s unreachable", 1: "host %s unreachable",
}

// unreachable says what could not be reached, from the packet quoted.
func (d *dissector) unreachable(v view, code int) string {
	quoted := v.from(8)
	dst := d.ip4(v.bytes(24, 4))
	switch code {
	case 2:
		return fmt.Sprintf("%s protocol %d unreachable", dst, quoted.u8(9))
	case 3:
		hlen := quoted.u8(0) & 15 * 4
		port := quoted.u16(hlen + 2)
		switch quoted.u8(9) {
		case protoTCP:
			return fmt.Sprintf("%s tcp port %s unreachable", dst, d.port(port, "tcp"))
		case protoUDP:
			return fmt.Sprintf("%s udp port %s unreachable", dst, d.port(port, "udp"))
		}
		return fmt.Sprintf("%s protocol %d port %d unreachable", dst, quoted.u8(9), port)
	case 4:
		if mtu := v.u16(6); mtu != 0 {
			return fmt.Sprintf("%s unreachable - need to frag (mtu %d)", dst, mtu)
		}
		return fmt.Sprintf("%s unreachable - need to frag", dst)
	}
	if format, ok := unreachableCodes[code]; ok {
		return fmt.Sprintf(format, dst)
	}
	return fmt.Sprintf("%s unreachable - #%d", dst, code)
}

var icmp6Types = NamesT{
	1: "destination unreachable", 2: "packet too big", 3: "time exceeded in-transit", 4: "parameter problem", 128: "echo request", 129: "echo reply",
	130: "multicast listener query", 131: "multicast listener report", 132: "multicast listener done", 133: "router solicitation",
	134: "router advertisement", 135: "neighbor solicitation", 136: "neighbor advertisement", 137: "redirect", 138: "router renumbering",
	139: "who-are-you request", 140: "who-are-you reply", 141: "inverse neighbor solicitation", 142: "inverse neighbor advertisement",
	143: "multicast listener report v2", 144: "ha discovery request", 145: "ha discovery reply", 146: "mobile router solicitation", 147: "mobile router advertisement",
	155: "RPL",
}

// icmp6 prints ICMPv6 (RFC 4443, 4861, 3810).
func (d *dissector) icmp6(v view) {
	h := d.ip
	d.proto = "icmp6"
	if v.length == 0 {
		d.print("ICMP6, length 0")
		d.invalid()
		return
	}
	kind := v.u8(0)
	if d.Verbose > 0 && !h.fragment && len(v.b) >= v.length && h.version == 6 {
		if sum := checksum(h.pseudoHeader(protoICM6, v.length), v.b[:v.length]); sum != 0 {
			d.printf("[bad icmp6 cksum 0x%04x -> 0x%04x!] ", v.u16(2), expected(v.u16(2), sum))
		} else {
			d.print("[icmp6 sum ok] ")
		}
	}
	d.printf("ICMP6, %s", icmp6Types.of(kind, "unknown icmp6 type (%d)"))
	verbose := d.Verbose > 0
	if verbose && (kind >= 133 && kind <= 137 || kind == 145 || kind == 147) {
		d.printf(", length %d", v.length)
	}
	code := v.u8(1)
	if _, known := icmp6Types[kind]; !known {
		d.printf(", length %d", v.length)
		if d.Verbose < 2 {
			d.rawLines(v)
		}
		return
	}
	switch kind {
	case 1:
		if !d.unreachable6(v, code) {
			return
		}
	case 2:
		d.printf(", mtu %d", v.u32(4))
	case 3:
		d.printf(" for %s", d.ip6(v.bytes(32, 16)))
	case 4:
		if len(v.b) < 48 { // up to the destination of the packet in it
			d.cut()
		}
		d.printf(", %s - octet %d", NamesT{0: "erroneous", 1: "next header", 2: "option", 3: "incomplete header chain"}.of(code, "code-#%d"), v.u32(4))
	case 128, 129:
		d.printf(", id %d, seq %d", v.u16(4), v.u16(6))
	case 130, 131, 132:
		if kind == 130 && v.length >= 28 {
			d.printf(" v2")
			d.mldQuery(v)
			break
		}
		if len(v.b) >= 24 {
			d.printf(" max resp delay: %d addr: %s", v.u16(4), d.ip6(v.bytes(8, 16)))
		}
	case 133:
		if verbose {
			d.neighborOptions(v, 8)
		}
	case 134:
		if verbose {
			d.routerAdvertisement(v)
		}
	case 135:
		d.printf(", who has %s", d.ip6(v.bytes(8, 16)))
		if verbose {
			d.neighborOptions(v, 24)
		}
	case 136:
		d.printf(", tgt is %s", d.ip6(v.bytes(8, 16)))
		if verbose {
			d.printf(", Flags [%s]", FlagsT{{0x80, "router"}, {0x40, "solicited"}, {0x20, "override"}}.of(v.u8(4), ", "))
			d.neighborOptions(v, 24)
		}
	case 137:
		d.printf(", %s to %s", d.ip6(v.bytes(24, 16)), d.ip6(v.bytes(8, 16)))
		if verbose {
			d.neighborOptions(v, 40)
		}
	case 143:
		d.mldReport(v)
	case 155:
		names := NamesT{0: "DODAG Information Solicitation", 1: "DODAG Information Object", 2: "Destination Advertisement Object", 3: "Destination Advertisement Object Ack"}
		d.printf(", (%s)%s", map[bool]string{true: "SEC", false: "CLR"}[code&0x80 != 0], names.of(code&0x7f, "RPL Type %d"))
	case 139, 140:
		d.nodeInformation(v, kind, code)
	}
	if !verbose {
		d.printf(", length %d", v.length)
	}
}

func (d *dissector) mldQuery(v view) {
	d.printf(" [gaddr %s]", d.ip6(v.bytes(8, 16)))
}

// unreachable6 says what could not be reached, from the packet quoted; false if it does not know.
func (d *dissector) unreachable6(v view, code int) bool {
	what := NamesT{0: ", unreachable route", 1: ", unreachable prohibited", 2: ", beyond scope", 3: ", unreachable address", 4: ", unreachable port"}[code]
	if what == "" {
		d.printf(", unknown unreach code (%d)", code)
		if d.Verbose < 2 {
			d.rawLines(v)
		}
		return false
	}
	d.print(what)
	if code != 4 {
		d.printf(" %s", d.ip6(v.bytes(32, 16)))
		return true
	}
	v.need(52)
	dst, next, port := d.ip6(v.bytes(32, 16)), v.u8(14), v.u16(50)
	if name := (NamesT{protoTCP: "tcp", protoUDP: "udp"}[next]); name != "" {
		d.printf(", %s %s port %s", dst, name, d.port(port, name))
		return true
	}
	d.printf(", %s protocol %d port %d", dst, next, port)
	return true
}

// rawLines prints bytes below a line, in hexadecimal alone.
func (d *dissector) rawLines(v view) {
	if len(v.b) == 0 {
		return
	}
	d.out = append(d.out, '\n')
	d.out = AppendHex(d.out, v.b, false)
	d.out = d.out[:len(d.out)-1] // the caller ends the line
}

var mldRecords = NamesT{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}

// mldReport prints the groups of a listener report of version 2 (RFC 3810).
func (d *dissector) mldReport(v view) {
	n := v.u16(6)
	d.printf(", %d group record(s)", n)
	if d.Verbose == 0 {
		return
	}
	at := 8
	for range n {
		sources := v.u16(at + 2)
		d.printf(" [gaddr %s %s", d.ip6(v.bytes(at+4, 16)), mldRecords.of(v.u8(at), "v2-report-#%d"))
		if d.Verbose == 1 {
			d.printf(", %d source(s)", sources)
		} else {
			d.print(" {")
			for i := range sources {
				d.printf(" %s", d.ip6(v.bytes(at+20+16*i, 16)))
			}
			d.print(" }")
		}
		d.print("]")
		at += 20 + 16*sources + 4*v.u8(at+1)
	}
}

var routerPreferences = NamesT{0: "medium", 1: "high", 2: "reserved", 3: "low"}

// routerAdvertisement prints what a router announces (RFC 4861), for -v.
func (d *dissector) routerAdvertisement(v view) {
	bits := v.u8(5)
	d.printf("\n\thop limit %d, Flags [%s], pref %s, router lifetime %ds, reachable time %dms, retrans timer %dms", v.u8(4),
		FlagsT{{0x80, "managed"}, {0x40, "other stateful"}, {0x20, "home agent"}}.of(bits, ", "), routerPreferences[bits>>3&3], v.u16(6), v.u32(8), v.u32(12))
	d.neighborOptions(v, 16)
}

var neighborOptionNames = NamesT{1: "source link-address", 2: "destination link-address", 3: "prefix info", 4: "redirected header", 5: "mtu",
	7: "advertisement interval", 8: "homeagent information", 24: "route info", 25: "rdnss", 31: "dnssl"}

// neighborOptions prints the options of neighbor discovery, for -v.
func (d *dissector) neighborOptions(v view, at int) {
	for at < len(v.b) && at+2 <= v.length {
		if len(v.b) < at+2 || len(v.b) < at+8*v.u8(at+1) {
			d.cut()
		}
		kind, units := v.u8(at), v.u8(at+1)
		if units == 0 {
			d.cut()
		}
		d.printf("\n\t  %s option (%d), length %d (%d): ", neighborOptionNames.of(kind, "unknown"), kind, units*8, units)
		option := newView(v.bytes(at, units*8), units*8)
		d.neighborOption(kind, option)
		at += units * 8
	}
}

func (d *dissector) neighborOption(kind int, v view) {
	switch kind {
	case 1, 2:
		d.print(mac(v.b[2:]))
	case 3:
		d.printf("%s/%d, Flags [%s], valid time %s, pref. time %s", d.ip6(v.bytes(16, 16)), v.u8(2),
			FlagsT{{0x80, "onlink"}, {0x40, "auto"}, {0x20, "router"}}.of(v.u8(3), ", "), lifetime(v.u32(4)), lifetime(v.u32(8)))
	case 5:
		d.printf(" %d", v.u32(4))
	case 7:
		d.printf(" %dms", v.u32(4))
	case 8:
		d.printf(" preference %d, lifetime %d", v.u16(4), v.u16(6))
	case 24:
		prefix := make([]byte, 16)
		copy(prefix, v.b[8:])
		d.printf(" %s/%d, pref=%s, lifetime=%s", d.ip6(prefix), v.u8(2), routerPreferences[v.u8(3)>>3&3], lifetime(v.u32(4)))
	case 25:
		d.printf(" lifetime %ds,", v.u32(4))
		for at := 8; at+16 <= v.length; at += 16 {
			d.printf(" addr: %s", d.ip6(v.bytes(at, 16)))
		}
	case 31:
		d.printf(" lifetime %ds, domain(s):", v.u32(4))
		names := domainReader{d: d, v: v}
		for at := 8; at != cutOff && at < v.length && v.u8(at) != 0; {
			d.print(" ")
			at = names.name(at)
		}
	default:
		if d.Verbose < 2 {
			d.indented("\n\t  ", v.b[2:])
		}
	}
	if d.Verbose > 1 {
		d.indented("\n\t    ", v.b[2:])
	}
}

// indented prints bytes in hexadecimal, each line after a text.
func (d *dissector) indented(before string, b []byte) {
	for line := range strings.Lines(string(AppendHex(nil, b, false))) {
		d.print(before)
		d.print(strings.Trim(line, "\t\n"))
	}
}

// lifetime writes seconds, of which the largest number means for ever.
func lifetime(seconds uint32) string {
	if seconds == 1<<32-1 {
		return "infinity"
	}
	return fmt.Sprintf("%ds", seconds)
}

// nodeInformation prints what a node is asked or says about itself (RFC 4620).
func (d *dissector) nodeInformation(v view, kind, code int) {
	const query, header = 139, 16
	whole := len(v.b) // of this packet and what follows it
	if kind == query && whole == 12 {
		d.print(" who-are-you request")
		return
	}
	d.printf(" node information %s", map[bool]string{true: "query", false: "reply"}[kind == query])
	if len(v.b) < header || kind != query && v.length > whole {
		d.mark()
		return
	}
	d.print(" (")
	asked, bits := v.u16(4), v.u16(6)
	letters := mark(bits&0x40 != 0, "a") + mark(bits&0x20 != 0, "G") + mark(bits&0x10 != 0, "S") + mark(bits&0x08 != 0, "L") + mark(bits&0x04 != 0, "C") + mark(bits&0x02 != 0, "A")
	if kind != query {
		switch {
		case code == 1:
			d.print("refused")
		case code == 2:
			d.print("unknown")
		case code == 0 && d.Verbose > 0:
			d.print("success, ")
		}
		if code != 0 {
			d.print(")")
			return
		}
	}
	switch asked {
	case 0:
		d.print("noop")
	case 1:
		d.print("supported qtypes")
		if bits != 0 {
			d.printf(" [%s]", mark(bits&1 != 0, "C"))
		}
	case 2:
		d.print("DNS name")
	case 3:
		d.print("node addresses")
		for at := header; kind != query && at+20 <= whole; at += 20 {
			d.printf(" %s(%d)", d.ip6(v.bytes(at+4, 16)), v.u32(at))
		}
		if bits != 0 {
			d.printf(" [%s]", letters)
		}
	default:
		d.print("unknown")
	}
	if kind == query && asked > 1 {
		d.nodeSubject(v, code, whole-header)
	}
	d.print(")")
}

// nodeSubject prints whom a query is about, in n bytes.
func (d *dissector) nodeSubject(v view, code, n int) {
	const header = 16
	switch {
	case n == 0:
		d.print(", 03 draft")
	case code == 0 && n == 16:
		d.printf(", subject=%s", d.ip6(v.bytes(header, 16)))
	case code == 2 && n == 4:
		d.printf(", subject=%s", d.ip4(v.bytes(header, 4)))
	case code == 0 || code == 2:
		d.onlyIf(d.Verbose > 0, ", invalid subject len")
	case code == 1:
		d.print(", subject=DNS name, \"")
		names := domainReader{d: d, v: v}
		names.name(header)
		d.print("\"")
	default:
		d.print(", unknown subject")
	}
}
