package internet

import (
	"fmt"
	"strings"

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
	v.Need(icmpLeast[kind])
	icmpMessages(d, v.Cursor(0))
	d.Printf(", length %d", v.Length)
	if d.Verbose > 0 && !h.Fragment && len(v.Data) >= v.Length {
		d.Verify(0, v.Data[:v.Length], v.U16(2), "", " (wrong icmp cksum %x (->%x)!)")
	}
	if d.Verbose > 0 && (kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12) {
		d.Print("\n\t")
		d.CutIf(len(v.Data) <= 8)
		quoted := v.From(8)
		if len(quoted.Data) >= 4 {
			quoted.Length = quoted.U16(2) // only the beginning is quoted, and that is no fault
			dissect.TruncateIf(quoted.Length == 0)
		}
		d.Within(func() { IPv4(d, quoted) })
	}
	const quotedSize, least = 128, 156 // bytes quoted before an extension, and from which on tcpdump takes one to be there
	if d.Verbose > 0 && (kind == 3 || kind == 11 || kind == 12) && v.Length > dissect.Pick(v.U8(5) != 0, 8+quotedSize+4, least) {
		d.Proto = "icmp"
		d.CutIf(len(v.Data) < 8+quotedSize+4)
		if extension := v.From(8 + quotedSize); v.U8(5) != 0 || len(extension.Data) < extension.Length || dissect.Checksum(0, extension.Data[:extension.Length]) == 0 { // else the packet that is quoted goes on
			multiPart(d, extension)
		}
	}
}

// icmpMessages prints messages by their types.
var icmpMessages = dissect.ByCode(0, map[int]dissect.Printer{
	0: dissect.Form("ICMP echo reply, id %2@4d, seq %2@6d"), 8: dissect.Form("ICMP echo request, id %2@4d, seq %2@6d"), 3: unreachable, 4: dissect.Form("ICMP source quench"),
	5: dissect.Form("ICMP redirect%1@1n %4@24a to %1@1n%4@4a", Names{0: "", 1: "", 2: "-tos", 3: "-tos"}.Or("-#%d"), Names{0: "net ", 1: "host ", 2: "net ", 3: "host "}.Or("")),
	9: routers, 15: dissect.Form("ICMP information request"), 16: dissect.Form("ICMP information reply"), 10: dissect.Form("ICMP router solicitation"),
	11: dissect.Form("ICMP %1@1n", Names{0: "time exceeded in-transit", 1: "ip reassembly time exceeded"}.Or("time exceeded-#%d")),
	12: dissect.ByCode(1, map[int]dissect.Printer{0: dissect.Form("ICMP parameter problem| - octet %1@4d")}, dissect.Form("ICMP parameter problem| - code %1@1d")),
	13: dissect.Form("ICMP time stamp query id %2@4d seq %2@6d"), 14: dissect.Form("ICMP time stamp reply id %2@4d seq %2@6d|: org %4@8n, recv %4@12n, xmit %4@16n", clock, clock, clock),
	17: dissect.Form("ICMP address mask request"), 18: dissect.Form("ICMP address mask is 0x%4@8x"),
}, dissect.Form("ICMP type-#%1@0d"))

// routers prints what routers announce (RFC 1256).
func routers(d *Context, c *Cursor) {
	v := c.View
	n, size, lifetime := v.U8(4), v.U8(5), v.U16(6)
	d.Print("ICMP router advertisement lifetime ")
	d.PrintfIf(lifetime >= 3600, "%d:%02d:", lifetime/3600, lifetime/60%60)
	d.PrintfIf(lifetime >= 60 && lifetime < 3600, "%d:", lifetime/60)
	d.Printf(dissect.Pick(lifetime < 60, "%d %d:", "%02d %d:"), lifetime%60, n)
	if size != 2 {
		d.Printf(" [size %d]", size)
		return
	}
	for i := range n {
		d.Printf(" {%s %d}", d.IP4(v.Bytes(8+8*i, 4)), v.U32(12+8*i))
	}
}

// icmpLeast are the bytes that are wanted before anything of a message is printed.
var icmpLeast = map[int]int{11: 28, 14: 20}

var multiPartObjects = Names{1: "MPLS Stack Entry", 2: "Interface Identification"}

// multiPart prints what routers add to an error (RFC 4884), as the labels of MPLS (RFC 4950).
func multiPart(d *Context, v View) {
	version := v.U8(0) >> 4
	d.Printf("\n\tICMP Multi-Part extension v%d", version)
	if len(v.Data) >= v.Length {
		sum, right := v.U16(2), dissect.Checksum(0, v.Data[:v.Length]) == 0
		d.Printf(", checksum 0x%04x (%scorrect), length %d", sum, dissect.If(!right, "in"), v.Length)
	}
	for v = v.From(4); version == 2 && v.Length >= 4; {
		d.CutIf(len(v.Data) < 4)
		size, class, kind := v.U16(0), v.U8(2), v.U8(3)
		d.Printf("\n\t  %s Object (%d), Class-Type: %d, length %d", multiPartObjects.Of(class, "unknown"), class, kind, size)
		if size < 4 {
			return
		}
		if object := v.From(4).Limit(min(size-4, v.Length-4)); class == 1 && kind == 1 { // as tcpdump, of a stack the first
			d.CutIf(len(object.Data) < 4)
			d.Form(object.Cursor(0), "\n\t    label %4[0-19]d, tc %=[20-22]d%=[23]n, ttl %=[24-31]d", [2]string{"", ", [S]"})
		} else {
			d.Indented("\n\t    ", object.Data)
		}
		if v.Length < size {
			return
		}
		v = v.From(size)
	}
}

func clock(n int) string {
	ms := uint32(n)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// unreachable says what could not be reached, from the packet quoted, by the code.
var unreachable = dissect.ByCode(1, map[int]dissect.Printer{
	0: dissect.Form("ICMP net %4@24a unreachable"), 1: dissect.Form("ICMP host %4@24a unreachable"), 2: dissect.Form("ICMP %4@24a protocol %1@17d unreachable"),
	3: func(d *Context, c *Cursor) {
		v := c.View
		d.Printf("ICMP %s %s unreachable", d.IP4(v.Bytes(24, 4)), quotedPort(d, v.U8(17), v.U16(v.U8(8)&15*4+10)))
	},
	4: dissect.Form("ICMP %4@24a unreachable - need to frag%2@6n", Names{0: ""}.Or(" (mtu %d)")), 5: dissect.Form("ICMP %4@24a unreachable - source route failed"),
	6: dissect.Form("ICMP net %4@24a unreachable - unknown"), 7: dissect.Form("ICMP host %4@24a unreachable - unknown"), 8: dissect.Form("ICMP %4@24a unreachable - source host isolated"),
	9: dissect.Form("ICMP net %4@24a unreachable - admin prohibited"), 10: dissect.Form("ICMP host %4@24a unreachable - admin prohibited"),
	11: dissect.Form("ICMP net %4@24a unreachable - tos prohibited"), 12: dissect.Form("ICMP host %4@24a unreachable - tos prohibited"),
	13: dissect.Form("ICMP host %4@24a unreachable - admin prohibited filter"), 14: dissect.Form("ICMP host %4@24a unreachable - host precedence violation"),
	15: dissect.Form("ICMP host %4@24a unreachable - precedence cutoff"),
}, dissect.Form("ICMP %4@24a unreachable - #%1@1d"))

// quotedPort says what a port is of, in a packet that is quoted.
func quotedPort(d *Context, protocol, port int) string {
	if name := (Names{dissect.ProtoTCP: "tcp", dissect.ProtoUDP: "udp"}[protocol]); name != "" {
		return name + " port " + d.Port(port, name)
	}
	return fmt.Sprintf("protocol %d port %d", protocol, port)
}

// icmp6Messages are the messages by their types, which are printed with their heads.
var icmp6Messages = List{Loose: true, Values: Values{
	1: {"destination unreachable", 0, unreachable6}, 2: {"packet too big", 0, dissect.Form(", mtu %4@4d")},
	3: {"time exceeded in-transit", 0, dissect.ByCode(1, map[int]dissect.Printer{0: dissect.Form(" for %16@32a"), 1: dissect.Form(" (reassembly)")}, dissect.Form(", unknown code (%1@1d)"))},
	4: {"parameter problem", 0, icmp6Problem}, 128: {"echo request", 0, dissect.Form(", id %2@4d, seq %2@6d")}, 129: {"echo reply", 0, dissect.Form(", id %2@4d, seq %2@6d")},
	130: {"multicast listener query", 0, mldQuery}, 131: {"multicast listener report", 0, mldAddress}, 132: {"multicast listener done", 0, mldAddress},
	133: {"router solicitation", 0, neighborOptionsFrom(8)}, 134: {"router advertisement", 0, routerAdvertisement}, 135: {"neighbor solicitation", 0, dissect.Form(", who has %16@8a|%p", neighborOptionsFrom(24))},
	136: {"neighbor advertisement", 0, dissect.Form(", tgt is %16@8a|%1+{, Flags [%1@4n]}|%p", Flags{{0x80, "router"}, {0x40, "solicited"}, {0x20, "override"}}, neighborOptionsFrom(24))},
	137: {"redirect", 0, dissect.Form(", %16@24a to %16@8a|%p", neighborOptionsFrom(40))}, 138: {"router renumbering", 0, nil}, 139: {"who-are-you request", 0, nodeInformation}, 140: {"who-are-you reply", 0, nodeInformation},
	141: {"inverse neighbor solicitation", 0, nil}, 142: {"inverse neighbor advertisement", 0, nil}, 143: {"multicast listener report v2", 0, dissect.Form(", %2@6d group record(s)|%1+{%p}", mldGroups)},
	144: {"ha discovery request", 0, dissect.Form(", id 0x%2@4x")}, 145: {"ha discovery reply", 0, dissect.Form("%1+{, id 0x%2@4x|%8_%p}", homeAgents)}, 146: {"mobile router solicitation", 0, dissect.Form(", id 0x%2@4x")},
	147: {"mobile router advertisement", 0, dissect.Form("%1+{, id 0x%2@4x|%1@6[0-1]n|%p}", Names{0: "", 1: " O", 2: " M", 3: " MO"}, neighborOptionsFrom(8))}, 155: {"RPL", 0, rpl}, 200: {"mtrace response", 0, nil}, 201: {"mtrace message", 0, nil},
}}

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
		d.Verify(h.PseudoHeader(dissect.ProtoICMPv6, v.Length), v.Data[:v.Length], v.U16(2), "[icmp6 sum ok] ", "[bad icmp6 cksum 0x%04x -> 0x%04x!] ")
	}
	d.Printf("ICMP6, %s", icmp6Messages.Values.Name(kind, "unknown icmp6 type (%d)"))
	d.PrintfIf(d.Verbose > 0 && (kind >= 133 && kind <= 137 || kind == 145 || kind == 147), ", length %d", v.Length)
	v.U8(1)
	if _, known := icmp6Messages.Values[kind]; !known {
		d.Printf(", length %d", v.Length)
		if d.Verbose < 2 {
			d.RawLines(v)
		}
		return
	}
	if d.Try(func() { icmp6Messages.Value(d, kind, v) }) {
		d.PrintfIf(d.Verbose == 0, ", length %d", v.Length)
	}
}

func icmp6Problem(d *Context, c *Cursor) {
	d.CutIf(len(c.Data) < 48) // up to the destination of the packet in it
	if what, known := (Names{0: "erroneous", 1: "next header", 2: "option", 3: "incomplete header chain"})[c.View.U8(1)]; known {
		d.Form(c, ", "+what+" - octet %4@4d")
	} else {
		d.Form(c, ", code-#%1@1d")
	}
}

// mldAddress prints what messages of version 1 are about, if it is captured.
func mldAddress(d *Context, c *Cursor) {
	if len(c.Data) >= 24 {
		d.Form(c, "max resp delay: %2@4d addr: %16@8a")
	}
}

// floating reads a number that may have an exponent of three bits before a mantissa of some bits (RFC 3810, 5.1.3).
func floating(n, bits int) int {
	if n < 8<<bits {
		return n
	}
	return (n&(1<<bits-1) | 1<<bits) << (n>>bits&7 + 3)
}

// mldQuery prints a query of version 2 (RFC 3810).
func mldQuery(d *Context, c *Cursor) {
	v := c.View
	if v.Length < 28 {
		mldAddress(d, c)
		return
	}
	d.Print(" v2")
	delay := floating(v.U16(4), 12)
	d.PrintfIf(d.Verbose > 0, " [max resp delay=%d]", delay)
	d.Form(c, " [gaddr %16@8a|%1+{%1@24[4]n%=[5-7]n|%1@25n}", [2]string{"", " sflag"}, Names{0: ""}.Or(" robustness=%d"), func(n int) string {
		return dissect.If(n != 0, fmt.Sprintf(" qqi=%d", floating(n, 4)))
	})
	if n := v.U16(26); v.Length < 28+16*n {
		d.Print(" [invalid number of sources]")
	} else if n > 0 {
		Sources(d, v.From(28), n, 16)
	}
	d.Print("]")
}

// Sources prints how many sources there are of addresses of some bytes, and with -vv which.
func Sources(d *Context, v View, n, size int) {
	if d.Verbose < 2 {
		d.Printf(", %d source(s)", n)
		return
	}
	d.Print(" {")
	for i := range n {
		d.Printf(" %s", d.Address(v.Bytes(size*i, size)))
	}
	d.Print(" }")
}

// unreachable6 says what could not be reached, from the packet quoted, by the code; rejected if that is not known.
var unreachable6 = dissect.ByCode(1, map[int]dissect.Printer{0: dissect.Form(", unreachable route| %16@32a"), 1: dissect.Form(",  unreachable prohibited| %16@32a"),
	2: dissect.Form(", beyond scope| %16@32a|, source address %16@16a"), 3: dissect.Form(", unreachable address| %16@32a"), 4: func(d *Context, c *Cursor) {
		d.Print(", unreachable port")
		v := c.View
		d.Printf(", %s %s", d.IP6(v.Bytes(32, 16)), quotedPort(d, v.U8(14), v.U16(50)))
	}}, func(d *Context, c *Cursor) {
	d.Form(c, ", unknown unreach code (%1@1d)")
	if d.Verbose < 2 {
		d.RawLines(c.View)
	}
	dissect.Reject()
})

// mldGroups prints the groups of a listener report of version 2 (RFC 3810).
func mldGroups(d *Context, c *Cursor) { GroupRecords(d, c.View, 16, true, " [v2-report-#%d]") }

// GroupRecords prints the groups of a report of listeners with the addresses of their sources, which have some bytes, and behind which
// may be other words, if they are to be read over.
func GroupRecords(d *Context, v View, size int, words bool, unknown string) {
	names := Names{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}
	head := 4 + size
	at := 8
	for range v.U16(6) {
		if v.Length < at+head {
			d.Print(" [invalid number of groups]")
			return
		}
		sources := v.U16(at + 2)
		d.Printf(" [gaddr %s %s", d.Address(v.Bytes(at+4, size)), names.Of(v.U8(at), unknown))
		if v.Length < at+head+size*sources {
			d.Printf(" [invalid number of sources %d]", sources)
			return
		}
		Sources(d, v.From(at+head), sources, size)
		d.Print("]")
		if words {
			at += 4 * v.U8(at+1)
		}
		at += head + size*sources
	}
}

// homeAgents prints the addresses in the reply of a discovery (RFC 6275).
func homeAgents(d *Context, c *Cursor) {
	for c.At < len(c.Data) {
		d.Form(c, ", %16a")
	}
}

func routerPreference(n int) string { return [4]string{"medium", "high", "reserved", "low"}[n] }

// routerAdvertisement prints what a router announces (RFC 4861).
var routerAdvertisement = dissect.Form("%1+{\n\thop limit %1@4d, Flags [%1@5n], pref %=[3-4]n, router lifetime %2@6ds, reachable time %4@8dms, retrans timer %4@12dms|%p}",
	Flags{{0x80, "managed"}, {0x40, "other stateful"}, {0x20, "home agent"}}, routerPreference, neighborOptionsFrom(16))

// neighborOptions are the options of neighbor discovery, which are printed with their heads.
var neighborOptions = List{Head: 2, Least: 2, Open: true, Ends: dissect.CutThere, Bytes: "\n\t  ", More: "\n\t    ", Skip: 2,
	Read: func(c *Cursor) (kind, size int) {
		units := c.View.U8(c.At + 1)
		return c.View.U8(c.At), dissect.Pick(units == 0, -1, 8*units)
	},
	Title: func(d *Context, kind int, name string, size int) {
		d.Printf("\n\t  %s option (%d), length %d (%d): ", name, kind, size, size/8)
	}, Other: "unknown", When: dissect.IfCaptured,
	Cut: func(d *Context, f dissect.Fault) { d.CutIf(f.Size != dissect.HeadMissing || len(f.Rest.Data) > 0) },
	Values: Values{
		1: {"source link-address", 0, dissect.Form("%2_%*v", dissect.MAC)}, 2: {"destination link-address", 0, dissect.Form("%2_%*v", dissect.MAC)},
		3: {"prefix info", 0, dissect.Form("%16@16a/%1@2d, Flags [%1@3n], valid time %4@4n, pref. time %4@8n", Flags{{0x80, "onlink"}, {0x40, "auto"}, {0x20, "router"}}, lifetime, lifetime)},
		4: {"redirected header", 0, nil}, 5: {"mtu", 0, dissect.Form(" %4@4d")}, 7: {"advertisement interval", 0, dissect.Form(" %4@4dms")}, 8: {"homeagent information", 0, dissect.Form(" preference %2@4d, lifetime %2@6d")},
		24: {"route info", 0, func(d *Context, c *Cursor) {
			prefix := make([]byte, 16)
			copy(prefix, c.Data[8:])
			d.Printf(" %s", d.IP6(prefix))
			d.Form(c, "/%1@2d, pref=%1@3[3-4]n, lifetime=%4@4n", routerPreference, lifetime)
		}},
		25: {"rdnss", 0, dissect.Form(" lifetime %4@4ds,%8_|%p", dissect.Every(16, "", dissect.Form(" addr: %16a")))},
		31: {"dnssl", 0, func(d *Context, c *Cursor) {
			d.Form(c, " lifetime %4@4ds, domain(s):")
			c.At = 8
			d.Try(func() {
				for c.Left() > 0 && c.View.U8(c.At) != 0 {
					d.Form(c, " %p", dissect.Domain)
				}
			})
		}},
	}}

// neighborOptionsFrom makes a printer of options behind so many bytes, for -v.
func neighborOptionsFrom(at int) dissect.Printer {
	return dissect.Form("%1+{%p}", func(d *Context, c *Cursor) { neighborOptions.Print(d, c.View.Cursor(at)) })
}

// lifetime writes seconds, of which the largest number means for ever.
func lifetime(seconds int) string {
	return dissect.Pick(uint32(seconds) == 1<<32-1, "infinity", fmt.Sprintf("%ds", uint32(seconds)))
}

// nodeInformation prints what a node is asked or says about itself (RFC 4620).
func nodeInformation(d *Context, c *Cursor) {
	const query, header = 139, 16
	v := c.View
	kind, code := v.U8(0), v.U8(1)
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
	if kind != query {
		d.Print(Names{0: dissect.If(d.Verbose > 0, "success, "), 1: "refused", 2: "unknown"}.Of(code, ""))
		if code != 0 {
			d.Print(")")
			return
		}
	}
	d.Print(Names{0: "noop", 1: "supported qtypes", 2: "DNS name", 3: "node addresses"}.Of(asked, "unknown"))
	for at := header; asked == 3 && kind != query && at+20 <= whole; at += 20 {
		d.Printf(" %s(%d)", d.IP6(v.Bytes(at+4, 16)), v.U32(at))
	}
	if letters, known := (map[int]Flags{1: {{1, "C"}}, 3: {{0x40, "a"}, {0x20, "G"}, {0x10, "S"}, {0x08, "L"}, {0x04, "C"}, {0x02, "A"}}})[asked]; known {
		d.PrintfIf(bits != 0, " [%s]", letters.Letters(bits))
	}
	if kind == query && asked > 1 {
		nodeSubject(d, v, code, whole-header)
	}
	d.Print(")")
}

// nodeSubject prints whom a query is about, in n bytes.
func nodeSubject(d *Context, v View, code, n int) {
	const header = 16
	size, address := map[int]int{0: 16, 2: 4}[code]
	switch {
	case n == 0:
		d.Print(", 03 draft")
	case address && n == size:
		d.Printf(", subject=%s", d.Address(v.Bytes(header, size)))
	case address:
		d.If(d.Verbose > 0, ", invalid subject len")
	case code == 1:
		d.Print(", subject=DNS name, \"")
		d.Try(func() { dissect.Domain(d, v.Cursor(header)) })
		d.Print("\"")
	default:
		d.Print(", unknown subject")
	}
}

// rpl prints what nodes of a network of low power say to find routes (RFC 6550).
func rpl(d *Context, c *Cursor) {
	code := c.View.U8(1)
	d.Printf(", (%s)%s", dissect.Pick(code&0x80 != 0, "SEC", "CLR"), rplMessages.Values.Name(code&0x7f, "RPL message, unknown code %d"))
	if d.Verbose > 0 && code&0x80 == 0 {
		rplMessages.Value(d, code, c.From(4))
	}
}

// rplMessages are these messages.
var rplMessages = List{Loose: true, Values: Values{
	0: {"DODAG Information Solicitation", 0, nil},
	1: {"DODAG Information Object", 0, dissect.Form(" [dagid:%16@8v,seq:%1@5d,instance:%1@0d,rank:%2@2d,%1@4[0]nmop:%=[2-4]n,prf:%=[5-7]d]", rplIdentity, [2]string{"", "grounded,"}, Names{0: "nonstoring", 1: "storing", 2: "nonstoring-multicast", 3: "storing-multicast"}.Or("mop%d"))},
	2: {"Destination Advertisement Object", 0, rplIf(0x40, " [dagid:%16@4v,seq:%1@3d,instance:%1@0d%1@1[0]n%=[1]n,%=x]", rplIdentity, [2]string{"", ",acK"}, [2]string{"", ",Dagid"})},
	3: {"Destination Advertisement Object Ack", 0, rplIf(0x80, " [dagid:%16@4v,seq:%1@2d,instance:%1@0d,status:%1@3d]", rplIdentity)},
}}

func rplIdentity(b []byte) string { return dissect.IP6Text(b) }

// rplIf makes a printer of a form with an identity, which is left out where a bit is not set.
func rplIf(bit int, form string, tables ...any) dissect.Printer {
	return func(d *Context, c *Cursor) {
		if c.View.U8(1)&bit != 0 {
			d.Form(c, form, tables...)
		} else {
			d.Form(c, strings.Replace(form, "%16@4v", "<elided>", 1), tables[1:]...)
		}
	}
}
