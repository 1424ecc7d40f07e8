// Law: a canonical test compares the same loads and takes the same branch on every packet.

package optimizer

import (
	"math"
	"math/bits"

	"bpfc/ir"
)

// member is the test lo <= e <= hi, or its contrary if not.
type member struct {
	e      *ir.Expr
	lo, hi uint32
	not    bool
}

// membership turns a comparison with a constant into a canonical membership
// test.
func (x *exprs) membership(c ir.Cmp, e *ir.Expr, k uint32) member {
	m := member{e: e, hi: math.MaxUint32}
	switch c {
	case ir.Eq:
		m.lo, m.hi = k, k
	case ir.Ge:
		m.lo = k
	case ir.Gt:
		if k == math.MaxUint32 {
			m.not = true
		} else {
			m.lo = k + 1
		}
	case ir.Set:
		m.e, m.hi, m.not = x.bin(ir.And, e, x.g.Const(k)), 0, true
	}
	return x.canonical(m)
}

// never makes m a test that no value passes, of the same expression.
func (m member) never() member {
	m.lo, m.hi, m.not = 0, math.MaxUint32, !m.not
	return m
}

// always tells whether every value passes; neither whether m depends on the
// value at all.
func (m *member) constant() bool { return m.lo == 0 && m.hi == math.MaxUint32 }

// canonical moves arithmetic with constants from the expression into the
// bounds, then picks one of the forms that say the same: bounds that no value
// reaches become 2^32-1, a single value is preferred to a range, and the range
// that does not start at 0 to the one that does.
func (x *exprs) canonical(m member) member {
	for again := true; again; {
		if top := x.max(m.e); m.hi >= top {
			m.hi = math.MaxUint32
			if m.lo > top {
				return m.never()
			}
		}
		if m.constant() {
			return m
		}
		m, again = x.unwrap(m)
	}
	top := x.max(m.e)
	switch {
	case m.lo == 0 && m.hi == 0:
	case m.lo == 0:
		m.lo, m.hi, m.not = m.hi+1, math.MaxUint32, !m.not
	case m.lo == 1 && m.hi == math.MaxUint32:
		m.lo, m.hi, m.not = 0, 0, !m.not
	}
	if m.lo == top && m.hi == math.MaxUint32 {
		m.hi = top
	}
	return m
}

// unwrap removes one operation with a constant from the expression, if the
// test can be said without it.
func (x *exprs) unwrap(m member) (member, bool) {
	e := m.e
	if e.Op == ir.Neg && m.lo == m.hi {
		m.e, m.lo, m.hi = e.L, -m.lo, -m.hi
		return m, true
	}
	if e.R == nil || e.R.Op != ir.Const {
		return m, false
	}
	k, top := e.R.K, x.max(e.L)
	switch e.Op {
	case ir.Add:
		return m.shift(-k), true
	case ir.Sub:
		return m.shift(k), true
	case ir.Xor:
		if m.lo == m.hi {
			m.e, m.lo, m.hi = e.L, m.lo^k, m.hi^k
			return m, true
		}
	case ir.And:
		return x.unmask(m, k|^(uint32(1)<<bits.Len32(top)-1))
	case ir.Or:
		if m.lo == m.hi {
			if k&^m.lo != 0 {
				return m.never(), true
			}
			m.e, m.lo, m.hi = x.binConst(ir.And, e.L, ^k), m.lo&^k, m.lo&^k
			return m, true
		}
	case ir.Rsh:
		return m.scale(1<<k, k < 32)
	case ir.Div:
		return m.scale(uint64(k), k != 0)
	case ir.Lsh:
		if k < 32 && top > math.MaxUint32>>k && m.lo == m.hi {
			if m.lo&(1<<k-1) != 0 {
				return m.never(), true
			}
			m.e, m.lo, m.hi = x.binConst(ir.And, e.L, math.MaxUint32>>k), m.lo>>k, m.hi>>k
			return m, true
		}
		return m.unscale(1<<k, k < 32 && top <= math.MaxUint32>>k)
	case ir.Mul:
		return m.unscale(uint64(k), k != 0 && uint64(top)*uint64(k) <= math.MaxUint32)
	}
	return m, false
}

// shift removes an addition: the bounds move by d, around the end of 32 bits.
func (m member) shift(d uint32) member {
	m.e = m.e.L
	lo, hi := m.lo+d, m.hi+d
	if lo > hi { // what is left out lies between
		lo, hi, m.not = hi+1, lo-1, !m.not
	}
	m.lo, m.hi = lo, hi
	return m
}

// unmask removes a mask of leading ones: the bounds become those of the
// addresses that share the prefix.
func (x *exprs) unmask(m member, mask uint32) (member, bool) {
	if ^mask&(^mask+1) != 0 {
		return m, false
	}
	low := ^mask
	lo := uint64(m.lo) + uint64(low)
	lo &= uint64(mask) | 1<<32
	if lo > math.MaxUint32 || uint32(lo) > m.hi|low || uint32(lo) > m.hi&mask {
		return m.never(), true
	}
	m.e, m.lo, m.hi = m.e.L, uint32(lo), m.hi|low
	return m, true
}

// scale removes a division by k.
func (m member) scale(k uint64, ok bool) (member, bool) {
	if !ok {
		return m, false
	}
	if uint64(m.lo)*k > math.MaxUint32 {
		return m.never(), true
	}
	m.e, m.lo = m.e.L, uint32(uint64(m.lo)*k)
	m.hi = uint32(min(uint64(m.hi)*k+k-1, math.MaxUint32))
	return m, true
}

// unscale removes a multiplication by k that does not wrap around.
func (m member) unscale(k uint64, ok bool) (member, bool) {
	if !ok {
		return m, false
	}
	lo, hi := (uint64(m.lo)+k-1)/k, uint64(m.hi)/k
	if lo > hi {
		return m.never(), true
	}
	m.e, m.lo, m.hi = m.e.L, uint32(lo), uint32(hi)
	return m, true
}
