package emit

// The registers are the first two bits of a liveness set, slots follow.
const (
	liveA    = 0
	liveX    = 1
	liveSlot = 2
)

// liveSet is a set of registers and of slots below program.vars.
type liveSet []uint64

func (s liveSet) has(i uint32) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s liveSet) add(i uint32)      { s[i/64] |= 1 << (i % 64) }
func (s liveSet) del(i uint32)      { s[i/64] &^= 1 << (i % 64) }

func (s liveSet) union(o liveSet) {
	for i, w := range o {
		s[i] |= w
	}
}

// sweep goes backward through the blocks and drops instructions whose result
// nothing reads and that cannot fail. What is live at the start must be cleared.
func (p *program) sweep() {
	p.measured = len(p.blocks)
	width := (liveSlot + p.vars + 63) / 64
	p.live = make([]uint64, width*len(p.blocks))
	in := func(b int32) liveSet { return p.live[int(b)*width:][:width] }
	for i := len(p.blocks) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		if b.unreached {
			continue
		}
		live := in(int32(i))
		live.union(in(b.t))
		if b.f >= 0 {
			live.union(in(b.f))
		}
		p.sweepBlock(b, live)
	}
	root := in(p.rootAt)
	for v := 0; v < p.vars; v++ {
		if root.has(uint32(liveSlot + v)) {
			p.clear = append(p.clear, int32(v))
		}
	}
}

// sweepBlock turns the set of what is live at b's end into that at its start.
func (p *program) sweepBlock(b *block, live liveSet) {
	if b.isChain() {
		live.del(liveA)
		live.del(liveX)
		return
	}
	if b.jump != 0 {
		live.add(liveA)
		if b.jump&srcX != 0 {
			live.add(liveX)
		}
	}
	kept := len(b.code)
	for i := len(b.code) - 1; i >= 0; i-- {
		in := b.code[i]
		e := effects(in.code)
		if e.writes < 0 { // stores
			if in.k < uint32(p.vars) {
				if !live.has(liveSlot + in.k) {
					continue
				}
				live.del(liveSlot + in.k)
			}
		} else {
			if !live.has(uint32(e.writes)) && !e.fails {
				continue
			}
			live.del(uint32(e.writes))
		}
		if e.readsA {
			live.add(liveA)
		}
		if e.readsX {
			live.add(liveX)
		}
		if (in.code == opLdMem || in.code == opLdxMem) && in.k < uint32(p.vars) {
			live.add(liveSlot + in.k)
		}
		kept--
		b.code[kept] = in
	}
	b.code = b.code[kept:]
}

// effect is what an instruction that is no jump reads and writes.
type effect struct {
	readsA, readsX bool
	writes         int // liveA, liveX, or -1 for scratch memory
	fails          bool
}

func effects(code uint16) effect {
	switch code & 7 {
	case 0: // ld
		mode := code & 0xe0
		return effect{readsX: mode == opLdInd, writes: liveA, fails: mode == opLdInd || mode == opLdAbs}
	case 1: // ldx
		return effect{writes: liveX, fails: code == opLdxMsh}
	case opSt:
		return effect{readsA: true, writes: -1}
	case opStx:
		return effect{readsX: true, writes: -1}
	case 4: // arithmetic
		byX := code&srcX != 0
		op := code &^ srcX
		return effect{readsA: true, readsX: byX, writes: liveA, fails: byX && (op == 0x34 || op == 0x94)}
	}
	if code == opTax {
		return effect{readsA: true, writes: liveX}
	}
	return effect{readsX: true, writes: liveA}
}

func accessesSlot(code uint16) bool {
	return code == opSt || code == opStx || code == opLdMem || code == opLdxMem
}
