//go:build !linux || (!amd64 && !arm64)

package jit

import (
	"runtime"
	"unsafe"

	"bpfc/vm"

	"golang.org/x/net/bpf"
)

// platform says that there is no native code here.
const platform = false

func conventionHolds() bool { return true }

type info struct {
	ancillary, scratch, handsOver bool
}

// native is never made here.
type native struct{}

// function is a Go function.
type function func(pkt unsafe.Pointer, n int, wireLen uint32) uint64

func (f function) call(pkt unsafe.Pointer, n int, wireLen uint32, _ unsafe.Pointer) uint64 {
	return f(hidden(pkt), n, wireLen)
}

func functionOf(f func(pkt unsafe.Pointer, n int, wireLen uint32) uint64) function { return f }

func (*native) function() function { panic(ErrPlatform) }

func (*native) freeWhenUnused() runtime.Cleanup { panic(ErrPlatform) }

type code struct{}

func generate([]bpf.RawInstruction) (code, info, error) { return code{}, info{}, ErrPlatform }

func (code) one() []byte { panic(ErrPlatform) }

func newEntries([]byte, []int) (*entries, error) { return nil, ErrPlatform }

func free([]byte) error { return ErrPlatform }

func unmap([]byte) {}

func newNative(code) (*native, error) { return nil, ErrPlatform }

func (*native) free() error { return nil }

func (*native) matchBatch([][]byte, []uint32, []uint32, int, int) int { panic(ErrPlatform) }

func (*native) matchBuffer([]byte, []vm.Span, []uint32, int, int) int { panic(ErrPlatform) }
