package bpfc_test

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/vm"
)

// Parts of packets, in hexadecimal.
const (
	hexMACs  = "00aa00000002 00aa00000001 "
	hexIPv4  = "0800 "
	hexIPv6  = "86dd "
	hexARP   = "0806 0001080006040001 00aa00000001 c0a80102 000000000000 c0a80101"
	hexTCP80 = "c001 0050 00000001 00000000 5002 ffff 0000 0000 "
	hexUDP53 = "0035 c002 0008 0000 "
)

// hexIP4 is an IPv4 header of 20 bytes.
func hexIP4(protocol, src, dst string) string {
	return "45000054 00000000 40" + protocol + "0000 " + hexAddr(src) + hexAddr(dst)
}

// hexIP6 is an IPv6 header.
func hexIP6(next, src, dst string) string {
	return "60000000 0020 " + next + "40 " + hexAddr(src) + hexAddr(dst)
}

func hexAddr(s string) string {
	return hex.EncodeToString(netip.MustParseAddr(s).AsSlice())
}

func packetOf(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(data, make([]byte, 40)...)
}

// complaints are what people reported of libpcap and tcpdump: the packet, the filter that they wrote, or the one that says what
// they asked for, and the answer that they expected. Without the options the answer is libpcap's, plain.
var complaints = []struct {
	reported string
	filter   string
	through  string
	extended bool
	packet   []string
	want     bool
	plain    string // what libpcap's language says of the same filter: "keeps", "drops" or "refuses"
}{
	{"libpcap 10: port 80 with and without tags", "port 80", "vlan", false,
		[]string{hexMACs, "8100 0007 ", hexIPv4, hexIP4("06", "10.0.0.1", "10.0.0.2"), hexTCP80}, true, "drops"},
	{"libpcap 10: port 80 with and without tags", "port 80", "vlan", false,
		[]string{hexMACs, hexIPv4, hexIP4("06", "10.0.0.1", "10.0.0.2"), hexTCP80}, true, "keeps"},
	{"libpcap 91: vlan 100 and a host", "vlan 100 and src host 10.1.1.1", "vlan", false,
		[]string{hexMACs, "8100 0064 ", hexIPv4, hexIP4("06", "10.1.1.1", "10.0.0.2"), hexTCP80}, true, "keeps"},
	{"libpcap 529: vlan 8, the outer tag of two", "vlan 8", "vlan", false,
		[]string{hexMACs, "88a8 0001 8100 0008 ", hexIPv4, hexIP4("01", "192.168.1.2", "192.168.1.1"), "0800"}, true, "drops"},
	{"libpcap 798: two VLANs with a host each", "(vlan 2730 and ip src 127.127.127.127) or (vlan 3003 and ip src 247.247.247.247)", "vlan", false,
		[]string{hexMACs, "8100 0bbb ", hexIPv4, hexIP4("11", "247.247.247.247", "10.0.0.2"), hexUDP53}, true, "drops"},
	{"libpcap 798, with scopes", "vlan 2730 { ip src 127.127.127.127 } or vlan 3003 { ip src 247.247.247.247 }", "", true,
		[]string{hexMACs, "8100 0bbb ", hexIPv4, hexIP4("11", "247.247.247.247", "10.0.0.2"), hexUDP53}, true, "refuses"},
	{"libpcap 1322 and 1323, tcpdump 900 and 901: ip in a file with tags", "ip", "all", false,
		[]string{hexMACs, "8100 001f ", hexIPv4, hexIP4("11", "10.11.27.62", "10.15.110.19"), hexUDP53}, true, "drops"},
	{"libpcap 1256: a priority tag with VLAN 0", "host 10.0.0.9", "vlan", false,
		[]string{hexMACs, "8100 a000 ", hexIPv4, hexIP4("06", "10.0.0.9", "10.0.0.2"), hexTCP80}, true, "drops"},
	{"libpcap 158: vlan 2 or vlan 3", "vlan 2 or vlan 3", "vlan", false,
		[]string{hexMACs, "8100 0003 ", hexIPv4, hexIP4("06", "10.0.0.1", "10.0.0.2"), hexTCP80}, true, "drops"},
	{"libpcap 158, as a set", "vlan in {2, 3} { ip }", "", true,
		[]string{hexMACs, "8100 0003 ", hexIPv4, hexIP4("06", "10.0.0.1", "10.0.0.2"), hexTCP80}, true, "refuses"},
	{"libpcap 916: vlan behind the rest", "(dst port 80) and (ip and src net 10.0.0.1) and (vlan 1)", "vlan", false,
		[]string{hexMACs, "8100 0001 ", hexIPv4, hexIP4("06", "10.0.0.1", "10.0.0.2"), hexTCP80}, true, "drops"},
	{"tcpdump 606: tagged or not", "(vlan and net 192.168.0.0/16) or net 192.168.0.0/16", "vlan", false,
		[]string{hexMACs, hexIPv4, hexIP4("06", "192.168.0.1", "10.0.0.2"), hexTCP80}, true, "drops"},
	{"tcpdump 606, the other way", "net 192.168.0.0/16 or (vlan and net 192.168.0.0/16)", "vlan", false,
		[]string{hexMACs, "8100 0001 ", hexIPv4, hexIP4("06", "192.168.0.1", "10.0.0.2"), hexTCP80}, true, "keeps"},
	{"tcpdump 1261: two tags", "icmp", "vlan", false,
		[]string{hexMACs, "88a8 0001 8100 0002 ", hexIPv4, hexIP4("01", "192.168.1.2", "192.168.1.1"), "0800"}, true, "drops"},
	{"libpcap 600: udp[…] on IPv6", "ip6 and udp[10] & 1 != 0", "", true,
		[]string{hexMACs, hexIPv6, hexIP6("11", "2001:db8::1", "2001:db8::2"), "c001 0035 0010 0000 0001 0100"}, true, "drops"},
	{"tcpdump 1063: flags of TCP on IPv6", "ip6 and tcp[tcpflags] & (tcp-syn) != 0", "", true,
		[]string{hexMACs, hexIPv6, hexIP6("06", "2001:db8::1", "2001:db8::2"), hexTCP80}, true, "drops"},
	{"libpcap 66: ports behind hop-by-hop options", "tcp port 80", "", true,
		[]string{hexMACs, hexIPv6, hexIP6("00", "2001:db8::1", "2001:db8::2"), "0600 0502 0000 0100 ", hexTCP80}, true, "drops"},
	{"libpcap 1207: ICMPv6 behind destination options", "icmp6[icmp6type] = icmp6-echo", "", true,
		[]string{hexMACs, hexIPv6, hexIP6("3c", "2001:db8::1", "2001:db8::2"), "3a00 0104 0000 0000 8000 0000"}, true, "drops"},
	{"libpcap 1521: TCP behind a fragment header of an atomic fragment", "tcp[13] = 2", "", true,
		[]string{hexMACs, hexIPv6, hexIP6("2c", "2001:db8::1", "2001:db8::2"), "0600 0000 00000001 ", hexTCP80}, true, "drops"},
	{"libpcap 815: a list of hosts and ports", "host in {10.0.0.1, 10.2.0.0/16} and port in {80, 443, 8000-8100}", "", true,
		[]string{hexMACs, hexIPv4, hexIP4("06", "10.2.3.4", "10.9.0.2"), hexTCP80}, true, "refuses"},
	{"libpcap 1273 and 1133: VXLAN on another port", "vxlan port 8472 { host 192.168.1.2 }", "", true,
		[]string{hexMACs, hexIPv4, hexIP4("11", "10.0.0.1", "10.0.0.2"), "c000 2118 0040 0000 08000000 00000700 ", hexMACs, hexIPv4, hexIP4("01", "192.168.1.2", "192.168.1.1"), "0800"}, true, "refuses"},
	{"libpcap 1105: Geneve on another port", "geneve 7 port 6082 { ip }", "", true,
		[]string{hexMACs, hexIPv4, hexIP4("11", "10.0.0.1", "10.0.0.2"), "c000 17c2 0040 0000 00000800 00000700 ", hexIP4("01", "192.168.1.2", "192.168.1.1"), "0800"}, true, "refuses"},
	{"libpcap 1670: ARP in VXLAN", "vxlan { arp }", "", true,
		[]string{hexMACs, hexIPv4, hexIP4("11", "10.0.0.1", "10.0.0.2"), "c000 12b5 0040 0000 08000000 00000700 ", hexMACs, hexARP}, true, "refuses"},
	{"libpcap 1279: Geneve behind a tag", "vlan 1264 { geneve 19 { icmp } }", "", true,
		[]string{hexMACs, "8100 04f0 ", hexIPv4, hexIP4("11", "46.168.20.3", "46.168.20.5"), "c000 17c1 0040 0000 02406558 00001300 0102800100030002 ", hexMACs, hexIPv4, hexIP4("01", "192.168.101.92", "172.46.0.1"), "0800"}, true, "refuses"},
	{"tcpdump 126: DNS behind labels", "udp port 53", "mpls", false,
		[]string{hexMACs, "8847 00001040 00002140 ", hexIP4("11", "10.0.0.1", "10.0.0.2"), hexUDP53}, true, "drops"},
	{"not vxlan keeps datagrams too short for it", "not vxlan { ip }", "", true,
		[]string{hexMACs, hexIPv4, hexIP4("11", "10.0.0.1", "10.0.0.2"), "c000 12b5 000c 0000"}, true, "refuses"},
}

func TestComplaints(t *testing.T) {
	etc := bpfc.WithNames(names.Map{})
	for _, tt := range complaints {
		data := packetOf(t, tt.packet...)
		if strings.HasPrefix(tt.reported, "not vxlan") {
			data = data[:len(data)-40]
		}
		opts := []bpfc.Option{etc, bpfc.WithLinkType(linktype.EN10MB), bpfc.WithAllowRejectAll(), bpfc.WithVerification()}
		layers := opts[:len(opts):len(opts)]
		if tt.through != "" {
			layers = append(layers, bpfc.WithSeeThrough(tt.through))
		}
		if tt.extended {
			layers = append(layers, bpfc.WithExtensions())
		}
		if got := keeps(t, tt.filter, data, layers); got != map[bool]string{true: "keeps", false: "drops"}[tt.want] {
			t.Errorf("%s: %s: %s", tt.reported, tt.filter, got)
		}
		if got := keeps(t, tt.filter, data, opts); got != tt.plain {
			t.Errorf("%s: %s without options: %s, libpcap %s", tt.reported, tt.filter, got, tt.plain)
		}
	}
}

func keeps(t *testing.T, filter string, data []byte, opts []bpfc.Option) string {
	t.Helper()
	prog, err := bpfc.Compile(filter, opts...)
	if err != nil {
		if !strings.Contains(err.Error(), "extension") {
			t.Errorf("%s: %v", filter, err)
		}
		return "refuses"
	}
	m, err := vm.New(prog.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	if m.Run(data, uint32(len(data))) != 0 {
		return "keeps"
	}
	return "drops"
}
