package lint

import (
	"fmt"
	"slices"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/prove"
)

var moved = Lint{
	Name:  "moved",
	Title: "a tag or tunnel that moves what stands in another branch",
	Why: "`vlan`, `mpls`, `pppoes`, `geneve` and `vxlan` change where all that is written after them looks for its headers, even " +
		"across `or`, out of parentheses and behind `not`. So in `vlan 100 or vlan 200` the second is looked for inside the " +
		"first, and in `vlan or ip` untagged IP does not match. Write what has no tag first. The filter is compared with what it would " +
		"be if tags moved only what is joined to them by `and`: where that is the same, nothing is said.",
	Bad: []Example{
		{Filter: "vlan or ip", Suggestion: "ip or vlan"},
		{Filter: "vlan 100 or vlan 200", Suggestion: "vlan and (ether[14:2] & 4095 = 100 or ether[14:2] & 4095 = 200)"},
		{Filter: "not vlan and tcp", Suggestion: "tcp and not vlan"},
		{Filter: "(vlan and tcp port 80) or tcp port 80", Suggestion: "tcp port 80 or (vlan and tcp port 80)"},
		{Filter: "(vlan 100 or vlan 200) and tcp", Suggestion: "vlan and (ether[14:2] & 4095 = 100 or ether[14:2] & 4095 = 200) and tcp"},
		{Filter: "(vlan or ip) and tcp", Suggestion: "(ip and tcp) or (vlan and tcp)"},
		{Filter: "mpls 100 or mpls 200", Suggestion: "mpls and (ether[14:4] >> 12 = 100 or ether[14:4] >> 12 = 200)"},
	},
	Good: []Example{
		{Filter: "ip or vlan"}, {Filter: "vlan and ip"}, {Filter: "tcp and not vlan"}, {Filter: "vlan 10 and vlan 20"}, {Filter: "tcp port 80 or (vlan and tcp port 80)"},
		{Filter: "vlan 100 or less 64"},
	},
	find: func(p *pass) {
		if p.long() {
			return
		}
		for _, e := range p.leaves {
			if part := p.parts[e]; part != nil && part.Moves() {
				if at := p.reachedWithout(e); at != nil {
					p.moved(part, at)
					return
				}
			}
		}
	},
}

// reachedWithout finds what is written behind a primitive and asked also where that is
// not true; nil if there is nothing of the kind.
func (p *pass) reachedWithout(leaf ast.Expr) ast.Expr {
	// What the part around the leaf must come to for the leaf to be true for certain.
	ifTrue, ifFalse := true, false
	for k, e := leaf, p.parents[leaf]; e != nil; k, e = e, p.parents[e] {
		l, ok := e.(*ast.Logic)
		if !ok {
			ifTrue, ifFalse = ifFalse, ifTrue
			continue
		}
		behind := l.Operands[indexOf(l.Operands, k)+1:]
		if certain := l.Op == ast.And && ifTrue || l.Op == ast.Or && ifFalse; !certain && len(behind) > 0 {
			return behind[0]
		}
		ifTrue, ifFalse = ifTrue && l.Op == ast.And, ifFalse && l.Op == ast.Or
	}
	return nil
}

func indexOf(list []ast.Expr, e ast.Expr) int {
	for i, o := range list {
		if o == e {
			return i
		}
	}
	return len(list)
}

// moved looks at a primitive that moves headers and what is looked for there although it need not be true.
func (p *pass) moved(mover *codegen.Part, other ast.Expr) {
	scoped := p.code
	scoped.Scoped = true
	if r := p.compare(p.asWritten(), p.filter(p.tree, scoped)); r == prove.Equal || r == prove.Undecided || p.readOtherwise() {
		return
	}
	m := mover.Expr.Range()
	w := Warning{
		Msg: fmt.Sprintf(`"%s" is looked for behind what "%s" stands for, in packets without that too: it is written after it`, oneLine(p.source(other)), oneLine(p.source(mover.Expr))),
		Pos: m.Pos, End: m.End, Advice: "write what is outside of it first",
	}
	for _, tree := range []ast.Expr{p.listOfTags(), p.distributed(), moversLast(p, p.tree)} {
		if tree == nil || !p.scopedAlike(tree) {
			continue
		}
		text := p.render(tree)
		if told, ok := p.differs(w, text, nil, nil); ok {
			told.Advice += `, as in "` + oneLine(text) + `"`
			p.warn(told)
			return
		}
	}
	p.warn(w)
}

// scopedAlike proves of a tree that it makes no difference whether its tags move what stands in other branches.
func (p *pass) scopedAlike(tree ast.Expr) bool {
	scoped := p.code
	scoped.Scoped = true
	return p.compare(p.filter(tree, p.code), p.filter(tree, scoped)) == prove.Equal
}

// readOtherwise tells whether an earlier warning suggests a filter in which tags move nothing in other branches.
func (p *pass) readOtherwise() bool {
	return slices.ContainsFunc(p.warnings, func(w Warning) bool {
		tree, err := p.read(w.Suggestion)
		return err == nil && tree != nil && p.scopedAlike(tree)
	})
}

// moves tells whether anything in a part moves headers.
func (p *pass) moves(e ast.Expr) (found bool) {
	ast.Walk(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.Scope); ok {
			return false // nothing leaks out of braces
		}
		if x, ok := n.(ast.Expr); ok && p.parts[x] != nil && p.parts[x].Moves() {
			found = true
		}
		return !found
	})
	return found
}

// moversLast is a tree with the operands that move headers behind those that do not, wherever
// the order makes no other difference.
func moversLast(p *pass, e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Not:
		return &ast.Not{Span: e.Span, X: moversLast(p, e.X)}
	case *ast.Scope:
		return &ast.Scope{Span: e.Span, Head: e.Head, X: moversLast(p, e.X)}
	case *ast.Logic:
		var first, last []ast.Expr
		for _, o := range e.Operands {
			in := moversLast(p, o)
			if p.moves(o) && (e.Op == ast.Or || !p.leadsOn(o)) {
				last = append(last, in)
			} else {
				first = append(first, in)
			}
		}
		return &ast.Logic{Span: e.Span, Op: e.Op, Operands: append(first, last...)}
	}
	return e
}

// leadsOn tells whether what follows a part by and is meant to be behind its tags: whether it is a tag or joins some by and.
func (p *pass) leadsOn(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Not:
		return false
	case *ast.Logic:
		if e.Op == ast.Or {
			return false
		}
		for _, o := range e.Operands {
			if p.moves(o) && !p.leadsOn(o) {
				return false
			}
		}
	}
	return true
}

// listOfTags is the expression with an or of the same tag with several numbers written as that tag and looks at its
// number; nil if there is none where the first tag is looked for.
func (p *pass) listOfTags() ast.Expr {
	or, ok := p.tree.(*ast.Logic)
	if ok && or.Op == ast.And {
		i := p.firstMoving(or)
		inner, ok := or.Operands[i].(*ast.Logic)
		if !ok {
			return nil
		}
		list := p.tagsIn(inner)
		if list == nil {
			return nil
		}
		return joined(ast.And, slices.Concat(or.Operands[:i], list.Operands, or.Operands[i+1:]))
	}
	if list := p.tagsIn(or); list != nil {
		return list
	}
	return nil
}

// tagsIn makes of an or of a tag with several numbers the tag and looks at its number, joined by and, with what has
// no tag outside before it; nil if it is something else.
func (p *pass) tagsIn(or *ast.Logic) *ast.Logic {
	if or == nil || or.Op != ast.Or {
		return nil
	}
	var outside, inside []ast.Expr
	var kind ast.TestKind
	for _, o := range or.Operands {
		rest := []ast.Expr{o}
		if and, ok := o.(*ast.Logic); ok && and.Op == ast.And {
			rest = and.Operands
		}
		t, ok := rest[0].(*ast.Test)
		switch {
		case !ok || tagNumber[t.Kind] == "":
			outside = append(outside, o)
			continue
		case kind != ast.NoTest && kind != t.Kind:
			return nil
		}
		kind = t.Kind
		if rest = p.behindTag(t, rest[1:]); len(rest) == 0 {
			return nil
		}
		inside = append(inside, joined(ast.And, rest))
	}
	if len(inside) < 2 {
		return nil
	}
	tags := []ast.Expr{&ast.Test{Kind: kind}, joined(ast.Or, inside)}
	if len(outside) == 0 {
		return &ast.Logic{Op: ast.And, Operands: tags}
	}
	return &ast.Logic{Op: ast.Or, Operands: append(outside, joined(ast.And, tags))}
}

// behindTag is what is asked for behind a tag, with the look at its number first if it has one.
func (p *pass) behindTag(t *ast.Test, rest []ast.Expr) []ast.Expr {
	if len(t.Args) == 0 {
		return rest
	}
	number, err := p.numberOfTag(t)
	if err != nil {
		return nil
	}
	return append([]ast.Expr{number}, rest...)
}

// firstMoving is the position of the first operand in which something moves headers.
func (p *pass) firstMoving(l *ast.Logic) int {
	return max(slices.IndexFunc(l.Operands, p.moves), 0)
}

// distributed is, for "(vlan or ip) and tcp", the alternatives one by one, those without a tag
// first; nil if the expression is something else.
func (p *pass) distributed() ast.Expr {
	and, ok := p.tree.(*ast.Logic)
	if !ok || and.Op != ast.And {
		return nil
	}
	i := p.firstMoving(and)
	or, ok := and.Operands[i].(*ast.Logic)
	if !ok || or.Op != ast.Or || len(or.Operands) > maxDistributed {
		return nil
	}
	var first, last []ast.Expr
	for _, o := range or.Operands {
		list := append(append([]ast.Expr{}, and.Operands[:i]...), o)
		one := joined(ast.And, append(list, and.Operands[i+1:]...))
		if p.moves(o) {
			last = append(last, one)
		} else {
			first = append(first, one)
		}
	}
	return joined(ast.Or, append(first, last...))
}

// maxDistributed is how many alternatives are written out in a suggestion.
const maxDistributed = 4
