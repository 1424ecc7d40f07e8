package arm64

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// reg is a general purpose register; 31 is the zero register, or the stack pointer.
type reg uint32

const (
	r0 reg = iota
	r1
	r2
	r3
	r4
	r5
	_
	r7
	r8
	_
	r10
	r11
	r12
	r13
	r14
	zr reg = 31
	sp reg = 31 // as the base of an address
)

// condition is a condition's number in an encoding.
type condition uint32

const (
	equal         condition = 0
	notEqual      condition = 1
	aboveEqual    condition = 2 // hs, unsigned >=
	below         condition = 3 // lo
	above         condition = 8 // hi
	belowEqual    condition = 9 // ls
	unconditional condition = 14
)

// inverse returns the condition that holds when c does not.
func (c condition) inverse() condition { return c ^ 1 }

// label is a place in the code, which may not be there yet.
type label int

// jump is a jump that has been written; at is where, in bytes.
type jump struct {
	at int
	to label
}

// assembler writes machine code, 32 bits an instruction.
type assembler struct {
	buf    []byte
	places []int // of the labels; -1 if not bound
	jumps  []jump
}

func newAssembler(labels int) *assembler {
	a := &assembler{places: make([]int, labels)}
	for i := range a.places {
		a.places[i] = -1
	}
	return a
}

func (a *assembler) word(w uint32) { a.buf = binary.LittleEndian.AppendUint32(a.buf, w) }

// align fills up to where a line of the cache begins, with code that traps.
func (a *assembler) align() {
	for len(a.buf)%64 != 0 {
		a.word(0) // udf
	}
}

// prefetch fetches what n leads to into the cache; n may lead anywhere.
func (a *assembler) prefetch(n reg) { a.word(0xf9800000 | uint32(n)<<5) }

// bind says that l is here.
func (a *assembler) bind(l label) { a.places[l] = len(a.buf) }

// Branches, without their distances.
const (
	branch     = 0x14000000 // b
	branchCond = 0x54000000 // b.cond
	branchZero = 0x34000000 // cbz, 32 bits
)

// jump writes a jump to l if c holds.
func (a *assembler) jump(c condition, l label) {
	a.jumps = append(a.jumps, jump{len(a.buf), l})
	if c == unconditional {
		a.word(branch)
		return
	}
	a.word(branchCond | uint32(c))
}

// jumpZero writes a jump to l if the low 32 bits of r are 0.
func (a *assembler) jumpZero(r reg, l label) {
	a.jumps = append(a.jumps, jump{len(a.buf), l})
	a.word(branchZero | uint32(r))
}

// finish fills in the distances of the jumps.
func (a *assembler) finish() ([]byte, error) {
	for _, j := range a.jumps {
		if a.places[j.to] < 0 {
			return nil, fmt.Errorf("arm64: a jump to label %d, which is nowhere", j.to)
		}
		w := binary.LittleEndian.Uint32(a.buf[j.at:])
		distance := (a.places[j.to] - j.at) / 4 // of 26 bits, or of 19 at bit 5
		size, shift := 19, 5
		if w == branch {
			size, shift = 26, 0
		}
		if limit := 1 << (size - 1); distance < -limit || distance >= limit {
			return nil, fmt.Errorf("arm64: a jump over %d instructions", distance)
		}
		w |= uint32(distance) & (1<<size - 1) << shift
		binary.LittleEndian.PutUint32(a.buf[j.at:], w)
	}
	return a.buf, nil
}

// Instructions of three registers, 32 bits wide unless they say otherwise.
const (
	addReg  = 0x0b000000
	add64   = 0x8b000000
	subReg  = 0x4b000000
	subs    = 0x6b000000 // cmp, with zr as the destination
	subs64  = 0xeb000000
	andReg  = 0x0a000000
	orrReg  = 0x2a000000
	eorReg  = 0x4a000000
	andsReg = 0x6a000000 // tst, with zr as the destination
	mulReg  = 0x1b007c00 // madd with zr
	udiv    = 0x1ac00800
	lslv    = 0x1ac02000
	lsrv    = 0x1ac02400
)

func (a *assembler) op(code uint32, d, n, m reg) {
	a.word(code | uint32(m)<<16 | uint32(n)<<5 | uint32(d))
}

// move copies 32 bits.
func (a *assembler) move(d, m reg) { a.op(orrReg, d, zr, m) }

// multiplySubtract sets d to s - n·m.
func (a *assembler) multiplySubtract(d, n, m, s reg) {
	a.word(0x1b008000 | uint32(m)<<16 | uint32(s)<<10 | uint32(n)<<5 | uint32(d))
}

// choose sets d to n if c holds, else to m.
func (a *assembler) choose(d, n, m reg, c condition) {
	a.op(0x1a800000|uint32(c)<<12, d, n, m)
}

// bitfield sets d to a field of n: ubfm, which all shifts by a constant are.
func (a *assembler) bitfield(d, n reg, immr, imms int) {
	a.word(0x53000000 | uint32(immr)<<16 | uint32(imms)<<10 | uint32(n)<<5 | uint32(d))
}

// shiftLeft and shiftRight shift by 0 to 31.
func (a *assembler) shiftLeft(d, n reg, k int)  { a.bitfield(d, n, -k&31, 31-k) }
func (a *assembler) shiftRight(d, n reg, k int) { a.bitfield(d, n, k, 31) }

// Byte swaps of one register.
const (
	rev   = 0x5ac00800
	rev16 = 0x5ac00400 // in each half
)

// Additions and subtractions of a constant.
const (
	addImm    = 0x11000000
	addImm64  = 0x91000000
	subImm    = 0x51000000
	addsImm   = 0x31000000 // cmn
	subsImm   = 0x71000000 // cmp
	subsImm64 = 0xf1000000
)

// opImm writes an addition or subtraction, if the constant fits: 12 bits, or 12
// bits with 12 zeros below.
func (a *assembler) opImm(code uint32, d, n reg, k uint64) bool {
	switch {
	case k < 1<<12:
	case k&0xfff == 0 && k < 1<<24:
		code, k = code|1<<22, k>>12
	default:
		return false
	}
	a.word(code | uint32(k)<<10 | uint32(n)<<5 | uint32(d))
	return true
}

// Bitwise operations with a constant.
const (
	andImm  = 0x12000000
	orrImm  = 0x32000000
	eorImm  = 0x52000000
	andsImm = 0x72000000 // tst
)

// bitwiseImm writes a bitwise operation, if there is an encoding of the constant.
func (a *assembler) bitwiseImm(code uint32, d, n reg, k uint32) bool {
	immr, imms, ok := bitPattern(k)
	if ok {
		a.word(code | immr<<16 | imms<<10 | uint32(n)<<5 | uint32(d))
	}
	return ok
}

// bitPattern encodes a constant for the bitwise operations. It can if the
// constant is a run of ones, rotated, and repeated in units of 2, 4, 8, 16 or 32
// bits; so not 0 and not all ones.
func bitPattern(k uint32) (immr, imms uint32, ok bool) {
	if k == 0 || k == ^uint32(0) {
		return 0, 0, false
	}
	size := 32
	for half := size / 2; half >= 2; half /= 2 {
		mask := uint32(1)<<half - 1
		if k&mask != k>>half&mask {
			break
		}
		size = half
	}
	mask := uint32(1<<size - 1)
	unit := k & mask
	run, start := unit, bits.TrailingZeros32(unit)
	if !isRun(unit) {
		// The ones go over the end of the unit; then the zeros are a run.
		run = ^unit & mask
		if !isRun(run) {
			return 0, 0, false
		}
		start = bits.TrailingZeros32(run) + bits.OnesCount32(run)
	}
	ones := bits.OnesCount32(unit)
	immr = uint32(-start & (size - 1))
	imms = uint32(-2*size)&0x3f | uint32(ones-1)
	return immr, imms, true
}

// isRun reports whether the ones of v are next to each other.
func isRun(v uint32) bool {
	v >>= bits.TrailingZeros32(v)
	return v&(v+1) == 0
}

// movImm sets 32 bits of a register; the upper half becomes 0.
func (a *assembler) movImm(d reg, k uint32) {
	low, high := k&0xffff, k>>16
	switch {
	case high == 0:
		a.word(0x52800000 | low<<5 | uint32(d)) // movz
	case low == 0:
		a.word(0x52a00000 | high<<5 | uint32(d)) // movz, shifted
	case high == 0xffff:
		a.word(0x12800000 | (low^0xffff)<<5 | uint32(d)) // movn
	default:
		a.word(0x52800000 | low<<5 | uint32(d))
		a.word(0x72a00000 | high<<5 | uint32(d)) // movk
	}
}

// movImm64 sets a register to a constant of up to 34 bits.
func (a *assembler) movImm64(d reg, k uint64) {
	a.movImm(d, uint32(k))
	if high := uint32(k >> 32); high != 0 {
		a.word(0xf2c00000 | high<<5 | uint32(d)) // movk, shifted by 32
	}
}

// memory has the encodings of a load or store of one size.
type memory struct {
	scaled   uint32 // [n, #k·size], k of 12 bits
	unscaled uint32 // [n, #k], k of 9 bits, signed
	register uint32 // [n, m]
	log2     int    // of the size in bytes
}

var (
	load8   = memory{0x39400000, 0x38400000, 0x38606800, 0}
	load16  = memory{0x79400000, 0x78400000, 0x78606800, 1}
	load32  = memory{0xb9400000, 0xb8400000, 0xb8606800, 2}
	load64  = memory{0xf9400000, 0xf8400000, 0xf8606800, 3}
	store32 = memory{0xb9000000, 0xb8000000, 0xb8206800, 2}
)

// access reads or writes t at [n + k]; it uses temp if k does not fit.
func (a *assembler) access(m memory, t, n reg, k uint32, temp reg) {
	switch scaled := k >> m.log2; {
	case scaled<<m.log2 == k && scaled < 1<<12:
		a.word(m.scaled | scaled<<10 | uint32(n)<<5 | uint32(t))
	case k < 1<<8:
		a.word(m.unscaled | k<<12 | uint32(n)<<5 | uint32(t))
	default:
		a.movImm(temp, k)
		a.op(m.register, t, n, temp)
	}
}
