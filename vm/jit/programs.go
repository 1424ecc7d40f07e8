package jit

import (
	"fmt"
	"runtime"
	"unsafe"

	"bpfc/vm"

	"golang.org/x/net/bpf"
)

// Programs are many programs, numbered from 0, whose native code lies together: a
// thousand matchers of their own take a thousand pages, and the processor cannot
// remember where that many are. They are safe for concurrent use, except for Close.
type Programs struct {
	ones    []function // what judges one packet, a program each
	vms     []*vm.VM
	entries *entries // nil for the interpreter
	cleanup runtime.Cleanup
	// fallback is why they are interpreted.
	fallback error
}

// entries is executable memory and the addresses of functions in it. A pointer to an
// address is a function, see native.function, and keeps the list of them alive.
type entries struct {
	addresses []uintptr
	mapping   []byte
}

// ProgramError says which of many programs is not valid.
type ProgramError struct {
	Index int // in the list, from 0
	Err   error
}

func (e *ProgramError) Error() string { return fmt.Sprintf("program %d: %v", e.Index, e.Err) }

// Unwrap gives what is wrong with the program.
func (e *ProgramError) Unwrap() error { return e.Err }

// NewPrograms makes many programs ready. The error is a *[ProgramError]. Where [New]
// would interpret one of them, all are interpreted; [Programs.Fallback] tells why.
func NewPrograms(progs [][]bpf.RawInstruction, opts ...Option) (*Programs, error) {
	o := options{native: true}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	p := &Programs{vms: make([]*vm.VM, len(progs)), ones: make([]function, len(progs))}
	longest := 0
	for i, prog := range progs {
		m, err := vm.New(prog, vm.WithMode(o.mode))
		if err != nil {
			return nil, &ProgramError{i, err}
		}
		p.vms[i] = m
		longest = max(longest, len(prog))
	}
	p.interpret()
	if p.fallback = wanted(o, longest); p.fallback == nil && len(progs) > 0 {
		p.fallback = p.compile(progs)
	}
	return p, nil
}

func (p *Programs) interpret() {
	for i, m := range p.vms {
		p.ones[i] = interpret(m)
	}
}

// compile writes the functions for one packet one behind the other.
func (p *Programs) compile(progs [][]bpf.RawInstruction) error {
	var bytes []byte
	offsets, infos := make([]int, len(progs)), make([]info, len(progs))
	for i, prog := range progs {
		c, info, err := generate(prog)
		if err != nil {
			return err
		}
		offsets[i], infos[i] = len(bytes), info
		bytes = append(bytes, c.one()...)
	}
	e, err := newEntries(bytes, offsets)
	if err != nil {
		return err
	}
	p.entries = e
	for i := range progs {
		address := &e.addresses[i]
		p.ones[i] = *(*function)(unsafe.Pointer(&address))
		if infos[i].scratch {
			p.ones[i] = withScratch(p.ones[i])
		}
		if infos[i].handsOver {
			p.ones[i] = withInterpreter(p.ones[i], p.vms[i])
		}
	}
	p.cleanup = runtime.AddCleanup(&e.addresses[0], unmap, e.mapping)
	return nil
}

// Len returns the number of programs.
func (p *Programs) Len() int { return len(p.ones) }

// Match runs program i on a packet: pkt is what was captured of it, wireLen its length
// on the wire, in bytes. It returns the number of bytes to keep, or 0 to reject the
// packet.
func (p *Programs) Match(i int, pkt []byte, wireLen uint32) uint32 {
	return uint32(p.ones[i].call(unsafe.Pointer(unsafe.SliceData(pkt)), len(pkt), wireLen, nil))
}

// Engine returns "jit", or "interp" where the programs are interpreted.
func (p *Programs) Engine() string {
	if p.entries == nil {
		return "interp"
	}
	return "jit"
}

// Fallback returns why the programs are interpreted, nil if they are not.
func (p *Programs) Fallback() error { return p.fallback }

// Close gives back the memory of the machine code. The programs can still be used
// then, and are interpreted. Close must not be called while another method runs.
func (p *Programs) Close() error {
	if p.entries == nil {
		return nil
	}
	p.cleanup.Stop()
	mapping := p.entries.mapping
	p.interpret()
	p.entries, p.fallback = nil, ErrClosed
	return free(mapping)
}
