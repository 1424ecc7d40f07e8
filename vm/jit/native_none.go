//go:build !linux || (!amd64 && !arm64)

package jit

import (
	"bpfc/vm"

	"golang.org/x/net/bpf"
)

// platform says that there is no native code here.
const platform = false

type info struct {
	ancillary, scratch bool
}

// native is never made here.
type native struct{ one uintptr }

func call(uintptr, *byte, int, uint32) uint32 { panic(ErrPlatform) }

type code struct{}

func generate([]bpf.RawInstruction) (code, info, error) { return code{}, info{}, ErrPlatform }

func newNative(code) (*native, error) { return nil, ErrPlatform }

func (*native) free() error { return nil }

func (*native) match([]byte, uint32) uint32 { panic(ErrPlatform) }

func (*native) matchBatch([][]byte, []uint32, []uint32, int, int) { panic(ErrPlatform) }

func (*native) matchBuffer([]byte, []vm.Span, []uint32, int, int) int { panic(ErrPlatform) }
