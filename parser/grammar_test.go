package parser

import (
	"maps"
	"slices"
	"testing"

	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/lexer"
)

// What is told without participle must be what participle tells, whatever classes of tokens there are.
func TestUsual(t *testing.T) {
	classes := slices.Collect(maps.Values(lexer.Definition{}.Symbols()))
	told := 0
	for _, a := range classes {
		for _, b := range classes {
			for _, c := range classes {
				tokens := []token{{Type: a}, {Type: b}, {Type: c}, {Type: lexer.EOF}}
				n := usual(tokens)
				if n == 0 {
					continue
				}
				told++
				match := matchQualified
				if a == lexer.Flag || a == lexer.OptNumTest || a == lexer.NumTest {
					match = matchTest
				}
				lex, err := plexer.Upgrade(&again{tokens})
				if err != nil {
					t.Fatal(err)
				}
				if want, err := match(lex); err != nil || n != want {
					t.Errorf("classes %d %d %d: %d tokens are told to be a primitive, participle says %d, %v", a, b, c, n, want, err)
				}
			}
		}
	}
	if told == 0 {
		t.Error("nothing is told without participle")
	}
}
