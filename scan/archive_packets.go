package scan

import (
	"context"
	"errors"
	"iter"
	"sync"

	"bpfc/capture"
)

// bundle is a run of packets with their bytes.
type bundle struct {
	packets []Packet
	buf     []byte
}

const (
	bundleBytes   = 128 << 10
	bundlePackets = 1 << 10
)

var bundles = sync.Pool{New: func() any { return &bundle{buf: make([]byte, 0, bundleBytes)} }}

// full tells whether there is no room for n more bytes.
func (b *bundle) full(n int) bool {
	return len(b.packets) > 0 && (len(b.packets) >= bundlePackets || n > cap(b.buf)-len(b.buf))
}

func (b *bundle) add(p *Packet) {
	if n := len(p.Data); n > cap(b.buf)-len(b.buf) { // the first, and a long one
		b.buf = make([]byte, 0, n)
	}
	at := len(b.buf)
	b.buf = append(b.buf, p.Data...)
	b.packets = append(b.packets, Packet{p.Packet.Detached(b.buf[at:len(b.buf):len(b.buf)]), p.From, p.File, p.Verdict})
}

// size is about what it takes in memory, in bytes.
func (b *bundle) size() int64 { return int64(cap(b.buf)) + int64(len(b.packets))*128 }

func (b *bundle) free() {
	if cap(b.buf) == bundleBytes {
		clear(b.packets)
		b.packets, b.buf = b.packets[:0], b.buf[:0]
		bundles.Put(b)
	}
}

// bundled hands on the packets of a file in bundles, those that match or all, and tells how many match.
func (s *Scanner) bundled(all bool, put func(*bundle, int64) error) (matches uint64, err error) {
	b := bundles.Get().(*bundle)
	err = s.every(all, &matches, func(p *Packet) error {
		if b.full(len(p.Data)) {
			if err := put(b, b.size()); err != nil {
				return err
			}
			b = bundles.Get().(*bundle)
		}
		b.add(p)
		if p.Verdict != 0 {
			matches++
		}
		return nil
	})
	if len(b.packets) > 0 && !errors.Is(err, errStopped) {
		if e := put(b, b.size()); e != nil {
			return matches, e
		}
	}
	return matches, err
}

// every calls take for each packet that matches, or for all, in a goroutine that need not be the caller's.
func (s *Scanner) every(all bool, matches *uint64, take func(*Packet) error) error {
	if s.r.Format() == capture.Pcapng && !s.r.Parallel() {
		return s.oneByOne(take, all, matches)
	}
	return s.Batches(func(b *capture.Batch) error {
		err := s.takeBatch(b, take, all)
		s.report(b.End, b.First+uint64(len(b.Records))-1, *matches)
		return err
	})
}

// Packets iterates over the packets that match, file after file in the order of Inputs. Their field Interface is a number for
// all interfaces of the archive: those of different files have different numbers, but where all files have the same
// interfaces, these are the same, as in mergecap(1). An error ends the iteration and comes last, with a nil packet.
func (a *Archive) Packets(ctx context.Context) iter.Seq2[*Packet, error] {
	return a.iterate(ctx, false)
}

// All is [Archive.Packets] for all packets, those that the filter rejects with the verdict 0.
func (a *Archive) All(ctx context.Context) iter.Seq2[*Packet, error] { return a.iterate(ctx, true) }

func (a *Archive) iterate(ctx context.Context, all bool) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		left := false
		a.everything = all
		d, err := a.Describe(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		numbers := d.numbering()
		var p Packet
		_, err = run(ctx, a, func(_ int, s *Scanner, put func(*bundle, int64) error) (uint64, error) {
			return s.bundled(all, put)
		}, func(i int, b *bundle) error {
			defer b.free()
			for k := range b.packets {
				p = b.packets[k]
				p.Interface = numbers.number(i, p.Interface, p.From)
				if !yield(&p, nil) {
					left = true
					return errLeft
				}
			}
			return nil
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}
