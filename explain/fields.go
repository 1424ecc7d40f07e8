package explain

import (
	"fmt"
	"strconv"

	"bpfc/codegen"
	"bpfc/ir"
)

// ipProtocols and etherTypes name the numbers that packets have most (IANA).
var ipProtocols = map[uint32]string{
	0: "hop-by-hop options", 1: "ICMP", 2: "IGMP", 4: "IPv4", 6: "TCP", 9: "IGRP", 17: "UDP", 41: "IPv6", 43: "routing header", 44: "fragment header",
	46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "no next header", 60: "destination options", 88: "EIGRP", 89: "OSPF",
	103: "PIM", 112: "VRRP or CARP", 115: "L2TP", 132: "SCTP", 136: "UDP-Lite",
}

var etherTypes = map[uint32]string{
	0x0800: "IPv4", 0x0806: "ARP", 0x8035: "RARP", 0x86dd: "IPv6", 0x8100: "VLAN tag", 0x88a8: "VLAN tag", 0x9100: "VLAN tag",
	0x8847: "MPLS", 0x8863: "PPPoE discovery", 0x8864: "PPPoE session", 0x809b: "AppleTalk", 0x80f3: "AppleTalk ARP", 0x88cc: "LLDP",
	0x8809: "slow protocols", 0x6003: "DECnet", 0x888e: "EAPOL", 0x88f7: "PTP", 0x9000: "loopback",
}

func named(v uint32, names map[uint32]string, format string) string {
	s := fmt.Sprintf(format, v)
	if n, ok := names[v]; ok {
		s += " (" + n + ")"
	}
	return s
}

// How the value of a field is written.
func asProtocol(v uint32) string  { return named(v, ipProtocols, "%d") }
func asEtherType(v uint32) string { return named(v, etherTypes, "%#04x") }
func asDecimal(v uint32) string   { return strconv.FormatUint(uint64(v), 10) }
func asHex(v uint32) string       { return fmt.Sprintf("%#x", v) }
func asOffset(v uint32) string    { return strconv.FormatUint(8*uint64(v), 10) }

// field is what a test looks at, for people.
type field struct {
	name string
	show func(uint32) string
}

// place is where a field is: how far from the start of a header, and how long, in bytes.
type place struct {
	off  uint32
	size uint8
}

var (
	fieldsIPv4 = map[place]field{
		{0, 1}: {"version and header length", asHex}, {1, 1}: {"type of service", asHex}, {2, 2}: {"total length", asDecimal},
		{4, 2}: {"identification", asDecimal}, {6, 2}: {"fragment field", asHex}, {6, 1}: {"flags", asHex}, {8, 1}: {"time to live", asDecimal},
		{9, 1}: {"protocol", asProtocol}, {10, 2}: {"header checksum", asHex}, {12, 4}: {"source address", dotted}, {16, 4}: {"destination address", dotted},
	}
	fieldsIPv6 = map[place]field{
		{0, 1}: {"version", asHex}, {4, 2}: {"payload length", asDecimal}, {6, 1}: {"next header", asProtocol}, {7, 1}: {"hop limit", asDecimal},
		{8, 4}: {"source address, first 4 bytes", asHex}, {12, 4}: {"source address, second 4 bytes", asHex},
		{16, 4}: {"source address, third 4 bytes", asHex}, {20, 4}: {"source address, last 4 bytes", asHex},
		{24, 1}: {"first byte of the destination address", asHex},
		{24, 4}: {"destination address, first 4 bytes", asHex}, {28, 4}: {"destination address, second 4 bytes", asHex},
		{32, 4}: {"destination address, third 4 bytes", asHex}, {36, 4}: {"destination address, last 4 bytes", asHex},
		{40, 1}: {"next header in the fragment header", asProtocol},
		{40, 2}: {"source port", asDecimal}, {42, 2}: {"destination port", asDecimal},
	}
	fieldsARP = map[place]field{
		{0, 2}: {"hardware type", asDecimal}, {6, 2}: {"operation", asDecimal}, {14, 4}: {"sender address", dotted}, {24, 4}: {"target address", dotted},
	}
	fieldsTransport = map[place]field{
		{0, 2}: {"source port", asDecimal}, {2, 2}: {"destination port", asDecimal}, {13, 1}: {"TCP flags", asHex},
	}
	fieldsTag = map[place]field{{0, 2}: {"VLAN tag", asHex}, {2, 2}: {"type behind the VLAN tag", asEtherType}, {0, 4}: {"MPLS label entry", asHex}}
)

// network tells the fields of the network header by the type before it.
var network = map[uint32]map[place]field{
	0x0800: fieldsIPv4, 0x86dd: fieldsIPv6, 0x0806: fieldsARP, 0x8035: fieldsARP,
	0x8100: fieldsTag, 0x88a8: fieldsTag, 0x9100: fieldsTag, 0x8847: fieldsTag,
}

// loadIn finds the load whose value a test looks at, and the mask that it does so under.
func loadIn(e *ir.Expr) (load *ir.Expr, mask uint32) {
	mask = 0xffffffff
	for {
		switch {
		case e.Op == ir.Load || e.Op == ir.Anc:
			return e, mask
		case e.Op == ir.And && e.R.Op == ir.Const:
			e, mask = e.L, mask&e.R.K
		default:
			return nil, mask
		}
	}
}

// field names what a load loads. carries is the protocol that the tests before have
// found, an EtherType; 0 where none is known.
func fieldOf(load *ir.Expr, h codegen.Headers, carries uint32) field {
	if load.Op == ir.Anc {
		return field{"metadata of the kernel", asDecimal}
	}
	p := place{load.K - h.Net, load.Size}
	if load.L != nil && load.L.Op != ir.Var && carries == 0x0800 {
		if f, ok := fieldsTransport[p]; ok {
			return f
		}
	} else {
		if load.K == h.Protocol && load.Size == 2 {
			return field{"EtherType", asEtherType}
		}
		if f, ok := network[carries][p]; ok {
			return f
		}
	}
	return field{"", asHex}
}
