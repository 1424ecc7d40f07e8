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
	Bad:  []Example{{Filter: "arp or tcp port 80", LinkType: "RAW", Suggestion: "tcp port 80"}},
	Good: []Example{{Filter: "arp or tcp port 80"}, {Filter: "not arp", LinkType: "RAW"}},
	find: func(p *pass) {
		for _, e := range p.leaves {
			part := p.parts[e]
			if part == nil || p.enough() || !part.Folded || part.Value || !p.positive(e) || p.told(e) {
				continue
			}
			if r, ok := e.(*ast.Relation); ok {
				if _, known := decided(r); known {
					continue
				}
			}
			r := e.Range()
			w := Warning{Pos: r.Pos, End: r.End, Msg: fmt.Sprintf(`no packet of link-layer type %s matches "%s"`, part.Before.LinkType, oneLine(p.source(e)))}
			p.without(e, &w)
			p.warn(w)
		}
	},
}
