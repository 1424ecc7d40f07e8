package bpfc_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"bpfc"
	"bpfc/internal/differences"
)

// TestFieldDifferences holds the compiler against the examples of
// docs/differences.md, with the optimizer and without.
func TestFieldDifferences(t *testing.T) {
	list, err := differences.Read("docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		t.Run(d.Name, func(t *testing.T) {
			differ := false
			for _, e := range d.Examples {
				differ = checkExample(t, e) || differ
			}
			if !differ && (d.Section == "Verdicts" || len(d.Examples) > 0) {
				t.Errorf("docs/differences.md:%d: no example shows the difference", d.Line)
			}
		})
	}
}

// checkExample tells whether an example shows a difference.
func checkExample(t *testing.T, e differences.Example) (differs bool) {
	t.Helper()
	options := []bpfc.Option{bpfc.WithLinkType(e.LinkType)}
	if e.Savefile {
		options = append(options, bpfc.WithSavefile(bpfc.SavefileUnswapped))
	}
	if e.Refused != "" {
		_, err := bpfc.Compile(e.Filter, options...)
		var refusal *bpfc.Error
		if !errors.As(err, &refusal) || refusal.Kind != e.Refused {
			t.Errorf("docs/differences.md:%d: %v, want a refusal of kind %s", e.Line, err, e.Refused)
		}
		return true
	}
	if len(e.Packets) == 0 {
		t.Errorf("docs/differences.md:%d: an example without packets", e.Line)
	}
	for _, more := range [][]bpfc.Option{nil, {bpfc.WithoutOptimizer()}} {
		prog, err := bpfc.Compile(e.Filter, append(options, more...)...)
		if err != nil {
			t.Fatalf("docs/differences.md:%d: %v", e.Line, err)
		}
		m, err := prog.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range e.Packets {
			differs = differs || p.Bpfc != p.Libpcap || p.Endless
			if got := m.Match(p.Bytes, uint32(len(p.Bytes))) != 0; got != p.Bpfc {
				t.Errorf("docs/differences.md:%d: optimizer %v: matches: %v, want %v", p.Line, more == nil, got, p.Bpfc)
			}
		}
	}
	return differs
}

// The tests that the document names are there.
func TestDifferencesNameTests(t *testing.T) {
	list, err := differences.Read("docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]map[string]bool{}
	for _, d := range list {
		if len(d.HeldBy) == 0 {
			t.Errorf("docs/differences.md:%d: no test holds %q", d.Line, d.Name)
		}
		for _, by := range d.HeldBy {
			if tests[by.Dir] == nil {
				tests[by.Dir] = testsIn(t, by.Dir)
			}
			if !tests[by.Dir][by.Name] {
				t.Errorf("docs/differences.md:%d: there is no %s in %s", d.Line, by.Name, by.Dir)
			}
		}
	}
}

// testsIn lists the tests of the package in a directory, whatever system they are for.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
				tests[fn.Name.Name] = true
			}
		}
	}
	return tests
}
