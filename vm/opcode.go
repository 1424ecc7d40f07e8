package vm

import "golang.org/x/net/bpf"

// Operation codes of classic BPF (linux/bpf_common.h, pcap/bpf.h): the class in
// the low three bits; for loads size and addressing mode, for the others the
// operation and the operand's source.
const (
	ldImm  = 0x00
	ldAbsW = 0x20
	ldAbsH = 0x28
	ldAbsB = 0x30
	ldIndW = 0x40
	ldIndH = 0x48
	ldIndB = 0x50
	ldMem  = 0x60
	ldLen  = 0x80

	ldxImm = 0x01
	ldxMem = 0x61
	ldxLen = 0x81
	ldxMsh = 0xb1

	stA = 0x02
	stX = 0x03

	addK = 0x04
	subK = 0x14
	mulK = 0x24
	divK = 0x34
	orK  = 0x44
	andK = 0x54
	lshK = 0x64
	rshK = 0x74
	negA = 0x84
	modK = 0x94
	xorK = 0xa4

	addX = 0x0c
	subX = 0x1c
	mulX = 0x2c
	divX = 0x3c
	orX  = 0x4c
	andX = 0x5c
	lshX = 0x6c
	rshX = 0x7c
	modX = 0x9c
	xorX = 0xac

	ja    = 0x05
	jeqK  = 0x15
	jgtK  = 0x25
	jgeK  = 0x35
	jsetK = 0x45
	jeqX  = 0x1d
	jgtX  = 0x2d
	jgeX  = 0x3d
	jsetX = 0x4d

	retK = 0x06
	retX = 0x0e
	retA = 0x16

	tax = 0x07
	txa = 0x87
)

// MemWords is the number of 32 bit words of scratch memory (BPF_MEMWORDS).
const MemWords = 16

// traits says what the validator must look at in an instruction.
type traits uint8

const (
	known       traits = 1 << iota // the code exists
	userOnly                       // the kernel does not know it
	jumps                          // conditional jump: jt and jf are distances
	readsMem                       // k is the index of a scratch word that is read
	writesMem                      // k is the index of a scratch word that is written
	divides                        // k is a divisor
	shifts                         // k is a shift distance
	absoluteOff                    // k is an absolute packet offset, or an ancillary one
)

// opcodes has a row for each code there is; codes are below 256.
var opcodes = [256]traits{
	ldImm: known, ldAbsW: known | absoluteOff, ldAbsH: known | absoluteOff, ldAbsB: known | absoluteOff,
	ldIndW: known, ldIndH: known, ldIndB: known, ldMem: known | readsMem, ldLen: known,
	ldxImm: known, ldxMem: known | readsMem, ldxLen: known, ldxMsh: known,
	stA: known | writesMem, stX: known | writesMem,
	addK: known, subK: known, mulK: known, divK: known | divides, orK: known, andK: known,
	lshK: known | shifts, rshK: known | shifts, negA: known, modK: known | divides, xorK: known,
	addX: known, subX: known, mulX: known, divX: known, orX: known, andX: known,
	lshX: known, rshX: known, modX: known, xorX: known,
	ja: known, jeqK: known | jumps, jgtK: known | jumps, jgeK: known | jumps, jsetK: known | jumps,
	jeqX: known | jumps, jgtX: known | jumps, jgeX: known | jumps, jsetX: known | jumps,
	retK: known, retX: known | userOnly, retA: known,
	tax: known, txa: known,
}

func traitsOf(op uint16) traits {
	if op >= uint16(len(opcodes)) {
		return 0
	}
	return opcodes[op]
}

// isBackward tells whether the instruction is a jump back. libpcap takes the
// distance of the unconditional jump as signed.
func isBackward(in bpf.RawInstruction) bool { return in.Op == ja && int32(in.K) < 0 }

func isReturn(op uint16) bool { return op == retK || op == retA || op == retX }
