//go:build libpcap && cgo

package fuzz

// leftOut says that something is missing because this build leaves it out on purpose.
func leftOut(error) bool { return false }
