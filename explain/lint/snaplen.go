package lint

import (
	"fmt"

	"bpfc/ast"
	"bpfc/ir"
)

var snapLen = Lint{
	Name:  "snaplen",
	Title: "a snapshot length shorter than what the filter looks at",
	Why: "A filter that looks behind what was captured rejects the packet. In a file with a short snapshot length it does not match " +
		"where it would have; and what a live capture keeps with a short `-s` does not match the same filter when the file is read. " +
		"IP and TCP headers are counted without options.",
	Bad:  []Example{{Filter: "tcp port 80", SnapLen: 30}, {Filter: "udp[20:4] = 1", SnapLen: 54}},
	Good: []Example{{Filter: "tcp port 80", SnapLen: 58}, {Filter: "arp", SnapLen: 14}, {Filter: "tcp port 80"}},
	find: func(p *pass) {
		if p.opts.SnapLen > 0 && p.opts.SnapLen < longestPacket && p.generate() == nil {
			p.snapLen()
		}
	},
}

// longestPacket is the length from which on a snapshot length cuts nothing, in bytes: that of the longest IP packet.
const longestPacket = 1 << 16

func (p *pass) snapLen() {
	var deepest ast.Expr
	need := uint64(p.opts.SnapLen)
	for _, n := range p.graph.Order().Nodes {
		if n.Kind != ir.Test {
			continue
		}
		for _, x := range [2]*ir.Expr{n.L, n.R} {
			if to := reaches(x); to > need {
				need, deepest = to, p.leafAt(n.Text)
			}
		}
	}
	if deepest == nil {
		return
	}
	r := deepest.Range()
	p.warn(Warning{Pos: r.Pos, End: r.End,
		Msg:    fmt.Sprintf(`"%s" looks at byte %d, and a snapshot length of %d ends before it`, oneLine(p.source(deepest)), need-1, p.opts.SnapLen),
		Advice: fmt.Sprintf("%d bytes are needed at least", need),
	})
}

// leafAt finds the primitive that a node comes from, nil if it is from none.
func (p *pass) leafAt(s ir.Span) ast.Expr {
	if s.Empty() {
		return nil
	}
	for _, e := range p.leaves {
		if r := e.Range(); int(s.Pos) >= r.Pos && int(s.Pos) < r.End {
			return e
		}
	}
	return nil
}

// reaches is the first byte behind all loads of an expression, if the headers on the way have no options.
func reaches(e *ir.Expr) uint64 {
	if e == nil {
		return 0
	}
	to := max(reaches(e.L), reaches(e.R))
	if e.Op == ir.Load {
		to = max(to, uint64(e.K)+least(e.L)+uint64(e.Size))
	}
	return to
}

// least is how far a variable offset is at least: lengths of headers are those without options, 20 bytes for IPv4 and TCP.
func least(e *ir.Expr) uint64 {
	switch {
	case e == nil:
		return 0
	case e.Op == ir.Const && e.K < 1<<16:
		return uint64(e.K)
	case e.Op == ir.Add:
		return least(e.L) + least(e.R)
	case e.Op == ir.Lsh && isNibble(e.L, 0x0f) && e.R.IsConst(2), e.Op == ir.Mul && isNibble(e.L, 0x0f) && e.R.IsConst(4),
		e.Op == ir.Mul && isNibble(e.R, 0x0f) && e.L.IsConst(4), e.Op == ir.Rsh && isNibble(e.L, 0xf0) && e.R.IsConst(2):
		return 20
	}
	return 0
}

// isNibble tells whether an expression is half of a byte of the packet.
func isNibble(e *ir.Expr, mask uint32) bool {
	return e.Op == ir.And && (e.L.Op == ir.Load && e.R.IsConst(mask) || e.R.Op == ir.Load && e.L.IsConst(mask))
}
