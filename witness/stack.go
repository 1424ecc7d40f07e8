package witness

import (
	"encoding/binary"
	"slices"
)

// layer is a header of a packet.
type layer struct {
	kind *kind
	b    []byte // the header's bytes; what is derived from the rest of the packet is filled in by bytes
	pin  []byte // bits that are not filled in, since the filter asks for them: what makes a packet malformed
}

// stack is a packet as headers.
type stack struct {
	layers []layer
	data   []byte // behind the last header
	// beyond is how many bytes of the packet were not captured.
	beyond int
	// cut, if not 0, is where the packet ends on the wire although its headers say that it is longer.
	cut       int
	ancillary map[uint32]uint32
}

func (s *stack) clone() *stack {
	c := &stack{layers: slices.Clone(s.layers), data: slices.Clone(s.data), beyond: s.beyond, cut: s.cut}
	for i := range c.layers {
		c.layers[i].b, c.layers[i].pin = slices.Clone(c.layers[i].b), slices.Clone(c.layers[i].pin)
	}
	if s.ancillary != nil {
		c.ancillary = make(map[uint32]uint32, len(s.ancillary))
		for k, v := range s.ancillary {
			c.ancillary[k] = v
		}
	}
	return c
}

// size is how many bytes are captured.
func (s *stack) size() int {
	n := len(s.data)
	for i := range s.layers {
		n += len(s.layers[i].b)
	}
	return n
}

// start is where a layer begins.
func (s *stack) start(i int) (n int) {
	for j := range i {
		n += len(s.layers[j].b)
	}
	return n
}

// bytes makes the packet, its lengths and checksums filled in from the inside out.
func (s *stack) bytes() []byte {
	buf := make([]byte, 0, s.size())
	for i := range s.layers {
		buf = append(buf, s.layers[i].b...)
	}
	buf = append(buf, s.data...)
	end := len(buf)
	for i := len(s.layers) - 1; i >= 0; i-- {
		l := &s.layers[i]
		at := end - len(s.data)
		for j := i; j < len(s.layers); j++ {
			at -= len(s.layers[j].b)
		}
		if l.kind.fill == nil {
			continue
		}
		l.kind.fill(s, i, buf[at:])
		for k, p := range l.pin {
			buf[at+k] = buf[at+k]&^p | l.b[k]&p
		}
	}
	if s.cut > 0 && s.cut < len(buf) {
		buf = buf[:s.cut]
	}
	return buf
}

// under is the IP header that a layer stands in, -1 if there is none.
func (s *stack) under(i int) int {
	for i--; i >= 0; i-- {
		if k := s.layers[i].kind; k == ipv4 || k == ipv6 {
			return i
		}
	}
	return -1
}

// become makes what follows layer i a new stack of headers, as its kind builds them for
// the value of the field that says what follows.
func (s *stack) become(i int, next *kind) {
	if i+1 < len(s.layers) && s.layers[i+1].kind == next || next == nil && i+1 == len(s.layers) {
		return
	}
	s.layers, s.data = s.layers[:i+1], nil
	if next != nil {
		s.push(next)
	}
}

// push adds a header, and those that it carries unless something else is said.
func (s *stack) push(k *kind) {
	s.layers = append(s.layers, layer{kind: k, b: k.fresh(), pin: make([]byte, len(k.fresh()))})
	i := len(s.layers) - 1
	s.data = slices.Clone(k.data)
	switch {
	case k.settle != nil:
		k.settle(s, i)
	case k.carries != nil:
		s.push(k.carries)
	}
}

// flatten makes all behind layer i bytes of no meaning.
func (s *stack) flatten(i int) {
	all := s.bytes()
	s.data = all[min(len(all), s.start(i+1)):]
	s.layers = s.layers[:i+1]
}

// opaque sets bits of the packet without a change of what follows.
func (s *stack) opaque(off, size int, v uint32) bool {
	i := s.layerAt(off)
	if i < 0 {
		return false
	}
	s.flatten(i)
	at := s.start(i)
	for k := range size {
		if j := off + k - at; j < len(s.layers[i].b) {
			s.layers[i].b[j] = byte(v >> (8 * (size - 1 - k)))
		}
	}
	return true
}

func (s *stack) layerAt(off int) int {
	at := 0
	for i := range s.layers {
		if at += len(s.layers[i].b); off < at {
			return i
		}
	}
	return -1
}

// write sets bytes of the packet to a number in network byte order, and keeps it a real
// one as far as it can: lengths change what they measure, and so on. It tells whether
// there are such bytes.
func (s *stack) write(off, size int, v uint32) bool {
	now := s.bytes()
	if off < 0 || off+size > len(now) {
		return false
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	want := b[4-size:]
	type change struct {
		i    int
		kind *kind
		f    *field
		v    uint32
	}
	var changes []change
	raw := slices.Clone(now)
	copy(raw[off:], want)
	done := make([]bool, size)
	for i := range s.layers {
		at := s.start(i)
		for f := range s.layers[i].kind.all() {
			lo, hi := at+f.off, at+f.off+f.size
			if f.role == plain || hi <= off || lo >= off+size || hi > at+len(s.layers[i].b) {
				continue
			}
			value := f.get(raw[at:])
			for k := range size {
				m := byte(0)
				if p := off + k - lo; p >= 0 && p < f.size {
					m = byte(f.mask() >> (8 * (f.size - 1 - p)))
				}
				done[k] = done[k] || m == 0xff
			}
			if value != f.get(now[at:]) {
				changes = append(changes, change{i, s.layers[i].kind, f, value})
			}
		}
	}
	for k := range size { // what no role takes
		s.poke(off+k, want[k], raw)
	}
	for _, c := range changes {
		if c.i < len(s.layers) && s.layers[c.i].kind == c.kind { // another change may have put other headers there
			s.set(c.i, c.f, c.v)
		}
	}
	return true
}

// poke sets the bits of a byte that are in no field with a role.
func (s *stack) poke(off int, v byte, raw []byte) {
	i := s.layerAt(off)
	if i < 0 {
		s.data[off-s.start(len(s.layers))] = v
		return
	}
	at := s.start(i)
	m := byte(0xff)
	for f := range s.layers[i].kind.all() {
		if p := off - at - f.off; f.role != plain && p >= 0 && p < f.size {
			m &^= byte(f.mask() >> (8 * (f.size - 1 - p)))
		}
	}
	b := &s.layers[i].b[off-at]
	*b = *b&^m | raw[off]&m
}

// set gives a field with a role another value.
func (s *stack) set(i int, f *field, v uint32) {
	l := &s.layers[i]
	f.put(l.b, v)
	switch f.role {
	case follows:
		if l.kind == llc {
			l.b[1] = byte(v) // both service access points are the same
		}
		s.become(i, f.next(v))
	case version:
		if i > 0 && s.layers[i-1].kind.announces() { // which said another
			f.pin(l)
			return
		}
		switch {
		case v == 4:
			s.turn(i, ipv4)
		case v == 6:
			s.turn(i, ipv6)
		default:
			f.pin(l)
		}
	case bottom:
		if v == 0 {
			s.become(i, mpls)
		} else {
			s.become(i, ipv4)
		}
	case offset:
		if v != 0 {
			s.flatten(i)
		}
	case content:
		if d, ok := l.kind.contents[v]; ok {
			s.layers, s.data = s.layers[:i+1], slices.Clone(d)
		}
	case headerLength:
		n := int(v) * 4
		if n < l.kind.least {
			f.pin(l)
			return
		}
		l.b, l.pin = resized(l.b, n, 1), resized(l.pin, n, 0) // 1 is the option that does nothing, of IPv4 and TCP
		f.put(l.b, v)
	case length:
		if grow := int(v) - l.kind.measure(s, i); len(s.data)+grow >= 0 && grow < 1<<17 {
			s.resize(len(s.data) + grow)
			return
		}
		f.pin(l)
	case shape:
		s.reform()
	case derived, fixed:
		f.pin(l)
	}
}

// reform gives headers the form that they, and those before them, say that they have. Fields of the same name stay as they are.
func (s *stack) reform() {
	for i := 0; i < len(s.layers); i++ {
		l := &s.layers[i]
		if l.kind.form == nil {
			continue
		}
		k := l.kind.form(s, i, l.b)
		if k == l.kind {
			continue
		}
		old := *l
		*l = layer{kind: k, b: k.fresh(), pin: make([]byte, len(k.fresh()))}
		for f := range k.all() {
			for g := range old.kind.all() {
				if f.name == g.name {
					copy(l.b[f.off:f.off+f.size], old.b[g.off:])
				}
			}
		}
		if k.carries != old.kind.carries {
			s.become(i, k.carries)
			if k.carries == nil {
				s.data = slices.Clone(k.data)
			}
		}
	}
}

// turn replaces a header and all behind it.
func (s *stack) turn(i int, k *kind) {
	if s.layers[i].kind != k {
		s.layers = s.layers[:i]
		s.push(k)
	}
}

func resized(b []byte, n int, filler byte) []byte {
	for len(b) < n {
		b = append(b, filler)
	}
	return b[:n]
}

// resize sets the number of bytes behind the last header.
func (s *stack) resize(n int) {
	for len(s.data) < n {
		s.data = append(s.data, filler[len(s.data)%len(filler)])
	}
	s.data = s.data[:n]
}

const filler = "abcdefghijklmnopqrstuvwxyz012345"

// setLen makes the packet so many bytes long on the wire.
func (s *stack) setLen(n int) bool {
	const most = 65535 + 14
	s.beyond = max(0, n-most)
	s.cut = 0
	grow := n - s.beyond - s.size()
	if len(s.data)+grow < 0 {
		s.cut = n
		return n > 0
	}
	s.resize(len(s.data) + grow)
	return true
}
