package emit

import (
	"slices"

	"bpfc/cbpf"
	"bpfc/internal/memory"
)

// assignWords gives the slots words of scratch memory.
func (p *program) assignWords() error {
	if p.slots == 0 || p.wordsByRange() || p.wordsByLiveness() {
		return nil
	}
	return tooManyRegisters()
}

// noWords makes room for the result.
func (p *program) noWords() {
	p.words = memory.Room(&p.words, p.slots)
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
	last := memory.Zeroed(&p.memory.last, p.slots)
	at := int32(0)
	for _, i := range p.order {
		for _, in := range p.blocks[i].code {
			at++
			if accessesSlot(in.code) {
				last[in.k] = at
			}
		}
	}
	free := uint32(1<<cbpf.MemWords - 1)
	take := func(s uint32) bool {
		for w := int32(0); w < cbpf.MemWords; w++ {
			if free>>w&1 != 0 {
				free &^= 1 << w
				p.words[s] = w
				return true
			}
		}
		return false
	}
	for _, s := range p.clear {
		if !take(s) {
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

// wordsByLiveness is the exact way, for programs in which ranges overlap only
// because parts that exclude each other stand between each other's blocks: two
// slots share a word if none is stored while the other is still to be loaded.
func (p *program) wordsByLiveness() bool {
	clashes := p.clashes()
	if clashes == nil {
		return false
	}
	p.noWords()
	give := func(s uint32) bool {
		if p.words[s] >= 0 {
			return true
		}
		taken := uint32(0)
		for _, o := range clashes[s] {
			if w := p.words[o]; w >= 0 {
				taken |= 1 << w
			}
		}
		for w := int32(0); w < cbpf.MemWords; w++ {
			if taken>>w&1 == 0 {
				p.words[s] = w
				return true
			}
		}
		return false
	}
	for _, s := range p.clear {
		if !give(s) {
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

// clashes finds, for each slot, the slots that must not share its word; nil if
// there is a point at which more are needed than there are words.
func (p *program) clashes() [][]uint32 {
	clashes := make([][]uint32, p.slots)
	in := make([]liveSet, len(p.blocks))
	clash := func(s uint32, live *liveSet) {
		for _, o := range live.slots[:live.n] {
			if o != s && !slices.Contains(clashes[s], o) {
				clashes[s] = append(clashes[s], o)
				clashes[o] = append(clashes[o], s)
			}
		}
	}
	for k := len(p.order) - 1; k >= 0; k-- {
		b, live := &p.blocks[p.order[k]], &in[p.order[k]]
		*live = in[b.t]
		if b.f >= 0 {
			live.union(&in[b.f])
		}
		for i := len(b.code) - 1; i >= 0; i-- {
			switch c := b.code[i]; c.code {
			case cbpf.St, cbpf.Stx:
				live.del(c.k)
				clash(c.k, live)
			case cbpf.LdMem, cbpf.LdxMem:
				live.add(c.k)
			}
		}
		if live.over {
			return nil
		}
	}
	for _, s := range p.clear {
		clash(s, &in[p.rootAt])
	}
	return clashes
}
