package fuzz

import (
	"bpfc/cbpf"
	"golang.org/x/net/bpf"
)

// prune takes the tests out of a forward-jumping program whose outcome is known (a constant compared with a constant) or changes
// nothing, and then, from the end to the start, those that only lead to such tests. What stays runs as before, but loads of
// tests that are gone cannot fail any more. Instructions become jumps; their number and places stay. What a block puts into a
// scratch word for other blocks is still computed.
func prune(prog []bpf.RawInstruction) []bpf.RawInstruction {
	wanted := wantedWords(prog)
	for {
		p := pruner{prog: append([]bpf.RawInstruction(nil), prog...), starts: blockStarts(prog), wanted: wanted}
		for i := len(prog) - 1; i >= 0; i-- {
			if p.starts[i] {
				p.block(i)
			}
		}
		if wanted = wantedWords(p.prog); wanted == p.wanted {
			return p.prog
		}
	}
}

// blockStarts marks the instructions that control can reach other than from the one before.
func blockStarts(prog []bpf.RawInstruction) []bool {
	starts := make([]bool, len(prog)+1)
	starts[0] = true
	mark := func(i uint64) {
		if i < uint64(len(starts)) {
			starts[i] = true
		}
	}
	for i, in := range prog {
		if in.Op&cbpf.ClassMask != cbpf.ClassJmp {
			continue
		}
		next := uint64(i + 1)
		mark(next)
		if in.Op&cbpf.OpMask == cbpf.Always {
			mark(next + uint64(in.K))
			continue
		}
		mark(next + uint64(in.Jt))
		mark(next + uint64(in.Jf))
	}
	return starts[:len(prog)]
}

// wantedWords are the scratch words that some block that can be reached reads before it writes them.
func wantedWords(prog []bpf.RawInstruction) (wanted [cbpf.MemWords]bool) {
	var written [cbpf.MemWords]bool
	starts, live := blockStarts(prog), reachable(prog)
	for i, in := range prog {
		if starts[i] {
			written = [cbpf.MemWords]bool{}
		}
		if !live[i] || in.K >= cbpf.MemWords {
			continue
		}
		switch c := in.Op & cbpf.ClassMask; {
		case c == cbpf.ClassSt, c == cbpf.ClassStx:
			written[in.K] = true
		case (c == cbpf.ClassLd || c == cbpf.ClassLdx) && in.Op&cbpf.ModeMask == cbpf.ModeMem && !written[in.K]:
			wanted[in.K] = true
		}
	}
	return wanted
}

// reachable marks the instructions that control can reach in a program that jumps forward.
func reachable(prog []bpf.RawInstruction) []bool {
	live := make([]bool, len(prog)+1)
	live[0] = true
	mark := func(i uint64) {
		if i < uint64(len(prog)) {
			live[i] = true
		}
	}
	for i, in := range prog {
		next := uint64(i + 1)
		switch {
		case !live[i] || in.Op&cbpf.ClassMask == cbpf.ClassRet:
		case in.Op&cbpf.ClassMask != cbpf.ClassJmp:
			mark(next)
		case in.Op&cbpf.OpMask == cbpf.Always:
			mark(next + uint64(in.K))
		default:
			mark(next + uint64(in.Jt))
			mark(next + uint64(in.Jf))
		}
	}
	return live[:len(prog)]
}

type pruner struct {
	prog   []bpf.RawInstruction
	starts []bool
	wanted [cbpf.MemWords]bool
}

// block replaces the block that starts at i by a jump if its test is decided or both its ways lead to one place.
func (p *pruner) block(i int) {
	end := i
	for end < len(p.prog) && p.prog[end].Op&cbpf.ClassMask != cbpf.ClassJmp && p.prog[end].Op&cbpf.ClassMask != cbpf.ClassRet && (end == i || !p.starts[end]) {
		end++
	}
	if end >= len(p.prog) || end > i && p.starts[end] {
		return // it runs into the next block: no test to take out
	}
	in := p.prog[end]
	if in.Op&cbpf.ClassMask != cbpf.ClassJmp || in.Op&cbpf.OpMask == cbpf.Always {
		return
	}
	t, f := p.follow(end+1+int(in.Jt)), p.follow(end+1+int(in.Jf))
	if end > i && p.prog[end-1].Op == cbpf.ClassLd|cbpf.ModeImm && in.Op&cbpf.SrcX == 0 {
		if holds(in.Op&cbpf.OpMask, p.prog[end-1].K, in.K) {
			f = t
		} else {
			t = f
		}
	}
	if t == f || p.same(t, f) {
		if p.prog[t].Op != cbpf.ClassRet {
			i = p.stored(i, end)
		}
		p.prog[i] = bpf.RawInstruction{Op: cbpf.ClassJmp | cbpf.Always, K: uint32(t - i - 1)}
	}
}

// stored is where in a block everything is done that other blocks want.
func (p *pruner) stored(start, end int) int {
	for i := end - 1; i >= start; i-- {
		if in := p.prog[i]; (in.Op&cbpf.ClassMask == cbpf.ClassSt || in.Op&cbpf.ClassMask == cbpf.ClassStx) && in.K < cbpf.MemWords && p.wanted[in.K] {
			return i + 1
		}
	}
	return start
}

// follow is where a jump to i ends up.
func (p *pruner) follow(i int) int {
	for i < len(p.prog) && p.prog[i].Op == cbpf.ClassJmp|cbpf.Always && p.prog[i].K < uint32(len(p.prog)) {
		i += 1 + int(p.prog[i].K)
	}
	return i
}

// same says that two places return the same constant.
func (p *pruner) same(i, j int) bool {
	return i < len(p.prog) && j < len(p.prog) && p.prog[i] == p.prog[j] && p.prog[i].Op == cbpf.ClassRet
}
