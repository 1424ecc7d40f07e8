package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Paths of the module are changed, and nothing that only looks like one.
func TestRename(t *testing.T) {
	dir := t.TempDir()
	before := map[string]string{
		"go.mod":         "module bpfc\n\ngo 1.26.0\n\nrequire bpfcother.org/x v1.0.0\n",
		"sub/go.mod":     "module bpfc/sub\n\ngo 1.26.0\n\nrequire (\n\tbpfc v0.0.0\n\texample.com/y v1.2.3 // indirect\n)\n\nreplace bpfc => ..\n",
		"vm/vm.go":       "package vm\n",
		"main.go":        "package main\n\nimport (\n\t\"fmt\"\n\n\tother \"bpfc\"\n\t\"bpfc/vm\"\n\t_ \"bpfcother.org/x\"\n)\n\nvar names = []string{\"bpfc\", \"bpfc/vm\", \"bpfc/nothing\", \"bpfc/vm runs\", `bpfc/vm`} // \"bpfc/vm\"\n",
		"testdata/no.go": "package (\n",
		".git/x.go":      "package x\n\nimport \"bpfc/vm\"\n",
		"text.txt":       "\"bpfc/vm\"\n",
	}
	after := map[string]string{
		"go.mod":     "module example.org/you/bpfc\n\ngo 1.26.0\n\nrequire bpfcother.org/x v1.0.0\n",
		"sub/go.mod": "module example.org/you/bpfc/sub\n\ngo 1.26.0\n\nrequire (\n\texample.com/y v1.2.3 // indirect\n\texample.org/you/bpfc v0.0.0\n)\n\nreplace example.org/you/bpfc => ..\n",
		"main.go":    "package main\n\nimport (\n\t\"fmt\"\n\n\tother \"example.org/you/bpfc\"\n\t\"example.org/you/bpfc/vm\"\n\t_ \"bpfcother.org/x\"\n)\n\nvar names = []string{\"bpfc\", \"example.org/you/bpfc/vm\", \"bpfc/nothing\", \"bpfc/vm runs\", \"example.org/you/bpfc/vm\"} // \"bpfc/vm\"\n",
	}
	for name, text := range before {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := rename(dir, "example.org/you/bpfc"); err != nil || files != len(after) {
		t.Fatalf("%d files, %v", files, err)
	}
	for name, text := range before {
		want, ok := after[name]
		if !ok {
			want = text
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

func TestRenameErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := rename(dir, "example.org/you/bpfc"); err == nil {
		t.Error("no module")
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module bpfc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "you/bpfc", "example.org/you bpfc", "example.org//bpfc"} {
		if _, err := rename(dir, path); err == nil {
			t.Errorf("the path %q is none", path)
		}
	}
}
