package toebpf

import (
	"math"
	"math/bits"
	"slices"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// absent stands for a register that a shape does not have.
const absent = asm.Register(0xff)

// shape is where the generated code keeps things, and how it ends.
type shape struct {
	access Access
	ctx    context        // what the program is called with
	regs   registers      // what stands where
	spare  []asm.Register // for words of scratch memory; the others are on the stack
	stack  int            // bytes of the stack that are used already, from the frame pointer down
	big    bool           // the code is for a machine of big-endian byte order
	limit  uint32         // where loads end at most, in bytes; those beyond reject

	// start sets up the registers, finish ends the program with a value: how many bytes to keep, 0 to reject. The value is
	// a constant or, where in is a register, what that holds, which is not 0.
	start       asm.Instructions
	finish      func(k uint32, in asm.Register) asm.Instructions
	multiBuffer bool // XDP: the packet may lie in several buffers
	// short is where a load past the bytes that can be accessed directly goes, nil for the end that rejects.
	short *label
	// fit makes of the shape the one for a variant, before code is generated. It may be nil.
	fit func(s *shape, v variant)
	// zeroed says that what finish does for a rejection is done at the start already, and that there is nothing left to do but go
	// to the label of this name. Empty if it is not so.
	zeroed string
}

// registers says which register holds what.
type registers struct {
	ctx       asm.Register // the context, if anything needs it
	data, end asm.Register // first byte of the packet and the byte behind its last
	length    asm.Register // ProbeRead: end - data
	a, x      asm.Register // accumulator and index register
	tmp       asm.Register // Direct: data + facts.edge; else free to use
	pointer   asm.Register // Direct: data + X + facts.bias
}

// facts is what is known on every way to a place in the program.
type facts struct {
	reached bool
	packet  uint32 // so many bytes are captured
	edge    uint32 // tmp is data + edge, if not 0
	bias    uint32 // pointer is data + X + bias, and so many bytes behind X are captured, if not 0
	lost    bool   // the ways here differ in bias
	maxA    uint32 // A is not larger, as the kernel's verifier sees it
	maxX    uint32
	window  window // of the packet, on the stack
	indexed window // of the packet behind X, on the stack
}

// window is a range of bytes [from, to) that was copied to the stack.
type window struct{ from, to uint32 }

func (w window) holds(from, to uint32) bool { return w.from <= from && to <= w.to }

// meet joins what two windows hold.
func (w window) meet(o window) window {
	if w.from != o.from { // they lie at other places of the stack
		return window{}
	}
	return window{w.from, min(w.to, o.to)}
}

// meet keeps in f what o knows as well.
func (f *facts) meet(o *facts) {
	if !f.reached {
		*f = *o
		return
	}
	f.packet = min(f.packet, o.packet)
	if f.edge != o.edge {
		f.edge = 0
	}
	if f.lost = f.lost || o.lost || f.bias != o.bias; f.lost {
		f.bias = 0
	}
	f.maxA, f.maxX = max(f.maxA, o.maxA), max(f.maxX, o.maxX)
	f.window = f.window.meet(o.window)
	f.indexed = f.indexed.meet(o.indexed)
}

// tested notes what the kernel's verifier forgets at a test for bits: of the bounds it keeps what the bits that may be set say.
func (f *facts) tested(n *node) {
	if n.op != cbpf.JsetK && n.op != cbpf.JsetX {
		return
	}
	f.maxA |= 1<<bits.Len32(f.maxA) - 1
	if n.op == cbpf.JsetX {
		f.maxX |= 1<<bits.Len32(f.maxX) - 1
	}
}

// newX forgets what was known of the packet behind X.
func (f *facts) newX(most uint32) {
	f.maxX, f.bias, f.lost, f.indexed = most, 0, false, window{}
}

// merged tells whether X is a pointer instead of a number.
func (e *gen) merged() bool { return e.regs.pointer == e.regs.x && e.regs.x != absent }

// point makes a pointer of X, which has just been set, if it is to be one.
func (e *gen) point() {
	if e.merged() {
		e.put(asm.Add.Reg(e.regs.x, e.regs.data))
	}
}

// gen generates the code of one flow graph in one shape.
type gen struct {
	*flow
	*shape
	*assembler
	facts
	live   []reads
	needs  *needs
	swaps  *swaps  // nil where every value is in host order
	at     []facts // at the start of each node
	labels []label // of the nodes
	words  [cbpf.MemWords]place
	buffer buffers
	exits  []exit
	beyond label // where a load past the captured bytes goes

	conflict bool // the variant cannot be: where the pointer is needed, the ways there differ in what it is

	loops     []*loop
	name      string             // what the functions of the loops are called, with a number behind it
	functions []asm.Instructions // that run the rounds of loops
	frame     int16              // where what loops work on is on the stack
	state     *state             // in a round of a loop: what it works on
}

// exit is an end of the function that jumps lead to: of the program with the value k, or of a round of a loop (opLeave) by k.
type exit struct {
	op uint16
	k  uint32
	l  label
}

// generate appends the code of g to out, and returns the functions that run the rounds of its loops, called name and a number.
func generate(g *flow, s *shape, out *assembler, name string) (functions []asm.Instructions, err error) {
	g, loops, err := g.cut(s.limit).extract()
	if err != nil {
		return nil, err
	}
	begin := func(v variant, out *assembler) *gen {
		fitted := *s
		if v.merged {
			fitted.regs.pointer = fitted.regs.x
		}
		if s.fit != nil {
			s.fit(&fitted, v)
		}
		e := newGen(v.g, &fitted, out)
		e.loops, e.name = loops, name
		return e
	}
	variants := s.variants(g)
	best := variants[len(variants)-1] // if no way succeeds, this one says why
	shortest := math.MaxInt
	for _, v := range variants {
		if len(variants) == 1 {
			break
		}
		e := begin(v, out.scratch())
		if err := e.function(); err == nil && !e.conflict && e.size < shortest {
			best, shortest = v, e.size
		}
	}
	e := begin(best, out)
	err = e.function()
	return e.functions, err
}

// variant is one of several ways to write a program, of which the shortest is taken.
type variant struct {
	g *flow
	// merged says that X is not a number but the pointer behind it, from where it is set on: data + X.
	merged bool
}

// variants returns them. The last one, the graph as it is but for what is of no use, never leads to a conflict.
func (s *shape) variants(g *flow) []variant {
	g = g.withoutDead()
	graphs := []*flow{g}
	if special := g.specialize(s.limit); special != g {
		graphs = []*flow{special, g}
	}
	if s.access.keepsOrder() && !s.big {
		if ranges := graphs[0].ranges(); ranges != graphs[0] {
			graphs = slices.Insert(graphs, 0, ranges)
		}
	}
	var vs []variant
	for _, g := range graphs {
		if s.access == Direct && g.pointsOnly() {
			vs = append(vs, variant{g, true})
		}
		vs = append(vs, variant{g, false})
	}
	return vs
}

func newGen(g *flow, s *shape, out *assembler) *gen {
	e := &gen{flow: g, shape: s, assembler: out, live: g.live(), needs: g.needs(s.limit), at: make([]facts, len(g.nodes)), labels: make([]label, len(g.nodes))}
	if s.access.keepsOrder() && !s.big {
		e.swaps = g.findSwaps(e.live)
	}
	for i := range e.labels {
		e.labels[i] = e.newLabel()
	}
	e.beyond = e.exit(cbpf.RetK, 0)
	if s.zeroed != "" {
		e.elsewhere(e.beyond, s.zeroed)
	}
	if s.short != nil {
		e.beyond = *s.short
	}
	return e
}

// function puts the code of the graph.
func (e *gen) function() error {
	if err := e.layOut(); err != nil {
		return err
	}
	e.begin()
	order := e.order()
	falls := label(none)
	for i, first := range order {
		next := label(none)
		if i+1 < len(order) {
			next = e.labels[order[i+1]]
		}
		var err error
		if falls, err = e.block(first, next); err != nil {
			return err
		}
	}
	e.end(falls)
	return nil
}

// begin puts the start of the program: the registers, and 0 into all that is read before it is written.
func (e *gen) begin() {
	e.put(e.start...)
	if e.state != nil {
		e.enterRound()
		return
	}
	e.at[0].meet(&facts{reached: true})
	live := e.live[0]
	if live&readA != 0 {
		e.put(asm.Mov.Imm32(e.regs.a, 0))
	}
	if live&readX != 0 {
		e.put(asm.Mov.Imm32(e.regs.x, 0))
		e.point()
	}
	for w := range e.words {
		if live&(1<<w) != 0 {
			e.words[w].clear(e.assembler)
		}
	}
}

// labelOf returns where a jump to node i goes: to the node, or to the end that it is.
func (e *gen) labelOf(i int32) label {
	if n := &e.nodes[i]; n.ends() {
		return e.exit(n.op, n.k)
	}
	return e.labels[i]
}

// ends tells whether the node does nothing but end the function, the same whatever came before.
func (n *node) ends() bool { return n.op == cbpf.RetK || n.op == opLeave }

// exit returns the label of the end of op and k.
func (e *gen) exit(op uint16, k uint32) label {
	for _, x := range e.exits {
		if x.op == op && x.k == k {
			return x.l
		}
	}
	e.exits = append(e.exits, exit{op, k, e.newLabel()})
	return e.exits[len(e.exits)-1].l
}

func (e *gen) rejection() label { return e.exit(cbpf.RetK, 0) }

// end puts the ends of the function that something leads to, first the one that the code so far falls through to.
func (e *gen) end(falls label) {
	slices.SortStableFunc(e.exits, func(a, b exit) int { return oneIf(b.l == falls) - oneIf(a.l == falls) })
	for _, x := range e.exits {
		switch {
		case e.isElsewhere(x.l):
			if x.l == falls {
				e.jump(jumpAlways, x.l)
			}
		case e.assembler.place(x.l) || x.l == falls:
			e.putExit(x)
		}
	}
}

func (e *gen) putExit(x exit) {
	if x.op == opLeave {
		e.leaveRound(x.k)
	} else {
		e.put(e.finish(x.k, absent)...)
	}
}

// block puts the code of the nodes from first to the next that more than one way leads to or leaves from. It returns the
// label that the code falls through to: next, or an end if nothing comes next.
func (e *gen) block(first int32, next label) (falls label, err error) {
	e.assembler.place(e.labels[first])
	e.facts = e.at[first]
	for i := first; ; {
		n := &e.nodes[i]
		switch {
		case n.ends(): // the whole function
			return e.labelOf(i), nil
		case n.t == none:
			return e.returns(n), nil
		case n.op == opSelect || n.traits().Any(cbpf.Branches):
			e.tested(n)
			e.reach(n.t)
			e.reach(n.f)
			return e.branch(i, next), nil
		}
		if err := e.node(i); err != nil {
			return none, err
		}
		if e.joins(n.t) {
			e.reach(n.t)
			return e.always(e.labelOf(n.t), next), nil
		}
		i = n.t
	}
}

// reach notes what is known on the way to node i.
func (e *gen) reach(i int32) {
	if i != none {
		e.at[i].meet(&e.facts)
	}
}

// always goes on at l. It needs no jump if that comes next, or if l is an end that can be put here.
func (e *gen) always(l, next label) label {
	switch {
	case e.needsJump(l, next):
		e.jump(jumpAlways, l)
		return none
	case l == next || next == none:
		return l
	}
	e.assembler.place(l)
	e.anchor(l)
	e.putExit(e.exits[e.exitAt(l)])
	return none
}

// needsJump tells whether [gen.always] puts a jump.
func (e *gen) needsJump(l, next label) bool {
	return l != next && (e.exitAt(l) < 0 || e.near(l))
}

// exitAt returns the index of the end that the label is of, -1 if it is not of one.
func (e *gen) exitAt(l label) int {
	return slices.IndexFunc(e.exits, func(x exit) bool { return x.l == l })
}

// returns ends the program with A or X. A value of 0 rejects.
func (e *gen) returns(n *node) label {
	r := e.regs.a
	if n.op == cbpf.RetX {
		r = e.regs.x
	}
	e.jump(asm.JEq.Imm(r, 0, "?"), e.rejection())
	e.put(e.finish(0, r)...)
	return none
}

// comparison is how a conditional jump is written in extended BPF, and its opposite.
type comparison struct{ op, not asm.JumpOp }

var comparisons = map[uint16]comparison{
	cbpf.Equal:        {asm.JEq, asm.JNE},
	cbpf.Greater:      {asm.JGT, asm.JLE},
	cbpf.GreaterEqual: {asm.JGE, asm.JLT},
	cbpf.HasBits:      {asm.JSet, asm.InvalidJumpOp},
}

// branch puts the conditional jump of node i.
func (e *gen) branch(i int32, next label) label {
	n := &e.nodes[i]
	if n.f == none { // both ways are one
		return e.always(e.labelOf(n.t), next)
	}
	t, f := e.labelOf(n.t), e.labelOf(n.f)
	if n.op == opSelect {
		e.jump(asm.JEq.Imm(asm.R1, int32(n.k), "?"), t)
		return e.always(f, next)
	}
	c := comparisons[n.op&cbpf.OpMask]
	op := c.op
	if c.not != asm.InvalidJumpOp && f != next && (t == next || e.needsJump(f, next) && !e.needsJump(t, next)) {
		op, t, f = c.not, f, t
	}
	if n.op&cbpf.SrcX != 0 {
		e.jump(op.Reg(e.regs.a, e.regs.x, "?"), t)
	} else {
		e.jump(compare(op, e.regs.a, e.constant(i)), t)
	}
	return e.always(f, next)
}

// constant returns the constant of node i, which works on A, in the byte order that A has there.
func (e *gen) constant(i int32) uint32 {
	if e.swaps == nil {
		return e.nodes[i].k
	}
	return swap(e.nodes[i].k, e.swaps.used(i))
}

// compare compares a register that holds 32 bits with a constant. 64-bit comparisons extend the sign of theirs, so those
// with a high bit need the 32-bit ones, which came with Linux 5.1; but for bits, of which the register has none above.
func compare(op asm.JumpOp, r asm.Register, k uint32) asm.Instruction {
	if int32(k) < 0 && op != asm.JSet {
		return op.Imm32(r, int32(k), "?")
	}
	return op.Imm(r, int32(k), "?")
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
