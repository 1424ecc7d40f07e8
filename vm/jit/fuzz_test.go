package jit

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"bpfc/internal/randprog"
	"bpfc/vm"

	"golang.org/x/net/bpf"
)

// FuzzMatch runs arbitrary bytes as a program, where they are one, natively and
// interpreted, in all three forms.
func FuzzMatch(f *testing.F) {
	needNative(f)
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		var code []byte
		for _, in := range randprog.Program(r, randprog.Config{MaxLen: 20, Loops: true}) {
			code = binary.LittleEndian.AppendUint16(code, in.Op)
			code = append(code, in.Jt, in.Jf)
			code = binary.LittleEndian.AppendUint32(code, in.K)
		}
		f.Add(code, randprog.Packet(r, make([]byte, 40)), uint32(60))
	}
	f.Fuzz(func(t *testing.T, code, pkt []byte, wireLen uint32) {
		var prog program
		for ; len(code) >= 8; code = code[8:] {
			prog = append(prog, bpf.RawInstruction{
				Op: binary.LittleEndian.Uint16(code), Jt: code[2], Jf: code[3], K: binary.LittleEndian.Uint32(code[4:]),
			})
		}
		m, err := New(prog)
		if err != nil {
			return
		}
		defer m.Close()
		want := m.vm.Match(pkt, wireLen)
		if got := m.Match(pkt, wireLen); got != want {
			t.Fatalf("%v: got %d, the interpreter says %d", prog, got, want)
		}
		pkts, wireLens, verdicts := [][]byte{nil, pkt}, []uint32{0, wireLen}, make([]uint32, 2)
		if m.MatchBatch(pkts, wireLens, verdicts); verdicts[1] != want {
			t.Fatalf("%v: MatchBatch says %d, the interpreter %d", prog, verdicts[1], want)
		}
		spans := []vm.Span{{}, {CapLen: uint32(len(pkt)), WireLen: wireLen}}
		if m.MatchBuffer(pkt, spans, verdicts); verdicts[1] != want {
			t.Fatalf("%v: MatchBuffer says %d, the interpreter %d", prog, verdicts[1], want)
		}
	})
}
