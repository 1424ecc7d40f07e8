// Law: the elements of a link run on their own only where that makes no load that could fail and was not made before.

package optimizer

// divisible puts links together again whose elements must not run on their own.
// Where the body of one element of a link does not lead to the goal, the program
// went on with the next link; with the link divided it goes on with the link's
// other elements. Their loads must be sure to succeed there, or be needed by all
// that the next link leads to.
func (s *setMaker) divisible(list []element, known *state, goal ref) []element {
	if goal == reject && allTested(list) {
		return list
	}
	out := list[:0]
	for i := 0; i < len(list); {
		l, end := list[i].link, i+1
		for end < len(list) && list[end].link == l {
			end++
		}
		if s.mayDivide(list[i:end], known, goal) {
			out = append(out, list[i:end]...)
		} else {
			out = append(out, element{body: l.head, next: l.next, link: l, rank: l.rank})
		}
		i = end
	}
	return out
}

// allTested tells whether each packet that no link leads to the goal was tested
// by all elements' expressions before the links were divided: all links are
// pairs of tests of the same two expressions, and no value of the first lets all
// of them skip the second.
func allTested(list []element) bool {
	if len(list) < 4 || len(list)%2 != 0 {
		return false
	}
	var claims []claim
	for i := 0; i < len(list); i += 2 {
		a, b := &list[i], &list[i+1]
		if a.link != b.link || a.e == nil || a.e != list[0].e || b.e != list[1].e || a.not ||
			i > 0 && list[i-1].link == a.link {
			return false
		}
		claims = append(claims, claim{a.in, ref(i)})
	}
	// Two links whose first tests exclude each other are enough.
	for _, c := range claims[1:] {
		if c.in.and(claims[0].in).empty() {
			return true
		}
	}
	return false
}

// mayDivide tells whether the elements of one link may run on their own.
func (s *setMaker) mayDivide(list []element, known *state, goal ref) bool {
	if len(list) == 1 || list[0].body == goal {
		return true
	}
	have := known.have
	for i := range list[:len(list)-1] {
		ran := &s.p.nodes[list[i].head(s)]
		have = max(have, ran.end)
		captured := max(have, s.need[s.after(&list[i])])
		for j := range list[i+1:] {
			nd := &s.p.nodes[list[i+1+j].head(s)]
			if nd.other && nd.e != ran.e && !known.safe(nd) || !nd.other && nd.end > captured {
				return false
			}
		}
	}
	return true
}

// after returns where the program goes on in the next link once an element has
// held and its body has not led to the goal: tests of the same expression that
// the element decides are passed over.
func (s *setMaker) after(e *element) ref {
	m := e.next
	if e.not {
		return m
	}
	for m > reject {
		nd := &s.p.nodes[m]
		if !nd.member() || nd.e != e.e {
			break
		}
		switch {
		case nd.lo <= e.in.lo && e.in.hi <= nd.hi:
			m = nd.t
		case e.in.hi < nd.lo || nd.hi < e.in.lo:
			m = nd.f
		default:
			return m
		}
	}
	return m
}
