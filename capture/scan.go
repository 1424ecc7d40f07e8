package capture

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// ScanOptions tunes [Reader.Scan]; the zero value is good.
// It is safe for concurrent use as long as nobody changes it.
type ScanOptions struct {
	Workers int // goroutines; one a processor but at most 8 if zero
	Window  int // bytes that one batch covers; a measured size if zero
	// CopiesBlocks says that deliver hands each batch to [Copier.CopyBatch] of a copier that takes the blocks of this file over,
	// which writes those that hold no packet in their places. Else what [Reader.NewCopy] began gets these as they are read.
	CopiesBlocks bool
}

const (
	defaultWindow  = 1 << 20 // on two cores 512 kB takes 1.1 times as long and 256 kB 1.25 times, for the goroutines wait more often; 2 MB 1.1 times, for it leaves the cache
	minWindow      = 4 << 10
	maxWindow      = 64 << 20
	windowSlack    = 4 << 10 // read past the window, for the record that crosses its end
	defaultWorkers = 8
	pageSize       = 4 << 10
	readSize       = 256 << 10 // by one call: when a call takes long, Go's scheduler believes that it waits, and has another thread go on
)

// withDefaults fills in what was left zero.
func (o ScanOptions) withDefaults() ScanOptions {
	if o.Workers <= 0 {
		o.Workers = min(runtime.GOMAXPROCS(0), defaultWorkers)
	}
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	o.Window = min(max(o.Window, minWindow), maxWindow)
	return o
}

// Scan reads the rest of the file in batches. Several goroutines call work at
// the same time, each with a batch of its own and its number from 0 up to
// Workers-1; deliver then gets the batches one at a time in the order of the
// file. The batch is valid until deliver returns.
//
// Scan returns nil at the regular end of the file, the error of deliver or of
// ctx, or a [*FileError] after everything before it was delivered. A file
// being appended to is read to the end that it has when the scan arrives there.
func (r *Reader) Scan(ctx context.Context, o ScanOptions, work func(worker int, b *Batch), deliver func(b *Batch) error) error {
	if r.err == io.EOF {
		return nil
	}
	if r.err != nil {
		return r.err
	}
	o = o.withDefaults()
	source := r.parallelSource(o)
	switch {
	case source != nil:
	case r.format == Pcap:
		source = &bufferedSource{streamSource{r: r, size: min(o.Window, windowSize)}}
	default:
		source = &streamSource{r: r, size: o.Window}
	}
	s := scanner{ctx: ctx, source: source, work: work, blocks: o.CopiesBlocks, deliver: func(b *Batch) error {
		if b.ng.odd > 0 { // else those who read are counting
			r.odd += b.ng.odd
		}
		return deliver(b)
	}}
	err := s.run(o.Workers)
	r.err = r.named(err)
	if err == nil {
		r.err = io.EOF
		return nil
	}
	return r.err
}

// batchSource makes batches. Prefetch is called from several goroutines at
// once, in any order; walk for one batch after the other.
type batchSource interface {
	prefetch(index int64, b *Batch)
	// walk fills in the records of a batch. It returns io.EOF with the last
	// one, and another error with what was good before it.
	walk(b *Batch) error
	// decode is called after walk, for several batches at once. Its error is about a place before that of walk's.
	decode(b *Batch) error
}

// relay hands a baton from each batch to the next. Only so many batches are under way at a time, so one slot for each of them is
// enough.
type relay []chan error

func newRelay(n int) relay {
	r := make(relay, n)
	for i := range r {
		r[i] = make(chan error, 1)
	}
	r[0] <- nil
	return r
}

func (r relay) take(index int64) error { return <-r[index%int64(len(r))] }

func (r relay) pass(index int64, err error) { r[(index+1)%int64(len(r))] <- err }

// aheadOfTurn is how many batches there are for each worker, if there are several. A worker whose batch is done before its turn
// leaves it and takes another, so that windows that take long do not hold up the others.
const aheadOfTurn = 3

// scanner runs the workers. A batch goes through four steps: prefetch
// (parallel), walk (serial), decode and work (parallel), deliver (serial, by whichever worker is there when the turn comes). The
// error that ends the walk is the baton for the batches that come after.
type scanner struct {
	ctx     context.Context
	source  batchSource
	work    func(worker int, b *Batch)
	deliver func(b *Batch) error
	blocks  bool          // batches without packets are delivered too
	room    chan struct{} // as often as there may be another batch
	next    atomic.Int64
	over    atomic.Bool // no batch is to be begun any more
	walks   relay

	mu         sync.Mutex
	spare      []*Batch    // that nobody has, the one that was used last at the end: its memory is in the cache
	done       []doneBatch // by index modulo their number, those that wait for their turn
	turn       int64       // index of the batch to deliver next
	delivering bool        // a worker does that
	result     error       // what ended the scan; of who delivers
}

// doneBatch is a batch that is to be delivered.
type doneBatch struct {
	*Batch
	wanted bool // there is something in it
	ended  error
}

func (s *scanner) run(workers int) error {
	batches := 1
	if workers > 1 {
		batches = aheadOfTurn * workers
	}
	s.walks, s.done, s.room = newRelay(batches), make([]doneBatch, batches), make(chan struct{}, batches)
	for range batches {
		s.room <- struct{}{}
	}
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for !s.over.Load() {
				<-s.room // before the index, so that each that is taken has a batch
				b := s.take()
				index := s.next.Add(1) - 1
				s.hand(index, s.prepare(worker, index, b))
			}
		})
	}
	wait.Wait()
	if s.result == io.EOF {
		return nil
	}
	return s.result
}

// take gives a batch to work on.
func (s *scanner) take() *Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.spare) - 1
	if n < 0 {
		return &Batch{}
	}
	b := s.spare[n]
	s.spare = s.spare[:n]
	return b
}

// give takes one back.
func (s *scanner) give(b *Batch) {
	s.mu.Lock()
	s.spare = append(s.spare, b)
	s.mu.Unlock()
	s.room <- struct{}{}
}

// prepare takes one batch through the steps up to its delivery.
func (s *scanner) prepare(worker int, index int64, b *Batch) doneBatch {
	s.source.prefetch(index, b)
	b.Records, b.Accepted, b.stamps = b.Records[:0], nil, b.stamps[:0]
	ended := s.walks.take(index)
	if ended == nil {
		ended = s.source.walk(b)
	}
	if ended == nil {
		ended = s.ctx.Err()
	}
	s.walks.pass(index, ended)
	if err := s.source.decode(b); err != nil {
		ended = err
	}
	d := doneBatch{Batch: b, ended: ended, wanted: len(b.Records) > 0 || s.blocks && len(b.ng.others) > 0}
	if d.wanted {
		b.Verdicts = grow(b.Verdicts, len(b.Records))
		s.work(worker, b)
	}
	if ended != nil {
		s.over.Store(true)
	}
	return d
}

// hand hands in a batch, and delivers those whose turn it is, unless another worker is at it.
func (s *scanner) hand(index int64, d doneBatch) {
	if !s.leave(index, d) {
		return
	}
	for next := s.due(); next.Batch != nil; next = s.due() {
		s.dispatch(next)
	}
}

// leave puts a batch where it waits for its turn. True: the caller is to deliver.
func (s *scanner) leave(index int64, d doneBatch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[index%int64(len(s.done))] = d
	delivers := !s.delivering
	s.delivering = true
	return delivers
}

// due gives the batch whose turn it is; none if it is not done, and then nobody delivers any more.
func (s *scanner) due() (d doneBatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slot := &s.done[s.turn%int64(len(s.done))]
	d, *slot = *slot, doneBatch{}
	if s.delivering = d.Batch != nil; s.delivering {
		s.turn++
	}
	return d
}

// dispatch delivers a batch, unless the scan has ended before it.
func (s *scanner) dispatch(d doneBatch) {
	if s.result == nil {
		s.result = s.deliverOne(d)
	}
	if s.result != nil {
		s.over.Store(true)
	}
	s.give(d.Batch)
}

// deliverOne gives what ends the scan with a batch.
func (s *scanner) deliverOne(d doneBatch) error {
	if d.wanted {
		if err := s.deliver(d.Batch); err != nil {
			return err
		}
	}
	return d.ended
}

func grow(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, n, n+n/2)
	}
	return s[:n]
}

// streamSource takes packets one by one from a Reader: pcapng that comes as a stream.
type streamSource struct {
	r    *Reader
	size int
	held *Packet // read, for the next batch
}

// streamFormat is how streamSource lays records out: like those of a pcap file,
// but for the time stamps, since pcapng has some that pcap cannot hold.
var streamFormat = pcapFormat{bigEndian: hostIsBigEndian, headerLen: pcapRecordLen, wideTime: true}

func (s *streamSource) prefetch(int64, *Batch) {}

func (s *streamSource) decode(*Batch) error { return nil }

// walk copies packets until the batch is full or nothing more has arrived, so
// that a slow pipe is not held up.
func (s *streamSource) walk(b *Batch) error {
	b.Buf, b.First, b.format = b.Buf[:0], s.r.packet.Number+1, &streamFormat
	for len(b.Buf) < s.size {
		p, err := s.nextPacket()
		if err != nil {
			b.Interfaces, b.End = s.r.ifaces, s.r.Offset()
			return err
		}
		if len(b.Records) == 0 {
			b.First = p.Number
		} else if p.Number != b.First+uint64(len(b.Records)) { // some before it were passed over
			s.held = p
			break
		}
		at := len(b.Buf) + pcapRecordLen
		b.Buf = native.AppendUint64(b.Buf, uint64(p.Timestamp))
		b.Buf = native.AppendUint32(b.Buf, uint32(len(p.Data)))
		b.Buf = native.AppendUint32(b.Buf, p.WireLen)
		b.Buf = append(b.Buf, p.Data...)
		b.Records = append(b.Records, Record{Offset: uint32(at), CapLen: uint32(len(p.Data)),
			WireLen: p.WireLen, Interface: uint32(p.Interface)})
		if !s.r.buffered() {
			break
		}
	}
	b.Interfaces, b.End = s.r.ifaces, s.r.Offset()
	return nil
}

// nextPacket gives the packet that was held back, or reads one.
func (s *streamSource) nextPacket() (*Packet, error) {
	if p := s.held; p != nil {
		s.held = nil
		return p, nil
	}
	return s.r.Next()
}

// buffered tells whether the next block of a pcapng file is in memory already.
func (r *Reader) buffered() bool {
	b := r.w.buf[r.w.start:r.w.end]
	return len(b) >= 8 && uint64(len(b)) >= uint64(byteOrder(r.ng.bigEndian).Uint32(b[4:]))
}

// fileSource reads a regular pcap file, window after window, with pread(2). A record belongs to the
// window in which it starts.
type fileSource struct {
	file   *os.File
	format *pcapFormat
	ifaces []Interface
	window int
	pieces []piece // where in the file windows start: at pages, whole pages are copied faster
	shift  int64   // what to subtract from an offset in the file for one in the stream
	size   int64   // of the file when the scan began
	next   int64   // where the next record starts
	number uint64  // of the next record
}

// parallelSource gives the source for a regular file, nil for others.
func (r *Reader) parallelSource(o ScanOptions) batchSource {
	info, regular := r.regular()
	if !regular || r.ng.copy != nil && !o.CopiesBlocks {
		return nil
	}
	at, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	start := at - int64(r.w.end-r.w.start)
	shift := start - r.w.offset
	s := fileSource{file: r.file, format: &r.pcap, ifaces: r.ifaces, window: o.Window, pieces: pieces(start, shift, r.over, o.Window),
		shift: shift, size: info.Size(), next: start, number: r.packet.Number + 1}
	if r.format == Pcap {
		return &s
	}
	if r.ng.copy != nil { // looks ahead now, while nobody else uses the reader
		r.ng.copy.truth.look()
	}
	return &blockSource{fileSource: s, r: r, copying: r.ng.copy != nil}
}

func (s *fileSource) prefetch(index int64, b *Batch) {
	b.shift, b.have, b.eof, b.err, b.Buf = s.shift, 0, false, nil, nil
	s.place(index, b)
	want := b.window
	if !b.last {
		want += windowSlack
	}
	if rest := s.size - b.base; rest >= 0 && rest < int64(want) { // and a byte, to see that there is no more
		want = int(rest) + 1
	}
	if b.window > 0 {
		s.extend(b, want)
	}
}

// extend makes Buf hold want bytes, or all up to the end of the file.
func (s *fileSource) extend(b *Batch, want int) {
	if len(b.own) < want { // of a small file a small piece, which a longer packet or growth doubles
		size, most := 2*len(b.own), s.window+windowSlack+pcapModifiedRecLen+MaxSnaplen
		if size > most || want >= s.window { // what is not read into costs address space only
			size = most
		}
		b.own = append(make([]byte, 0, max(want, size)), b.own[:b.have]...)
		b.own = b.own[:cap(b.own)]
	}
	for b.have < want && !b.eof && b.err == nil {
		n, err := s.file.ReadAt(b.own[b.have:min(want, b.have+readSize)], b.base+int64(b.have))
		b.have += n
		if err == io.EOF {
			b.eof = true
		} else {
			b.err = err
		}
	}
	b.Buf = b.own[:b.have]
}

func (s *fileSource) decode(*Batch) error { return nil }

func (s *fileSource) walk(b *Batch) error {
	err := s.enter(b, &s.number)
	b.First, b.Interfaces, b.format = s.number, s.ifaces, s.format
	if err == nil && s.next < b.base+int64(b.window) {
		err = s.walkRecords(b)
	}
	b.End = s.next - s.shift
	s.format.swapPseudoHeaders(b)
	return err
}

// walkRecords goes from record header to record header up to the window's end.
func (s *fileSource) walkRecords(b *Batch) error {
	at := int(s.next - b.base)
	defer func() { s.number += uint64(len(b.Records)); s.next = b.base + int64(at) }()
	if b.Records == nil {
		b.Records = make([]Record, 0, s.window/typicalRecord)
	}
	for at < b.window {
		if s.format.plain() {
			at = s.format.walkPlain(b, at, min(b.window, b.have))
			if at >= b.window {
				return nil
			}
		}
		next, err := s.walkRecord(b, at)
		if err != nil {
			return err
		}
		at = next
	}
	return nil
}

// typicalRecord is about as long as records are, in bytes, where the first guess
// at their number is made.
const typicalRecord = 256

// plain tells whether walkPlain can read the record headers of a file.
func (f *pcapFormat) plain() bool {
	return !f.bigEndian && f.lengths == capturedFirst && f.headerLen == pcapRecordLen
}

// walkPlain goes over records from Buf[at:] as long as they begin before limit,
// lie wholly within Buf and have nothing special about them. It returns where it
// stopped. What it leaves, walkRecord takes.
func (f *pcapFormat) walkPlain(b *Batch, at, limit int) int {
	buf, records := b.Buf[:b.have], b.Records
	longest := uint64(f.maxCaplen)
	for at < limit && len(buf)-at >= pcapRecordLen {
		lengths := binary.LittleEndian.Uint64(buf[at+8:])
		caplen := lengths & math.MaxUint32
		if caplen > longest || caplen > uint64(len(buf)-at-pcapRecordLen) {
			break
		}
		at += pcapRecordLen
		records = append(records, Record{Offset: uint32(at), CapLen: uint32(caplen), WireLen: uint32(lengths >> 32)})
		at += int(caplen)
	}
	b.Records = records
	return at
}

// walkRecord adds the record at Buf[at:] and returns where the next begins. It
// reads on where the record is not in Buf to its end.
func (s *fileSource) walkRecord(b *Batch, at int) (next int, err error) {
	f := s.format
	if b.have-at < f.headerLen {
		s.extend(b, at+f.headerLen)
		if b.have-at < f.headerLen {
			return at, s.cut(b, at, "record header", max(b.have-at, 0), f.headerLen)
		}
	}
	rec := f.record(b.Buf[at:])
	if rec.caplen > f.maxCaplen {
		return at, tooLong(s.number+uint64(len(b.Records)), b.base+int64(at)-s.shift, rec.caplen, f.maxCaplen)
	}
	data := at + f.headerLen
	end := data + int(rec.caplen)
	if end > b.have {
		s.extend(b, end)
		if end > b.have {
			return at, s.cut(b, at, "packet", b.have-data, int(rec.caplen))
		}
	}
	b.Records = append(b.Records, Record{Offset: uint32(data), CapLen: rec.caplen, WireLen: rec.wireLen})
	return end, nil
}

// swapPseudoHeaders puts the pseudoheaders of a batch into the byte order of this host.
func (f *pcapFormat) swapPseudoHeaders(b *Batch) {
	if f.iface.Swapped {
		for i := range b.Records {
			swapPseudoHeader(f.iface.LinkType, b.Data(i), b.Records[i].WireLen)
		}
	}
}

// cut is the error of a file that ends in the record at Buf[at:]; io.EOF where
// it ends before the record begins.
func (s *fileSource) cut(b *Batch, at int, what string, got, want int) error {
	return s.cutAt(b, at, what, got, want, b.base+int64(b.have))
}

// cutAt is that of a file that ends at a place.
func (s *fileSource) cutAt(b *Batch, at int, what string, got, want int, end int64) error {
	e := &FileError{Packet: s.number + uint64(len(b.Records)), Offset: b.base + int64(at) - s.shift, Kind: Truncated,
		Part: what, Got: uint64(got), Want: uint64(want),
		Msg: fmt.Sprintf("the file ends after %d of %d bytes of the %s", got, want, what)}
	if b.err != nil {
		e.Kind, e.Err, e.Msg = ReadFailed, b.err, fmt.Sprintf("%d of %d bytes of the %s", got, want, what)
		return e
	}
	if end < s.size {
		e.Kind, e.Msg = Shrunk, fmt.Sprintf("the file ends at byte %d; it had %d bytes when reading began", end, s.size)
		return e
	}
	if end == b.base+int64(at) {
		return io.EOF
	}
	return e
}
