package asm

import (
	"encoding/binary"
	"strings"

	"golang.org/x/net/bpf"
)

// rawSize is the size of struct sock_filter (linux/filter.h) in bytes: code of 16 bits, jt and jf of 8, k of 32.
const rawSize = 8

func printRaw(b *strings.Builder, prog []bpf.RawInstruction) {
	for _, in := range prog {
		var raw [rawSize]byte
		binary.NativeEndian.PutUint16(raw[:], in.Op)
		raw[2], raw[3] = in.Jt, in.Jf
		binary.NativeEndian.PutUint32(raw[4:], in.K)
		b.Write(raw[:])
	}
}

func parseRaw(s *scanner) (prog []bpf.RawInstruction, err error) {
	if rest := len(s.text) % rawSize; rest > 0 {
		at := mark{1, len(s.text) - rest + 1}
		return nil, at.errorf("the last instruction has only %d of its %d bytes", rest, rawSize)
	}
	for b := []byte(s.text); len(b) > 0; b = b[rawSize:] {
		prog = append(prog, bpf.RawInstruction{Op: binary.NativeEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.NativeEndian.Uint32(b[4:])})
	}
	return prog, nil
}
