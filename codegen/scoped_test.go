package codegen

import (
	"context"
	"testing"

	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

// With Scoped, what moves headers moves what is joined to it by and, and nothing else: the graph is that of the
// filter in which everything else is written first.
func TestScoped(t *testing.T) {
	generate := func(expr string, scoped bool) *ir.Graph {
		t.Helper()
		tree, err := parser.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Generate(context.Background(), tree, Options{LinkType: linktype.EN10MB, Netmask: NetmaskUnknown, Names: names.Map{}, Scoped: scoped})
		if err != nil {
			t.Fatal(err)
		}
		if err := ir.Verify(g); err != nil {
			t.Errorf("%s: %v", expr, err)
		}
		return g
	}
	graph := func(expr string, scoped bool) string { return generate(expr, scoped).String() }
	for _, expr := range []string{"vlan and ip", "ip or vlan", "ip or (vlan and ip)", "vlan 10 and vlan 20", "tcp and not vlan", "mpls and (ip or ip6)", "not (vlan and ip)"} {
		if graph(expr, true) != graph(expr, false) {
			t.Errorf("%s: another graph", expr)
		}
	}
	for _, expr := range []string{"vlan or ip", "vlan 10 or vlan 20", "not vlan and ip", "(vlan or mpls) and ip", "not (vlan and ip) and ip", "geneve or ip"} {
		if graph(expr, true) == graph(expr, false) {
			t.Errorf("%s: the same graph", expr)
		}
	}
	// Behind a branch with a tag, headers are looked for where they were before.
	untagged := make([]byte, 64)
	untagged[12] = 0x08
	for _, expr := range []string{"vlan or ip", "(vlan and ip6) or ip", "geneve 7 or ip", "not vlan and ip", "(vlan or ip) and ip", "not (vlan or ip6) and ip"} {
		for _, scoped := range []bool{true, false} {
			if got := ir.Run(generate(expr, scoped), untagged, len(untagged), nil); got != scoped {
				t.Errorf("%s, scoped %t: %t", expr, scoped, got)
			}
		}
	}
}
