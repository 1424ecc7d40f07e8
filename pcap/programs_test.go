package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/google/gopacket/tcpassembly"
	"golang.org/x/net/bpf"
)

// udp makes an Ethernet frame with a UDP datagram in it.
func udp(t testing.TB, from, to uint16, payload int) []byte {
	t.Helper()
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
	header := &layers.UDP{SrcPort: layers.UDPPort(from), DstPort: layers.UDPPort(to)}
	if err := header.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return frame(t, ip, header, gopacket.Payload(make([]byte, payload)))
}

// tcp makes an Ethernet frame with a TCP segment of 10.0.0.1 port 1000 to 10.0.0.2 port 80.
func tcp(t testing.TB, seq uint32, syn bool, payload string) []byte {
	t.Helper()
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
	header := &layers.TCP{SrcPort: 1000, DstPort: 80, Seq: seq, SYN: syn, ACK: !syn, Window: 1000}
	if err := header.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return frame(t, ip, header, gopacket.Payload(payload))
}

func frame(t testing.TB, inner ...gopacket.SerializableLayer) []byte {
	t.Helper()
	ether := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, append([]gopacket.SerializableLayer{ether}, inner...)...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// pcapFile makes a pcap file in little-endian order, with a packet each second from second 100 and microsecond 7 on.
func pcapFile(magic uint32, snaplen, link uint32, packets ...[]byte) []byte {
	le := binary.LittleEndian
	file := le.AppendUint32(nil, magic)
	file = le.AppendUint32(file, 2|4<<16)
	file = append(file, make([]byte, 8)...)
	file = le.AppendUint32(le.AppendUint32(file, snaplen), link)
	for i, p := range packets {
		file = append(file, pcapRecord(uint32(100+i), 7, uint32(len(p)), uint32(len(p)), p)...)
	}
	return file
}

func pcapRecord(seconds, fraction, captured, wire uint32, data []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint32(nil, seconds), fraction)
	return append(le.AppendUint32(le.AppendUint32(b, captured), wire), data...)
}

const micro, nano = 0xa1b2c3d4, 0xa1b23c4d

// write puts a file into the test's folder.
func write(t testing.TB, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a file, and closes it with the test.
func open(t testing.TB, data []byte) *handleType {
	t.Helper()
	h, err := openOffline(write(t, data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// count reads to the end.
func count(t testing.TB, h *handleType) (n int) {
	t.Helper()
	for {
		_, _, err := h.ReadPacketData()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
}

// says fails the test if an error has not the text.
func says(t testing.TB, what string, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Errorf("%s: %v, want the error %q", what, err, text)
	}
}

// Read: a program that reads a file and decodes it.
func TestProgramRead(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 1, udp(t, 5, 53, 3), tcp(t, 1, true, "")))
	if h.LinkType() != layers.LinkTypeEthernet || h.SnapLen() != 65535 {
		t.Errorf("link type %v, snapshot length %d", h.LinkType(), h.SnapLen())
	}
	var got []string
	for packet := range gopacket.NewPacketSource(h, h.LinkType()).Packets() {
		m := packet.Metadata()
		got = append(got, m.Timestamp.UTC().Format(time.RFC3339Nano)+" "+packet.TransportLayer().TransportFlow().String())
		if m.CaptureLength != len(packet.Data()) || m.Length != m.CaptureLength || m.InterfaceIndex != 0 || m.AncillaryData != nil {
			t.Errorf("capture info %+v", m.CaptureInfo)
		}
	}
	want := []string{"1970-01-01T00:01:40.000007Z 5->53", "1970-01-01T00:01:41.000007Z 1000->80"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, _, err := h.ReadPacketData(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	says(t, "no error", h.Error(), "")
}

// Nanoseconds: files of nano- and microseconds both have times in nanoseconds, and report the same resolution.
func TestProgramNanoseconds(t *testing.T) {
	for magic, want := range map[uint32]int{micro: 7000, nano: 7} {
		h := open(t, pcapFile(magic, 0, 1, udp(t, 1, 2, 3)))
		_, ci, err := h.ReadPacketData()
		if err != nil || ci.Timestamp.Nanosecond() != want {
			t.Errorf("magic %#x: %v, %v", magic, ci.Timestamp, err)
		}
		if h.Resolution() != ofNanoseconds || h.SnapLen() != 262144 {
			t.Errorf("magic %#x: resolution %v, snapshot length %d", magic, h.Resolution(), h.SnapLen())
		}
	}
}

// Reassembly: a program that puts a TCP stream together.
type streams struct{ text *bytes.Buffer }

func (s streams) New(gopacket.Flow, gopacket.Flow) tcpassembly.Stream { return s }
func (s streams) ReassemblyComplete()                                 {}
func (s streams) Reassembled(rs []tcpassembly.Reassembly) {
	for _, r := range rs {
		s.text.Write(r.Bytes)
	}
}

func TestProgramReassembly(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 1, tcp(t, 99, true, ""), tcp(t, 105, false, "world"), udp(t, 1, 2, 9), tcp(t, 100, false, "hello")))
	if err := h.SetBPFFilter("tcp port 80"); err != nil {
		t.Fatal(err)
	}
	s := streams{new(bytes.Buffer)}
	assembler := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(s))
	for packet := range gopacket.NewPacketSource(h, h.LinkType()).Packets() {
		assembler.AssembleWithTimestamp(packet.NetworkLayer().NetworkFlow(), packet.TransportLayer().(*layers.TCP), packet.Metadata().Timestamp)
	}
	assembler.FlushAll()
	if s.text.String() != "helloworld" {
		t.Errorf("the stream has %q", s.text)
	}
}

// Save: a program that copies what matches, with pcapgo.
func TestProgramSave(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 1, udp(t, 5, 53, 3), tcp(t, 1, true, ""), udp(t, 53, 5, 9)))
	if err := h.SetBPFFilter("udp"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := pcapgo.NewWriter(&out)
	if err := w.WriteFileHeader(uint32(h.SnapLen()), h.LinkType()); err != nil {
		t.Fatal(err)
	}
	for {
		data, ci, err := h.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WritePacket(ci, data); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, out.Bytes())
	if n := count(t, again); n != 2 {
		t.Errorf("%d packets in the copy", n)
	}
}

// Filter: filters of a file are exchanged while it is read, and wrong ones change nothing.
func TestProgramFilter(t *testing.T) {
	var packets [][]byte
	for range 4 {
		packets = append(packets, udp(t, 5, 53, 3), tcp(t, 1, true, ""))
	}
	h := open(t, pcapFile(micro, 65535, 1, packets...))
	read := func() layers.IPProtocol {
		t.Helper()
		data, _, err := h.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		return layers.IPProtocol(data[23])
	}
	for _, c := range []struct {
		filter string
		want   layers.IPProtocol
	}{{"tcp", layers.IPProtocolTCP}, {"udp port 53", layers.IPProtocolUDP}, {"", layers.IPProtocolTCP}} {
		if err := h.SetBPFFilter(c.filter); err != nil {
			t.Fatal(err)
		}
		if got := read(); got != c.want {
			t.Errorf("%q lets %v through", c.filter, got)
		}
	}
	if err := h.SetBPFFilter("udp"); err != nil {
		t.Fatal(err)
	}
	if err := h.SetBPFFilter("tcp pork 80"); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("a wrong filter: %v", err)
	} else if h.Error().Error() != err.Error() {
		t.Errorf("Error gives %v after %v", h.Error(), err)
	}
	says(t, "without netmask", h.SetBPFFilter("ip broadcast"), "netmask not known, so 'ip broadcast' not supported")
	says(t, "nothing matches", h.SetBPFFilter("tcp and udp"), "expression rejects all packets")
	if got := read(); got != layers.IPProtocolUDP {
		t.Errorf("after wrong filters %v comes through", got)
	}
}

func instruction(code uint16, jf uint8, k uint32) bpfInstruction {
	return bpfInstruction{Code: code, Jf: jf, K: k}
}

// Instructions: programs in bytecode as filters.
func TestProgramInstructions(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 1, udp(t, 5, 53, 3), tcp(t, 1, true, ""), udp(t, 5, 53, 3)))
	isUDP := []bpfInstruction{instruction(0x30, 0, 23), instruction(0x15, 1, 17), instruction(0x06, 0, 40), instruction(0x06, 0, 0)} // ldb [23]; jeq #17; ret #40; ret #0
	says(t, "no instruction", h.SetBPFInstructionFilter(nil), "bpfInstructions must not be empty")
	says(t, "too many", h.SetBPFInstructionFilter(make([]bpfInstruction, maxBpfInstructions+1)), "bpfInstructions must not be larger than 4096")
	says(t, "invalid", h.SetBPFInstructionFilter([]bpfInstruction{{Code: 0xffff}}), "BPF program is not valid")
	match, err := h.NewBPFInstructionFilter(isUDP)
	if err != nil || match.String() != "BPF Instruction Filter" {
		t.Fatalf("%v, %v", match, err)
	}
	if !match.Matches(gopacket.CaptureInfo{Length: 60}, udp(t, 1, 2, 3)) || match.Matches(gopacket.CaptureInfo{Length: 60}, tcp(t, 1, true, "")) {
		t.Error("the program does not tell UDP from TCP")
	}
	if err := h.SetBPFInstructionFilter(isUDP); err != nil {
		t.Fatal(err)
	}
	data, ci, err := h.ReadPacketData()
	if err != nil || len(data) != 60 || ci.CaptureLength != 60 {
		t.Errorf("%d bytes, %v: a filter does not cut packets", len(data), err)
	}
	if n := count(t, h); n != 1 {
		t.Errorf("%d packets more", n)
	}
}

// Compile only: a program that compiles for something else to run, as for XDP.
func TestProgramCompile(t *testing.T) {
	program, err := compileBPFFilter(layers.LinkTypeEthernet, 96, "udp port 53 or vlan")
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	instructions, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("not all instructions are known")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		packet []byte
		want   int
	}{{udp(t, 5, 53, 3), 96}, {udp(t, 5, 54, 3), 0}, {tcp(t, 1, true, ""), 0}} {
		if got, err := vm.Run(c.packet); err != nil || got != c.want {
			t.Errorf("%d, %v, want %d", got, err, c.want)
		}
	}
	if _, err := compileBPFFilter(layers.LinkTypeEthernet, 96, "tcp ("); err == nil || !strings.Contains(err.Error(), "can't parse filter expression: syntax error") {
		t.Errorf("a wrong filter: %v", err)
	}
	if _, err := compileBPFFilter(layers.LinkTypeRaw, 96, "ip"); err == nil { // 101 is a number of files, and no DLT_
		t.Error("DLT 101 is taken")
	}
	_, err = compileBPFFilter(layers.LinkTypeEthernet, 0, "ip")
	says(t, "no snapshot length", err, "snaplen of 0 rejects all packets")
	for _, filter := range []string{"", "inbound", "ip\x00 and what C does not see"} {
		if _, err := compileBPFFilter(layers.LinkTypeEthernet, -1, filter); err != nil {
			t.Errorf("%q: %v", filter, err)
		}
	}
}

// Match in memory: a program that has packets from elsewhere.
func TestProgramMatch(t *testing.T) {
	b, err := newBPF(layers.LinkTypeEthernet, 65535, "udp port 53 and greater 100")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != "udp port 53 and greater 100" {
		t.Errorf("it is called %q", b)
	}
	packet := udp(t, 5, 53, 3)
	for _, c := range []struct {
		packet []byte
		length int // on the wire
		want   bool
	}{{packet, 200, true}, {packet, len(packet), false}, {packet[:30], 200, false}, {udp(t, 5, 54, 80), 200, false}} {
		if got := b.Matches(gopacket.CaptureInfo{CaptureLength: 1, Length: c.length}, c.packet); got != c.want {
			t.Errorf("%d of %d bytes: %v", len(c.packet), c.length, got)
		}
	}
	h := open(t, pcapFile(micro, 65535, 1, packet))
	ofHandle, err := h.NewBPF("udp port 53")
	if err != nil || !ofHandle.Matches(gopacket.CaptureInfo{Length: len(packet)}, packet) {
		t.Errorf("%v, %v", ofHandle, err)
	}
	if _, err := h.NewBPF("foobar"); err == nil {
		t.Error("a wrong filter is taken")
	}
}

// Zero copy: what the last read gave is there until the next one.
func TestProgramZeroCopy(t *testing.T) {
	var packets [][]byte
	for i := range 2000 {
		packets = append(packets, udp(t, uint16(i), 53, i))
	}
	h := open(t, pcapFile(micro, 65535, 1, packets...))
	for i, want := range packets {
		data, ci, err := h.ZeroCopyReadPacketData()
		if err != nil || !bytes.Equal(data, want) || ci.CaptureLength != len(want) || ci.Length != len(want) || cap(data) != len(data) {
			t.Fatalf("packet %d: %d bytes, %+v, %v", i, len(data), ci, err)
		}
		if i%100 == 50 { // the other kind of read goes on in the same place
			if data, _, err := h.ReadPacketData(); err != nil || !bytes.Equal(data, packets[i+1]) {
				t.Fatalf("packet %d: %v", i, err)
			}
			break
		}
	}
	if _, _, err := open(t, pcapFile(micro, 65535, 1)).ZeroCopyReadPacketData(); err != io.EOF {
		t.Errorf("an empty file: %v", err)
	}
}

// TestProgramKeep keeps packets while others are read, and writes into them.
func TestProgramKeep(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var packets [][]byte
	for i := range 4000 {
		p := make([]byte, random.IntN(1600))
		if i%97 == 0 {
			p = make([]byte, 30_000+random.IntN(30_000))
		}
		for j := range p {
			p[j] = byte(i + j)
		}
		packets = append(packets, p)
	}
	h := open(t, pcapFile(micro, 65535, 1, packets...))
	kept := make(map[int][]byte)
	for i, want := range packets {
		zeroCopy := i%5 == 0 || i > 3000 && i < 3500
		read := h.ReadPacketData
		if zeroCopy {
			read = h.ZeroCopyReadPacketData
		}
		data, _, err := read()
		if err != nil || !bytes.Equal(data, want) {
			t.Fatalf("packet %d: %v, or the bytes are not those in the file", i, err)
		}
		switch {
		case zeroCopy:
		case i%2 == 0:
			kept[i] = data
		default: // a program may do what it wants with its packet
			for j := range data {
				data[j] = 0xee
			}
			_ = append(data, 0xee, 0xee)
		}
	}
	for i, data := range kept {
		if !bytes.Equal(data, packets[i]) {
			t.Errorf("packet %d changed after it was read", i)
		}
	}
}

// What a file cannot do.
func TestProgramFileLimits(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 101, []byte{0x45, 0}))
	if h.LinkType() != 12 {
		t.Errorf("link type %d, want DLT_RAW", h.LinkType())
	}
	_, err := h.Stats()
	says(t, "Stats", err, "Statistics aren't available from savefiles")
	says(t, "Error", h.Error(), "Statistics aren't available from savefiles")
	says(t, "SetDirection", h.SetDirection(directionIn), "Generic error")
	says(t, "Error", h.Error(), "Setting direction is not supported on savefiles")
	says(t, "SetDirection", h.SetDirection(7), "Invalid direction: 7")
	says(t, "WritePacketData", h.WritePacketData([]byte{1}), "Sending packets isn't supported on savefiles")
	says(t, "SetLinkType", h.SetLinkType(1), "EN10MB is not one of the DLTs supported by this device")
	says(t, "SetLinkType", h.SetLinkType(147), "DLT 147 is not one of the DLTs supported by this device")
	if err := h.SetLinkType(12); err != nil {
		t.Error(err)
	}
	links, err := h.ListDataLinks()
	if err != nil || len(links) != 1 || links[0].Name != "RAW" || links[0].Description != "Raw IP" {
		t.Errorf("%v, %v", links, err)
	}
	h.Close()
	h.Close()
	if _, _, err := h.ReadPacketData(); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

// Files that cannot be opened.
func TestProgramOpenErrors(t *testing.T) {
	whole := pcapFile(micro, 100, 1)
	old := bytes.Clone(whole)
	old[4] = 1
	new := bytes.Clone(whole)
	new[6] = 9
	for _, c := range []struct {
		name string
		file []byte
		text string
	}{
		{"empty", nil, "truncated dump file; tried to read 4 file header bytes, only got 0"},
		{"3 bytes", whole[:3], "truncated dump file; tried to read 4 file header bytes, only got 3"},
		{"half a header", whole[:10], "truncated dump file; tried to read 24 file header bytes, only got 6"},
		{"something else", []byte("something else"), "unknown file format"},
		{"old version", old, "archaic pcap savefile format"},
		{"new version", new, "unsupported pcap savefile version 2.9"},
		{"pcapng without interface", section(), "the capture file has no Interface Description Blocks"},
		{"pcapng with a packet first", append(section(), enhanced(0, 60, make([]byte, 60))...), "the capture file has a packet block before any Interface Description Blocks"},
	} {
		h, err := openOffline(write(t, c.file))
		if h != nil {
			t.Errorf("%s: there is a handle", c.name)
		}
		says(t, c.name, err, c.text)
	}
	_, err := openOffline("/no/such/file")
	says(t, "no file", err, "/no/such/file: No such file or directory")
	dir := t.TempDir()
	_, err = openOffline(dir)
	says(t, "a folder", err, "error reading dump file: Is a directory")
}

// Files that end early, or are wrong behind their start.
func TestProgramReadErrors(t *testing.T) {
	start := pcapFile(micro, 100, 1, make([]byte, 60))
	ng := append(section(), description(1, 100)...)
	trailer := enhanced(0, 60, make([]byte, 60))
	trailer[len(trailer)-4] ^= 4
	odd := enhanced(0, 60, make([]byte, 60))
	odd[4]++
	for _, c := range []struct {
		name string
		file []byte
		good int // packets before the error
		text string
	}{
		{"in a record header", append(bytes.Clone(start), 1, 2, 3), 1, "truncated dump file; tried to read 16 header bytes, only got 3"},
		{"in a packet", append(bytes.Clone(start), pcapRecord(1, 1, 10, 10, []byte{1, 2})...), 1, "truncated dump file; tried to read 10 captured bytes, only got 2"},
		{"too long", append(bytes.Clone(start), pcapRecord(1, 1, 300_000, 300_000, nil)...), 1, "invalid packet capture length 300000, bigger than snaplen of 100"},
		{"too long for the type", append(pcapFile(micro, 500_000, 1), pcapRecord(1, 1, 300_000, 300_000, nil)...), 0, "invalid packet capture length 300000, bigger than maximum of 262144"},
		{"in a block header", append(bytes.Clone(ng), 6, 0, 0, 0, 1), 0, "truncated pcapng dump file; tried to read 8 bytes, only got 5"},
		{"in a block", append(bytes.Clone(ng), enhanced(0, 60, make([]byte, 60))[:50]...), 0, "truncated pcapng dump file; tried to read 84 bytes, only got 42"},
		{"longer than declared", append(bytes.Clone(ng), enhanced(0, 160, make([]byte, 160))...), 0, "invalid packet capture length 160, bigger than snaplen of 100"},
		{"longer than its block", append(bytes.Clone(ng), enhanced(0, 64, make([]byte, 60))...), 0, "block of type 6 in pcapng dump file is too short"},
		{"no such interface", append(bytes.Clone(ng), enhanced(7, 60, make([]byte, 60))...), 0, "a packet arrived on interface 7, but there's no Interface Description Block for that interface"},
		{"trailer", append(bytes.Clone(ng), trailer...), 0, "block total length in header and trailer don't match"},
		{"length", append(bytes.Clone(ng), odd...), 0, "block in pcapng dump file has a length of 93 that is not a multiple of 4"},
		{"another link type", append(append(append(bytes.Clone(ng), enhanced(0, 60, make([]byte, 60))...), description(101, 100)...), enhanced(0, 60, make([]byte, 60))...), 1,
			"an interface has a type 101 different from the type of the first interface"},
		{"another snapshot length", append(append(bytes.Clone(ng), description(1, 101)...), enhanced(1, 60, make([]byte, 60))...), 0,
			"an interface has a snapshot length 101 different from the snapshot length of the first interface"},
	} {
		h := open(t, c.file)
		for i := range c.good {
			if _, _, err := h.ReadPacketData(); err != nil {
				t.Errorf("%s: packet %d: %v", c.name, i, err)
			}
		}
		if _, _, err := h.ReadPacketData(); err != nextErrorReadError || err.Error() != "Read Error" {
			t.Errorf("%s: %v", c.name, err)
		}
		says(t, c.name, h.Error(), c.text)
	}
}

// Packets longer than the file says are cut, and a pcapng file may have interfaces of one kind.
func TestProgramSnaplen(t *testing.T) {
	h := open(t, pcapFile(micro, 100, 1, make([]byte, 160), make([]byte, 60)))
	data, ci, err := h.ReadPacketData()
	if err != nil || len(data) != 100 || ci.CaptureLength != 100 || ci.Length != 160 {
		t.Errorf("%d bytes, %+v, %v", len(data), ci, err)
	}
	h = open(t, bytes.Join([][]byte{section(), description(1, 0), description(1, 0), enhanced(1, 60, make([]byte, 60)), enhanced(0, 60, make([]byte, 60))}, nil))
	data, ci, err = h.ReadPacketData()
	if err != nil || len(data) != 60 || ci.Length != 60 || ci.InterfaceIndex != 0 || ci.Timestamp.UnixMicro() != 0x5f00012345678 {
		t.Errorf("%d bytes, %+v, %v", len(data), ci, err)
	}
	if n := count(t, h); n != 1 || h.SnapLen() != 262144 {
		t.Errorf("%d packets, snapshot length %d", n, h.SnapLen())
	}
}

// The blocks of a pcapng file.
func block(kind uint32, body []byte) []byte {
	le := binary.LittleEndian
	total := uint32(12 + len(body))
	return le.AppendUint32(append(le.AppendUint32(le.AppendUint32(nil, kind), total), body...), total)
}

func section() []byte {
	body := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	return block(0x0a0d0d0a, append(body, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255))
}

func description(link uint16, snaplen uint32) []byte {
	body := binary.LittleEndian.AppendUint32(nil, uint32(link))
	return block(1, binary.LittleEndian.AppendUint32(body, snaplen))
}

func enhanced(iface, length uint32, data []byte) []byte {
	le := binary.LittleEndian
	body := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, iface), 0x5f000), 0x12345678)
	return block(6, append(le.AppendUint32(le.AppendUint32(body, length), length), data...))
}

// Open files: a program that was given a file, or reads from a pipe.
func TestProgramOpenFile(t *testing.T) {
	path := write(t, append([]byte("junk"), pcapFile(micro, 65535, 1, udp(t, 1, 2, 3))...))
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	h, err := openOfflineFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, h); n != 1 {
		t.Errorf("%d packets", n)
	}
	h.Close()
	if err := file.Close(); (err == nil) == closesFile {
		t.Errorf("closing the file after the handle: %v", err)
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		w.Write(pcapFile(micro, 65535, 1, udp(t, 1, 2, 3), udp(t, 1, 2, 3)))
		w.Close()
	}()
	h, err = openOfflineFile(r)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if n := count(t, h); n != 2 {
		t.Errorf("%d packets from the pipe", n)
	}
}

// Swapped: link-layer types whose meaning depends on the byte order of the file.
func TestProgramSwapped(t *testing.T) {
	packet := []byte{0, 0, 0, 2, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2} // DLT_NULL of a big-endian host
	file := binary.BigEndian.AppendUint32(nil, micro)
	file = append(file, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0)
	file = append(file, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, byte(len(packet)), 0, 0, 0, byte(len(packet)))
	h := open(t, append(file, packet...))
	if err := h.SetBPFFilter("ip and udp"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, h); n != 1 {
		t.Errorf("%d packets match", n)
	}
}

// Names of link-layer types, time stamps and errors.
func TestProgramNames(t *testing.T) {
	for _, c := range []struct {
		dlt               int
		name, description string
	}{{1, "EN10MB", "Ethernet"}, {12, "RAW", "Raw IP"}, {113, "LINUX_SLL", "Linux cooked v1"}, {127, "IEEE802_11_RADIO", "802.11 plus radiotap header"},
		{228, "IPV4", "Raw IPv4"}, {147, "", ""}, {9999, "", ""}, {65537, "", ""}, {-1, "", ""}} {
		if name, description := datalinkValToName(c.dlt), datalinkValToDescription(c.dlt); name != c.name || description != c.description {
			t.Errorf("%d is %q, %q", c.dlt, name, description)
		}
		if c.name != "" && datalinkNameToVal(strings.ToLower(c.name)) != c.dlt {
			t.Errorf("%s is %d", c.name, datalinkNameToVal(c.name))
		}
	}
	for _, name := range []string{"DLT_EN10MB", "1", "", "USER0"} {
		if n := datalinkNameToVal(name); n != -1 {
			t.Errorf("%q is %d", name, n)
		}
	}
	for i, name := range []string{"host", "HOST_lowprec", "host_hiprec", "adapter", "adapter_unsynced"} {
		s, err := timestampSourceFromName(name)
		if int(s) != i || err != nil || s.String() != strings.ToLower(name) {
			t.Errorf("%s is %d, %v, %q", name, int(s), err, s)
		}
	}
	_, err := timestampSourceFromName("sundial")
	says(t, "sundial", err, "Generic error")
	if timestampSource(-1).String() != "" || timestampSource(99).String() != "" {
		t.Error("names of sources that there are not")
	}
	for e, text := range map[nextErrorType]string{nextErrorOk: "OK", nextErrorTimeoutExpired: "Timeout Expired", nextErrorReadError: "Read Error",
		nextErrorNoMorePackets: "No More Packets In File", nextErrorNotActivated: "Not Activated", 7: "7"} {
		says(t, text, e, text)
	}
	says(t, "CannotSetRFMon", cannotSetRFMon, "Cannot set rfmon for this handle")
	var active error = nextErrorType(errNotActive)
	if !errors.Is(active, nextErrorNotActivated) || blockForever != -10*time.Millisecond || maxBpfInstructions != 4096 {
		t.Error("constants")
	}
	if directionInOut != 0 || directionIn != 1 || directionOut != 2 {
		t.Error("directions")
	}
	if !strings.Contains(version(), "libpcap version 1.") {
		t.Errorf("version %q", version())
	}
}
