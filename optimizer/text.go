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
	// of holds the tests and assignments as generated.
	of []node
	// order is their places in of, so that those of one value stand together. (Places,
	// because sorting numbers is what other passes have the code for.)
	order []ref
	// values, by place in order: the text of all that have the same value. nil until
	// that is made.
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
		like := node{e: e, lo: n.lo, hi: n.hi}
		at, same := slices.BinarySearchFunc(t.order, &like, func(i ref, n *node) int { return byTest(&t.of[i], n) })
		switch {
		case same && !t.at(at).text.Empty():
			return t.at(at).text
		case at < len(t.order) && t.at(at).e == e:
			return t.values[at]
		case at > 0 && t.at(at-1).e == e:
			return t.values[at-1]
		}
	}
	return ir.Span{}
}

// at is the node at a place of the order.
func (t *texts) at(place int) *node { return &t.of[t.order[place]] }

func (t *texts) sort() {
	for i := range t.of {
		if t.of[i].e != nil {
			t.order = append(t.order, ref(i))
		}
	}
	slices.SortFunc(t.order, func(a, b ref) int { return byTest(&t.of[a], &t.of[b]) })
	t.values = make([]ir.Span, len(t.order))
	for i := 0; i < len(t.order); {
		first := i
		var all ir.Span
		for ; i < len(t.order) && t.at(i).e == t.at(first).e; i++ {
			all = all.Join(t.at(i).text)
		}
		for k := first; k < i; k++ {
			t.values[k] = all
		}
	}
}

func byTest(a, b *node) int {
	return cmp.Or(cmp.Compare(a.e.ID, b.e.ID), cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi))
}

// inheritText gives nodes that are still without text that of a node before them.
// Successors stand first in the list, which lacks the second comparisons of ranges.
func inheritText(nodes []*ir.Node) {
	for _, n := range slices.Backward(nodes) {
		for _, s := range [2]*ir.Node{n.True, n.False} {
			if inherits(s, n) {
				inherits(s.True, s)
				inherits(s.False, s)
			}
		}
	}
}

// inherits gives s the text of the node before it if it has none, and tells whether s
// is a node that has text.
func inherits(s, before *ir.Node) bool {
	if s == nil || s.Kind > ir.Chain {
		return false
	}
	if s.Text.Empty() {
		s.Text = before.Text
	}
	return true
}
