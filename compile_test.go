package bpfc_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/vm"
)

// BenchmarkCompile is the time from text to bytecode.
func BenchmarkCompile(b *testing.B) {
	for _, expr := range []string{"ip", "tcp port 80", "host 192.0.2.1 and (port 80 or 443) and not tcp[13] & 4 != 0"} {
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			r := names.System()
			for b.Loop() {
				if _, err := bpfc.Compile(expr, bpfc.WithNames(r)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// members are the kinds of large filter whose compile time has to grow
// linearly.
var members = map[string]func(r *rand.Rand) string{
	"hosts":    func(r *rand.Rand) string { return "host " + ip4(r) },
	"ports":    func(r *rand.Rand) string { return fmt.Sprintf("port %d", r.IntN(65536)) },
	"prefixes": func(r *rand.Rand) string { n := 8 + r.IntN(25); return prefix4(r, n) },
	"hosts6": func(r *rand.Rand) string {
		return fmt.Sprintf("host 2001:db8:%x:%x::%x", r.IntN(65536), r.IntN(65536), r.IntN(65536))
	},
	"macs": func(r *rand.Rand) string {
		return fmt.Sprintf("ether host 02:%02x:%02x:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"pairs": func(r *rand.Rand) string { return fmt.Sprintf("(host %s and port %d)", ip4(r), r.IntN(65536)) },
}

func ip4(r *rand.Rand) string {
	v := r.Uint32()
	return fmt.Sprintf("%d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255)
}

func prefix4(r *rand.Rand, n int) string {
	v := r.Uint32() & (0xffffffff << (32 - n))
	return fmt.Sprintf("net %d.%d.%d.%d/%d", v>>24, v>>16&255, v>>8&255, v&255, n)
}

// large joins n members of a kind with or.
func large(kind string, n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	list := make([]string, n)
	for i := range list {
		list[i] = members[kind](r)
	}
	return strings.Join(list, " or ")
}

func BenchmarkCompileLarge(b *testing.B) {
	sizes := map[string][]int{"hosts": {1000, 2000, 4000, 8000, 10000, 16000, 32000}, "pairs": {300}}
	for _, kind := range []string{"hosts", "ports", "prefixes", "hosts6", "macs", "pairs"} {
		list := sizes[kind]
		if list == nil {
			list = []int{1000}
		}
		for _, n := range list {
			expr := "not (" + large(kind, n) + ")"
			b.Run(fmt.Sprintf("%s-%d", kind, n), func(b *testing.B) {
				b.ReportAllocs()
				size := 0
				for b.Loop() {
					p, err := bpfc.Compile(expr)
					if err != nil {
						b.Fatal(err)
					}
					size = p.Len()
				}
				b.ReportMetric(float64(size), "insns")
			})
		}
	}
}

// A program that something else compiled is a Program like those compiled here.
func TestNewProgram(t *testing.T) {
	insns := []bpf.RawInstruction{{Op: 0x28, K: 12}, {Op: 0x15, Jf: 1, K: 0x806}, {Op: 0x06, K: 96}, {Op: 0x06}}
	p, err := bpfc.NewProgram(insns, linktype.EN10MB)
	if err != nil {
		t.Fatal(err)
	}
	insns[2].K = 5 // the program is a copy
	if p.Len() != 4 || p.SnapLen() != 96 || p.LinkType() != linktype.EN10MB || p.KernelProblem() != nil {
		t.Errorf("%+v", p)
	}
	m, err := p.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := m.Match([]byte{12: 8, 13: 6}, 60); got != 96 {
		t.Errorf("kept %d", got)
	}
	var invalid *vm.ValidateError
	if p, err := bpfc.NewProgram(insns[:2], linktype.EN10MB); p != nil || !errors.As(err, &invalid) {
		t.Errorf("%v, %v", p, err)
	}
}

// The graph is that which the program is made of, and refused as Compile refuses it.
func TestGraph(t *testing.T) {
	for expr, want := range map[string]string{"arp": "0: [12:2] == 0x806 ? accept : reject\n", "": "0: accept\n"} {
		if g, err := bpfc.Graph(expr); err != nil || g.String() != want {
			t.Errorf("%q: %v, %v", expr, g, err)
		}
	}
	plain, err := bpfc.Graph("ip and tcp", bpfc.WithoutOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	small, err := bpfc.Graph("ip and tcp")
	if err != nil || len(plain.String()) <= len(small.String()) {
		t.Errorf("%v\n%v, %v", plain, small, err)
	}
	for _, expr := range []string{"ip and arp", "prot 5"} {
		_, want := bpfc.Compile(expr)
		if g, err := bpfc.Graph(expr); g != nil || err == nil || err.Error() != want.Error() {
			t.Errorf("%q: %v, %v", expr, g, err)
		}
	}
}

// The quick optimizer makes programs that are proved to be the filter's, and hardly longer.
func TestQuickOptimizer(t *testing.T) {
	text, err := os.ReadFile("testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	ratio, n := 0.0, 0
	for line := range strings.Lines(string(text) + "host 192.0.2.1 and tcp port 80\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		quick, err := bpfc.Compile(line, bpfc.WithQuickOptimizer(), bpfc.WithProof())
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		full, err := bpfc.Compile(line)
		if err != nil {
			t.Fatal(err)
		}
		ratio += math.Log(float64(quick.Len()) / float64(full.Len()))
		n++
	}
	if mean := math.Exp(ratio / float64(n)); mean > 1.03 {
		t.Errorf("%d programs are %.3f times as long (geometric mean)", n, mean)
	}
}

// Programs are made in memory that others were made in before; they are the same in whatever order, and beside one another.
func TestCompileConcurrently(t *testing.T) {
	filters := []string{"arp", "tcp port 80", large("hosts", 60), "vlan and tcp port 22", large("pairs", 40), "host 192.0.2.1 and (port 80 or 443)", "ip6 and not icmp6"}
	want := make([][]bpf.RawInstruction, len(filters))
	for i, f := range filters {
		p, err := bpfc.Compile(f)
		if err != nil {
			t.Fatal(err)
		}
		want[i] = p.Instructions()
	}
	var wait sync.WaitGroup
	for start := range filters {
		wait.Go(func() {
			for k := range 3 * len(filters) {
				i := (start + 3*k) % len(filters)
				p, err := bpfc.Compile(filters[i])
				if err != nil || !slices.Equal(p.Instructions(), want[i]) {
					t.Errorf("%.40s is another program: %v", filters[i], err)
				}
			}
		})
	}
	wait.Wait()
}

// Compilations use the memory of earlier ones again, but not that of a graph that was handed out.
func TestGraphStays(t *testing.T) {
	const expr = "tcp port 80 or (vlan and host 192.0.2.1)"
	var traced []*ir.Graph
	var before []string
	keep := func(_ string, g *ir.Graph) {
		copied := *g
		traced, before = append(traced, &copied), append(before, g.String())
	}
	g, err := bpfc.Graph(expr, bpfc.WithTrace(keep))
	if err != nil {
		t.Fatal(err)
	}
	keep("", g)
	if _, err := bpfc.Compile(expr, bpfc.WithTrace(keep)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, f := range []string{"udp port 53", large("pairs", 5), "ip6 and not icmp6"} {
			if _, err := bpfc.Compile(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, g := range traced {
		if now := g.String(); now != before[i] {
			t.Errorf("graph %d is another one:\n%s\nwas\n%s", i, now, before[i])
		}
	}
}
