package optimizer_test

import (
	"testing"

	"golang.org/x/net/bpf"
)

// count returns how many instructions of a program are of an operation and, if
// k is not negative, have it as their constant.
func count(prog []bpf.RawInstruction, op uint16, k int64) (n int) {
	for _, in := range prog {
		if in.Op == op && (k < 0 || int64(in.K) == k) {
			n++
		}
	}
	return n
}

// Operations of struct bpf_insn, linux/filter.h.
const (
	opLoadWord = 0x20 // ld [k]
	opJumpEq   = 0x15
	opJumpGe   = 0x35
	opJumpSet  = 0x45
	opLoadHalf = 0x48 // ldh [x + k]
	opLoadByte = 0x30 // ldb [k]
	opLength   = 0xb1 // ldxb 4*([k]&0xf)
	opAnd      = 0x54
)

// TestEndings tells of each of the last passes what it is to bring about.
func TestEndings(t *testing.T) {
	tests := []struct {
		name, filter string
		op           uint16
		k            int64
		want         int
	}{
		{"words: protocol and fragment offset are one comparison", "tcp port 80", opJumpSet, 0x1fff, 0},
		{"guards: three protocols and the fragment offset are one word", "host 10.0.0.1 and port 80", opJumpSet, 0x1fff, 0},
		{"guards: the word is loaded once", "host 10.0.0.1 and port 80", opLoadWord, 20, 1},
		{"fronts: the protocol behind an extension header is compared with the others", "tcp", opJumpEq, 6, 1},
		{"zeros: two types that differ in a bit, one of them 0, are one test of bits", "icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply", opJumpSet, 0xf7, 1},
		{"sharing: the ports of IPv4 and IPv6 are compared once", "port 80", opLoadHalf, 14, 1},
		{"sharing: likewise where a fragment offset is looked at behind them", "tcp port 80 or tcp port 443", opJumpEq, 443, 2},
		{"bisecting: one comparison rejects what has no VLAN tag", "vlan 100 and tcp port 80", opJumpGe, 0x8100, 1},
		{"lifting: what all members of a list need is looked at once", "(src host 10.0.0.1 and dst port 443) or (dst host 10.0.0.1 and src port 443)", opLoadWord, 20, 1},
		{"indexing: the header's length is computed once for all hosts", "(host 10.0.0.1 and port 5432) or (host 10.0.0.2 and port 6379) or (host 10.0.0.3 and port 9092)", opLength, 14, 1},
		{"masks: one for all prefixes of a length", "src net 192.0.2.0/24 or src net 198.51.100.0/24 or src net 203.0.113.0/24", opAnd, 0xffffff00, 1},
		{"masks: none where a byte can be loaded alone", "src net 10.0.0.0/8 and not dst net 10.0.0.0/8", opLoadByte, 26, 1},
		{"sharing: three protocols are compared once for IPv4 and IPv6", "not port 22", opJumpEq, 132, 1},
		{"bits: no other address than a multicast address is the broadcast address", "(ether multicast or ether broadcast) and not arp", opLoadHalf | 0x20, 0, 0},
		{"sharing: one search for the addresses of IPv4, ARP and RARP", "src host 10.0.0.1", opJumpEq, 0x0a000001, 1},
	}
	for _, tt := range tests {
		if _, prog := compile(t, tt.filter); count(prog, tt.op, tt.k) != tt.want {
			t.Errorf("%s: %q has %d instructions %#x %#x, want %d:\n%v", tt.name, tt.filter, count(prog, tt.op, tt.k), tt.op, tt.k, tt.want, prog)
		}
	}
}

// TestSmallPrograms bounds programs whose length several passes bring about
// together.
func TestSmallPrograms(t *testing.T) {
	for filter, most := range map[string]int{
		"tcp": 10, "tcp port 80": 16, "port 80": 21, "host 10.0.0.1": 13, "icmp6": 8, "host 10.0.0.1 and port 80": 18,
		// What is 42 bytes behind another header is loaded from there at once.
		"vxlan 0x7 and ip6": 29,
		// The broadcast address is a multicast address; its bytes must be captured.
		"not broadcast and not multicast": 5,
		// What networks are looked for behind a common prefix is one set.
		"net 2001:db8:1::/48 or net 2001:db8:2::/48": 19,
		"host 2001:db8::1 or host 2001:db8::2":       30,
		// Three hosts with one port: the port is looked for once.
		"(host 10.0.0.10 and port 9200) or (host 10.0.0.11 and port 9200) or (host 10.0.0.12 and port 9200)": 22,
		"(host 10.0.0.1 and port 5432) or (host 10.0.0.2 and port 6379) or (host 10.0.0.3 and port 9092)":    36,
	} {
		if _, prog := compile(t, filter); len(prog) > most {
			t.Errorf("%q has %d instructions, want %d at most", filter, len(prog), most)
		}
	}
}

// What twins that are entered in three places lead to may lie behind the last of these.
func TestTwinsJoinedBelowTheirExits(t *testing.T) {
	const filter = "not (host 10.0.0.2 or (host 10.0.1.2 and port 80) or (host 10.0.1.3 and port 81) or (host 10.0.0.4 and port 81)" +
		" or host 10.0.1.1 or host 10.0.1.5 or (host 10.0.0.3 and port 81) or (host 10.0.0.3 and port 83)" +
		" or (host 10.0.1.5 and port 81) or (host 10.0.0.1 and port 82))"
	samePackets(t, filter, stages(t, filter, generate(t, "EN10MB", filter)), 200)
}
