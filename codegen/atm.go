package codegen

import (
	"bpfc/ast"
	"bpfc/ir"
	"bpfc/linktype"
)

// The SunATM pseudo-header: direction and protocol in one byte, VPI, VCI.
const (
	atmProtocolOff = 0
	atmVPIOff      = 1
	atmVCIOff      = 2
	atmPayload     = 4
)

// Protocols in the low nibble of the first byte.
const (
	atmLANE = 1
	atmLLC  = 2
)

// atmChannels are the well-known channels with VPI 0 (ATM Forum UNI 3.1).
var atmChannels = map[ast.TestKind]uint32{
	ast.ATMMetac: 1, ast.ATMBcc: 2, ast.ATMOamF4SC: 3, ast.ATMOamF4EC: 4, ast.ATMSc: 5, ast.ATMIlmic: 16,
}

// Q.2931 message types.
const (
	atmCallProceeding = 0x02
	atmSetup          = 0x05
	atmConnect        = 0x07
	atmConnectAck     = 0x0f
	atmRelease        = 0x4d
	atmReleaseDone    = 0x5a
)

func (g *generator) atmProtocol(p uint32) *cond {
	return g.masked(fromLink, atmProtocolOff, 1, p, 0x0f)
}

func (g *generator) atmIs(off uint32, size uint8, v uint32) *cond {
	return g.is(fromLink, off, size, v)
}

// atm generates the tests for ATM cells.
func (g *generator) atm(t *ast.Test) *cond {
	if g.layout.Type != linktype.SUNATM {
		return g.onlyOn(t.Kind.String(), "SUNATM")
	}
	if vci, ok := atmChannels[t.Kind]; ok {
		return g.atmChannel(vci)
	}
	switch t.Kind {
	case ast.ATMVPI:
		return g.fieldTest(t, "VPI", g.load(fromLink, atmVPIOff, 1), 0xff, func(v uint32) uint32 { return v })
	case ast.ATMVCI:
		return g.fieldTest(t, "VCI", g.load(fromLink, atmVCIOff, 2), 0xffff, func(v uint32) uint32 { return v })
	case ast.ATMOam, ast.ATMOamF4:
		vpi := g.atmIs(atmVPIOff, 1, 0)
		return g.and(vpi, g.or(g.atmIs(atmVCIOff, 2, 3), g.atmIs(atmVCIOff, 2, 4)))
	case ast.ATMConnectMsg:
		channel := g.atmChannel(atmChannels[ast.ATMSc])
		return g.and(channel, g.atmMessage(atmReleaseDone, atmRelease, atmConnectAck, atmConnect, atmSetup, atmCallProceeding))
	case ast.ATMMetaConnect:
		channel := g.atmChannel(atmChannels[ast.ATMMetac])
		return g.and(channel, g.atmMessage(atmReleaseDone, atmRelease, atmConnect, atmSetup, atmCallProceeding))
	}
	return g.lane()
}

func (g *generator) atmChannel(vci uint32) *cond {
	vpi := g.atmIs(atmVPIOff, 1, 0)
	return g.and(vpi, g.atmIs(atmVCIOff, 2, vci))
}

func (g *generator) atmMessage(types ...uint32) *cond {
	const typeOff = 5
	c := condFalse
	for _, t := range types {
		c = g.or(c, g.atmIs(atmPayload+typeOff, 1, t))
	}
	return c
}

// lane tests for LAN emulation, and from there on looks at the Ethernet frame
// within.
func (g *generator) lane() *cond {
	c := g.atmProtocol(atmLANE)
	g.pushLink(linktype.EN10MB, offset{k: atmPayload + 2})
	g.protocol.k = g.link.k + 12
	g.payload.k = g.link.k + 14
	g.net, g.netLLC = 0, 3
	return c
}

// relations maps the operators of field tests to comparisons, negated or not.
var relations = map[ast.TestOp]struct {
	cmp     ir.Cmp
	negated bool
}{
	ast.OpEq: {ir.Eq, false}, ast.OpNe: {ir.Eq, true}, ast.OpGt: {ir.Gt, false}, ast.OpLe: {ir.Gt, true},
	ast.OpGe: {ir.Ge, false}, ast.OpLt: {ir.Ge, true},
}

// fieldTest compares a field with one value or several, each at most most and
// put in the field's encoding.
func (g *generator) fieldTest(t *ast.Test, what string, field *ir.Expr, most uint32, encode func(uint32) uint32) *cond {
	c := condFalse
	for _, a := range t.Args {
		if !g.atMost(what, a.Num, most) {
			return condFalse
		}
		rel := relations[t.Op]
		one := g.compare(rel.cmp, field, g.graph.Const(encode(a.Num)))
		if rel.negated {
			one = g.not(one)
		}
		c = g.or(c, one)
	}
	return c
}
