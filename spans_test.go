package bpfc_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"bpfc"
	"bpfc/codegen"
	"bpfc/internal/battery"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

// practicalFilters are those of testdata/practical.txt.
func practicalFilters(t testing.TB) (list []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	if len(list) < 300 {
		t.Fatalf("only %d practical filters", len(list))
	}
	return list
}

// Each node of a graph says which part of the text it comes from, as generated and as
// optimized. What measures the header before the packet on 802.11 comes from no part.
func TestNodesKnowTheirText(t *testing.T) {
	for _, expr := range battery.Some(practicalFilters(t)) {
		check := func(pass string, g *ir.Graph) {
			if pass != "codegen" && pass != "optimizer" {
				return
			}
			checkText(t, expr, pass, g)
		}
		g, err := bpfc.Graph(expr, bpfc.WithTrace(check), bpfc.WithVerification(), bpfc.WithNames(names.Map{}))
		if err == nil {
			check("optimizer", g)
		}
	}
}

func checkText(t *testing.T, expr, pass string, g *ir.Graph) {
	for _, n := range g.Order().Nodes {
		leaf := n.Kind == ir.Accept || n.Kind == ir.Reject
		if s := n.Text; leaf != s.Empty() || s.Pos < 0 || int(s.End) > len(expr) {
			t.Errorf("%s: after %s a node comes from bytes %d to %d:\n%v", expr, pass, s.Pos, s.End, g)
			return
		}
	}
}

// The text of a node is the primitive's own, and where a test serves several, all of theirs.
func TestSpanOfNodes(t *testing.T) {
	const expr = "tcp port 80 or arp or vlan 7"
	want := map[string]string{
		"[12:2] == 0x806": "arp", "[20:1] == 6": "tcp port 80", "([14:2] & 0xfff) == 7": "vlan 7",
	}
	var b strings.Builder
	g, err := bpfc.Graph(expr)
	if err == nil {
		err = g.PrintDot(&b, expr)
	}
	if err != nil {
		t.Fatal(err)
	}
	for test, part := range want {
		if label := `label="` + test + `\n` + part + `"`; !strings.Contains(b.String(), label) {
			t.Errorf("no %s in\n%s", label, b.String())
		}
	}
}

// The list of primitives does not change the graph, and tells the truth of each on the way of a packet.
func TestPartsOfGraph(t *testing.T) {
	o := codegen.Options{LinkType: linktype.EN10MB, Netmask: codegen.NetmaskUnknown, Names: names.Map{}}
	for _, expr := range battery.Some(practicalFilters(t)) {
		tree, err := parser.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := codegen.Generate(context.Background(), tree, o)
		if err != nil {
			continue
		}
		g, parts, err := codegen.GenerateParts(context.Background(), tree, o)
		if err != nil || g.String() != plain.String() {
			t.Errorf("%s: %v, graph differs:\n%v\n%v", expr, err, plain, g)
		}
		reached := map[*ir.Node]bool{}
		for _, n := range g.Order().Nodes {
			reached[n] = true
		}
		for _, p := range parts {
			if p.Folded == (p.Entry != nil) || p.Entry != nil && !(reached[p.Entry] && reached[p.True] && reached[p.False]) {
				t.Errorf("%s: primitive at %v is folded %v, entered at %v", expr, p.Expr.Range(), p.Folded, p.Entry)
			}
		}
	}
}

// A graph that breaks a rule of package ir is an error that names the pass.
func TestVerification(t *testing.T) {
	broken := func(pass string, g *ir.Graph) {
		if pass == "codegen" {
			g.Root.True = nil
		}
	}
	_, err := bpfc.Compile("tcp port 80", bpfc.WithTrace(broken), bpfc.WithVerification(), bpfc.WithoutOptimizer())
	if err == nil || !strings.Contains(err.Error(), "after codegen") {
		t.Errorf("error %v", err)
	}
}
