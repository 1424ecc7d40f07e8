package fuzz

import (
	"errors"

	"golang.org/x/net/bpf"
)

// Packet is one packet as a capture delivers it.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	Data    []byte // the captured bytes, from the link-layer header on
	WireLen uint32 // the length on the wire, in bytes; at least len(Data)
}

// ErrNotBuilt is wrapped by what Available returns when an implementation was left out of this build or
// does not exist on this system. Callers report it; a missing oracle is never passed over in silence.
var ErrNotBuilt = errors.New("not built in")

// ErrNoMemory is wrapped by an Engine's Load when the program itself is fine but the system's limit on
// socket option memory (net.core.optmem_max on Linux) leaves no room for it.
var ErrNoMemory = errors.New("no socket option memory for the program (see sysctl net.core.optmem_max)")

// Engine is an implementation of the classic BPF machine.
// It is not safe for concurrent use.
type Engine interface {
	// Name is a short word for reports: "kernel", "x/net/bpf", "libpcap".
	Name() string
	// Available is nil if the engine can be used here, else the reason why not.
	Available() error
	// Load prepares prog, or says why the engine refuses it. The Judge is valid until the next Load.
	Load(prog []bpf.RawInstruction) (Judge, error)
	// Close frees what the engine holds (sockets, buffers).
	Close() error
}

// Judge runs a loaded program.
// It is not safe for concurrent use.
type Judge interface {
	// Judge stores in verdicts[i] what the program returns for pkts[i]: the number of bytes to keep, 0
	// to reject. An engine that can only observe how much was kept stores KeptAll for a packet that
	// was kept whole, and Unjudged for one that it cannot be given (see Partial). An error
	// means that none of the packets is judged. len(verdicts) is at least len(pkts).
	Judge(pkts []Packet, verdicts []uint32) error
}

// Partial is an Engine that cannot be given every packet.
// It is not safe for concurrent use.
type Partial interface {
	// Leaves says in a few words which packets the engine leaves Unjudged.
	Leaves() string
}

// KeptAll stands for any verdict of at least the captured length, for engines that cannot see more.
const KeptAll = ^uint32(0)

// Unjudged stands for no verdict: the engine could not run the program on that packet.
const Unjudged = ^uint32(1)

// CompileOptions are the inputs of a compilation apart from the expression.
// It is safe for concurrent use as long as nobody changes it.
type CompileOptions struct {
	LinkType int    // DLT number, as libpcap numbers them
	Snaplen  int    // bytes that an accepted packet is cut to: the value returned on acceptance
	Netmask  uint32 // for "ip broadcast": the most significant byte is the first of the dotted quad
	Optimize bool
	// Savefile is for the headers of NULL, LOOP, ENC and PFLOG, whose address families differ by the system that wrote them.
	Savefile Savefile
}

// Savefile says where the packets come from.
// It is a value, and so safe for concurrent use.
type Savefile uint8

// The kinds of packet source.
const (
	NotSavefile Savefile = iota // a live capture, or not known
	Unswapped                   // a capture file in this host's byte order
	Swapped                     // a capture file in the opposite byte order
)

// String names the kind for reports.
func (s Savefile) String() string {
	switch s {
	case Unswapped:
		return "unswapped"
	case Swapped:
		return "swapped"
	}
	return "no"
}

// CompileFunc turns a filter expression into bytecode. It is the thing under test: a caller that wants
// to test another compiler than bpfc's puts its own into Config.
// Those of this package are safe for concurrent use.
type CompileFunc func(expr string, o CompileOptions) ([]bpf.RawInstruction, error)

// Compiler is an independent implementation of the filter language.
// It is not safe for concurrent use.
type Compiler interface {
	// Name is a short word with the version: "libpcap version 1.10.3".
	Name() string
	// Available is nil if the compiler can be used here, else the reason why not.
	Available() error
	// Compile turns a filter expression into bytecode, or refuses it.
	Compile(expr string, o CompileOptions) ([]bpf.RawInstruction, error)
}

// Engines returns every engine for bytecode, bpfc's interpreter first, the unavailable ones included: ask
// Available. Close each after use.
func Engines() []Engine {
	return []Engine{NewVM(), NewJIT(), NewXNet(), NewKernel(), NewLibpcapEngine()}
}

// sameVerdict says whether two verdicts for a packet of n captured bytes mean the same. KeptAll equals
// every verdict that keeps the whole packet, and what was not judged differs from nothing.
func sameVerdict(a, b uint32, n int) bool {
	if a == b || a == Unjudged || b == Unjudged {
		return true
	}
	if a != KeptAll && b != KeptAll {
		return false
	}
	return a != 0 && b != 0 && uint64(a) >= uint64(n) && uint64(b) >= uint64(n)
}
