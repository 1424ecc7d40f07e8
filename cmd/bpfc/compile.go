package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/asm"
	"bpfc/vm"
)

// compileCommand is the state of one `bpfc compile`.
type compileCommand struct {
	filterOptions
	format  string
	verbose int // how often -d was given
	jsonl   bool
}

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
	cmd.MarkFlagsMutuallyExclusive("format", "dump")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "format")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "dump")
	cmd.MarkFlagsMutuallyExclusive("jsonl", "filter-file")
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
	prog, err := c.compile(cmd.Context(), expr, compileTarget)
	if err != nil {
		return err
	}
	if err := asm.Write(cmd.OutOrStdout(), prog.Instructions(), format); err != nil {
		return err
	}
	if err := vm.Validate(prog.Instructions(), vm.ModeKernel); err != nil {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: the kernel will not load this program (%v); it runs in user space\n", err)
		return err
	}
	return nil
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
	j := &jsonl{options: &c.filterOptions, resolver: resolver}
	return j.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
}
