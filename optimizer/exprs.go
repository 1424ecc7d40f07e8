// Law: a simplified expression has the same value modulo 2^32 and fails on the same packets.

package optimizer

import (
	"math"
	"math/bits"

	"bpfc/ir"
)

// exprs knows the expressions of a graph: simplified forms, the largest value
// of each, and where their loads end. Everything is kept by expression ID.
type exprs struct {
	g    *ir.Graph
	info []exprInfo
}

type exprInfo struct {
	simple   *ir.Expr
	measured bool
	other    bool   // as in node
	end      uint32 // as in node
	max      uint32 // no value is larger
	// looks has a bit for each thing that the value depends on: bytes of the packet by their offsets modulo 48, at variable
	// places modulo 12, the packet's length, variables and all that is not of the packet. Values of expressions
	// without a bit in common say nothing of each other.
	looks uint64
}

// The bits of exprInfo.looks.
const (
	looksConstant = 48 // offsets modulo this
	looksVariable = 12 // bits behind those for offsets modulo this
	looksLen      = 1 << 60
	looksVar      = 1 << 61
	looksAnc      = 1 << 62
)

// looksAt returns looks for an expression whose operands have that of l and r.
func looksAt(e *ir.Expr, l, r uint64) (looks uint64) {
	switch e.Op {
	case ir.Load:
		for k := e.K; k != e.K+uint32(e.Size); k++ {
			if e.L == nil {
				looks |= 1 << (k % looksConstant)
			} else {
				looks |= 1 << (looksConstant + k%looksVariable)
			}
		}
		return looks
	case ir.Len:
		return looksLen
	case ir.Var:
		return looksVar
	case ir.Anc:
		return looksAnc
	}
	return l | r
}

func (x *exprs) grow() {
	if n := x.g.NumExprs(); len(x.info) < n {
		x.info = append(x.info, make([]exprInfo, n+16-len(x.info))...)
	}
}

// of returns what is known of an expression.
func (x *exprs) of(e *ir.Expr) *exprInfo {
	if e.ID < len(x.info) && x.info[e.ID].measured {
		return &x.info[e.ID]
	}
	return x.measure(e)
}

func (x *exprs) measure(e *ir.Expr) *exprInfo {
	x.grow()
	m := exprInfo{measured: true, max: math.MaxUint32}
	var l, r exprInfo
	if e.L != nil {
		l = *x.of(e.L)
	}
	if e.R != nil {
		r = *x.of(e.R)
	}
	m.end = max(l.end, r.end)
	m.other = l.other || r.other
	m.max = maxValue(e, l.max, r.max)
	m.looks = looksAt(e, l.looks, r.looks)
	switch {
	case e.Op == ir.Load && e.L == nil:
		m.end = loadEnd(e)
	case e.Op == ir.Load, e.Op == ir.Div && !nonZero(e.R), e.Op == ir.Mod && !nonZero(e.R):
		m.other = true
	}
	in := &x.info[e.ID]
	m.simple = in.simple
	*in = m
	return in
}

// ends measures the operands of a node, of which the second may be nil: where
// their loads at constant offsets end, and whether they hold others.
func (x *exprs) ends(e, r *ir.Expr) (end uint32, other bool) {
	in := *x.of(e)
	if r == nil {
		return in.end, in.other
	}
	second := x.of(r)
	return max(in.end, second.end), in.other || second.other
}

// counts is a number for each expression, 0 at first.
type counts struct {
	n    []int32 // by expression ID
	used []int   // the IDs of those that were asked for
}

// counts returns numbers for expressions, which are there until the next ones are asked for.
func (p *program) counts() *counts {
	c := &p.memory.counts
	for _, id := range c.used {
		c.n[id] = 0
	}
	c.used = c.used[:0]
	if n := p.g.NumExprs(); len(c.n) < n {
		c.n = make([]int32, n+n/2)
	}
	return c
}

func (c *counts) of(e *ir.Expr) *int32 {
	if c.n[e.ID] == 0 {
		c.used = append(c.used, e.ID)
	}
	return &c.n[e.ID]
}

func nonZero(e *ir.Expr) bool { return e.Op == ir.Const && e.K != 0 }

// loadEnd is where a load at a constant offset ends, or infinite.
func loadEnd(e *ir.Expr) uint32 {
	if end := uint64(e.K) + uint64(e.Size); end < 1<<31 {
		return uint32(end)
	}
	return infinite
}

// maxValue bounds the value of e, given bounds of its operands.
func maxValue(e *ir.Expr, l, r uint32) uint32 {
	fits := func(v uint64) uint32 { return uint32(min(v, math.MaxUint32)) }
	ones := func(v uint32) uint32 { return uint32(1)<<bits.Len32(v) - 1 } // 1<<32 is 0 in 32 bits
	constant := e.R != nil && e.R.Op == ir.Const
	switch e.Op {
	case ir.Const:
		return e.K
	case ir.Load:
		return math.MaxUint32 >> (32 - 8*e.Size)
	case ir.And:
		return min(l, r)
	case ir.Or, ir.Xor:
		if e.Op == ir.Xor && e.L == e.R {
			return 0
		}
		return ones(max(l, r))
	case ir.Sub:
		if e.L == e.R {
			return 0
		}
	case ir.Add:
		return fits(uint64(l) + uint64(r))
	case ir.Mul:
		return fits(uint64(l) * uint64(r))
	case ir.Lsh:
		if l == 0 {
			return 0
		}
		if constant && e.R.K < 32 {
			if l > math.MaxUint32>>e.R.K {
				return math.MaxUint32 << e.R.K
			}
			return l << e.R.K
		}
	case ir.Rsh:
		if constant {
			return l >> e.R.K
		}
		return l
	case ir.Div:
		if constant && e.R.K != 0 {
			return l / e.R.K
		}
		return l
	case ir.Mod:
		if constant && e.R.K != 0 {
			return min(l, e.R.K-1)
		}
		return l
	}
	return math.MaxUint32
}

func (x *exprs) max(e *ir.Expr) uint32 { return x.of(e).max }

// simplify returns the simplest known form of e.
func (x *exprs) simplify(e *ir.Expr) *ir.Expr {
	if e.ID >= len(x.info) {
		x.grow()
	}
	if s := x.info[e.ID].simple; s != nil {
		return s
	}
	s := e
	switch e.Op {
	case ir.Load:
		if e.L != nil {
			s = x.load(e.Size, e.K, x.simplify(e.L))
		}
	case ir.Neg:
		s = x.g.Neg(x.simplify(e.L))
		if s.Op == ir.Neg && s.L.Op == ir.Neg {
			s = s.L.L
		}
	case ir.Const, ir.Len, ir.Anc, ir.Var:
	default:
		s = x.bin(e.Op, x.simplify(e.L), x.simplify(e.R))
	}
	x.grow()
	x.info[e.ID].simple = s
	x.info[s.ID].simple = s
	return s
}

// load moves a constant addend of a variable offset into the constant part,
// where the sum in 32 bits does not wrap around: the machine's does not.
func (x *exprs) load(size uint8, k uint32, off *ir.Expr) *ir.Expr {
	const most = 1 << 30
	if off.Op == ir.Add && off.R.Op == ir.Const && k < most && off.R.K < most &&
		uint64(x.max(off.L))+uint64(off.R.K) <= math.MaxUint32 {
		return x.load(size, k+off.R.K, off.L)
	}
	return x.g.Load(size, k, off)
}

func commutes(op ir.Op) bool {
	switch op {
	case ir.Add, ir.Mul, ir.And, ir.Or, ir.Xor:
		return true
	}
	return false
}

// bin returns l op r, both simplified, in simplest form.
func (x *exprs) bin(op ir.Op, l, r *ir.Expr) *ir.Expr {
	g := x.g
	if l.Op == ir.Const && r.Op != ir.Const && commutes(op) {
		l, r = r, l
	}
	if r.Op == ir.Const && l.Op != ir.Const {
		return x.binConst(op, l, r.K)
	}
	if op == ir.Add { // constants come last, where a load adds them for nothing
		switch {
		case l.Op == ir.Add && l.R.Op == ir.Const:
			return x.binConst(op, x.bin(op, l.L, r), l.R.K)
		case r.Op == ir.Add && r.R.Op == ir.Const:
			return x.binConst(op, x.bin(op, l, r.L), r.R.K)
		}
	}
	if l == r {
		switch {
		case op == ir.And || op == ir.Or:
			return l
		case (op == ir.Sub || op == ir.Xor) && !l.Fails():
			return g.Const(0)
		}
	}
	if l.Op == ir.Const && l.K == 0 && !r.Fails() {
		switch op {
		case ir.Lsh, ir.Rsh:
			return l
		}
	}
	return g.Bin(op, l, r)
}

// binConst returns l op k in simplest form, where l is no constant.
func (x *exprs) binConst(op ir.Op, l *ir.Expr, k uint32) *ir.Expr {
	g := x.g
	if v, ok := x.absorb(op, l, k); ok {
		return v
	}
	if k != 0 && k&(k-1) == 0 { // a power of two
		switch op {
		case ir.Mul:
			op, k = ir.Lsh, uint32(bits.TrailingZeros32(k))
		case ir.Div:
			op, k = ir.Rsh, uint32(bits.TrailingZeros32(k))
		case ir.Mod:
			op, k = ir.And, k-1
		}
		if v, ok := x.absorb(op, l, k); ok {
			return v
		}
	}
	if l.R != nil && l.R.Op == ir.Const {
		if v, ok := x.reassociate(op, l, k); ok {
			return v
		}
	}
	if op == ir.And && l.Op == ir.Load && l.Size > 1 && l.K < 1<<30 && k != 0 {
		// The low bytes of a load are a narrower load with the same end.
		for size := uint8(1); size < l.Size; size *= 2 {
			if k>>(8*size) == 0 {
				return x.binConst(op, g.Load(size, l.K+uint32(l.Size-size), l.L), k)
			}
		}
	}
	return g.Bin(op, l, g.Const(k))
}

// absorb knows the results that need no operation.
func (x *exprs) absorb(op ir.Op, l *ir.Expr, k uint32) (*ir.Expr, bool) {
	zero := false
	switch op {
	case ir.Add, ir.Sub, ir.Or, ir.Xor, ir.Lsh, ir.Rsh:
		if k == 0 {
			return l, true
		}
		switch {
		case op == ir.Lsh && k >= 32:
			zero = true
		case op == ir.Rsh:
			zero = k >= 32 || x.max(l)>>k == 0
		}
	case ir.Mul:
		if k == 1 {
			return l, true
		}
		zero = k == 0
	case ir.Div:
		if k == 1 {
			return l, true
		}
	case ir.Mod:
		zero = k == 1
	case ir.And:
		if ones := uint32(1)<<bits.Len32(x.max(l)) - 1; k&ones == ones {
			return l, true
		}
		zero = k == 0
	}
	switch {
	case zero && !l.Fails():
		return x.g.Const(0), true
	case zero && !(op == ir.And && k == 0):
		return x.g.Bin(ir.And, l, x.g.Const(0)), true
	}
	return nil, false
}

// reassociate merges two operations with constants: l is a op2 c.
func (x *exprs) reassociate(op ir.Op, l *ir.Expr, k uint32) (*ir.Expr, bool) {
	c := l.R.K
	if l.Op == ir.Sub && op == ir.Add || l.Op == ir.Add && op == ir.Sub {
		d := k - c
		if op == ir.Sub {
			d = c - k
		}
		return x.binConst(ir.Add, l.L, d), true
	}
	if l.Op != op {
		return nil, false
	}
	switch op {
	case ir.Add, ir.Sub:
		return x.binConst(op, l.L, c+k), true
	case ir.And:
		return x.binConst(op, l.L, c&k), true
	case ir.Or:
		return x.binConst(op, l.L, c|k), true
	case ir.Xor:
		return x.binConst(op, l.L, c^k), true
	case ir.Mul:
		return x.binConst(op, l.L, c*k), true
	case ir.Lsh, ir.Rsh:
		return x.binConst(op, l.L, uint32(min(uint64(c)+uint64(k), 32))), true
	}
	return nil, false
}
