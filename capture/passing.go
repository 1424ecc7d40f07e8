package capture

import (
	"fmt"
	"io"
	"math"
	"sort"
)

// Span is a run of packets that stand one behind the other in a capture file, with nothing else between them: From is where
// the first begins, as [Packet].Offset, and To where what follows the last begins; [ToTheEnd] if that is the end of the file.
// It is a value, and so safe for concurrent use.
type Span struct {
	From, To int64  // bytes, of a compressed file in what it is decompressed to
	Packets  uint64 // how many there are
}

// ToTheEnd is Span.To of a run with which the file ends. What stands there is not read then, which of a compressed file saves
// the work of decompressing it.
const ToTheEnd = math.MaxInt64

// PassOver has Next and Scan leave out runs of packets, which keep their numbers. The spans are in the order of the file, do
// not overlap, and are of what is still to be read. Of a regular file that is not compressed they are not read at all. If one
// does not begin where a packet does, reading ends there with an error of kind [Corrupt]. Whether its packets are in order
// is not looked at.
func (r *Reader) PassOver(spans []Span) { r.over = spans }

// overDue passes over the spans that begin where the reader is; io.EOF if one of them goes to the end.
func (r *Reader) overDue() error {
	for len(r.over) > 0 && r.w.offset >= r.over[0].From {
		span := r.over[0]
		if err := span.check(r.w.offset, r.packet.Number); err != nil {
			return err
		}
		r.over = r.over[1:]
		r.packet.Number += span.Packets
		r.ng.head.packets = true
		if span.To == ToTheEnd {
			return io.EOF
		}
		if err := r.jump(span.To); err != nil {
			return err
		}
	}
	return nil
}

// check gives the error of a span that does not begin where it should.
func (s *Span) check(at int64, packets uint64) error {
	if at == s.From {
		return nil
	}
	return &FileError{Packet: packets + 1, Offset: at, Kind: Corrupt,
		Msg: fmt.Sprintf("a packet was said to begin at byte %d, where none does: the file has changed since", s.From)}
}

// jump goes on to a place of the stream, without reading what is before it where that can be had.
func (r *Reader) jump(to int64) error {
	n := to - r.w.offset
	unread := int64(r.w.end - r.w.start)
	if _, ok := r.regular(); ok && n > unread {
		if _, err := r.file.Seek(n-unread, io.SeekCurrent); err != nil {
			return &FileError{Packet: r.packet.Number + 1, Offset: r.w.offset, Kind: ReadFailed, Part: "packet", Msg: "going on behind packets", Err: err}
		}
		r.w.start, r.w.end, r.w.offset = 0, 0, to
		return nil
	}
	offset := r.w.offset
	if got := r.w.discard(n); got < n {
		return r.cut(r.packet.Number, offset, "packet", int(got), int(n))
	}
	return nil
}

// piece is a part of a file that is read in windows, between two spans that are passed over.
type piece struct {
	first    int64 // index of its first window
	base, to int64 // offsets in the file, of the first window and behind the last
	before   *Span // what is passed over to come here; nil at the start
}

// pieces are those of the file from an offset on, of which shift is to be subtracted for one in the stream. Where the last span
// goes to the end of the file, the last piece is empty.
func pieces(start, shift int64, over []Span, window int) []piece {
	at := piece{base: start &^ (pageSize - 1), to: math.MaxInt64}
	var list []piece
	for i := range over {
		at.to = over[i].From + shift
		list = append(list, at)
		windows := max(1, (at.to-at.base+int64(window)-1)/int64(window))
		at = piece{first: at.first + windows, to: math.MaxInt64, before: &over[i]}
		if over[i].To == ToTheEnd {
			at.base = math.MaxInt64
			break
		}
		at.base = (over[i].To + shift) &^ (pageSize - 1)
	}
	return append(list, at)
}

// place tells a batch which part of the file it is about.
func (s *fileSource) place(index int64, b *Batch) {
	k := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].first > index }) - 1
	p := &s.pieces[k]
	b.base, b.window, b.enters, b.last = p.base, 0, nil, false
	if p.base == math.MaxInt64 { // the end
		b.base, b.enters = 0, p.before
		return
	}
	b.base += (index - p.first) * int64(s.window)
	b.window = int(min(int64(s.window), p.to-b.base))
	b.last = k+1 < len(s.pieces) && index+1 == s.pieces[k+1].first
	if index == p.first {
		b.enters = p.before
	}
}

// enter passes over what is before the piece that begins with a batch. It returns io.EOF if nothing comes behind that.
func (s *fileSource) enter(b *Batch, number *uint64) error {
	if b.enters == nil {
		return nil
	}
	if err := b.enters.check(s.next-s.shift, *number-1); err != nil {
		return err
	}
	*number += b.enters.Packets
	if b.enters.To == ToTheEnd {
		return io.EOF
	}
	s.next = b.enters.To + s.shift
	return nil
}
