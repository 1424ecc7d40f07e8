package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/capture"
	"bpfc/diag"
	toebpf "bpfc/ebpf"
	"bpfc/ir"
	"bpfc/socket"
)

// compileCommand is the state of one `bpfc compile`.
type compileCommand struct {
	filterOptions
	format  string
	verbose int // how often -d was given
	jsonl   bool
	// toLibpcap prints an expression rather than a program.
	toLibpcap bool
	showing   showing
	read      string // capture file to count executed instructions on
	out       string // file to write to

	hook           hookFlag // what eBPF is for
	match, noMatch string   // what it returns
	rounds         int
	section        string
	name, pkg      string // of a function
}

// showing is what to print beside the program, or instead of it.
type showing struct{ stats, passes bool }

func newCompileCommand() *cobra.Command {
	c := &compileCommand{}
	cmd := &cobra.Command{
		Use:   "compile [flags] [EXPR…]",
		Short: "Compile a filter and write it as bytecode, eBPF, C, Go …",
		Long: `Compile prints the bytecode of a filter, or writes it in another form. Several
arguments are joined by blanks, as with tcpdump; no argument at all keeps every
packet. --bytecode converts a program that there is.

Formats (-f):
` + formatTable() + `
eBPF is for a --hook: socket, xdp, tc or cgroup_skb. --match and --no-match say what it
returns: pass, drop, abort (XDP only) or a number, for a socket the bytes to keep.
Without them what matches is dropped and the rest passes, but a socket keeps what
matches. An object file has one function in the section that loaders know the hook
by, and needs no BTF. Loops (protochain) are written out there, to go round at most
32 times; --rounds says how often.

--socket compiles for a socket of that kind, on which programs see another start of
the packet: "src net 10.0.0.0/8 and greater 100" then judges the IP packet of what
arrives. Such a program is for the kernel, which SO_ATTACH_FILTER hands it to.

With --jsonl it reads one JSON object a line from standard input and writes one a
line, in the same order:

  {"id":1,"link_type":"EN10MB","filter":"tcp port 80","snaplen":262144,
   "netmask":"255.255.255.0","linux_extensions":false,"savefile":"unswapped","optimize":true,
   "socket":"packet"}
  {"id":1,"insns":[[40,0,0,12],…]}

All but "filter" may be left out; the flags then hold. A filter that does not
compile is answered with "error", "kind", "pos" and "end", the last two in bytes,
and does not change the exit status.`,
		Example: `  bpfc compile -d 'tcp port 80'
  bpfc compile -f elf --hook xdp -o drop.o 'udp port 53 and not net 10.0.0.0/8'
  iptables -A INPUT -m bpf --bytecode "$(bpfc compile -f xt_bpf 'tcp[13] & 2 != 0')" -j DROP
  tcpdump -ddd 'tcp port 80' | bpfc compile --bytecode - -f c --name web -o web.c`,
		RunE: c.run,
	}
	c.register(cmd)
	c.registerTarget(cmd)
	c.registerWarnings(cmd, "W")
	c.registerFormats(cmd)
	f := cmd.Flags()
	f.CountVarP(&c.verbose, "dump", "d", "as tcpdump has it: -d the listing, -dd a C array, -ddd numbers")
	f.BoolVar(&c.toLibpcap, "to-libpcap", false, "print an expression of libpcap's language that says the same, if there is one")
	f.BoolVar(&c.jsonl, "jsonl", false, "compile one request a line from standard input")
	f.BoolVar(&c.showing.stats, "stats", false, "print how large and how fast the program is, and the program only with -f or -d")
	f.StringVarP(&c.read, "read", "r", "", "with --stats: count the instructions executed on this capture file, too")
	f.BoolVar(&c.showing.passes, "dump-passes", false, "print the decision graph as generated and after each pass of the optimizer, before anything else")
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
	cmd.MarkFlagsMutuallyExclusive("format", "dump")
	for _, other := range []string{"stats", "dump-passes", "format", "dump", "filter-file", "bytecode", "output", "to-libpcap"} {
		cmd.MarkFlagsMutuallyExclusive("jsonl", other)
	}
	return cmd
}

func (c *compileCommand) registerFormats(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.format, "format", "f", "", "how to write the program, see above (default d)")
	f.StringVarP(&c.out, "output", "o", "", "file to write to instead of standard output")
	f.Var(&c.hook, "hook", "with -f ebpf and elf: where it is going to run: "+strings.Join(hookNames(), ", "))
	f.StringVar(&c.match, "match", "", "with -f ebpf and elf: what to return for a packet that matches")
	f.StringVar(&c.noMatch, "no-match", "", "with -f ebpf and elf: what to return for one that does not")
	f.IntVar(&c.rounds, "rounds", 0, "with -f ebpf and elf: how often loops may go round (default 32 for elf; 0 for ebpf, as often as packets ask for, by bpf_loop)")
	f.StringVar(&c.section, "section", "", "with -f elf: the program's section, by which loaders know its type (default that of the hook)")
	f.StringVar(&c.name, "name", "", "with -f elf, c and go: name of the function (default filter, in Go Filter)")
	f.StringVar(&c.pkg, "package", "", "with -f go: name of the package (default filter)")
	c.ownFlags = []string{"link-type"} // what the program is for, where that matters to a format
	_ = cmd.MarkFlagFilename("output")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("hook", cobra.FixedCompletions(hookNames(), cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"match", "no-match"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"pass", "drop", "abort"}, cobra.ShellCompDirectiveNoFileComp))
	}
}

func (c *compileCommand) run(cmd *cobra.Command, args []string) error {
	format, err := c.chosenFormat(cmd)
	if err != nil {
		return err
	}
	if c.toLibpcap {
		return c.translate(cmd, args)
	}
	if c.jsonl {
		return c.runJSONL(cmd, args)
	}
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	if c.socket != "" && c.hook.Hook != toebpf.SocketFilter {
		return usagef("--socket is for --hook socket")
	}
	if c.socket != "" && c.read != "" {
		return usagef("-r counts on the packets of a file, which --socket is not for")
	}
	if c.read != "" && (!c.showing.stats || c.read == "-") {
		return usagef("-r takes a file by name, and only with --stats")
	}
	var trace tracer
	if c.showing.passes {
		trace.out = cmd.OutOrStdout()
	}
	prog, err := c.compile(cmd.Context(), expr, c.formatTarget(format), trace.options()...)
	if err = errors.Join(err, trace.err); err != nil {
		return err
	}
	o := &output{c, cmd, format, expr, prog}
	if !c.showing.stats || c.format != "" || c.verbose > 0 || c.out != "" {
		text, err := format.write(o)
		if err != nil {
			return err
		}
		if err := o.deliver(text); err != nil {
			return err
		}
	}
	if c.showing.stats {
		return o.stats()
	}
	if c.prove && prog.Socket().Start() == socket.TransportHeader {
		if err := o.note("proved of the filter on the IP packet up to the optimizer, not of what is made of that for %s", prog.Socket().Description()); err != nil {
			return err
		}
	}
	if err := prog.KernelProblem(); err != nil && format.classic {
		return o.note("the kernel will not load this program (%v) but as eBPF; without that it runs in user space", err)
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

// chosenFormat is the format that -f or -d asks for.
func (c *compileCommand) chosenFormat(cmd *cobra.Command) (*programFormat, error) {
	name := c.format
	if c.verbose > 3 {
		return nil, usagef("-d: at most three of them")
	}
	if c.verbose > 0 {
		name = strings.Repeat("d", c.verbose)
	}
	f, err := formatByName(name)
	if err != nil {
		return nil, err
	}
	return f, checkFormatFlags(cmd, f.name)
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

// translate prints the filter in libpcap's language.
func (c *compileCommand) translate(cmd *cobra.Command, args []string) error {
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	if c.program != nil {
		return usagef("--to-libpcap is for expressions, not for programs")
	}
	opts, err := c.options(cmd.Context(), compileTarget)
	if err != nil {
		return err
	}
	to, err := bpfc.ToLibpcap(expr, opts...)
	if e := diag.As(err); e != nil {
		return &filterError{expr: expr, err: inWords(e, flagOf)}
	}
	if err != nil {
		return err
	}
	if to.Note != "" {
		if _, err := fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: note: not the same for "+to.Note); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), to.Expr)
	return err
}
