package print

import (
	"fmt"
	"strings"
)

// Ethernet.

const (
	ethernetHeader = 14
	max8023Length  = 1500
	typeIP         = 0x0800
	typeARP        = 0x0806
	typeRARP       = 0x8035
	typeIPv6       = 0x86dd
	typeMPLS       = 0x8847
	typeMPLSMulti  = 0x8848
	typePPPoED     = 0x8863
	typePPPoES     = 0x8864
	typeTEB        = 0x6558
	typeTrailer    = 0x1000
	typeLoopback   = 0x9000
	typeISO        = 0xfefe
	typeLLDP       = 0x88cc
	typeEAPOL      = 0x888e
	typeSlow       = 0x8809
	typeMACsec     = 0x88e5
	typeJumbo      = 0x8870
	typeArista     = 0xd28b
	typeDECnet     = 0x6003
	typeIPX        = 0x8137
	typeAoE        = 0x88a2
	typePTP        = 0x88f7
	typeGeoNet     = 0x8947
	typeGeoNetOld  = 0x0707
	typeCALM       = 0x1111
	typeNSH        = 0x894f
	typeTIPC       = 0x88ca
	typeAARP       = 0x80f3
	typeNLB        = 0x886f
	typeCFM        = 0x8902
	typeCFMOld     = 0xabcd
	typePPP        = 0x880b
	typeVLAN       = 0x8100
)

// etherTypes are the names of ethertypes as printed with -e.
var etherTypes = NamesT{
	typeIP: "IPv4", typeARP: "ARP", typeRARP: "Reverse ARP", typeIPv6: "IPv6", typeTrailer: "Trail",
	typeMPLS: "MPLS unicast", typeMPLSMulti: "MPLS multicast", typePPPoED: "PPPoE D", typePPPoES: "PPPoE S",
	typeVLAN: "802.1Q", 0x88a8: "802.1Q-QinQ", 0x9100: "802.1Q-9100", 0x9200: "802.1Q-9200",
	0x6001: "MOP DL", 0x6002: "MOP RC", 0x6003: "DN", 0x6004: "LAT", 0x6007: "SCA", typeTEB: "TEB",
	0x8038: "Lanbridge", 0x803c: "DEC DNS", 0x803e: "DEC DTS", 0x805b: "VEXP", 0x805c: "VPROD",
	0x809b: "Appletalk", 0x80f3: "Appletalk ARP", 0x8137: "IPX", 0x880b: "PPP", 0x8808: "MPCP",
	typeSlow: "Slow Protocols", typeEAPOL: "EAPOL", 0x8899: "RRCP", 0x886f: "MS NLB heartbeat", 0x8870: "Jumbo",
	0x894f: "NSH", typeLoopback: "Loopback", typeISO: "OSI", 0x00fe: "GRE-OSI", 0xabcd: "CFM (old)", 0x8902: "CFM",
	0x893a: "IEEE1905.1", typeLLDP: "LLDP", typeMACsec: "802.1AE MACsec", 0x88ca: "TIPC", 0x0707: "GeoNet (old)", 0x8947: "GeoNet",
	typeCALM: "CALM FAST", 0x88a2: "AoE", 0x88f7: "PTP", typeArista: "Arista Vendor Specific Protocol",
}

// addresses are the hardware addresses of a frame; nil where there are none.
type addresses struct{ src, dst []byte }

// print writes the addresses as far as the link-layer header has not been printed.
func (a addresses) print(d *dissector, after string) {
	if !d.LinkHeader && a.src != nil {
		d.printf("%s > %s%s", mac(a.src), mac(a.dst), after)
	}
}

// ethernet prints an Ethernet frame.
func (d *dissector) ethernet(v view) {
	d.proto = "ether"
	if len(v.b) < ethernetHeader || v.length < ethernetHeader {
		d.header(min(len(v.b), v.length))
		d.mark()
		return
	}
	a := addresses{src: v.bytes(6, 6), dst: v.bytes(0, 6)}
	d.stations = a
	if d.LinkHeader {
		d.printf("%s > %s, ", mac(a.src), mac(a.dst))
	}
	kind, payload := v.u16(12), v.from(ethernetHeader)
	d.header(ethernetHeader)
	lengthPrinted := false
	for {
		if kind == typeMACsec {
			if d.LinkHeader {
				d.etherTypeName(kind)
				d.printf(", length %d: ", v.length)
				lengthPrinted = true
			}
			if payload = d.macsec(payload, a); payload.b == nil {
				return
			}
			kind, payload = payload.u16(0), payload.from(2)
			d.header(2)
		}
		if kind, payload, lengthPrinted = d.vlans(kind, payload, v.length, lengthPrinted); payload.b == nil {
			return
		}
		if kind != typeArista {
			break
		}
		if payload = d.arista(payload, v.length); payload.b == nil {
			return
		}
		kind, payload = payload.u16(0), payload.from(2)
		d.header(2)
	}
	d.frame(kind, payload, v.length, lengthPrinted, a)
}

// vlans prints the VLAN tags of a frame of length bytes, and gives the type behind them and the payload, nil if it is cut.
func (d *dissector) vlans(kind int, v view, length int, lengthPrinted bool) (int, view, bool) {
	for isVLAN(kind) {
		if len(v.b) < 4 || v.length < 4 {
			d.proto = "vlan"
			d.header(min(len(v.b), v.length))
			d.mark()
			return 0, view{}, false
		}
		if d.LinkHeader {
			d.etherTypeName(kind)
			d.headerLength(length, &lengthPrinted)
			d.print(vlanTag(v.u16(0)) + ", ")
		}
		kind, v = v.u16(2), v.from(4)
		d.header(4)
	}
	return kind, v, lengthPrinted
}

func (d *dissector) headerLength(length int, printed *bool) {
	if *printed {
		d.print(", ")
		return
	}
	d.printf(", length %d: ", length)
	*printed = true
}

// frame prints the payload of a frame of length bytes, by the last of its types, which may be the length of an 802.3 frame.
func (d *dissector) frame(kind int, v view, length int, lengthPrinted bool, a addresses) {
	switch {
	case kind <= max8023Length:
		v = v.limit(min(kind, v.length))
		if d.LinkHeader {
			d.print("802.3")
			if !lengthPrinted {
				d.printf(", length %d: ", v.length)
			}
		}
		d.llcOrBytes(v, a)
	case kind == typeJumbo:
		d.llcOrBytes(v, a)
	default:
		if d.LinkHeader {
			d.etherTypeName(kind)
			d.headerLength(length, &lengthPrinted)
		}
		if d.next(byEtherType, kind, v) {
			return
		}
		if !d.LinkHeader {
			a.print(d, ", ")
			d.etherTypeName(kind)
			d.printf(", length %d: ", length)
		}
		d.hexLines(v)
	}
}

func (d *dissector) llcOrBytes(v view, a addresses) {
	if !d.llc(v, a) {
		d.hexLines(v)
	}
}

func isVLAN(kind int) bool {
	return kind == typeVLAN || kind == 0x88a8 || kind == 0x9100 || kind == 0x9200
}

func vlanTag(tag int) string {
	return fmt.Sprintf("vlan %d, p %d%s", tag&0xfff, tag>>13, mark(tag&0x1000 != 0, ", DEI"))
}

func (d *dissector) etherTypeName(kind int) {
	if d.Quiet {
		d.print(etherTypes.of(kind, "Unknown Ethertype (0x%04x)"))
		return
	}
	d.printf("ethertype %s (0x%04x)", etherTypes.of(kind, "Unknown"), kind)
}

// pppBehindEthernet prints a frame of PPP by its ethertype.
func (d *dissector) pppBehindEthernet(v view) {
	d.onlyIf(v.length > 0, ": ")
	d.ppp(v)
}

// hexLines prints the captured bytes as tcpdump does for what it cannot take apart.
func (d *dissector) hexLines(v view) {
	if !d.ShowUnknown {
		return
	}
	d.bytesBelow(newView(v.b, len(v.b)))
}

// bytesBelow prints bytes below the line.
func (d *dissector) bytesBelow(v view) {
	if len(v.b) == 0 {
		return
	}
	d.out = append(d.out, '\n')
	d.out = AppendHex(d.out, v.b, true)
	d.out = d.out[:len(d.out)-1] // the caller ends the line
	v.needAll()
}

// hexAndText prints bytes in hexadecimal and as text, each line after another text.
func (d *dissector) hexAndText(before string, v view) {
	for line := range strings.Lines(string(AppendHex(nil, v.b[:min(len(v.b), max(v.length, 0))], true))) {
		d.print(before)
		d.print(strings.Trim(line, "\t\n"))
	}
}
