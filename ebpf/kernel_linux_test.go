package toebpf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/asm"
	"bpfc/capture"
	"bpfc/cbpf"
	toebpf "bpfc/ebpf"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/internal/randprog"
	"bpfc/linktype"
	"bpfc/vm"
)

func practical(t testing.TB) []string {
	b, err := os.ReadFile("../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for l := range strings.Lines(string(b)) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return append(out, "ip6 protochain 17", "ip protochain 6 or vlan and ip6 protochain 58")
}

func packets(t testing.TB) [][]byte {
	r, err := capture.Open("../testdata/packets.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out [][]byte
	for {
		p, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.Clone(p.Data))
	}
}

// trial is a classic program and the packets for it.
type trial struct {
	name   string
	prog   []bpf.RawInstruction
	pkts   [][]byte
	random bool // instructions, not a filter
}

// count is what was done in one way.
type count struct{ programs, refused, pairs, notRun, matches int }

// try runs a trial in one way.
func (c *count) try(t *testing.T, w *way, l loader, tr *trial) {
	err := l.load(tr.prog)
	var refused *toebpf.Error
	if errors.As(err, &refused) {
		c.refused++
		if refused.Kind == toebpf.Loops && tr.random {
			return // loops within loops, or such as are entered at several places
		}
		t.Errorf("%s: %s: %v\n%v", w.name, tr.name, err, tr.prog)
		return
	}
	if err != nil {
		t.Errorf("%s: %s: %v\n%s", w.name, tr.name, err, evidence(l, tr.prog, err))
		c.refused++
		return
	}
	c.programs++
	m, err := vm.New(tr.prog)
	if err != nil {
		t.Fatal(err)
	}
	for _, pkt := range tr.pkts {
		if len(pkt) < w.from || w.below != 0 && len(pkt) >= w.below {
			c.notRun++
			continue
		}
		got, exact, ran, err := l.judge(pkt)
		if err != nil {
			t.Fatalf("%s: %s: %d bytes: %v", w.name, tr.name, len(pkt), err)
		}
		if !ran {
			c.notRun++
			continue
		}
		c.pairs++
		want := m.Run(pkt, uint32(len(pkt)))
		c.matches += min(int(want), 1)
		if _, ok := l.(*socketPair); ok && exact {
			want = min(want, uint32(len(pkt)))
		}
		if got == 0 && !w.loops && goesRound(tr.prog, pkt) {
			continue // more often than the loop was written out
		}
		if got != want && (exact || (got == 0) != (want == 0)) {
			t.Errorf("%s: %s: %d bytes: the kernel says %d, the machine %d\n%x\n%s", w.name, tr.name, len(pkt), got, want, pkt, evidence(l, tr.prog, nil))
			return
		}
	}
}

// goesRound tells whether the run goes round a loop.
func goesRound(prog []bpf.RawInstruction, pkt []byte) bool {
	_, events := fuzz.Trace(prog, fuzz.Packet{Data: pkt, WireLen: uint32(len(pkt))})
	return events&fuzz.EventLoop != 0
}

// evidence shows what the kernel refused, or what did wrong.
func evidence(l loader, prog []bpf.RawInstruction, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n", prog)
	type maker interface {
		spec(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error)
	}
	if s, e := l.(maker).spec(prog); e == nil {
		fmt.Fprintf(&b, "%v\n", s.Instructions)
	}
	var v *ebpf.VerifierError
	if errors.As(err, &v) {
		fmt.Fprintf(&b, "%+v", v)
	}
	if b.Len() > 12000 {
		return b.String()[:12000]
	}
	return b.String()
}

// run tries the trials, each in every way or, where share is more than 1, in one of so many, and logs what was done.
func run(t *testing.T, ways []way, share int, trials func(yield func(*trial) bool)) {
	t.Helper()
	loaders := make([]loader, len(ways))
	for i := range ways {
		loaders[i] = ways[i].open(t)
	}
	counts := make([]count, len(ways))
	n := 0
	for tr := range trials {
		for i := range ways {
			if (n+i)%share == 0 {
				counts[i].try(t, &ways[i], loaders[i], tr)
			}
		}
		n++
		if t.Failed() {
			break
		}
	}
	sum := count{}
	for i, c := range counts {
		t.Logf("%-24s %5d programs loaded, %d refused, %d pairs, %d of them matches; %d packets not run", ways[i].name, c.programs, c.refused, c.pairs, c.matches, c.notRun)
		sum.programs += c.programs
		sum.pairs += c.pairs
		sum.notRun += c.notRun
	}
	t.Logf("%d classic programs, %d loaded, %d pairs; %d packets not run", n, sum.programs, sum.pairs, sum.notRun)
}

// share is one in how many ways each program is tried, and size how many random programs there are: few by default, all that is
// to be shown with BPFC_LONG=1.
func share() (share, size int) {
	size = battery.Size(200)
	switch {
	case battery.Long():
		return 1, size
	case testing.Short():
		return len(ways), size
	}
	return 6, size
}

var links = []linktype.Type{linktype.EN10MB, linktype.RAW}

func compile(expr string, link linktype.Type) []bpf.RawInstruction {
	p, err := bpfc.Compile(expr, bpfc.WithLinkType(link))
	if err != nil {
		return nil
	}
	return p.Instructions()
}

// packetsFor makes n packets that a filter looks into.
func packetsFor(r *rand.Rand, expr string, prog []bpf.RawInstruction, link linktype.Type, n int) [][]byte {
	b := fuzz.NewBuilder(r, int(link))
	b.Use(fuzz.Collect(expr, prog))
	var out [][]byte
	for i := range n {
		p := b.Packet()
		if i%2 == 0 {
			p = fuzz.Direct(r, prog, p)
		}
		if i%3 != 0 {
			p = b.Mutate(p)
		}
		out = append(out, p.Data)
	}
	return out
}

// trickyTrials are of the programs that are easily got wrong.
func trickyTrials(t *testing.T) func(yield func(*trial) bool) {
	return func(yield func(*trial) bool) {
		for _, p := range toebpf.Tricky {
			prog, err := asm.Parse(strings.ReplaceAll(p.Text, ";", "\n"), asm.Kernel)
			if err != nil {
				t.Fatal(err)
			}
			pkts := toebpf.Counting(append(p.Lengths, 0, 1, 13, 14, 20, 40)...)
			if !yield(&trial{name: p.Name, prog: prog, pkts: pkts}) {
				return
			}
		}
	}
}

// TestTrickyPrograms runs them, all in every way.
func TestTrickyPrograms(t *testing.T) { run(t, ways, 1, trickyTrials(t)) }

// TestPracticalFilters runs the filters that people use.
func TestPracticalFilters(t *testing.T) {
	all := packets(t)
	r := rand.New(rand.NewPCG(1, 2))
	every, _ := share()
	run(t, ways, every, func(yield func(*trial) bool) {
		for _, link := range links {
			for _, e := range practical(t) {
				prog := compile(e, link)
				if prog == nil {
					continue
				}
				pkts := packetsFor(r, e, prog, link, 20)
				for range 30 {
					p := all[r.IntN(len(all))]
					if link == linktype.RAW {
						p = p[min(14, len(p)):]
					}
					pkts = append(pkts, p, p[:r.IntN(len(p)+1)])
				}
				if !yield(&trial{name: e, prog: prog, pkts: pkts}) {
					return
				}
			}
		}
	})
}

// TestRandomFilters runs filters that nobody would write.
func TestRandomFilters(t *testing.T) {
	every, size := share()
	r := rand.New(rand.NewPCG(3, 4))
	run(t, ways, every, func(yield func(*trial) bool) {
		for _, link := range links {
			g := fuzz.NewGrammar(r, int(link))
			for n := 0; n < size/2; {
				e := g.Filter(r.IntN(8))
				prog := compile(e, link)
				if len(prog) < 2 {
					continue
				}
				n++
				if !yield(&trial{name: e, prog: prog, pkts: packetsFor(r, e, prog, link, 40)}) {
					return
				}
			}
		}
	})
}

// TestRandomPrograms runs programs that no compiler would make.
func TestRandomPrograms(t *testing.T) {
	every, size := share()
	r := rand.New(rand.NewPCG(5, 6))
	buf := make([]byte, 64)
	run(t, ways, every, func(yield func(*trial) bool) {
		for n := 0; n < size; {
			prog := randprog.Program(r, randprog.Config{MaxLen: 30, Loops: n%4 == 3})
			if asksKernel(prog) {
				continue
			}
			n++
			var pkts [][]byte
			for range 40 {
				pkts = append(pkts, bytes.Clone(randprog.Packet(r, buf)))
			}
			if !yield(&trial{name: fmt.Sprint("program ", n), prog: prog, pkts: pkts, random: true}) {
				return
			}
		}
	})
}

// asksKernel tells whether the program loads what is not in the packet.
func asksKernel(prog []bpf.RawInstruction) bool {
	for _, in := range prog {
		if cbpf.TraitsOf(in.Op).Any(cbpf.LoadsPacket) && in.K >= cbpf.LinkBase {
			return true
		}
	}
	return false
}
