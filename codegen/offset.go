package codegen

import (
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// offset is where a header starts, in bytes from the start of the packet data:
// k, plus what v stands for if that is not nil.
type offset struct {
	k uint32
	v *variable
}

// variable is a path variable that is made when something first needs it.
// Offsets of headers that follow each other at fixed distances share one, so
// that it makes no difference through which of them it is first needed, and
// whoever computes it finds it.
type variable struct {
	made bool
	num  int
}

// maxScratch is how many scratch words a BPF machine has. An expression that
// libpcap cannot fit in them is refused here too.
const maxScratch = 16

// varOf returns the path variable of v. Like libpcap's it holds a scratch word
// to the end of the program.
func (g *generator) varOf(v *variable) int {
	if !v.made {
		g.takeScratch()
		*v = variable{made: true, num: g.graph.NewVar()}
	}
	return v.num
}

// zeroVar makes a variable for an offset that is meant to be 0 on paths that
// do not compute it.
func (g *generator) zeroVar() *variable {
	g.takeScratch()
	return &variable{made: true, num: g.graph.NewZeroVar()}
}

func (g *generator) takeScratch() {
	g.scratchInUse++
	if g.scratchInUse > maxScratch {
		g.fail(diag.Limit, "the expression needs more than the %d scratch words of a BPF machine", maxScratch)
		g.hint("take nested arithmetic or stacked encapsulations apart")
	}
}

func (g *generator) freeScratch() { g.scratchInUse-- }

// variablePart returns the variable part of o, nil if it has none, and marks
// it as needed.
func (g *generator) variablePart(o offset) *ir.Expr {
	if o.v == nil {
		return nil
	}
	return g.graph.VarRef(g.varOf(o.v))
}

// base names the header from which an offset counts.
type base uint8

const (
	fromPacket       base = iota // the packet data
	fromLink                     // the link-layer header
	fromPreviousLink             // the link-layer header around the last encapsulation
	fromLLC                      // the LLC header: the link-layer payload
	fromMPLSEntry                // the last MPLS label stack entry
	fromProtocol                 // the field that tells the protocol
	fromNet                      // the network header, behind SNAP if there is LLC
	fromNetLLC                   // the network header, behind LLC without SNAP
	fromTransport4               // what follows the IPv4 header
	fromTransport6               // what follows the fixed IPv6 header
	fromTransport                // the transport header that a walk has found
)

const (
	ip6HeaderLen  = 40
	mplsEntryLen  = 4
	ancillaryBase = 0xfffff000 // SKF_AD_OFF of linux/filter.h
)

// load returns size bytes at off from a header.
func (g *generator) load(from base, off uint32, size uint8) *ir.Expr {
	var x *ir.Expr
	switch from {
	case fromLink:
		x = g.variablePart(g.link)
		off += g.link.k
	case fromPreviousLink:
		x = g.variablePart(g.previousLink)
		off += g.previousLink.k
	case fromLLC:
		x = g.variablePart(g.payload)
		off += g.payload.k
	case fromMPLSEntry:
		x = g.variablePart(g.payload)
		off += g.payload.k + g.net - mplsEntryLen
	case fromProtocol:
		if g.typ != nil && off == 0 && size == 2 {
			return g.graph.VarRef(g.typ.num)
		}
		x = g.variablePart(g.protocol)
		off += g.protocol.k
	case fromNet:
		x = g.variablePart(g.payload)
		off += g.payload.k + g.net
	case fromNetLLC:
		x = g.variablePart(g.payload)
		off += g.payload.k + g.netLLC
	case fromTransport4:
		x = g.ip4HeaderEnd()
		off += g.payload.k + g.net
	case fromTransport:
		x = g.opts.Layers.hooks.transport(g)
		off += g.payload.k + g.net
	case fromTransport6:
		x = g.variablePart(g.payload)
		off += g.payload.k + g.net + ip6HeaderLen
	}
	if x == nil && off >= ancillaryBase && g.opts.LinuxExtensions {
		return g.graph.Anc(size, off)
	}
	return g.graph.Load(size, off, x)
}

// ip4HeaderEnd is the length of the IPv4 header plus the variable part of
// where it starts.
func (g *generator) ip4HeaderEnd() *ir.Expr {
	b := g.graph
	x := g.variablePart(g.payload)
	first := b.Load(1, g.payload.k+g.net, x)
	n := b.Bin(ir.Lsh, b.Bin(ir.And, first, b.Const(0xf)), b.Const(2))
	if x != nil {
		n = b.Bin(ir.Add, n, x)
	}
	return n
}

// is tests a field for a value.
func (g *generator) is(from base, off uint32, size uint8, v uint32) *cond {
	return g.compare(ir.Eq, g.load(from, off, size), g.graph.Const(v))
}

// masked tests a field for a value after masking. A mask of 0 decides without
// looking.
func (g *generator) masked(from base, off uint32, size uint8, v, mask uint32) *cond {
	if mask == 0 {
		if v == 0 {
			return condTrue
		}
		return condFalse
	}
	return g.compare(ir.Eq, g.mask(g.load(from, off, size), mask), g.graph.Const(v))
}

func (g *generator) mask(e *ir.Expr, mask uint32) *ir.Expr {
	if mask == 0xffffffff {
		return e
	}
	return g.graph.Bin(ir.And, e, g.graph.Const(mask))
}

// anyBit tests whether a field has any of the bits.
func (g *generator) anyBit(from base, off uint32, size uint8, bits uint32) *cond {
	return g.compare(ir.Set, g.load(from, off, size), g.graph.Const(bits))
}

// field tests a field of the link-layer header as a row of the table has it.
func (g *generator) field(f linktype.Field, v uint32) *cond {
	return g.masked(fromLink, f.Off, f.Size, v, f.Mask)
}

// bytesAre compares bytes from the last to the first, four, two and one at a
// time, as libpcap does.
func (g *generator) bytesAre(from base, off uint32, v []byte) *cond {
	c := condTrue
	n := len(v)
	for _, size := range [...]int{4, 2, 1} {
		for n >= size {
			n -= size
			var k uint32
			for _, b := range v[n : n+size] {
				k = k<<8 | uint32(b)
			}
			c = g.and(c, g.is(from, off+uint32(n), uint8(size), k))
		}
	}
	return c
}
