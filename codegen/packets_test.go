package codegen_test

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"bpfc/codegen"
	"bpfc/ir"
	"bpfc/linktype"
)

// The packets of these tests are written out by hand, so that they owe nothing
// to the code that they test.

func bytesOf(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string: // hexadecimal, spaces between
			h, err := hex.DecodeString(strings.ReplaceAll(p, " ", ""))
			if err != nil {
				panic(err)
			}
			b = append(b, h...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

const macs = "021122334455 0200deadbeef" // destination, source

func ethernet(etherType string, payload ...any) []byte {
	return bytesOf(append([]any{macs, etherType}, payload...)...)
}

// ip4 is a packet from 10.0.0.1 to 10.0.0.2.
func ip4(proto string, payload ...any) []byte {
	return bytesOf(append([]any{"45000000 00000000 40", proto, "0000 0a000001 0a000002"}, payload...)...)
}

// ip4Options is the same with a header of 24 bytes.
func ip4Options(proto string, payload ...any) []byte {
	return bytesOf(append([]any{"46000000 00000000 40", proto, "0000 0a000001 0a000002 01010101"}, payload...)...)
}

// ip6 is a packet from 2001:db8::1 to 2001:db8::2.
func ip6(next string, payload ...any) []byte {
	return bytesOf(append([]any{"60000000 0000", next, "40 20010db8000000000000000000000001 20010db8000000000000000000000002"}, payload...)...)
}

func udp(dst uint16, payload ...any) []byte {
	return bytesOf(append([]any{"3039", binary.BigEndian.AppendUint16(nil, dst), "00000000"}, payload...)...)
}

func tcp(dst uint16) []byte {
	return bytesOf("3039", binary.BigEndian.AppendUint16(nil, dst), "00000001 00000000 5002 0000 0000 0000")
}

var (
	ip4TCP = ip4("06", tcp(80))
	ip6TCP = ip6("06", tcp(80))

	plain4   = ethernet("0800", ip4TCP)
	plain6   = ethernet("86dd", ip6TCP)
	tagged   = ethernet("8100", "0005 0800", ip4TCP)
	tagged6  = ethernet("88a8", "0005 86dd", ip6TCP)
	twice    = ethernet("88a8", "0005 8100 0007 0800", ip4TCP)
	label1   = ethernet("8847", "00010140", ip4TCP)          // label 16, bottom of stack
	label2   = ethernet("8847", "00010040 00011140", ip6TCP) // labels 16 and 17
	session  = ethernet("8864", "11000007 0000 0021", ip4TCP)
	session6 = ethernet("8100", "0005 8864 11000007 0000 0057", ip6TCP)

	inner       = ethernet("0800", ip4TCP)
	geneve      = ethernet("0800", ip4("11", udp(6081, "0000 6558 00000900", inner)))
	geneveIP    = ethernet("0800", ip4("11", udp(6081, "0000 0800 00000900", ip4TCP)))
	geneveIP6   = ethernet("86dd", ip6("11", udp(6081, "0000 86dd 00000900", ip6TCP)))
	geneveLong  = ethernet("0800", ip4Options("11", udp(6081, "0200 6558 00000900 0102030405060708", inner)))
	vxlan       = ethernet("0800", ip4("11", udp(4789, "08000000 00000900", inner)))
	vxlan6      = ethernet("86dd", ip6("11", udp(4789, "08000000 00000900", ethernet("86dd", ip6TCP))))
	laneIP      = bytesOf("01000021 0001", inner)
	laneControl = bytesOf("01000021 ff00", inner)
	llcIP       = bytesOf("02000021 aaaa03000000 0800", ip4TCP)
)

// verdicts are filters with packets that match and packets that do not.
var verdicts = []struct {
	link   linktype.Type
	filter string
	yes    [][]byte
	no     [][]byte
}{
	// vlan moves the offsets of all that is written after it, and not of what is before.
	{linktype.EN10MB, "ip", [][]byte{plain4}, [][]byte{tagged, plain6}},
	{linktype.EN10MB, "vlan", [][]byte{tagged, tagged6, twice}, [][]byte{plain4, label1}},
	{linktype.EN10MB, "vlan and ip", [][]byte{tagged}, [][]byte{plain4, tagged6, twice}},
	{linktype.EN10MB, "vlan 5 and tcp port 80", [][]byte{tagged, tagged6}, [][]byte{plain4, twice}},
	{linktype.EN10MB, "vlan 7", nil, [][]byte{tagged, twice}},
	{linktype.EN10MB, "vlan and vlan 7 and host 10.0.0.1", [][]byte{twice}, [][]byte{tagged, plain4}},
	{linktype.EN10MB, "ip or vlan", [][]byte{plain4, tagged, tagged6}, [][]byte{plain6}},
	{linktype.EN10MB, "vlan or ip", [][]byte{tagged, tagged6}, [][]byte{plain4}},
	{linktype.EN10MB, "(vlan and ip6) or ip6", [][]byte{tagged6}, [][]byte{plain6}},
	{linktype.EN10MB, "not vlan and ip", nil, [][]byte{plain4, tagged}},
	{linktype.EN10MB, "ip and not vlan", [][]byte{plain4}, [][]byte{tagged}},
	{linktype.EN10MB, "vlan and ether src 02:00:de:ad:be:ef and link[12:2] = 0x8100", [][]byte{tagged}, [][]byte{plain4, tagged6}},

	// mpls goes by the bottom of the stack and the version of IP.
	{linktype.EN10MB, "mpls 16", [][]byte{label1, label2}, [][]byte{plain4}},
	{linktype.EN10MB, "mpls and ip", [][]byte{label1}, [][]byte{label2, plain4}},
	{linktype.EN10MB, "mpls and ip6", nil, [][]byte{label1, label2}},
	{linktype.EN10MB, "mpls and mpls 17 and ip6 and tcp port 80", [][]byte{label2}, [][]byte{label1}},
	{linktype.EN10MB, "mpls and mpls", [][]byte{label2}, [][]byte{label1}},
	{linktype.EN10MB, "mpls and host 10.0.0.2", [][]byte{label1}, [][]byte{label2}},

	// pppoes leaves Ethernet for PPP.
	{linktype.EN10MB, "pppoes", [][]byte{session}, [][]byte{session6, plain4}},
	{linktype.EN10MB, "pppoes 7 and tcp port 80", [][]byte{session}, [][]byte{session6}},
	{linktype.EN10MB, "pppoes 8", nil, [][]byte{session}},
	{linktype.EN10MB, "vlan and pppoes and ip6", [][]byte{session6}, [][]byte{session}},
	{linktype.EN10MB, "pppoes and link[0:2] = 0x0021", [][]byte{session}, nil},

	// geneve and vxlan go on within, over IPv4 and IPv6, past options of any length.
	{linktype.EN10MB, "geneve", [][]byte{geneve, geneveIP, geneveIP6, geneveLong}, [][]byte{vxlan, plain4}},
	{linktype.EN10MB, "geneve 9 and tcp port 80", [][]byte{geneve, geneveIP, geneveIP6, geneveLong}, [][]byte{vxlan}},
	{linktype.EN10MB, "geneve 8", nil, [][]byte{geneve, geneveLong}},
	{linktype.EN10MB, "geneve and ip", [][]byte{geneve, geneveIP, geneveLong}, [][]byte{geneveIP6}},
	{linktype.EN10MB, "geneve and ether src 02:00:de:ad:be:ef", [][]byte{geneve, geneveLong}, [][]byte{geneveIP, geneveIP6}},
	{linktype.EN10MB, "geneve and link[12:2] = 0x0800", [][]byte{geneve, geneveLong}, nil},
	{linktype.EN10MB, "vxlan 9 and tcp port 80", [][]byte{vxlan, vxlan6}, [][]byte{geneve, plain4}},
	{linktype.EN10MB, "vxlan 8", nil, [][]byte{vxlan}},
	{linktype.EN10MB, "vxlan and ip6", [][]byte{vxlan6}, [][]byte{vxlan}},
	{linktype.EN10MB, "vxlan and ether dst 02:11:22:33:44:55", [][]byte{vxlan, vxlan6}, nil},

	// lane leaves ATM for Ethernet, but not in its control frames.
	{linktype.SUNATM, "lane", [][]byte{laneIP, laneControl}, [][]byte{llcIP}},
	{linktype.SUNATM, "lane and ip", [][]byte{laneIP}, [][]byte{laneControl, llcIP}},
	{linktype.SUNATM, "ip", [][]byte{llcIP}, [][]byte{laneIP}},
	{linktype.SUNATM, "lane and ether src 02:00:de:ad:be:ef", [][]byte{laneIP}, [][]byte{laneControl}},
	{linktype.SUNATM, "vci 33 and llc", [][]byte{llcIP}, [][]byte{laneIP}},

	// Ports: of IPv4 only first fragments, of IPv6 only without extension headers.
	{linktype.IPV4, "udp port 53", [][]byte{ip4("11", udp(53)), ip4Options("11", udp(53))},
		[][]byte{ip4("06", udp(53)), bytesOf("45000000 00000001 4011 0000 0a000001 0a000002", udp(53))}},
	{linktype.IPV6, "udp port 53", [][]byte{ip6("11", udp(53))}, [][]byte{ip6("2c", "1100000000000000", udp(53))}},
	{linktype.IPV6, "udp", [][]byte{ip6("11", udp(53)), ip6("2c", "1100000000000000", udp(53))}, [][]byte{ip6TCP}},

	// A negative offset wraps around and lies outside of every packet, but where
	// a variable length is added it wraps back.
	{linktype.EN10MB, "ip[-2:2] = 0x0800", nil, [][]byte{plain4}},
	{linktype.EN10MB, "not ip[-2:2] = 0x0800", [][]byte{plain6}, [][]byte{plain4}},
	{linktype.EN10MB, "tcp[-4:4] = 0x0a000002", [][]byte{plain4}, nil},

	// A name's addresses of both families.
	{linktype.IPV4, "host server", [][]byte{bytesOf("45000000 00000000 4000 0000 0a000005 01020304"), bytesOf("45000000 00000000 4000 0000 01020304 0a000009")}, [][]byte{ip4TCP}},
	{linktype.IPV6, "host server", [][]byte{bytesOf("60000000 0000 00 40 20010db8000000000000000000000005 20010db8000000000000000000000002")}, [][]byte{ip6TCP}},

	// gateway: the router's link-layer address, but not its IP address.
	{linktype.EN10MB, "gateway router", [][]byte{
		bytesOf("020000000001 0200deadbeef 0800 45000000 00000000 4000 0000 0a000007 0a000008"),
	}, [][]byte{
		bytesOf("020000000001 0200deadbeef 0800 45000000 00000000 4000 0000 0a000007 0a000001"),
		bytesOf("020000000002 0200deadbeef 0800 45000000 00000000 4000 0000 0a000007 0a000008"),
	}},

	// Services bind a protocol, and one of both stands for SCTP too.
	{linktype.IPV4, "port stream", [][]byte{ip4("06", tcp(25))}, [][]byte{ip4("11", udp(25)), ip4("84", udp(25))}},
	{linktype.IPV4, "port datagram", [][]byte{ip4("11", udp(69))}, [][]byte{ip4("06", tcp(69))}},
	{linktype.IPV4, "port both", [][]byte{ip4("11", udp(53)), ip4("06", tcp(53)), ip4("84", udp(53))}, [][]byte{ip4("11", udp(54))}},
	{linktype.IPV4, "port apart", [][]byte{ip4("06", tcp(515))}, [][]byte{ip4("11", udp(514)), ip4("11", udp(515))}},
	{linktype.IPV4, "portrange stream-both", [][]byte{ip4("06", tcp(30)), ip4("11", udp(30))}, [][]byte{ip4("06", tcp(54))}},
	{linktype.IPV4, "portrange 30-stream", [][]byte{ip4("06", tcp(30)), ip4("11", udp(30))}, [][]byte{ip4("06", tcp(31))}},
	{linktype.IPV4, "udp portrange 50-both", [][]byte{ip4("11", udp(53)), ip4("11", udp(50))}, [][]byte{ip4("06", tcp(53))}},
	{linktype.IPV4, "tcp portrange stream-60", [][]byte{ip4("06", tcp(30))}, [][]byte{ip4("11", udp(30)), ip4("06", tcp(61))}},

	// DECnet addresses in both header formats, with padding and without.
	{linktype.EN10MB, "decnet src 1.5", [][]byte{
		ethernet("6003", "0000 02 0904 0504 00"), ethernet("6003", "0000 81 02 0904 0504 00"),
		ethernet("6003", "0000 06 0000 aa000400 0904 0000 aa000400 0504 00000000"),
	}, [][]byte{
		ethernet("6003", "0000 02 0504 0904 00000000000000000000000000"),
		plain4,
	}},
	{linktype.EN10MB, "decnet dst 1.9", [][]byte{
		ethernet("6003", "0000 02 0904 0504 00"), ethernet("6003", "0000 81 02 0904 0504 00"),
		ethernet("6003", "0000 06 0000 aa000400 0904 0000 aa000400 0504 00000000"),
	}, [][]byte{
		ethernet("6003", "0000 02 0504 0904 00000000000000000000000000"),
	}},

	// Only what the left operand of an operator checks is checked.
	{linktype.EN10MB, "ip[0] + udp[0] > 0", [][]byte{plain4}, [][]byte{plain6}},
	{linktype.EN10MB, "udp[0] + ip[0] > 0", nil, [][]byte{plain4}},
	{linktype.EN10MB, "ip[0] > udp[0]", [][]byte{ethernet("0800", ip4("11", udp(53)))}, [][]byte{plain4}},
}

func TestVerdicts(t *testing.T) {
	for _, tt := range verdicts {
		g := mustGenerate(t, tt.filter, options(on(tt.link)))
		for _, p := range tt.yes {
			if !ir.Run(g, p, len(p), nil) {
				t.Errorf("%s %q rejects %x\n%s", tt.link, tt.filter, p, g)
			}
		}
		for _, p := range tt.no {
			if ir.Run(g, p, len(p), nil) {
				t.Errorf("%s %q accepts %x\n%s", tt.link, tt.filter, p, g)
			}
		}
	}
}

// A packet cut so short that a load fails is rejected, wherever the load
// stands; whatever was decided before does not need it.
func TestTruncated(t *testing.T) {
	for _, tt := range []struct {
		filter string
		least  int // the captured length from which on plain4 is accepted
	}{
		{"ip", 14}, {"not arp", 14}, {"not ip6 and tcp", 24}, {"len > 20", 0}, {"link[40] < 0xff or ip", 41}, {"ip or link[40] < 0xff", 14},
		{"not link[40] = 0xff", 41}, {"host 10.0.0.1", 30}, {"dst host 10.0.0.2", 34}, {"tcp port 80", 38}, {"tcp dst port 80", 38}, {"tcp[13] = 2", 48},
	} {
		g := mustGenerate(t, tt.filter, options())
		for n := range len(plain4) + 1 {
			if got := ir.Run(g, plain4[:n], len(plain4), nil); got != (n >= tt.least) {
				t.Errorf("%q on %d bytes of %d: %v", tt.filter, n, len(plain4), got)
			}
		}
	}
}

// A program reads the length on the wire, not the one captured.
func TestWireLength(t *testing.T) {
	g := mustGenerate(t, "greater 1000 and ip", options())
	if !ir.Run(g, plain4, 1000, nil) || ir.Run(g, plain4, 999, nil) {
		t.Error("greater 1000 does not go by the length on the wire")
	}
}

// loopback is a packet behind an address family in a byte order.
func loopback(order binary.AppendByteOrder, af uint32, header int, ip []byte) []byte {
	return bytesOf(order.AppendUint32(nil, af), make([]byte, header-4), ip)
}

// Address families of IPv6 differ by system. In files all count, in both byte
// orders, but LOOP is big-endian everywhere.
func TestSavefileFamilies(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for _, tt := range []struct {
		link   linktype.Type
		header int
		swaps  bool
	}{{linktype.NULL, 4, true}, {linktype.ENC, 12, true}, {linktype.LOOP, 4, false}} {
		for _, s := range []codegen.Savefile{codegen.Unswapped, codegen.Swapped} {
			v4 := mustGenerate(t, "ip", options(on(tt.link), savefile(s)))
			v6 := mustGenerate(t, "ip6 and tcp", options(on(tt.link), savefile(s)))
			for af := uint32(0); af < 40; af++ {
				for _, order := range []binary.AppendByteOrder{little, big} {
					orderCounts := tt.swaps || order == binary.AppendByteOrder(big)
					p := loopback(order, af, tt.header, ip6TCP)
					if got, want := ir.Run(v6, p, len(p), nil), orderCounts && slices.Contains([]uint32{24, 28, 30}, af); got != want && af != 0 {
						t.Errorf("%s %v, ip6, family %d in %v: %v", tt.link, s, af, order, got)
					}
					p = loopback(order, af, tt.header, ip4TCP)
					if got, want := ir.Run(v4, p, len(p), nil), orderCounts && af == 2; got != want {
						t.Errorf("%s %v, ip, family %d in %v: %v", tt.link, s, af, order, got)
					}
				}
			}
		}
	}
}

// In PFLOG files the length of the header is the packet's own, padded to 4
// bytes.
func TestPFLogHeader(t *testing.T) {
	for length, padded := range map[byte]int{61: 64, 64: 64, 45: 48, 100: 100} {
		for af, want := range map[byte]bool{24: true, 28: true, 30: true, 2: false, 10: false} {
			p := bytesOf([]byte{length, af}, make([]byte, padded-2), ip6TCP)
			g := mustGenerate(t, "ip6 dst host 2001:db8::2 and tcp port 80", options(on(linktype.PFLOG), savefile(codegen.Unswapped)))
			if got := ir.Run(g, p, len(p), nil); got != want {
				t.Errorf("header length %d, family %d: %v", length, af, got)
			}
		}
	}
}

// metadata is ancillary data by its offset.
func metadata(m map[uint32]uint32) func(uint32) uint32 {
	return func(k uint32) uint32 { return m[k] }
}

const (
	ancPacketType = 0xfffff004
	ancInterface  = 0xfffff008
	ancTag        = 0xfffff02c
	ancTagPresent = 0xfffff030
)

// With Linux extensions the outer tag may be in the packet or in its metadata;
// what follows is found in either case.
func TestLinuxExtensions(t *testing.T) {
	stripped5 := metadata(map[uint32]uint32{ancTagPresent: 1, ancTag: 0x2005})
	outgoing := metadata(map[uint32]uint32{ancPacketType: 4, ancInterface: 3})
	for _, tt := range []struct {
		filter string
		pkt    []byte
		anc    func(uint32) uint32
		want   bool
	}{
		{"vlan", plain4, stripped5, true},
		{"vlan", plain4, nil, false},
		{"vlan", tagged, nil, true},
		{"vlan 5", plain4, stripped5, true},
		{"vlan 6", plain4, stripped5, false},
		{"vlan 5", tagged, nil, true},
		{"vlan 6", tagged, nil, false},
		{"vlan 5 and tcp port 80", plain4, stripped5, true},
		{"vlan 5 and tcp port 80", tagged, nil, true},
		{"vlan 5 and tcp port 80", plain4, nil, false},
		{"vlan 5 and vlan 7 and ip", twice, nil, true},
		{"vlan 5 and vlan 5 and ip", tagged, stripped5, true},
		{"vlan and ip6", tagged6, nil, true},
		{"outbound", plain4, outgoing, true},
		{"inbound", plain4, outgoing, false},
		{"inbound", plain4, nil, true},
		{"ifindex 3", plain4, outgoing, true},
		{"ifindex 4", plain4, outgoing, false},
	} {
		g := mustGenerate(t, tt.filter, options(extensions))
		if got := ir.Run(g, tt.pkt, len(tt.pkt), tt.anc); got != tt.want {
			t.Errorf("%q on %x: %v\n%s", tt.filter, tt.pkt, got, g)
		}
	}
}

// "ip broadcast" is all ones or all zeros in the host's part of the address.
func TestIPBroadcast(t *testing.T) {
	g := mustGenerate(t, "ip broadcast", options(on(linktype.IPV4), netmask(0xffffff00)))
	for dst, want := range map[string]bool{"0a0000ff": true, "0a000000": true, "ffffffff": true, "0a000001": false, "0a0001fe": false} {
		p := bytesOf("45000000 00000000 4000 0000 0a000001", dst)
		if got := ir.Run(g, p, len(p), nil); got != want {
			t.Errorf("to %s: %v", dst, got)
		}
	}
}

// Names that are numbers stand for themselves, whoever is asked for names.
func TestLiteralNames(t *testing.T) {
	for a, b := range map[string]string{
		`host \10.1.2.3`: "host 10.1.2.3", `host \10.1`: "host 10.0.0.1", `ip6 host \fe80::1`: "ip6 host fe80::1",
		`host \::ffff:10.1.2.3`: "host ::ffff:10.1.2.3", `port \80`: "port 80", `portrange 08-012`: "portrange 8-10",
		`udp portrange 09-both`: "udp portrange 9-53",
	} {
		x, y := mustGenerate(t, a, options()), mustGenerate(t, b, options())
		if x.String() != y.String() {
			t.Errorf("%s:\n%s%s:\n%s", a, x, b, y)
		}
	}
}
