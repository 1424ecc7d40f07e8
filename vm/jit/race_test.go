//go:build race

package jit

// raceFactor is how much more memory a process holds under the race detector,
// which keeps some bytes of its own for each byte of the program's.
const raceFactor = 8
