package lint

import (
	"fmt"

	"bpfc/ast"
	"bpfc/prove"
)

var fragments = Lint{
	Name:  "fragments",
	Title: "a port where fragments are asked for",
	Why: "Only the first fragment of an IPv4 packet has the ports, and `port`, `tcp[…]` and their like look at no other; over " +
		"IPv6 they look at none at all. Where the same filter asks for fragments they leave out nearly all of them. Ask for the " +
		"protocol alone, which every fragment has.",
	Bad: []Example{
		{Filter: "ip[6:2] & 0x1fff != 0 and udp port 53", Suggestion: "ip[6:2] & 0x1fff != 0 and udp"},
		{Filter: "port 53 and ip[6:2] & 0x3fff != 0", Suggestion: "(tcp or udp or sctp) and ip[6:2] & 0x3fff != 0"},
		{Filter: "ip6 proto 44 and tcp port 53", Suggestion: "ip6 proto 44 and tcp"},
	},
	Good: []Example{{Filter: "udp and ip[6:2] & 0x1fff != 0"}, {Filter: "udp port 53 or ip[6:2] & 0x1fff != 0"}, {Filter: "ip[6] & 0x20 != 0 and udp port 53"}, {Filter: "ip[6:2] & 0x1fff = 0 and udp port 53"}},
	find: func(p *pass) {
		var asks []ast.Expr
		for _, e := range p.leaves {
			if !p.enough() && p.asksForFragments(e) {
				asks = append(asks, e)
			}
		}
		if len(asks) == 0 {
			return
		}
		only := p.andedWith(asks, true)
		for _, e := range p.leaves {
			if protocol := needsFirst(e); protocol != "" && !p.enough() {
				p.fragments(e, protocol, only)
			}
		}
	},
}

// asksForFragments tells whether a primitive is true of fragments only, and not only of the first of each packet.
func (p *pass) asksForFragments(r ast.Expr) bool {
	if !looksAtFragment(r) {
		return false
	}
	implies := func(text string) bool {
		other, err := p.read(text)
		if err != nil {
			return false
		}
		relation := p.partsRelate(r, other)
		return relation == prove.AImpliesB || relation == prove.Equal
	}
	return implies("ip6[6] = 44") || implies("ip[6:2] & 0x3fff != 0") && !implies("ip[6:2] & 0x2000 != 0")
}

// fragmentHeader is the protocol number of IPv6's fragment header (RFC 8200, section 4.5).
const fragmentHeader = 44

// looksAtFragment tells whether a primitive looks at the fields about fragments.
func looksAtFragment(r ast.Expr) bool {
	if q, ok := r.(*ast.Qualified); ok {
		n, ok := q.ID.(*ast.Number)
		return ok && q.Proto == ast.IP6 && q.Type == ast.ProtoType && n.Value == fragmentHeader
	}
	for _, l := range loadsOf(r, ast.IP, ast.IP6) {
		if n, ok := l.Index.(*ast.Num); ok && n.Value <= 7 && n.Value+l.Size > 6 {
			return true
		}
	}
	return false
}

// needsFirst gives, of a primitive that only a first fragment matches, what asks for its
// protocol alone; "" of another.
func needsFirst(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Qualified:
		if e.Type != ast.Port && e.Type != ast.PortRange {
			return ""
		}
		if e.Proto == ast.NoProto {
			return "(tcp or udp or sctp)"
		}
		return e.Proto.String()
	case *ast.Relation:
		if l := loadsOf(e, ast.TCP, ast.UDP, ast.SCTP, ast.ICMP); len(l) > 0 {
			return l[0].Proto.String()
		}
	}
	return ""
}

// fragments looks at a primitive that only first fragments match.
func (p *pass) fragments(e ast.Expr, protocol string, asks beside) {
	a := p.with(asks, e)
	if a == nil {
		return
	}
	pos, end := p.whole(e)
	r := e.Range()
	w := Warning{
		Msg: fmt.Sprintf(`"%s" is true of no fragment but the first, and "%s" asks for fragments`, oneLine(p.source(e)), oneLine(p.source(a))),
		Pos: r.Pos, End: r.End, Advice: `ask for the protocol alone: "` + protocol + `"`,
	}
	if w, ok := p.differs(w, p.apply(edit{pos, end, protocol}), nil, nil); ok {
		p.warn(w)
	}
}
