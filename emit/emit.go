// Package emit turns a decision graph into classic BPF.
//
// The machine has an accumulator A, an index register X, 16 words of scratch
// memory M[], and conditional jumps that reach at most 255 instructions
// forward. A graph knows nothing of these. Emission goes through these
// stages, each one file:
//
//   - order.go sorts the nodes topologically; every node becomes a block,
//     which is straight-line code that ends in a jump;
//   - expr.go measures every expression: what it costs to bring it into A or
//     X, and whether that needs X;
//   - facts.go knows, at every point, which expressions A and X hold already, on
//     all paths that lead there;
//   - wants.go looks ahead for what X is wanted for next;
//   - gen.go (with chain.go for header walks) selects instructions for each
//     block, in topological order, using the facts;
//   - slots.go drops what nothing reads and finds the variables that some path
//     reads unassigned;
//   - shape.go leads jumps past empty blocks, merges equal blocks and tails and
//     moves code up where that saves a jump;
//   - place.go puts the blocks in the order of the program;
//   - words.go assigns words of scratch memory;
//   - layout.go writes the program from its end to its start, adding jumps and
//     copies of ret where a distance exceeds 255.
//
// What the stages share of the machine (codes of operators, how far jumps and loads
// reach) is in opcode.go.
//
// A and X are 0 when a program starts (all known machines clear them), scratch
// memory is undefined, and the Linux kernel refuses programs that read a word
// that some path has not written.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package emit

import (
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/diag"
	"bpfc/ir"
)

// Emit returns the program for g: it returns snaplen, in bytes, for packets
// that g accepts and 0 for others.
//
// The graph must be well formed as ir.Verify says. An error of kind diag.Limit
// says that more than the 16 words of scratch memory are needed. Programs for
// the kernel must not be longer than 4,096 instructions and must not come from
// a graph with ir.Chain nodes, whose loops the kernel refuses; Emit does not
// enforce that.
//
// Loads at cbpf.NetworkBase and above, which package socket/lower makes, are of the
// packet from the kernel's network header on; ir.Run has them fail.
func Emit(g *ir.Graph, snaplen uint32) ([]bpf.RawInstruction, error) {
	if g.Root == nil {
		return nil, diag.New(diag.Internal, 0, 0, "decision graph has no root")
	}
	p := newProgram(g)
	p.generate()
	if err := p.sweep(); err != nil {
		return nil, err
	}
	p.shape()
	p.place()
	if err := p.assignWords(); err != nil {
		return nil, err
	}
	code := slices.Clone(p.write(snaplen))
	p.release()
	return code, nil
}
