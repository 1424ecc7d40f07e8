package lint

import "bpfc/ast"

var inherited = Lint{
	Name:  "inherited",
	Title: "an identifier that takes over qualifiers where that surprises",
	Why: "An identifier without qualifiers has those of the primitive before it, and nothing else of what stands before. " +
		"`host a and b` is `host a and host b`, packets between the two; `port 80 and 443` those from one port to the other. In " +
		"`host a and port 80 or 443` the last is `port 443` of any host, as `and` and `or` are taken from left to right. " +
		"`not` is not taken over: `not host a and b` is `(not host a) and host b`. Where all of a list is meant, parentheses say so.",
	Bad: []Example{
		{Filter: "host 10.0.0.1 and 10.0.0.2", Suggestion: "host (10.0.0.1 or 10.0.0.2)"},
		{Filter: "host 10.0.0.1 and tcp port 80 or 443", Suggestion: "host 10.0.0.1 and tcp port (80 or 443)"},
		{Filter: "not host 10.0.0.1 and 10.0.0.2", Suggestion: "not (host 10.0.0.1 or 10.0.0.2)"},
		{Filter: "tcp dst port 80 and 443", Suggestion: "tcp dst port (80 or 443)"},
	},
	Good: []Example{
		{Filter: "host 10.0.0.1 and host 10.0.0.2"}, {Filter: "host 10.0.0.1 and (10.0.0.2 or 10.0.0.3)"}, {Filter: "host 10.0.0.1 and not 10.0.0.2"},
		{Filter: "tcp port 80 or 443 or 8080"}, {Filter: "host 10.0.0.1 and tcp port (80 or 443)"},
	},
	find: func(p *pass) {
		p.eachRun(func(l *ast.Logic, run []step) {
			for i := 1; i < len(run); i++ {
				if inherits(run[i].operand) && !inherits(run[i-1].operand) {
					p.inherited(l, run, i)
				}
			}
		})
	},
}

// inherited looks at a run of identifiers that begins at operand i.
func (p *pass) inherited(l *ast.Logic, run []step, i int) {
	end, op := i, run[i].op
	for end+1 < len(run) && run[end+1].op == op && inherits(run[end+1].operand) {
		end++
	}
	first := run[i-1].operand
	negated := p.bareNot(first)
	if negated != nil {
		first = negated.X
	}
	q, ok := first.(*ast.Qualified)
	switch {
	case !ok || p.enclosed(q), op == ast.Or && negated != nil: // see not-or
		return
	case op == ast.Or && (i < 2 || run[i-1].op == ast.Or):
		return // a plain list
	}
	list := append([]ast.Expr{q}, operands(run[i:end+1])...)
	either := joined(ast.Or, list)
	if negated != nil {
		either = &ast.Not{Span: negated.Span, X: either}
	}
	rest := append(append([]step{}, run[:i-1]...), step{run[i-1].op, either})
	rest = append(rest, run[end+1:]...)
	tree := p.replaced(l, rebuilt(rest))
	text := p.print(tree, p.listText(q, run, i, end, negated != nil))
	_, to := p.whole(run[end].operand)
	w := Warning{Msg: p.inheritedMsg(run, i, negated != nil), Pos: run[i-1].operand.Range().Pos, End: to, Advice: `for all of a list write "` + oneLine(text) + `"`}
	if w, ok := p.differs(w, text, l, rebuilt(rest)); ok {
		p.warn(w)
	}
}

// listText is the text with the list in parentheses, and or in it.
func (p *pass) listText(q *ast.Qualified, run []step, i, end int, negated bool) string {
	from := q.ID.Range().Pos
	if negated {
		from = q.Pos
	}
	edits := []edit{{from, from, "("}}
	for j := i; j <= end; j++ {
		_, gap := p.whole(run[j-1].operand)
		to, _ := p.whole(run[j].operand)
		edits = append(edits, edit{gap, to, " or "})
	}
	_, to := p.whole(run[end].operand)
	return p.apply(append(edits, edit{to, to, ")"})...)
}

func (p *pass) inheritedMsg(run []step, i int, negated bool) string {
	as := ast.Format(run[i].operand)
	word := oneLine(p.source(run[i].operand))
	switch {
	case negated:
		return `"` + word + `" is read as "` + as + `", without the "not"`
	case run[i].op == ast.And:
		return `"` + word + `" is read as "` + as + `": a packet must be both`
	}
	pos, _ := p.whole(run[0].operand)
	_, end := p.whole(run[i-1].operand)
	return `this is (` + oneLine(p.text[pos:end]) + ") or " + as + `: what stands before "` + oneLine(p.source(run[i-1].operand)) + `" is not asked of the rest`
}
