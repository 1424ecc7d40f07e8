package main

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/capture"
)

// ipPacket makes an IPv4 packet behind an Ethernet header.
func ipPacket(protocol byte, payload []byte) []byte {
	b := append(make([]byte, 12), 8, 0)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
	b = append(b, 0, 1, 0, 0, 64, protocol, 0xde, 0xad, 192, 0, 2, 1, 192, 0, 2, 2)
	return append(b, payload...)
}

func udpPacket(port uint16, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, 4000)
	b = binary.BigEndian.AppendUint16(b, port)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	return ipPacket(17, append(append(b, 0xbe, 0xef), payload...))
}

func tcpPacket(port uint16, options, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, 4000)
	b = binary.BigEndian.AppendUint16(b, port)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, byte(20+len(options))/4<<4, 0x18, 0, 9, 0xbe, 0xef, 0, 0)
	return ipPacket(6, append(append(b, options...), payload...))
}

// signedPacket makes a segment with the MD5 option for a secret.
func signedPacket(secret string) []byte {
	options := append([]byte{1, 1, 19, 18}, make([]byte, 16)...)
	b := tcpPacket(9, options, []byte("hello"))
	tcp := b[34:]
	sum := md5.New()
	sum.Write(b[26:34])
	sum.Write([]byte{0, 6, 0, byte(len(tcp))})
	sum.Write(tcp[:16])
	sum.Write([]byte{0, 0})
	sum.Write(tcp[18:20])
	sum.Write([]byte("hello" + secret))
	copy(tcp[24:], sum.Sum(nil))
	return b
}

// fileOf writes packets of Ethernet into a capture file, a second apart.
func fileOf(t *testing.T, packets ...[]byte) string {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range packets {
		if err := w.WritePacket(&capture.Packet{Data: b, WireLen: uint32(len(b)), Timestamp: int64(i+1) * 1e9}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return write(t, "packets.pcap", file.String())
}

// flagPackets are packets on which tcpdump's flags of printing show.
func flagPackets(t *testing.T) string {
	rtp := append([]byte{0x80, 0x80 | 8, 1, 2, 0, 0, 0, 5, 0, 0, 0, 9}, make([]byte, 20)...)
	rtcp := append([]byte{0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 1, 0, 0, 0, 2, 0, 0}, 0x80, 203, 0, 1, 0, 0, 0, 1)
	radius := append([]byte{1, 7, 0, 20}, make([]byte, 16)...)
	dns := []byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'x', 0, 0, 1, 0, 1}
	zmtp := []byte{1, 0, 3, 1, 'a', 'b', 0, 4, 0, 'x'}
	netflow := append([]byte{0, 5, 0, 0, 0, 1, 2, 3, 0, 0, 0, 9}, make([]byte, 12)...)
	carp := append([]byte{0x21, 1, 2, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, make([]byte, 20)...)
	return fileOf(t, udpPacket(5004, rtp), udpPacket(5005, rtcp), udpPacket(9999, radius), udpPacket(9999, dns), tcpPacket(9999, nil, zmtp), udpPacket(9999, netflow),
		ipPacket(112, carp), udpPacket(9999, []byte{0, 1, 'a', 0, 'o', 'c', 't', 'e', 't', 0}), signedPacket("secret"), signedPacket("other"), udpPacket(9999, []byte{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
}

// Flags of printing beside the installed tcpdump: what they print is the same.
func TestFieldFlagsOfTcpdump(t *testing.T) {
	tcpdump, err := osexec.LookPath("tcpdump")
	if err != nil {
		required(t, "tcpdump is not installed")
	}
	if version, _ := osexec.Command(tcpdump, "--version").CombinedOutput(); !strings.Contains(string(version), "version 4.99.") {
		required(t, "the tcpdump that is installed is not 4.99's")
	}
	file := flagPackets(t)
	for _, flags := range []string{"", "-v", "-vv", "-K -v", "-K -vv", "-M secret", "-M secret -v", "-T aodv", "-T carp", "-T carp -v", "-T cnfp", "-T domain", "-T pgm", "-T ptp", "-T radius", "-T radius -v", "-T resp", "-T rtcp",
		"-T rtcp -v", "-T rtp", "-T rtp -v", "-T someip", "-T tftp", "-T vat", "-T vxlan", "-T zmtp1", "-T zmtp1 -v", "-b", "-u", "-H", "-#", "--micro", "--nano", "--time-stamp-precision=nano -tt", "-c 2", "-U", "-a",
		"-m x", "--linktype EN10MB"} {
		args := append([]string{"-n"}, strings.Fields(flags)...)
		if !strings.Contains(flags, "-V") {
			args = append(args, "-r", file)
		}
		cmd := osexec.Command(tcpdump, append([]string{"-Z", "root"}, args...)...)
		cmd.Env = append(os.Environ(), "TZ=UTC")
		want, err := cmd.Output()
		if err != nil {
			t.Errorf("tcpdump %s: %v", flags, err)
			continue
		}
		t.Setenv("TZ", "UTC")
		if got := exec(t, "", append([]string{"capture"}, args...)...); got.status != exitOK || differentLines(got.stdout, string(want)) != "" {
			t.Errorf("%s: status %d\n%s", flags, got.status, differentLines(got.stdout, string(want)))
		}
	}
}

// differentLines gives the first lines that differ but for the hour, which is that of the time zone the process began with.
func differentLines(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		x, y := "(end)", "(end)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y && !(len(x) > 3 && len(y) > 3 && x[2] == ':' && x[3:] == y[3:]) {
			return " got " + x + "\nwant " + y
		}
	}
	return ""
}

// Flags that the installed tcpdump has no peer for, or that end before a packet is read, in the manuals' words.
func TestFieldFlagsOfOtherTcpdumps(t *testing.T) {
	file := fileOf(t, udpPacket(9, []byte("a")), udpPacket(10, []byte("b")), udpPacket(11, []byte("c")), udpPacket(12, []byte("d")))
	empty := write(t, "empty", "")
	for flags, want := range map[string]string{
		"-n -t -r FILE --lengths -c 1":          "caplen 43 len 43 IP 192.0.2.1.4000 > 192.0.2.2.9: UDP, length 1\n",
		"-n -t -# -r FILE --skip 2 -c 1":        "    3  IP 192.0.2.1.4000 > 192.0.2.2.11: UDP, length 1\n",
		"-n -t -# -r FILE --print-sampling 2":   "    2  IP 192.0.2.1.4000 > 192.0.2.2.10: UDP, length 1\n    4  IP 192.0.2.1.4000 > 192.0.2.2.12: UDP, length 1\n",
		"-n -t -v -g -K -r FILE -c 1":           "IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 29) 192.0.2.1.4000 > 192.0.2.2.9: UDP, length 1\n",
		"-n -t -v --ip-oneline -K -r FILE -c 1": "IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 29) 192.0.2.1.4000 > 192.0.2.2.9: UDP, length 1\n",
		"-r FILE --count --skip 1":              "3 packets\n",
		"--fp-type":                             "9877.895\n",
		"-d -y RAW ip":                          "(000) ldb      [0]\n(001) rsh      #4\n",
		"-ddd -y EN10MB -O arp":                 "4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0\n",
		"-dd -r FILE":                           "{ 0x6, 0, 0, 0x00040000 },\n",
		"-dddd -r FILE":                         "1\n6 0 0 262144\n",
	} {
		got := exec(t, "", append([]string{"capture"}, strings.Fields(strings.ReplaceAll(flags, "FILE", file))...)...)
		if got.status != exitOK || !strings.HasPrefix(got.stdout, want) && flags != "-d -y RAW ip" || got.stdout == "" {
			t.Errorf("%s: status %d\n got %s%s\nwant %s", flags, got.status, got.stdout, got.stderr, want)
		}
	}
	for flags, want := range map[string]string{
		"-r FILE -c 0":                        "invalid packet count 0",
		"-r FILE -T nothing":                  "unknown packet type `nothing'",
		"-r FILE -j sundial":                  "invalid time stamp type sundial",
		"-r FILE --time-stamp-precision=pico": "unsupported time stamp precision",
		"-V " + empty:                         "no name in it",
		"-r FILE -c some":                     `-c, --packets: "some" is no number`,
		"-r FILE -c -1":                       "-c, --packets: -1 is out of range",
		"-r FILE -E rc3-cbc:x":                "rc3-cbc",
		"-r FILE -w - -C 12q":                 "is no size",
		"-r FILE --micro --nano":              "only one of them",
		"-i lo -i any":                        "only one is taken",
	} {
		got := exec(t, "", append([]string{"capture"}, strings.Fields(strings.ReplaceAll(flags, "FILE", file))...)...)
		if got.status != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: status %d, %q, want %q", flags, got.status, got.stderr, want)
		}
	}
	if got := exec(t, "", "capture", "-r", file, "-m", "IF-MIB", "-c", "1"); !strings.Contains(got.stderr, "ignoring option `-m IF-MIB' (no libsmi support)") || got.status != exitOK {
		t.Errorf("-m: %+v", got)
	}
}

// -z runs on each file that another follows, with its name.
func TestFieldCommandAfterRotation(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := filepath.Join(dir, "ended")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$1\" >> "+log+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	big := udpPacket(9, make([]byte, 1000))
	file := fileOf(t, big, big, big)
	out := filepath.Join(dir, "out")
	if got := exec(t, "", "capture", "-r", file, "-w", out, "-C", "1k", "-z", script); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Fields(string(text)); len(lines) != 2 || !strings.Contains(string(text), out+"1\n") {
		t.Errorf("the command ran on %q", lines)
	}
	if got := exec(t, "", "capture", "-r", file, "-w", out, "-C", "1k", "-z", filepath.Join(dir, "absent")); got.status != exitRun || !strings.Contains(got.stderr, "-z: ") || !strings.Contains(got.stderr, "2 commands failed") {
		t.Errorf("a command that there is not: %+v", got)
	}
}

// Packets of several files, also of several interfaces, go into one.
func TestFieldListOfFiles(t *testing.T) {
	one, two := fileOf(t, udpPacket(9, nil)), fileOf(t, udpPacket(10, nil), udpPacket(11, nil))
	out := filepath.Join(t.TempDir(), "out.pcapng")
	if got := exec(t, one+"\r\n\n"+two+"\n", "capture", "-V", "-", "-w", out); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	if got := exec(t, "", "capture", "-n", "-t", "-r", out); strings.Count(got.stdout, "\n") != 3 {
		t.Errorf("%+v", got)
	}
}
