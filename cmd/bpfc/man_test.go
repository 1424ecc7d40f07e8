package main

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// There is a page for every command, with every flag, which man takes without a warning.
func TestManualPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if r := exec(t, "", "man", dir); r.status != exitOK {
		t.Fatalf("%+v", r)
	}
	escaped := strings.NewReplacer(`\-`, "-", `\e`, `\`, `\&`, "", `\fB`, "", `\fR`, "", `\fI`, "", `\[u2026]`, "…")
	for _, cmd := range newRoot(nil).Commands() {
		data, err := os.ReadFile(filepath.Join(dir, pageName(cmd)+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		text := escaped.Replace(string(data))
		for _, name := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(cmd.LocalFlags().FlagUsages(), -1) {
			if !strings.Contains(text, name) {
				t.Errorf("%s: %s is missing", pageName(cmd), name)
			}
		}
		if !strings.Contains(text, cmd.Short) {
			t.Errorf("%s does not say what the command does", pageName(cmd))
		}
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, ".") && !regexp.MustCompile(`^\.(TH|SH|PP|nf|fi|TP|BR)\b`).MatchString(line) {
				t.Errorf("%s: a request by accident: %s", pageName(cmd), line)
			}
		}
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	groff, err := osexec.LookPath("groff")
	if err != nil {
		t.Log("no groff: the pages are not formatted")
		return
	}
	for _, page := range pages {
		out, err := osexec.Command(groff, "-man", "-Tutf8", "-ww", "-z", page).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, out)
		}
	}
}

func TestManualErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := exec(t, "", "man", file); r.status != exitRun {
		t.Errorf("a file for a directory: %+v", r)
	}
	if r := exec(t, "", "man"); r.status != exitUsage {
		t.Errorf("no directory: %+v", r)
	}
}

func TestOptionsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/capture-options.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != optionsPage(newCaptureCommand()) {
		t.Error("docs/capture-options.md is not what the program writes: run go generate ./cmd/bpfc")
	}
}
