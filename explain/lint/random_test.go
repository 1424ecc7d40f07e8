package lint

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/linktype"
	"bpfc/vm"
)

// Of random filters, a warning is about a part of the text, and what it suggests compiles; where that is said to be the
// same filter, no packet tells them apart, and where it is not, the proof has been believed.
func TestRandomFilters(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[string]int{}
	for _, dlt := range []linktype.Type{linktype.EN10MB, linktype.RAW, linktype.LINUX_SLL, linktype.IEEE802_11_RADIO} {
		g := fuzz.NewGrammar(r, int(dlt))
		packets := fuzz.NewBuilder(r, int(dlt))
		for range rounds {
			expr := g.Filter(1 + r.IntN(5))
			for _, quick := range []bool{true, false} {
				o := Options{LinkType: dlt, Names: exampleNames, Netmask: 0xffffff00, SnapLen: 60, Quick: quick, Time: 500 * time.Millisecond}
				report, err := Check(context.Background(), expr, o)
				if err != nil {
					continue
				}
				for _, w := range report.Warnings {
					counts[w.Name]++
					if w.Pos < 0 || w.Pos >= w.End || w.End > len(expr) {
						t.Errorf("%s: [%d, %d) of %+v", expr, w.Pos, w.End, w)
					}
					if w.Text(expr) == "" || w.Suggestion == expr {
						t.Errorf("%s: %+v", expr, w)
					}
					if w.Suggestion != "" {
						judge(t, expr, w, dlt, packets)
					}
				}
			}
		}
	}
	t.Log(counts)
	if len(counts) < 3 {
		t.Errorf("only %v", counts)
	}
}

// judge holds a suggestion against packets.
func judge(t *testing.T, expr string, w Warning, dlt linktype.Type, packets *fuzz.Builder) {
	t.Helper()
	compile := func(expr string) *vm.VM {
		p, err := bpfc.Compile(expr, bpfc.WithLinkType(dlt), bpfc.WithNames(exampleNames), bpfc.WithNetmask(0xffffff00), bpfc.WithoutOptimizer())
		if err != nil {
			t.Errorf("%s: [%s] suggests %s: %v", expr, w.Name, w.Suggestion, err)
			return nil
		}
		m, err := vm.New(p.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, b := compile(expr), compile(w.Suggestion)
	if a == nil || b == nil || w.Relation != "equal" {
		return
	}
	packets.Use(fuzz.Collect(expr))
	for range 300 {
		p := packets.Mutate(packets.Packet())
		if x, y := a.Run(p.Data, p.WireLen), b.Run(p.Data, p.WireLen); x != y {
			t.Errorf("%s: [%s] %s is not the same: % x", expr, w.Name, w.Suggestion, p.Data)
			return
		}
	}
}
