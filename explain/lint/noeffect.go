package lint

import (
	"slices"

	"bpfc/ast"
	"bpfc/prove"
)

var noEffect = Lint{
	Name:  "no-effect",
	Title: "a part that changes nothing",
	Why: "The filter without the part is proved to be the same filter: another part has it already, or nothing that gets there " +
		"fails it. Often a number was mistyped, or a list has an entry twice. The name of a protocol before a look into its " +
		"header, or of one that is left out, `broadcast` beside `multicast`, and `udp port 6081` before `geneve` are habits that harm nothing and are not warned of.",
	Bad: []Example{
		{Filter: "port 80 or port 443 or port 80", Suggestion: "port 80 or port 443"},
		{Filter: "net 10.0.0.0/8 or host 10.0.0.1", Suggestion: "net 10.0.0.0/8"},
		{Filter: "tcp port 80 and not udp port 53", Suggestion: "tcp port 80"},
	},
	Good: []Example{{Filter: "port 80 or port 443"}, {Filter: "tcp and tcp[13] & 2 != 0"}, {Filter: "not broadcast and not multicast"}, {Filter: "udp port 6081 and geneve"}, {Filter: "net 10.0.0.0/8 and not host 10.0.0.1"}},
	find: func(p *pass) {
		p.noEffect()
	},
}

// causes are the lints that say why some part of a filter cannot match, so that others have no effect.
var causes = map[string]bool{"ipv4-only": true, "fragments": true, "moved": true, "never": true, "mask": true, "constant": true}

// noEffect takes out one part after the other, the last first, as long as the filter stays what it is.
func (p *pass) noEffect() {
	if p.long() || slices.ContainsFunc(p.warnings, func(w Warning) bool { return causes[w.Name] }) {
		return
	}
	var found []ast.Expr
	p.eachRun(func(l *ast.Logic, _ []step) {
		all := !p.opts.Quick && len(l.Operands) <= maxParts
		for i := len(l.Operands) - 1; i >= 0; i-- {
			o := l.Operands[i]
			if harmless(o) || p.said(o) || l.Op == ast.And && p.beforeTunnel(l.Operands[i+1:]) || !all && !suspicious(l.Operands, i) {
				continue
			}
			if tree := p.replaced(o, nil); tree != nil && p.relates(tree) == prove.Equal && !within(o, found) {
				found = append(found, o)
				r := balanced(p.text, o.Range())
				w := Warning{Pos: r.Pos, End: r.End, Msg: `"` + oneLine(p.source(o)) + `" changes nothing`}
				p.without(o, &w)
				p.warn(w)
			}
		}
	})
}

// beforeTunnel tells whether an operand of an and stands before one that moves headers: it says what is outside, which the
// other implies.
func (p *pass) beforeTunnel(behind []ast.Expr) bool {
	return slices.ContainsFunc(behind, p.moves)
}

func within(e ast.Expr, found []ast.Expr) bool {
	r := e.Range()
	for _, f := range found {
		if s := f.Range(); s.Pos <= r.Pos && r.End <= s.End {
			return true
		}
	}
	return false
}

// harmless tells of parts that people write although others imply them: a protocol, broadcast, vlan and other keywords that
// stand alone.
func harmless(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Protocol:
		return true
	case *ast.Not:
		return harmless(e.X)
	case *ast.Test:
		return len(e.Args) == 0
	}
	return false
}

// suspicious tells whether an operand looks like another: the same, or one within it.
func suspicious(list []ast.Expr, i int) bool {
	for j, o := range list {
		if j != i && (ast.Equal(o, list[i]) || holds(o, list[i])) {
			return true
		}
	}
	return false
}

// holds tells whether a primitive asks for a range of what the other asks for one of.
func holds(wide, narrow ast.Expr) bool {
	a, ok := wide.(*ast.Qualified)
	b, also := narrow.(*ast.Qualified)
	if !ok || !also {
		return false
	}
	return a.Type == ast.Net && (b.Type == ast.Net || b.Type == ast.Host || b.Type == ast.NoType) || a.Type == ast.PortRange && b.Type == ast.Port
}
