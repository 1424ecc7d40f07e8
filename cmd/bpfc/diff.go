package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/explain"
	"bpfc/lexer"
	"bpfc/linktype"
	"bpfc/print"
	"bpfc/prove"
)

// The exit statuses of diff beside exitOK, as diff(1) has them.
const (
	diffDifferent = 1
	diffTrouble   = 2 // whatever went wrong
	diffUndecided = 3
)

// diffCommand is the state of one `bpfc diff`.
type diffCommand struct {
	filterOptions
	whole, json bool
	matrix      string // file of a list of filters
	time        time.Duration
	nodes       int

	on linktype.Type // of the packets
}

func newDiffCommand() *cobra.Command {
	c := &diffCommand{}
	cmd := &cobra.Command{
		Use:   "diff [flags] A B",
		Short: "Tell whether two filters mean the same, with packets that tell them apart",
		Long: `Diff proves how two filters relate. The first line is the answer:

  equal            they accept the same packets
  A implies B      B accepts all that A does, and more
  B implies A      the other way round
  disjoint         no packet is accepted by both
  overlap          some are accepted by both, and by each alone
  undecided: …     the budget was spent, or they cannot be compared

Where they differ, the shortest packet that one of them alone accepts is printed for
each side. A and B are each one argument: an expression, @FILE for a file that holds one
(with comments after #), or bytecode:FILE for a program in any form that compile prints,
- being standard input. A filter that no packet can match is as good as any other; it
implies every one.

Packets of every captured length count, as a packet that was cut makes a filter reject
where it looks beyond the end, in the order in which it looks. With --whole, those
packets do not count of which one of the filters looks at a byte that was not captured.

With --matrix it takes a list of filters, one a line, as the rules of a firewall or an
intrusion detector. It tells how each relates to those before it, by their lines in the
file, and which can never be reached as those before it accept all that it does.

Exit status, as that of diff(1): 0 they are equal, or every filter of the list can be
reached; 1 they differ, or one cannot; 2 something went wrong; 3 undecided.`,
		Example: `  bpfc diff 'not (src net 10 and dst net 10)' 'not src net 10 or not dst net 10'
  bpfc diff --whole @old.filter @new.filter
  tcpdump -ddd 'port 80' | bpfc diff 'port 80' bytecode:-
  bpfc diff --matrix rules.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := c.run(cmd, args)
			var done *silentError
			if err == nil || errors.As(err, &done) || outputGone(err) {
				return err
			}
			return &statusError{diffTrouble, err}
		},
	}
	c.registerSettings(cmd)
	c.registerTarget(cmd)
	f := cmd.Flags()
	f.BoolVar(&c.whole, "whole", false, "leave out packets that were cut where one of the filters looks")
	f.BoolVar(&c.json, "json", false, "print JSON")
	f.StringVar(&c.matrix, "matrix", "", "compare all filters of a file that has one a line; # starts a comment")
	f.DurationVar(&c.time, "time", prove.DefaultTime, "how long the proof of one pair may take")
	f.IntVar(&c.nodes, "nodes", prove.DefaultNodes, "how many nodes its diagrams may have")
	_ = cmd.MarkFlagFilename("matrix")
	return cmd
}

// statusError is an error with an exit status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func (c *diffCommand) run(cmd *cobra.Command, args []string) error {
	if c.time <= 0 || c.nodes <= 0 {
		return usagef("--time and --nodes: a budget is more than nothing")
	}
	t, err := c.target(compileTarget)
	if err != nil {
		return err
	}
	c.on = t.linkType
	if link, ok := t.socket.LinkType(); ok && c.linkType == "" {
		c.on = link
	}
	if c.matrix != "" {
		if len(args) > 0 {
			return usagef("--matrix and the filter %q as well: give one of them", args[0])
		}
		return c.runMatrix(cmd)
	}
	if len(args) != 2 {
		return usagef("diff takes two filters, each as one argument: quote them; there are %d", len(args))
	}
	if readsInput(args[0]) && readsInput(args[1]) {
		return usagef("%s and %s: standard input can be only one of them", args[0], args[1])
	}
	var sides [2]*side
	for i, arg := range args {
		if sides[i], err = c.side(cmd, "AB"[i:i+1], arg); err != nil {
			return err
		}
	}
	answer := prove.Compare(cmd.Context(), sides[0].filter, sides[1].filter, c.options())
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	for _, s := range sides {
		if answer.OnlyA == nil && answer.OnlyB == nil {
			break
		}
		if err := c.explain(cmd.Context(), s); err != nil {
			return err
		}
	}
	r := c.report(answer, sides)
	if err := r.write(cmd.OutOrStdout(), c.json); err != nil {
		return err
	}
	return diffStatus(answer.Relation)
}

func diffStatus(r prove.Relation) error {
	switch r {
	case prove.Equal:
		return nil
	case prove.Undecided:
		return &silentError{diffUndecided}
	}
	return &silentError{diffDifferent}
}

func (c *diffCommand) options() prove.Options {
	return prove.Options{Whole: c.whole, Time: c.time, Nodes: c.nodes}
}

func readsInput(arg string) bool { return arg == "@-" || arg == "bytecode:-" }

// side is one of the two filters.
type side struct {
	name    string // A or B
	text    string // the expression
	program bool   // there is none, but bytecode
	filter  *prove.Filter
	words   *explain.Filter // nil for a program
}

// side reads a filter as it is given as an argument.
func (c *diffCommand) side(cmd *cobra.Command, name, arg string) (*side, error) {
	if file, ok := strings.CutPrefix(arg, "bytecode:"); ok {
		f, err := c.bytecodeSide(cmd, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &side{name: name, program: true, filter: f}, nil
	}
	text, from := arg, name
	if file, ok := strings.CutPrefix(arg, "@"); ok {
		read, err := c.readFilter(cmd, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := c.readLanguage(read, inputName(file)); err != nil {
			return nil, err
		}
		text, from = lexer.BlankComments(read), name+" ("+inputName(file)+")"
	}
	f, err := c.prove(cmd.Context(), from, text)
	return &side{name: name, text: text, filter: f}, err
}

func (c *diffCommand) bytecodeSide(cmd *cobra.Command, file string) (*prove.Filter, error) {
	text, err := c.readFilter(cmd, file)
	if err != nil {
		return nil, err
	}
	code, err := parseProgram(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", inputName(file), err)
	}
	return prove.FromProgram(code)
}

// prove makes an expression something to be proved. Errors in it begin with where it is from.
func (c *diffCommand) prove(ctx context.Context, from, text string) (*prove.Filter, error) {
	opts, err := c.filterOptions.options(ctx, compileTarget)
	if err != nil {
		return nil, err
	}
	g, err := bpfc.Graph(text, append(opts, bpfc.WithAllowRejectAll())...)
	if e := diag.As(err); e != nil {
		told := inWords(e, flagOf)
		told.Msg = from + ": " + told.Msg
		return nil, &filterError{expr: text, err: told}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if c.extended || c.ownExtended || c.seeThrough != "" {
		// Walks of headers that are generated alike are known to be; the optimizer leads each into what follows it.
		if g, err = bpfc.Graph(text, append(opts, bpfc.WithoutOptimizer())...); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
	}
	return prove.FromGraph(g)
}

// difference is the answer, as JSON has it.
type difference struct {
	Relation string      `json:"relation"`
	Reason   string      `json:"reason,omitempty"`
	OnlyA    *onlyPacket `json:"only_a,omitempty"`
	OnlyB    *onlyPacket `json:"only_b,omitempty"`
	// MaxHeaders is the bound up to which protochain was followed.
	MaxHeaders int `json:"max_protochain_headers,omitempty"`
}

// onlyPacket is a packet that one of the filters alone accepts.
type onlyPacket struct {
	Packet    string            `json:"packet"` // hexadecimal
	WireLen   uint32            `json:"wire_len"`
	Ancillary map[string]uint32 `json:"ancillary,omitempty"`
	Printed   string            `json:"printed"`
	Decided   []decidedPart     `json:"decided,omitempty"`
}

// decidedPart is the part of a filter that decided about a packet.
type decidedPart struct {
	Filter string `json:"filter"` // A or B
	Says   string `json:"says"`   // accepts or rejects
	Why    string `json:"why,omitempty"`
	Part   string `json:"part,omitempty"`
	Pos    *int   `json:"pos,omitempty"` // where the part stands in the expression, bytes
	End    *int   `json:"end,omitempty"`
}

// explain prepares for saying why a filter accepts or rejects; a program has no words for it.
func (c *diffCommand) explain(ctx context.Context, s *side) (err error) {
	def := compileTarget
	def.linkType = c.on
	if !s.program {
		s.words, err = c.explained(ctx, s.text, def)
	}
	return err
}

func (c *diffCommand) report(answer prove.Answer, sides [2]*side) *difference {
	return &difference{
		Relation: answer.Relation.String(), Reason: answer.Reason, MaxHeaders: answer.Bound,
		OnlyA: c.only(answer.OnlyA, sides), OnlyB: c.only(answer.OnlyB, sides),
	}
}

func (c *diffCommand) only(p *prove.Packet, sides [2]*side) *onlyPacket {
	if p == nil {
		return nil
	}
	line := packetLine(&print.Packet{LinkType: c.on, Data: p.Data, WireLen: p.WireLen})
	o := &onlyPacket{Packet: hex.EncodeToString(p.Data), WireLen: p.WireLen, Printed: strings.TrimSpace(line)}
	for k, v := range p.Ancillary {
		if v != 0 {
			if o.Ancillary == nil {
				o.Ancillary = map[string]uint32{}
			}
			o.Ancillary[cbpf.AncillaryName(k)] = v
		}
	}
	for _, s := range sides {
		o.Decided = append(o.Decided, c.decided(s, p))
	}
	return o
}

// decided tells what a filter says of a packet, and why.
func (c *diffCommand) decided(s *side, p *prove.Packet) decidedPart {
	d := decidedPart{Filter: s.name, Says: "rejects"}
	if s.filter.Run(*p) {
		d.Says = "accepts"
	}
	if s.words == nil {
		return d
	}
	w := s.words.Why(explain.Packet{Data: p.Data, WireLen: int(p.WireLen), Anc: func(k uint32) uint32 { return p.Ancillary[k] }})
	_, d.Why, _ = strings.Cut(w.Reason, ": ")
	if w.Decided != nil {
		d.Part, d.Pos, d.End = w.Decided.Text, &w.Decided.Pos, &w.Decided.End
	}
	return d
}

func (d *difference) write(out io.Writer, asJSON bool) error {
	w := bufio.NewWriter(out)
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return errors.Join(enc.Encode(d), w.Flush())
	}
	fmt.Fprint(w, d.Relation)
	if d.Reason != "" {
		fmt.Fprintf(w, ": %s", d.Reason)
	}
	fmt.Fprintln(w)
	if d.MaxHeaders > 0 {
		fmt.Fprintf(w, "said of packets with at most %d headers for protochain to walk through\n", d.MaxHeaders)
	}
	d.OnlyA.write(w, "A")
	d.OnlyB.write(w, "B")
	return w.Flush()
}

// mostShown is how many bytes of a packet are printed, but with --json, which has all.
const mostShown = 1500

func (o *onlyPacket) write(w io.Writer, side string) {
	if o == nil {
		return
	}
	n := len(o.Packet) / 2
	fmt.Fprintf(w, "only %s accepts: %s", side, plural(uint64(n), "byte"))
	if int(o.WireLen) != n {
		fmt.Fprintf(w, " captured of %d", o.WireLen)
	}
	var known []string
	for name, v := range o.Ancillary {
		known = append(known, fmt.Sprintf(", %s %d", name, v))
	}
	slices.Sort(known)
	fmt.Fprintln(w, strings.Join(known, ""))
	switch {
	case n > mostShown:
		fmt.Fprintf(w, "  %s… (--json has all)\n", o.Packet[:2*mostShown])
	case n > 0:
		fmt.Fprintf(w, "  %s\n", o.Packet)
	}
	for line := range strings.Lines(o.Printed) {
		fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
	}
	for _, d := range o.Decided {
		fmt.Fprintf(w, "  %s %s", d.Filter, d.Says)
		if d.Why != "" {
			fmt.Fprintf(w, ": %s", d.Why)
		}
		fmt.Fprintln(w)
	}
}
