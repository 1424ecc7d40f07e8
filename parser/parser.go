// Package parser makes a tree of the text of a filter expression.
//
// # The machine
//
// Package lexer takes the text apart, and the tokens go through a grammar of two
// halves. Primitives, which are sequences of reserved words and operands, are participle grammars in struct tags
// (grammar.go); the few that nearly all filters consist of are told from the others without asking participle, which
// takes as long for one as all else does for a filter. What combines them, operators and parentheses, is climbed by precedence (climb.go), because logic and
// arithmetic share their parentheses: "((ip[0] & 1) != 0) or (tcp)" would make a grammar of
// alternatives try each parenthesis as the one and then the other, twice the work at every level. Here an operand is
// parsed once, and what came of it says what it is (its shape): a number, a truth value or an identifier.
//
// # The language
//
//	filter = [ expr ] .
//	expr   = item { ( "and" | "or" ) item } .           one precedence, from left to right
//	item   = { "not" } ( truth | ident ) .
//	truth  = primitive | arith relop arith | "(" expr ")" .
//	ident  = NAME | NUM | address | "(" ident { ( "and" | "or" ) ident } ")" .
//	arith  = arith op arith | "-" arith | "(" arith ")" | proto "[" arith [ ":" NUM ] "]" | NUM | "len" .
//
// with the precedences of arithmetic, loosest first: |, &, << >>, + -, * /, unary minus. The operators % and ^ have no
// precedence of their own in libpcap's grammar, and what follows from that is kept: nothing to the left of them
// binds tighter, and all arithmetic to the right of them belongs to their right operand, so that
// "7 - 5 ^ 3 - 1" is 7 - (5 ^ (3 - 1)).
//
// An identifier without qualifiers inherits those of the primitive before it, as in "tcp dst port ftp or ftp-data or
// domain". A parenthesized expression passes on what stood before the parenthesis, not what was inside, and
// after a primitive that has no identifier there is nothing to inherit: "vlan and 100" is an error. The first operand of
// an expression cannot inherit, not even "(80 or 443)" at its beginning, but all of a list in parentheses
// after qualifiers does: "host (a or b)".
//
// # Bounds
//
// All work is linear in the number of tokens. What recurses is bounded by the lexer's limits on nesting and on runs of
// prefix operators and by [MaxDepth], so that neither parser nor later stages can run out of stack.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package parser

import (
	"errors"

	"github.com/alecthomas/participle/v2"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// MaxDepth is the greatest depth of the tree, and of the parser's recursion. Parentheses alone meet
// [lexer.MaxNesting] before; an expression that changes between and and or, without parentheses, is one level deeper
// with each change, and arithmetic with each operator.
const MaxDepth = 20000

// Parse makes a tree of an expression. A blank text gives nil: the filter that accepts every packet. An error is a
// [*diag.Error] that has the span, in bytes of text, of what is wrong.
func Parse(text string) (ast.Expr, error) {
	tree, err := parseOnly(text)
	if err != nil {
		return nil, suggest(asDiag(err), text)
	}
	return tree, nil
}

// parseOnly is Parse without suggestions.
func parseOnly(text string) (ast.Expr, error) {
	c, err := newClimber(text, nil)
	if err != nil {
		return nil, err
	}
	defer c.release()
	return c.filter()
}

// asDiag makes our own sort of error of what the lexer, or participle itself, reports.
func asDiag(err error) *diag.Error {
	if d := diag.As(err); d != nil {
		return d
	}
	var perr participle.Error
	if errors.As(err, &perr) {
		pos := perr.Position().Offset
		return diag.New(diag.Internal, pos, pos, "%s", perr.Message()).Because(err)
	}
	return diag.New(diag.Internal, 0, 0, "%s", err).Because(err)
}

// number gives the value of a Num token. The lexer has refused all that have none.
func number(t token) uint32 {
	n, _ := lexer.Number(t.Value, t.Pos.Offset)
	return n
}

// span is where a token stands.
func span(t token) ast.Span {
	return ast.Span{Pos: t.Pos.Offset, End: t.Pos.Offset + len(t.Value)}
}

// cover is the span from the beginning of a to the end of b.
func cover(a, b ast.Span) ast.Span { return ast.Span{Pos: a.Pos, End: b.End} }
