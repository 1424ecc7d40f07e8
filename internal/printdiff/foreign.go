package main

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"

	"bpfc/capture"
	"bpfc/linktype"
)

// What printers make of packets that are not what they say, or that end early, the captures of protocols seldom show. So payloads of a
// capture, random bytes and small numbers are put behind the number of each protocol that tcpdump prints.

// header makes a frame of a payload behind the number of a protocol.
type header func(number uint16, payload []byte, r *rand.Rand) []byte

// headers are the ways to say what a payload is, and the numbers of protocols that tcpdump prints.
var headers = []struct {
	header  header
	numbers []uint16
}{
	{etherType, []uint16{0x0800, 0x0806, 0x1111, 0x6001, 0x6003, 0x6004, 0x8035, 0x809b, 0x80f3, 0x8100, 0x8137, 0x86dd, 0x8808, 0x8809, 0x880b, 0x8847, 0x8863, 0x8864,
		0x886f, 0x888e, 0x88a2, 0x88a8, 0x88ca, 0x88cc, 0x88e5, 0x88f7, 0x8902, 0x8947, 0x894f, 0x9000, 0xd28b, 0xfefe}},
	{llc, []uint16{0x00, 0x06, 0x42, 0xe0, 0xf0, 0xfa, 0xfe}},
	{ip4, []uint16{1, 2, 4, 6, 8, 9, 17, 33, 41, 46, 47, 50, 51, 55, 59, 77, 88, 89, 103, 108, 112, 113, 132}},
	{ip6, []uint16{0, 1, 4, 6, 17, 33, 41, 43, 44, 46, 47, 50, 51, 58, 59, 60, 88, 89, 103, 108, 112, 113, 132, 135}},
	{udp, []uint16{53, 67, 68, 69, 88, 123, 137, 138, 161, 319, 320, 496, 500, 514, 520, 521, 525, 546, 646, 654, 698, 701, 750, 921, 1589, 1701, 1812, 1813, 1985, 2049, 2103,
		3503, 3784, 3785, 4342, 4500, 4567, 4784, 4789, 4790, 5060, 5353, 5359, 6081, 6343, 6635, 6696, 6784, 7000, 7001, 7002, 7003, 7005, 8231, 8472, 9995, 12222, 12223, 30490}},
	{tcp, []uint16{20, 21, 22, 23, 25, 43, 53, 80, 139, 179, 323, 445, 554, 646, 1723, 2049, 6379, 6633, 6653}},
}

const mostPayload = 300 // bytes

// writeForeign writes a capture with some payloads behind each of these numbers. The same seed gives the same packets.
func writeForeign(from, to string, payloads int, seed uint64) (err error) {
	known, err := payloadsOf(from)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := capture.NewWriter(f, capture.WriterOptions{LinkType: linktype.EN10MB})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for _, h := range headers {
		for _, number := range h.numbers {
			for range payloads {
				data := h.header(number, payload(known, r), r)
				if err := w.WritePacket(&capture.Packet{Data: data, WireLen: uint32(len(data))}); err != nil {
					return err
				}
			}
		}
	}
	return w.Close()
}

// payloadsOf reads what the packets of a capture hold behind headers of Ethernet, IPv4 and UDP, whatever theirs are.
func payloadsOf(file string) (list [][]byte, err error) {
	const headers = 14 + 20 + 8
	c, err := capture.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for {
		p, err := c.Next()
		if err == io.EOF && len(list) == 0 {
			return nil, errors.New("no packet with a payload")
		}
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if n := len(p.Data); n > headers {
			list = append(list, append([]byte(nil), p.Data[headers:min(n, headers+mostPayload)]...))
		}
	}
}

// payload is one of those that are known, random bytes, or bytes that are mostly numbers with a meaning.
func payload(known [][]byte, r *rand.Rand) []byte {
	if r.IntN(2) == 0 {
		return known[r.IntN(len(known))]
	}
	small := [...]byte{0, 0, 0, 1, 2, 4, 8, 255}
	b := make([]byte, r.IntN(60))
	random := r.IntN(2) == 0
	for i := range b {
		if b[i] = byte(r.Uint32()); !random && r.IntN(9) > 0 {
			b[i] = small[r.IntN(len(small))]
		}
	}
	return b
}

func etherType(number uint16, payload []byte, _ *rand.Rand) []byte {
	frame := append([]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, byte(number>>8), byte(number))
	return append(frame, payload...)
}

func llc(number uint16, payload []byte, r *rand.Rand) []byte {
	return etherType(uint16(len(payload)+3), append([]byte{byte(number), byte(number), 3}, payload...), r)
}

func ip4(number uint16, payload []byte, r *rand.Rand) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 1, 0, 0, 64, byte(number), 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+len(payload)))
	return etherType(0x0800, append(h, payload...), r)
}

func ip6(number uint16, payload []byte, r *rand.Rand) []byte {
	h := append([]byte{0x60, 0, 0, 0, 0, 0, byte(number), 64}, make([]byte, 32)...)
	binary.BigEndian.PutUint16(h[4:], uint16(len(payload)))
	h[23], h[39] = 1, 2
	return etherType(0x86dd, append(h, payload...), r)
}

// ports puts the number in the place of one port, and another in that of the other.
func ports(number uint16, r *rand.Rand) []byte {
	const other = 40001
	h := binary.BigEndian.AppendUint16(nil, number)
	if r.IntN(2) == 0 {
		return binary.BigEndian.AppendUint16(h, other)
	}
	return append(binary.BigEndian.AppendUint16(nil, other), h...)
}

func udp(number uint16, payload []byte, r *rand.Rand) []byte {
	h := append(binary.BigEndian.AppendUint16(ports(number, r), uint16(8+len(payload))), 0, 0)
	return ip4(17, append(h, payload...), r)
}

func tcp(number uint16, payload []byte, r *rand.Rand) []byte {
	h := append(ports(number, r), 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0, 100, 0, 0, 0, 0)
	return ip4(6, append(h, payload...), r)
}
