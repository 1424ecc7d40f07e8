package toebpf_test

import (
	"encoding/binary"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"bpfc"
	toebpf "bpfc/ebpf"
	"bpfc/linktype"
	"bpfc/vm"
)

// compiled compiles testdata/stubs.c with clang.
func compiled(t *testing.T, flags ...string) *ebpf.CollectionSpec {
	t.Helper()
	clang, err := exec.LookPath("clang")
	if err != nil {
		need(t, "clang, to compile programs into which filters are injected")
	}
	object := filepath.Join(t.TempDir(), "stubs.o")
	if out, err := exec.Command(clang, append(flags, "-O2", "-target", "bpf", "-Wall", "-c", "testdata/stubs.c", "-o", object)...).CombinedOutput(); err != nil {
		t.Fatalf("clang: %v\n%s", err, out)
	}
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// filter is a program of the compiler's with what runs it.
func filter(t testing.TB, expr string, link linktype.Type) *vm.VM {
	t.Helper()
	p, err := bpfc.Compile(expr, bpfc.WithLinkType(link))
	if err != nil {
		t.Fatal(err)
	}
	m, err := vm.New(p.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestInjectIntoC injects two filters, one for each of the starts of a packet, into programs that clang compiled.
func TestInjectIntoC(t *testing.T) {
	needRoot(t)
	l2 := filter(t, "tcp port 80 or ip6 protochain 17 or greater 500", linktype.EN10MB)
	l3 := filter(t, "net 10.0.0.0/8 or ip6 protochain 58", linktype.RAW)
	want := func(pkt []byte) uint32 {
		if len(pkt) < 14 {
			return 100
		}
		v := uint32(0)
		if l2.Match(pkt, uint32(len(pkt))) != 0 {
			v++
		}
		if l3.Match(pkt[14:], uint32(len(pkt)-14)) != 0 {
			v += 2
		}
		if len(pkt) >= 100 {
			v += 4
		}
		return v
	}
	for _, c := range []struct {
		name    string
		program string
		debug   bool
		o       toebpf.InjectOptions
	}{
		{"XDP", "on_xdp", true, toebpf.InjectOptions{}},
		{"XDP, loops written out", "on_xdp", true, toebpf.InjectOptions{Rounds: 8}},
		{"XDP, without BTF", "on_xdp", false, toebpf.InjectOptions{Rounds: 8}},
		{"tc", "on_tc", true, toebpf.InjectOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var flags []string
			if c.debug {
				flags = []string{"-g"}
			}
			spec := compiled(t, flags...).Programs[c.program]
			for stub, p := range map[string]*vm.VM{"filter_l2": l2, "filter_l3": l3} {
				if err := toebpf.Inject(spec, stub, p.Program(), c.o); err != nil {
					t.Fatal(err)
				}
			}
			prog, err := ebpf.NewProgram(spec)
			var v *ebpf.VerifierError
			if errors.As(err, &v) {
				t.Fatalf("%+v", v)
			} else if err != nil {
				t.Fatal(err)
			}
			defer prog.Close()
			pairs := 0
			for _, pkt := range packets(t) {
				if len(pkt) < 14 || len(pkt) > testRunLimit {
					continue
				}
				got, err := prog.Run(&ebpf.RunOptions{Data: pkt})
				if errors.Is(err, unix.EINVAL) {
					continue
				} else if err != nil {
					t.Fatal(err)
				}
				if pairs++; got != want(pkt) {
					t.Errorf("%d, want %d for %x", got, want(pkt), pkt)
				}
			}
			t.Logf("%d packets", pairs)
		})
	}
}

// TestInjectIntoTracer does so with a tracing program, which gets the address of a packet in kernel memory.
func TestInjectIntoTracer(t *testing.T) {
	needRoot(t)
	for _, rounds := range []int{0, 8} {
		spec := compiled(t, "-g").Programs["on_receive"]
		l2, l3 := filter(t, "tcp port 80 or ip6 protochain 17", linktype.EN10MB), filter(t, "net 10.0.0.0/8 or less 40", linktype.RAW)
		for stub, p := range map[string]*vm.VM{"filter_l2": l2, "filter_l3": l3} {
			if err := toebpf.Inject(spec, stub, p.Program(), toebpf.InjectOptions{Rounds: rounds}); err != nil {
				t.Fatal(err)
			}
		}
		prog, err := ebpf.NewProgram(spec)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		defer prog.Close()
		m, memory, address := kernelMemory(t, 1<<16)
		defer m.Close()
		for _, pkt := range packets(t) {
			if len(pkt) < 14 {
				continue
			}
			if _, err := memory.WriteAt(pkt, 0); err != nil {
				t.Fatal(err)
			}
			got, err := prog.Run(&ebpf.RunOptions{Context: []uint64{address, uint64(len(pkt))}})
			if err != nil {
				t.Fatal(err)
			}
			want := uint32(0)
			if l2.Match(pkt, uint32(len(pkt))) != 0 {
				want++
			}
			if l3.Match(pkt[14:], uint32(len(pkt)-14)) != 0 {
				want += 2
			}
			if got != want {
				t.Errorf("%d, want %d for %x", got, want, pkt)
			}
		}
	}
}

// kernelMemory makes a map, and finds out where in the kernel's memory its value is.
func kernelMemory(t *testing.T, size uint32) (*ebpf.Map, *ebpf.Memory, uint64) {
	t.Helper()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: size, MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE})
	if err != nil {
		t.Fatal(err)
	}
	memory, err := m.Memory()
	if err != nil {
		t.Fatal(err)
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SocketFilter, License: "BSD", Instructions: asm.Instructions{
		asm.LoadMapValue(asm.R1, m.FD(), 0), asm.StoreMem(asm.R1, 0, asm.R1, asm.DWord), asm.Mov.Imm(asm.R0, 0), asm.Return(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Run(&ebpf.RunOptions{Data: make([]byte, 14)}); err != nil {
		t.Fatal(err)
	}
	var b [8]byte
	if _, err := memory.ReadAt(b[:], 0); err != nil {
		t.Fatal(err)
	}
	return m, memory, binary.NativeEndian.Uint64(b[:])
}
