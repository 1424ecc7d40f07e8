package bpfc

import (
	"fmt"

	"bpfc/filterset"
	"bpfc/ir"
	"bpfc/socket"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// SetError says which expression of a set does not compile.
// It is safe for concurrent use as long as nobody changes it.
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
	if o.socket.Valid() && o.socket.Start() == socket.TransportHeader {
		return nil, &SetError{0, errInProcess(o.socket)}
	}
	filters := make([]filterset.Filter, len(exprs))
	for i, expr := range exprs {
		filter, err := o.filter(expr)
		if err != nil {
			return nil, &SetError{i, err}
		}
		filters[i] = filter
	}
	return filterset.New(filters)
}

// filter compiles an expression for a set. The graph as generated has the plain tests of equality that a set is indexed by.
func (o *options) filter(expr string) (filterset.Filter, error) {
	one := *o
	one.generated = new(ir.Graph)
	p, _, err := one.compile(expr)
	if err != nil {
		return filterset.Filter{}, err
	}
	return filterset.Filter{Graph: one.generated, Program: p.insns}, nil
}

// Matcher returns what runs the program in process: native code where the
// machine has it, else the interpreter; [vm.Matcher].Engine tells which. Close
// it after use. The error is for a program that reads the packet as a socket of the
// kernel shows it (see [WithSocket]), or a *[vm.ValidateError] for one that no
// compiler has made.
func (p *Program) Matcher() (vm.Matcher, error) {
	if p.socket.Start() == socket.TransportHeader {
		return nil, errInProcess(p.socket)
	}
	m, err := jit.New(p.insns)
	if err != nil {
		return nil, err // not m, which would make an interface that is not nil
	}
	return m, nil
}
