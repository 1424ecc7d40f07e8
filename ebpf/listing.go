package toebpf

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/cilium/ebpf/asm"
)

// WriteListing writes instructions as llvm-objdump and the kernel's verifier do, r0 … for 64 bits of a register and w0 … for 32, a
// line each, with labels for the targets of jumps and the names of helpers. An instruction that takes two places counts twice.
func WriteListing(w io.Writer, insns asm.Instructions) error {
	var b strings.Builder
	at := 0
	for i := range insns {
		in := &insns[i]
		if s := in.Symbol(); s != "" {
			fmt.Fprintf(&b, "%s:\n", s)
		}
		fmt.Fprintf(&b, "%6d: %s\n", at, listed(in))
		at++
		if in.OpCode.IsDWordLoad() {
			at++
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// listed is one instruction as text.
func listed(in *asm.Instruction) string {
	op := in.OpCode
	switch class := op.Class(); {
	case class.IsALU():
		return listedALU(in)
	case class.IsJump():
		return listedJump(in)
	case op.IsDWordLoad():
		if name := in.Reference(); name != "" {
			return fmt.Sprintf("%v = %s ll", register(in.Dst, true), name)
		}
		return fmt.Sprintf("%v = %d ll", register(in.Dst, true), in.Constant)
	case class == asm.LdClass && op.Mode() == asm.AbsMode:
		return fmt.Sprintf("r0 = *(%s *)skb[%d]", sizeName(op), in.Constant)
	case class == asm.LdClass && op.Mode() == asm.IndMode:
		return fmt.Sprintf("r0 = *(%s *)skb[%s%s]", sizeName(op), register(in.Src, true), distance(in.Constant))
	case class == asm.LdXClass && op.Mode() == asm.MemMode:
		return fmt.Sprintf("%s = %s", register(in.Dst, true), memory(in, in.Src))
	case class == asm.StClass:
		return fmt.Sprintf("%s = %d", memory(in, in.Dst), in.Constant)
	case class == asm.StXClass && op.Mode() == asm.MemMode:
		return fmt.Sprintf("%s = %s", memory(in, in.Dst), register(in.Src, true))
	}
	return fmt.Sprint(*in) // nothing that is generated here
}

// register names one whole, or its lower half.
func register(r asm.Register, whole bool) string {
	if whole {
		return fmt.Sprintf("r%d", r)
	}
	return fmt.Sprintf("w%d", r)
}

func sizeName(op asm.OpCode) string { return fmt.Sprintf("u%d", 8*op.Size().Sizeof()) }

func memory(in *asm.Instruction, base asm.Register) string {
	sign, off := "+", int(in.Offset)
	if off < 0 {
		sign, off = "-", -off
	}
	return fmt.Sprintf("*(%s *)(%s %s %d)", sizeName(in.OpCode), register(base, true), sign, off)
}

// distance is a constant to be added, nothing for 0.
func distance(k int64) string {
	if k == 0 {
		return ""
	}
	return fmt.Sprintf(" + %d", k)
}

var aluText = map[asm.ALUOp]string{asm.Add: "+=", asm.Sub: "-=", asm.Mul: "*=", asm.Div: "/=", asm.Or: "|=", asm.And: "&=", asm.LSh: "<<=",
	asm.RSh: ">>=", asm.Mod: "%=", asm.Xor: "^=", asm.Mov: "=", asm.ArSh: "s>>="}

func listedALU(in *asm.Instruction) string {
	op, whole := in.OpCode, in.OpCode.Class() == asm.ALU64Class
	dst := register(in.Dst, whole)
	switch text, ok := aluText[op.ALUOp()]; {
	case op.ALUOp() == asm.Neg:
		return fmt.Sprintf("%s = -%s", dst, dst)
	case op.ALUOp() == asm.Swap:
		kind := map[asm.Endianness]string{asm.BE: "be", asm.LE: "le"}[op.Endianness()]
		if whole {
			kind = "bswap"
		}
		return fmt.Sprintf("%s = %s%d %s", register(in.Dst, true), kind, in.Constant, register(in.Dst, true))
	case !ok:
		return fmt.Sprint(*in)
	case op.Source() == asm.RegSource:
		return fmt.Sprintf("%s %s %s", dst, text, register(in.Src, whole))
	default:
		return fmt.Sprintf("%s %s %d", dst, text, in.Constant)
	}
}

var jumpText = map[asm.JumpOp]string{asm.JEq: "==", asm.JGT: ">", asm.JGE: ">=", asm.JSet: "&", asm.JNE: "!=", asm.JSGT: "s>", asm.JSGE: "s>=",
	asm.JLT: "<", asm.JLE: "<=", asm.JSLT: "s<", asm.JSLE: "s<="}

func listedJump(in *asm.Instruction) string {
	op, whole := in.OpCode, in.OpCode.Class() == asm.JumpClass
	to := in.Reference()
	if to == "" {
		to = fmt.Sprintf("%+d", in.Offset)
	}
	switch op.JumpOp() {
	case asm.Exit:
		return "exit"
	case asm.Call:
		if in.IsFunctionCall() {
			return "call " + to
		}
		return fmt.Sprintf("call %s#%d", helperName(asm.BuiltinFunc(in.Constant)), in.Constant)
	case asm.Ja:
		return "goto " + to
	}
	operand := fmt.Sprint(in.Constant)
	if op.Source() == asm.RegSource {
		operand = register(in.Src, whole)
	}
	return fmt.Sprintf("if %s %s %s goto %s", register(in.Dst, whole), jumpText[op.JumpOp()], operand, to)
}

// helperName writes FnSkbLoadBytes as bpf_skb_load_bytes.
func helperName(f asm.BuiltinFunc) string {
	var b strings.Builder
	b.WriteString("bpf")
	for _, c := range strings.TrimPrefix(f.String(), "Fn") {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
