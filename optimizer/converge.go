// Law: an edge may pass over tests if all ways from them lead to one place, on packets that take the edge, and their loads cannot fail or that place needs them.

package optimizer

import (
	"bpfc/internal/memory"
	"bpfc/ir"
)

// The search from one edge passes at most convergeSteps tests, all searches
// together at most convergeAll times the nodes, or convergeMost. With four steps, recorded filters
// get longer, with four times the nodes one of TestSmallPrograms; with eight steps and 24 times the nodes, none gets shorter.
const (
	convergeSteps = 6
	convergeAll   = 12
	convergeMost  = 4000
)

// repeated tells whether a test is made in several places: what it found in one
// may decide the other.
func (p *program) repeated() bool {
	index := memory.Zeroed(&p.memory.index, tableSize(len(p.nodes))) // open addressing; 0 is an empty place
	mask := uint32(len(index) - 1)
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if nd.kind != ir.Test || nd.t == nd.f {
			continue
		}
		h := nd.asks()
		for ; index[h&mask] != 0; h++ {
			if m := &p.nodes[index[h&mask]]; m.e == nd.e && m.r == nd.r && m.lo == nd.lo && m.hi == nd.hi {
				return true
			}
		}
		index[h&mask] = ref(n)
	}
	return false
}

// intertwined tells whether what one test finds may decide another that does not
// follow on it, or tests were left out that decide nothing: the edges that came together there can be threaded further.
func (p *program) intertwined() bool {
	return p.did.lost || p.scattered() || p.repeated() || p.overlapping()
}

// overlapping tells whether a test and the next are of the same bytes, but not of
// the same expression.
func (p *program) overlapping() bool {
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		if nd.member() && (p.overlap(nd.e, nd.t) || p.overlap(nd.e, nd.f)) {
			return true
		}
	}
	return false
}

// converge makes edges skip what decides nothing on them: where neither host of
// "(host A and port 80) or (host B and port 80)" can matter any more because the
// packet is known to be for another port, or where only the way to an end is
// left open, not the end. Equal ends of links become one by that.
func (p *program) converge() {
	t := &converger{left: min(convergeAll*len(p.nodes), convergeMost), stuck: memory.Zeroed(&p.memory.stuck, len(p.nodes)), behind: p.behind()}
	t.threader = p.threader()
	t.further = t
	t.run()
}

// converger is a threader that looks further ahead.
type converger struct {
	threader
	left, here int // steps, for all searches and for this one
	// stuck is, by node, the last search that did not find a meeting place from
	// there; it does not try again with what is known on another way.
	stuck  []int32
	search int32
	// behind is, by node, what the tests behind it look at. What is known of other things decides none of them.
	behind []uint64
}

// behind computes converger.behind.
func (p *program) behind() []uint64 {
	behind := memory.Zeroed(&p.memory.behind, len(p.nodes))
	at := func(n ref) uint64 {
		nd := &p.nodes[n]
		if nd.kind != ir.Test {
			return 0 // no search goes on from there
		}
		looks := p.x.of(nd.e).looks | behind[n]
		if nd.r != nil {
			looks |= p.x.of(nd.r).looks
		}
		return looks
	}
	for n := ref(2); int(n) < len(p.nodes); n++ {
		behind[n] = at(p.nodes[n].t) | at(p.nodes[n].f)
	}
	return behind
}

// from returns where an edge to m may go, given what is known on it.
func (t *converger) from(m ref, s *state) ref {
	t.here = min(convergeSteps, t.left)
	before := t.here
	t.search++
	to := t.meet(m, s)
	t.left -= before - t.here
	return to
}

// meet returns the place that all ways from m lead to, or the first test from m
// on whose outcome is not known.
func (t *converger) meet(m ref, s *state) ref {
	m = t.follow(m, s)
	if m <= reject || t.here <= 0 || t.stuck[m] == t.search {
		return m
	}
	nd := &t.p.nodes[m]
	if nd.kind != ir.Test || nd.t == nd.f || !s.about(t.behind[m]) {
		return m
	}
	if nd.t <= reject && nd.f <= reject {
		return m
	}
	t.here--
	to := t.beyond(nd, s, true)
	if t.beyond(nd, s, false) != to || to != reject && !s.safe(nd) && (nd.other || nd.end > t.need[to]) {
		t.stuck[m] = t.search
		return m
	}
	return to
}

// beyond is the meeting place behind a test that went some way.
func (t *converger) beyond(nd *node, s *state, way bool) ref {
	on := nd.f
	if way {
		on = nd.t
	}
	if on <= reject {
		return on
	}
	there := t.fresh()
	there.copyFrom(s)
	there.ran(nd)
	there.went(&t.p.x, nd, way)
	to := t.meet(on, there)
	t.release(there)
	return to
}
