// Law: a load becomes part of a longer one only if that ends where the load did, or where a failure of the test rejects anyway.

package optimizer

import (
	"slices"

	"bpfc/ir"
)

// guards makes a test that stands behind several values of an expression part
// of the comparisons with these values: that a packet is TCP, UDP or SCTP, and
// no fragment other than the first, is three comparisons of one word under a
// mask. It is what words does, for more than one value.
func (p *program) guards() {
	in := p.indegrees()
	held := p.held()
	var chains map[ref]*guarded
	for n := ref(2); int(n) < len(p.nodes); n++ {
		if g := p.guarded(n, in); g != nil && g.saved(in, held[n]) > 0 && p.nodes[n].e.Size == 1 {
			if chains == nil {
				chains = map[ref]*guarded{}
			}
			chains[n] = g
		}
	}
	if len(chains) == 0 {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		if g := chains[n]; g != nil {
			return b.guarded(g)
		}
		return -1
	})
}

// guarded is a chain of tests of one expression for single values, and the
// same test behind each of them, which leads to where the chain ends.
type guarded struct {
	p      *program
	chain  []ref
	guards []ref
	rest   ref
}

// guarded returns the guarded chain that starts at n, or nil.
func (p *program) guarded(n ref, in []int32) *guarded {
	if nd := &p.nodes[n]; !nd.member() || nd.t <= reject || nd.f <= reject || p.nodes[nd.f].e != nd.e {
		return nil
	}
	var room [longestFront]ref
	chain := p.valueChain(n, in, room[:0])
	if len(chain) < 2 {
		return nil
	}
	rest := p.nodes[chain[len(chain)-1]].f
	first := &p.nodes[p.nodes[n].t]
	guards := make([]ref, 0, longestFront)
	for _, m := range chain {
		x := p.nodes[m].t
		nd := &p.nodes[x]
		if !nd.member() || nd.e != first.e || nd.lo != first.lo || nd.hi != first.hi || nd.f != rest || nd.t == nd.f {
			return nil
		}
		guards = append(guards, x)
	}
	return &guarded{p: p, chain: slices.Clone(chain), guards: slices.Clone(guards), rest: rest}
}

// saved returns how many instructions the program will be shorter by.
func (g *guarded) saved(in []int32, held *ir.Expr) int {
	saved := -2 // the load of the word and its mask
	if held != g.p.nodes[g.chain[0]].e {
		saved++
	}
	from := map[ref]int32{}
	for _, x := range g.guards {
		if from[x]++; from[x] == in[x] {
			saved += 2
		}
	}
	return saved
}

// guarded makes the comparisons, or returns -1 if there is no word for them.
func (b *builder) guarded(g *guarded) ref {
	at := b.moved[g.rest]
	for i := len(g.chain) - 1; i >= 0; i-- {
		nd, guard := g.p.nodes[g.chain[i]], &g.p.nodes[g.guards[i]]
		m, ok := b.joined(&nd, guard, b.moved[g.rest])
		if !ok {
			return -1
		}
		at = b.member(m, b.moved[guard.t], at)
	}
	return at
}
