// Package battery says how much of a random or exhaustive battery a test goes through. By default that is as much as keeps
// ./test.sh within minutes. With go test -short, which the race detector and emulators get as well, it is a tenth of the same
// battery, and with BPFC_LONG=1 in the environment, which ./test.sh long sets, ten times as much.
//
// Tests of one thing, regression tests and tests of concurrency are no batteries: they are the same in all three.
package battery

import (
	"os"
	"testing"
)

// Long tells whether time is no concern.
func Long() bool { return os.Getenv("BPFC_LONG") == "1" }

// Size gives how many cases to go through where n are the default; at least one.
func Size(n int) int {
	switch {
	case testing.Short():
		return max(1, n/10)
	case Long():
		return 10 * n
	}
	return n
}

// Some gives the cases of a list to go through: all of them, or with -short every tenth.
func Some[T any](list []T) []T {
	if !testing.Short() {
		return list
	}
	var some []T
	for i := 0; i < len(list); i += 10 {
		some = append(some, list[i])
	}
	return some
}
