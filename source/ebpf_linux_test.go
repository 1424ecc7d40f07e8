package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"

	"bpfc/cbpf"
	"bpfc/vm"
)

// inXDP is the program in eBPF C that calls a filter: an XDP program that passes what matches and drops the rest.
const inXDP = `
__attribute__((section("xdp"), used)) int xdp_%[1]s(struct context *ctx)
{
	const uint8_t *data = (const uint8_t *)(uintptr_t)ctx->data, *data_end = (const uint8_t *)(uintptr_t)ctx->data_end;
	return %[1]s(data, data_end, (uint32_t)(data_end - data)) ? 2 : 1;
}
`

const xdpHead = `#define BPFC_EBPF
#include <stdint.h>
struct context { uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
`

// TestEBPF compiles the C with BPFC_EBPF as part of XDP programs, loads them into the kernel, whose verifier has to take them, and
// runs them. Programs with loops, which it does not take, are left out.
func TestEBPF(t *testing.T) {
	compiler, err := exec.LookPath("clang")
	if err != nil {
		skip(t, "clang is not installed")
	}
	if err := rlimit.RemoveMemlock(); err != nil {
		skip(t, fmt.Sprintf("eBPF programs cannot be loaded: %v", err))
	}
	var subjects []subject
	for _, s := range practical(t) {
		if !loops(s) {
			subjects = append(subjects, s)
		}
	}
	list := packets(t)
	for i, p := range loadXDP(t, compiler, subjects) {
		if p != nil {
			checkXDP(t, p, subjects[i], list)
			p.Close()
		}
	}
}

func loops(s subject) bool { return slices.ContainsFunc(s.prog, cbpf.IsBackward) }

// loadXDP compiles one object of all filters and loads its programs. Those that the kernel refuses are nil.
func loadXDP(t *testing.T, compiler string, subjects []subject) []*ebpf.Program {
	t.Helper()
	b := bytes.NewBufferString(xdpHead)
	for i, s := range subjects {
		name := fmt.Sprintf("f%d", i)
		c, err := C(s.prog, Options{Name: name, About: s.about})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(c)
		fmt.Fprintf(b, inXDP, name)
	}
	dir := t.TempDir()
	src, object := filepath.Join(dir, "xdp.c"), filepath.Join(dir, "xdp.o")
	if err := os.WriteFile(src, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-target", "bpf", "-O2", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-c", "-o", object, src).CombinedOutput(); err != nil {
		t.Fatalf("clang -target bpf: %v\n%.4000s", err, out)
	}
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		t.Fatal(err)
	}
	programs := make([]*ebpf.Program, len(subjects))
	for i, subject := range subjects {
		programs[i], err = ebpf.NewProgram(spec.Programs[fmt.Sprintf("xdp_f%d", i)])
		if errors.Is(err, os.ErrPermission) {
			skip(t, fmt.Sprintf("the kernel lets no eBPF program in: %v", err))
		}
		if err != nil {
			t.Errorf("%s: %+v", subject.about, err)
		}
	}
	return programs
}

// checkXDP runs a program on the packets that the kernel takes for a test.
func checkXDP(t *testing.T, p *ebpf.Program, s subject, list []packet) {
	t.Helper()
	m, err := vm.New(s.prog)
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, pkt := range list {
		if len(pkt.data) < 14 || len(pkt.data) > 3500 {
			continue
		}
		got, err := p.Run(&ebpf.RunOptions{Data: pkt.data})
		if err != nil {
			continue
		}
		run++
		if want := uint32(1 + oneIf(m.Run(pkt.data, uint32(len(pkt.data))) != 0)); got != want {
			t.Errorf("%s on %x: %d, not %d", s.about, pkt.data, got, want)
			break
		}
	}
	if run < 100 {
		t.Errorf("%s: run on only %d packets", s.about, run)
	}
}
