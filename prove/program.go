package prove

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/ir"
)

// The registers of the machine: A, X and then scratch memory. As bits of a set,
// they say what is still read.
const (
	regA = iota
	regX
	regM
	numRegs = regM + cbpf.MemWords
)

// registers holds expressions; nil is a register that nothing reads any more.
type registers [numRegs]*ir.Expr

// machine lifts a program without loops by running it on expressions.
type machine struct {
	lifting
	code []bpf.RawInstruction
	live []uint32              // by instruction: the registers that are read from there on
	made []map[registers]int32 // by instruction: the steps for it
	todo [][]waiting           // the same in the order of their making
}

type waiting struct {
	regs registers
	step int32
}

// liftProgram lifts a program that cbpf.Validate takes for user space.
func liftProgram(code []bpf.RawInstruction, bound int, b *budget) (f lifted) {
	loops := false
	for _, in := range code {
		loops = loops || cbpf.IsBackward(in)
	}
	if loops {
		code = unroll(code, bound)
	}
	m := &machine{code: code, lifting: lifting{g: ir.New(), budget: b}}
	m.live = liveRegisters(code)
	m.made = make([]map[registers]int32, len(code))
	m.todo = make([][]waiting, len(code))
	zero := m.g.Const(0)
	var start registers
	for i := range start {
		start[i] = zero
	}
	root := m.run(0, start)
	for pc := range code {
		for i := 0; i < len(m.todo[pc]); i++ {
			w := m.todo[pc][i]
			m.put(w.step, m.stepAt(pc, w.regs))
		}
		m.made[pc], m.todo[pc] = nil, nil
	}
	f.steps, f.root = m.finish(root)
	if loops {
		f.bound = bound
	}
	return f
}

// backward stands for a jump back out of the last copy of a loop.
const backward = 0xffff

// unroll writes a program times over, its jumps back leading into the next copy.
func unroll(code []bpf.RawInstruction, times int) []bpf.RawInstruction {
	out := make([]bpf.RawInstruction, 0, times*len(code))
	for c := range times {
		for _, in := range code {
			if cbpf.IsBackward(in) {
				if c == times-1 {
					in = bpf.RawInstruction{Op: backward}
				} else {
					in.K += uint32(len(code))
				}
			}
			out = append(out, in)
		}
	}
	return out
}

// liveRegisters finds which registers are still read from each instruction on.
func liveRegisters(code []bpf.RawInstruction) []uint32 {
	live := make([]uint32, len(code))
	at := func(pc int) uint32 {
		if pc < len(code) {
			return live[pc]
		}
		return 0
	}
	for pc := len(code) - 1; pc >= 0; pc-- {
		in := code[pc]
		if in.Op == backward {
			continue
		}
		traits := cbpf.TraitsOf(in.Op)
		var after uint32
		switch {
		case traits.Has(cbpf.Returns):
		case traits.Has(cbpf.Branches):
			after = at(pc+1+int(in.Jt)) | at(pc+1+int(in.Jf))
		case in.Op == cbpf.Ja:
			after = at(pc + 1 + int(in.K))
		default:
			after = at(pc + 1)
		}
		for _, r := range []struct {
			writes, reads cbpf.Traits
			reg           uint32
		}{{cbpf.WritesA, cbpf.ReadsA, regA}, {cbpf.WritesX, cbpf.ReadsX, regX}, {cbpf.WritesMem, cbpf.ReadsMem, regM + in.K%cbpf.MemWords}} {
			if traits.Any(r.writes) {
				after &^= 1 << r.reg
			}
			if traits.Any(r.reads) {
				after |= 1 << r.reg
			}
		}
		if isAncillaryOfRegisters(in) {
			after |= 1<<regA | 1<<regX
		}
		live[pc] = after
	}
	return live
}

func isAncillaryOfRegisters(in bpf.RawInstruction) bool {
	return in.Op&^cbpf.SizeMask == cbpf.ClassLd|cbpf.ModeAbs &&
		(in.K == cbpf.AncXorX || in.K == cbpf.AncAttribute || in.K == cbpf.AncNested)
}

// run follows the program from an instruction on to where it decides or may fail,
// and returns the step for that.
func (m *machine) run(pc int, regs registers) int32 {
	for {
		in := m.code[pc]
		switch {
		case in.Op == backward:
			return endBound
		case in.Op == cbpf.Ja:
			pc += 1 + int(in.K)
			continue
		case in.Op&7 == cbpf.ClassJmp:
			l, r := m.operands(in, regs)
			if l.Op != ir.Const || r.Op != ir.Const {
				return m.step(pc, regs)
			}
			if comparison(in).Holds(l.K, r.K) {
				pc += 1 + int(in.Jt)
			} else {
				pc += 1 + int(in.Jf)
			}
			continue
		case cbpf.IsReturn(in.Op):
			v := m.returned(in, regs)
			if v.Op != ir.Const {
				return m.step(pc, regs)
			}
			if v.K == 0 {
				return endReject
			}
			return endAccept
		}
		reg, v := m.assigned(in, regs)
		if v.Fails() && mayFail(in, v) {
			return m.step(pc, regs)
		}
		regs[reg] = v
		pc++
	}
}

// mayFail tells whether it is this instruction that can end the program.
func mayFail(in bpf.RawInstruction, v *ir.Expr) bool {
	return cbpf.TraitsOf(in.Op).Any(cbpf.LoadsPacket) && v.Op != ir.Anc || v.Op == ir.Div || v.Op == ir.Mod
}

// step returns the step for an instruction in a state, which it makes if it is new.
func (m *machine) step(pc int, regs registers) int32 {
	for r := range regs {
		if m.live[pc]&(1<<r) == 0 {
			regs[r] = nil
		}
	}
	if m.made[pc] == nil {
		m.made[pc] = make(map[registers]int32)
	}
	n, ok := m.made[pc][regs]
	if !ok {
		n = m.add()
		m.made[pc][regs] = n
		m.todo[pc] = append(m.todo[pc], waiting{regs, n})
	}
	return n
}

// stepAt is the step for an instruction where [machine.run] stops.
func (m *machine) stepAt(pc int, regs registers) step {
	in := m.code[pc]
	switch {
	case in.Op&7 == cbpf.ClassJmp:
		l, r := m.operands(in, regs)
		return step{kind: test, cmp: comparison(in), l: l, r: r, t: m.run(pc+1+int(in.Jt), regs), f: m.run(pc+1+int(in.Jf), regs)}
	case cbpf.IsReturn(in.Op):
		return step{kind: test, cmp: ir.Eq, l: m.returned(in, regs), r: m.g.Const(0), t: endReject, f: endAccept}
	}
	reg, v := m.assigned(in, regs)
	regs[reg] = v
	return step{kind: look, l: v, t: m.run(pc+1, regs)}
}

func comparison(in bpf.RawInstruction) ir.Cmp {
	switch in.Op & cbpf.OpMask {
	case cbpf.Equal:
		return ir.Eq
	case cbpf.Greater:
		return ir.Gt
	case cbpf.GreaterEqual:
		return ir.Ge
	}
	return ir.Set
}

// operands are what an operation works on.
func (m *machine) operands(in bpf.RawInstruction, regs registers) (l, r *ir.Expr) {
	if in.Op&cbpf.SrcX != 0 {
		return regs[regA], regs[regX]
	}
	return regs[regA], m.g.Const(in.K)
}

func (m *machine) returned(in bpf.RawInstruction, regs registers) *ir.Expr {
	switch in.Op {
	case cbpf.RetA:
		return regs[regA]
	case cbpf.RetX:
		return regs[regX]
	}
	return m.g.Const(in.K)
}

var arithmetic = map[uint16]ir.Op{
	cbpf.Add: ir.Add, cbpf.Sub: ir.Sub, cbpf.Mul: ir.Mul, cbpf.Div: ir.Div, cbpf.Mod: ir.Mod,
	cbpf.And: ir.And, cbpf.Or: ir.Or, cbpf.Xor: ir.Xor, cbpf.Lsh: ir.Lsh, cbpf.Rsh: ir.Rsh,
}

// assigned is the register that an instruction sets, and its value.
func (m *machine) assigned(in bpf.RawInstruction, regs registers) (int, *ir.Expr) {
	switch in.Op & 7 {
	case cbpf.ClassLd:
		return regA, m.loaded(in, regs)
	case cbpf.ClassLdx:
		return regX, m.loaded(in, regs)
	case cbpf.ClassSt:
		return regM + int(in.K), regs[regA]
	case cbpf.ClassStx:
		return regM + int(in.K), regs[regX]
	case cbpf.ClassMisc:
		if in.Op == cbpf.Tax {
			return regX, regs[regA]
		}
		return regA, regs[regX]
	}
	if in.Op == cbpf.NegA {
		return regA, m.g.Neg(regs[regA])
	}
	l, r := m.operands(in, regs)
	return regA, m.g.Bin(arithmetic[in.Op&cbpf.OpMask], l, r)
}

func (m *machine) loaded(in bpf.RawInstruction, regs registers) *ir.Expr {
	size := uint8(cbpf.LoadSize(in.Op))
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		return m.g.Const(in.K)
	case cbpf.ModeMem:
		return regs[regM+in.K]
	case cbpf.ModeLen:
		return m.g.Len()
	case cbpf.ModeMsh:
		return m.g.Bin(ir.Lsh, m.g.Bin(ir.And, m.g.Load(1, in.K, nil), m.g.Const(15)), m.g.Const(2))
	case cbpf.ModeInd:
		return m.g.Load(size, in.K, regs[regX])
	}
	if !cbpf.IsAncillary(in.K) {
		return m.g.Load(size, in.K, nil)
	}
	switch in.K {
	case cbpf.AncXorX:
		return m.g.Bin(ir.Xor, regs[regA], regs[regX])
	case cbpf.AncAttribute, cbpf.AncNested, cbpf.AncRandom:
		panic(spent{"the program reads the " + cbpf.AncillaryName(in.K) + ", which has no meaning that can be compared"})
	}
	return m.g.Anc(size, in.K)
}
