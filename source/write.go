package source

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// language is what C and Go write differently.
type language struct {
	end               string // of a statement
	condition, behind string // around the condition of an if
	close             string // the line after what an if does, if there is one
	constant          func(uint32) string
	wire              string // the length on the wire
	hasBits, lacksAll string // the tests whether a has one of some bits, or none
	shift             string // of a by x in direction %s; x may be 32 and more
	negation          string
	// find writes the comparison that ends the function if the packet does not hold size bytes at k, or at x + k.
	find func(w *writer, indirect bool, k, size uint32)
	// value is the number that find has found, and header four times the low nibble of its one byte.
	value  func(w *writer, size uint32) string
	header func(w *writer) string
}

// writer writes the body of one function.
type writer struct {
	bytes.Buffer
	*plan
	*language
	at string // Go: what is indexed, and from where
}

// line writes a line of code, indented once and as often more as text has tabs in front.
func (w *writer) line(format string, args ...any) {
	w.WriteByte('\t')
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

// put writes a statement.
func (w *writer) put(format string, args ...any) { w.line(format+w.end, args...) }

// when writes statements that are executed if a condition holds.
func (w *writer) when(condition string, statements ...string) {
	block := len(statements) > 1 && w.close == ""
	open, closing := "", w.close
	if block {
		open, closing = " {", "}"
	}
	w.line("%s%s%s%s", w.condition, condition, w.behind, open)
	for _, s := range statements {
		w.put("\t%s", s)
	}
	if closing != "" {
		w.line("%s", closing)
	}
}

// body writes the reached instructions in the order of the program.
func (w *writer) body() {
	for pc, in := range w.insns {
		if !w.reached[pc] {
			continue
		}
		if w.labeled[pc] {
			fmt.Fprintf(w, "l%d:\n", pc)
		}
		w.instruction(pc, in)
	}
}

func (w *writer) instruction(pc int, in bpf.RawInstruction) {
	t := cbpf.TraitsOf(in.Op)
	k := w.constant(in.K)
	switch {
	case t.Any(cbpf.LoadsPacket):
		w.load(in, t)
	case t.Any(cbpf.Branches):
		w.branch(pc, in)
	case in.Op == cbpf.Ja:
		w.jump(pc, in)
	case in.Op&cbpf.ClassMask == cbpf.ClassAlu:
		w.arithmetic(in)
	default:
		w.put("%s", strings.NewReplacer("%k", k, "%i", strconv.Itoa(int(in.K)), "%len", w.wire).Replace(moves[in.Op]))
	}
}

// moves are the statements of instructions that neither load, compute nor jump. %k is the constant, %i the number of a word.
var moves = map[uint16]string{
	cbpf.LdImm: "a = %k", cbpf.LdxImm: "x = %k", cbpf.LdLen: "a = %len", cbpf.LdxLen: "x = %len",
	cbpf.LdMem: "a = m%i", cbpf.LdxMem: "x = m%i", cbpf.St: "m%i = a", cbpf.Stx: "m%i = x",
	cbpf.Tax: "x = a", cbpf.Txa: "a = x", cbpf.RetK: "return %k", cbpf.RetA: "return a", cbpf.RetX: "return x",
}

func (w *writer) load(in bpf.RawInstruction, t cbpf.Traits) {
	if t.Any(cbpf.Header) {
		w.find(w, false, in.K, 1)
		w.put("x = %s", w.header(w))
		return
	}
	size := cbpf.LoadSize(in.Op)
	w.find(w, t.Any(cbpf.Indirect), in.K, size)
	w.put("a = %s", w.value(w, size))
}

var operators = map[uint16]string{
	cbpf.Add: "+", cbpf.Sub: "-", cbpf.Mul: "*", cbpf.Div: "/", cbpf.Or: "|", cbpf.And: "&", cbpf.Lsh: "<<", cbpf.Rsh: ">>",
	cbpf.Mod: "%", cbpf.Xor: "^",
}

func (w *writer) arithmetic(in bpf.RawInstruction) {
	op, operand := in.Op&cbpf.OpMask, w.constant(in.K)
	if in.Op&cbpf.SrcX != 0 {
		operand = "x"
	}
	switch {
	case op == cbpf.Neg:
		w.put("%s", w.negation)
		return
	case operand == "x" && (op == cbpf.Div || op == cbpf.Mod):
		w.when("x == 0", "return 0")
	case operand == "x" && (op == cbpf.Lsh || op == cbpf.Rsh):
		w.put("%s", strings.ReplaceAll(w.shift, "%s", operators[op]))
		return
	}
	w.put("a %s= %s", operators[op], operand)
}

// comparisons has the operator of each comparison and its opposite.
var comparisons = map[uint16][2]string{
	cbpf.Equal: {"==", "!="}, cbpf.Greater: {">", "<="}, cbpf.GreaterEqual: {">=", "<"},
}

// test is the condition of a conditional jump, or its opposite.
func (w *writer) test(in bpf.RawInstruction, opposite bool) string {
	operand := w.constant(in.K)
	if in.Op&cbpf.SrcX != 0 {
		operand = "x"
	}
	if in.Op&cbpf.OpMask == cbpf.HasBits {
		form := w.hasBits
		if opposite {
			form = w.lacksAll
		}
		return fmt.Sprintf(form, operand)
	}
	return fmt.Sprintf("a %s %s", comparisons[in.Op&cbpf.OpMask][oneIf(opposite)], operand)
}

func (w *writer) branch(pc int, in bpf.RawInstruction) {
	yes, no := successors(pc, in)
	switch next := w.next[pc]; {
	case yes == no:
		w.goTo(pc, yes)
	case yes == next:
		w.when(w.test(in, true), label(no))
	default:
		w.when(w.test(in, false), label(yes))
		w.goTo(pc, no)
	}
}

func label(pc int) string { return fmt.Sprintf("goto l%d", pc) }

// goTo goes on where an instruction does, with a goto unless that is written next.
func (w *writer) goTo(pc, to int) {
	if to != w.next[pc] {
		w.put("%s", label(to))
	}
}

func (w *writer) jump(pc int, in bpf.RawInstruction) {
	to, _ := successors(pc, in)
	if cbpf.IsBackward(in) {
		w.turn(pc)
		w.put("%s", label(to))
		return
	}
	w.goTo(pc, to)
}

// state are the variables that the rest of a run depends on at a backward jump.
func (p *plan) state() []string { return (p.read & p.set).names() }

// turn writes what counts a backward jump and ends the function when it would go round for ever. The states are compared as in
// Brent's search for cycles: one is kept, and replaced after 1, 2, 4, 8 … jumps.
func (w *writer) turn(pc int) {
	same := []string{"turns > 0"}
	keep := []string{"keep *= 2"}
	if w.backs > 1 {
		same = append(same, fmt.Sprintf("keptAt == %d", pc))
		keep = append(keep, fmt.Sprintf("keptAt = %d", pc))
	}
	for _, v := range w.state() {
		same = append(same, fmt.Sprintf("%s == %s", kept(v), v))
		keep = append(keep, fmt.Sprintf("%s = %s", kept(v), v))
	}
	w.when("turns == most", "return 0")
	w.when(strings.Join(same, " && "), "return 0")
	w.put("turns++")
	w.when("turns == keep", keep...)
}

// kept is the name of the variable that holds what v was.
func kept(v string) string { return "kept" + strings.ToUpper(v) }

// keeps lists the variables of 32 bits that loops need in addition.
func (p *plan) keeps() (list []string) {
	if p.backs == 0 {
		return nil
	}
	if p.backs > 1 {
		list = append(list, "keptAt")
	}
	for _, v := range p.state() {
		list = append(list, kept(v))
	}
	return list
}

// maxAbout is how much of Options.About a comment shows, in bytes.
const maxAbout = 500

// about tells what the program is. The texts are in quotes on one line, in ASCII, so that nothing in them can end the comment or
// mean something there.
func (o *Options) about() string {
	text := "a classic BPF program"
	if o.About != "" {
		text = "the classic BPF program of " + quoted(o.About)
	}
	if o.Packets != "" {
		text += ", for packets of type " + quoted(o.Packets)
	}
	return text
}

func quoted(text string) string {
	if len(text) > maxAbout {
		cut := maxAbout
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return strconv.QuoteToASCII(text)
}
