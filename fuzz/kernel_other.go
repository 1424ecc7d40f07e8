//go:build !linux

package fuzz

import (
	"fmt"
	"runtime"

	"golang.org/x/net/bpf"
)

// Kernel is the running kernel's packet filter as an engine; on this system there is none that takes
// classic BPF on a socket.
// It is not safe for concurrent use.
type Kernel struct{}

// NewKernel returns the engine.
func NewKernel() *Kernel { return &Kernel{} }

// Name implements Engine.
func (*Kernel) Name() string { return "kernel" }

// Available implements Engine.
func (*Kernel) Available() error {
	return fmt.Errorf("%w: %s has no classic BPF on sockets; run this on Linux", ErrNotBuilt, runtime.GOOS)
}

// Load implements Engine; it always fails with Available's reason.
func (k *Kernel) Load([]bpf.RawInstruction) (Judge, error) { return nil, k.Available() }

// Close implements Engine.
func (*Kernel) Close() error { return nil }
