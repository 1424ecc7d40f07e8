// Law: a test is made earlier only where its loads cannot fail, or where every way to accept makes them.

package optimizer

import (
	"math"
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// Programs of more than mostLiftable nodes are left as they are, and expressions
// with more than mostLifted tests. The program may cost promising times as much
// before other expressions' tests are made earlier, too. All programs made on the
// way have liftedTimes the program's nodes together at most.
const (
	mostLiftable = 500000
	mostLifted   = 12
	promising    = 1.5
	liftedTimes  = 12
)

// lift makes the tests of an expression once, where several parts of the program
// make them: "(host A and port P) or (host B and port Q)" is "ports and (host A
// and P or host B and Q)". What follows is copied for each outcome, in which
// these tests are decided, and what is alike in the copies is made once.
func (p *program) lift() {
	if len(p.nodes) > mostLiftable {
		return
	}
	var tried []*ir.Expr
	for left := liftedTimes * len(p.nodes); left > 0 && p.sites(tried); {
		l := p.liftable()
		if l == nil {
			return
		}
		tried = append(tried, l.e)
		before := p.save()
		run, size := p.estimate()
		p.lifted(l)
		left -= len(p.nodes)
		p.thread()
		p.merge()
		r, s := p.estimate()
		if r*s >= run*size*promising {
			p.restore(before)
		}
	}
}

// sites counts, by expression, the places where it is brought into the accumulator for tests, and tells whether one
// has several. Of those tried before there are none.
func (p *program) sites(tried []*ir.Expr) (several bool) {
	held := p.held()
	sites := memory.Zeroed(&p.memory.sites, p.g.NumExprs())
	for n := 2; n < len(p.nodes); n++ {
		if nd := &p.nodes[n]; nd.decides() && held[n] != nd.e && !nd.e.UsesVars() && !slices.Contains(tried, nd.e) {
			sites[nd.e.ID]++
			several = several || sites[nd.e.ID] > 1
		}
	}
	return several
}

// lifting is an expression, the tests of it, and the node that they are to come
// before.
type lifting struct {
	e       *ir.Expr
	tests   []interval
	at      ref
	reached []bool // by node, from at on
}

// liftable returns an expression whose tests may be made earlier, or nil. It needs sites, which it clears.
func (p *program) liftable() *lifting {
	sites := p.memory.sites
	var dom []ref
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if !nd.decides() || sites[nd.e.ID] < 2 {
			continue
		}
		sites[nd.e.ID] = 0
		if dom == nil {
			dom = p.dominators()
		}
		at := p.repeatedFrom(n, dom)
		if at >= 0 && p.nodes[at].kind == ir.Test && p.mayLift(nd.e, at) {
			return p.testsFrom(at, nd.e)
		}
	}
	return nil
}

// decides tells whether a node tests for membership and what it finds matters.
func (n *node) decides() bool { return n.member() && n.t != n.f }

// repeatedFrom returns the last node before all those, from n on, that bring its
// expression into the accumulator, or -1 if it has too many tests.
func (p *program) repeatedFrom(n ref, dom []ref) ref {
	held := p.held()
	var sites []ref
	var tests []interval
	for m := n; m > reject; m-- {
		nd := &p.nodes[m]
		if !nd.decides() || nd.e != p.nodes[n].e {
			continue
		}
		if in := (interval{nd.lo, nd.hi}); !slices.Contains(tests, in) {
			if tests = append(tests, in); len(tests) > mostLifted {
				return -1
			}
		}
		if held[m] != nd.e {
			sites = append(sites, m)
		}
	}
	at := sites[0]
	for _, m := range sites[1:] {
		at = nearest(dom, at, m)
	}
	return at
}

// testsFrom collects the tests of an expression from a node on.
func (p *program) testsFrom(at ref, e *ir.Expr) *lifting {
	reached := memory.Zeroed(&p.memory.inside, int(at+1))
	l := &lifting{e: e, at: at, reached: reached}
	reached[at] = true
	for n := at; n > reject; n-- {
		if !reached[n] {
			continue
		}
		nd := &p.nodes[n]
		reached[nd.t], reached[nd.f] = true, true
		if in := (interval{nd.lo, nd.hi}); nd.decides() && nd.e == e && !slices.Contains(l.tests, in) {
			l.tests = append(l.tests, in)
		}
	}
	return l
}

// mayLift tells whether an expression may be evaluated before a node.
func (p *program) mayLift(e *ir.Expr, at ref) bool {
	if in := p.x.of(e); !in.other && in.end <= max(p.haves()[at], p.needs()[at]) {
		return true
	}
	makes := memory.Zeroed(&p.memory.inside, int(at+1)) // by node: every way to accept evaluates e
	makes[reject] = true
	for n := ref(2); n <= at; n++ {
		nd := &p.nodes[n]
		makes[n] = nd.member() && nd.e == e || makes[nd.t] && makes[nd.f]
	}
	return makes[at]
}

// lifted makes the program with the tests made before the node.
func (p *program) lifted(l *lifting) {
	p.rebuild(func(b *builder, n ref, _ node) ref {
		if n != l.at {
			return -1
		}
		rest := upTo(math.MaxUint32)
		var ways []ref
		for _, in := range l.tests {
			inside := rest.inside(in)
			if inside.n == 0 {
				ways = append(ways, reject)
				continue
			}
			ways = append(ways, p.decided(b, l, &inside))
			rest = rest.outside(in)
		}
		made := p.decided(b, l, &rest)
		for i, in := range slices.Backward(l.tests) {
			made = b.member(member{e: l.e, lo: in.lo, hi: in.hi}, ways[i], made)
		}
		return made
	})
}

// decided makes what follows from l.at on where the expression is known to have
// one of some values.
func (p *program) decided(b *builder, l *lifting, v *values) ref {
	have := p.haves()
	made := memory.Zeroed(&p.memory.made, int(l.at+1))
	made[accept], made[reject] = accept, reject
	for n := ref(2); n <= l.at; n++ {
		if !l.reached[n] {
			continue
		}
		nd := p.nodes[n]
		b.have = have[n] // in the end what it is before l.at
		if nd.member() && nd.e == l.e {
			if in := v.inside(interval{nd.lo, nd.hi}); in.n == 0 {
				made[n] = made[nd.f]
				continue
			} else if in == *v {
				made[n] = made[nd.t]
				continue
			}
		}
		nd.t, nd.f = made[nd.t], made[nd.f]
		made[n] = b.add(nd)
	}
	return made[l.at]
}

// dominators returns, by node, the last node before it on all paths, 0 where none leads to it.
func (p *program) dominators() []ref {
	dom := memory.Zeroed(&p.memory.dom, len(p.nodes))
	dom[p.root] = p.root
	for n := p.root; n > reject; n-- {
		if dom[n] == 0 {
			continue
		}
		for _, m := range [2]ref{p.nodes[n].t, p.nodes[n].f} {
			if m <= reject {
				continue
			}
			d := n
			if dom[m] != 0 {
				d = nearest(dom, d, dom[m])
			}
			dom[m] = d
		}
	}
	return dom
}

// nearest is the last node before both.
func nearest(dom []ref, a, b ref) ref {
	for a != b {
		if a < b {
			a = dom[a]
		} else {
			b = dom[b]
		}
	}
	return a
}
