package bpfc

import (
	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/parser"
	"bpfc/prove"
)

// Translation is an expression in libpcap's language.
// It is safe for concurrent use as long as nobody changes it.
type Translation struct {
	Expr string
	// Note says of which packets it is not the same; "" if of none that was captured as a whole, with headers
	// that are complete.
	Note string
}

// ToLibpcap says in libpcap's language what an expression says that is compiled with [WithSeeThrough] or
// [WithExtensions]. Lists take the place of sets, accessors that of fields, and what stands in braces is joined to
// the keyword before them. Where there is no such expression, the error, of kind diag.Unsupported, says of what. That it is the same is
// proved (package prove) for packets captured as a whole, with complete headers; an error of kind diag.Limit
// says that this was not decided.
func ToLibpcap(expr string, opts ...Option) (Translation, error) {
	o := newOptions(opts)
	tree, err := o.parse(expr)
	if err != nil || tree == nil {
		return Translation{}, err
	}
	layers := o.codegen.Layers
	x := &libpcapWriter{layers: layers, layout: o.codegen.LinkType.Layout()}
	if layers.Extended() {
		tree = x.overIP6(tree)
	}
	to := x.translate(tree)
	if x.err != nil {
		return Translation{}, x.err
	}
	var done Translation
	switch to {
	case never:
		return done, diag.New(diag.RejectsAll, 0, len(expr), "no packet can match")
	case always:
	default:
		done.Expr = ast.Format(to)
	}
	if layers.Extended() && x.transport {
		done.Note = "IPv6 packets with extension headers: libpcap's language does not look behind these"
	}
	if layers == nil {
		return done, nil
	}
	if err := x.proveOverIP6(o); err != nil {
		return done, err
	}
	o.codegen.Layers = layers.Plain()
	want, err := codegen.Generate(o.ctx, tree, o.codegen)
	if err != nil {
		return done, err
	}
	// What is proved is what the text says to a parser.
	read, err := parser.Parse(done.Expr)
	if err != nil {
		return done, diag.New(diag.Internal, 0, 0, "%q is no expression: %v", done.Expr, err)
	}
	o.codegen.Layers = nil
	got, err := codegen.Generate(o.ctx, read, o.codegen)
	if err != nil {
		return done, err
	}
	a, err1 := prove.FromGraph(want)
	b, err2 := prove.FromGraph(got)
	if err1 != nil || err2 != nil {
		return done, diag.New(diag.Internal, 0, 0, "a graph is not well formed: %v, %v", err1, err2)
	}
	switch answer := prove.Compare(o.ctx, a, b, prove.Options{Whole: true}); answer.Relation {
	case prove.Equal:
		return done, nil
	case prove.Undecided:
		return done, diag.New(diag.Limit, 0, len(expr), "not proved that %q is the same: %s", done.Expr, answer.Reason)
	}
	return done, diag.New(diag.Unsupported, 0, len(expr), "libpcap's language has no expression for this: the nearest, %q, is not the same", done.Expr)
}

// libpcapWriter makes a tree in libpcap's language.
type libpcapWriter struct {
	layers    *codegen.Layers
	layout    linktype.Layout
	transport bool // something behind an IPv6 header is asked for
	err       *diag.Error
	asked     [][2]ast.Expr // comparisons, and what they became as they look into IPv6, too
}

// never and always are truth values that no primitive is left of.
var never, always = &ast.Test{Kind: ast.NoTest}, &ast.Test{Kind: ast.NoTest, Args: []ast.Arg{{}}}

func (x *libpcapWriter) none(e ast.Expr, what string) ast.Expr {
	if r := e.Range(); x.err == nil {
		x.err = diag.New(diag.Unsupported, r.Pos, r.End, "libpcap's language has no expression for %s", what)
	}
	return never
}

func (x *libpcapWriter) translate(tree ast.Expr) ast.Expr {
	through := x.layers.Through()
	if through&^codegen.VLANTags != 0 {
		return x.none(tree, "seeing through labels and sessions")
	}
	depth := x.look(tree)
	if through != 0 {
		depth = max(depth, codegen.MaxTags)
	}
	if depth == 0 || x.err != nil {
		return x.last(tree)
	}
	if x.layout.VariablePayload || x.layout.Prefix != linktype.NoPrefix || !x.layout.VLAN {
		return x.none(tree, "tags on this link-layer type")
	}
	return x.level(tree, 0, depth)
}

// look finds what has no expression, and how deep tags of VLANs are entered.
func (x *libpcapWriter) look(tree ast.Expr) (depth int) {
	switch e := tree.(type) {
	case *ast.Logic:
		for _, o := range e.Operands {
			depth = max(depth, x.look(o))
		}
	case *ast.Not:
		return x.look(e.X)
	case *ast.Qualified:
		x.transport = x.transport || e.Proto != ast.Link
	case *ast.Protocol:
		x.transport = true
	case *ast.Scope:
		switch h := e.Head; {
		case h.Kind == ast.GRE, h.Kind == ast.IPIP, h.Kind == ast.GTP, h.Kind == ast.AnyLayer, h.Port != 0, h.Kind == ast.MPLS && len(h.Args) == 0:
			x.none(h, "`"+ast.Format(h)+" { … }`")
		case h.Kind == ast.VXLAN, h.Kind == ast.Geneve:
			x.transport = true
		case h.Kind == ast.VLAN:
			return 1 + x.look(e.X)
		}
		return x.look(e.X)
	case *ast.Relation:
		ast.Walk(e, func(n ast.Node) bool {
			if l, ok := n.(*ast.Load); ok && l.Proto == ast.VLANTag {
				x.none(e, "vlan[…]")
			} else if ok {
				x.transport = x.transport || l.Proto != ast.Link
			}
			return true
		})
	case *ast.Test:
		if len(e.Args) > 0 && (len(e.Args) > 1 || e.Args[0].To != 0) && (e.Kind >= ast.VLAN && e.Kind <= ast.VXLAN) && x.layers.Through() == 0 {
			x.none(e, "a set of numbers behind "+e.Kind.String())
		}
	}
	return depth
}

// level is an expression for packets of which tags are passed: those that have no more, or have.
func (x *libpcapWriter) level(tree ast.Expr, passed, depth int) ast.Expr {
	here := x.at(tree, 0, passed)
	if passed == depth {
		return here
	}
	tagged := &ast.Logic{Op: ast.Or}
	for _, t := range []uint32{0x8100, 0x88a8, 0x9100} {
		tagged.Operands = append(tagged.Operands, &ast.Qualified{Proto: ast.Link, Type: ast.ProtoType, ID: &ast.Number{Value: t}})
	}
	deeper := joinAll(ast.And, &ast.Test{Kind: ast.VLAN}, x.level(tree, passed+1, depth))
	return joinAll(ast.Or, joinAll(ast.And, &ast.Not{X: tagged}, here), deeper)
}

// at is what an expression that stands in the braces of so many tags says of packets with passed of them.
func (x *libpcapWriter) at(tree ast.Expr, entered, passed int) ast.Expr {
	through := x.layers.Through() != 0
	switch e := tree.(type) {
	case *ast.Logic:
		list := make([]ast.Expr, len(e.Operands))
		for i, o := range e.Operands {
			list[i] = x.at(o, entered, passed)
		}
		return joinAll(e.Op, list...)
	case *ast.Not:
		return negated(x.at(e.X, entered, passed))
	case *ast.Scope:
		if e.Head.Kind != ast.VLAN {
			return x.none(e, "`"+ast.Format(e.Head)+" { … }` beside tags")
		}
		if entered == passed {
			return never
		}
		return joinAll(ast.And, x.tagIs(e.Head, entered), x.at(e.X, entered+1, passed))
	case *ast.Test:
		switch e.Kind {
		case ast.VLAN:
			if !through {
				return x.none(e, "vlan without braces beside vlan with braces")
			}
			var list []ast.Expr
			for d := entered; d < passed; d++ {
				list = append(list, x.tagIs(e, d))
			}
			return joinAll(ast.Or, list...)
		case ast.MPLS, ast.PPPoES, ast.Geneve, ast.VXLAN:
			return x.none(e, e.Kind.String()+" beside tags")
		}
	}
	if through || passed == entered || codegen.OfLinkLayer(tree) {
		return tree
	}
	return never
}

// tagIs tests the number of the tag at a depth.
func (x *libpcapWriter) tagIs(t *ast.Test, depth int) ast.Expr {
	var list []ast.Expr
	at := x.layout.Payload + x.layout.Net - x.layout.Header + 4*uint32(depth)
	id := &ast.Binary{Op: ast.BitAnd, L: &ast.Load{Proto: ast.Link, Index: &ast.Num{Value: at}, Size: 2}, R: &ast.Num{Value: 0xfff}}
	for _, a := range t.Args {
		is := func(op ast.RelOp, v uint32) ast.Expr { return &ast.Relation{Op: op, L: id, R: &ast.Num{Value: v}} }
		if a.To > a.Num {
			list = append(list, joinAll(ast.And, is(ast.Ge, a.Num), is(ast.Le, a.To)))
			continue
		}
		list = append(list, is(ast.Eq, a.Num))
	}
	if len(list) == 0 {
		return always
	}
	return joinAll(ast.Or, list...)
}

// last joins heads to what is in their braces, and puts what moves headers behind all else.
func (x *libpcapWriter) last(tree ast.Expr) ast.Expr {
	switch e := tree.(type) {
	case *ast.Logic:
		var list, movers []ast.Expr
		for _, o := range e.Operands {
			if t := x.last(o); movesHeaders(o) {
				movers = append(movers, t)
			} else {
				list = append(list, t)
			}
		}
		if len(movers) > 1 {
			return x.none(e, "two of what moves headers, side by side")
		}
		return joinAll(e.Op, append(list, movers...)...)
	case *ast.Not:
		return negated(x.last(e.X))
	case *ast.Scope:
		return joinAll(ast.And, e.Head, x.last(e.X))
	}
	return tree
}

// movesHeaders tells whether braces are in an expression.
func movesHeaders(tree ast.Expr) (found bool) {
	ast.Walk(tree, func(n ast.Node) bool {
		_, is := n.(*ast.Scope)
		found = found || is
		return true
	})
	return found
}

func negated(e ast.Expr) ast.Expr {
	switch e {
	case never:
		return always
	case always:
		return never
	}
	return &ast.Not{X: e}
}

// joinAll joins expressions, of which some may be known.
func joinAll(op ast.LogicOp, list ...ast.Expr) ast.Expr {
	neutral, decided := ast.Expr(always), ast.Expr(never)
	if op == ast.Or {
		neutral, decided = decided, neutral
	}
	var left []ast.Expr
	for _, e := range list {
		switch e {
		case decided:
			return decided
		case neutral:
		default:
			left = append(left, e)
		}
	}
	switch len(left) {
	case 0:
		return neutral
	case 1:
		return left[0]
	}
	return &ast.Logic{Op: op, Operands: left}
}
