package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundles are the scripts and style sheets: their source, what becomes of it, and how it is loaded.
var bundles = []struct {
	source, name string
	format       api.Format
}{
	{"src/main.ts", "main.js", api.FormatESModule},
	{"src/worker.ts", "worker.js", api.FormatIIFE},
	{"src/sw.ts", "sw.js", api.FormatIIFE},
	{"style.css", "style.css", api.FormatDefault},
}

// install fetches the libraries as the lock file has them, unless they are there already.
func install(root string) error {
	lock, err := os.Stat(filepath.Join(root, "page", "package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no library is used
	}
	if err != nil {
		return err
	}
	// npm notes what it installed in this file.
	done, err := os.Stat(filepath.Join(root, "page", "node_modules", ".package-lock.json"))
	if err == nil && !done.ModTime().Before(lock.ModTime()) {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = filepath.Join(root, "page")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci in web/page: %w", err)
	}
	return nil
}

// build makes all files of the page in memory, by their path below web/site.
func build(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, b := range bundles {
		source := filepath.Join(root, "page", filepath.FromSlash(b.source))
		if _, err := os.Stat(source); err != nil {
			return nil, err
		}
		text, err := bundle(source, b.format)
		if err != nil {
			return nil, err
		}
		files[b.name] = text
	}
	index, err := os.ReadFile(filepath.Join(root, "page", "index.html"))
	if err != nil {
		return nil, err
	}
	files["index.html"] = index
	return files, addStatic(filepath.Join(root, "page", "static"), files)
}

func bundle(source string, format api.Format) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{source}, Bundle: true, Write: false, Format: format, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsEndOfFile,
		Outfile: "out", LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		texts := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, errors.New(strings.Join(texts, "\n"))
	}
	if len(result.OutputFiles) != 1 {
		return nil, fmt.Errorf("%s became %d files", source, len(result.OutputFiles))
	}
	return result.OutputFiles[0].Contents, nil
}

// addStatic adds what is copied as it is.
func addStatic(dir string, files map[string][]byte) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == dir {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		short, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		files[filepath.ToSlash(short)] = data
		return err
	})
}

// write makes web/site hold these files and no others.
func write(root string, files map[string][]byte) error {
	there, err := read(root)
	if err != nil {
		return err
	}
	site := filepath.Join(root, "site")
	for name := range there {
		if _, wanted := files[name]; !wanted {
			if err := os.Remove(filepath.Join(site, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(site, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, files[name], 0o644); err != nil {
			return err
		}
		fmt.Printf("%8d %s\n", len(files[name]), path.Join("site", name))
	}
	return nil
}

// read gives the files of web/site.
func read(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	return files, addStatic(filepath.Join(root, "site"), files)
}

// compare fails unless web/site is what the sources give.
func compare(root string, want map[string][]byte) error {
	got, err := read(root)
	if err != nil {
		return err
	}
	var wrong []string
	for name, data := range want {
		if !bytes.Equal(got[name], data) {
			wrong = append(wrong, name)
		}
	}
	for name := range got {
		if _, is := want[name]; !is {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("web/site is not what web/page gives: %s; go -C web run ./bundle", strings.Join(wrong, ", "))
	}
	return nil
}

// checkTypes has the TypeScript compiler look at the sources, which esbuild does not.
func checkTypes(root string) error {
	tsc := filepath.Join("node_modules", "typescript", "bin", "tsc")
	if _, err := os.Stat(filepath.Join(root, "page", tsc)); err != nil {
		return fmt.Errorf("no TypeScript compiler among the libraries: %w", err)
	}
	cmd := exec.Command("node", tsc, "--noEmit")
	cmd.Dir = filepath.Join(root, "page")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("types: %w\n%s", err, out)
	}
	return nil
}
