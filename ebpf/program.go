package toebpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Options of a program. The zero value is what the hook does by default.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// Access is how the packet is read.
	Access Access
	// Verdicts are the values returned, nil for the hook's own: a socket filter returns what the classic program does, XDP
	// and TC drop what matches and let the rest pass (XDP_DROP and XDP_PASS, TC_ACT_SHOT and TC_ACT_OK), and so does
	// CGroupSKB (0 and 1).
	Verdicts *Verdicts
	// Rounds is how often a loop may go round (protochain: how many extension headers a packet may have) before the packet
	// is rejected. Loops are then written out, for any kernel. 0 means as often as a packet of 65,535 bytes can ask for, by
	// bpf_loop, which came with Linux 5.17 and needs BTF.
	Rounds int
	// MultiBuffer says that an XDP program is for packets that may lie in several buffers (section "xdp.frags", Linux 5.18).
	MultiBuffer bool
	// ByteOrder is that of the machine the program is for, nil for this one's.
	ByteOrder binary.ByteOrder
}

// Verdicts are what a program returns for a packet that the filter accepts, and for one that it rejects.
// It is safe for concurrent use as long as nobody changes it.
type Verdicts struct{ Match, NoMatch uint32 }

// hookRow is what is known of a hook.
type hookRow struct {
	name      string
	typ       ebpf.ProgramType
	ctx       context
	access    Access // by default
	allowed   []Access
	data, end int16     // fields of the context
	verdicts  *Verdicts // by default
}

// Return values of XDP and TC programs (linux/bpf.h, linux/pkt_cls.h).
const (
	XDPAborted = 0
	XDPDrop    = 1
	XDPPass    = 2
	TCOK       = 0
	TCShot     = 2
)

var hooks = [...]hookRow{
	SocketFilter: {"socket", ebpf.SocketFilter, skbContext, LdAbs, []Access{LdAbs, SkbLoad}, 0, 0, nil},
	XDP: {"xdp", ebpf.XDP, xdpContext, Direct, []Access{Direct, Linear, XDPLoad}, xdpData, xdpDataEnd,
		&Verdicts{XDPDrop, XDPPass}},
	TC: {"tc", ebpf.SchedCLS, skbContext, Linear, []Access{Direct, Linear, LdAbs, SkbLoad}, skbData, skbDataEnd,
		&Verdicts{TCShot, TCOK}},
	CGroupSKB: {"cgroup_skb", ebpf.CGroupSKB, skbContext, SkbLoad, []Access{SkbLoad}, 0, 0, &Verdicts{0, 1}},
}

// String names the hook.
func (h Hook) String() string {
	if int(h) < len(hooks) {
		return hooks[h].name
	}
	return fmt.Sprintf("Hook(%d)", uint8(h))
}

// Program translates a classic program for a hook. What comes out starts with the function of the program, which has no
// symbol, and goes on with the functions of its loops, if it has any.
//
// The verdict is that of package vm on every packet, but that a load that ends beyond 65,535 bytes rejects, as the kernel's
// verifier allows no more (with LdAbs it does not). The error is an [*Error].
func Program(prog []bpf.RawInstruction, hook Hook, o Options) (asm.Instructions, error) {
	if int(hook) >= len(hooks) {
		return nil, badOptions("there is no %v", hook)
	}
	row := &hooks[hook]
	g, err := lift(prog, o.Rounds)
	if err != nil {
		return nil, err
	}
	access, err := row.choose(&o, g)
	if err != nil {
		return nil, err
	}
	if n := g.lacks(row.ctx, access == LdAbs || access == SkbLoad); n != nil {
		return nil, lacking(n, "a "+row.name+" program")
	}
	out := &assembler{prefix: "l"}
	main := access
	if access == Linear {
		main = Direct
	}
	s := row.shape(g, main, &o)
	if access == Linear {
		short := out.newLabel()
		s.short = &short
	}
	functions, err := generate(g, s, out, "round")
	if err == nil && access == Linear && out.place(*s.short) {
		err = row.again(g, out, &o)
	}
	if err != nil {
		return nil, err
	}
	if len(functions) > 0 {
		describe(out.insns, functions, nil)
	}
	return slices.Concat(out.insns, slices.Concat(functions...)), nil
}

// Spec makes a program that [ebpf.NewProgram] loads. Its name must be empty, or one that the kernel takes: 15 letters, digits
// and underscores at most.
func Spec(name string, prog []bpf.RawInstruction, hook Hook, o Options) (*ebpf.ProgramSpec, error) {
	insns, err := Program(prog, hook, o)
	if err != nil {
		return nil, err
	}
	spec := &ebpf.ProgramSpec{Name: name, Type: hooks[hook].typ, Instructions: insns, License: license, ByteOrder: o.ByteOrder}
	if hook == XDP && o.MultiBuffer {
		spec.Flags = xdpHasFrags
	}
	if hook == CGroupSKB {
		spec.AttachType = ebpf.AttachCGroupInetIngress
	}
	return spec, nil
}

const (
	license     = "BSD-3-Clause" // nothing here needs a helper that is for the GPL alone
	xdpHasFrags = 1 << 5         // BPF_F_XDP_HAS_FRAGS
)

// lift checks a program and makes the graph of it, with its loops written out if rounds is not 0.
func lift(prog []bpf.RawInstruction, rounds int) (*flow, error) {
	if err := cbpf.Validate(prog, cbpf.ModeUserland); err != nil {
		e := &Error{Kind: BadProgram, PC: -1, Msg: err.Error(), Err: err}
		if v := (*cbpf.ValidateError)(nil); errors.As(err, &v) {
			e.PC, e.Msg = v.PC, fmt.Sprintf("%s: %s", v.Kind, v.Msg)
		}
		return nil, e
	}
	if rounds < 0 {
		return nil, badOptions("a loop cannot go round %d times", rounds)
	}
	g := newFlow(prog)
	if g.loops && rounds > 0 {
		return g.unroll(rounds)
	}
	return g, nil
}

// choose returns how the program reads the packet. Loops run in functions of their own, which neither LdAbs nor going back to
// the start can be used in.
func (row *hookRow) choose(o *Options, g *flow) (Access, error) {
	access := o.Access
	copying := SkbLoad
	if row.ctx == xdpContext {
		copying = XDPLoad
	}
	switch {
	case o.MultiBuffer && row.ctx != xdpContext:
		return 0, badOptions("MultiBuffer is for XDP programs, this is a %s program", row.name)
	case access != DefaultAccess:
	case row.ctx == skbContext && row.access == Linear && g.headers():
		return copying, nil
	case g.loops && (row.access != Direct || o.MultiBuffer):
		return copying, nil
	case row.access == Direct && o.MultiBuffer:
		access = Linear
	default:
		access = row.access
	}
	verdicts := o.verdicts(row)
	switch {
	case !slices.Contains(row.allowed, access):
		return 0, badOptions("a %s program cannot read packets by %v; it can by %v", row.name, access, row.allowed)
	case g.loops && (access == LdAbs || access == Linear):
		return 0, badOptions("a program with a loop cannot read packets by %v; write the loop out (Rounds) or use %v", access, copying)
	case access == LdAbs && verdicts != nil && verdicts.NoMatch != 0:
		return 0, badOptions("%v returns 0 for what is not captured, which is not the value for a packet that does not match, %d", access, verdicts.NoMatch)
	case row.typ == ebpf.CGroupSKB && max(verdicts.Match, verdicts.NoMatch) > maxCGroupVerdict:
		return 0, badOptions("a %s program returns 0 or 1, or up to %d for what is sent; not %d and %d", row.name, maxCGroupVerdict, verdicts.Match, verdicts.NoMatch)
	}
	return access, nil
}

// maxCGroupVerdict is the largest value that programs for what a control group sends may return (linux/bpf-cgroup.h).
const maxCGroupVerdict = 3

func (o *Options) verdicts(row *hookRow) *Verdicts {
	if o.Verdicts != nil {
		return o.Verdicts
	}
	return row.verdicts
}

// Registers of whole programs. Those from R6 up survive the call of a helper.
var (
	directRegisters = registers{ctx: asm.R1, data: asm.R2, end: asm.R3, length: absent, a: asm.R0, x: asm.R4, tmp: asm.R5, pointer: asm.R6}
	directSpare     = []asm.Register{asm.R7, asm.R8, asm.R9}
	callRegisters   = registers{ctx: asm.R6, data: asm.R7, end: asm.R8, length: absent, a: asm.R0, x: asm.R9, tmp: asm.R5, pointer: asm.R4}
	ldAbsRegisters  = registers{ctx: asm.R6, data: absent, end: absent, length: absent, a: asm.R0, x: asm.R7, tmp: asm.R8, pointer: absent}
	copyRegisters   = registers{ctx: asm.R6, data: absent, end: absent, length: absent, a: asm.R7, x: asm.R8, tmp: absent, pointer: absent}
	lastSpare       = []asm.Register{asm.R9}
)

func (row *hookRow) shape(g *flow, access Access, o *Options) *shape {
	s := &shape{access: access, ctx: row.ctx, big: isBig(o.ByteOrder), limit: access.limit(), multiBuffer: o.MultiBuffer || access == XDPLoad}
	switch access {
	case LdAbs:
		s.regs, s.spare = ldAbsRegisters, lastSpare
	case SkbLoad, XDPLoad:
		s.regs, s.spare = copyRegisters, lastSpare
	default:
		s.regs, s.spare = directRegisters, directSpare
		if g.loops || g.calls(row.ctx) || o.MultiBuffer || o.Access == Linear || o.Access == DefaultAccess && row.access == Linear {
			s.regs, s.spare = callRegisters, nil
		}
	}
	if s.regs.ctx != asm.R1 {
		s.start = append(s.start, asm.Mov.Reg(s.regs.ctx, asm.R1))
	}
	if access == Direct {
		s.start = append(s.start, asm.LoadMem(s.regs.data, asm.R1, row.data, asm.Word), asm.LoadMem(s.regs.end, asm.R1, row.end, asm.Word))
	}
	verdicts := o.verdicts(row)
	s.finish = func(k uint32, in asm.Register) asm.Instructions {
		return append(value(asm.R0, k, in, verdicts), asm.Return())
	}
	return s
}

// value puts into r what is returned for the verdict k, or for the one in a register, which is not 0.
func value(r asm.Register, k uint32, in asm.Register, verdicts *Verdicts) asm.Instructions {
	switch {
	case verdicts != nil && k == 0 && in == absent:
		k = verdicts.NoMatch
	case verdicts != nil:
		k, in = verdicts.Match, absent
	}
	if in == absent {
		return asm.Instructions{asm.Mov.Imm32(r, int32(k))}
	}
	if in == r {
		return nil
	}
	return asm.Instructions{asm.Mov.Reg32(r, in)}
}

// again puts what comes after a load past the linear part of the packet: if there is more behind it, the whole program once
// more, which copies.
func (row *hookRow) again(g *flow, out *assembler, o *Options) error {
	copying := SkbLoad
	direct := callRegisters
	if row.ctx == xdpContext {
		copying = XDPLoad
		out.put(asm.Mov.Reg(asm.R1, direct.ctx), asm.FnXdpGetBuffLen.Call())
	} else {
		out.put(asm.LoadMem(asm.R0, direct.ctx, skbLen, asm.Word))
	}
	rejected, s := out.newLabel(), row.shape(g, copying, o)
	out.put(asm.Sub.Reg(direct.end, direct.data))
	out.jump(asm.JGE.Reg(direct.end, asm.R0, "?"), rejected)
	s.start = nil // R6 holds the context in both
	_, err := generate(g, s, out, "")
	out.place(rejected)
	out.put(s.finish(0, absent)...)
	return err
}

// describe gives the code of a function and of those of its loops what the kernel wants to know of them: BTF, which bpf_loop asks
// for, and the line of source, which all functions must have if one has. Both are those of the function that was there before,
// where there was one; then there may be none.
func describe(main asm.Instructions, loops []asm.Instructions, before *asm.Instruction) {
	number := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	pointer := &btf.Pointer{Target: &btf.Void{}}
	fn := &btf.Func{Name: "filter", Linkage: btf.GlobalFunc,
		Type: &btf.FuncProto{Return: number, Params: []btf.FuncParam{{Name: "ctx", Type: pointer}}}}
	line := func(in asm.Instruction) asm.Instruction { return in }
	if before != nil {
		fn = btf.FuncMetadata(before)
		line = func(in asm.Instruction) asm.Instruction { return in.WithSource(before.Source()) }
	}
	main[0] = line(main[0])
	if fn != nil {
		main[0] = btf.WithFuncMetadata(main[0], fn)
	}
	for _, f := range loops {
		// bpf_loop asks for a static function of a number and a pointer.
		f[0] = btf.WithFuncMetadata(line(f[0]), &btf.Func{Name: f[0].Symbol(), Linkage: btf.StaticFunc,
			Type: &btf.FuncProto{Return: number, Params: []btf.FuncParam{{Name: "index", Type: number}, {Name: "state", Type: pointer}}}})
	}
}

// lacking says that the program asks for what a kind of program does not have.
func lacking(n *node, where string) error {
	what := fmt.Sprintf("the header at offset 0x%x", n.k)
	if n.ancillary() {
		what = "the " + cbpf.AncillaryName(n.k)
	}
	return &Error{Kind: NoData, PC: int(n.pc), Msg: fmt.Sprintf("loads %s, which %s does not have", what, where)}
}

func isBig(order binary.ByteOrder) bool {
	if order == nil {
		order = binary.NativeEndian
	}
	return order.Uint16([]byte{1, 0}) == 1<<8
}
