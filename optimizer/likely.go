// Law: links of a chain change places only if failing is what their goal does, or if no load of theirs can fail wherever they stand.

package optimizer

import (
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// likely puts the links of a chain "if not L1 or not L2 … go to the goal, else
// on" in the order in which the fewest instructions run on the packets that
// links carry: what is cheap and leads to the goal most often comes first.
func (p *program) likely() {
	if l := p.planned(); len(l.plans) > 0 {
		l.move()
		l.version, p.did.order = 0, true
	}
}

// planned returns the new orders for the program as it is.
func (p *program) planned() *likelihood {
	if p.like.version == p.version {
		return &p.like
	}
	l := p.likelihood()
	l.find()
	l.version = p.version
	return l
}

// move makes the program with the chains in their new order.
func (l *likelihood) move() {
	p := l.p
	b := p.builder(len(p.nodes))
	for n := ref(2); int(n) < len(p.nodes); n++ {
		b.moved = append(b.moved, -1)
		if c := l.plans[n]; c != nil && c.outer == nil || l.nodes[n].owner == nil {
			b.moved[n] = l.make(b, n, nil)
		} // otherwise it is made with the chain that it is part of
	}
	p.take(b, b.moved[p.root])
}

// likelihood is what a run of the pass works with. Its slices serve the next run
// again.
type likelihood struct {
	p          *program
	version    int // of the program that the plans are for, 0 if they are for none
	t          *traffic
	r          *regions
	have, need []uint32
	held       []*ir.Expr
	freq       []odds
	nodes      []linkNode
	plans      map[ref]*plan
	gain       float32   // instructions per packet that the plans save
	sure       uint32    // what have says of more bytes holds no longer with the plans
	links      []planned // of the chain in work
	list       []*planned
	order      []*planned
	rest       []*planned // of the links in work: those that have no place in the order yet
	sorted     []*planned // and those that have one
}

// linkNode is what is known of a node as part of links.
type linkNode struct {
	owner *planned // the innermost link in a plan that it is part of
	seen  ref      // 1 + the goal of the last chain that it heads a link of
	// For one link: how often the node is reached, and the expression at hand.
	freq odds
	held *ir.Expr
}

func (p *program) likelihood() *likelihood {
	l := &p.like
	l.version = 0
	l.p, l.t, l.r = p, p.traffic(), p.regions()
	l.have, l.need, l.held, l.freq = p.haves(), p.needs(), p.held(), l.t.freq
	if l.list == nil {
		l.list, l.order = make([]*planned, 0, 8), make([]*planned, 0, 8)
	}
	l.nodes, l.plans, l.gain, l.sure = memory.Zeroed(&l.nodes, len(p.nodes)), nil, 0, infinite
	return l
}

// plan is a chain whose links get another order.
type plan struct {
	links []*planned // in their new order
	last  ref        // where the chain goes on behind its last link
	outer *planned   // the link of another plan that the chain is part of
}

// planned is a link and what is known of it.
type planned struct {
	link
	place        int      // in the old order
	cost, pass   odds     // instructions it takes, and how likely it leads on
	first, last  *ir.Expr // tested first and, on all ways on, last
	only         *ir.Expr // the one expression that it tests, or nil
	reads, write varSet
	end          uint32 // where its loads end, or infinite if not at constant offsets
	// have at its head is at most before, in it at most within, in the new order.
	before, within uint32
}

// fewest instructions that a new order must save on a packet that gets to it.
const worthMoving = 0.05

// rare is how many of all packets must get to a chain for another order to be looked for: a tenth of the time goes into that, and
// with 0.15 filters get longer (udp port lists), with less than this none gets shorter or runs fewer instructions.
const rare = 0.06

// find plans new orders of chains, from the root down.
func (l *likelihood) find() {
	p := l.p
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if nd.kind != ir.Test || nd.t == nd.f || l.held[n] == nd.e || l.freq[n].sum() < rare {
			continue
		}
		var best *plan
		gain, sure := float32(worthMoving), uint32(infinite)
		for i, goal := range [4]ref{nd.t, nd.f, accept, reject} {
			if l.nodes[n].seen == goal+1 || l.r.in[goal] < 2 || i >= 2 && (goal == nd.t || goal == nd.f) {
				continue
			}
			links := l.r.look(n, goal, -1)
			for _, k := range links {
				l.nodes[k.head].seen = goal + 1
			}
			if len(links) < 2 || !l.nested(links, n) {
				continue
			}
			g, s := l.arrange(links, goal, l.most(n))
			if s < infinite && l.nodes[n].owner != nil {
				continue // the other plan may rely on what comes first here
			}
			if g > gain {
				best, gain, sure = l.plan(links), g, s
			}
		}
		if best == nil {
			continue
		}
		best.outer = l.nodes[n].owner
		l.gain += gain * l.freq[n].sum()
		l.sure = min(l.sure, sure)
		if l.plans == nil {
			l.plans = map[ref]*plan{}
		}
		l.plans[n] = best
		for _, k := range best.links {
			for _, m := range k.inside {
				l.nodes[m].owner = k
			}
		}
	}
}

// nested tells whether links lie in one link of any chain that gets another
// order already.
func (l *likelihood) nested(links []link, head ref) bool {
	for _, k := range links {
		for _, m := range k.inside {
			if l.nodes[m].owner != l.nodes[head].owner {
				return false
			}
		}
	}
	return true
}

// arrange finds the best order of a chain and returns how many instructions it
// saves on a packet that gets there, and how many bytes are captured at least where
// a link leads to the goal only because the goal needs more, or infinite. What
// have says of more bytes than most does not count.
func (l *likelihood) arrange(links []link, goal ref, most uint32) (saved float32, sure uint32) {
	l.links, l.list, l.order = slices.Grow(l.links[:0], len(links)), l.list[:0], l.order[:0]
	for i, k := range links {
		l.links = append(l.links, planned{link: k, place: i, before: most, within: most})
		m := &l.links[len(l.links)-1]
		if !l.measure(m, goal) || goal > reject && m.write != 0 {
			return 0, infinite
		}
		l.list = append(l.list, m)
	}
	head := links[0].head
	freq, have := l.freq[head].normal(), min(l.have[head], most)
	sure = infinite
	f, held := freq, l.held[head] // behind the links in order
	run := float32(0)
	for list := l.list; len(list) > 0; {
		n := l.free(list, have, goal)
		if goal != reject {
			sure = min(sure, l.surely(list[:n], have))
		}
		best := l.best(list[:n], f, held)
		l.order = append(l.order, best...)
		for _, k := range best {
			run += l.step(k, &f, &held)
		}
		for _, k := range list[:n] {
			have = max(have, l.p.nodes[k.head].end)
		}
		list = list[n:]
	}
	if slices.Equal(l.list, l.order) {
		return 0, infinite
	}
	return l.run(l.list, freq, l.held[head]) - run, sure
}

// plan keeps the order that arrange found.
func (l *likelihood) plan(links []link) *plan {
	all := slices.Clone(l.links)
	c := &plan{links: make([]*planned, 0, len(links)), last: links[len(links)-1].next}
	for _, k := range l.order {
		c.links = append(c.links, &all[k.place])
	}
	return c
}

// loaded sums up what some links load that can stand in any order.
type loaded struct {
	first uint32 // whichever comes first, its head's loads end there or behind
	end   uint32 // where the last one ends
	// same: all test one expression, which was evaluated by whichever comes first.
	same bool
	only *ir.Expr
}

func (s *loaded) add(p *program, k *planned) {
	s.first = min(s.first, p.nodes[k.head].end)
	s.end = max(s.end, k.end)
	s.same = s.same && k.only != nil && k.only == s.only
}

// free returns how many links from the first on can stand in any order.
func (l *likelihood) free(list []*planned, have uint32, goal ref) int {
	if goal == reject {
		return len(list)
	}
	s := loaded{first: infinite, same: true, only: list[0].only}
	for i, k := range list {
		if s.add(l.p, k); !s.same && s.end > max(have, l.need[goal], s.first) {
			return max(i, 1)
		}
	}
	return len(list)
}

// surely notes what is captured in links that can stand in any order, and returns
// for them what arrange does.
func (l *likelihood) surely(list []*planned, have uint32) uint32 {
	s := loaded{first: infinite, same: true, only: list[0].only}
	for _, k := range list {
		s.add(l.p, k)
	}
	within := max(have, s.first)
	for _, k := range list {
		k.before, k.within = have, within
	}
	if len(list) == 1 || s.same || s.end <= within {
		return infinite
	}
	return within
}

// most returns what have may say at most of a node once the plans are made.
func (l *likelihood) most(n ref) uint32 {
	k := l.nodes[n].owner
	switch {
	case k == nil:
		return l.sure
	case n == k.head:
		return min(l.sure, k.before)
	}
	return min(l.sure, k.within)
}

// measure finds out what a link costs and leads to, and tells whether it can be
// moved.
func (l *likelihood) measure(k *planned, goal ref) bool {
	p := l.p
	k.first, k.only = p.nodes[k.head].e, p.nodes[k.head].e
	for _, n := range k.inside {
		l.nodes[n].freq, l.nodes[n].held = odds{}, nil
	}
	l.nodes[k.head].freq = everywhere(1)
	for _, n := range k.inside { // descending
		nd := &p.nodes[n]
		if nd.e != k.only || nd.r != nil {
			k.only = nil
		}
		k.end = max(k.end, nd.end)
		if nd.other {
			k.end = infinite
		}
		switch {
		case nd.kind == ir.Assign && p.g.Vars <= maxVars:
			k.write |= 1 << nd.v
			k.reads |= reads(nd.e)
			at := &l.nodes[n]
			l.charge(k, &at.freq, 1)
			l.lead(k, goal, nd.t, &at.freq, at.held)
		case nd.kind == ir.Test:
			l.test(k, goal, n)
		default:
			return false
		}
	}
	return true
}

// test charges a link with one of its tests and follows both ways on.
func (l *likelihood) test(k *planned, goal, n ref) {
	nd := &l.p.nodes[n]
	if l.p.g.Vars <= maxVars {
		k.reads |= reads(nd.e) | reads(nd.r)
	}
	c := comparing(nd)
	if l.nodes[n].held != nd.e {
		c += l.t.loading(nd.e)
	}
	if nd.r != nil {
		c += l.t.loading(nd.r)
	}
	on := l.nodes[n].freq
	l.charge(k, &on, c)
	yes, off := &l.t.yes[n], on
	for i := range on {
		on[i] *= yes[i]
		off[i] -= on[i]
	}
	l.lead(k, goal, nd.t, &on, nd.e)
	l.lead(k, goal, nd.f, &off, nd.e)
}

// lead notes that a link leads to n with the frequencies f and e at hand.
func (l *likelihood) lead(k *planned, goal, n ref, f *odds, e *ir.Expr) {
	if n == goal {
		return
	}
	to, held := &l.nodes[n].freq, &l.nodes[n].held
	if n == k.next {
		to, held = &k.pass, &k.last
	}
	for i := range f {
		to[i] += f[i]
	}
	switch *held {
	case nil:
		*held = e
	case e:
	default:
		*held = l.p.g.Const(0) // mixed: no test is of a constant
	}
}

func (l *likelihood) charge(k *planned, f *odds, instructions float32) {
	for i := range f {
		k.cost[i] += f[i] * instructions
	}
}

// run returns how many instructions the links take in a given order, by their
// kinds' frequencies, with an expression at hand before the first.
func (l *likelihood) run(list []*planned, f odds, held *ir.Expr) (sum float32) {
	for _, k := range list {
		sum += l.step(k, &f, &held)
	}
	return sum
}

// step returns how many instructions a link takes on packets of the
// frequencies f, and goes on to behind it.
func (l *likelihood) step(k *planned, f *odds, held **ir.Expr) (sum float32) {
	at := float32(0)
	if k.first != nil && *held == k.first {
		at = l.t.loading(k.first)
	}
	for i := range f {
		sum += f[i] * (k.cost[i] - at)
		f[i] *= k.pass[i]
	}
	*held = k.last
	return sum
}

// More than mostMoved links stay as they are.
const mostMoved = 64

// binds tells whether k must stay before m.
func (k *planned) binds(m *planned) bool {
	return k.write&(m.reads|m.write)|k.reads&m.write != 0
}

// best returns an order of some links, which may stand in any that keeps variables assigned before they are read, in
// which few instructions run on packets of the frequencies f, with an expression at hand: next comes what ends most runs
// for each instruction. Trying all orders of up to six links finds none that is better on the packets of real links.
func (l *likelihood) best(list []*planned, f odds, held *ir.Expr) []*planned {
	if len(list) < 2 || len(list) > mostMoved {
		return list
	}
	rest, order := append(l.rest[:0], list...), l.sorted[:0]
	l.rest = rest
	for len(rest) > 0 {
		best, value := 0, float32(-1)
		for i, k := range rest {
			if slices.ContainsFunc(rest[:i], func(j *planned) bool { return j.binds(k) }) {
				continue
			}
			f2, held2 := f, held
			cost := l.step(k, &f2, &held2)
			if v := (f.sum() - f2.sum()) / max(cost, rarest); v > value*1.05 {
				best, value = i, v
			}
		}
		l.step(rest[best], &f, &held)
		order = append(order, rest[best])
		rest = slices.Delete(rest, best, best+1)
	}
	l.sorted = order
	return order
}

// scope says where a link in a new order goes on.
type scope struct {
	next, to ref
	up       *scope
}

// make makes node n of the old program, and the chain that starts there if it
// has a new order, in the new one.
func (l *likelihood) make(b *builder, n ref, s *scope) ref {
	if c := l.plans[n]; c != nil {
		at := l.at(b, c.last, s)
		for i := len(c.links) - 1; i >= 0; i-- {
			k := c.links[i]
			at = l.copy(b, k, &scope{k.next, at, s})
		}
		return at
	}
	return l.node(b, n, s)
}

func (l *likelihood) node(b *builder, n ref, s *scope) ref {
	nd := l.p.nodes[n]
	nd.t, nd.f = l.at(b, nd.t, s), l.at(b, nd.f, s)
	return b.add(nd)
}

// at returns what became of a node as successor of one in s.
func (l *likelihood) at(b *builder, n ref, s *scope) ref {
	for ; s != nil; s = s.up {
		if n == s.next {
			return s.to
		}
	}
	if n <= reject {
		return n
	}
	return b.moved[n]
}

// copy makes a link of a chain. Its nodes are entered through its head alone,
// so what became of them is of interest here only.
func (l *likelihood) copy(b *builder, k *planned, s *scope) ref {
	inside := slices.Clone(k.inside)
	slices.Sort(inside)
	for _, n := range inside {
		switch c := l.plans[n]; {
		case l.nodes[n].owner == k:
			b.moved[n] = l.node(b, n, s)
		case c != nil && c.outer == k:
			b.moved[n] = l.make(b, n, s)
		}
	}
	return b.moved[k.head]
}
