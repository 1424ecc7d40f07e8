package fuzz

// kin says which families of primitives make sense on a link-layer type. A production that needs a family is
// drawn for the others only now and then, to see that both compilers refuse it.
type kin uint16

const (
	kinMAC       kin = 1 << iota // 48-bit link-layer addresses
	kinWLAN                      // IEEE 802.11 frames
	kinATM                       // SunATM's header with virtual path and circuit
	kinSS7                       // MTP2
	kinPF                        // OpenBSD's packet filter log
	kinDirection                 // inbound and outbound can be told
	kinTags                      // VLAN tags and MPLS labels
	kinPPPoE                     // PPP over Ethernet
	kinIP                        // IP can be carried: nearly all
	kinShort                     // 8-bit link-layer addresses: ARCnet, BACnet
	kinExtended                  // the extended language

	kinAny kin = 0
)

// Link is a link-layer type that the generators know something of. Those that they do not know are filtered by
// the accessors of the link layer and packet lengths alone; directed packets serve them.
// It is safe for concurrent use as long as nobody changes it.
type Link struct {
	DLT  int    // libpcap's number
	Name string // as tcpdump -L prints it
	kin  kin
	// header writes a link-layer header in front of a payload of the given EtherType.
	header func(b *Builder, etherType uint16)
}

// links are the link-layer types with their families and header builders.
var links = []Link{
	{1, "EN10MB", kinIP | kinMAC | kinTags | kinPPPoE, (*Builder).ethernet},
	{12, "RAW", kinIP, (*Builder).bare},
	{228, "IPV4", kinIP, (*Builder).bare},
	{229, "IPV6", kinIP, (*Builder).bare},
	{0, "NULL", kinIP, (*Builder).null},
	{108, "LOOP", kinIP, (*Builder).loop},
	{113, "LINUX_SLL", kinIP | kinDirection, (*Builder).sll},
	{276, "LINUX_SLL2", kinIP | kinDirection, (*Builder).sll2},
	{6, "IEEE802", kinIP | kinMAC, (*Builder).tokenRing},
	{7, "ARCNET", kinIP | kinShort, (*Builder).arcnet},
	{8, "SLIP", kinIP | kinDirection, (*Builder).slip},
	{9, "PPP", kinIP | kinTags | kinDirection, (*Builder).ppp},
	{10, "FDDI", kinIP | kinMAC, (*Builder).fddi},
	{11, "ATM_RFC1483", kinIP, (*Builder).llc},
	{15, "SLIP_BSDOS", kinIP, (*Builder).slipBSDOS},
	{16, "PPP_BSDOS", kinIP, (*Builder).pppBSDOS},
	{19, "ATM_CLIP", kinIP, (*Builder).llc},
	{50, "PPP_SERIAL", kinIP | kinTags, (*Builder).ppp},
	{51, "PPP_ETHER", kinIP, (*Builder).pppEther},
	{99, "SYMANTEC_FIREWALL", kinIP, (*Builder).symantec},
	{104, "C_HDLC", kinIP | kinTags, (*Builder).hdlc},
	{105, "IEEE802_11", kinIP | kinMAC | kinWLAN | kinTags, (*Builder).wlan},
	{107, "FRELAY", kinIP, (*Builder).frameRelay},
	{109, "ENC", kinIP, (*Builder).enc},
	{114, "LTALK", kinIP, (*Builder).random},
	{117, "PFLOG", kinIP | kinPF | kinDirection, (*Builder).pflog},
	{119, "PRISM_HEADER", kinIP | kinMAC | kinWLAN, (*Builder).prism},
	{122, "IP_OVER_FC", kinIP | kinMAC, (*Builder).ipOverFC},
	{123, "SUNATM", kinIP | kinMAC | kinATM, (*Builder).sunATM},
	{127, "IEEE802_11_RADIO", kinIP | kinMAC | kinWLAN | kinTags, (*Builder).radiotap},
	{129, "ARCNET_LINUX", kinIP | kinShort, (*Builder).arcnet},
	{130, "JUNIPER_MLPPP", kinIP | kinDirection, (*Builder).juniper},
	{131, "JUNIPER_MLFR", kinIP | kinDirection, (*Builder).juniper},
	{132, "JUNIPER_ES", kinIP | kinDirection, (*Builder).juniper},
	{133, "JUNIPER_GGSN", kinIP | kinDirection, (*Builder).juniper},
	{134, "JUNIPER_MFR", kinIP | kinDirection, (*Builder).juniper},
	{135, "JUNIPER_ATM2", kinIP | kinDirection, (*Builder).juniper},
	{136, "JUNIPER_SERVICES", kinIP | kinDirection, (*Builder).juniper},
	{137, "JUNIPER_ATM1", kinIP | kinDirection, (*Builder).juniper},
	{138, "APPLE_IP_OVER_IEEE1394", kinIP, (*Builder).firewire},
	{139, "MTP2_WITH_PHDR", kinSS7, (*Builder).random},
	{140, "MTP2", kinSS7, (*Builder).random},
	{141, "MTP3", kinAny, (*Builder).random},
	{163, "IEEE802_11_RADIO_AVS", kinIP | kinMAC | kinWLAN | kinTags, (*Builder).avs},
	{164, "JUNIPER_MONITOR", kinIP | kinDirection, (*Builder).juniper},
	{165, "BACNET_MS_TP", kinShort, (*Builder).random},
	{166, "PPP_PPPD", kinIP | kinDirection, (*Builder).ppp},
	{167, "JUNIPER_PPPOE", kinIP | kinDirection, (*Builder).juniper},
	{168, "JUNIPER_PPPOE_ATM", kinIP | kinDirection, (*Builder).juniper},
	{174, "JUNIPER_PIC_PEER", kinAny, (*Builder).juniper},
	{178, "JUNIPER_ETHER", kinIP | kinDirection, (*Builder).juniper},
	{179, "JUNIPER_PPP", kinIP | kinDirection, (*Builder).juniper},
	{180, "JUNIPER_FRELAY", kinIP | kinDirection, (*Builder).juniper},
	{181, "JUNIPER_CHDLC", kinIP | kinDirection, (*Builder).juniper},
	{182, "MFR", kinAny, (*Builder).frameRelay},
	{183, "JUNIPER_VP", kinIP | kinDirection, (*Builder).juniper},
	{192, "PPI", kinIP | kinMAC | kinWLAN | kinTags, (*Builder).ppi},
	{194, "JUNIPER_ISM", kinIP | kinDirection, (*Builder).juniper},
	{200, "JUNIPER_ST", kinIP | kinDirection, (*Builder).juniper},
	{219, "MPLS", kinAny, (*Builder).random},
	{226, "IPNET", kinIP | kinDirection, (*Builder).ipnet},
	{232, "JUNIPER_VS", kinIP | kinDirection, (*Builder).juniper},
	{233, "JUNIPER_SRX_E2E", kinIP | kinDirection, (*Builder).juniper},
	{234, "JUNIPER_FIBRECHANNEL", kinIP | kinDirection, (*Builder).juniper},
	{238, "JUNIPER_ATM_CEMIC", kinIP | kinDirection, (*Builder).juniper},
	{240, "NETANALYZER", kinIP | kinMAC | kinTags | kinPPPoE, (*Builder).netAnalyzer},
	{241, "NETANALYZER_TRANSPARENT", kinIP | kinMAC | kinTags | kinPPPoE, (*Builder).netAnalyzerTransparent},
	{242, "IPOIB", kinAny, (*Builder).ipoib},
	{281, "DSA_TAG_BRCM", kinIP | kinMAC | kinTags, (*Builder).dsaBRCM},
	{284, "DSA_TAG_DSA", kinIP | kinMAC | kinTags, (*Builder).dsa},
	{147, "USER0", kinAny, (*Builder).random},
	{197, "ERF", kinSS7, (*Builder).random},
	{227, "CAN_SOCKETCAN", kinAny, (*Builder).random},
}

// Links returns the link-layer types that the generators know, the most used first.
func Links() []Link { return append([]Link(nil), links...) }

// FirstLinks are the DLT numbers of the link-layer types that nearly all captures have: Ethernet, bare IP, loopback and
// Linux cooked captures.
func FirstLinks() []int { return []int{1, 12, 228, 229, 0, 108, 113, 276} }

// linkOf finds a link-layer type; one that is not in the table gets random headers.
func linkOf(dlt int) Link {
	for _, l := range links {
		if l.DLT == dlt {
			return l
		}
	}
	return Link{DLT: dlt, header: (*Builder).random}
}
