package vm

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc/cbpf"
)

// kernel is a pair of connected datagram sockets; a filter attached to one of
// them judges what the other sends. It needs no privilege.
type kernel struct{ from, to int }

func newKernel(t *testing.T) *kernel {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		k := &kernel{fds[0], fds[1]}
		t.Cleanup(func() { unix.Close(k.from); unix.Close(k.to) })
		if err = k.attach(program{ret0}); err == nil {
			return k
		}
	}
	skip(t, "no socket filters on this system: %v", err)
	return nil
}

// skip skips the test, or fails it where every test has to run.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but "+format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

func (k *kernel) attach(prog program) error {
	filter := make([]unix.SockFilter, len(prog))
	for i, in := range prog {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	fprog := &unix.SockFprog{Len: uint16(len(filter))}
	if len(filter) > 0 {
		fprog.Filter = &filter[0]
	}
	err := unix.SetsockoptSockFprog(k.to, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, fprog)
	runtime.KeepAlive(filter)
	return err
}

// verdict sends pkt and returns how much of it arrives; ok is false if nothing does.
func (k *kernel) verdict(t *testing.T, pkt, buf []byte) (n int, ok bool) {
	t.Helper()
	if err := unix.Send(k.from, pkt, 0); err != nil {
		t.Fatalf("send: %v", err)
	}
	n, _, err := unix.Recvfrom(k.to, buf, 0)
	if err == unix.EAGAIN {
		return 0, false
	}
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	return n, true
}

// sameValidity holds the kernel against [ModeKernel] for one program.
func (k *kernel) sameValidity(t *testing.T, name string, prog program) {
	t.Helper()
	valid := Validate(prog, ModeKernel)
	err := k.attach(prog)
	switch {
	case errors.Is(err, unix.ENOMEM):
		t.Logf("%s: ENOMEM, net.core.optmem_max is too small for a program of %d instructions", name, len(prog))
	case (err == nil) != (valid == nil):
		t.Errorf("%s: the kernel says %v, Validate says %v: %v", name, err, valid, prog)
	}
}

func TestKernelTakesWhatValidates(t *testing.T) {
	k := newKernel(t)
	for _, c := range validities {
		k.sameValidity(t, c.name, c.prog)
	}
	// Every operation code, with constants that matter.
	for op := range 0x200 {
		for _, c := range []uint32{0, 1, 15, 16, 31, 32, 0x7fffffff, 0xffefffff, 0xfffff000, 0xfffff02c, 0xffffffff} {
			k.sameValidity(t, "every code", program{{Op: cbpf.St, K: 1}, {Op: uint16(op), K: c}, ret0, ret0})
		}
	}
	// Programs that are nearly right.
	r := rand.New(rand.NewPCG(5, 6))
	for range battery.Size(20000) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 30, Kernel: r.IntN(2) == 0, Loops: r.IntN(2) == 0})
		for range r.IntN(3) {
			spoil(r, &prog[r.IntN(len(prog))])
		}
		k.sameValidity(t, "random", prog)
	}
}

func spoil(r *rand.Rand, in *bpf.RawInstruction) {
	switch r.IntN(5) {
	case 0:
		in.Op = uint16(r.IntN(0x100))
	case 1:
		in.Jt = uint8(r.IntN(40))
	case 2:
		in.Jf = uint8(r.IntN(40))
	case 3:
		in.K = uint32(r.IntN(40))
	case 4:
		in.K = uint32(-r.IntN(0x1020))
	}
}

// differs reports whether the kernel may see this run otherwise: it takes
// offsets modulo 2^32, and the upper half as negative, where the machine here
// finds them outside of the packet.
func differs(prog program, pkt []byte) bool {
	s := stepper{pkt: pkt, wireLen: uint32(len(pkt))}
	for !s.ended {
		in := prog[s.pc]
		if (in.Op == cbpf.LdIndW || in.Op == cbpf.LdIndH || in.Op == cbpf.LdIndB) && uint64(s.x)+uint64(in.K) > math.MaxInt32 {
			return true
		}
		s.step(in)
	}
	return false
}

func TestKernelVerdicts(t *testing.T) {
	k := newKernel(t)
	r := rand.New(rand.NewPCG(7, 8))
	buf, got := make([]byte, 64), make([]byte, 64)
	compared := 0
	for range battery.Size(3000) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 25, Kernel: true})
		m, err := New(prog, WithMode(ModeKernel))
		if err != nil {
			t.Fatal(err)
		}
		if err := k.attach(prog); err != nil {
			t.Fatalf("%v: %v", prog, err)
		}
		for range 10 {
			pkt := randprog.Packet(r, buf)
			if differs(prog, pkt) {
				continue
			}
			compared++
			want := m.Run(pkt, uint32(len(pkt)))
			n, arrived := k.verdict(t, pkt, got)
			if arrived != (want != 0) || arrived && n != min(len(pkt), int(want)) {
				t.Fatalf("%v on %x: %d, the kernel keeps %d (%v)", prog, pkt, want, n, arrived)
			}
		}
	}
	if compared < battery.Size(20_000) {
		t.Errorf("only %d verdicts compared", compared)
	}
}

// The two loads that walk netlink attributes, on attributes good and broken.
func TestKernelNetlinkAttributes(t *testing.T) {
	k := newKernel(t)
	r := rand.New(rand.NewPCG(9, 10))
	got := make([]byte, 256)
	for range battery.Size(5000) {
		inner := append(attribute(uint16(r.IntN(3)), make([]byte, r.IntN(6))...), attribute(uint16(r.IntN(3)))...)
		pkt := append(attribute(uint16(r.IntN(3)), inner...), attribute(uint16(r.IntN(3))|0x8000, 1, 2)...)
		if r.IntN(2) == 0 {
			pkt[r.IntN(len(pkt))] = byte(r.IntN(24))
		}
		pkt = pkt[:r.IntN(len(pkt)+1)]
		op := []uint32{cbpf.AncAttribute, cbpf.AncNested}[r.IntN(2)]
		// The answer plus one, so that 0 can be told from a rejection.
		prog := program{
			{Op: cbpf.LdxImm, K: uint32(r.IntN(4))}, {Op: cbpf.LdImm, K: uint32(r.IntN(len(pkt) + 2))},
			{Op: cbpf.LdAbsW, K: op}, {Op: cbpf.AddK, K: 1}, {Op: cbpf.RetA},
		}
		m, err := New(prog, WithMode(ModeKernel))
		if err != nil {
			t.Fatal(err)
		}
		if err := k.attach(prog); err != nil {
			t.Fatal(err)
		}
		want := m.RunMeta(pkt, uint32(len(pkt)), &Metadata{})
		n, arrived := k.verdict(t, pkt, got)
		if !arrived || n != min(len(pkt), int(want)) {
			t.Fatalf("%v on %x: %d, the kernel keeps %d (%v)", prog, pkt, want, n, arrived)
		}
	}
}

// The kernel refuses a jump that is too far in eBPF with EINVAL, before it looks
// at how much memory the program takes (ENOMEM). Each kind of instruction is
// jumped over, as often as fits and once more.
func TestKernelJumpsAndLengths(t *testing.T) {
	k := newKernel(t)
	over := []bpf.RawInstruction{
		{Op: cbpf.LdAbsW, K: 4}, {Op: cbpf.LdAbsH}, {Op: cbpf.LdAbsB, K: 0x7fff}, {Op: cbpf.LdAbsB, K: 0x8000}, {Op: cbpf.LdAbsW, K: 0xfff00000},
		{Op: cbpf.LdIndW}, {Op: cbpf.LdIndB, K: 3}, {Op: cbpf.LdxMsh}, {Op: cbpf.LdxMsh, K: 14}, {Op: cbpf.DivX}, {Op: cbpf.ModX}, {Op: cbpf.RetK},
	}
	for off := uint32(cbpf.AncProtocol); off <= cbpf.AncVLANProtocol; off += 4 {
		over = append(over, bpf.RawInstruction{Op: cbpf.LdAbsW, K: off})
	}
	for _, op := range []uint16{cbpf.JeqK, cbpf.JgtK, cbpf.JgeK, cbpf.JsetK, cbpf.JeqX, cbpf.JgtX, cbpf.JgeX, cbpf.JsetX} {
		for _, jump := range [][2]uint8{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			for _, c := range []uint32{5, 0x80000000} {
				over = append(over, bpf.RawInstruction{Op: op, Jt: jump[0], Jf: jump[1], K: c})
			}
		}
	}
	const maxJump = 1<<15 - 1
	filler := bpf.RawInstruction{Op: cbpf.LdAbsW, K: 4}
	size := lengthInKernel(filler)
	for _, in := range over {
		// Many of it, filled up to the limit with what is known.
		many := 600
		fill, rest := (maxJump-many*lengthInKernel(in))/size, (maxJump-many*lengthInKernel(in))%size
		for extra := range 2 {
			prog := program{{Op: cbpf.Ja, K: uint32(many + fill + rest + extra)}}
			prog = append(prog, repeat(in, many)...)
			prog = append(prog, repeat(filler, fill)...)
			prog = append(prog, repeat(bpf.RawInstruction{Op: cbpf.Tax}, rest+extra)...)
			prog = append(prog, ret0, ret0)
			err := k.attach(prog)
			valid := Validate(prog, ModeKernel)
			if tooFar := errors.Is(err, unix.EINVAL); tooFar != (extra == 1) || tooFar != (valid != nil) {
				t.Errorf("%v, %d too far: the kernel says %v, Validate says %v", in, extra, err, valid)
			}
		}
	}
}

// lengthInKernel returns how many eBPF instructions one of a program that reads packets becomes.
func lengthInKernel(in bpf.RawInstruction) int {
	reads := program{{Op: cbpf.LdAbsB}, ret0}
	return KernelLength(append(program{in}, reads...)) - KernelLength(reads)
}
