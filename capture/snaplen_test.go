package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// longPcap is a pcap file that declares 68 bytes and holds n packets of 554, with
// as many short ones before them.
func longPcap(n int) []byte {
	f := plain
	f.snaplen = 68
	b := f.header()
	for i := range 2 * n {
		data := bytes.Repeat([]byte{byte(i)}, 60)
		if i >= n {
			data = bytes.Repeat([]byte{byte(i)}, 554)
		}
		b = f.record(b, 1, uint32(i), uint32(len(data)), 600, data)
	}
	return b
}

// longPcapng is the same as pcapng, with two interfaces that declare 68.
func longPcapng(order binary.AppendByteOrder, n int) []byte {
	b := ngInterface(ngInterface(ngSection(nil, order), order, 1, 68, nil), order, 1, 68, nil)
	for i := range 2 * n {
		data := bytes.Repeat([]byte{byte(i)}, 60)
		if i >= n {
			data = bytes.Repeat([]byte{byte(i)}, 554)
		}
		b = ngEnhanced(b, order, uint32(i%2), uint64(i), 600, data)
	}
	return b
}

// rewrite reads a file from memory or from the disk and writes all its packets to
// a file on the disk or to a stream, as pcap or as a copy of pcapng.
func rewrite(t *testing.T, file []byte, format Format, fromDisk, toDisk bool) []byte {
	t.Helper()
	var r *Reader
	var err error
	if fromDisk {
		r, err = Open(writeFile(t, file))
	} else {
		r, err = NewReader(io.MultiReader(bytes.NewReader(file))) // does not tell its length
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var stream bytes.Buffer
	var dst io.Writer = &stream
	path := filepath.Join(t.TempDir(), "out")
	if toDisk {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		dst = f
	}
	var w *Writer
	if r.Format() == Pcapng && format == Pcapng {
		w, err = r.NewCopy(dst)
	} else {
		w, err = NewWriter(dst, WriterOptions{Format: format, First: &r.Interfaces()[0], Source: r})
	}
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if w.copied != nil {
			err = w.CopyPacket(p)
		} else {
			q := *p
			q.Interface = 0
			err = w.WritePacket(&q)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !toDisk {
		return stream.Bytes()
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// trueSnaplen checks that a file declares for all interfaces a snapshot length that no packet exceeds,
// and gives it.
func trueSnaplen(t *testing.T, file []byte, packets int) uint32 {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	all, err := readAll(r)
	if err != io.EOF || len(all) != packets {
		t.Fatalf("%d packets of %d, %v", len(all), packets, err)
	}
	for i, p := range all {
		want := 60
		if i >= packets/2 {
			want = 554
		}
		if iface := r.Interfaces()[p.Interface]; len(p.Data) != want || uint32(len(p.Data)) > iface.Snaplen {
			t.Fatalf("packet %d has %d bytes, snapshot length %d", p.Number, len(p.Data), iface.Snaplen)
		}
	}
	for _, i := range r.Interfaces() {
		if i.Snaplen != r.Interfaces()[0].Snaplen {
			t.Errorf("snapshot lengths differ: libpcap does not read that: %+v", r.Interfaces())
		}
	}
	return r.Interfaces()[0].Snaplen
}

// A packet longer than its file's snapshot length is read whole, and the file
// written declares what is true: on the disk and of a short file exactly, else the largest.
func TestFieldLongerThanSnaplen(t *testing.T) {
	const few, many = 3, 1000 // within one buffer, and of several
	for name, file := range map[string]func(int) []byte{
		"pcap":                  longPcap,
		"pcapng, little endian": func(n int) []byte { return longPcapng(binary.LittleEndian, n) },
		"pcapng, big endian":    func(n int) []byte { return longPcapng(binary.BigEndian, n) },
	} {
		for _, format := range []Format{Pcap, Pcapng} {
			for _, n := range []int{few, many} {
				for _, fromDisk := range []bool{false, true} {
					for _, toDisk := range []bool{false, true} {
						want := uint32(554)
						if !fromDisk && !toDisk {
							want = MaxSnaplen // nobody knows what is still to come
						}
						if got := trueSnaplen(t, rewrite(t, file(n), format, fromDisk, toDisk), 2*n); got != want {
							t.Errorf("%s to %v, %d packets, from disk %v, to disk %v: snapshot length %d, want %d", name, format, n, fromDisk, toDisk, got, want)
						}
					}
				}
			}
		}
	}
}

// What keeps to its snapshot length is declared as it was. A stream is believed only where it is known to its end.
func TestFieldTrueSnaplenStays(t *testing.T) {
	f := plain
	f.snaplen = 96
	file := f.header()
	for i := range 100 {
		file = f.record(file, 1, uint32(i), 96, 200, make([]byte, 96))
	}
	for _, toDisk := range []bool{false, true} {
		if out := rewrite(t, file, Pcap, true, toDisk); !bytes.Equal(out, file) {
			t.Errorf("to disk %v: %d bytes of %d, header % x", toDisk, len(out), len(file), out[:24])
		}
	}
	r, err := NewReader(bytes.NewReader(file)) // tells its length
	if err != nil {
		t.Fatal(err)
	}
	if a := r.lookAhead(maxLookAhead); !a.whole || a.longest[96] != 96 {
		t.Errorf("%+v", a)
	}
	if _, err := r.Next(); err != nil {
		t.Error(err)
	}
}

// The scan of a regular file has the packets whole, too, and so has what WriteRecords makes of them.
func TestFieldLongRecordsOfScan(t *testing.T) {
	r, err := Open(writeFile(t, longPcap(2000)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := NewWriter(out, WriterOptions{First: &r.Interfaces()[0], Source: r})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Scan(t.Context(), ScanOptions{}, func(_ int, b *Batch) {
		for i := range b.Verdicts {
			b.Verdicts[i] = 1
		}
	}, func(b *Batch) error {
		b.Compact(false)
		return w.WriteRecords(b.Accepted)
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got := trueSnaplen(t, file, 4000); got != 554 {
		t.Errorf("snapshot length %d", got)
	}
}

// A file that stands in the middle of another, and one that only grows at its end.
func TestFieldSnaplenOffsetAndAppend(t *testing.T) {
	path := writeFile(t, []byte("before it "))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(f, WriterOptions{LinkType: 1, Snaplen: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WritePacket(&Packet{Data: make([]byte, 20)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte("before it ")) || native.Uint32(b[10+16:]) != 20 {
		t.Errorf("%v, % x", err, b)
	}
	grows, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer grows.Close()
	r, err := NewReader(io.MultiReader(bytes.NewReader(longPcap(1))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = NewWriter(grows, WriterOptions{First: &r.Interfaces()[0], Source: r}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || len(after) != len(b)+24 || native.Uint32(after[len(b)+16:]) != MaxSnaplen {
		t.Errorf("%v, % x", err, after)
	}
}

// Frame check sequence, time zone and accuracy of a pcap header pass through, and what pcapng has of them.
func TestFieldPcapHeader(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, link := range []uint32{0x24000001, 0x04000001, 0x40000001, 0xfc000001, 1} {
			f := plain
			f.order, f.linktype = order, link
			file := f.header()
			copy(file[8:], order.AppendUint32(nil, 0xffff8f80)) // -28800
			copy(file[12:], order.AppendUint32(nil, 6))
			out := rewrite(t, f.record(file, 1, 2, 4, 4, []byte("data")), Pcap, true, true)
			want := []uint32{0xffff8f80, 6, 65535, link}
			if got := words(out[8:24]); !slices.Equal(got, want) {
				t.Errorf("%v: %x, want %x", order, got, want)
			}
		}
	}
	f := plain
	f.linktype = 0x24000001
	file := f.header()
	copy(file[8:], f.order.AppendUint32(nil, 3600))
	ng := rewrite(t, f.record(file, 1, 2, 4, 4, []byte("data")), Pcapng, true, true)
	back := rewrite(t, ng, Pcap, true, true)
	if got, want := words(back[8:24]), []uint32{3600, 0, 65535, 0x24000001}; !slices.Equal(got, want) {
		t.Errorf("through pcapng: %x, want %x", got, want)
	}
	for value, want := range map[byte]int{32: 4, 4: 4, 16: 2, 0: 0} { // bits, and bytes as some write
		ng := ngInterface(ngSection(nil, binary.BigEndian), binary.BigEndian, 1, 0, ngOption(nil, binary.BigEndian, optionFCSLen, []byte{value}))
		r, err := NewReader(bytes.NewReader(ng))
		if err != nil || r.Interfaces()[0].FCSLen != want {
			t.Errorf("if_fcslen %d: %v, %+v", value, err, r.Interfaces())
		}
	}
}

// words reads 32-bit numbers in the order of this host.
func words(b []byte) (list []uint32) {
	for ; len(b) >= 4; b = b[4:] {
		list = append(list, native.Uint32(b))
	}
	return list
}

// corrections counts how often what was written is corrected.
type corrections struct {
	*os.File
	n int
}

func (c *corrections) WriteAt(b []byte, off int64) (int, error) {
	if len(b) > 0 {
		c.n++
	}
	return c.File.WriteAt(b, off)
}

// In a file where each packet is longer than the one before, the header is not corrected for each.
func TestFieldSnaplenIsNotCorrectedForEver(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dst := &corrections{File: f}
	w, err := NewWriter(dst, WriterOptions{LinkType: 1, Snaplen: 10})
	if err != nil {
		t.Fatal(err)
	}
	for n := 11; n < 3000; n++ {
		if err := w.WritePacket(&Packet{Data: make([]byte, n)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if n == 20 {
			b, err := os.ReadFile(f.Name())
			if err != nil || native.Uint32(b[16:]) != 20 {
				t.Errorf("%v, snapshot length % x", err, b[16:20])
			}
		}
	}
	r, err := Open(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := r.Interfaces()[0].Snaplen; got < 2999 || got > MaxSnaplen || dst.n > 40 {
		t.Errorf("snapshot length %d after %d corrections", got, dst.n)
	}
}
