package lint

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"bpfc/ast"
)

var addresses = Lint{
	Name:  "addresses",
	Title: "a name with several addresses",
	Why: "A name stands for all the addresses that it has when the filter is compiled. Where it has several of one family it is " +
		"mostly a service that is answered from many places, and the next answer of the name server has others: packets of these do " +
		"not match. Write the addresses or the network that are meant. A name with one IPv4 and one IPv6 address is not warned of.",
	Bad:  []Example{{Filter: "tcp and host many.example", Suggestion: "tcp and host 192.0.2.1"}},
	Good: []Example{{Filter: "host one.example"}, {Filter: "host both.example"}, {Filter: "port domain"}},
	find: func(p *pass) {
		for _, e := range p.leaves {
			if q, ok := e.(*ast.Qualified); ok && !p.enough() {
				p.addresses(q)
			}
		}
	},
}

// hostProtocols are the qualifiers behind which a name is that of an IP host.
var hostProtocols = map[ast.Proto]bool{ast.NoProto: true, ast.IP: true, ast.IP6: true, ast.ARP: true, ast.RARP: true}

// addresses looks at a host's name.
func (p *pass) addresses(q *ast.Qualified) {
	name, ok := q.ID.(*ast.Name)
	if !ok || !hostProtocols[q.Proto] || q.Type != ast.NoType && q.Type != ast.Host {
		return
	}
	all, err := p.opts.Names.Host(p.ctx, name.Text)
	if err != nil {
		return // the compiler says it
	}
	var four, six []netip.Addr
	for _, a := range all {
		if a = a.Unmap(); a.Is4() && q.Proto != ast.IP6 {
			four = append(four, a)
		} else if !a.Is4() && q.Proto != ast.IP {
			six = append(six, a)
		}
	}
	if len(four) < 2 && len(six) < 2 {
		return
	}
	used := append(four, six...)
	one := used[0].String()
	at := name.Range()
	c := *q
	c.ID = addressID(used[0])
	w := Warning{Pos: q.Pos, End: q.End, Msg: fmt.Sprintf(`"%s" stands for %d addresses: %s`, name.Text, len(used), listed(used)),
		Advice: `the filter keeps these whatever the name stands for later; for one write "` + one + `"`}
	if w, ok := p.differs(w, p.apply(edit{at.Pos, at.End, one}), q, &c); ok {
		p.warn(w)
	}
}

// addressID is an address as the operand of a primitive.
func addressID(a netip.Addr) ast.ID {
	if !a.Is4() {
		return &ast.IPv6{Text: a.String(), Addr: a}
	}
	b := a.As4()
	return &ast.IPv4{Text: a.String(), Parts: 4, Addr: binary.BigEndian.Uint32(b[:])}
}

// maxListed is how many addresses a message names.
const maxListed = 6

func listed(all []netip.Addr) string {
	var list []string
	for _, a := range all {
		if len(list) == maxListed {
			list = append(list, "…")
			break
		}
		list = append(list, a.String())
	}
	return strings.Join(list, ", ")
}
