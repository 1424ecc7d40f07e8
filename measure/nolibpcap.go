//go:build !libpcap || !cgo

package measure

// cEngines: without the build tag libpcap, and cgo, there is no engine in C.
func cEngines() []Engine { return nil }
