package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bpfc/measure"
	"bpfc/vm"
)

// filePackets are the packets of a capture file's first interface.
type filePackets struct {
	measure.Packets
	target  target
	skipped int // packets of another kind of interface than the first
}

// maxBenchBytes bounds what is held in memory: more would measure the memory, not the engines.
const maxBenchBytes = 1 << 30

type benchCommand struct {
	filterOptions
	read     string
	engines  []string
	filters  string
	json     bool
	rounds   int
	duration time.Duration
}

func newBenchCommand() *cobra.Command {
	b := &benchCommand{}
	cmd := &cobra.Command{
		Use:   "bench -r FILE [--engine E] [flags] [EXPR…]",
		Short: "Measure nanoseconds a packet, engine by engine",
		Long: `Bench runs a filter over the packets of a file, in memory, again and again, with each
engine in turn, and prints the least and the median time a packet of several rounds.
The engines of this build:

` + engineTable() + `
All run the same bytecode on the same memory and write a verdict for every packet. jit
and libpcap are like for like: one call, and a loop behind it. What a call from Go costs
shows in jit-call. JSON has it as packets_per_call.`,
		RunE: b.run,
	}
	b.register(cmd)
	registerRead(cmd, &b.read)
	f := cmd.Flags()
	f.StringSliceVar(&b.engines, "engine", nil, "only these engines, separated by commas")
	f.StringVar(&b.filters, "filters", "", "measure every filter of a file that has one a line, and the geometric mean; # starts a comment line")
	f.BoolVar(&b.json, "json", false, "print one JSON object for each filter and engine")
	f.IntVar(&b.rounds, "rounds", 5, "rounds of each measure.Result")
	f.DurationVar(&b.duration, "duration", 100*time.Millisecond, "least time of a round")
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(engineNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagFilename("filters")
	return cmd
}

func engineNames() []string {
	var names []string
	for _, e := range measure.Engines() {
		names = append(names, e.Name)
	}
	return names
}

// engineTable tells what each engine is, a line each.
func engineTable() string {
	var b strings.Builder
	for _, e := range measure.Engines() {
		fmt.Fprintf(&b, "  %-12s %s\n", e.Name, e.What)
	}
	return b.String()
}

func (b *benchCommand) run(cmd *cobra.Command, args []string) error {
	engines, err := b.chosen()
	if err != nil {
		return err
	}
	exprs, err := b.expressions(cmd, args)
	if err != nil {
		return err
	}
	packets, err := b.load(cmd)
	if err != nil {
		return err
	}
	if packets.skipped > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: %d packets are left out, of other interfaces than the first\n", packets.skipped)
	}
	var all []measure.Result
	show := b.shower(cmd.OutOrStdout())
	for _, expr := range exprs {
		prog, err := b.compile(cmd.Context(), expr, packets.target)
		if err != nil {
			return err
		}
		for _, e := range engines {
			m, err := e.Measure(cmd.Context(), prog.Instructions(), &packets.Packets, b.rounds, b.duration)
			if errors.Is(err, measure.ErrNotForEngine) {
				fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: %s leaves out %s: %v\n", e.Name, expr, err)
				continue
			}
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %s: %w", e.Name, expr, err), show.end())
			}
			m.Filter = expr
			all = append(all, m)
			if err := show.line(m); err != nil {
				return err
			}
		}
	}
	if err := disagreement(all); err != nil {
		return errors.Join(err, show.end())
	}
	if len(exprs) > 1 {
		for _, e := range engines {
			if err := show.mean(e.Name, all); err != nil {
				return err
			}
		}
	}
	return show.end()
}

// disagreement is an error if two engines do not count the same matches for a filter: a fast wrong engine is none.
func disagreement(all []measure.Result) error {
	first := map[string]measure.Result{}
	for _, m := range all {
		f, ok := first[m.Filter]
		if !ok {
			first[m.Filter] = m
		} else if f.Matches != m.Matches {
			return fmt.Errorf("%q matches %d packets by %s and %d by %s", m.Filter, f.Matches, f.Engine, m.Matches, m.Engine)
		}
	}
	return nil
}

// chosen are the engines asked for, all if none is.
func (b *benchCommand) chosen() ([]measure.Engine, error) {
	if b.rounds < 1 || b.duration <= 0 {
		return nil, usagef("--rounds and --duration must be positive")
	}
	all := measure.Engines()
	if len(b.engines) == 0 {
		return all, nil
	}
	var chosen []measure.Engine
	for _, name := range b.engines {
		i := slices.IndexFunc(all, func(e measure.Engine) bool { return e.Name == name })
		if i < 0 {
			return nil, usagef("no engine %.40q in this build; there are %s", name, strings.Join(engineNames(), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// expressions are the filters to measure.
func (b *benchCommand) expressions(cmd *cobra.Command, args []string) ([]string, error) {
	if b.filters == "" {
		expr, err := b.expression(cmd, args)
		return []string{expr}, err
	}
	if len(args) > 0 || b.file != "" || b.bytecode != "" {
		return nil, usagef("--filters and another filter as well: give one of them")
	}
	text, err := b.readFilter(cmd, b.filters)
	if err != nil {
		return nil, err
	}
	var exprs []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			exprs = append(exprs, line)
		}
	}
	if len(exprs) == 0 {
		return nil, usagef("%s: no filter in it", b.filters)
	}
	return exprs, nil
}

// load reads the packets of the file's first interface into memory.
func (b *benchCommand) load(cmd *cobra.Command) (p *filePackets, err error) {
	r, err := openCapture(cmd, &b.filterOptions, b.read)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	p = &filePackets{}
	for q, err := range r.Packets(cmd.Context()) {
		if err != nil {
			return p, err
		}
		t := targetOfInterface(&r.Interfaces()[q.Interface])
		if len(p.Spans) == 0 {
			p.target = t
		}
		if t != p.target || len(p.Buf)+len(q.Data) > maxBenchBytes {
			p.skipped++
			continue
		}
		p.Spans = append(p.Spans, vm.Span{Off: uint32(len(p.Buf)), CapLen: uint32(len(q.Data)), WireLen: q.WireLen})
		p.Buf = append(p.Buf, q.Data...)
	}
	if len(p.Spans) == 0 {
		err = fmt.Errorf("%s: no packets in it", b.read)
	}
	p.Verdicts = make([]uint32, len(p.Spans))
	return p, err
}

// shower prints measurements as they come: a table for people, or JSON lines.
type shower struct {
	table *tabwriter.Writer // nil for JSON
	out   *bufio.Writer
	enc   *json.Encoder
}

func (b *benchCommand) shower(out io.Writer) *shower {
	s := &shower{out: bufio.NewWriter(out)}
	if b.json {
		s.enc = json.NewEncoder(s.out)
		s.enc.SetEscapeHTML(false)
		return s
	}
	s.table = tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(s.table, "ns/packet\tmedian\tmatches\tpackets\tengine\t  filter\n")
	return s
}

func (s *shower) line(m measure.Result) error {
	if s.table == nil {
		return errors.Join(s.enc.Encode(m), s.out.Flush())
	}
	_, err := fmt.Fprintf(s.table, "%.2f\t%.2f\t%d\t%d\t%s\t  %s\n", m.Least, m.Median, m.Matches, m.Packets, m.Engine, m.Filter)
	return err
}

// mean prints the geometric mean of an engine over all filters.
func (s *shower) mean(engine string, all []measure.Result) error {
	var least, median float64
	n := 0
	for _, m := range all {
		if m.Engine == engine {
			least, median, n = least+math.Log(m.Least), median+math.Log(m.Median), n+1
		}
	}
	if n == 0 {
		return nil
	}
	least, median = math.Exp(least/float64(n)), math.Exp(median/float64(n))
	if s.table == nil {
		return s.enc.Encode(map[string]any{"engine": engine, "filters": n, "geometric_mean_ns_per_packet": least, "geometric_mean_median_ns_per_packet": median})
	}
	_, err := fmt.Fprintf(s.table, "%.2f\t%.2f\t\t\t%s\t  geometric mean of %d filters\n", least, median, engine, n)
	return err
}

func (s *shower) end() error {
	if s.table != nil {
		return errors.Join(s.table.Flush(), s.out.Flush())
	}
	return s.out.Flush()
}
