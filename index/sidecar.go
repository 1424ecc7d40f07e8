package index

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"slices"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
)

// magic begins a sidecar, with the number of its form.
const magic = "bpfcidx\x02"

// sidecar is what is kept beside a capture, but for the blocks, which are read and written one after the other: they may be many.
//
// A file has the magic number, the place of the head, the blocks, an empty piece, the head, and the checksum of everything behind
// the place of the head. Blocks and head are pieces, which begin with their length.
type sidecar struct {
	size, changed int64  // of the capture: bytes, and nanoseconds since 1970
	ends          uint32 // checksum of the capture's beginning and end
	packets       uint64
	plain         bool                // the capture is not compressed
	whole         bool                // nothing is behind the last packet
	ifaces        []capture.Interface // that are described before the first packet
	targets       []scan.Target
}

// formLen is the length of what is before the blocks, in bytes.
const formLen = len(magic) + 8

// longestPiece is how long a piece may be, in bytes: a block has as many packets as it may have, and these so many fields.
const longestPiece = 16 << 20

// Path is where the sidecar of a capture is.
func Path(capture string) string { return capture + scan.SidecarExt }

var crcTable = crc32.MakeTable(crc32.Castagnoli)

// encoder appends numbers.
type encoder struct{ b []byte }

func (e *encoder) u32(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) u64(v uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, v) }

func (s *sidecar) encode() []byte {
	e := &encoder{}
	e.u64(uint64(s.size))
	e.u64(uint64(s.changed))
	e.u32(s.ends)
	e.u64(s.packets)
	e.flags(s.plain, s.whole)
	e.u32(uint32(len(s.ifaces)))
	for i := range s.ifaces {
		text, _ := s.ifaces[i].AppendBinary(nil) // never fails
		e.u32(uint32(len(text)))
		e.b = append(e.b, text...)
	}
	e.u32(uint32(len(s.targets)))
	for _, t := range s.targets {
		e.u32(uint32(t.LinkType))
		e.u32(uint32(t.SnapLen))
		e.u32(uint32(t.Savefile))
	}
	return e.b
}

// flags appends a number with a bit for each.
func (e *encoder) flags(list ...bool) {
	n := uint32(0)
	for i, set := range list {
		if set {
			n |= 1 << i
		}
	}
	e.u32(n)
}

func (b *block) encode() []byte {
	e := &encoder{}
	e.u64(uint64(b.from))
	e.u64(uint64(b.to))
	e.u32(b.packets)
	e.flags(b.stays, b.odd)
	e.u32(b.marks[0])
	e.u32(b.marks[1])
	e.u32(uint32(len(b.groups)))
	for _, g := range b.groups {
		e.u32(uint32(g.target))
		e.u64(uint64(g.min))
		e.u64(uint64(g.max))
		e.u32(uint32(len(g.fields)))
		for i := range g.fields {
			g.fields[i].encode(e)
		}
	}
	size := len(e.b)
	e.u32(0)
	if b.sketch.filter != nil {
		e.b = appendFilter(e.b, b.sketch.filter)
		binary.LittleEndian.PutUint32(e.b[size:], uint32(len(e.b)-size-4))
	}
	return e.b
}

func (f *summary) encode(e *encoder) {
	e.u64(f.key)
	e.u32(f.min)
	e.u32(f.max)
	if !f.all {
		e.u32(unlisted | map[bool]uint32{true: 1}[f.nets])
		return
	}
	e.u32(uint32(len(f.list)))
	for _, v := range f.list {
		e.u32(v)
	}
}

// unlisted stands for the length of a list where there is none.
const unlisted = uint32(1) << 31

// errForm is that of a sidecar that is not as it is written.
var errForm = errors.New("not a sidecar of this form")

// decoder takes numbers off; what is not there is 0, and marks it as failed.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.failed = true
		return nil
	}
	head := d.b[:n]
	d.b = d.b[n:]
	return head
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// count reads how many of something follow that take so many bytes at least.
func (d *decoder) count(size int) int {
	n := int(d.u32())
	if n < 0 || n > len(d.b)/size {
		d.failed = true
		return 0
	}
	return n
}

func decodeHead(text []byte) (*sidecar, error) {
	d := &decoder{b: text}
	s := &sidecar{size: int64(d.u64()), changed: int64(d.u64()), ends: d.u32(), packets: d.u64()}
	d.flags(&s.plain, &s.whole)
	for range d.count(4) {
		var i capture.Interface
		if err := i.UnmarshalBinary(d.take(int(d.u32()))); err != nil {
			return nil, err
		}
		s.ifaces = append(s.ifaces, i)
	}
	for range d.count(12) {
		s.targets = append(s.targets, scan.Target{LinkType: linktype.Type(int32(d.u32())), SnapLen: int(d.u32()), Savefile: bpfc.Savefile(d.u32())})
	}
	if d.failed || len(d.b) > 0 {
		return nil, errForm
	}
	return s, nil
}

// flags reads what encoder.flags has written.
func (d *decoder) flags(list ...*bool) {
	n := d.u32()
	for i, flag := range list {
		*flag = n>>i&1 == 1
	}
}

// blockDecoder decodes one block after the other in the same memory.
type blockDecoder struct {
	decoder
	block  block
	groups []group
	fields []summary // of all groups
	lists  []uint32  // of all fields
	prints []uint16  // of the sketch
}

// decode reads a block of packets of so many targets. It is good until the next one is read.
func (d *blockDecoder) decode(text []byte, targets int) (*block, error) {
	d.decoder = decoder{b: text}
	d.groups, d.fields, d.lists = d.groups[:0], d.fields[:0], d.lists[:0]
	b := &d.block
	*b = block{from: int64(d.u64()), to: int64(d.u64()), packets: d.u32(), groups: b.groups[:0]}
	b.sketch.prints = &d.prints
	d.flags(&b.stays, &b.odd)
	b.marks[0], b.marks[1] = d.u32(), d.u32()
	n := d.count(24)
	d.groups = slices.Grow(d.groups, n) // so that they stay where they are
	for i := range n {
		g := group{target: int(d.u32()), min: int64(d.u64()), max: int64(d.u64()), number: i, sketch: &b.sketch}
		first := len(d.fields)
		for range d.count(20) {
			d.fields = append(d.fields, d.summary())
		}
		g.fields = d.fields[first:len(d.fields):len(d.fields)]
		d.failed = d.failed || g.target >= targets
		d.groups = append(d.groups, g)
		b.groups = append(b.groups, &d.groups[i])
	}
	if size := d.u32(); size > 0 {
		b.sketch.text = d.take(int(size))
		d.failed = d.failed || size < filterHead || size%2 != 0
	}
	if d.failed || len(d.b) > 0 || b.to <= b.from || b.packets == 0 {
		return nil, errForm
	}
	return b, nil
}

func (d *blockDecoder) summary() summary {
	f := summary{key: d.u64(), min: d.u32(), max: d.u32()}
	count := d.u32()
	f.nets = count == unlisted|1
	if f.all = count <= listed; f.all {
		first := len(d.lists)
		for range count {
			d.lists = append(d.lists, d.u32())
		}
		f.list = d.lists[first:len(d.lists):len(d.lists)]
	}
	return f
}

// of tells whether the sidecar was made of a capture as it is now.
func (s *sidecar) of(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && s.size == info.Size() && s.changed == info.ModTime().UnixNano()
}
