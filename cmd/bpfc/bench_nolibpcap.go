//go:build !libpcap || !cgo

package main

// cEngines: without the build tag libpcap, and cgo, there is no engine in C.
func cEngines() []benchEngine { return nil }
