// Package arm64 writes 64 bit ARM machine code for a plan.
//
// # The code
//
// The code is one function for one packet. It is called with
//
//	x0  the packet's first byte
//	x1  the number of bytes captured
//	w2  the length on the wire
//	x5  64 bytes for the scratch memory
//
// and returns the verdict in w0. It calls nothing, does not touch the stack
// pointer or the link register, and changes x0, x3, x4, x6, x7, x8 and the flags only.
// In between,
//
//	w3  A, and w4 X; the high halves are always 0, so that x4 can be added to an address
//	w6  the number of backward jumps so far
//	x7  offsets and constants too large for an instruction
//	w8  a quotient
//
// Go's runtime, when a signal interrupts the code, takes the link register for
// the return address of a leaf function. It holds the stub's.
package arm64

import (
	"math/bits"

	"bpfc/vm/jit/internal/plan"
)

const (
	packet   = r0
	length   = r1
	wireLen  = r2
	regA     = r3
	regX     = r4
	scratch  = r5
	jumped   = r6
	temp     = r7
	quotient = r8
	result   = r0
)

// generator writes the code of one plan.
type generator struct {
	*assembler
	plan   *plan.Plan
	loops  uint8 // most backward jumps
	reject label // the end with 0 that failed checks jump to
}

// Generate returns the code for a plan. The code can lie anywhere. backward is
// the number of backward jumps that a run may take. It fails for programs so
// long that their jumps do not reach.
func Generate(p *plan.Plan, backward uint8) ([]byte, error) {
	reject := label(len(p.Insns))
	g := generator{newAssembler(len(p.Insns) + 1), p, backward, reject}
	g.program()
	return g.finish()
}

func (g *generator) program() {
	if g.plan.ZeroA {
		g.movImm(regA, 0)
	}
	if g.plan.ZeroX {
		g.movImm(regX, 0)
	}
	for k := range uint32(16) {
		if g.plan.ZeroMem&(1<<k) != 0 {
			g.access(store32, zr, scratch, 4*k, temp)
		}
	}
	if g.plan.Loops {
		g.movImm(jumped, 0)
	}
	g.body()
	g.bind(g.reject)
	g.ret(0)
}

// body writes the instructions in the order of the program, which puts one
// successor of most behind them.
func (g *generator) body() {
	insns := g.plan.Insns
	pc := 0
	for pc < len(insns) {
		next := pc + 1
		for next < len(insns) && !insns[next].Emit {
			next++
		}
		if insns[pc].Emit {
			g.bind(label(pc))
			g.instruction(&insns[pc], next)
		}
		pc = next
	}
}

// instruction writes one instruction; next is the one that is written after it.
func (g *generator) instruction(in *plan.Insn, next int) {
	switch in.Class {
	case plan.Load:
		g.load(in)
	case plan.LoadMSH:
		g.check(in)
		g.access(load8, regX, packet, in.K, temp)
		g.bitfield(regX, regX, 30, 3) // the low 4 bits, shifted left by 2
	case plan.LoadImm:
		g.movImm(regA, in.K)
	case plan.LoadXImm:
		g.movImm(regX, in.K)
	case plan.LoadLen:
		g.move(regA, wireLen)
	case plan.LoadXLen:
		g.move(regX, wireLen)
	case plan.LoadMem:
		g.access(load32, regA, scratch, 4*in.K, temp)
	case plan.LoadXMem:
		g.access(load32, regX, scratch, 4*in.K, temp)
	case plan.Store:
		g.access(store32, regA, scratch, 4*in.K, temp)
	case plan.StoreX:
		g.access(store32, regX, scratch, 4*in.K, temp)
	case plan.ALU:
		g.alu(in)
	case plan.Neg:
		g.op(subReg, regA, zr, regA)
	case plan.Tax:
		g.move(regX, regA)
	case plan.Txa:
		g.move(regA, regX)
	case plan.RetA:
		g.move(result, regA)
		g.word(ret)
		return
	case plan.RetX:
		g.move(result, regX)
		g.word(ret)
		return
	case plan.RetK:
		g.ret(in.K)
		return
	case plan.Reject:
		g.ret(0)
		return
	case plan.Conditional:
		g.conditional(in, next)
		return
	case plan.Jump:
		if in.Back {
			g.opImm(subsImm, zr, jumped, uint64(g.loops))
			g.jump(aboveEqual, g.reject)
			g.opImm(addImm, jumped, jumped, 1)
		}
	}
	g.goOn(in.T, next)
}

const ret = 0xd65f03c0

func (g *generator) ret(k uint32) {
	g.movImm(result, k)
	g.word(ret)
}

// goOn makes the run continue at to.
func (g *generator) goOn(to, next int) {
	if to != next {
		g.jump(unconditional, label(to))
	}
}

// check writes the checks of the packet's length that the plan asks for.
func (g *generator) check(in *plan.Insn) {
	if n := in.Check; n != 0 {
		if !g.opImm(subsImm64, zr, length, n) {
			g.movImm64(temp, n)
			g.op(subs64, zr, length, temp)
		}
		g.jump(below, g.reject)
	}
	if n := in.CheckX; n != 0 {
		if !g.opImm(addImm64, temp, regX, n) {
			g.movImm64(temp, n)
			g.op(add64, temp, temp, regX)
		}
		g.op(subs64, zr, temp, length)
		g.jump(above, g.reject)
	}
}

func (g *generator) load(in *plan.Insn) {
	g.check(in)
	if in.Unused {
		return
	}
	from := packet
	if in.X {
		from = temp
		g.op(add64, temp, packet, regX)
	}
	g.read(in, from)
	switch {
	case in.Raw || in.Size == 1:
	case in.Size == 2:
		g.op(rev16, regA, regA, r0)
	default:
		g.op(rev, regA, regA, r0)
	}
}

var loads = map[uint8]memory{1: load8, 2: load16, 4: load32}

// read writes the access itself. A for now holds an offset that is too large.
func (g *generator) read(in *plan.Insn, from reg) {
	g.access(loads[in.Size], regA, from, in.K, regA)
}

// simple has the codes of the operations that are one instruction with X.
var simple = map[uint8]uint32{
	plan.Add: addReg, plan.Sub: subReg, plan.Mul: mulReg, plan.Or: orrReg, plan.And: andReg, plan.Xor: eorReg,
}

// bitwise has the codes of those that may take a pattern of bits.
var bitwise = map[uint8]uint32{plan.Or: orrImm, plan.And: andImm, plan.Xor: eorImm}

func (g *generator) alu(in *plan.Insn) {
	switch in.Op {
	case plan.Lsh, plan.Rsh:
		g.shift(in)
		return
	case plan.Div, plan.Mod:
		g.divide(in)
		return
	}
	if in.X {
		g.op(simple[in.Op], regA, regA, regX)
		return
	}
	switch in.Op {
	case plan.Add:
		if g.opImm(addImm, regA, regA, uint64(in.K)) || g.opImm(subImm, regA, regA, uint64(-in.K)) {
			return
		}
	case plan.Sub:
		if g.opImm(subImm, regA, regA, uint64(in.K)) || g.opImm(addImm, regA, regA, uint64(-in.K)) {
			return
		}
	case plan.Or, plan.And, plan.Xor:
		if g.bitwiseImm(bitwise[in.Op], regA, regA, in.K) {
			return
		}
	}
	g.movImm(temp, in.K)
	g.op(simple[in.Op], regA, regA, temp)
}

// shift shifts by a constant below 32, or by X. The processor takes X modulo
// 32, so the result is replaced by 0 where X is larger.
func (g *generator) shift(in *plan.Insn) {
	left := in.Op == plan.Lsh
	switch {
	case in.X:
		code := uint32(lsrv)
		if left {
			code = lslv
		}
		g.opImm(subsImm, zr, regX, 32)
		g.op(code, regA, regA, regX)
		g.selectOrZero(regA, regA, below)
	case left:
		g.shiftLeft(regA, regA, int(in.K))
	default:
		g.shiftRight(regA, regA, int(in.K))
	}
}

func (g *generator) divide(in *plan.Insn) {
	if !in.X && in.K&(in.K-1) == 0 {
		if in.Op == plan.Div {
			g.shiftRight(regA, regA, bits.TrailingZeros32(in.K))
		} else if !g.bitwiseImm(andImm, regA, regA, in.K-1) { // K is 1
			g.movImm(regA, 0)
		}
		return
	}
	divisor := regX
	if in.X {
		g.jumpZero(regX, g.reject)
	} else {
		divisor = temp
		g.movImm(temp, in.K)
	}
	if in.Op == plan.Div {
		g.op(udiv, regA, regA, divisor)
		return
	}
	g.op(udiv, quotient, regA, divisor)
	g.multiplySubtract(regA, quotient, divisor, regA)
}

// conditions has the condition of each comparison.
var conditions = map[uint8]condition{
	plan.Equal:        equal,
	plan.Greater:      above,
	plan.GreaterEqual: aboveEqual,
	plan.HasBits:      notEqual,
}

func (g *generator) conditional(in *plan.Insn, next int) {
	if in.T == in.F {
		g.goOn(in.T, next)
		return
	}
	g.compare(in)
	c := conditions[in.Op]
	if in.T == next {
		g.jump(c.inverse(), label(in.F))
		return
	}
	g.jump(c, label(in.T))
	g.goOn(in.F, next)
}

// compare sets the flags for a comparison of A.
func (g *generator) compare(in *plan.Insn) {
	code := uint32(subs)
	if in.Op == plan.HasBits {
		code = andsReg
	}
	operand := regX
	if !in.X {
		if in.Op == plan.HasBits && g.bitwiseImm(andsImm, zr, regA, in.K) ||
			in.Op != plan.HasBits && g.compareImm(in.K) {
			return
		}
		operand = temp
		g.movImm(temp, in.K)
	}
	g.op(code, zr, regA, operand)
}

// compareImm compares A with a constant, if it fits. Adding the negative sets
// the flags of an unsigned comparison as subtracting does, except for 0.
func (g *generator) compareImm(k uint32) bool {
	return g.opImm(subsImm, zr, regA, uint64(k)) || g.opImm(addsImm, zr, regA, uint64(-k))
}
