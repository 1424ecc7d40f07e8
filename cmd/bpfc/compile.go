package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/asm"
	"bpfc/capture"
	"bpfc/ir"
)

// compileCommand is the state of one `bpfc compile`.
type compileCommand struct {
	filterOptions
	format  string
	verbose int // how often -d was given
	jsonl   bool
	showing showing
	read    string // capture file to count executed instructions on
}

// showing is what to print beside the program, or instead of it.
type showing struct{ stats, passes bool }

func newCompileCommand() *cobra.Command {
	c := &compileCommand{}
	cmd := &cobra.Command{
		Use:   "compile [flags] [EXPR…]",
		Short: "Compile a filter and print the bytecode",
		Long: `Compile prints the bytecode of a filter. Several arguments are joined by blanks, as
with tcpdump; no argument at all keeps every packet.

Formats (-f):
  d     the listing of tcpdump -d
  dd    a C array
  ddd   numbers, after a line with their count
  asm   the text that the kernel's bpf_asm takes
  json  an array of [code, jt, jf, k]

With --jsonl it reads one JSON object a line from standard input and writes one a
line, in the same order:

  {"id":1,"link_type":"EN10MB","filter":"tcp port 80","snaplen":262144,
   "netmask":"255.255.255.0","linux_extensions":false,"savefile":"unswapped","optimize":true}
  {"id":1,"insns":[[40,0,0,12],…]}

All but "filter" may be left out; the flags then hold. A filter that does not
compile is answered with "error", "kind", "pos" and "end", the last two in bytes,
and does not change the exit status.`,
		RunE: c.run,
	}
	c.register(cmd)
	c.registerTarget(cmd)
	f := cmd.Flags()
	f.StringVarP(&c.format, "format", "f", "", "how to print: "+strings.Join(asm.FormatNames(), ", ")+" (default d)")
	f.CountVarP(&c.verbose, "dump", "d", "as tcpdump has it: -d the listing, -dd a C array, -ddd numbers")
	f.BoolVar(&c.jsonl, "jsonl", false, "compile one request a line from standard input")
	f.BoolVar(&c.showing.stats, "stats", false, "print how large and how fast the program is, and the program only with -f or -d")
	f.StringVarP(&c.read, "read", "r", "", "with --stats: count the instructions executed on this capture file, too")
	c.ownFlags = []string{"link-type"} // what the program is for, where that matters to a format
	f.BoolVar(&c.showing.passes, "dump-passes", false, "print the decision graph as generated and after each pass of the optimizer, before anything else")
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
	cmd.MarkFlagsMutuallyExclusive("format", "dump")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "stats")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "dump-passes")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "format")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "dump")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "filter-file")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "bytecode")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(asm.FormatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (c *compileCommand) run(cmd *cobra.Command, args []string) error {
	if c.jsonl {
		return c.runJSONL(cmd, args)
	}
	format, err := c.asmFormat()
	if err != nil {
		return err
	}
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	if c.read != "" && (!c.showing.stats || c.read == "-") {
		return usagef("-r takes a file by name, and only with --stats")
	}
	var trace tracer
	if c.showing.passes {
		trace.out = cmd.OutOrStdout()
	}
	prog, err := c.compile(cmd.Context(), expr, compileTarget, trace.options()...)
	if err = errors.Join(err, trace.err); err != nil {
		return err
	}
	if !c.showing.stats || c.format != "" || c.verbose > 0 {
		if err := asm.Write(cmd.OutOrStdout(), prog.Instructions(), format); err != nil {
			return err
		}
	}
	if c.showing.stats {
		return c.stats(cmd, expr, prog)
	}
	if err := prog.KernelProblem(); err != nil {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: the kernel will not load this program (%v); it runs in user space\n", err)
		return err
	}
	return nil
}

// tracer prints the decision graph after each pass.
type tracer struct {
	out io.Writer // nil to print nothing
	err error     // of the first write that failed
}

func (t *tracer) options() []bpfc.Option {
	if t.out == nil {
		return nil
	}
	return []bpfc.Option{bpfc.WithTrace(t.pass)}
}

func (t *tracer) pass(name string, g *ir.Graph) {
	if t.err != nil {
		return
	}
	if _, t.err = fmt.Fprintf(t.out, "== %s\n", name); t.err == nil {
		t.err = g.Print(t.out)
	}
}

// compileTarget is what `bpfc compile` compiles for unless flags say otherwise.
var compileTarget = target{linkType: defaultLinkType, snapLen: defaultSnapLen, savefile: bpfc.NotSavefile}

// asmFormat is the format that -f or -d asks for.
func (c *compileCommand) asmFormat() (asm.Format, error) {
	switch {
	case c.verbose > 3:
		return 0, usagef("-d: at most three of them")
	case c.verbose > 0:
		return [...]asm.Format{asm.Listing, asm.CArray, asm.Decimal}[c.verbose-1], nil
	case c.format == "" || c.format == "tcpdump":
		return asm.Listing, nil
	}
	f, err := asm.FormatByName(c.format)
	if err != nil {
		return 0, usagef("-f: %w", err)
	}
	return f, nil
}

func (c *compileCommand) runJSONL(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("--jsonl reads the filters from standard input, but there is %q", args[0])
	}
	if _, err := c.target(compileTarget); err != nil { // a mistake in the flags is one mistake, not one a line
		return err
	}
	resolver, err := c.resolver()
	if err != nil {
		return err
	}
	if err := c.inputs.reads(cmd, capture.StandardInput, cmd.InOrStdin()); err != nil {
		return err
	}
	j := &jsonl{options: &c.filterOptions, resolver: resolver}
	return j.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
}
