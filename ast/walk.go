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
