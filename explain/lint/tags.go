package lint

import (
	"errors"
	"fmt"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/parser"
)

// tagNumber is where the number of a tag stands, as a format of its place (IEEE 802.1Q, RFC 3032, RFC 2516), by the
// primitive that tells the tag.
var tagNumber = map[ast.TestKind]string{
	ast.VLAN:   "ether[%[1]d:2] & 4095 = %[2]d",
	ast.MPLS:   "ether[%[1]d:4] >> 12 = %[2]d",
	ast.PPPoES: "ether[%[3]d:2] = %[2]d",
}

var errVaries = errors.New("the place of the tag varies")

// numberOfTag is the look at the number of the first tag in a packet.
func (p *pass) numberOfTag(t *ast.Test) (ast.Expr, error) {
	first := p.firstMover()
	if first == nil || first.Before.LinkVaries || first.Before.Varies {
		return nil, errVaries
	}
	at := first.Before.Net - first.Before.Link
	return parser.Parse(fmt.Sprintf(tagNumber[t.Kind], at, t.Args[0].Num, at+2))
}

// firstMover is the first primitive outside of braces that moves headers.
func (p *pass) firstMover() *codegen.Part {
	for _, e := range p.leaves {
		if part := p.parts[e]; part != nil && part.Moves() && p.scopeOf(e) == nil {
			return part
		}
	}
	return nil
}
