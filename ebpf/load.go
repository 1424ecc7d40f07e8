package toebpf

import (
	"math"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// maxOffset bounds the packets that the kernel's verifier lets a program read directly (MAX_PACKET_OFF), and so what loads
// reach here, however they are made: one that ends beyond it rejects.
const maxOffset = 0xffff

// maxDistance is the largest offset in an instruction.
const maxDistance = math.MaxInt16

var sizes = [...]asm.Size{1: asm.Byte, 2: asm.Half, 4: asm.Word}

// startMargin is how many bytes of the packet there may be before the start that a fragment or an injected filter is given: the
// verifier counts maxOffset from where the packet really starts.
const startMargin = 255

// limit returns where loads end at most that can be made this way.
func (a Access) limit() uint32 {
	if a == LdAbs {
		return math.MaxInt32
	}
	return maxOffset
}

// load puts a load of packet data, which [flow.cut] has found to be within the limit.
func (e *gen) load(i int32) {
	n := &e.nodes[i]
	reader := readers[e.access]
	switch {
	case n.header() && e.access == SkbLoad:
		e.relative(i)
	case n.traits().Any(cbpf.Indirect):
		reader.indexed(e, i)
	default:
		reader.absolute(e, i)
	}
	if n.traits().Any(cbpf.Header) {
		e.put(asm.And.Imm32(e.regs.x, 0xf), asm.LSh.Imm32(e.regs.x, 2))
		e.newX(60)
		e.point()
	}
}

// loaded puts what turns a value that was just loaded for node i from network order, if it is to be turned.
func (e *gen) loaded(i int32) {
	n := &e.nodes[i]
	size := cbpf.LoadSize(n.op)
	e.wrote(e.written(n), uint32(1<<(8*size)-1))
	if size == 1 || e.big || e.swaps.defined(i) != 0 {
		return
	}
	e.put(asm.HostTo(asm.BE, e.regs.a, sizes[size]))
	e.maxA = math.MaxUint32 // the verifier knows nothing of what comes out
}

// want returns for how many bytes a load that needs end of them asks: for all that is needed in any case, as long as that
// can be had.
func want(end uint32, needed uint32) uint32 {
	if needed == rejects {
		return end
	}
	return max(end, needed)
}

// boundX rejects the packet if X + end goes beyond what loads reach. It tells whether that bounds X more than before.
func (e *gen) boundX(end uint32) bool {
	most := e.limit - end
	if e.maxX <= most {
		return false
	}
	e.jump(asm.JGT.Imm(e.regs.x, int32(most), "?"), e.beyond)
	e.maxX = most
	return true
}

// reader is how packets are read.
type reader struct {
	// absolute loads what node i, a load at a constant offset or one of a header's length, reads. indexed does so for X + k.
	absolute, indexed func(e *gen, i int32)
}

var readers = [...]reader{
	Direct:    {(*gen).directAbsolute, (*gen).directIndexed},
	LdAbs:     {(*gen).ldAbs, (*gen).ldInd},
	SkbLoad:   {(*gen).copyAbsolute, (*gen).copyIndexed},
	XDPLoad:   {(*gen).copyAbsolute, (*gen).copyIndexed},
	ProbeRead: {(*gen).copyAbsolute, (*gen).copyIndexed},
}

// directAbsolute reads at data + k, after a comparison with the packet's end that the verifier takes as a proof for all that
// lies before it. There is one for many loads: it asks for what every way on needs.
func (e *gen) directAbsolute(i int32) {
	n := &e.nodes[i]
	end := uint32(n.end())
	if e.packet < end {
		e.packet = want(end, e.needs.packet[i])
		e.tmpAt(e.packet)
		e.jump(asm.JGT.Reg(e.regs.tmp, e.regs.end, "?"), e.beyond)
	}
	r := e.written(n)
	if n.k <= maxDistance {
		e.put(asm.LoadMem(r, e.regs.data, int16(n.k), sizes[cbpf.LoadSize(n.op)]))
	} else {
		e.tmpAt(n.k)
		e.put(asm.LoadMem(r, e.regs.tmp, 0, sizes[cbpf.LoadSize(n.op)]))
	}
	e.loaded(i)
}

// tmpAt makes tmp data + offset.
func (e *gen) tmpAt(offset uint32) {
	if e.edge == 0 {
		e.put(asm.Mov.Reg(e.regs.tmp, e.regs.data))
	}
	if offset != e.edge {
		e.put(asm.Add.Imm(e.regs.tmp, int32(offset)-int32(e.edge)))
	}
	e.edge = offset
}

// directIndexed reads at pointer + k - bias: the pointer that is compared with the packet's end serves the loads as well.
func (e *gen) directIndexed(i int32) {
	n := &e.nodes[i]
	end := uint32(n.end())
	if e.bias < end {
		to := want(end, e.needs.index[i])
		switch {
		case e.merged():
			e.conflict = e.conflict || e.lost || e.maxX > e.limit-to
		case e.boundX(to):
			e.bias = 0 // the verifier still takes the pointer to be made of the X that was bounded less
		}
		if e.bias == 0 && !e.merged() {
			e.put(asm.Mov.Reg(e.regs.pointer, e.regs.data), asm.Add.Reg(e.regs.pointer, e.regs.x))
		}
		e.put(asm.Add.Imm(e.regs.pointer, int32(to)-int32(e.bias)))
		e.jump(asm.JGT.Reg(e.regs.pointer, e.regs.end, "?"), e.beyond)
		e.bias, e.lost = to, false
	}
	from, distance := e.regs.pointer, int32(n.k)-int32(e.bias)
	if distance < -maxDistance {
		e.put(asm.Mov.Reg(e.regs.tmp, from), asm.Add.Imm(e.regs.tmp, distance))
		e.edge = 0
		from, distance = e.regs.tmp, 0
	}
	e.put(asm.LoadMem(e.regs.a, from, int16(distance), sizes[cbpf.LoadSize(n.op)]))
	e.loaded(i)
}

// ldAbs reads with the instructions that extended BPF has from classic BPF, where the context is in R6 and the result in R0,
// in host order. A failing load ends the program with 0.
func (e *gen) ldAbs(i int32) {
	n := &e.nodes[i]
	load := asm.LoadAbs(int32(n.k), sizes[cbpf.LoadSize(n.op)])
	if !n.traits().Any(cbpf.Header) {
		e.put(load)
		e.maxA = math.MaxUint32
		return
	}
	keep := e.live[n.t]&readA != 0
	if keep {
		e.put(asm.Mov.Reg32(e.regs.tmp, e.regs.a))
	}
	e.put(load, asm.Mov.Reg32(e.regs.x, asm.R0))
	if keep {
		e.put(asm.Mov.Reg32(e.regs.a, e.regs.tmp))
	}
}

// ldInd is ldAbs for X + k. The kernel adds the two in 32 bits and takes the upper half of the numbers for its own headers.
func (e *gen) ldInd(i int32) {
	n := &e.nodes[i]
	e.boundX(uint32(n.end()))
	e.put(asm.LoadInd(asm.R0, e.regs.x, int32(n.k), sizes[cbpf.LoadSize(n.op)]))
	e.maxA = math.MaxUint32
}
