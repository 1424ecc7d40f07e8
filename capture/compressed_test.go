package capture

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"bpfc/linktype"
)

// somePackets is a pcap file with n packets of growing length.
func somePackets(t testing.TB, n int, format Format) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, WriterOptions{Format: format, LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data := bytes.Repeat([]byte{byte(i)}, 14+i%1000)
		if err := w.WritePacket(&Packet{Data: data, WireLen: uint32(len(data)), Timestamp: int64(i) * 1e9}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// xzFile is what `xz -9` makes of somePackets(3, Pcap): nothing here writes xz.
const xzFile = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AB0ACNdAGow0ch9i/gJm68fzHj8QwdohXDa25zY7c8R8lxe3Ya+EwRnAADh7Y9cyaN94AABP3WkGjdYH7bzfQEAAAAABFla"

func compress(t testing.TB, kind Compression, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch kind {
	case LZ4:
		w = lz4.NewWriter(&b)
	case XZ:
		file, err := base64.StdEncoding.DecodeString(xzFile)
		if err != nil || !bytes.Equal(data, somePackets(t, 3, Pcap)) {
			t.Fatalf("no xz file of that: %v", err)
		}
		return file
	default:
		w, err = NewCompressor(&b, kind)
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var allCompressions = []Compression{Gzip, Zstd, LZ4, XZ}

// count reads a file to its end, or to its error.
func count(r *Reader) (n int, err error) {
	for {
		if _, err = r.Next(); err != nil {
			break
		}
		n++
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// A compressed file is read as what it is decompressed to, from a path, from a stream that gives a byte at a time, and by a scan.
func TestReadCompressed(t *testing.T) {
	for _, kind := range allCompressions {
		for _, format := range []Format{Pcap, Pcapng} {
			t.Run(fmt.Sprint(kind, " ", format), func(t *testing.T) {
				n := 3
				if kind == XZ && format == Pcapng {
					t.Log("the file of xz is a pcap file")
					format = Pcap
				} else if kind != XZ {
					n = 3000
				}
				data := compress(t, kind, somePackets(t, n, format))
				path := filepath.Join(t.TempDir(), "no-ending")
				if err := os.WriteFile(path, data, 0o666); err != nil {
					t.Fatal(err)
				}
				for name, open := range map[string]func() (*Reader, error){
					"path":   func() (*Reader, error) { return Open(path) },
					"stream": func() (*Reader, error) { return NewReader(&oneByte{data}) },
				} {
					r, err := open()
					if err != nil {
						t.Fatal(name, err)
					}
					if got, err := count(r); got != n || err != nil || r.Compression() != kind || r.Format() != format {
						t.Errorf("%s: %d packets, %v, %v %v", name, got, err, r.Compression(), r.Format())
					}
					if r.Offset() != int64(len(data)) {
						t.Errorf("%s: at byte %d of %d", name, r.Offset(), len(data))
					}
					if err := r.Close(); err != nil {
						t.Error(err)
					}
				}
				scanned(t, path, n)
			})
		}
	}
}

func scanned(t *testing.T, path string, want int) {
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := 0
	err = r.Scan(context.Background(), ScanOptions{Workers: 2}, func(int, *Batch) {}, func(b *Batch) error {
		got += len(b.Records)
		return nil
	})
	if got != want || err != nil {
		t.Errorf("a scan gives %d packets of %d, %v", got, want, err)
	}
}

type oneByte struct{ rest []byte }

func (o *oneByte) Read(p []byte) (int, error) {
	if len(o.rest) == 0 {
		return 0, io.EOF
	}
	p[0] = o.rest[0]
	o.rest = o.rest[1:]
	return 1, nil
}

// Streams one after the other are one file, as zcat and its kin have it.
func TestReadConcatenated(t *testing.T) {
	for _, kind := range []Compression{Gzip, Zstd, LZ4} {
		data := somePackets(t, 500, Pcap)
		both := append(compress(t, kind, data[:len(data)/2]), compress(t, kind, data[len(data)/2:])...)
		r, err := NewReader(bytes.NewReader(both))
		if err != nil {
			t.Fatal(kind, err)
		}
		if n, err := count(r); n != 500 || err != nil {
			t.Errorf("%v: %d packets, %v", kind, n, err)
		}
	}
}

// A compressed file that was cut gives the packets before the cut, in order, and an error that says that it was cut; one
// that is damaged gives no packet twice and ends with an error.
func TestCutAndDamagedStreams(t *testing.T) {
	for _, kind := range allCompressions {
		plain := somePackets(t, 3, Pcap)
		if kind != XZ {
			plain = somePackets(t, 400, Pcap)
		}
		data := compress(t, kind, plain)
		step := max(1, len(data)/20)
		for cut := 0; cut < len(data); cut += step {
			n, err := countAll(data[:cut])
			var file *FileError
			if !errors.As(err, &file) || n > 400 || cut > longestMagic && kind != XZ && file.Kind != Truncated {
				t.Errorf("%v cut at %d of %d: %d packets, %v", kind, cut, len(data), n, err)
			}
		}
		for at := longestMagic; at < len(data); at += step {
			bad := bytes.Clone(data)
			bad[at] ^= 0xff
			if n, err := countAll(bad); n > 400 {
				t.Errorf("%v damaged at %d: %d packets, %v", kind, at, n, err)
			}
		}
	}
}

func countAll(data []byte) (int, error) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return count(r)
}

// What has the first bytes of a compressed file and nothing that follows them is an error, and no panic in the goroutine that
// decompresses.
func TestNothingBehindTheMagicNumber(t *testing.T) {
	for _, kind := range allCompressions {
		magic := compressions[kind].magic
		for _, rest := range []string{"", "\x00", strings.Repeat("\xff", 40)} {
			var file *FileError
			_, err := countAll([]byte(magic + rest))
			if !errors.As(err, &file) || strings.Contains(err.Error(), "decompressor failed") {
				t.Errorf("%v followed by %x: %v", kind, rest, err)
			}
		}
	}
}

// A stream that wants more memory than is given to it is refused with the reason.
func TestLargeWindowIsRefused(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(256<<20), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(somePackets(t, 100, Pcap)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil { // so that the header has the window, not the content's size
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := countAll(b.Bytes()); err == nil || !strings.Contains(err.Error(), "128 MB") {
		t.Errorf("error %v", err)
	}
}

// Neither a reader that is closed nor one that is forgotten leaves a goroutine behind.
func TestCompressedReadersEnd(t *testing.T) {
	data := compress(t, Gzip, somePackets(t, 20000, Pcap)) // more than is decompressed ahead
	before := runtime.NumGoroutine()
	for i := range 200 {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			r.Close()
		}
	}
	for range 100 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// The ending of a name says how a file is to be written, and what cannot be written is refused.
func TestCompressionByName(t *testing.T) {
	for name, want := range map[string]Compression{"a.pcap": Uncompressed, "a.pcap.gz": Gzip, "A.GZ": Gzip, "a.zst": Zstd, "a.zstd": Zstd} {
		if got, err := CompressionByName(name); got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"a.xz", "a.pcap.lz4"} {
		if _, err := CompressionByName(name); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whoever looks at the start of many files, one after the other, has the same few decompressors for all of them. One takes as much
// memory as the window of its stream, here 2 MB.
func TestManyStarts(t *testing.T) {
	const files, window = 100, 2 << 20
	data := somePackets(t, 4*window/500, Pcap)
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "many.pcap.zst")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for range files / 4 {
				r, err := Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := r.Next(); err != nil {
					t.Error(err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	runtime.ReadMemStats(&after)
	most := uint64(files / 5 * window)
	if testing.Short() { // as with the race detector, which has a pool forget a quarter of what is put back
		most = files / 2 * window
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("%d files took %d MB", files, took>>20)
	}
}
