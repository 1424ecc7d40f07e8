package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// tests has the function for each primitive that is a keyword with operands.
var tests map[ast.TestKind]func(g *generator, t *ast.Test) *cond

func init() {
	tests = map[ast.TestKind]func(g *generator, t *ast.Test) *cond{
		ast.Broadcast:   func(g *generator, t *ast.Test) *cond { return g.broadcast(t.Proto) },
		ast.Multicast:   func(g *generator, t *ast.Test) *cond { return g.multicast(t.Proto) },
		ast.Less:        func(g *generator, t *ast.Test) *cond { return g.not(g.length(ir.Gt, t.Args[0].Num)) },
		ast.Greater:     func(g *generator, t *ast.Test) *cond { return g.length(ir.Ge, t.Args[0].Num) },
		ast.Byte:        (*generator).byteTest,
		ast.Inbound:     func(g *generator, _ *ast.Test) *cond { return g.direction(false) },
		ast.Outbound:    func(g *generator, _ *ast.Test) *cond { return g.direction(true) },
		ast.IfIndex:     (*generator).ifIndex,
		ast.VLAN:        (*generator).vlan,
		ast.MPLS:        (*generator).mpls,
		ast.PPPoED:      func(g *generator, _ *ast.Test) *cond { return g.carries(etherPPPoED) },
		ast.PPPoES:      (*generator).pppoes,
		ast.Geneve:      (*generator).geneve,
		ast.VXLAN:       (*generator).vxlan,
		ast.WLANType:    (*generator).wlanType,
		ast.WLANSubtype: (*generator).wlanType,
		ast.WLANDir:     (*generator).wlanDir,
		ast.LLC:         (*generator).llc,
	}
	for k := ast.PFIfname; k <= ast.PFAction; k++ {
		tests[k] = (*generator).pflog
	}
	for k := ast.ATMLane; k <= ast.ATMVCI; k++ {
		tests[k] = (*generator).atm
	}
	for k := ast.MTPFisu; k <= ast.MTPHSls; k++ {
		tests[k] = (*generator).ss7
	}
}

func (g *generator) test(t *ast.Test) *cond {
	if f := tests[t.Kind]; f != nil {
		return f(g, t)
	}
	return g.fail(diag.Internal, "no code for primitive %d", t.Kind)
}

// length compares the length on the wire.
func (g *generator) length(c ir.Cmp, n uint32) *cond {
	return g.compare(c, g.graph.Len(), g.graph.Const(n))
}

// byteTest generates "byte offset op value" on the link-layer header.
func (g *generator) byteTest(t *ast.Test) *cond {
	off, v := t.Args[0].Num, t.Args[1].Num
	if !g.atMost("byte value", v, 0xff) {
		return condFalse
	}
	b := g.graph
	e := g.load(fromLink, off, 1)
	switch t.Op {
	case ast.OpEq:
		return g.compare(ir.Eq, e, b.Const(v))
	case ast.OpLt:
		return g.not(g.compare(ir.Ge, e, b.Const(v)))
	case ast.OpGt:
		return g.compare(ir.Gt, e, b.Const(v))
	case ast.OpAnd:
		return g.not(g.compare(ir.Eq, b.Bin(ir.And, e, b.Const(v)), b.Const(0)))
	case ast.OpOr:
		return g.not(g.compare(ir.Eq, b.Bin(ir.Or, e, b.Const(v)), b.Const(0)))
	}
	return g.fail(diag.Syntax, "byte takes =, <, >, & or |")
}

// direction generates inbound and outbound: from the link-layer header if it
// tells, else from the metadata of live packets.
func (g *generator) direction(out bool) *cond {
	d := g.layout.Direction
	what := map[bool]string{true: "outbound", false: "inbound"}[out]
	switch {
	case d.OutboundIsNot && out:
		return g.not(g.field(d.In, d.InVal))
	case d.Known() && out:
		return g.field(d.Out, d.OutVal)
	case d.Known() && d.InboundIsNot:
		return g.not(g.field(d.Out, d.OutVal))
	case d.Known():
		return g.field(d.In, d.InVal)
	case !g.opts.LinuxExtensions:
		return g.liveOnly(what)
	}
	const packetOutgoing = 4 // linux/if_packet.h
	c := g.is(fromLink, ancPacketType, 2, packetOutgoing)
	if !out {
		c = g.not(c)
	}
	return c
}

func (g *generator) ifIndex(t *ast.Test) *cond {
	if f := g.layout.IfIndex; f.Size != 0 {
		return g.field(f, t.Args[0].Num)
	}
	if !g.opts.LinuxExtensions {
		return g.liveOnly("ifindex")
	}
	return g.is(fromLink, ancIfIndex, 4, t.Args[0].Num)
}

func (g *generator) liveOnly(what string) *cond {
	g.fail(diag.Unsupported, "%s is not in the packets of link-layer type %s", what, describe(g.layout.Type))
	return g.option(diag.LinuxExtensions, "on a live Linux capture it can be read from the kernel")
}

// isPPI tells whether the frames are 802.11 behind a PPI header, which counts
// as no radio header.
func (g *generator) isPPI() bool { return g.layout.Prefix == linktype.PPIPrefix }
