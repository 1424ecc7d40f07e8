package emit

import "bpfc/ir"

// Codes of classic BPF instructions, as in the kernel's linux/bpf_common.h.
const (
	opLdImm    = 0x00 // A = k
	opLdLen    = 0x80 // A = length on the wire
	opLdMem    = 0x60 // A = M[k]
	opLdAbs    = 0x20 // A = packet word at k; 0x28 half-word, 0x30 byte
	opLdInd    = 0x40 // A = packet word at X + k; 0x48, 0x50
	opLdxImm   = 0x01 // X = k
	opLdxLen   = 0x81 // X = length on the wire
	opLdxMem   = 0x61 // X = M[k]
	opLdxMsh   = 0xb1 // X = 4 * (packet byte at k & 0xf)
	opSt       = 0x02 // M[k] = A
	opStx      = 0x03 // M[k] = X
	opNeg      = 0x84 // A = -A
	opJa       = 0x05 // skip k instructions
	opJeq      = 0x15 // the comparisons of A with k
	opJgt      = 0x25
	opJge      = 0x35
	opJset     = 0x45
	opRet      = 0x06 // return k
	opTax      = 0x07 // X = A
	opTxa      = 0x87 // A = X
	srcX       = 0x08 // flag of arithmetic and comparisons: X instead of k
	opAddImm   = 0x04
	opLshImm   = 0x64
	opMulImm   = 0x24
	sizeHalf   = 0x08
	sizeByte   = 0x10
	numWords   = 16 // words of scratch memory
	numOps     = ir.Neg + 1
	maxReach   = 255 // farthest conditional jump
	maxOffset  = 1 << 30
	noNextHdr  = 59 // protocol numbers of header walks
	authHeader = 51
)

// aluOp gives the code of an arithmetic operator with a constant operand.
var aluOp = [numOps]uint16{
	ir.Add: opAddImm, ir.Sub: 0x14, ir.Mul: opMulImm, ir.Div: 0x34, ir.Mod: 0x94,
	ir.Or: 0x44, ir.And: 0x54, ir.Xor: 0xa4, ir.Lsh: opLshImm, ir.Rsh: 0x74,
}

// commutes tells which operators do not care for the order of operands.
var commutes = [numOps]bool{ir.Add: true, ir.Mul: true, ir.And: true, ir.Or: true, ir.Xor: true}

var cmpOp = [...]uint16{ir.Eq: opJeq, ir.Gt: opJgt, ir.Ge: opJge, ir.Set: opJset}

// sizeBits gives the flag for a load of so many bytes.
var sizeBits = [...]uint16{1: sizeByte, 2: sizeHalf, 4: 0}
