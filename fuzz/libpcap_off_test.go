//go:build !(libpcap && cgo)

package fuzz

import "errors"

// leftOut says that something is missing because this build leaves it out on purpose: the build with the tag libpcap tests it.
func leftOut(err error) bool { return errors.Is(err, errNoLibpcap) }
