package toebpf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/net/bpf"
)

// InjectOptions say how an injected filter works.
// It is safe for concurrent use as long as nobody changes it.
type InjectOptions struct {
	// Access is Direct where the stub is called with a packet's data and data_end (XDP, TC), ProbeRead where it is called with
	// addresses in kernel memory (tracing). The default is ProbeRead for programs of tracing types, else Direct.
	Access Access
	// Rounds is how often a loop may go round, see [Options].
	Rounds int
}

// Inject replaces the body of a function in a program that was loaded from an object file. The function is a stub that the C
// source declares, and calls where it wants the filter's answer:
//
//	static __noinline bool filter(void *a, void *b, void *c, void *data, void *data_end)
//	{
//		return data != data_end && a == b && b == c; // keeps the compiler from leaving out arguments
//	}
//
// What is injected reads the packet between the fourth and the fifth argument and returns 1 if it matches, else 0. Whether the
// packet starts at its link-layer or at its network header is for the link type that the filter was compiled for. len in a
// filter is data_end - data. With Direct, data may lie up to 255 bytes behind the real start of the packet, and a load that ends
// beyond 65,280 bytes from there rejects; with ProbeRead that is so beyond 65,535, and data_end must not be below data.
//
// The stub keeps its symbol and its BTF. On an error, which is an [*Error], the program is not changed. A stub of the same
// name in several programs of a collection is replaced in each of them alone. The program must not be used by others meanwhile.
func Inject(spec *ebpf.ProgramSpec, stub string, prog []bpf.RawInstruction, o InjectOptions) error {
	from, to, err := findStub(spec.Instructions, stub)
	if err != nil {
		return err
	}
	g, err := lift(prog, o.Rounds)
	if err != nil {
		return err
	}
	if n := g.lacks(noContext, false); n != nil {
		return lacking(n, "an injected filter")
	}
	s, err := injected(spec, &o, g)
	if err != nil {
		return err
	}
	prefix := freePrefix(spec.Instructions, stub+"_")
	out := &assembler{prefix: prefix, pending: stub}
	functions, err := generate(g, s, out, prefix+"round")
	if err != nil {
		return err
	}
	old := &spec.Instructions[from]
	if len(functions) > 0 && btf.FuncMetadata(old) == nil {
		return &Error{Kind: Loops, PC: -1, Msg: fmt.Sprintf("%s has no BTF, which bpf_loop needs: compile the object with -g, or say how often loops may go round (Rounds)", stub)}
	}
	describe(out.insns, functions, old)
	// The functions of loops go to the end, behind everything else.
	spec.Instructions = prune(slices.Concat(spec.Instructions[:from], out.insns, spec.Instructions[to:], slices.Concat(functions...)))
	return nil
}

// freePrefix returns the prefix, longer if there are names already that begin with it.
func freePrefix(insns asm.Instructions, prefix string) string {
	taken := func(in asm.Instruction) bool {
		return strings.HasPrefix(in.Symbol(), prefix) || strings.HasPrefix(in.Reference(), prefix)
	}
	for slices.ContainsFunc(insns, taken) {
		prefix += "_"
	}
	return prefix
}

// prune leaves out the functions that the program does not call any more, which the kernel would refuse: what only the stub
// called, or what ran the loops of a filter injected before.
func prune(insns asm.Instructions) asm.Instructions {
	starts := map[string]int{} // of the functions
	var order []int
	names := functionNames(insns)
	for i, in := range insns {
		if i == 0 || slices.Contains(names, in.Symbol()) {
			starts[in.Symbol()] = len(order)
			order = append(order, i)
		}
	}
	function := func(n int) asm.Instructions {
		if n+1 < len(order) {
			return insns[order[n]:order[n+1]]
		}
		return insns[order[n]:]
	}
	called := make([]bool, len(order))
	for work := []int{0}; len(work) > 0; {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if called[n] {
			continue
		}
		called[n] = true
		for _, in := range function(n) {
			if to, ok := starts[in.Reference()]; ok && in.IsFunctionReference() {
				work = append(work, to)
			}
		}
	}
	var out asm.Instructions
	for n := range order {
		if called[n] {
			out = append(out, function(n)...)
		}
	}
	return out
}

// findStub returns where the function begins and ends.
func findStub(insns asm.Instructions, stub string) (from, to int, err error) {
	from = slices.IndexFunc(insns, func(in asm.Instruction) bool { return in.Symbol() == stub })
	if stub == "" || from < 0 {
		return 0, 0, &Error{Kind: NoStub, PC: -1, Msg: fmt.Sprintf("the program has no function %q; its functions are %v", stub, functionNames(insns))}
	}
	if from == 0 {
		return 0, 0, &Error{Kind: NoStub, PC: -1, Msg: fmt.Sprintf("%q is the program itself, not a function that it calls", stub)}
	}
	called := slices.ContainsFunc(insns, func(in asm.Instruction) bool { return in.IsFunctionReference() && in.Reference() == stub })
	if !called {
		return 0, 0, &Error{Kind: NoStub, PC: -1, Msg: fmt.Sprintf("nothing calls %q: declare it static and __noinline, and let its answer depend on all arguments", stub)}
	}
	names := functionNames(insns)
	for to = from + 1; to < len(insns); to++ {
		if s := insns[to].Symbol(); s != "" && slices.Contains(names, s) {
			break
		}
	}
	return from, to, nil
}

// functionNames returns the names of the functions in a program: of the program, of what is called, and of what has BTF.
func functionNames(insns asm.Instructions) []string {
	referenced := map[string]bool{}
	for _, in := range insns {
		if in.IsFunctionReference() {
			referenced[in.Reference()] = true
		}
	}
	var names []string
	for i := range insns {
		s := insns[i].Symbol()
		if s != "" && (i == 0 || referenced[s] || btf.FuncMetadata(&insns[i]) != nil) {
			names = append(names, s)
		}
	}
	return names
}

var tracing = []ebpf.ProgramType{ebpf.Kprobe, ebpf.TracePoint, ebpf.PerfEvent, ebpf.RawTracepoint, ebpf.RawTracepointWritable, ebpf.Tracing, ebpf.LSM}

// Registers of injected functions. The arguments come in R1 to R5, data in R4 and data_end in R5.
var (
	injectedDirect = registers{ctx: absent, data: asm.R4, end: asm.R5, length: absent, a: asm.R0, x: asm.R1, tmp: asm.R2, pointer: asm.R3}
	injectedLoops  = registers{ctx: absent, data: asm.R7, end: asm.R8, length: absent, a: asm.R0, x: asm.R9, tmp: asm.R5, pointer: asm.R4}
	injectedProbe  = registers{ctx: absent, data: asm.R6, end: absent, length: asm.R9, a: asm.R7, x: asm.R8, tmp: absent, pointer: absent}
	injectedSpare  = []asm.Register{asm.R6, asm.R7, asm.R8, asm.R9}
)

// injected returns the shape of an injected function.
func injected(spec *ebpf.ProgramSpec, o *InjectOptions, g *flow) (*shape, error) {
	s := &shape{access: o.Access, big: isBig(spec.ByteOrder)}
	if s.access == DefaultAccess {
		s.access = Direct
		if slices.Contains(tracing, spec.Type) {
			s.access = ProbeRead
		}
	}
	s.limit = s.access.limit()
	switch s.access {
	case ProbeRead:
		s.regs = injectedProbe
		s.start = asm.Instructions{asm.Mov.Reg(asm.R6, asm.R4), asm.Mov.Reg(asm.R9, asm.R5), asm.Sub.Reg(asm.R9, asm.R4)}
	case Direct:
		s.limit -= startMargin
		s.regs, s.spare = injectedDirect, injectedSpare
		if g.loops {
			s.regs, s.spare = injectedLoops, nil
			s.start = asm.Instructions{asm.Mov.Reg(asm.R7, asm.R4), asm.Mov.Reg(asm.R8, asm.R5)}
		}
	default:
		return nil, badOptions("an injected filter cannot read packets by %v; it can by %v", s.access, []Access{Direct, ProbeRead})
	}
	s.finish = func(k uint32, in asm.Register) asm.Instructions {
		return append(value(asm.R0, k, in, &Verdicts{Match: 1}), asm.Return())
	}
	return s, nil
}
