package jit

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"bpfc/vm"
	"bpfc/vm/jit/internal/plan"

	"golang.org/x/net/bpf"
)

// MaxInstructions is the longest program that is made into machine code. Longer
// ones are interpreted: what they would gain is little against the time that
// compiling takes, and the jumps of arm64 reach only so far.
const MaxInstructions = 16384 // ErrTooLong says it too

// Matcher runs one program. It is safe for concurrent use, except for Close.
type Matcher struct {
	one      function // what judges one packet, the code itself or the interpreter
	vm       *vm.VM
	native   *native // nil for the interpreter
	batch    int     // most packets in one call of native code
	meta     bool    // the program has ancillary loads
	cleanup  runtime.Cleanup
	fallback error
}

// Option changes how [New] makes a matcher.
// It is immutable, and so safe for concurrent use.
type Option interface{ apply(*options) }

// option is a function as an option.
type option func(*options)

func (f option) apply(o *options) { f(o) }

type options struct {
	mode   vm.Mode
	native bool
}

// WithMode makes [New] hold the program against the rules of mode, instead of
// those of vm.ModeUserland.
func WithMode(mode vm.Mode) Option {
	return option(func(o *options) { o.mode = mode })
}

// WithInterpreter makes [New] return a matcher that interprets.
func WithInterpreter() Option {
	return option(func(o *options) { o.native = false })
}

// Reasons for which a matcher interprets; see [Matcher.Fallback].
var (
	ErrOff         = errors.New("native code is turned off by BPFC_JIT=off")
	ErrInterpreter = errors.New("the interpreter was asked for")
	ErrPlatform    = errors.New("there is no native code for " + runtime.GOOS + "/" + runtime.GOARCH)
	ErrConvention  = errors.New("this release of Go passes arguments in other registers than the native code expects")
	ErrTooLong     = errors.New("programs of more than 16384 instructions are interpreted")
)

// New makes a matcher for a program. The error, a *vm.ValidateError, is for
// programs that are not valid; where there is no native code the matcher
// interprets. The environment variable BPFC_JIT=off turns native code off.
func New(prog []bpf.RawInstruction, opts ...Option) (*Matcher, error) {
	o := options{native: true}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&o)
		}
	}
	interpreter, err := vm.New(prog, vm.WithMode(o.mode))
	if err != nil {
		return nil, err
	}
	m := &Matcher{vm: interpreter, one: interpret(interpreter)}
	if m.fallback = wanted(o, len(prog)); m.fallback == nil {
		m.fallback = m.compile(prog)
	}
	return m, nil
}

// wanted returns nil if native code is to be made, or why not.
func wanted(o options, length int) error {
	switch {
	case !o.native:
		return ErrInterpreter
	case os.Getenv("BPFC_JIT") == "off":
		return ErrOff
	case !platform:
		return ErrPlatform
	case length > MaxInstructions:
		return ErrTooLong
	case !conventionHolds():
		return ErrConvention
	}
	return nil
}

// batchSteps bounds the instructions, and so the time, of one call of native
// code on a batch: some tens of microseconds.
const batchSteps = 1 << 15

func (m *Matcher) compile(prog []bpf.RawInstruction) error {
	code, info, err := generate(prog)
	if err != nil {
		return err
	}
	n, err := newNative(code)
	if err != nil {
		return err
	}
	m.native = n
	m.batch = min(1024, 1+batchSteps/len(prog))
	m.meta = info.ancillary
	m.one = n.function()
	if info.scratch {
		m.one = withScratch(m.one)
	}
	if info.handsOver {
		m.one = withInterpreter(m.one, m.vm)
	}
	m.cleanup = n.freeWhenUnused()
	return nil
}

// Match runs the program on a packet: pkt is what was captured of it, wireLen its
// length on the wire, in bytes. It returns the number of bytes to keep, or 0 to
// reject the packet.
//
// It is so small that the compiler puts it into its caller, where the type of the
// matcher is known to be this one. What is left is the call of the code.
func (m *Matcher) Match(pkt []byte, wireLen uint32) uint32 {
	return uint32(m.one.call(unsafe.Pointer(unsafe.SliceData(pkt)), len(pkt), wireLen, nil))
}

// interpret makes a function of the interpreter.
func interpret(m *vm.VM) function {
	return functionOf(func(pkt unsafe.Pointer, n int, wireLen uint32) uint64 {
		return uint64(m.Run(unsafe.Slice((*byte)(pkt), n), wireLen))
	})
}

// withInterpreter has m judge the packets that the code hands over.
func withInterpreter(code function, m *vm.VM) function {
	return functionOf(func(pkt unsafe.Pointer, n int, wireLen uint32) uint64 {
		if verdict := code.call(pkt, n, wireLen, nil); verdict != plan.HandedOver {
			return verdict
		}
		return uint64(m.Run(unsafe.Slice((*byte)(pkt), n), wireLen))
	})
}

// withScratch gives code that takes scratch memory some on the stack.
func withScratch(code function) function {
	return functionOf(func(pkt unsafe.Pointer, n int, wireLen uint32) uint64 {
		var mem [vm.MemWords + 1]uint32 // the word more is for divisors
		return code.call(pkt, n, wireLen, unsafe.Pointer(&mem))
	})
}

// hidden gives p, but escape analysis does not see that it does. What p leads to
// does not escape: the engines keep nothing.
func hidden(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&x))
}

// MatchMeta is [Matcher.Match] with metadata for Linux's ancillary loads. A
// program that has such loads is interpreted here.
func (m *Matcher) MatchMeta(pkt []byte, wireLen uint32, meta *vm.Metadata) uint32 {
	if m.meta || m.native == nil {
		return m.vm.RunMeta(pkt, wireLen, meta)
	}
	return m.Match(pkt, wireLen)
}

// MatchBatch sets verdicts[i] to the verdict on pkts[i]. It panics if wireLens
// or verdicts is shorter than pkts.
func (m *Matcher) MatchBatch(pkts [][]byte, wireLens, verdicts []uint32) {
	if m.native == nil {
		m.vm.MatchBatch(pkts, wireLens, verdicts)
		return
	}
	wireLens, verdicts = wireLens[:len(pkts)], verdicts[:len(pkts)]
	for len(pkts) > 0 {
		n, ahead := m.next(len(pkts))
		if done := m.native.matchBatch(pkts, wireLens, verdicts, n, ahead); done < n {
			verdicts[done] = m.vm.Run(pkts[done], wireLens[done])
			n = done + 1
		}
		pkts, wireLens, verdicts = pkts[n:], wireLens[n:], verdicts[n:]
	}
	runtime.KeepAlive(m)
}

// MatchBuffer sets verdicts[i] to the verdict on the packet that spans[i] finds
// in buf. It panics if verdicts is shorter than spans or a span lies outside of buf.
func (m *Matcher) MatchBuffer(buf []byte, spans []vm.Span, verdicts []uint32) {
	if m.native == nil {
		m.vm.MatchBuffer(buf, spans, verdicts)
		return
	}
	verdicts = verdicts[:len(spans)]
	for len(spans) > 0 {
		n, ahead := m.next(len(spans))
		if done := m.native.matchBuffer(buf, spans, verdicts, n, ahead); done < n {
			s := spans[done]
			end := uint64(s.Off) + uint64(s.CapLen)
			if end > uint64(len(buf)) {
				panic(fmt.Sprintf("jit: a packet of %d bytes at %d is not within the %d bytes of the buffer", s.CapLen, s.Off, len(buf)))
			}
			verdicts[done] = m.vm.Run(buf[s.Off:end], s.WireLen)
			n = done + 1
		}
		spans, verdicts = spans[n:], verdicts[n:]
	}
	runtime.KeepAlive(m)
}

// lookAhead is how many packets before its turn the start of a packet is fetched
// into the cache.
const lookAhead = 16

// next returns how many of left packets the next call is for, and how many
// packets ahead it may look: the last few have nothing that far behind them.
func (m *Matcher) next(left int) (n, ahead int) {
	if left <= lookAhead {
		return left, 0
	}
	return min(left-lookAhead, m.batch), lookAhead
}

// Engine returns "jit", or "interp" for a matcher that interprets.
func (m *Matcher) Engine() string {
	if m.native == nil {
		return m.vm.Engine()
	}
	return "jit"
}

// Fallback returns why the matcher interprets, nil if it does not.
func (m *Matcher) Fallback() error { return m.fallback }

// VM returns the program's interpreter.
func (m *Matcher) VM() *vm.VM { return m.vm }

// ErrClosed is what [Matcher.Fallback] returns after Close.
var ErrClosed = errors.New("the matcher was closed")

// Close gives back the memory of the machine code. The matcher can still be used
// then, and interprets. Close must not be called while another method runs.
func (m *Matcher) Close() error {
	if m.native == nil {
		return nil
	}
	m.cleanup.Stop()
	err := m.native.free()
	m.native, m.one, m.fallback = nil, interpret(m.vm), ErrClosed
	return err
}

var _ vm.Matcher = (*Matcher)(nil)
