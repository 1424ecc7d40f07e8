// Package amd64 writes x86-64 machine code for a plan.
//
// # The code
//
// A plan becomes three functions, for one packet and for the two forms of many:
//
//	one     rdi the packet, rsi the bytes captured, ebx the length on the wire,
//	        rax and rcx 0; the verdict is returned in eax. These are registers in
//	        which Go functions take arguments and return results (ABIInternal,
//	        cmd/compile/abi-internal.md), so that it can be called as one. Where the
//	        interpreter is to judge the packet it returns plan.HandedOver in rax
//	slices  rbx an array of Go slices, the packets; r12 the end of their lengths on
//	        the wire, r13 the end of where the verdicts go, r15 how many packets
//	        there are, negative
//	spans   rbx an array of offset, bytes captured and length on the wire, 32 bits
//	        each; r12 the buffer that they lie in, r8 its size, r13 and r15 as before
//
// and in each r9 are 68 bytes for the scratch memory and the constants that are
// divided by. The last two are loops around the same code. r10 is how far ahead of
// a packet's element in the array that of the packet lies which is prefetched with
// it; 0 near the end, where there is none. Both stop at a packet that the interpreter
// is to judge, spans also at one that is not within the buffer; r15 is how many are
// left when they return, negative.
//
// The code calls nothing, leaves the stack pointer alone, and changes rax, rbx, rcx, rdx,
// rsi, rdi, r15 and the flags only. While a packet is looked at,
//
//	rdi, rsi  are the packet and the bytes captured
//	eax, ecx  are A and X: X is where shifts by a variable amount want it. The high
//	          halves are always 0, so that rcx can be added to an address
//	edx       is for divisions, and an offset too large for an instruction
//
// The signal handlers of Go's runtime find a return address to Go code or a stub
// at the top of the stack, which is what they expect of a leaf.
package amd64

import (
	"math"
	"math/bits"

	"bpfc/cbpf"
	"bpfc/vm/jit/internal/plan"
)

// Features says what the processor has.
type Features struct {
	MOVBE bool // loads that swap bytes
}

// Code is the machine code of a plan; it can lie anywhere. The function for one
// packet is the first One bytes, the other two begin at the offsets given.
type Code struct {
	Bytes         []byte
	One           int
	Slices, Spans int
}

// form is which of the three functions is written.
type form uint8

const (
	one form = iota
	slices
	spans
	forms
)

// generator writes one function for one plan.
type generator struct {
	*assembler
	plan  *plan.Plan
	has   Features
	form  form
	first label // of the function's labels
}

// Labels of a function beyond those of the instructions, counted from the number
// of instructions.
const (
	atReject = iota // the end with 0 that failed checks jump to
	atOut           // the end of the loop
	atTop           // its start
	extraLabels
)

// Generate returns the code for a plan.
func Generate(p *plan.Plan, has Features) (Code, error) {
	var a *assembler
	var starts, ends [forms]int
	perForm := len(p.Insns) + extraLabels
	for range 2 { // the first finds the distances, the second makes short jumps of them
		a = newAssembler(int(forms)*perForm, a)
		for f := range forms {
			a.align()
			g := generator{a, p, has, f, label(int(f) * perForm)}
			g.function()
			starts[f], ends[f] = a.places[g.at(atTop)], len(a.buf)
		}
	}
	bytes, err := a.finish()
	return Code{bytes, ends[one], starts[slices], starts[spans]}, err
}

// target returns the label of the instruction at pc; at len(p.Insns) that is
// where packets are rejected, as it is for all instructions that only do that.
func (g *generator) target(pc int) label {
	if pc < len(g.plan.Insns) && g.plan.Insns[pc].Class == plan.Reject {
		pc = len(g.plan.Insns)
	}
	return g.first + label(pc)
}

func (g *generator) at(extra int) label { return g.target(len(g.plan.Insns) + extra) }

func (g *generator) function() {
	if g.form == one {
		g.bind(g.at(atTop))
		g.zero()
		g.body()
		g.bind(g.at(atReject))
		g.verdict(0)
		return
	}
	// Most packets are rejected. That end stands before the loop's start and runs into
	// it: one jump taken for a packet instead of two is felt, and leaves the branch
	// predictor twice as many packets to remember.
	g.bind(g.at(atReject))
	g.storeVerdict(0)
	g.next()
	g.jump(equal, g.at(atOut))
	g.bind(g.at(atTop))
	g.fetch()
	g.zero()
	g.body()
	g.bind(g.at(atOut))
	g.bytes(ret)
}

// fetch loads address and length of the packet whose turn it is, and prefetches one
// that comes later, where the program looks at packets at all. A span is checked
// in any case.
func (g *generator) fetch() {
	switch g.form {
	case slices:
		if g.plan.Reads {
			g.bytes(0x4a, 0x8b, 0x14, 0x13)                // mov rdx, [rbx + r10]
			g.bytes(0x0f, 0x18, 0x0a)                      // prefetcht0 [rdx]
			g.bytes(0x48, 0x8b, 0x3b, 0x48, 0x8b, 0x73, 8) // mov rdi, [rbx]; mov rsi, [rbx + 8]
		}
	case spans:
		if g.plan.Reads {
			g.bytes(0x42, 0x8b, 0x14, 0x13)       // mov edx, [rbx + r10]
			g.bytes(0x41, 0x0f, 0x18, 0x0c, 0x14) // prefetcht0 [r12 + rdx]
		}
		g.bytes(0x8b, 0x3b, 0x8b, 0x73, 4) // mov edi, [rbx]; mov esi, [rbx + 4]
		g.bytes(0x48, 0x8d, 0x14, 0x37)    // lea rdx, [rdi + rsi]
		g.bytes(0x4c, 0x39, 0xc2)          // cmp rdx, r8
		g.jump(above, g.at(atOut))
		if g.plan.Reads {
			g.bytes(0x4c, 0x01, 0xe7) // add rdi, r12
		}
	}
}

// Sizes of a Go slice and of a span, in bytes.
const (
	sliceSize = 24
	spanSize  = 12
)

// advance goes on to the next packet, or out of the loop. It stands at every end of a
// run; one for all would cost a jump to it, which is felt where packets take a
// nanosecond.
func (g *generator) advance() {
	g.next()
	g.jump(notEqual, g.at(atTop))
	g.bytes(ret)
}

// next makes it the next packet's turn. The zero flag tells that there is none.
func (g *generator) next() {
	size := byte(sliceSize)
	if g.form == spans {
		size = spanSize
	}
	g.bytes(0x48, 0x83, 0xc3, size) // add rbx, size
	g.bytes(0x49, 0xff, 0xc7)       // inc r15
}

// verdict ends the run on this packet with k.
func (g *generator) verdict(k uint32) {
	if g.form == one {
		g.movImm(rax, k)
		g.bytes(ret)
		return
	}
	g.storeVerdict(k)
	g.advance()
}

func (g *generator) storeVerdict(k uint32) {
	g.bytes(0x43, 0xc7, 0x44, 0xbd, 0) // mov dword [r13 + 4·r15], k
	g.imm32(k)
}

// verdictOf ends the run on this packet with the value of a register below r8.
func (g *generator) verdictOf(r reg) {
	if g.form == one {
		if r != rax {
			g.op(opMov, rax, r)
		}
		g.bytes(ret)
		return
	}
	g.bytes(0x43, 0x89, 0x44|byte(r)<<3, 0xbd, 0) // mov [r13 + 4·r15], r
	g.advance()
}

// wireLen loads the length on the wire into a register below r8.
func (g *generator) wireLen(r reg) {
	switch g.form {
	case one:
		g.op(opMov, r, rbx)
	case slices:
		g.bytes(0x43, 0x8b, 0x04|byte(r)<<3, 0xbc) // mov r, [r12 + 4·r15]
	case spans:
		g.bytes(0x8b, 0x43|byte(r)<<3, 8) // mov r, [rbx + 8]
	}
}

// zero clears what the program uses before it sets it.
func (g *generator) zero() {
	if g.plan.ZeroA && g.form != one {
		g.movImm(rax, 0)
	}
	if g.plan.ZeroX && g.form != one {
		g.movImm(rcx, 0)
	}
	for k := range 16 {
		if g.plan.ZeroMem&(1<<k) != 0 {
			g.zeroWord(k)
		}
	}
}

// body writes the instructions in the order of the program, which puts one
// successor of most behind them.
func (g *generator) body() {
	insns := g.plan.Insns
	if insns[0].Class == plan.Reject {
		g.goOn(0, g.behind(len(insns)))
	}
	for pc := 0; pc < len(insns); {
		next := pc + 1
		for next < len(insns) && (!insns[next].Emit || insns[next].Class == plan.Reject) {
			next++
		}
		if insns[pc].Emit && insns[pc].Class != plan.Reject {
			g.bind(g.target(pc))
			g.instruction(&insns[pc], g.behind(next))
		}
		pc = next
	}
}

// behind returns the label of what is written next, the instruction at pc if there
// is one.
func (g *generator) behind(pc int) label {
	if pc >= len(g.plan.Insns) && g.form != one {
		return g.at(atOut)
	}
	return g.target(pc)
}

// instruction writes one instruction; next is where what is written after it is.
func (g *generator) instruction(in *plan.Insn, next label) {
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
		g.wireLen(rax)
	case plan.LoadXLen:
		g.wireLen(rcx)
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
	}
	g.leave(in, next)
}

// leave writes how the run goes on after an instruction, or that it ends.
func (g *generator) leave(in *plan.Insn, next label) {
	switch in.Class {
	case plan.RetA:
		g.verdictOf(rax)
	case plan.RetX:
		g.verdictOf(rcx)
	case plan.RetK:
		g.verdict(in.K)
	case plan.HandOver:
		g.handOver(next)
	case plan.Conditional:
		g.conditional(in, next)
	default:
		g.goOn(in.T, next)
	}
}

const ret = 0xc3

// goOn makes the run continue at to.
func (g *generator) goOn(to int, next label) {
	if l := g.target(to); l != next {
		g.jump(unconditional, l)
	}
}

// handOver leaves the packet to the interpreter.
func (g *generator) handOver(next label) {
	if g.form == one {
		g.movImm64(rax, plan.HandedOver)
		g.bytes(ret)
		return
	}
	if out := g.at(atOut); out != next {
		g.jump(unconditional, out)
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
		g.jump(below, g.at(atReject))
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
		g.jump(above, g.at(atReject))
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
var simple = [16]struct{ reg, imm byte }{
	cbpf.Add >> 4: {opAdd, immAdd},
	cbpf.Sub >> 4: {opSub, immSub},
	cbpf.Or >> 4:  {opOr, immOr},
	cbpf.And >> 4: {opAnd, immAnd},
	cbpf.Xor >> 4: {opXor, immXor},
}

func (g *generator) alu(in *plan.Insn) {
	if s := simple[in.Op>>4]; s.reg != 0 {
		if in.X {
			g.op(s.reg, rax, rcx)
		} else {
			g.opImm(s.imm, rax, in.K)
		}
		return
	}
	switch in.Op {
	case cbpf.Mul:
		g.multiply(in)
	case cbpf.Div, cbpf.Mod:
		g.divide(in)
	case cbpf.Lsh:
		g.shift(in, 0xe0) // shl eax
	case cbpf.Rsh:
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
		if in.Op == cbpf.Mod {
			g.opImm(immAnd, rax, in.K-1)
		} else {
			g.bytes(0xc1, 0xe8, byte(bits.TrailingZeros32(in.K))) // shr eax, log2 k
		}
		return
	}
	divisor := []byte{0xf7, 0xf1} // div ecx
	if in.X {
		g.op(opTest, rcx, rcx)
		g.jump(equal, g.at(atReject))
	} else {
		g.bytes(0x41, 0xc7, 0x41, 64) // mov dword [r9 + 64], k
		g.imm32(in.K)
		divisor = []byte{0x41, 0xf7, 0x71, 64} // div dword [r9 + 64]
	}
	g.movImm(rdx, 0)
	g.bytes(divisor...)
	if in.Op == cbpf.Mod {
		g.op(opMov, rax, rdx)
	}
}

// conditions has the condition of each comparison.
var conditions = [16]condition{
	cbpf.Equal >> 4:        equal,
	cbpf.Greater >> 4:      above,
	cbpf.GreaterEqual >> 4: aboveEqual,
	cbpf.HasBits >> 4:      notEqual,
}

func (g *generator) conditional(in *plan.Insn, next label) {
	if g.target(in.T) == g.target(in.F) {
		g.goOn(in.T, next)
		return
	}
	g.compare(in)
	c := conditions[in.Op>>4]
	if g.form != one && g.plan.Selects(in) {
		g.selectVerdict(c, g.plan.Verdict(in.T), g.plan.Verdict(in.F))
		return
	}
	if g.target(in.T) == next {
		g.jump(c.inverse(), g.target(in.F))
		return
	}
	g.jump(c, g.target(in.T))
	g.goOn(in.F, next)
}

// selectVerdict ends the run on this packet with t if c holds, with f if not.
func (g *generator) selectVerdict(c condition, t, f uint32) {
	g.setImm(rax, f)
	g.setImm(rdx, t)
	g.bytes(0x0f, 0x40|byte(c), 0xc2) // cmovc eax, edx
	g.verdictOf(rax)
}

// compare sets the flags for a comparison of A.
func (g *generator) compare(in *plan.Insn) {
	switch bitwise := in.Op == cbpf.HasBits; {
	case in.X && bitwise:
		g.op(opTest, rax, rcx)
	case in.X:
		g.op(opCmp, rax, rcx)
	case bitwise && in.K <= 0xff:
		g.bytes(0xa8, byte(in.K)) // test al, k
	case bitwise:
		g.bytes(0xa9) // test eax, k
		g.imm32(in.K)
	case in.K == 0 && in.Op == cbpf.Equal:
		g.op(opTest, rax, rax)
	default:
		g.opImm(immCmp, rax, in.K)
	}
}
