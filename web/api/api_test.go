package api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"bpfc/cbpf"
	"bpfc/vm"
)

func TestInit(t *testing.T) {
	r := call[Init](t, New(), "init", struct{}{})
	if len(r.Links) < 100 || len(r.Completions) < 150 || len(r.Lints) < 15 || r.Defaults.Link != "EN10MB" {
		t.Errorf("%d link types, %d completions, %d lints, %v", len(r.Links), len(r.Completions), len(r.Lints), r.Defaults)
	}
	for _, c := range r.Completions {
		if c.Doc == "" || c.Kind == "" {
			t.Errorf("%q says nothing: %+v", c.Text, c)
		}
	}
}

// Every example compiles, and so does what it is compared with.
func TestExamples(t *testing.T) {
	s := New()
	for _, e := range examples {
		for _, expr := range []string{fmt.Sprint(e.Source["expr"]), e.Other} {
			source := Source{Expr: expr, Link: "EN10MB", Optimize: true, Extended: e.Source["extended"] == true}
			source.SeeThrough, _ = e.Source["seeThrough"].([]string)
			c := call[Compiled](t, s, "compile", map[string]any{"source": source})
			if c.Error != nil {
				t.Errorf("%s: %s: %v", e.Title, expr, c.Error)
			}
		}
		if e.Why == "" || e.Title == "" {
			t.Errorf("%v teaches nothing", e)
		}
	}
}

// The names of the page are lines that make sense.
func TestNames(t *testing.T) {
	for _, text := range []string{services, protocolNames} {
		for line := range strings.Lines(text) {
			var name string
			var number int
			if _, err := fmt.Sscanf(line, "%s %d", &name, &number); err != nil && line[0] != '#' {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	c := call[Compiled](t, New(), "compile", ethernet("port http and ip proto gre"))
	if c.Error == nil || c.Error.Kind != "rejects-all" {
		t.Errorf("no packet is both: %v", c.Error)
	}
}

// Places are counted in UTF-16 units, also behind characters that take several bytes or two units.
func TestUnits(t *testing.T) {
	for _, text := range []string{"", "tcp", "é tcp", "😀 tcp", "a\xffb😀c", "�x", "\u202etcp"} {
		u := NewUnits(text)
		for pos := range text {
			want := len(utf16.Encode([]rune(text[:pos])))
			if got := u.At(pos); got != want {
				t.Errorf("%q: byte %d is unit %d, not %d", text, pos, got, want)
			}
			if got := u.Byte(want); got != pos {
				t.Errorf("%q: unit %d is byte %d, not %d", text, want, got, pos)
			}
		}
		if got, want := u.At(len(text)), len(utf16.Encode([]rune(text))); got != want {
			t.Errorf("%q has %d units, not %d", text, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr, kind string
		start, end int
		fix        string
	}{
		{"tcp prot 80", "syntax", 4, 8, "tcp port 80"},
		{"😀", "syntax", 0, 2, ""},
		{"host nowhere", "unknown", 0, 12, ""},
		{"tcp and udp", "rejects-all", 0, 11, ""},
		{"port 99999", "range", 0, 10, ""},
	} {
		r := call[Compiled](t, New(), "compile", ethernet(c.expr))
		if r.Error == nil || r.Error.Kind != c.kind || r.Error.Span == nil || r.Error.Span.Start != c.start || r.Error.Span.End != c.end {
			t.Errorf("%s: %+v", c.expr, r.Error)
			continue
		}
		if c.fix != "" && (len(r.Error.Fixes) == 0 || r.Error.Fixes[0].Expr == nil || *r.Error.Fixes[0].Expr != c.fix) {
			t.Errorf("%s: %+v", c.expr, r.Error.Fixes)
		}
	}
	if e := call[Compiled](t, New(), "compile", ethernet("tcp and udp")).Error; len(e.Fixes) == 0 || e.Fixes[0].Set["allowRejectAll"] != true {
		t.Errorf("there is no button: %+v", e)
	}
}

func TestTokens(t *testing.T) {
	r := call[Compiled](t, New(), "compile", ethernet("tcp[tcpflags] & 2 != 0 or src host 10.0.0.1"))
	var got []string
	for _, token := range r.Tokens {
		got = append(got, token.Class)
	}
	want := "protocol punctuation constant punctuation operator number operator number operator direction type address"
	if strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
	r = call[Compiled](t, New(), "compile", ethernet("tcp \"x"))
	if n := len(r.Tokens); n == 0 || r.Tokens[n-1].Class != "error" {
		t.Errorf("%v", r.Tokens)
	}
}

// Nearly every instruction of the filters that people write is tied to a part of the text.
func TestInstructionsKnowTheirText(t *testing.T) {
	s, with, all := New(), 0, 0
	for _, expr := range practical(t) {
		for _, in := range call[Compiled](t, s, "compile", ethernet(expr)).Instructions {
			if in.Says == "" {
				t.Errorf("%s: instruction %d, %s, is not put into words", expr, in.PC, in.Text)
			}
			if in.Name == "ret" {
				continue
			}
			if all++; len(in.Spans) > 0 {
				with++
			}
			for _, span := range in.Spans {
				if span.Start >= span.End || span.End > len(expr) {
					t.Errorf("%s: instruction %d comes from %v", expr, in.PC, span)
				}
			}
		}
	}
	t.Logf("%d of %d instructions", with, all)
	if with*100 < all*95 {
		t.Errorf("only %d of %d instructions know their text", with, all)
	}
	c := call[Compiled](t, s, "compile", ethernet("tcp port 80"))
	for _, in := range c.Instructions {
		if in.Operand == "#0x50" && (len(in.Spans) != 1 || in.Spans[0].Start != 0 || in.Spans[0].End != 11) {
			t.Errorf("%s comes from %v", in.Text, in.Spans)
		}
	}
}

// A test of a variable says which fields the variable may hold, and every pass says what it does.
func TestGraphOfVariables(t *testing.T) {
	g := call[Graph](t, New(), "graph", map[string]any{"source": ethernet("host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.3")["source"], "pass": "optimized"})
	const want = "IPv4 source address or ARP sender protocol address is 10.0.0.1"
	if !slices.ContainsFunc(g.Nodes, func(n GraphNode) bool { return n.Says == want }) {
		t.Errorf("no node says %q: %v", want, g.Nodes)
	}
	for _, p := range g.Passes {
		if p.Title == "" || p.Title == p.Name {
			t.Errorf("nothing says what %q does", p.Name)
		}
	}
}

func TestGraph(t *testing.T) {
	s := New()
	for _, expr := range append(practical(t)[:40], hosts(40), "") {
		written := call[Graph](t, s, "graph", map[string]any{"source": ethernet(expr)["source"], "pass": "written"})
		best := call[Graph](t, s, "graph", map[string]any{"source": ethernet(expr)["source"], "pass": "optimized"})
		if written.Error != nil || best.Error != nil {
			t.Fatalf("%s: %v, %v", expr, written.Error, best.Error)
		}
		if written.Pass != 0 || best.Pass != len(best.Passes)-1 || len(best.Nodes) == 0 {
			t.Errorf("%s: passes %d and %d of %d", expr, written.Pass, best.Pass, len(best.Passes))
		}
		for _, g := range []Graph{written, best} {
			ids := map[string]bool{}
			for _, n := range g.Nodes {
				if ids[n.ID] {
					t.Errorf("%s: two nodes are called %q", expr, n.ID)
				}
				ids[n.ID] = true
			}
			for _, e := range g.Edges {
				if !ids[e.From] || !ids[e.To] {
					t.Errorf("%s: an edge from %q to %q", expr, e.From, e.To)
				}
			}
		}
	}
	g := call[Graph](t, s, "graph", map[string]any{"source": ethernet("ip host 10.0.0.1")["source"], "pass": 0})
	if says := g.Nodes[0].Says + "; " + g.Nodes[1].Says; says != "Ethernet type is IPv4 (0x800); IPv4 source address is 10.0.0.1" {
		t.Errorf("the nodes say: %s", says)
	}
}

func TestHeaders(t *testing.T) {
	e := call[Explained](t, New(), "explain", ethernet("vlan 5 and tcp[tcpflags] & tcp-syn != 0"))
	looked := map[string]bool{}
	for _, h := range e.Headers {
		for _, f := range h.Fields {
			if f.Looked {
				looked[h.Name+" "+f.Name] = true
			}
		}
	}
	for _, want := range []string{"Ethernet type", "VLAN tag VLAN ID", "VLAN tag type", "IPv4 protocol", "IPv4 fragment offset", "TCP SYN"} {
		if !looked[want] {
			t.Errorf("%s is not among %v", want, looked)
		}
	}
	e = call[Explained](t, New(), "explain", ethernet("tcp or port 53"))
	for _, h := range e.Headers {
		if h.Name == "transport header" {
			t.Errorf("a header that is not known: %+v", h)
		}
	}
	g := call[Graph](t, New(), "graph", map[string]any{"source": ethernet("tcp and host 192.0.2.1 or udp port 53")["source"], "pass": "optimized"})
	for _, n := range g.Nodes {
		if n.Kind == "test" && n.Says == "" {
			t.Errorf("%s is not put into words", n.Text)
		}
	}
	if looked["TCP ACK"] || looked["VLAN tag priority"] {
		t.Errorf("too much: %v", looked)
	}
}

func TestHoverAndComplete(t *testing.T) {
	s := New()
	at := func(expr string, pos int) map[string]any {
		return map[string]any{"source": ethernet(expr)["source"], "pos": pos}
	}
	h := call[*Hover](t, s, "hover", at("arp or tcp port 80", 8))
	if h == nil || h.Title != "tcp port 80" || h.Span.Start != 7 || h.Says == "" {
		t.Errorf("%+v", h)
	}
	if h = call[*Hover](t, s, "hover", at("tcp port", 5)); h == nil || h.Title != "port" {
		t.Errorf("where the text is wrong: %+v", h)
	}
	c := call[Completing](t, s, "complete", at("tcp po", 6))
	if len(c.Items) == 0 || c.Items[0].Text != "port" || c.Replace.Start != 4 || c.Replace.End != 6 {
		t.Errorf("%+v", c)
	}
	if c = call[Completing](t, s, "complete", at("port htt", 8)); len(c.Items) == 0 || c.Items[0].Text != "http" {
		t.Errorf("%+v", c)
	}
}

// A suggestion is made by its edits.
func TestWarnings(t *testing.T) {
	expr := "port 53 or host 10.0.0.1 and tcp"
	w := call[Warnings](t, New(), "warnings", ethernet(expr))
	if len(w.Warnings) == 0 {
		t.Fatal("nothing is said")
	}
	for _, one := range w.Warnings {
		if one.Suggestion == "" {
			continue
		}
		e := one.Edits[0]
		if got := expr[:e.Start] + e.Text + expr[e.End:]; got != one.Suggestion {
			t.Errorf("%+v makes %q, not %q", e, got, one.Suggestion)
		}
	}
}

// The stepper does what the machine of package vm does, on all programs of the practical filters and random packets.
func TestTrace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, expr := range practical(t) {
		source := Source{Expr: expr, Link: "EN10MB", Optimize: rng.IntN(2) == 0}
		settings, err := source.Settings()
		if err != nil {
			t.Fatal(err)
		}
		_, code, err := Compile(context.Background(), &settings)
		if err != nil {
			t.Fatal(err)
		}
		m, err := vm.New(code)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			data := randomPacket(rng)
			wire := uint32(len(data) + rng.IntN(3))
			run := Trace(code, data, wire, true)
			if want := m.Run(data, wire); run.Returns != want || run.Cut {
				t.Fatalf("%s on %x: %d, not %d", expr, data, run.Returns, want)
			}
			last := run.Steps[len(run.Steps)-1]
			if !run.Ended && !cbpf.IsReturn(code[last.PC].Op) {
				t.Fatalf("%s: the last step is %+v", expr, last)
			}
		}
	}
}

// randomPacket is one of Ethernet that has a fair chance to match something.
func randomPacket(rng *rand.Rand) []byte {
	data := make([]byte, rng.IntN(80))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	if len(data) > 24 {
		copy(data[12:], [][]byte{{8, 0, 0x45}, {0x86, 0xdd, 0x60}, {8, 6}, {0x81, 0}}[rng.IntN(4)])
		copy(data[20:], []byte{0, 0})
		data[23] = []byte{6, 17, 1}[rng.IntN(3)]
	}
	return data
}

// Whatever is sent, there is an answer, and soon.
func TestHostile(t *testing.T) {
	s := New()
	for name, expr := range map[string]string{
		"script":    "<script>alert(1)</script>",
		"bidi":      "tcp \u202eport 80\u2066",
		"zeros":     "tcp\x00port",
		"megabyte":  strings.Repeat("a", 1<<20),
		"wide":      strings.Repeat("😀", 1<<18),
		"brackets":  strings.Repeat("(", 100_000),
		"nots":      strings.Repeat("not ", 100_000) + "tcp",
		"too long":  strings.Repeat("tcp or ", 400_000),
		"sum":       "ip[0" + strings.Repeat("+1", 50_000) + "] = 0",
		"divisions": strings.Repeat("ip[ip[0]/ip[1]] = 1 or ", 500) + "tcp",
		"vlans":     strings.Repeat("vlan and ", 200) + "tcp",
	} {
		start := time.Now()
		for method := range s {
			params := map[string]any{"source": ethernet(expr)["source"], "pos": 3, "pass": "optimized", "format": "d"}
			answer, _ := s.Call(t.Context(), method, callOf(t, params))
			if len(answer) > 16<<20 {
				t.Errorf("%s: %s answers %d bytes", name, method, len(answer))
			}
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// 10,000 hosts are compiled, and of what is long the beginning is told.
func TestManyHosts(t *testing.T) {
	list := make([]string, 10_000)
	for i := range list {
		list[i] = fmt.Sprintf("host 10.%d.%d.%d", i>>8&0xff, i&0xff, i*7&0xff)
	}
	expr, s := strings.Join(list, " or "), New()
	c := call[Compiled](t, s, "compile", ethernet(expr))
	if c.Error != nil || len(c.Instructions) != MaxInstructions || c.Count <= MaxInstructions {
		t.Errorf("%v: %d of %d instructions", c.Error, len(c.Instructions), c.Count)
	}
	g := call[Graph](t, s, "graph", map[string]any{"source": ethernet(expr)["source"], "pass": "optimized"})
	if g.Error != nil || len(g.Nodes) != MaxNodes || g.Total <= MaxNodes {
		t.Errorf("%v: %d of %d nodes", g.Error, len(g.Nodes), g.Total)
	}
	if e := call[Explained](t, s, "explain", ethernet(expr)); e.Error == nil || e.Error.Kind != "limit" {
		t.Errorf("explained: %v", e.Error)
	}
}

// A method that fails, or that does not exist, is answered.
func TestRefused(t *testing.T) {
	s := New()
	for _, c := range []struct{ method, params string }{{"nothing", "{}"}, {"compile", "["}, {"compile", `{"source":3}`}, {"format", `{"format":"x"}`}} {
		answer, ok := s.Call(t.Context(), c.method, rawCall(c.params))
		if ok || !strings.Contains(string(answer), `"kind":"internal"`) {
			t.Errorf("%v: %s", c, answer)
		}
	}
	for _, source := range []Source{{Link: "NOTHING"}, {SnapLen: -1}, {Netmask: "300"}} {
		if c := call[Compiled](t, s, "compile", map[string]any{"source": source}); c.Error == nil {
			t.Errorf("%+v is taken", source)
		}
	}
}
