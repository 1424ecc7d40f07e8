package index

import (
	"math/bits"
	"slices"

	"github.com/FastFilter/xorfilter"

	"bpfc/ir"
	"bpfc/prove"
)

// BlockPackets is how many packets of one kind a block has at most.
const BlockPackets = 16384

// listed is how many values of a field are listed.
const listed = 32

// block is what a sidecar has of some packets of one kind.
type block struct {
	target   int // position in sidecar.targets
	packets  uint32
	min, max int64 // times
	fields   map[uint64]summary
	sketch   *xorfilter.BinaryFuse[uint16] // of keys of the fields that are not listed; nil if there are none
}

// summary is what a block has of a field that is noted.
type summary struct {
	min, max uint32 // of the values; min above max where no packet is long enough
	list     []uint32
	all      bool // list has all values
	nets     bool // the beginnings of values are in the sketch, too
}

// open is a block that packets are added to.
type open struct {
	block
	noted []field
	heads []byte // the beginnings of the packets
	ends  []int
}

// headLen is how much of a packet is looked at, in bytes: fields that filters ask for are in it.
const headLen = 192

func newOpen(target int, noted []field) *open {
	return &open{block: block{target: target}, noted: noted}
}

func (o *open) add(data []byte, time int64) {
	if o.packets == 0 {
		o.min, o.max = time, time
	}
	o.min, o.max = min(o.min, time), max(o.max, time)
	o.packets++
	o.heads = append(o.heads, data[:min(len(data), headLen)]...)
	o.ends = append(o.ends, len(o.heads))
}

// close makes the block of what was added.
func (o *open) close() (*block, error) {
	o.fields = map[uint64]summary{}
	var keys []uint64
	for _, f := range o.noted {
		o.fields[f.key()] = o.summarize(f, &keys)
	}
	b := o.block
	if len(keys) == 0 {
		return &b, nil
	}
	slices.Sort(keys)
	var err error
	b.sketch, err = xorfilter.NewBinaryFuse[uint16](slices.Compact(keys)) // which takes each once
	return &b, err
}

// summarize collects the values of a field in all packets.
func (o *open) summarize(f field, keys *[]uint64) summary {
	values := map[uint32]struct{}{}
	from := 0
	for _, to := range o.ends {
		if v, ok := f.value(o.heads[from:to]); ok {
			values[v] = struct{}{}
		}
		from = to
	}
	s := summary{min: ^uint32(0), all: len(values) <= listed, nets: f.nets}
	for v := range values {
		s.min, s.max = min(s.min, v), max(s.max, v)
		if s.all {
			s.list = append(s.list, v)
			continue
		}
		*keys = append(*keys, hash(f.key(), 32, v))
		if f.nets {
			for _, n := range prefixes {
				*keys = append(*keys, hash(f.key(), n, v>>(32-n)))
			}
		}
	}
	slices.Sort(s.list)
	return s
}

// prefixes are the lengths in bits of the beginnings of addresses that are noted.
var prefixes = []uint8{8, 16, 24}

// hash is the key of the first n bits of a field with a value.
func hash(field uint64, n uint8, value uint32) uint64 {
	h := field ^ uint64(n)<<56
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h ^= uint64(value)
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	return h ^ h>>31
}

// may tells which outcomes a comparison has for packets of the block.
func (b *block) may(t prove.Test) (hold, fail bool) {
	if t.R.Op != ir.Const {
		return true, true
	}
	f, mask, ok := fieldOf(t.L)
	if !ok {
		return true, true
	}
	s, noted := b.fields[f.key()]
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
		return b.mayEqual(f, s, mask, whole, t.R.K), true
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
func (b *block) mayEqual(f field, s summary, mask, whole, value uint32) bool {
	if value&^mask != 0 {
		return false
	}
	ones := bits.LeadingZeros32(^mask)
	switch prefix := mask == ^uint32(0)<<(32-ones); {
	case mask == whole:
		return s.min <= value && value <= s.max && b.sketched(hash(f.key(), 32, value))
	case !prefix || f.size != 4 || s.max < value || s.min > value|^mask:
		return !prefix || f.size != 4
	case s.nets && slices.Contains(prefixes, uint8(ones)):
		return b.sketched(hash(f.key(), uint8(ones), value>>(32-ones)))
	}
	return true
}

func (b *block) sketched(key uint64) bool { return b.sketch == nil || b.sketch.Contains(key) }
