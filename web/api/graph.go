package api

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"

	"bpfc"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/web/rpc"
)

// GraphNode is a step of the decision. It is safe for concurrent use as long as nobody changes it.
type GraphNode struct {
	ID      string    `json:"id"` // of the same node in two passes, the same
	Kind    string    `json:"kind"`
	Text    string    `json:"text"`
	Says    string    `json:"says"`
	Span    *rpc.Span `json:"span,omitempty"`
	Changed bool      `json:"changed"`
}

// GraphEdge leads from a node to the next. It is a value, and so safe for concurrent use.
type GraphEdge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Branch  string `json:"branch"` // true, false, next
	Changed bool   `json:"changed"`
}

// Pass is a step of the optimizer. It is a value, and so safe for concurrent use.
type Pass struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Nodes   int    `json:"nodes"`
	Changed bool   `json:"changed"`
	Removed int    `json:"removed"`
}

// Graph is the graph after one pass. It is safe for concurrent use as long as nobody changes it.
type Graph struct {
	Passes  []Pass      `json:"passes"`
	Pass    int         `json:"pass"`
	Nodes   []GraphNode `json:"nodes"`
	Edges   []GraphEdge `json:"edges"`
	Removed []GraphNode `json:"removed"`
	Total   int         `json:"total"`
	Error   *rpc.Error  `json:"error,omitempty"`
}

// titles say what the passes do.
var titles = map[string]string{
	"codegen":                  "as written: each part of the text, one after the other",
	"threading":                "skip tests whose outcome the way there has already decided",
	"merging":                  "join tests of one value into sets and ranges, and equal nodes into one",
	"forwarding":               "put what a path has computed where it is read",
	"threading the merged":     "skip again what merging has decided",
	"merging the threaded":     "join again what is left",
	"converging":               "let ways that do the same meet",
	"merging the converged":    "join again what has met",
	"lifting before sets":      "ask once what all members of a long list ask",
	"sets":                     "make sets of tests that stand apart, and search each once",
	"switches beside the sets": "search what is asked of one field by halves",
	"threading the sets":       "skip again what the sets have decided",
	"merging the sets":         "join again what the sets have left",
	"switches":                 "search what is asked of one field by halves",
	"lifting":                  "ask what many ways ask before they part",
	"bisecting":                "put a comparison before several values where that saves most packets a test",
	"likely first":             "ask first what decides most of the packets that links carry",
	"threading the ordered":    "skip again what the new order has decided",
	"merging the ordered":      "join again what the new order has left",
	"ordering":                 "ask first for the value that is at hand",
	"words":                    "compare several small fields as one word",
	"guards":                   "ask in one word what is asked behind each of several values",
	"fronts":                   "let values that lead to the same follow on each other",
	"zeros":                    "ask once for two values that differ in one bit",
	"masks":                    "compare networks without the bits that they do not say",
	"sharing":                  "share parts that differ only in where they look",
	"indexing":                 "compute the length of a header once",
	"optimized":                "as optimized",
}

type graphParams struct {
	Source Source `json:"source"`
	Pass   any    `json:"pass"`
}

func (s *service) graph(ctx context.Context, p graphParams) (*Graph, error) {
	u := NewUnits(p.Source.Expr)
	r := &Graph{Passes: []Pass{}, Nodes: []GraphNode{}, Edges: []GraphEdge{}, Removed: []GraphNode{}}
	t, err := p.Source.Settings()
	if err != nil {
		r.Error = Fail(err, u)
		return r, nil
	}
	shots, err := passes(ctx, &t, u)
	if err != nil {
		r.Error = Fail(err, u)
		return r, nil
	}
	for i := range shots {
		var before *snapshot
		if i > 0 {
			before = &shots[i-1]
		}
		r.Passes = append(r.Passes, shots[i].pass(before))
	}
	switch n := p.Pass.(type) {
	case float64:
		r.Pass = max(0, min(int(n), len(shots)-1))
	case string:
		if n != "written" {
			r.Pass = len(shots) - 1
		}
	}
	r.show(shots)
	return r, nil
}

// passes compiles a source and takes a picture of the graph after each pass.
func passes(ctx context.Context, t *Settings, u *Units) (shots []snapshot, err error) {
	trace := func(pass string, g *ir.Graph) { shots = append(shots, shoot(pass, g, t.Link, u)) }
	opts := append(t.Options(ctx), bpfc.WithAllowRejectAll(), bpfc.WithTrace(trace))
	g, err := bpfc.Graph(t.source.Expr, opts...)
	if err != nil {
		return nil, err
	}
	last := shoot("optimized", g, t.Link, u)
	if n := len(shots); n == 0 || last.key != shots[n-1].key || t.source.Optimize && n == 1 {
		shots = append(shots, last)
	}
	return shots, nil
}

// snapshot is a graph after a pass, as far as it is shown.
type snapshot struct {
	name  string
	total int
	nodes []GraphNode
	edges []GraphEdge
	ids   map[string]bool
	ways  map[GraphEdge]bool
	key   uint64 // of the whole graph
}

// shoot takes a picture. A node is known by what it does and the text it comes from, and by how many such stand before it.
func shoot(name string, g *ir.Graph, link linktype.Type, u *Units) snapshot {
	order := g.Order()
	words := describe(g, link)
	s := snapshot{name: name, total: len(order.Nodes), ids: map[string]bool{}, ways: map[GraphEdge]bool{}}
	ids := NodeIDs(order)
	hash := fnv.New64a()
	for i, n := range order.Nodes {
		if i >= MaxNodes {
			break
		}
		node := GraphNode{ID: ids[n], Kind: kinds[n.Kind], Text: NodeText(n), Says: words[n]}
		if !n.Text.Empty() {
			span := u.Span(int(n.Text.Pos), int(n.Text.End))
			node.Span = &span
		}
		s.nodes = append(s.nodes, node)
		s.ids[node.ID] = true
		for _, e := range edges(n, ids) {
			fmt.Fprint(hash, e.From, e.Branch, e.To)
			s.edges = append(s.edges, e)
			s.ways[e] = true
		}
	}
	fmt.Fprint(hash, s.total)
	s.key = hash.Sum64()
	return s
}

var kinds = map[ir.Kind]string{ir.Test: "test", ir.Assign: "assign", ir.Chain: "chain", ir.Accept: "accept", ir.Reject: "reject"}

// NodeIDs names the nodes of a graph, so that what is the same in two passes has the same name. Of a graph that is too
// large to be shown only the beginning has names.
func NodeIDs(order ir.Order) map[*ir.Node]string {
	ids, count := map[*ir.Node]string{}, map[string]int{}
	for i, n := range order.Nodes {
		switch {
		case n.Kind == ir.Accept || n.Kind == ir.Reject:
			ids[n] = kinds[n.Kind]
		case i < MaxNodes:
			key := fmt.Sprintf("%s@%d-%d", NodeText(n), n.Text.Pos, n.Text.End)
			if len(key) > 100 {
				hash := fnv.New64a()
				hash.Write([]byte(key)) //nolint:errcheck // a hash does not fail
				key = fmt.Sprintf("%.60s…%x", key, hash.Sum64())
			}
			count[key]++
			if n := count[key]; n > 1 {
				key += fmt.Sprintf("#%d", n)
			}
			ids[n] = key
		}
	}
	return ids
}

func edges(n *ir.Node, ids map[*ir.Node]string) (list []GraphEdge) {
	t, f := n.Succs()
	branch := "true"
	if n.Kind == ir.Assign {
		branch = "next"
	}
	for _, way := range []struct {
		to     *ir.Node
		branch string
	}{{t, branch}, {f, "false"}} {
		if id := ids[way.to]; way.to != nil && id != "" {
			list = append(list, GraphEdge{From: ids[n], To: id, Branch: way.branch})
		}
	}
	return list
}

var comparisons = map[ir.Cmp]string{ir.Eq: "==", ir.Gt: ">", ir.Ge: ">=", ir.Set: "&"}

// NodeText is what a node does, on one line of at most 200 bytes.
func NodeText(n *ir.Node) string {
	var text string
	switch n.Kind {
	case ir.Test:
		text = fmt.Sprintf("%v %s %v", n.L, comparisons[n.Cmp], n.R)
	case ir.Assign:
		text = fmt.Sprintf("v%d = %v", n.Var, n.L)
	case ir.Chain:
		version := 4
		if n.Chain.IPv6 {
			version = 6
		}
		text = fmt.Sprintf("walk the headers of IPv%d at %d for protocol %d", version, n.Chain.Base, n.Chain.Proto)
	default:
		text = kinds[n.Kind]
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:197], "") + "…"
	}
	return text
}

// pass tells what a pass did to the graph before.
func (s *snapshot) pass(before *snapshot) Pass {
	p := Pass{Name: s.name, Title: titles[s.name], Nodes: s.total}
	if before == nil {
		return p
	}
	p.Changed = s.key != before.key
	for id := range before.ids {
		if !s.ids[id] {
			p.Removed++
		}
	}
	return p
}

// show fills in the graph of the pass that was chosen, with what is new in it.
func (r *Graph) show(shots []snapshot) {
	now := &shots[r.Pass]
	r.Total, r.Nodes, r.Edges = now.total, append(r.Nodes, now.nodes...), append(r.Edges, now.edges...)
	if r.Pass == 0 {
		return
	}
	before := &shots[r.Pass-1]
	for i := range r.Nodes {
		r.Nodes[i].Changed = !before.ids[r.Nodes[i].ID]
	}
	for i := range r.Edges {
		r.Edges[i].Changed = !before.ways[r.Edges[i]]
	}
	for _, n := range before.nodes {
		if !now.ids[n.ID] {
			r.Removed = append(r.Removed, n)
		}
	}
}
