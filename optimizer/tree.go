// Law: a search tree leads every value to the target of its interval, whatever the shape of the tree.

package optimizer

import (
	"math"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// Sets of up to smallSet values are compared one by one, which takes the
// fewest instructions; in the leaves of the trees of larger sets, leafSet are.
const (
	smallSet = 5
	leafSet  = 3
)

// tree makes the search of an expression among intervals.
type tree struct {
	b     *builder
	e     *ir.Expr
	parts []part
	// rest is the target that needs no comparison of its own.
	rest ref
	// weight, by part, sums what the parts before it cost to find: one
	// comparison for a single value, two for an interval.
	weight []int
	// grain, if not 0, is what all values of e are multiples of: e has a mask, and
	// is tested as it stands.
	grain uint32
}

func (t *tree) search() ref {
	t.chooseRest()
	t.weight = memory.Zeroed(&t.b.weight, len(t.parts)+1)
	for i := range t.parts {
		t.weight[i+1] = t.weight[i] + t.cost(i)
	}
	if t.weight[len(t.parts)] <= smallSet {
		return t.list(0, len(t.parts))
	}
	return t.split(0, len(t.parts))
}

// chooseRest makes the target that would cost most comparisons the rest, which
// costs none.
func (t *tree) chooseRest() {
	costs := memory.Room(&t.b.costs, len(t.b.nodes))
	for _, p := range t.parts {
		costs[p.target] = 0
	}
	t.rest = -1
	for i, p := range t.parts {
		costs[p.target] += t.cost(i)
	}
	t.rest = t.parts[0].target
	for _, p := range t.parts {
		if costs[p.target] > costs[t.rest] {
			t.rest = p.target
		}
	}
}

// last returns the last value of part i.
func (t *tree) last(i int) uint32 {
	if i+1 < len(t.parts) {
		return t.parts[i+1].lo - 1
	}
	return math.MaxUint32
}

func (t *tree) cost(i int) int {
	switch {
	case t.parts[i].target == t.rest:
		return 0
	case t.parts[i].lo == t.last(i) || i == 0 || i+1 == len(t.parts):
		return 1
	}
	return 2
}

// split makes the search of the parts from i up to j.
func (t *tree) split(i, j int) ref {
	if t.weight[j]-t.weight[i] <= leafSet {
		return t.list(i, j)
	}
	// The boundary that halves the weight; or next to it, where that does not
	// unbalance the tree, one that an interval has, since it saves a comparison.
	half := (t.weight[i] + t.weight[j]) / 2
	lo, hi := i+1, j-1
	for lo < hi {
		mid := (lo + hi) / 2
		if t.weight[mid] < half {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	at := lo
	for k := max(i+1, lo-2); k <= min(j-1, lo+2); k++ {
		if t.edge(k) && !t.edge(at) && 32*abs(t.weight[k]-t.weight[lo]) <= t.weight[j]-t.weight[i] {
			at = k
		}
	}
	above := t.split(at, j)
	below := t.split(i, at)
	return t.test(interval{t.parts[at].lo, math.MaxUint32}, above, below)
}

func abs(n int) int { return max(n, -n) }

// edge tells whether an interval of more than one value starts or ends at
// part k.
func (t *tree) edge(k int) bool { return t.cost(k) == 2 || t.cost(k-1) == 2 }

// list makes the comparisons of the parts from i up to j one after the other.
func (t *tree) list(i, j int) ref {
	rest := t.rest
	if j-i == 1 {
		return t.parts[i].target
	}
	skip := -1
	if t.without(i, j) {
		skip = j - 1
		rest = t.parts[skip].target
	}
	for k := j - 1; k >= i; k-- {
		p := t.parts[k]
		if k == skip || p.target == t.rest && skip < 0 {
			continue
		}
		in := interval{p.lo, t.last(k)}
		if in.lo != in.hi { // beyond the ends nothing is left to tell apart
			if k == i {
				in.lo = 0
			}
			if k == j-1 {
				in.hi = math.MaxUint32
			}
		}
		rest = t.test(in, p.target, rest)
	}
	return rest
}

// without tells whether none of the parts from i up to j has the rest as
// target.
func (t *tree) without(i, j int) bool {
	for _, p := range t.parts[i:j] {
		if p.target == t.rest {
			return false
		}
	}
	return true
}

func (t *tree) test(in interval, yes, no ref) ref {
	if t.grain > 0 {
		if in.lo < in.hi {
			in.lo = aligned(in.lo, t.grain)
		}
		return t.b.member(member{e: t.e, lo: in.lo, hi: in.hi}, yes, no)
	}
	return t.b.member(t.b.x.canonical(member{e: t.e, lo: in.lo, hi: in.hi}), yes, no)
}
