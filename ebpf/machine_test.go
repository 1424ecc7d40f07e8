package toebpf

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf/asm"
)

// machine runs eBPF programs without a kernel, for either byte order, and is stricter where it can be: what a program reads must
// have been written, jumps are by name, and calls destroy R1 to R5.
type machine struct {
	order  binary.ByteOrder
	insns  asm.Instructions
	at     map[string]int
	packet []byte // all of it
	linear int    // bytes of it that can be read directly
	fields map[int16]uint32
	to     []int // where each instruction leads that has a reference
	depth  int   // of the calls under way
	frames [][]byte
	set    [][]bool // which bytes of a frame have been written
	steps  int
}

// Where things are in the machine's memory.
const (
	linearBase  = 0x10000000 // the packet's linear part
	kernelBase  = 0x20000000 // the packet as bpf_probe_read_kernel sees it
	contextBase = 0x30000000
	frameBase   = 0x40000000 // of the first frame; the others follow frameStep apart
	frameStep   = 0x10000
)

// newMachine makes a machine for a program that is called with fields of the context, data and data_end aside.
func newMachine(insns asm.Instructions, order binary.ByteOrder, fields map[int16]uint32) (*machine, error) {
	m := &machine{order: order, insns: insns, at: map[string]int{}, fields: fields, to: make([]int, len(insns))}
	for i, in := range insns {
		if s := in.Symbol(); s != "" {
			if _, twice := m.at[s]; twice {
				return nil, fmt.Errorf("label %s is there twice", s)
			}
			m.at[s] = i
		}
	}
	for i, in := range insns {
		if ref := in.Reference(); ref != "" {
			to, ok := m.at[ref]
			if !ok {
				return nil, fmt.Errorf("instruction %d leads to %q, which is nowhere", i, ref)
			}
			m.to[i] = to
		}
	}
	return m, nil
}

// registers of a frame, and which of them have a value.
type registerFile struct {
	r   [11]uint64
	has [11]bool
}

func (f *registerFile) write(r asm.Register, v uint64) { f.r[r], f.has[r] = v, true }

func (f *registerFile) read(r asm.Register) (uint64, error) {
	if !f.has[r] {
		return 0, fmt.Errorf("%v is read before it is written", r)
	}
	return f.r[r], nil
}

// run runs a function with arguments in R1, R2 and so on, and returns its R0.
func (m *machine) run(pc int, args ...uint64) (uint64, error) {
	var f registerFile
	for i, a := range args {
		f.write(asm.R1+asm.Register(i), a)
	}
	f.write(asm.RFP, frameBase+uint64(m.depth+1)*frameStep)
	m.depth++
	if m.depth > len(m.frames) {
		m.frames, m.set = append(m.frames, make([]byte, maxStack)), append(m.set, make([]bool, maxStack))
	}
	clear(m.set[m.depth-1])
	defer func() { m.depth-- }()
	for {
		if m.steps++; m.steps > 10_000_000 {
			return 0, errors.New("it does not end")
		}
		if pc >= len(m.insns) {
			return 0, errors.New("it runs past its end")
		}
		in := m.insns[pc]
		next, ends, err := m.step(&f, pc, in)
		if err != nil {
			return 0, fmt.Errorf("at %d, %v: %w", pc, in, err)
		}
		if ends {
			return f.read(asm.R0)
		}
		pc = next
	}
}

func (m *machine) step(f *registerFile, pc int, in asm.Instruction) (next int, ends bool, err error) {
	switch class := in.OpCode.Class(); {
	case class.IsALU():
		return pc + 1, false, m.alu(f, in)
	case class.IsJump():
		return m.jump(f, pc, in)
	case class == asm.LdClass && in.OpCode.Mode() == asm.ImmMode:
		if in.Reference() == "" {
			return 0, false, errors.New("not known here")
		}
		f.write(in.Dst, uint64(m.to[pc]))
		return pc + 1, false, nil
	case class == asm.LdClass:
		ends, err = m.classicLoad(f, in)
		return pc + 1, ends, err
	case class == asm.LdXClass:
		base, err := f.read(in.Src)
		if err != nil {
			return 0, false, err
		}
		v, err := m.load(base+uint64(int64(in.Offset)), in.OpCode.Size().Sizeof())
		f.write(in.Dst, v)
		return pc + 1, false, err
	}
	base, err := f.read(in.Dst)
	v := uint64(in.Constant)
	if err == nil && in.OpCode.Class() == asm.StXClass {
		v, err = f.read(in.Src)
	}
	if err == nil {
		err = m.store(base+uint64(int64(in.Offset)), v, in.OpCode.Size().Sizeof())
	}
	return pc + 1, false, err
}

func (m *machine) alu(f *registerFile, in asm.Instruction) error {
	op := in.OpCode.ALUOp()
	b := uint64(in.Constant)
	if op == asm.Swap {
		a, err := f.read(in.Dst)
		f.write(in.Dst, m.toBig(a, in.Constant))
		return err
	}
	if in.OpCode.Source() == asm.RegSource {
		var err error
		if b, err = f.read(in.Src); err != nil {
			return err
		}
	}
	var a uint64
	if op != asm.Mov {
		var err error
		if a, err = f.read(in.Dst); err != nil {
			return err
		}
	}
	if in.OpCode.Class() == asm.ALUClass {
		v, err := compute(op, uint64(uint32(a)), uint64(uint32(b)), 31)
		f.write(in.Dst, uint64(uint32(v)))
		return err
	}
	v, err := compute(op, a, b, 63)
	f.write(in.Dst, v)
	return err
}

func compute(op asm.ALUOp, a, b, shiftMask uint64) (uint64, error) {
	switch op {
	case asm.Mov:
		return b, nil
	case asm.Add:
		return a + b, nil
	case asm.Sub:
		return a - b, nil
	case asm.Mul:
		return a * b, nil
	case asm.Div:
		if b == 0 {
			return 0, nil
		}
		return a / b, nil
	case asm.Mod:
		if b == 0 {
			return a, nil
		}
		return a % b, nil
	case asm.Or:
		return a | b, nil
	case asm.And:
		return a & b, nil
	case asm.Xor:
		return a ^ b, nil
	case asm.LSh:
		return a << (b & shiftMask), nil
	case asm.RSh:
		return a >> (b & shiftMask), nil
	case asm.Neg:
		return -a, nil
	}
	return 0, errors.New("not known here")
}

// toBig is BPF_TO_BE.
func (m *machine) toBig(v uint64, bits int64) uint64 {
	var b [8]byte
	if bits == 16 {
		binary.BigEndian.PutUint16(b[:], uint16(v))
		return uint64(m.order.Uint16(b[:]))
	}
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return uint64(m.order.Uint32(b[:]))
}

func (m *machine) jump(f *registerFile, pc int, in asm.Instruction) (next int, ends bool, err error) {
	op := in.OpCode.JumpOp()
	switch op {
	case asm.Exit:
		return 0, true, nil
	case asm.Ja:
		return m.to[pc], false, nil
	case asm.Call:
		return pc + 1, false, m.call(f, pc, in)
	}
	a, err := f.read(in.Dst)
	if err != nil {
		return 0, false, err
	}
	b := uint64(in.Constant)
	if in.OpCode.Source() == asm.RegSource {
		if b, err = f.read(in.Src); err != nil {
			return 0, false, err
		}
	}
	if in.OpCode.Class() == asm.Jump32Class {
		a, b = uint64(uint32(a)), uint64(uint32(b))
	}
	taken, err := holds(op, a, b)
	if taken {
		return m.to[pc], false, err
	}
	return pc + 1, false, err
}

func holds(op asm.JumpOp, a, b uint64) (bool, error) {
	switch op {
	case asm.JEq:
		return a == b, nil
	case asm.JNE:
		return a != b, nil
	case asm.JGT:
		return a > b, nil
	case asm.JGE:
		return a >= b, nil
	case asm.JLT:
		return a < b, nil
	case asm.JLE:
		return a <= b, nil
	case asm.JSet:
		return a&b != 0, nil
	}
	return false, errors.New("not known here")
}

// memory returns the bytes at an address, and what is to be marked when they are written, which is nil for what is not to be.
func (m *machine) memory(at uint64, n int) ([]byte, []bool, error) {
	in := func(base uint64, size int) bool { return at >= base && at+uint64(n) <= base+uint64(size) }
	switch {
	case in(linearBase, m.linear):
		return m.packet[at-linearBase:][:n], nil, nil
	case at >= frameBase:
		frame := int((at - frameBase) / frameStep) // a frame lies below the address that its pointer has
		low := at - (frameBase + uint64(frame+1)*frameStep - maxStack)
		if frame < m.depth && low < maxStack && low+uint64(n) <= maxStack && at%uint64(n) == 0 {
			return m.frames[frame][low:][:n], m.set[frame][low:][:n], nil
		}
	}
	return nil, nil, fmt.Errorf("%d bytes at %#x cannot be accessed", n, at)
}

func (m *machine) load(at uint64, n int) (uint64, error) {
	if at >= contextBase && at < frameBase {
		return m.field(int16(at-contextBase), n)
	}
	b, set, err := m.memory(at, n)
	if err != nil {
		return 0, err
	}
	for _, s := range set {
		if !s {
			return 0, fmt.Errorf("%d bytes at %#x are read before they are written", n, at)
		}
	}
	switch n {
	case 1:
		return uint64(b[0]), nil
	case 2:
		return uint64(m.order.Uint16(b)), nil
	case 4:
		return uint64(m.order.Uint32(b)), nil
	}
	return m.order.Uint64(b), nil
}

func (m *machine) field(offset int16, n int) (uint64, error) {
	v, ok := m.fields[offset]
	if !ok || n != 4 {
		return 0, fmt.Errorf("the context has no field of %d bytes at %d", n, offset)
	}
	return uint64(v), nil
}

func (m *machine) store(at, v uint64, n int) error {
	b, set, err := m.memory(at, n)
	if err != nil || set == nil {
		return errors.Join(err, errors.New("only the stack can be written"))
	}
	switch n {
	case 1:
		b[0] = byte(v)
	case 2:
		m.order.PutUint16(b, uint16(v))
	case 4:
		m.order.PutUint32(b, uint32(v))
	default:
		m.order.PutUint64(b, v)
	}
	for i := range set {
		set[i] = true
	}
	return nil
}

// copyOut writes bytes to the stack, as helpers do.
func (m *machine) copyOut(at uint64, b []byte) error {
	for i, c := range b {
		if err := m.store(at+uint64(i), uint64(c), 1); err != nil {
			return err
		}
	}
	return nil
}

// classicLoad is LD_ABS or LD_IND. One past the end ends the program with 0.
func (m *machine) classicLoad(f *registerFile, in asm.Instruction) (ends bool, err error) {
	if _, err := f.read(asm.R6); err != nil {
		return false, err
	}
	at := in.Constant
	if in.OpCode.Mode() == asm.IndMode {
		x, err := f.read(in.Src)
		if err != nil {
			return false, err
		}
		at = int64(int32(uint32(x) + uint32(at)))
	}
	for r := asm.R1; r <= asm.R5; r++ {
		f.has[r] = false
	}
	n := int64(in.OpCode.Size().Sizeof())
	if at < 0 || at+n > int64(len(m.packet)) {
		f.write(asm.R0, 0)
		return true, nil
	}
	v := uint64(0)
	for _, b := range m.packet[at:][:n] {
		v = v<<8 | uint64(b)
	}
	f.write(asm.R0, v)
	return false, nil
}

// arguments says how many a helper has.
var arguments = map[asm.BuiltinFunc]int{asm.FnSkbLoadBytes: 4, asm.FnXdpLoadBytes: 4, asm.FnProbeReadKernel: 3, asm.FnLoop: 4, asm.FnXdpGetBuffLen: 1}

// call calls a helper or a function.
func (m *machine) call(f *registerFile, pc int, in asm.Instruction) error {
	var a [6]uint64
	for i := range a {
		a[i] = f.r[asm.R0+asm.Register(i)]
	}
	fn := asm.BuiltinFunc(in.Constant)
	n := arguments[fn]
	if in.Src == asm.PseudoCall {
		n = 5
	}
	for r := asm.R1; r < asm.R1+asm.Register(n); r++ {
		if _, err := f.read(r); err != nil {
			return err
		}
	}
	result, err := uint64(0), error(nil)
	switch {
	case in.Src == asm.PseudoCall:
		result, err = m.run(m.to[pc], a[1:]...)
	case fn == asm.FnSkbLoadBytes || fn == asm.FnXdpLoadBytes:
		result, err = m.copyPacket(a[2], a[3], a[4])
	case fn == asm.FnProbeReadKernel:
		result, err = m.copyPacket(a[3]-kernelBase, a[1], a[2])
	case fn == asm.FnXdpGetBuffLen:
		result = uint64(len(m.packet))
	case fn == asm.FnGetSmpProcessorId:
		result = 3
	case fn == asm.FnLoop:
		for i := range a[1] {
			var stop uint64
			if stop, err = m.run(int(a[2]), i, a[3]); err != nil || stop != 0 {
				break
			}
		}
	default:
		return errors.New("not known here")
	}
	for r := asm.R1; r <= asm.R5; r++ {
		f.has[r] = false
	}
	f.write(asm.R0, result)
	return err
}

func (m *machine) copyPacket(from, to, n uint64) (uint64, error) {
	if from > uint64(len(m.packet)) || from+n > uint64(len(m.packet)) {
		return ^uint64(0), nil
	}
	return 0, m.copyOut(to, m.packet[from:][:n])
}
