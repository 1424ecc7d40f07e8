package toebpf

import (
	"math"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// node puts the code of node i, which is neither a jump nor a return.
func (e *gen) node(i int32) error {
	n := &e.nodes[i]
	switch t := n.traits(); {
	case n.ancillary():
		e.ancillaryLoad(i)
	case t.Any(cbpf.LoadsPacket):
		e.load(i)
	case n.op == opLoop:
		return e.runLoop(n)
	case t.Any(cbpf.ReadsMem):
		r := e.written(n)
		e.put(e.words[n.k].load(r))
		e.wrote(r, math.MaxUint32)
	case t.Any(cbpf.WritesMem):
		e.put(e.words[n.k].store(e.read(n)))
	case n.op&cbpf.ClassMask == cbpf.ClassAlu:
		e.arithmetic(i)
	case n.op == cbpf.Tax:
		e.put(asm.Mov.Reg32(e.regs.x, e.regs.a))
		e.newX(e.maxA)
	case n.op == cbpf.Txa:
		e.put(asm.Mov.Reg32(e.regs.a, e.regs.x))
		e.maxA = e.maxX
	case n.op == cbpf.LdLen, n.op == cbpf.LdxLen:
		r := e.written(n)
		e.length(r, e.live[n.t]&readA != 0)
		e.wrote(r, math.MaxUint32)
	default: // LdImm, LdxImm
		r := e.written(n)
		k := n.k
		if n.op == cbpf.LdImm && e.swaps != nil {
			k = swap(k, e.swaps.defined(i))
		}
		e.put(asm.Mov.Imm32(r, int32(k)))
		e.wrote(r, k)
		if r == e.regs.x {
			e.point()
		}
	}
	return nil
}

// written returns the register that the node sets, read the one that it stores.
func (e *gen) written(n *node) asm.Register {
	if n.traits().Any(cbpf.WritesX) {
		return e.regs.x
	}
	return e.regs.a
}

func (e *gen) read(n *node) asm.Register {
	if n.traits().Any(cbpf.ReadsX) {
		return e.regs.x
	}
	return e.regs.a
}

// wrote notes that r, A or X, has a new value of at most this.
func (e *gen) wrote(r asm.Register, most uint32) {
	if r == e.regs.x {
		e.newX(most)
	} else {
		e.maxA = most
	}
}

var arithmetic = map[uint16]asm.ALUOp{
	cbpf.Add: asm.Add, cbpf.Sub: asm.Sub, cbpf.Mul: asm.Mul, cbpf.Div: asm.Div, cbpf.Or: asm.Or, cbpf.And: asm.And,
	cbpf.Lsh: asm.LSh, cbpf.Rsh: asm.RSh, cbpf.Neg: asm.Neg, cbpf.Mod: asm.Mod, cbpf.Xor: asm.Xor,
}

// arithmetic puts an operation on A. A shift by 32 or more gives 0, where extended BPF looks at five bits of the distance. A
// division by zero rejects the packet, where it gives 0 in extended BPF.
func (e *gen) arithmetic(i int32) {
	n := &e.nodes[i]
	op, a, x := n.op&cbpf.OpMask, e.regs.a, e.regs.x
	most := e.most(op, n)
	switch {
	case op == cbpf.Neg:
		e.put(asm.Neg.Imm32(a, 0))
	case n.op&cbpf.SrcX == 0:
		e.put(arithmetic[op].Imm32(a, int32(e.constant(i))))
	case op == cbpf.Div || op == cbpf.Mod:
		e.jump(asm.JEq.Imm(x, 0, "?"), e.rejection())
		e.put(arithmetic[op].Reg32(a, x))
	case (op == cbpf.Lsh || op == cbpf.Rsh) && e.maxX >= 32:
		fits := e.newLabel()
		e.put(arithmetic[op].Reg32(a, x))
		e.jump(asm.JLE.Imm(x, 31, "?"), fits)
		e.put(asm.Mov.Imm32(a, 0))
		e.assembler.place(fits)
	default:
		e.put(arithmetic[op].Reg32(a, x))
	}
	e.maxA = most
}

// most returns what A is at most after an operation, as far as the kernel's verifier sees it, too.
func (e *gen) most(op uint16, n *node) uint32 {
	operand := uint64(n.k)
	if n.op&cbpf.SrcX != 0 {
		operand = uint64(e.maxX)
	}
	a := uint64(e.maxA)
	most := uint64(math.MaxUint32)
	switch {
	case op == cbpf.Add:
		most = a + operand
	case op == cbpf.And:
		most = min(a, operand)
	case op == cbpf.Mul && a <= math.MaxUint16 && operand <= math.MaxUint16:
		most = a * operand
	case op == cbpf.Lsh && n.op&cbpf.SrcX == 0:
		most = a << operand
	case op == cbpf.Rsh && n.op&cbpf.SrcX == 0:
		most = a >> operand
	}
	if most > math.MaxUint32 { // it can wrap around
		return math.MaxUint32
	}
	return uint32(most)
}
