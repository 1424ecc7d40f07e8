package toebpf

import (
	"fmt"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// maxStack is how much stack a function has, in bytes (MAX_BPF_STACK).
const maxStack = 512

// place is where a word of scratch memory is: in a register, or on the stack.
type place struct {
	register asm.Register // absent if on the stack
	base     asm.Register // points to the end of the stack
	at       int16        // from there
}

func (p place) load(r asm.Register) asm.Instruction {
	if p.register != absent {
		return asm.Mov.Reg32(r, p.register)
	}
	return asm.LoadMem(r, p.base, p.at, asm.Word)
}

func (p place) store(r asm.Register) asm.Instruction {
	if p.register != absent {
		return asm.Mov.Reg32(p.register, r)
	}
	return asm.StoreMem(p.base, p.at, r, asm.Word)
}

func (p place) clear(a *assembler) {
	if p.register != absent {
		a.put(asm.Mov.Imm32(p.register, 0))
	} else {
		a.put(asm.StoreImm(p.base, p.at, 0, asm.Word))
	}
}

// layOut gives the words of scratch memory that are used, the windows of the packet, and what a loop works on, their places.
func (e *gen) layOut() error {
	stack := (e.stack + 3) &^ 3
	if e.state != nil { // a round of a loop works on the words of the function around it
		e.words = e.state.words
	} else {
		stack = e.layOutWords(stack)
	}
	if e.access.copies() {
		stack = (stack+7)&^7 + windowSize
		e.buffer.packet = buffer{int16(-stack), windowSize, e.phase(cbpf.Absolute)}
		stack += indexedSize
		e.buffer.indexed = buffer{int16(-stack), indexedSize, e.phase(cbpf.Indirect)}
	}
	if len(e.loops) > 0 {
		stack = (stack+7)&^7 + stateSize
		e.frame = int16(-stack)
	}
	if stack > maxStack {
		return &Error{Kind: StackFull, PC: -1, Msg: fmt.Sprintf("%d bytes of stack are needed, a function has %d", stack, maxStack)}
	}
	return nil
}

func (e *gen) layOutWords(stack int) int {
	used := reads(0)
	for i := range e.nodes {
		read, written := e.nodes[i].uses()
		used |= read | written
	}
	spare := e.spare
	if len(e.loops) > 0 { // the words must be where other functions reach them
		spare = nil
	}
	for w := range e.words {
		switch {
		case used&(1<<w) == 0:
			continue
		case len(spare) > 0:
			e.words[w] = place{register: spare[0]}
			spare = spare[1:]
		default:
			stack += 4
			e.words[w] = place{absent, asm.RFP, int16(-stack)}
		}
	}
	return stack
}
