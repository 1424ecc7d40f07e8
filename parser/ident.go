package parser

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

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

// identFor parses the identifier that the qualifiers q, written from first on, are for.
func (c *climber) identFor(q quals, first ast.Span) (value, error) {
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
		if c.atSet() {
			return c.idSet(q)
		}
		return c.ident(q)
	}
	return value{}, c.unexpected(expectID)
}

// optNumTest parses the number, which may be in parentheses, of a test that has one or none.
func (c *climber) optNumTest(word token) (value, error) {
	n := &ast.Test{Span: span(word), Kind: testKinds[word.Value]}
	switch {
	case c.peek() == lexer.LBracket && n.Kind == ast.VLAN:
		if c.ext == nil {
			return value{}, c.refused("vlan[…]", word)
		}
		return c.load(word)
	case c.atSet():
		if err := c.argSet(n); err != nil {
			return value{}, err
		}
	}
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
	return c.headed(n)
}

// id parses an identifier other than a plain number.
func (c *climber) id() (ast.ID, error) {
	t := c.take()
	switch t.Type {
	case lexer.IPv4:
		return c.ipv4(t)
	case lexer.IPv6:
		n := &ast.IPv6{Span: span(t), Text: t.Value, Addr: ipv6(t.Value)}
		length, err := c.prefixLength()
		if length != nil {
			n.HasLen, n.Len, n.End = true, number(*length), span(*length).End
		}
		return n, err
	case lexer.MAC:
		return &ast.MAC{Span: span(t), Addr: mac(t.Value)}, nil
	case lexer.ARCnet:
		return &ast.ARCnet{Span: span(t), Addr: hexByte(t.Value[1:])}, nil
	}
	text, escaped := nameText(t)
	return &ast.Name{Span: span(t), Text: text, Escaped: escaped}, nil
}

// ipv4 parses what may follow an IPv4 address: a prefix length or a mask.
func (c *climber) ipv4(t token) (ast.ID, error) {
	n := &ast.IPv4{Span: span(t), Text: t.Value}
	var ok bool
	n.Addr, n.Parts, ok = ipv4(t.Value)
	n.Invalid = !ok
	length, err := c.prefixLength()
	if err != nil {
		return n, err
	}
	switch {
	case length != nil:
		n.HasLen, n.Len, n.End = true, number(*length), span(*length).End
	case c.peek() == lexer.Mask:
		c.take()
		if c.peek() != lexer.IPv4 {
			return n, c.unexpected([]string{"a netmask such as 255.255.255.0"})
		}
		mask := c.take()
		n.HasMask, n.MaskText, n.End = true, mask.Value, span(mask).End
		var maskOK bool
		if n.Mask, n.MaskParts, maskOK = ipv4(mask.Value); !maskOK {
			return n, invalidIPv4(span(mask), mask.Value)
		}
	}
	if n.Invalid && (n.HasLen || n.HasMask) {
		return n, invalidIPv4(span(t), t.Value)
	}
	return n, nil
}

// prefixLength parses the "/24" after an address, and gives nil where there is none.
func (c *climber) prefixLength() (*token, error) {
	if c.peek() != lexer.Slash {
		return nil, nil
	}
	c.take()
	if c.peek() != lexer.Num {
		return nil, c.unexpected([]string{"a number"})
	}
	c.take()
	return c.prev, nil
}

// check refuses an address where the type qualifier asks for something else.
func (q quals) check(id ast.ID) error {
	what := ""
	switch id := id.(type) {
	case *ast.IPv4:
		switch what = "IPv4 address"; {
		case id.HasLen:
			what = "IPv4 address and prefix length"
		case id.HasMask:
			what = "IPv4 address and netmask"
		}
	case *ast.IPv6:
		if what = "IPv6 address"; id.HasLen {
			what = "IPv6 address and prefix length"
		}
	}
	switch q.typ {
	case ast.Port, ast.PortRange, ast.ProtoType, ast.ProtoChain:
	default:
		return nil
	}
	if what == "" {
		return nil
	}
	r := id.Range()
	return diag.New(diag.Qualifier, r.Pos, r.End, "'%s' qualifier applied to %s", typeWords[q.typ], what)
}

var typeWords = func() map[ast.Type]string {
	m := map[ast.Type]string{}
	for w, t := range types {
		m[t] = w
	}
	return m
}()
