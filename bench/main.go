// Command bench holds the native code of vm/jit against what clang makes of the same bytecode.
//
//	go run ./bench -r trace.pcap --filters testdata/practical.txt
//
// It compiles every filter to bytecode, writes each program down as a C function (package source), has clang -O3 compile them all with a
// loop around each (see c.go), and runs that program beside itself. Round by round, both judge all packets of the file, in
// memory and from the same layout (offset, captured length, length on the wire), and write a verdict for each: first one, then
// the other, so that what else the machine does hits both. The clang program takes its own time; nothing but a command and a
// figure goes over the pipe. Printed are the least times a packet of each, their ratio, and geometric means.
//
// It is an error if the verdicts differ. Without clang there is nothing to compare with and the command says so; another C
// compiler can be named with --cc. No cgo is involved.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/vm"
	"bpfc/vm/jit"
)

func main() {
	b := bench{out: os.Stdout}
	flag.StringVar(&b.read, "r", "", "capture file with the packets")
	flag.StringVar(&b.filters, "filters", "", "file of filters, one a line; # starts a comment line")
	flag.StringVar(&b.cc, "cc", "clang", "C compiler")
	flag.StringVar(&b.cflags, "cflags", "-O3", "its flags, separated by spaces")
	flag.IntVar(&b.rounds, "rounds", 21, "rounds of each measurement")
	flag.DurationVar(&b.duration, "duration", 500*time.Microsecond, "least time of a round")
	flag.Parse()
	if flag.NArg() > 0 || b.read == "" || b.filters == "" || b.rounds < 1 || b.duration <= 0 {
		fmt.Fprintln(os.Stderr, "usage: bench -r FILE --filters FILE [--cc COMPILER] [--cflags FLAGS] [--rounds N] [--duration D]")
		os.Exit(2)
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	read, filters, cc, cflags string
	rounds                    int
	duration                  time.Duration
	out                       io.Writer
}

// filter is one filter in both engines.
type filter struct {
	text    string
	program []bpf.RawInstruction
	matcher *jit.Matcher
}

// packets are the packets of a file in one buffer.
type packets struct {
	buf      []byte
	spans    []vm.Span
	options  []bpfc.Option // that filters are compiled with
	verdicts []uint32
}

func (b *bench) run() error {
	compiler, err := exec.LookPath(b.cc)
	if err != nil {
		return fmt.Errorf("no C compiler %s, so there is nothing to compare with; install clang or name another with --cc: %w", b.cc, err)
	}
	p, err := readPackets(b.read)
	if err != nil {
		return err
	}
	filters, err := b.compile(p)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bpfc-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		os.RemoveAll(dir)
		os.Exit(1)
	}()
	fmt.Fprintf(os.Stderr, "bench: compiling %d programs with %s %s\n", len(filters), b.cc, b.cflags)
	c, err := startC(dir, compiler, strings.Fields(b.cflags), filters, p)
	if err != nil {
		return err
	}
	return errors.Join(b.compare(filters, p, c), c.close())
}

// readPackets reads the packets of the file's first interface.
func readPackets(path string) (*packets, error) {
	r, err := capture.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	p := &packets{}
	for {
		q, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if q.Interface != 0 {
			continue
		}
		if len(p.buf)+len(q.Data) > 1<<30 {
			return nil, fmt.Errorf("%s: more than 1 GiB of packets; more would measure the memory, not the code", path)
		}
		p.spans = append(p.spans, vm.Span{Off: uint32(len(p.buf)), CapLen: uint32(len(q.Data)), WireLen: q.WireLen})
		p.buf = append(p.buf, q.Data...)
	}
	if len(p.spans) == 0 {
		return nil, fmt.Errorf("%s: no packets in it", path)
	}
	p.verdicts = make([]uint32, len(p.spans))
	i := r.Interfaces()[0]
	savefile := bpfc.SavefileUnswapped
	if i.Swapped {
		savefile = bpfc.SavefileSwapped
	}
	p.options = []bpfc.Option{bpfc.WithLinkType(i.LinkType), bpfc.WithSnapLen(int(i.Snaplen)), bpfc.WithSavefile(savefile)}
	return p, nil
}

// compile compiles every filter of the list to bytecode and to native code.
func (b *bench) compile(p *packets) ([]filter, error) {
	text, err := os.ReadFile(b.filters)
	if err != nil {
		return nil, err
	}
	var filters []filter
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		program, err := bpfc.Compile(line, p.options...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		f := filter{text: line, program: program.Instructions()}
		if f.matcher, err = jit.New(f.program); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		if err := f.matcher.Fallback(); err != nil {
			return nil, fmt.Errorf("%s: no native code: %w", line, err)
		}
		filters = append(filters, f)
	}
	if len(filters) == 0 {
		return nil, fmt.Errorf("%s: no filter in it", b.filters)
	}
	return filters, nil
}

// compare measures and prints.
func (b *bench) compare(filters []filter, p *packets, c *cProgram) error {
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "jit\t%s\tratio\tmatches\t  filter\n", b.cc)
	var ours, theirs float64 // sums of logarithms
	faster := 0
	for i := range filters {
		m, err := b.measure(i, &filters[i], p, c)
		if err != nil {
			return fmt.Errorf("%s: %w", filters[i].text, err)
		}
		ours, theirs = ours+math.Log(m.jit), theirs+math.Log(m.c)
		if m.jit < m.c {
			faster++
		}
		fmt.Fprintf(table, "%.2f\t%.2f\t%.2f\t%d\t  %s\n", m.jit, m.c, m.jit/m.c, m.matches, filters[i].text)
	}
	n := float64(len(filters))
	fmt.Fprintf(table, "%.2f\t%.2f\t%.3f\t\t  geometric mean of %d filters, ns a packet; jit is faster on %d\n",
		math.Exp(ours/n), math.Exp(theirs/n), math.Exp((ours-theirs)/n), len(filters), faster)
	return table.Flush()
}

// measured is the least time of each engine in nanoseconds a packet.
type measured struct {
	jit, c  float64
	matches int
}

func (b *bench) measure(number int, f *filter, p *packets, c *cProgram) (m measured, err error) {
	f.matcher.MatchBuffer(p.buf, p.spans, p.verdicts)
	sum := checksum(p.verdicts)
	for _, v := range p.verdicts {
		if v != 0 {
			m.matches++
		}
	}
	passes := 1
	for f.time(p, passes) < b.duration && passes < 1<<30 {
		passes *= 2
	}
	m.jit, m.c = math.Inf(1), math.Inf(1)
	for round := range b.rounds {
		// Who comes first changes, so that neither always finds the cache as the other left it.
		if round%2 == 0 {
			m.jit = min(m.jit, float64(f.time(p, passes)))
		}
		elapsed, got, err := c.time(number, passes)
		if err != nil {
			return m, err
		}
		if got != sum {
			return m, fmt.Errorf("the verdicts differ: their checksum is %x, and %x in C", sum, got)
		}
		m.c = min(m.c, float64(elapsed))
		if round%2 == 1 {
			m.jit = min(m.jit, float64(f.time(p, passes)))
		}
	}
	judged := float64(passes) * float64(len(p.spans))
	m.jit, m.c = m.jit/judged, m.c/judged
	return m, nil
}

// time has the native code judge all packets a number of times. As in C, what counts is done when the verdicts are written.
func (f *filter) time(p *packets, passes int) time.Duration {
	start := time.Now()
	for range passes {
		f.matcher.MatchBuffer(p.buf, p.spans, p.verdicts)
	}
	return time.Since(start)
}

// checksum tells lists of verdicts apart; c.go has the same in C.
func checksum(verdicts []uint32) (sum uint64) {
	for _, v := range verdicts {
		sum = sum*31 + uint64(v)
	}
	return sum
}
