package toebpf

import (
	"fmt"
	"math"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// A loop runs through the helper bpf_loop (Linux 5.17), which calls a function of its own for every round. What the rounds
// work on lies on the stack of the function around the loop, and is handed on as its frame pointer: scratch memory, and a frame
// of stateSize bytes with A, X, the exit taken (0 if none) and up to three of the registers that say where the packet is.
const (
	stateA    = 0
	stateX    = 4
	stateCode = 8
	stateKept = 16
	stateSize = 40
)

// state is what a round of a loop works on.
type state struct {
	words [cbpf.MemWords]place
	frame int16        // from base
	base  asm.Register // frame pointer of the function around the loop
}

// keeps returns the registers of the shape that say where the packet is.
func (s *shape) keeps() []*asm.Register {
	var kept []*asm.Register
	for _, r := range []*asm.Register{&s.regs.ctx, &s.regs.data, &s.regs.end, &s.regs.length} {
		if *r != absent {
			kept = append(kept, r)
		}
	}
	return kept
}

// runLoop puts a loop, after which R1 tells which exit it took.
func (e *gen) runLoop(n *node) error {
	name := fmt.Sprintf("%s%d", e.name, n.k)
	if err := e.round(e.loops[n.k], name); err != nil {
		return err
	}
	at := func(offset int) int16 { return e.frame + int16(offset) }
	e.put(asm.StoreMem(asm.RFP, at(stateA), e.regs.a, asm.Word), asm.StoreMem(asm.RFP, at(stateX), e.regs.x, asm.Word),
		asm.StoreImm(asm.RFP, at(stateCode), 0, asm.Word))
	for i, r := range e.keeps() {
		e.put(asm.StoreMem(asm.RFP, at(stateKept+8*i), *r, asm.DWord))
	}
	e.put(asm.Mov.Imm(asm.R1, maxRounds),
		asm.Instruction{OpCode: asm.LoadImmOp(asm.DWord), Dst: asm.R2, Src: asm.PseudoFunc, Constant: -1}.WithReference(name),
		asm.Mov.Reg(asm.R3, asm.RFP), asm.Mov.Imm(asm.R4, 0), asm.FnLoop.Call(),
		asm.LoadMem(e.regs.a, asm.RFP, at(stateA), asm.Word), asm.LoadMem(e.regs.x, asm.RFP, at(stateX), asm.Word),
		asm.LoadMem(asm.R1, asm.RFP, at(stateCode), asm.Word))
	e.edge, e.maxA = 0, math.MaxUint32
	e.newX(math.MaxUint32)
	return nil
}

// round generates the function that runs one round of a loop. It returns 1 to end the loop, else 0.
func (e *gen) round(l *loop, name string) error {
	s := *e.shape
	s.start, s.spare, s.stack, s.short = nil, nil, 0, nil
	s.regs = roundRegisters[e.access]
	if e.regs.ctx == absent {
		s.regs.ctx = absent
	}
	s.finish = func(uint32, asm.Register) asm.Instructions {
		return asm.Instructions{asm.Mov.Imm(asm.R0, 1), asm.Return()}
	}
	r := newGen(l.body, &s, &assembler{prefix: name + "_", pending: name})
	r.state = &state{words: e.words, frame: e.frame, base: asm.R6}
	for w := range r.state.words {
		r.state.words[w].base = asm.R6
	}
	if e.access == Direct && (l.body.calls(e.ctx) || l.body.usesLength() && e.multiBuffer) {
		return &Error{Kind: Loops, PC: int(l.body.nodes[0].pc), Msg: "the loop here calls a helper, which it cannot where packets are read directly: read them by a helper, too, or say how often it may go round (Rounds)"}
	}
	if err := r.function(); err != nil {
		return err
	}
	e.functions = append(e.functions, r.insns)
	return nil
}

// roundRegisters are those of rounds. R6 points to the state.
var roundRegisters = map[Access]registers{
	Direct:    {ctx: asm.R8, data: asm.R2, end: asm.R3, length: absent, a: asm.R0, x: asm.R7, tmp: asm.R5, pointer: asm.R4},
	SkbLoad:   {ctx: asm.R9, data: absent, end: absent, length: absent, a: asm.R7, x: asm.R8, tmp: absent, pointer: absent},
	XDPLoad:   {ctx: asm.R9, data: absent, end: absent, length: absent, a: asm.R7, x: asm.R8, tmp: absent, pointer: absent},
	ProbeRead: {ctx: absent, data: asm.R9, end: absent, length: asm.R5, a: asm.R7, x: asm.R8, tmp: absent, pointer: absent},
}

// enterRound puts the start of a round.
func (e *gen) enterRound() {
	s := e.state
	e.put(asm.Mov.Reg(s.base, asm.R2))
	for i, r := range e.keeps() {
		e.put(asm.LoadMem(*r, s.base, s.frame+int16(stateKept+8*i), asm.DWord))
	}
	e.put(asm.LoadMem(e.regs.a, s.base, s.frame+stateA, asm.Word), asm.LoadMem(e.regs.x, s.base, s.frame+stateX, asm.Word))
	e.at[0].meet(&facts{reached: true, maxA: math.MaxUint32, maxX: math.MaxUint32})
}

// leaveRound puts the end of a round by an exit, 0 to go round again.
func (e *gen) leaveRound(exit uint32) {
	s := e.state
	e.put(asm.StoreMem(s.base, s.frame+stateA, e.regs.a, asm.Word), asm.StoreMem(s.base, s.frame+stateX, e.regs.x, asm.Word))
	if exit != 0 {
		e.put(asm.StoreImm(s.base, s.frame+stateCode, int64(exit), asm.Word))
	}
	e.put(asm.Mov.Imm(asm.R0, int32(oneIf(exit != 0))), asm.Return())
}

// loadLength returns the register with the number of bytes captured, which calls destroy in a round.
func (e *gen) loadLength() asm.Register {
	if e.state != nil {
		for i, r := range e.keeps() {
			if r == &e.regs.length {
				e.put(asm.LoadMem(*r, e.state.base, e.state.frame+int16(stateKept+8*i), asm.DWord))
			}
		}
	}
	return e.regs.length
}
