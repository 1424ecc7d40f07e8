package dissect

// Ethernet.

const (
	EthernetHeader, Max8023Length                = 14, 1500 // bytes
	TypeIP, TypeARP, TypeIPv6, TypeTrailer       = 0x0800, 0x0806, 0x86dd, 0x1000
	TypeMPLS, TypeMPLSMulti, TypePPPoES, TypePPP = 0x8847, 0x8848, 0x8864, 0x880b
	TypeVLAN, TypeTEB, TypeISO, TypeMACsec       = 0x8100, 0x6558, 0xfefe, 0x88e5
	TypeJumbo, TypeArista                        = 0x8870, 0xd28b
)

// EtherTypes are the names of ethertypes as printed with -e.
var EtherTypes = Names{
	0x0200: "PUP", 0x0600: "NS", TypeIP: "IPv4", TypeARP: "ARP", 0x8035: "Reverse ARP", TypeIPv6: "IPv6", TypeTrailer: "Trail",
	TypeMPLS: "MPLS unicast", TypeMPLSMulti: "MPLS multicast", 0x8863: "PPPoE D", TypePPPoES: "PPPoE S",
	TypeVLAN: "802.1Q", 0x88a8: "802.1Q-QinQ", 0x9100: "802.1Q-9100", 0x9200: "802.1Q-9200",
	0x6001: "MOP DL", 0x6002: "MOP RC", 0x6003: "DN", 0x6004: "LAT", 0x6007: "SCA", TypeTEB: "TEB",
	0x8038: "Lanbridge", 0x803c: "DEC DNS", 0x803e: "DEC DTS", 0x805b: "VEXP", 0x805c: "VPROD",
	0x809b: "Appletalk", 0x80f3: "Appletalk ARP", 0x8137: "IPX", 0x880b: "PPP", 0x8808: "MPCP",
	0x8809: "Slow Protocols", 0x888e: "EAPOL", 0x8899: "RRCP", 0x886f: "MS NLB heartbeat", 0x8870: "Jumbo",
	0x894f: "NSH", 0x9000: "Loopback", TypeISO: "OSI", 0x00fe: "GRE-OSI", 0xabcd: "CFM (old)", 0x8902: "CFM",
	0x893a: "IEEE1905.1", 0x88cc: "LLDP", TypeMACsec: "802.1AE MACsec", 0x88ca: "TIPC", 0x0707: "GeoNet (old)", 0x8947: "GeoNet",
	0x1111: "CALM FAST", 0x88a2: "AoE", 0x88f7: "PTP", TypeArista: "Arista Vendor Specific Protocol",
}

// IP protocol numbers that have dissectors.
const (
	ProtoICMP, ProtoTCP, ProtoUDP, ProtoDCCP, ProtoICMPv6 = 1, 6, 17, 33, 58
	ProtoEIGRP, ProtoPIM, ProtoVRRP, ProtoPGM             = 88, 103, 112, 113
	ProtoSCTP, ProtoEther                                 = 132, 143
)

const (
	PPPoEHeader  = 6 // bytes
	PPPoESession = 0 // code of packets that are not about making or ending a session
)

// The network layer of OSI: CLNP (ISO 8473), ES-IS (ISO 9542) and IS-IS (ISO 10589).
const NLPIDCLNP, NLPIDESIS, NLPIDISIS = 0x81, 0x82, 0x83

// AddressFamilies are IANA's numbers.
var AddressFamilies = Names{0: "Reserved", 1: "IPv4", 2: "IPv6", 3: "NSAP", 4: "HDLC", 5: "BBN 1822", 6: "802", 7: "E.163", 8: "E.164", 9: "F.69", 10: "X.121", 11: "Novell IPX",
	12: "Appletalk", 13: "Decnet IV", 14: "Banyan Vines", 15: "E.164 with NSAP subaddress", 16: "DNS", 17: "Distinguished name", 18: "AS Number", 19: "XTP over IP4", 20: "XTP over IP6", 21: "XTP XTP",
	22: "Fibre Channel World-Wide Port Name", 23: "Fibre Channel World-Wide Node Name", 24: "GWIS", 25: "VPLS", 196: "Layer-2 VPN"}

// The Point-to-Point Protocol (RFC 1661).
const PPPLCP, PPPIPCP, PPPIPv6CP, PPPCCP, PPPCHAP, PPPPAP, PPPBACP = 0xc021, 0x8021, 0x8057, 0x80fd, 0xc223, 0xc023, 0xc02b

const (
	LinkEthernet = 1   // DLT_EN10MB
	PortIKE      = 500 // of UDP
)

// NLPIDs are the names of network layer protocol identifiers (ISO 9577).
var NLPIDs = Names{0x81: "CLNP", 0x82: "ES-IS", 0x83: "IS-IS", 0x8e: "IPv6", 0xcc: "IPv4", 0x00: "NULL", 0x08: "Q.933", 0x09: "LMI", 0x80: "SNAP", 0xcf: "PPP", 0xb0: "CONS", 0xc1: "ISIS_SPB",
	0xb1: "FRF.12", 0xc0: "TRILL", 0x8a: "X25 ES-IS"}
