package fuzz

import (
	"errors"

	"golang.org/x/net/bpf"
)

// XNet is golang.org/x/net/bpf's virtual machine as an engine. It takes the captured length for the wire length,
// knows no ancillary load but that one, and no negation.
// It is not safe for concurrent use.
type XNet struct{ vm *bpf.VM }

// NewXNet returns the engine; it needs no Close.
func NewXNet() *XNet { return &XNet{} }

// Name implements Engine.
func (*XNet) Name() string { return "x/net/bpf" }

// Available implements Engine: it always is.
func (*XNet) Available() error { return nil }

// Close implements Engine.
func (*XNet) Close() error { return nil }

// Load implements Engine.
func (x *XNet) Load(prog []bpf.RawInstruction) (Judge, error) {
	ins, known := bpf.Disassemble(prog)
	if !known {
		return nil, errors.New("an instruction that x/net/bpf cannot disassemble")
	}
	vm, err := bpf.NewVM(ins)
	if err != nil {
		return nil, err
	}
	switch e := scan(prog); {
	case e&EventNeg != 0: // NewVM takes it and Run fails
		return nil, errors.New("x/net/bpf's VM does not implement negation")
	case e&EventLenToX != 0: // Disassemble makes it a load into the accumulator
		return nil, errors.New("x/net/bpf takes ldx len for ld len")
	}
	x.vm = vm
	return x, nil
}

// Judge implements Judge.
func (x *XNet) Judge(pkts []Packet, verdicts []uint32) error {
	for i, p := range pkts {
		v, err := x.vm.Run(p.Data)
		if err != nil {
			return err
		}
		verdicts[i] = uint32(v)
	}
	return nil
}
