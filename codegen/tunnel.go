package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// Scopes: what is in the braces of "vlan 5 { … }" is about what is inside, and what is written after
// the braces is about what the text before them is about.

const (
	gtpPort  = 2152 // 3GPP TS 29.281
	ipIPIP   = 4    // IPv4 in IP (RFC 2003)
	ipIPv6   = 41   // IPv6 in IP (RFC 4213)
	ipGRE    = 47   // RFC 2784
	gtpGPDU  = 0xff // a message that carries a packet
	gtpFlags = 0x07 // which of the optional fields are there: E, S, PN
	gtpE     = 0x04
)

// scope generates a head with an expression in braces.
func (g *generator) scope(s *ast.Scope) *cond {
	first, outside, scratch := len(g.walks), g.position, g.scratchInUse
	g.span = s.Head.Span
	enter := g.part(s.Head, func() *cond {
		enter := g.enter(s.Head)
		if g.err == nil {
			enter = g.absentIn(enter, nil, nil)
		}
		return g.behindWalks(first, enter)
	})
	inside := len(g.walks)
	c := enter
	if g.err == nil {
		c = g.and(enter, g.expr(s.X))
	}
	g.walks, g.position, g.scratchInUse = g.walks[:inside], outside, scratch
	return c
}

// enter tests for a head and moves to what is inside.
func (g *generator) enter(t *ast.Test) *cond {
	g.scoped = true
	passed := map[ast.TestKind]Tags{ast.VLAN: 0, ast.PPPoES: VLANTags, ast.MPLS: VLANTags | PPPoESessions}
	before, ok := passed[t.Kind]
	if !ok {
		before = EveryTag
	}
	g.pass(g.through & before)
	switch t.Kind {
	case ast.VLAN:
		return g.withRoom(g.vlan(t))
	case ast.PPPoES:
		return g.withRoom(g.pppoes(t))
	case ast.MPLS:
		if len(t.Args) > 0 {
			return g.withRoom(g.mpls(t))
		}
		return g.labels()
	}
	in := g.newInner()
	c := g.tunnelIs(t, in)
	g.position = in.position(g.position)
	return c
}

// withRoom is a header that has been moved past, if the packet had all of it.
func (g *generator) withRoom(c *cond) *cond {
	return g.and(c, g.room(g.variablePart(g.payload), g.netAt()))
}

// labels moves to behind a whole stack of labels.
func (g *generator) labels() *cond {
	var is *cond
	switch {
	case g.mplsDepth > 0:
		is = g.not(g.bottomOfStack())
	case g.typ == nil && !g.layout.MPLS:
		return g.notHere("mpls")
	default:
		is = g.carries(map[bool]uint32{true: pppMPLS, false: etherMPLS}[g.typ == nil && g.layout.Protocol == linktype.PPPField])
	}
	w := g.newWalk(toNetwork, MPLSLabels)
	x := g.variablePart(g.payload)
	c := g.allOf(is, g.room(x, g.netAt()+mplsEntryLen), g.set(w.at, g.orZero(x)), g.set(w.found, g.graph.Const(etherMPLS)))
	c = g.and(c, g.passMPLS(w, condTrue, nil))
	g.typ, g.payload.v, g.mplsDepth = w.found, w.at, 0
	return c
}

// inner is where a tunnel's contents start, in path variables.
type inner struct {
	link, typ, at *variable // at is the same as link where there is no Ethernet header
}

func (g *generator) newInner() inner {
	v := func() *variable { return &variable{made: true, num: g.graph.NewVar()} }
	return inner{link: v(), typ: v(), at: v()}
}

// position is that of a tunnel's contents.
func (in inner) position(outer position) position {
	l := linktype.EN10MB.Layout()
	return position{
		layout: l, previous: outer.layout.Type, previousLink: outer.link, link: offset{v: in.link},
		payload: offset{v: in.at}, netLLC: l.NetLLC, typ: in.typ, encapsulated: true, scoped: true, vlanDepth: 1,
	}
}

// ethernet is an Ethernet frame at x+k, or nothing where that is too short for its header.
func (g *generator) ethernet(in inner, x *ir.Expr, k uint32) *cond {
	b := g.graph
	const header = 14
	link := g.ref(in.link)
	frame := g.and(g.set(in.typ, b.Load(2, 12, link)), g.set(in.at, g.plus(link, header)))
	none := g.and(g.set(in.typ, b.Const(0)), g.set(in.at, link))
	return g.and(g.set(in.link, g.plus(x, k)), g.choose(g.room(link, header), frame, none))
}

// byType is what an EtherType tells, at the place that in.at has.
func (g *generator) byType(in inner, typ *ir.Expr) *cond {
	at := g.ref(in.at)
	return g.allOf(g.room(at, 0), g.set(in.typ, typ), g.set(in.link, at),
		g.choose(g.equal(g.ref(in.typ), etherTEB), g.ethernet(in, at, 0), condTrue))
}

// tunnelIs tests for a tunnel and finds what it carries.
func (g *generator) tunnelIs(t *ast.Test, in inner) *cond {
	w := g.reach()
	x, k := g.ref(w.at), g.netAt()
	is := func(protocol uint32) *cond { return g.equal(g.ref(w.found), protocol) }
	switch t.Kind {
	case ast.IPIP:
		inner4 := g.and(is(ipIPIP), g.set(in.typ, g.graph.Const(etherIP)))
		inner6 := g.and(is(ipIPv6), g.set(in.typ, g.graph.Const(etherIPv6)))
		at := g.and(g.set(in.at, g.plus(x, k)), g.set(in.link, g.plus(x, k)))
		return g.and(g.or(inner4, inner6), at)
	case ast.GRE:
		return g.and(is(ipGRE), g.gre(in, x, k))
	}
	port := map[ast.TestKind]uint32{ast.VXLAN: vxlanPort, ast.Geneve: genevePort, ast.GTP: gtpPort}[t.Kind]
	if t.Port != 0 {
		port = t.Port
	}
	const headers = udpLen + 8
	udp := g.allOf(is(ipUDP), g.room(x, k+headers), g.equal(g.graph.Load(2, k+2, x), port))
	k += udpLen
	switch t.Kind {
	case ast.VXLAN:
		return g.allOf(udp, g.equal(g.graph.Load(1, k, x), 8), g.vni(t, "VXLAN", x, k), g.ethernet(in, x, k+8))
	case ast.Geneve:
		return g.allOf(udp, g.vni(t, "Geneve", x, k), g.geneveInner(in, x, k))
	case ast.GTP:
		return g.and(udp, g.gtp(t, in, x, k))
	}
	return g.fail(diag.Internal, "no code for a scope of %s", t.Kind)
}

func (g *generator) vni(t *ast.Test, what string, x *ir.Expr, k uint32) *cond {
	return g.argIs(t, what+" VNI", 0xffffff, 8, func() *ir.Expr { return g.graph.Load(4, k+4, x) })
}

// geneveInner is what is behind a Geneve header of version 0 (RFC 8926).
func (g *generator) geneveInner(in inner, x *ir.Expr, k uint32) *cond {
	b := g.graph
	first := b.Load(1, k, x)
	options := b.Bin(ir.Lsh, b.Bin(ir.And, first, b.Const(0x3f)), b.Const(2))
	version := g.equal(b.Bin(ir.And, first, b.Const(0xc0)), 0)
	return g.allOf(version, g.set(in.at, b.Bin(ir.Add, options, g.plus(x, k+8))), g.byType(in, b.Load(2, k+2, x)))
}

// gre is what is behind a GRE header of version 0 (RFC 2784, RFC 2890): a checksum, a key and a sequence
// number may be in it. One with a route (RFC 1701) is none.
func (g *generator) gre(in inner, x *ir.Expr, k uint32) *cond {
	b := g.graph
	const header, checksum, routing, key, sequence, version = 4, 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
	flags := b.Load(2, k, x)
	c := g.allOf(g.room(x, k+header), g.not(g.compare(ir.Set, flags, b.Const(routing|version))), g.set(in.at, g.plus(x, k+header)))
	for _, f := range [...]uint32{checksum, key, sequence} {
		longer := g.set(in.at, g.plus(g.ref(in.at), 4))
		c = g.and(c, g.choose(g.compare(ir.Set, flags, b.Const(f)), longer, condTrue))
	}
	return g.and(c, g.byType(in, b.Load(2, k+2, x)))
}

// gtp is what is behind a GTP-U header of version 1 and its extension headers.
func (g *generator) gtp(t *ast.Test, in inner, x *ir.Expr, k uint32) *cond {
	b := g.graph
	const versionMask, version, header, optional = 0xf0, 0x30, 8, 4
	first := b.Load(1, k, x)
	c := g.allOf(g.equal(b.Bin(ir.And, first, b.Const(versionMask)), version), g.equal(b.Load(1, k+1, x), gtpGPDU),
		g.argIs(t, "GTP tunnel endpoint identifier", 0xffffffff, 0, func() *ir.Expr { return b.Load(4, k+4, x) }))
	at := g.ref(in.at)
	// The type of the next extension header is in the last byte before it.
	next := b.Load(1, 0, b.Bin(ir.Sub, at, b.Const(1)))
	chain := g.equal(next, 0)
	for range maxGTPExtensions {
		length := b.Load(1, 0, at) // in units of 4 bytes
		move := g.allOf(g.room(at, 1), g.not(g.equal(length, 0)), g.set(in.at, b.Bin(ir.Add, b.Bin(ir.Lsh, length, b.Const(2)), at)), g.room(at, 0))
		chain = g.or(g.equal(next, 0), g.and(move, chain))
	}
	extended := g.choose(g.compare(ir.Set, first, b.Const(gtpE)), chain, condTrue)
	options := g.allOf(g.set(in.at, g.plus(at, optional)), g.room(at, 0), extended)
	return g.allOf(c, g.set(in.at, g.plus(x, k+header)), g.choose(g.compare(ir.Set, first, b.Const(gtpFlags)), options, condTrue),
		g.set(in.link, at), g.byVersion(in.typ, at, 0))
}

// anyLayer generates any { … }: the expression holds for the packet behind its tags, or for
// one in a tunnel, behind its tags, up to MaxTunnels of them one in another.
func (g *generator) anyLayer(s *ast.Scope) *cond {
	outside, through, scratch := g.position, g.through, g.scratchInUse
	g.through, g.scoped = EveryTag, true
	levels := []*cond{g.expr(s.X)}
	known := len(g.walks) // what is surely found out once the first level is evaluated
	for range MaxTunnels {
		if g.err != nil {
			return condFalse
		}
		first := len(g.walks)
		g.span = s.Head.Span
		g.pass(EveryTag)
		in := g.newInner()
		enter := condFalse
		for _, k := range [...]ast.TestKind{ast.IPIP, ast.GRE, ast.VXLAN, ast.Geneve, ast.GTP} {
			enter = g.or(enter, g.tunnelIs(&ast.Test{Kind: k}, in))
		}
		levels = append(levels, g.behindWalks(first, g.absentIn(enter, nil, nil)))
		g.position = in.position(g.position)
		levels = append(levels, g.expr(s.X))
	}
	c := levels[len(levels)-1]
	for i := len(levels) - 2; i > 0; i -= 2 {
		c = g.or(levels[i-1], g.and(levels[i], c))
	}
	g.walks, g.position, g.through, g.scratchInUse = g.walks[:min(known, len(g.walks))], outside, through, scratch
	return c
}
