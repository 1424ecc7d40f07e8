package main

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
)

// defaultLinkType is what a filter is compiled for where nothing says otherwise.
const defaultLinkType = linktype.EN10MB

// scanner judges every packet of a capture file by one filter, compiled once for each kind of interface in the file.
type scanner struct {
	ctx     context.Context
	options *filterOptions
	expr    string

	mu       sync.Mutex
	matchers map[target]vm.Matcher
}

func newScanner(ctx context.Context, options *filterOptions, expr string) *scanner {
	return &scanner{ctx: ctx, options: options, expr: expr, matchers: map[target]vm.Matcher{}}
}

// targetOf is what the packets of an interface of a capture file need.
func targetOf(i *capture.Interface) target {
	t := target{linkType: i.LinkType, snapLen: int(i.Snaplen), savefile: bpfc.SavefileUnswapped}
	if i.Swapped {
		t.savefile = bpfc.SavefileSwapped
	}
	return t
}

// matcher gives the filter compiled for t. It is safe for concurrent use.
func (s *scanner) matcher(t target) (vm.Matcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.matchers[t]; ok {
		return m, nil
	}
	prog, err := s.options.compile(s.ctx, s.expr, t)
	if err != nil {
		return nil, err
	}
	m, err := prog.Matcher()
	if err != nil {
		return nil, err
	}
	s.matchers[t] = m
	return m, nil
}

// close frees the matchers.
func (s *scanner) close() {
	for _, m := range s.matchers {
		_ = m.Close() // gives memory back; there is nothing to do about a failure
	}
}

// check compiles the filter before the first packet, for the interfaces that the file has described so far. A
// filter with a mistake is so refused even if there is no packet to judge.
func (s *scanner) check(ifaces []capture.Interface) error {
	if len(ifaces) == 0 {
		_, err := s.matcher(target{linkType: defaultLinkType, snapLen: defaultSnapLen, savefile: bpfc.SavefileUnswapped})
		return err
	}
	for i := range ifaces {
		if _, err := s.matcher(targetOf(&ifaces[i])); err != nil {
			return err
		}
	}
	return nil
}

// scan judges the rest of the file and hands each batch, verdicts filled in, to deliver, in order.
func (s *scanner) scan(r *capture.Reader, deliver func(*capture.Batch) error) error {
	var failed error
	var once sync.Once
	workers := runtime.GOMAXPROCS(0)
	spans := make([][]vm.Span, workers) // one for each worker, to be used again
	work := func(worker int, b *capture.Batch) {
		if err := s.judge(b, &spans[worker]); err != nil {
			once.Do(func() { failed = err })
		}
	}
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	err := r.Scan(ctx, capture.ScanOptions{Workers: workers}, work, func(b *capture.Batch) error {
		if len(b.Verdicts) < len(b.Records) {
			return errNotJudged
		}
		return deliver(b)
	})
	if errors.Is(err, errNotJudged) {
		return failed
	}
	return err
}

// errNotJudged stops a scan behind the batch that could not be judged; its own error is told instead.
var errNotJudged = errors.New("batch not judged")

// judge fills in the verdicts of a batch. If it fails it leaves fewer verdicts than records. *buf is scratch space.
func (s *scanner) judge(b *capture.Batch, buf *[]vm.Span) error {
	spans := (*buf)[:0]
	defer func() { *buf = spans }()
	for i := 0; i < len(b.Records); {
		iface := b.Records[i].Interface
		first := i
		for ; i < len(b.Records) && b.Records[i].Interface == iface; i++ {
			r := &b.Records[i]
			spans = append(spans, vm.Span{Off: r.Offset, CapLen: r.CapLen, WireLen: r.WireLen})
		}
		m, err := s.matcher(targetOf(&b.Interfaces[iface]))
		if err != nil {
			b.Verdicts = b.Verdicts[:0]
			return err
		}
		m.MatchBuffer(b.Buf, spans[first:i], b.Verdicts[first:i])
	}
	return nil
}
