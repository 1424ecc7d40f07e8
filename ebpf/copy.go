package toebpf

import (
	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// Where the packet cannot be read directly, a helper copies pieces of it to the stack: a window of the packet, for loads at
// constant offsets, and one of the packet behind X. A window takes what every way on from the load needs, as long as it fits.
const (
	windowSize  = 64
	indexedSize = 16
)

// buffers is where the windows lie.
type buffers struct {
	packet, indexed buffer
}

// buffer is room for a window. The verifier wants loads from the stack aligned, so the offsets that most loads of words have
// modulo four, the phase, lie on multiples of four.
type buffer struct {
	at    int16 // from the frame pointer
	size  uint32
	phase uint32
}

// start returns where a window that begins with offset from begins, from the frame pointer.
func (b *buffer) start(from uint32) int16 { return b.at + int16((from-b.phase)%4) }

// phase returns the remainder modulo four that most loads of words among those with a trait have.
func (g *flow) phase(trait cbpf.Traits) uint32 {
	var count [4]int
	for i := range g.nodes {
		if n := &g.nodes[i]; n.traits().Any(trait) && n.end() > 0 && cbpf.LoadSize(n.op) == 4 {
			count[n.k%4]++
		}
	}
	best := 0
	for p, c := range count {
		if c > count[best] {
			best = p
		}
	}
	return uint32(best)
}

func (e *gen) copyAbsolute(i int32) {
	n := &e.nodes[i]
	from, to := n.k, uint32(n.end())
	if !e.window.holds(from, to) {
		e.window = e.buffer.packet.choose(from, to, e.needs.first[i], e.needs.packet[i])
		e.copy(e.window, e.buffer.packet.start(e.window.from), absent)
	}
	e.fromStack(i, e.buffer.packet.start(e.window.from)+int16(from-e.window.from))
}

func (e *gen) copyIndexed(i int32) {
	n := &e.nodes[i]
	from, to := n.k, uint32(n.end())
	if !e.indexed.holds(from, to) {
		w := e.buffer.indexed.choose(from, to, e.needs.firstIndex[i], e.needs.index[i])
		e.boundX(w.to)
		e.copy(w, e.buffer.indexed.start(w.from), e.regs.x)
		e.indexed = w
	}
	e.fromStack(i, e.buffer.indexed.start(e.indexed.from)+int16(from-e.indexed.from))
}

// choose returns the window for a load of [from, to), where first is the lowest offset of any load to come and needed is how
// far the packet must reach in any case.
func (b *buffer) choose(from, to, first, needed uint32) window {
	room := b.size - 3 // for the phase
	w := window{min(from, first), want(to, needed)}
	if to-w.from > room {
		w.from = from
	}
	w.to = min(w.to, w.from+room)
	return w
}

// copy puts the call that copies a window of the packet, behind the index register if that is not absent.
func (e *gen) copy(w window, at int16, index asm.Register) {
	size := int32(w.to - w.from)
	if e.access == ProbeRead {
		e.probe(w, at, index, size)
		return
	}
	helper := asm.FnSkbLoadBytes
	if e.access == XDPLoad {
		helper = asm.FnXdpLoadBytes
	}
	e.put(asm.Mov.Reg(asm.R1, e.regs.ctx))
	if index == absent {
		e.put(asm.Mov.Imm(asm.R2, int32(w.from)))
	} else {
		e.put(asm.Mov.Reg(asm.R2, index), asm.Add.Imm(asm.R2, int32(w.from)))
	}
	e.put(asm.Mov.Reg(asm.R3, asm.RFP), asm.Add.Imm(asm.R3, int32(at)), asm.Mov.Imm(asm.R4, size), helper.Call())
	e.jump(asm.JNE.Imm(asm.R0, 0, "?"), e.beyond)
}

// probe copies from kernel memory, which knows no bounds of the packet: they are compared before.
func (e *gen) probe(w window, at int16, index asm.Register, size int32) {
	if index == absent {
		if e.packet < w.to {
			e.jump(asm.JLT.Imm(e.loadLength(), int32(w.to), "?"), e.beyond)
			e.packet = w.to
		}
		e.put(asm.Mov.Reg(asm.R3, e.regs.data))
	} else {
		e.put(asm.Mov.Reg(asm.R3, index), asm.Add.Imm(asm.R3, int32(w.to)))
		e.jump(asm.JGT.Reg(asm.R3, e.loadLength(), "?"), e.beyond)
		e.put(asm.Mov.Reg(asm.R3, e.regs.data), asm.Add.Reg(asm.R3, index))
	}
	if w.from != 0 {
		e.put(asm.Add.Imm(asm.R3, int32(w.from)))
	}
	e.put(asm.Mov.Imm(asm.R2, size), asm.Mov.Reg(asm.R1, asm.RFP), asm.Add.Imm(asm.R1, int32(at)), asm.FnProbeReadKernel.Call())
	e.jump(asm.JNE.Imm(asm.R0, 0, "?"), e.beyond)
}

// fromStack puts the load of node i from a place on the stack, in pieces where it is not aligned there.
func (e *gen) fromStack(i int32, at int16) {
	n := &e.nodes[i]
	r := e.written(n)
	size := int16(cbpf.LoadSize(n.op))
	piece := size
	for at%piece != 0 {
		piece /= 2
	}
	e.put(asm.LoadMem(r, asm.RFP, at, sizes[piece]))
	for done := piece; done < size; {
		// Pieces as large as the alignment allows, put together in the byte order of memory.
		next := min(size-done, piece)
		for (at+done)%(2*next) == 0 && 2*next <= size-done {
			next *= 2
		}
		e.put(asm.LoadMem(asm.R1, asm.RFP, at+done, sizes[next]))
		if e.big {
			e.put(asm.LSh.Imm32(r, int32(8*next)))
		} else {
			e.put(asm.LSh.Imm32(asm.R1, int32(8*done)))
		}
		e.put(asm.Or.Reg32(r, asm.R1))
		done += next
	}
	e.loaded(i)
}

// relative reads behind a header that the kernel knows the place of (bpf_skb_load_bytes_relative, Linux 4.18).
func (e *gen) relative(i int32) {
	const mac, network = 0, 1 // enum bpf_hdr_start_off
	n := &e.nodes[i]
	base, start := uint32(cbpf.LinkBase), int32(mac)
	if n.k >= cbpf.NetworkBase {
		base, start = cbpf.NetworkBase, network
	}
	size := cbpf.LoadSize(n.op)
	e.indexed = window{}
	e.put(asm.Mov.Reg(asm.R1, e.regs.ctx))
	if n.traits().Any(cbpf.Indirect) {
		e.boundX(n.k - base + size)
		e.put(asm.Mov.Reg(asm.R2, e.regs.x), asm.Add.Imm(asm.R2, int32(n.k-base)))
	} else {
		e.put(asm.Mov.Imm(asm.R2, int32(n.k-base)))
	}
	at := e.buffer.indexed.at
	e.put(asm.Mov.Reg(asm.R3, asm.RFP), asm.Add.Imm(asm.R3, int32(at)), asm.Mov.Imm(asm.R4, int32(size)), asm.Mov.Imm(asm.R5, start),
		asm.FnSkbLoadBytesRelative.Call())
	e.jump(asm.JNE.Imm(asm.R0, 0, "?"), e.beyond)
	e.fromStack(i, at)
}
