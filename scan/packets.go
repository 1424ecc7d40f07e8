package scan

import (
	"context"
	"errors"
	"iter"

	"bpfc/capture"
	"bpfc/vm"
)

// Packets iterates over the packets of the rest of the file that match. An error ends the iteration: it comes last, with a
// nil packet. Where the loop is left early, packets behind it may have been read already; of a regular pcap file none can be
// asked for any more.
func (s *Scanner) Packets() iter.Seq2[*Packet, error] { return s.iterate(false) }

// All is [Scanner.Packets] for all packets, those that the filter rejects with the verdict 0.
func (s *Scanner) All() iter.Seq2[*Packet, error] { return s.iterate(true) }

func (s *Scanner) iterate(all bool) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		each := s.oneByOne
		if s.r.Parallel() && s.r.Format() == capture.Pcap { // of pcapng a copy may want the blocks that hold no packet, too
			each = s.inParallel
		}
		matches, left := uint64(0), false
		err := each(func(p *Packet) error {
			if p.Verdict != 0 {
				matches++
			}
			if !yield(p, nil) {
				left = true
				return errLeft
			}
			return nil
		}, all, &matches)
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

// errLeft ends a scan whose loop was left, and is what whoever goes on with it gets where packets were read ahead.
var errLeft = errors.New("a loop over the packets was left, and those that it had read ahead are lost: open the file again")

// reports is how many packets there are between two reports of the progress.
const reports = 1024

// oneByOne judges packet after packet, as they arrive. It hands on those that match, or all; *matches is for the progress.
func (s *Scanner) oneByOne(take func(*Packet) error, all bool, matches *uint64) error {
	var matchers []vm.Matcher // by interface
	var packet Packet
	for p, err := range s.r.Packets(s.ctx) {
		if err != nil {
			return err
		}
		s.seen = p.Number
		if p.Number%reports == 0 {
			s.report(p.Offset, p.Number, *matches)
		}
		for len(matchers) <= p.Interface {
			m, err := s.matcher(s.r.Interfaces(), len(matchers))
			if err != nil {
				return err
			}
			matchers = append(matchers, m)
		}
		verdict := uint32(0)
		if s.timely(p.Timestamp) {
			verdict = matchers[p.Interface].Match(p.Data, p.WireLen)
		}
		if verdict == 0 && !all {
			continue
		}
		packet = Packet{*p, &s.r.Interfaces()[p.Interface], s.name, verdict}
		if err := take(&packet); err != nil {
			return err
		}
	}
	s.seen = max(s.seen, s.packets)
	return nil
}

// inParallel has windows of the file read and judged by other goroutines, and takes the packets in this one, which is the
// loop's.
func (s *Scanner) inParallel(take func(*Packet) error, all bool, matches *uint64) error {
	ctx, stop := context.WithCancel(s.ctx)
	var failed error         // read after batches is closed
	const window = 256 << 10 // bytes: a batch is still in the other processor's cache when its turn comes
	batches, taken := make(chan *capture.Batch), make(chan error)
	go func() {
		defer close(batches)
		failed = s.scan(ctx, capture.ScanOptions{Window: window}, (*capture.Batch).TakeTimes, func(b *capture.Batch) error {
			batches <- b
			return <-taken
		})
	}()
	held := false // the scan waits for this goroutine
	defer func() {
		stop()
		if held { // the loop's body panicked
			taken <- errLeft
		}
		for range batches {
			taken <- errLeft
		}
	}()
	for b := range batches {
		held = true
		err := s.takeBatch(b, take, all)
		s.report(b.End, b.First+uint64(len(b.Records))-1, *matches)
		held = false
		taken <- err
	}
	return failed
}

func (s *Scanner) takeBatch(b *capture.Batch, take func(*Packet) error, all bool) error {
	p := Packet{File: s.name}
	for i, v := range b.Verdicts {
		if v == 0 && !all {
			continue
		}
		b.PacketTo(i, &p.Packet)
		p.From, p.Verdict = &b.Interfaces[p.Interface], v
		if err := take(&p); err != nil {
			return err
		}
	}
	return nil
}
