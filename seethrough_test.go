package bpfc_test

import (
	"context"
	"testing"
	"time"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
	"bpfc/prove"
)

// expanded is an expression in which each primitive P of the network layer and above is (P or vlan { P } or vlan {
// vlan { P } } …), which is what seeing through tags of VLANs means.
func expanded(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Logic:
		l := *e
		l.Operands = nil
		for _, o := range e.Operands {
			l.Operands = append(l.Operands, expanded(o))
		}
		return &l
	case *ast.Not:
		return &ast.Not{Span: e.Span, X: expanded(e.X)}
	}
	if !looksBehindTags(e) {
		return e
	}
	var list []ast.Expr
	first := 0
	inside := e
	if t, ok := e.(*ast.Test); ok && t.Kind == ast.VLAN {
		// The tag is there, whatever is in it; or it is in the packet in a tag.
		inside = &ast.Scope{Span: t.Span, Head: t, X: &ast.Test{Span: t.Span, Kind: ast.Greater, Args: []ast.Arg{{}}}}
		first = 1
	}
	for depth := first; depth <= codegen.MaxTags; depth++ {
		at := inside
		for range depth - first {
			at = &ast.Scope{Span: e.Range(), Head: &ast.Test{Span: e.Range(), Kind: ast.VLAN}, X: at}
		}
		list = append(list, at)
	}
	return &ast.Logic{Span: e.Range(), Op: ast.Or, Operands: list}
}

// looksBehindTags tells whether a primitive is of the network layer or above.
func looksBehindTags(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Qualified:
		return e.Proto != ast.Link || e.Type == ast.ProtoType
	case *ast.Protocol:
		return true
	case *ast.Test:
		switch e.Kind {
		case ast.Broadcast, ast.Multicast:
			return e.Proto == ast.IP || e.Proto == ast.IP6
		case ast.VLAN, ast.PPPoED:
			return true
		}
	case *ast.Relation:
		network := false
		ast.Walk(e, func(n ast.Node) bool {
			if l, ok := n.(*ast.Load); ok && l.Proto != ast.Link {
				network = true
			}
			return true
		})
		return network
	}
	return false
}

// moves tells whether a tree holds what moves headers.
func moves(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		if t, ok := n.(*ast.Test); ok {
			switch t.Kind {
			case ast.MPLS, ast.PPPoES, ast.Geneve, ast.VXLAN:
				found = true
			}
		}
		if q, ok := n.(*ast.Qualified); ok && (q.Type == ast.ProtoChain || q.Type == ast.Gateway) {
			found = true
		}
		return true
	})
	return found
}

func TestSeeThroughIsItsExpansion(t *testing.T) {
	through, scopes := codegen.NewLayers(codegen.VLANTags, false).Complete(), codegen.NewLayers(0, false).Complete()
	opts := codegen.Options{LinkType: linktype.EN10MB, Netmask: 0xffffff00, Names: names.Dir("testdata/etc"), Unoptimized: true}
	n := 0
	for _, text := range practicalFilters(t) {
		tree, err := parser.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if moves(tree) {
			continue
		}
		start := time.Now()
		got := lifted(t, text, tree, opts, through)
		want := lifted(t, text, expanded(tree), opts, scopes)
		if got == nil || want == nil {
			continue
		}
		answer := prove.Compare(context.Background(), got, want, prove.Options{Whole: true, Time: 3 * time.Second})
		if answer.Relation != prove.Equal {
			t.Errorf("%s: %v %s %v", text, answer.Relation, answer.Reason, time.Since(start))
			for _, p := range []*prove.Packet{answer.OnlyA, answer.OnlyB} {
				if p != nil {
					t.Logf("  %x of %d", p.Data, p.WireLen)
				}
			}
		}
		n++
	}
	t.Logf("%d filters", n)
}

func lifted(t *testing.T, text string, tree ast.Expr, o codegen.Options, l *codegen.Layers) *prove.Filter {
	t.Helper()
	o.Layers = l
	g, err := codegen.Generate(context.Background(), tree, o)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	if err := ir.Verify(g); err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	f, err := prove.FromGraph(g)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	return f
}
