package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// blockSource reads a regular pcapng file window after window, as fileSource does a pcap file. The serial walk follows the
// lengths from block to block, and looks into those blocks only that describe sections and interfaces. Each batch knows then
// by what its packets are to be taken apart, which decode does for several batches at a time. Where a block's length leads
// astray, the walk ends in the place where a reader of one block after the other ends.
type blockSource struct {
	fileSource
	r       *Reader // has the state of the section; its window is not looked at any more
	copying bool    // blocks without packets are handed on
}

// ngBatch is what a batch of pcapng has beside the records.
type ngBatch struct {
	on      bool      // the batch comes from a blockSource
	places  []blockIn // blocks with packets, one for each record
	parts   []ngPart  // how they are to be taken apart
	others  []otherIn // blocks without packets, where they are to be handed on
	blocks  []byte    // what places and others lie in: Buf, unless packets were changed there
	changed []byte    // memory for Buf where they are
	compact []byte    // memory for what Compact makes
	odd     uint64    // packets whose time does not fit
}

// blockIn is a block with a packet.
type blockIn struct {
	at, total uint32 // bytes
	time      int64  // nanoseconds since 1970
}

// otherIn is a block without a packet.
type otherIn struct {
	before    int // the record that it stands before
	at, total uint32
}

// ngPart says how blocks from one on are to be taken apart.
type ngPart struct {
	ngContext
	from int // index of the first block
}

// reset empties it for another window.
func (n *ngBatch) reset() {
	n.on, n.odd, n.blocks = true, 0, nil
	n.places, n.parts, n.others = n.places[:0], n.parts[:0], n.others[:0]
}

func (s *blockSource) prefetch(index int64, b *Batch) {
	b.ng.reset()
	s.fileSource.prefetch(index, b)
}

func (s *blockSource) walk(b *Batch) (err error) {
	number := s.r.packet.Number + 1
	err = s.enter(b, &number)
	s.r.packet.Number, b.First = number-1, number
	end := b.base + int64(b.window)
	for s.next < end && err == nil {
		s.part(b)
		s.walkPlain(b)
		if s.next < end {
			err = s.walkBlock(b)
		}
	}
	b.Interfaces, b.End = s.r.ifaces, s.next-s.shift
	return err
}

// part notes how the packets that come are to be taken apart, if that has changed.
func (s *blockSource) part(b *Batch) {
	parts, context := b.ng.parts, s.r.ng.context(s.r.ifaces)
	if len(parts) == 0 || parts[len(parts)-1].ngContext != context {
		b.ng.parts = append(parts, ngPart{context, len(b.ng.places)})
	}
}

// walkPlain goes over enhanced packet blocks that lie wholly within Buf and have nothing special about them. What it leaves,
// walkBlock takes.
func (s *blockSource) walkPlain(b *Batch) {
	if s.r.ng.bigEndian {
		return
	}
	buf, places, at := b.Buf[:b.have], b.ng.places, int(s.next-b.base)
	first, longest := len(places), uint64(s.r.packetLimit())
	for at < b.window && len(buf)-at >= 8 {
		head := binary.LittleEndian.Uint64(buf[at:])
		total := head >> 32
		if uint32(head) != blockEnhanced || total < ngBlockOverhead || total%4 != 0 || total > longest || total > uint64(len(buf)-at) {
			break
		}
		places = append(places, blockIn{at: uint32(at), total: uint32(total)})
		at += int(total)
	}
	s.r.packet.Number += uint64(len(places) - first)
	b.ng.places, s.next = places, b.base+int64(at)
}

// see gives n bytes of a batch from a place on, or what there is of them in the file.
func (s *blockSource) see(b *Batch, at, n int) []byte {
	if b.have-at < n {
		s.extend(b, at+n)
	}
	return b.Buf[min(at, b.have):min(at+n, b.have)]
}

// walkBlock goes over a block of any kind.
func (s *blockSource) walkBlock(b *Batch) error {
	at := int(s.next - b.base)
	h := s.see(b, at, 8)
	if len(h) < 8 {
		return s.cut(b, at, "block header", len(h), 8)
	}
	if binary.LittleEndian.Uint32(h) == blockSection {
		if h = s.see(b, at, 12); len(h) < 12 {
			return s.cut(b, at, "section header", len(h), 12)
		}
	}
	k, err := s.r.headerOf(h, s.next-s.shift)
	switch {
	case err != nil:
		return err
	case isPacketBlock(k.kind):
		if err := s.whole(b, at, &k, s.r.packetLimit()); err != nil {
			return err
		}
		b.ng.places = append(b.ng.places, blockIn{at: uint32(at), total: k.total})
		s.r.packet.Number++
	case s.copying, k.kind == blockSection, k.kind == blockInterface:
		if err := s.otherBlock(b, at, &k); err != nil {
			return err
		}
	default:
		if err := s.skipBlock(b, at, &k); err != nil {
			return err
		}
	}
	s.next += int64(k.total)
	return nil
}

// whole has all of a block in the batch.
func (s *blockSource) whole(b *Batch, at int, k *block, limit uint32) error {
	if err := s.r.checkLength(k, limit); err != nil {
		return err
	}
	if k.whole = s.see(b, at, int(k.total)); len(k.whole) < int(k.total) {
		return s.cut(b, at, "block", len(k.whole), int(k.total))
	}
	return nil
}

// otherBlock takes a block without a packet that says something about packets to come, or is to be handed on.
func (s *blockSource) otherBlock(b *Batch, at int, k *block) error {
	if err := s.whole(b, at, k, ngMaxOtherBlock); err != nil {
		return err
	}
	k.body = k.whole[8 : len(k.whole)-4]
	if err := s.r.checkTrailer(k, k.whole[len(k.whole)-4:]); err != nil {
		return err
	}
	if err := s.r.describe(k); err != nil {
		return err
	}
	if s.copying {
		b.ng.others = append(b.ng.others, otherIn{before: len(b.ng.places), at: uint32(at), total: k.total})
	}
	return nil
}

// skipBlock passes over a block of any size of which only the length at its end is looked at.
func (s *blockSource) skipBlock(b *Batch, at int, k *block) error {
	var own [4]byte
	trailer := own[:]
	if end := int64(at) + int64(k.total); end <= int64(b.have) {
		trailer = b.Buf[end-4 : end]
	} else if n, err := s.file.ReadAt(trailer, s.next+int64(k.total)-4); n < 4 {
		return s.cutSkipped(b, at, k, err)
	}
	return s.r.checkTrailer(k, trailer)
}

// cutSkipped is the error of a file that ends in a block that was not read.
func (s *blockSource) cutSkipped(b *Batch, at int, k *block, err error) error {
	if err == io.EOF {
		info, failed := s.file.Stat()
		if err = failed; failed == nil {
			end := min(info.Size(), s.next+int64(k.total)-1)
			return s.cutAt(b, at, "block", int(end-s.next), int(k.total), end)
		}
	}
	return &FileError{Packet: s.r.packet.Number + 1, Offset: s.next - s.shift, Kind: ReadFailed, Part: "block",
		Got: uint64(b.have - at), Want: uint64(k.total), Msg: fmt.Sprintf("%d of %d bytes of the block", b.have-at, k.total), Err: err}
}

// cut is the error of a file that ends in a block.
func (s *blockSource) cut(b *Batch, at int, what string, got, want int) error {
	return s.cutAt(b, at, what, got, want, b.base+int64(b.have))
}

// cutAt is that with the place where the file ends.
func (s *blockSource) cutAt(b *Batch, at int, what string, got, want int, end int64) error {
	s.number = s.r.packet.Number + 1 // b has no records yet
	return s.fileSource.cutAt(b, at, what, got, want, end)
}

// decode takes the packets of a batch apart.
func (s *blockSource) decode(b *Batch) error {
	n := &b.ng
	n.blocks, b.Records = b.Buf, slices.Grow(b.Records[:0], len(n.places))
	for i := range n.parts {
		end := len(n.places)
		if i+1 < len(n.parts) {
			end = n.parts[i+1].from
		}
		for k := n.parts[i].from; k < end; k++ {
			if k = s.decodePlain(b, &n.parts[i].ngContext, k, end); k == end {
				break
			}
			if err := s.decodeOne(b, &n.parts[i].ngContext, k); err != nil {
				n.places = n.places[:k]
				return err
			}
		}
	}
	return nil
}

// decodePlain makes records of blocks from k on that are enhanced packet blocks of little-endian sections and have nothing special
// about them, and gives the first that is another. What it leaves, decodeOne takes.
func (s *blockSource) decodePlain(b *Batch, c *ngContext, k, end int) int {
	const dataAt, overhead = 8 + otherAt, 8 + otherAt + 4 // bytes of a block before the packet, and beside it
	if c.bigEndian || hostIsBigEndian {
		return k
	}
	ifaces, records, blocks, odd := b.Interfaces[c.firstIface:c.ifaces], b.Records, b.ng.blocks, uint64(0)
	for ; k < end; k++ {
		p := &b.ng.places[k]
		whole := blocks[p.at : p.at+p.total]
		if len(whole) < overhead || binary.LittleEndian.Uint32(whole) != blockEnhanced ||
			binary.LittleEndian.Uint32(whole[len(whole)-4:]) != p.total {
			break
		}
		lengths := binary.LittleEndian.Uint64(whole[20:])
		caplen, iface := uint32(lengths), binary.LittleEndian.Uint32(whole[8:])
		if caplen > MaxSnaplen || caplen > p.total-overhead || int64(iface) >= int64(len(ifaces)) {
			break
		}
		time := binary.LittleEndian.Uint64(whole[12:])
		if p.time = ifaces[iface].nanoseconds(bits.RotateLeft64(time, 32)); isOdd(p.time) { // the upper half comes first
			odd++
		}
		records = append(records, Record{Offset: p.at + dataAt, CapLen: caplen, WireLen: uint32(lengths >> 32), Interface: uint32(c.firstIface) + iface})
	}
	b.Records, b.ng.odd = records, b.ng.odd+odd
	return k
}

// decodeOne makes a record of block k.
func (s *blockSource) decodeOne(b *Batch, c *ngContext, k int) error {
	p := &b.ng.places[k]
	whole := b.ng.blocks[p.at : p.at+p.total]
	number, offset := b.First+uint64(k), b.base-s.shift+int64(p.at)
	if again := ngU32(whole[len(whole)-4:], c.bigEndian); again != p.total {
		return differentTrailer(number, offset, p.total, again)
	}
	f, err := c.fields(whole, b.Interfaces, number, offset)
	if err != nil {
		return err
	}
	index := c.firstIface + int(f.iface)
	iface := &b.Interfaces[index]
	p.time = 0
	if f.at != simpleAt {
		if p.time = iface.nanoseconds(f.time); isOdd(p.time) {
			b.ng.odd++
		}
	}
	r := Record{Offset: p.at + 8 + f.at, CapLen: f.caplen, WireLen: f.wireLen, Interface: uint32(index)}
	if iface.Swapped && swapsPseudoHeader(iface.LinkType) {
		b.ng.own(b)
		swapPseudoHeader(iface.LinkType, b.Buf[r.Offset:r.Offset+r.CapLen], r.WireLen)
	}
	b.Records = append(b.Records, r)
	return nil
}

// own makes Buf memory in which packets can be changed, while the blocks stay as they are.
func (n *ngBatch) own(b *Batch) {
	if len(n.changed) == 0 || &b.Buf[0] != &n.changed[0] {
		n.changed = append(n.changed[:0], b.Buf...)
		b.Buf = n.changed
	}
}

// block gives the block of packet i.
func (n *ngBatch) block(i int) []byte {
	p := &n.places[i]
	return n.blocks[p.at : p.at+p.total : p.at+p.total]
}

// copyBlocks writes the blocks of the packets whose verdict is not 0, and all that hold no packet.
func (c *Copier) copyBlocks(b *Batch) (copied int, err error) {
	others := b.ng.others
	upTo := func(record int) error {
		for ; len(others) > 0 && others[0].before <= record; others = others[1:] {
			o := &others[0]
			if err := c.copyBlock(b.ng.blocks[o.at : o.at+o.total]); err != nil {
				return err
			}
		}
		return nil
	}
	for i, v := range b.Verdicts {
		if v == 0 {
			continue
		}
		if err := upTo(i); err != nil {
			return copied, err
		}
		p := b.Packet(i)
		if err := c.CopyPacket(&p); err != nil {
			return copied, err
		}
		copied++
	}
	return copied, upTo(len(b.Records))
}
