package toebpf

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	ebpfasm "github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/net/bpf"

	"bpfc/asm"
	"bpfc/cbpf"
	"bpfc/internal/battery"
	"bpfc/internal/randprog"
	"bpfc/vm"
)

// classic reads a program in the language of the kernel's bpf_asm, instructions separated by line breaks or semicolons.
func classic(t testing.TB, text string) []bpf.RawInstruction {
	t.Helper()
	prog, err := asm.Parse(strings.ReplaceAll(text, ";", "\n"), asm.Kernel)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return prog
}

// setup is one way to translate a program and to call what comes out of it.
type setup struct {
	name   string
	make   func(prog []bpf.RawInstruction, order binary.ByteOrder) (ebpfasm.Instructions, error)
	ctx    context // that it is called with
	cut    int     // only so many bytes can be read directly; 0: all of them
	stub   bool    // it is a function, called with the packet's bounds in R4 and R5
	kernel bool    // these are addresses in kernel memory
	rounds bool    // loops are written out
	bits   bool    // the result only tells whether the packet matches
}

func ofHook(h Hook, o Options) func([]bpf.RawInstruction, binary.ByteOrder) (ebpfasm.Instructions, error) {
	return func(prog []bpf.RawInstruction, order binary.ByteOrder) (ebpfasm.Instructions, error) {
		o := o
		o.ByteOrder = order
		return Program(prog, h, o)
	}
}

// stubbed is a program that calls a stub, as compiled from C. It hands its arguments on.
func stubbed(order binary.ByteOrder) *ebpf.ProgramSpec {
	number := &btf.Int{Name: "int", Size: 4}
	describe := func(in ebpfasm.Instruction, name string) ebpfasm.Instruction {
		return btf.WithFuncMetadata(in.WithSymbol(name), &btf.Func{Name: name, Type: &btf.FuncProto{Return: number}})
	}
	return &ebpf.ProgramSpec{ByteOrder: order, Instructions: ebpfasm.Instructions{
		describe(ebpfasm.Call.Label("filter"), "main"), ebpfasm.Return(),
		describe(ebpfasm.Mov.Imm(ebpfasm.R0, 0), "filter"), ebpfasm.Return(),
		describe(ebpfasm.Mov.Imm(ebpfasm.R0, 7), "other"), ebpfasm.Return(),
	}}
}

func ofInject(o InjectOptions) func([]bpf.RawInstruction, binary.ByteOrder) (ebpfasm.Instructions, error) {
	return func(prog []bpf.RawInstruction, order binary.ByteOrder) (ebpfasm.Instructions, error) {
		s := stubbed(order)
		err := Inject(s, "filter", prog, o)
		return s.Instructions, err
	}
}

// ofFragment puts a fragment between a start that finds the packet where stubs get it, and an end that returns the verdict.
func ofFragment(o FragmentOptions) func([]bpf.RawInstruction, binary.ByteOrder) (ebpfasm.Instructions, error) {
	return func(prog []bpf.RawInstruction, order binary.ByteOrder) (ebpfasm.Instructions, error) {
		o := o
		o.ByteOrder, o.ResultLabel, o.LabelPrefix = order, "end", "p"
		f, err := Fragment(prog, o)
		insns := ebpfasm.Instructions{ebpfasm.Mov.Reg(ebpfasm.R0, ebpfasm.R4), ebpfasm.Mov.Reg(ebpfasm.R9, ebpfasm.R5),
			ebpfasm.Mov.Reg(o.PacketStart, ebpfasm.R0), ebpfasm.Mov.Reg(o.PacketEnd, ebpfasm.R9)}
		insns = append(insns, f...)
		return append(insns, ebpfasm.Mov.Reg(ebpfasm.R0, o.Result).WithSymbol("end"), ebpfasm.Return()), err
	}
}

const setupRounds = 12

var asBits = &Verdicts{1, 0}

var setups = []setup{
	{name: "socket ld_abs", ctx: skbContext, rounds: true, make: ofHook(SocketFilter, Options{Access: LdAbs, Rounds: setupRounds})},
	{name: "socket skb_load", ctx: skbContext, make: ofHook(SocketFilter, Options{Access: SkbLoad})},
	{name: "socket skb_load rounds", ctx: skbContext, rounds: true, make: ofHook(SocketFilter, Options{Access: SkbLoad, Rounds: setupRounds})},
	{name: "xdp direct", ctx: xdpContext, bits: true, make: ofHook(XDP, Options{Access: Direct, Verdicts: asBits})},
	{name: "xdp linear", ctx: xdpContext, bits: true, rounds: true, make: ofHook(XDP, Options{Access: Linear, Verdicts: asBits, MultiBuffer: true, Rounds: setupRounds})},
	{name: "xdp linear cut", ctx: xdpContext, cut: 14, bits: true, rounds: true, make: ofHook(XDP, Options{Access: Linear, Verdicts: asBits, MultiBuffer: true, Rounds: setupRounds})},
	{name: "xdp xdp_load", ctx: xdpContext, cut: 1, bits: true, make: ofHook(XDP, Options{Access: XDPLoad, Verdicts: asBits})},
	{name: "tc direct", ctx: skbContext, bits: true, make: ofHook(TC, Options{Access: Direct, Verdicts: asBits})},
	{name: "tc linear", ctx: skbContext, bits: true, rounds: true, make: ofHook(TC, Options{Access: Linear, Verdicts: asBits, Rounds: setupRounds})},
	{name: "tc linear cut", ctx: skbContext, cut: 20, bits: true, rounds: true, make: ofHook(TC, Options{Access: Linear, Verdicts: asBits, Rounds: setupRounds})},
	{name: "tc ld_abs", ctx: skbContext, bits: true, rounds: true, make: ofHook(TC, Options{Access: LdAbs, Verdicts: asBits, Rounds: setupRounds})},
	{name: "cgroup_skb", ctx: skbContext, bits: true, make: ofHook(CGroupSKB, Options{Verdicts: asBits})},
	{name: "fragment", stub: true, rounds: true, make: ofFragment(FragmentOptions{Rounds: setupRounds, PacketStart: ebpfasm.R1, PacketEnd: ebpfasm.R2,
		Result: ebpfasm.R6, Working: [4]ebpfasm.Register{ebpfasm.R3, ebpfasm.R4, ebpfasm.R5, ebpfasm.R6}, StackOffset: 100})},
	{name: "inject direct", stub: true, bits: true, make: ofInject(InjectOptions{Access: Direct})},
	{name: "inject direct rounds", stub: true, bits: true, rounds: true, make: ofInject(InjectOptions{Access: Direct, Rounds: setupRounds})},
	{name: "inject probe_read", stub: true, kernel: true, bits: true, make: ofInject(InjectOptions{Access: ProbeRead})},
}

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// about is what the context says of every packet.
var about = vm.Metadata{Protocol: 0x86dd, PktType: 3, IfIndex: 9, Mark: 0x80000001, Queue: 7, RxHash: 0xfedcba98, CPU: 3, VLANPresent: true,
	VLANTCI: 0x2064, VLANTPID: 0x88a8}

func fields(c context, order binary.ByteOrder, packet, linear int) map[int16]uint32 {
	network := func(v uint16) uint32 { return uint32(order.Uint16(binary.BigEndian.AppendUint16(nil, v))) }
	switch c {
	case skbContext:
		return map[int16]uint32{skbLen: uint32(packet), skbPacketType: 3, skbMark: about.Mark, skbQueue: 7, skbProtocol: network(about.Protocol),
			skbVLANPresent: 1, skbVLANTag: uint32(about.VLANTCI), skbVLANProto: network(about.VLANTPID), skbInterface: 9, skbHash: about.RxHash,
			skbData: linearBase, skbDataEnd: linearBase + uint32(linear)}
	case xdpContext:
		return map[int16]uint32{xdpData: linearBase, xdpDataEnd: linearBase + uint32(linear), xdpInterface: 9}
	}
	return nil
}

// call calls a translated program.
func (s *setup) call(insns ebpfasm.Instructions, order binary.ByteOrder, pkt []byte) (uint64, error) {
	linear := len(pkt)
	if s.cut > 0 {
		linear = min(linear, s.cut)
	}
	m, err := newMachine(insns, order, fields(s.ctx, order, len(pkt), linear))
	if err != nil {
		return 0, err
	}
	m.packet, m.linear = pkt, linear
	base := uint64(linearBase)
	switch {
	case s.kernel:
		m.linear, base = 0, kernelBase
		fallthrough
	case s.stub:
		return m.run(0, 0, 0, 0, base, base+uint64(len(pkt)))
	}
	return m.run(0, contextBase)
}

// check translates a program in a setup and holds it against the interpreter. It returns the error of the translation.
func (s *setup) check(t *testing.T, name string, prog []bpf.RawInstruction, order binary.ByteOrder, pkts [][]byte) error {
	t.Helper()
	insns, err := s.make(prog, order)
	if err != nil {
		return err
	}
	reference, err := vm.New(prog)
	if err != nil {
		t.Fatal(err)
	}
	for _, pkt := range pkts {
		if s.stub && !s.kernel && len(pkt) > maxOffset-startMargin {
			continue // see TestLimits
		}
		got, err := s.call(insns, order, pkt)
		if err != nil {
			t.Errorf("%s, %s, %v: %d bytes: %v\n%v\n%v", name, s.name, order, len(pkt), err, asm.Print(prog, asm.Kernel), insns)
			return nil
		}
		want := uint64(reference.RunMeta(pkt, uint32(len(pkt)), &about))
		if s.bits {
			want = min(want, 1)
		}
		if got != want && !(got == 0 && s.rounds && loops(prog)) {
			t.Errorf("%s, %s, %v: %d bytes: %d, the interpreter says %d\n%x\n%v\n%v", name, s.name, order, len(pkt), got, want, pkt, asm.Print(prog, asm.Kernel), insns)
			return nil
		}
	}
	return nil
}

// exposing returns the program for a packet. Where the result only tells whether it matches, "ret a" becomes a comparison with
// the number that the interpreter returns, so that a wrong number does not go unseen.
func (s *setup) exposing(prog []bpf.RawInstruction, pkt []byte) []bpf.RawInstruction {
	reference, err := vm.New(prog)
	want := uint32(0)
	if err == nil {
		want = reference.RunMeta(pkt, uint32(len(pkt)), &about)
	}
	if !s.bits || want == 0 {
		return prog
	}
	out := slices.Clone(prog)
	for i := range out {
		if out[i].Op == cbpf.RetA {
			out[i] = bpf.RawInstruction{Op: cbpf.Ja, K: uint32(len(prog) - i - 1)}
		}
	}
	return append(out, bpf.RawInstruction{Op: cbpf.JeqK, K: want, Jf: 1}, bpf.RawInstruction{Op: cbpf.RetK, K: 1}, bpf.RawInstruction{Op: cbpf.RetK})
}

func loops(prog []bpf.RawInstruction) bool {
	return slices.ContainsFunc(prog, func(in bpf.RawInstruction) bool { return in.Op == cbpf.Ja && int32(in.K) < 0 })
}

// counting returns packets of some lengths, filled with the numbers of their bytes, and one of 0xff.
func counting(lengths ...int) [][]byte {
	var out [][]byte
	for _, n := range lengths {
		pkt := make([]byte, max(n, 0))
		for i := range pkt {
			pkt[i] = byte(i + i>>8)
		}
		out = append(out, pkt)
	}
	return append(out, slices.Repeat([]byte{0xff}, 64))
}

// around returns the numbers near a limit.
func around(n int) []int {
	return []int{n - 5, n - 4, n - 3, n - 2, n - 1, n, n + 1, n + 2, n + 3, n + 4, n + 5}
}

// programs are the ones that are easily got wrong, in the language of bpf_asm.
var programs = []struct {
	Name, Text string
	Lengths    []int // of packets to run it on, beside some that all are run on
}{
	{"nothing but a number", "ret #5", nil},
	{"the largest number", "ret #0xffffffff", nil},
	{"A at the start", "ret a", nil},
	{"A, compared at the start", "jeq #0, y, n; y: ret #1; n: ret #0", nil},
	{"X at the start", "txa; ret a", nil},
	{"scratch memory at the start", "ld M[3]; ldx M[15]; add x; jeq #0, y, n; y: ret #1; n: ret #0", nil},
	{"scratch memory on one of two ways", "ldb [0]; jeq #0, y, n; y: st M[2]; n: ld M[2]; add #7; ret a", nil},
	{"all of scratch memory", func() string {
		var b strings.Builder
		for i := range 16 {
			fmt.Fprintf(&b, "ldb [%d]; st M[%d];", i, i)
		}
		b.WriteString("ld #0; ldx #0;")
		for i := range 16 {
			fmt.Fprintf(&b, "ldx M[%d]; mul #3; add x;", i)
		}
		return b.String() + "ret a"
	}(), nil},
	{"the last byte", "ldb [19]; ret a", nil},
	{"a word that is not aligned", "ld [1]; ret a", nil},
	{"half-words that are not aligned", "ldh [3]; st M[0]; ldh [6]; ldx M[0]; add x; ret a", nil},
	{"words of all phases", "ld [0]; tax; ld [5]; xor x; tax; ld [10]; xor x; tax; ld [15]; xor x; ret a", nil},
	{"words of all phases behind X", "ldx #1; ld [x + 0]; st M[0]; ld [x + 5]; st M[1]; ld [x + 10]; st M[2]; ld [x + 15]; ldx M[0]; xor x; ldx M[1]; xor x; ldx M[2]; xor x; ret a", nil},
	{"far apart", "ldb [0]; st M[0]; ldb [63]; st M[1]; ldb [1]; st M[2]; ldb [62]; ldx M[0]; add x; ldx M[1]; add x; ldx M[2]; add x; ret a", []int{61, 62, 63, 64, 65}},
	{"further apart than a window", "ldb [0]; st M[0]; ldb [200]; st M[1]; ld [60]; st M[2]; ld [61]; ldx M[0]; add x; ldx M[1]; add x; ldx M[2]; add x; ret a", []int{199, 200, 201, 202, 64, 65}},
	{"a header's length keeps A", "ldb [1]; ldx 4*([0]&0xf); add x; ret a", nil},
	{"behind a header", "ldx 4*([4]&0xf); ldh [x + 3]; ret a", []int{20, 21, 22, 23}},
	{"division by X", "ldb [0]; tax; ld #100; div x; ret a", nil},
	{"remainder by X", "ldb [0]; tax; ld #0xffffffff; mod x; ret a", nil},
	{"division by X after a load that rejects", "ldx #0; ld #7; div x; ld [1000]; ret #5", nil},
	{"division by a constant above 2^31", "ld [0]; div #0x80000001; ret a", nil},
	{"remainder by a constant above 2^31", "ld [0]; mod #0xfffffffe; ret a", nil},
	{"shift to the left by X", "ldb [1]; tax; ldb [0]; or #0xff; lsh x; ret a", nil},
	{"shift by X of 31, 32, 33", "ldb [31]; tax; ld #0xffffffff; rsh x; st M[0]; ldx #32; ld #1; lsh x; add #5; st M[1]; ldx #33; ld #0xffffffff; rsh x; ldx M[0]; add x; ldx M[1]; add x; ret a", nil},
	{"shift by the largest X", "ldx #0xffffffff; ld #0xffffffff; lsh x; add #3; ret a", nil},
	{"shifts by 0 and 31", "ld [0]; lsh #31; rsh #31; lsh #0; add #1; ret a", nil},
	{"negation", "ldb [1]; neg; ret a", nil},
	{"wrapping arithmetic", "ld #0xfffffff0; add #0x20; sub #0x20; mul #0x10001; ret a", nil},
	{"xor and or with X", "ld [0]; tax; ld [4]; xor x; or x; and x; ret a", nil},
	{"bits by a constant", "ldb [5]; jset #4, y, n; y: ret #1; n: ret #2", nil},
	{"bits by a constant, none set", "ldb [5]; jset #8, y, n; y: ret #0; n: ret #2", nil},
	{"bits above 2^31", "ld [0]; jset #0x80000000, y, n; y: ret #1; n: ret #2", nil},
	{"no bits", "ldb [0]; jset #0, y, n; y: ret #1; n: ret #2", nil},
	{"bits of X", "ldb [3]; tax; ldb [1]; jset x, y, n; y: ret #1; n: ret #2", nil},
	{"more than a constant above 2^31", "ld [0]; jgt #0x80000000, y, n; y: ret #1; n: ret #2", nil},
	{"at least 2^31", "ld #0x80000000; jge #0x80000000, y, n; y: ret #1; n: ret #2", nil},
	{"equal to the largest number", "ld [0]; jeq #0xffffffff, y, n; y: ret #1; n: ret #2", nil},
	{"compared with X", "ldb [0]; tax; ldb [1]; jgt x, y, n; y: ret #1; n: jge x, z, m; z: jeq x, e, m; m: ret #2; e: ret #3", nil},
	{"both ways the same", "ldb [0]; jeq #1, n, n; n: ret #1", nil},
	{"a test of a test", "ldh [0]; jeq #1, a, b; a: ldb [9]; jeq #9, b, c; b: ret #1; c: ret #2", nil},
	{"the length", "ld #len; ret a", []int{0, 1, 200}},
	{"the length as X keeps A", "ldb [1]; ldx #len; add x; ret a", nil},
	{"the length as X, A unused", "ldx #len; txa; ret a", []int{0, 1}},
	{"the byte before the end", "ldx #len; ldb [x + 0]; ret #1", nil},
	{"the end, by wrapping X", "ld #len; sub #1; tax; ldb [x + 0]; ret a", []int{0, 1, 2}},
	{"X of 2^32 - 1", "ldx #0xffffffff; ldb [x + 1]; ret #1", nil},
	{"X of 2^31", "ldx #0x80000000; ldb [x + 0]; ret #1", nil},
	{"X + k of 2^31 and more", "ldx #0x7fffffff; ldb [x + 1]; ret #1", nil},
	{"k of 2^31", "ldb [0x80000000]; ret #1", nil},
	{"k of 2^31 - 1", "ldb [0x7fffffff]; ret #1", nil},
	{"k of 2^31 - 4 for a word", "ld [0x7ffffffc]; ret #1", nil},
	{"a header's length at 2^31", "ldx 4*([0x80000000]&0xf); ret #1", nil},
	{"X and the largest k", "ldx #1; ldb [x + 0xffffffff]; ret #1", nil},
	{"rejected whatever comes after", "ldb [0]; jeq #0, y, n; y: ld [0x10000]; jeq #5, a, b; a: ret #1; b: ret #2; n: ret #3", nil},
	{"a byte at 0x7fff", "ldb [0x7fff]; ret a", around(0x8000)},
	{"a byte at 0x8000", "ldb [0x8000]; ret a", around(0x8000)},
	{"a word at 0x7ffd", "ld [0x7ffd]; ret a", around(0x8000)},
	{"a word at 0x7fff and one before", "ld [0x7fff]; tax; ldb [3]; add x; ret a", around(0x8003)},
	{"a byte at 0xfffe", "ldb [0xfffe]; ret a", around(0xffff)},
	{"behind X, near 0x8000", "ldx #1; ldb [x + 0x7fff]; ret a", around(0x8000)},
	{"behind X, far from its end", "ldx #2; ld [x + 0]; st M[0]; ldb [x + 0x9000]; ldx M[0]; add x; ret a", around(0x9000)},
	{"X near 0xffff", "ldx #0xfffd; ldb [x + 1]; ret a", around(0xffff)},
	{"X of 16 bits, then more of it", "ldh [0]; tax; ldb [x + 0]; jeq #0, y, n; y: ldb [x + 4]; ret #1; n: ret #2", around(8)},
	{"X of a constant, used on one way", "ldb [0]; ldx #30; jeq #0, y, n; y: ret #1; n: ldb [x + 5]; ret #2", nil},
	{"X of a constant, a header, or nothing", "ldb [0]; jeq #0, a, b; a: ldx #3; ja c; b: ldx 4*([1]&0xf); c: ldb [x + 2]; jeq #5, y, d; d: ldb [x + 9]; y: ret a", around(14)},
	{"X of two constants", "ldb [0]; jeq #0, a, b; a: ldx #3; ja c; b: ldx #7; c: ldb [x + 2]; jeq #5, y, d; d: ldh [x + 9]; y: ret a", around(14)},
	{"X of two constants, used as a number", "ldb [0]; jeq #0, a, b; a: ldx #3; ja c; b: ldx #31; c: ld #0x1234; lsh x; add x; xor x; jgt x, y, d; d: txa; y: ret a", nil},
	{"X of a constant that divides", "ldb [0]; jeq #0, a, b; a: ldx #0; ja c; b: ldx #31; c: ld #77; div x; ret a", nil},
	{"X of a constant that shifts too far", "ldb [0]; jeq #0, a, b; a: ldx #40; ja c; b: ldx #3; c: ld #77; lsh x; ret a", nil},
	{"X of a constant past the limit", "ldb [0]; jeq #0, a, b; a: ldx #0xffff; ja c; b: ldx #3; c: ldb [x + 2]; ret #1", nil},
	{"X behind two headers, read in between", "ldx 4*([0]&0xf); ldb [x + 1]; jeq #1, a, b; a: ldh [x + 8]; b: ldx 4*([1]&0xf); ldb [x + 3]; ret a", around(12)},
	{"X, A and bits", "ldx #len; ld #4; jset x, n, y; y: ldh [x + 43]; n: ret #3", around(60)},
	{"X grows on one of two ways", "ldx #1; ldb [2]; jeq #2, y, n; y: ldb [9]; tax; n: ldb [x + 2]; ret a", nil},
	{"a mask, as half-word", "ldh [1]; and #0xfff0; jeq #0x100, y, n; y: ret #1; n: ret #2", nil},
	{"a mask wider than the half-word", "ldh [1]; and #0xffff0fff; jeq #0x102, y, n; y: ret #1; n: ret #2", nil},
	{"a constant wider than the half-word", "ldh [1]; jeq #0x10102, y, n; y: ret #1; n: ret #2", nil},
	{"a word, masked", "ld [0]; and #0xffffff00; jeq #0x10200, y, n; y: ret #1; n: jset #0xff00, z, m; z: ret #2; m: ret #3", nil},
	{"or and xor in network order", "ldh [1]; or #0x8000; xor #1; jeq #0x8103, y, n; y: ret #1; n: ret #2", nil},
	{"in a network of 8 bits", "ld [1]; jge #0x01000000, a, n; a: jgt #0x01ffffff, n, y; y: ret #1; n: ret #2", nil},
	{"in a network of 16 bits, behind X", "ldx 4*([0]&0xf); ld [x + 1]; jge #0x01020000, a, n; a: jgt #0x0102ffff, n, y; y: ret #1; n: ret #2", around(5)},
	{"not in a network of 20 bits", "ld [1]; jgt #0x01023fff, y, a; a: jge #0x01023000, n, y; y: ret #1; n: ret #2", nil},
	{"in a range that is no network", "ld [1]; jge #0x01020000, a, n; a: jgt #0x01023000, n, y; y: ret #1; n: ret #2", nil},
	{"in a range of the size of a network", "ld [1]; jge #0x01010000, a, n; a: jgt #0x0110ffff, n, y; y: ret #1; n: ret #2", nil},
	{"in a network, and looked at again", "ld [1]; jge #0x01020000, a, n; a: jgt #0x0102ffff, n, y; y: ret a; n: ret #2", nil},
	{"in a network, and then a port", "ld [1]; jge #0x01020000, a, n; a: jgt #0x0102ffff, n, y; y: ldh [6]; jeq #0x607, z, n; z: ret #1; n: ret #2", around(5)},
	{"a half-word by its first byte", "ldh [1]; jge #0x100, a, n; a: jgt #0x1ff, n, y; y: ret #1; n: ret #2", around(3)},
	{"an empty range", "ld [1]; jge #0x01020000, a, n; a: jgt #0x0101ffff, n, y; y: ret #1; n: ret #2", nil},
	{"at least a power of two", "ldh [1]; jge #0x100, y, n; y: ret #1; n: ret #2", nil},
	{"more than a power of two less one", "ld [0]; jgt #0xffff, y, n; y: ret #1; n: ret #2", nil},
	{"at least 2^31, in network order", "ld [0]; jge #0x80000000, y, n; y: ret #1; n: ret #2", nil},
	{"at least 0, more than the largest", "ld [0]; jge #0, y, n; y: jgt #0xffffffff, n, z; z: ret #1; n: ret #2", nil},
	{"half-word and word meet", "ldb [0]; jeq #0, y, n; y: ldh [1]; ja t; n: ld [1]; t: jeq #0x102, a, b; a: ret #1; b: ret #2", nil},
	{"half-word and nothing meet", "ldb [0]; jeq #0, y, n; y: ldh [1]; ja t; n: ld #0; t: jeq #0x102, a, b; a: ret #1; b: ret #2", nil},
	{"half-word and number meet", "ldb [0]; jeq #0, y, n; y: ldh [1]; ja t; n: ld #0x102; t: jeq #0x102, a, b; a: ret #1; b: ret #2", nil},
	{"half-word, then stored", "ldh [1]; jeq #0x102, y, n; y: st M[0]; ld M[0]; ret a; n: ret #2", nil},
	{"half-word, then more than", "ldh [1]; jeq #0x102, y, n; y: jgt #0x101, z, n; z: ret #1; n: ret #2", nil},
	{"half-word, returned", "ldh [1]; jeq #0x102, y, n; y: ret a; n: ret #2", nil},
	{"a loop that counts", "ldx #0; ld #0; l: add #1; jeq #5, e, c; c: ja l; e: ret a", nil},
	{"a loop over the packet", "ldx #0; l: ldb [x + 0]; jeq #7, e, c; c: txa; add #1; tax; ja l; e: txa; add #1; ret a", nil},
	{"a loop with scratch memory", "ld #3; st M[1]; l: ldx M[1]; ldb [x + 1]; jeq #8, e, c; c: ld M[1]; add #1; st M[1]; ja l; e: ld M[1]; ret a", nil},
	{"a loop of two exits", "ldx #0; l: ldb [x + 0]; jeq #6, e, c; c: jeq #200, f, g; g: txa; add #1; tax; ja l; e: ret #1; f: ret #2", nil},
	{"a loop that starts the program", "l: txa; add #1; tax; jeq #4, e, l2; l2: ja l; e: ret a", nil},
	{"two loops", "l: txa; add #1; tax; jeq #4, e, l2; l2: ja l; e: ldx #0; m: ldb [x + 0]; jeq #3, f, m2; m2: txa; add #1; tax; ja m; f: txa; add #9; ret a", nil},
	{"a loop that is entered in its middle", "ldx #0; ja in; top: txa; add #1; tax; in: ldb [x + 0]; jeq #5, e, c; c: ja top; e: txa; add #1; ret a", nil},
	{"a loop with the length in it", "ldx #0; l: ld #len; sub x; jgt #10, c, e; c: txa; add #1; tax; ja l; e: txa; add #1; ret a", []int{12, 13, 14}},
	{"back, but not round", "ja a; b: ret #7; a: ldb [0]; jeq #0, y, n; y: ja b; n: ret #2", nil},
	{"for ever", "l: ja l2; l2: ja l; ret #1", nil},
	{"a half-word loop", "ldx #0; l: ldh [x + 0]; jeq #0x405, e, c; c: txa; add #1; tax; ja l; e: ret #1", nil},
}

// TestTranslation runs programs that are easily got wrong in every setup and in both byte orders.
func TestTranslation(t *testing.T) {
	for _, p := range programs {
		prog := classic(t, p.Text)
		pkts := counting(append(p.Lengths, 0, 1, 5, 20, 40)...)
		for i := range setups {
			for _, order := range orders {
				for _, pkt := range pkts {
					if err := setups[i].check(t, p.Name, setups[i].exposing(prog, pkt), order, [][]byte{pkt}); err != nil {
						t.Errorf("%s, %s: %v", p.Name, setups[i].name, err)
					}
				}
			}
		}
	}
}

// TestLimits reads the last byte that can be, and the one behind it.
func TestLimits(t *testing.T) {
	pkt := slices.Repeat([]byte{7}, 70000)
	for i := range setups {
		s := &setups[i]
		limit := maxOffset
		switch {
		case strings.Contains(s.name, "ld_abs"):
			limit = len(pkt)
		case s.stub && !s.kernel:
			limit = maxOffset - startMargin
		}
		for _, text := range []string{"ldb [%d]; ret #1", "ldx #%d; ldb [x + 0]; ret #1", "ld #%d; sub #0x2fff; tax; ldb [x + 0x2fff]; ret #1"} {
			for at, want := range map[int]uint64{limit - 1: 1, limit: 0} {
				prog := classic(t, fmt.Sprintf(text, at))
				insns, err := s.make(prog, orders[0])
				if err != nil {
					t.Fatal(err)
				}
				if got, err := s.call(insns, orders[0], pkt); err != nil || got != want {
					t.Errorf("%s: byte %d, %s: %d, %v; want %d", s.name, at, text, got, err, want)
				}
			}
		}
	}
}

// TestAncillary loads what Linux knows of a packet beside its bytes, in all sizes that there are.
func TestAncillary(t *testing.T) {
	has := map[context][]string{
		skbContext: {"protocol", "packet type", "interface index", "mark", "queue", "hash", "cpu", "A ^ X", "VLAN tag", "VLAN tag presence", "VLAN tag protocol"},
		xdpContext: {"interface index", "cpu", "A ^ X"},
		noContext:  {"A ^ X"},
	}
	pkts := counting(20)
	for k := uint32(cbpf.AncProtocol); cbpf.IsAncillary(k); k += 4 {
		name := cbpf.AncillaryName(k)
		if k == cbpf.AncRandom {
			continue // nothing to compare with
		}
		for _, op := range []uint16{cbpf.LdAbsW, cbpf.LdAbsH, cbpf.LdAbsB} {
			prog := []bpf.RawInstruction{{Op: cbpf.LdAbsB, K: 1}, {Op: cbpf.Tax}, {Op: cbpf.LdAbsB, K: 7}, {Op: op, K: k}, {Op: cbpf.AddX}, {Op: cbpf.RetA}}
			for i := range setups {
				s := &setups[i]
				err := s.check(t, name, prog, orders[i%2], pkts)
				if slices.Contains(has[s.ctx], name) {
					if err != nil {
						t.Errorf("%s: %s: %v", s.name, name, err)
					}
					continue
				}
				if e, ok := err.(*Error); !ok || e.Kind != NoData || e.PC != 3 || !strings.Contains(e.Msg, name) {
					t.Errorf("%s: %s: %v", s.name, name, err)
				}
			}
		}
	}
}

// TestRandomTranslation runs random programs.
func TestRandomTranslation(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	buf := make([]byte, 64)
	n, refused := 0, 0
	for n < battery.Size(80) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 30, Loops: n%4 == 3})
		if slices.ContainsFunc(prog, func(in bpf.RawInstruction) bool {
			return cbpf.TraitsOf(in.Op).Any(cbpf.LoadsPacket) && in.K >= cbpf.LinkBase
		}) {
			continue
		}
		n++
		var pkts [][]byte
		for range 6 {
			pkts = append(pkts, slices.Clone(randprog.Packet(r, buf)))
		}
		for i := range setups {
			err := setups[i].check(t, fmt.Sprint("program ", n), prog, orders[(n+i)%2], pkts)
			if e, ok := err.(*Error); ok && e.Kind == Loops && loops(prog) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d programs in %d setups, %d times refused for their loops", n, len(setups), refused)
}
