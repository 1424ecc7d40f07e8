package lint

import (
	"fmt"
	"math/bits"

	"bpfc/ast"
)

var flagsEqual = Lint{
	Name:  "flags-equal",
	Title: "a flag tested as if it were the whole field",
	Why: "`tcp[13] = 2` is true of packets that have SYN and no other flag. With ECN (RFC 3168) the first packet of a connection " +
		"has ECE and CWR as well, and the answer to it ECE, so that such a filter misses them. To ask for a flag whatever the " +
		"others are, mask it: `tcp[13] & 2 != 0`; for SYN without ACK, `tcp[13] & 18 = 2`. The same holds for the flags in " +
		"`ip[6]`, which share their byte with a part of the fragment offset. Combinations of three flags and more, and none at " +
		"all, are looked for as a whole when scans are, and are not warned of.",
	Bad: []Example{
		{Filter: "tcp[13] = 2", Suggestion: "tcp[13] & 18 = 2"},
		{Filter: "tcp[tcpflags] == tcp-rst", Suggestion: "tcp[tcpflags] & 4 != 0"},
		{Filter: "tcp[13] = 18", Suggestion: "tcp[13] & 18 = 18"},
		{Filter: "ip[6] = 0x40", Suggestion: "ip[6] & 64 != 0"},
	},
	Good: []Example{{Filter: "tcp[13] & 2 != 0"}, {Filter: "tcp[13] = 0"}, {Filter: "tcp[13] = 0x29"}, {Filter: "tcp[12] = 0x50"}},
	find: func(p *pass) {
		for _, e := range p.leaves {
			if r, ok := e.(*ast.Relation); ok && (r.Op == ast.Eq || r.Op == ast.Ne) && !p.enough() {
				p.flagsEqual(r)
			}
		}
	},
}

// The flags of TCP that a test is about (RFC 9293, section 3.1).
const (
	tcpSYN = 0x02
	tcpACK = 0x10
)

// flagsEqual looks at a comparison for equality.
func (p *pass) flagsEqual(r *ast.Relation) {
	load, value, ok := fieldAndValue(r)
	if !ok {
		return
	}
	at := load.Range()
	field := p.text[at.Pos:at.End]
	var with string
	switch {
	case isField(load, ast.TCP, 13):
		with = tcpFlags(value)
	case isField(load, ast.IP, 6) && value&^0xe0 == 0 && bits.OnesCount32(value) == 1:
		with = fmt.Sprintf("& %d != 0", value)
	}
	if with == "" {
		return
	}
	// Under != the opposite of what the suggestion says.
	text := field + " " + with
	if r.Op == ast.Ne {
		text = "not " + text
	}
	w := Warning{
		Msg: `"` + oneLine(p.source(r)) + `" compares the whole field: a packet with another flag beside is not equal`,
		Pos: r.Pos, End: r.End, Advice: `write "` + text + `" to leave the others out of it`,
	}
	is, err := p.read(text)
	if err != nil {
		return
	}
	if w, ok := p.differs(w, p.apply(edit{r.Pos, r.End, text}), r, is); ok {
		p.warn(w)
	}
}

// fieldAndValue takes a comparison of a look into the packet with a number apart.
func fieldAndValue(r *ast.Relation) (*ast.Load, uint32, bool) {
	side, num := r.L, r.R
	if _, ok := side.(*ast.Load); !ok {
		side, num = num, side
	}
	load, ok := side.(*ast.Load)
	n, also := number(num)
	return load, n, ok && also
}

func isField(l *ast.Load, proto ast.Proto, offset uint32) bool {
	n, ok := l.Index.(*ast.Num)
	return ok && l.Proto == proto && n.Value == offset && l.Size == 1
}

// tcpFlags is the test for the flags of a value whatever the others are; "" where the value is one that is looked for as a whole.
func tcpFlags(value uint32) string {
	switch {
	case value > 0xff || bits.OnesCount32(value&^tcpACK) > 1 || value == 0:
		return ""
	case value == tcpSYN:
		return fmt.Sprintf("& %d = %d", tcpSYN|tcpACK, tcpSYN)
	case bits.OnesCount32(value) == 1:
		return fmt.Sprintf("& %d != 0", value)
	}
	return fmt.Sprintf("& %d = %d", value, value)
}
