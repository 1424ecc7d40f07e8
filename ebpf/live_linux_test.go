package toebpf_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc"
	toebpf "bpfc/ebpf"
	"bpfc/internal/netns"
	"bpfc/linktype"
)

// What the kernel does not take for test runs, packets of a few bytes, cut in their IP headers, of 4,000 bytes and more, or not
// linear, goes over devices of namespaces.

// liveWays run programs on packets that come in on a tun or tap device, for a link-layer type.
func liveWays(tap bool) []way {
	from := 1 // a tun device takes no empty packets
	if tap {
		from = 14
	}
	tc := func(a toebpf.Access) spec {
		// tcx goes on to the next program with -1 (TCX_NEXT), and ends with 0 (TCX_PASS).
		return hook(toebpf.TC, toebpf.Options{Access: a, Verdicts: &toebpf.Verdicts{Match: 0xffffffff, NoMatch: 0}, Rounds: rounds})
	}
	xdp := func(o toebpf.Options) spec { return hook(toebpf.XDP, o) }
	return []way{
		{name: "live tc direct", from: from, below: nonlinear, open: onDevice(tap, tc(toebpf.Direct))},
		{name: "live tc linear", from: from, open: onDevice(tap, tc(toebpf.Linear))},
		{name: "live tc ld_abs", from: from, open: onDevice(tap, tc(toebpf.LdAbs))},
		{name: "live tc skb_load", from: from, open: onDevice(tap, tc(toebpf.SkbLoad))},
		// Generic XDP makes packets linear that are not, for programs that do not take several buffers.
		{name: "live xdp direct", from: from, open: onDevice(tap, xdp(toebpf.Options{Rounds: rounds}))},
		{name: "live xdp linear", from: from, open: onDevice(tap, xdp(toebpf.Options{MultiBuffer: true, Rounds: rounds}))},
		{name: "live xdp xdp_load", from: from, open: onDevice(tap, xdp(toebpf.Options{Access: toebpf.XDPLoad, MultiBuffer: true, Rounds: rounds}))},
	}
}

// nonlinear is from how many bytes on the kernel takes a packet from a tun device in pieces if asked to: a page, less what it
// puts before a packet.
const nonlinear = 3800

// device is a tun or tap device. Of what comes in on it, programs of its own count what there is before and after the program
// under test.
type device struct {
	held
	file    *os.File
	index   int
	tap     bool
	link    link.Link
	counts  *counts
	linear  int // bytes in the linear part of the packets that are large enough to have one
	buf     []byte
	attach  func() (link.Link, error)
	inverse bool // what matches is dropped
}

var devices atomic.Int32

func onDevice(tap bool, s spec) func(testing.TB) loader {
	return func(t testing.TB) loader {
		d := &device{held: held{make: s}, tap: tap}
		d.open(t)
		d.counts = newCounts(t)
		first, last := d.counts.program(t, countSeen), d.counts.program(t, countPassed)
		d.attach = func() (link.Link, error) {
			if d.prog.Type() == ebpf.XDP {
				d.inverse = true
				if l, err := link.AttachTCX(link.TCXOptions{Interface: d.index, Program: last, Attach: ebpf.AttachTCXIngress}); err != nil {
					return nil, err
				} else {
					t.Cleanup(func() { l.Close() })
				}
				return link.AttachXDP(link.XDPOptions{Interface: d.index, Program: d.prog, Flags: link.XDPGenericMode})
			}
			var out link.Link
			for _, p := range []*ebpf.Program{first, d.prog, last} {
				l, err := link.AttachTCX(link.TCXOptions{Interface: d.index, Program: p, Attach: ebpf.AttachTCXIngress})
				if err != nil {
					return nil, err
				}
				if p == d.prog {
					out = l
				} else {
					t.Cleanup(func() { l.Close() })
				}
			}
			return out, nil
		}
		t.Cleanup(d.close)
		return d
	}
}

// counts is a map of two numbers: of the packets that came in, and of those that the program under test let through.
type counts struct {
	m      *ebpf.Map
	memory *ebpf.Memory
}

const countSeen, countPassed = 0, 8 // their offsets

func newCounts(t testing.TB) *counts {
	t.Helper()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 16, MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	memory, err := m.Memory()
	if err != nil {
		t.Fatal(err)
	}
	return &counts{m, memory}
}

func (c *counts) read() (seen, passed uint64, err error) {
	var b [16]byte
	_, err = c.memory.ReadAt(b[:], 0)
	return binary.NativeEndian.Uint64(b[:]), binary.NativeEndian.Uint64(b[8:]), err
}

// add is the code that adds a register to a number.
func (c *counts) add(offset uint32, r asm.Register) asm.Instructions {
	return asm.Instructions{asm.LoadMapValue(asm.R1, c.m.FD(), offset), asm.StoreXAdd(asm.R1, r, asm.DWord)}
}

// program makes a tcx program that counts packets.
func (c *counts) program(t testing.TB, offset uint32) *ebpf.Program {
	t.Helper()
	insns := append(asm.Instructions{asm.Mov.Imm(asm.R2, 1)}, c.add(offset, asm.R2)...)
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "BSD", Instructions: append(insns, asm.Mov.Imm32(asm.R0, -1), asm.Return())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

const virtioHeader = 10 // bytes of struct virtio_net_hdr

// open makes the device.
func (d *device) open(t testing.TB) {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		need(t, "/dev/net/tun: "+err.Error())
	}
	name := fmt.Sprintf("dev%d", devices.Add(1))
	request, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	mode := uint16(unix.IFF_TUN)
	if d.tap {
		mode = unix.IFF_TAP
	}
	request.SetUint16(mode | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		need(t, "tun devices: "+err.Error())
	}
	d.file = os.NewFile(uintptr(fd), name)
	t.Cleanup(func() { d.file.Close() })
	netns.IP(t, "link set "+name+" up")
	d.index = interfaceIndex(t, name)
}

func (d *device) load(prog []bpf.RawInstruction) (err error) {
	if err := d.held.load(prog); err != nil {
		return err
	}
	if d.link != nil {
		return d.link.Update(d.prog)
	}
	d.link, err = d.attach()
	return err
}

func (d *device) close() {
	if d.link != nil {
		d.link.Close()
	}
	d.held.close()
}

// judge puts a packet on the device, from a linear part and fragments if it is long enough for that.
func (d *device) judge(pkt []byte) (uint32, bool, bool, error) {
	if d.tap && tagged(pkt) && (d.prog.Type() != ebpf.XDP || len(pkt) < 20) {
		// The kernel takes the tag out before tc sees the packet (TestLiveTags), and drops it where that does not go.
		return 0, false, false, nil
	}
	return d.put(pkt)
}

func tagged(pkt []byte) bool {
	return len(pkt) >= 14 && (binary.BigEndian.Uint16(pkt[12:]) == 0x8100 || binary.BigEndian.Uint16(pkt[12:]) == 0x88a8)
}

func (d *device) put(pkt []byte) (uint32, bool, bool, error) {
	d.linear = d.linear%60 + 1
	linear := d.linear
	if d.tap {
		linear += 14
	}
	b := append(d.buf[:0], 0, 0, 0x88, 0xb5) // flags, and a protocol that nobody knows
	b = append(b, make([]byte, virtioHeader)...)
	binary.NativeEndian.PutUint16(b[6:], uint16(min(linear, len(pkt))))
	d.buf = append(b, pkt...)
	seen, passed, err := d.counts.read()
	if err != nil {
		return 0, false, false, err
	}
	if _, err := d.file.Write(d.buf); err != nil {
		if errors.Is(err, unix.EINVAL) {
			return 0, false, false, nil
		}
		return 0, false, false, fmt.Errorf("to the device: %w", err)
	}
	seenNow, passedNow, err := d.counts.read()
	if !d.inverse && seenNow != seen+1 {
		return 0, false, false, errors.New("the packet did not come in, or others did")
	}
	verdict := uint32(passedNow - passed)
	if d.inverse {
		verdict = 1 - verdict
	}
	return verdict, false, true, err
}

// TestLivePackets runs filters and programs that are easily got wrong on packets on devices: very short and very long ones, in
// one piece and in several.
func TestLivePackets(t *testing.T) {
	for _, link := range links {
		t.Run(fmt.Sprint(link), func(t *testing.T) {
			netns.Enter(t)
			every, _ := share()
			r := rand.New(rand.NewPCG(11, 12))
			run(t, liveWays(link == linktype.EN10MB), min(every, len(liveWays(false))), func(yield func(*trial) bool) {
				for _, e := range practical(t) {
					prog := compile(e, link)
					if prog == nil {
						continue
					}
					if !yield(&trial{name: e, prog: prog, pkts: stretched(r, packetsFor(r, e, prog, link, 16))}) {
						return
					}
				}
				for tr := range trickyTrials(t) {
					tr.pkts = append(tr.pkts, stretched(r, toebpf.Counting(1, 3, 13, 14, 20, 40, 100))...)
					if !yield(tr) {
						return
					}
				}
			})
		})
	}
}

// stretched makes packets of other lengths: half are cut short, the others are filled up to more than a page.
func stretched(r *rand.Rand, pkts [][]byte) [][]byte {
	for i, p := range pkts {
		if i%2 == 0 {
			pkts[i] = p[:min(len(p), r.IntN(40))]
		} else {
			pkts[i] = append(p[:len(p):len(p)], make([]byte, 4096+r.IntN(5000))...)
		}
	}
	return pkts
}

// TestLiveTags runs filters for VLAN tags that were compiled for what Linux does with them: on the way to tc, it takes the outer one
// out of the packet and keeps it beside.
func TestLiveTags(t *testing.T) {
	netns.Enter(t)
	pkt := func(tags ...uint16) []byte {
		b := make([]byte, 12)
		for _, tag := range tags {
			b = append(b, 0x81, 0, byte(tag>>8), byte(tag))
		}
		return append(b, append([]byte{8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6}, make([]byte, 40)...)...)
	}
	for _, w := range liveWays(true)[:4] {
		l := w.open(t)
		for _, c := range []struct {
			filter string
			pkt    []byte
			want   uint32
		}{
			{"vlan 100", pkt(100), 1}, {"vlan 100", pkt(101), 0}, {"vlan", pkt(), 0}, {"vlan and ip", pkt(0x2000 | 100), 1}, {"not vlan", pkt(5), 0},
			{"vlan 100 and vlan 7 and ip proto 6", pkt(100, 7), 1}, {"vlan 100 and vlan 7", pkt(100), 0}, {"ip proto 6", pkt(100), 1},
		} {
			p, err := bpfc.Compile(c.filter, bpfc.WithLinuxExtensions())
			if err != nil {
				t.Fatal(err)
			}
			if err := l.load(p.Instructions()); err != nil {
				t.Fatalf("%s: %s: %v", w.name, c.filter, err)
			}
			if got, _, ran, err := l.(*device).put(c.pkt); err != nil || !ran || got != c.want {
				t.Errorf("%s: %s: verdict %d, ran %v, %v; want %d for %x", w.name, c.filter, got, ran, err, c.want, c.pkt)
			}
		}
	}
}

// TestPiecesAreRead makes sure that what the test above calls packets in pieces are such.
func TestPiecesAreRead(t *testing.T) {
	netns.Enter(t)
	prog := []bpf.RawInstruction{{Op: 0x30, K: 4000}, {Op: 0x06, K: 1}} // ldb [4000]; ret #1
	pkt := make([]byte, 5000)
	for i, want := range map[int]uint32{0: 0, 1: 1} {
		w := liveWays(false)[i]
		d := w.open(t)
		if err := d.load(prog); err != nil {
			t.Fatal(err)
		}
		if got, _, ran, err := d.judge(pkt); err != nil || !ran || got != want {
			t.Errorf("%s: verdict %d, ran %v, %v; want %d", w.name, got, ran, err, want)
		}
	}
}

// cgroup judges what a raw socket sends from a control group: a packet that does not match is refused with EPERM.
type cgroup struct {
	held
	path   string
	link   link.Link
	socket int
}

func openCgroup(t testing.TB) loader {
	mount := ""
	for _, p := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(p + "/cgroup.controllers"); err == nil {
			mount = p
		}
	}
	if mount == "" {
		need(t, "a mounted cgroup2 file system")
	}
	c := &cgroup{path: filepath.Join(mount, fmt.Sprintf("bpfc-test-%d", os.Getpid()))}
	c.make = hook(toebpf.CGroupSKB, toebpf.Options{Verdicts: &toebpf.Verdicts{Match: 1, NoMatch: 0}})
	if err := os.Mkdir(c.path, 0o755); err != nil {
		need(t, "control groups: "+err.Error())
	}
	t.Cleanup(func() { os.Remove(c.path) })
	home, err := cgroupOf(mount)
	if err != nil {
		t.Fatal(err)
	}
	// A socket belongs to the control group in which it was made.
	if err := join(c.path); err != nil {
		need(t, "control groups: "+err.Error())
	}
	c.socket, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err := errors.Join(err, join(home)); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(c.socket, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 1<<20); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(c.socket); c.close() })
	return c
}

// cgroupOf returns the directory of the control group that this process is in.
func cgroupOf(mount string) (string, error) {
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(l), "0::"); ok {
			return mount + rest, nil
		}
	}
	return "", errors.New("this process is in no cgroup2 group")
}

func join(path string) error {
	return os.WriteFile(path+"/cgroup.procs", fmt.Append(nil, os.Getpid()), 0)
}

func (c *cgroup) load(prog []bpf.RawInstruction) (err error) {
	if err := c.held.load(prog); err != nil {
		return err
	}
	if c.link != nil {
		return c.link.Update(c.prog)
	}
	c.link, err = link.AttachCgroup(link.CgroupOptions{Path: c.path, Attach: ebpf.AttachCGroupInetEgress, Program: c.prog})
	return err
}

func (c *cgroup) close() {
	if c.link != nil {
		c.link.Close()
	}
	c.held.close()
}

func (c *cgroup) judge(pkt []byte) (uint32, bool, bool, error) {
	err := unix.Sendto(c.socket, pkt, 0, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	switch {
	case err == nil:
		return 1, false, true, nil
	case errors.Is(err, unix.EPERM):
		return 0, false, true, nil
	}
	return 0, false, false, err
}

// ipPackets makes IPv4 packets as the kernel sends them: of what is random, only addresses, protocol and contents.
func ipPackets(r *rand.Rand, n int) [][]byte {
	var out [][]byte
	for range n {
		p := make([]byte, 20+r.IntN(40))
		if r.IntN(2) == 0 {
			p = make([]byte, 20+r.IntN(65000))
		}
		for i := range p {
			p[i] = byte(r.IntN(3))
		}
		p[0], p[1], p[6], p[8] = 0x45, 0, 0, 64
		p[9] = []byte{6, 17, 1, 132, 253}[r.IntN(5)]
		binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
		binary.BigEndian.PutUint16(p[4:], 7) // the kernel would number a packet without
		copy(p[12:], []byte{127, 0, byte(r.IntN(2)), byte(1 + r.IntN(2)), 127, 0, 0, 1})
		binary.BigEndian.PutUint16(p[10:], 0)
		binary.BigEndian.PutUint16(p[10:], checksum(p[:20]))
		out = append(out, p)
	}
	return out
}

func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// TestLiveCgroup runs filters on what a process sends.
func TestLiveCgroup(t *testing.T) {
	needRoot(t)
	netns.Enter(t)
	r := rand.New(rand.NewPCG(13, 14))
	ways := []way{{name: "live cgroup_skb", loops: true, from: 20, open: openCgroup}}
	run(t, ways, 1, func(yield func(*trial) bool) {
		exprs := append(practical(t), "src host 127.0.1.2", "tcp port 1", "udp src port 258 and ip[2:2] > 4000", "ip[40000] = 1", "ip[0xfff0:4] & 1 = 0", "less 2000")
		for _, e := range exprs {
			if prog := compile(e, linktype.RAW); prog != nil && !yield(&trial{name: e, prog: prog, pkts: ipPackets(r, 8)}) {
				return
			}
		}
	})
}

// tracepoint judges packets where the kernel takes them in: a raw tracepoint program gets the skb, finds the packet in it, and
// calls a stub where the filter has been injected.
type tracepoint struct {
	device
	layout sockBuffer
}

// sockBuffer says where the fields of struct sk_buff are in the running kernel, in bytes.
type sockBuffer struct{ head, mac, tail, dev, index uint32 }

func findSockBuffer(t testing.TB) (b sockBuffer) {
	t.Helper()
	types, err := btf.LoadKernelSpec()
	if err != nil {
		need(t, "BTF of the kernel: "+err.Error())
	}
	for _, f := range []struct {
		at          *uint32
		typ, member string
	}{{&b.head, "sk_buff", "head"}, {&b.mac, "sk_buff", "mac_header"}, {&b.tail, "sk_buff", "tail"}, {&b.dev, "sk_buff", "dev"}, {&b.index, "net_device", "ifindex"}} {
		var s *btf.Struct
		if err := types.TypeByName(f.typ, &s); err != nil {
			t.Fatal(err)
		}
		offset, ok := member(s.Members, f.member)
		if !ok {
			t.Fatalf("struct %s has no member %s", f.typ, f.member)
		}
		*f.at = offset
	}
	return b
}

// member returns where a member is, also one of structures and unions without a name.
func member(members []btf.Member, name string) (offset uint32, ok bool) {
	for _, m := range members {
		if m.Name == name {
			return m.Offset.Bytes(), true
		}
		var inner []btf.Member
		switch typ := btf.UnderlyingType(m.Type).(type) {
		case *btf.Struct:
			inner = typ.Members
		case *btf.Union:
			inner = typ.Members
		}
		if m.Name == "" {
			if o, ok := member(inner, name); ok {
				return m.Offset.Bytes() + o, true
			}
		}
	}
	return 0, false
}

func openTracepoint(t testing.TB) loader {
	tp := &tracepoint{layout: findSockBuffer(t)}
	tp.tap = true
	tp.open(t)
	tp.counts = newCounts(t)
	tp.make = tp.program
	t.Cleanup(tp.close)
	return tp
}

// program makes the tracing program.
func (tp *tracepoint) program(prog []bpf.RawInstruction) (*ebpf.ProgramSpec, error) {
	// field reads one of the kernel's fields, of a structure that base points to, into the stack.
	field := func(base asm.Register, offset uint32, size int32) asm.Instructions {
		return asm.Instructions{
			asm.Mov.Reg(asm.R1, asm.RFP), asm.Add.Imm(asm.R1, -8), asm.Mov.Imm(asm.R2, size),
			asm.Mov.Reg(asm.R3, base), asm.Add.Imm(asm.R3, int32(offset)), asm.FnProbeReadKernel.Call(),
		}
	}
	var main asm.Instructions
	put := func(insns ...asm.Instruction) { main = append(main, insns...) }
	put(asm.LoadMem(asm.R6, asm.R1, 0, asm.DWord)) // the skb
	put(field(asm.R6, tp.layout.dev, 8)...)
	put(asm.LoadMem(asm.R7, asm.RFP, -8, asm.DWord))
	put(field(asm.R7, tp.layout.index, 4)...)
	put(asm.LoadMem(asm.R1, asm.RFP, -8, asm.Word), asm.JNE.Imm(asm.R1, int32(tp.index), "end"))
	put(asm.Mov.Imm(asm.R2, 1))
	put(tp.counts.add(countSeen, asm.R2)...)
	put(field(asm.R6, tp.layout.head, 8)...)
	put(asm.LoadMem(asm.R7, asm.RFP, -8, asm.DWord))
	put(field(asm.R6, tp.layout.mac, 2)...)
	put(asm.LoadMem(asm.R8, asm.RFP, -8, asm.Half), asm.Add.Reg(asm.R8, asm.R7))
	put(field(asm.R6, tp.layout.tail, 4)...)
	put(asm.LoadMem(asm.R5, asm.RFP, -8, asm.Word), asm.Add.Reg(asm.R5, asm.R7), asm.Mov.Reg(asm.R4, asm.R8))
	put(asm.Mov.Reg(asm.R1, asm.R6), asm.Mov.Reg(asm.R2, asm.R6), asm.Mov.Reg(asm.R3, asm.R6), asm.Call.Label("filter"))
	put(tp.counts.add(countPassed, asm.R0)...)
	put(asm.Mov.Imm(asm.R0, 0).WithSymbol("end"), asm.Return())
	s := &ebpf.ProgramSpec{Type: ebpf.RawTracepoint, Instructions: withStub(main), License: "GPL"}
	return s, toebpf.Inject(s, "filter", prog, toebpf.InjectOptions{})
}

func (tp *tracepoint) load(prog []bpf.RawInstruction) (err error) {
	if tp.link != nil {
		tp.link.Close()
		tp.link = nil
	}
	if err := tp.held.load(prog); err != nil {
		return err
	}
	tp.link, err = link.AttachRawTracepoint(link.RawTracepointOptions{Name: "netif_receive_skb", Program: tp.prog})
	return err
}

// TestLiveTracepoint runs filters where the kernel takes packets in, on those of a device in a namespace.
func TestLiveTracepoint(t *testing.T) {
	needRoot(t)
	netns.Enter(t)
	every, _ := share()
	r := rand.New(rand.NewPCG(15, 16))
	ways := []way{{name: "live probe_read", loops: true, from: 14, below: nonlinear, open: openTracepoint}}
	run(t, ways, every, func(yield func(*trial) bool) {
		for _, e := range practical(t) {
			prog := compile(e, linktype.EN10MB)
			if prog != nil && !yield(&trial{name: e, prog: prog, pkts: packetsFor(r, e, prog, linktype.EN10MB, 16)}) {
				return
			}
		}
	})
}
