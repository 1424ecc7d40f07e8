package pcap_test

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The API is the original's, on every system: the same exported names, which are the same kinds of thing, with the same types, fields
// and methods.
func TestAPI(t *testing.T) {
	systems := []string{"linux", "windows", "darwin"}
	if testing.Short() {
		systems = systems[:1]
	}
	for _, goos := range systems {
		t.Run(goos, func(t *testing.T) {
			files := exportFiles(t, goos)
			fset := token.NewFileSet()
			read := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
			mine, err := read.Import(ourPackage)
			if err != nil {
				t.Fatal(err)
			}
			theirs := checkOriginal(t, fset, read, goos)
			for _, difference := range compareAPI(theirs, mine) {
				t.Error(difference)
			}
		})
	}
}

// The comparison sees differences.
func TestAPIDifferences(t *testing.T) {
	parse := func(path, source string) *types.Package {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		p, err := (&types.Config{}).Check(path, fset, []*ast.File{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	base := parse("a", "package p; type T struct { X int; y int }; func (*T) M(); func F(T); const C = 1; var V T")
	for what, source := range map[string]string{
		"field":      "package p; type T struct { X int8 }; func (*T) M(); func F(T); const C = 1; var V T",
		"method":     "package p; type T struct { X int }; func (*T) M(int); func F(T); const C = 1; var V T",
		"receiver":   "package p; type T struct { X int }; func (T) M(); func F(T); const C = 1; var V T",
		"function":   "package p; type T struct { X int }; func (*T) M(); func F(*T); const C = 1; var V T",
		"constant":   "package p; type T struct { X int }; func (*T) M(); func F(T); const C = 2; var V T",
		"missing":    "package p; type T struct { X int }; func (*T) M(); func F(T); const C = 1",
		"more":       "package p; type T struct { X int }; func (*T) M(); func F(T); const C = 1; var V T; var W T",
		"underlying": "package p; type T int; func (*T) M(); func F(T); const C = 1; var V T",
	} {
		if d := compareAPI(base, parse("b", source)); len(d) != 1 {
			t.Errorf("%s: %q", what, d)
		}
	}
	if d := compareAPI(base, parse("b", "package p; type T struct { z bool; X int }; func (*T) M(); func (*T) m(); func F(T); const C = 1; var V T")); len(d) != 0 {
		t.Errorf("what is not exported: %q", d)
	}
}

// exportFiles has the compiler write what our package and those it imports export, for a system, and gives where it is.
func exportFiles(t *testing.T, goos string) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".", gopacketModule+"/layers")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, &stderr)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			files[path] = file
		}
	}
	return files
}

// checkOriginal reads the original's source, which calls C: what comes from there has no type for go/types, which is an error that is
// passed over.
func checkOriginal(t *testing.T, fset *token.FileSet, read types.Importer, goos string) *types.Package {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", gopacketModule).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = goos, "amd64", true
	found, err := context.ImportDir(filepath.Join(strings.TrimSpace(string(out)), "pcap"), 0)
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, name := range append(found.GoFiles, found.CgoFiles...) {
		file, err := parser.ParseFile(fset, filepath.Join(found.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	config := types.Config{Importer: read, FakeImportC: true, Error: func(error) {}}
	p, _ := config.Check(gopacketModule+"/pcap", fset, parsed, nil)
	return p
}

// constantOfC is a constant whose type and value are not known, since they come from C.
const constantOfC = "const "

// compareAPI lists what of the exported API of two packages is not the same.
func compareAPI(theirs, ours *types.Package) (differences []string) {
	for _, name := range theirs.Scope().Names() {
		if !token.IsExported(name) {
			continue
		}
		o := ours.Scope().Lookup(name)
		if o == nil {
			differences = append(differences, name+" is missing")
			continue
		}
		a, b := describe(theirs, theirs.Scope().Lookup(name)), describe(ours, o)
		if a == constantOfC && strings.HasPrefix(b, constantOfC) {
			continue // on Windows the original has the same constant as a number
		}
		if a != b {
			differences = append(differences, name+" is\n\t"+b+"\ninstead of\n\t"+a)
		}
	}
	for _, name := range ours.Scope().Names() {
		if token.IsExported(name) && theirs.Scope().Lookup(name) == nil {
			differences = append(differences, name+" is not in the original")
		}
	}
	return differences
}

// describe writes down what a program that imports the package can see of an object.
func describe(p *types.Package, o types.Object) string {
	own := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Path()
	}
	name := func(t types.Type) string { return types.TypeString(t, own) }
	switch o := o.(type) {
	case *types.Const:
		if o.Type() == types.Typ[types.Invalid] {
			return constantOfC
		}
		return constantOfC + name(o.Type()) + " = " + o.Val().String()
	case *types.TypeName:
		return "type " + underlying(o.Type(), name) + methods(o.Type(), name)
	case *types.Func:
		return "func" + signature(o, name)
	}
	return "var " + name(o.Type())
}

// signature leaves out the names of parameters.
func signature(f *types.Func, name func(types.Type) string) string {
	s := f.Signature()
	list := func(t *types.Tuple) string {
		var all []string
		for v := range t.Variables() {
			all = append(all, name(v.Type()))
		}
		return "(" + strings.Join(all, ", ") + ")"
	}
	return list(s.Params()) + " " + list(s.Results())
}

// underlying shows of a struct only what is exported.
func underlying(t types.Type, name func(types.Type) string) string {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return name(t.Underlying())
	}
	var fields []string
	for f := range s.Fields() {
		if f.Exported() {
			fields = append(fields, f.Name()+" "+name(f.Type()))
		}
	}
	return "struct { " + strings.Join(fields, "; ") + " }"
}

// added are the methods that the originals do not have: SetFilterOptions has handles compile filters of the extended language,
// which libpcap does not know.
var added = map[string]bool{"SetFilterOptions": true}

func methods(t types.Type, name func(types.Type) string) string {
	var out strings.Builder
	values, pointers := types.NewMethodSet(t), types.NewMethodSet(types.NewPointer(t))
	for s := range pointers.Methods() {
		f := s.Obj().(*types.Func)
		if !f.Exported() || added[f.Name()] {
			continue
		}
		receiver := "*"
		if values.Lookup(f.Pkg(), f.Name()) != nil {
			receiver = ""
		}
		out.WriteString("; " + receiver + f.Name() + signature(f, name))
	}
	return out.String()
}
