package toebpf

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// FragmentOptions say what a fragment finds and leaves in the program around it.
// It is safe for concurrent use as long as nobody changes it.
type FragmentOptions struct {
	// PacketStart and PacketEnd hold the pointers to the packet's first byte and to the one behind its last. They are not
	// changed. PacketStart may lie up to 255 bytes behind the real start of the packet, to leave out its link-layer header, say.
	// Because of that a load that ends beyond 65,280 bytes from there rejects.
	PacketStart, PacketEnd asm.Register
	// Result receives the verdict: how many bytes to keep, 0 if the packet does not match. It may be one of Working.
	Result asm.Register
	// ResultLabel is where the fragment goes in the end, with the verdict in Result. The caller places it.
	ResultLabel string
	// Working are registers that the fragment may use and destroy.
	Working [4]asm.Register
	// StackOffset is how many bytes of the stack, from the frame pointer down, are the caller's.
	StackOffset int
	// LabelPrefix begins the names of all labels in the fragment. Fragments in one program need different ones.
	LabelPrefix string
	// Rounds is how often a loop may go round, see [Options]. A fragment has no functions of its own, so a program with a loop
	// is an error where it is 0.
	Rounds int
	// Verdicts are the values of Result, nil for those of the classic program.
	Verdicts *Verdicts
	// ByteOrder is that of the machine the fragment is for, nil for this one's.
	ByteOrder binary.ByteOrder
}

// Fragment translates a classic program to instructions for embedding in a program that has the packet's bounds at hand (XDP,
// TC). They fall through nowhere: the last one leaves to ResultLabel. The error is an [*Error].
func Fragment(prog []bpf.RawInstruction, o FragmentOptions) (asm.Instructions, error) {
	err := checkRegisters([]namedRegister{{"PacketStart", o.PacketStart}, {"PacketEnd", o.PacketEnd}, {"Working[0]", o.Working[0]},
		{"Working[1]", o.Working[1]}, {"Working[2]", o.Working[2]}, {"Working[3]", o.Working[3]}})
	if err == nil {
		err = checkRegisters([]namedRegister{{"Result", o.Result}})
	}
	switch {
	case err != nil:
		return nil, err
	case o.ResultLabel == "":
		return nil, badOptions("ResultLabel is empty: the fragment has nowhere to go")
	case strings.HasPrefix(o.ResultLabel, o.LabelPrefix+"_"):
		return nil, badOptions("ResultLabel is %q, which begins as the fragment's own labels do, with %q", o.ResultLabel, o.LabelPrefix+"_")
	case o.StackOffset < 0 || o.StackOffset%4 != 0:
		return nil, badOptions("StackOffset is %d, not a multiple of 4", o.StackOffset)
	}
	g, err := lift(prog, o.Rounds)
	if err != nil {
		return nil, err
	}
	if g.loops {
		return nil, &Error{Kind: Loops, PC: -1, Msg: "a fragment has no functions for loops: say how often they may go round (Rounds)"}
	}
	if n := g.lacks(noContext, false); n != nil {
		return nil, lacking(n, "a fragment")
	}
	s := &shape{access: Direct, limit: maxOffset - startMargin, stack: o.StackOffset, big: isBig(o.ByteOrder)}
	s.fit = o.fit
	s.finish = func(k uint32, in asm.Register) asm.Instructions {
		return append(value(o.Result, k, in, o.Verdicts), asm.Ja.Label(o.ResultLabel))
	}
	out := &assembler{prefix: o.LabelPrefix + "_"}
	if _, err := generate(g, s, out, ""); err != nil {
		return nil, err
	}
	return out.insns, nil
}

// fit gives the working registers to what the graph needs. If Result is none of those, it can hold the value for a rejection from
// the start, and a rejection is a jump.
func (o *FragmentOptions) fit(s *shape, v variant) {
	g := v.g
	free := slices.Clone(o.Working[:])
	slices.SortStableFunc(free, func(a, b asm.Register) int { return oneIf(a == o.Result) - oneIf(b == o.Result) })
	used := o.PacketStart == o.Result || o.PacketEnd == o.Result
	take := func(needed bool) asm.Register {
		if !needed {
			return absent
		}
		r := free[0]
		free = free[1:]
		used = used || r == o.Result
		return r
	}
	has := func(is func(n *node) bool) bool {
		return slices.ContainsFunc(g.nodes, func(n node) bool { return is(&n) })
	}
	touches := func(r reads) func(n *node) bool {
		return func(n *node) bool { read, written := n.uses(); return (read|written)&r != 0 }
	}
	indirect := has(func(n *node) bool { return n.traits().Any(cbpf.Indirect) })
	s.regs = registers{ctx: absent, data: o.PacketStart, end: o.PacketEnd, length: absent,
		a: take(has(touches(readA))), x: take(has(touches(readX))),
		tmp: take(has(func(n *node) bool { return n.end() > 0 })), pointer: take(indirect && !v.merged)}
	if v.merged {
		s.regs.pointer = s.regs.x
	}
	s.spare = slices.DeleteFunc(free, func(r asm.Register) bool { return r == o.Result })
	// The jumps are to a label of the caller's, so they must reach it.
	const most = reach / 10
	if !used && len(g.nodes) < most && has(func(n *node) bool { return n.op == cbpf.RetA || n.op == cbpf.RetX || n.op == cbpf.RetK && n.k != 0 }) {
		s.start = append(slices.Clone(s.start), value(o.Result, 0, absent, o.Verdicts)...)
		s.zeroed = o.ResultLabel
	}
}
