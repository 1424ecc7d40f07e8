package vm

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// operation is what a decoded instruction does.
type operation uint8

// The decoded operations. Every conditional jump on a constant is one of two:
// "in range" (A - lo <= span, modulo 2^32, which is =, > and >= depending on lo
// and span) or "has bits". A load with such a jump right after it is one operation.
const (
	opRetK operation = iota
	opRetA
	opRetX
	opReject // a value that can only end in 0

	opLoadW
	opLoadH
	opLoadB
	opLoadWRange
	opLoadHRange
	opLoadBRange
	opLoadWBits
	opLoadHBits
	opLoadBBits

	opIndirectW
	opIndirectH
	opIndirectB
	opIndirectWRange
	opIndirectHRange
	opIndirectBRange
	opIndirectWBits
	opIndirectHBits
	opIndirectBBits

	opHeaderLength // ldx 4*([k]&0xf)
	opAncillary    // absolute load at an ancillary offset

	opRange
	opBits
	opEqualX
	opGreaterX
	opGreaterEqualX
	opBitsX
	opForward // ja forward; forward jumps to it are led on
	opBack    // ja back; k is its place in the program
	opResume  // goes on after one

	opLoadImm
	opLoadLen
	opLoadMem
	opLoadXImm
	opLoadXLen
	opLoadXMem
	opStore
	opStoreX

	opAddK
	opMulK
	opDivK
	opModK
	opAndK
	opOrK
	opXorK
	opLshK
	opRshK
	opNeg
	opAddX
	opSubX
	opMulX
	opDivX
	opModX
	opAndX
	opOrX
	opXorX
	opLshX
	opRshX

	opTax
	opTxa
)

// inst is a decoded instruction, a node of the program's graph.
type inst struct {
	op   operation
	k    uint32 // constant; lower bound or bits of a comparison
	span uint32 // of a range: how far above k a value still lies within
	end  uint64 // of a packet load: k + size, so that X + end is where it ends
	t, f *inst  // successors; all but conditional jumps go on at t
}

// plain maps the codes that decode one to one, k as it is.
var plain = [256]operation{
	cbpf.RetK: opRetK, cbpf.RetA: opRetA, cbpf.RetX: opRetX,
	cbpf.LdxMsh: opHeaderLength,
	cbpf.JsetK:  opBits, cbpf.JeqX: opEqualX, cbpf.JgtX: opGreaterX, cbpf.JgeX: opGreaterEqualX, cbpf.JsetX: opBitsX,
	cbpf.LdImm: opLoadImm, cbpf.LdLen: opLoadLen, cbpf.LdMem: opLoadMem,
	cbpf.LdxImm: opLoadXImm, cbpf.LdxLen: opLoadXLen, cbpf.LdxMem: opLoadXMem,
	cbpf.St: opStore, cbpf.Stx: opStoreX,
	cbpf.AddK: opAddK, cbpf.MulK: opMulK, cbpf.DivK: opDivK, cbpf.ModK: opModK, cbpf.AndK: opAndK, cbpf.OrK: opOrK, cbpf.XorK: opXorK,
	cbpf.LshK: opLshK, cbpf.RshK: opRshK, cbpf.NegA: opNeg,
	cbpf.AddX: opAddX, cbpf.SubX: opSubX, cbpf.MulX: opMulX, cbpf.DivX: opDivX, cbpf.ModX: opModX, cbpf.AndX: opAndX, cbpf.OrX: opOrX,
	cbpf.XorX: opXorX, cbpf.LshX: opLshX, cbpf.RshX: opRshX,
	cbpf.Tax: opTax, cbpf.Txa: opTxa,
}

// packetLoad describes a load from the packet: its operation alone and with
// either comparison, and its size in bytes.
type packetLoad struct {
	load, inRange, hasBits operation
	size                   uint64
}

var packetLoads = [256]packetLoad{
	cbpf.LdAbsW: {opLoadW, opLoadWRange, opLoadWBits, 4},
	cbpf.LdAbsH: {opLoadH, opLoadHRange, opLoadHBits, 2},
	cbpf.LdAbsB: {opLoadB, opLoadBRange, opLoadBBits, 1},
	cbpf.LdIndW: {opIndirectW, opIndirectWRange, opIndirectWBits, 4},
	cbpf.LdIndH: {opIndirectH, opIndirectHRange, opIndirectHBits, 2},
	cbpf.LdIndB: {opIndirectB, opIndirectBRange, opIndirectBBits, 1},
}

// decoder turns a valid program into a graph.
type decoder struct {
	prog []bpf.RawInstruction
	code []inst // one for each instruction of prog, at the same index
}

func decode(prog []bpf.RawInstruction) []inst {
	d := decoder{prog: prog, code: make([]inst, len(prog))}
	// Backwards, because an instruction may take over what follows it.
	for pc := len(prog) - 1; pc >= 0; pc-- {
		d.instruction(pc)
	}
	return d.code
}

// at returns the node where a jump to pc arrives. A forward ja is passed through;
// what comes later is decoded already, so its own target is the end of the chain.
func (d *decoder) at(pc int) *inst {
	n := &d.code[pc]
	if n.op == opForward {
		return n.t
	}
	return n
}

func (d *decoder) instruction(pc int) {
	in := d.prog[pc]
	out := &d.code[pc]
	switch {
	case cbpf.IsReturn(in.Op):
		*out = inst{op: plain[in.Op], k: in.K}
	case cbpf.TraitsOf(in.Op)&cbpf.Branches != 0:
		*out = d.conditional(pc)
	case in.Op == cbpf.Ja:
		*out = inst{op: opForward, t: d.at(pc + 1 + int(int32(in.K)))}
		if cbpf.IsBackward(in) {
			out.op, out.k = opBack, uint32(pc)
		}
	case cbpf.TraitsOf(in.Op)&cbpf.Absolute != 0 && in.K >= cbpf.AncillaryBase:
		*out = inst{op: opAncillary, k: in.K, t: d.at(pc + 1)}
	case in.Op == cbpf.SubK:
		*out = inst{op: opAddK, k: -in.K, t: d.at(pc + 1)}
	case in.Op == cbpf.LdxMsh:
		*out = inst{op: opHeaderLength, end: uint64(in.K) + 1, t: d.at(pc + 1)}
	default:
		if load := packetLoads[uint8(in.Op)]; load.size != 0 {
			*out = d.load(pc, load)
			return
		}
		*out = inst{op: plain[in.Op], k: in.K, t: d.at(pc + 1)}
	}
}

// load joins the load at pc with a comparison right after it.
func (d *decoder) load(pc int, load packetLoad) inst {
	out := inst{op: load.load, t: d.at(pc + 1)}
	switch out.t.op {
	case opRange:
		out = *out.t
		out.op = load.inRange
	case opBits:
		out = *out.t
		out.op = load.hasBits
	}
	out.end = uint64(d.prog[pc].K) + load.size
	return out
}

func (d *decoder) conditional(pc int) inst {
	in := d.prog[pc]
	t, f := d.at(pc+1+int(in.Jt)), d.at(pc+1+int(in.Jf))
	switch in.Op {
	case cbpf.JeqK:
		return inst{op: opRange, k: in.K, t: t, f: f}
	case cbpf.JgeK:
		return inst{op: opRange, k: in.K, span: ^in.K, t: t, f: f}
	case cbpf.JgtK:
		if in.K == ^uint32(0) { // nothing is greater: both ways are the false one
			return inst{op: opRange, t: f, f: f}
		}
		return inst{op: opRange, k: in.K + 1, span: ^(in.K + 1), t: t, f: f}
	}
	return inst{op: plain[in.Op], k: in.K, t: t, f: f}
}
