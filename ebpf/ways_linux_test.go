package toebpf_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	toebpf "bpfc/ebpf"
)

// need ends a test that cannot run here: it is skipped loudly, and fails with BPFC_REQUIRE_ALL=1.
func need(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}

// way is one way to run a classic program in the kernel as an eBPF program.
type way struct {
	name string
	// open prepares what all programs share.
	open func(t testing.TB) loader
	// loops tells whether the way runs loops as they are; else they are written out.
	loops bool
	// from is the length in bytes of the shortest packet, below that of the first that is too long, 0 for 65,536.
	from, below int
}

// loader loads a program for judging packets. It stays the loader's until the next one is loaded.
type loader interface {
	load(prog []bpf.RawInstruction) error
	// judge returns the verdict of the program that was loaded last; ran is false if the kernel does not run it on such
	// a packet. exact says whether the number itself is known, or only whether it is 0.
	judge(pkt []byte) (verdict uint32, exact, ran bool, err error)
}

// spec makes a loader's program.
type spec func(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error)

const rounds = 16 // of loops that are written out

func hook(h toebpf.Hook, o toebpf.Options) spec {
	return func(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) { return toebpf.Spec("", prog, h, o) }
}

var plain = &toebpf.Verdicts{Match: 1, NoMatch: 0}

const xdpMultiLimit, testRunLimit = 60000, 3400

// ways are all ways to load and run a program by BPF_PROG_TEST_RUN or on a pair of sockets.
var ways = []way{
	{name: "socket ld_abs", open: pair(hook(toebpf.SocketFilter, toebpf.Options{Access: toebpf.LdAbs, Rounds: rounds}))},
	{name: "socket skb_load", loops: true, open: pair(hook(toebpf.SocketFilter, toebpf.Options{Access: toebpf.SkbLoad}))},
	{name: "socket skb_load rounds", open: pair(hook(toebpf.SocketFilter, toebpf.Options{Access: toebpf.SkbLoad, Rounds: rounds}))},
	{name: "xdp direct", loops: true, from: 14, below: testRunLimit, open: testRun(hook(toebpf.XDP, toebpf.Options{Verdicts: plain}))},
	{name: "xdp direct rounds", from: 14, below: testRunLimit, open: testRun(hook(toebpf.XDP, toebpf.Options{Verdicts: plain, Rounds: rounds}))},
	{name: "xdp linear", from: 14, below: xdpMultiLimit, open: testRun(hook(toebpf.XDP, toebpf.Options{Access: toebpf.Linear, Verdicts: plain, MultiBuffer: true, Rounds: rounds}))},
	{name: "xdp xdp_load", loops: true, from: 14, below: testRunLimit, open: testRun(hook(toebpf.XDP, toebpf.Options{Access: toebpf.XDPLoad, Verdicts: plain}))},
	{name: "xdp.frags xdp_load", loops: true, from: 14, below: xdpMultiLimit, open: testRun(hook(toebpf.XDP, toebpf.Options{Access: toebpf.XDPLoad, Verdicts: plain, MultiBuffer: true}))},
	{name: "tc direct", loops: true, from: 14, below: testRunLimit, open: testRun(hook(toebpf.TC, toebpf.Options{Access: toebpf.Direct, Verdicts: plain}))},
	{name: "tc linear", from: 14, below: testRunLimit, open: testRun(hook(toebpf.TC, toebpf.Options{Access: toebpf.Linear, Verdicts: plain, Rounds: rounds}))},
	{name: "tc ld_abs", from: 14, below: testRunLimit, open: testRun(hook(toebpf.TC, toebpf.Options{Access: toebpf.LdAbs, Verdicts: plain, Rounds: rounds}))},
	{name: "tc skb_load", loops: true, from: 14, below: testRunLimit, open: testRun(hook(toebpf.TC, toebpf.Options{Access: toebpf.SkbLoad, Verdicts: plain}))},
	{name: "cgroup_skb", loops: true, below: testRunLimit, open: behindEthernet(hook(toebpf.CGroupSKB, toebpf.Options{Verdicts: plain}))},
	{name: "fragment", from: 14, below: testRunLimit, open: exactly(fragmentSpec)},
	{name: "inject direct", loops: true, from: 14, below: testRunLimit, open: testRun(injectDirect(0))},
	{name: "inject direct rounds", from: 14, below: testRunLimit, open: testRun(injectDirect(rounds))},
	{name: "inject probe_read", loops: true, open: mapped(0)},
	{name: "inject probe_read rounds", open: mapped(rounds)},
}

// held holds the program that was loaded last.
type held struct {
	make spec
	prog *ebpf.Program
}

func (h *held) load(prog []bpf.RawInstruction) error {
	s, err := h.make(prog)
	if err != nil {
		return err
	}
	h.close()
	h.prog, err = ebpf.NewProgram(s)
	return err
}

func (h *held) spec(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) { return h.make(prog) }

func (h *held) close() {
	if h.prog != nil {
		h.prog.Close()
		h.prog = nil
	}
}

// runner runs programs by BPF_PROG_TEST_RUN.
type runner struct {
	held
	prefix []byte
	exact  bool
	buf    []byte
}

func testRun(s spec) func(testing.TB) loader        { return testRunner(s, nil, false) }
func exactly(s spec) func(testing.TB) loader        { return testRunner(s, nil, true) }
func behindEthernet(s spec) func(testing.TB) loader { return testRunner(s, ethernet, false) }

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		need(t, "root, to load eBPF programs")
	}
}

// ethernet is a link-layer header that the kernel takes off; it knows no protocol of this type (IEEE 802 local experimental).
var ethernet = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5}

func testRunner(s spec, prefix []byte, exact bool) func(testing.TB) loader {
	return func(t testing.TB) loader {
		needRoot(t)
		r := &runner{held: held{make: s}, prefix: prefix, exact: exact}
		t.Cleanup(r.close)
		return r
	}
}

func (r *runner) judge(pkt []byte) (uint32, bool, bool, error) {
	if r.prefix != nil {
		r.buf = append(append(r.buf[:0], r.prefix...), pkt...)
		pkt = r.buf
	}
	v, err := r.prog.Run(&ebpf.RunOptions{Data: pkt})
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOMEM) {
		return 0, false, false, nil // too short, cut in the IP header, or too long for test runs
	}
	return v, r.exact, true, err
}

// socketPair is a pair of datagram sockets; a program attached to one judges what the other sends.
type socketPair struct {
	held
	from, to int
	buf      []byte
}

func pair(s spec) func(testing.TB) loader {
	return func(t testing.TB) loader {
		needRoot(t)
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			need(t, "AF_UNIX socket pairs: "+err.Error())
		}
		if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 1<<20); err != nil {
			t.Fatal(err)
		}
		p := &socketPair{held: held{make: s}, from: fds[0], to: fds[1], buf: make([]byte, 1<<16)}
		t.Cleanup(func() { unix.Close(p.from); unix.Close(p.to); p.close() })
		return p
	}
}

func (p *socketPair) load(prog []bpf.RawInstruction) error {
	if err := p.held.load(prog); err != nil {
		return err
	}
	return unix.SetsockoptInt(p.to, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, p.prog.FD())
}

// judge returns how much of the packet arrives, which is no more than there was. Of an empty packet it tells whether it arrives.
func (p *socketPair) judge(pkt []byte) (uint32, bool, bool, error) {
	if err := unix.Send(p.from, pkt, 0); err != nil {
		return 0, false, false, err
	}
	n, _, err := unix.Recvfrom(p.to, p.buf, 0)
	switch {
	case err == unix.EAGAIN:
		return 0, true, true, nil
	case err != nil:
		return 0, false, false, err
	case n == 0:
		return 1, false, true, nil
	}
	return uint32(n), true, true, nil
}

// fragmentSpec embeds a fragment in an XDP program that returns the verdict.
func fragmentSpec(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) {
	f, err := toebpf.Fragment(prog, toebpf.FragmentOptions{
		PacketStart: asm.R2, PacketEnd: asm.R9, Result: asm.R3, ResultLabel: "done",
		Working: [4]asm.Register{asm.R3, asm.R1, asm.R7, asm.R0}, StackOffset: 8, LabelPrefix: "f", Rounds: rounds,
	})
	insns := asm.Instructions{asm.LoadMem(asm.R2, asm.R1, 0, asm.Word), asm.LoadMem(asm.R9, asm.R1, 4, asm.Word),
		asm.StoreImm(asm.RFP, -8, 0x1234567, asm.Word)}
	insns = append(insns, f...)
	insns = append(insns,
		asm.Mov.Reg32(asm.R0, asm.R3).WithSymbol("done"),
		asm.LoadMem(asm.R4, asm.RFP, -8, asm.Word),
		asm.JEq.Imm(asm.R4, 0x1234567, "kept"),
		asm.Mov.Imm(asm.R0, 0x7ead), // the caller's stack was written to
		asm.Return().WithSymbol("kept"))
	return &ebpf.ProgramSpec{Type: ebpf.XDP, Instructions: insns, License: "BSD"}, err
}

// stub is what clang makes of a stub, and function the BTF that it gives functions.
var stub = asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}

func function(in asm.Instruction, name string, linkage btf.FuncLinkage, params int) asm.Instruction {
	number, pointer := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}, &btf.Pointer{Target: &btf.Void{}}
	proto := &btf.FuncProto{Return: number}
	for i := range params {
		proto.Params = append(proto.Params, btf.FuncParam{Name: fmt.Sprintf("p%d", i), Type: pointer})
	}
	return btf.WithFuncMetadata(in.WithSymbol(name), &btf.Func{Name: name, Linkage: linkage, Type: proto})
}

// withStub appends the stub, called filter, to a program called main.
func withStub(main asm.Instructions) asm.Instructions {
	s := slices.Clone(stub)
	s[0] = function(s[0], "filter", btf.StaticFunc, 5)
	main[0] = function(main[0], "main", btf.GlobalFunc, 1)
	return append(main, s...)
}

func injectDirect(rounds int) spec {
	return func(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) {
		insns := asm.Instructions{
			asm.LoadMem(asm.R4, asm.R1, 0, asm.Word), asm.LoadMem(asm.R5, asm.R1, 4, asm.Word),
			asm.Mov.Reg(asm.R2, asm.R1), asm.Mov.Reg(asm.R3, asm.R1), asm.Call.Label("filter"), asm.Return(),
		}
		s := &ebpf.ProgramSpec{Type: ebpf.XDP, Instructions: withStub(insns), License: "BSD"}
		return s, toebpf.Inject(s, "filter", prog, toebpf.InjectOptions{Rounds: rounds})
	}
}

// memory judges packets that lie in kernel memory, in the value of a map: a raw tracepoint program, run for a test, calls a
// stub with their address, where a filter has been injected that reads by bpf_probe_read_kernel.
type memory struct {
	held
	packet *ebpf.Memory // of the map: 8 bytes, then the packet
}

func mapped(rounds int) func(testing.TB) loader {
	return func(t testing.TB) loader {
		needRoot(t)
		const size = 1 << 16
		m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: size + 8, MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE})
		if err != nil {
			t.Fatal(err)
		}
		out := &memory{}
		if out.packet, err = m.Memory(); err != nil {
			t.Fatal(err)
		}
		out.make = func(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) {
			insns := asm.Instructions{
				asm.LoadMem(asm.R5, asm.R1, 0, asm.DWord), // the length is the first argument of the tracepoint
				asm.LoadMapValue(asm.R4, m.FD(), 8),
				asm.LoadMapValue(asm.R2, m.FD(), 0),
				asm.StoreMem(asm.R2, 0, asm.R4, asm.DWord), // an address in memory, no more a pointer to a map's value
				asm.LoadMem(asm.R4, asm.R2, 0, asm.DWord),
				asm.Add.Reg(asm.R5, asm.R4), asm.Mov.Reg(asm.R2, asm.R1), asm.Mov.Reg(asm.R3, asm.R1),
				asm.Call.Label("filter"), asm.Return(),
			}
			s := &ebpf.ProgramSpec{Type: ebpf.RawTracepoint, Instructions: withStub(insns), License: "GPL"}
			return s, toebpf.Inject(s, "filter", prog, toebpf.InjectOptions{Rounds: rounds})
		}
		t.Cleanup(func() { out.close(); m.Close() })
		return out
	}
}

func (m *memory) judge(pkt []byte) (uint32, bool, bool, error) {
	if len(pkt) > 0 {
		if _, err := m.packet.WriteAt(pkt, 8); err != nil {
			return 0, false, false, err
		}
	}
	v, err := m.prog.Run(&ebpf.RunOptions{Context: []uint64{uint64(len(pkt))}})
	return v, false, true, err
}

func interfaceIndex(t testing.TB, name string) int {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return i.Index
}
