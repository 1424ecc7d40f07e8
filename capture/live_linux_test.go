package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	toebpf "bpfc/ebpf"
	"bpfc/internal/netns"
	"bpfc/linktype"
	"bpfc/vm"
)

// ethernet makes a frame: a broadcast of the type given, with a payload.
func ethernet(ethertype uint16, payload ...byte) []byte {
	b := append(bytes.Repeat([]byte{0xff}, 6), 2, 0, 0, 0, 0, 1)
	b = binary.BigEndian.AppendUint16(b, ethertype)
	return append(b, payload...)
}

// numbered makes a frame of an experimental ethertype that carries a number.
func numbered(n uint32, length int) []byte {
	b := ethernet(0x88b5, make([]byte, max(length-14, 46))...)
	binary.BigEndian.PutUint32(b[14:], n)
	return b
}

// program assembles instructions; for tests only.
func program(t testing.TB, instructions ...bpf.Instruction) []bpf.RawInstruction {
	t.Helper()
	raw, err := bpf.Assemble(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// parity accepts numbered frames whose number is even (0) or odd (1).
func parity(t testing.TB, which uint32) []bpf.RawInstruction {
	return program(t,
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x88b5, SkipFalse: 4},
		bpf.LoadAbsolute{Off: 14, Size: 4},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: which, SkipFalse: 1},
		bpf.RetConstant{Val: MaxSnaplen},
		bpf.RetConstant{Val: 0},
	)
}

func open(t testing.TB, o LiveOptions) Handle {
	t.Helper()
	h, err := OpenLive(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func sender(t testing.TB, iface string) Sender {
	t.Helper()
	s, err := OpenSender(iface)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// wire sends on left, and waits until the kernel has taken what was sent to right. It keeps no more packets than that (1,000,
// net.core.netdev_max_backlog), and drops others without a word, so that a flood on a busy machine has to be held back.
type wire struct {
	Sender
	gate Handle // counts what arrives, and is never read
	sent uint64
}

const wireQueue = 512 // packets

func openWire(t testing.TB) *wire {
	t.Helper()
	gate := open(t, LiveOptions{Interface: "right", Snaplen: 1, Direction: In})
	return &wire{Sender: sender(t, "left"), gate: gate}
}

func (w *wire) Send(frames ...[]byte) error {
	for len(frames) > 0 {
		n := min(len(frames), wireQueue)
		if _, err := w.Sender.Send(frames[:n]...); err != nil {
			return err
		}
		w.sent += uint64(n)
		frames = frames[n:]
		for late := time.Now().Add(patience); ; time.Sleep(50 * time.Microsecond) {
			stats, err := w.gate.Stats()
			if err != nil {
				return err
			}
			if stats.Received == w.sent {
				break
			}
			if time.Now().After(late) {
				return fmt.Errorf("%d of %d packets arrived", stats.Received, w.sent)
			}
		}
	}
	return nil
}

// received waits until the kernel has so many packets for the capture. What is still on its way when an interface goes is lost.
func received(t testing.TB, h Handle, packets uint64) {
	t.Helper()
	for late := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stats, err := h.Stats()
		if err != nil || time.Now().After(late) {
			t.Fatalf("%d packets received of %d: %v", stats.Received, packets, err)
		}
		if stats.Received >= packets {
			return
		}
	}
}

// collect takes as many packets as have to come, and a few that should not if they come right after.
func collect(t testing.TB, h Handle, want int) (packets []Packet) {
	t.Helper()
	for {
		wait := patience
		if len(packets) >= want {
			wait = 250 * time.Millisecond // longer than the kernel gathers packets
		}
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		p, err := h.Next(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return packets
		}
		if err != nil {
			t.Fatal(err)
		}
		q := *p
		q.Data = bytes.Clone(p.Data)
		packets = append(packets, q)
	}
}

func TestLiveCapture(t *testing.T) {
	netns.Veth(t)
	h := open(t, LiveOptions{Interface: "right", Promiscuous: true})
	if link := h.Link(); link.LinkType != linktype.EN10MB || !link.Extensions {
		t.Errorf("link %+v", link)
	}
	var sent [][]byte
	for i := range 200 {
		sent = append(sent, numbered(uint32(i), 60+7*i))
	}
	before := time.Now().UnixNano()
	if n, err := sender(t, "left").Send(sent...); err != nil || n != len(sent) {
		t.Fatal(n, err)
	}
	got := collect(t, h, len(sent))
	if len(got) != len(sent) {
		t.Fatalf("%d of %d packets", len(got), len(sent))
	}
	for i, p := range got {
		if !bytes.Equal(p.Data, sent[i]) || int(p.WireLen) != len(sent[i]) || p.Number != uint64(i+1) ||
			p.Timestamp < before || p.Timestamp > time.Now().UnixNano() {
			t.Fatalf("packet %d: %+v", i, p)
		}
	}
	stats, err := h.Stats()
	if err != nil || stats.Received != uint64(len(sent)) || stats.Dropped != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	if engine, reason := h.Engine(); engine != "kernel" || reason != "" {
		t.Errorf("engine %s, %s", engine, reason)
	}
}

func TestLiveByNumberAndSnaplen(t *testing.T) {
	netns.Veth(t)
	devices, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	number := 1 + slices.IndexFunc(devices, func(d Device) bool { return d.Name == "right" })
	for _, filter := range [][]bpf.RawInstruction{nil, acceptAll(1 << 30)} {
		h := open(t, LiveOptions{Interface: fmt.Sprint(number), Snaplen: 40, Filter: filter})
		if _, err := sender(t, "left").Send(numbered(1, 1000)); err != nil {
			t.Fatal(err)
		}
		got := collect(t, h, 1)
		if len(got) != 1 || len(got[0].Data) != 40 || got[0].WireLen != 1000 {
			t.Errorf("%+v", got)
		}
		h.Close()
	}
}

// Tags that the kernel takes off are put back.
func TestLiveVLAN(t *testing.T) {
	netns.Veth(t)
	tagged := ethernet(0x8100, append([]byte{0x60, 7, 0x88, 0xb5}, make([]byte, 46)...)...)
	h := open(t, LiveOptions{Interface: "right"})
	// Metadata is what a filter has to ask: the packet itself has no tag.
	present := program(t,
		bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: MaxSnaplen},
		bpf.RetConstant{Val: 0},
	)
	filtered := open(t, LiveOptions{Interface: "right", Filter: present})
	if _, err := sender(t, "left").Send(tagged, numbered(1, 60)); err != nil {
		t.Fatal(err)
	}
	for h, want := range map[Handle]int{h: 2, filtered: 1} {
		got := collect(t, h, want)
		if len(got) != want || !bytes.Equal(got[0].Data, tagged) || int(got[0].WireLen) != len(tagged) {
			t.Errorf("%+v", got)
		}
	}
}

// vlanFrames are frames with VLAN tags; and what the kernel gives of them at a cooked socket, from the protocol on. Of several
// tags, those that go out keep the first.
var vlanFrames = []struct {
	name, in, out string // in hexadecimal, from the protocol on
}{
	{"no tag", "0800 45", "0800 45"},
	{"one", "8100 6007 0800 45", "8100 6007 0800 45"},
	{"priority only", "8100 6000 86dd 60", "8100 6000 86dd 60"},
	{"a service's", "88a8 0ffe 88b5 01020304", "88a8 0ffe 88b5 01020304"},
	{"two", "88a8 6007 8100 2009 0800 45", "88a8 6007 0800 45"},
	{"two of a kind", "8100 6007 8100 4500 0800 45", "8100 6007 0800 45"},
	{"two before IPv6", "8100 6007 8100 6001 86dd 60", "8100 6007 86dd 60"},
	{"two before ARP", "88a8 6007 8100 6001 0806 0001 0800", "88a8 6007 0806 0001 0800"},
	{"three", "88a8 6007 8100 6001 8100 400a 86dd 60", "88a8 6007 86dd 60"},
	{"no tag to Linux", "9100 6007 0800 45", "9100 6007 0800 45"},
	{"two, one of them none to Linux", "8100 6007 9100 6001 0800 45", "8100 6007 9100 6001 0800 45"},
	{"a length that is a protocol", "8100 6007 0800 4500 0800 0000 4000 4011 22da 01020304 05060708", "8100 6007 0800 4500 0800 0000 4000 4011 22da 01020304 05060708"},
}

// On "any" the cooked header's protocol and what follows agree, however many tags there are.
func TestFieldVLANOnAny(t *testing.T) {
	netns.Veth(t)
	s := sender(t, "left")
	for _, link := range []linktype.Type{linktype.LINUX_SLL, linktype.LINUX_SLL2} {
		shape := taggable[link]
		in := open(t, LiveOptions{Interface: "any", LinkType: link, Direction: In})
		out := open(t, LiveOptions{Interface: "any", LinkType: link, Direction: Out})
		short := open(t, LiveOptions{Interface: "any", LinkType: link, Direction: In, Snaplen: 30})
		for _, tt := range vlanFrames {
			frame := append(ethernet(0)[:12], packed(t, tt.in)...)
			frame = append(frame, make([]byte, 60)...)
			if _, err := s.Send(frame); err != nil {
				t.Fatal(err)
			}
			for h, want := range map[Handle]string{in: tt.in, out: tt.out, short: tt.in} {
				got, err := next(t, h)
				if err != nil {
					t.Fatal(err)
				}
				expected := append(packed(t, want), make([]byte, 60)...)
				wireLen := shape.length + len(expected) - 2 // the protocol is in the header
				protocol := got.Data[shape.protocol : shape.protocol+2]
				from := slices.Concat(protocol, got.Data[shape.length:])
				if h == short {
					expected = expected[:30-shape.length+2]
				}
				if !bytes.Equal(from, expected) || int(got.WireLen) != wireLen {
					t.Errorf("%s, link type %d: % x, length %d; want % x, length %d", tt.name, link, from, got.WireLen, expected, wireLen)
				}
			}
		}
	}
}

// packed reads hexadecimal.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// On "any" the kernel sees no cooked header; filters on its fields and on the
// packet behind it work all the same, in the kernel or in the VM.
func TestLiveAny(t *testing.T) {
	netns.Veth(t)
	left, err := net.InterfaceByName("left")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		load   bpf.LoadAbsolute
		value  uint32
		engine string
	}{
		{"protocol", bpf.LoadAbsolute{Off: 0, Size: 2}, 0x88b5, "kernel"},
		{"interface", bpf.LoadAbsolute{Off: 4, Size: 4}, uint32(left.Index), "kernel"},
		{"hardware type", bpf.LoadAbsolute{Off: 8, Size: 2}, unix.ARPHRD_ETHER, "kernel"},
		{"packet type", bpf.LoadAbsolute{Off: 10, Size: 1}, unix.PACKET_OUTGOING, "kernel"},
		{"address", bpf.LoadAbsolute{Off: 12, Size: 4}, 0x02000000, "vm"},
		{"payload", bpf.LoadAbsolute{Off: 20, Size: 4}, 42, "kernel"},
	}
	for _, tt := range tests {
		h := open(t, LiveOptions{Interface: "any", Filter: program(t,
			tt.load,
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: tt.value, SkipFalse: 1},
			bpf.RetConstant{Val: MaxSnaplen},
			bpf.RetConstant{Val: 0},
		)})
		if engine, reason := h.Engine(); engine != tt.engine {
			t.Errorf("%s: engine %s (%s)", tt.name, engine, reason)
		}
		if _, err := sender(t, "left").Send(numbered(42, 100), ethernet(0x88b6, make([]byte, 50)...)); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"protocol": 2, "interface": 2, "hardware type": 4, "packet type": 2, "address": 4, "payload": 2}[tt.name]
		got := collect(t, h, want)
		if len(got) != want {
			t.Errorf("%s: %d packets, want %d", tt.name, len(got), want)
		}
		for _, p := range got {
			if len(p.Data) != int(p.WireLen) || !bytes.Equal(p.Data[12:18], []byte{2, 0, 0, 0, 0, 1}) {
				t.Errorf("%s: % x, length %d", tt.name, p.Data[:32], p.WireLen)
			}
		}
		h.Close()
	}
}

func TestLiveDirection(t *testing.T) {
	netns.Veth(t)
	in, out := numbered(1, 60), numbered(2, 60)
	for direction, want := range map[Direction][]byte{In: in, Out: out, InOut: nil} {
		h := open(t, LiveOptions{Interface: "right", Direction: direction})
		if _, err := sender(t, "left").Send(in); err != nil {
			t.Fatal(err)
		}
		if _, err := sender(t, "right").Send(out); err != nil {
			t.Fatal(err)
		}
		number := 1
		if want == nil {
			number = 2
		}
		got := collect(t, h, number)
		if want == nil && len(got) != 2 || want != nil && (len(got) != 1 || !bytes.Equal(got[0].Data, want)) {
			t.Errorf("direction %d: %+v", direction, got)
		}
		h.Close()
	}
}

// The loopback shows each packet once.
func TestLiveLoopback(t *testing.T) {
	netns.Veth(t)
	for _, iface := range []string{"lo", "any"} {
		h := open(t, LiveOptions{Interface: iface})
		conn, err := net.Dial("udp", "127.0.0.1:9")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		datagrams := 0
		for _, p := range collect(t, h, 2) {
			if bytes.HasSuffix(p.Data, []byte("hello")) && p.WireLen < 60 { // the ICMP answer quotes it
				datagrams++
			}
		}
		if datagrams != 1 {
			t.Errorf("%s: the datagram came %d times", iface, datagrams)
		}
		h.Close()
	}
}

// Waiting ends at once, by the context or by Close.
func TestLiveCancel(t *testing.T) {
	netns.Veth(t)
	h := open(t, LiveOptions{Interface: "right"})
	for _, end := range []string{"cancel", "timeout", "close"} {
		ctx, cancel := context.WithCancel(context.Background())
		want := context.Canceled
		started := time.Now()
		switch end {
		case "cancel":
			time.AfterFunc(30*time.Millisecond, cancel)
		case "timeout":
			cancel()
			ctx, cancel = context.WithTimeout(context.Background(), 30*time.Millisecond)
			want = context.DeadlineExceeded
		case "close":
			time.AfterFunc(30*time.Millisecond, func() { h.Close() })
			want = ErrClosed
		}
		if _, err := h.Next(ctx); !errors.Is(err, want) {
			t.Errorf("%s: %v", end, err)
		}
		if d := time.Since(started); d > 2*time.Second {
			t.Errorf("%s took %v", end, d)
		}
		cancel()
	}
	if _, err := h.Next(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := h.SetFilter(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := h.Stats(); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func TestLiveErrors(t *testing.T) {
	netns.Veth(t)
	if _, err := OpenLive(LiveOptions{Interface: "nosuch"}); !errors.Is(err, ErrNoDevice) {
		t.Errorf("unknown interface: %v", err)
	}
	netns.IP(t, "link add idle type veth peer name idler")
	if _, err := OpenLive(LiveOptions{Interface: "idle"}); !errors.Is(err, ErrDown) {
		t.Errorf("interface that is down: %v", err)
	}
	for _, o := range []LiveOptions{
		{Interface: "right", Snaplen: -1}, {Interface: "right", BufferSize: -1},
		{Interface: "right", LinkType: 105}, {Interface: "right", Backend: "nosuch"},
		{Interface: "right", Filter: []bpf.RawInstruction{{Op: 0xffff}}},
	} {
		if h, err := OpenLive(o); err == nil {
			t.Errorf("%+v was accepted", o)
			h.Close()
		}
	}
}

// next takes a packet, or the error that comes instead.
func next(t testing.TB, h Handle) (*Packet, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return h.Next(ctx)
}

// patience is how long a test waits for what has to come, on a machine that may be busy.
const patience = time.Minute

// An interface that goes down does not end a capture, which goes on when it is up again, under whatever name.
func TestFieldInterfaceDownAndUp(t *testing.T) {
	netns.Veth(t)
	h := open(t, LiveOptions{Interface: "right", Promiscuous: true})
	name := "right"
	for round, meanwhile := range []string{"", "link set right name other", "link set other mtu 1400", ""} {
		send := func(n uint32) {
			t.Helper()
			// What left sends is lost until left knows that there is somebody again.
			if _, err := sender(t, name).Send(numbered(n, 60)); err != nil {
				t.Fatal(err)
			}
		}
		receive := func(n uint32) {
			t.Helper()
			p, err := next(t, h)
			if err != nil || binary.BigEndian.Uint32(p.Data[14:]) != n {
				t.Fatalf("round %d, packet %d: %+v, %v", round, n, p, err)
			}
		}
		send(1) // is still on its way when the interface goes down
		netns.IP(t, "link set "+name+" down")
		receive(1)
		ctx, cancel := context.WithTimeout(context.Background(), 3*downPoll)
		if p, err := h.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("round %d, down: %+v, %v", round, p, err)
		}
		cancel()
		if meanwhile != "" {
			netns.IP(t, meanwhile)
			name = "other"
		}
		netns.IP(t, "link set "+name+" up")
		for n := range uint32(5) {
			send(2 + n)
			receive(2 + n)
		}
	}
}

// otherNamespace gives the number of a process that has a network namespace of its own, and ends with the test.
func otherNamespace(t *testing.T) int {
	t.Helper()
	other := exec.Command("unshare", "-n", "sh", "-c", "echo ready; cat")
	hold, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hold.Close(); other.Wait() })
	if _, err := out.Read(make([]byte, 10)); err != nil { // it has the namespace by then
		t.Fatal(err)
	}
	return other.Process.Pid
}

// An interface that is deleted, or moved to another namespace, ends a capture, after what was captured before; also if it was
// down already.
func TestFieldInterfaceGone(t *testing.T) {
	netns.Veth(t)
	for _, how := range []string{"link del right", "link del left", fmt.Sprintf("link set right netns %d", otherNamespace(t))} {
		for _, down := range []bool{false, true} {
			h := open(t, LiveOptions{Interface: "right"})
			if _, err := sender(t, "left").Send(numbered(1, 60)); err != nil {
				t.Fatal(err)
			}
			received(t, h, 1)
			if down {
				netns.IP(t, "link set right down")
			}
			ended := make(chan error, 1)
			go func() {
				p, err := next(t, h)
				if err != nil || p.WireLen != 60 {
					t.Errorf("%s: the packet from before is missing: %v", how, err)
				}
				_, err = next(t, h)
				ended <- err
			}()
			if down {
				time.Sleep(2 * downPoll) // the capture knows it
			}
			netns.IP(t, how)
			if err := <-ended; !errors.Is(err, ErrGone) {
				t.Errorf("%s, down: %t: %v", how, down, err)
			}
			h.Close()
			if strings.Contains(how, "netns") {
				netns.IP(t, "link del left")
			}
			netns.Pair(t, "left", "right")
		}
	}
}

// What classic BPF in the kernel cannot hold, here a backward jump, runs there as eBPF, and in the VM of a process that may not
// load eBPF: one that has CAP_NET_RAW alone.
func TestLiveLoopFilter(t *testing.T) {
	for _, engine := range []string{"ebpf", "vm"} {
		t.Run(engine, func(t *testing.T) {
			netns.Veth(t)
			if engine == "vm" {
				if err := netns.KeepCapabilities(unix.CAP_NET_RAW, unix.CAP_NET_ADMIN); err != nil {
					t.Fatal(err)
				}
			}
			testLoopFilter(t, engine)
		})
	}
}

// A packet that a filter of tc drops on its way out is an error, and does not hold the sender for ever.
func TestSendDropped(t *testing.T) {
	netns.Veth(t)
	left, err := net.InterfaceByName("left")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := toebpf.Spec("", program(t, bpf.LoadAbsolute{Off: 12, Size: 2}, bpf.JumpIf{Val: 0x88b5, SkipTrue: 1}, bpf.RetConstant{}, bpf.RetConstant{Val: 1}), toebpf.TC, toebpf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	drop, err := ebpf.NewProgram(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer drop.Close()
	attached, err := link.AttachTCX(link.TCXOptions{Interface: left.Index, Program: drop, Attach: ebpf.AttachTCXEgress})
	if err != nil {
		t.Fatal(err)
	}
	defer attached.Close()
	n, err := sender(t, "left").Send(ethernet(0x88b6, make([]byte, 46)...), numbered(1, 60), numbered(2, 60))
	if n != 1 || !errors.Is(err, unix.ENOBUFS) || !strings.Contains(err.Error(), "drops") {
		t.Errorf("%d sent, %v", n, err)
	}
}

// A program that is longer than what the kernel allows a socket runs in the kernel, too, and is exchanged without a loss.
func TestLiveLongFilter(t *testing.T) {
	netns.Veth(t)
	// Accepts numbers that are not of a list. The list is in parts that are passed over, as the kernel's verifier takes only
	// some 8,000 comparisons in a row.
	const parts, each, first = 5, 4000, 1000
	var long []bpf.RawInstruction
	for p := range uint32(parts) {
		long = append(long, bpf.RawInstruction{Op: 0x20, K: 14}, bpf.RawInstruction{Op: 0x35, K: first + (p+1)*each, Jf: 1}, bpf.RawInstruction{Op: 0x05, K: 2*each + 1})
		for i := range uint32(each) {
			long = append(long, bpf.RawInstruction{Op: 0x15, K: first + p*each + i, Jf: 1}, bpf.RawInstruction{Op: 0x06})
		}
		long = append(long, bpf.RawInstruction{Op: 0x06, K: MaxSnaplen})
	}
	long = append(long, bpf.RawInstruction{Op: 0x06, K: MaxSnaplen})
	h := open(t, LiveOptions{Interface: "right", Filter: long})
	for range 3 {
		if engine, reason := h.Engine(); engine != "ebpf" {
			t.Fatalf("engine %s, %q", engine, reason)
		}
		s := sender(t, "left")
		if _, err := s.Send(numbered(7, 60), numbered(1000, 60), numbered(20999, 60), numbered(21000, 60)); err != nil {
			t.Fatal(err)
		}
		if got := collect(t, h, 2); len(got) != 2 || binary.BigEndian.Uint32(got[1].Data[14:]) != 21000 {
			t.Fatalf("%d packets", len(got))
		}
		if err := h.SetFilter(long); err != nil {
			t.Fatal(err)
		}
	}
}

func testLoopFilter(t *testing.T, want string) {
	loop := []bpf.RawInstruction{
		{Op: 0x28, K: 12},                   // ethertype
		{Op: 0x15, K: 0x88b5, Jt: 0, Jf: 4}, // not ours: reject
		{Op: 0x20, K: 14},                   // number
		{Op: 0x15, K: 7, Jt: 1, Jf: 2},      // 7: accept
		{Op: 0x05, K: 0xffffffff - 1},       // never reached: back to the comparison
		{Op: 0x06, K: MaxSnaplen},           // accept
		{Op: 0x06, K: 0},                    // reject
	}
	if err := vm.Validate(loop, vm.ModeUserland); err != nil {
		t.Fatal(err)
	}
	h := open(t, LiveOptions{Interface: "right", Filter: loop})
	if engine, reason := h.Engine(); engine != want || reason == "" {
		t.Errorf("engine %s, %q", engine, reason)
	}
	var frames [][]byte
	for i := range 20 {
		frames = append(frames, numbered(uint32(i), 60))
	}
	s := sender(t, "left")
	if _, err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
	if got := collect(t, h, 1); len(got) != 1 || binary.BigEndian.Uint32(got[0].Data[14:]) != 7 {
		t.Errorf("%+v", got)
	}
	if err := h.SetFilter(parity(t, 1)); err != nil {
		t.Fatal(err)
	}
	if engine, _ := h.Engine(); engine != "kernel" {
		t.Errorf("engine %s after the exchange", engine)
	}
	if _, err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
	if got := collect(t, h, 10); len(got) != 10 {
		t.Errorf("%d packets", len(got))
	}
}

// While packets stream in, filters are attached and exchanged: no packet that
// the filter in force rejects may come after SetFilter returned, and none that
// it accepts may be missing. Numbers say when a packet was sent.
func TestAttachRace(t *testing.T) {
	netns.Veth(t)
	s := openWire(t)
	var number atomic.Uint32
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		frames := make([][]byte, 32)
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			for i := range frames {
				frames[i] = numbered(number.Add(1), 60)
			}
			if err := s.Send(frames...); err != nil {
				stopped <- err
				return
			}
		}
	}()
	programs := [2][]bpf.RawInstruction{parity(t, 0), parity(t, 1)}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	rounds := 30
	if testing.Short() {
		rounds = 6
	}
	wrong, seen := 0, 0
	for round := range rounds {
		h := open(t, LiveOptions{Interface: "right", Filter: programs[0], BufferSize: 4 << 20, Immediate: round%2 == 0, Delay: 20 * time.Millisecond})
		for exchange := range uint32(8) {
			which := exchange % 2
			if exchange > 0 {
				if err := h.SetFilter(programs[which]); err != nil {
					t.Fatal(err)
				}
			}
			after := number.Load() // sent later than this: must come
			last := uint32(0)
			for range 400 {
				p, err := h.Next(ctx)
				if err != nil {
					stats, _ := h.Stats()
					t.Fatalf("round %d, exchange %d, after %d packets, %+v: %v", round, exchange, seen, stats, err)
				}
				seen++
				n := binary.BigEndian.Uint32(p.Data[14:])
				if n%2 != which {
					wrong++
				}
				if stats, _ := h.Stats(); last > after+64 && n != last+2 && stats.Dropped == 0 {
					t.Errorf("round %d: %d follows %d", round, n, last)
				}
				last = n
			}
		}
		h.Close()
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if wrong != 0 {
		t.Errorf("%d of %d packets are of the filter before", wrong, seen)
	}
	t.Logf("%d packets delivered of %d sent", seen, number.Load())
}

func TestLiveNoAllocation(t *testing.T) {
	netns.Veth(t)
	h := open(t, LiveOptions{Interface: "right", Filter: parity(t, 0)})
	frames := make([][]byte, 2000)
	for i := range frames {
		frames[i] = numbered(uint32(2*i), 60)
	}
	if err := openWire(t).Send(frames...); err != nil {
		t.Fatal(err)
	}
	if err := h.SetFilter(parity(t, 0)); err != nil { // the VM judges, too
		t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { h.Close() }) // a context that can end would be allocated for
	defer late.Stop()
	allocs := testing.AllocsPerRun(1500, func() {
		if _, err := h.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a packet", allocs)
	}
}

// Raw and UNIX sockets, each with its own view: the IP header first, and the
// data alone.
func TestAttachToOtherSockets(t *testing.T) {
	netns.Enter(t)
	raw, err := net.ListenPacket("ip4:253", "127.0.0.1") // a protocol number for experiments
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	dir := t.TempDir()
	unixAddr := &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unixgram"}
	datagrams, err := net.ListenUnixgram("unixgram", unixAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	toUnix, err := net.DialUnix("unixgram", nil, unixAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer toUnix.Close()
	toRaw, err := net.Dial("ip4:253", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer toRaw.Close()
	for _, tt := range []struct {
		name     string
		receiver net.PacketConn
		sender   net.Conn
		offset   uint32 // of the data in what the program sees
	}{{"raw", raw, toRaw, 20}, {"unix", datagrams, toUnix, 0}} {
		conn, ok := tt.receiver.(syscall.Conn)
		if !ok {
			t.Fatalf("%s: %T does not give its descriptor", tt.name, tt.receiver)
		}
		prog := program(t, bpf.LoadAbsolute{Off: tt.offset, Size: 1}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 'a', SkipFalse: 1},
			bpf.RetConstant{Val: MaxSnaplen}, bpf.RetConstant{Val: 0})
		if err := AttachFresh(conn, prog); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		receive := func(wait time.Duration) string {
			var b [100]byte
			tt.receiver.SetReadDeadline(time.Now().Add(wait))
			n, _, err := tt.receiver.ReadFrom(b[:])
			if err != nil {
				return ""
			}
			return string(b[:n])
		}
		write := func(texts ...string) {
			for _, s := range texts {
				_, _ = tt.sender.Write([]byte(s)) // of UNIX sockets the filter's refusal reaches the sender
			}
		}
		write("b1", "a1", "b2")
		if got := receive(patience); got != "a1" {
			t.Errorf("%s: %q", tt.name, got)
		}
		if got := receive(100 * time.Millisecond); got != "" {
			t.Errorf("%s: %q came though it is rejected", tt.name, got)
		}
		if err := Detach(conn); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		write("c1")
		if got := receive(patience); got != "c1" {
			t.Errorf("%s: %q", tt.name, got)
		}
		if err := Attach(conn, prog); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := Lock(conn); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := Detach(conn); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s: locked: %v", tt.name, err)
		}
	}
}

func TestAttachToSockets(t *testing.T) {
	netns.Enter(t)
	needsNot := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	needsNot(err)
	defer conn.Close()
	udp := conn.(*net.UDPConn)
	client, err := net.Dial("udp4", conn.LocalAddr().String())
	needsNot(err)
	defer client.Close()
	// A UDP socket's filter sees the UDP header first: 8 bytes.
	startsWith := func(c byte) []bpf.RawInstruction {
		return program(t, bpf.LoadAbsolute{Off: 8, Size: 1}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(c), SkipFalse: 1},
			bpf.RetConstant{Val: MaxSnaplen}, bpf.RetConstant{Val: 0})
	}
	receive := func(wait time.Duration) string {
		var b [100]byte
		udp.SetReadDeadline(time.Now().Add(wait))
		n, _, err := udp.ReadFrom(b[:])
		if err != nil {
			return ""
		}
		return string(b[:n])
	}
	write := func(texts ...string) {
		for _, s := range texts {
			_, err := client.Write([]byte(s))
			needsNot(err)
		}
	}
	write("stale")
	needsNot(AttachFresh(udp, startsWith('a')))
	write("b1", "a1", "b2")
	if got := receive(patience); got != "a1" {
		t.Errorf("got %q", got)
	}
	needsNot(Attach(udp, startsWith('b')))
	write("a2", "b3")
	if got := receive(patience); got != "b3" {
		t.Errorf("got %q", got)
	}
	needsNot(Detach(udp))
	if err := Detach(udp); !errors.Is(err, unix.ENOENT) {
		t.Errorf("second detach: %v", err)
	}
	write("z")
	if got := receive(patience); got != "z" {
		t.Errorf("got %q", got)
	}
	if err := Attach(udp, []bpf.RawInstruction{{Op: 0x05, K: 0xffffffff}}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("bad program: %v", err)
	}
	if Attach(udp, nil) == nil {
		t.Error("an empty program was taken")
	}
	needsNot(Attach(udp, startsWith('a')))
	needsNot(Lock(udp))
	if err := Attach(udp, startsWith('b')); !errors.Is(err, unix.EPERM) {
		t.Errorf("locked: %v", err)
	}
	if err := Detach(udp); !errors.Is(err, unix.EPERM) {
		t.Errorf("locked: %v", err)
	}
}

// Under a flood every packet is either delivered or counted as dropped; a
// filter that rejects nearly all of them loses none.
func TestFlood(t *testing.T) {
	netns.Veth(t)
	sent := 60_000
	if testing.Short() {
		sent = 20_000
	}
	rare := program(t, // every 128th
		bpf.LoadAbsolute{Off: 14, Size: 4},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 127},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: MaxSnaplen},
		bpf.RetConstant{Val: 0},
	)
	for _, tt := range []struct {
		filter   []bpf.RawInstruction
		accepted uint64
		buffer   int
	}{{nil, uint64(sent), 2 << 20}, {rare, uint64(sent+126) / 128, 0}} {
		h := open(t, LiveOptions{Interface: "right", Filter: tt.filter, BufferSize: tt.buffer, Direction: In})
		var delivered atomic.Uint64
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for {
				if _, err := h.Next(ctx); err != nil {
					return
				}
				delivered.Add(1)
			}
		}()
		s := openWire(t)
		frames := make([][]byte, 256)
		for i := 0; i < sent; i += len(frames) {
			for j := range frames {
				frames[j] = numbered(uint32(i+j), 60+(i+j)%1400)
			}
			if err := s.Send(frames[:min(len(frames), sent-i)]...); err != nil {
				t.Fatal(err)
			}
		}
		var stats Stats
		for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
			var err error
			if stats, err = h.Stats(); err != nil {
				t.Fatal(err)
			}
			if stats.Received == tt.accepted && delivered.Load()+stats.Dropped >= stats.Received {
				break
			}
		}
		cancel()
		if stats.Received != tt.accepted || delivered.Load()+stats.Dropped != stats.Received {
			t.Errorf("%d delivered, %+v, want %d", delivered.Load(), stats, tt.accepted)
		}
		if tt.filter != nil && stats.Dropped != 0 {
			t.Errorf("%d packets were dropped though few are accepted", stats.Dropped)
		}
		t.Logf("%d sent, %d delivered, %d dropped", sent, delivered.Load(), stats.Dropped)
		h.Close()
	}
}
