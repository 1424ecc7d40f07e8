package emit

import (
	"bpfc/cbpf"
	"bpfc/ir"
)

const (
	numOps     = ir.Neg + 1
	maxReach   = 255 // farthest conditional jump
	maxOffset  = 1 << 30
	noNextHdr  = 59 // protocol numbers of header walks
	authHeader = 51
)

// outOfReach tells whether a load at a constant offset fails on every packet. The offsets of Linux's network header do not.
func outOfReach(k uint32) bool {
	return k >= maxOffset && (k < cbpf.NetworkBase || k >= cbpf.AncillaryBase)
}

// aluOp gives the code of an arithmetic operator with a constant operand.
var aluOp = [numOps]uint16{
	ir.Add: cbpf.AddK, ir.Sub: cbpf.SubK, ir.Mul: cbpf.MulK, ir.Div: cbpf.DivK, ir.Mod: cbpf.ModK,
	ir.Or: cbpf.OrK, ir.And: cbpf.AndK, ir.Xor: cbpf.XorK, ir.Lsh: cbpf.LshK, ir.Rsh: cbpf.RshK,
}

// commutes tells which operators do not care for the order of operands.
var commutes = [numOps]bool{ir.Add: true, ir.Mul: true, ir.And: true, ir.Or: true, ir.Xor: true}

var cmpOp = [...]uint16{ir.Eq: cbpf.JeqK, ir.Gt: cbpf.JgtK, ir.Ge: cbpf.JgeK, ir.Set: cbpf.JsetK}

// sizeBits gives the flag for a load of so many bytes.
var sizeBits = [...]uint16{1: cbpf.SizeB, 2: cbpf.SizeH, 4: 0}
