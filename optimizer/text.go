// Law: what is here changes no node but in the part of the expression that it says it comes from.

package optimizer

import (
	"cmp"
	"slices"

	"bpfc/ir"
)

// texts tells which part of the expression the nodes come from that passes have
// made anew: what asks for the same test as generated, or else for the same value,
// or for what that is computed from.
type texts struct {
	// of holds the tests and assignments as generated. Once it is sorted, those of
	// one value stand together.
	of []node
	// values, by place in of: the text of all that have the same value. nil until of
	// is sorted.
	values []ir.Span
}

func (t *texts) text(n *node) ir.Span {
	if !n.text.Empty() || n.e == nil {
		return n.text
	}
	if t.values == nil {
		t.sort()
	}
	for e := n.e; e != nil; e = e.L {
		at, same := slices.BinarySearchFunc(t.of, node{e: e, lo: n.lo, hi: n.hi}, byTest)
		switch {
		case same && !t.of[at].text.Empty():
			return t.of[at].text
		case at < len(t.of) && t.of[at].e == e:
			return t.values[at]
		case at > 0 && t.of[at-1].e == e:
			return t.values[at-1]
		}
	}
	return ir.Span{}
}

func (t *texts) sort() {
	t.of = slices.DeleteFunc(t.of, func(n node) bool { return n.e == nil })
	slices.SortFunc(t.of, byTest)
	t.values = make([]ir.Span, len(t.of))
	for i := 0; i < len(t.of); {
		first := i
		var all ir.Span
		for ; i < len(t.of) && t.of[i].e == t.of[first].e; i++ {
			all = all.Join(t.of[i].text)
		}
		for k := first; k < i; k++ {
			t.values[k] = all
		}
	}
}

func byTest(a, b node) int {
	return cmp.Or(cmp.Compare(a.e.ID, b.e.ID), cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi))
}

// inheritText gives nodes that are still without text that of a node before them.
// Successors stand first.
func inheritText(nodes []*ir.Node) {
	for _, n := range slices.Backward(nodes) {
		for _, s := range [2]*ir.Node{n.True, n.False} {
			if s != nil && s.Kind <= ir.Chain && s.Text.Empty() {
				s.Text = n.Text
			}
		}
	}
}
