// Law: the program is to reject only if on every path to accept some test contradicts what the tests before it found.

package optimizer

import (
	"math"

	"bpfc/ir"
)

// The search for a path to accept is bounded: by how many nodes it passes (most
// programs have a path without a detour), and by how far back it looks for a
// test that was made before.
const (
	reachSteps = 4096
	reachBack  = 64
)

// path is a way from the root to a node, from its end.
type path struct {
	n      *node // the node passed last, nil for none
	way    bool  // which way it went
	before *path
}

// branch is a path that is still to be followed: where it leads, and what is
// known there.
type branch struct {
	at   ref
	s    *state
	path *path
}

// reach looks for a path to accept that contradicts itself nowhere. Threading
// joins what is known where paths meet, so it does not see that in "port 80
// and src port 443 and dst port 443" each way of matching the first excludes
// the rest; here every path is walked by itself.
func (p *program) reach() {
	if p.g.Vars > maxVars {
		return
	}
	far := p.distances()
	t := &threader{p: p}
	open := []branch{{at: p.root, s: t.fresh()}}
	for steps := 0; len(open) > 0; steps++ {
		b := open[len(open)-1]
		open = open[:len(open)-1]
		if b.at == accept || steps == reachSteps {
			for _, left := range append(open, b) {
				t.release(left.s)
			}
			return
		}
		if far[b.at] == math.MaxInt32 {
			t.release(b.s)
			continue
		}
		open = t.fork(open, b, far)
	}
	p.root = reject
	p.changed()
}

// fork adds the branches that leave the node at b to open, the one that may
// accept soonest last.
func (t *threader) fork(open []branch, b branch, far []int32) []branch {
	n, s := &t.p.nodes[b.at], b.s
	goes, known := n.t == n.f, n.t == n.f
	if n.kind == ir.Test && !known {
		if goes, known = s.decide(&t.p.x, n); !known {
			goes, known = b.path.decided(n)
		}
	}
	s.ran(n)
	if n.kind == ir.Assign {
		s.assign(&t.p.x, int(n.v), n.e)
	}
	next := branch{n.t, s, &path{n, true, b.path}}
	if known && !goes {
		next.at, next.path.way = n.f, false
	}
	if known {
		return append(open, next)
	}
	other := branch{n.f, t.fresh(), &path{n, false, b.path}}
	s.branch(&t.p.x, n, other.s)
	if far[next.at] <= far[other.at] {
		next, other = other, next
	}
	return append(open, next, other)
}

// decided tells which way a test went when it was made before.
func (b *path) decided(n *node) (goes, known bool) {
	variable := n.e.UsesVars() || n.r != nil && n.r.UsesVars()
	for back := 0; b != nil && back < reachBack; back++ {
		switch m := b.n; {
		case m.kind == ir.Assign && variable:
			return false, false
		case m.kind == ir.Test && m.t != m.f && m.e == n.e && m.r == n.r && m.lo == n.lo && m.hi == n.hi:
			return b.way, true
		}
		b = b.before
	}
	return false, false
}

// distances tells, by node, how few nodes away accept is.
func (p *program) distances() []int32 {
	far := make([]int32, len(p.nodes))
	far[reject] = math.MaxInt32
	for n := ref(2); int(n) < len(p.nodes); n++ {
		far[n] = min(far[p.nodes[n].t], far[p.nodes[n].f])
		if far[n] < math.MaxInt32 {
			far[n]++
		}
	}
	return far
}
