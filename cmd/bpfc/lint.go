package main

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bpfc/diag"
	"bpfc/explain/lint"
	"bpfc/lexer"
)

// lintCommand is the state of one `bpfc lint`.
type lintCommand struct {
	filterOptions
	json    bool
	filters string // file of a list of filters
	time    time.Duration
}

// lintWarned is the exit status where there is something to say.
const lintWarned = 1

func newLintCommand() *cobra.Command {
	c := &lintCommand{}
	cmd := &cobra.Command{
		Use:   "lint [flags] [EXPR…]",
		Short: "Find what is correct in a filter and probably not meant",
		Long: `Lint prints warnings about a filter: each with the part of the text that it is about,
what is probably meant, and its name in brackets. A suggestion is proved to be another
filter than the one written, or, where a part changes nothing, the same one. Where there
is nothing to say nothing is printed.

The warnings, of which docs/lint.md tells more:
` + lintTable() + `
compile, filter and capture give the same warnings on standard error, but those that it
takes long to prove. -W says which are wanted: none, all, no-NAME for all but one.

With --filters it takes a list of filters, one a line, and prints how often each warning
is given.

Exit status: 0 nothing to say; 1 warnings; 2 the filter or the flags are wrong.`,
		Example: `  bpfc lint 'net 10.1.2.0 and port 53 or icmp'
  bpfc lint -y RAW --json 'tcp[13] = 2'
  bpfc lint --filters rules.txt -W no-flags-equal`,
		RunE: c.run,
	}
	c.register(cmd)
	c.registerTarget(cmd)
	c.registerWarnings(cmd, "W")
	f := cmd.Flags()
	f.BoolVar(&c.json, "json", false, "print JSON")
	f.StringVar(&c.filters, "filters", "", "count the warnings about all filters of a file that has one a line; # starts a comment")
	f.DurationVar(&c.time, "time", lint.DefaultTime, "how long the proofs about one filter may take")
	_ = cmd.MarkFlagFilename("filters")
	return cmd
}

// lintTable lists the warnings for the help.
func lintTable() string {
	var b strings.Builder
	for _, l := range lint.Lints() {
		fmt.Fprintf(&b, "  %-13s%s\n", l.Name, strings.ReplaceAll(l.Title, "`", `"`))
	}
	return b.String()
}

func (c *lintCommand) run(cmd *cobra.Command, args []string) error {
	switch {
	case c.time <= 0:
		return usagef("--time: a budget is more than nothing")
	case c.bytecode != "":
		return usagef("--bytecode has no words to warn of; give the filter that it was compiled from")
	}
	t, err := c.target(target{linkType: defaultLinkType})
	if err != nil {
		return err
	}
	resolver, err := c.resolver()
	if err != nil {
		return err
	}
	o := lintOptions(t, resolver)
	o.Only, o.Time = c.warnings.Has, c.time
	if c.filters != "" {
		return c.count(cmd, args, o)
	}
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	o.Language = c.writtenIn()
	report, err := c.check(cmd, expr, o)
	if err != nil {
		return err
	}
	if err := c.print(cmd, expr, report); err != nil {
		return err
	}
	if len(report.Warnings) > 0 {
		return &silentError{lintWarned}
	}
	return nil
}

// check finds the warnings; what is wrong with the filter is said as compile says it.
func (c *lintCommand) check(cmd *cobra.Command, expr string, o lint.Options) (lint.Report, error) {
	report, err := lint.Check(cmd.Context(), expr, o)
	if e := diag.As(err); e != nil {
		return report, &filterError{expr: expr, err: inWords(e, flagOf)}
	}
	return report, err
}

func (c *lintCommand) print(cmd *cobra.Command, expr string, report lint.Report) error {
	if c.json {
		return printJSON(cmd, struct {
			Expr     string         `json:"expr"`
			Warnings []lint.Warning `json:"warnings"`
			Partial  string         `json:"partial,omitempty"`
		}{expr, append([]lint.Warning{}, report.Warnings...), report.Partial})
	}
	for _, w := range report.Warnings {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), "warning: "+w.Text(expr)); err != nil {
			return err
		}
	}
	if report.Partial != "" {
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: there may be more to say: %s\n", report.Partial)
		return err
	}
	return nil
}

// count prints how often each warning is given in a list of filters. Filters that are wrong are counted too.
func (c *lintCommand) count(cmd *cobra.Command, args []string, o lint.Options) error {
	if len(args) > 0 || c.file != "" {
		return usagef("--filters and another filter as well: give one of them")
	}
	text, err := c.readFilter(cmd, c.filters)
	if err != nil {
		return err
	}
	if err := c.readLanguage(text, inputName(c.filters)); err != nil {
		return err
	}
	o.Language = c.writtenIn()
	counts := map[string]int{}
	filters, wrong, partial := 0, 0, 0
	for line := range strings.Lines(text) {
		expr := strings.TrimSpace(lexer.BlankComments(line))
		if expr == "" {
			continue
		}
		filters++
		report, err := c.check(cmd, expr, o)
		if cmd.Context().Err() != nil {
			return cmd.Context().Err()
		}
		if err != nil {
			wrong++
		}
		if report.Partial != "" {
			partial++
		}
		for _, w := range report.Warnings {
			counts[w.Name]++
		}
	}
	if filters == 0 {
		return usagef("%s: no filter in it", c.filters)
	}
	if err := c.printCounts(cmd, filters, wrong, partial, counts); err != nil {
		return err
	}
	if len(counts) > 0 {
		return &silentError{lintWarned}
	}
	return nil
}

func (c *lintCommand) printCounts(cmd *cobra.Command, filters, wrong, partial int, counts map[string]int) error {
	if c.json {
		return printJSON(cmd, struct {
			Filters  int            `json:"filters"`
			Wrong    int            `json:"wrong"`
			Partial  int            `json:"partial"`
			Warnings map[string]int `json:"warnings"`
		}{filters, wrong, partial, counts})
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%6d %s\n", counts[name], name)
	}
	fmt.Fprintf(out, "%s, of which %d are wrong; the budget was too small for %d\n", plural(uint64(filters), "filter"), wrong, partial)
	return out.Flush()
}
