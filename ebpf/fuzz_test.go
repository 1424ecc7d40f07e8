package toebpf

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/vm"
)

// FuzzTranslation translates whatever comes, in every setup, and runs what becomes of it.
func FuzzTranslation(f *testing.F) {
	for _, p := range programs {
		var b []byte
		for _, in := range classic(f, p.Text) {
			b = binary.LittleEndian.AppendUint32(append(b, byte(in.Op), in.Jt, in.Jf), in.K)
		}
		f.Add(b, counting(20)[0])
	}
	f.Fuzz(func(t *testing.T, code, pkt []byte) {
		var prog []bpf.RawInstruction
		for ; len(code) >= 7 && len(prog) < 200; code = code[7:] {
			in := bpf.RawInstruction{Op: uint16(code[0]), Jt: code[1], Jf: code[2], K: binary.LittleEndian.Uint32(code[3:])}
			if cbpf.TraitsOf(in.Op).Any(cbpf.LoadsPacket) && in.K >= cbpf.LinkBase && in.K < cbpf.AncillaryBase || cbpf.IsAncillary(in.K) {
				in.K = 0 // the interpreter has no headers, and TestAncillary has the rest
			}
			prog = append(prog, in)
		}
		valid := vm.Validate(prog, vm.ModeUserland) == nil
		pkt = pkt[:min(len(pkt), 200)]
		for i := range setups {
			s := &setups[i]
			if loops(prog) && !s.rounds && i%4 != len(pkt)%4 {
				continue // these take long
			}
			err := s.check(t, "fuzz", prog, orders[(i+len(pkt))%2], [][]byte{pkt})
			e, ok := err.(*Error)
			switch {
			case !valid && (!ok || e.Kind != BadProgram):
				t.Errorf("%s: %v for a program that is not valid", s.name, err)
			case valid && err != nil && !(ok && e.Kind == Loops && loops(prog)):
				t.Errorf("%s: %v", s.name, err)
			}
		}
	})
}

// TestManyLoops translates a long program of nothing but loops in time that grows with its length.
func TestManyLoops(t *testing.T) {
	var prog []bpf.RawInstruction
	for range 10000 {
		prog = append(prog, bpf.RawInstruction{Op: cbpf.AddK, K: 3}, bpf.RawInstruction{Op: cbpf.JsetK, K: 1 << 6, Jt: 1}, bpf.RawInstruction{Op: cbpf.Ja, K: 0xfffffffd})
	}
	prog = append(prog, bpf.RawInstruction{Op: cbpf.RetA})
	for _, o := range []Options{{}, {Rounds: 5}} {
		if _, err := Program(prog, XDP, o); err != nil {
			t.Error(err)
		}
	}
}
