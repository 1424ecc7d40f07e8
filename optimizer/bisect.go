// Law: tests of one expression for single values exclude each other, so any search of theirs leads each value to where the first that wants it does.

package optimizer

import (
	"cmp"
	"math"
	"slices"
)

// fewestBisected is how many nodes a program has at least for a comparison more
// to be no matter: short programs stay as short as they can be.
const fewestBisected = 12

// bisect puts a comparison before a few tests of one expression where that
// saves more on the packets that links carry than the instruction is worth:
// most Ethernet types lie below those of VLAN tags.
func (p *program) bisect() {
	if len(p.nodes) < fewestBisected {
		return
	}
	in := p.indegrees()
	t := p.traffic()
	var heads map[ref]*bisection
	p.valueChains(in, func(n ref, chain []ref) {
		if len(chain) < 3 || len(chain) == longestFront {
			return
		}
		if c := t.bisection(chain, &t.freq[n]); c != nil {
			if heads == nil {
				heads = map[ref]*bisection{}
			}
			heads[n] = c
		}
	})
	if len(heads) == 0 {
		return
	}
	p.rebuild(func(b *builder, n ref, _ node) ref {
		if c := heads[n]; c != nil {
			return c.make(p, b)
		}
		return -1
	})
}

// bisection is the search of the values of a chain: those from at on go to
// above, others to below.
type bisection struct {
	at           uint32
	below, above []ref
	rest         ref
}

// bisection returns the best search of the values of a chain, or nil if that is
// to test one after the other.
func (t *traffic) bisection(chain []ref, freq *odds) *bisection {
	nodes := t.p.nodes
	e := nodes[chain[0]].e
	sorted := slices.Clone(chain)
	slices.SortFunc(sorted, func(a, b ref) int { return cmp.Compare(nodes[a].lo, nodes[b].lo) })
	c := &bisection{rest: nodes[t.p.last(chain)].f}
	most := float32(instruction)
	all := t.comparisons(chain, everywhere(1))
	for i := 0; i <= len(sorted); i++ {
		at := nodes[sorted[min(i, len(sorted)-1)]].lo
		if i == len(sorted) {
			if at == math.MaxUint32 {
				break
			}
			at++
		}
		below, ok := t.below(e, at)
		if !ok {
			return nil
		}
		above := everywhere(1)
		for k := range above {
			above[k] -= below[k]
		}
		low, high := t.split(chain, at)
		lows, highs := t.comparisons(low, below), t.comparisons(high, above)
		gain := float32(0)
		for k, f := range freq {
			gain += f * (all[k] - 1 - lows[k] - highs[k])
		}
		if gain > most {
			most = gain
			c.at, c.below, c.above = at, low, high
		}
	}
	if most == instruction {
		return nil
	}
	return c
}

// split divides a chain by whether its values are less than at.
func (t *traffic) split(chain []ref, at uint32) (below, above []ref) {
	for _, n := range chain {
		if t.p.nodes[n].lo < at {
			below = append(below, n)
		} else {
			above = append(above, n)
		}
	}
	return below, above
}

// comparisons is how many of a chain's tests run on packets of the frequencies
// f.
func (t *traffic) comparisons(chain []ref, f odds) (sum odds) {
	for _, n := range chain {
		yes := &t.yes[n]
		for k := range f {
			sum[k] += max(f[k], 0)
			f[k] -= yes[k]
		}
	}
	return sum
}

func (c *bisection) make(p *program, b *builder) ref {
	e := p.nodes[append(c.below, c.above...)[0]].e
	above, below := b.chain(p, c.above, c.rest), b.chain(p, c.below, c.rest)
	return b.member(b.x.canonical(member{e: e, lo: c.at, hi: math.MaxUint32}), above, below)
}
