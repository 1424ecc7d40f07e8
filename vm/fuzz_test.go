package vm

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"
)

// pack and unpack turn a program into bytes and back, eight an instruction.
func pack(prog program) []byte {
	var b []byte
	for _, in := range prog {
		b = binary.LittleEndian.AppendUint16(b, in.Op)
		b = append(b, in.Jt, in.Jf)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

func unpack(b []byte) program {
	prog := make(program, 0, len(b)/8)
	for ; len(b) >= 8; b = b[8:] {
		prog = append(prog, bpf.RawInstruction{
			Op: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:]),
		})
	}
	return prog
}

// FuzzRun feeds arbitrary bytes as a program: the validator must not panic, a
// program it passes must end, and both ways to run it must agree.
func FuzzRun(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(pack(randprog.Program(r, randprog.Config{MaxLen: 20, Loops: true})), randprog.Packet(r, make([]byte, 40)), uint32(60))
	}
	f.Fuzz(func(t *testing.T, code, pkt []byte, wireLen uint32) {
		prog := unpack(code)
		if Validate(prog, ModeKernel) == nil && Validate(prog, ModeUserland) != nil {
			t.Fatalf("valid for the kernel, but not for user space: %v", prog)
		}
		m, err := New(prog)
		if err != nil {
			return
		}
		got := m.Run(pkt, wireLen)
		want, executed := m.RunCount(pkt, wireLen)
		if got != want {
			t.Fatalf("%v: Run gives %d, RunCount %d", prog, got, want)
		}
		if uint64(executed) > (MaxBackwardJumps(prog, len(pkt))+1)*uint64(len(prog)) {
			t.Fatalf("%d instructions executed of %d", executed, len(prog))
		}
		m.RunMeta(pkt, wireLen, &Metadata{})
	})
}
