package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"bpfc/linktype"
)

// ngMixed is a file of many windows in which everything happens that pcapng has: sections of both byte orders, interfaces
// between packets, packet blocks of three kinds, blocks longer than a window, packets that a reader has to change.
func ngMixed(r *rand.Rand) []byte {
	var b []byte
	for range 12 {
		order := binary.AppendByteOrder(binary.LittleEndian)
		if r.IntN(2) == 0 {
			order = binary.BigEndian
		}
		b = append(b, ngRich(order)...)
		b = ngInterface(ngSection(b, order), order, 1, uint32(r.IntN(2)*500), nil)
		for k := range 60 {
			data := make([]byte, r.IntN(700))
			switch {
			case k == 30:
				b = ngInterface(b, order, uint16(linktype.NFLOG), 0, ngOption(nil, order, optionTsResol, []byte{byte(r.IntN(12))}))
			case k == 40 && r.IntN(2) == 0:
				b = ngBlock(b, order, 0x0bad, make([]byte, r.IntN(30_000)))
			case k%11 == 5:
				b = ngBlock(b, order, blockSimple, append(order.AppendUint32(nil, uint32(len(data))), data...))
			}
			b = ngEnhanced(b, order, uint32(k/31), r.Uint64()>>uint(r.IntN(30)), uint32(len(data)+k), data)
		}
	}
	return b
}

// harm changes a few bytes of a file, or cuts it off.
func harm(r *rand.Rand, file []byte) []byte {
	file = bytes.Clone(file)
	switch r.IntN(3) {
	case 0:
		return file[:r.IntN(len(file))]
	case 1:
		at := r.IntN(len(file)-4) &^ 3
		binary.LittleEndian.PutUint32(file[at:], []uint32{0, 1, 3, 6, 12, 40, 1 << 20, 1 << 31, blockSection, ngByteOrderMagic}[r.IntN(10)])
	case 2:
		file[r.IntN(len(file))] ^= byte(1 << r.IntN(8))
	}
	return file
}

// Whatever a pcapng file is like, many windows at a time give what one packet after the other gives, errors too, and a copy
// that is made of them is the same.
func TestBlocksInParallel(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 3))
	rounds := 150
	if testing.Short() {
		rounds = 20
	}
	for round := range rounds {
		file := ngMixed(random)
		for range round % 4 {
			file = harm(random, file)
		}
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			continue
		}
		want, wantErr := readAll(r)
		compareScan(t, file, want, wantErr)
		keep := func(p *Packet) bool { return p.Number%3 != 1 }
		var serial, parallel bytes.Buffer
		path := writeFile(t, file)
		if r, err = Open(path); err != nil {
			t.Fatal(err)
		}
		wantErr = copyOf(r, &serial, keep)
		q, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		err = copyBatches(q, &parallel, ScanOptions{Workers: 1 + round%3, Window: []int{minWindow, 50_000}[round%2]}, keep)
		if !bytes.Equal(serial.Bytes(), parallel.Bytes()) || !sameError(err, wantErr) || r.TimesOutOfRange() != q.TimesOutOfRange() {
			t.Fatalf("round %d: copied %d bytes and %v, want %d and %v; %d and %d odd times", round, parallel.Len(), err, serial.Len(), wantErr,
				q.TimesOutOfRange(), r.TimesOutOfRange())
		}
		if err := errors.Join(r.Close(), q.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// copyBatches copies what keep says of a file, many windows at a time.
func copyBatches(r *Reader, dst io.Writer, o ScanOptions, keep func(p *Packet) bool) error {
	c, err := NewCopier(dst, r.CopyOptions(true))
	if err != nil {
		return err
	}
	o.CopiesBlocks = c.TakesBlocks()
	err = r.Scan(context.Background(), o, func(_ int, b *Batch) {
		for i := range b.Records {
			p := b.Packet(i)
			b.Verdicts[i] = 0
			if keep(&p) {
				b.Verdicts[i] = 1
			}
		}
	}, func(b *Batch) error {
		_, err := c.CopyBatch(b)
		return err
	})
	return errors.Join(err, c.Flush())
}

// Packets of pcapng that are written as pcap are those that the writer makes of one after the other, up to the first of
// another link-layer type.
func TestBlocksToPcap(t *testing.T) {
	file := ngLong(3000)
	file = ngInterface(file, binary.LittleEndian, 101, 0, nil)
	file = ngBlock(file, binary.LittleEndian, blockSimple, append(binary.LittleEndian.AppendUint32(nil, 9), "nine more"...))
	mixed := ngEnhanced(bytes.Clone(file), binary.LittleEndian, 1, 5, 9, []byte("other one"))
	mixed = ngEnhanced(mixed, binary.LittleEndian, 0, 5, 9, []byte("too late"))
	for name, file := range map[string][]byte{"one type": file, "two types": mixed} {
		var want, got bytes.Buffer
		r, err := Open(writeFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		one, err := NewCopier(&want, WriterOptions{First: &Interface{LinkType: linktype.EN10MB, Snaplen: MaxSnaplen, FCSLen: -1}, Nanosecond: true})
		if err != nil {
			t.Fatal(err)
		}
		var wantErr error
		for p, err := range r.Packets(context.Background()) {
			if err == nil {
				err = one.Copy(p, &r.Interfaces()[p.Interface])
			}
			if wantErr = err; err != nil {
				break
			}
		}
		again, err := Open(writeFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		c, err := NewCopier(&got, WriterOptions{First: &Interface{LinkType: linktype.EN10MB, Snaplen: MaxSnaplen, FCSLen: -1}, Nanosecond: true})
		if err != nil {
			t.Fatal(err)
		}
		err = again.Scan(context.Background(), ScanOptions{Window: minWindow, Workers: 2}, func(_ int, b *Batch) {
			for i := range b.Verdicts {
				b.Verdicts[i] = 1
			}
		}, func(b *Batch) error {
			_, err := c.CopyBatch(b)
			return err
		})
		if errors.Join(one.Close(), c.Close()) != nil || !bytes.Equal(want.Bytes(), got.Bytes()) || (err == nil) != (wantErr == nil) ||
			err != nil && err.Error() != wantErr.Error() || (wantErr != nil) != (name == "two types") {
			t.Errorf("%s: %d bytes and %v, want %d and %v", name, got.Len(), err, want.Len(), wantErr)
		}
	}
}
