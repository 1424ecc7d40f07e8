package print

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"
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

func TestLines(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		frames  []string
		want    string
	}{
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
		{"hex", Options{Dump: DumpHex}, []string{ethIP + "4500001c 00010000 4001 0000 0a000001 0a000002 0800 0000 0007 0003"},
			"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8\n\t0x0000:  4500 001c 0001 0000 4001 0000 0a00 0001\n\t0x0010:  0a00 0002 0800 0000 0007 0003\n"},
		{"hex with link header", Options{Dump: DumpBothLink}, []string{ethARP + "00"},
			" [|arp]\n\t0x0000:  ffff ffff ffff 0200 0000 0001 0806 00    ...............\n"},
		{"text", Options{Dump: DumpText}, []string{get},
			"IP 192.168.0.1.54321 > 192.168.0.2.80: Flags [P.], seq 101:119, ack 1001, win 502, length 18: HTTP: GET / HTTP/1.1\nE..:.6@.@............1.P...e....P.......GET / HTTP/1.1\n\n\n"},
	}
	for _, tt := range tests {
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
		{Options{Time: SinceLast}, []string{" 00:00:00.000000 ", " 00:00:00.876543 ", " 00:59:58.999999 ", "-00:59:59.999999 "}},
		{Options{Time: Date}, []string{"2001-09-09 02:46:40.123456 ", "2001-09-09 02:46:41.000000 ", "2001-09-09 03:46:39.999999 ", "2001-09-09 02:46:40.000000 "}},
		{Options{Time: SinceFirst}, []string{" 00:00:00.000000 ", " 00:00:00.876543 ", " 00:59:59.876543 ", "-00:00:00.123456 "}},
	}
	for _, tt := range tests {
		tt.o.Location = zone
		p := New(tt.o)
		for i, stamp := range stamps {
			got := string(p.Append(nil, &Packet{LinkType: 1, Timestamp: stamp}))
			if got != tt.want[i]+" [|ether]\n" {
				t.Errorf("%+v: %q, want %q", tt.o, got, tt.want[i])
			}
		}
	}
}

// Every prefix of a packet prints, with every option, and nothing that could
// move a terminal's cursor gets out.
func TestEveryPrefix(t *testing.T) {
	for _, f := range []string{syn, get, query, ethARP + "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"} {
		data := frame(t, f)
		for n := range data {
			printAll(t, 1, data[:n], uint32(len(data)))
		}
	}
}

func printAll(t testing.TB, linktype uint32, data []byte, wireLen uint32) {
	for verbose := range 4 {
		for _, link := range []bool{false, true} {
			p := New(Options{Time: NoTime, Verbose: verbose, LinkHeader: link, Dump: DumpText})
			out := p.Append(nil, &Packet{LinkType: linktype, Data: data, WireLen: wireLen})
			if i := bytes.IndexFunc(out, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f }); i >= 0 {
				t.Fatalf("the byte %#x is printed for % x: %q", out[i], data, out)
			}
		}
	}
}

// FuzzPrint: no packet makes the printer panic, loop or print raw bytes.
func FuzzPrint(f *testing.F) {
	for _, s := range []string{syn, get, query, ethIPv6 + "60000000 0018 3a ff fe800000000000000000000000000001 ff0200000000000000000001ff000002 8700 0000 00000000 fe800000000000000000000000000002"} {
		f.Add(uint32(1), frame(f, s), uint32(100))
	}
	f.Add(uint32(276), make([]byte, 40), uint32(40))
	f.Fuzz(func(t *testing.T, linktype uint32, data []byte, wireLen uint32) {
		if len(data) > 1<<16 {
			return
		}
		printAll(t, linktype%300, data, wireLen%(1<<18))
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
