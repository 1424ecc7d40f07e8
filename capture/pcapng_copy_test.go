package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"bpfc/linktype"
)

// ngRich is a pcapng file with everything that a copy has to keep: options of the section and of its interfaces,
// names, secrets, statistics, custom and unknown blocks before, between and behind its four packets, which have
// comments and flags, in blocks of the three kinds; then a section of the other byte order with one packet more.
func ngRich(order binary.AppendByteOrder) []byte {
	section := func(order binary.AppendByteOrder, comment string) []byte {
		body := order.AppendUint32(nil, ngByteOrderMagic)
		body = order.AppendUint16(body, 1)
		body = order.AppendUint16(body, 0)
		body = order.AppendUint64(body, math.MaxUint64)
		body = ngOption(body, order, 1, []byte(comment))
		return ngBlock(nil, order, blockSection, ngOption(body, order, optionEnd, nil))
	}
	b := section(order, "made by hand")
	b = ngBlock(b, order, 0x0bad, []byte("custom block before the interfaces"))
	options := ngOption(nil, order, optionName, []byte("eth7"))
	options = ngOption(options, order, 1, []byte("a comment on it"))
	options = ngOption(options, order, 11, []byte("\x00udp"))
	options = ngOption(options, order, 2988, []byte("custom option"))
	b = ngInterface(b, order, 1, 96, ngOption(options, order, optionEnd, nil))
	b = ngInterface(b, order, uint16(linktype.NFLOG), 0, ngOption(nil, order, optionTsResol, []byte{0}))
	b = ngBlock(b, order, blockSecrets, []byte("TLSK....CLIENT_RANDOM"))
	b = ngBlock(b, order, blockNames, []byte("host names"))
	packet := ngEnhanced(nil, order, 0, 7, 1000, []byte("one with opts")) // 13 bytes, padded
	withOptions := ngOption(bytes.Clone(packet[8:len(packet)-4]), order, 1, []byte("look at this one"))
	withOptions = ngOption(withOptions, order, 2, order.AppendUint32(nil, 1))
	b = ngBlock(b, order, blockEnhanced, ngOption(withOptions, order, optionEnd, nil))
	b = ngBlock(b, order, 0x7fffffff, []byte("nobody knows"))
	header := order.AppendUint16([]byte{2, 0, 0, 1}, 8)                                                           // of NFLOG: a TLV of 8 bytes, in the file's order
	b = ngEnhanced(b, order, 1, math.MaxUint64, 12, append(order.AppendUint16(header, 1), []byte{1, 2, 3, 4}...)) // at a time far away
	b = ngBlock(b, order, blockSimple, append(order.AppendUint32(nil, 200), bytes.Repeat([]byte{'s'}, 96)...))
	old := order.AppendUint16(order.AppendUint16(nil, 0), 9)
	for _, v := range []uint32{0, 1, 3, 70} {
		old = order.AppendUint32(old, v)
	}
	b = ngBlock(b, order, blockPacket, append(old, "old"...))
	b = ngBlock(b, order, blockStats, order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 0), 0), 9))
	other := otherOrder(order)
	b = append(b, section(other, "the other way round")...)
	b = ngInterface(b, other, 101, 65535, nil)
	b = ngEnhanced(b, other, 0, 8, 20, []byte("in the second section"))
	return ngBlock(b, other, 0x40000bad, []byte("at the end"))
}

func otherOrder(order binary.AppendByteOrder) binary.AppendByteOrder {
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// blocksOf takes a pcapng file apart.
func blocksOf(t *testing.T, file []byte) (blocks [][]byte) {
	t.Helper()
	order := binary.ByteOrder(binary.LittleEndian)
	for at := 0; at < len(file); {
		if binary.BigEndian.Uint32(file[at:]) == blockSection {
			order = byteOrder(binary.BigEndian.Uint32(file[at+8:]) == ngByteOrderMagic)
		}
		total := int(order.Uint32(file[at+4:]))
		if total < 12 || at+total > len(file) {
			t.Fatalf("block of %d bytes at %d of %d", total, at, len(file))
		}
		blocks = append(blocks, file[at:at+total])
		at += total
	}
	return blocks
}

// copyOf copies what keep says of a file.
func copyOf(r *Reader, dst io.Writer, keep func(p *Packet) bool) error {
	w, err := r.NewCopy(dst)
	if err != nil {
		return err
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return w.Flush()
		}
		if err == nil && keep(p) {
			err = w.CopyPacket(p)
		}
		if err != nil {
			return errors.Join(err, w.Flush())
		}
	}
}

func all(*Packet) bool { return true }

// A copy with all packets is the file; without some it is the file without their blocks.
func TestFieldCopyKeepsEverything(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := ngRich(order)
		for name, keep := range map[string]func(*Packet) bool{
			"all": all, "none": func(*Packet) bool { return false }, "odd": func(p *Packet) bool { return p.Number%2 == 1 },
		} {
			var want []byte
			var number uint64
			blocks := blocksOf(t, file)
			inOrder := binary.ByteOrder(order.(binary.ByteOrder))
			for i, b := range blocks {
				if i > 0 && binary.BigEndian.Uint32(b) == blockSection {
					inOrder = otherOrder(order).(binary.ByteOrder)
				}
				if isPacketBlock(inOrder.Uint32(b)) {
					number++
					if !keep(&Packet{Number: number}) {
						continue
					}
				}
				want = append(want, b...)
			}
			if number != 5 {
				t.Fatalf("%d packets", number)
			}
			r, err := NewReader(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := copyOf(r, &got, keep); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%v, %s: %d bytes, want %d\n% x\n% x", order, name, got.Len(), len(want), got.Bytes(), want)
			}
		}
	}
}

// The packet is delivered as filters see it, in the byte order of this host, while its block stays as it is.
func TestFieldCopyOfSwappedHeader(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		r, err := NewReader(bytes.NewReader(ngRich(order)))
		if err != nil {
			t.Fatal(err)
		}
		packets, err := readAll(r)
		if err != io.EOF {
			t.Fatal(err)
		}
		if got := native.Uint16(packets[1].Data[4:]); got != 8 {
			t.Errorf("%v: TLV of %d bytes", order, got)
		}
		if r.TimesOutOfRange() != 1 || packets[1].Timestamp != math.MaxInt64 {
			t.Errorf("%d times out of range, %d", r.TimesOutOfRange(), packets[1].Timestamp)
		}
	}
}

// The length of a section is not known before its end.
func TestFieldCopySectionLength(t *testing.T) {
	le := binary.LittleEndian
	section := ngSection(nil, le)
	packets := ngEnhanced(ngInterface(nil, le, 1, 0, nil), le, 0, 1, 4, []byte("data"))
	le.PutUint64(section[16:], uint64(len(packets)))
	r, err := NewReader(bytes.NewReader(append(section, packets...)))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := copyOf(r, &got, all); err != nil {
		t.Fatal(err)
	}
	if want := append(ngSection(nil, le), packets...); !bytes.Equal(got.Bytes(), want) {
		t.Errorf("% x\n% x", got.Bytes(), want)
	}
}

// A copy that begins in the middle has what the section told before.
func TestFieldCopyFromTheMiddle(t *testing.T) {
	file := ngRich(binary.LittleEndian)
	blocks := blocksOf(t, file)
	// section, custom, two interfaces, secrets, names, and the packets from the second on
	want := bytes.Join(blocks[:6], nil)
	want = append(want, bytes.Join(blocks[8:], nil)...)
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	p, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w, err := r.NewCopy(&got)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		if err = w.CopyPacket(p); err == nil {
			p, err = r.Next()
		}
	}
	if err != io.EOF || w.Flush() != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%v, %d bytes, want %d", err, got.Len(), len(want))
	}
}

// A simple packet block is as long as the snapshot length says. Where that has changed, it cannot stay one.
func TestFieldCopySimplePackets(t *testing.T) {
	le := binary.LittleEndian
	head := ngInterface(ngSection(nil, le), le, 1, 8, nil)
	cut := func(b []byte) []byte {
		return ngBlock(b, le, blockSimple, append(le.AppendUint32(nil, 100), "12345678"...))
	}
	long := func(b []byte) []byte { return ngEnhanced(b, le, 0, 5, 16, []byte("sixteen bytes...")) }
	read := func(file []byte) ([]Packet, error) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		packets, err := readAll(r)
		if err == io.EOF {
			err = nil
		}
		return packets, err
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, dst := range []io.Writer{out, &bytes.Buffer{}} {
		file := cut(long(bytes.Clone(head)))
		r, err := Open(writeFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := copyOf(r, dst, all); err != nil {
			t.Fatal(err)
		}
		r.Close()
		var got []byte
		if dst == out {
			got, _ = os.ReadFile(out.Name())
		} else {
			got = dst.(*bytes.Buffer).Bytes()
		}
		packets, err := read(got)
		if err != nil || len(packets) != 2 || string(packets[1].Data) != "12345678" || packets[1].WireLen != 100 || len(packets[0].Data) != 16 {
			t.Errorf("%v, %+v", err, packets)
		}
	}
	// The other way round the file contradicts itself: an error, and what was written can be read.
	if err := out.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(long(cut(bytes.Clone(head)))))
	if err != nil {
		t.Fatal(err)
	}
	err = copyOf(r, out, all)
	var fe *FileError
	if !errors.As(err, &fe) || fe.Kind != Corrupt || fe.Packet != 2 {
		t.Errorf("%v", err)
	}
	got, _ := os.ReadFile(out.Name())
	if packets, err := read(got); err != nil || len(packets) != 1 || string(packets[0].Data) != "12345678" {
		t.Errorf("%v, %+v", err, packets)
	}
	// A simple packet longer than the snapshot length is read as far as its block goes.
	packets, err := read(ngBlock(bytes.Clone(head), le, blockSimple, append(le.AppendUint32(nil, 14), "fourteen bytes"...)))
	if err != nil || len(packets) != 1 || string(packets[0].Data) != "fourteen bytes" {
		t.Errorf("%v, %+v", err, packets)
	}
}

// Damage ends a copy with an error that names its place; what was copied before can be read.
func TestFieldCopyOfDamagedFile(t *testing.T) {
	le := binary.LittleEndian
	good := ngRich(le)
	for name, file := range map[string][]byte{
		"cut in a packet":         good[:len(good)-60],
		"cut in a block":          good[:len(good)-2],
		"block too long to keep":  ngBlock(bytes.Clone(good), binary.BigEndian, 77, make([]byte, ngMaxOtherBlock)),
		"block that claims to be": append(bytes.Clone(good), 0, 0, 0, 77, 0x7f, 0xff, 0xff, 0xf0, 1, 2, 3, 4),
		"lengths that differ":     append(ngBlock(bytes.Clone(good), binary.BigEndian, 77, nil)[:len(good)+8], 0, 0, 0, 16),
		"interface without body":  ngBlock(bytes.Clone(good), binary.BigEndian, blockInterface, nil),
		"section of version 9":    ngBlock(bytes.Clone(good), le, blockSection, append(le.AppendUint32(nil, ngByteOrderMagic), make([]byte, 12)...)),
	} {
		r, err := Open(writeFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		err = copyOf(r, &got, all)
		var fe *FileError
		if !errors.As(err, &fe) || fe.File == "" || fe.Packet == 0 || fe.Offset == 0 || len(r.w.buf) > 4*windowSize {
			t.Errorf("%s: %v, buffer of %d bytes", name, err, len(r.w.buf))
		}
		r.Close()
		if !bytes.HasPrefix(good, got.Bytes()) || got.Len() < len(good)-120 {
			t.Errorf("%s: %d bytes of %d", name, got.Len(), len(good))
		}
		blocksOf(t, got.Bytes())
	}
}

// What describes a section is kept up to a limit, for a copy; reading goes on beyond it.
func TestFieldCopyHeadIsBounded(t *testing.T) {
	le := binary.LittleEndian
	file := ngSection(nil, le)
	for range 9 {
		file = ngBlock(file, le, blockSecrets, make([]byte, 2<<20))
	}
	file = ngEnhanced(ngInterface(file, le, 1, 0, nil), le, 0, 1, 4, []byte("data"))
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.NewCopy(io.Discard); err == nil {
		t.Error("copied")
	}
	packets, err := readAll(r)
	if err != io.EOF || len(packets) != 1 || len(r.ng.head.blocks) > ngMaxHead {
		t.Errorf("%d packets, %v, %d bytes kept", len(packets), err, len(r.ng.head.blocks))
	}
}

// A copy takes the packets of its source only, and a pcap file has no blocks to copy.
func TestFieldCopyMisused(t *testing.T) {
	r, err := NewReader(bytes.NewReader(ngRich(binary.LittleEndian)))
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.NewCopy(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.AddInterface(Interface{})
	if err == nil || w.WritePacket(&Packet{}) == nil || w.CopyPacket(&Packet{}) == nil || w.WriteStats(0, unixNano(0), 1, 1) == nil {
		t.Error("a copy took what is not its source's")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if packets, err := readAll(r); err != io.EOF || len(packets) != 5 {
		t.Errorf("after the copy was closed: %d packets, %v", len(packets), err)
	}
	pcap, err := NewReader(bytes.NewReader(sample(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pcap.NewCopy(io.Discard); err == nil {
		t.Error("a pcap file was copied")
	}
}

// Before a copy waits for more, all that is known has been written.
func TestFieldCopyOfSlowStream(t *testing.T) {
	file := ngBlock(ngLong(100), binary.LittleEndian, blockStats, make([]byte, 12))
	stream, feed := io.Pipe()
	go func() {
		feed.Write(file[:len(file)/2])
		feed.Write(file[len(file)/2:])
		feed.Close()
	}()
	r, err := NewReader(stream)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w, err := r.NewCopy(&got)
	if err != nil {
		t.Fatal(err)
	}
	waited := 0
	r.BeforeWait(func() {
		waited++
		if err := w.Flush(); err != nil {
			t.Error(err)
		}
		if known := r.Offset(); int64(got.Len()) != known {
			t.Errorf("%d bytes of %d that were read are written", got.Len(), known)
		}
	})
	for err == nil {
		var p *Packet
		if p, err = r.Next(); err == nil {
			err = w.CopyPacket(p)
		}
	}
	if err != io.EOF || waited < 2 || w.Close() != nil || !bytes.Equal(got.Bytes(), file) {
		t.Errorf("%v, waited %d times, %d bytes of %d", err, waited, got.Len(), len(file))
	}
}

// What cannot be written ends the reading, with the reason.
func TestFieldCopyToFullDisk(t *testing.T) {
	r, err := NewReader(bytes.NewReader(ngLong(3000)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := copyOf(r, &fullDisk{f, 700_000}, all); err == nil {
		t.Fatal("no error")
	}
	out, err := Open(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if packets, err := readAll(out); err != io.EOF || len(packets) < 100 {
		t.Errorf("%d packets, %v", len(packets), err)
	}
}

// Interfaces that come late are found in a file, and in what has arrived of a stream.
func TestFieldAllInterfaces(t *testing.T) {
	file := ngRich(binary.BigEndian)
	fromDisk, err := Open(writeFile(t, file))
	if err != nil {
		t.Fatal(err)
	}
	defer fromDisk.Close()
	fromMemory, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	fromStream, err := NewReader(io.MultiReader(bytes.NewReader(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		r        *Reader
		complete bool
	}{{fromDisk, true}, {fromMemory, true}, {fromStream, false}} {
		list, complete := tt.r.AllInterfaces()
		if len(list) != 3 || complete != tt.complete || len(tt.r.Interfaces()) == 3 {
			t.Errorf("%d interfaces, %v", len(list), complete)
		}
		if packets, err := readAll(tt.r); len(packets) != 5 || err != io.EOF {
			t.Errorf("%d packets, %v", len(packets), err)
		}
	}
}

// Times that pcap or 64 bits of nanoseconds cannot hold are counted.
func TestFieldTimesOutOfRange(t *testing.T) {
	w, err := NewWriter(io.Discard, WriterOptions{LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	ng, err := NewWriter(io.Discard, WriterOptions{Format: Pcapng, LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		time           int64
		inPcap, inNext uint64
	}{{0, 0, 0}, {-1, 1, 1}, {1<<32*1e9 - 1, 1, 1}, {1 << 32 * 1e9, 2, 1}, {math.MaxInt64, 3, 1}, {math.MinInt64, 4, 2}} {
		if err := errors.Join(w.WritePacket(&Packet{Timestamp: tt.time}), ng.WritePacket(&Packet{Timestamp: tt.time})); err != nil {
			t.Fatal(err)
		}
		if w.TimesOutOfRange() != tt.inPcap || ng.TimesOutOfRange() != tt.inNext {
			t.Errorf("after %d: %d in pcap, %d in pcapng", tt.time, w.TimesOutOfRange(), ng.TimesOutOfRange())
		}
	}
}

// A scan gives the times that pcap could not hold.
func TestFieldScanOfLateTimes(t *testing.T) {
	le := binary.LittleEndian
	file := ngInterface(ngSection(nil, le), le, 1, 0, ngOption(nil, le, optionTsResol, []byte{9}))
	file = ngEnhanced(file, le, 0, 5_000_000_000_000_000_007, 4, []byte("2128"))
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	packets, err := scanAll(t, r, ScanOptions{Workers: 1})
	if err != nil || len(packets) != 1 || packets[0].Timestamp != 5_000_000_000_000_000_007 {
		t.Errorf("%v, %+v", err, packets)
	}
}

// A copy may be closed while its reader waits, as an interrupt does; what comes then is not written any more.
func TestFieldCopyClosedWhileReading(t *testing.T) {
	file := ngLong(2000)
	stream, feed := io.Pipe()
	r, err := func() (*Reader, error) {
		go func() { feed.Write(file[:len(file)/2]) }()
		return NewReader(stream)
	}()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w, err := r.NewCopy(&got)
	if err != nil {
		t.Fatal(err)
	}
	waits, ended := make(chan bool, 1000), make(chan error)
	r.BeforeWait(func() {
		select {
		case waits <- true:
		default:
		}
	})
	go func() {
		var err error
		for err == nil {
			var p *Packet
			if p, err = r.Next(); err == nil {
				err = w.CopyPacket(p)
			}
		}
		ended <- err
	}()
	<-waits
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	length := got.Len()
	go func() {
		feed.Write(file[len(file)/2:])
		feed.Close()
	}()
	if err := <-ended; err != ErrClosed && err != io.EOF {
		t.Error(err)
	}
	blocksOf(t, got.Bytes())
	if got.Len() != length || !bytes.HasPrefix(file, got.Bytes()) {
		t.Errorf("%d bytes, %d when it was closed", got.Len(), length)
	}
}
