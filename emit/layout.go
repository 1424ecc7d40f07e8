package emit

import (
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/internal/memory"
)

// writer writes a program from its last instruction to its first. Seen from
// there, every jump goes to code whose place is known and will not change, so
// that one pass finds which jumps are too long.
type writer struct {
	*program
	out []bpf.RawInstruction // in reverse
	// at is where each block starts, counted from the end of the program; that
	// of a leaf is known only if it must not be copied. near is the last written instruction that leads there and does nothing
	// else: the start itself, a ja, or a ret.
	at, near []int
	ret      [2]uint32 // what the leaves return
}

// write lays out the program in the order of its blocks.
func (p *program) write(snaplen uint32) []bpf.RawInstruction {
	w := &writer{program: p, ret: [2]uint32{acceptBlock: snaplen}}
	w.places()
	w.blocksBackward()
	if p.slots > 0 && !w.kernelTakesLoads() {
		w.restart()
		w.blocksBackward()
	}
	slices.Reverse(w.out)
	w.memory.out = w.out
	return w.out
}

// places makes room for the places of the blocks.
func (w *writer) places() {
	places := memory.Room(&w.memory.places, 2*len(w.blocks))
	for i := range places {
		places[i] = -1
	}
	w.at, w.near = places[:len(w.blocks)], places[len(w.blocks):]
	w.out = w.memory.out[:0]
}

// restart begins again with the leaves at the end of the program and nowhere else.
func (w *writer) restart() {
	w.out = w.out[:0]
	for i := range w.at {
		w.at[i], w.near[i] = -1, -1
	}
	for i := range int32(2) {
		if !w.blocks[i].unreached {
			w.leaf(i)
			w.at[i] = w.near[i]
		}
	}
}

// blocksBackward writes the blocks from the last to the first.
func (w *writer) blocksBackward() {
	if w.rootAt < 2 {
		w.goTo(w.rootAt)
	}
	for i := len(w.order) - 1; i >= 0; i-- {
		w.block(w.order[i])
	}
	for _, s := range w.clear { // A is 0 here
		w.put(cbpf.St, uint32(w.words[s]))
	}
}

// kernelTakesLoads does what check_load_and_stores in the Linux kernel's
// net/core/filter.c does, on a program in reverse. It should refuse only loads
// of scratch words that some path has not written. But it takes the code behind
// a ret for its continuation, and so it can also refuse good programs that have
// a ret in their middle.
func (w *writer) kernelTakesLoads() bool {
	reversed := w.out
	end := len(reversed) - 1
	known := memory.Room(&w.memory.known, len(reversed))
	for i := range known {
		known[i] = 0xffff
	}
	written := uint16(0)
	for pc := range reversed {
		written &= known[pc]
		switch in := reversed[end-pc]; {
		case in.Op == cbpf.St || in.Op == cbpf.Stx:
			written |= 1 << in.K
		case in.Op == cbpf.LdMem || in.Op == cbpf.LdxMem:
			if written>>in.K&1 == 0 {
				return false
			}
		case in.Op == cbpf.Ja:
			known[pc+1+int(int32(in.K))] &= written
			written = 0xffff
		case in.Op&7 == cbpf.Ja:
			known[pc+1+int(in.Jt)] &= written
			known[pc+1+int(in.Jf)] &= written
			written = 0xffff
		}
	}
	return true
}

func (w *writer) put(code uint16, k uint32) {
	w.out = append(w.out, bpf.RawInstruction{Op: code, K: k})
}

// leaf writes a ret.
func (w *writer) leaf(i int32) {
	w.put(cbpf.RetK, w.ret[i])
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
	case i < 2 && w.at[i] < 0:
		w.leaf(i)
	default:
		w.put(cbpf.Ja, uint32(len(w.out)-1-w.at[i]))
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
	if i < 2 && w.at[i] < 0 {
		w.leaf(i)
		return
	}
	w.put(cbpf.Ja, uint32(len(w.out)-1-w.at[i]))
	w.near[i] = len(w.out) - 1
}
