package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// The primitives of this file move the offsets for all that is written after
// them.

// pushLink makes a link-layer header of type t, which starts at o, the one in
// force.
func (g *generator) pushLink(t linktype.Type, o offset) {
	g.previous = g.layout.Type
	g.previousLink = g.link
	g.layout = t.Layout()
	g.link = o
	g.encapsulated = false
	g.typ, g.frame = nil, offset{}
}

func (g *generator) vlan(t *ast.Test) *cond {
	if g.mplsDepth > 0 && g.scoped {
		return condFalse
	}
	if g.mplsDepth > 0 {
		return g.fail(diag.Unsupported, "no vlan can be told within MPLS")
	}
	if !g.layout.VLAN && g.typ == nil {
		return g.notHere("vlan")
	}
	var c *cond
	if g.tagInMetadata() {
		c = g.vlanFromMetadata(t)
	} else {
		c = g.vlanTag()
		c = g.and(c, g.vlanID(t))
		if g.typ != nil {
			g.protocol = offset{k: g.payload.k + g.net - 2, v: g.payload.v}
			g.typ, g.frame = nil, offset{}
		}
		g.payload.k += 4
		g.protocol.k += 4
	}
	g.vlanDepth++
	return c
}

// tagInMetadata tells whether the kernel may have moved the tag that is asked for to the packet's metadata.
func (g *generator) tagInMetadata() bool {
	outer := g.vlanDepth == 0 && g.link.v == nil && g.link.k == g.packet.link.k
	return g.layout.Type == linktype.EN10MB && outer && g.opts.LinuxExtensions
}

func (g *generator) vlanTag() *cond {
	return g.anyOf(g.carries(etherVLAN), g.carries(etherQinQ), g.carries(etherOldQinQ))
}

func (g *generator) vlanID(t *ast.Test) *cond {
	return g.argIs(t, "VLAN tag", 0xfff, 0, func() *ir.Expr { return g.load(fromNet, 0, 2) })
}

// argIs tests a field of at most most, shifted to the left, for the numbers that a keyword has: true for none,
// else one of them.
func (g *generator) argIs(t *ast.Test, what string, most uint32, shift uint, field func() *ir.Expr) *cond {
	if len(t.Args) == 0 {
		return condTrue
	}
	c := condFalse
	for _, a := range t.Args {
		if !g.atMost(what, max(a.Num, a.To), most) {
			return condFalse
		}
		e := field()
		if mask := most << shift; uint64(mask) != 1<<(8*e.Size)-1 {
			e = g.mask(e, mask)
		}
		is := g.compare(ir.Eq, e, g.graph.Const(a.Num<<shift))
		if a.To > a.Num {
			is = g.and(g.compare(ir.Ge, e, g.graph.Const(a.Num<<shift)), g.not(g.compare(ir.Gt, e, g.graph.Const(a.To<<shift))))
		}
		c = g.or(c, is)
	}
	return c
}

// Offsets of Linux ancillary data (linux/filter.h).
const (
	ancPacketType     = ancillaryBase + 4
	ancIfIndex        = ancillaryBase + 8
	ancVLANTag        = ancillaryBase + 44
	ancVLANTagPresent = ancillaryBase + 48
)

// vlanFromMetadata is the test for packets whose outer tag the kernel may have
// moved to the packet's metadata. Only if it has not do the headers that
// follow start later, so their offsets become variable.
func (g *generator) vlanFromMetadata(t *ast.Test) *cond {
	b := g.graph
	present := func() *cond { return g.compare(ir.Eq, b.Anc(1, ancVLANTagPresent), b.Const(1)) }
	tag := g.vlanTag()
	var idInPacket *cond
	if len(t.Args) > 0 {
		idInPacket = g.vlanID(t)
	}
	for _, o := range []*offset{&g.protocol, &g.payload} {
		o.v = g.zeroVar() // 0 where the kernel has taken the tag out
		tag = g.setThen(o.v.num, b.Const(4), tag)
	}
	c := g.or(present(), tag)
	if idInPacket != nil {
		inMetadata := g.argIs(t, "VLAN tag", 0xfff, 0, func() *ir.Expr { return b.Anc(2, ancVLANTag) })
		c = g.and(c, g.choose(present(), inMetadata, idInPacket))
	}
	return c
}

// bottomOfStack tests whether the last MPLS label is the last of its stack.
func (g *generator) bottomOfStack() *cond { return g.anyBit(fromMPLSEntry, 2, 1, 1) }

// mplsCarries tells a protocol within MPLS: nothing but the version of IP does.
func (g *generator) mplsCarries(p uint32) *cond {
	var version uint32
	switch p {
	case etherIP:
		version = 4
	case etherIPv6:
		version = 6
	default:
		if g.scoped {
			return condFalse // whatever is behind, it is not told
		}
		g.fail(diag.Unsupported, "only IPv4 and IPv6 can be told within MPLS")
		return g.hint("write ip or ip6 before it, or put it before mpls")
	}
	bottom := g.bottomOfStack()
	return g.and(bottom, g.ipVersion(fromNet, version))
}

func (g *generator) mpls(t *ast.Test) *cond {
	var c *cond
	switch {
	case g.mplsDepth > 0:
		c = g.not(g.bottomOfStack())
	case g.typ != nil:
		c = g.carries(etherMPLS)
	case !g.layout.MPLS:
		return g.notHere("mpls")
	case g.layout.Protocol == linktype.PPPField:
		c = g.carries(pppMPLS)
	default:
		c = g.carries(etherMPLS)
	}
	c = g.and(c, g.argIs(t, "MPLS label", 0xfffff, 12, func() *ir.Expr { return g.load(fromNet, 0, 4) }))
	g.net += mplsEntryLen
	g.netLLC += mplsEntryLen
	g.mplsDepth++
	return c
}

func (g *generator) pppoes(t *ast.Test) *cond {
	c := g.carries(etherPPPoES)
	c = g.and(c, g.argIs(t, "PPPoE session", 0xffff, 0, func() *ir.Expr { return g.load(fromNet, 2, 2) }))
	const headerLen = 6 // RFC 2516
	g.pushLink(linktype.PPP, offset{k: g.payload.k + g.net + headerLen, v: g.payload.v})
	g.protocol = g.link
	g.payload.k = g.link.k + 2
	g.net, g.netLLC = 0, 0
	return c
}

const (
	genevePort = 6081 // RFC 8926
	vxlanPort  = 4789 // RFC 7348
	udpLen     = 8
)

// tunnel tests for a header behind UDP and leaves in variable end where the
// UDP header starts, less the constant part of the offset.
func (g *generator) tunnel(t *ast.Test, what string, port uint16, end int, first func(from base) *cond) *cond {
	vni := func(from base) *cond {
		return g.argIs(t, what+" VNI", 0xffffff, 8, func() *ir.Expr { return g.load(from, udpLen+4, 4) })
	}
	b := g.graph
	v4 := g.allOf(g.ports4(ast.Dst, ipUDP, port, port), first(fromTransport4), vni(fromTransport4))
	v4 = g.and(v4, g.setThen(end, g.ip4HeaderEnd(), condTrue))
	v6 := g.allOf(g.ports6(ast.Dst, ipUDP, port, port), first(fromTransport6), vni(fromTransport6))
	header := b.Const(ip6HeaderLen)
	if x := g.variablePart(g.payload); x != nil {
		header = b.Bin(ir.Add, header, x)
	}
	v6 = g.and(v6, g.setThen(end, header, condTrue))
	return g.or(v4, v6)
}

func (g *generator) geneve(t *ast.Test) *cond {
	b := g.graph
	end := b.NewVar()
	is := g.tunnel(t, "Geneve", genevePort, end, func(from base) *cond { return g.masked(from, udpLen, 1, 0, 0xc0) })
	// The Geneve header: options' length in the first byte, EtherType at 2.
	geneve := b.NewVar()
	start := b.Bin(ir.Add, b.VarRef(end), b.Const(g.payload.k+g.net+udpLen))
	header := b.VarRef(geneve)
	options := b.Bin(ir.Mul, b.Bin(ir.And, b.Load(1, 0, header), b.Const(0x3f)), b.Const(4))
	g.protocol = offset{v: g.zeroVar()}
	g.pushLink(linktype.EN10MB, offset{v: g.zeroVar()})
	g.payload = offset{v: g.zeroVar()}
	g.net = 0
	inner := b.VarRef(g.link.v.num)
	// The header tells an EtherType; only where that is Transparent Ethernet
	// Bridging does an Ethernet header follow.
	ethernet := g.setThen(g.protocol.v.num, b.Bin(ir.Add, inner, b.Const(12)),
		g.setThen(g.payload.v.num, b.Bin(ir.Add, inner, b.Const(14)), condTrue))
	bare := g.setThen(g.payload.v.num, inner, condTrue)
	offsets := g.setThen(geneve, start,
		g.setThen(g.protocol.v.num, b.Bin(ir.Add, header, b.Const(2)),
			g.setThen(g.link.v.num, b.Bin(ir.Add, b.Bin(ir.Add, options, b.Const(8)), header),
				g.choose(g.compare(ir.Eq, b.Load(2, 2, header), b.Const(etherTEB)), ethernet, bare))))
	g.encapsulated = true
	b.KeepShape = true
	return g.and(is, offsets)
}

func (g *generator) vxlan(t *ast.Test) *cond {
	b := g.graph
	end := b.NewVar()
	is := g.tunnel(t, "VXLAN", vxlanPort, end, func(from base) *cond { return g.is(from, udpLen, 1, 8) })
	const headerLen = 8
	start := b.Bin(ir.Add, b.VarRef(end), b.Const(g.payload.k+g.net+udpLen+headerLen))
	g.pushLink(linktype.EN10MB, offset{v: g.zeroVar()})
	g.protocol = offset{v: g.zeroVar()}
	g.payload = offset{v: g.zeroVar()}
	g.net = 0
	inner := b.VarRef(g.link.v.num)
	offsets := g.setThen(g.link.v.num, start,
		g.setThen(g.protocol.v.num, b.Bin(ir.Add, inner, b.Const(12)),
			g.setThen(g.payload.v.num, b.Bin(ir.Add, inner, b.Const(14)), condTrue)))
	g.encapsulated = true
	return g.and(is, offsets)
}

// sameOffsets tests whether link-layer header and payload start at the same
// place.
func (g *generator) sameOffsets() *cond {
	payload := g.payload
	if g.frame.v != nil {
		payload = g.frame // tags that were passed are no link-layer header
	}
	return g.compare(ir.Eq, g.variablePart(g.link), g.variablePart(payload))
}
