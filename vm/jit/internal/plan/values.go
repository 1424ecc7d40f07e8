package plan

import (
	"bpfc/cbpf"
	"math/bits"
)

// alive says what a run from some point on may still read before setting it.
type alive struct {
	a, x bool
	mem  uint16
}

// liveness computes, backwards, what is alive at each point.
func (p *Plan) liveness() []alive {
	live := make([]alive, len(p.Insns))
	for pc := len(p.Insns) - 1; pc >= 0; pc-- {
		if in := &p.Insns[pc]; in.Emit {
			live[pc] = in.alive(live)
		}
	}
	return live
}

func (in *Insn) alive(live []alive) alive {
	var l alive
	if !in.ends() {
		t, f := live[in.T], live[in.F]
		l = alive{t.a || f.a, t.x || f.x, t.mem | f.mem}
	}
	if in.Class == Load {
		in.Unused = !l.a
	}
	switch in.Class {
	case Load:
		l.a, l.x = false, l.x || in.X
	case LoadImm, LoadLen:
		l.a = false
	case LoadMem:
		l.a, l.mem = false, l.mem|1<<in.K
	case LoadXImm, LoadXLen, LoadMSH:
		l.x = false
	case LoadXMem:
		l.x, l.mem = false, l.mem|1<<in.K
	case Store:
		l.a, l.mem = true, l.mem&^(1<<in.K)
	case StoreX:
		l.x, l.mem = true, l.mem&^(1<<in.K)
	case ALU, Conditional:
		l.a, l.x = true, l.x || in.X
	case Neg, RetA:
		l.a = true
	case RetX:
		l.x = true
	case Tax:
		l.a, l.x = true, false
	case Txa:
		l.a, l.x = false, true
	}
	return l
}

// values are classes of values of A that some instruction must find in the same
// byte order. Value 2·pc is A before the instruction at pc, 2·pc + 1 what that
// instruction sets it to.
type values struct {
	parent []int32
	size   []uint8 // of the loads in the class; mixed for a class that cannot stay raw
}

const mixed = 0xff

func newValues(n int) *values {
	v := &values{make([]int32, 2*n), make([]uint8, 2*n)}
	for i := range v.parent {
		v.parent[i] = int32(i)
	}
	return v
}

func (v *values) find(i int) int {
	for int(v.parent[i]) != i {
		v.parent[i] = v.parent[v.parent[i]]
		i = int(v.parent[i])
	}
	return i
}

// add notes that a value is in the class of i: of the given size, or mixed.
func (v *values) add(i int, size uint8) {
	i = v.find(i)
	if v.size[i] != 0 && v.size[i] != size {
		size = mixed
	}
	v.size[i] = size
}

func (v *values) union(i, j int) {
	i, j = v.find(i), v.find(j)
	if i == j {
		return
	}
	v.parent[j] = int32(i)
	if v.size[j] != 0 {
		v.add(i, v.size[j])
	}
}

// byteOrder finds the loads whose value can stay in the packet's byte order,
// and swaps the constants that it meets. A of 0, as at the start, is the same
// in every order.
func (p *Plan) byteOrder(live []alive) {
	v := newValues(len(p.Insns))
	for pc := range p.Insns {
		if p.Insns[pc].Emit {
			p.connect(v, pc, live)
		}
	}
	for pc := range p.Insns {
		in := &p.Insns[pc]
		i := 2 * pc
		if in.Class == Load {
			i++
		} else if !in.testsConstant() {
			continue
		}
		size := v.size[v.find(i)]
		if in.Emit && (size == 2 || size == 4) {
			in.Raw = true
			in.Size = size
			if in.Class == Conditional {
				in.K = swapped(in.K, size)
			}
		}
	}
}

// connect joins the values of A around the instruction at pc.
func (p *Plan) connect(v *values, pc int, live []alive) {
	in := &p.Insns[pc]
	before, after := 2*pc, 2*pc
	switch {
	case in.Class == Load:
		after++
		v.add(after, in.Size)
	case in.setsA():
		after++
		v.add(after, mixed)
	}
	if in.usesA() && !in.testsConstant() {
		v.add(before, mixed)
	}
	if in.ends() {
		return
	}
	for _, to := range [2]int{in.T, in.F} {
		if live[to].a {
			v.union(after, 2*to)
		}
	}
}

// testsConstant reports whether the instruction compares A with a constant in
// a way that byte order does not matter to.
func (in *Insn) testsConstant() bool {
	return in.Class == Conditional && !in.X && (in.Op == cbpf.Equal || in.Op == cbpf.HasBits)
}

func (in *Insn) usesA() bool {
	switch in.Class {
	case Store, ALU, Neg, Conditional, RetA, Tax:
		return true
	}
	return false
}

func (in *Insn) setsA() bool {
	switch in.Class {
	case Load, LoadImm, LoadLen, LoadMem, ALU, Neg, Txa:
		return true
	}
	return false
}

// swapped returns the constant as a value of that size has it in memory. Bits
// that such a value does not have stay, so that it still differs from the value.
func swapped(k uint32, size uint8) uint32 {
	if size == 4 {
		return bits.ReverseBytes32(k)
	}
	return k&0xffff0000 | uint32(bits.ReverseBytes16(uint16(k)))
}
