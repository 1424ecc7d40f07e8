// Package arm64 writes 64 bit ARM machine code for a plan.
//
// # The code
//
// A plan becomes three functions, for one packet and for the two forms of many:
//
//	one     x0 the packet, x1 the bytes captured, w2 the length on the wire, x3 and
//	        x4 0; the verdict is returned in w0. These are registers in which Go
//	        functions take arguments and return results (ABIInternal,
//	        cmd/compile/abi-internal.md), so that it can be called as one. Where the
//	        interpreter is to judge the packet it returns plan.HandedOver in x0
//	slices  x10 an array of Go slices, the packets; x11 their lengths on the wire,
//	        x12 where the verdicts go, x13 how many packets there are, at least one
//	spans   x10 an array of offset, bytes captured and length on the wire, 32 bits
//	        each; x11 the buffer that they lie in, x2 its size, x12 and x13 as before
//
// and in each x5 are 64 bytes for the scratch memory. The last two are loops around
// the same code. x14 is how far ahead of a packet's element in the array that of the
// packet lies which is prefetched with it; 0 near the end, where there is none.
// Both stop at a packet that the interpreter is to judge, spans also at one that is
// not within the buffer; x13 is how many are left when they return.
//
// The code calls nothing, leaves the stack pointer and the link register alone, and
// changes x0, x1, x3, x4, x7, x8, x10 … x13 and the flags only. While a packet
// is looked at,
//
//	x0, x1  are the packet and the bytes captured
//	w3, w4  are A and X; the high halves are always 0, so that x4 can be added to
//	        an address
//	x7      is for offsets and constants too large for an instruction
//	w8      is for a quotient
//
// Go's runtime, when a signal interrupts the code, takes the link register for
// the return address of a leaf function. It holds one to Go code or a stub.
package arm64

import (
	"math/bits"

	"bpfc/cbpf"
	"bpfc/vm/jit/internal/plan"
)

const (
	packet     = r0
	result     = r0
	length     = r1
	wireLength = r2 // of the function for one packet
	bufSize    = r2 // of the function for spans
	regA       = r3
	regX       = r4
	scratch    = r5
	temp       = r7
	quotient   = r8
	records    = r10 // slices or spans
	second     = r11 // lengths on the wire, or the buffer
	verdicts   = r12
	left       = r13
	ahead      = r14
)

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

// Generate returns the code for a plan. It fails for programs so long that their
// jumps do not reach.
func Generate(p *plan.Plan) (Code, error) {
	perForm := len(p.Insns) + extraLabels
	a := newAssembler(int(forms) * perForm)
	var starts, ends [forms]int
	for f := range forms {
		a.align()
		g := generator{a, p, f, label(int(f) * perForm)}
		g.function()
		starts[f], ends[f] = a.places[g.at(atTop)], len(a.buf)
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
		g.verdictOf(zr)
		return
	}
	// Most packets are rejected. That end stands before the loop's start and runs into
	// it: one jump taken for a packet instead of two is felt, and leaves the branch
	// predictor twice as many packets to remember.
	g.bind(g.at(atReject))
	g.storeVerdict(zr)
	g.next()
	g.jump(equal, g.at(atOut))
	g.bind(g.at(atTop))
	g.fetch()
	g.zero()
	g.body()
	g.bind(g.at(atOut))
	g.word(ret)
}

// Sizes of a Go slice and of a span, in bytes.
const (
	sliceSize = 24
	spanSize  = 12
)

// fetch loads address and length of the packet whose turn it is, and prefetches one
// that comes later, where the program looks at packets at all. A span is checked
// in any case.
func (g *generator) fetch() {
	switch g.form {
	case slices:
		if g.plan.Reads {
			g.op(load64.register, temp, records, ahead)
			g.prefetch(temp)
			g.access(load64, packet, records, 0, temp)
			g.access(load64, length, records, 8, temp)
		}
	case spans:
		if g.plan.Reads {
			g.op(load32.register, temp, records, ahead)
			g.op(add64, temp, temp, second)
			g.prefetch(temp)
		}
		g.access(load32, packet, records, 0, temp)
		g.access(load32, length, records, 4, temp)
		g.op(add64, temp, packet, length)
		g.op(subs64, zr, temp, bufSize)
		g.jump(above, g.at(atOut))
		if g.plan.Reads {
			g.op(add64, packet, packet, second)
		}
	}
}

// advance goes on to the next packet, or out of the loop. It stands at every end of a
// run; one for all would cost a jump to it, which is felt where packets take a
// nanosecond.
func (g *generator) advance() {
	g.next()
	g.jump(notEqual, g.at(atTop))
	g.word(ret)
}

// next makes it the next packet's turn. The zero flag tells that there is none.
func (g *generator) next() {
	if g.form == slices {
		g.opImm(addImm64, records, records, sliceSize)
		g.opImm(addImm64, second, second, 4)
	} else {
		g.opImm(addImm64, records, records, spanSize)
	}
	g.opImm(addImm64, verdicts, verdicts, 4)
	g.opImm(subsImm64, left, left, 1)
}

// verdict ends the run on this packet with k.
func (g *generator) verdict(k uint32) {
	if g.form == one {
		g.movImm(result, k)
		g.word(ret)
		return
	}
	g.movImm(temp, k)
	g.verdictOf(temp)
}

// verdictOf ends the run on this packet with the value of a register.
func (g *generator) verdictOf(r reg) {
	if g.form == one {
		g.move(result, r)
		g.word(ret)
		return
	}
	g.storeVerdict(r)
	g.advance()
}

func (g *generator) storeVerdict(r reg) {
	g.access(store32, r, verdicts, 0, temp)
}

// wireLen loads the length on the wire.
func (g *generator) wireLen(r reg) {
	switch g.form {
	case one:
		g.move(r, wireLength)
	case slices:
		g.access(load32, r, second, 0, temp)
	case spans:
		g.access(load32, r, records, 8, temp)
	}
}

// zero clears what the program uses before it sets it.
func (g *generator) zero() {
	if g.plan.ZeroA && g.form != one {
		g.movImm(regA, 0)
	}
	if g.plan.ZeroX && g.form != one {
		g.movImm(regX, 0)
	}
	for k := range uint32(16) {
		if g.plan.ZeroMem&(1<<k) != 0 {
			g.access(store32, zr, scratch, 4*k, temp)
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
		g.access(load8, regX, packet, in.K, temp)
		g.bitfield(regX, regX, 30, 3) // the low 4 bits, shifted left by 2
	case plan.LoadImm:
		g.movImm(regA, in.K)
	case plan.LoadXImm:
		g.movImm(regX, in.K)
	case plan.LoadLen:
		g.wireLen(regA)
	case plan.LoadXLen:
		g.wireLen(regX)
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
	}
	g.leave(in, next)
}

// leave writes how the run goes on after an instruction, or that it ends.
func (g *generator) leave(in *plan.Insn, next label) {
	switch in.Class {
	case plan.RetA:
		g.verdictOf(regA)
	case plan.RetX:
		g.verdictOf(regX)
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

const ret = 0xd65f03c0

// goOn makes the run continue at to.
func (g *generator) goOn(to int, next label) {
	if l := g.target(to); l != next {
		g.jump(unconditional, l)
	}
}

// handOver leaves the packet to the interpreter.
func (g *generator) handOver(next label) {
	if g.form == one {
		g.movImm64(result, plan.HandedOver)
		g.word(ret)
		return
	}
	if out := g.at(atOut); out != next {
		g.jump(unconditional, out)
	}
}

// check writes the checks of the packet's length that the plan asks for.
func (g *generator) check(in *plan.Insn) {
	if n := in.Check; n != 0 {
		if !g.opImm(subsImm64, zr, length, n) {
			g.movImm64(temp, n)
			g.op(subs64, zr, length, temp)
		}
		g.jump(below, g.at(atReject))
	}
	if n := in.CheckX; n != 0 {
		if !g.opImm(addImm64, temp, regX, n) {
			g.movImm64(temp, n)
			g.op(add64, temp, temp, regX)
		}
		g.op(subs64, zr, temp, length)
		g.jump(above, g.at(atReject))
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
	// A, not yet loaded, can hold an offset that is too large.
	g.access(loads[in.Size], regA, from, in.K, regA)
	switch {
	case in.Raw || in.Size == 1:
	case in.Size == 2:
		g.op(rev16, regA, regA, r0)
	default:
		g.op(rev, regA, regA, r0)
	}
}

var loads = [5]memory{1: load8, 2: load16, 4: load32}

// simple has the codes of the operations that are one instruction with X.
var simple = [16]uint32{
	cbpf.Add >> 4: addReg, cbpf.Sub >> 4: subReg, cbpf.Mul >> 4: mulReg,
	cbpf.Or >> 4: orrReg, cbpf.And >> 4: andReg, cbpf.Xor >> 4: eorReg,
}

// bitwise has the codes of those that may take a pattern of bits.
var bitwise = [16]uint32{cbpf.Or >> 4: orrImm, cbpf.And >> 4: andImm, cbpf.Xor >> 4: eorImm}

func (g *generator) alu(in *plan.Insn) {
	switch in.Op {
	case cbpf.Lsh, cbpf.Rsh:
		g.shift(in)
		return
	case cbpf.Div, cbpf.Mod:
		g.divide(in)
		return
	}
	if in.X {
		g.op(simple[in.Op>>4], regA, regA, regX)
		return
	}
	switch in.Op {
	case cbpf.Add:
		if g.opImm(addImm, regA, regA, uint64(in.K)) || g.opImm(subImm, regA, regA, uint64(-in.K)) {
			return
		}
	case cbpf.Sub:
		if g.opImm(subImm, regA, regA, uint64(in.K)) || g.opImm(addImm, regA, regA, uint64(-in.K)) {
			return
		}
	case cbpf.Or, cbpf.And, cbpf.Xor:
		if g.bitwiseImm(bitwise[in.Op>>4], regA, regA, in.K) {
			return
		}
	}
	g.movImm(temp, in.K)
	g.op(simple[in.Op>>4], regA, regA, temp)
}

// shift shifts by a constant below 32, or by X. The processor takes X modulo
// 32, so the result is replaced by 0 where X is larger.
func (g *generator) shift(in *plan.Insn) {
	left := in.Op == cbpf.Lsh
	switch {
	case in.X:
		code := uint32(lsrv)
		if left {
			code = lslv
		}
		g.opImm(subsImm, zr, regX, 32)
		g.op(code, regA, regA, regX)
		g.choose(regA, regA, zr, below)
	case left:
		g.shiftLeft(regA, regA, int(in.K))
	default:
		g.shiftRight(regA, regA, int(in.K))
	}
}

func (g *generator) divide(in *plan.Insn) {
	if !in.X && in.K&(in.K-1) == 0 {
		if in.Op == cbpf.Div {
			g.shiftRight(regA, regA, bits.TrailingZeros32(in.K))
		} else if !g.bitwiseImm(andImm, regA, regA, in.K-1) { // K is 1
			g.movImm(regA, 0)
		}
		return
	}
	divisor := regX
	if in.X {
		g.jumpZero(regX, g.at(atReject))
	} else {
		divisor = temp
		g.movImm(temp, in.K)
	}
	if in.Op == cbpf.Div {
		g.op(udiv, regA, regA, divisor)
		return
	}
	g.op(udiv, quotient, regA, divisor)
	g.multiplySubtract(regA, quotient, divisor, regA)
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
	g.movImm(regA, t)
	g.movImm(temp, f)
	g.choose(regA, regA, temp, c)
	g.verdictOf(regA)
}

// compare sets the flags for a comparison of A.
func (g *generator) compare(in *plan.Insn) {
	code := uint32(subs)
	if in.Op == cbpf.HasBits {
		code = andsReg
	}
	operand := regX
	if !in.X {
		if in.Op == cbpf.HasBits && g.bitwiseImm(andsImm, zr, regA, in.K) ||
			in.Op != cbpf.HasBits && g.compareImm(in.K) {
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
