package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/FastFilter/xorfilter"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
)

// magic begins a sidecar, with the number of its form.
const magic = "bpfcidx\x01"

// sidecar is what is kept beside a capture.
type sidecar struct {
	size, changed int64 // of the capture: bytes, and nanoseconds since 1970
	packets       uint64
	nanosecond    bool // some time stamps are finer than microseconds
	targets       []scan.Target
	blocks        []*block
}

// Path is where the sidecar of a capture is.
func Path(capture string) string { return capture + scan.SidecarExt }

var crcTable = crc32.MakeTable(crc32.Castagnoli)

// encoder appends numbers.
type encoder struct{ b []byte }

func (e *encoder) u32(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) u64(v uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, v) }

func (s *sidecar) encode() ([]byte, error) {
	e := &encoder{[]byte(magic)}
	e.u64(uint64(s.size))
	e.u64(uint64(s.changed))
	e.u64(s.packets)
	e.u32(map[bool]uint32{true: 1}[s.nanosecond])
	e.u32(uint32(len(s.targets)))
	for _, t := range s.targets {
		e.u32(uint32(t.LinkType))
		e.u32(uint32(t.SnapLen))
		e.u32(uint32(t.Savefile))
	}
	e.u32(uint32(len(s.blocks)))
	for _, b := range s.blocks {
		if err := b.encode(e); err != nil {
			return nil, err
		}
	}
	e.u32(crc32.Checksum(e.b, crcTable))
	return e.b, nil
}

func (b *block) encode(e *encoder) error {
	e.u32(uint32(b.target))
	e.u32(b.packets)
	e.u64(uint64(b.min))
	e.u64(uint64(b.max))
	e.u32(uint32(len(b.fields)))
	for _, key := range slices.Sorted(maps.Keys(b.fields)) {
		f := b.fields[key]
		e.u64(key)
		e.u32(f.min)
		e.u32(f.max)
		if !f.all {
			e.u32(unlisted | map[bool]uint32{true: 1}[f.nets])
			continue
		}
		e.u32(uint32(len(f.list)))
		for _, v := range f.list {
			e.u32(v)
		}
	}
	if b.sketch == nil {
		e.u32(0)
		return nil
	}
	e.u32(uint32(len(b.sketch.Fingerprints)))
	var text bytes.Buffer
	err := b.sketch.Save(&text)
	e.b = append(e.b, text.Bytes()...)
	return err
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

func decode(text []byte) (*sidecar, error) {
	const crcLen = 4
	if len(text) < len(magic)+crcLen || string(text[:len(magic)]) != magic {
		return nil, errForm
	}
	body := text[:len(text)-crcLen]
	if crc32.Checksum(body, crcTable) != binary.LittleEndian.Uint32(text[len(body):]) {
		return nil, errors.New("the checksum is wrong")
	}
	d := &decoder{b: body[len(magic):]}
	s := &sidecar{size: int64(d.u64()), changed: int64(d.u64()), packets: d.u64(), nanosecond: d.u32() == 1}
	for range d.count(12) {
		s.targets = append(s.targets, scan.Target{LinkType: linktype.Type(int32(d.u32())), SnapLen: int(d.u32()), Savefile: bpfc.Savefile(d.u32())})
	}
	for range d.count(28) {
		b := d.block()
		if d.failed || b.target >= len(s.targets) {
			return nil, errForm
		}
		s.blocks = append(s.blocks, b)
	}
	if d.failed || len(d.b) > 0 {
		return nil, errForm
	}
	return s, nil
}

func (d *decoder) block() *block {
	b := &block{target: int(d.u32()), packets: d.u32(), min: int64(d.u64()), max: int64(d.u64())}
	n := d.count(20)
	b.fields = make(map[uint64]summary, n)
	for range n {
		key := d.u64()
		f := summary{min: d.u32(), max: d.u32()}
		count := d.u32()
		f.nets = count == unlisted|1
		if f.all = count <= listed; f.all {
			f.list = make([]uint32, count)
			for i := range f.list {
				f.list[i] = d.u32()
			}
		}
		b.fields[key] = f
	}
	fingerprints := d.u32()
	if fingerprints == 0 || d.failed {
		return b
	}
	const header = 28 // of what Save writes
	text := d.take(header + 2*int(fingerprints))
	if text == nil {
		return b
	}
	f, err := xorfilter.LoadBinaryFuse[uint16](bytes.NewReader(text))
	if err != nil || !sound(f) {
		d.failed = true
		return b
	}
	b.sketch = f
	return b
}

// sound tells whether no key can make the filter look beyond its end.
func sound(f *xorfilter.BinaryFuse[uint16]) bool {
	n := f.SegmentLength
	return n > 0 && n&(n-1) == 0 && f.SegmentLengthMask == n-1 && f.SegmentCountLength == f.SegmentCount*n &&
		uint64(len(f.Fingerprints)) == (uint64(f.SegmentCount)+2)*uint64(n)
}

// load reads the sidecar of a capture. It is an error if there is none that can be used.
func load(path string) (*sidecar, error) {
	text, err := os.ReadFile(Path(path))
	if err != nil {
		return nil, err
	}
	s, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Path(path), err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !s.of(info) {
		return nil, fmt.Errorf("%s: %s has changed since", Path(path), path)
	}
	return s, nil
}

// of tells whether the sidecar was made of a capture as it is now.
func (s *sidecar) of(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && s.size == info.Size() && s.changed == info.ModTime().UnixNano()
}

// save writes the sidecar of a capture, beside its place and then into it.
func (s *sidecar) save(path string) error {
	text, err := s.encode()
	if err != nil {
		return err
	}
	file, err := capture.CreateAside(Path(path))
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Finish(err == nil))
}
