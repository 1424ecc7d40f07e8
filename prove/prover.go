package prove

import (
	"math"
	"math/bits"

	"bpfc/cbpf"
	"bpfc/ir"
)

// variable is one bit of the input.
type variable struct {
	kind source
	// key is the offset of a byte, the ancillary offset, or of bytes behind an unknown
	// base, the offset from there.
	key  uint64
	base int // number of the unknown base
	bit  uint8
}

type source uint8

const (
	packetBit    source = iota // of the byte at a fixed offset
	baseBit                    // of a byte at an offset from an unknown base
	wireBit                    // of the length on the wire
	ancBit                     // of ancillary data
	opaqueBit                  // of the result of arithmetic that is not looked into
	choiceBit                  // of a choice that is not looked into
	conditionBit               // whether something holds that is not looked into
)

// base is a number that an offset is counted from and that takes too many values to
// go through them. Bytes behind it are variables of their own.
type base struct {
	at     word    // its value
	low    uint32  // the least that it can be
	levels []int32 // of the variables that it depends on; nil: not looked for yet
}

// prover compares filters. It is used once, by one goroutine.
type prover struct {
	*diagrams
	g       *ir.Graph // the table of the expressions of all filters
	levels  map[variable]int32
	vars    []variable // by level
	bases   []base
	baseAt  map[word]int
	wire    bool // the length on the wire is looked at
	opaque  bool // some arithmetic is not looked into
	exact   bool // none is to be
	opaques map[opaqueKey]uint64
	chains  sequences
	maxLen  uint32
	cases   int      // how many values an offset may have to go through them
	facts   []*facts // by ID of an expression
	tests   map[testKey]ref
	swapped map[swapKey]*ir.Expr
	// Of merged filters, see merge.go:
	useMerged  bool
	hideAll    bool // no choice is looked into
	choices    choices
	choiceMost []uint64        // by choice: a bound for its value
	hidden     map[uint32]bool // choices that are not looked into
	ends       map[*ir.Expr][]uint64
	endAt      map[endKey]ref
	hiddenAt   map[*ir.Expr]int // numbers of bases that are not looked into
	conditions uint64
}

// facts is what is known of an expression.
type facts struct {
	word   *word
	guard  ref
	values ref // the diagram of its values
	wide   bool
	origin origin
	inner  *ir.Expr // the offset of a load in it that takes few values
	known  factBits
}

type factBits uint8

const (
	hasGuard factBits = 1 << iota
	hasValues
	hasOrigin
	hasInner
)

// origin is an offset as a varying part, nil if there is none, and a constant.
type origin struct {
	varying *ir.Expr
	plus    uint64
}

type testKey struct {
	l, r *ir.Expr
	cmp  ir.Cmp
}

type swapKey struct {
	e, what *ir.Expr
	value   uint32
}

func newProver(b *budget, o Options) *prover {
	p := &prover{
		diagrams: newDiagrams(b, o.Whole),
		g:        ir.New(),
		levels:   make(map[variable]int32),
		baseAt:   make(map[word]int),
		opaques:  make(map[opaqueKey]uint64),
		maxLen:   MaxCaptured,
		cases:    fewCases,
		tests:    make(map[testKey]ref),
		swapped:  make(map[swapKey]*ir.Expr),
		hidden:   make(map[uint32]bool),
		ends:     make(map[*ir.Expr][]uint64),
		endAt:    make(map[endKey]ref),
		hiddenAt: make(map[*ir.Expr]int),
	}
	return p
}

const (
	fewCases  = 64
	manyCases = 4096
)

func (p *prover) of(e *ir.Expr) *facts {
	for len(p.facts) <= e.ID {
		p.facts = append(p.facts, nil)
	}
	if p.facts[e.ID] == nil {
		p.facts[e.ID] = &facts{}
	}
	return p.facts[e.ID]
}

// bit is the condition that a bit of the input is set. Variables come into the order
// as they are first asked for.
func (p *prover) bit(v variable) ref {
	level, ok := p.levels[v]
	if !ok {
		level = int32(len(p.vars))
		p.levels[v] = level
		p.vars = append(p.vars, v)
	}
	return p.variable(level)
}

// bytesOf is the word of size bytes in network byte order, the first being first.
func (p *prover) bytesOf(size uint8, first variable) (w word) {
	for i := int(size)*8 - 1; i >= 0; i-- {
		w[i] = p.bit(byteBit(size, first, i))
	}
	return w
}

// byteBit is the variable of bit i of the number that size bytes make.
func byteBit(size uint8, first variable, i int) variable {
	first.key += uint64(int(size) - 1 - i/8)
	first.bit = uint8(i % 8)
	return first
}

// wordOf is the value of an expression where it does not fail.
func (p *prover) wordOf(e *ir.Expr) *word {
	f := p.of(e)
	if f.word == nil {
		p.budget.clock()
		w := p.newWord(e)
		f.word = &w
	}
	return f.word
}

func (p *prover) newWord(e *ir.Expr) (w word) {
	if by := p.inner(e); by != nil {
		return p.wordByCases(e, by)
	}
	switch e.Op {
	case ir.Const:
		return number(e.K)
	case ir.Len:
		p.wire = true
		for i := 31; i >= 0; i-- {
			w[i] = p.bit(variable{kind: wireBit, bit: uint8(i)})
		}
		return w
	case ir.Anc:
		for i := 31; i >= 0; i-- {
			w[i] = p.bit(variable{kind: ancBit, key: uint64(e.K), bit: uint8(i)})
		}
		return w
	case ir.Load:
		return p.loadWord(e)
	case ir.Var:
		return p.choiceWord(e.K)
	case ir.Neg:
		return p.sub(number(0), *p.wordOf(e.L))
	}
	l, r := p.wordOf(e.L), p.wordOf(e.R)
	if p.hard(e.Op, l, r) {
		return p.opaqueWord(opaqueKey{e.Op, *l, *r})
	}
	return p.compute(e.Op, *l, *r)
}

// opaqueKey is an operation on what two words hold.
type opaqueKey struct {
	op   ir.Op
	l, r word
}

// hard tells whether an operation would make diagrams that grow exponentially. The result
// is then a number of its own, as long as that suffices.
func (p *prover) hard(op ir.Op, l, r *word) bool {
	if p.exact || op != ir.Mul && op != ir.Div && op != ir.Mod {
		return false
	}
	_, constant := r.constant()
	if op == ir.Mul && !constant {
		_, constant = l.constant()
	}
	return !constant
}

func (p *prover) opaqueWord(k opaqueKey) (w word) {
	p.opaque = true
	n, ok := p.opaques[k]
	if !ok {
		n = uint64(len(p.opaques))
		p.opaques[k] = n
	}
	for i := 31; i >= 0; i-- {
		w[i] = p.bit(variable{kind: opaqueBit, key: n, bit: uint8(i)})
	}
	return w
}

// loadWord is the word of a load whose offset is fixed or counted from an unknown base.
func (p *prover) loadWord(e *ir.Expr) word {
	if e.L == nil {
		if uint64(e.K)+uint64(e.Size) > uint64(p.maxLen) {
			return number(0) // fails
		}
		return p.bytesOf(e.Size, variable{kind: packetBit, key: uint64(e.K)})
	}
	o := p.origin(e.L)
	return p.bytesOf(e.Size, variable{kind: baseBit, base: p.baseOf(o.varying), key: o.plus + uint64(e.K)})
}

func (p *prover) baseOf(varying *ir.Expr) int {
	if p.useMerged && p.countsHidden(varying) {
		return p.hiddenBase(varying)
	}
	at := *p.wordOf(varying)
	n, ok := p.baseAt[at]
	if !ok {
		n = len(p.bases)
		p.baseAt[at] = n
		low := uint32(0)
		for i, b := range at {
			if b == yes {
				low |= 1 << i
			}
		}
		p.bases = append(p.bases, base{at: at, low: low})
	}
	return n
}

// origin takes constants out of an offset, where the sum cannot wrap around.
func (p *prover) origin(e *ir.Expr) origin {
	f := p.of(e)
	if f.known&hasOrigin == 0 {
		f.origin = origin{varying: e}
		if e.Op == ir.Const {
			f.origin = origin{plus: uint64(e.K)}
		} else if e.Op == ir.Add && p.atMost(e.L, 0)+p.atMost(e.R, 0) <= math.MaxUint32 {
			l, r := p.origin(e.L), p.origin(e.R)
			f.origin = origin{p.sum(l.varying, r.varying), l.plus + r.plus}
		} else if e.Op == ir.Sub && e.R.Op == ir.Const {
			if l := p.origin(e.L); l.plus >= uint64(e.R.K) {
				f.origin = origin{l.varying, l.plus - uint64(e.R.K)}
			}
		}
		f.known |= hasOrigin
	}
	return f.origin
}

// sum is the sum of what varies in two offsets; nil is nothing.
func (p *prover) sum(l, r *ir.Expr) *ir.Expr {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	}
	return p.g.Bin(ir.Add, l, r)
}

// atMost is a bound for the value of an expression.
func (p *prover) atMost(e *ir.Expr, depth int) uint64 {
	const deepest = 16
	all := uint64(math.MaxUint32)
	if depth > deepest {
		return all
	}
	switch e.Op {
	case ir.Const:
		return uint64(e.K)
	case ir.Var:
		return p.choiceMost[e.K]
	case ir.Load:
		return 1<<(8*e.Size) - 1
	case ir.And:
		return min(p.atMost(e.L, depth+1), p.atMost(e.R, depth+1))
	case ir.Or, ir.Xor:
		return 1<<bits.Len64(p.atMost(e.L, depth+1)|p.atMost(e.R, depth+1)) - 1
	case ir.Add:
		return min(all, p.atMost(e.L, depth+1)+p.atMost(e.R, depth+1))
	case ir.Lsh:
		if e.R.Op == ir.Const && e.R.K < 32 {
			return min(all, p.atMost(e.L, depth+1)<<e.R.K)
		}
	case ir.Rsh:
		if e.R.Op == ir.Const && e.R.K < 32 {
			return p.atMost(e.L, depth+1) >> e.R.K
		}
	case ir.Mul:
		if l, r := p.atMost(e.L, depth+1), p.atMost(e.R, depth+1); l < 1<<16 && r < 1<<16 {
			return l * r
		}
	case ir.Div:
		return p.atMost(e.L, depth+1)
	}
	return all
}

// guardOf tells where the evaluation of an expression succeeds, and what it needs.
func (p *prover) guardOf(e *ir.Expr) ref {
	if !e.Fails() {
		return yes
	}
	f := p.of(e)
	if f.known&hasGuard == 0 {
		g := p.newGuard(e)
		f.guard = g
		f.known |= hasGuard
	}
	return f.guard
}

func (p *prover) newGuard(e *ir.Expr) ref {
	switch e.Op {
	case ir.Load:
		if e.L == nil {
			return p.captured(uint64(e.K) + uint64(e.Size))
		}
		return p.guards(p.guardOf(e.L), p.reaches(e))
	case ir.Neg:
		return p.guardOf(e.L)
	}
	g := p.guards(p.guardOf(e.L), p.guardOf(e.R))
	if (e.Op == ir.Div || e.Op == ir.Mod) && g != no {
		g = p.guards(g, p.not(p.test(ir.Eq, e.R, p.g.Const(0))))
	}
	return g
}

// captured is the guard of a load that ends n bytes into the packet.
func (p *prover) captured(n uint64) ref {
	if n > uint64(p.maxLen) {
		return no
	}
	return p.needing(need{fixed: uint32(n)})
}

// reaches is the guard of the load e alone, without that of its offset.
func (p *prover) reaches(e *ir.Expr) ref {
	by := unshifted(e.L)
	if values, few := p.valuesOf(by); few {
		return p.byCases(values, func(v uint32) ref {
			return p.captured(uint64(p.swap(e.L, by, v).K) + uint64(e.K) + uint64(e.Size))
		})
	}
	o := p.origin(e.L)
	end := o.plus + uint64(e.K) + uint64(e.Size)
	if end > uint64(p.maxLen) {
		return no
	}
	if p.useMerged && p.countsHidden(o.varying) {
		return p.hiddenGuard(o.varying, end)
	}
	b := p.baseOf(o.varying)
	inside := p.atLeast(number(p.maxLen-uint32(end)), p.bases[b].at)
	return p.ite(inside, p.needing(need{fixed: p.bases[b].low + uint32(end), bases: []baseNeed{{b, end}}}), no)
}

// guards is meet for two guards: no, where one fails, on whole packets too.
func (p *prover) guards(a, b ref) ref {
	if a == no || b == no {
		return no
	}
	if !p.whole {
		return p.meet(a, b)
	}
	p.whole = false
	defer func() { p.whole = true }()
	return p.meet(a, b)
}

// test is where a comparison of two expressions holds, given that they do not fail.
func (p *prover) test(cmp ir.Cmp, l, r *ir.Expr) ref {
	if l.Op == ir.Const && r.Op == ir.Const {
		if cmp.Holds(l.K, r.K) {
			return yes
		}
		return no
	}
	key := testKey{l, r, cmp}
	if t, ok := p.tests[key]; ok {
		return t
	}
	p.budget.step()
	t := p.newTest(cmp, l, r)
	p.tests[key] = t
	return t
}

func (p *prover) newTest(cmp ir.Cmp, l, r *ir.Expr) ref {
	by := p.inner(l)
	if by == nil {
		by = p.inner(r)
	}
	if by == nil {
		if p.useMerged && (p.countsHidden(l) || p.countsHidden(r)) && (looksAtLen(l) || looksAtLen(r)) {
			return p.hiddenTest(cmp, l, r)
		}
		p.interleave(l, r)
		return p.compare(cmp, *p.wordOf(l), *p.wordOf(r))
	}
	values, _ := p.valuesOf(by)
	return p.byCases(values, func(v uint32) ref {
		return p.test(cmp, p.swap(l, by, v), p.swap(r, by, v))
	})
}

// interleave brings the bits of fixed loads on the two sides of a comparison into the
// order by turns: for comparisons and sums of two numbers, anything else would make
// diagrams that grow exponentially.
func (p *prover) interleave(l, r *ir.Expr) {
	if l.Op == ir.Const || r.Op == ir.Const {
		return
	}
	var fields []*ir.Expr
	seen := make(map[*ir.Expr]bool)
	var collect func(e *ir.Expr)
	collect = func(e *ir.Expr) {
		if e == nil || seen[e] || len(seen) > 100 {
			return
		}
		seen[e] = true
		if e.Op == ir.Len || e.Op == ir.Var && p.isHidden(e.K) || e.Op == ir.Load && e.L == nil && uint64(e.K)+uint64(e.Size) <= uint64(p.maxLen) {
			fields = append(fields, e)
			return
		}
		collect(e.L)
		collect(e.R)
	}
	collect(l)
	collect(r)
	if len(fields) < 2 {
		return
	}
	for i := 31; i >= 0; i-- {
		for _, e := range fields {
			switch {
			case e.Op == ir.Len:
				p.bit(variable{kind: wireBit, bit: uint8(i)})
			case e.Op == ir.Var:
				p.bit(variable{kind: choiceBit, key: uint64(e.K), bit: uint8(i)})
			case i < int(e.Size)*8:
				p.bit(byteBit(e.Size, variable{kind: packetBit, key: uint64(e.K)}, i))
			}
		}
	}
}

// make writes an expression like e with other operands. A load at a constant offset
// that is so far out that the offset is not folded is one that fails.
func (p *prover) make(e, l, r *ir.Expr) *ir.Expr {
	if p.useMerged && (e.Op == ir.Load || e.Op >= ir.Add && e.Op <= ir.Mod) {
		p.hide(l)
		p.hide(r)
	}
	if e.Op == ir.Load && e.K >= cbpf.LinkBase && e.K < cbpf.AncillaryBase {
		start := uint32(cbpf.LinkBase) // where a header starts that the kernel knows of
		if e.K >= cbpf.NetworkBase {
			start = cbpf.NetworkBase
		}
		return p.g.Load(e.Size, e.K-start, p.sum(p.g.Anc(4, start), l))
	}
	if e.Op == ir.Load && l != nil && l.Op == ir.Const && uint64(e.K)+uint64(l.K) > uint64(p.maxLen) {
		return p.g.Load(e.Size, beyond, nil)
	}
	return rebuild(p.g, e, l, r)
}

// beyond is an offset past every packet.
const beyond = 1 << 29
