package lint

import "bpfc/ast"

var precedence = Lint{
	Name:  "and-or",
	Title: "`and` and `or` without parentheses",
	Why: "`and` and `or` have one precedence and are taken from left to right: `a or b and c` is `(a or b) and c`. In C, in " +
		"most languages and in Wireshark `and` binds closer. Where the two readings are different filters, parentheses tell " +
		"the reader, and the compiler, which one is meant.",
	Bad: []Example{
		{Filter: "port 53 or host 10.0.0.1 and tcp", Suggestion: "port 53 or (host 10.0.0.1 and tcp)"},
		{Filter: "tcp port 80 or 443 and host 10.0.0.1", Suggestion: "tcp port 80 or (tcp port 443 and host 10.0.0.1)"},
		{Filter: "icmp and host 10.0.0.1 or arp and host 10.0.0.2", Suggestion: "icmp and host 10.0.0.1 or (arp and host 10.0.0.2)"},
	},
	Good: []Example{
		{Filter: "(port 53 or host 10.0.0.1) and tcp"}, {Filter: "port 53 or (host 10.0.0.1 and tcp)"}, {Filter: "tcp and port 53 or icmp"},
		{Filter: "(tcp) or (udp)"}, {Filter: "(tcp or udp) and port 53"},
	},
	find: func(p *pass) { p.eachRun(p.precedence) },
}

// step is an operand of a run and what joins it with what stands before.
type step struct {
	op      ast.LogicOp
	operand ast.Expr
}

// chain takes a run apart: the operands as they stand in the text.
func (p *pass) chain(l *ast.Logic) []step {
	var spine []*ast.Logic
	var e ast.Expr = l
	for {
		l, ok := e.(*ast.Logic)
		if !ok || len(spine) > 0 && (p.enclosed(l) || p.isSet(l)) {
			break
		}
		spine = append(spine, l)
		e = l.Operands[0]
	}
	run := []step{{spine[len(spine)-1].Op, e}}
	for i := len(spine) - 1; i >= 0; i-- {
		for _, o := range spine[i].Operands[1:] {
			run = append(run, step{spine[i].Op, o})
		}
	}
	return run
}

// precedence holds the reading from left to right against that in which and binds closer.
func (p *pass) precedence(l *ast.Logic, run []step) {
	seenOr, first := false, -1
	for i, s := range run[1:] {
		if s.op == ast.Or {
			seenOr = true
		} else if seenOr && first < 0 {
			first = i // the operand of or that and would take to itself
		}
	}
	if first < 0 {
		return
	}
	var alternatives []ast.Expr
	var edits []edit
	for i := 0; i < len(run); {
		j := i + 1
		for j < len(run) && run[j].op == ast.And {
			j++
		}
		pos, _ := p.whole(run[i].operand)
		_, end := p.whole(run[j-1].operand)
		if i > 0 && j > i+1 {
			edits = append(edits, edit{pos, pos, "("}, edit{end, end, ")"})
		}
		alternatives = append(alternatives, joined(ast.And, operands(run[i:j])))
		i = j
	}
	tree := p.replaced(l, joined(ast.Or, alternatives))
	text := p.print(tree, p.apply(edits...))
	_, from := p.whole(run[first].operand)
	last := first + 1
	for last+1 < len(run) && run[last+1].op == ast.And {
		last++
	}
	pos, _ := p.whole(run[0].operand)
	start, _ := p.whole(run[first].operand)
	_, end := p.whole(run[last].operand)
	w := Warning{
		Msg: `"and" and "or" are taken from left to right: this is (` + oneLine(p.text[pos:from]) + ") " + oneLine(p.text[from:end]),
		Pos: start, End: end,
		Advice: `write the parentheses that you mean, these or "` + oneLine(text) + `"`,
	}
	if w, ok := p.differs(w, text, l, joined(ast.Or, alternatives)); ok {
		p.warn(w)
	}
}

func operands(run []step) (list []ast.Expr) {
	for _, s := range run {
		list = append(list, s.operand)
	}
	return list
}

// joined joins truth values; one stays as it is.
func joined(op ast.LogicOp, list []ast.Expr) ast.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return &ast.Logic{Span: ast.Span{Pos: list[0].Range().Pos, End: list[len(list)-1].Range().End}, Op: op, Operands: list}
}
