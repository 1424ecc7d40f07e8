package toebpf

import (
	"cmp"
	"slices"

	"bpfc/cbpf"
)

// Operation codes of nodes that no classic program has. They stand for what a loop was.
const (
	opLoop   = 0x100 + iota // runs loop k, then goes on at the selections behind it
	opSelect                // goes to t if loop left by exit k, else to f
	opLeave                 // end of one round of a loop: k is 0 to go round again, else the exit that it takes
)

// loop is a part of a program that goes round: a strongly connected part of its graph that is entered at one node.
type loop struct {
	body  *flow   // one round, from the node where it is entered to opLeave nodes
	exits []int32 // the nodes outside that it leaves to, in the order of the exits 1, 2, …
	uses  reads   // what it reads or writes, and A and X
}

// cycles returns the strongly connected parts of the graph that have more than one node, or a node that leads to itself, each
// with its nodes in ascending order (Tarjan).
func (g *flow) cycles() [][]int32 {
	t := tarjan{g: g, index: make([]int32, len(g.nodes)), low: make([]int32, len(g.nodes)), on: make([]bool, len(g.nodes))}
	t.visit()
	return t.found
}

type tarjan struct {
	g     *flow
	index []int32 // order of discovery from 1; 0: not seen yet
	low   []int32
	on    []bool
	stack []int32
	count int32
	found [][]int32
}

// visit walks the graph from its start without recursion: programs can be long.
func (t *tarjan) visit() {
	type frame struct {
		node int32
		side int
	}
	work := []frame{{0, 0}}
	for len(work) > 0 {
		f := &work[len(work)-1]
		n := f.node
		if f.side == 0 {
			t.count++
			t.index[n], t.low[n], t.on[n] = t.count, t.count, true
			t.stack = append(t.stack, n)
		}
		next := int32(none)
		for next == none && f.side < 2 {
			next = [2]int32{t.g.nodes[n].t, t.g.nodes[n].f}[f.side]
			f.side++
		}
		switch {
		case next == none:
			work = work[:len(work)-1]
			if len(work) > 0 {
				up := work[len(work)-1].node
				t.low[up] = min(t.low[up], t.low[n])
			}
			t.close(n)
		case t.index[next] == 0:
			work = append(work, frame{next, 0})
		case t.on[next]:
			t.low[n] = min(t.low[n], t.index[next])
		}
	}
}

// close takes a part off the stack once its first node is done.
func (t *tarjan) close(n int32) {
	if t.low[n] != t.index[n] {
		return
	}
	at := len(t.stack) - 1
	for t.stack[at] != n {
		at--
	}
	part := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, m := range part {
		t.on[m] = false
	}
	if len(part) > 1 || t.g.nodes[n].t == n || t.g.nodes[n].f == n {
		slices.Sort(part)
		t.found = append(t.found, part)
	}
}

// entries returns of each part the one node that is reached from outside, and for every node the number of the part that it
// belongs to, -1 if to none.
func (g *flow) entries(parts [][]int32) (entries, part []int32, err error) {
	part = make([]int32, len(g.nodes))
	for i := range part {
		part[i] = -1
	}
	for i, nodes := range parts {
		for _, m := range nodes {
			part[m] = int32(i)
		}
	}
	entries = slices.Repeat([]int32{none}, len(parts))
	enter := func(from int32, to int32) error {
		if to == none || part[to] < 0 || from == part[to] {
			return nil
		}
		if e := &entries[part[to]]; *e == none || *e == to {
			*e = to
			return nil
		}
		return &Error{Kind: Loops, PC: int(g.nodes[to].pc), Msg: "the loop here is entered at more than one place"}
	}
	err = enter(-1, 0)
	for i := range g.nodes {
		n := &g.nodes[i]
		err = cmp.Or(err, enter(part[i], n.t), enter(part[i], n.f))
	}
	return entries, part, err
}

// unroll writes every loop out rounds times. A packet that needs more rounds is rejected.
func (g *flow) unroll(rounds int) (*flow, error) {
	out, err := g.rewrite(func(part []int32, entry int32, b *builder) error {
		return b.copies(part, entry, rounds)
	})
	if err == nil && len(out.cycles()) > 0 {
		return nil, &Error{Kind: Loops, PC: -1, Msg: "there is a loop within a loop"}
	}
	return out, err
}

// extract takes the loops out of the graph, which is then without any: a node opLoop and the selections behind it stand for
// each.
func (g *flow) extract() (*flow, []*loop, error) {
	var loops []*loop
	out, err := g.rewrite(func(part []int32, entry int32, b *builder) error {
		l := g.loop(part, entry)
		b.stand(entry, len(loops), l)
		loops = append(loops, l)
		if len(l.body.cycles()) > 0 {
			return &Error{Kind: Loops, PC: int(g.nodes[entry].pc), Msg: "there is a loop within the loop here"}
		}
		return nil
	})
	return out, loops, err
}

// builder makes a new graph out of an old one.
type builder struct {
	old   *flow
	nodes []node          // with successors as numbers of old nodes, or of new ones as newRef has them
	num   map[int32]int32 // old node to new one
}

// newRef writes the number of a new node so that it is neither that of an old one nor none. It is its own inverse.
func newRef(n int32) int32 { return none - 1 - n }

// rewrite makes a graph in which what replace puts in place of every loop stands for it.
func (g *flow) rewrite(replace func(part []int32, entry int32, b *builder) error) (*flow, error) {
	b := &builder{old: g, num: map[int32]int32{}}
	parts := g.cycles()
	entries, part, err := g.entries(parts)
	if err != nil {
		return nil, err
	}
	for i := range g.nodes {
		n := int32(i)
		switch p := part[i]; {
		case p < 0:
			b.num[n] = b.add(g.nodes[n])
		case n == entries[p]:
			if err := replace(parts[p], n, b); err != nil {
				return nil, err
			}
		}
	}
	return b.graph(b.num[0]), nil
}

func (b *builder) add(n node) int32 {
	b.nodes = append(b.nodes, n)
	return int32(len(b.nodes) - 1)
}

// copies puts the nodes of a loop rounds times. What leads back leads to the next copy, from the last one to a rejection.
func (b *builder) copies(part []int32, entry int32, rounds int) error {
	if rounds < 1 || len(part)*rounds > 1<<20 {
		return badOptions("a loop of %d instructions cannot be unrolled %d times", len(part), rounds)
	}
	index := map[int32]int32{}
	for i, m := range part {
		index[m] = int32(i)
	}
	base := int32(len(b.nodes))
	size := int32(len(part))
	b.num[entry] = base + index[entry]
	end := base + size*int32(rounds)
	for r := range int32(rounds) {
		to := func(s int32) int32 {
			i, in := index[s]
			switch {
			case s == none || !in:
				return s
			case s != entry:
				return newRef(base + r*size + i)
			case r+1 == int32(rounds):
				return newRef(end)
			}
			return newRef(base + (r+1)*size + i)
		}
		for _, m := range part {
			n := b.old.nodes[m]
			n.t, n.f = to(n.t), to(n.f)
			b.add(n)
		}
	}
	b.add(node{op: cbpf.RetK, t: none, f: none, pc: b.old.nodes[entry].pc})
	return nil
}

// loop makes the graph of one round.
func (g *flow) loop(part []int32, entry int32) *loop {
	l := &loop{uses: readA | readX}
	for _, m := range part {
		read, written := g.nodes[m].uses()
		l.uses |= read | written
	}
	b := &builder{old: g, num: map[int32]int32{}}
	inside := func(m int32) bool { _, ok := slices.BinarySearch(part, m); return ok }
	leave := func(k int) int32 {
		return newRef(b.add(node{op: opLeave, k: uint32(k), t: none, f: none, pc: g.nodes[entry].pc, mask: l.uses}))
	}
	for _, m := range append([]int32{entry}, part...) {
		if _, done := b.num[m]; !done {
			b.num[m] = b.add(g.nodes[m])
		}
	}
	again := leave(0)
	outs := map[int32]int32{}
	to := func(s int32) int32 {
		switch {
		case s == none:
			return none
		case s == entry:
			return again
		case inside(s):
			return s
		}
		if _, ok := outs[s]; !ok {
			l.exits = append(l.exits, s)
			outs[s] = leave(len(l.exits))
		}
		return outs[s]
	}
	for i := range len(b.num) {
		t, f := to(b.nodes[i].t), to(b.nodes[i].f)
		b.nodes[i].t, b.nodes[i].f = t, f
	}
	l.body = b.graph(0)
	return l
}

// stand puts what stands for a loop. A packet that goes round more often than the loop may is rejected.
func (b *builder) stand(entry int32, number int, l *loop) {
	pc := b.old.nodes[entry].pc
	next := func() int32 { return newRef(int32(len(b.nodes)) + 1) }
	b.num[entry] = b.add(node{op: opLoop, k: uint32(number), t: next(), f: none, pc: pc, mask: l.uses})
	for i, out := range l.exits {
		b.add(node{op: opSelect, k: uint32(i + 1), t: out, f: next(), pc: pc})
	}
	b.add(node{op: cbpf.RetK, t: none, f: none, pc: pc})
}

// graph gives the new nodes their successors.
func (b *builder) graph(start int32) *flow {
	for i := range b.nodes {
		n := &b.nodes[i]
		for _, s := range [2]*int32{&n.t, &n.f} {
			switch {
			case *s < none:
				*s = newRef(*s)
			case *s != none:
				*s = b.num[*s]
			}
		}
	}
	return sorted(b.nodes, start)
}

// maxRounds is how often a loop may go round: a walk through the headers of a packet of 65,535 bytes is at one of 16,384
// positions, multiples of four bytes apart, with one of five header types, and does not end if it comes to the same pair twice.
const maxRounds = 5 * 16384
