// Rename gives the module another path: in go.mod, in those of the modules within, and in every Go file.
//
//	go run ./internal/rename example.org/you/bpfc
//
// It changes the files in place: run it in a clone, and look at what it did with git diff. Only import paths and strings that
// are the path of a package of this module are changed; what is called bpfc otherwise keeps its name.
package main

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

func main() {
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: rename [-dir DIR] PATH") }
	dir := flag.String("dir", ".", "the module's folder")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	files, err := rename(*dir, flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
	fmt.Printf("%d files changed\n", files)
}

// renamer changes paths of one module to those of another.
type renamer struct {
	dir      string
	from, to string
	files    int // changed
}

func rename(dir, to string) (files int, err error) {
	if err := module.CheckPath(to); err != nil {
		return 0, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return 0, err
	}
	r := &renamer{dir: dir, from: modfile.ModulePath(data), to: to}
	if r.from == "" {
		return 0, errors.New("go.mod has no module line")
	}
	err = filepath.WalkDir(dir, r.visit)
	return r.files, err
}

func (r *renamer) visit(path string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case d.IsDir() && path != r.dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
		return filepath.SkipDir
	case d.IsDir():
		return nil
	case d.Name() == "go.mod":
		return r.change(path, r.moduleFile)
	case strings.HasSuffix(d.Name(), ".go"):
		return r.change(path, r.goFile)
	}
	return nil
}

// change writes a file anew if f changes it.
func (r *renamer) change(path string, f func(path string, data []byte) ([]byte, error)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := f(path, data)
	if err != nil || string(changed) == string(data) {
		return err
	}
	r.files++
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, changed, info.Mode().Perm())
}

// renamed gives the new path of a package or module; false if it is none of ours.
func (r *renamer) renamed(path string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, r.from); ok && (rest == "" || rest[0] == '/') {
		return r.to + rest, true
	}
	return path, false
}

func (r *renamer) moduleFile(path string, data []byte) ([]byte, error) {
	f, err := modfile.Parse(path, data, nil)
	if err != nil {
		return nil, err
	}
	if to, ok := r.renamed(f.Module.Mod.Path); ok {
		if err := f.AddModuleStmt(to); err != nil {
			return nil, err
		}
	}
	for _, q := range slices.Clone(f.Require) {
		old := q.Mod // which dropping empties
		if to, ok := r.renamed(old.Path); ok {
			if err := errors.Join(f.DropRequire(old.Path), f.AddRequire(to, old.Version)); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range slices.Clone(f.Replace) {
		old, by := p.Old, p.New
		if to, ok := r.renamed(old.Path); ok {
			if err := errors.Join(f.DropReplace(old.Path, old.Version), f.AddReplace(to, old.Version, by.Path, by.Version)); err != nil {
				return nil, err
			}
		}
	}
	f.Cleanup()
	return f.Format()
}

func (r *renamer) goFile(path string, data []byte) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		if strings.Contains(path, "testdata") {
			return data, nil // may be meant to be wrong
		}
		return nil, err
	}
	imports := map[*ast.BasicLit]bool{}
	for _, spec := range f.Imports {
		imports[spec.Path] = true
	}
	var out []byte
	done := 0
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		old, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		to, ok := r.renamed(old)
		if !ok || !imports[lit] && !r.isPackage(old) {
			return true
		}
		at := fset.Position(lit.Pos()).Offset
		out = append(append(out, data[done:at]...), strconv.Quote(to)...)
		done = at + len(lit.Value)
		return true
	})
	return append(out, data[done:]...), nil
}

// isPackage tells whether a string is the path of a folder of the module, but for the module itself, whose path may be any word.
func (r *renamer) isPackage(s string) bool {
	rest, ok := strings.CutPrefix(s, r.from+"/")
	if !ok || strings.ContainsAny(rest, " \t\n") {
		return false
	}
	info, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(rest)))
	return err == nil && info.IsDir()
}
