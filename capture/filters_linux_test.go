package capture_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/sys/unix"

	"bpfc"
	"bpfc/capture"
	"bpfc/internal/netns"
	"bpfc/linktype"
	"bpfc/vm"
)

// liveFilters are filters of different kinds for the traffic below.
var liveFilters = []string{
	"", "ip", "ip6", "arp", "tcp", "udp", "icmp or icmp6", "tcp port 80", "udp port 53", "host 192.0.2.1", "src host 192.0.2.2",
	"net 192.0.2.0/24", "host 2001:db8::1", "vlan", "vlan 7", "not vlan", "vlan and udp", "vlan 7 and tcp port 80", "vlan 8 or arp",
	"greater 1000", "less 100", "len > 1400", "tcp[tcpflags] & tcp-syn != 0", "ip[6:2] & 0x1fff != 0", "ether broadcast",
	"ether src 02:00:00:00:00:01", "portrange 50-100", "ip proto 47", "ip6 and udp", "not (tcp or udp)", "ether proto 0x88b5", "inbound", "outbound",
}

// sample is a packet as it is sent, and as the kernel's filter sees it at the
// other end: without the VLAN tag, which is metadata.
type sample struct {
	wire []byte
	view []byte
	meta vm.Metadata
}

// traffic makes packets of many kinds.
func traffic(t *testing.T) (samples []sample) {
	t.Helper()
	v4 := &layers.IPv4{Version: 4, TTL: 64, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2}}
	back := &layers.IPv4{Version: 4, TTL: 64, SrcIP: []byte{192, 0, 2, 2}, DstIP: []byte{198, 51, 100, 1}}
	v6 := &layers.IPv6{Version: 6, HopLimit: 64, SrcIP: slices.Concat([]byte{0x20, 1, 0xd, 0xb8}, make([]byte, 11), []byte{1}), DstIP: slices.Concat([]byte{0x20, 1, 0xd, 0xb8}, make([]byte, 11), []byte{2})}
	add := func(vlan uint16, kind layers.EthernetType, parts ...gopacket.SerializableLayer) {
		samples = append(samples, newSample(t, vlan, kind, parts...))
	}
	for _, vlan := range []uint16{0, 7, 8} {
		for _, size := range []int{0, 50, 900, 1400} {
			data := gopacket.Payload(make([]byte, size))
			for _, ip := range []*layers.IPv4{v4, back} {
				add(vlan, layers.EthernetTypeIPv4, with4(ip, layers.IPProtocolTCP), &layers.TCP{SrcPort: 1000, DstPort: 80, SYN: size == 0, ACK: size > 0}, data)
				add(vlan, layers.EthernetTypeIPv4, with4(ip, layers.IPProtocolUDP), &layers.UDP{SrcPort: 53, DstPort: 1000}, data)
			}
			add(vlan, layers.EthernetTypeIPv6, with6(v6, layers.IPProtocolUDP), &layers.UDP{SrcPort: 1000, DstPort: 53}, data)
			add(vlan, layers.EthernetTypeIPv6, with6(v6, layers.IPProtocolTCP), &layers.TCP{SrcPort: 80, DstPort: 1000, FIN: true}, data)
			add(vlan, layers.EthernetType(0x88b5), data)
		}
		fragment := *with4(v4, layers.IPProtocolUDP)
		fragment.FragOffset, fragment.Flags = 100, layers.IPv4MoreFragments
		add(vlan, layers.EthernetTypeIPv4, &fragment, gopacket.Payload(make([]byte, 64)))
		add(vlan, layers.EthernetTypeIPv4, with4(v4, layers.IPProtocolICMPv4), &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}, gopacket.Payload("ping"))
		add(vlan, layers.EthernetTypeIPv4, with4(v4, layers.IPProtocolGRE), gopacket.Payload(make([]byte, 30)))
		add(vlan, layers.EthernetTypeARP, &layers.ARP{AddrType: 1, Protocol: 0x800, HwAddressSize: 6, ProtAddressSize: 4, Operation: 1,
			SourceHwAddress: make([]byte, 6), DstHwAddress: make([]byte, 6), SourceProtAddress: v4.SrcIP, DstProtAddress: v4.DstIP})
	}
	return samples
}

func with4(ip *layers.IPv4, p layers.IPProtocol) *layers.IPv4 { q := *ip; q.Protocol = p; return &q }
func with6(ip *layers.IPv6, p layers.IPProtocol) *layers.IPv6 { q := *ip; q.NextHeader = p; return &q }

func newSample(t *testing.T, vlan uint16, kind layers.EthernetType, parts ...gopacket.SerializableLayer) sample {
	t.Helper()
	build := func(tagged bool) []byte {
		eth := &layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: bytes.Repeat([]byte{0xff}, 6), EthernetType: kind}
		stack := []gopacket.SerializableLayer{eth}
		if tagged {
			eth.EthernetType = layers.EthernetTypeDot1Q
			stack = append(stack, &layers.Dot1Q{VLANIdentifier: vlan, Type: kind})
		}
		buffer := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, append(stack, parts...)...); err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(buffer.Bytes())
	}
	s := sample{wire: build(vlan != 0)}
	s.view = s.wire
	if vlan != 0 {
		s.view = slices.Concat(s.wire[:12], s.wire[16:])
	}
	s.meta = vm.Metadata{Protocol: uint16(kind), PktType: unix.PACKET_BROADCAST, VLANPresent: vlan != 0, VLANTCI: vlan, VLANTPID: 0x8100}
	return s
}

// What is delivered is exactly what the VM says of the kernel's view, and what
// tcpdump beside it captures where it is installed.
func TestThirtyFilters(t *testing.T) {
	netns.Veth(t)
	samples := traffic(t)
	handles := make([]capture.Handle, len(liveFilters))
	programs := make([]*vm.VM, len(liveFilters))
	for i, text := range liveFilters {
		prog, err := bpfc.Compile(text, bpfc.WithLinkType(linktype.EN10MB), bpfc.WithLinuxExtensions())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if programs[i], err = vm.New(prog.Instructions()); err != nil {
			t.Fatal(err)
		}
		if handles[i], err = capture.OpenLive(capture.LiveOptions{Interface: "right", Filter: prog.Instructions(), BufferSize: 2 << 20}); err != nil {
			t.Fatal(err)
		}
		defer handles[i].Close()
	}
	beside := startTcpdump(t)
	s, err := capture.OpenSender("left")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, p := range samples {
		if _, err := s.Send(p.wire); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range liveFilters {
		var want [][]byte
		for _, p := range samples {
			if programs[i].RunMeta(p.view, uint32(len(p.view)), &p.meta) != 0 {
				want = append(want, p.wire)
			}
		}
		got := delivered(t, handles[i], len(want))
		compare(t, text+": against the VM", got, want)
		// libpcap runs a new filter in user space on the first block of its
		// ring, and its interpreter knows no packet type there: tcpdump now
		// and then loses an "inbound" packet.
		if beside != nil && text != "inbound" {
			compare(t, text+": against tcpdump", got, beside(i, len(got)))
		}
	}
}

// delivered takes as many packets as have to come, and those that come right after.
func delivered(t *testing.T, h capture.Handle, want int) (packets [][]byte) {
	t.Helper()
	for {
		wait := time.Minute
		if len(packets) >= want {
			wait = 50 * time.Millisecond
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
		packets = append(packets, bytes.Clone(p.Data))
	}
}

func compare(t *testing.T, name string, got, want [][]byte) {
	t.Helper()
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%s: %d packets, want %d", name, len(got), len(want))
	}
}

// startTcpdump captures with each filter and gives a function for the packets
// of the i-th, which waits a while for as many as are expected, since tcpdump
// leaves out what it has not read when it is interrupted. Its snapshot length is
// small since in immediate mode it takes up that much buffer for each packet; nil, and said so, where tcpdump is not installed.
func startTcpdump(t *testing.T) func(i, expected int) [][]byte {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("needs tcpdump, and BPFC_REQUIRE_ALL=1 forbids to leave it out")
		}
		t.Log("NOT COMPARED with tcpdump, which is not installed")
		return nil
	}
	dir := t.TempDir()
	file := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%d.pcap", i)) }
	commands := make([]*exec.Cmd, len(liveFilters))
	for i, text := range liveFilters {
		c := exec.Command("tcpdump", "-Z", "root", "-n", "-i", "right", "-U", "--immediate-mode", "-s", "2000", "-B", "4096", "-w", file(i), text)
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(stderr).ReadString('\n')
		if !strings.Contains(line, "listening") {
			t.Fatalf("tcpdump %q: %s", text, line)
		}
		go io.Copy(io.Discard, stderr)
		commands[i] = c
	}
	t.Cleanup(func() {
		for _, c := range commands {
			if c.ProcessState == nil {
				c.Process.Kill()
				c.Wait()
			}
		}
	})
	return func(i, expected int) [][]byte {
		for wait := 0; wait < 1000 && len(packetsOf(t, file(i))) < expected; wait++ {
			time.Sleep(50 * time.Millisecond)
		}
		if commands[i].ProcessState == nil {
			commands[i].Process.Signal(syscall.SIGINT)
			stuck := time.AfterFunc(time.Minute, func() { commands[i].Process.Kill() })
			commands[i].Wait()
			stuck.Stop()
		}
		return packetsOf(t, file(i))
	}
}

// packetsOf reads a capture file as far as it is written.
func packetsOf(t *testing.T, path string) (packets [][]byte) {
	t.Helper()
	r, err := capture.Open(path)
	if err != nil {
		return nil // not even the header is there
	}
	defer r.Close()
	for {
		p, err := r.Next()
		if err != nil {
			return packets
		}
		packets = append(packets, bytes.Clone(p.Data))
	}
}

// The kernel adds X and the offset of a load in 32 bits, and takes some sums for places behind its own headers. What the filter asks
// for there is not in the packet: it is rejected, as in a file.
func TestFieldOffsetsThatStray(t *testing.T) {
	frame := func(destination, ip string) []byte {
		return append([]byte(destination+"\x00\x01"+"\x02\x00\x00\x00\x00\x01"+"\x08\x00"+ip), make([]byte, 60)...)
	}
	for _, c := range []struct {
		filter        string
		strays, means []byte
	}{
		{"ether[ether[0:4]:1] = 0x45", frame("\xff\xf0\x00\x00", "\x45"), frame("\x00\x00\x00\x0e", "\x45")},                                   // SKF_NET_OFF
		{"ether[ether[0:4] + 8:1] = 1", frame("\xff\xdf\xff\xfd", "\x45"), frame("\x00\x00\x00\x06", "\x01")},                                  // SKF_LL_OFF
		{"ip[ip[0:4]:1] = 2", frame("\x02\x00\x00\x00", "\xff\xff\xff\xf2"), frame("\x02\x00\x00\x00", "\x00\x00\x00\x04\x02")},                // the sum is 0
		{"not ether[ether[0:4]:1] = 0", frame("\xff\xf0\x00\x00", "\x45"), frame("\x00\x00\x00\x0e", "\x45")},                                  // also where a failing load decides
		{"ip[ip[0:4]:1] = 2 and ip[59] = 0", frame("\x02\x00\x00\x00", "\xff\xff\xff\xf2"), frame("\x02\x00\x00\x00", "\x00\x00\x00\x04\x02")}, // the last byte
	} {
		t.Run(c.filter, func(t *testing.T) {
			netns.Veth(t)
			prog, err := bpfc.Compile(c.filter, bpfc.WithLinuxExtensions())
			if err != nil {
				t.Fatal(err)
			}
			m, err := prog.Matcher()
			if err != nil {
				t.Fatal(err)
			}
			if m.Match(c.strays, uint32(len(c.strays))) != 0 || m.Match(c.means, uint32(len(c.means))) == 0 {
				t.Fatal("the packets are not what they are to be")
			}
			for _, snaplen := range []int{0, 40} {
				h, err := capture.OpenLive(capture.LiveOptions{Interface: "right", Filter: prog.Instructions(), Snaplen: snaplen, Immediate: true})
				if err != nil {
					t.Fatal(err)
				}
				defer h.Close()
				out, err := capture.OpenSender("left")
				if err != nil {
					t.Fatal(err)
				}
				defer out.Close()
				if snaplen == 0 {
					_, err = out.Send(c.strays)
				}
				if _, e := out.Send(c.means); err != nil || e != nil {
					t.Fatal(err, e)
				}
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				p, err := h.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.HasPrefix(c.means, p.Data) {
					t.Errorf("%x", p.Data)
				}
				if engine, reason := h.Engine(); engine != "kernel" {
					t.Errorf("%s: %s", engine, reason)
				}
			}
		})
	}
}
