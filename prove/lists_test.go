package prove_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"bpfc"
	"bpfc/internal/battery"
	"bpfc/prove"
)

// list is a list of n alternatives of one kind in a random order; changed has one of
// them replaced.
func list(kind string, n int, order uint64, changed bool) string {
	r := rand.New(rand.NewPCG(1, 2))
	terms := make([]string, n)
	for i := range terms {
		v := r.Uint32()
		switch kind {
		case "hosts":
			terms[i] = fmt.Sprintf("host %d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255)
		case "ports":
			terms[i] = fmt.Sprintf("port %d", v&0xffff)
		case "networks":
			terms[i] = fmt.Sprintf("net %d.%d.%d.0/24", v>>24, v>>16&255, v>>8&255)
		case "IPv6 hosts":
			terms[i] = fmt.Sprintf("ip6 host 2001:db8::%x:%x", v>>16, v&0xffff)
		}
	}
	if changed {
		terms[n/2] = terms[0]
	}
	r = rand.New(rand.NewPCG(order, 3))
	r.Shuffle(n, func(i, k int) { terms[i], terms[k] = terms[k], terms[i] })
	return strings.Join(terms, " or ")
}

// graph is the filter as the code generator makes it, or optimized.
func graph(t testing.TB, text string, opts ...bpfc.Option) *prove.Filter {
	t.Helper()
	g, err := bpfc.Graph(text, opts...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := prove.FromGraph(g)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// program is the filter as a program.
func program(t testing.TB, text string, opts ...bpfc.Option) *prove.Filter {
	t.Helper()
	p, err := bpfc.Compile(text, opts...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := prove.FromProgram(p.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// mostNodes is how many nodes the diagrams of two lists may have for each alternative: the conditions of one are some 100, the
// piece of the list that it is some 150, and its part of what comes of it some 60, if the two lists share the first two.
const mostNodes = 700

// TestLongLists: a list against the same in another order, and with one changed.
func TestLongLists(t *testing.T) {
	for _, c := range []struct {
		kind string
		n    int
	}{{"hosts", 1000}, {"ports", 300}, {"networks", 300}, {"IPv6 hosts", 100}} {
		t.Run(c.kind, func(t *testing.T) {
			plain := graph(t, list(c.kind, battery.Size(c.n), 1, false), bpfc.WithoutOptimizer())
			best := graph(t, list(c.kind, battery.Size(c.n), 1, false))
			other := graph(t, list(c.kind, battery.Size(c.n), 2, false), bpfc.WithoutOptimizer())
			changed := graph(t, list(c.kind, battery.Size(c.n), 2, true), bpfc.WithoutOptimizer())
			plainCode := program(t, list(c.kind, battery.Size(c.n), 1, false), bpfc.WithoutOptimizer())
			otherCode := program(t, list(c.kind, battery.Size(c.n), 2, false), bpfc.WithoutOptimizer())
			// Which hosts are asked for first shows on packets that end in the addresses.
			for _, pair := range []struct {
				name  string
				a, b  *prove.Filter
				whole bool
				want  prove.Relation
			}{
				{"optimized", plain, best, false, prove.Equal},
				{"another order", plain, other, true, prove.Equal},
				{"another order, optimized", best, other, true, prove.Equal},
				{"another order, as programs", plainCode, otherCode, true, prove.Equal},
				{"one changed", plain, changed, true, prove.BImpliesA},
				{"one changed, optimized", best, changed, true, prove.BImpliesA},
			} {
				start := time.Now()
				answer := prove.Compare(context.Background(), pair.a, pair.b, prove.Options{Whole: pair.whole, Time: time.Minute, Nodes: 16 << 20})
				t.Logf("%s: %v in %v, %d nodes %s", pair.name, answer.Relation, time.Since(start), answer.Nodes, answer.Reason)
				if answer.Relation != pair.want {
					t.Errorf("%s: %v, want %v", pair.name, answer.Relation, pair.want)
				}
				if n := battery.Size(c.n); answer.Nodes > mostNodes*n {
					t.Errorf("%s: %d nodes for %d alternatives, more than %d for each", pair.name, answer.Nodes, n, mostNodes)
				}
				check(t, c.kind, pair.a, pair.b, answer)
			}
		})
	}
}
