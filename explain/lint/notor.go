package lint

import "bpfc/ast"

var notOr = Lint{
	Name:  "not-or",
	Title: "`not` before the first of several",
	Why: "`not` takes the one thing behind it: `not a or b` is `(not a) or b`, which is nearly every packet. What is meant is " +
		"mostly neither of the two, `not (a or b)`. And `not port 22 or not port 53` is true of every packet but those from one " +
		"of the ports to the other; to leave out both it takes `and`.",
	Bad: []Example{
		{Filter: "not port 22 or port 53", Suggestion: "not (port 22 or port 53)"},
		{Filter: "not host 10.0.0.1 or 10.0.0.2", Suggestion: "not (host 10.0.0.1 or 10.0.0.2)"},
		{Filter: "tcp and not port 22 or 23", Suggestion: "tcp and not (port 22 or 23)"},
		{Filter: "not port 22 or not port 53", Suggestion: "not port 22 and not port 53"},
	},
	Good: []Example{
		{Filter: "not (port 22 or port 53)"}, {Filter: "(not tcp) or port 80"}, {Filter: "not port 22 and not port 53"},
		{Filter: "tcp and not port 22 or icmp"}, {Filter: "not (host 10.0.0.1 and host 10.0.0.2) or arp"}, {Filter: "not src net 10.0.0.0/8 or not dst net 10.0.0.0/8"},
	},
	find: func(p *pass) {
		p.eachRun(func(l *ast.Logic, run []step) {
			for i := 0; i+1 < len(run); i++ {
				if n := p.bareNot(run[i].operand); n != nil && run[i+1].op == ast.Or {
					p.notOr(l, run, i, n)
					break
				}
			}
		})
	},
}

// bareNot gives a part that is a not of one primitive, with no parentheses about either; nil if it is none.
func (p *pass) bareNot(e ast.Expr) *ast.Not {
	n, ok := e.(*ast.Not)
	if !ok || len(kids(n.X)) > 0 || p.enclosed(n) || p.enclosed(n.X) {
		return nil
	}
	return n
}

// notOr looks at the not of operand i, behind which an or stands.
func (p *pass) notOr(l *ast.Logic, run []step, i int, n *ast.Not) {
	end := i + 1
	for end+1 < len(run) && run[end+1].op == ast.Or {
		end++
	}
	next := run[i+1].operand
	if other := p.bareNot(next); other != nil {
		p.notOrNot(l, run, i, end)
		return
	}
	// Behind an and, "not a or b" is read as in C, unless b has its qualifiers from a.
	if run[i].op == ast.And && i > 0 && !inherits(next) {
		return
	}
	for j := i + 1; j <= end; j++ {
		if len(kids(run[j].operand)) > 0 { // what is not like a does not belong to the list
			end = j - 1
		}
	}
	if end == i {
		return
	}
	list := append([]ast.Expr{n.X}, operands(run[i+1:end+1])...)
	neither := &ast.Not{Span: n.Span, X: joined(ast.Or, list)}
	rest := append([]step{}, run[:i]...)
	rest = append(append(rest, step{run[i].op, neither}), run[end+1:]...)
	tree := p.replaced(l, rebuilt(rest))
	_, to := p.whole(run[end].operand)
	text := p.print(tree, p.apply(edit{n.X.Range().Pos, n.X.Range().Pos, "("}, edit{to, to, ")"}))
	from, _ := p.whole(n)
	if run[i].op == ast.And {
		from, _ = p.whole(run[0].operand)
	}
	w := Warning{
		Msg: `"not" takes only what is next to it: this is (` + oneLine(p.text[from:n.End]) + ") or " + oneLine(p.render(next)),
		Pos: n.Pos, End: to,
		Advice: `for neither of them write "` + oneLine(text) + `"`,
	}
	if w, ok := p.differs(w, text, l, rebuilt(rest)); ok {
		p.warn(w)
	}
}

// notOrNot looks at a run of nots with or between them. Two of different kinds are as likely meant as written.
func (p *pass) notOrNot(l *ast.Logic, run []step, i, end int) {
	list := []ast.Expr{run[i].operand}
	edits := []edit(nil)
	for j := i + 1; j <= end; j++ {
		if n := p.bareNot(run[j].operand); n == nil || !alike(n.X, run[i].operand.(*ast.Not).X) {
			return
		}
		_, from := p.whole(run[j-1].operand)
		to, _ := p.whole(run[j].operand)
		edits = append(edits, edit{from, to, " and "})
		list = append(list, run[j].operand)
	}
	if len(list) < len(run) { // with other parts around it is not plain what is meant
		return
	}
	tree := p.replaced(l, joined(ast.And, list))
	text := p.print(tree, p.apply(edits...))
	w := Warning{
		Msg: "this is true of every packet that is not all of these at once",
		Pos: l.Pos, End: l.End,
		Advice: `to leave out each of them write "` + oneLine(text) + `"`,
	}
	if w, ok := p.differs(w, text, l, joined(ast.And, list)); ok {
		p.warn(w)
	}
}

// alike tells whether two primitives ask for the same thing with another value.
func alike(a, b ast.Expr) bool {
	x, ok := a.(*ast.Qualified)
	y, also := b.(*ast.Qualified)
	if ok && also {
		return x.Proto == y.Proto && x.Dir == y.Dir && x.Type == y.Type
	}
	_, ok = a.(*ast.Protocol)
	_, also = b.(*ast.Protocol)
	return ok && also
}

// inherits tells whether a part is an identifier that has its qualifiers from one before.
func inherits(e ast.Expr) bool {
	q, ok := e.(*ast.Qualified)
	return ok && q.Inherited
}

// rebuilt joins the operands of a run from left to right.
func rebuilt(run []step) ast.Expr {
	e := run[0].operand
	for _, s := range run[1:] {
		if l, ok := e.(*ast.Logic); ok && l.Op == s.op && e != run[0].operand {
			l.Operands = append(l.Operands, s.operand)
			l.End = s.operand.Range().End
			continue
		}
		e = joined(s.op, []ast.Expr{e, s.operand})
	}
	return e
}

// eachRun calls f for every run of and and or that no parentheses divide.
// Of a filter that was made by a program there are none.
func (p *pass) eachRun(f func(l *ast.Logic, run []step)) {
	if len(p.text) > longText {
		return
	}
	work := []ast.Expr{p.tree}
	for len(work) > 0 {
		e := work[len(work)-1]
		work = work[:len(work)-1]
		l, ok := e.(*ast.Logic)
		if !ok {
			work = append(work, kids(e)...)
			continue
		}
		if p.isSet(l) {
			continue
		}
		run := p.chain(l)
		if !p.enough() {
			f(l, run)
		}
		work = append(work, operands(run)...)
	}
}
