package scan

import (
	"bufio"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"sync"

	"bpfc/capture"
)

// Merge iterates over the packets that match in the order of time: of the packets that come next in each file it gives the
// one with the least time, and of those with the same time that of the file that stands first in Inputs, as mergecap(1). A
// file is opened when its first packet is due, so that files that follow one another in time are open one or two at a time.
// Where more than a few dozen overlap, their packets that match are merged to temporary files in between. About the field
// Interface see [Archive.Packets].
func (a *Archive) Merge(ctx context.Context) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		m := &merger{a: a, broken: make([]error, len(a.Inputs)), outcomes: make([]outcome, len(a.Inputs))}
		err := m.run(ctx, func(p *Packet) bool { return yield(p, nil) })
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

const (
	mostStreams = 16 // files, and temporary files of each level, that are open at a time
	mergeAhead  = 2  // bundles that a file is ahead
)

// stream is one of the sorted inputs of a merge: a file that is not open yet, one that is, or a temporary file.
type stream struct {
	file  int   // position in Inputs, which orders streams with the same time
	time  int64 // of the next packet; of a file that is not open, of the first that it has
	level int   // 0 a file, above it a temporary file

	source source // nil: not open yet
	packet Packet // the next
}

// source gives packets one after the other.
type source interface {
	next() (*Packet, int, error) // with the file that it comes from; io.EOF at the end
	close() error
}

// streams is a heap.
type streams []*stream

func (s streams) Len() int      { return len(s) }
func (s streams) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s streams) Less(i, j int) bool {
	if s[i].time != s[j].time {
		return s[i].time < s[j].time
	}
	return s[i].file < s[j].file
}
func (s *streams) Push(x any) { *s = append(*s, x.(*stream)) }
func (s *streams) Pop() any {
	old := *s
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	return last
}

type merger struct {
	a        *Archive
	queue    streams
	open     []int // by level, how many streams are open
	numbers  *numbering
	broken   []error // by file
	outcomes []outcome
}

func (m *merger) run(ctx context.Context, yield func(*Packet) bool) (err error) {
	d, err := m.a.Describe(ctx)
	if err != nil {
		return err
	}
	m.numbers = d.numbering()
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		err = errors.Join(err, m.close())
		m.a.closeKept()
	}()
	for i := range m.a.Inputs {
		m.queue = append(m.queue, &stream{file: i, time: m.a.starts[i].first})
	}
	heap.Init(&m.queue)
	if err := m.drain(ctx, &m.queue, true, func(s *stream) error {
		if !yield(&s.packet) {
			return errLeft
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range m.a.Inputs {
		if err := m.a.ended(i, m.outcomes[i], m.broken[i]); err != nil {
			return err
		}
	}
	return m.a.result()
}

// drain takes packets from a heap of streams until all have ended.
func (m *merger) drain(ctx context.Context, queue *streams, opens bool, take func(s *stream) error) error {
	const looks = 256 // packets between two looks at ctx
	for n := 1; queue.Len() > 0; n++ {
		if n%looks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		s := (*queue)[0]
		if s.source == nil {
			if err := m.begin(ctx, s); err != nil {
				return err
			}
		} else if err := take(s); err != nil {
			return err
		}
		more, err := m.advance(s)
		if err != nil {
			return err
		}
		if !more {
			heap.Pop(queue)
			continue
		}
		heap.Fix(queue, 0)
		if opens {
			if err := m.reduce(ctx, s.level); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin opens the file of a stream.
func (m *merger) begin(ctx context.Context, s *stream) error {
	s.source = m.a.stream(ctx, s.file, &m.outcomes[s.file])
	m.count(0, 1)
	return nil
}

func (m *merger) count(level, by int) {
	for len(m.open) <= level {
		m.open = append(m.open, 0)
	}
	m.open[level] += by
}

// advance goes on to the next packet of a stream; false at its end.
func (m *merger) advance(s *stream) (more bool, err error) {
	p, file, err := s.source.next()
	if err == nil {
		s.packet = *p
		s.time, s.file = p.Timestamp, file
		if s.level == 0 {
			m.outcomes[file].matches++
			s.packet.Interface = m.numbers.number(file, p.Interface, p.From)
		}
		return true, nil
	}
	m.count(s.level, -1)
	closing := s.source.close()
	s.source = nil // not to be closed again
	if err == io.EOF {
		return false, closing
	}
	if s.level > 0 {
		return false, errors.Join(err, closing)
	}
	m.broken[s.file] = err
	return false, errors.Join(m.a.fatal(m.a.Inputs[s.file], err), closing)
}

// reduce merges streams of a level to a temporary file where too many of them are open.
func (m *merger) reduce(ctx context.Context, level int) error {
	if m.open[level] < mostStreams {
		return nil
	}
	var some, rest streams
	for _, s := range m.queue {
		if s.source != nil && s.level == level {
			some = append(some, s)
		} else {
			rest = append(rest, s)
		}
	}
	heap.Init(&some)
	first := some[0].file
	out, err := newSpill()
	if err != nil {
		return err
	}
	err = m.drain(ctx, &some, false, func(s *stream) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return out.write(s.file, &s.packet)
	})
	if err == nil {
		err = out.rewind(m)
	}
	if err != nil {
		return errors.Join(err, out.close())
	}
	s := &stream{file: first, level: level + 1, source: out}
	m.count(level+1, 1)
	m.queue = rest
	more, err := m.advance(s)
	if more {
		m.queue = append(m.queue, s)
	}
	heap.Init(&m.queue)
	if err != nil || !more {
		return err
	}
	return m.reduce(ctx, level+1)
}

func (m *merger) close() (err error) {
	for _, s := range m.queue {
		if s.source != nil {
			err = errors.Join(err, s.source.close())
		}
	}
	return err
}

// stream opens a file and has it filtered by a goroutine of its own.
func (a *Archive) stream(ctx context.Context, file int, o *outcome) source {
	ctx, cancel := context.WithCancel(ctx)
	f := &fileStream{file: file, bundles: make(chan *bundle, mergeAhead), cancel: cancel}
	f.running.Go(func() {
		defer close(f.bundles)
		f.err = a.file(ctx, file, o, func(s *Scanner) error {
			s.workers = 1
			_, err := s.bundled(false, func(b *bundle, _ int64) error {
				select {
				case f.bundles <- b:
					return nil
				case <-ctx.Done():
					return errStopped
				}
			})
			return err
		})
		if errors.Is(f.err, errStopped) {
			f.err = ctx.Err()
		}
	})
	return f
}

// fileStream is a file of an archive that is being filtered.
type fileStream struct {
	file    int
	bundles chan *bundle
	now     *bundle
	at      int
	err     error // read after bundles is closed
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (f *fileStream) next() (*Packet, int, error) {
	for f.now == nil || f.at == len(f.now.packets) {
		if f.now != nil {
			f.now.free()
		}
		b, ok := <-f.bundles
		if !ok {
			f.now = nil
			if f.err != nil {
				return nil, f.file, f.err
			}
			return nil, f.file, io.EOF
		}
		f.now, f.at = b, 0
	}
	f.at++
	return &f.now.packets[f.at-1], f.file, nil
}

func (f *fileStream) close() error {
	f.cancel()
	for range f.bundles {
	}
	f.running.Wait()
	return nil
}

// spill is a temporary file of packets. It is removed when it is closed, or earlier where the system allows it.
type spill struct {
	file *os.File
	w    *bufio.Writer
	r    *bufio.Reader
	m    *merger
	p    Packet
	data []byte
}

// spillHeader is the length of what stands before the data of a packet, in bytes.
const spillHeader = 48

func newSpill() (*spill, error) {
	file, err := os.CreateTemp("", "bpfc-merge-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // where that is not allowed, close does it
	return &spill{file: file, w: bufio.NewWriterSize(file, 256<<10)}, nil
}

func (s *spill) write(file int, p *Packet) error {
	var b [spillHeader]byte
	binary.NativeEndian.PutUint64(b[0:], uint64(p.Timestamp))
	binary.NativeEndian.PutUint64(b[8:], p.Number)
	binary.NativeEndian.PutUint64(b[16:], uint64(p.Offset))
	binary.NativeEndian.PutUint32(b[24:], uint32(len(p.Data)))
	binary.NativeEndian.PutUint32(b[28:], p.WireLen)
	binary.NativeEndian.PutUint32(b[32:], p.Verdict)
	binary.NativeEndian.PutUint32(b[36:], uint32(p.Interface))
	binary.NativeEndian.PutUint32(b[40:], uint32(file))
	binary.NativeEndian.PutUint16(b[44:], p.Carry)
	_, err := s.w.Write(b[:])
	if err == nil {
		_, err = s.w.Write(p.Data)
	}
	return err
}

// rewind ends writing, and begins reading.
func (s *spill) rewind(m *merger) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	_, err := s.file.Seek(0, io.SeekStart)
	s.r, s.w, s.m = bufio.NewReaderSize(s.file, 64<<10), nil, m
	return err
}

func (s *spill) next() (*Packet, int, error) {
	var b [spillHeader]byte
	if _, err := io.ReadFull(s.r, b[:]); err != nil {
		return nil, 0, err
	}
	file, n := int(binary.NativeEndian.Uint32(b[40:])), int(binary.NativeEndian.Uint32(b[24:]))
	if cap(s.data) < n {
		s.data = make([]byte, n)
	}
	s.data = s.data[:n]
	if _, err := io.ReadFull(s.r, s.data); err != nil {
		return nil, 0, err
	}
	p := &s.p
	p.Timestamp, p.Number = int64(binary.NativeEndian.Uint64(b[0:])), binary.NativeEndian.Uint64(b[8:])
	p.Offset, p.WireLen = int64(binary.NativeEndian.Uint64(b[16:])), binary.NativeEndian.Uint32(b[28:])
	p.Verdict, p.Interface = binary.NativeEndian.Uint32(b[32:]), int(binary.NativeEndian.Uint32(b[36:]))
	p.Carry, p.From = binary.NativeEndian.Uint16(b[44:]), &s.m.numbers.list[p.Interface]
	p.File, p.Data = s.m.a.Inputs[file].Path, s.data
	return p, file, nil
}

func (s *spill) close() error {
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // if it is still there
	return err
}

// CopyMerged writes the packets that match to one file, in the order of [Archive.Merge], and tells how many they are. As
// pcapng interfaces are kept apart as Merge numbers them.
func (a *Archive) CopyMerged(ctx context.Context, dst io.Writer, pcapng bool) (n uint64, err error) {
	d, err := a.Describe(ctx)
	if err != nil {
		return 0, err
	}
	c, err := capture.NewCopier(dst, d.Options(pcapng))
	if err != nil {
		a.closeKept()
		return 0, err
	}
	for p, err := range a.Merge(ctx) {
		if err == nil {
			err = c.Copy(&p.Packet, p.From)
		}
		if err != nil {
			return n, errors.Join(err, c.Close())
		}
		n++
	}
	return n, c.Close()
}
