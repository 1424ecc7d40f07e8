package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
	"bpfc/linktype"
)

// trace writes a capture file of n small UDP packets, a second apart, built by `bpfc send --dry-run`'s builder.
func trace(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		p := capture.Packet{Data: described(t, "--ip", "src=192.0.2.1,dst=192.0.2.2", "--udp", fmt.Sprintf("sport=%d,dport=9", 1000+i), "--payload", "x"), Timestamp: int64(i) * 1e9}
		p.WireLen = uint32(len(p.Data))
		if err := w.WritePacket(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// described builds the packet that flags of `bpfc send` describe.
func described(t *testing.T, flags ...string) []byte {
	t.Helper()
	s := &sendCommand{}
	cmd := newSendCommand()
	cmd.ResetFlags()
	s.build.register(cmd.Flags())
	if err := cmd.Flags().Parse(flags); err != nil {
		t.Fatal(err)
	}
	b, err := s.build.packet(linktype.EN10MB)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a file has for a fraction of a second is printed as it is where it is a second or more.
func TestFieldInvalidFractionOfAFile(t *testing.T) {
	for unit, magic := range map[string]uint32{"us": 0xa1b2c3d4, "ns": 0xa1b23c4d} {
		second := map[string]uint32{"us": 1e6, "ns": 1e9}[unit]
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := order.AppendUint32(nil, magic)
			file = order.AppendUint16(order.AppendUint16(file, 2), 4)
			file = order.AppendUint32(order.AppendUint32(append(file, make([]byte, 8)...), 65535), 1)
			for _, fraction := range []uint32{second - 1, second, 4 * second} {
				file = order.AppendUint32(order.AppendUint32(file, 5), fraction)
				file = append(order.AppendUint32(order.AppendUint32(file, 1), 1), 0)
			}
			want := fmt.Sprintf("5.%d  [|ether]\n5.%d (invalid %s)  [|ether]\n5.%d (invalid %s)  [|ether]\n", second-1, second, unit, 4*second, unit)
			args := []string{"capture", "-r", "-", "-tt"}
			if unit == "ns" {
				args = append(args, "--nano")
			}
			if got := exec(t, string(file), args...); got.status != exitOK || got.stdout != want {
				t.Errorf("%s, %v: %+v, want %q", unit, order, got, want)
			}
		}
	}
}

// Without --nano, differences are those of microseconds, whatever the file has.
func TestFieldDifferencesOfNanosecondFiles(t *testing.T) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{Format: capture.Pcap, LinkType: 1, Nanosecond: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, stamp := range []int64{1_000_000_999, 1_000_001_000, 1_000_002_999, 2_000_000_000} {
		if err := w.WritePacket(&capture.Packet{Data: []byte{0}, WireLen: 1, Timestamp: stamp}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{
		"-ttt":   " 00:00:00.000000  [|ether]\n 00:00:00.000001  [|ether]\n 00:00:00.000001  [|ether]\n 00:00:00.999998  [|ether]\n",
		"-ttttt": " 00:00:00.000000  [|ether]\n 00:00:00.000001  [|ether]\n 00:00:00.000002  [|ether]\n 00:00:01.000000  [|ether]\n",
	} {
		if got := exec(t, file.String(), "capture", "-r", "-", flag); got.status != exitOK || got.stdout != want {
			t.Errorf("%s: %+v, want %q", flag, got, want)
		}
	}
}

// -a, -N and -f of tcpdump(1), on a file: -a is the default, and no address is foreign.
func TestFieldNamesOfHosts(t *testing.T) {
	file := trace(t, 1)
	etc := filepath.Dir(write(t, "hosts", "192.0.2.1 nic.ddn.mil\n192.0.2.2 here\n"))
	for flags, want := range map[string]string{
		"":         "IP nic.ddn.mil.1000 > here.9: UDP, length 1\n",
		"-a":       "IP nic.ddn.mil.1000 > here.9: UDP, length 1\n",
		"-f":       "IP nic.ddn.mil.1000 > here.9: UDP, length 1\n",
		"-N":       "IP nic.1000 > here.9: UDP, length 1\n",
		"-aNf":     "IP nic.1000 > here.9: UDP, length 1\n",
		"-n -a -N": "IP 192.0.2.1.1000 > 192.0.2.2.9: UDP, length 1\n",
	} {
		got := exec(t, "", append([]string{"capture", "-t", "--etc", etc, "-r", file}, strings.Fields(flags)...)...)
		if got.status != exitOK || got.stdout != want {
			t.Errorf("%s: %+v", flags, got)
		}
	}
}

func TestCaptureFromFile(t *testing.T) {
	file := trace(t, 5)
	out := filepath.Join(t.TempDir(), "out.pcap")
	tests := []struct {
		args   []string
		status int
		stdout string
		stderr string // a part
	}{
		{[]string{"-n", "-tt", "-c", "2", "src", "port", "1001", "or", "src", "port", "1002"}, exitOK,
			"1.000000 IP 192.0.2.1.1001 > 192.0.2.2.9: UDP, length 1\n2.000000 IP 192.0.2.1.1002 > 192.0.2.2.9: UDP, length 1\n", "reading from file"},
		{[]string{"-n", "-t", "-q", "-#", "-c1"}, exitOK, "    1  IP 192.0.2.1.1000 > 192.0.2.2.9: UDP, length 1\n", ""},
		{[]string{"--count", "udp"}, exitOK, "5 packets\n", ""},
		{[]string{"--count", "src port 1000"}, exitOK, "1 packet\n", ""},
		{[]string{"-w", out}, exitOK, "", ""},
		{[]string{"udp prot 3"}, exitUsage, "", "did you mean"},
		{[]string{"-i", "lo"}, exitUsage, "", "-r and -i"},
		{[]string{"-C", "1"}, exitUsage, "", "-w"},
		{[]string{"-Q", "sideways"}, exitUsage, "", "sideways"},
		{[]string{"-w", "-", "--print"}, exitUsage, "", "standard output"},
	}
	for _, tt := range tests {
		got := exec(t, "", append([]string{"capture", "-r", file}, tt.args...)...)
		if got.status != tt.status || got.stdout != tt.stdout || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("%q: %+v", tt.args, got)
		}
	}
	a, errA := os.ReadFile(file)
	b, errB := os.ReadFile(out)
	if errA != nil || errB != nil || len(a) != len(b) || !bytes.Equal(a[24:], b[24:]) {
		t.Errorf("the copy differs: %v, %v, %d and %d bytes", errA, errB, len(a), len(b))
	}
}

func TestCaptureList(t *testing.T) {
	got := exec(t, "", "capture", "-D")
	if got.status != exitOK || !strings.Contains(got.stdout, "1.") || !strings.Contains(got.stdout, "Loopback") {
		t.Errorf("%+v", got)
	}
}

func TestCaptureNoInterface(t *testing.T) {
	got := exec(t, "", "capture", "-i", "no-such-interface")
	if got.status != exitRun || !strings.Contains(got.stderr, "no-such-interface") {
		t.Errorf("%+v", got)
	}
}

// written gives the names of the files that a rotation leaves, and how many packets there are in all.
func written(t *testing.T, dir string) (names []string, packets int) {
	t.Helper()
	eachWritten(t, dir, func(name string, n int) {
		names, packets = append(names, name), packets+n
	})
	return names, packets
}

// counted gives the same as a text of names, each with its number of packets.
func counted(t *testing.T, dir string) string {
	t.Helper()
	var files []string
	eachWritten(t, dir, func(name string, n int) {
		files = append(files, fmt.Sprintf("%s:%d", name, n))
	})
	return strings.Join(files, " ")
}

func eachWritten(t *testing.T, dir string, do func(name string, packets int)) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		r, err := capture.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		packets := 0
		for ; ; packets++ {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		do(e.Name(), packets)
		r.Close()
	}
}

// -C, -G and -W make the files that tcpdump 4.99.3 makes of the same packets at the same times: 14 of 250,000 bytes, a quarter
// of a second apart, the first 0.625 seconds after a second began. The rows are what it made.
func TestFieldRotation(t *testing.T) {
	iface := &capture.Interface{LinkType: 1, Snaplen: 262144}
	big := capture.Packet{Data: make([]byte, 250_000), WireLen: 250_000}
	start := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name     string
		rotation rotation
		files    string // names, each with its number of packets
	}{
		{"x", rotation{}, "x:14"},
		{"x", rotation{files: 2}, "x:14"},
		{"x-%S", rotation{files: 2}, "x-%S:14"},
		{"x", rotation{size: 1_000_000}, "x:4 x1:4 x2:4 x3:2"},
		{"x", rotation{size: 1_000_000, files: 1}, "x:2"},
		{"x", rotation{size: 1_000_000, files: 2}, "x0:4 x1:2"},
		{"x", rotation{size: 1_000_000, files: 3}, "x0:2 x1:4 x2:4"},
		{"x", rotation{size: 1_000_000, files: 11}, "x00:4 x01:4 x02:4 x03:2"},
		{"x-%S", rotation{size: 1_000_000, files: 2}, "x-%S0:4 x-%S1:2"},
		{"x", rotation{seconds: 1}, "x:4"},
		{"x", rotation{seconds: 1, files: 1}, "x:2"},
		{"x", rotation{seconds: 1, files: 3}, "x:4"},
		{"x-%S", rotation{seconds: 1}, "x-05:2 x-06:4 x-07:4 x-08:4"},
		{"x-%S", rotation{seconds: 1, files: 1}, "x-05:2"},
		{"x-%S", rotation{seconds: 1, files: 2}, "x-05:2 x-06:4"},
		{"x-%S", rotation{seconds: 1, files: 11}, "x-05:2 x-06:4 x-07:4 x-08:4"},
		{"x-%H%M%S-", rotation{seconds: 1, files: 3}, "x-030405-:2 x-030406-:4 x-030407-:4"},
		{"x-%S", rotation{seconds: 100}, "x-05:14"},
		{"x-%S", rotation{seconds: 100, files: 2}, "x-05:14"},
		{"x", rotation{size: 1_000_000, seconds: 1}, "x:4"},
		{"x", rotation{size: 1_000_000, seconds: 1, files: 2}, "x0:4"},
		{"x", rotation{size: 1_000_000, seconds: 2, files: 11}, "x00:4 x01:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 1}, "x-05:2 x-06:4 x-07:4 x-08:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 1, files: 1}, "x-05:2 x-06:4 x-07:4 x-08:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 1, files: 11}, "x-0500:2 x-0600:4 x-0700:4 x-0800:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 2}, "x-05:4 x-051:2 x-07:4 x-071:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 2, files: 1}, "x-05:2 x-07:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 2, files: 2}, "x-050:4 x-051:2 x-070:4 x-071:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 3, files: 2}, "x-050:2 x-051:4 x-080:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 100}, "x-05:4 x-051:4 x-052:4 x-053:2"},
		{"x-%S", rotation{size: 1_000_000, seconds: 100, files: 1}, "x-05:2"},
		{"x-%S", rotation{size: 1_000_000, seconds: 100, files: 2}, "x-050:4 x-051:2"},
		{"x-%S", rotation{size: 1_000_000, seconds: 100, files: 3}, "x-050:2 x-051:4 x-052:4"},
		{"x-%S", rotation{size: 1_000_000, seconds: 100, files: 11}, "x-0500:4 x-0501:4 x-0502:4 x-0503:2"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		now := start
		w := &rotatingWriter{name: filepath.Join(dir, tt.name), options: capture.WriterOptions{Format: capture.Pcap, First: iface}, rotation: tt.rotation, now: func() time.Time { return now }, open: spooling(os.Create)}
		if err := w.prepare(); err != nil {
			t.Fatal(err)
		}
		for i := range 14 {
			now = start.Add(625*time.Millisecond + time.Duration(i)*250*time.Millisecond)
			if err := w.write(&big, iface); err == errFilesDone {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.close(true); err != nil {
			t.Fatal(err)
		}
		if got := counted(t, dir); got != tt.files {
			t.Errorf("%s, %+v: %s, want %s", tt.name, tt.rotation, got, tt.files)
		}
	}
}

// What a name with all conversions of strftime(3) becomes, by glibc in the locale C.
func TestFieldRotationNames(t *testing.T) {
	const format = "%a %A %b %B %C %d %e %F %g %G %h %H %I %j %k %l %m %M %p %P %R %s %S %T %u %U %V %w %W %y %Y %z %Z %% %E %Ey %Od %q %"
	const want = "Wed Wednesday Jan January 20 02  2 2030-01-02 30 2030 Jan 03 03 002  3  3 01 04 AM am 03:04 1893553445 05 03:04:05 3 00 01 3 00 30 2030 +0000 UTC % %E 30 02 %q %"
	w := &rotatingWriter{name: format, rotation: rotation{seconds: 1}, began: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	if got := w.path(); got != want {
		t.Errorf("%s\n%s", got, want)
	}
}

// As with tcpdump, no file is of 0 bytes, seconds or number.
func TestFieldRotationByNothing(t *testing.T) {
	for _, flags := range []string{"-C 0", "-G 0", "-W 0", "-C 1 -W 0", "-G -1", "-C 1 -W -1"} {
		file := filepath.Join(t.TempDir(), "a")
		got := exec(t, "", append([]string{"capture", "-r", trace(t, 3), "-w", file}, strings.Fields(flags)...)...)
		if got.status != exitUsage || !strings.Contains(got.stderr, "more than 0") {
			t.Errorf("%s: %+v", flags, got)
		}
	}
}

func TestStatsOfFile(t *testing.T) {
	file := trace(t, 5)
	got := exec(t, "", "stats", "-r", file, "--json", "src port 1000 or src port 1003")
	for _, part := range []string{`"packets":2`, `"bytes":120`, `"seconds":3`, `"name":"UDP"`, `"name":"192.0.2.2"`, `"name":"32-63"`} {
		if got.status != exitOK || !strings.Contains(got.stdout, part) {
			t.Errorf("no %s in %+v", part, got)
		}
	}
	got = exec(t, "", "stats", "-r", file)
	for _, part := range []string{"5 packets, 300 B, 4.000 s", "UDP", "192.0.2.1", "bytes over time", "█"} {
		if got.status != exitOK || !strings.Contains(got.stdout, part) {
			t.Errorf("no %q in %s", part, got.stdout)
		}
	}
	if got := exec(t, "", "stats"); got.status != exitUsage {
		t.Errorf("%+v", got)
	}
}
