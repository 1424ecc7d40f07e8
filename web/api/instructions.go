package api

import (
	"fmt"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc/asm"
	"bpfc/cbpf"
	"bpfc/ir"
	"bpfc/web/rpc"
)

// Instruction is a line of a program. It is safe for concurrent use as long as nobody changes it.
type Instruction struct {
	PC      int        `json:"pc"`
	Text    string     `json:"text"` // as tcpdump -d has it
	Name    string     `json:"name"`
	Operand string     `json:"operand"`
	JT      *int       `json:"jt"` // numbers of instructions
	JF      *int       `json:"jf"`
	Code    uint16     `json:"code"`
	K       uint32     `json:"k"`
	Spans   []rpc.Span `json:"spans"`
	Says    string     `json:"says"`
}

// Instructions describes a program, at most [MaxInstructions] of it. The graph that it was made of, which may be nil,
// says which part of the text an instruction comes from.
func Instructions(code []bpf.RawInstruction, g *ir.Graph, u *Units) []Instruction {
	from := sources(code, g)
	lines := strings.Split(strings.TrimSuffix(asm.Print(code, asm.Listing), "\n"), "\n")
	list := make([]Instruction, 0, min(len(code), MaxInstructions))
	for pc, in := range code[:min(len(code), MaxInstructions)] {
		_, text, _ := strings.Cut(lines[pc], ") ")
		name, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		operand, _, _ := strings.Cut(rest, "jt ")
		i := Instruction{PC: pc, Text: strings.Join(strings.Fields(text), " "), Name: name, Operand: strings.TrimSpace(operand),
			Code: in.Op, K: in.K, Spans: []rpc.Span{}, Says: says(in, pc)}
		if t := cbpf.TraitsOf(in.Op); t.Any(cbpf.Branches) {
			jt, jf := pc+1+int(in.Jt), pc+1+int(in.Jf)
			i.JT, i.JF = &jt, &jf
		}
		for _, s := range from[pc] {
			i.Spans = append(i.Spans, u.Spans(s)...)
		}
		list = append(list, i)
	}
	return list
}

// operators are the words of the arithmetic.
var operators = map[uint16]string{
	cbpf.Add: "+", cbpf.Sub: "-", cbpf.Mul: "×", cbpf.Div: "÷", cbpf.Or: "|", cbpf.And: "&", cbpf.Lsh: "<<", cbpf.Rsh: ">>", cbpf.Mod: "mod", cbpf.Xor: "^",
}

// compares are the words of the conditional jumps.
var compares = map[uint16]string{cbpf.Equal: "A = %s", cbpf.Greater: "A > %s", cbpf.GreaterEqual: "A ≥ %s", cbpf.HasBits: "A & %s is not 0"}

// says tells in words what an instruction does.
func says(in bpf.RawInstruction, pc int) string {
	operand := fmt.Sprintf("%#x", in.K)
	if in.K < 10 {
		operand = fmt.Sprint(in.K)
	}
	if in.Op&cbpf.SrcX != 0 {
		operand = "X"
	}
	switch in.Op & cbpf.ClassMask {
	case cbpf.ClassLd, cbpf.ClassLdx:
		register := "A"
		if in.Op&cbpf.ClassMask == cbpf.ClassLdx {
			register = "X"
		}
		return register + " = " + loaded(in)
	case cbpf.ClassSt:
		return fmt.Sprintf("M[%d] = A", in.K)
	case cbpf.ClassStx:
		return fmt.Sprintf("M[%d] = X", in.K)
	case cbpf.ClassAlu:
		if in.Op == cbpf.NegA {
			return "A = -A"
		}
		return "A = A " + operators[in.Op&cbpf.OpMask] + " " + operand
	case cbpf.ClassJmp:
		if in.Op == cbpf.Ja {
			return fmt.Sprintf("go to %d", int32(uint32(pc)+1+in.K))
		}
		jt, jf := pc+1+int(in.Jt), pc+1+int(in.Jf)
		return fmt.Sprintf("if "+compares[in.Op&cbpf.OpMask]+" go to %d, else to %d", operand, jt, jf)
	case cbpf.ClassRet:
		switch {
		case in.Op != cbpf.RetK:
			return "keep as many bytes as the register says"
		case in.K == 0:
			return "reject the packet"
		}
		return fmt.Sprintf("accept: keep %d bytes", in.K)
	case cbpf.ClassMisc:
		if in.Op == cbpf.Tax {
			return "X = A"
		}
		return "A = X"
	}
	return ""
}

// loaded says in words what a load brings.
func loaded(in bpf.RawInstruction) string {
	size := bytesText(cbpf.LoadSize(in.Op))
	switch in.Op & cbpf.ModeMask {
	case cbpf.ModeImm:
		return fmt.Sprintf("%#x", in.K)
	case cbpf.ModeMem:
		return fmt.Sprintf("M[%d]", in.K)
	case cbpf.ModeLen:
		return "the length of the packet on the wire"
	case cbpf.ModeMsh:
		return fmt.Sprintf("4 × the low 4 bits of byte %d", in.K)
	case cbpf.ModeInd:
		return fmt.Sprintf("%s at X + %d", size, in.K)
	}
	if name := cbpf.AncillaryName(in.K); name != "" {
		return "Linux's " + name
	}
	return fmt.Sprintf("%s at %d", size, in.K)
}

func bytesText(n uint32) string {
	if n == 1 {
		return "the byte"
	}
	return fmt.Sprintf("the %d bytes", n)
}
