package fuzz

import (
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// VM is bpfc's own virtual machine, interpreted or as native code, as an engine.
// It is not safe for concurrent use.
type VM struct {
	name    string
	err     error // why it is not available
	make    func(prog []bpf.RawInstruction) (vm.Matcher, error)
	matcher vm.Matcher
	data    [][]byte
	wire    []uint32
}

// NewVM returns bpfc's interpreter as an engine.
func NewVM() *VM {
	return NewMatcherEngine("bpfc", func(prog []bpf.RawInstruction) (vm.Matcher, error) { return vm.New(prog) })
}

// NewJIT returns bpfc's native code as an engine. Where it falls back to the interpreter, it is not available.
func NewJIT() *VM {
	v := NewMatcherEngine("bpfc jit", func(prog []bpf.RawInstruction) (vm.Matcher, error) {
		m, err := jit.New(prog)
		if err != nil {
			return nil, err
		}
		return m, nil
	})
	m, err := jit.New([]bpf.RawInstruction{{Op: cbpf.ClassRet, K: 1}})
	if err != nil {
		v.err = err
		return v
	}
	if m.Fallback() != nil {
		v.err = fmt.Errorf("%w: native code: %w", ErrNotBuilt, m.Fallback())
	}
	if err := m.Close(); err != nil {
		v.err = err
	}
	return v
}

// NewMatcherEngine makes an engine of anything that makes a vm.Matcher of bytecode, such as native code.
func NewMatcherEngine(name string, load func(prog []bpf.RawInstruction) (vm.Matcher, error)) *VM {
	return &VM{name: name, make: load}
}

// Name implements Engine.
func (v *VM) Name() string { return v.name }

// Available implements Engine.
func (v *VM) Available() error { return v.err }

// Load implements Engine.
func (v *VM) Load(prog []bpf.RawInstruction) (Judge, error) {
	if err := v.Close(); err != nil {
		return nil, err
	}
	m, err := v.make(prog)
	if err != nil {
		return nil, err
	}
	v.matcher = m
	return v, nil
}

// Judge implements Judge: packets go through Match and MatchBatch by turns, which have to be one.
func (v *VM) Judge(pkts []Packet, verdicts []uint32) error {
	v.data, v.wire = v.data[:0], v.wire[:0]
	half := len(pkts) / 2
	for i, p := range pkts[:half] {
		verdicts[i] = v.matcher.Match(p.Data, p.WireLen)
	}
	for _, p := range pkts[half:] {
		v.data = append(v.data, p.Data)
		v.wire = append(v.wire, p.WireLen)
	}
	v.matcher.MatchBatch(v.data, v.wire, verdicts[half:len(pkts)])
	return nil
}

// Close implements Engine.
func (v *VM) Close() error {
	if v.matcher == nil {
		return nil
	}
	m := v.matcher
	v.matcher = nil
	return m.Close()
}
