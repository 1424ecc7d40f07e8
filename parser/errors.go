package parser

import (
	"errors"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// unexpected is the error that t may not stand where it does.
func unexpected(t token) *diag.Error {
	where := span(t)
	if t.EOF() {
		return diag.New(diag.Syntax, where.Pos, where.End, "unexpected end of expression")
	}
	return diag.New(diag.Syntax, where.Pos, where.End, "unexpected %q", short(t.Value))
}

// unexpected is the error that the next token may not stand where it does. If the word before it looks like a
// slip, that is what the error is about: "portrnge 1-5" is wrong at its beginning.
func (c *climber) unexpected() *diag.Error {
	t := *c.lex.Peek()
	if c.prev != nil && c.prev.Type == lexer.Name {
		if near := nearKeyword(*c.prev); near != "" {
			return slip(*c.prev, near)
		}
	}
	if near := nearKeyword(t); near != "" {
		return slip(t, near)
	}
	return unexpected(t).WithExpected(c.follow()...)
}

// slip is the error that a word is none of the language but nearly one.
func slip(t token, near string) *diag.Error {
	where := span(t)
	return diag.New(diag.Syntax, where.Pos, where.End, "unknown keyword %q", short(t.Value)).
		WithHint("did you mean %q?", near)
}

// nearKeyword is the reserved word that a name is probably meant to be.
func nearKeyword(t token) string {
	if t.Type != lexer.Name || strings.HasPrefix(t.Value, `\`) {
		return ""
	}
	return diag.Nearest(t.Value, lexer.Keywords())
}

// short cuts a token down to what fits in a message.
func short(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// What may stand somewhere, as it is said in errors.
var (
	expectOperand = []string{"a primitive such as \"tcp\" or \"host 10.0.0.1\"", "a number", "not", "("}
	expectNumber  = []string{"a number", "packet data such as ip[0]", "len", "-", "("}
	expectID      = []string{"a name", "an address", "a number", "not", "("}
	expectMore    = []string{"and", "or", "the end"}
)

// follow says what may come after the last token.
func (c *climber) follow() []string {
	if c.prev == nil {
		return expectOperand
	}
	if list, ok := follows[c.prev.Type]; ok {
		return list
	}
	return expectMore
}

// follows says what may come after a token of a class, where that is not just another operand.
var follows = map[lexer.Type][]string{
	lexer.And: expectOperand, lexer.Or: expectOperand, lexer.Not: expectOperand, lexer.LParen: expectOperand,
	lexer.Rel: expectNumber, lexer.Less: expectNumber, lexer.More: expectNumber, lexer.Equal: expectNumber,
	lexer.Minus: expectNumber, lexer.Op: expectNumber, lexer.BitAnd: expectNumber, lexer.BitOr: expectNumber,
	lexer.LBracket: expectNumber,
	lexer.Colon:    {"a number of bytes: 1, 2 or 4"},
	lexer.Slash:    {"a number"},
	lexer.Mask:     {"a netmask such as 255.255.255.0"},
	lexer.AddrType: expectID, lexer.OnlyType: expectID,
	lexer.SrcDst:   append([]string{"host", "net", "port", "portrange"}, expectID...),
	lexer.AddrN:    append([]string{"host"}, expectID...),
	lexer.NameTest: {"a name"},
	lexer.Reason:   {"a name", "a number"}, lexer.FrameType: {"a name", "a number"}, lexer.FrameDir: {"a name", "a number"},
	lexer.Subtype: {"a name"},
	lexer.NumTest: {"a number"}, lexer.RuleNum: {"a number"}, lexer.Byte: {"a number"},
	lexer.Field: {"a number", "a comparison", "("},
	lexer.Proto: {"src", "dst", "host", "net", "port", "proto", "[", "and"},
	lexer.Num:   {"and", "or", "an operator", "a comparison", "the end"},
	lexer.Len:   {"an operator", "a comparison"}, lexer.RBracket: {"an operator", "a comparison"},
}

// fromParticiple makes our error of one that participle found in the primitive that begins at start.
func (c *climber) fromParticiple(err error, start plexer.Checkpoint) error {
	var u *participle.UnexpectedTokenError
	if !errors.As(err, &u) {
		return asDiag(err)
	}
	c.lex.LoadCheckpoint(start)
	for !c.lex.Peek().EOF() && c.lex.Peek().Pos.Offset < u.Unexpected.Pos.Offset {
		c.take()
	}
	return c.unexpected()
}

// tooDeep is the error that the tree would be deeper than allowed.
func (c *climber) tooDeep(where ast.Span) error {
	return diag.New(diag.Limit, where.Pos, where.End, "expression is nested deeper than %d", MaxDepth).
		WithHint("parentheses around its parts make it flatter")
}

// notTruth is the error that a number stands where a truth value must.
func (c *climber) notTruth(v value) error {
	if n := *c.lex.Peek(); !n.EOF() && n.Type != lexer.RParen && n.Type != lexer.And && n.Type != lexer.Or {
		return c.unexpected()
	}
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "a number alone has no truth value").
		WithHint("compare it, as in \"len > 100\", or say what it is, as in \"port 80\"")
}

// notNumber is the error that a truth value or an identifier stands where a number must.
func (c *climber) notNumber(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "this is no number").WithExpected(expectNumber...)
}

// notIdent is the error that something else stands where an identifier must.
func (c *climber) notIdent(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "only identifiers may stand here").
		WithHint("a list after qualifiers holds names, numbers and addresses, and no further qualifiers")
}

// truthAmongIdents is the error that a primitive stands in a list of identifiers.
func (c *climber) truthAmongIdents(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "only identifiers may stand beside identifiers in parentheses").
		WithHint("begin the list with a primitive that has its qualifiers")
}

// strayGroup is the error that a list of identifiers in parentheses stands first.
func (c *climber) strayGroup(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "a list of identifiers in parentheses may not stand first").
		WithHint("repeat the qualifiers before it")
}

// doubleParens is the error that a list of identifiers has two pairs of parentheses.
func (c *climber) doubleParens(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "identifiers may have only one pair of parentheses around them").
		WithHint("leave out the outer pair")
}

// unclosed is the error that the bracket at open is not closed where it must be.
func (c *climber) unclosed(open ast.Span) error {
	if !c.lex.Peek().EOF() {
		return c.unexpected()
	}
	return diag.New(diag.Syntax, open.Pos, open.End, "bracket is never closed")
}

// bareName is the error that a name or address stands where there are no qualifiers it could inherit.
func (c *climber) bareName() error {
	t := *c.lex.Peek()
	if near := nearKeyword(t); near != "" {
		return slip(t, near)
	}
	return c.nothingToInherit(span(t))
}

// nothingToInherit is the error that an identifier has no qualifiers.
func (c *climber) nothingToInherit(where ast.Span) error {
	return diag.New(diag.Syntax, where.Pos, where.End, "an identifier must have qualifiers, or follow one that has").
		WithExpected(slices.Clone(lexer.Words(lexer.AddrType))...).
		WithHint("say what it is, as in \"host %s\" or \"port %s\"", "NAME", "NAME")
}
