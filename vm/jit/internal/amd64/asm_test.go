package amd64

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/internal/battery"
	"bpfc/internal/randprog"
	"bpfc/vm/jit/internal/plan"

	"golang.org/x/arch/x86/x86asm"
	"golang.org/x/net/bpf"
)

// Every encoding, in hex, and what a disassembler makes of it.
func TestEncodings(t *testing.T) {
	for _, c := range []struct {
		emit func(*assembler)
		hex  string
		text string
	}{
		{func(a *assembler) { a.op(opAdd, rax, rcx) }, "01c8", "add eax, ecx"},
		{func(a *assembler) { a.op(opSub, rax, rcx) }, "29c8", "sub eax, ecx"},
		{func(a *assembler) { a.op(opOr, rax, rcx) }, "09c8", "or eax, ecx"},
		{func(a *assembler) { a.op(opAnd, rax, rdx) }, "21d0", "and eax, edx"},
		{func(a *assembler) { a.op(opXor, rdx, rdx) }, "31d2", "xor edx, edx"},
		{func(a *assembler) { a.op(opSbb, rdx, rdx) }, "19d2", "sbb edx, edx"},
		{func(a *assembler) { a.op(opCmp, rax, rcx) }, "39c8", "cmp eax, ecx"},
		{func(a *assembler) { a.op(opTest, rcx, rcx) }, "85c9", "test ecx, ecx"},
		{func(a *assembler) { a.op(opMov, rcx, rax) }, "89c1", "mov ecx, eax"},
		{func(a *assembler) { a.opImm(immAdd, rax, 5) }, "83c005", "add eax, 0x5"},
		{func(a *assembler) { a.opImm(immAdd, rax, 0x80) }, "81c080000000", "add eax, 0x80"},
		{func(a *assembler) { a.opImm(immSub, rax, 0xffffff80) }, "83e880", "sub eax, -0x80"},
		{func(a *assembler) { a.opImm(immOr, rax, 0x12345678) }, "81c878563412", "or eax, 0x12345678"},
		{func(a *assembler) { a.opImm(immAnd, rcx, 15) }, "83e10f", "and ecx, 0xf"},
		{func(a *assembler) { a.opImm(immXor, rax, 0x7f) }, "83f07f", "xor eax, 0x7f"},
		{func(a *assembler) { a.opImm(immCmp, rax, 0x800) }, "81f800080000", "cmp eax, 0x800"},
		{func(a *assembler) { a.movImm(rax, 0) }, "31c0", "xor eax, eax"},
		{func(a *assembler) { a.movImm(rax, 0x40000) }, "b800000400", "mov eax, 0x40000"},
		{func(a *assembler) { a.setImm(rdx, 0) }, "ba00000000", "mov edx, 0x0"},
		{func(a *assembler) { a.movImm64(rdx, 0x100000001) }, "48ba0100000001000000", "mov rdx, 0x100000001"},
		{func(a *assembler) { a.bytes(movzxWord...); a.address(rax, none, 12) }, "0fb7470c", "movzx eax, word ptr [rdi+0xc]"},
		{func(a *assembler) { a.bytes(movzxByte...); a.address(rcx, none, 0) }, "0fb60f", "movzx ecx, byte ptr [rdi]"},
		{func(a *assembler) { a.bytes(movLong...); a.address(rax, rcx, 0x80) }, "8b840f80000000", "mov eax, dword ptr [rdi+rcx+0x80]"},
		{func(a *assembler) { a.bytes(movbeLong...); a.address(rax, rdx, 0) }, "0f38f00417", "movbe eax, dword ptr [rdi+rdx]"},
		{func(a *assembler) { a.word(wordLoad, rax, 15) }, "418b413c", "mov eax, dword ptr [r9+0x3c]"},
		{func(a *assembler) { a.word(wordStore, rcx, 0) }, "41894900", "mov dword ptr [r9], ecx"},
		{func(a *assembler) { a.zeroWord(3) }, "41c7410c00000000", "mov dword ptr [r9+0xc], 0x0"},
	} {
		a := newAssembler(0, nil)
		c.emit(a)
		if got := hex.EncodeToString(a.buf); got != c.hex {
			t.Errorf("%s: got %s, want %s", c.text, got, c.hex)
		}
		in, err := x86asm.Decode(a.buf, 64)
		if err != nil || in.Len != len(a.buf) || x86asm.IntelSyntax(in, 0, nil) != c.text {
			t.Errorf("%s is %q, %v, not %q", c.hex, x86asm.IntelSyntax(in, 0, nil), err, c.text)
		}
	}
}

func TestJumps(t *testing.T) {
	for _, gap := range []int{0, 1, 120, 123, 125, 126, 127, 128, 129, 200} {
		var code []byte
		var a *assembler
		for range 2 {
			a = newAssembler(2, a)
			a.bind(0)
			a.jump(below, 1)
			a.buf = append(a.buf, bytes.Repeat([]byte{0x90}, gap)...)
			a.bind(1)
			a.jump(unconditional, 0)
		}
		code, err := a.finish()
		if err != nil {
			t.Fatal(err)
		}
		first, err := x86asm.Decode(code, 64)
		if err != nil || int(first.Args[0].(x86asm.Rel)) != gap {
			t.Errorf("gap %d: %v, %v", gap, first, err)
		}
		at := first.Len + gap
		last, err := x86asm.Decode(code[at:], 64)
		if err != nil || at+last.Len+int(last.Args[0].(x86asm.Rel)) != 0 {
			t.Errorf("gap %d: %v at %d, %v", gap, last, at, err)
		}
		if short := gap <= 120; short && first.Len != 2 {
			t.Errorf("gap %d: a long jump", gap)
		}
	}
	a := newAssembler(1, nil)
	a.jump(equal, 0)
	if _, err := a.finish(); err == nil {
		t.Error("a jump to nowhere must be an error")
	}
}

// disassemble decodes all of the code, and checks that it is a leaf that leaves
// the registers of Go's runtime alone.
func disassemble(t *testing.T, code []byte) (text []string) {
	t.Helper()
	for pc := 0; pc < len(code); {
		in, err := x86asm.Decode(code[pc:], 64)
		if err != nil {
			t.Fatalf("at %d of %x: %v", pc, code, err)
		}
		switch in.Op {
		case x86asm.CALL, x86asm.PUSH, x86asm.POP, x86asm.SYSCALL, x86asm.LEAVE, x86asm.ENTER:
			t.Fatalf("%v in a leaf", in)
		}
		for _, arg := range in.Args {
			if r, ok := arg.(x86asm.Reg); ok && forbidden(r) {
				t.Fatalf("%v uses %v", in, r)
			}
			if m, ok := arg.(x86asm.Mem); ok && (forbidden(m.Base) || forbidden(m.Index)) {
				t.Fatalf("%v uses the stack", in)
			}
		}
		if in.Op != x86asm.INT {
			text = append(text, x86asm.IntelSyntax(in, uint64(pc), nil))
		}
		pc += in.Len
	}
	return text
}

func forbidden(r x86asm.Reg) bool {
	switch r {
	case x86asm.ESP, x86asm.RSP, x86asm.EBP, x86asm.RBP, x86asm.R14, x86asm.R14L, x86asm.SP, x86asm.BP, x86asm.SPB, x86asm.BPB:
		return true
	}
	return false
}

func TestCodeIsALeaf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for i := range battery.Size(2000) {
		prog := randprog.Program(r, randprog.Config{MaxLen: 40, Loops: true})
		code, err := Generate(plan.New(prog), Features{MOVBE: i%2 == 0})
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
	code, err := Generate(plan.New(prog), Features{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(disassemble(t, code.Bytes[:code.One]), "\n")
	want := strings.TrimSpace(`
cmp rsi, 0x18
jb 0x49
movzx eax, word ptr [rdi+0xc]
cmp eax, 0x8
jnz 0x49
movzx eax, byte ptr [rdi+0x17]
cmp eax, 0x6
jnz 0x49
movzx eax, word ptr [rdi+0x14]
test eax, 0xff1f
jnz 0x49
movzx ecx, byte ptr [rdi+0xe]
and ecx, 0xf
shl ecx, 0x2
lea rdx, ptr [rcx+0x12]
cmp rdx, rsi
jnbe 0x49
movzx eax, word ptr [rdi+rcx+0x10]
cmp eax, 0x5000
jnz 0x49
mov eax, 0x40000
ret
xor eax, eax
ret`)
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
