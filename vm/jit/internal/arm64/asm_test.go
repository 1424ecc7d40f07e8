package arm64

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"
	"bpfc/vm/jit/internal/plan"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/net/bpf"
)

// Every encoding, in hex as it lies in memory, and what a disassembler makes of it.
func TestEncodings(t *testing.T) {
	for _, c := range []struct {
		emit func(*assembler)
		hex  string
		text string
	}{
		{func(a *assembler) { a.op(addReg, r3, r3, r4) }, "6300040b", "add w3, w3, w4"},
		{func(a *assembler) { a.op(add64, r7, r0, r4) }, "0700048b", "add x7, x0, x4"},
		{func(a *assembler) { a.op(subReg, r3, zr, r3) }, "e303034b", "neg w3, w3"},
		{func(a *assembler) { a.op(subs, zr, r3, r4) }, "7f00046b", "cmp w3, w4"},
		{func(a *assembler) { a.op(subs64, zr, r7, r1) }, "ff0001eb", "cmp x7, x1"},
		{func(a *assembler) { a.op(andReg, r3, r3, r7) }, "6300070a", "and w3, w3, w7"},
		{func(a *assembler) { a.op(orrReg, r3, r3, r4) }, "6300042a", "orr w3, w3, w4"},
		{func(a *assembler) { a.op(eorReg, r3, r3, r4) }, "6300044a", "eor w3, w3, w4"},
		{func(a *assembler) { a.op(andsReg, zr, r3, r4) }, "7f00046a", "tst w3, w4"},
		{func(a *assembler) { a.op(mulReg, r3, r3, r4) }, "637c041b", "mul w3, w3, w4"},
		{func(a *assembler) { a.op(udiv, r3, r3, r4) }, "6308c41a", "udiv w3, w3, w4"},
		{func(a *assembler) { a.op(lslv, r3, r3, r4) }, "6320c41a", "lsl w3, w3, w4"},
		{func(a *assembler) { a.op(lsrv, r3, r3, r4) }, "6324c41a", "lsr w3, w3, w4"},
		{func(a *assembler) { a.op(rev, r3, r3, r0) }, "6308c05a", "rev w3, w3"},
		{func(a *assembler) { a.op(rev16, r3, r3, r0) }, "6304c05a", "rev16 w3, w3"},
		{func(a *assembler) { a.move(r4, r3) }, "e403032a", "mov w4, w3"},
		{func(a *assembler) { a.multiplySubtract(r3, r8, r4, r3) }, "038d041b", "msub w3, w8, w4, w3"},
		{func(a *assembler) { a.choose(r3, r3, zr, below) }, "63309f1a", "csel w3, w3, wzr, cc"},
		{func(a *assembler) { a.choose(r3, r3, r7, above) }, "6380871a", "csel w3, w3, w7, hi"},
		{func(a *assembler) { a.bitfield(r4, r4, 30, 3) }, "840c1e53", "ubfiz w4, w4, #2, #4"},
		{func(a *assembler) { a.shiftLeft(r3, r3, 5) }, "63681b53", "lsl w3, w3, #5"},
		{func(a *assembler) { a.shiftLeft(r3, r3, 31) }, "63000153", "lsl w3, w3, #31"},
		{func(a *assembler) { a.shiftRight(r3, r3, 5) }, "637c0553", "lsr w3, w3, #5"},
		{func(a *assembler) { a.opImm(addImm, r3, r3, 5) }, "63140011", "add w3, w3, #0x5"},
		{func(a *assembler) { a.opImm(subImm, r3, r3, 0xfff) }, "63fc3f51", "sub w3, w3, #0xfff"},
		{func(a *assembler) { a.opImm(addImm64, r10, r10, 24) }, "4a610091", "add x10, x10, #0x18"},
		{func(a *assembler) { a.opImm(subsImm, zr, r3, 80) }, "7f400171", "cmp w3, #0x50"},
		{func(a *assembler) { a.opImm(subsImm, zr, r3, 0x5000) }, "7f144071", "cmp w3, #0x5, lsl #12"},
		{func(a *assembler) { a.opImm(subsImm64, zr, r1, 24) }, "3f6000f1", "cmp x1, #0x18"},
		{func(a *assembler) { a.opImm(addsImm, zr, r3, 1) }, "7f040031", "cmn w3, #0x1"},
		{func(a *assembler) { a.bitwiseImm(andsImm, zr, r3, 0xff1f) }, "", ""},
		{func(a *assembler) { a.bitwiseImm(andsImm, zr, r3, 2) }, "7f001f72", "tst w3, #0x2"},
		{func(a *assembler) { a.bitwiseImm(andImm, r3, r3, 0xf0) }, "630c1c12", "and w3, w3, #0xf0"},
		{func(a *assembler) { a.bitwiseImm(orrImm, r3, r3, 0xff00ff) }, "639c0032", "orr w3, w3, #0xff00ff"},
		{func(a *assembler) { a.bitwiseImm(eorImm, r3, r3, 0x80000001) }, "63040152", "eor w3, w3, #0x80000001"},
		{func(a *assembler) { a.movImm(r3, 0x1234) }, "83468252", "mov w3, #0x1234"},
		{func(a *assembler) { a.movImm(r3, 0x40000) }, "8300a052", "mov w3, #0x40000"},
		{func(a *assembler) { a.movImm(r3, 0xffff0000) }, "e3ffbf52", "mov w3, #0xffff0000"},
		{func(a *assembler) { a.movImm(r3, 0xffff1234) }, "63b99d12", "mov w3, #0xffff1234"},
		{func(a *assembler) { a.movImm64(r7, 0x100000000) }, "070080522700c0f2", "mov w7, #0x0; movk x7, #0x1, lsl #32"},
		{func(a *assembler) { a.movImm(r7, 0x12345678) }, "07cf8a528746a272", "mov w7, #0x5678; movk w7, #0x1234, lsl #16"},
		{func(a *assembler) { a.access(load16, r3, r0, 12, r7) }, "03184079", "ldrh w3, [x0,#12]"},
		{func(a *assembler) { a.access(load16, r3, r0, 13, r7) }, "03d04078", "ldurh w3, [x0,#13]"},
		{func(a *assembler) { a.access(load16, r3, r0, 257, r7) }, "2720805203686778", "mov w7, #0x101; ldrh w3, [x0,x7]"},
		{func(a *assembler) { a.access(load8, r4, r0, 4095, r7) }, "04fc7f39", "ldrb w4, [x0,#4095]"},
		{func(a *assembler) { a.access(load8, r4, r0, 4096, r7) }, "0700825204686738", "mov w7, #0x1000; ldrb w4, [x0,x7]"},
		{func(a *assembler) { a.access(load32, r3, r0, 26, r7) }, "03a041b8", "ldur w3, [x0,#26]"},
		{func(a *assembler) { a.access(load32, r3, r0, 258, r7) }, "47208052036867b8", "mov w7, #0x102; ldr w3, [x0,x7]"},
		{func(a *assembler) { a.access(load64, r1, r10, 8, r7) }, "410540f9", "ldr x1, [x10,#8]"},
		{func(a *assembler) { a.access(store32, r3, r5, 60, r7) }, "a33c00b9", "str w3, [x5,#60]"},
		{func(a *assembler) { a.access(store32, zr, r5, 0, r7) }, "bf0000b9", "str wzr, [x5]"},
		{func(a *assembler) { a.prefetch(r7) }, "e00080f9", "prfm pldl1keep, [x7]"},
		{func(a *assembler) { a.word(ret) }, "c0035fd6", "ret"},
	} {
		a := newAssembler(0)
		c.emit(a)
		if got := hex.EncodeToString(a.buf); got != c.hex {
			t.Errorf("%s: got %s, want %s", c.text, got, c.hex)
		}
		if got := strings.Join(disassemble(t, a.buf), "; "); c.text != "" && got != c.text {
			t.Errorf("%s is %q, not %q", c.hex, got, c.text)
		}
	}
}

// decodePattern is the other direction of bitPattern, from the definition in the
// architecture's manual (DecodeBitMasks).
func decodePattern(immr, imms uint32) uint32 {
	size := 1 << (31 - bits.LeadingZeros32(^imms&0x3f))
	ones := int(imms)&(size-1) + 1
	unit := uint64(1)<<ones - 1
	r := int(immr) & (size - 1)
	unit = (unit>>r | unit<<(size-r)) & (1<<size - 1)
	for size < 32 {
		unit |= unit << size
		size *= 2
	}
	return uint32(unit)
}

func TestBitPattern(t *testing.T) {
	patterns := make(map[uint32]bool)
	for imms := range uint32(0x3e) {
		size := 1 << (31 - bits.LeadingZeros32(^imms&0x3f))
		if imms&uint32(size-1) == uint32(size-1) {
			continue // all ones, which the encoding leaves out
		}
		for immr := range uint32(32) {
			patterns[decodePattern(immr, imms)] = true
		}
	}
	if len(patterns) != 1302 {
		t.Errorf("%d patterns, want 1302", len(patterns))
	}
	for k := range patterns {
		immr, imms, ok := bitPattern(k)
		if !ok || decodePattern(immr, imms) != k {
			t.Errorf("%#x: %v, %d, %#x", k, ok, immr, imms)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range battery.Size(100_000) {
		k := r.Uint32() & r.Uint32()
		if _, _, ok := bitPattern(k); ok != patterns[k] {
			t.Errorf("%#x: %v, want %v", k, ok, patterns[k])
		}
	}
	for _, k := range []uint32{0, ^uint32(0)} {
		if _, _, ok := bitPattern(k); ok {
			t.Errorf("%#x has no encoding", k)
		}
	}
}

// TestMovImm decodes what movImm writes, by hand.
func TestMovImm(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		k := r.Uint32() & []uint32{0xffff, 0xffff0000, ^uint32(0)}[r.IntN(3)]
		if r.IntN(4) == 0 {
			k |= 0xffff0000
		}
		a := newAssembler(0)
		a.movImm(r3, k)
		var got uint32
		for b := a.buf; len(b) > 0; b = b[4:] {
			w := binary.LittleEndian.Uint32(b)
			v := w >> 5 & 0xffff << (w >> 21 & 1 * 16)
			switch w >> 23 {
			case 0x52800000 >> 23:
				got = v
			case 0x12800000 >> 23:
				got = ^v
			case 0x72800000 >> 23:
				got |= v
			}
		}
		if got != k {
			t.Errorf("%#x: %x gives %#x", k, a.buf, got)
		}
	}
}

func TestJumps(t *testing.T) {
	a := newAssembler(2)
	a.bind(0)
	a.jump(below, 1)
	a.jumpZero(r4, 1)
	a.word(ret)
	a.bind(1)
	a.jump(unconditional, 0)
	code, err := a.finish()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(disassemble(t, code), "; ")
	if want := "b.cc .+0xc; cbz w4, .+0x8; ret; b .+0xfffffffffffffff4"; got != want {
		t.Errorf("got %q", got)
	}
	a = newAssembler(1)
	a.jump(equal, 0)
	if _, err := a.finish(); err == nil {
		t.Error("a jump to nowhere must be an error")
	}
	a = newAssembler(1)
	a.jump(equal, 0)
	a.buf = append(a.buf, make([]byte, 1<<20)...)
	a.bind(0)
	if _, err := a.finish(); err == nil {
		t.Error("a jump too far must be an error")
	}
}

// disassemble decodes all of the code, and checks that it is a leaf that leaves
// the registers of Go's runtime and of the platform alone.
func disassemble(t *testing.T, code []byte) (text []string) {
	t.Helper()
	for pc := 0; pc < len(code); pc += 4 {
		if binary.LittleEndian.Uint32(code[pc:]) == 0 {
			continue // between the functions
		}
		in, err := arm64asm.Decode(code[pc:])
		if err != nil {
			t.Fatalf("at %d of %x: %v", pc, code, err)
		}
		switch in.Op {
		case arm64asm.BL, arm64asm.BLR, arm64asm.BR, arm64asm.SVC:
			t.Fatalf("%v in a leaf", in)
		}
		if in.Op != arm64asm.RET {
			for _, arg := range in.Args {
				checkRegister(t, in, arg)
			}
		}
		text = append(text, arm64asm.GNUSyntax(in))
	}
	return text
}

func checkRegister(t *testing.T, in arm64asm.Inst, arg arm64asm.Arg) {
	t.Helper()
	r, ok := arg.(arm64asm.Reg)
	if !ok {
		return
	}
	number := r % 32 // W0 … WZR, X0 … XZR
	if number > 14 && number < 31 {
		t.Fatalf("%v uses %v", in, r)
	}
}

func TestCodeIsALeaf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range battery.Size(2000) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 40, Loops: true})
		code, err := Generate(plan.New(prog))
		if err != nil {
			t.Fatal(err)
		}
		disassemble(t, code.Bytes)
	}
}

// One program in full: what code the plan's decisions become.
func TestGenerate(t *testing.T) {
	prog := []bpf.RawInstruction{
		{Op: 0x28, K: 12}, {Op: 0x15, Jf: 8, K: 0x800},
		{Op: 0x30, K: 23}, {Op: 0x15, Jf: 6, K: 6},
		{Op: 0x28, K: 20}, {Op: 0x45, Jt: 4, K: 0x1fff},
		{Op: 0xb1, K: 14}, {Op: 0x48, K: 16}, {Op: 0x15, Jf: 1, K: 80},
		{Op: 6, K: 262144}, {Op: 6},
	}
	code, err := Generate(plan.New(prog))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(disassemble(t, code.Bytes[:code.One]), "\n")
	want := strings.TrimSpace(`
cmp x1, #0x18
b.cc .+0x58
ldrh w3, [x0,#12]
cmp w3, #0x8
b.ne .+0x4c
ldrb w3, [x0,#23]
cmp w3, #0x6
b.ne .+0x40
ldrh w3, [x0,#20]
mov w7, #0xff1f
tst w3, w7
b.ne .+0x30
ldrb w4, [x0,#14]
ubfiz w4, w4, #2, #4
add x7, x4, #0x12
cmp x7, x1
b.hi .+0x1c
add x7, x0, x4
ldrh w3, [x7,#16]
cmp w3, #0x5, lsl #12
b.ne .+0xc
mov w0, #0x40000
ret
mov w0, wzr
ret`)
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
