package filterset

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"bpfc/internal/pmap"
	"bpfc/ir"
	"bpfc/vm/jit"
)

// Index is a set of filters, each with what it is to the caller, of which changed sets are made
// without making it anew: [Index.With] and [Index.Without] give another set,
// which shares with this one all but what the change touches. It is immutable and
// safe for concurrent use.
//
// It is the machine of [Set] with other tables: a map of which versions can be made
// (see package pmap) in the place of a hash table. A lookup costs some nanoseconds
// more, a change microseconds. Filters are in the order in which they were added.
//
// New filters have pages of memory for their code of their own until there are
// [gather] of them; then their code is put side by side.
type Index[T any] struct {
	seed   uint64 // of the hashes of values: nobody can choose filters that fall together
	next   uint64 // number of the next filter that is added
	n      int
	always []placed[T]
	tables []*fieldTable[T]
	loose  []*Member[T] // whose code lies alone
}

// gather is how many filters may have their code in pages of their own, and together how many have it side by side at most:
// that memory is given back with the last of them.
const gather, together = 64, 512

// Member is a filter of an index. It is immutable, and the same in all indexes that share it.
type Member[T any] struct {
	Filter T      // the caller's
	number uint64 // those added later have higher ones
	code   *jit.Code
	keys   []key // where it is found; nil where it is run on every packet
}

// Compiled is a filter made ready to be added to an index. That is most of the work, and can be done by many goroutines.
type Compiled struct {
	code  *jit.Code
	edges []edge
	graph *ir.Graph
}

// Compile makes a filter ready. The error, a *vm.ValidateError, is for a program that is not valid.
func Compile(f Filter, opts ...jit.Option) (*Compiled, error) {
	code, err := jit.NewCode(f.Program, opts...)
	if err != nil {
		return nil, err
	}
	c := &Compiled{code: code, graph: f.Graph}
	if f.Graph != nil {
		c.edges = equalities(f.Graph)
	}
	return c, nil
}

// placed is a filter with the function that runs it.
type placed[T any] struct {
	run    jit.Function
	member *Member[T]
}

// found are the filters of one value of a field, in order. Most often there is one.
type found[T any] struct {
	first placed[T]
	rest  *[]placed[T]
}

func (f *found[T]) len() int {
	if f.rest == nil {
		return 1
	}
	return 1 + len(*f.rest)
}

// fieldTable is a field of the packet and the filters that its values lead to.
type fieldTable[T any] struct {
	field field
	name  string
	seed  uint64
	by    pmap.Map[uint32, found[T]]
}

func newFieldTable[T any](e edge, seed uint64) *fieldTable[T] {
	t := &fieldTable[T]{field: fieldOf(e.expr), name: e.key.field, seed: seed}
	t.by = pmap.New[uint32, found[T]](t.hash)
	return t
}

func (t *fieldTable[T]) hash(v uint32) uint32 { return uint32(uint64(v) * t.seed >> 32) }

func (t *fieldTable[T]) find(pkt []byte) *found[T] {
	v, ok := t.field.value(pkt)
	if !ok {
		return nil
	}
	return t.by.Find(t.hash(v), v)
}

// NewIndex makes an empty index.
func NewIndex[T any]() *Index[T] { return &Index[T]{seed: rand.Uint64() | 1} }

// Len returns the number of filters.
func (x *Index[T]) Len() int { return x.n }

// Indexed returns how many of the filters are run only on packets that have one of their values.
func (x *Index[T]) Indexed() int { return x.n - len(x.always) }

// Addition is a filter to add, and what it is to the caller.
// It is safe for concurrent use as long as nobody changes it.
type Addition[T any] struct {
	*Compiled
	Filter T
}

// With gives an index with more filters, which come after those of this one, and their members, by which they are removed.
func (x *Index[T]) With(list []Addition[T]) (*Index[T], []*Member[T]) {
	c := x.change()
	members := make([]*Member[T], len(list))
	counts := c.count(list)
	for i, a := range list {
		m := &Member[T]{Filter: a.Filter, number: c.next, code: a.code}
		c.next++
		m.keys = c.choose(a.Compiled, counts)
		members[i] = m
	}
	c.loose = slices.Concat(c.loose, members)
	c.n += len(list)
	if len(c.loose) < gather {
		for i, m := range members {
			c.enter(placed[T]{jit.Functions([]*jit.Code{list[i].code})[0], m})
		}
		return &c.Index, members
	}
	c.gather()
	return &c.Index, members
}

// Without gives an index that lacks the members given, each of which must be of this one.
func (x *Index[T]) Without(members []*Member[T]) *Index[T] {
	c := x.change()
	for _, m := range members {
		c.remove(m)
	}
	c.loose = slices.DeleteFunc(slices.Clone(c.loose), func(m *Member[T]) bool { return slices.Contains(members, m) })
	c.n -= len(members)
	return &c.Index
}

// change is an index that is being made from another.
type change[T any] struct {
	Index[T]
	edit  pmap.Edit
	own   map[*fieldTable[T]]bool // tables that may be changed
	lists map[*[]placed[T]]bool   // and lists, at their ends
}

func (x *Index[T]) change() *change[T] {
	c := &change[T]{Index: *x, own: map[*fieldTable[T]]bool{}, lists: map[*[]placed[T]]bool{}}
	c.tables = slices.Clone(x.tables)
	c.always = slices.Clone(x.always)
	return c
}

// count tells how many values each field has among filters that are added.
func (c *change[T]) count(list []Addition[T]) map[string]int {
	counts, seen := map[string]int{}, map[key]bool{}
	for _, a := range list {
		for _, e := range a.edges {
			if !seen[e.key] {
				seen[e.key] = true
				counts[e.key.field]++
			}
		}
	}
	return counts
}

// crowded is how many filters may be found by one value before another field is looked for.
const crowded = 2

// choose finds the values by which a filter is to be found, by those fields that have most of them; other fields, if there
// are any, where a value has many filters already.
func (c *change[T]) choose(f *Compiled, added map[string]int) []key {
	values := func(name string) int {
		n := added[name]
		if t := c.table(name); t != nil {
			n = max(n, t.by.Len())
		}
		return n
	}
	best := findCut(f.graph, f.edges, 1, values)
	most, worst := c.crowd(best)
	for left := f.edges; most > crowded; {
		left = slices.DeleteFunc(slices.Clone(left), func(e edge) bool { return e.key.field == worst })
		cut := findCut(f.graph, left, 1, values)
		if cut == nil {
			break
		}
		n, field := c.crowd(cut)
		if n < most {
			best, most = cut, n
		}
		worst = field
	}
	var keys []key
	for _, e := range best {
		if !slices.Contains(keys, e.key) {
			keys = append(keys, e.key)
		}
		if c.table(e.key.field) == nil {
			t := newFieldTable[T](e, c.seed)
			c.tables, c.own[t] = append(c.tables, t), true
		}
	}
	return keys
}

// crowd tells how many filters are found by the value of a cut that finds most, and its field.
func (c *change[T]) crowd(cut []edge) (most int, field string) {
	for _, e := range cut {
		t := c.table(e.key.field)
		if t == nil {
			continue
		}
		if f := t.by.Find(t.hash(e.key.value), e.key.value); f != nil && f.len() > most {
			most, field = f.len(), e.key.field
		}
	}
	return most, field
}

func (c *change[T]) table(name string) *fieldTable[T] {
	for _, t := range c.tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

// ownTable gives the table of a field as one that may be changed.
func (c *change[T]) ownTable(name string) *fieldTable[T] {
	i := slices.IndexFunc(c.tables, func(t *fieldTable[T]) bool { return t.name == name })
	t := c.tables[i]
	if !c.own[t] {
		copied := *t
		t = &copied
		c.tables[i], c.own[t] = t, true
	}
	t.by = t.by.Copy(&c.edit)
	return t
}

// enter puts a filter in the places where it is found, or exchanges its function there.
func (c *change[T]) enter(p placed[T]) {
	if p.member.keys == nil {
		c.always = insert(c.always, p)
		return
	}
	for _, k := range p.member.keys {
		t := c.ownTable(k.field)
		old := t.by.Find(t.hash(k.value), k.value)
		switch {
		case old == nil:
			t.by.Set(&c.edit, k.value, found[T]{first: p})
		case c.lists[old.rest] && p.member.number > (*old.rest)[len(*old.rest)-1].member.number:
			*old.rest = append(*old.rest, p)
		default:
			t.by.Set(&c.edit, k.value, c.found(insert(old.list(), p)))
		}
	}
}

// found makes what is found of a list, which is the change's own.
func (c *change[T]) found(list []placed[T]) found[T] {
	if len(list) == 1 {
		return found[T]{first: list[0]}
	}
	rest := list[1:]
	c.lists[&rest] = true
	return found[T]{list[0], &rest}
}

// list copies the filters of a value.
func (f *found[T]) list() []placed[T] {
	list := []placed[T]{f.first}
	if f.rest != nil {
		list = append(list, *f.rest...)
	}
	return list
}

// insert puts a filter where its number belongs, in the place of the same filter if it is there. The list must be the change's own.
func insert[T any](list []placed[T], p placed[T]) []placed[T] {
	i, there := slices.BinarySearchFunc(list, p.member.number, byNumber[T])
	if there {
		list[i] = p
		return list
	}
	return slices.Insert(list, i, p)
}

func byNumber[T any](p placed[T], number uint64) int { return cmp.Compare(p.member.number, number) }

// remove takes a filter out of all places.
func (c *change[T]) remove(m *Member[T]) {
	without := func(list []placed[T]) []placed[T] {
		if i, there := slices.BinarySearchFunc(list, m.number, byNumber[T]); there {
			return slices.Delete(list, i, i+1)
		}
		return list
	}
	if m.keys == nil {
		c.always = without(c.always)
		return
	}
	for _, k := range m.keys {
		t := c.ownTable(k.field)
		old := t.by.Find(t.hash(k.value), k.value)
		if old == nil {
			continue
		}
		if list := without(old.list()); len(list) > 0 {
			t.by.Set(&c.edit, k.value, c.found(list))
		} else {
			t.by.Delete(&c.edit, k.value)
		}
		if t.by.Len() == 0 {
			c.tables = slices.DeleteFunc(c.tables, func(other *fieldTable[T]) bool { return other == t })
		}
	}
}

// gather puts the code of all filters that lie alone side by side, and those that are new with it.
func (c *change[T]) gather() {
	for some := range slices.Chunk(c.loose, together) {
		codes := make([]*jit.Code, len(some))
		for i, m := range some {
			codes[i] = m.code
		}
		for i, f := range jit.Functions(codes) {
			c.enter(placed[T]{f, some[i]})
		}
	}
	c.loose = nil
}

// First returns the first filter that matches a packet, in the order in which they were added, and what its program returns;
// nil and 0 if none does. pkt holds the captured bytes, wireLen is the length on the wire in bytes. Nothing is allocated.
func (x *Index[T]) First(pkt []byte, wireLen uint32) (member *Member[T], verdict uint32) {
	for i := range x.always {
		p := &x.always[i]
		if v := p.run.Match(pkt, wireLen); v != 0 {
			member, verdict = p.member, v
			break
		}
	}
	for _, t := range x.tables {
		f := t.find(pkt)
		if f == nil || member != nil && f.first.member.number > member.number {
			continue
		}
		if v := f.first.run.Match(pkt, wireLen); v != 0 {
			member, verdict = f.first.member, v
			continue
		}
		if f.rest == nil {
			continue
		}
		for i := range *f.rest {
			p := &(*f.rest)[i]
			if member != nil && p.member.number > member.number {
				break
			}
			if v := p.run.Match(pkt, wireLen); v != 0 {
				member, verdict = p.member, v
				break
			}
		}
	}
	return member, verdict
}

// Match is a filter that matches a packet, and what its program returned: the bytes of the packet to keep.
// It is safe for concurrent use as long as nobody changes it.
type Match[T any] struct {
	*Member[T]
	Verdict uint32
}

// Match appends to dst the filters that match a packet, in the order in which they were added. Where dst has room nothing is
// allocated.
func (x *Index[T]) Match(pkt []byte, wireLen uint32, dst []Match[T]) []Match[T] {
	start := len(dst)
	for i := range x.always {
		dst = x.always[i].match(pkt, wireLen, dst)
	}
	for _, t := range x.tables {
		f := t.find(pkt)
		if f == nil {
			continue
		}
		dst = f.first.match(pkt, wireLen, dst)
		if f.rest != nil {
			for i := range *f.rest {
				dst = (*f.rest)[i].match(pkt, wireLen, dst)
			}
		}
	}
	all := dst[start:]
	if len(all) < 2 {
		return dst
	}
	slices.SortFunc(all, func(a, b Match[T]) int { return cmp.Compare(a.number, b.number) })
	all = slices.CompactFunc(all, func(a, b Match[T]) bool { return a.Member == b.Member }) // found by several values
	return dst[:start+len(all)]
}

func (p *placed[T]) match(pkt []byte, wireLen uint32, dst []Match[T]) []Match[T] {
	if v := p.run.Match(pkt, wireLen); v != 0 {
		dst = append(dst, Match[T]{p.member, v})
	}
	return dst
}

// Candidates returns how many filters are run on a packet to find all that match: a measure of how well the filters are told
// apart.
func (x *Index[T]) Candidates(pkt []byte) int {
	n := len(x.always)
	for _, t := range x.tables {
		if f := t.find(pkt); f != nil {
			n += f.len()
		}
	}
	return n
}
