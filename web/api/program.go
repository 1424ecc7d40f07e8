package api

import (
	"golang.org/x/net/bpf"

	"bpfc/asm"
	"bpfc/cbpf"
	"bpfc/emit"
	"bpfc/ir"
	"bpfc/web/rpc"
)

// MaxProgram is how long the text of a pasted program may be, in bytes.
const MaxProgram = 2 << 20

// ParseProgram reads a program in any printed form, and tells which it was. An error is an *rpc.Error with line and column
// in its text.
func ParseProgram(text string) ([]bpf.RawInstruction, string, error) {
	if len(text) > MaxProgram {
		return nil, "", rpc.Errorf("limit", "the program has %d bytes, and the page takes %d at most", len(text), MaxProgram)
	}
	code, form, err := asm.ParseAny(text)
	if err != nil {
		return nil, "", rpc.Errorf("syntax", "this is no program as tcpdump -d, -dd, -ddd and other tools print it: %v", err)
	}
	if err := cbpf.Validate(code, cbpf.ModeUserland); err != nil {
		return nil, "", rpc.Errorf("unsupported", "this program cannot run: %v", err)
	}
	return code, form.String(), nil
}

// emitted is the program of a graph.
func emitted(g *ir.Graph, t *Settings) ([]bpf.RawInstruction, error) {
	return emit.Emit(g, uint32(t.SnapLen))
}
