package ir

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

var opText = [...]string{
	Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", And: "&", Or: "|", Xor: "^", Lsh: "<<", Rsh: ">>",
}

var cmpText = [...]string{Eq: "==", Gt: ">", Ge: ">=", Set: "&"}

// maxText bounds the printed length of one expression, in bytes; shared
// subexpressions would let it grow without bound.
const maxText = 4096

// String gives the expression as one line: loads as [offset:size], ancillary
// data as anc[offset:size], variables as v0, v1 …, every operation in
// parentheses. What goes beyond some thousand bytes is cut off with "…".
func (e *Expr) String() string {
	var b strings.Builder
	e.write(&b)
	if b.Len() > maxText {
		return b.String()[:maxText] + "…"
	}
	return b.String()
}

func (e *Expr) write(b *strings.Builder) {
	if b.Len() > maxText {
		return
	}
	switch e.Op {
	case Const:
		b.WriteString(number(e.K))
	case Len:
		b.WriteString("len")
	case Load:
		b.WriteByte('[')
		if e.L != nil {
			e.L.write(b)
			b.WriteString(" + ")
		}
		fmt.Fprintf(b, "%d:%d]", e.K, e.Size)
	case Anc:
		fmt.Fprintf(b, "anc[%#x:%d]", e.K, e.Size)
	case Var:
		fmt.Fprintf(b, "v%d", e.K)
	case Neg:
		b.WriteByte('-')
		e.L.write(b)
	default:
		b.WriteByte('(')
		e.L.write(b)
		b.WriteString(" " + opText[e.Op] + " ")
		e.R.write(b)
		b.WriteByte(')')
	}
}

// number prints small numbers in decimal and others in hexadecimal.
func number(k uint32) string {
	if k < 256 {
		return strconv.Itoa(int(k))
	}
	return fmt.Sprintf("%#x", k)
}

// text is what a node does, without where it goes.
func (n *Node) text() string {
	switch n.Kind {
	case Test:
		return fmt.Sprintf("%v %s %v", n.L, cmpText[n.Cmp], n.R)
	case Assign:
		return fmt.Sprintf("v%d = %v", n.Var, n.L)
	case Chain:
		version := 4
		if n.Chain.IPv6 {
			version = 6
		}
		return fmt.Sprintf("chain ip%d at %d proto %d", version, n.Chain.Base, n.Chain.Proto)
	case Accept:
		return "accept"
	case Reject:
		return "reject"
	}
	return fmt.Sprintf("kind %d?", n.Kind)
}

// Print writes the graph as text, one line a node, numbered in topological
// order: what the node does, then the numbers of its successors.
func (g *Graph) Print(w io.Writer) error {
	o := g.Order()
	name := func(n *Node) string {
		switch {
		case n == nil:
			return "nil"
		case n.Kind == Accept || n.Kind == Reject:
			return n.text()
		}
		return strconv.Itoa(o.Index(n))
	}
	for i, n := range o.Nodes {
		var err error
		switch n.Kind {
		case Test, Chain:
			_, err = fmt.Fprintf(w, "%d: %s ? %s : %s\n", i, n.text(), name(n.True), name(n.False))
		case Assign:
			_, err = fmt.Fprintf(w, "%d: %s -> %s\n", i, n.text(), name(n.True))
		default:
			if i == 0 { // otherwise its name says all
				_, err = fmt.Fprintf(w, "%d: %s\n", i, n.text())
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// String gives what Print writes.
func (g *Graph) String() string {
	var b strings.Builder
	g.Print(&b) //nolint:errcheck // a strings.Builder does not fail
	return b.String()
}

// PrintDot writes the graph in the language of Graphviz, edges of True drawn
// solid and those of False dashed. expr is the text that the nodes come from, of
// which each shows its part; "" if there is none.
func (g *Graph) PrintDot(w io.Writer, expr string) error {
	o := g.Order()
	var b strings.Builder
	b.WriteString("digraph filter {\n\tnode [shape=box];\n")
	for i, n := range o.Nodes {
		label := n.text()
		if part := n.Text.of(expr); part != "" {
			label += "\n" + part
		}
		fmt.Fprintf(&b, "\tn%d [label=%q];\n", i, label)
		t, f := n.Succs()
		if t != nil {
			fmt.Fprintf(&b, "\tn%d -> n%d;\n", i, o.Index(t))
		}
		if f != nil {
			fmt.Fprintf(&b, "\tn%d -> n%d [style=dashed];\n", i, o.Index(f))
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}
