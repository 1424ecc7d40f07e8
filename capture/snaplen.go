package capture

import (
	"bytes"
	"context"
	"io"
	"math"
	"slices"

	"bpfc/linktype"
)

// The snapshot length in a file's header is what whoever wrote it said that
// packets are cut to. It need not be true: programs that join or edit files do not
// always look, and some write 0 or their buffer's size. Readers do look: libpcap
// cuts packets of pcap files to it, and refuses longer ones in pcapng files. So
// packets are read whole here, and what is written declares a length that none of
// its packets exceeds.

// snaplenClass is a snapshot length that a file declares for one or more
// interfaces. Interfaces that had the same keep the same, since libpcap does not read
// a pcapng file whose interfaces differ in it.
type snaplenClass struct {
	first   uint32 // in bytes, as it was given; 0 is no limit, in pcapng
	now     uint32 // as it should stand in the file
	changed bool   // it does not stand there yet
	times   int    // how often it was changed there
	relied  bool   // simple packets are as long as it says: it must stay
}

func (c *snaplenClass) fits(captured uint32) bool { return captured <= c.now || c.now == 0 }

// exactTimes is how often a snapshot length is raised to no more than is needed. In a
// hostile file each packet is longer than the one before, and thousands of
// interfaces have to be corrected for each.
const exactTimes = 16

// raise makes packets of so many bytes fit.
func (c *snaplenClass) raise(captured uint32) {
	if c.times >= exactTimes {
		captured = max(captured, min(2*c.now, MaxSnaplen))
	}
	c.now, c.changed = captured, true
}

// snaplenField is the place of a snapshot length in a file written.
type snaplenField struct {
	at        int64 // offset in the file in bytes
	bigEndian bool
	length    *snaplenClass
}

// snaplenTruth is what a Writer does about snapshot lengths.
type snaplenTruth struct {
	dst     io.WriterAt // where the file's header can be corrected; nil on a pipe
	base    int64       // where in dst the file begins
	source  *Reader     // where packets come from; nil for one who keeps to what he declares
	ahead   *ahead      // what source has still to give, on a pipe; nil until it is needed
	maximum uint32      // captured length in bytes that no packet of a pcap file exceeds
	classes map[uint32]*snaplenClass
}

// newSnaplenTruth finds out whether dst can be corrected.
func newSnaplenTruth(dst io.Writer, source *Reader) snaplenTruth {
	t := snaplenTruth{source: source, classes: map[uint32]*snaplenClass{}}
	file, ok := dst.(interface {
		io.WriterAt
		io.Seeker
	})
	if !ok {
		return t
	}
	base, err := file.Seek(0, io.SeekCurrent)
	if err != nil { // a pipe
		return t
	}
	if _, err := file.WriteAt(nil, base); err != nil { // os.File refuses it where all goes to the end
		return t
	}
	t.dst, t.base = file, base
	return t
}

// declare takes up a snapshot length that is about to be written at an offset of
// the file, and gives the one to write.
func (w *Writer) declare(snaplen uint32, link linktype.Type, at int64) uint32 {
	t := &w.truth
	class := t.classes[snaplen]
	if class == nil {
		class = &snaplenClass{first: snaplen, now: t.promise(snaplen, link, w.format)}
		t.classes[snaplen] = class
	}
	if w.format == Pcap {
		t.maximum = MaxCapturedLength(link)
	}
	bigEndian := hostIsBigEndian
	if w.copied != nil {
		bigEndian = w.bigEndian
	}
	w.snaplens = append(w.snaplens, snaplenField{at: at, bigEndian: bigEndian, length: class})
	return class.now
}

// maxLookAhead is how many bytes of a file are looked through for long packets.
const maxLookAhead = 64 << 20

// promise gives the length to declare where a source declares snaplen.
func (t *snaplenTruth) promise(snaplen uint32, link linktype.Type, format Format) uint32 {
	if t.dst != nil || t.source == nil || snaplen == 0 || snaplen >= MaxCapturedLength(link) {
		return snaplen
	}
	t.look()
	switch {
	case !t.ahead.whole && format == Pcapng:
		return 0
	case !t.ahead.whole:
		return MaxCapturedLength(link)
	case format == Pcapng && t.source.format == Pcapng:
		return max(snaplen, t.ahead.longest[snaplen])
	}
	for _, longest := range t.ahead.longest {
		snaplen = max(snaplen, longest)
	}
	return snaplen
}

// look looks ahead in the source, where that has to be known, unless it has been done.
func (t *snaplenTruth) look() {
	if t.dst == nil && t.source != nil && t.ahead == nil {
		a := t.source.lookAhead(maxLookAhead)
		t.ahead = &a
	}
}

// correctSnaplens puts into the file what packets that are about to be written need.
func (w *Writer) correctSnaplens() error {
	changed := false
	for _, class := range w.truth.classes {
		changed = changed || class.changed
	}
	if !changed || w.truth.dst == nil && w.truth.source == nil {
		return nil
	}
	for _, field := range w.snaplens {
		if field.length.changed {
			if err := w.correct(field); err != nil {
				return err
			}
		}
	}
	for _, class := range w.truth.classes {
		if class.changed {
			class.changed = false
			class.times++
		}
	}
	return nil
}

// correct writes one field again, in memory or in the file, where that is possible.
func (w *Writer) correct(field snaplenField) error {
	order := byteOrder(field.bigEndian)
	if at := field.at - w.written; at >= 0 {
		order.PutUint32(w.buf[at:], field.length.now)
		return nil
	}
	if w.truth.dst == nil {
		return nil
	}
	var b [4]byte
	order.PutUint32(b[:], field.length.now)
	_, err := w.truth.dst.WriteAt(b[:], w.truth.base+field.at)
	return err
}

// ahead is what a look at the rest of a file tells.
type ahead struct {
	ifaces  []Interface
	longest map[uint32]uint32 // captured length of the longest packet in bytes, by the snapshot length declared
	whole   bool              // there is nothing more to come
}

// lookAhead looks through what is still to be read, without reading it: a regular
// file of at most so many bytes, or else what is in memory.
func (r *Reader) lookAhead(limit int64) ahead {
	q := *r
	q.ahead, q.ifaces, q.ng.head, q.ng.copy, q.over = true, slices.Clone(r.ifaces), sectionHead{lost: true}, nil, nil
	a := ahead{longest: map[uint32]uint32{}}
	q.w, a.whole = r.rest(limit)
	for {
		p, err := q.Next()
		if err != nil {
			break // reading will come upon it, too
		}
		declared := q.ifaces[p.Interface].declared
		a.longest[declared] = max(a.longest[declared], uint32(len(p.Data)))
	}
	a.ifaces = q.ifaces
	return a
}

// rest gives a window on what is still to be read, and whether that is all.
func (r *Reader) rest(limit int64) (*window, bool) {
	unread := r.w.buf[r.w.start:r.w.end]
	if info, ok := r.regular(); ok {
		at, err := r.file.Seek(0, io.SeekCurrent)
		start := at - int64(len(unread))
		if err == nil && info.Size()-start <= limit {
			w := newWindow(io.NewSectionReader(r.file, start, math.MaxInt64-start))
			w.offset = r.w.offset
			return w, true
		}
	}
	w := newWindow(bytes.NewReader(bytes.Clone(unread)))
	w.offset = r.w.offset
	memory, ok := r.w.r.(interface{ Len() int }) // as bytes.Reader
	return w, r.w.err == io.EOF || ok && memory.Len() == 0
}

// AllInterfaces gives the interfaces of the whole file, of which a pcapng file may
// describe some between its packets: a regular file is read to its end for that.
// Of any other stream it gives those in what has arrived so far, and false unless
// that is all of it.
func (r *Reader) AllInterfaces() (all []Interface, complete bool) {
	if r.format == Pcap {
		return r.ifaces, true
	}
	if all, ok := r.scanInterfaces(); ok {
		return all, true
	}
	a := r.lookAhead(math.MaxInt64)
	return a.ifaces, a.whole
}

// scanInterfaces is AllInterfaces by several goroutines, of a file that can be read at any place and is not damaged.
func (r *Reader) scanInterfaces() (all []Interface, ok bool) {
	if !r.Parallel() {
		return nil, false
	}
	q := *r
	q.ifaces, q.ng.copy = slices.Clone(r.ifaces), nil
	err := q.Scan(context.Background(), ScanOptions{}, func(int, *Batch) {}, func(*Batch) error { return nil })
	return q.ifaces, err == nil
}
