// Law: the elements of a link run on their own only where that makes no load that could fail and was not made before.

package optimizer

// divisible puts links together again whose elements must not run on their own.
// Where the body of one element of a link does not lead to the goal, the program
// went on with the next link; with the link divided it goes on with the link's
// other elements. Their loads must be sure to succeed there, or be needed by all
// that the next link leads to.
func (s *setMaker) divisible(list []element, known *state, goal ref) []element {
	out := list[:0]
	for i := 0; i < len(list); {
		l, end := list[i].link, i+1
		for end < len(list) && list[end].link == l {
			end++
		}
		if s.mayDivide(list[i:end], known, goal) {
			out = append(out, list[i:end]...)
		} else {
			out = append(out, element{body: l.head, next: l.next, link: l})
		}
		i = end
	}
	return out
}

// mayDivide tells whether the elements of one link may run on their own.
func (s *setMaker) mayDivide(list []element, known *state, goal ref) bool {
	if len(list) == 1 || list[0].body == goal {
		return true
	}
	first := &s.p.nodes[list[0].head(s)]
	captured := max(known.have, first.end, s.need[list[0].next])
	for i := range list[1:] {
		nd := &s.p.nodes[list[i+1].head(s)]
		if nd.other && nd.e != first.e && !known.safe(nd) || !nd.other && nd.end > captured {
			return false
		}
	}
	return true
}
