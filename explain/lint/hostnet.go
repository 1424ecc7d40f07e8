package lint

import (
	"net/netip"
	"strconv"
	"strings"

	"bpfc/ast"
)

var hostNet = Lint{
	Name:  "host-net",
	Title: "a network without its length is one host",
	Why: "`net` with four numbers, or with an IPv6 address, is a network of one address: libpcap takes as many bits as are " +
		"written. An address that ends in `.0`, or in `::`, is hardly ever a host's. Write the length, or for IPv4 leave the " +
		"zeros out; `host` says that one address is meant.",
	Bad: []Example{
		{Filter: "net 10.1.2.0", Suggestion: "net 10.1.2.0/24"},
		{Filter: "src net 10.0.0.0/8 or 172.16.0.0", Suggestion: "src net 10.0.0.0/8 or 172.16.0.0/16"},
		{Filter: "tcp and not net 2001:db8::", Suggestion: "tcp and not net 2001:db8::/32"},
	},
	Good: []Example{{Filter: "net 10.1.2.0/24"}, {Filter: "net 10.1.2"}, {Filter: "host 10.1.2.0"}, {Filter: "net 10.1.2.0 mask 255.255.255.0"}, {Filter: "net 10.1.2.3"}},
	find: func(p *pass) {
		for _, e := range p.leaves {
			if q, ok := e.(*ast.Qualified); ok && q.Type == ast.Net && !p.enough() {
				p.hostNet(q)
			}
		}
	},
}

func (p *pass) hostNet(q *ast.Qualified) {
	var bits int // that are written and not zero at the end
	switch id := q.ID.(type) {
	case *ast.IPv4:
		if id.HasLen || id.HasMask || id.Parts != 4 || id.Addr&0xff != 0 {
			return
		}
		bits = 32
		for bits > 0 && id.Addr>>(32-bits)&0xff == 0 {
			bits -= 8
		}
	case *ast.IPv6:
		if id.HasLen {
			return
		}
		bits = writtenBits(id.Addr)
		if bits > 96 {
			return // a host number, or no network that anyone has
		}
	default:
		return
	}
	r := q.ID.Range()
	address := p.text[r.Pos:r.End]
	with := address + "/" + strconv.Itoa(bits)
	written := p.text[q.Pos:r.Pos] + with
	is, fits := lengthened(q, uint32(bits))
	if !fits {
		return
	}
	w := Warning{
		Msg: "net " + address + " is one host, since no length says how many bits are the network's", Pos: q.Pos, End: q.End,
		Advice: `write "` + oneLine(written) + `", or "host ` + address + `" for the one`,
	}
	if w, ok := p.differs(w, p.apply(edit{r.Pos, r.End, with}), q, is); ok {
		p.warn(w)
	}
}

// lengthened is a primitive with a length given to its network.
func lengthened(q *ast.Qualified, bits uint32) (*ast.Qualified, bool) {
	c := *q
	switch id := q.ID.(type) {
	case *ast.IPv4:
		n := *id
		n.HasLen, n.Len = true, bits
		c.ID = &n
	case *ast.IPv6:
		n := *id
		n.HasLen, n.Len = true, bits
		c.ID = &n
	default:
		return nil, false
	}
	return &c, true
}

// writtenBits is how many bits of an IPv6 address stand before the zeros at its end, in groups of 16.
func writtenBits(a netip.Addr) int {
	b := a.As16()
	n := len(b)
	for n > 0 && b[n-1] == 0 && b[n-2] == 0 {
		n -= 2
	}
	return 8 * n
}

// oneLine makes a part of the text fit for a message.
func oneLine(s string) string {
	const longest = 120
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
