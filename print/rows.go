package print

import (
	"bpfc/linktype"
	"bpfc/print/internal/application"
	"bpfc/print/internal/dissect"
	"bpfc/print/internal/internet"
	"bpfc/print/internal/link"
	"bpfc/print/internal/old"
	"bpfc/print/internal/routing"
	"bpfc/print/internal/transport"
)

// rows are all dissectors, each with the table and the numbers that it is found by.
func rows() []dissect.Row {
	linkType, ether, sap, cisco, bridged, ppp := in(dissect.ByLinkType), in(dissect.ByEtherType), in(dissect.BySAP), in(dissect.ByCisco), in(dissect.ByBridged), in(dissect.ByPPP)
	nlpid, ip, ipv4, ipv6, tcp, udp := in(dissect.ByNLPID), in(dissect.ByIP), in(dissect.ByIPv4), in(dissect.ByIPv6), in(dissect.ByTCP), in(dissect.ByUDP)
	udpTo, udpFrom, forcedUDP, forcedTCP, named := in(dissect.ByUDPTo), in(dissect.ByUDPFrom), forced(dissect.ByForcedUDP), forced(dissect.ByForcedTCP), in(dissect.ByName)
	return []dissect.Row{
		linkType(link.Null, 0, 108), linkType(link.Ethernet, 1), linkType(link.TokenRing, 6), linkType(link.PPPLink, 9, 166),
		linkType(link.FDDI, 10), linkType(link.Raw, 12, 14, 228, 229), linkType(link.PPPHDLC, 50), linkType(link.PPPoELink, 51),
		linkType(link.CHDLC, 104, 112), linkType(link.WLAN, 105), linkType(link.SLL, 113), linkType(link.PFLog, 117),
		linkType(link.Prism, 119), linkType(link.Radiotap, 127), linkType(link.AVS, 163), linkType(link.USB48, 189),
		linkType(link.USB64, 220), linkType(link.ARCnet, 7), linkType(link.SLIP, 8), linkType(link.ATM, 11), linkType(link.SLIPBSDOS, 15),
		linkType(link.PPPBSDOS, 16), linkType(link.CIP, 19), linkType(link.Symantec, 99), linkType(link.FrameRelayLink, 107),
		linkType(link.ENC, 109), linkType(link.IPFC, 122), linkType(link.SunATM, 123), linkType(link.ARCnetLinux, 129),
		linkType(link.Juniper, 130, 131, 132, 133, 134, 135, 136, 137, 164, 167, 168, 178, 179, 180, 181), linkType(link.AP1394, 138),
		linkType(link.PKTAP, 149, 258), linkType(link.MFR, 182), linkType(link.PPI, 192), linkType(link.CHDLCDirected, 205), // tcpdump has none
		linkType(link.IPNet, 226), linkType(link.NFLog, 239), linkType(link.NetAnalyzer, 240), linkType(link.NetAnalyzerTransparent, 241),
		linkType(link.IPOIB, 242), linkType(link.SLL2, 276), linkType(link.BroadcomTag, 281), linkType(link.BroadcomPrepended, 282),
		linkType(link.DSA, 284), linkType(link.EDSA, 285), linkType(link.WPAN, 195, 230), linkType(link.WPANTap, 283),

		ether(internet.IPv4, dissect.TypeIP), ether(internet.IPv6, dissect.TypeIPv6), ether(internet.ARP, dissect.TypeARP, 0x8035),
		ether(internet.MPLS, dissect.TypeMPLS, dissect.TypeMPLSMulti), ether(link.PPPoE, 0x8863, dissect.TypePPPoES),
		ether(link.LLDP, 0x88cc), ether(link.EAPOL, 0x888e), ether(link.Slow, 0x8809), ether(old.DECnet, 0x6003),
		ether(dissect.Says("(NOV-ETHII) ", old.IPX), 0x8137), ether(internet.ISOBehindEthernet, dissect.TypeISO), ether(link.AoE, 0x88a2),
		ether(link.PTP, 0x88f7), ether(link.GeoNet, 0x8947, 0x0707), ether(link.CALMFast, 0x1111), ether(link.Loopback, 0x9000),
		ether(old.TIPC, 0x88ca), ether(old.AARP, 0x80f3), ether(link.PPPBehindEthernet, dissect.TypePPP), ether(internet.NSH, 0x894f),
		ether(link.NLB, 0x886f), ether(link.CFM, 0x8902, 0xabcd), ether(link.MPCP, 0x8808), ether(old.AppleTalk, 0x809b),

		sap(link.STP, 0x42), sap(internet.IPv4, 0x06), sap(old.IPXBehindLLC, 0xe0), sap(internet.ISO, 0xfe), cisco(link.STP, 0x010b), // a spanning tree for each VLAN
		cisco(link.UDLD, 0x0111), cisco(link.CDP, 0x2000), cisco(link.VTP, 0x2003), cisco(link.DTP, 0x2004), bridged(link.Bridged, 1, 7),
		bridged(link.STP, 14),

		ppp(link.PPPControl, dissect.PPPLCP, dissect.PPPIPCP, dissect.PPPIPv6CP, dissect.PPPCCP, 0x8023, 0x8281, dissect.PPPBACP),
		ppp(link.MLPPP, 0x003d), ppp(link.PPPCHAP, dissect.PPPCHAP), ppp(link.PPPPAP, dissect.PPPPAP),
		ppp(dissect.Nested(internet.IPv4), 0x0021, 0x002f, dissect.TypeIP), ppp(dissect.Nested(internet.IPv6), 0x0057, dissect.TypeIPv6),
		ppp(old.IPX, 0x002b, 0x8137), ppp(internet.ISO, 0x0023), ppp(dissect.Nested(internet.MPLS), 0x0281, 0x0283),
		ppp(dissect.Says("compressed PPP data", nil), 0x00fd),

		nlpid(internet.CLNP, dissect.NLPIDCLNP), nlpid(internet.ESIS, dissect.NLPIDESIS), nlpid(routing.ISIS, dissect.NLPIDISIS),
		nlpid(dissect.Nested(dissect.Behind(1, internet.IPv4)), 0xcc), nlpid(dissect.Nested(dissect.Behind(1, internet.IPv6)), 0x8e),
		nlpid(dissect.Nested(dissect.Behind(1, link.PPP)), 0xcf),

		ip(transport.TCP, dissect.ProtoTCP), ip(transport.UDP, dissect.ProtoUDP), ipv4(internet.ICMP, dissect.ProtoICMP),
		ipv6(dissect.Says("[ICMP requires IPv4] (invalid)", nil), dissect.ProtoICMP), ipv6(internet.ICMP6, dissect.ProtoICMPv6),
		ipv4(dissect.Says("[ICMPv6 requires IPv6] (invalid)", nil), dissect.ProtoICMPv6), ipv4(routing.IGMP, 2),
		ipv6(dissect.Says("[IGMP requires IPv4] (invalid)", nil), 2), ip(transport.SCTP, dissect.ProtoSCTP),
		ip(transport.DCCP, dissect.ProtoDCCP), ip(dissect.Says("no next header", nil), 59), ip(routing.RSVP, 46),
		ip(transport.PGM, dissect.ProtoPGM), ip(old.IGRP, 9), ip(old.EGP, 8), ip(internet.MobileIP, 55), ip(old.IPComp, 108), ip(dissect.Nested(internet.IPv4), 4),
		ip(dissect.Nested(internet.IPv6), 41), ip(dissect.Nested(internet.GRE), 47), ip(internet.ESP, 50),
		ip(routing.VRRP, dissect.ProtoVRRP), ip(internet.AH, 51), ipv4(routing.OSPF, 89), ipv6(routing.OSPF3, 89),
		ip(routing.PIM, dissect.ProtoPIM), ip(routing.EIGRP, dissect.ProtoEIGRP), ipv6(dissect.Nested(link.Ethernet), dissect.ProtoEther),
		ipv4(dissect.Says("[Ethernet requires IPv6] (invalid)", nil), dissect.ProtoEther),

		tcp(application.SSH, 22), tcp(application.Telnet, 23), tcp(application.SMTP, 25), tcp(application.WHOIS, 43), tcp(routing.BGP, 179),
		tcp(application.PPTP, 1723), tcp(application.RESP, 6379), tcp(application.OpenFlow, 6633, 6653), tcp(application.FTP, 21),
		tcp(application.HTTP, 80, 8080), tcp(application.RTSP, 554, 8554), tcp(application.DNSOverTCP, 53), tcp(application.RPKI, 323),
		tcp(routing.LDP, 646), tcp(application.NFSOverTCP, application.NFSPort),

		udp(application.DNS, 53), udp(application.MDNS, 5353), udp(old.Timed, 525), udp(application.TFTP, 69),
		udp(application.BOOTP, 67, 68), udp(routing.RIP, 520), udp(routing.AODV, 654), udp(application.ISAKMP, 500),
		udp(internet.ESPInUDP, 4500), udp(application.ISAKMP, 7500, 8500), udp(application.NTP, 123), udp(application.Kerberos, 88, 750),
		udpTo(application.Whiteboard, 4567), udp(link.L2TP, 1701), udp(application.SNMP, 161, 162), udp(old.Zephyr, 2103, 2104),
		udp(application.Rx, 7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009), udp(routing.RIPng, 521),
		udp(application.DHCP6, 546, 547), udp(routing.Babel, 6696, 6697), udp(application.HNCP, 8231), udp(routing.AutoRP, 496),
		udp(application.RADIUS, 1645, 1812, 1646, 1813, 1700, 3799), udpTo(routing.HSRP, 1985), udp(routing.LDP, 646),
		udp(routing.OLSR, 698), udpFrom(application.BCMLI, 49152), udpTo(routing.BFDControl, 3784), udpTo(routing.BFDMultihop, 4784),
		udpTo(routing.BFDLag, 6784), udpTo(routing.BFDEcho, 3785), udp(routing.LMP, 701), udpTo(application.LWAPPToController, 12223),
		udpFrom(application.LWAPPFromController, 12223), udp(application.LWAPP, 12222), udp(application.LWRes, 921),
		udp(application.SFlow, 6343), udp(application.Syslog, 514), udp(internet.OTV, 8472), udp(internet.VXLAN, 4789),
		udp(internet.Geneve, 6081), udp(internet.MPLS, 6635), udp(routing.LISP, 4342), udp(internet.VXLANGPE, 4790),
		udp(application.SomeIP, 30490), udp(link.PTP, 319, 320), udp(application.AHCP, 5359), udp(routing.LSPPing, 3503),
		udp(application.SIP, 5060), udp(application.VQP, 1589),

		forcedUDP(routing.AODV, "aodv"), forcedUDP(application.NetFlow, "cnfp"), forcedUDP(application.DNS, "domain"),
		forcedUDP(routing.LMP, "lmp"), forcedUDP(transport.PGM, "pgm", "pgm_zmtp1"), forcedUDP(link.PTP, "ptp"),
		forcedUDP(application.RADIUS, "radius"), forcedUDP(application.RTCP, "rtcp"), forcedUDP(application.RTP, "rtp"),
		forcedUDP(application.RPC, "rpc"), forcedUDP(application.SNMP, "snmp"), forcedUDP(application.SomeIP, "someip"),
		forcedUDP(application.TFTP, "tftp"), forcedUDP(application.VAT, "vat"), forcedUDP(internet.VXLAN, "vxlan"),
		forcedUDP(application.Whiteboard, "wb"), forcedTCP(application.DNSOverTCP, "domain"), forcedTCP(application.RESP, "resp"),
		forcedTCP(application.ZMTP, "zmtp1"),

		named(application.ZMTPPart, dissect.NameZMTPPart), named(application.SNMP, dissect.NameSNMP), named(link.EAP, dissect.NameEAP), named(old.KIP, dissect.NameKIP),
		named(application.ForCES, dissect.NameForCES), named(application.NFSOverUDP, dissect.NameNFS), named(link.PPP, dissect.NamePPP),
		named(internet.ISO, dissect.NameISO), named(old.IPX, dissect.NameIPX),
	}
}

// in makes a function for rows of a table.
func in(t dissect.Table) func(f dissect.Dissector, numbers ...int) dissect.Row {
	return func(f dissect.Dissector, numbers ...int) dissect.Row {
		return dissect.Row{Table: t, Print: f, Numbers: numbers}
	}
}

// forced makes a function for rows of a table of protocols that are forced, by their names.
func forced(t dissect.Table) func(f dissect.Dissector, names ...string) dissect.Row {
	return func(f dissect.Dissector, names ...string) dissect.Row {
		row := dissect.Row{Table: t, Print: f}
		for _, name := range names {
			row.Numbers = append(row.Numbers, dissect.ForcedByName(name))
		}
		return row
	}
}

// shortLinks are link-layer types that tcpdump prints and we do not, with the bytes that it has to see before it prints
// more than that they are not there. The other types that are in no table, tcpdump does not print either.
var shortLinks = map[linktype.Type]struct {
	proto string
	size  int
}{
	114: {"llap", 3},
	271: {"vsock", 32},
}

// printLink prints from the link-layer header on.
func printLink(d *dissect.Context, linkType linktype.Type, v dissect.View) {
	if d.Next(dissect.ByLinkType, int(linkType), v) {
		return
	}
	if short, ok := shortLinks[linkType]; ok && len(v.Data) < short.size {
		d.Proto = short.proto
		d.Mark()
		return
	}
	if link.ByLayout(d, v, linkType) {
		return
	}
	d.Print("UNSUPPORTED")
	d.HexAndText("\n\t", v)
}
