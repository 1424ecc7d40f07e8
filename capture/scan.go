package capture

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// ScanOptions tunes [Reader.Scan]; the zero value is good.
// It is safe for concurrent use as long as nobody changes it.
type ScanOptions struct {
	Workers int // goroutines; one a processor but at most 8 if zero
	Window  int // bytes that one batch covers; a measured size if zero
	// Unmapped has the file read where it would be mapped. Mapped memory faults if the file shrinks, which only what Scan
	// calls is guarded against: for batches that deliver hands to another goroutine.
	Unmapped bool
	// CopiesBlocks says that deliver hands each batch to [Copier.CopyBatch] of a copier that takes the blocks of this file over,
	// which writes those that hold no packet in their places. Else what [Reader.NewCopy] began gets these as they are read.
	CopiesBlocks bool
}

const (
	defaultWindow  = 512 << 10 // stays in the second-level cache from being read to being judged
	minWindow      = 4 << 10
	maxWindow      = 64 << 20
	windowSlack    = 4 << 10 // read past the window, for the record that crosses its end
	defaultWorkers = 8
	pageSize       = 4 << 10
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
		r.odd += b.ng.odd
		return deliver(b)
	}}
	err := s.run(o.Workers)
	if e := source.close(); err == nil {
		err = e
	}
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
	// lost is asked about an error that came up with a batch, or before one is
	// delivered about none. It returns another if bytes of the batch are not there
	// any more.
	lost(b *Batch, err error) error
	// release is called when a batch and those before it have been delivered.
	release(b *Batch)
	close() error
}

// relay hands a baton from each batch to the next. Only as many batches as
// there are workers are under way, so one slot a worker is enough.
type relay []chan error

func newRelay(n int) relay {
	r := make(relay, n)
	for i := range r {
		r[i] = make(chan error, 1)
	}
	r[0] <- nil
	return r
}

// spins is how often take looks before it sleeps: some ten microseconds, about
// what going to sleep and being woken takes, and what a step of a batch does.
const spins = 8000

func (r relay) take(index int64) error {
	baton := r[index%int64(len(r))]
	for range spins {
		select {
		case err := <-baton:
			return err
		default:
		}
	}
	return <-baton
}

func (r relay) pass(index int64, err error) { r[(index+1)%int64(len(r))] <- err }

// scanner runs the workers. A batch goes through four steps: prefetch
// (parallel), walk (serial), decode and work (parallel), deliver (serial). The error that
// ends the walk or the delivery is the baton for the batches that come after.
type scanner struct {
	ctx     context.Context
	source  batchSource
	work    func(worker int, b *Batch)
	deliver func(b *Batch) error
	blocks  bool         // batches without packets are delivered too
	next    atomic.Int64 // index of the next batch
	walks   relay
	turns   relay
	result  error // written by the holder of the turn
}

func (s *scanner) run(workers int) error {
	s.walks, s.turns = newRelay(workers), newRelay(workers)
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			debug.SetPanicOnFault(true) // see guarded
			var b Batch
			for s.one(worker, s.next.Add(1)-1, &b) {
			}
		})
	}
	wait.Wait()
	if s.result == io.EOF {
		return nil
	}
	return s.result
}

// one takes one batch through the four steps; false when there are no more.
func (s *scanner) one(worker int, index int64, b *Batch) bool {
	s.source.prefetch(index, b)
	b.Records, b.Accepted = b.Records[:0], nil
	ended := s.walks.take(index)
	if ended == nil {
		ended = s.guarded(b, func() error { return s.source.walk(b) })
	}
	if ended == nil {
		ended = s.ctx.Err()
	}
	s.walks.pass(index, ended)
	if err := s.guarded(b, func() error { return s.source.decode(b) }); err != nil {
		ended = err
	}
	wanted := len(b.Records) > 0 || s.blocks && len(b.ng.others) > 0
	var failed error
	if wanted {
		b.Verdicts = grow(b.Verdicts, len(b.Records))
		failed = s.guarded(b, func() error { s.work(worker, b); return nil })
	}
	if before := s.turns.take(index); before != nil {
		failed = before
	}
	if failed == nil && wanted {
		failed = s.source.lost(b, nil)
	}
	if failed == nil && wanted {
		failed = s.guarded(b, func() error { return s.deliver(b) })
	}
	if failed == nil {
		failed = ended
	}
	if failed != nil {
		s.result = failed
	}
	s.turns.pass(index, failed)
	s.source.release(b)
	return failed == nil
}

// guarded runs a step of a batch. Memory that is a file's faults where the file is no
// longer there; in Go code, and in a leaf that Go code has called, that is a panic,
// which becomes an error here.
func (s *scanner) guarded(b *Batch, step func() error) (err error) {
	if b.mapped == nil {
		return step()
	}
	defer func() {
		if value := recover(); value != nil {
			fault := &faultError{value}
			if err = s.source.lost(b, fault); err == error(fault) {
				panic(value)
			}
		}
	}()
	if err = step(); err != nil && err != io.EOF {
		err = s.source.lost(b, err)
	}
	return err
}

// faultError is a panic.
type faultError struct{ value any }

func (e *faultError) Error() string { return fmt.Sprint(e.value) }

// in tells whether it came from using memory of b.
func (e *faultError) in(b []byte) bool {
	fault, ok := e.value.(interface{ Addr() uintptr })
	return ok && fault.Addr()-uintptr(unsafe.Pointer(unsafe.SliceData(b))) < uintptr(len(b))
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
}

// streamFormat is how streamSource lays records out: like those of a pcap file,
// but for the time stamps, since pcapng has some that pcap cannot hold.
var streamFormat = pcapFormat{bigEndian: hostIsBigEndian, headerLen: pcapRecordLen, wideTime: true}

func (s *streamSource) prefetch(int64, *Batch) {}

func (s *streamSource) lost(_ *Batch, err error) error { return err }

func (s *streamSource) decode(*Batch) error { return nil }

func (s *streamSource) release(*Batch) {}

func (s *streamSource) close() error { return nil }

// walk copies packets until the batch is full or nothing more has arrived, so
// that a slow pipe is not held up.
func (s *streamSource) walk(b *Batch) error {
	b.Buf, b.First, b.format = b.Buf[:0], s.r.packet.Number+1, &streamFormat
	for len(b.Buf) < s.size {
		p, err := s.r.Next()
		if err != nil {
			b.Interfaces, b.End = s.r.ifaces, s.r.Offset()
			return err
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

// buffered tells whether the next block of a pcapng file is in memory already.
func (r *Reader) buffered() bool {
	b := r.w.buf[r.w.start:r.w.end]
	return len(b) >= 8 && uint64(len(b)) >= uint64(byteOrder(r.ng.bigEndian).Uint32(b[4:]))
}

// fileSource reads a regular pcap file, window after window: in place where the file
// is mapped, with pread(2) at its end and where it is not. A record belongs to the
// window in which it starts.
type fileSource struct {
	file   *os.File
	mapped []byte // the file's first bytes; nil if it is not mapped
	format *pcapFormat
	ifaces []Interface
	window int
	first  int64  // where in the file window 0 starts: at a page, whole pages are copied faster
	shift  int64  // what to subtract from an offset in the file for one in the stream
	size   int64  // of the file when the scan began
	next   int64  // where the next record starts
	number uint64 // of the next record
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
	s := fileSource{file: r.file, format: &r.pcap, ifaces: r.ifaces, window: o.Window, first: start &^ (pageSize - 1),
		shift: start - r.w.offset, size: info.Size(), next: start, number: r.packet.Number + 1}
	swaps := r.format == Pcap && r.pcap.iface.Swapped // pseudoheaders, in place; that needs memory of its own
	if !swaps && !o.Unmapped && s.size-s.first >= int64(o.Window+windowSlack) {
		s.mapped = mapFile(r.file, s.size)
	}
	if r.format == Pcap {
		return &s
	}
	if r.ng.copy != nil { // looks ahead now, while nobody else uses the reader
		r.ng.copy.truth.look()
	}
	return &blockSource{fileSource: s, r: r, copying: r.ng.copy != nil}
}

func (s *fileSource) prefetch(index int64, b *Batch) {
	b.base, b.shift, b.have, b.eof, b.err = s.first+index*int64(s.window), s.shift, 0, false, nil
	if s.show(b, s.window+windowSlack) {
		b.touched = touch(b.Buf)
		return
	}
	s.extend(b, s.window+windowSlack)
}

// show makes Buf the window's first want bytes in the mapping, if they are there.
func (s *fileSource) show(b *Batch, want int) bool {
	b.mapped = nil
	end := b.base + int64(want)
	if end > int64(len(s.mapped)) {
		return false
	}
	b.mapped = s.mapped[b.base:end:end]
	b.Buf, b.have = b.mapped, want
	return true
}

// touch reads a byte of each line of the cache, which the walk from one header to the
// next, each step waiting for the one before, would do slowly. What is not there any
// more is found out by that walk.
func touch(b []byte) (sum byte) {
	defer func() { _ = recover() }()
	for i := 0; i < len(b); i += 64 {
		sum += b[i]
	}
	return sum
}

// extend makes Buf hold want bytes, or all up to the end of the file.
func (s *fileSource) extend(b *Batch, want int) {
	if b.mapped != nil {
		if s.show(b, want) {
			return
		}
		b.have = 0
	}
	if b.own == nil { // what is not read into costs address space only
		b.own = make([]byte, s.window+windowSlack+pcapModifiedRecLen+MaxSnaplen)
	}
	if len(b.own) < want {
		b.own = append(make([]byte, 0, want), b.own[:b.have]...)[:want]
	}
	for b.have < want && !b.eof && b.err == nil {
		n, err := s.file.ReadAt(b.own[b.have:want], b.base+int64(b.have))
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

func (s *fileSource) lost(b *Batch, err error) error {
	if b.mapped == nil {
		return err
	}
	end := b.base + int64(len(b.mapped))
	e := &FileError{Packet: b.First, Offset: b.base - s.shift}
	if s.shorter(end) { // what was read may have been zeros
		e.Kind, e.Msg = Shrunk, fmt.Sprintf("the file ends before byte %d; it had %d bytes when reading began", end, s.size)
		return e
	}
	if fault, ok := err.(*faultError); ok && fault.in(b.mapped) {
		e.Kind, e.Err, e.Msg = ReadFailed, fault, "a page of the mapped file"
		return e
	}
	return err
}

// shorter tells whether the file does not reach up to end any more.
func (s *fileSource) shorter(end int64) bool {
	info, err := s.file.Stat()
	return err != nil || info.Size() < end
}

// releaseSize is how much of the mapping is given back at a time, in bytes: each time
// costs the processors what they remember of the process's memory.
const releaseSize = 16 << 20

func (s *fileSource) release(b *Batch) {
	from, to := b.base/releaseSize*releaseSize, (b.base+int64(s.window))/releaseSize*releaseSize
	if b.mapped != nil && from < to {
		forget(s.mapped[from:to])
	}
}

func (s *fileSource) close() error {
	if s.mapped == nil {
		return nil
	}
	return unmapFile(s.mapped)
}

func (s *fileSource) walk(b *Batch) error {
	b.First, b.Interfaces, b.format = s.number, s.ifaces, s.format
	var err error
	if s.next < b.base+int64(s.window) {
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
	for at < s.window {
		if s.format.plain() {
			at = s.format.walkPlain(b, at, min(s.window, b.have))
			if at >= s.window {
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
