package witness

import (
	"math"
	"math/rand/v2"
	"slices"

	"bpfc/ir"
)

// machine runs packets along a path.
type machine struct {
	data   []byte
	wire   uint32
	anc    map[uint32]uint32
	vars   []uint32
	chains map[*ir.Node]*ir.Graph // a walk of headers as a graph of its own
	graph  *ir.Graph
}

func (m *machine) load(s *stack) {
	m.data = s.bytes()
	m.wire, m.anc = uint32(len(m.data)+s.beyond), s.ancillary
	clear(m.vars)
}

func (m *machine) eval(e *ir.Expr) (v uint32, ok bool) {
	switch e.Op {
	case ir.Const:
		return e.K, true
	case ir.Len:
		return m.wire, true
	case ir.Var:
		return m.vars[e.K], true
	case ir.Anc:
		return m.anc[e.K], true
	case ir.Load:
		off, ok := m.offset(e)
		if !ok || off+uint64(e.Size) > uint64(len(m.data)) {
			return 0, false
		}
		for _, b := range m.data[off : off+uint64(e.Size)] {
			v = v<<8 | uint32(b)
		}
		return v, true
	case ir.Neg:
		v, ok = m.eval(e.L)
		return -v, ok
	}
	a, ok1 := m.eval(e.L)
	b, ok2 := m.eval(e.R)
	if !ok1 || !ok2 {
		return 0, false
	}
	return ir.Eval(e.Op, a, b)
}

// offset is where a load reads.
func (m *machine) offset(e *ir.Expr) (uint64, bool) {
	off := uint64(e.K)
	if e.L != nil {
		x, ok := m.eval(e.L)
		if !ok {
			return 0, false
		}
		off += uint64(x)
	}
	return off, true
}

// takes tells whether a packet leaves a node as a step has it.
func (m *machine) takes(s step) bool {
	n := s.node
	switch n.Kind {
	case ir.Assign:
		v, ok := m.eval(n.L)
		m.vars[n.Var] = v
		return ok
	case ir.Chain:
		g := m.chains[n]
		if g == nil {
			g = ir.New()
			g.Root = g.NewChain(*n.Chain, g.AcceptNode, g.RejectNode)
			m.chains[n] = g
		}
		return ir.Run(g, m.data, int(m.wire), nil) == s.holds
	}
	a, ok1 := m.eval(n.L)
	b, ok2 := m.eval(n.R)
	return ok1 && ok2 && n.Cmp.Holds(a, b) == s.holds
}

// along is how many steps of a path a packet takes.
func (m *machine) along(s *stack, path []step) int {
	m.load(s)
	for i := range path {
		if !m.takes(path[i]) {
			return i
		}
	}
	return len(path)
}

const (
	mostRounds = 100
	mostStuck  = 6
	mostTuned  = 300
)

// finder makes packets for paths.
type finder struct {
	machine
	from   *kind
	random *rand.Rand
	loose  bool
}

// find changes a packet until it takes a path and good makes what is wanted of it; nil
// where it gives up. Where loose, a field may also say that something unknown follows what
// stays as it is.
func (f *finder) find(start *stack, path []step, loose bool, good func(*stack) *stack) *stack {
	f.loose = loose
	now := start
	at := f.along(now, path)
	stuck := 0
	for range mostRounds {
		if at == len(path) {
			if done := good(now); done != nil {
				return done
			}
		}
		target := at
		if at == len(path) {
			target = f.random.IntN(len(path))
		}
		candidates := f.changes(now, path, target)
		best, bestAt := (*stack)(nil), at
		for _, c := range candidates {
			if n := f.along(c, path); n > bestAt {
				best, bestAt = c, n
			}
		}
		if best == nil {
			if stuck++; stuck > mostStuck || len(candidates) == 0 {
				return nil
			}
			best = candidates[f.random.IntN(len(candidates))]
			bestAt = f.along(best, path)
		}
		now, at = best, bestAt
	}
	return nil
}

// changes are packets near s that may take step i of the path.
func (f *finder) changes(s *stack, path []step, i int) (list []*stack) {
	f.enter(s, path[:i])
	n := path[i].node
	switch n.Kind {
	case ir.Assign:
		return f.reach(s, n.L)
	case ir.Chain:
		if path[i].holds {
			list = f.writes(s, n.Chain.Base+map[bool]uint32{true: 6, false: 9}[n.Chain.IPv6], 1, n.Chain.Proto)
		} else {
			list = f.writes(s, n.Chain.Base+map[bool]uint32{true: 6, false: 9}[n.Chain.IPv6], 1, 253)
		}
		return append(list, s.longer(40))
	}
	a, ok1 := f.eval(n.L)
	b, ok2 := f.eval(n.R)
	if !ok1 || !ok2 {
		return append(f.reach(s, n.L), f.reach(s, n.R)...)
	}
	if list = f.tuned(s, path, i); list != nil {
		return list
	}
	f.enter(s, path[:i])
	for _, v := range f.values(s, n.L, a, b, path, i) {
		list = append(list, f.adjust(s, n.L, v, 0)...)
	}
	if n.R.Op != ir.Const {
		for _, v := range []uint32{a, a + 1, a - 1, f.random.Uint32()} {
			list = append(list, f.adjust(s, n.R, v, 0)...)
		}
	}
	return list
}

// enter sets the machine up behind the first steps of a path.
func (f *finder) enter(s *stack, before []step) {
	f.load(s)
	for _, b := range before {
		if b.node.Kind == ir.Assign {
			f.takes(b)
		}
	}
}

// longer is the packet with more data.
func (s *stack) longer(n int) *stack {
	c := s.clone()
	c.resize(len(c.data) + n)
	return c
}

// reach makes a packet long enough for an expression.
func (f *finder) reach(s *stack, e *ir.Expr) (list []*stack) {
	if e == nil {
		return nil
	}
	if _, ok := f.eval(e); ok {
		return nil
	}
	if e.Op == ir.Load {
		if off, ok := f.offset(e); ok && off < 1<<17 {
			missing := int(off) + int(e.Size) - len(f.data)
			list = append(list, s.longer(missing))
			if e.L == nil {
				return list
			}
		}
	}
	if e.Op == ir.Div || e.Op == ir.Mod {
		if v, ok := f.eval(e.R); ok && v == 0 {
			list = append(list, f.adjust(s, e.R, 1, 0)...)
		}
	}
	list = append(list, f.reach(s, e.L)...)
	return append(list, f.reach(s, e.R)...)
}

// masked takes an expression as another under a mask.
func masked(e *ir.Expr) (of *ir.Expr, mask uint32) {
	mask = math.MaxUint32
	if e.Op == ir.And && e.R.Op == ir.Const {
		mask, e = e.R.K, e.L
	}
	if e.Op == ir.Load && e.Size < 4 {
		mask &= 1<<(8*e.Size) - 1
	}
	return e, mask
}

// values are what an expression may be for all tests of the path that compare it with
// constants, likely ones first.
func (f *finder) values(s *stack, e *ir.Expr, now, other uint32, path []step, i int) (list []uint32) {
	of, mask := masked(e)
	var tests []step
	fits := func(v uint32) bool {
		for _, t := range tests {
			if t.node.Cmp.Holds(v, t.node.R.K) != t.holds {
				return false
			}
		}
		return v&^mask == 0 && path[i].node.Cmp.Holds(v, other) == path[i].holds
	}
	const most = 16
	add := func(values ...uint32) {
		for _, v := range values {
			if len(list) < most && fits(v) && !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
	}
	var wanted []uint32
	for _, t := range path {
		if t.node.Kind != ir.Test || t.node.R.Op != ir.Const {
			continue
		}
		if t.node.L == e {
			tests = append(tests, t)
		}
		if in, m := masked(t.node.L); in == of && t.holds && t.node.Cmp == ir.Eq {
			wanted = append(wanted, t.node.R.K&mask|now&^m)
		}
	}
	add(wanted...)
	add(f.likely(s, e)...)
	low := mask & -mask
	add(other, other+low, other-low, now|other, now&^other)
	for bit := other; bit != 0; bit &= bit - 1 {
		add(now | bit&-bit)
	}
	for _, t := range tests {
		if len(list) == most {
			return list
		}
		k := t.node.R.K
		add(k, k+low, k-low, now|k, now&^k)
	}
	add(0, mask, mask/2&mask, now^low, now+16*low)
	for range 64 {
		r := f.random.Uint32()
		add(r&mask, r>>f.random.IntN(32)&mask, now^1<<f.random.IntN(32)&mask)
	}
	return list
}

// likely are values that the field has that an expression reads.
func (f *finder) likely(s *stack, e *ir.Expr) (list []uint32) {
	mask := uint32(math.MaxUint32)
	if e.Op == ir.And && e.R.Op == ir.Const {
		mask, e = e.R.K, e.L
	}
	if e.Op != ir.Load {
		return nil
	}
	off, ok := f.offset(e)
	i := s.layerAt(int(off))
	if !ok || i < 0 {
		return nil
	}
	for d := range s.layers[i].kind.all() {
		if d.off == int(off)-s.start(i) && d.size == int(e.Size) && (d.mask() == mask || mask > 1<<(8*e.Size)-1) {
			for _, v := range d.likely {
				list = append(list, v<<d.shift())
			}
		}
	}
	return list
}

// adjust makes packets in which an expression has a value.
func (f *finder) adjust(s *stack, e *ir.Expr, v uint32, depth int) (list []*stack) {
	const deepest = 12
	if depth > deepest {
		return nil
	}
	both := func(l, r uint32) []*stack {
		return append(f.adjust(s, e.L, l, depth+1), f.adjust(s, e.R, r, depth+1)...)
	}
	var a, b uint32
	var ok1, ok2 bool
	if e.L != nil {
		a, ok1 = f.eval(e.L)
	}
	if e.R != nil {
		b, ok2 = f.eval(e.R)
	}
	switch e.Op {
	case ir.Load:
		off, ok := f.offset(e)
		if !ok || off > 1<<17 {
			return nil
		}
		return f.writes(s, uint32(off), int(e.Size), v)
	case ir.Len:
		if c := s.clone(); v < 1<<31 && c.setLen(int(v)) {
			return []*stack{c}
		}
		return nil
	case ir.Anc:
		c := s.clone()
		if c.ancillary == nil {
			c.ancillary = map[uint32]uint32{}
		}
		c.ancillary[e.K] = v
		return []*stack{c}
	case ir.Neg:
		return f.adjust(s, e.L, -v, depth+1)
	}
	if !ok1 || !ok2 {
		return nil
	}
	switch e.Op {
	case ir.And:
		if v&^b == 0 {
			list = f.adjust(s, e.L, a&^b|v, depth+1)
		}
		if v&^a == 0 {
			list = append(list, f.adjust(s, e.R, b&^a|v, depth+1)...)
		}
		return list
	case ir.Or:
		return both(v&^b, v&^a)
	case ir.Xor:
		return both(v^b, v^a)
	case ir.Add:
		return both(v-b, v-a)
	case ir.Sub:
		return both(v+b, a-v)
	case ir.Mul:
		if b != 0 && v%b == 0 {
			list = f.adjust(s, e.L, v/b, depth+1)
		}
		if a != 0 && v%a == 0 {
			list = append(list, f.adjust(s, e.R, v/a, depth+1)...)
		}
		return list
	case ir.Div:
		return f.adjust(s, e.L, v*b, depth+1)
	case ir.Mod:
		if b != 0 {
			return f.adjust(s, e.L, a-a%b+v, depth+1)
		}
	case ir.Lsh:
		if b < 32 {
			return f.adjust(s, e.L, v>>b, depth+1)
		}
	case ir.Rsh:
		if b < 32 {
			return f.adjust(s, e.L, v<<b|a&(1<<b-1), depth+1)
		}
	}
	return nil
}

// writes makes packets in which bytes have a value.
func (f *finder) writes(s *stack, off uint32, size int, v uint32) (list []*stack) {
	if c := s.clone(); c.write(int(off), size, v) {
		list = append(list, c)
	}
	if i := s.layerAt(int(off)); f.loose && i >= 0 && s.layers[i].kind.announces() {
		if c := s.clone(); c.opaque(int(off), size, v) {
			if k := c.following(i); k == other || k == someIP {
				list = append(list, c)
			}
		}
	}
	return list
}

// tuned makes a checksum come out as a step wants it by other values of what means
// nothing, such as the identification of an IPv4 packet. A mask or a bound of a checksum is
// met so, but seldom a value.
func (f *finder) tuned(s *stack, path []step, step int) (list []*stack) {
	i := f.summed(s, path[step].node.L)
	if i < 0 {
		i = f.summed(s, path[step].node.R)
	}
	if i < 0 {
		return nil
	}
	for range mostTuned {
		c := s.clone()
		if l := &c.layers[i]; l.kind == ipv4 || l.kind == tcp {
			l.b[4], l.b[5] = byte(f.random.Uint32()), byte(f.random.Uint32())
		} else if c.free(i) {
			at := 0
			if l.kind == sctp {
				at = 4 // the initiate tag
			}
			c.data[at], c.data[at+1] = byte(f.random.Uint32()), byte(f.random.Uint32())
		} else {
			return nil
		}
		if f.along(c, path) > step {
			return []*stack{c}
		}
	}
	return nil
}

// summed is the layer whose checksum an expression reads, -1 if it reads none.
func (f *finder) summed(s *stack, e *ir.Expr) int {
	if e == nil {
		return -1
	}
	if e.Op != ir.Load {
		return max(f.summed(s, e.L), f.summed(s, e.R))
	}
	off, ok := f.offset(e)
	i := s.layerAt(int(off))
	if !ok || i < 0 {
		return -1
	}
	at := int(off) - s.start(i)
	for d := range s.layers[i].kind.all() {
		if d.role == derived && d.off < at+int(e.Size) && at < d.off+d.size {
			return i
		}
	}
	return -1
}

// free tells whether data behind layer i may be anything.
func (s *stack) free(i int) bool {
	k := s.layers[i].kind
	return i == len(s.layers)-1 && len(s.data) >= 8 && (k == icmp || k == icmp6 || k == sctp || k == udp)
}
