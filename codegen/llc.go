package codegen

import (
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// llcFrame is what the control byte of an LLC frame is compared with.
type llcFrame struct{ value, mask uint32 }

// llcFrames are the operands of llc (IEEE 802.2). Of I frames, only the lowest
// bit is told.
var llcFrames = map[string]llcFrame{
	"i": {0, 0x01}, "s": {0x01, 0x03}, "u": {0x03, 0x03},
	"rr": {0x01, 0x0f}, "rnr": {0x05, 0x0f}, "rej": {0x09, 0x0f},
	"ui": {0x03, 0xef}, "ua": {0x63, 0xef}, "disc": {0x43, 0xef}, "dm": {0x0f, 0xef}, "sabme": {0x6f, 0xef},
	"test": {0xe3, 0xef}, "xid": {0xaf, 0xef}, "frmr": {0x87, 0xef},
}

func (g *generator) llc(t *ast.Test) *cond {
	is := g.isLLC()
	if len(t.Args) == 0 || g.err != nil {
		return is
	}
	name := strings.ToLower(t.Args[0].Word)
	f, ok := llcFrames[name]
	if !ok {
		return g.fail(diag.Unknown, "unknown LLC frame type '%s'", name)
	}
	if name == "i" {
		return g.and(is, g.not(g.anyBit(fromLLC, 2, 1, f.mask)))
	}
	return g.and(is, g.masked(fromLLC, 2, 1, f.value, f.mask))
}

// isLLC tests whether a frame has an LLC header.
func (g *generator) isLLC() *cond {
	if !g.layout.LLC {
		return g.notHere("llc")
	}
	switch g.layout.Protocol {
	case linktype.EthernetField:
		length := g.not(g.compare(ir.Gt, g.load(fromProtocol, 0, 2), g.graph.Const(maxFrameLen)))
		return g.and(length, g.not(g.is(fromLLC, 0, 2, 0xffff))) // Novell's 802.3 has none
	case linktype.WLANFrame:
		return g.wlanData()
	case linktype.SunATMHeader:
		return g.atmProtocol(atmLLC)
	}
	return condTrue
}
