//go:build !linux

package jit

import "testing"

// guarded returns plain memory; native code, which the guard is for, is Linux only.
func guarded(_ *testing.T, n int) []byte { return make([]byte, n) }
