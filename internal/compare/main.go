// Command compare holds the size and the speed of our programs against those of an installed tcpdump: instructions of the
// program, and with a capture file the mean number of instructions executed on a packet. Neither depends on how busy the
// machine is.
//
//	go run ./internal/compare -r trace.pcap testdata/practical.txt
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/asm"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
)

func main() {
	read := flag.String("r", "", "count executed instructions on the packets of this capture file")
	program := flag.String("tcpdump", "tcpdump", "the tcpdump to compare with")
	verbose := flag.Bool("v", false, "print every filter, not only where ours is larger or slower")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: compare [-r FILE] [-tcpdump PROGRAM] [-v] FILTERS")
		os.Exit(2)
	}
	c := comparison{tcpdump: *program, verbose: *verbose, out: os.Stdout}
	if err := c.run(flag.Arg(0), *read); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// comparison is one run over a file of filters.
type comparison struct {
	tcpdump string
	verbose bool
	out     io.Writer

	linkType linktype.Type
	packets  []packet

	sizes, executed ratios
}

// packet is what a program sees of one.
type packet struct {
	data    []byte
	wireLen uint32
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

// over counts how many are above 1.
func (r ratios) over() (n int) {
	for _, x := range r {
		if x > 1 {
			n++
		}
	}
	return n
}

func (c *comparison) run(filters, read string) error {
	list, err := readFilters(filters)
	if err != nil {
		return err
	}
	c.linkType = linktype.EN10MB
	if read != "" {
		if err := c.load(read); err != nil {
			return err
		}
	}
	for _, f := range list {
		if err := c.filter(f); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	fmt.Fprintf(c.out, "%d filters: instructions %.3f of tcpdump's (geometric mean), larger on %d\n", len(c.sizes), c.sizes.mean(), c.sizes.over())
	if len(c.executed) > 0 {
		fmt.Fprintf(c.out, "%d packets: executed instructions %.3f of tcpdump's (geometric mean), more on %d\n", len(c.packets), c.executed.mean(), c.executed.over())
	}
	return nil
}

// readFilters reads a file with one filter a line, and # before comments.
func readFilters(path string) (filters []string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			filters = append(filters, line)
		}
	}
	if len(filters) == 0 {
		return nil, fmt.Errorf("%s: no filters", path)
	}
	return filters, nil
}

// load keeps the packets of a file, which must all be of one link-layer type.
func (c *comparison) load(path string) (err error) {
	r, err := capture.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		p, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		typ := r.Interfaces()[p.Interface].LinkType
		if len(c.packets) > 0 && typ != c.linkType {
			return fmt.Errorf("%s: packets of %v and of %v", path, c.linkType, typ)
		}
		c.linkType = typ
		c.packets = append(c.packets, packet{slices.Clone(p.Data), p.WireLen})
	}
}

// filter compares the two programs of one filter.
func (c *comparison) filter(filter string) error {
	prog, err := bpfc.Compile(filter, bpfc.WithLinkType(c.linkType))
	if err != nil {
		return err
	}
	ours := prog.Instructions()
	theirs, err := c.compileTheirs(filter)
	if err != nil {
		return err
	}
	c.sizes = append(c.sizes, float64(len(ours))/float64(len(theirs)))
	line := fmt.Sprintf("%4d %4d", len(ours), len(theirs))
	notable := len(ours) > len(theirs)
	if len(c.packets) > 0 {
		a, err := c.meanExecuted(ours)
		if err != nil {
			return err
		}
		b, err := c.meanExecuted(theirs)
		if err != nil {
			return err
		}
		c.executed = append(c.executed, a/b)
		line += fmt.Sprintf(" %7.2f %7.2f", a, b)
		notable = notable || a > b
	}
	if c.verbose || notable {
		fmt.Fprintf(c.out, "%s  %s\n", line, filter)
	}
	return nil
}

// compileTheirs runs tcpdump -ddd.
func (c *comparison) compileTheirs(filter string) ([]bpf.RawInstruction, error) {
	cmd := exec.Command(c.tcpdump, "-y", c.linkType.String(), "-ddd", "--", filter)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return asm.Parse(string(out), asm.Decimal)
}

// meanExecuted is the mean number of instructions that a program executes on the packets.
func (c *comparison) meanExecuted(prog []bpf.RawInstruction) (float64, error) {
	m, err := vm.New(prog)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, p := range c.packets {
		_, n := m.RunCount(p.data, p.wireLen)
		total += n
	}
	return float64(total) / float64(len(c.packets)), nil
}
