package jit

import (
	"fmt"
	"runtime"
	"slices"
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
// It is safe for concurrent use as long as nobody changes it.
type ProgramError struct {
	Index int // in the list, from 0
	Err   error
}

func (e *ProgramError) Error() string { return fmt.Sprintf("program %d: %v", e.Index, e.Err) }

// Unwrap gives what is wrong with the program.
func (e *ProgramError) Unwrap() error { return e.Err }

// Code is a program translated, but not yet put where it can run. It is immutable and
// safe for concurrent use.
type Code struct {
	vm    *vm.VM
	bytes []byte // of the function for one packet; nil if the program is to be interpreted
	info  info
	// fallback is why.
	fallback error
}

// NewCode translates a program. The error is a *vm.ValidateError. Where [New] would
// interpret the program, so does what is made of the code.
func NewCode(prog []bpf.RawInstruction, opts ...Option) (*Code, error) {
	o := options{native: true}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&o)
		}
	}
	m, err := vm.New(prog, vm.WithMode(o.mode))
	if err != nil {
		return nil, err
	}
	c := &Code{vm: m, fallback: wanted(o, len(prog))}
	if c.fallback == nil {
		var generated code
		if generated, c.info, c.fallback = generate(prog); c.fallback == nil {
			c.bytes = slices.Clone(generated.one())
		}
	}
	return c, nil
}

// Fallback returns why the program is interpreted, nil if it is not.
func (c *Code) Fallback() error { return c.fallback }

// Function is one of the functions that [Functions] makes. It is safe for concurrent use.
type Function struct{ call function }

// Match runs the program on a packet, as [Matcher.Match].
func (f Function) Match(pkt []byte, wireLen uint32) uint32 {
	return uint32(f.call.call(unsafe.Pointer(unsafe.SliceData(pkt)), len(pkt), wireLen, nil))
}

// Functions puts the code of many programs side by side and gives a function for each,
// in their order. The memory is given back when none of them can be reached any more.
// Where the system gives no memory for native code, all are interpreted.
func Functions(codes []*Code) []Function {
	functions := make([]Function, len(codes))
	e, _ := place(codes) // else they are interpreted, as documented
	for i, c := range codes {
		functions[i].call = c.function(e, i)
	}
	if e != nil {
		runtime.AddCleanup(&e.addresses[0], unmap, e.mapping)
	}
	return functions
}

// place writes the functions for one packet one behind the other. It gives nil if there
// is none.
func place(codes []*Code) (*entries, error) {
	var bytes []byte
	offsets := make([]int, len(codes))
	for i, c := range codes {
		offsets[i] = len(bytes)
		bytes = append(bytes, c.bytes...)
	}
	if len(bytes) == 0 {
		return nil, nil
	}
	return newEntries(bytes, offsets)
}

// function makes what runs the program: native code at entry i of e where there is any.
func (c *Code) function(e *entries, i int) function {
	if e == nil || c.bytes == nil {
		return interpret(c.vm)
	}
	address := &e.addresses[i]
	f := *(*function)(unsafe.Pointer(&address))
	if c.info.scratch {
		f = withScratch(f)
	}
	if c.info.handsOver {
		f = withInterpreter(f, c.vm)
	}
	return f
}

// NewPrograms makes many programs ready. The error is a *[ProgramError]. Where [New]
// would interpret one of them, all are interpreted; [Programs.Fallback] tells why.
func NewPrograms(progs [][]bpf.RawInstruction, opts ...Option) (*Programs, error) {
	p := &Programs{vms: make([]*vm.VM, len(progs)), ones: make([]function, len(progs))}
	codes := make([]*Code, len(progs))
	for i, prog := range progs {
		c, err := NewCode(prog, opts...)
		if err != nil {
			return nil, &ProgramError{i, err}
		}
		codes[i], p.vms[i] = c, c.vm
		if p.fallback == nil {
			p.fallback = c.fallback
		}
	}
	p.interpret()
	if p.fallback == nil && len(progs) > 0 {
		p.fallback = p.compile(codes)
	}
	return p, nil
}

func (p *Programs) interpret() {
	for i, m := range p.vms {
		p.ones[i] = interpret(m)
	}
}

// compile makes native functions of the programs.
func (p *Programs) compile(codes []*Code) error {
	e, err := place(codes)
	if err != nil {
		return err
	}
	p.entries = e
	for i, c := range codes {
		p.ones[i] = c.function(e, i)
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
