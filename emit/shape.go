package emit

import (
	"slices"

	"bpfc/cbpf"
	"bpfc/internal/memory"
)

// shape improves the blocks as a whole, after they have their code: fewer
// jumps, no block twice.
func (p *program) shape() {
	p.thread()
	if p.mergeEqual() {
		p.thread()
	}
	p.shareJumps()
	if !p.anyGoto() {
		return
	}
	p.mergeTails()
	p.thread()
	p.hoist()
	p.thread()
}

func (p *program) anyGoto() bool {
	for i := 2; i < len(p.blocks); i++ {
		if b := &p.blocks[i]; b.jump == 0 && !b.unreached {
			return true
		}
	}
	return false
}

// thread leads jumps past blocks that do nothing, and finds what is then
// unreached.
func (p *program) thread() {
	for i := range p.blocks {
		p.blocks[i].unreached = true
	}
	past := func(i int32) int32 {
		for i >= 2 {
			b := &p.blocks[i]
			if b.jump != 0 || len(b.code) > 0 {
				break
			}
			i = b.t
		}
		return i
	}
	p.rootAt = past(p.rootAt)
	p.blocks[p.rootAt].unreached = false
	todo := append(p.memory.todo[:0], p.rootAt)
	reach := func(i int32) int32 {
		i = past(i)
		if b := &p.blocks[i]; b.unreached {
			b.unreached = false
			todo = append(todo, i)
		}
		return i
	}
	for len(todo) > 0 {
		b := &p.blocks[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if b.t < 0 {
			continue
		}
		b.t = reach(b.t)
		if b.f < 0 {
			continue
		}
		if b.f = reach(b.f); b.f == b.t {
			b.f, b.jump = -1, 0
		}
	}
	p.memory.todo = todo
}

// mergeEqual finds blocks with the same instructions and successors and leads
// jumps to the first found only. Blocks whose tests differ become equal where
// A holds what they test already. It tells whether it found any.
func (p *program) mergeEqual() bool {
	table := memory.Zeroed(&p.memory.table, p.tableSize())
	found := false
	for i := int32(len(p.blocks)) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		if b.unreached || b.isChain() { // a walk has its own scratch word
			continue
		}
		b.t = p.merged(b.t)
		if b.f >= 0 {
			b.f = p.merged(b.f)
		}
		if entry := p.lookUp(table, b.hash(), b, (*block).equal); *entry != 0 {
			b.same, found = *entry, true
		} else {
			*entry = i
		}
	}
	p.rootAt = p.merged(p.rootAt)
	return found
}

// tableSize is the length of a hash table of blocks.
func (p *program) tableSize() int {
	size := 4
	for size < 2*len(p.blocks) {
		size *= 2
	}
	return size
}

// lookUp finds the place of a block in a hash table with open addressing: it has the number of the block there that is
// the same as b, or 0 where there is none.
func (p *program) lookUp(table []int32, hash uint32, b *block, same func(b, c *block) bool) *int32 {
	for slot := hash; ; slot++ {
		if entry := &table[slot&uint32(len(table)-1)]; *entry == 0 || same(&p.blocks[*entry], b) {
			return entry
		}
	}
}

// merged gives the block that stands for block i.
func (p *program) merged(i int32) int32 {
	if same := p.blocks[i].same; same != 0 {
		return same
	}
	return i
}

const prime = 0x9e3779b1 // for hashing

func (b *block) hash() uint32 {
	h := b.endHash()
	for _, in := range b.code {
		h = h*prime ^ in.k
		h = h*prime ^ uint32(in.code)
	}
	return h*prime ^ h>>15
}

func (b *block) endHash() uint32 {
	h := uint32(b.t)*prime ^ uint32(b.f)
	h = h*prime ^ b.k
	h = h*prime ^ uint32(b.jump)
	return h*prime ^ h>>15
}

// comparesAs tells whether the blocks end in the same way.
func (b *block) comparesAs(c *block) bool {
	return b.t == c.t && b.f == c.f && b.jump == c.jump && b.k == c.k
}

func (b *block) equal(c *block) bool { return b.comparesAs(c) && slices.Equal(b.code, c.code) }

// shareJumps lets a block whose comparison stands alone in another block, as A
// holds the value there already, fall through to that one's. It saves the
// comparison; a block that would need a ja for that is left as it is.
func (p *program) shareJumps() {
	table := memory.Zeroed(&p.memory.table, p.tableSize())
	found := false
	for i := int32(len(p.blocks)) - 1; i >= 2; i-- {
		if b := &p.blocks[i]; !b.unreached && b.jump != 0 && len(b.code) == 0 {
			if entry := p.lookUp(table, b.endHash(), b, (*block).comparesAs); *entry == 0 {
				*entry, found = i, true
			}
		}
	}
	if !found {
		return
	}
	taken := memory.Zeroed(&p.memory.seen, len(p.blocks)) // something falls through to it already
	for i := 2; i < len(p.blocks); i++ {
		if b := &p.blocks[i]; !b.unreached && b.jump == 0 {
			taken[b.t] = true
		}
	}
	for i := len(p.blocks) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		if b.unreached || b.jump == 0 || len(b.code) == 0 || b.isChain() {
			continue
		}
		if to := *p.lookUp(table, b.endHash(), b, (*block).comparesAs); to != 0 && !taken[to] {
			taken[to] = true
			b.jump, b.t, b.f = 0, to, -1
		}
	}
}

// gotos lists, for every block, the blocks that go on to it without a
// condition: first[i], then next of each, until 0.
func (p *program) gotos() (first, next []int32) {
	mem := memory.Zeroed(&p.memory.gotos, 2*len(p.blocks))
	first, next = mem[:len(p.blocks)], mem[len(p.blocks):]
	for i := len(p.blocks) - 1; i >= 2; i-- {
		if b := &p.blocks[i]; b.jump == 0 && !b.unreached {
			next[i] = first[b.t]
			first[b.t] = int32(i)
		}
	}
	return first, next
}

// mergeTails gives blocks that go on to the same place, and end in the same
// instructions, one copy of these.
func (p *program) mergeTails() {
	first, next := p.gotos()
	work := make([]int32, 0, 16)
	for s := range first {
		for i := first[s]; i != 0; i = next[i] {
			if !p.blocks[i].isChain() { // its jumps must stay within it
				work = append(work, i)
			}
		}
		for len(work) > 1 {
			work = p.mergeTail(work, int32(s))
		}
		work = work[:0]
	}
}

// mergeTail merges the tails of those blocks in work that end like its first,
// and returns the others.
func (p *program) mergeTail(work []int32, s int32) []int32 {
	model := p.blocks[work[0]].code
	length := len(model)
	same, others := []int32{work[0]}, work[:0]
	for _, i := range work[1:] {
		if n := min(length, commonSuffix(model, p.blocks[i].code)); n > 0 {
			same, length = append(same, i), n
		} else {
			others = append(others, i)
		}
	}
	if len(same) == 1 {
		return others
	}
	tail := block{code: model[len(model)-length:], t: s, f: -1}
	for _, i := range same {
		b := &p.blocks[i]
		b.code = b.code[:len(b.code)-length]
		b.t = int32(len(p.blocks))
	}
	p.blocks = append(p.blocks, tail)
	return others
}

func commonSuffix(a, b []inst) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// maxHoist bounds how many instructions are executed in vain to save a jump.
const maxHoist = 2

// hoist moves a block that would end in a ja up into the block before it, in
// front of that one's conditional jump, if the other way out of there does not
// mind. Of the blocks that go on to the same place, one needs no ja and stays.
func (p *program) hoist() {
	before := p.predecessors()
	first, next := p.gotos()
	for s := 2; s < len(first); s++ {
		jumps := -1
		for i := first[s]; i != 0; i = next[i] {
			jumps++
		}
		for _, loads := range [2]bool{false, true} { // rather not in vain from the packet
			for i := first[s]; i != 0 && jumps > 0; i = next[i] {
				if !p.blocks[i].unreached && p.loadsPacket(i) == loads && p.hoisted(i, before) {
					jumps--
				}
			}
		}
	}
}

// mostBefore bounds the blocks before one that is hoisted.
const mostBefore = 8

// predecessors lists, for every block, the blocks before it, the nearest to the
// root first.
type predecessors struct {
	list  []int32
	start []int32 // by block, where its own begin; they end where the next one's begin
}

func (p *program) predecessors() *predecessors {
	r := &p.memory.before
	r.start = memory.Zeroed(&r.start, len(p.blocks)+1)
	p.edges(func(_, to int32) { r.start[to+1]++ })
	for i := range p.blocks {
		r.start[i+1] += r.start[i]
	}
	r.list = memory.Zeroed(&r.list, int(r.start[len(p.blocks)]))
	at := append(p.memory.todo[:0], r.start...)
	p.edges(func(from, to int32) {
		r.list[at[to]] = from
		at[to]++
	})
	p.memory.todo = at
	return r
}

// edges calls f for each edge from a block to another that is no leaf.
func (p *program) edges(f func(from, to int32)) {
	for i := int32(2); int(i) < len(p.blocks); i++ {
		b := &p.blocks[i]
		if b.unreached {
			continue
		}
		for _, to := range [2]int32{b.t, b.f} {
			if to >= 2 {
				f(i, to)
			}
		}
	}
}

func (r *predecessors) of(i int32) []int32 { return r.list[r.start[i]:r.start[i+1]] }

// hoisted moves block i up, if it can be executed before the jump of the first
// block before it, which leads to the others before it by bare jumps alone.
func (p *program) hoisted(i int32, before *predecessors) bool {
	above := before.of(i)
	if len(above) == 0 || len(above) > mostBefore {
		return false
	}
	for k, a := range above {
		if !p.mayHoist(a, i, above) {
			return false
		}
		if k > 0 && (len(p.blocks[a].code) > 0 || !within(before.of(a), above)) {
			return false
		}
	}
	first, b := &p.blocks[above[0]], &p.blocks[i]
	first.code = append(first.code[:len(first.code):len(first.code)], b.code...)
	for _, a := range above {
		c := &p.blocks[a]
		if c.t == i {
			c.t = b.t
		}
		if c.f == i {
			c.f = b.t
		}
	}
	b.unreached = true
	return true
}

// within tells whether list is not empty and all of it are in set.
func within(list, set []int32) bool {
	if len(list) == 0 || len(list) > len(set) {
		return false
	}
	for _, i := range list {
		if !slices.Contains(set, i) {
			return false
		}
	}
	return true
}

// loadsPacket tells whether a block reads the packet.
func (p *program) loadsPacket(i int32) bool {
	for _, in := range p.blocks[i].code {
		if effects(in.code).fails {
			return true
		}
	}
	return false
}

// mayHoist tells whether block i can be executed before the jump of block a, one
// of the blocks before it.
func (p *program) mayHoist(a, i int32, before []int32) bool {
	above, b := &p.blocks[a], &p.blocks[i]
	other := above.t
	if other == i {
		other = above.f
	}
	if above.jump == 0 || other < 0 || len(b.code) > maxHoist || int(a) >= len(p.live) || int(other) >= len(p.live) {
		return false
	}
	alone := !slices.Contains(before, other) // otherwise it minds no more than the block itself
	live := &p.live[other]
	for _, in := range b.code {
		e := effects(in.code)
		switch {
		case e.fails && !withinCaptured(in, above.captured):
			return false
		case e.writes == liveA, e.writes == liveX && above.jump&cbpf.SrcX != 0:
			return false
		case e.writes == liveX && alone && live.regs&liveX != 0:
			return false
		case e.writes == 0 && alone && live.has(in.k):
			return false
		}
	}
	return true
}

// withinCaptured tells whether a load cannot fail as the packet is known to be
// that long.
func withinCaptured(in inst, captured uint32) bool {
	atConstant := cbpf.TraitsOf(in.code).Any(cbpf.Absolute | cbpf.Header)
	return atConstant && in.k < maxOffset && in.k+cbpf.LoadSize(in.code) <= captured
}
