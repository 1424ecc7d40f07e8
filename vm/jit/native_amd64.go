//go:build linux

package jit

import (
	"sync"
	"unsafe"

	"bpfc/vm/jit/internal/amd64"
	"bpfc/vm/jit/internal/plan"
)

// processor has the features of the one that the program runs on.
var processor struct {
	once     sync.Once
	features amd64.Features
}

// hasMOVBE asks the processor (CPUID leaf 1, ECX bit 22); golang.org/x/sys/cpu
// does not know this one.
func hasMOVBE() bool

func backend(p *plan.Plan) (amd64.Code, error) {
	processor.once.Do(func() { processor.features.MOVBE = hasMOVBE() })
	return amd64.Generate(p, processor.features)
}

// flush does nothing: these processors see new code by themselves.
func flush(uintptr, uintptr) {}

// function is the code for one packet as Go calls it: its arguments go to rax, rbx,
// rcx, rdi, rsi, r8 and r9.
type function func(a, wireLen, x uintptr, pkt unsafe.Pointer, n int, _ uintptr, mem unsafe.Pointer) uint64

func (f function) call(pkt unsafe.Pointer, n int, wireLen uint32, mem unsafe.Pointer) uint64 {
	return f(0, uintptr(wireLen), 0, hidden(pkt), n, 0, hidden(mem))
}

// functionOf makes a function of one in Go.
func functionOf(f func(pkt unsafe.Pointer, n int, wireLen uint32) uint64) function {
	return func(_, wireLen, _ uintptr, pkt unsafe.Pointer, n int, _ uintptr, _ unsafe.Pointer) uint64 {
		return f(pkt, n, uint32(wireLen))
	}
}

// probe checks that arguments are where the code expects them: it calls a few bytes of code for each that give back one
// register.
func probe() bool {
	var mark [2]byte
	low := func(p *byte) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }
	for _, c := range []struct {
		code []byte
		want uint32
	}{
		{[]byte{0xc3}, 1},                               // ret
		{[]byte{0x89, 0xd8, 0xc3}, 2},                   // mov eax, ebx; ret
		{[]byte{0x89, 0xc8, 0xc3}, 3},                   // ecx
		{[]byte{0x89, 0xf8, 0xc3}, low(&mark[0])},       // edi
		{[]byte{0x89, 0xf0, 0xc3}, 4},                   // esi
		{[]byte{0x44, 0x89, 0xc8, 0xc3}, low(&mark[1])}, // r9d
	} {
		n, err := newNative(code{bytes: c.code})
		if err != nil {
			return true // compile will tell why
		}
		got := n.function()(1, 2, 3, unsafe.Pointer(&mark[0]), 4, 5, unsafe.Pointer(&mark[1]))
		n.free()
		if uint32(got) != c.want {
			return false
		}
	}
	return true
}
