package emit

import "bpfc/diag"

// assignWords gives the slots words of scratch memory.
func (p *program) assignWords() error {
	if p.slots == 0 || p.wordsByRange() || p.wordsByLiveness() {
		return nil
	}
	return diag.New(diag.Limit, 0, 0, "too many registers needed to evaluate expression").
		WithHint("the machine has %d words of scratch memory; nest fewer calculations", numWords)
}

// noWords makes room for the result.
func (p *program) noWords() {
	if p.words == nil {
		p.words = make([]int32, p.slots)
	}
	for s := range p.words {
		p.words[s] = -1
	}
}

// wordsByRange is the quick way. A slot has its word from its first access to
// its last in the order of the program: as all jumps across blocks go forward,
// two slots whose ranges do not overlap can share a word. It tells whether
// there were words enough.
func (p *program) wordsByRange() bool {
	p.noWords()
	last := make([]int32, p.slots)
	at := int32(0)
	for _, i := range p.order {
		for _, in := range p.blocks[i].code {
			at++
			if accessesSlot(in.code) {
				last[in.k] = at
			}
		}
	}
	free := uint32(1<<numWords - 1)
	take := func(s uint32) bool {
		for w := int32(0); w < numWords; w++ {
			if free>>w&1 != 0 {
				free &^= 1 << w
				p.words[s] = w
				return true
			}
		}
		return false
	}
	for _, s := range p.clear {
		if !take(uint32(s)) {
			return false
		}
	}
	at = 0
	for _, i := range p.order {
		for _, in := range p.blocks[i].code {
			at++
			if !accessesSlot(in.code) {
				continue
			}
			if p.words[in.k] < 0 && !take(in.k) {
				return false
			}
			if last[in.k] == at {
				free |= 1 << p.words[in.k]
			}
		}
	}
	return true
}

// maxLiveness bounds the memory for exact liveness, in words of 8 bytes.
const maxLiveness = 1 << 22

// wordsByLiveness is the exact way, for programs in which ranges overlap only
// because parts that exclude each other stand between each other's blocks: two
// slots share a word if none is stored while the other is still to be loaded.
func (p *program) wordsByLiveness() bool {
	width := (p.slots + 63) / 64
	if width*(len(p.blocks)+p.slots) > maxLiveness {
		return false
	}
	clashes := p.clashes(width)
	p.noWords()
	give := func(s uint32) bool {
		if p.words[s] >= 0 {
			return true
		}
		taken := uint32(0)
		for o, w := range p.words {
			if w >= 0 && clashes[s].has(uint32(o)) {
				taken |= 1 << w
			}
		}
		for w := int32(0); w < numWords; w++ {
			if taken>>w&1 == 0 {
				p.words[s] = w
				return true
			}
		}
		return false
	}
	for _, s := range p.clear {
		if !give(uint32(s)) {
			return false
		}
	}
	for _, i := range p.order {
		for _, in := range p.blocks[i].code {
			if accessesSlot(in.code) && !give(in.k) {
				return false
			}
		}
	}
	return true
}

// clashes finds, for each slot, the slots that must not share its word.
func (p *program) clashes(width int) []liveSet {
	sets := func(n int) []liveSet {
		mem := make([]uint64, n*width)
		s := make([]liveSet, n)
		for i := range s {
			s[i] = mem[i*width:][:width]
		}
		return s
	}
	clashes, in := sets(p.slots), sets(len(p.blocks))
	clash := func(s uint32, live liveSet) {
		for o := range uint32(p.slots) {
			if o != s && live.has(o) {
				clashes[s].add(o)
				clashes[o].add(s)
			}
		}
	}
	for k := len(p.order) - 1; k >= 0; k-- {
		b, live := &p.blocks[p.order[k]], in[p.order[k]]
		live.union(in[b.t])
		if b.f >= 0 {
			live.union(in[b.f])
		}
		for i := len(b.code) - 1; i >= 0; i-- {
			switch c := b.code[i]; c.code {
			case opSt, opStx:
				live.del(c.k)
				clash(c.k, live)
			case opLdMem, opLdxMem:
				live.add(c.k)
			}
		}
	}
	for _, s := range p.clear {
		clash(uint32(s), in[p.rootAt])
	}
	return clashes
}
