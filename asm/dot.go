package asm

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// WriteDot writes the flow graph of a program in the language of Graphviz: a box for every run of instructions without a jump in
// or out, written as in a [Listing]; solid edges where a jump is taken or there is none, dashed ones where it is not. Jumps out of the program
// have no edge.
func WriteDot(w io.Writer, prog []bpf.RawInstruction) error {
	lines := strings.SplitAfter(Print(prog, Listing), "\n")
	starts := blockStarts(prog)
	var b strings.Builder
	b.WriteString("digraph program {\n\tnode [shape=box, fontname=monospace];\n")
	for pc := 0; pc < len(prog); {
		first := pc
		fmt.Fprintf(&b, "\tn%d [label=\"", first)
		for more := true; more; more = pc < len(prog) && !starts[pc] {
			line := strings.NewReplacer("\t", " ", `"`, `\"`, `\`, `\\`).Replace(strings.TrimRight(lines[pc], " \n"))
			b.WriteString(line + `\l`) // a line that is flush left
			pc++
		}
		b.WriteString("\"];\n")
		for side, to := range targets(prog[pc-1], pc-1) {
			style := ""
			if side == 1 {
				style = " [style=dashed]"
			}
			if 0 <= to && to < int64(len(prog)) {
				fmt.Fprintf(&b, "\tn%d -> n%d%s;\n", first, to, style)
			}
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// targets are where an instruction goes on: one place, two at a conditional jump, none at a return.
func targets(in bpf.RawInstruction, pc int) []int64 {
	next := int64(pc) + 1
	switch t := cbpf.TraitsOf(in.Op); {
	case t.Any(cbpf.Returns):
		return nil
	case t.Any(cbpf.Branches):
		return []int64{next + int64(in.Jt), next + int64(in.Jf)}
	case in.Op == cbpf.Ja:
		return []int64{next + int64(int32(in.K))}
	}
	return []int64{next}
}

// blockStarts marks the instructions that jumps lead to and those behind jumps and returns.
func blockStarts(prog []bpf.RawInstruction) []bool {
	starts := make([]bool, len(prog)+1)
	for pc, in := range prog {
		t := cbpf.TraitsOf(in.Op)
		if !t.Any(cbpf.Branches|cbpf.Returns) && in.Op != cbpf.Ja {
			continue
		}
		starts[pc+1] = true
		for _, to := range targets(in, pc) {
			if 0 <= to && to < int64(len(prog)) {
				starts[to] = true
			}
		}
	}
	return starts
}
