//go:build linux

package jit

import (
	"encoding/binary"
	"unsafe"

	"bpfc/vm/jit/internal/arm64"
	"bpfc/vm/jit/internal/plan"
)

func backend(p *plan.Plan) (arm64.Code, error) {
	return arm64.Generate(p)
}

// flush makes the instructions written at start visible to the processors, whose
// instruction caches do not follow writes.
//
//go:noescape
func flush(start, size uintptr)

// function is the code for one packet as Go calls it: its arguments go to x0 … x5.
type function func(pkt unsafe.Pointer, n int, wireLen, a, x uintptr, mem unsafe.Pointer) uint64

func (f function) call(pkt unsafe.Pointer, n int, wireLen uint32, mem unsafe.Pointer) uint64 {
	return f(hidden(pkt), n, uintptr(wireLen), 0, 0, hidden(mem))
}

// functionOf makes a function of one in Go.
func functionOf(f func(pkt unsafe.Pointer, n int, wireLen uint32) uint64) function {
	return func(pkt unsafe.Pointer, n int, wireLen, _, _ uintptr, _ unsafe.Pointer) uint64 {
		return f(pkt, n, uint32(wireLen))
	}
}

// probe checks that arguments are where the code expects them: it calls a few bytes of code for each that give back one
// register.
func probe() bool {
	var mark [2]byte
	low := func(p *byte) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }
	for register, want := range []uint32{low(&mark[0]), 1, 2, 3, 4, low(&mark[1])} {
		bytes := binary.LittleEndian.AppendUint32(nil, 0xaa0003e0|uint32(register)<<16)       // mov x0, register
		n, err := newNative(code{bytes: binary.LittleEndian.AppendUint32(bytes, 0xd65f03c0)}) // ret
		if err != nil {
			return true // compile will tell why
		}
		got := n.function()(unsafe.Pointer(&mark[0]), 1, 2, 3, 4, unsafe.Pointer(&mark[1]))
		n.free()
		if uint32(got) != want {
			return false
		}
	}
	return true
}
