package emit

import (
	"bpfc/cbpf"
	"bpfc/internal/memory"
	"bpfc/ir"
)

// gen selects the instructions of one block after the other.
type gen struct {
	*program
	facts
	code []inst // of the current block
	mem  []inst // arena that code is cut from
}

// generate gives every block its code. Blocks stand in topological order, so
// the facts at a block's start are complete when it is reached.
func (p *program) generate() {
	p.findWants()
	at := memory.Room(&p.memory.facts, len(p.blocks))
	for i := range at {
		at[i].reached = false
	}
	g := &gen{program: p, mem: p.memory.insts[:0]}
	at[p.rootAt] = p.entryFacts()
	for i := 2; i < len(p.blocks); i++ {
		b := &p.blocks[i]
		if b.unreached = !at[i].reached; b.unreached {
			continue
		}
		g.facts = at[i]
		g.begin()
		g.node(b)
		g.end(b)
		b.captured = g.captured
		at[b.t].meet(&g.facts)
		if b.f >= 0 {
			at[b.f].meet(&g.facts)
		}
	}
	p.memory.insts = g.mem
}

// entryFacts says that A and X are 0 at the start, and so are the variables.
func (p *program) entryFacts() facts {
	f := facts{reached: true}
	if p.zero != nil {
		f.a.add(p.zero)
		f.x.add(p.zero)
	}
	for _, ref := range p.refs {
		if ref != nil {
			f.x.add(ref)
		}
	}
	return f
}

func (g *gen) begin() {
	if cap(g.mem)-len(g.mem) < 16 {
		g.mem = make([]inst, 0, min(max(64, 2*cap(g.mem)), 8192))
	}
	g.code = g.mem[len(g.mem):]
}

func (g *gen) end(b *block) {
	b.code = g.code[:len(g.code):len(g.code)]
	if n := len(g.mem) + len(g.code); n <= cap(g.mem) && cap(g.code) > 0 && len(g.code) > 0 && &g.code[0] == &g.mem[:n][len(g.mem)] {
		g.mem = g.mem[:n]
	}
}

func (g *gen) put(code uint16, k uint32) {
	g.code = append(g.code, inst{code: code, k: k})
}

// node generates one block.
func (g *gen) node(b *block) {
	n := b.node
	switch {
	case n.L != nil && g.info(n.L).fails, n.R != nil && g.info(n.R).fails:
		b.t, b.f = rejectBlock, -1
	case n.Kind == ir.Assign:
		g.assignment(b, n)
	case n.Kind == ir.Chain:
		g.chain(b, n.Chain)
	default:
		g.test(b, n)
	}
}

// test generates a comparison. The machine has no less-than and compares A
// only, so operands and successors change places where that helps.
func (g *gen) test(b *block, n *ir.Node) {
	l, r, cmp := n.L, n.R, n.Cmp
	if b.t == b.f || l.Op == ir.Const && r.Op == ir.Const {
		g.touch(l)
		g.touch(r)
		if b.t != b.f && !cmp.Holds(l.K, r.K) {
			b.t = b.f
		}
		b.f = -1
		return
	}
	var swapped bool
	switch {
	case r.Op == ir.Const && g.testHeldWord(b, n):
		return
	case r.Op == ir.Const:
		g.toA(l, false)
		b.k = r.K
	case l.Op == ir.Const:
		g.toA(r, false)
		b.k, swapped = l.K, true
	default:
		swapped = g.pair(l, r, true, false)
		b.jump = cbpf.SrcX
	}
	if swapped {
		switch cmp {
		case ir.Gt: // l > r is not (r >= l)
			cmp = ir.Ge
			b.t, b.f = b.f, b.t
		case ir.Ge:
			cmp = ir.Gt
			b.t, b.f = b.f, b.t
		}
	}
	b.jump |= cmpOp[cmp]
}

// testHeldWord generates the comparison of a part of the packet with a
// constant if A holds a longer part with it inside and jset can do it.
func (g *gen) testHeldWord(b *block, n *ir.Node) bool {
	part := n.L
	if part.Op != ir.Load || part.L != nil || g.a.has(part) {
		return false
	}
	for _, e := range g.a.e[:g.a.n] {
		end := e.K + uint32(e.Size) // offsets that large fail and are not held
		if e.Op != ir.Load || e.L != nil || part.K < e.K || part.K+uint32(part.Size) > end {
			continue
		}
		shift := 8 * (end - part.K - uint32(part.Size))
		mask, inverted, ok := asSet(n.Cmp, n.R.K, uint32(1)<<(8*part.Size)-1)
		if !ok {
			return false
		}
		if inverted {
			b.t, b.f = b.f, b.t
		}
		b.jump, b.k = cbpf.JsetK, mask<<shift
		return true
	}
	return false
}

// asSet turns a comparison of a number of up to all bits with k into a test
// whether any bit of mask is set, or, if inverted, whether none is.
func asSet(c ir.Cmp, k, all uint32) (mask uint32, inverted, ok bool) {
	switch {
	case c == ir.Set:
		return k & all, false, true
	case c == ir.Eq && k == 0:
		return all, true, true
	case c == ir.Gt && k < all && k&(k+1) == 0: // over 0, 1, 3, 7 ...
		return all &^ k, false, true
	case c == ir.Ge && k > 0 && k <= all && k&(k-1) == 0:
		return all &^ (k - 1), false, true
	}
	return 0, false, false
}

// touch evaluates e if that can fail.
func (g *gen) touch(e *ir.Expr) {
	switch {
	case !e.Fails() || g.a.has(e) || g.x.has(e):
	case e.Op == ir.Load && e.L == nil && e.K+uint32(e.Size) <= g.captured:
	default:
		g.toA(e, false)
	}
}

// assignment brings the value into a register and stores it; slots.go drops
// the store if nobody loads it. Where the variable is what X is wanted for
// next, it is put there at once: other paths do so too, and where they meet,
// X is known to hold it.
func (g *gen) assignment(b *block, n *ir.Node) {
	e := n.L
	ref := g.refs[n.Var]
	if ref == nil {
		g.touch(e)
		return
	}
	forX := g.wantX[b.t] == ref
	inAFirst := g.startsWith(b.t, ref)
	if forX && g.info(e).direct && !g.a.has(e) && !inAFirst || g.x.has(e) && (forX || !inAFirst) {
		g.toX(e)
		g.put(cbpf.Stx, uint32(n.Var))
	} else {
		g.toA(e, false)
		g.put(cbpf.St, uint32(n.Var))
		if forX {
			g.toX(e)
		}
	}
	inA, inX := g.a.has(e), g.x.has(e)
	before := g.a
	g.facts.assign(g.program, n.Var)
	g.renameLoads(&before, e, n.Var)
	if inA {
		g.a.add(ref)
	}
	if inX {
		g.x.add(ref)
	}
}

// renameLoads notes under which name a load that A held before variable v
// became e is known from now on: with e as its offset, it is with v, too.
func (g *gen) renameLoads(before *held, e *ir.Expr, v int) {
	for _, old := range before.e[:before.n] {
		for _, l := range g.loadsAt[v] {
			switch {
			case old.Op != ir.Load || old.Size != l.Size:
			case old.L == e && old.K == l.K,
				old.L == nil && e.Op == ir.Const && e.K < maxOffset && old.K == l.K+e.K:
				g.a.add(l)
			}
		}
	}
}

// startsWith tells whether the first thing block i does is to use e in A.
func (g *gen) startsWith(i int32, e *ir.Expr) bool {
	if i < 2 {
		return false
	}
	first := g.blocks[i].node.L
	for first != nil && first != e {
		if first.Op == ir.Load {
			return false
		}
		first = first.L
	}
	return first == e
}

// costA is what toA would cost now, apart from what operands of e are held.
func (g *gen) costA(e *ir.Expr) int32 {
	switch {
	case g.a.has(e):
		return 0
	case g.x.has(e):
		return 1
	}
	return g.info(e).inA
}

func (g *gen) costX(e *ir.Expr) int32 {
	switch {
	case g.x.has(e):
		return 0
	case g.a.has(e):
		return 1
	}
	return g.info(e).inX
}

// sparesX tells whether toA can bring e into A without writing X, now.
func (g *gen) sparesX(e *ir.Expr) bool {
	for {
		if !g.info(e).needsX || g.a.has(e) || g.x.has(e) {
			return true
		}
		switch {
		case e.Op == ir.Load:
			return g.x.has(e.L)
		case e.Op == ir.Neg:
			e = e.L
		case e.R.Op == ir.Const, g.x.has(e.R):
			e = e.L
		case commutes[e.Op] && (e.L.Op == ir.Const || g.x.has(e.L)):
			e = e.R
		default:
			return false
		}
	}
}

// toA brings e into A. It leaves X alone if keepX, which it may be asked for
// only if sparesX says that it can.
func (g *gen) toA(e *ir.Expr, keepX bool) {
	switch {
	case g.a.has(e):
		return
	case g.x.has(e):
		g.put(cbpf.Txa, 0)
		g.a = g.x
		return
	}
	switch e.Op {
	case ir.Const:
		g.put(cbpf.LdImm, e.K)
	case ir.Len:
		g.put(cbpf.LdLen, 0)
	case ir.Var:
		g.put(cbpf.LdMem, e.K)
	case ir.Anc:
		g.put(cbpf.LdAbsW|sizeBits[e.Size], e.K)
	case ir.Load:
		g.load(e)
	case ir.Neg:
		g.toA(e.L, keepX)
		g.put(cbpf.NegA, 0)
	default:
		if g.info(e).header && !keepX {
			g.toX(e)
			g.put(cbpf.Txa, 0)
			g.a = g.x
			return
		}
		g.binary(e, keepX)
	}
	g.a.set(e)
}

func (g *gen) load(e *ir.Expr) {
	if e.L == nil {
		g.put(cbpf.LdAbsW|sizeBits[e.Size], e.K)
		g.read(e.K, uint32(e.Size))
		return
	}
	g.toX(e.L)
	g.put(cbpf.LdIndW|sizeBits[e.Size], e.K)
	g.read(e.K, uint32(e.Size))
}

// read notes how much of the packet was captured where a load of size bytes at k, or behind it, has succeeded. A load from
// the network header on tells nothing of the data.
func (g *gen) read(k, size uint32) {
	if k < maxOffset {
		g.captured = max(g.captured, k+size)
	}
}

// binary brings an arithmetic operation into A.
func (g *gen) binary(e *ir.Expr, keepX bool) {
	switch {
	case e.R.Op == ir.Const:
		g.binaryConst(e.Op, e.L, e.R.K, keepX)
	case e.L.Op == ir.Const && commutes[e.Op]:
		g.binaryConst(e.Op, e.R, e.L.K, keepX)
	default:
		g.pair(e.L, e.R, commutes[e.Op], keepX)
		g.put(aluOp[e.Op]|cbpf.SrcX, 0)
	}
}

func (g *gen) binaryConst(op ir.Op, l *ir.Expr, k uint32, keepX bool) {
	g.toA(l, keepX)
	if (op == ir.Lsh || op == ir.Rsh) && k >= 32 { // refused by validators
		g.put(cbpf.LdImm, 0)
		return
	}
	g.put(aluOp[op], k)
}

// toX brings e into X. It leaves A alone if e is held by X, or if it is direct.
func (g *gen) toX(e *ir.Expr) {
	switch i := g.info(e); {
	case g.x.has(e):
		return
	case g.a.has(e):
	case !i.direct:
		g.toA(e, false)
	default:
		g.directX(e, i)
		g.x.set(e)
		return
	}
	g.put(cbpf.Tax, 0)
	g.x = g.a
}

func (g *gen) directX(e *ir.Expr, i *exprInfo) {
	switch {
	case e.Op == ir.Const:
		g.put(cbpf.LdxImm, e.K)
	case e.Op == ir.Len:
		g.put(cbpf.LdxLen, 0)
	case e.Op == ir.Var:
		g.put(cbpf.LdxMem, e.K)
	default:
		g.put(cbpf.LdxMsh, i.offset)
		g.read(i.offset, 1)
	}
}

// The ways to bring one operand into A and the other into X.
type way uint8

const (
	xFirst  way = iota // into X, then the other into A, which spares X
	aFirst             // into A, then the other into X, which spares A
	spilled            // the one for X into A and scratch memory, the other into A, then X
	none
)

// bestWay finds the cheapest way to have a in A and x in X, without writing X
// if keepX.
func (g *gen) bestWay(a, x *ir.Expr, keepX bool) (best way, cost int32) {
	best, cost = none, 1<<30
	consider := func(w way, c int32) {
		if c < cost {
			best, cost = w, c
		}
	}
	costA, costX := g.costA(a), g.costX(x)
	if g.x.has(x) && g.sparesX(a) {
		consider(xFirst, costA)
	}
	if keepX {
		return best, cost
	}
	if g.info(x).direct || a == x {
		switch {
		case a == x:
			consider(aFirst, costA+1)
		case !g.sparesX(a):
			costX = 1
			fallthrough
		default:
			consider(aFirst, costA+costX)
		}
	}
	if !g.info(a).needsX {
		c := costA
		if !g.x.has(x) && !g.a.has(x) && !g.info(x).direct { // A is lost
			c = g.info(a).inA
		}
		consider(xFirst, costX+c)
	}
	consider(spilled, g.costA(x)+g.info(a).inA+2)
	return best, cost
}

// pair brings l into A and r into X, or the other way round if it may swap
// and that is cheaper. If keepX, X holds one of them and stays as it is.
func (g *gen) pair(l, r *ir.Expr, maySwap, keepX bool) (swapped bool) {
	way, cost := g.bestWay(l, r, keepX)
	if maySwap {
		if w, c := g.bestWay(r, l, keepX); c < cost {
			way, swapped = w, true
			l, r = r, l
		}
	}
	switch way {
	case xFirst:
		g.toX(r)
		g.toA(l, true)
	case aFirst:
		g.toA(l, false)
		g.toX(r)
	default:
		g.pairInMemory(l, r)
	}
	return swapped
}

// pairInMemory brings a into A and x into X when both need both registers.
func (g *gen) pairInMemory(a, x *ir.Expr) {
	t := g.temp()
	if tempsForA(g.info(a), g.info(x)) {
		g.toA(a, false)
		g.put(cbpf.St, t)
		g.toX(x)
		g.put(cbpf.LdMem, t)
		g.a.set(a)
		return
	}
	g.toA(x, false)
	g.put(cbpf.St, t)
	g.toA(a, false)
	if !g.x.has(x) {
		g.put(cbpf.LdxMem, t)
		g.x.set(x)
	}
}

// temp returns a new slot of scratch memory for use within the block.
func (g *gen) temp() uint32 {
	g.slots++
	return uint32(g.slots - 1)
}
