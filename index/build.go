package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"

	"bpfc/capture"
	"bpfc/scan"
)

// Summary is what [Build] has read. It is a value, and so safe for concurrent use.
type Summary struct {
	Packets uint64
	Size    int64 // bytes of the capture as it is kept
	Fresh   bool  // the sidecar that was there is right, and the capture was not read
}

// ErrChanged is for a capture that changed while it was read. It has no sidecar then.
var ErrChanged = errors.New("the file changed while it was read")

// Build makes the sidecar of a capture file, unless there is one that is right, or force is set. The capture must be a regular
// file and be read to its end without an error. It may be called for different files at the same time.
func Build(ctx context.Context, path string, force bool) (Summary, error) {
	return build(ctx, path, force, BlockPackets)
}

// build is Build with another number of packets for a block.
func build(ctx context.Context, path string, force bool, most int) (Summary, error) {
	before, err := os.Stat(path)
	if err != nil {
		return Summary{}, err
	}
	if !before.Mode().IsRegular() {
		return Summary{}, fmt.Errorf("%s is no regular file", path)
	}
	if s, err := load(path); err == nil && !force {
		return Summary{s.packets, s.size, true}, nil
	}
	b, err := read(ctx, path, most)
	if err != nil {
		return Summary{}, err
	}
	s := b.sidecar
	s.size, s.changed = before.Size(), before.ModTime().UnixNano()
	if s.ends, err = endsOf(path, s.size); err == nil {
		var after os.FileInfo
		if after, err = os.Stat(path); err == nil && !s.of(after) {
			err = fmt.Errorf("%s: %w", path, ErrChanged)
		}
	}
	if err != nil {
		return Summary{}, errors.Join(err, b.out.file.Finish(false))
	}
	return Summary{Packets: s.packets, Size: s.size}, b.out.end(s)
}

// target is a kind of interfaces.
type target struct {
	number int // position in sidecar.targets
	layout layout
	known  bool // there is a layout
}

// fields are those noted of a class.
func (t *target) fields(c class) []field {
	if !t.known {
		return nil
	}
	return t.layout.fields(c)
}

// builder reads a capture.
type builder struct {
	*sidecar
	r       *capture.Reader
	by      map[scan.Target]*target
	targets []*target // by interface
	now     *open     // nil between blocks
	most    int       // packets of a block
	closing []chan closed
	out     *writing
}

// closed is a block that was made of an open one.
type closed struct {
	*block
	err error
}

// read makes the blocks of a capture, and writes them.
func read(ctx context.Context, path string, most int) (b *builder, err error) {
	r, err := capture.OpenContext(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b = &builder{sidecar: &sidecar{plain: r.Parallel()}, r: r, by: map[scan.Target]*target{}, most: most}
	if b.out, err = newWriting(path); err != nil {
		return nil, err
	}
	err = b.all(ctx)
	if err = errors.Join(err, b.collect(0)); err != nil {
		return nil, errors.Join(err, b.out.file.Finish(false))
	}
	return b, nil
}

// all takes all packets.
func (b *builder) all(ctx context.Context) error {
	last := int64(-1) // where the packet before ends
	for p, err := range b.r.Packets(ctx) {
		if err == nil {
			err = b.add(p, last)
		}
		if err != nil {
			return err
		}
		last = b.r.Position()
	}
	if b.packets == 0 {
		b.ifaces = slices.Clone(b.r.Interfaces())
	}
	b.whole = last == b.r.Position()
	return b.flush()
}

// add puts a packet into a block; last is where the one before ends.
func (b *builder) add(p *capture.Packet, last int64) error {
	for len(b.targets) <= p.Interface {
		b.targets = append(b.targets, b.target(&b.r.Interfaces()[len(b.targets)]))
	}
	if b.packets == 0 {
		b.ifaces = slices.Clone(b.r.Interfaces())
	}
	apart := last != p.Offset // something is between this packet and the one before
	if b.now != nil && (b.now.full(b.most) || apart && len(b.now.packets) >= min(fewPackets, b.most)) {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if b.now == nil {
		b.now = newOpen(p.Offset)
	} else if apart {
		b.now.stays = true
	}
	b.now.add(b.targets[p.Interface], p.Data, p.Timestamp, b.r.Position())
	b.now.odd = b.now.odd || p.Timestamp == math.MinInt64 || p.Timestamp == math.MaxInt64
	b.packets++
	return nil
}

// target finds the kind of an interface.
func (b *builder) target(i *capture.Interface) *target {
	t := scan.TargetOf(i)
	if b.by[t] == nil {
		b.by[t] = &target{number: len(b.sidecar.targets)}
		b.by[t].layout, b.by[t].known = layoutOf(t.LinkType)
		b.sidecar.targets = append(b.sidecar.targets, t)
	}
	return b.by[t]
}

// flush has the open block closed, beside what is read next.
func (b *builder) flush() error {
	if b.now == nil {
		return nil
	}
	o, done := b.now, make(chan closed, 1)
	b.now = nil
	go func() {
		block, err := o.close()
		done <- closed{block, err}
	}()
	b.closing = append(b.closing, done)
	return b.collect(runtime.GOMAXPROCS(0))
}

// collect waits until so many blocks at most are being closed.
func (b *builder) collect(most int) (err error) {
	for len(b.closing) > most {
		c := <-b.closing[0]
		b.closing = b.closing[1:]
		if c.err == nil && b.plain {
			c.marks[0], c.marks[1], c.err = marksAt(b.r.File(), c.from, c.to)
		}
		if c.err == nil {
			c.err = b.out.piece(c.block.encode())
		}
		err = errors.Join(err, c.err)
	}
	return err
}

// marksAt gives the checksums of what is at both ends of a part of a file.
func marksAt(file io.ReaderAt, from, to int64) (first, last uint32, err error) {
	var buf [markLen]byte
	n := min(markLen, to-from)
	if _, err := file.ReadAt(buf[:n], from); err != nil {
		return 0, 0, err
	}
	first = markOf(buf[:n])
	_, err = file.ReadAt(buf[:n], to-n)
	return first, markOf(buf[:n]), err
}

// endLen is how many bytes of a capture, at its beginning and its end, its sidecar has a checksum of.
const endLen = 4096

// endsOf is the checksum of the beginning and the end of a file of so many bytes.
func endsOf(path string, size int64) (uint32, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }() // only read from: nothing can be lost
	n := min(size, endLen)
	buf := make([]byte, 2*n)
	if _, err = file.ReadAt(buf[:n], 0); err == nil || err == io.EOF {
		_, err = file.ReadAt(buf[n:], size-n)
	}
	if err == io.EOF { // with all that was asked for, or the file has changed
		err = nil
	}
	return markOf(buf), err
}
