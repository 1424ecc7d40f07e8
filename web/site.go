package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// page is what ./bundle made of the sources in page/.
//
//go:embed site
var page embed.FS

// policy is what the page may do: load what its own origin has and compile WebAssembly, and nothing else.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"

// programs are the Go programs of the page, by the names of their files.
var programs = map[string]string{"compiler.wasm": "./wasm/compiler", "packets.wasm": "./wasm/packets", "objects.wasm": "./wasm/objects"}

// makeSite builds the programs and gives all files of the site by their paths. A program is there compressed alone: the
// page unpacks it, as not every web server compresses.
func makeSite(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(page, "site", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[strings.TrimPrefix(name, "site/")], err = page.ReadFile(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, folder := range programs {
		if files[name+".gz"], err = buildProgram(ctx, folder); err != nil {
			return nil, err
		}
	}
	if files["wasm_exec.js"], err = runtimeScript(ctx); err != nil {
		return nil, err
	}
	files["sw.js"], err = listFiles(files)
	return files, err
}

// buildProgram compiles a program for the browser and compresses it.
func buildProgram(ctx context.Context, folder string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "bpfc-web-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there is the system's to clear
	out := filepath.Join(dir, "program.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, folder)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build %s, to be run in the folder web of the repository: %w\n%s", folder, err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return compress(data)
}

func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// runtimeScript is the part of Go's runtime that is written in JavaScript. It belongs to the version of Go that compiles.
func runtimeScript(ctx context.Context) ([]byte, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}

// listFiles tells the service worker what there is to keep, and gives it another text whenever a file is another one.
func listFiles(files map[string][]byte) ([]byte, error) {
	list, hash := []string{"./"}, sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(hash, "%s %d\n", name, len(files[name]))
		hash.Write(files[name]) //nolint:errcheck // a hash does not fail
		if name != "sw.js" && name != "index.html" {
			list = append(list, name)
		}
	}
	text, err := json.Marshal(map[string]any{"version": fmt.Sprintf("%x", hash.Sum(nil)[:12]), "files": list})
	return slices.Concat([]byte("self.BPFC_SITE="), text, []byte(";\n"), files["sw.js"]), err
}

// writeSite writes the files for a web server. _headers is how some hosts of static pages are told what to send with them;
// the page has its policy in itself, too.
func writeSite(dir string, files map[string][]byte) error {
	files = maps.Clone(files)
	files["_headers"] = []byte("/*\n  Content-Security-Policy: " + policy + "; frame-ancestors 'none'\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
		fmt.Printf("%9d %s\n", len(files[name]), path)
	}
	return nil
}
