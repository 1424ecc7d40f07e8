//go:build !(libpcap && cgo)

package fuzz

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Libpcap is the installed libpcap as compiler and engine. This build has none.
// It is not safe for concurrent use.
type Libpcap struct{}

var errNoLibpcap = fmt.Errorf("%w: libpcap (build with CGO_ENABLED=1 go build -tags libpcap, with libpcap's headers installed)", ErrNotBuilt)

// NewLibpcap returns libpcap as a compiler.
func NewLibpcap() *Libpcap { return &Libpcap{} }

// NewLibpcapEngine returns libpcap as an engine.
func NewLibpcapEngine() *Libpcap { return &Libpcap{} }

// Name implements Engine and Compiler.
func (*Libpcap) Name() string { return "libpcap" }

// Available implements Engine and Compiler.
func (*Libpcap) Available() error { return errNoLibpcap }

// Compile implements Compiler; it always fails with Available's reason.
func (*Libpcap) Compile(string, CompileOptions) ([]bpf.RawInstruction, error) {
	return nil, errNoLibpcap
}

// Load implements Engine; it always fails with Available's reason.
func (*Libpcap) Load([]bpf.RawInstruction) (Judge, error) { return nil, errNoLibpcap }

// Close implements Engine.
func (*Libpcap) Close() error { return nil }
