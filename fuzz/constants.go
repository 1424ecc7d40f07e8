package fuzz

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Constants are the values that an expression and its program compare with: what a packet needs in its
// fields to be looked at closely.
// It is not safe for concurrent use.
type Constants struct {
	IP4 [][4]byte
	IP6 [][16]byte
	MAC [][6]byte
	Num []uint32 // ports, protocols, tags and every other number
	at  []placed
}

// placed is a comparison of loaded bytes with a constant, as it stands in the bytecode.
type placed struct {
	off, size uint32 // in bytes, size 1, 2 or 4
	k         uint32
}

var (
	reMAC     = pattern(`\b[0-9a-fA-F]{1,2}(?:[:.-][0-9a-fA-F]{1,2}){5}\b|\b[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\b|\b[0-9a-fA-F]{12}\b`)
	reIP6     = pattern(`[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*`)
	reDotted  = pattern(`\b\d{1,3}(?:\.\d{1,3}){1,3}\b`)
	reInteger = pattern(`\b(?:0x[0-9a-fA-F]+|\d+)\b`)
)

// Collect gathers the constants of an expression and of programs compiled from it.
func Collect(expr string, progs ...[]bpf.RawInstruction) *Constants {
	c := &Constants{}
	for _, s := range reMAC().FindAllString(expr, -1) {
		c.addMAC(s)
	}
	for _, s := range reIP6().FindAllString(expr, -1) {
		if a, err := netip.ParseAddr(s); err == nil && a.Is6() {
			c.IP6 = append(c.IP6, a.As16())
		}
	}
	for _, s := range reDotted().FindAllString(expr, -1) {
		for strings.Count(s, ".") < 3 {
			s += ".0"
		}
		if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
			c.IP4 = append(c.IP4, a.As4())
		}
	}
	for _, s := range reInteger().FindAllString(expr, -1) {
		if v, err := strconv.ParseUint(s, 0, 32); err == nil {
			c.Num = append(c.Num, uint32(v))
		}
	}
	for _, p := range progs {
		c.addProgram(p)
	}
	return c
}

func (c *Constants) addMAC(s string) {
	digits := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(":.-", r) }), "")
	if len(digits) != 12 { // single digits between the separators
		parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(":.-", r) })
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		digits = strings.Join(parts, "")
	}
	if b, err := hex.DecodeString(digits); err == nil && len(b) == 6 {
		c.MAC = append(c.MAC, [6]byte(b))
	}
}

// addProgram takes the constant of each comparison, and the place of the bytes compared where a load at a fixed offset precedes
// it.
func (c *Constants) addProgram(prog []bpf.RawInstruction) {
	var last placed
	for _, in := range prog {
		switch in.Op & cbpf.ClassMask {
		case cbpf.ClassLd:
			last = placed{}
			if in.Op&cbpf.ModeMask == cbpf.ModeAbs && in.K < math.MaxUint16 {
				last = placed{off: in.K, size: cbpf.LoadSize(in.Op)}
			}
		case cbpf.ClassJmp:
			if in.Op&cbpf.OpMask == cbpf.Always || in.Op&cbpf.SrcX != 0 {
				continue
			}
			c.Num = append(c.Num, in.K)
			if last.size != 0 {
				last.k = in.K
				c.at = append(c.at, last)
			}
			if last.size == 4 {
				c.IP4 = append(c.IP4, [4]byte(binary.BigEndian.AppendUint32(nil, in.K)))
			}
		}
	}
}

// pattern is a regular expression that is compiled where it is first used: programs that only contain this package do not wait for it.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
