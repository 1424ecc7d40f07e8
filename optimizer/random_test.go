package optimizer_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"bpfc/internal/battery"
	"bpfc/ir"
)

// randomGraphs is how many random graphs the tests go through.
const randomGraphs = 150

// randomGraph makes a small graph over few loads and few constants, so that
// tests repeat, contradict and imply each other, and loads overlap.
func randomGraph(seed uint64) *ir.Graph {
	rng := rand.New(rand.NewPCG(seed, 7))
	g := ir.New()
	vars := rng.IntN(3)
	for range vars {
		g.NewZeroVar()
	}
	pick := func(list ...uint32) *ir.Expr { return g.Const(list[rng.IntN(len(list))]) }
	load := func() *ir.Expr {
		at := [...]struct {
			size uint8
			off  uint32
		}{{2, 12}, {1, 23}, {2, 20}, {4, 26}, {4, 30}, {4, 28}, {1, 14}, {4, 0}}[rng.IntN(8)]
		return g.Load(at.size, at.off, nil)
	}
	offset := func() *ir.Expr {
		if vars > 0 && rng.IntN(2) == 0 {
			return g.VarRef(rng.IntN(vars))
		}
		return g.Bin(ir.Lsh, g.Bin(ir.And, g.Load(1, 14, nil), g.Const(15)), g.Const(2))
	}
	expr := func() *ir.Expr {
		switch rng.IntN(10) {
		case 0:
			return g.Len()
		case 1:
			return g.Load(2, 14+2*uint32(rng.IntN(2)), offset())
		case 2:
			return g.Bin(ir.And, load(), pick(0xf, 0xf0, 0xff00, 0xffffff00, 0x1fff, 1, 0))
		case 3:
			op := [...]ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Or, ir.Xor, ir.Lsh, ir.Rsh, ir.Div, ir.Mod}[rng.IntN(9)]
			return g.Bin(op, load(), pick(0, 1, 2, 3, 8, 0xff, 0xffffffff))
		case 4:
			if vars > 0 {
				return g.VarRef(rng.IntN(vars))
			}
		case 5:
			if rng.IntN(4) == 0 {
				return g.Bin([...]ir.Op{ir.Div, ir.Sub, ir.Mod}[rng.IntN(3)], load(), load())
			}
		}
		return load()
	}
	nodes := []*ir.Node{g.AcceptNode, g.RejectNode}
	for range 4 + rng.IntN(16) {
		near := func() *ir.Node {
			if rng.IntN(3) == 0 {
				return nodes[rng.IntN(2)]
			}
			return nodes[max(0, len(nodes)-1-rng.IntN(4))]
		}
		var n *ir.Node
		switch k := rng.IntN(12); {
		case k == 0 && vars > 0:
			n = g.NewAssign(rng.IntN(vars), expr(), near())
		case k == 1:
			n = g.NewTest(ir.Cmp(rng.IntN(4)), expr(), expr(), near(), near())
		default:
			c := [...]ir.Cmp{ir.Eq, ir.Eq, ir.Eq, ir.Gt, ir.Ge, ir.Set}[rng.IntN(6)]
			n = g.NewTest(c, expr(), pick(0, 1, 2, 3, 5, 6, 17, 0x800, 0x806, 0x8000, 0xffff, 0x0a000001, 0x0a000002, 0xffffffff), near(), near())
		}
		nodes = append(nodes, n)
	}
	g.Root = nodes[len(nodes)-1]
	return g
}

func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(battery.Size(randomGraphs)) {
		name := fmt.Sprintf("random graph %d", seed)
		samePackets(t, name, stages(t, name, randomGraph(seed)), 20)
	}
}
