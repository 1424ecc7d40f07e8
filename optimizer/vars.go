// Law: an assignment goes only if no path reads the variable before it is assigned again, and its value cannot fail.

package optimizer

import "bpfc/ir"

// varSet is a set of path variables. Programs with more than 64 variables, of
// which a BPF machine could hold 16, keep their assignments.
type varSet uint64

const maxVars = 64

// reads returns the variables that e reads.
func reads(e *ir.Expr) varSet {
	if e == nil || !e.UsesVars() {
		return 0
	}
	if e.Op == ir.Var {
		return 1 << e.K
	}
	return reads(e.L) | reads(e.R)
}

// live computes, by node, the variables that are read from it on before they are
// assigned; nil if there are none. It knows nothing of more than maxVars.
func (p *program) live() []varSet {
	if p.g.Vars == 0 {
		return nil
	}
	live := make([]varSet, len(p.nodes))
	for n := range p.nodes {
		live[n] = p.nodes[n].liveBefore(live)
	}
	return live
}

// deadAssignments tells, by node, which assignments nothing reads; nil if
// none.
func (p *program) deadAssignments() []bool {
	if p.g.Vars == 0 || p.g.Vars > maxVars || len(p.nodes) == 0 {
		return nil
	}
	live := make([]varSet, len(p.nodes)) // at the entry of each node
	dead := make([]bool, len(p.nodes))
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		l := live[nd.t] | live[nd.f]
		if nd.kind == ir.Assign {
			dead[n] = l&(1<<nd.v) == 0
			l &^= 1 << nd.v
		}
		// Where the loads of a value that nothing reads may fail, they still do.
		if nd.kind != ir.Chain && (!dead[n] || nd.other) {
			l |= reads(nd.e) | reads(nd.r)
		}
		live[n] = l
	}
	return dead
}
