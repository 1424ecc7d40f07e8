//go:build linux && amd64

package jit

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"bpfc/internal/randprog"
	"bpfc/vm"
	"bpfc/vm/jit/internal/amd64"
	"bpfc/vm/jit/internal/plan"
)

// The code for processors without movbe runs on all of them.
func TestWithoutMOVBE(t *testing.T) {
	needNative(t)
	r := rand.New(rand.NewPCG(16, 17))
	buf := make([]byte, 64)
	for range 1000 {
		prog := randprog.Program(r, randprog.Config{MaxLen: 30})
		c, err := amd64.Generate(plan.New(prog), amd64.Features{})
		if err != nil {
			t.Fatal(err)
		}
		n, err := newNative(code{c.Bytes, c.One, c.Slices, c.Spans})
		if err != nil {
			t.Fatal(err)
		}
		match := withScratch(n.function())
		interpreter, err := vm.New(prog)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			pkt := randprog.Packet(r, buf)
			if got, want := match.call(unsafe.Pointer(unsafe.SliceData(pkt)), len(pkt), 60, nil), interpreter.Match(pkt, 60); uint32(got) != want {
				t.Fatalf("%v on %x: got %d, the interpreter says %d", prog, pkt, got, want)
			}
		}
		if err := n.free(); err != nil {
			t.Fatal(err)
		}
	}
}
