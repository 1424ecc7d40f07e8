package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"bpfc/linktype"
)

// A pcapng file holds more than packets: comments, names, secrets, statistics,
// what it was captured with, and blocks that nobody has heard of yet. A copy keeps
// them all, by taking over whole blocks as they are, in their byte order. The
// reader hands each block that holds no packet to the copy when it comes upon it;
// which packets are kept is the caller's decision.

// NewCopy begins a pcapng file on dst that keeps what the pcapng file read by r
// has, but for packets that are left out:
//
//	w, err := r.NewCopy(dst)
//	for {
//		p, err := r.Next()
//		…
//		if wanted(p) {
//			err = w.CopyPacket(p)
//		}
//	}
//	err = w.Close()
//
// Every block that is no packet is written, unchanged, as r comes upon it; an
// error of writing it is what [Reader.Next] returns. What the section that r is in
// has told so far is written at once, so that a copy can also begin in the middle:
// its header, interfaces, names and secrets, and what came before its first
// packet. Only the newest copy of a reader gets what comes, until it is closed.
//
// Two things are not as they were. A section header does not tell the length of
// its section any more. And where packets are longer than the snapshot length
// declared for their interface, the copy declares a true one: see
// [WriterOptions].Source.
func (r *Reader) NewCopy(dst io.Writer) (*Writer, error) { return r.newCopy(dst, false) }

// newCopy is NewCopy; about whole see [WriterOptions].
func (r *Reader) newCopy(dst io.Writer, whole bool) (*Writer, error) {
	if r.format != Pcapng {
		return nil, fmt.Errorf("a %v file cannot be copied block by block", r.format)
	}
	if r.ng.head.lost {
		return nil, fmt.Errorf("%s: more than %d bytes of blocks that describe the section: they cannot be copied", r.name, ngMaxHead)
	}
	w := newWriter(dst, Pcapng, r)
	w.copied, w.whole, w.firstCopied = r, whole, r.ng.firstIface
	for left := r.ng.head.blocks; len(left) > 0; {
		total := byteOrder(r.ng.bigEndian).Uint32(left[4:])
		if err := w.copyBlock(left[:total]); err != nil {
			return nil, err
		}
		left = left[total:]
	}
	r.ng.copy = w
	return w, w.Flush()
}

// ngMaxHead is how many bytes of blocks about a section are kept for a copy.
const ngMaxHead = 16 << 20

// sectionHead are the blocks of the current section that a copy begins with.
type sectionHead struct {
	blocks  []byte
	packets bool // there was a packet in the section
	lost    bool // there was more than is kept
}

// wants tells whether a block says something about packets that come later.
func (h *sectionHead) wants(b *block) bool {
	switch b.kind {
	case blockSection, blockInterface, blockNames, blockSecrets:
		return true
	}
	return !h.packets
}

func (h *sectionHead) hasRoom(b *block) bool {
	return !h.lost && uint64(len(h.blocks))+uint64(b.total) <= ngMaxHead
}

// add takes a block that was read as a whole, if it is wanted.
func (h *sectionHead) add(b *block) {
	if b.kind == blockSection {
		*h = sectionHead{blocks: h.blocks[:0]}
	}
	switch {
	case !h.wants(b):
	case h.hasRoom(b):
		h.blocks = append(h.blocks, b.whole...)
	default:
		h.lost = true
	}
}

// copyBlock appends a block that holds no packet.
func (w *Writer) copyBlock(whole []byte) error {
	w.copying.Lock()
	defer w.copying.Unlock()
	if w.err == ErrClosed {
		return nil // nobody wants it any more
	}
	if w.err != nil {
		return w.err
	}
	at := len(w.buf)
	w.buf = append(w.buf, whole...)
	switch b := w.buf[at:]; {
	case binary.BigEndian.Uint32(b) == blockSection: // the same in both byte orders
		w.bigEndian = binary.BigEndian.Uint32(b[8:]) == ngByteOrderMagic
		w.sectionStart = len(w.snaplens)
		byteOrder(w.bigEndian).PutUint64(b[16:], math.MaxUint64) // of unknown length
	case byteOrder(w.bigEndian).Uint32(b) == blockInterface:
		order := byteOrder(w.bigEndian)
		length := w.declare(order.Uint32(b[12:]), linktype.FromFile(order.Uint16(b[8:])), w.Size()-int64(len(b))+12)
		order.PutUint32(b[12:], length)
	}
	return w.recordDone()
}

// CopyPacket appends the block of a packet that [Reader.Next] of the reader being
// copied has just given. Whatever was done to the packet's fields is ignored.
//
// There is one kind of block that leaves the captured length to the snapshot
// length of its interface, the simple one. Where the copy declares another
// snapshot length, such a block becomes an enhanced one with the time 0.
func (w *Writer) CopyPacket(p *Packet) error {
	w.copying.Lock()
	defer w.copying.Unlock()
	if w.err != nil {
		return w.err
	}
	if w.copied == nil || p.block == nil {
		return fmt.Errorf("packet %d has no block that could be copied to this file", p.Number)
	}
	r, order := w.copied, byteOrder(w.bigEndian)
	i := p.Interface - w.firstCopied
	if i < w.sectionStart || i >= len(w.snaplens) {
		return fmt.Errorf("packet %d is of another section", p.Number)
	}
	length := w.snaplens[i].length
	captured := uint32(len(p.Data))
	if !length.fits(captured) {
		if length.relied {
			return r.named(&FileError{Packet: p.Number, Offset: p.Offset, Kind: Corrupt, Msg: fmt.Sprintf(
				"%d bytes were captured, more than the snapshot length of %d that simple packets before it rely on", captured, length.now)})
		}
		length.raise(captured)
	}
	if order.Uint32(p.block) == blockSimple && captured < p.WireLen {
		if length.now != length.first {
			w.buf = appendSimpleAsEnhanced(w.buf, order, p.block, captured)
			return w.recordDone()
		}
		length.relied = true
	}
	w.buf = append(w.buf, p.block...)
	return w.recordDone()
}

// appendSimpleAsEnhanced appends the packet of a simple block, of which so many
// bytes were captured, as an enhanced one.
func appendSimpleAsEnhanced(b []byte, order binary.ByteOrder, simple []byte, captured uint32) []byte {
	const bodyAt, dataAt = 8, 28
	total := dataAt + (captured+3)&^3 + 4
	start := len(b)
	b = append(b, make([]byte, total)...)
	e := b[start:]
	order.PutUint32(e, blockEnhanced)
	order.PutUint32(e[4:], total)
	order.PutUint32(e[20:], captured)
	copy(e[24:28], simple[bodyAt:]) // length on the wire
	copy(e[dataAt:], simple[bodyAt+4:bodyAt+4+captured])
	order.PutUint32(e[total-4:], total)
	return b
}
