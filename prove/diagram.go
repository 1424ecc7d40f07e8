package prove

import "slices"

// A ref is a diagram: the number of its top node. Diagrams are canonical: in one
// prover, two that mean the same are the same ref.
type ref uint32

// The two leaves that every diagram of a condition ends in. In the diagram of a
// filter, no stands for "rejected" and yes for "accepted, whatever was captured".
const (
	no  ref = 0
	yes ref = 1
)

// leafLevel is the level of leaves, below that of every variable.
const leafLevel = 1 << 30

// node decides about one bit of the input, the variable that has its level, and
// goes to hi where it is set and to lo where it is not.
type node struct {
	level  int32
	lo, hi ref // of a leaf, lo is the position in leaves
	// need is the least of the fixed needs of the leaves below that have one.
	need uint32
	// onward is the least of the fixed needs of the exits next below.
	onward uint32
	// exits has a bit set for each exit below, see exitBit.
	exits uint64
}

// noNeed is the need of diagrams in which no leaf has one.
const noNeed = ^uint32(0)

type operation uint8

const (
	opITE operation = iota + 1
	opMeet
	opRaise
	opCompose
	opEither
	opAll
)

type cached struct {
	op      operation
	a, b, c ref
	result  ref
}

// diagrams is a store of shared nodes, with a table that finds a node by its
// content and a cache of results, which forgets.
type diagrams struct {
	nodes  []node
	unique []ref // open addressing by content; 0 is an empty place, as leaves are not in it
	cache  []cached
	leaves []leaf
	leafAt map[leaf]ref
	needs  []need
	needAt map[string]needRef
	budget *budget
	// whole: rejections have needs too.
	whole bool
}

const (
	firstUnique = 1 << 11
	firstCache  = 1 << 11
	mostCache   = 1 << 21
)

func newDiagrams(b *budget, whole bool) *diagrams {
	d := &diagrams{
		nodes:  make([]node, 0, firstUnique),
		unique: make([]ref, firstUnique),
		cache:  make([]cached, firstCache),
		leafAt: make(map[leaf]ref),
		needAt: make(map[string]needRef),
		needs:  []need{{}},
		budget: b,
		whole:  whole,
	}
	d.leaf(leaf{kind: leafNo})
	d.leaf(leaf{kind: leafAccept})
	return d
}

func mix(a, b, c uint32) uint32 {
	h := uint64(a)*0x9e3779b97f4a7c15 ^ uint64(b)*0xc2b2ae3d27d4eb4f ^ uint64(c)*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return uint32(h >> 32)
}

// exitBit is the bit of an exit in sets of exits. Only that of next is its own.
func exitBit(exit uint32) uint64 {
	if exit == next {
		return 1
	}
	return 2 << (exit % 63)
}

// mk returns the node that decides about a variable.
func (d *diagrams) mk(level int32, hi, lo ref) ref {
	if hi == lo {
		return hi
	}
	mask := uint32(len(d.unique) - 1)
	h := mix(uint32(level), uint32(hi), uint32(lo)) & mask
	for d.unique[h] != 0 {
		r := d.unique[h]
		if n := &d.nodes[r]; n.level == level && n.hi == hi && n.lo == lo {
			return r
		}
		h = (h + 1) & mask
	}
	d.budget.node()
	r := ref(len(d.nodes))
	a, b := &d.nodes[hi], &d.nodes[lo]
	d.nodes = append(d.nodes, node{level: level, hi: hi, lo: lo, need: min(a.need, b.need), onward: min(a.onward, b.onward), exits: a.exits | b.exits})
	d.unique[h] = r
	if 4*len(d.nodes) > 3*len(d.unique) {
		d.grow()
	}
	return r
}

func (d *diagrams) grow() {
	d.unique = make([]ref, 2*len(d.unique))
	d.nodes = slices.Grow(d.nodes, max(0, 3*len(d.unique)/4-len(d.nodes)+1)) // all that the table takes; there may be more leaves, which are not in it
	mask := uint32(len(d.unique) - 1)
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.level == leafLevel {
			continue
		}
		h := mix(uint32(n.level), uint32(n.hi), uint32(n.lo)) & mask
		for d.unique[h] != 0 {
			h = (h + 1) & mask
		}
		d.unique[h] = ref(i)
	}
	if size := min(len(d.unique), mostCache); size > len(d.cache) {
		old := d.cache
		d.cache = make([]cached, size)
		for _, c := range old {
			if c.op != 0 {
				*d.place(c.op, c.a, c.b, c.c) = c
			}
		}
	}
}

func (d *diagrams) place(op operation, a, b, c ref) *cached {
	h := mix(uint32(a)+uint32(op)<<28, uint32(b), uint32(c))
	return &d.cache[h&uint32(len(d.cache)-1)]
}

// known looks a result up. Where there is none, keep is to be given it.
func (d *diagrams) known(op operation, a, b, c ref) (ref, bool) {
	e := d.place(op, a, b, c)
	if e.op == op && e.a == a && e.b == b && e.c == c {
		return e.result, true
	}
	d.budget.step()
	return 0, false
}

func (d *diagrams) keep(op operation, a, b, c, result ref) ref {
	*d.place(op, a, b, c) = cached{op, a, b, c, result}
	return result
}

// split gives the parts of u where the variable of a level is set and where not.
func (d *diagrams) split(u ref, level int32) (hi, lo ref) {
	if n := &d.nodes[u]; n.level == level {
		return n.hi, n.lo
	}
	return u, u
}

func (d *diagrams) level(u ref) int32 { return d.nodes[u].level }

// variable is the condition that the variable of a level is set.
func (d *diagrams) variable(level int32) ref { return d.mk(level, yes, no) }

// ite is t where the condition c holds and f elsewhere.
func (d *diagrams) ite(c, t, f ref) ref {
	switch {
	case c == yes:
		return t
	case c == no:
		return f
	case t == f:
		return t
	case t == yes && f == no:
		return c
	}
	lc, lt, lf := d.level(c), d.level(t), d.level(f)
	if lc < lt && lc < lf {
		if n := &d.nodes[c]; n.hi == yes && n.lo == no {
			return d.mk(lc, t, f)
		}
	}
	if r, ok := d.known(opITE, c, t, f); ok {
		return r
	}
	level := min(lc, lt, lf)
	ch, cl := d.split(c, level)
	th, tl := d.split(t, level)
	fh, fl := d.split(f, level)
	return d.keep(opITE, c, t, f, d.mk(level, d.ite(ch, th, fh), d.ite(cl, tl, fl)))
}

func (d *diagrams) not(a ref) ref    { return d.ite(a, no, yes) }
func (d *diagrams) and(a, b ref) ref { return d.ite(a, b, no) }
func (d *diagrams) or(a, b ref) ref  { return d.ite(a, yes, b) }
func (d *diagrams) xor(a, b ref) ref {
	if a <= yes {
		a, b = b, a
	}
	switch b {
	case no:
		return a
	case yes:
		return d.not(a)
	}
	return d.ite(a, d.not(b), b)
}

// meet is what comes of evaluating first what guard tells about, and then going on
// with u: rejected where the guard fails, and else u with the needs of both.
func (d *diagrams) meet(guard, u ref) ref {
	switch {
	case guard == yes:
		return u
	case guard == no:
		return d.rejected()
	case u == no:
		return no // has no needs
	}
	g := &d.nodes[guard]
	if g.level == leafLevel {
		if d.leaves[g.lo].kind == leafVoid {
			return guard
		}
		return d.raise(u, d.leaves[g.lo].need)
	}
	if r, ok := d.known(opMeet, guard, u, 0); ok {
		return r
	}
	level := min(g.level, d.level(u))
	gh, gl := d.split(guard, level)
	uh, ul := d.split(u, level)
	return d.keep(opMeet, guard, u, 0, d.mk(level, d.meet(gh, uh), d.meet(gl, ul)))
}

// raise adds a need to all leaves of u that can have one.
func (d *diagrams) raise(u ref, n needRef) ref {
	top := &d.nodes[u]
	if by := &d.needs[n]; top.need == noNeed || len(by.bases) == 0 && by.fixed <= top.need {
		return u
	}
	if top.level == leafLevel {
		l := d.leaves[top.lo]
		l.need = d.join(l.need, n)
		return d.leaf(l)
	}
	if r, ok := d.known(opRaise, u, ref(n), 0); ok {
		return r
	}
	hi, lo, level := top.hi, top.lo, top.level
	return d.keep(opRaise, u, ref(n), 0, d.mk(level, d.raise(hi, n), d.raise(lo, n)))
}

// compose replaces in u the leaves of one exit by v, with the needs of those leaves.
func (d *diagrams) compose(u ref, exit uint32, v ref) ref {
	top := &d.nodes[u]
	if top.exits&exitBit(exit) == 0 {
		return u
	}
	if top.level == leafLevel {
		l := d.leaves[top.lo]
		if l.value != exit {
			return u
		}
		return d.raise(v, l.need)
	}
	if r, ok := d.known(opCompose, u, ref(exit), v); ok {
		return r
	}
	level := min(top.level, d.level(v))
	uh, ul := d.split(u, level)
	vh, vl := d.split(v, level)
	return d.keep(opCompose, u, ref(exit), v, d.mk(level, d.compose(uh, exit, vh), d.compose(ul, exit, vl)))
}
