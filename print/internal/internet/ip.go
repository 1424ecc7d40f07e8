package internet

import (
	"fmt"
	"net/netip"

	"bpfc/print/internal/dissect"
)

var ipProtocols = Names{
	protoMobilityOld: "Mobile IP (old)",
	0:                "Options", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 8: "EGP", 9: "IGRP", 17: "UDP", 33: "DCCP", 41: "IPv6", 43: "Routing",
	44: "Fragment", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 55: "Mobile IP", 58: "ICMPv6", 88: "EIGRP",
	89: "OSPF", 103: "PIM", 108: "Compressed IP", 112: "VRRP", 113: "PGM", 132: "SCTP", 135: "Mobility", dissect.ProtoEther: "Ethernet",
}

// IPv4 prints an IPv4 packet (RFC 791).
func IPv4(d *Context, v View) {
	d.Proto = "ip"
	if len(v.Data) == 0 { // unlike what follows, the version is read without a look at the length
		panic(dissect.Truncated{Whole: true})
	}
	version := v.U8(0) >> 4
	d.LeaveIf(version == 6, "IP6, wrong link-layer encapsulation (invalid)")
	d.LeaveIf(version != 4, "IP%d (invalid)", version)
	d.If(!d.LinkHeader, "IP ")
	v.Need(20)
	d.StopIf(v.Length < 20, "truncated-ip %d", v.Length)
	hlen, length := v.U8(0)&15*4, v.U16(2)
	d.StopIf(hlen < 20, "bad-hlen %d", hlen)
	d.PrintfIf(v.Length < length, "truncated-ip - %d bytes missing! ", length-v.Length)
	d.StopIf(length < hlen, "bad-len %d", length)
	v = v.Limit(length)
	offset := v.U16(6)
	h := d.NewIPHeader()
	*h = dissect.IPHeader{Version: 4, Src: v.Bytes(12, 4), Dst: v.Bytes(16, 4), Protocol: v.U8(9), TTL: v.U8(8), Known: true, Fragment: offset&0x3fff != 0}
	if d.Layers != nil {
		d.Layer("ip", "version", 4, "src", ipText(h.Src), "dst", ipText(h.Dst), "protocol", h.Protocol, "ttl", h.TTL, "tos", v.U8(1), "id", v.U16(4),
			"dont_fragment", offset&0x4000 != 0, "more_fragments", offset&0x2000 != 0, "fragment_offset", offset&0x1fff*8, "length", length)
	}
	if d.Verbose > 0 {
		ipv4Header(d, v, hlen, length, offset)
	}
	if offset&0x1fff != 0 || !portsFirst(h.Protocol) {
		d.Between(h)
	}
	if offset&0x1fff != 0 {
		d.Print(protocolName(d, h.Protocol, false))
		return
	}
	d.PrintfIf(len(v.Data) < hlen, " [remaining caplen(%d) < header length(%d)]", len(v.Data), hlen)
	v.Need(hlen)
	transport(d, v.From(hlen), h.Protocol, h)
}

// ipText writes an address as a number.
func ipText(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return dissect.AddressText(a)
}

// portsFirst tells the protocols that print addresses themselves, with ports.
func portsFirst(protocol int) bool {
	return protocol == dissect.ProtoTCP || protocol == dissect.ProtoUDP || protocol == dissect.ProtoSCTP || protocol == dissect.ProtoDCCP
}

// protocolName gives the name of a protocol, where names are wanted, or its number; Sun's nd has a name in any case, if it is not a fragment's.
func protocolName(d *Context, protocol int, nd bool) string {
	if name := d.ProtocolName(protocol); name != "" {
		return name
	}
	return dissect.Pick(nd && protocol == 77, "nd", fmt.Sprintf("ip-proto-%d", protocol))
}

var (
	ecnNames  = [4]string{"", ",ECT(1)", ",ECT(0)", ",CE"}
	fragFlags = Flags{{0x2000, "+"}, {0x4000, "DF"}, {0x8000, "rsvd"}}
)

// ipv4Header prints the header in parentheses, for -v.
func ipv4Header(d *Context, v View, hlen, length, offset int) {
	d.Printf("(tos 0x%x%s", v.U8(1), ecnNames[v.U8(1)&3])
	d.PrintfIf(v.U8(8) > 0, ", ttl %d", v.U8(8))
	d.Printf(", id %d, offset %d, flags [%s], proto %s (%d), length %d", v.U16(4), offset&0x1fff*8,
		fragFlags.Of(offset, ", "), ipProtocols.Of(v.U8(9), "unknown"), v.U8(9), length)
	cut := false
	if hlen > 20 {
		d.Print(", options (")
		cut = !d.Try(func() { ipv4Options(d, v, hlen) })
		d.If(cut, " [truncated-option]")
		d.Print(")")
	}
	if len(v.Data) >= hlen && !d.IgnoreChecksums {
		d.Verify(0, v.Data[:hlen], v.U16(10), "", ", bad cksum %x (->%x)!")
	}
	d.Print(")" + dissect.Pick(d.OneLineIP, " ", "\n    "))
	if cut {
		d.Printf("%s > %s: ", d.IP4(v.Bytes(12, 4)), d.IP4(v.Bytes(16, 4)))
		d.Cut()
	}
}

var ipOptions = Names{0: "EOL", 1: "NOP", 7: "RR", 68: "timestamp", 130: "security", 82: "traceroute", 131: "LSRR", 137: "SSRR", 148: "RA"}

// ipv4Options prints options; rejected if they are cut.
func ipv4Options(d *Context, v View, hlen int) {
	for at, kind := 20, -1; kind != 0 && at < hlen; {
		d.If(at > 20, ",")
		n := 1
		kind = v.U8(at)
		d.Print(ipOptions.Of(kind, "unknown %d"))
		if kind > 1 {
			v.Need(at + 2)
			if n = v.U8(at + 1); n < 2 || at+n > hlen {
				d.Printf(" [bad length %d]", n)
				return
			}
		}
		dissect.RejectIf(at+n > len(v.Data))
		switch option := dissect.NewView(v.From(at).Data, n); kind {
		case 68:
			timestamps(d, option)
		case 7, 131, 137:
			optionRoute(d, option)
		case 148:
			d.Form(option.Cursor(0), dissect.Pick(n < 4, " [bad length %1@1d]", "%2@2n"), Names{0: ""}.Or(" value %d"))
		}
		at += n
	}
}

// optionRoute prints the route in an option; rejected if it is cut.
func optionRoute(d *Context, v View) {
	if v.Length < 3 {
		d.Printf(" [bad length %d]", v.Length)
		return
	}
	d.PrintfIf((v.Length+1)%4 != 0, " [bad length %d]", v.Length)
	pointer := v.U8(2) - 1
	d.PrintfIf(pointer < 3 || (pointer+1)%4 != 0, " [bad ptr %d]", pointer+1)
	for at := 3; at < v.Length; at += 4 {
		dissect.RejectIf(at+4 > len(v.Data))
		d.Printf(" %s%s", d.IP4(v.Bytes(at, 4)), dissect.If(pointer < 0 || pointer > at, ",")) // as tcpdump, which has no negative numbers here
	}
}

// transport prints the payload of an IP packet.
func transport(d *Context, v View, protocol int, h *dissect.IPHeader) {
	d.IP = h
	if !d.Next(dissect.Pick(h.Version == 6, dissect.ByIPv6, dissect.ByIPv4), protocol, v) && !d.Next(dissect.ByIP, protocol, v) {
		d.Printf(" %s %d", protocolName(d, protocol, true), v.Length)
	}
}

// timestamps prints an option with times, each perhaps behind the address of who put it there (RFC 781); rejected if it is cut.
func timestamps(d *Context, v View) {
	n := v.Length
	if n < 4 {
		d.Printf("[bad length %d]", n)
		return
	}
	d.Print(" TS{")
	kind, at := v.U8(3)&15, 4
	size := dissect.Pick(kind == 0, 4, 8)
	d.PrintfIf((n-4)%size != 0, "[bad length %d]", n)
	pointer := v.U8(2) - 1
	d.PrintfIf(pointer < 4 || (pointer-4)%size != 0 || pointer > n+1, "[bad ptr %d]", pointer+1)
	name := Names{0: "TSONLY", 1: "TS+ADDR", 3: "PRESPEC"}[kind]
	d.PrintfIf(name == "", "[bad ts type %d]", kind)
	d.Print(name)
	for ; name != "" && at < n; at += size {
		dissect.RejectIf(len(v.Data) < at+size)
		d.Print(dissect.Pick(at == pointer, " ^ ", " "))
		d.Printf("%d@", v.U32(at+size-4))
		if size == 8 {
			d.Print(d.IP4(v.Bytes(at, 4)))
		}
	}
	d.If(pointer == at, " ^ ")
	d.Form(v.Cursor(3), "%1[0-3]n", Names{0: "}"}.Or(" [%d hops not recorded]} "))
}
