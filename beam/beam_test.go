package bpfcbeam

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
)

// pipeline is what bpfc-beam runs, and what a test runs in a process of its own, to be killed.
func pipeline(in, out string) error {
	p, s := beam.NewPipelineWithRoot()
	packets, dead := read(s, "udp port 3 or udp port 4", 2000, []string{in})
	WritePcap(s, out+"/x", 3, packets)
	WriteLines(s, out+"/counts", CountLines(s, Count(s, packets)))
	WriteLines(s, out+"/dead", DeadLines(s, dead))
	matches := Match(s, map[string]string{"three": "udp port 3", "first": "ether[0] = 0 and ether[1] < 128"}, packets)
	counts := CountMatches(s, matches)
	WriteLines(s, out+"/top", TopLines(s, Top(s, counts, 1)))
	WriteLines(s, out+"/filtered", CountLines(s, Count(s, Filter(s, "udp port 4", packets))))
	_, err := beam.Run(context.Background(), "prism", p)
	return err
}

func TestMain(m *testing.M) {
	beam.Init()
	if in := os.Getenv("BPFC_BEAM_IN"); in != "" {
		if err := pipeline(in, os.Getenv("BPFC_BEAM_OUT")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// archive writes small files, one of them large enough to be cut into pieces, one damaged, one that is no capture.
func archive(t testing.TB, files int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range files {
		n := 10
		if i == 7 {
			n = 300
		}
		var b bytes.Buffer
		kind := []capture.Compression{capture.Uncompressed, capture.Gzip, capture.Zstd}[i%3]
		if i == 7 {
			kind = capture.Uncompressed
		}
		z, err := capture.NewCompressor(&b, kind)
		if err != nil {
			t.Fatal(err)
		}
		w, err := capture.NewWriter(z, capture.WriterOptions{LinkType: linktype.EN10MB, Nanosecond: true})
		for k := 0; k < n && err == nil; k++ {
			data := make([]byte, 60)
			copy(data[12:], []byte{8, 0, 0x45})
			data[0], data[1], data[23], data[37] = byte(i>>8), byte(i), 17, byte(k%10)
			err = w.WritePacket(&capture.Packet{Data: data, WireLen: 60, Timestamp: int64((k*7919+i)%5000) * 1e6})
		}
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			err = z.Close()
		}
		text := b.Bytes()
		if i == 12 { // not compressed
			text = text[:len(text)-5]
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d", i)), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "zz"), []byte("no capture"), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// packetsOf reads what was written, sorted: time and data of each packet. Each file must be in the order of time.
func packetsOf(t testing.TB, out string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(out, "x-*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		r, err := capture.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		last := int64(-1)
		for p, err := range r.Packets(context.Background()) {
			if err != nil || p.Timestamp < last {
				t.Fatalf("%s: packet of %d after %d, %v", name, p.Timestamp, last, err)
			}
			last = p.Timestamp
			all = append(all, fmt.Sprintf("%d %x", p.Timestamp, p.Data))
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

// local is what the archive gives without Beam.
func local(t testing.TB, in string) (all []string, counts int) {
	t.Helper()
	inputs, problems := scan.Inputs([]string{in})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	filter := scan.NewFilter(context.Background(), "udp port 3 or udp port 4")
	defer func() { _ = filter.Close() }()
	a := &scan.Archive{Inputs: inputs, Filter: filter, Ended: func(_ scan.Input, n uint64) {
		if n > 0 {
			counts++
		}
	}}
	for p, err := range a.Packets(context.Background()) {
		if err == nil {
			all = append(all, fmt.Sprintf("%d %x", p.Timestamp, p.Data))
		}
	}
	slices.Sort(all)
	return all, counts
}

func text(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// check holds what a pipeline wrote against what there is.
func check(t *testing.T, in, out string) {
	t.Helper()
	want, counts := local(t, in)
	if got := packetsOf(t, out); !slices.Equal(got, want) || len(want) < 900 {
		t.Errorf("%d packets, not %d", len(got), len(want))
	}
	if got := strings.Count(text(t, filepath.Join(out, "counts")), "\n"); got != counts {
		t.Errorf("counts of %d files, not %d", got, counts)
	}
	dead := strings.Split(strings.TrimSpace(text(t, filepath.Join(out, "dead"))), "\n")
	if len(dead) != 2 || !strings.Contains(dead[0], "012\t") || !strings.Contains(dead[0], "truncated") || !strings.Contains(dead[1], "zz\t") {
		t.Errorf("dead: %q", dead)
	}
	if got := text(t, filepath.Join(out, "top")); !strings.HasSuffix(got, "\tthree\n") {
		t.Errorf("top: %q", got)
	}
	if left, err := filepath.Glob(filepath.Join(out, ".*")); err != nil || len(left) > 0 {
		t.Logf("left behind by the job that was killed: %d files", len(left))
	}
}

// On prism, with one processor and with two, packets and counts are those of the local archive.
func TestPrism(t *testing.T) {
	in := archive(t, 500)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2} {
		runtime.GOMAXPROCS(processors)
		out := t.TempDir()
		start := time.Now()
		if err := pipeline(in, out); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d processors: 500 files in %v", processors, time.Since(start))
		check(t, in, out)
	}
}

// A job that is killed leaves whole files or none, and when it is run again nothing is lost or twice.
func TestKilledAndRunAgain(t *testing.T) {
	in, out := archive(t, 500), t.TempDir()
	job := func() *exec.Cmd {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "BPFC_BEAM_IN="+in, "BPFC_BEAM_OUT="+out)
		return cmd
	}
	killed := job()
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2000 { // until something is being written
		if list, err := os.ReadDir(out); err != nil || len(list) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // the error is the kill
	packetsOf(t, out) // what is there is whole
	if got, err := job().CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	check(t, in, out)
}

// A bundle that is done again writes the same file, and a shard that does not fit into memory is sorted as one that does.
func TestBundleAgain(t *testing.T) {
	dir := t.TempDir()
	var packets []Packet
	for i := range 500 {
		packets = append(packets, Packet{File: "f", Number: int64(i), Time: int64(i*7919%500) / 2, LinkType: 1, Snaplen: 100, WireLen: 60, Data: make([]byte, 60)})
	}
	var first string
	for n, limit := range []int{SortBytes, SortBytes, 5000} {
		slices.Reverse(packets) // they come in any order
		fn := &writeFn{Prefix: filepath.Join(dir, "x"), SortBytes: limit}
		at, name := 0, ""
		err := fn.ProcessElement(context.Background(), "EN10MB-00000-of-00001", func(p *Packet) bool {
			if at == len(packets) {
				return false
			}
			*p = packets[at]
			at++
			return true
		}, func(s string) { name = s })
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, name)
		if n == 0 {
			first = got
		}
		if got != first || len(got) != 24+500*76 {
			t.Errorf("time %d, limit %d: another file, of %d bytes", n, limit, len(got))
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%d files, %v", len(list), err)
	}
}

// Pieces have all packets of a file, each once and with its number; what is not of the usual form is one piece.
func TestPieces(t *testing.T) {
	in := archive(t, 8)
	path := filepath.Join(in, "007")
	pieces := cut(path, 1000)
	if len(pieces) < 10 {
		t.Fatalf("%d pieces", len(pieces))
	}
	var numbers []int64
	for _, p := range pieces {
		fn := &readFn{Filter: ""}
		fn.Setup()
		if err := fn.ProcessElement(context.Background(), p, func(q Packet) { numbers = append(numbers, q.Number) }, func(d Dead) { t.Error(d) }); err != nil {
			t.Fatal(err)
		}
	}
	if len(numbers) != 300 || !slices.IsSorted(numbers) || numbers[0] != 1 || numbers[299] != 300 {
		t.Errorf("%d packets, %v", len(numbers), numbers)
	}
	if got := cut(filepath.Join(in, "001"), 10); len(got) != 1 || got[0].To != 0 {
		t.Errorf("a compressed file: %v", got)
	}
}
