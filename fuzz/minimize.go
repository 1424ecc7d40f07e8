package fuzz

import (
	"slices"
	"strings"
)

// minimizeTries bounds the candidates tried for one difference.
const minimizeTries = 800

// minimize makes expression and packet of a difference as small as they get while it stays the same kind between the same
// two. It returns d itself where nothing can be left out.
func (c *campaign) minimize(d *Difference) *Difference {
	m := minimizer{c: c.only(d), best: d, tries: minimizeTries}
	for {
		before := m.size()
		m.expression()
		m.packet()
		if m.size() == before || m.tries <= 0 {
			return m.best
		}
	}
}

// only is the campaign with nothing but the implementations that a difference is between.
func (c *campaign) only(d *Difference) *campaign {
	small := *c
	small.cfg.Engines = slices.Clone(c.cfg.Engines[:1])
	small.cfg.Compilers = nil
	for _, e := range c.cfg.Engines[1:] {
		if against(d, e.Name()) && (d.Kind == KindVerdict || d.Kind == KindLoad) {
			small.cfg.Engines = append(small.cfg.Engines, e)
		}
	}
	for _, by := range c.cfg.Compilers {
		if against(d, by.Name()) && d.Kind != KindVerdict && d.Kind != KindLoad {
			small.cfg.Compilers = append(small.cfg.Compilers, by)
		}
	}
	return &small
}

type minimizer struct {
	c     *campaign
	best  *Difference
	tries int
}

func (m *minimizer) size() int {
	n := len(m.best.Expr)
	if m.best.Packet != nil {
		n += 2*len(m.best.Packet.Data) + nonzero(m.best.Packet.Data)
	}
	return n
}

func nonzero(data []byte) int {
	n := 0
	for _, b := range data {
		if b != 0 {
			n++
		}
	}
	return n
}

// reToken cuts an expression into what can be left out: words and numbers with their dots and colons, operators,
// parentheses.
var reToken = pattern(`[A-Za-z0-9_.:\\/$-]+|&&|\|\||<<|>>|[<>!=]=|\s+|.`)

// expression leaves out runs of tokens, long ones first, and pairs of parentheses.
func (m *minimizer) expression() {
	for m.shorter(reToken().FindAllString(m.best.Expr, -1)) {
	}
}

// shorter leaves out what it can in one round, and tells whether that was something.
func (m *minimizer) shorter(tokens []string) (left bool) {
	for n := len(tokens) - 1; n >= 1; n = n * 2 / 3 {
		for i := 0; i+n <= len(tokens); i++ {
			for i+n <= len(tokens) && m.tryExpr(slices.Concat(tokens[:i], tokens[i+n:])) {
				tokens, left = reToken().FindAllString(m.best.Expr, -1), true // and the same again: long runs are not tried anew
			}
		}
	}
	if left {
		return true
	}
	for i, t := range tokens {
		if t != "(" {
			continue
		}
		if j := closing(tokens, i); j > 0 && m.tryExpr(slices.Concat(tokens[:i], tokens[i+1:j], tokens[j+1:])) {
			return true
		}
	}
	return false
}

// closing is the index of the parenthesis that closes the one at i, 0 if none does.
func closing(tokens []string, i int) int {
	depth := 0
	for j := i; j < len(tokens); j++ {
		switch tokens[j] {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return 0
}

func (m *minimizer) tryExpr(tokens []string) bool {
	expr := spaced(tokens)
	return len(expr) < len(m.best.Expr) && m.try(expr, m.best.Packet)
}

var reWordEnd, reWordStart = pattern(`[A-Za-z0-9_.:\\/$-]$`), pattern(`^[A-Za-z0-9_.:\\/$-]`)

// spaced joins tokens, with one blank where there were some or two words would run together.
func spaced(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		if s := b.String(); strings.TrimSpace(t) == "" {
			t = " "
		} else if reWordEnd().MatchString(s) && reWordStart().MatchString(t) {
			t = " " + t
		}
		b.WriteString(t)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// packet cuts the end off, then clears bytes, then makes wire and captured length equal.
func (m *minimizer) packet() {
	if m.best.Packet == nil {
		return
	}
	for n := len(m.best.Packet.Data); n >= 1; n /= 2 {
		for len(m.best.Packet.Data) >= n && m.tryPacket(m.best.Packet.Data[:len(m.best.Packet.Data)-n], m.best.Packet.WireLen) {
		}
	}
	for n := len(m.best.Packet.Data); n >= 1; n /= 2 {
		for i := 0; i+n <= len(m.best.Packet.Data); i += n {
			data := slices.Clone(m.best.Packet.Data)
			clear(data[i : i+n])
			if nonzero(data) < nonzero(m.best.Packet.Data) {
				m.tryPacket(data, m.best.Packet.WireLen)
			}
		}
	}
	if n := uint32(len(m.best.Packet.Data)); n != m.best.Packet.WireLen {
		m.tryPacket(m.best.Packet.Data, n)
	}
}

func (m *minimizer) tryPacket(data []byte, wire uint32) bool {
	return m.try(m.best.Expr, &Packet{Data: data, WireLen: max(wire, uint32(len(data)))})
}

// try takes over a candidate that shows the same difference and is not explained.
func (m *minimizer) try(expr string, p *Packet) bool {
	if m.tries--; m.tries < 0 {
		return false
	}
	for _, d := range m.c.differences(expr, m.best.Options, p) {
		if _, ok := explain(m.c.cfg.Known, d); !ok && sameDifference(d, m.best) {
			m.best = d
			return true
		}
	}
	return false
}

// differences holds one expression and one packet, or none, against everything.
func (c *campaign) differences(expr string, o CompileOptions, p *Packet) []*Difference {
	o.Optimize = true
	s, found := c.compile(expr, o)
	found = append(found, c.accepts(s)...)
	if s.err != nil {
		return found
	}
	var pkts []Packet
	if p != nil {
		pkts = []Packet{*p}
	}
	more, err := c.judge(s, pkts, false)
	if err != nil {
		return found
	}
	return append(found, more...)
}

var reLetters = pattern(`[^a-z ]+`)

// sameDifference says that two differences are of one kind, between the same two, in the same direction.
func sameDifference(a, b *Difference) bool {
	if a.Kind != b.Kind || len(a.Answers) != len(b.Answers) {
		return false
	}
	for i := range a.Answers {
		x, y := a.Answers[i], b.Answers[i]
		if firstWord(x.Who) != firstWord(y.Who) || (x.Err == nil) != (y.Err == nil) || (x.Verdict == 0) != (y.Verdict == 0) {
			return false
		}
		if x.Err != nil && a.Kind == KindAccept && essence(x.Err) != essence(y.Err) {
			return false
		}
	}
	return true
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// essence is an error's text without names and numbers: the first few words.
func essence(err error) string {
	words := strings.Fields(reLetters().ReplaceAllString(strings.ToLower(err.Error()), " "))
	return strings.Join(words[:min(3, len(words))], " ")
}
