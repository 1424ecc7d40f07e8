// Command compiletime holds the time that filters take to compile against that of the installed libpcap's pcap_compile, both
// with their optimizers and in this process, filter by filter:
//
//	CGO_ENABLED=1 go run -tags libpcap ./internal/compiletime testdata/practical.txt
//
// Of the runs of a filter the fastest counts. Printed are the ten filters that take longest in proportion (-v: all), the
// geometric means and the worst ratio. -stages tells how the time parts among the stages of the compiler instead, and
// -cpuprofile profiles it; neither needs libpcap.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"bpfc"
	"bpfc/codegen"
	"bpfc/emit"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/optimizer"
	"bpfc/parser"
)

func main() {
	m := measurement{out: os.Stdout, names: names.System()}
	flag.BoolVar(&m.rounds, "rounds", false, "a run of each filter in turn, as one compiles who needs each once, in place of all runs of one filter before those of the next")
	flag.IntVar(&m.runs, "n", 15, "runs of each filter, of which the fastest counts")
	flag.BoolVar(&m.verbose, "v", false, "print every filter")
	stages := flag.Bool("stages", false, "tell the stages of our compiler apart; without libpcap")
	profile := flag.String("cpuprofile", "", "compile for ten seconds and write a profile of that to this file; without libpcap")
	flag.Parse()
	if flag.NArg() != 1 || m.runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: compiletime [-n RUNS] [-v] [-stages] [-cpuprofile FILE] FILTERS")
		os.Exit(2)
	}
	err := m.read(flag.Arg(0))
	switch {
	case err != nil:
	case *profile != "":
		err = m.profile(*profile)
	case *stages:
		err = m.stages()
	default:
		err = m.compare()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compiletime:", err)
		os.Exit(1)
	}
}

type measurement struct {
	filters []string
	names   names.Resolver
	runs    int
	rounds  bool
	verbose bool
	out     io.Writer
}

// read reads a file with one filter a line, and # before comments.
func (m *measurement) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			m.filters = append(m.filters, line)
		}
	}
	if len(m.filters) == 0 {
		return fmt.Errorf("%s: no filters", path)
	}
	return nil
}

// figure is what compiling a filter took, and how many instructions came of it.
type figure struct {
	filter          string
	ours, theirs    time.Duration
	ourLen, pcapLen int
}

func (f figure) ratio() float64 { return float64(f.ours) / float64(f.theirs) }

func (m *measurement) compare() error {
	lib, err := openLibpcap()
	if err != nil {
		return err
	}
	defer lib.close()
	figures := make([]figure, len(m.filters))
	for i, filter := range m.filters {
		figures[i] = figure{filter: filter, ours: math.MaxInt64, theirs: math.MaxInt64}
	}
	rounds, runs := 1, m.runs
	if m.rounds {
		rounds, runs = runs, rounds
	}
	for range rounds {
		for i := range figures {
			f := &figures[i]
			err := lib.time(f, runs)
			if err == nil {
				err = m.time(f, runs)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", f.filter, err)
			}
		}
	}
	m.print(figures)
	return nil
}

// time compiles a filter some times, of which the fastest counts.
func (m *measurement) time(f *figure, runs int) error {
	for range runs {
		start := time.Now()
		p, err := bpfc.Compile(f.filter, bpfc.WithNames(m.names))
		if err != nil {
			return err
		}
		f.ours, f.ourLen = min(f.ours, time.Since(start)), p.Len()
	}
	return nil
}

// time does the same with libpcap.
func (lib *libpcap) time(f *figure, runs int) error {
	for range runs {
		t, n, err := lib.compile(f.filter)
		if err != nil {
			return err
		}
		f.theirs, f.pcapLen = min(f.theirs, t), n
	}
	return nil
}

func (m *measurement) print(figures []figure) {
	ours, theirs := mean(figures, func(f figure) float64 { return float64(f.ours) }), mean(figures, func(f figure) float64 { return float64(f.theirs) })
	slices.SortStableFunc(figures, func(a, b figure) int { return cmp.Compare(b.ratio(), a.ratio()) })
	shown := figures
	if !m.verbose {
		shown = figures[:min(10, len(figures))]
	}
	fmt.Fprintf(m.out, "%6s %9s %9s %5s %5s\n", "ratio", "ours, µs", "theirs", "insns", "their")
	for _, f := range shown {
		fmt.Fprintf(m.out, "%6.1f %9.1f %9.1f %5d %5d  %.100s\n", f.ratio(), micro(f.ours), micro(f.theirs), f.ourLen, f.pcapLen, f.filter)
	}
	fmt.Fprintf(m.out, "%d filters, the fastest of %d runs each, geometric means: ours %.1f µs, pcap_compile's %.1f, ratio %.2f, worst %.1f\n",
		len(figures), m.runs, ours/1000, theirs/1000, ours/theirs, figures[0].ratio())
}

func micro(d time.Duration) float64 { return float64(d) / 1000 }

// mean is the geometric mean of some figures.
func mean[T any](list []T, of func(T) float64) float64 {
	sum := 0.0
	for _, f := range list {
		sum += math.Log(of(f))
	}
	return math.Exp(sum / float64(len(list)))
}

// The stages, and what all of Compile takes.
const (
	parsing = iota
	generating
	optimizing
	emitting
	whole
	allStages
)

var stageNames = [allStages]string{"parser", "codegen", "optimizer", "emit", "bpfc.Compile"}

// stages prints what each stage takes.
func (m *measurement) stages() error {
	best := make([][allStages]time.Duration, len(m.filters))
	for i, filter := range m.filters {
		for run := range m.runs {
			took, err := m.stage(filter)
			if err != nil {
				return fmt.Errorf("%s: %w", filter, err)
			}
			for k, t := range took {
				if run == 0 || t < best[i][k] {
					best[i][k] = t
				}
			}
		}
	}
	for k, name := range stageNames {
		fmt.Fprintf(m.out, "%-12s %7.2f µs\n", name, mean(best, func(b [allStages]time.Duration) float64 { return micro(b[k]) }))
	}
	return nil
}

func (m *measurement) stage(filter string) (took [allStages]time.Duration, err error) {
	start := time.Now()
	tree, err := parser.Parse(filter)
	if err != nil {
		return took, err
	}
	parsed := time.Now()
	g, err := codegen.Generate(context.Background(), tree, codegen.Options{LinkType: linktype.EN10MB, Netmask: bpfc.NetmaskUnknown, Names: names.Once(m.names)})
	if err != nil {
		return took, err
	}
	generated := time.Now()
	optimizer.Optimize(g, optimizer.Options{NoText: true})
	optimized := time.Now()
	if _, err = emit.Emit(g, bpfc.DefaultSnapLen); err != nil {
		return took, err
	}
	emitted := time.Now()
	g.Release()
	_, err = bpfc.Compile(filter, bpfc.WithNames(m.names))
	return [...]time.Duration{parsed.Sub(start), generated.Sub(parsed), optimized.Sub(generated), emitted.Sub(optimized), time.Since(emitted)}, err
}

// profile writes a profile of ten seconds of compiling, every filter about as long as the others.
func (m *measurement) profile(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	each := 10 * time.Second / time.Duration(len(m.filters))
	for _, filter := range m.filters {
		for start := time.Now(); time.Since(start) < each; {
			if _, err := bpfc.Compile(filter, bpfc.WithNames(m.names)); err != nil {
				return fmt.Errorf("%s: %w", filter, err)
			}
		}
	}
	return nil
}
