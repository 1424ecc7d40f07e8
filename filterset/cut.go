package filterset

import (
	"slices"

	"bpfc/ir"
)

// key is a pair of field and value, the field by its text, which is the same
// in all graphs.
type key struct {
	field string
	value uint32
}

// edge is a test that a field has a value.
type edge struct {
	node *ir.Node
	key  key
	expr *ir.Expr
}

// index finds a cut for each filter and builds the tables.
func (s *Set) index(filters []Filter) {
	edges := make([][]edge, len(filters))
	values := map[string]map[uint32]bool{} // the values of each field in the whole set
	for i, f := range filters {
		if f.Graph == nil {
			continue
		}
		edges[i] = equalities(f.Graph)
		for _, e := range edges[i] {
			if values[e.key.field] == nil {
				values[e.key.field] = map[uint32]bool{}
			}
			values[e.key.field][e.key.value] = true
		}
	}
	tables := map[string]map[uint32][]int32{}
	exprs := map[string]*ir.Expr{}
	for i, f := range filters {
		cut := findCut(f.Graph, edges[i], minValues, func(field string) int { return len(values[field]) })
		if cut == nil {
			s.always = append(s.always, int32(i))
			continue
		}
		for _, e := range cut {
			t := tables[e.key.field]
			if t == nil {
				t = map[uint32][]int32{}
				tables[e.key.field], exprs[e.key.field] = t, e.expr
			}
			if list := t[e.key.value]; len(list) == 0 || list[len(list)-1] != int32(i) {
				t[e.key.value] = append(list, int32(i))
			}
		}
	}
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		s.fields = append(s.fields, newField(exprs[n], tables[n]))
	}
}

// equalities returns the tests of a graph that a field of packet data equals a
// constant.
func equalities(g *ir.Graph) []edge {
	var list []edge
	walk(g, func(n *ir.Node) bool {
		if n.Kind == ir.Test && n.Cmp == ir.Eq && n.R.Op == ir.Const && packetData(n.L) {
			if text := n.L.String(); len(text) <= maxText {
				list = append(list, edge{n, key{text, n.R.K}, n.L})
			}
		}
		return true
	})
	return list
}

// maxText is the longest text of a field, in bytes; longer ones may be cut off
// and so be the same for different fields.
const maxText = 1024

// packetData tells whether e depends on nothing but the packet's bytes.
func packetData(e *ir.Expr) bool {
	switch {
	case e == nil || e.Op == ir.Const:
		return true
	case e.Op == ir.Len || e.Op == ir.Anc || e.Op == ir.Var:
		return false
	}
	return packetData(e.L) && packetData(e.R) && e.Fails()
}

// minValues is how many values a field must have in the whole set to be worth
// a table: the lookup has to rule out most filters.
const minValues = 2

// findCut returns tests of which every path to acceptance passes one on the
// side where it holds, nil if there are none. Fields with many values in the
// set come first, those with fewer than minValues do not come; tests of fields that
// are not needed are left out.
func findCut(g *ir.Graph, edges []edge, minValues int, numValues func(field string) int) []edge {
	if g == nil {
		return nil
	}
	var fields []string
	for _, e := range edges {
		if !slices.Contains(fields, e.key.field) && numValues(e.key.field) >= minValues {
			fields = append(fields, e.key.field)
		}
	}
	direct, size := map[string]bool{}, map[string]uint8{} // loaded without evaluation, and bytes
	for _, e := range edges {
		_, size[e.key.field], _, direct[e.key.field] = directLoad(e.expr)
	}
	slices.SortStableFunc(fields, func(a, b string) int {
		switch {
		case numValues(a) != numValues(b):
			return numValues(b) - numValues(a)
		case direct[a] && !direct[b]:
			return -1
		case direct[b] && !direct[a]:
			return 1
		}
		return int(size[b]) - int(size[a]) // the wider has more values to come
	})
	used := fields
	for n := range fields {
		if separates(g, fields[:n+1], edges) {
			used = slices.Clone(fields[:n+1])
			break
		}
		if n == len(fields)-1 {
			return nil
		}
	}
	for i := len(used) - 1; i >= 0 && len(used) > 1; i-- {
		without := slices.Delete(slices.Clone(used), i, i+1)
		if separates(g, without, edges) {
			used = without
		}
	}
	if !separates(g, used, edges) {
		return nil
	}
	var cut []edge
	reachable := map[*ir.Node]bool{}
	reach(g, cutNodes(used, edges), func(n *ir.Node) { reachable[n] = true })
	for _, e := range edges {
		if slices.Contains(used, e.key.field) && reachable[e.node] {
			cut = append(cut, e)
		}
	}
	if len(cut) == 0 {
		return nil // nothing accepts; leave it to the program
	}
	return cut
}

func cutNodes(fields []string, edges []edge) map[*ir.Node]bool {
	m := map[*ir.Node]bool{}
	for _, e := range edges {
		if slices.Contains(fields, e.key.field) {
			m[e.node] = true
		}
	}
	return m
}

// separates tells whether no path accepts without a test of one of the fields
// having held.
func separates(g *ir.Graph, fields []string, edges []edge) bool {
	accepts := false
	reach(g, cutNodes(fields, edges), func(n *ir.Node) { accepts = accepts || n.Kind == ir.Accept })
	return !accepts
}

// reach visits what can be reached from the root without taking the side of a
// test in cut on which it holds.
func reach(g *ir.Graph, cut map[*ir.Node]bool, visit func(*ir.Node)) {
	walk(g, func(n *ir.Node) bool {
		visit(n)
		return !cut[n]
	})
}

// walk visits the nodes of a graph once. Where visit returns false, the
// successor on the side where the test holds is left out.
func walk(g *ir.Graph, visit func(*ir.Node) bool) {
	seen := map[*ir.Node]bool{g.Root: true}
	stack := []*ir.Node{g.Root}
	push := func(n *ir.Node) {
		if n != nil && !seen[n] {
			seen[n] = true
			stack = append(stack, n)
		}
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		both := visit(n)
		push(n.False)
		if both {
			push(n.True)
		}
	}
}
