// Law: a test that decided on every way to a place, made there again, decides the same, and its loads cannot fail.

package optimizer

import (
	"slices"

	"bpfc/ir"
)

// mostRejoined bounds the programs that rejoin looks at, in nodes: the parts
// that it finds are those of IPv4 and IPv6, not those of long lists.
const mostRejoined = 1500

// rejoin lets two parts that differ only in what they look at, and in where
// they lead to, lead to one place, from which a test that the program made
// before tells the ways apart again: behind the ports that are wanted, IPv4
// packets have their protocol looked at in another place than IPv6 packets.
// That makes them parts that share can make one of.
func (p *program) rejoin() {
	if p.g.Vars+1 > mostVars || len(p.nodes) > mostRejoined || !p.resembling() {
		return
	}
	j := p.rejoiner()
	if !j.find() {
		return
	}
	b := p.builder(len(p.nodes))
	b.moved = append(b.moved, make([]ref, len(p.nodes)-2)...)
	p.take(b, j.make(b, p.root))
}

// resembling tells whether two tests differ only in where their loads start.
func (p *program) resembling() bool {
	s := p.sharer()
	for n := ref(2); int(n) < len(p.nodes); n++ {
		nd := &p.nodes[n]
		for m := n + 1; int(m) < len(p.nodes) && nd.member() && m < n+mostBetween; m++ {
			k := &p.nodes[m]
			if k.member() && k.lo == nd.lo && k.hi == nd.hi && k.e != nd.e && s.shape(k.e) == s.shape(nd.e) {
				return true
			}
		}
	}
	return false
}

// mostBetween bounds how far apart resembling tests may stand.
const mostBetween = 64

func (p *program) rejoiner() *rejoiner {
	j := &rejoiner{p: p, s: p.sharer(), dom: p.dominators(), to: map[ref]*fork{}, t: p.traffic()}
	j.s.ready()
	j.freq = j.t.freq
	j.place = make([]int32, len(p.nodes))
	return j
}

// rejoiner is one run of the pass.
type rejoiner struct {
	p   *program
	s   *sharer
	dom []ref
	to  map[ref]*fork // by node of a part: what it leads to from now on

	t    *traffic
	freq []odds

	inside []ref   // of the part in work, sorted
	place  []int32 // by node: the place in the part in work, 0 for none
}

// fork is a place that two parts lead to instead of old, and the test there.
type fork struct {
	test ref
	old  pair // where the test leads to
}

// exitPart is a piece of the program that is left to goal and to next alone.
type exitPart struct {
	link
	goal  ref
	shape uint64
}

// mostRejoinedLinks bounds the links of a part.
const mostRejoinedLinks = 6

// find looks for parts to join, and tells whether there are any.
func (j *rejoiner) find() bool {
	parts, alike := j.exitParts([]ref{reject, accept})
	for i := range parts {
		for _, k := range alike[parts[i].shape] {
			if k > i && parts[k].head != parts[i].head {
				j.try(&parts[i], &parts[k])
			}
		}
	}
	return len(j.to) > 0
}

// exitParts returns the parts that are left to one of the goals and one other
// place, from the root down, the longest of a head first, and by their shapes
// which they are.
func (j *rejoiner) exitParts(goals []ref) (parts []exitPart, alike map[uint64][]int) {
	p := j.p
	r := p.regions()
	alike = map[uint64][]int{}
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if !nd.member() || j.s.held[n] == nd.e {
			continue
		}
		for _, goal := range goals {
			links := r.look(n, goal, -1)
			links = links[:min(len(links), mostRejoinedLinks)]
			var inside []ref
			for _, l := range links {
				inside = append(inside, l.inside...)
			}
			for i := len(links) - 1; i >= 0 && len(inside) > 1; i-- {
				l := exitPart{link: link{head: n, next: links[i].next, inside: inside}, goal: goal}
				l.shape = j.shape(&l.link, goal)
				alike[l.shape] = append(alike[l.shape], len(parts))
				parts = append(parts, l)
				inside = inside[:len(inside)-len(links[i].inside)]
			}
		}
	}
	return parts, alike
}

// shape hashes a part without the offsets of its loads and where it leads to.
func (j *rejoiner) shape(l *link, goal ref) uint64 {
	j.inside = append(j.inside[:0], l.inside...)
	slices.Sort(j.inside)
	j.place[goal], j.place[l.next] = 1, 2
	h := uint64(goal)
	for i, n := range j.inside {
		nd := &j.p.nodes[n]
		h = mix(h, uint64(nd.kind))
		if nd.e != nil {
			h = mix(mix(h, j.s.shape(nd.e)), uint64(nd.lo)<<32|uint64(nd.hi))
		}
		h = mix(mix(h, uint64(j.place[nd.t])), uint64(j.place[nd.f]))
		j.place[n] = int32(i) + 3
	}
	for _, n := range j.inside {
		j.place[n] = 0
	}
	j.place[goal], j.place[l.next] = 0, 0
	return h
}

// try joins two parts if that is possible and saves instructions.
func (j *rejoiner) try(a, b *exitPart) {
	if a.next == b.next || a.goal != b.goal {
		return
	}
	for _, l := range [2]*exitPart{a, b} {
		for _, n := range l.inside {
			if j.s.nodes[n].taken {
				return
			}
		}
	}
	t := &j.s.trial
	if !j.s.match(t, pair{a.head, b.head}, inStarts, pair{a.next, b.next}) {
		return
	}
	d := j.apart(a.head, b.head)
	if d < 0 {
		return
	}
	test := j.t.loading(j.p.nodes[d].e) + comparing(&j.p.nodes[d])
	if (float32(j.s.saved(t))-test)*instruction <= j.run(a, b, test) {
		return
	}
	f := &fork{test: d, old: pair{a.next, b.next}}
	if !j.p.reaches(j.p.nodes[d].t, a.head) {
		f.old = pair{b.next, a.next}
	}
	for _, l := range [2]*exitPart{a, b} {
		for _, n := range l.inside {
			j.to[n] = f
		}
	}
	if j.returns(f) {
		for _, l := range [2]*exitPart{a, b} {
			for _, n := range l.inside {
				delete(j.to, n)
			}
		}
		return
	}
	for _, l := range [2]*exitPart{a, b} {
		for _, n := range l.inside {
			j.s.nodes[n].taken = true
		}
	}
}

// returns tells whether a fork leads back to the parts that lead to it, by way of
// another one.
func (j *rejoiner) returns(f *fork) bool {
	seen := make([]bool, len(j.p.nodes))
	work := []ref{f.old[0], f.old[1]}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if n <= reject || seen[n] {
			continue
		}
		seen[n] = true
		if j.to[n] == f {
			return true
		}
		work = append(work, j.p.nodes[n].t, j.p.nodes[n].f)
		if g := j.to[n]; g != nil {
			work = append(work, g.old[0], g.old[1])
		}
	}
	return false
}

// run is how many instructions more run on a packet if two parts are joined: the
// test that tells them apart again, and to say for the second where it looks.
func (j *rejoiner) run(a, b *exitPart, test float32) (more float32) {
	for _, l := range [2]*exitPart{a, b} {
		for _, n := range l.inside {
			nd := &j.p.nodes[n]
			yes := &j.t.yes[n]
			for k, f := range j.freq[n] {
				if nd.t == l.next {
					more += test * f * yes[k]
				}
				if nd.f == l.next {
					more += test * f * (1 - yes[k])
				}
			}
		}
	}
	return more + j.freq[b.head].sum()
}

// apart returns a test that goes one way on all paths to a and the other on
// all paths to b, or -1.
func (j *rejoiner) apart(a, b ref) ref {
	p := j.p
	d := nearest(j.dom, j.dom[a], j.dom[b])
	nd := &p.nodes[d]
	if nd.kind != ir.Test || reads(nd.e)|reads(nd.r) != 0 {
		return -1
	}
	ta, tb := p.reaches(nd.t, a), p.reaches(nd.t, b)
	fa, fb := p.reaches(nd.f, a), p.reaches(nd.f, b)
	if ta && fb && !tb && !fa || tb && fa && !ta && !fb {
		return d
	}
	return -1
}

// reaches tells whether there is a path from one node to another.
func (p *program) reaches(from, to ref) bool {
	if from < to {
		return false
	}
	seen := make([]bool, from-to+1)
	seen[from-to] = true
	for n := from; n > to; n-- {
		if !seen[n-to] {
			continue
		}
		for _, m := range [2]ref{p.nodes[n].t, p.nodes[n].f} {
			if m >= to {
				seen[m-to] = true
			}
		}
	}
	return seen[0]
}

// dominators returns, by node, the last node that all paths to it come through.
func (p *program) dominators() []ref {
	dom := make([]ref, len(p.nodes))
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

// nearest returns the last node that all paths to two nodes come through, given
// that of each.
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

// make makes what became of a node.
func (j *rejoiner) make(b *builder, n ref) ref {
	if n <= reject || b.moved[n] != 0 {
		return b.moved[n]
	}
	nd := j.p.nodes[n]
	f := j.to[n]
	on := func(m ref) ref {
		if f == nil || m != f.old[0] && m != f.old[1] {
			return j.make(b, m)
		}
		again := j.p.nodes[f.test]
		again.t, again.f = j.make(b, f.old[0]), j.make(b, f.old[1])
		return b.add(again)
	}
	nd.t, nd.f = on(nd.t), on(nd.f)
	b.moved[n] = b.add(nd)
	return b.moved[n]
}
