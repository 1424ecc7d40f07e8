package plan

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"
)

type program = []bpf.RawInstruction

const (
	ld, ldh, ldb   = 0x20, 0x28, 0x30
	ldIndH, ldIndB = 0x48, 0x50
	msh, ldxImm    = 0xb1, 0x01
	jeq, jgt, jset = 0x15, 0x25, 0x45
	ja             = 0x05
	retK, retA     = 0x06, 0x16
	st, stx, ldMem = 0x02, 0x03, 0x60
	add, tax, txa  = 0x04, 0x07, 0x87
	accept         = 1
)

// Where checks go, and how far they reach.
func TestChecks(t *testing.T) {
	type check struct{ all, beyondX uint64 }
	for _, c := range []struct {
		name string
		prog program
		want map[int]check // the checks there are, by instruction
	}{
		{"a later load that all accepted packets need widens the first check",
			program{{Op: ldh, K: 12}, {Op: jeq, K: 5, Jf: 2}, {Op: ldb, K: 40}, {Op: jeq, K: 5, Jt: 1}, {Op: retK}, {Op: retK, K: accept}},
			map[int]check{0: {all: 41}}},
		{"a load that some accepted packet does not need does not",
			program{{Op: ldh, K: 12}, {Op: jeq, K: 5, Jf: 2}, {Op: ldb, K: 40}, {Op: jeq, K: 5, Jt: 1}, {Op: retK, K: 2}, {Op: retK, K: accept}},
			map[int]check{0: {all: 14}, 2: {all: 41}}},
		{"the lesser of two branches counts",
			program{{Op: ldb}, {Op: jeq, Jf: 2}, {Op: ldb, K: 9}, {Op: retA}, {Op: ldb, K: 19}, {Op: retA}},
			map[int]check{0: {all: 10}, 4: {all: 20}}},
		{"an earlier check that reaches far enough",
			program{{Op: ld, K: 20}, {Op: jeq, Jf: 1}, {Op: ldb, K: 23}, {Op: ldb, K: 22}, {Op: retA}},
			map[int]check{0: {all: 24}}},
		{"paths that know different lengths",
			program{{Op: ldb}, {Op: jeq, Jf: 2}, {Op: ldb, K: 9}, {Op: jgt, K: 3, Jt: 1}, {Op: ldb, K: 5}, {Op: retA}},
			map[int]check{0: {all: 6}, 2: {all: 10}}},
		{"two loads beyond the same X",
			program{{Op: msh}, {Op: ldIndH, K: 0}, {Op: jeq, Jf: 1}, {Op: ldIndH, K: 2}, {Op: jeq, Jf: 1}, {Op: retK, K: accept}, {Op: retK}},
			map[int]check{0: {all: 2}, 1: {beyondX: 2}, 3: {beyondX: 4}}},
		{"both needed",
			program{{Op: msh}, {Op: ldIndH, K: 0}, {Op: st}, {Op: ldIndH, K: 2}, {Op: retA}},
			map[int]check{0: {all: 4}, 1: {beyondX: 4}}},
		{"X changes in between",
			program{{Op: msh}, {Op: ldIndB, K: 4}, {Op: tax}, {Op: ldIndB, K: 4}, {Op: retA}},
			map[int]check{0: {all: 5}, 1: {beyondX: 5}, 3: {beyondX: 5}}},
		{"X is at most 60 after a header length",
			program{{Op: ldb, K: 99}, {Op: msh, K: 2}, {Op: ldIndB, K: 39}, {Op: retA}},
			map[int]check{0: {all: 100}}},
		{"and one more is not known",
			program{{Op: ldb, K: 99}, {Op: msh, K: 2}, {Op: ldIndB, K: 40}, {Op: retA}},
			map[int]check{0: {all: 100}, 2: {beyondX: 41}}},
		{"X is a constant",
			program{{Op: ldb, K: 9}, {Op: ldxImm, K: 4}, {Op: ldIndB, K: 5}, {Op: ldIndB, K: 6}, {Op: retA}},
			map[int]check{0: {all: 10}, 3: {beyondX: 7}}},
		{"what follows a jump back is known by the others",
			program{{Op: ldb, K: 9}, {Op: ldb, K: 3}, {Op: jeq, Jf: 1}, {Op: ja, K: 0xfffffffd}, {Op: ldb, K: 9}, {Op: retA}},
			map[int]check{0: {all: 10}}},
		{"offsets do not wrap",
			program{{Op: ld, K: 0xffffeffe}, {Op: retA}},
			map[int]check{0: {all: 0xfffff002}}},
	} {
		p := New(c.prog)
		for pc, in := range p.Insns {
			if got := (check{in.Check, in.CheckX}); got != c.want[pc] {
				t.Errorf("%s: instruction %d has %v, want %v", c.name, pc, got, c.want[pc])
			}
		}
	}
}

func TestAlwaysRejects(t *testing.T) {
	for name, prog := range map[string]program{
		"ret 0":             {{Op: retK}},
		"ancillary":         {{Op: ldb, K: 0xfffff000}, {Op: retK, K: accept}},
		"after a load":      {{Op: ldb}, {Op: retK}},
		"on all paths":      {{Op: jeq, Jf: 1}, {Op: retK}, {Op: ldb, K: 0xfffff004}, {Op: retA}},
		"through X as well": {{Op: tax}, {Op: ldIndB}, {Op: retK}},
	} {
		if p := New(prog); p.Insns[0].Class != Reject {
			t.Errorf("%s: the first instruction is %d", name, p.Insns[0].Class)
		}
	}
	if p := New(program{{Op: ldb, K: 0xfffff000}, {Op: retK, K: accept}}); !p.Ancillary {
		t.Error("the program has an ancillary load")
	}
}

func TestByteOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		prog program
		raw  []int // the instructions that work on the packet's byte order
		k    map[int]uint32
	}{
		{"tests for equality", program{{Op: ldh}, {Op: jeq, K: 0x800, Jf: 1}, {Op: jset, K: 0x1fff}, {Op: ldb, K: 5}, {Op: retA}},
			[]int{0, 1, 2}, map[int]uint32{1: 0x0008, 2: 0xff1f}},
		{"32 bits", program{{Op: ld}, {Op: jeq, K: 0x01020304}, {Op: retK, K: accept}}, []int{0, 1}, map[int]uint32{1: 0x04030201}},
		{"a constant that no value equals", program{{Op: ldh}, {Op: jeq, K: 0x10800}, {Op: retK, K: accept}}, []int{0, 1}, map[int]uint32{1: 0x10008}},
		{"one byte has no order", program{{Op: ldb}, {Op: jeq, K: 5}, {Op: retK, K: accept}}, nil, nil},
		{"an order comparison", program{{Op: ldh}, {Op: jeq, K: 5}, {Op: jgt, K: 5}, {Op: retK, K: accept}}, nil, nil},
		{"arithmetic", program{{Op: ldh}, {Op: add, K: 5}, {Op: jeq, K: 5}, {Op: retK, K: accept}}, nil, nil},
		{"returned", program{{Op: ldh}, {Op: jeq, K: 5}, {Op: retA}}, nil, nil},
		{"copied", program{{Op: ldh}, {Op: tax}, {Op: jeq, K: 5}, {Op: retK, K: accept}}, nil, nil},
		{"two sizes meet", program{{Op: ldb}, {Op: jeq, K: 1, Jf: 1}, {Op: ldh, K: 4}, {Op: jeq, K: 5}, {Op: retK, K: accept}}, nil, nil},
		{"two loads of one size meet", program{{Op: ldh}, {Op: jeq, K: 1, Jf: 1}, {Op: ldh, K: 4}, {Op: jeq, K: 5}, {Op: retK, K: accept}},
			[]int{0, 1, 2, 3}, nil},
		{"0 from the start meets a load", program{{Op: msh}, {Op: jset, K: 1, Jf: 1}, {Op: ldh, K: 4}, {Op: jeq, K: 5}, {Op: retK, K: accept}},
			[]int{1, 2, 3}, nil},
		{"dead values do not meet", program{{Op: ldb}, {Op: jeq, K: 1, Jf: 1}, {Op: ldh, K: 2}, {Op: ldh, K: 4}, {Op: jeq, K: 5}, {Op: retK, K: accept}},
			[]int{2, 3, 4}, nil},
	} {
		p := New(c.prog)
		want := make(map[int]bool)
		for _, pc := range c.raw {
			want[pc] = true
		}
		for pc, in := range p.Insns {
			if in.Emit && in.Raw != want[pc] && !in.Unused {
				t.Errorf("%s: instruction %d: raw is %v", c.name, pc, in.Raw)
			}
			if k, ok := c.k[pc]; ok && in.K != k {
				t.Errorf("%s: instruction %d: constant is %#x, want %#x", c.name, pc, in.K, k)
			}
		}
	}
}

func TestSwapped(t *testing.T) {
	for _, c := range []struct {
		k    uint32
		size uint8
		want uint32
	}{{0x1234, 2, 0x3412}, {0xabcd1234, 2, 0xabcd3412}, {0x12345678, 4, 0x78563412}} {
		if got := swapped(c.k, c.size); got != c.want {
			t.Errorf("%#x, %d: got %#x, want %#x", c.k, c.size, got, c.want)
		}
	}
}

func TestZeroing(t *testing.T) {
	for _, c := range []struct {
		name string
		prog program
		a, x bool
		mem  uint16
	}{
		{"nothing", program{{Op: ldb}, {Op: tax}, {Op: st, K: 3}, {Op: ldMem, K: 3}, {Op: retA}}, false, false, 0},
		{"A", program{{Op: retA}}, true, false, 0},
		{"X", program{{Op: txa}, {Op: retA}}, false, true, 0},
		{"a word", program{{Op: ldMem, K: 3}, {Op: retA}}, false, false, 1 << 3},
		{"a word on one path", program{{Op: ldb}, {Op: jeq, Jf: 1}, {Op: st, K: 3}, {Op: ldMem, K: 3}, {Op: retA}}, false, false, 1 << 3},
		{"before a jump back", program{{Op: ldb}, {Op: stx, K: 2}, {Op: jeq, Jf: 1}, {Op: ja, K: 0xfffffffd}, {Op: ldMem, K: 1}, {Op: retA}},
			false, true, 1 << 1},
	} {
		p := New(c.prog)
		if p.ZeroA != c.a || p.ZeroX != c.x || p.ZeroMem != c.mem {
			t.Errorf("%s: %v, %v, %#x", c.name, p.ZeroA, p.ZeroX, p.ZeroMem)
		}
	}
}

func TestUnreachable(t *testing.T) {
	p := New(program{{Op: ja, K: 1}, {Op: ldb}, {Op: ja, K: 1}, {Op: retA}, {Op: retK, K: accept}})
	for pc, want := range []bool{true, false, false, false, true} {
		if p.Insns[pc].Emit != want {
			t.Errorf("instruction %d: %v", pc, p.Insns[pc].Emit)
		}
	}
	if p.Reads {
		t.Error("a load that is not reached is not a load")
	}
	if p.Insns[0].T != 4 {
		t.Errorf("a jump to a jump goes to %d", p.Insns[0].T)
	}
}

// What New promises for any program: checks that are not already known, never
// less than the load, and successors that code is written for.
func TestInvariants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range battery.Size(3000) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 50, Loops: true})
		p := New(prog)
		for pc, in := range p.Insns {
			if !in.Emit {
				continue
			}
			if !in.ends() && (!p.Insns[in.T].Emit || !p.Insns[in.F].Emit) {
				t.Fatalf("%v: instruction %d goes to code that is not written", prog, pc)
			}
			if in.Check != 0 && in.Check < in.end() || in.CheckX != 0 && in.CheckX < in.end() {
				t.Fatalf("%v: instruction %d is checked for too little", prog, pc)
			}
			if (in.Check|in.CheckX) != 0 && !in.readsPacket() || in.Check != 0 && in.CheckX != 0 {
				t.Fatalf("%v: instruction %d has checks %d, %d", prog, pc, in.Check, in.CheckX)
			}
			if in.Raw && bits.OnesCount8(in.Size) != 1 {
				t.Fatalf("%v: instruction %d has size %d", prog, pc, in.Size)
			}
		}
	}
}

// Where the program jumps back there is no way on, and nothing is promised.
func TestHandsOver(t *testing.T) {
	p := New(program{{Op: ldb}, {Op: jeq, K: 5, Jf: 1}, {Op: ja, K: 0xfffffffd}, {Op: ldb, K: 9}, {Op: retA}})
	if in := p.Insns[2]; in.Class != HandOver || !in.Emit || !p.HandsOver {
		t.Errorf("the jump back has class %d", in.Class)
	}
	if p.Insns[0].Check != 1 || p.Insns[3].Check != 10 {
		t.Errorf("checks of %d and %d bytes", p.Insns[0].Check, p.Insns[3].Check)
	}
	if p := New(program{{Op: ja, K: 1}, {Op: ja, K: 0xfffffffe}, {Op: retK, K: accept}}); p.HandsOver {
		t.Error("a jump back that is not reached is none")
	}
}
