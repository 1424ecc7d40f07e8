package parser

import (
	"sync"

	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/ast"
	"bpfc/lexer"
)

// shape says what an operand turned out to be, which decides where it may stand.
type shape uint8

const (
	truth    shape = iota // has a truth value
	numeral               // a number alone, in parentheses or not: an identifier too, where one can be inherited for
	computed              // any other arithmetic
	ident                 // an identifier, perhaps negated
	list                  // identifiers joined by and, or: only inside parentheses
	group                 // the same in parentheses
)

// quals are the qualifiers that an identifier may inherit. Where known is false there are none.
type quals struct {
	known bool
	arith bool // only a number may stand here
	proto ast.Proto
	dir   ast.Dir
	typ   ast.Type
}

// value is an operand after parsing.
type value struct {
	shape shape
	expr  ast.Expr  // unless it is a number
	num   ast.Arith // if it is a number
	span  ast.Span  // with parentheses
	next  quals     // what an identifier after it inherits
	depth int       // of expr or num
}

func (v *value) isNumber() bool { return v.shape == numeral || v.shape == computed }

// climber is one parse.
type climber struct {
	tokens []token // the last is EOF
	at     int     // the next one
	prev   *token  // the last token taken, nil before the first
	depth  int     // of recursion
	open   int     // parentheses
	// lex has the same tokens for participle. It is nil until that is first asked.
	lex *plexer.PeekingLexer
	// ext is the extended language, nil where it is not switched on. conds are what must hold of a packet
	// for the fields by name in the relation in work.
	ext   extension
	conds []ast.Expr
}

// climbers keeps the memory of parses that are over. What they made refers to none of it.
var climbers = sync.Pool{New: func() any { return new(climber) }}

// mostKept is the most tokens that are kept room for.
const mostKept = 1024

// newClimber begins to parse a text.
func newClimber(text string, ext extension) (*climber, error) {
	c := climbers.Get().(*climber)
	tokens, err := lexer.Append(c.tokens[:0], text)
	*c = climber{tokens: tokens, ext: ext}
	if err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

// release ends a parse; c must not be used any more.
func (c *climber) release() {
	if cap(c.tokens) > mostKept {
		return
	}
	clear(c.tokens) // they hold on to the text
	*c = climber{tokens: c.tokens[:0]}
	climbers.Put(c)
}

// filter parses all of an expression.
func (c *climber) filter() (ast.Expr, error) {
	if c.peek() == lexer.EOF {
		return nil, nil
	}
	v, err := c.expr(quals{})
	switch {
	case err != nil:
	case v.shape != truth: // a number, as identifiers have found nothing to inherit
		err = c.notTruth(v, endOfText)
	case c.peek() != lexer.EOF:
		err = c.unexpected(expectAfter(v, endOfText))
	}
	if err != nil {
		return nil, err
	}
	return v.expr, nil
}

// take consumes a token, but never the end.
func (c *climber) take() token {
	c.prev = c.ahead()
	if c.prev.Type != lexer.EOF {
		c.at++
	}
	return *c.prev
}

// ahead is the next token.
func (c *climber) ahead() *token { return &c.tokens[c.at] }

// peek is the class of the next token.
func (c *climber) peek() lexer.Type { return c.ahead().Type }

// end is where the expression must end that is parsed now.
func (c *climber) end() string {
	if c.open > 0 {
		return endOfParens
	}
	return endOfText
}

// enter guards recursion; the caller does c.depth-- when it is done.
func (c *climber) enter() error {
	if c.depth++; c.depth > MaxDepth {
		return c.tooDeep(span(*c.ahead()))
	}
	return nil
}

// expr parses items joined by and, or. q is what the first one may inherit.
func (c *climber) expr(q quals) (value, error) {
	if err := c.enter(); err != nil {
		return value{}, err
	}
	defer func() { c.depth-- }()
	left, err := c.item(q)
	if err != nil {
		return left, err
	}
	var chain *ast.Logic // what left is, if the next operand can be added to it
	for t := c.peek(); t == lexer.And || t == lexer.Or; t = c.peek() {
		if left, err = c.leftOperand(left); err != nil {
			return left, err
		}
		op := ast.And
		if c.take().Type == lexer.Or {
			op = ast.Or
		}
		right, err := c.item(left.next)
		if err == nil {
			right, err = c.rightOperand(left, right)
		}
		if err != nil {
			return left, err
		}
		if chain == nil || chain.Op != op {
			chain = &ast.Logic{Span: left.span, Op: op, Operands: append(make([]ast.Expr, 0, 2), left.expr)}
			left.depth++
		}
		left = extend(left, chain, right)
		if left.depth > MaxDepth {
			return left, c.tooDeep(right.span)
		}
	}
	return left, nil
}

// extend adds an operand to chain, which is what left is or becomes.
func extend(left value, chain *ast.Logic, right value) value {
	chain.Operands = append(chain.Operands, right.expr)
	chain.End = right.span.End
	v := value{shape: truth, expr: chain, span: chain.Span, next: right.next, depth: max(left.depth, right.depth+1)}
	if left.shape != truth {
		v.shape = list
	}
	return v
}

// leftOperand checks what stands before and, or. A number there is an identifier.
func (c *climber) leftOperand(v value) (value, error) {
	switch v.shape {
	case numeral:
		return c.asIdent(v)
	case computed:
		return v, c.notTruth(v, c.end())
	case group:
		return v, c.strayGroup(v)
	}
	return v, nil
}

// rightOperand checks what stands after and, or. Beside an identifier only identifiers may stand.
func (c *climber) rightOperand(left, v value) (value, error) {
	switch {
	case v.shape == numeral:
		return c.asIdent(v)
	case v.shape == computed:
		return v, c.notTruth(v, c.end())
	case v.shape == truth && left.shape != truth:
		return v, c.notIdent(v)
	}
	return v, nil
}

// asIdent makes an identifier of a numeral.
func (c *climber) asIdent(v value) (value, error) {
	if !v.next.known {
		return v, nothingToInherit(lexer.Num, ast.FormatArith(v.num), v.span)
	}
	n := &ast.Number{Span: v.span, Value: v.num.(*ast.Num).Value}
	v.expr, v.num, v.shape = v.next.qualify(n), nil, ident
	return v, nil
}

// qualify makes the primitive of an identifier that inherits q.
func (q quals) qualify(id ast.ID) *ast.Qualified {
	return &ast.Qualified{Span: id.Range(), Proto: q.proto, Dir: q.dir, Type: q.typ, ID: id, Inherited: true}
}

// item parses a relation, a primitive, an identifier or parentheses, after any number of "not".
func (c *climber) item(q quals) (value, error) {
	if c.peek() != lexer.Not {
		return c.relation(q)
	}
	nots := []token{c.take()}
	for c.peek() == lexer.Not {
		nots = append(nots, c.take())
	}
	v, err := c.relation(q)
	if err != nil {
		return v, err
	}
	switch v.shape {
	case numeral:
		if v, err = c.asIdent(v); err != nil {
			return v, err
		}
	case computed:
		return v, c.notTruth(v, c.end())
	case group:
		v.shape = ident
	}
	for i := len(nots) - 1; i >= 0; i-- {
		v.span.Pos = nots[i].Pos.Offset
		v.expr = &ast.Not{Span: v.span, X: v.expr}
		v.depth++
	}
	if v.depth > MaxDepth {
		return v, c.tooDeep(v.span)
	}
	return v, nil
}

// operand parses what has no operator in it.
func (c *climber) operand(q quals) (value, error) {
	switch c.peek() {
	case lexer.LParen:
		return c.parens(q)
	case lexer.Num:
		t := c.take()
		return value{shape: numeral, num: &ast.Num{Span: span(t), Value: number(t)}, span: span(t), next: q, depth: 1}, nil
	case lexer.Len:
		where := span(c.take())
		return value{shape: computed, num: &ast.Len{Span: where}, span: where, depth: 1}, nil
	case lexer.Name:
		if v, ok, err := c.word(q); ok {
			return v, err
		}
		return c.ident(q)
	case lexer.IPv4, lexer.IPv6, lexer.MAC, lexer.ARCnet:
		return c.ident(q)
	case lexer.Proto:
		return c.protocol()
	case lexer.AddrType, lexer.SrcDst, lexer.OnlyType, lexer.AddrN, lexer.Cast, lexer.FrameType, lexer.Subtype,
		lexer.FrameDir:
		return c.qualified()
	case lexer.Flag, lexer.OptNumTest, lexer.NumTest, lexer.RuleNum, lexer.NameTest, lexer.Reason, lexer.Byte, lexer.LLC,
		lexer.Field:
		return c.test()
	}
	if q.arith {
		return value{}, c.unexpected(expectNumber)
	}
	return value{}, c.unexpected(expectOperand)
}

// parens parses a parenthesized expression of any shape. What comes after it inherits what it could inherit itself.
func (c *climber) parens(q quals) (value, error) {
	open := c.take()
	c.open++
	v, err := c.expr(q)
	if err != nil {
		return v, err
	}
	if c.peek() != lexer.RParen {
		return v, c.unclosed(open, expectAfter(v, endOfParens))
	}
	c.open--
	v.span = cover(span(open), span(c.take()))
	v.next = q
	if v.shape == group {
		return v, c.doubleParens(v)
	}
	if v.shape == ident || v.shape == list {
		v.shape = group
	}
	return v, nil
}

// protocol parses what begins with the name of a protocol.
func (c *climber) protocol() (value, error) {
	switch c.peekSecond().Type {
	case lexer.LBracket:
		return c.load(c.take())
	case lexer.AddrType, lexer.SrcDst, lexer.OnlyType, lexer.AddrN, lexer.Cast, lexer.FrameType, lexer.Subtype,
		lexer.FrameDir:
		return c.qualified()
	}
	proto := c.take()
	n := &ast.Protocol{Span: span(proto), Proto: protos[proto.Value]}
	return value{shape: truth, expr: n, span: n.Span, depth: 1}, nil
}

// qualified parses qualifiers, or a test that may have them.
func (c *climber) qualified() (value, error) {
	tokens, err := c.primitive(matchQualified)
	if err != nil {
		return value{}, err
	}
	q, ok := head(tokens)
	if !ok {
		return built(tokens)
	}
	if err := checkDirs(tokens); err != nil {
		return value{}, err
	}
	return c.identFor(q, span(tokens[0]))
}

// test parses any other primitive.
func (c *climber) test() (value, error) {
	tokens, err := c.primitive(matchTest)
	if err != nil {
		return value{}, err
	}
	if tokens[0].Type == lexer.OptNumTest {
		return c.optNumTest(tokens[0])
	}
	return built(tokens)
}

// primitive takes the tokens of one primitive, of which match knows the grammar.
func (c *climber) primitive(match matcher) ([]token, error) {
	n := usual(c.tokens[c.at:])
	if n == 0 {
		var err error
		if n, err = c.matched(match); err != nil {
			return nil, c.fromParticiple(err)
		}
	}
	tokens := c.tokens[c.at : c.at+n]
	c.at += n
	c.prev = &tokens[n-1]
	return tokens, nil
}

// matched asks participle how many tokens are the primitive.
func (c *climber) matched(match matcher) (int, error) {
	if c.lex == nil {
		lex, err := plexer.Upgrade(&again{c.tokens})
		if err != nil {
			return 0, err
		}
		c.lex = lex
	}
	c.lex.FastForward(plexer.RawCursor(c.at - 1)) // what has been parsed since it was last asked
	return match(c.lex)
}

// built makes the operand of a primitive without identifier.
func built(tokens []token) (value, error) {
	e, err := build(tokens)
	if err != nil {
		return value{}, err
	}
	return value{shape: truth, expr: e, span: e.Range(), depth: 1}, nil
}
