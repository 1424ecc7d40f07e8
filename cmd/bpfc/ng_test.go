package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"testing"
)

// ng builds pcapng files block by block, in either byte order.
type ng struct {
	order binary.AppendByteOrder
	file  []byte
}

func (f *ng) block(kind uint32, body []byte) {
	body = pad(body)
	total := uint32(len(body) + 12)
	f.file = f.order.AppendUint32(f.order.AppendUint32(f.file, kind), total)
	f.file = f.order.AppendUint32(append(f.file, body...), total)
}

func pad(b []byte) []byte { return append(bytes.Clone(b), make([]byte, -len(b)&3)...) }

func (f *ng) option(code uint16, value string) []byte {
	b := f.order.AppendUint16(f.order.AppendUint16(nil, code), uint16(len(value)))
	return append(b, pad([]byte(value))...)
}

// section begins a section, with a comment.
func (f *ng) section(order binary.AppendByteOrder, comment string) {
	f.order = order
	body := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, 0x1a2b3c4d), 1), 0)
	body = order.AppendUint64(body, math.MaxUint64)
	f.block(0x0a0d0d0a, append(append(body, f.option(1, comment)...), f.option(0, "")...))
}

func (f *ng) iface(linktype uint16, snaplen uint32, options ...[]byte) {
	body := f.order.AppendUint16(f.order.AppendUint16(nil, linktype), 0)
	f.block(1, append(f.order.AppendUint32(body, snaplen), bytes.Join(append(options, f.option(0, "")), nil)...))
}

// packet has a time in the units of its interface.
func (f *ng) packet(iface uint32, time uint64, data []byte, options ...[]byte) {
	var body []byte
	for _, v := range []uint32{iface, uint32(time >> 32), uint32(time), uint32(len(data)), uint32(len(data))} {
		body = f.order.AppendUint32(body, v)
	}
	f.block(6, append(append(body, pad(data)...), bytes.Join(options, nil)...))
}

// richCapture is a pcapng file with a bit of everything, for packet data of Ethernet: two sections of both byte orders,
// of three packets each, the middle one different. It gives the file with all packets and that without the middle ones.
func richCapture(usual, middle []byte) (whole, less []byte) {
	make := func(withMiddle bool) []byte {
		f := &ng{}
		for n, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			f.section(order, []string{"first section", "second section"}[n])
			f.iface(1, 65535, f.option(2, "eth7"), f.option(3, "uplink"), f.option(11, "\x00udp"), f.option(13, "\x20"), f.option(1, "its comment"))
			f.block(10, append(order.AppendUint32(order.AppendUint32(nil, 0x544c534b), 7), "SECRETS"...))
			f.block(4, append(order.AppendUint16(order.AppendUint16(nil, 1), 10), "\x0a\x00\x00\x01hosta\x00\x00\x00\x00\x00\x00\x00"...))
			f.packet(0, 1_700_000_000_000_000, usual, f.option(1, "look at this packet"), f.option(2, "\x00\x00\x00\x00"), f.option(0, ""))
			f.block(0xbad, append(order.AppendUint32(nil, 32473), "custom"...))
			if withMiddle {
				f.packet(0, 1_700_000_000_000_001, middle, f.option(1, "not this one"), f.option(0, ""))
			}
			f.packet(0, 1_700_000_000_000_002, usual)
			f.block(5, append(order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 0), 1), 2), f.option(4, "\x01\x00\x00\x00\x00\x00\x00\x00")...))
			f.block(0x12345, []byte("of a kind that nobody knows"))
		}
		return f.file
	}
	return make(true), make(false)
}

// lateTypes is a pcapng file whose second section has another link-layer type and the other byte order.
func lateTypes(t testing.TB) []byte {
	data := build(t)[0]
	f := &ng{}
	f.section(binary.LittleEndian, "Ethernet")
	f.iface(1, 0)
	f.packet(0, 1, data)
	f.section(binary.BigEndian, "IP")
	f.iface(101, 0)
	f.packet(0, 2, data[14:])
	f.packet(0, 3, data[14:])
	return f.file
}

// longPackets is a pcap file that declares a snapshot length of 68 bytes and holds packets of 554, as many short ones first.
func longPackets(t testing.TB, n int) []byte {
	packet := build(t)[0]
	data := append(bytes.Clone(packet), make([]byte, 554-len(packet))...)
	le := binary.LittleEndian
	b := le.AppendUint16(le.AppendUint16(le.AppendUint32(nil, 0xa1b2c3d4), 2), 4)
	for _, v := range []uint32{0, 0, 68, 1} {
		b = le.AppendUint32(b, v)
	}
	for i := range 2 * n {
		p := data
		if i < n {
			p = data[:60]
		}
		for _, v := range []uint32{uint32(i), 0, uint32(len(p)), 554} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, p...)
	}
	return b
}

// longNG is the same as pcapng.
func longNG(t testing.TB, n int) []byte {
	packet := build(t)[0]
	data := append(bytes.Clone(packet), make([]byte, 554-len(packet))...)
	f := &ng{}
	f.section(binary.BigEndian, "declares too little")
	f.iface(1, 68)
	for i := range 2 * n {
		if i < n {
			f.packet(0, uint64(i), data[:60])
		} else {
			f.packet(0, uint64(i), data)
		}
	}
	return f.file
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
