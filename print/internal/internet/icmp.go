package internet

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// ICMP prints ICMP for IPv4 (RFC 792).
func ICMP(d *Context, v View) {
	h := d.IP
	d.Proto = "icmp"
	kind, code := v.U8(0), v.U8(1)
	if d.Layers != nil {
		d.Layer("icmp", "type", kind, "code", code, "length", v.Length)
	}
	text := ""
	switch kind {
	case 0, 8:
		v.Need(8)
		text = Names{0: "echo reply", 8: "echo request"}[kind]
		d.Printf("ICMP %s, id %d, seq %d", text, v.U16(4), v.U16(6))
		text = ""
	case 3:
		d.Printf("ICMP %s", unreachable(d, v, code))
	case 5:
		d.Printf("ICMP redirect %s to %s %s", d.IP4(v.Bytes(24, 4)), Names{0: "to net", 1: "to host", 2: "to tos net", 3: "to tos host"}.Of(code, "code %d")[3:], d.IP4(v.Bytes(4, 4)))
	case 11:
		d.Printf("ICMP %s", Names{0: "time exceeded in-transit", 1: "ip reassembly time exceeded"}.Of(code, "time exceeded-#%d"))
	case 12:
		d.Print("ICMP parameter problem")
		if code != 0 {
			d.Printf(" - code %d", code)
		} else {
			d.Printf(" - octet %d", v.U8(4))
		}
	case 13, 14:
		v.Need(8)
		d.Printf("ICMP time stamp %s id %d seq %d", Names{13: "query", 14: "reply"}[kind], v.U16(4), v.U16(6))
		if kind == 14 {
			d.Printf(": org %s, recv %s, xmit %s", clock(v.U32(8)), clock(v.U32(12)), clock(v.U32(16)))
		}
	case 17:
		d.Print("ICMP address mask request")
	case 18:
		d.Printf("ICMP address mask is 0x%08x", v.U32(4))
	case 4:
		d.Print("ICMP source quench")
	case 9, 10:
		d.Printf("ICMP router %s", Names{9: "advertisement", 10: "solicitation"}[kind])
	default:
		d.Printf("ICMP type-#%d", kind)
	}
	d.Printf(", length %d", v.Length)
	if d.Verbose > 0 && !h.Fragment && len(v.Data) >= v.Length {
		if sum := dissect.Checksum(0, v.Data[:v.Length]); sum != 0 {
			d.Printf(" (wrong icmp cksum %x (->%x)!)", v.U16(2), dissect.Expected(v.U16(2), sum))
		}
	}
	if d.Verbose > 0 && (kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12) && len(v.Data) > 8 {
		d.Print("\n\t")
		quoted := v.From(8)
		if len(quoted.Data) >= 4 {
			quoted.Length = quoted.U16(2) // only the beginning is quoted, and that is no fault
			dissect.TruncateIf(quoted.Length == 0)
		}
		d.Within(func() { IPv4(d, quoted) })
	}
	const quotedSize, least = 128, 156 // bytes quoted before an extension, and from which on tcpdump takes one to be there
	if d.Verbose > 0 && (kind == 3 || kind == 11 || kind == 12) && v.Length > least {
		d.Proto = "icmp"
		d.CutIf(len(v.Data) < 8+quotedSize+4)
		if extension := v.From(8 + quotedSize); v.U8(5) != 0 || len(extension.Data) < extension.Length || dissect.Checksum(0, extension.Data[:extension.Length]) == 0 { // else the packet that is quoted goes on
			multiPart(d, extension)
		}
	}
}

var multiPartObjects = Names{1: "MPLS Stack Entry", 2: "Interface Identification"}

// multiPart prints what routers add to an error (RFC 4884), as the labels of MPLS (RFC 4950).
func multiPart(d *Context, v View) {
	version := v.U8(0) >> 4
	d.Printf("\n\tICMP Multi-Part extension v%d", version)
	if len(v.Data) >= v.Length {
		sum := v.U16(2)
		right := dissect.Checksum(0, v.Data[:v.Length]) == 0
		d.Printf(", checksum 0x%04x (%scorrect), length %d", sum, dissect.If(!right, "in"), v.Length)
	}
	if version != 2 {
		return
	}
	for v = v.From(4); v.Length >= 4; {
		d.CutIf(len(v.Data) < 4)
		size, class, kind := v.U16(0), v.U8(2), v.U8(3)
		d.Printf("\n\t  %s Object (%d), Class-Type: %d, length %d", multiPartObjects.Of(class, "unknown"), class, kind, size)
		if size < 4 {
			return
		}
		object := v.From(4).Limit(min(size-4, v.Length-4))
		switch {
		case class == 1 && kind == 1:
			d.CutIf(len(object.Data) < 4)
			entry := object.U32(0) // as tcpdump, of a stack the first
			d.Printf("\n\t    label %d, tc %d%s, ttl %d", entry>>12, entry>>9&7, dissect.If(entry&0x100 != 0, ", [S]"), entry&0xff)
		default:
			d.Indented("\n\t    ", object.Data)
		}
		if v.Length < size {
			return
		}
		v = v.From(size)
	}
}

func clock(ms uint32) string {
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

var unreachableCodes = Names{
	5: "%s unreachable - source route failed", 6: "net %s unreachable - unknown", 7: "host %s unreachable - unknown",
	8: "%s unreachable - source host isolated", 9: "net %s unreachable - admin prohibited", 10: "host %s unreachable - admin prohibited",
	11: "net %s unreachable - tos prohibited", 12: "host %s unreachable - tos prohibited", 13: "host %s unreachable - admin prohibited filter",
	14: "host %s unreachable - host precedence violation", 15: "host %s unreachable - precedence cutoff",
	0: "net %s unreachable", 1: "host %s unreachable",
}

// unreachable says what could not be reached, from the packet quoted.
func unreachable(d *Context, v View, code int) string {
	quoted := v.From(8)
	dst := d.IP4(v.Bytes(24, 4))
	switch code {
	case 2:
		return fmt.Sprintf("%s protocol %d unreachable", dst, quoted.U8(9))
	case 3:
		hlen := quoted.U8(0) & 15 * 4
		port := quoted.U16(hlen + 2)
		switch quoted.U8(9) {
		case dissect.ProtoTCP:
			return fmt.Sprintf("%s tcp port %s unreachable", dst, d.Port(port, "tcp"))
		case dissect.ProtoUDP:
			return fmt.Sprintf("%s udp port %s unreachable", dst, d.Port(port, "udp"))
		}
		return fmt.Sprintf("%s protocol %d port %d unreachable", dst, quoted.U8(9), port)
	case 4:
		if mtu := v.U16(6); mtu != 0 {
			return fmt.Sprintf("%s unreachable - need to frag (mtu %d)", dst, mtu)
		}
		return fmt.Sprintf("%s unreachable - need to frag", dst)
	}
	if format, ok := unreachableCodes[code]; ok {
		return fmt.Sprintf(format, dst)
	}
	return fmt.Sprintf("%s unreachable - #%d", dst, code)
}

var icmp6Types = Names{
	1: "destination unreachable", 2: "packet too big", 3: "time exceeded in-transit", 4: "parameter problem", 128: "echo request", 129: "echo reply",
	130: "multicast listener query", 131: "multicast listener report", 132: "multicast listener done", 133: "router solicitation",
	134: "router advertisement", 135: "neighbor solicitation", 136: "neighbor advertisement", 137: "redirect", 138: "router renumbering",
	139: "who-are-you request", 140: "who-are-you reply", 141: "inverse neighbor solicitation", 142: "inverse neighbor advertisement",
	143: "multicast listener report v2", 144: "ha discovery request", 145: "ha discovery reply", 146: "mobile router solicitation", 147: "mobile router advertisement",
	155: "RPL",
}

// ICMP6 prints ICMPv6 (RFC 4443, 4861, 3810).
func ICMP6(d *Context, v View) {
	h := d.IP
	d.Proto = "icmp6"
	d.StopIf(v.Length == 0, "ICMP6, length 0 (invalid)")
	kind := v.U8(0)
	if d.Layers != nil && len(v.Data) > 1 {
		d.Layer("icmp6", "type", kind, "code", v.U8(1), "length", v.Length)
	}
	if d.Verbose > 0 && !h.Fragment && len(v.Data) >= v.Length && h.Version == 6 {
		if sum := dissect.Checksum(h.PseudoHeader(dissect.ProtoICMPv6, v.Length), v.Data[:v.Length]); sum != 0 {
			d.Printf("[bad icmp6 cksum 0x%04x -> 0x%04x!] ", v.U16(2), dissect.Expected(v.U16(2), sum))
		} else {
			d.Print("[icmp6 sum ok] ")
		}
	}
	d.Printf("ICMP6, %s", icmp6Types.Of(kind, "unknown icmp6 type (%d)"))
	verbose := d.Verbose > 0
	d.PrintfIf(verbose && (kind >= 133 && kind <= 137 || kind == 145 || kind == 147), ", length %d", v.Length)
	code := v.U8(1)
	if _, known := icmp6Types[kind]; !known {
		d.Printf(", length %d", v.Length)
		if d.Verbose < 2 {
			d.RawLines(v)
		}
		return
	}
	switch kind {
	case 1:
		if !d.Try(func() { unreachable6(d, v, code) }) {
			return
		}
	case 2:
		d.Printf(", mtu %d", v.U32(4))
	case 3:
		d.Printf(" for %s", d.IP6(v.Bytes(32, 16)))
	case 4:
		if len(v.Data) < 48 { // up to the destination of the packet in it
			d.Cut()
		}
		d.Printf(", %s - octet %d", Names{0: "erroneous", 1: "next header", 2: "option", 3: "incomplete header chain"}.Of(code, "code-#%d"), v.U32(4))
	case 128, 129:
		d.Printf(", id %d, seq %d", v.U16(4), v.U16(6))
	case 130, 131, 132:
		if kind == 130 && v.Length >= 28 {
			d.Printf(" v2")
			mldQuery(d, v)
			break
		}
		if len(v.Data) >= 24 {
			d.Printf(" max resp delay: %d addr: %s", v.U16(4), d.IP6(v.Bytes(8, 16)))
		}
	case 133:
		if verbose {
			neighborOptions(d, v, 8)
		}
	case 134:
		if verbose {
			routerAdvertisement(d, v)
		}
	case 135:
		d.Printf(", who has %s", d.IP6(v.Bytes(8, 16)))
		if verbose {
			neighborOptions(d, v, 24)
		}
	case 136:
		d.Printf(", tgt is %s", d.IP6(v.Bytes(8, 16)))
		if verbose {
			d.Printf(", Flags [%s]", Flags{{0x80, "router"}, {0x40, "solicited"}, {0x20, "override"}}.Of(v.U8(4), ", "))
			neighborOptions(d, v, 24)
		}
	case 137:
		d.Printf(", %s to %s", d.IP6(v.Bytes(24, 16)), d.IP6(v.Bytes(8, 16)))
		if verbose {
			neighborOptions(d, v, 40)
		}
	case 143:
		mldReport(d, v)
	case 144, 146:
		d.Printf(", id 0x%04x", v.U16(4))
	case 145, 147:
		if verbose {
			homeAgent(d, v, kind)
		}
	case 155:
		names := Names{0: "DODAG Information Solicitation", 1: "DODAG Information Object", 2: "Destination Advertisement Object", 3: "Destination Advertisement Object Ack"}
		d.Printf(", (%s)%s", dissect.Pick(code&0x80 != 0, "SEC", "CLR"), names.Of(code&0x7f, "RPL Type %d"))
		if verbose && code&0x80 == 0 {
			rpl(d, code, v.From(4))
		}
	case 139, 140:
		nodeInformation(d, v, kind, code)
	}
	d.PrintfIf(!verbose, ", length %d", v.Length)
}

// mldQuery prints a query of version 2 (RFC 3810).
func mldQuery(d *Context, v View) {
	delay := v.U16(4)
	if delay >= 32768 { // an exponent and a mantissa
		delay = (delay&0xfff | 0x1000) << (delay>>12&7 + 3)
	}
	d.PrintfIf(d.Verbose > 0, " [max resp delay=%d]", delay)
	d.Printf(" [gaddr %s", d.IP6(v.Bytes(8, 16)))
	if d.Verbose > 0 {
		d.If(v.U8(24)&8 != 0, " sflag")
		d.PrintfIf(v.U8(24)&7 != 0, " robustness=%d", v.U8(24)&7)
		if code := v.U8(25); code != 0 {
			if code >= 128 {
				code = (code&15 | 16) << (code>>4&7 + 3)
			}
			d.Printf(" qqi=%d", code)
		}
	}
	if n := v.U16(26); n > 0 {
		if d.Verbose < 2 {
			d.Printf(", %d source(s)", n)
		} else {
			d.Print(" {")
			for i := range n {
				d.Printf(" %s", d.IP6(v.Bytes(28+16*i, 16)))
			}
			d.Print(" }")
		}
	}
	d.Print("]")
}

// unreachable6 says what could not be reached, from the packet quoted; rejected if it does not know.
func unreachable6(d *Context, v View, code int) {
	what := Names{0: ", unreachable route", 1: ", unreachable prohibited", 2: ", beyond scope", 3: ", unreachable address", 4: ", unreachable port"}[code]
	if what == "" {
		d.Printf(", unknown unreach code (%d)", code)
		if d.Verbose < 2 {
			d.RawLines(v)
		}
		dissect.Reject()
	}
	d.Print(what)
	if code != 4 {
		d.Printf(" %s", d.IP6(v.Bytes(32, 16)))
		return
	}
	v.Need(52)
	dst, next, port := d.IP6(v.Bytes(32, 16)), v.U8(14), v.U16(50)
	if name := (Names{dissect.ProtoTCP: "tcp", dissect.ProtoUDP: "udp"}[next]); name != "" {
		d.Printf(", %s %s port %s", dst, name, d.Port(port, name))
		return
	}
	d.Printf(", %s protocol %d port %d", dst, next, port)
}

var mldRecords = Names{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}

// mldReport prints the groups of a listener report of version 2 (RFC 3810).
func mldReport(d *Context, v View) {
	n := v.U16(6)
	d.Printf(", %d group record(s)", n)
	if d.Verbose == 0 {
		return
	}
	at := 8
	for range n {
		if v.Length < at+20 {
			d.Print(" [invalid number of groups]")
			return
		}
		sources := v.U16(at + 2)
		d.Printf(" [gaddr %s %s", d.IP6(v.Bytes(at+4, 16)), mldRecords.Of(v.U8(at), " [v2-report-#%d]"))
		if v.Length < at+20+16*sources {
			d.Printf(" [invalid number of sources %d]", sources)
			return
		}
		if d.Verbose == 1 {
			d.Printf(", %d source(s)", sources)
		} else {
			d.Print(" {")
			for i := range sources {
				d.Printf(" %s", d.IP6(v.Bytes(at+20+16*i, 16)))
			}
			d.Print(" }")
		}
		d.Print("]")
		at += 20 + 16*sources + 4*v.U8(at+1)
	}
}

// homeAgent prints the reply of a home agent's discovery (145), or the prefixes that a mobile node hears of (147), for -v (RFC 6275).
func homeAgent(d *Context, v View, kind int) {
	d.Printf(", id 0x%04x", v.U16(4))
	if kind == 145 {
		for at := 8; at < len(v.Data); at += 16 {
			d.Printf(", %s", d.IP6(v.Bytes(at, 16)))
		}
		return
	}
	bits := v.U8(6)
	d.PrintfIf(bits&0xc0 != 0, " %s%s", dissect.Pick(bits&0x80 != 0, "M", ""), dissect.Pick(bits&0x40 != 0, "O", ""))
	neighborOptions(d, v, 8)
}

var routerPreferences = Names{0: "medium", 1: "high", 2: "reserved", 3: "low"}

// routerAdvertisement prints what a router announces (RFC 4861), for -v.
func routerAdvertisement(d *Context, v View) {
	bits := v.U8(5)
	d.Printf("\n\thop limit %d, Flags [%s], pref %s, router lifetime %ds, reachable time %dms, retrans timer %dms", v.U8(4),
		Flags{{0x80, "managed"}, {0x40, "other stateful"}, {0x20, "home agent"}}.Of(bits, ", "), routerPreferences[bits>>3&3], v.U16(6), v.U32(8), v.U32(12))
	neighborOptions(d, v, 16)
}

var neighborOptionNames = Names{1: "source link-address", 2: "destination link-address", 3: "prefix info", 4: "redirected header", 5: "mtu",
	7: "advertisement interval", 8: "homeagent information", 24: "route info", 25: "rdnss", 31: "dnssl"}

// neighborOptions prints the options of neighbor discovery, for -v.
func neighborOptions(d *Context, v View, at int) {
	for at < len(v.Data) && at+2 <= v.Length {
		d.CutIf(len(v.Data) < at+2 || len(v.Data) < at+8*v.U8(at+1))
		kind, units := v.U8(at), v.U8(at+1)
		d.CutIf(units == 0)
		d.Printf("\n\t  %s option (%d), length %d (%d): ", neighborOptionNames.Of(kind, "unknown"), kind, units*8, units)
		option := dissect.NewView(v.Bytes(at, units*8), units*8)
		neighborOption(d, kind, option)
		at += units * 8
	}
}

func neighborOption(d *Context, kind int, v View) {
	switch kind {
	case 1, 2:
		d.Print(dissect.MAC(v.Data[2:]))
	case 3:
		d.Printf("%s/%d, Flags [%s], valid time %s, pref. time %s", d.IP6(v.Bytes(16, 16)), v.U8(2),
			Flags{{0x80, "onlink"}, {0x40, "auto"}, {0x20, "router"}}.Of(v.U8(3), ", "), lifetime(v.U32(4)), lifetime(v.U32(8)))
	case 5:
		d.Printf(" %d", v.U32(4))
	case 7:
		d.Printf(" %dms", v.U32(4))
	case 8:
		d.Printf(" preference %d, lifetime %d", v.U16(4), v.U16(6))
	case 24:
		prefix := make([]byte, 16)
		copy(prefix, v.Data[8:])
		d.Printf(" %s/%d, pref=%s, lifetime=%s", d.IP6(prefix), v.U8(2), routerPreferences[v.U8(3)>>3&3], lifetime(v.U32(4)))
	case 25:
		d.Printf(" lifetime %ds,", v.U32(4))
		for at := 8; at+16 <= v.Length; at += 16 {
			d.Printf(" addr: %s", d.IP6(v.Bytes(at, 16)))
		}
	case 31:
		d.Printf(" lifetime %ds, domain(s):", v.U32(4))
		names := dissect.DomainReader{D: d, V: v}
		for at := 8; at != dissect.CutOff && at < v.Length && v.U8(at) != 0; {
			d.Print(" ")
			at = names.Name(at)
		}
	default:
		if d.Verbose < 2 {
			d.Indented("\n\t  ", v.Data[2:])
		}
	}
	if d.Verbose > 1 {
		d.Indented("\n\t    ", v.Data[2:])
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
func nodeInformation(d *Context, v View, kind, code int) {
	const query, header = 139, 16
	whole := len(v.Data) // of this packet and what follows it
	if kind == query && whole == 12 {
		d.Print(" who-are-you request")
		return
	}
	dissect.TruncateIf(kind != query && len(v.Data) < header && v.Length <= whole)
	d.Printf(" node information %s", dissect.Pick(kind == query, "query", "reply"))
	if len(v.Data) < header || kind != query && v.Length > whole {
		d.Mark()
		return
	}
	d.Print(" (")
	asked, bits := v.U16(4), v.U16(6)
	letters := dissect.If(bits&0x40 != 0, "a") + dissect.If(bits&0x20 != 0, "G") + dissect.If(bits&0x10 != 0, "S") + dissect.If(bits&0x08 != 0, "L") + dissect.If(bits&0x04 != 0, "C") + dissect.If(bits&0x02 != 0, "A")
	if kind != query {
		switch {
		case code == 1:
			d.Print("refused")
		case code == 2:
			d.Print("unknown")
		case code == 0 && d.Verbose > 0:
			d.Print("success, ")
		}
		if code != 0 {
			d.Print(")")
			return
		}
	}
	switch asked {
	case 0:
		d.Print("noop")
	case 1:
		d.Print("supported qtypes")
		d.PrintfIf(bits != 0, " [%s]", dissect.If(bits&1 != 0, "C"))
	case 2:
		d.Print("DNS name")
	case 3:
		d.Print("node addresses")
		for at := header; kind != query && at+20 <= whole; at += 20 {
			d.Printf(" %s(%d)", d.IP6(v.Bytes(at+4, 16)), v.U32(at))
		}
		d.PrintfIf(bits != 0, " [%s]", letters)
	default:
		d.Print("unknown")
	}
	if kind == query && asked > 1 {
		nodeSubject(d, v, code, whole-header)
	}
	d.Print(")")
}

// nodeSubject prints whom a query is about, in n bytes.
func nodeSubject(d *Context, v View, code, n int) {
	const header = 16
	switch {
	case n == 0:
		d.Print(", 03 draft")
	case code == 0 && n == 16:
		d.Printf(", subject=%s", d.IP6(v.Bytes(header, 16)))
	case code == 2 && n == 4:
		d.Printf(", subject=%s", d.IP4(v.Bytes(header, 4)))
	case code == 0 || code == 2:
		d.If(d.Verbose > 0, ", invalid subject len")
	case code == 1:
		d.Print(", subject=DNS name, \"")
		names := dissect.DomainReader{D: d, V: v}
		names.Name(header)
		d.Print("\"")
	default:
		d.Print(", unknown subject")
	}
}

// rpl prints what nodes of a network of low power say to find routes (RFC 6550).
func rpl(d *Context, code int, v View) {
	identity := func(at int, there bool) string {
		if !there {
			return "<elided>"
		}
		return dissect.IP6Text(v.Bytes(at, 16))
	}
	switch code {
	case 1:
		mode := v.U8(4)
		d.Printf(" [dagid:%s,seq:%d,instance:%d,rank:%d,%smop:%s,prf:%d]", identity(8, true), v.U8(5), v.U8(0), v.U16(2), dissect.If(mode&0x80 != 0, "grounded,"),
			Names{0: "nonstoring", 1: "storing", 2: "multicast-storing"}.Of(mode>>3&7, "mop%d"), mode&7)
	case 2:
		bits := v.U8(1)
		d.Printf(" [dagid:%s,seq:%d,instance:%d%s%s,%02x]", identity(4, bits&0x40 != 0), v.U8(3), v.U8(0), dissect.If(bits&0x80 != 0, ",acK"), dissect.If(bits&0x40 != 0, ",Dagid"), bits)
	case 3:
		d.Printf(" [dagid:%s,seq:%d,instance:%d,status:%d]", identity(4, v.U8(1)&0x80 != 0), v.U8(2), v.U8(0), v.U8(3))
	}
}
