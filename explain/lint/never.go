package lint

import (
	"slices"

	"bpfc/ast"
	"bpfc/prove"
)

var never = Lint{
	Name:  "never",
	Title: "a part that no packet can match",
	Why: "Tests that exclude each other are joined by `and`: a packet is IPv4 or ARP, has one source address, is TCP or UDP. " +
		"Mostly `or` was meant. Where the whole filter is such, compiling it is an error.",
	Bad: []Example{
		{Filter: "icmp or (src host 10.0.0.1 and src host 10.0.0.2)", Suggestion: "icmp"},
		{Filter: "tcp and udp"},
	},
	Good: []Example{{Filter: "icmp or (src host 10.0.0.1 and dst host 10.0.0.2)"}, {Filter: "tcp or udp"}, {Filter: "host 10.0.0.1 and host 10.0.0.2"}},
	find: func(p *pass) {
		if p.long() || !p.opts.Quick && p.never(p.tree) {
			return // of a whole filter the compiler says it
		}
		for _, e := range p.logics() {
			for _, o := range e.Operands {
				if e.Op == ast.Or && !p.enough() && (contradicts(o) || !p.opts.Quick && len(kids(o)) > 0) {
					p.never(o)
				}
			}
		}
	},
}

// contradicts tells whether a part looks as if it could not be true: an and of two protocols, of two values of one field.
func contradicts(e ast.Expr) bool {
	l, ok := e.(*ast.Logic)
	if !ok || l.Op == ast.Or || len(l.Operands) > maxParts {
		return false
	}
	for i, a := range l.Operands {
		q, ok := a.(*ast.Qualified)
		for _, b := range l.Operands[:i] {
			if alike(a, b) && (!ok || q.Dir != ast.NoDir) {
				return true
			}
		}
	}
	return false
}

// maxParts is how many operands are tried one by one.
const maxParts = 64

// never looks whether a part by itself is never true, and warns of the smallest part of it that is.
func (p *pass) never(e ast.Expr) bool {
	if !p.neverTrue(e) {
		return false
	}
	for {
		l, ok := e.(*ast.Logic)
		if !ok || len(l.Operands) > maxParts || ofOneText(l) {
			break
		}
		next := p.contradiction(l)
		if next == nil {
			break
		}
		e = next
	}
	if p.told(e) {
		return true
	}
	r := balanced(p.text, e.Range())
	w := Warning{Pos: r.Pos, End: r.End, Msg: `no packet can match "` + oneLine(p.source(e)) + `"`}
	p.without(e, &w)
	p.warn(w)
	return true
}

// contradiction finds a smaller part that is never true: an operand, or two of an and next to each other.
func (p *pass) contradiction(l *ast.Logic) ast.Expr {
	for _, o := range l.Operands {
		if p.neverTrue(o) {
			return o
		}
	}
	if l.Op == ast.Or || len(l.Operands) == 2 || p.moves(l) {
		return nil
	}
	for i := 0; i+1 < len(l.Operands); i++ {
		if two := joined(ast.And, l.Operands[i:i+2]); p.neverTrue(two) {
			return two
		}
	}
	return nil
}

// neverTrue proves that a part by itself is true of no packet.
func (p *pass) neverTrue(e ast.Expr) bool {
	return !p.over() && !p.behindMover(e) && p.partsRelate(e, falseExpr) == prove.Equal
}

// behindMover tells whether a part stands behind something that moves headers: by itself it means something else.
func (p *pass) behindMover(e ast.Expr) bool {
	around := map[*ast.Scope]bool{nil: true}
	for s := p.scopeOf(e); s != nil; s = p.scopeOf(s) {
		around[s] = true
	}
	return slices.ContainsFunc(p.leaves, func(leaf ast.Expr) bool {
		part := p.parts[leaf]
		return part != nil && part.Moves() && leaf.Range().Pos < e.Range().Pos && around[p.scopeOf(leaf)]
	})
}

// falseExpr is true of no packet.
var falseExpr = &ast.Relation{Op: ast.Eq, L: &ast.Num{Value: 0}, R: &ast.Num{Value: 1}}

// without suggests the filter without a part, if that is proved equal, at least for packets that were not cut.
func (p *pass) without(e ast.Expr, w *Warning) bool {
	tree := p.replaced(e, nil)
	if !p.same(tree) {
		return false
	}
	w.Suggestion, w.Relation, w.Advice = p.print(tree, p.textWithout(e)), prove.Equal.String(), "the filter is the same without it"
	if p.relates(tree) != prove.Equal {
		w.Relation += " on whole packets"
		w.Advice += ", but for packets that were cut within the headers"
	}
	return true
}

// same proves that the filter as written and another tree accept the same packets of those that were not cut.
func (p *pass) same(tree ast.Expr) bool {
	return tree != nil && !p.long() && !p.over() && p.prove(p.asWritten(), p.filter(tree, p.code), true) == prove.Equal
}

// textWithout is the text without a part and what joins it.
func (p *pass) textWithout(e ast.Expr) string {
	for {
		if n, ok := p.parents[e].(*ast.Not); ok {
			e = n
			continue
		}
		break
	}
	l, ok := p.parents[e].(*ast.Logic)
	if !ok {
		return ""
	}
	i := indexOf(l.Operands, e)
	pos, end := p.whole(e)
	if i > 0 {
		_, pos = p.whole(l.Operands[i-1])
	} else {
		end, _ = p.whole(l.Operands[1])
	}
	return p.apply(edit{pos, end, ""})
}
