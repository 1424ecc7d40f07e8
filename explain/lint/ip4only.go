package lint

import (
	"fmt"
	"strings"

	"bpfc/ast"
)

var ip4Only = Lint{
	Name:  "ipv4-only",
	Title: "`tcp[…]` where IPv6 is asked for",
	Why: "`tcp[…]`, `udp[…]` and `sctp[…]` look at packets over IPv4 only. Where the same filter asks for IPv6, by `ip6`, an address or " +
		"a look into its header, they make it fail. Count from the IPv6 header instead, which has 40 bytes: `ip6[53]` is `tcp[13]` " +
		"of a packet without extension headers, and `ip6[6] = 6` says that it is TCP.",
	Bad: []Example{
		{Filter: "ip6 and tcp[13] & 2 != 0", Suggestion: "ip6 and (ip6[6] = 6 and ip6[53] & 2 != 0)"},
		{Filter: "(host 10.0.0.1 or host 2001:db8::1) and udp[4:2] > 512", Suggestion: "(host 10.0.0.1 or host 2001:db8::1) and (udp[4:2] > 512 or (ip6[6] = 17 and ip6[44:2] > 512))"},
	},
	Good: []Example{{Filter: "tcp[13] & 2 != 0"}, {Filter: "icmp6 or tcp[13] & 2 != 0"}, {Filter: "not ip6 and tcp[13] & 2 != 0"}, {Filter: "ip6 and ip6[6] = 6 and ip6[53] & 2 != 0"}},
	find: func(p *pass) {
		asks := p.asksForIPv6()
		if len(asks) == 0 {
			return
		}
		all, only := p.andedWith(asks, false), p.andedWith(asks, true)
		for _, e := range p.leaves {
			if r, ok := e.(*ast.Relation); ok && !p.enough() {
				p.ip4Only(r, all, only)
			}
		}
	},
}

// protocolNumbers are those of the protocols whose headers are looked into over IPv4 only (IANA, protocol numbers).
var protocolNumbers = map[ast.Proto]int{ast.TCP: 6, ast.UDP: 17, ast.SCTP: 132}

// asksForIPv6 lists the primitives that are true of IPv6 packets only.
func (p *pass) asksForIPv6() (list []ast.Expr) {
	for _, e := range p.leaves {
		is := false
		switch e := e.(type) {
		case *ast.Protocol:
			is = e.Proto == ast.IP6 || e.Proto == ast.ICMP6
		case *ast.Qualified:
			_, address := e.ID.(*ast.IPv6)
			is = address || e.Proto == ast.IP6 || e.Proto == ast.ICMP6
		case *ast.Relation:
			is = len(loadsOf(e, ast.IP6)) > 0
		}
		if is {
			list = append(list, e)
		}
	}
	return list
}

// loadsOf lists the looks into packets of a comparison with one of some protocols.
func loadsOf(e ast.Node, protos ...ast.Proto) (list []*ast.Load) {
	ast.Walk(e, func(n ast.Node) bool {
		if l, ok := n.(*ast.Load); ok {
			for _, proto := range protos {
				if l.Proto == proto {
					list = append(list, l)
				}
			}
		}
		return true
	})
	return list
}

// ip4Only looks at a comparison in a filter that asks for IPv6 in other places.
func (p *pass) ip4Only(r *ast.Relation, all, only beside) {
	loads := loadsOf(r, ast.TCP, ast.UDP, ast.SCTP)
	if len(loads) == 0 {
		return
	}
	asks := p.with(all, r)
	if asks == nil {
		return
	}
	six, ok := overIPv6(r, loads)
	if !ok {
		return
	}
	with := "(" + p.source(r) + " or (" + six + "))"
	if p.with(only, r) != nil {
		with = "(" + six + ")"
	}
	w := Warning{
		Msg: fmt.Sprintf(`%s[…] looks at packets over IPv4 only, and "%s" asks for IPv6`, loads[0].Proto, oneLine(p.source(asks))),
		Pos: r.Pos, End: r.End, Advice: `count from the IPv6 header: "` + oneLine(with) + `"`,
	}
	pos, end := p.whole(r)
	if w, ok := p.differs(w, p.apply(edit{pos, end, with}), nil, nil); ok {
		p.warn(w)
	}
}

// overIPv6 writes a comparison for packets over IPv6: with all looks at the transport header counted from the IPv6 header.
func overIPv6(r *ast.Relation, loads []*ast.Load) (string, bool) {
	proto := loads[0].Proto
	for _, l := range loads {
		if l.Proto != proto {
			return "", false
		}
	}
	if len(loadsOf(r, ast.IP)) > 0 {
		return "", false // the lengths of an IPv4 packet
	}
	c := *r
	c.L, c.R = from6(r.L, proto), from6(r.R, proto)
	return fmt.Sprintf("ip6[6] = %d and %s", protocolNumbers[proto], strings.TrimSpace(ast.Format(&c))), true
}

// from6 is a number with the looks at a transport header counted from the IPv6 header.
func from6(a ast.Arith, proto ast.Proto) ast.Arith {
	const ip6Header = 40
	switch a := a.(type) {
	case *ast.Binary:
		return &ast.Binary{Op: a.Op, L: from6(a.L, proto), R: from6(a.R, proto)}
	case *ast.Neg:
		return &ast.Neg{X: from6(a.X, proto)}
	case *ast.Load:
		if a.Proto != proto {
			return a
		}
		index := from6(a.Index, proto)
		if n, ok := index.(*ast.Num); ok {
			index = &ast.Num{Value: n.Value + ip6Header}
		} else {
			index = &ast.Binary{Op: ast.Add, L: &ast.Num{Value: ip6Header}, R: index}
		}
		return &ast.Load{Proto: ast.IP6, Index: index, Size: a.Size}
	}
	return a
}
