package emit

import (
	"bpfc/cbpf"
	"bpfc/ir"
)

// exprInfo is what is known of an expression wherever it is evaluated.
type exprInfo struct {
	known bool
	// fails: every evaluation fails, on any packet.
	fails bool
	// needsX: evaluating it into A overwrites X.
	needsX bool
	// direct: one instruction brings it into X and leaves A alone.
	direct bool
	// header: the expression is four times the low nibble of the packet byte
	// at offset, which is one instruction for X.
	header bool
	offset uint32
	// inA and inX are the least numbers of instructions that bring it there.
	inA, inX int32
	// temps is about how many slots of scratch memory evaluating it takes.
	temps int32
	// vars has bit v mod 64 set for every path variable v it reads.
	vars uint64
}

// info measures e, once.
func (p *program) info(e *ir.Expr) *exprInfo {
	i := &p.exprs[e.ID]
	if !i.known {
		p.measure(e, i)
		i.known = true
	}
	return i
}

func (p *program) measure(e *ir.Expr, i *exprInfo) {
	switch e.Op {
	case ir.Const, ir.Len:
		i.inA, i.direct = 1, true
		if e.IsConst(0) {
			p.zero = e
		}
	case ir.Var:
		i.inA, i.direct = 1, true
		p.refs[e.K] = e
		i.vars = 1 << (e.K % 64)
	case ir.Anc:
		i.inA = 1
	case ir.Load:
		i.inA = 1
		i.fails = outOfReach(e.K)
		if e.L != nil {
			l := p.info(e.L)
			if e.L.Op == ir.Var {
				p.loadsAt[e.L.K] = append(p.loadsAt[e.L.K], e)
			}
			i.inherit(l)
			i.fails = i.fails || e.L.Op == ir.Const
			i.inA, i.needsX = 1+l.inX, true
		}
	case ir.Neg:
		l := p.info(e.L)
		i.inherit(l)
		i.inA, i.needsX = 1+l.inA, l.needsX
	default:
		p.measureBinary(e, i)
	}
	i.inX = i.inA + 1
	if i.direct {
		i.inX = 1
	}
}

func (p *program) measureBinary(e *ir.Expr, i *exprInfo) {
	l, r := p.info(e.L), p.info(e.R)
	i.inherit(l)
	i.inherit(r)
	i.fails = i.fails || (e.Op == ir.Div || e.Op == ir.Mod) && e.R.IsConst(0)
	switch swap := commutes[e.Op]; {
	case e.R.Op == ir.Const:
		i.inA, i.needsX = 1+l.inA, l.needsX
	case swap && e.L.Op == ir.Const:
		i.inA, i.needsX = 1+r.inA, r.needsX
	default:
		i.needsX = true
		i.temps = pairTemps(l, r, swap)
		i.inA = 1 + pairCost(l, r)
		if swap {
			i.inA = min(i.inA, 1+pairCost(r, l))
		}
	}
	if e.Op == ir.Lsh || e.Op == ir.Mul {
		i.matchHeader(e)
	}
}

// matchHeader recognizes (byte & 0xf) << 2 and (byte & 0xf) * 4.
func (i *exprInfo) matchHeader(e *ir.Expr) {
	and := e.L
	if !(e.Op == ir.Lsh && e.R.IsConst(2) || e.Op == ir.Mul && e.R.IsConst(4)) || and.Op != ir.And {
		return
	}
	load := and.L
	if load.Op == ir.Load && load.Size == 1 && load.L == nil && !outOfReach(load.K) && and.R.IsConst(0xf) {
		i.direct, i.header, i.offset = true, true, load.K
	}
}

func (i *exprInfo) inherit(operand *exprInfo) {
	i.fails = i.fails || operand.fails
	i.vars |= operand.vars
	i.temps = max(i.temps, operand.temps)
}

// pairCost is the least number of instructions that bring a into A and x into
// X, when nothing is there yet; see gen.pair for the ways.
func pairCost(a, x *exprInfo) int32 {
	cost := a.inA + x.inA + 2 // through scratch memory
	if !a.needsX {
		cost = min(cost, x.inX+a.inA)
	}
	if x.direct {
		cost = min(cost, a.inA+1)
	}
	return cost
}

// pairTemps is how many slots bringing a into A and x into X takes.
func pairTemps(a, x *exprInfo, maySwap bool) int32 {
	switch {
	case !a.needsX || x.direct, maySwap && (!x.needsX || a.direct):
		return max(a.temps, x.temps)
	case tempsForA(a, x):
		return max(a.temps, x.temps+1)
	}
	return max(x.temps, a.temps+1)
}

// tempsForA tells whether the operand for A should be the one that waits in
// scratch memory for the other. That takes an instruction more, so it is done
// only if the other order would hold one slot while many are needed.
func tempsForA(a, x *exprInfo) bool {
	return a.temps >= cbpf.MemWords/2 && x.temps < a.temps
}
