package lint

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"time"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/internal/battery"
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
func judge(t *testing.T, expr string, w Warning, dlt linktype.Type, packets *fuzz.Builder, more ...bpfc.Option) {
	t.Helper()
	compile := func(expr string) *vm.VM {
		p, err := bpfc.Compile(expr, append(more, bpfc.WithLinkType(dlt), bpfc.WithNames(exampleNames), bpfc.WithNetmask(0xffffff00), bpfc.WithoutOptimizer())...)
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

// In the extended language too, what is suggested compiles, and where it is said to be the same filter, no packet tells them apart.
func TestRandomExtendedFilters(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	g := fuzz.NewGrammar(r, int(linktype.EN10MB))
	g.Extend()
	packets := fuzz.NewBuilder(r, int(linktype.EN10MB))
	counts := map[string]int{}
	for range battery.Size(60) {
		expr := g.Filter(1 + r.IntN(4))
		o := Options{LinkType: linktype.EN10MB, Names: exampleNames, Netmask: 0xffffff00, Time: 100 * time.Millisecond, Language: Language{Extended: true}}
		report, err := Check(context.Background(), expr, o)
		if err != nil {
			continue
		}
		for _, w := range report.Warnings {
			counts[w.Name]++
			if w.Pos < 0 || w.Pos >= w.End || w.End > len(expr) || w.Suggestion == expr {
				t.Errorf("%s: %+v", expr, w)
			}
			if w.Suggestion != "" {
				judge(t, expr, w, linktype.EN10MB, packets, bpfc.WithExtensions())
			}
		}
	}
	t.Log(counts)
	if len(counts) < 1 {
		t.Errorf("only %v", counts)
	}
}

// What is warned of in braces and in sets, and what is not.
func TestExtendedLints(t *testing.T) {
	for expr, want := range map[string]string{
		"vlan 5 { tcp and udp or icmp }":                    "never: vlan 5 { icmp }",
		"vlan 5 { host 10.0.0.1 or net 10.0.0.1 }":          "no-effect: vlan 5 { host 10.0.0.1 }",
		"vlan 5 { not host 10.0.0.1 or not host 10.0.0.2 }": "not-or: vlan 5 { not host 10.0.0.1 and not host 10.0.0.2 }",
		"vlan 5 { ip[8] > 300 or ip6 }":                     "constant: vlan 5 { ip[8:2] > 300 or ip6 }",
		"port in {80, 80}":                                  "no-effect: port in {80}",
		"tcp and vlan 5 { udp }":                            "never: ",
		"ip[8] in {1-300}":                                  "",
		"ip[8] in {5, 300} and ip":                          "",
		"ip6 and tcp[2:2] = 80":                             "",
		"vlan 5 { ip } or vlan 6 { ip }":                    "",
		"port in {80, 443} and ip":                          "",
		"port in @ports and ip":                             "",
		"dns.qr = 1 and dns.rcode = 3":                      "",
	} {
		report, err := Check(context.Background(), expr, Options{LinkType: linktype.EN10MB, Names: exampleNames, Time: time.Minute, Language: Language{Extended: true, Files: fstest.MapFS{"ports": {Data: []byte("80\n80\n443\n")}}}})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		got := ""
		for _, w := range report.Warnings {
			got += w.Name + ": " + w.Suggestion
		}
		if got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}
