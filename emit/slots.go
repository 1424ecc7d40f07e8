package emit

import (
	"slices"

	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/internal/memory"
)

// The registers of a liveness set.
const (
	liveA = 1 << iota
	liveX
)

// liveSet is a set of registers and of slots. As every live slot needs a word
// of its own, a program with more of them than words cannot be emitted; the
// set then only knows that there were too many.
type liveSet struct {
	regs  uint8
	n     uint8
	over  bool
	slots [cbpf.MemWords]uint32
}

func (s *liveSet) has(slot uint32) bool { return slices.Contains(s.slots[:s.n], slot) }

func (s *liveSet) add(slot uint32) {
	switch {
	case s.has(slot):
	case s.n == cbpf.MemWords:
		s.over = true
	default:
		s.slots[s.n] = slot
		s.n++
	}
}

func (s *liveSet) del(slot uint32) {
	if i := slices.Index(s.slots[:s.n], slot); i >= 0 {
		s.n--
		s.slots[i] = s.slots[s.n]
	}
}

func (s *liveSet) union(o *liveSet) {
	s.regs |= o.regs
	s.over = s.over || o.over
	for _, slot := range o.slots[:o.n] {
		s.add(slot)
	}
}

func tooManyRegisters() error {
	return diag.New(diag.Limit, 0, 0, "too many registers needed to evaluate expression").
		WithHint("the machine has %d words of scratch memory; nest fewer calculations", cbpf.MemWords)
}

// sweep goes backward through the blocks and drops instructions whose result
// nothing reads and that cannot fail. What is live at the start must be cleared.
func (p *program) sweep() error {
	p.live = memory.Room(&p.memory.live, len(p.blocks))
	p.live[rejectBlock], p.live[acceptBlock] = liveSet{}, liveSet{}
	for i := len(p.blocks) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		if b.unreached {
			continue
		}
		live := &p.live[i]
		*live = p.live[b.t]
		if b.f >= 0 {
			live.union(&p.live[b.f])
		}
		p.sweepBlock(b, live)
		if live.over {
			return tooManyRegisters()
		}
	}
	root := &p.live[p.rootAt]
	p.clear = append(p.clear, root.slots[:root.n]...)
	slices.Sort(p.clear)
	return nil
}

// sweepBlock turns the set of what is live at b's end into that at its start.
func (p *program) sweepBlock(b *block, live *liveSet) {
	if b.isChain() {
		live.regs = 0
		return
	}
	if b.jump != 0 {
		live.regs |= liveA
		if b.jump&cbpf.SrcX != 0 {
			live.regs |= liveX
		}
	}
	kept := len(b.code)
	for i := len(b.code) - 1; i >= 0; i-- {
		in := b.code[i]
		e := effects(in.code)
		if e.writes == 0 { // stores
			if !live.has(in.k) {
				continue
			}
			live.del(in.k)
		} else {
			if live.regs&e.writes == 0 && !e.fails {
				continue
			}
			live.regs &^= e.writes
		}
		live.regs |= e.reads
		if in.code == cbpf.LdMem || in.code == cbpf.LdxMem {
			live.add(in.k)
		}
		kept--
		b.code[kept] = in
	}
	b.code = b.code[kept:]
}

// effect is what an instruction that is no jump reads and writes.
type effect struct {
	reads  uint8 // liveA and liveX
	writes uint8 // liveA, liveX, or neither for a store
	fails  bool
}

func effects(code uint16) effect {
	t := cbpf.TraitsOf(code)
	return effect{
		reads:  registers(t, cbpf.ReadsA, cbpf.ReadsX),
		writes: registers(t, cbpf.WritesA, cbpf.WritesX),
		fails:  t.Any(cbpf.LoadsPacket) || code == cbpf.DivX || code == cbpf.ModX,
	}
}

// registers is the set of A and X, by the traits that stand for each.
func registers(t, a, x cbpf.Traits) (set uint8) {
	if t.Any(a) {
		set |= liveA
	}
	if t.Any(x) {
		set |= liveX
	}
	return set
}

func accessesSlot(code uint16) bool {
	return cbpf.TraitsOf(code).Any(cbpf.ReadsMem | cbpf.WritesMem)
}
