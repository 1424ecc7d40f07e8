package bpfc

import (
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
)

// rejectsAll makes the error for an expression that no packet can match, and
// names the part that contradicts: the smallest sub-expression that already
// rejects everything, and within a run of ands the operand at which it does.
func (o *options) rejectsAll(text string, tree ast.Expr) error {
	part := tree
	for {
		next := o.rejectingOperand(part)
		if next == nil {
			break
		}
		part = next
	}
	at := balanced(text, part.Range())
	e := diag.New(diag.RejectsAll, at.Pos, at.End, "no packet can match")
	if at.Pos < at.End && at.End <= len(text) && at.End-at.Pos <= 200 {
		e.Msg = "no packet can match '" + text[at.Pos:at.End] + "'"
	}
	return e.WithHint("it can be compiled all the same").WithOption(diag.AllowRejectAll)
}

// balanced extends a span by the parentheses that close or open within it: the
// range of an operand in parentheses is that of what they hold.
func balanced(text string, at ast.Span) ast.Span {
	open, missing := 0, 0
	for _, c := range text[at.Pos:at.End] {
		switch {
		case c == '(':
			open++
		case c == ')' && open > 0:
			open--
		case c == ')':
			missing++
		}
	}
	for ; open > 0; open-- {
		next := strings.TrimLeft(text[at.End:], " \t\r\n")
		if !strings.HasPrefix(next, ")") {
			break
		}
		at.End = len(text) - len(next) + 1
	}
	for ; missing > 0; missing-- {
		before := strings.TrimRight(text[:at.Pos], " \t\r\n")
		if !strings.HasSuffix(before, "(") {
			break
		}
		at.Pos = len(before) - 1
	}
	return at
}

// maxCulprit bounds how many operands are compiled on their own in search of
// the part that contradicts.
const maxCulprit = 64

// rejectingOperand returns a part of e that rejects every packet by itself, or
// nil.
func (o *options) rejectingOperand(e ast.Expr) ast.Expr {
	l, ok := e.(*ast.Logic)
	if !ok || len(l.Operands) > maxCulprit {
		return nil
	}
	for _, k := range l.Operands {
		if o.rejects(k) {
			return k
		}
	}
	if l.Op != ast.And {
		return nil
	}
	// The first run of operands that contradicts, without those before its
	// own start.
	for n := 2; n < len(l.Operands); n++ {
		if run := slice(l, 0, n); o.rejects(run) {
			for i := n - 2; i > 0; i-- {
				if tail := slice(l, i, n); o.rejects(tail) {
					return tail
				}
			}
			return run
		}
	}
	for i := len(l.Operands) - 2; i > 0; i-- {
		if tail := slice(l, i, len(l.Operands)); o.rejects(tail) {
			return tail
		}
	}
	return nil
}

func slice(l *ast.Logic, from, to int) ast.Expr {
	ops := l.Operands[from:to]
	span := ast.Span{Pos: ops[0].Range().Pos, End: ops[len(ops)-1].Range().End}
	return &ast.Logic{Span: span, Op: l.Op, Operands: ops}
}

func (o *options) rejects(e ast.Expr) bool {
	quiet := *o
	quiet.trace, quiet.generated = nil, nil
	g, err := quiet.graph(e)
	return err == nil && g.Root.Kind == ir.Reject
}
