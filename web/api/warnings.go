package api

import (
	"context"
	"time"

	"bpfc/explain/lint"
	"bpfc/web/rpc"
)

// Warning is something in a filter that is probably not meant. It is safe for concurrent use as long as nobody changes it.
type Warning struct {
	rpc.Span
	Name       string `json:"name"`
	Message    string `json:"message"`
	Advice     string `json:"advice"`
	Suggestion string `json:"suggestion"`
	Relation   string `json:"relation"`
	Edits      []Edit `json:"edits"`
}

// Edit puts a text in the place of another. It is a value, and so safe for concurrent use.
type Edit struct {
	rpc.Span
	Text string `json:"text"`
}

// Warnings are all that there is to say. It is safe for concurrent use as long as nobody changes it.
type Warnings struct {
	Warnings []Warning `json:"warnings"`
	Partial  string    `json:"partial"`
}

// lintTime bounds the proofs for one filter.
const lintTime = 10 * time.Second

func (s *service) warnings(ctx context.Context, p sourceParams) (*Warnings, error) {
	w := &Warnings{Warnings: []Warning{}}
	t, err := p.Source.Settings()
	if err != nil {
		return w, nil // compile says it
	}
	o := t.lint()
	o.Time = lintTime
	report, err := lint.Check(ctx, p.Source.Expr, o)
	if err != nil {
		return w, ctx.Err()
	}
	w.Partial = report.Partial
	w.Warnings = warningsOf(report.Warnings, p.Source.Expr, NewUnits(p.Source.Expr))
	return w, nil
}

func warningsOf(list []lint.Warning, expr string, u *Units) []Warning {
	all := make([]Warning, 0, len(list))
	for _, w := range list {
		shown := Warning{Span: u.Span(w.Pos, w.End), Name: w.Name, Message: w.Msg, Advice: w.Advice, Suggestion: w.Suggestion,
			Relation: w.Relation, Edits: []Edit{}}
		if w.Suggestion != "" {
			shown.Edits = append(shown.Edits, edit(expr, w.Suggestion, u))
		}
		all = append(all, shown)
	}
	return all
}

// edit is the one replacement that makes b of a, but for what both begin and end with.
func edit(a, b string, u *Units) Edit {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	for start > 0 && !boundary(a, start) { // not within a character
		start--
	}
	for endA < len(a) && !boundary(a, endA) {
		endA, endB = endA+1, endB+1
	}
	return Edit{u.Span(start, endA), b[start:endB]}
}

func boundary(text string, pos int) bool { return pos >= len(text) || text[pos]&0xc0 != 0x80 }
