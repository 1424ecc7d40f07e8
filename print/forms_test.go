package print

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bpfc/print/internal/dissect"
)

// place is where a form prints a field; see dissect.Context.Form.
var place = regexp.MustCompile(`^(\d+|\*|=|#)?(@\d+)?(\[\d+(-\d+)?\])?l?([?>+]?\{|[dixhonambvszpft_%Lr!~])`)

// Each form in the source is well formed, and has as many tables as places for them.
func TestForms(t *testing.T) {
	files, err := filepath.Glob("internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	forms := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			form, tables, ok := formOf(call)
			if !ok {
				return true
			}
			forms++
			want, bad := wanted(form)
			if bad != "" || want != tables && tables >= 0 {
				t.Errorf("%s: %q has %d tables for %d places %s", set.Position(call.Pos()), form, tables, want, bad)
			}
			return true
		})
	}
	if forms < 400 {
		t.Errorf("only %d forms were found", forms)
	}
}

// formOf gives the form that a call is about, as far as it is written there, and how many tables it is given, less than none if that
// is not written there.
func formOf(call *ast.CallExpr) (form string, tables int, ok bool) {
	name, first := "", 0
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if name = f.Sel.Name; name == "Form" {
			if x, is := f.X.(*ast.Ident); !is || x.Name != "dissect" {
				first = 1 // behind the cursor
			}
		}
	case *ast.Ident:
		name = f.Name
	}
	switch name {
	case "Form", "form", "rsvpForm", "babelForm", "radiusWhole":
	case "lwresForm":
		first = 1
	default:
		return "", 0, false
	}
	if len(call.Args) <= first || call.Ellipsis != token.NoPos {
		return "", 0, false
	}
	form, ok = text(call.Args[first])
	return form, len(call.Args) - first - 1, ok
}

// text gives a text that is written as literals alone.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		v := constant.MakeFromLiteral(e.Value, e.Kind, 0)
		return constant.StringVal(v), e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := text(e.X)
		right, ok2 := text(e.Y)
		return left + right, ok && ok2
	}
	return "", false
}

// wanted counts the places that want a table, and gives the one that is not well formed, if any.
func wanted(form string) (n int, bad string) {
	whole := form
	for {
		_, rest, more := strings.Cut(form, "%")
		if !more {
			return n, dissect.If(strings.Count(whole, "{") != strings.Count(whole, "}"), whole)
		}
		p := place.FindString(rest)
		if p == "" {
			return n, "%" + rest
		}
		if strings.ContainsAny(p[len(p)-1:], "nvp") {
			n++
		}
		form = rest[len(p):]
	}
}
