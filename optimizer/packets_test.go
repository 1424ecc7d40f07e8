package optimizer_test

import (
	"encoding/binary"
	"math/rand/v2"

	"bpfc/ir"
)

// walker makes packets that take a random path through a graph: at each test
// it picks an outcome and writes bytes that lead there.
type walker struct {
	rng     *rand.Rand
	pkt     []byte
	wire    uint32
	vars    []uint32
	defined []*ir.Expr // what the path assigned to each variable
}

const packetBytes = 160

// packet returns a packet and a length on the wire for one path of g.
func (w *walker) packet(g *ir.Graph) ([]byte, int) {
	w.pkt = make([]byte, packetBytes)
	for i := range w.pkt {
		if w.rng.IntN(3) == 0 {
			w.pkt[i] = byte(w.rng.Uint32())
		}
	}
	w.wire = packetBytes
	w.vars = make([]uint32, g.Vars)
	w.defined = make([]*ir.Expr, g.Vars)
	for n := g.Root; n != g.AcceptNode && n != g.RejectNode; {
		switch n.Kind {
		case ir.Assign:
			w.vars[n.Var], _ = w.eval(n.L)
			w.defined[n.Var] = n.L
			n = n.True
		case ir.Chain:
			n = n.True
		case ir.Test:
			if r, ok := w.eval(n.R); ok {
				w.aim(n, r)
			}
			l, ok1 := w.eval(n.L)
			r, ok2 := w.eval(n.R)
			if !ok1 || !ok2 {
				return w.pkt, int(w.wire)
			}
			if n.Cmp.Holds(l, r) {
				n = n.True
			} else {
				n = n.False
			}
		}
	}
	return w.pkt, int(w.wire)
}

// aim tries to give the left side of a test a value near its right side.
func (w *walker) aim(n *ir.Node, r uint32) {
	switch w.rng.IntN(6) {
	case 0: // as it is
	case 1:
		w.solve(n.L, r+1, 0)
	case 2:
		w.solve(n.L, r-1, 0)
	case 3:
		if n.Cmp == ir.Set {
			w.solve(n.L, 0, 0)
		} else {
			w.solve(n.L, w.rng.Uint32(), 0)
		}
	default:
		w.solve(n.L, r, 0)
	}
}

// solve writes the packet so that e becomes v, if it knows how.
func (w *walker) solve(e *ir.Expr, v uint32, depth int) {
	if depth > 8 {
		return
	}
	k := uint32(0)
	if e.R != nil {
		var ok bool
		if k, ok = w.eval(e.R); !ok {
			return
		}
	}
	switch e.Op {
	case ir.Len:
		w.wire = max(v, packetBytes)
	case ir.Load:
		off := uint64(e.K)
		if e.L != nil {
			x, _ := w.eval(e.L)
			off += uint64(x)
		}
		if off+4 > packetBytes {
			return
		}
		switch e.Size {
		case 1:
			w.pkt[off] = byte(v)
		case 2:
			binary.BigEndian.PutUint16(w.pkt[off:], uint16(v))
		case 4:
			binary.BigEndian.PutUint32(w.pkt[off:], v)
		}
	case ir.Var:
		if d := w.defined[e.K]; d != nil {
			w.solve(d, v, depth+1)
			w.vars[e.K], _ = w.eval(d)
		}
	case ir.And:
		old, _ := w.eval(e.L)
		w.solve(e.L, old&^k|v&k, depth+1)
	case ir.Or:
		w.solve(e.L, v&^k, depth+1)
	case ir.Xor:
		w.solve(e.L, v^k, depth+1)
	case ir.Add:
		w.solve(e.L, v-k, depth+1)
	case ir.Sub:
		w.solve(e.L, v+k, depth+1)
	case ir.Lsh:
		w.solve(e.L, v>>k, depth+1)
	case ir.Rsh:
		w.solve(e.L, v<<k, depth+1)
	case ir.Neg:
		w.solve(e.L, -v, depth+1)
	}
}

func (w *walker) eval(e *ir.Expr) (uint32, bool) {
	switch e.Op {
	case ir.Const:
		return e.K, true
	case ir.Len:
		return w.wire, true
	case ir.Var:
		return w.vars[e.K], true
	case ir.Anc:
		return 0, true
	case ir.Load:
		off := uint64(e.K)
		if e.L != nil {
			x, ok := w.eval(e.L)
			if !ok {
				return 0, false
			}
			off += uint64(x)
		}
		if off+uint64(e.Size) > packetBytes {
			return 0, false
		}
		v := uint32(0)
		for _, b := range w.pkt[off : off+uint64(e.Size)] {
			v = v<<8 | uint32(b)
		}
		return v, true
	}
	l, ok := w.eval(e.L)
	if !ok || e.Op == ir.Neg {
		return -l, ok
	}
	r, ok := w.eval(e.R)
	if !ok {
		return 0, false
	}
	return ir.Eval(e.Op, l, r)
}
