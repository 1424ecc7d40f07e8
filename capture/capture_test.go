package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"bpfc/linktype"
)

// pcapFile builds pcap files field by field, of any byte order and variant.
type pcapFile struct {
	order    binary.AppendByteOrder
	magic    uint32
	major    uint16
	minor    uint16
	snaplen  uint32
	linktype uint32
}

func (f pcapFile) header() []byte {
	b := f.order.AppendUint32(nil, f.magic)
	b = f.order.AppendUint16(b, f.major)
	b = f.order.AppendUint16(b, f.minor)
	b = f.order.AppendUint64(b, 0)
	b = f.order.AppendUint32(b, f.snaplen)
	return f.order.AppendUint32(b, f.linktype)
}

// record appends a record with its two lengths in the order given.
func (f pcapFile) record(b []byte, seconds, fraction, first, second uint32, data []byte) []byte {
	for _, v := range []uint32{seconds, fraction, first, second} {
		b = f.order.AppendUint32(b, v)
	}
	if f.magic == magicModified {
		b = append(b, 0, 0, 0, 2, 8, 0, 0, 0)
	}
	return append(b, data...)
}

var plain = pcapFile{order: binary.LittleEndian, magic: magicMicro, major: 2, minor: 4, snaplen: 65535, linktype: 1}

// sample is a plain file of n packets of growing length.
func sample(n int) []byte {
	b := plain.header()
	for i := range n {
		data := bytes.Repeat([]byte{byte(i)}, 14+i%1400)
		b = plain.record(b, uint32(1000+i), uint32(i), uint32(len(data)), uint32(len(data)+i%3), data)
	}
	return b
}

func readAll(r *Reader) (packets []Packet, err error) {
	for {
		p, err := r.Next()
		if err != nil {
			return packets, err
		}
		q := *p
		q.Data = bytes.Clone(p.Data)
		packets = append(packets, q)
	}
}

func TestPcapVariants(t *testing.T) {
	data := []byte("0123456789abcdefghij")
	tests := []struct {
		name     string
		change   func(*pcapFile)
		first    uint32
		second   uint32
		snaplen  uint32
		linktype linktype.Type
		fcs      int
		caplen   int
		time     int64
	}{
		{"plain", func(f *pcapFile) {}, 20, 60, 65535, 1, -1, 20, 7_000_123_000},
		{"nanoseconds", func(f *pcapFile) { f.magic = magicNano }, 20, 60, 65535, 1, -1, 20, 7_000_000_123},
		{"patched libpcap", func(f *pcapFile) { f.magic, f.snaplen = magicModified, 4 }, 20, 60, 4, 1, -1, 20, 7_000_123_000},
		{"version 2.2", func(f *pcapFile) { f.minor = 2 }, 60, 20, 65535, 1, -1, 20, 7_000_123_000},
		{"version 2.3, lengths exchanged", func(f *pcapFile) { f.minor = 3 }, 60, 20, 65535, 1, -1, 20, 7_000_123_000},
		{"version 2.3, lengths in order", func(f *pcapFile) { f.minor = 3 }, 20, 60, 65535, 1, -1, 20, 7_000_123_000},
		{"DG/UX", func(f *pcapFile) { f.major, f.minor = 543, 0 }, 60, 20, 65535, 1, -1, 20, 7_000_123_000},
		{"no snapshot length", func(f *pcapFile) { f.snaplen = 0 }, 20, 60, MaxSnaplen, 1, -1, 20, 7_000_123_000},
		{"negative snapshot length", func(f *pcapFile) { f.snaplen = 1 << 31 }, 20, 60, MaxSnaplen, 1, -1, 20, 7_000_123_000},
		{"longer than the snapshot length", func(f *pcapFile) { f.snaplen = 8 }, 20, 60, 8, 1, -1, 20, 7_000_123_000},
		{"LINUX_SLL2", func(f *pcapFile) { f.linktype = 276 }, 20, 60, 65535, 276, -1, 20, 7_000_123_000},
		{"frame check sequence", func(f *pcapFile) { f.linktype = 0x24000001 }, 20, 60, 65535, 1, 4, 20, 7_000_123_000},
		{"D-Bus has no usual limit", func(f *pcapFile) { f.linktype, f.snaplen = 231, 0 }, 20, 60, 128 << 20, 231, -1, 20, 7_000_123_000},
	}
	for _, tt := range tests {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprint(tt.name, order), func(t *testing.T) {
				f := plain
				f.order = order
				tt.change(&f)
				file := f.header()
				for range 2 {
					file = f.record(file, 7, 123, tt.first, tt.second, data)
				}
				r, err := NewReader(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				i := r.Interfaces()[0]
				swapped := (order == binary.BigEndian) != hostIsBigEndian
				if i.Snaplen != tt.snaplen || i.LinkType != tt.linktype || i.FCSLen != tt.fcs || r.Swapped() != swapped || i.Swapped != swapped {
					t.Errorf("interface %+v, swapped %v", i, r.Swapped())
				}
				packets, err := readAll(r)
				if err != io.EOF || len(packets) != 2 {
					t.Fatalf("%d packets, %v", len(packets), err)
				}
				recordLen := int64(len(file)-pcapFileHeaderLen) / 2
				for n, p := range packets {
					if !bytes.Equal(p.Data, data[:tt.caplen]) || p.WireLen != 60 || p.Timestamp != tt.time ||
						p.Number != uint64(n+1) || p.Offset != pcapFileHeaderLen+int64(n)*recordLen {
						t.Errorf("packet %+v", p)
					}
				}
				if _, err := r.Next(); err != io.EOF {
					t.Errorf("after the end: %v", err)
				}
			})
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	tests := []struct {
		name string
		file []byte
		kind ErrorKind
		text string
	}{
		{"empty", nil, Truncated, "0 bytes"},
		{"three bytes", []byte{0xd4, 0xc3, 0xb2}, Truncated, "3 bytes"},
		{"header cut", plain.header()[:23], Truncated, "23 of 24 bytes"},
		{"text", []byte("hello, world, this is no capture"), Unrecognized, "68 65 6c 6c"},
		{"version 1", pcapFile{binary.LittleEndian, magicMicro, 1, 4, 0, 1}.header(), Unsupported, "1.4"},
		{"version 2.5", pcapFile{binary.BigEndian, magicMicro, 2, 5, 0, 1}.header(), Unsupported, "2.5"},
		{"reserved bits", pcapFile{binary.BigEndian, magicMicro, 2, 4, 0, 0x10001}.header(), Corrupt, "0x00010001"},
	}
	for _, tt := range tests {
		_, err := NewReader(bytes.NewReader(tt.file))
		var fe *FileError
		if !errors.As(err, &fe) || fe.Kind != tt.kind || fe.Packet != 0 || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Every prefix of a file must deliver the packets that are whole, and then
// say where it broke off.
func TestEveryPrefix(t *testing.T) {
	files := map[string][]byte{"pcap": sample(4), "pcapng": ngSample(binary.BigEndian)}
	for name, file := range files {
		whole, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		packets, err := readAll(whole)
		if err != io.EOF || len(packets) < 3 {
			t.Fatal(name, len(packets), err)
		}
		for n := range file {
			r, err := NewReader(bytes.NewReader(file[:n]))
			if err != nil {
				continue
			}
			got, err := readAll(r)
			for i, p := range got {
				if !bytes.Equal(p.Data, packets[i].Data) || p.Offset != packets[i].Offset {
					t.Fatalf("%s[:%d]: packet %d differs", name, n, i)
				}
			}
			if len(got) < len(packets) && packets[len(got)].Offset < int64(n) && err == io.EOF && name == "pcap" {
				t.Fatalf("%s[:%d]: a cut record passed for a regular end", name, n)
			}
			if err == io.EOF {
				continue
			}
			var fe *FileError
			if !errors.As(err, &fe) || fe.Kind != Truncated || fe.Packet != uint64(len(got)+1) || fe.Offset > int64(n) {
				t.Fatalf("%s[:%d]: %d packets, %v", name, n, len(got), err)
			}
		}
	}
}

func TestRecordErrors(t *testing.T) {
	file := plain.record(sample(2), 1, 1, MaxSnaplen+1, MaxSnaplen+1, nil)
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	packets, err := readAll(r)
	var fe *FileError
	if len(packets) != 2 || !errors.As(err, &fe) || fe.Kind != TooLong || fe.Packet != 3 || fe.Offset != int64(len(file)-16) {
		t.Fatalf("%d packets, %v", len(packets), err)
	}
	failing := io.MultiReader(bytes.NewReader(sample(2)), errorReader{})
	r, err = NewReader(failing)
	if err != nil {
		t.Fatal(err)
	}
	packets, err = readAll(r)
	if len(packets) != 2 || !errors.As(err, &fe) || fe.Kind != ReadFailed || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d packets, %v", len(packets), err)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// A file may claim 128 MiB (D-Bus) and hold nothing: memory must follow what
// is there, not what is claimed.
func TestClaimedLengthCostsNoMemory(t *testing.T) {
	f := plain
	f.linktype, f.snaplen = uint32(linktype.DBUS), 0
	file := f.record(f.header(), 0, 0, 128<<20, 128<<20, []byte("short"))
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !isKind(err, Truncated) {
		t.Fatal(err)
	}
	if len(r.w.buf) > 2*windowSize {
		t.Errorf("the buffer grew to %d bytes", len(r.w.buf))
	}
}

func isKind(err error, kind ErrorKind) bool {
	var fe *FileError
	return errors.As(err, &fe) && fe.Kind == kind
}

func TestNoAllocationPerPacket(t *testing.T) {
	for name, file := range map[string][]byte{"pcap": sample(3000), "pcapng": ngLong(3000)} {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		allocs := testing.AllocsPerRun(2000, func() {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations a packet", name, allocs)
		}
	}
}

// gopacket reads the files we write, and we read the files it writes.
func TestAgainstGopacket(t *testing.T) {
	var ours, theirs, theirsNG bytes.Buffer
	w, err := NewWriter(&ours, WriterOptions{LinkType: 1, Nanosecond: true})
	if err != nil {
		t.Fatal(err)
	}
	gw := pcapgo.NewWriterNanos(&theirs)
	if err := gw.WriteFileHeader(MaxSnaplen, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	gng, err := pcapgo.NewNgWriter(&theirsNG, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(sample(500)))
	if err != nil {
		t.Fatal(err)
	}
	packets, _ := readAll(r)
	for _, p := range packets {
		p.Timestamp += 7
		ci := gopacket.CaptureInfo{Timestamp: unixNano(p.Timestamp), CaptureLength: len(p.Data), Length: int(p.WireLen)}
		if err := errors.Join(w.WritePacket(&p), gw.WritePacket(ci, p.Data), gng.WritePacket(ci, p.Data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), gng.Flush()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours.Bytes(), theirs.Bytes()) {
		t.Error("the two pcap files differ")
	}
	gr, err := pcapgo.NewReader(&ours)
	if err != nil {
		t.Fatal(err)
	}
	ng, err := NewReader(&theirsNG)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		data, ci, err := gr.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		p, err := ng.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, packets[i].Data) || ci.Timestamp.UnixNano() != packets[i].Timestamp+7 ||
			!bytes.Equal(p.Data, packets[i].Data) || p.Timestamp != packets[i].Timestamp+7 || p.WireLen != packets[i].WireLen {
			t.Fatalf("packet %d differs", i)
		}
	}
}

// scanAll runs a scan over a file on disk and checks the order of batches.
func scanAll(t *testing.T, r *Reader, o ScanOptions) (packets []Packet, err error) {
	t.Helper()
	err = r.Scan(context.Background(), o, func(_ int, b *Batch) {
		for i := range b.Records {
			b.Verdicts[i] = uint32(b.First) + uint32(i)
		}
		if b.First%2 == 0 { // which makes no difference
			b.TakeTimes()
		}
	}, func(b *Batch) error {
		if b.First != uint64(len(packets)+1) {
			t.Fatalf("batch of packet %d after %d packets", b.First, len(packets))
		}
		for i := range b.Records {
			p := b.Packet(i)
			if b.Verdicts[i] != uint32(p.Number) {
				t.Fatalf("packet %d has the verdict of packet %d", p.Number, b.Verdicts[i])
			}
			p.Data = bytes.Clone(p.Data)
			packets = append(packets, p)
		}
		return nil
	})
	return packets, err
}

func writeFile(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScanIsNext(t *testing.T) {
	swapped := plain
	swapped.order, swapped.magic, swapped.linktype = binary.BigEndian, magicNano, uint32(linktype.NFLOG)
	nflog := swapped.header()
	for i := range 3000 {
		nflog = swapped.record(nflog, 1, uint32(i), 12, 12, []byte{2, 0, 0, 1, 0, 8, 0, 1, 1, 2, 3, 4})
	}
	large := plain.header()
	for range 5 {
		large = plain.record(large, 1, 1, 60000, 60000, make([]byte, 60000))
	}
	files := map[string][]byte{
		"plain":     sample(5000),
		"truncated": sample(5000)[:3_000_001],
		"too long":  plain.record(sample(100), 1, 1, 1<<30, 1, nil),
		"empty":     sample(0),
		"swapped":   nflog,
		"large":     large, // records longer than a window
		"pcapng":    ngLong(3000),
	}
	for name, file := range files {
		path := writeFile(t, file)
		r, err := Open(path)
		if err != nil {
			t.Fatal(name, err)
		}
		want, wantErr := readAll(r)
		r.Close()
		for _, workers := range []int{1, 2, 5} {
			for _, window := range []int{1, 50_000, 0} {
				r, err := Open(path)
				if err != nil {
					t.Fatal(err)
				}
				got, err := scanAll(t, r, ScanOptions{Workers: workers, Window: window})
				if wantErr == io.EOF && err != nil || wantErr != io.EOF && err.Error() != wantErr.Error() {
					t.Errorf("%s, %d workers, window %d: %v, want %v", name, workers, window, err, wantErr)
				}
				if len(got) != len(want) {
					t.Fatalf("%s, %d workers, window %d: %d packets, want %d", name, workers, window, len(got), len(want))
				}
				for i := range got {
					w := &want[i]
					if !bytes.Equal(got[i].Data, w.Data) || got[i].WireLen != w.WireLen || got[i].Number != w.Number ||
						got[i].Timestamp != w.Timestamp || got[i].Interface != w.Interface {
						t.Fatalf("%s: packet %d is %v, want %v", name, i, got[i], w)
					}
				}
				r.Close()
			}
		}
	}
}

// What Compact gives is what the Writer would write.
func TestCompact(t *testing.T) {
	bigNano := plain
	bigNano.order, bigNano.magic = binary.BigEndian, magicNano
	modified := plain
	modified.magic = magicModified
	short := plain
	short.snaplen = 40
	for _, f := range []pcapFile{plain, bigNano, modified, short} {
		for _, nanosecond := range []bool{false, true} {
			file := f.header()
			for i := range 2000 {
				file = f.record(file, uint32(i), 999, uint32(i%90), uint32(i%90+3), bytes.Repeat([]byte{byte(i)}, i%90))
			}
			accept := func(n uint64) bool { return n%7 < 3 || n > 1500 }
			var want, got bytes.Buffer
			o := WriterOptions{LinkType: 1, Nanosecond: nanosecond}
			w, _ := NewWriter(&want, o)
			r, err := NewReader(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			packets, _ := readAll(r)
			for _, p := range packets {
				if accept(p.Number) {
					count++
					w.WritePacket(&p)
				}
			}
			w.Flush()
			w, _ = NewWriter(&got, o)
			r, err = Open(writeFile(t, file))
			if err != nil {
				t.Fatal(err)
			}
			accepted := make([]int, 2)
			err = r.Scan(context.Background(), ScanOptions{Workers: 2, Window: 8000}, func(worker int, b *Batch) {
				for i := range b.Records {
					b.Verdicts[i] = 0
					if accept(b.First + uint64(i)) {
						b.Verdicts[i] = 1
					}
				}
				accepted[worker] += b.Compact(nanosecond)
			}, func(b *Batch) error { return w.WriteRecords(b.Accepted) })
			r.Close()
			if err != nil || accepted[0]+accepted[1] != count || !bytes.Equal(want.Bytes(), got.Bytes()) {
				t.Errorf("%+v, nanoseconds %v: %v, accepted %v of %d, %d bytes of %d", f, nanosecond, err, accepted, count, got.Len(), want.Len())
			}
		}
	}
}

func TestScanStops(t *testing.T) {
	path := writeFile(t, sample(3000))
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	enough := errors.New("enough")
	seen := 0
	err = r.Scan(context.Background(), ScanOptions{Workers: 3, Window: 10000}, func(int, *Batch) {}, func(b *Batch) error {
		seen++
		if seen == 5 {
			return enough
		}
		return nil
	})
	if err != enough || seen != 5 {
		t.Errorf("%v after %d batches", err, seen)
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	ctx, cancel := context.WithCancel(context.Background())
	err = again.Scan(ctx, ScanOptions{Workers: 3, Window: 10000}, func(int, *Batch) {}, func(b *Batch) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A file cut while it is scanned is an error, wherever the cut falls.
func TestScanOfShrinkingFile(t *testing.T) {
	file := sample(4000)
	boundary := len(sample(3500))
	for _, cut := range []int{boundary, boundary + 7, boundary - 1, 30_000} {
		path := writeFile(t, file)
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		first := true
		err = r.Scan(context.Background(), ScanOptions{Workers: 1, Window: 50_000}, func(int, *Batch) {}, func(b *Batch) error {
			if first {
				first = false
				return os.Truncate(path, int64(cut))
			}
			return nil
		})
		if !isKind(err, Shrunk) {
			t.Errorf("cut to %d bytes: %v", cut, err)
		}
		r.Close()
	}
}

// A file that is cut while a batch is worked on or delivered is an error too.
func TestScanOfFileCutInUse(t *testing.T) {
	for _, name := range []string{"work", "delivery"} {
		path := writeFile(t, sample(4000))
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var once sync.Once
		cut := func(b *Batch) {
			if b.First > 1 {
				once.Do(func() { os.Truncate(path, 0) })
			}
		}
		steps := map[string]func(*Batch){name: cut}
		do := func(step string, b *Batch) {
			if f := steps[step]; f != nil {
				f(b)
			}
		}
		err = r.Scan(context.Background(), ScanOptions{Workers: 2, Window: 50_000}, func(_ int, b *Batch) { do("work", b) },
			func(b *Batch) error { do("delivery", b); return nil })
		if !isKind(err, Shrunk) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A scan may start after some packets were read one by one.
func TestScanAfterNext(t *testing.T) {
	r, err := Open(writeFile(t, sample(1000)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 10 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	next := uint64(11)
	err = r.Scan(context.Background(), ScanOptions{}, func(int, *Batch) {}, func(b *Batch) error {
		if b.First != next {
			t.Errorf("batch starts at packet %d, want %d", b.First, next)
		}
		next += uint64(len(b.Records))
		return nil
	})
	if err != nil || next != 1001 {
		t.Errorf("%v, %d", err, next)
	}
}

// fullDisk takes so many bytes and then no more, like a file on a full disk.
type fullDisk struct {
	*os.File
	room int
}

func (d *fullDisk) Write(b []byte) (int, error) {
	n, err := d.File.Write(b[:min(len(b), d.room)])
	d.room -= n
	if err == nil && n < len(b) {
		err = errors.New("no space left")
	}
	return n, err
}

func TestFullDiskLeavesReadableFile(t *testing.T) {
	for _, format := range []Format{Pcap, Pcapng} {
		for _, room := range []int{30_000, 100_000, 100_001, 270_000, writeUnit - 1, writeUnit, writeUnit + 1, writeUnit + 50, 2*writeUnit + 1} {
			f, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			w, err := NewWriter(&fullDisk{f, room}, WriterOptions{Format: format, LinkType: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; err == nil; i++ {
				err = w.WritePacket(&Packet{Data: make([]byte, 100+i%900), WireLen: 1000})
			}
			if w.Flush() == nil {
				t.Error("the error did not stay")
			}
			info, statErr := f.Stat()
			if statErr != nil || info.Size() != w.Size() || info.Size() < int64(room)-1100 {
				t.Errorf("of %d bytes that fitted, %d were kept, %d counted: %v", room, info.Size(), w.Size(), statErr)
			}
			f.Close()
			r, err := Open(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			packets, err := readAll(r)
			if err != io.EOF || len(packets) == 0 {
				t.Errorf("room for %d bytes: %d packets, then %v", room, len(packets), err)
			}
			r.Close()
		}
	}
}

// writeEnds notes where in the file each write ends.
type writeEnds struct {
	bytes.Buffer
	ends []int
}

func (w *writeEnds) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	w.ends = append(w.ends, w.Len())
	return n, err
}

// What is written in the middle of a stream ends at multiples of the unit, after a Flush too, and nothing of it is lost.
func TestWriteUnits(t *testing.T) {
	for _, format := range []Format{Pcap, Pcapng} {
		var file writeEnds
		w, err := NewWriter(&file, WriterOptions{Format: format, LinkType: 1})
		if err != nil {
			t.Fatal(err)
		}
		const count = 3000
		packet := func(i int) []byte {
			data := bytes.Repeat([]byte{byte(i)}, 1+i*37%1400)
			if i%1000 == 999 {
				data = bytes.Repeat(data, MaxSnaplen/len(data))
			}
			return data
		}
		file.ends = nil
		var flushed []int
		for i := range count {
			data := packet(i)
			if err := w.WritePacket(&Packet{Data: data, WireLen: uint32(len(data))}); err != nil {
				t.Fatal(err)
			}
			if i%700 == 500 || i == count-1 {
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				flushed = append(flushed, file.Len())
			}
		}
		if len(file.ends) <= len(flushed) || int64(file.Len()) != w.Size() {
			t.Errorf("%v: writes end at %d, flushes at %d, the file at %d, and %d are counted", format, file.ends, flushed, file.Len(), w.Size())
		}
		for _, end := range file.ends {
			if end%writeUnit != 0 && !slices.Contains(flushed, end) {
				t.Errorf("%v: a write ends at %d", format, end)
			}
		}
		r, err := NewReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := readAll(r)
		if err != io.EOF || len(packets) != count {
			t.Fatalf("%v: %d packets, then %v", format, len(packets), err)
		}
		for i, p := range packets {
			if !bytes.Equal(p.Data, packet(i)) {
				t.Fatalf("%v: packet %d differs", format, i)
			}
		}
	}
}

func TestPseudoHeaders(t *testing.T) {
	sll := append(append(make([]byte, 14), 0, 0x0c), 1, 2, 3, 4, 5)
	usb := make([]byte, 64+2*16)
	for i := range usb {
		usb[i] = byte(i)
	}
	usb[usbTransferTypeAt] = usbIsochronous
	native.PutUint32(usb[usbDescriptorsAt:], 2)
	reversed := bytes.Clone(usb)
	reversed[60], reversed[61], reversed[62], reversed[63] = usb[63], usb[62], usb[61], usb[60]
	tests := []struct {
		name     string
		linktype linktype.Type
		in       []byte
		check    func(out []byte) bool
	}{
		{"CAN identifier", linktype.LINUX_SLL, sll, func(o []byte) bool { return bytes.Equal(o[16:], []byte{4, 3, 2, 1, 5}) }},
		{"cooked header cut", linktype.LINUX_SLL, sll[:19], func(o []byte) bool { return bytes.Equal(o, sll[:19]) }},
		{"Ethernet has none", linktype.EN10MB, sll, func(o []byte) bool { return bytes.Equal(o, sll) }},
		{"USB", linktype.USB_LINUX_MMAPPED, reversed, func(o []byte) bool {
			return o[0] == 7 && o[12] == 13 && o[40] == 43 && o[48] == 51 && native.Uint32(o[60:]) == 2 && o[64] == 67 && o[80] == 83 && o[76] == 76
		}},
		{"USB, short header", linktype.USB_LINUX, reversed, func(o []byte) bool { return o[40] == 43 && o[48] == 48 }},
		{"NFLOG", linktype.NFLOG, []byte{2, 0, 0, 1, 0, 5, 0, 1, 'x', 0, 0, 0, 0, 4, 0, 9}, func(o []byte) bool {
			return hostIsBigEndian || bytes.Equal(o, []byte{2, 0, 0, 1, 5, 0, 1, 0, 'x', 0, 0, 0, 4, 0, 9, 0})
		}},
	}
	for _, tt := range tests {
		out := bytes.Clone(tt.in)
		swapPseudoHeader(tt.linktype, out, uint32(len(out)))
		if !tt.check(out) {
			t.Errorf("%s: % x", tt.name, out)
		}
	}
	for _, link := range []linktype.Type{linktype.LINUX_SLL, linktype.USB_LINUX, linktype.USB_LINUX_MMAPPED, linktype.NFLOG} {
		for range 20000 {
			b := make([]byte, rand.IntN(120))
			for i := range b {
				b[i] = byte(rand.IntN(3))
			}
			swapPseudoHeader(link, b, rand.Uint32N(150))
		}
	}
}

func BenchmarkNext(b *testing.B) {
	file := sample(20000)
	b.SetBytes(int64(len(file)) / 20000)
	for n := 0; n < b.N; {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for ; n < b.N; n++ {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}

// Files number a few link-layer types otherwise than programs do, and some of these have been written with the numbers of
// both. All are read as one type, and written as they were read.
func TestLinkTypeNumbers(t *testing.T) {
	for number, want := range map[uint32]linktype.Type{1: linktype.EN10MB, 12: linktype.RAW, 101: linktype.RAW, 11: linktype.ATM_RFC1483,
		100: linktype.ATM_RFC1483, 14: 14, 113: linktype.LINUX_SLL, 276: linktype.LINUX_SLL2, 65535: 65535} {
		f := plain
		f.linktype = number
		for _, format := range []Format{Pcap, Pcapng} {
			data := f.header()
			if format == Pcapng {
				data = ngInterface(ngSection(nil, binary.LittleEndian), binary.LittleEndian, uint16(number), 65535, nil)
				data = ngEnhanced(data, binary.LittleEndian, 0, 0, 4, []byte{1, 2, 3, 4}) // the interface is read with the packet
			}
			r, err := NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if format == Pcapng {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			iface := r.Interfaces()[0]
			if iface.LinkType != want {
				t.Errorf("%v: number %d is read as %v, want %v", format, number, iface.LinkType, want)
			}
			var same, fresh bytes.Buffer
			_, err1 := NewWriter(&same, WriterOptions{First: &iface})
			_, err2 := NewWriter(&fresh, WriterOptions{LinkType: want})
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			if got := native.Uint32(same.Bytes()[20:]); got != number {
				t.Errorf("%v: number %d is written as %d", format, number, got)
			}
			if got := native.Uint32(fresh.Bytes()[20:]); got != uint32(want.FileNumber()) {
				t.Errorf("%v is written as %d, want %d", want, got, want.FileNumber())
			}
		}
	}
}

// Where that is asked for each write ends with a whole record or block, of a new file and of a copy.
func TestWholeWrites(t *testing.T) {
	var source bytes.Buffer
	w, err := NewWriter(&source, WriterOptions{Format: Pcapng, LinkType: 1})
	for i := 0; i < 1000 && err == nil; i++ {
		err = w.WritePacket(&Packet{Data: make([]byte, 1+i*37%1400), WireLen: 1400})
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]WriterOptions{"pcap": {Format: Pcap, LinkType: 1}, "pcapng": {Format: Pcapng, LinkType: 1}, "copy": {Format: Pcapng}} {
		var file writeEnds
		r, err := NewReader(bytes.NewReader(source.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if o.Whole = true; name == "copy" {
			o.Source = r
		}
		c, err := NewCopier(&file, o)
		for p, e := r.Next(); e != io.EOF && err == nil; p, e = r.Next() {
			if err = e; err == nil {
				err = c.Copy(p, &r.Interfaces()[p.Interface])
			}
		}
		if err != nil || c.Close() != nil {
			t.Fatal(name, err)
		}
		if len(file.ends) < 4 {
			t.Errorf("%s: %d writes", name, len(file.ends))
		}
		for _, end := range file.ends {
			r, err := NewReader(bytes.NewReader(file.Bytes()[:end]))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := readAll(r); err != io.EOF {
				t.Errorf("%s: a write ends at %d: %v", name, end, err)
			}
		}
	}
}
