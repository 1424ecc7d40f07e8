package emit

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc/cbpf"
	"bpfc/internal/battery"
)

// kernelMax is BPF_MAXINSNS of linux/bpf_common.h.
const kernelMax = 4096

// attach asks the kernel's validator about a program.
func attach(prog []bpf.RawInstruction) error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	filter := make([]unix.SockFilter, len(prog))
	for i, in := range prog {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(fds[0], unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

// TestKernelAccepts offers random programs without loops to the running
// kernel: unwritten scratch words, wrong jumps and unknown codes are refused.
func TestKernelAccepts(t *testing.T) {
	ret := bpf.RawInstruction{Op: cbpf.RetK}
	if err := attach([]bpf.RawInstruction{ret}); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatalf("cannot attach any filter: %v", err)
		}
		t.Skipf("cannot attach any filter here: %v", err)
	}
	if err := attach([]bpf.RawInstruction{{Op: cbpf.LdMem}, ret}); !errors.Is(err, unix.EINVAL) {
		t.Fatalf("kernel takes a read of an unwritten word: %v", err)
	}
	for seed := range uint64(battery.Size(1500)) {
		m := &graphMaker{Rand: rand.New(rand.NewPCG(seed, 5)), depth: int(seed % 5)}
		g := m.graph(1+m.IntN(60), int(seed%4))
		prog, err := Emit(g, testSnaplen)
		if err != nil || len(prog) > kernelMax {
			continue
		}
		if err := attach(prog); err != nil {
			t.Fatalf("kernel says %v\n%v\n%s", err, g, listing(prog))
		}
	}
}
