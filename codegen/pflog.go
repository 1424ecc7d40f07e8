package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/linktype"
)

// Fields of the header of PFLOG (OpenBSD's net/if_pflog.h).
var pflogNumbers = map[ast.TestKind]linktype.Field{
	ast.PFAction:  {Off: 2, Size: 1, Mask: 0xffffffff},
	ast.PFReason:  {Off: 3, Size: 1, Mask: 0xffffffff},
	ast.PFRule:    {Off: 36, Size: 4, Mask: 0xffffffff},
	ast.PFSubrule: {Off: 40, Size: 4, Mask: 0xffffffff},
}

var pflogNames = map[ast.TestKind]uint32{ast.PFIfname: 4, ast.PFRuleset: 20}

const pflogNameLen = 16 // with a final 0

func (g *generator) pflog(t *ast.Test) *cond {
	if g.layout.Type != linktype.PFLOG {
		return g.onlyOn(t.Kind.String(), "PFLOG")
	}
	if f, ok := pflogNumbers[t.Kind]; ok {
		return g.field(f, t.Args[0].Num)
	}
	name := t.Args[0].Word
	if len(name) >= pflogNameLen {
		return g.fail(diag.Range, "'%s' is longer than the %d bytes that fit", name, pflogNameLen-1)
	}
	return g.bytesAre(fromLink, pflogNames[t.Kind], []byte(name))
}
