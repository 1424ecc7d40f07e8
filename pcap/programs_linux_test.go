package pcap_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"bpfc/capture"
	"bpfc/internal/netns"
)

// patience is how long a test waits for what has to come. It ends as soon as that is there.
const patience = 30 * time.Second

// send sends frames on an interface, by neither of the packages under test.
func send(t testing.TB, iface string, frames ...[]byte) {
	t.Helper()
	s, err := capture.OpenSender(iface)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Send(frames...); err != nil {
		t.Fatalf("%d frames of %d went out: %v", n, len(frames), err)
	}
}

// live captures on an interface.
func live(t testing.TB, iface string, snaplen int32, timeout time.Duration) *handleType {
	t.Helper()
	h, err := openLive(iface, snaplen, true, timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// receive waits for the next packet, through time-outs.
func receive(t testing.TB, h *handleType) ([]byte, gopacket.CaptureInfo) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		data, ci, err := h.ReadPacketData()
		if err == nil {
			return data, ci
		}
		if err != nextErrorTimeoutExpired || time.Now().After(end) {
			t.Fatalf("%v, %v", err, h.Error())
		}
	}
}

// nothing fails the test if there is a packet; the handle has a short time-out.
func nothing(t testing.TB, h *handleType) {
	t.Helper()
	if data, _, err := h.ReadPacketData(); err != nextErrorTimeoutExpired {
		t.Errorf("%d bytes, %v, where nothing should come", len(data), err)
	}
}

// Live: a program that captures, and decodes what comes.
func TestProgramLive(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 1000, blockForever)
	if h.LinkType() != layers.LinkTypeEthernet || h.SnapLen() != 1000 {
		t.Errorf("link type %v, snapshot length %d", h.LinkType(), h.SnapLen())
	}
	if h.Resolution() != ofMicroseconds {
		t.Errorf("resolution %v", h.Resolution())
	}
	if err := h.SetBPFFilter("udp dst port 53"); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	send(t, "left", tcp(t, 1, true, ""), udp(t, 7, 53, 1500-42), udp(t, 8, 53, 30))
	data, ci := receive(t, h)
	right, err := net.InterfaceByName("right")
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != 1000 || ci.CaptureLength != 1000 || ci.Length != 1500 || ci.InterfaceIndex != right.Index || ci.AncillaryData != nil {
		t.Errorf("%d bytes, %+v", len(data), ci)
	}
	if ci.Timestamp.Nanosecond()%1000 != 0 || ci.Timestamp.Before(before.Add(-time.Minute)) || ci.Timestamp.After(time.Now().Add(time.Minute)) {
		t.Errorf("time stamp %v", ci.Timestamp)
	}
	packet, err := gopacket.NewPacketSource(h, h.LinkType()).NextPacket()
	if err != nil || packet.TransportLayer().TransportFlow().String() != "8->53" {
		t.Errorf("%v, %v", packet, err)
	}
}

// Save: what is captured goes to a file, and can be read again.
func TestProgramLiveSave(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, time.Second)
	frames := [][]byte{udp(t, 1, 2, 100), tcp(t, 5, false, "hello"), udp(t, 3, 4, 200)}
	send(t, "left", frames...)
	var out bytes.Buffer
	w := pcapgo.NewWriterNanos(&out)
	if err := w.WriteFileHeader(uint32(h.SnapLen()), h.LinkType()); err != nil {
		t.Fatal(err)
	}
	for range frames {
		data, ci := receive(t, h)
		if err := w.WritePacket(ci, data); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, out.Bytes())
	for i, want := range frames {
		if data, _, err := again.ReadPacketData(); err != nil || !bytes.Equal(data, want) {
			t.Errorf("packet %d: %x, %v", i, data, err)
		}
	}
}

// Time-outs.
func TestProgramTimeout(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 50*time.Millisecond)
	for range 2 {
		start := time.Now()
		if _, _, err := h.ReadPacketData(); err != nextErrorTimeoutExpired || err.Error() != "Timeout Expired" {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 40*time.Millisecond || took > patience {
			t.Errorf("a time-out of 50 ms took %v", took)
		}
	}
	if _, _, err := h.ZeroCopyReadPacketData(); err != nextErrorTimeoutExpired {
		t.Error(err)
	}
	says(t, "a time-out is no error", h.Error(), "")
	send(t, "left", udp(t, 1, 2, 3))
	receive(t, h)
	h.Close()
	if _, _, err := h.ReadPacketData(); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

// A negative time-out: reads wait.
func TestProgramBlock(t *testing.T) {
	netns.Veth(t)
	right, left := live(t, "right", 65535, blockForever), live(t, "left", 65535, blockForever)
	packet := udp(t, 9, 9, 9)
	sent := make(chan error, 1)
	go func() {
		time.Sleep(100 * time.Millisecond)
		sent <- right.WritePacketData(packet)
	}()
	if data, _, err := left.ReadPacketData(); err != nil || !bytes.Equal(data, packet) {
		t.Errorf("%x, %v", data, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// An inactive handle, with time stamps of nanoseconds.
func TestProgramInactive(t *testing.T) {
	netns.Veth(t)
	inactive, err := newInactiveHandle("right")
	if err != nil {
		t.Fatal(err)
	}
	defer inactive.CleanUp()
	says(t, "no error", inactive.Error(), "")
	sources := inactive.SupportedTimestamps()
	if !slices.Contains(sources, timestampSource(0)) {
		t.Errorf("time stamps %v", sources)
	}
	for what, err := range map[string]error{"SetSnapLen": inactive.SetSnapLen(0), "SetPromisc": inactive.SetPromisc(true),
		"SetTimeout": inactive.SetTimeout(50 * time.Millisecond), "SetBufferSize": inactive.SetBufferSize(1 << 20), "again": inactive.SetBufferSize(-1),
		"SetImmediateMode": inactive.SetImmediateMode(true), "SetTimestampSource": inactive.SetTimestampSource(0), "another": inactive.SetTimestampSource(99)} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := inactive.SetRFMon(true); err != cannotSetRFMon {
		t.Error(err)
	}
	h, err := inactive.Activate()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if h.SnapLen() != 262144 || h.Resolution() != ofNanoseconds {
		t.Errorf("snapshot length %d, resolution %v", h.SnapLen(), h.Resolution())
	}
	nothing(t, h)
	fine := false
	for range 20 {
		send(t, "left", udp(t, 1, 2, 3))
		_, ci := receive(t, h)
		fine = fine || ci.Timestamp.Nanosecond()%1000 != 0
	}
	if !fine {
		t.Error("no time stamp was finer than a microsecond")
	}
}

// Devices that cannot be opened.
func TestProgramOpenLiveErrors(t *testing.T) {
	netns.Enter(t)
	netns.IP(t, "link add one type veth peer name two")
	for _, name := range []string{"nosuch", "", "1", "a name that is too long for an interface"} {
		_, err := openLive(name, 100, false, blockForever)
		says(t, name, err, name+": No such device exists (No such device exists)")
		inactive, err := newInactiveHandle(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = inactive.Activate()
		says(t, name, err, "No Such Device")
		inactive.CleanUp()
	}
	_, err := openLive("one", 100, false, blockForever)
	says(t, "down", err, "one: That device is not up")
	inactive, err := newInactiveHandle("one")
	if err != nil {
		t.Fatal(err)
	}
	defer inactive.CleanUp()
	_, err = inactive.Activate()
	says(t, "down", err, "Interface Not Up")
}

// Zero copy: packets from the buffer itself.
func TestProgramLiveZeroCopy(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, blockForever)
	var frames [][]byte
	for i := range 50 {
		frames = append(frames, udp(t, uint16(i), 53, i*10))
	}
	send(t, "left", frames...)
	for i, want := range frames {
		data, ci, err := h.ZeroCopyReadPacketData()
		if err != nil || !bytes.Equal(data, want) || ci.CaptureLength != len(want) {
			t.Fatalf("packet %d: %x, %v", i, data, err)
		}
	}
}

// Filter: exchanged while packets come.
func TestProgramLiveFilter(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 50*time.Millisecond)
	if err := h.SetBPFFilter("udp port 1"); err != nil {
		t.Fatal(err)
	}
	send(t, "left", udp(t, 1, 100, 3), udp(t, 2, 100, 3))
	if data, _ := receive(t, h); data[35] != 1 {
		t.Errorf("port %d", data[35])
	}
	nothing(t, h)
	if err := h.SetBPFInstructionFilter([]bpfInstruction{instruction(0x28, 0, 34), instruction(0x15, 1, 2), instruction(0x06, 0, 40), instruction(0x06, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	send(t, "left", udp(t, 1, 100, 3), udp(t, 2, 100, 3))
	if data, _ := receive(t, h); data[35] != 2 || len(data) != 40 {
		t.Errorf("port %d, %d bytes: live packets are cut to what the program returns", data[35], len(data))
	}
	nothing(t, h)
	if err := h.SetBPFFilter("tcp ("); err == nil || !strings.HasPrefix(err.Error(), "can't parse filter expression: syntax error") {
		t.Error(err)
	}
}

// VLAN tags, which the kernel takes out of packets, are back in them.
func TestProgramVLAN(t *testing.T) {
	netns.Veth(t)
	tagged := slices.Concat(udp(t, 1, 2, 3)[:12], []byte{0x81, 0, 0, 5}, udp(t, 1, 2, 3)[12:])
	h := live(t, "right", 65535, 50*time.Millisecond)
	if err := h.SetBPFFilter("vlan 5 and udp"); err != nil {
		t.Fatal(err)
	}
	send(t, "left", udp(t, 1, 2, 3), tagged)
	if data, ci := receive(t, h); !bytes.Equal(data, tagged) || ci.Length != len(tagged) {
		t.Errorf("%x", data)
	}
	nothing(t, h)
}

// Send: packets go out on the device, and the handle that sent them does not see them.
func TestProgramSend(t *testing.T) {
	netns.Veth(t)
	left, right := live(t, "left", 65535, 50*time.Millisecond), live(t, "right", 65535, 50*time.Millisecond)
	other := live(t, "left", 65535, 50*time.Millisecond)
	packet := udp(t, 1, 2, 3)
	if err := left.WritePacketData(packet); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*handleType{right, other} {
		if data, _ := receive(t, h); !bytes.Equal(data, packet) {
			t.Errorf("%x", data)
		}
	}
	nothing(t, left)
	says(t, "too short", left.WritePacketData([]byte{1, 2}), "send: Invalid argument")
	says(t, "too long", left.WritePacketData(make([]byte, 70_000)), "send: Message too long")
	says(t, "Error", left.Error(), "send: Message too long")
}

// Stats: what the filter let through.
func TestProgramStats(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 50*time.Millisecond)
	if err := h.SetBPFFilter("udp port 1"); err != nil {
		t.Fatal(err)
	}
	for i := range uint16(10) {
		send(t, "left", udp(t, i%2+1, 100, 3))
	}
	for range 5 {
		receive(t, h)
	}
	stats, err := h.Stats()
	if err != nil || stats.PacketsReceived != 5 || stats.PacketsDropped != 0 || stats.PacketsIfDropped != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// Direction: packets that come, that go, and all.
func TestProgramDirection(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 50*time.Millisecond)
	for _, c := range []struct {
		direction directionType
		ports     []byte
	}{{directionIn, []byte{1}}, {directionOut, []byte{2}}, {directionInOut, []byte{1, 2}}} {
		if err := h.SetDirection(c.direction); err != nil {
			t.Fatal(err)
		}
		send(t, "left", udp(t, 1, 100, 3))
		send(t, "right", udp(t, 2, 100, 3))
		for _, port := range c.ports {
			if data, _ := receive(t, h); data[35] != port {
				t.Errorf("direction %d: port %d", c.direction, data[35])
			}
		}
		nothing(t, h)
	}
	says(t, "another", h.SetDirection(3), "Invalid direction: 3")
}

// Link-layer types of devices.
func TestProgramDataLinks(t *testing.T) {
	netns.Veth(t)
	netns.Tun(t, "tun0")
	for _, c := range []struct {
		device string
		link   layers.LinkType
		names  string
		other  layers.LinkType // one that can be chosen
	}{{"right", 1, "EN10MB DOCSIS", 143}, {"lo", 1, "EN10MB", 1}, {"any", 113, "LINUX_SLL LINUX_SLL2", 113}, {"tun0", 12, "RAW", 12}} {
		h := live(t, c.device, 100, blockForever)
		links, err := h.ListDataLinks()
		var names []string
		for _, l := range links {
			names = append(names, l.Name)
		}
		if err != nil || h.LinkType() != c.link || strings.Join(names, " ") != c.names {
			t.Errorf("%s: %v, %v, %v", c.device, h.LinkType(), names, err)
		}
		if err := h.SetLinkType(c.other); err != nil || h.LinkType() != c.other {
			t.Errorf("%s: %v, %v", c.device, h.LinkType(), err)
		}
		says(t, c.device, h.SetLinkType(228), "IPV4 is not one of the DLTs supported by this device")
	}
}

// All devices at once, with cooked headers.
func TestProgramAny(t *testing.T) {
	netns.Veth(t)
	h := live(t, "any", 65535, 50*time.Millisecond)
	if err := h.SetBPFFilter("udp dst port 53 and inbound"); err != nil {
		t.Fatal(err)
	}
	packet := udp(t, 1, 53, 3)
	send(t, "left", udp(t, 1, 54, 3), packet)
	data, ci := receive(t, h)
	if len(data) != len(packet)+2 || !bytes.Equal(data[16:], packet[14:]) || ci.InterfaceIndex != 0 {
		t.Errorf("%x, %+v", data, ci)
	}
	nothing(t, h)
	says(t, "sending", h.WritePacketData(packet), `Sending packets isn't supported on the "any" device`)
}

// The loopback, where each packet is seen once.
func TestProgramLoopback(t *testing.T) {
	netns.Enter(t)
	h := live(t, "lo", 65535, 50*time.Millisecond)
	conn, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := h.SetBPFFilter("udp"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if data, _ := receive(t, h); string(data[42:]) != "hello" {
		t.Errorf("%x", data)
	}
	nothing(t, h)
}

// List devices: names, what they are, and addresses.
func TestProgramDevices(t *testing.T) {
	netns.Veth(t)
	netns.Tun(t, "tun0")
	netns.IP(t, "addr add 10.1.2.3/24 brd + dev left")
	netns.IP(t, "addr add 10.9.9.1 peer 10.9.9.2 dev tun0")
	netns.IP(t, "link add one type veth peer name two")
	all, err := findAllDevs()
	if err != nil {
		t.Fatal(err)
	}
	type device struct {
		description string
		flags       uint32
		addresses   string
	}
	want := map[string]device{
		"left":  {"", 0x16, "10.1.2.3 ffffff00 10.1.2.255 <nil>"},
		"right": {"", 0x16, ""},
		"any":   {"Pseudo-device that captures on all interfaces", 0x36, ""},
		"lo":    {"", 0x37, "127.0.0.1 ff000000 <nil> <nil>"},
		"tun0":  {"", 0x22, "10.9.9.1 ffffffff <nil> 10.9.9.2"},
		"one":   {"", 0x20, ""},
		"two":   {"", 0x20, ""},
	}
	place := map[string]int{}
	for i, d := range all {
		w, ok := want[d.Name]
		if !ok {
			continue // libpcap also lists what is no network interface
		}
		place[d.Name] = i
		var addresses []string
		for _, a := range d.Addresses {
			if len(a.IP) == net.IPv4len {
				addresses = append(addresses, a.IP.String()+" "+a.Netmask.String()+" "+a.Broadaddr.String()+" "+a.P2P.String())
			}
		}
		flags := d.Flags
		if d.Name == "tun0" {
			flags &^= 4 // running, which depends on who has it open
			flags = flags&^0x30 | 0x20
		}
		if got := (device{d.Description, flags, strings.Join(addresses, ", ")}); got != w {
			t.Errorf("%s: %+v, want %+v", d.Name, got, w)
		}
	}
	if len(place) != len(want) || place["left"] > place["any"] || place["any"] > place["lo"] || place["lo"] > place["one"] {
		t.Errorf("in the places %v", place)
	}
}
