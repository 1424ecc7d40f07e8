package fuzz

import (
	"slices"
	"strings"
	"testing"
)

// Every name in a production's text is a nonterminal, a word list or a computed terminal, and every one of those is used.
func TestGrammarIsClosed(t *testing.T) {
	used := map[string]bool{"filter": true}
	for _, p := range grammar {
		if p.weight <= 0 {
			t.Errorf("%s: weight %d", p.of, p.weight)
		}
		for rest := p.text; ; {
			_, after, found := strings.Cut(rest, "{")
			if !found {
				break
			}
			name, tail, _ := strings.Cut(after, "}")
			rest = tail
			used[name] = true
			if productionsOf()[name] == nil && words[name] == nil && terminals()[name] == nil {
				t.Errorf("%q uses {%s}, which nothing writes", p.text, name)
			}
		}
	}
	for _, names := range [][]string{sortedKeys(productionsOf()), sortedKeys(words), sortedKeys(terminals())} {
		for _, n := range names {
			if !used[n] {
				t.Errorf("nothing uses {%s}", n)
			}
		}
	}
}

func TestGrammarRepeats(t *testing.T) {
	a, b := NewGrammar(random(5), 1), NewGrammar(random(5), 1)
	seen := map[string]bool{}
	for i := range 500 {
		x, y := a.Filter(i%9), b.Filter(i%9)
		if x != y {
			t.Fatalf("the same seed gives %q and %q", x, y)
		}
		seen[x] = true
	}
	if len(seen) < 350 {
		t.Errorf("only %d different expressions of 500", len(seen))
	}
}

// A generator whose filters are mostly refused tests refusals only.
func TestGrammarIsMostlyAccepted(t *testing.T) {
	l := libpcap(t)
	for _, link := range Links() {
		g := NewGrammar(random(6), link.DLT)
		const n = 400
		refused := map[string]int{}
		bad := 0
		for i := range n {
			_, err := l.Compile(g.Filter(i%9), CompileOptions{LinkType: link.DLT, Snaplen: 96, Netmask: 0xffffff00})
			if err == nil || strings.Contains(err.Error(), "rejects all packets") {
				continue
			}
			bad++
			refused[err.Error()]++
		}
		if slices.Contains([]int{281, 284}, link.DLT) { // 1.10 knows next to nothing behind these headers
			continue
		}
		if bad > n*2/5 {
			t.Errorf("%s: %d of %d refused, such as %v", link.Name, bad, n, refused)
		}
	}
}

// Expressions reach every production within a reasonable number of tries.
func TestGrammarReachesEverything(t *testing.T) {
	missing := map[string]bool{}
	for name, list := range words {
		for _, w := range list {
			if len(w) > 3 && !strings.ContainsAny(w, `\(`) {
				missing[w] = true
			}
		}
		_ = name
	}
	r := random(7)
	for i, link := range append(Links(), linkOf(1)) {
		g := NewGrammar(r, link.DLT)
		if i == len(Links()) {
			g.Extend()
		}
		for range 1500 {
			e := g.Filter(6)
			for w := range missing {
				if strings.Contains(e, w) {
					delete(missing, w)
				}
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("never written: %v", sortedKeys(missing))
	}
}
