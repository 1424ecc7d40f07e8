package vm

import (
	"math/rand/v2"
	"testing"
	"time"

	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// walk is "ip6 protochain v" for packets that begin with the IPv6 header, as libpcap
// compiles it: A is the current protocol, X the place of its header.
func walk(v uint32) program {
	return program{
		{Op: cbpf.LdAbsB, K: 6}, {Op: cbpf.LdxImm, K: 40},
		{Op: cbpf.JeqK, K: v, Jt: 26}, {Op: cbpf.JeqK, K: 59, Jt: 25}, // 2: found; no next header
		{Op: cbpf.JeqK, K: 0, Jt: 3}, {Op: cbpf.JeqK, K: 60, Jt: 2}, {Op: cbpf.JeqK, K: 43, Jt: 1}, {Op: cbpf.JeqK, K: 44, Jf: 9},
		{Op: cbpf.LdIndB}, {Op: cbpf.St}, {Op: cbpf.LdIndB, K: 1}, {Op: cbpf.AddK, K: 1}, {Op: cbpf.MulK, K: 8}, {Op: cbpf.AddX}, {Op: cbpf.Tax}, {Op: cbpf.LdMem}, {Op: cbpf.Ja, K: 0xfffffff1},
		{Op: cbpf.JeqK, K: 51, Jf: 11}, // 17: authentication header
		{Op: cbpf.LdIndB}, {Op: cbpf.St}, {Op: cbpf.Txa}, {Op: cbpf.AddK, K: 1}, {Op: cbpf.Tax}, {Op: cbpf.LdIndB}, {Op: cbpf.AddK, K: 2}, {Op: cbpf.MulK, K: 4}, {Op: cbpf.Tax}, {Op: cbpf.LdMem}, {Op: cbpf.Ja, K: 0xffffffe5},
		{Op: cbpf.JeqK, K: v, Jf: 1}, {Op: cbpf.RetK, K: 262144}, {Op: cbpf.RetK}, // 29
	}
}

// chain is an IPv6 packet with n headers of destination options of 8 bytes and then UDP.
func chain(n int) []byte {
	pkt := make([]byte, 40+8*n+8)
	pkt[0], pkt[6] = 0x60, 60
	for i := range n {
		pkt[40+8*i] = 60
	}
	if n == 0 {
		pkt[6] = 17
	} else {
		pkt[40+8*(n-1)] = 17
	}
	return pkt
}

func TestFieldChainsOfAnyLength(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 66, 200, 8000, 8184, 100_000} {
		pkt := chain(n)
		for name, c := range map[string]struct {
			prog program
			want uint32
		}{"UDP": {walk(17), 262144}, "TCP": {walk(6), 0}} {
			if got := run(t, c.prog, 0, uint32(len(pkt)), pkt); got != c.want {
				t.Errorf("%s behind %d headers: got %d, want %d", name, n, got, c.want)
			}
		}
		if got := run(t, walk(17), 0, uint32(len(pkt)), pkt[:len(pkt)-16]); n > 0 && got != 0 {
			t.Errorf("a chain of %d headers that is cut: got %d", n, got)
		}
	}
}

// An authentication header sends the walk to a place counted from the start. Where it
// comes round for ever the packet is rejected, and soon; where it does not, it goes on.
func TestFieldAuthenticationHeaderSendsBack(t *testing.T) {
	// back has the authentication header behind n others, pointing to the k-th.
	back := func(n, k int) []byte {
		pkt := chain(n)
		pkt[40+8*(n-1)] = 51
		pkt[40+8*n], pkt[40+8*n+1] = 60, byte((40+8*k)/4-2)
		return pkt
	}
	// The second option is taken for one first, and then for an authentication header, which leads to byte 8.
	detour := back(3, 1)
	detour[40+8*3], detour[8] = 51, 17
	for name, c := range map[string]struct {
		pkt  []byte
		want uint32
	}{
		"to itself":            {func() []byte { p := back(1, 1); p[48] = 51; return p }(), 0},
		"to the first":         {back(1, 0), 0},
		"to the second of ten": {back(10, 2), 0},
		"round a long cycle":   {back(8000, 1), 0},
		"to where UDP is":      {detour, 262144},
	} {
		start := time.Now()
		if got := run(t, walk(17), 0, 0, c.pkt); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// Programs that count are not walks; they end by themselves as long as they may.
func TestLoops(t *testing.T) {
	for _, c := range []struct{ n, want uint32 }{{0, 1}, {1, 1}, {64, 1}, {65, 1}, {100_000, 1}, {CountedJumps, 1}, {CountedJumps + 1, 0}, {0xffffffff, 0}} {
		if got := run(t, countdown(c.n), 0, 0, nil); got != c.want {
			t.Errorf("%d rounds: got %d, want %d", c.n, got, c.want)
		}
	}
	// Two jumps back in the program, one of them never reached, and 10 bytes: 20 more.
	prog := append(countdown(CountedJumps+20), bpf.RawInstruction{Op: cbpf.Ja, K: 0xfffffffe}, ret0)
	for n, want := range map[int]uint32{9: 0, 10: 1} {
		if got := run(t, prog, 0, 0, make([]byte, n)); got != want {
			t.Errorf("%d bytes: got %d, want %d", n, got, want)
		}
	}
	if got, want := MaxBackwardJumps(prog, 10), uint64(CountedJumps+20); got != want {
		t.Errorf("MaxBackwardJumps is %d, want %d", got, want)
	}
	if got := MaxBackwardJumps(program{{Op: cbpf.RetK}}, 1<<31-1); got != CountedJumps {
		t.Errorf("MaxBackwardJumps of a program without is %d", got)
	}
}

// A run is ended at a state that was there before, and at no other: the verdicts are
// those of a machine that remembers all states.
func TestRepeatedStates(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ended, looped := 0, 0
	for range 20_000 {
		prog := randprog.Program(r, randprog.Config{MaxLen: 20, Loops: true})
		if backwardJumps(prog) == 0 {
			continue
		}
		m, err := New(prog)
		if err != nil {
			t.Fatal(err)
		}
		pkt := randprog.Packet(r, make([]byte, 40))
		want, ok, jumped := remembering(prog, pkt)
		if !ok {
			continue
		}
		if got := m.Run(pkt, 40); got != want {
			t.Fatalf("%v on %x: got %d, want %d", prog, pkt, got, want)
		}
		if jumped {
			looped++
		}
		ended++
	}
	if looped < 100 {
		t.Errorf("only %d of %d runs jumped back", looped, ended)
	}
}

// remembering runs a program and ends it with 0 when a state comes again; ok is
// false where neither happens soon.
func remembering(prog program, pkt []byte) (verdict uint32, ok, jumped bool) {
	s := stepper{pkt: pkt, wireLen: 40, loops: loops{most: 1 << 62}}
	seen := map[state]bool{}
	for range 100_000 {
		if in := prog[s.pc]; cbpf.IsBackward(in) {
			jumped = true
			now := state{uint32(s.pc), s.a, s.x, s.mem}
			if seen[now] {
				return 0, true, true
			}
			seen[now] = true
		}
		if s.step(prog[s.pc]); s.ended {
			return s.verdict, true, jumped
		}
	}
	return 0, false, jumped
}
