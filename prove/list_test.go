package prove_test

import (
	"context"
	"slices"
	"testing"

	"bpfc"
	"bpfc/prove"
)

func filterOf(t *testing.T, text string) *prove.Filter {
	t.Helper()
	g, err := bpfc.Graph(text, bpfc.WithAllowRejectAll())
	if err != nil {
		t.Fatal(err)
	}
	f, err := prove.FromGraph(g)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What several filters accept, each on its own: a load that fails ends one of them only.
func TestAny(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		parts []string
		f     string
		whole bool
		want  prove.Relation
	}{
		{nil, "ip and arp", false, prove.Equal},
		{nil, "ip", false, prove.AImpliesB},
		{[]string{"ip", "ip6"}, "ip or ip6", false, prove.Equal},
		{[]string{"ip6", "ip"}, "ip or ip6", true, prove.Equal},
		{[]string{"tcp", "udp"}, "tcp or udp", true, prove.Equal},
		{[]string{"src host 10.0.0.1", "dst host 10.0.0.1"}, "host 10.0.0.1", true, prove.Equal},
		// a packet cut behind byte 14 is IPv4 all the same
		{[]string{"tcp port 80", "ip"}, "tcp port 80 or ip", false, prove.BImpliesA},
		{[]string{"tcp port 80", "ip"}, "ip or tcp port 80", false, prove.Equal},
		{[]string{"tcp port 80", "ip"}, "tcp port 80 or ip", true, prove.Equal},
		{[]string{"len <= 100", "len > 100"}, "", false, prove.Equal},
		{[]string{"tcp port 80", "udp"}, "arp", false, prove.Disjoint},
		{[]string{"tcp[0:2] = 80", "tcp[2:2] = 80"}, "ip and tcp port 80", true, prove.Equal},
	} {
		var parts []*prove.Filter
		for _, p := range tt.parts {
			parts = append(parts, filterOf(t, p))
		}
		a, b := prove.Any(parts...), filterOf(t, tt.f)
		got := prove.Compare(ctx, a, b, prove.Options{Whole: tt.whole})
		if got.Relation != tt.want {
			t.Errorf("any of %q and %q: %v %s, want %v", tt.parts, tt.f, got.Relation, got.Reason, tt.want)
		}
		if p := got.OnlyA; p != nil && (!a.Run(*p) || b.Run(*p)) {
			t.Errorf("any of %q and %q: %x is not accepted by A alone", tt.parts, tt.f, p.Data)
		}
		if p := got.OnlyB; p != nil && (a.Run(*p) || !b.Run(*p)) {
			t.Errorf("any of %q and %q: %x is not accepted by B alone", tt.parts, tt.f, p.Data)
		}
		if nested := prove.Compare(ctx, prove.Any(prove.Any(parts...)), b, prove.Options{Whole: tt.whole}); nested.Relation != tt.want {
			t.Errorf("any of any of %q and %q: %v, want %v", tt.parts, tt.f, nested.Relation, tt.want)
		}
	}
}

func TestBehind(t *testing.T) {
	for _, tt := range []struct {
		before []string
		f      string
		never  bool
		by     []int
	}{
		{nil, "tcp", false, nil},
		{nil, "tcp and udp", true, nil},
		{[]string{"arp"}, "tcp and udp", true, nil},
		{[]string{"udp", "tcp"}, "tcp port 80", true, []int{1}},
		{[]string{"tcp port 80"}, "tcp", false, nil},
		{[]string{"arp", "src net 10.0.0.0/9", "udp", "src net 10.128.0.0/9"}, "src net 10.0.0.0/8", true, []int{1, 3}},
		{[]string{"src net 10.0.0.0/9", "src net 10.128.0.0/10"}, "src net 10.0.0.0/8", false, nil},
		{[]string{"less 100", "arp", "greater 100"}, "tcp port 80", true, []int{0, 2}},
	} {
		var before []*prove.Filter
		for _, b := range tt.before {
			before = append(before, filterOf(t, b))
		}
		r := prove.Behind(context.Background(), before, filterOf(t, tt.f), prove.Options{})
		if r.Never != tt.never || !slices.Equal(r.By, tt.by) || r.Reason != "" {
			t.Errorf("%q behind %q: never %v by %v %s, want %v by %v", tt.f, tt.before, r.Never, r.By, r.Reason, tt.never, tt.by)
		}
		if len(r.Pairs) != len(before) {
			t.Errorf("%q behind %q: %d pairs", tt.f, tt.before, len(r.Pairs))
		}
	}
}

// A budget that is spent is said, and never taken for an answer.
func TestBehindUndecided(t *testing.T) {
	r := prove.Behind(context.Background(), []*prove.Filter{filterOf(t, "tcp port 80")}, filterOf(t, "tcp"), prove.Options{Nodes: 3})
	if r.Never || r.Reason == "" || r.Pairs[0].Relation != prove.Undecided {
		t.Errorf("with 3 nodes: %+v", r)
	}
}
