// Package randprog makes random classic BPF programs and packets for tests of
// the engines: programs that pass the validator and still do odd things, and
// packets that their constants fit.
package randprog

import (
	"math/rand/v2"

	"golang.org/x/net/bpf"
)

// Config says what programs may look like.
type Config struct {
	MaxLen int  // most instructions; at least 1
	Kernel bool // keep to what the Linux kernel loads, too
	Loops  bool // backward jumps; not with Kernel
	XNet   bool // keep to what golang.org/x/net/bpf's VM runs the same way
}

// generator makes one program.
type generator struct {
	cfg Config
	r   *rand.Rand
	n   int
	mem uint16 // scratch words written so far on every path, as the kernel counts
	on  []uint16
}

// Program returns a random valid program.
func Program(r *rand.Rand, cfg Config) []bpf.RawInstruction {
	g := generator{cfg: cfg, r: r, n: 1 + r.IntN(cfg.MaxLen)}
	g.on = make([]uint16, g.n)
	for i := range g.on {
		g.on[i] = ^uint16(0)
	}
	prog := make([]bpf.RawInstruction, g.n)
	for pc := range prog {
		g.mem &= g.on[pc]
		prog[pc] = g.instruction(pc)
	}
	return prog
}

func (g *generator) instruction(pc int) bpf.RawInstruction {
	if pc == g.n-1 {
		return g.ret()
	}
	switch w := g.r.IntN(100); {
	case w < 35:
		return g.load()
	case w < 65:
		return g.jump(pc)
	case w < 82:
		return g.arithmetic()
	case w < 90:
		return g.scratch()
	case w < 95:
		return bpf.RawInstruction{Op: pick[uint16](g.r, 0x07, 0x87)}
	case w < 97:
		return g.ret()
	default:
		return bpf.RawInstruction{Op: pick[uint16](g.r, 0x00, 0x01), K: g.constant()}
	}
}

func (g *generator) ret() bpf.RawInstruction {
	if !g.cfg.Kernel && !g.cfg.XNet && g.r.IntN(10) == 0 {
		return bpf.RawInstruction{Op: 0x0e}
	}
	if g.r.IntN(3) == 0 {
		return bpf.RawInstruction{Op: 0x16}
	}
	return bpf.RawInstruction{Op: 0x06, K: pick[uint32](g.r, 0, 0, 1, 96, 262144, 0xffffffff)}
}

func (g *generator) load() bpf.RawInstruction {
	op := pick[uint16](g.r, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x28, 0x30, 0x48, 0xb1, 0x80, 0x81)
	if g.cfg.XNet {
		op = pick[uint16](g.r, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1)
	}
	return bpf.RawInstruction{Op: op, K: g.offset()}
}

// offset is mostly within a small packet, sometimes at the limits.
func (g *generator) offset() uint32 {
	if g.r.IntN(40) != 0 {
		return uint32(g.r.IntN(48))
	}
	if g.cfg.Kernel || g.cfg.XNet { // offsets with the high bit mean something else there
		return pick[uint32](g.r, 0x7fffffff, 0x7ffffffc, 0x10000, 255, 256, 4095)
	}
	return pick[uint32](g.r, 0xffffffff, 0xfffffffe, 0xfffffffc, 0xfffff000, 0xfffff004, 0xfffff030,
		0x80000000, 0x7fffffff, 0x7ffffffe, 0x7ffffffb, 0x10000, 255, 256, 4095, 4096, 0xfff00000)
}

func (g *generator) jump(pc int) bpf.RawInstruction {
	room := g.n - pc - 2 // the farthest distance
	if g.r.IntN(12) == 0 {
		if g.cfg.Loops && pc > 0 && g.r.IntN(2) == 0 {
			return bpf.RawInstruction{Op: 0x05, K: uint32(-2 - g.r.IntN(pc))}
		}
		k := g.r.IntN(room + 1)
		g.on[pc+1+k] &= g.mem
		g.mem = ^uint16(0)
		return bpf.RawInstruction{Op: 0x05, K: uint32(k)}
	}
	in := bpf.RawInstruction{
		Op: pick[uint16](g.r, 0x15, 0x25, 0x35, 0x45, 0x15, 0x15, 0x45, 0x1d, 0x2d, 0x3d, 0x4d),
		Jt: g.distance(room), Jf: g.distance(room), K: g.constant(),
	}
	g.on[pc+1+int(in.Jt)] &= g.mem
	g.on[pc+1+int(in.Jf)] &= g.mem
	g.mem = ^uint16(0)
	return in
}

// distance prefers the next instructions, as compilers do.
func (g *generator) distance(room int) uint8 {
	if g.r.IntN(3) == 0 {
		return 0
	}
	room = min(room, 255)
	if g.r.IntN(2) == 0 {
		room = min(room, 4)
	}
	return uint8(g.r.IntN(room + 1))
}

func (g *generator) arithmetic() bpf.RawInstruction {
	op := uint16(g.r.IntN(11))<<4 | 4
	if op == 0x84 {
		if g.cfg.XNet {
			return bpf.RawInstruction{Op: 0x04, K: g.constant()}
		}
		return bpf.RawInstruction{Op: op}
	}
	shift := op == 0x64 || op == 0x74
	if g.r.IntN(3) == 0 && !(shift && g.cfg.Kernel) { // the kernel takes the distance modulo 32
		return bpf.RawInstruction{Op: op | 8}
	}
	k := g.constant()
	switch {
	case shift:
		k &= 31
	case op == 0x34 || op == 0x94:
		k = max(k, 1)
	}
	return bpf.RawInstruction{Op: op, K: k}
}

func (g *generator) scratch() bpf.RawInstruction {
	i := g.r.IntN(16)
	if g.r.IntN(2) == 0 {
		i = g.r.IntN(2)
	}
	op := pick[uint16](g.r, 0x02, 0x03, 0x60, 0x61)
	reads := op&0x60 != 0
	if reads && g.cfg.Kernel && g.mem&(1<<i) == 0 {
		op, reads = 0x02, false
	}
	if !reads {
		g.mem |= 1 << i
	}
	return bpf.RawInstruction{Op: op, K: uint32(i)}
}

// interesting are the values of bytes and fields that packets are made of.
var interesting = []uint32{0, 1, 2, 4, 6, 17, 20, 0x0f, 0x45, 0x50, 0x80, 0xff, 0x100, 0x800, 0x1fff, 0x86dd, 0xffff,
	0x8000, 0x10000, 0x00ff00ff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff}

func (g *generator) constant() uint32 {
	if g.r.IntN(8) == 0 {
		return g.r.Uint32()
	}
	return pick(g.r, interesting...)
}

// Packet fills a packet of up to len(buf) bytes, with values that the programs'
// constants meet often. Every length from 0 occurs.
func Packet(r *rand.Rand, buf []byte) []byte {
	pkt := buf[:r.IntN(len(buf)+1)]
	for i := range pkt {
		pkt[i] = 0
		if r.IntN(2) == 0 {
			pkt[i] = byte(pick(r, interesting...) >> (8 * r.IntN(2)))
		}
	}
	return pkt
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
