// Law: a link is entered at its head alone and left to two places alone; nothing here changes the program.

package optimizer

import (
	"bpfc/internal/memory"
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

// regions finds chains of links. Its slices serve the next search again.
type regions struct {
	p        *program
	in       []int32
	edges    []edges // by node
	round    int32
	frontier []ref
	arena    []ref // holds what links have inside
	found    []link
	steps    int // left for all searches together
}

// edges counts the edges into a node from the link in work, if round is that of
// the link.
type edges struct{ n, round int32 }

// regions returns what finds the links of the program as it is.
func (p *program) regions() *regions {
	r := &p.memory.regions
	p.like.version = 0 // plans refer to the links of the last search
	n := len(p.nodes)
	r.p, r.in, r.edges, r.round = p, p.indegrees(), memory.Zeroed(&r.edges, n), 0
	r.arena, r.steps = r.arena[:0], 400*n+10000
	if r.arena == nil {
		r.arena, r.frontier, r.found = make([]ref, 0, 4*n), make([]ref, 0, 8), make([]link, 0, 8)
	}
	return r
}

// touch counts an edge of the link in work into m and adds m to the frontier.
func (r *regions) touch(m, goal ref) {
	if m == goal {
		return
	}
	e := &r.edges[m]
	if e.round != r.round {
		*e = edges{round: r.round}
		r.frontier = append(r.frontier, m)
	}
	e.n++
}

// link finds the smallest link with the given head and goal.
func (r *regions) link(head, goal ref) (l link, ok bool) {
	r.round++
	r.frontier = append(r.frontier[:0], head)
	start := len(r.arena)
	next, ok := r.expand(head, goal)
	if !ok {
		r.arena = r.arena[:start]
		return l, false
	}
	return link{head: head, next: next, inside: r.arena[start:len(r.arena):len(r.arena)]}, true
}

// expand puts nodes into the arena, from head on, until they lead to the goal
// and to one other place alone.
func (r *regions) expand(head, goal ref) (next ref, ok bool) {
	for range linkSteps {
		if r.steps--; r.steps < 0 {
			return 0, false
		}
		best := 0
		for i, m := range r.frontier {
			if m > r.frontier[best] {
				best = i
			}
		}
		m := r.frontier[best]
		if m <= reject || m != head && r.edges[m].n != r.in[m] {
			return 0, false
		}
		last := len(r.frontier) - 1
		r.frontier[best] = r.frontier[last]
		r.frontier = r.frontier[:last]
		r.arena = append(r.arena, m)
		nd := &r.p.nodes[m]
		r.touch(nd.t, goal)
		if nd.kind != ir.Assign {
			r.touch(nd.f, goal)
		}
		switch len(r.frontier) {
		case 0:
			return 0, false
		case 1:
			return r.frontier[0], true
		}
	}
	return 0, false
}

// look finds the links from head on, each the next of the one before, up to stop. They are there until it looks again.
func (r *regions) look(head, goal, stop ref) []link {
	links := r.found[:0]
	for head > reject && head != stop {
		l, ok := r.link(head, goal)
		if !ok {
			break
		}
		links = append(links, l)
		head = l.next
		if head > reject && r.edges[head].n != r.in[head] {
			break
		}
	}
	r.found = links
	return links
}
