package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
)

// number is an arithmetic expression: its value, and the checks that must hold
// before it is computed ("tcp[0]" looks at TCP segments only), nil for none.
type number struct {
	value  *ir.Expr
	checks *cond
	fold   fold
}

// fold is a value that is the same on every packet, if one is known.
type fold struct {
	v     uint32
	known bool
}

var irOps = map[ast.BinOp]ir.Op{
	ast.Add: ir.Add, ast.Sub: ir.Sub, ast.Mul: ir.Mul, ast.Div: ir.Div, ast.Mod: ir.Mod,
	ast.BitAnd: ir.And, ast.BitOr: ir.Or, ast.BitXor: ir.Xor, ast.Lsh: ir.Lsh, ast.Rsh: ir.Rsh,
}

var relOps = map[ast.RelOp]ast.TestOp{
	ast.Eq: ast.OpEq, ast.Ne: ast.OpNe, ast.Lt: ast.OpLt, ast.Le: ast.OpLe, ast.Gt: ast.OpGt, ast.Ge: ast.OpGe,
}

// relation compares two numbers, after the checks of the right one and then of
// the left one.
func (g *generator) relation(r *ast.Relation) *cond {
	g.pending = nil
	l := g.number(r.L)
	x := g.number(r.R)
	if g.err != nil {
		return condFalse
	}
	g.freeScratch()
	g.freeScratch()
	rel := relations[relOps[r.Op]]
	c := g.compare(rel.cmp, l.value, x.value)
	c.fault = g.pending
	if rel.negated {
		c = g.not(c)
	}
	return g.allOf(orTrue(x.checks), orTrue(l.checks), c)
}

func orTrue(c *cond) *cond {
	if c == nil {
		return condTrue
	}
	return c
}

// number generates arithmetic. Each value in flight takes a scratch word, as
// in libpcap, so that expressions too complex for it are refused here too.
func (g *generator) number(a ast.Arith) number {
	zero := number{value: g.graph.Const(0)}
	if g.err != nil {
		return zero
	}
	switch a := a.(type) {
	case *ast.Num:
		g.takeScratch()
		return number{value: g.graph.Const(a.Value), fold: fold{a.Value, true}}
	case *ast.Len:
		g.takeScratch()
		return number{value: g.graph.Len()}
	case *ast.Neg:
		n := g.number(a.X)
		return number{g.graph.Neg(n.value), n.checks, fold{-n.fold.v, n.fold.known}}
	case *ast.Binary:
		l := g.number(a.L)
		r := g.number(a.R)
		g.freeScratch()
		if g.err != nil || !g.validOperand(a, l.fold, r.value) {
			return zero
		}
		// Only the left operand's checks count, as in libpcap.
		op := irOps[a.Op]
		return number{g.graph.Bin(op, l.value, r.value), l.checks, foldsTo(op, l.fold, r.fold)}
	case *ast.Load:
		return g.packetData(a)
	}
	g.fail(diag.Internal, "no code for %T", a)
	return zero
}

// validOperand refuses a division by the constant 0 and a shift by a constant
// over 31. Like libpcap's, the check takes the first constant of the divisor
// as written for its value, and what only folding shows is no shift too far
// where it folds the shift itself, to 0.
func (g *generator) validOperand(b *ast.Binary, l fold, r *ir.Expr) bool {
	c := uint32(1) // where nothing is written, what no operator refuses
	if first, ok := leftmost(b.R).(*ast.Num); ok {
		c = first.Value
	}
	at := b.R.Range()
	known, folded := value(r)
	switch b.Op {
	case ast.Div, ast.Mod:
		if c != 0 && folded && known == 0 {
			g.keepFolded(diag.New(diag.Range, at.Pos, at.End, "division by zero"))
		}
		if c == 0 && g.err == nil {
			g.err = diag.New(diag.Range, at.Pos, at.End, "division by zero")
		}
	case ast.Lsh, ast.Rsh:
		const format = "shift by %d bits, more than 31"
		if c <= 31 && folded && known > 31 && !l.known {
			g.keepFolded(diag.New(diag.Range, at.Pos, at.End, format, known))
		}
		if c > 31 && g.err == nil {
			g.err = diag.New(diag.Range, at.Pos, at.End, format, c)
		}
	}
	return g.err == nil
}

// keepFolded keeps the first error of a relation that only folding shows.
func (g *generator) keepFolded(e *diag.Error) {
	if g.pending == nil {
		g.pending = e
	}
}

// value tells an expression's value if it is the same on every packet: it is a
// constant, or 0 because an operand is.
func value(e *ir.Expr) (v uint32, ok bool) {
	zero := func(e *ir.Expr) bool { v, ok := value(e); return ok && v == 0 }
	switch e.Op {
	case ir.Const:
		return e.K, true
	case ir.And, ir.Mul:
		return 0, zero(e.L) || zero(e.R)
	case ir.Lsh, ir.Rsh, ir.Div, ir.Mod:
		return 0, zero(e.L)
	}
	return 0, false
}

// foldsTo tells what an operation gives on every packet as far as the first
// look of libpcap's optimizer shows: it knows constants, and 0 as a left
// operand, but 0 as a right operand only once it has been over the rest.
func foldsTo(op ir.Op, l, r fold) fold {
	if l.known && r.known {
		v, ok := ir.Eval(op, l.v, r.v)
		return fold{v, ok}
	}
	switch op {
	case ir.And, ir.Mul, ir.Lsh, ir.Rsh, ir.Div, ir.Mod:
		return fold{0, l.known && l.v == 0}
	}
	return fold{}
}

// leftmost is the constant or length that is computed first in a.
func leftmost(a ast.Arith) ast.Arith {
	for {
		switch n := a.(type) {
		case *ast.Neg:
			a = n.X
		case *ast.Binary:
			a = n.L
		case *ast.Load:
			a = n.Index
		default:
			return a
		}
	}
}

// packetData generates proto[index:size].
func (g *generator) packetData(a *ast.Load) number {
	index := g.number(a.Index)
	outer := g.span
	g.span = a.Span
	defer func() { g.span = outer }()
	g.takeScratch()
	g.freeScratch()
	if a.Size != 1 && a.Size != 2 && a.Size != 4 {
		if a.SizeSpan != (ast.Span{}) {
			g.span = a.SizeSpan
		}
		g.fail(diag.Range, "%d bytes cannot be loaded at once", a.Size)
		g.hint("the size is 1, 2 or 4")
		return index
	}
	if a.Proto == ast.VLANTag && g.opts.Layers != nil {
		n := g.opts.Layers.hooks.tagBytes(g, a, index.value)
		n.checks = g.and(orTrue(index.checks), orTrue(n.checks))
		return n
	}
	at, check := g.header(a.Proto)
	if g.err != nil {
		return index
	}
	checks := index.checks
	if check != nil {
		checks = g.and(orTrue(checks), check)
	}
	return number{value: g.loadAt(at, index.value, uint8(a.Size)), checks: checks}
}

// place is a header that packet data is addressed from. x is nil if the
// header's offset is constant; small is set where x is at most 60, so that
// adding a small index cannot wrap around.
type place struct {
	k     uint32
	x     *ir.Expr
	small bool
}

const smallIndex = 1 << 20

// loadAt loads at index from a header. libpcap adds index and variable part
// with wrap-around, and only then the constant part without.
func (g *generator) loadAt(p place, index *ir.Expr, size uint8) *ir.Expr {
	b := g.graph
	switch {
	case p.x == nil:
		return b.Load(size, p.k, orNil(index))
	case index.IsConst(0):
		return b.Load(size, p.k, p.x)
	case p.small && index.Op == ir.Const && index.K < smallIndex && p.k < smallIndex:
		return b.Load(size, p.k+index.K, p.x)
	}
	return b.Load(size, p.k, b.Bin(ir.Add, index, p.x))
}

// header tells from where the data of a protocol is addressed, and what must
// hold of the packet; nil if nothing must.
func (g *generator) header(p ast.Proto) (place, *cond) {
	if g.extended() {
		if at, check, ok := g.opts.Layers.hooks.header(g, p); ok {
			return at, check
		}
	}
	switch p {
	case ast.Radio:
		if g.layout.Prefix == 0 || g.isPPI() {
			g.fail(diag.Unsupported, "link-layer type %s has no radio header", describe(g.layout.Type))
		}
		return place{}, nil
	case ast.Link:
		at := place{k: g.link.k, x: g.variablePart(g.link)}
		if g.scoped && g.encapsulated {
			return at, g.not(g.sameOffsets())
		}
		return at, nil
	case ast.IP, ast.ARP, ast.RARP, ast.Atalk, ast.Decnet, ast.Sca, ast.Lat, ast.Moprc, ast.Mopdl, ast.IP6:
		at := place{k: g.payload.k + g.net, x: g.variablePart(g.payload)}
		return at, g.abbreviation(p)
	case ast.ICMP6:
		ip6 := g.carries(etherIPv6)
		c := g.and(ip6, g.is(fromNet, ip6ProtoOff, 1, ipICMP6))
		return place{k: g.payload.k + g.net + ip6HeaderLen, x: g.variablePart(g.payload)}, c
	case ast.SCTP, ast.TCP, ast.UDP, ast.ICMP, ast.IGMP, ast.IGRP, ast.PIM, ast.VRRP, ast.CARP:
		// Over IPv4 only, and in the first fragment only.
		at := place{k: g.payload.k + g.net, x: g.ip4HeaderEnd(), small: g.payload.v == nil}
		ip := g.carries(etherIP)
		c := g.allOf(ip, g.is(fromNet, ip4ProtoOff, 1, ipProtocols[p].number), g.not(g.anyBit(fromNet, ip4FragOff, 2, 0x1fff)))
		return at, c
	}
	g.fail(diag.Qualifier, "the bytes of '%s' cannot be addressed", p)
	return place{}, nil
}
