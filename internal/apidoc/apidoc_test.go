// Package apidoc holds the documentation of the public packages to what is promised of it.
package apidoc

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// stages are the packages that keep no compatibility.
var stages = []string{"codegen", "emit", "ir", "lexer", "optimizer", "parser", "socket/lower"}

// isModule tells whether a folder is a module of its own.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// packages parses every public package: those that are no program, not internal, and of this module.
func packages(t *testing.T) map[string]*doc.Package {
	t.Helper()
	found := map[string]*doc.Package{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		if path != root && (name == "internal" || name == "testdata" || strings.HasPrefix(name, ".") || isModule(path)) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if p := parse(t, path, rel); p != nil {
			found[rel] = p
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("only %d packages were found", len(found))
	}
	return found
}

// parse reads a package with its examples; nil if there is none, or a program.
func parse(t *testing.T, dir, rel string) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name.Name == "main" {
			return nil
		}
		files = append(files, f)
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !strings.HasSuffix(n, "_test.go") }) {
		return nil
	}
	p, err := doc.NewFromFiles(fset, files, "bpfc/"+rel)
	if err != nil {
		t.Fatalf("%s: %v", rel, err)
	}
	return p
}

var saysConcurrency = regexp.MustCompile(`concurren|immutable|goroutine`)

// Every exported type says whether it is safe for concurrent use. Package pcap has the words of the package that it stands in
// for, whose types say nothing; it says it once for all of them.
func TestTypesSayConcurrency(t *testing.T) {
	for name, p := range packages(t) {
		if name == "pcap" {
			if !saysConcurrency.MatchString(p.Doc) {
				t.Errorf("%s does not say what is safe for concurrent use", name)
			}
			continue
		}
		for _, typ := range p.Types {
			if !saysConcurrency.MatchString(typ.Doc + specDoc(typ)) {
				t.Errorf("%s.%s does not say whether it is safe for concurrent use", name, typ.Name)
			}
		}
	}
}

// specDoc is the comment of a type within a group.
func specDoc(typ *doc.Type) string {
	var text strings.Builder
	for _, s := range typ.Decl.Specs {
		if spec, ok := s.(*ast.TypeSpec); ok && spec.Doc != nil {
			text.WriteString(spec.Doc.Text())
		}
	}
	return text.String()
}

// Every package says what its API is worth, the stages of the compiler that it is worth nothing.
func TestPackagesSayCompatibility(t *testing.T) {
	for name, p := range packages(t) {
		words := strings.Join(strings.Fields(p.Doc), " ")
		stage := strings.Contains(words, "keeps no compatibility")
		if want := slices.Contains(stages, name); stage != want {
			t.Errorf("%s says that it keeps no compatibility: %v, want %v", name, stage, want)
		}
		if !stage && !strings.Contains(words, "keeps its API compatible") {
			t.Errorf("%s does not say that it keeps its API compatible", name)
		}
	}
}

// placing are the packages whose comment says what each file is for.
var placing = []string{"cbpf", "emit", "optimizer", "prove"}

// The comment of a package of many stages places every file but the one that it stands in, and none that is not there.
func TestFilesArePlaced(t *testing.T) {
	found := packages(t)
	named := regexp.MustCompile(`\b[a-z]\w*\.go\b`)
	for _, name := range placing {
		p := found[name]
		if p == nil {
			t.Errorf("there is no package %s", name)
			continue
		}
		placed := named.FindAllString(p.Doc, -1)
		var files []string
		for _, path := range p.Filenames {
			file := filepath.Base(path)
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			files = append(files, file)
			if file != "doc.go" && file != filepath.Base(name)+".go" && !slices.Contains(placed, file) {
				t.Errorf("the comment of package %s does not say what %s is for", name, file)
			}
		}
		for _, file := range placed {
			if !slices.Contains(files, file) {
				t.Errorf("the comment of package %s speaks of %s, which it does not have", name, file)
			}
		}
	}
}

// Every package has an example that is run.
func TestPackagesHaveExamples(t *testing.T) {
	for name, p := range packages(t) {
		if !hasExample(p) {
			t.Errorf("%s has no example with output", name)
		}
	}
}

func hasExample(p *doc.Package) bool {
	run := func(e *doc.Example) bool { return e.Output != "" || e.EmptyOutput }
	if slices.ContainsFunc(p.Examples, run) {
		return true
	}
	for _, f := range p.Funcs {
		if slices.ContainsFunc(f.Examples, run) {
			return true
		}
	}
	for _, typ := range p.Types {
		if slices.ContainsFunc(typ.Examples, run) || slices.ContainsFunc(slices.Concat(typ.Funcs, typ.Methods), func(f *doc.Func) bool { return slices.ContainsFunc(f.Examples, run) }) {
			return true
		}
	}
	return false
}

// No option or other exported type is a function of an unexported one, which nobody else could write.
func TestNoHiddenTypes(t *testing.T) {
	for name, p := range packages(t) {
		for _, typ := range p.Types {
			for _, s := range typ.Decl.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if f, ok := spec.Type.(*ast.FuncType); ok {
					ast.Inspect(f, func(n ast.Node) bool {
						if id, ok := n.(*ast.Ident); ok && id.Obj != nil && id.Obj.Kind == ast.Typ && !id.IsExported() {
							t.Errorf("%s.%s is a function of %s, which is not exported", name, typ.Name, id.Name)
						}
						return true
					})
				}
			}
		}
	}
}

// The documents that people look for are there, and the changes begin with the newest.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || len(bytes.TrimSpace(data)) < 200 {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}
