package bpfc

import (
	"fmt"

	"bpfc/filterset"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// SetError says which expression of a set does not compile.
type SetError struct {
	Index int // in the list of expressions, from 0
	Err   error
}

func (e *SetError) Error() string { return fmt.Sprintf("filter %d: %v", e.Index, e.Err) }

// Unwrap gives what is wrong with the expression.
func (e *SetError) Unwrap() error { return e.Err }

// CompileSet compiles many filters into a set that tells in one go which of
// them match a packet. Each behaves as if it ran alone. The options hold for
// all of them. The set is for use in process: the kernel cannot run it.
//
// A filter that rejects every packet is an error as with [Compile], unless
// [WithAllowRejectAll] is given. An error is a *[SetError].
func CompileSet(exprs []string, opts ...Option) (*filterset.Set, error) {
	o := newOptions(opts)
	filters := make([]filterset.Filter, len(exprs))
	for i, expr := range exprs {
		p, generated, err := o.compile(expr)
		if err != nil {
			return nil, &SetError{i, err}
		}
		// The graph as generated has the plain tests of equality that the
		// set is indexed by.
		filters[i] = filterset.Filter{Graph: generated, Program: p.insns}
	}
	return filterset.New(filters)
}

// Matcher returns what runs the program in process: native code where the
// machine has it, else the interpreter; [vm.Matcher].Engine tells which. Close
// it after use. The error, a *[vm.ValidateError], is for a Program that no
// compiler has made.
func (p *Program) Matcher() (vm.Matcher, error) {
	m, err := jit.New(p.insns)
	if err != nil {
		return nil, err // not m, which would make an interface that is not nil
	}
	return m, nil
}
