package fuzz

import (
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/net/bpf"
)

// need skips a test that cannot run here, loudly; where everything has to be there it fails.
func need(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" && !leftOut(err) {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but: %v", err)
	}
	t.Skipf("not tested here: %v", err)
}

func kernel(t testing.TB) *Kernel {
	t.Helper()
	k := NewKernel()
	need(t, k.Available())
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func libpcap(t testing.TB) *Libpcap {
	t.Helper()
	l := NewLibpcap()
	need(t, l.Available())
	return l
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func judgeOne(t testing.TB, e Engine, prog []bpf.RawInstruction, p Packet) uint32 {
	t.Helper()
	j, err := e.Load(prog)
	if err != nil {
		t.Fatalf("%s does not load %s: %v", e.Name(), listing(prog), err)
	}
	v := make([]uint32, 1)
	if err := j.Judge([]Packet{p}, v); err != nil {
		t.Fatalf("%s: %v", e.Name(), err)
	}
	return v[0]
}

// ip on Ethernet, by hand.
var ipProgram = []bpf.RawInstruction{{Op: 0x28, K: 12}, {Op: 0x15, Jf: 1, K: 0x800}, {Op: 0x06, K: 96}, {Op: 0x06}}
