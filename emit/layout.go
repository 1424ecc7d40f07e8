package emit

import "golang.org/x/net/bpf"

// writer writes a program from its last instruction to its first. Seen from
// there, every jump goes to code whose place is known and will not change, so
// that one pass finds which jumps are too long.
type writer struct {
	*program
	out []bpf.RawInstruction // in reverse
	// at is where each block starts, counted from the end of the program;
	// near is the last written instruction that leads there and does nothing
	// else: the start itself, a ja, or a ret.
	at, near []int
	ret      [2]uint32 // what the leaves return
}

// write lays out the program in the order of its blocks.
func (p *program) write(snaplen uint32) []bpf.RawInstruction {
	p.thread()
	w := &writer{program: p, ret: [2]uint32{acceptBlock: snaplen}}
	places := make([]int, 2*len(p.blocks))
	for i := range places {
		places[i] = -1
	}
	w.at, w.near = places[:len(p.blocks)], places[len(p.blocks):]
	size := 2
	for i := range p.blocks {
		size += len(p.blocks[i].code) + 1
	}
	w.out = make([]bpf.RawInstruction, 0, size+size/64)
	if len(p.blocks) == 2 {
		w.leaf(p.root())
	}
	for i := len(p.blocks) - 1; i >= 2; i-- {
		w.block(int32(i))
	}
	for _, s := range p.clear { // A is 0 here
		w.put(opSt, uint32(p.words[s]))
	}
	for i, j := 0, len(w.out)-1; i < j; i, j = i+1, j-1 {
		w.out[i], w.out[j] = w.out[j], w.out[i]
	}
	return w.out
}

// thread leads jumps past blocks that do nothing.
func (p *program) thread() {
	past := func(i int32) int32 {
		if i >= 2 {
			if b := &p.blocks[i]; b.jump == 0 && len(b.code) == 0 {
				return b.t
			}
		}
		return i
	}
	for i := len(p.blocks) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		b.t = past(b.t)
		if b.f >= 0 {
			b.f = past(b.f)
		}
		if b.f == b.t {
			b.f, b.jump = -1, 0
		}
	}
}

func (w *writer) put(code uint16, k uint32) {
	w.out = append(w.out, bpf.RawInstruction{Op: code, K: k})
}

// leaf writes a ret.
func (w *writer) leaf(i int32) {
	w.put(opRet, w.ret[i])
	w.near[i] = len(w.out) - 1
}

// distance is how many instructions a jump written now has to skip to get to
// the nearest instruction that leads to block i; too many if there is none.
func (w *writer) distance(i int32) int {
	if w.near[i] < 0 {
		return maxReach + 1
	}
	return len(w.out) - 1 - w.near[i]
}

// block writes one block.
func (w *writer) block(i int32) {
	b := &w.blocks[i]
	if b.jump == 0 {
		w.goTo(b.t)
	} else {
		w.branch(b)
	}
	for j := len(b.code) - 1; j >= 0; j-- {
		in := b.code[j]
		if accessesSlot(in.code) {
			in.k = uint32(w.words[in.k])
		}
		w.out = append(w.out, bpf.RawInstruction{Op: in.code, Jt: in.jt, Jf: in.jf, K: in.k})
	}
	w.at[i] = len(w.out) - 1
	w.near[i] = w.at[i]
}

// goTo continues at block i.
func (w *writer) goTo(i int32) {
	switch {
	case w.distance(i) == 0: // falls through
	case i < 2:
		w.leaf(i)
	default:
		w.put(opJa, uint32(len(w.out)-1-w.at[i]))
	}
}

// branch writes a conditional jump, after it what its targets need to be in
// reach. A ja put between them can push the other target out of reach.
func (w *writer) branch(b *block) {
	for {
		switch {
		case w.distance(b.f) > maxReach:
			w.bring(b.f)
		case w.distance(b.t) > maxReach:
			w.bring(b.t)
		default:
			w.out = append(w.out, bpf.RawInstruction{Op: b.jump, Jt: uint8(w.distance(b.t)), Jf: uint8(w.distance(b.f)), K: b.k})
			return
		}
	}
}

// bring writes an instruction that leads to block i.
func (w *writer) bring(i int32) {
	if i < 2 {
		w.leaf(i)
		return
	}
	w.put(opJa, uint32(len(w.out)-1-w.at[i]))
	w.near[i] = len(w.out) - 1
}
