package capture_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc"
	"bpfc/capture"
	toebpf "bpfc/ebpf"
	"bpfc/fuzz"
	"bpfc/internal/netns"
	"bpfc/linktype"
	"bpfc/socket"
	"bpfc/vm"
)

// The filters that the sockets are held against.
var socketFilters = []string{
	"", "ip", "ip6", "host 10.0.0.2", "src net 10.0.0.0/8", "src net 192.0.2.0/24 or src fd00::2", "dst host 10.0.0.1", "host fd00::2",
	"src net 10.0.0.0/8 and greater 100", "len = 128", "less 60", "not greater 200", "len & 1 = 0 and ip6", "len - 20 > udp[4:2]",
	"udp", "tcp", "icmp", "icmp6", "not udp", "not ip6", "udp port 4000", "src port 5000", "dst port 5000", "portrange 3999-4000", "not port 5000",
	"udp[8] = 1", "udp[8:4] = 0x01020304", "udp[9:2] & 1 = 1", "not udp[8] = 1", "udp[udp[4:2] - 1] = 7", "udp[(udp[8] & 3) + 9] > 0", "udp[0 - 4 + 4:2] = 5000",
	"ip[0] & 0xf > 5", "ip[20:2] = 5000", "ip6[40:2] = 5000", "ip6[6] = 0", "ip[28] = 1", "ip6[48] = 1", "ip[2:2] > 100", "ip6[4:2] > 80", "ip[8] < 64", "ip[ip[8]:2] > 0",
	"ip[udp[8:4]] = 1", "udp[udp[8:4]] = 1 or ip6", "ip[0xff000:4] = 0 or ip6", "ip[0xfffff:4] = 0 or ip6", "udp[0xfefff] = 8", "ip[4096 + udp[8:4]] = 0", "ip[0 - udp[8:4]] = 0x45",
	"udp[0xfff00000 + udp[4:2]] > 0", "ip[0xffe00000 + udp[4:2]] > 0", "udp[20000] = 3", "ip[40000] = 3", "ip6[20000] = 3", "udp[udp[8]:4] != 0",
	"tcp[tcpflags] & tcp-push != 0", "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", "tcp[12] & 0xf0 > 0x50", "tcp port 4000 and greater 100",
	"icmp[icmptype] = icmp-echoreply", "icmp[4:2] = 77", "icmp6[0] = 129", "icmp[8] = 1 and greater 30", "icmp6[8] = 1",
	"ip proto 17", "ip6 proto 17", "proto 17", "ip protochain 17", "ip6 protochain 17", "vxlan", "geneve", "ip broadcast", "ip multicast",
	"(udp[8] = 1 or tcp[20] = 1 or icmp[8] = 1) and len > 40 or ip6 and len < 90",
}

var (
	local4, peer4, other4 = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("192.0.2.7")
	local6, peer6         = netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
)

// headers makes an IP packet: before is IPv4 options or, with the protocol of the first, IPv6 extension headers.
type headers struct {
	src      netip.Addr
	protocol byte
	before   []byte
	first    byte // IPv6: protocol of what stands in before
	ttl      byte
}

// packet puts the headers before a transport header and its data, whose checksum, at an offset, is computed.
func (h headers) packet(transport []byte, sumAt int) []byte {
	transport = slices.Clone(transport)
	dst := local4
	if h.src.Is6() {
		dst = local6
	}
	pseudo := slices.Concat(h.src.AsSlice(), dst.AsSlice(), []byte{0, h.protocol})
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(transport)))
	if h.protocol == unix.IPPROTO_ICMP {
		pseudo = nil
	}
	sum := checksum(pseudo, transport)
	if sum == 0 && h.protocol == unix.IPPROTO_UDP {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(transport[sumAt:], sum)
	var ip []byte
	if h.src.Is4() {
		ip = append([]byte{0x45 + byte(len(h.before)/4), 0, 0, 0, 0, 9, 0, 0, h.ttl, h.protocol, 0, 0}, pair(h.src, dst)...)
		ip = append(ip, h.before...)
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(transport)))
		binary.BigEndian.PutUint16(ip[10:], checksum(ip))
		return append(ip, transport...)
	}
	next := h.protocol
	if len(h.before) > 0 {
		next = h.first
	}
	ip = append([]byte{0x60, 0, 0, 0, 0, 0, next, h.ttl}, pair(h.src, dst)...)
	binary.BigEndian.PutUint16(ip[4:], uint16(len(h.before)+len(transport)))
	return slices.Concat(ip, h.before, transport)
}

func pair(src, dst netip.Addr) []byte { return append(src.AsSlice(), dst.AsSlice()...) }

// checksum is that of RFC 1071. Each part but the last has an even length.
func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, p := range parts {
		for i, b := range p {
			sum += uint32(b) << (8 * (1 - i&1))
			sum = sum>>16 + sum&0xffff
		}
	}
	return ^uint16(sum)
}

// variants are headers of both versions, with and without options and extension headers.
func variants(protocol4, protocol6 byte) (list []headers) {
	option := []byte{1, 1, 1, 1} // no operation: what follows an end, the kernel overwrites
	for _, src := range []netip.Addr{peer4, other4} {
		list = append(list, headers{src: src, protocol: protocol4, ttl: 64}, headers{src: src, protocol: protocol4, before: option, ttl: 20},
			headers{src: src, protocol: protocol4, before: slices.Repeat(option, 10), ttl: 3})
	}
	hopByHop, destination := []byte{protocol6, 0, 1, 4, 0, 0, 0, 0}, []byte{unix.IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0}
	return append(list, headers{src: peer6, protocol: protocol6, ttl: 64},
		headers{src: peer6, protocol: protocol6, before: hopByHop, first: unix.IPPROTO_HOPOPTS, ttl: 1},
		headers{src: peer6, protocol: protocol6, before: slices.Concat(destination, hopByHop), first: unix.IPPROTO_HOPOPTS, ttl: 64})
}

// contents are data of several lengths and kinds.
func contents() (list [][]byte) {
	for _, size := range []int{0, 1, 5, 12, 40, 72, 73, 100, 260, 1200} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i%7 + size%3)
		}
		list = append(list, data)
	}
	return append(list, []byte{1, 2, 3, 4, 5, 6, 7}, []byte("GET / HTTP/1.0"), []byte{0, 0, 0, 9, 1}, []byte{0, 0xf, 0xff, 0xf7, 1, 2, 3},
		[]byte{0xff, 0xff, 0xff, 0xfc, 1, 2, 3}, []byte{0xff, 0xf0, 0, 0, 1, 2, 3}, []byte{0xff, 0xe0, 0, 8, 1, 2, 3}, []byte{8, 0, 0, 0, 0, 0, 1, 0})
}

// datagrams are UDP packets, from port 5000 to 4000.
func datagrams() (list [][]byte) {
	for _, h := range variants(unix.IPPROTO_UDP, unix.IPPROTO_UDP) {
		for _, data := range contents() {
			udp := binary.BigEndian.AppendUint16([]byte{5000 >> 8, 5000 & 0xff, 4000 >> 8, 4000 & 0xff}, uint16(8+len(data)))
			list = append(list, h.packet(append(append(udp, 0, 0), data...), 6))
		}
	}
	return list
}

// echoes are answers to pings.
func echoes() (list [][]byte) {
	for _, h := range variants(unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6) {
		for _, data := range contents() {
			reply := byte(0)
			if h.src.Is6() {
				reply = 129
			}
			list = append(list, h.packet(append([]byte{reply, 0, 0, 0, 0, 77, 0, 1}, data...), 2))
		}
	}
	return list
}

// judge is what the filter says of an IP packet, in the interpreter.
func judge(t *testing.T, filter string) func(packet []byte) bool {
	t.Helper()
	prog, err := bpfc.Compile(filter, bpfc.WithLinkType(linktype.RAW), bpfc.WithAllowRejectAll(), bpfc.WithNetmask(0xffffff00))
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	machine, err := vm.New(prog.Instructions())
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return func(packet []byte) bool { return machine.Match(packet, uint32(len(packet))) > 0 }
}

// forSocket compiles a filter for a kind of socket.
func forSocket(t *testing.T, filter string, kind socket.Kind, more ...bpfc.Option) *bpfc.Program {
	t.Helper()
	more = append(more, bpfc.WithSocket(kind), bpfc.WithAllowRejectAll(), bpfc.WithNetmask(0xffffff00))
	prog, err := bpfc.Compile(filter, more...)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return prog
}

// receiver is a socket under test.
type receiver struct {
	fd   int
	file *os.File
	buf  []byte
}

func newReceiver(t *testing.T, fd int, err error) *receiver {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	t.Cleanup(func() { file.Close() })
	return &receiver{fd, file, make([]byte, 1<<17)}
}

func openSocket(t *testing.T, domain, kind, protocol int) *receiver {
	t.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	return newReceiver(t, fd, err)
}

// received takes one message from the queue; ok is false if there is none.
func (r *receiver) received(t *testing.T) (data []byte, ok bool) {
	t.Helper()
	n, _, err := unix.Recvfrom(r.fd, r.buf, unix.MSG_DONTWAIT)
	if err == unix.EAGAIN {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return r.buf[:n], true
}

// hold holds a socket against the interpreter: each packet that is put on the tun device arrives, whole, where the filter accepts
// it, and only there. The device hands a packet to the socket before Write returns.
func hold(t *testing.T, tun *os.File, r *receiver, filter string, accepts func([]byte) bool, packets [][]byte, whole func(packet []byte) int) (kept int) {
	t.Helper()
	for _, p := range packets {
		if _, err := tun.Write(p); err != nil {
			t.Fatal(err)
		}
		data, got := r.received(t)
		if want := accepts(p); got != want {
			t.Errorf("%s: arrived %v, want %v: % x", filter, got, want, p[:min(len(p), 90)])
			return kept
		}
		if got {
			kept++
			if len(data) != whole(p) {
				t.Errorf("%s: %d bytes arrived of %d: % x", filter, len(data), whole(p), p[:min(len(p), 90)])
				return kept
			}
		}
	}
	return kept
}

// enterTun enters a namespace with a tun device with the local addresses.
func enterTun(t *testing.T) *os.File {
	t.Helper()
	netns.Enter(t)
	enable6(t, "default")
	tun := netns.Tun(t, "tun0")
	netns.IP(t, "address add 10.0.0.1/24 dev tun0")
	netns.IP(t, "address add fd00::1/64 dev tun0 nodad")
	netns.IP(t, "route add default dev tun0")
	await6(t, tun)
	return tun
}

// await6 waits until the device takes IPv6 packets, which is a moment after it is up.
func await6(t *testing.T, tun *os.File) {
	t.Helper()
	r := openSocket(t, unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_UDP)
	defer r.file.Close()
	probe := only(6, datagrams())[0]
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := tun.Write(probe); err != nil {
			t.Fatal(err)
		}
		if _, ok := r.received(t); ok {
			return
		}
	}
	t.Fatal("the device takes no IPv6 packets")
}

// enable6 switches IPv6 on for an interface, or for those to come.
func enable6(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
}

// transportData is how many bytes an IP packet has behind a transport header of a length.
func transportData(header int) func(packet []byte) int {
	return func(p []byte) int { return len(p) - transportAt(p) - header }
}

// transportAt finds the transport header.
func transportAt(p []byte) int {
	if p[0]>>4 == 4 {
		return int(p[0]&0xf) * 4
	}
	at, next := 40, p[6]
	for next == unix.IPPROTO_HOPOPTS || next == unix.IPPROTO_DSTOPTS {
		next, at = p[at], at+8*(int(p[at+1])+1)
	}
	return at
}

func isVersion(version byte) func([]byte) bool {
	return func(p []byte) bool { return p[0]>>4 != version }
}

// only keeps the packets of an IP version.
func only(version byte, packets [][]byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(packets), isVersion(version))
}

// socketCase is a kind of socket, opened, with packets for it.
type socketCase struct {
	name    string
	kind    socket.Kind
	open    func(t *testing.T) *receiver
	packets [][]byte
	whole   func(packet []byte) int
}

func bound(domain, kind, protocol int, to unix.Sockaddr) func(t *testing.T) *receiver {
	return func(t *testing.T) *receiver {
		r := openSocket(t, domain, kind, protocol)
		if to != nil {
			if err := unix.Bind(r.fd, to); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
}

// cooked opens a packet socket without link-layer headers on the tun device, for what comes in.
func cooked(t *testing.T) *receiver {
	device, err := net.InterfaceByName("tun0")
	if err != nil {
		t.Fatal(err)
	}
	var all [2]byte
	binary.BigEndian.PutUint16(all[:], unix.ETH_P_ALL)
	r := openSocket(t, unix.AF_PACKET, unix.SOCK_DGRAM, 0)
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil { // what answers the packets
		t.Fatal(err)
	}
	if err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(all[:]), Ifindex: device.Index}); err != nil {
		t.Fatal(err)
	}
	return r
}

func socketCases() []socketCase {
	ip := func(p []byte) int { return len(p) }
	return []socketCase{
		{"udp", socket.UDP, bound(unix.AF_INET6, unix.SOCK_DGRAM, 0, &unix.SockaddrInet6{Port: 4000}), datagrams(), transportData(8)},
		{"udp4", socket.UDP, bound(unix.AF_INET, unix.SOCK_DGRAM, 0, &unix.SockaddrInet4{Port: 4000}), only(4, datagrams()), transportData(8)},
		{"raw4", socket.RawIPv4, bound(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP, nil), only(4, datagrams()), ip},
		{"icmp", socket.RawIPv4, bound(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP, nil), only(4, echoes()), ip},
		{"raw6", socket.RawIPv6, bound(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_UDP, nil), only(6, datagrams()), transportData(0)},
		{"icmp6", socket.RawIPv6, bound(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6, nil), only(6, echoes()), transportData(0)},
		{"ping4", socket.Ping, bound(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP, &unix.SockaddrInet4{Port: 77}), only(4, echoes()), transportData(0)},
		{"ping6", socket.Ping, bound(unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6, &unix.SockaddrInet6{Port: 77}), only(6, echoes()), transportData(0)},
		{"cooked", socket.Cooked, cooked, append(datagrams(), echoes()...), ip},
	}
}

// TestSocketKinds holds every kind of IP socket against the interpreter, with and without the optimizer.
func TestSocketKinds(t *testing.T) {
	for _, tt := range socketCases() {
		t.Run(tt.name, func(t *testing.T) {
			tun := enterTun(t)
			if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0); err != nil {
				t.Fatal(err)
			}
			r := tt.open(t)
			if kind, err := capture.SocketKind(r.file); err != nil || kind != tt.kind {
				t.Fatalf("kind %v, %v; want %v", kind, err, tt.kind)
			}
			kept := 0
			for _, filter := range socketFilters {
				accepts := judge(t, filter)
				for _, more := range [][]bpfc.Option{nil, {bpfc.WithoutOptimizer()}} {
					if err := capture.AttachProgram(r.file, forSocket(t, filter, tt.kind, more...)); err != nil {
						t.Fatalf("%s: %v", filter, err)
					}
					kept += hold(t, tun, r, filter, accepts, tt.packets, tt.whole)
				}
			}
			if all := 2 * len(socketFilters) * len(tt.packets); kept == 0 || kept == all {
				t.Errorf("%d of %d packets arrived: nothing was tested", kept, all)
			}
		})
	}
}

// TestSocketRandomFilters does so with filters that are made up, on UDP sockets.
func TestSocketRandomFilters(t *testing.T) {
	tun := enterTun(t)
	r := bound(unix.AF_INET6, unix.SOCK_DGRAM, 0, &unix.SockaddrInet6{Port: 4000})(t)
	packets := datagrams()
	random := rand.New(rand.NewPCG(7, 7))
	grammar := fuzz.NewGrammar(random, int(linktype.RAW))
	tried := 0
	for range 500 {
		filter := grammar.Filter(1 + random.IntN(12))
		prog, err := bpfc.Compile(filter, bpfc.WithSocket(socket.UDP), bpfc.WithAllowRejectAll(), bpfc.WithNetmask(0xffffff00))
		if _, raw := bpfc.Compile(filter, bpfc.WithLinkType(linktype.RAW), bpfc.WithAllowRejectAll(), bpfc.WithNetmask(0xffffff00)); err != nil || raw != nil {
			if raw == nil && !strings.Contains(err.Error(), "shows no link-layer header") {
				t.Errorf("%s: %v", filter, err)
			}
			continue
		}
		if err := capture.Attach(r.file, prog.Instructions()); err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		random.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
		hold(t, tun, r, filter, judge(t, filter), packets[:30], transportData(8))
		tried++
	}
	if tried < 300 {
		t.Errorf("only %d filters tried", tried)
	}
	t.Logf("%d filters on 30 packets each", tried)
}

// TestSocketFragments sends datagrams in fragments: the filter sees the whole, as if it had come so.
func TestSocketFragments(t *testing.T) {
	tun := enterTun(t)
	r := bound(unix.AF_INET6, unix.SOCK_DGRAM, 0, &unix.SockaddrInet6{Port: 4000})(t)
	data := make([]byte, 60000)
	for i := range data {
		data[i] = byte(i / 1000)
	}
	udp := binary.BigEndian.AppendUint16([]byte{5000 >> 8, 5000 & 0xff, 4000 >> 8, 4000 & 0xff}, uint16(8+len(data)))
	udp = append(append(udp, 0, 0), data...)
	for _, h := range []headers{{src: peer4, protocol: unix.IPPROTO_UDP, ttl: 64}, {src: peer6, protocol: unix.IPPROTO_UDP, ttl: 64}} {
		whole := h.packet(udp, 6)
		for _, filter := range append(slices.Clone(socketFilters), "udp[59000] = 58", "ip[59028] = 58", "ip6[59048] = 58", "len = 60028", "len = 60048") {
			if err := capture.Attach(r.file, forSocket(t, filter, socket.UDP).Instructions()); err != nil {
				t.Fatalf("%s: %v", filter, err)
			}
			for _, f := range fragments(whole) {
				if _, err := tun.Write(f); err != nil {
					t.Fatal(err)
				}
			}
			data, got := r.received(t)
			if want := judge(t, filter)(whole); got != want || got && len(data) != 60000 {
				t.Errorf("%s: arrived %v with %d bytes, want %v", filter, got, len(data), want)
			}
		}
	}
}

// fragments cuts a packet into pieces of 1,480 bytes.
func fragments(p []byte) (list [][]byte) {
	header := transportAt(p)
	for at := header; at < len(p); at += 1480 {
		end := min(at+1480, len(p))
		offset := uint16(at - header)
		ip := slices.Clone(p[:header])
		if p[0]>>4 == 4 {
			if binary.BigEndian.PutUint16(ip[6:], offset/8); end < len(p) {
				ip[6] |= 0x20
			}
			binary.BigEndian.PutUint16(ip[2:], uint16(header+end-at))
			ip[10], ip[11] = 0, 0
			binary.BigEndian.PutUint16(ip[10:], checksum(ip))
		} else {
			if end < len(p) {
				offset |= 1
			}
			binary.BigEndian.PutUint16(ip[4:], uint16(8+end-at))
			ip = append(ip, ip[6], 0, byte(offset>>8), byte(offset), 0, 0, 0, 9)
			ip[6] = unix.IPPROTO_FRAGMENT
		}
		list = append(list, append(ip, p[at:end]...))
	}
	return list
}

// TestSocketExtended attaches programs as eBPF, for their length, their loops, and in both ways of reading packets.
func TestSocketExtended(t *testing.T) {
	tun := enterTun(t)
	r := bound(unix.AF_INET6, unix.SOCK_DGRAM, 0, &unix.SockaddrInet6{Port: 4000})(t)
	var hosts strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&hosts, "host 10.%d.%d.2 or ", 2*i>>8, 2*i&0xff)
	}
	long := hosts.String() + "udp[8] = 1 and greater 60"
	if prog := forSocket(t, long, socket.UDP); prog.Len() <= 4096 {
		t.Fatalf("%d instructions", prog.Len())
	} else if err := capture.Attach(r.file, prog.Instructions()); err != nil {
		t.Fatal(err)
	}
	hold(t, tun, r, "2500 hosts", judge(t, long), datagrams(), transportData(8))
	for _, access := range []toebpf.Access{toebpf.LdAbs, toebpf.SkbLoad} {
		for _, filter := range socketFilters {
			prog := forSocket(t, filter, socket.UDP).Instructions()
			if access == toebpf.LdAbs && strings.Contains(filter, "protochain") {
				continue // eBPF forbids LD_ABS within the functions that loops take; SkbLoad tries them
			}
			attachSpec(t, r, filter, prog, access)
			hold(t, tun, r, fmt.Sprintf("%s by %v", filter, access), judge(t, filter), datagrams(), transportData(8))
		}
	}
}

func attachSpec(t *testing.T, r *receiver, filter string, prog []bpf.RawInstruction, access toebpf.Access) {
	t.Helper()
	spec, err := toebpf.Spec("", prog, toebpf.SocketFilter, toebpf.Options{Access: access})
	if err != nil {
		t.Fatalf("%s by %v: %v", filter, access, err)
	}
	loaded, err := ebpf.NewProgram(spec)
	if err != nil {
		t.Fatalf("%s by %v: %v", filter, access, err)
	}
	defer loaded.Close()
	if err := unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, loaded.FD()); err != nil {
		t.Fatalf("%s by %v: %v", filter, access, err)
	}
}

// tcpPeer is the other end of a connection, made by hand: it sends segments to port 4000 through the tun device.
type tcpPeer struct {
	h        headers
	seq, ack uint32
}

// segment makes one with the flags, of a header of a length that is a multiple of 4, and data.
func (p *tcpPeer) segment(flags byte, header int, data []byte) []byte {
	tcp := []byte{5000 >> 8, 5000 & 0xff, 4000 >> 8, 4000 & 0xff}
	tcp = binary.BigEndian.AppendUint32(tcp, p.seq)
	tcp = binary.BigEndian.AppendUint32(tcp, p.ack)
	tcp = append(tcp, byte(header/4)<<4, flags, 0x20, 0, 0, 0, 0, 0)
	tcp = append(tcp, slices.Repeat([]byte{1}, header-20)...)
	return p.h.packet(append(tcp, data...), 16)
}

const tcpSyn, tcpPush, tcpAck = 2, 8, 16

// connect makes a connection with a listener, and gives what accept gives.
func (p *tcpPeer) connect(t *testing.T, tun *os.File, listener *receiver) *receiver {
	t.Helper()
	p.seq = 1000
	send := func(segment []byte) {
		if _, err := tun.Write(segment); err != nil {
			t.Fatal(err)
		}
	}
	send(p.segment(tcpSyn, 20, nil))
	answer := make([]byte, 2000)
	for {
		n, err := tun.Read(answer)
		if err != nil {
			t.Fatal(err)
		}
		at := 20
		if answer[0]>>4 == 6 {
			at = 40
		}
		protocol := map[int]byte{20: answer[9], 40: answer[6]}[at]
		if p.h.src.Is4() == (at == 20) && protocol == unix.IPPROTO_TCP && n >= at+20 && answer[at+13] == tcpSyn|tcpAck {
			p.seq++
			p.ack = binary.BigEndian.Uint32(answer[at+4:]) + 1
			break
		}
	}
	send(p.segment(tcpAck, 20, nil))
	fd, _, err := unix.Accept4(listener.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return newReceiver(t, fd, err)
}

// TestSocketTCP holds connections of both IP versions against the interpreter. A segment that was rejected changes nothing, so the
// next has its place in the stream.
func TestSocketTCP(t *testing.T) {
	for _, h := range []headers{{src: peer4, protocol: unix.IPPROTO_TCP, ttl: 64}, {src: peer6, protocol: unix.IPPROTO_TCP, ttl: 64}} {
		t.Run(h.src.String(), func(t *testing.T) {
			tun := enterTun(t)
			listener := bound(unix.AF_INET6, unix.SOCK_STREAM, 0, &unix.SockaddrInet6{Port: 4000})(t)
			if err := unix.Listen(listener.fd, 8); err != nil {
				t.Fatal(err)
			}
			peer := &tcpPeer{h: h}
			conn := peer.connect(t, tun, listener)
			if kind, err := capture.SocketKind(conn.file); err != nil || kind != socket.TCP {
				t.Fatalf("kind %v, %v", kind, err)
			}
			kept := 0
			for _, filter := range socketFilters {
				accepts := judge(t, filter)
				if err := capture.AttachProgram(conn.file, forSocket(t, filter, socket.TCP)); err != nil {
					t.Fatalf("%s: %v", filter, err)
				}
				for _, data := range contents()[1:] {
					for _, header := range []int{20, 24, 60} {
						segment := peer.segment(tcpAck|tcpPush, header, data)
						n := hold(t, tun, conn, filter, accepts, [][]byte{segment}, transportData(header))
						peer.seq += uint32(n * len(data))
						kept += n
					}
				}
			}
			if kept == 0 {
				t.Error("nothing arrived")
			}
		})
	}
}

// TestSocketTCPInherits has a listener's filter decide over connections: over those to be made, and within those that are made.
func TestSocketTCPInherits(t *testing.T) {
	tun := enterTun(t)
	listener := bound(unix.AF_INET6, unix.SOCK_STREAM, 0, &unix.SockaddrInet6{Port: 4000})(t)
	if err := unix.Listen(listener.fd, 8); err != nil {
		t.Fatal(err)
	}
	if err := capture.AttachProgram(listener.file, forSocket(t, "src net 10.0.0.0/8 and not greater 100", socket.TCP)); err != nil {
		t.Fatal(err)
	}
	peer := &tcpPeer{h: headers{src: peer4, protocol: unix.IPPROTO_TCP, ttl: 64}}
	conn := peer.connect(t, tun, listener)
	accepts := judge(t, "src net 10.0.0.0/8 and not greater 100")
	short, long := peer.segment(tcpAck|tcpPush, 20, []byte("short")), peer.segment(tcpAck|tcpPush, 20, make([]byte, 100))
	if kept := hold(t, tun, conn, "inherited", accepts, [][]byte{long, short}, transportData(20)); kept != 1 {
		t.Errorf("%d segments arrived, want the short one", kept)
	}
	refused := &tcpPeer{h: headers{src: other4, protocol: unix.IPPROTO_TCP, ttl: 64}, seq: 1}
	if _, err := tun.Write(refused.segment(tcpSyn, 20, nil)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 2000)
	for end := time.Now().Add(200 * time.Millisecond); ; {
		_ = tun.SetReadDeadline(end)
		n, err := tun.Read(answer)
		if err != nil {
			break // nothing more within the time: the listener did not see the SYN
		}
		if n >= 40 && answer[0]>>4 == 4 && answer[9] == unix.IPPROTO_TCP && answer[19] == 7 {
			t.Errorf("an answer to a SYN that the filter rejects: % x", answer[:n])
		}
	}
}

// TestSocketPageFragments sends files through TCP, whose data do not lie in the linear part of the buffer. The payload is read
// there all the same, and what comes as one segment is judged as one.
func TestSocketPageFragments(t *testing.T) {
	netns.Enter(t)
	plain := net.ListenConfig{}
	plain.SetMultipathTCP(false)
	listener, err := plain.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file := filledFile(t, "GET ", 20000)
	for filter, arrives := range map[string]bool{
		"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420":                   true,
		"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455421":                   false,
		"tcp[((tcp[12] & 0xf0) >> 2) + 15000] = 0x47 and greater 20000": true,
		"ip[15052] = 0x47 and len = 20052":                              true,
		"ip[15052] = 0x48":                                              false,
		"len = 20052 and not ip[19999 + 52] = 0":                        true,
		"len > 20052 or len < 20052":                                    false,
	} {
		client, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := capture.AttachProgram(conn.(*net.TCPConn), forSocket(t, filter, socket.TCP)); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		sender := client.(*net.TCPConn)
		cork(t, sender, 1)                               // one segment, whatever the pieces in which the file is read
		if _, err := sender.ReadFrom(file); err != nil { // sendfile(2)
			t.Fatal(err)
		}
		cork(t, sender, 0)
		wait := 5 * time.Second
		if !arrives {
			wait = 100 * time.Millisecond
		}
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		if n, err := conn.Read(make([]byte, 4)); (n > 0) != arrives {
			t.Errorf("%s: %d bytes, %v; arrives should be %v", filter, n, err, arrives)
		}
		client.Close()
		conn.Close()
	}
}

// TestSocketZeroCopy sends datagrams that refer to the sender's pages.
func TestSocketZeroCopy(t *testing.T) {
	netns.Enter(t)
	r := bound(unix.AF_INET, unix.SOCK_DGRAM, 0, &unix.SockaddrInet4{Port: 4000})(t)
	s := openSocket(t, unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ZEROCOPY, 1); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 30000)
	data[25000] = 9
	for filter, arrives := range map[string]bool{
		"udp[25008] = 9 and len = 30028": true, "udp[udp[4:2] - 5000] = 9": true, "ip[25028] = 9": true, "ip[25028] = 8 or udp[25008] = 7": false,
	} {
		if err := capture.AttachProgram(r.file, forSocket(t, filter, socket.UDP)); err != nil {
			t.Fatal(err)
		}
		if err := unix.Sendto(s.fd, data, unix.MSG_ZEROCOPY, &unix.SockaddrInet4{Port: 4000, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		if got, ok := r.received(t); ok != arrives || ok && len(got) != len(data) {
			t.Errorf("%s: arrived %v with %d bytes, want %v", filter, ok, len(got), arrives)
		}
	}
}

func cork(t *testing.T, conn *net.TCPConn, on int) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_CORK, on) }); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func filledFile(t *testing.T, text string, length int) *os.File {
	t.Helper()
	file, err := os.Create(t.TempDir() + "/data")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.WriteString(strings.Repeat(text, length/len(text))); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSocketOffload sends several datagrams as one (UDP_SEGMENT): a socket that takes them one by one judges each by its own
// length, and one that takes them together (UDP_GRO) the whole.
func TestSocketOffload(t *testing.T) {
	netns.Enter(t)
	for _, tt := range []struct {
		filter   string
		together bool
		want     []int
	}{
		{"len = 1028", false, []int{1000, 1000}},
		{"len = 528", false, []int{500}},
		{"len = 2528", false, nil},
		{"len = 2528", true, []int{2500}},
		{"ip[2028] = 2 and len = 2528", true, []int{2500}},
		{"udp[2008] = 2 and len = 2528", true, []int{2500}},
		{"len = 1028", true, nil},
		{"udp[8] = 1", false, []int{1000}},
		{"ip[28] = 2", false, []int{500}},
	} {
		r := bound(unix.AF_INET, unix.SOCK_DGRAM, 0, &unix.SockaddrInet4{Port: 4000})(t)
		s := openSocket(t, unix.AF_INET, unix.SOCK_DGRAM, 0)
		if tt.together {
			if err := unix.SetsockoptInt(r.fd, unix.IPPROTO_UDP, unix.UDP_GRO, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_UDP, unix.UDP_SEGMENT, 1000); err != nil {
			t.Fatal(err)
		}
		if err := capture.AttachProgram(r.file, forSocket(t, tt.filter, socket.UDP)); err != nil {
			t.Fatal(err)
		}
		data := slices.Concat(make([]byte, 1000), slices.Repeat([]byte{1}, 1000), slices.Repeat([]byte{2}, 500))
		if err := unix.Sendto(s.fd, data, 0, &unix.SockaddrInet4{Port: 4000, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		var got []int
		for data, ok := r.received(t); ok; data, ok = r.received(t) { // lo has delivered before sendto returns
			got = append(got, len(data))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s, together %v: %v, want %v", tt.filter, tt.together, got, tt.want)
		}
		r.file.Close()
	}
}

// TestSocketUnix asks for lengths on UNIX sockets, and for what they do not have.
func TestSocketUnix(t *testing.T) {
	for _, kind := range []int{unix.SOCK_DGRAM, unix.SOCK_SEQPACKET} {
		fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		a, b := newReceiver(t, fds[0], nil), newReceiver(t, fds[1], nil)
		if kind, err := capture.SocketKind(b.file); err != nil || kind != socket.Unix {
			t.Fatalf("kind %v, %v", kind, err)
		}
		if err := capture.AttachProgram(b.file, forSocket(t, "greater 10 and not len = 12", socket.Unix)); err != nil {
			t.Fatal(err)
		}
		for size := 1; size < 20; size++ {
			if _, err := unix.Write(a.fd, make([]byte, size)); err != nil && err != unix.EPERM { // seqpacket tells the sender
				t.Fatal(err)
			}
			data, got := b.received(t)
			if want := size >= 10 && size != 12; got != want || got && len(data) != size {
				t.Errorf("%d bytes: arrived %v, want %v", size, got, want)
			}
		}
	}
}

// lacking ends a test that this machine cannot run: it is skipped loudly, and fails with BPFC_REQUIRE_ALL=1.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}

// TestSocketKindRefused has sockets for which no filter can be made.
func TestSocketKindRefused(t *testing.T) {
	for _, tt := range []struct {
		domain, kind, protocol int
		want                   string
	}{
		{unix.AF_UNIX, unix.SOCK_STREAM, 0, "runs no filter on stream sockets"},
		{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP, "SetMultipathTCP(false)"},
		{unix.AF_NETLINK, unix.SOCK_RAW, 0, "not known"},
	} {
		fd, err := unix.Socket(tt.domain, tt.kind|unix.SOCK_CLOEXEC, tt.protocol)
		if err != nil {
			lacking(t, fmt.Sprintf("sockets of family %d, protocol %d: %v", tt.domain, tt.protocol, err))
		}
		r := newReceiver(t, fd, nil)
		if tt.protocol == unix.IPPROTO_MPTCP {
			if err := capture.Attach(r.file, forSocket(t, "ip", socket.TCP).Instructions()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("attaching to Multipath TCP: %v", err)
			}
		}
		_, err = capture.SocketKind(r.file)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("family %d: %v, want %q", tt.domain, err, tt.want)
		}
	}
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	err = capture.AttachProgram(udp, forSocket(t, "udp", socket.TCP))
	if err == nil || !strings.Contains(err.Error(), "WithSocket(udp)") {
		t.Errorf("a program for TCP on a UDP socket: %v", err)
	}
}
