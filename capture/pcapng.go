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
	return &FileError{Packet: r.packet.Number + 1, Offset: offset, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// about says which part of the file the error is about.
func (e *FileError) about(part string, got, want uint32) *FileError {
	e.Part, e.Got, e.Want = part, uint64(got), uint64(want)
	return e
}

// blockHeader looks at the next block's type and total length. A section
// header may change the byte order, and does it here since its own length is
// written in it.
func (r *Reader) blockHeader() (block, error) {
	b := block{offset: r.w.offset}
	h := r.w.peek(8)
	if len(h) < 8 {
		return b, r.cut(r.packet.Number+1, b.offset, "block header", len(h), 8)
	}
	order := byteOrder(r.ng.bigEndian)
	b.kind = order.Uint32(h)
	if b.kind == blockSection {
		h = r.w.peek(12)
		if len(h) < 12 {
			return b, r.cut(r.packet.Number+1, b.offset, "section header", len(h), 12)
		}
		switch {
		case binary.LittleEndian.Uint32(h[8:]) == ngByteOrderMagic:
			r.ng.bigEndian = false
		case binary.BigEndian.Uint32(h[8:]) == ngByteOrderMagic:
			r.ng.bigEndian = true
		default:
			return b, r.ngError(b.offset, Corrupt, "section header with the byte-order magic % x", h[8:12])
		}
		order = byteOrder(r.ng.bigEndian)
	}
	b.total = order.Uint32(h[4:])
	if b.total < ngBlockOverhead || b.total%4 != 0 {
		return b, r.ngError(b.offset, Corrupt,
			"block length of %d bytes; it must be a multiple of 4 and at least %d", b.total, ngBlockOverhead).
			about("block length", b.total, ngBlockOverhead)
	}
	return b, nil
}

// readBlock reads a whole block of at most limit bytes and consumes it. The
// body is valid until the next read.
func (r *Reader) readBlock(b *block, limit uint32) error {
	if b.total > limit {
		return r.ngError(b.offset, TooLong, "block of %d bytes, above the maximum of %d", b.total, limit)
	}
	whole := r.w.peek(int(b.total))
	if len(whole) < int(b.total) {
		return r.cut(r.packet.Number+1, b.offset, "block", len(whole), int(b.total))
	}
	r.w.skip(len(whole))
	b.whole, b.body = whole, whole[8:len(whole)-4]
	return r.checkTrailer(b, whole[len(whole)-4:])
}

func (r *Reader) checkTrailer(b *block, trailer []byte) error {
	if again := byteOrder(r.ng.bigEndian).Uint32(trailer); again != b.total {
		return r.ngError(b.offset, Corrupt, "block length is %d bytes at the start of the block and %d at its end", b.total, again).
			about("block trailer", again, b.total)
	}
	return nil
}

// otherBlock takes a block that holds no packet.
func (r *Reader) otherBlock(b *block) error {
	var err error
	switch {
	case b.kind == blockSection:
		err = r.sectionBlock(b)
	case b.kind == blockInterface:
		err = r.interfaceBlock(b)
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

func (r *Reader) sectionBlock(b *block) error {
	if err := r.readBlock(b, ngMaxOtherBlock); err != nil {
		return err
	}
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
	if err := r.readBlock(b, ngMaxOtherBlock); err != nil {
		return err
	}
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
		if len(value) != 1 || value[0]&0x80 == 0 && value[0] > 19 || value[0]&0x80 != 0 && value[0]&0x7f > 63 {
			return false // a finer unit than 64 bits can count
		}
		i.tsResol = value[0]
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
	at      int    // where in the body the packet starts
	time    uint64
	caplen  uint32
	wireLen uint32
}

// packetBlock reads a block that holds a packet.
func (r *Reader) packetBlock(b *block) (*Packet, error) {
	if err := r.readBlock(b, max(r.ng.maxCaplen, MaxSnaplen)+ngMaxOptions); err != nil {
		return nil, err
	}
	fields, ok := r.packetFields(b)
	if !ok {
		return nil, r.ngError(b.offset, Corrupt, "packet block with a body of %d bytes is too short", len(b.body)).about("packet block", b.kind, 0)
	}
	if int64(fields.iface) >= int64(len(r.ifaces)-r.ng.firstIface) {
		return nil, r.ngError(b.offset, Corrupt, "packet of interface %d, of which no description came before it", fields.iface).
			about("interface", fields.iface, 0)
	}
	index := r.ng.firstIface + int(fields.iface)
	iface := &r.ifaces[index]
	data := b.body[fields.at:]
	if b.kind == blockSimple {
		fields.caplen = simpleCaplen(fields.wireLen, iface.Snaplen, uint32(len(data)))
	}
	if limit := MaxCapturedLength(iface.LinkType); fields.caplen > limit {
		return nil, tooLong(r.packet.Number+1, b.offset, fields.caplen, limit)
	}
	if int64(fields.caplen) > int64(len(data)) {
		return nil, r.ngError(b.offset, Corrupt, "captured length of %d bytes in a block that holds %d", fields.caplen, len(data)).
			about("packet block", b.kind, 0)
	}
	r.ng.head.packets = true
	r.packet = Packet{Data: data[:fields.caplen:fields.caplen], WireLen: fields.wireLen, Interface: index,
		Number: r.packet.Number + 1, Offset: b.offset, block: b.whole}
	if b.kind != blockSimple {
		r.packet.Timestamp = iface.nanoseconds(fields.time)
		if r.packet.Timestamp == math.MaxInt64 || r.packet.Timestamp == math.MinInt64 {
			r.odd++
		}
	}
	return r.deliver(iface)
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

// packetFields takes the block apart; false if it is too short.
func (r *Reader) packetFields(b *block) (packetFields, bool) {
	order, body := byteOrder(r.ng.bigEndian), b.body
	if b.kind == blockSimple {
		if len(body) < 4 {
			return packetFields{}, false
		}
		return packetFields{at: 4, wireLen: order.Uint32(body)}, true
	}
	if len(body) < 20 {
		return packetFields{}, false
	}
	f := packetFields{
		iface:   order.Uint32(body),
		at:      20,
		time:    uint64(order.Uint32(body[4:]))<<32 | uint64(order.Uint32(body[8:])),
		caplen:  order.Uint32(body[12:]),
		wireLen: order.Uint32(body[16:]),
	}
	if b.kind == blockPacket {
		f.iface = uint32(order.Uint16(body)) // a drop count fills the other half
	}
	return f, true
}
