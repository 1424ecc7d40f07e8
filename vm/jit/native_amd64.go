//go:build linux

package jit

import (
	"bpfc/vm"
	"bpfc/vm/jit/internal/amd64"
	"bpfc/vm/jit/internal/plan"
)

// features are those of the processor that the program runs on.
var features = amd64.Features{MOVBE: hasMOVBE()}

// hasMOVBE asks the processor (CPUID leaf 1, ECX bit 22); golang.org/x/sys/cpu
// does not know this one.
func hasMOVBE() bool

func backend(p *plan.Plan) (amd64.Code, error) {
	return amd64.Generate(p, vm.MaxBackwardJumps, features)
}

// flush does nothing: these processors see new code by themselves.
func flush(uintptr, uintptr) {}
