package lint

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"

	"bpfc/ast"
)

var mask = Lint{
	Name:  "mask",
	Title: "a masked value that cannot be what it is compared with",
	Why: "What is left of a number by `& 2` is 0 or 2, so `tcp[13] & 2 = 1` is never true, and `!= 1` always. A flag is asked for by " +
		"`!= 0` or by its own value. A field that does not end with its byte is compared with its value where it stands: the " +
		"length in `tcp[12] & 0xf0` is `0x50`, not 5.",
	Bad: []Example{
		{Filter: "tcp[13] & 2 = 1", Suggestion: "tcp[13] & 2 = 2"},
		{Filter: "tcp[12] & 0xf0 = 5", Suggestion: "tcp[12] & 0xf0 = 80"},
		{Filter: "tcp[13] & 18 != 1", Suggestion: "tcp[13] & 18 != 0"},
		{Filter: "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-rst", Suggestion: "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0"},
	},
	Good: []Example{{Filter: "tcp[13] & 2 = 2"}, {Filter: "tcp[13] & 2 != 0"}, {Filter: "tcp[12] & 0xf0 = 0x50"}, {Filter: "ip[0] & 0xf = 5"}},
	find: func(p *pass) { p.relations((*pass).mask) },
}

var constant = Lint{
	Name:  "constant",
	Title: "a comparison that is the same for every packet",
	Why: "Numbers are unsigned, and a look into a packet has as many bytes as it says, one if it does not: `tcp[0] = 443` compares " +
		"one byte with a number that takes two, `len >= 0` is always true. And a number behind `and` or `or` that has a comparison " +
		"behind it is just a number: `port 80 and 443 > 22` does not compare ports. A comparison of ports is written " +
		"`tcp[0:2] > 22` for the source, `tcp[2:2]` for the destination, or as `portrange`; one right behind a primitive, as in " +
		"`tcp src port > 23`, is an error that says so.",
	Bad: []Example{
		{Filter: "tcp[0] = 443", Suggestion: "tcp[0:2] = 443"},
		{Filter: "ip[2:2] > 65535"},
		{Filter: "tcp and len >= 0", Suggestion: "tcp"},
		{Filter: "port 80 and 443 > 22", Suggestion: "port 80"},
	},
	Good: []Example{{Filter: "tcp[0:2] = 443"}, {Filter: "tcp[0] = 255"}, {Filter: "len > 0"}, {Filter: "ip[0] & 0xf > 5"}},
	find: func(p *pass) { p.relations((*pass).constant) },
}

func (p *pass) relations(f func(*pass, *ast.Relation)) {
	for _, e := range p.leaves {
		if r, ok := e.(*ast.Relation); ok && !p.enough() {
			f(p, r)
		}
	}
}

// mask looks at a comparison of a masked value with a constant that has other bits.
func (p *pass) mask(r *ast.Relation) {
	if r.Op != ast.Eq && r.Op != ast.Ne {
		return
	}
	side, num := r.L, r.R
	if _, ok := number(side); ok {
		side, num = num, side
	}
	n, ok := number(num)
	m, masked := maskOf(side)
	if !ok || !masked || m == 0 || n&^m == 0 {
		return
	}
	at, shift := num.Range(), bits.TrailingZeros32(m)
	edits := []edit{{at.Pos, at.End, strconv.FormatUint(uint64(n<<shift), 10)}}
	field := m>>shift&(m>>shift+1) == 0 // without gaps
	if shift == 0 || !field || n<<shift&^m != 0 {
		edits[0].with = "0" // whatever was meant, this is a test of the flags
		if r.Op == ast.Eq {
			op := ast.Span{Pos: r.L.Range().End, End: r.R.Range().Pos}
			edits = []edit{{op.Pos, op.End, " != "}, edits[0]}
		}
	}
	w := Warning{Pos: r.Pos, End: r.End, Msg: fmt.Sprintf(`"%s" is %s true: the bits of %d are not all in the mask %d`, oneLine(p.source(r)), inWord(r.Op == ast.Ne), n, m)}
	text := p.apply(edits...)
	if w, ok := p.differs(w, text, r, p.leafOf(edits, r)); ok {
		w.Advice = `write "` + oneLine(text) + `"`
		p.warn(w)
		return
	}
	p.warn(w)
}

// leafOf is a primitive as it is with changes; nil if it is none then.
func (p *pass) leafOf(edits []edit, e ast.Expr) ast.Expr {
	r := e.Range()
	text, done := "", r.Pos
	for _, x := range edits {
		text += p.text[done:x.pos] + x.with
		done = x.end
	}
	is, err := p.read(text + p.text[done:r.End])
	if err != nil {
		return nil
	}
	return is
}

func inWord(yes bool) string {
	if yes {
		return "always"
	}
	return "never"
}

// maskOf is the constant that a number is masked with.
func maskOf(a ast.Arith) (uint32, bool) {
	b, ok := a.(*ast.Binary)
	if !ok || b.Op != ast.BitAnd {
		return 0, false
	}
	if n, ok := number(b.R); ok {
		return n, true
	}
	return number(b.L)
}

// number gives the value of a number that is the same for every packet.
func number(a ast.Arith) (uint32, bool) {
	v := rangeOf(a)
	return v.lo, v.lo == v.hi
}

// constant looks at a comparison whose sides cannot be otherwise.
func (p *pass) constant(r *ast.Relation) {
	value, known := decided(r)
	if !known || p.told(r) {
		return
	}
	w := Warning{Pos: r.Pos, End: r.End, Msg: fmt.Sprintf(`"%s" is %s true`, oneLine(p.source(r)), inWord(value))}
	switch {
	case !looksAtPacket(r):
		w.Msg = fmt.Sprintf(`"%s" compares two numbers and is %s true, whatever the packet`, oneLine(p.source(r)), inWord(value))
	case p.wider(r, &w):
		p.warn(w)
		return
	}
	if value {
		p.without(r, &w)
	}
	p.warn(w)
}

// wider suggests a look at two bytes instead of one, as ports and lengths have, if with those the comparison is not the same
// for all packets.
func (p *pass) wider(r *ast.Relation, w *Warning) bool {
	load, _, ok := fieldAndValue(r)
	if !ok || load.Size != 1 {
		return false
	}
	c, l := *r, *load
	l.Size = 2
	if r.L == ast.Arith(load) {
		c.L = &l
	} else {
		c.R = &l
	}
	if _, still := decided(&c); still {
		return false
	}
	at, index := load.Range(), load.Index.Range()
	text := p.apply(edit{index.End, at.End, ":2]"})
	told, ok := p.differs(*w, text, r, &c)
	if !ok {
		return false
	}
	told.Msg += ": " + oneLine(p.text[at.Pos:at.End]) + " has one byte"
	told.Advice = `write "` + oneLine(text) + `"`
	*w = told
	return true
}

func looksAtPacket(r ast.Expr) (found bool) {
	ast.Walk(r, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.Load, *ast.Len:
			found = true
		}
		return !found
	})
	return found
}

// decided tells what a comparison comes to for every packet that it is made of, if that is known.
func decided(r *ast.Relation) (value, known bool) {
	l, m := rangeOf(r.L), rangeOf(r.R)
	switch r.Op {
	case ast.Lt:
		return l.hi < m.lo, l.hi < m.lo || l.lo >= m.hi
	case ast.Ge:
		return l.lo >= m.hi, l.lo >= m.hi || l.hi < m.lo
	case ast.Gt:
		return l.lo > m.hi, l.lo > m.hi || l.hi <= m.lo
	case ast.Le:
		return l.hi <= m.lo, l.hi <= m.lo || l.lo > m.hi
	}
	apart := l.hi < m.lo || l.lo > m.hi || l.lo == l.hi && l.lo&^m.ones != 0 || m.lo == m.hi && m.lo&^l.ones != 0
	same := l.lo == l.hi && m.lo == m.hi && l.lo == m.lo
	return apart == (r.Op == ast.Ne), apart || same
}

// valueRange is what is known of a number: bounds, and the bits that can be set.
type valueRange struct{ lo, hi, ones uint32 }

var anything = valueRange{0, math.MaxUint32, math.MaxUint32}

func upTo(hi uint64) valueRange {
	if hi > math.MaxUint32 {
		return anything
	}
	return valueRange{0, uint32(hi), 1<<bits.Len32(uint32(hi)) - 1}
}

func exactly(v uint32) valueRange { return valueRange{v, v, v} }

// rangeOf bounds a number. What wraps around can be anything.
func rangeOf(a ast.Arith) valueRange {
	switch a := a.(type) {
	case *ast.Num:
		return exactly(a.Value)
	case *ast.Load:
		return upTo(1<<(8*min(a.Size, 4)) - 1)
	case *ast.Binary:
		return rangeOfBinary(a.Op, rangeOf(a.L), rangeOf(a.R))
	}
	return anything
}

func rangeOfBinary(op ast.BinOp, l, r valueRange) valueRange {
	if known := l.lo == l.hi && r.lo == r.hi; known && (op == ast.BitOr || op == ast.BitXor) {
		if op == ast.BitOr {
			return exactly(l.lo | r.lo)
		}
		return exactly(l.lo ^ r.lo)
	}
	switch op {
	case ast.BitAnd:
		ones := l.ones & r.ones
		if l.lo == l.hi && r.lo == r.hi {
			return exactly(l.lo & r.lo)
		}
		return valueRange{0, min(l.hi, r.hi, ones), ones}
	case ast.BitOr, ast.BitXor:
		ones := l.ones | r.ones
		return valueRange{0, ones, ones}
	case ast.Add:
		if uint64(l.hi)+uint64(r.hi) <= math.MaxUint32 {
			v := upTo(uint64(l.hi) + uint64(r.hi))
			v.lo = l.lo + r.lo
			return v
		}
	case ast.Mul:
		return upTo(uint64(l.hi) * uint64(r.hi))
	case ast.Rsh:
		if r.lo == r.hi && r.lo < 32 {
			return valueRange{l.lo >> r.lo, l.hi >> r.lo, l.ones >> r.lo}
		}
	case ast.Lsh:
		if r.lo == r.hi && r.lo < 32 && uint64(l.hi)<<r.lo <= math.MaxUint32 && uint64(l.ones)<<r.lo <= math.MaxUint32 {
			return valueRange{l.lo << r.lo, l.hi << r.lo, l.ones << r.lo}
		}
	case ast.Mod:
		if r.lo == r.hi && r.lo > 0 {
			return upTo(uint64(min(l.hi, r.lo-1)))
		}
	case ast.Div:
		if r.lo == r.hi && r.lo > 0 {
			return upTo(uint64(l.hi / r.lo))
		}
	}
	return anything
}
