package cbpf

import "golang.org/x/net/bpf"

// The parts of an operation code.
const (
	ClassMask = 0x07
	ClassLd   = 0x00 // load A
	ClassLdx  = 0x01 // load X
	ClassSt   = 0x02 // store A
	ClassStx  = 0x03 // store X
	ClassAlu  = 0x04
	ClassJmp  = 0x05
	ClassRet  = 0x06
	ClassMisc = 0x07

	SizeMask = 0x18 // of loads
	SizeW    = 0x00 // four bytes
	SizeH    = 0x08 // two
	SizeB    = 0x10 // one

	ModeMask = 0xe0 // of loads
	ModeImm  = 0x00 // the constant k
	ModeAbs  = 0x20 // packet data at k
	ModeInd  = 0x40 // packet data at X + k
	ModeMem  = 0x60 // M[k]
	ModeLen  = 0x80 // the length on the wire
	ModeMsh  = 0xa0 // four times the low nibble of the byte at k

	OpMask = 0xf0 // of arithmetic and jumps
	SrcX   = 0x08 // the operand is X, not k
)

// The operations of class ClassAlu and ClassJmp, without class and source.
const (
	Add = 0x00
	Sub = 0x10
	Mul = 0x20
	Div = 0x30
	Or  = 0x40
	And = 0x50
	Lsh = 0x60
	Rsh = 0x70
	Neg = 0x80
	Mod = 0x90
	Xor = 0xa0

	Always       = 0x00
	Equal        = 0x10
	Greater      = 0x20
	GreaterEqual = 0x30
	HasBits      = 0x40
)

// The operation codes, whole. A suffix K means that the operand is the constant, X the index register, A the accumulator.
const (
	LdImm  = 0x00
	LdAbsW = 0x20
	LdAbsH = 0x28
	LdAbsB = 0x30
	LdIndW = 0x40
	LdIndH = 0x48
	LdIndB = 0x50
	LdMem  = 0x60
	LdLen  = 0x80

	LdxImm = 0x01
	LdxMem = 0x61
	LdxLen = 0x81
	LdxMsh = 0xb1

	St  = 0x02
	Stx = 0x03

	AddK = 0x04
	SubK = 0x14
	MulK = 0x24
	DivK = 0x34
	OrK  = 0x44
	AndK = 0x54
	LshK = 0x64
	RshK = 0x74
	NegA = 0x84
	ModK = 0x94
	XorK = 0xa4

	AddX = 0x0c
	SubX = 0x1c
	MulX = 0x2c
	DivX = 0x3c
	OrX  = 0x4c
	AndX = 0x5c
	LshX = 0x6c
	RshX = 0x7c
	ModX = 0x9c
	XorX = 0xac

	Ja    = 0x05
	JeqK  = 0x15
	JgtK  = 0x25
	JgeK  = 0x35
	JsetK = 0x45
	JeqX  = 0x1d
	JgtX  = 0x2d
	JgeX  = 0x3d
	JsetX = 0x4d

	RetK = 0x06
	RetX = 0x0e
	RetA = 0x16

	Tax = 0x07
	Txa = 0x87
)

// MemWords is the number of 32-bit words of scratch memory (BPF_MEMWORDS).
const MemWords = 16

// MaxXTInstructions is the longest program that iptables -m bpf takes (XT_BPF_MAX_NUM_INSTR of linux/netfilter/xt_bpf.h).
const MaxXTInstructions = 64

// Traits say what an operation does to the machine's state. An operation code that does not exist has none.
// It is a value, and so safe for concurrent use.
type Traits uint32

// The traits.
const (
	Known     Traits = 1 << iota // the code exists
	UserOnly                     // Linux does not know it: ret x
	ReadsA                       // uses the accumulator
	WritesA                      // sets it
	ReadsX                       // uses the index register
	WritesX                      // sets it
	ReadsMem                     // uses M[k]
	WritesMem                    // sets M[k]
	Absolute                     // loads packet data at k, or ancillary data (see [IsAncillary])
	Indirect                     // loads packet data at X + k
	Header                       // loads four times the low nibble of the byte at k
	Divides                      // divides by the constant k
	Shifts                       // shifts by the constant k
	Branches                     // conditional jump: Jt and Jf are distances
	Returns                      // ends the program
)

// LoadsPacket has the traits of which every load of packet data has one.
const LoadsPacket = Absolute | Indirect | Header

var traits = [256]Traits{
	LdImm: Known | WritesA, LdLen: Known | WritesA, LdMem: Known | WritesA | ReadsMem,
	LdAbsW: Known | WritesA | Absolute, LdAbsH: Known | WritesA | Absolute, LdAbsB: Known | WritesA | Absolute,
	LdIndW: Known | WritesA | ReadsX | Indirect, LdIndH: Known | WritesA | ReadsX | Indirect, LdIndB: Known | WritesA | ReadsX | Indirect,
	LdxImm: Known | WritesX, LdxLen: Known | WritesX, LdxMem: Known | WritesX | ReadsMem, LdxMsh: Known | WritesX | Header,
	St: Known | ReadsA | WritesMem, Stx: Known | ReadsX | WritesMem,
	AddK: arithmeticK, SubK: arithmeticK, MulK: arithmeticK, OrK: arithmeticK, AndK: arithmeticK, XorK: arithmeticK, NegA: arithmeticK,
	DivK: arithmeticK | Divides, ModK: arithmeticK | Divides, LshK: arithmeticK | Shifts, RshK: arithmeticK | Shifts,
	AddX: arithmeticX, SubX: arithmeticX, MulX: arithmeticX, DivX: arithmeticX, OrX: arithmeticX, AndX: arithmeticX,
	LshX: arithmeticX, RshX: arithmeticX, ModX: arithmeticX, XorX: arithmeticX,
	Ja: Known, JeqK: branchK, JgtK: branchK, JgeK: branchK, JsetK: branchK,
	JeqX: branchK | ReadsX, JgtX: branchK | ReadsX, JgeX: branchK | ReadsX, JsetX: branchK | ReadsX,
	RetK: Known | Returns, RetX: Known | Returns | ReadsX | UserOnly, RetA: Known | Returns | ReadsA,
	Tax: Known | ReadsA | WritesX, Txa: Known | ReadsX | WritesA,
}

const (
	arithmeticK = Known | ReadsA | WritesA
	arithmeticX = arithmeticK | ReadsX
	branchK     = Known | ReadsA | Branches
)

// TraitsOf returns the traits of an operation code, 0 for one that does not exist.
func TraitsOf(op uint16) Traits {
	if int(op) >= len(traits) {
		return 0
	}
	return traits[op]
}

// Has tells whether t has all of the traits in want.
func (t Traits) Has(want Traits) bool { return t&want == want }

// Any tells whether t has one of the traits in want.
func (t Traits) Any(want Traits) bool { return t&want != 0 }

// LoadSize returns how many bytes of the packet a load reads: 1, 2 or 4.
func LoadSize(op uint16) uint32 {
	switch op & SizeMask {
	case SizeH:
		return 2
	case SizeB:
		return 1
	}
	return 4
}

// IsReturn tells whether the operation ends the program.
func IsReturn(op uint16) bool { return TraitsOf(op).Any(Returns) }

// IsBackward tells whether the instruction is a jump back. libpcap takes the
// distance of the unconditional jump as signed.
func IsBackward(in bpf.RawInstruction) bool { return in.Op == Ja && int32(in.K) < 0 }
