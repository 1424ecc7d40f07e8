package vm

import (
	"encoding/binary"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// RunCount is [VM.Run] and also tells how many instructions of the program were
// executed, the one that ended it included. It steps through the bytecode as it
// is, without decoding, so it is slow, simple, and a check on the fast engines.
func (m *VM) RunCount(pkt []byte, wireLen uint32) (verdict uint32, executed int) {
	s := stepper{pkt: pkt, wireLen: wireLen, loops: newLoops(m.backward, pkt)}
	for !s.ended {
		s.step(m.prog[s.pc])
		executed++
	}
	return s.verdict, executed
}

// stepper is the state of one run.
type stepper struct {
	a, x  uint32
	mem   scratch
	pc    int
	loops loops

	pkt     []byte
	wireLen uint32

	ended   bool
	verdict uint32
}

func (s *stepper) step(in bpf.RawInstruction) {
	s.pc++
	switch in.Op & 7 { // the class
	case 0, 1:
		s.load(in.Op, in.K)
	case 2:
		s.mem[in.K] = s.a
	case 3:
		s.mem[in.K] = s.x
	case 4:
		s.arithmetic(in.Op, in.K)
	case 5:
		s.jump(in.Op, in.K, in.Jt, in.Jf)
	case 6:
		s.ret(in.Op, in.K)
	case 7:
		s.transfer(in.Op)
	}
}

func (s *stepper) transfer(op uint16) {
	if op == cbpf.Tax {
		s.x = s.a
	} else {
		s.a = s.x
	}
}

func (s *stepper) ret(op uint16, k uint32) {
	s.ended = true
	switch op {
	case cbpf.RetK:
		s.verdict = k
	case cbpf.RetA:
		s.verdict = s.a
	case cbpf.RetX:
		s.verdict = s.x
	}
}

func (s *stepper) reject() { s.ended, s.verdict = true, 0 }

// bytes returns size bytes at off of the packet, or ends the run.
func (s *stepper) bytes(off, size uint64) []byte {
	if off+size > uint64(len(s.pkt)) {
		s.reject()
		return make([]byte, size)
	}
	return s.pkt[off : off+size]
}

func (s *stepper) load(op uint16, k uint32) {
	abs, ind := uint64(k), uint64(s.x)+uint64(k)
	switch op {
	case cbpf.LdImm:
		s.a = k
	case cbpf.LdLen:
		s.a = s.wireLen
	case cbpf.LdMem:
		s.a = s.mem[k]
	case cbpf.LdAbsW:
		s.a = binary.BigEndian.Uint32(s.bytes(abs, 4))
	case cbpf.LdAbsH:
		s.a = uint32(binary.BigEndian.Uint16(s.bytes(abs, 2)))
	case cbpf.LdAbsB:
		s.a = uint32(s.bytes(abs, 1)[0])
	case cbpf.LdIndW:
		s.a = binary.BigEndian.Uint32(s.bytes(ind, 4))
	case cbpf.LdIndH:
		s.a = uint32(binary.BigEndian.Uint16(s.bytes(ind, 2)))
	case cbpf.LdIndB:
		s.a = uint32(s.bytes(ind, 1)[0])
	case cbpf.LdxImm:
		s.x = k
	case cbpf.LdxLen:
		s.x = s.wireLen
	case cbpf.LdxMem:
		s.x = s.mem[k]
	case cbpf.LdxMsh:
		s.x = 4 * uint32(s.bytes(abs, 1)[0]&0xf)
	}
}

func (s *stepper) arithmetic(op uint16, k uint32) {
	operand := k
	if op&8 != 0 {
		operand = s.x
	}
	if operation := op &^ 8; operand == 0 && (operation == cbpf.DivK || operation == cbpf.ModK) {
		s.reject()
		return
	}
	switch op &^ 8 {
	case cbpf.AddK:
		s.a += operand
	case cbpf.SubK:
		s.a -= operand
	case cbpf.MulK:
		s.a *= operand
	case cbpf.DivK:
		s.a /= operand
	case cbpf.ModK:
		s.a %= operand
	case cbpf.AndK:
		s.a &= operand
	case cbpf.OrK:
		s.a |= operand
	case cbpf.XorK:
		s.a ^= operand
	case cbpf.LshK:
		s.a <<= operand
	case cbpf.RshK:
		s.a >>= operand
	case cbpf.NegA:
		s.a = -s.a
	}
}

func (s *stepper) jump(op uint16, k uint32, jt, jf uint8) {
	if op == cbpf.Ja {
		if int32(k) < 0 && !s.loops.goOn(uint32(s.pc), s.a, s.x, &s.mem) {
			s.reject()
			return
		}
		s.pc += int(int32(k))
		return
	}
	operand := k
	if op&8 != 0 {
		operand = s.x
	}
	taken := false
	switch op &^ 8 {
	case cbpf.JeqK:
		taken = s.a == operand
	case cbpf.JgtK:
		taken = s.a > operand
	case cbpf.JgeK:
		taken = s.a >= operand
	case cbpf.JsetK:
		taken = s.a&operand != 0
	}
	if taken {
		s.pc += int(jt)
	} else {
		s.pc += int(jf)
	}
}
