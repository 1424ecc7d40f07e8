package parser

import (
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// The extended language has what libpcap refuses: sets, scopes, fields by name, and comments. The grammar of both
// is one. Where the extended language is not switched on, what belongs to it is refused by its name.

// Dialect is a language that expressions are written in; nil is libpcap's.
// It is safe for concurrent use as long as nobody changes it, if its files are.
type Dialect struct{ ext extension }

// Extended is the extended language. Lists that an expression names ("in @list.txt") are read from
// files; there are none if that is nil.
func Extended(files fs.FS) *Dialect { return &Dialect{&extended{files}} }

// Parse is the function of that name, of a language.
func (d *Dialect) Parse(text string) (ast.Expr, error) {
	if d == nil {
		return Parse(text)
	}
	tree, err := d.ext.parse(text)
	if err != nil {
		return nil, suggest(asDiag(err), text)
	}
	return tree, nil
}

// extension is what the parser calls where the extended language is switched on. Behind an interface it is in a program only
// if the program uses it.
type extension interface {
	parse(text string) (ast.Expr, error)
	word(c *climber, q quals) (value, bool, error)
	scope(c *climber, head *ast.Test) (value, error)
	idSet(c *climber, q quals) (value, error)
	numberSet(c *climber, left value) (value, error)
	argSet(c *climber, n *ast.Test) error
}

// refused is the error that something is in the extended language only. what names it.
func (c *climber) refused(what string, at token) *diag.Error {
	where := span(at)
	return diag.New(diag.Syntax, where.Pos, where.End, "`%s` is an extension", what).
		WithHint(switchOn).WithOption(diag.Extended)
}

// switchOn is the way forward for what is in the extended language only; another way to write it may follow behind a comma.
const switchOn = "switch the extended language on"

// peekSecond is the token after the next one.
func (c *climber) peekSecond() *token { return c.behind(1) }

// behind is the token n after the next one, or the end.
func (c *climber) behind(n int) *token { return &c.tokens[min(c.at+n, len(c.tokens)-1)] }

// atSet tells whether "in {" or "in @file" comes next.
func (c *climber) atSet() bool { return c.setBehind(0) }

// setBehind tells that of n tokens later.
func (c *climber) setBehind(n int) bool {
	if t := c.behind(n); t.Type != lexer.Name || t.Value != "in" {
		return false
	}
	second := c.behind(n + 1).Type
	return second == lexer.LBrace || second == lexer.File
}

// setRefused is the error that sets are not switched on.
func (c *climber) setRefused() *diag.Error {
	what := "in {…}"
	if c.peekSecond().Type == lexer.File {
		what = "in @FILE"
	}
	return c.refused(what, *c.ahead())
}

func (c *climber) idSet(q quals) (value, error) {
	if c.ext == nil {
		return value{}, c.setRefused()
	}
	return c.ext.idSet(c, q)
}

func (c *climber) numberSet(left value) (value, error) {
	if c.ext == nil {
		return value{}, c.setRefused()
	}
	return c.ext.numberSet(c, left)
}

func (c *climber) argSet(n *ast.Test) error {
	if c.ext == nil {
		return c.setRefused()
	}
	return c.ext.argSet(c, n)
}

// scopeHeads are the words that stand before braces and are no keywords of libpcap's.
var scopeHeads = map[string]ast.TestKind{"gre": ast.GRE, "ipip": ast.IPIP, "gtp": ast.GTP, "any": ast.AnyLayer}

// beginsScope tells whether a word that may be the head of a scope is one, by what follows it.
func beginsScope(head, second *token) bool {
	return second.Type == lexer.LBrace ||
		head.Value == "gtp" && (second.Type == lexer.Num || second.Value == "in" || second.Value == "port")
}

// atField tells whether the next token is a field by name. Where an identifier may stand, a name is a field only
// if what follows makes a number of it: "host a or ip.ttl" is about a machine of that name.
func (c *climber) atField(q quals) bool {
	name := c.ahead().Value
	if _, ok := fieldNamed(name); !ok {
		return false
	}
	if q.arith || c.ext != nil && !q.known {
		return true
	}
	return computes[c.peekSecond().Type] || c.setBehind(1)
}

// computes has the classes of tokens behind which a name is a number.
var computes = map[lexer.Type]bool{
	lexer.Equal: true, lexer.Rel: true, lexer.Less: true, lexer.More: true, lexer.BitAnd: true, lexer.BitOr: true,
	lexer.Op: true, lexer.Minus: true, lexer.Slash: true,
}

// word parses a name that means something in the extended language.
func (c *climber) word(q quals) (v value, ok bool, err error) {
	if c.ext != nil {
		return c.ext.word(c, q)
	}
	t := c.ahead()
	switch second := c.peekSecond(); {
	case scopeHeads[t.Value] != ast.NoTest && beginsScope(t, second):
		return value{}, true, c.refused(t.Value+" { … }", *t)
	case c.atField(q):
		return value{}, true, c.refused(t.Value, *t)
	case c.atSet():
		return value{}, true, c.setRefused()
	}
	return value{}, false, nil
}

// headed parses what may follow a keyword with or without a number: the port of a tunnel, and braces.
func (c *climber) headed(n *ast.Test) (value, error) {
	t := *c.ahead()
	port := t.Type == lexer.AddrType && t.Value == "port" && (n.Kind == ast.VXLAN || n.Kind == ast.Geneve || n.Kind == ast.GTP)
	switch {
	case t.Type != lexer.LBrace && !port:
		return value{expr: n, span: n.Span, depth: 1}, nil
	case c.ext == nil && port:
		return value{}, c.refused(n.Kind.String()+" port N { … }", t)
	case c.ext == nil:
		return value{}, c.refused(n.Kind.String()+" { … }", t)
	}
	return c.ext.scope(c, n)
}

// underConds makes of a relation one that holds only where its fields are there.
func (c *climber) underConds(e ast.Expr) ast.Expr {
	if len(c.conds) == 0 {
		return e
	}
	return &ast.Logic{Span: e.Range(), Op: ast.And, Operands: append(c.conds[:len(c.conds):len(c.conds)], e)}
}

// extended is the only extension.
type extended struct{ files fs.FS }

func (x *extended) parse(text string) (ast.Expr, error) {
	c, err := newClimber(lexer.BlankComments(text), x)
	if err != nil {
		return nil, err
	}
	defer c.release()
	return c.filter()
}

// word parses a scope, a field, or a flag of TCP in arithmetic.
func (x *extended) word(c *climber, q quals) (value, bool, error) {
	t := c.ahead()
	if kind := scopeHeads[t.Value]; kind != ast.NoTest && !q.arith {
		if beginsScope(t, c.peekSecond()) {
			v, err := x.head(c, kind)
			return v, true, err
		}
	}
	if c.atField(q) {
		f, _ := fieldNamed(t.Value)
		v, err := x.field(c, f)
		return v, true, err
	}
	if n, ok := flags[t.Value]; ok && q.arith {
		where := span(c.take())
		return value{shape: numeral, num: &ast.Num{Span: where, Value: n}, span: where, next: q, depth: 1}, true, nil
	}
	return value{}, false, nil
}

// head parses a scope whose head is no keyword.
func (x *extended) head(c *climber, kind ast.TestKind) (value, error) {
	t := c.take()
	n := &ast.Test{Span: span(t), Kind: kind}
	switch {
	case c.peek() == lexer.Num:
		id := c.take()
		n.Args = numbers([]token{id})
		n.End = span(id).End
	case c.atSet():
		if err := x.argSet(c, n); err != nil {
			return value{}, err
		}
	}
	return x.scope(c, n)
}

// scope parses the port of a tunnel, its number behind that, and the braces.
func (x *extended) scope(c *climber, n *ast.Test) (value, error) {
	if err := c.enter(); err != nil {
		return value{}, err
	}
	defer func() { c.depth-- }()
	if c.ahead().Value == "port" {
		c.take()
		if c.peek() != lexer.Num {
			return value{}, c.unexpected([]string{"the number of a port"})
		}
		t := c.take()
		n.Port, n.End = number(t), span(t).End
		if n.Port == 0 || n.Port > 0xffff {
			return value{}, diag.New(diag.Range, span(t).Pos, span(t).End, "a port is a number from 1 to 65535")
		}
		if c.peek() == lexer.Num && len(n.Args) == 0 {
			id := c.take()
			n.Args, n.End = numbers([]token{id}), span(id).End
		}
	}
	if c.peek() != lexer.LBrace {
		return value{}, c.unexpected([]string{"{"})
	}
	open := c.take()
	outer, conds := c.open, c.conds
	c.open, c.conds = 0, nil
	v, err := c.expr(quals{})
	if err != nil {
		return v, err
	}
	switch {
	case v.isNumber():
		return v, c.notTruth(v, "}")
	case c.peek() != lexer.RBrace:
		return v, c.unclosed(open, expectAfter(v, "}"))
	}
	c.open, c.conds = outer, conds
	s := &ast.Scope{Span: cover(n.Span, span(c.take())), Head: n, X: v.expr}
	return value{expr: s, span: s.Span, depth: v.depth + 1}, nil
}

// item is an element of a set: an identifier, or a range of numbers.
type item struct {
	id    ast.ID
	first uint32
	last  uint32
	isNum bool
	span  ast.Span
	line  string // where it stands in a file
}

// located says of an error about an element of a file on which line it is.
func (one item) located(err error) error {
	if e := diag.As(err); e != nil && one.line != "" {
		e.Msg = one.line + ": " + e.Msg
	}
	return err
}

// items parses a set, from "in" on. It also gives where the set ends.
func (x *extended) items(c *climber) ([]item, ast.Span, error) {
	in := span(c.take())
	if c.peek() == lexer.File {
		t := c.take()
		list, err := x.file(t)
		return list, cover(in, span(t)), err
	}
	open := c.take()
	var list []item
	for {
		one, err := c.item1()
		if err != nil {
			return nil, in, err
		}
		list = append(list, one)
		if c.peek() == lexer.Comma {
			c.take()
			if c.peek() != lexer.RBrace {
				continue
			}
		}
		if c.peek() != lexer.RBrace {
			return nil, in, c.unclosed(open, []string{"a comma", "}"})
		}
		return list, cover(in, span(c.take())), nil
	}
}

// item1 parses an element of a set.
func (c *climber) item1() (item, error) {
	t := *c.ahead()
	switch t.Type {
	case lexer.Num:
		c.take()
		n := number(t)
		one := item{id: &ast.Number{Span: span(t), Value: n}, first: n, last: n, isNum: true, span: span(t)}
		if c.peek() == lexer.Minus && c.peekSecond().Type == lexer.Num {
			c.take()
			last := c.take()
			return c.ranged(one, number(last), span(last))
		}
		return one, nil
	case lexer.Name:
		first, last, ok := numberRange(t.Value)
		if ok {
			c.take()
			return c.ranged(item{first: first, isNum: true, span: span(t)}, last, span(t))
		}
	case lexer.Proto:
		c.take()
		return item{id: &ast.Name{Span: span(t), Text: t.Value, Escaped: true}, span: span(t)}, nil
	case lexer.IPv4, lexer.IPv6, lexer.MAC, lexer.ARCnet:
	default:
		return item{}, c.unexpected([]string{"an element of the set"})
	}
	id, err := c.id()
	if err != nil {
		return item{}, err
	}
	return item{id: id, span: id.Range()}, nil
}

func (c *climber) ranged(one item, last uint32, end ast.Span) (item, error) {
	one.last, one.span = last, cover(one.span, end)
	if last < one.first {
		return one, diag.New(diag.Range, one.span.Pos, one.span.End, "the range ends before it begins")
	}
	one.id = &ast.Name{Span: one.span, Text: strconv.FormatUint(uint64(one.first), 10) + "-" + strconv.FormatUint(uint64(last), 10)}
	if last == one.first {
		one.id = &ast.Number{Span: one.span, Value: last}
	}
	return one, nil
}

// numberRange reads "8000-8100".
func numberRange(s string) (first, last uint32, ok bool) {
	a, b, found := strings.Cut(s, "-")
	if !found || !isDecimal(a) || !isDecimal(b) {
		return 0, 0, false
	}
	first, err1 := lexer.Number(a, 0)
	last, err2 := lexer.Number(b, 0)
	return first, last, err1 == nil && err2 == nil
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// maxListFile is the longest list that is read, in bytes.
const maxListFile = 64 << 20

// file reads a list: an element a line, and comments.
func (x *extended) file(t token) ([]item, error) {
	name, where := t.Value[1:], span(t)
	fail := func(format string, args ...any) *diag.Error {
		return diag.New(diag.Lookup, where.Pos, where.End, format, args...)
	}
	if x.files == nil {
		return nil, fail("no files may be read here").WithHint("write the list out, or allow files")
	}
	data, err := readAtMost(x.files, name, maxListFile)
	switch {
	case err != nil:
		return nil, fail("cannot read a list: %v", err).Because(err)
	case len(data) > maxListFile:
		return nil, fail("%s is longer than %d MiB", name, maxListFile>>20)
	}
	var list []item
	line := 0
	const byteOrderMark = "\ufeff" // which editors on Windows begin files with
	for text := range strings.Lines(lexer.BlankComments(strings.TrimPrefix(string(data), byteOrderMark))) {
		line++
		if strings.TrimSpace(text) == "" {
			continue
		}
		one, err := x.line(text)
		if err != nil {
			return nil, fail("%s:%d: %v", name, line, err)
		}
		one.span, one.line = where, name+":"+strconv.Itoa(line)
		ast.Move(one.id, where)
		list = append(list, one)
	}
	if len(list) == 0 {
		return nil, fail("%s holds no elements", name).WithHint("a set has one at least")
	}
	return list, nil
}

// line reads an element that has a line for itself.
func (x *extended) line(text string) (item, error) {
	c, err := newClimber(text, x)
	if err != nil {
		return item{}, err
	}
	defer c.release()
	one, err := c.item1()
	if err == nil && c.peek() != lexer.EOF {
		err = c.unexpected([]string{"one element a line"})
	}
	return one, err
}

// readAtMost reads a file, and no more than a byte beyond the limit of what is longer, or never ends. A pipe with a
// name is not opened, as that waits for whoever writes to it.
func readAtMost(files fs.FS, name string, limit int64) ([]byte, error) {
	if info, err := fs.Stat(files, name); err != nil {
		return nil, err
	} else if info.Mode()&fs.ModeNamedPipe != 0 && !strings.HasPrefix(name, "/dev/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errPipe}
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	return io.ReadAll(io.LimitReader(f, limit+1))
}

var errPipe = errors.New("this is a pipe, not a file")

// anyOf joins the elements of a set.
func anyOf(list []ast.Expr, where ast.Span) ast.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return &ast.Logic{Span: where, Op: ast.Or, Operands: list}
}

// idSet parses a set of identifiers: it stands for each of them with the same qualifiers, joined by or.
func (x *extended) idSet(c *climber, q quals) (value, error) {
	if !q.known {
		return value{}, c.bareName(q)
	}
	items, where, err := x.items(c)
	if err != nil {
		return value{}, err
	}
	list := make([]ast.Expr, 0, len(items))
	for _, one := range items {
		more, err := q.element(one)
		if err != nil {
			return value{}, one.located(err)
		}
		list = append(list, more...)
	}
	return value{shape: group, expr: anyOf(list, where), span: where, next: q, depth: 2}, nil
}

// element makes the primitives of an element of a set: a network may stand among hosts, a range among
// ports, and a range of protocols stands for each of them.
func (q quals) element(one item) ([]ast.Expr, error) {
	switch id := one.id.(type) {
	case *ast.IPv4:
		if (id.HasLen || id.HasMask || id.Parts < 4) && (q.typ == ast.Host || q.typ == ast.NoType) {
			q.typ = ast.Net
		}
	case *ast.IPv6:
		if id.HasLen && (q.typ == ast.Host || q.typ == ast.NoType) {
			q.typ = ast.Net
		}
	}
	if err := q.check(one.id); err != nil {
		return nil, err
	}
	switch isPort := q.typ == ast.Port || q.typ == ast.PortRange; {
	case isPort && one.isNum && one.first == one.last:
		q.typ = ast.Port
	case isPort && one.isNum:
		q.typ = ast.PortRange
	case one.isNum && one.first != one.last && q.typ == ast.ProtoType && one.last <= 0xffff:
		var list []ast.Expr
		for n := one.first; n <= one.last; n++ {
			list = append(list, q.own(one, &ast.Number{Span: one.span, Value: n}))
		}
		return list, nil
	case one.isNum && one.first != one.last:
		return nil, diag.New(diag.Qualifier, one.span.Pos, one.span.End, "a range stands only among ports, protocols and numbers")
	}
	return []ast.Expr{q.own(one, one.id)}, nil
}

// own is qualify for an identifier whose qualifiers are its own.
func (q quals) own(one item, id ast.ID) *ast.Qualified {
	e := q.qualify(id)
	e.Inherited, e.Line = false, one.line
	return e
}

// numberSet parses a set that a number is in.
func (x *extended) numberSet(c *climber, left value) (value, error) {
	items, where, err := x.items(c)
	if err != nil {
		return value{}, err
	}
	where = cover(left.span, where)
	relation := func(op ast.RelOp, n uint32) ast.Expr {
		return &ast.Relation{Span: where, Op: op, L: left.num, R: &ast.Num{Span: where, Value: n}}
	}
	list := make([]ast.Expr, 0, len(items))
	for _, one := range items {
		if !one.isNum {
			return value{}, notNumberItem(one)
		}
		e := relation(ast.Eq, one.first)
		if one.last > one.first {
			e = &ast.Logic{Span: where, Op: ast.And, Operands: []ast.Expr{relation(ast.Ge, one.first), relation(ast.Le, one.last)}}
		}
		list = append(list, e)
	}
	e := c.underConds(anyOf(list, where))
	return value{shape: truth, expr: e, span: where, depth: left.depth + 4}, nil
}

func notNumberItem(one item) error {
	return one.located(diag.New(diag.Syntax, one.span.Pos, one.span.End, "this is no number").WithExpected("a number", "a range such as 1-5"))
}

// argSet parses the set of numbers of a keyword such as vlan.
func (x *extended) argSet(c *climber, n *ast.Test) error {
	items, where, err := x.items(c)
	if err != nil {
		return err
	}
	for _, one := range items {
		if !one.isNum {
			return notNumberItem(one)
		}
		arg := ast.Arg{Span: one.span, Num: one.first}
		if one.last > one.first {
			arg.To = one.last
		}
		n.Args = append(n.Args, arg)
	}
	n.End = where.End
	return nil
}
