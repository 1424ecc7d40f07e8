package prove

import (
	"encoding/binary"
	"slices"
)

// What a leaf of a diagram stands for.
type leafKind uint8

const (
	leafNo     leafKind = iota // a condition that does not hold; a filter that rejects
	leafAccept                 // a condition that holds; a filter that accepts if the need is captured
	leafReject                 // a filter that rejects after having looked at what the need says; on whole packets only
	leafVoid                   // nothing is said about these packets: the bound of a loop was reached
	leafExit                   // the walk goes on at the step with number value
	leafNumber                 // the expression has this value
)

type leaf struct {
	kind  leafKind
	need  needRef
	value uint32
}

// needRef is the number of a need. 0 is the need of nothing.
type needRef uint32

// need says how many bytes must have been captured: fixed many, and for each of the
// bases, reach many from the unknown base on.
type need struct {
	fixed uint32
	bases []baseNeed // sorted by base
}

type baseNeed struct {
	base  int // number of an unknown base
	reach uint64
}

// leaf returns the leaf's diagram.
func (d *diagrams) leaf(l leaf) ref {
	if r, ok := d.leafAt[l]; ok {
		return r
	}
	d.budget.node()
	n := node{level: leafLevel, lo: ref(len(d.leaves)), need: noNeed, onward: noNeed}
	switch l.kind {
	case leafAccept, leafReject:
		n.need = d.needs[l.need].fixed
	case leafExit:
		n.need = d.needs[l.need].fixed
		n.exits = exitBit(l.value)
		if l.value == next {
			n.onward = n.need
		}
	}
	r := ref(len(d.nodes))
	d.nodes = append(d.nodes, n)
	d.leaves = append(d.leaves, l)
	d.leafAt[l] = r
	return r
}

// at returns what the leaf u stands for.
func (d *diagrams) at(u ref) leaf { return d.leaves[d.nodes[u].lo] }

// rejected is the diagram of a filter that rejects without looking at anything.
func (d *diagrams) rejected() ref {
	if d.whole {
		return d.leaf(leaf{kind: leafReject})
	}
	return no
}

// needing is the condition that a need is captured, as a guard.
func (d *diagrams) needing(n need) ref {
	return d.leaf(leaf{kind: leafAccept, need: d.needRef(n)})
}

func (d *diagrams) needRef(n need) needRef {
	if n.fixed == 0 && len(n.bases) == 0 {
		return 0
	}
	key := make([]byte, 0, 32)
	key = binary.AppendUvarint(key, uint64(n.fixed))
	for _, b := range n.bases {
		key = binary.AppendUvarint(key, uint64(b.base))
		key = binary.AppendUvarint(key, b.reach)
	}
	if r, ok := d.needAt[string(key)]; ok {
		return r
	}
	r := needRef(len(d.needs))
	d.needs = append(d.needs, n)
	d.needAt[string(key)] = r
	return r
}

// join is the need of both.
func (d *diagrams) join(a, b needRef) needRef {
	if a == b || b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	x, y := &d.needs[a], &d.needs[b]
	n := need{fixed: max(x.fixed, y.fixed)}
	if len(x.bases) == 0 && len(y.bases) == 0 {
		switch n.fixed {
		case x.fixed:
			return a
		default:
			return b
		}
	}
	n.bases = slices.Clone(x.bases)
	for _, by := range y.bases {
		i, ok := slices.BinarySearchFunc(n.bases, by, func(p, q baseNeed) int { return p.base - q.base })
		if ok {
			n.bases[i].reach = max(n.bases[i].reach, by.reach)
		} else {
			n.bases = slices.Insert(n.bases, i, by)
		}
	}
	return d.needRef(n)
}

// covers tells whether whoever has captured a has captured b, for all that is known
// of the bases.
func (d *diagrams) covers(a, b needRef) bool {
	return d.join(a, b) == a
}
