package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"sync"
	"sync/atomic"

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
	if s.r.Format() != capture.Pcap {
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

// start is what the beginning of a file tells.
type start struct {
	err   error
	plan  Plan
	first int64 // time of the first packet, or earlier where that is not known
}

// Description is what the beginnings of the files of an archive tell.
// It is safe for concurrent use as long as nobody changes it.
type Description struct {
	// First is the first interface of the first file that could be opened; nil if none could, or if that describes none
	// before its first packet.
	First *capture.Interface
	// Types tells whether there are interfaces of several link-layer types.
	SeveralTypes bool
	Nanosecond   bool   // some time stamps are finer than microseconds
	Snaplen      uint32 // the largest snapshot length, in bytes
	// Same tells whether all files have the same interfaces.
	Same bool

	file    int // which is that of First; -1: one that is not read
	ifaces  []capture.Interface
	skipped []Target
}

// Describe reads the beginning of each file. What cannot be opened again, such as standard input, stays open. The methods
// that need it call it themselves, unless it has been called.
func (a *Archive) Describe(ctx context.Context) (*Description, error) {
	if a.description != nil {
		return a.description, nil
	}
	d := &Description{Same: true}
	begins := make([]begun, len(a.Inputs))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(a.workers(), len(a.Inputs)) {
		wait.Go(func() {
			for i := int(next.Add(1) - 1); i < len(begins) && ctx.Err() == nil; i = int(next.Add(1) - 1) {
				begins[i] = a.begin(ctx, i)
			}
		})
	}
	wait.Wait()
	a.kept, a.starts = map[int]*capture.Reader{}, make([]start, len(a.Inputs))
	for i, b := range begins {
		if b.open != nil {
			a.kept[i] = b.open
		}
		switch a.starts[i] = b.start; {
		case b.plan.Skip:
			d.addPlan(b.plan)
		case b.err == nil:
			d.add(i, b.ifaces)
		}
	}
	d.settle()
	a.description = d
	return d, ctx.Err()
}

// begin reads the beginning of a file.
func (a *Archive) begin(ctx context.Context, i int) (b begun) {
	if b.plan = a.plan(ctx, a.Inputs[i].Path); b.plan.Skip {
		b.first = math.MaxInt64
		return b
	}
	b.first = math.MinInt64
	r, err := a.open(ctx, i)
	if err != nil {
		b.err = err
		return b
	}
	b.ifaces = r.Interfaces()
	if !isRegular(a.Inputs[i].Path) { // cannot be opened again
		b.open = r
		return b
	}
	defer func() { _ = r.Close() }()    // only read from: nothing can be lost
	if p, err := r.Next(); err == nil { // an error is told when the file is read
		b.first = p.Timestamp
	}
	b.ifaces = r.Interfaces()
	return b
}

// begun is what the beginning of a file has.
type begun struct {
	start
	ifaces []capture.Interface
	open   *capture.Reader // where it stays open
}

func (d *Description) add(file int, ifaces []capture.Interface) {
	if d.First == nil && len(ifaces) > 0 {
		first := ifaces[0]
		d.First, d.file, d.ifaces = &first, file, ifaces
	}
	d.Same = d.Same && sameInterfaces(d.ifaces, ifaces)
	for i := range ifaces {
		d.SeveralTypes = d.SeveralTypes || ifaces[i].LinkType != d.First.LinkType
		d.Nanosecond = d.Nanosecond || ifaces[i].NanosecondTimestamps()
		d.Snaplen = max(d.Snaplen, ifaces[i].Snaplen)
	}
}

// addPlan is add for a file that is not read.
func (d *Description) addPlan(p Plan) {
	d.Nanosecond = d.Nanosecond || p.Nanosecond
	d.skipped = append(d.skipped, p.Targets...)
}

// settle takes the files that are not read into account.
func (d *Description) settle() {
	for _, t := range d.skipped {
		if d.First == nil {
			d.First, d.file = &capture.Interface{LinkType: t.LinkType, Snaplen: uint32(t.SnapLen), FCSLen: -1}, -1
		}
		d.SeveralTypes = d.SeveralTypes || t.LinkType != d.First.LinkType
		d.Snaplen = max(d.Snaplen, uint32(t.SnapLen))
	}
	d.skipped = nil
}

func sameInterfaces(a, b []capture.Interface) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Options says how to write packets of the archive to one file: as pcap or, if pcapng is set or it takes pcapng to hold
// several link-layer types, as pcapng.
func (d *Description) Options(pcapng bool) capture.WriterOptions {
	o := capture.WriterOptions{Format: capture.Pcap, Nanosecond: d.Nanosecond, Snaplen: d.Snaplen, First: d.First}
	if pcapng || d.SeveralTypes {
		o.Format = capture.Pcapng
		return o
	}
	if d.First == nil {
		only := someInterface
		o.First = &only
		return o
	}
	only := *d.First
	only.Snaplen = d.Snaplen
	if !d.Same {
		only.FCSLen = -1
	}
	o.First = &only
	return o
}

// numbering gives the interfaces of an archive numbers.
type numbering struct {
	same bool
	list []capture.Interface
	at   map[[2]int]int // file and number there
	from int            // file whose interfaces are everybody's, where all have the same
}

func (d *Description) numbering() *numbering {
	n := &numbering{same: d.Same, at: map[[2]int]int{}, from: d.file}
	if d.First != nil {
		n.list = append(n.list, *d.First)
		n.at[[2]int{d.file, 0}] = 0
	}
	return n
}

func (n *numbering) number(file, i int, iface *capture.Interface) int {
	if n.same {
		if k, ok := n.at[[2]int{n.from, i}]; ok && n.list[k] == *iface {
			return k
		}
	}
	key := [2]int{file, i}
	k, ok := n.at[key]
	if !ok {
		k = len(n.list)
		n.list = append(n.list, *iface)
		n.at[key] = k
	}
	return k
}

// Copy writes the packets that match to one file, in the order of Inputs, and tells how many they are. As pcap, see
// [Description.Options], all packets are of one link-layer type. As pcapng each file read becomes a section of its own, so
// that interfaces are kept apart and nothing is lost but the packets that do not match.
func (a *Archive) Copy(ctx context.Context, dst io.Writer, pcapng bool) (n uint64, err error) {
	d, err := a.Describe(ctx)
	if err != nil {
		return 0, err
	}
	if o := d.Options(pcapng); o.Format == capture.Pcap {
		return a.copyPcap(ctx, dst, o)
	}
	return a.copySections(ctx, dst)
}

func (a *Archive) copyPcap(ctx context.Context, dst io.Writer, o capture.WriterOptions) (n uint64, err error) {
	w, err := capture.NewCopier(dst, o)
	if err != nil {
		return 0, err
	}
	n, err = run(ctx, a, func(_ int, s *Scanner, put func(*bundle, int64) error) (uint64, error) {
		return s.records(o, put)
	}, func(_ int, b *bundle) error {
		defer b.free()
		return w.WriteRecords(b.buf)
	})
	return n, errors.Join(err, w.Close())
}

// records hands on the packets that match as records of a pcap file.
func (s *Scanner) records(o capture.WriterOptions, put func(*bundle, int64) error) (matches uint64, err error) {
	out := bundles.Get().(*bundle)
	flush := func() error {
		if len(out.buf) == 0 {
			return nil
		}
		whole := out
		out = bundles.Get().(*bundle)
		return put(whole, int64(cap(whole.buf)))
	}
	err = s.Batches(func(b *capture.Batch) error {
		if err := ofType(b, o.First); err != nil {
			return err
		}
		matches += uint64(b.Compact(o.Nanosecond))
		s.report(b.End, b.First+uint64(len(b.Records))-1, matches)
		if n := len(b.Accepted); n > cap(out.buf)-len(out.buf) {
			if err := flush(); err != nil {
				return err
			}
			if n > cap(out.buf) {
				out.buf = make([]byte, 0, n)
			}
		}
		out.buf = append(out.buf, b.Accepted...)
		return nil
	})
	if errors.Is(err, errStopped) {
		return matches, err
	}
	if e := flush(); e != nil {
		return matches, e
	}
	return matches, err
}

// ofType checks that what matches is of the link-layer type of the file that is written.
func ofType(b *capture.Batch, to *capture.Interface) error {
	for i := range b.Interfaces {
		if b.Interfaces[i].LinkType == to.LinkType {
			continue
		}
		for k, v := range b.Verdicts {
			if v != 0 && int(b.Records[k].Interface) == i {
				return &capture.MixedTypesError{Packet: b.First + uint64(k), Type: b.Interfaces[i].LinkType, File: to.LinkType}
			}
		}
	}
	return nil
}

func (a *Archive) copySections(ctx context.Context, dst io.Writer) (n uint64, err error) {
	return run(ctx, a, func(_ int, s *Scanner, put func(*bundle, int64) error) (uint64, error) {
		o := s.Reader().CopyOptions(true)
		o.Whole = true
		c, err := capture.NewCopier(blockWriter(put), o)
		if err != nil {
			return 0, err
		}
		n, err := s.CopyTo(c)
		if errors.Is(err, errStopped) {
			return n, err
		}
		return n, errors.Join(c.Close(), err)
	}, func(_ int, b *bundle) error {
		n, err := dst.Write(b.buf)
		if err != nil {
			capture.CutBack(dst, n) // the file ends with a whole block
		}
		return err
	})
}

// blockWriter hands on what is written, which are whole blocks, as a bundle.
type blockWriter func(b *bundle, size int64) error

func (put blockWriter) Write(data []byte) (int, error) {
	b := &bundle{buf: bytes.Clone(data)}
	if err := put(b, b.size()); err != nil {
		return 0, err
	}
	return len(data), nil
}
