package amd64

import (
	"encoding/binary"
	"fmt"
	"math"
)

// reg is a general purpose register by its number in an encoding. Those from r8 on
// stand in instructions that are written out where they are used.
type reg uint8

const (
	rax reg = iota
	rcx
	rdx
	rbx
	_ // rsp
	_ // rbp
	rsi
	rdi
)

// none stands for no index register in an address.
const none reg = 0xff

// condition is the low half of a conditional jump's code.
type condition uint8

const (
	below         condition = 0x2 // unsigned <
	aboveEqual    condition = 0x3
	equal         condition = 0x4
	notEqual      condition = 0x5
	belowEqual    condition = 0x6
	above         condition = 0x7
	unconditional condition = 0xff
)

// inverse returns the condition that holds when c does not.
func (c condition) inverse() condition { return c ^ 1 }

// label is a place in the code, which may not be there yet.
type label int

// jump is a jump that has been written.
type jump struct {
	end   int // where the next instruction begins, which the distance counts from
	to    label
	short bool
}

// assembler writes machine code. Jumps are 32 bits wide, except where an
// assembly of the same code before, sizing, has shown that 8 are enough.
type assembler struct {
	buf    []byte
	places []int // of the labels; -1 if not bound
	jumps  []jump
	sizing *assembler
}

func newAssembler(labels int, sizing *assembler) *assembler {
	a := &assembler{places: make([]int, labels), sizing: sizing}
	for i := range a.places {
		a.places[i] = -1
	}
	if sizing != nil {
		a.buf = make([]byte, 0, len(sizing.buf))
		a.jumps = make([]jump, 0, len(sizing.jumps))
	}
	return a
}

func (a *assembler) bytes(b ...byte) { a.buf = append(a.buf, b...) }

// align fills up to where a line of the cache begins, with code that traps.
func (a *assembler) align() {
	for len(a.buf)%64 != 0 {
		a.bytes(0xcc) // int3
	}
}

func (a *assembler) imm32(k uint32) { a.buf = binary.LittleEndian.AppendUint32(a.buf, k) }

// bind says that l is here.
func (a *assembler) bind(l label) { a.places[l] = len(a.buf) }

// jump writes a jump to l if c holds.
func (a *assembler) jump(c condition, l label) {
	short := a.fits8(l)
	switch {
	case short && c == unconditional:
		a.bytes(0xeb, 0)
	case short:
		a.bytes(0x70|byte(c), 0)
	case c == unconditional:
		a.bytes(0xe9, 0, 0, 0, 0)
	default:
		a.bytes(0x0f, 0x80|byte(c), 0, 0, 0, 0)
	}
	a.jumps = append(a.jumps, jump{len(a.buf), l, short})
}

// fits8 reports whether the next jump, to l, can be a short one. Code only gets
// shorter from one assembly to the next, so a distance that was short stays so.
func (a *assembler) fits8(l label) bool {
	if a.sizing == nil {
		return false
	}
	before := a.sizing.jumps[len(a.jumps)]
	distance := a.sizing.places[l] - before.end
	return distance >= math.MinInt8 && distance <= math.MaxInt8
}

// finish fills in the distances of the jumps.
func (a *assembler) finish() ([]byte, error) {
	for _, j := range a.jumps {
		to := a.places[j.to]
		distance := to - j.end
		switch {
		case to < 0:
			return nil, fmt.Errorf("amd64: a jump to label %d, which is nowhere", j.to)
		case !j.short:
			binary.LittleEndian.PutUint32(a.buf[j.end-4:], uint32(distance))
		case distance < math.MinInt8 || distance > math.MaxInt8:
			return nil, fmt.Errorf("amd64: a short jump over %d bytes", distance)
		default:
			a.buf[j.end-1] = byte(distance)
		}
	}
	return a.buf, nil
}

// op writes an instruction of two registers, 32 bits wide: dst is the one in
// the r/m field.
func (a *assembler) op(code byte, dst, src reg) {
	a.bytes(code, 0xc0|byte(src)<<3|byte(dst))
}

// Codes for op.
const (
	opAdd  = 0x01
	opOr   = 0x09
	opSbb  = 0x19
	opAnd  = 0x21
	opSub  = 0x29
	opXor  = 0x31
	opCmp  = 0x39
	opTest = 0x85
	opMov  = 0x89
)

// opImm writes an instruction with a constant; ext, one of the numbers below,
// says which.
func (a *assembler) opImm(ext byte, dst reg, k uint32) {
	modrm := 0xc0 | ext<<3 | byte(dst)
	if int32(k) >= math.MinInt8 && int32(k) <= math.MaxInt8 {
		a.bytes(0x83, modrm, byte(k))
		return
	}
	a.bytes(0x81, modrm)
	a.imm32(k)
}

// Numbers for opImm.
const (
	immAdd = 0
	immOr  = 1
	immAnd = 4
	immSub = 5
	immXor = 6
	immCmp = 7
)

// movImm sets a register to a constant. It may change the flags.
func (a *assembler) movImm(dst reg, k uint32) {
	if k == 0 {
		a.op(opXor, dst, dst)
		return
	}
	a.setImm(dst, k)
}

// setImm does the same and leaves the flags alone.
func (a *assembler) setImm(dst reg, k uint32) {
	a.bytes(0xb8 | byte(dst))
	a.imm32(k)
}

// movImm64 sets a register to a constant of 64 bits.
func (a *assembler) movImm64(dst reg, k uint64) {
	a.bytes(0x48, 0xb8|byte(dst))
	a.buf = binary.LittleEndian.AppendUint64(a.buf, k)
}

// address writes the address [rdi + index + disp] for an instruction whose other
// operand is r; all registers are below r8.
func (a *assembler) address(r, index reg, disp uint32) {
	mod := byte(0x80)
	if disp == 0 {
		mod = 0
	} else if disp <= math.MaxInt8 {
		mod = 0x40
	}
	if index == none {
		a.bytes(mod | byte(r)<<3 | byte(rdi))
	} else {
		a.bytes(mod|byte(r)<<3|4, byte(index)<<3|byte(rdi))
	}
	switch mod {
	case 0x40:
		a.bytes(byte(disp))
	case 0x80:
		a.imm32(disp)
	}
}

// word writes code with a word of scratch memory, [r9 + 4·k], and a register below r8.
func (a *assembler) word(code byte, r reg, k uint32) {
	a.bytes(0x41, code, 0x41|byte(r)<<3, byte(4*k))
}

// Codes for word.
const (
	wordLoad  = 0x8b
	wordStore = 0x89
)

// zeroWord clears a word of scratch memory.
func (a *assembler) zeroWord(k int) {
	a.bytes(0x41, 0xc7, 0x41, byte(4*k), 0, 0, 0, 0)
}
