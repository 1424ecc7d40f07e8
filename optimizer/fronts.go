// Law: tests of one expression for single values change places: they load the same bytes and exclude each other.

package optimizer

import (
	"slices"

	"bpfc/internal/memory"
)

// longestFront bounds the chains that fronts looks at.
const longestFront = 16

// fronts moves a test to the front of its chain where the rest of the chain is
// what the test leads to, too, but for the expression: "ip6[6] is 6, or it is 44
// and ip6[40] is 6" becomes "ip6[6] is 44 and ip6[40] is 6, or ip6[6] is 6". The
// comparison with 6 is then one for both, of a value that lies in the accumulator
// either way. A chain whose first value is the one that most packets have stays
// as it is.
func (p *program) fronts() {
	in := p.indegrees()
	var first map[ref][]ref // by head of a chain: its nodes in their new order
	p.valueChains(in, func(n ref, chain []ref) {
		if at := p.front(chain); at > 0 && p.nodes[n].rank() == 0 {
			if first == nil {
				first = map[ref][]ref{}
			}
			order := append([]ref{chain[at]}, chain[:at]...)
			first[n] = append(order, chain[at+1:]...)
		}
	})
	if len(first) == 0 {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		if chain := first[n]; chain != nil {
			return b.chain(p, chain, p.nodes[p.last(chain)].f)
		}
		return -1
	})
}

// chain makes tests of the old program one after the other, which come out at rest.
func (b *builder) chain(p *program, chain []ref, rest ref) ref {
	at := b.moved[rest]
	for _, n := range slices.Backward(chain) {
		nd := p.nodes[n]
		nd.t, nd.f = b.moved[nd.t], at
		at = b.add(nd)
	}
	return at
}

// last returns the node of a chain that is its end in the program: the lowest.
func (p *program) last(chain []ref) ref {
	end := chain[0]
	for _, n := range chain {
		end = min(end, n)
	}
	return end
}

// valueChains calls f with the head of each chain, from the root down, and the
// chain, which is not to be kept.
func (p *program) valueChains(in []int32, f func(head ref, chain []ref)) {
	inside := memory.Zeroed(&p.memory.inside, len(p.nodes))
	room := memory.Room(&p.memory.front, longestFront)[:0]
	for n := p.root; n > reject; n-- {
		if inside[n] {
			continue
		}
		chain := p.valueChain(n, in, room)
		for _, m := range chain {
			inside[m] = true
		}
		f(n, chain)
	}
}

// valueChain appends to an empty chain n and the tests behind it, each of which
// is reached only if the one before found another value of the same expression.
func (p *program) valueChain(n ref, in []int32, chain []ref) []ref {
	e := p.nodes[n].e
	for len(chain) < longestFront {
		nd := &p.nodes[n]
		if !nd.member() || nd.e != e || nd.lo != nd.hi || nd.t == nd.f || len(chain) > 0 && in[n] != 1 {
			break
		}
		chain = append(chain, n)
		n = nd.f
	}
	return chain
}

// front returns the place in a chain of a test that leads to tests like the
// other ones of the chain, 0 if there is none or if it is the first.
func (p *program) front(chain []ref) int {
	for at := 1; at < len(chain); at++ {
		n := p.nodes[chain[at]].t
		e := p.nodes[n].e
		alike := true
		for i, m := range chain {
			if i == at {
				continue
			}
			x, y := &p.nodes[m], &p.nodes[n]
			if alike = y.member() && y.e == e && x.lo == y.lo && x.hi == y.hi && x.t == y.t; !alike {
				break
			}
			n = y.f
		}
		if alike && n == p.nodes[chain[len(chain)-1]].f {
			return at
		}
	}
	return 0
}
