package fuzz

import (
	"math/rand/v2"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// directMax bounds, in bytes, what Direct lengthens a packet to.
const directMax = 2048

// directSteps bounds the instructions that Direct follows.
const directSteps = 4096

// Direct returns a packet made from start that takes a random path through prog: at each test an outcome is drawn and
// the bytes that were loaded for it are set so that the test comes out that way, unless an earlier test
// depends on them. Loads past the end lengthen the packet, mostly. prog may be any valid program; loops end with
// a step limit. start is not changed.
func Direct(r *rand.Rand, prog []bpf.RawInstruction, start Packet) Packet {
	d := director{r: r, prog: prog, depth: longestPaths(prog)}
	d.p.WireLen = start.WireLen
	d.p.Data = append(make([]byte, 0, len(start.Data)+64), start.Data...)
	d.frozen = make([]byte, len(start.Data))
	d.run()
	d.p.WireLen = max(d.p.WireLen, uint32(len(d.p.Data)))
	return d.p
}

// origin says where a register's value came from: bytes of the packet or the wire length, through a
// chain of operations with constants.
type origin struct {
	kind originKind
	off  uint32 // of the first byte, where bytes were loaded
	size uint32 // in bytes
	ops  []operation
}

type originKind uint8

const (
	fromElsewhere originKind = iota
	fromBytes
	fromLen
)

// operation is op with the right operand b, applied to in.
type operation struct {
	op    uint16
	in, b uint32
}

type director struct {
	machine
	r      *rand.Rand
	prog   []bpf.RawInstruction
	depth  []int
	p      Packet
	frozen []byte // bits that an earlier test depends on, a mask for each byte
	ao, xo origin
	mo     [cbpf.MemWords]origin
}

// longestPaths gives for each instruction the length of the longest way from it to a return, backward jumps left out.
func longestPaths(prog []bpf.RawInstruction) []int {
	d := make([]int, len(prog)+1)
	at := func(i uint64) int {
		if i > uint64(len(prog)) {
			return 0
		}
		return d[i]
	}
	for i := len(prog) - 1; i >= 0; i-- {
		in, next := prog[i], uint64(i+1)
		switch {
		case in.Op&cbpf.ClassMask == cbpf.ClassRet:
			d[i] = 1
		case in.Op&cbpf.ClassMask != cbpf.ClassJmp:
			d[i] = 1 + at(next)
		case in.Op&cbpf.OpMask == cbpf.Always:
			d[i] = 1 + at(next+uint64(in.K))
		default:
			d[i] = 1 + max(at(next+uint64(in.Jt)), at(next+uint64(in.Jf)))
		}
	}
	return d
}

func (d *director) run() {
	pc := uint64(0)
	for range directSteps {
		if pc >= uint64(len(d.prog)) {
			return
		}
		in := d.prog[pc]
		switch in.Op & cbpf.ClassMask {
		case cbpf.ClassRet:
			return
		case cbpf.ClassJmp:
			if in.Op&cbpf.OpMask != cbpf.Always {
				d.steer(in, pc)
			}
			next := pc + 1 + uint64(d.skip(in))
			if in.Op&cbpf.OpMask == cbpf.Always && in.K >= 1<<31 {
				next -= 1 << 32
			}
			pc = next
			continue
		}
		if !d.follow(in) {
			return
		}
		pc++
	}
}

// follow runs an instruction and keeps the registers' origins.
func (d *director) follow(in bpf.RawInstruction) bool {
	mode := in.Op & cbpf.ModeMask
	isLoad := in.Op&cbpf.ClassMask <= cbpf.ClassLdx
	if isLoad && (mode == cbpf.ModeAbs || mode == cbpf.ModeInd || mode == cbpf.ModeMsh) && !d.lengthen(in) {
		return false
	}
	before, x := d.a, d.x
	if !d.step(in, d.p) {
		return false
	}
	switch in.Op & cbpf.ClassMask {
	case cbpf.ClassLd:
		d.ao = d.loaded(in, x)
	case cbpf.ClassLdx:
		d.xo = d.loaded(in, x)
	case cbpf.ClassSt:
		d.mo[in.K] = d.ao
	case cbpf.ClassStx:
		d.mo[in.K] = d.xo
	case cbpf.ClassAlu:
		b := in.K
		if in.Op&cbpf.SrcX != 0 {
			b = x
		}
		d.operate(in, before, b)
	case cbpf.ClassMisc:
		if in.Op == cbpf.Txa {
			d.ao = d.xo
		} else {
			d.xo = d.ao
		}
	}
	return true
}

// operate adds an operation to the accumulator's origin, or takes over the index register's where only that has one.
func (d *director) operate(in bpf.RawInstruction, before, b uint32) {
	op := in.Op & cbpf.OpMask
	if d.ao.kind == fromElsewhere && in.Op&cbpf.SrcX != 0 && d.xo.kind != fromElsewhere && commutes(op) {
		d.ao = d.xo
		before, b = b, before
	}
	if d.ao.kind == fromElsewhere {
		return
	}
	ops := append([]operation(nil), d.ao.ops...)
	d.ao.ops = append(ops, operation{op, before, b})
}

func commutes(op uint16) bool {
	return op == cbpf.Add || op == cbpf.Mul || op == cbpf.Or || op == cbpf.And || op == cbpf.Xor
}

// loaded is the origin of the value that in has just loaded; x is the index register before it.
func (d *director) loaded(in bpf.RawInstruction, x uint32) origin {
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeLen:
		return origin{kind: fromLen, size: 4}
	case cbpf.ModeMem:
		return d.mo[in.K]
	case cbpf.ModeAbs:
		return origin{kind: fromBytes, off: in.K, size: cbpf.LoadSize(in.Op)}
	case cbpf.ModeInd:
		return origin{kind: fromBytes, off: in.K + x, size: cbpf.LoadSize(in.Op)}
	case cbpf.ModeMsh:
		b := uint32(d.p.Data[in.K])
		return origin{kind: fromBytes, off: in.K, size: 1, ops: []operation{{cbpf.And, b, 0xf}, {cbpf.Lsh, b & 0xf, 2}}}
	}
	return origin{}
}

// lengthen makes the packet long enough for a load, mostly.
func (d *director) lengthen(in bpf.RawInstruction) bool {
	off, n := uint64(in.K), uint64(1)
	if in.Op&cbpf.ModeMask != cbpf.ModeMsh {
		n = uint64(cbpf.LoadSize(in.Op))
	}
	if in.Op&cbpf.ModeMask == cbpf.ModeInd {
		off += uint64(d.x)
	}
	missing := int64(off+n) - int64(len(d.p.Data))
	if missing <= 0 || d.r.IntN(16) == 0 {
		return true // the load itself decides
	}
	if off+n > directMax {
		return true
	}
	if d.r.IntN(3) == 0 {
		missing += int64(d.r.IntN(24))
	}
	for range missing {
		b := byte(0)
		if d.r.IntN(2) == 0 {
			b = byte(d.r.Uint32())
		}
		d.p.Data = append(d.p.Data, b)
		d.frozen = append(d.frozen, 0)
	}
	return true
}

// steer draws the outcome of a test and sets the bytes that it looks at accordingly, if they are free.
func (d *director) steer(in bpf.RawInstruction, pc uint64) {
	b := in.K
	if in.Op&cbpf.SrcX != 0 {
		b = d.x
	}
	op := in.Op & cbpf.OpMask
	want := d.draw(in, pc)
	if holds(op, d.a, b) != want {
		for _, t := range d.targets(op, d.a, b, want) {
			if holds(op, t, b) == want && d.make(t) {
				d.a = t
				break
			}
		}
	}
	d.freeze(op, b)
}

// draw prefers the longer way to a return, so that deep tests are reached.
func (d *director) draw(in bpf.RawInstruction, pc uint64) bool {
	t, f := pc+1+uint64(in.Jt), pc+1+uint64(in.Jf)
	if t >= uint64(len(d.depth)) || f >= uint64(len(d.depth)) || d.depth[t] == d.depth[f] {
		return d.r.IntN(2) == 0
	}
	return (d.r.IntN(10) < 7) == (d.depth[t] > d.depth[f])
}

// targets are values of the accumulator worth trying for an outcome of a test.
func (d *director) targets(op uint16, a, b uint32, want bool) []uint32 {
	bit := uint32(1) << d.r.IntN(32)
	low := uint32(1) << d.r.IntN(8)
	switch {
	case op == cbpf.Equal && want:
		return []uint32{b}
	case op == cbpf.Equal:
		return []uint32{a ^ low, a ^ bit, a ^ 1, a ^ 4, a ^ 16, a ^ 128, a ^ 0x100, a ^ 0x800, a ^ 0x10000, a ^ 0x1000000, a ^ 0x80000000}
	case op == cbpf.HasBits && want:
		return []uint32{a | b&bit, a | b&-b, a | b}
	case op == cbpf.HasBits:
		return []uint32{a &^ b}
	case want:
		return []uint32{b, b + 1, b + low, b + 4, b + 0x100, 0xff, 0xffff, 0xffffffff}
	}
	return []uint32{b, b - 1, b - low, b - 4, b - 0x100, 0, b / 2}
}

// make sets what the accumulator came from so that its value is t.
func (d *director) make(t uint32) bool {
	o := d.ao
	v := t
	for i := len(o.ops) - 1; i >= 0; i-- {
		var ok bool
		if v, ok = o.ops[i].invert(v); !ok {
			return false
		}
	}
	switch o.kind {
	case fromLen:
		if v > 1<<18 || v < uint32(len(d.p.Data)) {
			return false
		}
		d.p.WireLen = v
		return true
	case fromBytes:
		return d.write(o, v)
	}
	return false
}

// write puts v where o was loaded from, if it fits and touches no frozen bit.
func (d *director) write(o origin, v uint32) bool {
	if o.size < 4 && v>>(8*o.size) != 0 {
		return false
	}
	if uint64(o.off)+uint64(o.size) > uint64(len(d.p.Data)) {
		return false
	}
	at := d.p.Data[o.off : o.off+o.size]
	frozen := d.frozen[o.off : o.off+o.size]
	for i := range at {
		if (at[i]^byte(v>>(8*(o.size-1-uint32(i)))))&frozen[i] != 0 {
			return false
		}
	}
	for i := range at {
		at[i] = byte(v >> (8 * (o.size - 1 - uint32(i))))
	}
	return true
}

// freeze keeps later tests from changing the bits that this one looked at.
func (d *director) freeze(op uint16, b uint32) {
	o := d.ao
	if o.kind != fromBytes || uint64(o.off)+uint64(o.size) > uint64(len(d.frozen)) {
		return
	}
	mask := ^uint32(0)
	if op == cbpf.HasBits {
		mask = b
	}
	for i := len(o.ops) - 1; i >= 0; i-- {
		switch p := o.ops[i]; p.op {
		case cbpf.And:
			mask &= p.b
		case cbpf.Lsh:
			mask >>= p.b & 31
		case cbpf.Rsh:
			mask <<= p.b & 31
		case cbpf.Xor, cbpf.Or:
		default:
			mask = ^uint32(0)
		}
	}
	for i := range o.size {
		d.frozen[o.off+i] |= byte(mask >> (8 * (o.size - 1 - i)))
	}
}

// invert gives an input for which the operation's result is t, near the input it had.
func (o operation) invert(t uint32) (uint32, bool) {
	v := t
	switch b := o.b; o.op {
	case cbpf.And:
		v = o.in&^b | t
	case cbpf.Or:
		v = o.in&b | t&^b
	case cbpf.Xor:
		v = t ^ b
	case cbpf.Add:
		v = t - b
	case cbpf.Sub:
		v = t + b
	case cbpf.Neg:
		v = -t
	case cbpf.Mul:
		if b != 0 {
			v = t / b
		}
	case cbpf.Div:
		v = t*b + o.in%max(b, 1)
	case cbpf.Mod:
		v = o.in - o.in%max(b, 1) + t
	case cbpf.Lsh:
		v = t >> b
	case cbpf.Rsh:
		v = t<<b | o.in&(1<<b-1)
	}
	if (o.op == cbpf.Div || o.op == cbpf.Mod) && o.b == 0 {
		return 0, false
	}
	got, ok := compute(o.op, v, o.b)
	return v, ok && got == t
}
