// Law: a link is entered at its head alone and left to two places alone; nothing here changes the program.

package optimizer

import "bpfc/ir"

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
	steps       int // left for all searches together
}

func newRegions(p *program) *regions {
	n := len(p.nodes)
	return &regions{p: p, in: p.indegrees(), seen: make([]int32, n), stamp: make([]int32, n), steps: 400*n + 10000}
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
func (r *regions) link(head, goal ref) (link, bool) {
	r.round++
	r.frontier = append(r.frontier[:0], head)
	l := link{head: head}
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
		l.inside = append(l.inside, m)
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
			return l, true
		}
	}
	return l, false
}

// chain finds the links from head on, each the next of the one before, up to
// stop.
func (r *regions) chain(head, goal, stop ref) (links []link) {
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
	return links
}
