package source

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/internal/randprog"
	"bpfc/vm"
)

// requireAll tells whether everything is to be tested, and nothing may be skipped.
func requireAll() bool { return os.Getenv("BPFC_REQUIRE_ALL") == "1" }

// skip says why a test cannot run, which is a failure where nothing may be skipped.
func skip(t *testing.T, why string) {
	t.Helper()
	if requireAll() {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but %s", why)
	}
	t.Skip("SKIPPED:", why)
}

// subject is a program under test.
type subject struct {
	about string
	prog  []bpf.RawInstruction
}

// practical are the filters of testdata/practical.txt, or in a quick run some of them, and filters with loops.
func practical(t *testing.T) (list []subject) {
	t.Helper()
	text, err := os.ReadFile("../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	exprs := []string{"ip protochain 6 or ip6 protochain 17", "ip6 protochain 58 and len > 80", "vlan and ip6 protochain 6"}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			exprs = append(exprs, line)
		}
	}
	for _, e := range exprs {
		p, err := bpfc.Compile(e)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		list = append(list, subject{e, p.Instructions()})
	}
	return append(sample(list[3:], 8), list[:3]...)
}

// edges has programs of every operation with constants at the edges, in A, in X and in the instruction.
func edges() (list []subject) {
	values := []uint32{0, 1, 5, 14, 31, 32, 0x7fff, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32 - 1, math.MaxUint32}
	for op := range uint16(256) {
		t := cbpf.TraitsOf(op)
		if !t.Any(cbpf.Known) || op == cbpf.Ja {
			continue
		}
		for i, k := range values {
			a, x := values[(i*3+int(op))%len(values)], values[(i*7+int(op)*5)%len(values)]
			in := bpf.RawInstruction{Op: op, K: k}
			switch {
			case t.Any(cbpf.ReadsMem | cbpf.WritesMem):
				in.K %= cbpf.MemWords
			case t.Any(cbpf.Branches):
				in.Jt, in.Jf = uint8(i%3), uint8(i/3%3)
			}
			prog := []bpf.RawInstruction{{Op: cbpf.LdImm, K: a}, {Op: cbpf.LdxImm, K: x}, in,
				{Op: cbpf.Stx, K: 3}, {Op: cbpf.LdxMem, K: 3}, {Op: cbpf.MulK, K: 3}, {Op: cbpf.XorX}, {Op: cbpf.RetA}}
			if vm.Validate(prog, vm.ModeUserland) == nil {
				list = append(list, subject{"an edge", prog})
			}
		}
	}
	return list
}

// random makes valid programs of random instructions, some of which jump back.
func random(n int) (list []subject) {
	r := rand.New(rand.NewPCG(3, 5))
	for range n {
		list = append(list, subject{"random", randprog.Program(r, randprog.Config{MaxLen: 40, Loops: true})})
	}
	return list
}

// sample takes one of every so many where not everything is to be tested, and one of four times as many with -short.
func sample(list []subject, every int) (some []subject) {
	switch {
	case testing.Short():
		every *= 4
	case requireAll():
		return list
	}
	for i := 0; i < len(list); i += every {
		some = append(some, list[i])
	}
	return some
}

// packet is a packet as captured.
type packet struct {
	data    []byte
	wireLen uint32
}

// packets are those of testdata/packets.pcap, or of the file that BPFC_PCAP names, whole and cut.
func packets(t *testing.T) (list []packet) {
	t.Helper()
	path := "../testdata/packets.pcap"
	if p := os.Getenv("BPFC_PCAP"); p != "" {
		path = p
	}
	r, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := 0; ; n++ {
		p, err := r.Next()
		if err != nil {
			break
		}
		for _, cut := range []int{len(p.Data), 14 + n%50, 34 + n%30, n % 14, len(p.Data) - 1 - n%7} {
			if cut >= 0 && cut <= len(p.Data) {
				list = append(list, packet{bytes.Clone(p.Data[:cut]), p.WireLen})
			}
		}
	}
	if len(list) < 100 {
		t.Fatalf("%s: only %d packets", path, len(list))
	}
	return list
}

// encode writes packets for the programs that judge them: each with its captured length and that on the wire, little endian.
func encode(list []packet) []byte {
	var b []byte
	for _, p := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = binary.LittleEndian.AppendUint32(b, p.wireLen)
		b = append(b, p.data...)
	}
	return b
}

// compare holds the verdicts that a program wrote, little endian, all of a packet together, against those of package vm.
func compare(t *testing.T, got []byte, subjects []subject, list []packet) {
	t.Helper()
	if want := 4 * len(subjects) * len(list); len(got) != want {
		t.Fatalf("%d bytes of verdicts, not %d", len(got), want)
	}
	matched, differ := 0, 0
	for i, s := range subjects {
		m, err := vm.New(s.prog)
		if err != nil {
			t.Fatal(err)
		}
		for j, p := range list {
			want := m.Run(p.data, p.wireLen)
			matched += oneIf(want != 0)
			if v := binary.LittleEndian.Uint32(got[4*(j*len(subjects)+i):]); v != want {
				if differ++; differ < 4 {
					t.Errorf("%s: %v\non %x, %d bytes on the wire: %d, package vm has %d", s.about, s.prog, p.data, p.wireLen, v, want)
				}
			}
		}
	}
	t.Logf("%d programs on %d packets: %d matches, %d differ", len(subjects), len(list), matched, differ)
	if matched == 0 {
		t.Error("nothing ever matched")
	}
}
