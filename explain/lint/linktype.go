package lint

import (
	"fmt"

	"bpfc/ast"
)

var linkType = Lint{
	Name:  "link-type",
	Title: "a primitive that packets of this link-layer type never match",
	Why: "What a packet can be depends on its link layer: on one that carries nothing but IP, `arp` is never true, and in a " +
		"capture file there is nothing that only the kernel knows. The part can only fail here; the filter was perhaps written for " +
		"another link-layer type, see `-y` and docs/linktypes.md. Under `not` it is harmless and not warned of.",
	Bad: []Example{
		{Filter: "arp or tcp port 80", LinkType: "RAW", Suggestion: "tcp port 80"},
		{Filter: "isis or tcp", LinkType: "LINUX_SLL", Suggestion: "tcp"},
	},
	Good: []Example{{Filter: "arp or tcp port 80"}, {Filter: "not arp", LinkType: "RAW"}, {Filter: "isis or tcp"}},
	find: func(p *pass) {
		for _, e := range p.leaves {
			if !p.enough() && p.positive(e) && !p.told(e) && p.failsHere(e) {
				r := e.Range()
				w := Warning{Pos: r.Pos, End: r.End, Msg: fmt.Sprintf(`no packet of link-layer type %s matches "%s"`, p.parts[e].Before.LinkType, oneLine(p.source(e)))}
				p.without(e, &w)
				p.warn(w)
			}
		}
	},
}

// failsHere tells whether a primitive can only fail: as the code generator finds out, or, unless someone waits, as is
// proved. What is never true of a number, whatever the packet, is said by another lint.
func (p *pass) failsHere(e ast.Expr) bool {
	part := p.parts[e]
	if part == nil {
		return false
	}
	r, relation := e.(*ast.Relation)
	if relation {
		if _, known := decided(r); known {
			return false
		}
	}
	if part.Folded {
		return !part.Value
	}
	return !relation && !p.opts.Quick && len(p.leaves) <= maxParts && p.neverTrue(e)
}
