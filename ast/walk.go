package ast

// Node is an [Expr], an [Arith] or an [ID].
// It is safe for concurrent use as long as nobody changes it.
type Node interface{ Range() Span }

// Walk calls visit for n and all that is below it, a node before its children and these in the order of the text. Where
// visit returns false, the children are left out. A nil n is no node.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	switch n := n.(type) {
	case *Logic:
		for _, x := range n.Operands {
			Walk(x, visit)
		}
	case *Not:
		Walk(n.X, visit)
	case *Scope:
		Walk(n.Head, visit)
		Walk(n.X, visit)
	case *Relation:
		Walk(n.L, visit)
		Walk(n.R, visit)
	case *Qualified:
		Walk(n.ID, visit)
	case *Load:
		Walk(n.Index, visit)
	case *Binary:
		Walk(n.L, visit)
		Walk(n.R, visit)
	case *Neg:
		Walk(n.X, visit)
	}
}

// Move sets the span of a number, identifier or truth value, and of all below it.
func Move(n Node, to Span) {
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case *Logic:
			n.Span = to
		case *Not:
			n.Span = to
		case *Relation:
			n.Span = to
		case *Qualified:
			n.Span = to
		case *Protocol:
			n.Span = to
		case *Test:
			n.Span = to
		case *Scope:
			n.Span = to
		case *Name:
			n.Span = to
		case *Number:
			n.Span = to
		case *IPv4:
			n.Span = to
		case *IPv6:
			n.Span = to
		case *MAC:
			n.Span = to
		case *ARCnet:
			n.Span = to
		case *Num:
			n.Span = to
		case *Len:
			n.Span = to
		case *Load:
			n.Span, n.SizeSpan = to, Span{}
		case *Binary:
			n.Span = to
		case *Neg:
			n.Span = to
		}
		return true
	})
}
