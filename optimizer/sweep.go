// Law: each value gets the target that the first elements to claim it, in their order, lead to.

package optimizer

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// part is an interval of values with a common target. It starts at lo and
// ends before the next part.
type part struct {
	lo     uint32
	target ref
}

// sweep goes through the values in ascending order and finds which elements of
// a group claim each.
type sweep struct {
	s     *setMaker
	list  []element
	known *state
	x     exits
	depth int
	made  []ref          // targets of single elements, by index; 0 if not made
	sets  map[string]ref // targets of several
}

type claim struct {
	in   interval
	elem ref // its place in the list
}

// claims appends the intervals of an element.
func (e *element) claims(index int, list []claim) []claim {
	if !e.not {
		return append(list, claim{e.in, ref(index)})
	}
	if e.in.lo > 0 {
		list = append(list, claim{interval{0, e.in.lo - 1}, ref(index)})
	}
	if e.in.hi < math.MaxUint32 {
		list = append(list, claim{interval{e.in.hi + 1, math.MaxUint32}, ref(index)})
	}
	return list
}

// claims returns the intervals of all elements by their starts.
func (w *sweep) claims() []claim {
	list := make([]claim, 0, len(w.list)+1)
	for i := range w.list {
		list = w.list[i].claims(i, list)
	}
	sortBy(list, func(c claim) uint32 { return c.in.lo })
	return list
}

// shortList is up to how many elements a list is sorted by insertion, which takes no memory.
const shortList = 12

// sortBy sorts a list by a key of its elements; those of one key stay in their order. It sorts their places, so that the
// sorting of the slices package is in a program once only.
func sortBy[T any](list []T, key func(T) uint32) {
	if len(list) <= shortList {
		for i := range list {
			for j := i; j > 0 && key(list[j]) < key(list[j-1]); j-- {
				list[j], list[j-1] = list[j-1], list[j]
			}
		}
		return
	}
	order := make([]ref, len(list))
	for i := range order {
		order[i] = ref(i)
	}
	slices.SortFunc(order, func(a, b ref) int { return cmp.Or(cmp.Compare(key(list[a]), key(list[b])), cmp.Compare(a, b)) })
	sorted := make([]T, len(list))
	for i, from := range order {
		sorted[i] = list[from]
	}
	copy(list, sorted)
}

// parts returns the intervals of all values, ascending, with their targets.
func (w *sweep) parts() []part { return partsOf(w.claims(), &w.s.work, w.target) }

// partsOf goes through all values in ascending order, with claims in the order of their starts, and cuts them where their target
// changes, which depends on who claims them. It gives up, and returns nil, where that is more than some work.
func partsOf(claims []claim, work *int, target func(active []claim) ref) (out []part) {
	var active []claim
	for from := uint64(0); from <= math.MaxUint32; {
		active = slices.DeleteFunc(active, func(c claim) bool { return uint64(c.in.hi) < from })
		for len(claims) > 0 && uint64(claims[0].in.lo) == from {
			active = append(active, claims[0])
			claims = claims[1:]
		}
		to := uint64(math.MaxUint32) + 1
		if len(claims) > 0 {
			to = uint64(claims[0].in.lo)
		}
		for _, c := range active {
			to = min(to, uint64(c.in.hi)+1)
		}
		if *work -= len(active); *work < 0 {
			return nil
		}
		at := target(active)
		if n := len(out); n == 0 || out[n-1].target != at {
			out = append(out, part{uint32(from), at})
		}
		from = to
	}
	return out
}

// hide notes the elements that one before them hides.
func (w *sweep) hide(elems []ref, by ref) {
	for _, i := range elems {
		if i > by && w.x.hidden != nil {
			w.x.hidden[w.list[i].rank] = true
		}
	}
}

// target returns where the values go that some elements claim.
func (w *sweep) target(active []claim) ref {
	if len(active) == 0 {
		return w.x.rest
	}
	elems := make([]ref, 0, 8)
	for _, c := range active {
		elems = append(elems, c.elem)
	}
	slices.Sort(elems)
	// An element that leads to the goal at once decides, unless a load before
	// it may fail.
	direct, late := ref(-1), ref(0)
	for _, i := range elems {
		e := &w.list[i]
		late = max(late, e.late)
		if e.body == w.x.goal && e.late == 0 {
			direct = i
			break
		}
		if w.x.marks != nil || !e.free && e.body != w.x.goal {
			break
		}
	}
	switch {
	case direct >= 0:
		w.hide(elems, direct)
		return w.x.to(w.list[direct].rank)
	case late != 0: // all other elements of the group lead to the goal at once
		return late
	}
	if len(elems) == 1 {
		i := elems[0]
		if w.made[i] == 0 {
			w.made[i] = w.s.bodies([]*element{&w.list[i]}, w.known, w.x, w.depth) + 1
		}
		return w.made[i] - 1
	}
	var key []byte
	var list []*element
	for _, i := range elems {
		key = binary.AppendUvarint(key, uint64(i))
		list = append(list, &w.list[i])
	}
	if at, ok := w.sets[string(key)]; ok {
		return at
	}
	at := w.s.bodies(list, w.known, w.x, w.depth)
	if w.sets == nil {
		w.sets = map[string]ref{}
	}
	w.sets[string(key)] = at
	return at
}
