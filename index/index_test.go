package index_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bpfc"
	"bpfc/capture"
	"bpfc/fuzz"
	"bpfc/index"
	"bpfc/linktype"
	"bpfc/scan"
)

// write makes a capture file of packets, and its sidecar.
func write(t testing.TB, path string, link linktype.Type, packets []fuzz.Packet) {
	t.Helper()
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.WriterOptions{LinkType: link})
	for i := 0; i < len(packets) && err == nil; i++ {
		err = w.WritePacket(&capture.Packet{Data: packets[i].Data, WireLen: packets[i].WireLen, Timestamp: int64(i) * 1e9})
	}
	if err = errors.Join(err, w.Close(), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
	if s, err := index.Build(context.Background(), path, false); err != nil || s.Packets != uint64(len(packets)) || s.Fresh {
		t.Fatalf("%+v, %v", s, err)
	}
}

func planner(expr string, since, until int64, opts ...bpfc.Option) *index.Planner {
	return index.NewPlanner(func(t scan.Target) (*bpfc.Program, error) {
		return bpfc.Compile(expr, append(t.Options(), opts...)...)
	}, since, until)
}

// A file that random filters are said not to match has no packet that they match, whatever the link-layer type and whether the
// program is optimized. Packets are made with the constants of filters, so that many do match.
func TestNothingIsLost(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 4))
	filters, skips, hits := 0, 0, 0
	for _, link := range []linktype.Type{linktype.EN10MB, linktype.RAW, linktype.LINUX_SLL, linktype.LINUX_SLL2, linktype.NULL, linktype.PPP, linktype.IEEE802_11_RADIO, linktype.C_HDLC} {
		dir := t.TempDir()
		grammar, builder := fuzz.NewGrammar(r, int(link)), fuzz.NewBuilder(r, int(link))
		var exprs []string
		for len(exprs) < 125 {
			expr := grammar.Filter(1 + r.IntN(5))
			if _, err := bpfc.Compile(expr, bpfc.WithLinkType(link)); err == nil {
				exprs = append(exprs, expr)
			}
		}
		const files = 3
		for i := range files {
			var packets []fuzz.Packet
			for range 40 {
				builder.Use(fuzz.Collect(exprs[r.IntN(len(exprs))]))
				p := builder.Packet()
				if r.IntN(4) == 0 {
					p = builder.Mutate(p)
				}
				packets = append(packets, p)
			}
			write(t, filepath.Join(dir, fmt.Sprint(i)), link, packets)
		}
		for _, expr := range exprs {
			filters++
			plain, optimized := planner(expr, 0, 0, bpfc.WithoutOptimizer()), planner(expr, 0, 0)
			for i := range files {
				path := filepath.Join(dir, fmt.Sprint(i))
				n, err := scan.Count(context.Background(), path, expr)
				if err != nil {
					t.Fatal(err)
				}
				a, b := plain.Plan(context.Background(), path).Skip, optimized.Plan(context.Background(), path).Skip
				if (a || b) && n > 0 {
					t.Fatalf("%v %q: %d packets match in a file that is left out (%v, optimized %v)", link, expr, n, a, b)
				}
				if a {
					skips++
				}
				if n > 0 {
					hits++
				}
			}
		}
	}
	t.Logf("%d filters, %d files left out, %d with packets that match", filters, skips, hits)
	if filters < 1000 || skips < 250 || hits < 250 {
		t.Errorf("%d filters, %d files left out, %d with packets that match: that says little", filters, skips, hits)
	}
}

// udp is an Ethernet frame of UDP from 10.0.x.y.
func udp(x, y byte, port uint16) fuzz.Packet {
	b := make([]byte, 60)
	copy(b[12:], []byte{8, 0, 0x45})
	b[23] = 17
	copy(b[26:], []byte{10, 0, x, y, 192, 0, 2, 1})
	b[36], b[37] = byte(port>>8), byte(port)
	return fuzz.Packet{Data: b, WireLen: 60}
}

// What the sketch of a block knows: hosts, networks, ports, protocols, ranges of time.
func TestPlan(t *testing.T) {
	var packets []fuzz.Packet
	for i := range 1000 {
		packets = append(packets, udp(byte(i%250), byte(i/250), uint16(1000+i)))
	}
	path := filepath.Join(t.TempDir(), "trace")
	write(t, path, linktype.EN10MB, packets)
	for expr, skip := range map[string]bool{
		"host 10.0.3.2": false, "host 10.0.3.77": true, "net 10.0.3.0/24": false, "net 10.1.0.0/16": true, "net 172.16.0.0/12": true,
		"udp port 1500": false, "udp port 999": true, "udp portrange 1-999": true, "udp portrange 900-1000": false, "tcp": true, "arp": true,
		"ip6": true, "vlan": true, "": false, "greater 100": false, "not udp": true, "host 10.0.3.77 or host 10.0.3.2": false,
		"src host 192.0.2.1": true, "udp[8:2] = 1": false, "ether host 1:2:3:4:5:6": true,
	} {
		if got := planner(expr, 0, 0, bpfc.WithoutOptimizer()).Plan(context.Background(), path).Skip; got != skip {
			t.Errorf("%q: skip %v, want %v", expr, got, skip)
		}
	}
	for _, c := range []struct {
		since, until int64
		skip         bool
	}{{0, 1, false}, {999e9, 0, false}, {999e9 + 1, 0, true}, {5e9, 6e9, false}, {1000e9, 2000e9, true}} {
		if got := planner("", c.since, c.until).Plan(context.Background(), path).Skip; got != c.skip {
			t.Errorf("%+v: skip %v", c, got)
		}
	}
}

// A sidecar that is stale or damaged, in whatever byte, is not used, and is made again.
func TestSidecarsThatAreNotRight(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	var packets []fuzz.Packet
	for i := range 100 {
		packets = append(packets, udp(1, byte(i), uint16(i)))
	}
	write(t, path, linktype.EN10MB, packets)
	skips := func() bool { return planner("tcp", 0, 0).Plan(context.Background(), path).Skip }
	good, err := os.ReadFile(index.Path(path))
	if err != nil || !skips() {
		t.Fatalf("%v", err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if err := os.WriteFile(index.Path(path), bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if skips() {
			t.Fatalf("used with byte %d changed", i)
		}
	}
	for n := 0; n < len(good); n += 7 {
		if err := os.WriteFile(index.Path(path), good[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if skips() {
			t.Fatalf("used with %d of %d bytes", n, len(good))
		}
	}
	if s, err := index.Build(context.Background(), path, false); err != nil || s.Fresh || !skips() {
		t.Errorf("made again: %+v, %v", s, err)
	}
	if s, err := index.Build(context.Background(), path, false); err != nil || !s.Fresh {
		t.Errorf("right already: %+v, %v", s, err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if skips() {
		t.Error("used although the capture has another time")
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, data[:len(data)-1], 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	var damaged *capture.FileError
	if _, err := index.Build(context.Background(), path, true); !errors.As(err, &damaged) {
		t.Errorf("a damaged capture: %v", err)
	}
	if skips() {
		t.Error("a damaged capture is left out")
	}
}

// What is no regular file in a sidecar's place is neither read, which may take for ever, nor written to: a link may lead anywhere.
func TestSidecarsThatAreNoFiles(t *testing.T) {
	dir := t.TempDir()
	path, elsewhere := filepath.Join(dir, "trace"), filepath.Join(dir, "else")
	write(t, path, linktype.EN10MB, []fuzz.Packet{udp(1, 2, 3)})
	if err := errors.Join(os.Remove(index.Path(path)), os.WriteFile(elsewhere, []byte("precious"), 0o666), os.Symlink(elsewhere, index.Path(path))); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Build(context.Background(), path, true); err == nil {
		t.Error("written through a link")
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	if err := errors.Join(os.Remove(index.Path(path)), os.Mkdir(index.Path(path), 0o777)); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Build(context.Background(), path, true); err == nil {
		t.Error("a directory was written over")
	}
	if planner("tcp", 0, 0).Plan(context.Background(), path).Skip {
		t.Error("a directory is read")
	}
}

// Another capture in the place of the one that was indexed, of the same size and time, is told apart by its beginning and end, and
// sidecars do not fit other captures.
func TestAnotherCapture(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	var first, second []fuzz.Packet
	for i := range 500 {
		first, second = append(first, udp(1, byte(i), 53)), append(second, udp(2, byte(i), 53))
	}
	write(t, a, linktype.EN10MB, first)
	write(t, b, linktype.EN10MB, second)
	when := time.Now()
	skips := func(path string) bool { return planner("net 10.0.2.0/24", 0, 0).Plan(context.Background(), path).Skip }
	if !skips(a) || skips(b) {
		t.Fatal("the captures are not as they should be")
	}
	if err := errors.Join(os.Chtimes(a, when, when), os.Chtimes(b, when, when)); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Build(context.Background(), a, true); err != nil {
		t.Fatal(err)
	}
	sidecar, err := os.ReadFile(index.Path(a))
	if err = errors.Join(err, os.WriteFile(index.Path(b), sidecar, 0o666)); err != nil {
		t.Fatal(err)
	}
	if !skips(a) || skips(b) {
		t.Error("the sidecar of another capture of the same size and time is used")
	}
	if err := errors.Join(os.Rename(b, a), os.Chtimes(a, when, when)); err != nil {
		t.Fatal(err)
	}
	if skips(a) {
		t.Error("the sidecar is used for the capture that took the place")
	}
}

// An archive says the same with and without its index, to one file and to many.
func TestArchiveWithIndex(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(dir, fmt.Sprintf("%02d", i)), linktype.EN10MB, []fuzz.Packet{udp(byte(i), 1, 53), udp(byte(i), 2, 80), udp(9, 9, uint16(i))})
	}
	inputs, problems := scan.Inputs([]string{dir})
	if len(problems) > 0 || len(inputs) != 20 {
		t.Fatal(inputs, problems)
	}
	for _, expr := range []string{"host 10.0.7.1", "host 10.0.9.9", "host 10.9.9.9", "port 80", "port 7"} {
		results := func(planned bool) (plain, merged bytes.Buffer, n uint64, opened int) {
			filter := scan.NewFilter(context.Background(), expr)
			defer func() { _ = filter.Close() }()
			make := func() *scan.Archive {
				a := &scan.Archive{Inputs: inputs, Filter: filter, Workers: 1}
				a.Open = func(ctx context.Context, path string) (*capture.Reader, error) {
					opened++
					return capture.OpenContext(ctx, path)
				}
				if planned {
					a.Plan = planner(expr, 0, 0, bpfc.WithoutOptimizer()).Plan
				}
				return a
			}
			_, err := make().Copy(context.Background(), &plain, false)
			_, err2 := make().CopyMerged(context.Background(), &merged, true)
			n, err3 := make().Count(context.Background())
			if err := errors.Join(err, err2, err3); err != nil {
				t.Fatal(err)
			}
			return plain, merged, n, opened
		}
		plain, merged, n, all := results(false)
		plain2, merged2, n2, some := results(true)
		if !bytes.Equal(plain.Bytes(), plain2.Bytes()) || merged.Len() != merged2.Len() || n != n2 || some > all || expr == "host 10.0.7.1" && some > 5 {
			t.Errorf("%q: %d and %d packets, %d and %d files opened", expr, n, n2, all, some)
		}
	}
}

// Notes what is in a capture, and asks whether a filter can match.
func ExamplePlanner() {
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "trace.pcap")
	f, err := os.Create(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{LinkType: linktype.EN10MB})
	if err == nil {
		p := udp(1, 2, 53)
		err = errors.Join(w.WritePacket(&capture.Packet{Data: p.Data, WireLen: p.WireLen}), w.Close(), f.Close())
	}
	if err == nil {
		_, err = index.Build(context.Background(), path, false)
	}
	for _, filter := range []string{"udp port 53", "udp port 54"} {
		planner := index.NewPlanner(func(t scan.Target) (*bpfc.Program, error) {
			return bpfc.Compile(filter, append(t.Options(), bpfc.WithoutOptimizer())...)
		}, 0, 0)
		fmt.Println(filter, planner.Plan(context.Background(), path).Skip, err)
	}
	// Output:
	// udp port 53 false <nil>
	// udp port 54 true <nil>
}
