package parser

import (
	"errors"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// What may stand somewhere, as it is said in errors.
var (
	expectOperand = []string{`a primitive such as "tcp" or "host 10.0.0.1"`, "a number", "not", "("}
	expectNumber  = []string{"a number", "packet data such as ip[0]", "len", "-", "("}
	expectID      = []string{"a name", "an address", "a number", "not", "("}
)

// Where an expression ends, as it is said in errors.
const (
	endOfText   = "the end"
	endOfParens = ")"
)

// expectAfter says what may come after v, up to the end of the expression.
func expectAfter(v value, end string) []string {
	if v.isNumber() {
		return []string{"an operator", "a comparison", end}
	}
	return []string{"and", "or", end}
}

// unexpected is the error that the next token may not stand where it does, but one of expected. If that token, or the
// name before it, looks like a slip, the error is about that: "portrnge 1-5" is wrong at its beginning.
func (c *climber) unexpected(expected []string) *diag.Error {
	t := *c.ahead()
	if c.prev != nil && c.prev.Type == lexer.Name {
		if near := nearKeyword(*c.prev); near != "" {
			return slip(*c.prev, near)
		}
	}
	if near := nearKeyword(t); near != "" {
		return slip(t, near)
	}
	where := span(t)
	if t.EOF() {
		return diag.New(diag.Syntax, where.Pos, where.End, "unexpected end of expression").WithExpected(expected...)
	}
	err := diag.New(diag.Syntax, where.Pos, where.End, "unexpected %q", short(t.Value)).WithExpected(expected...)
	if hint := c.hint(t); hint != "" {
		return err.WithHint("%s", hint)
	}
	return err
}

// hint is a way forward where t stands, or "".
func (c *climber) hint(t token) string {
	afterNum := c.prev != nil && c.prev.Type == lexer.Num
	afterProto := c.prev != nil && c.prev.Type == lexer.Proto
	afterRel := c.prev != nil && (c.prev.Type == lexer.Equal || c.prev.Type == lexer.Rel)
	switch {
	case t.Type == lexer.Proto && c.prev != nil && (c.prev.Type == lexer.AddrType || c.prev.Type == lexer.OnlyType):
		return `a keyword is a name behind a backslash: \` + t.Value
	case t.Type == lexer.Colon && afterNum:
		return `a range of ports is written "portrange 80-90"`
	case afterRel && t.Type == lexer.More:
		return `did you mean ">="?`
	case afterRel && t.Type == lexer.Less:
		return `did you mean "<="?`
	case afterRel && t.Type == lexer.Not:
		return `did you mean "!="?`
	case afterProto && t.Type == lexer.Num:
		return `say what it is, as in "` + c.prev.Value + " port " + short(t.Value) + `"`
	case afterProto && (t.Type == lexer.Name || t.Type == lexer.IPv4 || t.Type == lexer.IPv6 || t.Type == lexer.MAC):
		return `say what it is, as in "` + c.prev.Value + " host " + short(t.Value) + `"`
	case t.Type == lexer.RParen && c.open == 0:
		return "no parenthesis is open here"
	case t.Type == lexer.BitOr:
		return `did you mean "||"?`
	case t.Type == lexer.BitAnd:
		return `did you mean "&&"?`
	case t.Type == lexer.Slash && afterNum, t.Type == lexer.Mask && afterNum:
		return "a network of one part has neither prefix length nor mask: write 10.0.0.0 for 10"
	}
	return ""
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
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// classWords says what a class of tokens is, where that is not its reserved words. The names are those of the grammar,
// as participle writes them in its errors.
var classWords = map[string][]string{
	"num": {"a number"}, "name": {"a name"}, "and": {"and"}, "or": {"or"},
	"bitand": {"&"}, "bitor": {"|"}, "less": {"<"}, "more": {">"}, "equal": {"="}, "rel": {"<=", ">=", "!="},
	"lparen": {"("}, "rparen": {")"},
}

// fromParticiple makes our error of one that participle found in the primitive that comes next.
func (c *climber) fromParticiple(err error) error {
	var u *participle.UnexpectedTokenError
	if !errors.As(err, &u) {
		return asDiag(err)
	}
	for c.peek() != lexer.EOF && c.ahead().Pos.Offset < u.Unexpected.Pos.Offset {
		c.take()
	}
	return c.unexpected(expectedBy(u))
}

// expectedBy reads from participle's message what the grammar has at the place of the error: one class of tokens, or a
// choice in parentheses, as in `unexpected token "x" (expected (<num> | <name>) <subtype>)`.
func expectedBy(u *participle.UnexpectedTokenError) []string {
	_, rest, ok := strings.Cut(u.Message(), "(expected ")
	if !ok {
		return expectOperand
	}
	if choice, isChoice := strings.CutPrefix(rest, "("); isChoice {
		rest, _, _ = strings.Cut(choice, ")")
	} else {
		rest, _, _ = strings.Cut(rest, " ")
	}
	var list []string
	for _, name := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("<>|() ", r) }) {
		if words, ok := classWords[name]; ok {
			list = append(list, words...)
		} else {
			list = append(list, lexer.WordsByName(name)...)
		}
	}
	return list
}

// tooDeep is the error that the tree would be deeper than allowed.
func (c *climber) tooDeep(where ast.Span) error {
	return diag.New(diag.Limit, where.Pos, where.End, "expression is nested deeper than %d", MaxDepth).
		WithHint("parentheses around its parts make it flatter")
}

// notTruth is the error that a number stands where a truth value must.
func (c *climber) notTruth(v value, end string) error {
	switch n := c.ahead(); n.Type {
	case lexer.EOF, lexer.RParen, lexer.RBrace, lexer.And, lexer.Or:
		return diag.New(diag.Syntax, v.span.Pos, v.span.End, "a number alone has no truth value").
			WithHint(`compare it, as in "len > 100", or say what it is, as in "port 80"`)
	}
	return c.unexpected(expectAfter(v, end))
}

// notNumber is the error that a truth value or an identifier stands where a number must.
func (c *climber) notNumber(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "this is not a number").WithExpected(expectNumber...)
}

// notIdent is the error that a primitive stands where only identifiers may.
func (c *climber) notIdent(v value) error {
	return diag.New(diag.Syntax, v.span.Pos, v.span.End, "only identifiers may stand in this list").
		WithHint("give every identifier its own qualifiers, in front of it")
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
func (c *climber) unclosed(open token, expected []string) error {
	if c.peek() != lexer.EOF {
		return c.unexpected(expected)
	}
	where := span(open)
	return diag.New(diag.Syntax, where.Pos, where.End, "%q is never closed", open.Value).WithExpected(expected...)
}

// bareName is the error that a name or address stands where a number must, or where it has no qualifiers.
func (c *climber) bareName(q quals) error {
	t := *c.ahead()
	if near := nearKeyword(t); near != "" {
		return slip(t, near)
	}
	where := span(t)
	if first, _, ok := strings.Cut(t.Value, "-"); ok && t.Type == lexer.Name && isNumber(first) {
		return diag.New(diag.Syntax, where.Pos, where.End, "%q is read as one name", short(t.Value)).
			WithHint("put spaces around a minus sign")
	}
	if q.arith {
		return diag.New(diag.Syntax, where.Pos, where.End, "%q is not a number", short(t.Value)).
			WithExpected(expectNumber...)
	}
	if hint := foreign(t); hint != "" {
		return diag.New(diag.Syntax, where.Pos, where.End, "%q is no keyword", short(t.Value)).WithHint("%s", hint)
	}
	return nothingToInherit(t.Type, short(t.Value), where)
}

// foreign is what to say of a name that looks like a keyword in capitals, or like a field of Wireshark's language; else "".
func foreign(t token) string {
	if t.Type != lexer.Name {
		return ""
	}
	lower := strings.ToLower(t.Value)
	if _, ok := lexer.Keyword(lower); ok {
		return "keywords are written in lower case: " + lower
	}
	if first, _, ok := strings.Cut(lower, "."); ok {
		if typ, _ := lexer.Keyword(first); typ == lexer.Proto || slices.Contains(wiresharkOnly, first) {
			return `this is no Wireshark display filter: write "tcp port 80", "ip host 10.0.0.1" or "ip[8] < 5"`
		}
	}
	return ""
}

// wiresharkOnly are protocols by whose fields people filter in Wireshark, and that are no keywords here.
var wiresharkOnly = []string{"bootp", "dhcp", "eth", "frame", "http", "http2", "icmpv6", "ipv6", "mpls", "quic", "radiotap", "sip", "smb2", "ssl", "tls", "vlan", "vxlan"}

// isNumber tells whether text alone would be a number: digits, a constant or "len".
func isNumber(text string) bool {
	typ, _ := lexer.Keyword(text)
	return typ == lexer.Len || typ == lexer.Num || text != "" && strings.Trim(text, "0123456789") == ""
}

// nothingToInherit is the error that an identifier of class t has no qualifiers.
func nothingToInherit(t lexer.Type, text string, where ast.Span) error {
	err := diag.New(diag.Syntax, where.Pos, where.End, "%q has no qualifiers, and follows none that it could take over", text)
	switch t {
	case lexer.Num:
		return err.WithHint("say what it is, as in \"port %s\"", text)
	case lexer.MAC, lexer.ARCnet:
		return err.WithHint("say what it is, as in \"ether host %s\"", text)
	}
	return err.WithHint("say what it is, as in \"host %s\"", text)
}
