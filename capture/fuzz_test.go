package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReader: random bytes never make the reader panic, loop or take memory
// beyond what it was given, and reading in batches gives the same packets.
func FuzzReader(f *testing.F) {
	f.Add(sample(3))
	f.Add(ngSample(binary.LittleEndian))
	f.Add(ngSample(binary.BigEndian))
	swapped := plain
	swapped.order, swapped.linktype = binary.BigEndian, linktypeUSBLinuxMmapped
	f.Add(swapped.record(swapped.header(), 0, 0, 80, 80, make([]byte, 80)))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			checkError(t, err, file)
			return
		}
		var want []Packet
		for {
			p, err := r.Next()
			if err != nil {
				checkError(t, err, file)
				break
			}
			if len(p.Data) > len(file) || p.Offset > int64(len(file)) || p.Interface >= len(r.Interfaces()) {
				t.Fatalf("packet %d of %d bytes at %d in a file of %d bytes", p.Number, len(p.Data), p.Offset, len(file))
			}
			q := *p
			q.Data = bytes.Clone(p.Data)
			want = append(want, q)
		}
		if len(r.w.buf) > windowSize+2*len(file) {
			t.Fatalf("a buffer of %d bytes for a file of %d", len(r.w.buf), len(file))
		}
		compareScan(t, file, want, r.err)
	})
}

func checkError(t *testing.T, err error, file []byte) {
	var fe *FileError
	if err != io.EOF && (!errors.As(err, &fe) || fe.Offset > int64(len(file)) || err.Error() == "") {
		t.Fatalf("%v", err)
	}
}

func compareScan(t *testing.T, file []byte, want []Packet, wantErr error) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	err = r.Scan(context.Background(), ScanOptions{Workers: 2, Window: minWindow}, func(int, *Batch) {}, func(b *Batch) error {
		for i := range b.Records {
			if n == len(want) || !bytes.Equal(b.Data(i), want[n].Data) || b.Records[i].WireLen != want[n].WireLen {
				t.Fatalf("packet %d differs", n+1)
			}
			n++
		}
		return nil
	})
	if n != len(want) || (err == nil) != (wantErr == io.EOF) {
		t.Fatalf("%d packets and %v, want %d and %v", n, err, len(want), wantErr)
	}
}
