package vm

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
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
	if op == tax {
		s.x = s.a
	} else {
		s.a = s.x
	}
}

func (s *stepper) ret(op uint16, k uint32) {
	s.ended = true
	switch op {
	case retK:
		s.verdict = k
	case retA:
		s.verdict = s.a
	case retX:
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
	case ldImm:
		s.a = k
	case ldLen:
		s.a = s.wireLen
	case ldMem:
		s.a = s.mem[k]
	case ldAbsW:
		s.a = binary.BigEndian.Uint32(s.bytes(abs, 4))
	case ldAbsH:
		s.a = uint32(binary.BigEndian.Uint16(s.bytes(abs, 2)))
	case ldAbsB:
		s.a = uint32(s.bytes(abs, 1)[0])
	case ldIndW:
		s.a = binary.BigEndian.Uint32(s.bytes(ind, 4))
	case ldIndH:
		s.a = uint32(binary.BigEndian.Uint16(s.bytes(ind, 2)))
	case ldIndB:
		s.a = uint32(s.bytes(ind, 1)[0])
	case ldxImm:
		s.x = k
	case ldxLen:
		s.x = s.wireLen
	case ldxMem:
		s.x = s.mem[k]
	case ldxMsh:
		s.x = 4 * uint32(s.bytes(abs, 1)[0]&0xf)
	}
}

func (s *stepper) arithmetic(op uint16, k uint32) {
	operand := k
	if op&8 != 0 {
		operand = s.x
	}
	if operation := op &^ 8; operand == 0 && (operation == divK || operation == modK) {
		s.reject()
		return
	}
	switch op &^ 8 {
	case addK:
		s.a += operand
	case subK:
		s.a -= operand
	case mulK:
		s.a *= operand
	case divK:
		s.a /= operand
	case modK:
		s.a %= operand
	case andK:
		s.a &= operand
	case orK:
		s.a |= operand
	case xorK:
		s.a ^= operand
	case lshK:
		s.a <<= operand
	case rshK:
		s.a >>= operand
	case negA:
		s.a = -s.a
	}
}

func (s *stepper) jump(op uint16, k uint32, jt, jf uint8) {
	if op == ja {
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
	case jeqK:
		taken = s.a == operand
	case jgtK:
		taken = s.a > operand
	case jgeK:
		taken = s.a >= operand
	case jsetK:
		taken = s.a&operand != 0
	}
	if taken {
		s.pc += int(jt)
	} else {
		s.pc += int(jf)
	}
}
