package fuzz

import (
	"golang.org/x/net/bpf"
)

// The classic BPF instruction classes, modes, operators and jumps, as in the kernel's
// uapi/linux/bpf_common.h and libpcap's pcap/bpf.h.
const (
	classMask = 0x07
	classLD   = 0x00
	classLDX  = 0x01
	classST   = 0x02
	classSTX  = 0x03
	classALU  = 0x04
	classJMP  = 0x05
	classRET  = 0x06
	classMISC = 0x07

	modeMask = 0xe0
	modeIMM  = 0x00
	modeABS  = 0x20
	modeIND  = 0x40
	modeMEM  = 0x60
	modeLEN  = 0x80
	modeMSH  = 0xa0

	srcX = 0x08
	rvA  = 0x10

	opMask = 0xf0
	aluAdd = 0x00
	aluSub = 0x10
	aluMul = 0x20
	aluDiv = 0x30
	aluOr  = 0x40
	aluAnd = 0x50
	aluLsh = 0x60
	aluRsh = 0x70
	aluNeg = 0x80
	aluMod = 0x90
	aluXor = 0xa0

	jmpJA  = 0x00
	jmpEQ  = 0x10
	jmpGT  = 0x20
	jmpGE  = 0x30
	jmpSET = 0x40

	miscTXA = 0x80

	scratchWords = 16
)

// loadBytes gives the bytes that a load of each size code reads.
var loadBytes = map[uint16]uint32{0x00: 4, 0x08: 2, 0x10: 1}

// Events are rare things that happened while a program ran on a packet, where implementations of the
// machine are known to part.
type Events uint32

const (
	EventLen           Events = 1 << iota // the wire length was read
	EventShiftX                           // a shift by an index register of 32 or more
	EventIndirectWrap                     // index register plus constant exceeded 32 bits
	EventNegative                         // a load from -0x200000 to -0x1001: the kernel's other headers
	EventAncillary                        // a load from -0x1000 up: the kernel's ancillary data
	EventNeg                              // a negation
	EventOutOfBounds                      // a load past the captured bytes ended the program
	EventDivisionByX                      // a division or remainder by an index register of zero ended the program
	EventLoop                             // a backward jump was taken
	EventEndless                          // the run came to a state in which it was before: libpcap 1.10 would never return
	EventTurnLimit                        // the program did not end within the limit of backward jumps
	EventFault                            // an unknown instruction, or a jump or a scratch word out of range
	EventLenToX                           // the wire length was loaded into the index register
	EventUnwrittenWord                    // scratch memory was read that the run had not written
)

// turnLimit bounds the backward jumps of one traced run. A turn of protochain's loop leaves a header for another, in one of two ways,
// so the loop comes to an end within two turns for each byte of the packet, or goes round for ever. Only programs that count can have
// more turns; the limit is not above what the machine under test gives those (vm.CountedJumps).
const turnLimit = 1 << 18

// machine is the state of a run.
type machine struct {
	a, x   uint32
	m      [scratchWords]uint32
	set    [scratchWords]bool
	events Events
}

// walk watches the backward jumps of a run. It keeps the state at the first jump, the second, the fourth and so on, until the next: a
// run that goes round for ever comes to one of them again.
type walk struct {
	jumps, keep int
	at          uint64
	kept        machine
}

// repeats tells whether the run was in this state before, at the same jump.
func (w *walk) repeats(at uint64, m machine) bool {
	if w.jumps > 0 && w.at == at && w.kept == m {
		return true
	}
	if w.jumps++; w.jumps > w.keep {
		w.at, w.kept, w.keep = at, m, 2*w.keep+1
	}
	return false
}

// Trace runs prog on p by libpcap's userland rules (scratch memory zeroed, a load past the captured bytes
// rejects, shifts of 32 and more give 0), plainly and slowly. It returns the verdict and what happened on
// the way. It takes any program, valid or not. A run that goes round for ever rejects.
func Trace(prog []bpf.RawInstruction, p Packet) (uint32, Events) {
	var m machine
	var w walk
	pc := uint64(0)
	for {
		if pc >= uint64(len(prog)) {
			return 0, m.events | EventFault
		}
		in := prog[pc]
		if in.Op&classMask == classRET {
			return m.ret(in), m.events
		}
		if in.Op&classMask == classJMP {
			next := pc + 1 + uint64(m.skip(in))
			if in.Op&opMask == jmpJA && in.K >= 1<<31 { // a signed offset in libpcap's loops
				next -= 1 << 32
				m.events |= EventLoop
				if w.repeats(pc, m) {
					return 0, m.events | EventEndless
				}
				if w.jumps > turnLimit {
					return 0, m.events | EventTurnLimit
				}
			}
			pc = next
			continue
		}
		if !m.step(in, p) {
			return 0, m.events
		}
		pc++
	}
}

func (m *machine) ret(in bpf.RawInstruction) uint32 {
	switch in.Op & 0x18 {
	case rvA:
		return m.a
	case srcX:
		return m.x
	}
	return in.K
}

// skip is the number of instructions that a jump leaves out.
func (m *machine) skip(in bpf.RawInstruction) uint32 {
	if in.Op&opMask == jmpJA {
		return in.K
	}
	b := in.K
	if in.Op&srcX != 0 {
		b = m.x
	}
	if holds(in.Op&opMask, m.a, b) {
		return uint32(in.Jt)
	}
	return uint32(in.Jf)
}

// holds evaluates the test of a conditional jump.
func holds(op uint16, a, b uint32) bool {
	switch op {
	case jmpEQ:
		return a == b
	case jmpGT:
		return a > b
	case jmpGE:
		return a >= b
	case jmpSET:
		return a&b != 0
	}
	return false
}

// step runs an instruction that neither jumps nor returns. It is false if the program ended there, rejecting.
func (m *machine) step(in bpf.RawInstruction, p Packet) bool {
	switch in.Op & classMask {
	case classLD:
		return m.load(in, p, &m.a)
	case classLDX:
		return m.load(in, p, &m.x)
	case classST:
		return m.store(in.K, m.a)
	case classSTX:
		return m.store(in.K, m.x)
	case classALU:
		b := in.K
		if in.Op&srcX != 0 {
			b = m.x
		}
		return m.alu(in.Op&opMask, b, in.Op&srcX != 0)
	case classMISC:
		if in.Op&0xf8 == miscTXA {
			m.a = m.x
		} else {
			m.x = m.a
		}
	}
	return true
}

func (m *machine) store(k, v uint32) bool {
	if k >= scratchWords {
		m.events |= EventFault
		return false
	}
	m.m[k], m.set[k] = v, true
	return true
}

func (m *machine) load(in bpf.RawInstruction, p Packet, dst *uint32) bool {
	switch in.Op & modeMask {
	case modeIMM:
		*dst = in.K
	case modeLEN:
		m.events |= EventLen
		*dst = p.WireLen
	case modeMEM:
		if in.K >= scratchWords {
			m.events |= EventFault
			return false
		}
		if !m.set[in.K] {
			m.events |= EventUnwrittenWord
		}
		*dst = m.m[in.K]
	case modeMSH:
		v, ok := m.fetch(p, uint64(in.K), 1)
		*dst = v & 0xf << 2
		return ok
	case modeABS, modeIND:
		off := uint64(in.K)
		if in.Op&modeMask == modeIND {
			off += uint64(m.x)
		}
		v, ok := m.fetch(p, off, loadBytes[in.Op&0x18])
		*dst = v
		return ok
	default:
		m.events |= EventFault
		return false
	}
	return true
}

// fetch reads n bytes in network byte order.
func (m *machine) fetch(p Packet, off uint64, n uint32) (uint32, bool) {
	if off>>32 != 0 {
		m.events |= EventIndirectWrap
	}
	switch low := uint32(off); {
	case low >= -0x1000&0xffffffff:
		m.events |= EventAncillary
	case low >= -0x200000&0xffffffff:
		m.events |= EventNegative
	}
	if n == 0 {
		m.events |= EventFault
		return 0, false
	}
	if off+uint64(n) > uint64(len(p.Data)) {
		m.events |= EventOutOfBounds
		return 0, false
	}
	v := uint32(0)
	for _, b := range p.Data[off : off+uint64(n)] {
		v = v<<8 | uint32(b)
	}
	return v, true
}

func (m *machine) alu(op uint16, b uint32, byX bool) bool {
	if (op == aluDiv || op == aluMod) && b == 0 {
		if byX {
			m.events |= EventDivisionByX
		} else {
			m.events |= EventFault
		}
		return false
	}
	if (op == aluLsh || op == aluRsh) && b >= 32 {
		m.events |= EventShiftX
	}
	if op == aluNeg {
		m.events |= EventNeg
	}
	v, ok := compute(op, m.a, b)
	if !ok {
		m.events |= EventFault
	}
	m.a = v
	return ok
}

// compute is the arithmetic of the machine; the divisor is not zero. ok is false for an unknown operator.
func compute(op uint16, a, b uint32) (v uint32, ok bool) {
	switch op {
	case aluAdd:
		return a + b, true
	case aluSub:
		return a - b, true
	case aluMul:
		return a * b, true
	case aluDiv:
		return a / b, true
	case aluMod:
		return a % b, true
	case aluOr:
		return a | b, true
	case aluAnd:
		return a & b, true
	case aluXor:
		return a ^ b, true
	case aluLsh:
		return a << b, true
	case aluRsh:
		return a >> b, true
	case aluNeg:
		return -a, true
	}
	return 0, false
}

// scan gives the events that a program could have by the instructions in it, of those that engines refuse a program
// for.
func scan(prog []bpf.RawInstruction) Events {
	var e Events
	for _, in := range prog {
		switch in.Op & classMask {
		case classJMP:
			if in.Op&opMask == jmpJA && in.K >= 1<<31 {
				e |= EventLoop
			}
		case classALU:
			if in.Op&opMask == aluNeg {
				e |= EventNeg
			}
		case classLDX:
			if in.Op&modeMask == modeLEN {
				e |= EventLenToX
			}
		case classLD:
			if in.Op&modeMask == modeABS && in.K >= -0x1000&0xffffffff {
				e |= EventAncillary
			}
		}
	}
	return e
}
