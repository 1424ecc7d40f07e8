package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/diag"
	"bpfc/explain"
	"bpfc/explain/lint"
	"bpfc/names"
	"bpfc/print"
	"bpfc/scan"
)

// explainCommand is the state of one `bpfc explain`.
type explainCommand struct {
	filterOptions
	files  files
	packet uint64
	json   bool

	compiling sync.Mutex // for the filters of many files
}

func newExplainCommand() *cobra.Command {
	e := &explainCommand{}
	cmd := &cobra.Command{
		Use:   "explain [-r FILE [--packet N]] [flags] EXPR…",
		Short: "Say in words what a filter tests, or why it does or does not match a packet",
		Long: `Explain says what a filter tests, with all that its words imply, which bytes of a
packet it looks at, and what the kernel makes of it.

With -r and --packet it says why that packet of the file matches or does not: what
each part of the filter comes to and the value that it found, which part decided,
and behind which tags, tunnels or headers the filter would match. With -r alone it
counts which parts decided about how many packets.`,
		Example: `  bpfc explain 'tcp dst port 80 or arp'
  bpfc explain -r in.pcap --packet 17 'host 10.0.0.1 and port 53'`,
		RunE: e.run,
	}
	e.register(cmd)
	e.registerTarget(cmd)
	e.files.register(cmd, readHelp)
	f := cmd.Flags()
	f.Uint64Var(&e.packet, "packet", 0, "explain this packet of the file; the first is 1")
	f.BoolVar(&e.json, "json", false, "print JSON")
	return cmd
}

func (e *explainCommand) run(cmd *cobra.Command, args []string) error {
	switch {
	case e.bytecode != "":
		return usagef("--bytecode has no words to explain; give the filter that it was compiled from")
	case cmd.Flags().Changed("packet") && !e.files.any():
		return usagef("--packet is the number of a packet of a file: add -r FILE")
	case cmd.Flags().Changed("packet") && e.packet == 0:
		return usagef("--packet 0: the first packet is 1")
	}
	expr, err := e.expression(cmd, args)
	if err != nil {
		return err
	}
	if !e.files.any() {
		f, err := e.explained(cmd.Context(), expr, target{linkType: defaultLinkType, snapLen: defaultSnapLen})
		if err != nil {
			return err
		}
		return e.words(cmd, f)
	}
	return e.file(cmd, expr)
}

// explained compiles the expression for explaining. What is wrong with it is said as compile says it.
func (e *filterOptions) explained(ctx context.Context, expr string, def target) (*explain.Filter, error) {
	t, err := e.target(def)
	if err != nil {
		return nil, err
	}
	resolver, err := e.resolver()
	if err != nil {
		return nil, err
	}
	o := explain.Options{LinkType: t.linkType, SnapLen: t.snapLen, Names: resolver, LinuxExtensions: e.linuxExtensions, Savefile: t.savefile,
		Language: e.writtenIn()}
	if e.netmask != "" {
		if o.Netmask, err = names.LiteralNetmask(e.netmask); err != nil {
			return nil, settingNetmask.refuse(err)
		}
	}
	f, err := explain.New(ctx, expr, o)
	if d := diag.As(err); d != nil {
		return nil, &filterError{expr: expr, err: inWords(d, flagOf)}
	}
	return f, err
}

// words explains the filter.
func (e *explainCommand) words(cmd *cobra.Command, f *explain.Filter) error {
	report, err := f.Warnings(cmd.Context())
	if err != nil {
		return err
	}
	if e.json {
		return printJSON(cmd, struct {
			Expr     string         `json:"expr"`
			Tree     *explain.Part  `json:"tree"`
			Cost     explain.Cost   `json:"cost"`
			Warnings []lint.Warning `json:"warnings"`
		}{f.Expr, f.Root, f.Cost(), append([]lint.Warning{}, report.Warnings...)})
	}
	text := f.Text()
	for _, w := range report.Warnings {
		text += "\nwarning: " + w.Text(f.Expr) + "\n"
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), text)
	return err
}

// file explains a packet of a file, or counts over all.
func (e *explainCommand) file(cmd *cobra.Command, expr string) (err error) {
	filters := map[target]*explain.Filter{}
	filter := scan.FilterOf(func(t scan.Target) (*bpfc.Program, error) {
		f, err := e.explained(cmd.Context(), expr, targetOf(t))
		if err != nil {
			return nil, err
		}
		e.compiling.Lock()
		defer e.compiling.Unlock()
		filters[targetOf(t)] = f
		return f.Program, nil
	})
	if err := e.files.resolve(cmd, &e.filterOptions); err != nil {
		return err
	}
	file, one := e.files.one()
	if !one {
		return e.archive(cmd, filter, filters)
	}
	r, err := openCapture(cmd, &e.filterOptions, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, filter.Close(), r.Close()) }()
	s, err := scan.New(cmd.Context(), r, filter)
	if err != nil {
		return err
	}
	var table explain.Table
	var seen uint64
	for p, err := range s.All() {
		if err != nil {
			return err
		}
		seen++
		if !e.files.timely(p.Timestamp) {
			continue
		}
		f := filters[targetOfInterface(p.From)]
		packet := explain.Packet{Data: p.Data, WireLen: int(p.WireLen)}
		switch {
		case e.packet == 0:
			table.Add(f, packet)
		case seen == e.packet:
			return e.why(cmd, f, p, f.Why(packet))
		}
	}
	if e.packet > 0 {
		return usagef("--packet %d: %s has %d packets", e.packet, inputName(file), seen)
	}
	return e.print(cmd, &table)
}

// archive counts over many files.
func (e *explainCommand) archive(cmd *cobra.Command, filter *scan.Filter, filters map[target]*explain.Filter) error {
	if e.packet > 0 {
		return usagef("--packet is the number of a packet of one file: give -r FILE once")
	}
	a, err := e.files.openArchiveWith(cmd, &e.filterOptions, filter)
	if err != nil {
		return err
	}
	var table explain.Table
	for p, err := range a.All(cmd.Context()) {
		switch {
		case err == nil && e.files.timely(p.Timestamp):
			e.compiling.Lock()
			f := filters[targetOfInterface(p.From)]
			e.compiling.Unlock()
			table.Add(f, explain.Packet{Data: p.Data, WireLen: int(p.WireLen)})
		case err == nil:
		case incomplete(err):
			return a.end(errors.Join(e.print(cmd, &table), err))
		default:
			return a.end(err)
		}
	}
	return a.end(e.print(cmd, &table))
}

func (e *explainCommand) print(cmd *cobra.Command, table *explain.Table) error {
	if e.json {
		return printJSON(cmd, table)
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), table.String())
	return err
}

// why prints the answer for one packet.
func (e *explainCommand) why(cmd *cobra.Command, f *explain.Filter, p *scan.Packet, w *explain.Why) error {
	line := packetLine(&print.Packet{LinkType: p.From.LinkType, Data: p.Data, WireLen: p.WireLen, Number: e.packet})
	if !e.json {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", line, w.Text(f))
		return err
	}
	type place struct {
		Pos  int    `json:"pos"`
		End  int    `json:"end"`
		Text string `json:"text"`
	}
	var decided *place
	if d := w.Decided; d != nil {
		decided = &place{d.Pos, d.End, d.Text}
	}
	return printJSON(cmd, struct {
		Expr    string `json:"expr"`
		Packet  uint64 `json:"packet"`
		Printed string `json:"printed"`
		*explain.Why
		Decided *place `json:"decided,omitempty"`
	}{f.Expr, e.packet, line, w, decided})
}

func printJSON(cmd *cobra.Command, v any) error {
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
