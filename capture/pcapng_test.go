package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"bpfc/linktype"
)

func unixNano(ns int64) time.Time { return time.Unix(0, ns) }

// ngBlock appends a block with the body's bytes padded to four.
func ngBlock(b []byte, order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	body = pad4(bytes.Clone(body), 0)
	b = order.AppendUint32(b, kind)
	b = order.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return order.AppendUint32(b, uint32(len(body)+12))
}

func ngSection(b []byte, order binary.AppendByteOrder) []byte {
	body := order.AppendUint32(nil, ngByteOrderMagic)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	return ngBlock(b, order, blockSection, order.AppendUint64(body, math.MaxUint64))
}

func ngOption(b []byte, order binary.AppendByteOrder, code uint16, value []byte) []byte {
	b = order.AppendUint16(b, code)
	b = order.AppendUint16(b, uint16(len(value)))
	return append(b, pad4(bytes.Clone(value), 0)...)
}

func ngInterface(b []byte, order binary.AppendByteOrder, linktype uint16, snaplen uint32, options []byte) []byte {
	body := order.AppendUint16(nil, linktype)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint32(body, snaplen)
	return ngBlock(b, order, blockInterface, append(body, options...))
}

func ngEnhanced(b []byte, order binary.AppendByteOrder, iface uint32, stamp uint64, wire uint32, data []byte) []byte {
	body := order.AppendUint32(nil, iface)
	for _, v := range []uint32{uint32(stamp >> 32), uint32(stamp), uint32(len(data)), wire} {
		body = order.AppendUint32(body, v)
	}
	return ngBlock(b, order, blockEnhanced, append(body, data...))
}

// ngSample has two sections of different byte order, four interfaces, every
// kind of packet block and blocks that are to be skipped.
func ngSample(order binary.AppendByteOrder) []byte {
	b := ngSection(nil, order)
	b = ngBlock(b, order, 0x0bad, []byte("unknown block"))
	options := ngOption(nil, order, optionName, []byte("eth0"))
	options = ngOption(options, order, optionTsResol, []byte{9})
	options = ngOption(options, order, optionTsOffset, order.AppendUint64(nil, 5))
	options = ngOption(options, order, optionFCSLen, []byte{32})
	options = ngOption(options, order, optionEnd, nil)
	b = ngInterface(b, order, 1, 96, options)
	b = ngInterface(b, order, 276, 0, ngOption(nil, order, optionTsResol, []byte{0x80 | 10}))
	b = ngEnhanced(b, order, 0, 1_000_000_007, 1000, []byte("first packet"))
	b = ngBlock(b, order, blockStats, make([]byte, 20))
	b = ngEnhanced(b, order, 1, 3<<10|512, 100, []byte("second"))
	b = ngBlock(b, order, blockSimple, append(order.AppendUint32(nil, 200), bytes.Repeat([]byte{'s'}, 96)...))
	old := order.AppendUint16(nil, 0)
	old = order.AppendUint16(old, 9)
	for _, v := range []uint32{0, 1, 3, 70} {
		old = order.AppendUint32(old, v)
	}
	b = ngBlock(b, order, blockPacket, append(old, "old"...))
	other := binary.AppendByteOrder(binary.LittleEndian)
	if order == other {
		other = binary.BigEndian
	}
	b = ngSection(b, other)
	b = ngInterface(b, other, 101, 65535, nil)
	return ngEnhanced(b, other, 0, 8, 20, []byte("in the second section"))
}

func ngLong(n int) []byte {
	b := ngInterface(ngSection(nil, binary.LittleEndian), binary.LittleEndian, 1, 0, ngOption(nil, binary.LittleEndian, optionTsResol, []byte{9}))
	for i := range n {
		b = ngEnhanced(b, binary.LittleEndian, 0, uint64(i), uint32(i+50), make([]byte, i%1500))
	}
	return b
}

func TestPcapng(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		r, err := NewReader(bytes.NewReader(ngSample(order)))
		if err != nil {
			t.Fatal(err)
		}
		if link, ok := r.LinkType(); !ok || link != linktype.EN10MB {
			t.Errorf("link-layer type %v, %v", link, ok)
		}
		swapped := (order == binary.BigEndian) != hostIsBigEndian
		packets, err := readAll(r)
		if err != io.EOF {
			t.Fatal(err)
		}
		if r.Swapped() != swapped || r.Format() != Pcapng {
			t.Errorf("swapped %v, format %v", r.Swapped(), r.Format())
		}
		want := []Packet{
			{Data: []byte("first packet"), WireLen: 1000, Interface: 0, Timestamp: 6_000_000_007},
			{Data: []byte("second"), WireLen: 100, Interface: 1, Timestamp: 3_500_000_000},
			{Data: bytes.Repeat([]byte{'s'}, 96), WireLen: 200, Interface: 0},
			{Data: []byte("old"), WireLen: 70, Interface: 0, Timestamp: 5_000_000_001},
			{Data: []byte("in the second section"), WireLen: 20, Interface: 2, Timestamp: 8000},
		}
		if len(packets) != len(want) {
			t.Fatalf("%d packets", len(packets))
		}
		for i, p := range packets {
			w := want[i]
			if !bytes.Equal(p.Data, w.Data) || p.WireLen != w.WireLen || p.Interface != w.Interface || p.Timestamp != w.Timestamp || p.Number != uint64(i+1) {
				t.Errorf("packet %d: %+v, want %+v", i+1, p, w)
			}
		}
		ifaces := r.Interfaces()
		if len(ifaces) != 3 || ifaces[0].Name != "eth0" || ifaces[0].FCSLen != 4 || ifaces[0].Snaplen != 96 || !ifaces[0].NanosecondTimestamps() ||
			ifaces[1].LinkType != 276 || ifaces[1].Snaplen != MaxSnaplen || ifaces[1].NanosecondTimestamps() ||
			ifaces[2].LinkType != linktype.RAW || ifaces[2].Swapped == swapped {
			t.Errorf("%+v", ifaces)
		}
	}
}

func TestPcapngErrors(t *testing.T) {
	le := binary.LittleEndian
	section := ngSection(nil, le)
	described := ngInterface(section, le, 1, 0, nil)
	good := ngEnhanced(described, le, 0, 1, 4, []byte("good"))
	with := func(change func(b []byte)) []byte {
		b := ngEnhanced(bytes.Clone(good), le, 0, 1, 4, []byte("data"))
		change(b[len(good):])
		return b
	}
	tests := []struct {
		name   string
		file   []byte
		kind   ErrorKind
		packet uint64
	}{
		{"block length of 3", with(func(b []byte) { b[4] = 3 }), Corrupt, 2},
		{"block length odd", with(func(b []byte) { b[4]++ }), Corrupt, 2},
		{"trailer differs", with(func(b []byte) { b[len(b)-4]++ }), Corrupt, 2},
		{"unknown interface", with(func(b []byte) { b[8] = 1 }), Corrupt, 2},
		{"caplen past block", with(func(b []byte) { b[20] = 5 }), Corrupt, 2},
		{"caplen too large", with(func(b []byte) { b[23] = 0x7f }), TooLong, 2},
		{"block too large", with(func(b []byte) { b[7] = 0x7f }), TooLong, 2},
		{"packet without interface", ngEnhanced(bytes.Clone(section), le, 0, 0, 0, nil), Corrupt, 1},
		{"packet block too short", ngBlock(bytes.Clone(good), le, blockEnhanced, make([]byte, 16)), Corrupt, 2},
		{"simple packet too short", ngBlock(bytes.Clone(good), le, blockSimple, nil), Corrupt, 2},
		{"unknown block cut", ngBlock(bytes.Clone(good), le, 77, make([]byte, 600_000))[:len(good)+500_000], Truncated, 2},
		{"unknown block, trailer differs", append(ngBlock(bytes.Clone(good), le, 77, nil)[:len(good)+8], 16, 0, 0, 0), Corrupt, 2},
		{"second section's magic", append(bytes.Clone(good), 0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 1, 2, 3, 4), Corrupt, 2},
		{"time resolution", ngInterface(bytes.Clone(good), le, 1, 0, ngOption(nil, le, optionTsResol, []byte{20})), Corrupt, 2},
		{"option past block", ngInterface(bytes.Clone(good), le, 1, 0, []byte{2, 0, 9, 0}), Corrupt, 2},
		{"interface block too short", ngBlock(bytes.Clone(good), le, blockInterface, make([]byte, 4)), Corrupt, 2},
	}
	for _, tt := range tests {
		r, err := NewReader(bytes.NewReader(tt.file))
		if err == nil {
			_, err = readAll(r)
		}
		var fe *FileError
		if !errors.As(err, &fe) || fe.Kind != tt.kind || fe.Packet != tt.packet {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTimestampLimits(t *testing.T) {
	tests := []struct {
		resol  uint8
		offset int64
		in     uint64
		want   int64
	}{
		{6, 0, 1, 1000},
		{0, 0, 2, 2_000_000_000},
		{9, 0, math.MaxInt64, math.MaxInt64},
		{6, 0, math.MaxUint64, math.MaxInt64},
		{9, math.MinInt64, 0, math.MinInt64},
		{9, math.MaxInt64, 0, math.MaxInt64},
		{19, 0, math.MaxUint64, 1_844_674_407},
		{0x80 | 63, 0, 1 << 62, 500_000_000},
		{0x80, 0, 7, 7_000_000_000},
		{3, -1, 1, -999_000_000},
	}
	for _, tt := range tests {
		i := Interface{tsResol: tt.resol, tsOffset: tt.offset}
		if got := i.nanoseconds(tt.in); got != tt.want && !(tt.want == math.MaxInt64 && got > math.MaxInt64-2e9) {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

func TestPcapngRoundTrip(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter(&file, WriterOptions{Format: Pcapng, LinkType: 1, Snaplen: 500, Name: "eth0"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.AddInterface(Interface{LinkType: 276, Snaplen: 7, Name: "any", Description: "all of them"})
	if err != nil || second != 1 {
		t.Fatal(second, err)
	}
	for i := range 300 {
		p := Packet{Data: bytes.Repeat([]byte{1}, i), WireLen: uint32(2 * i), Interface: i % 2, Timestamp: int64(i) * 1e12}
		if err := w.WritePacket(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.WriteStats(1, time.Unix(5, 0), 300, 2), w.Flush()); err != nil {
		t.Fatal(err)
	}
	if w.WritePacket(&Packet{Interface: 2}) == nil {
		t.Error("an unknown interface was taken")
	}
	if w.Size() != int64(file.Len()) {
		t.Errorf("size %d, %d bytes", w.Size(), file.Len())
	}
	r, err := NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	packets, err := readAll(r)
	if err != io.EOF || len(packets) != 300 {
		t.Fatal(len(packets), err)
	}
	for i, p := range packets {
		if len(p.Data) != i || p.WireLen != uint32(2*i) || p.Interface != i%2 || p.Timestamp != int64(i)*1e12 {
			t.Fatalf("packet %d: %+v", i, p)
		}
	}
	if i := r.Interfaces()[1]; i.Name != "any" || i.Description != "all of them" || i.LinkType != 276 || i.Snaplen != 7 {
		t.Errorf("%+v", i)
	}
}
