package asm

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"golang.org/x/net/bpf"
)

// printKernel writes a program for the kernel's bpf_asm, each instruction with
// a label that is its number. Offsets and constants above 2^31 are hexadecimal,
// so that no sign is needed.
func printKernel(b *strings.Builder, prog []bpf.RawInstruction) {
	for pc, in := range prog {
		r, ok := byCode()[in.Op]
		if !ok {
			fmt.Fprintf(b, "l%d:\t%s 0x%x\n", pc, unknown, in.Op)
			continue
		}
		fmt.Fprintf(b, "l%d:\t%s", pc, r.mnemonic)
		if operand := kernelOperand(r, in, pc); operand != "" {
			fmt.Fprintf(b, " %s", operand)
		}
		if r.branches {
			fmt.Fprintf(b, ", l%d, l%d", pc+1+int(in.Jt), pc+1+int(in.Jf))
		}
		b.WriteByte('\n')
	}
}

// plainNumber writes k so that a reader of unsigned and of signed numbers gets the same.
func plainNumber(k uint32) string {
	if k > math.MaxInt32 {
		return fmt.Sprintf("0x%x", k)
	}
	return fmt.Sprint(k)
}

func kernelOperand(r *row, in bpf.RawInstruction, pc int) string {
	switch r.operand {
	case decimal:
		return "#" + plainNumber(in.K)
	case hex:
		return fmt.Sprintf("#0x%x", in.K)
	case indexReg:
		return "x"
	case accumul:
		return "a"
	case absolute:
		if a := ancillaryAt(in.K); a != nil && a.kernel != "" {
			return "#" + a.kernel
		}
		return "[" + plainNumber(in.K) + "]"
	case indirect:
		return "[x + " + plainNumber(in.K) + "]"
	case scratch:
		return "M[" + plainNumber(in.K) + "]"
	case header:
		return "4*([" + plainNumber(in.K) + "]&0xf)"
	case packetLen:
		return "#len"
	case target:
		return fmt.Sprintf("l%d", int64(pc)+1+int64(int32(in.K)))
	}
	return ""
}

// assembler reads bpf_asm's language: instructions separated by blanks or
// newlines, labels, comments, any case (tools/bpf/bpf_exp.l and .y in Linux).
// Labels may be used before they are defined; they become distances at the end.
type assembler struct {
	*scanner
	prog   []bpf.RawInstruction
	labels map[string]int
	uses   []use
}

// use is a label that an instruction jumps to.
type use struct {
	mark
	label string
	pc    int
	slot  slot
}

// slot is the field of an instruction where a label's distance goes.
type slot uint8

const (
	slotJt slot = iota
	slotJf
	slotK
)

func parseKernel(s *scanner) ([]bpf.RawInstruction, error) {
	a := assembler{scanner: s, labels: make(map[string]int)}
	for {
		if err := a.space(); err != nil {
			return nil, err
		}
		if a.atEnd() {
			break
		}
		if err := a.statement(); err != nil {
			return nil, err
		}
	}
	for _, u := range a.uses {
		if err := a.resolve(u); err != nil {
			return nil, err
		}
	}
	return a.prog, nil
}

// space passes over blanks and comments: from ";" to the end of the line, lines
// that start with "#", and /* … */.
func (a *assembler) space() error {
	for {
		a.skip(spaces)
		switch {
		case a.peek() == ';', a.peek() == '#' && a.pos == a.lineStart:
			for !a.atEnd() && a.peek() != '\n' {
				a.advance(1)
			}
		case strings.HasPrefix(a.text[a.pos:], "/*"):
			length := strings.Index(a.text[a.pos+2:], "*/")
			if length < 0 {
				return a.errorf("this comment has no end")
			}
			a.advance(length + 4)
		default:
			return nil
		}
	}
}

// statement reads an instruction with the label before it, if there is one.
func (a *assembler) statement() error {
	at := a.mark()
	w := a.word()
	if w == "" {
		return a.errorf("expected an instruction, found %s", a.found())
	}
	if err := a.space(); err != nil {
		return err
	}
	if !a.accept(":") {
		return a.instruction(at, strings.ToLower(w))
	}
	if err := a.define(at, w); err != nil {
		return err
	}
	if err := a.space(); err != nil {
		return err
	}
	at = a.mark()
	if w = a.word(); w == "" {
		return a.errorf("expected an instruction after the label, found %s", a.found())
	}
	return a.instruction(at, strings.ToLower(w))
}

func (a *assembler) define(at mark, label string) error {
	if err := checkLabel(at, label); err != nil {
		return err
	}
	if _, twice := a.labels[label]; twice {
		return at.errorf("label %q is defined twice", clip(label))
	}
	a.labels[label] = len(a.prog)
	return nil
}

func checkLabel(at mark, label string) error {
	if label == "" || '0' <= label[0] && label[0] <= '9' {
		return at.errorf("expected a label, a name that starts with a letter, found %q", clip(label))
	}
	return nil
}

// aliases are the spellings that stand for another row of the table. Inverted
// ones have one label, where to go when the test of the other row fails.
var aliases = map[string]struct {
	mnemonic string
	inverted bool
}{
	"jmp": {"ja", false},
	"ldi": {"ld", false}, "ldxi": {"ldx", false},
	"jne": {"jeq", true}, "jneq": {"jeq", true}, "jlt": {"jge", true}, "jle": {"jgt", true},
}

func (a *assembler) instruction(at mark, mnemonic string) error {
	spelled, inverted := mnemonic, false
	if alias, ok := aliases[mnemonic]; ok {
		mnemonic, inverted = alias.mnemonic, alias.inverted
	}
	if !mnemonics()[mnemonic] {
		return at.errorf("%q is not an instruction", clip(spelled))
	}
	if mnemonic == "ja" {
		a.prog = append(a.prog, bpf.RawInstruction{Op: byText()[written{"ja", target}].op})
		return a.label(slotK)
	}
	shape, k, err := a.operand(spelled)
	if err != nil {
		return err
	}
	if shape == header && mnemonic == "ldx" {
		mnemonic = "ldxb" // bpf_asm takes both
	}
	r, ok := byText()[written{mnemonic, shape}]
	if !ok {
		return at.errorf("%s does not take such an operand", spelled)
	}
	a.prog = append(a.prog, bpf.RawInstruction{Op: r.op, K: k})
	switch {
	case inverted:
		return a.commaLabel(slotJf)
	case r.branches:
		return a.branches()
	}
	return nil
}

// mnemonics has those of the table.
var mnemonics = sync.OnceValue(func() map[string]bool {
	m := make(map[string]bool)
	for _, r := range rows {
		m[r.mnemonic] = true
	}
	return m
})

// branches reads ", there" or ", there, elsewhere".
func (a *assembler) branches() error {
	if err := a.commaLabel(slotJt); err != nil {
		return err
	}
	if err := a.space(); err != nil {
		return err
	}
	if a.peek() != ',' {
		return nil // otherwise it goes on with the next instruction
	}
	return a.commaLabel(slotJf)
}

func (a *assembler) commaLabel(s slot) error {
	if err := a.token(","); err != nil {
		return err
	}
	return a.label(s)
}

// label reads a label that the instruction read last jumps to.
func (a *assembler) label(s slot) error {
	if err := a.space(); err != nil {
		return err
	}
	at := a.mark()
	w := a.peekWord()
	if w == "" {
		return at.errorf("expected a label, found %s", a.found())
	}
	if err := checkLabel(at, w); err != nil {
		return err
	}
	a.word()
	a.uses = append(a.uses, use{at, w, len(a.prog) - 1, s})
	return nil
}

func (a *assembler) resolve(u use) error {
	to, ok := a.labels[u.label]
	if !ok {
		return u.errorf("label %q is not defined", clip(u.label))
	}
	distance := to - u.pc - 1
	in := &a.prog[u.pc]
	if u.slot == slotK {
		in.K = uint32(distance)
		return nil
	}
	if distance < 0 || distance > math.MaxUint8 {
		return u.errorf("a conditional jump cannot reach label %q, %d instructions away; only 0 to 255", clip(u.label), distance)
	}
	if u.slot == slotJt {
		in.Jt = uint8(distance)
	} else {
		in.Jf = uint8(distance)
	}
	return nil
}

// token reads lit after any space.
func (a *assembler) token(lit string) error {
	if err := a.space(); err != nil {
		return err
	}
	return a.expect(lit)
}

// tokens reads several.
func (a *assembler) tokens(lits ...string) error {
	for _, lit := range lits {
		if err := a.token(lit); err != nil {
			return err
		}
	}
	return nil
}

// operand reads what follows a mnemonic and returns its shape and k.
func (a *assembler) operand(mnemonic string) (operand, uint32, error) {
	if r := byText()[written{mnemonic, none}]; r != nil {
		return none, 0, nil
	}
	if err := a.space(); err != nil {
		return none, 0, err
	}
	percent := a.accept("%")
	w := strings.ToLower(a.peekWord())
	switch {
	case w == "x" || w == "a":
		a.word()
		return map[string]operand{"x": indexReg, "a": accumul}[w], 0, nil
	case percent:
		return none, 0, a.errorf("expected x or a after %%, found %s", a.found())
	case w == "m":
		a.word()
		k, err := a.bracketed("the scratch index")
		return scratch, k, err
	case a.peek() == '[':
		return a.packet()
	case a.accept("#"):
		return a.hash()
	case w != "" && w[0] >= '0' && w[0] <= '9':
		return a.bare(mnemonic)
	}
	return a.named()
}

// hash reads the operand after "#": a constant, or a name.
func (a *assembler) hash() (operand, uint32, error) {
	if w := a.peekWord(); w != "" && (w[0] < '0' || w[0] > '9') {
		return a.named()
	}
	k, err := a.constant("the constant")
	return decimal, k, err
}

// named reads len or the name of an ancillary offset.
func (a *assembler) named() (operand, uint32, error) {
	w := strings.ToLower(a.peekWord())
	if w == "len" {
		a.word()
		return packetLen, 0, nil
	}
	if w == "vlan_pr" { // the older name
		w = "vlan_avail"
	}
	for _, anc := range ancillaries {
		if w != "" && w == anc.kernel {
			a.word()
			return absolute, anc.off, nil
		}
	}
	return none, 0, a.errorf("expected an operand, found %s", a.found())
}

// bare reads an operand that starts with a digit: the constant of ldi and ldxi,
// or 4*([k]&0xf).
func (a *assembler) bare(mnemonic string) (operand, uint32, error) {
	at := a.mark()
	k, err := a.constant("the constant")
	if err != nil || mnemonic == "ldi" || mnemonic == "ldxi" {
		return decimal, k, err
	}
	if err := a.tokens("*", "(", "["); err != nil {
		return none, 0, err
	}
	off, err := a.spacedConstant("the offset")
	if err != nil {
		return none, 0, err
	}
	if err := a.tokens("]", "&"); err != nil {
		return none, 0, err
	}
	bits, err := a.spacedConstant("the mask")
	if err != nil {
		return none, 0, err
	}
	if k != 4 || bits != 0xf {
		return none, 0, at.errorf("only 4*([k]&0xf) can be loaded, not %d*([k]&0x%x)", k, bits)
	}
	return header, off, a.token(")")
}

// packet reads [k] or [x + k].
func (a *assembler) packet() (operand, uint32, error) {
	if err := a.token("["); err != nil {
		return none, 0, err
	}
	if err := a.space(); err != nil {
		return none, 0, err
	}
	percent := a.accept("%")
	if !percent && strings.ToLower(a.peekWord()) != "x" {
		k, err := a.spacedConstant("the offset")
		if err != nil {
			return none, 0, err
		}
		return absolute, k, a.token("]")
	}
	if strings.ToLower(a.peekWord()) != "x" {
		return none, 0, a.errorf("expected x after %%, found %s", a.found())
	}
	a.word()
	if err := a.token("+"); err != nil {
		return none, 0, err
	}
	k, err := a.spacedConstant("the offset")
	if err != nil {
		return none, 0, err
	}
	return indirect, k, a.token("]")
}

// bracketed reads [k].
func (a *assembler) bracketed(name string) (uint32, error) {
	if err := a.token("["); err != nil {
		return 0, err
	}
	k, err := a.spacedConstant(name)
	if err != nil {
		return 0, err
	}
	return k, a.token("]")
}

func (a *assembler) spacedConstant(name string) (uint32, error) {
	if err := a.space(); err != nil {
		return 0, err
	}
	return a.constant(name)
}
