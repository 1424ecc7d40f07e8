package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bpfc/lexer"
	"bpfc/prove"
)

// rule is a filter of a list.
type rule struct {
	line   int // in the file, from 1
	text   string
	filter *prove.Filter
}

// runMatrix compares the filters of a list.
func (c *diffCommand) runMatrix(cmd *cobra.Command) error {
	rules, err := c.rules(cmd)
	if err != nil {
		return err
	}
	m := &matrix{ctx: cmd.Context(), opts: c.options(), rules: rules, out: bufio.NewWriter(cmd.OutOrStdout())}
	if c.json {
		m.enc = json.NewEncoder(m.out)
		m.enc.SetEscapeHTML(false)
	}
	if err := errors.Join(m.run(), m.out.Flush()); err != nil {
		return err
	}
	switch {
	case m.never > 0:
		return &silentError{diffDifferent}
	case m.undecided:
		return &silentError{diffUndecided}
	}
	return nil
}

// rules reads the list.
func (c *diffCommand) rules(cmd *cobra.Command) (list []rule, err error) {
	text, err := c.readFilter(cmd, c.matrix)
	if err != nil {
		return nil, err
	}
	if err := c.readLanguage(text, inputName(c.matrix)); err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(lexer.BlankComments(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		f, err := c.prove(cmd.Context(), fmt.Sprintf("%s, line %d", inputName(c.matrix), n), line)
		if err != nil {
			return nil, err
		}
		list = append(list, rule{n, line, f})
	}
	if len(list) == 0 {
		return nil, usagef("%s: no filter in it", inputName(c.matrix))
	}
	return list, nil
}

// matrix writes how the filters of a list relate, one after the other.
type matrix struct {
	ctx       context.Context
	opts      prove.Options
	rules     []rule
	out       *bufio.Writer
	enc       *json.Encoder // nil for text
	never     int           // how many filters cannot be reached
	undecided bool
}

func (m *matrix) run() error {
	var before []*prove.Filter
	for i := range m.rules {
		row := prove.Behind(m.ctx, before, m.rules[i].filter, m.opts)
		if err := m.ctx.Err(); err != nil {
			return err
		}
		if row.Never {
			m.never++
		}
		m.undecided = m.undecided || row.Reason != ""
		before = append(before, m.rules[i].filter)
		write := m.text
		if m.enc != nil {
			write = m.json
		}
		if err := errors.Join(write(i, &row), m.out.Flush()); err != nil {
			return err
		}
	}
	return nil
}

// pairText says of two filters, by number, how they relate.
var pairText = map[prove.Relation]string{
	prove.Equal: "%d and %d are equal", prove.AImpliesB: "%d implies %d", prove.BImpliesA: "%[2]d implies %[1]d",
	prove.Disjoint: "%d and %d are disjoint", prove.Overlap: "%d and %d overlap", prove.Undecided: "%d and %d: undecided",
}

func (m *matrix) text(i int, row *prove.Row) error {
	r := &m.rules[i]
	fmt.Fprintf(m.out, "%d: %s\n", r.line, r.text)
	for j, pair := range row.Pairs {
		fmt.Fprintf(m.out, "  "+pairText[pair.Relation], m.rules[j].line, r.line)
		if pair.Reason != "" {
			fmt.Fprintf(m.out, ": %s", pair.Reason)
		}
		fmt.Fprintln(m.out)
	}
	switch by := m.lines(row.By); {
	case row.Reason != "":
		fmt.Fprintf(m.out, "  undecided whether %d can be reached: %s\n", r.line, row.Reason)
	case row.Never && len(by) == 0:
		fmt.Fprintf(m.out, "  %d can never be reached: no packet matches it\n", r.line)
	case row.Never:
		fmt.Fprintf(m.out, "  %d can never be reached behind %s\n", r.line, enumerate(by))
	}
	return nil // the writer keeps the first error
}

func (m *matrix) lines(positions []int) (list []int) {
	for _, p := range positions {
		list = append(list, m.rules[p].line)
	}
	return list
}

// enumerate writes numbers as a sentence has them.
func enumerate(numbers []int) string {
	var b strings.Builder
	for i, n := range numbers {
		switch {
		case i > 0 && i == len(numbers)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}

// matrixRow is a filter of the list, as JSON has it.
type matrixRow struct {
	Line   int          `json:"line"`
	Filter string       `json:"filter"`
	Pairs  []matrixPair `json:"pairs"`
	Never  bool         `json:"never_reached"`
	Behind []int        `json:"behind,omitempty"` // lines of the filters that accept all that it does
	Reason string       `json:"reason,omitempty"`
}

// matrixPair compares the filter A of an earlier line with the one of the row, B.
type matrixPair struct {
	A        int    `json:"a"`
	B        int    `json:"b"`
	Relation string `json:"relation"`
	Reason   string `json:"reason,omitempty"`
}

func (m *matrix) json(i int, row *prove.Row) error {
	r := &m.rules[i]
	out := matrixRow{Line: r.line, Filter: r.text, Pairs: []matrixPair{}, Never: row.Never, Behind: m.lines(row.By), Reason: row.Reason}
	for j, pair := range row.Pairs {
		out.Pairs = append(out.Pairs, matrixPair{m.rules[j].line, r.line, pair.Relation.String(), pair.Reason})
	}
	return m.enc.Encode(out)
}
