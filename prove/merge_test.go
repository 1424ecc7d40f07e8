package prove

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"bpfc/internal/battery"
	"bpfc/ir"
)

// graphMaker makes graphs whose ways meet with other contents of the variables. Of one seed it makes the same graph, but for the nodes
// that are altered.
type graphMaker struct {
	*rand.Rand
	g *ir.Graph
}

const madeVars = 3

// offset is where something varying starts.
func (m *graphMaker) offset() *ir.Expr {
	v := m.g.VarRef(m.IntN(madeVars))
	switch m.IntN(3) {
	case 0:
		return m.g.Bin(ir.Add, v, m.g.Const(uint32(m.IntN(3))))
	case 1:
		return m.g.Bin(ir.Add, m.g.Bin(ir.Lsh, m.g.Load(1, uint32(m.IntN(3)), v), m.g.Const(1)), v)
	}
	return v
}

func (m *graphMaker) value() *ir.Expr {
	switch m.IntN(6) {
	case 0, 1:
		return m.g.Load(1, uint32(m.IntN(4)), nil)
	case 2:
		return m.g.Load(1, uint32(m.IntN(4)), m.offset())
	case 3:
		return m.g.VarRef(m.IntN(madeVars))
	case 4:
		return m.g.Bin(ir.And, m.g.Load(1, uint32(m.IntN(4)), nil), m.g.Const(3))
	}
	return m.offset()
}

func (m *graphMaker) node(t, f *ir.Node) *ir.Node {
	switch m.IntN(8) {
	case 0, 1:
		return m.g.NewAssign(m.IntN(madeVars), m.value(), t)
	case 2, 3:
		return m.g.NewAssign(m.IntN(madeVars), m.g.Const(uint32(m.IntN(4))), t)
	case 4:
		return m.g.NewTest(ir.Ge, m.g.Len(), m.g.Bin(ir.Add, m.offset(), m.g.Const(uint32(m.IntN(4)))), t, f)
	case 5:
		return m.g.NewTest(ir.Cmp(m.IntN(4)), m.value(), m.value(), t, f)
	}
	return m.g.NewTest(ir.Eq, m.value(), m.g.Const(uint32(m.IntN(3))), t, f)
}

// make makes a graph of so many nodes, of which those are left out that skip says.
func (m *graphMaker) make(nodes int, skip map[int]bool) *ir.Graph {
	m.g = ir.New()
	for range madeVars {
		m.g.NewZeroVar()
	}
	list := []*ir.Node{m.g.AcceptNode, m.g.RejectNode}
	pick := func() *ir.Node { return list[max(0, len(list)-1-m.IntN(4))] }
	for i := range nodes {
		t, f := pick(), pick()
		if t == f {
			f = list[m.IntN(len(list))]
		}
		n := m.node(t, f)
		if skip[i] {
			n = t
		}
		list = append(list, n)
	}
	m.g.Root = list[len(list)-1]
	return m.g
}

// Where merged filters say that there is no packet of a kind, the whole ones have none either; and they say so often.
func TestMergedFilters(t *testing.T) {
	said, pairs, found := 0, 0, 0
	for i := range battery.Size(200) {
		seed := uint64(i)
		r := rand.New(rand.NewPCG(seed, 1))
		nodes := 4 + r.IntN(14)
		skip := map[int]bool{}
		for range r.IntN(3) {
			skip[r.IntN(nodes)] = true
		}
		a, err := FromGraph((&graphMaker{Rand: rand.New(rand.NewPCG(seed, 2))}).make(nodes, nil))
		if err != nil {
			t.Fatal(err)
		}
		b, err := FromGraph((&graphMaker{Rand: rand.New(rand.NewPCG(seed, 2))}).make(nodes, skip))
		if err != nil {
			t.Fatal(err)
		}
		if a.merge == nil || b.merge == nil || a.merge() == nil || b.merge() == nil {
			t.Fatal("not merged")
		}
		o := Options{Whole: i%2 == 0, Time: 50 * time.Millisecond, Nodes: 20_000}
		none := none(newBudget(context.Background(), o), a, b, o)
		whole := [2]*Filter{}
		for k, f := range []*Filter{a, b} {
			alone := *f
			alone.merge = nil
			whole[k] = &alone
		}
		answer := Compare(context.Background(), whole[0], whole[1], o)
		pairs++
		for k, p := range []*Packet{answer.OnlyA, answer.OnlyB, answer.Both} {
			if p != nil {
				found++
			}
			if none[k] {
				said++
				if p != nil {
					t.Errorf("seed %d, whole %t: no packet of kind %d, it is said, but there is %x of %d bytes", i, o.Whole, k, p.Data, p.WireLen)
				}
			}
		}
	}
	t.Logf("%d pairs, %d packets found, %d times it is said that there is none", pairs, found, said)
	if said < pairs/4 || found < pairs/4 {
		t.Error("too few of one kind")
	}
}
