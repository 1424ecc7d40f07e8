package index_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bpfc"
	"bpfc/capture"
	"bpfc/fuzz"
	"bpfc/index"
	"bpfc/linktype"
	"bpfc/scan"
)

// maker makes capture files whose packets have the constants of filters.
type maker struct {
	r        *rand.Rand
	exprs    []string
	links    []linktype.Type
	builders map[linktype.Type]*fuzz.Builder
	time     int64
	phase    int // packets that are about one filter
}

func newMaker(r *rand.Rand, filters, phase int, links ...linktype.Type) *maker {
	m := &maker{r: r, phase: phase, links: links, builders: map[linktype.Type]*fuzz.Builder{}, time: 1e18}
	for _, link := range links {
		m.builders[link] = fuzz.NewBuilder(r, int(link))
	}
	for len(m.exprs) < filters {
		link := links[r.IntN(len(links))]
		expr := fuzz.NewGrammar(r, int(link)).Filter(1 + r.IntN(4))
		fits := true
		for _, link := range links {
			_, err := bpfc.Compile(expr, bpfc.WithLinkType(link))
			fits = fits && err == nil
		}
		if fits {
			m.exprs = append(m.exprs, expr)
		}
	}
	return m
}

// packet makes one; time goes on most of the time. For a while packets are about one filter, so that blocks differ.
func (m *maker) packet(i int, link linktype.Type) *capture.Packet {
	b := m.builders[link]
	if i%m.phase == 0 {
		b.Use(fuzz.Collect(m.exprs[m.r.IntN(len(m.exprs))]))
	}
	p := b.Packet()
	if m.r.IntN(8) == 0 {
		p = b.Mutate(p)
	}
	m.time += m.r.Int64N(3e9) - 2e8
	return &capture.Packet{Data: p.Data, WireLen: p.WireLen, Timestamp: m.time}
}

func (m *maker) pcap(packets int) ([]byte, error) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.WriterOptions{LinkType: m.links[0], Nanosecond: m.r.IntN(2) == 0})
	for i := 0; i < packets && err == nil; i++ {
		err = w.WritePacket(m.packet(i, m.links[0]))
	}
	return b.Bytes(), errors.Join(err, w.Close())
}

// pcapng makes a file of sections, with interfaces of all types and blocks of other kinds between the packets.
func (m *maker) pcapng(packets int) ([]byte, error) {
	var b bytes.Buffer
	for range 2 {
		w, err := capture.NewWriter(&b, capture.WriterOptions{Format: capture.Pcapng, LinkType: m.links[0]})
		known := 1
		for i := 0; i < packets/2 && err == nil; i++ {
			if m.r.IntN(80) == 0 && known < 2*len(m.links) {
				known, err = w.AddInterface(capture.Interface{LinkType: m.links[known%len(m.links)], Snaplen: 1 << 16, FCSLen: -1, Name: fmt.Sprint("if", known)})
				known++
			}
			if m.r.IntN(2*m.phase) == 0 && err == nil {
				err = w.Flush()
				b.Write([]byte{5, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 24, 0, 0, 0}) // statistics
			}
			if m.r.IntN(8*m.phase) == 0 && err == nil {
				err = w.Flush()
				b.Write(outOfTime)
			}
			if err == nil {
				of := m.r.IntN(known)
				p := m.packet(i, m.links[of%len(m.links)])
				p.Interface = of
				err = w.WritePacket(p)
			}
		}
		if err := errors.Join(err, w.Close()); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// outOfTime is a packet with a time that no packet can have.
var outOfTime = func() (b []byte) {
	for _, v := range []uint32{6, 36, 0, 1<<32 - 1, 0, 4, 4, 0, 36} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}()

// archive writes files of all kinds with so many packets each, and their sidecars, with so many packets to a block.
func (m *maker) archive(t *testing.T, packets, block int) (inputs []scan.Input) {
	t.Helper()
	dir := t.TempDir()
	for i, kind := range []capture.Compression{capture.Uncompressed, capture.Uncompressed, capture.Uncompressed, capture.Gzip, capture.Zstd} {
		write := m.pcap
		if i%2 == 1 || len(m.links) > 1 {
			write = m.pcapng
		}
		data, err := write(packets)
		var b bytes.Buffer
		w, err2 := capture.NewCompressor(&b, kind)
		if err = errors.Join(err, err2); err == nil {
			_, err = w.Write(data)
		}
		path := filepath.Join(dir, fmt.Sprint("file", i))
		if err = errors.Join(err, w.Close(), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		if _, err := index.BuildBlocks(context.Background(), path, block); err != nil {
			t.Fatal(err)
		}
	}
	inputs, problems := scan.Inputs([]string{dir})
	if len(problems) > 0 || len(inputs) != 5 {
		t.Fatal(inputs, problems)
	}
	return inputs
}

var seed = maphash.MakeSeed()

// answer is all that an archive says to a filter.
type answer struct {
	count, seen, odd       uint64
	perFile                []uint64
	packets, merged        uint64 // hashes of what is iterated over
	copied, pcapng, sorted []byte
}

// question is a filter with a range of time.
type question struct {
	expr         string
	since, until int64
}

// ask gets all answers, with or without the index.
func (q *question) ask(t *testing.T, inputs []scan.Input, plan func(context.Context, string) scan.Plan) (a answer) {
	t.Helper()
	ctx := context.Background()
	filter := scan.NewFilter(ctx, q.expr)
	defer func() { _ = filter.Close() }()
	archive := func() *scan.Archive {
		return &scan.Archive{Inputs: inputs, Filter: filter, Plan: plan, Since: q.since, Until: q.until, Workers: 2}
	}
	check := func(err error) {
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
	}
	counting := archive()
	counting.Ended = func(_ scan.Input, n uint64) { a.perFile = append(a.perFile, n) }
	var err error
	a.count, err = counting.Count(ctx)
	a.odd = counting.TimesOutOfRange()
	check(err)
	hash := func(packets func(func(*scan.Packet, error) bool)) uint64 {
		h := maphash.Hash{}
		h.SetSeed(seed)
		var b []byte
		for p, err := range packets {
			check(err)
			b = append(b[:0], p.File...)
			for _, v := range []int64{int64(p.Number), int64(p.Interface), p.Offset, p.Timestamp, int64(p.WireLen), int64(p.Verdict), int64(len(p.Data))} {
				b = binary.LittleEndian.AppendUint64(b, uint64(v))
			}
			_, _ = h.Write(append(b, p.Data...)) // never fails
		}
		return h.Sum64()
	}
	a.packets, a.merged = hash(archive().Packets(ctx)), hash(archive().Merge(ctx))
	var pcapng, sorted, one bytes.Buffer
	_, err = archive().Copy(ctx, &pcapng, true)
	check(err)
	_, err = archive().CopyMerged(ctx, &sorted, true)
	check(err)
	for _, in := range inputs { // one by one, as of a single file
		s, err := scan.Open(ctx, in.Path, q.expr)
		check(err)
		s.Between(q.since, q.until)
		if plan != nil {
			s.Follow(plan(ctx, in.Path))
		}
		_, err = s.Copy(&one)
		check(errors.Join(err, s.Close()))
		a.seen += s.Seen()
	}
	a.copied, a.pcapng, a.sorted = one.Bytes(), pcapng.Bytes(), sorted.Bytes()
	return a
}

// compare asks random questions with and without the index, and tells how much was passed over.
func (m *maker) compare(t *testing.T, inputs []scan.Input) (skipped, passed, hits int) {
	t.Helper()
	begin, end := int64(1e18), m.time
	for i, expr := range m.exprs {
		q := question{expr: expr}
		if i%3 > 0 {
			q.since = begin + m.r.Int64N(end-begin)
		}
		if i%3 > 1 {
			q.until = q.since + 1 + m.r.Int64N(end-begin)/4
		}
		plan := planner(expr, q.since, q.until, bpfc.WithoutOptimizer()).Plan
		want, got := q.ask(t, inputs, nil), q.ask(t, inputs, plan)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v: with the index\n%d packets of %d, per file %v, %d odd, copies of %d, %d, %d bytes; without\n%d packets of %d, per file %v, %d odd, copies of %d, %d, %d bytes; packets %v, merged %v",
				q, got.count, got.seen, got.perFile, got.odd, len(got.copied), len(got.pcapng), len(got.sorted),
				want.count, want.seen, want.perFile, want.odd, len(want.copied), len(want.pcapng), len(want.sorted), got.packets == want.packets, got.merged == want.merged)
		}
		for _, in := range inputs {
			p := plan(context.Background(), in.Path)
			if p.Skip {
				skipped++
			} else if len(p.Over) > 0 {
				passed++
			}
		}
		if want.count > 0 {
			hits++
		}
	}
	return skipped, passed, hits
}

// Random filters, most with a range of time, a thousand with BPFC_LONG=1, say the same with an index as without, in every way in which packets are
// got at, of files with many small blocks: pcap, pcapng with several interfaces and sections, compressed ones.
func TestRandomFilters(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 9))
	each := 15 // for each kind of archive
	switch {
	case os.Getenv("BPFC_LONG") != "":
		each = 250
	case testing.Short():
		each = 5
	}
	filters, skipped, passed, hits := 0, 0, 0, 0
	for _, links := range [][]linktype.Type{{linktype.EN10MB}, {linktype.RAW}, {linktype.EN10MB, linktype.LINUX_SLL, linktype.RAW}, {linktype.LINUX_SLL2, linktype.EN10MB}} {
		m := newMaker(r, each, 37, links...)
		a, b, c := m.compare(t, m.archive(t, 400, 16))
		filters, skipped, passed, hits = filters+each, skipped+a, passed+b, hits+c
	}
	t.Logf("%d filters: %d files left out, %d with parts passed over, %d filters match something", filters, skipped, passed, hits)
	if skipped < filters/10 || passed < filters || hits < filters/4 {
		t.Errorf("that says little")
	}
}

// Blocks as large as they are: files of several of them.
func TestLargeFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 10))
	filters := 4
	if testing.Short() {
		filters = 2
	}
	m := newMaker(r, filters, index.BlockPackets, linktype.EN10MB, linktype.RAW)
	skipped, passed, hits := m.compare(t, m.archive(t, 2*index.BlockPackets+100, index.BlockPackets))
	t.Logf("%d filters: %d files left out, %d with parts passed over, %d filters match something", filters, skipped, passed, hits)
	if skipped+passed < filters/2 {
		t.Errorf("that says little")
	}
}

// A sidecar that was made to deceive, with a checksum that is right, may say what is not so, but does no other harm.
func TestForgedSidecars(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 12))
	m := newMaker(r, 10, 37, linktype.EN10MB, linktype.RAW)
	path := m.archive(t, 400, 100)[1].Path
	good, err := os.ReadFile(index.Path(path))
	if err != nil {
		t.Fatal(err)
	}
	used, rounds := 0, 300
	if os.Getenv("BPFC_LONG") != "" {
		rounds = 3000
	}
	for i := range rounds {
		bad := bytes.Clone(good)
		for range 1 + r.IntN(3) {
			at := 16 + r.IntN(len(bad)-20)
			binary.LittleEndian.PutUint32(bad[min(at, len(bad)-8):], []uint32{0, 1, 2, 1 << 31, 1<<32 - 1, r.Uint32(), r.Uint32N(300)}[r.IntN(7)])
		}
		body := bad[16 : len(bad)-4]
		binary.LittleEndian.PutUint32(bad[len(bad)-4:], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
		if err := os.WriteFile(index.Path(path), bad, 0o666); err != nil {
			t.Fatal(err)
		}
		p := planner(m.exprs[i%len(m.exprs)], 0, 0, bpfc.WithoutOptimizer()).Plan(context.Background(), path)
		s, err := scan.Open(context.Background(), path, m.exprs[i%len(m.exprs)])
		if err != nil {
			t.Fatal(err)
		}
		if s.Follow(p); len(p.Over) > 0 {
			used++
		}
		_, _ = s.Count() // an error is fine
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if used < rounds/10 {
		t.Errorf("only %d of the sidecars were used", used)
	}
}
