package source

import (
	"fmt"
	"math"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/vm"
)

// Options say what a function is called. The zero value is good.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// Name is the function's; "filter" in C and "Filter" in Go if empty.
	Name string
	// Package is that of Go, "filter" if empty.
	Package string
	// About says what the program is, for the comment before the function, such as the text of a filter. It may hold anything.
	About string
	// Packets is what the packets begin with, for the comment, such as the name of a link-layer type. It may be empty.
	Packets string
}

// Error says why there is no source text, and where.
// It is safe for concurrent use as long as nobody changes it.
type Error struct {
	PC  int    // index of the instruction it is about, -1 if it is about an option or the whole program
	Msg string // what is wrong
	Err error  // the cause, a *[cbpf.ValidateError], or nil
}

// Error gives place and reason in one line.
func (e *Error) Error() string {
	if e.PC < 0 {
		return "source: " + e.Msg
	}
	return fmt.Sprintf("source: instruction %d: %s", e.PC, e.Msg)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func badOption(format string, args ...any) *Error {
	return &Error{PC: -1, Msg: fmt.Sprintf(format, args...)}
}

// plan is what is known of a program before it is written.
type plan struct {
	insns   []bpf.RawInstruction
	reached []bool
	labeled []bool // what gotos lead to
	next    []int  // the reached instruction that is written behind each
	read    vars
	set     vars
	backs   int    // backward jumps that are reached
	free    uint64 // of them, how many a run may take however short the packet is
	perByte uint64 // and how many more for each byte captured
}

// vars is a set of variables: bits 0 to 15 are M[0] to M[15].
type vars uint32

const (
	varA vars = 1 << (cbpf.MemWords + iota)
	varX
	varPacket // the packet itself: read by loads
	varLen    // its length on the wire
	varFar    // an offset that is computed
)

// newPlan checks a program and finds out what of it is to be written.
func newPlan(prog []bpf.RawInstruction) (*plan, error) {
	if err := cbpf.Validate(prog, cbpf.ModeUserland); err != nil {
		return nil, &Error{PC: -1, Msg: err.Error(), Err: err}
	}
	p := &plan{insns: prog, reached: reach(prog), labeled: make([]bool, len(prog)), next: make([]int, len(prog))}
	p.free = vm.MaxBackwardJumps(prog, 0)
	p.perByte = vm.MaxBackwardJumps(prog, 1) - p.free
	behind := len(prog)
	for pc := len(prog) - 1; pc >= 0; pc-- {
		p.next[pc] = behind
		if p.reached[pc] {
			behind = pc
		}
	}
	for pc, in := range prog {
		if !p.reached[pc] {
			continue
		}
		if err := check(pc, in); err != nil {
			return nil, err
		}
		yes, no := successors(pc, in)
		if yes != no || !cbpf.TraitsOf(in.Op).Any(cbpf.Branches) {
			p.uses(in)
		}
		p.backs += oneIf(cbpf.IsBackward(in))
		for _, to := range [2]int{yes, no} {
			if to != p.next[pc] && to < len(prog) {
				p.labeled[to] = true
			}
		}
	}
	return p, nil
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// check refuses what is not in the bytes of a packet.
func check(pc int, in bpf.RawInstruction) error {
	t := cbpf.TraitsOf(in.Op)
	switch {
	case t.Any(cbpf.Absolute) && cbpf.IsAncillary(in.K):
		return &Error{PC: pc, Msg: fmt.Sprintf("loads Linux's %s, which a packet's bytes do not tell", cbpf.AncillaryName(in.K))}
	case t.Any(cbpf.LoadsPacket) && in.K >= cbpf.LinkBase && in.K < cbpf.AncillaryBase:
		return &Error{PC: pc, Msg: fmt.Sprintf("loads at offset 0x%x, by which Linux means a header whose place a packet's bytes do not tell", in.K)}
	}
	return nil
}

// successors returns where an instruction goes on: yes if its condition holds, no if not. They are the same for what has no
// condition, or one that is always true or never, and behind the program for a return.
func successors(pc int, in bpf.RawInstruction) (yes, no int) {
	t := cbpf.TraitsOf(in.Op)
	switch {
	case t.Any(cbpf.Returns):
		return math.MaxInt, math.MaxInt
	case in.Op == cbpf.Ja:
		pc += int(int32(in.K))
	case t.Any(cbpf.Branches):
		yes, no = pc+1+int(in.Jt), pc+1+int(in.Jf)
		switch {
		case in.Op == cbpf.JgeK && in.K == 0:
			return yes, yes
		case in.Op == cbpf.JsetK && in.K == 0, in.Op == cbpf.JgtK && in.K == math.MaxUint32:
			return no, no
		}
		return yes, no
	}
	return pc + 1, pc + 1
}

// reach finds the instructions that a run can come to.
func reach(prog []bpf.RawInstruction) []bool {
	reached := make([]bool, len(prog))
	for work := []int{0}; len(work) > 0; {
		pc := work[len(work)-1]
		work = work[:len(work)-1]
		if pc >= len(prog) || reached[pc] {
			continue
		}
		reached[pc] = true
		yes, no := successors(pc, prog[pc])
		work = append(work, yes, no)
	}
	return reached
}

// uses notes which variables an instruction reads and sets. That arithmetic reads A to set it does not count: if nothing else
// does, nothing depends on A, and compilers warn.
func (p *plan) uses(in bpf.RawInstruction) {
	t := cbpf.TraitsOf(in.Op)
	if in.Op&cbpf.ClassMask == cbpf.ClassAlu {
		t &^= cbpf.ReadsA
	}
	for _, u := range []struct {
		trait cbpf.Traits
		of    *vars
		what  vars
	}{
		{cbpf.ReadsA, &p.read, varA}, {cbpf.WritesA, &p.set, varA}, {cbpf.ReadsX, &p.read, varX}, {cbpf.WritesX, &p.set, varX},
		{cbpf.LoadsPacket, &p.read, varPacket}, {cbpf.Indirect, &p.read, varFar},
		{cbpf.ReadsMem, &p.read, 1 << (in.K % cbpf.MemWords)}, {cbpf.WritesMem, &p.set, 1 << (in.K % cbpf.MemWords)},
	} {
		if t.Any(u.trait) {
			*u.of |= u.what
		}
	}
	switch {
	case in.Op == cbpf.LdLen, in.Op == cbpf.LdxLen:
		p.read |= varLen
	case t.Any(cbpf.LoadsPacket) && in.K > lastNear:
		p.read |= varFar
	}
}

// lastNear is the last constant offset at which four bytes end within what an int of 32 bits can count.
const lastNear = math.MaxInt32 - 4

// names lists the variables of a set, in a fixed order.
func (v vars) names() (list []string) {
	for i, name := range [...]string{"a", "x"} {
		if v&(varA<<i) != 0 {
			list = append(list, name)
		}
	}
	for i := range cbpf.MemWords {
		if v&(1<<i) != 0 {
			list = append(list, fmt.Sprintf("m%d", i))
		}
	}
	return list
}
