package print

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"bpfc/internal/battery"
	"bpfc/linktype"
)

// frame decodes hexadecimal, with spaces for reading.
func frame(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	ethIP   = "ffffffffffff 020000000001 0800 "
	ethARP  = "ffffffffffff 020000000001 0806 "
	ethIPv6 = "ffffffffffff 020000000001 86dd "
	syn     = ethIP + "4500003c 12344000 4006 0000 c0a80001 c0a80002 " + "d4310050 00000064 00000000 a002faf0 0000 0000 020405b4 0402080a 0000000a 00000000 01030307"
	synAck  = ethIP + "4500003c 00004000 4006 0000 c0a80002 c0a80001 " + "0050d431 000003e8 00000065 a012fe88 0000 0000 020405b4 0402080a 0000000b 0000000a 01030307"
	get     = ethIP + "4500003a 12364000 4006 0000 c0a80001 c0a80002 " + "d4310050 00000065 000003e9 501801f6 0000 0000 474554202f20485454502f312e310d0a0d0a"
	query   = ethIP + "45000039 00000000 4011 0000 0a000001 0a000002 " + "c3500035 00250000 " + "04d2 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001"
)

// lineTest is a conversation and the text it is to be printed as.
type lineTest struct {
	name    string
	options Options
	frames  []string
	want    string
}

// protocolTests are printed by tcpdump 4.99.3 in the same way.
var protocolTests = []lineTest{
	{"router advertisement", Options{Verbose: 1}, []string{ethIPv6 + "60000000 0068 3a ff fe800000000000000000000000000001 ff020000000000000000000000000001 8600 0000 40 c8 0708 00000000 000000000101 0200000000010501 0000 000005dc0304 40c0 00278d00 ffffffff 00000000 20010db80000000000000000000000001903 0000 00000384 20010db80000000000000000000000532602 0000 20010db800000000000000 00"},
		"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 104) fe80::1 > ff02::1: [bad icmp6 cksum 0x0000 -> 0x8934!] ICMP6, router advertisement, length 104\n\thop limit 64, Flags [managed, other stateful], pref high, router lifetime 1800s, reachable time 0ms, retrans timer 0ms\n\t  source link-address option (1), length 8 (1): 02:00:00:00:00:01\n\t  mtu option (5), length 8 (1):  1500\n\t  prefix info option (3), length 32 (4): 2001:db8::/64, Flags [onlink, auto], valid time 2592000s, pref. time infinity\n\t  rdnss option (25), length 24 (3):  lifetime 900s, addr: 2001:db8::53\n\t  unknown option (38), length 16 (2): \n\t  0x0000:  0000 2001 0db8 0000 0000 0000 0000\n"},
	{"multicast report", Options{Verbose: 1}, []string{ethIPv6 + "60000000 0024 00 01 fe800000000000000000000000000001 ff020000000000000000000000000016 3a00 0502 0000 0100 8f00 0000 0000 0001 04000000 ff0200000000000000000001ff000002"},
		"IP6 (hlim 1, next-header Options (0) payload length: 36) fe80::1 > ff02::16: HBH (rtalert: 0x0000) (padn) [bad icmp6 cksum 0x0000 -> 0x7106!] ICMP6, multicast listener report v2, 1 group record(s) [gaddr ff02::1:ff00:2 to_ex, 0 source(s)]\n"},
	{"routing header", Options{Verbose: 1}, []string{ethIPv6 + "60000000 0020 2b 40 20010db8000000000000000000000001 20010db8000000000000000000000002 1102 0001 00000000 20010db8000000000000000000000003 0001 0002 0008 0000"},
		"IP6 (hlim 64, next-header Routing (43) payload length: 32) 2001:db8::1 > 2001:db8::2: RT6 (len=2, type=0 [Deprecated], segleft=1, rsv=0x0, [0]2001:db8::3) 1 > 2: [bad udp cksum 0x0000 -> 0xa465!] UDP, length 0\n"},
	{"segments", Options{Verbose: 1}, []string{ethIPv6 + "60000000 0020 2b 40 20010db8000000000000000000000001 20010db8000000000000000000000002 1102 0400 00000007 20010db8000000000000000000000003 0001 0002 0008 0000"},
		"IP6 (hlim 64, next-header Routing (43) payload length: 32) 2001:db8::1 > 2001:db8::2: RT6 (len=2, type=4, segleft=0, last-entry=0, flags=0x0, tag=7, [0]2001:db8::3) 1 > 2: [bad udp cksum 0x0000 -> 0xa465!] UDP, length 0\n"},
	{"spanning tree", Options{}, []string{"ffffffffffff 020000000001 0026 424203 0000 00 00 00 8001020000000001 00000000 8001020000000001 8002 0000 1400 0200 0f00 0000000000000000"},
		"STP 802.1d, Config, Flags [none], bridge-id 8001.02:00:00:00:00:01.8002, length 35\n"},
	{"multiple spanning trees", Options{}, []string{"ffffffffffff 020000000001 0069 424203 0000 03 02 7c 8001020000000001 00000000 8001020000000001 8002 0000 1400 0200 0f00 00 0040 000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"},
		"STP 802.1s, Rapid STP, CIST Flags [Learn, Forward, Agreement], length 102\n"},
	{"per VLAN", Options{Verbose: 1}, []string{"ffffffffffff 020000000001 0032 aaaa03 00000c 010b 0000 00 00 00 8001020000000001 00000000 8001020000000001 8002 0000 1400 0200 0f00 0000000002 0064"},
		"STP 802.1d, Config, Flags [none], bridge-id 8001.02:00:00:00:00:01.8002, length 42\n\tmessage-age 0.00s, max-age 20.00s, hello-time 2.00s, forwarding-delay 15.00s\n\troot-id 8001.02:00:00:00:00:01, root-pathcost 0\n"},
	{"LLDP", Options{}, []string{"ffffffffffff 020000000001 88cc 0207 04 020000000001 0404 05 312f31 0602 0078 0a06 737769746368 0000"},
		"LLDP, length 29: switch\n"},
	{"EAPOL", Options{}, []string{"ffffffffffff 020000000001 888e 01 01 0000"},
		"EAPOL start (1) v1, len 0\n"},
	{"LACP", Options{}, []string{"ffffffffffff 020000000001 8809 01 01 0000000000000000000000000000000000000000"},
		"LACPv1, length 22\n"},
	{"protected, not encrypted", Options{}, []string{"ffffffffffff 020000000001 88e5 20 00 00000007 0200000000010001 0800 4500001c 00010000 4001 0000 0a000001 0a000002 0800 0000 0007 0003 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
		"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8\n"},
	{"encrypted", Options{}, []string{"ffffffffffff 020000000001 88e5 2c 00 00000007 0200000000010001 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
		"02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff 802.1AE MACsec, an 0, pn 7, flags ECI, sci 0200000000010001, \n\t0x0000:  eeee eeee eeee eeee eeee eeee eeee eeee  ................\n\t0x0010:  eeee eeee                                ....\n"},
	{"authentication header", Options{}, []string{ethIPv6 + "60000000 003c 33 01 fe800000000000000000000000000001 ff020000000000000000000000000005 5904 0000 00000100 00000013 0102030405060708090a0b0c 0301 0024 01010101 00000000 0000 0000 0000000000000000000000000000000000000000"},
		"IP6 fe80::1 > ff02::5: AH(spi=0x00000100,seq=0x13,icv=0x0102030405060708090a0b0c): OSPFv3, Hello, length 36\n"},
	{"PIM", Options{}, []string{ethIP + "45c0001e 00010000 0167 0000 0a000001 e000000d 2000 0000 0001 0002 0069"},
		"IP 10.0.0.1 > 224.0.0.13: PIMv2, Hello, length 10\n"},
	{"EIGRP", Options{}, []string{ethIP + "45c00028 00010000 0258 0000 0a000001 e000000a 0205 0000 00000000 00000000 00000000 00000064"},
		"IP 10.0.0.1 > 224.0.0.10: EIGRP Hello, length: 20\n"},
	{"IGMP query", Options{Verbose: 1}, []string{ethIP + "45c00020 00010000 0102 0000 0a000001 e0000001 11ff 0000 00000000 0200 0000"},
		"IP (tos 0xc0, ttl 1, id 1, offset 0, flags [none], proto IGMP (2), length 32, bad cksum 0 (->cf19)!)\n    10.0.0.1 > 224.0.0.1: igmp query v3 [max resp time 52m54s] bad igmp cksum 0!\n"},
	{"VRRP", Options{Verbose: 1}, []string{ethIP + "45c00024 00010000 ff70 0000 0a000001 e0000012 212b bf01 000a 0000 0a000001"},
		"IP truncated-ip - 4 bytes missing! (tos 0xc0, ttl 255, id 1, offset 0, flags [none], proto VRRP (112), length 36, bad cksum 0 (->d095)!)\n    10.0.0.1 > 224.0.0.18: VRRPv2, Advertisement, vrid 43, prio 191, authtype none, intvl 10s, length 16, addrs: 10.0.0.1\n"},
	{"SCTP data", Options{}, []string{ethIP + "45000034 00010000 4084 0000 0a000001 0a000002 0b59 0b5a 00000000 00000000 0003 0014 00000001 0001 0002 00000000 61626364"},
		"IP 10.0.0.1.2905 > 10.0.0.2.2906: sctp (1) [DATA] (B)(E) [TSN: 1] [SID: 1] [SSEQ 2] [PPID 0x0] \n"},
	{"HTTP", Options{Verbose: 1}, []string{ethIP + "45000049 00010000 4006 0000 0a000001 0a000002 0050 d431 00000001 00000001 5018 01f6 0000 0000 485454502f312e3120323030204f4b0d0a436f6e74656e742d4c656e6774683a20310d0a0d0aff"},
		"IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto TCP (6), length 73, bad cksum 0 (->66ac)!)\n    10.0.0.1.80 > 10.0.0.2.54321: Flags [P.], cksum 0x0000 (incorrect -> 0x3075), seq 1:34, ack 1, win 502, length 33: HTTP, length: 33\n\tHTTP/1.1 200 OK\n\tContent-Length:  [|http]\n"},
	{"HTTP body", Options{Verbose: 1}, []string{ethIP + "4500002d 00010000 4006 0000 0a000001 0a000002 0050 d431 00000001 00000001 5018 01f6 0000 0000 68656c6c6f"},
		"IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto TCP (6), length 45, bad cksum 0 (->66c8)!)\n    10.0.0.1.80 > 10.0.0.2.54321: Flags [P.], cksum 0x0000 (incorrect -> 0x8179), seq 1:6, ack 1, win 502, length 5: HTTP\n"},
}

func TestLines(t *testing.T) {
	tests := []lineTest{
		{"ARP", Options{}, []string{ethARP + "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"},
			"ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n"},
		{"ARP reply", Options{LinkHeader: true}, []string{ethARP + "0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002"},
			"02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28\n"},
		{"conversation", Options{}, []string{syn, synAck, get},
			"IP 192.168.0.1.54321 > 192.168.0.2.80: Flags [S], seq 100, win 64240, options [mss 1460,sackOK,TS val 10 ecr 0,nop,wscale 7], length 0\n" +
				"IP 192.168.0.2.80 > 192.168.0.1.54321: Flags [S.], seq 1000, ack 101, win 65160, options [mss 1460,sackOK,TS val 11 ecr 10,nop,wscale 7], length 0\n" +
				"IP 192.168.0.1.54321 > 192.168.0.2.80: Flags [P.], seq 1:19, ack 1, win 502, length 18: HTTP: GET / HTTP/1.1\n"},
		{"absolute sequence numbers", Options{AbsoluteSeq: true}, []string{synAck, get},
			"IP 192.168.0.2.80 > 192.168.0.1.54321: Flags [S.], seq 1000, ack 101, win 65160, options [mss 1460,sackOK,TS val 11 ecr 10,nop,wscale 7], length 0\n" +
				"IP 192.168.0.1.54321 > 192.168.0.2.80: Flags [P.], seq 101:119, ack 1001, win 502, length 18: HTTP: GET / HTTP/1.1\n"},
		{"quiet", Options{Quiet: true}, []string{get, query},
			"IP 192.168.0.1.54321 > 192.168.0.2.80: tcp 18\nIP 10.0.0.1.50000 > 10.0.0.2.53: UDP, length 29\n"},
		{"DNS", Options{}, []string{query}, "IP 10.0.0.1.50000 > 10.0.0.2.53: 1234+ A? example.com. (29)\n"},
		{"verbose", Options{Verbose: 1}, []string{query},
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto UDP (17), length 57, bad cksum 0 (->66b2)!)\n    10.0.0.1.50000 > 10.0.0.2.53: 1234+ A? example.com. (29)\n"},
		{"cut in the TCP header", Options{}, []string{syn[:len(ethIP)+59]}, "IP truncated-ip - 34 bytes missing! 192.168.0.1.54321 > 192.168.0.2.80:  [|tcp]\n"},
		{"cut in the IP header", Options{}, []string{syn[:len(ethIP)+20]}, "IP  [|ip]\n"},
		{"fragment", Options{}, []string{ethIP + "4500001c 00012001 4011 0000 0a000001 0a000002 0000000000000000"}, "IP 10.0.0.1 > 10.0.0.2: ip-proto-17\n"},
		{"ping", Options{}, []string{ethIP + "4500001c 00010000 4001 0000 0a000001 0a000002 0800 0000 0007 0003"}, "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8\n"},
		{"neighbor solicitation", Options{}, []string{ethIPv6 + "60000000 0018 3a ff fe800000000000000000000000000001 ff0200000000000000000001ff000002 8700 0000 00000000 fe800000000000000000000000000002"},
			"IP6 fe80::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fe80::2, length 24\n"},
		{"VLAN", Options{LinkHeader: true}, []string{"ffffffffffff 020000000001 8100 6007 0800 4500001c 00010000 4001 0000 0a000001 0a000002 0800 0000 0007 0003"},
			"02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: vlan 7, p 3, ethertype IPv4 (0x0800), 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8\n"},
		{"unknown ethertype", Options{}, []string{"ffffffffffff 020000000001 88b5 000102"},
			"02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype Unknown (0x88b5), length 17: \n\t0x0000:  0001 02                                  ...\n"},
		{"short frame", Options{}, []string{"ffff"}, " [|ether]\n"},
		{"no frame", Options{}, []string{""}, "[Invalid header: caplen==0, len==0]\n"},
		{"no text", Options{Dump: DumpText}, []string{ethARP}, " [|arp]\n..............\n"},
		{"carriage returns", Options{Dump: DumpText}, []string{ethIP + "450d0d0a 0d00"}, "IP  [|ip]\nE.\n.\n"},
		{"hex", Options{Dump: DumpHex}, []string{ethIP + "4500001c 00010000 4001 0000 0a000001 0a000002 0800 0000 0007 0003"},
			"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8\n\t0x0000:  4500 001c 0001 0000 4001 0000 0a00 0001\n\t0x0010:  0a00 0002 0800 0000 0007 0003\n"},
		{"hex with link header", Options{Dump: DumpBothLink}, []string{ethARP + "00"},
			" [|arp]\n\t0x0000:  ffff ffff ffff 0200 0000 0001 0806 00    ...............\n"},
		{"text", Options{Dump: DumpText}, []string{get},
			"IP 192.168.0.1.54321 > 192.168.0.2.80: Flags [P.], seq 101:119, ack 1001, win 502, length 18: HTTP: GET / HTTP/1.1\nE..:.6@.@............1.P...e....P.......GET / HTTP/1.1\n\n\n"},
	}
	for _, tt := range slices.Concat(tests, protocolTests) {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Time = NoTime
			p := New(tt.options)
			var out []byte
			for i, f := range tt.frames {
				data := frame(t, f)
				out = p.Append(out, &Packet{LinkType: 1, Data: data, WireLen: uint32(len(data)), Number: uint64(i + 1)})
			}
			if string(out) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", out, tt.want)
			}
		})
	}
}

// Packets of the usual protocols are printed without asking for memory, but for what is remembered of a TCP connection.
func TestNoMemory(t *testing.T) {
	for name, text := range map[string]string{"SYN": syn, "data": strings.Replace(get, "d4310050", "d4311f92", 1), "DNS": query, "ARP": ethARP + "0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002",
		"UDP over IPv6": ethIPv6 + "60000000 0009 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 c350 c351 0009 0000 00"} {
		for verbose := range 2 {
			p, data, line := New(Options{Verbose: verbose, Location: time.UTC}), frame(t, text), []byte(nil)
			if n := testing.AllocsPerRun(10, func() {
				line = p.Append(line[:0], &Packet{LinkType: linktype.EN10MB, Data: data, WireLen: uint32(len(data)), Timestamp: 1e18})
			}); n > 0 {
				t.Errorf("%s with %d -v: %v allocations: %s", name, verbose, n, line)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	zone := time.FixedZone("", 3600)
	stamps := []int64{1_000_000_000_123_456_789, 1_000_000_001_000_000_000, 1_000_003_599_999_999_999, 1_000_000_000_000_000_000}
	tests := []struct {
		o    Options
		want []string
	}{
		{Options{Time: NoTime}, []string{"", "", "", ""}},
		{Options{Time: TimeOfDay}, []string{"02:46:40.123456 ", "02:46:41.000000 ", "03:46:39.999999 ", "02:46:40.000000 "}},
		{Options{Time: Epoch, Nanoseconds: true}, []string{"1000000000.123456789 ", "1000000001.000000000 ", "1000003599.999999999 ", "1000000000.000000000 "}},
		{Options{Time: SinceLast}, []string{" 00:00:00.000000 ", " 00:00:00.876544 ", " 00:59:58.999999 ", "-00:59:59.999999 "}},
		{Options{Time: Date}, []string{"2001-09-09 02:46:40.123456 ", "2001-09-09 02:46:41.000000 ", "2001-09-09 03:46:39.999999 ", "2001-09-09 02:46:40.000000 "}},
		{Options{Time: SinceFirst}, []string{" 00:00:00.000000 ", " 00:00:00.876544 ", " 00:59:59.876543 ", "-00:00:00.123456 "}},
	}
	for _, tt := range tests {
		tt.o.Location = zone
		p := New(tt.o)
		for i, stamp := range stamps {
			got := string(p.Append(nil, &Packet{LinkType: 1, Timestamp: stamp, Data: []byte{0}, WireLen: 1}))
			if got != tt.want[i]+" [|ether]\n" {
				t.Errorf("%+v: %q, want %q", tt.o, got, tt.want[i])
			}
		}
	}
}

// A fraction of a second or more, as a damaged capture file may have it, is printed as it is, and as invalid.
func TestFieldInvalidFractions(t *testing.T) {
	type invalid struct {
		seconds, fraction int64 // as the file has them, the fraction in nanoseconds
	}
	stamps := []invalid{{1, 5000}, {1, 1e9}, {1, 1e9 + 1000}, {3, 4294967295 * 1000}, {9, 5000}}
	tests := []struct {
		o    Options
		want []string
	}{
		{Options{Time: TimeOfDay}, []string{"00:00:01.000005", "00:00:01.1000000 (invalid us)", "00:00:01.1000001 (invalid us)", "00:00:03.4294967295 (invalid us)", "00:00:09.000005"}},
		{Options{Time: Date}, []string{"1970-01-01 00:00:01.000005", "1970-01-01 00:00:01.1000000 (invalid us)", "1970-01-01 00:00:01.1000001 (invalid us)", "1970-01-01 00:00:03.4294967295 (invalid us)", "1970-01-01 00:00:09.000005"}},
		{Options{Time: Epoch, Nanoseconds: true}, []string{"1.000005000", "1.1000000000 (invalid ns)", "1.1000001000 (invalid ns)", "3.4294967295000 (invalid ns)", "9.000005000"}},
		{Options{Time: SinceLast}, []string{" 00:00:00.000000", " 00:00:00.999995", " 00:00:00.000001", " 00:00:02.4293967294 (invalid us)", "-01:11:28.967290"}},
		{Options{Time: SinceFirst}, []string{" 00:00:00.000000", " 00:00:00.999995", " 00:00:00.999996", " 00:00:02.4294967290 (invalid us)", " 00:00:08.000000"}},
	}
	for _, tt := range tests {
		tt.o.Location = time.UTC
		p := New(tt.o)
		for i, s := range stamps {
			got := string(p.Append(nil, &Packet{LinkType: 1, Timestamp: s.seconds*1e9 + s.fraction, Carry: uint16(s.fraction / 1e9), Data: []byte{0}, WireLen: 1}))
			if got != tt.want[i]+"  [|ether]\n" {
				t.Errorf("%+v: %q, want %q", tt.o.Time, got, tt.want[i])
			}
		}
	}
}

// Every prefix of a packet prints, with every option, and nothing that could
// move a terminal's cursor gets out.
func TestEveryPrefix(t *testing.T) {
	frames := []string{syn, get, query, ethARP + "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"}
	for _, tt := range protocolTests {
		frames = append(frames, tt.frames[0])
	}
	whole := make([][]byte, 0, len(frames))
	for _, f := range frames {
		whole = append(whole, frame(t, f))
	}
	for _, c := range dissectorCases(t) {
		if int(c.wireLen) == len(c.data) {
			whole = append(whole, c.data)
		}
	}
	for _, data := range battery.Some(whole) {
		printers := everyPrinter() // one set for all prefixes: making printers takes longer than printing does
		for n := range data {
			printAll(t, printers, 1, data[:n], uint32(len(data)))
		}
	}
}

// everyPrinter makes a printer for each way of printing a packet.
func everyPrinter() (all []*Printer) {
	for verbose := range 4 {
		for _, link := range []bool{false, true} {
			all = append(all, New(Options{Time: NoTime, Verbose: verbose, LinkHeader: link, Dump: DumpText}))
		}
	}
	return all
}

func printAll(t testing.TB, printers []*Printer, typ linktype.Type, data []byte, wireLen uint32) {
	for _, p := range printers {
		out := p.Append(nil, &Packet{LinkType: typ, Data: data, WireLen: wireLen})
		if len(out) > 16<<20 {
			t.Fatalf("%d bytes of text for %d of packet", len(out), len(data))
		}
		if i := bytes.IndexFunc(out, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f }); i >= 0 {
			t.Fatalf("the byte %#x is printed for % x: %q", out[i], data, out)
		}
	}
}

// FuzzPrint: no packet makes the printer panic, loop or print raw bytes.
func FuzzPrint(f *testing.F) {
	for _, s := range []string{syn, get, query, ethIPv6 + "60000000 0018 3a ff fe800000000000000000000000000001 ff0200000000000000000001ff000002 8700 0000 00000000 fe800000000000000000000000000002"} {
		f.Add(uint32(1), frame(f, s), uint32(100))
	}
	for _, tt := range protocolTests {
		f.Add(uint32(1), frame(f, tt.frames[0]), uint32(len(tt.frames[0])/2))
	}
	for _, c := range dissectorCases(f) {
		if int(c.wireLen) == len(c.data) {
			f.Add(uint32(1), c.data, c.wireLen)
		}
	}
	for _, c := range linkCases(f) {
		if c.flags == "-n" {
			f.Add(uint32(c.linkType), c.data, uint32(len(c.data)))
		}
	}
	f.Fuzz(func(t *testing.T, link uint32, data []byte, wireLen uint32) {
		if len(data) > 1<<16 {
			return
		}
		printAll(t, everyPrinter(), linktype.Type(link%300), data, wireLen%(1<<18))
	})
}

func BenchmarkAppend(b *testing.B) {
	data := frame(b, get)
	p := New(Options{})
	var out []byte
	for b.Loop() {
		out = p.Append(out[:0], &Packet{LinkType: 1, Data: data, WireLen: uint32(len(data))})
	}
}
