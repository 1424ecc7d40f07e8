package prove

import (
	"math"
	"math/rand/v2"
)

// sought is which packets are looked for.
type sought int

const (
	onlyA sought = iota
	onlyB
	both
)

type pair struct{ a, b ref }

// costs are, for each kind of packet that is sought, the fewest bytes that must be
// captured of one, or never.
type costs [3]uint32

const never = math.MaxUint32

// search walks the diagrams of two filters together.
type search struct {
	*prover
	filters [2]*Filter
	costs   map[pair]costs
}

// least finds the shortest packets below a pair of nodes.
func (s *search) least(at pair) costs {
	la, lb := s.level(at.a), s.level(at.b)
	if la == leafLevel && lb == leafLevel {
		return s.atLeaves(at)
	}
	if c, ok := s.costs[at]; ok {
		return c
	}
	s.budget.step()
	hi, lo := s.branch(at, min(la, lb))
	c, d := s.least(hi), s.least(lo)
	for i := range c {
		c[i] = min(c[i], d[i])
	}
	s.costs[at] = c
	return c
}

func (s *search) branch(at pair, level int32) (hi, lo pair) {
	hi.a, lo.a = s.split(at.a, level)
	hi.b, lo.b = s.split(at.b, level)
	return hi, lo
}

// atLeaves tells what a pair of leaves means: each accepts from its need on.
func (s *search) atLeaves(at pair) costs {
	c := costs{never, never, never}
	a, b := s.at(at.a), s.at(at.b)
	if a.kind == leafVoid || b.kind == leafVoid {
		return c
	}
	acceptA, acceptB := a.kind == leafAccept, b.kind == leafAccept
	needA, needB := s.needs[a.need].fixed, s.needs[b.need].fixed
	joined := s.needs[s.join(a.need, b.need)].fixed
	if s.whole {
		needA, needB = joined, joined
	}
	if acceptA && acceptB {
		c[both] = joined
	}
	if acceptA && (!acceptB || !s.whole && !s.covers(a.need, b.need)) {
		c[onlyA] = needA
	}
	if acceptB && (!acceptA || !s.whole && !s.covers(b.need, a.need)) {
		c[onlyB] = needB
	}
	return c
}

// captured is the need of a packet that is sought, at a pair of leaves.
func (s *search) needAt(at pair, what sought) need {
	a, b := s.at(at.a).need, s.at(at.b).need
	switch {
	case s.whole || what == both:
		a = s.join(a, b)
	case what == onlyB:
		a = b
	}
	return s.needs[a]
}

// tries is how many packets are made where bytes behind an unknown base may turn out
// to be other bytes that were decided about.
const tries = 300

// packet makes a packet of the kind that is sought, and checks it by running the filters.
// It returns nil if there is none among those that it tries.
func (s *search) packet(root pair, what sought) *Packet {
	random := rand.New(rand.NewPCG(1, uint64(what)))
	n := 1
	if len(s.bases) > 0 {
		n = tries
	}
	for i := range n {
		var r *rand.Rand
		if i > 0 {
			r = random
			s.budget.clock()
		}
		bits, leaf := s.path(root, what, r)
		packet := s.fill(bits, s.needAt(leaf, what))
		if packet != nil && s.right(packet, what) {
			return packet
		}
	}
	return nil
}

// right runs the filters on a packet.
func (s *search) right(p *Packet, what sought) bool {
	a, b := s.filters[0].Run(*p), s.filters[1].Run(*p)
	return a == (what != onlyB) && b == (what != onlyA)
}

// doubt is why no packet was found where the diagrams promise one.
func (s *search) doubt() string {
	if len(s.bases) > 0 {
		return "whether a packet tells them apart depends on how bytes at offsets that it says itself overlap with others"
	}
	return "internal error: a packet that the diagrams promise is none"
}

// path follows the diagrams to the leaves of a packet that is sought: a shortest one, or
// with r, any. The bits that are not decided on the way are 0, or with r, any.
func (s *search) path(at pair, what sought, r *rand.Rand) (bits []bool, leaf pair) {
	bits = make([]bool, len(s.vars))
	if r != nil {
		sparse := r.IntN(2) == 0
		for i := range bits {
			bits[i] = r.IntN(2) == 0 && (!sparse || r.IntN(4) == 0)
		}
	}
	for {
		level := min(s.level(at.a), s.level(at.b))
		if level == leafLevel {
			return bits, at
		}
		hi, lo := s.branch(at, level)
		ch, cl := s.least(hi)[what], s.least(lo)[what]
		set := ch < cl
		if r != nil && ch != never && cl != never {
			set = bits[level]
		}
		bits[level] = set
		if set {
			at = hi
		} else {
			at = lo
		}
	}
}

// fill makes a packet of the bits of the input.
func (s *search) fill(bits []bool, captured need) *Packet {
	size := uint64(captured.fixed)
	at := make([]uint64, len(s.bases))
	for i, b := range s.bases {
		for j, c := range b.at {
			if s.holds(c, bits) {
				at[i] |= 1 << j
			}
		}
	}
	for _, b := range captured.bases {
		size = max(size, at[b.base]+b.reach)
	}
	if size > uint64(s.maxLen) {
		return nil
	}
	p := &Packet{Data: make([]byte, size)}
	for level, v := range s.vars {
		if !bits[level] {
			continue
		}
		offset := v.key
		switch v.kind {
		case wireBit:
			p.WireLen |= 1 << v.bit
			continue
		case ancBit:
			if p.Ancillary == nil {
				p.Ancillary = make(map[uint32]uint32)
			}
			p.Ancillary[uint32(v.key)] |= 1 << v.bit
			continue
		case baseBit:
			offset += at[v.base]
		}
		if offset < size {
			p.Data[offset] |= 1 << v.bit
		}
	}
	if !s.wire {
		p.WireLen = uint32(size)
	} else if uint64(p.WireLen) < size {
		return nil
	}
	return p
}

// holds evaluates a condition.
func (s *search) holds(u ref, bits []bool) bool {
	for {
		n := &s.nodes[u]
		switch {
		case n.level == leafLevel:
			return u == yes
		case bits[n.level]:
			u = n.hi
		default:
			u = n.lo
		}
	}
}
