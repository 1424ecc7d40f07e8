package bpfc

import (
	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/parser"
	"bpfc/prove"
)

// In the extended language tcp[…], udp[…] and sctp[…] look into IPv6 as well, and in libpcap's into IPv4 only. So a comparison of
// them becomes one of two: of the header over IPv4, or of what stands behind the IPv6 header.

// ip6Header is the length of the IPv6 header, in bytes, and nextHeader where it tells what follows (RFC 8200).
const ip6Header, nextHeader = 40, 6

var lookedInto = map[ast.Proto]uint32{ast.TCP: 6, ast.UDP: 17, ast.SCTP: 132}

// overIP6 is a tree in which what is asked of transport headers is asked over IPv6, too.
func (x *libpcapWriter) overIP6(tree ast.Expr) ast.Expr {
	switch e := tree.(type) {
	case *ast.Logic:
		l := *e
		l.Operands = make([]ast.Expr, len(e.Operands))
		for i, o := range e.Operands {
			l.Operands[i] = x.overIP6(o)
		}
		return &l
	case *ast.Not:
		return &ast.Not{Span: e.Span, X: x.overIP6(e.X)}
	case *ast.Scope:
		return &ast.Scope{Span: e.Span, Head: e.Head, X: x.overIP6(e.X)}
	case *ast.Relation:
		if p := transportOf(e); p != ast.NoProto {
			both := &ast.Logic{Span: e.Span, Op: ast.Or, Operands: []ast.Expr{e, behindIP6(e, p)}}
			x.asked = append(x.asked, [2]ast.Expr{e, both})
			return both
		}
	}
	return tree
}

// transportOf is the transport protocol that a comparison looks into, if it is one, and only one, and nothing that only
// IPv4 packets have.
func transportOf(r *ast.Relation) ast.Proto {
	found, alone := ast.NoProto, true
	ast.Walk(r, func(n ast.Node) bool {
		l, ok := n.(*ast.Load)
		switch {
		case !ok || l.Proto == ast.Link || l.Proto == ast.IP6:
		case lookedInto[l.Proto] == 0 || found != ast.NoProto && found != l.Proto:
			alone = false
		default:
			found = l.Proto
		}
		return true
	})
	if !alone {
		return ast.NoProto
	}
	return found
}

// behindIP6 is a comparison of a transport header with that header behind an IPv6 header.
func behindIP6(r *ast.Relation, p ast.Proto) ast.Expr {
	next := &ast.Load{Proto: ast.IP6, Index: &ast.Num{Value: nextHeader}, Size: 1}
	is := &ast.Relation{Span: r.Span, Op: ast.Eq, L: next, R: &ast.Num{Value: lookedInto[p]}}
	c := *r
	c.L, c.R = movedBehind(r.L, p), movedBehind(r.R, p)
	return &ast.Logic{Span: r.Span, Op: ast.And, Operands: []ast.Expr{is, &c}}
}

func movedBehind(a ast.Arith, p ast.Proto) ast.Arith {
	switch a := a.(type) {
	case *ast.Binary:
		c := *a
		c.L, c.R = movedBehind(a.L, p), movedBehind(a.R, p)
		return &c
	case *ast.Neg:
		c := *a
		c.X = movedBehind(a.X, p)
		return &c
	case *ast.Load:
		c := *a
		c.Index = movedBehind(a.Index, p)
		if a.Proto != p {
			return &c
		}
		c.Proto = ast.IP6
		if n, ok := c.Index.(*ast.Num); ok && n.Value < 1<<16 {
			c.Index = &ast.Num{Value: n.Value + ip6Header}
		} else {
			c.Index = &ast.Binary{Op: ast.Add, L: &ast.Num{Value: ip6Header}, R: c.Index}
		}
		return &c
	}
	return a
}

// proveOverIP6 proves of each comparison that what it became is the same, for packets without IPv6 extension headers.
func (x *libpcapWriter) proveOverIP6(o *options) error {
	if len(x.asked) == 0 {
		return nil
	}
	none, err := parser.Parse("not (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 51 or ip6[6] = 60)")
	if err != nil {
		return err
	}
	var failed error
	make1 := func(tree ast.Expr, l *codegen.Layers) *prove.Filter {
		c := o.codegen
		c.Layers = l
		g, err := codegen.Generate(o.ctx, tree, c)
		if err != nil {
			failed = err
			return prove.None()
		}
		f, err := prove.FromGraph(g)
		if err != nil {
			failed = err
			return prove.None()
		}
		return f
	}
	without := make1(none, nil)
	for _, pair := range x.asked {
		a := make1(pair[0], codegen.NewLayers(0, true).NoExtensionHeaders())
		b := make1(pair[1], nil)
		if failed != nil {
			return failed
		}
		answer := prove.Compare(o.ctx, prove.And(a, without), prove.And(b, without), prove.Options{Whole: true})
		r := pair[0].Range()
		switch answer.Relation {
		case prove.Equal:
		case prove.Undecided:
			return diag.New(diag.Limit, r.Pos, r.End, "not proved that %q is the same over IPv6: %s", ast.Format(pair[1]), answer.Reason)
		default:
			return diag.New(diag.Unsupported, r.Pos, r.End, "libpcap's language has no expression for %q over IPv6", ast.Format(pair[0]))
		}
	}
	return nil
}
