package api

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Step is an instruction about to be run, and what the registers hold before it. It is safe for concurrent use as long as
// nobody changes it.
type Step struct {
	PC   int                   `json:"pc"`
	A    uint32                `json:"a"`
	X    uint32                `json:"x"`
	M    [cbpf.MemWords]uint32 `json:"m"`
	Read *Bytes                `json:"read,omitempty"` // what it reads of the packet
	Says string                `json:"says"`
}

// Bytes are the bytes [From, To) of a packet. It is a value, and so safe for concurrent use.
type Bytes struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// MaxSteps is how many steps of a run are told. Only a program that loops takes more.
const MaxSteps = 10_000

// Run is a program's run on a packet. It is safe for concurrent use as long as nobody changes it.
type Run struct {
	Steps   []Step
	Returns uint32
	Cut     bool   // there are more steps than MaxSteps, and Returns is not known
	Ends    string // in words how it ended
	Ended   bool   // because the packet does not have what a load wants
}

// machine runs a program one instruction at a time, as package vm says it has to be. That package runs whole programs and
// tells of no step; the tests hold this one against it.
type machine struct {
	code []bpf.RawInstruction
	data []byte
	wire uint32
	pc   int
	a, x uint32
	m    [cbpf.MemWords]uint32
	run  *Run
}

// Trace runs a valid program on a packet without ancillary data, and notes every step if asked to.
func Trace(code []bpf.RawInstruction, data []byte, wireLen uint32, note bool) *Run {
	m := &machine{code: code, data: data, wire: wireLen, run: &Run{}}
	for n := 0; ; n++ {
		if n == MaxSteps {
			m.run.Cut, m.run.Ends = true, fmt.Sprintf("the program goes on after %d steps, which are not shown", MaxSteps)
			return m.run
		}
		if m.step(note) {
			return m.run
		}
	}
}

// step runs one instruction, and tells whether the program ended.
func (m *machine) step(note bool) (ended bool) {
	in := m.code[m.pc]
	s := Step{PC: m.pc, A: m.a, X: m.x, M: m.m}
	at := m.pc
	m.pc++
	switch in.Op & cbpf.ClassMask {
	case cbpf.ClassLd, cbpf.ClassLdx:
		ended = m.load(in, &s)
	case cbpf.ClassSt:
		m.m[in.K] = m.a
		s.Says = fmt.Sprintf("M[%d] = %#x", in.K, m.a)
	case cbpf.ClassStx:
		m.m[in.K] = m.x
		s.Says = fmt.Sprintf("M[%d] = %#x", in.K, m.x)
	case cbpf.ClassAlu:
		ended = m.compute(in, &s)
	case cbpf.ClassJmp:
		m.jump(in, &s)
	case cbpf.ClassRet:
		ended = true
		m.run.Returns = m.returned(in)
		m.run.Ends = fmt.Sprintf("instruction %d accepts: %d bytes are kept", at, m.run.Returns)
		if m.run.Returns == 0 {
			m.run.Ends = fmt.Sprintf("instruction %d rejects", at)
		}
		s.Says = m.run.Ends
	case cbpf.ClassMisc:
		if in.Op == cbpf.Tax {
			m.x = m.a
			s.Says = fmt.Sprintf("X = %#x", m.x)
		} else {
			m.a = m.x
			s.Says = fmt.Sprintf("A = %#x", m.a)
		}
	}
	if note {
		m.run.Steps = append(m.run.Steps, s)
	}
	return ended
}

func (m *machine) returned(in bpf.RawInstruction) uint32 {
	switch in.Op {
	case cbpf.RetA:
		return m.a
	case cbpf.RetX:
		return m.x
	}
	return in.K
}

// load brings a value into A or X; a load that the packet has no bytes for ends the run.
func (m *machine) load(in bpf.RawInstruction, s *Step) (ended bool) {
	name, register := "A", &m.a
	if in.Op&cbpf.ClassMask == cbpf.ClassLdx {
		name, register = "X", &m.x
	}
	var v uint32
	from := ""
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		v = in.K
	case cbpf.ModeMem:
		v, from = m.m[in.K], fmt.Sprintf(", from M[%d]", in.K)
	case cbpf.ModeLen:
		v, from = m.wire, ", the length on the wire"
	default:
		off, size := uint64(in.K), uint64(cbpf.LoadSize(in.Op))
		if in.Op&cbpf.ModeMask == cbpf.ModeMsh {
			size = 1
		}
		if in.Op&cbpf.ModeMask == cbpf.ModeInd {
			off += uint64(m.x)
		}
		if off+size > uint64(len(m.data)) {
			m.end(s, fmt.Sprintf("%s at %d: the packet has only %d bytes, so it is rejected", bytesText(uint32(size)), off, len(m.data)))
			return true
		}
		s.Read = &Bytes{int(off), int(off + size)}
		v = value(m.data[off : off+size])
		from = fmt.Sprintf(", %s at %d", bytesText(uint32(size)), off)
		if in.Op&cbpf.ModeMask == cbpf.ModeMsh {
			v = 4 * (v & 15)
			from = fmt.Sprintf(", 4 × the low 4 bits of byte %d", off)
		}
	}
	*register = v
	s.Says = fmt.Sprintf("%s = %#x%s", name, v, from)
	return false
}

func value(b []byte) uint32 {
	switch len(b) {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.BigEndian.Uint16(b))
	}
	return binary.BigEndian.Uint32(b)
}

func (m *machine) end(s *Step, why string) {
	m.run.Returns, m.run.Ended, m.run.Ends = 0, true, why
	s.Says = why
}

// compute does arithmetic; a division by zero ends the run.
func (m *machine) compute(in bpf.RawInstruction, s *Step) (ended bool) {
	b := in.K
	if in.Op&cbpf.SrcX != 0 {
		b = m.x
	}
	before := m.a
	switch op := in.Op & cbpf.OpMask; op {
	case cbpf.Neg:
		m.a = -m.a
	case cbpf.Div, cbpf.Mod:
		if b == 0 {
			m.end(s, "a division by zero rejects the packet")
			return true
		}
		if op == cbpf.Div {
			m.a /= b
		} else {
			m.a %= b
		}
	default:
		m.a = arithmetic[op](m.a, b)
	}
	s.Says = fmt.Sprintf("A = %#x %s %#x = %#x", before, operators[in.Op&cbpf.OpMask], b, m.a)
	if in.Op == cbpf.NegA {
		s.Says = fmt.Sprintf("A = -%#x = %#x", before, m.a)
	}
	return false
}

// arithmetic wraps around at 32 bits; in Go a shift by 32 or more gives 0, as it has to be.
var arithmetic = map[uint16]func(a, b uint32) uint32{
	cbpf.Add: func(a, b uint32) uint32 { return a + b }, cbpf.Sub: func(a, b uint32) uint32 { return a - b },
	cbpf.Mul: func(a, b uint32) uint32 { return a * b }, cbpf.Or: func(a, b uint32) uint32 { return a | b },
	cbpf.And: func(a, b uint32) uint32 { return a & b }, cbpf.Xor: func(a, b uint32) uint32 { return a ^ b },
	cbpf.Lsh: func(a, b uint32) uint32 { return a << b }, cbpf.Rsh: func(a, b uint32) uint32 { return a >> b },
}

var holds = map[uint16]func(a, b uint32) bool{
	cbpf.Equal: func(a, b uint32) bool { return a == b }, cbpf.Greater: func(a, b uint32) bool { return a > b },
	cbpf.GreaterEqual: func(a, b uint32) bool { return a >= b }, cbpf.HasBits: func(a, b uint32) bool { return a&b != 0 },
}

func (m *machine) jump(in bpf.RawInstruction, s *Step) {
	if in.Op == cbpf.Ja {
		m.pc = int(int32(uint32(m.pc) + in.K))
		s.Says = fmt.Sprintf("go to %d", m.pc)
		return
	}
	b := in.K
	if in.Op&cbpf.SrcX != 0 {
		b = m.x
	}
	answer := "no"
	if holds[in.Op&cbpf.OpMask](m.a, b) {
		m.pc += int(in.Jt)
		answer = "yes"
	} else {
		m.pc += int(in.Jf)
	}
	s.Says = fmt.Sprintf(compares[in.Op&cbpf.OpMask]+"? A is %#x: %s, go to %d", fmt.Sprintf("%#x", b), m.a, answer, m.pc)
}
