package optimizer_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"bpfc/codegen"
	"bpfc/emit"
	"bpfc/internal/battery"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/optimizer"
	"bpfc/parser"
	"bpfc/prove"
)

// generate returns the graph of a filter, not optimized.
func generate(t testing.TB, link, filter string) *ir.Graph {
	t.Helper()
	tree, err := parser.Parse(filter)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	lt, err := linktype.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	g, err := codegen.Generate(context.Background(), tree, codegen.Options{
		LinkType: lt, Netmask: 0xffffff00, Names: names.Dir("testdata"),
	})
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return g
}

// stage is the graph after one pass, or, if tried, after passes that may be taken
// or not.
type stage struct {
	pass  string
	graph *ir.Graph
	tried bool
}

// stages optimizes g and returns it before and after every pass, and after all
// pass that is weighed, each verified.
func stages(t testing.TB, name string, g *ir.Graph) []stage {
	t.Helper()
	return stagesWith(t, name, g, optimizer.Options{})
}

func stagesWith(t testing.TB, name string, g *ir.Graph, o optimizer.Options) []stage {
	t.Helper()
	snapshot := func() *ir.Graph {
		h := *g
		return &h
	}
	all := []stage{{pass: "codegen", graph: snapshot()}}
	add := func(pass string, tried bool) {
		if err := ir.Verify(g); err != nil {
			t.Fatalf("%s: after %s: %v", name, pass, err)
		}
		all = append(all, stage{pass, snapshot(), tried})
	}
	o.Trace = func(pass string, _ *ir.Graph) { add(pass, false) }
	o.Tried = func(passes string, _ *ir.Graph) { add(passes, true) }
	optimizer.Optimize(g, o)
	if err := ir.Verify(g); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return append(all, stage{pass: "all", graph: snapshot()})
}

// samePackets runs packets that take paths of the first and of every later
// stage through all stages, at every captured length.
func samePackets(t testing.TB, name string, all []stage, packets int) {
	t.Helper()
	w := &walker{rng: rand.New(rand.NewPCG(1, 2))}
	for i := range packets {
		from := all[0].graph
		if i%3 == 2 {
			from = all[i%len(all)].graph
		}
		for _, s := range all {
			from.Vars = max(from.Vars, s.graph.Vars)
		}
		pkt, wire := w.packet(from)
		for n := 0; n <= len(pkt); n++ {
			want := ir.Run(all[0].graph, pkt[:n], wire, nil)
			for _, s := range all[1:] {
				if got := ir.Run(s.graph, pkt[:n], wire, nil); got != want {
					t.Fatalf("%s: after %s: %v, want %v on %d of %d bytes %x", name, s.pass, got, want, n, wire, pkt[:n])
				}
			}
		}
	}
}

// filters reads lines of testdata/filters.txt: a link-layer type and a filter.
func filters(t testing.TB) (list [][2]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/filters.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		link, filter, _ := strings.Cut(line, " ")
		list = append(list, [2]string{link, filter})
	}
	return battery.Some(list)
}

func TestSameVerdicts(t *testing.T) {
	for _, f := range filters(t) {
		name := f[0] + " " + f[1]
		samePackets(t, name, stages(t, name, generate(t, f[0], f[1])), 30)
	}
}

// TestProof proves with z3 that no pass changes a program's verdict on any
// packet of any captured length. Of the filters it takes every tenth, and all of them
// in a long run: TestProofOfPasses proves them all without z3.
func TestProof(t *testing.T) {
	t.Parallel()
	p := newProver(t)
	for i, f := range filters(t) {
		if i%10 != 0 && !battery.Long() || strings.Contains(f[1], "protochain") { // which has loops
			continue
		}
		name := f[0] + " " + f[1]
		p.add(name, stages(t, name, generate(t, f[0], f[1])))
	}
	for seed := range uint64(battery.Size(randomGraphs)) {
		name := fmt.Sprintf("random graph %d", seed)
		p.add(name, stages(t, name, randomGraph(seed)))
	}
	// What z3 does not decide with five times the work that suffices for all
	// others: offsets that are sums of what the packet says, compared with lengths.
	p.hard = []string{
		"EN10MB (len = 150 or len & 3 = 0) and (geneve and (len > 150 or not (dst portrange 0-256)))",
		"IEEE802_11_RADIO tcp port 80 or udp port 53",
	}
	p.prove()
}

// TestProofOfPasses proves without z3 that every pass gives out what it takes in, with
// header walks as well. Random graphs, whose arithmetic is harder, are left to z3.
func TestProofOfPasses(t *testing.T) {
	t.Parallel()
	count := map[prove.Relation]int{}
	hold := func(name string, all []stage) {
		first := lifted(t, name, all[0].graph)
		before := first
		for _, s := range all[1:] {
			after, from := lifted(t, name, s.graph), before
			if s.tried {
				from = first
			} else {
				before = after
			}
			answer := prove.Compare(t.Context(), from, after, prove.Options{})
			if count[answer.Relation]++; answer.Relation != prove.Equal {
				t.Errorf("%s: after %s: %v %s %v %v", name, s.pass, answer.Relation, answer.Reason, answer.OnlyA, answer.OnlyB)
			}
		}
	}
	for _, f := range filters(t) {
		name := f[0] + " " + f[1]
		hold(name, stages(t, name, generate(t, f[0], f[1])))
	}
	t.Logf("passes: %v", count)
}

func lifted(t *testing.T, name string, g *ir.Graph) *prove.Filter {
	f, err := prove.FromGraph(g)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// prover collects pairs of programs and has z3 prove that they are equivalent.
type prover struct {
	t      *testing.T
	python string
	seen   map[[2]string]bool // programs of the pairs
	in     bytes.Buffer
	hard   []string // begins names of pairs that need not be decided
}

func newProver(t *testing.T) *prover {
	return &prover{t: t, python: solver(t), seen: map[[2]string]bool{}}
}

// add adds each stage that differs from the one before. What was tried is held
// against the first stage.
func (p *prover) add(name string, all []stage) {
	type pair struct {
		Name string     `json:"name"`
		A    [][]uint32 `json:"a"`
		B    [][]uint32 `json:"b"`
	}
	first := bytecode(p.t, name, all[0].graph)
	before := first
	for _, s := range all[1:] {
		after, from := bytecode(p.t, name, s.graph), before
		if s.tried {
			from = first
		} else {
			before = after
		}
		programs := [2]string{fmt.Sprint(from), fmt.Sprint(after)}
		if programs[0] == programs[1] || p.seen[programs] {
			continue
		}
		p.seen[programs] = true
		if err := json.NewEncoder(&p.in).Encode(pair{name + ": " + s.pass, from, after}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// work is what z3 may do for one pair, in its units of work; see prove.py.
func work() int {
	if battery.Long() {
		return 300_000_000
	}
	return 3_000_000
}

func (p *prover) prove() {
	cmd := exec.Command(p.python, "testdata/prove.py", fmt.Sprint(work()))
	cmd.Stdin = &p.in
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatal(err)
	}
	p.report(out)
}

// report tells what became of the pairs. All have to be proved equal, but for
// the hard ones.
func (p *prover) report(out []byte) {
	count := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			Name, Result, Packet string
			Captured, Wirelen    int
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			p.t.Fatal(err)
		}
		count[r.Result]++
		hard := slices.ContainsFunc(p.hard, func(name string) bool { return strings.HasPrefix(r.Name, name) })
		switch {
		case r.Result == "equal":
		case r.Result == "unknown" && hard:
			p.t.Logf("%s: not decided", r.Name)
		default:
			p.t.Errorf("%s: %s on %d of %d bytes %s", r.Name, r.Result, r.Captured, r.Wirelen, r.Packet)
		}
	}
	p.t.Logf("pairs: %v", count)
	if len(p.seen) == 0 || count["equal"]+count["unknown"] != len(p.seen) {
		p.t.Errorf("%d pairs to prove: %v", len(p.seen), count)
	}
}

// solver returns a Python that has z3.
func solver(t *testing.T) string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import z3").Run() == nil {
			return python
		}
	}
	if os.Getenv("BPFC_REQUIRE_ALL") != "" {
		t.Fatal("no python3 with z3 (python3-z3), and BPFC_REQUIRE_ALL is set")
	}
	t.Skip("no python3 with z3 (python3-z3): passes are tested on packets only")
	return ""
}

func bytecode(t testing.TB, name string, g *ir.Graph) [][]uint32 {
	prog, err := emit.Emit(g, 1)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	list := make([][]uint32, len(prog))
	for i, in := range prog {
		list[i] = []uint32{uint32(in.Op), uint32(in.Jt), uint32(in.Jf), in.K}
	}
	return list
}
