package prove

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// Row is what a filter of a list has to do with those before it.
// It is safe for concurrent use as long as nobody changes it.
type Row struct {
	// Pairs compares each filter before (A) with this one (B).
	Pairs []Answer
	// Never tells that no packet reaches the filter: those of By, by position in the list,
	// accept all that it does. None of By can be left out. Where By is empty, the filter
	// accepts nothing.
	Never bool
	By    []int
	// Reason is why it was not decided whether a packet reaches the filter.
	Reason string
}

// Behind compares a filter with those that stand before it in a list of which the first
// that accepts a packet decides: a firewall's rules, for instance. The pairs are compared
// at the same time, as many as there are processors; the budget of the options is that of
// each comparison.
func Behind(ctx context.Context, before []*Filter, f *Filter, o Options) Row {
	r := Row{Pairs: make([]Answer, len(before))}
	var group sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(before)) {
		group.Go(func() {
			for i := range next {
				r.Pairs[i] = Compare(ctx, before[i], f, o)
			}
		})
	}
	for i := range before {
		next <- i
	}
	close(next)
	group.Wait()
	r.reach(ctx, before, f, o)
	return r
}

// reach decides whether a packet reaches the filter.
func (r *Row) reach(ctx context.Context, before []*Filter, f *Filter, o Options) {
	covered := func(by []int) bool {
		parts := make([]*Filter, len(by))
		for i, n := range by {
			parts[i] = before[n]
		}
		answer := Compare(ctx, Any(parts...), f, o)
		r.Reason = answer.Reason
		return answer.Relation == Equal || answer.Relation == BImpliesA
	}
	if covered(nil) {
		r.Never = true
		return
	}
	var some []int // those that accept some of it
	for i, p := range r.Pairs {
		switch p.Relation {
		case Equal, BImpliesA:
			r.Never, r.By, r.Reason = true, []int{i}, ""
			return
		case Disjoint:
		default:
			some = append(some, i)
		}
	}
	if len(some) == 0 || !covered(some) {
		return
	}
	for i := len(some) - 1; i >= 0; i-- { // what is left out first stands last
		if rest := slices.Delete(slices.Clone(some), i, i+1); covered(rest) {
			some = rest
		}
	}
	r.Never, r.By, r.Reason = true, some, ""
}
