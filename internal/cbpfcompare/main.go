// Command cbpfcompare holds the eBPF that bpfc/ebpf makes of classic programs against what cloudflare/cbpfc makes of them: instructions,
// instructions that the kernel's verifier processes, time, and what the kernel refuses. It loads both as programs for tc, for
// which it needs Linux and root. It is a module of its own, so that who imports bpfc does not carry cbpfc.
//
//	cd internal/cbpfcompare && go run . -r ../../testdata/packets.pcap ../../testdata/practical.txt
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cloudflare/cbpfc"
	"golang.org/x/net/bpf"

	"bpfc"
	classic "bpfc/asm"
	"bpfc/capture"
	toebpf "bpfc/ebpf"
	"bpfc/vm"
)

func main() {
	read := flag.String("r", "", "capture file with packets to run on")
	runs := flag.Int("runs", 5000, "how often a program runs on a packet in a round")
	rounds := flag.Int("rounds", 5, "rounds of which the fastest counts")
	verbose := flag.Bool("v", false, "print every filter")
	flag.Parse()
	runtime.LockOSThread() // whose processor time is taken
	if flag.NArg() != 1 || *read == "" {
		fmt.Fprintln(os.Stderr, "usage: cbpfcompare -r FILE [-runs N] [-rounds N] [-v] FILTERS")
		os.Exit(2)
	}
	c := &comparison{runs: *runs, rounds: *rounds, verbose: *verbose, out: os.Stdout}
	if err := c.run(flag.Arg(0), *read); err != nil {
		fmt.Fprintln(os.Stderr, "cbpfcompare:", err)
		os.Exit(1)
	}
}

// comparison is one run over a file of filters.
type comparison struct {
	runs, rounds int
	verbose      bool
	out          io.Writer
	packets      [][]byte
	empty        *ebpf.Program // does nothing
}

// form is what is made of a classic program.
type form struct {
	name string
	// ours and theirs make it, load loads it.
	ours, theirs func([]bpf.RawInstruction) (asm.Instructions, error)
	load         func(asm.Instructions) (*ebpf.Program, error)
}

var forms = [...]form{
	{"a fragment for embedding", ourFragment, theirFragment, embedded},
	{"a whole program that drops what matches", ourProgram, theirProgram, whole},
}

// contestant is a classic program and what makes eBPF of it.
type contestant struct {
	classic []bpf.RawInstruction
	make    func([]bpf.RawInstruction) (asm.Instructions, error)
}

// result is what came of it.
type result struct {
	err      error
	insns    int
	verified uint32
	ns       []float64 // a run on each of the packets
	prog     *ebpf.Program
}

// tallies are those of a form: against cbpfc on bpfc's programs, and on libpcap's.
type tallies struct {
	against [2]tally
	failed  int // of ours
}

// tally is what one contestant has against bpfc on all filters that both can do.
type tally struct {
	insns, verified, ns ratios // ours to theirs
	failures            int
	sums                [2]struct{ insns, verified, ns float64 }
}

// ratios are ours divided by theirs.
type ratios []float64

// mean is the geometric mean.
func (r ratios) mean() float64 {
	sum := 0.0
	for _, x := range r {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(r)))
}

func (c *comparison) run(filters, read string) error {
	b, err := os.ReadFile(filters)
	if err != nil {
		return err
	}
	empty, err := embedded(asm.Instructions{asm.Mov.Imm(asm.R3, 0), asm.Ja.Label("done")})
	if err != nil {
		return fmt.Errorf("the kernel takes no program for tc: %w", err)
	}
	defer empty.Close()
	c.empty = empty
	if err := c.readPackets(read); err != nil {
		return err
	}
	var all [len(forms)]tallies
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		for i := range forms {
			if err := c.filter(line, &forms[i], &all[i]); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	c.print(&all)
	return nil
}

// readPackets keeps packets that programs can be run on, a dozen at most, from all over the file.
func (c *comparison) readPackets(file string) error {
	r, err := capture.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if _, err := c.empty.Run(&ebpf.RunOptions{Data: p.Data}); err == nil {
			c.packets = append(c.packets, slices.Clone(p.Data))
		}
	}
	const most = 12
	if n := len(c.packets); n > most {
		for i := range most {
			c.packets[i] = c.packets[i*n/most]
		}
		c.packets = c.packets[:most]
	}
	if len(c.packets) == 0 {
		return fmt.Errorf("%s: no packet that the kernel runs a program on", file)
	}
	return nil
}

// filter compares on one filter.
func (c *comparison) filter(expr string, f *form, t *tallies) error {
	p, err := bpfc.Compile(expr)
	if err != nil {
		return err
	}
	libpcap, err := tcpdump(expr)
	if err != nil {
		return err
	}
	all := []contestant{{p.Instructions(), f.ours}, {p.Instructions(), f.theirs}, {libpcap, f.theirs}}
	results := make([]result, len(all))
	for i, who := range all {
		results[i] = c.make(who, f)
		if results[i].prog != nil {
			defer results[i].prog.Close()
		}
	}
	if results[0].err != nil {
		fmt.Fprintf(c.out, "%s: the kernel refuses ours: %v\n", expr, results[0].err)
		t.failed++
		return nil
	}
	if err := c.verdicts(p.Instructions(), results); err != nil {
		return err
	}
	if err := c.time(results); err != nil {
		return err
	}
	for i := range t.against {
		t.against[i].add(&results[0], &results[i+1])
	}
	if c.verbose {
		fmt.Fprintf(c.out, "%5d %5d %5d  %6d %6d %6d  %6.1f %6.1f %6.1f  %s\n", results[0].insns, results[1].insns, results[2].insns,
			results[0].verified, results[1].verified, results[2].verified, sum(results[0].ns), sum(results[1].ns), sum(results[2].ns), expr)
	}
	return nil
}

func tcpdump(expr string) ([]bpf.RawInstruction, error) {
	out, err := exec.Command("tcpdump", "-y", "EN10MB", "-ddd", expr).Output()
	if err != nil {
		return nil, fmt.Errorf("tcpdump -ddd: %w", err)
	}
	return classic.Parse(string(out), classic.Decimal)
}

// Registers of both: the packet in R2 and R6, the result in R3.
var working = [4]asm.Register{asm.R3, asm.R4, asm.R5, asm.R7}

func ourFragment(prog []bpf.RawInstruction) (asm.Instructions, error) {
	return toebpf.Fragment(prog, toebpf.FragmentOptions{PacketStart: asm.R2, PacketEnd: asm.R6, Result: asm.R3, ResultLabel: "done",
		Working: working, LabelPrefix: "f"})
}

func theirFragment(prog []bpf.RawInstruction) (asm.Instructions, error) {
	insns, all := bpf.Disassemble(prog)
	if !all {
		return nil, fmt.Errorf("an instruction that x/net/bpf does not know")
	}
	return cbpfc.ToEBPF(insns, cbpfc.EBPFOpts{PacketStart: asm.R2, PacketEnd: asm.R6, Result: asm.R3, ResultLabel: "done",
		Working: working, LabelPrefix: "f"})
}

// ourProgram is what bpfc makes for tc, theirProgram the least that makes such a program of a fragment.
func ourProgram(prog []bpf.RawInstruction) (asm.Instructions, error) {
	return toebpf.Program(prog, toebpf.TC, toebpf.Options{Access: toebpf.Direct})
}

func theirProgram(prog []bpf.RawInstruction) (asm.Instructions, error) {
	fragment, err := theirFragment(prog)
	insns := append(start(), fragment...)
	return append(insns,
		asm.Mov.Imm(asm.R0, toebpf.TCOK).WithSymbol("done"),
		asm.JEq.Imm(asm.R3, 0, "end"),
		asm.Mov.Imm(asm.R0, toebpf.TCShot),
		asm.Return().WithSymbol("end")), err
}

// start finds the packet's bounds.
func start() asm.Instructions {
	const data, dataEnd = 76, 80 // of struct __sk_buff
	return asm.Instructions{asm.LoadMem(asm.R2, asm.R1, data, asm.Word), asm.LoadMem(asm.R6, asm.R1, dataEnd, asm.Word)}
}

// embedded puts a fragment into a program that returns its verdict.
func embedded(fragment asm.Instructions) (*ebpf.Program, error) {
	insns := append(start(), fragment...)
	return whole(append(insns, asm.Mov.Reg32(asm.R0, asm.R3).WithSymbol("done"), asm.Return()))
}

// whole loads a program for tc. Test runs of XDP programs would do as well, but wait for the kernel to patch itself before each.
func whole(insns asm.Instructions) (*ebpf.Program, error) {
	return ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, Instructions: insns, License: "BSD"})
}

func (c *comparison) make(who contestant, f *form) (r result) {
	insns, err := who.make(who.classic)
	if err != nil {
		return result{err: err}
	}
	r.insns = len(insns)
	if r.prog, r.err = f.load(insns); r.err != nil {
		return r
	}
	i, err := r.prog.Info()
	if err == nil {
		r.verified, _ = i.VerifiedInstructions()
	}
	return r
}

// verdicts makes sure that all programs say the same of all packets: what is fast and wrong does not count.
func (c *comparison) verdicts(prog []bpf.RawInstruction, results []result) error {
	m, err := vm.New(prog)
	if err != nil {
		return err
	}
	for _, pkt := range c.packets {
		want := m.Run(pkt, uint32(len(pkt))) != 0
		for i := range results {
			if results[i].prog == nil {
				continue
			}
			got, err := results[i].prog.Run(&ebpf.RunOptions{Data: pkt})
			if err != nil {
				return err
			}
			if (got != 0) != want && i < 2 {
				return fmt.Errorf("verdict %d on %x, which is to match: %v", got, pkt, want)
			}
		}
	}
	return nil
}

// time takes the time of a run on each packet, less that of a program that does nothing: of the rounds, in which all take
// turns, the fastest.
func (c *comparison) time(results []result) error {
	for _, pkt := range c.packets {
		base := math.Inf(1)
		best := slices.Repeat([]float64{math.Inf(1)}, len(results))
		for range c.rounds {
			ns, err := c.once(c.empty, pkt)
			if err != nil {
				return err
			}
			base = min(base, ns)
			for i := range results {
				if results[i].prog == nil {
					continue
				}
				if ns, err = c.once(results[i].prog, pkt); err != nil {
					return err
				}
				best[i] = min(best[i], ns)
			}
		}
		for i := range results {
			results[i].ns = append(results[i].ns, best[i]-base)
		}
	}
	return nil
}

// once returns the nanoseconds of a run, of processor time, which does not count what else the machine does.
func (c *comparison) once(p *ebpf.Program, pkt []byte) (float64, error) {
	start, err := threadTime()
	if err != nil {
		return 0, err
	}
	if _, err := p.Run(&ebpf.RunOptions{Data: pkt, Repeat: uint32(c.runs)}); err != nil {
		return 0, err
	}
	end, err := threadTime()
	return float64(end-start) / float64(c.runs), err
}

func sum(s []float64) (total float64) {
	for _, x := range s {
		total += x
	}
	return total / float64(max(len(s), 1))
}

func (t *tally) add(ours, theirs *result) {
	if theirs.err != nil {
		t.failures++
		return
	}
	t.insns = append(t.insns, float64(ours.insns)/float64(theirs.insns))
	t.verified = append(t.verified, float64(ours.verified)/float64(theirs.verified))
	// What is below a third of a nanosecond is noise.
	t.ns = append(t.ns, max(sum(ours.ns), 1./3)/max(sum(theirs.ns), 1./3))
	for i, r := range []*result{ours, theirs} {
		s := &t.sums[i]
		s.insns += float64(r.insns)
		s.verified += float64(r.verified)
		s.ns += sum(r.ns)
	}
}

func (c *comparison) print(all *[len(forms)]tallies) {
	n := len(all[0].against[0].insns) + all[0].against[0].failures
	fmt.Fprintf(c.out, "%d filters, %d packets, ns less those of a program that does nothing; ratios are bpfc's to the other's, geometric means\n\n", n, len(c.packets))
	fmt.Fprintf(c.out, "| eBPF of | load failures | instructions | ratio | verifier processed | ratio | ns a run | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for i := range all {
		first := &all[i].against[0]
		k := float64(len(first.insns))
		fmt.Fprintf(c.out, "| %s: bpfc/ebpf, on bpfc's classic programs | %d | %.1f | 1 | %.1f | 1 | %.2f | 1 |\n", forms[i].name, all[i].failed, first.sums[0].insns/k, first.sums[0].verified/k, first.sums[0].ns/k)
		for j, name := range []string{"cbpfc, on bpfc's classic programs", "cbpfc, on libpcap's classic programs"} {
			t := &all[i].against[j]
			k := float64(len(t.insns))
			fmt.Fprintf(c.out, "| %s | %d | %.1f | %.3f | %.1f | %.3f | %.2f | %.3f |\n", name, t.failures,
				t.sums[1].insns/k, t.insns.mean(), t.sums[1].verified/k, t.verified.mean(), t.sums[1].ns/k, t.ns.mean())
		}
	}
}
