package parser

import (
	"bpfc/ast"
	"bpfc/lexer"
)

// relation parses an operand and, if it is a number that is compared, the comparison.
func (c *climber) relation(q quals) (value, error) {
	outer := c.conds
	defer func() { c.conds = outer }()
	c.conds = nil
	left, err := c.arith(0, q)
	if err != nil || !left.isNumber() {
		return left, err
	}
	if c.atSet() {
		return c.numberSet(left)
	}
	op, ok := relOps[c.ahead().Value]
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
	e := c.underConds(&ast.Relation{Span: where, Op: op, L: left.num, R: right.num})
	return value{shape: truth, expr: e, span: where, depth: 2 + max(left.depth, right.depth)}, nil
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
		op, ok := arithOps[c.ahead().Value]
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
			shape: computed,
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
	return value{shape: computed, num: &ast.Neg{Span: where, X: v.num}, span: where, depth: v.depth + 1}, nil
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
	if proto.Type == lexer.OptNumTest {
		n.Proto = ast.VLANTag
	}
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
	return value{shape: computed, num: n, span: n.Span, depth: index.depth + 1}, nil
}
