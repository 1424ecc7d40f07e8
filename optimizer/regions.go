// Law: a link is entered at its head alone and left to two places alone; nothing here changes the program.

package optimizer

import (
	"slices"

	"bpfc/ir"
)

// link is a part of the program that is entered only at head and left only to
// the goal of the chain it belongs to, or to next.
type link struct {
	head, next ref
	inside     []ref
	rank       int // of the element that it is part of, within an ordered chain
}

// linkSteps bounds the nodes of a link.
const linkSteps = 96

// regions finds chains of links.
type regions struct {
	p  *program
	in []int32
	// seen counts, by node, the edges from the link in work; it is valid where
	// stamp is round.
	seen, stamp []int32
	round       int32
	frontier    []ref
	arena       []ref // holds what links have inside
	found       []link
	steps       int // left for all searches together
}

func newRegions(p *program) *regions {
	n := len(p.nodes)
	return &regions{p: p, in: p.indegrees(), seen: zeroed(&p.memory.seen, n), stamp: zeroed(&p.memory.stamp, n), steps: 400*n + 10000}
}

// touch counts an edge of the link in work into m and adds m to the frontier.
func (r *regions) touch(m, goal ref) {
	if m == goal {
		return
	}
	if r.stamp[m] != r.round {
		r.stamp[m], r.seen[m] = r.round, 0
		r.frontier = append(r.frontier, m)
	}
	r.seen[m]++
}

// link finds the smallest link with the given head and goal.
func (r *regions) link(head, goal ref) (l link, ok bool) {
	r.round++
	r.frontier = append(r.frontier[:0], head)
	l = link{head: head}
	start := len(r.arena)
	defer func() {
		if l.inside == nil {
			r.arena = r.arena[:start]
		}
	}()
	for range linkSteps {
		if r.steps--; r.steps < 0 {
			return l, false
		}
		best := 0
		for i, m := range r.frontier {
			if m > r.frontier[best] {
				best = i
			}
		}
		m := r.frontier[best]
		if m <= reject || m != head && r.seen[m] != r.in[m] {
			return l, false
		}
		r.frontier = append(r.frontier[:best], r.frontier[best+1:]...)
		r.arena = append(r.arena, m)
		nd := &r.p.nodes[m]
		r.touch(nd.t, goal)
		if nd.kind != ir.Assign {
			r.touch(nd.f, goal)
		}
		switch len(r.frontier) {
		case 0:
			return l, false
		case 1:
			l.next = r.frontier[0]
			l.inside = r.arena[start:len(r.arena):len(r.arena)]
			return l, true
		}
	}
	return l, false
}

// chain finds the links from head on, each the next of the one before, up to
// stop.
func (r *regions) chain(head, goal, stop ref) []link {
	return slices.Clone(r.look(head, goal, stop))
}

// look is chain for those who need the links only until they look again.
func (r *regions) look(head, goal, stop ref) []link {
	links := r.found[:0]
	for head > reject && head != stop {
		l, ok := r.link(head, goal)
		if !ok {
			break
		}
		links = append(links, l)
		head = l.next
		if head > reject && r.seen[head] != r.in[head] {
			break
		}
	}
	r.found = links
	return links
}
