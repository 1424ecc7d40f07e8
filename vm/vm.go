package vm

import (
	"fmt"
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Matcher is a program ready to run, whatever engine runs it.
//
// A verdict is the number of bytes of the packet to keep; 0 rejects it. pkt is
// what was captured of the packet, wireLen its length on the wire in bytes,
// usually at least len(pkt); nothing depends on that.
// The matchers of this module are safe for concurrent use, but for Close.
type Matcher interface {
	// Match runs the program on one packet.
	Match(pkt []byte, wireLen uint32) uint32
	// MatchBatch runs it on many: verdicts[i] is the verdict on pkts[i]. It
	// panics if wireLens or verdicts is shorter than pkts.
	MatchBatch(pkts [][]byte, wireLens, verdicts []uint32)
	// MatchBuffer runs it on packets that lie in one buffer. It panics if
	// verdicts is shorter than spans or a span lies outside of buf.
	MatchBuffer(buf []byte, spans []Span, verdicts []uint32)
	// Engine names what runs the program: "interp" or "jit".
	Engine() string
	// Close frees what the matcher holds beyond Go's memory.
	Close() error
}

// VM is a program decoded for the interpreter. It holds no state of a run and
// is safe for concurrent use; a run allocates nothing.
type VM struct {
	prog     []bpf.RawInstruction
	start    *inst
	scratch  bool // the program uses scratch memory, or loops
	backward int  // how many backward jumps are in it
}

// Option changes how [New] takes a program.
// It is immutable, and so safe for concurrent use.
type Option interface{ apply(*options) }

// option is a function as an option.
type option func(*options)

func (f option) apply(o *options) { f(o) }

type options struct {
	mode Mode
}

// WithMode makes [New] hold the program against the rules of mode, instead of
// those of [ModeUserland].
func WithMode(mode Mode) Option {
	return option(func(o *options) { o.mode = mode })
}

// New validates and decodes a program. The error is a *[ValidateError]. The
// program is copied.
func New(prog []bpf.RawInstruction, opts ...Option) (*VM, error) {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&o)
		}
	}
	if err := Validate(prog, o.mode); err != nil {
		return nil, fmt.Errorf("vm: %w", err)
	}
	m := &VM{prog: slices.Clone(prog), backward: backwardJumps(prog)}
	code := decode(m.prog)
	m.start = &code[0]
	m.scratch = m.backward > 0
	for _, in := range prog {
		m.scratch = m.scratch || cbpf.TraitsOf(in.Op)&(cbpf.ReadsMem|cbpf.WritesMem) != 0
	}
	return m, nil
}

// Program returns a copy of the program.
func (m *VM) Program() []bpf.RawInstruction { return slices.Clone(m.prog) }

// Run runs the program on a packet: pkt is what was captured of it, wireLen its
// length on the wire, in bytes. It returns the number of bytes to keep, which
// may be more than there are, or 0 to reject the packet.
func (m *VM) Run(pkt []byte, wireLen uint32) uint32 {
	return m.RunMeta(pkt, wireLen, nil)
}

// RunMeta is [VM.Run] with metadata for Linux's ancillary loads. Without (nil)
// such a load ends the program with 0.
func (m *VM) RunMeta(pkt []byte, wireLen uint32, meta *Metadata) uint32 {
	if m.scratch {
		return m.runScratch(pkt, wireLen, meta)
	}
	return exec(m.start, pkt, wireLen, nil, nil, meta)
}

// runScratch is apart so that programs without scratch memory, nearly all, do
// not pay for clearing it.
//
//go:noinline
func (m *VM) runScratch(pkt []byte, wireLen uint32, meta *Metadata) uint32 {
	if m.backward > 0 {
		return m.runLoops(pkt, wireLen, meta)
	}
	var mem scratch
	return exec(m.start, pkt, wireLen, &mem, nil, meta)
}

// runLoops is apart for the same reason.
//
//go:noinline
func (m *VM) runLoops(pkt []byte, wireLen uint32, meta *Metadata) uint32 {
	var mem scratch
	l := newLoops(m.backward, pkt)
	for in := m.start; ; in = &resume {
		verdict := exec(in, pkt, wireLen, &mem, &l, meta)
		if l.in == nil || !l.goOn(l.in.k, l.a, l.x, &mem) {
			return verdict
		}
	}
}

var resume = inst{op: opResume}

// Match is [VM.Run].
func (m *VM) Match(pkt []byte, wireLen uint32) uint32 { return m.RunMeta(pkt, wireLen, nil) }

// Engine returns "interp".
func (m *VM) Engine() string { return "interp" }

// Close does nothing; the interpreter holds Go memory only.
func (m *VM) Close() error { return nil }

var _ Matcher = (*VM)(nil)
