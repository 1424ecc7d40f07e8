package toebpf

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// graph prints a flow graph: of every node its number in the classic program, and those of the nodes that it leads to.
func graph(g *flow) string {
	var b strings.Builder
	for i := range g.nodes {
		n := &g.nodes[i]
		fmt.Fprintf(&b, "%d", n.pc)
		for _, s := range [2]int32{n.t, n.f} {
			if s != none {
				fmt.Fprintf(&b, ">%d", g.nodes[s].pc)
			}
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestFlow(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		loops            bool
	}{
		{"a line", "ldb [0]; add #1; ret a", "0>1 1>2 2", false},
		{"two ways", plainFilter, "0>1 1>2>3 3 2", false},
		{"jumps are no nodes", "ja a; a: ja b; b: ja c; c: ret #1", "3", false},
		{"both ways of a test are one", "ldb [0]; jeq #1, a, a; a: ret #1", "0>1 1>2 2", false},
		{"both ways lead over jumps to one", "ldb [0]; jeq #1, a, b; a: ja c; b: ja c; c: ret #1", "0>1 1>4 4", false},
		{"what is not reached has no node", "ja a; ldb [5]; a: ret #1; ret #2", "2", false},
		{"back, but not round", "ja a; b: ret #7; a: ldb [0]; jeq #0, y, n; y: ja b; n: ret #2", "2>3 3>1>5 5 1", false},
		{"a loop", "l: txa; add #1; tax; jeq #4, e, c; c: ja l; e: ret a", "0>1 1>2 2>3 3>5>0 5", true},
		{"jumps that lead round", "l: ja m; m: ja l; ret #1", "1", false},
	} {
		g := newFlow(classic(t, c.text))
		if got := graph(g); got != c.want || g.loops != c.loops {
			t.Errorf("%s: %s, loops %v; want %s", c.name, got, g.loops, c.want)
		}
		for i := range g.nodes {
			for _, s := range [2]int32{g.nodes[i].t, g.nodes[i].f} {
				if s != none && s <= int32(i) && !c.loops {
					t.Errorf("%s: node %d leads back to %d", c.name, i, s)
				}
			}
		}
	}
}

// TestNeeds looks at what is known at the start of programs of the bounds of the packet.
func TestNeeds(t *testing.T) {
	for _, c := range []struct {
		name, text           string
		packet, index, first uint32
	}{
		{"one load", "ldb [5]; ret #1", 6, 0, 5},
		{"several loads in a line", "ldb [5]; ldh [20]; ld [0]; ret #1", 22, 0, 0},
		{"the way that loads less decides", "ldh [12]; jeq #1, a, b; a: ld [40]; ret #1; b: ldb [20]; ret #1", 21, 0, 12},
		{"a way that rejects does not", "ldh [12]; jeq #1, a, b; a: ld [40]; ret #1; b: ret #0", 44, 0, 12},
		{"a way that accepts does", "ldh [12]; jeq #1, a, b; a: ld [40]; ret #1; b: ret #1", 14, 0, 12},
		{"nothing but rejections", "ldh [12]; jeq #1, a, b; a: ret #0; b: ret #0", rejects, rejects, 12},
		{"behind X, which is not below 0", "ldb [x + 3]; ldb [x + 9]; ret #1", 10, 10, rejects},
		{"behind X until it changes", "ldb [x + 3]; ldx #1; ldb [x + 9]; ret #1", 11, 4, rejects},
		{"behind a header", "ldx 4*([14]&0xf); ldh [x + 16]; ret #1", 18, 0, 14},
		{"behind a constant that is too much", "ldx #0xffffffff; ldh [x + 16]; ret #1", rejects, 0, rejects},
		{"behind a constant, or not at all", "ldb [0]; ldx #40; jeq #1, a, b; a: ldb [x + 3]; b: ret #1", 1, 0, 0},
		{"behind X on one of two ways", "ldb [0]; jeq #1, a, b; a: ldx #40; b: ldb [x + 3]; ret #1", 4, 0, 0},
		{"a division that may reject", "ldb [2]; div x; ld [8]; ret a", 12, 0, 2},
		{"a length that decides", "ld #len; jgt #100, a, b; a: ldb [50]; ret #1; b: ret #0", 51, 0, 50},
	} {
		d := newFlow(classic(t, c.text)).needs(maxOffset)
		if got := (need{d.packet[0], d.index[0], d.first[0], 0}); got != (need{c.packet, c.index, c.first, 0}) {
			t.Errorf("%s: %d bytes, %d behind X, from %d; want %d, %d, %d", c.name, got.packet, got.index, got.first, c.packet, c.index, c.first)
		}
	}
}

// TestByteOrder counts the instructions that turn bytes around, and the constants that were.
func TestByteOrder(t *testing.T) {
	for _, c := range []struct {
		name, text string
		swaps      int
		constants  []uint32 // of comparisons, in order
	}{
		{"equal", "ldh [0]; jeq #0x102, y, n; y: ret #1; n: ret #0", 0, []uint32{0x201}},
		{"a byte", "ldb [0]; jeq #0x12, y, n; y: ret #1; n: ret #0", 0, []uint32{0x12}},
		{"a word", "ld [0]; jeq #0x01020304, y, n; y: ret #1; n: ret #0", 0, []uint32{0x04030201}},
		{"bits", "ldh [0]; jset #0x1fff, y, n; y: ret #1; n: ret #0", 0, []uint32{0xff1f}},
		{"several comparisons", "ldh [0]; jeq #1, y, n; n: jeq #2, y, m; m: ret #0; y: ret #1", 0, []uint32{0x100, 0x200}},
		{"more than", "ldh [0]; jgt #0x102, y, n; y: ret #1; n: ret #0", 1, []uint32{0x102}},
		{"equal, then more than", "ldh [0]; jeq #1, y, n; n: jgt #2, y, m; m: ret #0; y: ret #1", 1, []uint32{1, 2}},
		{"returned", "ldh [0]; ret a", 1, []uint32{0}},
		{"stored", "ldh [0]; st M[0]; jeq #1, y, n; y: ld M[0]; jeq #2, z, n; z: ret #3; n: ret #0", 1, []uint32{1, 2}},
		{"added to", "ldh [0]; add #1; jeq #2, y, n; n: ret #0; y: ret #1", 1, []uint32{2}},
		{"two of one size meet", "ldb [9]; jeq #0, a, b; a: ldh [0]; ja c; b: ldh [2]; c: jeq #0x102, y, n; y: ret #1; n: ret #0", 0, []uint32{0, 0x201}},
		{"two sizes meet", "ldb [9]; jeq #0, a, b; a: ldh [0]; ja c; b: ld [2]; c: jeq #0x102, y, n; y: ret #1; n: ret #0", 2, []uint32{0, 0x102}},
		{"a byte and a half-word meet", "ldb [9]; jeq #0, a, b; a: ldh [0]; ja c; b: ldb [2]; c: jeq #0x102, y, n; y: ret #1; n: ret #0", 1, []uint32{0, 0x102}},
		{"compared with X", "ldx 4*([0]&0xf); ldh [0]; jeq x, y, n; y: ret #1; n: ret #0", 1, nil},
		{"a constant that no half-word has", "ldh [0]; jeq #0x10002, y, n; y: ret #1; n: ret #0", 1, []uint32{0x10002}},
	} {
		insns, err := Fragment(classic(t, c.text), FragmentOptions{PacketStart: asm.R1, PacketEnd: asm.R2, Result: asm.R0, ResultLabel: "out",
			Working: [4]asm.Register{asm.R3, asm.R4, asm.R5, asm.R6}, ByteOrder: binary.LittleEndian})
		if err != nil {
			t.Fatal(err)
		}
		swaps, constants := 0, []uint32(nil)
		for _, in := range insns {
			switch {
			case in.OpCode.Class().IsALU() && in.OpCode.ALUOp() == asm.Swap:
				swaps++
			case in.OpCode.Class().IsJump() && in.OpCode.Source() == asm.ImmSource && in.Dst == asm.R3 && in.OpCode.JumpOp() != asm.Ja:
				constants = append(constants, uint32(in.Constant))
			}
		}
		if swaps != c.swaps || !slices.Equal(constants, c.constants) {
			t.Errorf("%s: %d swaps, constants %#x; want %d, %#x\n%v", c.name, swaps, constants, c.swaps, c.constants, insns)
		}
	}
}

// TestLoops takes loops out of programs, and writes them out.
func TestLoops(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		outside, body int // nodes: outside of loops with what stands for them, in one round with its ends
		exits         int
		unrolled      int // nodes with three rounds
	}{
		{"one exit", "l: txa; add #1; tax; jeq #4, e, c; c: ja l; e: ret a", 4, 6, 1, 3*4 + 2},
		{"two exits", "l: ldb [x + 0]; jeq #6, e, c; c: jeq #9, f, g; g: txa; add #1; tax; ja l; e: ret #1; f: ret #2", 6, 9, 2, 3*6 + 3},
		{"entered in its middle", "ldx #0; ja in; top: txa; add #1; tax; in: ldb [x + 0]; jeq #5, e, c; c: ja top; e: ret #3", 5, 7, 1, 3*5 + 3},
		{"no exit", "l: txa; add #1; tax; ja l; ret #1", 2, 4, 0, 3*3 + 1},
	} {
		g := newFlow(classic(t, c.text))
		out, loops, err := g.extract()
		if err != nil || len(loops) != 1 {
			t.Fatalf("%s: %d loops, %v", c.name, len(loops), err)
		}
		if l := loops[0]; len(out.nodes) != c.outside || len(l.body.nodes) != c.body || len(l.exits) != c.exits || out.loops || l.body.loops {
			t.Errorf("%s: %d nodes outside, %d in a round, %d exits; want %d, %d, %d", c.name, len(out.nodes), len(l.body.nodes), len(l.exits), c.outside, c.body, c.exits)
		}
		if l := loops[0]; l.body.nodes[0].pc != out.nodes[len(out.nodes)-c.outside+index(out, opLoop)].pc {
			t.Errorf("%s: a round starts at %d", c.name, l.body.nodes[0].pc)
		}
		u, err := g.unroll(3)
		if err != nil || len(u.nodes) != c.unrolled || u.loops {
			t.Errorf("%s: %d nodes written out, loops %v, %v; want %d", c.name, len(u.nodes), u.loops, err, c.unrolled)
		}
	}
}

func index(g *flow, op uint16) int {
	return slices.IndexFunc(g.nodes, func(n node) bool { return n.op == op })
}

// TestRounds counts how often a loop goes round that is written out: the packet that needs one round more is rejected.
func TestRounds(t *testing.T) {
	prog := classic(t, "ldx #0; l: ldb [x + 0]; jeq #7, e, c; c: txa; add #1; tax; ja l; e: ret #1") // finds 7 in the round of its place
	for rounds := 1; rounds < 6; rounds++ {
		s := setup{ctx: xdpContext, make: ofHook(XDP, Options{Verdicts: asBits, Rounds: rounds})}
		insns, err := s.make(prog, orders[0])
		if err != nil {
			t.Fatal(err)
		}
		for at := range 6 {
			pkt := make([]byte, 6)
			pkt[at] = 7
			if got, err := s.call(insns, orders[0], pkt); err != nil || (got == 1) != (at < rounds) {
				t.Errorf("%d rounds, 7 at %d: %d, %v", rounds, at, got, err)
			}
		}
	}
}

// TestIslands makes a program so long that jumps do not reach its ends.
func TestIslands(t *testing.T) {
	var prog []bpf.RawInstruction
	const tests = 30000
	for i := range uint32(tests) { // each leads to the end that rejects; half of them divide, which takes more in the kernel
		prog = append(prog, bpf.RawInstruction{Op: cbpf.LdAbsB, K: i % 16}, bpf.RawInstruction{Op: cbpf.DivK, K: 1 + i%2}, bpf.RawInstruction{Op: cbpf.JeqK, K: 0xee, Jf: 1}, bpf.RawInstruction{Op: cbpf.RetK, K: i % 2})
	}
	prog = append(prog, bpf.RawInstruction{Op: cbpf.RetK, K: 3})
	for _, s := range setups {
		if s.name != "fragment" && s.name != "socket ld_abs" && s.name != "inject probe_read" && s.name != "tc linear" {
			continue
		}
		insns, err := s.make(prog, binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		at, size := map[string]int{}, 0
		place := make([]int, len(insns))
		for i, in := range insns {
			if in.Symbol() != "" {
				at[in.Symbol()] = size
			}
			place[i] = size
			size += width(in)
		}
		longest := 0
		for i, in := range insns {
			if in.Reference() != "" && in.OpCode.JumpOp() != asm.Call {
				longest = max(longest, at[in.Reference()]-place[i], place[i]-at[in.Reference()])
			}
		}
		if longest > reach+200 || longest < reach/2 {
			t.Errorf("%s: the longest jump is over %d", s.name, longest)
		}
		for _, pkt := range [][]byte{make([]byte, 16), slices.Repeat([]byte{0xee}, 16), append(make([]byte, 15), 0xee)} {
			want := uint64(3)
			if pkt[0] == 0xee {
				want = 0
			} else if pkt[15] == 0xee {
				want = 3 // divided by 2
			}
			if s.bits {
				want = min(want, 1)
			}
			if got, err := s.call(insns, binary.LittleEndian, pkt); err != nil || got != want {
				t.Errorf("%s: %d, %v for %x; want %d", s.name, got, err, pkt, want)
			}
		}
	}
}

// TestFragmentsSideBySide puts two fragments into one program, around scratch memory of the program's own.
func TestFragmentsSideBySide(t *testing.T) {
	o := FragmentOptions{PacketStart: asm.R7, PacketEnd: asm.R8, Result: asm.R9, Working: [4]asm.Register{asm.R1, asm.R2, asm.R3, asm.R4}, StackOffset: 12}
	o.ResultLabel, o.LabelPrefix = "second", "a"
	first, err := Fragment(classic(t, "ldb [0]; st M[5]; ldb [1]; ldx M[5]; jgt x, y, n; y: ret #1; n: ret #0"), o)
	if err != nil {
		t.Fatal(err)
	}
	o.ResultLabel, o.LabelPrefix, o.Result = "end", "b", asm.R1
	second, err := Fragment(classic(t, "ldh [0]; jeq #0x102, y, n; y: ret #2; n: ret #0"), o)
	if err != nil {
		t.Fatal(err)
	}
	insns := asm.Instructions{asm.Mov.Reg(asm.R7, asm.R4), asm.Mov.Reg(asm.R8, asm.R5),
		asm.StoreImm(asm.RFP, -4, 40, asm.Word), asm.StoreImm(asm.RFP, -8, 40, asm.Word), asm.StoreImm(asm.RFP, -12, 40, asm.Word)}
	insns = append(insns, first...)
	second[0] = second[0].WithSymbol("second")
	insns = append(insns, second...)
	insns = append(insns, asm.Add.Reg(asm.R9, asm.R1).WithSymbol("end"))
	for _, at := range []int16{-4, -8, -12} {
		insns = append(insns, asm.LoadMem(asm.R0, asm.RFP, at, asm.Word), asm.Add.Reg(asm.R9, asm.R0))
	}
	insns = append(insns, asm.Mov.Reg(asm.R0, asm.R9), asm.Return())
	s := setup{stub: true}
	var got []uint64
	for _, pkt := range [][]byte{{1, 2}, {2, 1}, {1, 3}, {1}, {}} {
		v, err := s.call(insns, binary.NativeEndian, pkt)
		if err != nil {
			t.Fatalf("%v\n%v", err, insns)
		}
		got = append(got, v-120)
	}
	if want := []uint64{3, 0, 1, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
}

// TestInjectTwice injects into a stub where a filter with a loop has been injected before, among names that are like those that
// come with it.
func TestInjectTwice(t *testing.T) {
	spec := stubbed(binary.LittleEndian)
	spec.Instructions = append(spec.Instructions[:4:4], asm.Mov.Imm(asm.R0, 0).WithSymbol("filter_1"), asm.Return())
	s := setup{stub: true}
	for _, c := range []struct {
		filter string
		pkt    []byte
		want   uint64
	}{
		{loopFilter, []byte{1, 2, 7}, 1}, {loopFilter, []byte{1, 2, 3}, 0}, {"ldb [0]; jeq #5, y, n; y: ret #1; n: ret #0", []byte{5}, 1}, {loopFilter, []byte{7}, 1},
		{"ldb [0]; jeq #5, y, n; y: ret #1; n: ret #0", []byte{6}, 0},
	} {
		if err := Inject(spec, "filter", classic(t, c.filter), InjectOptions{}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.call(spec.Instructions, binary.LittleEndian, c.pkt); err != nil || got != c.want {
			t.Errorf("%s: %d, %v; want %d\n%v", c.filter, got, err, c.want, spec.Instructions)
		}
	}
	for _, in := range spec.Instructions {
		if strings.Contains(in.Symbol(), "round") {
			t.Errorf("%s is left, which nothing calls", in.Symbol())
		}
	}
}
