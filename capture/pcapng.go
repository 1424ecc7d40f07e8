package capture

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"bpfc/linktype"
)

// Block types of pcapng.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockNames     = 4
	blockStats     = 5
	blockEnhanced  = 6
	blockSecrets   = 10
)

const (
	ngByteOrderMagic = 0x1a2b3c4d
	ngBlockOverhead  = 12       // type, total length before and after the body
	ngMaxOtherBlock  = 16 << 20 // bytes of a block that holds no packet, where it is not skipped; as in libpcap
	ngMaxOptions     = 1 << 17  // bytes of options behind a packet
	ngMaxInterfaces  = 1 << 14  // interfaces of all sections of a file
	ngMaxName        = 256      // bytes kept of an interface's name
)

// Options of an Interface Description Block.
const (
	optionEnd         = 0
	optionName        = 2
	optionDescription = 3
	optionTsResol     = 9
	optionTimeZone    = 10
	optionFCSLen      = 13
	optionTsOffset    = 14
)

// pcapngState is where in a pcapng file the reader is.
type pcapngState struct {
	bigEndian    bool
	firstSwapped bool
	firstIface   int    // index in Reader.ifaces of the section's interface 0
	maxCaplen    uint32 // largest captured length among the section's interfaces
	head         sectionHead
	copy         *Writer // gets the blocks that hold no packet; nil for nobody
	swapped      []byte  // the packet, where its pseudoheader had to be changed
}

// block is a block's place and header; whole and body, which is what stands
// between the two total lengths, only where it was read as a whole.
type block struct {
	offset int64
	kind   uint32
	total  uint32 // bytes, with both lengths
	whole  []byte
	body   []byte
}

func isPcapngMagic(b []byte) bool { return binary.BigEndian.Uint32(b) == blockSection }

// startPcapng reads up to the first interface, so that the link-layer type is
// known before the first packet.
func (r *Reader) startPcapng() error {
	r.format = Pcapng
	first := true
	for len(r.ifaces) == 0 {
		b, err := r.blockHeader()
		if err != nil {
			if first {
				return err
			}
			r.err = err // a file without interfaces: Next tells
			return nil
		}
		if isPacketBlock(b.kind) {
			return nil
		}
		if err := r.otherBlock(&b); err != nil {
			return err
		}
		if first {
			first = false
			r.ng.firstSwapped = r.ng.bigEndian != hostIsBigEndian
		}
	}
	return nil
}

func isPacketBlock(kind uint32) bool {
	return kind == blockEnhanced || kind == blockSimple || kind == blockPacket
}

// nextPcapng reads blocks up to and with the next packet.
func (r *Reader) nextPcapng() (*Packet, error) {
	for {
		if len(r.over) > 0 {
			if err := r.overDue(); err != nil {
				return nil, err
			}
		}
		b, err := r.blockHeader()
		if err != nil {
			return nil, err
		}
		if isPacketBlock(b.kind) {
			return r.packetBlock(&b)
		}
		if err := r.otherBlock(&b); err != nil {
			return nil, err
		}
	}
}

// ngError makes an error about the packet that would come next.
func (r *Reader) ngError(offset int64, kind ErrorKind, format string, args ...any) *FileError {
	return ngErrorAt(r.packet.Number+1, offset, kind, format, args...)
}

func ngErrorAt(number uint64, offset int64, kind ErrorKind, format string, args ...any) *FileError {
	return &FileError{Packet: number, Offset: offset, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// about says which part of the file the error is about.
func (e *FileError) about(part string, got, want uint32) *FileError {
	e.Part, e.Got, e.Want = part, uint64(got), uint64(want)
	return e
}

// blockHeader looks at the next block's type and total length.
func (r *Reader) blockHeader() (block, error) {
	offset := r.w.offset
	h := r.w.peek(8)
	if len(h) < 8 {
		return block{offset: offset}, r.cut(r.packet.Number+1, offset, "block header", len(h), 8)
	}
	if binary.LittleEndian.Uint32(h) == blockSection {
		if h = r.w.peek(12); len(h) < 12 {
			return block{offset: offset}, r.cut(r.packet.Number+1, offset, "section header", len(h), 12)
		}
	}
	return r.headerOf(h, offset)
}

// headerOf takes the header of a block apart: its first 8 bytes, of a section header 12. A section header may change the
// byte order, and does it here since its own length is written in it.
func (r *Reader) headerOf(h []byte, offset int64) (block, error) {
	b := block{offset: offset, kind: ngU32(h, r.ng.bigEndian)}
	if b.kind == blockSection {
		switch {
		case binary.LittleEndian.Uint32(h[8:]) == ngByteOrderMagic:
			r.ng.bigEndian = false
		case binary.BigEndian.Uint32(h[8:]) == ngByteOrderMagic:
			r.ng.bigEndian = true
		default:
			return b, r.ngError(b.offset, Corrupt, "section header with the byte-order magic % x", h[8:12])
		}
	}
	b.total = ngU32(h[4:], r.ng.bigEndian)
	if b.total < ngBlockOverhead || b.total%4 != 0 {
		return b, r.ngError(b.offset, Corrupt,
			"block length of %d bytes; it must be a multiple of 4 and at least %d", b.total, ngBlockOverhead).
			about("block length", b.total, ngBlockOverhead)
	}
	return b, nil
}

// ngU32 reads 32 bits in the byte order of a section.
func ngU32(b []byte, bigEndian bool) uint32 {
	if bigEndian {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// readBlock reads a whole block of at most limit bytes and consumes it. The
// body is valid until the next read.
func (r *Reader) readBlock(b *block, limit uint32) error {
	if err := r.checkLength(b, limit); err != nil {
		return err
	}
	whole := r.w.peek(int(b.total))
	if len(whole) < int(b.total) {
		return r.cut(r.packet.Number+1, b.offset, "block", len(whole), int(b.total))
	}
	r.w.skip(len(whole))
	b.whole, b.body = whole, whole[8:len(whole)-4]
	return r.checkTrailer(b, whole[len(whole)-4:])
}

// checkLength refuses a block of more than limit bytes.
func (r *Reader) checkLength(b *block, limit uint32) error {
	if b.total > limit {
		return r.ngError(b.offset, TooLong, "block of %d bytes, above the maximum of %d", b.total, limit)
	}
	return nil
}

func (r *Reader) checkTrailer(b *block, trailer []byte) error {
	if again := ngU32(trailer, r.ng.bigEndian); again != b.total {
		return differentTrailer(r.packet.Number+1, b.offset, b.total, again)
	}
	return nil
}

// differentTrailer is the error of a block whose two lengths are not the same.
func differentTrailer(number uint64, offset int64, total, again uint32) *FileError {
	return ngErrorAt(number, offset, Corrupt, "block length is %d bytes at the start of the block and %d at its end", total, again).
		about("block trailer", again, total)
}

// otherBlock takes a block that holds no packet.
func (r *Reader) otherBlock(b *block) error {
	var err error
	switch {
	case b.kind == blockSection, b.kind == blockInterface:
		if err = r.readBlock(b, ngMaxOtherBlock); err == nil {
			err = r.describe(b)
		}
	case r.ng.copy != nil || r.ng.head.wants(b) && r.ng.head.hasRoom(b):
		err = r.readBlock(b, ngMaxOtherBlock)
	default:
		r.ng.head.lost = r.ng.head.lost || r.ng.head.wants(b)
		return r.skipBlock(b)
	}
	if err != nil {
		return err
	}
	r.ng.head.add(b)
	if r.ng.copy != nil {
		return r.ng.copy.copyBlock(b.whole)
	}
	return nil
}

// skipBlock passes over a block of any size without keeping it.
func (r *Reader) skipBlock(b *block) error {
	got := r.w.discard(int64(b.total) - 4)
	trailer := r.w.peek(4)
	if len(trailer) < 4 {
		return r.cut(r.packet.Number+1, b.offset, "block", int(got)+len(trailer), int(b.total))
	}
	err := r.checkTrailer(b, trailer)
	r.w.skip(4)
	return err
}

// describe takes over what a whole block says about packets to come, if it is one that does.
func (r *Reader) describe(b *block) error {
	switch b.kind {
	case blockSection:
		return r.sectionBlock(b)
	case blockInterface:
		return r.interfaceBlock(b)
	}
	return nil
}

func (r *Reader) sectionBlock(b *block) error {
	if len(b.body) < 16 {
		return r.ngError(b.offset, Corrupt, "section header with a body of %d bytes; it has at least 16", len(b.body))
	}
	order := byteOrder(r.ng.bigEndian)
	major, minor := order.Uint16(b.body[4:]), order.Uint16(b.body[6:])
	if major != 1 || minor != 0 && minor != 2 { // 1.2 is written for 1.0 by some programs
		return r.ngError(b.offset, Unsupported, "pcapng version %d.%d; version 1.0 can be read", major, minor)
	}
	r.ng.firstIface, r.ng.maxCaplen = len(r.ifaces), 0
	return nil
}

func (r *Reader) interfaceBlock(b *block) error {
	if len(b.body) < 8 {
		return r.ngError(b.offset, Corrupt, "interface description with a body of %d bytes; it has at least 8", len(b.body))
	}
	if len(r.ifaces) == ngMaxInterfaces {
		return r.ngError(b.offset, Unsupported, "more than %d interfaces", ngMaxInterfaces)
	}
	order := byteOrder(r.ng.bigEndian)
	number := order.Uint16(b.body)
	link := linktype.FromFile(number)
	declared := order.Uint32(b.body[4:])
	iface := Interface{
		LinkType: link,
		fileType: number,
		Snaplen:  adjustSnaplen(link, declared),
		declared: declared,
		FCSLen:   -1,
		Swapped:  r.ng.bigEndian != hostIsBigEndian,
		tsResol:  6,
	}
	if err := r.interfaceOptions(b, &iface); err != nil {
		return err
	}
	r.ifaces = append(r.ifaces, iface)
	r.ng.maxCaplen = max(r.ng.maxCaplen, MaxCapturedLength(link))
	return nil
}

// interfaceOptions walks the options behind the fixed part of the block.
func (r *Reader) interfaceOptions(b *block, iface *Interface) error {
	order := byteOrder(r.ng.bigEndian)
	options := b.body[8:]
	for len(options) >= 4 {
		code, size := order.Uint16(options), int(order.Uint16(options[2:]))
		if code == optionEnd {
			return nil
		}
		padded := (size + 3) &^ 3
		if padded > len(options)-4 {
			return r.ngError(b.offset, Corrupt, "interface option %d of %d bytes goes past the end of its block", code, size)
		}
		if !iface.setOption(code, options[4:4+size], order) {
			return r.ngError(b.offset, Corrupt, "interface option %d has the value % x", code, options[4:4+min(size, 16)])
		}
		options = options[4+padded:]
	}
	return nil
}

// setOption takes over one option; false if its value makes no sense.
func (i *Interface) setOption(code uint16, value []byte, order binary.ByteOrder) bool {
	switch code {
	case optionName:
		i.Name = string(value[:min(len(value), ngMaxName)])
	case optionDescription:
		i.Description = string(value[:min(len(value), ngMaxName)])
	case optionTsResol:
		if len(value) != 1 {
			return false
		}
		i.tsResol = value[0]
		return i.soundResolution() // no finer unit than 64 bits can count
	case optionFCSLen:
		if len(value) != 1 {
			return false
		}
		i.FCSLen = int(value[0]) // in bits, says the format; those who wrote bytes did not write multiples of 8
		if i.FCSLen%8 == 0 {
			i.FCSLen /= 8
		}
	case optionTimeZone: // a copy of pcap's field, never specified further
		if len(value) == 4 {
			i.TimeZone = int32(order.Uint32(value))
		}
	case optionTsOffset:
		if len(value) != 8 {
			return false
		}
		i.tsOffset = int64(order.Uint64(value))
	}
	return true
}

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// nanoseconds converts a time stamp in the interface's units. What does not
// fit into 64 bits is given as the nearest value that does.
func (i *Interface) nanoseconds(t uint64) int64 {
	if i.tsOffset == 0 && t < 1<<62 { // the usual cases, without a division
		switch {
		case i.tsResol == 9:
			return int64(t)
		case i.tsResol == 6 && t < 1<<52: // until the year 2112
			return int64(t) * 1000
		}
	}
	var unitsPerSecond uint64
	if i.tsResol&0x80 != 0 {
		unitsPerSecond = 1 << (i.tsResol & 0x7f)
	} else {
		unitsPerSecond = pow10[i.tsResol]
	}
	seconds, fraction := t/unitsPerSecond, t%unitsPerSecond
	hi, lo := bits.Mul64(fraction, 1e9)
	nanos, _ := bits.Div64(hi, lo, unitsPerSecond)
	const limit = math.MaxInt64/1_000_000_000 - 1
	if seconds > limit || i.tsOffset > limit || int64(seconds)+i.tsOffset > limit {
		return math.MaxInt64
	}
	if i.tsOffset < -limit || int64(seconds)+i.tsOffset < -limit {
		return math.MinInt64
	}
	return (int64(seconds)+i.tsOffset)*1e9 + int64(nanos)
}

// packetFields are the fields of a packet block, whichever of the three kinds.
type packetFields struct {
	iface   uint32 // in the section
	at      uint32 // where in the body the packet starts
	time    uint64
	caplen  uint32
	wireLen uint32
}

// packetLimit is how long a block with a packet may be in bytes.
func (r *Reader) packetLimit() uint32 { return max(r.ng.maxCaplen, MaxSnaplen) + ngMaxOptions }

// packetBlock reads a block that holds a packet.
func (r *Reader) packetBlock(b *block) (*Packet, error) {
	if err := r.readBlock(b, r.packetLimit()); err != nil {
		return nil, err
	}
	context := r.ng.context(r.ifaces)
	f, err := context.fields(b.whole, r.ifaces, r.packet.Number+1, b.offset)
	if err != nil {
		return nil, err
	}
	r.ng.head.packets = true
	index := context.firstIface + int(f.iface)
	iface := &r.ifaces[index]
	data := b.body[f.at:]
	r.packet = Packet{Data: data[:f.caplen:f.caplen], WireLen: f.wireLen, Interface: index,
		Number: r.packet.Number + 1, Offset: b.offset, block: b.whole}
	if b.kind != blockSimple {
		r.packet.Timestamp = iface.nanoseconds(f.time)
		if isOdd(r.packet.Timestamp) {
			r.odd++
		}
	}
	return r.deliver(iface)
}

// isOdd tells whether a time stands for one that did not fit.
func isOdd(t int64) bool { return t == math.MaxInt64 || t == math.MinInt64 }

// ngContext is by what packet blocks are taken apart, the same from one block that describes something to the next.
type ngContext struct {
	bigEndian  bool
	firstIface int // index of the section's interface 0 in those of the file
	ifaces     int // how many are described so far
}

func (s *pcapngState) context(ifaces []Interface) ngContext {
	return ngContext{bigEndian: s.bigEndian, firstIface: s.firstIface, ifaces: len(ifaces)}
}

// fields takes a whole packet block apart, and checks that the packet is within it. Number and offset are for errors.
func (c *ngContext) fields(whole []byte, ifaces []Interface, number uint64, offset int64) (packetFields, error) {
	kind, body := ngU32(whole, c.bigEndian), whole[8:len(whole)-4]
	f, ok := c.rawFields(kind, body)
	if !ok {
		return f, ngErrorAt(number, offset, Corrupt, "packet block with a body of %d bytes is too short", len(body)).about("packet block", kind, 0)
	}
	if int64(f.iface) >= int64(c.ifaces-c.firstIface) {
		return f, ngErrorAt(number, offset, Corrupt, "packet of interface %d, of which no description came before it", f.iface).
			about("interface", f.iface, 0)
	}
	iface := &ifaces[c.firstIface+int(f.iface)]
	room := uint32(len(body)) - f.at
	if kind == blockSimple {
		f.caplen = simpleCaplen(f.wireLen, iface.Snaplen, room)
	}
	if f.caplen > MaxSnaplen {
		if limit := MaxCapturedLength(iface.LinkType); f.caplen > limit {
			return f, tooLong(number, offset, f.caplen, limit)
		}
	}
	if f.caplen > room {
		return f, ngErrorAt(number, offset, Corrupt, "captured length of %d bytes in a block that holds %d", f.caplen, room).
			about("packet block", kind, 0)
	}
	return f, nil
}

// simpleCaplen is how many of room bytes of a simple packet block belong to the
// packet: the block does not say. It is the snapshot length, if the packet was
// longer on the wire. If that leaves more than filling up to four bytes needs,
// the packet was longer than the snapshot length that was declared.
func simpleCaplen(wireLen, snaplen, room uint32) uint32 {
	caplen := min(wireLen, snaplen)
	if room >= 4 && caplen <= room-4 {
		return min(wireLen, room)
	}
	return caplen
}

// Where in the body of a packet block the packet starts, in bytes.
const (
	simpleAt = 4
	otherAt  = 20
)

// rawFields are the fields as they are; false if the block is too short.
func (c *ngContext) rawFields(kind uint32, body []byte) (packetFields, bool) {
	if kind == blockSimple {
		if len(body) < simpleAt {
			return packetFields{}, false
		}
		return packetFields{at: simpleAt, wireLen: ngU32(body, c.bigEndian)}, true
	}
	if len(body) < otherAt {
		return packetFields{}, false
	}
	f := packetFields{
		iface:   ngU32(body, c.bigEndian),
		at:      otherAt,
		time:    uint64(ngU32(body[4:], c.bigEndian))<<32 | uint64(ngU32(body[8:], c.bigEndian)),
		caplen:  ngU32(body[12:], c.bigEndian),
		wireLen: ngU32(body[16:], c.bigEndian),
	}
	if kind == blockPacket {
		f.iface = uint32(byteOrder(c.bigEndian).Uint16(body)) // a drop count fills the other half
	}
	return f, true
}
