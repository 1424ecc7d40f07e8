package scan_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
)

// archive writes files of packets, of every format and compression in turn. Packet k of file i has the time that stamp gives,
// and goes to port k%10.
func archive(t testing.TB, files, packets int, stamp func(file, k int) int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range files {
		format := []capture.Format{capture.Pcap, capture.Pcapng}[i%2]
		kind := []capture.Compression{capture.Uncompressed, capture.Gzip, capture.Zstd}[i%3]
		var b bytes.Buffer
		z, err := capture.NewCompressor(&b, kind)
		if err != nil {
			t.Fatal(err)
		}
		w, err := capture.NewWriter(z, capture.WriterOptions{Format: format, LinkType: linktype.EN10MB, Nanosecond: true})
		for k := 0; k < packets && err == nil; k++ {
			data := frame(uint16(k%10), 60+k*7%1400)
			data[0], data[1] = byte(i), byte(k)
			err = w.WritePacket(&capture.Packet{Data: data, WireLen: uint32(len(data)), Timestamp: stamp(i, k)})
		}
		if err = errors.Join(err, w.Close(), z.Close(), os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d", i)), b.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inTurn has packet k of all files before packet k+1 of any, and within that the files in order.
func inTurn(file, k int) int64 { return int64(k*1000 + file + 1) }

// oneAfterTheOther has file after file.
func oneAfterTheOther(file, k int) int64 { return int64(file*1000 + k + 1) }

func opened(t testing.TB, filter string, names ...string) *scan.Archive {
	t.Helper()
	inputs, problems := scan.Inputs(names)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := scan.NewFilter(context.Background(), filter)
	t.Cleanup(func() { _ = f.Close() })
	return &scan.Archive{Inputs: inputs, Filter: f}
}

// label names a packet of archive.
func label(data []byte) [2]byte { return [2]byte(data) }

// The packets come in the order of the files, however many are worked on at a time, and the counts are those of each file.
func TestArchiveOrder(t *testing.T) {
	const files, packets = 40, 90
	dir := archive(t, files, packets, inTurn)
	for _, workers := range []int{1, 2, 7} {
		a := opened(t, "port 3 or port 4", dir)
		a.Workers = workers
		var got [][2]byte
		for p, err := range a.Packets(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Number != uint64(p.Data[1])+1 || filepath.Base(p.File) != fmt.Sprintf("%04d", p.Data[0]) {
				t.Fatalf("packet %d of %s has the data of %v", p.Number, p.File, label(p.Data))
			}
			got = append(got, label(p.Data))
		}
		if len(got) != files*packets/5 || !slices.IsSortedFunc(got, func(a, b [2]byte) int { return bytes.Compare(a[:], b[:]) }) {
			t.Errorf("%d workers: %d packets, in order: %v", workers, len(got), got[:min(20, len(got))])
		}
		var each []uint64
		a = opened(t, "port 3 or port 4", dir)
		a.Workers, a.Ended = workers, func(_ scan.Input, n uint64) { each = append(each, n) }
		n, err := a.Count(context.Background())
		if err != nil || n != files*packets/5 || len(each) != files || each[files-1] != packets/5 {
			t.Errorf("%d workers: %d, %v, of files %v", workers, n, err, each)
		}
	}
}

// labels reads a capture file back.
func labels(t testing.TB, file []byte) (got [][2]byte) {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range r.Packets(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, label(p.Data))
	}
	return got
}

// What is copied to one file is what the iteration gives, as pcap and as pcapng, and merged what sorting by time gives, where
// the files follow one another and where all of them overlap, more than are open at a time.
func TestArchiveCopy(t *testing.T) {
	for name, stamp := range map[string]func(file, k int) int64{"in turn": inTurn, "one after the other": oneAfterTheOther} {
		dir := archive(t, 70, 20, stamp)
		var inOrder [][2]byte
		for p, err := range opened(t, "not port 5", dir).Packets(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			inOrder = append(inOrder, label(p.Data))
		}
		sorted := slices.Clone(inOrder)
		slices.SortFunc(sorted, func(a, b [2]byte) int {
			return int(stamp(int(a[0]), int(a[1])) - stamp(int(b[0]), int(b[1])))
		})
		for _, pcapng := range []bool{false, true} {
			var plain, merged bytes.Buffer
			n, err := opened(t, "not port 5", dir).Copy(context.Background(), &plain, pcapng)
			if got := labels(t, plain.Bytes()); err != nil || n != uint64(len(inOrder)) || !slices.Equal(got, inOrder) {
				t.Errorf("%s, pcapng %v: copied %d of %d: %v", name, pcapng, len(got), len(inOrder), err)
			}
			n, err = opened(t, "not port 5", dir).CopyMerged(context.Background(), &merged, pcapng)
			if got := labels(t, merged.Bytes()); err != nil || n != uint64(len(sorted)) || !slices.Equal(got, sorted) {
				t.Errorf("%s, pcapng %v: merged %d of %d: %v", name, pcapng, len(got), len(sorted), err)
			}
		}
	}
}

// Of a merge no more than a few dozen files are open at a time, and of the rest no more than there are workers.
func TestArchiveDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("counts the descriptors in /proc")
	}
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	dir := archive(t, 300, 3, inTurn)
	before, most := open(), 0
	for p, err := range opened(t, "", dir).Merge(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Number == 2 && most == 0 {
			most = open()
		}
	}
	if most > before+70 || open() > before {
		t.Errorf("%d descriptors before, %d in the merge, %d behind it", before, most, open())
	}
}

// A damaged file is told, with what is good of it given, and the others are gone on with; with Strict everything ends.
func TestArchiveDamage(t *testing.T) {
	dir := archive(t, 6, 50, inTurn)
	whole, err := os.ReadFile(filepath.Join(dir, "0001")) // pcapng, gzip
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"0001": whole[:len(whole)*2/3], "0002": nil, "README": []byte("no capture")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(strict bool) (damaged []string, n uint64, err error) {
		a := opened(t, "", dir)
		a.Strict = strict
		a.Damaged = func(in scan.Input, err error) { damaged = append(damaged, in.Rel) }
		n, err = a.Count(context.Background())
		if a.Others != 1 && !strict {
			t.Errorf("%d files are no captures", a.Others)
		}
		return damaged, n, err
	}
	damaged, n, err := run(false)
	var told *scan.DamagedError
	if !errors.As(err, &told) || told.Files != 2 || told.Of != 7 || !slices.Equal(damaged, []string{"0001", "0002"}) || n <= 200 || n >= 250 {
		t.Errorf("%v damaged, %d packets, %v", damaged, n, err)
	}
	if _, n, err := run(true); err == nil || errors.As(err, &told) || n >= 100 {
		t.Errorf("strict: %d packets, %v", n, err)
	}
	var merged bytes.Buffer
	a := opened(t, "", dir)
	if m, err := a.CopyMerged(context.Background(), &merged, false); !errors.As(err, &told) || told.Files != 2 || m != n {
		t.Errorf("merged %d of %d, %v", m, n, err)
	}
	if _, err := opened(t, "prt 5", dir).Count(context.Background()); err == nil || errors.As(err, &told) {
		t.Errorf("a filter that does not compile: %v", err)
	}
}

// A loop over packets that is left, and a context that ends, leave nothing behind.
func TestArchiveLeft(t *testing.T) {
	dir := archive(t, 30, 200, inTurn)
	before := runtime.NumGoroutine()
	for _, sequence := range []func(*scan.Archive, context.Context) func(func(*scan.Packet, error) bool){
		func(a *scan.Archive, ctx context.Context) func(func(*scan.Packet, error) bool) { return a.Packets(ctx) },
		func(a *scan.Archive, ctx context.Context) func(func(*scan.Packet, error) bool) { return a.Merge(ctx) },
	} {
		for range sequence(opened(t, "", dir), context.Background()) {
			break
		}
		ctx, cancel := context.WithCancel(context.Background())
		var last error
		for _, err := range sequence(opened(t, "", dir), ctx) {
			cancel()
			last = err
		}
		cancel()
		if !errors.Is(last, context.Canceled) {
			t.Errorf("cancelled: %v", last)
		}
	}
	if n := settled(before); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

// settled waits a little for goroutines to end.
func settled(want int) int {
	for range 200 {
		if runtime.NumGoroutine() <= want {
			break
		}
		runtime.Gosched()
		runtime.GC()
	}
	return runtime.NumGoroutine()
}

// Only packets in the range of time are given, whoever asks.
func TestArchiveBetween(t *testing.T) {
	dir := archive(t, 6, 50, oneAfterTheOther)
	a := opened(t, "", dir)
	a.Since, a.Until = 2011, 3011
	if n, err := a.Count(context.Background()); err != nil || n != 50 {
		t.Errorf("counted %d, %v", n, err)
	}
	a = opened(t, "", dir)
	a.Since = 5041
	n := 0
	for p, err := range a.Packets(context.Background()) {
		if err != nil || p.Timestamp < 5041 {
			t.Errorf("%+v, %v", p, err)
		}
		n++
	}
	if n != 10 {
		t.Errorf("%d packets from %d on", n, 5041)
	}
}

// Directories are walked in order, each file comes once whatever leads to it, and a loop of links has an end.
func TestInputs(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "b", "c"), 0o777), os.WriteFile(filepath.Join(dir, "b", "c", "2"), nil, 0o666),
		os.WriteFile(filepath.Join(dir, "a"), nil, 0o666), os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o666),
		os.WriteFile(filepath.Join(dir, "a"+scan.SidecarExt), nil, 0o666), os.WriteFile(filepath.Join(dir, "z"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink("..", filepath.Join(dir, "b", "loop")), os.Symlink("self", filepath.Join(dir, "self")),
		os.Symlink("z", filepath.Join(dir, "aa"))); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	inputs, problems := scan.Inputs([]string{dir})
	var got []string
	for _, in := range inputs {
		got = append(got, filepath.ToSlash(in.Rel))
	}
	if !slices.Equal(got, []string{"a", "b/c/2", "z"}) || len(problems) != 1 {
		t.Errorf("%q, problems %v", got, problems)
	}
	if inputs, problems = scan.Inputs([]string{filepath.Join(dir, "a*")}); len(inputs) != 2 || len(problems) != 0 {
		t.Errorf("%v, problems %v", inputs, problems) // without the sidecar
	}
	t.Chdir(filepath.Join(dir, "b")) // where a link leads up, out of the directory and into it again
	if inputs, problems = scan.Inputs([]string{"."}); len(inputs) != 3 || len(problems) != 1 {
		t.Errorf("%v, problems %v", inputs, problems)
	}
	// Links to a hidden file, to one elsewhere, and again to that one, which also has the name of its directory.
	elsewhere := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(elsewhere, "far"), nil, 0o666), os.Symlink(filepath.Join(elsewhere, "far"), filepath.Join(dir, "d1")),
		os.Symlink(filepath.Join(elsewhere, "far"), filepath.Join(dir, "d2")), os.Symlink(elsewhere, filepath.Join(dir, "d3")), os.Symlink(".hidden", filepath.Join(dir, "d4"))); err != nil {
		t.Fatal(err)
	}
	got = nil
	if inputs, problems = scan.Inputs([]string{dir + "/"}); len(problems) == 1 {
		for _, in := range inputs {
			got = append(got, filepath.ToSlash(in.Rel))
		}
	}
	if !slices.Equal(got, []string{"a", "b/c/2", "d1", "d4", "z"}) {
		t.Errorf("%q, problems %v", got, problems)
	}
	inputs, problems = scan.Inputs([]string{filepath.Join(dir, "[az]"), filepath.Join(dir, "none"), filepath.Join(dir, "none*"), "-"})
	if len(inputs) != 3 || inputs[2].Path != "-" || len(problems) != 2 {
		t.Errorf("%v, problems %v", inputs, problems)
	}
}

// copied is a place of CopyEach.
type copied struct {
	bytes.Buffer
	whole bool
}

func (c *copied) Finish(whole bool) error { c.whole = whole; return nil }

// Each file is copied to one of its own.
func TestArchiveCopyEach(t *testing.T) {
	dir := archive(t, 9, 30, inTurn)
	made := map[string]*copied{}
	a := opened(t, "port 3", dir)
	a.Workers = 1
	n, err := a.CopyEach(context.Background(), false, func(in scan.Input, r *capture.Reader) (scan.Output, error) {
		made[in.Rel] = &copied{}
		return made[in.Rel], nil
	})
	if err != nil || n != 27 || len(made) != 9 {
		t.Fatalf("%d packets, %d files, %v", n, len(made), err)
	}
	for name, c := range made {
		if got := labels(t, c.Bytes()); !c.whole || len(got) != 3 || fmt.Sprintf("%04d", got[0][0]) != name {
			t.Errorf("%s: whole %v, %v", name, c.whole, got)
		}
	}
	_, err = opened(t, "", dir).CopyEach(context.Background(), false, func(scan.Input, *capture.Reader) (scan.Output, error) {
		return nil, io.ErrShortWrite
	})
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a place that cannot be made: %v", err)
	}
}

// narrow is a file that takes so many bytes; then there is an error, or somebody is told and it takes all.
type narrow struct {
	*os.File
	room int
	full func() error
}

func (n *narrow) Write(b []byte) (int, error) {
	if len(b) <= n.room {
		n.room -= len(b)
		return n.File.Write(b)
	}
	if err := n.full(); err != nil {
		k, e := n.File.Write(b[:n.room])
		n.room = 0
		return k, errors.Join(e, err)
	}
	return n.File.Write(b)
}

// Where a full disk or the end of the context ends a copy, the file ends with a whole packet.
func TestArchiveCopyEndsWhole(t *testing.T) {
	dir := archive(t, 6, 400, inTurn)
	for _, copied := range []struct {
		name string
		copy func(a *scan.Archive, ctx context.Context, dst io.Writer) (uint64, error)
	}{
		{"pcap", func(a *scan.Archive, ctx context.Context, dst io.Writer) (uint64, error) {
			return a.Copy(ctx, dst, false)
		}},
		{"pcapng", func(a *scan.Archive, ctx context.Context, dst io.Writer) (uint64, error) {
			return a.Copy(ctx, dst, true)
		}},
		{"merged pcap", func(a *scan.Archive, ctx context.Context, dst io.Writer) (uint64, error) {
			return a.CopyMerged(ctx, dst, false)
		}},
		{"merged pcapng", func(a *scan.Archive, ctx context.Context, dst io.Writer) (uint64, error) {
			return a.CopyMerged(ctx, dst, true)
		}},
	} {
		for _, room := range []int{150_000, 200_001, 300_002, 500_003} {
			full := errors.New("no space left")
			for _, want := range []error{full, context.Canceled} {
				ctx, cancel := context.WithCancel(context.Background())
				file, err := os.Create(filepath.Join(t.TempDir(), "out"))
				if err != nil {
					t.Fatal(err)
				}
				_, err = copied.copy(opened(t, "", dir), ctx, &narrow{file, room, func() error {
					cancel()
					if want == full {
						return full
					}
					return nil
				}})
				cancel()
				if !errors.Is(err, want) && (err != nil || want == full) { // all may have been ready when the context ended
					t.Errorf("%s, %d bytes: %v, not %v", copied.name, room, err, want)
				}
				got, err := os.ReadFile(file.Name())
				if err = errors.Join(err, file.Close()); err != nil {
					t.Fatal(err)
				}
				if want == full && len(got) > room || len(labels(t, got)) < room/1500-100 {
					t.Errorf("%s, %v: %d bytes of %d, %d packets", copied.name, want, len(got), room, len(labels(t, got)))
				}
			}
		}
	}
}

// Where an output cannot be written everything ends, also if the file read is damaged, and none gets a name that is not whole.
func TestArchiveCopyEachFullDisk(t *testing.T) {
	path := filepath.Join(archive(t, 1, 30, inTurn), "0000") // pcap, not compressed
	whole, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, whole[:len(whole)-3], 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		room   int
		finish error
	}{{24, nil}, {3000, nil}, {1 << 20, errors.New("the name cannot be given")}} {
		full := errors.New("no space left")
		a := opened(t, "", path)
		a.Damaged = func(in scan.Input, err error) { t.Errorf("%+v: %s is damaged: %v", c, in.Rel, err) }
		_, err := a.CopyEach(context.Background(), false, func(in scan.Input, _ *capture.Reader) (scan.Output, error) {
			return &bounded{copied{}, c.room, full, c.finish, func(whole bool) {
				if whole != (c.finish != nil) {
					t.Errorf("%+v: %s is whole: %v", c, in.Rel, whole)
				}
			}}, nil
		})
		if want := cmp.Or(c.finish, full); !errors.Is(err, want) {
			t.Errorf("%+v: %v, not %v", c, err, want)
		}
	}
}

// bounded is a place that takes so many bytes.
type bounded struct {
	copied
	room     int
	full     error
	finish   error
	finished func(whole bool)
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.room {
		n, _ := b.copied.Write(p[:b.room-b.Len()])
		return n, b.full
	}
	return b.copied.Write(p)
}

func (b *bounded) Finish(whole bool) error { b.finished(whole); return b.finish }

// A file on whose type the filter has no meaning is told among others, but not as a damaged one, whether it says at its start or
// later what its packets are, and whether those before it are whole; where it has none on any, that is the error.
func TestArchiveUnfit(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, types ...linktype.Type) {
		var b bytes.Buffer
		w, err := capture.NewWriter(&b, capture.WriterOptions{Format: capture.Pcapng, LinkType: types[0]})
		for i, link := range types {
			if i > 0 && err == nil {
				_, err = w.AddInterface(capture.Interface{LinkType: link, Snaplen: 1000, FCSLen: -1})
			}
			for k := 0; k < 5 && err == nil; k++ {
				err = w.WritePacket(&capture.Packet{Data: frame(1, 60), WireLen: 60, Interface: i, Timestamp: int64(k)})
			}
		}
		if err = errors.Join(err, w.Close()); err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const filter = "ether[0] = 0 and not ether src 1:2:3:4:5:6"
	write("4", linktype.RAW)
	var told *scan.DamagedError
	if _, err := opened(t, filter, dir).Count(context.Background()); err == nil || errors.As(err, &told) {
		t.Errorf("for no file: %v", err)
	}
	write("1", linktype.EN10MB)
	cut, err := os.ReadFile(filepath.Join(dir, "1"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "1"), cut[:len(cut)-5], 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	write("2", linktype.EN10MB, linktype.RAW)
	write("3", linktype.EN10MB)
	for name, read := range map[string]func(a *scan.Archive) (uint64, error){
		"count": func(a *scan.Archive) (uint64, error) { return a.Count(context.Background()) },
		"copy":  func(a *scan.Archive) (uint64, error) { return a.Copy(context.Background(), io.Discard, true) },
		"merge": func(a *scan.Archive) (uint64, error) { return a.CopyMerged(context.Background(), io.Discard, true) },
		"each": func(a *scan.Archive) (uint64, error) {
			return a.CopyEach(context.Background(), true, func(scan.Input, *capture.Reader) (scan.Output, error) { return &copied{}, nil })
		},
	} {
		var damaged, ended []string
		a := opened(t, filter, dir)
		a.Damaged = func(in scan.Input, _ error) { damaged = append(damaged, in.Rel) }
		a.Ended = func(in scan.Input, n uint64) { ended = append(ended, fmt.Sprint(in.Rel, ":", n)) }
		n, err := read(a)
		if n != 14 || !errors.As(err, &told) || told.Files != 1 || told.Unfit != 2 || !slices.Equal(damaged, []string{"1", "2", "4"}) || !slices.Equal(ended, []string{"1:4", "2:5", "3:5"}) {
			t.Errorf("%s: %d packets, %v; damaged %q, ended %q", name, n, err, damaged, ended)
		}
	}
}

// Of a file no packet can match, which is known beforehand: none does, and nothing is wrong with it. If that is so of all files,
// the filter is refused. With Strict the file that ends everything is named.
func TestArchiveNeverMatches(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, link linktype.Type) {
		var b bytes.Buffer
		w, err := capture.NewWriter(&b, capture.WriterOptions{LinkType: link})
		if err == nil {
			err = errors.Join(w.WritePacket(&capture.Packet{Data: frame(1, 60), WireLen: 60}), w.Close(), os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("1", linktype.RAW)
	count := func(filter string, strict bool) (n uint64, ended, damaged []string, err error) {
		a := opened(t, filter, dir)
		a.Strict = strict
		a.Damaged = func(in scan.Input, _ error) { damaged = append(damaged, in.Rel) }
		a.Ended = func(in scan.Input, n uint64) { ended = append(ended, fmt.Sprint(in.Rel, ":", n)) }
		n, err = a.Count(context.Background())
		return n, ended, damaged, err
	}
	var unfit *scan.UnfitError
	if err := os.WriteFile(filepath.Join(dir, "0"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, ended, damaged, err := count("arp", false); err == nil || errors.As(err, &unfit) || len(ended) > 0 || !slices.Equal(damaged, []string{"0"}) {
		t.Errorf("for no file: %q, damaged %q, %v", ended, damaged, err)
	}
	if err := os.Remove(filepath.Join(dir, "0")); err != nil {
		t.Fatal(err)
	}
	write("2", linktype.EN10MB)
	for _, strict := range []bool{false, true} {
		if n, ended, damaged, err := count("arp", strict); n != 0 || err != nil || !slices.Equal(ended, []string{"1:0", "2:0"}) || len(damaged) > 0 {
			t.Errorf("strict %v: %d, ended %q, damaged %q, %v", strict, n, ended, damaged, err)
		}
	}
	if _, _, _, err := count("vlan", true); !errors.As(err, &unfit) || unfit.File != filepath.Join(dir, "1") {
		t.Errorf("strict: %v", err)
	}
}

// closes counts how often it is closed.
type closes struct {
	io.Reader
	n int
}

func (c *closes) Close() error { c.n++; return nil }

// What stays open from a look at its beginning, since it can be read once only, is closed however early the end comes.
func TestArchiveClosesStreams(t *testing.T) {
	data, err := os.ReadFile(file(t, capture.Pcap, 10))
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	full := &bounded{full: io.ErrShortWrite}
	for name, f := range map[string]func(a *scan.Archive) error{
		"copy to a full disk": func(a *scan.Archive) error { _, err := a.Copy(context.Background(), full, false); return err },
		"copy as pcapng":      func(a *scan.Archive) error { _, err := a.Copy(context.Background(), full, true); return err },
		"merge":               func(a *scan.Archive) error { _, err := a.CopyMerged(context.Background(), full, false); return err },
		"the context ends": func(a *scan.Archive) error {
			ctx, cancel := context.WithCancel(context.Background())
			open := a.Open
			a.Open = func(ctx context.Context, path string) (*capture.Reader, error) { cancel(); return open(ctx, path) }
			_, err := a.Copy(ctx, io.Discard, false)
			return err
		},
		"the context has ended": func(a *scan.Archive) error { _, err := a.Copy(gone, io.Discard, false); return err },
	} {
		var streams []*closes
		a := opened(t, "", "-")
		a.Open = func(_ context.Context, path string) (*capture.Reader, error) {
			streams = append(streams, &closes{bytes.NewReader(data), 0})
			return capture.NewReadCloser(streams[len(streams)-1], path)
		}
		if err := f(a); err == nil {
			t.Errorf("%s: no error", name)
		}
		if len(streams) > 1 || len(streams) == 1 && streams[0].n == 0 {
			t.Errorf("%s: %d opened, and left open", name, len(streams))
		}
	}
}

// At the end all bytes of all files are done, also of those that are damaged, no captures, or not for the filter.
func TestArchiveProgressEnds(t *testing.T) {
	dir := archive(t, 6, 50, inTurn)
	data, err := os.ReadFile(filepath.Join(dir, "0000"))
	for name, text := range map[string][]byte{"cut": data[:len(data)/2], "notes": bytes.Repeat([]byte("no capture "), 100), "empty": nil} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(a *scan.Archive) error{
		"count": func(a *scan.Archive) error { _, err := a.Count(context.Background()); return err },
		"merge": func(a *scan.Archive) error {
			_, err := a.CopyMerged(context.Background(), io.Discard, true)
			return err
		},
	} {
		a := opened(t, "port 3", dir)
		var last int64
		a.Progress = func(done int64, _, _ uint64) { last = done }
		var told *scan.DamagedError
		if err := read(a); !errors.As(err, &told) || told.Files != 2 || last != a.Size() {
			t.Errorf("%s: %d of %d bytes, %v", name, last, a.Size(), err)
		}
	}
}
