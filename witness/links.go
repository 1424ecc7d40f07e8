package witness

import (
	"strings"
	"sync"

	"bpfc/linktype"
)

// firsts are the headers that packets of a link-layer type begin with. A type without a row has no packet that IP can be in, or
// filters look for IP where no packet of the type has it: see docs/guide.md. What stands in a header beside what filters and
// tcpdump ask for is 0 where that is a value as good as another.
var firsts = sync.OnceValue(func() map[linktype.Type]*kind {
	makeKinds()
	return map[linktype.Type]*kind{
		linktype.EN10MB: ethernet,
		linktype.RAW:    ipv4,
		linktype.IPV4:   ipv4,
		linktype.IPV6:   ipv6,
		linktype.NULL:   familyHeader,
		linktype.LOOP:   familyLoop,
		linktype.ENC: telling("ENC", "02000000 00000100 00000000",
			field{name: "address family", off: 0, size: 4, next: byFamily, likely: []uint32{0x02000000, 0x1e000000, 0x07000000}}),
		linktype.PFLOG: telling("PF log", "3d 02 00 00"+"656d3000000000000000000000000000"+zeros(44),
			field{name: "address family", off: 1, size: 1, next: byFamily, likely: []uint32{2, 30, 7}},
			field{name: "header length", off: 0, size: 1, role: fixed}, field{name: "direction", off: 60, size: 1, likely: []uint32{1, 2}}),
		linktype.IPNET: telling("ipnet", "01 02 0001 00000000 00000001"+zeros(12),
			field{name: "address family", off: 1, size: 1, next: bySolarisFamily, likely: []uint32{2, 26}},
			field{name: "hook", off: 2, size: 2, likely: []uint32{1, 2}}),

		linktype.LINUX_SLL:  cooked,
		linktype.LINUX_SLL2: cooked2,

		linktype.PPP:        pppSerial,
		linktype.PPP_SERIAL: pppSerial,
		linktype.PPP_PPPD: telling("PPP", "01 03 0021", pppProtocol(2),
			field{name: "direction", off: 0, size: 1, role: listed, likely: []uint32{0, 1}}, field{name: "PPP control", off: 1, size: 1, role: fixed}),
		linktype.PPP_ETHER:       pppoes,
		linktype.PPP_BSDOS:       telling("PPP", zeros(5)+"0021"+zeros(17), pppProtocol(5)),
		linktype.C_HDLC:          chdlc,
		linktype.C_HDLC_WITH_DIR: telling("Cisco HDLC", "00 0f00 0800", etherTypeAt("protocol", 3), field{name: "direction", off: 0, size: 1, likely: []uint32{0, 1}}),
		// Filters look for the version of IP where the direction stands.
		linktype.SLIP: over("SLIP", "00 45"+zeros(14), ipv4, field{name: "direction", off: 0, size: 1, role: listed, likely: []uint32{0, 1}}),

		linktype.IEEE802:     over("token ring", "10 40 020000000002 020000000001", llc, stations(2, 8)...),
		linktype.FDDI:        over("FDDI", "50 020000000002 020000000001", llc, stations(1, 7)...),
		linktype.IP_OVER_FC:  over("Fibre Channel", "1000 020000000002 1000 020000000001", llc, stations(2, 10)...),
		linktype.ATM_RFC1483: llc,
		linktype.ATM_CLIP:    llc,
		linktype.SUNATM: over("ATM", "02 00 0064", llc, field{name: "direction and kind", off: 0, size: 1, likely: []uint32{2, 0x82, 1, 3, 5, 6}},
			field{name: "VPI", off: 1, size: 1}, field{name: "VCI", off: 2, size: 2}),

		linktype.IEEE802_11:           wlan,
		linktype.PRISM_HEADER:         prism,
		linktype.IEEE802_11_RADIO_AVS: avs,
		linktype.IEEE802_11_RADIO:     radiotap,
		linktype.PPI: over("PPI", "0000 0800 69000000", wlan, field{name: "header length", off: 2, size: 2, role: fixed},
			field{name: "link-layer type", off: 4, size: 4, role: fixed}),

		linktype.ARCNET:                 arcnet("01 02 d4 00 0001", 2),
		linktype.ARCNET_LINUX:           arcnet("01 02 0000 d4 00 0001", 4),
		linktype.APPLE_IP_OVER_IEEE1394: telling("IEEE 1394", "0200000000000002 0200000000000001 0800", etherTypeAt("EtherType", 16)),
		linktype.SYMANTEC_FIREWALL:      telling("Symantec", zeros(6)+"0800"+zeros(36), etherTypeAt("EtherType", 6)),

		linktype.NETANALYZER:             over("netANALYZER", "00000000", ethernet),
		linktype.NETANALYZER_TRANSPARENT: over("netANALYZER", "00000000 55555555555555d5", ethernet),
		linktype.DSA_TAG_BRCM:            tagged("Broadcom tag", "00000000"),
		linktype.DSA_TAG_DSA:             tagged("DSA tag", "00000000"),

		// Juniper's header: with the cookie of the card, without link-layer header, or with an extension.
		linktype.JUNIPER_GGSN: juniper("00 000002 00 0001 0000",
			field{name: "GGSN protocol", off: 6, size: 1, role: follows, next: byGGSN, likely: []uint32{2, 3}}),
		linktype.JUNIPER_MONITOR:   juniper("00 00000000 00000000"),
		linktype.JUNIPER_ATM2:      juniper("02 00000000"),
		linktype.JUNIPER_PPPOE_ATM: juniper("00 0800", etherTypeAt("EtherType", 4)),
		linktype.JUNIPER_ETHER:     juniperEthernet,
		linktype.JUNIPER_PPPOE:     juniperEthernet,
	}
})

// first is the header that packets of a link-layer type begin with, nil where there is no builder.
func first(t linktype.Type) *kind { return firsts()[t] }

// Builds tells whether real packets of a link-layer type can be made. Of others, the
// packets are the fewest bytes that match.
func Builds(t linktype.Type) bool { return first(t) != nil }

// telling is a header with a field that says what follows.
func telling(name, head string, says field, others ...field) *kind {
	says.role = follows
	return &kind{name: name, head: head, settle: behind, fields: append([]field{says}, others...)}
}

// over is a header behind which always the same kind follows.
func over(name, head string, carries *kind, fields ...field) *kind {
	return &kind{name: name, head: head, carries: carries, fields: fields}
}

func zeros(n int) string { return strings.Repeat("00", n) }

// etherTypeAt is an EtherType that says what follows.
func etherTypeAt(name string, off int) field {
	return field{name: name, off: off, size: 2, role: follows, next: byInnerType, likely: etherTypes}
}

func pppProtocol(off int) field {
	return field{name: "PPP protocol", off: off, size: 2, next: byPPP, likely: []uint32{0x0021, 0x0057, 0xc021}}
}

// stations are the addresses of a header.
func stations(dst, src int) []field {
	return []field{{name: "destination MAC", off: dst, size: 6}, {name: "source MAC", off: src, size: 6}}
}

func arcnet(head string, off int) *kind {
	return telling("ARCnet", head, field{name: "system code", off: off, size: 1, next: byARCnet, likely: []uint32{212, 0xc4, 213, 214}},
		field{name: "source", off: 0, size: 1}, field{name: "destination", off: 1, size: 1})
}

// tagged is an Ethernet header with the tag of a switch before its type.
func tagged(name, tag string) *kind {
	k := telling(name, "020000000002 020000000001"+tag+"0800", field{name: "EtherType", off: 16, size: 2, next: byEtherType, likely: append(etherTypes, 38)}, stations(0, 6)...)
	k.fill = lengthOfLLC(16)
	return k
}

const juniperMagic = "4d4743"

// juniper is Juniper's header; without a field that says what follows, that is IP.
func juniper(rest string, fields ...field) *kind {
	k := &kind{name: "Juniper", head: juniperMagic + rest, fields: append(fields, field{name: "magic number", off: 0, size: 4, bits: 0xffffff00, role: fixed})}
	if k.announces() {
		k.settle = behind
	} else {
		k.carries = ipv4
	}
	return k
}

// juniperEthernet has an extension of 12 bytes before the Ethernet header: filters look for IP 32 bytes into the packet.
var juniperEthernet = &kind{name: "Juniper", head: juniperMagic + "80 000c 010a" + zeros(10), carries: ethernet, fields: []field{
	{name: "magic number", off: 0, size: 4, bits: 0xffffff00, role: fixed}, {name: "extension", off: 3, size: 1, bits: 0x80, role: fixed},
	{name: "extension length", off: 4, size: 2, role: fixed},
}}

func bySolarisFamily(v uint32) *kind {
	return orOther(map[uint32]*kind{2: ipv4, 26: ipv6}[v])
}

func byARCnet(v uint32) *kind {
	return orOther(map[uint32]*kind{212: ipv4, 0xc4: ipv6, 213: arp, 214: arp}[v])
}

func byGGSN(v uint32) *kind {
	return orOther(map[uint32]*kind{2: ipv4, 3: ipv6}[v])
}

func orOther(k *kind) *kind {
	if k == nil {
		return other
	}
	return k
}
