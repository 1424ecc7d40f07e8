//go:build linux

package jit

import (
	"bpfc/vm"
	"bpfc/vm/jit/internal/arm64"
	"bpfc/vm/jit/internal/plan"
)

func backend(p *plan.Plan) (arm64.Code, error) {
	return arm64.Generate(p, vm.MaxBackwardJumps)
}

// flush makes the instructions written at start visible to the processors, whose
// instruction caches do not follow writes.
//
//go:noescape
func flush(start, size uintptr)
