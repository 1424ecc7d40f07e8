package fuzz

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Events are rare things that happened while a program ran on a packet, where implementations of the
// machine are known to part.
// It is a value, and so safe for concurrent use.
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
	m      [cbpf.MemWords]uint32
	set    [cbpf.MemWords]bool
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
		if in.Op&cbpf.ClassMask == cbpf.ClassRet {
			return m.ret(in), m.events
		}
		if in.Op&cbpf.ClassMask == cbpf.ClassJmp {
			next := pc + 1 + uint64(m.skip(in))
			if in.Op&cbpf.OpMask == cbpf.Always && in.K >= 1<<31 { // a signed offset in libpcap's loops
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
	switch in.Op {
	case cbpf.RetA:
		return m.a
	case cbpf.RetX:
		return m.x
	}
	return in.K
}

// skip is the number of instructions that a jump leaves out.
func (m *machine) skip(in bpf.RawInstruction) uint32 {
	if in.Op&cbpf.OpMask == cbpf.Always {
		return in.K
	}
	b := in.K
	if in.Op&cbpf.SrcX != 0 {
		b = m.x
	}
	if holds(in.Op&cbpf.OpMask, m.a, b) {
		return uint32(in.Jt)
	}
	return uint32(in.Jf)
}

// holds evaluates the test of a conditional jump.
func holds(op uint16, a, b uint32) bool {
	switch op {
	case cbpf.Equal:
		return a == b
	case cbpf.Greater:
		return a > b
	case cbpf.GreaterEqual:
		return a >= b
	case cbpf.HasBits:
		return a&b != 0
	}
	return false
}

// step runs an instruction that neither jumps nor returns. It is false if the program ended there, rejecting.
func (m *machine) step(in bpf.RawInstruction, p Packet) bool {
	switch in.Op & cbpf.ClassMask {
	case cbpf.ClassLd:
		return m.load(in, p, &m.a)
	case cbpf.ClassLdx:
		return m.load(in, p, &m.x)
	case cbpf.ClassSt:
		return m.store(in.K, m.a)
	case cbpf.ClassStx:
		return m.store(in.K, m.x)
	case cbpf.ClassAlu:
		b := in.K
		if in.Op&cbpf.SrcX != 0 {
			b = m.x
		}
		return m.alu(in.Op&cbpf.OpMask, b, in.Op&cbpf.SrcX != 0)
	case cbpf.ClassMisc:
		if in.Op == cbpf.Txa {
			m.a = m.x
		} else {
			m.x = m.a
		}
	}
	return true
}

func (m *machine) store(k, v uint32) bool {
	if k >= cbpf.MemWords {
		m.events |= EventFault
		return false
	}
	m.m[k], m.set[k] = v, true
	return true
}

func (m *machine) load(in bpf.RawInstruction, p Packet, dst *uint32) bool {
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		*dst = in.K
	case cbpf.ModeLen:
		m.events |= EventLen
		*dst = p.WireLen
	case cbpf.ModeMem:
		if in.K >= cbpf.MemWords {
			m.events |= EventFault
			return false
		}
		if !m.set[in.K] {
			m.events |= EventUnwrittenWord
		}
		*dst = m.m[in.K]
	case cbpf.ModeMsh:
		v, ok := m.fetch(p, uint64(in.K), 1)
		*dst = v & 0xf << 2
		return ok
	case cbpf.ModeAbs, cbpf.ModeInd:
		off := uint64(in.K)
		if in.Op&cbpf.ModeMask == cbpf.ModeInd {
			off += uint64(m.x)
		}
		v, ok := m.fetch(p, off, cbpf.LoadSize(in.Op))
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
	case low >= cbpf.AncillaryBase:
		m.events |= EventAncillary
	case low >= cbpf.LinkBase:
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
	if (op == cbpf.Div || op == cbpf.Mod) && b == 0 {
		if byX {
			m.events |= EventDivisionByX
		} else {
			m.events |= EventFault
		}
		return false
	}
	if (op == cbpf.Lsh || op == cbpf.Rsh) && b >= 32 {
		m.events |= EventShiftX
	}
	if op == cbpf.Neg {
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
	case cbpf.Add:
		return a + b, true
	case cbpf.Sub:
		return a - b, true
	case cbpf.Mul:
		return a * b, true
	case cbpf.Div:
		return a / b, true
	case cbpf.Mod:
		return a % b, true
	case cbpf.Or:
		return a | b, true
	case cbpf.And:
		return a & b, true
	case cbpf.Xor:
		return a ^ b, true
	case cbpf.Lsh:
		return a << b, true
	case cbpf.Rsh:
		return a >> b, true
	case cbpf.Neg:
		return -a, true
	}
	return 0, false
}

// scan gives the events that a program could have by the instructions in it, of those that engines refuse a program
// for.
func scan(prog []bpf.RawInstruction) Events {
	var e Events
	for _, in := range prog {
		switch in.Op & cbpf.ClassMask {
		case cbpf.ClassJmp:
			if in.Op&cbpf.OpMask == cbpf.Always && in.K >= 1<<31 {
				e |= EventLoop
			}
		case cbpf.ClassAlu:
			if in.Op&cbpf.OpMask == cbpf.Neg {
				e |= EventNeg
			}
		case cbpf.ClassLdx:
			if in.Op&cbpf.ModeMask == cbpf.ModeLen {
				e |= EventLenToX
			}
		case cbpf.ClassLd:
			if in.Op&cbpf.ModeMask == cbpf.ModeAbs && in.K >= cbpf.AncillaryBase {
				e |= EventAncillary
			}
		}
	}
	return e
}
