package emit

import (
	"bpfc/internal/memory"
	"bpfc/ir"
)

// findWants finds what X is wanted for first from each block on. Paths that do
// not want X do not count; where two want different things, nothing is wanted.
func (p *program) findWants() {
	p.wantX = memory.Zeroed(&p.wantX, len(p.blocks))
	conflict := &p.conflict
	for i := len(p.blocks) - 1; i >= 2; i-- {
		b := &p.blocks[i]
		want := p.firstX(b.node)
		if want == nil {
			want = p.wantX[b.t]
			if b.f >= 0 && p.wantX[b.f] != want {
				switch other := p.wantX[b.f]; {
				case want == nil:
					want = other
				case other != nil:
					want = conflict
				}
			}
			if b.node.Kind == ir.Assign && want != nil && want == p.refs[b.node.Var] {
				want = nil // another value of the variable
			}
		}
		if b.node.Kind == ir.Chain {
			want = conflict
		}
		p.wantX[i] = want
	}
}

// firstX is what evaluating a node wants X for first, nil if it does not need X.
func (p *program) firstX(n *ir.Node) *ir.Expr {
	for _, e := range [2]*ir.Expr{n.L, n.R} {
		if e != nil {
			if want := p.firstXOf(e); want != nil {
				return want
			}
		}
	}
	if n.Kind == ir.Test && n.L.Op != ir.Const && n.R.Op != ir.Const {
		return p.secondOperand(n.L, n.R, true)
	}
	return nil
}

func (p *program) firstXOf(e *ir.Expr) *ir.Expr {
	for p.info(e).needsX {
		switch {
		case e.Op == ir.Load:
			if !p.info(e.L).needsX {
				return e.L
			}
			e = e.L
		case e.Op == ir.Neg, p.info(e.L).needsX:
			e = e.L
		case p.info(e.R).needsX:
			e = e.R
		default:
			return p.secondOperand(e.L, e.R, commutes[e.Op])
		}
	}
	return nil
}

// secondOperand guesses which of two operands pair will put into X.
func (p *program) secondOperand(l, r *ir.Expr, maySwap bool) *ir.Expr {
	if maySwap && p.info(l).direct && !p.info(r).direct {
		return l
	}
	return r
}
