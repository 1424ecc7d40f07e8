package codegen

import (
	"bpfc/ast"
	"bpfc/ir"
)

// The walk to the transport header: past the IPv4 header, or the IPv6 header and its extension
// headers. It leaves the protocol, with fragmentFlag where its header is in another fragment, and
// noTransport where there is neither IPv4 nor IPv6.

const (
	fragmentFlag = 0x100
	noTransport  = 0x200
)

// IPv6 extension headers (RFC 8200, RFC 4302).
const (
	ip6HopByHop    = 0
	ip6Routing     = 43
	ip6Destination = 60
	ip6AH          = 51
)

func isExtensionHeader(v uint32) bool {
	switch v {
	case ip6HopByHop, ip6Routing, ip6Destination, ipFragment, ip6AH:
		return true
	}
	return false
}

// reach finds the transport header of what is at the position in force.
func (g *generator) reach() *walk {
	return g.walked(toTransport, 0, func(w *walk) *cond {
		x, k := g.variablePart(g.payload), g.netAt()
		c := g.and(g.set(w.found, g.graph.Const(noTransport)), g.set(w.at, g.orZero(x)))
		v4 := g.choose(g.carries(etherIP), g.choose(g.roomInScope(x, k+ip4ProtoOff+1), g.reach4(w), condTrue), g.reach6(w))
		return g.and(c, v4)
	})
}

func (g *generator) reach4(w *walk) *cond {
	b := g.graph
	protocol := g.set(w.found, g.load(fromNet, ip4ProtoOff, 1))
	later := g.set(w.found, b.Bin(ir.Or, g.ref(w.found), b.Const(fragmentFlag)))
	return g.allOf(protocol, g.choose(g.anyBit(fromNet, ip4FragOff, 2, 0x1fff), later, condTrue), g.set(w.at, g.ip4HeaderEnd()))
}

func (g *generator) reach6(w *walk) *cond {
	x, k := g.variablePart(g.payload), g.netAt()
	found := g.start6(w, x)
	if !g.opts.Layers.plain {
		found = g.and(found, g.extensionHeaders(w, condTrue, nil))
	}
	return g.choose(g.carries(etherIPv6), g.choose(g.roomInScope(x, k+ip6ProtoOff+1), found, condTrue), condTrue)
}

// start6 sets a walk to behind the fixed IPv6 header.
func (g *generator) start6(w *walk, x *ir.Expr) *cond {
	return g.and(g.set(w.found, g.load(fromNet, ip6ProtoOff, 1)), g.set(w.at, g.plus(g.orZero(x), ip6HeaderLen)))
}

// extensionHeaders passes IPv6 extension headers, as stages do.
func (g *generator) extensionHeaders(w *walk, end *cond, match func() *cond) *cond {
	b := g.graph
	at, next, k := g.ref(w.at), g.ref(w.found), g.netAt()
	load := func(off uint32, size uint8) *ir.Expr { return b.Load(size, k+off, at) }
	const least = 8 // bytes of an extension header
	// The next protocol is read before the place moves on.
	move := func(unit, more uint32) *cond {
		n := b.Bin(ir.Lsh, g.plus(load(1, 1), more), b.Const(unit))
		return g.and(g.set(w.found, load(0, 1)), g.set(w.at, b.Bin(ir.Add, n, at)))
	}
	c := end
	if match != nil {
		c = match()
	}
	for range MaxExtensionHeaders {
		later := b.Bin(ir.Or, load(0, 1), b.Const(fragmentFlag))
		fragment := g.and(g.choose(g.compare(ir.Set, load(2, 2), b.Const(0xfff8)), g.set(w.found, later), g.set(w.found, load(0, 1))),
			g.set(w.at, g.plus(at, least)))
		pass := g.choose(g.equal(next, ipFragment), fragment, g.choose(g.equal(next, ip6AH), move(2, 2), move(3, 1)))
		is := g.anyOf(g.equal(next, ip6HopByHop), g.equal(next, ip6Routing), g.equal(next, ip6Destination), g.equal(next, ipFragment), g.equal(next, ip6AH))
		c = g.choose(g.and(is, g.room(at, k+least)), g.and(pass, c), end)
		if match != nil {
			c = g.or(match(), c)
		}
	}
	return c
}

// proto generates "proto v" and "ip6 proto v": what the packet carries, whichever
// extension headers stand before it, or one of these.
func (walker) proto(g *generator, over ast.Proto, v uint32) *cond {
	if !g.atMost("IP protocol number", v, 0xff) {
		return condFalse
	}
	c := condTrue
	if !isExtensionHeader(v) {
		if over == ast.IP6 {
			c = g.carries(etherIPv6)
		}
		found := g.graph.Bin(ir.And, g.ref(g.reach().found), g.graph.Const(noTransport|0xff))
		return g.and(c, g.equal(found, v))
	}
	w := g.newWalk(toTransport, 0)
	is := func() *cond {
		return g.equal(g.graph.Bin(ir.And, g.ref(w.found), g.graph.Const(0xff)), v)
	}
	c = g.allOf(g.carries(etherIPv6), g.start6(w, g.variablePart(g.payload)), g.extensionHeaders(w, condFalse, is))
	if over == ast.NoProto {
		c = g.or(g.proto(ast.IP, v), c)
	}
	return c
}

// transport is the variable part of where the transport header is.
func (walker) transport(g *generator) *ir.Expr { return g.ref(g.reach().at) }

// carriesTransport tests whether the transport header is there and of a protocol that has ports, or of
// that one.
func (walker) carriesTransport(g *generator, protocol uint32) *cond {
	found := g.ref(g.reach().found)
	if protocol != anyTransport {
		return g.equal(found, protocol)
	}
	return g.anyOf(g.equal(found, ipTCP), g.equal(found, ipUDP), g.equal(found, ipSCTP))
}

// header is where the bytes of a transport protocol are, over IPv4 and IPv6.
func (walker) header(g *generator, p ast.Proto) (place, *cond, bool) {
	switch p {
	case ast.TCP, ast.UDP, ast.SCTP, ast.ICMP6:
	default:
		return place{}, nil, false
	}
	w := g.reach()
	check := g.equal(g.ref(w.found), ipProtocols[p].number)
	if p == ast.ICMP6 {
		check = g.and(g.carries(etherIPv6), check)
	}
	return place{k: g.netAt(), x: g.ref(w.at)}, check, true
}
