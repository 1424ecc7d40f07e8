package vm

import (
	"encoding/binary"
	"unsafe"
)

// scratch is the machine's scratch memory.
type scratch [MemWords]uint32

// The loads below read at p + off. Their callers have checked that the bytes
// lie within the packet; a slice expression would check that once more.

func load32(p unsafe.Pointer, off uint64) uint32 {
	return binary.BigEndian.Uint32((*[4]byte)(unsafe.Add(p, off))[:])
}

func load16(p unsafe.Pointer, off uint64) uint32 {
	return uint32(binary.BigEndian.Uint16((*[2]byte)(unsafe.Add(p, off))[:]))
}

func load8(p unsafe.Pointer, off uint64) uint32 {
	return uint32(*(*byte)(unsafe.Add(p, off)))
}

// exec runs the graph from in. mem is zeroed, or nil for a program without
// scratch memory; meta is nil where there is no metadata; loops is nil for a program
// without backward jumps. At one exec stops and returns 0, see runLoops: a call from
// here would make every instruction slower, as the compiler has to keep values for it.
//
// It is one loop around one switch, which the compiler turns into a jump table.
// The packet ends the run on the first load that does not fit: in.end is where a
// load ends, as a 64 bit number that cannot wrap.
func exec(in *inst, pkt []byte, wireLen uint32, mem *scratch, loops *loops, meta *Metadata) uint32 {
	var a, x uint32
	p, n := unsafe.Pointer(unsafe.SliceData(pkt)), uint64(len(pkt))
	for {
		switch in.op {
		case opRetK:
			return in.k
		case opRetA:
			return a
		case opRetX:
			return x

		case opLoadW:
			if in.end > n {
				return 0
			}
			a = load32(p, in.end-4)
			in = in.t
		case opLoadH:
			if in.end > n {
				return 0
			}
			a = load16(p, in.end-2)
			in = in.t
		case opLoadB:
			if in.end > n {
				return 0
			}
			a = load8(p, in.end-1)
			in = in.t
		case opLoadWRange:
			if in.end > n {
				return 0
			}
			a = load32(p, in.end-4)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opLoadHRange:
			if in.end > n {
				return 0
			}
			a = load16(p, in.end-2)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opLoadBRange:
			if in.end > n {
				return 0
			}
			a = load8(p, in.end-1)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opLoadWBits:
			if in.end > n {
				return 0
			}
			a = load32(p, in.end-4)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opLoadHBits:
			if in.end > n {
				return 0
			}
			a = load16(p, in.end-2)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opLoadBBits:
			if in.end > n {
				return 0
			}
			a = load8(p, in.end-1)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}

		case opIndirectW:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load32(p, end-4)
			in = in.t
		case opIndirectH:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load16(p, end-2)
			in = in.t
		case opIndirectB:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load8(p, end-1)
			in = in.t
		case opIndirectWRange:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load32(p, end-4)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opIndirectHRange:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load16(p, end-2)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opIndirectBRange:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load8(p, end-1)
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opIndirectWBits:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load32(p, end-4)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opIndirectHBits:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load16(p, end-2)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opIndirectBBits:
			end := uint64(x) + in.end
			if end > n {
				return 0
			}
			a = load8(p, end-1)
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}

		case opHeaderLength:
			if in.end > n {
				return 0
			}
			x = load8(p, in.end-1) & 0xf << 2
			in = in.t
		case opAncillary:
			if meta == nil {
				return 0
			}
			value, ok := meta.load(in.k, pkt, a, x)
			if !ok {
				return 0
			}
			a = value
			in = in.t

		case opRange:
			if a-in.k <= in.span {
				in = in.t
			} else {
				in = in.f
			}
		case opBits:
			if a&in.k != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opEqualX:
			if a == x {
				in = in.t
			} else {
				in = in.f
			}
		case opGreaterX:
			if a > x {
				in = in.t
			} else {
				in = in.f
			}
		case opGreaterEqualX:
			if a >= x {
				in = in.t
			} else {
				in = in.f
			}
		case opBitsX:
			if a&x != 0 {
				in = in.t
			} else {
				in = in.f
			}
		case opForward:
			in = in.t
		case opBack:
			loops.in, loops.a, loops.x = in, a, x
			return 0
		case opResume:
			in, a, x = loops.in.t, loops.a, loops.x
			loops.in = nil

		case opLoadImm:
			a = in.k
			in = in.t
		case opLoadLen:
			a = wireLen
			in = in.t
		case opLoadMem:
			a = mem[in.k&(MemWords-1)]
			in = in.t
		case opLoadXImm:
			x = in.k
			in = in.t
		case opLoadXLen:
			x = wireLen
			in = in.t
		case opLoadXMem:
			x = mem[in.k&(MemWords-1)]
			in = in.t
		case opStore:
			mem[in.k&(MemWords-1)] = a
			in = in.t
		case opStoreX:
			mem[in.k&(MemWords-1)] = x
			in = in.t

		case opAddK:
			a += in.k
			in = in.t
		case opMulK:
			a *= in.k
			in = in.t
		case opDivK:
			a /= in.k
			in = in.t
		case opModK:
			a %= in.k
			in = in.t
		case opAndK:
			a &= in.k
			in = in.t
		case opOrK:
			a |= in.k
			in = in.t
		case opXorK:
			a ^= in.k
			in = in.t
		case opLshK:
			a <<= in.k & 31
			in = in.t
		case opRshK:
			a >>= in.k & 31
			in = in.t
		case opNeg:
			a = -a
			in = in.t
		case opAddX:
			a += x
			in = in.t
		case opSubX:
			a -= x
			in = in.t
		case opMulX:
			a *= x
			in = in.t
		case opDivX:
			if x == 0 {
				return 0
			}
			a /= x
			in = in.t
		case opModX:
			if x == 0 {
				return 0
			}
			a %= x
			in = in.t
		case opAndX:
			a &= x
			in = in.t
		case opOrX:
			a |= x
			in = in.t
		case opXorX:
			a ^= x
			in = in.t
		case opLshX:
			a <<= x // 32 and more give 0, in Go as in the machine
			in = in.t
		case opRshX:
			a >>= x
			in = in.t

		case opTax:
			x = a
			in = in.t
		case opTxa:
			a = x
			in = in.t

		default:
			return 0
		}
	}
}
