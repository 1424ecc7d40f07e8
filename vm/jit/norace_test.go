//go:build !race

package jit

// raceFactor is 1 where the race detector keeps no memory of its own.
const raceFactor = 1
