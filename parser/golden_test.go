package parser

import (
	"flag"
	"os"
	"strings"
	"testing"

	"bpfc/ast"
	"bpfc/diag"
)

var update = flag.Bool("update", false, "write testdata/errors.txt anew")

// TestGoldenErrors holds the errors that people see against testdata/errors.txt.
func TestGoldenErrors(t *testing.T) {
	const file = "testdata/errors.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimRight(string(data), "\n"), "\n\n")
	if len(blocks) < 50 {
		t.Fatalf("only %d blocks in %s", len(blocks), file)
	}
	for i, block := range blocks {
		if strings.HasPrefix(block, "#") {
			continue
		}
		text, want, ok := strings.Cut(block, "\n----")
		if !ok {
			t.Errorf("block %q has no line ----", block)
			continue
		}
		want = strings.TrimPrefix(want, "\n")
		e, err := Parse(text)
		if err == nil {
			t.Errorf("%q parses as %q", text, ast.Format(e))
			continue
		}
		d := diag.As(err)
		if d == nil || d.Kind == diag.Internal {
			t.Errorf("%q: %#v is no error of the filter", text, err)
			continue
		}
		got := string(d.Kind) + "\n" + d.Render(text)
		blocks[i] = text + "\n----\n" + got
		if got != want && !*update {
			t.Errorf("%q:\ngot\n%s\nwant\n%s", text, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
