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
	return []dissect.Row{
		{dissect.ByLinkType, link.Null, []int{0, 108}},
		{dissect.ByLinkType, link.Ethernet, []int{1}},
		{dissect.ByLinkType, link.TokenRing, []int{6}},
		{dissect.ByLinkType, link.PPPLink, []int{9, 166}},
		{dissect.ByLinkType, link.FDDI, []int{10}},
		{dissect.ByLinkType, link.Raw, []int{12, 14, 228, 229}},
		{dissect.ByLinkType, link.PPPHDLC, []int{50}},
		{dissect.ByLinkType, link.PPPoELink, []int{51}},
		{dissect.ByLinkType, link.CHDLC, []int{104, 112}},
		{dissect.ByLinkType, link.WLAN, []int{105}},
		{dissect.ByLinkType, link.SLL, []int{113}},
		{dissect.ByLinkType, link.PFLog, []int{117}},
		{dissect.ByLinkType, link.Prism, []int{119}},
		{dissect.ByLinkType, link.Radiotap, []int{127}},
		{dissect.ByLinkType, link.AVS, []int{163}},
		{dissect.ByLinkType, link.USB48, []int{189}},
		{dissect.ByLinkType, link.USB64, []int{220}},
		{dissect.ByLinkType, link.ARCnet, []int{7}},
		{dissect.ByLinkType, link.SLIP, []int{8}},
		{dissect.ByLinkType, link.ATM, []int{11}},
		{dissect.ByLinkType, link.SLIPBSDOS, []int{15}},
		{dissect.ByLinkType, link.PPPBSDOS, []int{16}},
		{dissect.ByLinkType, link.CIP, []int{19}},
		{dissect.ByLinkType, link.Symantec, []int{99}},
		{dissect.ByLinkType, link.FrameRelayLink, []int{107}},
		{dissect.ByLinkType, link.ENC, []int{109}},
		{dissect.ByLinkType, link.IPFC, []int{122}},
		{dissect.ByLinkType, link.SunATM, []int{123}},
		{dissect.ByLinkType, link.ARCnetLinux, []int{129}},
		{dissect.ByLinkType, link.Juniper, []int{130, 131, 132, 133, 134, 135, 136, 137, 164, 167, 168, 178, 179, 180, 181}},
		{dissect.ByLinkType, link.AP1394, []int{138}},
		{dissect.ByLinkType, link.PKTAP, []int{149, 258}},
		{dissect.ByLinkType, link.MFR, []int{182}},
		{dissect.ByLinkType, link.PPI, []int{192}},
		{dissect.ByLinkType, link.CHDLCDirected, []int{205}}, // tcpdump has none
		{dissect.ByLinkType, link.IPNet, []int{226}},
		{dissect.ByLinkType, link.NFLog, []int{239}},
		{dissect.ByLinkType, link.NetAnalyzer, []int{240}},
		{dissect.ByLinkType, link.NetAnalyzerTransparent, []int{241}},
		{dissect.ByLinkType, link.IPOIB, []int{242}},
		{dissect.ByLinkType, link.SLL2, []int{276}},
		{dissect.ByLinkType, link.BroadcomTag, []int{281}},
		{dissect.ByLinkType, link.BroadcomPrepended, []int{282}},
		{dissect.ByLinkType, link.DSA, []int{284}},
		{dissect.ByLinkType, link.EDSA, []int{285}},

		{dissect.ByEtherType, internet.IPv4, []int{dissect.TypeIP}},
		{dissect.ByEtherType, internet.IPv6, []int{dissect.TypeIPv6}},
		{dissect.ByEtherType, internet.ARP, []int{dissect.TypeARP, dissect.TypeRARP}},
		{dissect.ByEtherType, internet.MPLS, []int{dissect.TypeMPLS, dissect.TypeMPLSMulti}},
		{dissect.ByEtherType, link.PPPoE, []int{dissect.TypePPPoED, dissect.TypePPPoES}},
		{dissect.ByEtherType, link.LLDP, []int{dissect.TypeLLDP}},
		{dissect.ByEtherType, link.EAPOL, []int{dissect.TypeEAPOL}},
		{dissect.ByEtherType, link.Slow, []int{dissect.TypeSlow}},
		{dissect.ByEtherType, old.DECnet, []int{dissect.TypeDECnet}},
		{dissect.ByEtherType, dissect.Says("(NOV-ETHII) ", old.IPX), []int{dissect.TypeIPX}},
		{dissect.ByEtherType, internet.ISOBehindEthernet, []int{dissect.TypeISO}},
		{dissect.ByEtherType, link.AoE, []int{dissect.TypeAoE}},
		{dissect.ByEtherType, link.PTP, []int{dissect.TypePTP}},
		{dissect.ByEtherType, link.GeoNet, []int{dissect.TypeGeoNet, dissect.TypeGeoNetOld}},
		{dissect.ByEtherType, link.CALMFast, []int{dissect.TypeCALM}},
		{dissect.ByEtherType, link.Loopback, []int{dissect.TypeLoopback}},
		{dissect.ByEtherType, old.TIPC, []int{dissect.TypeTIPC}},
		{dissect.ByEtherType, old.AARP, []int{dissect.TypeAARP}},
		{dissect.ByEtherType, link.PPPBehindEthernet, []int{dissect.TypePPP}},
		{dissect.ByEtherType, internet.NSH, []int{dissect.TypeNSH}},
		{dissect.ByEtherType, link.NLB, []int{dissect.TypeNLB}},
		{dissect.ByEtherType, link.CFM, []int{dissect.TypeCFM, dissect.TypeCFMOld}},

		{dissect.BySAP, link.STP, []int{0x42}},
		{dissect.BySAP, internet.IPv4, []int{0x06}},
		{dissect.BySAP, old.IPXBehindLLC, []int{0xe0}},
		{dissect.BySAP, internet.ISO, []int{0xfe}},
		{dissect.ByCisco, link.STP, []int{0x010b}}, // a spanning tree for each VLAN
		{dissect.ByCisco, link.UDLD, []int{0x0111}},
		{dissect.ByCisco, link.CDP, []int{0x2000}},
		{dissect.ByCisco, link.VTP, []int{0x2003}},
		{dissect.ByCisco, link.DTP, []int{0x2004}},
		{dissect.ByBridged, link.Bridged, []int{1, 7}},
		{dissect.ByBridged, link.STP, []int{14}},

		{dissect.ByPPP, link.PPPControl, []int{dissect.PPPLCP, dissect.PPPIPCP, dissect.PPPIPv6CP, dissect.PPPCCP, 0x8023, 0x8281, dissect.PPPBACP}},
		{dissect.ByPPP, link.MLPPP, []int{0x003d}},
		{dissect.ByPPP, link.PPPCHAP, []int{dissect.PPPCHAP}},
		{dissect.ByPPP, link.PPPPAP, []int{dissect.PPPPAP}},
		{dissect.ByPPP, dissect.Nested(internet.IPv4), []int{0x0021, 0x002f, dissect.TypeIP}},
		{dissect.ByPPP, dissect.Nested(internet.IPv6), []int{0x0057, dissect.TypeIPv6}},
		{dissect.ByPPP, old.IPX, []int{0x002b, dissect.TypeIPX}},
		{dissect.ByPPP, internet.ISO, []int{0x0023}},
		{dissect.ByPPP, dissect.Nested(internet.MPLS), []int{0x0281, 0x0283}},
		{dissect.ByPPP, dissect.Says("compressed PPP data", nil), []int{0x00fd}},

		{dissect.ByNLPID, internet.CLNP, []int{dissect.NLPIDCLNP}},
		{dissect.ByNLPID, internet.ESIS, []int{dissect.NLPIDESIS}},
		{dissect.ByNLPID, routing.ISIS, []int{dissect.NLPIDISIS}},
		{dissect.ByNLPID, dissect.Nested(dissect.Behind(1, internet.IPv4)), []int{0xcc}},
		{dissect.ByNLPID, dissect.Nested(dissect.Behind(1, internet.IPv6)), []int{0x8e}},
		{dissect.ByNLPID, dissect.Nested(dissect.Behind(1, link.PPP)), []int{0xcf}},

		{dissect.ByIP, transport.TCP, []int{dissect.ProtoTCP}},
		{dissect.ByIP, transport.UDP, []int{dissect.ProtoUDP}},
		{dissect.ByIPv4, internet.ICMP, []int{dissect.ProtoICMP}},
		{dissect.ByIPv6, dissect.Says("[ICMP requires IPv4] (invalid)", nil), []int{dissect.ProtoICMP}},
		{dissect.ByIPv6, internet.ICMP6, []int{dissect.ProtoICMPv6}},
		{dissect.ByIPv4, dissect.Says("[ICMPv6 requires IPv6] (invalid)", nil), []int{dissect.ProtoICMPv6}},
		{dissect.ByIPv4, routing.IGMP, []int{dissect.ProtoIGMP}},
		{dissect.ByIPv6, dissect.Says("[IGMP requires IPv4] (invalid)", nil), []int{dissect.ProtoIGMP}},
		{dissect.ByIP, transport.SCTP, []int{dissect.ProtoSCTP}},
		{dissect.ByIP, transport.DCCP, []int{dissect.ProtoDCCP}},
		{dissect.ByIP, dissect.Says("no next header", nil), []int{59}},
		{dissect.ByIP, routing.RSVP, []int{dissect.ProtoRSVP}},
		{dissect.ByIP, transport.PGM, []int{dissect.ProtoPGM}},
		{dissect.ByIP, old.IGRP, []int{dissect.ProtoIGRP}},
		{dissect.ByIP, old.IPComp, []int{dissect.ProtoIPComp}},
		{dissect.ByIP, dissect.Nested(internet.IPv4), []int{dissect.ProtoIPv4}},
		{dissect.ByIP, dissect.Nested(internet.IPv6), []int{dissect.ProtoIPv6}},
		{dissect.ByIP, dissect.Nested(internet.GRE), []int{dissect.ProtoGRE}},
		{dissect.ByIP, internet.ESP, []int{dissect.ProtoESP}},
		{dissect.ByIP, routing.VRRP, []int{dissect.ProtoVRRP}},
		{dissect.ByIP, internet.AH, []int{dissect.ProtoAH}},
		{dissect.ByIPv4, routing.OSPF, []int{dissect.ProtoOSPF}},
		{dissect.ByIPv6, routing.OSPF3, []int{dissect.ProtoOSPF}},
		{dissect.ByIP, routing.PIM, []int{dissect.ProtoPIM}},
		{dissect.ByIP, routing.EIGRP, []int{dissect.ProtoEIGRP}},
		{dissect.ByIPv6, dissect.Nested(link.Ethernet), []int{dissect.ProtoEther}},
		{dissect.ByIPv4, dissect.Says("[Ethernet requires IPv6] (invalid)", nil), []int{dissect.ProtoEther}},

		{dissect.ByTCP, application.SSH, []int{22}},
		{dissect.ByTCP, application.Telnet, []int{23}},
		{dissect.ByTCP, application.SMTP, []int{25}},
		{dissect.ByTCP, application.WHOIS, []int{43}},
		{dissect.ByTCP, routing.BGP, []int{179}},
		{dissect.ByTCP, application.PPTP, []int{1723}},
		{dissect.ByTCP, application.RESP, []int{6379}},
		{dissect.ByTCP, application.OpenFlow, []int{6633, 6653}},
		{dissect.ByTCP, application.FTP, []int{21}},
		{dissect.ByTCP, application.HTTP, []int{80, 8080}},
		{dissect.ByTCP, application.RTSP, []int{554, 8554}},
		{dissect.ByTCP, application.DNSOverTCP, []int{53}},
		{dissect.ByTCP, application.RPKI, []int{323}},
		{dissect.ByTCP, routing.LDP, []int{646}},
		{dissect.ByTCP, application.NFSOverTCP, []int{application.NFSPort}},

		{dissect.ByUDP, application.DNS, []int{53}},
		{dissect.ByUDP, application.MDNS, []int{5353}},
		{dissect.ByUDP, old.Timed, []int{525}},
		{dissect.ByUDP, application.TFTP, []int{69}},
		{dissect.ByUDP, application.BOOTP, []int{67, 68}},
		{dissect.ByUDP, routing.RIP, []int{520}},
		{dissect.ByUDP, routing.AODV, []int{654}},
		{dissect.ByUDP, application.ISAKMP, []int{500}},
		{dissect.ByUDP, internet.ESPInUDP, []int{4500}},
		{dissect.ByUDP, application.ISAKMP, []int{7500, 8500}},
		{dissect.ByUDP, application.NTP, []int{123}},
		{dissect.ByUDP, application.Kerberos, []int{88, 750}},
		{dissect.ByUDPTo, application.Whiteboard, []int{4567}},
		{dissect.ByUDP, link.L2TP, []int{1701}},
		{dissect.ByUDP, application.SNMP, []int{161, 162}},
		{dissect.ByUDP, old.Zephyr, []int{2103, 2104}},
		{dissect.ByUDP, application.Rx, []int{7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009}},
		{dissect.ByUDP, routing.RIPng, []int{521}},
		{dissect.ByUDP, application.DHCP6, []int{546, 547}},
		{dissect.ByUDP, routing.Babel, []int{6696, 6697}},
		{dissect.ByUDP, application.HNCP, []int{8231}},
		{dissect.ByUDP, routing.AutoRP, []int{496}},
		{dissect.ByUDP, application.RADIUS, []int{1645, 1812, 1646, 1813, 1700, 3799}},
		{dissect.ByUDPTo, routing.HSRP, []int{1985}},
		{dissect.ByUDP, routing.LDP, []int{646}},
		{dissect.ByUDP, routing.OLSR, []int{698}},
		{dissect.ByUDPFrom, application.BCMLI, []int{49152}},
		{dissect.ByUDPTo, routing.BFDControl, []int{3784}},
		{dissect.ByUDPTo, routing.BFDMultihop, []int{4784}},
		{dissect.ByUDPTo, routing.BFDLag, []int{6784}},
		{dissect.ByUDPTo, routing.BFDEcho, []int{3785}},
		{dissect.ByUDP, routing.LMP, []int{701}},
		{dissect.ByUDPTo, application.LWAPPToController, []int{12223}},
		{dissect.ByUDPFrom, application.LWAPPFromController, []int{12223}},
		{dissect.ByUDP, application.LWAPP, []int{12222}},
		{dissect.ByUDP, application.LWRes, []int{921}},
		{dissect.ByUDP, application.SFlow, []int{6343}},
		{dissect.ByUDP, application.Syslog, []int{514}},
		{dissect.ByUDP, internet.OTV, []int{8472}},
		{dissect.ByUDP, internet.VXLAN, []int{4789}},
		{dissect.ByUDP, internet.Geneve, []int{6081}},
		{dissect.ByUDP, internet.MPLS, []int{6635}},
		{dissect.ByUDP, routing.LISP, []int{4342}},
		{dissect.ByUDP, internet.VXLANGPE, []int{4790}},
		{dissect.ByUDP, application.SomeIP, []int{30490}},
		{dissect.ByUDP, link.PTP, []int{319, 320}},
		{dissect.ByUDP, application.AHCP, []int{5359}},
		{dissect.ByUDP, routing.LSPPing, []int{3503}},
		{dissect.ByUDP, application.SIP, []int{5060}},
		{dissect.ByUDP, application.VQP, []int{1589}},

		{dissect.ByForcedUDP, routing.AODV, []int{int(dissect.ForceAODV)}},
		{dissect.ByForcedUDP, application.NetFlow, []int{int(dissect.ForceCNFP)}},
		{dissect.ByForcedUDP, application.DNS, []int{int(dissect.ForceDomain)}},
		{dissect.ByForcedUDP, routing.LMP, []int{int(dissect.ForceLMP)}},
		{dissect.ByForcedUDP, transport.PGM, []int{int(dissect.ForcePGM), int(dissect.ForcePGMZMTP)}},
		{dissect.ByForcedUDP, link.PTP, []int{int(dissect.ForcePTP)}},
		{dissect.ByForcedUDP, application.RADIUS, []int{int(dissect.ForceRADIUS)}},
		{dissect.ByForcedUDP, application.RTCP, []int{int(dissect.ForceRTCP)}},
		{dissect.ByForcedUDP, application.RTP, []int{int(dissect.ForceRTP)}},
		{dissect.ByForcedUDP, application.RPC, []int{int(dissect.ForceRPC)}},
		{dissect.ByForcedUDP, application.SNMP, []int{int(dissect.ForceSNMP)}},
		{dissect.ByForcedUDP, application.SomeIP, []int{int(dissect.ForceSomeIP)}},
		{dissect.ByForcedUDP, application.TFTP, []int{int(dissect.ForceTFTP)}},
		{dissect.ByForcedUDP, application.VAT, []int{int(dissect.ForceVAT)}},
		{dissect.ByForcedUDP, internet.VXLAN, []int{int(dissect.ForceVXLAN)}},
		{dissect.ByForcedUDP, application.Whiteboard, []int{int(dissect.ForceWB)}},
		{dissect.ByForcedTCP, application.DNSOverTCP, []int{int(dissect.ForceDomain)}},
		{dissect.ByForcedTCP, application.RESP, []int{int(dissect.ForceRESP)}},
		{dissect.ByForcedTCP, application.ZMTP, []int{int(dissect.ForceZMTP)}},

		{dissect.ByName, application.ZMTPPart, []int{dissect.NameZMTPPart}},
		{dissect.ByName, application.SNMP, []int{dissect.NameSNMP}},
		{dissect.ByName, link.EAP, []int{dissect.NameEAP}},
		{dissect.ByName, application.ForCES, []int{dissect.NameForCES}},
		{dissect.ByName, application.NFSOverUDP, []int{dissect.NameNFS}},
		{dissect.ByName, link.PPP, []int{dissect.NamePPP}},
		{dissect.ByName, internet.ISO, []int{dissect.NameISO}},
		{dissect.ByName, old.IPX, []int{dissect.NameIPX}},
	}
}

// shortLinks are link-layer types that tcpdump prints and we do not, with the bytes that it has to see before it prints
// more than that they are not there. The other types that are in no table, tcpdump does not print either.
var shortLinks = map[linktype.Type]struct {
	proto string
	size  int
}{
	114: {"llap", 3}, 195: {"802.15.4", 2},
	230: {"802.15.4", 2}, 271: {"vsock", 32}, 283: {"802.15.4_tap", 4},
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
