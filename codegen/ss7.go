package codegen

import (
	"math/bits"

	"bpfc/ast"
	"bpfc/ir"
)

// ss7Field is a field of an MTP2 or MTP3 header (ITU-T Q.703 and Q.704).
// MTP3 fields are little-endian and not aligned to bytes.
type ss7Field struct {
	off    uint32 // from the length indicator, bytes
	size   uint8
	most   uint32 // the largest value, all ones
	encode func(uint32) uint32
}

// highSpeed is how much further the fields of high-speed links are.
const highSpeed = 3

var (
	ss7SIO = ss7Field{1, 1, 0xff, func(v uint32) uint32 { return v }}
	ss7OPC = ss7Field{2, 4, 0x3fff, func(v uint32) uint32 { return bits.ReverseBytes32(v << 14) }}
	ss7DPC = ss7Field{2, 2, 0x3fff, func(v uint32) uint32 { return uint32(bits.ReverseBytes16(uint16(v))) }}
	ss7SLS = ss7Field{5, 1, 0xf, func(v uint32) uint32 { return v << 4 }}
)

var ss7Fields = map[ast.TestKind]ss7Field{
	ast.MTPSio: ss7SIO, ast.MTPOpc: ss7OPC, ast.MTPDpc: ss7DPC, ast.MTPSls: ss7SLS,
	ast.MTPHSio: ss7SIO.further(), ast.MTPHOpc: ss7OPC.further(), ast.MTPHDpc: ss7DPC.further(), ast.MTPHSls: ss7SLS.further(),
}

func (f ss7Field) further() ss7Field {
	f.off += highSpeed
	return f
}

// ss7 generates the tests for signalling units.
func (g *generator) ss7(t *ast.Test) *cond {
	li := g.layout.SS7
	if li == 0 {
		return g.onlyOn(t.Kind.String(), "SS7 (MTP2, MTP2_WITH_PHDR, ERF)")
	}
	if f, ok := ss7Fields[t.Kind]; ok {
		mask := f.encode(f.most)
		if f.size == 1 && mask == 0xff {
			mask = 0xffffffff // nothing to mask
		}
		return g.fieldTest(t, t.Kind.String(), g.mask(g.load(fromPacket, li+f.off, f.size), mask), f.most, f.encode)
	}
	// The length indicator: 0 in fill-in units, 1 or 2 in link status units,
	// more in message units; 9 bits of a 16-bit field on high-speed links.
	field := func() *ir.Expr { return g.mask(g.load(fromPacket, li, 1), 0x3f) }
	unit := uint32(1)
	switch t.Kind {
	case ast.MTPHFisu, ast.MTPHLssu, ast.MTPHMsu:
		field = func() *ir.Expr { return g.mask(g.load(fromPacket, li+2, 2), 0xff80) }
		unit = 0x80
	}
	more := func(than uint32) *cond { return g.compare(ir.Gt, field(), g.graph.Const(than*unit)) }
	switch t.Kind {
	case ast.MTPFisu, ast.MTPHFisu:
		return g.compare(ir.Eq, field(), g.graph.Const(0))
	case ast.MTPLssu, ast.MTPHLssu:
		some := more(0)
		return g.and(some, g.not(more(2)))
	}
	return more(2)
}
