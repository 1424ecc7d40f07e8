package toebpf

import (
	"fmt"
	"math"
	"slices"

	"github.com/cilium/ebpf/asm"
)

// A jump reaches 32,767 instructions. Where a label that jumps wait for has not come after reach of them, an island is
// put in: a jump to the label that the waiting ones can reach, and that waits for it in their place. reach leaves room for what the
// kernel makes of the program: with net.core.bpf_jit_harden, three instructions of one that has a constant.
const reach = 10000

// label is a place in the code.
type label int

// assembler collects instructions and the jumps between them. Jumps lead forward, or back to where a label was placed last.
type assembler struct {
	insns   asm.Instructions
	size    int    // of insns, in the units of 8 bytes that jumps count in
	prefix  string // of the names of labels
	labels  []placed
	waiting []waiting
	oldest  int    // no jump that waits stands before this position
	pending string // the name that the next instruction gets
}

// scratch returns an assembler to try code in: it has the same labels.
func (a *assembler) scratch() *assembler {
	return &assembler{prefix: a.prefix, labels: slices.Clone(a.labels)}
}

// elsewhere says that a label is not one of this code, but has a name outside of it.
func (a *assembler) elsewhere(l label, name string) { a.labels[l] = placed{name: name, at: outside} }

func (a *assembler) isElsewhere(l label) bool { return a.labels[l].at == outside }

const outside = math.MinInt // the place of labels that are elsewhere

// placed is where a label has been placed last: a position in units of 8 bytes, and the name of the instruction there, which is
// empty if the label has not been placed.
type placed struct {
	name string
	at   int
}

// waiting is the jumps to a label that has not been placed yet.
type waiting struct {
	to    label
	jumps []int // indexes of insns
	first int   // position of the first, in units of 8 bytes
}

func (a *assembler) newLabel() label {
	a.labels = append(a.labels, placed{})
	return label(len(a.labels) - 1)
}

// near tells whether the label has been placed, and not too long ago for a jump back.
func (a *assembler) near(l label) bool {
	return a.isElsewhere(l) || a.labels[l].name != "" && a.size-a.labels[l].at < reach
}

// put appends instructions that do not jump within the program.
func (a *assembler) put(insns ...asm.Instruction) {
	for _, in := range insns {
		a.islands()
		a.append(in)
	}
}

// jump appends a jump to a label: back to where it is, or to where it will be placed.
func (a *assembler) jump(in asm.Instruction, to label) {
	a.islands()
	if a.near(to) {
		in = in.WithReference(a.labels[to].name)
	} else {
		a.wait(to, len(a.insns))
	}
	a.append(in)
}

func (a *assembler) append(in asm.Instruction) {
	if a.pending != "" {
		in = in.WithSymbol(a.pending)
		a.pending = ""
	}
	a.insns = append(a.insns, in)
	a.size += width(in)
}

// width returns how many units of 8 bytes an instruction takes in the kernel, which writes some out after it has checked the
// program: the loads of classic BPF (gen_ld_abs in net/core/filter.c of Linux 6.18, 18 at most), and divisions, for which it
// compares with zero (do_misc_fixups in kernel/bpf/verifier.c).
func width(in asm.Instruction) int {
	const load, division = 18, 6
	mode, op := in.OpCode.Mode(), in.OpCode.ALUOp()
	switch {
	case in.OpCode.Class().IsLoad() && (mode == asm.AbsMode || mode == asm.IndMode):
		return load
	case in.OpCode.Class().IsALU() && (op == asm.Div || op == asm.Mod):
		return division
	}
	return int(in.Width())
}

func (a *assembler) wait(to label, jump int) {
	for i := range a.waiting {
		if w := &a.waiting[i]; w.to == to {
			w.jumps = append(w.jumps, jump)
			return
		}
	}
	if len(a.waiting) == 0 {
		a.oldest = a.size
	}
	a.waiting = append(a.waiting, waiting{to, []int{jump}, a.size})
}

// place says that the label is where the next instruction comes. It tells whether any jump waits for it.
func (a *assembler) place(l label) bool {
	a.labels[l] = placed{at: a.size}
	i := slices.IndexFunc(a.waiting, func(w waiting) bool { return w.to == l })
	if i < 0 {
		return false
	}
	a.anchor(l)
	a.resolve(a.waiting[i].jumps)
	a.waiting = slices.Delete(a.waiting, i, i+1)
	return true
}

// anchor gives the next instruction a name, for jumps back to the label.
func (a *assembler) anchor(l label) {
	if a.pending == "" {
		a.pending = fmt.Sprintf("%s%d", a.prefix, len(a.insns))
	}
	a.labels[l].name = a.pending
}

// resolve lets the jumps lead to the next instruction.
func (a *assembler) resolve(jumps []int) {
	for _, j := range jumps {
		a.insns[j] = a.insns[j].WithReference(a.pending)
	}
}

// falls tells whether what is appended next is reached from the instruction before it.
func (a *assembler) falls() bool {
	if len(a.insns) == 0 {
		return true
	}
	op := a.insns[len(a.insns)-1].OpCode
	return !op.Class().IsJump() || op.JumpOp() != asm.Ja && op.JumpOp() != asm.Exit
}

// islands puts in an island if a jump has waited for too long. Those that have waited for half of that go along.
func (a *assembler) islands() {
	if len(a.waiting) == 0 || a.size-a.oldest < reach {
		return
	}
	var far []waiting
	a.oldest = math.MaxInt
	near := a.waiting[:0:0]
	for _, w := range a.waiting {
		if a.size-w.first > reach/2 {
			far = append(far, w)
		} else {
			near = append(near, w)
			a.oldest = min(a.oldest, w.first)
		}
	}
	a.waiting = near
	if len(far) == 0 {
		return
	}
	over := a.newLabel()
	if a.falls() || a.pending != "" {
		a.wait(over, len(a.insns))
		a.append(jumpAlways)
	}
	for _, w := range far {
		a.pending = fmt.Sprintf("%s%d", a.prefix, len(a.insns))
		a.resolve(w.jumps)
		a.wait(w.to, len(a.insns))
		a.append(jumpAlways)
	}
	a.place(over)
}

// jumpAlways is an unconditional jump to a label that is filled in when it is placed.
var jumpAlways = asm.Ja.Label("?")
