package explain_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"bpfc"
	"bpfc/ast"
	"bpfc/explain"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

func filter(t testing.TB, expr string, link linktype.Type) *explain.Filter {
	t.Helper()
	f, err := explain.New(context.Background(), expr, explain.Options{LinkType: link, Names: resolver})
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return f
}

var resolver = names.Map{
	Hosts: map[string][]netip.Addr{"web": {netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")}},
	Ports: map[string][]names.PortEntry{"domain": {{Port: 53, Proto: "tcp"}, {Port: 53, Proto: "udp"}}},
}

// practical are the filters of testdata/practical.txt.
func practical(t testing.TB) (list []string) {
	text, err := os.ReadFile("../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

// What the tree comes to is what the compiled program says, for whole packets and cut ones, of every link-layer type that
// packets can be made for; and a filter that is said to match does.
func TestTruthIsTheVerdict(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	judged, would := 0, 0
	for _, expr := range battery.Some(practical(t)) {
		n, w := compare(t, r, expr, linktype.EN10MB, 40)
		judged, would = judged+n, would+w
	}
	links := fuzz.Links()
	for range battery.Size(400) {
		link := links[r.IntN(len(links))]
		expr := fuzz.NewGrammar(r, link.DLT).Filter(6)
		n, w := compare(t, r, expr, linktype.Type(link.DLT), 20)
		judged, would = judged+n, would+w
	}
	t.Logf("%d packets judged; %d times another filter was named that matches", judged, would)
	if judged < 1500 {
		t.Errorf("only %d packets judged", judged)
	}
}

func compare(t *testing.T, r *rand.Rand, expr string, link linktype.Type, packets int) (judged, would int) {
	f, err := explain.New(context.Background(), expr, explain.Options{LinkType: link, Names: names.Map{}})
	if err != nil {
		return 0, 0 // a name, or a primitive that the link-layer type does not have
	}
	m, err := f.Program.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	b := fuzz.NewBuilder(r, int(link))
	b.Use(fuzz.Collect(expr, f.Program.Instructions()))
	for range packets {
		p := b.Mutate(b.Packet())
		if r.IntN(3) == 0 {
			p.Data = p.Data[:r.IntN(len(p.Data)+1)]
		}
		w := f.Why(explain.Packet{Data: p.Data, WireLen: int(p.WireLen)})
		want := m.Match(p.Data, p.WireLen) != 0
		if w.Matches != want || w.Root != nil && (w.Root.Truth == explain.True) != want || w.Root != nil && w.Root.Truth == explain.NotLooked && w.Decided != nil {
			t.Errorf("%s on %v: the program says %v, explained as %v:\n%s\n%x", expr, link, want, w.Matches, w.Text(f), p.Data)
			return judged, would
		}
		judged++
		for _, o := range w.Would {
			if o.Expr == "" {
				continue
			}
			would++
			if !filter(t, o.Expr, link).Why(explain.Packet{Data: p.Data, WireLen: int(p.WireLen)}).Matches {
				t.Errorf("%s: %s does not match", expr, o.Expr)
			}
		}
	}
	return judged, would
}

// frame builds an Ethernet frame of layers.
func frame(layers ...[]byte) []byte {
	return slices.Concat(append([][]byte{make([]byte, 12)}, layers...)...)
}

func u16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint16(b, x)
	}
	return b
}

// ipv4 is a header without options, from 10.0.0.1 to 10.0.0.2.
func ipv4(proto byte, fragment uint16, payload []byte) []byte {
	h := append(u16(0x4500, uint16(20+len(payload)), 1, fragment), 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	return append(h, payload...)
}

func ipv6(next byte, payload []byte) []byte {
	h := append(u16(0x6000, 0, uint16(len(payload))), next, 64)
	return slices.Concat(h, make([]byte, 32), payload)
}

func tcp(port uint16) []byte {
	return append(u16(1024, port, 0, 1, 0, 0), 0x50, 2, 0, 0, 0, 0, 0, 0)
}

func udp(port uint16, payload []byte) []byte {
	return append(u16(1024, port, uint16(8+len(payload)), 0), payload...)
}

// Where a packet would match behind what hides it, the answer says so, with a filter where the language has one.
func TestWhatWouldMatch(t *testing.T) {
	web := ipv4(6, 0, tcp(80))
	vxlan := slices.Concat([]byte{8, 0, 0, 0, 0, 0, 18, 0}, frame(u16(0x0800), web))
	geneve := slices.Concat([]byte{1, 0, 0x65, 0x58, 0, 0, 7, 0, 0, 0, 0, 0}, frame(u16(0x0800), web))
	gtp := slices.Concat([]byte{0x30, 255, 0, 40, 0, 0, 0, 9}, web)
	tests := []struct {
		name, expr, filter, says string
		packet                   []byte
	}{
		{"a tag", "tcp port 80", "vlan 31 and (tcp port 80)", "behind its VLAN tag 31 this would match", frame(u16(0x8100, 31, 0x0800), web)},
		{"two tags", "port 80", "vlan 5 and vlan 31 and (port 80)", "VLAN tag 5 and VLAN tag 31", frame(u16(0x88a8, 5, 0x8100, 31, 0x0800), web)},
		{"a label", "port 80", "mpls 100 and (port 80)", "MPLS label 100", frame(u16(0x8847, 6, 0x4140), web)},
		{"two labels", "port 80", "mpls 100 and mpls 7 and (port 80)", "MPLS label 100 and MPLS label 7", frame(u16(0x8847, 6, 0x4040, 0, 0x7140), web)},
		{"a session", "port 80", "pppoes 3 and (port 80)", "PPPoE session 3", frame(u16(0x8864, 0x1100, 3, 42, 0x21), web)},
		{"VXLAN", "port 80", "vxlan 18 and (port 80)", "VXLAN tunnel 18", frame(u16(0x0800), ipv4(17, 0, udp(4789, vxlan)))},
		{"VXLAN in a VLAN", "port 80", "vlan 9 and vxlan 18 and (port 80)", "VLAN tag 9 and VXLAN tunnel 18", frame(u16(0x8100, 9, 0x0800), ipv4(17, 0, udp(4789, vxlan)))},
		{"Geneve with options", "port 80", "geneve 7 and (port 80)", "Geneve tunnel 7", frame(u16(0x0800), ipv4(17, 0, udp(6081, geneve)))},
		{"GRE", "port 80", "", "inside its GRE tunnel", frame(u16(0x0800), ipv4(47, 0, append(u16(0x2000, 0x0800, 0, 1), web...)))},
		{"IP in IP", "port 80", "", "inside its IP in IP tunnel", frame(u16(0x0800), ipv4(4, 0, web))},
		{"IPv4 in IPv6", "port 80", "", "inside its IP in IP tunnel", frame(u16(0x86dd), ipv6(4, web))},
		{"GTP", "port 80", "", "inside its GTP tunnel", frame(u16(0x0800), ipv4(17, 0, udp(2152, gtp)))},
		{"a later fragment", "udp port 53", "", "it is a later fragment, at offset 1480", frame(u16(0x0800), ipv4(17, 185, make([]byte, 20)))},
		{"an extension header", "tcp port 80", "", "without its IPv6 extension headers (0 (hop-by-hop options))", frame(u16(0x86dd), ipv6(0, append([]byte{6, 0, 1, 4, 0, 0, 0, 0}, tcp(80)...)))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := filter(t, tt.expr, linktype.EN10MB).Why(explain.Packet{Data: tt.packet})
			if w.Matches || len(w.Would) != 1 {
				t.Fatalf("matches %v, would %v\n%x", w.Matches, w.Would, tt.packet)
			}
			if got := w.Would[0]; got.Expr != tt.filter || !strings.Contains(got.Says, tt.says) {
				t.Errorf("got %+v, want %q and %q", got, tt.filter, tt.says)
			}
		})
	}
}

// The same on other link-layer types: where the language has a tag there, with a filter, and else in words.
func TestWhatWouldMatchOnEachLink(t *testing.T) {
	web, web6 := ipv4(6, 0, tcp(80)), ipv6(6, tcp(80))
	gre := ipv4(47, 0, append(u16(0, 0x86dd), web6...))
	optioned := ipv6(0, append([]byte{6, 0, 1, 4, 0, 0, 0, 0}, tcp(80)...))
	tagged, labelled := append(u16(31, 0x0800), web...), append(u16(6, 0x4140), web...)
	session := slices.Concat(u16(0x1100, 3, 42, 0x21), web)
	vxlan := ipv4(17, 0, udp(4789, slices.Concat([]byte{8, 0, 0, 0, 0, 0, 18, 0}, frame(u16(0x8100, 5, 0x0800), web))))
	teb := ipv4(47, 0, slices.Concat(u16(0, 0x6558), frame(u16(0x8100, 5, 0x0800), web)))
	snap := func(header string, etherType uint16) []byte {
		return slices.Concat(bytesOf(t, header), []byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(etherType))
	}
	const (
		wlan     = "0800 0000 020000000001 020000000002 020000000003 0000"
		qos      = "8800 0000 020000000001 020000000002 020000000003 0000 0000"
		sll      = "0000 0001 0006 020000000001 0000"
		sll2rest = "0000 00000002 0001 00 06 020000000001 0000"
	)
	type test struct {
		link         linktype.Type
		expr         string
		filter, says string
		packet       []byte
	}
	tests := []test{
		{linktype.LINUX_SLL, "port 80", "", "behind its VLAN tag 31 it would match; the language has no way to ask for that on link-layer type LINUX_SLL",
			slices.Concat(bytesOf(t, sll), u16(0x8100), tagged)},
		{linktype.LINUX_SLL, "port 80", "pppoes 3 and (port 80)", "PPPoE session 3", slices.Concat(bytesOf(t, sll), u16(0x8864), session)},
		{linktype.LINUX_SLL, "port 80", "", "MPLS label 100 it would match", slices.Concat(bytesOf(t, sll), u16(0x8847), labelled)},
		{linktype.LINUX_SLL2, "port 80", "", "behind its VLAN tag 31 it would match", slices.Concat(u16(0x8100), bytesOf(t, sll2rest), tagged)},
		{linktype.LINUX_SLL2, "tcp port 80", "", "inside its GRE tunnel", slices.Concat(u16(0x0800), bytesOf(t, sll2rest), gre)},
		{linktype.LINUX_SLL2, "port 80", "", "inside its VLAN tag 31 and GRE tunnel", slices.Concat(u16(0x8100), bytesOf(t, sll2rest), u16(31, 0x0800), gre)},
		{linktype.IEEE802_11, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(snap(wlan, 0x8100), tagged)},
		{linktype.IEEE802_11, "port 80", "pppoes 3 and (port 80)", "PPPoE session 3", slices.Concat(snap(qos, 0x8864), session)},
		{linktype.IEEE802_11_RADIO, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(snap("0000 0800 00000000"+qos, 0x8100), tagged)},
		// a time stamp and the flag that the header is padded
		{linktype.IEEE802_11_RADIO, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(snap("0000 1400 03000000 0000000000000000 20 000000"+qos+"0000", 0x8100), tagged)},
		{linktype.IEEE802_11_RADIO_AVS, "port 80", "", "inside its GRE tunnel", slices.Concat(snap("80211001 00000040"+strings.Repeat("00", 56)+wlan, 0x0800), gre)},
		{linktype.PRISM_HEADER, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(snap(strings.Repeat("00", 144)+wlan, 0x8100), tagged)},
		{linktype.PPI, "port 80", "", "behind its VLAN tag 31 it would match", slices.Concat(snap("0000 0800 69000000"+wlan, 0x8100), tagged)},
		{linktype.PPP, "port 80", "mpls 100 and (port 80)", "MPLS label 100", slices.Concat(bytesOf(t, "ff03 0281"), labelled)},
		{linktype.PPP_SERIAL, "port 80", "", "MPLS label 100 it would match", slices.Concat(bytesOf(t, "ff03 0281"), labelled)},
		{linktype.PPP, "port 80", "", "inside its GRE tunnel", slices.Concat(bytesOf(t, "ff03 0021"), gre)},
		{linktype.C_HDLC, "port 80", "mpls 100 and (port 80)", "MPLS label 100", slices.Concat(bytesOf(t, "0f00 8847"), labelled)},
		{linktype.RAW, "ip6", "", "inside its GRE tunnel", gre},
		{linktype.RAW, "port 80", "vxlan 18 and vlan 5 and (port 80)", "VXLAN tunnel 18 and VLAN tag 5", vxlan},
		{linktype.RAW, "tcp port 80", "", "without its IPv6 extension headers (0 (hop-by-hop options))", optioned},
		{linktype.RAW, "port 80", "", "behind its GRE tunnel and VLAN tag 5 it would match", teb},
		{linktype.IPV4, "port 80", "", "inside its IP in IP tunnel", ipv4(4, 0, web)},
		{linktype.IPV4, "port 80", "", "inside its IP in IP tunnel", ipv4(41, 0, web6)},
		{linktype.IPV6, "tcp port 80", "", "without its IPv6 extension headers", optioned},
		{linktype.NULL, "port 80", "", "inside its GRE tunnel", slices.Concat(bytesOf(t, "02000000"), gre)},
		{linktype.NULL, "port 80", "", "inside its IP in IP tunnel", slices.Concat(bytesOf(t, "00000002"), ipv4(41, 0, web6))},
		{linktype.LOOP, "tcp port 80", "", "without its IPv6 extension headers", slices.Concat(bytesOf(t, "00000018"), optioned)},
		{linktype.IEEE802, "port 80", "pppoes 3 and (port 80)", "PPPoE session 3", slices.Concat(snap("1040 020000000001 020000000002", 0x8864), session)},
		{linktype.FDDI, "port 80", "", "behind its VLAN tag 31 it would match", slices.Concat(snap("50 020000000001 020000000002", 0x8100), tagged)},
		{linktype.ATM_RFC1483, "port 80", "", "inside its GRE tunnel", slices.Concat(snap("", 0x0800), gre)},
		{linktype.SUNATM, "port 80", "", "inside its GRE tunnel", slices.Concat(snap("02000064", 0x0800), gre)},
		{linktype.ARCNET, "port 80", "", "inside its GRE tunnel", slices.Concat(bytesOf(t, "0102 d4 00 0001"), gre)},
		{linktype.PFLOG, "port 80", "", "inside its GRE tunnel", slices.Concat(bytesOf(t, "3d02"+strings.Repeat("00", 62)), gre)},
		{linktype.IPNET, "port 80", "", "inside its GRE tunnel", slices.Concat(bytesOf(t, "0102"+strings.Repeat("00", 22)), gre)},
		{linktype.NETANALYZER, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(bytesOf(t, "00000000"), frame(u16(0x8100), tagged))},
		{linktype.DSA_TAG_BRCM, "port 80", "vlan 31 and (port 80)", "VLAN tag 31", slices.Concat(bytesOf(t, "020000000002 020000000001 00000000 8100"), tagged)},
	}
	for _, tt := range tests {
		t.Run(tt.link.String()+" "+tt.says, func(t *testing.T) {
			f, err := explain.New(context.Background(), tt.expr, explain.Options{LinkType: tt.link, Names: names.Map{}, Savefile: bpfc.SavefileUnswapped})
			if err != nil {
				t.Fatal(err)
			}
			w := f.Why(explain.Packet{Data: tt.packet})
			if w.Matches || len(w.Would) != 1 {
				t.Fatalf("matches %v, would %v\n%x", w.Matches, w.Would, tt.packet)
			}
			if got := w.Would[0]; got.Expr != tt.filter || !strings.Contains(got.Says, tt.says) {
				t.Errorf("got %+v, want %q and %q", got, tt.filter, tt.says)
			}
		})
	}
}

// A later fragment of IPv6 is told as one of IPv4 is.
func TestLaterFragmentOfIPv6(t *testing.T) {
	packet := frame(u16(0x86dd), ipv6(44, append(u16(0x1100, 1480|1, 0, 7), make([]byte, 20)...)))
	w := filter(t, "udp port 53", linktype.EN10MB).Why(explain.Packet{Data: packet})
	if w.Matches || len(w.Would) != 1 || !strings.Contains(w.Would[0].Says, "it is a later fragment, at offset 1480") || !strings.Contains(w.Would[0].Says, "ip6 proto 44") {
		t.Errorf("%+v", w)
	}
}

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A packet that the capture cut, or that is too short, is told from one that does not have what is asked for.
func TestCutPacket(t *testing.T) {
	whole := frame(u16(0x0800), ipv4(6, 0, tcp(80)))
	f := filter(t, "tcp port 80", linktype.EN10MB)
	w := f.Why(explain.Packet{Data: whole[:34], WireLen: len(whole)})
	if w.Root.Truth != explain.Cut || !strings.Contains(w.Reason, "of 54 bytes 34 were captured") || len(w.Would) != 1 {
		t.Errorf("%+v", w)
	}
	w = f.Why(explain.Packet{Data: whole[:34]})
	if w.Root.Truth != explain.Cut || !strings.Contains(w.Reason, "it is 34 bytes long") || len(w.Would) != 0 {
		t.Errorf("%+v", w)
	}
}

// Every primitive of the language has words: none is explained by itself.
func TestEveryPrimitiveHasWords(t *testing.T) {
	seen := map[string]bool{}
	r := rand.New(rand.NewPCG(2, 0))
	for _, link := range fuzz.Links() {
		g := fuzz.NewGrammar(r, link.DLT)
		for range 60 {
			expr := g.Filter(4)
			f, err := explain.New(context.Background(), expr, explain.Options{LinkType: linktype.Type(link.DLT), Names: names.Map{}})
			if err != nil {
				continue
			}
			for _, l := range f.Leaves() {
				kind, wordless := wordless(t, l)
				seen[kind] = true
				if wordless || strings.Contains(l.Says, "%!") || strings.Contains(l.Says, "  ") {
					t.Errorf("%q of %q is explained as %q", l.Text, expr, l.Says)
				}
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d kinds of primitive were met: %v", len(seen), seen)
	}
}

// wordless tells whether a primitive's words are the primitive again.
func wordless(t *testing.T, p *explain.Part) (kind string, yes bool) {
	e, err := parser.Parse(p.Text)
	if err != nil { // it inherits its qualifiers
		return "inherited", p.Says == ""
	}
	kind = fmt.Sprintf("%T", e)
	switch e := e.(type) {
	case *ast.Test:
		kind = e.Kind.String()
	case *ast.Protocol:
		kind = e.Proto.String()
	}
	return kind, p.Says == "" || p.Says == ast.Format(e)
}

// Names are told with what they stand for.
func TestNamesAreTold(t *testing.T) {
	f := filter(t, "host web and port domain", linktype.EN10MB)
	text := f.Text()
	for _, want := range []string{"web is 10.0.0.1 or 2001:db8::1", "domain is tcp port 53 and udp port 53"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The snapshot length that is said to be enough is: no packet is rejected for bytes behind it.
func TestNeededSnapshotLength(t *testing.T) {
	for expr, want := range map[string]int{"ip": 14, "host 10.0.0.1": 42, "tcp port 80": 78, "ip6 host ::1": 54, "ether[100:4] = 1": 104, "less 100": 0, "ip[ip[0:4]] = 1": -1} {
		if got := filter(t, expr, linktype.EN10MB).Needs(); got != want {
			t.Errorf("%s needs %d bytes, want %d", expr, got, want)
		}
	}
}

func Example() {
	f, err := explain.New(context.Background(), "tcp port 80 or arp", explain.Options{LinkType: linktype.EN10MB})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(f.Text())
	// Output:
	// Of packets of link-layer type EN10MB (Ethernet) the filter keeps those where
	//
	// at least one of these holds:
	// ├─ the packet is TCP over IPv4 (and no fragment but the first) or IPv6 (without extension headers) and the source or destination port is 80
	// │    [tcp port 80]
	// └─ the packet is ARP
	//      [arp]
	//
	// It looks at these bytes of a packet: 12-14, 20-21, 23, 54-57 and some of 14-77, as the packet says.
	// With a snapshot length of 78 bytes it sees all that it may look at.
	// A packet that ends before a byte that is to be looked at does not match, whatever the filter says of it.
	// The kernel takes it: 17 instructions.
}

func ExampleFilter_Why() {
	f, err := explain.New(context.Background(), "arp or udp", explain.Options{LinkType: linktype.EN10MB})
	if err != nil {
		fmt.Println(err)
		return
	}
	packet := frame(u16(0x8100, 31, 0x0800), ipv4(17, 0, udp(53, nil))) // UDP in a VLAN
	w := f.Why(explain.Packet{Data: packet})
	fmt.Print(w.Text(f))
	// Output:
	// The packet does not match: "udp" is false (EtherType at byte 12 is 0x8100 (VLAN tag); wanted 0x86dd (IPv6)).
	//
	//   arp or udp
	//          ^~~
	//
	// or: false
	// ├─ arp: false
	// │      EtherType at byte 12 is 0x8100 (VLAN tag)
	// │      wanted 0x0806 (ARP)
	// └─ udp: false
	//        EtherType at byte 12 is 0x8100 (VLAN tag)
	//        wanted 0x86dd (IPv6)
	//
	// Behind its VLAN tag 31 this would match: vlan 31 and (arp or udp).
}
