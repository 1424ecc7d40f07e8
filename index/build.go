package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
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
	s, err := read(ctx, path)
	if err != nil {
		return Summary{}, err
	}
	s.size, s.changed = before.Size(), before.ModTime().UnixNano()
	after, err := os.Stat(path)
	if err == nil && !s.of(after) {
		err = fmt.Errorf("%s: %w", path, ErrChanged)
	}
	if err == nil {
		err = s.save(path)
	}
	return Summary{Packets: s.packets, Size: s.size}, err
}

// read makes the blocks of a capture.
func read(ctx context.Context, path string) (s *sidecar, err error) {
	r, err := capture.OpenContext(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s = &sidecar{}
	var kinds []*opens // by interface
	targets := map[scan.Target]*opens{}
	for p, err := range r.Packets(ctx) {
		if err != nil {
			return nil, err
		}
		for len(kinds) <= p.Interface {
			iface := &r.Interfaces()[len(kinds)]
			s.nanosecond = s.nanosecond || iface.NanosecondTimestamps()
			t := scan.TargetOf(iface)
			if targets[t] == nil {
				targets[t] = newOpens(len(s.targets), t)
				s.targets = append(s.targets, t)
			}
			kinds = append(kinds, targets[t])
		}
		if err := kinds[p.Interface].add(s, p); err != nil {
			return nil, err
		}
	}
	for _, t := range s.targets {
		by := targets[t].by
		for _, c := range slices.SortedFunc(maps.Keys(by), func(a, b class) int { return cmp.Or(cmp.Compare(a.tags, b.tags), cmp.Compare(a.kind, b.kind)) }) {
			if err := s.add(by[c]); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// opens are the open blocks of packets of one target.
type opens struct {
	target int
	layout layout
	known  bool // there is a layout
	by     map[class]*open
}

func newOpens(target int, t scan.Target) *opens {
	o := &opens{target: target, by: map[class]*open{}}
	o.layout, o.known = layoutOf(t.LinkType)
	return o
}

// add puts a packet into the block of its class.
func (o *opens) add(s *sidecar, p *capture.Packet) error {
	var c class
	if o.known {
		c = o.layout.classify(p.Data)
	}
	b := o.by[c]
	if b == nil {
		var noted []field
		if o.known {
			noted = o.layout.fields(c)
		}
		b = newOpen(o.target, noted)
		o.by[c] = b
	}
	b.add(p.Data, p.Timestamp)
	s.packets++
	if b.packets < BlockPackets {
		return nil
	}
	delete(o.by, c)
	return s.add(b)
}

// add closes a block.
func (s *sidecar) add(o *open) error {
	b, err := o.close()
	s.blocks = append(s.blocks, b)
	return err
}
