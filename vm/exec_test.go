package vm

import (
	"math/rand/v2"
	"sync"
	"testing"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

var testPacket = []byte{0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, 0x98, 0xa9}

const testWireLen = 1500

// run runs prog with A = a and X = x at the start, by both ways there are here.
func run(t *testing.T, prog program, a, x uint32, pkt []byte) uint32 {
	t.Helper()
	p := append(program{{Op: cbpf.LdImm, K: a}, {Op: cbpf.LdxImm, K: x}}, prog...)
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Run(pkt, testWireLen)
	if counted, _ := m.RunCount(pkt, testWireLen); counted != got {
		t.Errorf("%v: Run gives %d, RunCount %d", prog, got, counted)
	}
	return got
}

func TestOneInstruction(t *testing.T) {
	const big = 0xfffffff0
	for _, c := range []struct {
		name string
		in   bpf.RawInstruction
		a, x uint32
		want uint32 // of A afterwards; of X for ldx and tax
		ends bool   // the program ends with 0 there
	}{
		{"ld #k", bpf.RawInstruction{Op: cbpf.LdImm, K: big}, 1, 2, big, false},
		{"ld [4]", bpf.RawInstruction{Op: cbpf.LdAbsW, K: 4}, 1, 2, 0x54657687, false},
		{"ld [6]", bpf.RawInstruction{Op: cbpf.LdAbsW, K: 6}, 1, 2, 0x768798a9, false},
		{"ld [7]", bpf.RawInstruction{Op: cbpf.LdAbsW, K: 7}, 1, 2, 0, true},
		{"ldh [8]", bpf.RawInstruction{Op: cbpf.LdAbsH, K: 8}, 1, 2, 0x98a9, false},
		{"ldh [9]", bpf.RawInstruction{Op: cbpf.LdAbsH, K: 9}, 1, 2, 0, true},
		{"ldb [9]", bpf.RawInstruction{Op: cbpf.LdAbsB, K: 9}, 1, 2, 0xa9, false},
		{"ldb [10]", bpf.RawInstruction{Op: cbpf.LdAbsB, K: 10}, 1, 2, 0, true},
		{"ld [-1]", bpf.RawInstruction{Op: cbpf.LdAbsW, K: 0xffffffff}, 1, 2, 0, true},
		{"ldb proto", bpf.RawInstruction{Op: cbpf.LdAbsB, K: cbpf.AncProtocol}, 1, 2, 0, true},
		{"ld [x + 4]", bpf.RawInstruction{Op: cbpf.LdIndW, K: 4}, 1, 2, 0x768798a9, false},
		{"ld [x + 5]", bpf.RawInstruction{Op: cbpf.LdIndW, K: 5}, 1, 2, 0, true},
		{"ldh [x + 6]", bpf.RawInstruction{Op: cbpf.LdIndH, K: 6}, 1, 2, 0x98a9, false},
		{"ldh [x + 7]", bpf.RawInstruction{Op: cbpf.LdIndH, K: 7}, 1, 2, 0, true},
		{"ldb [x + 7]", bpf.RawInstruction{Op: cbpf.LdIndB, K: 7}, 1, 2, 0xa9, false},
		{"ldb [x + 8]", bpf.RawInstruction{Op: cbpf.LdIndB, K: 8}, 1, 2, 0, true},
		{"ldb [x + 0], x far", bpf.RawInstruction{Op: cbpf.LdIndB}, 1, 0x80000000, 0, true},
		{"ldb [x - 1]", bpf.RawInstruction{Op: cbpf.LdIndB, K: 0xffffffff}, 1, 2, 0, true},
		{"ldh [x - 2]", bpf.RawInstruction{Op: cbpf.LdIndH, K: 0xfffffffe}, 1, 2, 0, true},
		{"ld len", bpf.RawInstruction{Op: cbpf.LdLen}, 1, 2, testWireLen, false},
		{"ld M[3]", bpf.RawInstruction{Op: cbpf.LdMem, K: 3}, 1, 2, 0, false},
		{"ldx #k", bpf.RawInstruction{Op: cbpf.LdxImm, K: big}, 1, 2, big, false},
		{"ldx len", bpf.RawInstruction{Op: cbpf.LdxLen}, 1, 2, testWireLen, false},
		{"ldx M[3]", bpf.RawInstruction{Op: cbpf.LdxMem, K: 3}, 1, 2, 0, false},
		{"ldx msh", bpf.RawInstruction{Op: cbpf.LdxMsh, K: 7}, 1, 2, 28, false},
		{"ldx msh [10]", bpf.RawInstruction{Op: cbpf.LdxMsh, K: 10}, 1, 2, 0, true},
		{"add", bpf.RawInstruction{Op: cbpf.AddK, K: 3}, 0xffffffff, 2, 2, false},
		{"sub", bpf.RawInstruction{Op: cbpf.SubK, K: 3}, 1, 2, 0xfffffffe, false},
		{"mul", bpf.RawInstruction{Op: cbpf.MulK, K: 0x10001}, 0x10001, 2, 0x20001, false},
		{"div", bpf.RawInstruction{Op: cbpf.DivK, K: 3}, 0xffffffff, 2, 0x55555555, false},
		{"mod", bpf.RawInstruction{Op: cbpf.ModK, K: 7}, 0xffffffff, 2, 3, false},
		{"and", bpf.RawInstruction{Op: cbpf.AndK, K: 0x0ff0}, 0x1234, 2, 0x0230, false},
		{"or", bpf.RawInstruction{Op: cbpf.OrK, K: 0x0ff0}, 0x1234, 2, 0x1ff4, false},
		{"xor", bpf.RawInstruction{Op: cbpf.XorK, K: 0x0ff0}, 0x1234, 2, 0x1dc4, false},
		{"lsh", bpf.RawInstruction{Op: cbpf.LshK, K: 31}, 3, 2, 0x80000000, false},
		{"rsh", bpf.RawInstruction{Op: cbpf.RshK, K: 31}, 0xc0000000, 2, 1, false},
		{"neg", bpf.RawInstruction{Op: cbpf.NegA, K: 9}, 1, 2, 0xffffffff, false},
		{"neg min", bpf.RawInstruction{Op: cbpf.NegA}, 0x80000000, 2, 0x80000000, false},
		{"add x", bpf.RawInstruction{Op: cbpf.AddX}, 0xffffffff, 2, 1, false},
		{"sub x", bpf.RawInstruction{Op: cbpf.SubX}, 1, 2, 0xffffffff, false},
		{"mul x", bpf.RawInstruction{Op: cbpf.MulX}, 0x80000001, 2, 2, false},
		{"div x", bpf.RawInstruction{Op: cbpf.DivX}, 0xffffffff, 2, 0x7fffffff, false},
		{"div by x 0", bpf.RawInstruction{Op: cbpf.DivX}, 5, 0, 0, true},
		{"mod x", bpf.RawInstruction{Op: cbpf.ModX}, 0xffffffff, 2, 1, false},
		{"mod by x 0", bpf.RawInstruction{Op: cbpf.ModX}, 5, 0, 0, true},
		{"and x", bpf.RawInstruction{Op: cbpf.AndX}, 7, 2, 2, false},
		{"or x", bpf.RawInstruction{Op: cbpf.OrX}, 5, 2, 7, false},
		{"xor x", bpf.RawInstruction{Op: cbpf.XorX}, 7, 2, 5, false},
		{"lsh x", bpf.RawInstruction{Op: cbpf.LshX}, 7, 31, 0x80000000, false},
		{"lsh x 32", bpf.RawInstruction{Op: cbpf.LshX}, 7, 32, 0, false},
		{"lsh x 256", bpf.RawInstruction{Op: cbpf.LshX}, 7, 256, 0, false},
		{"rsh x", bpf.RawInstruction{Op: cbpf.RshX}, 0x80000000, 31, 1, false},
		{"rsh x 32", bpf.RawInstruction{Op: cbpf.RshX}, 0x80000000, 32, 0, false},
		{"rsh x max", bpf.RawInstruction{Op: cbpf.RshX}, 0x80000000, 0xffffffff, 0, false},
		{"tax", bpf.RawInstruction{Op: cbpf.Tax}, 5, 2, 5, false},
		{"txa", bpf.RawInstruction{Op: cbpf.Txa}, 5, 2, 2, false},
	} {
		ret := bpf.RawInstruction{Op: cbpf.RetA}
		if c.in.Op&7 == 1 || c.in.Op == cbpf.Tax {
			ret.Op = cbpf.RetX
		}
		if got := run(t, program{c.in, ret}, c.a, c.x, testPacket); got != c.want {
			t.Errorf("%s: got %#x, want %#x", c.name, got, c.want)
		}
		got := run(t, program{c.in, {Op: cbpf.RetK, K: 99}}, c.a, c.x, testPacket)
		if ended := got != 99; ended != c.ends {
			t.Errorf("%s: ended %v, want %v", c.name, ended, c.ends)
		}
	}
}

func TestJumps(t *testing.T) {
	for _, c := range []struct {
		name string
		op   uint16
		k    uint32
		a, x uint32
		want bool
	}{
		{"jeq", cbpf.JeqK, 5, 5, 0, true}, {"jeq not", cbpf.JeqK, 5, 6, 0, false},
		{"jgt", cbpf.JgtK, 5, 6, 0, true}, {"jgt equal", cbpf.JgtK, 5, 5, 0, false}, {"jgt unsigned", cbpf.JgtK, 5, 0xffffffff, 0, true},
		{"jgt max", cbpf.JgtK, 0xffffffff, 0xffffffff, 0, false}, {"jgt max-1", cbpf.JgtK, 0xfffffffe, 0xffffffff, 0, true},
		{"jge", cbpf.JgeK, 5, 5, 0, true}, {"jge less", cbpf.JgeK, 5, 4, 0, false}, {"jge 0", cbpf.JgeK, 0, 0, 0, true},
		{"jge max", cbpf.JgeK, 0xffffffff, 0xfffffffe, 0, false},
		{"jset", cbpf.JsetK, 6, 2, 0, true}, {"jset not", cbpf.JsetK, 6, 9, 0, false}, {"jset 0", cbpf.JsetK, 0, 0xffffffff, 0, false},
		{"jeq x", cbpf.JeqX, 0, 5, 5, true}, {"jeq x not", cbpf.JeqX, 5, 5, 6, false},
		{"jgt x", cbpf.JgtX, 0, 6, 5, true}, {"jgt x not", cbpf.JgtX, 0, 5, 5, false},
		{"jge x", cbpf.JgeX, 0, 5, 5, true}, {"jge x not", cbpf.JgeX, 0, 5, 6, false},
		{"jset x", cbpf.JsetX, 0, 3, 2, true}, {"jset x not", cbpf.JsetX, 0, 3, 4, false},
	} {
		prog := program{{Op: c.op, K: c.k, Jt: 1, Jf: 2}, {Op: cbpf.RetK, K: 9}, {Op: cbpf.RetK, K: 1}, {Op: cbpf.RetK, K: 2}}
		want := uint32(2)
		if c.want {
			want = 1
		}
		if got := run(t, prog, c.a, c.x, testPacket); got != want {
			t.Errorf("%s: got %d, want %d", c.name, got, want)
		}
	}
}

// A conditional jump on a loaded value must leave that value in A.
func TestLoadCompareKeepsA(t *testing.T) {
	for _, load := range []uint16{cbpf.LdAbsW, cbpf.LdAbsH, cbpf.LdAbsB, cbpf.LdIndW, cbpf.LdIndH, cbpf.LdIndB} {
		plainRun := run(t, program{{Op: load, K: 1}, {Op: cbpf.RetA}}, 0, 2, testPacket)
		for _, jump := range []uint16{cbpf.JeqK, cbpf.JgtK, cbpf.JgeK, cbpf.JsetK} {
			for _, k := range []uint32{0, 1, plainRun - 1, plainRun, plainRun + 1, 0xffffffff} {
				taken := run(t, program{{Op: load, K: 1}, {Op: jump, K: k, Jt: 1}, {Op: cbpf.RetK, K: 1}, {Op: cbpf.RetK, K: 2}}, 0, 2, testPacket)
				alone := run(t, program{{Op: jump, K: k, Jt: 1}, {Op: cbpf.RetK, K: 1}, {Op: cbpf.RetK, K: 2}}, plainRun, 2, testPacket)
				if taken != alone {
					t.Errorf("load %#x, jump %#x %#x: got %d, want %d", load, jump, k, taken, alone)
				}
				if got := run(t, program{{Op: load, K: 1}, {Op: jump, K: k}, {Op: cbpf.RetA}}, 0, 2, testPacket); got != plainRun {
					t.Errorf("load %#x, jump %#x: A is %#x, want %#x", load, jump, got, plainRun)
				}
			}
		}
	}
}

func TestScratchIsZeroedAndKept(t *testing.T) {
	m, err := New(program{
		{Op: cbpf.LdMem, K: 4}, {Op: cbpf.JeqK, K: 0, Jf: 4},
		{Op: cbpf.LdImm, K: 7}, {Op: cbpf.St, K: 4}, {Op: cbpf.LdxMem, K: 4}, {Op: cbpf.RetX}, {Op: cbpf.RetK, K: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := m.Run(nil, 0); got != 7 {
			t.Errorf("got %d, want 7", got)
		}
	}
}

// countdown loops n times and returns n.
func countdown(n uint32) program {
	return program{
		{Op: cbpf.LdImm, K: n},
		{Op: cbpf.JeqK, K: 0, Jt: 5},
		{Op: cbpf.SubK, K: 1}, {Op: cbpf.Tax}, {Op: cbpf.Txa}, {Op: cbpf.Ja, K: 0},
		{Op: cbpf.Ja, K: 0xfffffffa}, // to the test
		{Op: cbpf.RetK, K: 1},
	}
}

func TestRunCount(t *testing.T) {
	m, err := New(program{{Op: cbpf.LdAbsB}, {Op: cbpf.JeqK, K: 1, Jt: 1}, {Op: cbpf.Ja, K: 1}, ret0, {Op: cbpf.RetK, K: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pkt      []byte
		verdict  uint32
		executed int
	}{{nil, 0, 1}, {[]byte{1}, 0, 3}, {[]byte{2}, 3, 4}} {
		if v, n := m.RunCount(c.pkt, 0); v != c.verdict || n != c.executed {
			t.Errorf("%v: got %d after %d, want %d after %d", c.pkt, v, n, c.verdict, c.executed)
		}
	}
}

func TestBatches(t *testing.T) {
	m, err := New(program{{Op: cbpf.LdAbsB, K: 1}, {Op: cbpf.LdxLen}, {Op: cbpf.AddX}, {Op: cbpf.RetA}})
	if err != nil {
		t.Fatal(err)
	}
	buf := []byte{9, 9, 1, 2, 3, 4, 5}
	verdicts := make([]uint32, 4)
	m.MatchBatch([][]byte{buf[2:4], buf[4:7], buf[2:3]}, []uint32{10, 20, 30}, verdicts)
	if want := [4]uint32{12, 24, 0, 0}; [4]uint32(verdicts) != want {
		t.Errorf("MatchBatch: %v", verdicts)
	}
	m.MatchBuffer(buf, []Span{{2, 2, 10}, {4, 3, 20}, {2, 1, 30}, {5, 2, 0}}, verdicts)
	if want := [4]uint32{12, 24, 0, 5}; [4]uint32(verdicts) != want {
		t.Errorf("MatchBuffer: %v", verdicts)
	}
	for name, f := range map[string]func(){
		"short verdicts":  func() { m.MatchBatch(make([][]byte, 2), make([]uint32, 2), verdicts[:1:1]) },
		"short wire lens": func() { m.MatchBatch(make([][]byte, 2), make([]uint32, 1), verdicts) },
		"span outside":    func() { m.MatchBuffer(buf, []Span{{6, 2, 0}}, verdicts) },
		"span far out":    func() { m.MatchBuffer(buf, []Span{{0xffffffff, 0xffffffff, 0}}, verdicts) },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

// The fast run, the counting one and, where its semantics are the same,
// golang.org/x/net/bpf's machine agree on random programs and packets.
func TestRandomPrograms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 64)
	for _, cfg := range []randprog.Config{{MaxLen: 40, Loops: true}, {MaxLen: 12, XNet: true}, {MaxLen: 300, Kernel: true}} {
		for range battery.Size(4000) {
			prog := randprog.Program(r, cfg)
			mode := ModeUserland
			if cfg.Kernel {
				mode = ModeKernel
			}
			m, err := New(prog, WithMode(mode))
			if err != nil {
				t.Fatalf("%v: %v", prog, err)
			}
			var theirs *bpf.VM
			if cfg.XNet {
				theirs = xnet(t, prog)
			}
			for range 20 {
				pkt := randprog.Packet(r, buf)
				wireLen := uint32(len(pkt) + r.IntN(3)*100)
				got := m.Run(pkt, wireLen)
				if want, _ := m.RunCount(pkt, wireLen); got != want {
					t.Fatalf("%v on %x, %d: Run gives %d, RunCount %d", prog, pkt, wireLen, got, want)
				}
				if theirs == nil {
					continue
				}
				if want, err := theirs.Run(pkt); err != nil || got != uint32(want) {
					t.Fatalf("%v on %x: got %d, x/net/bpf %d, %v", prog, pkt, got, want, err)
				}
			}
		}
	}
}

func xnet(t *testing.T, prog program) *bpf.VM {
	t.Helper()
	ins, all := bpf.Disassemble(prog)
	if !all {
		t.Fatalf("x/net/bpf does not know all of %v", prog)
	}
	m, err := bpf.NewVM(ins)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNoAllocation(t *testing.T) {
	m, err := New(program{{Op: cbpf.LdAbsB, K: 1}, {Op: cbpf.St, K: 1}, {Op: cbpf.LdAbsW, K: cbpf.AncRandom}, {Op: cbpf.LdMem, K: 1}, {Op: cbpf.RetA}})
	if err != nil {
		t.Fatal(err)
	}
	meta := &Metadata{}
	if n := testing.AllocsPerRun(100, func() { m.Run(testPacket, 10); m.RunMeta(testPacket, 10, meta) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func TestConcurrentRuns(t *testing.T) {
	m, err := New(program{{Op: cbpf.LdAbsB}, {Op: cbpf.St, K: 1}, {Op: cbpf.LdImm}, {Op: cbpf.LdMem, K: 1}, {Op: cbpf.RetA}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 1000 {
				if got := m.Run([]byte{byte(i)}, 1); got != uint32(i) {
					t.Errorf("got %d, want %d", got, i)
					return
				}
			}
		})
	}
	wg.Wait()
}
