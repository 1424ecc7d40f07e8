package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/linktype"
)

// FuzzReader: random bytes never make the reader panic, loop or take memory
// beyond what it was given, reading in batches gives the same packets, and what is
// written from it has the same packets, too, none longer than is declared.
func FuzzReader(f *testing.F) {
	f.Add(sample(3))
	f.Add(ngSample(binary.LittleEndian))
	f.Add(ngSample(binary.BigEndian))
	swapped := plain
	swapped.order, swapped.linktype = binary.BigEndian, uint32(linktype.USB_LINUX_MMAPPED)
	f.Add(ngRich(binary.LittleEndian))
	f.Add(longPcap(2))
	f.Add(longPcapng(binary.BigEndian, 2))
	f.Add(swapped.record(swapped.header(), 0, 0, 80, 80, make([]byte, 80)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if CompressionOf(file) != Uncompressed {
			return // FuzzCompressed's: offsets and lengths are not those in file
		}
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
		compareCopy(t, file, want)
	})
}

// FuzzCompressed: damaged compressed files end with an error, and no decompressor fails on them.
func FuzzCompressed(f *testing.F) {
	for _, kind := range allCompressions {
		f.Add(compress(f, kind, somePackets(f, 3, Pcap)))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if CompressionOf(file) == Uncompressed {
			return
		}
		r, err := NewReader(bytes.NewReader(file))
		for n := 0; err == nil && n < 1<<16; n++ { // a small file can hold gigabytes
			_, err = r.Next()
		}
		var broken *FileError
		if err != nil && err != io.EOF && !errors.As(err, &broken) {
			t.Errorf("error %v", err)
		}
		if err != nil && strings.Contains(err.Error(), "decompressor failed") {
			t.Error(err)
		}
		if r != nil {
			r.Close()
		}
	})
}

// compareCopy writes a file anew, to a stream and to the disk.
func compareCopy(t *testing.T, file []byte, want []Packet) {
	disk, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	for _, dst := range []io.Writer{disk, &bytes.Buffer{}} {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if r.Format() == Pcapng {
			_ = copyOf(r, dst, func(*Packet) bool { n++; return true })
		} else {
			_ = writeAll(r, dst, &n)
		}
		var out []byte
		if b, ok := dst.(*bytes.Buffer); ok {
			out = b.Bytes()
		} else if out, err = os.ReadFile(disk.Name()); err != nil {
			t.Fatal(err)
		}
		checkCopy(t, out, want, n)
	}
}

// writeAll writes a pcap file anew.
func writeAll(r *Reader, dst io.Writer, n *int) error {
	w, err := NewWriter(dst, WriterOptions{First: &r.Interfaces()[0], Source: r})
	for err == nil {
		var p *Packet
		if p, err = r.Next(); err == nil {
			*n++
			err = w.WritePacket(p)
		}
	}
	return errors.Join(err, w.Flush())
}

// checkCopy reads a copy back: it has the first n packets that are wanted, or one less, which contradicted simple ones
// before it.
func checkCopy(t *testing.T, out []byte, want []Packet, n int) {
	r, err := NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(r)
	if err != io.EOF || len(got) > n || len(got) < n-1 {
		t.Fatalf("%d packets, %v, want %d", len(got), err, n)
	}
	for i, p := range got {
		if !bytes.Equal(p.Data, want[i].Data) || p.WireLen != want[i].WireLen || len(p.Data) > int(r.Interfaces()[p.Interface].Snaplen) {
			t.Fatalf("packet %d: %+v, want %+v; interface %+v", i+1, p, want[i], r.Interfaces()[p.Interface])
		}
	}
}

func checkError(t *testing.T, err error, file []byte) {
	var fe *FileError
	if err != io.EOF && (!errors.As(err, &fe) || fe.Offset > int64(len(file)) || err.Error() == "") {
		t.Fatalf("%v", err)
	}
}

// compareScan wants of a scan of several windows at a time what reading packet after packet gave, up to the error.
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
	err = r.Scan(context.Background(), ScanOptions{Workers: 2, Window: minWindow}, func(_ int, b *Batch) {
		if b.First%2 == 0 { // which makes no difference
			b.TakeTimes()
		}
	}, func(b *Batch) error {
		for i := range b.Records {
			p := b.Packet(i)
			if n == len(want) || !bytes.Equal(p.Data, want[n].Data) || p.WireLen != want[n].WireLen || p.Number != want[n].Number ||
				p.Interface != want[n].Interface || p.Timestamp != want[n].Timestamp || b.Timestamp(i) != p.Timestamp ||
				r.Parallel() && (p.Offset != want[n].Offset || p.Carry != want[n].Carry) {
				t.Fatalf("packet %d differs: %+v", n+1, p)
			}
			n++
		}
		return nil
	})
	if n != len(want) || !sameError(err, wantErr) {
		t.Fatalf("%d packets and %v, want %d and %v", n, err, len(want), wantErr)
	}
}

// sameError compares errors but for the name of the file; no error is as good as io.EOF.
func sameError(a, b error) bool {
	var fa, fb *FileError
	if !errors.As(a, &fa) || !errors.As(b, &fb) {
		return (a == nil || a == io.EOF) && (b == nil || b == io.EOF)
	}
	x, y := *fa, *fb
	x.File, y.File = "", ""
	if x.Err != nil && y.Err != nil && x.Err.Error() == y.Err.Error() {
		x.Err, y.Err = nil, nil
	}
	return x == y
}
