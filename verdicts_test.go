package bpfc_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bpfc"
	"bpfc/linktype"
)

// unhex reads hexadecimal digits, with blanks anywhere.
func unhex(t testing.TB, parts ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(strings.Join(parts, "")), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// matches lists the packets, counted from 1, that a filter matches. With the
// optimizer and without they have to be the same.
func matches(t testing.TB, link linktype.Type, filter string, packets [][]byte) []int {
	t.Helper()
	var all [2][]int
	for i, more := range [][]bpfc.Option{nil, {bpfc.WithoutOptimizer()}} {
		prog, err := bpfc.Compile(filter, append(more, bpfc.WithLinkType(link), bpfc.WithSavefile(bpfc.SavefileUnswapped))...)
		if err != nil {
			t.Fatalf("%s %q: %v", link, filter, err)
		}
		m, err := prog.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		for n, p := range packets {
			if m.Match(p, uint32(len(p))) != 0 {
				all[i] = append(all[i], n+1)
			}
		}
	}
	if !slices.Equal(all[0], all[1]) {
		t.Errorf("%s %q: matches %v, without the optimizer %v", link, filter, all[0], all[1])
	}
	return all[0]
}

// wantMatches holds the verdicts of a filter against those given.
func wantMatches(t testing.TB, link linktype.Type, filter string, packets [][]byte, want ...int) {
	t.Helper()
	if got := matches(t, link, filter, packets); !slices.Equal(got, want) {
		t.Errorf("%s %q matches %v, want %v", link, filter, got, want)
	}
}

// What 802.11 frames and log records carry in the tests below.
const (
	snap = "aaaa03 000000"

	// udpOver and tcpInner are whole IPv4 packets, from 10.0.0.1 to 10.0.0.2 and
	// from 192.168.1.1 port 1 to 192.168.1.2 port 2.
	udpOver  = "45000020 00000000 4011 0000 0a000001 0a000002 0909 3039 000c 0000 00000000"
	tcpInner = "45000028 00000000 4006 0000 c0a80101 c0a80102 0001 0002 00000000 00000000 50020000 00000000"
	// outer is the IPv4 and UDP header of a tunnel up to the destination port.
	ip4Head = "45000000 00000000 4011 0000 0a000001 0a000002"
	outer   = ip4Head + "c000"

	innerEthernet = "020000000002 020000000001 0800" + tcpInner
	vxlanOver     = outer + "12b5 0000 0000 08000000 00001200" + innerEthernet
	geneveOver    = outer + "17c1 0000 0000 01006558 00001200 01020300" + innerEthernet
	pppSession    = "11000007 0000 0021" + udpOver
)

// frames are 802.11 frames without what precedes them: PPPoE session, PPPoE
// discovery, VLAN 5, VXLAN 18, Geneve 18, UDP, a PPPoE session in a QoS frame, a
// beacon, an acknowledgement.
func frames(pad string) []string {
	const addresses = "020000000001 020000000002 020000000003 0000"
	data := func(payload string) string { return "08000000" + addresses + snap + payload }
	return []string{
		data("8864" + pppSession),
		data("8863" + "11090000 0004 01010000"),
		data("8100" + "0005 0800" + udpOver),
		data("0800" + vxlanOver),
		data("0800" + geneveOver),
		data("0800" + udpOver),
		"88000000" + addresses + "0000" + pad + snap + "8864" + pppSession,
		"80000000" + addresses + "0000000000000000 6400 0000 0000",
		"d4000000 020000000001",
	}
}

// prefixes are headers that may precede an 802.11 frame.
var prefixes = []struct {
	name, header string
	link         linktype.Type
	pad          string // of a QoS header
}{
	{"802.11", "", linktype.IEEE802_11, ""},
	{"radiotap", "00000800 00000000", linktype.IEEE802_11_RADIO, ""},
	{"long radiotap", "00000d00 04000000 0200000000", linktype.IEEE802_11_RADIO, ""},
	{"radiotap with padding", "00000c00 02000000 20000000", linktype.IEEE802_11_RADIO, "0000"},
	{"Prism", "00000044" + strings.Repeat("00", 140), linktype.PRISM_HEADER, ""},
	{"AVS behind Prism's number", "80211001 00000040" + strings.Repeat("00", 56), linktype.PRISM_HEADER, ""},
	{"AVS", "80211001 00000040" + strings.Repeat("00", 56), linktype.IEEE802_11_RADIO_AVS, ""},
	{"PPI", "00000800 69000000", linktype.PPI, ""},
}

// TestFieldOffsetsBehindPrefixes: what vlan, pppoes, geneve and vxlan move the
// offsets from is computed, wherever the 802.11 frame starts and ends.
func TestFieldOffsetsBehindPrefixes(t *testing.T) {
	for _, p := range prefixes {
		t.Run(p.name, func(t *testing.T) {
			var packets [][]byte
			for _, f := range frames(p.pad) {
				packets = append(packets, unhex(t, p.header, f))
			}
			want := func(filter string, packet ...int) {
				t.Helper()
				wantMatches(t, p.link, filter, packets, packet...)
			}
			want("pppoes", 1, 7)
			want("pppoes 7", 1, 7)
			want("pppoes 8")
			want("not pppoes", 2, 3, 4, 5, 6, 8, 9)
			want("pppoed", 2)
			want("pppoes and ip", 1, 7)
			want("pppoes and udp dst port 12345 and src host 10.0.0.1", 1, 7)
			want("link[0] & 0x80 != 0 and pppoes and udp port 12345", 7)
			want("udp port 12345 or (pppoes and udp port 12345)", 1, 6, 7)
			want("pppoes and link[0:2] = 0x21", 1, 7)
			want("vxlan", 4)
			want("vxlan 18 and tcp", 4)
			want("vxlan 19 and tcp")
			want("vxlan and ether dst 02:00:00:00:00:02 and ip src 192.168.1.1", 4)
			want("not vxlan", 1, 2, 3, 5, 6, 7, 8, 9)
			want("geneve", 5)
			want("geneve 18 and tcp port 2", 5)
			want("geneve and not tcp port 2")
			want("not geneve", 1, 2, 3, 4, 6, 7, 8, 9)
			want("udp", 4, 5, 6)
			want("udp and not port 12345", 4, 5)
			want("wlan addr1 02:00:00:00:00:01 and vxlan and tcp", 4)
			if p.link != linktype.PPI { // which libpcap has no vlan for
				want("vlan and udp port 12345", 3)
				want("vlan 5 and ip", 3)
				want("udp or (vlan and udp)", 3, 4, 5, 6)
			}
		})
	}
}

// A PPI header in front of anything but an 802.11 frame is not looked behind,
// whatever header the filter ends at.
func TestFieldOtherFramesBehindPPI(t *testing.T) {
	var packets [][]byte
	for _, f := range frames("") {
		packets = append(packets, unhex(t, "00000800 01000000", f))
	}
	for _, filter := range []string{"pppoes", "vxlan", "geneve", "ip", "not vxlan", "vxlan or len > 1"} {
		wantMatches(t, linktype.PPI, filter, packets)
	}
}

// TestFieldOffsetsBehindPFLOG: the same for the log records of pf.
func TestFieldOffsetsBehindPFLOG(t *testing.T) {
	var packets [][]byte
	for _, length := range []int{45, 61, 64} {
		header := fmt.Sprintf("%02x02", length) + strings.Repeat("00", (length+3)/4*4-2)
		for _, p := range []string{vxlanOver, geneveOver, udpOver, tcpInner} {
			packets = append(packets, unhex(t, header, p))
		}
	}
	want := func(filter string, packet ...int) {
		t.Helper()
		wantMatches(t, linktype.PFLOG, filter, packets, packet...)
	}
	want("vxlan", 1, 5, 9)
	want("vxlan 18 and tcp dst port 2", 1, 5, 9)
	want("vxlan and not tcp")
	want("not vxlan", 2, 3, 4, 6, 7, 8, 10, 11, 12)
	want("geneve", 2, 6, 10)
	want("geneve 18 and host 192.168.1.1", 2, 6, 10)
	want("udp", 1, 2, 3, 5, 6, 7, 9, 10, 11)
	want("tcp", 4, 8, 12)
	want("tcp or (geneve and tcp)", 2, 4, 6, 8, 10, 12)
}

// TestFieldWLANAddresses: which 802.11 frames have which addresses, by
// pcap-filter(7), with ta as libpcap has it.
func TestFieldWLANAddresses(t *testing.T) {
	const (
		a1, a2, a3, a4 = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"

		one   = "020000000001"
		two   = one + "020000000002"
		three = two + "020000000003 0000"
		four  = three + "020000000004"
	)
	list := []string{
		"80000000" + three + "0000", // 1, management: beacon
		"d0000000" + three + "0000", // 2, management: action
		"84000000" + two + "00000000",
		"94000000" + two + "00000000", // 4, control: block acknowledgement, its request before it
		"a4000000" + two,              // 5, power-save poll
		"b4000000" + two,              // 6, request to send
		"c4000000" + one,              // 7, clear to send
		"d4000000" + one,              // 8, acknowledgement
		"e4000000" + two,              // 9, end of the contention-free period
		"08000000" + three + "0000",   // 10, data
		"08010000" + three + "0000",   // 11, data to the distribution system
		"08020000" + three + "0000",   // 12, data from it
		"88030000" + four + "0000",    // 13, data from one part of it to another, with QoS
	}
	for _, p := range prefixes {
		t.Run(p.name, func(t *testing.T) {
			var packets [][]byte
			for _, f := range list {
				packets = append(packets, unhex(t, p.header, f))
				// Those that have the second address would match a test of the bytes behind the first.
				packets[len(packets)-1] = append(packets[len(packets)-1], unhex(t, "020000000002")...)
			}
			want := func(filter string, packet ...int) {
				t.Helper()
				wantMatches(t, p.link, filter, packets, packet...)
			}
			want("wlan ra "+a1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
			want("not wlan ra "+a1, 1, 2)
			want("wlan ra " + a2)
			want("wlan ta "+a2, 10, 11, 12, 13)
			want("wlan addr1 "+a1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
			want("wlan addr2 "+a2, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13)
			want("wlan addr3 "+a3, 1, 2, 10, 11, 12, 13)
			want("wlan addr4 "+a4, 13)
			want("wlan src "+a2, 1, 2, 10, 11)
			want("wlan src "+a3, 12)
			want("wlan src "+a4, 13)
			want("wlan dst "+a1, 1, 2, 10, 12)
			want("wlan dst "+a3, 11, 13)
		})
	}
	wantMatches(t, linktype.IEEE802_11_RADIO, "wlan ra 02:00:00:00:00:01",
		[][]byte{unhex(t, "000012000200000000000000000000000000d4000000020000000001")}, 1)
}

// TestFieldNestedTunnels: one tunnel within another, behind each prefix.
func TestFieldNestedTunnels(t *testing.T) {
	const (
		addresses = "020000000001 020000000002 020000000003 0000"
		vxlanHead = outer + "12b5 0000 0000 08000000 00001200"
		geneveIP  = outer + "17c1 0000 0000 00000800 00001300" // no Ethernet header
		ethernet  = "020000000002 020000000001"
	)
	data := func(payload string) string { return "08000000" + addresses + snap + payload }
	list := []string{
		data("8864 11000007 0000 0021" + vxlanHead + innerEthernet),                                           // 1: VXLAN in PPPoE
		data("0800" + vxlanHead + ethernet + "8100 0005 0800" + tcpInner),                                     // 2: VLAN in VXLAN
		data("0800" + vxlanHead + ethernet + "8864 11000007 0000 0021" + tcpInner),                            // 3: PPPoE in VXLAN
		data("0800" + vxlanHead + ethernet + "0800" + geneveIP + tcpInner),                                    // 4: Geneve in VXLAN
		data("0800" + geneveIP + vxlanHead + innerEthernet),                                                   // 5: VXLAN in Geneve
		data("0800" + vxlanHead + ethernet + "0800" + vxlanHead + innerEthernet),                              // 6: VXLAN in VXLAN
		data("86dd 60000000 0000 1140" + strings.Repeat("00", 32) + vxlanHead[len(ip4Head):] + innerEthernet), // 7: VXLAN over IPv6
	}
	for _, p := range prefixes {
		t.Run(p.name, func(t *testing.T) {
			var packets [][]byte
			for _, f := range list {
				packets = append(packets, unhex(t, p.header, f))
			}
			for filter, want := range map[string][]int{
				"pppoes and vxlan 18 and tcp dst port 2":       {1},
				"vxlan and vlan 5 and tcp":                     {2},
				"vxlan and pppoes 7 and host 192.168.1.1":      {3},
				"vxlan 18 and geneve 19 and tcp src port 1":    {4},
				"geneve 19 and vxlan 18 and ether proto 0x800": {5},
				"vxlan and vxlan and tcp":                      {6},
				"ip6 and vxlan and tcp":                        {7},
				"vxlan and tcp":                                {7},
				"vxlan and udp":                                {4, 6},
			} {
				wantMatches(t, p.link, filter, packets, want...)
			}
		})
	}
}
