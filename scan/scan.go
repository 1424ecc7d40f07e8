package scan

import (
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"runtime"
	"sync"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
)

// Packet is a packet that a scan gives. It and its data are valid until the next one is asked for.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	capture.Packet
	From    *capture.Interface // where it was captured
	File    string             // the name of the file of an [Archive]; else ""
	Verdict uint32             // what the filter returned: the bytes that it keeps, 0 where it rejects
}

// Scanner runs a filter over one capture file. It is not safe for concurrent use. A file is read once: what one of its
// methods has read the next one does not see.
type Scanner struct {
	ctx       context.Context
	r         *capture.Reader
	filter    *Filter
	ownReader bool
	ownFilter bool
	progress  func(offset int64, packets, matches uint64)
	seen      uint64 // packets read
	name      string // of the file, in an archive
	packets   uint64 // of the file, where some are passed over; else 0
	workers   int    // goroutines that judge; 0: one a processor
	// bounded: only packets from since on and before until are judged.
	bounded      bool
	since, until int64

	// among: of an archive, where a file may have an interface of which no packet can match.
	among bool

	mu       sync.Mutex
	matchers []vm.Matcher // by interface, as far as they were needed
	fits     bool         // the filter could be compiled for one
	never    error        // why no packet of another can match
}

// Open opens a capture file, pcap or pcapng; "-" is standard input. The filter is compiled for the interfaces that the file
// describes at its start, so that a mistake in it is an error here. Close the scanner when done.
func Open(ctx context.Context, path, filter string, opts ...bpfc.Option) (*Scanner, error) {
	r, err := capture.OpenContext(ctx, path)
	if err != nil {
		return nil, err
	}
	s, err := of(ctx, r, filter, opts)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	s.ownReader = true
	return s, nil
}

// NewReader is [Open] for a stream. Where that is a pipe or a terminal, waiting for it ends with ctx; of any other reader that
// is the reader's business. It is not closed.
func NewReader(ctx context.Context, src io.Reader, filter string, opts ...bpfc.Option) (*Scanner, error) {
	r, err := capture.NewReader(capture.UntilDone(ctx, src))
	if err != nil {
		return nil, err
	}
	return of(ctx, r, filter, opts)
}

func of(ctx context.Context, r *capture.Reader, expr string, opts []bpfc.Option) (*Scanner, error) {
	filter := NewFilter(ctx, expr, opts...)
	s, err := New(ctx, r, filter)
	if err != nil {
		return nil, errors.Join(err, filter.Close())
	}
	s.ownFilter = true
	return s, nil
}

// New makes a scanner of a reader and a filter, both of which stay the caller's: the reader is for nobody else to read, and
// is not closed; a filter may be shared. The filter's program for each interface known so far is made, or its error returned.
func New(ctx context.Context, r *capture.Reader, filter *Filter) (*Scanner, error) {
	s := &Scanner{ctx: ctx, r: r, filter: filter}
	if err := s.begin(); err != nil {
		return nil, err
	}
	return s, nil
}

// begin has the filter compiled for the interfaces that are known.
func (s *Scanner) begin() error {
	if len(s.r.Interfaces()) == 0 {
		if _, err := s.filter.Matcher(&someInterface); err != nil {
			if unfit := (&UnfitError{Err: err}); !s.among || !unfit.ofType() {
				return s.unfit(err)
			}
		}
	}
	for i := range s.r.Interfaces() {
		if _, err := s.matcher(s.r.Interfaces(), i); err != nil {
			return err
		}
	}
	return nil
}

// someInterface is what a filter is compiled for, to find its mistakes, where a file has described no interface.
var someInterface = capture.Interface{LinkType: linktype.EN10MB, Snaplen: bpfc.DefaultSnapLen, FCSLen: -1}

// Close closes what the scanner opened.
func (s *Scanner) Close() (err error) {
	if s.ownFilter {
		err = s.filter.Close()
		s.ownFilter = false
	}
	if s.ownReader {
		err = errors.Join(err, s.r.Close())
	}
	return err
}

// Reader is the capture file that is scanned: for its format and its interfaces.
func (s *Scanner) Reader() *capture.Reader { return s.r }

// Seen gives how many packets of the file have been read so far, those included that were read before the scan.
func (s *Scanner) Seen() uint64 { return s.seen }

// OnProgress has f called every now and then, a few thousand times a second at most, with the bytes of the file that are
// read, the packets in them, and those that matched.
func (s *Scanner) OnProgress(f func(offset int64, packets, matches uint64)) { s.progress = f }

func (s *Scanner) report(offset int64, packets, matches uint64) {
	s.seen = packets
	if s.progress != nil {
		s.progress(offset, packets, matches)
	}
}

// matcher gives what judges the packets of interface i. It is safe for concurrent use.
func (s *Scanner) matcher(ifaces []capture.Interface, i int) (vm.Matcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.matchers) <= i {
		m, err := s.filter.Matcher(&ifaces[len(s.matchers)])
		if unfit := (&UnfitError{Err: err}); err != nil && s.among && unfit.never() {
			s.never = err
			m, err = s.filter.nothing()
		} else if err == nil {
			s.fits = true
		}
		if err != nil {
			return nil, s.unfit(err)
		}
		s.matchers = append(s.matchers, m)
	}
	return s.matchers[i], nil
}

// unfit is the error of a filter that cannot be compiled, which among others has to be told from other errors of the file.
func (s *Scanner) unfit(err error) error {
	if s.among {
		return &UnfitError{Err: err}
	}
	return err
}

// Packets opens a file and iterates over the packets that match. An error ends the iteration: it comes last, with a nil
// packet. The file is closed at the end, and when the loop is left. A sequence can be iterated over again, which reads the
// file again.
func Packets(ctx context.Context, path, filter string, opts ...bpfc.Option) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		s, err := Open(ctx, path, filter, opts...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = s.Close() }() // only read from: nothing can be lost
		s.Packets()(yield)
	}
}

// Count opens a file and tells how many of its packets match. Where there is an error, it is of those before it.
func Count(ctx context.Context, path, filter string, opts ...bpfc.Option) (n uint64, err error) {
	s, err := Open(ctx, path, filter, opts...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Count()
}

// Count reads the rest of the file and tells how many packets match. Where there is an error, it is of those before it.
func (s *Scanner) Count() (n uint64, err error) {
	err = s.Batches(func(b *capture.Batch) error {
		for _, v := range b.Verdicts {
			if v != 0 {
				n++
			}
		}
		s.report(b.End, b.First+uint64(len(b.Records))-1, n)
		return nil
	})
	return n, err
}

// Follow has runs of packets passed over of which a plan says that none matches. They count as seen. It is for who asks what
// matches, and not what does not. A plan for packets that the filter cannot be compiled for is not followed.
func (s *Scanner) Follow(p Plan) {
	if _, never, err := s.filter.fits(p.Targets); err != nil || never != nil && !s.among {
		return
	}
	if len(p.Over) > 0 {
		s.r.PassOver(p.Over)
		s.packets = p.Packets
	}
}

// Between has packets judged only whose time is in a range, in nanoseconds since 1970-01-01 UTC: from since on, before until.
// Others get the verdict 0. Both 0 are no bounds, and so is either alone if it is 0.
func (s *Scanner) Between(since, until int64) {
	s.bounded = since != 0 || until != 0
	s.since, s.until = since, until
	if since == 0 {
		s.since = math.MinInt64
	}
	if until == 0 {
		s.until = math.MaxInt64
	}
}

// timely tells whether a time is in the range.
func (s *Scanner) timely(t int64) bool { return !s.bounded || s.since <= t && t < s.until }

// errNotJudged stops a scan behind the batch that could not be judged to its end; its own error is told instead.
var errNotJudged = errors.New("batch not judged")

// Batches reads the rest of the file and hands each run of packets, verdicts filled in, to deliver, in the order of the file.
// That is the fastest way to see all packets. See [capture.Reader.Scan] for what a batch is and who owns it; deliver is not
// called by two goroutines at a time.
func (s *Scanner) Batches(deliver func(*capture.Batch) error) error {
	return s.scan(s.ctx, capture.ScanOptions{}, nil, deliver)
}

// BatchesWith is Batches with work done by the goroutine that judges a batch, beside others, before the batch is delivered in its
// turn. What work finds is left in [capture.Batch].Result for deliver.
func (s *Scanner) BatchesWith(work func(*capture.Batch), deliver func(*capture.Batch) error) error {
	return s.scan(s.ctx, capture.ScanOptions{}, work, deliver)
}

func (s *Scanner) scan(ctx context.Context, o capture.ScanOptions, with func(*capture.Batch), deliver func(*capture.Batch) error) error {
	var failed error
	var once sync.Once
	if o.Workers = s.workers; o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	spans := make([][]vm.Span, o.Workers) // one for each worker, to be used again
	work := func(worker int, b *capture.Batch) {
		if err := s.judge(b, &spans[worker]); err != nil {
			once.Do(func() { failed = err })
		}
		if with != nil {
			with(b)
		}
	}
	err := s.r.Scan(ctx, o, work, func(b *capture.Batch) error {
		judged := len(b.Verdicts)
		if judged == len(b.Records) {
			return deliver(b)
		}
		if b.Records = b.Records[:judged]; judged > 0 || o.CopiesBlocks {
			if err := deliver(b); err != nil {
				return err
			}
		}
		return errNotJudged
	})
	if errors.Is(err, errNotJudged) {
		return failed
	}
	if err == nil {
		s.seen = max(s.seen, s.packets)
	}
	return err
}

// judge fills in the verdicts of a batch. If it fails it leaves verdicts of the records before. *buf is scratch space.
func (s *Scanner) judge(b *capture.Batch, buf *[]vm.Span) error {
	spans := (*buf)[:0]
	defer func() { *buf = spans }()
	for i := 0; i < len(b.Records); {
		iface := b.Records[i].Interface
		first := i
		for ; i < len(b.Records) && b.Records[i].Interface == iface; i++ {
			r := &b.Records[i]
			spans = append(spans, vm.Span{Off: r.Offset, CapLen: r.CapLen, WireLen: r.WireLen})
		}
		m, err := s.matcher(b.Interfaces, int(iface))
		if err != nil {
			b.Verdicts = b.Verdicts[:first]
			s.boundBatch(b)
			return err
		}
		m.MatchBuffer(b.Buf, spans[first:i], b.Verdicts[first:i])
	}
	s.boundBatch(b)
	return nil
}

// boundBatch takes the verdicts back of packets whose time is not in the range.
func (s *Scanner) boundBatch(b *capture.Batch) {
	if s.bounded {
		for i, v := range b.Verdicts {
			if v != 0 && !s.timely(b.Timestamp(i)) {
				b.Verdicts[i] = 0
			}
		}
	}
}
