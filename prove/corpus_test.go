package prove_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
)

// filter is an expression and the link-layer type that it is compiled for.
type filter struct{ link, text string }

func (f filter) String() string { return f.link + " " + f.text }

// corpus is the practical list, filters for all kinds of links, and random ones.
func corpus(t testing.TB, random int) []filter {
	t.Helper()
	var list []filter
	for _, line := range lines(t, "../testdata/practical.txt") {
		list = append(list, filter{"EN10MB", line})
	}
	for _, line := range lines(t, "../optimizer/testdata/filters.txt") {
		link, text, _ := strings.Cut(line, " ")
		list = append(list, filter{link, text})
	}
	list = battery.Some(list)
	r := rand.New(rand.NewPCG(9, 9))
	links := fuzz.FirstLinks()
	for i := range battery.Size(random) {
		dlt := links[i%len(links)]
		list = append(list, filter{linktype.Type(dlt).String(), fuzz.NewGrammar(r, dlt).Filter(1 + r.IntN(6))})
	}
	return list
}

// lines are those of a file that are neither empty nor comments.
func lines(t testing.TB, name string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(name)
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

// compile compiles a filter with and without the optimizer. ok is false for random
// text that is no filter on its link.
func compile(t testing.TB, f filter) (optimized, plain []bpf.RawInstruction, ok bool) {
	t.Helper()
	link, err := linktype.Parse(f.link)
	if err != nil {
		t.Fatal(err)
	}
	opts := []bpfc.Option{
		bpfc.WithLinkType(link), bpfc.WithNames(names.Dir("../testdata/etc")), bpfc.WithAllowRejectAll(), bpfc.WithNetmask(0xffffff00),
	}
	p, err := bpfc.Compile(f.text, opts...)
	if err != nil {
		return nil, nil, false
	}
	q, err := bpfc.Compile(f.text, append(opts, bpfc.WithoutOptimizer())...)
	if err != nil {
		t.Fatalf("%v: %v", f, err)
	}
	return p.Instructions(), q.Instructions(), true
}

// TestOptimized compares what the compiler makes with and without its optimizer.
func TestOptimized(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	refused := 0
	for _, f := range corpus(t, 200) {
		a, b, ok := compile(t, f)
		if !ok {
			refused++
			continue
		}
		answer := j.compare(f.String(), a, b)
		check(t, f.String(), lift(t, a), lift(t, b), answer)
	}
	t.Logf("%d refused", refused)
	if j.relations["equal"]+j.relations["undecided"] != sum(j.relations) || 200*j.relations["undecided"] > sum(j.relations) {
		t.Errorf("answers: %v", j.relations)
	}
	j.z3()
}

// TestMutants compares programs with others that are nearly like them.
func TestMutants(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	r := rand.New(rand.NewPCG(4, 4))
	for _, f := range corpus(t, 50) {
		a, _, ok := compile(t, f)
		if !ok || strings.Contains(f.text, "protochain") {
			continue
		}
		all := mutants(a)
		r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		for i, m := range all[:min(len(all), battery.Size(2))] {
			name := fmt.Sprintf("%v, mutant %d", f, i)
			answer := j.compare(name, a, m)
			check(t, name, lift(t, a), lift(t, m), answer)
		}
	}
	if 200*j.relations["undecided"] > sum(j.relations) {
		t.Errorf("answers: %v", j.relations)
	}
	j.z3()
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
