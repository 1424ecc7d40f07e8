package ast

import (
	"fmt"
	"strconv"
	"strings"
)

// Format prints an expression in its canonical form, which parses to a tree that is [Equal]: every identifier has its
// qualifiers, aliases are replaced by one spelling, numbers are decimal, and parentheses stand only where the tree
// needs them. A nil expression, which accepts everything, is "".
func Format(e Expr) string {
	if e == nil {
		return ""
	}
	p := &printer{}
	p.expr(e)
	return p.String()
}

// FormatArith prints a number as [Format] prints it inside an expression.
func FormatArith(a Arith) string {
	p := &printer{}
	p.arith(a)
	return p.String()
}

// FormatID prints an identifier as [Format] prints it inside an expression.
func FormatID(id ID) string {
	p := &printer{}
	p.id(id)
	return p.String()
}

type printer struct{ strings.Builder }

// word writes words with a space between it and what was written before.
func (p *printer) word(w string) {
	if w == "" {
		return
	}
	if s := p.String(); s != "" && s[len(s)-1] != '(' && s[len(s)-1] != ' ' {
		p.WriteByte(' ')
	}
	p.WriteString(w)
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case *Logic:
		for i, x := range e.Operands {
			if i > 0 {
				p.word(e.Op.String() + " ")
			}
			// Parentheses keep apart what would otherwise be read from left to right.
			sub, ok := x.(*Logic)
			p.parens(ok && (i > 0 || sub.Op == e.Op), func() { p.expr(x) })
		}
	case *Not:
		p.word("not ")
		_, ok := e.X.(*Logic)
		p.parens(ok, func() { p.expr(e.X) })
	case *Relation:
		p.arith(e.L)
		p.word(e.Op.String() + " ")
		p.arith(e.R)
	case *Qualified:
		p.word(e.Proto.String())
		p.word(e.Dir.String())
		p.word(e.Type.String())
		p.WriteByte(' ')
		p.id(e.ID)
	case *Protocol:
		p.word(e.Proto.String())
	case *Test:
		p.test(e)
	case *Scope:
		p.test(e.Head)
		p.word("{ ")
		p.expr(e.X)
		p.WriteString(" }")
	}
}

// parens writes what f writes, in parentheses if need be.
func (p *printer) parens(need bool, f func()) {
	if !need {
		f()
		return
	}
	p.WriteByte('(')
	f()
	p.WriteByte(')')
}

func (p *printer) test(t *Test) {
	p.word(t.Proto.String())
	p.word(t.Kind.String())
	switch {
	case t.Kind == Byte && len(t.Args) == 2:
		p.word(t.Args[0].text())
		p.word(t.Op.String())
		p.word(t.Args[1].text())
	case t.Kind == WLANType && len(t.Args) == 2:
		p.word(t.Args[0].text())
		p.word(WLANSubtype.String())
		p.word(t.Args[1].text())
	case isSet(t):
		list := make([]string, len(t.Args))
		for i, a := range t.Args {
			list[i] = a.text()
			if a.To > a.Num {
				list[i] += "-" + strconv.FormatUint(uint64(a.To), 10)
			}
		}
		p.word("in {" + strings.Join(list, ", ") + "}")
	case len(t.Args) > 1: // an ATM or SS7 field
		list := make([]string, len(t.Args))
		for i, a := range t.Args {
			list[i] = a.text()
		}
		p.word("(" + strings.Join(list, " or ") + ")")
	case len(t.Args) == 1:
		if t.Op != OpNone && t.Op != OpEq {
			p.word(t.Op.String())
		}
		p.word(t.Args[0].text())
	}
	if t.Port != 0 {
		p.word("port")
		p.WriteByte(' ')
		p.number(t.Port)
	}
}

// isSet tells whether the numbers of a test stand in braces.
func isSet(t *Test) bool {
	switch t.Kind {
	case VLAN, MPLS, PPPoES, Geneve, VXLAN, GTP:
		return len(t.Args) > 1 || len(t.Args) == 1 && t.Args[0].To > t.Args[0].Num
	}
	return false
}

// text is an operand as it is written.
func (a Arg) text() string {
	switch {
	case a.Word == "":
		return strconv.FormatUint(uint64(a.Num), 10)
	case a.Escaped:
		return `\` + a.Word
	}
	return a.Word
}

func (p *printer) id(id ID) {
	switch id := id.(type) {
	case *Name:
		if id.Escaped {
			p.WriteByte('\\')
		}
		p.WriteString(id.Text)
	case *Number:
		p.number(id.Value)
	case *IPv4:
		p.WriteString(id.Text)
		if id.HasLen {
			p.WriteByte('/')
			p.number(id.Len)
		}
		if id.HasMask {
			p.word("mask")
			p.word(id.MaskText)
		}
	case *IPv6:
		p.WriteString(id.Addr.String())
		if id.HasLen {
			p.WriteByte('/')
			p.number(id.Len)
		}
	case *MAC:
		a := id.Addr
		fmt.Fprintf(p, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5])
	case *ARCnet:
		fmt.Fprintf(p, "$%02x", id.Addr)
	}
}

func (p *printer) number(n uint32) { p.WriteString(strconv.FormatUint(uint64(n), 10)) }

func (p *printer) arith(a Arith) {
	switch a := a.(type) {
	case *Num:
		p.number(a.Value)
	case *Len:
		p.WriteString("len")
	case *Load:
		p.WriteString(a.Proto.String())
		p.WriteByte('[')
		p.arith(a.Index)
		if a.Size != 1 {
			p.WriteByte(':')
			p.number(a.Size)
		}
		p.WriteByte(']')
	case *Neg:
		p.WriteByte('-')
		x, ok := a.X.(*Binary)
		p.parens(ok && !greedy(x.Op), func() { p.arith(a.X) })
	case *Binary:
		p.parens(parensLeft(a), func() { p.arith(a.L) })
		p.WriteString(" " + a.Op.String() + " ")
		p.parens(parensRight(a), func() { p.arith(a.R) })
	}
}

// binOpPrec is how tight an operator binds.
var binOpPrec = [...]int{BitOr: 1, BitAnd: 2, Lsh: 3, Rsh: 3, Add: 4, Sub: 4, Mul: 5, Div: 5, Mod: 6, BitXor: 6}

// greedy tells of the operators that libpcap's grammar gives no precedence. They bind tighter than anything to the left of
// them, and take all arithmetic to the right of them as their right operand.
func greedy(op BinOp) bool { return op == Mod || op == BitXor }

// parensLeft tells whether the left operand of b must stand in parentheses.
func parensLeft(b *Binary) bool {
	switch l := b.L.(type) {
	case *Binary:
		return greedy(b.Op) || binOpPrec[b.Op] > binOpPrec[l.Op] || open(l)
	case *Neg:
		return greedy(b.Op) || open(l)
	}
	return false
}

// parensRight tells whether the right operand of b must stand in parentheses.
func parensRight(b *Binary) bool {
	r, ok := b.R.(*Binary)
	return ok && !greedy(b.Op) && binOpPrec[r.Op] <= binOpPrec[b.Op]
}

// open tells whether a, printed, ends with the right operand of a greedy operator, which would take in an operator
// written after it.
func open(a Arith) bool {
	for {
		switch x := a.(type) {
		case *Binary:
			if greedy(x.Op) {
				return true
			}
			if parensRight(x) {
				return false
			}
			a = x.R
		case *Neg:
			if b, ok := x.X.(*Binary); ok {
				return greedy(b.Op) // else in parentheses
			}
			a = x.X
		default:
			return false
		}
	}
}
