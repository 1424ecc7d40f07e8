package capture

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// runs gives the runs of packets of a file with nothing else between them, as indexes of its packets.
func runs(t *testing.T, file []byte) (packets []Packet, ends []int64, runs [][2]int) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return packets, ends, runs
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ends); n > 0 && ends[n-1] == p.Offset {
			runs[len(runs)-1][1]++
		} else {
			runs = append(runs, [2]int{n, n + 1})
		}
		q := *p
		q.Data = bytes.Clone(p.Data)
		packets, ends = append(packets, q), append(ends, r.Position())
	}
}

// someSpans chooses spans within the runs, and tells which packets are left.
func someSpans(r *rand.Rand, size int, packets []Packet, ends []int64, runs [][2]int) (spans []Span, left []Packet) {
	at := 0
	for _, run := range runs {
		for from := run[0]; from < run[1]; {
			to := min(run[1], from+1+r.IntN(1+r.IntN(400)))
			if r.IntN(2) == 0 {
				left = append(left, packets[at:from]...)
				at = to
				span := Span{packets[from].Offset, ends[to-1], uint64(to - from)}
				if span.To == int64(size) && r.IntN(2) == 0 {
					span.To = ToTheEnd
				}
				spans = append(spans, span)
			}
			from = to
		}
	}
	return spans, append(left, packets[at:]...)
}

// Packets that are passed over are missing, and nothing else changes: numbers, places, interfaces, what a copy has beside them.
// So it is however a file is read, and of a compressed one too.
func TestPassOver(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 7))
	rounds := 24
	if testing.Short() {
		rounds = 8
	}
	for round := range rounds {
		file := ngMixed(random)
		switch {
		case round%4 == 0:
			file = sample(1000 + round)
		case round%4 == 1: // long runs
			file = ngLong(4000)
		}
		packets, ends, runs := runs(t, file)
		spans, left := someSpans(random, len(file), packets, ends, runs)
		dir := t.TempDir()
		paths := map[string][]byte{"plain": file}
		for name, kind := range map[string]Compression{"gzip": Gzip, "zstd": Zstd} {
			var b bytes.Buffer
			w, err := NewCompressor(&b, kind)
			if err == nil {
				_, err = w.Write(file)
			}
			if err = errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			paths[name] = b.Bytes()
		}
		for name, data := range paths {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			for how, o := range map[string]ScanOptions{"next": {}, "windows": {Workers: 2, Window: minWindow}, "large windows": {Workers: 3, Window: 100_000}, "one worker": {Workers: 1, Window: 20_000}} {
				got, err := passing(path, spans, how, o)
				if err != nil || !samePackets(got, left, name == "plain") {
					t.Fatalf("round %d, %s, %s: %d packets and %v, want %d of %d, %d spans", round, name, how, len(got), err, len(left), len(packets), len(spans))
				}
			}
		}
		if round%4 > 0 {
			comparePassingCopies(t, filepath.Join(dir, "plain"), spans)
		}
	}
}

func passing(path string, spans []Span, how string, o ScanOptions) (got []Packet, err error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.PassOver(spans)
	if how == "next" {
		if got, err = readAll(r); err == io.EOF {
			err = nil
		}
		return got, err
	}
	err = r.Scan(context.Background(), o, func(int, *Batch) {}, func(b *Batch) error {
		for i := range b.Records {
			p := b.Packet(i)
			p.Data = bytes.Clone(p.Data)
			got = append(got, p)
		}
		return nil
	})
	return got, err
}

func samePackets(a, b []Packet, places bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		p, q := &a[i], &b[i]
		if !bytes.Equal(p.Data, q.Data) || p.WireLen != q.WireLen || p.Number != q.Number || p.Interface != q.Interface ||
			p.Timestamp != q.Timestamp || places && p.Offset != q.Offset {
			return false
		}
	}
	return true
}

// comparePassingCopies holds a copy with packets passed over against one that leaves them out.
func comparePassingCopies(t *testing.T, path string, spans []Span) {
	t.Helper()
	out := func(p *Packet) bool {
		for _, s := range spans {
			if s.From <= p.Offset && p.Offset < s.To {
				return false
			}
		}
		return true
	}
	results := make([]bytes.Buffer, 3)
	var errs [3]error
	for i := range results {
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if i > 0 {
			r.PassOver(spans)
		}
		if i < 2 {
			errs[i] = copyOf(r, &results[i], out)
		} else {
			errs[i] = copyBatches(r, &results[i], ScanOptions{Workers: 2, Window: 30_000}, out)
		}
	}
	if !bytes.Equal(results[0].Bytes(), results[1].Bytes()) || !bytes.Equal(results[0].Bytes(), results[2].Bytes()) ||
		!sameError(errs[0], errs[1]) || !sameError(errs[0], errs[2]) {
		t.Fatalf("copies of %d, %d and %d bytes, %v", results[0].Len(), results[1].Len(), results[2].Len(), errs)
	}
}

// A span that begins where no packet does is an error, wherever it is, and not other packets.
func TestPassOverAstray(t *testing.T) {
	for name, file := range map[string][]byte{"pcap": sample(500), "pcapng": ngLong(2000)} {
		packets, ends, _ := runs(t, file)
		path := writeFile(t, file)
		for _, span := range []Span{{packets[100].Offset + 4, ends[200], 100}, {packets[0].Offset - 4, ends[3], 3}, {packets[len(packets)-1].Offset + 4, ToTheEnd, 1}} {
			for _, how := range []string{"next", "scan"} {
				if got, err := passing(path, []Span{span}, how, ScanOptions{Window: 50_000}); !isKind(err, Corrupt) {
					t.Errorf("%s, %s, %+v: %d packets, %v", name, how, span, len(got), err)
				}
			}
		}
	}
}
