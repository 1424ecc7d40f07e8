package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bpfc/ast"
)

var noEffect = Lint{
	Name:  "no-effect",
	Title: "a part that changes nothing",
	Why: "The filter without the part is proved to be the same filter: another part has it already, or nothing that gets there " +
		"fails it. Often a number was mistyped, or a list has an entry twice. The name of a protocol before a look into its " +
		"header, or of one that is left out, `broadcast` beside `multicast`, and `udp port 6081` before `geneve` are habits that " +
		"harm nothing and are not warned of.",
	Bad: []Example{
		{Filter: "port 80 or port 443 or port 80", Suggestion: "port 80 or port 443"},
		{Filter: "tcp port 80 or tcp portrange 1-1000", Suggestion: "tcp portrange 1-1000"},
		{Filter: "net 10.0.0.0/8 or host 10.0.0.1", Suggestion: "net 10.0.0.0/8"},
		{Filter: "tcp port 80 and not udp port 53", Suggestion: "tcp port 80"},
	},
	Good: []Example{
		{Filter: "port 80 or port 443"}, {Filter: "tcp and tcp[13] & 2 != 0"}, {Filter: "not broadcast and not multicast"}, {Filter: "udp port 6081 and geneve"},
		{Filter: "net 10.0.0.0/8 and not host 10.0.0.1"},
	},
	find: func(p *pass) {
		if p.long() || slices.ContainsFunc(p.warnings, func(w Warning) bool { return causes[w.Name] }) {
			return
		}
		gone := map[ast.Expr]bool{}
		for _, l := range p.logics() {
			p.noEffect(l, gone)
		}
	},
}

// causes are the lints that say why some part of a filter cannot match, so that others have no effect.
var causes = map[string]bool{"ipv4-only": true, "fragments": true, "moved": true, "never": true, "always": true, "mask": true, "constant": true}

// logics lists every and and or, from the outside in.
func (p *pass) logics() (list []*ast.Logic) {
	work := []ast.Expr{p.tree}
	for len(work) > 0 {
		e := work[len(work)-1]
		work = append(work[:len(work)-1], kids(e)...)
		if l, ok := e.(*ast.Logic); ok && !ofOneText(l) {
			list = append(list, l)
		}
	}
	return list
}

// noEffect looks whether the filter is the same without an operand and those that are gone already, so that of two that are
// alike the last goes. In a long list, or while someone waits, only those are tried that look like another.
func (p *pass) noEffect(l *ast.Logic, gone map[ast.Expr]bool) {
	candidates := l.Operands
	if p.opts.Quick || len(candidates) > maxParts {
		candidates = suspicious(candidates)
	}
	for _, o := range slices.Backward(candidates) {
		if p.enough() {
			return
		}
		if harmless(o) || p.told(o) || l.Op == ast.And && slices.ContainsFunc(l.Operands[indexOf(l.Operands, o)+1:], p.moves) {
			continue
		}
		r := balanced(p.text, o.Range())
		w := Warning{Pos: r.Pos, End: r.End, Msg: `"` + oneLine(p.source(o)) + `" changes nothing`}
		gone[o] = true
		if len(gone) > 1 && !p.same(remaining(p.tree, gone)) || !p.without(o, &w) {
			delete(gone, o)
			continue
		}
		p.warn(w)
	}
}

// remaining is a tree without some of its operands, nil if nothing is left of it.
func remaining(e ast.Expr, gone map[ast.Expr]bool) ast.Expr {
	if gone[e] {
		return nil
	}
	switch e := e.(type) {
	case *ast.Not:
		if x := remaining(e.X, gone); x != nil {
			return &ast.Not{Span: e.Span, X: x}
		}
		return nil
	case *ast.Scope:
		if x := remaining(e.X, gone); x != nil {
			return &ast.Scope{Span: e.Span, Head: e.Head, X: x}
		}
		return nil
	case *ast.Logic:
		var list []ast.Expr
		for _, o := range e.Operands {
			if o = remaining(o, gone); o != nil {
				list = append(list, o)
			}
		}
		if len(list) == 0 {
			return nil
		}
		return joined(e.Op, list)
	}
	return e
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

// suspicious lists the operands that look like another: those that are written twice, but once, and those that ask for one
// of what another asks for a range of.
func suspicious(list []ast.Expr) (found []ast.Expr) {
	seen := map[string]bool{}
	var ranges, ones []valueSpan
	for _, o := range list {
		text := ast.Format(o)
		if seen[text] {
			found = append(found, o)
			continue
		}
		seen[text] = true
		if s, ok := spanOf(o); ok {
			ones = append(ones, s)
			if s.lo < s.hi {
				ranges = append(ranges, s)
			}
		}
	}
	slices.SortFunc(ranges, func(a, b valueSpan) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi))
	})
	ranges = widest(ranges)
	for _, s := range ones {
		i, _ := slices.BinarySearchFunc(ranges, s, func(a, b valueSpan) int {
			return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.lo, b.lo+1))
		})
		if i > 0 && ranges[i-1].kind == s.kind && ranges[i-1].e != s.e && ranges[i-1].hi >= s.hi {
			found = append(found, s.e)
		}
	}
	return found
}

// widest leaves out the spans that lie within another; they are in order.
func widest(list []valueSpan) []valueSpan {
	out := list[:0]
	for _, s := range list {
		if n := len(out); n == 0 || out[n-1].kind != s.kind || s.hi > out[n-1].hi {
			out = append(out, s)
		}
	}
	return out
}

// valueSpan is the values that a primitive is true of: IPv4 addresses or ports, of a kind.
type valueSpan struct {
	e      ast.Expr
	kind   string
	lo, hi uint64
}

// spanOf gives the values of a primitive, also of one under not.
func spanOf(e ast.Expr) (s valueSpan, ok bool) {
	s = valueSpan{e: e}
	if n, is := e.(*ast.Not); is {
		s.kind, e = "not ", n.X
	}
	q, is := e.(*ast.Qualified)
	if !is {
		return s, false
	}
	s.kind += q.Proto.String() + " " + q.Dir.String() + " "
	switch id := q.ID.(type) {
	case *ast.IPv4:
		if q.Type != ast.Net && q.Type != ast.Host && q.Type != ast.NoType || id.HasMask || id.Len > 32 {
			return s, false
		}
		bits := 8 * id.Parts
		if id.HasLen {
			bits = int(id.Len)
		}
		address := uint64(id.Addr) << (8 * (4 - id.Parts))
		s.kind, s.lo, s.hi = s.kind+"address", address, address|(1<<(32-bits)-1)
		return s, true
	case *ast.Number:
		s.kind, s.lo, s.hi = s.kind+"port", uint64(id.Value), uint64(id.Value)
		return s, q.Type == ast.Port
	case *ast.Name:
		lo, hi, is := portRange(id.Text)
		s.kind, s.lo, s.hi = s.kind+"port", lo, hi
		return s, is && q.Type == ast.PortRange
	}
	return s, false
}

// portRange reads two ports with a hyphen between them.
func portRange(text string) (lo, hi uint64, ok bool) {
	a, b, found := strings.Cut(text, "-")
	lo, err := strconv.ParseUint(a, 10, 16)
	hi, err2 := strconv.ParseUint(b, 10, 16)
	return min(lo, hi), max(lo, hi), found && err == nil && err2 == nil
}
