package filterset

import (
	"encoding/binary"

	"bpfc/ir"
)

// field is a value computed from the packet, and which filters can match by
// its value.
type field struct {
	// Packet data at a constant offset, masked, is loaded directly; any
	// other expression is evaluated.
	expr *ir.Expr
	off  int
	size uint8 // 0 if expr is to be evaluated
	mask uint32
	// A bit for each hash that a value in the table has, so few of them set
	// that nearly all values that are not in the table are told at once.
	present      []uint64
	presentShift uint8
	// The table is hashed with open addressing: slots[h].n == 0 is empty.
	slots []slot
	shift uint8
	lists []int32
}

type slot struct {
	value    uint32
	start, n uint32 // in lists
}

// presentBits is how many more bits of a hash present has than slots: 64 bits for each
// value at least.
const presentBits = 5

func newField(e *ir.Expr, byValue map[uint32][]int32) field {
	f := fieldOf(e)
	bits := uint8(2)
	for 1<<bits < 2*len(byValue) {
		bits++
	}
	f.slots, f.shift = make([]slot, 1<<bits), 32-bits
	bits += presentBits
	f.present, f.presentShift = make([]uint64, 1<<bits/64), 32-bits
	for v, list := range byValue {
		bit := hash(v) >> f.presentShift
		f.present[bit/64] |= 1 << (bit % 64)
		h := hash(v) >> f.shift
		for f.slots[h].n != 0 {
			h = (h + 1) & uint32(len(f.slots)-1)
		}
		f.slots[h] = slot{v, uint32(len(f.lists)), uint32(len(list))}
		f.lists = append(f.lists, list...)
	}
	return f
}

// fieldOf is a field without a table.
func fieldOf(e *ir.Expr) field {
	f := field{expr: e}
	f.off, f.size, f.mask, _ = directLoad(e)
	return f
}

// directLoad takes apart a load at a constant offset, masked or not; ok is
// false, and size 0, for any other expression.
func directLoad(e *ir.Expr) (off int, size uint8, mask uint32, ok bool) {
	mask = 0xffffffff
	if e.Op == ir.And && e.R.Op == ir.Const {
		e, mask = e.L, e.R.K
	}
	if e.Op != ir.Load || e.L != nil || e.K >= 1<<30 {
		return 0, 0, 0, false
	}
	return int(e.K), e.Size, mask, true
}

// hash spreads values by Fibonacci hashing. The high bits are the good ones.
func hash(v uint32) uint32 { return v * 2654435769 }

// candidates returns the filters that can match by this field, in ascending
// order.
func (f *field) candidates(pkt []byte) []int32 {
	v, ok := f.value(pkt)
	if !ok {
		return nil
	}
	h := hash(v)
	if bit := h >> f.presentShift; f.present[bit/64]>>(bit%64)&1 == 0 {
		return nil
	}
	h >>= f.shift
	for {
		s := &f.slots[h]
		if s.n == 0 {
			return nil
		}
		if s.value == v {
			return f.lists[s.start : s.start+s.n]
		}
		h = (h + 1) & uint32(len(f.slots)-1)
	}
}

// value loads the field; ok is false where it lies past the captured bytes.
func (f *field) value(pkt []byte) (v uint32, ok bool) {
	if f.size == 0 {
		return eval(f.expr, pkt)
	}
	if f.off+int(f.size) > len(pkt) {
		return 0, false
	}
	return bytesAt(pkt[f.off:], f.size) & f.mask, true
}

func bytesAt(b []byte, size uint8) uint32 {
	switch size {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.BigEndian.Uint16(b))
	default:
		return binary.BigEndian.Uint32(b)
	}
}

// eval computes an expression of packet data and arithmetic; ok is false where
// it fails.
func eval(e *ir.Expr, pkt []byte) (v uint32, ok bool) {
	switch e.Op {
	case ir.Const:
		return e.K, true
	case ir.Load:
		off := uint64(e.K)
		if e.L != nil {
			x, ok := eval(e.L, pkt)
			if !ok {
				return 0, false
			}
			off += uint64(x)
		}
		if off+uint64(e.Size) > uint64(len(pkt)) {
			return 0, false
		}
		return bytesAt(pkt[off:], e.Size), true
	case ir.Neg:
		v, ok := eval(e.L, pkt)
		return -v, ok
	}
	l, ok := eval(e.L, pkt)
	if !ok {
		return 0, false
	}
	r, ok := eval(e.R, pkt)
	if !ok {
		return 0, false
	}
	return ir.Eval(e.Op, l, r)
}
