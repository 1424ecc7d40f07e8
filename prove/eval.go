package prove

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/ir"
)

// mostSteps ends programs that go round in circles: more instructions than any header
// walk of a packet of the longest captured length takes.
const mostSteps = 1 << 22

// runGraph decides with a graph.
func runGraph(g *ir.Graph, p Packet) bool {
	return ir.Run(g, p.Data, int(p.WireLen), func(k uint32) uint32 { return p.Ancillary[k] })
}

// processor runs a program on a packet, straight from the definition of the machine.
type processor struct {
	packet Packet
	a, x   uint32
	mem    [cbpf.MemWords]uint32
}

// runProgram tells whether a program returns another number than 0.
func runProgram(code []bpf.RawInstruction, p Packet) bool {
	c := processor{packet: p}
	pc := uint32(0)
	for range mostSteps {
		in := code[pc]
		pc++
		switch in.Op & 7 {
		case cbpf.ClassRet:
			switch in.Op {
			case cbpf.RetA:
				return c.a != 0
			case cbpf.RetX:
				return c.x != 0
			}
			return in.K != 0
		case cbpf.ClassJmp:
			pc += c.jump(in)
		default:
			if !c.execute(in) {
				return false
			}
		}
	}
	return false
}

// jump is how far a jump leads.
func (c *processor) jump(in bpf.RawInstruction) uint32 {
	if in.Op == cbpf.Ja {
		return in.K
	}
	if comparison(in).Holds(c.a, c.operand(in)) {
		return uint32(in.Jt)
	}
	return uint32(in.Jf)
}

func (c *processor) operand(in bpf.RawInstruction) uint32 {
	if in.Op&cbpf.SrcX != 0 {
		return c.x
	}
	return in.K
}

// execute runs an instruction that is no jump; false is one that ends the program.
func (c *processor) execute(in bpf.RawInstruction) bool {
	ok := true
	switch in.Op & 7 {
	case cbpf.ClassLd:
		c.a, ok = c.load(in)
	case cbpf.ClassLdx:
		c.x, ok = c.load(in)
	case cbpf.ClassSt:
		c.mem[in.K] = c.a
	case cbpf.ClassStx:
		c.mem[in.K] = c.x
	case cbpf.ClassMisc:
		if in.Op == cbpf.Tax {
			c.x = c.a
		} else {
			c.a = c.x
		}
	default:
		if in.Op == cbpf.NegA {
			c.a = -c.a
			return true
		}
		c.a, ok = ir.Eval(arithmetic[in.Op&cbpf.OpMask], c.a, c.operand(in))
	}
	return ok
}

func (c *processor) load(in bpf.RawInstruction) (uint32, bool) {
	at := uint64(in.K)
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		return in.K, true
	case cbpf.ModeMem:
		return c.mem[in.K], true
	case cbpf.ModeLen:
		return c.packet.WireLen, true
	case cbpf.ModeMsh:
		v, ok := c.bytes(at, 1)
		return v & 15 << 2, ok
	case cbpf.ModeAbs:
		if in.K == cbpf.AncXorX {
			return c.a ^ c.x, true
		}
		if cbpf.IsAncillary(in.K) {
			return c.packet.Ancillary[in.K], true
		}
	case cbpf.ModeInd:
		at += uint64(c.x)
	}
	return c.bytes(at, uint64(cbpf.LoadSize(in.Op)))
}

// bytes reads size bytes at an offset, in network byte order.
func (c *processor) bytes(at, size uint64) (v uint32, ok bool) {
	if at+size > uint64(len(c.packet.Data)) {
		return 0, false
	}
	for _, b := range c.packet.Data[at : at+size] {
		v = v<<8 | uint32(b)
	}
	return v, true
}
