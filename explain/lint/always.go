package lint

import (
	"bpfc/ast"
	"bpfc/prove"
)

var always = Lint{
	Name:  "always",
	Title: "a part that every packet matches",
	Why: "Alternatives of which one is true of every packet ask for nothing: `tcp or not tcp`, `less 100 or greater 50`. Mostly " +
		"`and` was meant, or one of the numbers is another. Packets that were cut within the headers are left out of account.",
	Bad: []Example{
		{Filter: "less 100 or greater 50"},
		{Filter: "port 53 and (src net 10.0.0.0/8 or not src net 10.0.0.0/8)", Suggestion: "port 53"},
	},
	Good: []Example{{Filter: "less 50 or greater 100"}, {Filter: "port 53 and (src net 10.0.0.0/8 or not dst net 10.0.0.0/8)"}},
	find: func(p *pass) {
		if p.long() {
			return
		}
		for _, l := range p.logics() {
			if l.Op == ast.Or && !p.enough() && !p.told(l) && (!p.opts.Quick && len(l.Operands) <= maxParts || complements(l)) {
				p.always(l)
			}
		}
	},
}

// complements tells whether an or has an operand and its opposite.
func complements(l *ast.Logic) bool {
	seen := map[string]bool{}
	for _, o := range l.Operands {
		text, opposite := ast.Format(o), ""
		if n, ok := o.(*ast.Not); ok {
			opposite = ast.Format(n.X)
		} else {
			opposite = ast.Format(&ast.Not{X: o})
		}
		if seen[opposite] {
			return true
		}
		seen[text] = true
	}
	return false
}

// always looks whether an or by itself is true of every packet that was not cut.
func (p *pass) always(l *ast.Logic) {
	if p.behindMover(l) || p.anyFolded(l) || p.prove(p.filter(l, p.code), p.filter(trueExpr, p.code), true) != prove.Equal {
		return
	}
	r := balanced(p.text, l.Range())
	w := Warning{Pos: r.Pos, End: r.End, Msg: `every packet matches "` + oneLine(p.source(l)) + `"`}
	p.without(l, &w)
	p.warn(w)
}

// anyFolded tells whether the link-layer type alone decides about a primitive: such a filter was written for others too.
func (p *pass) anyFolded(e ast.Expr) (found bool) {
	ast.Walk(e, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && p.parts[x] != nil && p.parts[x].Folded {
			found = true
		}
		return !found
	})
	return found
}

// trueExpr is true of every packet.
var trueExpr = &ast.Relation{Op: ast.Eq, L: &ast.Num{}, R: &ast.Num{}}
