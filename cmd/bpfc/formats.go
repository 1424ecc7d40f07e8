package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/asm"
	"bpfc/cbpf"
	toebpf "bpfc/ebpf"
	"bpfc/linktype"
	"bpfc/source"
)

// programFormat is a form that compile writes a program in.
type programFormat struct {
	name, what string
	binary     bool // not for a terminal
	classic    bool // holds the classic program, for who may want to load it into the kernel
	write      func(*output) ([]byte, error)
}

// output is a program to be written.
type output struct {
	*compileCommand
	cmd    *cobra.Command
	format *programFormat
	expr   string
	prog   *bpfc.Program
}

var programFormats = []programFormat{
	{name: "d", what: "the listing of tcpdump -d", classic: true, write: printed(asm.Listing)},
	{name: "dd", what: "a C array, as tcpdump -dd prints it", classic: true, write: printed(asm.CArray)},
	{name: "ddd", what: "numbers, after a line with their count", classic: true, write: printed(asm.Decimal)},
	{name: "asm", what: "the text that the kernel's bpf_asm takes", classic: true, write: printed(asm.Kernel)},
	{name: "json", what: "an array of [code, jt, jf, k]", classic: true, write: printed(asm.JSON)},
	{name: "raw", what: "struct sock_filter in this machine's byte order", binary: true, classic: true, write: printed(asm.Raw)},
	{name: "xt_bpf", what: "for iptables -m bpf --bytecode; packets begin with their IP header (RAW)", write: (*output).xt},
	{name: "tc", what: "a file for tc filter add … bpf bytecode-file", write: (*output).tc},
	{name: "ebpf", what: "eBPF for --hook, as llvm-objdump lists it", write: (*output).ebpf},
	{name: "elf", what: "an object file of eBPF that ip, tc, bpftool and libraries load, for --hook", binary: true, write: (*output).elf},
	{name: "c", what: "a function in C99", write: (*output).c},
	{name: "go", what: "a function in Go", write: (*output).golang},
	{name: "dot", what: "for Graphviz: the decision graph of a filter (with -O before the optimizer), or the flow graph of --bytecode", write: (*output).dot},
}

func formatNames() (names []string) {
	for i := range programFormats {
		names = append(names, programFormats[i].name)
	}
	return names
}

// formatTable tells what each format is, a line each.
func formatTable() string {
	var b strings.Builder
	for i := range programFormats {
		fmt.Fprintf(&b, "  %-7s %s\n", programFormats[i].name, programFormats[i].what)
	}
	return b.String()
}

func formatByName(name string) (*programFormat, error) {
	if name == "" || name == "tcpdump" {
		name = "d"
	}
	i := slices.Index(formatNames(), name)
	if i < 0 {
		return nil, usagef("-f: there is no format %.40q; there are %s", name, strings.Join(formatNames(), ", "))
	}
	return &programFormats[i], nil
}

// formatFlags are the flags that only some formats take.
var formatFlags = map[string][]string{
	"hook": {"ebpf", "elf"}, "match": {"ebpf", "elf"}, "no-match": {"ebpf", "elf"}, "rounds": {"ebpf", "elf"}, "section": {"elf"},
	"name": {"elf", "c", "go"}, "package": {"go"}, "socket": {"d", "dd", "ddd", "asm", "json", "raw", "ebpf", "elf"},
}

// checkFormatFlags refuses flags that a format has no use for.
func checkFormatFlags(cmd *cobra.Command, format string) error {
	for _, name := range slices.Sorted(maps.Keys(formatFlags)) {
		if takes := formatFlags[name]; cmd.Flags().Changed(name) && !slices.Contains(takes, format) {
			return usagef("--%s is for -f %s", name, strings.Join(takes, " and "))
		}
	}
	return nil
}

// formatTarget is what a filter is compiled for unless flags say otherwise.
func (c *compileCommand) formatTarget(f *programFormat) target {
	t := compileTarget
	if f.name == "xt_bpf" || c.hook.Hook == toebpf.CGroupSKB {
		t.linkType = linktype.RAW
	}
	return t
}

func printed(f asm.Format) func(*output) ([]byte, error) {
	return func(o *output) ([]byte, error) { return []byte(asm.Print(o.prog.Instructions(), f)), nil }
}

// note tells the user something that is no error.
func (o *output) note(format string, args ...any) error {
	_, err := fmt.Fprintf(o.cmd.ErrOrStderr(), "bpfc: note: "+format+"\n", args...)
	return err
}

// pinned is the way for what iptables does not take as bytecode.
const pinned = `give iptables an eBPF program instead:
  bpfc compile -y RAW -f elf --hook socket -o filter.o …
  bpftool prog load filter.o /sys/fs/bpf/filter type socket
  iptables … -m bpf --object-pinned /sys/fs/bpf/filter …`

func (o *output) xt() ([]byte, error) {
	if n, limit := o.prog.Len(), asm.XTBPF.Limit(); n > limit {
		return nil, usagef("-f xt_bpf: the program has %d instructions, and iptables takes %d at most: %s", n, limit, pinned)
	}
	if err := o.prog.KernelProblem(); err != nil {
		return nil, usagef("-f xt_bpf: the kernel does not take the program (%w): %s", err, pinned)
	}
	if !startsAtNetwork(o.prog.LinkType()) && o.linkType != "" {
		if err := o.note("the program is for %v, but the packets of iptables begin with their IP header (-y RAW)", o.prog.LinkType()); err != nil {
			return nil, err
		}
	}
	return printed(asm.XTBPF)(o)
}

// startsAtNetwork tells whether packets of a type begin with their network header.
func startsAtNetwork(t linktype.Type) bool {
	return t == linktype.RAW || t == linktype.IPV4 || t == linktype.IPV6
}

// tc takes what the program returns for a class, but for 0, no match, and -1, a match (tc-bpf(8)). A filter that is compiled here
// returns -1, unless -s says otherwise.
func (o *output) tc() ([]byte, error) {
	if err := o.prog.KernelProblem(); err != nil {
		return nil, usagef("-f tc: the kernel does not take the program (%w): give tc an eBPF program instead: bpfc compile -f elf --hook tc -o filter.o … and tc filter add … bpf da obj filter.o sec classifier", err)
	}
	insns, class := o.prog.Instructions(), uint32(0)
	for i := range insns {
		if in := &insns[i]; in.Op == cbpf.RetK && in.K != 0 {
			if o.program == nil && o.snapLen == 0 {
				in.K = math.MaxUint32
			}
			if in.K != math.MaxUint32 {
				class = in.K
			}
		}
	}
	if class != 0 {
		if err := o.note("the program returns %d, which tc takes for the class %x:%x of what matches; -1 would leave the class to tc's flowid", class, class>>16, class&0xffff); err != nil {
			return nil, err
		}
	}
	return []byte(asm.Print(insns, asm.TC)), nil
}

func (o *output) source() source.Options {
	s := source.Options{Name: o.name, Package: o.pkg}
	if o.program == nil {
		s.About, s.Packets = o.expr, o.prog.LinkType().String()
	}
	return s
}

func (o *output) c() ([]byte, error) {
	text, err := source.C(o.prog.Instructions(), o.source())
	return text, asUsage(err)
}

func (o *output) golang() ([]byte, error) {
	text, err := source.Go(o.prog.Instructions(), o.source())
	return text, asUsage(err)
}

// asUsage makes an error one of the user's: the filter or the flags are wrong.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

func (o *output) dot() ([]byte, error) {
	var b bytes.Buffer
	if o.program != nil {
		err := asm.WriteDot(&b, o.prog.Instructions())
		return b.Bytes(), err
	}
	opts, err := o.options(o.cmd.Context(), o.formatTarget(o.format))
	if err != nil {
		return nil, err
	}
	g, err := bpfc.Graph(o.expr, opts...)
	if err != nil {
		return nil, err
	}
	err = g.PrintDot(&b, o.expr)
	return b.Bytes(), err
}

// deliver writes to the file of -o, or to standard output.
func (o *output) deliver(text []byte) error {
	if o.out == "" || o.out == "-" {
		if out := o.cmd.OutOrStdout(); !o.format.binary || !isTerminal(out) {
			_, err := out.Write(text)
			return err
		}
		return usagef("-f %s: standard output is a terminal, which it would upset; name a file with -o", o.format.name)
	}
	file, err := o.inputs.create(o.out)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// loops tells whether a program jumps back.
func loops(prog []bpf.RawInstruction) bool {
	return slices.ContainsFunc(prog, cbpf.IsBackward)
}
