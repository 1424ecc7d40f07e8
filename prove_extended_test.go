package bpfc_test

import (
	"context"
	"testing"
	"time"

	"bpfc"
	"bpfc/names"
	"bpfc/prove"
)

// What people ask of filters in the extended language is decided: with its walks past IPv6 extension headers and into tunnels, which
// have far more ways through them than can be followed one by one.
func TestExtendedProofs(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		whole bool
		want  prove.Relation
	}{
		{"port in {80, 443}", "port 443 or port 80", true, prove.Equal},
		{"port in {80, 443}", "port 443 or port 80", false, prove.Overlap}, // of cut packets, the order tells
		{"tcp port 80", "tcp and port 80", false, prove.Equal},
		{"tcp port 80", "tcp port 81", false, prove.Overlap},
		{"port 80", "tcp port 80", false, prove.BImpliesA},
		{"ip6 and tcp port 80", "tcp port 80 and not ip", false, prove.Equal},
		{"udp", "udp and (ip or ip6)", false, prove.Equal},
		{"proto 17", "udp", false, prove.Equal},
		{"not tcp port 80", "not (tcp and port 80)", false, prove.Equal},
		{"tcp port in {80, 443, 8000-8100}", "tcp port 80 or tcp port 443 or tcp portrange 8000-8100", false, prove.Equal},
		{"tcp.flags & (syn|ack) = syn", "tcp[13] & 18 = 2", false, prove.Equal},
		{"host 10.0.0.1 and tcp port 80", "tcp port 80 and host 10.0.0.1", true, prove.Equal},
		{"vlan 5 { port 80 } or vlan 6 { port 80 }", "vlan in {5, 6} { port 80 }", false, prove.Equal},
		{"vxlan { gtp { tcp port 80 } }", "vxlan { gtp { tcp and port 80 } }", false, prove.Equal},
		{"gre { tcp }", "gre { proto 6 }", false, prove.Equal},
		{"any { tcp port 80 }", "any { tcp and port 80 }", false, prove.Equal},
		{"dns.qr = 1", "dns.qr != 0", false, prove.Equal},
	} {
		var f [2]*prove.Filter
		for i, expr := range []string{tt.a, tt.b} {
			g, err := bpfc.Graph(expr, bpfc.WithExtensions(), bpfc.WithoutOptimizer(), bpfc.WithNames(names.Map{}))
			if err != nil {
				t.Fatal(err)
			}
			if f[i], err = prove.FromGraph(g); err != nil {
				t.Fatal(err)
			}
		}
		if got := prove.Compare(context.Background(), f[0], f[1], prove.Options{Whole: tt.whole, Time: 10 * time.Minute}); got.Relation != tt.want {
			t.Errorf("%s and %s, whole %t: %v %s, want %v", tt.a, tt.b, tt.whole, got.Relation, got.Reason, tt.want)
		}
	}
}
