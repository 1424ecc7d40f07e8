// Command printdiff compares what `bpfc capture -r` prints with what tcpdump prints, packet by packet: how many are
// the same by protocol, for several sets of flags, and of what kind the differences are.
//
//	go run ./internal/printdiff -r trace.pcap                     # a table over many sets of flags
//	go run ./internal/printdiff -r trace.pcap -flags '-n -vv'     # one set: the kinds of differences too
//	go run ./internal/printdiff -r trace.pcap -flags -n -show 5   # and some of each kind in full
//	go run ./internal/printdiff -r directory                      # all its capture files together
//	go run ./internal/printdiff -r trace.pcap -foreign foreign.pcap -flags '-n -vv'
//
// The last takes the payloads of a capture, and random ones, and writes a capture in which they stand behind the numbers of all protocols.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bpfc"
	"bpfc/capture"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/vm"
)

func main() {
	c := comparison{out: os.Stdout}
	flag.StringVar(&c.file, "r", "", "capture file to print, or a directory of them")
	flag.StringVar(&c.bpfc, "bpfc", "bpfc", "the bpfc to compare")
	flag.StringVar(&c.tcpdump, "tcpdump", "tcpdump", "the tcpdump to compare with")
	one := flag.String("flags", "", "the one set of flags to compare, and to classify the differences of")
	flag.IntVar(&c.show, "show", 0, "how many of each kind of difference to print in full")
	foreign := flag.String("foreign", "", "write payloads of the capture of -r behind the numbers of all protocols to this file, and compare that")
	payloads := flag.Int("payloads", 40, "with -foreign: how many for each number")
	seed := flag.Uint64("seed", 1, "with -foreign: of what is random")
	flag.Parse()
	if c.file == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: printdiff -r FILE [-bpfc PROGRAM] [-tcpdump PROGRAM] [-flags FLAGS] [-show N] [-foreign FILE]")
		os.Exit(2)
	}
	sets := flagSets
	if *one != "" {
		sets = []string{*one}
	}
	err := error(nil)
	if *foreign != "" {
		err = writeForeign(c.file, *foreign, *payloads, *seed)
		c.file = *foreign
	}
	if err == nil {
		err = c.run(sets)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "printdiff:", err)
		os.Exit(1)
	}
}

// flagSets are the sets of flags that are compared if none is named.
var flagSets = []string{
	"-n", "-n -q", "-n -e", "-n -S", "-n -v", "-n -vv", "-n -vvv", "-n -e -vv",
	"-n -t", "-n -tt", "-n -ttt", "-n -tttt", "-n -ttttt", "-n --nano",
	"-n -x", "-n -xx", "-n -X", "-n -XX", "-n -A", "-n -AA",
}

// classes sort packets by what they are, the first that matches counts.
var classes = []struct{ name, filter string }{
	{"ARP", "arp or rarp"}, {"TCP", "tcp"}, {"UDP", "udp"}, {"ICMP", "icmp"}, {"ICMP6", "icmp6"}, {"SCTP", "sctp"},
	{"other IP", "ip or ip6"}, {"other", ""},
}

// comparison is one run.
type comparison struct {
	file, bpfc, tcpdump string
	show                int
	out                 io.Writer
	left                map[string]string // files that are left out, and why
}

// share counts packets that are the same.
type share struct{ same, all int }

func (s share) String() string {
	if s.all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(s.same)/float64(s.all))
}

// result is what comes out for one set of flags, over all files.
type result struct {
	text  map[string]*share       // by class: the whole text of a packet
	total share                   // the same, of all classes
	dumps share                   // a packet's dump alone; all is 0 where none is asked for
	kinds map[string][]difference // by kind
}

// difference is a packet that the two print in different ways.
type difference struct {
	file         string
	number       int // from 1
	ours, theirs string
}

// trace is a capture file: of what class each packet is.
type trace struct {
	file string
	of   []string
}

func (c *comparison) run(sets []string) error {
	c.left = map[string]string{}
	for _, program := range [2]string{c.bpfc, c.tcpdump} {
		if _, err := exec.LookPath(program); err != nil {
			return err // and not a fault of the files
		}
	}
	traces, err := c.open(c.file)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%-12s", "flags")
	for _, class := range classes {
		fmt.Fprintf(c.out, " %9s", class.name)
	}
	fmt.Fprintf(c.out, " %9s %9s\n", "all", "dumps")
	for _, flags := range sets {
		r := result{text: map[string]*share{}, kinds: map[string][]difference{}}
		for _, class := range classes {
			r.text[class.name] = &share{}
		}
		for _, t := range traces {
			theirs, err := c.print(t, flags, c.tcpdump)
			var ours []string
			if err == nil {
				ours, err = c.print(t, flags, c.bpfc, "capture")
			}
			if err != nil {
				c.left[t.file] = err.Error()
				continue
			}
			r.compare(t, ours, theirs, flags)
		}
		fmt.Fprintf(c.out, "%-12s", flags)
		for _, class := range classes {
			fmt.Fprintf(c.out, " %9s", r.text[class.name])
		}
		fmt.Fprintf(c.out, " %9s %9s\n", r.total, r.dumps)
		if len(sets) == 1 {
			c.explain(r)
		}
	}
	return c.leftOut(len(traces))
}

// leftOut names the files that are not in the figures, or not in all of them. It is an error if there is no other.
func (c *comparison) leftOut(traces int) error {
	if len(c.left) == 0 {
		return nil
	}
	fmt.Fprintf(c.out, "\nleft out: %d of the files\n", len(c.left))
	for _, file := range slices.Sorted(maps.Keys(c.left)) {
		fmt.Fprintf(c.out, "  %s: %s\n", file, strings.TrimSpace(c.left[file]))
	}
	if traces == 0 {
		return errors.New("no file that can be read")
	}
	return nil
}

// open reads a file, or the files of a directory. Those that cannot be read are left out.
func (c *comparison) open(path string) (traces []trace, err error) {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*")); err != nil {
			return nil, err
		}
		files = slices.DeleteFunc(files, func(f string) bool { return !slices.Contains([]string{".pcap", ".pcapng", ".cap"}, filepath.Ext(f)) })
	}
	for _, file := range files {
		of, err := classify(file)
		if err != nil {
			c.left[file] = err.Error()
			continue
		}
		traces = append(traces, trace{file, of})
	}
	return traces, nil
}

// classify tells the class of each packet.
func classify(file string) (of []string, err error) {
	r, err := capture.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	filters := map[linktype.Type][]*vm.VM{} // by link-layer type
	for {
		p, err := r.Next()
		if err == io.EOF {
			return of, nil
		}
		if err != nil {
			return nil, err
		}
		link := r.Interfaces()[p.Interface].LinkType
		if filters[link] == nil {
			if filters[link], err = compileClasses(link); err != nil {
				return nil, err
			}
		}
		i := slices.IndexFunc(filters[link], func(m *vm.VM) bool { return m.Run(p.Data, p.WireLen) != 0 })
		of = append(of, classes[i].name) // the last class takes everything
	}
}

func compileClasses(link linktype.Type) (filters []*vm.VM, err error) {
	for _, class := range classes {
		prog, err := bpfc.Compile(class.filter, bpfc.WithLinkType(link), bpfc.WithAllowRejectAll())
		var mistake *diag.Error
		if errors.As(err, &mistake) && mistake.Kind == diag.Unsupported { // the link-layer type tells no protocols
			prog, err = bpfc.Compile("less 0", bpfc.WithLinkType(link), bpfc.WithAllowRejectAll())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", class.filter, err)
		}
		m, err := vm.New(prog.Instructions())
		if err != nil {
			return nil, err
		}
		filters = append(filters, m)
	}
	return filters, nil
}

// print runs a program and cuts what it prints into packets, which --number makes possible.
func (c *comparison) print(t trace, flags string, program ...string) ([]string, error) {
	arguments := append(program[1:], "-r", t.file, "--number")
	cmd := exec.CommandContext(context.Background(), program[0], append(arguments, strings.Fields(flags)...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", program[0], flags, err, lastLine(stderr.String()))
	}
	packets := split(string(out))
	if len(packets) != len(t.of) {
		return nil, fmt.Errorf("%s %s: %d packets, not %d", program[0], flags, len(packets), len(t.of))
	}
	return packets, nil
}

// lastLine gives the last line of what a program complains of.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// split cuts a text where a line begins with the next number.
func split(text string) (packets []string) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if mark := fmt.Sprintf("%5d  ", len(packets)+1); strings.HasPrefix(line, mark) {
			packets = append(packets, b.String())
			b.Reset()
			line = line[len(mark):]
		}
		b.WriteString(line)
	}
	if len(packets) == 0 {
		return nil
	}
	return append(packets[1:], b.String()) // before the first is nothing
}

// compare adds the packets of a file.
func (r *result) compare(t trace, ours, theirs []string, flags string) {
	for i, class := range t.of {
		s := r.text[class]
		s.all++
		r.total.all++
		if ours[i] == theirs[i] {
			s.same++
			r.total.same++
		} else {
			kind := class + ": " + kindOf(ours[i], theirs[i])
			r.kinds[kind] = append(r.kinds[kind], difference{t.file, i + 1, ours[i], theirs[i]})
		}
		if a, b, asked := dumps(ours[i], theirs[i], flags); asked {
			r.dumps.all++
			if a == b {
				r.dumps.same++
			}
		}
	}
}

var (
	dumpFlag = regexp.MustCompile(`(?:^| )-[a-zA-Z]*?(x+|X+|A+)`)
	hexDump  = regexp.MustCompile(`(?s)\t0x0000:  `)
)

// dumps gives the dumps at the end of two texts. The one in hexadecimal begins at the last offset 0. That in ASCII has no
// mark: as many bytes are compared as there are after the first line of the packet with less to say about itself.
func dumps(ours, theirs, flags string) (a, b string, asked bool) {
	f := dumpFlag.FindStringSubmatch(flags)
	switch {
	case f == nil:
		return "", "", false
	case f[1][0] == 'A':
		n := min(len(afterFirstLine(ours)), len(afterFirstLine(theirs)))
		return ours[len(ours)-n:], theirs[len(theirs)-n:], true
	}
	return lastDump(ours), lastDump(theirs), true
}

func afterFirstLine(s string) string {
	_, rest, _ := strings.Cut(s, "\n")
	return rest
}

func lastDump(s string) string {
	all := hexDump.FindAllStringIndex(s, -1)
	if all == nil {
		return ""
	}
	return s[all[len(all)-1][0]:]
}

var digits = regexp.MustCompile(`(0x)?[0-9a-f]*[0-9][0-9a-f]*`)

// kindOf names a difference by the words at which the texts part, numbers taken out.
func kindOf(ours, theirs string) string {
	n := 0
	for n < len(ours) && n < len(theirs) && ours[n] == theirs[n] {
		n++
	}
	n = max(strings.LastIndexAny(theirs[:n], " \n,("), 0)
	return fmt.Sprintf("%q for %q", digits.ReplaceAllString(excerpt(ours, n), "#"), digits.ReplaceAllString(excerpt(theirs, n), "#"))
}

// excerpt gives a few words.
func excerpt(s string, at int) string {
	s = s[min(at, len(s)):]
	words := strings.SplitAfterN(s, " ", 5)
	return strings.Join(words[:min(len(words), 4)], "")
}

// explain prints the kinds of differences, the commonest first.
func (c *comparison) explain(r result) {
	names := slices.SortedFunc(maps.Keys(r.kinds), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(r.kinds[b]), len(r.kinds[a])), strings.Compare(a, b))
	})
	fmt.Fprintf(c.out, "\n%9s %9s  %s\n", "packets", "the first", "kind: ours for tcpdump's")
	for _, name := range names {
		packets := r.kinds[name]
		fmt.Fprintf(c.out, "%9d %9d  %s", len(packets), packets[0].number, name)
		if packets[0].file != c.file {
			fmt.Fprintf(c.out, " (%s)", filepath.Base(packets[0].file))
		}
		fmt.Fprintln(c.out)
		for _, p := range packets[:min(c.show, len(packets))] {
			fmt.Fprintf(c.out, "< %s> %s", p.theirs, p.ours)
		}
	}
}
