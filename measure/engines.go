package measure

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/vm"
	"bpfc/vm/jit"
)

// Engines are the engines of this build, fastest first. A program that judges many packets at a time, as one does that
// reads files or a ring, runs the matchers as jit and interp do; one that gets packets one by one as jit-call and interp-call.
func Engines() []Engine {
	return append([]Engine{
		{"jit", "machine code, one call (MatchBuffer) for all packets", manyPerCall, inBatches(nativeCode)},
		{"jit-call", "machine code, one call (Match) a packet", onePerCall, startJIT},
		{"interp", "the interpreter, one call (MatchBuffer) for all packets", manyPerCall, inBatches(interpreter)},
		{"interp-call", "the interpreter, one call (Match) a packet", onePerCall, oneByOne(interpreter)},
		{"xnet", "golang.org/x/net/bpf, one call a packet, which is all it has", onePerCall, startXNet},
	}, cEngines()...)
}

func interpreter(prog []bpf.RawInstruction) (vm.Matcher, error) {
	m, err := vm.New(prog)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// nativeCode is the jit, and nothing in its place.
func nativeCode(prog []bpf.RawInstruction) (vm.Matcher, error) {
	m, err := jit.New(prog)
	if err != nil {
		return nil, err
	}
	if m.Engine() != "jit" {
		return nil, errors.Join(fmt.Errorf("%w: %v", ErrNotForEngine, m.Fallback()), m.Close())
	}
	return m, nil
}

// startJIT runs native code by one call for each packet. The type of the matcher is known here, as it is to a program that
// calls jit.New; behind the interface vm.Matcher each call costs one more.
func startJIT(prog []bpf.RawInstruction, _ *Packets) (*runner, error) {
	any, err := nativeCode(prog)
	if err != nil {
		return nil, err
	}
	m := any.(*jit.Matcher)
	run := func(p *Packets) {
		buf, verdicts := p.Buf, p.Verdicts[:len(p.Spans)]
		for i, s := range p.Spans {
			verdicts[i] = m.Match(buf[s.Off:s.Off+s.CapLen], s.WireLen)
		}
	}
	return &runner{run, m.Close}, nil
}

// oneByOne runs a matcher by one call for each packet, as a program does that gets packets one at a time.
func oneByOne(newMatcher func([]bpf.RawInstruction) (vm.Matcher, error)) func([]bpf.RawInstruction, *Packets) (*runner, error) {
	return func(prog []bpf.RawInstruction, _ *Packets) (*runner, error) {
		m, err := newMatcher(prog)
		if err != nil {
			return nil, err
		}
		run := func(p *Packets) {
			verdicts := p.Verdicts[:len(p.Spans)]
			for i, s := range p.Spans {
				verdicts[i] = m.Match(p.Buf[s.Off:s.Off+s.CapLen], s.WireLen)
			}
		}
		return &runner{run, m.Close}, nil
	}
}

// inBatches runs a matcher by one call for all packets.
func inBatches(newMatcher func([]bpf.RawInstruction) (vm.Matcher, error)) func([]bpf.RawInstruction, *Packets) (*runner, error) {
	return func(prog []bpf.RawInstruction, _ *Packets) (*runner, error) {
		m, err := newMatcher(prog)
		if err != nil {
			return nil, err
		}
		run := func(p *Packets) { m.MatchBuffer(p.Buf, p.Spans, p.Verdicts) }
		return &runner{run, m.Close}, nil
	}
}

// startXNet runs the interpreter of golang.org/x/net/bpf.
func startXNet(prog []bpf.RawInstruction, p *Packets) (*runner, error) {
	insns, ok := bpf.Disassemble(prog)
	if !ok {
		return nil, fmt.Errorf("%w: it does not know every instruction", ErrNotForEngine)
	}
	if usesLength(insns) && p.cut() {
		return nil, fmt.Errorf("%w: its len is the captured length, and packets are cut", ErrNotForEngine)
	}
	m, err := bpf.NewVM(insns)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotForEngine, err)
	}
	run := func(p *Packets) {
		verdicts := p.Verdicts[:len(p.Spans)]
		for i, s := range p.Spans {
			n, err := m.Run(p.Buf[s.Off : s.Off+s.CapLen])
			if err != nil {
				n = 0
			}
			verdicts[i] = uint32(n)
		}
	}
	return &runner{run, func() error { return nil }}, nil
}

// usesLength tells whether a program asks for the packet's length.
func usesLength(insns []bpf.Instruction) bool {
	return slices.ContainsFunc(insns, func(in bpf.Instruction) bool {
		e, ok := in.(bpf.LoadExtension)
		return ok && e.Num == bpf.ExtLen
	})
}

// cut tells whether any packet was captured in part.
func (p *Packets) cut() bool {
	return slices.ContainsFunc(p.Spans, func(s vm.Span) bool { return s.CapLen != s.WireLen })
}
