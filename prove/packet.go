package prove

import (
	"math/rand/v2"
	"slices"
)

// A walk makes a packet: it follows the diagrams of two filters down to leaves that
// say what is sought, and knows at each step where in the packet the bit is that is
// decided about. Where that bit was decided about before, as bytes behind an unknown base
// overlap with others, only one way is left, and where neither is, it goes back.
type walk struct {
	*search
	what   sought
	set    []int8           // by level: unset, or the value of the bit
	data   map[place]*taken // the bits of the input that are decided
	at     []uint64         // by unknown base that all bits are set of: its value
	known  []bool
	random *rand.Rand // nil: short packets and bits that are 0 first
	steps  int        // that are left
	sure   bool       // nothing was left out but what was tried
	found  *Packet
}

// place is a bit of the input.
type place struct {
	kind   source
	offset uint64
	bit    uint8
}

// taken counts how many variables stand for a bit that is decided.
type taken struct {
	value int8
	times int
}

const unset int8 = -1

// The walks that are tried: one that prefers short packets, some that prefer what chance
// says, and one that goes through many more.
const (
	shortWalk   = 1 << 12
	longWalk    = 1 << 17
	randomWalks = 24
)

// packet makes a packet of the kind that is sought, and checks it by running the
// filters. none tells that there is surely no such packet.
func (s *search) packet(root pair, what sought) (found *Packet, none bool) {
	w := &walk{search: s, what: what}
	for i := range randomWalks + 2 {
		w.random, w.steps = nil, shortWalk
		switch {
		case i > randomWalks:
			w.steps = longWalk
		case i > 0:
			w.random = rand.New(rand.NewPCG(uint64(i), uint64(what)))
		}
		if w.from(root) {
			return w.found, false
		}
		if w.sure {
			return nil, true
		}
		s.budget.clock()
	}
	return nil, false
}

// from starts over.
func (w *walk) from(root pair) bool {
	w.set = make([]int8, len(w.vars))
	for i := range w.set {
		w.set[i] = unset
	}
	w.data = make(map[place]*taken)
	w.at, w.known = make([]uint64, len(w.bases)), make([]bool, len(w.bases))
	w.sure = !w.opaque
	return w.down(root)
}

// down goes on at a pair of nodes.
func (w *walk) down(at pair) bool {
	w.steps--
	if w.steps < 0 {
		w.sure = false
		return false
	}
	level := min(w.level(at.a), w.level(at.b))
	if level == leafLevel {
		return w.arrive(at)
	}
	hi, lo := w.branch(at, level)
	ways := [2]pair{lo, hi}
	return w.placed(w.vars[level].baseNumber(), func() bool {
		return w.either(level, w.prefers(level, ways), func(value int8) bool {
			way := ways[value]
			return w.least(way)[w.what] != never && w.down(way)
		})
	})
}

// prefers tells which value of a bit to try first.
func (w *walk) prefers(level int32, ways [2]pair) int8 {
	if w.random != nil {
		return int8(w.random.IntN(2))
	}
	if w.least(ways[1])[w.what] < w.least(ways[0])[w.what] {
		return 1
	}
	return 0
}

// either tries the values of a bit, one of them first, unless it is decided already.
func (w *walk) either(level int32, first int8, then func(value int8) bool) bool {
	if v := w.set[level]; v != unset {
		return then(v)
	}
	where := w.where(w.vars[level])
	for _, value := range [2]int8{first, 1 - first} {
		t := w.data[where]
		if t != nil && t.value != value {
			continue
		}
		if t == nil {
			t = &taken{value: value}
			w.data[where] = t
		}
		t.times++
		w.set[level] = value
		if then(value) {
			return true
		}
		w.set[level] = unset
		if t.times--; t.times == 0 {
			delete(w.data, where)
		}
	}
	return false
}

// where is the place of a variable whose base is known.
func (w *walk) where(v variable) place {
	if v.kind == baseBit {
		return place{packetBit, w.at[v.base] + v.key, v.bit}
	}
	return place{v.kind, v.key, v.bit}
}

// baseNumber is the number of the base that a variable is counted from, or -1.
func (v variable) baseNumber() int {
	if v.kind == baseBit {
		return v.base
	}
	return -1
}

// placed decides about all bits that a base depends on, and then goes on.
func (w *walk) placed(base int, then func() bool) bool {
	if base < 0 || w.known[base] {
		return then()
	}
	return w.decided(base, w.dependsOn(base), func() bool {
		w.known[base], w.at[base] = true, w.value(w.bases[base].at)
		if then() {
			return true
		}
		w.known[base] = false
		return false
	})
}

func (w *walk) decided(base int, levels []int32, then func() bool) bool {
	w.steps--
	if len(levels) == 0 {
		return then()
	}
	return w.placed(w.vars[levels[0]].baseNumber(), func() bool {
		first := int8(0)
		if w.random != nil {
			first = int8(w.random.IntN(2))
		}
		return w.either(levels[0], first, func(int8) bool {
			if w.steps < 0 {
				w.sure = false
				return false
			}
			return w.decided(base, levels[1:], then)
		})
	})
}

// dependsOn lists the variables that a base depends on.
func (w *walk) dependsOn(base int) []int32 {
	b := &w.bases[base]
	if b.levels != nil {
		return b.levels
	}
	seen := make(map[ref]bool)
	in := make(map[int32]bool)
	var visit func(u ref)
	visit = func(u ref) {
		n := w.nodes[u]
		if n.level == leafLevel || seen[u] {
			return
		}
		seen[u] = true
		in[n.level] = true
		visit(n.hi)
		visit(n.lo)
	}
	for _, u := range b.at {
		visit(u)
	}
	b.levels = make([]int32, 0, len(in))
	for level := range in {
		b.levels = append(b.levels, level)
	}
	slices.Sort(b.levels)
	return b.levels
}

// value evaluates a word all of whose variables are set.
func (w *walk) value(bits word) (v uint64) {
	for i, u := range bits {
		for u > yes {
			n := &w.nodes[u]
			if w.set[n.level] == 1 {
				u = n.hi
			} else {
				u = n.lo
			}
		}
		v |= uint64(u) << i
	}
	return v
}

// arrive makes the packet that belongs to a pair of leaves, and runs the filters on it.
func (w *walk) arrive(at pair) bool {
	n := w.needAt(at, w.what)
	// What the other filter needs is decided about as well: it is only rejected by that
	// filter if it is too short for it.
	all := w.needs[w.join(w.search.at(at.a).need, w.search.at(at.b).need)].bases
	return w.allPlaced(all, func() bool {
		size := uint64(n.fixed)
		for _, b := range n.bases {
			size = max(size, w.at[b.base]+b.reach)
		}
		if size > uint64(w.maxLen) {
			return false
		}
		if p := w.fill(size); p != nil && w.right(p, w.what) {
			w.found = p
		}
		return w.found != nil
	})
}

func (w *walk) allPlaced(bases []baseNeed, then func() bool) bool {
	if len(bases) == 0 {
		return then()
	}
	return w.placed(bases[0].base, func() bool { return w.allPlaced(bases[1:], then) })
}

// fill makes a packet of the bits that are set.
func (w *walk) fill(size uint64) *Packet {
	p := &Packet{Data: make([]byte, size)}
	for at, t := range w.data {
		switch {
		case t.value == 0:
		case at.kind == wireBit:
			p.WireLen |= 1 << at.bit
		case at.kind == ancBit:
			if p.Ancillary == nil {
				p.Ancillary = make(map[uint32]uint32)
			}
			p.Ancillary[uint32(at.offset)] |= 1 << at.bit
		case at.kind == packetBit && at.offset < size:
			p.Data[at.offset] |= 1 << at.bit
		}
	}
	if uint64(p.WireLen) < size {
		p.WireLen = w.longer(p.WireLen, uint32(size))
	}
	if uint64(p.WireLen) < size {
		return nil
	}
	return p
}

// longer sets bits of a length on the wire that are not decided, so that it is at least
// size if it can be.
func (w *walk) longer(length, size uint32) uint32 {
	free := ^uint32(0)
	for bit := range uint8(32) {
		if w.data[place{kind: wireBit, bit: bit}] != nil {
			free &^= 1 << bit
		}
	}
	if length|size&free == size {
		return size
	}
	for bit := range 32 {
		if length < size {
			length |= 1 << bit & free
		}
	}
	return length
}

// right runs the filters on a packet.
func (s *search) right(p *Packet, what sought) bool {
	a, b := s.filters[0].Run(*p), s.filters[1].Run(*p)
	return a == (what != onlyB) && b == (what != onlyA)
}

// doubt is why no packet was found where the diagrams promise one.
func (s *search) doubt() string {
	switch {
	case s.opaque:
		return "whether a packet tells them apart depends on products or quotients of what is in it"
	case len(s.bases) > 0:
		return "whether a packet tells them apart depends on how bytes at offsets that it says itself overlap with others"
	}
	return "internal error: a packet that the diagrams promise is none"
}
