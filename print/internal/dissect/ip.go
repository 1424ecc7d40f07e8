package dissect

import "math/bits"

// Stations are the hardware addresses of a frame; nil where there are none.
type Stations struct{ Src, Dst []byte }

// IPHeader is what the protocols inside need of the IP header: addresses for
// their first words and for the checksum.
type IPHeader struct {
	Version  int
	Src, Dst []byte // 4 or 16 bytes
	Protocol int    // of the header that names the addresses
	Fragment bool   // part of a fragmented packet
	Known    bool   // that addresses are to be printed before ports
	TTL      int
}

// NewIPHeader gives room for a header, which is valid while the packet is printed.
func (d *Context) NewIPHeader() *IPHeader {
	if d.headersUsed == len(d.headers) {
		return new(IPHeader)
	}
	d.headersUsed++
	return &d.headers[d.headersUsed-1]
}

// Checksum adds bytes to the ones' complement sum of RFC 1071 and returns its
// complement: 0 for a message with the right checksum in it.
func Checksum(sum uint32, b []byte) int {
	for len(b) >= 2 {
		sum += uint32(b[0])<<8 | uint32(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return int(^sum & 0xffff)
}

// Expected gives the checksum that would have been right, from the one found
// and what checksum said of the message with it.
func Expected(found, sum int) int {
	should := found + sum // both are complements: add, end-around
	return should>>16 + should&0xffff
}

// Verify prints one of two texts, for a message with the right checksum in it and for one with another: a format of what was found and
// what would be right.
func (d *Context) Verify(sum uint32, b []byte, found int, right, wrong string) {
	if bad := Checksum(sum, b); bad != 0 {
		d.Printf(wrong, found, Expected(found, bad))
	} else {
		d.Print(right)
	}
}

// PseudoHeader is the sum of the addresses, protocol and length that TCP, UDP
// and ICMPv6 include in their checksum.
func (h *IPHeader) PseudoHeader(protocol, length int) uint32 {
	sum := uint32(protocol) + uint32(length)>>16 + uint32(length)&0xffff
	for _, b := range [][]byte{h.Src, h.Dst} {
		for i := 0; i+1 < len(b); i += 2 {
			sum += uint32(b[i])<<8 | uint32(b[i+1])
		}
	}
	return sum
}

// IsMask tells whether a mask that begins with some ones has no others.
func IsMask(mask []byte, ones int) bool {
	for _, b := range mask {
		ones -= bits.OnesCount8(b)
	}
	return ones == 0
}

// MaskBits counts the ones a mask begins with.
func MaskBits(mask []byte) int {
	for i, b := range mask {
		if b != 0xff {
			return 8*i + bits.LeadingZeros8(^b)
		}
	}
	return 8 * len(mask)
}
