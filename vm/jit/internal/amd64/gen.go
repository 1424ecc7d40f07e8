// Package amd64 writes x86-64 machine code for a plan.
//
// # The code
//
// The code is one function for one packet. It is called with
//
//	rdi  the packet's first byte
//	rsi  the number of bytes captured, 64 bits
//	r8d  the length on the wire
//	r9   64 bytes for the scratch memory
//
// and returns the verdict in eax. It calls nothing, does not touch the stack, and
// changes rax, rcx, rdx, rdi … r11 and the flags only. In between,
//
//	eax   A, ecx X: X is where shifts by a variable amount want it, and the high
//	      halves are always 0, so that rcx can be added to an address
//	edx   for divisions, and an offset too large for an instruction
//	r10d  a constant to divide by
//	r11d  the number of backward jumps so far
//
// The signal handlers of Go's runtime find a return address to the stub that
// called at the top of the stack, which is what they expect of a leaf.
package amd64

import (
	"math"
	"math/bits"

	"bpfc/vm/jit/internal/plan"
)

// Features says what the processor has.
type Features struct {
	MOVBE bool // loads that swap bytes
}

// generator writes the code of one plan.
type generator struct {
	*assembler
	plan   *plan.Plan
	loops  uint8 // most backward jumps
	has    Features
	reject label // the end with 0 that failed checks jump to
}

// Generate returns the code for a plan. The code can lie anywhere. backward is
// the number of backward jumps that a run may take.
func Generate(p *plan.Plan, backward uint8, has Features) ([]byte, error) {
	reject := label(len(p.Insns))
	var a *assembler
	for range 2 { // the first finds the distances, the second makes short jumps of them
		a = newAssembler(len(p.Insns)+1, a)
		g := generator{a, p, backward, has, reject}
		g.program()
	}
	return a.finish()
}

func (g *generator) program() {
	if g.plan.ZeroA {
		g.movImm(rax, 0)
	}
	if g.plan.ZeroX {
		g.movImm(rcx, 0)
	}
	for k := range 16 {
		if g.plan.ZeroMem&(1<<k) != 0 {
			g.zeroWord(k)
		}
	}
	if g.plan.Loops {
		g.movImm(r11, 0)
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
		g.packet(movzxByte, rcx, none, in.K)
		g.opImm(immAnd, rcx, 0xf)
		g.bytes(0xc1, 0xe1, 2) // shl ecx, 2
	case plan.LoadImm:
		g.movImm(rax, in.K)
	case plan.LoadXImm:
		g.movImm(rcx, in.K)
	case plan.LoadLen:
		g.op(opMov, rax, r8)
	case plan.LoadXLen:
		g.op(opMov, rcx, r8)
	case plan.LoadMem:
		g.word(wordLoad, rax, in.K)
	case plan.LoadXMem:
		g.word(wordLoad, rcx, in.K)
	case plan.Store:
		g.word(wordStore, rax, in.K)
	case plan.StoreX:
		g.word(wordStore, rcx, in.K)
	case plan.ALU:
		g.alu(in)
	case plan.Neg:
		g.bytes(0xf7, 0xd8) // neg eax
	case plan.Tax:
		g.op(opMov, rcx, rax)
	case plan.Txa:
		g.op(opMov, rax, rcx)
	case plan.RetA:
		g.bytes(ret)
		return
	case plan.RetX:
		g.op(opMov, rax, rcx)
		g.bytes(ret)
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
			g.opImm(immCmp, r11, uint32(g.loops))
			g.jump(aboveEqual, g.reject)
			g.opImm(immAdd, r11, 1)
		}
	}
	g.goOn(in.T, next)
}

const ret = 0xc3

func (g *generator) ret(k uint32) {
	g.movImm(rax, k)
	g.bytes(ret)
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
		if n <= math.MaxInt32 {
			g.bytes(0x48) // cmp rsi, n
			g.opImm(immCmp, rsi, uint32(n))
		} else {
			g.movImm64(rdx, n)
			g.bytes(0x48) // cmp rsi, rdx
			g.op(opCmp, rsi, rdx)
		}
		g.jump(below, g.reject)
	}
	if n := in.CheckX; n != 0 {
		if n <= math.MaxInt32 {
			g.bytes(0x48, 0x8d) // lea rdx, [rcx + n]
			g.nearX(rdx, uint32(n))
		} else {
			g.movImm64(rdx, n)
			g.bytes(0x48) // add rdx, rcx
			g.op(opAdd, rdx, rcx)
		}
		g.bytes(0x48) // cmp rdx, rsi
		g.op(opCmp, rdx, rsi)
		g.jump(above, g.reject)
	}
}

// nearX writes the address [rcx + disp] for an instruction with r.
func (g *generator) nearX(r reg, disp uint32) {
	if disp <= math.MaxInt8 {
		g.bytes(0x40|byte(r)<<3|byte(rcx), byte(disp))
		return
	}
	g.bytes(0x80 | byte(r)<<3 | byte(rcx))
	g.imm32(disp)
}

// packet writes an instruction, given by its code, that reads the packet at
// index + k into r.
func (g *generator) packet(code []byte, r, index reg, k uint32) {
	if k > math.MaxInt32 { // displacements are signed
		g.movImm(rdx, k)
		if index != none {
			g.bytes(0x48) // add rdx, rcx
			g.op(opAdd, rdx, index)
		}
		index, k = rdx, 0
	}
	g.bytes(code...)
	g.address(r, index, k)
}

var (
	movzxByte = []byte{0x0f, 0xb6}
	movzxWord = []byte{0x0f, 0xb7}
	movLong   = []byte{0x8b}
	movbeLong = []byte{0x0f, 0x38, 0xf0}
)

func (g *generator) load(in *plan.Insn) {
	g.check(in)
	if in.Unused {
		return
	}
	index := none
	if in.X {
		index = rcx
	}
	switch {
	case in.Size == 1:
		g.packet(movzxByte, rax, index, in.K)
	case in.Size == 2:
		g.packet(movzxWord, rax, index, in.K)
		if !in.Raw {
			g.bytes(0x66, 0xc1, 0xc0, 8) // rol ax, 8
		}
	case in.Raw:
		g.packet(movLong, rax, index, in.K)
	case g.has.MOVBE:
		g.packet(movbeLong, rax, index, in.K)
	default:
		g.packet(movLong, rax, index, in.K)
		g.bytes(0x0f, 0xc8) // bswap eax
	}
}

// simple has the codes of the operations that are one instruction in either form.
var simple = map[uint8]struct{ reg, imm byte }{
	plan.Add: {opAdd, immAdd},
	plan.Sub: {opSub, immSub},
	plan.Or:  {opOr, immOr},
	plan.And: {opAnd, immAnd},
	plan.Xor: {opXor, immXor},
}

func (g *generator) alu(in *plan.Insn) {
	if s, ok := simple[in.Op]; ok {
		if in.X {
			g.op(s.reg, rax, rcx)
		} else {
			g.opImm(s.imm, rax, in.K)
		}
		return
	}
	switch in.Op {
	case plan.Mul:
		g.multiply(in)
	case plan.Div, plan.Mod:
		g.divide(in)
	case plan.Lsh:
		g.shift(in, 0xe0) // shl eax
	case plan.Rsh:
		g.shift(in, 0xe8) // shr eax
	}
}

func (g *generator) multiply(in *plan.Insn) {
	if in.X {
		g.bytes(0x0f, 0xaf, 0xc1) // imul eax, ecx
		return
	}
	g.bytes(0x69, 0xc0) // imul eax, eax, k
	g.imm32(in.K)
}

// shift shifts by a constant below 32, or by X. The processor takes X modulo
// 32, so the result is masked away where X is larger.
func (g *generator) shift(in *plan.Insn, modrm byte) {
	if !in.X {
		g.bytes(0xc1, modrm, byte(in.K))
		return
	}
	g.opImm(immCmp, rcx, 32)
	g.op(opSbb, rdx, rdx) // all ones if X < 32, else 0
	g.bytes(0xd3, modrm)
	g.op(opAnd, rax, rdx)
}

func (g *generator) divide(in *plan.Insn) {
	if !in.X && in.K&(in.K-1) == 0 {
		if in.Op == plan.Mod {
			g.opImm(immAnd, rax, in.K-1)
		} else {
			g.bytes(0xc1, 0xe8, byte(bits.TrailingZeros32(in.K))) // shr eax, log2 k
		}
		return
	}
	divisor := []byte{0xf7, 0xf1} // div ecx
	if in.X {
		g.op(opTest, rcx, rcx)
		g.jump(equal, g.reject)
	} else {
		g.movImm(r10, in.K)
		divisor = []byte{0x41, 0xf7, 0xf2} // div r10d
	}
	g.movImm(rdx, 0)
	g.bytes(divisor...)
	if in.Op == plan.Mod {
		g.op(opMov, rax, rdx)
	}
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
	switch bitwise := in.Op == plan.HasBits; {
	case in.X && bitwise:
		g.op(opTest, rax, rcx)
	case in.X:
		g.op(opCmp, rax, rcx)
	case bitwise && in.K <= 0xff:
		g.bytes(0xa8, byte(in.K)) // test al, k
	case bitwise:
		g.bytes(0xa9) // test eax, k
		g.imm32(in.K)
	case in.K == 0 && in.Op == plan.Equal:
		g.op(opTest, rax, rax)
	default:
		g.opImm(immCmp, rax, in.K)
	}
}
