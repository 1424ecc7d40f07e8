package witness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/vm"
	"bpfc/witness"
)

// required ends a test that cannot run on this machine: it fails where everything must run, and is skipped loudly elsewhere.
func required(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but %s", why)
	}
	t.Skipf("SKIPPED: %s", why)
}

func practical(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	if len(list) < 300 {
		t.Fatalf("only %d practical filters", len(list))
	}
	return list
}

// subject is a filter and what was found for it.
type subject struct {
	expr string
	prog *bpfc.Program
	set  *witness.Set
}

// all are the packets; the first n match.
func (s *subject) all() (list []witness.Packet, n int) {
	return append(append(list, s.set.Matches...), s.set.Near...), len(s.set.Matches)
}

var options = []bpfc.Option{bpfc.WithNames(names.Dir("../testdata/etc"))}

// find makes packets, with near misses; nil for a filter that no packet matches.
func find(t *testing.T, expr string, most int) *subject {
	t.Helper()
	start := time.Now()
	set, err := witness.Find(context.Background(), expr, witness.Options{Near: true, Most: most}, options...)
	if d := time.Since(start); d > 5*time.Second {
		t.Logf("%s: %v", expr, d)
	}
	if e := diag.As(err); e != nil && e.Kind == diag.RejectsAll {
		return nil
	}
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	prog, err := bpfc.Compile(expr, options...)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return &subject{expr, prog, set}
}

// judge holds the packets against the virtual machine and the kernel: what matches does, what just misses does not.
func judge(t *testing.T, s *subject, kernel *fuzz.Kernel) {
	t.Helper()
	machine, err := vm.New(s.prog.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	list, n := s.all()
	var packets []fuzz.Packet
	for i, p := range list {
		if got := machine.Run(p.Data, p.WireLen) != 0; got != (i < n) {
			t.Errorf("%s: %s: the machine says %v of %x", s.expr, p.Way, got, p.Data)
		}
		packets = append(packets, fuzz.Packet{Data: p.Data, WireLen: p.WireLen})
	}
	shiftsByX := func(in bpf.RawInstruction) bool { // of which the kernel takes five bits only
		return in.Op == cbpf.ClassAlu|cbpf.SrcX|cbpf.Lsh || in.Op == cbpf.ClassAlu|cbpf.SrcX|cbpf.Rsh
	}
	if kernel == nil || s.prog.KernelProblem() != nil || slices.ContainsFunc(s.prog.Instructions(), shiftsByX) {
		return
	}
	j, err := kernel.Load(s.prog.Instructions())
	if err != nil {
		t.Fatalf("%s: the kernel: %v", s.expr, err)
	}
	verdicts := make([]uint32, len(packets))
	if err := j.Judge(packets, verdicts); err != nil {
		t.Fatal(err)
	}
	for i, v := range verdicts {
		if v == fuzz.Unjudged || int(packets[i].WireLen) != len(packets[i].Data) || len(packets[i].Data) == 0 {
			continue // no datagram for a socket
		}
		if (v != 0) != (i < n) {
			t.Errorf("%s: %s: the kernel says %d of %x", s.expr, list[i].Way, v, list[i].Data)
		}
	}
}

func openKernel(t *testing.T) *fuzz.Kernel {
	t.Helper()
	k := fuzz.NewKernel()
	if err := k.Available(); err != nil {
		t.Logf("SKIPPED: the kernel as a judge: %v", err)
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but the kernel does not judge")
		}
		return nil
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func save(t *testing.T, list []witness.Packet) string {
	t.Helper()
	return saveAs(t, linktype.EN10MB, list)
}

func saveAs(t *testing.T, typ linktype.Type, list []witness.Packet) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packets.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{LinkType: typ, Snaplen: 262144})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if err := w.WritePacket(&capture.Packet{Data: p.Data, WireLen: p.WireLen, Timestamp: int64(i+1) * int64(time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// newer are filters that tcpdump with libpcap 1.10 understands otherwise: fuzz.KnownDifferences has the lines of its sources
// for the first row, docs/differences.md examples for the second.
var newer = regexp.MustCompile(`\b(ip\s+multicast|byte\s+\S+\s*[&|]|isis\s+proto|l1|l2|iih|lsp|snp|csnp|psnp|decnet\s+(src|dst|host))\b|` +
	`\b(geneve|vxlan|pppoes)\b`)

// agrees holds the packets against tcpdump, whose libpcap is older: it tells whether tcpdump takes the filter.
func agrees(t *testing.T, s *subject) bool {
	t.Helper()
	var list []witness.Packet
	matches := map[int]bool{}
	all, n := s.all()
	for i, p := range all {
		if int(p.WireLen) == len(p.Data) {
			list = append(list, p)
			matches[len(list)] = i < n
		}
	}
	path, err := osexec.LookPath("tcpdump")
	if err != nil {
		required(t, "tcpdump is not installed")
	}
	var errs strings.Builder
	cmd := osexec.Command(path, "-O", "-n", "-tt", "-q", "-r", save(t, list), s.expr)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return false
	}
	kept := map[int]bool{}
	for line := range strings.Lines(string(out)) {
		var second int
		if _, err := fmt.Sscanf(line, "%d.", &second); err == nil && line[0] > ' ' {
			kept[second] = true
		}
	}
	for i := range list {
		if kept[i+1] != matches[i+1] && !newer.MatchString(s.expr) {
			t.Errorf("%s: %s: tcpdump says %v of %x", s.expr, list[i].Way, kept[i+1], list[i].Data)
		}
	}
	return true
}

func tcpdump(t *testing.T, args ...string) string {
	t.Helper()
	path, err := osexec.LookPath("tcpdump")
	if err != nil {
		required(t, "tcpdump is not installed")
	}
	out, err := osexec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("tcpdump %q: %v", args, err)
	}
	return string(out)
}

// whole lets tcpdump print the packets that are said to be real, and finds those of which it says that something is wrong.
func whole(t *testing.T, subjects []*subject) {
	t.Helper()
	var list []witness.Packet
	var of []string
	for _, s := range subjects {
		all, _ := s.all()
		for _, p := range all {
			if len(p.Malformed) == 0 && int(p.WireLen) == len(p.Data) {
				list = append(list, p)
				of = append(of, s.expr)
			}
		}
	}
	n := 0
	for line := range strings.Lines(tcpdump(t, "-n", "-v", "-tt", "-r", save(t, list))) {
		var second int
		if _, err := fmt.Sscanf(line, "%d.", &second); err == nil && line[0] != '\t' && line[0] != ' ' {
			n = second
		}
		for _, sign := range []string{"bad ", "[|", "(incorrect"} {
			if strings.Contains(line, sign) && n > 0 {
				t.Errorf("%s: %s: tcpdump prints %s of %x", of[n-1], list[n-1].Way, strings.TrimSpace(line), list[n-1].Data)
			}
		}
	}
	t.Logf("%d packets are real ones", len(list))
}

// Practical filters: packets that match do, near misses do not, and tcpdump finds nothing wrong with them.
func TestPractical(t *testing.T) {
	kernel := openKernel(t)
	var subjects []*subject
	for _, expr := range battery.Some(practical(t)) {
		s := find(t, expr, 200)
		if s == nil {
			t.Errorf("%s: no packet matches", expr)
			continue
		}
		judge(t, s, kernel)
		for _, p := range s.set.Matches {
			if len(p.Malformed) > 0 {
				t.Errorf("%s: %s: malformed: %q %x", expr, p.Way, p.Malformed, p.Data)
			}
		}
		if !agrees(t, s) {
			t.Errorf("%s: tcpdump does not take it", expr)
		}
		subjects = append(subjects, s)
	}
	whole(t, subjects)
}

// Random filters: the same, but some of these ask for packets that are malformed.
func TestRandom(t *testing.T) {
	kernel := openKernel(t)
	grammar := fuzz.NewGrammar(rand.New(rand.NewPCG(7, 8)), int(linktype.EN10MB))
	var subjects []*subject
	malformed, packets, none, tries, refused := 0, 0, 0, 0, 0
	why := map[string]int{}
	for n := battery.Size(100); len(subjects)+none < n && tries < 20*n; tries++ {
		expr := grammar.Filter(4)
		if _, err := bpfc.Compile(expr, options...); err != nil {
			continue
		}
		s := find(t, expr, 40)
		if s == nil {
			none++
			continue
		}
		judge(t, s, kernel)
		packets += len(s.set.Matches)
		for _, p := range s.set.Matches {
			if len(p.Malformed) > 0 {
				malformed++
				why[strings.Join(p.Malformed, ", ")]++
			}
		}
		if !agrees(t, s) {
			refused++
		}
		subjects = append(subjects, s)
	}
	t.Logf("%d filters, %d of them without a match, %d refused by tcpdump; %d of %d packets malformed: %v", len(subjects)+none, none, refused, malformed, packets, why)
	whole(t, subjects)
}

// What the ways of a filter are.
func TestWays(t *testing.T) {
	for _, tt := range []struct {
		expr string
		ways []string // each is the way of exactly one packet
		n    int
	}{
		{"port 53", []string{
			"IPv6, TCP, source port 53", "IPv6, TCP, destination port 53", "IPv6, UDP, source port 53", "IPv6, UDP, destination port 53",
			"IPv6, SCTP, source port 53", "IPv6, SCTP, destination port 53", "IPv4, TCP, source port 53", "IPv4, TCP, destination port 53",
			"IPv4, UDP, source port 53", "IPv4, UDP, destination port 53", "IPv4, SCTP, source port 53", "IPv4, SCTP, destination port 53",
		}, 12},
		{"host 10.0.0.1", []string{"IPv4, TCP, source 10.0.0.1", "IPv4, TCP, destination 10.0.0.1", "ARP, sender 10.0.0.1", "RARP, target 10.0.0.1"}, 6},
		{"ip or (vlan and ip)", []string{"IPv4, TCP", "VLAN, IPv4, TCP", "VLAN (0x88a8), IPv4, TCP"}, 4},
		{"host 2001:db8::7 and icmp6", []string{"IPv6, ICMPv6, source 2001:db8::7", "IPv6, fragment header, ICMPv6, destination 2001:db8::7"}, 4},
		{"mpls 100000 and mpls 1024 and ip", []string{"MPLS, MPLS, IPv4, TCP, label 100000, label 1024"}, 1},
		{"stp", []string{"LLC, STP"}, 1},
		{"pppoes 7 and udp port 123", []string{"PPPoE, PPP, IPv4, UDP, session 7, destination port 123"}, 4},
		{"vxlan 5 and arp", nil, 2},
		{"ip protochain 6", []string{"IPv4, TCP"}, 1},
		{"greater 70000", nil, 1},
		{"", []string{"IPv4, TCP"}, 1},
	} {
		set, err := witness.Find(context.Background(), tt.expr, witness.Options{}, options...)
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		count := map[string]int{}
		for _, p := range set.Matches {
			count[p.Way]++
		}
		if len(set.Matches) != tt.n || set.More != "" {
			t.Errorf("%s: %d ways %v %s, want %d", tt.expr, len(set.Matches), count, set.More, tt.n)
		}
		for _, way := range tt.ways {
			if count[way] != 1 {
				t.Errorf("%s: %d packets for %q in %v", tt.expr, count[way], way, count)
			}
		}
	}
}

// Where every match is malformed, it is said in which field.
func TestMalformed(t *testing.T) {
	for expr, want := range map[string]string{
		"ip[10:2] = 0":             "IPv4 header checksum",
		"less 30 and tcp":          "the packet ends within the",
		"ip[0] & 0xf < 5":          "IPv4 header length",
		"udp[4:2] < 8":             "UDP length",
		"ip[2:2] < 20":             "IPv4 total length",
		"ip6[4:2] = 0 and tcp":     "IPv6 payload length",
		"tcp[16:2] = 0xffff":       "TCP checksum",
		"udp[6:2] = 0":             "UDP checksum",
		"arp[4] = 8":               "ARP hardware address length",
		"tcp[12] & 0xf0 = 0":       "TCP data offset",
		"ether[14] = 0 and pppoes": "PPPoE version",
	} {
		set, err := witness.Find(context.Background(), expr, witness.Options{}, options...)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		for _, p := range set.Matches {
			if !strings.Contains(strings.Join(p.Malformed, ", "), want) {
				t.Errorf("%s: %s: %x: malformed %q, want %q", expr, p.Way, p.Data, p.Malformed, want)
			}
		}
	}
}

// A filter that no packet matches is an error, also where only a proof tells.
func TestNone(t *testing.T) {
	for _, expr := range []string{"ip and arp", "ip[0] > 0xf0 and ip[0] < 0x10", "ip[8] & 1 = 1 and ip[8] & 3 = 2 and tcp"} {
		set, err := witness.Find(context.Background(), expr, witness.Options{}, append(options, bpfc.WithAllowRejectAll())...)
		if e := diag.As(err); e == nil || e.Kind != diag.RejectsAll {
			t.Errorf("%s: %v %v", expr, set, err)
		}
	}
}

// unbuilt are the link-layer types on which the language finds IP, but not where a packet of the type has it: for each, where
// filters look, and where tcpdump does. docs/guide.md has them in words.
var unbuilt = map[linktype.Type]string{
	linktype.SLIP_BSDOS:    "the version of IP in byte 0, the rest from byte 24 on; behind 16 bytes",
	linktype.FRELAY:        "from byte 0 on; behind the address and the protocol, at byte 4",
	linktype.JUNIPER_MLPPP: "at byte 4; behind a cookie", linktype.JUNIPER_MLFR: "at byte 4; behind a cookie", linktype.JUNIPER_MFR: "at byte 4; behind a cookie",
	linktype.JUNIPER_ATM1: "at byte 4; behind a cookie", linktype.JUNIPER_PPP: "at byte 4; behind PPP", linktype.JUNIPER_CHDLC: "at byte 4; behind Cisco HDLC",
	linktype.JUNIPER_FRELAY: "at byte 4; behind Frame Relay",
	// Of these it is not known where IP is, and so filters look at no place of a header.
	linktype.JUNIPER_ES: "", linktype.JUNIPER_SERVICES: "", linktype.JUNIPER_VP: "", linktype.JUNIPER_ST: "", linktype.JUNIPER_ISM: "",
	linktype.JUNIPER_VS: "", linktype.JUNIPER_SRX_E2E: "", linktype.JUNIPER_FIBRECHANNEL: "", linktype.JUNIPER_ATM_CEMIC: "",
}

// Link-layer types: on each on which the language finds IP, packets match, and are real ones, which tcpdump finds nothing wrong with, but where that
// cannot be.
func TestLinkTypes(t *testing.T) {
	const ip4 = "host 10.0.0.1 and tcp port 80"
	has, built, printed, total := 0, 0, 0, 0
	for _, typ := range linktype.All() {
		for _, expr := range []string{ip4, "ip6 and udp port 53", "icmp and len > 200", "arp", "wlan type mgt or wlan type ctl", "wlan addr4 2:0:0:0:0:9"} {
			opts := append(options, bpfc.WithLinkType(typ), bpfc.WithSavefile(bpfc.SavefileUnswapped))
			prog, err := bpfc.Compile(expr, opts...)
			if err != nil {
				continue // the type has no such thing
			}
			set, err := witness.Find(context.Background(), expr, witness.Options{Near: true, Most: 12}, opts...)
			if e := diag.As(err); e != nil && e.Kind == diag.RejectsAll {
				continue
			} else if err != nil {
				t.Fatalf("%v: %s: %v", typ, expr, err)
			}
			total++
			judge(t, &subject{expr, prog, set}, nil)
			_, cannot := unbuilt[typ]
			if set.Built != witness.Builds(typ) || set.Built == cannot || len(set.Matches) == 0 {
				t.Errorf("%v: %s: built %v, %d packets", typ, expr, set.Built, len(set.Matches))
			}
			if expr == ip4 {
				has++
			}
			if !set.Built {
				continue
			}
			if expr == ip4 {
				built++
			}
			var real []witness.Packet
			for _, p := range set.Matches {
				if len(p.Malformed) == 0 {
					real = append(real, p)
				} else if text := strings.Join(p.Malformed, ", "); typ != linktype.RAW && !(typ == linktype.SLIP && strings.Contains(text, "SLIP direction")) && !magicOnly(typ) {
					t.Errorf("%v: %s: %s: malformed: %s: %x", typ, expr, p.Way, text, p.Data)
				}
			}
			if len(real) == 0 && typ != linktype.SLIP && !magicOnly(typ) {
				t.Errorf("%v: %s: no packet is a real one", typ, expr)
			}
			if text, ok := printedBy(t, typ, real); ok && len(real) > 0 {
				if expr == ip4 {
					printed++
				}
				if expr == ip4 && !strings.Contains(text, "10.0.0.1") {
					t.Errorf("%v: tcpdump prints no 10.0.0.1 of %x: %s", typ, real[0].Data, text)
				}
			}
		}
	}
	t.Logf("IP is found on %d link-layer types, real packets are built for %d of them, tcpdump prints those of %d; %d filters", has, built, printed, total)
	if built < 43 || printed < 40 {
		t.Errorf("only %d link-layer types are built, %d printed", built, printed)
	}
}

// magicOnly tells whether filters of a type test no more of the link-layer header than that it is Juniper's, so that they take packets of IPv4 for ones of
// ARP as well.
func magicOnly(typ linktype.Type) bool { return typ.Layout().Protocol == linktype.JuniperMagic }

// printedBy is what tcpdump prints of packets; false if it does not know the type. What it finds wrong is an error.
func printedBy(t *testing.T, typ linktype.Type, list []witness.Packet) (string, bool) {
	t.Helper()
	path, err := osexec.LookPath("tcpdump")
	if err != nil {
		required(t, "tcpdump is not installed")
	}
	cmd := osexec.Command(path, "-n", "-v", "-t", "-r", saveAs(t, typ, list))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && !strings.Contains(errs.String(), "not supported") && !strings.Contains(errs.String(), "unknown") {
		t.Fatalf("%v: tcpdump: %v: %s", typ, err, errs.String())
	}
	for _, sign := range []string{"bad ", "[|", "(incorrect", "invalid"} {
		if strings.Contains(string(out), sign) {
			t.Errorf("%v: tcpdump finds %q wrong: %s", typ, sign, out)
		}
	}
	// What it does not print, it prints in hexadecimal; packets of BSD/OS only on that system.
	return string(out), err == nil && !strings.Contains(string(out), "UNSUPPORTED") && typ != linktype.PPP_BSDOS
}

// Answers are the same each time.
func TestDeterministic(t *testing.T) {
	find := func() *witness.Set {
		set, err := witness.Find(context.Background(), "tcp[13] & 7 > 2 or udp port 53", witness.Options{Near: true}, options...)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	if a, b := find(), find(); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%v\n%v", a, b)
	}
}

// Bounds: long lists, hostile arithmetic and an ended context end in time.
func TestBounds(t *testing.T) {
	var hosts []string
	for i := range 3000 {
		hosts = append(hosts, fmt.Sprintf("10.%d.%d.1", i/256, i%256))
	}
	term := "ip[0]"
	for i := range 60 {
		term = fmt.Sprintf("(%s * ip[%d] + ip[%d:4])", term, i%40, i%30)
	}
	for _, expr := range []string{"host " + strings.Join(hosts, " or "), term + " = 12345"} {
		start := time.Now()
		set, err := witness.Find(context.Background(), expr, witness.Options{Near: true, Most: 20, Time: 2 * time.Second}, options...)
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%.60s took %v", expr, d)
		}
		if err == nil && set.More == "" && len(set.Matches) == 0 {
			t.Errorf("%.60s: nothing is said", expr)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := witness.Find(ctx, "port 80", witness.Options{}, options...); err == nil {
		t.Error("an ended context is no error")
	}
}
