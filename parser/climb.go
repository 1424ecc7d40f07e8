package parser

import (
	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/ast"
	"bpfc/lexer"
)

// shape says what an operand turned out to be, which decides where it may stand.
type shape uint8

const (
	truth   shape = iota // has a truth value
	numeral              // a number alone, in parentheses or not: an identifier too, where one can be inherited for
	number_              // any other arithmetic
	ident                // an identifier, perhaps negated
	list                 // identifiers joined by and, or: only inside parentheses
	group                // the same in parentheses
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

func (v *value) isNumber() bool { return v.shape == numeral || v.shape == number_ }

// climber is one parse.
type climber struct {
	lex   *plexer.PeekingLexer
	prev  *token // the last token taken, nil before the first
	depth int    // of recursion
	open  int    // parentheses
}

// Parse is what participle calls with all the tokens of an expression. Its error goes into f, as participle keeps
// only the text of it.
func (f *filter) Parse(lex *plexer.PeekingLexer) error {
	if lex.Peek().EOF() {
		return nil
	}
	c := &climber{lex: lex}
	v, err := c.expr(quals{})
	switch {
	case err != nil:
	case v.shape != truth: // a number, as identifiers have found nothing to inherit
		err = c.notTruth(v, endOfText)
	case !lex.Peek().EOF():
		err = c.unexpected(expectAfter(v, endOfText))
	}
	if err != nil {
		f.err = err
		return err
	}
	f.tree = v.expr
	return nil
}

// take consumes a token.
func (c *climber) take() token {
	c.prev = c.lex.Next()
	return *c.prev
}

// peek is the class of the next token.
func (c *climber) peek() lexer.Type { return c.lex.Peek().Type }

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
		return c.tooDeep(span(*c.lex.Peek()))
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
			chain = &ast.Logic{Op: op, Operands: []ast.Expr{left.expr}}
			chain.Pos = left.span.Pos
			left.depth++
		}
		chain.Operands = append(chain.Operands, right.expr)
		chain.End = right.span.End
		left.expr, left.span, left.next = chain, chain.Span, right.next
		if left.shape != truth {
			left.shape = list
		}
		if left.depth = max(left.depth, right.depth+1); left.depth > MaxDepth {
			return left, c.tooDeep(right.span)
		}
	}
	return left, nil
}

// leftOperand checks what stands before and, or. A number there is an identifier.
func (c *climber) leftOperand(v value) (value, error) {
	switch v.shape {
	case numeral:
		return c.asIdent(v)
	case number_:
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
	case v.shape == number_:
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
	case number_:
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

// relation parses an operand and, if it is a number that is compared, the comparison.
func (c *climber) relation(q quals) (value, error) {
	left, err := c.arith(0, q)
	if err != nil || !left.isNumber() {
		return left, err
	}
	op, ok := relOps[c.lex.Peek().Value]
	if !ok {
		return left, nil
	}
	c.take()
	right, err := c.arith(0, quals{arith: true})
	if err == nil && !right.isNumber() {
		err = c.notNumber(right)
	}
	if err != nil {
		return right, err
	}
	where := cover(left.span, right.span)
	return value{
		shape: truth,
		expr:  &ast.Relation{Span: where, Op: op, L: left.num, R: right.num},
		span:  where,
		depth: 1 + max(left.depth, right.depth),
	}, nil
}

var relOps = map[string]ast.RelOp{
	"=": ast.Eq, "==": ast.Eq, "!=": ast.Ne, "<": ast.Lt, "<=": ast.Le, ">": ast.Gt, ">=": ast.Ge,
}

// arithOp is an operator with its precedence: the higher the tighter.
type arithOp struct {
	op   ast.BinOp
	prec int
}

// The precedences that are not in a row of arithOps.
const (
	unaryPrec = 6
	tightest  = 7 // % and ^, seen from the left
)

var arithOps = map[string]arithOp{
	"|":  {ast.BitOr, 1},
	"&":  {ast.BitAnd, 2},
	"<<": {ast.Lsh, 3}, ">>": {ast.Rsh, 3},
	"+": {ast.Add, 4}, "-": {ast.Sub, 4},
	"*": {ast.Mul, 5}, "/": {ast.Div, 5},
	"%": {ast.Mod, tightest}, "^": {ast.BitXor, tightest},
}

// arith parses an operand and, if it is a number, the operators after it that bind tighter than prec.
func (c *climber) arith(prec int, q quals) (value, error) {
	if err := c.enter(); err != nil {
		return value{}, err
	}
	defer func() { c.depth-- }()
	left, err := c.unary(q)
	if err != nil || !left.isNumber() {
		return left, err
	}
	for {
		op, ok := arithOps[c.lex.Peek().Value]
		if !ok || op.prec <= prec {
			return left, nil
		}
		c.take()
		rightPrec := op.prec
		if op.prec == tightest {
			rightPrec = 0
		}
		right, err := c.arith(rightPrec, quals{arith: true})
		if err == nil && !right.isNumber() {
			err = c.notNumber(right)
		}
		if err != nil {
			return right, err
		}
		where := cover(left.span, right.span)
		left = value{
			shape: number_,
			num:   &ast.Binary{Span: where, Op: op.op, L: left.num, R: right.num},
			span:  where,
			depth: 1 + max(left.depth, right.depth),
		}
		if left.depth > MaxDepth {
			return left, c.tooDeep(right.span)
		}
	}
}

// unary parses an operand, after any number of minus signs.
func (c *climber) unary(q quals) (value, error) {
	if c.peek() != lexer.Minus {
		return c.operand(q)
	}
	minus := c.take()
	v, err := c.arith(unaryPrec, quals{arith: true})
	if err == nil && !v.isNumber() {
		err = c.notNumber(v)
	}
	if err != nil {
		return v, err
	}
	where := cover(span(minus), v.span)
	return value{shape: number_, num: &ast.Neg{Span: where, X: v.num}, span: where, depth: v.depth + 1}, nil
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
		return value{shape: number_, num: &ast.Len{Span: where}, span: where, depth: 1}, nil
	case lexer.Name, lexer.IPv4, lexer.IPv6, lexer.MAC, lexer.ARCnet:
		return c.ident(q)
	case lexer.Proto:
		return c.protocol()
	}
	switch {
	case startsPrimitive(c.peek()):
		return c.primitive()
	case q.arith:
		return value{}, c.unexpected(expectNumber)
	}
	return value{}, c.unexpected(expectOperand)
}

// startsPrimitive tells whether a token of class t, but for Proto, can begin a primitive.
func startsPrimitive(t lexer.Type) bool {
	switch t {
	case lexer.SrcDst, lexer.AddrN, lexer.AddrType, lexer.OnlyType, lexer.Cast, lexer.FrameType, lexer.Subtype,
		lexer.FrameDir, lexer.OptNumTest, lexer.NumTest, lexer.RuleNum, lexer.Flag, lexer.NameTest, lexer.Reason,
		lexer.Byte, lexer.LLC, lexer.Field:
		return true
	}
	return false
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

// ident parses a name or address that inherits q.
func (c *climber) ident(q quals) (value, error) {
	if !q.known {
		return value{}, c.bareName(q)
	}
	id, err := c.id()
	if err == nil {
		err = q.check(id)
	}
	if err != nil {
		return value{}, err
	}
	return value{shape: ident, expr: q.qualify(id), span: id.Range(), next: q, depth: 1}, nil
}

// protocol parses what begins with the name of a protocol.
func (c *climber) protocol() (value, error) {
	start := c.lex.MakeCheckpoint()
	before := c.prev
	proto := c.take()
	if c.peek() == lexer.LBracket {
		return c.load(proto)
	}
	c.lex.LoadCheckpoint(start)
	c.prev = before
	return c.primitive()
}

// load parses a packet data accessor, from its bracket on.
func (c *climber) load(proto token) (value, error) {
	open := c.take()
	index, err := c.arith(0, quals{arith: true})
	if err == nil && !index.isNumber() {
		err = c.notNumber(index)
	}
	if err != nil {
		return index, err
	}
	n := &ast.Load{Proto: protos[proto.Value], Index: index.num, Size: 1}
	if c.peek() == lexer.Colon {
		c.take()
		if c.peek() != lexer.Num {
			return index, c.unexpected([]string{"a number of bytes: 1, 2 or 4"})
		}
		size := c.take()
		n.Size, n.SizeSpan = number(size), span(size)
	}
	if c.peek() != lexer.RBracket {
		return index, c.unclosed(open, []string{"an operator", "]"})
	}
	n.Span = cover(span(proto), span(c.take()))
	return value{shape: number_, num: n, span: n.Span, depth: index.depth + 1}, nil
}

// primitive has participle parse a primitive, and parses the identifier after it if it was qualifiers.
func (c *climber) primitive() (value, error) {
	start := c.lex.MakeCheckpoint()
	p, err := primitives.ParseFromLexer(c.lex, trailing...)
	if err != nil {
		return value{}, c.fromParticiple(err, start)
	}
	c.prev = &p.Tokens[len(p.Tokens)-1]
	if err := checkDirs(p.Tokens); err != nil {
		return value{}, err
	}
	if q, ok := head(p.Tokens); ok {
		return c.qualified(p.Tokens, q)
	}
	if p.Tokens[len(p.Tokens)-1].Type == lexer.OptNumTest {
		return c.optNumTest(p.Tokens[0])
	}
	e, err := build(p.Tokens)
	if err != nil {
		return value{}, err
	}
	return value{expr: e, span: e.Range(), depth: 1}, nil
}

// qualified parses the identifier that the qualifiers q, written as tokens, are for.
func (c *climber) qualified(tokens []token, q quals) (value, error) {
	first := span(tokens[0])
	v, err := c.qualifiedID(q)
	if err != nil {
		return v, err
	}
	if one, ok := v.expr.(*ast.Qualified); ok && v.span == one.Span {
		one.Inherited = false
		one.Pos = first.Pos
	}
	v.shape, v.next = truth, q
	v.span.Pos = first.Pos
	return v, nil
}

// qualifiedID parses one identifier, negated or not, or a list of them in parentheses.
func (c *climber) qualifiedID(q quals) (value, error) {
	if err := c.enter(); err != nil {
		return value{}, err
	}
	defer func() { c.depth-- }()
	switch c.peek() {
	case lexer.Not:
		not := span(c.take())
		v, err := c.qualifiedID(q)
		if err != nil {
			return v, err
		}
		v.span.Pos = not.Pos
		v.expr = &ast.Not{Span: v.span, X: v.expr}
		v.depth++
		return v, nil
	case lexer.Num, lexer.LParen:
		v, err := c.operand(q)
		if err != nil {
			return v, err
		}
		switch v.shape {
		case numeral:
			return c.asIdent(v)
		case group:
			return v, nil
		}
		return v, c.notIdent(v)
	case lexer.Name, lexer.IPv4, lexer.IPv6, lexer.MAC, lexer.ARCnet:
		return c.ident(q)
	}
	return value{}, c.unexpected(expectID)
}

// optNumTest parses the number, which may be in parentheses, of a test that has one or none.
func (c *climber) optNumTest(word token) (value, error) {
	n := &ast.Test{Span: span(word), Kind: tests[word.Value]}
	if c.peek() == lexer.Num || c.peek() == lexer.LParen {
		v, err := c.operand(quals{arith: true})
		if err == nil && v.shape != numeral {
			err = c.notNumber(v)
		}
		if err != nil {
			return v, err
		}
		n.Args = []ast.Arg{{Span: v.span, Num: v.num.(*ast.Num).Value}}
		n.End = v.span.End
	}
	return value{expr: n, span: n.Span, depth: 1}, nil
}
