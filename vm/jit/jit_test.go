package jit

import (
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"
	"bpfc/vm"

	"golang.org/x/net/bpf"
)

type program = []bpf.RawInstruction

// needNative skips the test where there is no native code, or fails it where
// every test has to run.
func needNative(t testing.TB) {
	t.Helper()
	m, err := New(program{{Op: 0x06}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Engine() == "jit" {
		return
	}
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but %v", m.Fallback())
	}
	t.Skipf("SKIPPED: %v", m.Fallback())
}

func mustNew(t testing.TB, prog program, opts ...Option) *Matcher {
	t.Helper()
	m, err := New(prog, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// pairs is how many pairs of a random program and a random packet the differential
// test tries, and on how many packets each program runs. BPFC_JIT_PAIRS asks for a
// longer run.
func pairs(t *testing.T) (total, perProgram int) {
	s := os.Getenv("BPFC_JIT_PAIRS")
	if s == "" {
		return battery.Size(200_000), 20
	}
	total, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("BPFC_JIT_PAIRS: %v", err)
	}
	return total, 1000
}

// sample is a packet that is run on.
type sample struct {
	pkt     []byte
	wireLen uint32
}

func samples(r *rand.Rand, n int) []sample {
	s := make([]sample, n)
	for i := range s {
		pkt := randprog.Packet(r, make([]byte, 64))
		s[i] = sample{pkt, uint32(len(pkt) + r.IntN(3)*100)}
	}
	return s
}

// Random programs on random packets, native code against the interpreter, in all three
// forms of the code. Every packet that comes alone ends where memory ends.
func TestAgainstInterpreter(t *testing.T) {
	needNative(t)
	total, perProgram := pairs(t)
	r := rand.New(rand.NewPCG(11, uint64(total)))
	buf := guarded(t, 64)
	var pool []sample
	for i := range total / perProgram {
		if i%100 == 0 {
			pool = samples(r, 4*perProgram)
		}
		m := mustNewFree(t, randprog.Program(r, randprog.Config{MaxLen: 1 + r.IntN(60), Loops: r.IntN(3) == 0}))
		var b batch
		for range perProgram {
			s := pool[r.IntN(len(pool))]
			pkt := buf[len(buf)-len(s.pkt):]
			copy(pkt, s.pkt)
			got, want := m.Match(pkt, s.wireLen), m.vm.Match(pkt, s.wireLen)
			if got != want {
				t.Fatalf("%v on %x, %d: got %d, the interpreter says %d", m.vm.Program(), pkt, s.wireLen, got, want)
			}
			b.add(s.pkt, s.wireLen, want)
		}
		b.check(t, m)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pairs", total)
}

// batch is packets for the forms of the code that take many, and the verdicts on them.
type batch struct {
	buf            []byte
	spans          []vm.Span
	pkts           [][]byte
	wireLens, want []uint32
}

func (b *batch) add(pkt []byte, wireLen, want uint32) {
	b.spans = append(b.spans, vm.Span{Off: uint32(len(b.buf)), CapLen: uint32(len(pkt)), WireLen: wireLen})
	b.buf = append(b.buf, pkt...)
	b.pkts, b.wireLens, b.want = append(b.pkts, pkt), append(b.wireLens, wireLen), append(b.want, want)
}

// check runs both forms, which must not write behind the last verdict.
func (b *batch) check(t *testing.T, m *Matcher) {
	t.Helper()
	got, want := make([]uint32, len(b.want)+1), append(b.want, 12345)
	for name, run := range map[string]func(){
		"MatchBatch":  func() { m.MatchBatch(b.pkts, b.wireLens, got) },
		"MatchBuffer": func() { m.MatchBuffer(b.buf, b.spans, got) },
	} {
		clear(got)
		got[len(b.want)] = 12345
		run()
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: %v: verdict %d of %d is %d, not %d", name, m.vm.Program(), i, len(b.want), got[i], want[i])
			}
		}
	}
}

func mustNewFree(t *testing.T, prog program) *Matcher {
	t.Helper()
	m, err := New(prog)
	if err != nil {
		t.Fatal(err)
	}
	if m.Engine() != "jit" {
		t.Fatalf("no native code for %v: %v", prog, m.Fallback())
	}
	return m
}

// Every length from 0, so that each check is met at its edge.
func TestEveryLength(t *testing.T) {
	needNative(t)
	r := rand.New(rand.NewPCG(12, 13))
	buf := guarded(t, 80)
	for range battery.Size(500) {
		m := mustNewFree(t, randprog.Program(r, randprog.Config{MaxLen: 30}))
		for i := range buf {
			buf[i] = byte(r.IntN(4)) * byte(r.IntN(40))
		}
		b := batch{buf: buf}
		for n := range len(buf) + 1 {
			pkt := buf[len(buf)-n:]
			got, want := m.Match(pkt, 80), m.vm.Match(pkt, 80)
			if got != want {
				t.Fatalf("%v on %x: got %d, the interpreter says %d", m.vm.Program(), pkt, got, want)
			}
			b.pkts, b.wireLens, b.want = append(b.pkts, pkt), append(b.wireLens, 80), append(b.want, want)
			b.spans = append(b.spans, vm.Span{Off: uint32(len(buf) - n), CapLen: uint32(n), WireLen: 80})
		}
		b.check(t, m)
		m.Close()
	}
}

// Instructions one by one, with the operands where something special happens.
func TestOperands(t *testing.T) {
	needNative(t)
	values := []uint32{0, 1, 2, 3, 4, 7, 15, 16, 31, 32, 33, 60, 64, 127, 128, 255, 256, 0xfff, 0x1000, 0x1001, 0x7fff, 0x8000,
		0xffff, 0x10000, 0xff00ff, 0xfff000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0x80000001, 0xaaaaaaaa, 0xf00f00f0,
		0xffff0000, 0xffff1234, 0xfffff000, 0xfffffffe, 0xffffffff}
	pkt := guarded(t, 300)
	for i := range pkt {
		pkt[i] = byte(7 * i)
	}
	var ops []uint16
	for op := uint16(0); op < 0x100; op++ {
		if vm.Validate(program{{Op: op, K: 1}, {Op: 6}, {Op: 6}, {Op: 6}}, vm.ModeUserland) == nil {
			ops = append(ops, op)
		}
	}
	for _, op := range ops {
		for _, k := range values {
			in := bpf.RawInstruction{Op: op, K: k}
			if op&7 == 5 {
				in.Jt = 1
				if op == 0x05 {
					in.K &= 1
				}
			}
			for _, last := range []uint16{0x16, 0x0e} {
				checkOperand(t, in, last, values, pkt)
			}
		}
	}
}

// checkOperand runs one instruction with A and X from the packet.
func checkOperand(t *testing.T, in bpf.RawInstruction, last uint16, values []uint32, pkt []byte) {
	prog := program{{Op: 0x20}, {Op: 0x02, K: 3}, {Op: 0x20, K: 4}, {Op: 0x07}, {Op: 0x60, K: 3}, in,
		{Op: last}, {Op: 0x04, K: 1}, {Op: last}}
	if vm.Validate(prog, vm.ModeUserland) != nil {
		return
	}
	m := mustNewFree(t, prog)
	defer m.Close()
	for i, a := range values {
		for _, x := range []uint32{values[(i*7+3)%len(values)], uint32(i), a, a - 1} {
			for b := range 4 {
				pkt[b], pkt[4+b] = byte(a>>(24-8*b)), byte(x>>(24-8*b))
			}
			if got, want := m.Match(pkt, 77), m.vm.Match(pkt, 77); got != want {
				t.Fatalf("%v with A %#x, X %#x: got %#x, the interpreter says %#x", prog, a, x, got, want)
			}
		}
	}
}

func TestBatches(t *testing.T) {
	needNative(t)
	r := rand.New(rand.NewPCG(14, 15))
	for range 50 {
		m := mustNewFree(t, randprog.Program(r, randprog.Config{MaxLen: 30, Loops: true}))
		var b batch
		for range r.IntN(3000) {
			pkt, wireLen := randprog.Packet(r, make([]byte, 60)), uint32(r.IntN(100))
			b.add(pkt, wireLen, m.vm.Match(pkt, wireLen))
		}
		b.check(t, m)
		m.Close()
	}
}

func TestBatchPanics(t *testing.T) {
	m := mustNew(t, program{{Op: 0x30}, {Op: 0x16}})
	buf, verdicts := make([]byte, 100), make([]uint32, 10)
	for name, f := range map[string]func(){
		"short verdicts":          func() { m.MatchBatch(make([][]byte, 2), make([]uint32, 2), verdicts[:1:1]) },
		"short wire lens":         func() { m.MatchBatch(make([][]byte, 2), make([]uint32, 1), verdicts) },
		"short verdicts, buffer":  func() { m.MatchBuffer(buf, make([]vm.Span, 2), verdicts[:1:1]) },
		"span outside":            func() { m.MatchBuffer(buf, []vm.Span{{Off: 0, CapLen: 100}, {Off: 99, CapLen: 2}}, verdicts) },
		"span far outside":        func() { m.MatchBuffer(buf, []vm.Span{{Off: 0xffffffff, CapLen: 0xffffffff}}, verdicts) },
		"span in an empty buffer": func() { m.MatchBuffer(nil, []vm.Span{{Off: 0, CapLen: 1}}, verdicts) },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", name)
		}
	}
	m.MatchBatch(nil, nil, nil)
	m.MatchBuffer(nil, nil, nil)
	m.MatchBuffer(nil, []vm.Span{{}}, verdicts)
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

func TestFallbacks(t *testing.T) {
	ret := program{{Op: 6, K: 5}}
	long := make(program, MaxInstructions+1)
	for i := range long {
		long[i] = bpf.RawInstruction{Op: 0x04, K: 1}
	}
	long[MaxInstructions] = bpf.RawInstruction{Op: 0x16}

	for _, c := range []struct {
		name string
		m    *Matcher
		want error
	}{
		{"asked for", mustNew(t, ret, WithInterpreter()), ErrInterpreter},
		{"too long", mustNew(t, long), ErrTooLong},
	} {
		if !platform {
			c.want = errors.Join(c.want, ErrPlatform)
		}
		if c.m.Engine() != "interp" || !errors.Is(c.want, c.m.Fallback()) {
			t.Errorf("%s: %s, %v", c.name, c.m.Engine(), c.m.Fallback())
		}
		if got := c.m.Match(nil, 0); got == 0 {
			t.Errorf("%s: got %d", c.name, got)
		}
	}
	t.Setenv("BPFC_JIT", "off")
	if m := mustNew(t, ret); m.Engine() != "interp" || m.Fallback() != ErrOff {
		t.Errorf("BPFC_JIT=off: %s, %v", m.Engine(), m.Fallback())
	}
}

func TestRefusesInvalid(t *testing.T) {
	var v *vm.ValidateError
	if _, err := New(program{{Op: 0x0e}}, WithMode(vm.ModeKernel)); !errors.As(err, &v) {
		t.Errorf("got %v", err)
	}
}

func TestClose(t *testing.T) {
	m := mustNew(t, program{{Op: 0x30}, {Op: 0x16}})
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if m.Engine() != "interp" || m.Match([]byte{9}, 1) != 9 {
			t.Error("a closed matcher must interpret")
		}
	}
}

func TestMatchMeta(t *testing.T) {
	m := mustNew(t, program{{Op: 0x20, K: 0xfffff004}, {Op: 0x16}})
	if got := m.MatchMeta(nil, 0, &vm.Metadata{PktType: 4}); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
	if got := m.Match(nil, 0); got != 0 {
		t.Errorf("without metadata: got %d, want 0", got)
	}
	m = mustNew(t, program{{Op: 0x30, K: 1}, {Op: 0x16}})
	if got := m.MatchMeta([]byte{1, 2}, 0, &vm.Metadata{}); got != 2 {
		t.Errorf("got %d, want 2", got)
	}
}

func TestNoAllocation(t *testing.T) {
	m := mustNew(t, program{{Op: 0x30}, {Op: 0x02, K: 1}, {Op: 0x16}})
	pkts, wireLens, verdicts := [][]byte{{1}, {2}}, make([]uint32, 2), make([]uint32, 2)
	spans := []vm.Span{{Off: 0, CapLen: 1}}
	if n := testing.AllocsPerRun(100, func() {
		m.Match(pkts[0], 1)
		m.MatchBatch(pkts, wireLens, verdicts)
		m.MatchBuffer(pkts[0], spans, verdicts)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// held returns how many memory mappings this process has, and how many pages of
// memory it holds.
func held(t *testing.T) (mappings, pages int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	if pages, err = strconv.Atoi(strings.Fields(string(statm))[1]); err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "\n"), pages
}

// Matchers that are closed, and such that are forgotten, leave nothing behind.
// BPFC_JIT_MATCHERS asks for more of them.
func TestNoLeak(t *testing.T) {
	needNative(t)
	n := 3000
	if s := os.Getenv("BPFC_JIT_MATCHERS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("BPFC_JIT_MATCHERS: %v", err)
		}
	}
	mappings, pages := held(t)
	for i := range n {
		m := mustNewFree(t, program{{Op: 0x30}, {Op: 0x16}})
		if i%2 == 0 {
			m.Close()
		}
	}
	const slack = raceFactor * 10 << 20 // bytes, for what the garbage collector keeps
	var mappingsAfter, pagesAfter int
	for range 100 { // cleanups run some time after a collection
		runtime.GC()
		time.Sleep(time.Millisecond)
		mappingsAfter, pagesAfter = held(t)
		if mappingsAfter < mappings+100 && pagesAfter < pages+slack/os.Getpagesize() {
			t.Logf("%d matchers: %d mappings before, %d after; %d pages before, %d after", n, mappings, mappingsAfter, pages, pagesAfter)
			return
		}
	}
	t.Errorf("%d matchers: %d mappings before, %d after; %d pages before, %d after", n, mappings, mappingsAfter, pages, pagesAfter)
}

func TestConcurrentUse(t *testing.T) {
	m := mustNew(t, program{{Op: 0x30}, {Op: 0x02, K: 1}, {Op: 0x00}, {Op: 0x60, K: 1}, {Op: 0x16}})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10000 {
				if got := m.Match([]byte{byte(i)}, 1); got != uint32(i) {
					t.Errorf("got %d, want %d", got, i)
					return
				}
			}
		})
	}
	wg.Wait()
}
