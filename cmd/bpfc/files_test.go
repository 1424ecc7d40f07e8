package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bpfc/capture"
	"bpfc/internal/battery"
	"bpfc/linktype"
)

// practical gives the filters of testdata/practical.txt.
func practical(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	var filters []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			filters = append(filters, line)
		}
	}
	if len(filters) < 100 {
		t.Fatalf("only %d practical filters", len(filters))
	}
	return filters
}

// tcpdump runs it, or ends the test where there is none.
func tcpdump(t testing.TB, args ...string) string {
	t.Helper()
	path, err := osexec.LookPath("tcpdump")
	if err != nil {
		required(t.(*testing.T), "tcpdump is not installed")
	}
	cmd := osexec.Command(path, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tcpdump %q: %v\n%s", args, err, errs.String())
	}
	return string(out)
}

// newer are filters that libpcap understood otherwise before version 1.11, which few systems have yet.
var newer = map[string]string{
	"ip multicast": "240.0.0.0 and above matched, too",
	"net 192.0.2.0/24 or net 198.51.100.0/24 or net 2001:db8::/32": "all of an IPv6 address was loaded for a network of 32 bits, but by the optimizer, " +
		"which moves the second IPv4 network's source before the first one's destination",
}

// Every practical filter keeps what tcpdump keeps, of whole and of cut packets. libpcap's optimizer changes the verdict on
// some cut packets (it moves loads in front of others); there tcpdump -O is right as well.
func TestCountsLikeTcpdump(t *testing.T) {
	for _, f := range battery.Some(practical(t)) {
		got := exec(t, "", "filter", "-r", packetsFile, "--count", f)
		ours := strings.TrimSpace(got.stdout)
		theirs, _, _ := strings.Cut(tcpdump(t, "--count", "-n", "-r", packetsFile, f), " ")
		if ours != theirs {
			plain, _, _ := strings.Cut(tcpdump(t, "--count", "-O", "-n", "-r", packetsFile, f), " ")
			if why := newer[f]; ours != plain && why == "" {
				t.Errorf("%s: %q%s, tcpdump counts %s, and %s with -O", f, got.stdout, got.stderr, theirs, plain)
			}
		}
	}
}

// What filter writes is what tcpdump writes, to the byte.
func TestWritesLikeTcpdump(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"", "tcp", "not tcp port 80", "ip6", "less 60", "vlan", "ip and not ip"} {
		ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
		if got := exec(t, "", "filter", "-r", packetsFile, "-w", ours, "--allow-reject-all", f); got.status != exitOK {
			t.Fatalf("%s: %s", f, got.stderr)
		}
		args := []string{"-n", "-r", packetsFile, "-w", theirs}
		if f == "ip and not ip" {
			args = append(args, "-O") // which tcpdump needs for a filter that rejects everything
		}
		tcpdump(t, append(args, f)...)
		a, err := os.ReadFile(ours)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(theirs)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%q: %d bytes, tcpdump writes %d", f, len(a), len(b))
		}
	}
}

// verdicts, filter --count and filter -w are three views of one result.
func TestVerdicts(t *testing.T) {
	for _, f := range []string{"", "tcp port 80", "ip6", "not ip", "len > 100"} {
		lines := strings.Fields(exec(t, "", "verdicts", "-r", packetsFile, "-s", "96", f).stdout)
		kept := 0
		for _, l := range lines {
			switch l {
			case "0":
			case "96":
				kept++
			default:
				t.Fatalf("%q: a verdict of %s", f, l)
			}
		}
		if want := 2 * len(build(t)); len(lines) != want {
			t.Errorf("%q: %d verdicts on %d packets", f, len(lines), want)
		}
		count := exec(t, "", "filter", "-r", packetsFile, "--count", f).stdout
		if count != strconv.Itoa(kept)+"\n" {
			t.Errorf("%q: verdicts keep %d, filter counts %s", f, kept, count)
		}
	}
}

func TestStandardStreams(t *testing.T) {
	file, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	got := exec(t, string(file), "filter", "-r", "-", "-w", "-")
	if got.status != exitOK || got.stdout != string(file) {
		t.Errorf("status %d, %d bytes of %d; %s", got.status, len(got.stdout), len(file), got.stderr)
	}
}

// A file that ends in the middle of a packet: all before it counts, the error says where, and the status is 1.
func TestTruncatedFile(t *testing.T) {
	file, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "cut.pcap", string(file[:len(file)-5]))
	packets := 2 * len(build(t))
	got := exec(t, "", "verdicts", "-r", path)
	if n := len(strings.Fields(got.stdout)); got.status != exitRun || n != packets-1 || !strings.Contains(got.stderr, strconv.Itoa(packets)) {
		t.Errorf("status %d, %d verdicts, %s", got.status, n, got.stderr)
	}
	got = exec(t, "", "filter", "-r", path, "--count")
	if got.status != exitRun || strings.TrimSpace(got.stdout) != strconv.Itoa(packets-1) {
		t.Errorf("%+v", got)
	}
}

func TestReadAndWriteTheSameFile(t *testing.T) {
	file, err := os.ReadFile(packetsFile)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "same.pcap", string(file))
	got := exec(t, "", "filter", "-r", path, "-w", path, "tcp")
	if after, err := os.ReadFile(path); got.status != exitUsage || err != nil || !bytes.Equal(after, file) {
		t.Errorf("%+v, %v, the file has %d bytes", got, err, len(after))
	}
}

// A mistake in the filter is found before the output file is created, and emptied if it was there.
func TestMistakeLeavesOutputAlone(t *testing.T) {
	out := write(t, "out.pcap", "precious")
	got := exec(t, "", "filter", "-r", packetsFile, "-w", out, "tcp prot 80")
	if after, err := os.ReadFile(out); got.status != exitUsage || err != nil || string(after) != "precious" {
		t.Errorf("%+v, %v, %q", got, err, after)
	}
}

// twoTypes writes a pcapng file with an Ethernet and a raw IP interface, and one TCP packet on each.
func twoTypes(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "two.pcapng")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{Format: capture.Pcapng, LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.AddInterface(capture.Interface{LinkType: linktype.RAW, Snaplen: 65535, FCSLen: -1})
	if err != nil {
		t.Fatal(err)
	}
	data := build(t)[0] // TCP over IPv4 over Ethernet
	for _, p := range []capture.Packet{
		{Data: data, WireLen: uint32(len(data))},
		{Data: data[14:], WireLen: uint32(len(data) - 14), Interface: raw},
	} {
		if err := w.WritePacket(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each interface of a pcapng file gets a program for its own link-layer type.
func TestSeveralLinkTypes(t *testing.T) {
	path := twoTypes(t)
	if got := exec(t, "", "verdicts", "-r", path, "tcp"); len(strings.Fields(got.stdout)) != 2 || slices.Contains(strings.Fields(got.stdout), "0") {
		t.Errorf("tcp: %+v", got)
	}
	out := filepath.Join(t.TempDir(), "out.pcap")
	if got := exec(t, "", "filter", "-r", path, "-w", out, "tcp"); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	r, err := capture.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	var types []linktype.Type
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, r.Interfaces()[p.Interface].LinkType)
	}
	if want := []linktype.Type{linktype.EN10MB, linktype.RAW}; !slices.Equal(types, want) {
		t.Errorf("link types %v, want %v", types, want)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// A filter that one of the types cannot have is refused as a whole.
	if got := exec(t, "", "verdicts", "-r", path, "vlan"); got.status != exitUsage || !strings.Contains(got.stderr, "vlan") {
		t.Errorf("vlan: %+v", got)
	}
}

func TestBench(t *testing.T) {
	got := exec(t, "", "bench", "-r", packetsFile, "--json", "--rounds", "1", "--duration", "1us", "tcp")
	lines := decode(t, got.stdout)
	left := strings.Count(got.stderr, "leaves out") // engines that this machine does not have
	if got.status != exitOK || len(lines) != len(engineNames())-left || left > 2 {
		t.Fatalf("%+v", got)
	}
	for _, m := range lines {
		if !slices.Contains(engineNames(), m["engine"].(string)) || m["filter"] != "tcp" || m["matches"].(float64) < 1 || m["ns_per_packet"].(float64) <= 0 {
			t.Errorf("%v", m)
		}
		perCall := m["packets"].(float64)
		if strings.HasSuffix(m["engine"].(string), "-call") || m["engine"] == "xnet" {
			perCall = 1
		}
		if m["packets_per_call"] != perCall {
			t.Errorf("%v: %v packets per call", m, perCall)
		}
	}
	got = exec(t, "", "bench", "-r", packetsFile, "--engine", "interp", "--rounds", "1", "--duration", "1us", "--filters", "../../testdata/practical.txt")
	if n := strings.Count(got.stdout, "\n"); got.status != exitOK || n != len(practical(t))+2 {
		t.Errorf("%d lines, %+v", n, got)
	}
}
