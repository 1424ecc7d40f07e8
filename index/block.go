package index

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"

	"github.com/FastFilter/xorfilter"

	"bpfc/ir"
	"bpfc/prove"
)

// BlockPackets is how many packets a block has at most.
const BlockPackets = 16384

// BlockBytes is how many bytes of a capture a block covers at most, but for the packet that crosses them.
const BlockBytes = 8 << 20

// fewPackets is how many packets a block has at least, where something that is no packet comes behind them.
const fewPackets = 1024

// listed is how many values of a field are listed.
const listed = 32

// block is what a sidecar has of a run of packets.
type block struct {
	from, to int64 // place in the stream
	packets  uint32
	stays    bool      // there is something else between its packets: it is not passed over
	odd      bool      // some times are out of range, which is told when they are read
	marks    [2]uint32 // checksums of its first and last bytes; 0 of a compressed capture
	groups   []*group
	sketch   sketch // of keys of the fields that are not listed
}

// group is what a block has of its packets of one kind.
type group struct {
	target   int // position in sidecar.targets
	min, max int64
	fields   []summary
	number   int // in the block
	sketch   *sketch
}

// summary is what a group has of a field that is noted.
type summary struct {
	key      uint64
	min, max uint32 // of the values; min above max where no packet is long enough
	list     []uint32
	all      bool // list has all values
	nets     bool // the beginnings of values are in the sketch, too
}

// head is where the beginning of a packet is.
type head struct {
	end   int // in open.heads
	group int
}

// kindOf is what packets of a group have in common.
type kindOf struct {
	target int
	class  class
}

// open is a block that packets are added to.
type open struct {
	block
	noted   [][]field // by group
	numbers map[kindOf]int
	heads   []byte // the beginnings of the packets
	packets []head
}

// headLen is how much of a packet is looked at, in bytes: fields that filters ask for are in it.
const headLen = 192

func newOpen(from int64) *open {
	return &open{block: block{from: from, to: from}, numbers: map[kindOf]int{}}
}

// full tells whether the next packet belongs into another block.
func (o *open) full(most int) bool { return len(o.packets) >= most || o.to-o.from >= BlockBytes }

// add takes a packet that ends at a place of the stream.
func (o *open) add(t *target, data []byte, time, end int64) {
	k := kindOf{target: t.number}
	if t.known {
		k.class = t.layout.classify(data)
	}
	number, ok := o.numbers[k]
	if !ok {
		number = len(o.groups)
		o.numbers[k] = number
		o.groups = append(o.groups, &group{target: t.number, number: number, min: time, max: time})
		o.noted = append(o.noted, t.fields(k.class))
	}
	g := o.groups[number]
	g.min, g.max = min(g.min, time), max(g.max, time)
	o.heads = append(o.heads, data[:min(len(data), headLen)]...)
	o.packets = append(o.packets, head{len(o.heads), number})
	o.to = end
}

// close makes the block of what was added.
func (o *open) close() (*block, error) {
	members := make([][][]byte, len(o.groups))
	from := 0
	for _, h := range o.packets {
		members[h.group] = append(members[h.group], o.heads[from:h.end])
		from = h.end
	}
	c := collector{}
	for i, g := range o.groups {
		for _, f := range o.noted[i] {
			g.fields = append(g.fields, c.summarize(g, f, members[i]))
		}
	}
	b := o.block
	b.packets = uint32(len(o.packets))
	if len(c.keys) == 0 {
		return &b, nil
	}
	slices.Sort(c.keys)
	filter, err := xorfilter.NewBinaryFuse[uint16](slices.Compact(c.keys)) // which takes each once
	b.sketch.filter = filter
	return &b, err
}

// collector collects the values of fields.
type collector struct {
	keys   []uint64
	values map[uint32]struct{}
	recent [1 << 8]uint32 // values that were seen, by their lower bits
}

// summarize collects the values of a field in the packets of a group.
func (c *collector) summarize(g *group, f field, packets [][]byte) summary {
	if c.values == nil {
		c.values = map[uint32]struct{}{}
	}
	clear(c.values)
	for i := range c.recent {
		c.recent[i] = ^uint32(i) // has another place, so that it was not seen
	}
	for _, data := range packets {
		v, ok := f.value(data)
		if !ok {
			continue
		}
		if r := &c.recent[v%uint32(len(c.recent))]; *r != v {
			*r = v
			c.values[v] = struct{}{}
		}
	}
	s := summary{key: f.key(), min: ^uint32(0), all: len(c.values) <= listed, nets: f.nets}
	for v := range c.values {
		s.min, s.max = min(s.min, v), max(s.max, v)
		if s.all {
			s.list = append(s.list, v)
			continue
		}
		c.keys = append(c.keys, g.hash(s.key, 32, v))
		if f.nets {
			for _, n := range prefixes {
				c.keys = append(c.keys, g.hash(s.key, n, v>>(32-n)))
			}
		}
	}
	slices.Sort(s.list)
	return s
}

// prefixes are the lengths in bits of the beginnings of addresses that are noted.
var prefixes = []uint8{8, 16, 24}

// hash is the key of the first n bits of a field with a value.
func (g *group) hash(field uint64, n uint8, value uint32) uint64 {
	h := field ^ uint64(n)<<56 ^ uint64(g.number)*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h ^= uint64(value)
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	return h ^ h>>31
}

// markLen is how many bytes at both ends of a block its marks are of, at most.
const markLen = 16

// markOf is the checksum of some bytes of a capture.
func markOf(b []byte) uint32 { return crc32.Checksum(b, crcTable) }

// sketch says of a key that is in it always yes, and of another no but for one time in 65,536.
type sketch struct {
	filter *xorfilter.BinaryFuse[uint16]
	text   []byte    // as it is kept, where it has not been needed yet
	prints *[]uint16 // memory for its fingerprints then
}

// has tells whether a key may be there; nothing is known of an empty sketch.
func (s *sketch) has(key uint64) bool {
	if s.filter == nil && s.text != nil {
		s.filter, s.text = loadFilter(s.text, s.prints), nil
	}
	return s.filter == nil || s.filter.Contains(key)
}

// loadFilter takes a filter off its text, whose length is right, with some memory for it; nil if it is none.
func loadFilter(text []byte, prints *[]uint16) *xorfilter.BinaryFuse[uint16] {
	n := (len(text) - filterHead) / 2
	*prints = slices.Grow((*prints)[:0], n)[:n]
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(text[at:]) }
	f := &xorfilter.BinaryFuse[uint16]{Seed: binary.LittleEndian.Uint64(text), SegmentLength: u32(8), SegmentLengthMask: u32(12),
		SegmentCount: u32(16), SegmentCountLength: u32(20), Fingerprints: *prints}
	text = text[filterHead:]
	for i := range f.Fingerprints {
		f.Fingerprints[i] = binary.LittleEndian.Uint16(text[2*i:])
	}
	if n := f.SegmentLength; n == 0 || n&(n-1) != 0 || f.SegmentLengthMask != n-1 || f.SegmentCountLength != f.SegmentCount*n ||
		uint64(len(f.Fingerprints)) != (uint64(f.SegmentCount)+2)*uint64(n) { // a key could make it look beyond its end
		return nil
	}
	return f
}

// filterHead is the length of what is kept of a filter before its fingerprints, in bytes.
const filterHead = 24

// appendFilter appends what loadFilter takes.
func appendFilter(b []byte, f *xorfilter.BinaryFuse[uint16]) []byte {
	b = binary.LittleEndian.AppendUint64(b, f.Seed)
	for _, v := range []uint32{f.SegmentLength, f.SegmentLengthMask, f.SegmentCount, f.SegmentCountLength} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range f.Fingerprints {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// field gives what is noted of a field.
func (g *group) field(key uint64) (s *summary, noted bool) {
	for i := range g.fields {
		if g.fields[i].key == key {
			return &g.fields[i], true
		}
	}
	return nil, false
}

// may tells which outcomes a comparison has for packets of the group.
func (g *group) may(t prove.Test) (hold, fail bool) {
	if t.R.Op != ir.Const {
		return true, true
	}
	f, mask, ok := fieldOf(t.L)
	if !ok {
		return true, true
	}
	s, noted := g.field(f.key())
	switch {
	case !noted:
		return true, true
	case s.all:
		for _, v := range s.list {
			if holds(t.Cmp, v&mask, t.R.K) {
				hold = true
			} else {
				fail = true
			}
		}
		return hold, fail
	}
	whole := uint32(1)<<(8*f.size) - 1
	if f.size == 4 {
		whole = ^uint32(0)
	}
	switch mask &= whole; {
	case t.Cmp == ir.Eq:
		return g.mayEqual(f, s, mask, whole, t.R.K), true
	case mask != whole:
		return true, true
	case t.Cmp == ir.Gt:
		return s.max > t.R.K, s.min <= t.R.K
	case t.Cmp == ir.Ge:
		return s.max >= t.R.K, s.min < t.R.K
	}
	return true, true
}

func holds(c ir.Cmp, l, r uint32) bool {
	switch c {
	case ir.Eq:
		return l == r
	case ir.Gt:
		return l > r
	case ir.Ge:
		return l >= r
	}
	return l&r != 0
}

// mayEqual tells whether the bits of a mask may have a value.
func (g *group) mayEqual(f field, s *summary, mask, whole, value uint32) bool {
	if value&^mask != 0 {
		return false
	}
	ones := bits.LeadingZeros32(^mask)
	switch prefix := mask == ^uint32(0)<<(32-ones); {
	case mask == whole:
		return s.min <= value && value <= s.max && g.sketch.has(g.hash(s.key, 32, value))
	case !prefix || f.size != 4 || s.max < value || s.min > value|^mask:
		return !prefix || f.size != 4
	case s.nets && slices.Contains(prefixes, uint8(ones)):
		return g.sketch.has(g.hash(s.key, uint8(ones), value>>(32-ones)))
	}
	return true
}
